"""How sure a fit is of its rates: factors on cells of tables, and how they go together.

A factor acts on some cells of one table of parameters. The logarithms of all factors are normal
with mean 0: ``log factor = loading @ z`` with independent standard normals z, so that a future that
draws z draws the covariance of the fit. The file has one row a loading other than 0::

    parameter,first,second,third,draw,loading

A blank place stands for every place of that axis; rows that name the same cells are one factor.
Shares are scaled back to add to 1 once their factors have acted. `lacmodel.own_fit` draws them.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import Where, declared_tables, on_line
from lacmodel.tables import Axis
from lacmodel.text_files import csv_rows

FloatArray = NDArray[np.float64]

PLACE_COLUMNS: Final = ("first", "second", "third")
COLUMNS: Final = ("parameter", *PLACE_COLUMNS, "draw", "loading")
MOST_DRAWS: Final = 300
MOST_LOADING: Final = 5.0  # of a logarithm: a factor of 150 up or down
UNCERTAIN: Final = (  # the tables that a fit may be unsure of
    "exits.base_per_day", "exits.time_factor", "exits.placement_factor", "exits.group_factor",
    "entries.start_rate_per_10000", "entries.season", "moves.breakdown_per_day",
    "moves.planned_per_day", "re_entries.hazard_per_day", "placements.first_placement_share",
    "moves.breakdown_next_share", "moves.planned_next_share",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogFactor:
    """A factor on the cells of a table that are named; a blank place is every place."""

    table: str
    places: tuple[str, ...]

    def acts_on(self) -> NDArray[np.bool_]:
        """Which cells of its table the factor acts on, in the table's shape.

        >>> LogFactor("re_entries.hazard_per_day", ("sgo", "")).acts_on().sum(axis=1).tolist()
        [0, 4, 0]
        """
        _, axes = declared_tables()[self.table]
        cells = np.ones((), dtype=np.bool_)
        for axis, place in zip(axes, self.places, strict=True):
            named = np.array([not place or name == place for name in axis])
            cells = cells[..., None] & named
        return cells


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Factors with the loadings of their logarithms on independent standard normals."""

    factors: tuple[LogFactor, ...]
    loading: FloatArray  # (factor, draw)

    @property
    def draws(self) -> int:
        """How many standard normals a future needs."""
        return self.loading.shape[1]

    def by_table(self) -> dict[str, FloatArray]:
        """The loadings of the log of every cell, by table; shape (table's shape..., draw).

        Where a rate is a product of cells of several tables, their loadings add up.
        """
        summed: dict[str, FloatArray] = {}
        for factor, loading in zip(self.factors, self.loading, strict=True):
            cells = factor.acts_on()
            table = summed.setdefault(factor.table, np.zeros((*cells.shape, self.draws)))
            table[cells] += loading
        return summed


def joined(parts: list[Estimates]) -> Estimates:
    """Independent estimates as one: each part has draws of its own."""
    loading = np.zeros((sum(len(p.factors) for p in parts), sum(p.draws for p in parts)))
    row = column = 0
    for part in parts:
        rows, columns = part.loading.shape
        loading[row : row + rows, column : column + columns] = part.loading
        row, column = row + rows, column + columns
    return Estimates(tuple(factor for part in parts for factor in part.factors), loading)


def estimate_rows(estimates: Estimates) -> list[tuple[str, ...]]:
    """The rows of a file that `read_estimates` reads back, its header first."""
    rows: list[tuple[str, ...]] = [COLUMNS]
    for factor, loadings in zip(estimates.factors, estimates.loading, strict=True):
        places = (*factor.places, "", "", "")[:3]
        for draw in np.flatnonzero(loadings):
            rows.append((factor.table, *places, str(draw), f"{loadings[draw]:.6g}"))
    return rows


def write_estimates(path: Path, estimates: Estimates) -> None:
    """Write a file that `read_estimates` reads back."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(estimate_rows(estimates))


def read_estimates(path: Path) -> Estimates:
    """Read a file of estimates.

    Raises
    ------
    InputFaults
        with the faults of `estimates_of`, or what keeps the file from being read
    """
    rows = csv_rows(path, COLUMNS)
    return estimates_of(path, ((on_line(line), row) for line, row in enumerate(rows, start=2)))


def estimates_of(path: Path, rows: Iterable[tuple[Where, dict[str, str]]]) -> Estimates:
    """The estimates that the rows of a file or sheet hold.

    Parameters
    ----------
    rows : how the places of a row are named, and its cells by column

    Raises
    ------
    InputFaults
        for tables that are not `UNCERTAIN`, unknown places, draws that are no whole numbers below
        `MOST_DRAWS`, loadings beyond `MOST_LOADING`, rows that stand twice
    """
    faults: list[Fault] = []
    found: dict[LogFactor, dict[int, float]] = {}
    declared = declared_tables()
    for where, row in rows:
        problems = _problems(row, declared)
        faults += [Fault(path, where(column), v, rule) for column, v, rule in problems]
        if not problems:
            axes = declared[row["parameter"]][1]
            places = tuple(row[name] or "" for name in PLACE_COLUMNS[: len(axes)])
            factor = found.setdefault(LogFactor(row["parameter"], places), {})
            if int(row["draw"]) in factor:
                faults.append(Fault(path, where("draw"), row["draw"], "stands here twice"))
            factor[int(row["draw"])] = float(row["loading"])
    if faults:
        raise InputFaults(faults)
    draws = 1 + max((draw for factor in found.values() for draw in factor), default=-1)
    loading = np.zeros((len(found), draws))
    for row_number, loadings in enumerate(found.values()):
        loading[row_number, list(loadings)] = list(loadings.values())
    return Estimates(tuple(found), loading)


def _problems(
    row: dict[str, str], declared: dict[str, tuple[str, tuple[Axis, ...]]]
) -> list[tuple[str, str, str]]:
    """What is wrong with a row: column, value and rule."""
    name = row["parameter"]
    if name not in UNCERTAIN:
        return [("parameter", name, f"must be one of {', '.join(UNCERTAIN)}")]
    axes = declared[name][1]
    found = [
        (column, row[column] or "", f"must be blank or one of {', '.join(axis)}")
        for column, axis in zip(PLACE_COLUMNS, axes, strict=False)
        if row[column] and row[column] not in axis
    ]
    found += [
        (column, row[column], f"{name} has no such axis")
        for column in PLACE_COLUMNS[len(axes) :]
        if row[column]
    ]
    draw = row["draw"] or ""
    if not (draw.isascii() and draw.isdecimal() and int(draw) < MOST_DRAWS):
        found.append(("draw", draw, f"must be a whole number below {MOST_DRAWS}"))
    try:
        sound = abs(float(row["loading"] or "")) <= MOST_LOADING
    except ValueError:
        sound = False
    if not sound:
        rule = f"must be a number from -{MOST_LOADING:g} to {MOST_LOADING:g}"
        found.append(("loading", row["loading"] or "", rule))
    return found
