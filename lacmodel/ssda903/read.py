"""Reading returns: Header, Episodes and UASC of one or many years, from a folder, zip or file."""

import csv
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.faults import Fault, InputFaults
from lacmodel.ssda903.days import NO_DAY
from lacmodel.ssda903.frames import frame_of, number_children
from lacmodel.ssda903.parts import Part, parts_of_csv, parts_of_xml, without_collector
from lacmodel.ssda903.problems import Problems
from lacmodel.ssda903.records import day_number
from lacmodel.ssda903.schema import EPISODES, HEADER, NEEDED, UASC_TABLE, collection_year
from lacmodel.ssda903.sources import Source, Sources, open_sources
from lacmodel.ssda903.years import Piece, label_of, set_years

TABLES: Final = (EPISODES, HEADER, UASC_TABLE)

Progress = Callable[[int], None]
FileParts = list[tuple[int, Part]]  # the number of the file, and a table in it
WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls")


@dataclass(frozen=True, slots=True)
class FileRead:
    """A table of one year in a file, and what was made of it."""

    name: str
    table: str
    year: int  # the collection year, named by its end; 0 if kept aside
    rows: int
    encoding: str
    note: str  # where the year is from (stated, dates, name, children), or why it was kept aside


@dataclass(frozen=True, slots=True)
class Returns:
    """Returns as read. Frames have a row for every row of every file of a table.

    All have file (number), row, year and CHILD (a running number, -1 where blank). ``episodes`` has
    DECOM and DEC as day numbers (NO_DAY where blank or unreadable), codes as categories (missing
    where blank), HOME_POST, PL_POST and URN as numbers that tell alike from unlike (-1 where
    blank), and ``whole``: whether the row had no more cells than the heading. Postcodes are not
    kept.
    """

    path: Path
    files: tuple[FileRead, ...]
    names: tuple[str, ...]  # of files, by number
    councils: tuple[str, ...]  # values of LA, where the files have that column
    identifiers: NDArray[np.object_] = field(repr=False)  # CHILD as written, by number
    episodes: pd.DataFrame = field(repr=False)
    header: pd.DataFrame = field(repr=False)
    uasc: pd.DataFrame = field(repr=False)
    problems: Problems = field(repr=False)

    @property
    def years(self) -> tuple[int, ...]:
        """Collection years with Episodes, in order."""
        return tuple(int(year) for year in np.unique(self.episodes["year"]))


def read_returns(
    path: Path, years: Mapping[str, int] | None = None, progress: Progress | None = None
) -> Returns:
    """Read every table of a return that the model uses.

    Parameters
    ----------
    path : a folder, a zip, or one file
    years : the collection year of a file by its name (or path in the folder), where it is stated
    progress : told of each file that was read

    Raises
    ------
    InputFaults
        if something must not or cannot be read, or no Episodes or Header are found
    """
    sources, problems = open_sources(path), Problems()
    names = tuple([each.name for each in sources.files] + [name for name, _ in sources.aside])
    aside = _unread(sources, problems)
    with without_collector():
        parts = _parts(path, sources, problems, aside, progress)
    _check_needed(path, parts, names)
    frames, councils, pieces = [], [], []
    for table in TABLES:
        own = [(file, part) for file, part in parts if part.table == table]
        frame, council, year = frame_of(table, own, problems)
        frames.append(frame)
        councils.append(council)
        pieces += _pieces(table, frame, year, own, names)
    identifiers = number_children(frames, councils)
    problems.name_children(frames)
    set_years(path, pieces, dict(zip(TABLES, frames, strict=True)), names, years or {}, problems)
    read = [
        FileRead(names[p.file], p.table, p.year, len(p), sources.files[p.file].encoding,
                 p.note)
        for p in pieces
    ]  # fmt: skip
    found = tuple(sorted({str(la) for each in councils for la in each.categories}))
    return Returns(
        path=path,
        files=(*read, *aside),
        names=names,
        councils=found,
        identifiers=identifiers,
        episodes=frames[0],
        header=frames[1],
        uasc=frames[2],
        problems=problems,
    )


def up_to(returns: Returns, last: date) -> Returns:
    """The returns without what came after a day, as far as files by year can tell.

    Files of later years are left out; of the day's own year, episodes that begin after it and
    children who have no other, and how and when its episodes end after it.
    """
    year, day = collection_year(last), day_number(last)
    frames = {
        name: frame[frame["year"] <= year]
        for name in ("episodes", "header", "uasc")
        for frame in [getattr(returns, name)]
    }
    every = frames["episodes"]
    episodes = every[~(every["DECOM"] > day)]
    to_come = np.setdiff1d(every["CHILD"], episodes["CHILD"])
    goes_on = (episodes["DEC"] > day).to_numpy()
    unknown: dict[str, Any] = {"DEC": NO_DAY, "REC": None, "REASON_PLACE_CHANGE": None}
    frames["episodes"] = episodes.assign(
        **{name: episodes[name].mask(goes_on, blank) for name, blank in unknown.items()}
    )
    for name in ("header", "uasc"):
        frames[name] = frames[name][~np.isin(frames[name]["CHILD"], to_come)]
    return replace(
        returns, **{name: frame.reset_index(drop=True) for name, frame in frames.items()}
    )


def _unread(sources: Sources, problems: Problems) -> list[FileRead]:
    """The files that were not opened, and why."""
    for number, (_, why) in enumerate(sources.aside, start=len(sources.files)):
        empty = why == "empty"
        rule = "empty-file" if empty else "kept-aside"
        problems.add_file(rule, number, "" if empty else why, "left out")
    return [FileRead(name, "", 0, 0, "", why) for name, why in sources.aside]


def _parts(
    path: Path,
    sources: Sources,
    problems: Problems,
    aside: list[FileRead],
    progress: Progress | None,
) -> FileParts:
    """The tables in the files; those that the model does not use are kept aside."""
    found, faults = [], []
    seen: dict[bytes, set[str]] = {}  # the years that files with the same content name
    for number, source in enumerate(sources.files):
        digest = hashlib.sha256(source.text.encode()).digest()
        label, labels = label_of(source.name), seen.setdefault(digest, set())
        if labels and (not label or labels & {label, ""}):
            problems.add_file("same-file", number, done="left out")
            aside.append(FileRead(source.name, "", 0, 0, source.encoding, "the same as another"))
            continue
        labels.add(label)
        try:
            parts = _parts_of(source)
        except (ValueError, csv.Error) as error:
            faults.append(Fault(path, source.name, None, str(error)))
            continue
        for part in parts:
            if part.table in TABLES:
                found.append((number, part))
                continue
            why = f"table {part.table}" if part.table else "its columns are of no known table"
            problems.add_file("kept-aside", number, why, "left out")
            aside.append(FileRead(source.name, part.table, 0, 0, source.encoding, why))
        if progress:
            progress(1)
    if faults:
        raise InputFaults(faults)
    return found


def _parts_of(source: Source) -> list[Part]:
    """The tables of one file."""
    if source.text.lstrip().startswith("<"):
        return parts_of_xml(source.text)
    return [parts_of_csv(source.text)]


def _check_needed(path: Path, parts: FileParts, names: Sequence[str]) -> None:
    """Refuse returns without Episodes or Header, and tables without the columns they need."""
    faults = []
    for number, part in parts:
        for column in NEEDED[part.table]:
            if column not in part.columns:
                rule = f"{part.table} needs a column {column}"
                faults.append(Fault(path, names[number], None, rule))
    missing = [
        table
        for table in (EPISODES, HEADER)
        if not any(part.table == table and len(part) for _, part in parts)
    ]
    books = ", ".join(name for name in names if name.lower().endswith(WORKBOOKS))
    if missing and books:
        rule = f"no {' or '.join(missing)} found, and Excel workbooks are not read ({books:.200}): "
        faults.append(Fault(path, "", None, f"{rule}save each sheet as CSV UTF-8"))
        missing = []
    for table in missing:
        needed = ", ".join(NEEDED[table])
        rule = f"no {table} found: no file has rows and the columns {needed}"
        faults.append(Fault(path, "", None, rule))
    if faults:
        raise InputFaults(faults)


def _pieces(
    table: str,
    frame: pd.DataFrame,
    year: "pd.Categorical",
    parts: FileParts,
    names: Sequence[str],
) -> list[Piece]:
    """The rows of a table by file and label of the year; each gets one collection year."""
    pieces = []
    for number, (file, part) in enumerate(parts):
        own = np.flatnonzero(frame["part"].to_numpy() == number)
        codes = year.codes[own]
        for code in np.unique(codes):
            label = label_of(names[file]) if code < 0 else str(year.categories[code])
            pieces.append(Piece(table, file, label, own[codes == code]))
        if not len(part):
            pieces.append(Piece(table, file, label_of(names[file]), own))
    return pieces
