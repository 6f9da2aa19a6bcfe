"""Slots: one for every child who can matter in a future, in the order of child numbers."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import GROUPS, KINDS, OPEN, STARTED_ENTRY, STARTED_OPENING, STARTED_RE_ENTRY
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


def fill_slots(opening: OpeningChildren, past: PastLeavers, families: Families) -> NDArray[np.void]:
    """A slot for everybody, sorted by child number."""
    would_enter = families.service < 0
    seats = np.where(would_enter, families.size, 1)
    slots = np.zeros(len(opening.number) + len(past.number) + int(seats.sum()), dtype=SLOT)
    slots["kind"], slots["row"], slots["service"] = -1, -1, -1
    slots["cause"] = OPEN
    here, gone = len(opening.number), len(past.number)
    in_care, left, new = slots[:here], slots[here : here + gone], slots[here + gone :]
    for name in ("number", "birth_day", "first_day", "kind", "group", "level", "row"):
        in_care[name] = getattr(opening, name)
    in_care["why_started"], in_care["started"] = STARTED_OPENING, -1
    in_care["needed"] = np.array(KINDS)[opening.kind, 0]
    for name in ("number", "birth_day", "group", "left_day", "reason"):
        left[name] = getattr(past, name)
    left["why_started"] = STARTED_RE_ENTRY
    sibling = np.arange(len(new)) - np.repeat(np.cumsum(seats) - seats, seats)
    new["number"] = np.repeat(families.number, seats) + sibling
    new["why_started"] = STARTED_ENTRY
    first = sibling == 0
    for name, column in (
        ("would_be_day", families.day),
        ("cell", families.cell),
        ("service", families.service),
        ("enters", would_enter),
    ):
        new[name] = np.repeat(column, seats)
    new["group"] = new["cell"] % len(GROUPS)
    new["size"] = np.where(first, np.repeat(families.size, seats), 0)
    return slots[np.argsort(slots["number"], kind="stable")]
