"""Forecast: how many children, where, and at what cost, if things go on as the scenario says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.carers import carers_table
from lacmodel.analyses.simulate import EXPECTED, Settings, simulate
from lacmodel.area import Area, Benchmark, rate_population
from lacmodel.area.residents import rate_per_10000
from lacmodel.codes import IN_HOUSE_KINDS, KINDS, PLACEMENTS
from lacmodel.engines.ensemble import Ensemble
from lacmodel.listed import ListCount, list_count
from lacmodel.money.actuals import Replaced, with_actuals
from lacmodel.money.committed import committed_table
from lacmodel.money.empty_places import UNITS
from lacmodel.money.high_cost import high_cost_table
from lacmodel.money.income import income_table
from lacmodel.money.medium_term_plan import WithoutReasons, mean_growth, plan_table
from lacmodel.money.monitor import MONTHS, early_months, is_covered
from lacmodel.money.ready_reckoner import reckoner_table
from lacmodel.money.spend import Ledger, Spend, net_by_year, spend, spend_table
from lacmodel.money.variance import stated
from lacmodel.once import once
from lacmodel.plan import Plan
from lacmodel.results import (
    ALL,
    TidyTable,
    children_in,
    children_table,
    flow_in,
    flows_table,
    give_or_take,
    is_single,
    stability_table,
    stock_dates,
    summarise,
    year_ends,
)

PRICE_LAYER: Final = 4
A_YEAR: Final = 366  # days


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Forecast:
    """One scenario's futures and what they cost."""

    plan: Plan
    ensemble: Ensemble
    money: Spend
    replaced: tuple[Replaced, ...] = ()  # months gone, as they were
    reasons: WithoutReasons | None = None  # without the changes that say why they are made


class Range(NamedTuple):
    """A central number, and the range that eight futures in ten lie in, if there are futures."""

    central: float
    low: float | None
    high: float | None


class Outlook(NamedTuple):
    """Children forecast on a date, and what is known of that date."""

    when: date
    children: Range
    rate_per_10000: float
    happened: int | None


class YearSpend(NamedTuple):
    """Net spend of a financial year in pounds, against the council's budget.

    It is the average over futures, after the savings that the council expects, as in the budget
    monitor and the medium-term plan.
    """

    financial_year: str
    whole: bool  # the run covers all of the year, with the months gone before it
    net: Range
    budget: float | None  # of a whole year alone
    contingency: float | None
    chance_over: float | None  # of more than budget and contingency; None: not to be said
    saved: float = 0.0  # expected of the council's savings, and taken off net
    error: float = 0.0  # how far the average may be off because futures are few
    gone: int = 0  # months of it that were before the run, as actuals have them
    only_whole: bool = False  # there is a budget, and the run has a part of its year


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer in a few numbers."""

    opening: date
    children: int
    rate_per_10000: float
    benchmark: Benchmark | None
    outlook: tuple[Outlook, ...]
    spend: tuple[YearSpend, ...]
    in_house_places: int  # usable at the start, in homes and supported accommodation
    places_known: bool  # whether anybody has confirmed any of the council's own places
    short: Range  # placements in the first year made outside because no own place was free
    unsuited: Range  # those because no free place suited
    numbers_only: bool  # prices are taken as certain
    future: int | None = None  # the only one that was run
    counted: date | None = None  # when the children of the start were, if long before it
    counts: ListCount | None = None  # of a list of today's placements, beside the last known count


def forecast(plan: Plan, ensemble: Ensemble) -> Forecast:
    """Add the money to a run."""
    return Forecast(plan, ensemble, spend(plan, ensemble))


def run_forecast(
    plan: Plan, settings: Settings, progress: Callable[[int], None] | None = None
) -> Forecast:
    """Simulate a plan and add the money batch by batch, so that priced nights are not kept.

    What is known of the months gone takes the place of their forecast.
    """
    if settings.engine == EXPECTED:
        ensemble = simulate(plan, settings, progress)
        return Forecast(plan, ensemble, *with_actuals(plan, spend(plan, ensemble)))
    ledger = Ledger(plan, settings.numbers)
    ensemble = simulate(plan, settings, progress, ledger.add)
    return Forecast(plan, ensemble, *with_actuals(plan, ledger.spend()))


@once
def tables(result: Forecast) -> tuple[TidyTable, ...]:
    """Every table of a run."""
    plan, ensemble = result.plan, result.ensemble
    return (
        children_table(plan, ensemble),
        flows_table(plan, ensemble),
        spend_table(plan, result.money, is_single(ensemble)),
        stability_table(plan, ensemble),
        committed_table(plan, result.money, is_single(ensemble)),
        high_cost_table(plan, ensemble),
        reckoner_table(plan),
        plan_table(
            plan, result.money, mean_growth(ensemble.price_growth), is_single(ensemble),
            result.reasons,
        ),
        *([carers] if (carers := carers_table(plan, ensemble)) else []),
        *([paid] if (paid := income_table(plan, result.money, ensemble, result.replaced)) else []),
    )  # fmt: skip


def range_of(values: NDArray[Any], single: bool) -> Range:
    """Median and eight futures in ten, or the mean alone of a single course of events.

    >>> range_of(np.array([0, 10, 20, 30, 40]), single=False)
    Range(central=20.0, low=4.0, high=36.0)
    """
    summary = summarise(values, single)
    if single:
        return Range(float(summary.mean), None, None)
    return Range(float(summary.p50), float(summary.p10), float(summary.p90))


def money_range(values: NDArray[Any], single: bool) -> Range:
    """Average, which adds up over lines and years, and eight futures in ten.

    >>> money_range(np.array([0, 10, 20, 30, 90]), single=False)
    Range(central=30.0, low=4.0, high=66.0)
    """
    return range_of(values, single)._replace(central=float(values.mean()))


def known_counts(area: Area) -> dict[date, int]:
    """Children in care where it is known: when the area was written, or since."""
    return {outcome.when: outcome.children for outcome in (*area.known, *area.afterwards)}


def outlook(result: Forecast) -> tuple[Outlook, ...]:
    """Children on each 31 March of the run."""
    area, totals = result.plan.area, children_in(result.ensemble)
    happened = known_counts(area)
    rows = []
    for when, index in year_ends(result.plan.period).items():
        children = range_of(totals[:, index], is_single(result.ensemble))
        rate = rate_per_10000(children.central, rate_population(area, when))
        rows.append(Outlook(when, children, rate, happened.get(when)))
    return tuple(rows)


def year_spend(result: Forecast) -> tuple[YearSpend, ...]:
    """Net spend of each financial year against the budget, where the council has set one.

    A part of a year is set against nothing that is of all of it, neither budget nor savings; the
    months of actuals before the run complete its first year.
    """
    plan, area, layers = result.plan, result.plan.area, result.ensemble.layers
    single = is_single(result.ensemble)
    rows = []
    for index, year in enumerate(result.money.years):
        whole = is_covered(plan, result.money, year)
        saved = sum(row.expected_gbp(year.label) for row in area.savings) if whole else 0.0
        early = early_months(plan, result.money, year) if whole else None
        before = float((early.gross - early.income).sum()) / 100 if early else 0.0
        net = net_by_year(result.money)[:, index] + before - saved
        budget = stated(area, year.label, "base") if whole else None
        contingency = stated(area, year.label, "contingency") if whole else None
        chance = None
        if budget is not None and PRICE_LAYER in layers and not single:
            chance = chance_of_more(net, budget + (contingency or 0.0))
        spread = money_range(net, single)
        error = give_or_take(net)
        gone = MONTHS - (year.end_month - year.first_month) if whole else 0
        only_whole = not whole and stated(area, year.label, "base") is not None
        said = (budget, contingency, chance, saved, error, gone, only_whole)
        rows.append(YearSpend(year.label, whole, spread, *said))
    return tuple(rows)


def chance_of_more(values: NDArray[np.float64], limit: float) -> float:
    """The share of futures above a limit, in [0, 1].

    >>> chance_of_more(np.array([1.0, 2.0, 3.0, 4.0]), 3.0)
    0.25
    """
    return float((values > limit).mean())


def counted_long_before(area: Area) -> date | None:
    """The last count of an area that starts a year or more after it; None of any other.

    Children of a return or of a list are those of the night before the start.
    """
    counts = [date(row.year, 3, 31) for row in area.history]
    counts += [row.when for row in area.known if row.when < area.start]
    if area.internal or not counts or (area.start - max(counts)).days <= A_YEAR:
        return None
    return max(counts)


def latest_benchmark(area: Area, opening: date) -> Benchmark | None:
    """The latest rate that describes England on the opening date or before."""
    before = [row for row in area.benchmarks if row.relation == "england" and row.when <= opening]
    return max(before, key=lambda row: row.when, default=None)


def own_places(plan: Plan, when: date, kinds: tuple[int, ...] = IN_HOUSE_KINDS) -> int:
    """Usable places of the council's own, of some kinds, on a day of the run."""
    own = [at for at, row in enumerate(plan.supply) if row.kind in kinds]
    day = plan.period.day(when)
    return sum(int(plan.world.placements.usable_places[at, day]) for at in own)


def places_known(plan: Plan, placement: str = ALL) -> bool:
    """Whether anybody has confirmed any of the council's own places of a type open at the start."""
    start = plan.period.start
    return any(
        row.confirmed
        and (row.opens is None or row.opens <= start)
        and placement in (ALL, PLACEMENTS[KINDS[row.kind][0]])
        for row in plan.supply
    )


@once
def headline(result: Forecast) -> Headline:
    """The answer in a few numbers."""
    plan, ensemble = result.plan, result.ensemble
    opening = stock_dates(plan.period)[0]
    children = round(float(children_in(ensemble)[:, 0].mean()))
    first_year = result.money.years[0].months
    short, unsuited = (
        flow_in(ensemble, name)[:, first_year].sum(axis=1)
        for name in ("placed_externally_none_free", "placed_externally_none_suited")
    )
    return Headline(
        opening=opening,
        children=children,
        rate_per_10000=rate_per_10000(children, rate_population(plan.area, opening)),
        benchmark=latest_benchmark(plan.area, opening),
        outlook=outlook(result),
        spend=year_spend(result),
        in_house_places=own_places(plan, plan.period.start, UNITS),
        places_known=places_known(plan),
        short=range_of(short, is_single(ensemble)),
        unsuited=range_of(unsuited, is_single(ensemble)),
        numbers_only=PRICE_LAYER not in ensemble.layers,
        future=ensemble.futures[0] if is_single(ensemble) and not ensemble.expected else None,
        counted=counted_long_before(plan.area),
        counts=list_count(plan.area, len(plan.area.children)),
    )
