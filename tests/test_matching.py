"""Which children can be placed together: siblings, and children who must live alone."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from test_child_events import Opening, opening_of
from test_engines_agree import everything
from worlds import NO_PAST, NOBODY, calendar_of, only, rows_of_supply, small_world

from lacmodel.analyses.simulate import EXPECTED, Settings, simulate
from lacmodel.codes import (
    CHILDRENS_HOME,
    COMPLEX,
    EXTERNAL,
    FOSTER,
    IN_HOUSE,
    KIND_OF,
    PLACEMENTS,
    STARTED_ENTRY,
    STARTED_OPENING,
)
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS
from lacmodel.engines import child_events, compiled
from lacmodel.engines.counting import FLOWS
from lacmodel.engines.ensemble import run_futures
from lacmodel.engines.identities import IdentityBreach, check, daily_of
from lacmodel.engines.packed import packed
from lacmodel.engines.pools import Pool
from lacmodel.engines.records import History
from lacmodel.engines.tally import count, empty_tally, scratch_of
from lacmodel.faults import InputFaults
from lacmodel.pathway import World
from lacmodel.plan import OpeningChildren, Plan
from lacmodel.planning import make_plan
from lacmodel.randomness import future_key
from lacmodel.scenario import read_scenario

pytestmark = pytest.mark.skipif(not COMPILED, reason="the compiled engine needs numba")

AREA = (Path(__file__).parents[1] / "data" / "worcestershire-2017").as_posix()
HEAD = f'title = "A"\nquestion = "What if?"\narea = "{AREA}"\nyears = 2\n'
DATED = 'from = 2017-04-01\nsource = "a test"\nconfirmed = false\n'
TOGETHER = f'[[change]]\nlever = "siblings_together"\ntogether_share = 1.0\n{DATED}'
SOLO = f'[[change]]\nlever = "solo"\nshare = 1.0\n{DATED}'
HOME = KIND_OF[CHILDRENS_HOME][IN_HOUSE]
OWN_FOSTER, BOUGHT_FOSTER = KIND_OF[FOSTER]
ENGINES = (child_events, compiled)
RATE = np.zeros((5, 3))
RATE[2, 0] = 10.0  # children a year, aged 5 to 9
PAIRS = np.array([0.0, 1.0, 0.0, 0.0])  # every family has two children


@cache
def plan(changes: str) -> Plan:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.toml"
        path.write_text(HEAD + changes, encoding="utf-8")
        return make_plan(read_scenario(path))


def with_matching(world: World, together: float = 0.0, alone: float = 0.0) -> World:
    """A world with a share of families who need places together, and of children alone in homes."""
    placements = world.placements
    shares = placements.alone_share.copy()
    shares[:, CHILDRENS_HOME, :] = alone
    always = np.full_like(placements.together_share, together)
    return world._replace(placements=placements._replace(alone_share=shares, together_share=always))


def spells_of(world: World, opening: OpeningChildren = NOBODY, future: int = 0) -> np.ndarray:
    """The spells of one future, the same from both engines."""
    key = future_key(5, "matching", future)
    both = [engine.run_future(world, opening, NO_PAST, key, future).spells for engine in ENGINES]
    for name in both[0].dtype.names:
        assert np.array_equal(both[0][name], both[1][name]), name
    return both[0]


# Siblings ----------------------------------------------------------------------------------------


def pairs(*places: int, capped: bool = False, **tables: np.ndarray) -> World:
    """Pairs of siblings who need foster care, and rows of own places."""
    supply = rows_of_supply(calendar_of(1), *((OWN_FOSTER, number, {}) for number in places))
    supply["capped"][BOUGHT_FOSTER] = capped
    return small_world(
        1, supply=supply, start_rate_per_10000=RATE, family_size_share=PAIRS, **tables
    )


def places_by_family(spells: np.ndarray) -> list[list[int]]:
    """The rows of supply in which each family's children were placed on entry, family by family."""
    came = spells[spells["why_started"] == STARTED_ENTRY]
    came = came[np.argsort(came["start_day"], kind="stable")]
    families = dict.fromkeys(came["family"].tolist())
    return [came["supply"][came["family"] == family].tolist() for family in families]


def test_a_pair_passes_over_single_places_to_a_row_with_room_for_both() -> None:
    # 1 + 3 places and match 1: each pair by itself takes the first place that is free, so the first
    # is split; together it goes to the row of three, which then has no room for the next pair
    world = pairs(1, 3)
    assert places_by_family(spells_of(world))[:3] == [[0, 1], [1, 1], [-1, -1]]
    assert places_by_family(spells_of(with_matching(world, together=1.0)))[:3] == [
        [1, 1], [-1, -1], [-1, -1],
    ]  # fmt: skip


def test_a_pair_that_finds_no_room_together_anywhere_is_split() -> None:
    # single places and no others: two rows of one, and bought places in two rows of one
    world = pairs(1, 1, capped=True)
    rows = places_by_family(spells_of(with_matching(world, together=1.0)))
    assert rows[0] == [0, 1]


def test_without_capped_places_every_pair_that_needs_it_is_together() -> None:
    world = pairs(1, 2, 3, match_share=np.full(12, 0.5))
    world = with_matching(world, together=1.0)
    rows = [
        row for future in range(6) for row in places_by_family(spells_of(world, NOBODY, future))
    ]
    assert all(first == second for first, second in rows)
    assert {1, 2} <= {row for row, _ in rows}
    assert {-1, -2} <= {row for row, _ in rows}  # no room for both; room that did not suit


def test_a_row_that_does_not_take_both_ages_has_no_room_for_them() -> None:
    young = np.zeros(19, dtype=bool)
    young[:7] = True
    supply = rows_of_supply(calendar_of(1), (OWN_FOSTER, 50, {"row_ages": young}))
    world = small_world(1, supply=supply, start_rate_per_10000=RATE * 3, family_size_share=PAIRS)
    spells = spells_of(with_matching(world, together=1.0))
    age = (spells["start_day"] - spells["birth_day"]) / 365.25
    for family in set(spells["family"].tolist()):
        mine = spells["family"] == family
        assert (spells["supply"][mine] == (0 if (age[mine] < 7).all() else -1)).all()
    assert {0, -1} <= set(spells["supply"].tolist())


def test_the_share_of_families_together_is_the_lever_s() -> None:
    # rows of one place each, so that a pair is in one place only where it is bought together
    world = with_matching(pairs(*[1] * 200, match_share=np.ones(12)), together=0.3)
    rows = [
        row for future in range(20) for row in places_by_family(spells_of(world, NOBODY, future))
    ]
    bought = np.mean([row == [-1, -1] for row in rows])
    # four standard errors of a share: a false alarm in 16,000 runs
    assert abs(bought - 0.3) < 4 * np.sqrt(0.3 * 0.7 / len(rows))
    assert len(rows) > 80


def counted(spells: np.ndarray) -> dict[str, int]:
    """The flows of hand-made spells, in one month."""
    made = plan("")
    tables = packed(made.world)
    order = np.lexsort((spells["start_day"], spells["child"]))
    none = child_events.run_future(small_world(1), NOBODY, NO_PAST, future_key(1, "none", 0), 0)
    history = History(0, spells, none.referrals, none.families, order)
    tally = empty_tally(made, 1)
    count(tables, history, tally, 0, scratch_of(made))
    return dict(zip(FLOWS, tally.flows[0].sum(axis=0).tolist(), strict=True))


def test_groups_and_siblings_split_are_counted_by_hand() -> None:
    # family 16: two in one row; 32: three, one of them bought; 48: alone; 64: two, one a day later;
    # 80: two bought, for one of whom an own place did not suit, which is the same kind
    children = [
        (16, 16, 5, IN_HOUSE, 0), (17, 16, 5, IN_HOUSE, 0),
        (32, 32, 7, IN_HOUSE, 0), (33, 32, 7, EXTERNAL, -1), (34, 32, 7, IN_HOUSE, 0),
        (48, 48, 7, IN_HOUSE, 0),
        (64, 64, 9, IN_HOUSE, 0), (65, 64, 10, IN_HOUSE, 1),
        (80, 80, 9, EXTERNAL, -1), (81, 80, 9, EXTERNAL, -2),
    ]  # fmt: skip
    spells = (
        compiled.run_future(pairs(50), NOBODY, NO_PAST, future_key(5, "matching", 0), 0)
        .spells[:1]
        .repeat(len(children))
    )
    for spell, (child, family, day, provider, row) in zip(spells, children, strict=True):
        spell["child"], spell["family"], spell["start_day"] = child, family, day
        spell["provider"], spell["supply"], spell["why_started"] = provider, row, STARTED_ENTRY
        spell["placement"], spell["needed"] = FOSTER, FOSTER
    flows = counted(spells)
    assert flows["sibling_groups_placed"] == 3
    assert flows["sibling_groups_split"] == 1
    assert flows["siblings_split"] == 3


def test_splits_are_counted_whether_or_not_the_lever_is_on() -> None:
    split = FLOWS.index("sibling_groups_split")
    groups = FLOWS.index("sibling_groups_placed")
    off, on = (
        run_futures(plan(changes), range(4)).tallies.flows.sum(axis=(0, 1), dtype=np.int64)
        for changes in ("", TOGETHER)
    )
    assert off[groups] > 50
    assert 0 < on[split] < off[split]


# Children who must live alone --------------------------------------------------------------------


def homes(*places: int, years: int = 1, **tables: np.ndarray) -> World:
    """Children who need a home, and homes."""
    supply = rows_of_supply(calendar_of(years), *((HOME, number, {}) for number in places))
    return small_world(
        years, supply=supply, start_rate_per_10000=RATE,
        first_placement_share=only(PLACEMENTS, "childrens_home"), **tables,
    )  # fmt: skip


def test_a_child_who_lives_alone_blocks_the_other_beds_of_the_home() -> None:
    # two homes of four: the first two children who come take one each, everybody else is outside
    rows = spells_of(with_matching(homes(4, 4), alone=1.0))["supply"].tolist()
    assert rows[:2] == [0, 1]
    assert len(rows) > 4
    assert set(rows[2:]) == {-1}
    assert spells_of(homes(4, 4))["supply"].tolist()[:5] == [0, 0, 0, 0, 1]


def test_a_home_with_somebody_in_it_takes_no_child_who_must_live_alone() -> None:
    here = opening_of(Opening(-3000, kind=HOME, row=0))
    spells = spells_of(with_matching(homes(4), alone=1.0), here)
    assert set(spells["supply"][spells["why_started"] != STARTED_OPENING].tolist()) == {-1}
    assert spells["alone"].tolist() == [0] + [1] * (len(spells) - 1)


def test_an_empty_home_is_one_place_to_a_child_who_lives_alone() -> None:
    # match 1/2 and three empty homes: 1 - (1/2)^3 = 7/8 are placed, and not 1 - (1/2)^12
    world = with_matching(homes(4, 4, 4, match_share=np.full(12, 0.5)), alone=1.0)
    first = [spells_of(world, NOBODY, future)["supply"][0] for future in range(400)]
    # four standard errors: a false alarm in 16,000 runs
    assert abs(np.mean(np.array(first) == 0) - 7 / 8) < 4 * np.sqrt(7 / 64 / 400)


def test_a_home_is_free_again_when_the_child_who_lived_alone_has_moved() -> None:
    # breakdowns only: the home that the first child leaves is empty that day, so it takes the child
    # back, whole again; nobody is ever beside anybody
    world = homes(3, breakdown_per_day=np.full((12, 5, 2), 0.01),
                  breakdown_next_share=only(PLACEMENTS, "childrens_home"))  # fmt: skip
    spells = spells_of(with_matching(world, alone=1.0))
    here = spells[spells["supply"] == 0]
    assert len(here) > 3
    assert len(set(here["child"].tolist())) > 1 or (here["spell"] > 0).any()
    ends = np.where(here["end_day"] < 0, 10_000, here["end_day"])
    assert (here["start_day"][1:] >= ends[:-1]).all()


def test_only_the_levels_that_are_named_live_alone() -> None:
    world = homes(4, complex_share=np.full(9, 0.5))
    placements = world.placements._replace(alone_share=plan(SOLO).world.placements.alone_share)
    spells = spells_of(world._replace(placements=placements))
    assert {0, COMPLEX} == set(spells["level"].tolist())
    assert np.array_equal(spells["alone"] == 1, spells["level"] == COMPLEX)


def test_the_identities_refuse_a_second_child_beside_one_who_lives_alone() -> None:
    made = plan(SOLO)
    key = future_key(5, "matching", 0)
    tables = packed(made.world)

    def checked(change) -> None:
        history = compiled.run_future(made.world, made.opening, made.past_leavers, key, 0)
        change(history.spells)
        tally = empty_tally(made, 1)
        books = count(tables, history, tally, 0, scratch_of(made))
        check(tables, history, books, daily_of(made))

    def second(spells: np.ndarray) -> None:
        # somebody was in that home beside the child all along
        beside = np.flatnonzero((spells["supply"] >= 0) & (spells["placement"] == CHILDRENS_HOME))
        spells["alone"][beside] = 1

    checked(lambda spells: None)
    with pytest.raises(IdentityBreach, match="needs a home alone"):
        checked(second)


# Both --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("future", range(3))
def test_the_engines_agree_where_everything_goes_on_at_once(future: int) -> None:
    world = with_matching(everything(), together=0.7, alone=0.9)
    children = opening_of(*[Opening(-6500 + 11 * i, row=0) for i in range(30)])
    spells = spells_of(world, children, future)
    assert (spells["alone"] == 1).any()
    assert (spells["supply"][spells["alone"] == 1] == 1).any()


def test_expected_numbers_refuse_both_levers() -> None:
    for changes, lever in ((TOGETHER, "siblings_together"), (SOLO, "solo")):
        with pytest.raises(InputFaults, match=lever):
            simulate(plan(changes), Settings(1, 2017, EXPECTED, ALL_LAYERS, Pool()))


TRACE = """
import sys
sys.path.insert(0, sys.argv[1])
from test_matching import with_matching, pairs, homes
from worlds import NO_PAST, NOBODY
from lacmodel import randomness
from lacmodel.engines.child_events import run_future

original, asked = randomness.uniform, {}

def traced(key, number, purpose, count, index):
    place = (int(number), int(purpose), int(count), int(index))
    asked[place] = asked.get(place, 0) + 1
    assert 0 <= index < randomness.WIDTHS[randomness.Purpose(purpose)], place
    return original(key, number, purpose, count, index)

for module in list(sys.modules.values()):
    if getattr(module, "uniform", None) is original:
        module.uniform = traced
key = randomness.future_key(1, "trace", 0)
run_future(with_matching(pairs(1, 3), together=0.5), NOBODY, NO_PAST, key, 0)
pairs_asked = dict(asked)
asked.clear()
run_future(with_matching(homes(4), alone=0.5), NOBODY, NO_PAST, key, 0)
# a family's children are looked up before they come: their age, need and level are those they have
lasting = {randomness.Purpose[name] for name in ("PRICE", "LEVEL", "ALONE", "AGE", "NEED")}
again = [place for seen in (pairs_asked, asked) for place, times in seen.items() if times > 1]
assert all(place[1] in lasting for place in again), again[:5]
names = {randomness.Purpose(place[1]).name for place in (*pairs_asked, *asked)}
assert {"SIBLINGS", "ALONE"} <= names, names
"""


def test_no_key_is_used_for_two_things() -> None:
    environment = os.environ | {"LACMODEL_COMPILE": "0"}
    command = [sys.executable, "-c", TRACE, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
