"""Which collection year a file is of: told by its dates, then by its name, or stated."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.faults import Fault, InputFaults
from lacmodel.ssda903.days import NO_DAY, collection_years
from lacmodel.ssda903.problems import Problems
from lacmodel.ssda903.schema import EPISODES

# 2017/18, 2017-18, 201718, 2017_2018 or 2018, standing alone.
_YEARS: Final = re.compile(r"(?<!\d)(20\d\d)[-_/ ]?(?:(20\d\d|\d\d)(?!\d))?(?!\d)")


@dataclass(slots=True)
class Piece:
    """Rows of a table in a file that are of one collection year."""

    table: str
    file: int
    label: str  # the year as the file names it
    places: NDArray[np.int64] = field(repr=False)  # of its rows in the table's frame
    year: int = 0
    note: str = ""  # where the year is from

    def __len__(self) -> int:
        return len(self.places)


def label_of(name: str) -> str:
    """The year that a file's name or else its nearest folder names, as written.

    >>> label_of("2018-episodes.csv"), label_of("return 2017_18/episodes.csv"), label_of("e.csv")
    ('2018', '2017_18', '')
    """
    for part in reversed(name.split("/")):
        if found := _YEARS.search(part):
            return found.group(0).strip("-_/ ")
    return ""


def years_of_label(label: str) -> tuple[int, ...]:
    """Collection years that a label may mean; a lone year may be the first or the second.

    >>> years_of_label("2018"), years_of_label("2017/18"), years_of_label("201718")
    ((2018, 2019), (2018,), (2018,))
    """
    found = _YEARS.fullmatch(label)
    if not found:
        return ()
    first = int(found.group(1))
    second = found.group(2)
    if second and int(second[-2:]) == (first + 1) % 100:
        return (first + 1,)
    return () if second else (first, first + 1)


def year_of_ends(ends: NDArray[np.integer[Any]]) -> int:
    """The collection year in which most episodes end; 0 if none does.

    Every episode of a return ends within its year or is open, so the ends tell. One stray date of
    another year does not count against many.

    >>> year_of_ends(np.array([17621, 17600, 12000, NO_DAY]))
    2018
    """
    known = ends[ends != NO_DAY]
    if not len(known):
        return 0
    years, counts = np.unique(collection_years(known), return_counts=True)
    return int(years[np.flatnonzero(counts == counts.max())[-1]])


def first_possible_year(starts: NDArray[np.integer[Any]]) -> int:
    """The collection year of the latest start, but for one stray in a hundred; 0 if none.

    >>> first_possible_year(np.array([15000, 17000, 17500]))
    2018
    """
    known = starts[starts != NO_DAY]
    if not len(known):
        return 0
    years, counts = np.unique(collection_years(known), return_counts=True)
    return int(years[np.flatnonzero(counts >= 0.01 * counts.sum())[-1]])


def set_years(
    path: Path,
    pieces: Sequence[Piece],
    frames: Mapping[str, pd.DataFrame],
    names: Sequence[str],
    stated: Mapping[str, int],
    problems: Problems,
) -> None:
    """Give every piece its collection year, and every row that of its piece.

    Episodes go by what is stated, then by the ends in them, then by their names; the other tables
    by what is stated, then with Episodes of the same label, then with the children they share.

    Raises
    ------
    InputFaults
        if a year cannot be told, or a stated one names no file
    """
    _set_stated(path, pieces, names, stated)
    episodes = [piece for piece in pieces if piece.table == EPISODES]
    frame = frames[EPISODES]
    ends, starts = frame["DEC"].to_numpy(), frame["DECOM"].to_numpy()
    for piece in episodes:
        found = year_of_ends(ends[piece.places])
        if found and not piece.year:
            piece.year, piece.note = found, "from its dates"
    _set_by_label(episodes, starts)
    for piece in pieces:
        if not piece.year and piece.table != EPISODES:
            _set_beside(piece, episodes, frames)
    faults = [
        Fault(path, names[piece.file], None, "its year cannot be told; state it: --year FILE=2018")
        for piece in pieces
        if not piece.year and len(piece)
    ]
    if faults:
        raise InputFaults(faults)
    for table, each in frames.items():
        year = np.zeros(len(each), dtype=np.int32)
        for piece in pieces:
            if piece.table == table:
                year[piece.places] = piece.year
        each["year"] = year
    _list_odd_years(pieces, problems)


def _set_stated(
    path: Path, pieces: Sequence[Piece], names: Sequence[str], stated: Mapping[str, int]
) -> None:
    """Take the years that a user states for files."""
    faults = []
    for name, year in stated.items():
        own = [p for p in pieces if name in (names[p.file], names[p.file].rpartition("/")[2])]
        if not own:
            faults.append(
                Fault(path, f"--year {name}", year, "no Episodes, Header or UASC of that name")
            )
        for piece in own:
            piece.year, piece.note = year, "as stated"
    if faults:
        raise InputFaults(faults)


def _set_by_label(episodes: Sequence[Piece], starts: NDArray[np.int32]) -> None:
    """Years of pieces in which no episode ends, by their labels or else by the latest start.

    A lone year in a label means what it means in the labels beside it; where none tells, the year
    in which the collection year ends, if the episodes had begun by then.
    """
    known = [p for p in episodes if p.year and p.year in years_of_label(p.label)]
    later = [p for p in known if p.year != years_of_label(p.label)[0]]
    for piece in episodes:
        if piece.year:
            continue
        first = first_possible_year(starts[piece.places])
        meant = [year for year in years_of_label(piece.label) if year >= first]
        if meant:
            piece.year = meant[-1 if 2 * len(later) > len(known) else 0]
            piece.note = "from its name"
        elif first:
            piece.year, piece.note = first, "from its latest start"


def _set_beside(
    piece: Piece, episodes: Sequence[Piece], frames: Mapping[str, pd.DataFrame]
) -> None:
    """The year of the Episodes with the same label, or with the most children in common."""
    alike = {each.year for each in episodes if each.label == piece.label and each.year}
    if len(alike) == 1:
        piece.year, piece.note = alike.pop(), "as the Episodes beside it"
        return
    child = frames[piece.table]["CHILD"].to_numpy()[piece.places]
    best = 0
    for each in episodes:
        shared = int(np.isin(child, frames[EPISODES]["CHILD"].to_numpy()[each.places]).sum())
        if each.year and shared >= max(best, 1):
            best, piece.year, piece.note = shared, each.year, "from its children"
    if not piece.year and episodes:
        piece.year, piece.note = max(each.year for each in episodes), "as the last Episodes"


def _list_odd_years(pieces: Sequence[Piece], problems: Problems) -> None:
    """Years that a file's name does not mean, and files that share a table and a year."""
    seen: dict[tuple[str, int], int] = {}
    for piece in pieces:
        meant = years_of_label(piece.label)
        if piece.table == EPISODES and meant and piece.year not in meant:
            found = f"{piece.label}, read as the year to March {piece.year}"
            problems.add_file("year-of-file", piece.file, found)
        if seen.setdefault((piece.table, piece.year), piece.file) != piece.file:
            problems.add_file("same-year", piece.file, f"the year to March {piece.year}")
