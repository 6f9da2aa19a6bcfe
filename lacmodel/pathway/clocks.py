"""Clocks: when the next thing happens to a child in a placement.

A clock set on day s rings on the first day t > s on which the hazards of the nights s..t-1 sum to
its threshold, a keyed unit exponential. A hazard is constant between the days on which the month,
the child's age band or the time band changes, so the sum is taken segment by segment.
"""

import math

from lacmodel.codes import ENDED_BREAKDOWN, ENDED_CLOSURE, ENDED_PLANNED, KINDS, OPEN, TURNED_18
from lacmodel.compiling import compiled
from lacmodel.pathway.exits import ExitTables, exit_hazard_per_day, reason_for_leaving
from lacmodel.pathway.moves import MoveTables, breakdown_hazard_per_day, planned_hazard_per_day
from lacmodel.randomness import Purpose, exponential, uniform
from lacmodel.timeline import (
    NEVER,
    Timeline,
    age_band_on,
    eighteenth_birthday,
    next_band_birthday,
    time_band_of,
)

EXIT_CLOCK = 0
BREAKDOWN_CLOCK = 1
PLANNED_CLOCK = 2
PLACEMENT_OF_KIND = tuple(placement for placement, _ in KINDS)


@compiled
def hazard_per_day(
    moves: MoveTables,
    exits: ExitTables,
    clock: int,
    month: int,
    age_band: int,
    time_band: int,
    kind: int,
    group: int,
) -> float:
    """The hazard of one clock on one night."""
    placement = PLACEMENT_OF_KIND[kind]
    if clock == EXIT_CLOCK:
        return exit_hazard_per_day(exits, month, age_band, time_band, placement, group)
    if clock == BREAKDOWN_CLOCK:
        return breakdown_hazard_per_day(moves, month, age_band, time_band, kind)
    return planned_hazard_per_day(moves, month, age_band, kind, placement)


@compiled
def ring(
    timeline: Timeline,
    moves: MoveTables,
    exits: ExitTables,
    clock: int,
    threshold: float,
    birth_day: int,
    first_day: int,
    kind: int,
    group: int,
    start: int,
    stop: int,
) -> tuple[int, float]:
    """The day on which a clock rings, or NEVER if not by ``stop``, and what is left of it.

    Parameters
    ----------
    threshold : what the hazards have to sum to
    birth_day, first_day : of the child, and of the period of care
    start, stop : the clock runs over the nights start..stop-1
    """
    day, month = start, timeline.month_of_day[start]
    age_band = age_band_on(timeline, birth_day, day)
    time_band = time_band_of(timeline, day - first_day)
    next_birthday = next_band_birthday(timeline, birth_day, age_band)
    next_time_band = first_day + timeline.time_band_days[time_band + 1]
    while day < stop:
        month_end = timeline.month_start[month + 1]
        segment_end = min(min(stop, month_end), min(next_birthday, next_time_band))
        hazard = hazard_per_day(moves, exits, clock, month, age_band, time_band, kind, group)
        if hazard * (segment_end - day) >= threshold:
            return day + max(1, int(math.ceil(threshold / hazard))), 0.0
        threshold -= hazard * (segment_end - day)
        day = segment_end
        if day == month_end:
            month += 1
        if day == next_birthday:
            age_band += 1
            next_birthday = next_band_birthday(timeline, birth_day, age_band)
        if day == next_time_band:
            time_band += 1
            next_time_band = first_day + timeline.time_band_days[time_band + 1]
    return NEVER, threshold


@compiled
def exit_threshold(key: int, number: int, period: int) -> float:
    """What the exit hazards of a period of care have to sum to: a unit exponential."""
    return exponential(key, number, Purpose.EXIT, period, 0)


@compiled
def next_event(
    timeline: Timeline,
    moves: MoveTables,
    exits: ExitTables,
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
    move_day = stop
    cause = TURNED_18 if adult_day < timeline.days else OPEN
    if start < closes_day < move_day:
        move_day, cause = closes_day, ENDED_CLOSURE
    threshold = exponential(key, number, Purpose.BREAKDOWN, count, 0)
    broke, _ = ring(
        timeline, moves, exits, BREAKDOWN_CLOCK, threshold,
        birth_day, first_day, kind, group, start, move_day,
    )  # fmt: skip
    if broke < move_day:
        move_day, cause = broke, ENDED_BREAKDOWN
    threshold = exponential(key, number, Purpose.PLANNED, count, 0)
    planned, _ = ring(
        timeline, moves, exits, PLANNED_CLOCK, threshold,
        birth_day, first_day, kind, group, start, move_day,
    )  # fmt: skip
    if planned < move_day:
        move_day, cause = planned, ENDED_PLANNED
    left_day, left = ring(
        timeline, moves, exits, EXIT_CLOCK, exit_left,
        birth_day, first_day, kind, group, start, move_day,
    )  # fmt: skip
    if left_day < stop:
        return left_day, EXIT_CLOCK, 0.0
    return move_day, cause, left


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
