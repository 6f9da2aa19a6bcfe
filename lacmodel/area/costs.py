"""Costs that no child explains, contracts and income, as an area's optional files state them.

`fixed_costs.csv`: homes, units and the fostering service, full or empty; `one_off_costs.csv`;
`contracts.csv`: places bought as a block, paid whether used or not; `income.csv`: who pays what for
which children, with steps where enough of them are in care.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import lacmodel.area.sheets as sheets
from lacmodel.area.dates import financial_year_text, iso_date
from lacmodel.area.files import (
    Column,
    RowFault,
    Sheet,
    Values,
    ages,
    all_or,
    blank_or,
    number,
    place_in,
    some_text,
    whole,
    words,
)
from lacmodel.codes import GROUPS, KIND_NAMES, PLACEMENTS, PROVIDERS

PAYERS: Final = ("home_office", "health", "education", "youth_justice", "other")
FULL: Final = "full"


@dataclass(frozen=True, slots=True)
class FixedCostRow:
    """What a home, a unit or a service costs a year whether or not anybody is in it."""

    name: str  # of a row of supply, while whose doors are open; or of a service of the kind
    kind: int
    starts: date | None  # None: before the run
    ends: date | None  # the first day without it; None: it stays
    amount_gbp_per_year: float
    step: int | None  # the amount is for each so many approved places begun; None: for all
    price_base: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class OneOffCost:
    """An amount that falls once, in the pounds of its day."""

    name: str
    when: date
    amount_gbp: float
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class ContractRow:
    """Places bought as a block: paid for used or not, the price of the kind beyond them."""

    name: str
    kind: int
    places: int
    gbp_per_week: float  # a place
    starts: date | None
    ends: date | None
    price_base: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """What somebody pays a week for a child, in the pounds of its dates."""

    name: str
    payer: str
    kind: int | None  # None: all
    group: int | None
    youngest: int
    oldest: int
    starts: date | None
    ends: date | None
    at_least_share: float  # of residents aged 0 to 17 who are children of the group in care
    gbp_per_week: float
    source: str
    confirmed: bool


FROM_TO: Final = (Column("from", blank_or(iso_date)), Column("to", blank_or(iso_date)))
AMOUNT: Final = number(-sheets.MOST_GBP, sheets.MOST_GBP)


def _dated(values: Values) -> Values:
    """A row whose last day comes after its first, with both under the names of its record."""
    starts, ends = values["from"], values["to"]
    if starts and ends and ends <= starts:
        raise RowFault("to", ends, f"must be later than from, {starts}")
    rest = {name: value for name, value in values.items() if name not in ("from", "to")}
    return {**rest, "starts": starts, "ends": ends}


def _fixed_cost(values: Values) -> Values:
    return sheets.with_kind(_dated(values))


def _contract(values: Values) -> Values:
    if values["provider"] != PROVIDERS[1]:
        raise RowFault("provider", values["provider"], "a block is bought: must be external")
    return sheets.with_kind(_dated(values))


def _one_off(values: Values) -> Values:
    rest = {name: value for name, value in values.items() if name != "date"}
    return {**rest, "when": values["date"]}


def _income(values: Values) -> Values:
    """A row of income for one kind, or for all."""
    row = _dated(values)
    youngest, oldest = row.pop("ages")
    placement, provider = row.pop("placement"), row.pop("provider")
    if (placement is None) != (provider is None):
        raise RowFault("provider", values["provider"] or "all", "is all where placement is, only")
    kind = None
    if placement is not None:
        kind = sheets.with_kind({"placement": placement, "provider": provider})["kind"]
    return {**row, "kind": kind, "youngest": youngest, "oldest": oldest}


CONFIRMED: Final = (sheets.SOURCE, sheets.CONFIRMED)
FIXED_COSTS: Final = Sheet(
    (
        Column("name", some_text),
        *sheets.KIND,
        *FROM_TO,
        Column("amount_gbp_per_year", number(0, sheets.MOST_GBP)),
        Column("step", blank_or(whole(1, sheets.MOST_CHILDREN))),
        Column("price_base", financial_year_text),
        *CONFIRMED,
    ),
    ("name", "placement", "provider", "from"),
    _fixed_cost,
)
ONE_OFF_COSTS: Final = Sheet(
    (Column("name", some_text), Column("date", iso_date), Column("amount_gbp", AMOUNT), *CONFIRMED),
    ("name", "date"),
    _one_off,
)
CONTRACTS: Final = Sheet(
    (
        Column("name", some_text),
        *sheets.KIND,
        Column("places", whole(1, sheets.MOST_CHILDREN)),
        Column("gbp_per_week", number(0, sheets.MOST_GBP_PER_WEEK)),
        *FROM_TO,
        Column("price_base", financial_year_text),
        *CONFIRMED,
    ),
    ("name", "from"),
    _contract,
)
INCOME: Final = Sheet(
    (
        Column("name", some_text),
        Column("payer", words(*PAYERS)),
        Column("placement", all_or(words(*PLACEMENTS))),
        Column("provider", all_or(words(*PROVIDERS))),
        Column("group", all_or(place_in(GROUPS))),
        Column("ages", ages),
        *FROM_TO,
        Column("at_least_share", number(0, 1)),
        Column("gbp_per_week", number(0, sheets.MOST_GBP_PER_WEEK)),
        *CONFIRMED,
    ),
    ("name", "placement", "provider", "group", "ages", "from", "at_least_share"),
    _income,
)

Problem = tuple[str, str, Any, str]  # file, place, value, rule


def cost_problems(records: dict[str, Sequence[Any]]) -> Iterator[Problem]:
    """What is wrong between the unit costs and the other files of costs."""
    prices, fixed = records["unit_costs"], records["fixed_costs"]
    costed = {row.kind for row in fixed}
    for kind in range(len(KIND_NAMES)):
        bases = sorted({p.basis for p in prices if p.kind == kind and p.gbp_per_week > 0})
        if len(bases) > 1:
            rule = f"prices of one kind must have one basis: {KIND_NAMES[kind]}"
            yield "unit_costs", "basis", ", ".join(bases), rule
        elif kind in costed and bases == [FULL]:
            rule = (
                f"holds the fixed costs that fixed_costs states beside it for {KIND_NAMES[kind]}: "
                "state the marginal price, or leave the fixed costs out"
            )
            yield "unit_costs", "basis", FULL, rule
    yield from _base_problems(records)
    yield from _row_problems(records)


def _base_problems(records: dict[str, Sequence[Any]]) -> Iterator[Problem]:
    """Everything that uplifts act on is in the pounds of one year."""
    bases = {price.price_base for price in records["unit_costs"]}
    for file in ("fixed_costs", "contracts"):
        for row in records[file]:
            if row.price_base not in bases:
                rule = f"must be that of the unit costs, {', '.join(sorted(bases))}"
                yield file, f"{row.name}: price_base", row.price_base, rule


def _row_problems(records: dict[str, Sequence[Any]]) -> Iterator[Problem]:
    """A fixed cost is stated once, for a row of supply of its own kind or for a service."""
    rows = {row.name: row for row in records["supply"]}
    for cost in records["fixed_costs"]:
        row = rows.get(cost.name)
        if row is not None and row.kind != cost.kind:
            rule = f"is a row of supply of another kind, {KIND_NAMES[row.kind]}"
            yield "fixed_costs", f"{cost.name}: placement", KIND_NAMES[cost.kind], rule
        elif row is not None and row.fixed_cost_gbp_per_year > 0:
            rule = "would be counted twice: supply states a fixed cost for this row already"
            yield "fixed_costs", f"{cost.name}: amount_gbp_per_year", cost.amount_gbp_per_year, rule
