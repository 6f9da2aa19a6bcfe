"""Actuals in the place of the forecast, for the months gone.

A month by kind of placement replaces children and spend of the kinds that it has, in every future;
a month in total is spread over the lines as the forecast of that month is. A year's months gone are
shared out over the cohorts of children as each future had forecast those months. Fixed costs and
services stay as forecast, and so do all months to come: a run from today's placements begins where
the actuals end.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area.actuals import Actual, next_month
from lacmodel.money.spend import (
    ADULTS,
    FIXED,
    LINES,
    SERVICES,
    ByCohort,
    Spend,
    months_gone,
    shared_out,
)
from lacmodel.plan import Plan
from lacmodel.results import ALL, TidyTable, number, user_text
from lacmodel.timeline import financial_year

PLACED = slice(0, ADULTS)  # the lines of children's placements
WITH_ADULTS = slice(0, ADULTS + 1)
APART = (SERVICES, FIXED)


class Month(NamedTuple):
    """A month's money in whole pennies, and nights: shape (line,) each."""

    gross: NDArray[Any]
    income: NDArray[Any]
    nights: NDArray[Any]


class Replaced(NamedTuple):
    """A month and line whose forecast gave way to what was; means over futures, pounds."""

    month: date
    line: int | None  # None: all lines together
    children_forecast: float
    children: float
    gross_forecast: float
    gross: float
    income_forecast: float
    income: float


def days_in(month: date) -> int:
    """The days of a month.

    >>> days_in(date(2024, 2, 1))
    29
    """
    return (next_month(month) - month).days


def with_actuals(plan: Plan, money: Spend) -> tuple[Spend, tuple[Replaced, ...]]:
    """The spend of a run with its months gone as they were, and what they replaced."""
    period = plan.period
    within = [row for row in plan.area.actuals if period.start <= row.month < period.end]
    if not within:
        return money, ()
    lines = (money.gross, money.income, money.nights)
    parts = [a.astype(np.result_type(a, np.int64)) for a in lines]
    replaced: list[Replaced] = []
    for month in sorted({row.month for row in within}):
        rows = [row for row in within if row.month == month]
        at = period.month(month)
        mean = means_of(money, at)
        was = month_of(rows, mean)
        replaced += [_replaced(row, mean) for row in rows]
        known = lines_of(rows)
        for part, values in zip(parts, was, strict=True):
            part[:, at, known] = values[known]
    gross, income, nights = parts
    cohorts = cohorts_with(money, parts, months_gone(plan))
    money = replace(money, gross=gross, income=income, nights=nights, cohorts=cohorts, gone=None)
    return money, tuple(replaced)


def cohorts_with(money: Spend, parts: Sequence[NDArray[Any]], gone: NDArray[np.bool_]) -> ByCohort:
    """The cohorts with months gone as they were, shared out as each future had forecast them."""
    assert money.cohorts is not None
    assert money.gone is not None
    made = []
    for part, cohorts, forecast in zip(parts, money.cohorts, money.gone, strict=True):
        was = money.by_year(part[:, :, PLACED] * gone[:, None])
        to_come = np.subtract(cohorts, forecast, dtype=np.result_type(cohorts, np.int64))
        made.append(to_come + shared_out(was, forecast))
    return ByCohort(*made)


def means_of(money: Spend, month: int) -> Month:
    """A month of the run as forecast: means over futures."""
    return Month(*(a[:, month].mean(axis=0) for a in (money.gross, money.income, money.nights)))


def lines_of(rows: Sequence[Actual]) -> list[int]:
    """The lines that a month's rows replace; everything together is all of them."""
    kinds = [row.kind for row in rows if row.kind is not None]
    return kinds or list(range(len(LINES)))


def month_of(rows: Sequence[Actual], forecast: Month) -> Month:
    """What a month came to, by line; nought on lines that its rows do not have."""
    made = Month(*(np.zeros(len(LINES), dtype=np.int64) for _ in Month._fields))
    for row in rows:
        money = round(row.gross_gbp * 100), round(row.income_gbp * 100)
        nights = round(row.children * days_in(row.month))
        if row.kind is not None:
            for part, value in zip(made, (*money, nights), strict=True):
                part[row.kind] = value
            continue
        for line in APART:
            made.gross[line] = round(forecast.gross[line])
        apart = int(made.gross.sum())
        made.gross[WITH_ADULTS] = spread(money[0] - apart, forecast.gross[WITH_ADULTS])
        made.income[PLACED] = spread(money[1], forecast.income[PLACED])
        made.nights[PLACED] = spread(nights, forecast.nights[PLACED])
        made.nights[ADULTS] = round(forecast.nights[ADULTS])
    return made


def spread(total: int, shares: NDArray[Any]) -> NDArray[np.int64]:
    """A whole number spread as some shares are, to whole numbers that add up to it.

    >>> spread(10, np.array([1.0, 1.0, 1.0])).tolist(), spread(7, np.zeros(2)).tolist()
    ([3, 4, 3], [7, 0])
    """
    weights = shares if shares.sum() > 0 else np.eye(len(shares))[0]
    so_far = np.rint(total * np.cumsum(weights) / weights.sum()).astype(np.int64)
    return np.diff(so_far, prepend=0)


def before_run(plan: Plan, money: Spend) -> list[tuple[date, Month]]:
    """The months of the first financial year that were gone before the run began."""
    start = plan.period.start
    early = [
        row
        for row in plan.area.actuals
        if row.month < start and financial_year(row.month) == financial_year(start)
    ]
    first = means_of(money, 0)
    return [
        (month, month_of([row for row in early if row.month == month], first))
        for month in sorted({row.month for row in early})
    ]


def _replaced(row: Actual, mean: Month) -> Replaced:
    """What one row put in the place of what."""
    line = slice(None) if row.kind is None else row.kind
    children = slice(0, ADULTS) if row.kind is None else row.kind
    nights = float(np.sum(mean.nights[children])) / days_in(row.month)
    gross, income = (float(np.sum(part[line])) / 100 for part in (mean.gross, mean.income))
    return Replaced(
        row.month, row.kind, nights, row.children, gross, row.gross_gbp, income, row.income_gbp
    )


def actuals_table(scenario: str, replaced: Sequence[Replaced]) -> TidyTable:
    """What was forecast for the months gone, what they came to, and the difference."""
    columns = (
        "scenario", "month", "line", "placement", "provider", "measure", "unit", "forecast",
        "actual", "difference",
    )  # fmt: skip
    rows = []
    for each in replaced:
        named = ("everything", ALL, ALL) if each.line is None else LINES[each.line]
        head = (user_text(scenario), each.month.isoformat(), *named)
        for measure, unit, forecast, actual in (
            ("average_children", "children", each.children_forecast, each.children),
            ("gross_gbp", "pounds", each.gross_forecast, each.gross),
            ("income_gbp", "pounds", each.income_forecast, each.income),
        ):
            values = (number(value) for value in (forecast, actual, actual - forecast))
            rows.append((*head, measure, unit, *values))
    return TidyTable("actuals", columns, tuple(rows))
