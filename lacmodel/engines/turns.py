"""Turns: what happens to a slot when an event of its own is due, for the compiled engine.

Each function is the compiled form of the one of the same meaning in `child_events`.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    ENDED_BREAKDOWN,
    ENDED_CLOSURE,
    ENDED_PLANNED,
    ENDED_STAY_OVER,
    FOSTER,
    KINDS,
    OPEN,
    STARTED_BREAKDOWN,
    STARTED_CLOSURE,
    STARTED_DELAYED,
    STARTED_PLANNED,
    STARTED_RE_ENTRY,
    STARTED_STAYING_ON,
    TURNED_18,
)
from lacmodel.compiling import inlined
from lacmodel.engines.packed import Tables
from lacmodel.pathway import (
    BREAKDOWN,
    CLOSURE,
    EXIT,
    PLANNED,
    RE_ENTRY,
    SUPPORT_ENDS,
)
from lacmodel.pathway import edge_of_care as eoc
from lacmodel.pathway.clocks import (
    EXIT_CLOCK,
    PLACEMENT_OF_KIND,
    exit_threshold,
    next_event,
    or_expected,
    reason_at,
)
from lacmodel.pathway.entries import Families, birth_day_on_entry
from lacmodel.pathway.moves import next_needed
from lacmodel.pathway.placements import (
    find_place,
    first_needed,
    level_of_need,
    needs_to_be_alone,
    next_closing,
    places_taken,
    price_factor,
    stays_on_days,
)
from lacmodel.pathway.re_entries import re_entry_day
from lacmodel.pathway.siblings import UNDECIDED, Family, place_together
from lacmodel.randomness import spell_count
from lacmodel.timeline import NEVER, age_on, eighteenth_birthday

PROVIDER_OF_KIND: Final = tuple(provider for _, provider in KINDS)
STAYING_ON: Final = -2  # the cause of a slot whose adult keeps a place


class Run(NamedTuple):
    """One future as it runs: the tables, everybody's slot, the queue of events, and the books.

    Arrays have room to spare; ``totals`` says how much of it is used, or was wanted.
    """

    world: Tables
    key: int
    future: int
    last_arrival_day: int
    always: NDArray[np.float64]  # 1 in every month
    families: Families
    standing: NDArray[np.void]  # slots of children in care and past leavers
    slots: NDArray[np.void]
    expected: NDArray[np.int64]  # (opening child, 3): day, reason and need of an expected end
    bucket: NDArray[np.int64]  # see `schedule`
    queue: NDArray[np.int64]
    due: NDArray[np.int64]  # a day's events in their order
    occupied: NDArray[np.int64]  # by row of supply
    supported: NDArray[np.int64]  # families by service
    spells: NDArray[np.void]  # as they are written down
    slot_of: NDArray[np.int32]  # the slot of each spell
    referrals: NDArray[np.void]
    starts: NDArray[np.int64]  # for putting spells in order
    by_child: NDArray[np.int64]  # puts the spells in order by child, then time
    totals: NDArray[np.int64]


EVENTS: Final = 0
SPELLS: Final = 1
REFERRALS: Final = 2
FAMILIES: Final = 3
SLOTS: Final = 4


@inlined
def schedule(run: Run, day: int, step: int, slot: int) -> None:
    """Put an event in the bucket of its day.

    ``bucket[day]`` is the last event put in a day's bucket (-1: none), ``queue[e, 0]`` the one
    before event e in its bucket, ``queue[e, 1]`` its step and slot.
    """
    if day < run.world.timeline.days:
        event = run.totals[EVENTS]
        run.queue[event, 0] = run.bucket[day]
        run.queue[event, 1] = (step << 40) | slot
        run.bucket[day] = event
        run.totals[EVENTS] = event + 1


@inlined
def wait_for_re_entry(run: Run, slot: int) -> None:
    """Schedule the day on which a child who has left comes back, if there is one."""
    child = run.slots[slot]
    day = re_entry_day(
        run.world.re_entries, run.world.timeline, run.world.clocks, run.key,
        child.number, child.period, child.reason, child.left_day, child.birth_day,
    )  # fmt: skip
    schedule(run, day, RE_ENTRY, slot)


# Edge of care ------------------------------------------------------------------------------------


@inlined
def refer(run: Run, day: int, slot: int) -> None:
    """A family is referred: supported if it engages and the caseload has room."""
    first = run.slots[slot]
    outcome = outcome_of_referral(run, day, slot)
    row = run.referrals[run.totals[REFERRALS]]
    row.future, row.family, row.service, row.day = run.future, first.number, first.service, day
    row.children, row.cell, row.outcome = first.size, first.cell, outcome
    row.would_enter_day = first.would_be_day if first.enters else -1
    run.totals[REFERRALS] += 1
    if outcome <= eoc.WOULD_NOT_HAVE_ENTERED:
        run.supported[first.service] += 1
        ends = day + run.world.edge_of_care.support_days[first.service]
        schedule(run, ends, SUPPORT_ENDS, slot)
    if outcome == eoc.PREVENTED or outcome == eoc.DELAYED:
        keep_out(run, slot, outcome)


@inlined
def outcome_of_referral(run: Run, day: int, slot: int) -> int:
    """What a referral leads to; see `lacmodel.pathway.edge_of_care.OUTCOMES`."""
    services, first = run.world.edge_of_care, run.slots[slot]
    month = run.world.timeline.month_of_day[day]
    if not eoc.engages(services, run.key, first.number, first.service):
        return eoc.NOT_ENGAGED
    if run.supported[first.service] >= services.caseload[first.service, month]:
        return eoc.CASELOAD_FULL
    if not first.enters:
        return eoc.WOULD_NOT_HAVE_ENTERED
    return eoc.effect_on(services, run.key, first.number, first.service)


@inlined
def keep_out(run: Run, slot: int, outcome: int) -> None:
    """Cancel the entries of a family, or put them off."""
    services, first = run.world.edge_of_care, run.slots[slot]
    entries, timeline = run.world.entries, run.world.timeline
    day, cell = first.would_be_day, first.cell
    for sibling in range(slot, slot + first.size):
        child = run.slots[sibling]
        child.enters = False
        if outcome == eoc.DELAYED:
            child.why_started = STARTED_DELAYED
            later = day + eoc.delay_days(services, run.key, first.number, first.service)
            born = birth_day_on_entry(entries, timeline, run.key, child.number, cell, day)
            if later < eighteenth_birthday(timeline, born):
                schedule(run, later, RE_ENTRY, sibling)


# Periods of care and spells ----------------------------------------------------------------------


@inlined
def is_to_leave(run: Run, slot: int) -> bool:
    """Whether an expected leaving has taken the place of the exit clock; see `child_events`."""
    if slot >= run.expected.shape[0] or run.slots[slot].period > 0:
        return False
    return run.expected[slot, 0] < NEVER and run.expected[slot, 2] < 0


@inlined
def is_to_move(run: Run, slot: int) -> bool:
    """Whether a move out of the opening placement is expected."""
    child = run.slots[slot]
    if slot >= run.expected.shape[0] or child.period > 0 or child.spell > 0:
        return False
    return run.expected[slot, 2] >= 0


@inlined
def come_in(run: Run, day: int, slot: int) -> None:
    """Begin a period of care: an entry, a delayed entry, or a re-entry; a place is then taken."""
    world, child = run.world, run.slots[slot]
    if child.why_started == STARTED_RE_ENTRY:
        child.period += 1
    else:
        child.birth_day = birth_day_on_entry(
            world.entries, world.timeline, run.key, child.number, child.cell, child.would_be_day
        )
    child.needed = first_needed(
        world.placements, world.timeline, run.key, child.number, child.period,
        child.birth_day, child.group, day,
    )  # fmt: skip
    child.first_day = day
    child.exit_left = exit_threshold(run.key, child.number, child.period)
    child.spell = 0


@inlined
def take_place(run: Run, day: int, slot: int) -> None:
    """Find a place for what the child needs, occupy it, and wait for the spell's end."""
    child = run.slots[slot]
    placements = run.world.placements
    age = age_on(run.world.timeline, child.birth_day, day)
    complex_share = placements.complex_share[child.needed]
    child.level = level_of_need(complex_share, run.key, child.number, child.level)
    month = run.world.timeline.month_of_day[day]
    alone_share = placements.alone_share[month, child.needed, child.level]
    child.alone = needs_to_be_alone(alone_share, run.key, child.number)
    if not join_siblings(run, day, slot):
        _, child.kind, child.row = find_place(
            placements, run.occupied, run.key, child.number,
            spell_count(child.period, child.spell), child.needed, age, child.group, child.level,
            day, child.alone,
        )  # fmt: skip
    child.started = day
    if child.row >= 0:
        run.occupied[child.row] += places_taken(child.kind, child.needed, child.alone)
    go_on(run, slot)


@inlined
def join_siblings(run: Run, day: int, slot: int) -> bool:
    """Place a child on entry where all who need foster care are placed; False if they are not."""
    world, child = run.world, run.slots[slot]
    comes_in = child.period == 0 and child.spell == 0 and child.needed == FOSTER
    if not comes_in or world.placements.together_share[world.timeline.month_of_day[day]] == 0.0:
        return False
    family = run.slots[slot - (child.number & 15)]  # the slot of its first child
    if family.together_kind == UNDECIDED:
        family.together_kind, family.together_row = place_together(
            world.entries, world.timeline, world.placements, run.occupied, run.key,
            Family(family.number, family.size, family.cell, family.would_be_day, day),
        )  # fmt: skip
    child.kind, child.row = family.together_kind, family.together_row
    return family.together_kind >= 0


@inlined
def leave_place(run: Run, slot: int) -> None:
    """Give the place back."""
    child = run.slots[slot]
    if child.row >= 0:
        run.occupied[child.row] -= places_taken(child.kind, child.needed, child.alone)


@inlined
def go_on(run: Run, slot: int) -> None:
    """Schedule the end of the spell that has begun, or write it down as open at the horizon."""
    world, child = run.world, run.slots[slot]
    start, leaves = max(0, child.started), is_to_leave(run, slot)
    expected_day = NEVER
    if leaves or is_to_move(run, slot):
        expected_day = run.expected[slot, 0]
    closes_day = next_closing(world.placements, child.row, start)
    day, child.cause, child.exit_left = next_event(
        world.timeline, world.clocks, run.key, child.number,
        spell_count(child.period, child.spell), child.exit_left, min(closes_day, expected_day),
        child.birth_day, child.first_day, child.kind, child.group, start,
    )  # fmt: skip
    child.cause = or_expected(day, child.cause, expected_day, closes_day, leaves)
    if child.cause == OPEN:
        record(run, slot, OPEN, OPEN)
    else:
        schedule(run, day, step_of(child.cause), slot)


@inlined
def step_of(cause: int) -> int:
    """The step in which a spell ends by its cause."""
    if cause == ENDED_CLOSURE:
        return CLOSURE
    if cause == ENDED_BREAKDOWN:
        return BREAKDOWN
    if cause == ENDED_PLANNED:
        return PLANNED
    return EXIT


@inlined
def end_spell(run: Run, day: int, slot: int) -> bool:
    """End a spell by its cause: a birthday, a leaving, an adult's last night, or a move.

    Returns whether a place is then taken.
    """
    cause, reason = run.slots[slot].cause, why_it_ends(run, day, slot)
    record(run, slot, day, reason)
    if cause == TURNED_18 and stay_on(run, day, slot):
        return False
    leave_place(run, slot)
    if cause == EXIT_CLOCK:
        leave(run, day, slot, reason)
    elif cause != TURNED_18 and cause != STAYING_ON:
        move(run, day, slot)
        return True
    return False


@inlined
def why_it_ends(run: Run, day: int, slot: int) -> int:
    """What is written down of a spell's end; a leaving has a reason, expected or drawn."""
    child = run.slots[slot]
    if child.cause == STAYING_ON:
        return ENDED_STAY_OVER
    if child.cause != EXIT_CLOCK:
        return child.cause
    if is_to_leave(run, slot) and run.expected[slot, 1] >= 0:
        return run.expected[slot, 1]
    return reason_at(
        run.world.timeline, run.world.exits, run.key, child.number, child.period,
        child.birth_day, child.first_day, child.kind, child.group, day,
    )  # fmt: skip


@inlined
def leave(run: Run, day: int, slot: int, reason: int) -> None:
    """A child leaves care, and may come back."""
    child = run.slots[slot]
    child.left_day, child.reason, child.why_started = day, reason, STARTED_RE_ENTRY
    wait_for_re_entry(run, slot)


@inlined
def move(run: Run, day: int, slot: int) -> None:
    """Begin the spell after a closure, a breakdown or a planned move; a place is then taken."""
    child = run.slots[slot]
    planned = child.cause == ENDED_PLANNED
    as_expected = planned and is_to_move(run, slot) and day == run.expected[slot, 0]
    child.spell += 1
    if child.cause == ENDED_CLOSURE:
        child.why_started = STARTED_CLOSURE
    else:
        child.why_started = STARTED_PLANNED if planned else STARTED_BREAKDOWN
    if as_expected:
        child.needed = run.expected[slot, 2]
    elif child.cause != ENDED_CLOSURE:
        child.needed = next_needed(
            run.world.moves, run.world.timeline, run.key, child.number,
            spell_count(child.period, child.spell), child.cause, PLACEMENT_OF_KIND[child.kind],
            child.birth_day, child.group, day,
        )  # fmt: skip


@inlined
def stay_on(run: Run, day: int, slot: int) -> bool:
    """Whether an adult keeps the place for a while."""
    child = run.slots[slot]
    month = run.world.timeline.month_of_day[day]
    placement = PLACEMENT_OF_KIND[child.kind]
    days = stays_on_days(run.world.placements, run.key, child.number, placement, month)
    if days == 0:
        return False
    leaves = min(day + days, next_closing(run.world.placements, child.row, day))
    child.spell += 1
    child.started, child.why_started, child.cause = day, STARTED_STAYING_ON, STAYING_ON
    if leaves >= run.world.timeline.days:
        record(run, slot, OPEN, OPEN)
    else:
        schedule(run, leaves, EXIT, slot)
    return True


@inlined
def record(run: Run, slot: int, end_day: int, why_ended: int) -> None:
    """Write down a spell; those beyond the array's end are only counted."""
    child, written = run.slots[slot], run.totals[SPELLS]
    if written < run.spells.shape[0]:
        row = run.spells[written]
        run.slot_of[written] = slot
        row.future, row.child, row.family = run.future, child.number, (child.number >> 4) << 4
        row.period, row.spell = child.period, child.spell
        row.group, row.level, row.birth_day = child.group, child.level, child.birth_day
        row.start_day, row.end_day = child.started, end_day
        row.needed, row.placement = child.needed, PLACEMENT_OF_KIND[child.kind]
        row.provider, row.supply = PROVIDER_OF_KIND[child.kind], child.row
        row.why_started, row.why_ended = child.why_started, why_ended
        row.alone = child.alone
        row.price_factor = priced(run, slot)
    run.totals[SPELLS] = written + 1


@inlined
def priced(run: Run, slot: int) -> float:
    """A child's price factor, which is drawn once for all spells of a kind that follow another."""
    child = run.slots[slot]
    if child.priced_kind != child.kind:
        child.priced_kind = child.kind
        spread = run.world.placements.price_spread[child.kind]
        child.price_factor = price_factor(spread, run.key, child.number, child.kind)
    return child.price_factor
