"""Simple forecasts of a council's own months, that a model has to be held against.

Each gives one number for some children and months ahead, from the months that were known. Its
distribution is that number plus the errors which the same rule made at earlier months.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.baselines import smoothed_ahead

FloatArray = NDArray[np.float64]

TREND_MONTHS: Final = 12
FLOW_MONTHS: Final = 24
ETS_MONTHS: Final = 24  # fewer are too few to fit a trend to
FEWEST: Final = 5  # children at a time, to be smoothed or scored by themselves
FEWEST_ERRORS: Final = 4


class Months(NamedTuple):
    """Children at month ends, and who came and left since the month before; (series, month)."""

    children: FloatArray
    came: FloatArray
    left: FloatArray


Rule = Callable[[Months, Sequence[int]], FloatArray]  # known, months ahead -> (horizon, series)


def no_change(known: Months, ahead: Sequence[int]) -> FloatArray:
    """As many as at the last month end."""
    return np.repeat(known.children[None, :, -1], len(ahead), axis=0)


def trend(known: Months, ahead: Sequence[int]) -> FloatArray:
    """The mean monthly change of the last `TREND_MONTHS` goes on.

    >>> known = Months(np.array([[10.0, 12.0, 14.0]]), np.zeros((1, 3)), np.zeros((1, 3)))
    >>> trend(known, (3,))
    array([[20.]])
    """
    recent = known.children[:, -1 - TREND_MONTHS :]
    change = (recent[:, -1] - recent[:, 0]) / max(1, recent.shape[1] - 1)
    return np.maximum(0, recent[:, -1] + np.outer(ahead, change))


def constant_rates(known: Months, ahead: Sequence[int]) -> FloatArray:
    """Who comes in a month, and who leaves for each child there, stay at their recent means.

    >>> known = Months(np.array([[10.0, 10.0]]), np.array([[0.0, 2.0]]), np.array([[0.0, 2.0]]))
    >>> constant_rates(known, (1, 2))
    array([[10.],
           [10.]])
    """
    before = known.children[:, :-1][:, -FLOW_MONTHS:].sum(axis=1)
    came = known.came[:, 1:][:, -FLOW_MONTHS:].mean(axis=1)
    left = known.left[:, 1:][:, -FLOW_MONTHS:].sum(axis=1)
    share = np.divide(left, before, out=np.zeros_like(left), where=before > 0)
    children, found = known.children[:, -1], []
    for _ in range(max(ahead)):
        children = children + came - share * children
        found.append(children)
    return np.array([found[month - 1] for month in ahead])


def ets(known: Months, ahead: Sequence[int]) -> FloatArray:
    """Exponential smoothing; of short histories and of few children, no change.

    With a damped trend or without one, whichever the corrected Akaike criterion prefers.
    """
    if known.children.shape[1] < ETS_MONTHS:
        return no_change(known, ahead)
    courses = np.array([_ets_of_one(one, max(ahead)) for one in known.children])
    return np.maximum(0, courses[:, np.array(ahead) - 1].T)


def _ets_of_one(children: FloatArray, months: int) -> FloatArray:
    if np.ptp(children) == 0 or children.mean() < FEWEST:
        return np.repeat(children[-1], months)
    return smoothed_ahead(children, months)


RULES: Final[dict[str, Rule]] = {
    "no change": no_change,
    "trend": trend,
    "ETS": ets,
    "constant-rate stock and flow": constant_rates,
}


def sample_of(
    points: Mapping[int, FloatArray], known: Months, ahead: Sequence[int], horizon: int
) -> FloatArray:
    """A rule's last forecast as a sample; shape (series, member).

    To the number are added the errors that the rule had made by now, as many months ahead. Where
    they are fewer than `FEWEST_ERRORS`, those of the longest horizon with as many are stretched by
    the root of the months, as a random walk would have it; where none has, those of the nearest.

    Parameters
    ----------
    points : forecasts by the number of months then known, each shape (horizon, series)
    """
    now = known.children.shape[1]
    by_horizon = [
        [known.children[:, then + months - 1] - found[at] for then, found in points.items()
         if then + months <= now]
        for at, months in enumerate(ahead[: horizon + 1])
    ]  # fmt: skip
    enough = [at for at, errors in enumerate(by_horizon) if len(errors) >= FEWEST_ERRORS]
    at = enough[-1] if enough else 0
    stretch = (ahead[horizon] / ahead[at]) ** 0.5
    errors = np.array(by_horizon[at] or [np.zeros(len(known.children))])
    return np.maximum(0, points[now][horizon][:, None] + stretch * errors.T)
