"""Medium-term plan: from each year's net spend to the next, in steps that finance officers know.

Means over futures. With nights N and spend G by kind in the first (0) and second year (1), the
nights E of the first year's last month carried over a whole second year, p = G0 / N0, and r the
ratio of the stated and uplifted prices, growth of external prices included::

    full-year effect   sum of (E - N0) p
    volume             sum of E p x (sum of N1 / sum of E - 1)
    mix                sum of N1 p - what is reached so far
    price, by kind     N1 p (r - 1)
    complexity         G1 - sum of N1 p r: what prices and kinds do not explain

A kind that the first year does not have is mix at the second year's price. The other lines, costs
that fall once, and income go from one year to the next as they are. What is rounded is the running
total, so the steps add up to the penny and each year begins where the one before ended.

Where changes of the scenario say why they are made (``because``), all these steps are of the same
futures without them, and each reason has a step of its own: by how much what it adds to net spend,
once the reasons before it hold, is more than in the year before. Costs of an area whose names begin
with "legislation" are in the step of that name too.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area.budget import RECURRENCE
from lacmodel.codes import EXTERNAL, KINDS, kind_label
from lacmodel.money.budget import pence
from lacmodel.money.spend import ADULTS, FIXED, PLAIN_COHORT, SERVICES, Spend, net_by_year
from lacmodel.money.variance import stated
from lacmodel.plan import FixedCost, Plan
from lacmodel.results import FinancialYear, TidyTable, number, user_text

FloatArray = NDArray[np.float64]

MOST_STEPS: Final = 4  # years after the first
MARCH_DAYS: Final = 31  # of the last month of a whole financial year
ENOUGH: Final = 0.8  # the chance that a contingency is to cover
NEW_DUTY: Final = "legislation"  # how the names of costs of new duties begin
OF_SCENARIO: Final = "changes of the scenario"
RECURRENT: Final = "recurrent"
ONE_OFF: Final = "one-off"
TYPES: Final = slice(0, len(KINDS))


class Step(NamedTuple):
    """One reason why a year's net spend differs from that of the year before."""

    name: str
    line: str
    recurrence: str
    pence: int


class YearPlan(NamedTuple):
    """A year of the plan: where it begins, why it differs, where it ends; pennies, net."""

    financial_year: str
    base: int
    steps: tuple[Step, ...]
    low: int | None
    high: int | None
    enough: int | None  # net spend that is not exceeded in four futures of five
    budget: int | None

    @property
    def net(self) -> int:
        """Net spend of the year: the base and all steps."""
        return self.base + sum(step.pence for step in self.steps)

    @property
    def contingency(self) -> int | None:
        """What covers four chances in five beyond the average plan."""
        return None if self.enough is None else max(0, self.enough - self.net)


class Means(NamedTuple):
    """Means over futures by month, pennies and nights: shape (month, line)."""

    gross: FloatArray
    income: FloatArray
    nights: FloatArray
    price: FloatArray  # (month, kind): stated and uplifted, with the mean growth of external ones


class WithoutReasons(NamedTuple):
    """A scenario without the changes that say why they are made, and what each reason adds."""

    plan: Plan
    means: Means
    added: tuple[tuple[str, FloatArray], ...]  # reason; mean net spend added by year, pennies


def medium_term_plan(
    plan: Plan,
    money: Spend,
    growth: FloatArray,
    single: bool,
    savings: Mapping[str, tuple[int, int]] | None = None,
    reasons: WithoutReasons | None = None,
) -> tuple[YearPlan, ...]:
    """The plan of the whole financial years after the first.

    Parameters
    ----------
    growth : shape (year of the run,), the mean growth of external prices over futures
    savings : by financial year, pennies a year that recur and that do not; each year's stand alone;
        those expected of the area unless given
    reasons : the same futures without the changes that say why they are made, if there are any
    """
    without = reasons or WithoutReasons(plan, means_of(plan, money, growth), ())
    given = stated_savings(plan, money.years) if savings is None else savings
    at = [index for index, year in enumerate(money.years) if year.whole][: MOST_STEPS + 1]
    saved = [sum(given.get(year.label, (0, 0))) for year in money.years]
    net = net_by_year(money) * 100 - saved
    plans: list[YearPlan] = []
    for before, after in pairwise(at):
        years = money.years[before], money.years[after]
        amounts = [
            *_amounts(without.plan, without.means, years),
            *((reason, OF_SCENARIO, RECURRENT, float(more[after] - more[before]))
              for reason, more in without.added),
            *_savings(given, years),
        ]  # fmt: skip
        base = float(net[:, before].mean())
        steps, budget = rounded_steps(base, amounts), stated(plan.area, years[1].label, "base")
        plans.append(
            YearPlan(
                years[1].label, round(base), steps, *_spread(net[:, after], single),
                None if budget is None else round(budget * 100),
            )
        )  # fmt: skip
    return tuple(plans)


def _spread(net: FloatArray, single: bool) -> tuple[int | None, int | None, int | None]:
    """Low, high and what four futures in five do not exceed, pennies."""
    if single:
        return None, None, None
    low, high, enough = np.quantile(net, (0.1, 0.9, ENOUGH))
    return round(low), round(high), round(enough)


def rounded_steps(base: float, amounts: list[tuple[str, str, str, float]]) -> tuple[Step, ...]:
    """Steps in whole pennies whose running total is nowhere a penny off.

    >>> made = rounded_steps(100, [("a", "", "", 0.4), ("b", "", "", 0.4), ("c", "", "", 0.4)])
    >>> [step.pence for step in made]
    [0, 1, 0]
    """
    steps, total, before = [], base, round(base)
    for name, line, recurrence, amount in amounts:
        total += amount
        steps.append(Step(name, line, recurrence, round(total) - before))
        before = round(total)
    return tuple(steps)


def means_of(plan: Plan, money: Spend, growth: FloatArray) -> Means:
    """Spend, nights and prices by month, means over futures."""
    months = plan.period.months
    price = plan.prices.gross_per_week[:months, :, PLAIN_COHORT].copy()
    external = [kind for kind, (_, provider) in enumerate(KINDS) if provider == EXTERNAL]
    price[:, external] *= growth[np.arange(months) // 12, None]
    gross, income, nights = (
        part.mean(axis=0, dtype=np.float64) for part in (money.gross, money.income, money.nights)
    )
    return Means(gross, income, nights, price)


Years = tuple[FinancialYear, FinancialYear]
Amount = tuple[str, str, str, float]


def _amounts(plan: Plan, means: Means, years: Years) -> Iterator[Amount]:
    """Every step from one year to the next, pennies that are not yet whole."""
    yield from _of_placements(means, years)
    for line, name in ((ADULTS, "adults staying on"), (SERVICES, "edge-of-care services")):
        yield "other services", name, RECURRENT, _change(means.gross[:, line], years)
    once, duties = _stated(plan, True, None), _stated(plan, False, True)
    others = means.gross[:, FIXED] - once - duties
    yield "fixed costs", "fixed costs", RECURRENT, _change(others, years)
    yield "legislation", "costs of new duties", RECURRENT, _change(duties, years)
    yield "costs that fall once", "one-off costs", ONE_OFF, _change(once, years)
    income = means.income.sum(axis=1)
    yield "grant and contributions", "income", RECURRENT, -_change(income, years)


def _change(by_month: FloatArray, years: Years) -> float:
    return float(by_month[years[1].months].sum() - by_month[years[0].months].sum())


def _stated(plan: Plan, one_off: bool, duty: bool | None) -> FloatArray:
    """Fixed or one-off costs by month, pennies; costs of new duties are told by their names."""

    def meant(cost: FixedCost) -> bool:
        is_duty = cost.line.lower().startswith(NEW_DUTY)
        return cost.one_off == one_off and (duty is None or duty == is_duty)

    months = plan.period.months
    costs = [np.rint(cost.gross[:months] * 100) for cost in plan.fixed_costs if meant(cost)]
    return np.sum(costs, axis=0) + np.zeros(months)


def _of_placements(means: Means, years: Years) -> Iterator[Amount]:
    """Full-year effect, volume, mix, price by kind, complexity."""
    first, second = years
    nights = [means.nights[year.months, TYPES].sum(axis=0) for year in years]
    spent = [means.gross[year.months, TYPES].sum(axis=0) for year in years]
    last = means.nights[first.end_month - 1, TYPES] / MARCH_DAYS * second.days
    price = _ratio(spent[0], nights[0], instead=_ratio(spent[1], nights[1], 0.0))
    carried, now = float(last @ price), float(nights[1] @ price)
    growth = nights[1].sum() / last.sum() if last.sum() else 1.0
    yield "full-year effect", "placements", RECURRENT, carried - float(spent[0].sum())
    yield "volume", "placements", RECURRENT, carried * (growth - 1)
    yield "mix", "placements", RECURRENT, now - carried * growth
    stated = [_stated_price(means, year) for year in years]
    rise = np.where(nights[0] > 0, _ratio(stated[1], stated[0], 1.0), 1.0)
    for kind in range(len(KINDS)):
        if nights[1][kind]:
            by_price = float(nights[1][kind] * price[kind] * (rise[kind] - 1))
            yield "price", kind_label(kind), RECURRENT, by_price
    complexity = float(spent[1].sum() - (nights[1] * price * rise).sum())
    yield "complexity", "placements", RECURRENT, complexity


def _ratio(over: FloatArray, under: FloatArray, instead: FloatArray | float) -> FloatArray:
    """One amount over another, and something else where there is nothing to divide by."""
    out = np.zeros_like(under) + instead
    return np.divide(over, under, out=out, where=under > 0)


def _stated_price(means: Means, year: FinancialYear) -> FloatArray:
    """The stated price of a year by kind, its months weighted by their nights."""
    nights = means.nights[year.months, TYPES]
    price = means.price[year.months]
    return _ratio((price * nights).sum(axis=0), nights.sum(axis=0), price.mean(axis=0))


def stated_savings(plan: Plan, years: Sequence[FinancialYear]) -> dict[str, tuple[int, int]]:
    """What the council expects to save by financial year, pennies that recur and that do not."""
    return {
        year.label: tuple(
            sum(pence(row.expected_gbp(year.label)) for row in plan.area.savings
                if (row.recurrence == RECURRENCE[0]) == recurs)
            for recurs in (True, False)
        )  # type: ignore[misc]
        for year in years
    }  # fmt: skip


def _savings(given: Mapping[str, tuple[int, int]], years: Years) -> Iterator[Amount]:
    """What is to be saved in the second year beyond the first."""
    before, after = (given.get(year.label, (0, 0)) for year in years)
    for part, recurrence in enumerate((RECURRENT, ONE_OFF)):
        yield "savings", "savings", recurrence, float(before[part] - after[part])


def mean_growth(price_growth: NDArray[Any]) -> FloatArray:
    """The mean growth of external prices by year of the run; shape (future, year) to (year,)."""
    return np.asarray(price_growth.mean(axis=0), dtype=np.float64)


COLUMNS: Final = ("scenario", "financial_year", "step", "line", "recurrence", "amount_gbp")


def plan_table(
    plan: Plan,
    money: Spend,
    growth: FloatArray,
    single: bool,
    reasons: WithoutReasons | None = None,
) -> TidyTable:
    """The plan as a table: base, steps, net, its range, and the contingency."""
    rows: list[tuple[str, ...]] = []
    for year in medium_term_plan(plan, money, growth, single, None, reasons):
        head = (user_text(plan.name), year.financial_year)
        ends = {
            "net spend, average": year.net,
            "net spend, low": year.low,
            "net spend, high": year.high,
            "net spend not exceeded in four futures of five": year.enough,
            "contingency for four chances in five": year.contingency,
            "budget": year.budget,
        }
        steps = [("base: net spend of the year before", "", "", year.base), *year.steps]
        steps += [(name, "", "", pence) for name, pence in ends.items() if pence is not None]
        rows += [(*head, *step[:3], number(step[3] / 100)) for step in steps]
    return TidyTable("medium_term_plan", COLUMNS, tuple(rows))
