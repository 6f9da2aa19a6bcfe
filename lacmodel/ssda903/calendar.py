"""Birthdays and years ending 31 March for whole columns of days (days from 1 January 1970)."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BAND_YEARS
from lacmodel.ssda903.records import EPOCH, day_number

Days = NDArray[np.int64]


def birthdays(birth_day: NDArray[np.integer[Any]], age: int) -> Days:
    """The days on which children turn an age; 29 February becomes 1 March.

    >>> from datetime import date, timedelta
    >>> born = np.array([day_number(date(2004, 2, 29)), day_number(date(2004, 3, 1))])
    >>> (birthdays(born, 17) == day_number(date(2021, 3, 1))).tolist()
    [True, True]
    """
    born = np.asarray(birth_day, dtype="datetime64[D]")
    month = born.astype("datetime64[M]")
    day_of_month = born - month.astype("datetime64[D]")
    turned = (month + 12 * age).astype("datetime64[D]") + day_of_month
    return turned.astype(np.int64)


def band_birthdays(birth_day: NDArray[np.integer[Any]]) -> Days:
    """The days on which children leave each age band, the 18th birthday last.

    Returns
    -------
    shape (age band, children)
    """
    return np.array([birthdays(birth_day, age) for age in AGE_BAND_YEARS[1:]])


def year_ending(first_day: int) -> int:
    """The calendar year in which the year before a day ends.

    >>> year_ending(day_number(date(2019, 4, 1))), year_ending(day_number(date(2019, 1, 1)))
    (2019, 2018)
    """
    return (EPOCH + timedelta(days=first_day - 1)).year


def years_until(first_day: int, last_day: int) -> list[int]:
    """The first day of each year that the last day ends, back to a first day, and the day after.

    >>> years_until(day_number(date(2017, 4, 1)), day_number(date(2018, 9, 30))) == [
    ...     day_number(date(year, 10, 1)) for year in (2016, 2017, 2018)
    ... ]
    True
    """
    after = np.datetime64(last_day + 1, "D")
    month = after.astype("datetime64[M]")
    starts = [last_day + 1]
    while starts[0] > first_day:
        before = (month - 12 * len(starts)).astype("datetime64[D]") + (after - month)
        starts.insert(0, int(before.astype(np.int64)))
    return starts


def year_starts(first_day: int, last_day: int) -> list[int]:
    """Every 1 April from the year of a first day to that of a last day, and the one after.

    >>> year_starts(day_number(date(2017, 5, 1)), day_number(date(2019, 3, 31))) == [
    ...     day_number(date(year, 4, 1)) for year in (2017, 2018, 2019)
    ... ]
    True
    """
    when = EPOCH + timedelta(days=first_day)
    first = when.year - (when.month < 4)
    starts: list[int] = []
    while not starts or starts[-1] <= last_day:
        starts.append(day_number(date(first + len(starts), 4, 1)))
    return starts
