"""Budget: a year's money by line, as the council has it or spread from a single sum.

A budget that is known only as a sum is spread over the children in care at the start, at the
area's own prices; then every price and fixed cost is multiplied by one factor, so that the lines
come to the sum::

    factor = base / sum of (children * price * days / 7 + fixed cost - income)
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from lacmodel.area import Area
from lacmodel.area.budget import OTHER_LINES, BudgetLine
from lacmodel.codes import KINDS
from lacmodel.levers.prices import own_price, relative_prices
from lacmodel.money.spend import KIND_LINES
from lacmodel.money.variance import stated
from lacmodel.timeline import days_of_financial_year


class Budgeted(NamedTuple):
    """One line of a year's budget; money in whole pennies."""

    line: str
    placement: str
    provider: str
    parts: tuple[int, ...]  # places in `LINES` that it covers
    placements: float  # average over the year
    price: float  # pounds a placement a week
    gross: int  # fixed cost included
    fixed: int
    income: int

    @property
    def net(self) -> int:
        """Gross less income."""
        return self.gross - self.income


class YearBudget(NamedTuple):
    """A financial year's budget; money in whole pennies."""

    financial_year: str
    days: int
    lines: tuple[Budgeted, ...]
    contingency: int  # what is left of it
    scaled_by: float | None = None  # None: the council has it by line

    @property
    def net(self) -> int:
        """Gross less income of all lines."""
        return sum(line.net for line in self.lines)


def budget_of(area: Area, financial_year: str) -> YearBudget | None:
    """The budget of a year by line; None where the area has none."""
    days = days_of_financial_year(financial_year)
    left = pence(stated(area, financial_year, "contingency") or 0.0)
    lines = [line for line in area.budget_lines if line.financial_year == financial_year]
    if lines:
        return YearBudget(financial_year, days, tuple(map(as_budgeted, lines)), left)
    base = stated(area, financial_year, "base")
    spread = year_at_prices(area, days)
    cost = sum(line.net for line in spread)
    if base is None or cost <= 0:
        return None
    factor = Fraction(pence(base), cost)
    return YearBudget(financial_year, days, scaled(spread, factor), left, float(factor))


def pence(pounds: float) -> int:
    """Pounds to whole pennies.

    >>> pence(5724.0), pence(0.1 + 0.2)
    (572400, 30)
    """
    return round(pounds * 100)


def as_budgeted(line: BudgetLine) -> Budgeted:
    """A line as the area states it."""
    parts = line.kinds or (len(KINDS) + OTHER_LINES.index(line.line),)
    return Budgeted(
        line.line, line.placement, line.provider, parts,
        line.budgeted_average_placements, line.budgeted_weekly_price_gbp,
        pence(line.gross_gbp), pence(line.fixed_cost_gbp), pence(line.income_gbp),
    )  # fmt: skip


def year_at_prices(area: Area, days: int) -> list[Budgeted]:
    """The children in care at the start for a whole year, at the area's prices, by kind."""
    own = [own_price(area, kind) for kind in range(len(KINDS))]
    relative = relative_prices(area, own)
    lines = []
    for kind, named in enumerate(KIND_LINES):
        rows = [row for row in area.opening if row.kind == kind]
        children = sum(row.children for row in rows)
        weights = sum(row.children * relative[kind, row.group, row.level] for row in rows)
        weekly = float(weights) * own[kind].gbp_per_week
        income = children * own[kind].income_gbp_per_week
        fixed = sum(row.fixed_cost_gbp_per_year for row in area.supply if row.kind == kind)
        if children or fixed:
            lines.append(Budgeted(
                *named, (kind,), float(children), weekly / children if children else 0.0,
                pence(weekly * days / 7 + fixed), pence(fixed), pence(income * days / 7),
            ))  # fmt: skip
    return lines


def scaled(lines: Sequence[Budgeted], factor: Fraction) -> tuple[Budgeted, ...]:
    """Lines whose prices, fixed costs and income are multiplied by a factor.

    Running totals of net are rounded, so that the lines come to the rounded total exactly.
    """
    made, so_far, given = [], 0, 0
    for line in lines:
        so_far += line.net
        net = round(so_far * factor) - given
        given += net
        income, fixed = round(line.income * factor), round(line.fixed * factor)
        made.append(
            line._replace(
                price=line.price * float(factor), gross=net + income, fixed=fixed, income=income
            )
        )
    return tuple(made)
