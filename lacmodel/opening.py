"""The children in care at the start: whole children, made of an area's counts or one by one.

They are the same in every future and scenario. Of counts, within a year of age, birthdays are
spread evenly over the year; within a time band, so are the days in care. Who gets which is decided
by keyed draws of the area. Where an area holds children one by one, those are taken as they are,
and a month of birth becomes a day by a keyed draw within the month.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area
from lacmodel.area.children import ChildInCare
from lacmodel.codes import GENERAL, RE_ENTRY_DAYS, SINCE_BAND_DAYS, TIME_BAND_DAYS, TURNED_18
from lacmodel.pathway.placements import PlacementTables, suits
from lacmodel.plan import OpeningChildren, PastLeavers
from lacmodel.randomness import (
    STREAM_OPENING,
    STREAM_PAST_LEAVER,
    Purpose,
    child_number,
    future_key,
    uniform,
)
from lacmodel.timeline import NEVER, Timeline, age_on, eighteenth_birthday

LONGEST_DAYS: Final = 18 * 366
AREA_FUTURE: Final = -1  # the key of what an area has before any future begins
IntArray = NDArray[np.int64]


def opening_children(
    area: Area, timeline: Timeline, placements: PlacementTables
) -> OpeningChildren:
    """Every child in care on the night before the start, with a row of supply where one suits."""
    made = _children_listed(area, timeline) if area.children else _children_counted(area, timeline)
    row = _rows_of_supply(timeline, placements, made.birth_day, made.kind, made.group, made.level)
    return made._replace(row=row)


def _children_counted(area: Area, timeline: Timeline) -> OpeningChildren:
    """Children made of counts: nothing is agreed for any of them."""
    rows = [row for row in area.opening for _ in range(row.children)]
    numbers = _numbers(STREAM_OPENING, len(rows))
    birth_day = _birth_days(area.code, timeline, numbers, [row.age for row in rows])
    bounds = (*TIME_BAND_DAYS, LONGEST_DAYS)
    days = _days_within(area.code, numbers, [row.time_band for row in rows], bounds, birth_day)
    return OpeningChildren(
        number=numbers,
        birth_day=birth_day,
        first_day=-1 - days,
        kind=np.array([row.kind for row in rows], dtype=np.int64),
        group=np.array([row.group for row in rows], dtype=np.int64),
        level=np.array([row.level for row in rows], dtype=np.int64),
        row=np.full(len(rows), -1, dtype=np.int64),
        **nothing_agreed(len(rows)),
    )


def _children_listed(area: Area, timeline: Timeline) -> OpeningChildren:
    """Children taken one by one; who came on the day of the start counts from the night before."""
    children, start = area.children, area.start
    numbers = _numbers(STREAM_OPENING, len(children))
    birth_day = _days_of_birth(area, numbers)
    return OpeningChildren(
        number=numbers,
        birth_day=birth_day,
        first_day=np.array([min(-1, (c.in_care_since - start).days) for c in children], np.int64),
        kind=np.array([child.kind for child in children], dtype=np.int64),
        group=np.array([child.group for child in children], dtype=np.int64),
        level=np.array([child.level for child in children], dtype=np.int64),
        row=np.full(len(children), -1, dtype=np.int64),
        **nothing_agreed(len(children)) | _expected_ends(area, timeline, birth_day),
    )


def nothing_agreed(children: int) -> dict[str, Any]:
    """What is agreed for children of whom nothing is known but their placement."""
    return {
        "own_price": np.full(children, -1.0),
        "own_income": np.zeros(children, dtype=np.int64),
        "expected_day": np.full(children, NEVER, dtype=np.int64),
        "expected_reason": np.full(children, -1, dtype=np.int64),
        "expected_need": np.full(children, -1, dtype=np.int64),
    }


def _days_of_birth(area: Area, numbers: IntArray) -> IntArray:
    """The known days of birth, or days drawn within the month and before the child came."""
    key, days = future_key(0, area.code, AREA_FUTURE), np.empty(len(numbers), dtype=np.int64)
    for i, child in enumerate(area.children):
        first = (child.born_from - area.start).days
        last = (min(child.born_to, child.in_care_since) - area.start).days
        draw = uniform(key, int(numbers[i]), Purpose.OPENING, 0, 0)
        days[i] = min(-1, first + int(draw * (last - first + 1)))
    return days


def _expected_ends(area: Area, timeline: Timeline, birth_day: IntArray) -> dict[str, IntArray]:
    """When placements are expected to end, on day 1 at the earliest, and what follows.

    Who is expected to stay until 18 leaves on that birthday, whatever the list has for its date.
    """
    days = [_expected_day(child, area) for child in area.children]
    for at, child in enumerate(area.children):
        if child.expected_reason == TURNED_18:
            days[at] = eighteenth_birthday(timeline, int(birth_day[at]))
    return {
        "expected_day": np.array(days, dtype=np.int64),
        "expected_reason": _or_none([child.expected_reason for child in area.children]),
        "expected_need": _or_none([child.expected_need for child in area.children]),
    }


def _expected_day(child: ChildInCare, area: Area) -> int:
    if child.expected_end is None:
        return NEVER
    return max(1, (child.expected_end - area.start).days)


def _or_none(places: Sequence[int | None]) -> IntArray:
    return np.array([-1 if place is None else place for place in places], dtype=np.int64)


def without_expected_ends(opening: OpeningChildren) -> OpeningChildren:
    """The same children as if no end were expected of any placement."""
    nothing = nothing_agreed(len(opening.number))
    return opening._replace(**{name: nothing[name] for name in nothing if "expected" in name})


def past_leavers(area: Area, timeline: Timeline) -> PastLeavers:
    """Every child who left care in the six years before the start and may come back."""
    if area.left is not None:
        return _leavers_listed(area)
    rows = [row for row in area.past_leavers for _ in range(row.children)]
    numbers = _numbers(STREAM_PAST_LEAVER, len(rows))
    birth_day = _birth_days(area.code, timeline, numbers, [row.age for row in rows])
    bounds = (*SINCE_BAND_DAYS, RE_ENTRY_DAYS)
    days = _days_within(area.code, numbers, [row.since_band for row in rows], bounds, birth_day)
    return PastLeavers(
        number=numbers,
        birth_day=birth_day,
        left_day=-1 - days,
        reason=np.array([row.reason for row in rows], dtype=np.int64),
        group=np.full(len(rows), GENERAL, dtype=np.int64),
    )


def _leavers_listed(area: Area) -> PastLeavers:
    left = area.left or ()
    return PastLeavers(
        number=_numbers(STREAM_PAST_LEAVER, len(left)),
        birth_day=np.array([(child.born - area.start).days for child in left], dtype=np.int64),
        left_day=np.array([(child.left - area.start).days for child in left], dtype=np.int64),
        reason=np.array([child.reason for child in left], dtype=np.int64),
        group=np.array([child.group for child in left], dtype=np.int64),
    )


def children_above_places(opening: OpeningChildren, placements: PlacementTables) -> IntArray:
    """By row of supply, how many opening children there are beyond its usable places."""
    taken = np.bincount(opening.row[opening.row >= 0], minlength=len(placements.row_kind))
    return np.maximum(0, taken - placements.usable_places[:, 0])


def _numbers(stream: int, children: int) -> IntArray:
    return np.array([child_number(stream, 0, i, 0) for i in range(children)], dtype=np.int64)


def _positions(code: str, numbers: IntArray, cells: Sequence[int], index: int) -> list[float]:
    """Positions in (0, 1), spread evenly among the children of each cell in a drawn order."""
    key = future_key(0, code, AREA_FUTURE)
    purpose = int(Purpose.OPENING)  # numba takes long to see what an enumeration is
    draws = [uniform(key, int(number), purpose, 0, index) for number in numbers]
    order = sorted(range(len(draws)), key=lambda i: (cells[i], draws[i]))
    totals = np.bincount(np.asarray(cells, dtype=np.int64), minlength=1)
    firsts = np.concatenate([[0], np.cumsum(totals)[:-1]])
    positions = [0.0] * len(draws)
    for place, i in enumerate(order):
        positions[i] = (place - firsts[cells[i]] + 0.5) / totals[cells[i]]
    return positions


def _birth_days(code: str, timeline: Timeline, numbers: IntArray, ages: Sequence[int]) -> IntArray:
    """Birth days that give each child its age in whole years on day -1."""
    birth_days = np.empty(len(ages), dtype=np.int64)
    for i, position in enumerate(_positions(code, numbers, ages, 0)):
        born = -1 - int((ages[i] + position) * 365.25)
        while age_on(timeline, born, -1) > ages[i]:
            born += 1
        while age_on(timeline, born, -1) < ages[i]:
            born -= 1
        birth_days[i] = born
    return birth_days


def _days_within(
    code: str,
    numbers: IntArray,
    bands: Sequence[int],
    bounds: Sequence[int],
    birth_day: IntArray,
) -> IntArray:
    """Days since coming (or leaving) that lie in each child's band and within its life."""
    lived = -1 - birth_day
    days = np.empty(len(bands), dtype=np.int64)
    for i, position in enumerate(_positions(code, numbers, bands, 1)):
        first = bounds[bands[i]]
        last = max(first, min(bounds[bands[i] + 1], int(lived[i]) + 1))
        days[i] = min(first + int(position * (last - first)), int(lived[i]))
    return days


def _rows_of_supply(
    timeline: Timeline,
    placements: PlacementTables,
    birth_day: IntArray,
    kind: IntArray,
    group: IntArray,
    level: IntArray,
) -> IntArray:
    """A row for every child whom one suits: a free one first, then the least overfull."""
    occupied = np.zeros(len(placements.row_kind), dtype=np.int64)
    rows = np.full(len(kind), -1, dtype=np.int64)

    @cache
    def rows_for(kind: int, age: int, group: int, level: int) -> list[int]:
        return [
            row
            for row in range(len(occupied))
            if placements.usable_places[row, 0] > 0
            and suits(placements, row, kind, age, group, level)
        ]

    for i in range(len(kind)):
        age = age_on(timeline, int(birth_day[i]), -1)
        open_rows = rows_for(int(kind[i]), age, int(group[i]), int(level[i]))
        if open_rows:
            free = [row for row in open_rows if occupied[row] < placements.usable_places[row, 0]]
            over = occupied - placements.usable_places[:, 0]
            rows[i] = free[0] if free else min(open_rows, key=lambda row: (over[row], row))
            occupied[rows[i]] += 1
    return rows
