"""Beside others: an area's rate per 10,000 beside England's, its region's and its neighbours'."""

from collections.abc import Iterator, Sequence
from datetime import date
from statistics import median
from typing import Final, NamedTuple

from lacmodel.area import Area, Benchmark, rate_population
from lacmodel.area.residents import rate_per_10000
from lacmodel.results import RATE_UNIT, TidyTable, number, user_text

YEARS: Final = 10  # that are shown, the last of them that of the opening
OWN: Final = "the history and the residents of the area"
MEDIAN: Final = "worked out from the neighbours of this date"


class BesideYear(NamedTuple):
    """Rates per 10,000 of one 31 March, as far as they are known."""

    when: date
    own: float | None
    england: Benchmark | None
    region: Benchmark | None
    neighbours: tuple[Benchmark, ...]

    @property
    def neighbour_rates(self) -> list[float]:
        """The rates of the statistical neighbours, the lowest first."""
        return sorted(row.rate_per_10000 for row in self.neighbours)

    @property
    def median(self) -> float | None:
        """The neighbours' median rate."""
        return median(self.neighbour_rates) if self.neighbours else None


class AtMedian(NamedTuple):
    """How many children the area would look after at its neighbours' median rate."""

    when: date
    rate_per_10000: float
    children: float


def beside_others(area: Area, opening: date) -> tuple[BesideYear, ...]:
    """The ten years up to the opening for which anybody's rate is known, the earliest first."""
    known = [row for row in area.benchmarks if row.when <= opening]
    own = {when: rate for when, rate in own_rates(area) if when <= opening}
    days = sorted({row.when for row in known} | own.keys())
    return tuple(
        BesideYear(
            when,
            own.get(when),
            _one(known, when, "england"),
            _one(known, when, "region"),
            tuple(row for row in known if row.relation == "neighbour" and row.when == when),
        )
        for when in days[-YEARS:]
    )


def own_rates(area: Area) -> Iterator[tuple[date, float]]:
    """The area's own rate on each 31 March of its history whose residents are known."""
    first = min(row.year for row in area.population)
    for row in area.history:
        when = date(row.year, 3, 31)
        if row.year > first:
            yield when, rate_per_10000(row.children, rate_population(area, when))


def _one(rows: Sequence[Benchmark], when: date, relation: str) -> Benchmark | None:
    return next((row for row in rows if row.relation == relation and row.when == when), None)


def latest_beside(area: Area, opening: date) -> BesideYear | None:
    """The latest year in which the rate of anybody else is known."""
    years = [year for year in beside_others(area, opening) if year[2:] != (None, None, ())]
    return years[-1] if years else None


def at_neighbours_median(area: Area, opening: date) -> AtMedian | None:
    """Children in care if the area had its neighbours' median rate; None without neighbours.

    By the residents of that date::

        children = median rate / 10,000 * residents aged 0 to 17
    """
    years = [year for year in beside_others(area, opening) if year.neighbours]
    if not years:
        return None
    when, rate = years[-1].when, median(years[-1].neighbour_rates)
    return AtMedian(when, rate, rate / 10_000 * rate_population(area, when))


def neighbours_table(area: Area, opening: date) -> TidyTable:
    """Every rate that stands beside the area's own, with the neighbours' median."""
    rows: list[tuple[str, ...]] = []
    for year in beside_others(area, opening):
        when = year.when.isoformat()
        if year.own is not None:
            rows.append((when, "own", user_text(area.name), number(year.own, 1), "", OWN))
        if year.median is not None:
            name = "median of the statistical neighbours"
            rows.append((when, "neighbours", name, number(year.median, 1), "", MEDIAN))
        others = (year.england, year.region, *year.neighbours)
        rows += [(when, *_cells(row)) for row in others if row is not None]
    unit = tuple((when, relation, name, RATE_UNIT, *rest) for when, relation, name, *rest in rows)
    columns = ("date", "relation", "name", "unit", "rate_per_10000", "published", "source")
    return TidyTable("neighbours", columns, unit)


def _cells(row: Benchmark) -> tuple[str, ...]:
    published = "" if row.published is None else row.published.isoformat()
    rate = number(row.rate_per_10000, 1)
    return row.relation, user_text(row.name), rate, published, user_text(row.source)
