"""What a future draws before any engine starts: estimate error, drift, prices and mix.

Layer 1 is chance, drawn child by child as the engine runs. Layers 2 to 4 are drawn here once a
future and put into the future's own `World` and price factors. All use scalar ``math`` functions,
so that they do not depend on the processor.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, CHILDRENS_HOME, FOSTER, GROUPS, KINDS, ROUTES
from lacmodel.parameters import DRIFTS, Parameters
from lacmodel.pathway import World
from lacmodel.plan import Plan
from lacmodel.randomness import Purpose, future_key, standard_normal

CHANCE: Final = 1
ESTIMATE: Final = 2
DRIFT: Final = 3
PRICE_AND_MIX: Final = 4
ALL_LAYERS: Final = frozenset({CHANCE, ESTIMATE, DRIFT, PRICE_AND_MIX})


@dataclass(frozen=True, slots=True)
class Drawn:
    """One future's tables and price factors."""

    world: World
    price_growth: NDArray[np.float64]  # (year of the run,): factor on external prices
    unit_price: NDArray[np.float64]  # (kind,): factor on prices


@dataclass(frozen=True, slots=True)
class Keys:
    """The key of an area's future, and that of what all areas share in it."""

    own: int
    shared: int


def keys_of(plan: Plan, seed: int, future: int) -> Keys:
    """The keys of one future of a plan's area."""
    return Keys(future_key(seed, plan.area.code, future), future_key(seed, "", future))


def draw_future(plan: Plan, seed: int, future: int, layers: frozenset[int]) -> Drawn:
    """Draw layers 2 to 4 of one future; layers that are off leave everything as expected."""
    keys, world, parameters = keys_of(plan, seed, future), plan.world, plan.area.parameters
    years = plan.period.years
    growth, unit_price = np.ones(years), np.ones(len(KINDS))
    if ESTIMATE in layers:
        world = with_estimate_error(world, parameters, keys.own)
        unit_price = unit_price_factors(plan, keys.own)
    if DRIFT in layers:
        world = with_drift(world, parameters, keys, years)
    if PRICE_AND_MIX in layers:
        growth = price_growth(parameters, keys.own, years)
        world = with_mix(world, mix_steps(parameters, keys.own, years))
    return Drawn(world, growth, unit_price)


def log_normal_factor(spread: float, z: float) -> float:
    """A factor with mean 1 whose log has a spread: exp(spread * z - spread ** 2 / 2).

    >>> log_normal_factor(0.0, 1.3)
    1.0
    """
    return math.exp(spread * z - 0.5 * spread * spread)


# Layer 2 -----------------------------------------------------------------------------------------


def estimate_factors(key: int, first: int, count: int, spread: float) -> NDArray[np.float64]:
    """Independent level factors; ``first`` is the place of the first among all that are drawn."""
    return np.array(
        [
            log_normal_factor(spread, standard_normal(key, Purpose.ESTIMATE, first + i))
            for i in range(count)
        ]
    )


def with_estimate_error(world: World, parameters: Parameters, key: int) -> World:
    """Rates as they may really be: one factor a route, age band of entry, and table of moves."""
    bands = estimate_factors(key, 0, len(AGE_BANDS), parameters.entries.start_rate_per_10000.spread)
    routes = estimate_factors(key, 10, len(ROUTES), parameters.exits.base_per_day.spread)
    broken = estimate_factors(key, 20, 1, parameters.moves.breakdown_per_day.spread)
    planned = estimate_factors(key, 21, 1, parameters.moves.planned_per_day.spread)
    back = estimate_factors(key, 22, 1, parameters.re_entries.hazard_per_day.spread)
    by_cell = np.repeat(bands, len(GROUPS))[:, None]
    moves = world.moves._replace(
        breakdown_multiplier=world.moves.breakdown_multiplier * broken[0],
        planned_multiplier=world.moves.planned_multiplier * planned[0],
    )
    return world._replace(
        entries=world.entries._replace(per_day=world.entries.per_day * by_cell),
        exits=world.exits._replace(multiplier=world.exits.multiplier * routes[None, :, None]),
        moves=moves,
        re_entries=world.re_entries._replace(multiplier=world.re_entries.multiplier * back[0]),
    )


def unit_price_factors(plan: Plan, key: int) -> NDArray[np.float64]:
    """How far each kind's price may be from what the area states: more where it is assumed."""
    confirmed, assumed = plan.area.parameters.drift.unit_price.values
    return np.array(
        [
            log_normal_factor(
                confirmed if plan.prices.confirmed[kind] else assumed,
                standard_normal(key, Purpose.UNIT_PRICE, kind),
            )
            for kind in range(len(KINDS))
        ]
    )


# Layer 3 -----------------------------------------------------------------------------------------


def drift_path(
    own: list[float], walk: list[float], spread: float, persistence: float
) -> list[float]:
    """AR(1) plus a walk, year by year.

    ``x[1] = spread * z[1]``, ``x[t] = persistence * x[t-1] + spread * sqrt(1 - persistence ** 2) *
    z[t]``, plus the sum of the walk's steps so far.

    >>> drift_path([1.0, 0.0], [0.5, 0.5], spread=0.2, persistence=0.5)
    [0.7, 1.1]
    """
    path, state, level = [], 0.0, 0.0
    for year, (z, step) in enumerate(zip(own, walk, strict=True)):
        shock = spread * z * (1.0 if year == 0 else math.sqrt(1.0 - persistence * persistence))
        state = persistence * state + shock
        level += step
        path.append(state + level)
    return path


def drift_variance(year: int, spread: float, walk: float, national: float) -> float:
    """Variance of the log rate in a year of the run, 0 for the first.

    >>> round(drift_variance(0, 0.18, 0.055, 0.05), 6)
    0.037925
    """
    return spread * spread + (year + 1) * (walk * walk + national * national)


def rate_factors(parameters: Parameters, keys: Keys, which: str, years: int) -> NDArray[np.float64]:
    """Factors on a council's entry or exit rate by year of the run, each with mean 1."""
    row = DRIFTS.index(which)
    purpose = Purpose.ENTRY_DRIFT if row == 0 else Purpose.EXIT_DRIFT
    spread, persistence, walk, national = parameters.drift.log_rate.values[row]
    own = [standard_normal(keys.own, purpose, 2 * year) for year in range(years)]
    steps = [
        walk * standard_normal(keys.own, purpose, 2 * year + 1)
        + national * standard_normal(keys.shared, Purpose.NATIONAL_DRIFT, 2 * year + row)
        for year in range(years)
    ]
    path = drift_path(own, steps, spread, persistence)
    return np.array(
        [
            math.exp(path[year] - 0.5 * drift_variance(year, spread, walk, national))
            for year in range(years)
        ]
    )


def by_month(factors: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    """Yearly factors for every month; months past the last year keep its factor.

    >>> by_month(np.array([1.0, 2.0]), 25)[[0, 11, 12, 24]].tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    return factors[np.minimum(np.arange(months) // 12, len(factors) - 1)]


def with_drift(world: World, parameters: Parameters, keys: Keys, years: int) -> World:
    """Entry and exit rates that wander; the 18th birthday does not."""
    months = len(world.timeline.month_start) - 1
    entries = by_month(rate_factors(parameters, keys, "entries", years), months)
    exits = by_month(rate_factors(parameters, keys, "exits", years), months)
    return world._replace(
        entries=world.entries._replace(per_day=world.entries.per_day * entries),
        exits=world.exits._replace(multiplier=world.exits.multiplier * exits[:, None, None]),
    )


# Layer 4 -----------------------------------------------------------------------------------------


def price_growth(parameters: Parameters, key: int, years: int) -> NDArray[np.float64]:
    """Factor on external prices by year of the run, shared by all types, with mean exp(mean * t).

    The yearly growth beyond the stated uplift is ``mean + e[t]`` with e an AR(1).
    """
    mean, spread, persistence = parameters.drift.price_growth.values
    draws = [standard_normal(key, Purpose.PRICE_GROWTH, year) for year in range(years)]
    yearly = drift_path(draws, [0.0] * years, spread, persistence)
    factors, level = [], 0.0
    for year in range(years):
        level += mean + yearly[year]
        factors.append(math.exp(level - 0.5 * price_variance(year, spread, persistence)))
    return np.array(factors)


def price_variance(year: int, spread: float, persistence: float) -> float:
    """Variance of the log of the price factor: that of the sum of an AR(1) over years 0..year.

    >>> round(price_variance(1, 0.1, 0.5), 6)
    0.03
    """
    lags = range(1, year + 1)
    total = (year + 1) + 2.0 * math.fsum((year + 1 - lag) * persistence**lag for lag in lags)
    return spread * spread * total


def mix_steps(parameters: Parameters, key: int, years: int) -> NDArray[np.float64]:
    """Factor by year on the odds of needing a children's home rather than foster care."""
    step = float(parameters.drift.mix_step.values)
    walk = [step * standard_normal(key, Purpose.MIX, year) for year in range(years)]
    return np.array([math.exp(math.fsum(walk[: year + 1])) for year in range(years)])


def tilt(shares: NDArray[np.float64], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply the odds of a children's home against foster care; all other shares stay.

    Parameters
    ----------
    shares : shape (month, ..., placement)
    odds : shape (month,)

    >>> shares = np.zeros((1, 9))
    >>> shares[0, [1, 2]] = 0.6, 0.2
    >>> tilt(shares, np.array([3.0]))[0, [1, 2]]
    array([0.4, 0.4])
    """
    foster, home = shares[..., FOSTER], shares[..., CHILDRENS_HOME]
    raised = home * odds.reshape(-1, *([1] * (home.ndim - 1)))
    both, weights = foster + home, foster + raised
    tilted = shares.copy()
    scale = np.divide(both, weights, out=np.ones_like(both), where=weights > 0)
    tilted[..., FOSTER] = foster * scale
    tilted[..., CHILDRENS_HOME] = raised * scale
    return tilted


def with_mix(world: World, odds_by_year: NDArray[np.float64]) -> World:
    """Needs that shift between foster care and children's homes, on entry and after breakdowns."""
    odds = by_month(odds_by_year, len(world.timeline.month_start) - 1)
    return world._replace(
        placements=world.placements._replace(
            first_placement=tilt(world.placements.first_placement, odds)
        ),
        moves=world.moves._replace(breakdown_next=tilt(world.moves.breakdown_next, odds)),
    )
