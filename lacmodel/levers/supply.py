"""Levers on supply: places that open, close, are recruited or lost, and limits on what is bought.

Supply is drafted row by row with its approved places by day, changed, and then put in the order in
which places are found: within a kind from the most restricted row to the least.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area, SupplyRow
from lacmodel.codes import (
    FOSTER,
    GROUPS,
    IN_HOUSE,
    IN_HOUSE_KINDS,
    KIND_NAMES,
    KIND_OF,
    KINDS,
    LEVELS,
    PLACEMENTS,
)
from lacmodel.levers.changes import Change, Close, ExternalPlaces, FosterPlaces, Places
from lacmodel.levers.fields import Broken, did_you_mean
from lacmodel.levers.flows import chosen
from lacmodel.levers.home_changes import Staffing
from lacmodel.levers.schedule import FloatArray, factor, in_effect_by_day
from lacmodel.parameters import kind_named
from lacmodel.timeline import LOOK_AHEAD_DAYS, NEVER, Period

CLOSINGS: Final = 4  # how often a row of supply may close
PLENTY: Final = 5_000  # places of a kind while no limit on it holds
IN_HOUSE_FOSTER: Final = KIND_OF[FOSTER][IN_HOUSE]
ALL_GROUPS: Final = tuple(range(len(GROUPS)))
ALL_LEVELS: Final = tuple(range(len(LEVELS)))


@dataclass(slots=True)
class DraftRow:
    """A row of supply in the making."""

    row: SupplyRow
    approved: FloatArray  # (day,): approved places
    costed: NDArray[np.bool_]  # (day,): days on which its fixed cost runs
    closed: list[tuple[int, int]]  # from the first day to the second
    usable_share: FloatArray | float  # (day,): of approved places, those in use or free
    staffed: FloatArray | float = 1.0  # (day,): of usable places, those that there are staff for


@dataclass(slots=True)
class Draft:
    """The supply of an area in the making."""

    period: Period
    rows: list[DraftRow]
    capped: set[int]
    shortage_order: dict[int, tuple[int, ...]]
    limits: dict[int, str] = field(default_factory=dict)  # kind: the row that a change limits it to

    @property
    def days(self) -> int:
        """Days that the arrays cover: the run and the look-ahead."""
        return days_covered(self.period)

    def named(self, name: str) -> DraftRow | None:
        """The row of a name, or None."""
        return next((draft for draft in self.rows if draft.row.name == name), None)


def days_covered(period: Period) -> int:
    """Days for which supply is tabulated."""
    return period.days + LOOK_AHEAD_DAYS + 1


def draft_supply(area: Area, period: Period) -> Draft:
    """An area's own supply."""
    rows = [draft_row(row, period) for row in area.supply]
    return Draft(period, rows, set(area.capped), dict(area.shortage_order))


def draft_row(row: SupplyRow, period: Period) -> DraftRow:
    """A row with its places from the day it opens until the day before it closes."""
    closed = [(period.day(row.closes), NEVER)] if row.closes else []
    is_open = open_days(row, closed, period)
    approved = np.where(is_open, float(row.places), 0.0)
    return DraftRow(row, approved, is_open, closed, row.usable_share)


def open_days(
    row: SupplyRow, closed: Sequence[tuple[int, int]], period: Period
) -> NDArray[np.bool_]:
    """Whether a row is open, by day: since it opens, and not while it is closed."""
    days = np.arange(days_covered(period))
    is_open = days >= (period.day(row.opens) if row.opens else 0)
    for since, until in closed:
        is_open &= (days < since) | (days >= until)
    return is_open


# Levers ------------------------------------------------------------------------------------------


def apply_places(supply: Draft, change: Places) -> Iterator[Broken]:
    """Add a row of supply."""
    kind = kind_named(change.placement, change.provider)
    name = change.name or unused_name(supply, f"{KIND_NAMES[kind]} from {change.from_}")
    if supply.named(name) is not None:
        yield Broken("name", name, "there is a row of supply of this name already")
        return
    if kind not in (*IN_HOUSE_KINDS, *supply.capped):
        rule = "can be bought without limit here, so more places change nothing: cap the kind in "
        yield Broken("provider", KIND_NAMES[kind], f"{rule}the area, or by external_places before")
        return
    opens = change.from_ + timedelta(weeks=change.registration_weeks)
    if change.to is not None and change.to <= opens:
        yield Broken("registration_weeks", change.registration_weeks, "it closes before it opens")
        return
    row = SupplyRow(
        name=name,
        kind=kind,
        youngest=change.youngest,
        oldest=change.oldest,
        groups=tuple(chosen(change.groups, GROUPS)),
        levels=tuple(chosen(change.levels, LEVELS)),
        opens=opens,
        closes=change.to,
        places=change.places,
        usable_share=change.usable_share,
        fixed_cost_gbp_per_year=change.fixed_cost_gbp_per_year,
        source=change.source,
        confirmed=change.confirmed,
    )
    draft = ramped_row(supply, row, change.model_copy(update={"from_": opens}))
    draft.costed = in_effect_by_day(change, supply.period, supply.days, ramped=False) > 0.0
    supply.rows.append(draft)


def ramped_row(supply: Draft, row: SupplyRow, change: Change) -> DraftRow:
    """A new row whose places come as its change comes into effect."""
    draft = draft_row(row, supply.period)
    draft.approved = row.places * in_effect_by_day(change, supply.period, supply.days)
    return draft


def unused_name(supply: Draft, wanted: str) -> str:
    """A name that no row has: the wanted one, or that with a number."""
    names = {draft.row.name for draft in supply.rows}
    candidates = [wanted, *(f"{wanted} ({number})" for number in range(2, len(names) + 3))]
    return next(name for name in candidates if name not in names)


def apply_foster_places(supply: Draft, change: FosterPlaces) -> Iterator[Broken]:
    """Add a row of in-house foster places, or take places from the rows there are."""
    places = round_half_up(abs(change.households) * change.places_per_household)
    if change.households < 0:
        yield from _lose_foster_places(supply, change, places)
        if change.fixed_cost_gbp_per_year == 0:
            return
        places = 0
    default = f"{KIND_NAMES[IN_HOUSE_FOSTER]} from {change.from_}"
    name = unused_name(supply, change.name or default)
    usable = _usable_share(supply) if change.usable_share is None else change.usable_share
    cost = change.fixed_cost_gbp_per_year
    row = row_for_any_child(name, IN_HOUSE_FOSTER, places, usable, cost, change)
    draft = ramped_row(supply, row, change)
    draft.costed = in_effect_by_day(change, supply.period, supply.days, ramped=False) > 0.0
    supply.rows.append(draft)


def row_for_any_child(
    name: str, kind: int, places: int, usable_share: float, cost_gbp: float, change: Change
) -> SupplyRow:
    """A row of supply that takes children of every age, group and level."""
    return SupplyRow(
        name=name,
        kind=kind,
        youngest=0,
        oldest=17,
        groups=ALL_GROUPS,
        levels=ALL_LEVELS,
        opens=None,
        closes=None,
        places=places,
        usable_share=usable_share,
        fixed_cost_gbp_per_year=cost_gbp,
        source=change.source,
        confirmed=change.confirmed,
    )


def _usable_share(supply: Draft) -> float:
    """The usable share of the in-house foster places there are; 1 where there are none."""
    rows = [draft.row for draft in supply.rows if draft.row.kind == IN_HOUSE_FOSTER]
    places = sum(row.places for row in rows)
    return sum(row.places * row.usable_share for row in rows) / places if places else 1.0


def _lose_foster_places(supply: Draft, change: FosterPlaces, places: int) -> Iterator[Broken]:
    """Take places from the in-house foster rows, the largest first; nobody has to move."""
    to_lose = places * in_effect_by_day(change, supply.period, supply.days)
    rows = [draft for draft in supply.rows if draft.row.kind == IN_HOUSE_FOSTER]
    for draft in sorted(rows, key=lambda draft: -draft.row.places):
        lost = np.minimum(draft.approved, to_lose)
        draft.approved = draft.approved - lost
        to_lose = to_lose - lost
    if to_lose.max() > 0.0:
        there = places - int(to_lose.max())
        rule = f"that is {places} places, and there are only {there} in-house foster places to lose"
        yield Broken("households", change.households, rule)


def no_such_row(supply: Draft, name: str) -> Broken:
    """What to say of a name that no row of supply has."""
    names = tuple(row.row.name for row in supply.rows)
    rule = f"is no row of supply{did_you_mean(name, names)}; there are {', '.join(names)}"
    return Broken("row", name, rule)


def apply_staffing(supply: Draft, change: Staffing) -> Iterator[Broken]:
    """Leave a row with the places that there are staff for; several changes multiply."""
    draft = supply.named(change.row)
    if draft is None:
        yield no_such_row(supply, change.row)
        return
    in_effect = in_effect_by_day(change, supply.period, supply.days)
    draft.staffed = draft.staffed * factor(change.staffed_share, in_effect)


def apply_close(supply: Draft, change: Close) -> Iterator[Broken]:
    """Close a row from a day, for good or for a time."""
    draft = supply.named(change.row)
    if draft is None:
        yield no_such_row(supply, change.row)
        return
    first = supply.period.day(change.from_)
    last = supply.days if change.to is None else supply.period.day(change.to)
    shut = next((since for since, until in draft.closed if since <= first < until), None)
    if first <= 0:
        yield Broken("from", change.from_, "must be after the first day of the run")
    elif shut is not None:
        yield Broken("row", change.row, f"is closed already, from {supply.period.date_of(shut)}")
    elif len(draft.closed) == CLOSINGS:
        yield Broken("row", change.row, f"closes more than {CLOSINGS} times")
    else:
        draft.closed.append((first, NEVER if change.to is None else last))
        draft.approved[first:last] = 0.0
        if change.fixed_cost_stops:
            draft.costed[first:last] = False


def apply_external_places(supply: Draft, change: ExternalPlaces) -> Iterator[Broken]:
    """Limit a kind that is bought; outside the change's dates it is as it was before.

    Where the kind is not capped, what its rows leave of the limit is a row of its own.
    """
    kind = KIND_NAMES.index(change.kind)
    holds = in_effect_by_day(change, supply.period, supply.days) > 0.0
    own = [draft for draft in supply.rows if draft.row.kind == kind]
    if kind not in supply.capped:
        beside = np.sum([usable_places(draft) for draft in own], axis=0)
        name = unused_name(supply, change.name or f"limit on {change.kind}")
        row = row_for_any_child(name, kind, change.places, 1.0, 0.0, change)
        draft = draft_row(row, supply.period)
        draft.approved = np.where(holds, np.maximum(0.0, change.places - beside), float(PLENTY))
        supply.rows.append(draft)
        supply.capped.add(kind)
        supply.limits[kind] = row.name
        holds &= beside > change.places
    if own:
        yield from share_out(supply, own, change, holds)


def share_out(
    supply: Draft, rows: list[DraftRow], change: ExternalPlaces, holds: NDArray[np.bool_]
) -> Iterator[Broken]:
    """Give usable places, on the days that hold, to the rows that are open on each day.

    They share in proportion to the usable places that each states, or alike if none has any::

        given[row] = bound[row] - bound[row - 1]
        bound[row] = floor(places * own[rows up to row] / own[rows] + 0.5)
    """
    is_open = np.array([open_days(draft.row, draft.closed, supply.period) for draft in rows])
    shut = np.flatnonzero((holds & ~is_open.any(axis=0))[: supply.period.days])
    if change.places > 0 and shut.size > 0:
        rule = f"no row of {change.kind} is open on {supply.period.date_of(int(shut[0]))}"
        yield Broken("places", change.places, f"{rule}: end this on that day, or add places before")
        return
    own = is_open * np.array([[draft.row.places * draft.row.usable_share] for draft in rows])
    reached = np.cumsum(np.where(own.any(axis=0), own, is_open), axis=0)
    of_all = reached / np.where(reached[-1] > 0.0, reached[-1], 1.0)
    bounds = np.floor(of_all * change.places + 0.5)
    for draft, given in zip(rows, np.diff(bounds, axis=0, prepend=0.0), strict=True):
        draft.approved = np.where(holds, given, draft.approved)
        draft.usable_share = np.where(holds, 1.0, draft.usable_share)


SUPPLY_LEVERS: Final[dict[type[Change], Callable[[Draft, Any], Iterator[Broken]]]] = {
    Places: apply_places,
    FosterPlaces: apply_foster_places,
    Close: apply_close,
    Staffing: apply_staffing,
    ExternalPlaces: apply_external_places,
}


# Tables ------------------------------------------------------------------------------------------


def round_half_up(places: float) -> int:
    """The nearest whole number, halves up.

    >>> round_half_up(2.5), round_half_up(2.4)
    (3, 2)
    """
    return int(np.floor(places + 0.5))


def usable_places(draft: DraftRow) -> NDArray[np.int64]:
    """Usable places by day: approved x usable share, to the nearest whole place."""
    return np.floor(draft.approved * usable_share(draft) + 0.5).astype(np.int64)


def usable_share(draft: DraftRow) -> FloatArray:
    """Of approved places, those that can be used: available and staffed; by day."""
    return np.full_like(draft.approved, draft.usable_share) * draft.staffed


def breadth(row: SupplyRow) -> int:
    """How many sorts of child a row takes: single years of age x groups x levels."""
    return (row.oldest - row.youngest + 1) * len(row.groups) * len(row.levels)


def in_order(supply: Draft) -> list[DraftRow]:
    """Rows by kind and, within a kind, from the most restricted to the least."""
    return sorted(supply.rows, key=lambda draft: (draft.row.kind, breadth(draft.row)))


def supply_tables(supply: Draft) -> dict[str, NDArray[Any]]:
    """The supply part of `lacmodel.pathway.placements.PlacementTables`."""
    rows = in_order(supply)
    ages, years = np.zeros((len(rows), 19), dtype=np.bool_), np.arange(19)
    for number, draft in enumerate(rows):
        ages[number] = (years >= draft.row.youngest) & (years <= draft.row.oldest)
    usable = [usable_places(draft) for draft in rows]
    return {
        "capped": np.isin(np.arange(len(KINDS)), [*IN_HOUSE_KINDS, *supply.capped]),
        "shortage_order": shortage_table(supply.shortage_order),
        "row_kind": np.array([draft.row.kind for draft in rows], dtype=np.int64),
        "row_ages": ages,
        "row_groups": _members([draft.row.groups for draft in rows], len(GROUPS)),
        "row_levels": _members([draft.row.levels for draft in rows], len(LEVELS)),
        "row_closes": np.array([closing_days(draft) for draft in rows], dtype=np.int64).reshape(
            len(rows), CLOSINGS
        ),
        "usable_places": np.array(usable, dtype=np.int64).reshape(len(rows), supply.days),
    }


def check_open(rows: list[DraftRow], usable_places: NDArray[np.int64], period: Period) -> None:
    """No row has places on a day on which it is not open, by its own dates and by changes.

    Raises
    ------
    RuntimeError
        a fault of the program, never of the input
    """
    for draft, places in zip(rows, usable_places, strict=True):
        beyond = np.flatnonzero((places > 0) & ~open_days(draft.row, draft.closed, period))
        if beyond.size > 0:
            when = period.date_of(int(beyond[0]))
            raise RuntimeError(f"{draft.row.name} has places on {when} and is not open")


def closing_days(draft: DraftRow) -> list[int]:
    """The days on which everyone in a row is moved, in order; NEVER in the room that is left."""
    days = sorted(since for since, _ in draft.closed)
    return days + [NEVER] * (CLOSINGS - len(days))


def _members(sets: list[tuple[int, ...]], size: int) -> NDArray[np.bool_]:
    """Which of some numbers each set holds."""
    table = np.zeros((len(sets), size), dtype=np.bool_)
    for number, members in enumerate(sets):
        table[number, list(members)] = True
    return table


def shortage_table(order: dict[int, tuple[int, ...]]) -> NDArray[np.int64]:
    """The types to try next, by type needed, with -1 at the end.

    >>> shortage_table({1: (0, 8)})[1].tolist()
    [0, 8, -1, -1, -1, -1, -1, -1]
    """
    table = np.full((len(PLACEMENTS), 8), -1, dtype=np.int64)
    for needed, others in order.items():
        table[needed, : len(others)] = others
    return table
