"""Spend by month and line, means over futures: what later runs are compared with."""

import numpy as np

from lacmodel.money.spend import LINES, Spend
from lacmodel.plan import Plan
from lacmodel.results import TidyTable, number, user_text

COLUMNS = (
    "scenario", "month", "line", "placement", "provider", "nights", "gross_gbp", "income_gbp",
)  # fmt: skip
DECIMALS = (6, 2, 2)


def by_month_table(plan: Plan, money: Spend) -> TidyTable:
    """Nights, gross and income of every month and line that has any."""
    nights, gross, income = (
        a.mean(axis=0, dtype=np.float64) for a in (money.nights, money.gross, money.income)
    )
    starts = plan.period.month_starts(plan.period.months)
    rows = []
    for month, start in enumerate(starts):
        for line, named in enumerate(LINES):
            values = nights[month, line], gross[month, line] / 100, income[month, line] / 100
            if any(values):
                cells = (number(v, d) for v, d in zip(values, DECIMALS, strict=True))
                rows.append((user_text(plan.name), start.isoformat(), *named, *cells))
    return TidyTable("spend_by_month", COLUMNS, tuple(rows))
