"""Slots: one for every child who can matter in a future, in the order of child numbers."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    GROUPS,
    KINDS,
    OPEN,
    STANDARD,
    STARTED_ENTRY,
    STARTED_OPENING,
    STARTED_RE_ENTRY,
)
from lacmodel.compiling import compiled, inlined
from lacmodel.pathway.entries import Families
from lacmodel.pathway.siblings import UNDECIDED
from lacmodel.plan import OpeningChildren, PastLeavers

# What a slot holds: a child, or (for families who would not enter) only a family.
SLOT: Final = np.dtype(
    [
        ("number", np.int64),
        ("exit_left", np.float64),
        ("price_factor", np.float64),  # of placements of the kind that was priced last
        ("birth_day", np.int32),
        ("first_day", np.int32),
        ("started", np.int32),
        ("left_day", np.int32),
        ("period", np.int32),
        ("spell", np.int32),
        ("row", np.int16),
        ("priced_kind", np.int8),
        ("group", np.int8),
        ("level", np.int8),
        ("kind", np.int8),
        ("needed", np.int8),
        ("why_started", np.int8),
        ("cause", np.int8),  # of the spell's end, known when it begins
        ("reason", np.int8),  # for leaving
        ("alone", np.bool_),  # needs a home with nobody else in it
        # of the family, in the slot of its first child
        ("cell", np.int8),
        ("size", np.int8),  # 0: no family of arrivals
        ("service", np.int8),  # -1: none
        ("enters", np.bool_),  # whether it would come into care without a service
        ("would_be_day", np.int32),
        ("together_kind", np.int8),  # where all who need foster care are placed
        ("together_row", np.int16),
    ]
)


def standing_slots(opening: OpeningChildren, past: PastLeavers) -> NDArray[np.void]:
    """The slots of children in care and of past leavers, sorted: the same in every future."""
    here = len(opening.number)
    slots = np.zeros(here + len(past.number), dtype=SLOT)
    clear(slots)
    in_care, left = slots[:here], slots[here:]
    for name in ("number", "birth_day", "first_day", "kind", "group", "level", "row"):
        in_care[name] = getattr(opening, name)
    in_care["why_started"], in_care["started"] = STARTED_OPENING, -1
    in_care["needed"] = np.array(KINDS)[opening.kind, 0]
    for name in ("number", "birth_day", "group", "left_day", "reason"):
        left[name] = getattr(past, name)
    left["why_started"] = STARTED_RE_ENTRY
    return slots[np.argsort(slots["number"], kind="stable")]


@compiled
def clear(slots: NDArray[np.void]) -> None:
    """Make slots those of nobody."""
    for i in range(slots.shape[0]):
        slot = slots[i]
        slot["birth_day"], slot["period"], slot["first_day"], slot["spell"] = 0, 0, 0, 0
        slot["level"], slot["kind"], slot["row"], slot["service"] = STANDARD, -1, -1, -1
        slot["exit_left"], slot["needed"], slot["started"] = 0.0, 0, 0
        slot["cause"], slot["left_day"], slot["reason"] = OPEN, 0, 0
        slot["would_be_day"], slot["cell"], slot["size"], slot["enters"] = 0, 0, 0, False
        slot["price_factor"], slot["priced_kind"] = 1.0, -1
        slot["alone"], slot["together_kind"], slot["together_row"] = False, UNDECIDED, -1


@inlined
def seats_of(families: Families, found: int) -> int:
    """How many slots families need: one a child who would enter, else one for the family."""
    seats = 0
    for i in range(found):
        seats += families.size[i] if families.service[i] < 0 else 1
    return seats


@inlined
def fill_slots(
    standing: NDArray[np.void], families: Families, found: int, slots: NDArray[np.void]
) -> int:
    """A slot for everybody: those who stand, the children of families, and other families.

    Parameters
    ----------
    standing : see `standing_slots`
    families, found : in order of their numbers, and how many there are
    slots : the result, with room enough

    Returns
    -------
    how many slots there are
    """
    filled = standing.shape[0]
    for i in range(filled):
        slots[i] = standing[i]
    clear(slots[filled : filled + seats_of(families, found)])
    for i in range(found):
        enters = families.service[i] < 0
        for sibling in range(families.size[i] if enters else 1):
            slot = slots[filled]
            slot["number"] = families.number[i] + sibling
            slot["group"] = families.cell[i] % len(GROUPS)
            slot["why_started"] = STARTED_ENTRY
            slot["would_be_day"], slot["cell"] = families.day[i], families.cell[i]
            slot["service"], slot["enters"] = families.service[i], enters
            slot["size"] = families.size[i] if sibling == 0 else 0
            filled += 1
    return filled
