"""Empty places: what the council's own homes and units cost while nobody is in them.

A home is staffed whether or not it is full, so a place at a full price costs that price when empty.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import SupplyRow
from lacmodel.area.costs import FULL
from lacmodel.codes import CHILDRENS_HOME, IN_HOUSE, KIND_OF, SUPPORTED
from lacmodel.engines.ensemble import Ensemble
from lacmodel.money.spend import PLAIN_COHORT, price_factors
from lacmodel.plan import Plan

# The council's own homes and units of supported accommodation.
UNITS: Final = (KIND_OF[CHILDRENS_HOME][IN_HOUSE], KIND_OF[SUPPORTED][IN_HOUSE])


def is_charged(plan: Plan, kind: int) -> bool:
    """Whether empty places of a kind cost its price, which holds the fixed cost as well.

    Where the price leaves the fixed cost out, that is a line of its own, and paid in any case.
    """
    return kind in UNITS and plan.prices.basis[kind] == FULL


def full_price(plan: Plan, row: SupplyRow) -> NDArray[np.float64]:
    """What a place in a row of supply costs, pounds a week: shape (month,).

    A row for several groups or levels costs what the cheapest of them does.
    """
    relative = plan.prices.relative[row.kind][np.ix_(row.groups, row.levels)].min()
    price = plan.prices.gross_per_week[: plan.period.months, row.kind, PLAIN_COHORT]
    return np.asarray(price * relative)


def cost_of_empty_places(
    plan: Plan, ensemble: Ensemble, empty: NDArray[Any]
) -> NDArray[np.float64]:
    """What empty places cost, pounds: shape (future, month, kind of `UNITS`).

    ::

        empty nights / 7 x full price x the future's own factors

    Parameters
    ----------
    empty : shape (future, month, row of supply), place-nights
    """
    factors = price_factors(plan, ensemble)
    total = np.zeros((*empty.shape[:2], len(UNITS)))
    for at, row in enumerate(plan.supply):
        if is_charged(plan, row.kind):
            cost = empty[:, :, at] / 7 * full_price(plan, row) * factors[:, :, row.kind]
            total[:, :, UNITS.index(row.kind)] += cost
    return total
