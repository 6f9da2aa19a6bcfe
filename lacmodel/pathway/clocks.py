"""Clocks: when the next thing happens to a child in a placement.

A clock set on day s rings on the first day t > s on which the hazards of the nights s..t-1 sum to
its threshold, a keyed unit exponential. A hazard is constant between the days on which a
multiplier, the child's age band or the time band changes, so the sum is taken segment by segment.
"""

import math

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    EARLINESS,
    ENDED_BREAKDOWN,
    ENDED_CLOSURE,
    ENDED_PLANNED,
    GROUPS,
    KINDS,
    OPEN,
    PLACEMENTS,
    TIME_BANDS,
    TURNED_18,
)
from lacmodel.compiling import compiled
from lacmodel.pathway.exits import ExitTables, add_up_routes, reason_for_leaving
from lacmodel.pathway.moves import (
    MoveTables,
    breakdown_hazard_per_day,
    lateness,
    planned_hazard_per_day,
)
from lacmodel.pathway.re_entries import ReEntryTables
from lacmodel.randomness import Purpose, exponential, uniform
from lacmodel.timeline import (
    NEVER,
    ClockTables,
    Timeline,
    age_band_on,
    eighteenth_birthday,
    next_band_birthday,
    time_band_of,
)

EXIT_CLOCK = 0
PLACEMENT_OF_KIND = tuple(placement for placement, _ in KINDS)


def empty_clocks(months: int) -> ClockTables:
    """Room for the hazards of some months, each of which may be a stretch of its own."""
    ages, kinds = len(AGE_BANDS), len(KINDS)
    return ClockTables(
        stretch_of_month=np.zeros(months, dtype=np.int64),
        stretch_end=np.zeros(months, dtype=np.int64),
        leaving_per_day=np.zeros((months, ages, len(TIME_BANDS), len(PLACEMENTS), len(GROUPS))),
        breakdown_per_day=np.zeros((months, kinds, ages, len(EARLINESS))),
        planned_per_day=np.zeros((months, kinds, ages)),
    )


@compiled
def last_month(timeline: Timeline) -> int:
    """The last month that a run's calendar has."""
    month = timeline.month_start.shape[0] - 2
    while timeline.month_start[month + 1] == NEVER:
        month -= 1
    return month


@compiled
def fill_clocks(
    timeline: Timeline,
    moves: MoveTables,
    exits: ExitTables,
    re_entries: ReEntryTables,
    clocks: ClockTables,
) -> None:
    """Find the stretches in which no multiplier changes, and work out the hazards of each."""
    last = last_month(timeline)
    stretch = 0
    for month in range(last + 1):
        clocks.stretch_of_month[month] = stretch
        clocks.stretch_end[stretch] = timeline.month_start[month + 1]
        if month == last or (
            differ(exits.multiplier, month)
            or differ(moves.breakdown_multiplier, month)
            or differ(moves.planned_multiplier, month)
            or re_entries.multiplier[month] != re_entries.multiplier[month + 1]
        ):
            add_up_routes(exits, month, clocks.leaving_per_day[stretch])
            fill_moves(moves, month, clocks, stretch)
            stretch += 1


@compiled
def fill_moves(moves: MoveTables, month: int, clocks: ClockTables, stretch: int) -> None:
    """The hazards of breakdowns and planned moves in the stretch that a month lies in."""
    for kind in range(clocks.planned_per_day.shape[1]):
        for age_band in range(clocks.planned_per_day.shape[2]):
            clocks.planned_per_day[stretch, kind, age_band] = planned_hazard_per_day(
                moves, month, age_band, kind, PLACEMENT_OF_KIND[kind]
            )
            for late in range(clocks.breakdown_per_day.shape[3]):
                clocks.breakdown_per_day[stretch, kind, age_band, late] = breakdown_hazard_per_day(
                    moves, month, age_band, late, kind
                )


@compiled
def differ(multiplier: NDArray[np.float64], month: int) -> bool:
    """Whether a month's multipliers, shape (month, a, b), differ from those of the next."""
    for a in range(multiplier.shape[1]):
        for b in range(multiplier.shape[2]):
            if multiplier[month, a, b] != multiplier[month + 1, a, b]:
                return True
    return False


@compiled
def rings_on(hazard_per_day: float, left: float, day: int, segment_end: int) -> int:
    """The day on which a clock rings in a segment of constant hazard, or NEVER.

    Parameters
    ----------
    left : what the hazards of the nights from ``day`` on have to sum to

    >>> rings_on(0.01, 0.025, 100, 130), rings_on(0.01, 0.5, 100, 130) == NEVER
    (103, True)
    """
    if 0.0 < left <= hazard_per_day * (segment_end - day):
        return day + max(1, int(math.ceil(left / hazard_per_day)))
    return NEVER


@compiled
def exit_threshold(key: int, number: int, period: int) -> float:
    """What the exit hazards of a period of care have to sum to: a unit exponential."""
    return exponential(key, number, Purpose.EXIT, period, 0)


@compiled
def next_event(
    timeline: Timeline,
    clocks: ClockTables,
    key: int,
    number: int,
    count: int,
    exit_left: float,
    closes_day: int,
    birth_day: int,
    first_day: int,
    kind: int,
    group: int,
    start: int,
) -> tuple[int, int, float]:
    """Day and cause of a spell's end, and what is then left of the exit threshold.

    ``count`` is the spell's, by which the thresholds of breakdown and planned move are drawn;
    ``exit_left`` is what is left of the exit threshold of the period of care. The cause is
    `TURNED_18`, `ENDED_CLOSURE`, `ENDED_BREAKDOWN`, `ENDED_PLANNED`, `EXIT_CLOCK` for an exit whose
    reason is still to be drawn, or `OPEN` where nothing happens before the horizon. If causes fall
    on one day the first of this order holds: birthday, exit, closure, breakdown, planned.
    """
    adult_day = eighteenth_birthday(timeline, birth_day)
    stop = min(adult_day, timeline.days)
    end = stop
    cause = TURNED_18 if adult_day < timeline.days else OPEN
    if start < closes_day < end:
        end, cause = closes_day, ENDED_CLOSURE
    breakdown_left = exponential(key, number, Purpose.BREAKDOWN, count, 0)
    planned_left = exponential(key, number, Purpose.PLANNED, count, 0)
    age_band = age_band_on(timeline, birth_day, start)
    time_band = time_band_of(timeline, start - first_day)
    placement = PLACEMENT_OF_KIND[kind]
    next_birthday = next_band_birthday(timeline, birth_day, age_band)
    next_time_band = first_day + timeline.time_band_days[time_band + 1]
    stretch = clocks.stretch_of_month[timeline.month_of_day[start]]
    day = start
    while day < end:
        change = min(clocks.stretch_end[stretch], min(next_birthday, next_time_band))
        until = min(end, change)
        leaving = clocks.leaving_per_day[stretch, age_band, time_band, placement, group]
        broken = clocks.breakdown_per_day[stretch, kind, age_band, lateness(time_band)]
        planned = clocks.planned_per_day[stretch, kind, age_band]
        rings = rings_on(broken, breakdown_left, day, until)
        if rings < end:
            end, cause = rings, ENDED_BREAKDOWN
            until = min(end, change)
        rings = rings_on(planned, planned_left, day, until)
        if rings < end:
            end, cause = rings, ENDED_PLANNED
            until = min(end, change)
        rings = rings_on(leaving, exit_left, day, until)
        if rings < NEVER:
            return (rings, EXIT_CLOCK, 0.0) if rings < stop else (end, cause, 0.0)
        breakdown_left -= broken * (until - day)
        planned_left -= planned * (until - day)
        exit_left -= leaving * (until - day)
        day = until
        if day == clocks.stretch_end[stretch]:
            stretch += 1
        if day == next_birthday:
            age_band += 1
            next_birthday = next_band_birthday(timeline, birth_day, age_band)
        if day == next_time_band:
            time_band += 1
            next_time_band = first_day + timeline.time_band_days[time_band + 1]
    return end, cause, exit_left


@compiled
def or_expected(day: int, cause: int, expected_day: int, closes_day: int, leaves: bool) -> int:
    """The cause of a spell's end where an expected end may have brought it about.

    `next_event` was told that the place closes on the expected day at the latest, so that the exit
    clock stops there; that closure is the expected end. If its place closes on the same day, an
    expected leaving comes first and an expected move does not.

    >>> or_expected(60, ENDED_CLOSURE, 60, 90, True), or_expected(60, ENDED_CLOSURE, 60, 90, False)
    (0, 9)
    >>> or_expected(60, ENDED_CLOSURE, 60, 60, False), or_expected(60, TURNED_18, 60, 90, True)
    (10, 7)
    """
    if cause != ENDED_CLOSURE or day != expected_day:
        return cause
    if leaves:
        return EXIT_CLOCK
    return ENDED_PLANNED if expected_day < closes_day else ENDED_CLOSURE


@compiled
def reason_at(
    timeline: Timeline,
    exits: ExitTables,
    key: int,
    number: int,
    period: int,
    birth_day: int,
    first_day: int,
    kind: int,
    group: int,
    day: int,
) -> int:
    """The reason of an exit on a day, drawn from the hazards of the night before."""
    night = day - 1
    return reason_for_leaving(
        exits,
        timeline.month_of_day[night],
        age_band_on(timeline, birth_day, night),
        time_band_of(timeline, night - first_day),
        PLACEMENT_OF_KIND[kind],
        group,
        uniform(key, number, Purpose.REASON, period, 0),
    )
