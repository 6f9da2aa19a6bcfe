"""Moves: how children change placement within a period of care.

Two clocks run side by side: a breakdown (an unplanned ending) and a planned move. Each has a mix of
the placement types that are needed next. Nobody moves because a place falls free.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    EARLINESS,
    EARLY_TIME_BANDS,
    ENDED_BREAKDOWN,
    KIND_NAMES,
    PLACEMENTS,
)
from lacmodel.compiling import compiled
from lacmodel.randomness import Purpose, choose, uniform
from lacmodel.tables import Table, table_field
from lacmodel.timeline import Timeline, age_band_on


@dataclass(frozen=True, slots=True)
class MoveParameters:
    """What decides when children move, and to what."""

    breakdown_per_day: Table = table_field(
        "events per child per day", KIND_NAMES, AGE_BANDS, EARLINESS
    )
    breakdown_next_share: Table = table_field("share", PLACEMENTS, AGE_BANDS, PLACEMENTS)
    planned_per_day: Table = table_field("events per child per day", PLACEMENTS, AGE_BANDS)
    planned_next_share: Table = table_field("share", PLACEMENTS, AGE_BANDS, PLACEMENTS)


class MoveTables(NamedTuple):
    """Moves as the engines read them."""

    breakdown_per_day: NDArray[np.float64]  # (kind, age band, early or late)
    breakdown_multiplier: NDArray[np.float64]  # (month, kind, age band)
    breakdown_next: NDArray[np.float64]  # (month, placement, age band, placement) shares
    planned_per_day: NDArray[np.float64]  # (placement, age band)
    planned_multiplier: NDArray[np.float64]  # (month, kind, age band)
    planned_next: NDArray[np.float64]  # (month, placement, age band, placement) shares


@compiled
def lateness(time_band: int) -> int:
    """Whether a time band is under (0) or over (1) 26 weeks in care."""
    return 0 if time_band < EARLY_TIME_BANDS else 1


@compiled
def breakdown_hazard_per_day(
    moves: MoveTables, month: int, age_band: int, late: int, kind: int
) -> float:
    """Hazard of a breakdown on one night, under or over 26 weeks in care (`lateness`)."""
    return (
        moves.breakdown_per_day[kind, age_band, late]
        * moves.breakdown_multiplier[month, kind, age_band]
    )


@compiled
def planned_hazard_per_day(
    moves: MoveTables, month: int, age_band: int, kind: int, placement: int
) -> float:
    """Hazard of a planned move on one night."""
    return (
        moves.planned_per_day[placement, age_band] * moves.planned_multiplier[month, kind, age_band]
    )


@compiled
def next_needed(
    moves: MoveTables,
    timeline: Timeline,
    key: int,
    number: int,
    count: int,
    cause: int,
    placement: int,
    birth_day: int,
    day: int,
) -> int:
    """The placement type that a child needs after a breakdown or for a planned move.

    ``count`` is that of the spell to come, ``placement`` the type that the child leaves.
    """
    month = timeline.month_of_day[day]
    age_band = age_band_on(timeline, birth_day, day)
    draw = uniform(key, number, Purpose.NEXT, count, 0)
    if cause == ENDED_BREAKDOWN:
        return choose(moves.breakdown_next[month, placement, age_band], draw)
    return choose(moves.planned_next[month, placement, age_band], draw)
