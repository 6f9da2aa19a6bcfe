"""Compare: what would be different, future by future.

Two scenarios are run with the same seed, so that future k of one is paired with future k of the
other; a difference is taken within each pair before anything is averaged.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import Forecast, tables
from lacmodel.codes import KINDS, PLACEMENTS, PROVIDERS
from lacmodel.money.spend import Spend, first_that_differs, net_by_year
from lacmodel.money.variance import VarianceTable, split_spend, variance_table
from lacmodel.plan import Plan
from lacmodel.results import (
    ALL,
    QUANTILE_COLUMNS,
    TidyTable,
    children_in,
    flow_in,
    is_single,
    number,
    quantile_cells,
    stacked,
    summarise,
    user_text,
    year_ends,
)

ENTRY_FLOWS: Final = ("entries", "re_entries", "delayed_entries")
HORIZON: Final = "whole period"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A baseline, and scenarios that are paired with it future by future."""

    baseline: Forecast
    scenarios: tuple[Forecast, ...]

    @property
    def all(self) -> tuple[Forecast, ...]:
        """The baseline, then the scenarios."""
        return (self.baseline, *self.scenarios)


class Difference(NamedTuple):
    """One difference, scenario less baseline, in every future."""

    measure: str
    placement: str
    provider: str
    period: str  # a date, a financial year, or the whole period
    unit: str
    values: NDArray[np.float64]  # (future,)


def compare(baseline: Forecast, scenarios: tuple[Forecast, ...]) -> Comparison:
    """Pair runs by future.

    Raises
    ------
    ValueError
        if the runs do not share seed, futures and period
    """
    for scenario in scenarios:
        same_futures = np.array_equal(scenario.ensemble.futures, baseline.ensemble.futures)
        same_seed = scenario.ensemble.seed == baseline.ensemble.seed
        if not (same_futures and same_seed and scenario.plan.period == baseline.plan.period):
            raise ValueError("only runs of the same seed, futures and period can be compared")
    return Comparison(baseline, scenarios)


def differences(baseline: Forecast, scenario: Forecast) -> list[Difference]:
    """Children at each 31 March, entries and spend by year: scenario less baseline."""
    return [
        *_children_differences(baseline, scenario),
        *_flow_differences(baseline, scenario),
        *_spend_differences(baseline.money, scenario.money),
    ]


def children_difference(
    baseline: Forecast, scenario: Forecast, kinds: tuple[int, ...] | None = None
) -> NDArray[Any]:
    """Children in care, scenario less baseline: shape (future, month + 1)."""
    return children_in(scenario.ensemble, kinds) - children_in(baseline.ensemble, kinds)


def _children_differences(baseline: Forecast, scenario: Forecast) -> list[Difference]:
    """Children in care: all, by placement type, and by provider where a type has two."""
    lines: dict[tuple[str, str], tuple[int, ...] | None] = {(ALL, ALL): None}
    for placement, name in enumerate(PLACEMENTS):
        kinds = tuple(kind for kind, (type_, _) in enumerate(KINDS) if type_ == placement)
        lines[name, ALL] = kinds
        if len(kinds) > 1:
            lines |= {(name, PROVIDERS[KINDS[kind][1]]): (kind,) for kind in kinds}
    gaps = {line: children_difference(baseline, scenario, some) for line, some in lines.items()}
    return [
        Difference("children", *line, when.isoformat(), "children", gap[:, index])
        for when, index in year_ends(baseline.plan.period).items()
        for line, gap in gaps.items()
    ]


def _flow_differences(baseline: Forecast, scenario: Forecast) -> list[Difference]:
    """Entries, and placements made outside because no own place was free, by year and in all."""
    rows = []
    for measure, unit, flows in (
        ("entries", "children", ENTRY_FLOWS),
        ("placed_externally_none_free", "placements", ("placed_externally_none_free",)),
    ):
        gap = flow_in(scenario.ensemble, *flows) - flow_in(baseline.ensemble, *flows)
        for year in baseline.money.years:
            values = gap[:, year.months].sum(axis=1)
            rows.append(Difference(measure, ALL, ALL, year.label, unit, values))
        rows.append(Difference(measure, ALL, ALL, HORIZON, unit, gap.sum(axis=1)))
    return rows


def _spend_differences(before: Spend, after: Spend) -> list[Difference]:
    rows = []
    for name in ("gross", "net"):
        gap = (getattr(after, name) - getattr(before, name)).sum(axis=2) / 100
        for year in before.years:
            pounds = gap[:, year.months].sum(axis=1)
            rows.append(Difference(f"{name}_gbp", ALL, ALL, year.label, "pounds", pounds))
        rows.append(Difference(f"{name}_gbp", ALL, ALL, HORIZON, "pounds", gap.sum(axis=1)))
    return rows


def differences_table(comparison: Comparison) -> TidyTable:
    """Every difference with its range, and the share of futures in which it is below nought."""
    single = is_single(comparison.baseline.ensemble)
    columns = ("scenario", "measure", "placement", "provider", "period", "unit", *QUANTILE_COLUMNS)
    rows = []
    for scenario in comparison.scenarios:
        for difference in differences(comparison.baseline, scenario):
            summary = summarise(difference.values, single)
            lower = "" if single else number(share_lower(difference.values), 4)
            head = (user_text(scenario.plan.name), *difference[:5])
            rows.append((*head, *quantile_cells(summary, ()), lower))
    return TidyTable("differences", (*columns, "share_of_futures_lower"), tuple(rows))


def share_lower(values: NDArray[np.float64]) -> float:
    """The share of futures in which the scenario lies below the baseline, in [0, 1].

    >>> share_lower(np.array([-1.0, 0.0, -2.0, 3.0]))
    0.5
    """
    return float((values < 0).mean())


def variances(comparison: Comparison) -> list[tuple[Plan, VarianceTable]]:
    """Each scenario's spend against the baseline's, of the first year that differs, by cause."""
    before = comparison.baseline.money
    found = []
    for run in comparison.scenarios:
        year = first_that_differs(net_by_year(before), net_by_year(run.money))
        found.append((run.plan, split_spend(before, run.money, run.plan.area, year)))
    return found


def comparison_tables(comparison: Comparison) -> list[TidyTable]:
    """The scenarios' tables one below the other, the differences, and the variance."""
    by_name: dict[str, list[TidyTable]] = {}
    for table in (each for run in comparison.all for each in tables(run)):
        by_name.setdefault(table.name, []).append(table)
    split = [variance_table(plan.name, variance) for plan, variance in variances(comparison)]
    return [
        *(stacked(parts) for parts in by_name.values()),
        differences_table(comparison),
        stacked(split),
    ]


def last_year_end(comparison: Comparison) -> tuple[date, int]:
    """The last 31 March of the period, with its index among the stock dates."""
    return list(year_ends(comparison.baseline.plan.period).items())[-1]
