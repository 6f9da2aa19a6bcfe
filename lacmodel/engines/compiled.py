"""The fast engine: the same pathway in one compiled loop over days.

Every child and family that can matter is known when a future starts (those in care, past leavers,
arrivals), so each gets a slot, in the order of child numbers. An event is a step and a slot in the
bucket of its day; a day's events are taken by step, then slot: the order of `lacmodel.pathway`.
It needs numba, and gives the spells of `child_events` to the last bit.
"""

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    STARTED_OPENING,
    STARTED_RE_ENTRY,
)
from lacmodel.compiling import compiled
from lacmodel.engines.packed import packed
from lacmodel.engines.records import REFERRAL, SPELL, History, history
from lacmodel.engines.slots import fill_slots
from lacmodel.engines.turns import (
    REFERRALS,
    SPELLS,
    Run,
    come_in,
    end_spell,
    go_on,
    refer,
    schedule,
    wait_for_re_entry,
)
from lacmodel.pathway import (
    ENTRY,
    RE_ENTRY,
    REFERRAL_STEP,
    SUPPORT_ENDS,
    World,
)
from lacmodel.pathway import edge_of_care as eoc
from lacmodel.pathway.clocks import (
    exit_threshold,
)
from lacmodel.pathway.entries import arrivals
from lacmodel.plan import OpeningChildren, PastLeavers
from lacmodel.timeline import LOOK_AHEAD_DAYS


def run_future(
    world: World, opening: OpeningChildren, past: PastLeavers, key: int, future: int
) -> History:
    """Simulate one future; see `lacmodel.engines.child_events.run_future`."""
    last_day = world.timeline.days + LOOK_AHEAD_DAYS
    tables = packed(world)
    families = arrivals(tables.entries, tables.timeline, key, last_day)
    slots = fill_slots(opening, past, families)
    room = 8 * len(slots)
    while True:
        run = prepare(world, tables, slots.copy(), len(families.number), room, key, future)
        simulate(run)
        if run.totals[SPELLS] <= room:
            break
        room *= 2
    spells, referrals = run.spells[: run.totals[SPELLS]], run.referrals[: run.totals[REFERRALS]]
    return history(future, spells, referrals, families)


def prepare(
    world: World,
    tables: World,
    slots: NDArray[np.void],
    families: int,
    room: int,
    key: int,
    future: int,
) -> Run:
    """An empty queue and empty books, with room for so many spells."""
    days = world.timeline.days
    events = days + 3 * len(slots) + 2 * room
    return Run(
        world=tables,
        key=key,
        future=future,
        slots=slots,
        queue=np.full((3, events), -1, dtype=np.int64),
        due=np.empty(events, dtype=np.int64),
        occupied=np.zeros(len(world.placements.row_kind), dtype=np.int64),
        supported=np.zeros(len(world.edge_of_care.opens), dtype=np.int64),
        spells=np.zeros(room, dtype=SPELL),
        referrals=np.zeros(families, dtype=REFERRAL),
        totals=np.zeros(3, dtype=np.int64),
    )


@compiled
def take_bucket(queue: NDArray[np.int64], day: int, due: NDArray[np.int64]) -> int:
    """Empty a day's bucket into ``due``, sorted by step and slot; returns how many are due."""
    count = 0
    event = queue[0, day]
    while event >= 0:
        place = count
        while place > 0 and due[place - 1] > queue[2, event]:
            due[place] = due[place - 1]
            place -= 1
        due[place] = queue[2, event]
        count += 1
        event = queue[1, event]
    return count


@compiled
def simulate(run: Run) -> None:
    """Run every day; it stops early where there is no room for more spells."""
    start_everyone(run)
    for day in range(run.world.timeline.days):
        for index in range(take_bucket(run.queue, day, run.due)):
            take_turn(run, day, run.due[index] >> 40, run.due[index] & 0xFFFFFFFFFF)
            if run.totals[SPELLS] > run.spells.shape[0]:
                return


@compiled
def take_turn(run: Run, day: int, step: int, slot: int) -> None:
    """Let what is due happen."""
    if step == SUPPORT_ENDS:
        run.supported[run.slots[slot].service] -= 1
    elif step == REFERRAL_STEP:
        refer(run, day, slot)
    elif step == RE_ENTRY or (step == ENTRY and run.slots[slot].enters):
        come_in(run, day, slot)
    elif step != ENTRY:
        end_spell(run, day, slot)


# Who starts when ---------------------------------------------------------------------------------


@compiled
def start_everyone(run: Run) -> None:
    """Schedule the first event of every slot.

    A child of arrivals is put down for the would-be day at once; a referral before then may
    cancel or delay it.
    """
    for slot in range(run.slots.shape[0]):
        child = run.slots[slot]
        if child.why_started == STARTED_OPENING:
            child.exit_left = exit_threshold(run.key, child.number, 0)
            if child.row >= 0:
                run.occupied[child.row] += 1
            go_on(run, slot)
        elif child.why_started == STARTED_RE_ENTRY:
            wait_for_re_entry(run, slot)
        else:
            if child.enters:
                schedule(run, child.would_be_day, ENTRY, slot)
            if child.size > 0 and run.supported.shape[0] > 0:
                schedule_referral(run, slot)


@compiled
def schedule_referral(run: Run, slot: int) -> None:
    """Schedule a family's referral, if there is one within the run."""
    services, first = run.world.edge_of_care, run.slots[slot]
    day = first.would_be_day - eoc.lead_days(services, run.key, first.number)
    if day < 0 or day >= run.world.timeline.days:
        return
    if first.enters:
        month = run.world.timeline.month_of_day[day]
        first.service = eoc.referred_to(services, run.key, first.number, first.cell, day, month)
    if first.service >= 0 and eoc.is_open(services, first.service, day):
        schedule(run, day, REFERRAL_STEP, slot)
