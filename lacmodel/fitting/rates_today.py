"""A council's entry and exit rates of today, and how sure they are: what a forecast starts from.

The law of drift and the national movement come from other councils where the published files have
enough of them, else the law is one that ships with the project and the movement is read from the
council's own years. `rates_today` then gives means for the fits and the tables of
`drift.log_rate` and `drift.today`. See MODEL.md, "Drift, learnt from every council".
"""

import csv
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.drift_parameters import DRIFT_PARTS, TODAY_PARTS
from lacmodel.fitting import drift
from lacmodel.fitting.drift import DriftLaw, Known, RateLaw, ResidualLaw
from lacmodel.fitting.published_figures import PublishedFigures
from lacmodel.fitting.published_years import (
    SERIES,
    PublishedYears,
    Shown,
    one_council,
    shown,
    years_in,
)
from lacmodel.fitting.years_in_care import (
    Leavers,
    answer,
    leavers,
    national_leaving,
    with_entrants,
)
from lacmodel.parameters import declared_tables, national_folder
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

FOLDS: Final = 5  # a council learns from the other folds, so that a backtest of all does the same
LEAST_COUNCILS: Final = 30  # of which a law is learnt
LEAST_YEARS: Final = 5
LEAST_OWN_YEARS: Final = 3  # with both flows, before a council's own rates are believed
LEAST_SHARE: Final = 0.1  # of the answer, however many come back or turn 18
LOG_RATE, TODAY = "drift.log_rate", "drift.today"
LAW_FILE: Final = "drift.csv"
UNITS: Final = {
    ("residual", "between"): "share of children",
    ("residual", "noise"): "share of children, times their root",
    ("residual", "national"): "share of children a year",
}
LAW_COLUMNS: Final = ("until", "series", "part", "value", "unit", "confirmed", "source")


class Learnt(NamedTuple):
    """What other councils teach: the law, and what shows the national movement."""

    law: DriftLaw
    others: Shown | None  # None: the council's own years show it
    source: str


class RatesToday(NamedTuple):
    """A council's rates at the start, and how they go on."""

    residents: float  # by which entry rates are divided
    starters: float  # children starting a year at today's rate, re-entries among them
    unexplained: float  # children a year by which care grows beyond starters less leavers
    more_entrants: float  # who come in place of that growth, as some of them leave again
    left: float  # leavers of the first year at today's rate, some of `more_entrants` among them
    exit_level: float  # log factor on England's exits, of all leavers
    answer: float  # more leavers of the first year for each unit of that log factor
    log_rate: FloatArray  # the law as in `drift.log_rate`, of all who come and all who leave
    today: FloatArray  # likewise `drift.today`
    turning_18: float  # leavers of a year, more or fewer by luck in who turns 18
    sources: tuple[str, str]  # of the law, and of the rates of today

    def shares(self, new_share: float, leavers: float) -> tuple[float, float]:
        """How much of the answer of all who come, and of all who leave, the rates of a run give.

        Parameters
        ----------
        new_share : of those who come into care, who had not been there before
        leavers : more of them in the first year for each unit of a log factor on the exits of
            those under 18
        """
        return max(new_share, LEAST_SHARE), max(leavers / self.answer, LEAST_SHARE)

    def tables(self, shares: tuple[float, float], ages_known: bool = False) -> dict[str, Table]:
        """`drift.log_rate` and `drift.today` of rates that give so much of the answer.

        Parameters
        ----------
        ages_known : who turns 18 and when, so that there is no luck in it
        """
        by_rate = np.array(shares)[:, None]
        spreads = np.array(DRIFT_PARTS) != "persistence"
        log_rate = np.where(spreads, self.log_rate / by_rate, self.log_rate)
        today = self.today / by_rate
        luck = 0.0 if ages_known else self.turning_18 / (shares[1] * self.answer)
        today[1, TODAY_PARTS.index("year_spread")] = luck
        values = (log_rate, today)
        return {
            name: _table(name, numbers, source)
            for name, numbers, source in zip((LOG_RATE, TODAY), values, self.sources, strict=True)
        }


# Others ------------------------------------------------------------------------------------------


def learn(years: PublishedYears, code: str) -> Learnt:
    """The law and national movement for a council, from the councils of other folds.

    Parameters
    ----------
    years : what was known of many councils at the start, the council among them or not
    """
    others = others_than(years, code)
    return learnt_from(others) if others is not None else shipped(years.last_year)


def others_than(years: PublishedYears, code: str) -> PublishedYears | None:
    """The councils with every count that a council learns from; None if they are too few."""
    complete = years.of(years.complete()) if years.codes else years
    others = np.ones(len(complete.codes), dtype=np.bool_)
    if code in complete.codes:
        others = fold_of(complete) != fold_of(complete)[complete.codes.index(code)]
    if others.sum() < LEAST_COUNCILS or years.children.shape[1] < LEAST_YEARS:
        return None
    return complete.of(others)


def fold_of(years: PublishedYears) -> NDArray[np.int64]:
    """The fold of each council: every `FOLDS`-th by code."""
    return np.arange(len(years.codes)) % FOLDS


def learnt_from(years: PublishedYears) -> Learnt:
    """The law and national movement that some councils show."""
    said = shown(years, national_leaving())
    source = (
        f"{len(years.codes)} other councils in the files, years ending March {years.first_year} "
        f"to {years.last_year}"
    )
    return Learnt(drift.fit_law(said), said, source)


def shipped(year: int) -> Learnt:
    """The law that ships with the project, from years up to one, or the earliest that there is."""
    laws = shipped_laws()
    until = max((y for y in laws if y <= year), default=min(laws))
    source = f"the councils of data/national/{LAW_FILE}, years to March {until}"
    return Learnt(laws[until], None, source)


@cache
def shipped_laws() -> dict[int, DriftLaw]:
    """The laws of the national folder, by the last year that they rest on."""
    numbers: dict[tuple[int, str], dict[str, float]] = {}
    with (national_folder() / LAW_FILE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            part = numbers.setdefault((int(row["until"]), row["series"]), {})
            part[row["part"]] = float(row["value"])
    kinds = (RateLaw, RateLaw, ResidualLaw)
    parts: dict[int, list[Any]] = {
        year: [kind(**numbers[year, name]) for name, kind in zip(SERIES, kinds, strict=True)]
        for year in {year for year, _ in numbers}
    }
    return {year: DriftLaw(*of_year) for year, of_year in parts.items()}


def law_rows(years: PublishedYears, source: str) -> Iterator[tuple[str, ...]]:
    """The file of shipped laws, one for each year from the fifth, its header first."""
    yield LAW_COLUMNS
    complete = years.of(years.complete())
    for until in range(years.first_year + LEAST_YEARS - 1, years.last_year + 1):
        law = drift.fit_law(shown(complete.until(until), national_leaving()))
        for name, part in zip(SERIES, drift.laws_of(law), strict=True):
            for field in fields(part):
                value = f"{getattr(part, field.name):.4g}"
                unit = UNITS.get((name, field.name), "log rate")
                yield str(until), name, field.name, value, unit, "no", source


def write_laws(file: Path) -> str:
    """Learn the laws that ship from a file of published years, write them, and say so."""
    years = years_in(file)
    count = int(years.complete().sum())
    source = (
        f"derived by `lacmodel national --drift`: {count} councils' children in care, starters, "
        f"leavers (DfE) and residents (ONS) from March {years.first_year} to the year until"
    )
    place = national_folder() / LAW_FILE
    with place.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written, lineterminator="\n").writerows(law_rows(years, source))
    return f"Laws of drift of {count} councils written to {place}."


# Own ---------------------------------------------------------------------------------------------


def rates_today(
    learnt: Learnt, own: PublishedYears, residents: float, whence: str = ""
) -> RatesToday | None:
    """A council's rates today; None where its own years are too few.

    Parameters
    ----------
    own : the council alone, the last year being the one before the start
    residents : by which entry rates are divided
    whence : where the own years come from, if not from what is published of the council
    """
    leaving, law = national_leaving(), learnt.law
    said = shown(own, leaving)
    if np.isfinite(said.seen[0, :, :2]).all(axis=1).sum() < LEAST_OWN_YEARS - 1:
        return None
    now = drift.today(law, said, said if learnt.others is None else learnt.others)
    entries, exits, residual = drift.rates_today(now)[:, 0]
    in_care = float(own.children[0, -1])
    starters = float(residents / 10_000 * np.exp(entries))
    unexplained = float(residual) * in_care
    children = with_entrants(said.in_care, np.array([starters]))[0]
    went = leavers(leaving, np.exp(exits), np.ones(()))
    more = unexplained / (1 - float(went.share[0]))
    today = np.stack([_today(known) for known in now[:2]])
    by_entry = in_care / ((1 - went.share[0]) * (starters + more))
    off = np.sqrt(_covariance(now[2])[0, 0]) * by_entry  # a share of those in care, of entrants
    spread, alone = (TODAY_PARTS.index(part) for part in ("level_spread", "year_spread"))
    today[0, spread] = np.hypot(today[0, spread], off)
    today[0, alone] = law.residual.noise / np.sqrt(in_care) * by_entry
    said_so = f"derived: law of drift from {learnt.source}"
    years = f"the council's own years{f', {whence},' if whence else ''} to March {own.last_year}"
    return RatesToday(
        residents,
        starters,
        unexplained,
        more,
        float(children @ went.share) + more - unexplained,
        float(exits),
        float(answer(leaving, children, np.exp(exits))),
        drift.log_rate_values(law),
        today,
        turning_18_spread(children, went),
        (
            f"{said_so}, as far as this area's first year answers to its rates",
            f"{said_so}; {years} (MODEL.md, section 15)",
        ),
    )


def rates_of_history(figures: PublishedFigures) -> RatesToday | None:
    """What an area's history says of its rates at the start, by the law that ships.

    None where the history is too short, or no residents are given.
    """
    children, started, ceased = (
        {h.year: float(n) for h in figures.history if (n := getattr(h, name)) is not None}
        for name in ("children", "started", "ceased")
    )
    if figures.year not in children:
        return None
    residents = figures.residents_by_year
    own = one_council("", figures.year, children, started, ceased, residents)
    return rates_today(shipped(figures.year), own, figures.residents)


def turning_18_spread(children: FloatArray, went: Leavers) -> float:
    """Luck in how many turn 18 in a year: the root of the sum of n q (1 - q) over the classes.

    Birthdays are the same in every future, though only England's ages, or bands of ages, are known.

    Parameters
    ----------
    children, went : of a year, by class
    """
    turned = went.share * (1 - went.of_them_under_18)
    return float(np.sqrt((children * turned * (1 - turned)).sum()))


def _table(name: str, values: FloatArray, source: str) -> Table:
    digits = np.array([float(f"{value:.4g}") for value in values.ravel()])
    return Table(digits.reshape(values.shape), declared_tables()[name][0], source, False)


def _covariance(known: Known) -> FloatArray:
    """Covariance of a council's states, the national movement being part of the first."""
    with_nation = -known.on_national[0]
    with_nation[0, -1] += 1.0
    covariance = known.covariance[0] + with_nation @ known.national_covariance @ with_nation.T
    return np.asarray(covariance)


def _today(known: Known) -> FloatArray:
    """A series' row of `drift.today`, nothing being of a year alone."""
    covariance = _covariance(known)
    departure = np.sqrt(covariance[1, 1])
    together = covariance[0, 1] / departure
    alone = np.sqrt(max(0.0, covariance[0, 0] - together**2))
    return np.array([known.states[0, 1], departure, together, alone, 0.0])
