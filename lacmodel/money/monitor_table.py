"""The budget monitor as tables: one row a line and year, and why each line differs."""

from collections.abc import Sequence
from typing import Final

from lacmodel.money.monitor import MonitorLine, Parts, YearMonitor
from lacmodel.results import TidyTable, number, user_text

COLUMNS: Final = (
    "scenario", "financial_year", "line", "placement", "provider", "in_budget",
    "placements_budgeted", "placements_now", "placements_year_to_date", "placements_forecast",
    "weekly_price_budgeted_gbp", "weekly_price_forecast_gbp",
    "budget_gross_gbp", "budget_income_gbp", "budget_net_gbp", "spend_to_date_gbp",
    "forecast_gross_gbp", "forecast_income_gbp", "savings_expected_gbp", "forecast_net_gbp",
    "variance_gbp", "variance_percent", "low_gbp", "high_gbp",
    "full_year_cost_gbp", "full_year_cost_less_gross_gbp",
    "contingency_left_gbp", "chance_over_budget", "chance_over_budget_and_contingency",
    "budget_scaled_by",
)  # fmt: skip


def monitor_tables(scenario: str, made: Sequence[YearMonitor]) -> list[TidyTable]:
    """The monitor and its variance; nothing where no year has a budget."""
    if not made:
        return []
    rows, parts = [], []
    for monitor in made:
        year = monitor.year.financial_year
        for line in (*monitor.lines, monitor.total):
            head = (user_text(scenario), year, user_text(line.budget.line))
            last = _chances(monitor) if line is monitor.total else ("", "", "")
            factor = monitor.year.scaled_by
            rows.append((*head, *_cells(line), *last, "" if factor is None else f"{factor:.6f}"))
            variance = (line.budget.net, line.outlook.net, line.variance, *line.parts)
            parts.append((*head, *map(_pounds, variance)))
    columns = ("scenario", "financial_year", "line", "budget_gbp", "forecast_gbp", "variance_gbp")
    named = tuple(f"{name}_gbp" for name in Parts._fields)
    return [
        TidyTable("budget_monitor", COLUMNS, tuple(rows)),
        TidyTable("budget_variance", (*columns, *named), tuple(parts)),
    ]


def _pounds(pence: int | None) -> str:
    return "" if pence is None else f"{pence / 100:.2f}"


def _or_blank(value: float | None, decimals: int = 2) -> str:
    return "" if value is None else number(value, decimals)


def _cells(line: MonitorLine) -> tuple[str, ...]:
    """Everything of a line but its name and the chances."""
    budget, outlook = line.budget, line.outlook
    share = line.variance_share
    return (
        budget.placement, budget.provider, "yes" if line.in_budget else "no",
        number(budget.placements), _or_blank(line.now), _or_blank(line.to_date),
        number(line.average), number(budget.price), _or_blank(line.price),
        *map(_pounds, (budget.gross, budget.income, budget.net, line.spent)),
        *map(_pounds, (outlook.gross, outlook.income, outlook.savings, outlook.net)),
        _pounds(line.variance), "" if share is None else number(100 * share, 1),
        _or_blank(line.low), _or_blank(line.high),
        _pounds(line.full_year), _pounds(line.full_year - outlook.gross),
    )  # fmt: skip


def _chances(monitor: YearMonitor) -> tuple[str, ...]:
    chances = (monitor.chance_over_budget, monitor.chance_over_contingency)
    return (_pounds(monitor.year.contingency), *(_or_blank(chance, 4) for chance in chances))
