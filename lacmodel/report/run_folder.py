"""A run's folder: written beside its place and put there only when it is whole."""

import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from lacmodel import __version__
from lacmodel.analyses.simulate import EXPECTED
from lacmodel.compiling import COMPILER
from lacmodel.engines.ensemble import Ensemble
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import national_folder
from lacmodel.plan import Plan
from lacmodel.report.caveats import caveats
from lacmodel.report.words import counted, long_date
from lacmodel.results import TidyTable, csv_text
from lacmodel.run_files import MANIFEST as MANIFEST
from lacmodel.scenario import Scenario
from lacmodel.timeline import NEVER

CAVEATS: Final = "caveats"  # of a manifest: sentences for anybody
INTERNAL_NOTE: Final = "README.txt"  # beside the tables of an internal run
LIBRARIES: Final = ("numpy", "scipy", "simpy", "numba", "vl-convert-python")


def is_run_folder(folder: Path) -> bool:
    """Whether lacmodel wrote a folder: its manifest says so."""
    try:
        return "lacmodel" in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["versions"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def check_place(folder: Path, *read: Path) -> None:
    """Refuse to replace anything but a run folder, and any that is read.

    Raises
    ------
    InputFaults
        if a file or another folder is there, or what is read would be replaced
    """
    if folder.resolve() in [each.resolve() for each in read]:
        rule = "is read, and would be replaced: give another folder"
        raise InputFaults([Fault(folder, "", None, rule)])
    if not folder.exists() and not folder.is_symlink():
        _check_writable(folder)
        return
    if folder.is_dir() and (is_run_folder(folder) or not any(folder.iterdir())):
        return
    rule = "is there already and is not a folder that lacmodel wrote; nothing was replaced"
    raise InputFaults([Fault(folder, "", None, rule)])


def earlier_run(folder: Path) -> str:
    """The run that a folder holds, in words: how many futures, and of which day."""
    if not is_run_folder(folder):
        return ""
    made = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    try:
        when = datetime.fromisoformat(made["written"]).astimezone()
        futures = counted(int(made["futures"]), "future")
    except (KeyError, TypeError, ValueError):
        return "an earlier run"
    what = "expected numbers" if made.get("engine") == EXPECTED else futures
    return f"the run of {what} of {long_date(when)}"


def _check_writable(folder: Path) -> None:
    """Refuse a place in which no folder can be made, before anything is simulated."""
    parent = next(above for above in folder.resolve().parents if above.exists())
    try:
        with tempfile.TemporaryDirectory(dir=parent):
            pass
    except OSError as error:
        rule = f"cannot be written there ({error.strerror})"
        raise InputFaults([Fault(folder, "", None, rule)]) from error


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes its place only when all went well."""
    folder = folder.resolve()
    check_place(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    building.mkdir()
    try:
        yield building
        _put_in_place(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _put_in_place(building: Path, folder: Path) -> None:
    """Rename the old folder away and the new one in; on failure the old one comes back."""
    check_place(folder)
    if not folder.exists():
        building.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    folder.rename(old)
    try:
        building.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_tables(folder: Path, tables: Sequence[TidyTable]) -> None:
    """Write every table as CSV under ``tables/``."""
    (folder / "tables").mkdir()
    for table in tables:
        write_text(folder / "tables" / f"{table.name}.csv", csv_text(table))


def write_text(path: Path, text: str) -> None:
    """Write text the same on every system: UTF-8 and line feeds."""
    path.write_bytes(text.encode())


def input_files(scenario: Scenario, plan: Plan) -> dict[str, Path]:
    """Every file that a run was made from, by its folder's name and its own."""
    found = {scenario.path, *(origin.document.path for origin in scenario.origins)}
    found |= {*plan.area.files, national_folder() / "factors.csv"}
    named = {f"{path.resolve().parent.name}/{path.name}": path for path in found if path.is_file()}
    return dict(sorted(named.items()))


def sha256(path: Path) -> str:
    """The hash of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of lacmodel, of Python and of the libraries that make the numbers and pictures."""
    found = {"lacmodel": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def manifest(runs: Sequence[tuple[Scenario, Plan]], ensemble: Ensemble) -> dict[str, Any]:
    """What a run was made from and how, so that it can be made again."""
    inputs: dict[str, str] = {}
    for scenario, plan in runs:
        inputs |= {name: sha256(path) for name, path in input_files(scenario, plan).items()}
    return {
        "internal": any(plan.area.internal for _, plan in runs),
        "scenarios": {plan.name: plan.resolved for _, plan in runs},
        **(
            {"area": about(runs[0][1]), CAVEATS: caveats(runs[0][1].area, ensemble)} if runs else {}
        ),
        "inputs_sha256": inputs,
        "seed": ensemble.seed,
        "futures": len(ensemble.futures),
        "engine": ensemble.engine,
        "compiler": COMPILER,
        "layers": sorted(ensemble.layers),
        "versions": versions(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def read_from(folder: Path, scenario: Scenario, plan: Plan) -> dict[str, Any]:
    """Where a run's inputs lay, so that parts of it can be run again beside a later run.

    Paths are from the run folder, so that both can be moved together.
    """
    files, listed, area = input_files(scenario, plan), plan.area.placements_now, plan.area
    names = {path.resolve(): name for name, path in files.items()}
    ends = any(child.expected_end for child in area.children)
    return {
        "scenario": names[scenario.path.resolve()],
        "files": {name: _from_folder(path, folder) for name, path in files.items()},
        "placements_now": {"file": names[Path(listed.file).resolve()], "as_at": listed.as_at}
        if listed
        else None,
        "ignore_expected_ends": ends and not bool((plan.opening.expected_day < NEVER).any()),
    }


def _from_folder(path: Path, folder: Path) -> str:
    """A path from the run folder; as it is where there is no way, such as from another drive."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def about(plan: Plan) -> dict[str, Any]:
    """Which council, from when, and what its prices hold: what a later run is compared by."""
    area = plan.area
    bases = sorted({price.basis for price in area.unit_costs})
    return {"code": area.code, "name": area.name, "start": plan.period.start, "bases": bases}


def manifest_text(content: dict[str, Any]) -> str:
    """The manifest as JSON; dates and paths are written as text."""
    return json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
