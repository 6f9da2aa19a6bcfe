"""`lacmodel doctor`: what is missing or blocked is named once, with what is lost."""

import importlib.abc
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lacmodel import cli
from lacmodel.cli import doctoring
from lacmodel.cli.doctoring import (
    BLOCKED,
    LIBRARIES,
    MISSING,
    WORKS,
    Library,
    try_folder,
    try_library,
    try_loopback,
    try_path_length,
)


class Refusing(importlib.abc.MetaPathFinder):
    """Refuses to import a library, as an absent one or as one that application control blocks."""

    def __init__(self, name: str, error: Exception) -> None:
        self.name, self.error = name, error

    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] == self.name:
            raise self.error


@pytest.fixture
def refuse(monkeypatch):
    def without(name: str, error: Exception) -> None:
        for module in [module for module in sys.modules if module.split(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setattr(sys, "meta_path", [Refusing(name, error), *sys.meta_path])

    return without


def run() -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(["doctor"])
    return int(left.value.code or 0)


def of(name: str) -> Library:
    return next(library for library in LIBRARIES if library.module == name)


def test_a_sound_machine_has_a_core_that_works(capsys):
    assert run() == 0
    said = capsys.readouterr().out
    assert "The core works." in said
    assert "Missing or blocked, and needed:\n  Nothing that the core needs." in said
    assert "works    numpy (numpy)" in said


def test_an_absent_library_of_an_extra_is_missing_and_the_core_works(refuse, capsys):
    refuse("streamlit", ModuleNotFoundError("No module named 'streamlit'", name="streamlit"))
    assert run() == 0
    said = capsys.readouterr().out
    assert "missing  streamlit (streamlit): the app does not start; the commands work" in said
    assert "the extra 'app' installs it" in said


def test_a_blocked_library_is_named_with_what_the_machine_says(refuse, capsys):
    refuse("docx", ImportError("DLL load failed while importing etree:\n blocked by policy"))
    assert run() == 0
    said = capsys.readouterr().out
    assert "blocked  python-docx (docx)" in said
    assert "ImportError: DLL load failed while importing etree: blocked by policy" in said
    assert "Application control often refuses libraries" in said


def test_without_a_library_of_the_core_the_exit_code_is_one(monkeypatch, capsys):
    nowhere = Library("no_such_library", "no-such-library", "core", "nothing works")
    monkeypatch.setattr(doctoring, "LIBRARIES", (nowhere,))
    assert run() == 1
    said = capsys.readouterr().out
    assert "The core does not work" in said
    assert "  no-such-library (no_such_library) is missing" in said


def test_a_library_that_lacks_another_says_which(refuse):
    refuse("docx", ModuleNotFoundError("No module named 'lxml'", name="lxml"))
    found = try_library(of("docx"))
    assert (found.state, found.words) == (MISSING, "it needs lxml; no summary.docx is written")


def test_a_folder_that_cannot_be_written_is_blocked(tmp_path, monkeypatch):
    def refused(**where):
        raise PermissionError(13, "Permission denied")

    assert try_folder("outputs folder", tmp_path / "new", "", True).state == WORKS
    monkeypatch.setattr(doctoring.tempfile, "TemporaryFile", refused)
    found = try_folder("outputs folder", tmp_path, "runs need another folder", True)
    assert found.state == BLOCKED
    assert "cannot be written (Permission denied); runs need another folder" in found.words
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("length", "windows", "state"), [
    (100, True, WORKS), (200, True, BLOCKED), (200, False, WORKS),
])  # fmt: skip
def test_a_long_path_matters_on_windows(length, windows, state):
    assert try_path_length(Path("/" + "x" * (length - 1)), windows).state == state


def test_a_machine_without_a_loopback_port_is_told_what_is_lost(monkeypatch):
    assert try_loopback().state == WORKS

    def refused(*where, **how):
        raise PermissionError(10013, "An attempt was made to access a socket")

    monkeypatch.setattr(socket, "create_server", refused)
    found = try_loopback()
    assert found.state == BLOCKED
    assert "the app cannot be shown" in found.words


def test_every_dependency_is_tried_or_needs_no_trial():
    """The libraries of pyproject.toml that nothing tries are pure Python."""
    import tomllib

    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *(name for extra in extras for name in extras[extra]
                                         if extra not in ("test", "analysis"))]  # fmt: skip
    distributions = {text.split(">")[0].strip().lower() for text in named}
    tried = {library.distribution.lower() for library in LIBRARIES}
    assert distributions - tried <= {"click", "spanned-toml"}


def test_doctor_imports_nothing_heavy_before_it_runs():
    code = "import lacmodel.cli, sys; print('numpy' in sys.modules or 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
