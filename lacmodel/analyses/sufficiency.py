"""Sufficiency: whether there are enough of the right places, with what confidence, and the cost.

Two measures are never mixed. ``shortage_days_share``: the share of days on which need exceeds the
usable places. ``turned_away_share``: the share of placements sought that found no free and suitable
place. Need is that of a paired run in which whatever is bought has no limit; where nothing is
limited it is the run itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import Forecast, run_forecast
from lacmodel.analyses.given import Given, Years, given_in, rates_of
from lacmodel.analyses.need import Demand, Scopes, demand_of, scopes_of, usable_by_day
from lacmodel.analyses.simulate import Settings, engine_faults
from lacmodel.area import SupplyRow
from lacmodel.codes import AGE_BANDS, GROUPS, IN_HOUSE_KINDS, KINDS, LEVELS, PLACEMENTS
from lacmodel.engines.ensemble import batch_size
from lacmodel.engines.histories import counted, seen_in, seen_in_futures
from lacmodel.engines.records import History
from lacmodel.engines.tally import year_ends
from lacmodel.faults import InputFaults
from lacmodel.money.empty_places import UNITS, cost_of_empty_places
from lacmodel.money.spend import price_factors
from lacmodel.plan import Plan
from lacmodel.results import FinancialYear, financial_years

FloatArray = NDArray[np.float64]
Seen = TypeVar("Seen", bound=tuple[Any, ...])
Progress = Callable[[int], None]

CONFIDENCE: Final = (0.8, 0.9, 0.95)
BY_MONTH: Final = (
    "sought", "nights_lost", "pounds_given", "pounds_needed", "unregistered_nights",
)  # fmt: skip


class Scope(NamedTuple):
    """A set of children in words, and how many places are approved and usable for it."""

    placement: str
    ages: str
    groups: str
    levels: str

    @property
    def is_type(self) -> bool:
        """Whether it is all children who need a type."""
        return (self.ages, self.groups, self.levels) == ("all", "all", "all")


class Need(NamedTuple):
    """Demand of all futures."""

    by_day: NDArray[np.uint16]  # (future, scope, day): children in need and adults who stay on
    adults: FloatArray  # (future, scope, month): of them, adults on an average day
    cells: FloatArray  # (future, month, placement, cell): children on an average day


class Use(NamedTuple):
    """What all futures were given."""

    children: FloatArray  # (future, scope, month): in the scope's places on an average day
    adults: FloatArray
    empty: FloatArray
    empty_pounds: FloatArray  # (future, month, kind of UNITS): what empty places cost
    sought: NDArray[np.int32]  # (future, month, scope, SOUGHT)
    nights_lost: NDArray[np.int32]  # (future, month, cause, placement)
    pounds_lost: FloatArray  # (future, month, cause): price given less price needed
    unregistered_nights: NDArray[np.int32]  # (future, month, all or under 16)
    unregistered_children: NDArray[np.int32]  # (future, year to 31 March, all or under 16)
    long_in_care: NDArray[np.int32]  # (future, year, all or in one placement for two years)


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """A run with what its children needed and what they were given."""

    result: Forecast
    scopes: tuple[Scope, ...]
    usable: NDArray[np.int64]  # (scope, day)
    approved: NDArray[np.int64]  # (scope, day)
    need: Need
    use: Use

    @property
    def plan(self) -> Plan:
        """What was run."""
        return self.result.plan

    @property
    def years(self) -> tuple[FinancialYear, ...]:
        """The financial years of the run."""
        return financial_years(self.plan.period)

    def days_of(self, months: slice) -> slice:
        """The days of some months."""
        starts = month_days(self.plan)
        return slice(int(starts[months.start]), int(starts[months.stop]))


# Running -----------------------------------------------------------------------------------------


def check_engine(settings: Settings) -> None:
    """Refuse an engine without futures.

    Raises
    ------
    InputFaults
        naming the engine
    """
    if faults := engine_faults(settings, "gives no days and no range"):
        raise InputFaults(faults)


def passes(plan: Plan) -> int:
    """How many times every future is simulated: once counted, and looked into once or twice."""
    return 3 if is_limited(plan) else 2


def sufficiency(plan: Plan, settings: Settings, progress: Progress | None = None) -> Sufficiency:
    """Run a plan and set need against places."""
    check_engine(settings)
    result = run_forecast(plan, settings, progress)
    scopes = scopes_of(plan.world.placements)
    need, use = _needed_and_given(result, settings, scopes, progress)
    return Sufficiency(
        result,
        scopes_in_words(scopes),
        usable_by_day(plan.world.placements, scopes, plan.period.days),
        approved_by_day(plan, scopes),
        need,
        use,
    )


def need_of(plan: Plan, settings: Settings, progress: Progress | None = None) -> Need:
    """Need alone; nothing else of the futures is counted."""
    from joblib import Parallel, delayed

    numbers, engine = settings.numbers, settings.engine
    size = batch_size(engine, len(numbers), settings.pool.workers)
    parts = [numbers[first : first + size] for first in range(0, len(numbers), size)]
    made = (settings.seed, settings.layers, engine, look_for_need)
    with settings.pool.backend(engine) as jobs:
        calls = (delayed(seen_in)(without_limits(plan), part, *made) for part in parts)
        batches = Parallel(n_jobs=jobs, batch_size=1, return_as="generator")(calls)
        return gathered_need(plan, counted(batches, progress))


def _needed_and_given(
    result: Forecast, settings: Settings, scopes: Scopes, progress: Progress | None
) -> tuple[Need, Use]:
    """What children need and what they are given, in one pass where nothing is limited."""
    plan, ensemble, pool = result.plan, result.ensemble, settings.pool
    if is_limited(plan):
        given = seen_in_futures(plan, ensemble, pool, look_for_given, progress)
        free = without_limits(plan)
        needed = seen_in_futures(free, ensemble, pool, look_for_need, progress)
    else:
        both = seen_in_futures(plan, ensemble, pool, look_for_both, progress)
        needed, given = [pair[0] for pair in both], [pair[1] for pair in both]
    return gathered_need(plan, needed), gathered_use(result, given, scopes)


def is_limited(plan: Plan) -> bool:
    """Whether anything that is bought has a limit."""
    limited = np.flatnonzero(plan.world.placements.capped)
    return not set(limited.tolist()) <= set(IN_HOUSE_KINDS)


def without_limits(plan: Plan) -> Plan:
    """The plan with no limit on what is bought, so that every child is given what it needs.

    The council's own places stay as they are.
    """
    capped = np.isin(np.arange(len(KINDS)), IN_HOUSE_KINDS)
    placements = plan.world.placements._replace(capped=capped)
    return replace(plan, world=plan.world._replace(placements=placements))


def look_for_need(plan: Plan, history: History) -> Demand:
    """What the children of a future need; days in two bytes."""
    scopes = scopes_of(plan.world.placements)
    demand = demand_of(plan.world.timeline, scopes, history.spells)
    by_day = demand.by_day[:, :-1].astype(np.uint16)
    adults, months = by_month(plan, demand.adults[:, :-1]), plan.period.months
    return Demand(by_day, adults, demand.nights[:months].copy())


def look_for_given(plan: Plan, history: History) -> Given:
    """What the children of a future were given; rows by month."""
    placements = plan.world.placements
    scopes, rates = scopes_of(placements), rates_of(plan.prices, placements)
    given = given_in(
        plan.world.timeline, placements, scopes, rates, years_of(plan), plan.opening,
        history.spells, history.by_child,
    )  # fmt: skip
    taken = given.children[:, :-1] + given.adults[:, :-1]
    empty = np.maximum(placements.usable_places[:, : plan.period.days] - taken, 0)
    by_row = [
        by_month(plan, days) for days in (given.children[:, :-1], given.adults[:, :-1], empty)
    ]
    of_months = {name: getattr(given, name)[: plan.period.months].copy() for name in BY_MONTH}
    return given._replace(children=np.stack(by_row), adults=np.zeros(0, np.int32), **of_months)


def look_for_both(plan: Plan, history: History) -> tuple[Demand, Given]:
    """What the children of a future need and what they were given."""
    return look_for_need(plan, history), look_for_given(plan, history)


def years_of(plan: Plan) -> Years:
    """The years to 31 March within a run."""
    ends, starts = year_ends(plan), month_days(plan)
    return Years(np.searchsorted(ends, starts).astype(np.int64), ends)


def month_days(plan: Plan) -> NDArray[np.int64]:
    """The first day of every month, and the day after the run."""
    period = plan.period
    return np.array([period.day(first) for first in period.month_starts(period.months + 1)])


def by_month(plan: Plan, days: NDArray[Any]) -> NDArray[np.int32]:
    """Sums over the days of each month: shape (..., day) to (..., month)."""
    starts = month_days(plan)[:-1]
    return np.add.reduceat(days, starts, axis=-1, dtype=np.int64).astype(np.int32)


# All futures -------------------------------------------------------------------------------------


def stacked(parts: Sequence[Seen], at: int) -> NDArray[Any]:
    """One array of every future, futures first."""
    return np.stack([part[at] for part in parts])


def gathered_need(plan: Plan, parts: Sequence[Demand]) -> Need:
    """Demand of all futures, nights as children on an average day."""
    days = np.diff(month_days(plan))
    return Need(
        stacked(parts, 0),
        stacked(parts, 1) / days,
        stacked(parts, 2) / days[:, None, None],
    )


def gathered_use(result: Forecast, parts: Sequence[Given], scopes: Scopes) -> Use:
    """What all futures were given, rows of supply added up by scope."""
    days, rows = np.diff(month_days(result.plan)), scopes.rows.astype(np.float64)
    by_row = stacked(parts, Given._fields.index("children"))  # (future, 3, row, month)
    children, adults, empty = (rows @ by_row[:, part] / days for part in range(3))
    given, needed = (
        stacked(parts, Given._fields.index(name)) for name in ("pounds_given", "pounds_needed")
    )
    factors = price_factors(result.plan, result.ensemble)[:, :, None]
    others = {
        name: stacked(parts, Given._fields.index(name))
        for name in Use._fields
        if name in Given._fields and name not in ("children", "adults")
    }
    lost = ((given - needed) * factors).sum(axis=3)
    pounds = cost_of_empty_places(result.plan, result.ensemble, by_row[:, 2].swapaxes(1, 2))
    return Use(
        children=children, adults=adults, empty=empty, empty_pounds=pounds, pounds_lost=lost,
        **others,
    )  # fmt: skip


# Places ------------------------------------------------------------------------------------------


def approved_by_day(plan: Plan, scopes: Scopes) -> NDArray[np.int64]:
    """Approved places of every scope by day, where a row's usable share says how many there are."""
    usable = plan.world.placements.usable_places[:, : plan.period.days]
    full = np.array([max(1, _full(row)) for row in plan.supply])[:, None]
    places = np.array([row.places for row in plan.supply])[:, None]
    approved = np.rint(usable * np.where(usable > 0, places / full, 0.0)).astype(np.int64)
    return scopes.rows.astype(np.int64) @ approved


def _full(row: SupplyRow) -> int:
    """Usable places of a row in full use."""
    return int(np.floor(row.places * row.usable_share + 0.5))


def scopes_in_words(scopes: Scopes) -> tuple[Scope, ...]:
    """What every scope is of, as tables name it."""
    words = []
    for placement, takes in zip(scopes.placement, scopes.takes, strict=True):
        years = np.flatnonzero(takes.any(axis=(1, 2)))
        ages = f"{years[0]} to {years[-1]}" if len(years) < takes.shape[0] else "all"
        groups = _members(takes.any(axis=(0, 2)), GROUPS)
        levels = _members(takes.any(axis=(0, 1)), LEVELS)
        words.append(Scope(PLACEMENTS[placement], ages, groups, levels))
    return tuple(words)


def _members(held: NDArray[np.bool_], names: Sequence[str]) -> str:
    """The names that a set holds; ``all`` where it holds all."""
    return "all" if held.all() else " ".join(n for n, here in zip(names, held, strict=True) if here)


# Measures ----------------------------------------------------------------------------------------


def shortage_days_share(demand: NDArray[Any], usable: NDArray[np.int64]) -> FloatArray:
    """The share of days on which need exceeds the usable places: shape (future,).

    Parameters
    ----------
    demand : shape (future, day)
    usable : shape (day,)

    >>> shortage_days_share(np.array([[3, 4, 5, 6]]), np.array([4, 4, 4, 4])).tolist()
    [0.5]
    """
    return np.asarray((demand > usable).mean(axis=1))


def places_enough(demand: NDArray[Any], share: float) -> int:
    """The fewest places that are enough on a share of all days of all futures.

    >>> places_enough(np.array([[3, 4, 5, 6, 7]]), 0.8)
    6
    """
    return int(np.quantile(demand, share, method="inverted_cdf"))


def turned_away_share(sought: NDArray[Any], away: NDArray[Any]) -> FloatArray:
    """The share of placements sought that found no free and suitable place; nan where none was.

    >>> turned_away_share(np.array([4]), np.array([1])).tolist()
    [0.25]
    """
    return np.divide(away, sought, out=np.full(np.shape(sought), np.nan), where=sought > 0)


def pounds_lost(answer: Sufficiency, months: slice) -> FloatArray:
    """What want of places cost in some months, by cause: shape (future, cause)."""
    return np.asarray(answer.use.pounds_lost[:, months].sum(axis=1))


def empty_pounds(answer: Sufficiency, year: FinancialYear) -> FloatArray:
    """What empty places in the council's own homes and units cost in a year: shape (future,).

    Where the price leaves the fixed cost out, that is a line of its own, and nothing here.
    """
    return np.asarray(answer.use.empty_pounds[:, year.months].sum(axis=(1, 2)))


def own_units(scope: Scope) -> list[int]:
    """The council's own homes or units of a whole type of placement; none for parts of a type."""
    if not scope.is_type:
        return []
    return [kind for kind in UNITS if PLACEMENTS[KINDS[kind][0]] == scope.placement]


def cells_in_words() -> tuple[tuple[str, str, str], ...]:
    """Age band, group and level of each cell of a type's need."""
    bands = [(band, "all", "all") for band in AGE_BANDS]
    groups = [("all", group, "all") for group in GROUPS]
    levels = [("all", "all", level) for level in LEVELS]
    return (("all", "all", "all"), *bands, *groups, *levels)
