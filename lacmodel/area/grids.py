"""The rows of a file or of a sheet, and the title that people put above its headings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lacmodel.faults import Fault


class Row(NamedTuple):
    """A row's cells, and the line of the file on which it ends."""

    line: int
    cells: list[str]


class Grid(NamedTuple):
    """The rows of a file or of a sheet of a workbook, and how its places are named."""

    path: Path
    rows: Iterator[Row]  # the header first, blank rows left out
    place: Callable[[int, str, int | None], str]  # of a line, a column's name and its number
    whole: Callable[[str], str]  # of something that concerns more than one row


def title_fault(grid: Grid, first: Row, rows: Iterable[Row], names: Sequence[str]) -> Fault | None:
    """The fault of a title above the headings, which are looked for where the first row has none.

    Parameters
    ----------
    rows : those below the first; what is looked at is used up
    names : the headings, in small letters
    """
    if not set(names).isdisjoint(cell.lower() for cell in first.cells):
        return None
    for row in rows:
        if 2 * sum(cell.lower() in names for cell in row.cells) >= len(names):
            rule = (
                f"the headings belong in row 1, and stand in row {row.line}: delete what is "
                "above them"
            )
            shown = ", ".join(cell for cell in first.cells if cell)
            return Fault(grid.path, grid.place(first.line, "", None), shown, rule)
    return None
