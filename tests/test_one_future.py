"""One future alone: a course of events without range or chance, and only one that there is."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_runs import fake_ensemble, fake_forecast, fake_plan, read_table

from lacmodel import cli
from lacmodel.analyses.forecast import Forecast, forecast, headline
from lacmodel.report.page import forecast_page
from lacmodel.report.run_folder import manifest
from lacmodel.report.summary import answer_lines, summary
from lacmodel.results import QUANTILE_COLUMNS

BASELINE = str(Path(__file__).parents[1] / "scenarios" / "worcestershire-2017.toml")
SAID = "This is one future alone, number 7:"


@pytest.fixture(scope="module")
def alone() -> Forecast:
    plan = fake_plan()
    return forecast(plan, replace(fake_ensemble(plan, futures=1), futures=(7,)))


def test_one_future_has_no_range_and_no_chance(alone: Forecast) -> None:
    answer = headline(alone)
    ranges = [answer.short, *(row.children for row in answer.outlook)]
    ranges += [year.net for year in answer.spend]
    assert {end for spread in ranges for end in spread[1:]} == {None}
    assert {year.chance_over for year in answer.spend} == {None}
    many = headline(fake_forecast())
    assert many.spend[0].chance_over is not None
    assert many.short.low is not None


def test_one_future_says_so_before_anything_else(alone: Forecast) -> None:
    assert answer_lines(alone)[0].startswith(SAID)
    page = forecast_page(alone, manifest([], alone.ensemble))
    assert SAID in page
    assert "course of future 7" in page
    for words in (summary(alone), page):
        assert "one chance in ten" not in words
        assert "of 1 futures" not in words
    assert not any("one future alone" in line for line in answer_lines(fake_forecast()))


def test_a_replay_shows_its_path_and_lies_beside_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["run", BASELINE, "--future", "7", "--tables-only", "--workers", "1"]
    assert cli.exit_code(words) == 0
    said = capsys.readouterr().out
    assert said.startswith(SAID)
    assert "Chance of" not in said
    (folder,) = Path("outputs").iterdir()
    assert folder.name == "worcestershire-2017-future-7"
    rows = read_table(folder, "children")
    path = [row for row in rows if row["age_band"] == row["placement"] == "all"]
    assert all(row["mean"] for row in path)
    for table in ("children", "flows", "spend", "committed", "high_cost", "stability"):
        ends = {row[name] for row in read_table(folder, table) for name in QUANTILE_COLUMNS[1:]}
        assert ends == {""}, table


@pytest.mark.parametrize("future", ["-1", "4", str(10**20)])
def test_a_future_that_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], future: str
) -> None:
    place = tmp_path / "out"
    words = ["run", BASELINE, "--futures", "4", "--future", future, "--out", str(place)]
    assert cli.exit_code(words) == 2
    said = capsys.readouterr().err
    assert f"--future = {future}: futures are numbered from 0 to 3;" in said
    assert not place.exists()
