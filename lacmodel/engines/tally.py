"""What a future keeps: counts by month, in integers, from which every table is made."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from lacmodel.codes import AGE_BANDS, KINDS
from lacmodel.engines.counting import (
    FLOWS,
    NOBODY,
    PRICE_UNIT,
    Books,
    Scratch,
    count_families,
    count_spells,
)
from lacmodel.engines.packed import Tables
from lacmodel.engines.records import History
from lacmodel.engines.siblings import SEEN
from lacmodel.plan import Plan

__all__ = [
    "FLOWS",
    "NARROW",
    "PRICE_UNIT",
    "WIDER",
    "Tally",
    "count",
    "empty_tally",
    "first_type",
    "scratch_of",
    "year_ends",
]

# In how many bytes whole numbers of all futures are kept where they fit; else as they were counted.
NARROW: Final[dict[str, DTypeLike]] = {"int32": np.int16, "int64": np.int32}
WIDER: Final[dict[str, DTypeLike]] = {"uint8": np.int16, "int16": np.int32, "int32": np.int64}
OF_ONE_BYTE: Final = ("children", "staying_on", "flows", "three_placements", "engaged")


@dataclass(frozen=True, slots=True)
class Tally:
    """Futures in integers, futures first.

    Months run from the start; index 0 of stocks is the opening.
    """

    children: NDArray[np.int32]  # (future, month + 1, age band, kind): in care on the night
    staying_on: NDArray[np.int32]  # (future, month + 1, kind): adults who keep a place
    nights: NDArray[np.int32]  # (future, month, kind, cohort)
    price_nights: NDArray[np.int64]  # (future, month, kind, cohort), price in, in PRICE_UNIT
    adult_nights: NDArray[np.int32]  # (future, month, kind)
    adult_price_nights: NDArray[np.int64]  # (future, month, kind)
    flows: NDArray[np.int32]  # (future, month, flow)
    three_placements: NDArray[np.int32]  # (future, year): in care on 31 March with 3 or more
    engaged: NDArray[np.int32]  # (future, month, service): families who began support


def empty_tally(plan: Plan, futures: int) -> Tally:
    """Counts of nothing, for some futures."""
    months, kinds = plan.period.months, len(KINDS)
    cohorts = plan.prices.gross_per_week.shape[2]
    shapes = {
        "children": (months + 1, len(AGE_BANDS), kinds),
        "staying_on": (months + 1, kinds),
        "nights": (months, kinds, cohorts),
        "price_nights": (months, kinds, cohorts),
        "adult_nights": (months, kinds),
        "adult_price_nights": (months, kinds),
        "flows": (months, len(FLOWS)),
        "three_placements": (len(year_ends(plan)),),
        "engaged": (months, len(plan.services)),
    }
    return Tally(
        **{
            name: np.zeros((futures, *shape), np.int64 if "price" in name else np.int32)
            for name, shape in shapes.items()
        }
    )


def first_type(name: str) -> DTypeLike:
    """The type in which counts of all futures are kept until one does not fit."""
    if name in OF_ONE_BYTE:
        return np.uint8
    return np.int32 if "price" in name else np.int16


def scratch_of(plan: Plan) -> Scratch:
    """Room for counting futures of a plan, one after the other."""
    months, kinds = plan.period.months, len(KINDS)
    spans = (months + 1, kinds, plan.prices.gross_per_week.shape[2] + 1)
    ends = year_ends(plan)
    starts = [plan.period.day(first) for first in plan.period.month_starts(months + 1)]
    return Scratch(
        children=np.zeros((months + 2, len(AGE_BANDS), kinds), dtype=np.int64),
        staying_on=np.zeros((months + 2, kinds), dtype=np.int64),
        nights=np.zeros(spans, dtype=np.int64),
        price_nights=np.zeros(spans, dtype=np.int64),
        whole=np.zeros(spans, dtype=np.int64),
        whole_price=np.zeros(spans, dtype=np.int64),
        year_of_month=np.searchsorted(ends, starts),
        year_start=np.array([_day_of_april(plan, last) for last in ends], dtype=np.int64),
        year_end=ends,
        placements=np.zeros(len(ends), dtype=np.int64),
        present=np.zeros(len(ends), dtype=np.int64),
        seen=np.zeros(SEEN, dtype=np.int64),
        new_days=np.array(plan.prices.new_days, dtype=np.int64),
        relative=plan.prices.relative,
    )


def count(tables: Tables, history: History, tally: Tally, place: int, scratch: Scratch) -> Books:
    """Count one future into its place of a tally that is still empty there."""
    for changes in scratch[:6]:
        changes.fill(0)
    scratch.seen.fill(NOBODY)
    books = Books(*(getattr(tally, field.name)[place] for field in fields(Tally)))
    count_spells(
        tables.timeline, tables.placements, history.spells, history.by_child, scratch, books
    )
    count_families(tables.timeline, history.families, history.referrals, books)
    return books


def year_ends(plan: Plan) -> NDArray[np.int64]:
    """The days 31 March within the run."""
    firsts = plan.period.month_starts(plan.period.months + 1)
    return np.array([plan.period.day(d) - 1 for d in firsts[1:] if d.month == 4], dtype=np.int64)


def april_before(when: date) -> date:
    """The 1 April on which the year to a 31 March began.

    >>> april_before(date(2020, 3, 31))
    datetime.date(2019, 4, 1)
    """
    return date(when.year - 1, 4, 1)


def _day_of_april(plan: Plan, last: int) -> int:
    return plan.period.day(april_before(plan.period.date_of(last)))
