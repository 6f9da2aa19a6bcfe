"""How a council's entry and exit rates drift from year to year, learnt from every council.

A state-space model of yearly rates (MODEL.md, "Drift, learnt from every council"). A council's log
entry rate is a level that walks slowly, an AR(1) about it, and a national movement that all
councils share; its log exit rate likewise; the residual of the published flows is a level and a
national movement. What is counted is the rate and the luck of counting. `fit_law` finds the spreads
on many councils, `today` says what is known of a council's rates, `course` draws its future.
"""

from dataclasses import asdict, dataclass, fields
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lacmodel.drift_parameters import DRIFT_PARTS
from lacmodel.fitting.filtering import CouncilModel, Filtered, filtered
from lacmodel.fitting.published_years import PublishedYears, Shown
from lacmodel.fitting.years_in_care import (
    Leaving,
    in_care_after,
    leavers,
    under_18_share,
    with_entrants,
)

FloatArray = NDArray[np.float64]

# The national course in the first year is nearly free: log entries about 28 per 10,000 and log
# exits about England's, give or take a factor of 1.6; the residual 0, give or take 2 %.
FIRST_NATIONAL_MEAN: Final = (float(np.log(28.0)), 0.0, 0.0)
FIRST_NATIONAL_SPREAD: Final = (0.5, 0.5, 0.02)
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


class Series(NamedTuple):
    """The law of one series: a council's states, the national walk, and what counting adds."""

    council: CouncilModel
    national: float  # spread of a yearly step
    noise: float  # factor on the variance of counting


def series_law(law: RateLaw | ResidualLaw) -> Series:
    """The law of a series as a model of states: level and AR(1), or level alone."""
    if isinstance(law, ResidualLaw):
        level = CouncilModel(np.ones(1), np.zeros(1), np.array([law.between**2]), np.ones((1, 1)))
        return Series(level, law.national, law.noise**2)
    shock = law.spread**2 * (1 - law.persistence**2)
    both = CouncilModel(
        keeps=np.array([1.0, law.persistence]),
        shock_variance=np.array([law.walk**2, shock]),
        first_variance=np.array([law.between**2, law.spread**2]),
        adds=np.ones((1, 2)),
    )
    return Series(both, law.national, 1.0)


def laws_of(law: DriftLaw) -> tuple[RateLaw | ResidualLaw, ...]:
    """The law's parts in the order of the series."""
    return (law.entries, law.exits, law.residual)


def national_prior(first: float, step: float, years: int) -> FloatArray:
    """Covariance of a national walk: first^2 + step^2 min(s, t) for years s and t from 0.

    >>> national_prior(2.0, 1.0, 2)
    array([[4., 4.],
           [4., 5.]])
    """
    since_first = np.minimum.outer(np.arange(years), np.arange(years))
    return np.asarray(first**2 + step**2 * since_first)


def filter_series(law: RateLaw | ResidualLaw, rates: Shown, one: int) -> Filtered:
    """What a published series says under its law."""
    series = series_law(law)
    seen = rates.seen[:, :, one : one + 1] - FIRST_NATIONAL_MEAN[one]
    noise = series.noise * rates.counting[:, :, one : one + 1]
    prior = national_prior(FIRST_NATIONAL_SPREAD[one], series.national, seen.shape[1])
    return filtered(series.council, seen, noise, prior)


Law = TypeVar("Law", RateLaw, ResidualLaw)


def _numbers(law: RateLaw | ResidualLaw) -> FloatArray:
    """A law as unbounded numbers: logs of spreads, log-odds of the persistence."""
    values = asdict(law)
    logs = {name: np.log(value) for name, value in values.items()}
    if "persistence" in logs:
        logs["persistence"] -= np.log1p(-values["persistence"])
    return np.array(list(logs.values()))


def _law(kind: type[Law], numbers: FloatArray) -> Law:
    """The law of `_numbers`."""
    names = [field.name for field in fields(kind)]
    values = {name: float(np.exp(x)) for name, x in zip(names, numbers, strict=True)}
    if "persistence" in values:
        values["persistence"] /= 1 + values["persistence"]
    return kind(**values)


def fit_series(rates: Shown, one: int, usual: Law, start: Law) -> Law:
    """The most likely law of a series, with weak priors about what is usual."""
    from scipy.optimize import minimize

    centre, kind = _numbers(usual), type(usual)
    looseness = np.append(np.full(len(centre) - 1, LOOSENESS), NATIONAL_LOOSENESS)

    def misfit(numbers: FloatArray) -> float:
        likely = filter_series(_law(kind, numbers), rates, one).log_likelihood
        return 0.5 * float((((numbers - centre) / looseness) ** 2).sum()) - likely

    found = minimize(misfit, _numbers(start), method="L-BFGS-B", options={"ftol": 1e-7})
    return _law(kind, found.x)


def fit_law(rates: Shown, start: DriftLaw | None = None) -> DriftLaw:
    """The most likely law of the rates that many councils show."""
    begin = start or USUAL
    return DriftLaw(
        fit_series(rates, 0, USUAL.entries, begin.entries),
        fit_series(rates, 1, USUAL.exits, begin.exits),
        fit_series(rates, 2, USUAL.residual, begin.residual),
    )


def log_rate_values(law: DriftLaw) -> FloatArray:
    """The law as the values of ``drift.log_rate``: entries and exits by `DRIFT_PARTS`."""
    return np.array([[getattr(part, name) for name in DRIFT_PARTS] for part in laws_of(law)[:2]])


# Today -------------------------------------------------------------------------------------------


class Known(NamedTuple):
    """What is known today of one series: councils' states, and the national walk."""

    states: FloatArray  # (council, state): mean, the national walk being at its mean
    covariance: FloatArray  # (council, state, state): given the national walk
    on_national: FloatArray  # (council, state, year): what the national walk takes away
    national: FloatArray  # (year,): mean
    national_covariance: FloatArray


def today(law: DriftLaw, own: Shown, others: Shown) -> list[Known]:
    """Councils' rates from their own years, the national walk from those of others, by series."""
    found = []
    for one, part in enumerate(laws_of(law)):
        nation, council = filter_series(part, others, one), filter_series(part, own, one)
        states = council.states - council.on_shared @ nation.shared
        known = (council.covariance, council.on_shared, nation.shared, nation.shared_covariance)
        found.append(Known(states, *known))
    return found


def rates_today(now: list[Known]) -> FloatArray:
    """Means of today's log entry rate, log factor on exits, residual; shape (series, council)."""
    return np.array(
        [
            mean + known.national[-1] + known.states.sum(axis=1)
            for mean, known in zip(FIRST_NATIONAL_MEAN, now, strict=True)
        ]
    )


# The future --------------------------------------------------------------------------------------


def series_ahead(
    series: Series, known: Known, years: int, futures: int, generator: Generator
) -> FloatArray:
    """One series in years to come, about its usual mean; shape (year, council, future).

    Every future starts from a draw of today's states and national walk, and goes on by the law.
    """
    spread = np.linalg.cholesky(known.national_covariance)
    offset = spread @ generator.standard_normal((len(known.national), futures))
    spread = np.linalg.cholesky(known.covariance)
    chance = generator.standard_normal((*known.states.shape, futures))
    states = known.states[:, :, None] - known.on_national @ offset + spread @ chance
    national = known.national[-1] + offset[-1]
    step = np.sqrt(series.council.shock_variance)[:, None]
    ahead = []
    for _ in range(years):
        shock = step * generator.standard_normal(states.shape)
        states = series.council.keeps[:, None] * states + shock
        national = national + series.national * generator.standard_normal(futures)
        ahead.append(states.sum(axis=1) + national)
    return np.array(ahead)


def rates_ahead(
    law: DriftLaw, now: list[Known], years: int, futures: int, generator: Generator
) -> FloatArray:
    """Log entry rates, log factors on exits, residuals; shape (series, year, council, future)."""
    return np.array(
        [
            mean + series_ahead(series_law(part), known, years, futures, generator)
            for mean, part, known in zip(FIRST_NATIONAL_MEAN, laws_of(law), now, strict=True)
        ]
    )


def course(
    law: DriftLaw,
    leaving: Leaving,
    years: PublishedYears,
    own: Shown,
    now: list[Known],
    ahead: int,
    futures: int,
    generator: Generator,
) -> FloatArray:
    """Children in care in years to come, by the surrogate; shape (year, council, future).

    Who turns 18 does so at the rate of today; the drift from today acts on the exits of the others.

    Parameters
    ----------
    years : of the councils to forecast
    own, now : what `shown` and `today` say of them
    """
    level = rates_today(now)[1]
    under_18 = under_18_share(leaving, own.children, np.exp(level))
    in_care = np.repeat(own.in_care[:, None], futures, axis=1)
    total = np.repeat(years.children[:, -1:], futures, axis=1)
    rates = rates_ahead(law, now, ahead, futures, generator)
    found = []
    for (entries, exits, residual), living in zip(
        rates.swapaxes(0, 1), residents_ahead(years, ahead), strict=True
    ):
        entered = families(living[:, None] / 10_000 * np.exp(entries), leaving, generator)
        children = with_entrants(in_care, entered)
        drift = np.exp((exits - level[:, None]) / under_18[:, None])
        went = leavers(leaving, np.exp(level)[:, None], drift)
        left = generator.binomial(np.rint(children).astype(np.int64), went.share).sum(axis=2)
        noise = law.residual.noise * generator.standard_normal(total.shape)
        total = total + entered - left + residual * total + noise * np.sqrt(total)
        total = np.maximum(total, 0.0)  # the residual could take more than there are
        in_care = in_care_after(children, went.share, total)
        found.append(total)
    return np.array(found)


def families(mean: FloatArray, leaving: Leaving, generator: Generator) -> FloatArray:
    """Numbers of entrants with a mean, and the variance of entrants who come as families."""
    number = generator.poisson(mean / leaving.entry_dispersion)
    return np.asarray(leaving.entry_dispersion * number)


def residents_ahead(years: PublishedYears, ahead: int) -> FloatArray:
    """Residents of the next years, growing as in the last `RESIDENTS_YEARS`; (year, council).

    Raises
    ------
    ValueError
        if a council's residents or children are not known at either end of these years
    """
    known = years.residents[:, -1 - RESIDENTS_YEARS :]
    unknown = ~np.isfinite(known[:, 0] + known[:, -1] + years.children[:, -1])
    if unknown.any():
        codes = ", ".join(np.array(years.codes)[unknown])
        raise ValueError(f"{codes}: residents of {RESIDENTS_YEARS} years and children are needed")
    growth = (known[:, -1] / known[:, 0]) ** (1 / (known.shape[1] - 1))
    return np.asarray(known[:, -1] * growth ** np.arange(1, ahead + 1)[:, None])
