"""Rolling origins: forecasts as they would have been made, by the surrogate of the engines.

At each origin only the years until then are used, and each council's law and national movement
come from other councils: they are divided into folds, and a fold is forecast from the others.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.baselines import Rule, baseline_samples
from lacmodel.analyses.scores import Scores, scores_of
from lacmodel.fitting.drift import DriftLaw, course, fit_law, today
from lacmodel.fitting.published_years import PublishedYears, shown
from lacmodel.fitting.years_in_care import Leaving

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Laws = dict[tuple[int, int], DriftLaw]  # by origin and fold

FUTURES: Final = 1_000


class Folds(NamedTuple):
    """Councils divided so that each is forecast from the others."""

    fold: IntArray  # (council,)
    number: int

    def others(self, one: int) -> NDArray[np.bool_]:
        """The councils that a fold is learnt from."""
        return self.fold != one


def folds_of(years: PublishedYears, count: int) -> Folds:
    """Every ``count``-th council by code is a fold."""
    return Folds(np.arange(len(years.codes)) % count, count)


def fitted_laws(years: PublishedYears, origins: range, folds: Folds, leaving: Leaving) -> Laws:
    """The law of each origin and fold, from earlier years of other councils."""
    laws: Laws = {}
    for origin in origins:
        for fold in range(folds.number):
            start = laws.get((origin - 1, fold))
            others = years.of(folds.others(fold)).until(origin)
            laws[origin, fold] = fit_law(shown(others, leaving), start)
    return laws


def forecasts(
    years: PublishedYears,
    laws: Laws,
    origin: int,
    folds: Folds,
    leaving: Leaving,
    ahead: int,
    futures: int = FUTURES,
) -> FloatArray:
    """Children in care in the years after an origin; shape (year ahead, council, future)."""
    found = np.zeros((ahead, len(years.codes), futures))
    for fold in range(folds.number):
        others = folds.others(fold)
        known = years.until(origin).of(~others)
        own = shown(known, leaving)
        now = today(laws[origin, fold], own, shown(years.until(origin).of(others), leaving))
        generator = np.random.default_rng((origin, fold))
        found[:, ~others] = course(
            laws[origin, fold], leaving, known, own, now, ahead, futures, generator
        )
    return found


def baseline_scores(
    years: PublishedYears, rule: Rule, origins: range, most_ahead: int
) -> list[Scores]:
    """Scores of a simple rule by horizon, from 1 year."""
    samples = {
        origin: baseline_samples(rule, years.until(origin), most_ahead) for origin in origins
    }
    return [scores_of(years, samples, ahead) for ahead in range(1, most_ahead + 1)]
