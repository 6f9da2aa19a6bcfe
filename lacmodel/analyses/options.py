"""Options: do nothing, do the minimum, and more, side by side on the same futures.

An option's whole-life cost is the present value of its net spend and its capital, from the start of
the run to the end of the appraisal, in real prices; the last simulated year is held, as in a
business case. A place in the council's own homes and units costs its full price even when empty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.business_case import (
    INFLATION,
    Course,
    course_of,
    empty_cost,
    net_by_month,
    real_terms,
)
from lacmodel.analyses.schemes import check_bases, check_dates
from lacmodel.analyses.simulate import Settings, engine_faults
from lacmodel.codes import EXTERNAL_KINDS
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.changes import Places
from lacmodel.money.business_case import (
    APPRAISAL_YEARS,
    MONTHS,
    held,
    payback_years,
    present_value,
)
from lacmodel.plan import Plan
from lacmodel.scenario import Scenario

FloatArray = NDArray[np.float64]

LIFE_MONTHS: Final = APPRAISAL_YEARS * MONTHS
MOST: Final = 6  # options that fit on a page


class Option(NamedTuple):
    """One scenario's futures, and its capital in the month in which each scheme opens."""

    course: Course
    capital: FloatArray  # (month of the appraisal,), pounds

    @property
    def plan(self) -> Plan:
        """What was run."""
        return self.course.result.plan


@dataclass(frozen=True, slots=True)
class Appraised:
    """Options on the same futures; the first is what the others are measured against."""

    options: tuple[Option, ...]
    inflation: float

    @property
    def first(self) -> Option:
        """To do nothing, or the minimum."""
        return self.options[0]


class Window(NamedTuple):
    """Multiples of external prices between which an option costs least; none: low above high."""

    low: float
    high: float


def check_options(scenarios: Sequence[Scenario], plans: Sequence[Plan], settings: Settings) -> None:
    """Refuse more options than fit on a page, an engine without futures, and bad schemes.

    Raises
    ------
    InputFaults
        with every fault of every option
    """
    faults = []
    if len(scenarios) > MOST:
        rule = f"at most {MOST} options are set side by side, the first among them"
        faults.append(Fault("SCENARIOS", "", len(scenarios), rule))
    faults += engine_faults(settings, "gives no range and no rows of supply")
    for scenario, plan in zip(scenarios, plans, strict=True):
        for check in (check_dates, check_bases):
            try:
                check(scenario, plan)
            except InputFaults as found:
                faults += found.faults
    if faults:
        raise InputFaults(faults)


def appraise_options(
    scenarios: Sequence[Scenario],
    plans: Sequence[Plan],
    settings: Settings,
    progress: Callable[[int], None] | None = None,
    inflation: float = INFLATION,
) -> Appraised:
    """Run every option on the same futures."""
    options = [
        Option(course_of(plan, settings, progress), capital_by_month(scenario, plan))
        for scenario, plan in zip(scenarios, plans, strict=True)
    ]
    return Appraised(tuple(options), inflation)


def capital_by_month(scenario: Scenario, plan: Plan) -> FloatArray:
    """Capital in the month of the run in which each scheme is planned to open: shape (month,)."""
    spent = np.zeros(LIFE_MONTHS)
    for change in scenario.changes:
        if isinstance(change, Places):
            spent[max(0, plan.period.month(change.from_))] += change.capital_gbp
    return spent


# What an option costs -------------------------------------------------------------------------


def cost_by_month(option: Option, inflation: float) -> FloatArray:
    """Net spend with empty places, at base prices, pounds: shape (future, month of the run)."""
    real = real_terms(option.plan.period, inflation)
    return (net_by_month(option.course) + empty_cost(option.course)) * real


def whole_life_cost(option: Option, inflation: float) -> FloatArray:
    """Present value of spend and capital to the end of the appraisal, pounds: shape (future,)."""
    spend = held(cost_by_month(option, inflation), LIFE_MONTHS)
    return np.asarray(present_value(spend + option.capital))


def whole_life_costs(appraised: Appraised) -> FloatArray:
    """Whole-life cost of every option: shape (option, future)."""
    return np.stack([whole_life_cost(option, appraised.inflation) for option in appraised.options])


def payback(appraised: Appraised, option: Option) -> FloatArray | None:
    """Years from an option's first opening until it has paid back; None without capital.

    Both saving and capital are what the option has beyond the first one.
    """
    capital = option.capital - appraised.first.capital
    if capital.sum() <= 0:
        return None
    before, after = (
        held(cost_by_month(some, appraised.inflation), LIFE_MONTHS)
        for some in (appraised.first, option)
    )
    opens = int(np.flatnonzero(capital)[0])
    return payback_years((before - after)[:, opens:], capital[opens:])


def cheapest_share(costs: FloatArray) -> FloatArray:
    """The share of futures in which each option costs least; what ties is shared evenly.

    Parameters
    ----------
    costs : shape (option, future)

    >>> cheapest_share(np.array([[1.0, 2.0], [1.0, 1.0]])).tolist()
    [0.25, 0.75]
    """
    least = costs == costs.min(axis=0)
    return np.asarray((least / least.sum(axis=0)).mean(axis=1))


# What must be true ----------------------------------------------------------------------------


def external_cost(option: Option, inflation: float) -> float:
    """The part of an option's mean whole-life cost that goes to other providers, pounds."""
    external = net_by_month(option.course, list(EXTERNAL_KINDS))
    real = external * real_terms(option.plan.period, inflation)
    return float(present_value(held(real, LIFE_MONTHS)).mean())


def price_window(costs: FloatArray, external: FloatArray, option: int) -> Window:
    """The multiples of external prices at which an option's mean cost is the least.

    With external prices at r times those assumed an option costs ``cost + (r - 1) external``, so
    each other option sets one bound on r.

    Parameters
    ----------
    costs, external : shape (option,), pounds

    >>> price_window(np.array([100.0, 110.0]), np.array([50.0, 30.0]), option=1)
    Window(low=1.5, high=inf)
    """
    low, high = 0.0, float("inf")
    for cost, outside in zip(costs, external, strict=True):
        gap, slope = float(cost - costs[option]), float(external[option] - outside)
        if slope > 0:
            high = min(high, 1 + gap / slope)
        elif slope < 0:
            low = max(low, 1 + gap / slope)
        elif gap < 0:
            high = -float("inf")
    return Window(low, high)


def price_windows(appraised: Appraised) -> list[Window]:
    """The window of each option."""
    costs = whole_life_costs(appraised).mean(axis=1)
    external = np.array(
        [external_cost(option, appraised.inflation) for option in appraised.options]
    )
    return [price_window(costs, external, at) for at in range(len(costs))]


def capital_limit(appraised: Appraised, option: int) -> float:
    """The capital, pounds in all, up to which an option costs least; below nought: none would.

    Capital keeps its dates; an option without any is taken to spend it at the start.
    """
    costs = whole_life_costs(appraised).mean(axis=1)
    others = np.delete(costs, option)
    spent = appraised.options[option].capital
    value = float(present_value(spent)) / spent.sum() if spent.any() else 1.0
    return float(spent.sum() + (others.min() - costs[option]) / value)
