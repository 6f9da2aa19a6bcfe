"""The model: one file a stage, and the order of the stages, which is stated here once.

Within a day the stages follow one another in this order, and within a step children follow one
another by number. `placements` (where a place is found), `siblings` (where all of a family are) and
`clocks` (when the next thing happens) serve several stages.
"""

from typing import Final, NamedTuple

from lacmodel.pathway.edge_of_care import EdgeOfCareTables
from lacmodel.pathway.entries import EntryTables
from lacmodel.pathway.exits import ExitTables
from lacmodel.pathway.moves import MoveTables
from lacmodel.pathway.placements import PlacementTables
from lacmodel.pathway.re_entries import ReEntryTables
from lacmodel.timeline import Timeline

STAGES: Final = ("exits", "moves", "edge_of_care", "re_entries", "entries")
STEPS: Final = (
    "exit",  # 18th birthdays and adults who stop staying on among them
    "closure",
    "breakdown",
    "planned",
    "support_ends",
    "referral",
    "re_entry",  # and delayed entries
    "entry",
)
EXIT: Final = 0
CLOSURE: Final = 1
BREAKDOWN: Final = 2
PLANNED: Final = 3
SUPPORT_ENDS: Final = 4
REFERRAL_STEP: Final = 5
RE_ENTRY: Final = 6
ENTRY: Final = 7


class World(NamedTuple):
    """Everything that an engine reads: one future's tables, with drift and levers in them."""

    timeline: Timeline
    exits: ExitTables
    moves: MoveTables
    edge_of_care: EdgeOfCareTables
    re_entries: ReEntryTables
    entries: EntryTables
    placements: PlacementTables
