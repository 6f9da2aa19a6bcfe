"""Contract 1: the two event engines give the same spells, in every column."""

from pathlib import Path

import numpy as np
import pytest
from test_child_events import BUSY, Opening, opening_of, with_entries, with_service
from worlds import NO_PAST, calendar_of, rows_of_supply, small_world

from lacmodel.codes import CHILDRENS_HOME, ENDED_PLANNED, FOSTER, IN_HOUSE, KIND_OF, SUPPORTED
from lacmodel.compiling import COMPILED
from lacmodel.engines import child_events, compiled
from lacmodel.engines.ensemble import run_futures
from lacmodel.planning import make_plan
from lacmodel.randomness import future_key
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"

pytestmark = pytest.mark.skipif(not COMPILED, reason="the compiled engine needs numba")


def everything(closes: int = 300):
    """A world in which everything goes on at once."""
    years = 3
    days = calendar_of(years).days + 366
    open_days = [5 if day < closes else 0 for day in range(days)]
    supply = rows_of_supply(
        calendar_of(years),
        (KIND_OF[FOSTER][IN_HOUSE], 40, {}),
        (KIND_OF[CHILDRENS_HOME][IN_HOUSE], 5, {"row_closes": closes, "usable_places": open_days}),
    )
    mix = np.zeros((5, 3, 9))
    mix[..., [0, 1, 2, 4]] = 0.2, 0.5, 0.2, 0.1
    nexts = np.broadcast_to(mix[0, 0], (9, 5, 9))
    world = small_world(
        years,
        supply=supply,
        first_placement_share=mix,
        breakdown_next_share=nexts,
        planned_next_share=nexts,
        staying_on_share=np.full(9, 0.5),
        staying_on_mean_days=np.full(9, 200.0),
        match_share=np.full(12, 0.6),
        complex_share=np.full(9, 0.2),
        price_spread=np.full(12, 0.3),
        **BUSY,
    )
    world = with_service(
        with_entries(world, 1.4),
        caseload=np.full((1, len(world.timeline.month_start) - 1), 12),
        engaged_share=np.array([0.8]),
        prevented_share=np.array([0.2]),
        delayed_share=np.array([0.3]),
    )
    not_entering = np.full(world.entries.not_entering_multiplier.shape, 1.5)
    return world._replace(entries=world.entries._replace(not_entering_multiplier=not_entering))


@pytest.mark.parametrize("future", range(3))
def test_the_two_engines_give_the_same_spells(future: int) -> None:
    world, key = everything(), future_key(9, "agree", future)
    children = opening_of(
        *[Opening(-4000 + 37 * i, kind=3, row=1) for i in range(5)],
        *[Opening(-6500 + 11 * i, row=0) for i in range(30)],
    )
    readable = child_events.run_future(world, children, NO_PAST, key, future)
    fast = compiled.run_future(world, children, NO_PAST, key, future)
    assert np.array_equal(readable.spells, fast.spells)
    assert np.array_equal(readable.referrals, fast.referrals)
    assert len(set(readable.spells["why_started"])) == 8  # every way to start a spell


def test_futures_run_one_after_the_other_are_those_run_alone() -> None:
    # the compiled engine uses its memory again from future to future
    plan = make_plan(read_scenario(SCENARIOS / "recovery-plan.toml"))
    together = run_futures(plan, range(4), engine="compiled")
    readable = run_futures(plan, range(4), engine="child_events")
    for name in ("children", "price_nights", "flows", "three_placements"):
        mine, theirs = (getattr(run.tallies, name) for run in (together, readable))
        assert np.array_equal(mine, theirs), name


@pytest.mark.parametrize("future", range(3))
def test_the_two_engines_agree_on_expected_ends(future: int) -> None:
    world, key = everything(), future_key(9, "expected", future)
    children = opening_of(
        *[Opening(-4000 + 37 * i, kind=3, row=1) for i in range(5)],
        *[Opening(-6500 + 91 * i, row=0) for i in range(36)],
    )
    ways = [(-1, -1), (0, -1), (1, -1), (-1, SUPPORTED), (-1, FOSTER)]
    for at in range(0, len(children.number), 2):
        children.expected_day[at] = 1 + 17 * at
        children.expected_reason[at], children.expected_need[at] = ways[at // 2 % len(ways)]
    readable = child_events.run_future(world, children, NO_PAST, key, future)
    fast = compiled.run_future(world, children, NO_PAST, key, future)
    assert np.array_equal(readable.spells, fast.spells)
    ended = np.isin(readable.spells["child"], children.number[::2])
    assert set(readable.spells["why_ended"][ended]) > {0, 1, ENDED_PLANNED}
