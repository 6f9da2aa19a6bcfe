"""Fitting the area of a workbook again: to its published figures, or to its return."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from lacmodel.area import read_area
from lacmodel.area.source import open_source
from lacmodel.area.workbook_update import put_in_place, with_rows
from lacmodel.area.write import Rows, content_of, folder_files
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting import area_folder
from lacmodel.fitting.area_of_return import refitted
from lacmodel.fitting.from_return import FittedReturn

SHEETS: Final = ("opening", "past_leavers", "history", "rates", "estimates")  # that a fit may write
OF_PUBLISHED: Final = ("opening.csv", "past_leavers.csv", "rates.csv")


class Fitted(NamedTuple):
    """What was put into a workbook."""

    sheets: tuple[str, ...]
    of_return: FittedReturn | None  # none: fitted to published figures
    words: str  # the fit to published figures as a table


def fit_workbook(path: Path) -> Fitted:
    """Fit the area of a workbook again, and put what follows into its sheets.

    Raises
    ------
    InputFaults
        where the area has faults, fits to nothing, or the file may not be replaced
    """
    area = read_area(path)
    of_return, words, renamed = None, "", {}
    if area.opening_return is not None:
        made, files = refitted(area)
        old, new = made.replaced
        of_return, renamed = made.fitted, {old: new}
    else:
        with TemporaryDirectory() as place:
            folder = Path(place) / "area"
            _unpack(path, folder)
            words = area_folder.fit(folder)
            files = {name: (folder / name).read_bytes() for name in OF_PUBLISHED}
    tables = {name: _rows(files[f"{name}.csv"]) for name in SHEETS if f"{name}.csv" in files}
    put_in_place(path, with_rows(path, tables, renamed))
    return Fitted(tuple(tables), of_return, words)


def _rows(content: bytes) -> Rows:
    return tuple(tuple(row) for row in csv.reader(io.StringIO(content.decode(), newline="")))


def _unpack(path: Path, folder: Path) -> None:
    """Write the sheets of an area's workbook as the files of a folder."""
    faults: list[Fault] = []
    source = open_source(path, faults)
    if source is None or source.book is None:
        raise InputFaults(faults)
    if "published" not in source.book.sheets:
        rule = "this sheet is missing, to whose figures fit fits"
        raise InputFaults([Fault(path, "published", None, rule)])
    kept: dict[str, Rows] = {
        name: tuple(tuple(row.cells) for row in source.book.sheets[name])
        for name in ("published", "rates")
        if name in source.book.sheets
    }
    folder.mkdir()
    content = content_of(read_area(path), {}, kept)
    for name, file in folder_files(content).items():
        (folder / name).write_bytes(file)
