"""Which years of a return the rates rest on: those whose rates foretell the next year best.

Each of the last years is held out in turn, rates are fitted to some years before it, and the
held-out year's log likelihood under them is taken. The number of years with the highest sum is
used, counted back from the end of the return.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import ROUTES
from lacmodel.fitting.arrivals import by_month, expected_starters
from lacmodel.fitting.hazards import exit_hazard
from lacmodel.fitting.return_rates import (
    BREAKDOWN,
    BREAKDOWN_NEXT,
    FIRST,
    PLANNED,
    PLANNED_NEXT,
    RE_ENTRY,
    ReturnRates,
    fit_rates,
)
from lacmodel.fitting.seen import Seen
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]
AnyArray = NDArray[Any]

SENSIBLE_YEARS: Final = (1, 2, 3, 5)
MOST_HELD_OUT: Final = 2
MARCH: Final = "31 March"
PARTS: Final = ("entries", "exits", "moves", "re-entries", "placements")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number of years, and how well its rates foretell the years held out."""

    years: int  # 0: all
    log_likelihood: dict[str, float]  # by part; constants are left out, so only differences tell

    @property
    def total(self) -> float:
        """The sum over the parts."""
        return sum(self.log_likelihood.values())


@dataclass(frozen=True, slots=True)
class Reference:
    """The years that the rates rest on, and why."""

    first_year_ending: int
    last_year_ending: int
    stated: bool
    held_out: tuple[int, ...]  # the years ending 31 March on which the candidates were tried
    candidates: tuple[Candidate, ...]
    last_day: str = MARCH  # of every year

    @property
    def words(self) -> str:
        """The years in words.

        >>> Reference(2019, 2021, True, (), ()).words
        '2018/19 to 2020/21'
        >>> Reference(2019, 2021, True, (), (), "30 June").words
        'the years ending 30 June 2019 to 2021'
        """
        first, last = self.first_year_ending, self.last_year_ending
        ends = [first, last] if first != last else [first]
        if self.last_day == MARCH:
            return " to ".join(f"{year - 1}/{year % 100:02d}" for year in ends)
        year = "years" if len(ends) > 1 else "year"
        return f"the {year} ending {self.last_day} {' to '.join(map(str, ends))}"


def choose_reference(
    seen: Seen, residents: FloatArray, national: dict[str, Table]
) -> tuple[Reference, slice]:
    """Choose the years; with fewer than three there is nothing to choose between."""
    count = len(seen.year_ending)
    held_out = range(max(2, count - MOST_HELD_OUT), count)
    candidates = [
        Candidate(years, _foretold(seen, residents, national, years, held_out))
        for years in (*_comparable(held_out), 0)
    ]
    best = max(candidates, key=lambda candidate: candidate.total)
    first = count - best.years if best.years else 0
    reference = Reference(
        seen.year_ending[first], seen.year_ending[-1], False,
        tuple(seen.year_ending[year] for year in held_out), tuple(candidates), seen.last_day,
    )  # fmt: skip
    return reference, slice(first, count)


def _comparable(held_out: range) -> list[int]:
    """Numbers of years that there are before every year held out, and that are not all of them.

    >>> _comparable(range(3, 5)), _comparable(range(2, 3)), _comparable(range(0))
    ([1, 2, 3], [1], [])
    """
    return [y for y in SENSIBLE_YEARS if held_out and y <= held_out[0] and y < held_out[-1]]


def _foretold(
    seen: Seen, residents: FloatArray, national: dict[str, Table], years: int, held_out: range
) -> dict[str, float]:
    """Log likelihood of the years held out under rates from so many years before each."""
    total = dict.fromkeys(PARTS, 0.0)
    for year in held_out:
        before = slice(year - years if years else 0, year)
        rates = fit_rates(seen.of_years(before), residents[before], national)
        here = slice(year, year + 1)
        found = log_likelihood(rates, seen.of_years(here), residents[here], national)
        total = {part: total[part] + found[part] for part in PARTS}
    return total


def log_likelihood(
    rates: ReturnRates, seen: Seen, residents: FloatArray, national: dict[str, Table]
) -> dict[str, float]:
    """Log likelihood of what was seen, given rates, by part; constants are left out."""
    tables, counts, mixes = {**national, **rates.tables}, seen.counts, seen.mixes
    nights = counts.exit_nights - counts.all_exits / 2
    again = by_month(seen.arrivals, seen.unseen.expected(tables[RE_ENTRY].values))
    starters = expected_starters(seen.arrivals, residents, tables) + again
    exits = [poisson(nights * exit_hazard(route, tables), counts.exits[route])
             for route in range(len(ROUTES))]  # fmt: skip
    moves = [poisson((n - e / 2) * tables[name].values, e) for name, e, n in (
        (BREAKDOWN, counts.breakdowns, counts.breakdown_nights),
        (PLANNED, counts.planned_moves, counts.planned_nights),
    )]  # fmt: skip
    back = seen.re_entry_nights.sum(axis=0) * tables[RE_ENTRY].values
    placed = [logs_of_shares(tables[name].values, c.sum(axis=0)) for name, c in (
        (FIRST, mixes.first),
        (BREAKDOWN_NEXT, mixes.breakdown_next),
        (PLANNED_NEXT, mixes.planned_next),
    )]  # fmt: skip
    return {
        "entries": poisson(starters, seen.arrivals.children),
        "exits": sum(exits),
        "moves": sum(moves),
        "re-entries": poisson(back, seen.re_entries.sum(axis=0)),
        "placements": sum(placed),
    }


def poisson(expected: FloatArray, events: AnyArray) -> float:
    """Log likelihood of Poisson events where any are possible, without the factorials.

    >>> poisson(np.array([1.0, 0.0]), np.array([3, 2]))
    -1.0
    """
    possible = expected > 0
    return float(np.sum(events[possible] * np.log(expected[possible]) - expected[possible]))


def logs_of_shares(values: FloatArray, counts: AnyArray) -> float:
    """Log likelihood of counts given the shares of their rows, where they are not nil.

    >>> round(logs_of_shares(np.array([0.5, 0.5, 0.0]), np.array([1, 2, 7])), 3)
    -2.079
    """
    possible = values > 0
    return float(np.sum(counts[possible] * np.log(values[possible])))
