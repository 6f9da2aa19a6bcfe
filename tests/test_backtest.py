"""The backtest scores the forecast that `run` writes, and knows nothing that came later."""

import csv
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from published_files import ALPHA, BETA, both

from lacmodel import cli
from lacmodel.analyses import backtest as testing
from lacmodel.analyses.past_scores import (
    MODEL,
    NO_CHANGE,
    OWN_FILE,
    Score,
    read_scores,
    shipped_scores,
)
from lacmodel.area import read_area
from lacmodel.faults import InputFaults
from lacmodel.fitting.rates_today import shipped, shipped_laws
from lacmodel.published.files import read_published
from lacmodel.report.backtest_words import ENOUGH_ORIGINS, how_wrong, short_rows

WORCESTERSHIRE = Path(__file__).parents[1] / "data" / "worcestershire-2017"
YEARS = range(2017, 2026)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return both(tmp_path_factory.mktemp("files"), years=YEARS)


def test_the_forecast_scored_is_that_which_run_writes(files: list[Path], tmp_path: Path) -> None:
    """`new --published` from files cut at the origin, then `run` with as many futures."""
    cut = both(tmp_path, years=range(2017, 2022))
    folder, out = tmp_path / "beta", tmp_path / "out"
    made = ("--published", cut[0], "--population", cut[1], "--code", BETA.code, "--quiet")
    assert run("new", folder, *made) == 0
    assert run("run", folder / "beta.toml", "--futures", 12, "--out", out, "--quiet") == 0
    with (out / "tables" / "children.csv").open(encoding="utf-8", newline="") as file:
        written = {
            row["date"]: float(row["p50"])
            for row in csv.DictReader(file)
            if row["unit"] == "children"
            and (row["age_band"], row["placement"], row["provider"]) == ("all", "all", "all")
        }
    task = testing.Task(BETA.code, 2021, shipped(2021))
    sample = testing.forecast_children(read_published(files), task, 5, 12, 2017, "compiled")
    for ahead, futures in enumerate(sample, start=1):
        assert np.median(futures) == written[date(2021 + ahead, 3, 31).isoformat()]


def test_nothing_later_than_the_origin_is_used(files: list[Path], tmp_path: Path) -> None:
    cut = read_published(both(tmp_path, years=range(2017, 2021)))
    task = testing.Task(ALPHA.code, 2020, shipped(2020))
    settings = (2, 3, 1, "compiled")
    early = testing.forecast_children(cut, task, *settings)
    late = testing.forecast_children(read_published(files), task, *settings)
    np.testing.assert_array_equal(early, late)
    for year in range(2014, 2027):
        until = max((y for y in shipped_laws() if y <= year), default=min(shipped_laws()))
        assert shipped(year).law == shipped_laws()[until]


def test_the_command_writes_scores_and_an_area_quotes_its_own(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "alpha", tmp_path / "out"
    made = ("--published", files[0], "--population", files[1], "--code", ALPHA.code, "--quiet")
    assert run("new", folder, *made) == 0
    many = "councils made from published totals"
    assert many in how_wrong(read_area(folder))
    few = ("--futures", 4, "--ahead", 2, "--origins", 2022, 2023, "--workers", 1)
    assert run("backtest", folder, *few, "--out", out) == 0
    said = capsys.readouterr().out
    whom = "for this area, as known at 2 origins (March 2022 to 2023), half"
    assert said.startswith(f"How wrong it has been: {whom}")
    assert "Spend and placement types cannot be scored" in said
    quoted = how_wrong(read_area(folder))
    assert quoted.index(many) < quoted.index(whom) < quoted.index("too few to judge by")
    assert quoted.endswith(said.splitlines()[0].rpartition(". ")[2])
    rows = short_rows(folder)
    assert {row[0] for row in rows} == {"74 councils", "this area, 2 origins"}
    scores = read_scores(folder / OWN_FILE)
    assert {score.origins for score in scores} == {2}
    assert {score.forecast for score in scores} == {
        MODEL, NO_CHANGE, "trend", "ETS", "constant-rate stock and flow",
    }  # fmt: skip
    assert {score.months_ahead for score in scores} == {12, 24}
    assert "How wrong has this model been?" in (out / "report.html").read_text(encoding="utf-8")
    with (out / "tables" / "backtest_forecasts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["origin"], row["months_ahead"]) for row in rows] == [
        ("2022-03-31", "12"), ("2023-03-31", "12"), ("2022-03-31", "24"), ("2023-03-31", "24"),
    ]  # fmt: skip
    assert [row["outcome"] for row in rows] == ["500", "505", "505", "510"]


def test_an_own_backtest_of_many_origins_is_quoted_alone(tmp_path: Path) -> None:
    shutil.copytree(WORCESTERSHIRE, tmp_path / "area")
    area = read_area(tmp_path / "area")
    for origins, alone in ((ENOUGH_ORIGINS - 1, False), (ENOUGH_ORIGINS, True), ("", False)):
        rows = shipped_scores()
        head = ",".join(Score._fields)
        lines = [",".join(map(str, row._replace(areas=1, origins=origins))) for row in rows]
        (tmp_path / "area" / OWN_FILE).write_text("\n".join([head, *lines]), encoding="utf-8")
        assert ("74 councils" not in how_wrong(area)) == alone
        assert " 0 origins" not in how_wrong(area)


def test_what_cannot_be_scored_is_refused(files: list[Path], tmp_path: Path) -> None:
    published = read_published(files)
    with pytest.raises(InputFaults, match="must lie from 2018 to 2024"):
        testing.backtest(published, range(2017, 2019))
    with pytest.raises(InputFaults, match="no council has"):
        testing.backtest(published, codes=("E06999999",))
    assert run("backtest", "--quiet") == 2
