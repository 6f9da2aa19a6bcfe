"""Who of the opening children has not moved yet, in expectation.

A child stays in the placement held at the start until it leaves or moves, whatever comes first, so
each state has one hazard, that of both together, and no matrix is needed. With x = hazard x days::

    still there at the month's end   exp(-x)
    months spent there               phi1 = (1 - exp(-x)) / x
    the same for who goes at an even time in the month    phi2 = (x - 1 + exp(-x)) / x ** 2
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Unmoved(NamedTuple):
    """What a month does to children who are still where they were."""

    end: FloatArray  # share still there at the month's end
    days: FloatArray  # days spent there
    half_days: FloatArray  # the same for who turns 18 at an even time


def staying(leaving_per_day: FloatArray, days: float) -> Unmoved:
    """What a month of some days does at a hazard a day of leaving or moving.

    >>> month = staying(np.array([0.0, 0.01]), 30.0)
    >>> month.end.round(4).tolist(), month.days.round(2).tolist(), month.half_days.round(2).tolist()
    ([1.0, 0.7408], [30.0, 25.92], [14.5, 13.17])
    """
    x = leaving_per_day * days
    end = np.exp(-x)
    some = np.where(x > 1e-6, x, 1.0)
    phi1 = np.where(x > 1e-6, (1 - end) / some, 1 - x / 2)
    phi2 = np.where(x > 1e-6, (1 - phi1) / some, 0.5 - x / 6)
    return Unmoved(end, phi1 * days, phi2 * days - phi1 / 2)
