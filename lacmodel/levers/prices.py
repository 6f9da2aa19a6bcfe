"""Levers on prices, and the prices of an area as they stand before any lever.

A price is stated in the prices of a financial year and rises by its uplift on each 1 April after
it. Uplifts are settled first, whatever their place among the changes; then the other price levers
act in order on the prices that result.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lacmodel.area import Area, UnitCost
from lacmodel.codes import GROUPS, KIND_NAMES, KINDS, LEVELS
from lacmodel.levers.changes import Change, Packages, UnitPrice, Uplift
from lacmodel.levers.fields import Broken
from lacmodel.levers.flows import chosen
from lacmodel.levers.schedule import FloatArray, factor, in_effect_by_month
from lacmodel.plan import COHORTS_A_DAY, LATER, Prices
from lacmodel.timeline import Period


@dataclass(slots=True)
class DraftPrices:
    """Prices in the making."""

    period: Period
    gross: FloatArray  # (month, kind, cohort), pounds a week
    income: FloatArray  # (month, kind, cohort), pounds a week
    relative: FloatArray  # (kind, group, level)
    index: FloatArray  # (month, kind): what uplifts have made of a price of the price base
    new_days: tuple[int, ...]
    basis: tuple[str, ...]
    confirmed: tuple[bool, ...]

    def finished(self) -> Prices:
        """The prices as a plan holds them."""
        return Prices(
            self.gross, self.income, self.relative, self.new_days, self.basis, self.confirmed
        )


def draft_prices(area: Area, period: Period, changes: list[Change]) -> DraftPrices:
    """An area's prices with its own uplifts and those of the changes, before other levers.

    Income rises with its kind's price; levers on prices leave it alone.
    """
    own = [own_price(area, kind) for kind in range(len(KINDS))]
    uplifts = [change for change in changes if isinstance(change, Uplift)]
    index = price_index(area, period, own, uplifts)
    new_days = tuple(sorted(_new_days(changes, period)))
    cohorts = COHORTS_A_DAY * (len(new_days) + 1)
    gross = np.array([price.gbp_per_week for price in own])
    income = np.array([price.income_gbp_per_week for price in own])
    return DraftPrices(
        period=period,
        gross=np.repeat((gross * index)[:, :, None], cohorts, axis=2),
        income=np.repeat((income * index)[:, :, None], cohorts, axis=2),
        relative=relative_prices(area, own),
        index=index,
        new_days=new_days,
        basis=tuple(price.basis for price in own),
        confirmed=tuple(price.confirmed for price in own),
    )


def own_price(area: Area, kind: int) -> UnitCost:
    """The price of a kind for all groups and levels; an area without one is refused."""
    wanted = (kind, None, None)
    return next(row for row in area.unit_costs if (row.kind, row.group, row.level) == wanted)


def relative_prices(area: Area, own: list[UnitCost]) -> FloatArray:
    """Prices of groups and levels as ratios to the kind's own; the narrower row wins.

    Returns
    -------
    shape (kind, group, level)
    """
    relative = np.ones((len(KINDS), len(GROUPS), len(LEVELS)))
    narrower = sorted(
        area.unit_costs, key=lambda price: (price.group is not None) + (price.level is not None)
    )
    for price in narrower:
        base = own[price.kind]
        if base.gbp_per_week > 0:
            groups = slice(None) if price.group is None else price.group
            levels = slice(None) if price.level is None else price.level
            relative[price.kind, groups, levels] = price.gbp_per_week / base.gbp_per_week
    return relative


def year_of(period: Period, month: int) -> int:
    """The calendar year in which the financial year of a month began.

    >>> from datetime import date
    >>> [year_of(Period(date(2017, 4, 1), 2), month) for month in (0, 11, 12)]
    [2017, 2017, 2018]
    """
    return period.start.year + (period.start.month - 1 + month - 3) // 12


def price_index(
    area: Area, period: Period, own: list[UnitCost], uplifts: list[Uplift]
) -> FloatArray:
    """What each 1 April since the price base has made of a price.

    ::

        index[month, kind] = product of (1 + uplift) over the 1 Aprils after the price base year

    Returns
    -------
    shape (month, kind)
    """
    years = [year_of(period, month) for month in range(period.months)]
    bases = [int(price.price_base[:4]) for price in own]
    rates = yearly_uplifts(area, range(min(*bases, years[0]), years[-1] + 1), uplifts)
    index = np.ones((period.months, len(KINDS)))
    for month, year in enumerate(years):
        for kind, base in enumerate(bases):
            for april in range(base + 1, year + 1):
                index[month, kind] *= 1.0 + rates[april][kind]
            for april in range(year + 1, base + 1):
                index[month, kind] /= 1.0 + rates.get(april, rates[years[-1]])[kind]
    return index


def yearly_uplifts(area: Area, years: range, uplifts: list[Uplift]) -> dict[int, list[float]]:
    """The uplift on 1 April of each year, by kind: the area's, or the last change's that holds."""
    rates = {year: [area.uplifts.get(kind, 0.0) for kind in range(len(KINDS))] for year in years}
    for change in uplifts:
        ends = years.stop if change.to is None else change.to.year
        for year in range(change.from_.year, ends):
            for kind in chosen(change.kinds, KIND_NAMES):
                rates[year][kind] = change.per_year_share
    return rates


# Levers ------------------------------------------------------------------------------------------


def _new_days(changes: list[Change], period: Period) -> set[int]:
    """Days that part placements by when they started: dates of changes to new prices only."""
    parting = [
        change for change in changes if isinstance(change, UnitPrice) and change.applies_to != "all"
    ]
    dates = [when for change in parting for when in (change.from_, change.to) if when is not None]
    return {period.day(when) for when in dates}


def apply_unit_price(prices: DraftPrices, change: UnitPrice) -> Iterator[Broken]:
    """Multiply or replace the price of some kinds, for all placements or for new ones."""
    kinds = chosen(change.kinds, KIND_NAMES)
    if change.applies_to != "all":
        cohorts = cohorts_started(prices, change)
        if change.applies_to == "new_children":
            cohorts = [cohort for cohort in cohorts if cohort % COHORTS_A_DAY == LATER]
        in_effect = np.ones(prices.period.months)
    else:
        cohorts = list(range(prices.gross.shape[2]))
        in_effect = in_effect_by_month(change, prices.period, prices.period.months)
    where = np.ix_(range(prices.period.months), kinds, cohorts)
    old = prices.gross[where]
    if change.multiply is not None:
        prices.gross[where] = old * factor(change.multiply, in_effect)[:, None, None]
    elif change.gbp_per_week is not None:
        first = prices.period.month(change.from_)
        uplifted = change.gbp_per_week * prices.index[:, kinds] / prices.index[first, kinds]
        prices.gross[where] = old + (uplifted[:, :, None] - old) * in_effect[:, None, None]
    yield from ()


def cohorts_started(prices: DraftPrices, change: Change) -> list[int]:
    """The cohorts of placements that started while a change held."""
    days = prices.new_days
    first = days.index(prices.period.day(change.from_)) + 1
    last = len(days) if change.to is None else days.index(prices.period.day(change.to))
    return list(range(COHORTS_A_DAY * first, COHORTS_A_DAY * (last + 1)))


def apply_packages(prices: DraftPrices, change: Packages) -> Iterator[Broken]:
    """Multiply the price of children who were in care at the start."""
    months, kinds = prices.period.months, chosen(change.kinds, KIND_NAMES)
    cohorts = [c for c in range(prices.gross.shape[2]) if c % COHORTS_A_DAY != LATER]
    in_effect = in_effect_by_month(change, prices.period, months)
    factors = factor(change.multiply, in_effect)[:, None, None]
    prices.gross[np.ix_(range(months), kinds, cohorts)] *= factors
    yield from ()


def settled_before(prices: DraftPrices, change: Uplift) -> Iterator[Broken]:
    """Nothing to do: uplifts are in the draft from the beginning."""
    yield from ()


PRICE_LEVERS: Final[dict[type[Change], Callable[[DraftPrices, Any], Iterator[Broken]]]] = {
    UnitPrice: apply_unit_price,
    Packages: apply_packages,
    Uplift: settled_before,
}
