"""Waterfall: what each change of a scenario adds to spend, one after the other.

The changes are added in their order, from the baseline to the whole scenario, and every step runs
the same futures, so that a step is what its change does once those before it hold. Each change is
also run alone; the interaction is what the whole differs by from the sum of the changes alone::

    sum of steps = scenario - baseline
    interaction  = (scenario - baseline) - sum of changes alone
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import Forecast, run_forecast
from lacmodel.analyses.simulate import Settings
from lacmodel.faults import InputFaults
from lacmodel.levers.changes import Change
from lacmodel.money.spend import net_by_year
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.results import (
    QUANTILE_COLUMNS,
    TidyTable,
    is_single,
    quantile_cells,
    summarise,
    user_text,
)
from lacmodel.scenario import Scenario

START: Final = "what the baseline has otherwise"  # its area, and changes that the other has not
FloatArray = NDArray[np.float64]


class Added(NamedTuple):
    """What one change adds to net spend, pounds: shape (future, year) each."""

    label: str
    step: FloatArray  # once those before it hold
    alone: FloatArray | None  # None: it cannot stand alone


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From a baseline to a scenario, one change at a time; net spend in pounds."""

    plan: Plan
    years: tuple[str, ...]
    single: bool  # one course of events, without ranges
    baseline: FloatArray  # (future, year)
    scenario: FloatArray  # (future, year)
    added: tuple[Added, ...]

    @property
    def difference(self) -> FloatArray:
        """Scenario less baseline: shape (future, year)."""
        return self.scenario - self.baseline

    @property
    def interaction(self) -> FloatArray | None:
        """The difference less the changes alone; None where one of them cannot stand alone."""
        alone = [added.alone for added in self.added if added.alone is not None]
        if len(alone) < len(self.added):
            return None
        return self.difference - np.sum(alone, axis=0)


def shared_changes(baseline: Scenario, scenario: Scenario) -> int:
    """How many changes both begin with.

    A scenario that extends the baseline shares all of the baseline's.
    """
    pairs = zip(baseline.changes, scenario.changes, strict=False)
    return next(
        (number for number, (one, other) in enumerate(pairs) if one != other),
        min(len(baseline.changes), len(scenario.changes)),
    )


def with_changes(scenario: Scenario, numbers: list[int]) -> Scenario:
    """The scenario with only some of its changes."""
    changes, origins = scenario.changes, scenario.origins
    return replace(
        scenario,
        changes=tuple(changes[at] for at in numbers),
        origins=tuple(origins[at] for at in numbers),
    )


def label_of(change: Change, number: int) -> str:
    """What a change is called: its own name, or its number and lever."""
    return user_text(change.name or f"change {number + 1}: {change.lever}")


def is_like(reads: tuple[Scenario, Scenario]) -> bool:
    """Whether the scenario is the baseline with further changes, and nothing else."""
    same_area = reads[0].area.resolve() == reads[1].area.resolve()
    return same_area and shared_changes(*reads) == len(reads[0].changes)


def waterfall(
    reads: tuple[Scenario, Scenario],
    runs: tuple[Forecast, Forecast],
    settings: Settings,
    planned: Callable[[Plan], Plan] = lambda plan: plan,
    progress: Callable[[int], None] | None = None,
) -> Waterfall:
    """Add the changes of a scenario to its baseline, one after the other and each alone.

    Parameters
    ----------
    reads : the baseline and the scenario as read
    runs : both as run, whose futures are paired
    planned : what is made of each plan before it is run
    """
    (_, scenario), (before, after) = reads, runs

    def net_with(numbers: list[int]) -> FloatArray:
        plan = make_plan(with_changes(scenario, numbers), after.plan.area)
        return net_by_year(run_forecast(planned(plan), settings, progress).money)

    shared, count = shared_changes(*reads), len(scenario.changes)
    first, last = net_by_year(before.money), net_by_year(after.money)
    kept = list(range(shared))
    start = first if is_like(reads) else net_with(kept)
    added = [Added(START, start - first, start - first)] if (start != first).any() else []
    so_far = start
    for number in range(shared, count):
        label = label_of(scenario.changes[number], number)
        if label in [each.label for each in added]:
            label = f"{label} ({number + 1})"
        now = last if number == count - 1 else net_with([*range(number + 1)])
        alone = now - so_far
        if number > shared:
            try:
                alone = net_with([*kept, number]) - start
            except InputFaults:
                added.append(Added(label, now - so_far, None))
                so_far = now
                continue
        added.append(Added(label, now - so_far, alone))
        so_far = now
    years = tuple(year.label for year in after.money.years)
    return Waterfall(after.plan, years, is_single(after.ensemble), first, last, tuple(added))


def extra_runs(reads: tuple[Scenario, Scenario]) -> int:
    """How many runs a waterfall needs at most, beside those of both scenarios."""
    return 2 * max(0, len(reads[1].changes) - shared_changes(*reads)) + 1


def waterfall_table(found: Waterfall) -> TidyTable:
    """Every step with its range, by year; the steps' means add up to the difference."""
    columns = ("scenario", "financial_year", "order", "step", "measure", "unit", *QUANTILE_COLUMNS)
    rows: list[tuple[str, ...]] = []
    for at, year in enumerate(found.years):
        head = (user_text(found.plan.name), year)
        named: list[tuple[str, str, FloatArray | None]] = [("baseline", "net_gbp", found.baseline)]
        for each in found.added:
            named.append((each.label, "change_in_net_gbp", each.step))
            named.append((each.label, "change_alone_net_gbp", each.alone))
        named.append(("scenario", "net_gbp", found.scenario))
        named.append(("difference", "change_in_net_gbp", found.difference))
        named.append(("interaction", "change_in_net_gbp", found.interaction))
        order = -1
        for label, measure, values in named:
            order += measure != "change_alone_net_gbp"
            if values is not None:
                cells: Any = quantile_cells(summarise(values[:, at], found.single), ())
                rows.append((*head, str(order), label, measure, "pounds", *cells))
    return TidyTable("waterfall", columns, tuple(rows))
