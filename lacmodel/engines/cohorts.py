"""Cohorts: children who came into care in the same month, advanced by a month.

This is written twice: in loops for the compiler, which pass over empty states, and in whole arrays
for where it is absent. A test holds the two equal.
"""

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled, inlined

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@compiled
def advance_each(
    later: FloatArray,
    since: IntArray,
    youngest: int,
    first_age: IntArray,
    end: FloatArray,
    before: FloatArray,
    room: FloatArray,
) -> None:
    """Advance cohorts in place by a month, and add up who was there before.

    Those of the last age, who turn 18 in the month, are taken out.

    Parameters
    ----------
    later : shape (cohort and more, group, state, slot of birth); with its whole last axis, which
        the compiler needs to work on several ages at once
    since : shape (cohort,), class of time in care
    youngest : the slot of those born in the month
    first_age : shape (age class,), first age index of each class; the last class turns 18
    end : shape (time class, group, age class, state, state), where a child is at the month's end
    before : shape (time class, group, state, age index)
    room : shape (state, age index)
    """
    groups, states, ages = before.shape[1:]
    for cohort in range(len(since)):
        time = since[cohort]
        for group in range(groups):
            for state in range(states):
                here = later[cohort, group, state, youngest : youngest + ages]
                add_share(before[time, group, state], here, 1.0)
                here[ages - 1] = 0.0
            for age_class in range(len(first_age) - 1):
                advance_class(
                    later[cohort, group], end[time, group, age_class], room,
                    youngest + first_age[age_class], youngest + first_age[age_class + 1],
                )  # fmt: skip


@compiled
def advance_class(
    stock: FloatArray, end: FloatArray, room: FloatArray, first: int, stop: int
) -> None:
    """Advance the slots from first up to stop: numbers times ``end``.

    States that are empty, and those where nobody goes, are passed over.

    Parameters
    ----------
    stock : shape (state, slot of birth)
    end : shape (state, state)
    """
    for state in range(len(stock)):
        scale(room[state, : stop - first], 0.0)
    for state in range(len(stock)):
        here = stock[state, first:stop]
        if somebody(here):
            for to in range(len(stock)):
                if end[state, to] != 0.0:
                    add_share(room[to, : stop - first], here, end[state, to])
    for state in range(len(stock)):
        here = stock[state, first:stop]
        scale(here, 0.0)
        add_share(here, room[state, : stop - first], 1.0)


@inlined
def add_share(total: FloatArray, part: FloatArray, share: float) -> None:
    """Add a share of each number."""
    for place in range(len(part)):
        total[place] += part[place] * share


@inlined
def scale(numbers: FloatArray, factor: float) -> None:
    """Multiply each number."""
    for place in range(len(numbers)):
        numbers[place] *= factor


@inlined
def somebody(children: FloatArray) -> bool:
    """Whether there is anybody."""
    for number in children:  # noqa: SIM110 (the compiler knows no generators)
        if number != 0.0:
            return True
    return False


def advance_together(
    later: FloatArray,
    since: IntArray,
    youngest: int,
    first_age: IntArray,
    end: FloatArray,
    before: FloatArray,
    room: FloatArray,
) -> None:
    """The same as `advance_each`, in whole arrays."""
    if len(since) == 0:
        return
    stock = later[: len(since), :, :, youngest : youngest + before.shape[3]]
    begins = np.flatnonzero(np.diff(since, prepend=-1))  # cohorts of a class stand together
    before[since[begins]] = np.add.reduceat(stock, begins, axis=0)
    for age_class in range(len(first_age) - 1):
        here = slice(int(first_age[age_class]), int(first_age[age_class + 1]))
        shares = end[since, :, age_class].swapaxes(-1, -2)
        stock[..., here] = shares @ stock[..., here]
    stock[..., -1] = 0.0
