"""A workbook is an area as its folder is; a hostile one is refused with every fault."""

import shutil
import tomllib
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published_files import ALPHA, both
from test_published import same

from lacmodel.area import read_area
from lacmodel.area.budget import BUDGET_LINES
from lacmodel.area.grids import Row
from lacmodel.area.guide import WORKBOOK, new_area_files
from lacmodel.area.workbook import MOST_ROWS, Book, first_sheet, open_book
from lacmodel.area.workbook_write import CONTENTS, workbook_bytes
from lacmodel.area.write import AreaContent, write_folder
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting.from_published import named, new_area
from lacmodel.published.files import read_published

SHIPPED = Path(__file__).parents[1] / "data" / "worcestershire-2017"


def shipped_content() -> AreaContent:
    """What the files of the shipped area hold."""
    import csv

    def rows(name: str) -> list[tuple[str, ...]]:
        with (SHIPPED / name).open(encoding="utf-8", newline="") as file:
            return [tuple(row) for row in csv.reader(file)]

    settings = tomllib.loads((SHIPPED / "area.toml").read_text(encoding="utf-8"))
    files, added = settings.pop("files"), settings.pop("added_files")
    return AreaContent(
        settings,
        {name: rows(file) for name, file in files.items()},
        {name: rows(file) for name, file in added.items()},
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new area."""
    folder = tmp_path_factory.mktemp("made")
    area = new_area(read_published(both(folder)), ALPHA.code)
    write_folder(folder / "alpha", new_area_files(area.content(), "alpha"))
    return folder / "alpha"


@pytest.fixture(scope="module")
def cells(made: Path) -> Book:
    """The cells of the new area's workbook."""
    book = open_book(made / WORKBOOK, [])
    assert book is not None
    return book


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Path:
    """A copy of the new area's workbook, for spoiling."""
    return Path(shutil.copy(made / WORKBOOK, tmp_path / "a.xlsx"))


def changed(path: Path, change: Callable[[Any], None]) -> Path:
    """The workbook after a change by somebody's spreadsheet program."""
    workbook = openpyxl.load_workbook(path)
    change(workbook)
    workbook.save(path)
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(InputFaults) as found:
        read_area(path)
    return [str(fault).replace(f"{path.parent}/", "") for fault in found.value.faults]


# The same area


def test_the_workbook_and_the_folder_of_a_new_area_are_equal(made: Path) -> None:
    assert same(read_area(made / WORKBOOK), read_area(made))


def test_the_workbook_of_the_shipped_area_is_equal_to_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "worcestershire.xlsx"
    path.write_bytes(workbook_bytes(shipped_content()))
    folder, book = read_area(SHIPPED), read_area(path)
    assert book.benchmarks == folder.benchmarks
    assert same(book, folder)


def test_the_same_area_gives_the_same_bytes() -> None:
    content = shipped_content()
    assert workbook_bytes(content) == workbook_bytes(content)


def test_real_dates_percentages_and_numbers_are_read(book: Path) -> None:
    def fill_in(workbook: Any) -> None:
        supply = workbook["supply"]
        supply["G2"], supply["I2"], supply["J2"] = datetime(2025, 10, 1), 160.0, 0.82
        supply["J2"].number_format = "0%"
        supply["G2"].number_format = "dd/mm/yyyy"

    row = read_area(changed(book, fill_in)).supply[0]
    assert (str(row.opens), row.places, row.usable_share) == ("2025-10-01", 160, 0.82)


def test_sheets_that_somebody_adds_and_blank_rows_are_passed_over(book: Path, made: Path) -> None:
    def add(workbook: Any) -> None:
        workbook.create_sheet("my notes")["A1"] = "=1/0"
        workbook["supply"].insert_rows(3)
        workbook["supply"]["A20"] = "   "

    assert same(read_area(changed(book, add)), read_area(made))


# What is written


def test_the_workbook_says_what_to_fill_in_and_helps_with_it(made: Path) -> None:
    book = openpyxl.load_workbook(made / WORKBOOK)
    assert book.sheetnames[0] == CONTENTS
    assert book.sheetnames[1:5] == ["area", "unit_costs", "supply", "budget"]
    supply = book["supply"]
    assert supply.freeze_panes == "A2"
    assert "0 to 1" in supply["J1"].comment.text
    lists = {str(each.sqref): each.formula1 for each in supply.data_validations.dataValidation}
    assert any(cells.startswith("C2") and "in_house" in words for cells, words in lists.items())
    assert any(cells.startswith("M2") and "yes,no" in words for cells, words in lists.items())
    assert isinstance(supply["I2"].value, int | float)
    assert supply.column_dimensions["L"].width > 20


def test_no_text_is_run_as_a_formula(tmp_path: Path) -> None:
    area = new_area(read_published(both(tmp_path)), ALPHA.code)
    content = named(area, '=HYPERLINK("http://x")').content()
    content.settings["assumptions"].append("=1+1")
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook_bytes(content))
    cells = [
        cell
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert read_area(path).name == '=HYPERLINK("http://x")'


# What is wrong


def test_every_fault_is_named_by_sheet_and_cell(book: Path) -> None:
    row: list[int] = []

    def spoil(workbook: Any) -> None:
        workbook["supply"]["C2"] = "agency"
        workbook["supply"]["J3"] = "82%"
        workbook["unit_costs"]["E4"] = "£655"
        workbook["history"]["A2"] = datetime(2021, 3, 31)
        workbook["area"]["C4"] = "soon"
        workbook["area"]["D5"] = "much"
        workbook["area"]["A9"] = "upliftt"
        rates = workbook["rates"]
        row.append(next(cell.row for cell in rates["A"] if str(cell.value).startswith("entries.")))
        rates[f"E{row[0]}"] = -1

    found = faults_of(changed(book, spoil))
    kinds = "must be one of in_house, external"
    assert "a.xlsx: supply!C2 = agency: " + kinds in found
    plain = "must be a plain number from 0 to"
    assert f"a.xlsx: supply!J3 = 82%: {plain} 1, without £ or commas" in found
    assert f"a.xlsx: unit_costs!E4 = £655: {plain} 1,000,000, without £ or commas" in found
    years = "must be a year from 1990 to 2100, written like 2025"
    assert f"a.xlsx: history!A2 = 2021-03-31: {years}" in found
    assert "a.xlsx: area!C4 = soon: must be a valid date" in found
    assert "a.xlsx: area!D5 = much: must be a valid number" in found
    assert any(each.startswith("a.xlsx: area!A9 = upliftt: must be one of code") for each in found)
    assert f"a.xlsx: rates!E{row[0]} = -1: must be a number of 0 or more" in found
    assert len(found) == 8


def test_missing_sheets_columns_and_settings_are_named_at_once(book: Path) -> None:
    def spoil(workbook: Any) -> None:
        del workbook["supply"], workbook["rates"]
        workbook["budget"]["A1"] = "year"
        workbook["area"].delete_rows(4)
        workbook["history"].delete_rows(1, 20)

    columns = ", ".join(column.name for column in BUDGET_LINES.columns)
    assert faults_of(changed(book, spoil)) == [
        "a.xlsx: rates: this sheet is missing",
        "a.xlsx: supply: this sheet is missing",
        "a.xlsx: area: start: is missing: no row has this setting",
        "a.xlsx: history: this sheet is empty",
        "a.xlsx: budget: row 1: financial_year: this column is missing",
        f"a.xlsx: budget!A1 = year: is not a column of this file; they are {columns}",
    ]


def test_whole_sheets_are_checked_and_named(book: Path) -> None:
    def spoil(workbook: Any) -> None:
        workbook["unit_costs"]["H2"] = "2023/24"

    assert faults_of(changed(book, spoil)) == [
        "a.xlsx: unit_costs: price_base = 2023/24, 2024/25: all unit costs must be in the prices "
        "of one year"
    ]


def test_a_formula_without_a_saved_value_is_told_from_a_blank_cell(book: Path) -> None:
    def spoil(workbook: Any) -> None:
        workbook["supply"]["I2"] = "=2*80"
        workbook["supply"]["A3"] = '=HYPERLINK("http://x")'
        workbook.create_sheet("my sums")["A1"] = "=1+1"  # passed over with all of its sheet

    rule = "is a formula whose value was not saved: open the workbook in Excel, save it, and try"
    assert faults_of(changed(book, spoil)) == [
        f"a.xlsx: supply!I2 = =2*80: {rule} again",
        f'a.xlsx: supply!A3 = =HYPERLINK("http://x"): {rule} again',
    ]


def test_a_formula_that_comes_to_no_text_is_a_blank_cell(tmp_path: Path) -> None:
    written, path = tmp_path / "written.xlsx", tmp_path / "as Excel saves it.xlsx"
    with xlsxwriter.Workbook(written) as made:
        sheet = made.add_worksheet("list")
        sheet.write_formula("A1", '=IF(1,"","x")', None, "")
        sheet.write_formula("B1", "=1+1", None, 2)
        sheet.write_string("C1", "=no formula")
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).replace(b'<c r="A1"><f>', b'<c r="A1" t="str"><f>')
            new.writestr(name, text)
    faults: list[Fault] = []
    grid = first_sheet(path, faults)
    assert not faults
    assert grid is not None
    assert [row.cells for row in grid.rows] == [["", "2", "=no formula"]]


def test_huge_and_wide_sheets_are_refused(book: Path) -> None:
    def spoil(workbook: Any) -> None:
        workbook["supply"].cell(MOST_ROWS + 5, 1, "far")
        workbook["budget"].cell(2, 80, "wide")

    assert faults_of(changed(book, spoil)) == [
        "a.xlsx: supply: has more than 20,000 rows",
        "a.xlsx: budget: row 2: has cells beyond its first 60 columns",
    ]


def test_a_cell_beyond_the_header_is_named(book: Path) -> None:
    def spoil(workbook: Any) -> None:
        workbook["history"].cell(3, 9, "beyond")

    assert faults_of(changed(book, spoil)) == [
        "a.xlsx: history!I3 = beyond: stands beyond the header"
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "cannot be read (it is not in the form of an .xlsx file)"),
        (b"name,places\n", "cannot be read (it is not in the form of an .xlsx file)"),
        (b"PK\x03\x04 cut off", "cannot be read (it is not in the form of an .xlsx file)"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert faults_of(path) == [f"a.xlsx: {rule}"]


def test_a_missing_workbook_is_named(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "a.xlsx") == ["a.xlsx: there is no such file"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(210_000_000))
    assert path.stat().st_size < 1_000_000
    assert faults_of(path) == ["a.xlsx: unpacks to 210,000,000 bytes; at most 200,000,000 are read"]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet3.xml"])
def test_a_workbook_with_a_spoilt_part_is_refused_in_words(book: Path, part: str) -> None:
    spoilt = book.with_name("b.xlsx")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            text = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;'
            new.writestr(name, text if name == part else old.read(name))
    (fault,) = faults_of(spoilt)
    assert fault.startswith("b.xlsx: cannot be read as a workbook")


CELLS = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.sampled_from(["", "all", "yes", "code", "uplift", "2024/25", "10 to 17", "E06000901"]),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_cells_raise_anything_but_faults(
    made: Path, cells: Book, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    """A few cells of a sheet with anything in them."""
    name = data.draw(st.sampled_from(sorted(cells.sheets)))
    rows = [Row(row.line, list(row.cells)) for row in cells.sheets[name]]
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        row.cells[data.draw(st.integers(0, len(row.cells) - 1))] = data.draw(CELLS).strip()
    spoilt = Book(made / WORKBOOK, {**cells.sheets, name: rows})
    monkeypatch.setattr("lacmodel.area.source.open_book", lambda path, faults, only: spoilt)
    with suppress(InputFaults):
        read_area(made / WORKBOOK)
