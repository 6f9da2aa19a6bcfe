"""A month of the pathway in expectation: what becomes of children, by class.

During a month a child moves between *states* (a kind of placement, or a pool of in-house places of
one kind) and leaves, as a Markov chain in continuous time with generator Q (per month). With

    phi1(Q) = sum of Q**i / (i + 1)!      phi2(Q) = sum of Q**i / (i + 2)!

a child there all month ends it in exp(Q) = I + Q phi1(Q) and spends phi1(Q) months in each state;
one who comes at an even time in the month ends it in phi1(Q) and spends phi2(Q) months in each.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import RETURNABLE
from lacmodel.engines.monthly import Rates

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SERIES_TOLERANCE: Final = 1e-10
LARGEST_CUBE: Final = (
    512.0  # norm of Q**3 up to which no more than four digits of the series are lost
)


class Classes(NamedTuple):
    """Classes in which somebody is: the axis of what is made for each of them."""

    time: IntArray  # (class,): class of time in care
    group: IntArray  # (class,), rising in each part
    age: IntArray  # (class,): class of age
    number: IntArray  # (group, time class, age class): which one it is, 0 where nobody is
    parts: tuple[slice, slice]  # those of younger and those of older children


class Kernel(NamedTuple):
    """What a month does to children, by class; the first of two states is a row.

    With q the generator per day, whoever is there all month spends L phi1(L q) of its L days in
    each state. Those of the first class of time in care come in the month, and those of the last of
    age turn 18 in it: they are there from or until an even time, and spend L phi2 - phi1 / 2 days.
    Where a child is at the end, or at 18, is where it was, and days spent times q. So are those
    who left for a reason after which they may come back: days spent times the hazard of leaving.
    """

    spent: FloatArray  # (class, state, state), days
    follows: FloatArray  # (class, state, place): the returnable routes, and after them the states
    reach: IntArray  # (age class,): how many of the first states such children can be in


def classes_where(somebody: BoolArray, older: int) -> Classes:
    """The classes in which there is somebody, younger children first.

    Parameters
    ----------
    somebody : shape (group, time class, age class)
    older : the first age class of older children
    """
    groups, times, ages = (
        np.concatenate(axis)
        for axis in zip(
            np.nonzero(somebody[..., :older]), np.nonzero(somebody[..., older:]), strict=True
        )
    )
    young = int(somebody[..., :older].sum())
    ages[young:] += older
    number = np.zeros(somebody.shape, dtype=np.int64)
    number[groups, times, ages] = np.arange(len(ages))
    return Classes(times, groups, ages, number, (slice(0, young), slice(young, None)))


def month_kernel(
    rates: Rates,
    weights: FloatArray,
    days: float,
    place: FloatArray,
    classes: Classes,
    occupied: BoolArray,
) -> Kernel:
    """The kernel of one month.

    Younger children, who can be in fewer states, are taken apart, and what happens in states where
    nobody can be is passed over: the series is as long as where children leave soonest needs it.

    Parameters
    ----------
    weights : those of `move_weights`
    days : length of the month
    place : shape (segment, group, need, state), where children with a need go
    occupied : shape (part of the classes, state), where somebody is or comes first
    """
    targets = rates.needed @ place[:, None]  # (segment, early, group, state, state)
    count, states = len(classes.time), targets.shape[-1]
    spent, follows = (
        np.zeros((count, states, states)),
        np.zeros((count, states, RETURNABLE + states)),
    )
    reach = np.zeros(weights.shape[1], dtype=np.int64)
    for here, there in zip(classes.parts, occupied, strict=True):
        at = (classes.time[here], classes.group[here], classes.age[here])
        shares = weights[at[0], at[2]]
        segments = shares.any(axis=0).reshape(len(targets), -1).any(axis=1)
        can_be = reached(there, np.asarray(targets[segments].any(axis=(0, 1, 2))))
        first = int(np.flatnonzero(can_be).max(initial=0)) + 1
        reach[at[2]] = first
        per_day = _moves_per_day(targets[..., :first, :first], shares, at[1])
        add_to_diagonal(per_day, -rates.leaving[at][:, :first])
        half = (at[0] == 0) | (at[2] == weights.shape[1] - 1)
        spent[here, :first, :first] = part = days_spent(per_day, days, half)
        stay = follows[here, :first, RETURNABLE : RETURNABLE + first]
        np.matmul(part, per_day, out=stay)
        add_to_diagonal(stay, 1.0)
        hazard = rates.exits[at][:, :first, :RETURNABLE]
        np.matmul(part, hazard, out=follows[here, :first, :RETURNABLE])
    return Kernel(spent, follows, reach)


def _moves_per_day(targets: FloatArray, shares: FloatArray, group: IntArray) -> FloatArray:
    """Moves per day between states by class; groups rise."""
    states = targets.shape[-1]
    moves = np.empty((len(group), states * states))
    stops = np.searchsorted(group, np.arange(targets.shape[2] + 1)).tolist()
    for one, here in enumerate(map(slice, stops[:-1], stops[1:])):
        np.matmul(shares[here], targets[:, :, one].reshape(-1, states * states), out=moves[here])
    return moves.reshape(-1, states, states)


def reached(places: BoolArray, leads: BoolArray) -> BoolArray:
    """The places that can be reached from some, themselves among them.

    >>> reached(np.array([True, False, False]), np.eye(3, k=1, dtype=bool)).tolist()
    [True, True, True]
    """
    found = places | leads[places].any(axis=0)
    return found if np.array_equal(found, places) else reached(found, leads)


def days_spent(per_day: FloatArray, days: float, half: BoolArray) -> FloatArray:
    """Days spent in each state in a month; see `Kernel`.

    Parameters
    ----------
    per_day : generators
    half : of them, those of children who come or go at an even time
    """
    spent, phi2 = series(days * per_day)
    in_half = days * phi2[half] - spent[half] / 2
    spent *= days
    spent[half] = in_half
    return spent


def series(generator: FloatArray) -> tuple[FloatArray, FloatArray]:
    """phi1(Q) and phi2(Q) of a stack of generators, by the power series of phi2.

    Three powers at a time, since products of matrices are what takes time::

        phi2 = B0 + Q**3 (B1 + Q**3 (B2 + ...)),  Bk = c[3k] I + c[3k+1] Q + c[3k+2] Q**2

    with ``c[i] = 1 / (i + 2)!`` and one last term in Q**3; then ``phi1 = I + Q phi2``. The terms of
    a large Q would take each other away, so it is halved first, and from A = Q / 2 follow::

        phi1(Q) = phi1(A) + A phi1(A)**2 / 2      phi2(Q) = phi1(A)**2 / 4 + phi2(A) / 2

    >>> q = np.array([[-0.1]])
    >>> [round(float(m[0, 0]), 5) for m in series(q)]
    [0.95163, 0.48374]
    >>> [round(float(m[0, 0]), 5) for m in series(np.array([[-30.0]]))]
    [0.03333, 0.03222]
    """
    square = generator @ generator
    cube = square @ generator
    norm = float(np.sqrt(np.einsum("...ij,...ij->...", cube, cube).max(initial=0)))
    if norm > LARGEST_CUBE:
        half = generator / 2
        phi1, phi2 = series(half)
        squared = phi1 @ phi1
        return phi1 + half @ squared / 2, squared / 4 + phi2 / 2
    blocks = series_blocks(norm)
    share = [1 / math.factorial(power + 2) for power in range(3 * blocks + 1)]
    phi2 = share[-1] * cube
    for first in range(3 * blocks - 3, -1, -3):
        if first < 3 * blocks - 3:
            phi2 = phi2 @ cube
        phi2 += share[first + 1] * generator
        phi2 += share[first + 2] * square
        add_to_diagonal(phi2, share[first])
    phi1 = generator @ phi2
    add_to_diagonal(phi1, 1.0)
    return phi1, phi2


def add_to_diagonal(matrices: FloatArray, numbers: float | FloatArray) -> None:
    """Add to the diagonal of each of a stack of matrices."""
    diagonal = np.einsum("...ii->...i", matrices)  # a view
    diagonal += numbers


def series_blocks(norm: float) -> int:
    """Blocks of three powers after which the terms of phi2 are too small to matter.

    Parameters
    ----------
    norm : of Q**3, the root of the sum of its squares

    >>> series_blocks(0.01), series_blocks(2.0)
    (3, 4)
    """
    blocks = 1
    while norm**blocks / math.factorial(3 * blocks + 3) > SERIES_TOLERANCE:
        blocks += 1
    return blocks
