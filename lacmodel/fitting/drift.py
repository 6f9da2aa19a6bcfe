"""How a council's entry and exit rates drift from year to year, learnt from every council.

A state-space model of yearly rates (MODEL.md, "Drift, learnt from every council"). A council's log
entry rate is a level that walks slowly, an AR(1) about it, and a national movement that all
councils share; its log exit rate likewise; the residual of the published flows is a level and a
national movement. What is counted is the rate and the luck of counting. `fit_law` finds the spreads
on many councils, `today` says what is known of a council's rates, `course` draws its future.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lacmodel.fitting.filtering import CouncilModel, Filtered, filtered
from lacmodel.fitting.published_years import SERIES, PublishedYears, Shown, shown
from lacmodel.fitting.years_in_care import (
    Leaving,
    in_care_after,
    leavers,
    under_18_share,
    with_entrants,
)

FloatArray = NDArray[np.float64]

STATES: Final = ("entry level", "entry AR(1)", "exit level", "exit AR(1)", "residual level")
ADDS: Final = np.array([[1.0, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]])
# The national course in the first year is nearly free: log entries about 28 per 10,000 and log
# exits about England's, give or take a factor of 1.6; the residual 0, give or take 2 %.
FIRST_NATIONAL_MEAN: Final = np.array([np.log(28.0), 0.0, 0.0])
FIRST_NATIONAL_SPREAD: Final = np.array([0.5, 0.5, 0.02])
RESIDENTS_YEARS: Final = 3  # residents go on growing as in so many years


@dataclass(frozen=True, slots=True)
class RateLaw:
    """How a log rate drifts."""

    between: float  # spread of the councils' levels in the first year
    spread: float  # of the AR(1)
    persistence: float  # of the AR(1), from year to year
    walk: float  # spread of a yearly step of the council's level
    national: float  # spread of a yearly step of the national movement


@dataclass(frozen=True, slots=True)
class ResidualLaw:
    """How the residual, a share of those in care, varies."""

    between: float  # spread of the councils' levels
    noise: float  # times 1 / root of the children in care: a year's spread
    national: float  # spread of a yearly step of the national movement


@dataclass(frozen=True, slots=True)
class DriftLaw:
    """The spreads and persistences that all councils share."""

    entries: RateLaw
    exits: RateLaw
    residual: ResidualLaw


USUAL: Final = DriftLaw(
    RateLaw(between=0.25, spread=0.15, persistence=0.7, walk=0.05, national=0.04),
    RateLaw(between=0.15, spread=0.10, persistence=0.7, walk=0.03, national=0.04),
    ResidualLaw(between=0.005, noise=0.15, national=0.002),
)
LOOSENESS: Final = 1.0  # spread of the prior of a log spread, and of the log-odds of a persistence
NATIONAL_LOOSENESS: Final = 0.5  # the same of national steps, of which there are few


# The fit -----------------------------------------------------------------------------------------


def council_model(law: DriftLaw) -> CouncilModel:
    """The law as a model of one council's states."""
    entries, exits = law.entries, law.exits
    own = [(law.walk, law.spread**2 * (1 - law.persistence**2)) for law in (entries, exits)]
    return CouncilModel(
        keeps=np.array([1.0, entries.persistence, 1.0, exits.persistence, 1.0]),
        shock_variance=np.array([own[0][0] ** 2, own[0][1], own[1][0] ** 2, own[1][1], 0.0]),
        first_variance=np.square(
            [entries.between, entries.spread, exits.between, exits.spread, law.residual.between]
        ),
        adds=ADDS,
    )


def national_steps(law: DriftLaw) -> FloatArray:
    """Spread of a yearly step of each series' national movement."""
    return np.array([law.entries.national, law.exits.national, law.residual.national])


def national_prior(law: DriftLaw, years: int) -> FloatArray:
    """Covariance of the national movement: a walk, ``first ** 2 + step ** 2 * min(s, t)``."""
    since_first = np.minimum.outer(np.arange(years), np.arange(years))
    covariance = np.zeros((years * len(SERIES), years * len(SERIES)))
    steps = national_steps(law)
    for one, (first, step) in enumerate(zip(FIRST_NATIONAL_SPREAD, steps, strict=True)):
        covariance[one :: len(SERIES), one :: len(SERIES)] = first**2 + step**2 * since_first
    return covariance


def filter_councils(law: DriftLaw, rates: Shown) -> Filtered:
    """What published rates say under a law."""
    noise = rates.counting * np.array([1.0, 1.0, law.residual.noise**2])
    seen = rates.seen - FIRST_NATIONAL_MEAN
    return filtered(council_model(law), seen, noise, national_prior(law, seen.shape[1]))


def _numbers(law: DriftLaw) -> FloatArray:
    """A law as unbounded numbers: logs of spreads, log-odds of persistences."""
    entries, exits, residual = law.entries, law.exits, law.residual
    logs = [
        np.log([rate.between, rate.spread, rate.persistence, rate.walk, rate.national])
        for rate in (entries, exits)
    ]
    for values in logs:
        values[2] -= np.log1p(-np.exp(values[2]))
    return np.concatenate([*logs, np.log([residual.between, residual.noise, residual.national])])


def _law(numbers: FloatArray) -> DriftLaw:
    """The law of `_numbers`."""
    values = np.exp(numbers)
    values[[2, 7]] /= 1 + values[[2, 7]]
    entries, exits, residual = np.split(values, [5, 10])
    return DriftLaw(
        RateLaw(*entries.tolist()), RateLaw(*exits.tolist()), ResidualLaw(*residual.tolist())
    )


def fit_law(years: PublishedYears, leaving: Leaving, start: DriftLaw = USUAL) -> DriftLaw:
    """The most likely law, with weak priors about `USUAL`."""
    from scipy.optimize import minimize

    rates = shown(years, leaving)
    usual = _numbers(USUAL)
    looseness = np.full(len(usual), LOOSENESS)
    looseness[[4, 9, 12]] = NATIONAL_LOOSENESS

    def misfit(numbers: FloatArray) -> float:
        likely = filter_councils(_law(numbers), rates).log_likelihood
        return 0.5 * float((((numbers - usual) / looseness) ** 2).sum()) - likely

    found = minimize(misfit, _numbers(start), method="L-BFGS-B", options={"ftol": 1e-7})
    return _law(found.x)


# Today -------------------------------------------------------------------------------------------


class Today(NamedTuple):
    """What is known at an origin of some councils' rates, and of the national movement."""

    states: FloatArray  # (council, state): posterior mean, the national movement at its mean
    covariance: FloatArray  # (council, state, state): given the national movement
    on_national: FloatArray  # (council, state, year x series)
    national: FloatArray  # (year x series,): posterior mean
    national_covariance: FloatArray


def today(law: DriftLaw, own: Shown, others: Shown) -> Today:
    """A council's rates from its own years, the national movement from those of others."""
    nation = filter_councils(law, others)
    council = filter_councils(law, own)
    return Today(
        council.states - council.on_shared @ nation.shared,
        council.covariance,
        council.on_shared,
        nation.shared,
        nation.shared_covariance,
    )


def log_rates(now: Today) -> FloatArray:
    """Posterior mean of today's log entry rate, log factor on exits, and residual."""
    return now.states @ ADDS.T + now.national[-len(SERIES) :] + FIRST_NATIONAL_MEAN


# The future --------------------------------------------------------------------------------------


def drawn_today(
    now: Today, futures: int, generator: Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw today's states (council, state, future) and national movement (series, future)."""
    chance = generator.standard_normal((len(now.national), futures))
    offset = np.linalg.cholesky(now.national_covariance) @ chance
    own = generator.standard_normal((*now.states.shape, futures))
    spread = np.linalg.cholesky(now.covariance + 1e-12 * np.eye(len(STATES)))
    states = now.states[:, :, None] - now.on_national @ offset + spread @ own
    return states, now.national[-len(SERIES) :, None] + offset[-len(SERIES) :]


def rates_ahead(
    law: DriftLaw, now: Today, years: int, futures: int, generator: Generator
) -> FloatArray:
    """Log entry rates, log factors on exits and residuals; shape (year, series, council, future).

    Every future starts from a draw of today's rates and goes on by the law.
    """
    model = council_model(law)
    states, national = drawn_today(now, futures, generator)
    step = np.sqrt(model.shock_variance)[:, None]
    ahead = []
    for _ in range(years):
        shock = generator.standard_normal(states.shape)
        states = model.keeps[:, None] * states + step * shock
        shock = generator.standard_normal(national.shape)
        national = national + national_steps(law)[:, None] * shock
        seen = ADDS @ states + national + FIRST_NATIONAL_MEAN[:, None]
        ahead.append(seen.transpose(1, 0, 2))
    return np.array(ahead)


def course(
    law: DriftLaw,
    leaving: Leaving,
    years: PublishedYears,
    others: PublishedYears,
    ahead: int,
    futures: int,
    generator: Generator,
) -> FloatArray:
    """Children in care in the years after the last, by the surrogate; shape (year, council, future).

    Parameters
    ----------
    years : of the councils to forecast
    others : of the councils that the national movement is taken from
    """
    own = shown(years, leaving)
    now = today(law, own, shown(others, leaving))
    rates = rates_ahead(law, now, ahead, futures, generator)
    level = log_rates(now)[:, 1]
    under_18 = under_18_share(leaving, own.children, np.exp(level))
    residents = residents_ahead(years, ahead)
    noise = law.residual.noise
    in_care = np.repeat(own.in_care[:, None], futures, axis=1)
    total = np.repeat(years.children[:, -1:], futures, axis=1)
    found = []
    for (entries, exits, residual), living in zip(rates, residents, strict=True):
        mean = living[:, None] / 10_000 * np.exp(entries)
        drift = np.exp((exits - level[:, None]) / under_18[:, None])
        went = leavers(leaving, np.exp(level)[:, None], drift)
        entered = leaving.entry_dispersion * generator.poisson(mean / leaving.entry_dispersion)
        children = with_entrants(in_care, entered)
        left = generator.binomial(np.rint(children).astype(np.int64), went.share).sum(axis=2)
        stray = residual * total + noise * np.sqrt(total) * generator.standard_normal(total.shape)
        total = np.maximum(total + entered - left + stray, 0.0)
        in_care = in_care_after(children, went.share, total)
        found.append(total)
    return np.array(found)


def residents_ahead(years: PublishedYears, ahead: int) -> FloatArray:
    """Residents of the next years, growing as in the last `RESIDENTS_YEARS`; (year, council)."""
    known = years.residents[:, -1 - RESIDENTS_YEARS :]
    growth = (known[:, -1] / known[:, 0]) ** (1 / (known.shape[1] - 1))
    return np.asarray(known[:, -1] * growth ** np.arange(1, ahead + 1)[:, None])
