"""The fast engine: the same pathway in one compiled loop over days.

Every child and family that can matter is known when a future starts (those in care, past leavers,
arrivals), so each gets a slot, in the order of child numbers. An event is a step and a slot in the
bucket of its day; a day's events are taken by step, then slot: the order of `lacmodel.pathway`.
It needs numba, and gives the spells of `child_events` to the last bit.
"""

import math

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    GROUPS,
    STARTED_OPENING,
    STARTED_RE_ENTRY,
)
from lacmodel.compiling import compiled, inlined
from lacmodel.engines.packed import Packed, Tables
from lacmodel.engines.records import REFERRAL, SPELL, History
from lacmodel.engines.slots import SLOT, fill_slots, seats_of, standing_slots
from lacmodel.engines.sorting import sort_spells
from lacmodel.engines.turns import (
    REFERRALS,
    SPELLS,
    Run,
    come_in,
    end_spell,
    go_on,
    is_to_leave,
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
from lacmodel.pathway.entries import Families, draw_families
from lacmodel.plan import OpeningChildren, PastLeavers
from lacmodel.timeline import LOOK_AHEAD_DAYS


class Workspace:
    """The arrays in which a batch of futures is simulated, one after the other.

    Fresh memory for every future costs more than simulating it: the system hands it out page by
    page. What a future's `History` holds lies in here, and is gone with the next future.
    """

    def __init__(self, world: World, opening: OpeningChildren, past: PastLeavers) -> None:
        self.packed = Packed(world)
        self.standing = standing_slots(opening, past)
        self.expected = expected_of(opening)
        self.last_day = world.timeline.days + LOOK_AHEAD_DAYS
        self.always = np.ones(self.last_day // 28 + 2)
        self.rows = len(world.placements.row_kind)
        self.services = len(world.edge_of_care.opens)
        self.days = world.timeline.days
        self.make_families(4096)
        self.make_slots(len(self.standing) + 1024)
        self.make_spells(4096)
        self.make_queue(1)

    def make_families(self, room: int) -> None:
        """Make room for families, and for a referral of each."""
        self.families = Families(*(np.zeros(room, np.int64) for _ in Families._fields))
        self.referrals = np.zeros(room, dtype=REFERRAL)

    def make_slots(self, room: int) -> None:
        """Make room for slots."""
        self.slots = np.zeros(room, dtype=SLOT)
        self.starts = np.zeros(max(room, self.days) + 2, dtype=np.int64)

    def make_spells(self, room: int) -> None:
        """Make room for spells."""
        self.written, self.spells = np.zeros(room, dtype=SPELL), np.zeros(room, dtype=SPELL)
        self.slot_of = np.zeros(room, dtype=np.int32)
        self.order, self.by_child = (np.zeros(room, dtype=np.int64) for _ in range(2))

    def make_queue(self, room: int) -> None:
        """Make room for events."""
        self.queue = np.zeros((3, room), dtype=np.int64)
        self.due = np.zeros(room, dtype=np.int64)

    def arrivals(self, tables: Tables, key: int) -> Families:
        """The families of a future, see `lacmodel.pathway.entries.arrivals`."""
        while True:
            found = draw_families(
                tables.entries, tables.timeline, key, self.last_day, self.always, self.families
            )
            if found <= len(self.families.number):
                return Families(*(column[:found] for column in self.families))
            self.make_families(2 * found)

    def fill(self, families: Families) -> NDArray[np.void]:
        """The slots of a future."""
        count = len(self.standing) + seats_of(families)
        if count > len(self.slots):
            self.make_slots(count + count // 4)
        order = np.argsort(families.number, kind="stable")
        self.slots[: len(self.standing)] = self.standing
        fill_slots(families, order, len(GROUPS), self.slots[len(self.standing) : count])
        return self.slots[:count]

    def run(self, tables: Tables, key: int, future: int) -> Run:
        """A future with an empty queue and empty books, ready to be simulated."""
        self.drawn = self.arrivals(tables, key)
        slots = self.fill(self.drawn)
        events = self.days + 3 * len(slots) + 2 * len(self.written)
        if events > self.queue.shape[1]:
            self.make_queue(events + events // 4)
        self.queue[0, : self.days] = -1
        return Run(
            world=tables,
            key=key,
            future=future,
            slots=slots,
            expected=self.expected,
            queue=self.queue,
            due=self.due,
            occupied=np.zeros(self.rows, dtype=np.int64),
            supported=np.zeros(self.services, dtype=np.int64),
            spells=self.written,
            slot_of=self.slot_of,
            referrals=self.referrals,
            totals=np.zeros(3, dtype=np.int64),
        )


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
    workspace : of an earlier future of the same plan, to be used again
    """
    workspace = workspace or Workspace(world, opening, past)
    tables = workspace.packed.rewrite(world)
    run = workspace.run(tables, key, future)
    simulate(run)
    while run.totals[SPELLS] > len(workspace.written):
        workspace.make_spells(2 * len(workspace.written))
        run = workspace.run(tables, key, future)
        simulate(run)
    return history_of(workspace, run)


def history_of(workspace: Workspace, run: Run) -> History:
    """The books of a future in their order; referrals are written in theirs."""
    count, referred = run.totals[SPELLS], run.totals[REFERRALS]
    spells, by_child = workspace.spells[:count], workspace.by_child[:count]
    sort_spells(
        workspace.written[:count], workspace.slot_of, workspace.starts, workspace.order,
        spells, by_child,
    )  # fmt: skip
    return History(run.future, spells, run.referrals[:referred], workspace.drawn, by_child)


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


@inlined
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
