"""Children advanced by a month: cohorts who came into care in the same month, and single rows.

What takes time is written twice: in loops for the compiler, which pass over empty states, and in
whole arrays for where it is absent. A test holds the two equal.
"""

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import COMPILED, compiled, inlined

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Classes = tuple[IntArray, IntArray, IntArray]  # of each row: of time in care, group, class of age


def advance(
    later: FloatArray,
    since: IntArray,
    youngest: int,
    first_age: IntArray,
    end: FloatArray,
    before: FloatArray,
) -> None:
    """Advance cohorts in place by a month, and add up who was there before.

    Those of the last age, who turn 18 in the month, are taken out.

    Parameters
    ----------
    later : shape (cohort, group, state, slot of birth); with its whole last axis, which the
        compiler needs to work on several ages at once
    since : shape (cohort,), class of time in care
    youngest : the slot of those born in the month
    first_age : shape (age class,), first age index of each class; the last class turns 18
    end : shape (time class, group, age class, state, state), where a child is at the month's end
    before : shape (time class, group, state, age index)
    """
    if COMPILED:
        room = np.zeros(later.shape[2:])
        advance_each(later, since, youngest, first_age, end, before, room)
    else:
        advance_together(later, since, youngest, first_age, end, before)


def share_out(children: FloatArray, first_age: IntArray, shares: FloatArray) -> FloatArray:
    """Children times the shares of their class.

    Parameters
    ----------
    children : shape (time class, group, state, age index)
    first_age : shape (age class,), first age index of each class
    shares : shape (time class, group, age class, state, state)
    """
    if not COMPILED:
        return share_out_together(children, first_age, shares)
    shared = np.zeros_like(children)
    share_out_each(children, first_age, shares, shared)
    return shared


def rows_times(rows: FloatArray, shares: FloatArray, at: Classes) -> FloatArray:
    """Every row, a vector over states, times the shares of its class.

    Parameters
    ----------
    rows : shape (row, state)
    shares : shape (time class, group, age class, state, state)
    """
    if not COMPILED:
        return rows_times_together(rows, shares, at)
    times = np.zeros_like(rows)
    rows_times_each(rows, shares, *at, times)
    return times


# In loops ----------------------------------------------------------------------------------------


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
    """See `advance`; the room is for one group of a cohort."""
    groups, states, ages = before.shape[1:]
    for cohort in range(len(since)):
        time = since[cohort]
        for group in range(groups):
            for state in range(states):
                here = later[cohort, group, state, youngest : youngest + ages]
                add_share(before[time, group, state], here, 1.0)
                here[ages - 1] = 0.0
            for age_class in range(len(first_age) - 1):
                first, stop = youngest + first_age[age_class], youngest + first_age[age_class + 1]
                stock = later[cohort, group]
                for state in range(states):
                    scale(room[state, first:stop], 0.0)
                add_shares(stock, end[time, group, age_class], first, stop, room)
                for state in range(states):
                    scale(stock[state, first:stop], 0.0)
                    add_share(stock[state, first:stop], room[state, first:stop], 1.0)


@compiled
def share_out_each(
    children: FloatArray, first_age: IntArray, shares: FloatArray, shared: FloatArray
) -> None:
    """See `share_out`; adds to what is shared."""
    times, groups, _, ages = children.shape
    for time in range(times):
        for group in range(groups):
            for age_class in range(len(first_age)):
                last = age_class == len(first_age) - 1
                stop = ages if last else first_age[age_class + 1]
                add_shares(
                    children[time, group], shares[time, group, age_class], first_age[age_class],
                    stop, shared[time, group],
                )  # fmt: skip


@compiled
def rows_times_each(
    rows: FloatArray,
    shares: FloatArray,
    time: IntArray,
    group: IntArray,
    age_class: IntArray,
    times: FloatArray,
) -> None:
    """See `rows_times`; adds to the result."""
    for row in range(len(rows)):
        own = shares[time[row], group[row], age_class[row]]
        for state in range(rows.shape[1]):
            if rows[row, state] != 0.0:
                add_share(times[row], own[state], rows[row, state])


@compiled
def add_shares(
    stock: FloatArray, shares: FloatArray, first: int, stop: int, total: FloatArray
) -> None:
    """Add a stock times its shares, for the slots from first up to stop.

    States that are empty, and those where nobody goes, are passed over.

    Parameters
    ----------
    stock, total : shape (state, slot)
    shares : shape (state, state)
    """
    for state in range(len(stock)):
        here = stock[state, first:stop]
        if somebody(here):
            for to in range(len(stock)):
                if shares[state, to] != 0.0:
                    add_share(total[to, first:stop], here, shares[state, to])


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


# In whole arrays ---------------------------------------------------------------------------------


def advance_together(
    later: FloatArray,
    since: IntArray,
    youngest: int,
    first_age: IntArray,
    end: FloatArray,
    before: FloatArray,
) -> None:
    """See `advance`."""
    if len(since) == 0:
        return
    stock = later[..., youngest : youngest + before.shape[3]]
    begins = np.flatnonzero(np.diff(since, prepend=-1))  # cohorts of a class stand together
    before[since[begins]] = np.add.reduceat(stock, begins, axis=0)
    for age_class in range(len(first_age) - 1):
        here = slice(int(first_age[age_class]), int(first_age[age_class + 1]))
        shares = end[since, :, age_class].swapaxes(-1, -2)
        stock[..., here] = shares @ stock[..., here]
    stock[..., -1] = 0.0


def share_out_together(children: FloatArray, first_age: IntArray, shares: FloatArray) -> FloatArray:
    """See `share_out`."""
    stops = [*first_age[1:].tolist(), children.shape[3]]
    shared = np.empty_like(children)
    for age_class, (first, stop) in enumerate(zip(first_age.tolist(), stops, strict=True)):
        to = shares[:, :, age_class].swapaxes(-1, -2)
        shared[..., first:stop] = to @ children[..., first:stop]
    return shared


def rows_times_together(rows: FloatArray, shares: FloatArray, at: Classes) -> FloatArray:
    """See `rows_times`."""
    return np.asarray(np.matmul(rows[:, None, :], shares[at])[:, 0, :])
