"""Ready reckoner: what one more child costs from the first of each month, and one empty bed.

For a price of P pounds a week from a day with n nights of the financial year left::

    this year = P n / 7,  full year = P x days of the year / 7,  a week earlier or later = P

P is the price as stated and uplifted, the mean over the nights that are left where it changes in
the year; nothing uncertain acts on it. A line is a price that the area states: of a kind, or of a
group or level with a price of its own.
"""

from datetime import date
from typing import Final, NamedTuple

import numpy as np

from lacmodel.area.costs import FULL
from lacmodel.codes import EXTERNAL, GROUP_LABELS, GROUPS, IN_HOUSE, KIND_OF, KINDS, LEVELS
from lacmodel.codes import kind_label as label_of
from lacmodel.money.spend import PLAIN_COHORT, fixed_by_kind
from lacmodel.plan import Plan
from lacmodel.results import (
    FinancialYear,
    TidyTable,
    financial_years,
    kind_words,
    number,
    user_text,
)

ONE_CHILD: Final = "one more child"
RUNS_ON: Final = "one empty bed: its cost runs on"
ELSEWHERE: Final = "one empty bed: its child is placed elsewhere"
COLUMNS: Final = (
    "scenario", "financial_year", "item", "line", "placement", "provider", "from", "nights",
    "gbp_per_week", "this_year_gbp", "full_year_gbp", "a_week_gbp",
)  # fmt: skip


class Reckoned(NamedTuple):
    """What one line costs from the first of a month."""

    item: str
    line: str
    kind: int
    from_: date
    nights: int  # left in the year
    gbp_per_week: float
    year_days: int

    @property
    def this_year(self) -> float:
        """Pounds until 31 March.

        >>> one = Reckoned("", "", 0, date(2017, 10, 1), 182, 700.0, 365)
        >>> one.this_year, one.full_year
        (18200.0, 36500.0)
        """
        return self.gbp_per_week * self.nights / 7

    @property
    def full_year(self) -> float:
        """Pounds over all days of the year."""
        return self.gbp_per_week * self.year_days / 7


def reckoned(plan: Plan) -> list[Reckoned]:
    """Every line from the first of every month of the run's first financial year."""
    year = financial_years(plan.period)[0]
    found = [
        row
        for item, line, kind, by_month in _lines(plan)
        for row in _from_each_month(plan, year, (item, line, kind), by_month)
    ]
    return [row for row in found if row.gbp_per_week]


def _lines(plan: Plan) -> list[tuple[str, str, int, np.ndarray[tuple[int], np.dtype[np.float64]]]]:
    """Item, line, kind and price a week by month."""
    prices = plan.prices
    price = prices.gross_per_week[: plan.period.months, :, PLAIN_COHORT]
    lines = []
    for cost in sorted(plan.area.unit_costs, key=lambda row: row.kind):
        narrower = cost.group is not None or cost.level is not None
        at = (cost.kind, cost.group or 0, cost.level or 0)
        ratio = prices.relative[at] if narrower else 1.0
        words = [
            *([GROUP_LABELS[GROUPS[cost.group]]] if cost.group is not None else []),
            *([LEVELS[cost.level]] if cost.level is not None else []),
        ]
        name = ", ".join([label_of(cost.kind), *words])
        lines.append((ONE_CHILD, name, cost.kind, price[:, cost.kind] * ratio))
    for placement, provider in KINDS:
        own = KIND_OF[placement][IN_HOUSE]
        if provider == IN_HOUSE and (placement, EXTERNAL) in KINDS and places_of(plan, own).any():
            lines += _empty_bed(plan, own, KIND_OF[placement][EXTERNAL])
    return lines


def places_of(plan: Plan, kind: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Usable places of a kind, the mean over the days of each month."""
    rows = [at for at, row in enumerate(plan.supply) if row.kind == kind]
    starts = [plan.period.day(first) for first in plan.period.month_starts(plan.period.months + 1)]
    daily = np.zeros(plan.period.days)
    if rows:
        daily = daily + plan.world.placements.usable_places[rows, : plan.period.days].sum(axis=0)
    return np.asarray(np.add.reduceat(daily, starts[:-1]) / np.diff(starts))


def _empty_bed(
    plan: Plan, own: int, elsewhere: int
) -> list[tuple[str, str, int, np.ndarray[tuple[int], np.dtype[np.float64]]]]:
    """What an empty bed costs by month: what runs on, and what its child costs elsewhere instead.

    ::

        runs on    = the full price, or fixed cost a place a week where it is stated apart
        elsewhere  = price elsewhere - what the empty bed saves (nothing of a full price)
    """
    months = plan.period.months
    price = plan.prices.gross_per_week[:months, :, PLAIN_COHORT]
    starts = [plan.period.day(first) for first in plan.period.month_starts(months + 1)]
    places = places_of(plan, own)
    fixed = fixed_by_kind(plan)[:, own] / 100 * 7 / np.diff(starts)
    per_place = np.divide(fixed, places, out=np.zeros(months), where=places > 0)
    is_full = plan.prices.basis[own] == FULL
    runs_on = price[:, own] + per_place if is_full else per_place
    saved = 0.0 if is_full else price[:, own]
    name = label_of(own)
    return [
        (RUNS_ON, name, own, runs_on),
        (ELSEWHERE, name, own, price[:, elsewhere] - saved),
    ]


def _from_each_month(
    plan: Plan,
    year: FinancialYear,
    names: tuple[str, str, int],
    price: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> list[Reckoned]:
    """One line from the first of each month of a year."""
    firsts = plan.period.month_starts(plan.period.months + 1)
    days = np.diff([plan.period.day(first) for first in firsts])
    rows = []
    for month in range(year.first_month, year.end_month):
        left = slice(month, year.end_month)
        nights = int(days[left].sum())
        mean = float(np.average(price[left], weights=days[left]))
        whole_year = days_of_year(firsts[year.first_month])
        rows.append(Reckoned(*names, firsts[month], nights, round(mean, 2), whole_year))
    return rows


def days_of_year(when: date) -> int:
    """Days of the financial year that a date lies in.

    >>> days_of_year(date(2019, 4, 1)), days_of_year(date(2018, 3, 31))
    (366, 365)
    """
    begins = when.year - (when.month < 4)
    return (date(begins + 1, 4, 1) - date(begins, 4, 1)).days


def reckoner_table(plan: Plan) -> TidyTable:
    """The ready reckoner as a table."""
    year = financial_years(plan.period)[0].label
    rows = [
        (
            user_text(plan.name), year, row.item, row.line, *kind_words(row.kind),
            row.from_.isoformat(), str(row.nights), number(row.gbp_per_week),
            number(row.this_year), number(row.full_year), number(row.gbp_per_week),
        )
        for row in reckoned(plan)
    ]  # fmt: skip
    return TidyTable("ready_reckoner", COLUMNS, tuple(rows))
