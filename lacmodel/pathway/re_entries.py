"""Re-entries: children who left and come back.

A child who went home, or to a special guardianship or child arrangements order, may come back
while under 18 and within six years, with a hazard by reason and time since leaving.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import RE_ENTRY_DAYS, RETURNABLE, ROUTES, SINCE_BAND_DAYS, SINCE_BANDS
from lacmodel.compiling import compiled
from lacmodel.randomness import Purpose, exponential
from lacmodel.tables import Table, table_field
from lacmodel.timeline import NEVER, ClockTables, Timeline, eighteenth_birthday


@dataclass(frozen=True, slots=True)
class ReEntryParameters:
    """What decides whether children come back."""

    hazard_per_day: Table = table_field(
        "events per former child in care per day", ROUTES[:RETURNABLE], SINCE_BANDS
    )


class ReEntryTables(NamedTuple):
    """Re-entries as the engines read them."""

    hazard_per_day: NDArray[np.float64]  # (reason, band of time since leaving)
    multiplier: NDArray[np.float64]  # (month,)


@compiled
def since_band(days_since: int) -> int:
    """Band of time since leaving."""
    band = 0
    while band + 1 < len(SINCE_BAND_DAYS) and SINCE_BAND_DAYS[band + 1] <= days_since:
        band += 1
    return band


@compiled
def re_entry_day(
    re_entries: ReEntryTables,
    timeline: Timeline,
    clocks: ClockTables,
    key: int,
    number: int,
    period: int,
    reason: int,
    left_day: int,
    birth_day: int,
) -> int:
    """The day on which a child who left (period of care ``period``) comes back, or NEVER.

    The first day t with the hazards of the nights since leaving (or since day 0, for those who had
    left before) summing to the threshold; before the 18th birthday and six years from leaving.
    """
    if reason >= RETURNABLE:
        return NEVER
    threshold = exponential(key, number, Purpose.RE_ENTRY, period, 0)
    stop = min(eighteenth_birthday(timeline, birth_day), left_day + RE_ENTRY_DAYS, timeline.days)
    day = max(0, left_day)
    while day < stop:
        month = timeline.month_of_day[day]
        band = since_band(day - left_day)
        segment_end = min(clocks.stretch_end[clocks.stretch_of_month[month]], stop)
        if band + 1 < len(SINCE_BAND_DAYS):
            segment_end = min(segment_end, left_day + SINCE_BAND_DAYS[band + 1])
        hazard = re_entries.hazard_per_day[reason, band] * re_entries.multiplier[month]
        if hazard * (segment_end - day) >= threshold:
            back = day + max(1, int(math.ceil(threshold / hazard)))
            return back if back < stop else NEVER
        threshold -= hazard * (segment_end - day)
        day = segment_end
    return NEVER
