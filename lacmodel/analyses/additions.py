"""Additions: the least-cost places to add, by type and year, that meet a target of shortage.

Need does not depend on places, so what a place is worth follows from a sample of futures alone
(sample-average approximation). With E(t) = need - usable places on day t, the k-th place added for
a scope is used on gain[k] = the days of a year with E >= k, on average over futures. Costs are

    places x days x own price  -  sum of gain[1..places] x external price  +  capital as an annuity

and a target ``shortage_days_share <= S`` says that places must be at least the 1 - S quantile of E.
One type with neither capital nor target is the newsvendor: places are added while
P(E >= k) > own price / external price. The whole is one integer programme.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.money.business_case import APPRAISAL_YEARS, DISCOUNT_RATE, yearly_repayment

FloatArray = NDArray[np.float64]

MOST_PLACES: Final = 400  # of one sort
MET: Final = "target"  # what decided the additions: they meet it at the least cost
SHORT: Final = "capital"  # ... or it does not reach, and shortage is the least there can be
IDLE: Final = 1e-6  # beside a day of shortage, so that no place is added for nothing


class Excess(NamedTuple):
    """Need less usable places of the scopes that places may be added for, in the years to come."""

    share: tuple[FloatArray, ...]  # by year: (scope, k) share of days with excess of k + 1 or more
    days: tuple[int, ...]  # by year


class Costs(NamedTuple):
    """What a place costs: shape (scope, year) pounds a day, and (scope,) pounds to build."""

    own_per_day: FloatArray
    external_per_day: FloatArray
    capital: FloatArray


@dataclass(frozen=True, slots=True)
class Additions:
    """Places open in each year, those of earlier years among them."""

    places: NDArray[np.int64]  # (scope, year)
    capital_gbp: float
    decided_by: str  # MET, or SHORT: the capital does not reach, and shortage is least instead

    @property
    def opened(self) -> NDArray[np.int64]:
        """Places that open in each year: shape (scope, year)."""
        return np.diff(self.places, axis=1, prepend=0)


def excess_of(demand: list[NDArray[Any]], usable: list[NDArray[np.int64]]) -> Excess:
    """The shares of days by how many places are missing.

    Parameters
    ----------
    demand : by year (future, scope, day)
    usable : by year (scope, day)
    """
    shares = []
    for needed, places in zip(demand, usable, strict=True):
        missing = needed.astype(np.int64) - places
        most = max(1, min(MOST_PLACES, int(missing.max(initial=0))))
        shares.append(np.array([more_than(missing[:, at], most) for at in range(len(places))]))
    widest = max(share.shape[1] for share in shares)
    padded = tuple(np.pad(share, ((0, 0), (0, widest - share.shape[1]))) for share in shares)
    return Excess(padded, tuple(places.shape[1] for places in usable))


def more_than(missing: NDArray[np.int64], most: int) -> FloatArray:
    """The share of days on which 1, 2, ... places or more are missing.

    >>> more_than(np.array([[-1, 0, 1, 3]]), 3).tolist()
    [0.5, 0.25, 0.25]
    """
    counts = np.bincount(np.clip(missing, 0, most).ravel(), minlength=most + 1)
    return np.asarray(counts[::-1].cumsum()[::-1][1:] / missing.size, dtype=np.float64)


def places_for(share: FloatArray, target: float) -> int:
    """The fewest places with which the share of days short is no more than a target.

    Parameters
    ----------
    share : share of days with 1, 2, ... places or more missing

    >>> places_for(np.array([0.5, 0.25, 0.05]), 0.1), places_for(np.array([0.5, 0.25]), 0.1)
    (2, 2)
    """
    return int((share > target).sum())


def least_cost(
    excess: Excess, costs: Costs, overlap: NDArray[np.bool_], capital: float, target: float | None
) -> Additions:
    """The least-cost places that meet the target; if capital does not reach, the least shortage.

    Parameters
    ----------
    overlap : (scope, sort of place): whether places made for a scope serve another; the sorts of
        places that may be added are the scopes themselves
    capital : pounds that may be spent
    target : share of days short that no scope may exceed in any year; None: no target
    """
    value, owning = value_of_use(excess, costs), cost_of_owning(excess, costs)
    made = _solved(excess, costs.capital, overlap, capital, target, owning, value)
    decided = MET
    if made is None:
        days = np.array(excess.days, dtype=np.float64)
        shortage = tuple(-s * n for s, n in zip(excess.share, days, strict=True))
        idle = IDLE * np.broadcast_to(days, owning.shape)
        made = _solved(excess, costs.capital, overlap, capital, None, idle, shortage)
        decided = SHORT
    assert made is not None  # adding nothing is always allowed
    return Additions(made, float(costs.capital @ made[:, -1]), decided)


def value_of_use(excess: Excess, costs: Costs) -> tuple[FloatArray, ...]:
    """What is not bought when the k-th missing place is there, below 0: (scope, k) by year."""
    return tuple(
        -share * days * costs.external_per_day[:, [year]]
        for year, (share, days) in enumerate(zip(excess.share, excess.days, strict=True))
    )


def cost_of_owning(excess: Excess, costs: Costs) -> FloatArray:
    """What a place costs, full or empty, with its capital as an annuity: (scope, year)."""
    days = np.array(excess.days)
    annuity = np.array([yearly_repayment(c, DISCOUNT_RATE, APPRAISAL_YEARS) for c in costs.capital])
    return np.asarray(costs.own_per_day * days + annuity[:, None] * days / 365)


def _solved(
    excess: Excess,
    price: FloatArray,
    overlap: NDArray[np.bool_],
    capital: float,
    target: float | None,
    owning: FloatArray,
    value: tuple[FloatArray, ...],
) -> NDArray[np.int64] | None:
    """Places by sort and year, or None where the target cannot be met within the capital.

    The unknowns are, year by year: places of each sort, and for every scope and k the part in
    [0, 1] of the k-th missing place that is there. Gains fall with k, so that parts fill in order.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import lil_array

    scopes, depth = excess.share[0].shape
    years, block = len(excess.days), scopes + scopes * depth
    cost = np.concatenate([np.r_[owning[:, y], value[y].ravel()] for y in range(years)])
    rows, low, high = lil_array((3 * years * scopes + 1, years * block)), [], []
    row = 0
    for year in range(years):
        at = year * block
        for scope in range(scopes):
            serve = at + np.flatnonzero(overlap[scope])
            used = at + scopes + scope * depth + np.arange(depth)
            rows[row, serve] = -1.0  # parts are there only with places
            rows[row, used] = 1.0
            rows[row + 1, serve] = 1.0  # the target
            rows[row + 2, at + scope] = 1.0  # places stay open
            if year:
                rows[row + 2, at - block + scope] = -1.0
            needed = 0 if target is None else places_for(excess.share[year][scope], target)
            low += [-np.inf, needed, 0.0]
            high += [0.0, np.inf, np.inf]
            row += 3
    rows[row, (years - 1) * block + np.arange(scopes)] = price
    whole = np.tile(np.r_[np.ones(scopes), np.zeros(scopes * depth)], years)
    most = np.tile(np.r_[np.full(scopes, MOST_PLACES), np.ones(scopes * depth)], years)
    result = milp(
        cost,
        constraints=LinearConstraint(rows.tocsr(), [*low, -np.inf], [*high, capital]),
        bounds=Bounds(0.0, most),
        integrality=whole,
    )
    if result.x is None:
        return None
    places = np.rint(result.x.reshape(years, block)[:, :scopes]).astype(np.int64)
    return np.asarray(places.T)
