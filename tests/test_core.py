"""The core alone: without any extra the founding case runs, and what is missing is named once."""

import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parents[1] / "scenarios" / "worcestershire-2017.toml"
# What the extras install; what the core depends on stays.
EXTRAS = (
    "numba", "llvmlite", "vl_convert", "docx", "typst", "streamlit", "pyarrow",
    "distributed", "SALib", "scoringrules",
)  # fmt: skip
WITHOUT = """
import importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{fullname!r}}", name=fullname)

sys.meta_path.insert(0, Absent())
from lacmodel.cli import main
main(sys.argv[1:])
"""


def lacmodel(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A command in a new process in which no extra can be imported."""
    program = WITHOUT.format(names=set(EXTRAS))
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)


@pytest.mark.parametrize(
    ("engine", "more"),
    [("stock_flow", ()), ("child_events", ("--futures", 2, "--workers", 1))],
)
def test_the_core_runs_the_founding_case(engine, more, tmp_path):
    out = tmp_path / "run"
    done = lacmodel("run", SCENARIO, "--engine", engine, *more, "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("Children: 767 in care on 31 March 2017")
    assert done.stdout.count("python-docx is not installed (extra report)") == 1
    assert done.stdout.count("typst is not installed (extra pdf)") == 1
    names = {path.name for path in out.iterdir()}
    assert names == {"tables", "report.html", "summary.md", "workbook.xlsx", "manifest.json"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("Charts are left out because vl-convert-python") == 1
    assert "Worcestershire" in (out / "summary.md").read_text(encoding="utf-8")


def test_doctor_says_what_the_core_lacks_and_that_it_works():
    done = lacmodel("doctor")
    assert done.returncode == 0, done.stderr
    assert "The core works." in done.stdout
    assert "missing  numba (numba): runs are slower" in done.stdout
