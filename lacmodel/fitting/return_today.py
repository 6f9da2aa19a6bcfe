"""What the years of a return say of the rates of today, by the law of drift.

Rates fitted to several years of a return are those of the mean of these years. How far the last of
them are to be trusted is what the published years of many councils teach (MODEL.md, section 15):
the same filter reads the return's own years, and entries and exits are multiplied by what it finds.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area
from lacmodel.codes import TURNED_18
from lacmodel.drift_parameters import DRIFT_PARTS, DRIFTS
from lacmodel.fitting.drift import DriftLaw
from lacmodel.fitting.first_year import EXITS, RATES, answer, times, unchanged_plan
from lacmodel.fitting.published_years import PublishedYears, shown
from lacmodel.fitting.rates_today import RatesToday, rates_today, shipped
from lacmodel.fitting.reference_period import Reference
from lacmodel.fitting.years_in_care import national_leaving
from lacmodel.ssda903.calendar import year_ending, years_until
from lacmodel.ssda903.records import ReturnSpells, first_of_period, in_care
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

MOST_SPREADS: Final = 2.0


class Today(NamedTuple):
    """What rates of a reference period are to be multiplied by, and how they go on."""

    log_entries: float
    log_exits: float  # of those under 18
    tables: Mapping[str, Table]  # drift.log_rate and drift.today
    halfway: tuple[str, ...]  # which of entries and exits changed too much to be believed or not

    def applied(self, tables: Mapping[str, Table]) -> dict[str, Table]:
        """Fitted tables with the rates of today."""
        found = {**tables, **self.tables}
        for name, log_factor in ((RATES, self.log_entries), (EXITS, self.log_exits)):
            found[name] = times(found[name], log_factor)
        return found

    def words(self) -> str:
        """By how much, for the assumptions."""
        entries, exits = np.exp([self.log_entries, self.log_exits])
        words = (
            f"is brought to today's: entries times {entries:.3f} and exits of those under 18 times "
            f"{exits:.3f}, by a filter over all years (MODEL.md, section 15)"
        )
        if not self.halfway:
            return words
        return (
            f"{words}; {' and '.join(self.halfway)} of the last year differ from those of the year "
            "before by more than councils' usually do, and whether that lasts nobody knows: they "
            "stand half-way, and the range reaches from one to the other (MODEL.md, section 25)"
        )


def today_of(
    area: Area, spells: ReturnSpells, residents: FloatArray, reference: Reference
) -> Today | None:
    """What a return says of today; None where it says too little or the reference is stated.

    That is where the years are too few, or nobody comes or nobody leaves in those of the reference.

    Parameters
    ----------
    area : with the rates of the reference period
    residents : aged 0 to 17, shape (year of the return,)
    """
    own = years_of(spells, residents)
    learnt = shipped(own.last_year)
    found = rates_today(learnt, own, residents[-1], "of its return")
    if found is None or reference.stated:
        return None
    first = reference.first_year_ending - own.first_year
    if not (np.nansum(own.started[0, first:]) and np.nansum(own.ceased[0, first:])):
        return None
    beyond = beyond_law(own, learnt.law)
    found = halfway(found, own, beyond)
    shares = found.shares(*answer(unchanged_plan(area)))
    entries = np.log(found.starters / mean_starters(own, first, residents[-1]))
    exits = found.exit_level - mean_exit_level(own, first)
    tables = found.tables(shares, ages_known=True)
    names = tuple(name for name, far in zip(DRIFTS, beyond, strict=True) if far)
    return Today(float(entries) / shares[0], exits / shares[1], tables, names)


def beyond_law(own: PublishedYears, law: DriftLaw) -> tuple[bool, ...]:
    """Whether entries, and exits, of the last year are further from the year before than the law.

    The change of a log rate has the variance 2 spread^2 (1 - persistence) + walk^2 + national^2
    and that of counting in both years. What lies beyond `MOST_SPREADS` of it happens, by the law,
    once in 22 years, and nobody knows whether it will last.
    """
    said = shown(own, national_leaving())
    found = []
    for one, part in enumerate((law.entries, law.exits)):
        change = np.diff(said.seen[0, -2:, one])
        variance = 2 * part.spread**2 * (1 - part.persistence) + part.walk**2 + part.national**2
        spread = np.sqrt(variance + said.counting[0, -2:, one].sum())
        found.append(bool((np.abs(change) > MOST_SPREADS * spread).any()))  # not known: never
    return tuple(found)


def halfway(found: RatesToday, own: PublishedYears, beyond: tuple[bool, ...]) -> RatesToday:
    """Rates of today with those that are `beyond_law` half-way between the last two years.

    Their level is as unsure as that: half the change between the two is its spread. Of the AR(1)
    nothing is known then but its law.
    """
    seen = shown(own, national_leaving()).seen[0, -2:, : len(beyond)]
    middle, half = seen.mean(axis=0), np.abs(np.diff(seen, axis=0))[0] / 2
    today = found.today.copy()
    spread = found.log_rate[:, DRIFT_PARTS.index("spread")]
    for one in np.flatnonzero(beyond):
        today[one, :4] = 0.0, spread[one], 0.0, half[one]
    starters = found.residents / 10_000 * float(np.exp(middle[0]))
    return found._replace(
        starters=starters if beyond[0] else found.starters,
        exit_level=float(middle[1]) if beyond[1] else found.exit_level,
        today=today,
    )


def years_of(spells: ReturnSpells, residents: FloatArray) -> PublishedYears:
    """The return's years as published ones; who was there before the first is a year of its own.

    A first year that the return does not cover whole is left out.
    """
    starts = years_until(spells.first_day, spells.last_day)
    whole = [day for day in starts if day >= spells.first_day]
    first = first_of_period(spells)
    came = spells.start_day[first & spells.period_start_seen]
    ends = np.append(first[1:], True)[: len(first)]
    leaves = ends & (spells.why_ended >= 0) & (spells.why_ended <= TURNED_18)
    left = spells.end_day[leaves]
    children = [float(_there(spells, day)) for day in whole]
    flows = [
        [np.nan, *(float(((begin <= days) & (days < end)).sum())
                   for begin, end in pairwise(whole))]
        for days in (came, left)
    ]  # fmt: skip
    there = residents[-len(whole) + 1 :] if len(whole) > 1 else residents[:0]
    table = [children, *flows, [float(residents[0]), *there]]
    return PublishedYears(("",), year_ending(whole[0]), *np.array(table)[:, None, :])


def _there(spells: ReturnSpells, day: int) -> int:
    """Children in care on the night before a day; on that of the first day before the files."""
    return int(in_care(spells, max(day - 1, spells.first_day - 1)).sum())


def mean_starters(own: PublishedYears, first: int, residents: float) -> float:
    """Starters a year at the mean rate of the years from a first one on, at some residents."""
    started, there = own.started[0, first:], own.residents[0, first:]
    return float(np.nansum(started) / there[np.isfinite(started)].sum() * residents)


def mean_exit_level(own: PublishedYears, first: int) -> float:
    """Log factor on England's exits of the years from a first one on, weighted by leavers."""
    level = shown(own, national_leaving()).seen[0, first:, 1]
    left = own.ceased[0, first:]
    known = np.isfinite(level)
    return float(np.log(np.average(np.exp(level[known]), weights=left[known])))
