"""The wrong file, or one as Excel or Word leaves it: what it is, and what to give instead."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from lacmodel.cli import BAD_INPUT, exit_code

ROOT = Path(__file__).parents[1]
AREA = ROOT / "data" / "exampleshire" / "area" / "area.xlsx"
EXAMPLESHIRE = str(ROOT / "data" / "exampleshire" / "exampleshire.toml")
HEADINGS = ["born", "in_care_since", "placement_since", "placement", "provider", "group"]
CHILD = ["2010-03", "2020-06-22", "2021-04-10", "foster", "in_house", "general"]
SCENARIO = 'title = "a"\nquestion = "b"\narea = "{area}"\n'


def refused(arguments: list[str], capsys: pytest.CaptureFixture) -> list[str]:
    assert exit_code(arguments) == BAD_INPUT
    return capsys.readouterr().err.splitlines()


def book_of(path: Path, *rows: list[str]) -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return str(path)


@pytest.fixture
def workbook(tmp_path: Path) -> str:
    return book_of(tmp_path / "a.xlsx", HEADINGS, CHILD)


def test_a_workbook_is_no_scenario(workbook: str, capsys: pytest.CaptureFixture) -> None:
    said = "is an Excel workbook, and a scenario is wanted: give the text file ending in .toml"
    assert refused(["run", workbook], capsys) == [f"{workbook}: {said}"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["cost-avoidance", str(ROOT / "scenarios" / "edge-of-care.toml"), "--log"],
        ["new", "no-area", "--code", "E10000034", "--published"],
        ["check"],
    ],
)
def test_a_workbook_is_no_text(
    arguments: list[str], workbook: str, capsys: pytest.CaptureFixture
) -> None:
    (said,) = refused([*arguments, workbook], capsys)
    assert "is an Excel workbook: save its sheet as CSV UTF-8 and give that" in said


def test_an_old_workbook_is_known_by_its_first_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "log.csv").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    arguments = ["cost-avoidance", str(ROOT / "scenarios" / "edge-of-care.toml"), "--log"]
    (said,) = refused([*arguments, str(tmp_path / "log.csv")], capsys)
    assert "is an Excel workbook" in said


def test_returns_saved_as_workbooks_are_named(
    workbook: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert refused(["check", str(tmp_path)], capsys) == [
        f"{tmp_path}: no Episodes or Header found, and Excel workbooks are not read (a.xlsx): save "
        "each sheet as CSV UTF-8"
    ]


def test_a_title_above_a_list_is_one_fault(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    listed = book_of(tmp_path / "now.xlsx", ["Placements today"], [], HEADINGS, CHILD)
    arguments = ["run", EXAMPLESHIRE, "--placements-now", listed, "--as-at", "2024-04-01"]
    assert refused(arguments, capsys) == [
        f"{listed}: Sheet: row 1 = Placements today: the headings belong in row 1, and stand in "
        "row 3: delete what is above them"
    ]


def area_with(folder: Path, sheet: str, name: str, title: str) -> list[str]:
    """The command that runs an area whose sheet has another name, or a merged title above it."""
    book = openpyxl.load_workbook(AREA)
    book[sheet].title = name
    if title:
        book[name].insert_rows(1)
        book[name]["A1"] = title
        book[name].merge_cells("A1:E1")
    book.save(folder / "area.xlsx")
    (folder / "a.toml").write_text(SCENARIO.format(area="area.xlsx"), encoding="utf-8")
    return ["run", str(folder / "a.toml")]


@pytest.mark.parametrize("sheet", ["supply", "area"])
def test_a_title_above_a_sheet_is_one_fault(
    sheet: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (said,) = refused(area_with(tmp_path, sheet, sheet, "Our own"), capsys)
    assert said.endswith(
        f"area.xlsx: {sheet}: row 1 = Our own: the headings belong in row 1, and stand in row 2: "
        "delete what is above them"
    )


def test_a_title_above_a_file_of_an_area_is_one_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    shutil.copytree(ROOT / "data" / "worcestershire-2017", tmp_path / "area")
    supply = tmp_path / "area" / "supply.csv"
    supply.write_text(f"Our own,,,\n{supply.read_text(encoding='utf-8')}", encoding="utf-8")
    (tmp_path / "a.toml").write_text(SCENARIO.format(area="area"), encoding="utf-8")
    assert refused(["run", str(tmp_path / "a.toml")], capsys) == [
        f"{supply}: line 1 = Our own: the headings belong in row 1, and stand in row 2: delete "
        "what is above them"
    ]


def test_a_sheet_of_nearly_the_name_is_suggested(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (said,) = refused(area_with(tmp_path, "unit_costs", "Unit costs", ""), capsys)
    assert said.endswith(
        "area.xlsx: unit_costs: this sheet is missing: rename the sheet 'Unit costs' to unit_costs"
    )


@pytest.mark.parametrize("line", ["title = “a”", 'title = "a”', "extends = [“a.toml”]"])
def test_the_quotes_of_word_are_named(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "a.toml").write_text(f"{line}\n", encoding="utf-8")
    (said,) = refused(["run", str(tmp_path / "a.toml")], capsys)
    assert said.endswith('(quotes must be straight, ", not curly as Word makes them)')


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("scenarios/in-house-homes", "scenarios/in-house-homes.toml"),
        ("scenarios/in-house-home.toml", "scenarios/in-house-homes.toml"),
        ("worcestershire2017.toml", "scenarios/worcestershire-2017.toml"),
    ],
)
def test_a_file_that_is_there_is_suggested(
    given: str, meant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(ROOT)
    assert refused(["run", given], capsys) == [
        f"{given}: there is no such file (did you mean {meant}?)"
    ]


def test_the_levers_are_listed_once(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    text = SCENARIO.format(area=AREA.as_posix())
    for lever in ("entrys", "entrys", "zzz"):
        text += f'[[change]]\nlever = "{lever}"\nfrom = 2024-05-01\nmultiply = 2\nsource = "s"\n'
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    first, second, third = refused(["run", str(tmp_path / "a.toml")], capsys)
    assert "must be one of entries, " in first
    assert first.endswith("(did you mean entries?)")
    assert second.endswith("change 2: lever = entrys: is no lever (did you mean entries?)")
    assert third.endswith("change 3: lever = zzz: is no lever")
