"""Business case: whether places that are built pay back, from paired futures with and without them.

The schemes of a scenario are its changes of the levers `places` and `close`; whatever else it
changes stays in both runs. A third run moves the schemes' dates by twelve months. A place in the
council's own homes and units costs its full price whether or not a child is in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import Forecast, forecast
from lacmodel.analyses.schemes import (
    Scheme,
    is_scheme,
    schemes_of,
    slipped,
    without_schemes,
)
from lacmodel.analyses.simulate import Settings, simulate
from lacmodel.codes import EXTERNAL_KINDS
from lacmodel.engines.histories import seen_in_futures
from lacmodel.engines.records import History
from lacmodel.money.business_case import (
    APPRAISAL_YEARS,
    MONTHS,
    break_even_ratio,
    deflators,
    discount_factors,
    held,
    payback_years,
    present_value,
)
from lacmodel.money.empty_places import UNITS, cost_of_empty_places
from lacmodel.money.spend import FIXED
from lacmodel.once import once
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import Scenario
from lacmodel.timeline import Period, financial_year

FloatArray = NDArray[np.float64]

WITHIN_YEARS: Final = 3.0
INFLATION: Final = 0.02  # assumed: the target of the Bank of England
BORROWING_RATE: Final = 0.03  # assumed: near the Public Works Loan Board's long rates of 2017


class Terms(NamedTuple):
    """What a business case is worked out on, beside what is simulated."""

    within_years: float = WITHIN_YEARS
    inflation: float = INFLATION
    borrowing_rate: float = BORROWING_RATE
    borrowing_stated: bool = False
    claimed_saving: float | None = None  # pounds a year, as a paper claims


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Course:
    """One run, with the nights of every row of supply."""

    result: Forecast
    occupied: NDArray[np.int32]  # (future, month, row): place-nights
    empty: NDArray[np.int32]  # (future, month, row)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class BusinessCase:
    """The runs with and without the schemes, and with them a year late (none: beyond the run)."""

    with_: Course
    without: Course
    late: Course | None
    schemes: tuple[Scheme, ...]
    opens: date
    terms: Terms

    @property
    def plan(self) -> Plan:
        """The scenario with its schemes."""
        return self.with_.result.plan

    @property
    def capital(self) -> float:
        """Pounds of all schemes."""
        return sum(scheme.change.capital_gbp for scheme in self.schemes)

    @property
    def first_month(self) -> int:
        """The month of the run in which the first scheme begins."""
        return self.plan.period.month(self.opens)

    @property
    def real_terms(self) -> FloatArray:
        """What turns pounds of each month of the run into pounds of its first financial year."""
        return real_terms(self.plan.period, self.terms.inflation)

    @property
    def months(self) -> int:
        """Months from the first opening to the end of the appraisal."""
        return APPRAISAL_YEARS * MONTHS

    @property
    def simulated_months(self) -> int:
        """Months from the first opening to the end of the run."""
        return self.plan.period.months - self.first_month


class Appraisal(NamedTuple):
    """What the schemes are worth in every future: shape (future,) each, pounds at base prices."""

    saving: FloatArray  # (future, month) from the first opening, held to the end
    payback: FloatArray  # years from the first opening; inf: not within the appraisal
    discounted_payback: FloatArray
    npv: FloatArray  # of savings less capital
    npv_simulated: FloatArray  # of the simulated months' savings alone, less capital


# Running -----------------------------------------------------------------------------------------


def nights_by_row(plan: Plan, history: History) -> NDArray[np.int32]:
    """Occupied and empty place-nights of every row of supply: shape (2, month, row).

    Children above the usable places of a day (places that are being run down) make none empty.
    """
    days, rows = plan.period.days, len(plan.supply)
    spells = history.spells[history.spells["supply"] >= 0]
    changes = np.zeros((rows, days + 1), dtype=np.int64)
    start = np.maximum(spells["start_day"], 0)
    end = np.where(spells["end_day"] < 0, days, np.minimum(spells["end_day"], days))
    np.add.at(changes, (spells["supply"], start), 1)
    np.add.at(changes, (spells["supply"], np.maximum(start, end)), -1)
    occupied = changes.cumsum(axis=1)[:, :days]
    usable = plan.world.placements.usable_places[:, :days]
    starts = [plan.period.day(first) for first in plan.period.month_starts(plan.period.months)]
    both = np.stack([occupied, np.maximum(usable - occupied, 0)])
    by_month = np.add.reduceat(both, starts, axis=2)
    return by_month.transpose(0, 2, 1).astype(np.int32)


def plans_of(scenario: Scenario) -> tuple[Plan, Plan, Plan | None]:
    """The plans with the schemes, without them, and with them late if that is within the run."""
    plan = make_plan(scenario)
    late = slipped(scenario, plan.period.end)
    dates = [change.from_ for change in late.changes if is_scheme(change)]
    in_time = max(dates) < plan.period.end
    return plan, make_plan(without_schemes(scenario)), make_plan(late) if in_time else None


def business_case(
    scenario: Scenario,
    plans: tuple[Plan, Plan, Plan | None],
    settings: Settings,
    terms: Terms,
    progress: Callable[[int], None] | None = None,
) -> BusinessCase:
    """Run a scenario with its schemes, without them, and with them a year late."""
    courses = [None if plan is None else course_of(plan, settings, progress) for plan in plans]
    with_, without, late = courses
    assert with_ is not None
    assert without is not None
    opens = min(change.from_ for change in scenario.changes if is_scheme(change))
    return BusinessCase(with_, without, late, schemes_of(scenario, plans[0]), opens, terms)


def course_of(
    plan: Plan, settings: Settings, progress: Callable[[int], None] | None = None
) -> Course:
    """Run a plan, and count the nights of its rows of supply."""
    ensemble = simulate(plan, settings, progress)
    nights = np.stack(seen_in_futures(plan, ensemble, settings.pool, nights_by_row))
    return Course(forecast(plan, ensemble), nights[:, 0], nights[:, 1])


# Pounds by month ---------------------------------------------------------------------------------


def real_terms(period: Period, inflation: float) -> FloatArray:
    """What turns pounds of each month of a run into pounds of its first financial year."""
    years = [int(financial_year(first)[:4]) for first in period.month_starts(period.months)]
    return deflators(np.array(years) - years[0], inflation)


@once
def empty_cost(course: Course) -> FloatArray:
    """What empty places in the council's own homes and units cost, pounds: (future, month).

    A row whose price leaves the fixed cost out has that as a line of its own, and none here.
    """
    plan, ensemble = course.result.plan, course.result.ensemble
    return np.asarray(cost_of_empty_places(plan, ensemble, course.empty).sum(axis=2))


def net_by_month(course: Course, lines: list[int] | None = None) -> FloatArray:
    """Net spend on all lines, or on some, pounds: shape (future, month)."""
    net = course.result.money.net
    return np.asarray((net if lines is None else net[:, :, lines]).sum(axis=2) / 100)


def own_places_cost(course: Course) -> FloatArray:
    """What the council's own homes and units cost, full or empty, pounds: (future, month)."""
    return net_by_month(course, [*UNITS, FIXED]) + empty_cost(course)


def saving_by_month(case: BusinessCase, course: Course, charge_empty: bool = True) -> FloatArray:
    """Net spend without the schemes less that of a run, at base prices: shape (future, month)."""
    saving = net_by_month(case.without) - net_by_month(course)
    if charge_empty:
        saving = saving + empty_cost(case.without) - empty_cost(course)
    return saving * case.real_terms


def capital_by_month(case: BusinessCase) -> FloatArray:
    """Capital in the month in which each scheme is planned to open, from the first of them on."""
    spent = np.zeros(case.months)
    for scheme in case.schemes:
        month = case.plan.period.month(scheme.change.from_) - case.first_month
        spent[month] += scheme.change.capital_gbp
    return spent


def appraise(case: BusinessCase, course: Course, charge_empty: bool = True) -> Appraisal:
    """What the schemes of a run are worth, counted from the planned first opening.

    What is held is the last year of the run on time, so that a run whose places are a year behind
    at its end is not taken to stay so.
    """
    on_time = saving_by_month(case, case.with_, charge_empty)[:, case.first_month :]
    saving, capital = held(on_time, case.months), capital_by_month(case)
    known = on_time.shape[1]
    saving[:, :known] = saving_by_month(case, course, charge_empty)[:, case.first_month :]
    alone = saving.copy()
    alone[:, known:] = 0.0
    discount = discount_factors(case.months)
    return Appraisal(
        saving,
        payback_years(saving, capital),
        payback_years(saving * discount, capital * discount),
        present_value(saving - capital),
        present_value(alone - capital),
    )


# What decides it ---------------------------------------------------------------------------------


def last_year(case: BusinessCase) -> slice:
    """The last twelve months of the run."""
    return slice(case.plan.period.months - MONTHS, case.plan.period.months)


def occupancy(case: BusinessCase, rows: list[int], months: slice) -> FloatArray:
    """Share of the usable nights of some rows on which somebody is there: shape (future,)."""
    occupied = case.with_.occupied[:, months][:, :, rows].sum(axis=(1, 2))
    usable = occupied + case.with_.empty[:, months][:, :, rows].sum(axis=(1, 2))
    return np.divide(occupied, usable, out=np.zeros(len(occupied)), where=usable > 0)


def displaced(case: BusinessCase) -> NDArray[np.int64]:
    """External nights that the schemes replace: shape (future, month, kind)."""
    before, after = (run.result.money.nights for run in (case.without, case.with_))
    return (before.astype(np.int64) - after)[:, :, list(EXTERNAL_KINDS)]


def _value(case: BusinessCase, by_month: FloatArray) -> float:
    """The present value of pounds by month of the run, held to the end, on average."""
    real = (by_month * case.real_terms)[:, case.first_month :]
    return float(present_value(held(real, case.months)).mean())


def break_even_occupancy(case: BusinessCase) -> float:
    """The occupancy of the new places at which the net present value is nought; inf where none is.

    What is saved elsewhere goes with the nights spent in the new places, and the cost of places
    does not::

        occupancy now x (capital + cost of the new places) / savings elsewhere
    """
    own = own_places_cost(case.with_) - own_places_cost(case.without)
    elsewhere = saving_by_month(case, case.with_) / case.real_terms + own
    capital = float(present_value(capital_by_month(case)))
    now = float(occupancy(case, [scheme.row for scheme in case.schemes], last_year(case)).mean())
    return now * break_even_ratio(capital + _value(case, own), _value(case, elsewhere))


class PriceNeeded(NamedTuple):
    """External prices, pounds a week at base prices, over the displaced placements."""

    now: float
    needed: float  # for a net present value of nought; inf where none is displaced


def break_even_price(case: BusinessCase) -> PriceNeeded:
    """The average price of the displaced placements, now and where the schemes just pay.

    ::

        needed = now x (capital + everything else that the schemes cost) / external spend avoided
    """
    kinds = list(EXTERNAL_KINDS)
    avoided = net_by_month(case.without, kinds) - net_by_month(case.with_, kinds)
    others = avoided - saving_by_month(case, case.with_) / case.real_terms
    capital = float(present_value(capital_by_month(case)))
    months = slice(case.first_month, None)
    nights = displaced(case)[:, months].sum(axis=(1, 2)).mean()
    pounds = (avoided * case.real_terms)[:, months].sum(axis=1).mean()
    now = float(pounds / nights * 7) if nights > 0 else 0.0
    ratio = break_even_ratio(capital + _value(case, others), _value(case, avoided))
    return PriceNeeded(now, now * ratio if now > 0 else float("inf"))
