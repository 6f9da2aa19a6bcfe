"""Identities: what must hold in every future, checked in production.

A breach stops the run with the future's number, so that it can be replayed alone.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import IN_HOUSE, KIND_OF, KINDS, STARTED_OPENING, STARTED_STAYING_ON
from lacmodel.compiling import compiled, inlined
from lacmodel.engines.counting import (
    DELAYED_ENTRIES,
    ENTRIES,
    EXITS,
    RE_ENTRIES,
    Books,
    Records,
    last_night,
)
from lacmodel.engines.packed import Tables
from lacmodel.engines.records import History
from lacmodel.pathway.placements import PlacementTables, next_closing, suits
from lacmodel.plan import Plan
from lacmodel.timeline import Timeline, age_on

IntArray = NDArray[np.int64]

HOLDS: Final = -1
BREACHES: Final = (
    "a stay of no nights",
    "a child in two places at once",
    "a gap within a period of care",
    "opening + came - went differs from the stock of a kind",
    "nights differ from the daily stocks summed",
    "opening + entries + re-entries - exits differs from closing",
    "a place holds two, or a child was placed outside a row's dates",
    "a child was placed outside a row's ages, groups or levels",
    "somebody stayed in a home that had closed",
    "a child who needs a home alone was not alone in it",
)
NO_NIGHTS: Final = 0
TWO_PLACES: Final = 1
GAP: Final = 2
STOCK: Final = 3
NIGHTS: Final = 4
FLOW: Final = 5
TWO_IN_A_PLACE: Final = 6
UNSUITABLE: Final = 7
STAYED: Final = 8
NOT_ALONE: Final = 9


class IdentityBreach(Exception):
    """A future in which the books do not balance: a fault of the program, never of the input."""


class Daily(NamedTuple):
    """Room for what one future does from day to day."""

    children: NDArray[np.int32]  # (kind, day + 1): those who came less those who went
    occupied: NDArray[np.int32]  # (day + 1, row of supply), adults who stay on included


def daily_of(plan: Plan) -> Daily:
    """Room for checking futures of a plan, one after the other."""
    days, rows = plan.period.days + 1, len(plan.world.placements.row_kind)
    return Daily(np.zeros((len(KINDS), days), np.int32), np.zeros((days, rows), np.int32))


def check(tables: Tables, history: History, books: Books, daily: Daily) -> None:
    """Check every identity of one future.

    Raises
    ------
    IdentityBreach
        naming the future and the first identity that does not hold
    """
    for stocks in daily:
        stocks.fill(0)
    breach = first_breach(
        tables.timeline, tables.placements, history.spells, history.by_child, books, daily
    )
    if breach != HOLDS:
        raise IdentityBreach(f"future {history.future}: {BREACHES[breach]}")


@compiled
def first_breach(
    timeline: Timeline,
    placements: PlacementTables,
    spells: Records,
    by_child: IntArray,
    books: Books,
    daily: Daily,
) -> int:
    """The first identity that does not hold, or `HOLDS`."""
    breach = breach_of_spells(timeline, spells, by_child)
    if breach == HOLDS:
        add_daily(timeline, spells, daily)
        breach = breach_of_stocks(timeline, books, daily)
    if breach == HOLDS:
        breach = breach_of_flows(books)
    if breach == HOLDS:
        breach = breach_of_places(timeline, placements, spells, daily)
    return breach


@inlined
def breach_of_spells(timeline: Timeline, spells: Records, by_child: IntArray) -> int:
    """A child is in one place at a time, without a gap in a period; a stay is a night or more."""
    for place in range(by_child.shape[0]):
        spell = spells[by_child[place]]
        if 0 <= spell["end_day"] <= spell["start_day"]:
            return NO_NIGHTS
        if place == 0:
            continue
        before = spells[by_child[place - 1]]
        if before["child"] != spell["child"]:
            continue
        end = last_night(timeline, before["end_day"])
        if spell["start_day"] < end:
            return TWO_PLACES
        if spell["period"] == before["period"] and spell["start_day"] != end:
            return GAP
    return HOLDS


@inlined
def add_daily(timeline: Timeline, spells: Records, daily: Daily) -> None:
    """Children who come and go by kind and day, and everybody who is in a row of supply."""
    for i in range(spells.shape[0]):
        spell = spells[i]
        start, end = max(0, spell["start_day"]), last_night(timeline, spell["end_day"])
        if spell["why_started"] != STARTED_STAYING_ON:
            kind = KIND_OF[spell["placement"]][spell["provider"]]
            daily.children[kind, start] += 1
            daily.children[kind, end] -= 1
        if spell["supply"] >= 0:
            daily.occupied[start, spell["supply"]] += 1
            daily.occupied[end, spell["supply"]] -= 1
    for day in range(1, daily.occupied.shape[0]):
        for row in range(daily.occupied.shape[1]):
            daily.occupied[day, row] += daily.occupied[day - 1, row]


@inlined
def breach_of_stocks(timeline: Timeline, books: Books, daily: Daily) -> int:
    """By kind, moves included: opening + came - went = closing, and nights = daily stocks summed.

    A month's closing stock is that of its last night.
    """
    for kind in range(daily.children.shape[0]):
        now = 0
        for month in range(books.nights.shape[0]):
            stock, nights = 0, 0
            for day in range(timeline.month_start[month], timeline.month_start[month + 1]):
                now += daily.children[kind, day]
                nights += now
            for band in range(books.children.shape[1]):
                stock += books.children[month + 1, band, kind]
            for cohort in range(books.nights.shape[2]):
                nights -= books.nights[month, kind, cohort]
            if stock != now:
                return STOCK
            if nights != 0:
                return NIGHTS
    return HOLDS


@inlined
def breach_of_flows(books: Books) -> int:
    """Opening + entries + re-entries - exits = closing, month by month, for all children."""
    before = children_at(books, 0)
    for month in range(books.flows.shape[0]):
        flows = books.flows[month]
        came = flows[ENTRIES] + flows[RE_ENTRIES] + flows[DELAYED_ENTRIES]
        for reason in range(8):
            came -= flows[EXITS + reason]
        now = children_at(books, month + 1)
        if now - before != came:
            return FLOW
        before = now
    return HOLDS


@inlined
def children_at(books: Books, month: int) -> int:
    """All children in care at a month's start."""
    total = 0
    for band in range(books.children.shape[1]):
        for kind in range(books.children.shape[2]):
            total += books.children[month, band, kind]
    return total


@inlined
def breach_of_places(
    timeline: Timeline, placements: PlacementTables, spells: Records, daily: Daily
) -> int:
    """No place holds two, and nobody is placed outside a row's dates, ages and groups.

    Children above the usable places at the opening run off; nobody is added to them.
    """
    for i in range(spells.shape[0]):
        spell = spells[i]
        row, day, why = spell["supply"], spell["start_day"], spell["why_started"]
        if row < 0:
            continue
        if next_closing(placements, row, day) < last_night(timeline, spell["end_day"]):
            return STAYED
        if spell["alone"] == 1 and not lives_alone(timeline, spell, daily):
            return NOT_ALONE
        if why in (STARTED_OPENING, STARTED_STAYING_ON):
            continue
        if daily.occupied[day, row] > placements.usable_places[row, day]:
            return TWO_IN_A_PLACE
        kind = KIND_OF[spell["placement"]][spell["provider"]]
        age = age_on(timeline, spell["birth_day"], day)
        if not suits(placements, row, kind, age, spell["group"], spell["level"]):
            return UNSUITABLE
    return HOLDS


@inlined
def lives_alone(timeline: Timeline, spell: np.void, daily: Daily) -> bool:
    """Whether nobody else is on any night in a spell's home, an own one of the type needed."""
    if KIND_OF[spell["placement"]][spell["provider"]] != KIND_OF[spell["needed"]][IN_HOUSE]:
        return True
    for day in range(max(0, spell["start_day"]), last_night(timeline, spell["end_day"])):
        if daily.occupied[day, spell["supply"]] != 1:
            return False
    return True
