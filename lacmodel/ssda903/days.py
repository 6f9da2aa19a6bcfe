"""Dates as returns write them: day first or ISO, and what spreadsheets make of them."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.ssda903.records import day_number

NO_DAY: Final = np.iinfo(np.int32).min  # no date, or none that can be read
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2099
PIVOT: Final = 50  # two digits below it are of this century

BLANK: Final = 0
GOOD: Final = 1
SHORT_YEAR: Final = 2
UNREADABLE: Final = 3

_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + _TIME, re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2}|[A-Z]{3,9})[/.-](\d{4}|\d{2})" + _TIME, re.ASCII)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class Days:
    """A column of dates as day numbers, and how each was found; shapes (rows,)."""

    day: NDArray[np.int32]  # NO_DAY where blank or unreadable
    how: NDArray[np.int8]  # BLANK, GOOD, SHORT_YEAR or UNREADABLE


def read_day(text: str) -> tuple[int, int]:
    """The day number of a date as written, and how it was found.

    >>> read_day("01/04/2018") == read_day("2018-04-01 00:00:00") == (17622, GOOD)
    True
    >>> read_day("1-APR-18") == (17622, SHORT_YEAR)
    True
    >>> read_day("30/02/2018")[1] == UNREADABLE, read_day("")[1] == BLANK
    (True, True)
    """
    if not text:
        return NO_DAY, BLANK
    if found := _ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    else:
        return NO_DAY, UNREADABLE
    try:
        number = int(month) if month.isdecimal() else _MONTHS.index(month[:3]) + 1
        when = date(_full_year(year), number, int(day))
    except ValueError:
        return NO_DAY, UNREADABLE
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        return NO_DAY, UNREADABLE
    return day_number(when), GOOD if len(year) == 4 else SHORT_YEAR


def _full_year(written: str) -> int:
    """A year of two digits in its century.

    >>> _full_year("18"), _full_year("99"), _full_year("2018")
    (2018, 1999, 2018)
    """
    year = int(written)
    if len(written) == 4:
        return year
    return year + (2000 if year < PIVOT else 1900)


def read_days(column: "pd.Categorical[Any]") -> Days:
    """Day numbers of a column; each different text is read once."""
    read = [read_day(str(text)) for text in column.categories]
    day = np.array([found[0] for found in read] + [NO_DAY], dtype=np.int32)
    how = np.array([found[1] for found in read] + [BLANK], dtype=np.int8)
    return Days(day[column.codes], how[column.codes])


def date_texts(days: NDArray[np.integer[Any]]) -> NDArray[np.str_]:
    """Day numbers as ISO dates; blank where there is none.

    >>> date_texts(np.array([17622, NO_DAY])).tolist()
    ['2018-04-01', '']
    """
    known = days != NO_DAY
    texts = np.where(known, days, 0).astype("datetime64[D]").astype("U10")
    return np.where(known, texts, "")


def birthday_days(birth: NDArray[np.integer[Any]], age: int) -> NDArray[np.int64]:
    """Day numbers on which children turn an age; 29 February becomes 1 March.

    >>> from lacmodel.ssda903.records import day_number
    >>> born = np.array([day_number(date(2004, 2, 29)), day_number(date(2004, 3, 31))])
    >>> date_texts(birthday_days(born, 18)).tolist()
    ['2022-03-01', '2022-03-31']
    """
    born = birth.astype("datetime64[D]")
    month = born.astype("datetime64[M]")
    day_of_month = (born - month).astype(np.int64)
    return (month + 12 * age).astype("datetime64[D]").astype(np.int64) + day_of_month


def year_ends(years: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Day numbers of the last days of collection years.

    >>> date_texts(year_ends(np.array([2018]))).tolist()
    ['2018-03-31']
    """
    month = (np.asarray(years, dtype=np.int64) - 1970) * 12 + 3  # April
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1


def collection_years(days: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """The collection years in which days lie.

    >>> collection_years(np.array([17621, 17622])).tolist()
    [2018, 2019]
    """
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (months - 3) // 12 + 1971
