"""Residents aged 0 to 17: mid-years, the days between and beyond them, and rates per 10,000."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

NINE_MONTHS_AFTER: Final = (3, 30)  # a mid-year plus nine months: month and day of the next year
DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Residents:
    """Residents aged 0 to 17 at a mid-year (30 June)."""

    year: int
    residents: int
    source: str
    confirmed: bool


def residents_between(population: Sequence[Residents], growth_a_year: float, when: date) -> float:
    """Residents on a date from mid-years and a growth a year, as in `residents_on`.

    >>> mid_years = [Residents(2015, 1000, "", True), Residents(2016, 1366, "", True)]
    >>> residents_between(mid_years, 0.01, date(2015, 7, 1))
    1001.0
    >>> round(residents_between(mid_years, 0.01, date(2017, 6, 30)), 1)
    1379.7
    """
    rows = sorted(population, key=lambda row: row.year)
    last = rows[-1]
    if when >= mid_year(last.year):
        years = (when - mid_year(last.year)).days / DAYS_PER_YEAR
        return float(last.residents * (1 + growth_a_year) ** years)
    for before, after in pairwise(rows):
        if mid_year(before.year) <= when < mid_year(after.year):
            days = (when - mid_year(before.year)).days
            between = (mid_year(after.year) - mid_year(before.year)).days
            return before.residents + (after.residents - before.residents) * days / between
    raise ValueError(f"no residents are given for {when:%d %B %Y}")


def mid_year(year: int) -> date:
    """The date to which a mid-year estimate of residents refers."""
    return date(year, 6, 30)


def rate_year(when: date) -> int:
    """The latest mid-year at least nine months before a date, whose residents a rate uses.

    >>> rate_year(date(2017, 3, 31)), rate_year(date(2017, 7, 31)), rate_year(date(2017, 1, 1))
    (2016, 2016, 2015)
    """
    return when.year - (1 if (when.month, when.day) >= NINE_MONTHS_AFTER else 2)


def rate_per_10000(children: float, residents: float) -> float:
    """Children per 10,000 residents aged 0 to 17.

    >>> round(rate_per_10000(767, 116_203), 1), round(rate_per_10000(791, 116_203), 1)
    (66.0, 68.1)
    """
    return 10_000 * children / residents
