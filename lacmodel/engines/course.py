"""The course of expected numbers: the stocks of a council, and what a month does to them.

Stocks are children by month of birth, month of entry, group and state (a kind, or a pool of
in-house places), adults who stay on, children who left and may come back, and delayed entrants.
A month follows the order of the pathway; its kernel is that of `lacmodel.engines.monthly`.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BAND_OF_YEAR,
    AGE_BANDS,
    GROUPS,
    KINDS,
    PLACEMENTS,
    RETURNABLE,
    ROUTES,
    SINCE_BAND_DAYS,
)
from lacmodel.engines import admission, inflows, monthly
from lacmodel.engines.monthly import ADULT, Kernel
from lacmodel.engines.tally import FLOWS
from lacmodel.pathway import World

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RETURN_MONTHS: Final = 73  # nobody comes back later than six years after leaving
COHORTS: Final = 2  # children in care at the start; children who came later
OPENING, LATER = range(COHORTS)
FIRST_RETURNABLE: Final = slice(0, RETURNABLE)
BAND_OF_AGE: Final = np.array(
    [AGE_BAND_OF_YEAR[min(17, index // 12)] for index in range(ADULT + 1)]
)


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
    nights: FloatArray  # (month, kind, cohort): 0 in care at the start, 1 came later
    adult_nights: FloatArray  # (month, kind)
    flows: FloatArray  # (month, flow), in the order of FLOWS
    engaged: FloatArray  # (month, service)
    leavers: FloatArray  # (month, route, age band): children who leave before 18


@dataclass(slots=True)
class Places:
    """Where children can be, and how age and time in care are classed."""

    pools: admission.Pools
    states: admission.States
    ages: monthly.Ages
    times: monthly.Times
    age_class: IntArray  # (age index,)
    segment_share: FloatArray  # (age index, segment)


@dataclass(slots=True)
class OpeningVectors:
    """Opening children: one vector over states a row."""

    birth_month: IntArray
    entry_month: IntArray
    group: IntArray
    children: FloatArray  # (row, state)


@dataclass(slots=True)
class Council:
    """The stocks as a run goes on, and what is expected so far."""

    world: World
    months: int
    places: Places
    opening: OpeningVectors
    later: FloatArray  # (group, entry month, birth slot, state), slot = birth month + 216
    adults: FloatArray  # (state,)
    taken: FloatArray  # (state,): expected number there, adults included
    taken_before: FloatArray  # (state,): a month ago
    left: inflows.Waiting
    delayed: inflows.Waiting
    return_hazard: FloatArray  # (reason, months since leaving)
    children_per_day: FloatArray  # (cell, month): would-be entrants
    entry_weights: FloatArray  # (cell, age index)
    support: inflows.Support
    expected: ExpectedFlows
    kernels: dict[bytes, Kernel] = field(default_factory=dict)


@dataclass(slots=True)
class Month:
    """What a month adds up."""

    number: int
    days: float
    kernel: Kernel
    placing: admission.Placing
    occupied: FloatArray  # (time class, group, age class, state), days
    leavers: FloatArray  # (route, group, age index)
    turned_18: FloatArray  # (state,)
    needs: FloatArray  # (segment, group, placement): placements made, by the type needed


def begin(world: World, opening: OpeningState, past: PastState) -> Council:
    """The stocks on the opening night."""
    months = int(np.searchsorted(world.timeline.month_start, world.timeline.days))
    places = _places(world, opening)
    states = len(places.states.kind)
    services = len(world.edge_of_care.opens)
    held = _opening_vectors(places, opening)
    council = Council(
        world=world,
        months=months,
        places=places,
        opening=held,
        later=np.zeros((len(GROUPS), months, ADULT + months, states)),
        adults=np.zeros(states),
        taken=held.children.sum(axis=0),
        taken_before=held.children.sum(axis=0),
        left=_past_leavers(past, months),
        delayed=inflows.Waiting(services, 0, months),
        return_hazard=_return_hazards(world),
        children_per_day=inflows.children_per_day(world.entries),
        entry_weights=inflows.age_weights(world.entries),
        support=inflows.support(world.entries, world.edge_of_care, world.timeline),
        expected=_no_flows(months, services),
    )
    _count_children(council, -1)
    council.taken_before = council.taken
    council.expected.engaged[:] = council.support.engaged.T
    return council


def _no_flows(months: int, services: int) -> ExpectedFlows:
    kinds = len(KINDS)
    return ExpectedFlows(
        children=np.zeros((months + 1, len(AGE_BANDS), kinds, len(GROUPS))),
        staying_on=np.zeros((months + 1, kinds)),
        nights=np.zeros((months, kinds, COHORTS)),
        adult_nights=np.zeros((months, kinds)),
        flows=np.zeros((months, len(FLOWS))),
        engaged=np.zeros((months, services)),
        leavers=np.zeros((months, len(ROUTES), len(AGE_BANDS))),
    )


def _places(world: World, opening: OpeningState) -> Places:
    pools = admission.pools_of(world.placements)
    states = admission.states_of(world.placements, pools, opening.kind[opening.row < 0])
    ages = monthly.age_classes(admission.age_limits(pools))
    age_class = monthly.class_of(np.arange(ADULT + 1), ages.first_index)
    return Places(
        pools, states, ages, monthly.time_classes(), age_class, ages.segment_share[age_class]
    )


def _opening_vectors(places: Places, opening: OpeningState) -> OpeningVectors:
    """Put opening children in their states: a pool where they have a row, else their kind."""
    rows = np.stack([opening.birth_month, opening.entry_month, opening.group])
    alike, index = np.unique(rows, axis=1, return_inverse=True)
    in_pool = opening.row >= 0
    state = places.states.of_kind[opening.kind]
    state[in_pool] = places.states.of_pool[places.pools.of_row[opening.row[in_pool]]]
    children = np.zeros((alike.shape[1], len(places.states.kind)))
    np.add.at(children, (index.ravel(), state), opening.children)
    return OpeningVectors(alike[0], alike[1], alike[2], children)


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


# A month -----------------------------------------------------------------------------------------


def step(council: Council, number: int) -> None:
    """One month, in the order of the pathway: exits and moves, re-entries, entries."""
    month = _prepare(council, number)
    _close(council, month)
    _advance_opening(council, month)
    _advance_later(council, month)
    _enter(council, month)
    _stay_on(council, month)
    _count_flows(council, month)
    _count_children(council, number)


def _prepare(council: Council, number: int) -> Month:
    """The month's placing, from the expected numbers of the moment, and its kernel."""
    world, places = council.world, council.places
    start, stop = world.timeline.month_start[number : number + 2]
    taken = council.taken
    middle = taken + (taken - council.taken_before) / 2
    admitted = admission.pool_shares(
        world.placements, places.pools, middle[places.states.of_pool], int(start + stop) // 2
    )
    placing = admission.placing(
        world.placements, places.pools, places.states, places.ages.first_year, admitted
    )
    kernel = _kernel(council, number, float(stop - start), placing)
    classes = kernel.end.shape[:3]
    return Month(
        number=number,
        days=kernel.days,
        kernel=kernel,
        placing=placing,
        occupied=np.zeros((*classes, len(places.states.kind))),
        leavers=np.zeros((len(ROUTES), len(GROUPS), ADULT + 1)),
        turned_18=np.zeros(len(places.states.kind)),
        needs=np.zeros((len(places.ages.band), len(GROUPS), len(PLACEMENTS))),
    )


def _kernel(council: Council, number: int, days: float, placing: admission.Placing) -> Kernel:
    """The month's kernel; one that was made before if nothing that it depends on has changed."""
    world, places = council.world, council.places
    depends_on = (
        world.exits.multiplier[number],
        world.moves.breakdown_multiplier[number],
        world.moves.planned_multiplier[number],
        world.moves.breakdown_next[number],
        world.moves.planned_next[number],
        placing.share,
        np.array([days]),
    )
    key = b"".join(part.tobytes() for part in depends_on)
    if key not in council.kernels:
        council.kernels[key] = monthly.month_kernel(
            world.exits, world.moves, number, days, places.ages, places.times,
            places.states.kind, placing.share,
        )  # fmt: skip
    return council.kernels[key]


def _closing_pools(council: Council, month: Month) -> IntArray:
    """Pools that close nearer to this month's start than to another's."""
    middle_before = int(council.world.timeline.month_start[month.number] - month.days / 2)
    closes = council.places.pools.closes
    return np.flatnonzero((closes >= middle_before) & (closes < middle_before + int(month.days)))


def _close(council: Council, month: Month) -> None:
    """Move everybody out of the pools that close, to where the same type is found now."""
    states = council.places.states
    for pool in _closing_pools(council, month):
        state = int(states.of_pool[pool])
        needed = KINDS[int(council.places.pools.kind[pool])][0]
        share = np.einsum(
            "as,sgz->gaz", council.places.segment_share, month.placing.share[:, :, needed]
        )
        age = np.clip(month.number - council.opening.birth_month, 0, ADULT)
        moved = [_rehouse(council.opening.children, state, share[council.opening.group, age])]
        ages = np.clip(month.number - np.arange(council.later.shape[2]) + ADULT, 0, ADULT)
        for group in range(len(GROUPS)):
            moved.append(_rehouse(council.later[group], state, share[group, ages]))
        council.adults[state] = 0.0
        council.expected.flows[month.number, FLOWS.index("closure_moves")] += sum(moved)


def _rehouse(stock: FloatArray, state: int, share: FloatArray) -> float:
    """Move all of one state by shares of the others; returns how many."""
    out = stock[..., state].copy()
    stock[..., state] = 0.0
    stock += out[..., None] * share
    return float(out.sum())


def _advance_opening(council: Council, month: Month) -> None:
    """Opening children: what the month does to each row."""
    opening, kernel = council.opening, month.kernel
    age = month.number - opening.birth_month
    here = np.flatnonzero(age <= ADULT)
    before = opening.children[here]
    time_class = monthly.class_of(
        month.number - opening.entry_month[here], council.places.times.first_index
    )
    at = (time_class, opening.group[here], council.places.age_class[age[here]])
    adult = age[here] == ADULT
    end = _times_each(before, kernel.end[at])
    occupied = _times_each(before, kernel.occupied_days[at])
    turning = tuple(axis[adult] for axis in at)
    end[adult] = _times_each(before[adult], kernel.half_end[turning])
    occupied[adult] = _times_each(before[adult], kernel.half_occupied_days[turning])
    month.turned_18 += end[adult].sum(axis=0)
    end[adult] = 0.0
    opening.children[here] = end
    np.add.at(month.occupied, at, occupied)
    left = np.einsum("is,irs->ri", occupied, kernel.exits_per_day[at])
    for route in range(len(ROUTES)):
        np.add.at(month.leavers[route], (opening.group[here], age[here]), left[route])
    nights = occupied.sum(axis=0) + _half_change(before, end, adult)
    _count_nights(council, month, nights, OPENING)


def _times_each(rows: FloatArray, matrices: FloatArray) -> FloatArray:
    """Every row times its own matrix."""
    return np.asarray(np.matmul(rows[:, None, :], matrices)[:, 0, :])


def _half_change(before: FloatArray, end: FloatArray, adult: NDArray[np.bool_]) -> FloatArray:
    """What turns time spent into nights: half of what was gained in the month.

    A night belongs to who is there at its end, so those who left spent half a night less than the
    even flow says. Those who turn 18 have it in their kernel.
    """
    stays = ~adult
    return np.asarray((end[stays] - before[stays]).sum(axis=0) / 2)


def _advance_later(council: Council, month: Month) -> None:
    """Children who came since the start: class by class."""
    times, ages = council.places.times, council.places.ages
    nights = np.zeros(len(council.places.states.kind))
    for time_class in range(1, len(times.first_index)):
        newest = month.number - int(times.first_index[time_class])
        oldest = max(0, month.number - int(times.last_index[time_class]))
        if newest < 0:
            break
        for group in range(len(GROUPS)):
            stock = council.later[group, oldest : newest + 1]
            for age_class in range(len(ages.first_index)):
                nights += _advance_block(council, month, stock, time_class, group, age_class)
    _count_nights(council, month, nights, LATER)


def _advance_block(
    council: Council,
    month: Month,
    stock: FloatArray,
    time_class: int,
    group: int,
    age_class: int,
) -> FloatArray:
    """Advance children of one class in place; returns their nights by state.

    Parameters
    ----------
    stock : shape (entry month, birth slot, state)
    """
    first, last = (
        int(index[age_class])
        for index in (council.places.ages.first_index, council.places.ages.last_index)
    )
    block = stock[:, month.number - last + ADULT : month.number - first + ADULT + 1]
    by_age = block.sum(axis=0)
    if not by_age.any():
        return by_age.sum(axis=0)
    at = (time_class, group, age_class)
    turning = first == ADULT
    kernel = month.kernel
    occupied = by_age @ (kernel.half_occupied_days if turning else kernel.occupied_days)[at]
    end = by_age @ (kernel.half_end if turning else kernel.end)[at]
    _add_occupied(month, at, occupied, slice(first, last + 1))
    if turning:
        month.turned_18 += end.sum(axis=0)
        block[:] = 0.0
        return np.asarray(occupied.sum(axis=0))
    block[:] = block @ kernel.end[at]
    return np.asarray(occupied.sum(axis=0) + (end - by_age).sum(axis=0) / 2)


def _add_occupied(
    month: Month, at: tuple[int, int, int], occupied: FloatArray, ages: slice
) -> None:
    """Add the days of one class, oldest last month of birth first, and who left in them."""
    month.occupied[at] += occupied.sum(axis=0)
    month.leavers[:, at[1], ages] += month.kernel.exits_per_day[at] @ occupied[::-1].T


# Coming in ---------------------------------------------------------------------------------------


def _enter(council: Council, month: Month) -> None:
    """Re-entries, delayed entries and entries, each into a first placement."""
    flows = council.expected.flows[month.number]
    left_so_far = month.leavers[FIRST_RETURNABLE].copy()
    returning = council.return_hazard * council.world.re_entries.multiplier[month.number]
    returned = council.left.step(month.number, left_so_far, returning, month.days)
    entries, put_off = _entries(council, month)
    late = _delayed_entries(council, month, put_off)
    flows[FLOWS.index("entries")] = entries.sum()
    flows[FLOWS.index("re_entries")] = returned.sum()
    flows[FLOWS.index("delayed_entries")] = late.sum()
    vectors = np.zeros((len(GROUPS), ADULT + 1, len(council.places.states.kind)))
    for cell, children in enumerate(entries):
        band, group = divmod(cell, len(GROUPS))
        in_band = council.places.segment_share * (council.places.ages.band == band)
        vectors[group] += _first_placed(council, month, children, in_band, group)
    for group in range(len(GROUPS)):
        back = returned[group] + late[group]
        vectors[group] += _first_placed(council, month, back, council.places.segment_share, group)
    _place_entrants(council, month, vectors)
    council.left.add(month.number, month.leavers[FIRST_RETURNABLE] - left_so_far)


def _entries(council: Council, month: Month) -> tuple[FloatArray, FloatArray]:
    """Children who enter by cell, and those put off by service and group, by age index."""
    world, flows = council.world, council.expected.flows[month.number]
    services, groups = world.edge_of_care, np.arange(len(council.entry_weights)) % len(GROUPS)
    would_be = council.children_per_day[:, month.number] * month.days
    supported = council.support.supported_share[:, :, month.number] * would_be
    prevented = supported * services.prevented_share[:, None]
    delayed = supported * services.delayed_share[:, None]
    entering = would_be - prevented.sum(axis=0) - delayed.sum(axis=0)
    flows[FLOWS.index("would_be_entries")] = would_be.sum()
    flows[FLOWS.index("prevented")] = prevented.sum()
    flows[FLOWS.index("delayed")] = delayed.sum()
    put_off = np.zeros((len(delayed), len(GROUPS), ADULT + 1))
    for cell, group in enumerate(groups):
        put_off[:, group] += delayed[:, cell, None] * council.entry_weights[cell]
    return entering[:, None] * council.entry_weights, put_off


def _delayed_entries(council: Council, month: Month, put_off: FloatArray) -> FloatArray:
    """Delayed children who come in this month, by group and age index."""
    services = council.world.edge_of_care
    hazard = np.repeat(1 / services.delay_mean_days[:, None], council.months + 1, axis=1)
    return council.delayed.step(month.number, put_off, hazard, month.days)


def _first_placed(
    council: Council, month: Month, children: FloatArray, segment_share: FloatArray, group: int
) -> FloatArray:
    """Entrants by age index and state.

    Parameters
    ----------
    children : shape (age index,)
    segment_share : shape (age index, segment), scaled here to add to 1
    """
    ages = council.places.ages
    first = council.world.placements.first_placement[month.number][ages.band, group]
    total = segment_share.sum(axis=1, keepdims=True)
    share = np.divide(segment_share, total, out=np.zeros_like(segment_share), where=total > 0)
    by_segment = children[:, None] * share
    month.needs[:, group] += by_segment.sum(axis=0)[:, None] * first
    placed = np.einsum("sn,snz->sz", first, month.placing.share[:, group])
    return np.asarray(by_segment @ placed)


def _place_entrants(council: Council, month: Month, vectors: FloatArray) -> None:
    """Begin periods of care at even times in the month.

    Whoever enters in the month of the 18th birthday stays a third of it on average.
    """
    ages, kernel = council.places.ages, month.kernel
    nights = np.zeros(vectors.shape[-1])
    for group in range(len(GROUPS)):
        for age_class in range(len(ages.first_index) - 1):
            first, last = int(ages.first_index[age_class]), int(ages.last_index[age_class])
            entrants = vectors[group, first : last + 1]
            at = (0, group, age_class)
            occupied, end = entrants @ kernel.half_occupied_days[at], entrants @ kernel.half_end[at]
            _add_occupied(month, at, occupied[::-1], slice(first, last + 1))
            slots = slice(month.number - last + ADULT, month.number - first + ADULT + 1)
            council.later[group, month.number, slots] = end[::-1]
            nights += occupied.sum(axis=0) + end.sum(axis=0)
    turning = vectors[:, ADULT].sum(axis=0)
    month.turned_18 += turning
    _count_nights(council, month, nights + turning * month.days / 3, LATER)


def _stay_on(council: Council, month: Month) -> None:
    """Adults who keep a place: some of those who turned 18, until their time is over."""
    placements = council.world.placements
    placement = np.array([KINDS[kind][0] for kind in council.places.states.kind])
    mean_days = placements.staying_on_mean_days[placement]
    share = placements.staying_on_share[month.number, placement] * (mean_days > 0)
    hazard = np.divide(1.0, mean_days, out=np.zeros_like(mean_days), where=mean_days > 0)
    staying = council.adults * inflows.share_alive(hazard, month.days)
    newly = month.turned_18 * share
    # half a day more than an even flow: who turns 18 keeps the place from the start of the day
    new_end = newly * inflows.mean_share_alive(hazard, month.days) * (1 + hazard / 2)
    spent = council.adults * inflows.mean_share_alive(hazard, month.days) * month.days
    nights = spent + (staying - council.adults) / 2 + (newly * month.days + new_end) / 2
    council.adults = staying + new_end
    np.add.at(council.expected.adult_nights[month.number], council.places.states.kind, nights)
    np.add.at(
        council.expected.staying_on[month.number + 1], council.places.states.kind, council.adults
    )


# Counting ----------------------------------------------------------------------------------------


def _count_nights(council: Council, month: Month, nights: FloatArray, cohort: int) -> None:
    by_kind = council.expected.nights[month.number, :, cohort]
    np.add.at(by_kind, council.places.states.kind, nights)


def _count_flows(council: Council, month: Month) -> None:
    """Exits by reason, moves by cause, and what children had to do without."""
    kernel, flows = month.kernel, council.expected.flows[month.number]
    leavers = month.leavers.sum(axis=(1, 2))
    for route, name in enumerate(ROUTES):
        flows[FLOWS.index(f"exits_{name}")] = leavers[route]
    flows[FLOWS.index("exits_turned_18")] = month.turned_18.sum()
    by_age = month.occupied.sum(axis=1)  # (time class, age class, state)
    flows[FLOWS.index("breakdowns")] = (by_age * kernel.breakdowns_per_day).sum()
    flows[FLOWS.index("planned_moves")] = (by_age * kernel.planned_per_day).sum()
    needs = month.needs + _needs_of_moves(council, month)
    missed = (needs * month.placing.for_want_of_in_house).sum()
    flows[FLOWS.index("placed_externally_for_want_of_in_house")] = missed
    other = (needs * month.placing.in_another_type).sum()
    flows[FLOWS.index("placed_in_another_type_than_needed")] = other
    support = council.support
    flows[FLOWS.index("families_referred")] = support.referred[:, month.number].sum()
    flows[FLOWS.index("families_engaged")] = support.engaged[:, month.number].sum()
    flows[FLOWS.index("families_turned_away")] = support.turned_away[:, month.number].sum()
    starts = ("entries", "re_entries", "delayed_entries")
    flows[FLOWS.index("started")] = sum(flows[FLOWS.index(name)] for name in starts)
    flows[FLOWS.index("ceased")] = leavers.sum() + month.turned_18.sum()
    index = np.arange(ADULT + 1)
    band = council.places.segment_share[:, :, None] * (
        council.places.ages.band[:, None] == np.arange(len(AGE_BANDS))
    )
    by_band = month.leavers.sum(axis=1) @ band.sum(axis=1)[index]
    council.expected.leavers[month.number] = by_band


def _needs_of_moves(council: Council, month: Month) -> FloatArray:
    """Moves by segment of age, group and type needed next."""
    weights = monthly.move_weights(council.places.ages, council.places.times)
    days = np.einsum("taw,tgaz->wgz", weights, month.occupied)
    needed = month.kernel.needed_per_day
    by_part = np.einsum("wgz,wzn->wgn", days, needed.reshape(-1, *needed.shape[2:]))
    return by_part.reshape(*needed.shape[:2], *by_part.shape[1:]).sum(axis=1)


def _count_children(council: Council, number: int) -> None:
    """Children in care on the last night of a month (-1: the opening), and places taken then."""
    counts = council.expected.children[number + 1]
    kind, opening = council.places.states.kind, council.opening
    age = np.clip(number - opening.birth_month, 0, ADULT)
    for state in range(len(kind)):
        at = (BAND_OF_AGE[age], kind[state], opening.group)
        np.add.at(counts, at, opening.children[:, state])
    later = council.later[:, : number + 1, max(0, number) : number + ADULT + 1]
    by_age = later.sum(axis=1)[:, ::-1]  # (group, age index, state): oldest come first in slots
    for band in range(len(AGE_BANDS)):
        by_state = by_age[:, BAND_OF_AGE[: by_age.shape[1]] == band].sum(axis=1)
        np.add.at(counts[band], kind, by_state.T)
    council.taken_before = council.taken
    council.taken = opening.children.sum(axis=0) + by_age.sum(axis=(0, 1)) + council.adults
