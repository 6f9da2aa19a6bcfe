"""A world packed into records, which compiled code reads without counting references.

numba counts a reference for every array of a tuple that a function is handed, which costs more than
what the function computes. A record is one pointer. Its layout is part of a compiled function's
type, so the axes that differ between runs are given room in steps: runs of one year to ten are one
type, and a scenario with one more home seldom compiles anything anew.
"""

from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import COMPILED
from lacmodel.factors import Rates
from lacmodel.pathway import World
from lacmodel.pathway.clocks import empty_clocks, fill_clocks
from lacmodel.pathway.edge_of_care import EdgeOfCareTables
from lacmodel.pathway.entries import EntryTables
from lacmodel.pathway.exits import ExitTables
from lacmodel.pathway.moves import MoveTables
from lacmodel.pathway.placements import PlacementTables
from lacmodel.pathway.re_entries import ReEntryTables
from lacmodel.timeline import NEVER, ClockTables, Timeline

# Any run of ten years or fewer has one layout: they are 4,018 days, 13,169 births and 133 months,
# the year of looking ahead included.
STEP: Final = {"day": 4096, "birth": 13312, "month": 144, "row": 16, "service": 4, "change": 4}
# The axes with room, by field; all other axes have the same length in every run.
AXES: Final[dict[str, tuple[str, ...]]] = {
    "month_of_day": ("day",),
    "month_start": ("month",),
    "stretch_of_month": ("month",),
    "stretch_end": ("month",),
    "leaving_per_day": ("month",),
    "breakdown_by_stretch": ("month",),
    "planned_by_stretch": ("month",),
    "leap_days": ("birth",),
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
    "added_not_entering_per_day": ("service", "", "month"),
    "first_placement": ("month",),
    "staying_on_share": ("month",),
    "row_kind": ("row",),
    "row_ages": ("row",),
    "row_groups": ("row",),
    "row_levels": ("row",),
    "row_closes": ("row",),
    "usable_places": ("row", "day"),
    "alone_share": ("month",),
    "together_share": ("month",),
}
RENAMED: Final = {
    ("entries", "multiplier"): "entry_multiplier",
    ("clocks", "breakdown_per_day"): "breakdown_by_stretch",
    ("clocks", "planned_per_day"): "planned_by_stretch",
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
    tables = Tables(*world, empty_clocks(len(world.exits.multiplier)))
    if COMPILED:
        tables = Tables(*(_record(*stage) for stage in zip(tables._fields, tables, strict=True)))
    refill(tables)
    return tables


def refill(tables: Tables) -> None:
    """Work out the hazards of the clocks anew, after other tables have changed."""
    fill_clocks(tables.timeline, tables.moves, tables.exits, tables.re_entries, tables.clocks)


def rates_in(tables: Tables) -> Rates:
    """The columns of packed tables that every future draws anew, to be written in place."""
    columns = (
        (tables.entries, "per_day"),
        (tables.exits, "hazard_per_day"),
        (tables.exits, "multiplier"),
        (tables.moves, "breakdown_per_day"),
        (tables.moves, "planned_per_day"),
        (tables.re_entries, "hazard_per_day"),
        (tables.placements, "first_placement"),
        (tables.moves, "breakdown_next"),
        (tables.moves, "planned_next"),
    )
    return Rates(*(record[name] for record, name in cast(Any, columns)))


def places_in(tables: Tables) -> NDArray[np.int64]:
    """The usable places of packed tables, by row and day with room to spare; written in place."""
    return cast(Any, tables.placements)["usable_places"]


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
