"""`lacmodel new` makes an area that runs at once, all of it or nothing."""

import csv
import re
from pathlib import Path

import pytest
from published_files import ALPHA, PLACES, both, dfe_rows, save

from lacmodel import cli
from lacmodel.area import read_area
from lacmodel.area.files import whole
from lacmodel.area.sheets import MOST_CHILDREN
from lacmodel.area.write import write_folder
from lacmodel.faults import InputFaults

FILES = {
    "README.md", "area.toml", "area.xlsx", "budget.csv", "history.csv", "opening.csv",
    "past_leavers.csv", "population.csv", "published.csv", "rates.csv", "supply.csv",
    "unit_costs.csv", "alpha.toml",
}  # fmt: skip


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def new(folder: Path, *more: object, code: str = ALPHA.code) -> int:
    """Make an area from made-up files."""
    files = folder / "files"
    files.mkdir(exist_ok=True)
    dfe, ons = both(files)
    return run(
        "new", folder / "alpha", "--published", dfe, "--population", ons, "--code", code, *more
    )


def test_new_makes_an_area_that_run_accepts_at_once(tmp_path, capsys):
    assert new(tmp_path) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines()[0] == (
        "Alphashire: 510 children in care on 31 March 2025 (64 per 10,000)."
    )
    assert {path.name for path in (tmp_path / "alpha").iterdir()} == FILES
    scenario, out = tmp_path / "alpha" / "alpha.toml", tmp_path / "out"
    assert run("run", scenario, "--engine", "stock_flow", "--out", out) == 0
    summary = (out / "summary.md").read_text(encoding="utf-8")
    assert "no budget is given" in summary
    assert "none of the places in supply.csv is known to exist" in summary
    assert "(the places are assumed: none of them is confirmed)" in summary
    assert "no budget" in capsys.readouterr().out


def test_futures_run_and_compare_without_a_budget(tmp_path, capsys):
    assert new(tmp_path) == 0
    scenario = tmp_path / "alpha" / "alpha.toml"
    more = tmp_path / "alpha" / "more.toml"
    more.write_text(
        scenario.read_text(encoding="utf-8")
        + '\n[[change]]\nlever = "entries"\nfrom = 2025-04-01\nmultiply = 1.1\nsource = "test"\n',
        encoding="utf-8",
    )
    futures = ("--futures", 4, "--workers", 1)
    assert run("compare", scenario, more, *futures, "--out", tmp_path / "out") == 0
    with (tmp_path / "out" / "tables" / "variance.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) > 5
    assert run("run", scenario, *futures, "--out", tmp_path / "one") == 0
    assert "no budget given" in (tmp_path / "one" / "report.html").read_text(encoding="utf-8")


def test_a_scenario_may_name_the_workbook_as_its_area(tmp_path, capsys):
    assert new(tmp_path) == 0
    scenario = tmp_path / "alpha" / "alpha.toml"
    tables = {}
    for area in (".", "area.xlsx"):
        text = scenario.read_text(encoding="utf-8").replace('area = "."', f'area = "{area}"')
        scenario.write_text(text, encoding="utf-8")
        out = tmp_path / f"out {area}"
        assert run("run", scenario, "--engine", "stock_flow", "--out", out) == 0
        tables[area] = [path.read_bytes() for path in sorted((out / "tables").iterdir())]
    assert tables["."] == tables["area.xlsx"]


def test_what_england_s_shares_give_can_be_fitted_again(tmp_path, capsys):
    """Figures that the run-in gave are fitted by rates that give them back."""
    from lacmodel.fitting import local
    from lacmodel.fitting.published_figures import read_published

    assert new(tmp_path) == 0
    figures = read_published(tmp_path / "alpha")
    assert figures.children == 510
    assert figures.ceased_by_age.sum() == 190
    assert local.starters_by_year(figures)[-1].sum() == pytest.approx(192 * 1.017)


def contents(folder):
    """What the files of an area hold."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


def test_fitting_again_what_is_england_s_changes_nothing(tmp_path, capsys):
    """Own homes change how often they suit a child, and nothing else about children."""
    assert new(tmp_path) == 0
    folder = tmp_path / "alpha"
    before = contents(folder)
    assert run("fit", folder) == 0
    assert "No figure of published.csv is the council's own" in capsys.readouterr().out
    assert contents(folder) == before
    supply = folder / "supply.csv"
    header, first, *rest = supply.read_text().splitlines()
    place = header.split(",").index("places")
    cells = first.split(",")
    cells[place] = str(2 * int(cells[place]))
    supply.write_text("\n".join([header, ",".join(cells), *rest]) + "\n")
    assert run("fit", folder) == 0
    old, new_rates = (
        {tuple(row.split(",")[:6]) for row in content.decode().splitlines()}
        for content in (before["rates.csv"], contents(folder)["rates.csv"])
    )
    assert {row[0] for row in old ^ new_rates} == {"placements.match_share"}
    assert contents(folder)["opening.csv"] == before["opening.csv"]


def test_figures_of_the_council_s_own_are_fitted_to(tmp_path, capsys):
    assert new(tmp_path) == 0
    published = tmp_path / "alpha" / "published.csv"
    published.write_text(published.read_text().replace(",no\n", ",yes\n", 1))
    assert run("fit", tmp_path / "alpha") == 0
    said = capsys.readouterr().out
    assert "| Published figure | Published | Modelled |" in said
    assert re.search(r"nothing changes: \d+ on 31 March 2026 \(\d+ before this fit\), ", said)


def test_another_name_and_start_and_the_day_of_release_are_used(tmp_path):
    more = ("--name", "Alpha Council", "--start", "2024-04-01", "--released", "2025-11-20")
    assert new(tmp_path, *more, "--quiet") == 0
    area = read_area(tmp_path / "alpha")
    assert (area.name, str(area.start), area.history[-1].year) == (
        "Alpha Council", "2024-04-01", 2024,
    )  # fmt: skip
    assert {str(row.published) for row in area.benchmarks} == {"2025-11-20"}


def test_an_area_that_is_there_is_kept_unless_asked(tmp_path, capsys):
    assert new(tmp_path) == 0
    folder = tmp_path / "alpha"
    (folder / "mine.toml").write_text("mine")
    before = (folder / "area.toml").read_bytes()
    assert new(tmp_path, "--name", "Other") == 2
    assert "is an area already; nothing was written (--overwrite" in capsys.readouterr().err
    assert (folder / "area.toml").read_bytes() == before
    assert new(tmp_path, "--name", "Other", "--overwrite") == 0
    assert read_area(folder).name == "Other"
    assert (folder / "mine.toml").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_figures_that_a_later_file_revises_are_said(tmp_path, capsys):
    rows = dfe_rows()
    rows[-4][-2] = "187"  # what ceased in Alphashire in 2025
    later = save(tmp_path / "later.csv", rows)
    assert new(tmp_path, "--published", later) == 0
    assert "Figures that a later file revised: 1." in capsys.readouterr().out
    assert read_area(tmp_path / "alpha").history[-1].ceased == 187


def test_a_folder_that_is_no_area_is_never_replaced(tmp_path, capsys):
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alpha" / "photo.jpg").write_text("x")
    assert new(tmp_path, "--overwrite") == 2
    assert "is there already and is not an area; nothing was written" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "alpha").iterdir()] == ["photo.jpg"]


def test_a_folder_is_written_whole_or_not_at_all(tmp_path):
    with pytest.raises(InputFaults, match="cannot be written"):
        write_folder(tmp_path / "a", {"area.toml": b"", "no/such/folder.csv": b""})
    assert list(tmp_path.iterdir()) == []


def test_bad_files_leave_nothing_and_say_every_fault(tmp_path, capsys):
    rows = dfe_rows(PLACES)
    rows[1][-2], rows[2][0] = "many", "soon"
    bad = save(tmp_path / "bad.csv", rows)
    gone = tmp_path / "gone.csv"
    out = tmp_path / "alpha"
    arguments = ("new", out, "--published", bad, "--population", gone, "--code", ALPHA.code)
    assert run(*arguments) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.split(": ", 1)[1].split(" = ")[0] for line in said] == [
        "line 2: children_count", "line 3: time_period", "there is no such file",
    ]  # fmt: skip
    assert not out.exists()


def test_new_asks_for_what_it_needs(tmp_path, capsys):
    assert run("new", tmp_path / "a") == 2
    assert "--published and --code are needed" in capsys.readouterr().err
    assert new(tmp_path, "--name", "=1+1") == 2
    assert "must begin with a letter" in capsys.readouterr().err


def test_fit_asks_for_an_area(tmp_path, capsys):
    assert run("fit", tmp_path) == 2
    assert "is neither a workbook nor the folder of an area" in capsys.readouterr().err


def test_new_refuses_what_run_would_refuse_by_the_same_rules(tmp_path, capsys):
    files, many = tmp_path / "files", (150_000, 100_001, 188)
    files.mkdir()
    dfe, ons = both(files, (*PLACES[:2], ALPHA._replace(counts=many, residents=9_000_000)))
    options = ("--published", dfe, "--population", ons, "--code", ALPHA.code)
    assert run("new", tmp_path / "alpha", *options) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{tmp_path / 'alpha'}: would be an area that cannot be run, so nothing")
    rule = f"children = 153000: {whole_rule(MOST_CHILDREN)}"
    assert f"{tmp_path / 'alpha' / 'history.csv'}: line 6: {rule}" in said
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def whole_rule(most: int) -> str:
    """The rule of a column of whole numbers."""
    with pytest.raises(ValueError, match="whole number") as caught:
        whole(0, most)("-1")
    return str(caught.value)
