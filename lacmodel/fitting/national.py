"""The national factors: fitted so that a run-in gives back England's published tables.

The reference year is the one ending 31 March 2022, the last before the codes of supported
accommodation changed. Hazards are held constant; the factors that the fit may change, and how
loosely, are in `lacmodel.fitting.adjustments`.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, PLACEMENTS, RETURNABLE, ROUTES, SUPPORTED, UASC
from lacmodel.engines.monthly import ADULT, DAYS_PER_MONTH, share_past
from lacmodel.fitting import returns, run_in, stability
from lacmodel.fitting.adjustments import ADJUSTMENTS, adjusted
from lacmodel.fitting.starting_values import starting_tables
from lacmodel.fitting.targets import FitRow, Target, read_targets, scale_of
from lacmodel.parameters import (
    Parameters,
    collect,
    national_folder,
    read_parameters,
    write_tables,
)
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

REFERENCE_YEAR: Final = 2022
LAST_KNOWN: Final = 9999
FIRST_YEAR: Final = 2000
# Published stocks grow by more than starters less leavers: from 2014 to 2024 by 14,740 against
# 317,230 - 307,930 = 9,300. Starters are counted once a year, so 544 a year, 1.7 %, start again.
REPEATED_STARTS: Final = 1.017
UASC_AGE_SHARE: Final = (0.0, 0.0, 0.0, 0.2, 0.8)  # assumed; of starters
DISABILITY_SHARE: Final = 0.02  # need N2: 730 of 32,800 starters in 2017, 580 of 32,270 in 2025
ENGLAND_RESIDENTS: Final = 11_730_000  # aged 0 to 17: 82,090 children in care, 70 per 10,000
YEARS_OF_AGE: Final = (1, 4, 5, 6, 2)  # of each band; residents are spread evenly over 18 years
TIME_EDGES_MONTHS: Final = {
    "8 weeks": 56 / DAYS_PER_MONTH,
    "6 months": 6.0,
    "1 year": 12.0,
    "2 years": 24.0,
    "5 years": 60.0,
}
STEP: Final = 1e-3  # relative step of the numerical derivatives


# Starters ----------------------------------------------------------------------------------------


@cache
def starters_by_year(last: int = REFERENCE_YEAR, known_in: int = LAST_KNOWN) -> FloatArray:
    """Children starting by year (2000 to a last one) and cell of entry.

    Published totals and unaccompanied children by year; before the first year it is held. Ages of
    the others are interpolated between the years for which they are published. Nothing published
    for a year after ``known_in`` is used, but the first ages that there are.
    """
    published = {
        name: {year: n for year, n in by_year.items() if year <= max(known_in, min(by_year))}
        for name, by_year in _read_starters().items()
    }
    years = np.arange(FIRST_YEAR, last + 1)
    total = _interpolated(years, published["started", "all"])
    uasc = _interpolated(years, published["started_uasc", "all"])
    others = (total - uasc)[:, None] * _age_shares(years, published)
    cells = np.zeros((len(years), len(AGE_BANDS), len(GROUPS)))
    cells[:, :, 0] = others * (1 - DISABILITY_SHARE) * REPEATED_STARTS
    cells[:, :, 1] = others * DISABILITY_SHARE * REPEATED_STARTS
    cells[:, :, UASC] = uasc[:, None] * np.array(UASC_AGE_SHARE)
    return cells.reshape(len(years), -1)


def starters_of_england(years: NDArray[np.int64]) -> FloatArray:
    """England's published starters of some years."""
    return _interpolated(years, _read_starters()["started", "all"])


def _read_starters() -> dict[tuple[str, str], dict[int, float]]:
    published: dict[tuple[str, str], dict[int, float]] = {}
    with (national_folder() / "starters.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            by_year = published.setdefault((row["measure"], row["age_band"]), {})
            by_year[int(row["year"])] = float(row["children"])
    return published


def _interpolated(years: NDArray[np.int64], by_year: dict[int, float]) -> FloatArray:
    """Values by year, held before the first and after the last, straight lines between."""
    known = sorted(by_year)
    return np.interp(years, known, [by_year[year] for year in known])


def _age_shares(
    years: NDArray[np.int64], published: dict[tuple[str, str], dict[int, float]]
) -> FloatArray:
    """Shares by age of starters who are not unaccompanied; shape (year, age band)."""
    by_band, uasc = [], _read_starters()["started_uasc", "all"]
    for band, name in enumerate(AGE_BANDS):
        others = {
            year: children - uasc[year] * UASC_AGE_SHARE[band]
            for year, children in published["started", name].items()
        }
        by_band.append(_interpolated(years, others))
    ages = np.stack(by_band, axis=1)
    return np.asarray(ages / ages.sum(axis=1, keepdims=True))


# What the factors give ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class England:
    """A run-in over England's starters."""

    setting: run_in.Setting
    cohort: run_in.Cohort
    entrants: run_in.Entrants
    flows: FloatArray  # entrants of the cohort by cell: those of the reference year


def run_in_england(parameters: Parameters) -> England:
    """Follow England's published starters to the end of the reference year."""
    per_year = starters_by_year()
    flows = per_year[-1]
    setting = run_in.one_month(parameters)
    return England(
        setting,
        run_in.follow(setting, flows),
        run_in.entrants_by_month(per_year, flows),
        flows,
    )


def modelled_tables(england: England) -> dict[tuple[str, str], float]:
    """Every figure of the published tables, as the factors give it."""
    cohort, entrants = england.cohort, england.entrants
    over_year = run_in.weights_over(entrants, 0, 11)[..., None]
    leavers = cohort.leavers * over_year
    adults = cohort.turned_18 * over_year
    days = cohort.days * over_year
    three = stability.three_placements_share(england.setting, cohort, entrants, england.flows)
    return {
        **_stocks(cohort.stock * run_in.weights_at(entrants, 0)[..., None]),
        **_leavers(leavers, adults),
        **_timing(leavers, adults),
        ("moves", "a child-year"): _moves(england, days),
        ("stability", "three or more placements"): 100 * three,
    }


def _by_band(by_age: FloatArray) -> FloatArray:
    """Sum age indices, the first axis, into age bands.

    Somebody who leaves in the month of a birthday is as likely to be of either age.
    """
    edges = np.array([0, 12, 60, 120, 192, ADULT + 1])
    return np.add.reduceat(by_age, edges[:-1], axis=0)


def _stocks(stock: FloatArray) -> dict[tuple[str, str], float]:
    """Stocks by age band, placement type and group."""
    now = run_in.by_age_now(stock).sum(axis=0)  # (group, age index, placement)
    by_age = _by_band(now.sum(axis=(0, 2)))
    by_type, by_group = now.sum(axis=(0, 1)), now.sum(axis=(1, 2))
    return {
        **{("stock_by_age", name): float(by_age[i]) for i, name in enumerate(AGE_BANDS)},
        **{("stock_by_placement", name): float(by_type[i]) for i, name in enumerate(PLACEMENTS)},
        **{("stock_by_group", name): float(by_group[i]) for i, name in enumerate(GROUPS)},
    }


def leavers_by_band(leavers: FloatArray) -> FloatArray:
    """Leavers by age band; shape (age band, route).

    Of those who leave in the month of a birthday half are counted in the younger band.
    """
    by_age = run_in.by_age_now(leavers).sum(axis=(0, 1))  # (age index, route)
    half_earlier = by_age / 2
    half_earlier[:-1] += by_age[1:] / 2
    half_earlier[0] += by_age[0] / 2
    return _by_band(half_earlier)


def _leavers(leavers: FloatArray, adults: FloatArray) -> dict[tuple[str, str], float]:
    """Leavers by reason, and by age with 18 and over apart."""
    by_reason = leavers.sum(axis=(0, 1, 2))
    by_age = leavers_by_band(leavers).sum(axis=1)
    return {
        **{("leavers_by_reason", name): float(by_reason[i]) for i, name in enumerate(ROUTES)},
        **{("leavers_by_age", name): float(by_age[i]) for i, name in enumerate(AGE_BANDS)},
        ("leavers_by_age", "18 and over"): float(adults.sum()),
    }


def within(by_month: FloatArray, months: float) -> float:
    """Percentage of leavers whose period of care had lasted less than some months.

    Parameters
    ----------
    by_month : leavers by calendar months in care
    """
    past = share_past(np.arange(len(by_month)), months)
    return float(100 * (by_month * (1 - past)).sum() / by_month.sum())


def _timing(leavers: FloatArray, adults: FloatArray) -> dict[tuple[str, str], float]:
    """Leavers' time in care, and age at special guardianship and adoption."""
    everyone = leavers.sum(axis=(1, 2, 3)) + adults.sum(axis=(1, 2, 3))
    tables = {
        ("leavers_within", name): within(everyone, months)
        for name, months in TIME_EDGES_MONTHS.items()
    }
    by_age = run_in.by_age_now(leavers).sum(axis=(0, 1))
    for route in ("sgo", "adoption"):
        number = ROUTES.index(route)
        by_month = leavers[..., number].sum(axis=(1, 2))
        for name in ("1 year", "2 years"):
            tables[f"{route}_within", name] = within(by_month, TIME_EDGES_MONTHS[name])
        months = (by_age[:, number] * run_in.AGE_INDEX).sum() / by_age[:, number].sum()
        tables["mean_age", route] = float(months / 12)
    return tables


def _moves(england: England, days: FloatArray) -> float:
    """Moves a child-year: breakdowns and planned moves over the time spent in care."""
    rates = england.setting.rates
    per_day = rates.breakdowns + rates.planned  # (time class, age class, type)
    spent = run_in.days_by_class(england.setting, days).sum(axis=1)
    return float((spent * per_day).sum() / (spent.sum() / 365.25))


# The fit -----------------------------------------------------------------------------------------


def residuals(log_factors: FloatArray, targets: tuple[Target, ...]) -> FloatArray:
    """Misfits of the published tables, and departures from the starting values, in their scales."""
    parameters = collect(adjusted(starting_tables(), log_factors), Path("starting values"))
    modelled = modelled_tables(run_in_england(parameters))
    misfits = []
    for target in targets:
        value = modelled[target.table, target.place]
        off = value - target.value if target.unit.startswith("%") else np.log(value / target.value)
        misfits.append(off / scale_of(target))
    looseness = np.array([adjustment.looseness for adjustment in ADJUSTMENTS])
    return np.concatenate([misfits, log_factors / looseness])


def fit(most_evaluations: int = 12) -> FloatArray:
    """Log factors, one for every adjustment, that fit the published tables best."""
    from scipy.optimize import least_squares

    found = least_squares(
        residuals,
        np.zeros(len(ADJUSTMENTS)),
        args=(read_targets(),),
        max_nfev=most_evaluations,
        diff_step=[STEP],
        xtol=1e-4,
        ftol=1e-4,
    )
    return np.asarray(found.x)


def fitted_tables(log_factors: FloatArray) -> dict[str, Table]:
    """The national factors: fitted hazards, entry rates, and the share who stay on."""
    tables = adjusted(starting_tables(), log_factors)
    england = run_in_england(collect(tables, Path("fitted values")))
    tables = _replaced(tables, "entries.start_rate_per_10000", _start_rates(england), ENTRY_SOURCE)
    return _replaced(
        tables, "placements.staying_on_share", _staying_on(tables, england), STAYING_SOURCE
    )


ENTRY_SOURCE: Final = (
    "derived: England's starters of the year ending 31 March 2022 (DfE) less the re-entries that "
    "the factors give, per 10,000 of 11.73 million residents aged 0 to 17 (every year of age alike)"
)
STAYING_SOURCE: Final = (
    "derived: 6,000 of the 13,740 who left at 18 and over in 2024/25 stayed with their carers, in "
    "any placement (DfE 2025, code E17); 0.7 of those in foster care is assumed, and the rest of "
    "the 6,000 is laid to those in supported accommodation"
)
STAYED_WITH_CARERS_SHARE: Final = 6_000 / 13_740


def _replaced(
    tables: dict[str, Table], name: str, values: FloatArray, source: str
) -> dict[str, Table]:
    old = tables[name]
    return {**tables, name: Table(values, old.unit, source, old.confirmed, old.spread)}


def _start_rates(england: England) -> FloatArray:
    """Starters who are not re-entries, per 10,000 residents of the band; (age band, group)."""
    residents = ENGLAND_RESIDENTS * np.array(YEARS_OF_AGE) / 18
    starters = england.flows.reshape(len(AGE_BANDS), len(GROUPS))
    leavers = england.cohort.leavers[..., :RETURNABLE]
    re_entries = england.setting.world.re_entries
    _, returned = returns.waiting_to_return(re_entries, leavers, england.entrants)
    return np.asarray((starters - returned) / residents[:, None] * 10_000)


def _staying_on(tables: dict[str, Table], england: England) -> FloatArray:
    """Share who stay on: foster care as assumed, supported accommodation what is left of E17."""
    adults = england.cohort.turned_18 * run_in.weights_over(england.entrants, 0, 11)[..., None]
    by_type = adults.sum(axis=(0, 1, 2))
    shares = tables["placements.staying_on_share"].values.copy()
    in_foster_care = (shares[:SUPPORTED] * by_type[:SUPPORTED]).sum()
    left = STAYED_WITH_CARERS_SHARE * by_type.sum() - in_foster_care
    shares[SUPPORTED] = round(float(left / by_type[SUPPORTED]), 2)
    return shares


def rebuild() -> None:
    """Fit the national factors again and write factors.csv."""
    write_tables(national_folder() / "factors.csv", fitted_tables(fit()))


def fit_rows() -> list[FitRow]:
    """Every published figure beside what the shipped factors give."""
    modelled = modelled_tables(run_in_england(read_parameters()))
    return [
        FitRow(
            f"{target.table.replace('_', ' ')}: {target.place}",
            target.value,
            modelled[target.table, target.place],
            target.unit,
            target.tolerance,
            target.source,
        )
        for target in read_targets()
    ]
