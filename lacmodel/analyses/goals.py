"""Goals: how much of one thing keeps spend, or shortage, within a limit with a stated probability.

The amount is found by halving on a few futures, the same in every trial, and confirmed with fresh
ones. Expected numbers (`stock_flow`) have no distribution, so they cannot say with what probability
a limit is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import run_forecast
from lacmodel.analyses.need import scopes_of, usable_by_day
from lacmodel.analyses.simulate import Settings
from lacmodel.analyses.sufficiency import month_days, need_of, shortage_days_share
from lacmodel.codes import PLACEMENTS
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.changes import Change, Entries, FosterPlaces, Places
from lacmodel.money.spend import net_by_year
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.results import FinancialYear, financial_years
from lacmodel.scenario import Scenario
from lacmodel.scenario.amended import amended

FloatArray = NDArray[np.float64]

BY: Final = ("places", "households", "entries")
MOST: Final = {"places": 400, "households": 400, "entries": 100}  # entries in per cent fewer
PLACES_PER_HOUSEHOLD: Final = 2.07  # Ofsted, Fostering in England 2021 to 2022
SEARCH_FUTURES: Final = 200
ONE_SIDED_95: Final = 1.645
FRESH: Final = 1
Progress = Callable[[int], None]


class Goal(NamedTuple):
    """What is to be kept, in which year, and by what."""

    what: str  # spend or shortage
    year: str  # such as 2019/20
    limit: float  # pounds, or the share of days short
    chance: float  # probability of spend below the limit; of no meaning for shortage
    by: str
    placement: str
    since: date | None = None  # None: the first day of the run


class Tried(NamedTuple):
    """What an amount does."""

    reached: float  # spend: the share of futures below the limit; shortage: the share of days short
    error: float  # its standard error


@dataclass(frozen=True, slots=True)
class GoalAnswer:
    """The amount that was found, and what fresh futures say."""

    goal: Goal
    plan: Plan  # without the amount
    amount: int | None  # None: no amount reaches the goal
    nothing: Tried  # with none of it
    searched: Tried  # at the amount, or at the most there can be
    fresh: Tried | None
    futures: int  # fresh ones

    @property
    def confirmed(self) -> bool:
        """Whether fresh futures reach the goal within the error of both samples."""
        if self.fresh is None:
            return False
        return self._reaches(ONE_SIDED_95 * float(np.hypot(self.fresh.error, self.searched.error)))

    @property
    def met(self) -> bool:
        """Whether fresh futures reach the goal itself."""
        return self._reaches(0.0)

    def _reaches(self, error: float) -> bool:
        if self.fresh is None:
            return False
        if self.goal.what == "spend":
            return self.fresh.reached >= self.goal.chance - error
        return self.fresh.reached <= self.goal.limit + error


def change_of(goal: Goal, amount: int, plan: Plan) -> Change:
    """The change that brings an amount about."""
    since = goal.since or plan.period.start
    shared = {"from": since, "source": "lacmodel goal: the amount that is sought",
              "confirmed": False}  # fmt: skip
    if goal.by == "places":
        return Places.model_validate(
            {**shared, "lever": "places", "placement": goal.placement, "places": amount}
        )
    if goal.by == "households":
        return FosterPlaces.model_validate(
            {**shared, "lever": "foster_places", "households": amount,
             "places_per_household": PLACES_PER_HOUSEHOLD}
        )  # fmt: skip
    return Entries.model_validate({**shared, "lever": "entries", "multiply": 1 - amount / 100})


def year_of(plan: Plan, label: str) -> FinancialYear | None:
    """The financial year of a name, such as 2018/19, if the run covers it whole."""
    years = (year for year in financial_years(plan.period) if year.whole)
    return next((year for year in years if year.label == label), None)


def check_goal(plan: Plan, goal: Goal) -> None:
    """Refuse a goal that the run cannot answer.

    Raises
    ------
    InputFaults
        with every option that is at fault
    """
    faults, period, year = [], plan.period, year_of(plan, goal.year)
    if year is None:
        names = ", ".join(each.label for each in financial_years(period) if each.whole)
        rule = f"must be a whole financial year of the run: {names}"
        faults.append(Fault("--year", "", goal.year, rule))
    firsts = period.month_starts(year.end_month if year else period.months)
    if goal.since is not None and goal.since not in firsts:
        rule = f"must be the first of a month, from {firsts[0]} to {firsts[-1]}"
        faults.append(Fault("--from", "", goal.since, rule))
    if goal.by == "households" and goal.placement not in ("", "foster"):
        rule = "households are foster carers': give --placement foster, or --by places"
        faults.append(Fault("--placement", "", goal.placement, rule))
    here = {PLACEMENTS[placement] for placement in scopes_of(plan.world.placements).placement}
    if goal.what == "shortage" and goal.placement not in here:
        rule = "has no rows of supply here: need cannot be set against places"
        names = ", ".join(name for name in PLACEMENTS if name in here) or "no type"
        faults.append(Fault("--placement", "", goal.placement, f"{rule} (those of {names} can)"))
    if faults:
        raise InputFaults(faults)


def tried(
    scenario: Scenario, plan: Plan, goal: Goal, amount: int, settings: Settings,
    progress: Progress | None = None,
) -> Tried:  # fmt: skip
    """What an amount does in some futures; the plan is that of the scenario without it."""
    if amount:
        change = change_of(goal, amount, plan)
        plan = make_plan(amended(scenario, f"{scenario.name}-goal", [change]), plan.area)
    year = year_of(plan, goal.year)
    assert year is not None  # checked
    reach = spend_reached if goal.what == "spend" else shortage_reached
    return with_error(reach(plan, goal, year, settings, progress))


def spend_reached(
    plan: Plan, goal: Goal, year: FinancialYear, settings: Settings, progress: Progress | None
) -> FloatArray:
    """Whether net spend of the year is no more than the limit: shape (future,)."""
    money = run_forecast(plan, settings, progress).money
    at = [each.label for each in money.years].index(year.label)
    return np.asarray(net_by_year(money)[:, at] <= goal.limit, dtype=np.float64)


def shortage_reached(
    plan: Plan, goal: Goal, year: FinancialYear, settings: Settings, progress: Progress | None
) -> FloatArray:
    """The share of the year's days on which need exceeds places: shape (future,)."""
    scopes = scopes_of(plan.world.placements)
    wanted = PLACEMENTS.index(goal.placement)
    found = np.flatnonzero(scopes.placement == wanted)
    starts = month_days(plan)
    days = slice(int(starts[year.first_month]), int(starts[year.end_month]))
    usable = usable_by_day(plan.world.placements, scopes, plan.period.days)[found[0], days]
    need = need_of(plan, settings, progress).by_day[:, found[0], days]
    return shortage_days_share(need, usable)


def with_error(values: FloatArray) -> Tried:
    """The mean over futures and its standard error.

    >>> with_error(np.array([1.0, 1.0, 0.0, 0.0]))
    Tried(reached=0.5, error=0.25)
    >>> with_error(np.array([0.3]))  # one future tells no error
    Tried(reached=0.3, error=0.0)
    """
    mean = float(values.mean())
    if set(np.unique(values)) <= {0.0, 1.0}:
        return Tried(mean, float(np.sqrt(mean * (1 - mean) / len(values))))
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return Tried(mean, float(error))


def is_reached(goal: Goal, found: Tried) -> bool:
    """Whether some futures keep the goal."""
    if goal.what == "spend":
        return found.reached >= goal.chance
    return found.reached <= goal.limit


def least_amount(reached: Callable[[int], bool], most: int) -> int | None:
    """The least amount that reaches a goal which more of it only helps; None where the most fails.

    >>> least_amount(lambda amount: amount >= 37, 400), least_amount(lambda amount: False, 400)
    (37, None)
    """
    if reached(0):
        return 0
    if not reached(most):
        return None
    fails, reaches = 0, most
    while reaches - fails > 1:
        middle = (fails + reaches) // 2
        if reached(middle):
            reaches = middle
        else:
            fails = middle
    return reaches


def most_runs(goal: Goal, settings: Settings) -> int:
    """How many futures a search simulates at most: none, the most, the halvings, fresh ones."""
    trials = 2 + (MOST[goal.by] - 1).bit_length()
    return trials * min(settings.futures, SEARCH_FUTURES) + settings.futures


def find_goal(
    scenario: Scenario, goal: Goal, settings: Settings, progress: Progress | None = None
) -> GoalAnswer:
    """The least amount that keeps a goal, confirmed with fresh futures."""
    seen: dict[int, Tried] = {}
    few = replace(settings, futures=min(settings.futures, SEARCH_FUTURES))

    def reached(amount: int) -> bool:
        seen[amount] = tried(scenario, plan, goal, amount, few, progress)
        return is_reached(goal, seen[amount])

    plan = make_plan(scenario)
    check_goal(plan, goal)
    amount = least_amount(reached, MOST[goal.by])
    fresh: Any = None
    if amount is not None:
        again = replace(settings, seed=settings.seed + FRESH)
        fresh = tried(scenario, plan, goal, amount, again, progress)
    last = seen[MOST[goal.by] if amount is None else amount]
    return GoalAnswer(goal, plan, amount, seen[0], last, fresh, settings.futures)
