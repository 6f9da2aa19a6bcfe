"""The made-up return that ships, made again, and its area."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from lacmodel.cli import commands
from lacmodel.listed import area_today

FOLDER = Path(__file__).parent.parent / "data" / "exampleshire"
RETURN = FOLDER / "returns"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(commands, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def made_up(folder: Path, *more: object) -> Path:
    """The return, made by the command of its README."""
    choices = ("--children", 150, "--years", 5, "--until", 2024, "--seed", 7)
    run("synthesise", "--out", folder, *choices, *more)
    return folder


def test_the_return_is_what_its_readme_says(tmp_path):
    again = made_up(tmp_path / "again")
    names = {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert names == {path.relative_to(RETURN) for path in RETURN.rglob("*") if path.is_file()}
    for name in names:
        assert (again / name).read_bytes() == (RETURN / name).read_bytes(), name


def test_its_area_is_what_its_readme_says(tmp_path):
    choices = ("--residents", 28_000, "--name", "Exampleshire", "--quiet")
    run("new", tmp_path / "area", "--return", RETURN, *choices)
    shipped, made = area_today(FOLDER / "area" / "area.xlsx"), area_today(tmp_path / "area")
    assert shipped.children == made.children
    assert shipped.history == made.history
    assert shipped.supply == made.supply
    first, second = shipped.parameters, made.parameters
    for stage in ("entries", "exits", "moves", "placements", "re_entries"):
        one, other = getattr(first, stage), getattr(second, stage)
        for name in one.__dataclass_fields__:
            values = (getattr(each, name).values for each in (one, other))
            assert np.allclose(*values, rtol=1e-6), name


def test_it_is_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 320_000


@pytest.mark.parametrize("kind", ["434", "INT03", "1010", "empty-file"])
def test_dirt_is_added_and_found(tmp_path, kind):
    folder = made_up(tmp_path / "dirty", "--dirt", kind)
    found = run("check", folder, "--out", tmp_path / "out")
    clean = run("check", RETURN, "--out", tmp_path / "clean")
    assert any(line.startswith(f"{kind} ") for line in found.splitlines())
    assert not any(line.startswith(f"{kind} ") for line in clean.splitlines())


def test_unknown_dirt_is_refused_before_anything_is_written(tmp_path):
    arguments = ["synthesise", "--out", str(tmp_path / "out"), "--dirt", "mud"]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 2
    assert "mud: no such fault" in result.output
    assert not (tmp_path / "out").exists()
