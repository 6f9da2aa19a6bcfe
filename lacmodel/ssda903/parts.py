"""Tables as they stand in files: cells as text, by column, with the row that each came from."""

import csv
import gc
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree

from lacmodel.ssda903.schema import EPISODES, HEADER, OTHER_TABLES, UASC_TABLE

ALIASES: Final = {"PL": "PLACE", "CHILDID": "CHILD", "CHILD_ID": "CHILD", "UASC": "UASC_STATUS"}
SHORT: Final = "fewer cells than the heading"
LONG: Final = "more cells than the heading"


@dataclass(frozen=True, slots=True)
class Part:
    """One table of one file."""

    table: str  # its name, or blank if its columns are of no table
    columns: dict[str, Sequence[str]] = field(repr=False)
    rows: Sequence[int] = field(repr=False)  # the row of each record in its file
    uneven: dict[int, str] = field(repr=False)  # place of a row with other cells than the heading

    def __len__(self) -> int:
        return len(self.rows)


def heading(name: str) -> str:
    """A column's name as the DfE writes it.

    >>> heading(" Place Provider "), heading("PL")
    ('PLACE_PROVIDER', 'PLACE')
    """
    plain = re.sub(r"[^A-Z0-9]+", "_", name.strip().upper()).strip("_")
    return ALIASES.get(plain, plain)


def table_of(columns: Sequence[str]) -> str:
    """Which table has these columns; blank if none that is known.

    >>> table_of(["CHILD", "DECOM", "PLACE"]), table_of(["CHILD", "DOB", "SEX", "DUC"])
    ('Episodes', 'UASC')
    >>> table_of(["CHILD", "DOB", "REVIEW"]), table_of(["A", "B"])
    ('Reviews', '')
    """
    names = set(columns)
    if "CHILD" not in names:
        return ""
    if {"DECOM", "PLACE"} <= names or {"DECOM", "RNE"} <= names:
        return EPISODES
    for column, table in OTHER_TABLES.items():
        if column in names:
            return table
    if "DUC" in names:
        return UASC_TABLE
    return HEADER if "DOB" in names else ""


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause Python's search for cycles: cells have none, and it takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def parts_of_csv(text: str) -> Part:
    """The table of a CSV file."""
    rows = _records(text.rstrip("\x1a"))
    filled = [number for number, row in enumerate(rows) if row and (row[0] or _has_text(row))]
    if not filled:
        return Part("", {}, (), {})
    names = [heading(cell) for cell in rows[filled[0]]]
    table = table_of(names)
    if not table:
        return Part("", dict.fromkeys(names, ()), (), {})
    cells = [rows[number] for number in filled[1:]]
    uneven: dict[int, str] = {}
    for place in [p for p, row in enumerate(cells) if len(row) != len(names)]:
        cells[place], fault = _evened(cells[place], len(names))
        if fault:
            uneven[place] = fault
    _distrust_last_cell(text, cells, uneven)
    columns = list(zip(*cells, strict=True)) if cells else [()] * len(names)
    named: dict[str, Sequence[str]] = {}
    for name, column in zip(names, columns, strict=True):
        named.setdefault(name, column)
    return Part(table, named, [number + 1 for number in filled[1:]], uneven)


def _has_text(row: list[str]) -> bool:
    """Whether any cell of a row is not blank."""
    return any(cell.strip() for cell in row)


def _records(text: str) -> list[list[str]]:
    """Rows as a spreadsheet numbers them.

    A cell of a return has no line break, so a quotation mark that spans lines is a stray one:
    then marks are taken as text, and no row is swallowed.
    """
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    if _quotes_close(text, delimiter):
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    lines = io.StringIO(text, newline="")
    plain = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return [[cell.strip('"') for cell in row] for row in plain]


def _quotes_close(text: str, delimiter: str) -> bool:
    """Whether no quoted cell spans lines."""
    if '"' not in text:
        return True
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return not any("\n" in cell or "\r" in cell for row in reader for cell in row)
    except csv.Error:
        return False


def _evened(row: list[str], width: int) -> tuple[list[str], str]:
    """A row with as many cells as the heading, and what was wrong with it.

    >>> _evened(["a", "b", ""], 2), _evened(["a"], 2)
    ((['a', 'b'], ''), (['a', ''], 'fewer cells than the heading'))
    """
    if len(row) < width:
        return [*row, *[""] * (width - len(row))], SHORT
    return row[:width], LONG if _has_text(row[width:]) else ""


def _distrust_last_cell(text: str, cells: list[list[str]], uneven: dict[int, str]) -> None:
    """Blank the last cell that is given of a last row that breaks off; it may be cut."""
    last = len(cells) - 1
    if uneven.get(last) == SHORT and not text.endswith(("\n", "\r")):
        given = [place for place, cell in enumerate(cells[last]) if cell]
        cells[last][given[-1]] = ""


def parts_of_xml(text: str) -> list[Part]:
    """The tables of the XML form: each record is an element whose children are its cells.

    A record without CHILD belongs to the child whose element it stands in.

    Raises
    ------
    ValueError
        in words, if it is no XML or has a DOCTYPE or an entity
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("has a DOCTYPE or an entity, which a return has not; nothing was read")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        where = getattr(error, "position", ("?",))[0]
        raise ValueError(f"is no well-formed XML (line {where})") from None
    found: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, record in enumerate(_xml_records(root), start=1):
        if table := table_of(list(record)):
            found.setdefault(table, []).append((number, record))
    return [_part_of_records(table, records) for table, records in found.items()]


def _part_of_records(table: str, records: list[tuple[int, dict[str, str]]]) -> Part:
    """Records as columns; what a record lacks is blank."""
    names = dict.fromkeys(name for _, record in records for name in record)
    columns: dict[str, Sequence[str]] = {
        name: [record.get(name, "") for _, record in records] for name in names
    }
    return Part(table, columns, [number for number, _ in records], {})


def _xml_records(root: ElementTree.Element) -> Iterator[dict[str, str]]:
    """Every element that has cells, as a row; depth is walked without recursion."""
    waiting = [(root, "")]
    while waiting:
        element, child = waiting.pop()
        cells = {
            heading(part.tag.rpartition("}")[2]): (part.text or "").strip()
            for part in element
            if not len(part)
        }
        nested = (heading_of for part in element if (heading_of := _child_of(part)))
        child = cells.get("CHILD") or next(nested, child)
        if cells:
            yield {"CHILD": child, **cells} if child else cells
        waiting += [(part, child) for part in reversed(element) if len(part)]


def _child_of(element: ElementTree.Element) -> str:
    """The CHILD that an element names directly, such as a HEADER."""
    for part in element:
        if heading(part.tag.rpartition("}")[2]) == "CHILD" and not len(part):
            return (part.text or "").strip()
    return ""
