"""A list of today's placements: read whole or refused, never naming anybody, priced as it says."""

import shutil
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_list import HEADER, WORCESTERSHIRE, made_list
from openpyxl import Workbook

from lacmodel.area import read_area
from lacmodel.area.placements_now import read_placements_now
from lacmodel.area.settings import PlacementsNow
from lacmodel.cli import BAD_INPUT, exit_code
from lacmodel.codes import FOSTER, IN_HOUSE, KIND_OF, STARTED_OPENING
from lacmodel.draws import draw_future
from lacmodel.engines.ensemble import run_futures, run_history
from lacmodel.faults import InputFaults
from lacmodel.listed import area_today, listed_prices
from lacmodel.money.spend import spend
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
pytestmark = pytest.mark.usefixtures("lists_of_any_length")
BASELINE = SCENARIOS / "worcestershire-2017.toml"
AS_AT = date(2017, 4, 1)
ONE = "2009-03,2015-06-22,2016-04-10,foster,in_house,general,637,,,"
FOSTER_IN_HOUSE = KIND_OF[FOSTER][IN_HOUSE]


def list_of(folder: Path, *rows: str, header: str = HEADER) -> PlacementsNow:
    path = folder / "now.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return PlacementsNow(file=str(path), as_at=AS_AT)


def faults_of(folder: Path, *rows: str, header: str = HEADER) -> list[str]:
    listed = list_of(folder, *rows, header=header)
    with pytest.raises(InputFaults) as found:
        area_today(WORCESTERSHIRE, listed)
    return [str(fault).removeprefix(f"{folder}/") for fault in found.value.faults]


def plan_of(folder: Path, *rows: str, scenario: Path = BASELINE) -> Plan:
    listed = list_of(folder, *rows)
    read = read_scenario(scenario, listed.start)
    return make_plan(read, area_today(read.area, listed))


# Reading


def test_every_fault_is_told_at_once_by_row_and_column(tmp_path: Path) -> None:
    found = faults_of(
        tmp_path,
        "2009-03-14,2015-06-22,2016-04-10,foster,in_house,general,,,,",
        "2009-03,2008-06-22,2016-04-10,fostering,in_house,general,£700,,,",
        "2009-03,2015-06-22,2017-04-10,secure,in_house,general,,,2017-03-01,",
        "1999-03,2015-06-22,2016-04-10,foster,in_house,general,,,,home",
    )
    assert found == [
        "now.csv: line 2: born: must be the month of birth, written like 2009-03; this list must "
        "hold no dates of birth",
        "now.csv: line 3: placement = fostering: must be one of kinship_foster, foster, "
        "childrens_home, secure, supported, with_parents, adoption, other, unregistered",
        "now.csv: line 3: weekly_price_gbp = £700: must be a plain number from 0 to 1,000,000, "
        "without £ or commas",
        "now.csv: line 4: provider = in_house: secure has no such provider; the kinds are "
        "kinship_foster in_house, foster in_house, foster external, childrens_home in_house, "
        "childrens_home external, secure external, supported in_house, supported external, "
        "with_parents in_house, adoption in_house, other external, unregistered external",
        "now.csv: line 4: placement_since = 2017-04-10: must be from in_care_since to the date of "
        "the list",
        "now.csv: line 4: expected_end = 2017-03-01: is before the date of the list, 2017-04-01",
        "now.csv: line 5: born: this person is 18 or older on 2017-04-01, and no longer in care",
        "now.csv: line 5: expected_next = home: needs an expected_end",
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("child_name", "Alex Example"),
        ("Person ID", "1"),
        ("upn", "A123"),
        ("date of birth", "2009-03-14"),
        ("home", "WR5 2NP"),
        ("came", "14/03/2009"),
    ],
)
def test_a_column_that_may_say_who_a_child_is_is_refused_without_its_values(
    tmp_path: Path, column: str, value: str
) -> None:
    (found,) = faults_of(tmp_path, f"{ONE},{value}", header=f"{HEADER},{column}")
    assert "must hold no names, identifiers, dates of birth or postcodes" in found
    assert value not in found.split(": looks like")[0].removeprefix("now.csv: line 1: column 11")


def test_an_excel_list_is_read_like_a_csv_list(tmp_path: Path) -> None:
    given_rows = list_of(tmp_path, ONE)
    book = Workbook()
    book.active.append(HEADER.split(","))
    day = datetime
    book.active.append(
        [
            day(2009, 3, 1),
            day(2015, 6, 22),
            day(2016, 4, 10),
            "foster",
            "in_house",
            "general",
            637.0,
        ]
    )
    book.save(tmp_path / "now.xlsx")
    as_csv = read_placements_now(Path(given_rows.file), AS_AT, AS_AT)
    assert read_placements_now(tmp_path / "now.xlsx", AS_AT, AS_AT) == as_csv


def test_an_excel_list_is_refused_by_sheet_and_row(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(HEADER.split(","))
    book.active.append([datetime(2009, 3, 14), *ONE.split(",")[1:6]])
    book.save(tmp_path / "now.xlsx")
    with pytest.raises(InputFaults, match=r"now.xlsx: Sheet!A2: must be the month of birth"):
        read_placements_now(tmp_path / "now.xlsx", AS_AT, AS_AT)


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    import tempfile

    for name in ("now.csv", "now.xlsx"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / name).write_bytes(content)
            with pytest.raises(InputFaults):
                read_placements_now(Path(folder) / name, AS_AT, AS_AT)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 255), st.booleans())
def test_a_spoilt_workbook_is_read_or_refused(place: int, byte: int, cut: bool) -> None:
    import io
    import tempfile

    book, file = Workbook(), io.BytesIO()
    book.active.append(HEADER.split(","))
    book.active.append(ONE.split(","))
    book.save(file)
    content = bytearray(file.getvalue())
    place %= len(content)
    content[place] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "now.xlsx"
        path.write_bytes(content[:place] if cut else content)
        try:
            read = read_placements_now(path, AS_AT, AS_AT)
        except InputFaults:
            return
        assert len(read.children) == 1


def test_the_last_four_columns_may_be_left_out(tmp_path: Path) -> None:
    header, row = (",".join(text.split(",")[:6]) for text in (HEADER, ONE))
    area = area_today(WORCESTERSHIRE, list_of(tmp_path, row, header=header))
    assert len(area.children) == 1
    assert area.children[0].gbp_per_week is None


# The start


def test_the_area_names_its_list_and_needs_no_opening(tmp_path: Path) -> None:
    folder = tmp_path / "area"
    shutil.copytree(WORCESTERSHIRE, folder)
    made_list(folder / "now.csv", most=50)
    text = (
        (folder / "area.toml").read_text(encoding="utf-8").replace('opening = "opening.csv"\n', "")
    )
    listed = '[placements_now]\nfile = "now.csv"\nas_at = 2017-05-11\n\n[files]'
    (folder / "area.toml").write_text(text.replace("[files]", listed), encoding="utf-8")
    area = area_today(folder)
    assert area.start == date(2017, 6, 1)
    assert sum(row.children for row in area.opening) == len(area.children) <= 50
    assert folder / "now.csv" in area.files
    assert area.internal
    assert not read_area(WORCESTERSHIRE).internal


def test_a_month_of_birth_becomes_one_day_in_it_whatever_the_scenario(tmp_path: Path) -> None:
    rows = [ONE] * 60
    plan = plan_of(tmp_path, *rows)
    born = {plan.period.date_of(day) for day in plan.opening.birth_day}
    assert {(day.year, day.month) for day in born} == {(2009, 3)}
    assert len(born) > 15  # 60 even draws of 31 days leave fewer once in 10 ** 9
    other = plan_of(tmp_path, *rows, scenario=SCENARIOS / "recovery-plan.toml")
    assert np.array_equal(plan.opening.birth_day, other.opening.birth_day)


def test_a_child_is_never_in_care_before_the_drawn_day_of_birth(tmp_path: Path) -> None:
    newborn = "2017-03,2017-03-02,2017-03-02,foster,in_house,general,,,,"
    plan = plan_of(tmp_path, *[newborn] * 40)
    assert (plan.opening.birth_day <= plan.opening.first_day).all()


def test_who_came_on_the_day_of_the_list_is_in_care_on_the_night_before(tmp_path: Path) -> None:
    newborn = "2017-04,2017-04-01,2017-04-01,foster,in_house,general,,,,"
    plan = plan_of(tmp_path, newborn)
    assert plan.opening.birth_day.tolist() == plan.opening.first_day.tolist() == [-1]
    run_futures(plan, range(2), layers=frozenset({1}), engine="child_events")  # checks the books


def test_who_turns_18_before_the_start_is_left_out_and_counted(tmp_path: Path) -> None:
    listed = list_of(tmp_path, ONE, "1999-04,2015-06-22,2016-04-10,foster,in_house,general,,,,")
    area = area_today(WORCESTERSHIRE, listed.model_copy(update={"as_at": date(2017, 4, 2)}))
    assert area.start == date(2017, 5, 1)
    assert len(area.children) == 1
    assert any("1 of the list turn 18" in note for note in area.assumptions)


def test_past_leavers_are_longer_gone_at_a_later_start(tmp_path: Path) -> None:
    listed = list_of(tmp_path, ONE)
    now, later = (
        area_today(WORCESTERSHIRE, listed.model_copy(update={"as_at": when})).left
        for when in (AS_AT, date(2018, 4, 1))
    )
    assert set(later or ()) < set(now or ())


# Money


def test_a_childs_own_price_holds_in_that_placement_only(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, *[ONE] * 30)
    drawn = draw_future(plan, 1, 0, frozenset({1}))
    spells = run_history(plan, drawn, 0, 1, "child_events").spells
    first = spells[spells["why_started"] == STARTED_OPENING]
    assert np.allclose(first["price_factor"], 637 / 657)
    mine = np.isin(spells["child"], first["child"]) & (spells["why_started"] != STARTED_OPENING)
    again = spells[mine & (spells["placement"] == FOSTER)]
    assert len(again)
    assert not np.isclose(again["price_factor"], 637 / 657).any()


def test_a_contribution_takes_the_place_of_the_kinds_income(tmp_path: Path) -> None:
    row = ONE.replace("637,,,", "637,70,,")
    plan = plan_of(tmp_path, *[row] * 30)
    ensemble = run_futures(plan, range(3), layers=frozenset({1}), engine="child_events")
    money = spend(plan, ensemble)
    for future in range(3):
        drawn = draw_future(plan, 2017, future, frozenset({1}))
        spells = run_history(plan, drawn, future, 2017, "child_events").spells
        first = spells[spells["why_started"] == STARTED_OPENING]
        end = np.where(first["end_day"] < 0, plan.period.days, first["end_day"])
        # rounded to the penny by month and kind
        assert abs(money.income[future].sum() - end.sum() * 1000) <= plan.period.months


def test_no_list_no_own_prices() -> None:
    plan = make_plan(read_scenario(BASELINE))
    assert (plan.opening.own_price < 0).all()
    assert not plan.opening.own_income.any()


def test_prices_of_a_list_need_a_price_of_the_kind(tmp_path: Path) -> None:
    row = "2009-03,2015-06-22,2016-04-10,with_parents,in_house,general,50,,,"
    (found,) = faults_of(tmp_path, row)
    assert "placed with parents: has prices in the list" in found


def test_the_lists_prices_are_offered_as_unit_costs(tmp_path: Path) -> None:
    rows = [ONE.replace("637", price) for price in ("500", "800", "")]
    (price,) = listed_prices(area_today(WORCESTERSHIRE, list_of(tmp_path, *rows)))
    assert (price.kind, price.children, price.mean_gbp_per_week) == (FOSTER_IN_HOUSE, 2, 650.0)
    # the standard deviation of two logs is their distance over the root of two
    assert price.log_spread == pytest.approx(np.log(800 / 500) / np.sqrt(2))


# The command


def test_the_list_and_its_date_go_together(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    listed = made_list(tmp_path / "now.csv", most=20)
    code = exit_code(["run", str(BASELINE), "--placements-now", str(listed)])
    assert code == BAD_INPUT
    assert "go together" in capsys.readouterr().err


def test_an_absurd_date_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    listed = str(made_list(tmp_path / "now.csv", most=20))
    arguments = ["run", str(BASELINE), "--placements-now", listed, "--as-at", "1817-04-01"]
    assert exit_code(arguments) == BAD_INPUT
    assert "1817-04-01: must be a date written like 2026-11-01" in capsys.readouterr().err


def test_a_list_older_than_the_area_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    listed = str(made_list(tmp_path / "now.csv", most=20))
    arguments = ["run", str(BASELINE), "--placements-now", listed, "--as-at", "2016-04-01"]
    assert exit_code(arguments) == BAD_INPUT
    assert "must not be before the start of the area, 2017-04-01" in capsys.readouterr().err


# Expected ends


def test_expected_ends_are_honoured_and_both_totals_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    rows = [ONE.replace("637,,,", f"637,,2017-0{5 + at % 4}-11,sgo") for at in range(60)]
    listed = list_of(tmp_path, *rows).file
    arguments = ["run", str(BASELINE), "--placements-now", listed, "--as-at", "2017-04-01"]
    arguments += ["--futures", "8", "--engine", "child_events", "--quiet"]
    notes, first = [], []
    for more in ([], ["--ignore-expected-ends"]):
        folder = tmp_path / f"out{len(more)}"
        assert exit_code([*arguments, *more, "--out", str(folder)]) == 0
        summary = (folder / "summary.md").read_text(encoding="utf-8")
        notes.append(next(line for line in summary.splitlines() if "have an expected end" in line))
        flows = (folder / "tables" / "flows.csv").read_text().splitlines()
        first.append(sum(float(line.split(",")[4]) for line in flows if ",exits_sgo," in line[:60]))
        table = (folder / "tables" / "expected_ends.csv").read_text().splitlines()
        assert {line.split(",")[1] for line in table[1:]} == {
            "honoured",
            "ignored",
            "honoured less ignored",
        }
    assert "are honoured here" in notes[0]
    assert "not honoured here (--ignore-expected-ends)" in notes[1]
    assert notes[0].split("here")[1] == notes[1].split("(--ignore-expected-ends)")[1]
    assert first[0] >= first[1] + 30
    capsys.readouterr()


def test_who_is_to_stay_until_18_leaves_on_that_birthday(tmp_path: Path) -> None:
    stays = "2000-06,2015-06-22,2016-04-10,foster,in_house,general,,,2018-03-01,turned_18"
    plan = plan_of(tmp_path, *[stays] * 40)
    drawn = draw_future(plan, 1, 0, frozenset({1}))
    spells = run_history(plan, drawn, 0, 1, "child_events").spells
    listed = spells[np.isin(spells["child"], plan.opening.number)]
    left = listed[(listed["why_ended"] >= 0) & (listed["why_ended"] <= 7)]
    assert (left["why_ended"] == 7).all()
    assert len(left) == 40


def test_expected_numbers_say_that_they_leave_expected_ends_out(tmp_path: Path) -> None:
    listed = list_of(tmp_path, *[ONE.replace("637,,,", "637,,2017-06-11,sgo")] * 20).file
    arguments = ["run", str(BASELINE), "--placements-now", listed, "--as-at", "2017-04-01"]
    arguments += ["--engine", "stock_flow", "--quiet", "--out", str(tmp_path / "out")]
    assert exit_code(arguments) == 0
    summary = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert "leave expected ends and contributions out" in summary
