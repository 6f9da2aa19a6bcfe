"""Income by source: who pays for children, year by year, adding up to the income of all spend.

What the price list brings in for every child of a kind, what single children of a list bring,
what is claimed for some children (`income.csv` of an area), and the months gone as they were.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KINDS
from lacmodel.engines.ensemble import Ensemble
from lacmodel.engines.noted import CLAIMED
from lacmodel.money.actuals import Replaced
from lacmodel.money.spend import LINES, Pence, Spend, claimed_income, to_pence
from lacmodel.plan import Plan
from lacmodel.results import (
    QUANTILE_COLUMNS,
    TidyTable,
    is_single,
    quantile_cells,
    summarise,
    user_text,
)

PRICE_LIST: Final = "price list"  # income a week of the kind's unit cost
OF_A_CHILD: Final = "contributions of single children"
GONE: Final = "months gone"
COLUMNS: Final = ("scenario", "financial_year", "months", "source", "payer", "measure", "unit")


def income_table(
    plan: Plan, money: Spend, ensemble: Ensemble, replaced: tuple[Replaced, ...]
) -> TidyTable | None:
    """Income of every source that has any, by year; None where there is no income at all."""
    if not money.income.any():
        return None
    rows: list[tuple[str, ...]] = []
    sources = by_source(plan, money, ensemble, gone_months(plan, replaced))
    for at, year in enumerate(money.years):
        head = (user_text(plan.name), year.label, str(year.end_month - year.first_month))
        for (source, payer), (pence, nights) in sources.items():
            named = (*head, user_text(source), user_text(payer))
            pounds = summarise(pence[:, at] / 100, is_single(ensemble))
            rows.append((*named, "income_gbp", "pounds", *quantile_cells(pounds, ())))
            if nights is not None:
                children = summarise(nights[:, at] / year.days, is_single(ensemble))
                cells = quantile_cells(children, ())
                rows.append((*named, "average_children", "children", *cells))
    return TidyTable("income", (*COLUMNS, *QUANTILE_COLUMNS), tuple(rows))


def by_source(
    plan: Plan, money: Spend, ensemble: Ensemble, gone: NDArray[np.bool_]
) -> dict[tuple[str, str], tuple[Pence, NDArray[Any] | None]]:
    """Pennies, and nights of the children claimed for, by source and payer: (future, year) each.

    The price list's is what the others leave of the income of all spend.

    Parameters
    ----------
    gone : shape (month, line), the months and lines that actuals have replaced
    """
    income = money.income.astype(np.int64)
    made: dict[tuple[str, str], tuple[Pence, NDArray[Any] | None]] = {}
    kept = ~gone[:, : len(KINDS)]
    claimed, noted = claimed_income(plan, ensemble), ensemble.notes.get(CLAIMED)
    for at, claim in enumerate(plan.claims):
        assert noted is not None
        nights = money.by_year((noted[:, at, :, :-1] * kept).sum(axis=2))
        _add(made, (claim.name, claim.payer), _by_year(money, claimed[:, at] * kept), nights)
    if ensemble.contributions is not None:
        own = to_pence(ensemble.contributions / 700) * kept
        _add(made, (OF_A_CHILD, ""), _by_year(money, own), None)
    _add(made, (GONE, ""), _by_year(money, income * gone), None)
    rest = _by_year(money, income) - sum(pence for pence, _ in made.values())
    _add(made, (PRICE_LIST, ""), rest, None)
    return {source: found for source, found in made.items() if found[0].any()}


def gone_months(plan: Plan, replaced: tuple[Replaced, ...]) -> NDArray[np.bool_]:
    """Which months and lines actuals have replaced: shape (month, line)."""
    gone = np.zeros((plan.period.months, len(LINES)), dtype=np.bool_)
    for row in replaced:
        gone[plan.period.month(row.month), slice(None) if row.line is None else row.line] = True
    return gone


def _by_year(money: Spend, pence: NDArray[Any]) -> Pence:
    """(future, month, line) to (future, year)."""
    return money.by_year(pence.sum(axis=2))


def _add(
    made: dict[tuple[str, str], tuple[Pence, NDArray[Any] | None]],
    source: tuple[str, str],
    pence: Pence,
    nights: NDArray[Any] | None,
) -> None:
    """Put a source down; claims of one name and payer (by age, by date) are one source."""
    before = made.get(source)
    if before is not None and before[1] is not None and nights is not None:
        pence, nights = before[0] + pence, before[1] + nights
    made[source] = pence, nights
