"""The facts about one council: a folder of small files, every number with its source.

`read_area` reads and checks a folder; nothing here simulates. `area.toml` names the council and the
start; the CSV files beside it hold population, history, opening children, past leavers, rates, unit
costs, supply and budget.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lacmodel.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Residents:
    """Residents aged 0 to 17 at a mid-year (30 June)."""

    year: int
    residents: int
    source: str
    confirmed: bool


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
    published: date
    source: str


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
class BudgetItem:
    """An amount in the council's budget papers."""

    financial_year: str
    item: str  # base, contingency, action_plan, pressure, forecast_outturn
    amount_gbp: float
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
