"""The identities hold in every future of every shipped scenario, and a breach is seen."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.engines.counting import Books
from lacmodel.engines.ensemble import DEFAULT_ENGINE, run_history
from lacmodel.engines.identities import IdentityBreach, check, daily_of
from lacmodel.engines.packed import Tables, packed
from lacmodel.engines.records import History, history
from lacmodel.engines.tally import FLOWS, count, empty_tally, scratch_of
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))


def plan_of(path: Path) -> Plan:
    return make_plan(read_scenario(path))


def history_of(plan: Plan, future: int = 0) -> tuple[Tables, History]:
    drawn = draw_future(plan, 3, future, ALL_LAYERS)
    return packed(drawn.world), run_history(plan, drawn, future, 3, DEFAULT_ENGINE)


def counted(plan: Plan, tables: Tables, one: History) -> Books:
    return count(tables, one, empty_tally(plan, 1), 0, scratch_of(plan))


@pytest.fixture(scope="module")
def founding() -> tuple[Plan, Tables, History]:
    plan = plan_of(next(path for path in SCENARIOS if path.stem == "in-house-homes"))
    return plan, *history_of(plan)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_books_of_every_shipped_scenario_balance(path: Path) -> None:
    plan = plan_of(path)
    tables, one = history_of(plan)
    check(tables, one, counted(plan, tables, one), daily_of(plan))


def one_home_for_all(spells: np.ndarray) -> np.ndarray:
    """Everyone in the council's own homes is put in the same row of supply."""
    broken = spells.copy()
    homes = (spells["placement"] == 2) & (spells["supply"] >= 0)
    broken["supply"][homes] = spells["supply"][homes].max()
    return broken


def wrong_age(spells: np.ndarray) -> np.ndarray:
    """A baby in a home for older children."""
    broken = spells.copy()
    held = np.flatnonzero((spells["supply"] >= 0) & (spells["start_day"] > 0))
    homes = held[np.isin(spells["placement"][held], (2, 4))]
    broken["birth_day"][homes[0]] = broken["start_day"][homes[0]] - 10
    return broken


def a_move(spells: np.ndarray) -> tuple[int, int]:
    """Two spells that follow one another, in the middle of a month and some days long."""
    order = np.lexsort((spells["spell"], spells["period"], spells["child"]))
    before, after = order[:-1], order[1:]
    follows = (spells["child"][before] == spells["child"][after]) & (
        spells["end_day"][before] == spells["start_day"][after]
    )
    long = (spells["start_day"][before] > 0) & (spells["why_started"][after] != 7)
    middle = np.isin(spells["end_day"][before] % 30, range(10, 20))
    days = spells["end_day"][before] - spells["start_day"][before]
    pair = np.flatnonzero(follows & long & middle & (days > 3))[0]
    return int(before[pair]), int(after[pair])


def two_places(spells: np.ndarray) -> np.ndarray:
    """A child who moves a day before leaving the last place."""
    broken = spells.copy()
    _, after = a_move(spells)
    broken["start_day"][after] -= 1
    return broken


def a_gap(spells: np.ndarray) -> np.ndarray:
    """A child who is nowhere for a night."""
    broken = spells.copy()
    before, _ = a_move(spells)
    broken["end_day"][before] -= 1
    return broken


def no_nights(spells: np.ndarray) -> np.ndarray:
    """A stay that ends on the day on which it began."""
    broken = spells.copy()
    before, after = a_move(spells)
    broken["start_day"][after] = broken["end_day"][before] = broken["start_day"][before]
    return broken


@pytest.mark.parametrize(
    ("breakage", "seen"),
    [
        (one_home_for_all, "holds two"),
        (wrong_age, "ages"),
        (two_places, "two places"),
        (a_gap, "a gap"),
        (no_nights, "no nights"),
    ],
)
def test_a_breach_in_the_spells_stops_the_run_with_the_future(
    founding: tuple[Plan, Tables, History],
    breakage: Callable[[np.ndarray], np.ndarray],
    seen: str,
) -> None:
    plan, tables, one = founding
    broken = history(7, breakage(one.spells), one.referrals, one.families)
    with pytest.raises(IdentityBreach, match=f"future 7: .*{seen}"):
        check(tables, broken, counted(plan, tables, broken), daily_of(plan))


@pytest.mark.parametrize("name", ["children", "nights", "flows"])
def test_a_breach_in_the_counts_is_seen(founding: tuple[Plan, Tables, History], name: str) -> None:
    plan, tables, one = founding
    books = counted(plan, tables, one)
    array = getattr(books, name)
    if name == "flows":
        array[5, FLOWS.index("exits_home")] += 1
    else:
        array[(5,) + (0,) * (array.ndim - 1)] += 1
    with pytest.raises(IdentityBreach):
        check(tables, one, books, daily_of(plan))
