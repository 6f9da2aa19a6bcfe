"""Siblings: families who need places in foster care together.

The children of a family come into care on one day, in the order of their numbers, and nobody else
is placed between them. A share of families needs places together: those of its children who need
foster care are placed in one row of supply, or bought together, if there is room for all of them;
else each is placed as if alone.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import EXTERNAL, FOSTER, GROUPS, IN_HOUSE, KIND_OF, STANDARD
from lacmodel.compiling import compiled
from lacmodel.pathway.entries import EntryTables, birth_day_on_entry
from lacmodel.pathway.placements import (
    NONE_FREE,
    NONE_SUITED,
    PlacementTables,
    first_needed,
    level_of_need,
    placed_share,
    suits,
)
from lacmodel.randomness import Purpose, uniform
from lacmodel.timeline import Timeline, age_on, eighteenth_birthday

APART: Final = -1  # the kind of a family whose children are placed one by one
UNDECIDED: Final = -2
IntArray = NDArray[np.int64]


class Family(NamedTuple):
    """The children of a family, as they come into care on one day."""

    number: int  # the first child's
    size: int
    cell: int
    would_be_day: int
    day: int


@compiled
def age_and_level(
    entries: EntryTables,
    timeline: Timeline,
    placements: PlacementTables,
    key: int,
    family: Family,
    number: int,
) -> tuple[int, int]:
    """Age and level of a child on entry; age -1 where foster care is not needed."""
    born = birth_day_on_entry(entries, timeline, key, number, family.cell, family.would_be_day)
    if family.day >= eighteenth_birthday(timeline, born):
        return -1, STANDARD
    group = family.cell % len(GROUPS)
    if first_needed(placements, timeline, key, number, 0, born, group, family.day) != FOSTER:
        return -1, STANDARD
    level = level_of_need(placements.complex_share[FOSTER], key, number, STANDARD)
    return age_on(timeline, born, family.day), level


@compiled
def need_foster_care(
    entries: EntryTables,
    timeline: Timeline,
    placements: PlacementTables,
    key: int,
    family: Family,
) -> int:
    """How many of a family's children come into foster care."""
    children = 0
    for number in range(family.number, family.number + family.size):
        age, _ = age_and_level(entries, timeline, placements, key, family, number)
        children += age >= 0
    return children


@compiled
def takes_all(
    entries: EntryTables,
    timeline: Timeline,
    placements: PlacementTables,
    key: int,
    family: Family,
    row: int,
    kind: int,
) -> bool:
    """Whether a row of supply takes every child of a family who needs foster care."""
    group = family.cell % len(GROUPS)
    for number in range(family.number, family.number + family.size):
        age, level = age_and_level(entries, timeline, placements, key, family, number)
        if age >= 0 and not suits(placements, row, kind, age, group, level):
            return False
    return True


@compiled
def room_for_all(
    entries: EntryTables,
    timeline: Timeline,
    placements: PlacementTables,
    occupied: IntArray,
    key: int,
    family: Family,
    children: int,
    kind: int,
) -> tuple[int, int]:
    """For how many such families a kind has room, and the first row that has any (-1: none).

    A row that takes every one of n children has room for its free places / n, rounded down.
    """
    rooms, first = 0, -1
    for row in range(placements.row_kind.shape[0]):
        free = placements.usable_places[row, family.day] - occupied[row]
        if (
            free >= children
            and placements.row_kind[row] == kind
            and takes_all(entries, timeline, placements, key, family, row, kind)
        ):
            rooms += free // children
            if first < 0:
                first = row
    return rooms, first


@compiled
def place_together(
    entries: EntryTables,
    timeline: Timeline,
    placements: PlacementTables,
    occupied: IntArray,
    key: int,
    family: Family,
) -> tuple[int, int]:
    """Kind and row of supply for a family's children who need foster care; else `APART`.

    Room for n children together suits them as one place suits a child: with r rooms they are placed
    with probability 1 - (1 - match_share) ** r.
    """
    share = placements.together_share[timeline.month_of_day[family.day]]
    if uniform(key, family.number, Purpose.SIBLINGS, 0, 0) >= share:
        return APART, NONE_FREE
    children = need_foster_care(entries, timeline, placements, key, family)
    if children < 2:
        return APART, NONE_FREE
    refused = NONE_FREE
    for provider in (IN_HOUSE, EXTERNAL):
        kind = KIND_OF[FOSTER][provider]
        rooms, row = room_for_all(
            entries, timeline, placements, occupied, key, family, children, kind
        )
        if rooms > 0:
            draw = uniform(key, family.number, Purpose.SIBLINGS, 0, 1 + provider)
            if draw < placed_share(placements.match_share[kind], rooms):
                return kind, row
            if provider == IN_HOUSE:
                refused = NONE_SUITED
        if not placements.capped[kind]:
            return kind, refused
    return APART, NONE_FREE
