"""Entries: how children come into care.

In each cell of age band and group families arrive as a Poisson process; the children of a family
share band and group. Arrivals are drawn in the time of the cell's *unchanged* intensity (what it
would be with no lever), and every family has a rank: a lever that lowers entries drops the families
of high rank, one that raises them adds layers of further families. Nobody else changes.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BAND_YEARS, AGE_BANDS, GROUPS
from lacmodel.compiling import compiled
from lacmodel.randomness import (
    STREAM_ADDED,
    STREAM_ADDED_NOT_ENTERING,
    STREAM_LAYER,
    STREAM_NOT_ENTERING,
    Purpose,
    child_number,
    exponential,
    uniform,
)
from lacmodel.tables import Table, table_field
from lacmodel.timeline import (
    LOOK_AHEAD_DAYS,
    Timeline,
    age_band_on,
    birthday_on,
    eighteenth_birthday,
)

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
FAMILY_SIZES: Final = ("1", "2", "3", "4")
CELLS: Final = len(AGE_BANDS) * len(GROUPS)  # cell = age band * number of groups + group
LAYERS_OF_A_SERVICE: Final = 16


@dataclass(frozen=True, slots=True)
class EntryParameters:
    """What decides how many children come into care, and of what age."""

    start_rate_per_10000: Table = table_field(
        "children starting a year, re-entries apart, per 10,000 residents of the age band",
        AGE_BANDS,
        GROUPS,
    )
    season: Table = table_field("ratio to the average month", MONTHS)
    family_size_share: Table = table_field("share of families", GROUPS, FAMILY_SIZES)
    age_position_power: Table = table_field(
        "power p: age on entry = youngest + width * u ** p, u uniform", AGE_BANDS, GROUPS
    )


class EntryTables(NamedTuple):
    """Entries as the engines read them. Intensities are families per day."""

    per_day: NDArray[np.float64]  # (cell, month): unchanged intensity
    multiplier: NDArray[np.float64]  # (cell, month): shocks and levers
    added_per_day: NDArray[np.float64]  # (change, cell, month)
    # Families whose child would not come into care, whom a service sees all the same.
    not_entering_multiplier: NDArray[np.float64]  # (service, cell, month)
    added_not_entering_per_day: NDArray[np.float64]  # (service, cell, month): beside what is added
    family_size_share: NDArray[np.float64]  # (group, size)
    age_position_power: NDArray[np.float64]  # (age band, group)


class Families(NamedTuple):
    """Families who would come into care, or be referred, sorted by number."""

    number: NDArray[np.int64]  # the first child's number
    day: NDArray[np.int64]  # of the would-be entry
    cell: NDArray[np.int64]
    size: NDArray[np.int64]
    service: NDArray[np.int64]  # -1, or the service that supports a family who would not enter


@compiled
def arrival_day(
    per_day: NDArray[np.float64],
    timeline: Timeline,
    month: int,
    reached: float,
    target: float,
    last_day: int,
) -> tuple[int, int, float]:
    """When the expected arrivals since the start reach a target.

    Parameters
    ----------
    per_day : intensity by month
    month, reached : where to begin, and the expected arrivals up to the first of that month
    target : expected arrivals

    Returns
    -------
    day (``last_day`` if it is not reached before), its month, expected arrivals to that month
    """
    while timeline.month_start[month] < last_day:
        length = timeline.month_start[month + 1] - timeline.month_start[month]
        if reached + per_day[month] * length > target:
            within = int((target - reached) / per_day[month])
            day = timeline.month_start[month] + min(within, length - 1)
            return min(day, last_day), month, reached
        reached += per_day[month] * length
        month += 1
    return last_day, month, reached


@compiled
def family_size(entries: EntryTables, key: int, number: int, group: int) -> int:
    """Children in a family, 1 to 4."""
    draw = uniform(key, number, Purpose.FAMILY_SIZE, 0, 0)
    total = 0.0
    for size in range(1, entries.family_size_share.shape[1]):
        total += entries.family_size_share[group, size - 1]
        if draw < total:
            return size
    return entries.family_size_share.shape[1]


@compiled
def draw_stream(
    entries: EntryTables,
    timeline: Timeline,
    key: int,
    stream: int,
    cell: int,
    per_day: NDArray[np.float64],
    keep_above: NDArray[np.float64],
    layer: int,
    service: int,
    last_day: int,
    families: Families,
    found: int,
) -> int:
    """Draw one stream of one cell; returns how many families are in the arrays now.

    A family is kept if its rank is below ``keep_above[month] - layer``. Beyond the arrays' end the
    families are only counted, so that the caller can come back with longer ones.
    """
    target = 0.0
    month = 0
    reached = 0.0
    arrival = 0
    while True:
        number = child_number(stream, cell, arrival, 0)
        target += exponential(key, number, Purpose.GAP, 0, 0)
        day, month, reached = arrival_day(per_day, timeline, month, reached, target, last_day)
        if day >= last_day:
            return found
        if uniform(key, number, Purpose.RANK, 0, 0) < keep_above[month] - layer:
            if found < families.number.shape[0]:
                families.number[found] = number
                families.day[found] = day
                families.cell[found] = cell
                families.size[found] = family_size(
                    entries, key, number, cell % entries.family_size_share.shape[0]
                )
                families.service[found] = service
            found += 1
        arrival += 1


@compiled
def largest(by_month: NDArray[np.float64]) -> float:
    """The largest number of any month, at least nought."""
    most = 0.0
    for month in range(by_month.shape[0]):
        most = max(most, by_month[month])
    return most


@compiled
def layers_needed(multiplier: NDArray[np.float64]) -> int:
    """How many layers of families the largest multiplier of a cell calls for.

    >>> [int(layers_needed(np.array([m, 0.5]))) for m in (0.0, 1.0, 1.2, 2.0)]
    [1, 1, 2, 2]
    """
    return max(1, int(math.ceil(largest(multiplier))))


@compiled
def layers_of_any(multiplier: NDArray[np.float64]) -> int:
    """The most layers that any cell calls for; ``multiplier`` has the shape (cell, month)."""
    most = 0
    for cell in range(multiplier.shape[0]):
        most = max(most, layers_needed(multiplier[cell]))
    return most


@compiled
def draw_families(
    entries: EntryTables,
    timeline: Timeline,
    key: int,
    last_day: int,
    always: NDArray[np.float64],
    families: Families,
) -> int:
    """Draw every family of a future into arrays; returns how many there are.

    ``always`` is 1 in every month: the families of an additive change, and those beside them, are
    all kept.
    """
    found, cells = 0, entries.per_day.shape[0]
    for layer in range(layers_of_any(entries.multiplier)):
        for cell in range(cells):
            if layer < layers_needed(entries.multiplier[cell]):
                found = draw_stream(
                    entries, timeline, key, STREAM_LAYER + layer, cell, entries.per_day[cell],
                    entries.multiplier[cell], layer, -1, last_day, families, found,
                )  # fmt: skip
    for change in range(entries.added_per_day.shape[0]):
        for cell in range(cells):
            if largest(entries.added_per_day[change, cell]) > 0.0:
                found = draw_stream(
                    entries, timeline, key, STREAM_ADDED + change, cell,
                    entries.added_per_day[change, cell], always, 0, -1, last_day, families, found,
                )  # fmt: skip
    for service in range(entries.not_entering_multiplier.shape[0]):
        multiplier = entries.not_entering_multiplier[service]
        for layer in range(layers_of_any(multiplier)):
            stream = STREAM_NOT_ENTERING + service * LAYERS_OF_A_SERVICE + layer
            for cell in range(cells):
                if largest(multiplier[cell]) > 0.0 and layer < layers_needed(multiplier[cell]):
                    found = draw_stream(
                        entries, timeline, key, stream, cell, entries.per_day[cell],
                        multiplier[cell], layer, service, last_day, families, found,
                    )  # fmt: skip
    for service in range(entries.added_not_entering_per_day.shape[0]):
        for cell in range(cells):
            per_day = entries.added_not_entering_per_day[service, cell]
            if largest(per_day) > 0.0:
                found = draw_stream(
                    entries, timeline, key, STREAM_ADDED_NOT_ENTERING + service, cell, per_day,
                    always, 0, service, last_day, families, found,
                )  # fmt: skip
    return found


def last_arrival_day(timeline: Timeline, services: int) -> int:
    """Up to which day arrivals are drawn: past the horizon where families may be referred before.

    Parameters
    ----------
    services : how many edge-of-care services there are
    """
    return timeline.days + (LOOK_AHEAD_DAYS if services else 0)


def arrivals(entries: EntryTables, timeline: Timeline, key: int, last_day: int) -> Families:
    """Every family of a future who would come into care, or be referred, before a day."""
    length = 4096
    always = np.ones(last_day // 28 + 2)
    while True:
        families = Families(*(np.empty(length, dtype=np.int64) for _ in Families._fields))
        found = draw_families(entries, timeline, key, last_day, always, families)
        if found <= length:
            return Families(*(column[:found] for column in families))
        length = found


@compiled
def birth_day_on_entry(
    entries: EntryTables, timeline: Timeline, key: int, number: int, cell: int, day: int
) -> int:
    """Birth day of a would-be entrant, so that the child is in the cell's age band on that day."""
    groups = entries.family_size_share.shape[0]
    band = cell // groups
    width = AGE_BAND_YEARS[band + 1] - AGE_BAND_YEARS[band]
    power = entries.age_position_power[band, cell % groups]
    position = math.pow(uniform(key, number, Purpose.AGE, 0, 0), power)
    birth_day = day - int((AGE_BAND_YEARS[band] + width * position) * 365.25)
    while birthday_on(timeline, birth_day, AGE_BAND_YEARS[band]) > day:
        birth_day -= 1
    while age_band_on(timeline, birth_day, day) > band or (
        eighteenth_birthday(timeline, birth_day) <= day
    ):
        birth_day += 1
    return birth_day
