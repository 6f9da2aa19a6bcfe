"""Levers on flows: entries, mixes of placements, moves, exits and re-entries.

Each function changes the arrays of a world in place and touches only what its change names. A rule
that can only be told from the world (a share above 1) is yielded as broken.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    CHILDRENS_HOME,
    FOSTER,
    GROUPS,
    KINDS,
    KINSHIP_FOSTER,
    PLACEMENTS,
    PROVIDERS,
    ROUTES,
)
from lacmodel.levers.changes import (
    Breakdowns,
    Change,
    ChildrensHomeShare,
    Entries,
    Exits,
    InspectionShock,
    KinshipShare,
    Population,
    ReEntries,
    StayingOn,
    StepDown,
    Unaccompanied,
)
from lacmodel.levers.fields import Broken
from lacmodel.levers.schedule import FloatArray, factor, replaced
from lacmodel.parameters import DAYS_PER_YEAR
from lacmodel.pathway import World
from lacmodel.pathway.entries import CELLS, EntryTables

Lever = Callable[[World, Any, FloatArray], Iterator[Broken]]
TOLERANCE: Final = 1e-9


def chosen(words: Sequence[str], axis: Sequence[str]) -> list[int]:
    """The places of some words on an axis.

    >>> chosen(["16 to 17", "under 1"], AGE_BANDS)
    [0, 4]
    """
    return [place for place, word in enumerate(axis) if word in words]


def cells_of(ages: Sequence[str], groups: Sequence[str]) -> list[int]:
    """The cells of some age bands and groups.

    >>> cells_of(["1 to 4"], ["general", "uasc"])
    [3, 5]
    """
    bands, kinds_of_need = chosen(ages, AGE_BANDS), chosen(groups, GROUPS)
    return [band * len(GROUPS) + group for band in bands for group in kinds_of_need]


def _multiply(table: FloatArray, factors: FloatArray, *places: Sequence[int]) -> None:
    """Multiply some places of a table whose first axis is the month, month by month."""
    where = np.ix_(range(len(factors)), *places)
    table[where] *= factors.reshape(-1, *(1 for _ in places))


# Entries -----------------------------------------------------------------------------------------


def apply_entries(world: World, change: Entries, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply the entries of some cells, or hand over to `added_entries`."""
    if change.multiply is not None:
        cells = cells_of(change.ages, change.groups)
        world.entries.multiplier[cells] *= factor(change.multiply, in_effect)
    yield from ()


def apply_population(world: World, change: Population, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply the residents of some ages, and so their entries."""
    cells = cells_of(change.ages, GROUPS)
    world.entries.multiplier[cells] *= factor(change.multiply, in_effect)
    yield from ()


def apply_shock(world: World, change: InspectionShock, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply the entries of some cells by a lift that fades."""
    since = np.cumsum(in_effect > 0) - 1
    lift = change.lift * faded(change.half_life_months, np.maximum(since, 0))
    cells = cells_of(change.ages, change.groups)
    world.entries.multiplier[cells] *= 1.0 + lift * in_effect
    yield from ()


def faded(half_life_months: float, month: NDArray[np.int64]) -> FloatArray:
    """What is left of a shock, on average over a month: the mean of 0.5 ** (t / half_life).

    ::

        (0.5 ** (month / half_life) - 0.5 ** ((month + 1) / half_life)) * half_life / ln 2

    >>> faded(1.0, np.array([0, 1, 2])).round(4).tolist()
    [0.7213, 0.3607, 0.1803]
    """
    begins, ends = 0.5 ** (month / half_life_months), 0.5 ** ((month + 1) / half_life_months)
    return np.asarray((begins - ends) * half_life_months / math.log(2.0), dtype=np.float64)


def added_entries(
    entries: EntryTables, change: Entries | Unaccompanied, in_effect: FloatArray
) -> FloatArray | None:
    """A stream of further families per day by cell and month; None if the change adds none.

    ::

        children a year / 365.25 * the cell's share of the scope's children * in_effect
        / mean family size

    Returns
    -------
    shape (cell, month)
    """
    if change.add_per_year is None:
        return None
    groups = change.groups if isinstance(change, Entries) else ["uasc"]
    sizes = np.arange(1, entries.family_size_share.shape[1] + 1)
    mean_size = np.tile(entries.family_size_share @ sizes, len(AGE_BANDS))
    children = entries.per_day.sum(axis=1) * mean_size
    scope = np.isin(np.arange(CELLS), cells_of(change.ages, groups))
    weights = np.where(scope, children, 0.0) if children[scope].any() else scope.astype(np.float64)
    per_day = change.add_per_year / DAYS_PER_YEAR * weights / weights.sum() / mean_size
    return np.asarray(per_day[:, None] * in_effect, dtype=np.float64)


# Mixes -------------------------------------------------------------------------------------------


def wanted(old: FloatArray, multiply: float | None, given: float | None) -> FloatArray:
    """What a share is to become: a multiple of itself, or a given share."""
    return old * multiply if multiply is not None else np.full_like(old, given)


def apply_kinship(world: World, change: KinshipShare, in_effect: FloatArray) -> Iterator[Broken]:
    """Shift first placements between kinship foster care and, first, foster care."""
    yield from _shift_first_placements(world, change, in_effect, KINSHIP_FOSTER)


def apply_homes(
    world: World, change: ChildrensHomeShare, in_effect: FloatArray
) -> Iterator[Broken]:
    """Shift first placements between children's homes and, first, foster care."""
    yield from _shift_first_placements(world, change, in_effect, CHILDRENS_HOME)


def _shift_first_placements(
    world: World, change: KinshipShare | ChildrensHomeShare, in_effect: FloatArray, to: int
) -> Iterator[Broken]:
    first = world.placements.first_placement
    where = np.ix_(
        range(len(in_effect)), chosen(change.ages, AGE_BANDS), chosen(change.groups, GROUPS),
        range(len(PLACEMENTS)),
    )  # fmt: skip
    before = first[where]
    old = before[..., to]
    target = replaced(old, wanted(old, change.multiply, change.set), in_effect[:, None, None])
    if target.max() > 1.0 + TOLERANCE:
        most = math.floor(1000.0 / old.max()) / 1000.0
        rule = f"the share would be more than 1: multiply must be {most:g} or less"
        yield Broken("multiply", change.multiply, rule)
        return
    there = before.sum(axis=-1, keepdims=True) > 0.0  # cells that nobody enters stay empty
    first[where] = np.where(there, shifted(before, target, to, FOSTER), before)


def shifted(shares: FloatArray, target: FloatArray, to: int, against: int) -> FloatArray:
    """Shares in which one type has a target; another gives or takes first, then all alike.

    >>> shares = np.array([0.1, 0.3, 0.6])
    >>> shifted(shares, np.array(0.2), to=0, against=1).round(3).tolist()
    [0.2, 0.2, 0.6]
    >>> shifted(shares, np.array(0.7), to=0, against=1).round(3).tolist()
    [0.7, 0.0, 0.3]
    """
    taken = target - shares[..., to]
    from_first = np.minimum(taken, shares[..., against])
    rest = taken - from_first
    others = shares.sum(axis=-1) - shares[..., to] - shares[..., against]
    kept = 1.0 - np.divide(rest, others, out=np.zeros_like(rest), where=others > 0.0)
    result = shares * kept[..., None]
    result[..., to] = target
    result[..., against] = shares[..., against] - from_first
    return result


def apply_staying_on(world: World, change: StayingOn, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply or replace the share of those who turn 18 who keep their place."""
    shares = world.placements.staying_on_share
    where = np.ix_(range(len(in_effect)), chosen(change.placements, PLACEMENTS))
    old = shares[where]
    target = replaced(old, wanted(old, change.multiply, change.set), in_effect[:, None])
    if target.max() > 1.0 + TOLERANCE:
        yield Broken("multiply", change.multiply, "the share would be more than 1")
        return
    shares[where] = target


# Moves, exits, re-entries ------------------------------------------------------------------------


def kinds_of(placements: Sequence[str], providers: Sequence[str]) -> list[int]:
    """The kinds of some placement types with some providers.

    >>> kinds_of(["foster", "secure"], ["external"])
    [2, 5]
    """
    return [
        kind
        for kind, (placement, provider) in enumerate(KINDS)
        if PLACEMENTS[placement] in placements and PROVIDERS[provider] in providers
    ]


def apply_breakdowns(world: World, change: Breakdowns, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply the hazard of a breakdown."""
    kinds = kinds_of(change.placements, change.providers)
    factors = factor(change.multiply, in_effect)
    _multiply(world.moves.breakdown_multiplier, factors, kinds, chosen(change.ages, AGE_BANDS))
    yield from ()


def apply_step_down(world: World, change: StepDown, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply the hazard of a planned move out of a children's home."""
    kinds = kinds_of(["childrens_home"], change.providers)
    factors = factor(change.multiply, in_effect)
    _multiply(world.moves.planned_multiplier, factors, kinds, chosen(change.ages, AGE_BANDS))
    yield from ()


def apply_exits(world: World, change: Exits, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply the hazard of leaving for some reasons."""
    reasons, factors = chosen(change.reasons, ROUTES), factor(change.multiply, in_effect)
    _multiply(world.exits.multiplier, factors, reasons, chosen(change.ages, AGE_BANDS))
    yield from ()


def apply_re_entries(world: World, change: ReEntries, in_effect: FloatArray) -> Iterator[Broken]:
    """Multiply the hazard of coming back."""
    world.re_entries.multiplier[:] *= factor(change.multiply, in_effect)
    yield from ()


FLOW_LEVERS: Final[dict[type[Change], Lever]] = {
    Entries: apply_entries,
    InspectionShock: apply_shock,
    Population: apply_population,
    KinshipShare: apply_kinship,
    ChildrensHomeShare: apply_homes,
    Breakdowns: apply_breakdowns,
    StepDown: apply_step_down,
    Exits: apply_exits,
    ReEntries: apply_re_entries,
    StayingOn: apply_staying_on,
}
