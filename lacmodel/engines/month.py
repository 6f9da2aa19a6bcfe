"""A month of expected numbers, in the order of the pathway.

Exits and moves of the children in care, re-entries and delayed entries, entries, and adults who
stay on.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import GROUPS, KINDS, PLACEMENTS, RETURNABLE, ROUTES
from lacmodel.engines import admission, inflows, monthly
from lacmodel.engines.cohorts import Classes, advance, rows_times, share_out
from lacmodel.engines.counts import count_children, count_flows, count_nights
from lacmodel.engines.monthly import ADULT, Kernel, Rates
from lacmodel.engines.placing import Placing, asking, pool_laws, where_placed
from lacmodel.engines.stocks import Council, Month
from lacmodel.engines.tally import FLOWS
from lacmodel.engines.unmoved import staying
from lacmodel.plan import LATER, MOVED, PRESENT

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_AGAIN: Final = 0.95  # of those who leave a pool in a month, who need its type again
RETURNABLE_ROUTES: Final = slice(0, RETURNABLE)


def step(council: Council, number: int) -> None:
    """One month, in the order of the pathway: exits and moves, re-entries, entries."""
    month = _prepare(council, number)
    adults_before = council.adults
    _close(council, month)
    _advance_opening(council, month)
    _advance_later(council, month)
    month.leavers += _leavers(month, month.spent)
    _enter(council, month)
    _stay_on(council, month)
    count_flows(council, month)
    children_before = council.taken - adults_before
    count_children(council, number)
    _learn_demand(council, month, children_before)


def _prepare(council: Council, number: int) -> Month:
    """The month's placing, from the expected numbers of the moment, and its kernel."""
    world, places = council.world, council.places
    start, stop = world.timeline.month_start[number : number + 2]
    ask = asking(world.placements, places.pools, places.states, places.sorts, council.demand)
    expected, middle = council.taken[places.states.of_pool], int(start + stop) // 2
    laws = pool_laws(world.placements, places.pools, ask, expected, middle)
    placing = where_placed(laws, ask, places.states, places.sorts)
    days, ages = float(stop - start), places.ages
    rates = _rates(council, number)
    kernel = _kernel(council, rates, days, placing)
    return Month(
        number=number,
        days=days,
        rates=rates,
        kernel=kernel,
        placing=placing,
        full=laws.full,
        ages_of_class=[
            slice(int(first), int(last) + 1)
            for first, last in zip(ages.first_index, ages.last_index, strict=True)
        ],
        spent=np.zeros((*kernel.end.shape[:2], len(places.states.kind), ADULT + 1)),
        leavers=np.zeros((len(ROUTES), len(GROUPS), ADULT + 1)),
        turned_18=np.zeros(len(places.states.kind)),
        needs=np.zeros((len(ages.band), len(GROUPS), len(places.states.needed))),
    )


def _rates(council: Council, number: int) -> Rates:
    """The month's rates; those made before if nothing that they depend on has changed."""
    exits, moves, places = council.world.exits, council.world.moves, council.places
    made_of = (
        exits.multiplier[number],
        moves.breakdown_multiplier[number],
        moves.planned_multiplier[number],
        moves.breakdown_next[number],
        moves.planned_next[number],
    )
    return council.rates.get(
        made_of,
        lambda: monthly.month_rates(
            exits, moves, number, places.ages, places.times, places.states.kind,
            places.states.need_again,
        ),
    )  # fmt: skip


def _kernel(council: Council, rates: Rates, days: float, placing: Placing) -> Kernel:
    """The month's kernel; one made before if nothing that it depends on has changed."""
    return council.kernels.get(
        (rates.exits, rates.needed, placing.share, np.array([days])),
        lambda: monthly.month_kernel(rates, council.places.move_weights, days, placing.share),
    )


def _closing_pools(council: Council, month: Month) -> IntArray:
    """Pools that close nearer to this month's start than to another's."""
    middle_before = int(council.world.timeline.month_start[month.number] - month.days / 2)
    closes = council.places.pools.closes
    now = (closes >= middle_before) & (closes < middle_before + int(month.days))
    return np.flatnonzero(now.any(axis=1))


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
        council.opening.unmoved[:, state] = 0.0
        later = council.later_by_age(month.number).swapaxes(2, 3)
        moved.append(_rehouse(later, state, share))
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
    end, occupied = (rows_times(before, shares, at) for shares in kernel)
    month.turned_18 += end[adult].sum(axis=0)
    end[adult] = 0.0
    opening.children[here] = end
    by_age = month.spent.swapaxes(2, 3)
    np.add.at(by_age, (time_class, opening.group[here], age[here]), occupied)
    nights = occupied.sum(axis=0) + _half_change(before, end, adult)
    present = _unmoved_nights(council, month, at, here, adult)
    count_nights(council, month, present, PRESENT)
    count_nights(council, month, nights - present, MOVED)


def _unmoved_nights(
    council: Council,
    month: Month,
    at: Classes,
    here: IntArray,
    adult: NDArray[np.bool_],
) -> FloatArray:
    """Nights by state of opening children who are still in the placement held at the start."""
    before = council.opening.unmoved[here]
    stays = staying(month.rates.leaving, month.days)
    end, days = before * stays.end[at], before * stays.days[at]
    days[adult] = before[adult] * stays.half_days[tuple(axis[adult] for axis in at)]
    end[adult] = 0.0
    council.opening.unmoved[here] = end
    return np.asarray(days.sum(axis=0) + _half_change(before, end, adult))


def _half_change(before: FloatArray, end: FloatArray, adult: NDArray[np.bool_]) -> FloatArray:
    """What turns time spent into nights: half of what was gained in the month.

    A night belongs to who is there at its end, so those who left spent half a night less than the
    even flow says. Those who turn 18 have it in their kernel.
    """
    stays = ~adult
    return np.asarray((end[stays] - before[stays]).sum(axis=0) / 2)


def _advance_later(council: Council, month: Month) -> None:
    """Children who came since the start.

    Months of entry that share a class of time in care are taken together for the days they spend.
    """
    _merge_oldest(council, month.number)
    number, kernel = month.number, month.kernel
    cohorts, first_age = slice(council.oldest, number), council.places.ages.first_index
    entered = np.arange(council.oldest, number)
    since = monthly.class_of(number - entered, council.places.times.first_index)
    before = np.zeros_like(month.spent)
    advance(council.later[cohorts], since, council.youngest(number), first_age, kernel.end, before)
    spent = share_out(before, first_age, kernel.spent)
    turned_18 = kernel.end[:, :, -1].swapaxes(-1, -2) @ before[..., ADULT, None]
    month.turned_18 += turned_18.sum(axis=(0, 1, 3))
    month.spent += spent
    stock = council.later_by_age(number)[cohorts]
    gained = stock.sum(axis=0).sum(axis=2).sum(axis=0) - _by_state(before[..., :ADULT])
    count_nights(council, month, _by_state(spent) + gained / 2, LATER)


def _merge_oldest(council: Council, number: int) -> None:
    """Add the oldest cohort to the next where time in care will be the same to both to the end."""
    if council.oldest + 1 >= number:
        return
    oldest, later = council.oldest, council.later
    ages = np.array([number - oldest - 1, council.months - 1 - oldest])
    now_of_next, at_the_end = monthly.class_of(ages, council.places.times.first_index)
    if now_of_next == at_the_end:
        later[oldest + 1] += later[oldest]
        later[oldest] = 0.0
        council.oldest += 1


def _by_state(children: FloatArray) -> FloatArray:
    """Sums by state; children have shape (time class, group, state, age index)."""
    return np.asarray(children.sum(axis=3).sum(axis=(0, 1)))


def _leavers(month: Month, spent: FloatArray) -> FloatArray:
    """Children who leave before 18, by route, group and age index: days spent times hazards.

    Parameters
    ----------
    spent : shape (time class, group, state, age index), the first classes of time in care
    """
    left = np.zeros(month.leavers.shape)
    for age_class, here in enumerate(month.ages_of_class):
        hazard = month.rates.exits[: len(spent), :, age_class]
        left[:, :, here] = (hazard @ spent[..., here]).sum(axis=0).transpose(1, 0, 2)
    return left


def _learn_demand(council: Council, month: Month, children_before: FloatArray) -> None:
    """What this month says of those who will need a place in the next one.

    Level of need has no part in leaving or moving, so children of a complex level leave a state in
    proportion to the others.
    """
    states, placing = council.places.states, month.placing
    came = np.einsum("sgn,sgnz->z", month.needs, placing.share)
    came_complex = np.einsum("sgn,sgnz->z", month.needs, placing.complex)
    children = council.taken - council.adults
    went = np.maximum(children_before + came - children, 0.0)
    share = council.demand.complex_share
    complex_children = share * (children_before - went) + came_complex
    again = month.needs.sum(axis=(0, 1))[states.need_again[states.of_pool]]
    given_back = np.maximum(council.taken_before + came - council.taken, 0.0)[states.of_pool]
    council.demand = admission.Demand(
        needs=month.needs,
        went=given_back,
        full=month.full,
        again_share=np.minimum(_share_of(again, given_back), MOST_AGAIN),
        complex_share=_share_of(complex_children, children),
    )


def _share_of(part: FloatArray, whole: FloatArray) -> FloatArray:
    """A part as a share of a whole, from 0 to 1; 0 of nothing."""
    share = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.asarray(np.clip(share, 0.0, 1.0))


# Coming in ---------------------------------------------------------------------------------------


def _enter(council: Council, month: Month) -> None:
    """Re-entries, delayed entries and entries, each into a first placement."""
    flows = council.expected.flows[month.number]
    returning = council.return_hazard * council.world.re_entries.multiplier[month.number]
    returned = council.left.step(
        month.number, month.leavers[RETURNABLE_ROUTES], returning, month.days
    )
    entering, put_off = _entries(council, month)
    late = _delayed_entries(council, month, put_off)
    flows[FLOWS.index("entries")] = entering.sum()
    flows[FLOWS.index("re_entries")] = returned.sum()
    flows[FLOWS.index("delayed_entries")] = late.sum()
    by_cell = entering.reshape(-1, len(GROUPS))
    new = np.einsum("bg,bgas->gas", by_cell, council.entry_segments)
    back = (returned + late)[..., None] * council.places.segment_share
    left = _place_entrants(council, month, _first_placed(council, month, new + back))
    council.left.add(month.number, left[RETURNABLE_ROUTES])


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
    return entering, put_off


def _delayed_entries(council: Council, month: Month, put_off: FloatArray) -> FloatArray:
    """Delayed children who come in this month, by group and age index."""
    services = council.world.edge_of_care
    hazard = np.repeat(1 / services.delay_mean_days[:, None], council.months + 1, axis=1)
    return council.delayed.step(month.number, put_off, hazard, month.days)


def _first_placed(council: Council, month: Month, entrants: FloatArray) -> FloatArray:
    """Entrants by group, age index and state.

    Parameters
    ----------
    entrants : shape (group, age index, segment of age)
    """
    first = council.world.placements.first_placement[month.number][council.places.ages.band]
    types = slice(0, len(PLACEMENTS))
    month.needs[..., types] += entrants.sum(axis=1).T[..., None] * first
    placed = np.einsum("sgn,sgnz->gsz", first, month.placing.share[:, :, types])
    return np.asarray(entrants @ placed)


def _place_entrants(council: Council, month: Month, entrants: FloatArray) -> FloatArray:
    """Begin periods of care at even times in the month; returns those who leave in it as well.

    Whoever enters in the month of the 18th birthday stays a third of it on average.

    Parameters
    ----------
    entrants : shape (group, age index, state)
    """
    kernel, stock = month.kernel, council.later_by_age(month.number)[month.number]
    spent = np.zeros((1, *stock.shape))
    for age_class, here in enumerate(month.ages_of_class[:-1]):
        comers = entrants[:, here].swapaxes(1, 2)
        spent[0, ..., here] = kernel.spent[0, :, age_class].swapaxes(1, 2) @ comers
        stock[..., here] = kernel.end[0, :, age_class].swapaxes(1, 2) @ comers
    turning = entrants[:, ADULT].sum(axis=0)
    month.turned_18 += turning
    nights = spent.sum(axis=(0, 1, 3)) + stock.sum(axis=(0, 2)) + turning * month.days / 3
    count_nights(council, month, nights, LATER)
    left = _leavers(month, spent)
    month.leavers += left
    month.spent[:1] += spent
    return left


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
