"""Distances: how many children are placed out of area and over 20 miles from home.

A run does not know where a home stands. Published shares of England by kind stand for the council's
own, which its return would give.
"""

import csv
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import Forecast
from lacmodel.codes import KINDS, PLACEMENTS, PROVIDERS
from lacmodel.parameters import national_folder

NOTE: Final = (
    "Where children live is England's shares by kind of placement, not the council's own record; "
    "most of these shares are derived or assumed (data/national/distances.csv)."
)


class Distance(NamedTuple):
    """Shares of the children in a kind of placement."""

    out_of_area: float
    over_20_miles: float
    source: str
    confirmed: bool


@cache
def distances() -> tuple[Distance, ...]:
    """England's shares by kind."""
    path = national_folder() / "distances.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = {_kind(row): row for row in csv.DictReader(file)}
    return tuple(
        Distance(
            float(rows[kind]["out_of_area_share"]),
            float(rows[kind]["over_20_miles_share"]),
            rows[kind]["source"],
            rows[kind]["confirmed"] == "yes",
        )
        for kind in range(len(KINDS))
    )


def _kind(row: dict[str, str]) -> int:
    return KINDS.index((PLACEMENTS.index(row["placement"]), PROVIDERS.index(row["provider"])))


def children_away(result: Forecast, months: slice) -> NDArray[np.float64]:
    """Children on an average day of some months by where they live: shape (future, kind, place).

    The places are in area, out of area, and (of the last) over 20 miles from home.
    """
    starts = result.plan.period.month_starts(months.stop + 1)
    days = (starts[months.stop] - starts[months.start]).days
    children = result.money.nights[:, months, : len(KINDS)].sum(axis=1) / days
    shares = np.array([(1 - d.out_of_area, d.out_of_area, d.over_20_miles) for d in distances()])
    return np.asarray(children[:, :, None] * shares, dtype=np.float64)
