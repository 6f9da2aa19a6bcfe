"""Simple forecasts that a model has to be held against.

Each gives one number an area and horizon from the years that were known. Its distribution is that
number times the errors which the same rule made in all areas at earlier origins.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.fitting.published_years import PublishedYears

FloatArray = NDArray[np.float64]
Rule = Callable[[PublishedYears, int], FloatArray]  # years, ahead -> (year ahead, area)

TREND_YEARS: Final = 3
FLOW_YEARS: Final = 2
ETS_YEARS: Final = 5  # fewer are too few to fit a trend to


def no_change(years: PublishedYears, ahead: int) -> FloatArray:
    """As many as last year."""
    return np.repeat(years.children[None, :, -1], ahead, axis=0)


def trend(years: PublishedYears, ahead: int) -> FloatArray:
    """The mean yearly growth of the last `TREND_YEARS` goes on."""
    known = years.children[:, -1 - TREND_YEARS :]
    growth = (known[:, -1] / known[:, 0]) ** (1 / max(1, known.shape[1] - 1))
    return np.asarray(known[:, -1] * growth ** np.arange(1, ahead + 1)[:, None])


def constant_rates(years: PublishedYears, ahead: int, window: int = FLOW_YEARS) -> FloatArray:
    """Starters, and leavers for each child in care, stay at the mean of the last years."""
    children = years.children[:, -1]
    started = years.started[:, -window:].mean(axis=1)
    # leavers of a year over the children at its start; of the first year of all, over its end
    before = np.concatenate([years.children[:, :1], years.children[:, :-1]], axis=1)
    left = years.ceased[:, -window:].sum(axis=1) / before[:, -window:].sum(axis=1)
    found = []
    for _ in range(ahead):
        children = children + started - left * children
        found.append(children)
    return np.array(found)


def ets(years: PublishedYears, ahead: int) -> FloatArray:
    """Exponential smoothing of the log; of short histories, no change.

    With a damped trend or without one, whichever the corrected Akaike criterion prefers.
    """
    if years.children.shape[1] < ETS_YEARS:
        return no_change(years, ahead)
    return np.array([np.exp(smoothed_ahead(np.log(one), ahead)) for one in years.children]).T


def smoothed_ahead(series: FloatArray, ahead: int) -> FloatArray:
    """ETS of a series, as statsmodels fits it: a level, or a level and a damped trend, by AICc."""
    import warnings

    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few years seldom converge to the last digit
        fits = [
            ExponentialSmoothing(series, **trend, initialization_method="estimated").fit()
            for trend in ({}, {"trend": "add", "damped_trend": True})
        ]
        return np.asarray(min(fits, key=lambda fit: fit.aicc).forecast(ahead))


RULES: Final[dict[str, Rule]] = {
    "no change": no_change,
    "trend": trend,
    "ETS": ets,
    "constant-rate stock and flow": constant_rates,
}


def points_of(rule: Rule, years: PublishedYears, ahead: int) -> dict[int, FloatArray]:
    """A rule's forecasts, each shape (year ahead, area), by the last year that was known."""
    return {
        year: rule(years.until(year), ahead)
        for year in range(years.first_year, years.last_year + 1)
    }


def samples_from(
    points: dict[int, FloatArray], years: PublishedYears, origin: int, ahead: int
) -> list[FloatArray]:
    """A rule's forecasts from an origin as samples, by year ahead; each shape (area, member).

    The errors of an earlier origin count where its outcome was known by this one: the ratio of
    outcome to forecast, of all areas.
    """
    found = []
    for step in range(ahead):
        ratios = [
            years.children[:, year + step + 1 - years.first_year] / points[year][step]
            for year in range(years.first_year, origin - step)
        ]
        ratio = np.concatenate([np.zeros(0), *ratios])
        found.append(points[origin][step][:, None] * ratio[np.isfinite(ratio)])
    return found


def baseline_samples(rule: Rule, years: PublishedYears, ahead: int) -> list[FloatArray]:
    """`samples_from` the last year."""
    return samples_from(points_of(rule, years, ahead), years, years.last_year, ahead)
