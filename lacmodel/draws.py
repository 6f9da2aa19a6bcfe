"""What a future draws before any engine starts: estimate error, drift, prices and mix.

Layer 1 is chance, drawn child by child as the engine runs. Layers 2 to 4 are drawn here once a
future, in two steps: `draw_factors` draws factors, `apply_factors` multiplies the plan's tables by
them. Layer 2 acts on the tables of hazards themselves, layers 3 and 4 on what changes by month.
Tables that the area's own estimates name take their factors from `lacmodel.own_fit`. A layer that
is off has no spread, so that its factors are 1. All use scalar ``math`` functions, so that they do
not depend on the processor.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.carers import HOUSEHOLDS, drawn_course, put_places
from lacmodel.codes import AGE_BANDS, KINDS, ROUTES
from lacmodel.compiling import compiled
from lacmodel.drift_parameters import DRIFT_PARTS, DriftParameters, first_year
from lacmodel.factors import (
    Factors,
    PlanFit,
    Rates,
    apply_factors,
    base_of,
    fit_of_plan,
    with_rates,
)
from lacmodel.own_fit import EXITS as EXIT_TABLES
from lacmodel.own_fit import START_RATE, draw_own_fit
from lacmodel.pathway import World
from lacmodel.plan import Plan
from lacmodel.randomness import Purpose, future_key, standard_normal
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

CHANCE: Final = 1
ESTIMATE: Final = 2
DRIFT: Final = 3
PRICE_AND_MIX: Final = 4
ALL_LAYERS: Final = frozenset({CHANCE, ESTIMATE, DRIFT, PRICE_AND_MIX})
# The place of a table's level among all that layer 2 draws.
BANDS_AT: Final = 0
ROUTES_AT: Final = 10
BREAKDOWN_AT: Final = 20
PLANNED_AT: Final = 21
RE_ENTRY_AT: Final = 22
ENTRIES: Final = 0  # the rows of `Spreads.log_rate`
EXITS: Final = 1


class Spreads(NamedTuple):
    """How far a plan's futures may lie apart; all nought where a layer is off."""

    start_rate: float  # layer 2: of the log of each band's level
    exits: float  # ... of each route's
    breakdown: float
    planned: float
    re_entry: float
    unit_price: FloatArray  # (kind,)
    log_rate: FloatArray  # layer 3: (entries or exits, parts of the drift)
    first_year: FloatArray  # ... (entries or exits, parts of `FirstYear` and the year's own)
    price_growth: FloatArray  # layer 4: (mean, spread, persistence)
    growth_variance: FloatArray  # (year,), see `price_variance`
    mix_step: float
    own_fit: PlanFit  # layer 2, of the tables that the area's own estimates name


@dataclass(frozen=True, slots=True)
class Drawn:
    """One future's tables and price factors."""

    world: World
    price_growth: FloatArray  # (year of the run,): factor on external prices
    unit_price: FloatArray  # (kind,): factor on prices


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
    spreads = spreads_of(plan, layers)
    base, factors = base_of(plan.world, spreads.own_fit), empty_factors(plan.period.years, spreads)
    rates = Rates(*(table.copy() for table in base))
    keys = keys_of(plan, seed, future)
    draw_factors(spreads, keys.own, keys.shared, factors)
    apply_factors(base, spreads.own_fit, factors, rates)
    world = with_places(with_rates(plan.world, rates), plan, keys.own)
    return Drawn(world, factors.price_growth, factors.unit_price)


def with_places(world: World, plan: Plan, key: int) -> World:
    """A world with the in-house foster places of one future's households."""
    if plan.carers is None:
        return world
    usable = world.placements.usable_places.copy()
    put_places(plan.carers, drawn_course(plan.carers, key)[HOUSEHOLDS], usable)
    return world._replace(placements=world.placements._replace(usable_places=usable))


# How far apart -----------------------------------------------------------------------------------


def spreads_of(plan: Plan, layers: frozenset[int]) -> Spreads:
    """The spreads of a plan's parameters, nought in layers that are off."""
    parameters, years = plan.area.parameters, plan.period.years
    drift = parameters.drift
    estimate, wanders, money = (float(n in layers) for n in (ESTIMATE, DRIFT, PRICE_AND_MIX))
    confirmed, assumed = drift.unit_price.values
    unit_price = np.where(plan.prices.confirmed, confirmed, assumed)
    growth = np.array(drift.price_growth.values, dtype=np.float64) * money
    variance = np.array([price_variance(year, growth[1], growth[2]) for year in range(years)])
    estimates = plan.area.estimates if estimate else None
    named = set() if estimates is None else {factor.table for factor in estimates.factors}

    def level(table: Table, *names: str) -> float:
        return 0.0 if named.intersection(names) else estimate * table.spread

    return Spreads(
        start_rate=level(parameters.entries.start_rate_per_10000, START_RATE),
        exits=level(parameters.exits.base_per_day, *EXIT_TABLES),
        breakdown=level(parameters.moves.breakdown_per_day, "moves.breakdown_per_day"),
        planned=level(parameters.moves.planned_per_day, "moves.planned_per_day"),
        re_entry=level(parameters.re_entries.hazard_per_day, "re_entries.hazard_per_day"),
        unit_price=np.array(unit_price, dtype=np.float64) * estimate,
        log_rate=np.array(drift.log_rate.values, dtype=np.float64) * wanders,
        first_year=first_years(drift) * wanders,
        price_growth=growth,
        growth_variance=variance,
        mix_step=money * float(drift.mix_step.values),
        own_fit=fit_of_plan(estimates, plan.world, plan.area.start.month),
    )


def first_years(drift: DriftParameters) -> FloatArray:
    """How sure today's rates are, as futures draw them; shape (entries or exits, part)."""
    spread, persistence = (DRIFT_PARTS.index(part) for part in ("spread", "persistence"))
    laws, known = drift.log_rate.values.tolist(), drift.today.values.tolist()
    rows = [
        (*first_year(law[spread], law[persistence], *now[1:4]), now[4])
        for law, now in zip(laws, known, strict=True)
    ]
    return np.array(rows, dtype=np.float64)


def empty_factors(years: int, spreads: Spreads) -> Factors:
    """Room for the factors of one future."""
    fit = spreads.own_fit.fit
    lengths = (
        len(AGE_BANDS), len(ROUTES), 3, years, years, years, years, len(KINDS), fit.rows, fit.draws,
    )  # fmt: skip
    return Factors(*(np.ones(length) for length in lengths))


# Factors -----------------------------------------------------------------------------------------


@compiled
def log_normal_factor(spread: float, z: float) -> float:
    """A factor with mean 1 whose log has a spread: exp(spread * z - spread ** 2 / 2).

    >>> float(log_normal_factor(0.0, 1.3))
    1.0
    """
    return math.exp(spread * z - 0.5 * spread * spread)


@compiled
def draw_factors(spreads: Spreads, own: int, shared: int, factors: Factors) -> None:
    """Draw the factors of one future; ``own`` and ``shared`` are its `Keys`."""
    draw_levels(spreads, own, factors)
    draw_drift(spreads, ENTRIES, own, shared, factors.entries)
    draw_drift(spreads, EXITS, own, shared, factors.exits)
    draw_price_growth(spreads, own, factors.price_growth)
    draw_home_odds(spreads.mix_step, own, factors.home_odds)
    draw_own_fit(spreads.own_fit.fit, own, factors.normals, factors.fitted)


@compiled
def level_factor(own: int, place: int, spread: float) -> float:
    """How far the level of a table may be from what is stated; ``place`` is among all of them."""
    return log_normal_factor(spread, standard_normal(own, Purpose.ESTIMATE, place))


@compiled
def draw_levels(spreads: Spreads, own: int, factors: Factors) -> None:
    """Layer 2: one factor a route, age band of entry, table of moves, and kind's price."""
    for band in range(factors.bands.shape[0]):
        factors.bands[band] = level_factor(own, BANDS_AT + band, spreads.start_rate)
    for route in range(factors.routes.shape[0]):
        factors.routes[route] = level_factor(own, ROUTES_AT + route, spreads.exits)
    factors.others[0] = level_factor(own, BREAKDOWN_AT, spreads.breakdown)
    factors.others[1] = level_factor(own, PLANNED_AT, spreads.planned)
    factors.others[2] = level_factor(own, RE_ENTRY_AT, spreads.re_entry)
    for kind in range(factors.unit_price.shape[0]):
        factors.unit_price[kind] = log_normal_factor(
            spreads.unit_price[kind], standard_normal(own, Purpose.UNIT_PRICE, kind)
        )


@compiled
def next_state(
    state: float, z: float, year: int, first: float, spread: float, persistence: float
) -> float:
    """An AR(1) that begins with a spread of its own, and in time has its standing spread.

    ``x[0] = first * z``, ``x[t] = persistence * x[t-1] + spread * sqrt(1 - persistence ** 2) * z``

    >>> float(next_state(0.2, 0.0, 1, first=0.1, spread=0.2, persistence=0.5))
    0.1
    """
    fresh = first if year == 0 else spread * math.sqrt(1.0 - persistence * persistence)
    return persistence * state + fresh * z


@compiled
def drift_variance(year: int, parts: FloatArray, first: FloatArray) -> float:
    """Variance of the log rate in a year of the run, 0 for the first.

    Parameters
    ----------
    parts : spread, persistence, walk and national step
    first : as `first_years` gives

    >>> parts, first = np.array([0.18, 0.66, 0.055, 0.05]), np.array([0.18, 0.0, 0.0, 0.0])
    >>> round(float(drift_variance(0, parts, first)), 6)
    0.037925
    """
    kept = parts[1] ** year
    state = (kept * first[0]) ** 2 + (1.0 - kept * kept) * parts[0] ** 2
    level = first[1] ** 2 + first[2] ** 2 + 2.0 * kept * first[0] * first[1]
    steps = (year + 1) * (parts[2] ** 2 + parts[3] ** 2)
    return state + level + steps + first[3] ** 2


@compiled
def draw_drift(spreads: Spreads, which: int, own: int, shared: int, factors: FloatArray) -> None:
    """Layer 3: factors on the expected entry or exit rates by year of the run, each with mean 1.

    An AR(1), plus a level not surely known that walks slowly, plus a national movement that all
    areas of a future share, plus what is of one year alone.
    """
    parts, first = spreads.log_rate[which], spreads.first_year[which]
    spread, persistence, walk, national = parts[0], parts[1], parts[2], parts[3]
    purpose = Purpose.ENTRY_DRIFT if which == ENTRIES else Purpose.EXIT_DRIFT
    state, level = 0.0, first[2] * standard_normal(own, Purpose.LEVEL_TODAY, which)
    for year in range(factors.shape[0]):
        z = standard_normal(own, purpose, 2 * year)
        state = next_state(state, z, year, first[0], spread, persistence)
        level += first[1] * z if year == 0 else 0.0
        level += walk * standard_normal(own, purpose, 2 * year + 1)
        level += national * standard_normal(shared, Purpose.NATIONAL_DRIFT, 2 * year + which)
        alone = first[3] * standard_normal(own, Purpose.YEAR_ALONE, 2 * year + which)
        variance = drift_variance(year, parts, first)
        factors[year] = math.exp(state + level + alone - 0.5 * variance)


def price_variance(year: int, spread: float, persistence: float) -> float:
    """Variance of the log of the price factor: that of the sum of an AR(1) over years 0..year.

    >>> round(price_variance(1, 0.1, 0.5), 6)
    0.03
    """
    lags = range(1, year + 1)
    total = (year + 1) + 2.0 * math.fsum((year + 1 - lag) * persistence**lag for lag in lags)
    return spread * spread * total


@compiled
def draw_price_growth(spreads: Spreads, own: int, factors: FloatArray) -> None:
    """Layer 4: factor on external prices by year, shared by all types, with mean exp(mean * t).

    The yearly growth beyond the stated uplift is ``mean + e[t]`` with e an AR(1).
    """
    mean, spread, persistence = (
        spreads.price_growth[0],
        spreads.price_growth[1],
        spreads.price_growth[2],
    )
    state, level = 0.0, 0.0
    for year in range(factors.shape[0]):
        z = standard_normal(own, Purpose.PRICE_GROWTH, year)
        state = next_state(state, z, year, spread, spread, persistence)
        level += mean + state
        factors[year] = math.exp(level - 0.5 * spreads.growth_variance[year])


@compiled
def draw_home_odds(step: float, own: int, factors: FloatArray) -> None:
    """Layer 4: factor by year on the odds of needing a children's home, a walk of the log odds."""
    level = 0.0
    for year in range(factors.shape[0]):
        level += step * standard_normal(own, Purpose.MIX, year)
        factors[year] = math.exp(level)
