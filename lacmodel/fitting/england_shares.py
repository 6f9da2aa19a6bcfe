"""What England's figures say of a council that has not said it: providers, own places, prices.

Nothing here is known of the council; every record says so and is not confirmed.
"""

import csv
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import SupplyRow, UnitCost
from lacmodel.area.files import ages, read_sheet
from lacmodel.area.sheets import UNIT_COSTS
from lacmodel.codes import EXTERNAL, GROUPS, IN_HOUSE, KIND_OF, KINDS, LEVELS, PLACEMENTS
from lacmodel.faults import Fault
from lacmodel.parameters import kind_named, national_folder

FloatArray = NDArray[np.float64]

ENGLANDS: Final = "England's share (assumed for the council; put its own figure here)"
SHORTAGE_ORDER: Final = {
    "foster": ("childrens_home", "unregistered"),
    "childrens_home": ("foster", "unregistered"),
    "secure": ("childrens_home", "unregistered"),
    "supported": ("childrens_home", "unregistered"),
}


class OwnPlaces(NamedTuple):
    """How much of a placement type councils provide themselves, over England."""

    placement: int
    name: str
    own_share: float  # of the children of the type
    filled_share: float  # of the places
    usable_share: float
    youngest: int
    oldest: int
    source: str

    @property
    def kind(self) -> int:
        """The council's own kind of the placement type."""
        return KIND_OF[self.placement][IN_HOUSE]


def _national_rows(name: str) -> list[dict[str, str]]:
    with (national_folder() / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def own_places() -> tuple[OwnPlaces, ...]:
    """What councils provide themselves, over England."""
    return tuple(map(_own_places, _national_rows("own_places.csv")))


def _own_places(row: dict[str, str]) -> OwnPlaces:
    youngest, oldest = ages(row["ages"])
    return OwnPlaces(
        placement=PLACEMENTS.index(row["placement"]),
        name=row["name"],
        own_share=float(row["own_share"]),
        filled_share=float(row["filled_share"]),
        usable_share=float(row["usable_share"]),
        youngest=youngest,
        oldest=oldest,
        source=row["source"],
    )


@cache
def unit_costs() -> tuple[UnitCost, ...]:
    """What a week of each kind costs, in prices of 2024/25."""
    faults: list[Fault] = []
    rows = read_sheet((national_folder() / "unit_costs.csv",), UNIT_COSTS, faults)
    return tuple(UnitCost(**row) for row in rows)


def uplifts() -> tuple[dict[int, float], dict[int, str]]:
    """Yearly growth of prices by kind, and its sources."""
    rows = {
        kind_named(row["placement"], row["provider"]): row for row in _national_rows("uplifts.csv")
    }
    return (
        {kind: float(row["share_a_year"]) for kind, row in rows.items()},
        {kind: row["source"] for kind, row in rows.items()},
    )


def shortage_order() -> dict[int, tuple[int, ...]]:
    """Where a child goes when no place of a type is free, by placement type."""
    return {
        PLACEMENTS.index(needed): tuple(map(PLACEMENTS.index, order))
        for needed, order in SHORTAGE_ORDER.items()
    }


def by_kind_of(by_type: NDArray[np.int64]) -> FloatArray:
    """Children by kind: own and bought in England's shares, to whole children."""
    by_kind = np.zeros(len(KINDS))
    own = {row.placement: row.own_share for row in own_places()}
    for placement, children in enumerate(by_type):
        if placement in own:
            mine = round(own[placement] * int(children))
            by_kind[KIND_OF[placement][IN_HOUSE]] = mine
            by_kind[KIND_OF[placement][EXTERNAL]] = children - mine
        else:
            by_kind[max(KIND_OF[placement])] = children
    return by_kind


def supply_for(by_kind: FloatArray) -> Iterator[SupplyRow]:
    """Own places that hold the council's children as England's do; none where nobody is."""
    for row in own_places():
        children = float(by_kind[row.kind])
        if children:
            yield SupplyRow(
                name=f"{row.name} (England's share)",
                kind=row.kind,
                youngest=row.youngest,
                oldest=row.oldest,
                groups=tuple(range(len(GROUPS))),
                levels=tuple(range(len(LEVELS))),
                opens=None,
                closes=None,
                places=max(1, round(children / row.filled_share)),
                usable_share=row.usable_share,
                fixed_cost_gbp_per_year=0.0,
                source=f"{ENGLANDS}. {row.source}",
                confirmed=False,
            )
