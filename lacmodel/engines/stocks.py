"""The stocks of a council in expectation: what `stock_flow` carries from month to month.

They are children by month of birth, month of entry, group and state (a kind, or a pool of in-house
places), adults who stay on, children who left and may come back, and delayed entrants.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, KINDS, RETURNABLE, ROUTES, SINCE_BAND_DAYS
from lacmodel.engines import admission, inflows, monthly
from lacmodel.engines.cohorts import Cohorts
from lacmodel.engines.kernel import Classes, Kernel
from lacmodel.engines.monthly import ADULT, Rates
from lacmodel.engines.opening_rows import OpeningRows
from lacmodel.engines.placing import Placing
from lacmodel.engines.tally import FLOWS
from lacmodel.pathway import World
from lacmodel.plan import COHORTS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

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
    by_year: FloatArray  # (month + 1, year of age, kind, group): children; no months unless asked


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
    in_kind: FloatArray  # (state, kind): 1 where it is one of the kind
    in_band: FloatArray  # (age class, age band): share of the time spent in a month


@dataclass(slots=True)
class Council:
    """The stocks as a run goes on, and what is expected so far."""

    world: World
    months: int
    places: Places
    opening: OpeningRows
    later: Cohorts
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
    rates: Rates | None = None  # of the month before
    rates_made_of: bytes = b""


@dataclass(slots=True)
class Month:
    """What a month does, and what it adds up."""

    number: int
    days: float
    rates: Rates
    placing: Placing
    first: FloatArray  # (segment, group, state): where entrants begin
    classes: Classes
    kernel: Kernel
    spent: FloatArray  # (group, time class, age class, state), days
    ended: FloatArray  # likewise, children at the month's end
    turned_18: FloatArray  # (state,)
    left: FloatArray  # (group, returnable route, age index), children who may come back
    needs: FloatArray  # (segment, group, need): placements made, by what was needed


def begin(world: World, opening: OpeningState, past: PastState, by_year: bool = False) -> Council:
    """The stocks on the opening night."""
    months = int(np.searchsorted(world.timeline.month_start, world.timeline.days))
    places = _places(world, opening)
    states = len(places.states.kind)
    weights = inflows.age_weights(world.entries)
    services = len(world.edge_of_care.opens)
    rows = _opening_rows(places, opening)
    council = Council(
        world=world,
        months=months,
        places=places,
        opening=rows,
        later=Cohorts(months, states, places.ages, places.times),
        adults=np.zeros(states),
        taken=rows.held[:, 0].sum(axis=0),
        taken_before=rows.held[:, 0].sum(axis=0),
        demand=_first_demand(places, opening),
        left=_past_leavers(past, months),
        delayed=inflows.Waiting(services, 0, months),
        return_hazard=_return_hazards(world),
        children_per_day=inflows.children_per_day(world.entries),
        entry_weights=weights,
        entry_segments=_entry_segments(places, weights),
        support=inflows.support(world.entries, world.edge_of_care, world.timeline),
        expected=_no_flows(months, services, by_year),
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


def _no_flows(months: int, services: int, by_year: bool) -> ExpectedFlows:
    kinds = len(KINDS)
    return ExpectedFlows(
        children=np.zeros((months + 1, len(AGE_BANDS), kinds, len(GROUPS))),
        staying_on=np.zeros((months + 1, kinds)),
        nights=np.zeros((months, kinds, len(COHORTS))),
        adult_nights=np.zeros((months, kinds)),
        flows=np.zeros((months, len(FLOWS))),
        engaged=np.zeros((months, services)),
        leavers=np.zeros((months, len(ROUTES), len(AGE_BANDS))),
        by_year=np.zeros((months + 1 if by_year else 0, 18, kinds, len(GROUPS))),
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
        np.eye(len(KINDS))[states.kind],
        ages.segment_share @ np.eye(len(AGE_BANDS))[ages.band],
    )


def _opening_states(places: Places, opening: OpeningState) -> IntArray:
    """The states of opening children: a pool where they have a row, else their kind."""
    in_pool = opening.row >= 0
    state = places.states.of_kind[opening.kind]
    state[in_pool] = places.states.of_pool[places.pools.of_row[opening.row[in_pool]]]
    return state


def _opening_rows(places: Places, opening: OpeningState) -> OpeningRows:
    """Put opening children in their states."""
    in_state = np.eye(len(places.states.kind))[_opening_states(places, opening)]
    children = opening.children[:, None] * in_state
    return OpeningRows(opening.birth_month, opening.entry_month, opening.group, children)


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
    np.add.at(left.began, where, past.children[recent])
    return left


def _return_hazards(world: World) -> FloatArray:
    """Hazard of re-entry by reason and months since leaving."""
    shares = monthly.band_shares(np.arange(RETURN_MONTHS), SINCE_BAND_DAYS)
    return np.asarray(world.re_entries.hazard_per_day @ shares.T)
