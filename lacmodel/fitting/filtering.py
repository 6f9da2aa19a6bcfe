"""A Kalman filter over many councils at once, with yearly effects that all of them share.

Every council has the same small linear model: states that decay on their own and are shocked each
year, and a few observed series that add states up. What is shared (the national movement) is left
open while the councils are filtered: what is observed is split into the part that is known and one
column for each shared effect, so that the councils stay independent of each other and the shared
effects are found at the end by weighted least squares. The likelihood is exact.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class CouncilModel(NamedTuple):
    """States ``a[t] = keeps * a[t-1] + shock``; observed ``y[t] = adds @ a[t] + noise``."""

    keeps: FloatArray  # (state,): share that is left after a year
    shock_variance: FloatArray  # (state,)
    first_variance: FloatArray  # (state,): before the first year is seen, about a mean of 0
    adds: FloatArray  # (series, state)


class Filtered(NamedTuple):
    """What the years say; a council's states are ``states - on_shared @ shared effects``."""

    log_likelihood: float
    states: FloatArray  # (council, state): at the last year, the shared effects being 0
    on_shared: FloatArray  # (council, state, shared): what each shared effect takes away
    covariance: FloatArray  # (council, state, state): at the last year, given the shared effects
    shared: FloatArray  # (shared,): posterior mean, series running fastest within a year
    shared_covariance: FloatArray  # (shared, shared)


def filtered(
    model: CouncilModel, seen: FloatArray, noise_variance: FloatArray, prior: FloatArray
) -> Filtered:
    """Filter all councils; a series that was not observed in a year is NaN there.

    Each observed number is the council's own course, plus the shared effect of its series and
    year, plus noise.

    Parameters
    ----------
    seen : shape (council, year, series)
    noise_variance : likewise
    prior : covariance of the shared effects about 0, shape (year x series, year x series)
    """
    councils, years, series = seen.shape
    moves = np.zeros((councils, len(model.keeps), 1 + years * series))  # column 0: what is known
    covariance = np.tile(np.diag(model.first_variance), (councils, 1, 1))
    towards, information = np.zeros(years * series), np.zeros((years * series, years * series))
    log_likelihood = 0.0
    for year in range(years):
        if year:
            moves = model.keeps[:, None] * moves
            covariance = covariance * np.outer(model.keeps, model.keeps)
            covariance = covariance + np.diag(model.shock_variance)
        so_far = slice(0, 1 + (year + 1) * series)  # effects of later years are still unseen
        for one in range(series):
            scaled, likely = _learn(
                model.adds[one],
                seen[:, year, one],
                noise_variance[:, year, one],
                1 + year * series + one,
                moves[:, :, so_far],
                covariance,
            )
            log_likelihood += likely
            products = scaled[:, 1:].T @ scaled
            towards[: len(products)] += products[:, 0]
            information[: len(products), : len(products)] += products[:, 1:]
    shared_covariance = np.linalg.inv(np.linalg.inv(prior) + information)
    shared = shared_covariance @ towards
    widened = np.eye(len(prior)) + prior @ information
    log_likelihood += 0.5 * float(towards @ shared) - 0.5 * float(np.linalg.slogdet(widened)[1])
    return Filtered(
        log_likelihood, moves[:, :, 0], moves[:, :, 1:], covariance, shared, shared_covariance
    )


def _learn(
    adds: FloatArray,
    seen: FloatArray,
    noise_variance: FloatArray,
    effect: int,
    moves: FloatArray,
    covariance: FloatArray,
) -> tuple[FloatArray, float]:
    """Bring in one series of one year; ``moves`` and ``covariance`` are changed in place.

    Parameters
    ----------
    effect : the column of the series' and year's shared effect

    Returns
    -------
    surprises in their standard deviations, by council and column (0 where nothing was seen), and
    the log likelihood with no shared effects
    """
    known = np.isfinite(seen)
    surprise = -(adds @ moves)
    surprise[:, 0] += np.where(known, seen, 0.0)
    surprise[:, effect] += 1.0
    with_state = covariance @ adds
    variance = with_state @ adds + np.where(known, noise_variance, 1.0)
    gain = np.where(known[:, None], with_state / variance[:, None], 0.0)
    moves += gain[:, :, None] * surprise[:, None, :]
    covariance -= gain[:, :, None] * with_state[:, None, :]
    scaled = np.where(known, 1 / np.sqrt(variance), 0.0)[:, None] * surprise
    logs = np.log(2 * np.pi * variance[known]).sum()
    return scaled, -0.5 * float(logs + scaled[:, 0] @ scaled[:, 0])
