"""Entries from a return: starters by month, age band and group, over residents.

Children who come with their brothers and sisters come in clumps, and families may come in waves, so
monthly counts are negative binomial with a variance in proportion to the mean (NB1). Children who
come back are no starters; those whom the files cannot tell are expected and taken off.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS
from lacmodel.fitting.between_councils import spread
from lacmodel.fitting.hazards import Posterior, Prior, fit_log_factors, prior_of
from lacmodel.fitting.leavers import starters
from lacmodel.pathway.entries import FAMILY_SIZES, MONTHS
from lacmodel.ssda903.calendar import band_birthdays
from lacmodel.ssda903.records import ReturnSpells
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RATE: Final = "entries.start_rate_per_10000"
SEASON: Final = "entries.season"
DAYS_PER_YEAR: Final = 365.25
MOST_DISPERSION: Final = 30.0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Starters who are no re-entries."""

    days: IntArray  # (month,): days of each month that the files cover
    month_of_year: IntArray  # (month,), from 0
    year: IntArray  # (month,), from 0
    children: IntArray  # (month, age band, group)
    families: IntArray  # (month, group)
    family_sizes: IntArray  # (year, group, size 1 to 4)

    def of_years(self, years: slice) -> "Arrivals":
        """Those of some of the years."""
        every = np.arange(len(self.family_sizes))[years]
        here = np.isin(self.year, every)
        return Arrivals(
            days=self.days[here],
            month_of_year=self.month_of_year[here],
            year=self.year[here] - every[0],
            children=self.children[here],
            families=self.families[here],
            family_sizes=self.family_sizes[years],
        )


def arrivals_of(spells: ReturnSpells) -> Arrivals:
    """Count the starters of a return by month."""
    first = np.datetime64(spells.first_day, "D").astype("datetime64[M]")
    last = np.datetime64(spells.last_day, "D").astype("datetime64[M]")
    months = np.arange(first, last + 1)
    begins = np.maximum(months.astype("datetime64[D]").astype(np.int64), spells.first_day)
    ends = np.minimum((months + 1).astype("datetime64[D]").astype(np.int64), spells.last_day + 1)
    year = (np.arange(len(months)) + -len(months) % 12) // 12  # the last year is a whole one
    at = starters(spells)
    start, group = spells.start_day[at], spells.group[at]
    month = np.searchsorted(begins, start, side="right") - 1
    band = (band_birthdays(spells.birth_day[at]) <= start).sum(axis=0)
    young = band < len(AGE_BANDS)
    children = np.zeros((len(months), len(AGE_BANDS), len(GROUPS)), dtype=np.int64)
    np.add.at(children, (month[young], band[young], group[young]), 1)
    together = np.stack([spells.family[at], start])
    _, one, size = np.unique(together, axis=1, return_index=True, return_counts=True)
    families = np.zeros((len(months), len(GROUPS)), dtype=np.int64)
    np.add.at(families, (month[one], group[one]), 1)
    sizes = np.zeros((year[-1] + 1, len(GROUPS), len(FAMILY_SIZES)), dtype=np.int64)
    np.add.at(sizes, (year[month[one]], group[one], np.minimum(size, len(FAMILY_SIZES)) - 1), 1)
    return Arrivals(ends - begins, months.astype(np.int64) % 12, year, children, families, sizes)


def entry_prior(national: dict[str, Table]) -> Prior:
    """Factors of entries: level of each group, each age band in it, and the months."""
    rates = national[RATE].values
    cells = [
        (RATE, (band, group), spread(RATE, "age band"))
        for i, band in enumerate(AGE_BANDS)
        for j, group in enumerate(GROUPS)
        if rates[i, j] > 0
    ]
    levels = [(RATE, ("", group), spread(RATE, group)) for group in GROUPS]
    return prior_of([*levels, *cells, *((SEASON, (m,), spread(SEASON, "month")) for m in MONTHS)])


def entry_design(prior: Prior, month_of_year: IntArray) -> FloatArray:
    """Which factors act when; shape (month x age band x group, factor)."""
    shape = (len(month_of_year), len(AGE_BANDS), len(GROUPS))
    columns = []
    for factor in prior.factors:
        named = factor.acts_on()
        cells = named[month_of_year][:, None, None] if factor.table == SEASON else named[None]
        columns.append(np.broadcast_to(cells, shape).ravel())
    return np.array(columns, dtype=np.float64).T


def expected_starters(
    arrivals: Arrivals, residents: FloatArray, tables: dict[str, Table]
) -> FloatArray:
    """Starters to expect; shape (month, age band, group).

    ``rate / 10,000 / 365.25 * residents * days * season``

    Parameters
    ----------
    residents : shape (year, age band)
    """
    season = tables[SEASON].values[arrivals.month_of_year]
    busy = (arrivals.days * season)[:, None, None] * residents[arrivals.year][:, :, None]
    return tables[RATE].values / 10_000 / DAYS_PER_YEAR * busy


def by_month(arrivals: Arrivals, of_year: FloatArray) -> FloatArray:
    """What is expected in years, by days in each month; (year, ...) to (month, ...)."""
    in_year = np.bincount(arrivals.year, arrivals.days)
    share = arrivals.days / in_year[arrivals.year]
    return of_year[arrivals.year] * share[:, None, None]


def clumping(families: IntArray, sizes: IntArray, expected: FloatArray) -> float:
    """Variance over mean of the children who come in a month, of one group.

    That of families of size S who come independently, E[S^2] / E[S], times that of the number of
    families itself.

    Parameters
    ----------
    families, expected : shape (month,), number of families and what is expected of them
    sizes : shape (size,), families by number of children

    >>> two = clumping(np.array([5, 5, 5]), np.array([0, 4]), np.array([5.0, 5.0, 5.0]))
    >>> round(two, 3)
    2.0
    """
    size = np.arange(1, len(sizes) + 1)
    together = float(sizes @ size**2) / max(float(sizes @ size), 1.0) if sizes.sum() else 1.0
    return together * dispersion(families, expected)


def dispersion(counts: IntArray, expected: FloatArray) -> float:
    """The dispersion of NB1 counts that makes them likeliest, at least 1 (Poisson).

    A count with mean m is negative binomial with size ``m / (dispersion - 1)``, so its variance is
    ``dispersion * m``.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    y, mean = counts[expected > 0], expected[expected > 0]

    def minus_log_likelihood(log_excess: float) -> float:
        excess = np.exp(log_excess)
        size = mean / excess
        terms = gammaln(y + size) - gammaln(size) - size * np.log1p(excess)
        return -float(np.sum(terms + y * np.log(excess / (1 + excess))))

    bounds = (np.log(1e-4), np.log(MOST_DISPERSION))
    return 1.0 + float(np.exp(minimize_scalar(minus_log_likelihood, bounds=bounds).x))


def fit_entries(
    arrivals: Arrivals, residents: FloatArray, unseen: FloatArray, national: dict[str, Table]
) -> Posterior:
    """Fit the entry rates and the season.

    The months' factors are centred, so that the season's mean is 1 and the rate holds the level.

    Parameters
    ----------
    residents : shape (year, age band)
    unseen : re-entries to expect among the starters, shape (year, age band, group)
    """
    prior = entry_prior(national)
    design = entry_design(prior, arrivals.month_of_year)
    expected = expected_starters(arrivals, residents, national)
    again = by_month(arrivals, unseen)
    clumps = np.ones(len(GROUPS))
    for _ in range(2):  # the dispersion needs a fit, and the fit the dispersion
        noise = clumps * (1 + np.divide(again, expected, out=0 * again, where=expected > 0))
        events = (arrivals.children - again).ravel()
        found = fit_log_factors(prior, design, expected.ravel(), events, noise.ravel())
        fitted = (expected.ravel() * np.exp(design @ found.mode)).reshape(expected.shape) + again
        clumps = np.array([
            _clumps_of(arrivals, group, fitted[:, :, group].sum(axis=1))
            for group in range(len(GROUPS))
        ])  # fmt: skip
    return centred(found, national[SEASON].values)


def _clumps_of(arrivals: Arrivals, group: int, children: FloatArray) -> float:
    """The clumping of a group; its families are expected in proportion to its children."""
    families = arrivals.families[:, group]
    expected = children * families.sum() / max(children.sum(), 1e-9)
    return clumping(families, arrivals.family_sizes[:, group].sum(axis=0), expected)


def centred(found: Posterior, national_season: FloatArray) -> Posterior:
    """The same posterior with a season whose mean is 1; the levels take what it loses."""
    months = np.array([factor.table == SEASON for factor in found.factors])
    levels = np.array([f.table == RATE and not f.places[0] for f in found.factors])
    season = national_season * np.exp(found.mode[months])
    shift = np.log(season.mean() / national_season.mean())
    mode = found.mode - shift * months + shift * levels
    mean_loading = found.loading[months].mean(axis=0)
    loading = found.loading + np.outer(levels * 1.0 - months, mean_loading)
    return Posterior(found.factors, mode, loading)
