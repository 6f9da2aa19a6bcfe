"""Levers on which children can be placed together: siblings, and children who must live alone."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from lacmodel.codes import LEVELS, PLACEMENTS
from lacmodel.levers.change import Change
from lacmodel.levers.flows import chosen
from lacmodel.levers.matching_changes import SiblingsTogether, Solo
from lacmodel.levers.schedule import FloatArray, replaced
from lacmodel.pathway.placements import PlacementTables


def apply_siblings(
    placements: PlacementTables, change: SiblingsTogether, in_effect: FloatArray
) -> None:
    """Set the share of families who need places together; a later change replaces it."""
    old = placements.together_share
    old[:] = replaced(old, change.together_share, in_effect)


def apply_solo(placements: PlacementTables, change: Solo, in_effect: FloatArray) -> None:
    """Set the share of children who must live alone; a later change replaces it."""
    types, levels = [PLACEMENTS.index(change.placement)], chosen(change.levels, LEVELS)
    where = np.ix_(range(len(in_effect)), types, levels)
    old = placements.alone_share[where]
    placements.alone_share[where] = replaced(old, change.share, in_effect[:, None, None])


MATCHING_LEVERS: Final[dict[type[Change], Callable[[PlacementTables, Any, FloatArray], None]]] = {
    SiblingsTogether: apply_siblings,
    Solo: apply_solo,
}
