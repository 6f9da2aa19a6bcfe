"""Text files that people wrote: what is said where one cannot be read, and rows of CSV."""

import csv
from pathlib import Path
from typing import Final

from lacmodel.faults import Fault, InputFaults

OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"  # the first bytes of .xls
PACKED: Final = b"PK"  # the first of .xlsx, and of any zip
SAVE_AS_CSV: Final = "is an Excel workbook: save its sheet as CSV UTF-8 and give that"


def is_workbook_content(content: bytes) -> bool:
    """Whether bytes are those of an Excel workbook.

    >>> is_workbook_content(b"PK..xl/workbook.xml"), is_workbook_content(b"title = 1")
    (True, False)
    """
    packed = content.startswith(PACKED) and b"xl/" in content
    return packed or content.startswith(OLD_WORKBOOK)


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
    if isinstance(error, UnicodeDecodeError) and is_workbook_content(error.object):
        return Fault(path, "", None, SAVE_AS_CSV)
    if isinstance(error, UnicodeDecodeError):
        return Fault(path, "", None, "is not in UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)")
    return Fault(path, "", None, f"cannot be read ({getattr(error, 'strerror', None) or error})")


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
