"""What is published about a council: reading it for the fit of its own rates."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import HistoryYear
from lacmodel.codes import AGE_BANDS, GROUPS, KIND_NAMES, REASONS
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import kind_named

FloatArray = NDArray[np.float64]

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
        start = tomllib.load(file)["start"]
    residents = _read_residents(folder / "population.csv")
    tables = _read_tables(folder / "published.csv")
    return PublishedFigures(
        year=start.year,
        history=_read_history(folder / "history.csv"),
        residents=residents[max(mid_year for mid_year in residents if mid_year < start.year)],
        residents_by_year=residents,
        scopes=_read_scopes(folder / "supply.csv", str(start)),
        **tables,
    )


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(enumerate(csv.DictReader(file), start=2))


def _read_tables(path: Path) -> dict[str, FloatArray]:
    faults: list[Fault] = []
    tables = {name: np.full(len(axis), np.nan) for name, axis in AXES.items()}
    for name in MAY_BE_ABSENT:
        tables[name][:] = 0.0
    for line, row in _rows(path):
        try:
            tables[row["table"]][_place(row)] = float(row["value"])
        except (KeyError, ValueError) as error:
            faults.append(Fault(path, f"line {line}", row.get("first"), f"cannot be used: {error}"))
    for name, values in tables.items():
        missing = [str(place) for place, v in zip(AXES[name], values, strict=True) if np.isnan(v)]
        if missing:
            faults.append(Fault(path, name, None, f"has no row for {', '.join(missing)}"))
    totals = {name: tables[f"children_by_{name}"].sum() for name in ("age", "kind", "group")}
    if not faults and len(set(totals.values())) > 1:
        faults.append(Fault(path, "children", str(totals), "the three totals must be the same"))
    if faults:
        raise InputFaults(faults)
    return tables


def _place(row: dict[str, str]) -> int:
    """Where in its table a row stands."""
    if row["table"] in BY_KIND:
        return kind_named(row["first"], row["second"])
    return AXES[row["table"]].index(row["first"])


def _read_history(path: Path) -> tuple[HistoryYear, ...]:
    def known(text: str) -> int | None:
        return int(text) if text else None

    return tuple(
        HistoryYear(
            year=int(row["year"]),
            children=int(row["children"]),
            started=known(row["started"]),
            ceased=known(row["ceased"]),
            source=row["source"],
        )
        for _, row in _rows(path)
    )


def _read_residents(path: Path) -> dict[int, float]:
    """Residents by mid-year; of those before the start the latest is at least nine months old."""
    return {int(row["mid_year"]): float(row["residents"]) for _, row in _rows(path)}


def _read_scopes(path: Path, start: str) -> tuple[Scope, ...]:
    """Usable places by kind and groups, of the rows that are open before the start."""
    scopes: dict[tuple[int, tuple[int, ...]], Scope] = {}
    for _, row in _rows(path) if path.exists() else ():
        if row["opens"] and row["opens"] >= start:
            continue
        kind = kind_named(row["placement"], row["provider"])
        named = GROUPS if row["groups"] == "all" else row["groups"].split()
        groups = tuple(GROUPS.index(name) for name in named)
        youngest, oldest = (int(age) for age in row["ages"].split(" to "))
        usable = float(row["places"]) * float(row["usable_share"])
        same = scopes.get((kind, groups), Scope(kind, youngest, oldest, groups, 0.0))
        scopes[kind, groups] = Scope(
            kind,
            min(youngest, same.youngest),
            max(oldest, same.oldest),
            groups,
            same.places + usable,
        )
    return tuple(scopes.values())
