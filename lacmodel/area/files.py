"""Reading the small files of an area: text, columns, and every fault with its place.

A file is comma-separated, with a header, in UTF-8 (with or without a byte order mark) or, failing
that, in the code page of Windows. A column knows how to read its cells; a row that is whole becomes
a record. Nothing is guessed: what cannot be read is a fault, and so is a row that stands twice.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.area.grids import Grid, Row, title_fault
from lacmodel.faults import Fault
from lacmodel.text_files import SAVE_AS_CSV, is_workbook_content, unread

Values = dict[str, Any]
Read = Callable[[str], Any]

MOST_BYTES: Final = 20_000_000  # no file of an area comes near this


class RowFault(Exception):
    """Raised by a record's builder for a row whose cells are right but do not go together."""

    def __init__(self, column: str, value: Any, rule: str) -> None:
        super().__init__(rule)
        self.column = column
        self.value = value
        self.rule = rule
        self.more: tuple[RowFault, ...] = ()  # further faults of the row


class Column(NamedTuple):
    """A column's name, and how to read a cell: the value, or ValueError with the rule."""

    name: str
    read: Read


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: its columns, what tells rows apart, and what is made of a sound row."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]  # none: rows may be alike
    build: Callable[[Values], Values]


def words(*allowed: str) -> Read:
    """Cells that hold one of some words.

    >>> words("yes", "no")("no")
    'no'
    """

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return read


def place_in(names: tuple[str, ...]) -> Read:
    """Cells that hold one of some words, read as its place among them.

    >>> place_in(("general", "disability"))("disability")
    1
    """
    read = words(*names)
    return lambda text: names.index(read(text))


def all_or(read: Read) -> Read:
    """Cells that hold a value or the word ``all``, read as None.

    >>> all_or(whole(0, 17))("all")
    """

    def read_all(text: str) -> Any:
        if text == "all":
            return None
        try:
            return read(text)
        except ValueError as error:
            raise ValueError(f"{error}, or all") from error

    return read_all


def several(names: tuple[str, ...]) -> Read:
    """Cells that hold some of the words, with spaces between them, or ``all``.

    >>> several(("general", "disability", "uasc"))("uasc general")
    (0, 2)
    """

    def read(text: str) -> tuple[int, ...]:
        given = text.split()
        if given == ["all"]:
            return tuple(range(len(names)))
        if not given or len(set(given)) < len(given) or not set(given) <= set(names):
            raise ValueError(f"must be all, or some of {', '.join(names)} with spaces between")
        return tuple(place for place, name in enumerate(names) if name in given)

    return read


def whole(least: int, most: int) -> Read:
    """Cells that hold a whole number.

    >>> whole(0, 17)("16")
    16
    """

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least:,} to {most:,}")
        return int(text)

    return read


def number(least: int, most: int) -> Read:
    """Cells that hold a number, without a pound sign or commas.

    >>> number(0, 1)("0.82")
    0.82
    """

    def read(text: str) -> float:
        plain = re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text)
        if not plain or not math.isfinite(float(text)) or not least <= float(text) <= most:
            rule = f"must be a plain number from {least:,} to {most:,}, without £ or commas"
            raise ValueError(rule)
        return float(text)

    return read


def ages(text: str) -> tuple[int, int]:
    """The youngest and oldest age, both included, in whole years.

    >>> ages("10 to 17")
    (10, 17)
    """
    parts = re.fullmatch(r"([0-9]{1,2}) to ([0-9]{1,2})", text)
    if not parts or not int(parts[1]) <= int(parts[2]) <= 17:
        raise ValueError("must be ages from 0 to 17 written like 10 to 17")
    return int(parts[1]), int(parts[2])


def blank_or(read: Read) -> Read:
    """Cells that may be blank, read as None.

    >>> blank_or(whole(0, 17))("")
    """
    return lambda text: None if text == "" else read(text)


def source_text(text: str) -> str:
    """Where a number comes from; never blank.

    >>> source_text("DfE SFR50/2017")
    'DfE SFR50/2017'
    """
    if not text:
        raise ValueError("every number needs a source")
    return text


def some_text(text: str) -> str:
    """A name or description; never blank.

    >>> some_text("Vale Lodge")
    'Vale Lodge'
    """
    if not text:
        raise ValueError("must not be blank")
    return text


def yes_or_no(text: str) -> bool:
    """Yes or no, read as a truth value.

    >>> yes_or_no("no")
    False
    """
    return bool(words("yes", "no")(text) == "yes")


def read_text(path: Path, faults: list[Fault]) -> str | None:
    """The text of a file, or None and a fault."""
    try:
        if path.stat().st_size > MOST_BYTES:
            faults.append(Fault(path, "", None, f"is larger than {MOST_BYTES:,} bytes"))
            return None
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        faults.append(unread(path, error))
        return None
    return _decoded(path, content, faults)


def _decoded(path: Path, content: bytes, faults: list[Fault]) -> str | None:
    """The text of some bytes in UTF-8 or, failing that, Windows-1252."""
    if is_workbook_content(content):
        faults.append(Fault(path, "", None, SAVE_AS_CSV))
        return None
    if b"\x00" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        rule = "is UTF-16 or no text at all; save it as UTF-8 (in Excel: CSV UTF-8)"
        faults.append(Fault(path, "", None, rule))
        return None
    if not content.strip():
        faults.append(Fault(path, "", None, "is empty"))
        return None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    faults.append(Fault(path, "", None, "is neither UTF-8 nor Windows-1252 text"))
    return None


def csv_grid(path: Path, faults: list[Fault]) -> Grid | None:
    """The rows of a comma-separated file, or None and a fault."""
    text = read_text(path, faults)
    if text is None:
        return None
    return Grid(path, _rows(path, text, faults), _on_line, lambda place: place)


def _on_line(line: int, name: str, number: int | None) -> str:
    """A place in a text file.

    >>> _on_line(7, "places", 2)
    'line 7: places'
    """
    return f"line {line}: {name}" if name else f"line {line}"


def _rows(path: Path, text: str, faults: list[Fault]) -> Iterator[Row]:
    """Every row that is not blank, its cells without spaces at their ends."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in lines:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield Row(lines.line_num, stripped)
    except csv.Error as error:
        place = f"line {lines.line_num}"
        faults.append(Fault(path, place, None, f"is not comma-separated text ({error})"))


def _header_is_right(
    grid: Grid, header: list[str], columns: tuple[Column, ...], faults: list[Fault]
) -> bool:
    """Whether a header has every column once, in any order, and no other."""
    expected = [column.name for column in columns]
    before = len(faults)
    for name in expected:
        if header.count(name) != 1:
            rule = "this column is missing" if name not in header else "stands here twice"
            faults.append(Fault(grid.path, grid.place(1, name, None), None, rule))
    for number, name in enumerate(header):
        if name not in expected:
            rule = f"is not a column of this file; they are {', '.join(expected)}"
            faults.append(Fault(grid.path, grid.place(1, "", number), name, rule))
    return len(faults) == before


def _cells_read(
    grid: Grid, row: Row, header: list[str], columns: tuple[Column, ...], faults: list[Fault]
) -> Values:
    """The values of a row, without those of cells that have faults."""
    if len(row.cells) != len(header):
        rule = f"has {len(row.cells)} cells; the header has {len(header)}"
        faults.append(Fault(grid.path, grid.place(row.line, "", None), None, rule))
        return {}
    cells = dict(zip(header, row.cells, strict=True))
    values: Values = {}
    for column in columns:
        try:
            values[column.name] = column.read(cells[column.name])
        except ValueError as error:
            place = grid.place(row.line, column.name, header.index(column.name))
            faults.append(Fault(grid.path, place, cells[column.name], str(error)))
    return values


def read_sheet(paths: tuple[Path, ...], sheet: Sheet, faults: list[Fault]) -> list[Values]:
    """The records of one or more files of the same columns, read as one table.

    A row with a fault makes no record; every fault is added to ``faults``.
    """
    return read_grids((csv_grid(path, faults) for path in paths), sheet, faults)


def read_grids(
    grids: Iterable[Grid | None],
    sheet: Sheet,
    faults: list[Fault],
    partly: list[Values] | None = None,
) -> list[Values]:
    """The records of some grids of the same columns, read as one table, as in `read_sheet`.

    Parameters
    ----------
    partly : takes what could be read of every row, sound or not, but of those that stand twice;
        where rows are not known at all (a wrong header, a file that breaks off) an empty one
    """
    seen: dict[tuple[Any, ...], str] = {}
    records: list[Values] = []
    read: list[Values] = [] if partly is None else partly
    for grid in grids:
        if grid is not None:
            records += _records(grid, sheet, seen, faults, read)
    return records


def _records(
    grid: Grid,
    sheet: Sheet,
    seen: dict[tuple[Any, ...], str],
    faults: list[Fault],
    partly: list[Values],
) -> Iterator[Values]:
    """The records of one grid; ``seen`` holds the keys that stand already, and where."""
    first = next(grid.rows, Row(1, []))
    header, names = first.cells, [column.name for column in sheet.columns]
    if title := title_fault(grid, first, grid.rows, names):
        faults.append(title)
    if title or not _header_is_right(grid, header, sheet.columns, faults):
        partly.append({})
        return
    known = len(faults)
    for row in grid.rows:
        yield from _record(grid, row, header, sheet, seen, faults, partly)
        known = len(faults)
    if len(faults) > known:  # it broke off
        partly.append({})


def _record(
    grid: Grid, row: Row, header: list[str], sheet: Sheet, seen: dict[tuple[Any, ...], str],
    faults: list[Fault], partly: list[Values],
) -> Iterator[Values]:  # fmt: skip
    """The record of a row, if it is sound."""
    values = _cells_read(grid, row, header, sheet.columns, faults)
    if len(values) == len(sheet.columns):
        key = tuple(values[name] for name in sheet.key)
        place = grid.place(row.line, "", None)
        if sheet.key and key in seen:
            shown = ", ".join(row.cells[header.index(name)] for name in sheet.key)
            faults.append(Fault(grid.path, place, shown, f"stands already on {seen[key]}"))
            return
        seen[key] = f"{place} of {grid.path.name}"
        try:
            yield sheet.build(dict(values))
        except RowFault as first:
            for fault in (first, *first.more):
                number = header.index(fault.column) if fault.column in header else None
                named = grid.place(row.line, fault.column, number)
                faults.append(Fault(grid.path, named, fault.value, fault.rule))
    partly.append(values)
