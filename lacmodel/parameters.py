"""Every stage's parameters, with unit and source: reading, writing, and the tables they make.

A file of parameters is a CSV with one row a number::

    parameter,first,second,third,value,unit,spread,confirmed,source

where ``first`` to ``third`` name the place on each axis that the parameter has.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, KINDS, LEVELS, PLACEMENTS, PROVIDERS, ROUTES
from lacmodel.drift_parameters import DRIFTS, DriftParameters, expected_factors
from lacmodel.faults import Fault, InputFaults
from lacmodel.pathway import World
from lacmodel.pathway.edge_of_care import EdgeOfCareParameters, EdgeOfCareTables
from lacmodel.pathway.entries import CELLS, EntryParameters, EntryTables
from lacmodel.pathway.exits import ExitParameters, ExitTables, hazard_table
from lacmodel.pathway.moves import MoveParameters, MoveTables
from lacmodel.pathway.placements import PlacementParameters, PlacementTables
from lacmodel.pathway.re_entries import ReEntryParameters, ReEntryTables
from lacmodel.tables import Axis, Table, declared
from lacmodel.text_files import csv_rows
from lacmodel.timeline import LOOK_AHEAD_DAYS, Timeline

Where = Callable[[str], str]  # names the place of a column, or of the whole row, for a fault

COLUMNS: Final = (
    "parameter", "first", "second", "third", "value", "unit", "spread", "confirmed", "source",
)  # fmt: skip
NO_PLACE: Final = ("", "", "")
PROPORTIONS: Final = ("share", "probability")  # how the units of numbers of at most 1 begin
MOST: Final = {"edge_of_care.lead_most_days": LOOK_AHEAD_DAYS}  # of a parameter
DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything numeric that the model takes from evidence."""

    entries: EntryParameters
    edge_of_care: EdgeOfCareParameters
    placements: PlacementParameters
    moves: MoveParameters
    exits: ExitParameters
    re_entries: ReEntryParameters
    drift: DriftParameters


STAGE_CLASSES: Final[dict[str, type]] = {
    "entries": EntryParameters,
    "edge_of_care": EdgeOfCareParameters,
    "placements": PlacementParameters,
    "moves": MoveParameters,
    "exits": ExitParameters,
    "re_entries": ReEntryParameters,
    "drift": DriftParameters,
}


@cache
def declared_tables() -> dict[str, tuple[str, tuple[Axis, ...]]]:
    """Unit and axes of every parameter, by its full name such as ``exits.base_per_day``."""
    return {
        f"{stage}.{name}": declaration
        for stage, parameters in STAGE_CLASSES.items()
        for name, declaration in declared(parameters).items()
    }


def places(axes: tuple[Axis, ...]) -> Iterator[tuple[str, ...]]:
    """The name of every place of a table, in the order of its values.

    >>> list(places((("a", "b"), ("x",))))
    [('a', 'x'), ('b', 'x')]
    """
    return product(*axes)


def read_tables(path: Path) -> dict[str, Table]:
    """Read a file of parameters; a table that it names must be whole.

    Raises
    ------
    InputFaults
        for unknown parameters or places, missing or repeated places, values that are no finite
        numbers of 0 or more (logarithms and growth may be negative) or too large, wrong units, no
        source
    """
    rows = csv_rows(path, COLUMNS)
    return tables_of(path, ((on_line(line), row) for line, row in enumerate(rows, start=2)))


def on_line(line: int) -> Where:
    """How the places of a line are named, by column."""
    return lambda column: f"line {line}: {column}" if column else f"line {line}"


def tables_of(path: Path, rows: Iterable[tuple[Where, dict[str, str]]]) -> dict[str, Table]:
    """The tables that the rows of a file or sheet hold, as in `read_tables`.

    Parameters
    ----------
    rows : how the places of a row are named, and its cells by column
    """
    faults: list[Fault] = []
    found: dict[str, dict[tuple[str, ...], dict[str, str]]] = {}
    declarations = declared_tables()
    for where, row in rows:
        _read_row(path, where, row, declarations, found, faults)
    tables = {
        name: _assemble(path, name, declarations[name], entries, faults)
        for name, entries in found.items()
    }
    if faults:
        raise InputFaults(faults)
    return tables


def _read_row(
    path: Path,
    where: Where,
    row: dict[str, str],
    declarations: dict[str, tuple[str, tuple[Axis, ...]]],
    found: dict[str, dict[tuple[str, ...], dict[str, str]]],
    faults: list[Fault],
) -> None:
    """Check one row of a file of parameters and keep it by its place."""
    name = row["parameter"]
    if name not in declarations:
        faults.append(Fault(path, where("parameter"), name, "is not a parameter"))
        return
    unit, axes = declarations[name]
    named = (row["first"], row["second"], row["third"])
    place, beyond = named[: len(axes)], named[len(axes) :]
    for value, axis, column in zip(place, axes, ("first", "second", "third"), strict=False):
        if value not in axis:
            rule = f"must be one of {', '.join(axis)}"
            faults.append(Fault(path, where(column), value, rule))
            return
    if any(beyond):
        faults.append(Fault(path, where(""), ",".join(beyond), f"{name} has no such axis"))
    if row["unit"] != unit:
        faults.append(Fault(path, where("unit"), row["unit"], f"must be {unit!r}"))
    if not row["source"]:
        faults.append(Fault(path, where("source"), "", "every number needs a source"))
    if row["confirmed"] not in ("yes", "no"):
        rule = "must be yes or no"
        faults.append(Fault(path, where("confirmed"), row["confirmed"], rule))
    for column in ("value", "spread"):
        if not _is_number(row[column], signed=name.startswith("drift.")):
            rule = "must be a number of 0 or more"
            faults.append(Fault(path, where(column), row[column], rule))
        elif column == "value" and unit.startswith(PROPORTIONS) and float(row["value"]) > 1:
            rule = "must be between 0 and 1 (25% is written 0.25)"
            faults.append(Fault(path, where(column), row[column], rule))
        elif column == "value" and float(row["value"]) > MOST.get(name, np.inf):
            rule = f"must be {MOST[name]} or less: entries are looked for no further ahead"
            faults.append(Fault(path, where(column), row[column], rule))
    if place in found.setdefault(name, {}):
        faults.append(Fault(path, where(""), f"{name} {place}", "stands here twice"))
    found[name][place] = row


def _is_number(text: str | None, signed: bool) -> bool:
    try:
        value = float(text or "")
    except ValueError:
        return False
    return bool(np.isfinite(value)) and (signed or value >= 0)


def _assemble(
    path: Path,
    name: str,
    declaration: tuple[str, tuple[Axis, ...]],
    entries: dict[tuple[str, ...], dict[str, str]],
    faults: list[Fault],
) -> Table:
    """Make one table of its rows."""
    unit, axes = declaration
    missing = [place for place in places(axes) if place not in entries]
    if missing:
        faults.append(Fault(path, name, " / ".join(missing[0]), "has no row for this place"))
    shape = tuple(len(axis) for axis in axes)
    flat = [entries[place]["value"] if place in entries else "0" for place in places(axes)]
    values = np.array([float(v) if _is_number(v, True) else 0.0 for v in flat]).reshape(shape)
    if unit.startswith("share") and len(axes) > 1 and not missing:
        totals = values.sum(axis=-1)
        for place, total in zip(places(axes[:-1]), totals.ravel(), strict=True):
            if total and abs(total - 1) > 1e-6:
                where = f"{name} {' / '.join(place)}"
                faults.append(Fault(path, where, f"{total:.6f}", "the shares must add to 1"))
    first = next(iter(entries.values()))
    spread = float(first["spread"]) if _is_number(first["spread"], False) else 0.0
    sources = "; ".join(dict.fromkeys(row["source"] or "" for row in entries.values()))
    confirmed = all(row["confirmed"] == "yes" for row in entries.values())
    return Table(values, unit, sources, confirmed, spread)


def table_rows(tables: Mapping[str, Table]) -> list[tuple[str, ...]]:
    """The rows of a file of parameters that `read_tables` reads back, its header first."""
    declarations = declared_tables()
    rows: list[tuple[str, ...]] = [COLUMNS]
    for name in sorted(tables):
        table = tables[name]
        _, axes = declarations[name]
        confirmed, spread = "yes" if table.confirmed else "no", f"{table.spread:.6g}"
        for place, value in zip(places(axes), np.ravel(table.values), strict=True):
            spot = (*place, *NO_PLACE)[:3]
            rows.append((name, *spot, f"{value:.10g}", table.unit, spread, confirmed, table.source))
    return rows


def write_tables(path: Path, tables: Mapping[str, Table]) -> None:
    """Write a file of parameters."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table_rows(tables))


def collect(tables: dict[str, Table], origin: Path) -> Parameters:
    """Put tables into the parameters of their stages; all must be there."""
    missing = [name for name in declared_tables() if name not in tables]
    if missing:
        raise InputFaults([Fault(origin, name, None, "is missing") for name in missing])
    stages: dict[str, Any] = {
        stage: kind(**{f.name: tables[f"{stage}.{f.name}"] for f in fields(kind)})
        for stage, kind in STAGE_CLASSES.items()
    }
    return Parameters(**stages)


def national_folder() -> Path:
    """Where the national factors are: in the package, or beside it in a checkout."""
    inside = Path(__file__).parent / "data" / "national"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "data" / "national"


def read_parameters(*paths: Path) -> Parameters:
    """The national factors, with the tables that later files give put in their place."""
    return with_national(*(read_tables(path) for path in paths))


def with_national(*later: Mapping[str, Table]) -> Parameters:
    """The national factors, with later tables put in their place."""
    national = national_folder() / "factors.csv"
    tables = read_tables(national)
    for own in later:
        tables.update(own)
    return collect(tables, national)


def no_supply(timeline: Timeline) -> dict[str, NDArray[Any]]:
    """The supply part of `PlacementTables` where places are unlimited."""
    return {
        "capped": np.zeros(len(KINDS), dtype=np.bool_),
        "shortage_order": np.full((len(PLACEMENTS), 8), -1, dtype=np.int64),
        "row_kind": np.zeros(0, dtype=np.int64),
        "row_ages": np.zeros((0, 19), dtype=np.bool_),
        "row_groups": np.zeros((0, len(GROUPS)), dtype=np.bool_),
        "row_levels": np.zeros((0, 2), dtype=np.bool_),
        "row_closes": np.zeros((0, 4), dtype=np.int64),
        "usable_places": np.zeros((0, timeline.days + LOOK_AHEAD_DAYS + 1), dtype=np.int64),
    }


def expected_world(
    parameters: Parameters,
    timeline: Timeline,
    residents: NDArray[np.float64],
    first_month: int,
    supply: dict[str, NDArray[Any]],
) -> World:
    """The tables of a world without levers or shocks, its rates on the course that is expected.

    Parameters
    ----------
    residents : shape (months, age band), residents of each age band by month of the run
    first_month : calendar month of day 0, 1 to 12
    supply : the supply part of `PlacementTables`, such as `no_supply` gives
    """
    months = len(timeline.month_start) - 1
    calendar_month = (first_month - 1 + np.arange(months)) % 12
    by_exit, course = np.ones((len(ROUTES), len(AGE_BANDS))), _course(parameters, "entries", months)
    return World(
        timeline=timeline,
        exits=ExitTables(
            hazard_table(parameters.exits),
            np.multiply.outer(_course(parameters, "exits", months), by_exit),
        ),
        moves=_move_tables(parameters.moves, months),
        edge_of_care=no_services(parameters.edge_of_care, months),
        re_entries=ReEntryTables(
            np.ascontiguousarray(parameters.re_entries.hazard_per_day.values), np.ones(months)
        ),
        entries=_entry_tables(parameters.entries, residents * course[:, None], calendar_month),
        placements=_placement_tables(parameters.placements, months, supply),
    )


def _course(parameters: Parameters, rate: str, months: int) -> NDArray[np.float64]:
    """What the rate stated is expected to be multiplied by, in each month of the run."""
    which = DRIFTS.index(rate)
    departure = float(parameters.drift.today.values[which, 0])
    persistence = float(parameters.drift.log_rate.values[which, 1])
    return expected_factors(departure, persistence, months)


def _by_month(values: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    """The same table for every month."""
    return np.ascontiguousarray(np.broadcast_to(values, (months, *values.shape)))


def mean_family_size(entries: EntryParameters) -> NDArray[np.float64]:
    """Mean number of children of a family who come into care together, by group."""
    sizes = np.arange(1, entries.family_size_share.values.shape[1] + 1)
    return np.asarray(entries.family_size_share.values @ sizes, dtype=np.float64)


def _entry_tables(
    entries: EntryParameters,
    residents: NDArray[np.float64],
    calendar_month: NDArray[np.int64],
) -> EntryTables:
    """Families per day by cell and month: rate x residents x season / mean family size."""
    months = len(calendar_month)
    rate = entries.start_rate_per_10000.values / 10_000 / DAYS_PER_YEAR
    season = entries.season.values[calendar_month]
    children = rate[:, :, None] * residents.T[:, None, :] * season
    families = children / mean_family_size(entries)[None, :, None]
    return EntryTables(
        per_day=np.ascontiguousarray(families.reshape(CELLS, months)),
        multiplier=np.ones((CELLS, months)),
        added_per_day=np.zeros((0, CELLS, months)),
        not_entering_multiplier=np.zeros((0, CELLS, months)),
        added_not_entering_per_day=np.zeros((0, CELLS, months)),
        family_size_share=np.ascontiguousarray(entries.family_size_share.values),
        age_position_power=np.ascontiguousarray(entries.age_position_power.values),
    )


def _move_tables(moves: MoveParameters, months: int) -> MoveTables:
    by_kind = np.ones((months, len(KINDS), len(AGE_BANDS)))
    return MoveTables(
        breakdown_per_day=np.ascontiguousarray(moves.breakdown_per_day.values),
        breakdown_multiplier=by_kind,
        breakdown_next=_by_month(moves.breakdown_next_share.values, months),
        planned_per_day=np.ascontiguousarray(moves.planned_per_day.values),
        planned_multiplier=by_kind.copy(),
        planned_next=_by_month(moves.planned_next_share.values, months),
        next_odds=np.ascontiguousarray(moves.next_odds.values),
    )


def _placement_tables(
    placements: PlacementParameters, months: int, supply: dict[str, NDArray[Any]]
) -> PlacementTables:
    return PlacementTables(
        first_placement=_by_month(placements.first_placement_share.values, months),
        complex_share=np.ascontiguousarray(placements.complex_share.values),
        match_share=np.ascontiguousarray(placements.match_share.values),
        price_spread=np.ascontiguousarray(placements.price_spread.values),
        staying_on_share=_by_month(placements.staying_on_share.values, months),
        staying_on_mean_days=np.ascontiguousarray(placements.staying_on_mean_days.values),
        alone_share=np.zeros((months, len(PLACEMENTS), len(LEVELS))),
        together_share=np.zeros(months),
        **supply,
    )


def no_services(edge_of_care: EdgeOfCareParameters, months: int) -> EdgeOfCareTables:
    """The tables of a council without an edge-of-care service."""
    return EdgeOfCareTables(
        lead_mean_days=float(edge_of_care.lead_mean_days.values),
        lead_most_days=float(edge_of_care.lead_most_days.values),
        reach=np.zeros((0, months)),
        opens=np.zeros(0, dtype=np.int64),
        closes=np.zeros(0, dtype=np.int64),
        scope=np.zeros((0, CELLS), dtype=np.bool_),
        caseload=np.zeros((0, months), dtype=np.int64),
        support_days=np.zeros(0, dtype=np.int64),
        engaged_share=np.zeros(0),
        prevented_share=np.zeros(0),
        delayed_share=np.zeros(0),
        delay_mean_days=np.zeros(0),
    )


def kind_named(placement: str, provider: str) -> int:
    """The index of a kind by its words; the one provider of a type may be left blank.

    >>> kind_named("foster", "external"), kind_named("adoption", "")
    (2, 9)
    """
    wanted = (PLACEMENTS.index(placement), PROVIDERS.index(provider) if provider else None)
    matching = [
        kind
        for kind, (type_, by) in enumerate(KINDS)
        if type_ == wanted[0] and wanted[1] in (None, by)
    ]
    if len(matching) != 1:
        raise ValueError(f"{placement} {provider}: not a kind of placement")
    return matching[0]
