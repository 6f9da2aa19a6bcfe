"""The workbook: it says what the tables say, its formulas hold, and no text in it is a formula."""

import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from fake_runs import fake_ensemble, fake_forecast, fake_plan, fake_scenario, read_table

from lacmodel.analyses.forecast import forecast
from lacmodel.area.budget import Saving
from lacmodel.engines.noted import HIGH_COST
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.high_cost import high_cost_section
from lacmodel.report.run_folder import manifest
from lacmodel.report.words import listed
from lacmodel.report.workbook import sheets_of, workbook
from lacmodel.report.write import write_forecast

HOSTILE = "=HYPERLINK(A1)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    write_forecast(place / "run", fake_scenario(place / "s.toml"), fake_forecast())
    return place / "run"


@pytest.fixture(scope="module")
def values(folder) -> openpyxl.Workbook:
    """The workbook with the values that its formulas were written with."""
    return openpyxl.load_workbook(folder / "workbook.xlsx", data_only=True)


@pytest.fixture(scope="module")
def formulas(folder) -> openpyxl.Workbook:
    return openpyxl.load_workbook(folder / "workbook.xlsx")


def numbers_beside(sheet, name: str) -> list[float]:
    """The numbers to the right of the last cell in the first column that holds a name."""
    row = max(cell.row for cell in sheet["A"] if cell.value == name)
    return [cell.value for cell in sheet[row][1:] if cell.value is not None]


def test_the_contents_name_every_sheet(values):
    assert values.sheetnames == ["Contents", *(sheet.name for sheet in sheets_of(["a year"]))]
    named = [cell.value for cell in values["Contents"]["A"]]
    assert set(values.sheetnames[1:]) <= set(named)


def test_the_prices_as_written_give_the_spend_of_the_tables(folder, values):
    means = [
        float(row["mean"])
        for row in read_table(folder, "spend")
        if (row["line"], row["measure"]) == ("total", "net_gbp")
    ]
    sheet = values["What if"]
    assert numbers_beside(sheet, "net, as forecast") == means
    assert numbers_beside(sheet, "net") == pytest.approx(means, abs=0.5)
    assert numbers_beside(sheet, "difference") == [0, 0]


def test_savings_are_what_what_if_and_the_headline_differ_by():
    saving = Saving("2017/18", "fewer agency beds", "total", 1e5, "one_off", 0.75)
    area = replace(fake_plan().area, savings=(saving,))
    run = fake_forecast()
    run = replace(run, plan=replace(run.plan, area=area))
    content = BytesIO(workbook(run, manifest([], run.ensemble)))
    book = openpyxl.load_workbook(content, data_only=True)
    sheet = book["What if"]
    assert numbers_beside(sheet, "less savings expected") == [-75_000, 0]
    after = numbers_beside(sheet, "net, as forecast, as on Headline")
    shown = {row[0].value: row[1].value for row in book["Headline"].iter_rows(min_row=8)}
    assert after == pytest.approx([shown["2017/18"], shown["2018/19"]], abs=0.01)
    assert "less savings expected" not in {cell.value for cell in first_column("What if")}


def first_column(name: str):
    run = fake_forecast()
    book = openpyxl.load_workbook(BytesIO(workbook(run, manifest([], run.ensemble))))
    return book[name]["A"]


def test_the_contents_name_every_sheet_with_cells_that_may_be_changed(formulas):
    said = next(cell.value for cell in formulas["Contents"]["A"] if "yellow" in str(cell.value))
    yellow = {
        sheet.title
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == "FFFFF3BF"
    }
    assert yellow == {"What if", "Medium-term plan", "Ready reckoner"}
    assert f"(sheets {listed(['What if', 'Medium-term plan', 'Ready reckoner'])})" in said


def test_past_errors_stand_on_the_headline(values):
    cells = {cell.value for cell in values["Headline"]["A"]}
    assert how_wrong(fake_plan().area) in cells


def test_high_cost_placements_are_the_same_averages_on_the_sheet_and_in_the_report():
    plan = fake_plan()
    noted = np.zeros((20, 2, 3), dtype=np.int64)
    noted[:3] = (4, 381, 66_669_400)
    run = forecast(plan, fake_ensemble(plan, notes={HIGH_COST: noted}))
    page = high_cost_section(run)
    assert "Placements, average (eight futures in ten)" in page
    assert "0.6 (0.0 to " in page
    assert "£100,000 (£0 to " in page
    book = openpyxl.load_workbook(BytesIO(workbook(run, manifest([], run.ensemble))))
    assert [cell.value for cell in book["High cost"][4]][1] == "Placements, average"
    row = [cell.value for cell in book["High cost"][5]]
    assert row[1:10:3] == pytest.approx([0.6, 57.15, 100_004.1])


def test_the_spend_sheet_holds_the_spend_table(folder, values):
    rows = [[cell.value for cell in row] for row in values["Spend"].iter_rows(min_row=5)]
    written = {(row[0], row[1]): row[4] for row in rows if row[1]}
    for row in read_table(folder, "spend"):
        if row["measure"] == "net_gbp":
            assert written[row["financial_year"], row["line"]] == float(row["mean"])


def test_net_spend_is_made_by_formulas_from_cells_that_may_be_changed(formulas):
    sheet = formulas["What if"]
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    made = [cell for cell in cells if isinstance(cell, str) and cell.startswith("=")]
    assert any("*365/7" in formula for formula in made)
    assert any("*(1+" in formula for formula in made)
    assert all("Spend" not in formula for formula in made)


def test_every_chart_says_in_words_what_it_shows(folder):
    import zipfile

    with zipfile.ZipFile(folder / "workbook.xlsx") as parts:
        drawings = [parts.read(name).decode() for name in parts.namelist() if "/drawing" in name]
    charts = "".join(drawings)
    assert charts.count("<xdr:graphicFrame") == charts.count('descr="') == 3


def test_text_of_a_user_is_no_formula():
    plan = fake_plan(HOSTILE, title=HOSTILE, question=HOSTILE, notes=(HOSTILE,))
    run = forecast(plan, fake_ensemble(plan))
    book = openpyxl.load_workbook(BytesIO(workbook(run, manifest([], run.ensemble))))
    found = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and HOSTILE in cell.value
    ]
    assert len(found) >= 3
    assert {cell.data_type for cell in found} == {"s"}


def test_the_same_run_gives_the_same_bytes():
    first, again = fake_forecast(), fake_forecast()
    made = manifest([], first.ensemble)
    assert workbook(first, made) == workbook(again, made)


def test_expected_numbers_have_no_ranges():
    plan = fake_plan()
    ensemble = fake_ensemble(plan, futures=1, expected=True, layers=frozenset())
    run = forecast(plan, ensemble)
    book = openpyxl.load_workbook(BytesIO(workbook(run, manifest([], ensemble))), data_only=True)
    first = [cell.value for cell in book["Children"][5]]
    assert first[1] > 0
    assert first[2:4] == [None, None]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_recalculates_every_formula_to_its_value(folder, values, formulas, tmp_path):
    formulas.save(tmp_path / "bare.xlsx")  # openpyxl writes formulas without their values
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
               "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"),
               str(tmp_path / "bare.xlsx")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    again = openpyxl.load_workbook(tmp_path / "out" / "bare.xlsx", data_only=True)
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.data_type == "f":
                    written = values[sheet.title][cell.coordinate].value
                    found = again[sheet.title][cell.coordinate].value
                    assert found == pytest.approx(written, rel=1e-9, abs=1e-6), cell.coordinate
                    compared += 1
    assert compared > 30
