"""The compiler's cache: an edited formula is never run in its old form."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lacmodel
from lacmodel.compiling import COMPILED
from lacmodel.engines.packed import packed
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

PACKAGE = Path(lacmodel.__file__).parent
SCENARIO = PACKAGE.parent / "scenarios" / "worcestershire-2017.toml"
SCRIPT = """
import numpy as np
from lacmodel import compiling
from lacmodel.pathway.clocks import reason_at
from lacmodel.pathway.exits import ExitTables
from lacmodel.timeline import Period, timeline
from datetime import date
hazard = np.zeros((7, 5, 6, 9, 3))
hazard[2], hazard[4] = 0.001, 0.003
exits = ExitTables(hazard, np.ones((24, 7, 5)))
calendar = timeline(Period(date(2017, 4, 1), 1))
print(compiling.CACHED, reason_at(calendar, exits, 7, 0, 0, -3000, -100, 1, 0, 50))
"""

pytestmark = pytest.mark.skipif(not COMPILED, reason="numba is not installed")


def run_copy(folder: Path, cache: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(folder), "LACMODEL_CACHE": str(cache)}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_edit_of_a_called_formula_in_another_file_is_seen(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "lacmodel", ignore=shutil.ignore_patterns("__pycache__"))
    cache = tmp_path / "cache"
    assert run_copy(tmp_path, cache) == "True 4"
    assert run_copy(tmp_path, cache) == "True 4"  # from the cache
    formula = tmp_path / "lacmodel" / "pathway" / "exits.py"
    text = formula.read_text(encoding="utf-8")
    assert text.count("if hazard > 0.0:") == 1
    formula.write_text(text.replace("if hazard > 0.0:", "if route == 2:"), encoding="utf-8")
    assert run_copy(tmp_path, cache) == "True 2"


def test_a_cache_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    blocked = tmp_path / "a file, no folder"
    blocked.write_text("", encoding="utf-8")
    assert run_copy(PACKAGE.parent, blocked) == "False 4"


def test_a_run_of_ten_years_is_of_the_types_of_a_run_of_one() -> None:
    scenario = read_scenario(SCENARIO)
    one, ten = (
        [
            np.asarray(stage).dtype
            for stage in packed(make_plan(replace(scenario, years=years)).world)
        ]
        for years in (1, 10)
    )
    assert one == ten
