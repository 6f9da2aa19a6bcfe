"""How many places of a pool are taken: a birth-death law over 0 to all of them.

Births are in proportion to the chance that a free place suits, deaths to the number n there times
the share that does not come straight back. With match 1 and nobody coming back the law is Erlang's,
and the share turned away his formula B.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CLOSE: Final = 1e-9
MOST_LOG_LOAD: Final = 40.0
HALVINGS: Final = 40


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
    taken = np.arange(places)
    found = 1 - (1 - match_share) ** (places - taken) * others
    steps = np.log(found / ((taken + 1) * (1 - again * found)))
    return np.concatenate([[0.0], np.cumsum(steps)])


def with_load(weights: FloatArray, log_load: float) -> FloatArray:
    """The law of the places taken with a load.

    >>> with_load(log_weights(2, 1.0), 0.0).round(3).tolist()  # load 1: Erlang's B is 1/5
    [0.4, 0.4, 0.2]
    """
    logs = weights + log_load * np.arange(len(weights))
    share = np.exp(logs - logs.max())
    return np.asarray(share / share.sum())


def taken_law(
    weights: FloatArray, chance: FloatArray, start: float, wanting: float = 0.0, went: float = 0.0
) -> FloatArray:
    """The law of the places taken in the middle of a month.

    Its load is the one whose mean is ``start + (wanting * admitted - went) / 2``, the share
    admitted being that of the law itself. (Taking the share from the start of the month would make
    it swing from month to month where many want few places.)

    Parameters
    ----------
    chance : of a child who comes, by number of places taken
    start : expected number there at the start of the month
    wanting : children who come in the month
    went : places given back in the month

    >>> taken_law(log_weights(2, 1.0), np.array([1.0, 1.0, 0.0]), 0.8).round(3).tolist()
    [0.4, 0.4, 0.2]
    """
    number = np.arange(len(weights))
    least = start - went / 2
    if least >= number[-1] - CLOSE:
        return np.eye(len(number))[-1]
    low, high = -MOST_LOG_LOAD, MOST_LOG_LOAD
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        law = with_load(weights, middle)
        too_many = float(law @ number) > least + wanting * float(law @ chance) / 2
        low, high = (low, middle) if too_many else (middle, high)
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
