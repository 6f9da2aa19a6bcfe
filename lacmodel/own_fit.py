"""Layer 2 from an area's own fit: the covariance of its estimates, laid out for compiled code.

The log factor of a cell is ``loading @ z``, with z the standard normals of a future, and the factor
``exp(loading @ z - |loading| ** 2 / 2)`` has mean 1. Cells of a table that are loaded alike share a
row of loadings, of which only those other than 0 are kept. Row 0 has none: its factor is 1, and
every cell of a table that the fit does not name points to it.

A hazard or an intensity is a product of cells of several tables. Their log factors add up, so that
it takes one more correction for its mean to be 1, that of their covariances.
"""

import math
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled
from lacmodel.estimates import UNCERTAIN, Estimates
from lacmodel.parameters import declared_tables
from lacmodel.randomness import Purpose, standard_normal

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EXITS: Final = UNCERTAIN[:4]
STARTS: Final = UNCERTAIN[4:6]
START_RATE: Final = STARTS[0]


class OwnFit(NamedTuple):
    """Loadings by row, which row each cell of a table has, and the means of products."""

    first: IntArray  # (row + 1,): where a row's loadings begin among `draw` and `loading`
    draw: IntArray  # (loading,): the number of its normal
    loading: FloatArray  # (loading,)
    half_variance: FloatArray  # (row,)
    base_per_day: IntArray  # rows by cell, in the shape of the table of this name
    time_factor: IntArray
    placement_factor: IntArray
    group_factor: IntArray
    start_rate: IntArray
    season: IntArray
    breakdown_per_day: IntArray
    planned_per_day: IntArray
    re_entry_per_day: IntArray
    first_placement: IntArray
    breakdown_next: IntArray
    planned_next: IntArray
    exit_mean: FloatArray  # (route, age band, time band, placement, group): correction
    start_mean: FloatArray  # (age band, group, calendar month): correction

    @property
    def draws(self) -> int:
        """How many standard normals a future needs."""
        return int(self.draw.max(initial=-1)) + 1

    @property
    def rows(self) -> int:
        """How many factors a future draws."""
        return len(self.half_variance)


CELLS: Final = OwnFit._fields[4:-2]  # in the order of `UNCERTAIN`

SURE: Final = Estimates((), np.zeros((0, 1)))  # of everything


def own_fit_of(estimates: Estimates | None) -> OwnFit:
    """The layout of an area's estimates; without any, of none."""
    return _laid_out(estimates if estimates is not None and estimates.draws else SURE)


@lru_cache(maxsize=8)
def _laid_out(estimates: Estimates) -> OwnFit:
    """See `own_fit_of`; made once for all batches of a run."""
    loadings = {name: np.zeros((*shape_of(name), estimates.draws)) for name in UNCERTAIN}
    loadings |= estimates.by_table()
    rows: list[FloatArray] = [np.zeros((1, estimates.draws))]
    cells: dict[str, IntArray] = {}
    for name, field in zip(UNCERTAIN, CELLS, strict=True):
        found, place = np.unique(
            loadings[name].reshape(-1, estimates.draws), axis=0, return_inverse=True
        )
        loaded = found.any(axis=1)
        number = np.where(loaded, sum(map(len, rows)) + np.cumsum(loaded) - 1, 0)
        cells[field] = number[place].reshape(shape_of(name))
        rows.append(found[loaded])
    table = np.concatenate(rows)
    return OwnFit(
        np.concatenate([[0], np.cumsum((table != 0).sum(axis=1))]),
        np.nonzero(table)[1],
        table[table != 0],
        (table**2).sum(axis=1) / 2,
        **cells,
        exit_mean=mean_of_product(
            loadings[EXITS[0]][:, :, None, None, None],
            loadings[EXITS[1]][:, None, :, None, None],
            loadings[EXITS[2]][:, None, None, :, None],
            loadings[EXITS[3]][:, None, None, None, :],
        ),
        start_mean=mean_of_product(loadings[START_RATE][:, :, None], loadings[STARTS[1]]),
    )


def shape_of(name: str) -> tuple[int, ...]:
    """The shape of a table of parameters."""
    return tuple(len(axis) for axis in declared_tables()[name][1])


def mean_of_product(*loadings: FloatArray) -> FloatArray:
    """By what a product of factors of mean 1 is to be multiplied, for its mean to be 1.

    ``exp(-(|sum of loadings| ** 2 - sum of |loading| ** 2) / 2)``, over the last axis

    >>> round(float(mean_of_product(np.array([0.3, 0.4]), np.array([0.3, 0.4]))), 6)  # exp(-0.25)
    0.778801
    """
    covariances = sum(
        (a * b).sum(axis=-1) for place, a in enumerate(loadings) for b in loadings[:place]
    )
    return np.asarray(np.exp(-covariances), dtype=np.float64)


# A future ----------------------------------------------------------------------------------------


@compiled
def draw_own_fit(fit: OwnFit, own: int, normals: FloatArray, fitted: FloatArray) -> None:
    """Draw the factor of every row; ``own`` is the key of the area's future."""
    for draw in range(normals.shape[0]):
        normals[draw] = standard_normal(own, Purpose.OWN_FIT, draw)
    for row in range(fitted.shape[0]):
        log = -fit.half_variance[row]
        for at in range(fit.first[row], fit.first[row + 1]):
            log += fit.loading[at] * normals[fit.draw[at]]
        fitted[row] = math.exp(log)


@compiled
def multiply_cells(table: FloatArray, cells: IntArray, fitted: FloatArray) -> None:
    """Multiply every cell of a table by the factor of its row."""
    numbers, rows = table.reshape(table.size), cells.reshape(cells.size)
    for place in range(table.size):
        numbers[place] *= fitted[rows[place]]


@compiled
def multiply_exits(table: FloatArray, fit: OwnFit, fitted: FloatArray) -> None:
    """Multiply exit hazards, shape (route, age band, time band, placement, group)."""
    for route in range(table.shape[0]):
        for age_band in range(table.shape[1]):
            by_age = fitted[fit.base_per_day[route, age_band]]
            for time_band in range(table.shape[2]):
                by_time = by_age * fitted[fit.time_factor[route, time_band]]
                for placement in range(table.shape[3]):
                    factor = by_time * fitted[fit.placement_factor[route, placement]]
                    for group in range(table.shape[4]):
                        table[route, age_band, time_band, placement, group] *= (
                            factor * fitted[fit.group_factor[route, group]]
                        )


@compiled
def multiply_starts(
    table: FloatArray, months: int, first_month: int, fit: OwnFit, fitted: FloatArray
) -> None:
    """Multiply the first months of entries, shape (cell, month).

    Parameters
    ----------
    first_month : calendar month of day 0, 1 to 12
    """
    groups = fit.start_rate.shape[1]
    for cell in range(table.shape[0]):
        rate = fitted[fit.start_rate[cell // groups, cell % groups]]
        for month in range(months):
            season = fitted[fit.season[(first_month - 1 + month) % 12]]
            table[cell, month] *= rate * season


@compiled
def multiply_shares(
    base: FloatArray, fresh: NDArray[np.bool_], cells: IntArray, fitted: FloatArray,
    shares: FloatArray,
) -> None:  # fmt: skip
    """Multiply shares over the last axis, and scale them back to add to what they did.

    Parameters
    ----------
    base, shares : before and after, shape (month, a, b, placement)
    fresh : by month, whether ``base`` differs from that of the month before
    """
    for month in range(base.shape[0]):
        if not fresh[month]:
            numbers, same = shares[month].reshape(cells.size), shares[month - 1].reshape(cells.size)
            for place in range(cells.size):
                numbers[place] = same[place]
            continue
        for a in range(base.shape[1]):
            for b in range(base.shape[2]):
                before, after = 0.0, 0.0
                for placement in range(base.shape[3]):
                    share = base[month, a, b, placement]
                    raised = share * fitted[cells[a, b, placement]]
                    shares[month, a, b, placement] = raised
                    before += share
                    after += raised
                if after > 0.0:
                    for placement in range(base.shape[3]):
                        shares[month, a, b, placement] *= before / after


def fresh_months(table: FloatArray) -> NDArray[np.bool_]:
    """Whether a month's part of a table differs from that of the month before; the first does.

    >>> fresh_months(np.array([[0.5], [0.5], [0.4]])).tolist()
    [True, False, True]
    """
    changes = (table[1:] != table[:-1]).reshape(len(table) - 1, -1).any(axis=1)
    return np.concatenate([[True], changes])
