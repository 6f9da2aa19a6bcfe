"""What a future keeps: counts by month, in integers, from which every table is made."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    ENDED_BREAKDOWN,
    ENDED_CLOSURE,
    ENDED_PLANNED,
    EXTERNAL,
    GROUPS,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    REASONS,
    STARTED_DELAYED,
    STARTED_ENTRY,
    STARTED_OPENING,
    STARTED_RE_ENTRY,
    STARTED_STAYING_ON,
    TURNED_18,
)
from lacmodel.compiling import compiled
from lacmodel.engines.records import History
from lacmodel.pathway import World
from lacmodel.pathway import edge_of_care as eoc
from lacmodel.pathway.placements import NONE_FREE, NONE_SUITED, PlacementTables, suits
from lacmodel.plan import Plan
from lacmodel.timeline import Timeline, age_band_on, age_on

FLOWS: Final = (
    "entries",
    "re_entries",
    "delayed_entries",
    "would_be_entries",
    "prevented",
    "delayed",
    *(f"exits_{reason}" for reason in REASONS),
    "breakdowns",
    "planned_moves",
    "closure_moves",
    "placed_externally_none_free",  # no free place of the council's own took such a child
    "placed_externally_none_suited",  # one was free and did not suit
    "placed_in_another_type_than_needed",
    "families_referred",
    "families_engaged",
    "families_turned_away",
    "started",  # as the DfE counts: a child once a year, by its first start
    "ceased",  # a child once a year, by its last leaving
)
PRICE_UNIT: Final = 1_000_000  # price-weighted nights are kept in millionths of a night


@dataclass(frozen=True, slots=True)
class Tally:
    """One future in integers. Months run from the start; index 0 of stocks is the opening."""

    children: NDArray[np.int32]  # (month + 1, age band, kind, group): in care on the night
    staying_on: NDArray[np.int32]  # (month + 1, kind): adults who keep a place
    nights: NDArray[np.int32]  # (month, kind, cohort)
    price_nights: NDArray[np.int64]  # (month, kind, cohort), millionths, price and relative in
    adult_nights: NDArray[np.int32]  # (month, kind)
    adult_price_nights: NDArray[np.int64]  # (month, kind)
    flows: NDArray[np.int32]  # (month, flow)
    three_placements: NDArray[np.int32]  # (year,): in care on 31 March with 3 or more in the year
    engaged: NDArray[np.int32]  # (month, service): families who began support


def tally(plan: Plan, world: World, history: History) -> Tally:
    """Count one future by month."""
    timeline, spells = world.timeline, history.spells
    starts, ends = spells["start_day"].astype(np.int64), spells["end_day"].astype(np.int64)
    ends = np.where(ends < 0, timeline.days, ends)
    kinds = np.array(KIND_OF)[spells["placement"], spells["provider"]]
    adult = spells["why_started"] == STARTED_STAYING_ON
    cohorts = _cohorts(spells, plan.prices.new_days)
    weights = spells["price_factor"] * plan.prices.relative[kinds, spells["group"], spells["level"]]
    weights = np.rint(weights * PRICE_UNIT).astype(np.int64)
    return Tally(
        *_stocks(timeline, spells, starts, ends, kinds, adult),
        *_night_counts(plan, timeline, starts, ends, kinds, cohorts, weights, adult),
        flows=_flows(plan, world, history, kinds),
        three_placements=_three_placements(plan, spells, starts, ends),
        engaged=_engaged(plan, timeline, history),
    )


def _cohorts(spells: NDArray[np.void], new_days: tuple[int, ...]) -> NDArray[np.int64]:
    """The price cohort of every spell, see `lacmodel.plan.Prices`."""
    came_later = _came_later(spells)
    later_starts = np.searchsorted(np.array(new_days, dtype=np.int64), spells["start_day"], "right")
    return 2 * later_starts + came_later


def _came_later(spells: NDArray[np.void]) -> NDArray[np.bool_]:
    """Whether a spell's child was not in care at the start (or left and came back)."""
    opening = spells["child"][spells["why_started"] == STARTED_OPENING]
    return ~(np.isin(spells["child"], opening) & (spells["period"] == 0))


def _stocks(
    timeline: Timeline,
    spells: NDArray[np.void],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    kinds: NDArray[np.int64],
    adult: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Children in care, and adults staying on, on the opening night and each month's last."""
    months = int(np.searchsorted(timeline.month_start, timeline.days))
    children = np.zeros((months + 1, len(AGE_BANDS), len(KINDS), len(GROUPS)), dtype=np.int32)
    adults = np.zeros((months + 1, len(KINDS)), dtype=np.int32)
    nights = timeline.month_start[: months + 1] - 1
    _count_stocks(
        timeline, nights, starts, ends, kinds, spells["group"].astype(np.int64),
        spells["birth_day"].astype(np.int64), adult, children, adults,
    )  # fmt: skip
    return children, adults


@compiled
def _count_stocks(
    timeline: Timeline,
    nights: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    kinds: NDArray[np.int64],
    groups: NDArray[np.int64],
    birth_days: NDArray[np.int64],
    adult: NDArray[np.bool_],
    children: NDArray[np.int32],
    adults: NDArray[np.int32],
) -> None:
    """Add every spell to the stocks of the nights that it spans."""
    for i in range(starts.shape[0]):
        for month in range(nights.shape[0]):
            if starts[i] <= nights[month] < ends[i]:
                if adult[i]:
                    adults[month, kinds[i]] += 1
                else:
                    band = age_band_on(timeline, birth_days[i], nights[month])
                    children[month, band, kinds[i], groups[i]] += 1


def _night_counts(
    plan: Plan,
    timeline: Timeline,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    kinds: NDArray[np.int64],
    cohorts: NDArray[np.int64],
    weights: NDArray[np.int64],
    adult: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Nights and price-weighted nights of children by cohort, and of adults."""
    months = plan.period.months
    cohort_count = plan.prices.gross_per_week.shape[2]
    nights = np.zeros((months, len(KINDS), cohort_count), dtype=np.int64)
    priced = np.zeros_like(nights)
    adult_nights = np.zeros((months, len(KINDS), 1), dtype=np.int64)
    adult_priced = np.zeros_like(adult_nights)
    child = ~adult
    _count_nights(
        timeline.month_start, months, starts[child], ends[child], kinds[child], cohorts[child],
        weights[child], nights, priced,
    )  # fmt: skip
    _count_nights(
        timeline.month_start, months, starts[adult], ends[adult], kinds[adult],
        np.zeros_like(kinds[adult]), weights[adult], adult_nights, adult_priced,
    )  # fmt: skip
    return (
        nights.astype(np.int32),
        priced,
        adult_nights[:, :, 0].astype(np.int32),
        adult_priced[:, :, 0],
    )


@compiled
def _count_nights(
    month_start: NDArray[np.int64],
    months: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    kinds: NDArray[np.int64],
    cohorts: NDArray[np.int64],
    weights: NDArray[np.int64],
    nights: NDArray[np.int64],
    priced: NDArray[np.int64],
) -> None:
    """Add every spell's nights, and nights times weight, to the months they fall in."""
    for i in range(starts.shape[0]):
        for month in range(months):
            first = max(starts[i], month_start[month])
            last = min(ends[i], month_start[month + 1])
            if last > first:
                nights[month, kinds[i], cohorts[i]] += last - first
                priced[month, kinds[i], cohorts[i]] += (last - first) * weights[i]


def _by_month(timeline: Timeline, months: int, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of some days fall in each month of the run."""
    days = days[(days >= 0) & (days < timeline.days)]
    return np.bincount(timeline.month_of_day[days], minlength=months)


def _flows(
    plan: Plan, world: World, history: History, kinds: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Every flow by month, in the order of `FLOWS`."""
    timeline, months = world.timeline, plan.period.months
    days = _flow_days(plan, world, history, kinds)
    columns = [_by_month(timeline, months, days[flow]) for flow in FLOWS]
    return np.stack(columns, axis=1).astype(np.int32)


def _flow_days(
    plan: Plan, world: World, history: History, kinds: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    """The day of every event of each flow."""
    spells = history.spells
    starts, ends = spells["start_day"].astype(np.int64), spells["end_day"].astype(np.int64)
    why, ended = spells["why_started"], spells["why_ended"]
    in_care = why != STARTED_STAYING_ON
    placed = in_care & (why != STARTED_OPENING)
    days = {
        "entries": starts[why == STARTED_ENTRY],
        "re_entries": starts[why == STARTED_RE_ENTRY],
        "delayed_entries": starts[why == STARTED_DELAYED],
        "breakdowns": ends[ended == ENDED_BREAKDOWN],
        "planned_moves": ends[ended == ENDED_PLANNED],
        "closure_moves": ends[ended == ENDED_CLOSURE],
        "placed_externally_none_free": starts[placed & _none_free(world, spells, kinds)],
        "placed_externally_none_suited": starts[placed & (spells["supply"] == NONE_SUITED)],
        "placed_in_another_type_than_needed": starts[
            placed & (spells["needed"] != spells["placement"])
        ],
    }
    for reason, name in enumerate(REASONS):
        days[f"exits_{name}"] = ends[ended == reason]
    days["started"], days["ceased"] = _dfe_days(plan, spells, starts, ends)
    return days | _family_days(history)


def _family_days(history: History) -> dict[str, NDArray[np.int64]]:
    """The day of would-be entries (a child each), and of referrals (a family each)."""
    families, referrals = history.families, history.referrals
    would_be = families.service < 0
    day = referrals["day"].astype(np.int64)
    would_enter = referrals["would_enter_day"].astype(np.int64)
    outcome = referrals["outcome"]
    days = {
        "would_be_entries": np.repeat(families.day[would_be], families.size[would_be]),
        "families_referred": day,
        "families_engaged": day[outcome <= eoc.WOULD_NOT_HAVE_ENTERED],
        "families_turned_away": day[outcome == eoc.CASELOAD_FULL],
    }
    for name, code in (("prevented", eoc.PREVENTED), ("delayed", eoc.DELAYED)):
        chosen = outcome == code
        days[name] = np.repeat(would_enter[chosen], referrals["children"][chosen])
    return days


def _none_free(
    world: World, spells: NDArray[np.void], kinds: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether a spell is external and the in-house rows that take such a child were full."""
    wanted = np.zeros(len(spells), dtype=np.bool_)
    outside = (spells["provider"] == EXTERNAL) & (spells["start_day"] >= 0)
    candidates = np.flatnonzero(outside & (spells["supply"] == NONE_FREE))
    _mark_wanted(
        world.timeline, world.placements, candidates, spells["needed"].astype(np.int64),
        spells["birth_day"].astype(np.int64), spells["start_day"].astype(np.int64),
        spells["group"].astype(np.int64), spells["level"].astype(np.int64), wanted,
    )  # fmt: skip
    return wanted


@compiled
def _mark_wanted(
    timeline: Timeline,
    placements: PlacementTables,
    candidates: NDArray[np.int64],
    needed: NDArray[np.int64],
    birth_days: NDArray[np.int64],
    starts: NDArray[np.int64],
    groups: NDArray[np.int64],
    levels: NDArray[np.int64],
    wanted: NDArray[np.bool_],
) -> None:
    """Mark the spells for which an in-house row of the needed type was open and suitable."""
    for i in candidates:
        kind = KIND_OF[needed[i]][IN_HOUSE]
        if KINDS[kind][1] != IN_HOUSE:
            continue
        age = age_on(timeline, birth_days[i], starts[i])
        for row in range(placements.row_kind.shape[0]):
            if placements.usable_places[row, starts[i]] > 0 and suits(
                placements, row, kind, age, groups[i], levels[i]
            ):
                wanted[i] = True


def _dfe_days(
    plan: Plan, spells: NDArray[np.void], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Days of starting and ceasing as the DfE counts them: a child once in a year.

    Starting counts by the first start of the year to 31 March, ceasing by the last.
    """
    why, ended = spells["why_started"], spells["why_ended"]
    began = (why == STARTED_ENTRY) | (why == STARTED_RE_ENTRY) | (why == STARTED_DELAYED)
    left = (ended >= 0) & (ended <= TURNED_18)
    first = _once_a_year(plan, spells["child"][began], starts[began], keep_last=False)
    last = _once_a_year(plan, spells["child"][left], ends[left], keep_last=True)
    return first, last


def _once_a_year(
    plan: Plan, children: NDArray[np.int64], days: NDArray[np.int64], keep_last: bool
) -> NDArray[np.int64]:
    """Of each child's days in one year to 31 March, the first or the last."""
    years = np.searchsorted(year_ends(plan), days, "left")
    order = np.lexsort((days, years, children))
    children, years, days = children[order], years[order], days[order]
    same = (children[1:] == children[:-1]) & (years[1:] == years[:-1])
    keep = np.ones(len(days), dtype=np.bool_)
    if keep_last:
        keep[:-1] &= ~same
    else:
        keep[1:] &= ~same
    return days[keep]


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


def _three_placements(
    plan: Plan, spells: NDArray[np.void], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Children in care on each 31 March with three or more placements in the year to it.

    A child's placements are those of every period of care that touch the year.
    """
    in_care = spells["why_started"] != STARTED_STAYING_ON
    children, starts, ends = spells["child"][in_care], starts[in_care], ends[in_care]
    counts = []
    for last in year_ends(plan):
        first = plan.period.day(april_before(plan.period.date_of(last)))
        _, places = np.unique(children, return_inverse=True)
        touched = np.bincount(places[(starts <= last) & (ends > first)], minlength=places.max() + 1)
        present = np.bincount(places[(starts <= last) & (ends > last)], minlength=places.max() + 1)
        counts.append(int(((touched >= 3) & (present > 0)).sum()))
    return np.array(counts, dtype=np.int32)


def _engaged(plan: Plan, timeline: Timeline, history: History) -> NDArray[np.int32]:
    """Families who began support, by month and service."""
    referrals, months = history.referrals, plan.period.months
    began = referrals["outcome"] <= eoc.WOULD_NOT_HAVE_ENTERED
    columns = [
        _by_month(timeline, months, referrals["day"][began & (referrals["service"] == s)])
        for s in range(len(plan.services))
    ]
    empty = np.zeros((months, 0), dtype=np.int32)
    return np.stack(columns, axis=1).astype(np.int32) if columns else empty
