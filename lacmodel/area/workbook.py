"""Reading an area from a workbook: a sheet for each file, and one for what the area file says.

Cells become the text that the file of the same name would hold, so one set of rules holds for both:
a date becomes 2025-04-01, 82% becomes 0.82, a formula what it last came to. Sheets with other
names are passed over.
"""

import re
import zipfile
from collections.abc import Container, Iterator
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from lacmodel.area.files import MOST_BYTES
from lacmodel.area.grids import Grid, Row, title_fault
from lacmodel.area.settings import (
    REQUIRED,
    REQUIRED_FILES,
    AreaText,
    in_words,
    located,
    not_needed,
)
from lacmodel.faults import Fault
from lacmodel.text_files import unread

ENDING: Final = ".xlsx"
AREA: Final = "area"  # the sheet of what the area file says
AREA_COLUMNS: Final = (
    "setting", "item", "date", "value", "published", "source", "confirmed",
)  # fmt: skip
SINGLE: Final = ("code", "name")
SETTINGS: Final = (
    *SINGLE, "start", "population_projection", "uplift", "shortage_order", "capped", "england",
    "region", "neighbour", "known", "assumption", "provider_code", "opening_return",
    "opening_return_sha256", "opening_return_year",
)  # fmt: skip
LISTS: Final = {  # the list of an area file, and the column that holds what is in it
    "capped": ("capped", "item"),
    "assumption": ("assumptions", "value"),
    "provider_code": ("provider_codes", "value"),
}
RETURN: Final = {  # the key in what an area file says of its return
    "opening_return": "folder",
    "opening_return_sha256": "sha256",
    "opening_return_year": "years",
}
RELATIONS: Final = ("england", "region", "neighbour")
MOST_UNPACKED: Final = 200_000_000  # bytes; a workbook of an area has about two million
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
FORMULA: Final = re.compile(rb"<(\w+:)?f[ >/]")  # in the XML of a sheet
NOT_SAVED: Final = (
    "is a formula whose value was not saved: open the workbook in Excel, save it, and try again"
)
DECIMALS: Final = 15  # of a number that Excel keeps


class Book(NamedTuple):
    """The cells of a workbook as text, by sheet: rows with their number, without blank ones."""

    path: Path
    sheets: dict[str, list[Row]]

    def grid(self, name: str, faults: list[Fault]) -> Grid | None:
        """The rows of a sheet, or None where there is none; what is missing is a fault elsewhere.

        Cells beyond the header are a fault, but where it is one cell, and so a title.
        """
        rows = self.sheets.get(name)
        if rows is None:
            return None
        if not rows:
            faults.append(Fault(self.path, name, None, "this sheet is empty"))
            return None
        width = len(rows[0].cells)
        width = max(len(row.cells) for row in rows) if width == 1 else width
        whole = []
        for row in rows:
            for beyond, text in enumerate(row.cells[width:], start=width):
                if text:
                    cell, rule = f"{name}!{letters(beyond)}{row.line}", "stands beyond the header"
                    faults.append(Fault(self.path, cell, text, rule))
            whole.append(Row(row.line, [*row.cells, *[""] * width][:width]))
        return _grid(self.path, name, whole)


def _grid(path: Path, name: str, rows: list[Row]) -> Grid:
    """The rows of a sheet, whose places are named by their cells."""

    def place(line: int, column: str, number: int | None) -> str:
        if number is not None:
            return f"{name}!{letters(number)}{line}"
        return f"{name}: row {line}: {column}" if column else f"{name}: row {line}"

    return Grid(path, iter(rows), place, lambda what: f"{name}: {what}")


def is_workbook(path: Path) -> bool:
    """Whether a path is a workbook by its ending."""
    return path.suffix.lower() == ENDING and not path.is_dir()


def letters(number: int) -> str:
    """The letters of a column of a sheet.

    >>> letters(0), letters(25), letters(26), letters(59)
    ('A', 'Z', 'AA', 'BH')
    """
    first, last = divmod(number, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


# Opening -----------------------------------------------------------------------------------------


def first_sheet(path: Path, faults: list[Fault]) -> Grid | None:
    """The rows of a workbook's first sheet as they are; the other sheets are not read."""
    book = open_book(path, faults, most_sheets=1)
    if book is None:
        return None
    return _grid(path, *next(iter(book.sheets.items()), ("", [])))


def open_book(
    path: Path,
    faults: list[Fault],
    most_sheets: int | None = None,
    only: Container[str] | None = None,
) -> Book | None:
    """Every cell of a workbook, or None and the faults that keep it from being read.

    Parameters
    ----------
    most_sheets : how many sheets are read, the first of them; None: all
    only : the names of sheets whose formulas must have values, as they are used; None: all
    """
    before = len(faults)
    _check_size(path, faults)
    if len(faults) > before:
        return None
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        chosen = book.worksheets[:most_sheets]
        sheets = {sheet.title: list(_rows(path, sheet, faults)) for sheet in chosen}
        if len(faults) == before and _has_formulas(path):
            faults += _unsaved(path, chosen, only)
        book.close()
    except Exception as error:  # openpyxl raises nearly anything for a file that is not sound
        rule = f"cannot be read as a workbook ({type(error).__name__}); save it again in Excel"
        faults.append(Fault(path, "", None, rule))
    return Book(path, sheets) if len(faults) == before else None


def _has_formulas(path: Path) -> bool:
    """Whether any sheet of a workbook holds a formula."""
    with zipfile.ZipFile(path) as packed:
        sheets = (name for name in packed.namelist() if name.startswith("xl/worksheets/"))
        return any(FORMULA.search(packed.read(name)) for name in sheets)


def _unsaved(path: Path, sheets: list[Any], only: Container[str] | None) -> Iterator[Fault]:
    """The formulas that have no value: a program wrote them, and nobody has saved them in Excel.

    A formula that comes to no text has a value, and is a blank cell.
    """
    import openpyxl

    formulas = openpyxl.load_workbook(path, read_only=True)
    for sheet in sheets:
        if only is None or sheet.title in only:
            other = formulas[sheet.title]
            other.reset_dimensions()
            for row, written in zip(sheet.iter_rows(), other.iter_rows(), strict=True):
                for cell, formula in zip(row, written, strict=True):
                    if formula.data_type == "f" and cell.value is None and cell.data_type == "n":
                        place = f"{sheet.title}!{formula.coordinate}"
                        text = getattr(formula.value, "text", formula.value)
                        yield Fault(path, place, text, NOT_SAVED)
    formulas.close()


def _check_size(path: Path, faults: list[Fault]) -> None:
    """Refuse what is no workbook, and one that is or unpacks to more than an area can need."""
    try:
        if path.stat().st_size > MOST_BYTES:
            faults.append(Fault(path, "", None, f"is larger than {MOST_BYTES:,} bytes"))
            return
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except OSError as error:
        faults.append(unread(path, error))
        return
    except (ValueError, zipfile.BadZipFile):
        rule = "cannot be read (it is not in the form of an .xlsx file)"
        faults.append(Fault(path, "", None, rule))
        return
    if unpacked > MOST_UNPACKED:
        rule = f"unpacks to {unpacked:,} bytes; at most {MOST_UNPACKED:,} are read"
        faults.append(Fault(path, "", None, rule))


def _rows(path: Path, sheet: Any, faults: list[Fault]) -> Iterator[Row]:
    """The rows of a sheet that are not blank, as text, without blank cells at their ends."""
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if line > MOST_ROWS:
            rule = f"has more than {MOST_ROWS:,} rows"
            faults.append(Fault(path, sheet.title, None, rule))
            return
        if len(cells) > MOST_COLUMNS:
            rule = f"has cells beyond its first {MOST_COLUMNS} columns"
            faults.append(Fault(path, f"{sheet.title}: row {line}", None, rule))
            return
        texts = [cell_text(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            yield Row(line, texts)


def cell_text(value: Any) -> str:
    """What a cell would be in a file of text.

    >>> cell_text(datetime(2025, 4, 1)), cell_text(0.82), cell_text(5.0), cell_text(True)
    ('2025-04-01', '0.82', '5', 'yes')
    >>> cell_text(None), cell_text("  own homes "), cell_text(1e-5)
    ('', 'own homes', '0.00001')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number_text(float(value))
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _number_text(value: float) -> str:
    """A number to the digits that Excel keeps, without an exponent."""
    plain = format(Decimal(f"{value:.{DECIMALS}g}"), "f")
    if "." not in plain:
        return plain
    whole, decimals = plain.split(".")
    decimals = decimals[:DECIMALS].rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


# What the area file says -------------------------------------------------------------------------


def text_of(book: Book, faults: list[Fault]) -> AreaText:
    """What the sheet ``area`` says, in the form of an area file, and which sheets are missing.

    What has a fault is left out, so that the other sheets can still be checked.
    """
    found: list[Fault] = []
    area = _area_text(book, found) if AREA in book.sheets else AreaText()
    counts = ("opening", "past_leavers")  # not missed where nothing says whether they are needed
    excused = not_needed(area) if area.model_fields_set else counts
    for name in (*REQUIRED_FILES, AREA):
        if name not in book.sheets and name not in excused:
            rule = f"this sheet is missing{_renamed(book, name)}"
            faults.append(Fault(book.path, name, None, rule))
    faults += found
    return located(area, book.path.parent)


def _renamed(book: Book, name: str) -> str:
    """What to do where a sheet has nearly the name of one that is missing; else nothing."""
    as_ours = {re.sub(r"[\W_]+", "_", title.strip().lower()): title for title in book.sheets}
    (near, *_) = [*get_close_matches(name, as_ours, n=1, cutoff=0.8), ""]
    known = (*REQUIRED_FILES, AREA)
    if not near or as_ours[near] in known:
        return ""
    return f": rename the sheet {as_ours[near]!r} to {name}"


def _area_text(book: Book, faults: list[Fault]) -> AreaText:
    """The sheet ``area`` in the form of an area file."""
    document, places = _document(book, faults)
    try:
        return AreaText.model_validate(document)
    except ValidationError as error:
        wrong = set()
        for problem in error.errors(include_url=False):
            location, shown, rule = in_words(problem)
            wrong.add(location[0])
            faults.append(Fault(book.path, _cell(places, location), shown, rule))
        sound = {name: value for name, value in document.items() if name not in wrong}
        return AreaText.model_validate(sound)


Location = tuple[str | int, ...]
Places = dict[Location, str]


def _cell(places: Places, location: Location) -> str:
    """The cell of a place in an area file, or of the nearest thing that holds it."""
    for length in range(len(location), 0, -1):
        if location[:length] in places:
            return places[location[:length]]
    return f"{AREA}: {'.'.join(map(str, location))}"


def _document(book: Book, faults: list[Fault]) -> tuple[dict[str, Any], Places]:
    """The sheet ``area`` as an area file would hold it, and the cell of each of its places."""
    document: dict[str, Any] = {}
    places: Places = {}
    grid = book.grid(AREA, faults)
    first = next(grid.rows) if grid is not None else Row(1, [])
    header = first.cells
    if grid is not None and (title := title_fault(grid, first, grid.rows, AREA_COLUMNS)):
        faults.append(title)
        return document, places
    if grid is None or sorted(header) != sorted(AREA_COLUMNS):
        rule = f"the columns must be {', '.join(AREA_COLUMNS)}"
        faults.append(Fault(book.path, f"{AREA}: row 1", ", ".join(header), rule))
        return document, places
    for row in grid.rows:
        cells = dict(zip(header, row.cells, strict=True))
        at = {name: grid.place(row.line, name, header.index(name)) for name in header}
        if cells["setting"] not in SETTINGS:
            rule = f"must be one of {', '.join(SETTINGS)}"
            faults.append(Fault(book.path, at["setting"], cells["setting"], rule))
        else:
            _add(document, places, cells, at)
    for name in REQUIRED:
        if name not in document:
            rule = "is missing: no row has this setting"
            faults.append(Fault(book.path, f"{AREA}: {name}", None, rule))
    return document, places


def _add(
    document: dict[str, Any], places: Places, cells: dict[str, str], at: dict[str, str]
) -> None:
    """Put one row of the sheet ``area`` where an area file has it."""
    setting = cells["setting"]
    if setting in (*SINGLE, "start"):
        column = "date" if setting == "start" else "value"
        document[setting] = _typed(cells[column], column) if column == "date" else cells[column]
        places[setting,] = at[column]
    elif setting in LISTS:
        name, column = LISTS[setting]
        document.setdefault(name, []).append(cells[column])
        places[name, len(document[name]) - 1] = at[column]
    elif setting in RETURN:
        key, where = RETURN[setting], ("opening_return", RETURN[setting])
        pointer = document.setdefault("opening_return", {})
        if key == "years":
            pointer.setdefault(key, {})[cells["item"]] = _typed(cells["value"], "children")
        else:
            pointer[key] = cells["value"]
        places[where] = at["value"]
    elif setting == "shortage_order":
        document.setdefault(setting, {})[cells["item"]] = cells["value"].split()
        places[setting, cells["item"]] = at["value"]
    else:
        _add_record(document, places, cells, at)


def _add_record(
    document: dict[str, Any], places: Places, cells: dict[str, str], at: dict[str, str]
) -> None:
    """Put a row that has several values where an area file has them."""
    setting = cells["setting"]
    record: dict[str, Any] = {}
    where: Location
    if setting == "population_projection":
        where, columns = (setting,), {"share_a_year": "value"}
        document[setting] = record
    elif setting == "uplift":
        where, columns = ("uplifts", cells["item"]), {"share_a_year": "value"}
        document.setdefault("uplifts", {})[cells["item"]] = record
    elif setting == "known":
        where, columns = ("known", len(document.get("known", []))), {"children": "value"}
        document.setdefault("known", []).append(record)
    else:
        where = ("benchmarks", len(document.get("benchmarks", [])))
        columns = {"name": "item", "rate_per_10000": "value", "published": "published"}
        record["relation"] = setting
        document.setdefault("benchmarks", []).append(record)
    columns |= {"source": "source"}
    columns |= {"confirmed": "confirmed"} if "share_a_year" in columns else {"date": "date"}
    places[where] = at["item"]
    for name, column in columns.items():
        places[(*where, name)] = at[column]
        if cells[column]:
            record[name] = _typed(cells[column], name)


def _typed(text: str, name: str) -> Any:
    """A cell as an area file would type it; text where it cannot be."""
    try:
        if name in ("date", "published"):
            return date.fromisoformat(text)
        if name in ("share_a_year", "rate_per_10000"):
            return float(text)
        if name == "children":
            return int(text)
    except ValueError:
        return text
    return {"yes": True, "no": False}.get(text, text) if name == "confirmed" else text
