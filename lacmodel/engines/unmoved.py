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

from lacmodel.engines.monthly import Kernel

FloatArray = NDArray[np.float64]
Classes = tuple[NDArray[np.int64], ...]


class Unmoved(NamedTuple):
    """What a month does to children who are still where they were: shape (row, state) each."""

    end: FloatArray  # share still there at the month's end
    days: FloatArray  # days spent there
    half_end: FloatArray  # the same for who turns 18 at an even time in the month
    half_days: FloatArray


def going_per_day(kernel: Kernel, at: Classes) -> FloatArray:
    """Hazard of leaving care or moving, by state; ``at`` is (time class, group, age class)."""
    time_class, _, age_class = at
    moves = kernel.breakdowns_per_day + kernel.planned_per_day
    return np.asarray(kernel.exits_per_day[at].sum(axis=-2) + moves[time_class, age_class])


def staying(kernel: Kernel, at: Classes) -> Unmoved:
    """What the month does, by the formulas of `lacmodel.engines.monthly` for a single state."""
    return staying_for(going_per_day(kernel, at), kernel.days)


def staying_for(hazard_per_day: FloatArray, days: float) -> Unmoved:
    """What a month of some days does at a hazard a day.

    >>> month = staying_for(np.array([0.0, 0.01]), 30.0)
    >>> month.end.round(4).tolist(), month.days.round(2).tolist(), month.half_days.round(2).tolist()
    ([1.0, 0.7408], [30.0, 25.92], [14.5, 13.17])
    """
    x = hazard_per_day * days
    end = np.exp(-x)
    some = np.where(x > 1e-6, x, 1.0)
    phi1 = np.where(x > 1e-6, (1 - end) / some, 1 - x / 2)
    phi2 = np.where(x > 1e-6, (1 - phi1) / some, 0.5 - x / 6)
    return Unmoved(end, phi1 * days, phi1 - (end - 1) / (2 * days), phi2 * days - phi1 / 2)
