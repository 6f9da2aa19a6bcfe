"""Children who left and may come back: nights out of care and re-entries, from a return.

Returns do not show who left before the first file. Their re-entries look like new starts, and are
the more numerous the shorter the files reach back; `unseen_re_entries` says how many to expect.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    GROUPS,
    RE_ENTRY_DAYS,
    RETURNABLE,
    SINCE_BAND_DAYS,
    SINCE_BANDS,
)
from lacmodel.ssda903.calendar import Days, band_birthdays
from lacmodel.ssda903.records import OPEN_DAY, ReturnSpells, first_of_period

FloatArray = NDArray[np.float64]
Bools = NDArray[np.bool_]

SINCE_ENDS: Final = (*SINCE_BAND_DAYS[1:], RE_ENTRY_DAYS)


@dataclass(frozen=True, slots=True)
class Leavers:
    """Children who left by a route after which they may come back; shape (leavers,)."""

    reason: Days  # place in codes.ROUTES, below RETURNABLE
    left_day: Days
    birth_day: Days
    group: Days
    back_day: Days  # OPEN_DAY where no return within six years is seen

    def where(self, chosen: Bools) -> "Leavers":
        """Some of the leavers."""
        return Leavers(*(getattr(self, f.name)[chosen] for f in fields(self)))


def leavers_of(spells: ReturnSpells) -> Leavers:
    """Everyone who left by such a route between the first and the last day of a return."""
    left = (spells.why_ended >= 0) & (spells.why_ended < RETURNABLE)
    left &= (spells.end_day >= spells.first_day) & (spells.end_day <= spells.last_day)
    at = np.flatnonzero(left)
    following = np.minimum(at + 1, len(spells.child) - 1)
    again = (following > at) & (spells.child[following] == spells.child[at])
    back = np.where(again, spells.start_day[following], OPEN_DAY)
    back = np.where(back < spells.end_day[at] + RE_ENTRY_DAYS, back, OPEN_DAY)
    columns = (spells.why_ended, spells.end_day, spells.birth_day, spells.group)
    reason, left_day, birth_day, group = (column[at].astype(np.int64) for column in columns)
    return Leavers(reason, left_day, birth_day, group, back)


def past_leavers(spells: ReturnSpells) -> Leavers:
    """Who left and may still come back after the last day: under 18, out for less than six years.

    Only those whom the return shows leaving; whoever left before the first file is not among them.
    """
    leavers, day = leavers_of(spells), spells.last_day + 1
    waiting = (leavers.back_day == OPEN_DAY) & (leavers.left_day + RE_ENTRY_DAYS > day)
    return leavers.where(waiting & (band_birthdays(leavers.birth_day)[-1] > day))


def starters(spells: ReturnSpells) -> NDArray[np.int64]:
    """The first spells of the periods of care that begin in the files and are no re-entry."""
    begins = first_of_period(spells) & spells.period_start_seen
    begins &= (spells.start_day >= spells.first_day) & (spells.start_day <= spells.last_day)
    same_child = np.append(False, np.diff(spells.child) == 0)[: len(begins)]
    before = np.maximum(np.arange(len(begins)) - 1, 0)
    recent = spells.start_day < spells.end_day[before] + RE_ENTRY_DAYS
    could = (spells.why_ended[before] >= 0) & (spells.why_ended[before] < RETURNABLE)
    return np.flatnonzero(begins & ~(same_child & could & recent))


def overlap(begin: Days, end: Days, from_: Days | int, to: Days | int) -> Days:
    """Nights that two stretches share.

    >>> overlap(np.array([0]), np.array([10]), 5, 20).tolist()
    [5]
    """
    return np.maximum(np.minimum(end, to) - np.maximum(begin, from_), 0)


def count_re_entries(
    leavers: Leavers, years: list[int], last_day: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nights out of care and re-entries; shape (year, reason, band of time since leaving)."""
    stop = np.minimum(band_birthdays(leavers.birth_day)[-1], leavers.left_day + RE_ENTRY_DAYS)
    end = np.minimum(np.minimum(stop, leavers.back_day), last_day)
    shape = (len(years) - 1, RETURNABLE, len(SINCE_BANDS))
    nights = np.zeros(shape, dtype=np.int64)
    for year in range(shape[0]):
        for band, (low, high) in enumerate(zip(SINCE_BAND_DAYS, SINCE_ENDS, strict=True)):
            begin, until = leavers.left_day + low, np.minimum(end, leavers.left_day + high)
            here = overlap(begin, until, years[year], years[year + 1])
            nights[year, :, band] = np.bincount(leavers.reason, here, RETURNABLE)
    came = leavers.where((leavers.back_day <= last_day) & (leavers.back_day < stop))
    night = np.maximum(came.back_day - 1, came.left_day)
    at = (np.searchsorted(years, night, side="right") - 1, came.reason,
          np.searchsorted(SINCE_BAND_DAYS, night - came.left_day, side="right") - 1)  # fmt: skip
    events = np.zeros(shape, dtype=np.int64)
    np.add.at(events, at, 1)
    return nights, events


def unseen_re_entries(
    leavers: Leavers, hazard_per_day: FloatArray, years: list[int], first_day: int, last_day: int
) -> FloatArray:
    """Re-entries to expect of children who left before the first file.

    The leavers of the files stand for those of the equally long stretches before them, as if the
    same had happened then.

    Parameters
    ----------
    hazard_per_day : shape (reason, band of time since leaving)

    Returns
    -------
    shape (year, age band, group)
    """
    length = last_day - first_day + 1
    expected = np.zeros((len(years) - 1, len(AGE_BANDS), len(GROUPS)))
    for shift in range(length, RE_ENTRY_DAYS + length, length):
        left = leavers.left_day - shift
        turned = band_birthdays(leavers.birth_day - shift)
        born = np.full_like(left, -OPEN_DAY)
        edges = [*zip((born, *turned[:-1]), turned, strict=True)]
        for year in range(len(years) - 1):
            ends = min(years[year + 1], last_day)
            for age, (from_, to) in enumerate(edges):
                came = _expected_back(
                    left, hazard_per_day[leavers.reason],
                    np.maximum(from_, years[year]), np.minimum(to, ends),
                )  # fmt: skip
                expected[year, age] += np.bincount(leavers.group, came, len(GROUPS))
    return expected


def _expected_back(left: Days, hazard: FloatArray, from_: Days, to: Days) -> FloatArray:
    """Probability of coming back in a stretch of days, for each who left; hazard by since band."""
    until_start = np.zeros(len(left))
    within = np.zeros(len(left))
    begins = np.maximum(from_, left)
    for band, (low, high) in enumerate(zip(SINCE_BAND_DAYS, SINCE_ENDS, strict=True)):
        until_start += hazard[:, band] * overlap(left + low, left + high, left, begins)
        within += hazard[:, band] * overlap(left + low, left + high, begins, np.maximum(to, begins))
    return np.exp(-until_start) * -np.expm1(-within)
