"""Fixed costs, blocks and claims of an area as its supply and its prices stand after all changes.

A fixed cost runs by days; one with a step is paid for each so many approved places begun::

    month's cost = amount a year / 12 x mean over its days of steps x uplifts since the price base
    steps        = ceiling(approved places / step), or 1 without a step
"""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area
from lacmodel.area.costs import FixedCostRow, IncomeRow
from lacmodel.codes import GROUPS, KINDS
from lacmodel.levers.prices import DraftPrices
from lacmodel.levers.schedule import FloatArray
from lacmodel.levers.supply import DraftRow
from lacmodel.plan import Block, Claim, FixedCost
from lacmodel.timeline import Period


def days_between(period: Period, starts: date | None, ends: date | None) -> NDArray[np.bool_]:
    """Whether each day of the run lies from the first date on and before the second."""
    days = np.arange(period.days)
    first = period.day(starts) if starts else 0
    return (days >= first) & (days < (period.day(ends) if ends else period.days))


def by_month(period: Period, daily: FloatArray) -> FloatArray:
    """The mean over the days of each month of the run."""
    starts = [period.day(first) for first in period.month_starts(period.months + 1)]
    return np.asarray(np.add.reduceat(daily, starts[:-1]) / np.diff(starts))


def steps_needed(places: FloatArray, step: int | None) -> FloatArray:
    """How many times an amount is paid: once, or for each so many places begun.

    >>> steps_needed(np.array([0.0, 50.0, 51.0]), 50).tolist()
    [0.0, 1.0, 2.0]
    """
    if step is None:
        return np.ones_like(places)
    return np.ceil(np.round(places / step, 9))


def stated_costs(area: Area, rows: list[DraftRow], prices: DraftPrices) -> Iterator[FixedCost]:
    """The fixed and one-off costs that an area states in files of their own."""
    period = prices.period
    for cost in area.fixed_costs:
        daily = _running(cost, rows, period)
        gross = cost.amount_gbp_per_year / 12.0 * by_month(period, daily)
        gross = gross * prices.index[:, cost.kind]
        yield FixedCost(cost.name, gross, cost.source, cost.kind)
    for once in area.one_off_costs:
        if period.start <= once.when < period.end:
            gross = np.zeros(period.months)
            gross[period.month(once.when)] = once.amount_gbp
            yield FixedCost(once.name, gross, once.source, one_off=True)


def _running(cost: FixedCostRow, rows: list[DraftRow], period: Period) -> FloatArray:
    """How many times a cost is paid, by day; that of a row of supply while the row is open."""
    own = [draft for draft in rows if draft.row.name == cost.name]
    held = days_between(period, cost.starts, cost.ends).astype(np.float64)
    if own:
        held *= own[0].costed[: period.days]
    of_kind = own or [draft for draft in rows if draft.row.kind == cost.kind]
    places = np.sum([draft.approved[: period.days] for draft in of_kind], axis=0)
    return held * steps_needed(np.zeros(period.days) + places, cost.step)


def blocks(area: Area, prices: DraftPrices) -> Iterator[Block]:
    """The block contracts of an area."""
    period = prices.period
    starts = [period.day(first) for first in period.month_starts(period.months + 1)]
    for row in area.contracts:
        held = days_between(period, row.starts, row.ends)
        days = np.add.reduceat(held.astype(np.float64), starts[:-1])
        gross = row.places * row.gbp_per_week / 7 * days * prices.index[:, row.kind]
        yield Block(row.name, row.kind, np.where(held, row.places, 0), gross)


def claims(area: Area, period: Period) -> Iterator[Claim]:
    """The income that an area states, the steps of one income put together."""

    def alike(row: IncomeRow) -> tuple[object, ...]:
        kind, group = (-1 if value is None else value for value in (row.kind, row.group))
        dates = str(row.starts or ""), str(row.ends or "")
        return row.name, row.payer, kind, group, row.youngest, row.oldest, *dates

    for _, steps in groupby(sorted(area.income, key=alike), key=alike):
        rising = sorted(steps, key=lambda row: row.at_least_share)
        row = rising[0]
        yield Claim(
            name=row.name,
            payer=row.payer,
            kinds=tuple(range(len(KINDS))) if row.kind is None else (row.kind,),
            groups=tuple(range(len(GROUPS))) if row.group is None else (row.group,),
            youngest=row.youngest,
            oldest=row.oldest,
            first_day=period.day(row.starts) if row.starts else 0,
            end_day=period.day(row.ends) if row.ends else period.days,
            at_least=tuple(step.at_least_share for step in rising),
            gbp_per_week=tuple(step.gbp_per_week for step in rising),
        )
