"""What a run's folder says of itself: its manifest, and the rows of its tables."""

import json
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lacmodel.area.dates import iso_date
from lacmodel.area.settings import in_words
from lacmodel.faults import Fault, InputFaults
from lacmodel.text_files import csv_rows

Read = TypeVar("Read")

MANIFEST: Final = "manifest.json"
AGAIN: Final = "make the run again with this version"


class Made(BaseModel):
    """What a manifest says of a scenario."""

    title: str = ""
    changes: list[dict[str, Any]] = []


class Manifest(BaseModel):
    """What the manifest of any folder holds; it may hold more."""

    model_config = ConfigDict(strict=True)

    scenarios: dict[str, Made]
    seed: int
    futures: int
    engine: str
    layers: list[int]
    versions: dict[str, str]
    written: str


class About(BaseModel):
    """What a manifest says of the area of a run."""

    code: str
    name: str
    start: str
    bases: list[str]


class Listed(BaseModel):
    """The list of children with which a run was made, and its day."""

    file: str
    as_at: date


class ReadFrom(BaseModel):
    """Where the inputs of a run lay: paths from its folder, by the names of files."""

    scenario: str
    files: dict[str, str]
    placements_now: Listed | None
    ignore_expected_ends: bool


class RunManifest(Manifest):
    """What the manifest of a run of one scenario holds, by which it is compared and made again."""

    internal: bool
    area: About
    inputs_sha256: dict[str, str]
    read_from: Annotated[ReadFrom | None, Field(strict=False)] = None

    @model_validator(mode="after")
    def all_named(self) -> Self:
        """Whether every file that was read has a hash, and those that are named were read."""
        if lay := self.read_from:
            listed = [lay.placements_now.file] if lay.placements_now else []
            if not {lay.scenario, *listed} <= set(lay.files) <= set(self.inputs_sha256):
                raise ValueError("names files of which it holds no path or no hash")
        return self


def manifest_of(run: Path, holds: type[Manifest] = Manifest) -> dict[str, Any]:
    """The manifest of a run's folder, which holds at least what is asked for.

    Raises
    ------
    InputFaults
        where the folder is none that lacmodel wrote, is published, or is of another version
    """
    try:
        made = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = None
    if not isinstance(made, dict) or "versions" not in made:
        rule = "is not the folder of a run, such as lacmodel run writes in outputs/"
        raise InputFaults([Fault(run, "", None, rule)])
    if made.get("published"):
        rule = "is published already, and its numbers are suppressed; name the run it was made of"
        raise InputFaults([Fault(run, "", None, rule)])
    if not isinstance(made.get("scenarios"), dict):
        rule = f"names no scenarios, as an old version wrote it; {AGAIN}"
        raise InputFaults([Fault(run / MANIFEST, "", None, rule)])
    try:
        holds.model_validate(made)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        raise InputFaults([_fault(run / MANIFEST, problem) for problem in problems]) from error
    return made


def _fault(path: Path, problem: Any) -> Fault:
    """What pydantic found in a manifest, in the user's words."""
    location, value, rule = in_words(problem)
    return Fault(path, ".".join(map(str, location)), value, f"{rule}; {AGAIN}")


def of_both(old: Path, new: Path, read: Callable[[Path], Read]) -> tuple[Read, Read]:
    """What is read of two runs' folders.

    Raises
    ------
    InputFaults
        with the faults of both at once
    """
    found, faults = [], []
    for run in (old, new):
        try:
            found.append(read(run))
        except InputFaults as error:
            faults += error.faults
    if faults:
        raise InputFaults(faults)
    return found[0], found[1]


def table_path(run: Path, name: str) -> Path:
    """Where a table of a run stands."""
    return run / "tables" / f"{name}.csv"


def table_rows(
    run: Path, name: str, words: tuple[str, ...], numbers: tuple[str, ...],
    dates: tuple[str, ...] = (),
) -> list[dict[str, str]]:  # fmt: skip
    """The rows of a table of a run: columns of words, of numbers (or blanks) and of dates.

    Raises
    ------
    InputFaults
        where it cannot be read, has not these columns, or holds something else in them
    """
    path = table_path(run, name)
    if not path.is_file():
        raise InputFaults([Fault(run, "", None, f"has no table {name}; {AGAIN}")])
    rows = csv_rows(path, (*words, *dates, *numbers))
    faults = [
        Fault(path, f"line {line}: {column}", row[column], f"{rule}; {AGAIN}")
        for line, row in enumerate(rows, start=2)
        for columns, rule_of in ((dates, date_rule), (numbers, number_rule))
        for column in columns
        if (rule := rule_of(row[column]))
    ]
    if faults:
        raise InputFaults(faults)
    return rows


def number_rule(text: str) -> str:
    """What is wrong with a cell that must be blank or hold a finite number, or nothing.

    >>> number_rule(""), number_rule("3.5"), number_rule("c"), number_rule("nan")
    ('', '', 'must be a number', 'must be a number')
    """
    try:
        sound = not text or math.isfinite(float(text))
    except ValueError:
        sound = False
    return "" if sound else "must be a number"


def date_rule(text: str) -> str:
    """What is wrong with a cell that must hold a date, or nothing.

    >>> date_rule("2017-04-31")
    'must be a date written like 2017-04-01, between 1990 and 2100'
    """
    try:
        iso_date(text)
    except ValueError as error:
        return str(error)
    return ""
