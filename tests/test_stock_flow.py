"""Expected numbers: against theory derived by hand, against identities, and against futures."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from test_child_events import BUSY, with_entries, with_service
from worlds import NO_PAST, NOBODY, START, calendar_of, only, rows_of_supply, small_world

from lacmodel.codes import (
    AGE_BANDS,
    CHILDRENS_HOME,
    EXTERNAL,
    FOSTER,
    GROUPS,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    PLACEMENTS,
    RETURNABLE,
    STANDARD,
    STARTED_STAYING_ON,
    SUPPORTED,
    UNREGISTERED,
)
from lacmodel.compiling import COMPILED
from lacmodel.engines import child_events, compiled
from lacmodel.engines.cohorts import Cohorts
from lacmodel.engines.counts import count_opening
from lacmodel.engines.inflows import Waiting
from lacmodel.engines.kernel import Classes, Kernel, classes_where, month_kernel, series
from lacmodel.engines.month import _placing, _prepare, step
from lacmodel.engines.monthly import ADULT, age_classes, class_of, time_classes
from lacmodel.engines.opening_rows import OpeningRows
from lacmodel.engines.places_taken import admitted_share, log_weights, taken_law
from lacmodel.engines.placing import asking, fill_placing, pool_laws
from lacmodel.engines.stock_flow import (
    expected_course,
    nobody,
    opening_state,
    past_state,
    run_stock_flow,
)
from lacmodel.engines.stocks import Council, OpeningState, begin
from lacmodel.engines.tally import FLOWS
from lacmodel.opening import nothing_agreed
from lacmodel.parameters import expected_world, no_supply, read_parameters
from lacmodel.plan import LATER, OpeningChildren, PastLeavers
from lacmodel.planning import make_plan
from lacmodel.randomness import STREAM_OPENING, STREAM_PAST_LEAVER, child_number, future_key
from lacmodel.scenario import read_scenario
from lacmodel.timeline import NEVER, Period, age_band_on, timeline

FOSTER_IN_HOUSE = KIND_OF[FOSTER][IN_HOUSE]
HOME_IN_HOUSE = KIND_OF[CHILDRENS_HOME][IN_HOUSE]
PRIMARY = 2
ROOT = Path(__file__).parents[1]


def flow(course, name: str) -> np.ndarray:
    return course.flows[:, FLOWS.index(name)]


def opening_at(age_months: int, children: float = 1.0, row: int = -1) -> OpeningState:
    """Children who turn 18 in month 216 - age_months, all in own foster care."""
    return OpeningState(
        birth_month=np.array([-1 - age_months]),
        entry_month=np.array([-4]),
        group=np.array([0]),
        kind=np.array([FOSTER_IN_HOUSE]),
        row=np.array([row]),
        children=np.array([children]),
        complex_children=np.array([0.0]),
    )


# Identities --------------------------------------------------------------------------------------


def test_an_empty_world_stays_empty() -> None:
    course = expected_course(small_world(1), *nobody())
    assert not course.children.any()
    assert not course.flows.any()


def test_opening_and_who_comes_less_who_leaves_is_who_is_there() -> None:
    world = small_world(3, **BUSY)
    course = expected_course(world, opening_at(100, 80.0), nobody()[1])
    total = course.children.sum(axis=(1, 2, 3))
    came = flow(course, "entries") + flow(course, "re_entries")
    assert np.allclose(np.diff(total), came - flow(course, "ceased"), atol=1e-9)


def test_every_night_of_every_child_is_counted() -> None:
    # nobody leaves: 10 children for all nights, and entrants from the night of their day
    rate = np.zeros((5, 3))
    rate[PRIMARY, 0] = 365.25
    world = small_world(1, start_rate_per_10000=rate)
    course = expected_course(world, opening_at(100, 10.0), nobody()[1])
    assert np.allclose(course.nights[:, FOSTER_IN_HOUSE, 0].sum(), 3650.0)
    assert np.allclose(course.nights[:, :, LATER].sum(), sum(range(1, 366)))


def test_everyone_leaves_in_the_month_of_the_eighteenth_birthday() -> None:
    course = expected_course(small_world(2), opening_at(210, 5.0), nobody()[1])
    total = course.children.sum(axis=(1, 2, 3))
    assert np.allclose(total, [5.0] * 6 + [0.0] * 19)
    assert np.allclose(flow(course, "exits_turned_18"), [0, 0, 0, 0, 0, 5.0] + [0] * 18)


def test_a_closure_moves_everyone_to_where_the_type_is_found() -> None:
    days = calendar_of(1).days + 366
    closes = {
        "row_closes": [61, NEVER, NEVER, NEVER],
        "usable_places": [5] * 61 + [0] * (days - 61),
    }
    supply = rows_of_supply(calendar_of(1), (FOSTER_IN_HOUSE, 5, closes))
    course = expected_course(small_world(1, supply=supply), opening_at(50, 4.0, 0), nobody()[1])
    by_kind = course.children.sum(axis=(1, 3))
    assert np.allclose(by_kind[:3, FOSTER_IN_HOUSE], 4.0)
    assert np.allclose(by_kind[3:, KIND_OF[FOSTER][EXTERNAL]], 4.0)
    assert flow(course, "closure_moves").tolist()[:3] == [0.0, 0.0, 4.0]


# Theory ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hazard", [0.001, 0.02])
def test_with_constant_rates_the_expected_number_is_that_of_theory(hazard: float) -> None:
    # A child who came k nights ago is here with probability q ** k, q = exp(-hazard): after the
    # night of day d the mean is intensity (1 - q ** (d + 1)) / (1 - q).
    rate = np.zeros((5, 3))
    rate[PRIMARY, 0] = 0.6 * 365.25
    exits = np.full((7, 5), hazard / 7)
    course = expected_course(
        small_world(2, start_rate_per_10000=rate, base_per_day=exits), *nobody()
    )
    stays, day = np.exp(-hazard), calendar_of(2).month_start[1:25] - 1
    theory = 0.6 * (1 - stays ** (day + 1)) / (1 - stays)
    assert np.allclose(course.children[1:].sum(axis=(1, 2, 3)), theory, rtol=1e-4)


def erlang_b(load: float, places: int) -> float:
    blocked = 1.0
    for c in range(1, places + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


@pytest.mark.parametrize(("load", "places"), [(20.0, 22), (5.0, 3), (80.0, 100)])
def test_with_match_1_the_share_admitted_is_erlangs(load: float, places: int) -> None:
    admitted = 1 - erlang_b(load, places)
    assert admitted_share(places, 1.0, load * admitted) == pytest.approx(admitted, rel=2e-3)


def test_limited_places_settle_where_erlang_says() -> None:
    # stays of 100 days, 0.3 arrivals a day: load 30 on 28 places
    rate = np.zeros((5, 3))
    rate[PRIMARY, 0] = 0.3 * 365.25
    supply = rows_of_supply(calendar_of(4), (FOSTER_IN_HOUSE, 28, {}))
    exits = np.full((7, 5), 0.01 / 7)
    world = small_world(4, supply=supply, start_rate_per_10000=rate, base_per_day=exits)
    course = expected_course(world, *nobody())
    in_house = course.children[-1].sum(axis=(0, 2))[FOSTER_IN_HOUSE]
    assert in_house == pytest.approx(30 * (1 - erlang_b(30, 28)), rel=0.01)
    missed = flow(course, "placed_externally_none_free")[-12:].sum()
    assert missed / flow(course, "entries")[-12:].sum() == pytest.approx(erlang_b(30, 28), rel=0.05)


@given(st.integers(0, 60), st.floats(0.05, 1.0), st.floats(0, 70), st.floats(0, 5))
@settings(max_examples=60, deadline=None)
def test_more_children_there_leave_fewer_to_admit(
    places: int, match: float, expected: float, more: float
) -> None:
    match = round(match, 1) or 0.1
    fewer = admitted_share(places, match, expected + more)
    share = admitted_share(places, match, expected)
    assert -1e-9 <= fewer <= share + 1e-9 <= 1 + 2e-9
    assert share <= admitted_share(places + 1, match, expected) + 1e-9


@given(st.floats(0.1, 3.0))
@settings(max_examples=5, deadline=None)
def test_with_places_unlimited_expected_numbers_are_in_proportion_to_entries(factor: float) -> None:
    world = small_world(1, **BUSY)
    one = expected_course(world, *nobody()).children
    more = expected_course(with_entries(world, factor), *nobody()).children
    assert np.allclose(more, factor * one)


def test_higher_exit_hazards_leave_fewer_in_care() -> None:
    totals = [
        expected_course(
            small_world(1, **{**BUSY, "base_per_day": np.full((7, 5), hazard)}), *nobody()
        )
        .children[-1]
        .sum()
        for hazard in (0.0001, 0.0003, 0.001)
    ]
    assert totals[0] > totals[1] > totals[2]


def test_who_is_kept_out_is_counted_and_who_is_delayed_comes_later() -> None:
    world = small_world(2, **{**BUSY, "hazard_per_day": np.zeros((3, 4))})
    usual = expected_course(world, *nobody())
    service = with_service(world, prevented_share=np.array([0.3]), delayed_share=np.array([0.2]))
    course = expected_course(service, *nobody())
    would_be = flow(course, "would_be_entries")
    assert np.allclose(would_be, flow(usual, "entries"))
    # a year on every lead lies after the start, so all are referred
    assert np.allclose(flow(course, "prevented")[13:], 0.3 * would_be[13:])
    assert np.allclose(flow(course, "delayed")[13:], 0.2 * would_be[13:])
    assert 0 < flow(course, "delayed_entries").sum() < flow(course, "delayed").sum()


# Contract 2: the mean of futures -----------------------------------------------------------------


def mean_of_futures(world, opening, past, nights: list[int], futures: int):
    """Children of every future on some nights; shape (future, night, age band, kind, group)."""
    engine = compiled if COMPILED else child_events
    counts = []
    for future in range(futures):
        spells = engine.run_future(
            world, opening, past, future_key(3, "mean", future), future
        ).spells
        counts.append([children_on(world.timeline, spells, month) for month in nights])
    return np.array(counts, dtype=np.float64)


def children_on(timeline, spells, month: int) -> np.ndarray:
    """Children in care on a month's first night, the one before day 0 for month 0, by cell."""
    night = timeline.month_start[month] - 1
    ends = np.where(spells["end_day"] < 0, timeline.days, spells["end_day"])
    here = (spells["start_day"] <= night) & (night < ends)
    there = spells[here & (spells["why_started"] != STARTED_STAYING_ON)]
    kinds = np.array(KIND_OF)[there["placement"], there["provider"]]
    bands = [age_band_on(timeline, int(born), int(night)) for born in there["birth_day"]]
    counts = np.zeros((len(AGE_BANDS), len(KINDS), len(GROUPS)))
    np.add.at(counts, (bands, kinds, there["group"]), 1)
    return counts


def assert_agree(futures: np.ndarray, expected: np.ndarray, share: float, children: float) -> None:
    """Within three standard errors plus the larger of a share and a number of children."""
    error = futures.std(axis=0, ddof=1) / np.sqrt(len(futures))
    allowed = 3 * error + np.maximum(share * expected, children)
    off = np.abs(futures.mean(axis=0) - expected)
    assert (off <= allowed).all(), (off / allowed).max()


def someone_in_care(count: int) -> tuple[OpeningChildren, PastLeavers]:
    """Children of many ages and times in care, and past leavers."""
    ages = 1 + (np.arange(count) * 6570) // count
    stays = np.minimum(ages, 1 + (np.arange(count) * 977) % 2500)
    opening = OpeningChildren(
        number=np.array([child_number(STREAM_OPENING, 0, i, 0) for i in range(count)]),
        birth_day=-1 - ages,
        first_day=-1 - stays,
        kind=np.where(np.arange(count) % 4 == 0, 0, FOSTER_IN_HOUSE),
        group=np.where(ages > 5900, 2 * (np.arange(count) % 2), 0),
        level=np.zeros(count, dtype=np.int64),
        row=np.full(count, -1),
        **nothing_agreed(count),
    )
    left = PastLeavers(
        number=np.array([child_number(STREAM_PAST_LEAVER, 0, i, 0) for i in range(count)]),
        birth_day=-1 - ages,
        left_day=-1 - np.minimum(ages, 1 + (np.arange(count) * 613) % 2100),
        reason=np.arange(count) % 3,
        group=np.zeros(count, dtype=np.int64),
    )
    return opening, left


def national_world(years: int):
    calendar = timeline(Period(START, years))
    months = len(calendar.month_start) - 1
    residents = np.tile(116_203 * np.array([1, 4, 5, 6, 2]) / 18, (months, 1))
    return expected_world(read_parameters(), calendar, residents, 4, no_supply(calendar))


def test_expected_numbers_are_the_mean_of_futures() -> None:
    years, futures = 2, 150 if COMPILED else 25
    world, period = national_world(years), Period(START, years)
    opening, past = someone_in_care(500)
    course = expected_course(world, opening_state(period, opening), past_state(period, past))
    nights = [0, 6, 12, 24]
    ran = mean_of_futures(world, opening, past, nights, futures)
    expected = course.children[nights]
    assert_agree(ran.sum(axis=(2, 3, 4)), expected.sum(axis=(1, 2, 3)), 0.003, 0.0)
    by_type = np.array([placement for placement, _ in KINDS])
    for kind in range(len(KINDS)):
        chosen = by_type == by_type[kind]
        futures_of = ran[:, :, :, chosen].sum(axis=(3, 4))
        assert_agree(futures_of, expected[:, :, chosen].sum(axis=(2, 3)), 0.005, 0.3)


def test_with_limits_expected_numbers_are_within_a_place_of_the_mean_of_futures() -> None:
    years, futures = 3, 150 if COMPILED else 25
    supply = rows_of_supply(
        calendar_of(years),
        (HOME_IN_HOUSE, 12, {}),
        (FOSTER_IN_HOUSE, 60, {}),
    )
    mix = np.zeros(9)
    mix[[0, 1, 2, 4]] = 0.2, 0.5, 0.2, 0.1
    world = small_world(
        years,
        supply=supply,
        match_share=np.full(12, 0.5),
        first_placement_share=mix,
        breakdown_next_share=mix,
        planned_next_share=mix,
        **BUSY,
    )
    course = expected_course(world, *nobody())
    ran = mean_of_futures(world, NOBODY, NO_PAST, [6, 12, 24, 36], futures)
    expected = course.children[[6, 12, 24, 36]].sum(axis=(1, 3))
    assert_agree(ran.sum(axis=(2, 4)), expected, 0.03, 1.0)


def test_a_home_that_closes_and_opens_again_takes_children_again() -> None:
    # by hand: 6 there, closed in months 6 to 11, nobody comes or leaves but those who need a home
    days = calendar_of(2).days + 366
    month = calendar_of(2).month_start
    usable = np.full(days, 6)
    usable[month[6] : month[12]] = 0
    closes = {"row_closes": [month[6], NEVER, NEVER, NEVER], "usable_places": usable}
    home = only(PLACEMENTS, "childrens_home")
    rate = np.zeros((5, 3))
    rate[PRIMARY, 0] = 25.0
    world = small_world(
        2,
        supply=rows_of_supply(calendar_of(2), (HOME_IN_HOUSE, 6, closes)),
        start_rate_per_10000=rate,
        base_per_day=np.full((7, 5), 0.001 / 7),
        first_placement_share=home,
    )
    supply = world.placements._replace(capped=np.zeros(len(KINDS), dtype=bool))
    supply.capped[HOME_IN_HOUSE] = True
    world = world._replace(placements=supply)
    course = expected_course(world, *nobody())
    in_home = course.children.sum(axis=(1, 3))[:, HOME_IN_HOUSE]
    assert in_home[6] > 4
    assert np.allclose(in_home[7:13], 0.0)
    assert flow(course, "closure_moves")[6] == pytest.approx(in_home[6])
    # 2.08 children a month come, all find a place at first
    assert in_home[13] == pytest.approx(2.05, abs=0.15)
    nights = [6, 7, 12, 13, 15, 24]
    futures = mean_of_futures(world, NOBODY, NO_PAST, nights, 60)
    assert_agree(futures.sum(axis=(2, 4)), course.children[nights].sum(axis=(1, 3)), 0.03, 1.0)


# Shipped scenarios -------------------------------------------------------------------------------

YEAR_ENDS = [12, 36, 60]


@pytest.mark.parametrize("name", ["worcestershire-2017", "in-house-homes"])
def test_shipped_scenarios_are_within_a_place_of_the_mean_of_futures(name: str) -> None:
    plan = make_plan(read_scenario(ROOT / "scenarios" / f"{name}.toml"))
    futures = 60 if COMPILED else 12
    course = run_stock_flow(plan)
    ran = mean_of_futures(plan.world, plan.opening, plan.past_leavers, YEAR_ENDS, futures)
    expected = course.children[YEAR_ENDS].sum(axis=(1, 3))
    assert_agree(ran.sum(axis=(2, 4)), expected, 0.03, 1.0)


def founding_case_begun() -> Council:
    """The founding case on its first day."""
    plan = make_plan(read_scenario(ROOT / "scenarios" / "worcestershire-2017.toml"))
    opening = opening_state(plan.period, plan.opening)
    council = begin(plan.world, opening, past_state(plan.period, plan.past_leavers))
    count_opening(council)
    return council


def test_where_nothing_changes_places_hold_whom_they_held_and_groups_keep_their_shares() -> None:
    council = founding_case_begun()
    pools, states = council.places.pools, council.places.states
    taken = [council.taken[states.of_pool]]
    for month in range(council.months):
        step(council, month)
        taken.append(council.taken[states.of_pool])
    opens_at_start = (pools.kind == KIND_OF[SUPPORTED][IN_HOUSE]) & pools.levels[:, STANDARD]
    before = taken[0][~opens_at_start]  # eleven standard supported places open on the first day
    for months in (12, 60):
        off = np.abs(taken[months][~opens_at_start] - before)
        assert (off <= np.maximum(0.15 * before, 3.5)).all(), (months, off)
    by_group = council.expected.children.sum(axis=(1, 2))
    share = by_group / by_group.sum(axis=1, keepdims=True)
    for months in (12, 60):
        off = np.abs(by_group[months] - share[0] * by_group[months].sum())
        # children with a disability grow by 15.6 %: the opening has England's odds of a home, and
        # the rates those of the council, whose children in homes seldom leave
        allowed = np.maximum(0.17 * share[0] * by_group[months].sum(), 1.5)
        assert (off <= allowed).all(), (months, off)


def test_months_are_counted_from_the_start() -> None:
    opening, _ = someone_in_care(3)
    state = opening_state(Period(date(2017, 4, 1), 1), opening)
    assert state.children.sum() == 3
    assert (state.birth_month < 0).all()
    assert (state.entry_month < 0).all()


# A month, child by child --------------------------------------------------------------------------


def random_kernel(classes: Classes, states: int, reach: list[int]) -> Kernel:
    """Random shares; younger children are in the first states only."""
    random = np.random.default_rng(7)
    follows = random.random((len(classes.age), states, RETURNABLE + states)) / states
    for number, age_class in enumerate(classes.age):
        follows[number, reach[age_class] :] = 0.0
        follows[number, :, RETURNABLE + reach[age_class] :] = 0.0
    return Kernel(follows[..., RETURNABLE:], follows, np.array(reach))


def test_cohorts_advance_as_their_children_do_one_by_one() -> None:
    months, states, ages, times = 30, 5, age_classes(), time_classes()
    reach = [3] * 5 + [5] * 5
    everybody = np.ones((len(GROUPS), len(times.first_index), len(ages.first_index)), dtype=bool)
    classes = classes_where(everybody, 5)
    kernel = random_kernel(classes, states, reach)
    cohorts = Cohorts(months, states, ages, times)
    entrants = np.random.default_rng(8).random((len(GROUPS), ADULT + 1, states))
    entrants[:, :120, 3:] = 0.0
    slow: dict[tuple[int, int, int], np.ndarray] = {}  # by month of entry and birth, and group
    for month in range(4):
        before, left = cohorts.by_class(month), np.zeros((len(GROUPS), RETURNABLE, ADULT + 1))
        there = np.zeros_like(before)
        for (entry, birth, group), children in slow.items():
            age, since = month - birth, month - entry
            at = (group, class_of(since, times.first_index), class_of(age, ages.first_index))
            there[at] += children
            after = children @ kernel.follows[classes.number[at]]
            left[group, :, age] += after[:RETURNABLE]
            slow[entry, birth, group] = after[RETURNABLE:]
        assert np.allclose(before, there, rtol=1e-12, atol=0)
        assert np.allclose(cohorts.advance(month, classes, kernel), left, rtol=1e-12, atol=0)
        slow = {key: children for key, children in slow.items() if month - key[1] < ADULT}
        cohorts.enter(month, entrants, classes, kernel)
        for group in range(len(GROUPS)):
            for age in range(ADULT):
                number = classes.number[group, 0, class_of(age, ages.first_index)]
                after = entrants[group, age] @ kernel.follows[number]
                slow[month, month - age, group] = after[RETURNABLE:]
    assert len(slow) > 2000


def test_rows_of_opening_children_advance_one_by_one_and_go_at_18() -> None:
    random, ages, times = np.random.default_rng(9), age_classes(), time_classes()
    birth, entry = random.integers(-ADULT, 0, 40), random.integers(-80, 0, 40)
    group, children = random.integers(0, 3, 40), random.random((40, 4))
    rows = OpeningRows(birth, entry, group, children)
    everybody = np.ones((len(GROUPS), len(times.first_index), len(ages.first_index)), dtype=bool)
    classes = classes_where(everybody, 5)
    kernel = random_kernel(classes, 4, [4] * 10)
    for month in range(90):
        rows.sort(month, ages, times)
        here = birth >= month - ADULT
        assert np.allclose(rows.by_class()[:, 0].sum(axis=0), children[here].sum(axis=0))
        at = (
            group[here],
            class_of(month - entry[here], times.first_index),
            class_of(month - birth[here], ages.first_index),
        )
        after = (children[here, None] @ kernel.follows[classes.number[at]])[:, 0]
        children[here] = after[:, RETURNABLE:]
        stays = np.full((len(rows.begins), 4), 0.9)
        left = rows.advance(month, classes, kernel.follows, stays)
        assert np.allclose(left.sum(axis=(0, 2)), after[:, :RETURNABLE].sum(axis=0))


def test_who_waits_comes_at_the_hazard_of_the_time_since_it_began() -> None:
    # by hand: of those who began two months ago, then one, then in the month itself
    pool, hazard = Waiting(1, 0, 3), np.array([[0.01, 0.02, 0.03]])
    arrivals = np.zeros((3, 1, len(GROUPS), ADULT + 1))
    arrivals[0, 0, 0, 100] = 8.0
    came = [pool.step(month, arrivals[month], hazard, 30.0) for month in range(3)]
    new = 8.0 * (1 - np.exp(-0.3)) / 0.3
    assert came[0].sum() == pytest.approx(8.0 - new)
    assert came[1][0, 101] == pytest.approx(new * (1 - np.exp(-0.6)))
    assert came[2][0, 102] == pytest.approx(new * np.exp(-0.6) * (1 - np.exp(-0.9)))
    assert pool.children().sum() == pytest.approx(new * np.exp(-1.5))


def test_where_nobody_can_be_changes_nothing() -> None:
    # the same children with every state taken along, and with those alone that can be reached
    council = founding_case_begun()
    council.opening.sort(0, council.places.ages, council.places.times)
    placing, _ = _placing(council, 15)
    month, before = _prepare(council, 0, 30, placing)
    states = len(council.places.states.kind)
    whole = month_kernel(
        month.rates, council.places.move_weights, 30, placing.share, month.classes,
        np.ones((2, states), dtype=bool),
    )  # fmt: skip
    assert whole.reach.max() > month.kernel.reach.max() > month.kernel.reach.min()
    for full, short in zip(whole[:2], month.kernel[:2], strict=True):
        assert np.allclose(before @ full, before @ short, rtol=1e-9, atol=1e-12)


def test_cohorts_that_time_treats_alike_to_the_end_can_be_added_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # of three years those in care for 25 months and more, of six those for 61 and more
    for years in (3, 6):
        world = small_world(years, **BUSY)
        together = expected_course(world, opening_at(100, 80.0), nobody()[1])
        with monkeypatch.context() as patch:
            patch.setattr(Cohorts, "merge_oldest", lambda cohorts, month: None)
            apart = expected_course(world, opening_at(100, 80.0), nobody()[1])
        for name in ("children", "nights", "flows", "leavers"):
            assert np.allclose(getattr(together, name), getattr(apart, name), rtol=1e-11, atol=0)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 3.0) | st.floats(3.0, 300.0))
@settings(max_examples=60, deadline=None)
def test_the_series_is_the_exponential(seed: int, size: float) -> None:
    # phi1 and phi2 are blocks of the exponential of [[Q, I, 0], [0, 0, I], [0, 0, 0]]
    random = np.random.default_rng(seed)
    rates = random.random((4, 4)) * size / 4
    generator = rates - np.diag(rates.sum(axis=1) + random.random(4) * size / 4)
    block = np.zeros((12, 12))
    block[:4, :4], block[:4, 4:8], block[4:8, 8:] = generator, np.eye(4), np.eye(4)
    exact = expm(block)
    for found, part in zip(series(generator[None]), (1, 2), strict=True):
        assert np.allclose(found[0], exact[:4, 4 * part : 4 * part + 4], atol=1e-10)


@given(st.integers(1, 40), st.floats(0.05, 1.0), st.floats(0, 60), st.floats(0, 9), st.floats(0, 9))
@settings(max_examples=100, deadline=None)
def test_the_law_of_a_pool_has_the_mean_that_it_should(
    places: int, match: float, start: float, wanting: float, went: float
) -> None:
    free = np.arange(places, -1, -1)
    chance = 1 - (1 - match) ** free
    law = taken_law(log_weights(places, match), chance, start, wanting, went)
    number = np.arange(places + 1)
    assert law.sum() == pytest.approx(1.0)
    least = start - went / 2
    if 1e-6 < least < places - 1e-6:
        wanted = least + wanting * float(law @ chance) / 2
        assert float(law @ number) == pytest.approx(wanted, rel=1e-9)


def placed_directly(laws, ask, takes, need: int, children: float, states: int) -> np.ndarray:
    """Shares of states when every pool's fate is written out: full, unsuitable, or taken."""
    share = np.zeros(states)
    left = children
    for wanted in [w for w in ask.order[ask.needed[need]] if w >= 0]:
        for provider in (IN_HOUSE, EXTERNAL):
            kind = KIND_OF[wanted][provider]
            if KINDS[kind][1] != provider:
                continue
            pools = [
                pool
                for pool in range(len(ask.kind))
                if ask.kind[pool] == kind and laws.usable[pool] and takes[pool]
            ]
            own = ask.own[need]
            full = [laws.full_after[p] if p == own else laws.full[p] for p in pools]
            unsuited = [laws.unsuited_after[p] if p == own else laws.unsuited[p] for p in pools]
            for i, pool in enumerate(pools):
                others = np.prod(unsuited[i + 1 :])
                chance = 1 - full[i] - (unsuited[i] - full[i]) * others
                share[ask.of_pool[pool]] += left * np.prod(full[:i]) * chance
            left *= np.prod(unsuited)
            if not ask.capped[kind]:
                share[ask.of_kind[kind]] += left
                return share
    share[ask.of_kind[KIND_OF[UNREGISTERED][EXTERNAL]]] += left
    return share


@pytest.mark.parametrize("name", ["worcestershire-2017", "in-house-homes"])
def test_everyone_is_placed_and_where_the_formula_says(name: str) -> None:
    plan = make_plan(read_scenario(ROOT / "scenarios" / f"{name}.toml"))
    council = begin(
        plan.world,
        opening_state(plan.period, plan.opening),
        past_state(plan.period, plan.past_leavers),
    )
    count_opening(council)
    for month in range(3):
        step(council, month)
    placements, places = plan.world.placements, council.places
    ask = asking(placements, places.pools, places.states, places.sorts, council.demand)
    laws = pool_laws(placements, places.pools, ask, council.taken[places.states.of_pool], 100)
    share = np.zeros((2, len(ask.takes), len(ask.needed), len(places.states.kind)))
    fill_placing(laws, ask, share, np.zeros((*share.shape[1:3], 3)))
    assert np.allclose(share.sum(axis=(0, 3)), 1.0)
    for level in range(2):
        for sort in range(len(ask.takes)):
            for need in range(len(ask.needed)):
                children = ask.level_share[need, level]
                takes = ask.takes[sort, level]
                direct = placed_directly(laws, ask, takes, need, children, share.shape[3])
                assert np.allclose(share[level, sort, need], direct, rtol=1e-12, atol=1e-15)
