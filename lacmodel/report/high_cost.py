"""High-cost placements in the report and in the workbook."""

from collections.abc import Callable

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.high_cost import high_cost_table
from lacmodel.report.html import paragraph, section, table
from lacmodel.report.sheets import Book, write_rows
from lacmodel.report.words import pounds

MEASURES = ("Placements", "Nights", "Gross spend")
HEAD = "average (eight futures in ten)"
NONE = "Expected numbers do not tell which placement has which price."


def _by_year(result: Forecast) -> list[tuple[str, list[dict[str, str]]]]:
    """Each financial year with its three measures."""
    made = high_cost_table(result.plan, result.ensemble)
    rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
    years = dict.fromkeys(row["financial_year"] for row in rows)
    return [(year, [row for row in rows if row["financial_year"] == year]) for year in years]


def _range(row: dict[str, str], show: Callable[[float], str]) -> str:
    """The average of a row, with its range in brackets; of one future its number.

    The average, as on the sheet: of what is rare the middle future says nothing.
    """
    if not row["p10"]:
        return show(float(row["mean"]))
    low, mean, high = (show(float(row[name])) for name in ("p10", "mean", "p90"))
    return f"{mean} ({low} to {high})"


def _tenths(value: float) -> str:
    """A number with one decimal.

    >>> _tenths(1234.56)
    '1,234.6'
    """
    return f"{value:,.1f}"


def high_cost_section(result: Forecast) -> str:
    """The section of the report."""
    title, limit = "High-cost placements", result.plan.high_cost_gbp_per_week
    years = _by_year(result)
    if not years:
        return section(title, "high-cost", paragraph(NONE))
    shows = (_tenths, _tenths, pounds)
    rows = [
        (year, *(_range(row, show) for row, show in zip(measures, shows, strict=True)))
        for year, measures in years
    ]
    words = f"Placements at £{limit:,.0f} a week or more"
    columns = ("Financial year", *(f"{what}, {HEAD}" for what in MEASURES))
    return section(title, "high-cost", table(columns, rows, words))


def high_cost_sheet(book: Book, result: Forecast) -> None:
    """The sheet of the workbook."""
    sheet = book.sheet("High cost", widths=(16, *(18 for _ in range(9))), landscape=True)
    limit = result.plan.high_cost_gbp_per_week
    book.title(sheet, "High-cost placements", f"At £{limit:,.0f} a week or more, gross")
    ends = {"mean": "average", "p10": "low", "p90": "high"}
    head = ("Financial year", *(f"{what}, {end}" for what in MEASURES for end in ends.values()))
    rows = [
        (year, *(float(row[name]) if row[name] else None for row in counted for name in ends))
        for year, counted in _by_year(result)
    ]
    write_rows(book, sheet, 3, head, rows)
    if not rows:
        book.lines(sheet, 5, [NONE], columns=6)
