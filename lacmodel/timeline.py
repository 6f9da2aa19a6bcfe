"""Days, months, birthdays and financial years.

Day 0 is the area's start, the first of a month. Day ``d``'s night belongs to who is there at the
end of day ``d``. Everything that changes by month is indexed by calendar month from the start.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BAND_OF_YEAR, AGE_BAND_YEARS, TIME_BAND_DAYS
from lacmodel.compiling import compiled, inlined

Day = TypeVar("Day", int, NDArray[np.int64])

NEVER: Final = 2**30  # a day that does not come
LOOK_AHEAD_DAYS: Final = 365  # arrivals are drawn this far past the horizon (edge of care)
OLDEST_DAYS: Final = 25 * 366  # birthdays are tabulated for children born since then


class Timeline(NamedTuple):
    """The calendar of a run, in arrays that compiled code can read.

    ``month_start`` has a last entry past every month; a child born on day ``b`` turns ``k`` (0 to
    18) ``365 * k + leap_days[b - first_birth_day, k]`` days later.
    """

    days: int  # days simulated: the horizon is day `days`, whose events do not happen
    month_of_day: NDArray[np.int64]  # (days + LOOK_AHEAD_DAYS + 1,)
    month_start: NDArray[np.int64]  # (months + 1,)
    leap_days: NDArray[np.uint8]  # (births, 19)
    first_birth_day: int
    time_band_days: NDArray[np.int64]  # (7,), the last is NEVER


class ClockTables(NamedTuple):
    """Hazards of a future by stretch of months in which no multiplier changes.

    Within a stretch only a child's age band and time band change a hazard. Stretches beyond the
    last that there is hold nothing.
    """

    stretch_of_month: NDArray[np.int64]  # (month,)
    stretch_end: NDArray[np.int64]  # (stretch,): the day after its last
    leaving_per_day: NDArray[np.float64]  # (stretch, age band, time band, placement, group)
    breakdown_per_day: NDArray[np.float64]  # (stretch, kind, age band, early or late)
    planned_per_day: NDArray[np.float64]  # (stretch, kind, age band)


@dataclass(frozen=True, slots=True)
class Period:
    """Which days a run covers, as dates."""

    start: date
    years: int

    @property
    def end(self) -> date:
        """The day after the last night.

        >>> Period(date(2017, 4, 1), 5).end
        datetime.date(2022, 4, 1)
        """
        return self.start.replace(year=self.start.year + self.years)

    @property
    def days(self) -> int:
        """Nights simulated."""
        return (self.end - self.start).days

    @property
    def months(self) -> int:
        """Months simulated."""
        return 12 * self.years

    def month_starts(self, months: int) -> list[date]:
        """The first day of each of some months.

        >>> Period(date(2017, 4, 1), 1).month_starts(2)
        [datetime.date(2017, 4, 1), datetime.date(2017, 5, 1)]
        """
        first = self.start.year * 12 + self.start.month - 1
        return [date((first + m) // 12, (first + m) % 12 + 1, 1) for m in range(months)]

    def day(self, when: date) -> int:
        """The day's number; negative before the start."""
        return (when - self.start).days

    def date_of(self, day: int) -> date:
        """The date of a day's number."""
        return self.start + timedelta(days=int(day))

    def month(self, when: date) -> int:
        """The month's number that a date lies in.

        >>> Period(date(2017, 4, 1), 5).month(date(2018, 4, 30))
        12
        """
        return (when.year - self.start.year) * 12 + when.month - self.start.month


def birthday(born: date, age: int) -> date:
    """The day on which somebody turns an age; 29 February becomes 1 March.

    >>> birthday(date(2004, 2, 29), 17)
    datetime.date(2021, 3, 1)
    """
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def financial_year(when: date) -> str:
    """The April-to-March year of a date, as finance writes it.

    >>> financial_year(date(2018, 3, 31)), financial_year(date(2018, 4, 1))
    ('2017/18', '2018/19')
    """
    first = when.year if when.month >= 4 else when.year - 1
    return f"{first}/{(first + 1) % 100:02d}"


def days_of_financial_year(label: str) -> int:
    """The days from 1 April to 31 March of a year as finance writes it.

    >>> days_of_financial_year("2017/18"), days_of_financial_year("2023/24")
    (365, 366)
    """
    first = int(label[:4])
    return (date(first + 1, 4, 1) - date(first, 4, 1)).days


def leap_days(start: date, first: int, last: int) -> NDArray[np.uint8]:
    """29 Februaries that children born from one day to another have lived when they turn 0 to 18.

    Days and months are counted from the first of a month, so that a birthday on 29 February becomes
    1 March.

    Returns
    -------
    shape (birth day, age)

    >>> leap_days(date(2017, 4, 1), 0, 0)[0, [0, 1, 18]].tolist()
    [0, 0, 4]
    """
    day_0 = np.datetime64(start, "D")
    born = day_0 + np.arange(first, last + 1)
    month = born.astype("datetime64[M]")
    turning = (month[:, None] + 12 * np.arange(19)).astype("datetime64[D]")
    lived = turning - month.astype("datetime64[D]")[:, None]
    return (lived.astype(np.int64) - 365 * np.arange(19)).astype(np.uint8)


@lru_cache(maxsize=8)
def timeline(period: Period) -> Timeline:
    """Tabulate a run's calendar; not to be changed, as all runs of the period share it."""
    last = period.days + LOOK_AHEAD_DAYS
    months = period.month(period.date_of(last)) + 1
    starts = [period.day(first) for first in period.month_starts(months + 1)]
    lengths = np.diff(starts)
    first_birth = -OLDEST_DAYS
    return Timeline(
        days=period.days,
        month_of_day=np.repeat(np.arange(months), lengths)[: last + 1],
        month_start=np.array(starts, dtype=np.int64),
        leap_days=leap_days(period.start, first_birth, last),
        first_birth_day=first_birth,
        time_band_days=np.array([*TIME_BAND_DAYS, NEVER], dtype=np.int64),
    )


@inlined
def birthday_on(timeline: Timeline, birth_day: Day, age: int) -> Day:
    """The day on which a child, or each of some, turns an age, 0 to 18."""
    leap_days: Any = np.int64(timeline.leap_days[birth_day - timeline.first_birth_day, age])
    return birth_day + 365 * age + leap_days


@compiled
def age_on(timeline: Timeline, birth_day: int, day: int) -> int:
    """Age in whole years on a day, at most 18."""
    age = min(18, max(0, (4 * (day - birth_day)) // 1461))
    while age < 18 and birthday_on(timeline, birth_day, age + 1) <= day:
        age += 1
    while age > 0 and birthday_on(timeline, birth_day, age) > day:
        age -= 1
    return age


@compiled
def age_band_on(timeline: Timeline, birth_day: int, day: int) -> int:
    """Age band on a day of a child under 18 (adults count in the last band)."""
    return AGE_BAND_OF_YEAR[min(17, age_on(timeline, birth_day, day))]


@compiled
def time_band_of(timeline: Timeline, days_in_care: int) -> int:
    """Band of time in the period of care."""
    band = 0
    while timeline.time_band_days[band + 1] <= days_in_care:
        band += 1
    return band


@compiled
def eighteenth_birthday(timeline: Timeline, birth_day: int) -> int:
    """The day on which a child turns 18."""
    return birthday_on(timeline, birth_day, 18)


@compiled
def next_band_birthday(timeline: Timeline, birth_day: int, age_band: int) -> int:
    """The birthday on which a child of an age band leaves it (NEVER for adults)."""
    if age_band > 4:
        return NEVER
    return birthday_on(timeline, birth_day, AGE_BAND_YEARS[age_band + 1])
