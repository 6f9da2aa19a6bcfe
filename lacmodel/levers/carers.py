"""Levers on the council's own foster carers, and the carers of a plan.

Recruitment acts on enquiries, retention on deregistrations, support on breakdowns of placements
with the council's own mainstream carers; each touches nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from lacmodel.area import Area
from lacmodel.carers import (
    Carers,
    Stream,
    expected_course,
    in_full,
    put_places,
    read_figures,
    streams_of,
)
from lacmodel.levers.carer_changes import RecruitCarers, RetainCarers, SupportCarers
from lacmodel.levers.change import Change
from lacmodel.levers.fields import Broken
from lacmodel.levers.schedule import FloatArray, factor, in_effect_by_day
from lacmodel.levers.supply import (
    IN_HOUSE_FOSTER,
    Draft,
    DraftRow,
    draft_row,
    open_days,
    row_for_any_child,
    unused_name,
    usable_share,
)
from lacmodel.parameters import national_folder
from lacmodel.pathway import World
from lacmodel.timeline import Period, Timeline

CARER_LEVERS: Final = (RecruitCarers, RetainCarers, SupportCarers)
CarerChange = RecruitCarers | RetainCarers | SupportCarers
NOBODY: Final = "the area states no fostering households of its own: give it a carers.csv"


@dataclass(slots=True)
class DraftCarers:
    """An area's carers in the making."""

    mainstream: Stream
    kinship: Stream
    places_per_household: float
    recruitment: FloatArray  # (month,)
    retention: FloatArray  # (month,)


def draft_carers(area: Area, months: int) -> DraftCarers | None:
    """An area's own fostering households; None where it states none.

    A household has the approved places of the rows of supply, divided by the households of the
    start, unless the area states how many.
    """
    if not area.carers:
        return None
    figures = in_full(area.carers, read_figures(national_folder() / "carers.csv"))
    mainstream, kinship = streams_of(figures)
    places = sum(row.places for row in area.supply if row.kind == IN_HOUSE_FOSTER)
    stated = {figure.measure for figure in area.carers}
    each = places / mainstream.households if places else 0.0
    if "places_per_household" in stated or not places:
        each = figures["places_per_household"].value
    return DraftCarers(mainstream, kinship, each, np.ones(months), np.ones(months))


def apply_carers(
    change: CarerChange,
    in_effect: FloatArray,
    world: World,
    supply: Draft,
    carers: DraftCarers | None,
) -> Iterator[Broken]:
    """Change what a lever on carers names, and add what it costs."""
    factors = factor(change.multiply, in_effect)
    if isinstance(change, SupportCarers):
        world.moves.breakdown_multiplier[:, IN_HOUSE_FOSTER] *= factors[:, None]
    elif carers is None:
        yield Broken("lever", change.lever, NOBODY)
    elif isinstance(change, RecruitCarers):
        carers.recruitment *= factors
    else:
        carers.retention *= factors
    if change.fixed_cost_gbp_per_year > 0.0:
        supply.rows.append(cost_alone(supply, change, change.fixed_cost_gbp_per_year))


def cost_alone(supply: Draft, change: Change, gbp_per_year: float) -> DraftRow:
    """A row without places whose fixed cost runs as long as a change holds."""
    name = unused_name(supply, change.name or f"{change.lever} from {change.from_}")
    row = row_for_any_child(name, IN_HOUSE_FOSTER, 0, 1.0, gbp_per_year, change)
    draft = draft_row(row, supply.period)
    draft.costed = in_effect_by_day(change, supply.period, supply.days, ramped=False) > 0.0
    return draft


def carers_of_plan(
    draft: DraftCarers | None, area: Area, rows: list[DraftRow], period: Period, calendar: Timeline
) -> Carers | None:
    """The carers of a plan and the rows, in the world's order, whose places they are."""
    if draft is None:
        return None
    names = {row.name for row in area.supply if row.kind == IN_HOUSE_FOSTER}
    mine = [number for number, each in enumerate(rows) if each.row.name in names]
    days = len(rows[mine[0]].approved) if mine else calendar.days
    places = np.array([float(rows[number].row.places) for number in mine])
    share = places / places.sum() if places.sum() > 0 else places
    is_open = [open_days(rows[number].row, rows[number].closed, period) for number in mine]
    return Carers(
        mainstream=draft.mainstream,
        kinship=draft.kinship,
        recruitment=draft.recruitment,
        retention=draft.retention,
        month_of_day=np.ascontiguousarray(calendar.month_of_day[:days], dtype=np.int64),
        rows=np.array(mine, dtype=np.int64),
        approved=np.array([rows[number].approved for number in mine]).reshape(len(mine), days),
        places=draft.places_per_household * share[:, None] * np.array(is_open).reshape(-1, days),
        usable_share=np.array([usable_share(rows[number]) for number in mine]).reshape(-1, days),
    )


def with_expected_places(world: World, carers: Carers | None) -> World:
    """A world whose in-house foster places are those of the expected households."""
    if carers is None:
        return world
    usable = world.placements.usable_places.copy()
    put_places(carers, expected_course(carers)[0], usable)
    return world._replace(placements=world.placements._replace(usable_places=usable))
