"""Placements of high cost in a future: how many, their nights and what is spent on them.

The price of a spell in a month is that of its kind and cohort times its own factor, that of its
group and level, the future's factor on the kind, and for external kinds its growth. A placement
counts once in each financial year in a month of which it is at or above the threshold.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import EXTERNAL, KIND_OF, STARTED_OPENING, STARTED_STAYING_ON
from lacmodel.compiling import compiled
from lacmodel.engines.counting import NOBODY, IntArray, Records, cohort_of, last_night
from lacmodel.engines.records import History
from lacmodel.factors import Factors
from lacmodel.plan import Plan
from lacmodel.timeline import Period, Timeline, financial_year

FloatArray = NDArray[np.float64]


def high_cost(plan: Plan, history: History, timeline: Timeline, factors: Factors) -> IntArray:
    """Placements, nights and pennies by financial year: shape (year, 3)."""
    prices, years = plan.prices, plan.period.months // 12 + 1
    found = np.zeros((years, 3), dtype=np.int64)
    growth = max(1.0, float(factors.price_growth.max()))
    most = prices.gross_per_week.max(axis=0).max(axis=1) * factors.unit_price * growth
    count_high_cost(
        timeline, history.spells, history.by_child, prices.gross_per_week, prices.relative,
        np.array(prices.new_days, dtype=np.int64), factors.unit_price, factors.price_growth,
        year_of_month(plan.period), most, plan.high_cost_gbp_per_week, found,
    )  # fmt: skip
    return found


@lru_cache(maxsize=4)
def year_of_month(period: Period) -> IntArray:
    """The financial year of each month, the first that the run touches being 0."""
    years = [int(financial_year(first)[:4]) for first in period.month_starts(period.months)]
    return np.array(years, dtype=np.int64) - years[0]


@compiled
def count_high_cost(
    timeline: Timeline,
    spells: Records,
    by_child: IntArray,
    gross_per_week: FloatArray,
    relative: FloatArray,
    new_days: IntArray,
    unit_price: FloatArray,
    growth: FloatArray,
    year_of: IntArray,
    most: FloatArray,
    threshold: float,
    found: IntArray,
) -> None:
    """Add up a future's spells of high cost, children one after the other.

    Parameters
    ----------
    most : shape (kind,), the highest price of any month before a spell's own factors
    found : shape (year, 3), filled in
    """
    child, from_opening = NOBODY, False
    for place in range(by_child.shape[0]):
        spell = spells[by_child[place]]
        why = spell["why_started"]
        if spell["child"] != child:
            child, from_opening = spell["child"], why == STARTED_OPENING
        kind = KIND_OF[spell["placement"]][spell["provider"]]
        factor = spell["price_factor"] * relative[kind, spell["group"], spell["level"]]
        if why == STARTED_STAYING_ON or factor * most[kind] < threshold:
            continue
        cohort = cohort_of(spell, not (from_opening and spell["period"] == 0), new_days)
        start, end = max(0, spell["start_day"]), last_night(timeline, spell["end_day"])
        counted = NOBODY
        for month in range(timeline.month_of_day[start], year_of.shape[0]):
            first = max(start, timeline.month_start[month])
            nights = min(end, timeline.month_start[month + 1]) - first
            if nights <= 0:
                break
            price = gross_per_week[month, kind, cohort] * factor * unit_price[kind]
            if spell["provider"] == EXTERNAL:
                price *= growth[month // 12]
            if price >= threshold:
                year = year_of[month]
                if year != counted:
                    found[year, 0] += 1
                counted = year
                found[year, 1] += nights
                found[year, 2] += int(np.rint(price / 7 * nights * 100))
