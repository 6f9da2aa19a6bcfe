"""Admission in expectation: which share of those who need a place finds one.

Rows of supply that serve the same children make a *pool*. The number n of places taken in a pool of
c is taken to follow the birth-death law with births ``load * (1 - (1 - match) ** (c - n))`` and
deaths n, the load being the one whose mean is the expected number there at the moment. With match 1
the law is Erlang's, and the share turned away his formula B. The mean number is never cut off at c:
children do not hop in when a place falls free.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    COMPLEX,
    EXTERNAL,
    GROUPS,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    PLACEMENTS,
    STANDARD,
    UNREGISTERED,
)
from lacmodel.pathway.placements import PlacementTables

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LOADS: Final = 600
LEAST_LOAD: Final = 1e-4
NO_POOL: Final = -1


class Pools(NamedTuple):
    """Rows of supply that serve the same children, in the order of their first rows."""

    kind: IntArray  # (pool,)
    ages: NDArray[np.bool_]  # (pool, 19)
    groups: NDArray[np.bool_]  # (pool, group)
    levels: NDArray[np.bool_]  # (pool, level)
    closes: IntArray  # (pool,)
    of_row: IntArray  # (row,)


class States(NamedTuple):
    """Where a child can be: a kind without limit or row, or a pool."""

    kind: IntArray  # (state,)
    pool: IntArray  # (state,): NO_POOL for a kind
    of_kind: IntArray  # (kind,): state, -1 where nobody can be without a pool
    of_pool: IntArray  # (pool,)


class Placing(NamedTuple):
    """Where children who need a type go, and what they had to do without."""

    share: FloatArray  # (segment of age, group, placement needed, state)
    for_want_of_in_house: FloatArray  # (segment, group, placement needed)
    in_another_type: FloatArray  # (segment, group, placement needed)


def pools_of(placements: PlacementTables) -> Pools:
    """Put rows that serve the same children, and close on the same day, together."""
    scopes: dict[tuple[object, ...], int] = {}
    of_row = []
    first_rows = []
    for row in range(len(placements.row_kind)):
        scope = (
            int(placements.row_kind[row]),
            placements.row_ages[row].tobytes(),
            placements.row_groups[row].tobytes(),
            placements.row_levels[row].tobytes(),
            int(placements.row_closes[row]),
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
    of_kind[kinds] = np.arange(len(kinds))
    pool_count = len(pools.kind)
    return States(
        kind=np.concatenate([np.array(kinds, dtype=np.int64), pools.kind]),
        pool=np.concatenate([np.full(len(kinds), NO_POOL), np.arange(pool_count)]),
        of_kind=of_kind,
        of_pool=len(kinds) + np.arange(pool_count),
    )


@cache
def admission_law(places: int, match_share: float) -> tuple[FloatArray, FloatArray]:
    """Mean number in the pool, and share admitted, over a grid of loads.

    With p[n] in proportion to the product over i < n of ``load * found(c - i) / (i + 1)`` and
    ``found(free) = 1 - (1 - match) ** free``, arrivals who are admitted balance those who leave, so
    ``admitted share = mean / load``.

    >>> mean, admitted = admission_law(2, 1.0)
    >>> round(float(np.interp(0.8, mean, admitted)), 3)  # load 1: Erlang's B is 1/5
    0.8
    """
    loads = np.geomspace(LEAST_LOAD, 100.0 * (places + 1), LOADS)
    taken = np.arange(places)
    found = 1 - (1 - match_share) ** (places - taken)
    with np.errstate(divide="ignore"):
        steps = np.concatenate([[0.0], np.cumsum(np.log(found) - np.log(taken + 1))])
    weight = steps + np.log(loads)[:, None] * np.arange(places + 1)
    share = np.exp(weight - weight.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    mean = share @ np.arange(places + 1.0)
    return mean, mean / loads


def admitted_share(places: int, match_share: float, expected: float) -> float:
    """Share of those who need a place in a pool who get one, given the expected number there.

    >>> admitted_share(0, 0.9, 0.0), admitted_share(5, 0.9, 6.0)
    (0.0, 0.0)
    """
    if expected >= places or match_share == 0.0:
        return 0.0
    mean, admitted = admission_law(places, match_share)
    return float(np.interp(expected, np.append(mean, places), np.append(admitted, 0.0)))


def usable_now(placements: PlacementTables, pools: Pools, day: int) -> IntArray:
    """Usable places by pool on a day; none once the pool has closed."""
    usable = np.zeros(len(pools.kind), dtype=np.int64)
    np.add.at(usable, pools.of_row, placements.usable_places[:, day])
    return np.where(pools.closes <= day, 0, usable)


def pool_shares(
    placements: PlacementTables, pools: Pools, expected: FloatArray, day: int
) -> FloatArray:
    """Share admitted to each pool of those whom it suits; shape (pool,)."""
    usable = usable_now(placements, pools, day)
    return np.array(
        [
            admitted_share(int(usable[pool]), float(placements.match_share[kind]), expected[pool])
            for pool, kind in enumerate(pools.kind)
        ]
    )


def placing(
    placements: PlacementTables,
    pools: Pools,
    states: States,
    first_year: IntArray,
    admitted: FloatArray,
) -> Placing:
    """Where children who need each type go, by segment of age and group.

    The needed type is tried in-house, pool after pool, then externally; where external supply is
    capped as well, the types of the shortage order follow, and an unregistered setting at last.
    """
    shape = (len(first_year), len(GROUPS), len(PLACEMENTS))
    share = np.zeros((*shape, len(states.kind)))
    want, other = np.zeros(shape), np.zeros(shape)
    for needed in range(len(PLACEMENTS)):
        order = [needed, *(t for t in placements.shortage_order[needed].tolist() if t >= 0)]
        left = np.ones(shape[:2])
        for wanted in order:
            before = left
            left, missed = _place_in_type(
                placements, pools, states, first_year, admitted, needed, wanted, left,
                share[:, :, needed],
            )  # fmt: skip
            if wanted == needed:
                want[:, :, needed] = missed
            else:
                other[:, :, needed] += before - left
        share[:, :, needed, states.of_kind[KIND_OF[UNREGISTERED][EXTERNAL]]] += left
        other[:, :, needed] += left if needed != UNREGISTERED else 0.0
    return Placing(share, want, other)


def _place_in_type(
    placements: PlacementTables,
    pools: Pools,
    states: States,
    first_year: IntArray,
    admitted: FloatArray,
    needed: int,
    wanted: int,
    left: FloatArray,
    share: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Place those left in one type; returns who are left, and who missed an in-house pool."""
    missed = np.zeros_like(left)
    for provider in (IN_HOUSE, EXTERNAL):
        kind = KIND_OF[wanted][provider]
        if KINDS[kind][1] != provider:
            continue
        for pool in np.flatnonzero(pools.kind == kind).tolist():
            suits = _suits(placements, pools, pool, first_year, needed)
            taken = left * admitted[pool] * suits
            share[:, :, states.of_pool[pool]] += taken
            left = left - taken
            if provider == IN_HOUSE:
                missed = np.where(suits > 0, left * suits, missed)
        if not placements.capped[kind]:
            share[:, :, states.of_kind[kind]] += left
            left = np.zeros_like(left)
        if provider == IN_HOUSE:
            missed = np.minimum(missed, left)
    return left, missed


def _suits(
    placements: PlacementTables, pools: Pools, pool: int, first_year: IntArray, needed: int
) -> FloatArray:
    """Share of children who need a type whom a pool takes; shape (segment, group)."""
    complex_share = placements.complex_share[needed]
    levels = (
        pools.levels[pool, STANDARD] * (1 - complex_share)
        + pools.levels[pool, COMPLEX] * complex_share
    )
    ages = pools.ages[pool, first_year]
    return np.asarray(levels * ages[:, None] * pools.groups[pool][None, :], dtype=np.float64)
