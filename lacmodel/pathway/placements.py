"""Placements: what a child needs, and where a place is found.

Need comes first (the type), then the provider. In-house places are rows of supply. With n free
places that suit, a child is placed with probability 1 - (1 - match_share) ** n, in the most
restricted row that has a free one; otherwise externally. Where external supply is capped as well,
the shortage order says which type is tried next, and it ends in an unregistered setting.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    COMPLEX,
    EXTERNAL,
    GROUPS,
    IN_HOUSE,
    KIND_NAMES,
    KIND_OF,
    KINDS,
    PLACEMENTS,
    STANDARD,
    UNREGISTERED,
)
from lacmodel.compiling import compiled
from lacmodel.randomness import Purpose, choose, exponential, normal, uniform
from lacmodel.tables import Table, table_field
from lacmodel.timeline import NEVER, Timeline, age_band_on

NONE_FREE: Final = -1  # the row of supply of a child who has none
NONE_SUITED: Final = -2  # ... although an own place was free
WHOLE_ROW: Final = 1 << 20  # places taken by a child who lives alone: more than any row has


@dataclass(frozen=True, slots=True)
class PlacementParameters:
    """What children need and how places are found and kept."""

    first_placement_share: Table = table_field("share", AGE_BANDS, GROUPS, PLACEMENTS)
    complex_share: Table = table_field("share", PLACEMENTS)
    match_share: Table = table_field("probability that a free place suits a child", KIND_NAMES)
    price_spread: Table = table_field(
        "standard deviation of the log of a child's price", KIND_NAMES
    )
    staying_on_share: Table = table_field("share of those who turn 18", PLACEMENTS)
    staying_on_mean_days: Table = table_field("days", PLACEMENTS)


class PlacementTables(NamedTuple):
    """Placements as the engines read them. Rows of supply stand most restricted first."""

    first_placement: NDArray[np.float64]  # (month, age band, group, placement) shares
    complex_share: NDArray[np.float64]  # (placement,)
    match_share: NDArray[np.float64]  # (kind,)
    price_spread: NDArray[np.float64]  # (kind,)
    staying_on_share: NDArray[np.float64]  # (month, placement)
    staying_on_mean_days: NDArray[np.float64]  # (placement,)
    alone_share: NDArray[np.float64]  # (month, placement, level): need a home to themselves
    together_share: NDArray[np.float64]  # (month,): of families, those who need places together
    capped: NDArray[np.bool_]  # (kind,): only the rows of supply, and nothing beyond them
    shortage_order: NDArray[np.int64]  # (placement, 8): types to try next, -1 at the end
    row_kind: NDArray[np.int64]  # (row,)
    row_ages: NDArray[np.bool_]  # (row, 19): whole years of age
    row_groups: NDArray[np.bool_]  # (row, group)
    row_levels: NDArray[np.bool_]  # (row, level)
    row_closes: NDArray[np.int64]  # (row, 4): the days on which everyone is moved, in order
    usable_places: NDArray[np.int64]  # (row, day)


@compiled
def next_closing(placements: PlacementTables, row: int, day: int) -> int:
    """The next day after ``day`` on which a row of supply closes (NEVER; also for row -1)."""
    if row >= 0:
        for closing in range(placements.row_closes.shape[1]):
            if placements.row_closes[row, closing] > day:
                return placements.row_closes[row, closing]
    return NEVER


@compiled
def suits(
    placements: PlacementTables, row: int, kind: int, age: int, group: int, level: int
) -> bool:
    """Whether a row of supply takes such a child."""
    return (
        placements.row_kind[row] == kind
        and placements.row_ages[row, age]
        and placements.row_groups[row, group]
        and placements.row_levels[row, level]
    )


@compiled
def free_places(
    placements: PlacementTables,
    occupied: NDArray[np.int64],
    kind: int,
    age: int,
    group: int,
    level: int,
    day: int,
    alone: bool,
) -> tuple[int, int]:
    """How many free places of a kind suit a child, and the first row that has one (-1: none).

    To a child who needs a home alone every empty row is one place, and no other row has any.
    """
    free = 0
    first = -1
    for row in range(placements.row_kind.shape[0]):
        if suits(placements, row, kind, age, group, level):
            here = placements.usable_places[row, day] - occupied[row]
            if alone:
                here = 1 if here > 0 and occupied[row] == 0 else 0
            if here > 0:
                free += here
                if first < 0:
                    first = row
    return free, first


@compiled
def placed_share(match_share: float, free: int) -> float:
    """Probability that at least one of n free places suits: 1 - (1 - match_share) ** n.

    >>> round(placed_share(0.5, 3), 3), placed_share(0.9, 0)
    (0.875, 0.0)
    """
    return 1.0 - math.pow(1.0 - match_share, free)


@compiled
def find_place(
    placements: PlacementTables,
    occupied: NDArray[np.int64],
    key: int,
    number: int,
    count: int,
    needed: int,
    age: int,
    group: int,
    level: int,
    day: int,
    alone: bool,
) -> tuple[int, int, int]:
    """Placement type given, kind and row of supply for a child who needs a type.

    The row is `NONE_FREE` where the council had no free place of the needed type that takes such a
    child, and `NONE_SUITED` where it had one, and it did not suit.

    Parameters
    ----------
    occupied : places taken by row, adults who stay on included
    count : the spell, see `lacmodel.randomness.spell_count`
    needed : placement type
    alone : whether the child needs an own home of that type with nobody else in it
    """
    wanted, refused = needed, NONE_FREE
    for attempt in range(placements.shortage_order.shape[1] + 1):
        if attempt > 0:
            wanted = placements.shortage_order[needed, attempt - 1]
            if wanted < 0:
                break
        for provider in (IN_HOUSE, EXTERNAL):
            kind = KIND_OF[wanted][provider]
            if KINDS[kind][1] != provider:
                continue
            own_alone = alone and attempt == 0 and provider == IN_HOUSE
            free, row = free_places(placements, occupied, kind, age, group, level, day, own_alone)
            if free > 0:
                draw = uniform(key, number, Purpose.MATCH, count, 2 * attempt + provider)
                if draw < placed_share(placements.match_share[kind], free):
                    return wanted, kind, row
                if attempt == 0 and provider == IN_HOUSE:
                    refused = NONE_SUITED
            if not placements.capped[kind]:
                return wanted, kind, refused
    return UNREGISTERED, KIND_OF[UNREGISTERED][EXTERNAL], refused


@compiled
def first_needed(
    placements: PlacementTables,
    timeline: Timeline,
    key: int,
    number: int,
    period: int,
    birth_day: int,
    group: int,
    day: int,
) -> int:
    """The placement type that a child needs on coming into care."""
    month = timeline.month_of_day[day]
    age_band = age_band_on(timeline, birth_day, day)
    draw = uniform(key, number, Purpose.NEED, period, 0)
    return choose(placements.first_placement[month, age_band, group], draw)


@compiled
def level_of_need(complex_share: float, key: int, number: int, level: int) -> int:
    """The level of a child who now needs a type with some complex share: complex stays complex.

    One draw a child is compared with the complex share of each type that the child needs.
    """
    if level == COMPLEX:
        return COMPLEX
    draw = uniform(key, number, Purpose.LEVEL, 0, 0)
    return COMPLEX if draw < complex_share else STANDARD


@compiled
def needs_to_be_alone(share: float, key: int, number: int) -> bool:
    """Whether a child who now needs a type needs a home of it with nobody else in it.

    One draw a child is compared with the share of each type and level that the child has.
    """
    return share > 0.0 and uniform(key, number, Purpose.ALONE, 0, 0) < share


@compiled
def places_taken(kind: int, needed: int, alone: bool) -> int:
    """Places of a row that a child in it takes up: all, for one who has an own home alone.

    >>> int(places_taken(3, 2, True)) == WHOLE_ROW, int(places_taken(1, 2, True))
    (True, 1)
    """
    return WHOLE_ROW if alone and kind == KIND_OF[needed][IN_HOUSE] else 1


@compiled
def price_factor(spread: float, key: int, number: int, kind: int) -> float:
    """What this child's placement of a kind costs, relative to the kind's price.

    Log-normal with mean 1: exp(spread * z - spread ** 2 / 2), one draw a child and kind.
    """
    if spread == 0.0:
        return 1.0
    z = normal(key, number, Purpose.PRICE, 0, 2 * kind)
    return math.exp(spread * z - 0.5 * spread * spread)


@compiled
def stays_on_days(
    placements: PlacementTables, key: int, number: int, placement: int, month: int
) -> int:
    """Nights for which somebody who turns 18 keeps the place; 0 for those who leave it."""
    draw = uniform(key, number, Purpose.STAYING_ON, 0, 0)
    if draw >= placements.staying_on_share[month, placement]:
        return 0
    mean = placements.staying_on_mean_days[placement]
    return max(1, int(math.ceil(mean * exponential(key, number, Purpose.STAYING_ON_DAYS, 0, 0))))
