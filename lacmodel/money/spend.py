"""Spend: nights times price, in whole pennies.

For each future, month, kind and cohort::

    gross  = gross_per_week / 7 * price_nights * growth[year of the run] * unit_price[kind]
    income = income_per_week / 7 * nights

each rounded to the penny; ``growth`` acts on external kinds only. Income is a sum a night, so it
does not rise with the price. Adults who stay on cost what the kind they stay in costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import residents_on
from lacmodel.codes import EXTERNAL, KINDS, kind_label
from lacmodel.engines.ensemble import Batch, Ensemble
from lacmodel.engines.noted import CLAIMED, COVERED
from lacmodel.engines.tally import NARROW, PRICE_UNIT, Tally
from lacmodel.once import once
from lacmodel.plan import COHORTS_A_DAY, LATER, PRESENT, Plan
from lacmodel.results import (
    ALL,
    QUANTILE_COLUMNS,
    FinancialYear,
    Summary,
    TidyTable,
    financial_years,
    kind_words,
    quantile_cells,
    summarise,
    user_text,
)

Pence = NDArray[np.int64]


class Line(NamedTuple):
    """A line of the spend table."""

    name: str
    placement: str
    provider: str


KIND_LINES: Final = tuple(Line(kind_label(k), *kind_words(k)) for k in range(len(KINDS)))
ADULTS: Final = len(KINDS)
SERVICES: Final = ADULTS + 1
FIXED: Final = ADULTS + 2
LINES: Final = (
    *KIND_LINES,
    Line("adults staying on", ALL, ALL),
    Line("edge-of-care services", ALL, ALL),
    Line("fixed costs", ALL, ALL),
)
CHUNK: Final = 250  # futures whose spend is worked out at a time
EVERY: Final = slice(None)
PLAIN_COHORT: Final = LATER  # came after the start, before any change of prices for new placements


class ByCohort(NamedTuple):
    """Spend on children by cohort of `lacmodel.plan.COHORTS`: (future, year, kind, cohort) each."""

    gross: NDArray[Any]
    income: NDArray[Any]
    nights: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Spend:
    """Spend of every future in whole pennies, by month and line of `LINES`.

    The numbers are kept in four bytes where they fit, and added up in eight.
    """

    years: tuple[FinancialYear, ...]
    gross: NDArray[Any]  # (future, month, line)
    income: NDArray[Any]  # (future, month, line)
    nights: NDArray[Any]  # (future, month, line): of children, and of adults on their line
    cohorts: ByCohort | None = None
    gone: ByCohort | None = None  # of them, as forecast of the months that actuals replace

    @property
    def net(self) -> Pence:
        """Gross less income: shape (future, month, line)."""
        return self.net_in()

    def net_in(self, months: slice = EVERY, lines: slice | int = EVERY) -> Pence:
        """Gross less income in some months, on some lines or (without their axis) on one."""
        gross, income = self.gross[:, months, lines], self.income[:, months, lines]
        return np.subtract(gross, income, dtype=np.int64)

    def by_year(self, values: NDArray[Any]) -> NDArray[Any]:
        """Add up months: shape (future, month, ...) to (future, year, ...)."""
        return np.stack([values[:, year.months].sum(axis=1) for year in self.years], axis=1)


def to_pence(pounds: NDArray[Any]) -> Pence:
    """Pounds to whole pennies, halves to the even penny.

    >>> to_pence(np.array([1.005, 2.5]))
    array([100, 250])
    """
    return np.rint(pounds * 100).astype(np.int64)


def price_factors(plan: Plan, batch: Batch | Ensemble) -> NDArray[np.float64]:
    """What a future's own prices multiply the plan's by: shape (future, month, kind)."""
    year_of_run = np.arange(plan.period.months) // 12
    growth = batch.price_growth[:, year_of_run, None]
    external = np.array([provider == EXTERNAL for _, provider in KINDS])
    return np.where(external, growth, 1.0) * batch.unit_price[:, None, :]


def gross_by_cohort(plan: Plan, batch: Batch | Ensemble) -> Pence:
    """Gross spend on children: shape (future, month, kind, cohort), pennies."""
    months = plan.period.months
    nights = batch.tallies.price_nights / PRICE_UNIT
    factors = price_factors(plan, batch)[..., None]
    return to_pence(plan.prices.gross_per_week[:months] / 7 * nights * factors)


def income_by_cohort(plan: Plan, batch: Batch) -> Pence:
    """Income for children: shape (future, month, kind, cohort), pennies."""
    months = plan.period.months
    return to_pence(plan.prices.income_per_week[:months] / 7 * batch.tallies.nights)


def gross_for_adults(plan: Plan, batch: Batch) -> Pence:
    """Gross spend on adults who stay on: shape (future, month, kind), pennies."""
    price = plan.prices.gross_per_week[: plan.period.months, :, PLAIN_COHORT]
    nights = batch.tallies.adult_price_nights / PRICE_UNIT
    return to_pence(price / 7 * nights * price_factors(plan, batch))


def service_costs(plan: Plan, batch: Batch) -> Pence:
    """Cost of edge-of-care services: shape (future, month), pennies."""
    engaged = batch.tallies.engaged
    total: Pence = np.zeros(engaged.shape[:2], dtype=np.int64)
    for index, service in enumerate(plan.services):
        total += to_pence(service.fixed[: plan.period.months])
        total += to_pence(service.per_family * engaged[:, :, index])
    return total


def fixed_costs(plan: Plan) -> Pence:
    """Money that does not depend on children: shape (month,), pennies."""
    months = plan.period.months
    total = np.zeros(months, dtype=np.int64)
    for cost in plan.fixed_costs:
        total += to_pence(cost.gross[:months])
    return total


def block_costs(plan: Plan) -> Pence:
    """What places bought as a block cost, used or not: shape (month, kind), pennies."""
    total = np.zeros((plan.period.months, len(KINDS)), dtype=np.int64)
    for block in plan.blocks:
        total[:, block.kind] += to_pence(block.gross)
    return total


def beyond_blocks(batch: Batch, gross: Pence) -> Pence:
    """Gross spend by cohort on the nights that no block covers, at the month's average price.

    ::

        gross x (nights - nights covered) / nights
    """
    if COVERED not in batch.notes:
        return gross
    nights = batch.tallies.nights.sum(axis=3, dtype=np.float64)
    beyond = nights - batch.notes[COVERED]
    share = np.divide(beyond, nights, out=np.ones_like(nights), where=nights > 0)
    return np.rint(gross * share[..., None]).astype(np.int64)


def claimed_income(plan: Plan, batch: Batch | Ensemble) -> Pence:
    """What claims bring in: shape (future, claim, month, kind), pennies.

    ::

        income = nights / 7 x pounds a week of the highest step that is reached
        reached = average children of the claim's groups / residents aged 0 to 17
    """
    months, claims = plan.period.months, plan.claims
    if not claims:
        return np.zeros((len(batch.futures), 1, months, len(KINDS)), dtype=np.int64)
    noted = batch.notes[CLAIMED]
    firsts = plan.period.month_starts(months + 1)
    days = np.diff([plan.period.day(first) for first in firsts])
    residents = np.array([residents_on(plan.area, first) for first in firsts[:-1]])
    average = noted[..., -1] / days / residents  # (future, claim, month)
    made = []
    for at, claim in enumerate(claims):
        step = np.searchsorted(claim.at_least, average[:, at], side="right")
        per_week = np.array([0.0, *claim.gbp_per_week])[step]
        made.append(to_pence(noted[:, at, :, :-1] / 7 * per_week[..., None]))
    return np.stack(made, axis=1)


def shared_out(amounts: NDArray[Any], weights: NDArray[Any]) -> NDArray[np.int64]:
    """Whole amounts of a kind over its cohorts by weight; where there is none, all to the first.

    Parameters
    ----------
    amounts : shape (future, month or year, kind)
    weights : shape (future, month or year, kind, cohort)

    >>> shared_out(np.array([[[10]]]), np.array([[[[1, 1, 1]]]])).tolist()
    [[[[3, 4, 3]]]]
    """
    if not amounts.any():
        return np.zeros((1, 1, 1, 1), dtype=np.int64)
    so_far = weights.cumsum(axis=3, dtype=np.float64)
    total = so_far[..., -1:]
    share = np.divide(so_far, total, out=np.ones_like(so_far), where=total > 0)
    up_to = np.rint(amounts[..., None] * share).astype(np.int64)
    return np.diff(up_to, axis=3, prepend=0)


class Ledger:
    """Spend of all futures, worked out batch by batch: priced nights need not be kept."""

    def __init__(self, plan: Plan, futures: Sequence[int]) -> None:
        self.plan, self.kept = plan, list[NDArray[Any]]()
        self.place_of = {future: place for place, future in enumerate(futures)}

    def add(self, batch: Batch) -> None:
        """Work out the spend of some futures."""
        places = [self.place_of[future] for future in batch.futures]
        parts = _spend_of(self.plan, batch)
        count = len(self.place_of)
        self.kept = self.kept or [np.zeros((count, *p.shape[1:]), p.dtype) for p in parts]
        for at, part in enumerate(parts):
            if part.dtype.itemsize > self.kept[at].dtype.itemsize:
                self.kept[at] = self.kept[at].astype(part.dtype)
            if part.any():  # noughts that nobody writes take no memory: many areas have no income
                self.kept[at][places] = part

    def spend(self) -> Spend:
        """What all futures spend, once all have been added."""
        gross, income, nights, *parts = self.kept
        years = financial_years(self.plan.period)
        cohorts, *gone = (ByCohort(*parts[at : at + 3]) for at in range(0, len(parts), 3))
        return Spend(years, gross, income, nights, cohorts, *gone)


def spend(plan: Plan, ensemble: Ensemble) -> Spend:
    """Spend of every future, by month and line; some futures at a time, to save memory."""
    ledger = Ledger(plan, ensemble.futures)
    for first in range(0, len(ensemble.futures), CHUNK):
        ledger.add(futures_of(ensemble, slice(first, first + CHUNK)))
    return ledger.spend()


def futures_of(ensemble: Ensemble, some: slice) -> Batch:
    """Some futures of an ensemble, in the same memory."""
    parts = {f.name: getattr(ensemble.tallies, f.name)[some] for f in fields(Tally)}
    growth, unit_price = ensemble.price_growth[some], ensemble.unit_price[some]
    own = None if ensemble.contributions is None else ensemble.contributions[some]
    notes = {name: noted[some] for name, noted in ensemble.notes.items()}
    return Batch(ensemble.futures[some], Tally(**parts), growth, unit_price, own, notes)


def _spend_of(plan: Plan, batch: Batch) -> list[NDArray[Any]]:
    """Gross, income and nights of some futures, (future, month, line).

    Then those on children by cohort, and by cohort in months gone if there are actuals.
    """
    tallies, kinds = batch.tallies, slice(0, len(KINDS))
    shape = (len(tallies.nights), plan.period.months, len(LINES))
    gross, income = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    nights = np.zeros(shape, dtype=np.result_type(tallies.nights, np.int32))
    spent = beyond_blocks(batch, gross_by_cohort(plan, batch))
    spent += shared_out(block_costs(plan), tallies.nights)
    gross[:, :, kinds] = spent.sum(axis=3)
    gross[:, :, ADULTS] = gross_for_adults(plan, batch).sum(axis=2)
    gross[:, :, SERVICES] = service_costs(plan, batch)
    gross[:, :, FIXED] = fixed_costs(plan)
    given = income_by_cohort(plan, batch)
    if batch.contributions is not None:
        given[..., PRESENT] += to_pence(batch.contributions / 700)
    given += shared_out(claimed_income(plan, batch).sum(axis=1), tallies.nights)
    income[:, :, kinds] = given.sum(axis=3)
    nights[:, :, kinds] = tallies.nights.sum(axis=3)
    nights[:, :, ADULTS] = tallies.adult_nights.sum(axis=2)
    by_child, gone = (spent, given, tallies.nights), months_gone(plan)
    cohorts = [_by_year_and_cohort(plan, part) for part in by_child]
    if gone.any():
        cohorts += [_by_year_and_cohort(plan, part * gone[:, None, None]) for part in by_child]
    return [narrowed(part) for part in (gross, income, nights, *cohorts)]


def months_gone(plan: Plan) -> NDArray[np.bool_]:
    """Which months of a run have actuals, of some kinds or of all: shape (month,)."""
    known = {row.month for row in plan.area.actuals}
    return np.array([month in known for month in plan.period.month_starts(plan.period.months)])


def _by_year_and_cohort(plan: Plan, values: NDArray[Any]) -> NDArray[Any]:
    """(future, month, kind, cohort) to (future, year, kind, cohort of `COHORTS`)."""
    years = financial_years(plan.period)
    wide = np.result_type(values, np.int64)
    added = [values[:, year.months].sum(axis=1, dtype=wide) for year in years]
    by_day = np.stack(added, axis=1)
    return by_day.reshape(*by_day.shape[:3], -1, COHORTS_A_DAY).sum(axis=3)


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in half the bytes where they fit; sums of them are in eight bytes again."""
    if values.dtype.name not in NARROW or not values.size:
        return values
    narrow = np.iinfo(NARROW[values.dtype.name])
    fits = narrow.min <= values.min() and values.max() <= narrow.max
    return values.astype(narrow.dtype) if fits else values


@once
def net_by_year(money: Spend) -> NDArray[np.float64]:
    """Net spend on everything in pounds: shape (future, year)."""
    gross, income = (money.by_year(pence).sum(axis=2) for pence in (money.gross, money.income))
    return (gross - income) / 100


def first_that_differs(before: NDArray[Any], after: NDArray[Any]) -> int:
    """The first year that is not the same in every future, 0 if none; shapes (future, year).

    >>> first_that_differs(np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, 2, 3], [4, 9, 9]]))
    1
    """
    return int((before != after).any(axis=0).argmax())


def weekly_price(gross: Pence, nights: NDArray[Any], single: bool) -> Summary:
    """Average price a week in pounds, 7 x gross / nights, over the futures with any nights.

    Both have the shape (future,); the mean is weighted by nights.
    """
    used = nights > 0
    if not used.any():
        return Summary(*(np.full((), np.nan) for _ in Summary._fields))
    prices = gross[used] / 100 * 7 / nights[used]
    mean = gross[used].sum() / 100 * 7 / nights[used].sum()
    return summarise(prices, single)._replace(mean=mean)


def spend_table(plan: Plan, money: Spend, single: bool) -> TidyTable:
    """Spend by financial year and line, with nights, average numbers and average prices."""
    columns = (
        "scenario", "financial_year", "months", "line", "placement", "provider", "measure", "unit",
    )  # fmt: skip
    scenario, rows, fixed = user_text(plan.name), [], fixed_by_kind(plan)
    children = Line("children's placements", ALL, ALL)
    groups: list[tuple[Line, tuple[int, ...]]] = [(line, (at,)) for at, line in enumerate(LINES)]
    groups += [(children, tuple(range(len(KINDS))))]
    groups += [(Line("total", ALL, ALL), tuple(range(len(LINES))))]
    for year in money.years:
        months = str(year.end_month - year.first_month)
        for line, parts in groups:
            head = (scenario, year.label, months, *line)
            rows += [head + cells for cells in _line_rows(money, year, parts, single)]
            rows += [head + cells for cells in _fixed_rows(fixed, year, parts, single)]
    return TidyTable("spend", (*columns, *QUANTILE_COLUMNS), tuple(rows))


def fixed_by_kind(plan: Plan) -> Pence:
    """Of the line of fixed costs, what is for places of each kind: shape (month, kind), pennies."""
    total = np.zeros((plan.period.months, len(KINDS)), dtype=np.int64)
    for cost in plan.fixed_costs:
        if cost.kind is not None:
            total[:, cost.kind] += to_pence(cost.gross[: plan.period.months])
    return total


def _fixed_rows(
    fixed: Pence, year: FinancialYear, parts: tuple[int, ...], single: bool
) -> list[tuple[str, ...]]:
    """Beside the spend of a kind, its part of the line of fixed costs, where there is one."""
    kinds = [part for part in parts if part < len(KINDS)]
    pence = fixed[year.months][:, kinds].sum()
    if not pence:
        return []
    cells = quantile_cells(summarise(np.array([pence / 100]), single), ())
    return [("fixed_gbp", "pounds", *cells)]


def _line_rows(
    money: Spend, year: FinancialYear, parts: tuple[int, ...], single: bool
) -> list[tuple[str, ...]]:
    """The measures of one year and line; only placements have nights and prices."""
    index = (slice(None), year.months, list(parts))
    gross, income = (a[index].sum(axis=(1, 2)) for a in (money.gross, money.income))
    pounds = {"gross_gbp": gross, "income_gbp": income, "net_gbp": gross - income}
    rows = [
        (name, "pounds", *quantile_cells(summarise(pence / 100, single), ()))
        for name, pence in pounds.items()
    ]
    if SERVICES in parts or FIXED in parts:
        return rows
    nights = money.nights[index].sum(axis=(1, 2))
    people = "adults" if parts == (ADULTS,) else "children"
    average, price = nights / year.days, weekly_price(gross, nights, single)
    return [
        *rows,
        ("nights", "nights", *quantile_cells(summarise(nights, single), ())),
        (f"average_{people}", people, *quantile_cells(summarise(average, single), ())),
        ("average_weekly_price_gbp", "pounds a week", *quantile_cells(price, ())),
    ]
