"""Slots: one for every child who can matter in a future, in the order of child numbers."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    KINDS,
    OPEN,
    STANDARD,
    STARTED_ENTRY,
    STARTED_OPENING,
    STARTED_RE_ENTRY,
)
from lacmodel.compiling import compiled
from lacmodel.pathway.entries import Families
from lacmodel.plan import OpeningChildren, PastLeavers

# What a slot holds: a child, or (for families who would not enter) only a family.
SLOT: Final = np.dtype(
    [
        ("number", np.int64),
        ("birth_day", np.int64),
        ("group", np.int64),
        ("level", np.int64),
        ("period", np.int64),
        ("first_day", np.int64),
        ("exit_left", np.float64),
        ("spell", np.int64),
        ("kind", np.int64),
        ("row", np.int64),
        ("needed", np.int64),
        ("started", np.int64),
        ("why_started", np.int64),
        ("cause", np.int64),  # of the spell's end, known when it begins
        ("left_day", np.int64),
        ("reason", np.int64),  # for leaving
        # of the family, in the slot of its first child
        ("would_be_day", np.int64),
        ("cell", np.int64),
        ("size", np.int64),  # 0: no family of arrivals
        ("service", np.int64),  # -1: none
        ("enters", np.bool_),  # whether it would come into care without a service
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


@compiled
def seats_of(families: Families) -> int:
    """How many slots families need: one a child who would enter, else one for the family."""
    seats = 0
    for i in range(families.number.shape[0]):
        seats += families.size[i] if families.service[i] < 0 else 1
    return seats


@compiled
def fill_slots(
    families: Families,
    order: NDArray[np.int64],
    groups: int,
    slots: NDArray[np.void],
) -> None:
    """A slot for every child of arrivals, and for the families who would not enter.

    Parameters
    ----------
    order : puts the families in order by number
    groups : how many there are
    slots : the result, as many as `seats_of` says
    """
    clear(slots)
    filled = 0
    for place in range(order.shape[0]):
        i = order[place]
        enters = families.service[i] < 0
        for sibling in range(families.size[i] if enters else 1):
            slot = slots[filled]
            slot["number"] = families.number[i] + sibling
            slot["group"] = families.cell[i] % groups
            slot["why_started"] = STARTED_ENTRY
            slot["would_be_day"], slot["cell"] = families.day[i], families.cell[i]
            slot["service"], slot["enters"] = families.service[i], enters
            slot["size"] = families.size[i] if sibling == 0 else 0
            filled += 1
