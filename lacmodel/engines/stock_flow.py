"""Expected numbers by month, without simulating a single child.

The engine `stock_flow` answers in a fraction of a second what the mean of many futures would be. It
is what the fits use, and a check on the event engines: where places and caseload are unlimited the
two agree but for chance. The mathematics is in MODEL.md.
"""

from datetime import date  # noqa: F401 (for the example)

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import COMPLEX
from lacmodel.engines.counts import count_opening, count_years
from lacmodel.engines.month import step
from lacmodel.engines.noted import claims_cut_bands
from lacmodel.engines.stocks import ExpectedFlows, OpeningState, PastState, begin
from lacmodel.pathway import World
from lacmodel.plan import OpeningChildren, PastLeavers, Plan
from lacmodel.timeline import Period

IntArray = NDArray[np.int64]


def months_of(period: Period, days: IntArray) -> IntArray:
    """Calendar months of days, counted from the start of the run; negative before it.

    >>> months_of(Period(date(2017, 4, 1), 5), np.array([-1, 0, 30])).tolist()
    [-1, 0, 1]
    """
    start = np.datetime64(period.start, "D")
    months = (start + days).astype("datetime64[M]") - start.astype("datetime64[M]")
    return months.astype(np.int64)


def opening_state(period: Period, opening: OpeningChildren) -> OpeningState:
    """Put opening children together who are alike to the month."""
    birth, first = months_of(period, opening.birth_day), months_of(period, opening.first_day)
    columns = np.stack([birth, first, opening.group, opening.kind, opening.row])
    alike, index, children = np.unique(columns, axis=1, return_inverse=True, return_counts=True)
    complex_children = np.bincount(
        index.ravel(), opening.level == COMPLEX, minlength=alike.shape[1]
    ).astype(np.float64)
    birth_month, entry_month, group, kind, row = alike
    return OpeningState(
        birth_month, entry_month, group, kind, row, children.astype(np.float64), complex_children
    )


def past_state(period: Period, past: PastLeavers) -> PastState:
    """Past leavers with their months."""
    return PastState(
        birth_month=months_of(period, past.birth_day),
        left_month=months_of(period, past.left_day),
        reason=past.reason,
        group=past.group,
        children=np.ones(len(past.reason)),
    )


def nobody() -> tuple[OpeningState, PastState]:
    """An empty start."""
    none = np.zeros(0, dtype=np.int64)
    return (
        OpeningState(none, none, none, none, none, np.zeros(0), np.zeros(0)),
        PastState(none, none, none, none, np.zeros(0)),
    )


def run_stock_flow(plan: Plan) -> ExpectedFlows:
    """Expected numbers of a plan."""
    return expected_course(
        plan.world,
        opening_state(plan.period, plan.opening),
        past_state(plan.period, plan.past_leavers),
        claims_cut_bands(plan),
    )


def expected_course(
    world: World, opening: OpeningState, past: PastState, by_year: bool = False
) -> ExpectedFlows:
    """Expected numbers by month of a world.

    Parameters
    ----------
    world : expected tables, levers in them, without drift
    by_year : whether children are counted by single year of age too, which takes time
    """
    council = begin(world, opening, past, by_year)
    count_opening(council)
    count_years(council, -1)
    for month in range(council.months):
        step(council, month)
        count_years(council, month)
    return council.expected
