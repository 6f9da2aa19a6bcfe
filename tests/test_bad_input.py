"""What an analyst gets wrong at the command line: exit code 2, and a sentence that helps."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lacmodel import cli
from lacmodel.faults import InputFaults
from lacmodel.parameters import COLUMNS, read_tables
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario
from lacmodel.timeline import LOOK_AHEAD_DAYS

ROOT = Path(__file__).parents[1]
BASELINE = str(ROOT / "scenarios" / "worcestershire-2017.toml")
AREA = ROOT / "data" / "worcestershire-2017"
VERSIONS = {"lacmodel": "0.1.0"}
MADE = {"seed": 1, "futures": 1, "engine": "", "layers": [], "written": ""}
CHILDREN = (
    "scenario,date,age_band,placement,provider,measure,unit,mean,p10,p50,p90\n"
    "a,2017-03-31,all,all,all,children,children,{},7,7,7\n"
)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of a command that is refused."""
    assert cli.exit_code(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err


def a_run(folder: Path, children: str = CHILDREN.format(7), **manifest: object) -> Path:
    """A run's folder with one table."""
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "children.csv").write_text(children)
    made = {"versions": VERSIONS, "scenarios": {"a": {"title": "A"}}, **MADE, **manifest}
    (folder / "manifest.json").write_text(json.dumps(made))
    return folder


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("open.toml", 'title = "a\nyears = 5\n',
         ': line 1: title = "a: is not TOML: the line ends within a text'),
        ("none.toml", "title =\n", ": line 1: title = : is not TOML: invalid value (nothing"),
        ("end.toml", 'sources = ["a"', ": its end: is not TOML: unclosed array"),
        ("area.toml", 'code = "E1"\nstart = 2017-04-01\n', "is an area, and a scenario is wanted"),
        ("supply.csv", "name,places\n", ": line 1 = name,places: is not TOML"),
    ],
)  # fmt: skip
def test_a_broken_scenario_is_told_with_its_line_and_what_stands_there(
    tmp_path, capsys, name, text, words
) -> None:
    (tmp_path / name).write_text(text)
    said = refused(["run", str(tmp_path / name)], capsys)
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_folder_or_an_area_for_a_scenario_is_named(tmp_path, capsys) -> None:
    said = refused(["run", str(ROOT / "scenarios")], capsys)
    assert "is a folder: name a scenario in it, such as edge-of-care.toml" in said
    assert "is an area, and a scenario is wanted" in refused(["run", str(AREA)], capsys)
    assert "is a folder, and must be a file" in refused(["run", str(tmp_path)], capsys)


def test_a_scenario_for_an_area_is_named(tmp_path, capsys) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'title = "a"\nquestion = "b"\narea = "{Path(BASELINE).as_posix()}"\n')
    assert "is a scenario, and an area is wanted" in refused(["run", str(path)], capsys)


def test_rates_without_rows_are_no_rates(tmp_path, capsys) -> None:
    shutil.copytree(AREA, tmp_path / "area")
    rates = tmp_path / "area" / "rates.csv"
    rates.write_text(rates.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    (tmp_path / "a.toml").write_text('title = "a"\nquestion = "b"\narea = "area"\n')
    assert "rates.csv: has no rows" in refused(["run", str(tmp_path / "a.toml")], capsys)


def test_a_lead_longer_than_entries_are_looked_for_is_refused(tmp_path) -> None:
    row = "edge_of_care.lead_most_days,,,,{},days,0,no,a test"
    path = tmp_path / "rates.csv"
    path.write_text(",".join(COLUMNS) + "\n" + row.format(365) + "\n", encoding="utf-8")
    assert read_tables(path)["edge_of_care.lead_most_days"].values == LOOK_AHEAD_DAYS
    path.write_text(",".join(COLUMNS) + "\n" + row.format(365.5) + "\n", encoding="utf-8")
    with pytest.raises(InputFaults, match=r"line 2: value = 365\.5: must be 365 or less: entries"):
        read_tables(path)


def test_past_leavers_without_rows_are_said(tmp_path) -> None:
    shutil.copytree(AREA, tmp_path / "area")
    past = tmp_path / "area" / "past_leavers.csv"
    past.write_text(past.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    (tmp_path / "a.toml").write_text('title = "a"\nquestion = "b"\narea = "area"\n')
    said = "nobody who left before the start comes back"
    assert any(said in note for note in make_plan(read_scenario(tmp_path / "a.toml")).notes)
    assert not any(said in note for note in make_plan(read_scenario(Path(BASELINE))).notes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["run", BASELINE, "--high-cost", "nan"], "nan: must be pounds of 1 or more"),
        (["run", BASELINE, "--future", "3", "--engine", "stock_flow"],
         "--future = 3: expected numbers have no futures"),
        (["run", BASELINE, "--futures", "4", "--spells", "50"], "of the run, 0 to 3"),
        (["cost-avoidance", BASELINE, "--claim-price", "nan"], "nan: must be pounds from 0"),
        (["business-case", BASELINE, "--claimed-saving", "inf"], "inf: must be pounds above 0"),
        (["plan", BASELINE, "--capital", "1", *["--capital-per-place", "foster=1"] * 2],
         "foster is given twice"),
        (["backtest", str(AREA), "--origins", "2030", "2020"], "--origins = 2030 to 2020: must"),
        (["synthesise", "--out", BASELINE], "is no empty folder"),
        (["synthesise", "--out", "x", "--surge", "2019-01-01", "2020-01-01", "nan"],
         "nan: must be a number from 0 to 100"),
        (["national", "--drift", str(AREA)], "is a folder, and must be a file"),
        (["compare", BASELINE, BASELINE], "give each once, or rename one"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(capsys, options, words) -> None:
    assert words in refused(options, capsys)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda run: (run / "manifest.json").write_text("[]"), "is not the folder of a run, such"),
        (lambda run: (run / "manifest.json").write_text(json.dumps({"versions": VERSIONS})),
         "manifest.json: names no scenarios"),
        (lambda run: (run / "manifest.json").write_text(
            json.dumps({"versions": VERSIONS, "scenarios": {}, **MADE, "seed": "one"})),
         "manifest.json: seed = one: must be a valid integer; make the run again"),
        (lambda run: (run / "tables" / "children.csv").write_text(CHILDREN.format("abc")),
         "children.csv: line 2: mean = abc: must be a number"),
        (lambda run: (run / "tables" / "children.csv").write_text(CHILDREN.format("nan")),
         "children.csv: line 2: mean = nan: must be a number"),
        (lambda run: (run / "tables" / "children.csv").write_text(""), "missing: scenario, date"),
        (lambda run: (run / "tables" / "children.csv").write_bytes(bytes(range(128, 256))),
         "is not in UTF-8: save it"),
        (lambda run: (run / "tables" / "children.csv").write_text(
            CHILDREN.format(7).replace("age_band", "band")), "missing: age_band"),
        (lambda run: (run / "tables" / "children.csv").write_text(CHILDREN.format("7,7")),
         "line 2: has more or fewer cells"),
    ],
)  # fmt: skip
def test_a_run_that_was_altered_is_not_published(
    tmp_path, capsys, change: Callable[[Path], object], words
) -> None:
    run = a_run(tmp_path / "run")
    change(run)
    assert words in refused(["publish", str(run), "--out", str(tmp_path / "shared")], capsys)
    assert not (tmp_path / "shared").exists()


def test_publish_says_which_tables_a_run_has_not(tmp_path, capsys) -> None:
    run = a_run(tmp_path / "run")
    assert cli.exit_code(["publish", str(run), "--out", str(tmp_path / "shared")]) == 0
    said = capsys.readouterr().out
    assert "Not in this run, so not published: flows, spend, stability." in said


def test_a_run_that_is_read_is_not_replaced(tmp_path, capsys) -> None:
    run = a_run(tmp_path / "run")
    for command in (["publish", str(run)], ["movement", str(run), str(run)]):
        said = refused([*command, "--out", str(run)], capsys)
        assert "is read, and would be replaced: give another folder" in said
    assert (run / "tables" / "children.csv").is_file()


def test_fit_names_every_file_that_is_not_there_or_has_other_columns(tmp_path, capsys) -> None:
    shutil.copytree(AREA, tmp_path / "area")
    (tmp_path / "area" / "history.csv").unlink()
    supply = tmp_path / "area" / "supply.csv"
    supply.write_text(supply.read_text(encoding="utf-8").replace(",324,", ",many,"), "utf-8")
    published = tmp_path / "area" / "published.csv"
    published.write_text(published.read_text(encoding="utf-8").replace("table,", "sheet,", 1))
    said = refused(["fit", str(tmp_path / "area")], capsys)
    assert "history.csv: there is no such file" in said
    assert "places = many: must be a whole number" in said
    assert "published.csv: line 1" in said
    assert "missing: table" in said


LONG = "x" * 5_000


@pytest.mark.parametrize("name", [LONG, "a\0b"], ids=["long", "NUL"])
@pytest.mark.parametrize(
    "command",
    [
        ["run", "{}"],
        ["run", BASELINE, "--engine", "stock_flow", "--out", "{}"],
        ["run", BASELINE, "--placements-now", "{}", "--as-at", "2017-07-01"],
        ["fit", "{}"],
        ["check", "{}"],
        ["new", "out", "--return", "{}", "--residents", "9000"],
        ["synthesise", "--out", "{}"],
        ["business-case", "{}"],
        ["cost-avoidance", BASELINE, "--log", "{}"],
        ["publish", "{}"],
        ["movement", "{}", "{}"],
    ],
    ids=lambda command: " ".join(part for part in command if part != BASELINE),
)
def test_a_name_that_no_file_can_have_is_refused(capsys, command, name) -> None:
    said = refused([part.replace("{}", name) for part in command], capsys)
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["run", BASELINE, "--futures", "1000000000000"], "whole number from 1 to 1,000,000"),
        (["run", BASELINE, "--workers", "100000"], "must be a whole number from 1 to 256"),
        (["run", BASELINE, "--futures", "1e3"], "1e3: must be a whole number"),
        (["run", BASELINE, "--high-cost", "much"], "much: must be "),
        (["run", BASELINE, "--as-at", "31.3."], "31.3.: must be "),
        (["backtest", "--published", "nowhere.csv"], "nowhere.csv: there is no such file"),
        (["backtest", "--published", "{here}"], "is a folder, and must be a file"),
        (["synthesise", "--out", "{here}/a file/x"], "cannot be written there (Not a directory)"),
        (["new", "{here}/a", "--name", "a\nb"], "must begin with a letter, in one line of at most"),
        (["check", "{here}/a file"], "{here}/a file: is not text; save it as CSV UTF-8"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_is_beyond_reason_is_told_without_an_error(
    tmp_path, capsys, options, words
) -> None:
    (tmp_path / "a file").write_bytes(b"ab\x00")
    said = refused([each.replace("{here}", str(tmp_path)) for each in options], capsys)
    assert words.replace("{here}", str(tmp_path)) in said
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


def test_too_little_memory_is_said_in_words(monkeypatch, capsys) -> None:
    def full(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("lacmodel.analyses.simulate.chosen_settings", full)
    assert cli.exit_code(["run", BASELINE]) == 1
    assert capsys.readouterr().err == (
        "there is too little memory; nothing was written. Fewer --futures need less.\n"
    )
