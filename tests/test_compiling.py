"""The compiler's cache: an edited formula is never run in its old form."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lacmodel
from lacmodel.compiling import COMPILED

PACKAGE = Path(lacmodel.__file__).parent
SCRIPT = """
import numpy as np
from lacmodel import compiling
from lacmodel.pathway.clocks import hazards_per_day
from lacmodel.pathway.exits import ExitTables
from lacmodel.pathway.moves import MoveTables
exits = ExitTables(np.full((7, 5, 6, 9, 3), 0.001), np.ones((1, 7, 5)))
table = np.zeros((12, 5, 2))
moves = MoveTables(table, np.ones((1, 12, 5)), np.zeros((1, 9, 5, 9)), np.zeros((9, 5)),
                   np.ones((1, 12, 5)), np.zeros((1, 9, 5, 9)))
print(compiling.CACHED, round(hazards_per_day(moves, exits, 0, 0, 0, 1, 0)[0], 6))
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
    assert run_copy(tmp_path, cache) == "True 0.007"
    assert run_copy(tmp_path, cache) == "True 0.007"  # from the cache
    formula = tmp_path / "lacmodel" / "pathway" / "exits.py"
    text = formula.read_text(encoding="utf-8")
    assert "total = 0.0" in text
    formula.write_text(text.replace("total = 0.0", "total = 1.0", 1), encoding="utf-8")
    assert run_copy(tmp_path, cache) == "True 1.007"


def test_a_cache_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    blocked = tmp_path / "a file, no folder"
    blocked.write_text("", encoding="utf-8")
    assert run_copy(PACKAGE.parent, blocked) == "False 0.007"
