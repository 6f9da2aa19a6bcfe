"""Spend: by year against the budget, by line, and why it changes from one year to the next."""

from collections.abc import Sequence
from typing import Final

from lacmodel.analyses.forecast import Forecast, headline, tables
from lacmodel.money.variance import VarianceLine, year_on_year
from lacmodel.report.charts import Chart, spend_chart
from lacmodel.report.drawing import Row, steps, svg_of
from lacmodel.report.html import figure, paragraph, section, table
from lacmodel.report.summary import SPEND_COLUMNS, before_savings, spend_rows
from lacmodel.report.words import pounds, signed
from lacmodel.results import TidyTable

NUMBERS_ONLY: Final = "Numbers only: prices are taken as certain, so real ranges are wider."
PARTS: Final = ("volume", "mix", "price", "fixed and other", "income")
AXIS_FROM: Final = 0.95  # of the least total, so that the steps can be seen
LINE_COLUMNS: Final = (
    "Line", "Gross", "Income", "Net", "Low", "High", "Average placements", "£ a week",
)  # fmt: skip
MEANS: Final = (
    "Averages over futures, which add up; low and high leave out one future in ten at either end "
    "and do not add up."
)


def spend_section(result: Forecast) -> str:
    """Net spend against the budget, and by line."""
    answer = headline(result)
    return section(
        "Spend", "spend",
        paragraph(NUMBERS_ONLY, "note") if answer.numbers_only else "",
        figure(spend_chart(result), "chart-spend"),
        table(SPEND_COLUMNS, spend_rows(answer), "Net spend against budget"),
        paragraph(" ".join(filter(None, (MEANS, before_savings(answer))))),
        _by_line(result),
        _papers(result),
    )  # fmt: skip


def _by_line(result: Forecast) -> str:
    """Every line of the first year, and the net of each line in every year."""
    made = next(made for made in tables(result) if made.name == "spend")
    years = [year.label for year in result.money.years]
    named = [f"{y.label}{'' if y.whole else ' (part)'}" for y in result.money.years]
    first = table(LINE_COLUMNS, line_rows(made, years[0]), f"Spend by line in {named[0]}")
    cells = _cells(made)
    lines = list(dict.fromkeys(row[3] for row in made.rows))
    rows = [
        (line, *(_money(cells[year, line, "net_gbp"][0]) for year in years))
        for line in lines
        if any(float(cells[year, line, "net_gbp"][0]) for year in years)
    ]
    return first + table(("Line", *named), rows, "Net spend by line and year, mean")


def line_rows(made: TidyTable, year: str) -> list[tuple[str, ...]]:
    """The lines of a year that have any spend, from the spend table."""
    cells = _cells(made)
    rows: list[tuple[str, ...]] = []
    for line in dict.fromkeys(row[3] for row in made.rows):
        gross, income, net = (cells[year, line, f"{m}_gbp"] for m in ("gross", "income", "net"))
        if not float(gross[0]):
            continue
        people = cells.get(
            (year, line, "average_children"), cells.get((year, line, "average_adults"))
        )
        price = cells.get((year, line, "average_weekly_price_gbp"))
        rows.append((
            line, _money(gross[0]), _money(income[0]), _money(net[0]), _money(net[1]),
            _money(net[3]), f"{float(people[0]):,.1f}" if people else "",
            f"£{float(price[0]):,.0f}" if price and price[0] else "",
        ))  # fmt: skip
    return rows


def _cells(made: TidyTable) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Mean and quantiles by year, line and measure."""
    return {(row[1], row[3], row[6]): row[8:] for row in made.rows}


def _money(text: str) -> str:
    return pounds(float(text)) if text else ""


def _papers(result: Forecast) -> str:
    """What the council's own papers say about the money."""
    rows = [
        (row.item.replace("_", " "), row.financial_year, pounds(row.amount_gbp), row.source)
        for row in result.plan.area.budget
    ]
    columns = ("Item", "Financial year", "Amount", "Source")
    return table(columns, rows, "In the council's budget papers") if rows else ""


# From year to year -------------------------------------------------------------------------------


def variance_section(result: Forecast) -> str:
    """Why spend changes from each whole year to the next; nothing of less than two."""
    whole = [at for at, year in enumerate(result.money.years) if year.whole]
    pairs = [at for at in whole if at - 1 in whole]
    if not pairs:
        return ""
    found = [(at, year_on_year(result.money, at).total) for at in pairs]
    first, total = found[0]
    before, after = (result.money.years[at].label for at in (first - 1, first))
    rows = [
        (
            f"{result.money.years[at - 1].label} to {result.money.years[at].label}",
            *(signed(part, pounds(part / 100)) for part in (line.difference, *line[3:])),
        )
        for at, line in found
    ]
    columns = ("Years", "Difference", "Volume", "Mix", "Price", "Fixed and other", "Income")
    return section(
        "Why spend changes from year to year", "variance",
        paragraph(
            "Volume is more or fewer placements, mix is other kinds of them, price is what the "
            "same kinds cost; averages over futures."
        ),
        figure(variance_chart(total, before, after), "chart-variance"),
        table(columns, rows, "Net spend: each year less the year before"),
    )  # fmt: skip


def variance_chart(total: VarianceLine, before: str, after: str) -> Chart:
    """Steps from one total to another through volume, mix, price and the rest."""
    parts = [part / 100 for part in total[3:]]
    rows = step_rows(total.budget / 100, parts, before, after)
    words = "; ".join(
        f"{name} {signed(part, pounds(part))}"
        for name, part in zip(PARTS, parts, strict=True)
        if pounds(part) != "£0"
    )
    cells = (
        (before, pounds(total.budget / 100)),
        *((name, signed(p, pounds(p))) for name, p in zip(PARTS, parts, strict=True)),
        (after, pounds(total.forecast / 100)),
    )
    svg = svg_of(steps(rows, "£ million"), height=240)
    description = (
        f"From {cells[0][1]} to {cells[-1][1]}: {words}. The axis does not start at nought."
    )
    key = (("bar", "net spend"), ("shade-1", "more"), ("shade-2", "less"))
    title = f"Net spend from {before} to {after}"
    return Chart(title, description, svg, key, ("Step", "Amount"), tuple(cells))


def step_rows(start: float, parts: Sequence[float], before: str, after: str) -> list[Row]:
    """The bars of a waterfall, in millions: a total, a bar for each part in turn, and a total.

    >>> rows = step_rows(10e6, [2e6, 0, 0, 0, -1e6], "2017/18", "2018/19")
    >>> [rows[1][name] for name in ("step", "from", "to")], rows[-1]["to"]
    (['volume', 10.0, 12.0], 11.0)
    """
    ends = [start / 1e6]
    for part in parts:
        ends.append(ends[-1] + part / 1e6)
    low = min(ends) * AXIS_FROM
    bars = [(before, low, ends[0], "total")]
    bars += [
        (name, ends[at], ends[at + 1], "more" if parts[at] > 0 else "less")
        for at, name in enumerate(PARTS)
    ]
    bars.append((after, low, ends[-1], "total"))
    return [dict(zip(("step", "from", "to", "sort"), bar, strict=True)) for bar in bars]
