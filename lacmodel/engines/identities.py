"""Identities: what must hold in every future, checked in production.

A breach stops the run with the future's number, so that it can be replayed alone.
"""

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KIND_OF, KINDS, STARTED_OPENING, STARTED_STAYING_ON
from lacmodel.compiling import compiled
from lacmodel.engines.records import History
from lacmodel.engines.tally import FLOWS, Tally
from lacmodel.pathway import World
from lacmodel.pathway.placements import PlacementTables, suits
from lacmodel.timeline import Timeline, age_on

IntArray = NDArray[np.int64]


class IdentityBreach(Exception):
    """A future in which the books do not balance: a fault of the program, never of the input."""


def check(world: World, history: History, tally: Tally) -> None:
    """Check every identity of one future.

    Raises
    ------
    IdentityBreach
        naming the future and the first identity that does not hold
    """
    spells = history.spells
    starts = spells["start_day"].astype(np.int64)
    ends = np.where(spells["end_day"] < 0, world.timeline.days, spells["end_day"]).astype(np.int64)
    kinds = np.array(KIND_OF)[spells["placement"], spells["provider"]]
    breaches = [
        _stock_identity(world.timeline, spells, starts, ends, kinds, tally),
        _night_identity(world.timeline, spells, starts, ends, kinds, tally),
        _flow_identity(tally),
        _one_spell_at_a_time(spells, starts, ends),
        _places_identity(world, spells, starts, ends),
    ]
    for breach in breaches:
        if breach:
            raise IdentityBreach(f"future {history.future}: {breach}")


def _stock_identity(
    timeline: Timeline,
    spells: NDArray[np.void],
    starts: IntArray,
    ends: IntArray,
    kinds: IntArray,
    tally: Tally,
) -> str:
    """Opening + starts - ends = closing, by kind and month, moves included."""
    child = spells["why_started"] != STARTED_STAYING_ON
    stocks = tally.children.sum(axis=(1, 3))
    months = stocks.shape[0] - 1
    for kind in range(len(KINDS)):
        here = child & (kinds == kind)
        came = np.searchsorted(np.sort(starts[here]), timeline.month_start[1 : months + 1], "left")
        went = np.searchsorted(np.sort(ends[here]), timeline.month_start[1 : months + 1], "left")
        if not np.array_equal(came - went, stocks[1:, kind]):
            return f"opening + came - went differs from the stock of kind {kind}"
    return ""


def _night_identity(
    timeline: Timeline,
    spells: NDArray[np.void],
    starts: IntArray,
    ends: IntArray,
    kinds: IntArray,
    tally: Tally,
) -> str:
    """Nights equal the daily stocks summed, by month and kind."""
    child = spells["why_started"] != STARTED_STAYING_ON
    change = np.zeros((timeline.days + 1, len(KINDS)), dtype=np.int64)
    np.add.at(change, (np.maximum(0, starts[child]), kinds[child]), 1)
    np.add.at(change, (ends[child], kinds[child]), -1)
    daily = np.cumsum(change, axis=0)[:-1]
    months = tally.nights.shape[0]
    summed = np.add.reduceat(daily, timeline.month_start[:months], axis=0)
    if not np.array_equal(summed, tally.nights.sum(axis=2)):
        return "nights differ from the daily stocks summed"
    return ""


def _flow_identity(tally: Tally) -> str:
    """Opening + entries + re-entries - exits = closing, month by month, for all children."""
    came = sum(
        tally.flows[:, FLOWS.index(name)] for name in ("entries", "re_entries", "delayed_entries")
    )
    went = sum(
        tally.flows[:, index] for index, name in enumerate(FLOWS) if name.startswith("exits_")
    )
    totals = tally.children.sum(axis=(1, 2, 3))
    if not np.array_equal(np.diff(totals), came - went):
        return "opening + entries + re-entries - exits differs from closing"
    return ""


def _one_spell_at_a_time(spells: NDArray[np.void], starts: IntArray, ends: IntArray) -> str:
    """A child is in one place at a time, and a stay is at least one night."""
    if np.any((ends <= starts) & (spells["start_day"] >= 0) & (spells["end_day"] >= 0)):
        return "a stay of no nights"
    order = np.lexsort((spells["spell"], spells["period"], spells["child"]))
    child, start, end = spells["child"][order], starts[order], ends[order]
    same = child[1:] == child[:-1]
    if np.any(same & (start[1:] < end[:-1])):
        return "a child in two places at once"
    within = same & (spells["period"][order][1:] == spells["period"][order][:-1])
    if np.any(within & (start[1:] != end[:-1])):
        return "a gap within a period of care"
    return ""


def _places_identity(
    world: World, spells: NDArray[np.void], starts: IntArray, ends: IntArray
) -> str:
    """No place holds two, and nobody is placed outside a row's dates, ages and groups."""
    rows = len(world.placements.row_kind)
    if rows == 0:
        return ""
    held = spells["supply"] >= 0
    row = spells["supply"][held].astype(np.int64)
    change = np.zeros((world.timeline.days + 1, rows), dtype=np.int64)
    np.add.at(change, (np.maximum(0, starts[held]), row), 1)
    np.add.at(change, (ends[held], row), -1)
    occupied = np.cumsum(change, axis=0)
    why = spells["why_started"]
    new = held & (why != STARTED_OPENING) & (why != STARTED_STAYING_ON)
    where = (starts[new], spells["supply"][new].astype(np.int64))
    usable = world.placements.usable_places.T[where]
    if np.any(occupied[where] > usable):
        return "a place holds two, or a child was placed outside a row's dates"
    closings = world.placements.row_closes[row]
    if np.any((starts[held][:, None] < closings) & (closings < ends[held][:, None])):
        return "somebody stayed in a home that had closed"
    if not _all_suit(world, spells[new]):
        return "a child was placed outside a row's ages, groups or levels"
    return ""


def _all_suit(world: World, spells: NDArray[np.void]) -> bool:
    return _every_spell_suits(
        world.timeline, world.placements, spells["supply"].astype(np.int64),
        np.array(KIND_OF)[spells["placement"], spells["provider"]],
        spells["birth_day"].astype(np.int64), spells["start_day"].astype(np.int64),
        spells["group"].astype(np.int64), spells["level"].astype(np.int64),
    )  # fmt: skip


@compiled
def _every_spell_suits(
    timeline: Timeline,
    placements: PlacementTables,
    rows: IntArray,
    kinds: IntArray,
    birth_days: IntArray,
    starts: IntArray,
    groups: IntArray,
    levels: IntArray,
) -> bool:
    """Whether the row of every spell takes such a child."""
    for i in range(rows.shape[0]):
        age = age_on(timeline, birth_days[i], starts[i])
        if not suits(placements, rows[i], kinds[i], age, groups[i], levels[i]):
            return False
    return True
