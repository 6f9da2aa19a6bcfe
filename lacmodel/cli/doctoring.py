"""The command that says what works on this machine, for its user and for an IT desk: `doctor`."""

import importlib
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

import click

from lacmodel import __version__
from lacmodel.cli.options import DEBUG, OUTPUTS

CORE: Final = "core"
WORKS: Final = "works"
MISSING: Final = "missing"
BLOCKED: Final = "blocked"
LONGEST_BELOW: Final = 110  # characters of the longest path that lacmodel writes below a folder
LONGEST_PATH: Final = 260  # on Windows, unless long paths are switched on
SECONDS: Final = 20
WORK: Final = "lacmodel does not work without it"
HELLO: Final = "lacmodel"  # sent to and fro on the loopback port


class Library(NamedTuple):
    """A library with compiled parts, or that others need, and what is lost without it."""

    module: str
    distribution: str
    extra: str  # CORE, or the extra that installs it
    lost: str


LIBRARIES: Final = (
    Library("numpy", "numpy", CORE, WORK),
    Library("scipy.optimize", "scipy", CORE, WORK),
    Library("scipy.stats", "scipy", CORE, WORK),
    Library("pandas", "pandas", CORE, WORK),
    Library("statsmodels.api", "statsmodels", CORE, "rates cannot be fitted to a return"),
    Library("pydantic", "pydantic", CORE, WORK),
    Library("pandera.pandas", "pandera", CORE, "returns cannot be read"),
    Library("simpy", "simpy", CORE, WORK),
    Library("joblib", "joblib", CORE, WORK),
    Library("openpyxl", "openpyxl", CORE, "workbooks cannot be read"),
    Library("xlsxwriter", "xlsxwriter", CORE, "workbooks cannot be written"),
    Library("rich", "rich", CORE, "no bar shows how far a run is"),
    Library("numba", "numba", "fast", "runs are slower, with 200 futures in place of 1,000"),
    Library("vl_convert", "vl-convert-python", "report", "reports have tables and no charts"),
    Library("docx", "python-docx", "report", "no summary.docx is written"),
    Library("typst", "typst", "pdf", "no summary.pdf is written"),
    Library("streamlit", "streamlit", "app", "the app does not start; the commands work"),
    Library("pyarrow.parquet", "pyarrow", "app", "no app, and no children one by one (--spells)"),
    Library("distributed", "distributed", "cluster", "futures run on this machine alone"),
)


class Finding(NamedTuple):
    """What was tried, how it went, and what that means."""

    what: str
    state: str  # WORKS, MISSING or BLOCKED
    version: str
    words: str  # what is lost, and what the machine said
    needed: bool  # whether lacmodel works without it

    @property
    def line(self) -> str:
        """The finding as a line of the page."""
        about = f" {self.version}" if self.version else ""
        words = f": {self.words}" if self.words else ""
        return f"{self.state:<8} {self.what}{about}{words}"


def try_library(library: Library) -> Finding:
    """Import a library, compiled parts and all."""
    needed = library.extra == CORE
    name = f"{library.distribution} ({library.module})"
    extra = "" if needed else f"; the extra '{library.extra}' installs it"
    try:
        importlib.import_module(library.module)
        if library.module == "numba":
            _compile_a_function()
    except ModuleNotFoundError as error:
        if library.module.split(".")[0] == error.name:
            return Finding(name, MISSING, "", f"{library.lost}{extra}", needed)
        return Finding(name, MISSING, "", f"it needs {error.name}; {library.lost}", needed)
    except Exception as error:  # a blocked library raises more than ImportError
        said = " ".join(str(error).split())[:160]
        words = f"{library.lost}. The machine says: {type(error).__name__}: {said}"
        return Finding(name, BLOCKED, version_of(library.distribution), words, needed)
    return Finding(name, WORKS, version_of(library.distribution), "", needed)


def _compile_a_function() -> None:
    """Compile and call one function, which loads what numba needs to do so."""
    import numba

    if numba.njit(lambda number: number + 1)(1) != 2:
        raise ImportError("a compiled function gives a wrong answer")


def version_of(distribution: str) -> str:
    """The version of what is installed, or nothing."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def try_folders() -> Iterator[Finding]:
    """Write a file in each folder that lacmodel writes to."""
    from lacmodel.compiling import user_cache_folder

    yield try_folder("outputs folder", OUTPUTS.resolve(), "runs need another folder (--out)", True)
    cache = user_cache_folder()
    yield try_folder("cache folder", cache, "the model is compiled anew in every run", False)
    temporary = Path(tempfile.gettempdir())
    yield try_folder("temporary folder", temporary, "some libraries do not work", False)


def try_folder(name: str, folder: Path, lost: str, needed: bool) -> Finding:
    """Make a file in a folder, or in the nearest above it that is there."""
    there = next(above for above in (folder, *folder.parents) if above.is_dir())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        words = f"{folder} cannot be written ({error.strerror}); {lost}"
        return Finding(name, BLOCKED, "", words, needed)
    return Finding(name, WORKS, "", str(folder), needed)


def try_path_length(folder: Path, windows: bool) -> Finding:
    """Whether the longest path below a folder is short enough for Windows."""
    longest = len(str(folder)) + LONGEST_BELOW
    words = f"{len(str(folder))} characters, with what lacmodel writes below about {longest}"
    if longest < LONGEST_PATH or not windows:
        return Finding("path length", WORKS, "", words, False)
    words += f"; Windows allows {LONGEST_PATH} unless long paths are on: use a shorter folder"
    return Finding("path length", BLOCKED, "", words, False)


def try_loopback() -> Finding:
    """Send something to this machine itself, as the app and its browser do."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(SECONDS)
            with socket.create_connection(server.getsockname(), SECONDS) as client:
                there, _ = server.accept()
                with there:
                    client.sendall(HELLO.encode())
                    came = there.recv(len(HELLO)).decode()
        if came != HELLO:
            raise OSError("something else came back")
    except OSError as error:
        words = f"the app cannot be shown ({error}); the commands work"
        return Finding("port on 127.0.0.1", BLOCKED, "", words, False)
    return Finding("port on 127.0.0.1", WORKS, "", "nothing listens after this test", False)


def try_worker() -> Finding:
    """Start a second Python, as runs with several workers do."""
    command = [sys.executable, "-I", "-c", "pass"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        words = f"use --workers 1 ({type(error).__name__})"
        return Finding("second process", BLOCKED, "", words, False)
    return Finding("second process", WORKS, "", "", False)


def findings() -> list[Finding]:
    """Everything that is tried, in order."""
    libraries = [try_library(library) for library in LIBRARIES]
    here = try_path_length(Path.cwd(), windows=sys.platform == "win32")
    return [*libraries, *try_folders(), here, try_loopback(), try_worker()]


def page(found: list[Finding]) -> list[str]:
    """The page for an IT desk: what this is, what works, and what is missing or blocked."""
    wrong = [one for one in found if one.state != WORKS]
    core = [one for one in wrong if one.needed]
    bits = 64 if sys.maxsize > 2**32 else 32
    verdict = "The core works." if not core else "The core does not work; see what is needed below."
    lost = [f"{one.what} is {one.state}" for one in core] or ["Nothing that the core needs."]
    return [
        f"lacmodel {__version__} on {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()} ({bits} bit), {os.cpu_count()} processors.",
        f"Python is {sys.executable}; lacmodel is in {Path(__file__).resolve().parents[1]}.",
        "It runs in this folder with the rights of its user, installs nothing and sends nothing.",
        verdict,
        "",
        "Missing or blocked, and needed:",
        *(f"  {line}" for line in lost),
        "Missing or blocked, and not needed:",
        *([f"  {one.line}" for one in wrong if not one.needed] or ["  Nothing."]),
        "",
        "What was tried:",
        *(f"  {one.line}" for one in found),
        *_for_it_desk(wrong),
    ]


def _for_it_desk(wrong: list[Finding]) -> list[str]:
    """What to ask for where something is blocked."""
    if not any(one.state == BLOCKED for one in wrong):
        return []
    return [
        "",
        "What is blocked is there but may not be used. Application control often refuses libraries "
        "that nobody has signed: allow the folder of the Python above, by path or by hash, or "
        "install without the extra that is named.",
    ]


@click.command()
@DEBUG
def doctor() -> None:
    """What works on this machine, what does not, and what is lost: a page for an IT desk."""
    found = findings()
    click.echo("\n".join(page(found)))
    if any(one.needed and one.state != WORKS for one in found):
        raise click.exceptions.Exit(1)
