"""Budget monitor: the forecast of a financial year against its budget, line by line.

Forecasts are means over futures, so that lines add up; ranges are of each line's own net. The
variance of a line is split as `lacmodel.money.variance` says, with Q the placements of all lines,
but those that the budget leaves out and that cost nothing; fixed cost, income and savings have
columns of their own. Of a line that no placement explains the whole difference is fixed::

    net       = gross - income - savings expected
    variance  = net - budget = volume + mix + price + fixed + income + savings
    full year = placements on 31 March * price in March * 365 / 7 + fixed cost
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KINDS
from lacmodel.engines.ensemble import Ensemble
from lacmodel.money.actuals import Month, before_run, days_in, means_of
from lacmodel.money.budget import Budgeted, YearBudget, budget_of, pence
from lacmodel.money.spend import ADULTS, FIXED, LINES, Spend, to_pence
from lacmodel.money.variance import Placements, split_line
from lacmodel.plan import Plan
from lacmodel.results import FinancialYear, give_or_take, is_single, summarise

PRICE_LAYER: Final = 4
MONTHS: Final = 12
WHOLE_YEAR: Final = 365  # days, of the full-year cost
PLACED: Final = len(KINDS)  # lines of `LINES` before this one are kinds of placement


class Outlook(NamedTuple):
    """What a line is forecast to be in a year; money in whole pennies, means over futures."""

    nights: Fraction
    gross: int  # fixed cost included
    fixed: int
    income: int
    savings: int = 0  # expected

    @property
    def net(self) -> int:
        """Gross less income and savings."""
        return self.gross - self.income - self.savings


class Parts(NamedTuple):
    """Why a line's forecast differs from its budget, whole pennies; a plus is more spend."""

    volume: int
    mix: int
    price: int
    fixed: int
    income: int  # less income is a plus
    savings: int  # expected savings are a minus


@dataclass(frozen=True, slots=True)
class MonitorLine:
    """One line of the monitor, or its total; money in whole pennies, a range in pounds."""

    budget: Budgeted
    outlook: Outlook
    parts: Parts
    in_budget: bool
    days: int
    price: float | None  # forecast, pounds a placement a week; None without placements
    now: float | None  # placements on the latest day that is known
    to_date: float | None  # average placements over the months gone
    spent: int | None  # net, in the months gone
    low: float | None
    high: float | None
    error: float  # how far the mean of the net may be off because futures are few
    full_year: int  # gross

    @property
    def average(self) -> float:
        """Average placements forecast for the year."""
        return float(self.outlook.nights / self.days)

    @property
    def variance(self) -> int:
        """Forecast less budget, net."""
        return self.outlook.net - self.budget.net

    @property
    def is_on_budget(self) -> bool:
        """Whether the variance is no more than the error of the futures."""
        return abs(self.variance) / 100 <= self.error

    @property
    def variance_share(self) -> float | None:
        """The variance as a share of the budget; None where there is no budget."""
        return self.variance / self.budget.net if self.budget.net else None


@dataclass(frozen=True, slots=True)
class YearMonitor:
    """A financial year's monitor."""

    year: YearBudget
    lines: tuple[MonitorLine, ...]
    total: MonitorLine
    chance_over_budget: float | None  # None: prices are taken as certain, or there are no futures
    chance_over_contingency: float | None


# Variance ----------------------------------------------------------------------------------------


def variance_parts(
    budget: Sequence[Budgeted], outlook: Sequence[Outlook], days: int
) -> list[Parts]:
    """Why each line's forecast differs from its budget; the parts add up to the penny.

    >>> foster = Budgeted("foster care", "foster", "external", (2,), 10, 700, 36500000, 0, 0)
    >>> [parts[:3] for parts in variance_parts(
    ...     [foster], [Outlook(Fraction(11 * 365), 11 * 3650000, 0, 0)], days=365)]
    [(3650000, 0, 0)]
    """
    pairs = list(zip(budget, outlook, strict=True))
    before = sum((nights_budgeted(line, days) for line in budget if is_placed(line)), Fraction(0))
    after = sum((now.nights for line, now in pairs if counts(line, now)), Fraction(0))
    growth = after / before if before else Fraction(1)
    return [_parts(line, now, days, growth) for line, now in pairs]


def nights_budgeted(line: Budgeted, days: int) -> Fraction:
    """Average placements times days."""
    return Fraction(str(line.placements)) * days


def is_placed(line: Budgeted) -> bool:
    """Whether placements of children explain a line."""
    return all(part < PLACED for part in line.parts)


def counts(line: Budgeted, now: Outlook) -> bool:
    """Whether a line's placements are part of the volume: it is budgeted or costs something."""
    return is_placed(line) and bool(line.placements or line.gross or now.gross)


def _parts(line: Budgeted, now: Outlook, days: int, growth: Fraction) -> Parts:
    savings, income = -now.savings, line.income - now.income
    if not is_placed(line):
        return Parts(0, 0, 0, now.gross - line.gross, income, savings)
    was = Placements(line.line, nights_budgeted(line, days), line.gross - line.fixed)
    is_now = Placements(line.line, now.nights, now.gross - now.fixed)
    return Parts(*split_line(was, is_now, growth), now.fixed - line.fixed, income, savings)


# The forecast of a line --------------------------------------------------------------------------


class Gone(NamedTuple):
    """The months of a year that are gone, by line of `LINES`; whole pennies."""

    months: int
    days: int
    nights: NDArray[np.float64]  # (line,)
    net: NDArray[np.float64]  # (line,)
    now: NDArray[np.float64]  # (line,): placements in the last of them


class Books(NamedTuple):
    """A year's money in every future, by line of `LINES`; whole pennies."""

    gross: NDArray[Any]  # (future, line): the fixed cost of a kind's places is in the kind's line
    income: NDArray[Any]  # (future, line)
    nights: NDArray[Any]  # (future, line)
    fixed: NDArray[np.int64]  # (line,): fixed cost within gross
    now: NDArray[np.float64]  # (line,): placements at the start
    gone: Gone | None
    full_year: NDArray[np.int64]  # (line,)


def books_of(
    plan: Plan, ensemble: Ensemble, money: Spend, year: FinancialYear, own_line: bool
) -> Books:
    """The year's money by line.

    Parameters
    ----------
    own_line : whether fixed costs stay in a line of their own, because the budget has one
    """
    gross, income, nights = (
        a[:, year.months].sum(axis=1, dtype=np.int64) + early
        for a, early in zip(
            (money.gross, money.income, money.nights), early_months(plan, money, year), strict=True
        )
    )
    fixed = np.zeros(len(LINES), dtype=np.int64) if own_line else fixed_by_line(plan, year)
    gross = gross + fixed
    gross[:, FIXED] -= fixed.sum()
    fixed[FIXED] = round(gross[:, FIXED].mean())
    people = people_by_line(ensemble)
    now, at_end = people[0], people[year.end_month]
    march = year.end_month - 1
    paid, slept = (a[:, march].sum(axis=0, dtype=np.int64) for a in (money.gross, money.nights))
    weekly = np.divide(7 * paid, slept, out=np.zeros(len(LINES)), where=slept > 0)
    whole = np.rint(at_end * weekly * WHOLE_YEAR / 7).astype(np.int64) + fixed
    unplaced = slice(ADULTS + 1, None)
    whole[unplaced] = np.rint(gross[:, unplaced].mean(axis=0))
    return Books(gross, income, nights, fixed, now, gone_of(plan, money, year), whole)


def early_months(plan: Plan, money: Spend, year: FinancialYear) -> Month:
    """The months of a year that were gone before the run began, added up."""
    nothing = Month(*(np.zeros(len(LINES), dtype=np.int64) for _ in Month._fields))
    if year.first_month > 0:
        return nothing
    for _, month in before_run(plan, money):
        nothing = Month(*(a + b for a, b in zip(nothing, month, strict=True)))
    return nothing


def gone_of(plan: Plan, money: Spend, year: FinancialYear) -> Gone | None:
    """The months of a year that actuals give, before the run and in it; None without any."""
    known = {row.month for row in plan.area.actuals}
    starts = plan.period.month_starts(plan.period.months)
    months = before_run(plan, money) if year.first_month == 0 else []
    months += [
        (starts[at], means_of(money, at))
        for at in range(year.first_month, year.end_month)
        if starts[at] in known
    ]
    if not months:
        return None
    days = sum(days_in(when) for when, _ in months)
    nights, gross, income = (
        np.sum([getattr(month, name) for _, month in months], axis=0)
        for name in ("nights", "gross", "income")
    )
    last, month = months[-1]
    return Gone(len(months), days, nights, gross - income, month.nights / days_in(last))


def is_covered(plan: Plan, money: Spend, year: FinancialYear) -> bool:
    """Whether the run, and the months gone before it, make up the whole year."""
    early = len(before_run(plan, money)) if year.first_month == 0 else 0
    return year.end_month - year.first_month + early == MONTHS


def people_by_line(ensemble: Ensemble) -> NDArray[np.float64]:
    """Mean children of each kind, and adults staying on, at the stock dates: (month + 1, line)."""
    people = np.zeros((ensemble.tallies.children.shape[1], len(LINES)))
    children = ensemble.tallies.children.sum(axis=2, dtype=np.float64)
    people[:, :PLACED] = children.mean(axis=0)
    people[:, ADULTS] = ensemble.tallies.staying_on.sum(axis=2, dtype=np.float64).mean(axis=0)
    return people


def fixed_by_line(plan: Plan, year: FinancialYear) -> NDArray[np.int64]:
    """Fixed cost of the places of each kind in a year, pennies: shape (line,)."""
    kinds: Mapping[str, int] = {row.name: row.kind for row in plan.supply}
    fixed = np.zeros(len(LINES), dtype=np.int64)
    for cost in plan.fixed_costs:
        if cost.line in kinds:
            fixed[kinds[cost.line]] += to_pence(cost.gross[year.months]).sum()
    return fixed


def weekly_price(outlooks: Sequence[Outlook]) -> float | None:
    """Average price of some lines together, pounds a placement a week: 7 x gross / nights.

    >>> weekly_price([Outlook(Fraction(365), 3650000, 0, 0)])
    700.0
    """
    nights = sum((line.nights for line in outlooks), Fraction(0))
    placed = sum(line.gross - line.fixed for line in outlooks)
    return float(Fraction(placed) * 7 / nights) / 100 if nights else None


# The monitor -------------------------------------------------------------------------------------


def monitors(plan: Plan, ensemble: Ensemble, money: Spend) -> list[YearMonitor]:
    """The monitor of every financial year that has a budget and is whole, with months gone."""
    made = []
    for year in money.years:
        budget = budget_of(plan.area, year.label)
        if budget is not None and is_covered(plan, money, year):
            made.append(monitor(plan, ensemble, money, year, budget))
    return made


def monitor(
    plan: Plan, ensemble: Ensemble, money: Spend, year: FinancialYear, budget: YearBudget
) -> YearMonitor:
    """The monitor of one year."""
    own_line = any(FIXED in line.parts for line in budget.lines)
    books = books_of(plan, ensemble, money, year, own_line)
    lines = [*budget.lines, *left_out(budget, books)]
    saved = [savings_of(plan, line.line, year.label) for line in lines]
    outlooks = [outlook_of(books, line.parts, s) for line, s in zip(lines, saved, strict=True)]
    parts = variance_parts(lines, outlooks, budget.days)
    rows = tuple(
        _line(books, *each, in_budget=at < len(budget.lines), budget=budget, ensemble=ensemble)
        for at, each in enumerate(zip(lines, outlooks, parts, strict=True))
    )
    total = _total(rows, books, budget, ensemble)
    net = net_of(books, tuple(range(len(LINES))), total.outlook.savings)
    said = PRICE_LAYER in ensemble.layers and not is_single(ensemble)
    limits = (budget.net / 100, (budget.net + budget.contingency) / 100)
    chances = [float((net > limit).mean()) if said else None for limit in limits]
    return YearMonitor(budget, rows, total, *chances)


def left_out(budget: YearBudget, books: Books) -> list[Budgeted]:
    """Lines with spend or placements that the budget does not have."""
    covered = {part for line in budget.lines for part in line.parts}
    used = (np.abs(books.gross) + np.abs(books.income) + books.nights).sum(axis=0)
    return [
        Budgeted(*line, (part,), placements=0.0, price=0.0, gross=0, fixed=0, income=0)
        for part, line in enumerate(LINES)
        if used[part] and part not in covered
    ]


def savings_of(plan: Plan, line: str, financial_year: str) -> int:
    """Savings expected on a line of the budget in a year, pennies."""
    found = (row for row in plan.area.savings if row.line == line)
    return pence(sum(row.expected_gbp(financial_year) for row in found))


def outlook_of(books: Books, parts: tuple[int, ...], savings: int = 0) -> Outlook:
    """Means over futures of some lines together."""
    some = list(parts)
    futures = len(books.gross)
    nights, gross, income = (
        Fraction(int(a[:, some].sum()), futures) for a in (books.nights, books.gross, books.income)
    )
    return Outlook(nights, round(gross), int(books.fixed[some].sum()), round(income), savings)


def net_of(books: Books, parts: tuple[int, ...], savings: int) -> NDArray[np.float64]:
    """Net spend of some lines in every future, pounds: shape (future,)."""
    some = list(parts)
    net = books.gross[:, some].sum(axis=1) - books.income[:, some].sum(axis=1) - savings
    return np.asarray(net / 100, dtype=np.float64)


def _range(net: NDArray[np.float64], ensemble: Ensemble) -> dict[str, Any]:
    """What eight futures in ten lie between, if there are futures, and the error of their mean."""
    spread, single = summarise(net), is_single(ensemble)
    low, high = (None, None) if single else (float(spread.p10), float(spread.p90))
    return {"low": low, "high": high, "error": give_or_take(net)}


def _line(
    books: Books, line: Budgeted, outlook: Outlook, parts: Parts, *,
    in_budget: bool, budget: YearBudget, ensemble: Ensemble,
) -> MonitorLine:  # fmt: skip
    some = list(line.parts)
    return MonitorLine(
        line, outlook, parts, in_budget, budget.days, price=weekly_price([outlook]),
        **_known(books, some, people=line.parts[0] <= ADULTS),
        **_range(net_of(books, line.parts, outlook.savings), ensemble),
        full_year=int(books.full_year[some].sum()),
    )  # fmt: skip


def _known(books: Books, some: list[int], people: bool) -> dict[str, Any]:
    """Placements now and to date, and what is spent: of the months gone, or of the start."""
    gone = books.gone
    if gone is None:
        return {"now": float(books.now[some].sum()) if people else None, "to_date": None,
                "spent": None}  # fmt: skip
    return {
        "now": float(gone.now[some].sum()) if people else None,
        "to_date": float(gone.nights[some].sum() / gone.days) if people else None,
        "spent": round(float(gone.net[some].sum())),
    }


def _total(
    rows: Sequence[MonitorLine], books: Books, budget: YearBudget, ensemble: Ensemble
) -> MonitorLine:
    """All lines together; placements are those that count as volume."""
    placed = [row for row in rows if counts(row.budget, row.outlook)]
    sums = [sum(getattr(row.budget, name) for row in rows) for name in ("gross", "fixed", "income")]
    children = sum(row.budget.placements for row in placed)
    paid = sum(row.budget.gross - row.budget.fixed for row in placed)
    price = paid / 100 * 7 / children / budget.days if children else 0.0
    line = Budgeted("total", "all", "all", (), children, price, *sums)
    money = [
        sum(getattr(row.outlook, name) for row in rows)
        for name in ("gross", "fixed", "income", "savings")
    ]
    nights = sum((row.outlook.nights for row in placed), Fraction(0))
    outlook = Outlook(nights, *money)
    return MonitorLine(
        line, outlook, Parts(*(sum(part) for part in zip(*(r.parts for r in rows), strict=True))),
        True, budget.days, price=weekly_price([row.outlook for row in placed]),
        **_known(books, [part for row in placed for part in row.budget.parts], people=True)
        | ({"spent": sum(row.spent or 0 for row in rows)} if books.gone else {}),
        **_range(net_of(books, tuple(range(len(LINES))), outlook.savings), ensemble),
        full_year=sum(row.full_year for row in rows),
    )  # fmt: skip
