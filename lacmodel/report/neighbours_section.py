"""Beside the neighbours: ten years of rates per 10,000, and what the median rate would mean."""

from typing import Any, Final

from lacmodel.analyses.beside_others import (
    AtMedian,
    BesideYear,
    at_neighbours_median,
    beside_others,
    latest_beside,
)
from lacmodel.analyses.forecast import Forecast
from lacmodel.area import Area, Benchmark
from lacmodel.report.charts import Chart
from lacmodel.report.drawing import (
    BAND,
    COLOURS,
    DASHES,
    Row,
    Spec,
    amount,
    dates_axis,
    layers,
    marks,
    svg_of,
)
from lacmodel.report.html import figure, paragraph, section, table
from lacmodel.report.summary import published_words
from lacmodel.report.words import listed, long_date, whole
from lacmodel.results import stock_dates

NO_NEIGHBOURS: Final = "No rates of statistical neighbours are given, so none stand here."


def neighbours_section(result: Forecast) -> str:
    """Ten years of rates; nothing where no published rate is given."""
    area, opening = result.plan.area, stock_dates(result.plan.period)[0]
    years = beside_others(area, opening)
    latest = latest_beside(area, opening)
    if latest is None:
        return ""
    median = at_neighbours_median(area, opening)
    said = NO_NEIGHBOURS if median is None else median_words(area, median)
    return section(
        "Beside the neighbours", "neighbours",
        paragraph(said),
        figure(neighbours_chart(area, years), "chart-neighbours"),
        _latest_table(latest),
    )  # fmt: skip


def median_words(area: Area, median: AtMedian) -> str:
    """What the neighbours' median rate would mean here.

    It is what others have, not what is right: need differs between councils.
    """
    year = next((row for row in area.history if row.year == median.when.year), None)
    text = (
        f"At the neighbours' median rate of {median.rate_per_10000:.0f} per 10,000 this area would "
        f"look after {whole(median.children)} children on {long_date(median.when)}"
    )
    if year is not None:
        gap = year.children - median.children
        text += f"; it looked after {whole(year.children)}, {whole(abs(gap))} "
        text += "more" if gap >= 0 else "fewer"
    return f"{text}. The neighbours' rate is what others have, not what need here would call for."


def beside_words(year: BesideYear) -> str:
    """The rates of England, the region and the neighbours in a line, with their dates."""
    parts = [_rate_words(row) for row in (year.england, year.region) if row is not None]
    rates = year.neighbour_rates
    if rates:
        parts.append(
            f"middle of {len(rates)} statistical neighbours {year.median:.0f} "
            f"({rates[0]:.0f} to {rates[-1]:.0f})"
        )
    return f"{listed(parts)} on {long_date(year.when)}"


def _rate_words(row: Benchmark) -> str:
    return f"{row.name} {row.rate_per_10000:.0f}{published_words(row, ' (published {})')}"


def neighbours_chart(area: Area, years: tuple[BesideYear, ...]) -> Chart:
    """Rates per 10,000: the area, its neighbours' median and range, England, the region."""
    columns = ("31 March", area.name, "Neighbours' median", "Lowest and highest", "England")
    region = next((year.region.name for year in years if year.region), None)
    table_rows = tuple(_table_row(year, region is not None) for year in years)
    key = [("line", area.name)]
    if any(year.neighbours for year in years):
        key += [("line-1", "neighbours' median"), ("band", "neighbours, lowest to highest")]
    key += [("line-4", "England")] if any(year.england for year in years) else []
    key += [("line-2", region)] if region else []
    return Chart(
        "Children in care per 10,000 residents aged 0 to 17",
        _in_words(area, years),
        svg_of(_draw(years), height=260),
        tuple(key),
        (*columns, region) if region else columns,
        table_rows,
    )


def _in_words(area: Area, years: tuple[BesideYear, ...]) -> str:
    own = [(year.when.year, year.own) for year in years if year.own is not None]
    words = "Rates on each 31 March. The axis does not start at nought."
    if len(own) < 2:
        return words
    (first, was), (last, now) = own[0], own[-1]
    return f"{area.name} went from {was:.0f} in {first} to {now:.0f} in {last}. {words}"


def _table_row(year: BesideYear, with_region: bool) -> tuple[str, ...]:
    rates = year.neighbour_rates
    cells = (
        _rate(year.own),
        _rate(year.median),
        f"{rates[0]:.0f} to {rates[-1]:.0f}" if rates else "",
        _rate(year.england.rate_per_10000 if year.england else None),
    )
    region = (_rate(year.region.rate_per_10000 if year.region else None),) if with_region else ()
    return (str(year.when.year), *cells, *region)


def _rate(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.0f}"


def _draw(years: tuple[BesideYear, ...]) -> Spec:
    """Lines that differ in dash and shade, over a band of the neighbours' range."""
    rows = [{"date": year.when.isoformat(), **_drawn(year)} for year in years]
    look: Spec = {"scale": {"zero": False}, "title": "per 10,000"}

    def drawn(kind: str, field: str, **how: Any) -> list[Spec]:
        known = [row for row in rows if field in row]
        places = {"x": dates_axis(rows), "y": amount(field, **look)}
        places |= {"y2": {"field": "high"}} if kind == "area" else {}
        return [marks(kind, known, places, **how)] if known else []

    charts = drawn("area", "low", color=BAND, opacity=0.7)
    looks = {"region": (2, 2.0), "england": (4, 2.0), "median": (1, 2.5), "own": (0, 3.0)}
    for field, (at, width) in looks.items():
        dash = DASHES[at]
        charts += drawn("line", field, color=COLOURS[at], strokeDash=dash, strokeWidth=width)
    return layers(*charts)


def _drawn(year: BesideYear) -> Row:
    """The numbers of a year that are known."""
    rates = year.neighbour_rates
    found = {
        "own": year.own,
        "median": year.median,
        "england": year.england.rate_per_10000 if year.england else None,
        "region": year.region.rate_per_10000 if year.region else None,
        "low": rates[0] if rates else None,
        "high": rates[-1] if rates else None,
    }
    return {name: round(rate, 1) for name, rate in found.items() if rate is not None}


def _latest_table(year: BesideYear) -> str:
    """Each other area's rate of the latest year, the highest first."""
    others = [row for row in (year.england, year.region, *year.neighbours) if row is not None]
    rows = [
        (row.name, _relation(row), f"{row.rate_per_10000:.0f}")
        for row in sorted(others, key=lambda row: -row.rate_per_10000)
    ]
    columns = ("Area", "What it is", "Rate per 10,000")
    return table(columns, rows, f"Rates of others on {long_date(year.when)}")


def _relation(row: Benchmark) -> str:
    return {"england": "England", "region": "region"}.get(row.relation, "statistical neighbour")
