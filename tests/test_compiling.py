"""The compiler's cache: an edited formula is never run in its old form."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lacmodel
from lacmodel.compiling import CACHES_KEPT, COMPILED, empty_old_caches
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


def run_copy(folder: Path, cache: Path, script: str = SCRIPT) -> str:
    environment = os.environ | {"PYTHONPATH": str(folder), "LACMODEL_CACHE": str(cache)}
    command = [sys.executable, "-c", script]
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


# Caches of other versions -------------------------------------------------------------------------


def a_cache(root: Path, number: int, days_ago: float) -> Path:
    """The cache of a made-up version that was last used some days ago."""
    folder = root / f"{number:016x}"
    inner = folder / f"engines_{'a' * 40}"
    inner.mkdir(parents=True)
    for name in ("placing.fill-200.py311.nbi", "placing.fill-200.py311.1.nbc"):
        (inner / name).write_bytes(b"compiled")
    used = time.time() - days_ago * 24 * 3600
    os.utime(folder, (used, used))
    return folder


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_new_version_empties_all_caches_but_those_used_last(tmp_path: Path) -> None:
    days = [0.1 * (1 + number) for number in range(CACHES_KEPT + 3)]
    caches = [a_cache(tmp_path, number, ago) for number, ago in enumerate(days)]
    assert run_copy(PACKAGE.parent, tmp_path).endswith("4")
    assert [bool(files_in(cache)) for cache in caches] == [True] * (CACHES_KEPT - 1) + [False] * 4
    assert all(cache.is_dir() for cache in caches)  # whoever runs from them may still write
    more = a_cache(tmp_path, 99, days_ago=300)
    assert run_copy(PACKAGE.parent, tmp_path).endswith("4")
    assert files_in(more)  # only a version that has no cache yet looks for others


def test_a_cache_from_which_nothing_has_started_for_long_goes_altogether(tmp_path: Path) -> None:
    old, recent = a_cache(tmp_path, 1, days_ago=8), a_cache(tmp_path, 2, days_ago=6)
    empty_old_caches(tmp_path, kept=0)
    assert not old.exists()
    assert recent.is_dir()
    assert not files_in(recent)


def test_nothing_that_is_not_a_cache_is_removed(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    mine = a_cache(root, 1, days_ago=300)
    (mine / "notes.txt").write_text("mine")
    (mine / f"engines_{'a' * 40}" / "thesis.docx").write_text("mine")
    (root / "0123456789abcdef.nbc").write_text("a file")
    (root / f"{2:016x}").write_text("a file named as a cache")
    shutil.copytree(mine, root / "compiled functions")
    shutil.copytree(mine, root / "ABCDEF0123456789")
    others = [files_in(root / name) for name in ("compiled functions", "ABCDEF0123456789")]
    a_cache(elsewhere, 3, days_ago=300)
    with suppress(OSError):  # Windows may forbid links
        (root / f"{3:016x}").symlink_to(elsewhere / f"{3:016x}", target_is_directory=True)
    empty_old_caches(root, kept=0)
    assert files_in(mine) == ["notes.txt", "thesis.docx"]
    assert others == [files_in(root / name) for name in ("compiled functions", "ABCDEF0123456789")]
    assert (root / "0123456789abcdef.nbc").exists()
    assert (root / f"{2:016x}").exists()
    assert len(files_in(elsewhere)) == 2


def test_a_process_whose_cache_is_emptied_goes_on(tmp_path: Path) -> None:
    emptied = "from lacmodel.compiling import empty_old_caches, user_cache_folder\n"
    emptied += "empty_old_caches(user_cache_folder(), kept=0)\n"
    assert run_copy(PACKAGE.parent, tmp_path) == "True 4"
    last = SCRIPT.splitlines(keepends=True)[-1]
    script = SCRIPT.replace(last, emptied + last)
    assert run_copy(PACKAGE.parent, tmp_path, script) == "True 4"
    assert any(name.endswith(".nbc") for name in files_in(tmp_path))  # compiled and kept again


# Types --------------------------------------------------------------------------------------------


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
