"""Places plan: the additions that a scenario needs, made a scenario, tried on fresh futures."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.additions import Additions, Costs, Excess, excess_of, least_cost
from lacmodel.analyses.need import Scopes, scopes_of, usable_by_day
from lacmodel.analyses.simulate import Settings
from lacmodel.analyses.sufficiency import (
    Need,
    Scope,
    Sufficiency,
    month_days,
    need_of,
    passes,
    scopes_in_words,
    shortage_days_share,
    sufficiency,
)
from lacmodel.codes import EXTERNAL, GROUPS, IN_HOUSE, KIND_OF, LEVELS
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.changes import Places
from lacmodel.levers.schedule import months_after
from lacmodel.money.spend import PLAIN_COHORT
from lacmodel.parameters import national_folder
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.results import FinancialYear, financial_years
from lacmodel.scenario import Scenario
from lacmodel.scenario.amended import amended

FloatArray = NDArray[np.float64]

LEAD_MONTHS: Final = 12
ONE_SIDED_95: Final = 1.645  # standard errors that one sample of futures may lie above the target
FRESH: Final = 1  # what is added to the seed for futures that the search has not seen


class Building(NamedTuple):
    """What a place of a type costs to build."""

    gbp_per_place: float
    source: str


class Terms(NamedTuple):
    """What is asked for."""

    capital: float
    target: float
    lead_months: int = LEAD_MONTHS


class Trial(NamedTuple):
    """Shortage on fresh futures with the additions: shape (sort, year)."""

    share: FloatArray  # mean over futures of the share of days short
    error: FloatArray  # its standard error
    searched_error: FloatArray  # that of the sample that was searched


@dataclass(frozen=True, slots=True)
class PlacesPlan:
    """What to add, and what it does."""

    base: Scenario
    terms: Terms
    sorts: tuple[Scope, ...]
    buildings: tuple[Building, ...]  # by sort
    years: tuple[FinancialYear, ...]  # in which places may open
    opens: tuple[date, ...]
    additions: Additions
    without: FloatArray  # (sort, year): share of days short if nothing is added, fresh futures
    trial: Trial
    changes: tuple[Places, ...]  # the additions, for a scenario that extends the base
    before: Sufficiency  # fresh futures of the base ...
    after: Sufficiency  # ... and of the plan

    @property
    def confirmed(self) -> bool:
        """Whether the target holds on fresh futures, within the error of both samples."""
        error = np.hypot(self.trial.error, self.trial.searched_error)
        return bool((self.trial.share <= self.terms.target + ONE_SIDED_95 * error).all())


@cache
def buildings() -> dict[str, Building]:
    """What a place costs to build, by placement type, where anything is known of it."""
    path = national_folder() / "capital.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["placement"]: Building(float(row["capital_gbp_per_place"]), row["source"])
            for row in csv.DictReader(file)
        }


def stated_buildings(stated: Sequence[tuple[str, float]]) -> dict[str, Building]:
    """What a place costs to build where the user states it; the types that may be added to."""
    if not stated:
        return buildings()
    return {placement: Building(gbp, "stated on the command line") for placement, gbp in stated}


def sorts_of(words: Sequence[Scope], costs: dict[str, Building]) -> list[int]:
    """The scopes that places may be added for: the finest of each type that can be built."""
    finer = {scope.placement for scope in words if not scope.is_type}
    return [
        at
        for at, scope in enumerate(words)
        if scope.placement in costs and (not scope.is_type or scope.placement not in finer)
    ]


def runs_of(plan: Plan, settings: Settings) -> int:
    """How many futures a plan simulates: those searched, and fresh ones without it and with it."""
    return settings.runs * (1 + 2 * passes(plan))


def places_plan(
    scenario: Scenario, terms: Terms, costs: dict[str, Building], settings: Settings,
    progress: Callable[[int], None] | None = None,
) -> PlacesPlan:  # fmt: skip
    """Search additions on one sample of futures and try them on another.

    Raises
    ------
    InputFaults
        where nothing can be added, or no whole year is left after the lead time
    """
    plan = make_plan(scenario)
    scopes, years = scopes_of(plan.world.placements), years_ahead(plan, terms.lead_months)
    words = scopes_in_words(scopes)
    sorts = sorts_of(words, costs)
    check_room(scenario, sorts, years, costs)
    chosen, build = [words[at] for at in sorts], [costs[words[at].placement] for at in sorts]
    searched = need_of(plan, settings, progress)
    excess = excess_in(plan, scopes, sorts, years, searched)
    overlap = overlapping(scopes, sorts)
    prices = prices_of(plan, scopes, sorts, years, build)
    additions = least_cost(excess, prices, overlap, terms.capital, terms.target)
    opens = tuple(date(int(year.label[:4]), 4, 1) for year in years)
    changes = changes_of(additions, chosen, build, opens)
    planned = amended(scenario, f"{scenario.name}-plan", changes)
    fresh = replace(settings, seed=settings.seed + FRESH)
    runs = (plan, make_plan(planned))
    before, after = (sufficiency(run, fresh, progress) for run in runs)
    served = overlap.astype(np.int64) @ additions.places
    nothing = np.zeros_like(served)
    seen, trial = (
        short_with(plan, scopes, sorts, years, need, served) for need in (searched, before.need)
    )
    without, _ = short_with(plan, scopes, sorts, years, before.need, nothing)
    return PlacesPlan(
        scenario, terms, tuple(chosen), tuple(build), years, opens, additions, without,
        Trial(*trial, seen[1]), tuple(changes), before, after,
    )  # fmt: skip


def years_ahead(plan: Plan, lead_months: int) -> tuple[FinancialYear, ...]:
    """The whole financial years that begin after the lead time."""
    first = plan.period.month(months_after(plan.period.start, lead_months))
    years = financial_years(plan.period)
    return tuple(year for year in years if year.whole and year.first_month >= first)


def check_room(
    scenario: Scenario,
    sorts: Sequence[int],
    years: Sequence[FinancialYear],
    costs: dict[str, Building],
) -> None:
    """Refuse where there is nothing to add to, or no year in which to add it.

    Raises
    ------
    InputFaults
        with both faults
    """
    faults = []
    if not sorts:
        types = " or ".join(costs)
        rule = f"has no rows of supply of {types}: say who is taken by one place in supply.csv"
        faults.append(Fault(scenario.path, "supply", None, rule))
    if not years:
        rule = "leaves no whole financial year within the run; add years or shorten it"
        faults.append(Fault("--lead-months", "", None, rule))
    if faults:
        raise InputFaults(faults)


# What is known of the years ahead ----------------------------------------------------------------


def days_of(plan: Plan, year: FinancialYear) -> slice:
    """The days of a financial year."""
    starts = month_days(plan)
    return slice(int(starts[year.first_month]), int(starts[year.end_month]))


def excess_in(
    plan: Plan, scopes: Scopes, sorts: list[int], years: Sequence[FinancialYear], need: Need
) -> Excess:
    """How many places are missing in the years ahead, for the sorts that may be added to."""
    usable = usable_by_day(plan.world.placements, scopes, plan.period.days)[sorts]
    spans = [days_of(plan, year) for year in years]
    return excess_of(
        [need.by_day[:, sorts][:, :, span] for span in spans], [usable[:, span] for span in spans]
    )


def overlapping(scopes: Scopes, sorts: list[int]) -> NDArray[np.bool_]:
    """Which sorts of place serve any child of which: shape (sort served, sort of place)."""
    takes, placement = scopes.takes[sorts], scopes.placement[sorts]
    common = (takes[:, None] & takes[None]).any(axis=(2, 3, 4))
    return np.asarray(common & (placement[:, None] == placement))


def prices_of(
    plan: Plan,
    scopes: Scopes,
    sorts: list[int],
    years: Sequence[FinancialYear],
    build: Sequence[Building],
) -> Costs:
    """The prices of an own and of an external place, at the mean of a sort's groups and levels."""
    own, external = np.zeros((2, len(sorts), len(years)))
    for at, scope in enumerate(sorts):
        takes = scopes.takes[scope].any(axis=0)
        for prices, provider in ((own, IN_HOUSE), (external, EXTERNAL)):
            kind = KIND_OF[scopes.placement[scope]][provider]
            relative = plan.prices.relative[kind][takes].mean()
            weekly = plan.prices.gross_per_week[:, kind, PLAIN_COHORT] * relative
            prices[at] = [weekly[year.months].mean() / 7 for year in years]
    return Costs(own, external, np.array([each.gbp_per_place for each in build]))


def short_with(
    plan: Plan,
    scopes: Scopes,
    sorts: list[int],
    years: Sequence[FinancialYear],
    need: Need,
    added: NDArray[np.int64],
) -> tuple[FloatArray, FloatArray]:
    """The share of days short with some places added, and its standard error: (sort, year)."""
    usable = usable_by_day(plan.world.placements, scopes, plan.period.days)
    share, error = np.zeros((2, len(sorts), len(years)))
    for at, scope in enumerate(sorts):
        for number, year in enumerate(years):
            span = days_of(plan, year)
            places = usable[scope, span] + added[at, number]
            short = shortage_days_share(need.by_day[:, scope, span], places)
            share[at, number] = short.mean()
            error[at, number] = short.std(ddof=1) / np.sqrt(len(short)) if len(short) > 1 else 0.0
    return share, error


# The scenario ------------------------------------------------------------------------------------


def changes_of(
    additions: Additions,
    sorts: Sequence[Scope],
    build: Sequence[Building],
    opens: Sequence[date],
) -> list[Places]:
    """Every lot of places that opens, as a change of the lever `places`."""
    changes = []
    for at, (scope, each) in enumerate(zip(sorts, build, strict=True)):
        for when, places in zip(opens, additions.opened[at], strict=True):
            if places > 0:
                changes.append(_lot(scope, each, when, int(places)))
    return changes


def _lot(scope: Scope, build: Building, when: date, places: int) -> Places:
    """Places of one sort that open on a day."""
    youngest, oldest = (0, 17) if scope.ages == "all" else map(int, scope.ages.split(" to "))
    return Places.model_validate({
        "lever": "places",
        "name": f"Planned: {scope.placement} {scope.ages}, {scope.groups}, {scope.levels}, {when}",
        "from": when,
        "placement": scope.placement,
        "youngest": youngest,
        "oldest": oldest,
        "groups": list(GROUPS) if scope.groups == "all" else scope.groups.split(),
        "levels": list(LEVELS) if scope.levels == "all" else scope.levels.split(),
        "places": places,
        "capital_gbp": places * build.gbp_per_place,
        "source": f"lacmodel plan; capital a place: {build.source}",
        "confirmed": False,
    })  # fmt: skip
