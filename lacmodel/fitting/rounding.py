"""Fitting a table to its margins, and rounding it to whole children."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_ROUNDS: Final = 2000
CLOSE: Final = 1e-9
LEAST_EXPECTED: Final = 1e-6  # a cell that expects fewer children gets none


def fit_to_margins(seed: FloatArray, margins: dict[int, FloatArray]) -> FloatArray:
    """Iterative proportional fitting: the table most like a seed that has given margins.

    Each axis in turn is scaled to its margin until nothing changes. Cells that are nil stay nil.

    Parameters
    ----------
    margins : by axis of the seed, all with the same total

    Raises
    ------
    ValueError
        if a margin is wanted where the seed has nobody

    >>> fit_to_margins(np.array([[1.0, 1.0], [1.0, 0.0]]),
    ...                {0: np.array([3.0, 1.0]), 1: np.array([2.0, 2.0])}).round(3).tolist()
    [[1.0, 2.0], [1.0, 0.0]]
    """
    table = seed.astype(np.float64)
    for _ in range(MOST_ROUNDS):
        change = 0.0
        for axis, margin in margins.items():
            others = tuple(other for other in range(table.ndim) if other != axis)
            now = table.sum(axis=others)
            if np.any((now == 0) & (margin > 0)):
                place = int(np.flatnonzero((now == 0) & (margin > 0))[0])
                raise ValueError(f"axis {axis}, place {place}: {margin[place]} wanted of nobody")
            factor = np.divide(margin, now, out=np.zeros_like(now), where=now > 0)
            shape = [1] * table.ndim
            shape[axis] = -1
            table = table * factor.reshape(shape)
            change = max(change, float(np.abs(margin - now).max()))
        if change < CLOSE * max(1.0, float(table.sum())):
            break
    return table


def round_in_order(expected: FloatArray) -> IntArray:
    """Whole numbers whose running total is never more than a half from the expected one.

    >>> round_in_order(np.array([0.4, 0.4, 0.4, 0.4, 0.4])).tolist()
    [0, 1, 0, 1, 0]
    """
    running = np.floor(np.cumsum(expected) + 0.5 + CLOSE)
    return np.diff(running, prepend=0.0).astype(np.int64)


def whole_margin(expected: FloatArray, total: int) -> IntArray:
    """A margin in whole numbers with a given total, by largest remainders.

    >>> whole_margin(np.array([1.5, 1.3, 0.2]), 3).tolist()
    [2, 1, 0]
    """
    if total == 0:
        return np.zeros(expected.shape, dtype=np.int64)
    scaled = expected * total / expected.sum()
    whole = np.floor(scaled).astype(np.int64)
    short = total - int(whole.sum())
    whole[np.argsort(-(scaled - whole), kind="stable")[:short]] += 1
    return whole


def round_to_margins(expected: FloatArray, margins: dict[int, IntArray]) -> IntArray:
    """A table in whole numbers near an expected one, with exact margins.

    The table is first rounded in its order, so that what no margin fixes is spread as expected;
    then the fewest and cheapest single children are moved until the margins hold (an integer
    programme).

    Raises
    ------
    ValueError
        if no such table is found
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    flat = expected.ravel()
    cells = np.flatnonzero(flat > LEAST_EXPECTED)
    start = np.zeros(flat.size, dtype=np.int64)
    start[cells] = round_in_order(flat[cells])
    places = np.unravel_index(cells, expected.shape)
    rows, wanted = _margin_rows(places, margins)
    now = rows @ start[cells]
    # x = start + added - taken, one child a cell at most
    added_cost = 1 + (start[cells] + 0.5 - flat[cells])
    taken_cost = 1 + (flat[cells] - start[cells] + 0.5)
    solution = milp(
        c=np.clip(np.concatenate([added_cost, taken_cost]), 0.01, None),
        constraints=LinearConstraint(
            csr_matrix(np.hstack([rows, -rows])), wanted - now, wanted - now
        ),
        bounds=Bounds(0, np.concatenate([np.ones(len(cells)), np.minimum(start[cells], 1)])),
        integrality=np.ones(2 * len(cells), dtype=np.int64),
    )
    if solution.x is None:
        raise ValueError(f"no whole table with these margins: {solution.message}")
    added, taken = np.rint(solution.x).astype(np.int64).reshape(2, -1)
    start[cells] += added - taken
    return start.reshape(expected.shape)


def _margin_rows(
    places: Sequence[IntArray], margins: dict[int, IntArray]
) -> tuple[FloatArray, IntArray]:
    """For every place of every margin, which cells it sums; and what it wants."""
    rows = [
        (places[axis][None, :] == np.arange(len(margin))[:, None]).astype(np.float64)
        for axis, margin in margins.items()
    ]
    return np.vstack(rows), np.concatenate(list(margins.values()))
