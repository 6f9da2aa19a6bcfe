"""A council's budget: by line with placements and prices, or as sums; contingency and savings.

`budget.csv` has one row a line and year, whose pounds must follow from its placements and price, or
one row a sum, such as ``base``; its header says which. What is covered or counted twice is a fault.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, NamedTuple

from lacmodel.area.dates import financial_year_text
from lacmodel.area.files import (
    Column,
    RowFault,
    Sheet,
    Values,
    number,
    read_grids,
    some_text,
    words,
)
from lacmodel.area.grids import Grid, Row
from lacmodel.area.sheets import BUDGET, MOST_CHILDREN, MOST_GBP, MOST_GBP_PER_WEEK
from lacmodel.area.source import Source
from lacmodel.codes import EXTERNAL, IN_HOUSE, KIND_NAMES, KIND_OF, PLACEMENTS, PROVIDERS
from lacmodel.faults import Fault
from lacmodel.timeline import days_of_financial_year

ALL: Final = "all"
OTHER_LINES: Final = ("adults staying on", "edge-of-care services", "fixed costs")
RECURRENCE: Final = ("recurrent", "one_off")
TO_THE_POUND: Final = 1.0  # by which pounds may differ from placements x price x days / 7 + fixed
TO_THE_PENNY: Final = 0.005
FORMULA: Final = tuple("=+-@\t\r")


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """An amount in the council's budget papers."""

    financial_year: str
    item: str  # base, contingency, action_plan, pressure, forecast_outturn
    amount_gbp: float
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A year's budget of one line: placements at a weekly price, and a fixed cost."""

    financial_year: str
    line: str
    placement: str  # all: what no placement explains, one of `OTHER_LINES`
    provider: str  # all: every provider of the placement
    budgeted_average_placements: float
    budgeted_weekly_price_gbp: float
    fixed_cost_gbp: float
    gross_gbp: float
    income_gbp: float
    net_gbp: float

    @property
    def kinds(self) -> tuple[int, ...]:
        """The kinds of placement that it covers."""
        return kinds_covered(self.placement, self.provider)


@dataclass(frozen=True, slots=True)
class Contingency:
    """Money held back in a year, and how much of it is gone."""

    financial_year: str
    amount_gbp: float
    drawn_gbp: float  # spent on something else, or moved into the lines of the budget

    @property
    def left_gbp(self) -> float:
        """What can still be drawn."""
        return self.amount_gbp - self.drawn_gbp


@dataclass(frozen=True, slots=True)
class Saving:
    """A saving that the budget counts on, and the share of it that is expected."""

    financial_year: str  # the first
    name: str
    line: str
    amount_gbp: float  # a year
    recurrence: str  # recurrent: that year and every later one; one_off: that year alone
    delivery_share: float

    def planned_gbp(self, financial_year: str) -> float:
        """What the budget of a year counts on.

        >>> saving = Saving("2024/25", "fewer agency beds", "homes", 1e5, "recurrent", 0.8)
        >>> [saving.planned_gbp(year) for year in ("2023/24", "2024/25", "2025/26")]
        [0.0, 100000.0, 100000.0]
        """
        later = self.recurrence == RECURRENCE[0] and financial_year > self.financial_year
        return self.amount_gbp if later or financial_year == self.financial_year else 0.0

    def expected_gbp(self, financial_year: str) -> float:
        """The share of it that is expected to be delivered."""
        return self.planned_gbp(financial_year) * self.delivery_share


class Budgets(NamedTuple):
    """All that an area says of its budget, named as the fields of `lacmodel.area.Area`."""

    budget: tuple[BudgetItem, ...]
    budget_lines: tuple[BudgetLine, ...]
    contingency: tuple[Contingency, ...]
    savings: tuple[Saving, ...]


# Cells and rows ----------------------------------------------------------------------------------


def plain_name(text: str) -> str:
    """A name that no spreadsheet takes for a formula.

    >>> plain_name("Agency homes")
    'Agency homes'
    """
    if text[:1] in FORMULA:
        raise ValueError("must be a name, and not begin with =, +, - or @")
    return some_text(text)


def kinds_covered(placement: str, provider: str) -> tuple[int, ...]:
    """The kinds of a placement type and a provider, or of all of its providers.

    >>> kinds_covered("foster", "external"), kinds_covered("foster", "all")
    ((2,), (1, 2))
    >>> kinds_covered("secure", "in_house"), kinds_covered("all", "all")
    ((), ())
    """
    if placement == ALL:
        return ()
    kinds = dict.fromkeys(KIND_OF[PLACEMENTS.index(placement)])
    chosen = (kind for kind in kinds if provider == ALL or KIND_NAMES[kind].endswith(provider))
    return tuple(chosen)


def no_such_kind(values: Values) -> Iterator[RowFault]:
    """The fault of a row whose placement has no such provider."""
    placement, provider = values["placement"], values["provider"]
    if placement == ALL and provider != ALL:
        yield RowFault("provider", provider, "must be all where the placement is all")
    elif placement != ALL and not kinds_covered(placement, provider):
        rule = f"{placement} has no such provider; the kinds are {', '.join(KIND_NAMES)}"
        yield RowFault("provider", provider, rule)


def sound(values: Values, faults: Sequence[RowFault]) -> Values:
    """The row if it has no fault; otherwise all of its faults are raised."""
    if faults:
        faults[0].more = tuple(faults[1:])
        raise faults[0]
    return values


def budget_line(values: Values) -> Values:
    """A row whose pounds follow from its placements, its price and its fixed cost."""
    faults = list(no_such_kind(values))
    if values["placement"] == ALL and values["line"] not in OTHER_LINES:
        rule = f"without a placement must be one of {', '.join(OTHER_LINES)}"
        faults.append(RowFault("line", values["line"], rule))
    days = days_of_financial_year(values["financial_year"])
    gross, income, net = (values[f"{name}_gbp"] for name in ("gross", "income", "net"))
    number_of, price = values["budgeted_average_placements"], values["budgeted_weekly_price_gbp"]
    due = number_of * price * days / 7 + values["fixed_cost_gbp"]
    if abs(gross - due) > TO_THE_POUND:
        rule = (
            f"is £{abs(gross - due):,.2f} {'more' if gross > due else 'less'} than placements x "
            f"price x {days} / 7 + fixed cost, £{due:,.2f}; rounding may be £1 at most"
        )
        faults.append(RowFault("gross_gbp", f"{gross:.12g}", rule))
    if abs(net - (gross - income)) > TO_THE_PENNY:
        gap, side = net - (gross - income), "more" if net > gross - income else "less"
        rule = f"is £{abs(gap):,.2f} {side} than gross less income, £{gross - income:,.2f}"
        faults.append(RowFault("net_gbp", f"{net:.12g}", rule))
    return sound(values, faults)


def contingency_row(values: Values) -> Values:
    """A contingency of which no more is drawn than there was."""
    if values["drawn_gbp"] > values["amount_gbp"]:
        rule = f"is more than there was, £{values['amount_gbp']:,.2f}"
        raise RowFault("drawn_gbp", f"{values['drawn_gbp']:.12g}", rule)
    return values


YEAR: Final = Column("financial_year", financial_year_text)
POUNDS: Final = number(0, MOST_GBP)
ANY_KIND: Final = (
    Column("placement", words(*PLACEMENTS, ALL)),
    Column("provider", words(*(PROVIDERS[at] for at in (IN_HOUSE, EXTERNAL)), ALL)),
)
BUDGET_LINES: Final = Sheet(
    (
        YEAR,
        Column("line", plain_name),
        *ANY_KIND,
        Column("budgeted_average_placements", number(0, MOST_CHILDREN)),
        Column("budgeted_weekly_price_gbp", number(0, MOST_GBP_PER_WEEK)),
        Column("fixed_cost_gbp", POUNDS),
        Column("gross_gbp", POUNDS),
        Column("income_gbp", POUNDS),
        Column("net_gbp", number(-MOST_GBP, MOST_GBP)),
    ),
    ("financial_year", "line"),
    budget_line,
)
CONTINGENCY: Final = Sheet(
    (YEAR, Column("amount_gbp", POUNDS), Column("drawn_gbp", POUNDS)),
    ("financial_year",),
    contingency_row,
)
SAVINGS: Final = Sheet(
    (
        YEAR,
        Column("name", plain_name),
        Column("line", plain_name),
        Column("amount_gbp", POUNDS),
        Column("recurrence", words(*RECURRENCE)),
        Column("delivery_share", number(0, 1)),
    ),
    ("financial_year", "name"),
    lambda values: values,
)


# Reading -----------------------------------------------------------------------------------------


def read_budgets(source: Source, faults: list[Fault]) -> Budgets:
    """Everything that an area says of its budget, with every fault of it."""
    by_line: list[Grid] = []
    by_sum: list[Grid] = []
    before = len(faults)
    for grid in source.grids("budget", faults):
        header = next(grid.rows, Row(1, []))
        again = grid._replace(rows=chain([header], grid.rows))
        (by_line if "line" in header.cells else by_sum).append(again)
    read = Read([], [], [], [])
    if len(faults) > before:  # a file that cannot be opened: its rows are not known
        read.lines.append({})
    sums = read_grids(by_sum, BUDGET, faults, read.sums)
    lines = read_grids(by_line, BUDGET_LINES, faults, read.lines)
    held = source.grids("contingency", faults)
    contingency = read_grids(held, CONTINGENCY, faults, read.contingency)
    savings = read_grids(source.grids("savings", faults), SAVINGS, faults, read.savings)
    found = Budgets(
        tuple(BudgetItem(**row) for row in sums),
        tuple(BudgetLine(**row) for row in lines),
        tuple(Contingency(**row) for row in contingency),
        tuple(Saving(**row) for row in savings),
    )
    faults += [source.fault(*problem) for problem in _problems(read)]
    return found


class Read(NamedTuple):
    """What could be read of every row, sound or not, of all that an area says of its budget."""

    sums: list[Values]
    lines: list[Values]
    contingency: list[Values]
    savings: list[Values]


Problem = tuple[str, str, Any, str]  # file, place, value, rule


def with_cells(rows: Iterable[Values], *names: str) -> Iterator[tuple[Any, ...]]:
    """Some cells of the rows in which all of them could be read.

    >>> list(with_cells([{"a": 1, "b": 2}, {"a": 3}], "a", "b"))
    [(1, 2)]
    """
    return (tuple(row[name] for name in names) for row in rows if row.keys() >= set(names))


def are_known(rows: Sequence[Values], *names: str) -> bool:
    """Whether every row has these cells, so that what is in none of them is missing."""
    return all(row.keys() >= set(names) for row in rows)


def _problems(read: Read) -> Iterator[Problem]:
    """What is wrong between rows, whatever else is wrong within them."""
    yield from _covered_twice(read.lines)
    yield from _named_alike(read.lines)
    if are_known([*read.lines, *read.sums], "financial_year"):
        yield from _missing_years(read.lines)
        yield from _without_budget(read)
    yield from _counted_twice(read)
    if are_known(read.lines, "line") and all(read.sums):  # a wrong header may be that of lines
        yield from _of_no_line(read)


def _of_no_line(read: Read) -> Iterator[Problem]:
    """Savings are on lines of the budget."""
    names = {name for (name,) in with_cells(read.lines, "line")}
    for saving in read.savings:
        if "line" in saving and saving["line"] not in names:
            of = [saving[name] for name in ("financial_year", "name") if name in saving]
            rule = "no line of the budget has this name"
            yield "savings", f"{', '.join(of) or 'a row'}: line", saving["line"], rule


def _covered_twice(lines: Sequence[Values]) -> Iterator[Problem]:
    """A kind of placement belongs to one line of a year."""
    seen: dict[tuple[str, int], str] = {}
    for year, name, *kinds in with_cells(lines, "financial_year", "line", "placement", "provider"):
        for kind in kinds_covered(*kinds):
            other = seen.setdefault((year, kind), name)
            if other != name:
                place = f"{year}, {name}: placement"
                yield "budget", place, KIND_NAMES[kind], f"is covered by {other} already"


def _missing_years(lines: Sequence[Values]) -> Iterator[Problem]:
    """Years of a budget follow each other."""
    years = {int(year[:4]) for (year,) in with_cells(lines, "financial_year")}
    for year in range(min(years, default=0), max(years, default=0)):
        if year not in years:
            label = f"{year}/{(year + 1) % 100:02d}"
            yield "budget", "all rows: financial_year", label, "is missing between other years"


def _named_alike(lines: Sequence[Values]) -> Iterator[Problem]:
    """Names of a year's lines differ in more than capitals and spaces."""
    seen: dict[tuple[str, str], str] = {}
    for year, line in with_cells(lines, "financial_year", "line"):
        name = " ".join(line.casefold().split())
        other = seen.setdefault((year, name), line)
        if other != line:
            rule = f"is the name of another line, {other}, but for capitals and spaces"
            yield "budget", f"{year}: line", line, rule


def _without_budget(read: Read) -> Iterator[Problem]:
    """Contingency and savings are of years that have a budget, where any year has one."""
    years = {year for (year,) in with_cells([*read.lines, *read.sums], "financial_year")}
    rule = "has no budget, although other years have: give its lines, or leave this row out"
    for (year,) in with_cells(read.contingency, "financial_year"):
        if years and year not in years:
            yield "contingency", "financial_year", year, rule
    for name, year in with_cells(read.savings, "name", "financial_year"):
        if years and year not in years:
            yield "savings", f"{name}: financial_year", year, rule


def _counted_twice(read: Read) -> Iterator[Problem]:
    """The same money is not given by line and as a sum."""
    items = set(with_cells(read.sums, "financial_year", "item"))
    for (year,) in dict.fromkeys(with_cells(read.lines, "financial_year")):
        if (year, "base") in items:
            rule = "this year has a budget by line too; leave one of them out"
            yield "budget", f"{year}: item", "base", rule
    for year, amount in with_cells(read.contingency, "financial_year", "amount_gbp"):
        if (year, "contingency") in items:
            rule = "stands in budget as a sum too; leave one of them out"
            yield "contingency", year, f"{amount:.12g}", rule
