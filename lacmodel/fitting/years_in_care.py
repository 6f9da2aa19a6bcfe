"""Children in care by year of entry: the model in yearly steps, for many councils and futures.

A surrogate of the engines for what whole runs are too slow for: reading the entry and exit rates
out of published years, and scoring forecasts of a hundred councils from many origins. Children are
kept by the year in which they came; how many of a year's entrants leave in each year is that of the
national factors, so that leavers follow entries as they do in the engines. Placements, ages and
places are left out. Re-entries are part of the entries, as they are of published starters.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.fitting.national import run_in_england
from lacmodel.parameters import Parameters, read_parameters

FloatArray = NDArray[np.float64]

CLASSES = ("came this year", "came last year", "the year before", "earlier")
YEAR = 12


class Leaving(NamedTuple):
    """How children of each class leave within a year, at the rates of England."""

    under_18: FloatArray  # (class,): hazard of leaving before the 18th birthday, a year
    turning_18: FloatArray  # (class,): hazard of turning 18, a year
    settled: FloatArray  # (class but the first,): shares of the children in care of a steady year
    entry_dispersion: float  # variance over mean of a year's entries: families come together


class Leavers(NamedTuple):
    """Shares of each class that leave in a year; shape (..., class)."""

    share: FloatArray
    of_them_under_18: FloatArray


@cache
def national_leaving() -> Leaving:
    """`Leaving` from the national factors, entrants being spread evenly over their first year."""
    parameters = read_parameters()
    england = run_in_england(parameters)
    stock = england.cohort.stock.sum(axis=(1, 2, 3)) / england.flows.sum()
    adults = england.cohort.turned_18.sum(axis=(1, 2, 3)) / england.flows.sum()
    rest = np.zeros(-len(stock) % YEAR)  # nobody is left: everyone has turned 18
    at_end = np.append(stock, rest).reshape(-1, YEAR).mean(axis=1)  # (years since entry,)
    before = np.append(1.0, at_end[:-1])
    turned = _in_year_of_entry(np.append(adults, rest))
    later = len(CLASSES) - 1

    def by_class(values: FloatArray) -> FloatArray:
        return np.append(values[:later], values[later:].sum())

    stays, leaves_18 = by_class(at_end), by_class(turned)
    share = 1 - stays / by_class(before)
    hazard = -np.log1p(-share)
    of_them_18 = leaves_18 / (by_class(before) - stays)
    kept = np.array([at_end[0], at_end[1], at_end[2:].sum()])
    return Leaving(
        hazard * (1 - of_them_18), hazard * of_them_18, kept / kept.sum(), dispersion(parameters)
    )


def _in_year_of_entry(by_month: FloatArray) -> FloatArray:
    """Events by calendar years since that of entry, from events by months since entry.

    Who comes in month m of the year (0 to 11) has its event of month k in year (m + k) // 12.

    >>> _in_year_of_entry(np.array([1.0, *[0.0] * 11, 12.0, *[0.0] * 11])).tolist()
    [1.0, 12.0]
    """
    years = np.zeros(len(by_month) // YEAR + 1)
    for month in range(YEAR):
        np.add.at(years, (month + np.arange(len(by_month))) // YEAR, by_month / YEAR)
    return years[:-1]


def dispersion(parameters: Parameters) -> float:
    """Variance over mean of a number of entries that come as families: E[S^2] / E[S]."""
    sizes = parameters.entries.family_size_share.values[0]
    size = np.arange(1, len(sizes) + 1)
    return float((sizes @ size**2) / (sizes @ size))


def leavers(leaving: Leaving, level: FloatArray, drift_under_18: FloatArray) -> Leavers:
    """Shares that leave: 1 - exp(-level (drift x hazard under 18 + hazard of turning 18)).

    >>> rates = Leaving(np.array([0.3]), np.array([0.1]), np.array([1.0]), 1.0)
    >>> leavers(rates, np.array([1.0]), np.array([1.0])).share.round(4)
    array([[0.3297]])
    """
    under_18 = (level * drift_under_18)[..., None] * leaving.under_18
    hazard = under_18 + level[..., None] * leaving.turning_18
    return Leavers(-np.expm1(-hazard), under_18 / hazard)


def with_entrants(in_care: FloatArray, entered: FloatArray) -> FloatArray:
    """A year's children by class: its entrants, and those who were in care at its start."""
    return np.concatenate([entered[..., None], in_care], axis=-1)


def in_care_after(children: FloatArray, share: FloatArray, total: FloatArray) -> FloatArray:
    """Those of a year's children who stay, by class at the next year's start, scaled to a total.

    >>> in_care_after(np.array([2.0, 4, 4, 2]), np.array([0.5, 0.5, 0.5, 0.5]), np.array(12.0))
    array([2., 4., 6.])
    """
    stay = children * (1 - share)
    merged = np.concatenate([stay[..., :2], stay[..., 2:].sum(axis=-1, keepdims=True)], axis=-1)
    number = merged.sum(axis=-1)
    scale = np.divide(total, number, out=np.zeros_like(number), where=number > 0)
    return np.asarray(merged * scale[..., None])


def exit_level(leaving: Leaving, children: FloatArray, left: FloatArray) -> FloatArray:
    """The log factor on England's rates with which so many of a year's children leave.

    Newton's steps on the log of leavers; numbers of 0 are read as a half.

    Parameters
    ----------
    children : shape (council, class), entrants among them
    left : shape (council,), fewer than the children

    >>> rates = Leaving(np.array([0.3, 0.3]), np.array([0.1, 0.1]), np.array([1.0]), 1.0)
    >>> children = np.array([[20.0, 80.0]])
    >>> exit_level(rates, children, 100 * (1 - np.exp(-np.array([0.8])))).round(6)
    array([0.693147])
    """
    log_level, hazard = np.zeros(len(children)), leaving.under_18 + leaving.turning_18
    for _ in range(50):
        expected = np.exp(log_level)[:, None] * hazard
        slope = (children * expected * np.exp(-expected)).sum(axis=1)
        number = (children * -np.expm1(-expected)).sum(axis=1)
        log_level = log_level + np.log(np.maximum(left, 0.5) / number) * number / slope
    return log_level


def under_18_share(leaving: Leaving, children: FloatArray, level: FloatArray) -> FloatArray:
    """How much of the answer of a year's leavers to a factor comes from those under 18."""
    hazard = leaving.under_18 + leaving.turning_18
    weight = children * np.exp(-level[..., None] * hazard)
    return np.asarray((weight @ leaving.under_18) / (weight @ hazard))


def answer(leaving: Leaving, children: FloatArray, level: FloatArray) -> FloatArray:
    """More leavers of a year for each unit of a log factor on all exits; ``level`` as there.

    >>> rates = Leaving(np.array([0.3]), np.array([0.1]), np.array([1.0]), 1.0)
    >>> answer(rates, np.array([100.0]), np.array(1.0)).round(2)
    np.float64(26.81)
    """
    expected = level[..., None] * (leaving.under_18 + leaving.turning_18)
    return np.asarray((children * expected * np.exp(-expected)).sum(axis=-1))
