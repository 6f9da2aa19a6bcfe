"""The run-in: who is in care, and who left, given years of starters and rates that do not change.

With constant rates every month's entrants go the same way, so one *cohort* (a unit of entrants of
each age index and group, first placements as given) is followed once from entry to 18, with the
monthly kernels of `stock_flow`; stocks and flows of any month are its sums over the months of entry
weighted by how many entered. This is what a run of `stock_flow` over the same years gives, in a
tenth of a second.
"""

from datetime import date
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, KIND_OF, PLACEMENTS, RETURNABLE, ROUTES
from lacmodel.engines import monthly
from lacmodel.engines.inflows import age_weights
from lacmodel.engines.kernel import Classes, Kernel, classes_where, month_kernel
from lacmodel.engines.monthly import ADULT, DAYS_PER_MONTH, Ages, Rates, Times
from lacmodel.parameters import Parameters, expected_world, no_supply
from lacmodel.pathway import World
from lacmodel.timeline import Period, Timeline, timeline

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MONTHS: Final = ADULT + 1  # a cohort is followed for 18 years
TYPES: Final = len(PLACEMENTS)
KIND_OF_TYPE: Final = np.array([KIND_OF[placement][0] for placement in range(TYPES)])
AGE_INDEX: Final = np.arange(ADULT + 1)


class Setting(NamedTuple):
    """The kernel of a month of average length, children being placed by type alone."""

    world: World
    ages: Ages
    times: Times
    rates: Rates
    classes: Classes
    kernel: Kernel
    first: FloatArray  # (cell, age index, placement): a unit of entrants of each cell


class Cohort(NamedTuple):
    """A unit of entrants of each cell, followed by months since entry."""

    stock: FloatArray  # (month, group, age index on entry, placement): at the month's end
    days: FloatArray  # likewise: spent in the month
    leavers: FloatArray  # (month, group, age index on entry, route)
    turned_18: FloatArray  # (month, group, age index on entry, placement)


@cache
def any_year() -> Timeline:
    """A calendar to build tables with; rates do not change, so any year will do."""
    return timeline(Period(date(2022, 4, 1), 1))


def one_month(parameters: Parameters) -> Setting:
    """The kernel and first placements of a set of parameters."""
    calendar = any_year()
    months = len(calendar.month_start) - 1
    residents = np.ones((months, len(AGE_BANDS)))
    world = expected_world(parameters, calendar, residents, 1, no_supply(calendar))
    ages, times = monthly.age_classes(), monthly.time_classes()
    place = np.broadcast_to(np.eye(TYPES), (len(ages.band), len(GROUPS), TYPES, TYPES))
    rates = monthly.month_rates(world.exits, world.moves, 0, ages, times, KIND_OF_TYPE)
    weights = monthly.move_weights(ages, times)
    everybody = np.ones((len(GROUPS), *weights.shape[:2]), dtype=np.bool_)
    classes = classes_where(everybody, 0)
    everywhere = np.ones((2, TYPES), dtype=np.bool_)
    kernel = month_kernel(rates, weights, DAYS_PER_MONTH, place, classes, everywhere)
    shares = world.placements.first_placement[0]  # (band, group, placement)
    by_cell = shares.reshape(-1, TYPES)
    first = age_weights(world.entries)[..., None] * by_cell[:, None, :]
    return Setting(world, ages, times, rates, classes, kernel, first)


def follow(setting: Setting, flows: FloatArray) -> Cohort:
    """Follow a cohort from entry to the 18th birthday.

    Parameters
    ----------
    flows : entrants of the cohort by cell
    """
    ages, times = setting.ages, setting.times
    start = (flows[:, None, None] * setting.first).reshape(len(AGE_BANDS), len(GROUPS), MONTHS, -1)
    stock = start.sum(axis=0)
    cohort = Cohort(
        stock=np.zeros((MONTHS, *stock.shape)),
        days=np.zeros((MONTHS, *stock.shape)),
        leavers=np.zeros((MONTHS, *stock.shape[:2], len(ROUTES))),
        turned_18=np.zeros((MONTHS, *stock.shape)),
    )
    time_class = monthly.class_of(np.arange(MONTHS), times.first_index)
    for month in range(MONTHS):
        for group in range(len(GROUPS)):
            for age_class in range(len(ages.first_index)):
                here = _on_entry(ages, age_class, month)
                if here.stop > 0 and stock[group, here].any():
                    at = (int(time_class[month]), group, age_class)
                    _follow_class(setting, cohort, stock, month, at, here)
        cohort.stock[month] = stock
    return cohort


def _on_entry(ages: Ages, age_class: int, month: int) -> slice:
    """Ages on entry of those who are in an age class some months after."""
    first = max(0, int(ages.first_index[age_class]) - month)
    return slice(first, max(0, int(ages.last_index[age_class]) - month + 1))


def _follow_class(
    setting: Setting,
    cohort: Cohort,
    stock: FloatArray,
    month: int,
    at: tuple[int, int, int],
    here: slice,
) -> None:
    """One month of the children of one class; ``stock`` is advanced in place."""
    group, age_class = at[1:]
    rates, kernel, before = setting.rates, setting.kernel, stock[group, here]
    number = setting.classes.number[group, at[0], age_class]
    days, end = before @ kernel.spent[number], before @ kernel.follows[number, :, RETURNABLE:]
    cohort.days[month, group, here] = days
    cohort.leavers[month, group, here] = days @ rates.exits[at]
    if age_class == len(setting.ages.first_index) - 1:
        cohort.turned_18[month, group, here] = end
        end = np.zeros_like(end)
    stock[group, here] = end


class Entrants(NamedTuple):
    """Children who came into care by month, relative to the cohort; the last month is 0."""

    ratio: FloatArray  # (months before, cell): entrants of that month / the cohort's


def entrants_by_month(per_year: FloatArray, cohort_flows: FloatArray) -> Entrants:
    """Entrants of each month from those of each year, spread evenly over its months.

    Parameters
    ----------
    per_year : shape (year, cell), the last year being the one that ends with month 0; before the
        first year its entrants are held
    cohort_flows : entrants of the cohort by cell
    """
    backwards = np.repeat(per_year[::-1], 12, axis=0) / 12
    held = np.repeat(backwards[-1:], max(0, 2 * MONTHS - len(backwards)), axis=0)
    months = np.concatenate([backwards, held])[: 2 * MONTHS]
    ratio = np.divide(months, cohort_flows, out=np.zeros_like(months), where=cohort_flows > 0)
    return Entrants(ratio)


def cell_of_entry() -> IntArray:
    """The cell of a child by group and age index on entry; shape (group, age index)."""
    band = np.searchsorted((12, 60, 120, 192), AGE_INDEX, side="right")
    return np.asarray(band[None, :] * len(GROUPS) + np.arange(len(GROUPS))[:, None])


def weights_at(entrants: Entrants, months_before: int) -> FloatArray:
    """Weight of the cohort's children by months since entry, some months before month 0.

    Returns
    -------
    shape (months since entry, group, age index on entry)
    """
    ratio = entrants.ratio[months_before : months_before + MONTHS]
    return np.asarray(ratio[:, cell_of_entry()])


def weights_over(entrants: Entrants, first: int, last: int) -> FloatArray:
    """Sum of `weights_at` over the months ``first`` to ``last`` before month 0, both included."""
    summed = np.cumsum(np.vstack([np.zeros(entrants.ratio.shape[1]), entrants.ratio]), axis=0)
    months = np.arange(MONTHS)
    top = np.minimum(last + months + 1, len(entrants.ratio))
    bottom = np.minimum(first + months, len(entrants.ratio))
    return np.asarray((summed[top] - summed[bottom])[:, cell_of_entry()])


def by_age_now(values: FloatArray) -> FloatArray:
    """Cohort values by age index now instead of on entry, the two first axes being time, group.

    Parameters
    ----------
    values : shape (months since entry, group, age index on entry, ...)

    Returns
    -------
    the same with the age index of the month meant
    """
    shifted = np.zeros_like(values)
    for month in range(values.shape[0]):
        shifted[month, :, month:] = values[month, :, : values.shape[2] - month]
    return shifted


def days_by_class(setting: Setting, days: FloatArray) -> FloatArray:
    """Time spent by class of time in care and age; shape (time class, group, age class, ...)."""
    time_class = monthly.class_of(np.arange(MONTHS), setting.times.first_index)
    now = by_age_now(days)  # (months since entry, group, age index, placement)
    by_time = np.add.reduceat(now, np.unique(time_class, return_index=True)[1], axis=0)
    return np.asarray(np.add.reduceat(by_time, setting.ages.first_index, axis=2))
