"""Reading a list of today's placements: one row a child, and nothing that says who it is.

The list is a CSV file or the first sheet of an Excel workbook. Months of birth stand for dates of
birth. A column that looks like a name, an identifier, a date of birth or a postcode is refused, and
its values are never shown.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.area.children import ChildInCare, month_of_birth
from lacmodel.area.dates import FIRST_YEAR, LAST_YEAR, iso_date
from lacmodel.area.files import blank_or, csv_grid, number, place_in, words
from lacmodel.area.grids import Grid, Row, title_fault
from lacmodel.area.sheets import MOST_GBP_PER_WEEK
from lacmodel.area.workbook import MOST_ROWS, first_sheet
from lacmodel.codes import ADOPTION, GROUPS, KIND_NAMES, PLACEMENTS, PROVIDERS, REASONS, TURNED_18
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import kind_named
from lacmodel.timeline import birthday

WORKBOOKS: Final = (".xlsx", ".xlsm")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NONE_OF_IT: Final = (
    "this list must hold no names, identifiers, dates of birth or postcodes; take the column out"
)
MONTH_RULE: Final = (
    "must be the month of birth, written like 2009-03; this list must hold no dates of birth"
)
DATE_RULE: Final = (
    f"must be a date written like 2026-11-01 or 01/11/2026, between {FIRST_YEAR} and {LAST_YEAR}"
)
HEADERS_OF_PERSONS: Final = re.compile(
    r"name|forename|surname|initial|\bid\b|_id\b|identifier|number|\bno\b|ref|upn|uln|nhs"
    r"|mosaic|liquid|\bdob\b|birth|post.?code|address|email|phone",
    re.IGNORECASE,
)
POSTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", re.IGNORECASE)
FULL_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}")

# What follows a placement: a reason for leaving care, or the type of the next placement. Two words
# are reasons and types; the list tells them apart.
LEAVES: Final = {{"adoption": "adopted", "other": "other_reason"}.get(name, name): place
                 for place, name in enumerate(REASONS)}  # fmt: skip


def month_read(text: str) -> tuple[date, date]:
    """The first and last day of a month, written like 2009-03, 03/2009 or Mar-09.

    >>> month_read("2009-03") == month_read("03/2009") == month_read("Mar-09")
    True
    """
    for pattern, year, month in (
        (r"([0-9]{4})-([0-9]{1,2})", 1, 2),
        (r"([0-9]{1,2})/([0-9]{4})", 2, 1),
        (r"([A-Za-z]{3})[a-z]*[- ]([0-9]{2}|[0-9]{4})", 2, 1),
    ):
        if parts := re.fullmatch(pattern, text):
            named = parts[month].lower()
            number_of = MONTHS.index(named) + 1 if named in MONTHS else _plain(named)
            years = int(parts[year]) + (2000 if len(parts[year]) == 2 else 0)
            if 1 <= number_of <= 12 and 1990 <= years <= 2100:
                return month_of_birth(years, number_of)
    raise ValueError(MONTH_RULE)


def _plain(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def date_read(text: str) -> date:
    """A date, the year first or the day first.

    >>> date_read("2026-11-01") == date_read("01/11/2026") == date(2026, 11, 1)
    True
    """
    if parts := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        text = f"{parts[3]}-{int(parts[2]):02d}-{int(parts[1]):02d}"
    try:
        return iso_date(text)
    except ValueError as error:
        raise ValueError(DATE_RULE) from error


COLUMNS: Final[dict[str, Callable[[str], Any]]] = {
    "born": month_read,
    "in_care_since": date_read,
    "placement_since": date_read,
    "placement": words(*PLACEMENTS),
    "provider": words(*PROVIDERS),
    "group": place_in(GROUPS),
    "weekly_price_gbp": blank_or(number(0, MOST_GBP_PER_WEEK)),
    "contribution_gbp_per_week": blank_or(number(0, MOST_GBP_PER_WEEK)),
    "expected_end": blank_or(date_read),
    "expected_next": blank_or(words(*LEAVES, *PLACEMENTS)),
}
MAY_BE_LEFT_OUT: Final = tuple(COLUMNS)[6:]


class Listed(NamedTuple):
    """What a list gives: its children, and how many turned 18 before the start."""

    children: tuple[ChildInCare, ...]
    turned_18: int


def read_placements_now(path: Path, as_at: date, start: date) -> Listed:
    """The children of a list.

    Parameters
    ----------
    as_at : the day of which the list is
    start : the first day of the run, on or after it

    Raises
    ------
    InputFaults
        with every fault, by row and column
    """
    faults: list[Fault] = []
    grid = _grid(path, faults)
    first, *rows = grid.rows
    header = [name.lower() for name in first.cells]
    title = title_fault(grid, first, rows, tuple(COLUMNS)[:6])
    faults += [title] if title else _header_faults(grid, header, first.line, rows)
    if faults:
        raise InputFaults(faults)
    children = []
    for row in rows:
        values = _values(grid, header, row, faults)
        if values is not None:
            before = len(faults)
            for column, value, rule in _wrong(values, as_at):
                faults.append(Fault(path, _place(grid, header, row, column), value, rule))
            children += [_child(values)] if len(faults) == before else []
    if not rows:
        faults.append(Fault(path, "", None, "lists no children"))
    if faults:
        raise InputFaults(faults)
    minors = tuple(child for child in children if birthday(child.born_to, 18) >= start)
    return Listed(minors, len(children) - len(minors))


# Cells -------------------------------------------------------------------------------------------


def _grid(path: Path, faults: list[Fault]) -> Grid:
    """The rows of the list that are not blank, the header first."""
    read = first_sheet if path.suffix.lower() in WORKBOOKS else csv_grid
    grid = read(path, faults)
    rows = list(grid.rows) if grid is not None else []
    if not rows and not faults:
        faults.append(Fault(path, "", None, "is empty"))
    if len(rows) > MOST_ROWS:
        faults.append(Fault(path, "rows", len(rows), f"has more than {MOST_ROWS:,} rows"))
    if faults or grid is None:
        raise InputFaults(faults)
    return grid._replace(rows=iter(rows))


def _place(grid: Grid, header: Sequence[str], row: Row, column: str) -> str:
    """The place of a column of a row, which may be one that is left out."""
    return grid.place(row.line, column, header.index(column) if column in header else None)


def _header_faults(
    grid: Grid, header: Sequence[str], line: int, rows: Sequence[Row]
) -> Iterator[Fault]:
    """A fault for every column that is missing, twice there, or does not belong."""
    for name in COLUMNS:
        if header.count(name) > 1 or (name not in header and name not in MAY_BE_LEFT_OUT):
            rule = "stands here twice" if name in header else "this column is missing"
            yield Fault(grid.path, grid.place(line, name, None), None, rule)
    for number_of, name in enumerate(header):
        cells = [row.cells[number_of] for row in rows if number_of < len(row.cells)]
        if name in COLUMNS or not (name or any(cells)):
            continue
        place = grid.place(line, f"column {number_of + 1}", None)
        if who := personal(name, cells):
            yield Fault(grid.path, place, None, f"looks like {who}: {NONE_OF_IT}")
        else:
            rule = f"is not a column of this list; they are {', '.join(COLUMNS)}"
            yield Fault(grid.path, place, name, rule)


def personal(header: str, cells: Sequence[str]) -> str:
    """What a column may say of who a child is, in words; blank if nothing.

    >>> personal("Child ID", []), personal("notes", ["WR5 2NP"]), personal("notes", ["short break"])
    ('a name, an identifier or an address', 'postcodes', '')
    >>> personal("key", ["102938", "102939", "110022"]), personal("x", ["14/03/2009"])
    ('identifiers', 'dates of birth')
    """
    given = [cell for cell in cells if cell]
    if HEADERS_OF_PERSONS.search(header.replace("_", " ")):
        return "a name, an identifier or an address"
    if any(POSTCODE.fullmatch(cell) for cell in given):
        return "postcodes"
    if any(FULL_DATE.fullmatch(cell) for cell in given):
        return "dates of birth"
    coded = [cell for cell in given if re.search("[0-9]", cell)]
    if len(coded) >= 3 and len(set(coded)) == len(given):
        return "identifiers"
    return ""


def _values(
    grid: Grid, header: Sequence[str], row: Row, faults: list[Fault]
) -> dict[str, Any] | None:
    """The values of a row, or None and its faults."""
    cells = dict(zip(header, [*row.cells, *[""] * len(header)], strict=False))
    if any(row.cells[len(header) :]):
        rule = f"has more cells than the header's {len(header)}"
        faults.append(Fault(grid.path, grid.place(row.line, "", None), None, rule))
        return None
    if grid.path.suffix.lower() in WORKBOOKS:  # Excel makes a day of a month that is typed
        cells["born"] = re.sub(r"^([0-9]{4}-[0-9]{2})-01$", r"\1", cells["born"])
    values: dict[str, Any] = {}
    for name, read in COLUMNS.items():
        text = cells.get(name, "")
        try:
            values[name] = read(text)
        except ValueError as error:
            shown = None if name == "born" or POSTCODE.fullmatch(text) else text
            faults.append(Fault(grid.path, _place(grid, header, row, name), shown, str(error)))
    return values if len(values) == len(COLUMNS) else None


# Rows --------------------------------------------------------------------------------------------


def _wrong(row: dict[str, Any], as_at: date) -> Iterator[tuple[str, Any, str]]:
    """Column, value and rule of everything in a row that does not go together."""
    if f"{row['placement']} {row['provider']}" not in KIND_NAMES:
        rule = f"{row['placement']} has no such provider; the kinds are {', '.join(KIND_NAMES)}"
        yield "provider", row["provider"], rule
    born, came, moved = row["born"][0], row["in_care_since"], row["placement_since"]
    if born > came:
        yield "in_care_since", came, "is before the month of birth"
    if came > as_at:
        yield "in_care_since", came, f"is after the date of the list, {as_at}"
    if not came <= moved <= as_at:
        yield "placement_since", moved, "must be from in_care_since to the date of the list"
    if birthday(row["born"][1], 18) < as_at:
        yield "born", None, f"this person is 18 or older on {as_at}, and no longer in care"
    ends = row["expected_end"]
    if ends is not None and ends < as_at:
        yield "expected_end", ends, f"is before the date of the list, {as_at}"
    if row["placement"] == row["expected_next"] == PLACEMENTS[ADOPTION]:
        yield "expected_next", row["expected_next"], "is where the child is; an order is adopted"
    if ends is None and row["expected_next"] not in (None, REASONS[TURNED_18]):
        yield "expected_next", row["expected_next"], "needs an expected_end"


def _child(row: dict[str, Any]) -> ChildInCare:
    follows = row["expected_next"]
    return ChildInCare(
        born_from=row["born"][0],
        born_to=row["born"][1],
        in_care_since=row["in_care_since"],
        placement_since=row["placement_since"],
        kind=kind_named(row["placement"], row["provider"]),
        group=row["group"],
        gbp_per_week=row["weekly_price_gbp"],
        contribution_gbp_per_week=row["contribution_gbp_per_week"],
        expected_end=row["expected_end"],
        expected_reason=LEAVES.get(follows),
        expected_need=PLACEMENTS.index(follows) if follows in PLACEMENTS else None,
    )
