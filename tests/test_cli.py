"""The commands: what they print, what they leave behind, and their exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from fake_runs import WORCESTERSHIRE, fake_ensemble

from lacmodel import cli
from lacmodel.money.spend import futures_of
from lacmodel.report.run_folder import is_run_folder

SCENARIO = """
title = "A test"
question = "How many?"
area = "{area}"
years = 2
sources = ["test"]
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "baseline.toml"
    path.write_text(SCENARIO.format(area=WORCESTERSHIRE.as_posix()), encoding="utf-8")
    return path


@pytest.fixture
def no_engine(monkeypatch):
    """Made-up futures in the place of simulated ones."""

    def simulate(plan, settings, progress=None, spend=None):
        made = fake_ensemble(plan, settings.runs, seed=1, layers=settings.layers)
        if spend:
            spend(futures_of(made, slice(None)))
        return made

    monkeypatch.setattr("lacmodel.analyses.forecast.simulate", simulate)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_run_writes_a_folder_and_prints_five_lines(scenario, no_engine, tmp_path, capsys):
    assert run("run", scenario, "--futures", 5, "--out", tmp_path / "out") == 0
    assert is_run_folder(tmp_path / "out")
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 5
    assert printed.err == ""


def test_quiet_prints_nothing(scenario, no_engine, tmp_path, capsys):
    assert run("run", scenario, "--futures", 5, "--out", tmp_path / "out", "--quiet") == 0
    assert capsys.readouterr().out == ""


def test_without_out_the_folder_is_named_after_the_scenario(
    scenario, no_engine, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert run("run", scenario, "--futures", 3) == 0
    assert is_run_folder(tmp_path / "outputs" / "baseline")


def test_layers_are_chosen_by_number(scenario, no_engine, tmp_path, capsys):
    arguments = ("run", scenario, "--futures", 5, "--out", tmp_path / "out", "--layers", "1,3")
    assert run(*arguments) == 0
    assert "Numbers only" in capsys.readouterr().out
    assert run(*arguments[:-1], "1,5") == 2


def test_compare_pairs_scenarios(scenario, no_engine, tmp_path, capsys):
    other = tmp_path / "more.toml"
    change = '\n[[change]]\nlever = "entries"\nmultiply = 1.2\nfrom = 2017-07-01\nsource = "test"\n'
    other.write_text(scenario.read_text(encoding="utf-8") + change, encoding="utf-8")
    assert run("compare", scenario, other, "--futures", 4, "--out", tmp_path / "out") == 0
    assert (tmp_path / "out" / "tables" / "differences.csv").exists()
    assert (tmp_path / "out" / "tables" / "variance.csv").exists()
    assert "as in the baseline" in capsys.readouterr().out


def test_scenarios_of_other_periods_are_not_compared(scenario, no_engine, tmp_path, capsys):
    other = tmp_path / "longer.toml"
    text = scenario.read_text(encoding="utf-8").replace("years = 2", "years = 3")
    other.write_text(text, encoding="utf-8")
    assert run("compare", scenario, other, "--out", tmp_path / "out") == 2
    assert "same period as baseline.toml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_scenario_is_not_compared_with_itself_by_name(scenario, no_engine, tmp_path, capsys):
    assert run("compare", scenario, scenario, "--out", tmp_path / "out") == 2
    assert "two scenarios have this name" in capsys.readouterr().err


def test_every_fault_is_printed_and_nothing_is_written(tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text('question = ""\nyears = -3\narea = "nowhere"\n', encoding="utf-8")
    assert run("run", bad, "--out", tmp_path / "out") == 2
    faults = capsys.readouterr().err.splitlines()
    assert len(faults) >= 3
    assert all("bad.toml" in fault for fault in faults)
    assert not (tmp_path / "out").exists()


def test_compare_shows_the_faults_of_all_files(scenario, tmp_path, capsys):
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text("years = -3\n", encoding="utf-8")
    files = (tmp_path / "one.toml", tmp_path / "two.toml")
    assert run("compare", scenario, *files, "--out", tmp_path / "out") == 2
    faults = capsys.readouterr().err
    assert "one.toml" in faults
    assert "two.toml" in faults


def test_another_folder_is_not_replaced(scenario, no_engine, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    assert run("run", scenario, "--out", tmp_path / "mine") == 2
    assert "not a folder that lacmodel wrote" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def break_with(error):
    def simulate(plan, settings, progress=None, spend=None):
        raise error

    return simulate


def test_stopping_writes_nothing(scenario, tmp_path, monkeypatch, capsys):
    broken = break_with(KeyboardInterrupt())
    monkeypatch.setattr("lacmodel.analyses.forecast.simulate", broken)
    assert run("run", scenario, "--out", tmp_path / "out") == 130
    assert "stopped; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unexpected_error_is_one_sentence_unless_asked(scenario, tmp_path, monkeypatch, capsys):
    broken = break_with(RuntimeError("the sky fell"))
    monkeypatch.setattr("lacmodel.analyses.forecast.simulate", broken)
    assert run("run", scenario, "--out", tmp_path / "out") == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "the sky fell" in printed
    with pytest.raises(RuntimeError, match="the sky fell"):
        cli.main(["run", str(scenario), "--out", str(tmp_path / "out"), "--debug"])


def test_a_wrong_option_is_a_usage_error(capsys):
    assert run("run", "--nonsense") == 2
    assert "Usage" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["--help"], ["run", "--help"], ["compare", "--help"]])
def test_help_loads_nothing_heavy(command):
    code = (
        "import sys\n"
        "from lacmodel import cli\n"
        f"try:\n    cli.main({command})\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'numba', 'scipy', 'altair', 'statsmodels', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Usage: lacmodel" in done.stdout


def test_the_real_engines_make_the_same_tables_twice(scenario, tmp_path):
    for name in ("one", "two"):
        options = ("--futures", 2, "--workers", 1, "--quiet")
        assert run("run", scenario, *options, "--out", tmp_path / name) == 0
    for path in (tmp_path / "one" / "tables").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / "tables" / path.name).read_bytes()


def test_expected_numbers_have_no_quantiles(scenario, tmp_path):
    options = ("--engine", "stock_flow", "--quiet", "--out", tmp_path / "out")
    assert run("run", scenario, *options) == 0
    table = (tmp_path / "out" / "tables" / "children.csv").read_text(encoding="utf-8")
    assert all(line.endswith(",,,") for line in table.splitlines()[1:])


def test_the_slower_engine_is_announced_where_numba_does_not_work(
    scenario, no_engine, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("lacmodel.analyses.simulate.COMPILED", False)
    monkeypatch.setattr("lacmodel.analyses.simulate.DEFAULT_ENGINE", "child_events")
    monkeypatch.setattr("lacmodel.analyses.simulate.DEFAULT_FUTURES", 3)
    options = ("run", scenario, "--out", tmp_path / "out")
    assert run(*options) == 0
    assert "the slower engine child_events runs, with 3 futures." in capsys.readouterr().err
    assert run(*options, "--engine", "compiled") == 2
    assert "--engine: needs numba" in capsys.readouterr().err


def test_workers_do_not_change_a_table(scenario, tmp_path):
    for workers in (1, 2):
        options = ("--futures", 12, "--workers", workers, "--quiet")
        assert run("run", scenario, *options, "--out", tmp_path / str(workers)) == 0
    for path in (tmp_path / "1" / "tables").iterdir():
        assert path.read_bytes() == (tmp_path / "2" / "tables" / path.name).read_bytes()


def test_what_is_no_number_is_refused_in_a_sentence(capsys):
    scenario = "scenarios/worcestershire-2017.toml"
    for option in (["goal", "spend", scenario, "--year", "2018/19", "--under", "nan"],
                   ["plan", scenario, "--capital", "nan"]):  # fmt: skip
        assert cli.exit_code(option) == 2
        assert "nan: must be pounds of 0 or more" in capsys.readouterr().err


def test_a_goal_takes_only_the_options_of_its_own(capsys):
    asked = ["goal", "shortage", "scenarios/worcestershire-2017.toml", "--year", "2018/19"]
    assert cli.exit_code([*asked, "--under", "3"]) == 2
    assert "--under is of goal spend" in capsys.readouterr().err
