"""Given: what children were given in one future's spells, and what they did without.

It is counted in the run as it is, child by child, for the scopes of `lacmodel.analyses.need`.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.need import Scopes
from lacmodel.codes import (
    EXTERNAL,
    IN_HOUSE,
    IN_HOUSE_KINDS,
    KIND_OF,
    KINDS,
    PLACEMENTS,
    STARTED_OPENING,
    STARTED_STAYING_ON,
    UNREGISTERED,
)
from lacmodel.compiling import compiled, inlined
from lacmodel.engines.counting import cohort_of, last_night, own_rows_full
from lacmodel.pathway.placements import NONE_SUITED, PlacementTables
from lacmodel.plan import OpeningChildren, Prices
from lacmodel.timeline import Timeline, age_on, birthday_on

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Records = NDArray[np.void]

SOUGHT: Final = (
    "placements_sought",
    "placed_externally_none_free",
    "placed_externally_none_suited",
    "placed_in_another_type_than_needed",
    "turned_away",
)
ELSEWHERE: Final = 0  # why a child is not where it should be: bought, for want of an own place
OTHER_TYPE: Final = 1  # ... or in another type than needed
CAUSES: Final = ("external", "another type")
LONG_IN_CARE_DAYS: Final = 913  # two and a half years
SAME_PLACE_DAYS: Final = 730
SIXTEEN: Final = 16


class Given(NamedTuple):
    """What one future's children were given."""

    children: NDArray[np.int32]  # (row, day + 1): changes, then children in rows of supply
    adults: NDArray[np.int32]  # (row, day + 1)
    sought: NDArray[np.int32]  # (month, scope, SOUGHT): placements begun
    nights_lost: NDArray[np.int32]  # (month, cause, placement needed)
    pounds_given: FloatArray  # (month, cause, kind): before a future's own growth of prices
    pounds_needed: FloatArray  # (month, cause, kind): of what was needed, for the same nights
    unregistered_nights: NDArray[np.int32]  # (month, all or under 16)
    unregistered_children: NDArray[np.int32]  # (year to 31 March, all or under 16)
    long_in_care: NDArray[np.int32]  # (year, all or in one placement for two years): under 16


class Rates(NamedTuple):
    """Prices of nights as the counting reads them."""

    per_night: FloatArray  # (month, kind, cohort), pounds
    relative: FloatArray  # (kind, group, level)
    new_days: IntArray
    needed_kind: IntArray  # (placement,): the kind that a child who needs a type should have


class Years(NamedTuple):
    """The years to 31 March within a run."""

    of_month: IntArray  # (month + 1,)
    last_day: IntArray  # (year,)


def rates_of(prices: Prices, placements: PlacementTables) -> Rates:
    """What nights cost; a child should have the council's own provision where the type has any."""
    own = set(placements.row_kind.tolist()) & set(IN_HOUSE_KINDS)
    needed = [
        KIND_OF[p][IN_HOUSE] if KIND_OF[p][IN_HOUSE] in own else KIND_OF[p][EXTERNAL]
        for p in range(len(PLACEMENTS))
    ]
    new_days = np.array(prices.new_days, dtype=np.int64)
    return Rates(prices.gross_per_week / 7, prices.relative, new_days, np.array(needed, np.int64))


def empty_given(timeline: Timeline, scopes: Scopes, years: Years) -> Given:
    """Nothing given to anybody."""
    months, rows = len(timeline.month_start) - 1, scopes.rows.shape[1]
    by_kind = (months, len(CAUSES), len(KINDS))
    shapes: tuple[tuple[int, ...], ...] = (
        (rows, timeline.days + 1),
        (rows, timeline.days + 1),
        (months, len(scopes.placement), len(SOUGHT)),
        (months, len(CAUSES), len(PLACEMENTS)),
        by_kind,
        by_kind,
        (months, 2),
        (len(years.last_day), 2),
        (len(years.last_day), 2),
    )
    types = [np.float64 if shape is by_kind else np.int32 for shape in shapes]
    return Given(*(np.zeros(shape, kind) for shape, kind in zip(shapes, types, strict=True)))


def given_in(
    timeline: Timeline,
    placements: PlacementTables,
    scopes: Scopes,
    rates: Rates,
    years: Years,
    opening: OpeningChildren,
    spells: Records,
    by_child: IntArray,
) -> Given:
    """What the children of one future were given; ``by_child`` puts spells in order by child."""
    given = empty_given(timeline, scopes, years)
    first_days = opening.first_day[np.argsort(opening.number, kind="stable")]
    count_given(timeline, placements, scopes, rates, years, first_days, spells, by_child, given)
    for changes in given[:2]:
        np.cumsum(changes, axis=1, out=changes)
    return given


@compiled
def count_given(
    timeline: Timeline,
    placements: PlacementTables,
    scopes: Scopes,
    rates: Rates,
    years: Years,
    first_days: IntArray,
    spells: Records,
    by_child: IntArray,
    given: Given,
) -> None:
    """Write down where every spell was spent, child by child.

    Parameters
    ----------
    first_days : of the periods of care of the opening children, in the order of their numbers
    """
    child, period, since, of_opening, last_year = -1, -1, 0, 0, -1
    for place in range(by_child.shape[0]):
        spell = spells[by_child[place]]
        if spell["child"] != child:
            last_year = -1
        if spell["child"] != child or spell["period"] != period:
            since = spell["start_day"]
            if spell["why_started"] == STARTED_OPENING:
                since = first_days[of_opening]
                of_opening += 1
        child, period = spell["child"], spell["period"]
        day, end = max(0, spell["start_day"]), last_night(timeline, spell["end_day"])
        if end <= day:
            continue
        if spell["supply"] >= 0:
            add_to_row(given, spell, day, end)
        if spell["why_started"] == STARTED_STAYING_ON:
            continue
        if spell["why_started"] != STARTED_OPENING:
            count_sought(timeline, placements, scopes, spell, given)
        cause = cause_of(timeline, placements, spell)
        if cause >= 0:
            count_lost(timeline, rates, spell, cause, day, end, given)
        if spell["placement"] == UNREGISTERED:
            last_year = count_unregistered(timeline, years, spell, day, end, last_year, given)
        count_settled(timeline, years, spell, since, end, given)


@inlined
def add_to_row(given: Given, spell: np.void, day: int, end: int) -> None:
    """Take a place of a row from a day to a day."""
    taken = given.adults if spell["why_started"] == STARTED_STAYING_ON else given.children
    taken[spell["supply"], day] += 1
    taken[spell["supply"], end] -= 1


@inlined
def cause_of(timeline: Timeline, placements: PlacementTables, spell: np.void) -> int:
    """Why a child is not in a place that it needs; -1 where it is, or where nothing was full."""
    if spell["needed"] != spell["placement"]:
        return OTHER_TYPE
    if spell["why_started"] == STARTED_OPENING or spell["provider"] != EXTERNAL:
        return -1
    return ELSEWHERE if own_rows_full(timeline, placements, spell) else -1


@inlined
def count_sought(
    timeline: Timeline,
    placements: PlacementTables,
    scopes: Scopes,
    spell: np.void,
    given: Given,
) -> None:
    """Count a placement that begins in the scopes of the child, and what it did not find."""
    day = spell["start_day"]
    month, age = timeline.month_of_day[day], age_on(timeline, spell["birth_day"], day)
    cause = cause_of(timeline, placements, spell)
    away = spell["supply"] < 0 or spell["needed"] != spell["placement"]
    for scope in range(scopes.placement.shape[0]):
        if (
            scopes.placement[scope] == spell["needed"]
            and scopes.takes[scope, age, spell["group"], spell["level"]]
        ):
            counts = given.sought[month, scope]
            counts[0] += 1
            counts[1] += cause == ELSEWHERE
            counts[2] += spell["supply"] == NONE_SUITED
            counts[3] += cause == OTHER_TYPE
            counts[4] += away


@inlined
def count_lost(
    timeline: Timeline,
    rates: Rates,
    spell: np.void,
    cause: int,
    day: int,
    end: int,
    given: Given,
) -> None:
    """Count nights for want of a place, and what they cost beside what was needed."""
    needed, month = spell["needed"], timeline.month_of_day[day]
    kind, wanted = KIND_OF[spell["placement"]][spell["provider"]], rates.needed_kind[needed]
    group, level = spell["group"], spell["level"]
    factor = spell["price_factor"] * rates.relative[kind, group, level]
    cohort = cohort_of(spell, True, rates.new_days)
    while day < end:
        until = min(end, timeline.month_start[month + 1])
        given.nights_lost[month, cause, needed] += until - day
        paid, instead = rates.per_night[month, kind, cohort], rates.per_night[month, wanted, cohort]
        given.pounds_given[month, cause, kind] += (until - day) * paid * factor
        given.pounds_needed[month, cause, wanted] += (
            (until - day) * instead * rates.relative[wanted, group, level]
        )
        day = until
        month += 1


@inlined
def count_unregistered(
    timeline: Timeline,
    years: Years,
    spell: np.void,
    day: int,
    end: int,
    last_year: int,
    given: Given,
) -> int:
    """Count nights in unregistered settings, and the child once a year; returns the last year.

    A child counts as under 16 in a year if it is so on its first such night of the year.
    """
    month = timeline.month_of_day[day]
    sixteen = birthday_on(timeline, spell["birth_day"], SIXTEEN)
    while day < end:
        until, year = min(end, timeline.month_start[month + 1]), years.of_month[month]
        given.unregistered_nights[month, 0] += until - day
        given.unregistered_nights[month, 1] += max(0, min(until, sixteen) - day)
        if year != last_year and year < years.last_day.shape[0]:
            given.unregistered_children[year, 0] += 1
            given.unregistered_children[year, 1] += day < sixteen
        last_year, day = year, until
        month += 1
    return last_year


@inlined
def count_settled(
    timeline: Timeline, years: Years, spell: np.void, since: int, end: int, given: Given
) -> None:
    """Count on each 31 March a child under 16 who has been in care for two and a half years.

    Such a child is settled if its placement has lasted for two years. Since when those of the
    opening have been where they are is not known, so years before the second are left out.
    """
    for year in range(years.last_day.shape[0]):
        day = years.last_day[year]
        if day < spell["start_day"] or day >= end or day + 1 < SAME_PLACE_DAYS:
            continue
        young = age_on(timeline, spell["birth_day"], day) < SIXTEEN
        if young and day - since >= LONG_IN_CARE_DAYS:
            given.long_in_care[year, 0] += 1
            given.long_in_care[year, 1] += day - spell["start_day"] >= SAME_PLACE_DAYS - 1
