"""Cost avoidance: what an edge-of-care service truly prevents, and what that saves.

The scenario is run with its service's effect at nil, at half and in full. The runs are paired: the
same families are referred on the same days and supported at the same cost, so whatever differs from
the run at nil effect is the service's doing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import Forecast, forecast
from lacmodel.analyses.service_log import (
    Benchmark,
    Child,
    Compared,
    Log,
    benchmark,
    compared,
    sorted_log,
)
from lacmodel.analyses.simulate import Settings, engine_faults, simulate
from lacmodel.analyses.supported import (
    Children,
    by_future,
    chance_as_good,
    counts_without,
    followed_for,
    gathered,
    not_in_within,
    supported_in,
)
from lacmodel.codes import FOSTER, IN_HOUSE, KIND_OF
from lacmodel.engines.histories import seen_in_futures
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.changes import Change, EdgeOfCare
from lacmodel.levers.edge_of_care import services_of
from lacmodel.levers.schedule import months_after
from lacmodel.money.spend import PLAIN_COHORT
from lacmodel.pathway.edge_of_care import (
    DELAYED,
    ENTERED,
    PREVENTED,
    WOULD_NOT_HAVE_ENTERED,
)
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.results import flow_in
from lacmodel.scenario import Scenario

FloatArray = NDArray[np.float64]
Which = NDArray[np.bool_]

EFFECTS: Final = {"nil": 0.0, "half": 0.5, "full": 1.0}
COUNT_WEEKS: Final = 12  # the papers' count: three months, 12 weeks of price
FIRST_MONTHS: Final = 3
LEAST_GROUPS: Final = 100  # of children as many as a log's, to see what no service would show
FATES: Final = {
    "truly prevented": PREVENTED,
    "delayed": DELAYED,
    "came into care all the same": ENTERED,
    "stayed out anyway": WOULD_NOT_HAVE_ENTERED,
}


@dataclass(frozen=True, slots=True)
class AtEffect:
    """The scenario at one size of its service's effect."""

    name: str
    share: float  # of the effect that the evidence states
    result: Forecast
    children: Children


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CostAvoidance:
    """One scenario at nil, half and full effect."""

    runs: tuple[AtEffect, ...]
    services: tuple[EdgeOfCare, ...]
    weeks: int
    until: date  # the day of the early count
    claim_price: float  # pounds a week
    claim_basis: str  # that of the price; blank where it was given without one

    @property
    def nil(self) -> AtEffect:
        """The run in which the service does nothing."""
        return self.runs[0]

    @property
    def full(self) -> AtEffect:
        """The run in which it does what the evidence says."""
        return self.runs[-1]

    @property
    def plan(self) -> Plan:
        """The scenario as it stands."""
        return self.full.result.plan

    @property
    def comparable(self) -> bool:
        """Whether the claim's price and every price of the area are of one basis."""
        bases = {basis for basis in self.plan.prices.basis if basis}
        return bases == {self.claim_basis}

    @property
    def futures(self) -> int:
        """How many futures each run has."""
        return len(self.full.result.ensemble.futures)


class Count(NamedTuple):
    """An outcome count beside that of the same children with no service: shape (future,) each."""

    followed: NDArray[np.int64]
    out: NDArray[np.int64]
    out_without: NDArray[np.int64]

    @property
    def chance(self) -> float:
        """Probability that a count with no service is at least as good."""
        return chance_as_good(self.out, self.out_without, self.followed)


# Running -----------------------------------------------------------------------------------------


def at_effect(scenario: Scenario, share: float) -> Scenario:
    """The scenario with a share of its services' effect: 0 none, 1 what the evidence says."""
    return replace(scenario, changes=tuple(_scaled(change, share) for change in scenario.changes))


def _scaled(change: Change, share: float) -> Change:
    if not isinstance(change, EdgeOfCare) or share == 1.0:
        return change
    before, after = change.effect.in_care_without_service, change.effect.in_care_with_service
    scaled = before - share * (before - after)
    effect = change.effect.model_copy(update={"in_care_with_service": scaled})
    return change.model_copy(update={"effect": effect})


def check_scenario(scenario: Scenario, settings: Settings) -> None:
    """Refuse a scenario without a service, and an engine without futures.

    Raises
    ------
    InputFaults
        with both faults
    """
    faults = engine_faults(settings, "counts no single children")
    if not services_of(scenario.changes):
        rule = "has no change of the lever edge_of_care, so there is nothing to avoid a cost by"
        faults.append(Fault(scenario.path, "", None, rule))
    if faults:
        raise InputFaults(faults)


def plans_at_effects(scenario: Scenario) -> list[Plan]:
    """The plan at nil, half and full effect."""
    return [make_plan(at_effect(scenario, share)) for share in EFFECTS.values()]


def early_day(scenario: Scenario, plan: Plan) -> date:
    """The last day of the first three months of the earliest service, or of the run if earlier."""
    opens = min(change.from_ for change in services_of(scenario.changes))
    quarter = months_after(opens, FIRST_MONTHS) - timedelta(days=1)
    return min(quarter, plan.period.end - timedelta(days=1))


def check_day(day: date, plan: Plan) -> None:
    """Refuse a day of the early count outside the run.

    Raises
    ------
    InputFaults
        with the days that the run covers
    """
    if not plan.period.start <= day < plan.period.end:
        last = plan.period.end - timedelta(days=1)
        rule = f"must lie within the run, {plan.period.start} to {last}"
        raise InputFaults([Fault("--until", "", day, rule)])


def cost_avoidance(
    scenario: Scenario,
    plans: list[Plan],
    settings: Settings,
    weeks: int = COUNT_WEEKS,
    until: date | None = None,
    claim_price: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> CostAvoidance:
    """Run a scenario at nil, half and full effect."""
    until = until or early_day(scenario, plans[-1])
    look = partial(supported_in, early_day=plans[-1].period.day(until))
    runs = []
    for (name, share), plan in zip(EFFECTS.items(), plans, strict=True):
        ensemble = simulate(plan, settings, progress)
        seen = seen_in_futures(plan, ensemble, settings.pool, look)
        runs.append(AtEffect(name, share, forecast(plan, ensemble), gathered(seen)))
    prices, foster = plans[-1].prices, KIND_OF[FOSTER][IN_HOUSE]
    own = float(prices.gross_per_week[0, foster, PLAIN_COHORT])
    return CostAvoidance(
        runs=tuple(runs),
        services=tuple(services_of(scenario.changes)),
        weeks=weeks,
        until=until,
        claim_price=own if claim_price is None else claim_price,
        claim_basis=prices.basis[foster] if claim_price is None else "",
    )


# Counting ----------------------------------------------------------------------------------------


def count_within(answer: CostAvoidance, run: AtEffect) -> Count:
    """Children followed for so many weeks from referral who did not come into care."""
    followed = followed_for(run.children, answer.weeks, answer.plan.period.days)
    out, without = (not_in_within(some.children, answer.weeks) for some in (run, answer.nil))
    return _count(answer, run, followed, out, without)


def count_early(answer: CostAvoidance, run: AtEffect) -> Count:
    """Children referred by the day of the early count who were not in care on it."""
    referred = run.children["referred"] <= answer.plan.period.day(answer.until)
    out, without = (~some.children["in_care"] for some in (run, answer.nil))
    return _count(answer, run, referred, out, without)


def _count(
    answer: CostAvoidance, run: AtEffect, followed: Which, out: Which, without: Which
) -> Count:
    """How many were followed, and were out of care; the children of all runs stand in one order."""
    parts = (followed, followed & out, followed & without)
    return Count(*(by_future(run.children, which, answer.futures) for which in parts))


def fates(
    answer: CostAvoidance, run: AtEffect, early: bool = False
) -> dict[str, NDArray[np.int64]]:
    """What became of the supported children, one fate each: shape (future,)."""
    children = run.children
    if early:
        children = children[children["referred"] <= answer.plan.period.day(answer.until)]
    return {
        name: by_future(children, children["outcome"] == outcome, answer.futures)
        for name, outcome in FATES.items()
    }


def support(answer: CostAvoidance) -> dict[str, NDArray[np.int64]]:
    """Families and children of the whole run, who are the same at every effect."""
    ensemble, children = answer.full.result.ensemble, answer.full.children
    flows = {
        "families referred": "families_referred",
        "families supported": "families_engaged",
        "families turned away for want of a place": "families_turned_away",
    }
    found = {name: flow_in(ensemble, flow).sum(axis=1) for name, flow in flows.items()}
    return found | {
        "children supported": by_future(children, children["place"] >= 0, answer.futures)
    }


# A service's own log -----------------------------------------------------------------------------


class Checked(NamedTuple):
    """A log with what it can be set against."""

    log: Log
    benchmark: Benchmark
    compared: Compared | None


def checked_log(answer: CostAvoidance, children: list[Child]) -> Checked:
    """Set a log beside what no service would have shown, and beside its comparison group.

    Raises
    ------
    InputFaults
        if the futures hold too few children for the log
    """
    log = sorted_log(children)
    without = counts_without(answer.full.children, log.follow_up_days)
    if len(without) < LEAST_GROUPS:
        rule = f"too few futures for a log of {len(log.supported)} children: ask for more"
        raise InputFaults([Fault("--futures", "", answer.futures, rule)])
    beside = compared(log, answer.weeks) if log.comparison else None
    return Checked(log, benchmark(log, without), beside)
