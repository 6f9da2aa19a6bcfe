"""The first year of an area, by `stock_flow`, and rates with which it is what today's rates say.

The law of drift speaks of all who come into care and of all who leave. In a run some of both is
settled already: who comes back follows from who left before, and who turns 18 from how old children
are. So the rates that a run states act on the others alone, and have to move by more. How much more
is read off the run itself. See MODEL.md, "Drift, learnt from every council".
"""

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from lacmodel.area import Area
from lacmodel.engines.stock_flow import expected_course, opening_state, past_state
from lacmodel.engines.tally import FLOWS
from lacmodel.fitting.rates_today import RatesToday
from lacmodel.plan import Plan
from lacmodel.planning import make_plan, residents_by_month
from lacmodel.scenario import Scenario
from lacmodel.tables import Table

RATES: Final = "entries.start_rate_per_10000"
EXITS: Final = "exits.base_per_day"
MOST_LOG: Final = 2.0  # rates are set within a seventh and seven times of a fit's
ROUNDS: Final = 10  # at most; each leaves a sixth or so of what is missing
CLOSE: Final = 1e-3  # a log factor that moves by less is found
STEP: Final = 0.1  # of the log factor on exits, over which an answer is taken


class Logs(NamedTuple):
    """Log factors on the rates of those who come for the first time, and who leave under 18."""

    entries: float = 0.0
    exits: float = 0.0


NO_CHANGE: Final = Logs()


class ExpectedYear(NamedTuple):
    """Expected children of a run's first year."""

    entered: float  # who had not been in care
    re_entered: float
    left_under_18: float
    turned_18: float


class Answer(NamedTuple):
    """How an area's first year answers to its rates."""

    new_share: float  # of those who come into care, who had not been there before
    leavers: float  # more of them for each unit of a log factor on the exits of those under 18


def unchanged_plan(area: Area, years: int = 1) -> Plan:
    """The plan of an area's first year, or years, in which nothing changes."""
    return make_plan(Scenario(area.path, area.name, "", area.path, years, (), (), ()), area)


def expected_year(plan: Plan, logs: Logs = NO_CHANGE) -> ExpectedYear:
    """Expected children of the first year at rates multiplied so."""
    entries, exits = plan.world.entries, plan.world.exits
    course = expected_course(
        plan.world._replace(
            entries=entries._replace(per_day=entries.per_day * np.exp(logs.entries)),
            exits=exits._replace(multiplier=exits.multiplier * np.exp(logs.exits)),
        ),
        opening_state(plan.period, plan.opening),
        past_state(plan.period, plan.past_leavers),
    )
    flows = course.flows.sum(axis=0)
    entered, re_entered = (float(flows[FLOWS.index(name)]) for name in ("entries", "re_entries"))
    before, after = course.children[[0, -1]].sum(axis=(1, 2, 3))
    under_18 = float(course.leavers.sum())
    turned_18 = float(before - after) + entered + re_entered - under_18
    return ExpectedYear(entered, re_entered, under_18, turned_18)


def logs_for(plan: Plan, came: float, left: float) -> Logs:
    """The log factors with which so many come into care and leave it in the first year.

    Of numbers that nothing within `MOST_LOG` leads to it is the nearest; where nobody comes, or
    nobody leaves, no factor helps and it is 0.
    """
    logs = NO_CHANGE
    for _ in range(ROUNDS):
        year, before = expected_year(plan, logs), logs
        logs = Logs(
            nearer(logs.entries, came - year.re_entered, year.entered),
            nearer(logs.exits, left - year.turned_18, year.left_under_18),
        )
        if np.allclose(logs, before, rtol=0, atol=CLOSE):
            break
    return logs


def nearer(log_factor: float, wanted: float, found: float) -> float:
    """A log factor with which a number would be what is wanted, were it in proportion to it."""
    if not found:
        return 0.0
    ratio = max(wanted / found, np.exp(-2 * MOST_LOG))
    return float(np.clip(log_factor + np.log(ratio), -MOST_LOG, MOST_LOG))


def answer(plan: Plan, logs: Logs = NO_CHANGE) -> Answer:
    """How the first year answers to its rates, near rates multiplied so."""
    low, high = (
        expected_year(plan, logs._replace(exits=logs.exits + step))
        for step in (-STEP / 2, STEP / 2)
    )
    more = high.left_under_18 + high.turned_18 - low.left_under_18 - low.turned_18
    came = low.entered + low.re_entered
    return Answer(low.entered / came if came else 1.0, more / STEP)


def at_todays_rates(area: Area, today: RatesToday) -> dict[str, Table]:
    """An area's rates of entry and exit set to today's, and the tables of how they go on.

    Parameters
    ----------
    area : with rates of which those of today are to be made, and no departure of today's
    """
    plan, parameters = unchanged_plan(area), area.parameters
    living = residents_by_month(area, plan.period, 12).sum(axis=1).mean()
    came = (today.starters + today.more_entrants) * living / today.residents
    logs = logs_for(plan, came, today.left)
    why = (
        f"so that {today.starters:.1f} start a year as at today's rate, by a filter over all "
        f"years, and {today.more_entrants:+z.1f} in place of growth that flows do not explain"
    )
    return {
        RATES: times(parameters.entries.start_rate_per_10000, logs.entries, why),
        EXITS: times(parameters.exits.base_per_day, logs.exits, f"so that {today.left:.1f} leave"),
        **today.tables(today.shares(*answer(plan, logs))),
    }


def times(table: Table, log_factor: float, why: str = "for today's rate") -> Table:
    """A table times exp of something, and its source saying so."""
    factor = float(np.exp(log_factor))
    if abs(log_factor) >= MOST_LOG:
        why = f"{why}, as near as {factor:.3f} comes to it: the flows and the children do not fit"
    source = f"{table.source}; all times {factor:.3f}, {why} (MODEL.md, section 15)"
    return replace(table, values=table.values * factor, source=source)
