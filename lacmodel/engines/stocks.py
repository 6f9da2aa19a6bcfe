"""The stocks of a council in expectation: what `stock_flow` carries from month to month.

They are children by month of birth, month of entry, group and state (a kind, or a pool of in-house
places), adults who stay on, children who left and may come back, and delayed entrants.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, KINDS, RETURNABLE, ROUTES, SINCE_BAND_DAYS
from lacmodel.engines import admission, inflows, monthly
from lacmodel.engines.monthly import ADULT, Kernel, Rates
from lacmodel.engines.placing import Placing
from lacmodel.engines.tally import FLOWS
from lacmodel.pathway import World
from lacmodel.plan import COHORTS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Made = TypeVar("Made")

KEPT: Final = 4  # as many as months have lengths
RETURN_MONTHS: Final = 73  # nobody comes back later than six years after leaving


class OpeningState(NamedTuple):
    """Expected children in care at the start, rows that are alike put together.

    Months are calendar months of the run, so negative for what happened before.
    """

    birth_month: IntArray
    entry_month: IntArray
    group: IntArray
    kind: IntArray
    row: IntArray  # of supply, -1: none
    children: FloatArray
    complex_children: FloatArray  # of them


class PastState(NamedTuple):
    """Expected children who left before the start and may come back."""

    birth_month: IntArray
    left_month: IntArray
    reason: IntArray
    group: IntArray
    children: FloatArray


@dataclass(frozen=True, slots=True)
class ExpectedFlows:
    """Expected numbers, in the axes of `lacmodel.engines.tally.Tally`."""

    children: FloatArray  # (month + 1, age band, kind, group): on the last night of a month
    staying_on: FloatArray  # (month + 1, kind)
    nights: FloatArray  # (month, kind, cohort), see `lacmodel.plan.COHORTS`
    adult_nights: FloatArray  # (month, kind)
    flows: FloatArray  # (month, flow), in the order of FLOWS
    engaged: FloatArray  # (month, service)
    leavers: FloatArray  # (month, route, age band): children who leave before 18


@dataclass(slots=True)
class Places:
    """Where children can be, and how age and time in care are classed."""

    pools: admission.Pools
    states: admission.States
    sorts: admission.Sorts
    ages: monthly.Ages
    times: monthly.Times
    move_weights: FloatArray  # (time class, age class, segment x 2), see `monthly.move_weights`
    age_class: IntArray  # (age index,)
    segment_share: FloatArray  # (age index, segment)


@dataclass(slots=True)
class OpeningVectors:
    """Opening children: one vector over states a row."""

    birth_month: IntArray
    entry_month: IntArray
    group: IntArray
    children: FloatArray  # (row, state)
    unmoved: FloatArray  # (row, state): of them, those who are still where they were at the start


@dataclass(slots=True)
class Kept(Generic[Made]):
    """The last few of what was made, by what it was made of."""

    held: dict[bytes, Made] = field(default_factory=dict)

    def get(self, made_of: Iterable[FloatArray], make: Callable[[], Made]) -> Made:
        """What was made before of the same, or else is made now."""
        key = b"".join(part.tobytes() for part in made_of)
        if key not in self.held:
            if len(self.held) == KEPT:
                self.held.clear()  # where they change month by month, none comes again
            self.held[key] = make()
        return self.held[key]


@dataclass(slots=True)
class Council:
    """The stocks as a run goes on, and what is expected so far."""

    world: World
    months: int
    places: Places
    opening: OpeningVectors
    later: FloatArray  # (entry month, group, state, birth slot), the last month of birth first
    adults: FloatArray  # (state,)
    taken: FloatArray  # (state,): expected number there, adults included
    taken_before: FloatArray  # (state,): a month ago
    demand: admission.Demand  # of the month before
    left: inflows.Waiting
    delayed: inflows.Waiting
    return_hazard: FloatArray  # (reason, months since leaving)
    children_per_day: FloatArray  # (cell, month): would-be entrants
    entry_weights: FloatArray  # (cell, age index)
    entry_segments: FloatArray  # (age band, group, age index, segment): shares of entrants
    support: inflows.Support
    expected: ExpectedFlows
    oldest: int = 0  # the first month of entry that is still a cohort of its own
    rates: Kept[Rates] = field(default_factory=Kept)
    kernels: Kept[Kernel] = field(default_factory=Kept)

    def youngest(self, month: int) -> int:
        """The slot of birth of those born in a month."""
        return self.months - 1 - month

    def later_by_age(self, month: int) -> FloatArray:
        """A view of those who came later: (entry month, group, state, age index in a month)."""
        youngest = self.youngest(month)
        return self.later[..., youngest : youngest + ADULT + 1]


@dataclass(slots=True)
class Month:
    """What a month adds up."""

    number: int
    days: float
    rates: Rates
    kernel: Kernel
    placing: Placing
    full: FloatArray  # (pool,): chance that no place is free
    ages_of_class: list[slice]  # age indices of each class
    spent: FloatArray  # (time class, group, state, age index), days
    leavers: FloatArray  # (route, group, age index)
    turned_18: FloatArray  # (state,)
    needs: FloatArray  # (segment, group, need): placements made, by what was needed


def begin(world: World, opening: OpeningState, past: PastState) -> Council:
    """The stocks on the opening night."""
    months = int(np.searchsorted(world.timeline.month_start, world.timeline.days))
    places = _places(world, opening)
    states = len(places.states.kind)
    weights = inflows.age_weights(world.entries)
    services = len(world.edge_of_care.opens)
    held = _opening_vectors(places, opening)
    council = Council(
        world=world,
        months=months,
        places=places,
        opening=held,
        later=np.zeros((months, len(GROUPS), states, ADULT + months)),
        adults=np.zeros(states),
        taken=held.children.sum(axis=0),
        taken_before=held.children.sum(axis=0),
        demand=_first_demand(places, opening),
        left=_past_leavers(past, months),
        delayed=inflows.Waiting(services, 0, months),
        return_hazard=_return_hazards(world),
        children_per_day=inflows.children_per_day(world.entries),
        entry_weights=weights,
        entry_segments=_entry_segments(places, weights),
        support=inflows.support(world.entries, world.edge_of_care, world.timeline),
        expected=_no_flows(months, services),
    )
    council.expected.engaged[:] = council.support.engaged.T
    return council


def _entry_segments(places: Places, weights: FloatArray) -> FloatArray:
    """Share of a cell's entrants by age index and by the segment they are in on their day."""
    in_band = (
        places.segment_share[None]
        * (places.ages.band == np.arange(len(AGE_BANDS))[:, None])[:, None]
    )  # (band, age index, segment)
    total = in_band.sum(axis=2, keepdims=True)
    share = np.divide(in_band, total, out=np.zeros_like(in_band), where=total > 0)
    by_cell = weights.reshape(len(AGE_BANDS), len(GROUPS), -1)
    return np.asarray(by_cell[..., None] * share[:, None])


def _no_flows(months: int, services: int) -> ExpectedFlows:
    kinds = len(KINDS)
    return ExpectedFlows(
        children=np.zeros((months + 1, len(AGE_BANDS), kinds, len(GROUPS))),
        staying_on=np.zeros((months + 1, kinds)),
        nights=np.zeros((months, kinds, len(COHORTS))),
        adult_nights=np.zeros((months, kinds)),
        flows=np.zeros((months, len(FLOWS))),
        engaged=np.zeros((months, services)),
        leavers=np.zeros((months, len(ROUTES), len(AGE_BANDS))),
    )


def _places(world: World, opening: OpeningState) -> Places:
    pools = admission.pools_of(world.placements)
    states = admission.states_of(world.placements, pools, opening.kind[opening.row < 0])
    ages, times = monthly.age_classes(admission.age_limits(pools)), monthly.time_classes()
    age_class = monthly.class_of(np.arange(ADULT + 1), ages.first_index)
    return Places(
        pools,
        states,
        admission.sorts_of(pools, ages.first_year),
        ages,
        times,
        monthly.move_weights(ages, times),
        age_class,
        ages.segment_share[age_class],
    )


def _opening_states(places: Places, opening: OpeningState) -> IntArray:
    """The states of opening children: a pool where they have a row, else their kind."""
    in_pool = opening.row >= 0
    state = places.states.of_kind[opening.kind]
    state[in_pool] = places.states.of_pool[places.pools.of_row[opening.row[in_pool]]]
    return state


def _opening_vectors(places: Places, opening: OpeningState) -> OpeningVectors:
    """Put opening children in their states."""
    rows = np.stack([opening.birth_month, opening.entry_month, opening.group])
    alike, index = np.unique(rows, axis=1, return_inverse=True)
    children = np.zeros((alike.shape[1], len(places.states.kind)))
    np.add.at(children, (index.ravel(), _opening_states(places, opening)), opening.children)
    return OpeningVectors(alike[0], alike[1], alike[2], children, children.copy())


def _first_demand(places: Places, opening: OpeningState) -> admission.Demand:
    """Before the first month: nobody known to need a place, levels as in the opening."""
    state = _opening_states(places, opening)
    number, of_them = np.zeros((2, len(places.states.kind)))
    np.add.at(number, state, opening.children)
    np.add.at(of_them, state, opening.complex_children)
    return admission.Demand(
        needs=np.zeros((len(places.ages.band), len(GROUPS), len(places.states.needed))),
        went=np.zeros(len(places.pools.kind)),
        full=np.zeros(len(places.pools.kind)),
        again_share=np.zeros(len(places.pools.kind)),
        complex_share=np.divide(of_them, number, out=np.zeros_like(number), where=number > 0),
    )


def _past_leavers(past: PastState, months: int) -> inflows.Waiting:
    earliest = RETURN_MONTHS - 1
    left = inflows.Waiting(RETURNABLE, earliest, months)
    recent = (past.left_month >= -earliest) & (past.birth_month >= -ADULT)
    recent &= past.reason < RETURNABLE
    where = (
        past.reason[recent],
        past.left_month[recent] + earliest,
        past.group[recent],
        past.birth_month[recent] + ADULT,
    )
    np.add.at(left.stock, where, past.children[recent])
    return left


def _return_hazards(world: World) -> FloatArray:
    """Hazard of re-entry by reason and months since leaving."""
    shares = monthly.band_shares(np.arange(RETURN_MONTHS), SINCE_BAND_DAYS)
    return np.asarray(world.re_entries.hazard_per_day @ shares.T)
