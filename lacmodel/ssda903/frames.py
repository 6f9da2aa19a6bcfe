"""Tables of all files together, typed: codes as categories, dates as day numbers."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.ssda903.days import BLANK, SHORT_YEAR, UNREADABLE, read_days
from lacmodel.ssda903.parts import LONG, Part
from lacmodel.ssda903.problems import Problems
from lacmodel.ssda903.schema import OPTIONAL, READ

DATES: Final = {"DECOM": "141", "DEC": "147", "DOB": "102"}  # and the rule of each
POSTCODES: Final = ("HOME_POST", "PL_POST")
ALIKE: Final = (*POSTCODES, "URN")  # only told alike from unlike
UNKNOWN_URN: Final = "XXXXXXX"
CENTURY: Final = "the century is taken to be the nearest"
AS_BLANK: Final = {"DECOM": "left out", "DEC": "taken as blank", "DOB": "taken as blank"}
BLANKS: Final = ("", "NULL", "NAN", "NONE")

Categorical = pd.Categorical


def tidy(text: str) -> str:
    """A cell without what spreadsheets add; blank where it says that it is.

    >>> tidy(" u4 "), tidy("1042.0"), tidy("NULL")
    ('U4', '1042', '')
    """
    plain = text.strip().upper()
    if plain.endswith(".0") and plain[:-2].isdecimal():
        return plain[:-2]
    return "" if plain in BLANKS else plain


def column_of(parts: Sequence[Part], name: str) -> Categorical:
    """A column of several parts, one after another; each different text is tidied once."""
    codes, texts = [], [""]
    for part in parts:
        cells = part.columns.get(name)
        if cells is None:
            codes.append(np.zeros(len(part), dtype=np.int64))
            continue
        own, different = pd.factorize(np.array(cells, dtype=object))
        codes.append(own + len(texts))
        texts += different.tolist()
    tidied = np.array([tidy(text) for text in texts], dtype=object)
    if name in POSTCODES:
        tidied = np.array([text.replace(" ", "") for text in tidied], dtype=object)
    merged, categories = pd.factorize(tidied)  # the first, number 0, is blank
    whole = np.concatenate(codes) if codes else np.zeros(0, dtype=np.int64)
    return pd.Categorical.from_codes((merged[whole] - 1).astype(np.int32), pd.Index(categories[1:]))


def frame_of(
    table: str, parts: Sequence[tuple[int, Part]], problems: Problems
) -> tuple[pd.DataFrame, Categorical, Categorical]:
    """One table of all files, and its columns LA and YEAR; CHILD is still as written.

    Dates that cannot be read, rows that are too long or short, and columns that are missing are
    listed.
    """
    own = [part for _, part in parts]
    lengths = [len(part) for part in own]
    columns: dict[str, Any] = {
        "file": np.repeat([file for file, _ in parts], lengths).astype(np.int32),
        "row": np.array([row for part in own for row in part.rows], dtype=np.int32),
        "part": np.repeat(np.arange(len(own)), lengths),
    }
    texts = {name: column_of(own, name) for name in READ[table]}
    dates = {name: read_days(texts[name]) for name in texts if name in DATES}
    for name, column in texts.items():
        if name in dates:
            columns[name] = dates[name].day
        elif name in ALIKE:
            codes = column.codes.astype(np.int32)
            unknown = column.categories == UNKNOWN_URN
            columns[name] = np.where(np.append(unknown, False)[codes], -1, codes)
        else:
            columns[name] = column
    frame = pd.DataFrame(columns)
    frame["whole"] = True
    where = frame.assign(CHILD=-1)
    _list_uneven(frame, own, problems, where)
    _list_dates(texts, dates, table, problems, where)
    _list_missing(table, parts, problems)
    return frame, column_of(own, "LA"), column_of(own, "YEAR")


def _list_uneven(
    frame: pd.DataFrame, parts: Sequence[Part], problems: Problems, where: pd.DataFrame
) -> None:
    """Rows with other cells than the heading; those with more are not used."""
    start = 0
    for part in parts:
        for reason in sorted(set(part.uneven.values())):
            bad = np.zeros(len(frame), dtype=np.bool_)
            bad[[start + place for place, each in part.uneven.items() if each == reason]] = True
            done = "left out" if reason == LONG else "the missing cells are taken as blank"
            problems.add("row-length", "", where, bad, reason, done)
            if reason == LONG:
                frame.loc[bad, "whole"] = False
        start += len(part)


def _list_dates(
    texts: dict[str, Categorical],
    dates: dict[str, Any],
    table: str,
    problems: Problems,
    where: pd.DataFrame,
) -> None:
    """Dates that cannot be read, and those with two digits for the year."""
    for name, read in dates.items():
        for how, rule in ((UNREADABLE, DATES[name]), (SHORT_YEAR, "two-digit-year")):
            bad = read.how == how
            done = CENTURY if how == SHORT_YEAR else AS_BLANK[name]
            problems.add(rule, name, where, bad, pd.Series(texts[name]), done)
    if "DECOM" in dates:
        problems.add("141", "DECOM", where, dates["DECOM"].how == BLANK, done="left out")
    problems.add("child-missing", "CHILD", where, texts["CHILD"].codes < 0, done="left out")


def _list_missing(table: str, parts: Sequence[tuple[int, Part]], problems: Problems) -> None:
    """Columns of a table that a file lacks, or that are blank throughout."""
    for file, part in parts:
        for name in READ[table]:
            cells = part.columns.get(name, ())
            if name not in OPTIONAL and len(part) and not any(cell.strip() for cell in cells):
                problems.add_file("column-missing", file, f"{table}: {name}", "taken as blank")


def number_children(
    frames: Sequence[pd.DataFrame], councils: Sequence[Categorical]
) -> NDArray[np.object_]:
    """Replace CHILD by a running number in every frame; gives CHILD as written, by number.

    The same CHILD in two councils is two children.
    """
    keys: list[NDArray[np.object_]] = []
    several = len({la for each in councils for la in each.categories}) > 1
    for frame, la in zip(frames, councils, strict=True):
        child = frame["CHILD"].astype(object).fillna("").to_numpy(dtype=object)
        if several:
            prefix = pd.Series(la).astype(object).fillna("").to_numpy(dtype=object)
            child = np.where(child == "", "", prefix + "/" + child)
        keys.append(child)
    numbers, identifiers = pd.factorize(np.concatenate([np.array([""], dtype=object), *keys]))
    start = 1
    for frame, child in zip(frames, keys, strict=True):
        frame["CHILD"] = (numbers[start : start + len(child)] - 1).astype(np.int32)
        start += len(child)
    return np.asarray(identifiers[1:], dtype=object)
