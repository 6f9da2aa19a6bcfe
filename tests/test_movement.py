"""Why a forecast has moved: causes that add up to the penny, and runs that cannot be compared."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fake_runs import fake_ensemble, fake_plan, fake_scenario, read_table

from lacmodel.analyses.forecast import Forecast, forecast
from lacmodel.analyses.movement import NEW_AGAIN, PART_NAMES, Movement, movement, shows
from lacmodel.analyses.run_again import CHILDREN, Since, both_inputs, scenario_steps
from lacmodel.analyses.run_tables import read_runs
from lacmodel.cli import commands
from lacmodel.faults import InputFaults
from lacmodel.money.spend import net_by_year
from lacmodel.report.write import write_forecast


def made(folder: Path, run: Forecast) -> Path:
    write_forecast(folder, fake_scenario(folder.with_suffix(".toml")), run)
    return folder


def run_of(seed: int = 1, **changes) -> Forecast:
    plan = fake_plan(**changes)
    return forecast(plan, fake_ensemble(plan, seed=seed))


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("runs")
    return made(place / "old", run_of()), made(place / "new", run_of(seed=2))


def test_the_causes_add_up_to_the_penny(folders):
    found = movement(*read_runs(*folders))
    assert [year.financial_year for year in found.years] == ["2017/18", "2018/19"]
    for year in found.years:
        assert sum(part(year) for part in PART_NAMES.values()) == year.change
        assert sum(sum(parts) for *_, parts in year.lines) == year.change
        assert sum(new for _, _, new, _ in year.lines) == year.new
    for at, (folder, side) in enumerate(zip(folders, ("old", "new"), strict=True)):
        spent = [
            float(row["mean"])
            for row in read_table(folder, "spend")
            if (row["line"], row["measure"]) == ("total", "net_gbp")
        ]
        said = [getattr(year, side) / 100 for year in found.years]
        assert said == pytest.approx(spent, abs=1.0), at  # months are rounded to the penny


def test_a_run_has_not_moved_from_itself(folders):
    for year in movement(*read_runs(folders[0], folders[0])).years:
        assert year.change == 0
        assert not any(part(year) for part in PART_NAMES.values())


def test_dearer_placements_are_price_alone(tmp_path):
    run = run_of()
    dearer = replace(run.money, gross=run.money.gross.astype(np.int64))
    dearer.gross[:, :, :12] = run.money.gross[:, :, :12] * np.int64(11) // 10
    old, new = made(tmp_path / "old", run), made(tmp_path / "new", replace(run, money=dearer))
    year = movement(*read_runs(old, new)).years[0]
    moved = {name: part(year) for name, part in PART_NAMES.items() if part(year)}
    assert moved == {"price of the same kinds of placement": year.change}
    change = net_by_year(dearer)[:, 0].mean() - net_by_year(run.money)[:, 0].mean()
    assert year.change / 100 == pytest.approx(change, abs=1.0)


def test_a_later_start_is_compared_over_the_months_of_both(tmp_path):
    from datetime import date

    from lacmodel.timeline import Period

    late = made(tmp_path / "late", run_of(period=Period(date(2017, 10, 1), 2)))
    old = made(tmp_path / "old", run_of())
    found = movement(*read_runs(old, late))
    assert [(year.financial_year, year.months) for year in found.years] == [
        ("2017/18", 6), ("2018/19", 12),
    ]  # fmt: skip
    assert any("begins on 2017-04-01, the new one on 2017-10-01" in each for each in found.differ)


def test_the_command_says_why_and_writes_a_report(folders, tmp_path):
    arguments = ["movement", *map(str, folders), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 0, result.output
    assert "2017/18: £" in result.output
    assert "more or fewer children coming into care" in result.output
    rows = read_table(tmp_path / "out", "movement")
    amounts = {row["cause"]: float(row["net_gbp"]) for row in rows[: len(PART_NAMES) + 3]}
    parts = sum(amounts[name] for name in PART_NAMES)
    assert parts == pytest.approx(amounts["new run"] - amounts["old run"], abs=0.001)
    assert (tmp_path / "out" / "report.html").is_file()


def spoilt(folder: Path, place: Path, **changes) -> Path:
    import shutil

    shutil.copytree(folder, place)
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    manifest["area"] |= changes
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return place


def test_runs_of_other_councils_bases_and_folders_are_refused(folders, tmp_path):
    other = spoilt(folders[1], tmp_path / "other", code="E06000001", name="Hartlepool")
    basis = spoilt(folders[1], tmp_path / "basis", bases=["marginal"])
    bare = spoilt(folders[1], tmp_path / "bare")
    (bare / "tables" / "spend_by_month.csv").unlink()
    (tmp_path / "empty").mkdir()
    for folder, words in (
        (other, "is a run of Hartlepool"), (basis, "hold other things"),
        (bare, "has no table spend_by_month"), (tmp_path / "empty", "is not the folder of a run"),
    ):  # fmt: skip
        with pytest.raises(InputFaults, match=words):
            read_runs(folders[0], folder)
    with pytest.raises(InputFaults) as both:
        read_runs(tmp_path / "empty", bare)
    assert len(both.value.faults) == 2


def alter(name: str, old: str, new: str, times: int = 1):
    """A change of a file of a run, which must hold what is changed."""

    def change(run: Path) -> None:
        text = (run / name).read_text(encoding="utf-8")
        assert old in text
        (run / name).write_text(text.replace(old, new, times), encoding="utf-8")

    return change


def without(**kept: object):
    """A change of what a manifest holds: a name of None is taken out."""

    def change(run: Path) -> None:
        made = json.loads((run / "manifest.json").read_text(encoding="utf-8")) | kept
        made = {name: value for name, value in made.items() if value is not None}
        (run / "manifest.json").write_text(json.dumps(made), encoding="utf-8")

    return change


READ_FROM = {"scenario": "a.toml", "files": {}, "placements_now": None, "ignore_expected_ends": 0}
ALTERED = [
    (lambda run: (run / "tables" / "flows.csv").unlink(), "new: has no table flows; make the run"),
    (alter("tables/flows.csv", "2017-04-30", "2017-03-31", -1), "flows.csv: has no rows of April"),
    (alter("tables/flows.csv", "flow,", "what,"), "missing: flow"),
    (alter("tables/flows.csv", "2017-04-30", "30/04/2017"),
     "flows.csv: line 2: date = 30/04/2017: must be a date written like 2017-04-01"),
    (alter("tables/children.csv", "2017-03-31", "2017-02-28", -1), "no rows of April 2017, of wh"),
    (alter("tables/spend_by_month.csv", "gross_gbp", "gross"), "missing: gross_gbp"),
    (alter("tables/spend_by_month.csv", "kinship foster care", "kin"), "line = kin: is no line"),
    (without(scenarios=None), "manifest.json: names no scenarios"),
    (without(scenarios={}), "new: must be a run of one scenario"),
    (without(scenarios={"a": {"changes": 3}}), "scenarios.a.changes = 3: must be a valid list"),
    (without(area=None), "manifest.json: area: is missing; make the run again with this version"),
    (without(inputs_sha256=None), "manifest.json: inputs_sha256: is missing"),
    (without(futures="many"), "manifest.json: futures = many: must be a valid integer"),
    (without(read_from={"files": {}}), "manifest.json: read_from.scenario: is missing"),
    (without(read_from=READ_FROM), "names files of which it holds no path or no hash"),
    (without(published=True), "new: is published already, and its numbers are suppressed"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), ALTERED)
def test_a_run_that_was_altered_is_refused_in_words(folders, tmp_path, capsys, change, words):
    import shutil

    from lacmodel import cli

    new = shutil.copytree(folders[1], tmp_path / "new")
    change(new)
    out = tmp_path / "out"
    assert cli.exit_code(["movement", str(folders[0]), str(new), "--out", str(out)]) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("value", ["nan", "", "1.2.3"])
def test_a_number_that_is_compared_must_be_one(folders, tmp_path, value):
    import shutil

    new = shutil.copytree(folders[1], tmp_path / "new")
    path = new / "tables" / "spend_by_month.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = ",".join([*lines[3].split(",")[:-1], value])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    shown = f" = {value}: must be a number" if value else ": must not be blank"
    with pytest.raises(InputFaults, match=f"spend_by_month.csv: line 4: income_gbp{shown}"):
        read_runs(folders[0], new)


# What it comes of --------------------------------------------------------------------------------

WORCESTERSHIRE = Path(__file__).parents[1] / "data" / "worcestershire-2017"
HEADER = 'title = "Forecast"\nquestion = "?"\narea = "area"\nyears = 2\n'
SHOCK = """
[[change]]
lever = "inspection_shock"
from = 2017-07-01
lift = 0.5
half_life_months = 6
source = "made up"
"""
EXPECTED = ("--engine", "stock_flow")
RATES, PRICES, PLACES, INSPECTION = (
    "refitted rates",
    "prices, fixed costs and income",
    "the council's own places",
    "change put in: inspection shock",
)


def month_of(place: Path, scenario: str = HEADER) -> Path:
    """A folder with an area and a scenario of its own, as a council keeps them by month."""
    import shutil

    shutil.copytree(WORCESTERSHIRE, place / "area")
    (place / "forecast.toml").write_text(scenario, encoding="utf-8")
    return place


def ran(place: Path, *options: str) -> Path:
    folder = place / "run"
    arguments = ["run", str(place / "forecast.toml"), "--out", str(folder), "--quiet", *options]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 0, result.output
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faster_entries(area: Path) -> None:
    path = area / "rates.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        if line.startswith("entries.start_rate_per_10000"):
            cells = line.split(",", 5)
            lines[at] = ",".join([*cells[:4], str(float(cells[4]) * 1.1), cells[5]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def another_child(area: Path) -> None:
    """One child more at the start; what history has of that night goes with it."""
    children = "foster,external,general,standard,"
    edit(area / "opening.csv", f"{children}4", f"{children}5")
    edit(area / "history.csv", "2017,767", "2017,768")


def dearer_agencies(area: Path) -> None:
    edit(area / "unit_costs.csv", "foster,external,all,all,773", "foster,external,all,all,800")


def fewer_beds(area: Path) -> None:
    home = "Old Hollow,childrens_home,in_house,5 to 17,general uasc,all,,,"
    edit(area / "supply.csv", f"{home}4", f"{home}2")


def an_inspection(area: Path) -> None:
    (area.parent / "forecast.toml").write_text(HEADER + SHOCK, encoding="utf-8")


CHANGES = {
    CHILDREN: another_child,
    PRICES: dearer_agencies,
    PLACES: fewer_beds,
    RATES: faster_entries,
    INSPECTION: an_inspection,
}


def told(old: Path, new: Path) -> Movement:
    return movement(*read_runs(old, new), both_inputs(old, new))


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Path:
    return ran(month_of(tmp_path_factory.mktemp("months") / "before"), *EXPECTED)


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_alone_is_all_that_the_change_comes_of(before, tmp_path, name):
    after = month_of(tmp_path / "after")
    CHANGES[name](after / "area")
    for year in told(before, ran(after, *EXPECTED)).years:
        assert [each for each, _ in year.of_inputs] == [name]
        assert year.of_inputs[0][1].change == year.change != 0


def test_all_that_is_changed_adds_up_to_the_penny(before, tmp_path):
    after = month_of(tmp_path / "after")
    for change in CHANGES.values():
        change(after / "area")
    found = told(before, ran(after, *EXPECTED))
    for year in found.years:
        assert [each for each, _ in year.of_inputs] == list(CHANGES)
        assert sum(each.change for _, each in year.of_inputs) == year.change
        for _, each in year.of_inputs:
            assert sum(part(each) for part in PART_NAMES.values()) == each.change != 0
        assert sum(shows(year).values()) == year.change
    prices = dict(found.years[0].of_inputs)[PRICES]
    assert prices.parts.price + prices.parts.fixed == prices.change  # of children, and of adults
    rates = dict(found.years[0].of_inputs)[RATES].volume
    assert rates.came > 0 == rates.at_start


ENTRIES = """
[[change]]
lever = "entries"
name = "Front door"
from = {}
multiply = 0.9
source = "made up"
"""


def test_each_change_of_the_scenario_is_a_step_of_its_own(tmp_path):
    old = ran(month_of(tmp_path / "old", HEADER + ENTRIES.format("2017-07-01") + SHOCK), *EXPECTED)
    later = ENTRIES.format("2017-09-01")
    more = later.replace("Front door", "Less neglect").replace("0.9", "0.95")
    new = ran(month_of(tmp_path / "new", HEADER + more + later), *EXPECTED)
    found = told(old, new)
    names = ["change altered: Front door", "change taken out: inspection shock",
             "change put in: Less neglect"]  # fmt: skip
    for year in found.years:
        amounts = {name: each.change for name, each in year.of_inputs}
        assert sorted(amounts) == sorted(names)
        assert sum(amounts.values()) == year.change
        later_start, no_shock, less = (amounts[name] for name in names)
        assert no_shock < 0 < later_start
        assert less < 0
    assert [each for each in found.differ if each.startswith("change")] == names


def test_the_last_step_through_a_scenario_is_the_new_one(before, tmp_path):
    after = month_of(tmp_path / "after", HEADER + ENTRIES.format("2017-07-01") + SHOCK)
    old, new = (each.scenario for each in both_inputs(before, ran(after, *EXPECTED)))
    for here, there in ((old, new), (new, old)):
        steps = scenario_steps(here, there)
        assert len(steps) == 2
        assert steps[-1][1] is there
        assert steps[0][1].changes in (there.changes[:1], here.changes[1:])


def test_how_a_run_is_made_is_told_apart_from_what_it_assumes(before, tmp_path):
    after = month_of(tmp_path / "after", HEADER.replace("years = 2", "years = 1"))
    names = [name for name, _ in told(before, ran(after, "--futures", "3")).years[0].of_inputs]
    assert names == ["years or order of the scenario", "how the runs are made"]


def test_a_home_that_closes_before_it_is_there_goes_in_with_the_places(before, tmp_path):
    closing = '[[change]]\nlever = "close"\nrow = "New"\nfrom = 2018-01-01\nsource = "made up"\n'
    after = month_of(tmp_path / "after", f"{HEADER}\n{closing}")
    edit(after / "area" / "supply.csv", "Old Hollow", "New")
    faster_entries(after / "area")
    year = told(before, ran(after, *EXPECTED)).years[0]
    assert [name for name, _ in year.of_inputs] == [
        f"change put in: close and {RATES} and {PLACES}"
    ]


def test_inputs_that_have_changed_since_leave_the_tables_alone_to_compare(before, tmp_path):
    import shutil

    after = month_of(tmp_path / "after")
    run = ran(after, *EXPECTED)
    faster_entries(after / "area")
    (after / "area" / "opening.csv").unlink()
    with pytest.raises(InputFaults) as gone:
        both_inputs(before, run)
    assert len(gone.value.faults) == 2
    arguments = ["movement", str(before), str(run), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 0, result.output
    assert "What it comes of cannot be told apart here" in result.output
    assert "rates.csv: has changed since run was made" in result.output
    assert "opening.csv: of run is not there any more" in result.output
    assert not (tmp_path / "out" / "tables" / "movement_by_input.csv").exists()
    shutil.rmtree(tmp_path / "out")
    result = CliRunner().invoke(commands, [*arguments, "--tables-only"])
    assert "--tables-only was given" in result.output


def test_a_run_by_another_version_leaves_a_rest_that_is_named(before, tmp_path):
    after = ran(month_of(tmp_path / "after"), *EXPECTED)
    path = after / "tables" / "spend_by_month.csv"
    rows = read_table(after, "spend_by_month")
    edit(path, rows[0]["gross_gbp"], f"{float(rows[0]['gross_gbp']) + 1000:.2f}")
    year = told(before, after).years[0]
    assert [(name, each.change) for name, each in year.of_inputs] == [(NEW_AGAIN, 100_000)]


def test_a_list_of_a_later_day_says_who_came_left_and_moved_since(tmp_path):
    old = ran(month_of(tmp_path / "april"), "--futures", "3")
    july = month_of(tmp_path / "july")
    listed = july / "list.csv"
    head = "born,in_care_since,placement_since,placement,provider,group"
    stayed = ["2008-05,2014-02-01,2015-01-01,foster,in_house,general"] * 700
    moved = ["2008-05,2014-02-01,2017-05-03,foster,in_house,general"] * 40
    came = ["2012-05,2017-06-20,2017-06-20,foster,external,general"] * 60
    listed.write_text("\n".join([head, *stayed, *moved, *came]) + "\n", encoding="utf-8")
    new = ran(july, "--futures", "3", "--placements-now", str(listed), "--as-at", "2017-07-01")
    found = told(old, new)
    assert found.since is not None
    assert found.since.happened == Since(came=60, left=767 + 60 - 800, moved=40)
    year = found.years[0]
    assert year.months == 9
    name, children = year.of_inputs[0]
    assert name == CHILDREN
    assert sum(each.change for _, each in year.of_inputs) == year.change
    assert found.since.came > 60  # in three months, about 300 a year
    assert children.volume.came < 0 < children.volume.left
    assert abs(children.volume.at_start) < 1_000_00  # tables have two decimals of a child
