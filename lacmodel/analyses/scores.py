"""Scores: how wrong a forecast was, and whether it said so.

A forecast is a sample of futures. Scores are taken for every origin, area and horizon; a summary
gives what a group of them comes to, with an interval from resampling origins and areas together,
for all areas of a year are wrong together and an area is wrong for years.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lacmodel.fitting.published_years import PublishedYears

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEVELS: Final = (0.5, 0.8, 0.9)  # of the central intervals
RESAMPLES: Final = 400
INTERVAL: Final = (0.05, 0.95)  # of a summary, by resampling


def crps(sample: FloatArray, outcome: FloatArray) -> FloatArray:
    """Continuous ranked probability score of a sample, by probability-weighted moments.

    The mean distance of the sample from the outcome, less half the mean distance between two
    different members; in the unit of the outcome, 0 being the best. Unbiased for any sample size::

        mean |x - y| - sum over i of (2 i - m - 1) x[i] / (m (m - 1)),  x sorted, i = 1..m

    Parameters
    ----------
    sample : shape (..., member)
    outcome : shape (...)

    >>> crps(np.array([1.0, 3.0]), np.array(2.0))  # 1 - 2 / 2
    np.float64(0.0)
    >>> crps(np.array([1.0, 3.0]), np.array(5.0))  # 3 - 2 / 2
    np.float64(2.0)
    """
    ordered = np.sort(sample, axis=-1)
    members = ordered.shape[-1]
    away = np.abs(ordered - outcome[..., None]).mean(axis=-1)
    weights = 2 * np.arange(1, members + 1) - members - 1
    pairs = max(1, members * (members - 1))  # one member alone has no spread
    return np.asarray(away - ordered @ weights / pairs)[()]


class Scores(NamedTuple):
    """One row a forecast; all in the outcome's unit. Shape (row,), intervals (level, row)."""

    origin: IntArray
    area: IntArray
    outcome: FloatArray
    median: FloatArray
    crps: FloatArray
    low: FloatArray
    high: FloatArray

    def rows(self, index: IntArray | NDArray[np.bool_]) -> Self:
        """Some of the rows, in any order and as often as the index says."""
        return type(self)._make(values[..., index] for values in self)


def scored(origin: IntArray, area: IntArray, sample: FloatArray, outcome: FloatArray) -> Scores:
    """Score forecasts against what happened.

    Parameters
    ----------
    sample : shape (row, member)
    """
    edges = [0.5 - level / 2 for level in LEVELS] + [0.5 + level / 2 for level in LEVELS]
    cuts = np.quantile(sample, [0.5, *edges], axis=-1)
    low, high = cuts[1 : 1 + len(LEVELS)], cuts[1 + len(LEVELS) :]
    return Scores(origin, area, outcome, cuts[0], crps(sample, outcome), low, high)


Measure = Callable[[Scores], float]


def scores_of(
    years: PublishedYears, samples: Mapping[int, Sequence[FloatArray]], ahead: int
) -> Scores:
    """Scores of forecasts some years ahead from several origins.

    Parameters
    ----------
    samples : by origin, each by year ahead from 1, shape (council, member)
    """
    rows = [
        scored(
            np.full(len(years.codes), origin),
            np.arange(len(years.codes)),
            by_year[ahead - 1],
            years.children[:, origin + ahead - years.first_year],
        )
        for origin, by_year in samples.items()
    ]
    return Scores._make(np.concatenate(parts, axis=-1) for parts in zip(*rows, strict=True))


def median_absolute_error_percent(scores: Scores) -> float:
    """Median of 100 |median - outcome| / outcome."""
    return float(100 * np.median(np.abs(scores.median / scores.outcome - 1)))


def bias_percent(scores: Scores) -> float:
    """Median of 100 (median - outcome) / outcome: above 0, the forecast was too high."""
    return float(100 * np.median(scores.median / scores.outcome - 1))


def mean_crps(scores: Scores) -> float:
    """Mean continuous ranked probability score, in the outcome's unit."""
    return float(scores.crps.mean())


def coverage_percent(scores: Scores, level: float) -> float:
    """How many in a hundred outcomes lay in the interval of a level, its ends included."""
    i = LEVELS.index(level)
    held = (scores.low[i] <= scores.outcome) & (scores.outcome <= scores.high[i])
    return float(100 * held.mean())


def width_percent(scores: Scores, level: float) -> float:
    """Mean width of the interval of a level, in percent of the outcome."""
    i = LEVELS.index(level)
    return float(100 * ((scores.high[i] - scores.low[i]) / scores.outcome).mean())


def absolute_error_of_all_percent(scores: Scores) -> float:
    """100 sum of |median - outcome| / sum of outcomes: where outcomes may be nought."""
    return float(100 * np.abs(scores.median - scores.outcome).sum() / scores.outcome.sum())


def bias_of_all_percent(scores: Scores) -> float:
    """100 sum of (median - outcome) / sum of outcomes."""
    return float(100 * (scores.median - scores.outcome).sum() / scores.outcome.sum())


def width_of_all_percent(scores: Scores, level: float) -> float:
    """Sum of the widths of intervals of a level, in percent of the sum of outcomes."""
    i = LEVELS.index(level)
    return float(100 * (scores.high[i] - scores.low[i]).sum() / scores.outcome.sum())


def measures(small: bool = False) -> dict[str, Measure]:
    """Every measure by its name; of small numbers, which may be nought, as shares of their sum."""
    by_level: dict[str, Measure] = {}
    for level in LEVELS:
        percent = f"{100 * level:.0f} %"
        width = width_of_all_percent if small else width_percent
        by_level[f"coverage of {percent} intervals"] = partial(coverage_percent, level=level)
        by_level[f"width of {percent} intervals"] = partial(width, level=level)
    return {
        "mean absolute error" if small else "median absolute error": (
            absolute_error_of_all_percent if small else median_absolute_error_percent
        ),
        "bias": bias_of_all_percent if small else bias_percent,
        "CRPS": mean_crps,
        **by_level,
    }


class Part(NamedTuple):
    """Scores of one forecast of some children, beside those of no change on the same rows."""

    forecast: str
    children: str
    months_ahead: int
    scores: Scores
    against: Scores
    block: int = 1  # how many origins in a row overlap
    small: bool = False  # whether outcomes may be nought


def resampled(scores: Scores, generator: Generator, block: int = 1) -> list[IntArray]:
    """Rows for `RESAMPLES` draws of origins and, apart from them, of areas, with replacement.

    A row is taken as often as its origin was drawn times its area was drawn. Origins that overlap
    are drawn in blocks of so many in a row, the first following the last.
    """
    origins, of_origin = np.unique(scores.origin, return_inverse=True)
    areas, of_area = np.unique(scores.area, return_inverse=True)
    count, found = len(origins), []
    block = min(block, count)
    for _ in range(RESAMPLES):
        first = generator.integers(count, size=-(-count // block))
        drawn = ((first[:, None] + np.arange(block)) % count).ravel()[:count]
        origin_times = np.bincount(drawn)
        area_times = np.bincount(generator.integers(len(areas), size=len(areas)))
        times = np.append(origin_times, np.zeros(len(origins), dtype=np.int64))[of_origin]
        times = times * np.append(area_times, np.zeros(len(areas), dtype=np.int64))[of_area]
        found.append(np.repeat(np.arange(len(times)), times))
    return found


def interval(values: list[float], scores: Scores, block: int) -> tuple[float, float]:
    """The interval that resampled values give; none (not a number) of one block alone."""
    if 1 < block >= len(np.unique(scores.origin)):
        return float("nan"), float("nan")
    low, high = np.quantile(values, INTERVAL)
    return float(low), float(high)


def with_interval(
    measure: Measure, scores: Scores, generator: Generator, block: int = 1
) -> tuple[float, float, float]:
    """A measure with its interval: value, low, high."""
    draws = [measure(scores.rows(rows)) for rows in resampled(scores, generator, block)]
    return (measure(scores), *interval(draws, scores, block))


def relative_crps(scores: Scores, baseline: Scores) -> float:
    """CRPS over that of a baseline on the same rows: below 1, better."""
    return mean_crps(scores) / mean_crps(baseline)


def relative_crps_interval(
    scores: Scores, baseline: Scores, generator: Generator, block: int = 1
) -> tuple[float, float, float]:
    """`relative_crps` with its interval, both being resampled together."""
    draws = [
        relative_crps(scores.rows(rows), baseline.rows(rows))
        for rows in resampled(scores, generator, block)
    ]
    return (relative_crps(scores, baseline), *interval(draws, scores, block))
