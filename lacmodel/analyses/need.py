"""Need: what children need day by day in one future's spells.

A *scope* is a set of children and the places that are for them: all children who need a placement
type, and those whom some rows of supply take (ages, groups, levels of need). Need is counted in a
run in which whatever is bought has no limit, so that every child is given what it needs. Adults
who stay on need the place that they keep.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    GROUPS,
    KINDS,
    LEVELS,
    PLACEMENTS,
    STARTED_STAYING_ON,
)
from lacmodel.compiling import compiled, inlined
from lacmodel.engines.counting import last_night
from lacmodel.pathway.placements import PlacementTables
from lacmodel.timeline import Timeline, age_band_on, age_on, birthday_on

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Records = NDArray[np.void]

YEARS_OF_AGE: Final = 18
# The cells of a placement type's need: all, each age band, each group, each level.
CELLS: Final = 1 + len(AGE_BANDS) + len(GROUPS) + len(LEVELS)
BAND_AT: Final = 1
GROUP_AT: Final = BAND_AT + len(AGE_BANDS)
LEVEL_AT: Final = GROUP_AT + len(GROUPS)


class Scopes(NamedTuple):
    """Sets of children and the rows of supply that take any of them."""

    placement: IntArray  # (scope,)
    takes: NDArray[np.bool_]  # (scope, year of age, group, level)
    rows: NDArray[np.bool_]  # (scope, row)


class Demand(NamedTuple):
    """What one future's children need; the last day and month take what need not be kept."""

    by_day: NDArray[Any]  # (scope, day + 1): changes, then children and adults in need
    adults: NDArray[np.int32]  # (scope, day + 1): of them, adults who stay on
    nights: NDArray[np.int32]  # (month, placement, cell): of children


# Scopes ------------------------------------------------------------------------------------------


def scopes_of(placements: PlacementTables) -> Scopes:
    """Every placement type that has rows of supply, and within it the children of each sort of row.

    A sort of row that takes every child is the type itself and not listed twice. The places of a
    scope are all that take any child of it, so those of scopes that overlap are counted in both.
    """
    of_kind = np.array([placement for placement, _ in KINDS], dtype=np.int64)
    row_placement = of_kind[placements.row_kind]
    takes = (
        np.asarray(placements.row_ages, bool)[:, :YEARS_OF_AGE, None, None]
        & np.asarray(placements.row_groups, bool)[:, None, :, None]
        & np.asarray(placements.row_levels, bool)[:, None, None, :]
    )
    everyone = np.ones(takes.shape[1:], dtype=np.bool_)
    found: list[tuple[int, NDArray[np.bool_]]] = []
    for placement in sorted(set(row_placement.tolist())):
        sorts = [everyone, *takes[row_placement == placement]]
        distinct = {sort.tobytes(): sort for sort in sorts}
        found += [(placement, sort) for sort in distinct.values()]
    rows = [
        (row_placement == placement) & (takes & sort).any(axis=(1, 2, 3))
        for placement, sort in found
    ]
    return Scopes(
        np.array([placement for placement, _ in found], dtype=np.int64),
        np.array([sort for _, sort in found]).reshape(len(found), *everyone.shape),
        np.array(rows, dtype=np.bool_).reshape(len(found), len(row_placement)),
    )


def usable_by_day(placements: PlacementTables, scopes: Scopes, days: int) -> IntArray:
    """Usable places of every scope: shape (scope, day)."""
    return scopes.rows.astype(np.int64) @ placements.usable_places[:, :days]


# Need --------------------------------------------------------------------------------------------


def empty_demand(timeline: Timeline, scopes: Scopes) -> Demand:
    """Demand of nobody."""
    months, shape = len(timeline.month_start) - 1, (len(scopes.placement), timeline.days + 1)
    by_day, adults = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    return Demand(by_day, adults, np.zeros((months, len(PLACEMENTS), CELLS), np.int32))


def demand_of(timeline: Timeline, scopes: Scopes, spells: Records) -> Demand:
    """What the children and adults of one future need."""
    demand = empty_demand(timeline, scopes)
    count_demand(timeline, scopes, spells, demand)
    for changes in demand[:2]:
        np.cumsum(changes, axis=1, out=changes)
    return demand


@compiled
def count_demand(timeline: Timeline, scopes: Scopes, spells: Records, demand: Demand) -> None:
    """Write down every spell's need, from birthday to birthday."""
    for place in range(spells.shape[0]):
        spell = spells[place]
        day, end = max(0, spell["start_day"]), last_night(timeline, spell["end_day"])
        if spell["why_started"] == STARTED_STAYING_ON:
            count_need(scopes, demand, spell, spell["placement"], YEARS_OF_AGE - 1, day, end, 1)
            continue
        while day < end:
            age = age_on(timeline, spell["birth_day"], day)
            until = min(end, birthday_on(timeline, spell["birth_day"], age + 1))
            count_need(scopes, demand, spell, spell["needed"], age, day, until, 0)
            count_cells(timeline, demand, spell, day, until)
            day = until


@inlined
def count_need(
    scopes: Scopes,
    demand: Demand,
    spell: np.void,
    needed: int,
    age: int,
    day: int,
    end: int,
    adults: int,
) -> None:
    """Add somebody to the scopes that they are of, from a day to a day."""
    for scope in range(scopes.placement.shape[0]):
        if (
            scopes.placement[scope] == needed
            and scopes.takes[scope, age, spell["group"], spell["level"]]
        ):
            demand.by_day[scope, day] += 1
            demand.by_day[scope, end] -= 1
            demand.adults[scope, day] += adults
            demand.adults[scope, end] -= adults


@inlined
def count_cells(timeline: Timeline, demand: Demand, spell: np.void, day: int, end: int) -> None:
    """Add nights to the cells of the type needed, month by month; no birthday lies between."""
    needed, month = spell["needed"], timeline.month_of_day[day]
    band = BAND_AT + age_band_on(timeline, spell["birth_day"], day)
    group, level = GROUP_AT + spell["group"], LEVEL_AT + spell["level"]
    while day < end:
        until = min(end, timeline.month_start[month + 1])
        demand.nights[month, needed, 0] += until - day
        demand.nights[month, needed, band] += until - day
        demand.nights[month, needed, group] += until - day
        demand.nights[month, needed, level] += until - day
        day = until
        month += 1
