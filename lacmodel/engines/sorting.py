"""Sorting: spells in their order without comparing, since days and slots are small numbers."""

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled

IntArray = NDArray[np.int64]


@compiled
def sort_spells(
    written: NDArray[np.void],
    slot: NDArray[np.int32],
    starts: IntArray,
    order: IntArray,
    spells: NDArray[np.void],
    by_child: IntArray,
) -> None:
    """Put spells in order by start day, then child; and say where each child's are.

    A child's spells are written in the order of time, and slots are in that of child numbers. So
    the order by slot is that by child and time, and the order by day keeps it within a day.

    Parameters
    ----------
    written, slot : spells as they were written down, and the slot of each
    starts : room for as many numbers as there are days or slots, and two
    order : room for as many numbers as there are spells
    spells, by_child : the result; ``by_child`` holds places in ``spells``
    """
    count = written.shape[0]
    starts[:] = 0
    for i in range(count):
        starts[slot[i] + 1] += 1
    add_up(starts)
    for i in range(count):
        by_child[starts[slot[i]]] = i
        starts[slot[i]] += 1
    starts[:] = 0
    for i in range(count):
        starts[written[i]["start_day"] + 2] += 1
    add_up(starts)
    for place in range(count):
        i = by_child[place]
        day = written[i]["start_day"] + 1
        order[i] = starts[day]
        spells[starts[day]] = written[i]
        starts[day] += 1
    for place in range(count):
        by_child[place] = order[by_child[place]]


@compiled
def add_up(counts: IntArray) -> None:
    """Running totals in place."""
    for i in range(1, counts.shape[0]):
        counts[i] += counts[i - 1]
