"""Sorting: spells in their order without comparing, since days and slots are small numbers."""

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled, inlined

IntArray = NDArray[np.int64]


@inlined
def order_by_child(
    slot_of: NDArray[np.int32], count: int, slots: int, starts: IntArray, by_child: IntArray
) -> None:
    """Put spells in order by child, then time.

    A child's spells are written in the order of time, and slots are in that of child numbers.

    Parameters
    ----------
    slot_of, count : the slot of each spell, and how many spells there are
    slots : how many there are
    starts : room for as many numbers, and one
    by_child : the result, places of spells
    """
    starts[: slots + 1] = 0
    for i in range(count):
        starts[slot_of[i] + 1] += 1
    add_up(starts[: slots + 1])
    for i in range(count):
        by_child[starts[slot_of[i]]] = i
        starts[slot_of[i]] += 1


@compiled
def sort_spells(
    written: NDArray[np.void],
    by_child: IntArray,
    starts: IntArray,
    spells: NDArray[np.void],
    places: IntArray,
) -> None:
    """Put spells in order by start day, then child.

    Parameters
    ----------
    written, by_child : spells as they were written down, and their order by child
    starts : room for as many noughts as there are days, and two
    spells, places : the result, and the order by child of the result
    """
    for spell in written:
        starts[spell["start_day"] + 2] += 1
    add_up(starts)
    for place in range(written.shape[0]):
        spell = written[by_child[place]]
        day = spell["start_day"] + 1
        places[place] = starts[day]
        spells[starts[day]] = spell
        starts[day] += 1


@compiled
def add_up(counts: IntArray) -> None:
    """Running totals in place."""
    for i in range(1, counts.shape[0]):
        counts[i] += counts[i - 1]
