"""Variance: why a forecast differs from a budget, split into volume, mix and price.

By line, with q average placements, p weekly price and Q the total of q; 0 the budget, 1 the
forecast; days / 7 weeks::

    volume = (Q1 / Q0 - 1) * q0 * p0 * days / 7
    mix    = (q1 - q0 * Q1 / Q0) * p0 * days / 7
    price  = q1 * (p1 - p0) * days / 7

A line that the budget does not have is mix at the forecast's price. The parts add up to the penny
because what is rounded is the running total: the budget, then with the new volume, then with the
new mix, then with the new prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from lacmodel.area import Area
from lacmodel.codes import KINDS
from lacmodel.engines.ensemble import Ensemble
from lacmodel.money.spend import KIND_LINES, LINES, Spend, spend
from lacmodel.plan import Plan
from lacmodel.results import TidyTable, user_text

OTHER_LINES: Final = tuple(range(len(KINDS), len(LINES)))
WEEK: Final = 7


class Placements(NamedTuple):
    """One line of a budget or of a forecast: nights, gross and income in whole pennies."""

    line: str
    nights: Fraction
    gross_pence: int
    income_pence: int = 0


class VarianceLine(NamedTuple):
    """Why one line differs; everything in whole pennies, a plus is more spend."""

    line: str
    budget: int  # net
    forecast: int  # net
    volume: int
    mix: int
    price: int
    fixed: int  # what no placement explains: adults staying on, services, fixed costs
    income: int  # less income is a plus

    @property
    def pence(self) -> tuple[int, ...]:
        """Every amount, in the order of the fields."""
        return tuple(int(part) for part in self[1:])

    @property
    def difference(self) -> int:
        """Forecast less budget, which is the sum of the parts."""
        return self.forecast - self.budget


@dataclass(frozen=True, slots=True)
class VarianceTable:
    """A year's variance by line, and what a council's papers say about it, if anything."""

    financial_year: str
    lines: tuple[VarianceLine, ...]
    pressure: int | None = None  # stated in the papers, pennies
    numbers_alone: int | None = None  # the most that more children can explain, pennies

    @property
    def total(self) -> VarianceLine:
        """All lines added up."""
        sums = (sum(amounts) for amounts in zip(*(line.pence for line in self.lines), strict=True))
        return VarianceLine("total", *sums)

    @property
    def unexplained(self) -> int | None:
        """What of the stated pressure the two runs do not explain, pennies."""
        return None if self.pressure is None else self.pressure - self.total.difference


def placements(line: str, average: float, weekly_price_gbp: float, days: int) -> Placements:
    """A budget line as finance states it: average placements and a weekly price in pounds.

    >>> placements("foster care", 10, 700, days=365).gross_pence
    36500000
    """
    price = Fraction(str(weekly_price_gbp)) * 100
    nights = Fraction(str(average)) * days
    return Placements(line, nights, round(nights * price / WEEK))


def split_line(budget: Placements, forecast: Placements, growth: Fraction) -> tuple[int, int, int]:
    """Volume, mix and price of one line in pennies; ``growth`` is Q1 / Q0.

    >>> was = placements("foster care", 10, 700, 365)
    >>> now = placements("foster care", 12, 770, 365)
    >>> split_line(was, now, growth=Fraction(11, 10))
    (3650000, 3650000, 4380000)
    """
    if not budget.nights:
        return 0, forecast.gross_pence - budget.gross_pence, 0
    with_volume = round(budget.gross_pence * growth)
    with_mix = round(budget.gross_pence * forecast.nights / budget.nights)
    return (
        with_volume - budget.gross_pence,
        with_mix - with_volume,
        forecast.gross_pence - with_mix,
    )


def split_variance(
    budget: Sequence[Placements], forecast: Sequence[Placements]
) -> tuple[VarianceLine, ...]:
    """The variance of every line that either side has.

    Raises
    ------
    ValueError
        if the budget has no placements at all, since nothing then says what volume is
    """
    before = {line.line: line for line in budget}
    after = {line.line: line for line in forecast}
    total = sum((line.nights for line in budget), Fraction(0))
    if not total:
        raise ValueError("a budget without placements has no volume to compare with")
    growth = sum((line.nights for line in forecast), Fraction(0)) / total
    lines = []
    for name in dict.fromkeys([*before, *after]):
        was = before.get(name, Placements(name, Fraction(0), 0))
        now = after.get(name, Placements(name, Fraction(0), 0))
        net = was.gross_pence - was.income_pence, now.gross_pence - now.income_pence
        parts = split_line(was, now, growth)
        lines.append(VarianceLine(name, *net, *parts, 0, was.income_pence - now.income_pence))
    return tuple(lines)


def expected_lines(money: Spend, year: int) -> list[Placements]:
    """The mean nights and spend of each kind in one financial year."""
    months, futures = money.years[year].months, len(money.gross)
    lines = []
    for at, line in enumerate(KIND_LINES):
        nights = Fraction(float(money.nights[:, months, at].sum())) / futures
        gross, income = (
            round(Fraction(int(pence[:, months, at].sum()), futures))
            for pence in (money.gross, money.income)
        )
        lines.append(Placements(line.name, nights, gross, income))
    return lines


def other_lines(budget: Spend, forecast: Spend, year: int) -> list[VarianceLine]:
    """Adults staying on, services and fixed costs: their whole difference is `fixed`."""
    lines = []
    for at in OTHER_LINES:
        was, now = (
            round(np.mean(money.net_in(money.years[year].months, at).sum(axis=1)))
            for money in (budget, forecast)
        )
        lines.append(VarianceLine(LINES[at].name, was, now, 0, 0, 0, now - was, 0))
    return lines


def stated(area: Area, financial_year: str, item: str) -> float | None:
    """An amount that the council's papers state for a year, pounds; None where they do not.

    The ``base`` of a budget by line is its net; its ``contingency`` is what is left of it.
    """
    found = [
        row.amount_gbp
        for row in area.budget
        if row.item == item and row.financial_year == financial_year
    ]
    by_line = {
        "base": [(row.financial_year, row.net_gbp) for row in area.budget_lines],
        "contingency": [(row.financial_year, row.left_gbp) for row in area.contingency],
    }
    found += [amount for year, amount in by_line.get(item, ()) if year == financial_year]
    return float(sum(found)) if found else None


def split_pressure(
    baseline: tuple[Plan, Ensemble], scenario: tuple[Plan, Ensemble], year: int = 0
) -> VarianceTable:
    """The first year's difference in spend between two runs, beside the papers' pressure.

    The baseline is the budget and the scenario the forecast, both as simulated: means over
    futures, with nothing scaled to fit.
    """
    return split_spend(spend(*baseline), spend(*scenario), scenario[0].area, year)


def split_spend(before: Spend, after: Spend, area: Area, year: int = 0) -> VarianceTable:
    """As `split_pressure`, of spend already worked out; the papers are those of the scenario."""
    lines = split_variance(expected_lines(before, year), expected_lines(after, year))
    label = before.years[year].label
    others = other_lines(before, after, year)
    pressure = stated(area, label, "pressure")
    return VarianceTable(
        label,
        (*lines, *others),
        None if pressure is None else round(pressure * 100),
        None if pressure is None else numbers_alone(area, stated(area, label, "base")),
    )


def year_on_year(money: Spend, year: int) -> VarianceTable:
    """Why spend in a year differs from that of the year before: means over futures."""
    before, after = expected_lines(money, year - 1), expected_lines(money, year)
    others = []
    for at in OTHER_LINES:
        was, now = (
            round(np.mean(money.net_in(money.years[each].months, at).sum(axis=1)))
            for each in (year - 1, year)
        )
        others.append(VarianceLine(LINES[at].name, was, now, 0, 0, 0, now - was, 0))
    return VarianceTable(money.years[year].label, (*split_variance(before, after), *others))


def most_from_numbers(more_children: float, spend_gbp: float, children: float) -> float:
    """The most that more children alone can cost in a year: all of it, at the average price.

    >>> round(most_from_numbers(59, 35_000_000, children=791) / 1e6, 1)
    2.6
    """
    return more_children * spend_gbp / children


def numbers_alone(area: Area, base_gbp: float | None) -> int | None:
    """`most_from_numbers` of the counts that the area's papers report, in pennies.

    None where the papers have no budget or fewer than two counts.
    """
    counts = [outcome.children for outcome in sorted(area.known, key=lambda row: row.when)]
    if base_gbp is None or len(counts) < 2:
        return None
    return round(100 * most_from_numbers(counts[-1] - counts[0], base_gbp, counts[-1]))


def variance_table(name: str, variance: VarianceTable) -> TidyTable:
    """The variance by line, its total, and what stays unexplained of a stated pressure."""
    parts = ("baseline", "forecast", "difference", "volume", "mix", "price", "fixed", "income")
    columns = ("scenario", "financial_year", "line", *(f"{part}_gbp" for part in parts))
    head = (user_text(name), variance.financial_year)
    rows = []
    for line in (*variance.lines, variance.total):
        pence = (line.budget, line.forecast, line.difference, *line[3:])
        rows.append((*head, line.line, *(f"{part / 100:.2f}" for part in pence)))
    for label, amount in (
        ("pressure stated in the council's papers", variance.pressure),
        ("pressure not explained", variance.unexplained),
        ("the most that more children alone explain", variance.numbers_alone),
    ):
        if amount is not None:
            rows.append((*head, label, "", "", f"{amount / 100:.2f}", "", "", "", "", ""))
    return TidyTable("variance", columns, tuple(rows))
