"""Small worlds for tests: every rate stated in the test, nothing else going on."""

from datetime import date
from typing import Any

import numpy as np

from lacmodel.codes import AGE_BANDS, GROUPS, KINDS, PLACEMENTS, ROUTES, TIME_BANDS
from lacmodel.parameters import STAGE_CLASSES, Parameters, expected_world, no_supply
from lacmodel.pathway import World
from lacmodel.plan import OpeningChildren, PastLeavers
from lacmodel.tables import Table, declared
from lacmodel.timeline import Period, Timeline, timeline

START = date(2017, 4, 1)
NOBODY = OpeningChildren(*(np.zeros(0, dtype=np.int64) for _ in OpeningChildren._fields))
NO_PAST = PastLeavers(*(np.zeros(0, dtype=np.int64) for _ in PastLeavers._fields))


def still_parameters(**tables: np.ndarray) -> Parameters:
    """Parameters of a world in which nothing happens, but for the tables given by name."""
    stages: dict[str, Any] = {}
    for stage, kind in STAGE_CLASSES.items():
        made = {}
        for name, (unit, axes) in declared(kind).items():
            shape = tuple(len(axis) for axis in axes)
            values = tables.get(name, DEFAULTS.get(name, np.zeros(shape)))
            values = np.broadcast_to(np.asarray(values, float), shape)
            made[name] = Table(values, unit, "test", True)
        stages[stage] = kind(**made)
    return Parameters(**stages)


def only(axis: tuple[str, ...], name: str) -> np.ndarray:
    """Shares that are all one."""
    return np.eye(len(axis))[axis.index(name)]


DEFAULTS: dict[str, np.ndarray] = {
    "season": np.ones(12),
    "family_size_share": np.eye(4)[0],
    "age_position_power": np.ones((len(AGE_BANDS), len(GROUPS))),
    "first_placement_share": only(PLACEMENTS, "foster"),
    "breakdown_next_share": only(PLACEMENTS, "foster"),
    "planned_next_share": only(PLACEMENTS, "foster"),
    "next_odds": np.ones((len(GROUPS), len(PLACEMENTS))),
    "match_share": np.ones(len(KINDS)),
    "time_factor": np.ones((len(ROUTES), len(TIME_BANDS))),
    "placement_factor": np.ones((len(ROUTES), len(PLACEMENTS))),
    "group_factor": np.ones((len(ROUTES), len(GROUPS))),
    "lead_mean_days": np.array(120.0),
    "lead_most_days": np.array(365.0),
}


def small_world(
    years: int = 2, residents: float = 10_000.0, supply: dict | None = None, **tables: np.ndarray
) -> World:
    """A world with the tables given, ``residents`` in each age band, and unlimited places."""
    calendar = calendar_of(years)
    months = len(calendar.month_start) - 1
    return expected_world(
        still_parameters(**tables),
        calendar,
        np.full((months, len(AGE_BANDS)), residents),
        START.month,
        supply or no_supply(calendar),
    )


def calendar_of(years: int) -> Timeline:
    return timeline(Period(START, years))


def rows_of_supply(calendar: Timeline, *rows: tuple[int, int, dict]) -> dict:
    """Supply rows as (kind, places, overrides of one row's columns)."""
    supply = no_supply(calendar)
    days = supply["usable_places"].shape[1]
    supply["row_kind"] = np.array([kind for kind, _, _ in rows], dtype=np.int64)
    supply["row_ages"] = np.ones((len(rows), 19), dtype=bool)
    supply["row_groups"] = np.ones((len(rows), len(GROUPS)), dtype=bool)
    supply["row_levels"] = np.ones((len(rows), 2), dtype=bool)
    supply["row_closes"] = np.full((len(rows), 4), 2**30, dtype=np.int64)
    supply["usable_places"] = np.array([[places] * days for _, places, _ in rows], dtype=np.int64)
    supply["capped"][supply["row_kind"]] = True
    for index, (_, _, overrides) in enumerate(rows):
        for column, value in overrides.items():
            supply[column][index] = value
    return supply
