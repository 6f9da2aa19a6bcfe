"""Parameters without a stated interval: moved by a conventional 10%, or listed and not moved.

What has one plain direction is moved to 10% less and 10% more and says so; shares that must add
up, factors that are many, and facts of the area are listed (`not_moved`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lacmodel.analyses.cost_avoidance import at_effect
from lacmodel.analyses.parameter_moves import (
    Case,
    Move,
    Moves,
    Parameter,
    case_of,
    expected_factors,
    fitted_moves,
    stated_moves,
    table_of,
)
from lacmodel.analyses.simulate import Settings
from lacmodel.codes import KINDS, kind_label
from lacmodel.draws import ALL_LAYERS, spreads_of
from lacmodel.factors import Factors
from lacmodel.faults import InputFaults
from lacmodel.levers.edge_of_care import services_of
from lacmodel.parameters import declared_tables
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import Scenario
from lacmodel.tables import Table

CONVENTION: Final = 0.1
BY_CONVENTION: Final = "by convention: 10% less and 10% more"
NO_INTERVAL: Final = "no interval stated"
# Tables of a world that have one plain direction: words, full name, stage and field of the world.
PLAIN: Final = (
    ("chance that a child who comes needs complex care", "placements.complex_share",
     "placements", "complex_share"),
    ("young people who stay on after 18", "placements.staying_on_share",
     "placements", "staying_on_share"),
    ("time for which they stay on", "placements.staying_on_mean_days",
     "placements", "staying_on_mean_days"),
)  # fmt: skip
SERVICE_TIMES: Final = {
    "lead_mean_days": "time from referral to edge of care to the entry",
    "delay_mean_days": "time by which edge of care delays an entry",
}


def conventional_moves(
    scenario: Scenario, plan: Plan, expected: Factors, refused: list[str]
) -> Iterator[Move]:
    """What has no stated interval, alone at 10% less and at 10% more.

    Parameters
    ----------
    refused : takes the names of those that the model cannot have at these ends
    """
    for kind in sorted({row.kind for row in plan.supply}):
        name = f"chance that a free own place suits: {kind_label(kind)}"
        spot = np.arange(len(KINDS)) == kind
        yield _of_table(plan, expected, name, "placements.match_share", "match_share", spot)
    for name, table, _, field in PLAIN:
        if getattr(plan.world.placements, field).any():
            yield _of_table(plan, expected, name, table, field)
    yield from _uplift_moves(scenario, plan, expected)
    if services_of(scenario.changes):
        yield from _service_moves(scenario, plan, expected, refused)


def _of_table(
    plan: Plan, expected: Factors, name: str, table: str, field: str, where: object = True
) -> Move:
    """A table of placements, or some of its cells, 10% less and 10% more; shares stay below 1."""
    cases = []
    for factor in (1 - CONVENTION, 1 + CONVENTION):
        placements = plan.world.placements
        values = getattr(placements, field)
        most = np.inf if field.endswith("_days") else 1.0
        moved = np.where(where, np.minimum(values * factor, most), values)  # type: ignore[call-overload]
        world = plan.world._replace(placements=placements._replace(**{field: moved}))
        cases.append(_case(replace(plan, world=world), expected))
    return Move(_conventional(plan, name, table), *cases)


def _case(plan: Plan, expected: Factors) -> Case:
    return Case(plan, expected.price_growth, expected.unit_price)


def _conventional(plan: Plan, name: str, table: str, source: str = "") -> Parameter:
    found = table_of(plan, table) if table in declared_tables() else None
    confirmed = found.confirmed if found else False
    source = source or (found.source if found else "")
    return Parameter(name, table, BY_CONVENTION, "x 0.90 to x 1.10", confirmed, source)


def _uplift_moves(scenario: Scenario, plan: Plan, expected: Factors) -> Iterator[Move]:
    """Yearly uplifts, those that are alike together; they touch prices only."""
    uplifts = plan.area.uplifts
    for share in sorted({share for share in uplifts.values() if share}):
        kinds = [kind for kind, own in uplifts.items() if own == share]
        cases = []
        for factor in (1 - CONVENTION, 1 + CONVENTION):
            changed = {**uplifts, **dict.fromkeys(kinds, share * factor)}
            prices = make_plan(scenario, replace(plan.area, uplifts=changed)).prices
            cases.append(_case(replace(plan, prices=prices), expected))
        priced = [kind_label(k) for k in kinds if plan.prices.gross_per_week[:, k].any()]
        words = priced[0] if len(priced) == 1 else f"{len(priced)} kinds of placement"
        name = f"yearly uplift of {share * 100:g}% on prices of {words}"
        source = "; ".join(dict.fromkeys(plan.area.uplift_sources.get(kind, "") for kind in kinds))
        yield Move(_conventional(plan, name, "area: uplifts", source), *cases)


def _service_moves(
    scenario: Scenario, plan: Plan, expected: Factors, refused: list[str]
) -> Iterator[Move]:
    """The effect of edge of care, and the times that it rests on."""
    ends = (1 - CONVENTION, 1 + CONVENTION)
    tries = {"effect of edge of care": [(at_effect(scenario, end), plan.area) for end in ends]}
    parameters = plan.area.parameters
    for field, words in SERVICE_TIMES.items():
        table: Table = getattr(parameters.edge_of_care, field)
        tries[words] = []
        for end in ends:
            times = replace(
                parameters.edge_of_care, **{field: replace(table, values=table.values * end)}
            )
            area = replace(plan.area, parameters=replace(parameters, edge_of_care=times))
            tries[words].append((scenario, area))
    names = ("edge_of_care", *(f"edge_of_care.{field}" for field in SERVICE_TIMES))
    source = "; ".join(change.source for change in services_of(scenario.changes))
    for (words, pair), table_name in zip(tries.items(), names, strict=True):
        try:
            low, high = (_case(make_plan(*moved), expected) for moved in pair)
        except InputFaults:
            refused.append(words)
            continue
        said = "" if table_name in declared_tables() else source
        yield Move(_conventional(plan, words, table_name, said), low, high)


# Not moved ---------------------------------------------------------------------------------------


def all_moves(scenario: Scenario, plan: Plan, settings: Settings) -> Moves:
    """The plan as expected, every move, and what is not moved.

    Expected numbers have no layers; for them every parameter is moved.
    """
    spreads = spreads_of(plan, settings.layers or ALL_LAYERS)
    expected = expected_factors(plan, spreads)
    refused: list[str] = []
    moves = (
        *stated_moves(plan, spreads, expected, settings.seed),
        *fitted_moves(plan, spreads, expected),
        *conventional_moves(scenario, plan, expected, refused),
    )
    centre = case_of(plan, spreads.own_fit, expected)
    return Moves(centre, moves, tuple(not_moved(plan, moves, refused)))


def not_moved(plan: Plan, moves: Sequence[Move], refused: list[str]) -> list[Parameter]:
    """Tables of parameters and facts of the area for which no interval is stated."""
    moved = {move.parameter.table for move in moves}
    spread_of = {"placements.price_spread"}  # the spread of single children's prices: mean 1
    found = [
        Parameter(name.replace(".", ": ").replace("_", " "), name, NO_INTERVAL, "",
                  table_of(plan, name).confirmed, table_of(plan, name).source)
        for name in declared_tables()
        if name not in moved and (name in spread_of or not name.startswith("drift."))
    ]  # fmt: skip
    facts = {
        "residents aged 0 to 17": "area: population",
        "own places: how many, and how many can be used": "area: supply",
        "income for placements": "area: unit_costs",
    }
    found += [Parameter(words, name, NO_INTERVAL, "", False, "") for words, name in facts.items()]
    rule = "cannot be 10% less and 10% more here"
    return found + [Parameter(words, "edge_of_care", rule, "", False, "") for words in refused]
