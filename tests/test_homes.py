"""Homes that open, close, open again, and are short of staff; and places kept after 18."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from test_child_events import Opening, opening_of
from worlds import NO_PAST, calendar_of, rows_of_supply, small_world

from lacmodel.analyses.forecast import headline, run_forecast
from lacmodel.analyses.simulate import EXPECTED, chosen_settings
from lacmodel.codes import (
    CHILDRENS_HOME,
    DISABILITY,
    ENDED_CLOSURE,
    FOSTER,
    GROUPS,
    IN_HOUSE,
    KIND_OF,
    PLACEMENTS,
    STARTED_CLOSURE,
    STARTED_STAYING_ON,
)
from lacmodel.engines import child_events, compiled
from lacmodel.engines.monthly import age_classes, segment_moves
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.randomness import future_key
from lacmodel.scenario import read_scenario

AREA = (Path(__file__).parents[1] / "data" / "worcestershire-2017").as_posix()
HEAD = f'title = "A"\nquestion = "What if?"\narea = "{AREA}"\nyears = 2\n'
HOME = KIND_OF[CHILDRENS_HOME][IN_HOUSE]
FOSTER_HOME = KIND_OF[FOSTER][IN_HOUSE]
ENGINES = (child_events, compiled)


@cache
def plan(changes: str) -> Plan:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.toml"
        path.write_text(HEAD + changes, encoding="utf-8")
        return make_plan(read_scenario(path))


def usable(made: Plan, name: str) -> np.ndarray:
    row = [row.name for row in made.supply].index(name)
    return made.world.placements.usable_places[row]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_home_that_closes_for_a_time_moves_five_and_takes_nobody_before_it_reopens(
    engine,
) -> None:
    days = calendar_of(2).days + 366
    places = [0 if 60 <= day < 200 else 5 for day in range(days)]
    supply = rows_of_supply(calendar_of(2), (HOME, 5, {"row_closes": 60, "usable_places": places}))
    homes = np.zeros((5, 3, len(PLACEMENTS)))
    homes[..., CHILDRENS_HOME] = 1.0
    world = small_world(
        2, supply=supply, first_placement_share=homes, start_rate_per_10000=np.full((5, 3), 40.0)
    )
    five = opening_of(*[Opening(-5000, kind=HOME, row=0)] * 5)
    spells = engine.run_future(world, five, NO_PAST, future_key(5, "homes", 0), 0).spells
    closed = spells[spells["why_ended"] == ENDED_CLOSURE]
    assert len(closed) == 5
    assert set(closed["end_day"].tolist()) == {60}
    moved = spells[spells["why_started"] == STARTED_CLOSURE]
    assert sorted(moved["child"].tolist()) == sorted(closed["child"].tolist())
    assert set(moved["start_day"].tolist()) == {60}
    assert (moved["supply"] == -1).all()  # nobody leaves care, and nobody stays in the home
    came = spells[(spells["supply"] == 0) & (spells["start_day"] >= 0)]["start_day"]
    assert not ((came >= 60) & (came < 200)).any()
    assert (came >= 200).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_ten_who_turn_18_and_stay_on_keep_ten_places_and_are_no_children_in_care(engine) -> None:
    rate = np.full((5, 3), 40.0)
    rate[4] = 0.0  # nobody else turns 18
    supply = rows_of_supply(calendar_of(2), (FOSTER_HOME, 10, {}))
    world = small_world(
        2, supply=supply, staying_on_share=np.ones(9), staying_on_mean_days=np.full(9, 1e7),
        start_rate_per_10000=rate,
    )  # fmt: skip
    ten = opening_of(*[Opening(-6540, kind=FOSTER_HOME, row=0)] * 10)
    history = engine.run_future(world, ten, NO_PAST, future_key(5, "homes", 1), 0)
    spells = history.spells
    stayed = spells[spells["why_started"] == STARTED_STAYING_ON]
    assert len(stayed) == 10
    assert (stayed["supply"] == 0).all()
    assert (stayed["end_day"] == -1).all()
    came = spells[(spells["start_day"] >= 0) & (spells["why_started"] != STARTED_STAYING_ON)]
    assert len(came) > 20
    assert (came["supply"] == -1).all()  # not one place has fallen free


def test_a_home_pays_from_the_first_day_and_opens_when_it_is_registered() -> None:
    new = (
        '[[change]]\nlever = "places"\nname = "New"\nplacement = "childrens_home"\nplaces = 4\n'
        "fixed_cost_gbp_per_year = 12000\nfrom = 2017-07-01\nregistration_weeks = 16\n"
        'ramp_months = 2\nsource = "a test"\n'
    )
    made = plan(new)
    opens = 91 + 16 * 7
    places = usable(made, "New")
    assert places[:opens].max() == 0
    assert places[opens + 31] == 2  # half way up the ramp
    assert places[opens + 62] == 4
    cost = next(cost.gross for cost in made.fixed_costs if cost.line == "New")
    assert cost[:4].tolist() == pytest.approx([0, 0, 0, 1000])


def test_a_home_short_of_staff_takes_fewer_and_gets_them_back() -> None:
    short = (
        '[[change]]\nlever = "staffing"\nrow = "Other children\'s homes"\nstaffed_share = 0.5\n'
        'from = 2017-07-10\nto = 2017-10-20\nsource = "a test"\n'
    )
    places = usable(plan(short), "Other children's homes")
    assert places[[99, 100, 201, 202]].tolist() == [8, 4, 4, 8]
    made = plan(short)
    row = [row.name for row in made.supply].index("Other children's homes")
    assert made.world.placements.row_closes[row, 0] > 10_000  # nobody has to move


def test_the_headline_counts_the_places_that_changes_leave_at_the_start() -> None:
    short = "".join(
        f'[[change]]\nlever = "staffing"\nrow = "{row}"\nstaffed_share = 0\n'
        'from = 2017-04-01\nsource = "a test"\n'
        for row in ("Other children's homes", "Supported living before phase 2")
    )
    expected = chosen_settings(engine=EXPECTED)
    full, left = (headline(run_forecast(plan(changes), expected)) for changes in ("", short))
    assert full.in_house_places == 5 + 4 + 4 + 8 + 4 + 4 + 17 + 11 + 4 + 2
    assert left.in_house_places == full.in_house_places - 8 - 17


def test_moves_are_drawn_from_the_mix_times_the_group_s_odds() -> None:
    # a mix of 3/4 foster care and 1/4 homes; odds of 3 make it a half each for one group
    mix = np.zeros((9, 5, 9))
    mix[..., FOSTER], mix[..., CHILDRENS_HOME] = 0.75, 0.25
    odds = np.ones((len(GROUPS), len(PLACEMENTS)))
    odds[DISABILITY, CHILDRENS_HOME] = 3.0
    world = small_world(
        1, breakdown_next_share=mix, planned_next_share=mix, next_odds=odds,
        breakdown_per_day=np.full((12, 5, 2), 0.05),
    )  # fmt: skip
    needed = segment_moves(world.moves, 0, age_classes(), np.array([FOSTER_HOME])).needed
    share = needed[2, 0, :, 0] / needed[2, 0, :, 0].sum(axis=1, keepdims=True)
    assert share[0, [FOSTER, CHILDRENS_HOME]].tolist() == pytest.approx([0.75, 0.25])
    assert share[DISABILITY, [FOSTER, CHILDRENS_HOME]].tolist() == pytest.approx([0.5, 0.5])
    for group, wanted in ((0, 0.25), (DISABILITY, 0.5)):
        children = opening_of(*[Opening(-3000)] * 60)._replace(group=np.full(60, group))
        spells = [
            engine.run_future(world, children, NO_PAST, future_key(5, "odds", 0), 0).spells
            for engine in ENGINES
        ]
        assert np.array_equal(*spells)
        later = spells[0][spells[0]["spell"] > 0]
        in_homes = (later["needed"] == CHILDRENS_HOME).mean()
        # four standard errors of a share: a false alarm in 16,000 runs
        error = np.sqrt(wanted * (1 - wanted) / len(later))
        assert abs(in_homes - wanted) < 4 * error, (group, in_homes)
