"""The edge-of-care lever: services as the engines read them, the families they see, and their cost.

Besides would-be entrants a service sees families whose child would not have come into care. Their
stream has (1 - w) / w families for each referred would-be entrant's, where w is the share of
referred families whose child would come into care, solved in `lacmodel.levers.effect`.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from lacmodel.area import OpeningRow
from lacmodel.codes import IN_HOUSE, KINDS, PLACEMENTS
from lacmodel.levers.changes import Change, EdgeOfCare
from lacmodel.levers.effect import (
    Impossible,
    Solved,
    Stated,
    delay_distribution,
    in_care_by_day,
    lead_distribution,
    solve,
)
from lacmodel.levers.fields import Broken
from lacmodel.levers.flows import cells_of
from lacmodel.levers.schedule import FloatArray, in_effect_by_month
from lacmodel.pathway import World
from lacmodel.pathway.edge_of_care import EdgeOfCareTables
from lacmodel.pathway.entries import CELLS, LAYERS_OF_A_SERVICE
from lacmodel.plan import ServiceCost
from lacmodel.timeline import NEVER, Period

MOST_SERVICES: Final = 16
DAYS_PER_WEEK: Final = 7


def services_of(changes: Sequence[Change]) -> list[EdgeOfCare]:
    """The edge-of-care services among some changes, in order."""
    return [change for change in changes if isinstance(change, EdgeOfCare)]


def in_house_shares(opening: Sequence[OpeningRow]) -> FloatArray:
    """Share of the opening children of each placement type who are in-house; half where none is.

    Returns
    -------
    shape (placement,)
    """
    children = np.zeros((len(PLACEMENTS), 2))
    for row in opening:
        placement, provider = KINDS[row.kind]
        children[placement, provider] += row.children
    total = children.sum(axis=1)
    half = np.full(len(PLACEMENTS), 0.5)
    return np.divide(children[:, IN_HOUSE], total, out=half, where=total > 0)


def solved_effect(
    world: World, change: EdgeOfCare, in_house_share: FloatArray, delay_mean_days: float
) -> Solved:
    """The effect of a service in the world of an area without changes."""
    effect = change.effect
    days = effect.measured_after_days
    services = world.edge_of_care
    in_care = in_care_by_day(world, cells_of(change.ages, change.groups), in_house_share, days)
    stated = Stated(
        effect.in_care_without_service,
        effect.in_care_with_service,
        days,
        1.0 if effect.measured_on == "engaged" else change.engaged_share,
        effect.delayed_share_of_effect,
    )
    leads = lead_distribution(services.lead_mean_days, services.lead_most_days)
    return solve(stated, in_care, leads, delay_distribution(delay_mean_days, days))


def effect_of(
    world: World, change: EdgeOfCare, in_house_share: FloatArray, delay_mean_days: float
) -> Solved | Broken:
    """The effect of a service, or the rule that it breaks in an area's world."""
    try:
        solved = solved_effect(world, change, in_house_share, delay_mean_days)
    except Impossible as error:
        return Broken(f"effect.{error.field}", getattr(change.effect, error.field), error.rule)
    families = (1.0 - solved.would_enter_share) / solved.would_enter_share * change.reach
    if families <= LAYERS_OF_A_SERVICE:
        return solved
    most = LAYERS_OF_A_SERVICE
    rule = f"is so small that more than {most} other families are referred for each would-be entry"
    value = change.effect.in_care_without_service
    return Broken("effect.in_care_without_service", value, rule)


def with_services(
    world: World, changes: Sequence[EdgeOfCare], effects: Sequence[Solved],
    delay_mean_days: float, period: Period,
) -> World:  # fmt: skip
    """A world with services, and with the families who would not have come into care."""
    months = world.entries.per_day.shape[1]
    reach = [change.reach * in_effect_by_month(change, period, months) for change in changes]
    tables = world.edge_of_care._replace(
        reach=np.array(reach).reshape(len(changes), months),
        opens=np.array([period.day(change.from_) for change in changes], dtype=np.int64),
        closes=np.array([_closes(change, period) for change in changes], dtype=np.int64),
        scope=_scope(changes),
        caseload=_caseload(changes, months),
        support_days=np.array(
            [DAYS_PER_WEEK * change.support_weeks for change in changes], dtype=np.int64
        ),
        engaged_share=np.array([change.engaged_share for change in changes], dtype=np.float64),
        prevented_share=np.array([e.prevented_share for e in effects], dtype=np.float64),
        delayed_share=np.array([e.delayed_share for e in effects], dtype=np.float64),
        delay_mean_days=np.full(len(changes), delay_mean_days),
    )
    beside = [
        not_entering(world, tables, service, effect.would_enter_share)
        for service, effect in enumerate(effects)
    ]
    per_entry = np.array(beside).reshape(len(changes), CELLS, months)
    entries = world.entries._replace(
        not_entering_multiplier=world.entries.multiplier * per_entry,
        added_not_entering_per_day=world.entries.added_per_day.sum(axis=0) * per_entry,
    )
    return world._replace(edge_of_care=tables, entries=entries)


def _closes(change: EdgeOfCare, period: Period) -> int:
    return NEVER if change.to is None else period.day(change.to)


def _scope(changes: Sequence[EdgeOfCare]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which cells each service is for: shape (service, cell)."""
    scope = np.zeros((len(changes), CELLS), dtype=np.bool_)
    for service, change in enumerate(changes):
        scope[service, cells_of(change.ages, change.groups)] = True
    return scope


def _caseload(
    changes: Sequence[EdgeOfCare], months: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Families at a time: shape (service, month); the reach ramps, the caseload does not."""
    families = np.array([change.caseload_families for change in changes], dtype=np.int64)
    return np.repeat(families[:, None], months, axis=1)


def not_entering(
    world: World, services: EdgeOfCareTables, service: int, would_enter_share: float
) -> FloatArray:
    """Families who would not have come in for every family who would.

    A family of month m is referred a lead before, as a would-be entrant is. So the stream begins
    with the service and goes on for the longest lead after it has closed, when all its families
    were referred before::

        (1 - w) / w * reach, the last reach held for the longest lead, times the share of
        families whom earlier services pass over

    Returns
    -------
    shape (cell, month)
    """
    starts = world.timeline.month_start[:-1]
    reach = services.reach[service].copy()
    after = (starts >= services.closes[service]) & (
        starts < services.closes[service] + math.ceil(services.lead_most_days)
    )
    reach[after] = reach[reach > 0][-1] if (reach > 0).any() else 0.0
    odds = (1.0 - would_enter_share) / would_enter_share
    scope = services.scope[service][:, None]
    offered = reach * passed_over(services, service)
    return np.where(scope, odds * offered, 0.0)


def passed_over(services: EdgeOfCareTables, service: int) -> FloatArray:
    """Share of families whom the services before one leave to it: shape (cell, month)."""
    left = np.ones((CELLS, services.reach.shape[1]))
    for earlier in range(service):
        left *= 1.0 - services.scope[earlier][:, None] * services.reach[earlier]
    return left


def service_costs(changes: Sequence[Change], period: Period) -> Iterator[ServiceCost]:
    """What each service costs: a twelfth of its fixed cost for every month that it is open."""
    for number, change in enumerate(services_of(changes)):
        is_open = in_effect_by_month(change, period, period.months) > 0.0
        fixed = np.where(is_open, change.fixed_cost_gbp_per_year / 12.0, 0.0)
        name = change.name or f"edge of care {number + 1}"
        yield ServiceCost(name, fixed, change.cost_gbp_per_family)
