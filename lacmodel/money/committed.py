"""Committed and not yet in care: what spend goes on whom, as seen from the start of the run.

Children in care at the start are told apart by whether they are still in the placement that they
had then; whoever comes later, those who come back among them, is not yet in care. What is not
spent on children's placements (adults staying on, services, fixed costs) stands apart, so that the
parts add up to the spend of all lines. Blocks are shared out by nights, months gone as forecast.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KINDS
from lacmodel.money.spend import KIND_LINES, Line, Pence, Spend, months_gone
from lacmodel.plan import LATER, Plan
from lacmodel.results import (
    ALL,
    QUANTILE_COLUMNS,
    TidyTable,
    number,
    quantile_cells,
    summarise,
    user_text,
)

WHOSE: Final = (
    "in care at the start, same placement",
    "in care at the start, after a move",
    "not yet in care at the start",
)
NOT_BY_CHILD: Final = "not children's placements"
BLOCKS_SHARED: Final = (
    "What a block of places costs, full or not, is shared over the children of its kind by nights."
)
GONE_SHARED: Final = "Months that have actuals are split over whom their forecast was to go on."


def committed_net(money: Spend) -> Pence:
    """Net spend by cohort, and that which is not on children's placements, in pennies.

    Returns
    -------
    shape (future, year, cohort + 1)
    """
    assert money.cohorts is not None
    by_cohort = (money.cohorts.gross.astype(np.int64) - money.cohorts.income).sum(axis=2)
    others = money.by_year(money.net_in(lines=slice(len(KINDS), None))).sum(axis=2)
    return np.concatenate([by_cohort, others[..., None]], axis=2)


def committed_share(money: Spend) -> NDArray[np.float64]:
    """The share of each year's spend on children's placements that goes on those in care already.

    Returns
    -------
    shape (year,), means over futures; nought where nothing is spent
    """
    mean = committed_net(money)[..., :-1].mean(axis=0)
    total = mean.sum(axis=1)
    already = mean[:, :LATER].sum(axis=1)
    return np.divide(already, total, out=np.zeros_like(total), where=total > 0)


def committed_table(plan: Plan, money: Spend, single: bool) -> TidyTable:
    """Spend by year and line, split into those in care at the start and those to come."""
    columns = (
        "scenario", "financial_year", "months", "line", "placement", "provider", "children",
        "measure", "unit",
    )  # fmt: skip
    assert money.cohorts is not None
    rows: list[tuple[str, ...]] = []
    lines = [*KIND_LINES, Line("children's placements", ALL, ALL)]
    whole = money.cohorts
    spent = [np.concatenate([p, p.sum(axis=2, keepdims=True)], axis=2) for p in whole]
    others = committed_net(money)[..., -1]
    for at, year in enumerate(money.years):
        head = (user_text(plan.name), year.label, str(year.end_month - year.first_month))
        for line, name in enumerate(lines):
            for cohort, whose in enumerate(WHOSE):
                gross, income, nights = (part[:, at, line, cohort] for part in spent)
                cells = _measures(gross, income, nights, year.days, single)
                rows += [(*head, *name, whose, *cell) for cell in cells]
        other = quantile_cells(summarise(others[:, at] / 100, single), ())
        rows.append((*head, NOT_BY_CHILD, ALL, ALL, NOT_BY_CHILD, "net_gbp", "pounds", *other))
    return TidyTable("committed", (*columns, *QUANTILE_COLUMNS), tuple(rows))


def _measures(
    gross: NDArray[Any], income: NDArray[Any], nights: NDArray[Any], days: int, single: bool
) -> list[tuple[str, ...]]:
    """The measures of one year, line and cohort; shape (future,) each."""
    measures = {
        ("gross_gbp", "pounds"): gross / 100,
        ("income_gbp", "pounds"): income / 100,
        ("net_gbp", "pounds"): (gross.astype(np.int64) - income) / 100,
        ("average_children", "children"): nights / days,
    }
    return [
        (*name, *quantile_cells(summarise(values, single), ())) for name, values in measures.items()
    ]


def committed_words(money: Spend) -> str:
    """What of each year's spend on placements is on children who are in care already."""
    shares = committed_share(money)
    parts = [
        f"{number(100 * share, 0)}% in {year.label}"
        for year, share in zip(money.years, shares, strict=True)
    ]
    return (
        f"Of spend on children's placements, on children in care at the start: {', '.join(parts)}."
    )


def sharing_words(plan: Plan) -> list[str]:
    """How spend that is known of no child is split, where there is any."""
    blocks, gone = bool(plan.blocks), months_gone(plan).any()
    return [words for words, said in ((BLOCKS_SHARED, blocks), (GONE_SHARED, gone)) if said]
