"""An area of a council from its own SSDA903 return.

Rates, history and who is in care come from the return. Residents come from the ONS or are stated.
The council's own places, prices and uplifts are in no return: England's stand in their place,
marked as not confirmed, until somebody fills them in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area, Benchmark, HistoryYear, OpeningRow, SupplyRow
from lacmodel.area.children import children_of
from lacmodel.area.opening_return import RETURN, ReturnRead, read_return
from lacmodel.area.residents import Residents, residents_between
from lacmodel.area.settings import OpeningReturn
from lacmodel.area.write import AreaContent, Rows, content_of, csv_bytes
from lacmodel.codes import (
    AGE_BAND_OF_YEAR,
    AGE_BAND_YEARS,
    AGE_BANDS,
    GROUPS,
    KINDS,
    PLACEMENTS,
    TIME_BANDS,
    TURNED_18,
)
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting.england_shares import shortage_order, supply_for, unit_costs, uplifts
from lacmodel.fitting.from_published import benchmarks_beside, growth_of, population_rows
from lacmodel.fitting.from_return import FittedReturn, evidence_rows, fit_return
from lacmodel.fitting.match_shares import match_shares
from lacmodel.fitting.published_figures import PublishedFigures, Scope
from lacmodel.fitting.return_today import Today, today_of
from lacmodel.fitting.totals import national_tables, with_rates
from lacmodel.listed import counted
from lacmodel.parameters import collect, national_folder
from lacmodel.published.council import Series, residents_of
from lacmodel.published.neighbours import Neighbour
from lacmodel.published.records import Figure, Published
from lacmodel.ssda903.calendar import years_until
from lacmodel.ssda903.records import EPOCH, ReturnSpells, day_number, first_of_period, in_care
from lacmodel.ssda903.sources import hash_of
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

MATCH: Final = "placements.match_share"
ACCOUNT: Final = "Children in the return: "  # begins the sentence that counts them
HALF_A_YEAR: Final = 182  # days


class Council(NamedTuple):
    """What a return does not say of a council."""

    code: str
    name: str
    residents: Mapping[int, Figure]  # by mid-year
    confirmed: bool = True  # whether the residents are published
    benchmarks: tuple[Benchmark, ...] = ()


class ReturnArea(NamedTuple):
    """An area made from a return, and what its rates rest on."""

    area: Area
    rates: dict[str, Table]
    fitted: FittedReturn
    read: ReturnRead

    def content(self) -> AreaContent:
        """What the files of its folder hold."""
        return content_of(self.area, self.rates)

    def evidence(self) -> dict[str, Rows]:
        """Events and exposure of its rates, by the name of the file without its ending."""
        return {"rates_evidence": evidence_rows(self.fitted.rates)}


def area_of_return(
    read: ReturnRead,
    council: Council,
    pointer: OpeningReturn,
    provider_codes: Sequence[str] = (),
) -> ReturnArea:
    """Make an area of a return, which starts on the day after the return ends.

    Raises
    ------
    InputFaults
        if nobody is in care at the start, or the years stated are not in the return
    """
    spells = read.spelled.spells
    start = EPOCH + timedelta(days=spells.last_day + 1)
    years = read.returns.years
    population = population_rows(council.residents, years[0] - 1)
    growth, projection = growth_of(population)
    if not council.confirmed:
        population = tuple(replace(row, confirmed=False) for row in population)
    fitted = fit(spells, population, growth, pointer)
    children, _ = children_of(spells, start)
    if not children:
        raise InputFaults([Fault(read.returns.path, "", None, f"nobody is in care on {start}")])
    opening = tuple(counted(children, start))
    supply = tuple(supply_for(by_kind(opening)))
    rates = fitted.tables | {MATCH: match_of(again_of(spells), opening, supply)}
    growths, growth_sources = uplifts()
    area = Area(
        path=Path(council.code),
        code=council.code,
        name=council.name,
        start=start,
        parameters=collect(national_tables() | rates, national_folder()),
        population=population,
        history=history_of(spells, years),
        known=(),
        afterwards=(),
        benchmarks=council.benchmarks,
        opening=opening,
        past_leavers=(),
        supply=supply,
        shortage_order=shortage_order(),
        capped=(),
        unit_costs=unit_costs(),
        uplifts=growths,
        budget=(),
        assumptions=(),
        projected_growth_a_year=growth,
        projection_source=projection,
        uplift_sources=growth_sources,
        files=(),
        opening_return=pointer,
        provider_codes=tuple(provider_codes),
        estimates=fitted.estimates,
    )
    today = today_of(area, spells, residents_of_years(spells, population, growth), fitted.reference)
    rates = today.applied(rates) if today else rates
    area = replace(
        with_rates(area, rates), assumptions=tuple(_assumptions(read, fitted, council, today))
    )
    return ReturnArea(area, rates, fitted, read)


def fit(
    spells: ReturnSpells,
    population: Sequence[Residents],
    growth_a_year: float,
    pointer: OpeningReturn,
) -> FittedReturn:
    """Fit the rates of a return to the residents of its years, every year of age alike."""
    share = np.diff(AGE_BAND_YEARS) / AGE_BAND_YEARS[-1]
    total = residents_of_years(spells, population, growth_a_year)
    stated = None
    if pointer.first_year is not None and pointer.last_year is not None:
        stated = (pointer.first_year, pointer.last_year)
    try:
        return fit_return(spells, np.outer(total, share), national_tables(), stated)
    except ValueError as error:
        raise InputFaults([Fault(pointer.folder, "", None, str(error))]) from error


def residents_of_years(
    spells: ReturnSpells, population: Sequence[Residents], growth_a_year: float
) -> FloatArray:
    """Residents aged 0 to 17 in the middle of each year of a return."""
    begins = years_until(spells.first_day, spells.last_day)[:-1]
    middles = [max(day, spells.first_day) + HALF_A_YEAR for day in begins]
    return np.array(
        [
            residents_between(population, growth_a_year, EPOCH + timedelta(days=day))
            for day in middles
        ]
    )


class Refitted(NamedTuple):
    """What a return says when it is read again."""

    name: str
    fitted: FittedReturn
    replaced: tuple[str, str]  # the hash that the area has of the return, and that of today


def refitted(area: Area) -> tuple[Refitted, dict[str, bytes]]:
    """Fit an area of a return again; the files of its folder that follow from the return.

    Raises
    ------
    InputFaults
        if the area points at no return, or the return cannot be read
    """
    pointer = area.opening_return
    if pointer is None:
        raise InputFaults([Fault(area.path, "opening_return", None, "is missing")])
    folder = Path(pointer.folder)
    read = read_return(folder, area.provider_codes, area.start, pointer.years)
    spells = read.spelled.spells
    fitted = fit(spells, area.population, area.projected_growth_a_year, pointer)
    opening = tuple(counted(children_of(spells, area.start)[0], area.start))
    rates = fitted.tables | {MATCH: match_of(again_of(spells), opening, area.supply)}
    history = history_of(spells, read.returns.years)
    area = with_rates(
        replace(area, history=history, opening=opening, estimates=fitted.estimates), rates
    )
    there = residents_of_years(spells, area.population, area.projected_growth_a_year)
    today = today_of(area, spells, there, fitted.reference)
    rates = today.applied(rates) if today else rates
    content = content_of(area, rates)
    names = ("history", "rates", "estimates")
    files = {f"{name}.csv": csv_bytes(content.tables[name]) for name in names}
    files["rates_evidence.csv"] = csv_bytes(evidence_rows(fitted.rates))
    return Refitted(area.name, fitted, (pointer.sha256, hash_of(folder))), files


# What the return shows ---------------------------------------------------------------------------


def history_of(spells: ReturnSpells, years: Sequence[int]) -> tuple[HistoryYear, ...]:
    """Children in care on each 31 March, and how many started and ceased in the year to it.

    Each child counts once a year among those who started and those who ceased, as the DfE has it;
    whether a start is seen is what the return says.
    """
    first = first_of_period(spells) & spells.period_start_seen
    left = (spells.why_ended >= 0) & (spells.why_ended <= TURNED_18)
    left &= np.append(first_of_period(spells)[1:], True)  # the last spell of its period
    found = []
    for year in years:
        begin, end = day_number(date(year - 1, 4, 1)), day_number(date(year, 3, 31))
        if end > spells.last_day:
            continue
        started = first & (spells.start_day >= begin) & (spells.start_day <= end)
        ceased = left & (spells.end_day >= begin) & (spells.end_day <= end)
        found.append(
            HistoryYear(
                year,
                int(in_care(spells, end).sum()),
                len(np.unique(spells.child[started])),
                len(np.unique(spells.child[ceased])),
                RETURN,
            )
        )
    return tuple(found)


def by_kind(opening: Sequence[OpeningRow]) -> FloatArray:
    """Opening children by kind."""
    children = np.zeros(len(KINDS))
    for row in opening:
        children[row.kind] += row.children
    return children


def match_of(
    again: FloatArray, opening: Sequence[OpeningRow], supply: Sequence[SupplyRow]
) -> Table:
    """Match shares with which the council's own places hold what they hold at the start.

    Parameters
    ----------
    again : shape (placement type,), see `again_of`
    """
    children = by_kind(opening)
    scopes = [
        Scope(row.kind, row.youngest, row.oldest, row.groups, row.places * row.usable_share)
        for row in supply
        if row.opens is None
    ]
    nobody = np.zeros(len(AGE_BANDS))
    figures = PublishedFigures(
        0, nobody, children, np.zeros(len(GROUPS)), np.zeros(len(KINDS)),
        nobody, nobody, nobody, (), 0.0, tuple(scopes),
    )  # fmt: skip
    everybody = tuple(range(len(GROUPS)))
    bought = [Scope(kind, 0, 17, everybody, 0.0) for kind in range(len(KINDS))
              if all(scope.kind != kind for scope in scopes)]  # fmt: skip
    every = [*scopes, *bought]
    return match_shares(figures, _by_scope(opening, every), every, again, national_tables()[MATCH])


def _by_scope(opening: Sequence[OpeningRow], scopes: Sequence[Scope]) -> FloatArray:
    """Opening children; shape (group, scope, age band, year of age, time band)."""
    shape = (len(GROUPS), len(scopes), len(AGE_BANDS), 18, len(TIME_BANDS))
    children = np.zeros(shape)
    for row in opening:
        scope = next(i for i, scope in enumerate(scopes) if scope.kind == row.kind)
        band = AGE_BAND_OF_YEAR[row.age]
        children[row.group, scope, band, row.age, row.time_band] += row.children
    return children


def again_of(spells: ReturnSpells) -> FloatArray:
    """Of those seen to leave a placement, the share who come to the same type again; by type."""
    ended = spells.why_ended >= 0
    goes_on = np.append(~first_of_period(spells)[1:], False)
    following = np.append(spells.placement[1:], -1)
    same = ended & goes_on & (following == spells.placement)
    left = np.bincount(spells.placement[ended], minlength=len(PLACEMENTS))
    again = np.bincount(spells.placement[same], minlength=len(PLACEMENTS))
    return np.divide(again, left, out=np.zeros(len(PLACEMENTS)), where=left > 0)


# Words -------------------------------------------------------------------------------------------


def _assumptions(
    read: ReturnRead, fitted: FittedReturn, council: Council, today: Today | None
) -> Iterator[str]:
    """What the return does not give, and what was put in its place."""
    account, reference = read.spelled.account, fitted.reference
    how = "as stated" if reference.stated else "which foretold the years held out best"
    goes_on = today.words() if today else "goes on as it was"
    yield (
        f"Rates are those of the council's SSDA903 return in {reference.words}, {how}, shrunk to "
        f"England's; their level {goes_on}."
    )
    yield (
        f"{ACCOUNT}{account.children_kept:,} of {account.children:,} are used and "
        f"{account.children_left_out:,} left out; lacmodel check says why. Short breaks (V3, V4) "
        "are left out, as in the DfE's counts."
    )
    yield (
        "Children who left care before the first year of the return are not known, so fewer come "
        "back in the first years than will."
    )
    yield (
        "Need code N2 is a floor for children who need provision for a disability; all children "
        "are of the standard level of need."
    )
    yield (
        "The council's own children by kind are the return's, but how many own places there are "
        "is not in it: supply.csv has as many as England's share of places filled implies, and "
        "none of them is known to exist."
    )
    yield (
        "Prices are England's at 2024/25, no income is netted off, and fixed costs are inside "
        "the prices. Prices of the council's own homes, secure homes, supported accommodation, "
        "other placements and unregistered settings are assumed."
    )
    if not council.confirmed:
        yield "Residents aged 0 to 17 are as stated when the area was made, the same in every year."
    if not council.benchmarks:
        yield "No published rates of England, the region or neighbours are given to compare with."


# Published files ---------------------------------------------------------------------------------


def published_council(
    published: Published,
    code: str,
    start: date,
    neighbours: Sequence[Neighbour],
    released: date | None,
) -> Council:
    """What published files say of a council up to a start: its residents, and rates beside it.

    Raises
    ------
    InputFaults
        if the files do not have the council, or no residents of it before the start
    """
    place, residents = residents_of(published, code)
    known = {year: figure for year, figure in residents.items() if year < start.year}
    if not any(figure.value for figure in known.values()):
        rule = f"no residents aged 0 to 17 at a mid-year before {start.year}; give --population"
        raise InputFaults([Fault("--code", code, None, rule)])
    series = Series(place, (), start, {}, known)
    beside = tuple(benchmarks_beside(published, series, neighbours, released))
    return Council(code, place.name, known, True, beside)
