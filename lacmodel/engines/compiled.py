"""The fast engine: the same pathway in one compiled loop over days.

Every child and family that can matter is known when a future starts (those in care, past leavers,
arrivals), so each gets a slot, in the order of child numbers. An event is a step and a slot in the
bucket of its day; a day's events are taken by step, then slot: the order of `lacmodel.pathway`.
It needs numba, and gives the spells of `child_events` to the last bit.
"""

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    STARTED_OPENING,
    STARTED_RE_ENTRY,
)
from lacmodel.compiling import compiled, inlined
from lacmodel.engines.packed import packed
from lacmodel.engines.records import REFERRAL, SPELL, History
from lacmodel.engines.slots import SLOT, fill_slots, seats_of, standing_slots
from lacmodel.engines.sorting import order_by_child, sort_spells
from lacmodel.engines.turns import (
    FAMILIES,
    REFERRALS,
    SLOTS,
    SPELLS,
    Run,
    come_in,
    end_spell,
    go_on,
    is_to_leave,
    refer,
    schedule,
    take_place,
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
from lacmodel.pathway.entries import Families, draw_families, last_arrival_day
from lacmodel.plan import OpeningChildren, PastLeavers

ROOM: Final = (1, 2, 4)  # families, slots and spells that are made room for, a child who stands


class Workspace:
    """The arrays in which a batch of futures is simulated, one after the other.

    Fresh memory for every future costs more than simulating it: the system hands it out page by
    page. What a future's `History` holds lies in here, and is gone with the next future.
    """

    def __init__(self, world: World, opening: OpeningChildren, past: PastLeavers) -> None:
        self.tables = packed(world)
        standing = standing_slots(opening, past)
        services = len(world.edge_of_care.opens)
        self.days = world.timeline.days
        self.run = Run(
            world=self.tables,
            key=0,
            future=0,
            last_arrival_day=last_arrival_day(world.timeline, services),
            always=np.ones(len(world.timeline.month_start)),
            occupied=np.zeros(len(world.placements.row_kind), dtype=np.int64),
            supported=np.zeros(services, dtype=np.int64),
            totals=np.zeros(5, dtype=np.int64),
            standing=standing,
            expected=expected_of(opening),
            bucket=np.zeros(self.days, dtype=np.int64),
            **self.room(*(n * len(standing) + 4096 for n in ROOM)),
        )

    def room(self, families: int, slots: int, spells: int) -> dict[str, Any]:
        """Arrays for so many families, slots and spells; a family is referred at most once."""
        events = 3 * slots + 2 * spells
        return {
            "families": Families(*(np.zeros(families, np.int64) for _ in Families._fields)),
            "referrals": np.zeros(families, dtype=REFERRAL),
            "slots": np.zeros(slots, dtype=SLOT),
            "starts": np.zeros(slots + 1, dtype=np.int64),
            "spells": np.zeros(spells, dtype=SPELL),
            "slot_of": np.zeros(spells, dtype=np.int32),
            "by_child": np.zeros(spells, dtype=np.int64),
            "queue": np.zeros((events, 2), dtype=np.int64),
            "due": np.zeros(events, dtype=np.int64),
        }

    def simulate(self, key: int, future: int) -> Run:
        """Simulate a future with the tables as they are; its books lie in the workspace."""
        self.run = self.run._replace(key=key, future=future)
        simulate(self.run)
        while self.short():
            simulate(self.run)
        return self.run

    def short(self) -> bool:
        """Whether the last future wanted more room; there is room enough now."""
        has = {
            FAMILIES: len(self.run.families.number),
            SLOTS: len(self.run.slots),
            SPELLS: len(self.run.spells),
        }
        wants = [int(self.run.totals[total]) for total in has]
        if all(want <= room for want, room in zip(wants, has.values(), strict=True)):
            return False
        rooms = (
            2 * want if want > room else room
            for want, room in zip(wants, has.values(), strict=True)
        )
        self.run = self.run._replace(**self.room(*rooms))
        return True

    def history(self) -> History:
        """The books of the last future; spells are not yet in the order of their days."""
        run = self.run
        found, spells, referrals = (int(run.totals[t]) for t in (FAMILIES, SPELLS, REFERRALS))
        families = Families(*(column[:found] for column in run.families))
        return History(
            run.future, run.spells[:spells], run.referrals[:referrals], families,
            run.by_child[:spells],
        )  # fmt: skip


def expected_of(opening: OpeningChildren) -> NDArray[np.int64]:
    """Day, reason and need of each expected end: shape (opening child, 3).

    Slots are in the order of child numbers, so those of opening children come first.
    """
    columns = (opening.expected_day, opening.expected_reason, opening.expected_need)
    return np.ascontiguousarray(np.stack(columns, axis=1)[np.argsort(opening.number)], np.int64)


def run_future(
    world: World,
    opening: OpeningChildren,
    past: PastLeavers,
    key: int,
    future: int,
    workspace: Workspace | None = None,
) -> History:
    """Simulate one future; see `lacmodel.engines.child_events.run_future`.

    Parameters
    ----------
    workspace : made for the same world, opening children and past leavers, to be used again
    """
    workspace = workspace or Workspace(world, opening, past)
    workspace.simulate(key, future)
    return in_order(workspace.history(), world.timeline.days)


def in_order(written: History, days: int) -> History:
    """A history with its spells by start day, then child."""
    spells, by_child = np.empty_like(written.spells), np.empty_like(written.by_child)
    starts = np.zeros(days + 3, dtype=np.int64)
    sort_spells(written.spells, written.by_child, starts, spells, by_child)
    return replace(written, spells=spells, by_child=by_child)


@compiled
def take_bucket(event: int, queue: NDArray[np.int64], due: NDArray[np.int64]) -> int:
    """Put a bucket in ``due``, sorted by step and slot; returns how many are due.

    ``event`` is the last that was put in the bucket.
    """
    count = 0
    while event >= 0:
        due[count] = queue[event, 1]
        count += 1
        event = queue[event, 0]
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        sort_with_gap(due, count, gap)
        gap //= 3
    return count


@inlined
def sort_with_gap(numbers: NDArray[np.int64], count: int, gap: int) -> None:
    """One pass of Shell's sort: numbers a gap apart are put in order."""
    for place in range(gap, count):
        number = numbers[place]
        at = place
        while at >= gap and numbers[at - gap] > number:
            numbers[at] = numbers[at - gap]
            at -= gap
        numbers[at] = number


@compiled
def simulate(run: Run) -> None:
    """Run every day; it stops early where there is no room."""
    if not set_up(run):
        return
    start_everyone(run)
    for day in range(run.world.timeline.days):
        for index in range(take_bucket(run.bucket[day], run.queue, run.due)):
            take_turn(run, day, run.due[index] >> 40, run.due[index] & 0xFFFFFFFFFF)
            if run.totals[SPELLS] > run.spells.shape[0]:
                return
    order_by_child(run.slot_of, run.totals[SPELLS], run.totals[SLOTS], run.starts, run.by_child)


@compiled
def set_up(run: Run) -> bool:
    """Draw the families, give everybody a slot, and clear the books; False without room."""
    run.totals[:] = 0
    found = draw_families(
        run.world.entries, run.world.timeline, run.key, run.last_arrival_day, run.always,
        run.families,
    )  # fmt: skip
    run.totals[FAMILIES] = found
    if found > run.families.number.shape[0]:
        return False
    run.totals[SLOTS] = run.standing.shape[0] + seats_of(run.families, found)
    if run.totals[SLOTS] > run.slots.shape[0]:
        return False
    fill_slots(run.standing, run.families, found, run.slots)
    run.bucket[:] = -1
    run.occupied[:] = 0
    run.supported[:] = 0
    return True


@inlined
def take_turn(run: Run, day: int, step: int, slot: int) -> None:
    """Let what is due happen."""
    if step == SUPPORT_ENDS:
        run.supported[run.slots[slot].service] -= 1
    elif step == REFERRAL_STEP:
        refer(run, day, slot)
    elif wants_place(run, day, step, slot):
        take_place(run, day, slot)


@inlined
def wants_place(run: Run, day: int, step: int, slot: int) -> bool:
    """Let a child come in or end its spell; returns whether a place is then taken."""
    if step == RE_ENTRY or (step == ENTRY and run.slots[slot].enters):
        come_in(run, day, slot)
        return True
    return step != ENTRY and end_spell(run, day, slot)


# Who starts when ---------------------------------------------------------------------------------


@compiled
def start_everyone(run: Run) -> None:
    """Schedule the first event of every slot.

    A child of arrivals is put down for the would-be day at once; a referral before then may
    cancel or delay it.
    """
    for slot in range(run.totals[SLOTS]):
        child = run.slots[slot]
        if child.why_started == STARTED_OPENING:
            child.exit_left = math.inf
            if not is_to_leave(run, slot):
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
