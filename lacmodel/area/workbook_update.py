"""Putting new rows into the sheets of an area's workbook; everything else in it stays as it is."""

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from lacmodel.area.workbook_write import DATE, HEADINGS, NUMBER, Heading
from lacmodel.area.write import Rows
from lacmodel.faults import Fault, InputFaults

DAY_FORMAT: Final = "d mmm yyyy"


def with_rows(path: Path, tables: Mapping[str, Rows], words: Mapping[str, str]) -> bytes:
    """The workbook with the rows of some sheets replaced, and some words wherever they stand.

    Parameters
    ----------
    tables : rows by sheet, the first their header; a sheet that is not there is added
    words : what stands in cells of any sheet, and what is to stand there
    """
    import openpyxl

    book = openpyxl.load_workbook(path)
    for name, rows in tables.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        sheet.delete_rows(2, sheet.max_row)
        for line, row in enumerate(rows, start=1):
            for column, text in enumerate(row, start=1):
                holds = HEADINGS.get(rows[0][column - 1], Heading("")).holds if line > 1 else ""
                _put(sheet.cell(line, column), str(text), holds)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value in words:
                    cell.value = words[cell.value]
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def put_in_place(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there.

    Raises
    ------
    InputFaults
        where the file may not be replaced, as when a spreadsheet has it open
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        rule = f"cannot be written ({error.strerror}); is it open in a spreadsheet?"
        raise InputFaults([Fault(path, "", None, rule)]) from error
    finally:
        beside.unlink(missing_ok=True)


def _put(cell: Any, text: str, holds: str) -> None:
    """A number or a date where the column holds those, text that is no formula otherwise."""
    if not text:
        cell.value = None
    elif holds == "number" and NUMBER.fullmatch(text):
        cell.value = float(text)
    elif holds == "date" and DATE.fullmatch(text):
        cell.value, cell.number_format = date.fromisoformat(text), DAY_FORMAT
    else:
        cell.value, cell.data_type = text, "s"
