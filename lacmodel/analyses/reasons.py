"""Reasons: what the changes of a scenario that say why they are made add to spend, in like futures.

With the reasons in the order of `REASONS`, net(k) the net spend with the changes of the first k of
them and all that say nothing, each reason adds net(k) - net(k - 1).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from lacmodel.analyses.forecast import Forecast, run_forecast
from lacmodel.analyses.simulate import Settings
from lacmodel.analyses.waterfall import with_changes
from lacmodel.area import Area
from lacmodel.levers.change import REASONS
from lacmodel.money.medium_term_plan import WithoutReasons, mean_growth, means_of
from lacmodel.money.spend import net_by_year
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import Scenario


def reasons_of(scenario: Scenario) -> list[str]:
    """The reasons that changes of a scenario give."""
    return [each for each in REASONS if any(c.because == each for c in scenario.changes)]


def plans_without(scenario: Scenario, area: Area) -> list[Plan]:
    """The scenario without any change that gives a reason, then with the first reason's, and so on.

    The last reason's are in none of them: with those it is the scenario itself.
    """
    reasons = reasons_of(scenario)
    return [
        make_plan(with_changes(scenario, _without(scenario, reasons[at:])), area)
        for at in range(len(reasons))
    ]


def _without(scenario: Scenario, reasons: Sequence[str]) -> list[int]:
    return [at for at, change in enumerate(scenario.changes) if change.because not in reasons]


def without_reasons(
    scenario: Scenario,
    result: Forecast,
    plans: Sequence[Plan],
    settings: Settings,
    progress: Callable[[int], None] | None = None,
) -> WithoutReasons | None:
    """What each reason adds to the mean net spend of every year; None where none is given."""
    if not plans:
        return None
    net, first = [], None
    for plan in plans:
        run = run_forecast(plan, settings, progress)
        net.append(net_by_year(run.money).mean(axis=0) * 100)
        first = first or means_of(plan, run.money, mean_growth(run.ensemble.price_growth))
    net.append(net_by_year(result.money).mean(axis=0) * 100)
    added = [with_it - before for before, with_it in pairwise(net)]
    assert first is not None
    return WithoutReasons(plans[0], first, tuple(zip(reasons_of(scenario), added, strict=True)))
