"""Shares from a return: first placements, where moves lead, families, staying on, own providers.

A row of shares is Dirichlet: the national mix counts as some events, to which the row's own are
added. Where the national share is nil and nothing was seen it stays nil.
"""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    ENDED_BREAKDOWN,
    ENDED_PLANNED,
    GROUPS,
    PLACEMENTS,
    PROVIDERS,
    TURNED_18,
)
from lacmodel.ssda903.calendar import band_birthdays
from lacmodel.ssda903.records import ReturnSpells, first_of_period

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LOW: Final = 0.05  # the ends of 90 % intervals
HIGH: Final = 0.95


@dataclass(frozen=True, slots=True)
class Mixes:
    """What children came to, by year in which it happened."""

    first: IntArray  # (year, age band, group, placement): of periods of care that begin
    breakdown_next: IntArray  # (year, placement left, age band, placement)
    planned_next: IntArray  # (year, placement left, age band, placement)
    staying_on: IntArray  # (year, placement, leaves or stays): of those who turn 18
    providers: IntArray  # (year, placement, provider): of placements that begin

    def of_years(self, years: slice) -> "Mixes":
        """The counts of some of the years."""
        return Mixes(*(getattr(self, f.name)[years] for f in fields(self)))


def mixes_of(spells: ReturnSpells, years: list[int]) -> Mixes:
    """Count what children came to between the first and the last day of a return."""
    turned = band_birthdays(spells.birth_day)
    started, ended = spells.start_day, spells.end_day
    begins = (started >= spells.first_day) & (started <= spells.last_day)
    ends = (ended > spells.first_day) & (ended <= spells.last_day)
    new_period = first_of_period(spells)
    at_start = np.minimum((turned <= started).sum(axis=0), len(AGE_BANDS) - 1)
    at_end = np.minimum((turned <= ended).sum(axis=0), len(AGE_BANDS) - 1)
    year_started = np.searchsorted(years, started, side="right") - 1
    year_ended = np.searchsorted(years, ended - 1, side="right") - 1
    count, types = len(years) - 1, len(PLACEMENTS)

    def table(
        shape: tuple[int, ...], chosen: NDArray[np.bool_], *at: NDArray[np.integer[Any]]
    ) -> IntArray:
        counted = np.zeros((count, *shape), dtype=np.int64)
        np.add.at(counted, tuple(column[chosen] for column in at), 1)
        return counted

    following = np.append(spells.placement[1:], 0)
    moves_on = ends & np.append(~new_period[1:], False)

    def next_after(cause: int) -> IntArray:
        return table((types, len(AGE_BANDS), types), moves_on & (spells.why_ended == cause),
                     year_ended, spells.placement, at_end, following)  # fmt: skip

    new_here = new_period & begins & spells.period_start_seen
    return Mixes(
        first=table((len(AGE_BANDS), len(GROUPS), types), new_here,
                    year_started, at_start, spells.group, spells.placement),
        breakdown_next=next_after(ENDED_BREAKDOWN),
        planned_next=next_after(ENDED_PLANNED),
        staying_on=table((types, 2), ends & (spells.why_ended == TURNED_18),
                         year_ended, spells.placement, spells.stayed_on * 1),
        providers=table((types, len(PROVIDERS)), begins & (~new_period | spells.period_start_seen),
                        year_started, spells.placement, spells.provider),
    )  # fmt: skip


def shrunk(national: FloatArray, counts: IntArray, weight: float) -> FloatArray:
    """Parameters of the Dirichlet of each row: ``weight * national share + count``.

    >>> shrunk(np.array([0.5, 0.5]), np.array([10, 0]), 20.0)
    array([20., 10.])
    """
    return weight * national + counts


def shares(alpha: FloatArray) -> FloatArray:
    """Mean share of each place of a row; rows that nothing is known of are nil.

    >>> shares(np.array([20.0, 10.0])).round(3)
    array([0.667, 0.333])
    """
    total = alpha.sum(axis=-1, keepdims=True)
    return np.divide(alpha, total, out=np.zeros_like(alpha), where=total > 0)


def share_interval(alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The 90 % interval of each share: quantiles of its beta distribution.

    >>> low, high = share_interval(np.array([[1.0, 1.0]]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([[0.05, 0.05]], [[0.95, 0.95]])
    """
    from scipy.special import betaincinv

    rest = alpha.sum(axis=-1, keepdims=True) - alpha
    known = (alpha > 0) & (rest > 0)
    a, b = np.where(known, alpha, 1.0), np.where(known, rest, 1.0)
    certain = shares(alpha)
    low = np.where(known, betaincinv(a, b, LOW), certain)
    return low, np.where(known, betaincinv(a, b, HIGH), certain)
