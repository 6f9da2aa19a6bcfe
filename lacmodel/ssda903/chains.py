"""One episode after another: ends, gaps and overlaps, and where a period of care begins anew."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.ssda903.days import NO_DAY, year_ends
from lacmodel.ssda903.problems import Problems
from lacmodel.ssda903.read import Returns
from lacmodel.ssda903.records import OPEN_DAY
from lacmodel.ssda903.schema import EXIT_REASONS, GOES_ON, year_start

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]


def codes_are(column: "pd.Series[Any]", *names: str) -> BoolArray:
    """Which rows of a column of codes hold one of some codes."""
    codes = column.array
    known = [name in names for name in codes.categories.tolist()]
    return np.array([*known, False])[codes.codes]


def chained(rows: pd.DataFrame, returns: Returns, last: int, problems: Problems) -> pd.DataFrame:
    """Give each row the day on which it ends and the number of its period of care.

    Rows are one for each child and start, in that order, with ``end`` OPEN_DAY where blank. A
    child who is back on the day of leaving never left. Between an exit and what follows on a later
    day, or before a start (RNE S) on a later day, care is interrupted; otherwise a gap belongs to
    the placement before it. An episode without an end lasts to the next; if that is a start, or
    there is none, it lasts at most to the end of the last year whose file has it.

    Adds: end (OPEN_DAY if after ``last``), unknown_end (nobody knows how it ended), period (a
    running number), start_seen, last.
    """
    child, start = rows["CHILD"].to_numpy(), rows["DECOM"].to_numpy().astype(np.int64)
    end = rows["end"].to_numpy()
    follows = np.append(child[1:] == child[:-1], False)[: len(rows)]
    following = np.where(follows, np.append(start[1:], OPEN_DAY)[: len(rows)], OPEN_DAY)
    is_start = codes_are(rows["RNE"], "S")
    start_next = follows & np.append(is_start[1:], False)[: len(rows)]
    leaves = codes_are(rows["REC"], *EXIT_REASONS)

    backwards = end < start
    without = (end == OPEN_DAY) | backwards
    in_file_until = year_ends(rows["year"].to_numpy()) + 1
    no_later = np.minimum(following, np.where(in_file_until > last, OPEN_DAY, in_file_until))
    stays = follows & ~start_next
    ends = np.where(without, np.where(stays, following, no_later), np.minimum(end, following))
    bridged = ~without & stays & (end < following) & ~leaves
    ends = np.where(bridged, following, ends)
    goes_on = follows & (ends == following)
    vanished = without & ~goes_on & (ends != OPEN_DAY)
    dangling = ~without & ~goes_on & codes_are(rows["REC"], GOES_ON) & (ends <= last)

    _list_ends(rows, problems, backwards, goes_on)
    _list_vanished(rows, returns, problems, vanished)
    problems.add("501", "DEC", rows, ~without & follows & (end > following),
                 done="ends where the next begins")  # fmt: skip
    problems.add("433", "DEC", rows, bridged, done="lasts until the next begins")
    problems.add("388", "REC", rows, dangling, "X1", done="ends; how is not known")
    _list_joins(rows, problems, goes_on, is_start, leaves)
    problems.add("432", "RNE", rows, _after(follows & ~goes_on & leaves & ~start_next),
                 done="a new period, whose start is not known")  # fmt: skip
    begins = np.append(True, ~goes_on[:-1])[: len(rows)]
    covered = start >= year_start(returns.years[0])
    problems.add("357", "RNE", rows, begins & ~is_start & covered & _first(child),
                 done="kept; the start of the period is not known")  # fmt: skip
    return rows.assign(
        end=np.where(ends > last, OPEN_DAY, ends),
        unknown_end=vanished | dangling,
        period=np.cumsum(begins),
        start_seen=_spread(is_start, begins),
        last=last,
    )


def _first(child: IntArray) -> BoolArray:
    """Which rows are the first of their child."""
    return np.append(True, child[1:] != child[:-1])[: len(child)]


def _spread(values: BoolArray, begins: BoolArray) -> BoolArray:
    """The value of each period's first row, for all its rows."""
    return values[np.flatnonzero(begins)[np.cumsum(begins) - 1]]


def _after(chosen: BoolArray) -> BoolArray:
    """Which rows follow chosen ones."""
    return np.append(False, chosen[:-1])[: len(chosen)]


def _list_ends(
    rows: pd.DataFrame,
    problems: Problems,
    backwards: BoolArray,
    goes_on: BoolArray,
) -> None:
    """Rows whose end is missing or cannot be, and rows with DEC but no REC."""
    blank = rows["DEC"].to_numpy() == NO_DAY
    rec = rows["REC"].cat.codes.to_numpy() >= 0
    problems.add("148", "REC", rows, ~blank & ~rec & ~goes_on,
                 done="ended; the reason counts as other")  # fmt: skip
    problems.add("148", "REC", rows, ~blank & ~rec & goes_on, done="goes on to the next episode")
    problems.add("142", "DEC", rows, blank & goes_on, done="lasts until the next begins")
    problems.add("356", "DEC", rows, backwards, done="DEC is not used")


def _list_vanished(
    rows: pd.DataFrame, returns: Returns, problems: Problems, vanished: BoolArray
) -> None:
    """Open episodes of which a later file knows nothing: of ghosts, or of children still there."""
    years = np.array([*returns.years, 0])
    following = years[np.searchsorted(years[:-1], rows["year"].to_numpy(), side="right")]
    present = returns.episodes["CHILD"].to_numpy().astype(np.int64) * 10_000
    present = np.unique(present + returns.episodes["year"].to_numpy())
    still = np.isin(rows["CHILD"].to_numpy().astype(np.int64) * 10_000 + following, present)
    done = "closed at the end of its last year; how it ended is not known"
    problems.add("1010", "CHILD", rows, vanished & ~still, done=done)
    problems.add("502", "DECOM", rows, vanished & still, done=done)


def _list_joins(
    rows: pd.DataFrame,
    problems: Problems,
    goes_on: BoolArray,
    is_start: BoolArray,
    leaves: BoolArray,
) -> None:
    """Starts and exits that are none, as the child was in care the night before and after."""
    into_start = goes_on & np.append(is_start[1:], False)[: len(rows)]
    problems.add("431", "RNE", rows, _after(into_start), "S", "care goes on")
    exits = goes_on & leaves & ~into_start & (rows["DEC"].to_numpy() != NO_DAY)
    problems.add("432", "REC", rows, exits, rows["REC"],
                 "care goes on")  # fmt: skip
