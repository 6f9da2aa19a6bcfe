"""A month of expected numbers, in the order of the pathway.

Exits and moves of the children in care, re-entries and delayed entries, entries, and adults who
stay on.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, KINDS, PLACEMENTS, RETURNABLE
from lacmodel.engines import admission, inflows, monthly
from lacmodel.engines.counts import count_children, count_flows, count_nights
from lacmodel.engines.kernel import classes_where, month_kernel
from lacmodel.engines.monthly import ADULT, Rates
from lacmodel.engines.placing import Placing, asking, pool_laws, where_placed
from lacmodel.engines.stocks import Council, Month
from lacmodel.engines.tally import FLOWS
from lacmodel.engines.unmoved import staying
from lacmodel.plan import LATER, MOVED, PRESENT

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

YOUNGER: Final = 120  # age index from which children can be in more states
MOST_AGAIN: Final = 0.95  # of those who leave a pool in a month, who need its type again


def step(council: Council, number: int) -> None:
    """One month, in the order of the pathway: exits and moves, re-entries, entries."""
    start, stop = (int(day) for day in council.world.timeline.month_start[number : number + 2])
    middle = (start + stop) // 2
    adults_before = council.adults
    placing, full = _placing_between(council, start, stop)
    council.opening.sort(number, council.places.ages, council.places.times)
    _close_at_start(council, number, start, middle + 1)
    council.later.merge_oldest(number)
    month, before = _prepare(council, number, stop - start, placing)
    _stay_or_leave(council, month, before)
    _advance(council, month)
    _enter(council, month)
    _stay_on(council, month)
    _close_at_end(council, month, middle + 1, stop)
    count_flows(council, month)
    children_before = council.taken - adults_before
    count_children(council, number, month.ended)
    _learn_demand(council, month, full, children_before)


def _placing(council: Council, day: int) -> tuple[Placing, FloatArray]:
    """Where children are placed, and the chance that pools are full, as expected at the moment."""
    placements, places = council.world.placements, council.places
    ask = asking(placements, places.pools, places.states, places.sorts, council.demand)
    expected = council.taken[places.states.of_pool]
    laws = pool_laws(placements, places.pools, ask, expected, day)
    return where_placed(laws, ask, places.states, places.sorts), laws.full


def _placing_between(council: Council, start: int, stop: int) -> tuple[Placing, FloatArray]:
    """The same of a month: the mean over its days, where usable places change within it.

    Up to a closure that is carried out at the month's start the places are those after it.
    """
    usable = council.world.placements.usable_places[:, start:stop]
    changes = start + 1 + np.flatnonzero(np.diff(usable, axis=1).any(axis=0))
    if not len(changes):
        return _placing(council, start)
    closed = max(
        (day for day, _ in closings(council, start, (start + stop) // 2 + 1)), default=start
    )
    firsts = [closed, *changes[changes > closed].tolist()]
    weights = np.diff([start, *firsts[1:], stop]) / (stop - start)
    laws = [_placing(council, day) for day in firsts]
    parts = zip(*((*placing, full) for placing, full in laws), strict=True)
    *placing, full = (np.tensordot(weights, part, axes=(0, 0)) for part in parts)
    return Placing(*placing), full


def _prepare(
    council: Council, number: int, days: float, placing: Placing
) -> tuple[Month, FloatArray]:
    """The month with its kernel, and those who are there: (class, opening or later, state)."""
    places, rates, opening = council.places, _rates(council, number), council.opening
    later = council.later.by_class(number)
    somebody = np.asarray(later.any(axis=3))
    somebody[opening.at] = True
    somebody[:, 0, :-1] = True  # those who come in the month
    older = int(np.searchsorted(places.ages.first_index, YOUNGER))
    classes = classes_where(somebody, older)
    first = _first_placements(council, number, placing)
    before = np.zeros((len(classes.time), 2, later.shape[3]))
    before[classes.number[opening.at], 0] = opening.by_class()[:, 0]
    before[:, 1] = later[classes.group, classes.time, classes.age]
    young = before[classes.parts[0]].any(axis=(0, 1))
    young |= first[places.ages.first_year * 12 < YOUNGER].any(axis=(0, 1))
    everyone = before.any(axis=(0, 1)) | first.any(axis=(0, 1))
    month = Month(
        number=number,
        days=days,
        rates=rates,
        placing=placing,
        first=first,
        classes=classes,
        kernel=month_kernel(
            rates, places.move_weights, days, placing.share, classes, np.stack([young, everyone])
        ),
        spent=np.zeros(later.shape),
        ended=np.zeros(later.shape),
        turned_18=np.zeros(len(places.states.kind)),
        left=np.zeros((len(GROUPS), RETURNABLE, ADULT + 1)),
        needs=np.zeros((len(places.ages.band), len(GROUPS), len(places.states.needed))),
    )
    return month, before


def _rates(council: Council, number: int) -> Rates:
    """The month's rates; those of the month before if nothing that they depend on has changed."""
    exits, moves, places = council.world.exits, council.world.moves, council.places
    made_of = b"".join(
        table[number].tobytes()
        for table in (
            exits.multiplier,
            moves.breakdown_multiplier,
            moves.planned_multiplier,
            moves.breakdown_next,
            moves.planned_next,
        )
    )
    if council.rates is None or council.rates_made_of != made_of:
        council.rates_made_of = made_of
        council.rates = monthly.month_rates(
            exits, moves, number, places.ages, places.times, places.states.kind,
            places.states.need_again,
        )  # fmt: skip
    return council.rates


def closings(council: Council, first_day: int, end_day: int) -> list[tuple[int, int]]:
    """The days of some on which pools close, in order, and the pools."""
    closes = council.places.pools.closes
    pool, which = np.nonzero((closes >= first_day) & (closes < end_day))
    return sorted(zip(closes[pool, which].tolist(), pool.tolist(), strict=True))


def _close_at_start(council: Council, number: int, start: int, end_day: int) -> None:
    """Close pools, those that close before a day, at the start of a month."""
    for day, pool in closings(council, start, end_day):
        _close(council, number, pool, day, day - start, council.later.children(number))


def _close_at_end(council: Council, month: Month, first_day: int, stop: int) -> None:
    """Close pools, those that close from a day on, at the end of a month."""
    for day, pool in closings(council, first_day, stop):
        adult = month.number - council.opening.birth_month == ADULT
        council.opening.held[adult] = 0.0  # who turned 18 in the month has gone
        later = council.later.children(month.number, ended=True)
        share = _close(council, month.number, pool, day, day - stop, later)
        _rehouse(month.ended, int(council.places.states.of_pool[pool]), share[:, None])


def _close(
    council: Council, number: int, pool: int, day: int, days: int, later: FloatArray
) -> FloatArray:
    """Move everybody out of a pool, to where the same type is found on the day that it closes.

    Nights of the days from now to then are put right.

    Parameters
    ----------
    days : from now to that day, below 0 if that is past
    later : shape (cohort, group, state, age index), those who came since the start

    Returns
    -------
    where they go: (group, age class, state)
    """
    places, opening = council.places, council.opening
    state = int(places.states.of_pool[pool])
    found = _placing(council, day)[0].share[:, :, places.states.need_again[state]].swapaxes(0, 1)
    share = places.ages.segment_share @ found
    by_age = share[:, places.age_class]
    rows = by_age[opening.group, number - opening.birth_month]
    unmoved = opening.held[:, 1, state] @ rows
    opening.held[:, 1, state] = 0.0
    moved = _rehouse(opening.held[:, 0], state, rows) - unmoved
    came = _rehouse(later.swapaxes(2, 3), state, by_age)
    in_kind, nights = places.in_kind, council.expected.nights[number]
    for gone, here, there in (
        (unmoved, PRESENT, MOVED),
        (moved, MOVED, MOVED),
        (came, LATER, LATER),
    ):
        nights[:, here] += days * gone.sum() * in_kind[state]
        nights[:, there] -= days * (gone @ in_kind)
        council.expected.flows[number, FLOWS.index("closure_moves")] += gone.sum()
    council.adults[state] = 0.0
    return share


def _rehouse(stock: FloatArray, state: int, share: FloatArray) -> FloatArray:
    """Move all of one state by shares of the others; returns how many, by where they went."""
    out = stock[..., state, None] * share
    stock[..., state] = 0.0
    stock += out
    return np.asarray(out.reshape(-1, out.shape[-1]).sum(axis=0))


def _stay_or_leave(council: Council, month: Month, before: FloatArray) -> None:
    """What the month does to those who are there, by class.

    What turns time spent into nights is half of what was gained in the month: a night belongs to
    who is there at its end, so those who left spent half a night less than the even flow says.
    Those who turn 18 have it in their kernel.

    Parameters
    ----------
    before : shape (class, opening or later, state)
    """
    classes, last = month.classes, len(council.places.ages.first_index) - 1
    adult = classes.age == last
    spent, ended = (
        before @ month.kernel.spent,
        before @ month.kernel.follows[..., RETURNABLE:],
    )
    month.turned_18 += ended[adult].sum(axis=(0, 1))
    ended[adult] = 0.0
    at = (classes.group, classes.time, classes.age)
    month.spent[at] = spent.sum(axis=1)
    month.ended[at] = ended.sum(axis=1)
    opening, later = spent.sum(axis=0) + (ended - before)[~adult].sum(axis=0) / 2
    count_nights(council, month, opening, MOVED)
    count_nights(council, month, later, LATER)


def _advance(council: Council, month: Month) -> None:
    """Advance opening children and cohorts, and note who left and may come back."""
    opening, number, kernel = council.opening, month.number, month.kernel
    stays = _count_unmoved(council, month)
    month.left += opening.advance(number, month.classes, kernel.follows, stays)
    month.left += council.later.advance(number, month.classes, kernel)


def _count_unmoved(council: Council, month: Month) -> FloatArray:
    """Count nights of opening children who are still in the placement held at the start.

    Returns
    -------
    the share who stay to the month's end, by class of opening children and state
    """
    opening = council.opening
    group, time, age_class = opening.at
    stays = staying(month.rates.leaving[time, group, age_class], month.days)
    adult = age_class == len(council.places.ages.first_index) - 1
    whole = stays.days + (stays.end - 1) / 2
    nights = opening.by_class()[:, 1] * np.where(adult[:, None], stays.half_days, whole)
    count_nights(council, month, nights.sum(axis=0), PRESENT)
    count_nights(council, month, -nights.sum(axis=0), MOVED)
    return stays.end


def _learn_demand(
    council: Council, month: Month, full: FloatArray, children_before: FloatArray
) -> None:
    """What this month says of those who will need a place in the next one.

    Level of need has no part in leaving or moving, so children of a complex level leave a state in
    proportion to the others.
    """
    states, placing = council.places.states, month.placing
    came, came_complex = (
        month.needs.ravel() @ share.reshape(-1, share.shape[-1])
        for share in (placing.share, placing.complex)
    )
    children = council.taken - council.adults
    went = np.maximum(children_before + came - children, 0.0)
    share = council.demand.complex_share
    complex_children = share * (children_before - went) + came_complex
    again = month.needs.sum(axis=(0, 1))[states.need_again[states.of_pool]]
    given_back = np.maximum(council.taken_before + came - council.taken, 0.0)[states.of_pool]
    council.demand = admission.Demand(
        needs=month.needs,
        went=given_back,
        full=full,
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
    returned = council.left.step(month.number, month.left.swapaxes(0, 1), returning, month.days)
    entering, put_off = _entries(council, month)
    late = _delayed_entries(council, month, put_off)
    flows[FLOWS.index("entries")] = entering.sum()
    flows[FLOWS.index("re_entries")] = returned.sum()
    flows[FLOWS.index("delayed_entries")] = late.sum()
    new = np.einsum("bg,bgas->gas", entering.reshape(-1, len(GROUPS)), council.entry_segments)
    back = (returned + late)[..., None] * council.places.segment_share
    left = _place_entrants(council, month, _first_placed(council, month, new + back))
    council.left.add(month.number, left.swapaxes(0, 1))


def _entries(council: Council, month: Month) -> tuple[FloatArray, FloatArray]:
    """Children who enter by cell, and those put off by service and group, by age index."""
    world, flows = council.world, council.expected.flows[month.number]
    services = world.edge_of_care
    would_be = council.children_per_day[:, month.number] * month.days
    supported = council.support.supported_share[:, :, month.number] * would_be
    prevented = supported * services.prevented_share[:, None]
    delayed = supported * services.delayed_share[:, None]
    entering = would_be - prevented.sum(axis=0) - delayed.sum(axis=0)
    flows[FLOWS.index("would_be_entries")] = would_be.sum()
    flows[FLOWS.index("prevented")] = prevented.sum()
    flows[FLOWS.index("delayed")] = delayed.sum()
    by_band = (len(AGE_BANDS), len(GROUPS))
    put_off = np.einsum(
        "sbg,bga->sga",
        delayed.reshape(len(delayed), *by_band),
        council.entry_weights.reshape(*by_band, -1),
    )
    return entering, put_off


def _delayed_entries(council: Council, month: Month, put_off: FloatArray) -> FloatArray:
    """Delayed children who come in this month, by group and age index."""
    services = council.world.edge_of_care
    if len(put_off) == 0:
        return np.zeros((len(GROUPS), ADULT + 1))
    hazard = np.repeat(1 / services.delay_mean_days[:, None], council.months + 1, axis=1)
    return council.delayed.step(month.number, put_off, hazard, month.days)


def _first_placements(council: Council, number: int, placing: Placing) -> FloatArray:
    """Share of entrants by segment of age, group and state in which they begin."""
    first = council.world.placements.first_placement[number][council.places.ages.band]
    return (first[:, :, None] @ placing.share[:, :, : len(PLACEMENTS)])[:, :, 0]


def _first_placed(council: Council, month: Month, entrants: FloatArray) -> FloatArray:
    """Entrants by group, age index and state.

    Parameters
    ----------
    entrants : shape (group, age index, segment of age)
    """
    first = council.world.placements.first_placement[month.number][council.places.ages.band]
    month.needs[..., : len(PLACEMENTS)] += entrants.sum(axis=1).T[..., None] * first
    return entrants @ month.first.swapaxes(0, 1)


def _place_entrants(council: Council, month: Month, entrants: FloatArray) -> FloatArray:
    """Begin periods of care at even times in the month.

    Whoever enters in the month of the 18th birthday stays a third of it on average.

    Parameters
    ----------
    entrants : shape (group, age index, state)

    Returns
    -------
    those who leave in the month as well: (group, reason, age index)
    """
    classes = month.classes.number[:, 0, :-1]
    came = np.add.reduceat(entrants, council.places.ages.first_index, axis=1)[:, :-1, None]
    spent, ended = (
        (came @ shares)[:, :, 0]
        for shares in (month.kernel.spent[classes], month.kernel.follows[classes][..., RETURNABLE:])
    )
    month.spent[:, 0, :-1] = spent
    month.ended[:, 0, :-1] = ended
    turning = entrants[:, ADULT].sum(axis=0)
    month.turned_18 += turning
    nights = (spent + ended).sum(axis=(0, 1)) + turning * month.days / 3
    count_nights(council, month, nights, LATER)
    return council.later.enter(month.number, entrants, month.classes, month.kernel)


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
    in_kind = council.places.in_kind
    council.expected.adult_nights[month.number] = nights @ in_kind
