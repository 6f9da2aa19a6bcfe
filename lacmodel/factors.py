"""Factors of a future, and the tables of rates that they multiply."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import CHILDRENS_HOME, FOSTER
from lacmodel.compiling import compiled
from lacmodel.estimates import Estimates
from lacmodel.own_fit import (
    OwnFit,
    fresh_months,
    multiply_cells,
    multiply_exits,
    multiply_shares,
    multiply_starts,
    own_fit_of,
)
from lacmodel.pathway import World

FloatArray = NDArray[np.float64]


class Rates(NamedTuple):
    """The tables of a world that are drawn anew for every future."""

    start_per_day: FloatArray  # (cell, month): of entries
    exit_per_day: FloatArray  # (route, age band, time band, placement, group)
    exit_multiplier: FloatArray  # (month, route, age band)
    breakdown_per_day: FloatArray  # (kind, age band, early or late)
    planned_per_day: FloatArray  # (placement, age band)
    re_entry_per_day: FloatArray  # (reason, band of time since leaving)
    first_placement: FloatArray  # (month, age band, group, placement) shares
    breakdown_next: FloatArray  # (month, placement, age band, placement) shares
    planned_next: FloatArray  # (month, placement, age band, placement) shares


class PlanFit(NamedTuple):
    """An area's own fit, as it acts on the tables of a plan."""

    fit: OwnFit
    acts: bool  # otherwise nothing of it is looked at
    first_month: int  # calendar month of day 0, 1 to 12
    first_placement: NDArray[np.bool_]  # by month, whether the shares are new: `fresh_months`
    breakdown_next: NDArray[np.bool_]
    planned_next: NDArray[np.bool_]


class Factors(NamedTuple):
    """What one future multiplies the plan's tables and prices by."""

    bands: FloatArray  # (age band,): on the rate of starting
    routes: FloatArray  # (route,): on the hazard of leaving
    others: FloatArray  # (3,): on breakdowns, planned moves, re-entries
    entries: FloatArray  # (year of the run,)
    exits: FloatArray  # (year,)
    home_odds: FloatArray  # (year,): of needing a children's home rather than foster care
    price_growth: FloatArray  # (year,): on external prices
    unit_price: FloatArray  # (kind,): on prices
    fitted: FloatArray  # (row of the own fit,)
    normals: FloatArray  # (draw of the own fit,): what `fitted` is made from


def rates_of(world: World) -> Rates:
    """The tables of a world that futures draw, as they are expected."""
    tables = (
        world.entries.per_day,
        world.exits.hazard_per_day,
        world.exits.multiplier,
        world.moves.breakdown_per_day,
        world.moves.planned_per_day,
        world.re_entries.hazard_per_day,
        world.placements.first_placement,
        world.moves.breakdown_next,
        world.moves.planned_next,
    )
    return Rates(*(np.array(table, dtype=np.float64, order="C") for table in tables))


def base_of(world: World, own: PlanFit) -> Rates:
    """What factors multiply: the expected tables, corrected where factors of a fit covary."""
    rates, fit = rates_of(world), own.fit
    by_month = (own.first_month - 1 + np.arange(rates.start_per_day.shape[1])) % 12
    start_mean = fit.start_mean.reshape(len(rates.start_per_day), -1)[:, by_month]
    return rates._replace(
        start_per_day=rates.start_per_day * start_mean,
        exit_per_day=rates.exit_per_day * fit.exit_mean,
    )


def fit_of_plan(estimates: Estimates | None, world: World, first_month: int) -> PlanFit:
    """The fit of an area, laid out for the tables of a world."""
    moves = world.moves
    shares = (world.placements.first_placement, moves.breakdown_next, moves.planned_next)
    acts = estimates is not None
    fresh = (fresh_months(table) if acts else np.zeros(0, np.bool_) for table in shares)
    return PlanFit(own_fit_of(estimates), acts, first_month, *fresh)


def with_rates(world: World, rates: Rates) -> World:
    """A world with one future's tables."""
    moves = world.moves._replace(
        breakdown_per_day=rates.breakdown_per_day,
        planned_per_day=rates.planned_per_day,
        breakdown_next=rates.breakdown_next,
        planned_next=rates.planned_next,
    )
    return world._replace(
        entries=world.entries._replace(per_day=rates.start_per_day),
        exits=world.exits._replace(
            hazard_per_day=rates.exit_per_day, multiplier=rates.exit_multiplier
        ),
        moves=moves,
        re_entries=world.re_entries._replace(hazard_per_day=rates.re_entry_per_day),
        placements=world.placements._replace(first_placement=rates.first_placement),
    )


# Tables of one future ----------------------------------------------------------------------------


@compiled
def apply_factors(base: Rates, own: PlanFit, factors: Factors, rates: Rates) -> None:
    """Write the tables of one future; ``rates`` may have room for more months than ``base``."""
    start_rates(base.start_per_day, factors, rates.start_per_day)
    exit_rates(base, factors, rates)
    scale(base.breakdown_per_day, factors.others[0], rates.breakdown_per_day)
    scale(base.planned_per_day, factors.others[1], rates.planned_per_day)
    scale(base.re_entry_per_day, factors.others[2], rates.re_entry_per_day)
    months = base.first_placement.shape[0]
    if own.acts:
        apply_own_fit(base, own, factors.fitted, rates)
        tilt(rates.first_placement, months, factors.home_odds, rates.first_placement)
        tilt(rates.breakdown_next, months, factors.home_odds, rates.breakdown_next)
    else:
        tilt(base.first_placement, months, factors.home_odds, rates.first_placement)
        tilt(base.breakdown_next, months, factors.home_odds, rates.breakdown_next)


@compiled
def apply_own_fit(base: Rates, own: PlanFit, fitted: FloatArray, rates: Rates) -> None:
    """Layer 2 of the tables that the area's own estimates name."""
    fit, months = own.fit, base.start_per_day.shape[1]
    multiply_exits(rates.exit_per_day, fit, fitted)
    multiply_starts(rates.start_per_day, months, own.first_month, fit, fitted)
    multiply_cells(rates.breakdown_per_day, fit.breakdown_per_day, fitted)
    multiply_cells(rates.planned_per_day, fit.planned_per_day, fitted)
    multiply_cells(rates.re_entry_per_day, fit.re_entry_per_day, fitted)
    multiply_shares(
        base.first_placement, own.first_placement, fit.first_placement, fitted,
        rates.first_placement,
    )  # fmt: skip
    multiply_shares(
        base.breakdown_next, own.breakdown_next, fit.breakdown_next, fitted, rates.breakdown_next
    )
    multiply_shares(
        base.planned_next, own.planned_next, fit.planned_next, fitted, rates.planned_next
    )


@compiled
def year_of(month: int, years: int) -> int:
    """The year of the run that a month lies in; months past the last year count in it.

    >>> [int(year_of(month, 2)) for month in (0, 11, 12, 24)]
    [0, 0, 1, 1]
    """
    return min(month // 12, years - 1)


@compiled
def scale(table: FloatArray, factor: float, scaled: FloatArray) -> None:
    """Multiply a table by a factor."""
    numbers, results = table.reshape(table.size), scaled.reshape(table.size)
    for place in range(table.size):
        results[place] = numbers[place] * factor


@compiled
def start_rates(table: FloatArray, factors: Factors, scaled: FloatArray) -> None:
    """Entries by cell and month, with the level of the age band and the drift of the year."""
    groups = table.shape[0] // factors.bands.shape[0]
    for cell in range(table.shape[0]):
        for month in range(table.shape[1]):
            drift = factors.entries[year_of(month, factors.entries.shape[0])]
            scaled[cell, month] = table[cell, month] * factors.bands[cell // groups] * drift


@compiled
def exit_rates(base: Rates, factors: Factors, rates: Rates) -> None:
    """Exits by route: the level in the hazards, the drift in the multipliers.

    The 18th birthday is no route and does not drift.
    """
    for route in range(factors.routes.shape[0]):
        scale(base.exit_per_day[route], factors.routes[route], rates.exit_per_day[route])
    for month in range(base.exit_multiplier.shape[0]):
        drift = factors.exits[year_of(month, factors.exits.shape[0])]
        scale(base.exit_multiplier[month], drift, rates.exit_multiplier[month])


@compiled
def tilt(shares: FloatArray, months: int, odds: FloatArray, tilted: FloatArray) -> None:
    """Multiply the odds of a children's home against foster care; all other shares stay.

    Parameters
    ----------
    shares : shape (month, a, b, placement), which may have room for more than the ``months``
    odds : shape (year of the run,)
    tilted : the result; other placements than the two are left as they are in it

    >>> shares = np.zeros((1, 1, 1, 9))
    >>> shares[0, 0, 0, [1, 2]] = 0.6, 0.2
    >>> tilt(shares, 1, np.array([3.0]), shares)
    >>> shares[0, 0, 0, [1, 2]]
    array([0.4, 0.4])
    """
    for month in range(months):
        by_home = odds[year_of(month, odds.shape[0])]
        for a in range(shares.shape[1]):
            for b in range(shares.shape[2]):
                foster, home = shares[month, a, b, FOSTER], shares[month, a, b, CHILDRENS_HOME]
                raised = home * by_home
                if foster + raised > 0.0:
                    kept = (foster + home) / (foster + raised)
                    tilted[month, a, b, FOSTER] = foster * kept
                    tilted[month, a, b, CHILDRENS_HOME] = raised * kept
