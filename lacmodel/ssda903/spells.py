"""Spells from returns: which child was where, from which day to which, and why that changed.

The rules are stated in MODEL.md, "From a return to spells". Every row of Episodes is used, merged
into another or left out; what is mended or left out is listed.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.codes import (
    DISABILITY,
    GENERAL,
    OPEN,
    STARTED_ENTRY,
    STARTED_RE_ENTRY,
    TURNED_18,
    UASC,
    WHY_ENDED,
    WHY_STARTED,
)
from lacmodel.ssda903.chains import chained, codes_are
from lacmodel.ssda903.days import NO_DAY, birthday_days, year_ends
from lacmodel.ssda903.moves import kinds_of, moved, temporary_folded
from lacmodel.ssda903.problems import Problems
from lacmodel.ssda903.read import Returns
from lacmodel.ssda903.records import OPEN_DAY, ReturnSpells
from lacmodel.ssda903.schema import (
    DISABILITY_NEED,
    SHORT_BREAKS,
    STAYED_WITH_CARERS,
    ProviderMapping,
    exit_reason,
    move_cause,
    year_end,
    year_start,
)

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

LEFT_OUT: Final = 0
MERGED: Final = 1
USED: Final = 2


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every child and every row of Episodes."""

    children: int  # in any of the tables
    children_kept: int
    children_left_out: int
    rows: int
    rows_used: int  # each begins a spell
    rows_merged: int  # repeats of other years, and what only continues a spell
    rows_left_out: int


@dataclass(frozen=True, slots=True)
class Spelled:
    """Spells, what was mended or left out to get them, and the account."""

    spells: ReturnSpells
    account: Account
    problems: Problems = field(repr=False)
    fate: IntArray = field(repr=False)  # of each row of Episodes: LEFT_OUT, MERGED or USED
    kept: IntArray = field(repr=False)  # the returns' number of each child of the spells


def make_spells(
    returns: Returns, mapping: ProviderMapping = (), last_day: int | None = None
) -> Spelled:
    """Spells of every child, by the rules of MODEL.md.

    Parameters
    ----------
    mapping : which codes of PLACE_PROVIDER are in-house, and from when
    last_day : the last day that the returns cover, if it is not the last year's 31 March
    """
    problems = Problems()
    last = year_end(returns.years[-1]) if last_day is None else last_day
    fate = np.full(len(returns.episodes), LEFT_OUT, dtype=np.int8)
    rows = _latest(_usable(returns, last, problems), fate, problems)
    rows = chained(rows, returns, last, problems)
    rows = _without_short_breaks(rows, problems)
    rows = _within_childhood(rows, problems)
    rows = kinds_of(temporary_folded(rows), mapping, last)
    begins = moved(rows, problems)
    fate[rows.index.to_numpy()] = np.where(begins, USED, MERGED)
    spells, kept = _records(
        rows, begins, _unaccompanied(returns), year_start(returns.years[0]), last
    )
    _list_left_out(returns, kept, problems)
    children = len(_listed(returns))
    counts = np.bincount(fate, minlength=3)
    account = Account(
        children, len(kept), children - len(kept),
        len(fate), int(counts[USED]), int(counts[MERGED]), int(counts[LEFT_OUT]),
    )  # fmt: skip
    return Spelled(spells, account, problems, fate, kept)


def births(returns: Returns) -> IntArray:
    """Day of birth of each child by number, by the latest Header, then UASC; NO_DAY if unknown."""
    found = np.full(len(returns.identifiers) + 1, NO_DAY, dtype=np.int64)
    for table in (returns.uasc, returns.header):
        known = table[(table["DOB"] != NO_DAY) & (table["CHILD"] >= 0)]
        known = known.sort_values("year", kind="stable")
        found[known["CHILD"].to_numpy()] = known["DOB"].to_numpy()
    return found[:-1]


def _usable(returns: Returns, last: int, problems: Problems) -> pd.DataFrame:
    """Rows with a child, a date of birth and a start on a day of childhood that is covered."""
    every = returns.episodes
    rows = every[every["whole"] & (every["CHILD"] >= 0) & (every["DECOM"] != NO_DAY)]
    birth = births(returns)[rows["CHILD"].to_numpy()]
    listed = np.union1d(returns.header["CHILD"], returns.uasc["CHILD"])
    in_header = np.isin(rows["CHILD"].to_numpy(), listed)
    start, unknown = rows["DECOM"].to_numpy(), birth == NO_DAY
    late = start > np.minimum(year_ends(rows["year"].to_numpy()), last)
    adult_from = birthday_days(np.where(unknown, 0, birth), 18)
    for rule, column, bad in (
        ("INT03", "CHILD", unknown & ~in_header),
        ("102", "DOB", unknown & in_header),
        ("301", "DOB", ~unknown & (birth > last)),
        ("352", "DECOM", ~unknown & (start >= adult_from)),
        ("354", "DECOM", ~unknown & (birth <= last) & late),
    ):
        problems.add(rule, column, rows, bad, done="left out")
    fine = ~unknown & (birth <= last) & (start < adult_from) & ~late
    return rows.assign(birth=birth, adult_from=adult_from)[fine]


def _latest(rows: pd.DataFrame, fate: IntArray, problems: Problems) -> pd.DataFrame:
    """One row for every CHILD and DECOM: the latest file's, and in it the one that ends last."""
    end = rows["DEC"].to_numpy().astype(np.int64)
    end = np.where(end == NO_DAY, OPEN_DAY, end)
    order = np.lexsort((end, rows["year"], rows["DECOM"], rows["CHILD"]))
    rows = rows.iloc[order].assign(end=end[order])
    rows = _without_nights_left_out(rows, problems)
    child, start, year = (rows[name].to_numpy() for name in ("CHILD", "DECOM", "year"))
    last = np.append((child[1:] != child[:-1]) | (start[1:] != start[:-1]), True)[: len(rows)]
    kept = np.flatnonzero(last)[np.cumsum(np.append(0, last))[: len(rows)]]
    twice = ~last & (year == year[kept])
    problems.add("repeated-row", "DECOM", rows, twice, done="merged; the one that ends last counts")
    fate[rows.index.to_numpy()[~last]] = MERGED
    return rows[last]


def _without_nights_left_out(rows: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Leave out episodes that end on the day they begin; a start or exit passes to the neighbour.

    Rows are in the order of child, start, year and end.
    """
    empty = (rows["end"] == rows["DECOM"]).to_numpy()
    if not empty.any():
        return rows
    problems.add("355", "DEC", rows, empty, done="left out: it has no night")
    rne, rec = rows["RNE"].to_numpy(dtype=object), rows["REC"].to_numpy(dtype=object)
    child, start, end = (rows[name].to_numpy() for name in ("CHILD", "DECOM", "end"))
    for place in np.flatnonzero(empty):
        after, before = place + 1, place - 1
        if after < len(rows) and (child[after], start[after]) == (child[place], start[place]):
            rne[after] = "S" if rne[place] == "S" else rne[after]
        elif before >= 0 and (child[before], end[before]) == (child[place], start[place]):
            rec[before] = rec[place]
    changed = {"RNE": pd.Categorical(rne), "REC": pd.Categorical(rec)}
    return rows.assign(**changed)[~empty]


def _without_short_breaks(rows: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Leave out V3 and V4 at the beginning of a period of care, and periods of nothing else.

    Within a period V3 and V4 are kept: who is in care does not turn into a child on short breaks.
    """
    short = codes_are(rows["LS"], *SHORT_BREAKS)
    counted = np.cumsum(~short)
    first = _first_of_period(rows)
    before: IntArray = np.repeat(
        counted[first] - ~short[first], np.diff(np.append(first, len(rows)))
    )
    leading = counted == before
    problems.add("short-breaks", "LS", rows, leading, done="left out: a short break")
    problems.add("short-breaks-within", "LS", rows, short & ~leading, done="kept as care")
    seen = rows["start_seen"].to_numpy()[first]
    cut = leading[first]
    rows = rows.assign(start_seen=np.repeat(seen | cut, np.diff(np.append(first, len(rows)))))
    return rows[~leading]


def _first_of_period(rows: pd.DataFrame) -> IntArray:
    """Places of the first row of each period."""
    period = rows["period"].to_numpy()
    return np.flatnonzero(np.append(True, period[1:] != period[:-1])[: len(rows)])


def _within_childhood(rows: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Care from birth to the 18th birthday."""
    birth, adult_from = rows["birth"].to_numpy(), rows["adult_from"].to_numpy()
    start, end = rows["DECOM"].to_numpy(), rows["end"].to_numpy()
    never = end <= birth
    early = ~never & (start < birth)
    late = (end > adult_from) & (adult_from <= rows["last"].to_numpy())
    problems.add("302", "DECOM", rows, never, done="left out: it ends before birth")
    problems.add("302", "DECOM", rows, early, done="begins on the day of birth")
    problems.add("359", "DEC", rows, late, done="ends on the 18th birthday")
    clipped = rows.assign(
        DECOM=np.maximum(start, birth),
        end=np.where(late, adult_from, end),
        unknown_end=rows["unknown_end"].to_numpy() & ~late,
    )
    return clipped[~never]


def _unaccompanied(returns: Returns) -> BoolArray:
    """Which children, by number, are in a UASC table or have a UASC_STATUS of 1."""
    found = np.zeros(len(returns.identifiers) + 1, dtype=np.bool_)
    found[returns.uasc["CHILD"].to_numpy()] = True
    status = codes_are(returns.header["UASC_STATUS"], "1", "Y", "YES", "TRUE")
    found[returns.header["CHILD"].to_numpy()[status]] = True
    return found[:-1]


def _listed(returns: Returns) -> pd.DataFrame:
    """Where each child is first named in any of the tables."""
    columns = ["file", "row", "CHILD"]
    tables = [table[columns] for table in (returns.episodes, returns.header, returns.uasc)]
    listed = pd.concat(tables).drop_duplicates("CHILD")
    return listed[listed["CHILD"] >= 0]


def _list_left_out(returns: Returns, kept: IntArray, problems: Problems) -> None:
    """Every child who is left out, once: without an episode, or with none that counts."""
    listed = _listed(returns)
    listed = listed[~listed["CHILD"].isin(kept)]
    with_episodes = np.isin(listed["CHILD"], returns.episodes["CHILD"])
    problems.add("left-out", "CHILD", listed, with_episodes, done="left out")
    problems.add("no-episodes", "CHILD", listed, ~with_episodes, done="left out: not in care")


def _records(
    rows: pd.DataFrame, begins: BoolArray, unaccompanied: BoolArray, first_day: int, last_day: int
) -> tuple[ReturnSpells, IntArray]:
    """Rows as spells; a spell has the codes of its last row."""
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(rows))[: len(first)] - 1
    opening, closing = rows.iloc[first], rows.iloc[last]
    kept, child = np.unique(opening["CHILD"].to_numpy(), return_inverse=True)
    run = opening["period"].to_numpy()
    new_period = np.append(True, run[1:] != run[:-1])[: len(run)]
    ends_period = np.append(new_period[1:], True)[: len(run)]
    why_ended = np.where(ends_period, _exits(closing), _causes(closing))
    period = _counted_by_child(child, new_period)
    seen = _over_period(opening["start_seen"].to_numpy(), new_period)
    spells = ReturnSpells(
        first_day=first_day,
        last_day=last_day,
        child=child,
        family=_families(opening, new_period),
        period=period,
        birth_day=opening["birth"].to_numpy(),
        group=_over_period(_groups(opening, unaccompanied), new_period),
        start_day=opening["DECOM"].to_numpy().astype(np.int64),
        end_day=closing["end"].to_numpy(),
        placement=closing["placement"].to_numpy(),
        provider=closing["provider"].to_numpy(),
        why_started=_why_started(why_ended, period, seen, new_period),
        why_ended=why_ended,
        stayed_on=(why_ended == TURNED_18) & codes_are(closing["REC"], STAYED_WITH_CARERS),
        period_start_seen=seen,
    )
    return spells, kept


def _exits(rows: pd.DataFrame) -> IntArray:
    """Why periods of care ended; OPEN where they did not, or it is not known."""
    rec = rows["REC"].cat
    reason = np.array([exit_reason(str(code)) for code in rec.categories] + [exit_reason("")])
    goes_on = np.append(rec.categories == "X1", False)
    codes = rec.codes.to_numpy()
    why = np.where(goes_on[codes] | rows["unknown_end"].to_numpy(), OPEN, reason[codes])
    end = rows["end"].to_numpy()
    why = np.where(end == rows["adult_from"].to_numpy(), TURNED_18, why)
    return np.where(end == OPEN_DAY, OPEN, why)


def _causes(rows: pd.DataFrame) -> IntArray:
    """The cause of the moves that end spells."""
    reason = rows["REASON_PLACE_CHANGE"].cat
    cause = np.array([move_cause(str(code)) for code in reason.categories] + [move_cause("")])
    return cause[reason.codes.to_numpy()]


def _why_started(
    why_ended: IntArray, period: IntArray, seen: BoolArray, new_period: BoolArray
) -> IntArray:
    """Why spells began: by an entry, a re-entry, or as the spell before them ended."""
    of_cause = np.full(len(WHY_ENDED) + 1, OPEN)
    for number, name in enumerate(WHY_ENDED):
        if name in WHY_STARTED:
            of_cause[number] = WHY_STARTED.index(name)
    entered = np.where(period == 0, STARTED_ENTRY, STARTED_RE_ENTRY)
    by_move = of_cause[np.append(OPEN, why_ended[:-1])[: len(why_ended)]]
    return np.where(new_period, np.where(seen, entered, OPEN), by_move)


def _counted_by_child(child: IntArray, new_period: BoolArray) -> IntArray:
    """Number of each period among its child's, from 0."""
    count = np.cumsum(new_period)
    first = np.append(True, child[1:] != child[:-1])[: len(child)]
    return count - np.maximum.accumulate(np.where(first, count, 0))


def _over_period(values: NDArray[Any], new_period: BoolArray) -> NDArray[Any]:
    """The value of each period's first spell, for all its spells."""
    return values[np.flatnonzero(new_period)[np.cumsum(new_period) - 1]]


def _groups(rows: pd.DataFrame, unaccompanied: BoolArray) -> IntArray:
    """Group of the child by the UASC table and the need code."""
    disabled = codes_are(rows["CIN"], DISABILITY_NEED)
    group = np.where(disabled, DISABILITY, GENERAL)
    return np.where(unaccompanied[rows["CHILD"].to_numpy()], UASC, group)


def _families(rows: pd.DataFrame, new_period: BoolArray) -> IntArray:
    """Families: periods that began on one day from one home; others are families of their own."""
    home = rows["HOME_POST"].to_numpy().astype(np.int64)
    alone = (home < 0) | ~rows["start_seen"].to_numpy()
    day = rows["DECOM"].to_numpy().astype(np.int64)
    keys = np.where(alone, -1 - np.arange(len(rows)), home * 2**32 + day + 2**31)
    _, family = np.unique(_over_period(keys, new_period), return_inverse=True)
    return family
