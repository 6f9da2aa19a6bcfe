"""Adjustments: the factors by which the national fit may change the starting values.

Each is a named log factor with a *looseness*, the standard deviation of the weak prior that holds
it near 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, PLACEMENTS, ROUTES, TIME_BANDS
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]
Place = tuple[int | slice, ...]

SOURCE: Final = (
    "fitted: England's published tables of the year ending 31 March 2022 (DfE), by a run-in over "
    "published starters (MODEL.md); what they leave open keeps its assumed starting value"
)
EVERY: Final = slice(None)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One factor on some places of a table; shares are scaled back to add to 1 afterwards."""

    name: str
    table: str
    places: Place
    looseness: float


def _routes() -> list[Adjustment]:
    """Exit rates: by age where ages are published, else as a whole."""
    by_age = [
        Adjustment(f"{route} {band}", "exits.base_per_day", (ROUTES.index(route), i), 0.5)
        for route in ("home", "sgo")
        for i, band in enumerate(AGE_BANDS)
    ]
    whole = [
        Adjustment(route, "exits.base_per_day", (ROUTES.index(route), EVERY), 0.7)
        for route in ("cao", "adoption", "independence", "other_council")
    ]
    other = ROUTES.index("other")
    return [
        *by_age,
        *whole,
        Adjustment("other under 16", "exits.base_per_day", (other, slice(0, 4)), 0.7),
        Adjustment("other 16 to 17", "exits.base_per_day", (other, 4), 0.7),
    ]


def _times() -> list[Adjustment]:
    """How exits depend on time in care, against the second year."""
    return [
        Adjustment(f"{route} {band}", "exits.time_factor", (ROUTES.index(route), i), 0.4)
        for route in ("home", "sgo", "adoption")
        for i, band in enumerate(TIME_BANDS)
        if band != "1 to 2 years"
    ]


def _moves() -> list[Adjustment]:
    """How often children move, and where to."""
    often = [
        Adjustment("early breakdowns", "moves.breakdown_per_day", (EVERY, EVERY, 0), 0.3),
        Adjustment("later breakdowns", "moves.breakdown_per_day", (EVERY, EVERY, 1), 0.3),
        Adjustment("planned moves", "moves.planned_per_day", (EVERY, EVERY), 0.3),
    ]
    onward = [
        Adjustment(f"to {placement} {cause}", f"moves.{cause}_next_share",
                   (EVERY, EVERY, PLACEMENTS.index(placement)), 0.5)
        for cause in ("breakdown", "planned")
        for placement in ("kinship_foster", "childrens_home", "secure", "supported",
                          "with_parents", "other")
    ]  # fmt: skip
    adoption = [
        Adjustment(f"to adoption {AGE_BANDS[band]}", "moves.planned_next_share",
                   (EVERY, band, PLACEMENTS.index("adoption")), 0.7)
        for band in range(3)
    ]  # fmt: skip
    return [*often, *onward, *adoption]


def _first() -> list[Adjustment]:
    """First placements, and how early in their first year babies come."""
    placed = [
        Adjustment(f"first in {placement}", "placements.first_placement_share",
                   (EVERY, EVERY, PLACEMENTS.index(placement)), 0.2)
        for placement in ("kinship_foster", "childrens_home", "supported", "with_parents", "other")
    ]  # fmt: skip
    return [Adjustment("early entry", "entries.age_position_power", (0, EVERY), 0.5), *placed]


ADJUSTMENTS: Final = (*_routes(), *_times(), *_moves(), *_first())


def adjusted(tables: dict[str, Table], log_factors: FloatArray) -> dict[str, Table]:
    """Tables with every adjustment of the national fit made."""
    return adjusted_by(ADJUSTMENTS, tables, log_factors, SOURCE)


def adjusted_by(
    adjustments: Sequence[Adjustment],
    tables: dict[str, Table],
    log_factors: FloatArray,
    source: str,
) -> dict[str, Table]:
    """Tables with some adjustments made; those that are touched have a new source."""
    values = {name: table.values.copy() for name, table in tables.items()}
    for adjustment, log_factor in zip(adjustments, log_factors, strict=True):
        values[adjustment.table][adjustment.places] *= np.exp(log_factor)
    touched = {adjustment.table for adjustment in adjustments}
    for name in touched:
        if name.endswith("_share"):
            values[name] /= values[name].sum(axis=-1, keepdims=True)
    return {
        name: Table(
            values[name],
            table.unit,
            source if name in touched else table.source,
            table.confirmed,
            table.spread,
        )
        for name, table in tables.items()
    }
