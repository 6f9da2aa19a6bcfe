"""An area's own rates, in place of England's, and how sure a fit is of them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import lacmodel.area.sheets as sheets
from lacmodel.area.files import Sheet, read_grids
from lacmodel.area.grids import Grid, Row
from lacmodel.area.source import Source
from lacmodel.estimates import Estimates, estimates_of, joined
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import Parameters, Where, tables_of, with_national

Cells = list[tuple[Where, dict[str, str]]]  # how the places of a row are named, and its cells
Made = TypeVar("Made")


def read_rates(source: Source, faults: list[Fault]) -> Parameters | None:
    """The national factors with the area's own rates in their place."""
    before, tables = len(faults), []
    for grid in source.grids("rates", faults):
        rows = _cells(grid, sheets.RATES, faults)
        if len(faults) == before and not rows:
            faults.append(Fault(grid.path, "", None, "has no rows: lacmodel fit writes them"))
        if len(faults) == before:
            tables.append(_checked(tables_of, grid.path, rows, faults) or {})
    return with_national(*tables) if len(faults) == before else None


def read_own_estimates(source: Source, faults: list[Fault]) -> Estimates | None:
    """How sure a fit is of the area's rates; None where the area does not say, or has faults."""
    found = [
        _checked(estimates_of, grid.path, _cells(grid, sheets.ESTIMATES, faults), faults)
        for grid in source.grids("estimates", faults)
    ]
    parts = [part for part in found if part is not None]
    return joined(parts) if parts else None


def _cells(grid: Grid, sheet: Sheet, faults: list[Fault]) -> Cells:
    """The rows of a grid, or none where its columns or the width of a row are wrong."""
    rows = [Row(row.line, row.cells) for row in grid.rows]
    before = len(faults)
    read_grids([grid._replace(rows=iter(rows))], sheet, faults)
    if len(faults) > before:
        return []
    header = rows[0].cells
    return [
        (partial(_place, grid, header, row.line), dict(zip(header, row.cells, strict=True)))
        for row in rows[1:]
    ]


def _checked(
    make: Callable[[Path, Cells], Made], path: Path, rows: Cells, faults: list[Fault]
) -> Made | None:
    """What is made of rows, or None and their faults."""
    try:
        return make(path, rows)
    except InputFaults as error:
        faults += error.faults
        return None


def _place(grid: Grid, header: list[str], line: int, column: str) -> str:
    """The place of a column of a row of parameters."""
    return grid.place(line, column, header.index(column) if column else None)
