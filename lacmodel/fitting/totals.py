"""A council's rates from totals alone: children in care, starters and leavers by year.

The national factors stay as they are but for one factor on all exits under 18, and one on the
starters of the years before those published. England's starters of each year say how old and in
which group the council's are. Both factors are found from sums over a run-in that hold for every
council, so that fitting one takes a few hundredths of a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area
from lacmodel.codes import AGE_BANDS, GROUPS, RETURNABLE
from lacmodel.fitting import at_start, returns, run_in
from lacmodel.fitting.adjustments import Adjustment, adjusted_by
from lacmodel.fitting.first_year import EXITS, RATES
from lacmodel.fitting.match_shares import again_shares
from lacmodel.fitting.national import (
    FIRST_YEAR,
    REPEATED_STARTS,
    STEP,
    YEARS_OF_AGE,
    leavers_by_band,
    starters_by_year,
)
from lacmodel.parameters import collect, national_folder, read_tables
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

ALL_EXITS: Final = Adjustment("exits", EXITS, (slice(None), slice(None)), 0.5)
EARLIER_LOOSENESS: Final = 0.3  # of the log factor on starters before those published
RECENT_YEARS: Final = 3  # leavers and starters of so many years say how it goes on
GRID: Final = 0.1  # step of the log exit factor between run-ins
MOST_LOG: Final = 2.0  # exits are within a seventh and seven times of England's
YEARS: Final = 19  # of entry that a run-in looks back over
EVEN_MONTHS: Final = 12


class Totals(NamedTuple):
    """What is published about a council; the last year ends on the night before the start."""

    last: int  # the year ending 31 March before the start
    children: dict[int, int]  # by year
    started: dict[int, int]
    ceased: dict[int, int]
    residents: float  # aged 0 to 17, by which the rates of entry are divided


@dataclass(frozen=True, slots=True)
class TotalsFit:
    """Rates, and who is in care or has left, as a run-in over the council's starters says."""

    tables: dict[str, Table]
    children: FloatArray  # (year of age, time band, placement, group), at the start
    past_leavers: FloatArray  # (reason, year of age, since band), at the start
    ceased_by_age: FloatArray  # (the age bands, then 18 and over), in the year before the start
    ceased_by_reason: FloatArray  # (reason,), likewise; turned_18 is 18 and over
    started: FloatArray  # (age band,), likewise, each child once
    again: FloatArray  # (placement,): see `match_shares.again_shares`
    exit_factor: float
    earlier_factor: float


class ByEntry(NamedTuple):
    """What a child who came in each cell adds to a year's end, by years since the year of entry."""

    stock: FloatArray  # (years, cell): children in care at the end of the year
    left: FloatArray  # (years, cell): leavers of the year, those turning 18 among them


@cache
def national_tables() -> dict[str, Table]:
    """England's factors; not to be changed."""
    return read_tables(national_folder() / "factors.csv")


def with_rates(area: Area, rates: Mapping[str, Table]) -> Area:
    """An area with England's factors but for those that are its own."""
    return replace(area, parameters=collect(national_tables() | dict(rates), national_folder()))


def with_exits(log_factor: float, source: str = "") -> dict[str, Table]:
    """England's factors with all exits under 18 multiplied."""
    return adjusted_by([ALL_EXITS], national_tables(), np.array([log_factor]), source)


@cache
def by_entry(step: int) -> ByEntry:
    """Sums of a run-in whose log exit factor is so many steps of `GRID`."""
    setting = run_in.one_month(collect(with_exits(step * GRID), national_folder()))
    cohort = run_in.follow(setting, np.ones(len(AGE_BANDS) * len(GROUPS)))
    left = cohort.leavers.sum(axis=3) + cohort.turned_18.sum(axis=3)
    left = _by_cell(left)
    shifted = [_by_year(np.vstack([np.zeros((j, left.shape[1])), left])) for j in range(12)]
    return ByEntry(_by_year(_by_cell(cohort.stock.sum(axis=3))), np.sum(shifted, axis=0))


def _by_cell(values: FloatArray) -> FloatArray:
    """Sums by cell of entry of values by months since entry, group and age index on entry."""
    cell = run_in.cell_of_entry().ravel()
    flat = values.reshape(len(values), -1)
    return np.stack([flat[:, cell == c].sum(axis=1) for c in range(cell.max() + 1)], axis=1)


def _by_year(by_month: FloatArray) -> FloatArray:
    """What a year's entrants add, a twelfth of them in each month."""
    padded = np.zeros((YEARS * EVEN_MONTHS, by_month.shape[1]))
    padded[: len(by_month)] = by_month
    return padded.reshape(YEARS, EVEN_MONTHS, -1).mean(axis=1)


# Starters ----------------------------------------------------------------------------------------


def starters(totals: Totals, earlier_factor: float) -> FloatArray:
    """Children starting by year and cell, as England's of the year are divided.

    Years between published ones are interpolated; before the first they are England's times a
    factor that leads to the first, times ``earlier_factor``. A child is counted once a year, so
    `REPEATED_STARTS` is added.

    Returns
    -------
    shape (year from `FIRST_YEAR`, cell)
    """
    england = starters_by_year(totals.last, totals.last)
    years = np.arange(FIRST_YEAR, totals.last + 1)
    known = sorted(year for year in totals.started if FIRST_YEAR <= year <= totals.last)
    started = np.interp(years, known, [totals.started[year] for year in known])
    of_england = england.sum(axis=1)
    early = years < known[0]
    scale = started[0] / of_england[known[0] - FIRST_YEAR]
    started[early] = earlier_factor * scale * of_england[early]
    return np.asarray(england * (started * REPEATED_STARTS / of_england)[:, None])


def _back(per_year: FloatArray, years_before: int) -> FloatArray:
    """Starters of a year and those before it, the latest first; the first year is held."""
    backwards = per_year[::-1][years_before : years_before + YEARS]
    held = np.repeat(per_year[:1], YEARS - len(backwards), axis=0)
    return np.concatenate([backwards, held])


# The fit -----------------------------------------------------------------------------------------


def _between(log_factor: float) -> ByEntry:
    """`by_entry` on the straight line between two steps."""
    step = int(np.floor(log_factor / GRID))
    part = log_factor / GRID - step
    low, high = by_entry(step), by_entry(step + 1)
    return ByEntry(*((1 - part) * a + part * b for a, b in zip(low, high, strict=True)))


def _residuals(logs: FloatArray, totals: Totals) -> FloatArray:
    """Misfits in the scale of chance (the root of a count), and departures from England's rates.

    Parameters
    ----------
    logs : log factors of exits, and of the starters before those published
    """
    sums = _between(float(logs[0]))
    per_year = starters(totals, float(np.exp(logs[1])))
    misfits = []
    for before in range(RECENT_YEARS + 1):
        year, came = totals.last - before, _back(per_year, before)
        pairs = [(totals.children.get(year), sums.stock)]
        pairs += [(totals.ceased.get(year), sums.left)] if before < RECENT_YEARS else []
        for published, each in pairs:
            wanted = 0.0 if published is None else np.sqrt(published)
            weight = 0.0 if published is None else 2.0
            misfits.append(weight * (np.sqrt((came * each).sum()) - wanted))
    return np.array([*misfits, logs[0] / ALL_EXITS.looseness, logs[1] / EARLIER_LOOSENESS])


def fit_totals(totals: Totals) -> TotalsFit:
    """Scale the national factors to a council's totals.

    The entry rates rest on the mean starters of the last `RECENT_YEARS` years, less the re-entries
    of the run-in, and the exits on the fit to them.
    """
    from scipy.optimize import least_squares

    limit = MOST_LOG - GRID
    found = least_squares(
        _residuals, np.zeros(2), args=(totals,), bounds=(-limit, limit), diff_step=[STEP]
    )
    exits, earlier = found.x
    source = (
        "derived: England's exits times one factor, with which a run-in gives the council's "
        f"children in care and leavers (DfE) of the years to {totals.last}"
    )
    tables = with_exits(float(exits), source)
    setting = run_in.one_month(collect(tables, national_folder()))
    per_year = starters(totals, float(np.exp(earlier)))
    flows = np.where(per_year[-1] > 0, per_year[-1], 1.0)  # a year may have no starters
    cohort = run_in.follow(setting, flows)
    entrants = run_in.entrants_by_month(per_year, flows)
    pool, returned = returns.waiting_to_return(
        setting.world.re_entries, cohort.leavers[..., :RETURNABLE], entrants
    )
    over_year = run_in.weights_over(entrants, 0, 11)[..., None]
    leavers, adults = cohort.leavers * over_year, (cohort.turned_18 * over_year).sum()
    children = at_start.joint_table(cohort, entrants)
    return TotalsFit(
        tables=tables | {RATES: _start_rates(totals, per_year, returned)},
        children=children,
        past_leavers=at_start.past_leaver_table(pool),
        ceased_by_age=np.append(leavers_by_band(leavers).sum(axis=1), adults),
        ceased_by_reason=np.append(leavers.sum(axis=(0, 1, 2)), adults),
        started=per_year[-1].reshape(len(AGE_BANDS), -1).sum(axis=1) / REPEATED_STARTS,
        again=again_shares(setting, cohort.days * over_year, cohort.turned_18 * over_year),
        exit_factor=float(np.exp(exits)),
        earlier_factor=float(np.exp(earlier)),
    )


def _start_rates(totals: Totals, per_year: FloatArray, returned: FloatArray) -> Table:
    """Starters who are not re-entries, a year, per 10,000 residents of the band."""
    old = national_tables()[RATES]
    last = per_year[-1].reshape(len(AGE_BANDS), len(GROUPS)).sum(axis=1)
    came = last
    back = returned.sum(axis=1)
    new_share = 1 - np.divide(back, came, out=np.zeros_like(came), where=came > 0)
    usual = per_year[-RECENT_YEARS:].mean(axis=0).reshape(len(AGE_BANDS), len(GROUPS))
    residents = totals.residents * np.array(YEARS_OF_AGE) / 18
    rate = usual * new_share[:, None] / residents[:, None] * 10_000
    source = (
        f"derived: the council's starters (DfE), mean of the {RECENT_YEARS} years to March "
        f"{totals.last}, with England's ages and groups, times {REPEATED_STARTS}, less re-entries; "
        "residents of every year of age alike"
    )
    return Table(rate, old.unit, source, False, old.spread)
