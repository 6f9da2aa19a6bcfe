"""Expected numbers by month, without simulating a single child.

The engine `stock_flow` answers in a fraction of a second what the mean of many futures would be. It
is what the fits use, and a check on the event engines: where places and caseload are unlimited the
two agree but for chance. The mathematics is in MODEL.md.
"""

import numpy as np

from lacmodel.codes import COMPLEX
from lacmodel.engines.counts import count_opening
from lacmodel.engines.month import step
from lacmodel.engines.stocks import ExpectedFlows, OpeningState, PastState, begin
from lacmodel.pathway import World
from lacmodel.plan import OpeningChildren, PastLeavers, Plan
from lacmodel.timeline import Period


def month_of(period: Period, day: int) -> int:
    """Calendar month of a day, counted from the start of the run; negative before it."""
    return period.month(period.date_of(day))


def opening_state(period: Period, opening: OpeningChildren) -> OpeningState:
    """Put opening children together who are alike to the month."""
    columns = np.stack(
        [
            np.array([month_of(period, day) for day in opening.birth_day], dtype=np.int64),
            np.array([month_of(period, day) for day in opening.first_day], dtype=np.int64),
            opening.group,
            opening.kind,
            opening.row,
        ]
    )
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
        birth_month=np.array([month_of(period, day) for day in past.birth_day], dtype=np.int64),
        left_month=np.array([month_of(period, day) for day in past.left_day], dtype=np.int64),
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
    )


def expected_course(world: World, opening: OpeningState, past: PastState) -> ExpectedFlows:
    """Expected numbers by month of a world.

    Parameters
    ----------
    world : expected tables, levers in them, without drift
    """
    council = begin(world, opening, past)
    count_opening(council)
    for month in range(council.months):
        step(council, month)
    return council.expected
