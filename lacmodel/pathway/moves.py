"""Moves: how children change placement within a period of care.

Two clocks run side by side: a breakdown (an unplanned ending) and a planned move. Each has a mix of
the placement types that are needed next. Nobody moves because a place falls free.

Placements suit groups, so a move is not drawn from the mix as it stands, but from the mix times the
group's odds of each type: children with a disability stay in homes more than the mix says.
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
    GROUPS,
    KIND_NAMES,
    PLACEMENTS,
)
from lacmodel.compiling import compiled
from lacmodel.randomness import Purpose, uniform
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
    next_odds: Table = table_field("odds ratio to the mix of all children", GROUPS, PLACEMENTS)


class MoveTables(NamedTuple):
    """Moves as the engines read them."""

    breakdown_per_day: NDArray[np.float64]  # (kind, age band, early or late)
    breakdown_multiplier: NDArray[np.float64]  # (month, kind, age band)
    breakdown_next: NDArray[np.float64]  # (month, placement, age band, placement) shares
    planned_per_day: NDArray[np.float64]  # (placement, age band)
    planned_multiplier: NDArray[np.float64]  # (month, kind, age band)
    planned_next: NDArray[np.float64]  # (month, placement, age band, placement) shares
    next_odds: NDArray[np.float64]  # (group, placement): what both mixes are multiplied by


def next_by_group(shares: NDArray[np.float64], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mixes of the next placement type by group.

    ::

        mix[g, n] = shares[n] * odds[g, n] / sum over k of shares[k] * odds[g, k]

    Parameters
    ----------
    shares : shape (..., placement)
    odds : shape (group, placement)

    Returns
    -------
    shape (..., group, placement)

    >>> next_by_group(np.array([0.8, 0.2]), np.array([[1.0, 1.0], [1.0, 4.0]])).tolist()
    [[0.8, 0.2], [0.5, 0.5]]
    """
    weights = shares[..., None, :] * odds
    total = weights.sum(axis=-1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)


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
    group: int,
    day: int,
) -> int:
    """The placement type that a child needs after a breakdown or for a planned move.

    ``count`` is that of the spell to come, ``placement`` the type that the child leaves.
    """
    month = timeline.month_of_day[day]
    age_band = age_band_on(timeline, birth_day, day)
    draw = uniform(key, number, Purpose.NEXT, count, 0)
    if cause == ENDED_BREAKDOWN:
        return choose_by_odds(moves.breakdown_next[month, placement, age_band], moves, group, draw)
    return choose_by_odds(moves.planned_next[month, placement, age_band], moves, group, draw)


@compiled
def choose_by_odds(shares: NDArray[np.float64], moves: MoveTables, group: int, draw: float) -> int:
    """Which of some types a draw in (0, 1) falls in, the shares times the group's odds."""
    whole = 0.0
    for option in range(shares.shape[0]):
        whole += shares[option] * moves.next_odds[group, option]
    total, last = 0.0, 0
    for option in range(shares.shape[0]):
        weight = shares[option] * moves.next_odds[group, option]
        if weight > 0.0:
            total += weight
            last = option
            if draw * whole < total:
                break
    return last
