"""Counting: one pass over a future's spells, in the order of children, that fills its tally.

A spell adds to every month that it spans. So that the work does not grow with its length, what it
adds is written down at its first and its last month and summed up once at the end.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    ENDED_BREAKDOWN,
    EXTERNAL,
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
from lacmodel.compiling import compiled, inlined
from lacmodel.engines.siblings import OF_SIBLINGS, count_sibling
from lacmodel.pathway import edge_of_care as eoc
from lacmodel.pathway.entries import Families
from lacmodel.pathway.placements import NONE_FREE, NONE_SUITED, PlacementTables, suits
from lacmodel.plan import COHORTS_A_DAY, LATER, MOVED, PRESENT
from lacmodel.timeline import Timeline, age_band_on, age_on, next_band_birthday

IntArray = NDArray[np.int64]
Records = NDArray[np.void]

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
    *OF_SIBLINGS,
    "needed_a_home_alone",  # placements of children who must live without others
    "families_referred",
    "families_engaged",
    "families_turned_away",
    "started",  # as the DfE counts: a child once a year, by its first start
    "ceased",  # a child once a year, by its last leaving
)
ENTRIES: Final = FLOWS.index("entries")
RE_ENTRIES: Final = FLOWS.index("re_entries")
DELAYED_ENTRIES: Final = FLOWS.index("delayed_entries")
WOULD_BE: Final = FLOWS.index("would_be_entries")
PREVENTED: Final = FLOWS.index("prevented")
DELAYED: Final = FLOWS.index("delayed")
EXITS: Final = FLOWS.index(f"exits_{REASONS[0]}")
MOVES: Final = FLOWS.index("breakdowns")
OUTSIDE_NONE_FREE: Final = FLOWS.index("placed_externally_none_free")
OUTSIDE_NONE_SUITED: Final = FLOWS.index("placed_externally_none_suited")
OTHER_TYPE: Final = FLOWS.index("placed_in_another_type_than_needed")
SIBLINGS: Final = FLOWS.index(OF_SIBLINGS[0])
ALONE: Final = FLOWS.index("needed_a_home_alone")
REFERRED: Final = FLOWS.index("families_referred")
ENGAGED: Final = FLOWS.index("families_engaged")
TURNED_AWAY: Final = FLOWS.index("families_turned_away")
STARTED: Final = FLOWS.index("started")
CEASED: Final = FLOWS.index("ceased")
WEIGHT_UNIT: Final = 1_000_000  # a spell's price factor is rounded to millionths
PRICE_UNIT: Final = 10_000  # price-weighted nights are kept in ten-thousandths of a night
NOBODY: Final = -1


class Books(NamedTuple):
    """What is counted of one future; see `lacmodel.engines.tally.Tally`."""

    children: NDArray[np.int32]  # (month + 1, age band, kind)
    staying_on: NDArray[np.int32]  # (month + 1, kind)
    nights: NDArray[np.int32]  # (month, kind, cohort)
    price_nights: IntArray  # (month, kind, cohort)
    adult_nights: NDArray[np.int32]  # (month, kind)
    adult_price_nights: IntArray  # (month, kind)
    flows: NDArray[np.int32]  # (month, flow)
    three_placements: NDArray[np.int32]  # (year,)
    engaged: NDArray[np.int32]  # (month, service)


class Scratch(NamedTuple):
    """Room for counting one future; months beyond the horizon take what need not be kept."""

    children: IntArray  # (month + 2, age band, kind): changes from month to month
    staying_on: IntArray  # (month + 2, kind)
    nights: IntArray  # (month + 1, kind, cohort + 1): adults are the last cohort
    price_nights: IntArray
    whole: (
        IntArray  # (month + 1, kind, cohort + 1): spells that begin or cease to span whole months
    )
    whole_price: IntArray
    year_of_month: IntArray  # (month + 1,): the year to 31 March that a month lies in
    year_start: IntArray  # (year,): the days 1 April
    year_end: IntArray  # (year,): the days 31 March that end them
    placements: IntArray  # (year,): of the child at hand, in the year to each 31 March
    present: IntArray  # (year,): whether the child is in care on it
    seen: IntArray  # of a family, see `lacmodel.engines.siblings`
    new_days: IntArray  # (change,): see `lacmodel.plan.Prices`
    relative: NDArray[np.float64]  # (kind, group, level)


@compiled
def count_spells(
    timeline: Timeline,
    placements: PlacementTables,
    spells: Records,
    by_child: IntArray,
    scratch: Scratch,
    books: Books,
) -> None:
    """Count every spell of a future; ``by_child`` puts them in order by child, then time."""
    child, from_opening = NOBODY, False
    year_started, month_ceased, first_year = NOBODY, NOBODY, NOBODY
    for place in range(by_child.shape[0]):
        spell = spells[by_child[place]]
        why = spell["why_started"]
        start, end = spell["start_day"], last_night(timeline, spell["end_day"])
        first, last = timeline.month_of_day[max(0, start)], timeline.month_of_day[end]
        if spell["child"] != child:
            count_year_ends(first_year, scratch, books)
            count_ceased(month_ceased, books)
            child, from_opening = spell["child"], why == STARTED_OPENING
            year_started, month_ceased = NOBODY, NOBODY
            first_year = scratch.year_of_month[first]
        came_later = not (from_opening and spell["period"] == 0)
        count_stock(timeline, spell, 0 if start < 0 else first + 1, last, scratch)
        count_nights(timeline, spell, came_later, scratch)
        if why > STARTED_OPENING and why != STARTED_STAYING_ON:
            count_beginning(timeline, placements, spell, first, books)
            if why in (STARTED_ENTRY, STARTED_DELAYED):
                count_sibling(spell, scratch.seen, books.flows[first, SIBLINGS:])
        if why != STARTED_STAYING_ON:
            note_placement(end, first, scratch)
        if why in (STARTED_ENTRY, STARTED_RE_ENTRY, STARTED_DELAYED):
            if scratch.year_of_month[first] != year_started:
                books.flows[first, STARTED] += 1
            year_started = scratch.year_of_month[first]
        if spell["end_day"] >= 0:
            count_end(spell["why_ended"], last, books)
            if spell["why_ended"] <= TURNED_18:
                if month_ceased != NOBODY and not same_year(month_ceased, last, scratch):
                    count_ceased(month_ceased, books)
                month_ceased = last
    count_year_ends(first_year, scratch, books)
    count_ceased(month_ceased, books)
    sum_up_stocks(scratch, books)
    sum_up_nights(timeline, scratch, books)


@inlined
def last_night(timeline: Timeline, end_day: int) -> int:
    """The day after a spell's last night within the run."""
    return timeline.days if end_day < 0 else end_day


# Stocks ------------------------------------------------------------------------------------------


@inlined
def count_stock(
    timeline: Timeline, spell: np.void, first: int, last: int, scratch: Scratch
) -> None:
    """Add a spell to the month ends that it spans, the opening being the first of all."""
    kind = KIND_OF[spell["placement"]][spell["provider"]]
    if first > last:
        return
    if spell["why_started"] == STARTED_STAYING_ON:
        scratch.staying_on[first, kind] += 1
        scratch.staying_on[last + 1, kind] -= 1
        return
    band = age_band_on(timeline, spell["birth_day"], timeline.month_start[first] - 1)
    while first <= last:
        until = last + 1
        if band < len(AGE_BANDS) - 1:
            birthday = next_band_birthday(timeline, spell["birth_day"], band)
            if birthday < timeline.month_start[last]:
                until = timeline.month_of_day[birthday] + 1
        scratch.children[first, band, kind] += 1
        scratch.children[until, band, kind] -= 1
        first = until
        band += 1


@inlined
def sum_up_stocks(scratch: Scratch, books: Books) -> None:
    """From changes to stocks."""
    for band in range(books.children.shape[1]):
        for kind in range(books.children.shape[2]):
            stock = 0
            for month in range(books.children.shape[0]):
                stock += scratch.children[month, band, kind]
                books.children[month, band, kind] = stock
    for kind in range(books.staying_on.shape[1]):
        stock = 0
        for month in range(books.staying_on.shape[0]):
            stock += scratch.staying_on[month, kind]
            books.staying_on[month, kind] = stock


# Nights ------------------------------------------------------------------------------------------


@inlined
def cohort_of(spell: np.void, came_later: bool, new_days: IntArray) -> int:
    """The price cohort of a spell, see `lacmodel.plan.Prices`."""
    cohort = MOVED
    if came_later:
        cohort = LATER
    elif spell["why_started"] == STARTED_OPENING:
        cohort = PRESENT
    for change in range(new_days.shape[0]):
        if new_days[change] <= spell["start_day"]:
            cohort += COHORTS_A_DAY
    return cohort


@inlined
def count_nights(timeline: Timeline, spell: np.void, came_later: bool, scratch: Scratch) -> None:
    """Add a spell's nights, and nights times price, to the months that they fall in."""
    start, end = max(0, spell["start_day"]), last_night(timeline, spell["end_day"])
    if end <= start:
        return
    first, last = timeline.month_of_day[start], timeline.month_of_day[end]
    kind = KIND_OF[spell["placement"]][spell["provider"]]
    cohort = cohort_of(spell, came_later, scratch.new_days)
    if spell["why_started"] == STARTED_STAYING_ON:
        cohort = scratch.nights.shape[2] - 1
    relative = scratch.relative[kind, spell["group"], spell["level"]]
    weight = int(np.rint(spell["price_factor"] * relative * WEIGHT_UNIT))
    if first == last:
        add_nights(scratch, first, kind, cohort, end - start, weight)
        return
    add_nights(scratch, first, kind, cohort, timeline.month_start[first + 1] - start, weight)
    add_nights(scratch, last, kind, cohort, end - timeline.month_start[last], weight)
    scratch.whole[first + 1, kind, cohort] += 1
    scratch.whole[last, kind, cohort] -= 1
    scratch.whole_price[first + 1, kind, cohort] += weight
    scratch.whole_price[last, kind, cohort] -= weight


@inlined
def add_nights(
    scratch: Scratch, month: int, kind: int, cohort: int, nights: int, weight: int
) -> None:
    """Add nights of one month."""
    scratch.nights[month, kind, cohort] += nights
    scratch.price_nights[month, kind, cohort] += nights * weight


@inlined
def kept_price(weighted_nights: int) -> int:
    """Price-weighted nights from `WEIGHT_UNIT` to `PRICE_UNIT`, rounded."""
    step = WEIGHT_UNIT // PRICE_UNIT
    return (weighted_nights + step // 2) // step


@inlined
def sum_up_nights(timeline: Timeline, scratch: Scratch, books: Books) -> None:
    """Nights by month: those of whole months, and those at both ends of a spell."""
    adults = scratch.nights.shape[2] - 1
    for kind in range(scratch.nights.shape[1]):
        for cohort in range(adults + 1):
            spells, weights = 0, 0
            for month in range(books.nights.shape[0]):
                days = timeline.month_start[month + 1] - timeline.month_start[month]
                spells += scratch.whole[month, kind, cohort]
                weights += scratch.whole_price[month, kind, cohort]
                nights = scratch.nights[month, kind, cohort] + days * spells
                priced = kept_price(scratch.price_nights[month, kind, cohort] + days * weights)
                if cohort == adults:
                    books.adult_nights[month, kind] = nights
                    books.adult_price_nights[month, kind] = priced
                else:
                    books.nights[month, kind, cohort] = nights
                    books.price_nights[month, kind, cohort] = priced


# Flows -------------------------------------------------------------------------------------------


@inlined
def count_end(why_ended: int, month: int, books: Books) -> None:
    """Count how a spell ended, a leaving or a move."""
    if why_ended <= TURNED_18:
        books.flows[month, EXITS + why_ended] += 1
    elif why_ended < ENDED_BREAKDOWN + 3:
        books.flows[month, MOVES + why_ended - ENDED_BREAKDOWN] += 1


@inlined
def count_beginning(
    timeline: Timeline, placements: PlacementTables, spell: np.void, month: int, books: Books
) -> None:
    """Count how a spell began, and where the child was placed."""
    why = spell["why_started"]
    if why == STARTED_ENTRY:
        books.flows[month, ENTRIES] += 1
    elif why == STARTED_RE_ENTRY:
        books.flows[month, RE_ENTRIES] += 1
    elif why == STARTED_DELAYED:
        books.flows[month, DELAYED_ENTRIES] += 1
    if spell["supply"] == NONE_SUITED:
        books.flows[month, OUTSIDE_NONE_SUITED] += 1
    elif spell["provider"] == EXTERNAL and own_rows_full(timeline, placements, spell):
        books.flows[month, OUTSIDE_NONE_FREE] += 1
    if spell["needed"] != spell["placement"]:
        books.flows[month, OTHER_TYPE] += 1
    books.flows[month, ALONE] += spell["alone"]


@inlined
def own_rows_full(timeline: Timeline, placements: PlacementTables, spell: np.void) -> bool:
    """Whether an open in-house row of the needed type takes such a child, who found none free."""
    kind, day = KIND_OF[spell["needed"]][IN_HOUSE], spell["start_day"]
    if spell["supply"] != NONE_FREE or KINDS[kind][1] != IN_HOUSE:
        return False
    age = age_on(timeline, spell["birth_day"], day)
    for row in range(placements.row_kind.shape[0]):
        if (
            suits(placements, row, kind, age, spell["group"], spell["level"])
            and placements.usable_places[row, day] > 0
        ):
            return True
    return False


@inlined
def same_year(month: int, other: int, scratch: Scratch) -> bool:
    """Whether two months lie in one year to 31 March."""
    return scratch.year_of_month[month] == scratch.year_of_month[other]


@inlined
def count_ceased(month: int, books: Books) -> None:
    """Count a child's last leaving of a year as the DfE does."""
    if month != NOBODY:
        books.flows[month, CEASED] += 1


@inlined
def note_placement(end: int, first: int, scratch: Scratch) -> None:
    """Note in which years to 31 March a placement lies, and whether it holds on that day.

    Parameters
    ----------
    end : the day after the last night
    first : the month of the first night within the run
    """
    for year in range(scratch.year_of_month[first], scratch.year_end.shape[0]):
        if end <= max(0, scratch.year_start[year]):
            return
        scratch.placements[year] += 1
        if end > scratch.year_end[year]:
            scratch.present[year] = 1


@inlined
def count_year_ends(first_year: int, scratch: Scratch, books: Books) -> None:
    """Count a child in care on 31 March with three or more placements in the year to it.

    ``first_year`` is that of the child's first placement within the run.
    """
    if first_year == NOBODY:
        return
    for year in range(first_year, scratch.year_end.shape[0]):
        if scratch.placements[year] >= 3 and scratch.present[year] > 0:
            books.three_placements[year] += 1
        scratch.placements[year], scratch.present[year] = 0, 0


# Families ----------------------------------------------------------------------------------------


@compiled
def count_families(
    timeline: Timeline, families: Families, referrals: Records, books: Books
) -> None:
    """Count would-be entries (a child each) and referrals (a family each)."""
    for i in range(families.number.shape[0]):
        if families.service[i] < 0 and 0 <= families.day[i] < timeline.days:
            month = timeline.month_of_day[families.day[i]]
            books.flows[month, WOULD_BE] += families.size[i]
    for i in range(referrals.shape[0]):
        count_referral(timeline, referrals[i], books)


@inlined
def count_referral(timeline: Timeline, referral: np.void, books: Books) -> None:
    """Count a referral in its month, and the children it keeps out in that of their entry."""
    month, outcome = timeline.month_of_day[referral["day"]], referral["outcome"]
    books.flows[month, REFERRED] += 1
    if outcome <= eoc.WOULD_NOT_HAVE_ENTERED:
        books.flows[month, ENGAGED] += 1
        books.engaged[month, referral["service"]] += 1
    if outcome == eoc.CASELOAD_FULL:
        books.flows[month, TURNED_AWAY] += 1
    would_enter = referral["would_enter_day"]
    if (outcome == eoc.PREVENTED or outcome == eoc.DELAYED) and 0 <= would_enter < timeline.days:
        flow = PREVENTED if outcome == eoc.PREVENTED else DELAYED
        books.flows[timeline.month_of_day[would_enter], flow] += referral["children"]
