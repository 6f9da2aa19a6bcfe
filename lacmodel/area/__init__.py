"""The facts about one council: a folder of small files, every number with its source.

`read_area` reads and checks a folder; nothing here simulates. `area.toml` names the council and the
start; the CSV files beside it hold population, history, opening children, past leavers, rates, unit
costs, supply and budget, and how sure a fit is of the rates.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import lacmodel.area.costs as costs
import lacmodel.area.sheets as sheets
from lacmodel.area.actuals import Actual, read_actuals
from lacmodel.area.budget import BudgetItem, BudgetLine, Contingency, Saving, read_budgets
from lacmodel.area.children import ChildInCare, PastLeaver
from lacmodel.area.files import Sheet, read_grids
from lacmodel.area.rates import read_own_estimates, read_rates
from lacmodel.area.residents import Residents, mid_year, rate_year, residents_between
from lacmodel.area.settings import AreaText, OpeningReturn, PlacementsNow
from lacmodel.area.source import Source, open_source
from lacmodel.carers import MEASURES, SHARES, CarerFigure
from lacmodel.codes import KIND_NAMES, PLACEMENTS
from lacmodel.estimates import Estimates
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import Parameters

BENCHMARK_FIELDS: Final = (
    "name", "date", "rate_per_10000", "published", "source", "relation",
)  # fmt: skip
MOST_IN_CARE: Final = 0.1  # of residents: several times what any council has
BUDGET_FILES: Final = ("budget", "contingency", "savings", "actuals")


@dataclass(frozen=True, slots=True)
class HistoryYear:
    """What was published for a year ending 31 March; None where nothing was."""

    year: int
    children: int
    started: int | None
    ceased: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Children in care on a date after the start, or known only later; no engine reads it."""

    when: date
    children: int
    source: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published rate per 10,000 to stand beside the area's own."""

    name: str
    when: date
    rate_per_10000: float
    published: date | None  # None: the source does not say
    source: str
    relation: str = "england"  # or region, or neighbour: what it is to the area


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """Opening children who are alike: counts, never a child."""

    age: int  # whole years
    time_band: int
    kind: int
    group: int
    level: int
    children: int


@dataclass(frozen=True, slots=True)
class PastLeaverRow:
    """Children who left before the start and may come back: counts, never a child."""

    reason: int
    age: int  # whole years at the start
    since_band: int
    children: int


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """Places that the council can count on (or, for external kinds, all that it can buy)."""

    name: str
    kind: int
    youngest: int  # whole years of age, both included
    oldest: int
    groups: tuple[int, ...]
    levels: tuple[int, ...]
    opens: date | None  # None: open at the start
    closes: date | None
    places: int
    usable_share: float
    fixed_cost_gbp_per_year: float
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What a placement of a kind costs a week; group or level None: all."""

    kind: int
    group: int | None
    level: int | None
    gbp_per_week: float
    income_gbp_per_week: float
    basis: str  # carer_payment, marginal or full
    price_base: str  # the financial year, such as 2017/18
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Area:
    """One council, as its folder states it."""

    path: Path
    code: str
    name: str
    start: date
    parameters: Parameters
    population: tuple[Residents, ...]
    history: tuple[HistoryYear, ...]
    known: tuple[Outcome, ...]  # counts known when the area was written, such as 31 July 2017
    afterwards: tuple[Outcome, ...]  # what happened later, for reports only
    benchmarks: tuple[Benchmark, ...]
    opening: tuple[OpeningRow, ...]
    past_leavers: tuple[PastLeaverRow, ...]
    supply: tuple[SupplyRow, ...]
    shortage_order: dict[int, tuple[int, ...]]  # placement type: the types to try next
    capped: tuple[int, ...]  # kinds whose external supply is limited to the rows of supply
    unit_costs: tuple[UnitCost, ...]
    uplifts: dict[int, float]  # kind: yearly uplift of its price on 1 April, a share
    budget: tuple[BudgetItem, ...]
    assumptions: tuple[str, ...]  # what no source gives, in words, for README and reports
    projected_growth_a_year: float  # of residents beyond the last mid-year, a share
    projection_source: str
    uplift_sources: dict[int, str]  # kind: where its uplift comes from
    files: tuple[Path, ...]  # every file that was read, for the manifest
    placements_now: PlacementsNow | None = None  # a list that takes the place of the counts
    opening_return: OpeningReturn | None = None  # from which the children are read
    provider_codes: tuple[str, ...] = ()  # what codes of PLACE_PROVIDER mean in it
    children: tuple[ChildInCare, ...] = ()  # one by one; then `opening` counts them
    left: tuple[PastLeaver, ...] | None = None  # one by one, in place of `past_leavers`
    estimates: Estimates | None = None  # how sure a fit is of the area's own rates
    carers: tuple[CarerFigure, ...] = ()  # its own fostering households; none: places as stated
    budget_lines: tuple[BudgetLine, ...] = ()
    contingency: tuple[Contingency, ...] = ()
    savings: tuple[Saving, ...] = ()
    actuals: tuple[Actual, ...] = ()
    fixed_costs: tuple[costs.FixedCostRow, ...] = ()
    one_off_costs: tuple[costs.OneOffCost, ...] = ()
    contracts: tuple[costs.ContractRow, ...] = ()
    income: tuple[costs.IncomeRow, ...] = ()

    @property
    def internal(self) -> bool:
        """Whether what is made of it must stay inside: it holds children one by one."""
        return bool(self.children or self.left)


Problem = tuple[str, object, str]  # place, value, rule


def _population_problems(text: AreaText, rows: Sequence[Residents]) -> Iterator[Problem]:
    """Rates at the start need a mid-year at least nine months before it."""
    if text.start is not None:
        year = rate_year(text.start)
        if all(row.year > year for row in rows):
            rule = f"no mid-year is {year} or earlier, nine months before the start"
            yield "mid_year", None, rule


def _history_problems(text: AreaText, rows: Sequence[HistoryYear]) -> Iterator[Problem]:
    """What came after the start is no history."""
    for row in rows:
        if text.start is not None and date(row.year, 3, 31) >= text.start:
            rule = f"is not before the start, {text.start}; what came later belongs in afterwards"
            yield "year", row.year, rule


def _afterwards_problems(text: AreaText, rows: Sequence[Outcome]) -> Iterator[Problem]:
    """What came before the start did not come afterwards."""
    for row in rows:
        if text.start is not None and row.when < text.start:
            rule = f"is before the start, {text.start}; what came earlier belongs in history"
            yield "date", row.when, rule


def _opening_problems(text: AreaText, rows: Sequence[OpeningRow]) -> Iterator[Problem]:
    """An area has somebody in care."""
    if not any(row.children for row in rows):
        yield "children", 0, "there must be at least one child in care at the start"


def _supply_problems(text: AreaText, rows: Sequence[SupplyRow]) -> Iterator[Problem]:
    """Places are not all gone before the start, and a capped kind has some."""
    for row in rows:
        if text.start is not None and row.closes is not None and row.closes <= text.start:
            yield f"{row.name}: closes", row.closes, f"is not after the start, {text.start}"
    for name in text.capped:
        if all(KIND_NAMES[row.kind] != name for row in rows):
            yield "placement", name, "is capped in the area file but has no row of supply"


def _unit_cost_problems(text: AreaText, rows: Sequence[UnitCost]) -> Iterator[Problem]:
    """Every kind has a price of its own, and all are in the pounds of one year."""
    for kind, name in enumerate(KIND_NAMES):
        if not any((row.kind, row.group, row.level) == (kind, None, None) for row in rows):
            yield "placement", name, "has no unit cost for all groups and all levels"
    bases = sorted({row.price_base for row in rows})
    if len(bases) > 1:
        yield "price_base", ", ".join(bases), "all unit costs must be in the prices of one year"


def _carer_problems(text: AreaText, rows: Sequence[CarerFigure]) -> Iterator[Problem]:
    """Figures in their units, and the number of households from which all else follows."""
    for row in rows:
        if row.unit != MEASURES[row.measure]:
            yield f"{row.measure}: unit", row.unit, f"must be {MEASURES[row.measure]!r}"
        if row.measure in SHARES and row.value > 1:
            yield f"{row.measure}: value", row.value, "must be between 0 and 1"
    if not any(row.measure == "households" and row.value >= 1 for row in rows):
        yield "measure", None, "there must be a row for households, of 1 or more"


def _no_problems(text: AreaText, rows: Sequence[object]) -> Iterator[Problem]:
    return iter(())


class _Reading(NamedTuple):
    """How a file is read: its columns, the record of a row, what to check of the whole."""

    sheet: Sheet
    record: Callable[..., Any]
    problems: Callable[[AreaText, Any], Iterator[Problem]]


_READINGS: Final = {
    "population": _Reading(sheets.POPULATION, Residents, _population_problems),
    "history": _Reading(sheets.HISTORY, HistoryYear, _history_problems),
    "opening": _Reading(sheets.OPENING, OpeningRow, _opening_problems),
    "past_leavers": _Reading(sheets.PAST_LEAVERS, PastLeaverRow, _no_problems),
    "unit_costs": _Reading(sheets.UNIT_COSTS, UnitCost, _unit_cost_problems),
    "supply": _Reading(sheets.SUPPLY, SupplyRow, _supply_problems),
    "afterwards": _Reading(sheets.AFTERWARDS, Outcome, _afterwards_problems),
    "carers": _Reading(sheets.CARERS, CarerFigure, _carer_problems),
    "benchmarks": _Reading(sheets.BENCHMARKS, Benchmark, _no_problems),
    "fixed_costs": _Reading(costs.FIXED_COSTS, costs.FixedCostRow, _no_problems),
    "one_off_costs": _Reading(costs.ONE_OFF_COSTS, costs.OneOffCost, _no_problems),
    "contracts": _Reading(costs.CONTRACTS, costs.ContractRow, _no_problems),
    "income": _Reading(costs.INCOME, costs.IncomeRow, _no_problems),
}


def read_area(path: Path) -> Area:
    """Read and check an area: a folder that holds `area.toml`, an area file, or a workbook.

    Raises
    ------
    InputFaults
        with every fault of every file, each with its place, value and rule
    """
    faults: list[Fault] = []
    source = open_source(path, faults)
    if source is None:
        raise InputFaults(faults)
    records: dict[str, Any] = {name: _records(source, name, faults) for name in _READINGS}
    budgets, actuals = read_budgets(source, faults), read_actuals(source, faults)
    parameters, estimates = read_rates(source, faults), read_own_estimates(source, faults)
    if not faults:
        faults += _across_files(source, records)
    if faults or parameters is None:
        raise InputFaults(faults)
    return Area(
        path=source.area_files[-1],
        parameters=parameters,
        files=source.files((*_READINGS, *BUDGET_FILES, "rates", "estimates")),
        estimates=estimates,
        **_stated(source.text, records.pop("benchmarks")),
        **records,
        **budgets._asdict(),
        actuals=actuals,
    )


def _across_files(source: Source, records: dict[str, Any]) -> Iterator[Fault]:
    """Opening children as many as the history has, and residents to match; no benchmark twice."""
    written = {(row.name, row.when) for row in _written_benchmarks(source.text)}
    for row in records["benchmarks"]:
        if (row.name, row.when) in written:
            rule = "stands in the area file already"
            yield source.fault("benchmarks", row.name, row.when, rule)
    start, children = source.text.start, sum(row.children for row in records["opening"])
    for year in records["history"]:
        on_the_night = start is not None and (start.year, start.month) == (year.year, 4)
        if on_the_night and records["opening"] and children != year.children:
            rule = f"must be {year.children}, as history has it on 31 March {year.year}"
            yield source.fault("opening", "all rows: children", children, rule)
    yield from _too_few_residents(source, records)
    for problem in costs.cost_problems(records):
        yield source.fault(*problem)


def _too_few_residents(source: Source, records: dict[str, Any]) -> Iterator[Fault]:
    """Residents beside the children at the start, or of the last year before it."""
    years = sorted(records["history"], key=lambda row: row.year)
    children = sum(row.children for row in records["opening"] or years[-1:])
    growth, start = source.text.population_projection, source.text.start
    if start is not None:
        when, share = mid_year(rate_year(start)), growth.share_a_year if growth else 0.0
        residents = residents_between(records["population"], share, when)
        if children > MOST_IN_CARE * residents:
            place, shown = f"mid-{when.year}: residents", f"{residents:,.0f}"
            rule = f"are too few for {children:,} children in care: check both"
            yield source.fault("population", place, shown, rule)


def _records(source: Source, name: str, faults: list[Fault]) -> tuple[Any, ...]:
    """The records of one file; whole files are checked as a whole when their rows are sound."""
    reading, grids, before = _READINGS[name], source.grids(name, faults), len(faults)
    records = tuple(reading.record(**row) for row in read_grids(grids, reading.sheet, faults))
    if grids and len(faults) == before:
        for place, value, rule in reading.problems(source.text, records):
            faults.append(source.fault(name, place, value, rule))
    return records


def _stated(text: AreaText, benchmarks: tuple[Benchmark, ...]) -> dict[str, Any]:
    """What the area file says, by the fields of `Area`; a file's benchmarks follow its own."""
    kind, projection = KIND_NAMES.index, text.population_projection
    return {
        "code": text.code,
        "name": text.name,
        "start": text.start,
        "known": tuple(Outcome(row.date, row.children, row.source) for row in text.known),
        "benchmarks": (*_written_benchmarks(text), *benchmarks),
        "shortage_order": {
            PLACEMENTS.index(needed): tuple(map(PLACEMENTS.index, types))
            for needed, types in text.shortage_order.items()
        },
        "capped": tuple(map(kind, text.capped)),
        "uplifts": {kind(name): growth.share_a_year for name, growth in text.uplifts.items()},
        "uplift_sources": {kind(name): growth.source for name, growth in text.uplifts.items()},
        "assumptions": tuple(text.assumptions),
        "projected_growth_a_year": projection.share_a_year if projection else 0.0,
        "projection_source": projection.source if projection else "",
        "placements_now": text.placements_now,
        "opening_return": text.opening_return,
        "provider_codes": tuple(text.provider_codes),
    }


def _written_benchmarks(text: AreaText) -> Iterator[Benchmark]:
    """The benchmarks of the area file itself."""
    for row in text.benchmarks:
        yield Benchmark(*(getattr(row, name) for name in BENCHMARK_FIELDS))


def residents_on(area: Area, when: date) -> float:
    """Residents aged 0 to 17 on a date: linear between mid-years, then the stated growth.

    Beyond the last mid-year::

        residents = last * (1 + projected_growth_a_year) ** (days since it / 365.25)

    Raises
    ------
    ValueError
        for a date before the first mid-year
    """
    return residents_between(area.population, area.projected_growth_a_year, when)


def rate_population(area: Area, when: date) -> float:
    """The residents by which the DfE would divide the children of a date; projected if need be."""
    return residents_on(area, mid_year(rate_year(when)))
