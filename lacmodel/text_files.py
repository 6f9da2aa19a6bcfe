"""Text files that people wrote: what is said where one cannot be read, TOML, and rows of CSV."""

import csv
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from lacmodel.faults import Fault, InputFaults

SLIPS: Final = (
    (r"^$", "nothing stands after ="),
    (r"\d{1,2}/\d{1,2}/\d{2,4}", "1 October 2018 is written 2018-10-01"),
    (r"-?[\d.]+ *%", "45 % is written 0.45"),
    (r"(£|\d{1,3},\d{3})", "£5,724 is written 5724"),
    (r"[A-Za-z]", "words stand in quotes"),
)
LINE_ENDS: Final = "illegal character '\\n'"


def unread(path: Path, error: Exception) -> Fault:
    """What is said of a file that cannot be read.

    >>> print(unread(Path("a.csv"), FileNotFoundError()))
    a.csv: there is no such file
    >>> print(unread(Path("/"), PermissionError()))
    /: is a folder, and must be a file
    """
    if isinstance(error, FileNotFoundError):
        return Fault(path, "", None, "there is no such file")
    if path.is_dir():
        return Fault(path, "", None, "is a folder, and must be a file")
    if isinstance(error, UnicodeDecodeError):
        return Fault(path, "", None, "is not in UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)")
    return Fault(path, "", None, f"cannot be read ({getattr(error, 'strerror', None) or error})")


def toml_of(path: Path, text: str) -> dict[str, Any]:
    """What a text in TOML holds.

    Raises
    ------
    InputFaults
        with the line, what stands there, and what the TOML reader says
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFaults([_not_toml(path, text, str(error))]) from None


def _not_toml(path: Path, text: str, message: str) -> Fault:
    found = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", message, re.DOTALL)
    if found is None:
        words = message.removesuffix(" (at end of document)")
        return Fault(path, "its end", None, f"is not TOML: {words[:1].lower()}{words[1:]}")
    line = text.split("\n")[int(found[2]) - 1].strip()
    words = f"{found[1][:1].lower()}{found[1][1:]}"
    if words == LINE_ENDS:
        words = "the line ends within a text: a text ends with the quote it begins with"
    key, equals, value = line.partition("=")
    place, shown = (f": {key.strip()}", value.strip()) if equals else ("", line)
    rule = f"is not TOML: {words}{_hint(value) if equals else ''}"
    return Fault(path, f"line {found[2]}{place}", shown, rule)


def _hint(value: str) -> str:
    """How a value is written that people write otherwise elsewhere.

    >>> _hint(" 01/10/2018"), _hint(" 84%")
    (' (1 October 2018 is written 2018-10-01)', ' (45 % is written 0.45)')
    """
    value = value.strip()
    return next((f" ({words})" for slip, words in SLIPS if re.match(slip, value)), "")


def csv_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a comma-separated file in UTF-8 that has all of some columns.

    Raises
    ------
    InputFaults
        where it cannot be read, or naming the columns that are missing
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            found = tuple(rows.fieldnames or ())
            content = list(rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputFaults([unread(path, error)]) from error
    if missing := [name for name in columns if name not in found]:
        rule = f"has not all of its columns; missing: {', '.join(missing)}"
        raise InputFaults([Fault(path, "line 1", ",".join(found), rule)])
    for line, row in enumerate(content, start=2):
        if None in row or None in row.values():
            rule = f"has more or fewer cells than the header, which has {len(found)}"
            raise InputFaults([Fault(path, f"line {line}", None, rule)])
    return content
