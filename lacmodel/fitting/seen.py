"""What a return shows that rates can be fitted to, by year up to its last day."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from lacmodel.fitting.arrivals import Arrivals, arrivals_of
from lacmodel.fitting.exposure import Counts, count
from lacmodel.fitting.leavers import Leavers, count_re_entries, leavers_of, unseen_re_entries
from lacmodel.fitting.mixes import Mixes, mixes_of
from lacmodel.ssda903.calendar import year_ending, years_until
from lacmodel.ssda903.records import EPOCH, ReturnSpells

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Seen:
    """Nights and events of a return, or of some of its years."""

    year_ending: tuple[int, ...]  # the calendar year of each year's last day
    counts: Counts
    mixes: Mixes
    arrivals: Arrivals
    re_entry_nights: IntArray  # (year, reason, band of time since leaving)
    re_entries: IntArray  # (year, reason, band of time since leaving)
    unseen: "Unseen"

    @property
    def last_day(self) -> str:
        """The day and month on which every year ends, in words."""
        last = EPOCH + timedelta(days=self.unseen.years[-1] - 1)
        return f"{last.day} {last:%B}"

    def of_years(self, years: slice) -> "Seen":
        """What some of the years show."""
        return Seen(
            self.year_ending[years],
            self.counts.of_years(years),
            self.mixes.of_years(years),
            self.arrivals.of_years(years),
            self.re_entry_nights[years],
            self.re_entries[years],
            self.unseen.of_years(years),
        )


@dataclass(frozen=True, slots=True)
class Unseen:
    """What is needed to say how many come back whom the files did not see leaving."""

    leavers: Leavers
    years: tuple[int, ...]  # first days of the years, and of the year after them
    first_day: int
    last_day: int

    def of_years(self, years: slice) -> "Unseen":
        """The same for some of the years; the leavers are those of all."""
        begins = range(len(self.years) - 1)[years]
        return Unseen(
            self.leavers, self.years[begins[0] : begins[-1] + 2], self.first_day, self.last_day
        )

    def expected(self, hazard_per_day: FloatArray) -> FloatArray:
        """Unseen re-entries; shape (year, age band, group)."""
        return unseen_re_entries(
            self.leavers, hazard_per_day, list(self.years), self.first_day, self.last_day
        )


def seen_in(spells: ReturnSpells) -> Seen:
    """Count everything that rates are fitted to."""
    counts = count(spells)
    years = years_until(spells.first_day, spells.last_day)
    leavers = leavers_of(spells)
    nights, events = count_re_entries(leavers, years, spells.last_day)
    return Seen(
        year_ending=tuple(year_ending(day) for day in years[1:]),
        counts=counts,
        mixes=mixes_of(spells, years),
        arrivals=arrivals_of(spells),
        re_entry_nights=nights,
        re_entries=events,
        unseen=Unseen(leavers, tuple(years), spells.first_day, spells.last_day),
    )
