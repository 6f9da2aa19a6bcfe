"""A plan: an area and a scenario resolved into what the engines and the money read."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area, SupplyRow
from lacmodel.carers import Carers
from lacmodel.pathway import World
from lacmodel.timeline import Period

# Children by where they are seen from the start: in care then and still in the placement held then,
# in care then and moved since, or come later, re-entries of the former among them.
COHORTS: Final = ("present", "moved", "later")
COHORTS_A_DAY: Final = len(COHORTS)
PRESENT, MOVED, LATER = range(COHORTS_A_DAY)


class OpeningChildren(NamedTuple):
    """Whole children in care on the night of day -1, the same in every future and scenario."""

    number: NDArray[np.int64]
    birth_day: NDArray[np.int64]
    first_day: NDArray[np.int64]  # of the period of care, negative
    kind: NDArray[np.int64]
    group: NDArray[np.int64]
    level: NDArray[np.int64]
    row: NDArray[np.int64]  # row of supply, -1: none
    own_price: NDArray[np.float64]  # factor on the kind's price in this placement, -1: drawn
    own_income: NDArray[np.int64]  # pennies a week beside the kind's income, in this placement
    expected_day: NDArray[np.int64]  # on which this placement is expected to end, or NEVER
    expected_reason: NDArray[np.int64]  # for leaving care then, -1: drawn
    expected_need: NDArray[np.int64]  # placement type of the move then, -1: the child leaves care


class PastLeavers(NamedTuple):
    """Children who left care before the start and may come back."""

    number: NDArray[np.int64]
    birth_day: NDArray[np.int64]
    left_day: NDArray[np.int64]
    reason: NDArray[np.int64]
    group: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices as levers and uplifts leave them, before a future's own growth of prices.

    A spell's *cohort* is 3 * (how many of ``new_days`` are on or before its start) + its place in
    `COHORTS`. The price of a night is ``gross_per_week / 7``
    times the spell's price factor times ``relative[kind, group, level]``.
    """

    gross_per_week: NDArray[np.float64]  # (month, kind, cohort), pounds
    income_per_week: NDArray[np.float64]  # (month, kind, cohort), pounds
    relative: NDArray[np.float64]  # (kind, group, level), 1 for the kind's own price
    new_days: tuple[int, ...]  # start days of changes that touch new placements only
    basis: tuple[str, ...]  # by kind
    confirmed: tuple[bool, ...]  # by kind: whether anybody has confirmed its price


@dataclass(frozen=True, slots=True)
class FixedCost:
    """Money that does not depend on children, by month, in pounds."""

    line: str
    gross: NDArray[np.float64]  # (month,)
    source: str
    kind: int | None = None  # the kind whose places it is for
    one_off: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Places of an external kind that are paid for whether used or not."""

    name: str
    kind: int
    places: NDArray[np.int64]  # (day,)
    gross: NDArray[np.float64]  # (month,), pounds


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody pays for some of the children, by how many of their group are in care."""

    name: str
    payer: str
    kinds: tuple[int, ...]
    groups: tuple[int, ...]
    youngest: int  # whole years of age, both included
    oldest: int
    first_day: int  # of the run
    end_day: int  # the day after the last
    at_least: tuple[float, ...]  # average children of the groups, as shares of residents, rising
    gbp_per_week: tuple[float, ...]  # from each of them on; below the first nothing is paid


@dataclass(frozen=True, slots=True)
class ServiceCost:
    """What an edge-of-care service costs."""

    name: str
    fixed: NDArray[np.float64]  # (month,), pounds
    per_family: float  # pounds a family engaged


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run needs."""

    title: str
    name: str  # the scenario's file name without its ending: the `scenario` of the tables
    question: str
    area: Area
    period: Period
    world: World  # expected: no drift, no estimate error
    opening: OpeningChildren
    past_leavers: PastLeavers
    supply: tuple[SupplyRow, ...]  # in the order of the world's rows
    prices: Prices
    fixed_costs: tuple[FixedCost, ...]
    services: tuple[ServiceCost, ...]
    resolved: dict[str, Any]  # the scenario as resolved, for the manifest
    notes: tuple[str, ...]  # what the reader should know, such as children above usable places
    carers: Carers | None = None  # fostering households, where the area states its own
    blocks: tuple[Block, ...] = ()
    claims: tuple[Claim, ...] = ()
    high_cost_gbp_per_week: float = 10_000.0  # a placement at or above it is of high cost
