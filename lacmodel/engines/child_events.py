"""The readable engine: one SimPy process a child, on whole days.

Simulated time is one integer that packs day, step and child, so that SimPy wakes the processes in
the order that `lacmodel.pathway` states: by day, within a day by step, within a step by child. The
processes hold what happens when; every probability, hazard and choice is a pathway function.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import simpy
from numpy.typing import NDArray

from lacmodel.codes import (
    ENDED_BREAKDOWN,
    ENDED_CLOSURE,
    ENDED_PLANNED,
    ENDED_STAY_OVER,
    FOSTER,
    GROUPS,
    KINDS,
    OPEN,
    STARTED_BREAKDOWN,
    STARTED_CLOSURE,
    STARTED_DELAYED,
    STARTED_ENTRY,
    STARTED_OPENING,
    STARTED_PLANNED,
    STARTED_RE_ENTRY,
    STARTED_STAYING_ON,
    TURNED_18,
)
from lacmodel.engines.child import Child, Siblings
from lacmodel.engines.packed import Tables, packed
from lacmodel.engines.records import REFERRAL, SPELL, History, history
from lacmodel.pathway import (
    BREAKDOWN,
    CLOSURE,
    ENTRY,
    EXIT,
    PLANNED,
    RE_ENTRY,
    REFERRAL_STEP,
    SUPPORT_ENDS,
    World,
)
from lacmodel.pathway import edge_of_care as eoc
from lacmodel.pathway.clocks import EXIT_CLOCK, exit_threshold, next_event, or_expected, reason_at
from lacmodel.pathway.entries import Families, arrivals, birth_day_on_entry, last_arrival_day
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
from lacmodel.plan import OpeningChildren, PastLeavers
from lacmodel.randomness import spell_count
from lacmodel.timeline import NEVER, age_on, eighteenth_birthday

Process = Generator[simpy.Event, Any, Any]
STEP_BITS: Final = 3
CHILD_BITS: Final = 62
STEP_OF: Final = {
    ENDED_CLOSURE: CLOSURE,
    ENDED_BREAKDOWN: BREAKDOWN,
    ENDED_PLANNED: PLANNED,
    EXIT_CLOCK: EXIT,
    TURNED_18: EXIT,
}
STARTED_AFTER: Final = {
    ENDED_CLOSURE: STARTED_CLOSURE,
    ENDED_BREAKDOWN: STARTED_BREAKDOWN,
    ENDED_PLANNED: STARTED_PLANNED,
}


@dataclass(slots=True)
class Council:
    """What the processes of one future share: the clock, the places, the caseloads, the books."""

    world: World
    tables: Tables  # the same, packed for compiled functions
    key: int
    future: int
    env: simpy.Environment
    occupied: NDArray[np.int64]  # by row of supply
    supported: list[int]  # families by service
    spells: list[tuple[Any, ...]] = field(default_factory=list)
    referrals: list[tuple[Any, ...]] = field(default_factory=list)

    def until(self, day: int, step: int, number: int) -> simpy.Event:
        """Wait for a child's turn in a step of a day."""
        moment = ((int(day) << STEP_BITS | step) << CHILD_BITS) | int(number)
        return self.env.timeout(moment - self.env.now)


def run_future(
    world: World, opening: OpeningChildren, past: PastLeavers, key: int, future: int
) -> History:
    """Simulate one future.

    Parameters
    ----------
    world : the future's own tables, drift included
    key : the future's key, from `lacmodel.randomness.future_key`
    """
    env = simpy.Environment(initial_time=(-1) << (STEP_BITS + CHILD_BITS))
    rows, services = len(world.placements.row_kind), len(world.edge_of_care.opens)
    occupied = np.zeros(rows, dtype=np.int64)
    council = Council(world, packed(world), key, future, env, occupied, [0] * services)
    start_opening(council, opening)
    start_past_leavers(council, past)
    last_day = last_arrival_day(world.timeline, services)
    families = arrivals(council.tables.entries, council.tables.timeline, key, last_day)
    start_families(council, families)
    env.run(until=world.timeline.days << (STEP_BITS + CHILD_BITS))
    spells = np.array(council.spells, dtype=SPELL)
    return history(future, spells, np.array(council.referrals, dtype=REFERRAL), families)


# Who starts when ---------------------------------------------------------------------------------


def start_opening(council: Council, opening: OpeningChildren) -> None:
    """Start a process for every child in care at the start, in the placement held that night."""
    for number, born, first, kind, group, level, row, _, _, *expected in zip(
        *(column.tolist() for column in opening), strict=True
    ):
        child = Child(number, number, group, born, level, first_day=first, kind=kind, row=row)
        child.needed, child.started, child.why_started = KINDS[kind][0], -1, STARTED_OPENING
        child.expected_day, child.expected_reason, child.expected_need = expected
        child.exit_left = np.inf
        if not child.is_to_leave:
            child.exit_left = exit_threshold(council.key, number, 0)
        if row >= 0:
            council.occupied[row] += 1
        council.env.process(life(council, child, in_care=True))


def start_past_leavers(council: Council, past: PastLeavers) -> None:
    """Start a process for every past leaver who comes back within the run."""
    for number, born, left, reason, group in zip(
        *(column.tolist() for column in past), strict=True
    ):
        child = Child(number, number, group, born)
        council.env.process(comes_back(council, child, left, reason))


def start_families(council: Council, families: Families) -> None:
    """Start a process for every family that is referred, and for every child who just enters."""
    services, timeline = council.tables.edge_of_care, council.world.timeline
    for number, day, cell, size, service in zip(
        *(column.tolist() for column in families), strict=True
    ):
        referral_day = (
            day - eoc.lead_days(services, council.key, number) if council.supported else -1
        )
        referred = service
        if referral_day >= 0 and service < 0:
            month = timeline.month_of_day[referral_day]
            referred = eoc.referred_to(services, council.key, number, cell, referral_day, month)
        elif referral_day >= 0 and not eoc.is_open(services, service, referral_day):
            continue
        if referred >= 0 and 0 <= referral_day < timeline.days:
            council.env.process(
                family(council, number, cell, size, referral_day, day, referred, service < 0)
            )
        elif service < 0:
            start_children(council, number, cell, size, day, day, STARTED_ENTRY)


def start_children(
    council: Council, number: int, cell: int, size: int, would_be: int, day: int, why: int
) -> None:
    """Start a process for each child of a family who enters on a day within the run."""
    tables = council.tables
    if day >= council.world.timeline.days:
        return
    siblings = Siblings(number, size, cell, would_be)
    for sibling in range(number, number + size):
        born = birth_day_on_entry(
            tables.entries, tables.timeline, council.key, sibling, cell, would_be
        )
        if day < eighteenth_birthday(tables.timeline, born):
            child = Child(sibling, number, cell % len(GROUPS), born, why_started=why)
            child.siblings = siblings
            council.env.process(enters(council, child, day))


# Processes ---------------------------------------------------------------------------------------


def family(
    council: Council,
    number: int,
    cell: int,
    size: int,
    referral_day: int,
    day: int,
    service: int,
    would_enter: bool,
) -> Process:
    """A family referred to edge of care: supported if it engages and the caseload has room."""
    services = council.tables.edge_of_care
    yield council.until(referral_day, REFERRAL_STEP, number)
    month = council.world.timeline.month_of_day[referral_day]
    if not eoc.engages(services, council.key, number, service):
        outcome = eoc.NOT_ENGAGED
    elif council.supported[service] >= council.world.edge_of_care.caseload[service, month]:
        outcome = eoc.CASELOAD_FULL
    else:
        council.env.process(support(council, number, service, referral_day))
        outcome = eoc.WOULD_NOT_HAVE_ENTERED
        if would_enter:
            outcome = eoc.effect_on(services, council.key, number, service)
    would_enter_day = day if would_enter else -1
    council.referrals.append(
        (council.future, number, service, referral_day, size, cell, outcome, would_enter_day)
    )
    if not would_enter or outcome == eoc.PREVENTED:
        return
    if outcome == eoc.DELAYED:
        later = day + eoc.delay_days(services, council.key, number, service)
        start_children(council, number, cell, size, day, later, STARTED_DELAYED)
    else:
        start_children(council, number, cell, size, day, day, STARTED_ENTRY)


def support(council: Council, number: int, service: int, day: int) -> Process:
    """A family's place on the caseload, from the referral to the end of support."""
    council.supported[service] += 1
    ends = day + council.world.edge_of_care.support_days[service]
    yield council.until(ends, SUPPORT_ENDS, number)
    council.supported[service] -= 1


def enters(council: Council, child: Child, day: int) -> Process:
    """A child who comes into care for the first time."""
    step = RE_ENTRY if child.why_started == STARTED_DELAYED else ENTRY
    yield council.until(day, step, child.number)
    begin_period(council, child, day)
    yield from life(council, child, in_care=True)


def comes_back(council: Council, child: Child, left_day: int, reason: int) -> Process:
    """A child who has left: waits for a re-entry, if there is one, and lives on from there."""
    tables = council.tables
    day = re_entry_day(
        tables.re_entries, tables.timeline, tables.clocks, council.key,
        child.number, child.period, reason, left_day, child.birth_day,
    )  # fmt: skip
    if day == NEVER:
        return
    yield council.until(day, RE_ENTRY, child.number)
    child.period += 1
    child.why_started = STARTED_RE_ENTRY
    begin_period(council, child, day)
    yield from life(council, child, in_care=True)


def life(council: Council, child: Child, in_care: bool) -> Process:
    """A period of care, spell after spell, and what follows it."""
    tables = council.tables
    while in_care:
        day, cause = spell_end(council, child)
        if cause == OPEN:
            record(council, child, OPEN, OPEN)
            return
        yield council.until(day, STEP_OF[cause], child.number)
        if cause in STARTED_AFTER:
            move(council, child, day, cause)
        else:
            in_care = False
    if cause == TURNED_18:
        record(council, child, day, TURNED_18)
        yield from stays_on(council, child, day)
        return
    reason = child.expected_reason
    if not child.is_to_leave or reason < 0:
        reason = reason_at(
            tables.timeline, tables.exits, council.key, child.number, child.period,
            child.birth_day, child.first_day, child.kind, child.group, day,
        )  # fmt: skip
    record(council, child, day, reason)
    leave_place(council, child)
    yield from comes_back(council, child, day, reason)


def stays_on(council: Council, child: Child, day: int) -> Process:
    """An adult who keeps the place for a while, or leaves it at once."""
    timeline, placements = council.world.timeline, council.tables.placements
    placement, month = KINDS[child.kind][0], timeline.month_of_day[day]
    days = stays_on_days(placements, council.key, child.number, placement, month)
    leaves = day + days
    if child.row >= 0:
        leaves = min(leaves, next_closing(placements, child.row, day))
    if days > 0:
        child.spell += 1
        child.started, child.why_started = day, STARTED_STAYING_ON
        if leaves >= timeline.days:
            record(council, child, OPEN, OPEN)
            return
        yield council.until(leaves, EXIT, child.number)
        record(council, child, leaves, ENDED_STAY_OVER)
    leave_place(council, child)


# What happens at a moment ------------------------------------------------------------------------


def begin_period(council: Council, child: Child, day: int) -> None:
    """Come into care: draw what is needed first and find a place."""
    tables = council.tables
    child.needed = first_needed(
        tables.placements, tables.timeline, council.key, child.number, child.period,
        child.birth_day, child.group, day,
    )  # fmt: skip
    child.first_day = day
    child.exit_left = exit_threshold(council.key, child.number, child.period)
    child.spell = 0
    take_place(council, child, day)


def move(council: Council, child: Child, day: int, cause: int) -> None:
    """End a spell and begin the next one, in the type that is needed now."""
    record(council, child, day, cause)
    leave_place(council, child)
    as_expected = child.is_to_move and cause == ENDED_PLANNED and day == child.expected_day
    child.spell += 1
    child.why_started = STARTED_AFTER[cause]
    if as_expected:
        child.needed = child.expected_need
    elif cause != ENDED_CLOSURE:
        child.needed = next_needed(
            council.tables.moves, council.tables.timeline, council.key, child.number,
            spell_count(child.period, child.spell), cause, KINDS[child.kind][0],
            child.birth_day, child.group, day,
        )  # fmt: skip
    take_place(council, child, day)


def take_place(council: Council, child: Child, day: int) -> None:
    """Find a place for what the child needs and occupy it."""
    placements = council.world.placements
    age = age_on(council.tables.timeline, child.birth_day, day)
    complex_share = placements.complex_share[child.needed]
    child.level = level_of_need(complex_share, council.key, child.number, child.level)
    month = council.world.timeline.month_of_day[day]
    alone_share = placements.alone_share[month, child.needed, child.level]
    child.alone = needs_to_be_alone(alone_share, council.key, child.number)
    if not join_siblings(council, child, day):
        _, child.kind, child.row = find_place(
            council.tables.placements, council.occupied, council.key, child.number,
            spell_count(child.period, child.spell), child.needed, age, child.group, child.level,
            day, child.alone,
        )  # fmt: skip
    child.started = day
    if child.row >= 0:
        council.occupied[child.row] += places_taken(child.kind, child.needed, child.alone)


def leave_place(council: Council, child: Child) -> None:
    """Give the place back."""
    if child.row >= 0:
        council.occupied[child.row] -= places_taken(child.kind, child.needed, child.alone)


def join_siblings(council: Council, child: Child, day: int) -> bool:
    """Place a child on entry where all who need foster care are placed; False if they are not."""
    tables, family = council.tables, child.siblings
    comes_in = child.period == 0 and child.spell == 0 and child.needed == FOSTER
    share = council.world.placements.together_share[council.world.timeline.month_of_day[day]]
    if family is None or not comes_in or share == 0.0:
        return False
    if family.kind == UNDECIDED:
        family.kind, family.row = place_together(
            tables.entries, tables.timeline, tables.placements, council.occupied, council.key,
            Family(family.number, family.size, family.cell, family.would_be_day, day),
        )  # fmt: skip
    child.kind, child.row = family.kind, family.row
    return family.kind >= 0


def spell_end(council: Council, child: Child) -> tuple[int, int]:
    """When and why the present spell ends; keeps what is left of the exit threshold."""
    tables, start = council.tables, max(0, child.started)
    expected_day = child.expected_day if child.is_to_leave or child.is_to_move else NEVER
    closes_day = next_closing(tables.placements, child.row, start) if child.row >= 0 else NEVER
    day, cause, child.exit_left = next_event(
        tables.timeline, tables.clocks, council.key, child.number,
        spell_count(child.period, child.spell), child.exit_left, min(closes_day, expected_day),
        child.birth_day, child.first_day, child.kind, child.group, start,
    )  # fmt: skip
    return day, or_expected(day, cause, expected_day, closes_day, child.is_to_leave)


def record(council: Council, child: Child, end_day: int, why_ended: int) -> None:
    """Write down a spell that has ended, or that is open at the horizon."""
    placement, provider = KINDS[child.kind]
    spread = council.world.placements.price_spread[child.kind]
    factor = price_factor(spread, council.key, child.number, child.kind)
    council.spells.append(
        (
            council.future, child.number, child.family, child.period, child.spell, child.group,
            child.level, child.birth_day, child.started, end_day, child.needed, placement,
            provider, child.row, child.why_started, why_ended, child.alone, factor,
        )
    )  # fmt: skip
