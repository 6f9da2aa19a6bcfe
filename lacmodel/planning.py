"""From a scenario to a plan: the area's tables, and on them the changes in order.

Most levers act one after another on copies of the area's tables. Two kinds do not depend on their
place among the changes: uplifts are settled before other prices, and edge-of-care services after
everything else, since the families whom they support follow from the entries of the scenario. The
effect of a service is solved in the world of the area without any change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from lacmodel.area import Area, residents_on
from lacmodel.area.sheets import MOST_GBP_PER_WEEK
from lacmodel.codes import (
    AGE_BAND_YEARS,
    CHILDRENS_HOME,
    GROUP_LABELS,
    GROUPS,
    KINDS,
    SUPPORTED,
)
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.carers import (
    CARER_LEVERS,
    DraftCarers,
    apply_carers,
    carers_of_plan,
    draft_carers,
    with_expected_places,
)
from lacmodel.levers.changes import Change, EdgeOfCare, Entries, Unaccompanied
from lacmodel.levers.costs import blocks, claims, stated_costs
from lacmodel.levers.edge_of_care import (
    MOST_SERVICES,
    effect_of,
    in_house_shares,
    service_costs,
    services_of,
    with_services,
)
from lacmodel.levers.effect import Solved
from lacmodel.levers.fields import Broken
from lacmodel.levers.flows import FLOW_LEVERS, TOLERANCE, added_entries
from lacmodel.levers.matching import MATCHING_LEVERS
from lacmodel.levers.prices import PRICE_LEVERS, DraftPrices, draft_prices
from lacmodel.levers.schedule import FloatArray, in_effect_by_month
from lacmodel.levers.supply import (
    SUPPLY_LEVERS,
    Draft,
    DraftRow,
    check_open,
    draft_supply,
    in_order,
    supply_tables,
)
from lacmodel.listed import area_today, with_own_prices
from lacmodel.opening import children_above_places, opening_children, past_leavers
from lacmodel.parameters import expected_world
from lacmodel.pathway import World
from lacmodel.pathway.entries import CELLS, LAYERS_OF_A_SERVICE
from lacmodel.plan import FixedCost, OpeningChildren, Plan
from lacmodel.scenario import Scenario, outside_run
from lacmodel.timeline import Period, Timeline, timeline

MOST_ADDED: Final = 64  # streams of further children that child numbers have room for
MOST_TOGETHER: Final = 20.0  # times the unchanged rate
MIDDLE_OF_A_MONTH: Final = 15


@dataclass(slots=True)
class _Drafts:
    """What the changes act on, and what they add."""

    area: Area
    before: World  # without any change
    world: World
    supply: Draft
    prices: DraftPrices
    added: list[FloatArray]
    effects: list[Solved]
    carers: DraftCarers | None


def make_plan(scenario: Scenario, area: Area | None = None) -> Plan:
    """Resolve a scenario into everything that a run needs.

    Parameters
    ----------
    area : the scenario's area if it is at hand already; read from its files unless given

    Raises
    ------
    InputFaults
        with every fault of the area, or every change that the area does not allow
    """
    area = area or area_today(scenario.area)
    period = Period(area.start, scenario.years)
    calendar = timeline(period)
    _check_dates(scenario, period)
    before = area_world(area, period, calendar, supply_tables(draft_supply(area, period)))
    drafts = _changed(scenario, area, period, before)
    rows = in_order(drafts.supply)
    carers = carers_of_plan(drafts.carers, area, rows, period, calendar)
    world = with_expected_places(_finished_world(scenario, drafts), carers)
    check_open(rows, world.placements.usable_places, period)
    opening = _opening(drafts, rows)
    return Plan(
        title=scenario.title,
        name=scenario.name,
        question=scenario.question,
        area=area,
        period=period,
        world=world,
        opening=opening,
        past_leavers=past_leavers(area, calendar),
        supply=tuple(draft.row for draft in rows),
        prices=drafts.prices.finished(),
        fixed_costs=(*fixed_costs(rows, drafts.prices), *stated_costs(area, rows, drafts.prices)),
        services=tuple(service_costs(scenario.changes, period)),
        resolved=resolved(scenario),
        notes=tuple(notes(area, scenario, world, opening, rows)),
        carers=carers,
        blocks=tuple(blocks(area, drafts.prices)),
        claims=tuple(claims(area, period)),
    )


# The area ----------------------------------------------------------------------------------------


def residents_by_month(area: Area, period: Period, months: int) -> FloatArray:
    """Residents of each age band in each month: equal shares for every year of age.

    A band has (years in the band) / 18 of the residents aged 0 to 17 in the middle of the month.

    Returns
    -------
    shape (month, age band)
    """
    firsts = period.month_starts(months)
    total = [residents_on(area, first.replace(day=MIDDLE_OF_A_MONTH)) for first in firsts]
    return np.outer(total, np.diff(AGE_BAND_YEARS) / AGE_BAND_YEARS[-1])


def area_world(area: Area, period: Period, calendar: Timeline, supply: dict[str, Any]) -> World:
    """The world of an area with some supply and no levers."""
    months = len(calendar.month_start) - 1
    residents = residents_by_month(area, period, months)
    return expected_world(area.parameters, calendar, residents, area.start.month, supply)


def _opening(drafts: _Drafts, rows: list[DraftRow]) -> OpeningChildren:
    """The opening children, in the rows that they have without any change.

    Those in a kind that a change limits take up places within the limit.
    """
    before, period = drafts.before, drafts.supply.period
    opening = opening_children(drafts.area, before.timeline, before.placements)
    names = [draft.row.name for draft in in_order(draft_supply(drafts.area, period))]
    place = {draft.row.name: number for number, draft in enumerate(rows)}
    row = np.array([*(place[name] for name in names), -1], dtype=np.int64)[opening.row]
    for kind, name in drafts.supply.limits.items():
        row = np.where((opening.kind == kind) & (row < 0), place[name], row)
    return with_own_prices(opening._replace(row=row), drafts.area, period)


# The changes -------------------------------------------------------------------------------------


def _check_dates(scenario: Scenario, period: Period) -> None:
    """Refuse changes outside the run."""
    faults = [
        origin.fault(broken)
        for change, origin in zip(scenario.changes, scenario.origins, strict=True)
        for broken in outside_run(change.from_, change.to, period)
    ]
    if faults:
        raise InputFaults(faults)


def _changed(scenario: Scenario, area: Area, period: Period, before: World) -> _Drafts:
    """Apply every change in order, and refuse those that the area does not allow."""
    supply = draft_supply(area, period)
    world = area_world(area, period, before.timeline, supply_tables(supply))
    prices = draft_prices(area, period, list(scenario.changes))
    carers = draft_carers(area, len(world.exits.multiplier))
    drafts = _Drafts(area, before, world, supply, prices, [], [], carers)
    faults = [
        origin.fault(broken)
        for change, origin in zip(scenario.changes, scenario.origins, strict=True)
        for broken in _apply(change, drafts)
    ]
    faults.extend(_beyond_limits(scenario, drafts))
    if faults:
        raise InputFaults(faults)
    return drafts


def _apply(change: Change, drafts: _Drafts) -> Iterator[Broken]:
    """Apply one change to what it acts on."""
    kind = type(change)
    entries = drafts.world.entries
    in_effect = in_effect_by_month(change, drafts.supply.period, entries.per_day.shape[1])
    if isinstance(change, Entries | Unaccompanied):
        stream = added_entries(entries, change, in_effect)
        drafts.added.extend([stream] if stream is not None else [])
    if isinstance(change, EdgeOfCare):
        yield from _add_service(change, drafts)
    elif isinstance(change, CARER_LEVERS):
        yield from apply_carers(change, in_effect, drafts.world, drafts.supply, drafts.carers)
    elif kind in FLOW_LEVERS:
        yield from FLOW_LEVERS[kind](drafts.world, change, in_effect)
    elif kind in MATCHING_LEVERS:
        MATCHING_LEVERS[kind](drafts.world.placements, change, in_effect)
    elif kind in SUPPLY_LEVERS:
        yield from SUPPLY_LEVERS[kind](drafts.supply, change)
    elif kind in PRICE_LEVERS:
        yield from PRICE_LEVERS[kind](drafts.prices, change)


def _add_service(change: EdgeOfCare, drafts: _Drafts) -> Iterator[Broken]:
    """Solve the effect of a service in the world without changes."""
    shares = in_house_shares(drafts.area.opening)
    effect = effect_of(drafts.before, change, shares, _delay_mean_days(drafts.area))
    if isinstance(effect, Broken):
        yield effect
    else:
        drafts.effects.append(effect)


def _delay_mean_days(area: Area) -> float:
    return float(area.parameters.edge_of_care.delay_mean_days.values)


def _beyond_limits(scenario: Scenario, drafts: _Drafts) -> Iterator[Fault]:
    """Faults of the changes taken together."""
    services = len(services_of(scenario.changes))
    for what, most in _multiplied(drafts).items():
        if most > MOST_TOGETHER + TOLERANCE:
            rule = f"together the changes must not multiply {what} by more than {MOST_TOGETHER:g}"
            yield Fault(scenario.path, what, f"{most:g}", rule)
    dearest = float(drafts.prices.gross.max())
    if dearest > MOST_GBP_PER_WEEK:
        rule = f"together the changes must not bring a price above £{MOST_GBP_PER_WEEK:,} a week"
        yield Fault(scenario.path, "price", f"£{dearest:,.0f}", rule)
    if len(drafts.added) > MOST_ADDED:
        rule = f"there can be at most {MOST_ADDED} changes with add_per_year"
        yield Fault(scenario.path, "add_per_year", len(drafts.added), rule)
    if services > MOST_SERVICES:
        rule = f"there can be at most {MOST_SERVICES} edge-of-care services"
        yield Fault(scenario.path, "edge_of_care", services, rule)


def _multiplied(drafts: _Drafts) -> dict[str, float]:
    """The most that the changes together multiply every rate by; 1 without any."""
    after, before = (_multipliers(world) for world in (drafts.world, drafts.before))
    found = {
        what: np.divide(factors, before[what], out=np.ones_like(factors), where=before[what] > 0)
        for what, factors in after.items()
    }
    if drafts.carers is not None:
        found |= {
            "enquiries": drafts.carers.recruitment,
            "deregistrations": drafts.carers.retention,
        }
    return {what: float(factors.max()) for what, factors in found.items()}


def _multipliers(world: World) -> dict[str, FloatArray]:
    """What multiplies the rates of a world, by what it multiplies."""
    return {
        "entries": world.entries.multiplier,
        "exits": world.exits.multiplier,
        "breakdowns": world.moves.breakdown_multiplier,
        "planned moves": world.moves.planned_multiplier,
        "re-entries": world.re_entries.multiplier,
    }


def _finished_world(scenario: Scenario, drafts: _Drafts) -> World:
    """The world with its supply, further streams and edge-of-care services."""
    months = drafts.world.entries.per_day.shape[1]
    added = np.array(drafts.added, dtype=np.float64).reshape(len(drafts.added), CELLS, months)
    world = drafts.world._replace(
        placements=drafts.world.placements._replace(**supply_tables(drafts.supply)),
        entries=drafts.world.entries._replace(added_per_day=added),
    )
    services, delay = services_of(scenario.changes), _delay_mean_days(drafts.area)
    world = with_services(world, services, drafts.effects, delay, drafts.supply.period)
    faults = list(_too_many_beside(scenario, world))
    if faults:
        raise InputFaults(faults)
    return world


def _too_many_beside(scenario: Scenario, world: World) -> Iterator[Fault]:
    """Services that see more families than there are numbers for, as other changes add entries."""
    origins = zip(scenario.changes, scenario.origins, strict=True)
    found = [(change, origin) for change, origin in origins if isinstance(change, EdgeOfCare)]
    most = world.entries.not_entering_multiplier.max(axis=(1, 2), initial=0.0)
    for (change, origin), families in zip(found, most.tolist(), strict=True):
        if families > LAYERS_OF_A_SERVICE:
            rule = (
                f"is so small that, with what other changes do to entries, {families:.0f} other "
                f"families are referred for each entry there would have been, and there may be "
                f"{LAYERS_OF_A_SERVICE}"
            )
            value = change.effect.in_care_without_service
            yield origin.fault(Broken("effect.in_care_without_service", value, rule))


# Money that does not depend on children ----------------------------------------------------------


def fixed_costs(rows: list[DraftRow], prices: DraftPrices) -> Iterator[FixedCost]:
    """The fixed cost of every row of supply that has one, uplifted as its kind's price."""
    starts = np.array([prices.period.day(day) for day in _month_starts(prices.period)])
    for draft in rows:
        per_year = draft.row.fixed_cost_gbp_per_year
        if per_year > 0.0:
            days = np.add.reduceat(draft.costed[: starts[-1]].astype(np.int64), starts[:-1])
            share = days / np.diff(starts)
            gross = per_year / 12.0 * share * prices.index[:, draft.row.kind]
            yield FixedCost(draft.row.name, gross, draft.row.source, draft.row.kind)


def _month_starts(period: Period) -> list[date]:
    return period.month_starts(period.months + 1)


# What the reader should know ---------------------------------------------------------------------


def resolved(scenario: Scenario) -> dict[str, Any]:
    """The scenario with every change written out, for the manifest."""
    return {
        "title": scenario.title,
        "question": scenario.question,
        "scenario": scenario.path.name,
        "area": scenario.area.name,
        "years": scenario.years,
        "sources": list(scenario.sources),
        "changes": [
            {"file": origin.document.path.name, **change.model_dump(mode="json", by_alias=True)}
            for change, origin in zip(scenario.changes, scenario.origins, strict=True)
        ],
    }


def notes(
    area: Area, scenario: Scenario, world: World, opening: OpeningChildren, rows: list[DraftRow]
) -> Iterator[str]:
    """Plain sentences about what a reader might not expect."""
    above = children_above_places(opening, world.placements)
    for draft, children in zip(rows, above, strict=True):
        if children > 0:
            yield (
                f"At the start {children} more children than there are usable places live in "
                f"{draft.row.name}; nobody has to move, and nobody new comes until there is room."
            )
    yield from _costs_of_no_home(area, rows)
    if not area.past_leavers and area.left is None:
        yield (
            "No past leavers are given: nobody who left before the start comes back. "
            "lacmodel fit writes past_leavers.csv."
        )
    for change in scenario.changes:
        if not change.confirmed:
            yield f"Not confirmed: {change.name or change.lever.replace('_', ' ')}: {change.source}"
    yield from _unplaceable(world)


def _costs_of_no_home(area: Area, rows: list[DraftRow]) -> Iterator[str]:
    """Fixed costs of homes that no row of supply has the name of: a service, or a slip."""
    known = {draft.row.name for draft in rows}
    named = [
        cost.name
        for cost in area.fixed_costs
        if KINDS[cost.kind][0] in (CHILDRENS_HOME, SUPPORTED) and not cost.step
        if cost.name not in known
    ]
    if named:
        yield (
            "Fixed costs that are paid although no home of their name is there or opens in this "
            f"scenario: {len(named)} ({', '.join(named)})."
        )


def _unplaceable(world: World) -> Iterator[str]:
    """Groups that come into care without a mix of first placements."""
    for group, name in enumerate(GROUPS):
        cells = world.entries.per_day[group :: len(GROUPS)].sum(axis=1)
        placed = world.placements.first_placement[0, :, group].sum(axis=1)
        if ((cells > 0) & (placed == 0)).any():
            yield f"Some children of the group {GROUP_LABELS[name]} have no first placement."
