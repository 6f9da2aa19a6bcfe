"""What is agreed for single children in care at the start: their own prices and contributions.

Both hold for the placement in which a child is at the start, and for no other. They are put to a
future's spells after it has run, so that no engine knows of them.
"""

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KIND_OF, KINDS, STARTED_OPENING
from lacmodel.plan import OpeningChildren, Plan


def put_own_prices(
    spells: NDArray[np.void], opening: OpeningChildren, unit_price: NDArray[np.float64]
) -> None:
    """Put the children's own price factors into the spells that were open at the start.

    A price that is known is not drawn: the future's factor on the kind's price, which money puts
    on every price, is divided out beforehand.

    Parameters
    ----------
    unit_price : shape (kind,)
    """
    own = _by_number(opening, opening.own_price >= 0)
    if len(own):
        here, child = _spells_of(spells, opening.number[own])
        drawn = unit_price[opening.kind[own]]
        spells["price_factor"][here] = (opening.own_price[own] / drawn)[child]


def contributions(plan: Plan, spells: NDArray[np.void]) -> NDArray[np.int64]:
    """Pennies a week times nights of all contributions, beside the kinds' own income.

    Returns
    -------
    shape (month, kind)
    """
    opening, period = plan.opening, plan.period
    total = np.zeros((period.months, len(KINDS)), dtype=np.int64)
    own = _by_number(opening, opening.own_income != 0)
    here, child = _spells_of(spells, opening.number[own])
    starts = np.array([period.day(first) for first in period.month_starts(period.months + 1)])
    end = spells["end_day"][here].astype(np.int64)
    end[end < 0] = period.days
    nights = np.clip(np.minimum(end[:, None], starts[None, 1:]) - starts[None, :-1], 0, None)
    kind = np.array(KIND_OF)[spells["placement"][here], spells["provider"][here]]
    np.add.at(total.T, kind, nights * opening.own_income[own][child][:, None])
    return total


def no_contributions(plan: Plan, futures: int) -> NDArray[np.int64] | None:
    """Room for the contributions of some futures; None where no child brings any.

    Returns
    -------
    shape (future, month, kind)
    """
    if not (plan.opening.own_income != 0).any():
        return None
    return np.zeros((futures, plan.period.months, len(KINDS)), dtype=np.int64)


def _by_number(opening: OpeningChildren, which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Some children, in the order of their numbers."""
    chosen = np.flatnonzero(which)
    return chosen[np.argsort(opening.number[chosen], kind="stable")]


def _spells_of(
    spells: NDArray[np.void], numbers: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first spells of children whose numbers are sorted, and each one's place among them."""
    first = np.flatnonzero(spells["why_started"] == STARTED_OPENING)
    place = np.searchsorted(numbers, spells["child"][first])
    place[place == len(numbers)] = 0
    mine = (
        numbers[place] == spells["child"][first] if len(numbers) else np.zeros(len(first), np.bool_)
    )
    return first[mine], place[mine]
