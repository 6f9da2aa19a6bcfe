"""High-cost placements by financial year: how many, their nights, and the spend on them."""

from typing import Final

from lacmodel.engines.ensemble import Ensemble
from lacmodel.engines.noted import HIGH_COST
from lacmodel.plan import Plan
from lacmodel.results import (
    QUANTILE_COLUMNS,
    TidyTable,
    financial_years,
    is_single,
    number,
    quantile_cells,
    summarise,
    user_text,
)

MEASURES: Final = (("placements", "placements"), ("nights", "nights"), ("gross_gbp", "pounds"))
COLUMNS: Final = (
    "scenario", "financial_year", "months", "at_least_gbp_per_week", "measure", "unit",
)  # fmt: skip


def high_cost_table(plan: Plan, ensemble: Ensemble) -> TidyTable:
    """Placements at or above the threshold; expected numbers know of no single price."""
    rows: list[tuple[str, ...]] = []
    known = HIGH_COST in ensemble.notes
    for at, year in enumerate(financial_years(plan.period) if known else ()):
        threshold = number(plan.high_cost_gbp_per_week, 0)
        head = (user_text(plan.name), year.label, str(year.end_month - year.first_month), threshold)
        for part, (name, unit) in enumerate(MEASURES):
            values = ensemble.notes[HIGH_COST][:, at, part] / (100 if unit == "pounds" else 1)
            cells = quantile_cells(summarise(values, is_single(ensemble)), ())
            rows.append((*head, name, unit, *cells))
    return TidyTable("high_cost", (*COLUMNS, *QUANTILE_COLUMNS), tuple(rows))
