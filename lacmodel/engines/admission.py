"""What there is to be placed in, and who needs it: pools, states and the demand of a month.

Rows of supply that serve the same children make a *pool*. A child is in a pool, or in a kind of
placement that has no rows.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BAND_YEARS,
    EXTERNAL,
    GROUPS,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    PLACEMENTS,
    UNREGISTERED,
)
from lacmodel.pathway.placements import PlacementTables

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NO_POOL: Final = -1


class Pools(NamedTuple):
    """Rows of supply that serve the same children, in the order of their first rows."""

    kind: IntArray  # (pool,)
    ages: NDArray[np.bool_]  # (pool, 19)
    groups: NDArray[np.bool_]  # (pool, group)
    levels: NDArray[np.bool_]  # (pool, level)
    closes: IntArray  # (pool, 4): the days on which everyone is moved, in order
    of_row: IntArray  # (row,)


class States(NamedTuple):
    """Where a child can be: a kind without limit or row, or a pool; those of young children first.

    A *need* is a placement type or, after those, "the same type again" of a child who has just left
    a state of a kind that has pools: that child's own place is free, and the level of need is that
    of those who were there.
    """

    kind: IntArray  # (state,)
    pool: IntArray  # (state,): NO_POOL for a kind
    of_kind: IntArray  # (kind,): state, -1 where nobody can be without a pool
    of_pool: IntArray  # (pool,)
    need_again: IntArray  # (state,): the need of those who need the state's type again
    needed: IntArray  # (need,): placement type
    left: IntArray  # (need,): the state that was left, -1 for a placement type


class Demand(NamedTuple):
    """What the month before says of those who need a place."""

    needs: FloatArray  # (segment of age, group, need), children
    went: FloatArray  # (pool,): places given back
    full: FloatArray  # (pool,): chance that no place was free
    again_share: FloatArray  # (pool,): of those who leave a pool, who need its type again
    complex_share: FloatArray  # (state,): of the children there


class Sorts(NamedTuple):
    """Sorts of children: those whom the same pools take."""

    of: IntArray  # (segment of age, group)
    takes: NDArray[np.bool_]  # (sort, level, pool)


def pools_of(placements: PlacementTables) -> Pools:
    """Put rows that serve the same children, and close on the same days, together.

    A row that loses places stands alone: it may have more children than places, while others have
    some free.
    """
    scopes: dict[tuple[object, ...], int] = {}
    of_row = []
    first_rows = []
    for row in range(len(placements.row_kind)):
        scope = (
            int(placements.row_kind[row]),
            placements.row_ages[row].tobytes(),
            placements.row_groups[row].tobytes(),
            placements.row_levels[row].tobytes(),
            placements.row_closes[row].tobytes(),
            row if (np.diff(placements.usable_places[row]) < 0).any() else NO_POOL,
        )
        if scope not in scopes:
            scopes[scope] = len(scopes)
            first_rows.append(row)
        of_row.append(scopes[scope])
    chosen = np.array(first_rows, dtype=np.int64)
    return Pools(
        kind=placements.row_kind[chosen],
        ages=placements.row_ages[chosen],
        groups=placements.row_groups[chosen],
        levels=placements.row_levels[chosen],
        closes=placements.row_closes[chosen],
        of_row=np.array(of_row, dtype=np.int64),
    )


def age_limits(pools: Pools) -> tuple[int, ...]:
    """Whole years of age at which some pool begins or ceases to take children."""
    changes = np.flatnonzero(np.any(np.diff(pools.ages[:, :18], axis=1), axis=0)) + 1
    return tuple(int(year) for year in changes)


def states_of(placements: PlacementTables, pools: Pools, opening_kinds: IntArray) -> States:
    """The states in which a child can be.

    Parameters
    ----------
    opening_kinds : kinds of the opening children who have no row of supply
    """
    wanted = set(opening_kinds.tolist()) | {KIND_OF[UNREGISTERED][EXTERNAL]}
    for kind, (placement, provider) in enumerate(KINDS):
        in_house = KIND_OF[placement][IN_HOUSE]
        first_choice = provider == IN_HOUSE or in_house == kind or placements.capped[in_house]
        if first_choice and not placements.capped[kind]:
            wanted.add(kind)
    kinds = sorted(wanted)
    of_kind = np.full(len(KINDS), -1, dtype=np.int64)
    pool_count = len(pools.kind)
    kind_of = np.concatenate([np.array(kinds, dtype=np.int64), pools.kind])
    pool_of = np.concatenate([np.full(len(kinds), NO_POOL), np.arange(pool_count)])
    order = np.argsort(_youngest(placements, pools, kind_of, pool_of), kind="stable")
    kind_of, pool_of = kind_of[order], pool_of[order]
    state = np.argsort(order)
    type_of = np.array([KINDS[kind][0] for kind in kind_of.tolist()], dtype=np.int64)
    pooled = np.flatnonzero(np.isin(type_of, [KINDS[kind][0] for kind in pools.kind.tolist()]))
    of_kind[kinds] = state[: len(kinds)]
    need_again = type_of.copy()
    need_again[pooled] = len(PLACEMENTS) + np.arange(len(pooled))
    return States(
        kind=kind_of,
        pool=pool_of,
        of_kind=of_kind,
        of_pool=state[len(kinds) :],
        need_again=need_again,
        needed=np.concatenate([np.arange(len(PLACEMENTS)), type_of[pooled]]),
        left=np.concatenate([np.full(len(PLACEMENTS), -1), pooled]),
    )


def _youngest(
    placements: PlacementTables, pools: Pools, kind: IntArray, pool: IntArray
) -> IntArray:
    """The youngest age in years at which children begin in a state, 18 where none does."""
    begins = placements.first_placement.any(axis=(0, 2))  # (age band, type)
    first = np.where(begins.any(axis=0), np.array(AGE_BAND_YEARS)[begins.argmax(axis=0)], 18)
    of_type = first[[KINDS[one][0] for one in kind.tolist()]]
    of_pool = np.array([0 if one == NO_POOL else pools.ages[one].argmax() for one in pool.tolist()])
    return np.maximum(of_type, of_pool)


def usable_now(placements: PlacementTables, pools: Pools, day: int) -> IntArray:
    """Usable places by pool on a day; none while a pool is closed."""
    usable = np.zeros(len(pools.kind), dtype=np.int64)
    np.add.at(usable, pools.of_row, placements.usable_places[:, day])
    return usable


def sorts_of(pools: Pools, first_year: IntArray) -> Sorts:
    """Put children together whom the same pools take.

    Parameters
    ----------
    first_year : of each segment of age
    """
    takes = (
        pools.ages.T[first_year, None, None]
        & pools.groups.T[None, :, None]
        & pools.levels.T[None, None, :]
    )  # (segment, group, level, pool)
    children = takes.reshape(len(first_year) * len(GROUPS), -1 if len(pools.kind) else 0)
    alike, of = np.unique(children, axis=0, return_inverse=True)
    return Sorts(of.reshape(takes.shape[:2]), alike.reshape(len(alike), *takes.shape[2:]))


def complex_shares(placements: PlacementTables, states: States, demand: Demand) -> FloatArray:
    """Share of those with each need who are of a complex level.

    Those who need a state's type again are complex in the share of the children there.
    """
    again = states.left >= 0
    return np.where(
        again, demand.complex_share[states.left], placements.complex_share[states.needed]
    )
