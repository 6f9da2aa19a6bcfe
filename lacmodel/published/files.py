"""Reading published files: every fault at once, and what is suppressed stays unknown.

Three forms are known by their columns: the DfE's counts and rates by place, the ONS's residents by
place, and a plain table with a row for a place and year. Other columns are passed over. A count
that stands twice in a file is a fault; one that stands in two files is taken from the later, and
counted as revised where they differ.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lacmodel.area.dates import calendar_year
from lacmodel.area.files import read_text
from lacmodel.faults import Fault, InputFaults
from lacmodel.published.records import COUNCIL, ENGLAND, MEASURES, REGION, Figure, Place, Published

MARKS: Final = {
    "c": "suppressed to protect children",
    "k": "less than half a per cent",
    "low": "less than half a per cent",
    "u": "of low reliability",
    "x": "not available",
    "z": "not applicable",
    ":": "not available",
    "..": "not available",
    "*": "suppressed to protect children",
    "": "not given",
}
POPULATION_TYPES: Final = {
    "Children looked after on 31 March each year": "children",
    "Children starting to be looked after each year": "started",
    "Children ceasing to be looked after each year": "ceased",
}
AGE_GROUP: Final = "Children aged 0 to 17 years"
LEVEL_NAMES: Final = {"National": ENGLAND, "Regional": REGION, "Local authority": COUNCIL}
LEVEL_OF_CODE: Final = {"E92": ENGLAND, "E12": REGION, "E13": REGION} | dict.fromkeys(
    ("E06", "E08", "E09", "E10"), COUNCIL
)
PLACE_COLUMNS: Final = (
    "time_period", "geographic_level", "country_code", "country_name", "region_code",
    "region_name", "old_la_code", "la_name", "new_la_code",
)  # fmt: skip
DFE_COLUMNS: Final = (*PLACE_COLUMNS, "population_type", "children_count", "rate_per_10000")
ONS_COLUMNS: Final = (*PLACE_COLUMNS, "age_group", "population_estimate")
PLAIN_COLUMNS: Final = (
    "code", "name", "year_ending_31_march", "children_looked_after", "started", "ceased",
    "population_0_17",
)  # fmt: skip
DFE: Final = "DfE, Children looked after in England including adoptions: {}"
ONS: Final = "ONS mid-year population estimates: {}"


class _Line(NamedTuple):
    """One row of a file with its line."""

    number: int
    cells: dict[str, str]


class _Reading(NamedTuple):
    """What is being gathered of one file."""

    path: Path
    faults: list[Fault]
    places: dict[str, Place]
    figures: dict[tuple[str, int, str], Figure]
    residents: dict[tuple[str, int], Figure]
    seen: dict[tuple[object, ...], int]  # the line on which each count stands

    def fault(self, line: int, column: str, value: object, rule: str) -> None:
        self.faults.append(Fault(self.path, f"line {line}: {column}", value, rule))


def read_published(paths: Sequence[Path]) -> Published:
    """Read files of counts and of residents, a later file revising those before it.

    Raises
    ------
    InputFaults
        with every fault of every file
    """
    faults: list[Fault] = []
    found = Published({}, {}, {})
    revised = 0
    for path in paths:
        reading = _read(path, faults)
        revised += sum(
            found.figures[key].value != figure.value
            for key, figure in reading.figures.items()
            if key in found.figures
        )
        found.places.update(reading.places)
        found.figures.update(reading.figures)
        found.residents.update(reading.residents)
    if faults:
        raise InputFaults(faults)
    return Published(found.places, found.figures, found.residents, revised)


def _read(path: Path, faults: list[Fault]) -> _Reading:
    """What one file says."""
    reading = _Reading(path, faults, {}, {}, {}, {})
    text = read_text(path, faults)
    rows = csv.reader(io.StringIO(text or "", newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        take = _form(path, header, faults) if text is not None else None
        if take is not None:
            for line in _lines(reading, header, rows):
                take(reading, line)
    except csv.Error as error:
        rule = f"is not comma-separated text ({error})"
        faults.append(Fault(path, f"line {rows.line_num}", None, rule))
    return reading


def _form(
    path: Path, header: list[str], faults: list[Fault]
) -> Callable[[_Reading, _Line], None] | None:
    """How to read a file's rows, known by the columns that only its form has."""
    forms = (
        ("children_count", DFE_COLUMNS, _take_count),
        ("age_group", ONS_COLUMNS, _take_residents),
        ("children_looked_after", PLAIN_COLUMNS, _take_plain),
    )
    for mark, columns, take in forms:
        if mark in header:
            wrong = [name for name in columns if header.count(name) != 1]
            for name in wrong:
                rule = "stands here twice" if name in header else "this column is missing"
                faults.append(Fault(path, f"line 1: {name}", None, rule))
            return None if wrong else take
    rule = (
        "is none of the files that can be read here: the DfE's counts (with a column "
        "children_count), the ONS's residents (age_group), or a table by place and year "
        "(children_looked_after)"
    )
    faults.append(Fault(path, "line 1", ",".join(header), rule))
    return None


def _lines(reading: _Reading, header: list[str], rows: Iterator[list[str]]) -> Iterator[_Line]:
    """Every row that is whole and not blank."""
    number = 1
    for row in rows:
        number += 1
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) != len(header):
            rule = f"has {len(cells)} cells; the header has {len(header)}"
            reading.faults.append(Fault(reading.path, f"line {number}", None, rule))
            continue
        yield _Line(number, dict(zip(header, cells, strict=True)))


# Cells -------------------------------------------------------------------------------------------


def _year(reading: _Reading, line: _Line, column: str) -> int | None:
    """The year of a row."""
    text = line.cells[column]
    try:
        return calendar_year(text)
    except ValueError as error:
        reading.fault(line.number, column, text, str(error))
    return None


def _count(reading: _Reading, line: _Line, column: str, source: str) -> Figure | None:
    """A whole number, or a mark that stands for one that is not given."""
    text = line.cells[column]
    if text.lower() in MARKS:
        return Figure(None, None, text.lower(), source)
    if re.fullmatch(r"[0-9]{1,9}", text):
        return Figure(int(text), None, "", source)
    marks = ", ".join(mark for mark in MARKS if mark)
    rule = f"must be a whole number without commas, or one of the marks {marks}"
    reading.fault(line.number, column, text, rule)
    return None


def _rate(reading: _Reading, line: _Line) -> float | None:
    """A rate per 10,000, or None for a mark."""
    text = line.cells["rate_per_10000"]
    if text.lower() in MARKS:
        return None
    if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", text):
        return float(text)
    rule = "must be a number from 0 to 9,999, or a mark such as c or z"
    reading.fault(line.number, "rate_per_10000", text, rule)
    return None


def _place(reading: _Reading, line: _Line) -> Place | None:
    """The place of a row in the form of the DfE and the ONS."""
    cells, level = line.cells, LEVEL_NAMES.get(line.cells["geographic_level"])
    if level is None:
        rule = f"must be one of {', '.join(LEVEL_NAMES)}"
        reading.fault(line.number, "geographic_level", cells["geographic_level"], rule)
        return None
    columns = {
        ENGLAND: ("country_code", "country_name"),
        REGION: ("region_code", "region_name"),
        COUNCIL: ("new_la_code", "la_name"),
    }
    code, name = columns[level]
    region = cells["region_code"] if level == COUNCIL else ""
    number = cells["old_la_code"] if level == COUNCIL else ""
    return _named(reading, line, (code, name), level, region, number)


def _named(
    reading: _Reading, line: _Line, columns: tuple[str, str], level: str, region: str, number: str
) -> Place | None:
    """A place whose code is a code of its level, and whose name is there."""
    code, name = (line.cells[column] for column in columns)
    if not re.fullmatch(r"E[0-9]{8}", code) or LEVEL_OF_CODE.get(code[:3]) != level:
        rule = f"is not an ONS code of {'a ' if level != ENGLAND else ''}{level}"
        reading.fault(line.number, columns[0], code, rule)
        return None
    if not name[:1].isalpha():
        reading.fault(line.number, columns[1], name, "must be a name that begins with a letter")
        return None
    place = Place(code, name, level, region, number)
    return reading.places.setdefault(code, place)


def _first(reading: _Reading, line: _Line, *key: object) -> bool:
    """Whether a count stands for the first time; a second one is a fault."""
    if key in reading.seen:
        shown = ", ".join(map(str, key))
        rule = f"stands already on line {reading.seen[key]}"
        reading.faults.append(Fault(reading.path, f"line {line.number}", shown, rule))
        return False
    reading.seen[key] = line.number
    return True


# Rows --------------------------------------------------------------------------------------------


def _take_count(reading: _Reading, line: _Line) -> None:
    """A row of the DfE's counts and rates."""
    place, year = _place(reading, line), _year(reading, line, "time_period")
    measure = POPULATION_TYPES.get(line.cells["population_type"])
    if measure is None:
        rule = f"must be one of {', '.join(POPULATION_TYPES)}"
        reading.fault(line.number, "population_type", line.cells["population_type"], rule)
    source = DFE.format(reading.path.name)
    figure = _count(reading, line, "children_count", source)
    rate = _rate(reading, line)
    if place is None or year is None or measure is None or figure is None:
        return
    if _first(reading, line, place.code, year, measure):
        reading.figures[place.code, year, measure] = figure._replace(rate_per_10000=rate)


def _take_residents(reading: _Reading, line: _Line) -> None:
    """A row of the ONS's residents; other age groups are passed over."""
    if line.cells["age_group"] != AGE_GROUP:
        return
    place, year = _place(reading, line), _year(reading, line, "time_period")
    source = ONS.format(reading.path.name)
    figure = _count(reading, line, "population_estimate", source)
    if place is None or year is None or figure is None:
        return
    if _first(reading, line, place.code, year):
        reading.residents[place.code, year] = figure


def _take_plain(reading: _Reading, line: _Line) -> None:
    """A row of the plain table; its residents are those of the mid-year before."""
    level = LEVEL_OF_CODE.get(line.cells["code"][:3], COUNCIL)
    place = _named(reading, line, ("code", "name"), level, "", "")
    year = _year(reading, line, "year_ending_31_march")
    columns = ("children_looked_after", "started", "ceased")
    source = DFE.format(reading.path.name)
    counts = [_count(reading, line, column, source) for column in columns]
    residents = _count(reading, line, "population_0_17", ONS.format(reading.path.name))
    if place is None or year is None or not _first(reading, line, place.code, year):
        return
    for measure, figure in zip(MEASURES, counts, strict=True):
        if figure is not None:
            reading.figures[place.code, year, measure] = figure
    if residents is not None:
        reading.residents[place.code, year - 1] = residents
