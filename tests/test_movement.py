"""Why a forecast has moved: causes that add up to the penny, and runs that cannot be compared."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fake_runs import fake_ensemble, fake_plan, fake_scenario

from lacmodel.analyses.forecast import Forecast, forecast
from lacmodel.analyses.movement import PART_NAMES, movement, read_runs
from lacmodel.cli import commands
from lacmodel.faults import InputFaults
from lacmodel.money.spend import net_by_year
from lacmodel.report.run_folder import read_table
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
    assert moved == {"prices": year.change}
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
    assert "children who came" in result.output
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
