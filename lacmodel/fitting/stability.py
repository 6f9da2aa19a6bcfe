"""Stability: who of those in care on 31 March had three or more placements in the year.

The run-in's children are followed through the last twelve months with the number of their moves, 0,
1 or 2 and more, beside their placement type. A year with two moves has three placements.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import GROUPS
from lacmodel.engines import monthly
from lacmodel.engines.kernel import add_to_diagonal, series
from lacmodel.engines.monthly import ADULT, DAYS_PER_MONTH, LAST_TIME
from lacmodel.fitting.run_in import MONTHS, TYPES, Cohort, Entrants, Setting, weights_at

FloatArray = NDArray[np.float64]

COUNTS: Final = 3  # no move, one move, two or more
YEAR: Final = 12


def counting_generator(setting: Setting) -> FloatArray:
    """Generator per month on (moves so far, placement type); (time, group, age, state, state).

    A move, to another type or within one, leads from each count to the next, and from the last
    count to itself.
    """
    rates = setting.rates
    weights = monthly.move_weights(setting.ages, setting.times)
    needed = rates.needed.reshape(weights.shape[-1], len(GROUPS), TYPES, TYPES)
    moves = np.tensordot(weights, needed, axes=1).swapaxes(1, 2)  # (time, group, age, type, type)
    per_day = np.zeros((*rates.leaving.shape[:3], COUNTS * TYPES, COUNTS * TYPES))
    for count in range(COUNTS):
        here = slice(count * TYPES, (count + 1) * TYPES)
        after = min(count + 1, COUNTS - 1)
        there = slice(after * TYPES, (after + 1) * TYPES)
        per_day[..., here, here] -= rates.leaving[..., None] * np.eye(TYPES)
        per_day[..., here, there] += moves
    return per_day * DAYS_PER_MONTH


def a_year_ago(cohort: Cohort, entrants: Entrants) -> FloatArray:
    """Children in care a year before month 0: (group, months in care, age index, state)."""
    then = cohort.stock * weights_at(entrants, YEAR)[..., None]
    children = np.zeros((len(GROUPS), LAST_TIME + 1, ADULT + 1, COUNTS * TYPES))
    for month in range(MONTHS):
        aged = then[month, :, : MONTHS - month]
        children[:, min(month, LAST_TIME), month:, :TYPES] += aged
    return children


def three_placements_share(
    setting: Setting, cohort: Cohort, entrants: Entrants, flows: FloatArray
) -> float:
    """Share of those in care at month 0 who had three or more placements in the year.

    Parameters
    ----------
    flows : entrants of the cohort by cell
    """
    generator = counting_generator(setting)
    half_end, _ = series(generator)
    end = generator @ half_end
    add_to_diagonal(end, 1.0)
    children = a_year_ago(cohort, entrants)
    start = flows[:, None, None] * setting.first
    for month in range(YEAR - 1, -1, -1):
        children = _older(children)
        _advance(setting, children, end)
        _enter(setting, children, start, entrants.ratio[month], half_end)
    by_count = children.reshape(*children.shape[:3], COUNTS, TYPES).sum(axis=(0, 1, 2, 4))
    return float(by_count[-1] / by_count.sum())


def _older(children: FloatArray) -> FloatArray:
    """The same children a month later; those who turned 18 are dropped."""
    older = np.zeros_like(children)
    older[:, 1:, 1:] = children[:, :-1, :-1]
    older[:, -1, 1:] += children[:, -1, :-1]
    return older


def _advance(setting: Setting, children: FloatArray, end: FloatArray) -> None:
    """Exits and moves of a month, class by class, in place."""
    times, ages = setting.times, setting.ages
    for group in range(len(GROUPS)):
        for time_class in range(1, len(times.first_index)):
            stop = min(int(times.last_index[time_class]), LAST_TIME) + 1
            stock = children[group, int(times.first_index[time_class]) : stop]
            for age_class in range(len(ages.first_index) - 1):
                here = slice(int(ages.first_index[age_class]), int(ages.last_index[age_class]) + 1)
                block = stock[:, here]
                block[:] = block @ end[time_class, group, age_class]
    children[:, :, ADULT] = 0.0


def _enter(
    setting: Setting,
    children: FloatArray,
    start: FloatArray,
    ratio: FloatArray,
    half_end: FloatArray,
) -> None:
    """Entrants at even times in the month."""
    by_group = (start * ratio[:, None, None]).reshape(-1, len(GROUPS), *start.shape[1:])
    entrants = by_group.sum(axis=0)
    for group in range(len(GROUPS)):
        for age_class in range(len(setting.ages.first_index) - 1):
            first, last = (int(i[age_class]) for i in setting.ages[2:4])
            came = entrants[group, first : last + 1]
            children[group, 0, first : last + 1] = came @ half_end[0, group, age_class][:TYPES]
