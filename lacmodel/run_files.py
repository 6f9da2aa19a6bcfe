"""What a run's folder says of itself: its manifest, and the rows of its tables."""

import json
import math
from pathlib import Path
from typing import Any, Final

from lacmodel.faults import Fault, InputFaults
from lacmodel.text_files import csv_rows

MANIFEST: Final = "manifest.json"
AGAIN: Final = "make the run again with this version"


def manifest_of(run: Path) -> dict[str, Any]:
    """The manifest of a run's folder.

    Raises
    ------
    InputFaults
        where the folder is none that lacmodel wrote, or one of an old version
    """
    try:
        made = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = None
    if not isinstance(made, dict) or "versions" not in made:
        rule = "is not the folder of a run, such as lacmodel run writes in outputs/"
        raise InputFaults([Fault(run, "", None, rule)])
    if not isinstance(made.get("scenarios"), dict):
        rule = f"names no scenarios, as an old version wrote it; {AGAIN}"
        raise InputFaults([Fault(run / MANIFEST, "", None, rule)])
    return made


def table_path(run: Path, name: str) -> Path:
    """Where a table of a run stands."""
    return run / "tables" / f"{name}.csv"


def table_rows(
    run: Path, name: str, words: tuple[str, ...], numbers: tuple[str, ...]
) -> list[dict[str, str]]:
    """The rows of a table of a run, which has columns of words and of numbers (or blanks).

    Raises
    ------
    InputFaults
        where it cannot be read, has not these columns, or holds something else than numbers
    """
    path = table_path(run, name)
    rows = csv_rows(path, (*words, *numbers))
    faults = [
        Fault(path, f"line {line}: {column}", row[column], f"must be a number; {AGAIN}")
        for line, row in enumerate(rows, start=2)
        for column in numbers
        if not _is_number(row[column])
    ]
    if faults:
        raise InputFaults(faults)
    return rows


def _is_number(text: str) -> bool:
    """Whether a cell is blank or holds a finite number.

    >>> _is_number(""), _is_number("3.5"), _is_number("c"), _is_number("nan")
    (True, True, False, False)
    """
    try:
        return not text or math.isfinite(float(text))
    except ValueError:
        return False
