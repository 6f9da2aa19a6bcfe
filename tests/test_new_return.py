"""`lacmodel new --return`: an area of a return, whose children are read when a run needs them."""

import csv
import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from made_returns import episode, small_returns
from steady import steady_course

from lacmodel import cli
from lacmodel.area import read_area
from lacmodel.area.children import children_of
from lacmodel.area.opening_return import read_return
from lacmodel.codes import SUPPORTED
from lacmodel.fitting.area_of_return import history_of
from lacmodel.listed import area_today

EXAMPLE = Path(__file__).parent.parent / "data" / "exampleshire" / "returns"
SAMPLE = Path(__file__).parent.parent.parent / "shared" / "data" / "ssda903_sample"
FILES = {
    "README.md", "area.toml", "area.xlsx", "budget.csv", "history.csv", "population.csv",
    "rates.csv", "supply.csv", "unit_costs.csv", "alpha.toml", "rates_evidence.csv",
    "estimates.csv", "rates_report.md",
}  # fmt: skip


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def new(folder: Path, *more: object, of: Path = EXAMPLE) -> int:
    """An area called alpha in a folder, of a return."""
    return run("new", folder / "alpha", "--return", of, "--residents", 28_000, *more)


def copied(folder: Path) -> Path:
    """The example return in a place where it may be changed."""
    for path in EXAMPLE.rglob("*.csv"):
        target = folder / "return" / path.relative_to(EXAMPLE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder / "return"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    assert new(folder, "--quiet") == 0
    return folder / "alpha"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_area_of_a_return_runs_and_its_runs_are_internal(made, tmp_path, capsys):
    assert {path.name for path in made.iterdir()} == FILES
    out = tmp_path / "out"
    assert run("run", made / "alpha.toml", "--engine", "stock_flow", "--out", out) == 0
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["internal"] is True
    assert capsys.readouterr().out.startswith("Children: 138 in care on 31 March 2024")


def test_nothing_of_a_child_is_in_the_area(made):
    """Neither numbers nor days of birth of the return, in any file."""
    read = read_return(EXAMPLE)
    births = {row["DOB"] for path in EXAMPLE.rglob("*eader*.csv") for row in rows(path)}
    births |= {"-".join(reversed(born.split("/"))) for born in births}
    identifiers = set(map(str, read.returns.identifiers))
    assert len(births) > 300
    assert len(identifiers) > 300
    for path in made.iterdir():
        if path.suffix != ".xlsx":
            text = path.read_text(encoding="utf-8")
            assert not [born for born in births if born in text], path.name
            words = set(text.replace(",", " ").split())
            assert not identifiers & words, path.name


def test_the_children_of_a_run_are_those_of_the_return(made):
    spells = read_return(EXAMPLE).spelled.spells
    children, left = children_of(spells, date(2024, 4, 1))
    area = area_today(made)
    assert area.internal
    assert (area.children, area.left) == (children, left)
    assert len(children) == area.history[-1].children
    assert read_area(made).opening == ()


def test_history_closes_from_one_year_to_the_next():
    """Children at the end = at the start + started - ceased, but for who did so twice in a year."""
    read = read_return(EXAMPLE)
    history = history_of(read.spelled.spells, read.returns.years)
    for before, after in pairwise(history):
        assert abs(before.children + after.started - after.ceased - after.children) <= 5


def test_the_workbook_of_an_area_gives_the_same_run(made, tmp_path):
    tables = {}
    for name in (".", "area.xlsx"):
        scenario, out = made / "try.toml", tmp_path / f"out {name}"
        text = (made / "alpha.toml").read_text(encoding="utf-8")
        scenario.write_text(text.replace('area = "."', f'area = "{name}"'), encoding="utf-8")
        assert run("run", scenario, "--engine", "stock_flow", "--out", out, "--quiet") == 0
        scenario.unlink()
        tables[name] = [path.read_bytes() for path in sorted((out / "tables").iterdir())]
    assert tables["."] == tables["area.xlsx"]


def test_a_return_that_has_changed_is_refused_until_the_area_is_fitted_again(tmp_path, capsys):
    folder = copied(tmp_path)
    assert new(tmp_path, of=folder) == 0
    scenario = tmp_path / "alpha" / "alpha.toml"
    path = sorted(folder.rglob("*pisodes*.csv"))[-1]
    path.write_bytes(path.read_bytes() + b"\n")
    options = ("--engine", "stock_flow", "--quiet", "--out")
    assert run("run", scenario, *options, tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert "has changed since the area was made" in said
    assert "lacmodel fit" in said
    assert not (tmp_path / "out").exists()
    assert run("fit", tmp_path / "alpha") == 0
    assert "rates beside England's" in capsys.readouterr().out
    assert run("run", scenario, *options, tmp_path / "out") == 0
    path.unlink()
    folder.rename(tmp_path / "elsewhere")
    assert run("run", scenario, *options, tmp_path / "out2") == 2
    assert "is not there; put the return back" in capsys.readouterr().err


def test_what_came_after_the_start_is_not_used(tmp_path):
    """The files cut at the start give the same area."""
    folder = copied(tmp_path)
    for path in folder.rglob("*.csv"):
        if "2023-24" in str(path.relative_to(folder)):
            path.unlink()
    (tmp_path / "cut").mkdir()
    assert new(tmp_path / "cut", "--quiet", of=folder) == 0
    assert new(tmp_path, "--quiet", "--start", "2023-04-01") == 0
    for name in ("rates.csv", "history.csv", "estimates.csv", "supply.csv"):
        first, second = (at / "alpha" / name for at in (tmp_path, tmp_path / "cut"))
        assert first.read_bytes() == second.read_bytes(), name
    assert (
        area_today(tmp_path / "alpha").children == area_today(tmp_path / "cut" / "alpha").children
    )


def test_what_is_printed_names_placements_by_their_labels(tmp_path, capsys):
    assert new(tmp_path) == 0
    said = next(line for line in capsys.readouterr().out.splitlines() if "Own provision" in line)
    assert "% of foster care" in said
    assert "% of children's homes" in said


def test_the_reference_period_can_be_stated(tmp_path, capsys):
    assert new(tmp_path, "--reference", 2021, 2022) == 0
    assert "Rates rest on 2020/21 to 2021/22 (as stated)" in capsys.readouterr().out
    assert run("fit", tmp_path / "alpha") == 0
    assert "Rates rest on 2020/21 to 2021/22 (as stated)" in capsys.readouterr().out


# What may be shared ------------------------------------------------------------------------------


def test_a_shareable_area_has_counts_in_fives_and_no_pointer(tmp_path):
    assert new(tmp_path, "--shareable", "--quiet") == 0
    area = tmp_path / "alpha"
    assert {path.name for path in area.iterdir()} == (
        FILES - {"rates_evidence.csv", "estimates.csv", "rates_report.md"}
        | {"opening.csv", "past_leavers.csv"}
    )
    read = area_today(area)
    assert not read.internal
    assert read.opening_return is None
    for row in read.history:
        assert {row.children % 5, row.started % 5, row.ceased % 5} == {0}
    for axis in ("kind", "group"):
        counts: dict[int, int] = {}
        for row in read.opening:
            key = getattr(row, axis)
            counts[key] = counts.get(key, 0) + row.children
        assert {count % 5 for count in counts.values()} == {0}, axis
    assert "returns" not in (area / "area.toml").read_text(encoding="utf-8")
    out = tmp_path / "out"
    assert run("run", area / "alpha.toml", "--engine", "stock_flow", "--out", out, "--quiet") == 0
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["internal"] is False


def test_a_shareable_rate_that_rests_on_few_events_is_england_s(tmp_path, made):
    assert new(tmp_path, "--shareable", "--quiet") == 0
    shared = {tuple(row.values())[:4]: row["value"] for row in rows(tmp_path / "alpha/rates.csv")}
    few = 0
    for row in rows(made / "rates_evidence.csv"):
        if 0 < float(row["events"]) <= 5:
            few += 1
            value = shared[tuple(row.values())[:4]]
            assert float(value) == pytest.approx(float(row["national"]), rel=1e-5)
    assert few > 50


# What must be asked or refused -------------------------------------------------------------------


def recoded(folder: Path, children: int, before: dict, after: dict, when: str, **more) -> Path:
    """A return in which children in foster care, or homes, change codes at the same address."""
    years: dict[int, list] = {2023: [], 2024: []}
    born = dict.fromkeys(range(1, children + 1), more.get("born", "01/05/2010"))
    for child in born:
        at = {"URN": f"SC{child:06d}", "PL_POST": f"B{child % 90 + 1} 1AB", "HOME_POST": "B1 1AA"}
        came = "01/06/2022"
        years[2023].append(episode(child, came, **at, **before))
        ended = episode(child, came, when, **at, **before)
        ended |= {"REC": "X1", "REASON_PLACE_CHANGE": "PLACE"}
        years[2024] += [ended, episode(child, when, RNE="P", **at, **after)]
    return small_returns(folder, years, born)


@pytest.mark.parametrize(
    ("children", "before", "after", "when", "born", "answer"),
    [
        (40, {"PLACE": "H5", "PLACE_PROVIDER": "PR4"}, {"PLACE": "K3", "PLACE_PROVIDER": "PR4"},
         "28/10/2023", "01/08/2006", ()),
        (400, {"PLACE": "U6", "PLACE_PROVIDER": "PR5"}, {"PLACE": "U6", "PLACE_PROVIDER": "PR1"},
         "01/10/2023", "01/05/2012", ("--provider", "PR5 is in-house")),
    ],
)  # fmt: skip
def test_a_change_of_code_is_no_exit_and_no_move(
    tmp_path, children, before, after, when, born, answer
):
    folder = recoded(tmp_path / "return", children, before, after, when, born=born)
    assert new(tmp_path, "--quiet", *answer, of=folder) == 0
    read = read_return(folder, answer[1:])
    assert len(read.spelled.spells.child) == children
    assert (read.spelled.spells.why_ended == -1).all()
    area = area_today(tmp_path / "alpha")
    assert [(row.children, row.ceased) for row in area.history] == [(children, 0), (children, 0)]
    assert len(area.children) == children
    assert len({child.kind for child in area.children}) == 1
    events = rows(tmp_path / "alpha" / "rates_evidence.csv")
    moved = [row for row in events if row["parameter"].startswith(("exits.", "moves."))]
    assert sum(float(row["events"]) for row in moved) == 0


def test_a_provider_code_that_needs_an_answer_is_asked_about(tmp_path, capsys):
    codes = ({"PLACE": "U6", "PLACE_PROVIDER": each} for each in ("PR1", "PR5"))
    folder = recoded(tmp_path / "return", 30, *codes, "01/10/2023")
    assert new(tmp_path, of=folder) == 2
    said = capsys.readouterr().err
    assert "Own provision (PR1) fell from 30" in said
    assert 'provider_codes = ["PR5 is in-house from' in said
    assert "--provider" in said
    assert not (tmp_path / "alpha").exists()
    assert new(tmp_path, "--provider", "PR5 is in-house", "--quiet", of=folder) == 0
    text = (tmp_path / "alpha" / "area.toml").read_text(encoding="utf-8")
    assert 'provider_codes = ["PR5 is in-house"]' in text
    (tmp_path / "alpha" / "area.toml").write_text(
        text.replace('provider_codes = ["PR5 is in-house"]\n', ""), encoding="utf-8"
    )
    scenario = tmp_path / "alpha" / "alpha.toml"
    assert run("run", scenario, "--engine", "stock_flow", "--out", tmp_path / "out") == 2
    assert "Own provision (PR1) fell" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--start", "2030-04-01"), "must be the first of a month from 2020-04-01 to 2024-04-01"),
        (("--start", "2023-05-02"), "must be the first of a month"),
        (("--reference", 2001, 2002), "the return has the years 2020 to 2024"),
        (("--provider", "PR5 is ours"), "must read like"),
        (("--population", "nowhere.csv"), "--code"),
        (("--name", "7"), "must begin with a letter"),
    ],
)
def test_what_is_wrongly_asked_is_refused_and_nothing_is_written(tmp_path, capsys, more, words):
    assert new(tmp_path, *more) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "alpha").exists()


def test_residents_must_be_given(tmp_path, capsys):
    assert run("new", tmp_path / "alpha", "--return", EXAMPLE) == 2
    assert "--population FILE and --code" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("residents", [1, 1_379])
def test_residents_too_few_for_the_children_are_refused(tmp_path, capsys, residents):
    words = ("new", tmp_path / "alpha", "--return", EXAMPLE, "--quiet", "--residents")
    assert run(*words, residents) == 2
    said = capsys.readouterr().err
    place = tmp_path / "alpha" / "population.csv"
    rule = f"residents = {residents:,}: are too few for 138 children in care: check both"
    assert f"{place}: mid-2023: {rule}" in said
    assert not list(tmp_path.iterdir())


def test_an_area_is_not_made_within_its_return(tmp_path, capsys):
    folder = copied(tmp_path)
    assert run("new", folder / "alpha", "--return", folder, "--residents", 28_000) == 2
    assert "is in the folder of the return" in " ".join(capsys.readouterr().err.split())


def test_folders_that_are_no_return_are_refused(tmp_path, capsys):
    empty, only = tmp_path / "empty", tmp_path / "only"
    for folder in (empty, only):
        folder.mkdir()
    (only / "episodes.csv").write_bytes(sorted(EXAMPLE.rglob("*pisodes*.csv"))[0].read_bytes())
    for folder, words in ((empty, "Episodes"), (only, "Header"), (tmp_path / "no", "no such")):
        assert new(tmp_path, of=folder) == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "alpha").exists()


def test_an_area_may_be_called_area(tmp_path):
    """The scenario of a folder called area once took the place of its area file."""
    arguments = ("--return", EXAMPLE, "--residents", 28_000, "--quiet")
    assert run("new", tmp_path / "area", *arguments) == 0
    assert read_area(tmp_path / "area").start == date(2024, 4, 1)
    assert (tmp_path / "area" / "baseline.toml").is_file()


# The sample, and a council that goes on as it was ------------------------------------------------


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample is not on this machine")
def test_the_sample_becomes_an_area_with_every_child_accounted_for(tmp_path, capsys):
    assert new(tmp_path, of=SAMPLE) == 0
    said = capsys.readouterr().out
    assert "743 of 820 in the return are used, 77 left out" in said
    assert "3,737 episodes = 1,901 placements begun + 1,570 merged + 266 left out" in said
    scenario = tmp_path / "alpha" / "alpha.toml"
    assert run("run", scenario, "--engine", "stock_flow", "--out", tmp_path / "out", "--quiet") == 0


def test_forecasts_of_a_steady_council_are_not_biased(tmp_path):
    """Four councils; a type's error spreads by 17 % between councils and a total's by 3 %.

    Four standard errors of the mean are 34 % and 6 %: a bias like that of tools that let nobody
    turn 18 (40 % and 70 % more in supported accommodation) is found, chance fails 1 in 10,000.
    """
    courses = [steady_course(tmp_path / str(seed), seed) for seed in range(4)]
    forecast = np.mean([course.forecast for course in courses], axis=0)
    actual = np.mean([course.actual for course in courses], axis=0)
    assert np.allclose(forecast[0], actual[0])
    for horizon in (1, 2):
        assert forecast[horizon].sum() == pytest.approx(actual[horizon].sum(), rel=0.06)
        assert forecast[horizon, SUPPORTED] == pytest.approx(actual[horizon, SUPPORTED], rel=0.34)
