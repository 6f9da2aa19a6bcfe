"""Exits: how children leave care.

Each night a child may leave by one of seven routes that compete; whoever is still in care on the
18th birthday leaves that day. Hazards are per child per day and are products: base by route and
age, times factors for time in care, placement type and group. Time in care matters most: nearly
half of those who leave do so within a year.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, PLACEMENTS, ROUTES, TIME_BANDS
from lacmodel.compiling import compiled
from lacmodel.tables import Table, table_field


@dataclass(frozen=True, slots=True)
class ExitParameters:
    """What decides when and how children leave."""

    base_per_day: Table = table_field("events per child per day", ROUTES, AGE_BANDS)
    time_factor: Table = table_field("ratio", ROUTES, TIME_BANDS)
    placement_factor: Table = table_field("ratio", ROUTES, PLACEMENTS)
    group_factor: Table = table_field("ratio", ROUTES, GROUPS)


class ExitTables(NamedTuple):
    """Exits as the engines read them."""

    hazard_per_day: NDArray[np.float64]  # (route, age band, time band, placement, group)
    multiplier: NDArray[np.float64]  # (month, route, age band): drift and levers


def hazard_table(exits: ExitParameters) -> NDArray[np.float64]:
    """Exit hazard per child per day, the product of its four factors.

    Returns
    -------
    shape (route, age band, time band, placement, group)
    """
    return (
        exits.base_per_day.values[:, :, None, None, None]
        * exits.time_factor.values[:, None, :, None, None]
        * exits.placement_factor.values[:, None, None, :, None]
        * exits.group_factor.values[:, None, None, None, :]
    )


@compiled
def exit_hazard_per_day(
    exits: ExitTables, month: int, age_band: int, time_band: int, placement: int, group: int
) -> float:
    """Hazard of leaving by any route on one night: the sum over the routes."""
    total = 0.0
    for route in range(exits.multiplier.shape[1]):
        total += (
            exits.hazard_per_day[route, age_band, time_band, placement, group]
            * exits.multiplier[month, route, age_band]
        )
    return total


@compiled
def add_up_routes(exits: ExitTables, month: int, total: NDArray[np.float64]) -> None:
    """What `exit_hazard_per_day` is in every cell of a month, which is looked up more than once.

    Parameters
    ----------
    total : shape (age band, time band, placement, group), the result
    """
    routes, ages, cells = exits.hazard_per_day.shape[0], total.shape[0], total[0].size
    sums, hazards = total.reshape(ages, cells), exits.hazard_per_day.reshape(routes, ages, cells)
    for age_band in range(ages):
        for cell in range(cells):
            sums[age_band, cell] = 0.0
        for route in range(routes):
            multiplier = exits.multiplier[month, route, age_band]
            for cell in range(cells):
                sums[age_band, cell] += hazards[route, age_band, cell] * multiplier


@compiled
def reason_for_leaving(
    exits: ExitTables,
    month: int,
    age_band: int,
    time_band: int,
    placement: int,
    group: int,
    draw: float,
) -> int:
    """The route, drawn in proportion to the hazards of the last night in care.

    >>> hazard = np.zeros((7, 5, 6, 9, 3))
    >>> hazard[0] = 0.002
    >>> hazard[3] = 0.001
    >>> exits = ExitTables(hazard, np.ones((1, 7, 5)))
    >>> [int(reason_for_leaving(exits, 0, 0, 0, 1, 0, draw)) for draw in (0.6, 0.7)]
    [0, 3]
    """
    target = draw * exit_hazard_per_day(exits, month, age_band, time_band, placement, group)
    total = 0.0
    last = 0
    for route in range(exits.multiplier.shape[1]):
        hazard = (
            exits.hazard_per_day[route, age_band, time_band, placement, group]
            * exits.multiplier[month, route, age_band]
        )
        if hazard > 0.0:
            total += hazard
            last = route
            if target < total:
                break
    return last
