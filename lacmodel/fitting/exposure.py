"""Child-nights and events by cell, from the spells of a return.

A spell's nights are cut where the child's age band, the band of time in care or the year changes;
an event belongs to the cell of the night before it. Nights before the first file are not seen and
do not count (left truncation), nor do those after the last (right censoring).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    EARLY_TIME_BANDS,
    ENDED_BREAKDOWN,
    ENDED_PLANNED,
    GROUPS,
    KIND_OF,
    KINDS,
    OPEN,
    PLACEMENTS,
    ROUTES,
    TIME_BAND_DAYS,
    TIME_BANDS,
    TURNED_18,
)
from lacmodel.ssda903.calendar import Days, band_birthdays, years_until
from lacmodel.ssda903.records import ReturnSpells, first_of_period

IntArray = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNKNOWN_TIME: Final = len(TIME_BANDS)  # the place after the bands, for nights whose band is unknown
UNKNOWN_EARLY: Final = UNKNOWN_TIME + 1  # ... and which may lie before or after 26 weeks
TIMES: Final = len(TIME_BANDS) + 2
CAUSES: Final = len(ROUTES) + 2  # the routes, then breakdown and planned move
BREAKDOWN: Final = len(ROUTES)
PLANNED: Final = len(ROUTES) + 1
CELL_SHAPE: Final = (len(KINDS), len(AGE_BANDS), TIMES, len(GROUPS))
PLACEMENT_OF_KIND: Final = np.array([placement for placement, _ in KINDS])


@dataclass(frozen=True, slots=True)
class Counts:
    """What was seen, by year (to 31 March, or as the return is cut) and cell.

    The last two places of the axis of time hold nights on which the band of time in care is not
    known: after 26 weeks for certain, and perhaps before.
    """

    year_start: tuple[int, ...]  # the first night of each year, days from 1 January 1970
    nights: IntArray  # (year, kind, age band, time, group)
    events: IntArray  # (year, cause, kind, age band, time, group)

    def of_years(self, years: slice) -> "Counts":
        """The counts of some of the years."""
        return Counts(self.year_start[years], self.nights[years], self.events[years])

    @property
    def exit_nights(self) -> IntArray:
        """Nights whose band is known; shape (age band, time band, placement, group)."""
        by_kind = self.nights.sum(axis=0)[:, :, :UNKNOWN_TIME]
        return by_placement(by_kind).transpose(1, 2, 0, 3)

    @property
    def exits(self) -> IntArray:
        """Exits on them; shape (route, age band, time band, placement, group)."""
        events = self.events[:, : len(ROUTES)].sum(axis=0)[..., :UNKNOWN_TIME, :]
        return by_placement(events.transpose(1, 0, 2, 3, 4)).transpose(1, 2, 3, 0, 4)

    @property
    def all_exits(self) -> IntArray:
        """Exits by any route on them; shape as `exit_nights`."""
        return self.exits.sum(axis=0)

    @property
    def breakdown_nights(self) -> IntArray:
        """Nights known to be under or over 26 weeks; shape (kind, age band, early or late)."""
        return early_and_late(self.nights.sum(axis=(0, 4)))

    @property
    def breakdowns(self) -> IntArray:
        """Breakdowns on them; shape (kind, age band, early or late)."""
        return early_and_late(self.events[:, BREAKDOWN].sum(axis=(0, 4)))

    @property
    def planned_nights(self) -> IntArray:
        """Nights; shape (placement, age band)."""
        return by_placement(self.nights.sum(axis=(0, 3, 4)))

    @property
    def planned_moves(self) -> IntArray:
        """Planned moves; shape (placement, age band)."""
        return by_placement(self.events[:, PLANNED].sum(axis=(0, 3, 4)))


def by_placement(by_kind: IntArray) -> IntArray:
    """Sums over the providers of a type; the first axis is the kind's, then the placement's."""
    summed = np.zeros((len(PLACEMENTS), *by_kind.shape[1:]), dtype=np.int64)
    np.add.at(summed, PLACEMENT_OF_KIND, by_kind)
    return summed


def early_and_late(by_time: IntArray) -> IntArray:
    """Sums under and over 26 weeks in care; shape (kind, age band, time) to (..., 2)."""
    early = by_time[..., :EARLY_TIME_BANDS].sum(axis=-1)
    late = by_time[..., EARLY_TIME_BANDS:UNKNOWN_EARLY].sum(axis=-1)
    return np.stack([early, late], axis=-1)


def count(spells: ReturnSpells) -> Counts:
    """Nights and events of a return, in years that end with its last day."""
    years = years_until(spells.first_day, spells.last_day)
    start = np.maximum(spells.start_day, spells.first_day).astype(np.int64)
    end = np.minimum(spells.end_day, spells.last_day).astype(np.int64)
    began = period_began(spells)
    end = np.maximum(start, end)  # no night of a spell that ended before the return begins
    turned = band_birthdays(spells.birth_day)
    changes = [*turned[:-1], *(began + days for days in TIME_BAND_DAYS[1:]),
               *(spells.birth_day + days for days in TIME_BAND_DAYS[1:]),
               *(np.full(len(start), year) for year in years)]  # fmt: skip
    cuts = np.sort(np.clip([start, end, *changes], start, end), axis=0)
    nights = np.diff(cuts, axis=0)
    piece, spell = np.nonzero(nights)
    cell = cell_of_night(spells, years, began, turned, spell, cuts[piece, spell])
    shape = (len(years) - 1, *CELL_SHAPE)
    counted = np.bincount(cell, nights[piece, spell], np.prod(shape)).astype(np.int64)
    cause, ended = ends_in_window(spells)
    at = cell_of_night(spells, years, began, turned, ended, spells.end_day[ended] - 1)
    events = np.bincount(cause * np.prod(shape) + at, minlength=CAUSES * np.prod(shape))
    by_year = events.reshape(CAUSES, *shape).swapaxes(0, 1)
    return Counts(tuple(years[:-1]), counted.reshape(shape), by_year)


def period_began(spells: ReturnSpells) -> Days:
    """The first day of each spell's period of care; the latest that it can be if unseen."""
    first = first_of_period(spells)
    return np.asarray(spells.start_day[first][np.cumsum(first) - 1], dtype=np.int64)


def ends_in_window(spells: ReturnSpells) -> tuple[IntArray, IntArray]:
    """Cause and spell of every event in the return; 18th birthdays have no hazard."""
    cause = np.full(len(spells.child), OPEN)
    cause[spells.why_ended == ENDED_BREAKDOWN] = BREAKDOWN
    cause[spells.why_ended == ENDED_PLANNED] = PLANNED
    exits = (spells.why_ended >= 0) & (spells.why_ended < TURNED_18)
    cause[exits] = spells.why_ended[exits]
    seen = (spells.end_day > spells.first_day) & (spells.end_day <= spells.last_day)
    ended = np.flatnonzero((cause != OPEN) & seen & (spells.end_day > spells.start_day))
    return cause[ended], ended


def cell_of_night(
    spells: ReturnSpells,
    years: list[int],
    began: Days,
    turned: Days,
    spell: IntArray,
    night: NDArray[np.integer[Any]],
) -> IntArray:
    """The cell (year, kind, age band, time, group) of nights of spells, as one number."""
    year = np.searchsorted(years, night, side="right") - 1
    kind = np.array(KIND_OF)[spells.placement[spell], spells.provider[spell]]
    age = np.minimum((turned[:, spell] <= night).sum(axis=0), len(AGE_BANDS) - 1)
    at_least = time_band(night - began[spell])
    known = spells.period_start_seen[spell] | (
        at_least == time_band(night - spells.birth_day[spell])
    )
    unknown = np.where(at_least >= EARLY_TIME_BANDS, UNKNOWN_TIME, UNKNOWN_EARLY)
    time = np.where(known, at_least, unknown)
    shape = (len(years) - 1, *CELL_SHAPE)
    return np.ravel_multi_index((year, kind, age, time, spells.group[spell]), shape)


def time_band(days: NDArray[np.integer[Any]]) -> IntArray:
    """Band of time in care.

    >>> time_band(np.array([0, 55, 56, 4000])).tolist()
    [0, 0, 1, 5]
    """
    return np.searchsorted(TIME_BAND_DAYS, days, side="right") - 1
