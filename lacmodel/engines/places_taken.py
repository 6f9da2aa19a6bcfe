"""How many places of a pool are taken: a birth-death law over 0 to all of them.

Births are in proportion to the chance that a free place suits, deaths to the number n there times
the share that does not come straight back. With match 1 and nobody coming back the law is Erlang's,
and the share turned away his formula B.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled

FloatArray = NDArray[np.float64]

CLOSE: Final = 1e-9
MOST_LOG_LOAD: Final = 40.0
SAME_LOG_LOAD: Final = 1e-11
MOST_STEPS: Final = 60


def log_weights(
    places: int, match_share: float, again: float = 0.0, others: float = 1.0
) -> FloatArray:
    """Log weights w of the numbers of places taken; with a load, p[n] ~ exp(w[n]) * load ** n.

    ::

        found(free) = 1 - (1 - match) ** free * others
        p[n + 1] / p[n] = load * found(c - n) / ((n + 1) * (1 - again * found(c - n)))

    A share ``again`` of those who leave need the same type again and see the place that they left
    among the free ones; ``others`` is the chance that no place suits in the pools tried later.
    """
    weights = np.zeros(places + 1)
    fill_log_weights(match_share, again, others, weights)
    return weights


@compiled
def fill_log_weights(match_share: float, again: float, others: float, weights: FloatArray) -> None:
    """Fill in the log weights of 0 to all places taken; see `log_weights`."""
    weights[0] = 0.0
    for taken in range(len(weights) - 1):
        free = len(weights) - 1 - taken
        found = 1.0 - math.pow(1.0 - match_share, free) * others
        step = math.log(found / ((taken + 1) * (1.0 - again * found)))
        weights[taken + 1] = weights[taken] + step


def with_load(weights: FloatArray, log_load: float) -> FloatArray:
    """The law of the places taken with a load.

    >>> with_load(log_weights(2, 1.0), 0.0).round(3).tolist()  # load 1: Erlang's B is 1/5
    [0.4, 0.4, 0.2]
    """
    law = np.zeros(len(weights))
    fill_law(weights, log_load, law)
    return law


@compiled
def fill_law(weights: FloatArray, log_load: float, law: FloatArray) -> None:
    """Fill in the law with a load: p[n] in proportion to exp(w[n]) * load ** n."""
    largest, total = -math.inf, 0.0
    for n in range(len(law)):
        law[n] = weights[n] + log_load * n
        largest = max(largest, law[n])
    for n in range(len(law)):
        law[n] = math.exp(law[n] - largest)
        total += law[n]
    for n in range(len(law)):
        law[n] /= total


@compiled
def fill_taken_law(
    weights: FloatArray,
    chance: FloatArray,
    start: float,
    wanting: float,
    went: float,
    law: FloatArray,
) -> None:
    """Fill in the law of the places taken in the middle of a month.

    Its load is the one whose mean is ``start + (wanting * admitted - went) / 2``, the share
    admitted being that of the law itself. (Taking the share from the start of the month would make
    it swing from month to month where many want few places.) The mean, less what it should be,
    grows with the logarithm of the load by ``var(n) - wanting * cov(n, chance) / 2``, so Newton's
    steps find it; where one would leave the range that holds the load, the range is halved.

    Parameters
    ----------
    chance : of a child who comes, by number of places taken
    start : expected number there at the start of the month
    wanting : children who come in the month
    went : places given back in the month
    """
    least = start - went / 2
    if least >= len(law) - 1 - CLOSE:
        law[:] = 0.0
        law[-1] = 1.0
        return
    low, high = -MOST_LOG_LOAD, MOST_LOG_LOAD
    log_load = 0.0
    for _ in range(MOST_STEPS):
        fill_law(weights, log_load, law)
        mean, square, admitted, both = 0.0, 0.0, 0.0, 0.0
        for n in range(len(law)):
            mean += law[n] * n
            square += law[n] * n * n
            admitted += law[n] * chance[n]
            both += law[n] * n * chance[n]
        too_many = mean - least - wanting * admitted / 2
        slope = square - mean * mean - wanting * (both - mean * admitted) / 2
        if too_many > 0.0:
            high = log_load
        else:
            low = log_load
        before = log_load
        log_load -= too_many / max(slope, CLOSE)
        if not low < log_load < high:
            log_load = (low + high) / 2
        if abs(log_load - before) < SAME_LOG_LOAD:
            return


def taken_law(
    weights: FloatArray, chance: FloatArray, start: float, wanting: float = 0.0, went: float = 0.0
) -> FloatArray:
    """The law of the places taken in the middle of a month; see `fill_taken_law`.

    >>> taken_law(log_weights(2, 1.0), np.array([1.0, 1.0, 0.0]), 0.8).round(3).tolist()
    [0.4, 0.4, 0.2]
    """
    law = np.zeros(len(weights))
    fill_taken_law(weights, chance, start, wanting, went, law)
    return law


def admitted_share(places: int, match_share: float, expected: float) -> float:
    """Share of those who need a place in a pool who get one, given the expected number there.

    >>> admitted_share(0, 0.9, 0.0), admitted_share(5, 0.9, 6.0)
    (0.0, 0.0)
    """
    if match_share == 0.0:
        return 0.0
    chance = np.asarray(1 - (1 - match_share) ** np.arange(places, -1.0, -1))
    return float(taken_law(log_weights(places, match_share), chance, expected) @ chance)
