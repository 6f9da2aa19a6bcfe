"""Schemes: the changes of a scenario whose business case is made, and what cannot be compared.

They are its changes of the levers `places` and `close`; whatever else it changes stays.
"""

from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from lacmodel.analyses.simulate import Settings, engine_faults
from lacmodel.codes import EXTERNAL_KINDS, KIND_NAMES
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.changes import Change, Close, Places
from lacmodel.levers.fields import Broken
from lacmodel.levers.schedule import months_after
from lacmodel.plan import Plan
from lacmodel.scenario import Scenario

SLIP_MONTHS: Final = 12
FULL_MONTHS: Final = 12  # of the run, which are held to the end of the appraisal
FULL: Final = "full"


class Scheme(NamedTuple):
    """One change that adds places."""

    change: Places
    row: int  # of supply in the run with the schemes


def is_scheme(change: Change) -> bool:
    """Whether a change is of the supply whose business case is made."""
    return isinstance(change, Places | Close)


def without_schemes(scenario: Scenario) -> Scenario:
    """The scenario with neither its new places nor its closures."""
    both = zip(scenario.changes, scenario.origins, strict=True)
    kept = [(change, origin) for change, origin in both if not is_scheme(change)]
    return replace(
        scenario,
        changes=tuple(change for change, _ in kept),
        origins=tuple(origin for _, origin in kept),
    )


def slipped(scenario: Scenario, end: date) -> Scenario:
    """The scenario with its schemes' dates moved by twelve months; `end` is that of the run."""
    return replace(scenario, changes=tuple(_later(change, end) for change in scenario.changes))


def _later(change: Change, end: date) -> Change:
    """A scheme a year later; what would end after the run does not end in it."""
    if not is_scheme(change):
        return change
    to = None if change.to is None else months_after(change.to, SLIP_MONTHS)
    to = None if to is None or to > end else to
    return change.model_copy(update={"from_": months_after(change.from_, SLIP_MONTHS), "to": to})


def schemes_of(scenario: Scenario, plan: Plan) -> tuple[Scheme, ...]:
    """The changes that add places, each with its row of supply."""
    taken: set[int] = set()
    schemes = []
    for change in scenario.changes:
        if isinstance(change, Places):
            row = next(at for at in range(len(plan.supply)) if _made(plan, at, change, taken))
            taken.add(row)
            schemes.append(Scheme(change, row))
    return tuple(schemes)


def _made(plan: Plan, at: int, change: Places, taken: set[int]) -> bool:
    """Whether a row of supply was made by a change."""
    row = plan.supply[at]
    same = row.opens == change.from_ and row.places == change.places
    return at not in taken and same and (row.name == change.name or not change.name)


# Refusals ----------------------------------------------------------------------------------------


def check_scenario(scenario: Scenario, settings: Settings) -> None:
    """Refuse a scenario without capital, and an engine without futures.

    Raises
    ------
    InputFaults
        with both faults
    """
    faults = engine_faults(settings, "gives no range and no rows of supply")
    if not any(isinstance(c, Places) and c.capital_gbp > 0 for c in scenario.changes):
        rule = "has no change of the lever places with capital_gbp: nothing to pay back"
        faults.append(Fault(scenario.path, "", None, rule))
    if faults:
        raise InputFaults(faults)


def check_dates(scenario: Scenario, plan: Plan) -> None:
    """Refuse schemes that are not in full use for the last twelve months of the run.

    Those months stand for all that come later.

    Raises
    ------
    InputFaults
        with every scheme that comes too late
    """
    latest = months_after(plan.period.end, -FULL_MONTHS)
    faults = [
        origin.fault(Broken("from", change.from_, f"must be in full use by {latest}; add years"))
        for change, origin in zip(scenario.changes, scenario.origins, strict=True)
        if is_scheme(change) and months_after(change.from_, change.ramp_months) > latest
    ]
    if faults:
        raise InputFaults(faults)


def check_bases(scenario: Scenario, plan: Plan) -> None:
    """Refuse prices of different bases, and fixed costs that a full price holds already.

    Raises
    ------
    InputFaults
        with every price and row of supply at fault
    """
    file, faults = scenario.path, []
    kinds = {plan.supply[scheme.row].kind for scheme in schemes_of(scenario, plan)}
    for cost in plan.area.unit_costs:
        compared = cost.gbp_per_week > 0 and cost.kind in {*EXTERNAL_KINDS, *kinds}
        if cost.basis != FULL and compared and not _costed_apart(plan, cost.kind):
            rule = (
                "is not compared with prices at full cost: state the price as full, or the fixed "
                "cost of every row of its supply beside it"
            )
            faults.append(Fault(file, f"basis of {KIND_NAMES[cost.kind]}", cost.basis, rule))
    schemes = {plan.supply[scheme.row].name for scheme in schemes_of(scenario, plan)}
    for stated in plan.area.fixed_costs:
        if stated.name in schemes:
            rule = (
                "would be paid without the scheme too: state it as fixed_cost_gbp_per_year of the "
                "change that opens it, not in the area's fixed costs"
            )
            place = f"{stated.name}: fixed cost of the area"
            faults.append(Fault(file, place, f"{stated.amount_gbp_per_year:g}", rule))
    for row in plan.supply:
        if row.fixed_cost_gbp_per_year > 0 and plan.prices.basis[row.kind] == FULL:
            rule = (
                f"would be counted twice: the price of {KIND_NAMES[row.kind]} is at full cost, so "
                "it holds the cost of the service; leave this fixed cost out, or say marginal "
                "under basis for that price in unit_costs of the area"
            )
            place = f"{row.name}: fixed_cost_gbp_per_year"
            faults.append(Fault(file, place, f"{row.fixed_cost_gbp_per_year:g}", rule))
    if faults:
        raise InputFaults(faults)


def _costed_apart(plan: Plan, kind: int) -> bool:
    """Whether every row of a kind states its fixed cost beside the price of a night.

    A cost that the area states for each so many places of the kind covers new places too.
    """
    rows = [row for row in plan.supply if row.kind == kind]
    stated = [cost for cost in plan.area.fixed_costs if cost.kind == kind]
    names, stepped = {cost.name for cost in stated}, any(cost.step for cost in stated)
    apart = (row.fixed_cost_gbp_per_year > 0 or row.name in names for row in rows)
    return bool(rows) and (stepped or all(apart))
