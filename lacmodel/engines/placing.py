"""Placing in expectation: which share of those who need a place finds one, and where.

How many places of a pool are taken follows the law of `lacmodel.engines.places_taken`. The mean
number is never cut off at the places: children do not hop in when a place falls free.

Where several pools suit a child, the chance is that of all their free places together, and the
child goes to the most restricted pool that has one.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import COMPLEX, EXTERNAL, IN_HOUSE, KIND_OF, KINDS, LEVELS, UNREGISTERED
from lacmodel.compiling import compiled
from lacmodel.engines.admission import (
    Demand,
    Pools,
    Sorts,
    States,
    complex_shares,
    usable_now,
)
from lacmodel.engines.places_taken import fill_log_weights, fill_taken_law
from lacmodel.pathway.placements import PlacementTables

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NONE_FREE, NONE_SUITED, IN_ANOTHER_TYPE = range(3)
MISSED: Final = 3  # what children may have to do without
PLACEMENT_OF_KIND: Final = tuple(placement for placement, _ in KINDS)


class Laws(NamedTuple):
    """What may be free in the pools."""

    full: FloatArray  # (pool,): chance that no place is free
    unsuited: FloatArray  # (pool,): chance that no place is free that suits
    full_after: FloatArray  # (pool,): the same as a child sees it who has just left the pool
    unsuited_after: FloatArray  # (pool,)
    usable: IntArray  # (pool,): places


class Placing(NamedTuple):
    """Where children who need a type go, and what they had to do without."""

    share: FloatArray  # (segment of age, group, need, state)
    complex: FloatArray  # likewise: of it, children of a complex level
    missed: FloatArray  # (segment, group, need, what they had to do without)


class Asking(NamedTuple):
    """Who asks for places in a month, and what decides where they go."""

    kind: IntArray  # (pool,)
    takes: BoolArray  # (sort, level, pool)
    capped: BoolArray  # (kind,)
    of_kind: IntArray  # (kind,): state
    of_pool: IntArray  # (pool,): state
    order: IntArray  # (type, attempt): the type itself, then its shortage order, -1 for no more
    needed: IntArray  # (need,): type
    own: IntArray  # (need,): the pool that was left, NO_POOL for none
    level_share: FloatArray  # (need, level)
    needs: FloatArray  # (sort, need): children in a month
    full_before: FloatArray  # (pool,): chance that no place was free, in the month before
    went: FloatArray  # (pool,): places given back in a month
    again_share: FloatArray  # (pool,): of those who leave a pool, who need its type again


def asking(
    placements: PlacementTables, pools: Pools, states: States, sorts: Sorts, demand: Demand
) -> Asking:
    """The demand of a month by sort of child."""
    needs = np.zeros((len(sorts.takes), len(states.needed)))
    np.add.at(needs, sorts.of, demand.needs)
    complex_share = complex_shares(placements, states, demand)
    types = np.arange(len(placements.shortage_order))
    return Asking(
        kind=pools.kind,
        takes=sorts.takes,
        capped=placements.capped,
        of_kind=states.of_kind,
        of_pool=states.of_pool,
        order=np.column_stack([types, placements.shortage_order]),
        needed=states.needed,
        own=np.where(states.left >= 0, states.pool[states.left], -1),
        level_share=np.column_stack([1 - complex_share, complex_share]),
        needs=needs,
        full_before=demand.full,
        went=demand.went,
        again_share=demand.again_share,
    )


# What is free ------------------------------------------------------------------------------------


def pool_laws(
    placements: PlacementTables, pools: Pools, ask: Asking, expected: FloatArray, day: int
) -> Laws:
    """What may be free in each pool, given the expected number there.

    Pools are taken from the last tried to the first, as the law of a pool depends on those tried
    after it. Pools are taken to be independent of each other.
    """
    usable = usable_now(placements, pools, day)
    full, unsuited, full_after, unsuited_after = np.ones((4, len(pools.kind)))
    laws = Laws(full, unsuited, full_after, unsuited_after, usable)
    room = np.zeros((3, int(usable.max(initial=0)) + 1))
    fill_pool_laws(laws, ask, placements.match_share, expected, room)
    return laws


@compiled
def fill_pool_laws(
    laws: Laws, ask: Asking, match_share: FloatArray, expected: FloatArray, room: FloatArray
) -> None:
    """Fill in what may be free in every pool, from the last tried to the first."""
    for pool in range(len(ask.kind) - 1, -1, -1):
        match, places = match_share[ask.kind[pool]], laws.usable[pool]
        if places > 0 and match > 0.0:
            fill_pool_law(
                laws, ask, pool, match, expected[pool], room[0, : places + 1],
                room[1, : places + 1], room[2, : places + 1],
            )  # fmt: skip


@compiled
def fill_pool_law(
    laws: Laws,
    ask: Asking,
    pool: int,
    match: float,
    expected: float,
    weights: FloatArray,
    chance: FloatArray,
    law: FloatArray,
) -> None:
    """Fill in what may be free in one pool; the last three are room for as many as its places."""
    places = len(law) - 1
    wanting, others = those_wanting(laws, ask, pool)
    fill_log_weights(match, ask.again_share[pool], others, weights)
    for taken in range(places):
        chance[taken] = 1.0 - (1.0 - match) ** (places - taken) * others
    chance[places] = 0.0
    fill_taken_law(weights, chance, expected, wanting, ask.went[pool], law)
    laws.full[pool] = law[places]
    unsuited, left_unsuited, mean = 0.0, 0.0, 0.0
    for taken in range(places + 1):
        none_suits = (1.0 - match) ** (places - taken)
        unsuited += law[taken] * none_suits
        left_unsuited += law[taken] * taken * none_suits * (1.0 - match)
        mean += law[taken] * taken
    laws.unsuited[pool] = unsuited
    if expected - ask.went[pool] / 2 <= places:
        laws.full_after[pool] = 0.0
        laws.unsuited_after[pool] = left_unsuited / mean if mean > 0.0 else unsuited * (1.0 - match)


@compiled
def those_wanting(laws: Laws, ask: Asking, pool: int) -> tuple[float, float]:
    """Children who come to a pool in a month, and the chance that no later pool suits them."""
    wanting, unsuited = 0.0, 0.0
    for need in range(len(ask.needed)):
        if ask.needed[need] != PLACEMENT_OF_KIND[ask.kind[pool]]:
            continue
        for level in range(len(LEVELS)):
            for sort in range(len(ask.takes)):
                takes = ask.takes[sort, level]
                if not takes[pool]:
                    continue
                come, chance = ask.needs[sort, need] * ask.level_share[need, level], 1.0
                for other in range(len(ask.kind)):
                    if ask.kind[other] != ask.kind[pool] or not takes[other]:
                        continue
                    if other < pool:
                        come *= ask.full_before[other]
                    elif other > pool:
                        chance *= laws.unsuited[other]
                wanting += come
                unsuited += come * chance
    return wanting, unsuited / wanting if wanting > 0.0 else 1.0


# Where children go -------------------------------------------------------------------------------


def where_placed(laws: Laws, ask: Asking, states: States, sorts: Sorts) -> Placing:
    """Where children with each need go, by segment of age and group."""
    shape = (len(sorts.takes), len(states.needed))
    share = np.zeros((len(LEVELS), *shape, len(states.kind)))
    missed = np.zeros((*shape, MISSED))
    fill_placing(laws, ask, share, missed)
    return Placing(share.sum(axis=0)[sorts.of], share[COMPLEX][sorts.of], missed[sorts.of])


@compiled
def fill_placing(laws: Laws, ask: Asking, share: FloatArray, missed: FloatArray) -> None:
    """Fill in where children with each need go, by level, sort and need."""
    for sort in range(len(ask.takes)):
        for need in range(len(ask.needed)):
            for level in range(len(LEVELS)):
                if ask.level_share[need, level] > 0.0:
                    place(
                        laws, ask, ask.takes[sort, level], need, ask.level_share[need, level],
                        share[level, sort, need], missed[sort, need],
                    )  # fmt: skip


@compiled
def place(
    laws: Laws,
    ask: Asking,
    takes: BoolArray,
    need: int,
    children: float,
    share: FloatArray,
    missed: FloatArray,
) -> None:
    """Place children of one sort, need and level.

    The needed type is tried in-house, then externally; where external supply is capped as well, the
    types of the shortage order follow, and an unregistered setting at last.

    Parameters
    ----------
    takes : shape (pool,), whether it takes them
    share : shape (state,)
    """
    needed, left = ask.needed[need], children
    for wanted in ask.order[needed]:
        if wanted < 0:
            break
        before = left
        for provider in (IN_HOUSE, EXTERNAL):
            kind = KIND_OF[wanted][provider]
            if KINDS[kind][1] != provider:
                continue
            placed, none_free, none_suited = place_in_pools(
                laws, ask, takes, kind, ask.own[need], left, share
            )
            if wanted == needed and provider == IN_HOUSE:
                missed[NONE_FREE] += none_free
                missed[NONE_SUITED] += none_suited
            left -= placed
            if not ask.capped[kind]:
                share[ask.of_kind[kind]] += left
                left = 0.0
        if wanted != needed:
            missed[IN_ANOTHER_TYPE] += before - left
    share[ask.of_kind[KIND_OF[UNREGISTERED][EXTERNAL]]] += left
    if needed != UNREGISTERED:
        missed[IN_ANOTHER_TYPE] += left


@compiled
def place_in_pools(
    laws: Laws,
    ask: Asking,
    takes: BoolArray,
    kind: int,
    own: int,
    children: float,
    share: FloatArray,
) -> tuple[float, float, float]:
    """Place children in the pools of a kind; returns who is placed, finds none free, none suited.

    The first pool with a free place takes those whom any free place of the kind suits::

        share[i] = full[1] * ... * full[i-1] * (1 - full[i] - (unsuited[i] - full[i]) * others)

    where ``others`` is the product of ``unsuited`` over the pools after i.

    Parameters
    ----------
    own : the pool that these children have just left
    """
    placed, full, some_take = 0.0, 1.0, False
    for pool in range(len(ask.kind)):
        if not suits(laws, ask, takes, kind, pool):
            continue
        others = 1.0
        for other in range(pool + 1, len(ask.kind)):
            if suits(laws, ask, takes, kind, other):
                others *= laws.unsuited_after[other] if other == own else laws.unsuited[other]
        full_here = laws.full_after[pool] if pool == own else laws.full[pool]
        unsuited = laws.unsuited_after[pool] if pool == own else laws.unsuited[pool]
        here = children * full * (1.0 - full_here - (unsuited - full_here) * others)
        share[ask.of_pool[pool]] += here
        placed += here
        full *= full_here
        some_take = True
    if not some_take:
        return 0.0, 0.0, 0.0
    return placed, children * full, children * (1.0 - full) - placed


@compiled
def suits(laws: Laws, ask: Asking, takes: BoolArray, kind: int, pool: int) -> bool:
    """Whether a pool is one of a kind, open, and takes such children."""
    return ask.kind[pool] == kind and laws.usable[pool] > 0 and takes[pool]
