"""The report: the answer on the first screen, then what it rests on. One file, no network."""

from collections.abc import Mapping
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast, Headline, headline
from lacmodel.report import charts
from lacmodel.report.changes import CHANGE_COLUMNS, change_rows, notes_on
from lacmodel.report.committed import committed_section
from lacmodel.report.first_screen import first_screen
from lacmodel.report.grounds import what_it_rests_on
from lacmodel.report.high_cost import high_cost_section
from lacmodel.report.html import bullets, figure, page, paragraph, section, table
from lacmodel.report.medium_term_plan import medium_term_section
from lacmodel.report.ready_reckoner import reckoner_section
from lacmodel.report.summary import OUTLOOK_COLUMNS, SPEND_COLUMNS, outlook_rows, spend_rows
from lacmodel.report.words import long_date, pounds, whole
from lacmodel.results import stability, summarise, year_ends

NOT_EXPECTED: Final = "Expected numbers do not tell how many placements a child has had."


def forecast_page(result: Forecast, manifest: Mapping[str, Any]) -> str:
    """The report of one scenario."""
    plan, answer = result.plan, headline(result)
    parts = [
        first_screen(result, answer),
        _changes(result),
        _children(answer),
        _placements(result),
        _flows(result),
        _spend(result, answer),
        committed_section(result),
        high_cost_section(result),
        medium_term_section(result),
        reckoner_section(result),
        _stability(result),
        *what_it_rests_on(result, manifest),
    ]
    return page(f"{plan.title} ({plan.area.name})", "".join(parts))


def _changes(result: Forecast) -> str:
    rows = change_rows(result.plan)
    if not rows:
        return ""
    listed = table(CHANGE_COLUMNS, rows, "Changes to the area")
    return section("What this scenario changes", "changes", bullets(notes_on(result)), listed)


def _children(answer: Headline) -> str:
    rows = outlook_rows(answer)
    return section(
        "Children in care", "children", table(OUTLOOK_COLUMNS, rows, "Children on each 31 March")
    )


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


def _spend(result: Forecast, answer: Headline) -> str:
    numbers = "Numbers only: prices are taken as certain, so real ranges are wider."
    return section(
        "Spend", "spend",
        paragraph(numbers, "note") if answer.numbers_only else "",
        figure(charts.spend_chart(result), "chart-spend"),
        table(SPEND_COLUMNS, spend_rows(answer), "Net spend against budget"),
        _papers(result),
    )  # fmt: skip


def _papers(result: Forecast) -> str:
    """What the council's own papers say about the money."""
    rows = [
        (row.item.replace("_", " "), row.financial_year, pounds(row.amount_gbp), row.source)
        for row in result.plan.area.budget
    ]
    columns = ("Item", "Financial year", "Amount", "Source")
    return table(columns, rows, "In the council's budget papers") if rows else ""


def _stability(result: Forecast) -> str:
    if result.ensemble.expected:
        return section("Stability", "stability", paragraph(NOT_EXPECTED))
    counts, shares = stability(result.plan, result.ensemble)
    share = summarise(shares, result.ensemble.expected)
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
