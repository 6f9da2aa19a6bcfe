"""Siblings counted: families of whom several children come in on one day, and those split by it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KIND_OF
from lacmodel.compiling import inlined
from lacmodel.pathway.placements import NONE_FREE

OF_SIBLINGS: Final = (
    "sibling_groups_placed",  # two or more of a family who come into care on one day
    "sibling_groups_split",  # of these, not all in one kind and row of supply
    "siblings_split",  # the children of groups that were split
)
GROUPS_PLACED, GROUPS_SPLIT, SPLIT = range(len(OF_SIBLINGS))
IntArray = NDArray[np.int64]

SEEN: Final = 6
FAMILY, DAY, KIND, ROW, CHILDREN, IS_SPLIT = range(SEEN)


@inlined
def count_sibling(spell: np.void, seen: IntArray, flows: NDArray[np.int32]) -> None:
    """Count a family whose children come in on one day, once it has two, and once it is split.

    Parameters
    ----------
    spell : the first of a child, in the order of children
    seen : the family that was met last: number, day, kind and row of its first child, children so
        far, and whether they are split
    flows : those of the month, from the first of `OF_SIBLINGS`
    """
    kind, row = KIND_OF[spell["placement"]][spell["provider"]], max(NONE_FREE, spell["supply"])
    if spell["family"] != seen[FAMILY] or spell["start_day"] != seen[DAY]:
        seen[FAMILY], seen[DAY], seen[KIND] = spell["family"], spell["start_day"], kind
        seen[ROW], seen[CHILDREN], seen[IS_SPLIT] = row, 1, 0
        return
    seen[CHILDREN] += 1
    if seen[CHILDREN] == 2:
        flows[GROUPS_PLACED] += 1
    if seen[IS_SPLIT] == 1:
        flows[SPLIT] += 1
    elif kind != seen[KIND] or row != seen[ROW]:
        seen[IS_SPLIT] = 1
        flows[GROUPS_SPLIT] += 1
        flows[SPLIT] += seen[CHILDREN]
