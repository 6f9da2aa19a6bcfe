"""The engine in miniature: one thing happens at a time."""

from dataclasses import dataclass

import numpy as np
from worlds import NO_PAST, NOBODY, calendar_of, rows_of_supply, small_world

from lacmodel.codes import (
    CHILDRENS_HOME,
    ENDED_CLOSURE,
    ENDED_PLANNED,
    EXTERNAL,
    FOSTER,
    IN_HOUSE,
    KIND_OF,
    STARTED_STAYING_ON,
    SUPPORTED,
    TURNED_18,
    UNREGISTERED,
)
from lacmodel.engines.child_events import run_future
from lacmodel.engines.records import History
from lacmodel.opening import nothing_agreed
from lacmodel.pathway import World
from lacmodel.pathway import edge_of_care as eoc
from lacmodel.pathway.placements import NONE_FREE, NONE_SUITED
from lacmodel.plan import OpeningChildren, PastLeavers
from lacmodel.randomness import STREAM_OPENING, child_number, future_key

FOSTER_IN_HOUSE = KIND_OF[FOSTER][IN_HOUSE]
HOME_IN_HOUSE = KIND_OF[CHILDRENS_HOME][IN_HOUSE]


@dataclass(frozen=True)
class Opening:
    """One child in care at the start."""

    birth_day: int
    kind: int = FOSTER_IN_HOUSE
    first_day: int = -100
    row: int = -1


def opening_of(*children: Opening) -> OpeningChildren:
    columns = {
        "number": [child_number(STREAM_OPENING, 0, i, 0) for i in range(len(children))],
        "birth_day": [child.birth_day for child in children],
        "first_day": [child.first_day for child in children],
        "kind": [child.kind for child in children],
        "group": [0 for _ in children],
        "level": [0 for _ in children],
        "row": [child.row for child in children],
    }
    known = {name: np.array(values, dtype=np.int64) for name, values in columns.items()}
    return OpeningChildren(**known, **nothing_agreed(len(children)))


def run(world: World, opening: OpeningChildren = NOBODY, future: int = 0) -> History:
    return run_future(world, opening, NO_PAST, future_key(5, "mini", future), future)


def test_nothing_happens_in_a_still_world() -> None:
    spells = run(small_world(2), opening_of(Opening(-3000))).spells
    assert spells["end_day"].tolist() == [-1]


def test_everyone_leaves_on_the_eighteenth_birthday() -> None:
    # born on 10 May 1999: 18 on 10 May 2017, day 39
    spells = run(small_world(2), opening_of(Opening(39 - 6575))).spells
    assert spells["end_day"].tolist() == [39]
    assert spells["why_ended"].tolist() == [TURNED_18]


def test_a_birthday_on_the_first_day_of_the_run_counts() -> None:
    spells = run(small_world(2), opening_of(Opening(-6575))).spells  # born 1 April 1999
    assert spells["end_day"].tolist() == [0]


def test_those_who_stay_on_keep_their_place_and_are_no_longer_children() -> None:
    supply = rows_of_supply(calendar_of(2), (FOSTER_IN_HOUSE, 1, {}))
    world = small_world(
        2, supply=supply, staying_on_share=np.ones(9), staying_on_mean_days=np.full(9, 1e6)
    )
    spells = run(world, opening_of(Opening(39 - 6575, row=0))).spells
    assert spells["why_started"].tolist()[-1] == STARTED_STAYING_ON
    assert spells["supply"].tolist() == [0, 0]
    assert spells["start_day"].tolist()[-1] == 39


def test_a_home_that_closes_moves_everyone_there_and_nobody_leaves_care() -> None:
    closes = {"row_closes": 60, "usable_places": [5] * 60 + [0] * (calendar_of(2).days + 306)}
    supply = rows_of_supply(calendar_of(2), (HOME_IN_HOUSE, 5, closes))
    five = opening_of(*[Opening(-5000, kind=HOME_IN_HOUSE, row=0)] * 5)
    spells = run(small_world(2, supply=supply), five).spells
    ended = spells[spells["end_day"] >= 0]
    assert ended["why_ended"].tolist() == [ENDED_CLOSURE] * 5
    assert set(ended["end_day"].tolist()) == {60}
    after = spells[spells["start_day"] == 60]
    assert after["needed"].tolist() == [CHILDRENS_HOME] * 5
    assert after["provider"].tolist() == [EXTERNAL] * 5


def test_where_nothing_is_free_the_shortage_order_ends_in_an_unregistered_setting() -> None:
    supply = rows_of_supply(calendar_of(1), (FOSTER_IN_HOUSE, 1, {}))
    supply["capped"][[*KIND_OF[FOSTER], *KIND_OF[SUPPORTED]]] = True
    supply["shortage_order"][FOSTER, 0] = SUPPORTED
    rate = np.full((5, 3), 40.0)
    spells = run(small_world(1, supply=supply, start_rate_per_10000=rate)).spells
    assert set(spells["placement"].tolist()) == {FOSTER, UNREGISTERED}
    assert (spells["needed"] == FOSTER).all()


def test_past_leavers_come_back_at_their_hazard() -> None:
    # hazard 0.002 a day by home for a year: 1 - exp(-0.73) of those who left come back
    world = small_world(1, hazard_per_day=np.full((3, 4), 0.002))
    n = 600
    past = PastLeavers(
        number=np.array([child_number(1, 0, i, 0) for i in range(n)]),
        birth_day=np.full(n, -3000),
        left_day=np.full(n, -30),
        reason=np.zeros(n, dtype=np.int64),
        group=np.zeros(n, dtype=np.int64),
    )
    spells = run_future(world, NOBODY, past, future_key(5, "mini", 0), 0).spells
    back, expected = len(np.unique(spells["child"])), n * (1 - np.exp(-0.002 * 364))
    assert abs(back - expected) < 4 * np.sqrt(n) / 2


# Pairing -----------------------------------------------------------------------------------------

BUSY = {
    "start_rate_per_10000": np.full((5, 3), 12.0),
    "base_per_day": np.full((7, 5), 0.0003),
    "breakdown_per_day": np.full((12, 5, 2), 0.001),
    "planned_per_day": np.full((9, 5), 0.001),
    "hazard_per_day": np.full((3, 4), 0.0004),
    "family_size_share": np.array([0.6, 0.3, 0.1, 0.0]),
}


def with_entries(world: World, factor: float) -> World:
    multiplier = world.entries.multiplier * factor
    return world._replace(entries=world.entries._replace(multiplier=multiplier))


def by_child(spells: np.ndarray) -> dict[int, list[tuple]]:
    order = np.lexsort((spells["spell"], spells["period"], spells["child"]))
    found: dict[int, list[tuple]] = {}
    for row in spells[order]:
        found.setdefault(int(row["child"]), []).append(row.item())
    return found


def test_with_places_unlimited_more_demand_adds_children_and_changes_nobody() -> None:
    world = small_world(2, **BUSY)
    usual, more = (by_child(run(w).spells) for w in (world, with_entries(world, 1.3)))
    assert set(usual) < set(more)
    assert all(more[child] == spells for child, spells in usual.items())


def test_with_places_unlimited_less_demand_removes_children_and_changes_nobody() -> None:
    world = small_world(2, **BUSY)
    usual, fewer = (by_child(run(w).spells) for w in (world, with_entries(world, 0.7)))
    assert set(fewer) < set(usual)
    assert all(usual[child] == spells for child, spells in fewer.items())


START_STEP = {0: -1, 1: 7, 2: 6, 3: 6, 4: 2, 5: 3, 6: 1, 7: 0}
END_STEP = {**dict.fromkeys(range(8), 0), 8: 2, 9: 3, 10: 1, 11: 0, -1: 9}


def free_at(spells: np.ndarray, places: int, moment: tuple[int, int, int]) -> int:
    """Free places of the one row at a moment (day, step, child), from the spells alone."""
    taken = 0
    for s in spells[spells["supply"] == 0]:
        began = (int(s["start_day"]), START_STEP[int(s["why_started"])], int(s["child"]))
        ended = (int(s["end_day"]), END_STEP[int(s["why_ended"])], int(s["child"]))
        taken += began < moment and (s["end_day"] < 0 or ended > moment)
    return places - taken


def test_with_limits_others_change_only_where_a_place_was_or_was_not_free() -> None:
    places = 30
    supply = rows_of_supply(calendar_of(2), (FOSTER_IN_HOUSE, places, {}))
    world = small_world(2, supply=supply, **BUSY)
    usual, more = run(world).spells, run(with_entries(world, 1.3)).spells
    theirs, changed = by_child(more), 0
    names = usual.dtype.names
    assert names is not None
    for child, spells in by_child(usual).items():
        pairs = zip(spells, theirs[child], strict=False)
        first = next(((a, b) for a, b in pairs if a != b), None)
        if first is None:
            assert len(spells) == len(theirs[child])
            continue
        a, b = (dict(zip(names, row, strict=True)) for row in first)
        assert (a["start_day"], a["needed"], a["why_started"]) == (
            b["start_day"], b["needed"], b["why_started"],
        )  # fmt: skip
        assert a["supply"] != b["supply"]
        moment = (a["start_day"], START_STEP[a["why_started"]], child)
        assert free_at(usual, places, moment) != free_at(more, places, moment)
        changed += 1
    assert changed > 10  # the test has something to test


# Edge of care ------------------------------------------------------------------------------------


def with_service(world: World, **changes: object) -> World:
    months = len(world.timeline.month_start) - 1
    tables = {
        "reach": np.ones((1, months)),
        "opens": np.array([0]),
        "closes": np.array([10**6]),
        "scope": np.ones((1, 15), dtype=bool),
        "caseload": np.full((1, months), 10**6),
        "support_days": np.array([84]),
        "engaged_share": np.array([1.0]),
        "prevented_share": np.array([0.0]),
        "delayed_share": np.array([0.0]),
        "delay_mean_days": np.array([100.0]),
    }
    service = world.edge_of_care._replace(**{**tables, **changes})
    none = np.zeros((1, 15, months))
    entries = world.entries._replace(not_entering_multiplier=none, added_not_entering_per_day=none)
    return world._replace(edge_of_care=service, entries=entries)


def test_a_service_without_effect_changes_nobody() -> None:
    world = small_world(2, **BUSY)
    assert np.array_equal(run(world).spells, run(with_service(world)).spells)


def test_prevention_removes_whole_families_and_changes_nobody_else() -> None:
    world = small_world(2, **BUSY)
    service = with_service(world, prevented_share=np.array([0.4]))
    before, history = by_child(run(world).spells), run(service)
    after = by_child(history.spells)
    assert all(before[child] == spells for child, spells in after.items())
    prevented = history.referrals[history.referrals["outcome"] == eoc.PREVENTED]
    gone = {spells[0][2] for child, spells in before.items() if child not in after}
    families = {int(number) for number in prevented["family"]}
    assert {child & ~15 for child in gone} <= families
    assert 0.3 < len(prevented) / len(history.referrals) < 0.5


def test_the_caseload_is_never_exceeded() -> None:
    months = len(small_world(2).timeline.month_start) - 1
    world = with_service(small_world(2, **BUSY), caseload=np.full((1, months), 7))
    referrals = run(world).referrals
    engaged = referrals[referrals["outcome"] <= eoc.WOULD_NOT_HAVE_ENTERED]["day"]
    at_once = [((engaged <= day) & (engaged + 84 > day)).sum() for day in engaged]
    assert max(at_once) == 7
    assert (referrals["outcome"] == eoc.CASELOAD_FULL).any()


def test_the_same_key_gives_the_same_spells_and_another_does_not() -> None:
    world = small_world(2, **BUSY)
    assert np.array_equal(run(world).spells, run(world).spells)
    assert not np.array_equal(
        run(world).spells["start_day"], run(world, future=1).spells["start_day"]
    )


def test_a_free_place_that_does_not_suit_is_told_from_none_free() -> None:
    rate = {"start_rate_per_10000": np.full((5, 3), 40.0)}
    for match, places, expected in ((0.0, 1000, NONE_SUITED), (1.0, 0, NONE_FREE)):
        supply = rows_of_supply(calendar_of(1), (FOSTER_IN_HOUSE, places, {}))
        spells = run(small_world(1, supply=supply, match_share=np.full(12, match), **rate)).spells
        assert set(spells["supply"].tolist()) == {expected}


def test_a_complex_child_stays_complex_and_others_may_become_so() -> None:
    # everybody first needs foster care, where nobody is complex, then moves to supported
    supported = np.eye(9)[SUPPORTED]
    share = np.zeros(9)
    share[SUPPORTED] = 0.5
    world = small_world(
        2, complex_share=share, planned_next_share=supported,
        planned_per_day=np.full((9, 5), 0.02), start_rate_per_10000=np.full((5, 3), 40.0),
    )  # fmt: skip
    spells = run(world).spells
    first, later = spells[spells["spell"] == 0], spells[spells["spell"] == 1]
    assert not first["level"].any()
    share_complex = later["level"].mean()
    assert abs(share_complex - 0.5) < 4 * np.sqrt(0.25 / len(later))
    levels = {}
    for row in np.sort(spells, order=("child", "spell")):
        assert row["level"] >= levels.get(row["child"], 0)
        levels[row["child"]] = row["level"]


# Expected ends


def expecting(day: int, reason: int = -1, need: int = -1, born: int = -3000) -> OpeningChildren:
    one = opening_of(Opening(born))
    one.expected_day[0], one.expected_reason[0], one.expected_need[0] = day, reason, need
    return one


def ends_of(history: History) -> list[tuple[int, int]]:
    return [(int(row["end_day"]), int(row["why_ended"])) for row in history.spells]


def test_an_expected_end_is_a_leaving_on_its_day_for_its_reason() -> None:
    assert ends_of(run(small_world(2), expecting(45, reason=1))) == [(45, 1)]


def test_an_expected_leaving_takes_the_place_of_the_exit_clock() -> None:
    leaving = {"base_per_day": np.full((7, 5), 0.05)}  # nobody would stay for 400 days
    history = run(small_world(2, **leaving), expecting(400, reason=1))
    assert ends_of(history)[0] == (400, 1)


def test_an_expected_end_without_a_reason_has_a_drawn_one() -> None:
    only_sgo = np.zeros((7, 5))
    only_sgo[1] = 0.001
    assert ends_of(run(small_world(2, base_per_day=only_sgo), expecting(45)))[0] == (45, 1)


def test_a_birthday_comes_before_an_expected_end() -> None:
    history = run(small_world(2), expecting(50, reason=0, born=39 - 6575))
    assert ends_of(history) == [(39, TURNED_18)]


def test_a_child_leaves_as_expected_from_the_placement_that_follows_a_breakdown() -> None:
    often = {"breakdown_per_day": np.full((12, 5, 2), 0.05)}
    history = run(small_world(2, **often), expecting(400, reason=0))
    assert len(history.spells) > 5
    assert ends_of(history)[-1] == (400, 0)


def test_an_expected_move_is_to_the_type_that_is_expected() -> None:
    history = run(small_world(2), expecting(45, need=SUPPORTED))
    assert ends_of(history) == [(45, ENDED_PLANNED), (-1, -1)]
    assert history.spells["needed"][1] == SUPPORTED


def test_a_breakdown_that_comes_first_is_the_end_of_an_expected_move() -> None:
    often = {"breakdown_per_day": np.full((12, 5, 2), 0.05)}
    history = run(small_world(2, **often), expecting(700, need=SUPPORTED))
    assert SUPPORTED not in set(history.spells["needed"])


def test_an_expected_move_leaves_the_exit_clock_running() -> None:
    world = small_world(2, base_per_day=np.full((7, 5), 0.002))
    stays, moves = (
        ends_of(run(world, one))
        for one in (opening_of(Opening(-3000)), expecting(1, need=SUPPORTED))
    )
    assert stays[-1][0] > 1
    assert moves == [(1, ENDED_PLANNED), stays[0]]


def test_a_child_who_has_left_as_expected_comes_back_as_anybody_does() -> None:
    back = {
        "hazard_per_day": np.full((3, 4), 0.05),
        "base_per_day": np.full((7, 5), 0.01),
    }
    history = run(small_world(2, **back), expecting(30, reason=0))
    assert len(history.spells) > 2
    assert (history.spells["period"] > 0).any()
