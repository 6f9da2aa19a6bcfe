"""`fit` on a workbook: what it puts there is what it writes into a folder."""

import shutil
from pathlib import Path

import numpy as np
import openpyxl
from published_files import both

from lacmodel.area import read_area
from lacmodel.area.guide import WORKBOOK, new_area_files
from lacmodel.area.write import write_folder
from lacmodel.cli import exit_code
from lacmodel.fitting.from_published import new_area
from lacmodel.published.files import read_published

EXAMPLESHIRE = Path(__file__).parents[1] / "data" / "exampleshire"


def test_an_area_of_published_figures_fits_alike_from_folder_and_workbook(tmp_path, capsys):
    made = new_area(read_published(both(tmp_path)), "E06000901")
    write_folder(tmp_path / "area", new_area_files(made.content(), "area"))
    book = tmp_path / "area" / WORKBOOK
    assert exit_code(["fit", str(book)]) == 0
    assert "the sheets opening, past_leavers, rates" in capsys.readouterr().out
    assert exit_code(["fit", str(tmp_path / "area")]) == 0
    folder, sheets = read_area(tmp_path / "area"), read_area(book)
    assert folder.opening == sheets.opening
    assert folder.past_leavers == sheets.past_leavers
    one, other = folder.parameters.exits, sheets.parameters.exits
    assert np.allclose(one.base_per_day.values, other.base_per_day.values, rtol=1e-9)


def test_an_area_of_a_return_takes_the_return_as_it_now_is(tmp_path, capsys):
    shutil.copytree(EXAMPLESHIRE, tmp_path / "exampleshire")
    book = tmp_path / "exampleshire" / "area" / WORKBOOK
    before = read_area(book)
    (tmp_path / "exampleshire" / "returns" / "note.txt").write_text("one file more")
    assert exit_code(["fit", str(book)]) == 0
    capsys.readouterr()
    after = read_area(book)
    assert after.opening_return.sha256 != before.opening_return.sha256
    assert after.history == before.history
    one, other = after.parameters.exits, before.parameters.exits
    assert np.allclose(one.base_per_day.values, other.base_per_day.values, rtol=1e-6)


def test_what_else_stands_in_the_workbook_stays(tmp_path, capsys):
    shutil.copytree(EXAMPLESHIRE, tmp_path / "exampleshire")
    path = tmp_path / "exampleshire" / "area" / WORKBOOK
    book = openpyxl.load_workbook(path)
    book.create_sheet("our notes")["A1"] = "kept"
    book.save(path)
    assert exit_code(["fit", str(path)]) == 0
    assert openpyxl.load_workbook(path)["our notes"]["A1"].value == "kept"


def test_a_workbook_that_fits_to_nothing_is_refused(tmp_path, capsys):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert exit_code(["fit", str(tmp_path / "a.xlsx")]) == 2
    assert "this sheet is missing" in capsys.readouterr().err
