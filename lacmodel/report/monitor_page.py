"""The budget monitor as a section of the report: a table, the variance, and a waterfall."""

from typing import Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.monitor import MonitorLine, YearMonitor
from lacmodel.money.spend import LINES
from lacmodel.report.charts import Chart
from lacmodel.report.html import bullets, figure, paragraph, section, table
from lacmodel.report.monitor_words import (
    MONITOR_NOTES,
    PART_LABELS,
    actuals_words,
    chance_words,
    monitors_of,
    savings_words,
    scaling_words,
)
from lacmodel.report.waterfall import Step, waterfall_chart
from lacmodel.report.words import pounds, signed

NAME: Final = "budget-monitor"
TITLE: Final = "Budget monitor"
COLUMNS: Final = (
    "Line", "Placements budgeted", "Now", "To date", "Forecast", "£ a week budgeted",
    "Forecast £ a week", "Budget, net", "Spent to date, net", "Forecast, net", "Variance",
    "Low to high", "Full-year cost",
)  # fmt: skip


def monitor_section(result: Forecast) -> str:
    """The monitor of every year that has a budget, and the months gone, if there are any."""
    made, known = monitors_of(result), _actuals(result)
    if not made:
        return section(TITLE, NAME, *known) if known else ""
    futures = len(result.ensemble.futures)
    said = known + [paragraph(words) for each in made if (words := scaling_words(result, each))]
    tables = [part for each in made for part in _year(each, futures)]
    chart = figure(total_waterfall(made[0]), "chart-budget-waterfall")
    return section(
        TITLE, NAME, *said, chart, *tables, bullets(savings_words(result)), bullets(MONITOR_NOTES)
    )


def _actuals(result: Forecast) -> list[str]:
    """What the months gone came to, and what they replaced."""
    rows = [
        (
            f"{each.month:%B %Y}", "everything" if each.line is None else LINES[each.line].name,
            f"{each.children_forecast:,.1f}", f"{each.children:,.1f}",
            pounds(each.gross_forecast), pounds(each.gross),
        )
        for each in result.replaced
    ]  # fmt: skip
    columns = ("Month", "Line", "Children forecast", "Children", "Gross forecast", "Gross")
    said = [paragraph(words) for words in actuals_words(result)]
    return (
        [*said, table(columns, rows, "Months gone, which replace their forecast")] if rows else []
    )


def total_waterfall(monitor: YearMonitor) -> Chart:
    """From the year's budget to its forecast, one cause at a time."""
    total, year = monitor.total, monitor.year.financial_year
    steps = [
        Step(label, part / 100)
        for label, part in zip(PART_LABELS.values(), total.parts, strict=True)
        if part
    ]
    begin = Step("budget", total.budget.net / 100)
    return waterfall_chart(f"From budget to forecast, {year}", begin, steps, "forecast")


def _year(monitor: YearMonitor, futures: int) -> list[str]:
    year = monitor.year.financial_year
    lines = (*monitor.lines, monitor.total)
    rows = [_cells(line) for line in lines]
    differ = [
        (line.budget.line, *(signed(p, pounds(p / 100)) for p in (line.variance, *line.parts)))
        for line in lines
        if line.variance or any(line.parts) or line is monitor.total
    ]
    heads = (part.capitalize() for part in PART_LABELS.values())
    return [
        paragraph(f"{year}: {chance_words(monitor, futures)}"),
        table(COLUMNS, rows, f"Budget monitor, {year}"),
        table(("Line", "Variance", *heads), differ, f"Why each line differs, {year}"),
    ]


def _cells(line: MonitorLine) -> tuple[str, ...]:
    """A line as the report shows it."""
    budget, share = line.budget, line.variance_share
    by = "" if share is None else f" ({signed(share, f'{share:.1%}')})"
    return (
        budget.line if line.in_budget else f"{budget.line} (not in the budget)",
        _count(budget.placements), _count(line.now), _count(line.to_date), _count(line.average),
        _price(budget.price), _price(line.price),
        pounds(budget.net / 100), "" if line.spent is None else pounds(line.spent / 100),
        pounds(line.outlook.net / 100),
        signed(line.variance, pounds(line.variance / 100)) + by,
        "" if line.low is None else f"{pounds(line.low)} to {pounds(line.high or 0.0)}",
        pounds(line.full_year / 100),
    )  # fmt: skip


def _count(placements: float | None) -> str:
    return "" if placements is None else f"{placements:,.1f}"


def _price(price: float | None) -> str:
    return f"£{price:,.0f}" if price else ""
