"""The report: the answer on the first screen, then what it rests on. One file, no network."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast, headline
from lacmodel.codes import AGE_BANDS
from lacmodel.report import charts
from lacmodel.report.committed import committed_section
from lacmodel.report.doubt import changes_section, doubt_section, wrong_section
from lacmodel.report.first_screen import first_screen
from lacmodel.report.grounds import grounds
from lacmodel.report.high_cost import high_cost_section
from lacmodel.report.html import figure, page, paragraph, section, table
from lacmodel.report.medium_term_plan import medium_term_section
from lacmodel.report.monitor_page import monitor_section
from lacmodel.report.neighbours_section import neighbours_section
from lacmodel.report.places_section import places_section
from lacmodel.report.ready_reckoner import reckoner_section
from lacmodel.report.spend_section import spend_section, variance_section
from lacmodel.report.summary import OUTLOOK_COLUMNS, outlook_rows
from lacmodel.report.words import long_date, whole
from lacmodel.results import stability, stock_dates, summarise, year_ends

NOT_EXPECTED: Final = "Expected numbers do not tell how many placements a child has had."


def _children(result: Forecast) -> str:
    rows = outlook_rows(headline(result))
    return section(
        "Children in care", "children",
        table(OUTLOOK_COLUMNS, rows, "Children on each 31 March"),
        _ages(result),
    )  # fmt: skip


def _ages(result: Forecast) -> str:
    """Children by age band at the opening and on each 31 March, means over futures."""
    dates = stock_dates(result.plan.period)
    ends = charts.opening_and_year_ends(dates)
    by_band = result.ensemble.tallies.children.sum(axis=3).mean(axis=0)  # (month, age band)
    rows = [
        (name, *(whole(float(by_band[at, band])) for at in ends))
        for band, name in enumerate(AGE_BANDS)
    ]
    columns = ("Age", *(long_date(dates[at]) for at in ends))
    return table(columns, rows, "Children by age, mean over futures")


def _placements(result: Forecast) -> str:
    chart = charts.placements_chart(result)
    return section(
        "Placements", "placements",
        paragraph("Children in care by type of placement and who provides it."),
        figure(chart, "chart-placements"),
    )  # fmt: skip


def _flows(result: Forecast) -> str:
    made = (
        ("entries", charts.entries_chart(result)),
        ("leavers", charts.leavers_chart(result)),
        ("reasons", charts.reasons_chart(result)),
    )
    figures = (figure(chart, f"chart-{name}") for name, chart in made)
    return section("Coming into care and leaving", "flows", *figures)


def _stability(result: Forecast) -> str:
    if result.ensemble.expected:
        return section("Stability", "stability", paragraph(NOT_EXPECTED))
    counts, shares = stability(result.plan, result.ensemble)
    share = summarise(shares)
    rows = [
        (
            long_date(when),
            whole(counts[:, year].mean()),
            f"{share.mean[year]:.1%}",
        )
        for year, when in enumerate(year_ends(result.plan.period))
    ]
    columns = ("Year to", "Children", "Share of children in care")
    caption = "Children with three or more placements in the year"
    return section("Stability", "stability", table(columns, rows, caption))


# The sections in their order, one a line. Each is given the run and returns its HTML, from
# `lacmodel.report.html.section`, or nothing where it has nothing to say.
SECTIONS: Final[tuple[Callable[[Forecast], str], ...]] = (
    changes_section,
    wrong_section,
    doubt_section,
    neighbours_section,
    _children,
    _placements,
    _flows,
    _stability,
    places_section,
    spend_section,
    committed_section,
    high_cost_section,
    variance_section,
    monitor_section,
    medium_term_section,
    reckoner_section,
)


def forecast_page(result: Forecast, manifest: Mapping[str, Any]) -> str:
    """The report of one scenario."""
    plan = result.plan
    sections = "".join(section_of(result) for section_of in SECTIONS)
    sections += "".join(grounds(result, manifest))
    return page(f"{plan.title} ({plan.area.name})", first_screen(result, sections) + sections)
