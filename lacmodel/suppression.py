"""Suppression: counts of 1 to 5 children are not shown, nor what would give them back.

Numbers of a table add up from parts: children by age band and kind add up to bands, kinds, and a
total. A small number that is hidden can be worked out again when it alone is missing from a sum. So
more is hidden, until for every small number there is another table that shows the same and in which
the number is larger by `WIDTH` at least. Each such table is found by linear programming, with as
little more to hide as possible.

    secondary suppression: min sum(weight[r] |adds[r] @ d|) over shown rows r
    with adds[small] @ d = WIDTH and parts + d >= 0; rows with adds[r] @ d != 0 are hidden too

`hidden_labels` chooses what to hide; `bounds` is what an attacker can work out from the rest.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

HIDDEN: Final = "c"  # as the DfE writes it
SMALLEST_SHOWN: Final = 5.5  # what rounds to 6; nought is shown
WIDTH: Final = 5.0  # children: how far up a small number can still be for all that is shown
NOTHING: Final = 1e-6


class Sums(NamedTuple):
    """Numbers that add up from the same parts, none of which is below nought.

    Rows of one label are shown or hidden together, in all systems of sums.
    """

    labels: tuple[str, ...]  # (row,)
    adds: FloatArray  # (row, part): row = adds @ parts
    parts: FloatArray  # (part,)
    counts: NDArray[np.bool_]  # (row,): counts of people, small from 1 to 5
    weights: FloatArray  # (row,): how little one wishes to hide it

    @property
    def rows(self) -> FloatArray:
        """The numbers themselves."""
        return self.adds @ self.parts


def is_small(count: FloatArray) -> NDArray[np.bool_]:
    """Whether counts are above nought and below 6 when rounded.

    >>> is_small(np.array([0.0, 0.2, 5.4, 5.6, 9.0])).tolist()
    [False, True, True, False, False]
    """
    return (count > NOTHING) & (count < SMALLEST_SHOWN)


def small_labels(systems: Sequence[Sums]) -> set[str]:
    """Labels that have a small count in any system."""
    return {
        system.labels[row]
        for system in systems
        for row in np.flatnonzero(system.counts & is_small(system.rows))
    }


def hidden_labels(systems: Sequence[Sums]) -> frozenset[str]:
    """Labels to hide: those with a small count, and those that would give one back.

    Children by age and home: two are small, and each sum needs one more to be hidden.

    >>> adds = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=float)
    >>> one = Sums(("a", "b", "c", "all"), adds, np.array([2.0, 9.0, 30.0]),
    ...            np.ones(4, bool), np.array([1.0, 1.0, 2.0, 9.0]))
    >>> sorted(hidden_labels([one]))
    ['a', 'b']
    """
    hidden = small_labels(systems)
    known: dict[str, FloatArray] = {}  # a change of parts that protects a label
    for system in systems:
        small = system.counts & is_small(system.rows)
        for row in np.flatnonzero(small):
            name = f"{len(system.parts)} {row} {system.labels[row]}"
            if name in known and _fits(system, known[name], hidden):
                continue
            known[name] = _least_change(system, int(row), hidden)
            moved = np.abs(system.adds @ known[name]) > NOTHING
            hidden |= {system.labels[other] for other in np.flatnonzero(moved)}
    return frozenset(hidden)


def _fits(system: Sums, change: FloatArray, hidden: Collection[str]) -> bool:
    """Whether a change of parts leaves all that is shown as it is, and no part below nought."""
    shown = np.array([label not in hidden for label in system.labels])
    stays = np.abs(system.adds[shown] @ change) <= NOTHING
    free = (system.parts > NOTHING) | (change == 0)
    return bool(stays.all() and free.all() and (system.parts + change >= -NOTHING).all())


def _least_change(system: Sums, row: int, hidden: Collection[str]) -> FloatArray:
    """The change of parts that raises a row by `WIDTH` and costs least of what is shown.

    Parts that are nought stay so, since a reader may know that there are none.
    """
    from scipy.optimize import linprog

    shown = np.array([label not in hidden for label in system.labels])
    adds, parts = system.adds, len(system.parts)
    rows = adds[shown]
    cost = np.concatenate([np.zeros(parts), system.weights[shown]])
    both = np.block([[rows, -np.eye(len(rows))], [-rows, -np.eye(len(rows))]])
    least = [(-value, None) if value > NOTHING else (0.0, 0.0) for value in system.parts]
    found = linprog(
        cost,
        A_ub=both if len(rows) else None,
        b_ub=np.zeros(2 * len(rows)) if len(rows) else None,
        A_eq=np.concatenate([adds[row], np.zeros(len(rows))])[None],
        b_eq=[WIDTH],
        bounds=[*least, *[(0.0, None)] * len(rows)],
    )
    if found.x is None:
        raise RuntimeError(f"no table hides {system.labels[row]}: {found.message}")
    change = np.asarray(found.x[:parts], dtype=np.float64)
    return np.where(np.abs(change) > NOTHING, change, 0.0)


def bounds(system: Sums, row: int, hidden: Collection[str]) -> tuple[float, float]:
    """The least and the most that a row can be, given everything that is shown.

    >>> adds = np.array([[1, 0], [0, 1], [1, 1]], dtype=float)
    >>> one = Sums(("a", "b", "all"), adds, np.array([2.0, 9.0]), np.ones(3, bool), np.ones(3))
    >>> bounds(one, 0, {"a"}), bounds(one, 0, {"a", "b"})
    ((2.0, 2.0), (0.0, 11.0))
    """
    from scipy.optimize import linprog

    shown = np.array([label not in hidden for label in system.labels])
    known = system.adds[shown]
    limits = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * system.adds[row],
            A_eq=known if shown.any() else None,
            b_eq=known @ system.parts if shown.any() else None,
            bounds=(0.0, None),
        )
        limits.append(sign * (-np.inf if found.fun is None else found.fun))
    return float(limits[0]), float(limits[1])
