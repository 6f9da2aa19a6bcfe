"""What is published about a council: reading it for the fit of its own rates."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import HistoryYear, SupplyRow
from lacmodel.area.files import Sheet, Values, read_sheet
from lacmodel.area.sheets import HISTORY, POPULATION, SUPPLY
from lacmodel.codes import AGE_BANDS, GROUPS, KIND_NAMES, REASONS
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import kind_named
from lacmodel.text_files import csv_rows

FloatArray = NDArray[np.float64]

COLUMNS: Final = ("table", "first", "second", "value", "source", "confirmed")
ADULTS: Final = "18 and over"
AXES: Final = {
    "children_by_age": AGE_BANDS,
    "children_by_kind": KIND_NAMES,
    "children_by_group": GROUPS,
    "complex_by_kind": KIND_NAMES,
    "started_by_age": AGE_BANDS,
    "ceased_by_age": (*AGE_BANDS, ADULTS),
    "ceased_by_reason": REASONS,
}
BY_KIND: Final = ("children_by_kind", "complex_by_kind")
MAY_BE_ABSENT: Final = ("complex_by_kind",)


@dataclass(frozen=True, slots=True)
class Scope:
    """Usable places at the start that take the same groups."""

    kind: int
    youngest: int  # whole years, both included
    oldest: int
    groups: tuple[int, ...]
    places: float


@dataclass(frozen=True, slots=True)
class PublishedFigures:
    """What is published about a council on its start date and for the year before it."""

    year: int  # the figures are for the year ending 31 March
    children_by_age: FloatArray  # (age band,), at the start
    children_by_kind: FloatArray  # (kind,), at the start
    children_by_group: FloatArray  # (group,), at the start
    complex_by_kind: FloatArray  # (kind,), at the start: of the children of the kind
    started_by_age: FloatArray  # (age band,), in the year before
    ceased_by_age: FloatArray  # (the age bands, then 18 and over), in the year before
    ceased_by_reason: FloatArray  # (reason,), in the year before; turned_18 is 18 and over
    history: tuple[HistoryYear, ...]
    residents: float  # aged 0 to 17
    scopes: tuple[Scope, ...] = ()  # of the in-house places at the start
    residents_by_year: Mapping[int, float] = field(default_factory=dict)  # by mid-year

    @property
    def places(self) -> FloatArray:
        """Usable in-house places at the start by kind."""
        places = np.zeros(len(KIND_NAMES))
        for scope in self.scopes:
            places[scope.kind] += scope.places
        return places

    @property
    def children(self) -> int:
        """Children in care at the start."""
        return round(float(self.children_by_age.sum()))


def read_published(folder: Path) -> PublishedFigures:
    """Read the published figures of an area's folder.

    ``published.csv`` has the columns table,first,second,value,source,confirmed, the tables being
    those of `AXES`; by kind, ``first`` is the placement type and ``second`` the provider. The start
    is that of ``area.toml``; history, residents and places are in ``history.csv``,
    ``population.csv`` and ``supply.csv``.

    Raises
    ------
    InputFaults
        for tables, places and values that are not what they should be, and margins of children
        that do not add to the same total
    """
    with (folder / "area.toml").open("rb") as file:
        start: date = tomllib.load(file)["start"]
    faults: list[Fault] = []

    def rows(name: str, sheet: Sheet) -> list[Values]:
        return read_sheet((folder / name,), sheet, faults)

    residents = {r["year"]: float(r["residents"]) for r in rows("population.csv", POPULATION)}
    history = tuple(HistoryYear(**row) for row in rows("history.csv", HISTORY))
    there = (folder / "supply.csv").exists()
    supply = [SupplyRow(**row) for row in rows("supply.csv", SUPPLY)] if there else []
    known = [mid_year for mid_year in residents if mid_year < start.year]
    if not known and not faults:
        rule = f"no mid-year is before {start.year}"
        faults.append(Fault(folder / "population.csv", "mid_year", None, rule))
    tables = _read_tables(folder / "published.csv", faults)
    if faults:
        raise InputFaults(faults)
    return PublishedFigures(
        year=start.year,
        history=history,
        residents=residents[max(known)],
        residents_by_year=residents,
        scopes=_scopes(supply, start),
        **tables,
    )


def any_confirmed(folder: Path) -> bool:
    """Whether any figure of an area's published.csv is the council's own."""
    return any(row["confirmed"] == "yes" for row in csv_rows(folder / "published.csv", COLUMNS))


def _read_tables(path: Path, faults: list[Fault]) -> dict[str, FloatArray]:
    """The published tables by name; what is wrong with them is added to the faults."""
    tables = {name: np.full(len(axis), np.nan) for name, axis in AXES.items()}
    for name in MAY_BE_ABSENT:
        tables[name][:] = 0.0
    try:
        rows = csv_rows(path, COLUMNS)
    except InputFaults as found:
        faults += found.faults
        return tables
    before = len(faults)
    for line, row in enumerate(rows, start=2):
        try:
            tables[row["table"]][_place(row)] = float(row["value"])
        except (KeyError, ValueError) as error:
            shown = ",".join(row[name] for name in COLUMNS[:4])
            faults.append(Fault(path, f"line {line}", shown, f"cannot be used: {error}"))
    for name, values in tables.items():
        missing = [str(place) for place, v in zip(AXES[name], values, strict=True) if np.isnan(v)]
        if missing:
            faults.append(Fault(path, name, None, f"has no row for {', '.join(missing)}"))
    totals = {name: tables[f"children_by_{name}"].sum() for name in ("age", "kind", "group")}
    if len(faults) == before and len(set(totals.values())) > 1:
        faults.append(Fault(path, "children", str(totals), "the three totals must be the same"))
    return tables


def _place(row: dict[str, str]) -> int:
    """Where in its table a row stands."""
    if row["table"] in BY_KIND:
        return kind_named(row["first"], row["second"])
    return AXES[row["table"]].index(row["first"])


def _scopes(supply: list[SupplyRow], start: date) -> tuple[Scope, ...]:
    """Usable places by kind and groups, of the rows that are open before the start."""
    scopes: dict[tuple[int, tuple[int, ...]], Scope] = {}
    for row in supply:
        if row.opens is not None and row.opens >= start:
            continue
        key = row.kind, row.groups
        same = scopes.get(key, Scope(row.kind, row.youngest, row.oldest, row.groups, 0.0))
        scopes[key] = Scope(
            row.kind,
            min(row.youngest, same.youngest),
            max(row.oldest, same.oldest),
            row.groups,
            same.places + row.places * row.usable_share,
        )
    return tuple(scopes.values())
