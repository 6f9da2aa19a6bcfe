"""Folders of runs: names that differ with what was asked, and a word on what is replaced."""

import json
from pathlib import Path

import click
import pytest
from fake_runs import WORCESTERSHIRE

from lacmodel.cli import exit_code
from lacmodel.cli.options import several_name
from lacmodel.cli.running import comparison_name
from lacmodel.report.run_folder import earlier_run

SCENARIO = """
title = "A test"
question = "How many?"
area = "{area}"
years = 2
sources = ["test"]
"""


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    text = SCENARIO.format(area=WORCESTERSHIRE.as_posix())
    Path("mine.toml").write_text(text, encoding="utf-8")
    return "mine.toml"


def test_a_replaced_run_is_said_in_a_line(scenario: str, capsys: pytest.CaptureFixture) -> None:
    assert exit_code(["run", scenario, "--engine", "stock_flow", "--tables-only"]) == 0
    assert "eplaces" not in capsys.readouterr().out
    manifest = Path("outputs", "mine", "manifest.json")
    made = json.loads(manifest.read_text(encoding="utf-8"))
    made |= {"engine": "compiled", "futures": 1000, "written": "2026-11-22T12:00:00+00:00"}
    manifest.write_text(json.dumps(made), encoding="utf-8")
    assert exit_code(["run", scenario, "--engine", "stock_flow", "--tables-only"]) == 0
    said = capsys.readouterr().out.splitlines()
    path = Path("outputs", "mine")
    assert said[0] == f"{path}: replaces the run of 1,000 futures of 22 November 2026."
    assert exit_code(["run", scenario, "--engine", "stock_flow", "--tables-only"]) == 0
    assert "replaces the run of expected numbers of " in capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize("made", [{}, {"futures": "x", "written": 3}, {"written": "long ago"}])
def test_a_manifest_that_says_little_is_enough(made: dict[str, object], tmp_path: Path) -> None:
    text = json.dumps({"versions": {"lacmodel": "0.1"}, **made})
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert earlier_run(tmp_path) == "an earlier run"


def test_nothing_is_replaced_where_nothing_is(tmp_path: Path) -> None:
    assert earlier_run(tmp_path) == ""
    assert earlier_run(tmp_path / "none") == ""


def test_names_differ_with_the_scenarios() -> None:
    a, b, c = (Path(f"{name}.toml") for name in "abc")
    assert several_name("options", a, [b]) == "options-a-b"
    assert comparison_name(a, [b, c]) == "compare-a-b-c"
    long = [Path(f"a-scenario-with-a-long-name-{at}.toml") for at in range(5)]
    assert several_name("options", a, long) != several_name("options", a, long[:4])
    assert len(several_name("options", a, long)) <= 60


def test_each_goal_has_a_folder_of_its_own(scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def stop(folder: Path, quiet: bool, *read: Path) -> None:
        seen.append(folder.name)
        raise click.Abort

    monkeypatch.setattr("lacmodel.cli.places.check_folder", stop)
    exit_code(["goal", "spend", scenario, "--year", "2017/18", "--under", "£40m"])
    exit_code(["goal", "shortage", scenario, "--year", "2017/18"])
    assert seen == ["mine-goal-spend", "mine-goal-shortage"]
