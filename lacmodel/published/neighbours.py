"""Statistical neighbours: the councils most like one, as the DfE's model lists them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lacmodel.area.dates import calendar_year
from lacmodel.area.files import Column, Sheet, read_sheet, some_text, source_text
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import national_folder

MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A council that is like another, in the order of the list."""

    code: str
    neighbour: str
    neighbour_name: str
    model_year: int
    source: str


def _as_it_is(values: dict[str, object]) -> dict[str, object]:
    return values


SHEET: Final = Sheet(
    (
        Column("code", some_text),
        Column("neighbour", some_text),
        Column("neighbour_name", some_text),
        Column("model_year", calendar_year),
        Column("source", source_text),
    ),
    ("code", "neighbour"),
    _as_it_is,
)


def read_neighbours(code: str, path: Path | None = None) -> tuple[Neighbour, ...]:
    """The neighbours of a council, from a file or from those that are shipped; none if unlisted.

    Raises
    ------
    InputFaults
        with every fault of the file
    """
    faults: list[Fault] = []
    rows = read_sheet((path or national_folder() / "neighbours.csv",), SHEET, faults)
    if faults:
        raise InputFaults(faults)
    return tuple(neighbour for row in rows if (neighbour := Neighbour(**row)).code == code)
