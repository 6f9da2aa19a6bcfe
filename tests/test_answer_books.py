"""The workbooks of other answers than a run's: they open, and hold what the CSV files hold."""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_runs import WORCESTERSHIRE, read_table
from openpyxl import load_workbook

from lacmodel.area import read_area
from lacmodel.cli import exit_code
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.backtest_words import how_wrong
from lacmodel.results import TidyTable

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FEW = ("--futures", "4", "--quiet")
COMMANDS = {
    "compare": ("worcestershire-2017", "recovery-plan"),
    "business-case": ("in-house-homes",),
    "cost-avoidance": ("edge-of-care",),
    "sufficiency": ("worcestershire-2017",),
}


@pytest.fixture(scope="module", params=COMMANDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a command, on few futures."""
    made = tmp_path_factory.mktemp("answers") / "out"
    names = (str(SCENARIOS / f"{name}.toml") for name in COMMANDS[request.param])
    assert exit_code([request.param, *names, *FEW, "--out", str(made)]) == 0
    return made


def test_every_sheet_of_a_table_holds_the_numbers_of_its_csv_file(folder: Path):
    book = load_workbook(folder / "workbook.xlsx", read_only=False)
    assert book.sheetnames[:2] == ["Contents", "Answer"]
    assert book.sheetnames[-1] == "Method"
    compared = 0
    for path in sorted((folder / "tables").glob("*.csv")):
        name = path.stem.replace("_", " ").capitalize()
        if name not in book.sheetnames:
            continue
        rows = read_table(folder, path.stem)
        cells = list(book[name].iter_rows(min_row=5, values_only=True))
        assert len(cells) == len(rows)
        for column, head in enumerate(rows[0]):
            numbers = [row[column] for row in cells if isinstance(row[column], float | int)]
            if numbers:
                compared += 1
                text = sum(float(row[head]) for row in rows if row[head])
                assert sum(numbers) == pytest.approx(text, rel=1e-9), (name, head)
    assert compared > 3


def test_past_errors_stand_in_the_summary_the_report_and_on_the_sheet_answer(folder: Path):
    said = how_wrong(read_area(WORCESTERSHIRE))
    assert said in (folder / "summary.md").read_text(encoding="utf-8")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f'<section id="wrong"><h2>How wrong has this model been?</h2><p>{said}</p>' in page
    sheet = load_workbook(folder / "workbook.xlsx", read_only=True)["Answer"]
    assert said in {cell for row in sheet.iter_rows(values_only=True) for cell in row}


def test_no_sheet_has_a_formula_and_charts_are_described(folder: Path):
    book = load_workbook(folder / "workbook.xlsx")
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        for row in sheet.iter_rows():
            assert not [cell.coordinate for cell in row if cell.data_type == "f"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_opens_one_and_reads_the_same_numbers(tmp_path: Path):
    table = TidyTable("spend", ("line", "net_gbp"), (("=1+1", "12.50"), ("homes", "30.25")))
    (tmp_path / "book.xlsx").write_bytes(book_of(table))
    options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,3"
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", options, "--outdir", str(tmp_path), str(tmp_path / "book.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    (found,) = tmp_path.glob("*.csv")
    rows = list(csv.reader(found.read_text(encoding="utf-8").splitlines()))[4:]
    assert [(line, float(net.strip("£"))) for line, net in rows] == [
        ("=1+1", 12.5), ("homes", 30.25)
    ]  # fmt: skip


def book_of(table: TidyTable) -> bytes:
    made = json.loads('{"internal": false, "seed": 1}')
    plot = Plot("=SUM(1)", "pounds", "line", [("homes", -3.0), ("=2", 4.0)])
    return answer_book(
        Answer("=title", "@question", ["=1+2"], (), [table], made, None, ["-1"], plot)
    )


def test_text_of_a_user_is_never_a_formula_and_the_bytes_are_the_same_again(tmp_path: Path):
    table = TidyTable("spend", ("line", "net_gbp"), (("=1+1", "1"),))
    assert book_of(table) == book_of(table)
    (tmp_path / "book.xlsx").write_bytes(book_of(table))
    book = load_workbook(tmp_path / "book.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    (chart,) = book["Answer"]._charts
    assert chart.x_axis.title is not None
    assert chart.y_axis.title is not None
