"""Foster carers: books, theory, pairing, and the same places in both engines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lacmodel.analyses.carers import carers_table, measures
from lacmodel.area import read_area
from lacmodel.carers import (
    APPROVALS,
    COURSE,
    DEREGISTRATIONS,
    HOUSEHOLDS,
    IN_ASSESSMENT,
    KINSHIP,
    MAINSTREAM,
    drawn_course,
    expected_course,
    read_published,
    reconciled,
    usable_of,
)
from lacmodel.codes import FOSTER, IN_HOUSE, KIND_OF
from lacmodel.compiling import COMPILED
from lacmodel.draws import draw_future, keys_of
from lacmodel.engines.ensemble import run_futures, run_history
from lacmodel.faults import InputFaults
from lacmodel.parameters import national_folder
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

ROOT = Path(__file__).parents[1]
FUTURES = 400


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(read_scenario(ROOT / "scenarios" / "foster-carers.toml"))


def course(plan: Plan, future: int, which: int = MAINSTREAM) -> np.ndarray:
    return drawn_course(plan.carers, keys_of(plan, 7, future).own, which)


def test_england_s_published_flows_give_2023_exactly_and_leave_a_residual_in_2024() -> None:
    years = reconciled(read_published(national_folder() / "fostering.csv"))
    assert [year.from_flows for year in years] == [35_005, 34_240]
    assert [year.published for year in years] == [35_005, 33_745]
    assert [year.residual for year in years] == [0, -495]


@pytest.mark.parametrize("which", [MAINSTREAM, KINSHIP])
def test_households_are_those_of_the_start_and_who_came_less_who_left(plan, which) -> None:
    stream = (plan.carers.mainstream, plan.carers.kinship)[which]
    drawn, expected = course(plan, 3, which), expected_course(plan.carers, which)
    for books in (drawn, expected):
        net = np.cumsum(books[APPROVALS] - books[DEREGISTRATIONS])
        assert np.allclose(books[HOUSEHOLDS], stream.households + net)
    assert drawn.min() >= 0


@pytest.mark.parametrize("which", [MAINSTREAM, KINSHIP])
def test_the_mean_of_futures_is_what_is_expected(plan, which) -> None:
    # 4 standard errors at 7 days of 5 numbers: a false alarm in about 500 runs
    drawn = np.array([course(plan, future, which) for future in range(FUTURES)])
    expected, days = expected_course(plan.carers, which), [30, 181, 182, 364, 900, 1400, 1825]
    totals = np.cumsum(drawn, axis=2)[:, :, days]  # flows are summed, so that they are not rare
    for stock in (HOUSEHOLDS, IN_ASSESSMENT):
        totals[:, stock] = drawn[:, stock][:, days]
    wanted = np.cumsum(expected, axis=1)[:, days]
    for stock in (HOUSEHOLDS, IN_ASSESSMENT):
        wanted[stock] = expected[stock, days]
    error = totals.std(axis=0, ddof=1) / np.sqrt(FUTURES)
    off = np.abs(totals.mean(axis=0) - wanted)
    assert (off <= 4 * error + 1e-9).all(), dict(zip(COURSE, off / (error + 1e-12), strict=True))


def test_with_constant_rates_households_tend_to_approvals_over_the_hazard(plan) -> None:
    stream = plan.carers.mainstream
    long = plan.carers._replace(
        month_of_day=np.zeros(60_000, dtype=np.int64),
        recruitment=np.ones(1),
        retention=np.ones(1),
    )
    a_day = stream.enquiries_per_day * stream.applied_share * stream.approved_share
    # who is approved on a day is there that night, so the sum is over 0, 1, 2... nights
    steady = a_day / -np.expm1(-stream.leaves_per_day)
    assert expected_course(long)[HOUSEHOLDS, -1] == pytest.approx(steady, rel=1e-4)


def test_more_recruitment_adds_households_and_takes_nobody_away(plan) -> None:
    months = len(plan.carers.recruitment)
    for future in range(20):
        key = keys_of(plan, 7, future).own
        before, last = None, 0
        for factor in (0.0, 0.5, 1.0, 1.7, 2.6):
            books = drawn_course(plan.carers._replace(recruitment=np.full(months, factor)), key)
            if before is not None:
                assert (books[[HOUSEHOLDS, APPROVALS]] >= before[[HOUSEHOLDS, APPROVALS]]).all()
                last += (books[APPROVALS] - before[APPROVALS]).sum()
            before = books
        assert last > 0


def test_better_retention_keeps_every_household_at_least_as_long(plan) -> None:
    months = len(plan.carers.retention)
    for future in range(20):
        key = keys_of(plan, 7, future).own
        usual, kept = (
            drawn_course(plan.carers._replace(retention=np.full(months, factor)), key)
            for factor in (1.0, 0.5)
        )
        assert (kept[HOUSEHOLDS] >= usual[HOUSEHOLDS]).all()
        assert np.array_equal(kept[APPROVALS], usual[APPROVALS])


@pytest.mark.skipif(not COMPILED, reason="the compiled engine needs numba")
def test_both_engines_have_the_places_of_a_future_s_own_households(plan) -> None:
    places = []
    for future in range(2):
        drawn = draw_future(plan, 7, future, frozenset({1}))
        own = drawn.world.placements.usable_places[plan.carers.rows]
        households = course(plan, future)[HOUSEHOLDS]
        assert np.array_equal(own[:, : households.size], usable_of(plan.carers, households))
        places.append(own)
        readable = run_history(plan, drawn, future, 7, "child_events").spells
        assert np.array_equal(readable, run_history(plan, drawn, future, 7, "compiled").spells)
    assert not np.array_equal(*places)
    one = run_futures(plan, range(2), 7, engine="compiled").tallies
    other = run_futures(plan, range(2), 7, engine="child_events").tallies
    assert np.array_equal(one.children, other.children)
    assert np.array_equal(one.flows, other.flows)


def test_a_row_that_is_closed_stays_closed_however_many_households_there_are(tmp_path) -> None:
    area = (ROOT / "data" / "worcestershire-2017" / "carers.toml").as_posix()
    path = tmp_path / "closed.toml"
    path.write_text(
        f'title = "a"\nquestion = "b"\narea = "{area}"\nyears = 2\n'
        '[[change]]\nlever = "recruit_carers"\nfrom = 2017-04-01\nmultiply = 2\nsource = "a test"\n'
        '[[change]]\nlever = "close"\nrow = "In-house foster carers"\nfrom = 2018-04-01\n'
        'to = 2018-10-01\nsource = "a test"\n'
    )
    closed = make_plan(read_scenario(path))
    closes, opens = 365, 365 + 183
    row = int(closed.carers.rows[0])
    assert expected_course(closed.carers)[HOUSEHOLDS, closes] > closed.carers.mainstream.households
    drawn = draw_future(closed, 7, 0, frozenset({1}))
    for world in (closed.world, drawn.world):
        places = world.placements.usable_places[row]
        assert places[closes - 1] > 0
        assert places[closes:opens].max() == 0
        assert places[opens] > 0
    for engine in ("child_events", "compiled") if COMPILED else ("child_events",):
        spells = run_history(closed, drawn, 0, 7, engine).spells
        began = spells["start_day"][spells["supply"] == row]
        assert not ((closes <= began) & (began < opens)).any()
        assert (began >= opens).any()


def test_expected_numbers_use_the_expected_households(plan) -> None:
    own = plan.world.placements.usable_places[plan.carers.rows]
    assert np.array_equal(own, usable_of(plan.carers, expected_course(plan.carers)[HOUSEHOLDS]))


def test_an_area_without_carers_has_none_and_refuses_to_recruit(tmp_path) -> None:
    plain = make_plan(read_scenario(ROOT / "scenarios" / "worcestershire-2017.toml"))
    assert plain.carers is None
    text = (ROOT / "scenarios" / "foster-carers.toml").read_text(encoding="utf-8")
    here = f'area = "{(ROOT / "data" / "worcestershire-2017").as_posix()}"'
    other = tmp_path / "other.toml"
    other.write_text(text.replace('area = "../data/worcestershire-2017/carers.toml"', here))
    with pytest.raises(InputFaults) as caught:
        make_plan(read_scenario(other))
    assert len(caught.value.faults) == 2
    assert all("carers.csv" in str(fault) for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("households,0,households,x,no", "there must be a row for households, of 1 or more"),
        ("households,9,homes,x,no", "unit = homes: must be 'households'"),
        ("households,9,households,x,no\napplied_share,2,share of enquiries,x,no", "between 0 and"),
        ("carers,9,households,x,no", "must be one of households, places_per_household"),
    ],
)
def test_faults_of_the_file_are_told_with_their_place(tmp_path, row: str, said: str) -> None:
    folder = (ROOT / "data" / "worcestershire-2017").as_posix()
    (tmp_path / "carers.csv").write_text(f"measure,value,unit,source,confirmed\n{row}\n")
    (tmp_path / "area.toml").write_text(
        f'extends = "{folder}/area.toml"\n[files]\ncarers = "carers.csv"\n'
    )
    with pytest.raises(InputFaults) as caught:
        read_area(tmp_path)
    assert any("carers.csv" in str(f) and said in str(f) for f in caught.value.faults)


def test_approved_places_are_filled_vacant_or_not_available(plan) -> None:
    ensemble = run_futures(plan, range(8), 7)
    found = {(m.households, m.measure): m.values for m in measures(plan, plan.carers, ensemble)}
    approved = found["mainstream", "approved_places"]
    parts = [found["mainstream", f"{name}_places"] for name in ("filled", "vacant")]
    assert np.allclose(approved, sum(parts) + found["mainstream", "not_available_places"])
    own = KIND_OF[FOSTER][IN_HOUSE]
    filled = ensemble.tallies.children[:, 1:, :, own].sum(axis=2)
    assert np.array_equal(parts[0], filled + ensemble.tallies.staying_on[:, 1:, own])
    start = plan.carers.mainstream.households
    net = found["mainstream", "approvals"] - found["mainstream", "deregistrations"]
    assert np.array_equal(found["mainstream", "households"], start + np.cumsum(net, axis=1))


def test_the_table_has_a_row_a_month_and_measure(plan) -> None:
    ensemble = run_futures(plan, range(3), 7)
    table = carers_table(plan, ensemble)
    assert table is not None
    assert len(table.rows) == 12 * plan.period.months
    assert carers_table(replace(plan, carers=None), ensemble) is None
