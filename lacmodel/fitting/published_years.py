"""Published years of many councils, and the entry and exit rates that they show.

Of every council and year ending 31 March: children in care at its end, how many started and ceased
in it (as the DfE counts them), and residents aged 0 to 17.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from lacmodel.fitting.years_in_care import (
    Leaving,
    exit_level,
    in_care_after,
    leavers,
    with_entrants,
)
from lacmodel.published.council import Series, latest_codes
from lacmodel.published.records import MEASURES, Published

FloatArray = NDArray[np.float64]

COUNCILS: Final = ("E06", "E08", "E09", "E10")  # unitaries, metropolitan, London, counties
HALF: Final = 0.5  # added to counts before the logarithm is taken
SERIES: Final = ("entries", "exits", "residual")


@dataclass(frozen=True, slots=True)
class PublishedYears:
    """Counts by council and year, NaN where none was published; shape (council, year)."""

    codes: tuple[str, ...]
    first_year: int  # the year ending 31 March of it
    children: FloatArray
    started: FloatArray
    ceased: FloatArray
    residents: FloatArray

    @property
    def last_year(self) -> int:
        """The last year of all."""
        return self.first_year + self.children.shape[1] - 1

    def until(self, year: int) -> Self:
        """What was known on 31 March of a year."""
        return self._part(slice(None), slice(0, year - self.first_year + 1))

    def of(self, councils: NDArray[np.bool_]) -> Self:
        """Some of the councils."""
        return self._part(councils, slice(None))

    def complete(self) -> NDArray[np.bool_]:
        """Which councils have every count of every year."""
        tables = [self.children, self.started, self.ceased, self.residents]
        return np.asarray(np.isfinite(tables).all(axis=(0, 2)))

    def _part(self, councils: NDArray[np.bool_] | slice, years: slice) -> Self:
        codes = tuple(np.array(self.codes)[councils].tolist())
        tables = [getattr(self, f.name)[councils][:, years] for f in fields(self)[2:]]
        return type(self)(codes, self.first_year, *tables)


def years_in(file: Path) -> PublishedYears:
    """Every council's years in a file that `lacmodel.published.files` reads."""
    from lacmodel.published.files import read_published

    published = read_published([file])
    return years_of_councils(published, max(year for _, year, _ in published.figures))


def years_of_councils(published: Published, until: int) -> PublishedYears:
    """What published files say of every council up to a year, earlier codes joined to the last.

    Residents of a year are those of the mid-year before its end, as the DfE takes them.
    """
    latest = latest_codes(published)
    codes = sorted({code for code in latest.values() if code.startswith(COUNCILS)})
    ended = [y for code, y, _ in published.figures if latest.get(code) in codes and y <= until]
    place, first = {code: i for i, code in enumerate(codes)}, min(ended, default=until)
    table = np.full((len(MEASURES) + 1, len(codes), until - first + 1), np.nan)
    figures = [
        ((MEASURES.index(measure), code, year), figure)
        for (code, year, measure), figure in published.figures.items()
    ] + [
        ((len(MEASURES), code, year + 1), figure)
        for (code, year), figure in published.residents.items()
    ]
    for (count, code, year), figure in figures:
        council = place.get(latest.get(code, ""))
        if council is None or not first <= year <= until or figure.value is None:
            continue
        if code in place or np.isnan(table[count, council, year - first]):
            table[count, council, year - first] = figure.value
    return PublishedYears(tuple(codes), first, *table)


def own_years(series: Series) -> PublishedYears:
    """What published files say of one place up to its start."""
    children, started, ceased = (series.values(measure) for measure in MEASURES)
    residents = {year: f.value for year, f in series.residents.items() if f.value is not None}
    last = series.start.year
    return one_council(series.place.code, last, children, started, ceased, residents)


def one_council(
    code: str,
    last: int,
    children: Mapping[int, float],
    started: Mapping[int, float],
    ceased: Mapping[int, float],
    residents: Mapping[int, float],
) -> PublishedYears:
    """The years of one council, by year ending 31 March; residents by the mid-year before.

    >>> one_council("E06000001", 2017, {2017: 50}, {}, {2017: 20}, {2016: 9000}).residents.tolist()
    [[9000.0]]
    """
    years = range(min([last, *children, *started, *ceased]), last + 1)
    of_year = [children, started, ceased, {year + 1: count for year, count in residents.items()}]
    table = [[[float(counts.get(year, np.nan)) for year in years]] for counts in of_year]
    return PublishedYears((code,), years[0], *np.array(table))


class Shown(NamedTuple):
    """What the years show of every council's rates, and who is in care at their end.

    Series are the log entry rate (per 10,000 residents), the log factor on England's exit rates,
    and the residual: the change in children in care that starters less leavers do not explain, as
    a share of those in care.
    """

    seen: FloatArray  # (council, year, series), NaN where not known
    counting: (
        FloatArray  # likewise: variance that comes from counting; of the residual 1 / children
    )
    in_care: FloatArray  # (council, class): at the end of the last year
    children: FloatArray  # (council, class): of the last year, entrants among them


def shown(years: PublishedYears, leaving: Leaving) -> Shown:
    """Read rates out of counts, year by year.

    In a council's first year its children in care have come as in a steady year.
    """
    councils, count = years.children.shape
    seen = np.full((councils, count, len(SERIES)), np.nan)
    counting = np.full(seen.shape, np.nan)
    in_care = years.children[:, :1] * leaving.settled
    children = with_entrants(in_care, np.zeros(councils))
    for t in range(count):
        entered, left, now = years.started[:, t], years.ceased[:, t], years.children[:, t]
        seen[:, t, 0] = np.log((entered + HALF) / years.residents[:, t] * 10_000)
        counting[:, t, 0] = leaving.entry_dispersion / (entered + HALF)
        if t == 0:
            continue
        before = years.children[:, t - 1]
        children = with_entrants(in_care, entered)
        known = (now > 0) & (before > 0) & (left < children.sum(axis=1))
        in_care = now[:, None] * leaving.settled
        there, left, now, before = children[known], left[known], now[known], before[known]
        level = exit_level(leaving, there, left)
        share = leavers(leaving, np.exp(level), np.ones(len(level))).share
        seen[known, t, 1] = level
        counting[known, t, 1] = _counting_of_exits(there, share)
        seen[known, t, 2] = (now - before - entered[known] + left) / before
        counting[known, t, 2] = 1 / before
        in_care[known] = in_care_after(there, share, now)
    return Shown(seen, counting, in_care, children)


def _counting_of_exits(children: FloatArray, share: FloatArray) -> FloatArray:
    """Variance of the log factor on exits that counting makes: binomial, class by class."""
    variance = (children * share * (1 - share)).sum(axis=1)
    slope = (children * (1 - share) * -np.log1p(-share)).sum(axis=1)
    return np.asarray(variance / slope**2)
