"""Admission in expectation: which share of those who need a place finds one.

Rows of supply that serve the same children make a *pool*. How many of its places are taken follows
the law of `lacmodel.engines.places_taken`. The mean number is never cut off at the places: children
do not hop in when a place falls free.

Where several pools suit a child, the chance is that of all their free places together, and the
child goes to the most restricted pool that has one.
"""

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
from lacmodel.engines.places_taken import log_weights, taken_law
from lacmodel.pathway.placements import PlacementTables

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEVELS: Final = (STANDARD, COMPLEX)
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
    """Where a child can be: a kind without limit or row, or a pool.

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


class Laws(NamedTuple):
    """What may be free in the pools."""

    full: FloatArray  # (pool,): chance that no place is free
    unsuited: FloatArray  # (pool,): chance that no place is free that suits
    full_after: FloatArray  # (pool,): the same as a child sees it who has just left the pool
    unsuited_after: FloatArray  # (pool,)
    open: NDArray[np.bool_]  # (pool,): with usable places


class Placing(NamedTuple):
    """Where children who need a type go, and what they had to do without."""

    share: FloatArray  # (segment of age, group, need, state)
    complex: FloatArray  # likewise: of it, children of a complex level
    none_free: FloatArray  # (segment, group, need): no own place that takes such children
    none_suited: FloatArray  # likewise: one was free and did not suit
    in_another_type: FloatArray  # (segment, group, need)


def pools_of(placements: PlacementTables) -> Pools:
    """Put rows that serve the same children, and close on the same days, together."""
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
    kind_of = np.concatenate([np.array(kinds, dtype=np.int64), pools.kind])
    type_of = np.array([KINDS[kind][0] for kind in kind_of.tolist()], dtype=np.int64)
    pooled = np.flatnonzero(np.isin(type_of, [KINDS[kind][0] for kind in pools.kind.tolist()]))
    need_again = type_of.copy()
    need_again[pooled] = len(PLACEMENTS) + np.arange(len(pooled))
    return States(
        kind=kind_of,
        pool=np.concatenate([np.full(len(kinds), NO_POOL), np.arange(pool_count)]),
        of_kind=of_kind,
        of_pool=len(kinds) + np.arange(pool_count),
        need_again=need_again,
        needed=np.concatenate([np.arange(len(PLACEMENTS)), type_of[pooled]]),
        left=np.concatenate([np.full(len(PLACEMENTS), -1), pooled]),
    )


def usable_now(placements: PlacementTables, pools: Pools, day: int) -> IntArray:
    """Usable places by pool on a day; none while a pool is closed."""
    usable = np.zeros(len(pools.kind), dtype=np.int64)
    np.add.at(usable, pools.of_row, placements.usable_places[:, day])
    return usable


def pool_laws(
    placements: PlacementTables,
    pools: Pools,
    states: States,
    first_year: IntArray,
    expected: FloatArray,
    demand: Demand,
    day: int,
) -> Laws:
    """What may be free in each pool, given the expected number there.

    Pools are taken from the last tried to the first, as the law of a pool depends on those tried
    after it. Pools are taken to be independent of each other.
    """
    usable = usable_now(placements, pools, day)
    none = [np.ones(len(pools.kind)) for _ in range(4)]
    laws = Laws(none[0], none[1], none[2], none[3], usable > 0)
    for pool in range(len(pools.kind) - 1, -1, -1):
        places, match = int(usable[pool]), float(placements.match_share[pools.kind[pool]])
        if places == 0 or match == 0.0:
            continue
        wanting, others = _those_wanting(placements, pools, states, first_year, pool, laws, demand)
        weights = log_weights(places, match, float(demand.again_share[pool]), others)
        free = np.arange(places, -1, -1)
        chance = np.where(free > 0, 1 - (1 - match) ** free * others, 0.0)
        start, went = float(expected[pool]), float(demand.went[pool])
        law = taken_law(weights, chance, start, wanting, went)
        laws.full[pool], laws.unsuited[pool] = law[-1], law @ (1 - match) ** free
        if start - went / 2 <= places:
            leaving = law * np.arange(places + 1)
            leaving = leaving / leaving.sum() if leaving.any() else law
            laws.full_after[pool] = 0.0
            laws.unsuited_after[pool] = leaving @ (1 - match) ** (free + 1.0)
    return laws


def _those_wanting(
    placements: PlacementTables,
    pools: Pools,
    states: States,
    first_year: IntArray,
    pool: int,
    laws: Laws,
    demand: Demand,
) -> tuple[float, float]:
    """Children who come to a pool in a month, and the chance that no later pool suits them."""
    needed = KINDS[int(pools.kind[pool])][0]
    alike = np.flatnonzero(pools.kind == pools.kind[pool])
    wanting, unsuited = 0.0, 0.0
    for need in np.flatnonzero(states.needed == needed).tolist():
        complex_share = complex_share_of(placements, states, demand, need)
        for level, share in zip(LEVELS, (1 - complex_share, complex_share), strict=True):
            come = demand.needs[:, :, need] * share * _suits(pools, pool, first_year, level)
            chance = np.ones_like(come)
            for other in alike[alike != pool].tolist():
                suits = _suits(pools, other, first_year, level)
                if other < pool:
                    come = np.where(suits, come * demand.full[other], come)
                else:
                    chance = np.where(suits, chance * laws.unsuited[other], chance)
            wanting += float(come.sum())
            unsuited += float((come * chance).sum())
    return wanting, unsuited / wanting if wanting > 0 else 1.0


def complex_share_of(
    placements: PlacementTables, states: States, demand: Demand, need: int
) -> float:
    """Share of those with a need who are of a complex level."""
    left = int(states.left[need])
    if left >= 0:
        return float(demand.complex_share[left])
    return float(placements.complex_share[need])


def placing(
    placements: PlacementTables,
    pools: Pools,
    states: States,
    first_year: IntArray,
    laws: Laws,
    demand: Demand,
) -> Placing:
    """Where children with each need go, by segment of age and group.

    The needed type is tried in-house, then externally; where external supply is capped as well, the
    types of the shortage order follow, and an unregistered setting at last.
    """
    shape = (len(first_year), len(GROUPS), len(states.needed))
    found = Placing(*np.zeros((2, *shape, len(states.kind))), *np.zeros((3, *shape)))
    for need in range(len(states.needed)):
        complex_share = complex_share_of(placements, states, demand, need)
        for level, weight in zip(LEVELS, (1 - complex_share, complex_share), strict=True):
            if weight > 0:
                _place_level(
                    placements, pools, states, first_year, laws, found, need, level, weight
                )
    return found


def _place_level(
    placements: PlacementTables,
    pools: Pools,
    states: States,
    first_year: IntArray,
    laws: Laws,
    found: Placing,
    need: int,
    level: int,
    weight: float,
) -> None:
    """Place those of one need and level, who are a share of all with the need."""
    needed = int(states.needed[need])
    own = int(states.pool[states.left[need]]) if states.left[need] >= 0 else NO_POOL
    order = [needed, *(t for t in placements.shortage_order[needed].tolist() if t >= 0)]
    left = np.full(found.none_free.shape[:2], weight)
    share = np.zeros((*left.shape, len(states.kind)))
    for wanted in order:
        before = left
        for provider in (IN_HOUSE, EXTERNAL):
            kind = KIND_OF[wanted][provider]
            if KINDS[kind][1] != provider:
                continue
            by_pool, full, unsuited = _by_pool(pools, first_year, laws, kind, level, own)
            share[:, :, states.of_pool] += left[..., None] * by_pool
            if wanted == needed and provider == IN_HOUSE:
                found.none_free[:, :, need] += left * full
                found.none_suited[:, :, need] += left * unsuited
            left = left * (1 - by_pool.sum(axis=2))
            if not placements.capped[kind]:
                share[:, :, states.of_kind[kind]] += left
                left = np.zeros_like(left)
        if wanted != needed:
            found.in_another_type[:, :, need] += before - left
    share[:, :, states.of_kind[KIND_OF[UNREGISTERED][EXTERNAL]]] += left
    found.in_another_type[:, :, need] += left if needed != UNREGISTERED else 0.0
    found.share[:, :, need] += share
    if level == COMPLEX:
        found.complex[:, :, need] += share


def _by_pool(
    pools: Pools, first_year: IntArray, laws: Laws, kind: int, level: int, own: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Share who go to each pool of a kind, who find none free, and who find none that suits.

    The first pool with a free place takes those whom any free place of the kind suits::

        share[i] = full[1] * ... * full[i-1] * (1 - full[i] - (unsuited[i] - full[i]) * others)

    where ``others`` is the product of ``unsuited`` over the pools after i.

    Parameters
    ----------
    own : the pool that these children have just left
    """
    segments = (len(first_year), len(GROUPS))
    share = np.zeros((*segments, len(pools.kind)))
    full, takes = np.ones(segments), np.zeros(segments, dtype=np.bool_)
    suiting = [
        (pool, _suits(pools, pool, first_year, level))
        for pool in np.flatnonzero((pools.kind == kind) & laws.open).tolist()
    ]
    for place, (pool, suits) in enumerate(suiting):
        full_here = laws.full_after[pool] if pool == own else laws.full[pool]
        unsuited = laws.unsuited_after[pool] if pool == own else laws.unsuited[pool]
        others = np.ones(segments)
        for other, also in suiting[place + 1 :]:
            chance = laws.unsuited_after[other] if other == own else laws.unsuited[other]
            others = np.where(also, others * chance, others)
        share[:, :, pool] = np.where(
            suits, full * (1 - full_here - (unsuited - full_here) * others), 0.0
        )
        full = np.where(suits, full * full_here, full)
        takes |= suits
    return share, np.where(takes, full, 0.0), np.where(takes, 1 - full - share.sum(axis=2), 0.0)


def _suits(pools: Pools, pool: int, first_year: IntArray, level: int) -> NDArray[np.bool_]:
    """Whom a pool takes; shape (segment, group)."""
    ages = pools.ages[pool, first_year]
    return np.asarray(ages[:, None] & pools.groups[pool][None, :] & pools.levels[pool, level])
