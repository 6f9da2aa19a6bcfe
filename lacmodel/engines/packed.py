"""A world packed into records, which compiled code reads without counting references.

numba counts a reference for every array of a tuple that a function is handed, which costs more than
what the function computes. A record is one pointer. Its layout is part of a compiled function's
type, so the axes that differ between runs are given room in steps: a run of another length, or a
scenario with one more home, seldom compiles anything anew.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import COMPILED
from lacmodel.pathway import World
from lacmodel.pathway.clocks import fill_steady_until
from lacmodel.pathway.edge_of_care import EdgeOfCareTables
from lacmodel.pathway.entries import EntryTables
from lacmodel.pathway.exits import ExitTables
from lacmodel.pathway.moves import MoveTables
from lacmodel.pathway.placements import PlacementTables
from lacmodel.pathway.re_entries import ReEntryTables
from lacmodel.timeline import NEVER, ClockTables, Timeline

STEP: Final = {"day": 2048, "birth": 4096, "month": 64, "row": 16, "service": 4, "change": 4}
# The axes with room, by field; all other axes have the same length in every run.
AXES: Final[dict[str, tuple[str, ...]]] = {
    "month_of_day": ("day",),
    "month_start": ("month",),
    "steady_until": ("month",),
    "birthdays": ("birth",),
    "multiplier": ("month",),
    "breakdown_multiplier": ("month",),
    "breakdown_next": ("month",),
    "planned_multiplier": ("month",),
    "planned_next": ("month",),
    "reach": ("service", "month"),
    "opens": ("service",),
    "closes": ("service",),
    "scope": ("service",),
    "caseload": ("service", "month"),
    "support_days": ("service",),
    "engaged_share": ("service",),
    "prevented_share": ("service",),
    "delayed_share": ("service",),
    "service_delay_mean_days": ("service",),
    "per_day": ("", "month"),
    "entry_multiplier": ("", "month"),
    "added_per_day": ("change", "", "month"),
    "not_entering_multiplier": ("service", "", "month"),
    "first_placement": ("month",),
    "staying_on_share": ("month",),
    "row_kind": ("row",),
    "row_ages": ("row",),
    "row_groups": ("row",),
    "row_levels": ("row",),
    "row_closes": ("row",),
    "usable_places": ("row", "day"),
}
RENAMED: Final = {
    ("entries", "multiplier"): "entry_multiplier",
    ("edge_of_care", "delay_mean_days"): "service_delay_mean_days",
}
# What stands in the room that is not used, where nought would mean something.
FILL: Final = {"row_kind": -1, "opens": NEVER, "month_start": NEVER}


def with_room(stage: str, name: str, values: Any) -> NDArray[Any]:
    """A table with its axes lengthened to the next step.

    >>> with_room("placements", "row_kind", np.array([3, 4])).tolist()[:4]
    [3, 4, -1, -1]
    """
    table = np.asarray(values)
    if table.dtype == np.bool_:
        table = table.astype(np.uint8)  # records hold no arrays of truth values
    axes = AXES.get(RENAMED.get((stage, name), name), ())
    lengths = list(table.shape)
    for axis, role in enumerate(axes):
        if role:
            step = STEP[role]
            lengths[axis] = step * max(1, -(-lengths[axis] // step))
    roomy = np.full(lengths, FILL.get(name, 0), dtype=table.dtype)
    roomy[tuple(slice(0, length) for length in table.shape)] = table
    return roomy


class Tables(NamedTuple):
    """What an engine reads in one future: the world's stages, and how long hazards stay put."""

    timeline: Timeline
    exits: ExitTables
    moves: MoveTables
    edge_of_care: EdgeOfCareTables
    re_entries: ReEntryTables
    entries: EntryTables
    placements: PlacementTables
    clocks: ClockTables


def packed(world: World) -> Tables:
    """A future's world with each stage's tables in one record; plain tuples without numba."""
    months = len(world.exits.multiplier)
    clocks = ClockTables(np.zeros(months, dtype=np.int64))
    tables = Tables(*world, clocks)
    if COMPILED:
        tables = Tables(*(_record(*stage) for stage in zip(tables._fields, tables, strict=True)))
    fill_steady_until(tables.timeline, tables.moves, tables.exits, tables.re_entries, tables.clocks)
    return tables


class Packed:
    """A plan's tables as records, of which each future rewrites only what it changes.

    Packing a world anew for every future takes longer than simulating it.
    """

    def __init__(self, world: World) -> None:
        self.world = world  # as it stands in the records now
        self.tables = packed(world)

    def rewrite(self, world: World) -> Tables:
        """The tables of another future of the same plan; those of the last are gone."""
        if not COMPILED:
            return packed(world)
        for now, last, record in zip(world, self.world, self.tables, strict=False):
            _rewrite(now, last, record)
        self.world, tables = world, self.tables
        fill_steady_until(
            tables.timeline, tables.moves, tables.exits, tables.re_entries, tables.clocks
        )
        return tables


def _rewrite(now: Any, last: Any, record: Any) -> None:
    """Write the tables of a stage that are not those of the last future into its record."""
    for name, values, before in zip(now._fields, now, last, strict=True):
        if values is not before:
            record[name][tuple(slice(0, length) for length in np.shape(values))] = values


def _record(stage: str, tables: Any) -> Any:
    """One stage's tables as a record with nested arrays."""
    columns = {
        name: with_room(stage, name, values)
        for name, values in zip(tables._fields, tables, strict=True)
    }
    layout = np.dtype([(name, c.dtype, c.shape) for name, c in columns.items()])
    record = np.zeros(1, dtype=layout)
    for name, column in columns.items():
        record[name][0] = column
    return record[0]
