"""Dirt: faults as returns have them, one kind at a time, added to clean tables or files.

Every kind bears the name of the rule that finds it.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from lacmodel.ssda903.schema import EPISODES, HEADER, UASC_TABLE

Tables = dict[int, dict[str, pd.DataFrame]]  # by collection year and table; cells are text
Cell = str | Callable[[pd.DataFrame], Any]

SHARE: Final = 0.02  # of the children of whom it can be
FORM: Final = "%d/%m/%Y"


def _shifted(column: str, days: int) -> Callable[[pd.DataFrame], Any]:
    """A date some days after that of a column of facts."""
    return lambda rows: (rows[column] + pd.Timedelta(days=days)).dt.strftime(FORM)


@dataclass(frozen=True, slots=True)
class Cells:
    """Dirt in cells: in which rows of a table it can be, and what then stands there.

    ``where`` is a query over the table's columns and, for Episodes, its facts (see `_facts`).
    """

    where: str
    change: Mapping[str, Cell] = field(default_factory=dict)
    table: str = EPISODES
    rows: str = "change"  # or drop, or double
    one_year: bool = False  # in one of the years that have such rows, not in all


_EVERY: Final = "CHILD != ''"
CELLS: Final[dict[str, Cells]] = {
    "two-digit-year": Cells("DEC != ''", {"DEC": lambda rows: rows["end"].dt.strftime("%d/%m/%y")}),
    "child-missing": Cells(_EVERY, {"CHILD": ""}),
    "101": Cells(_EVERY, {"SEX": "9"}, HEADER),
    "102": Cells(_EVERY, {"DOB": ""}, HEADER),
    "INT03": Cells(_EVERY, {}, HEADER, "drop"),
    "no-episodes": Cells(_EVERY, rows="drop"),
    "left-out": Cells(_EVERY, {"LS": "V4"}),
    "header-twice": Cells(_EVERY, {}, HEADER, "double"),
    "203": Cells(_EVERY, {"DOB": "01/02/2003"}, HEADER, one_year=True),
    "231": Cells(_EVERY, {"DOB": "01/02/2013"}, HEADER),
    "301": Cells(_EVERY, {"DOB": "01/02/2040"}, HEADER),
    "351": Cells(_EVERY, {"DOB": "01/02/1970"}, HEADER),
    "141": Cells(_EVERY, {"DECOM": "31/02/2019"}),
    "147": Cells("DEC != ''", {"DEC": "not known"}),
    "148": Cells("DEC == ''", {"REC": "X1"}),
    "302": Cells(_EVERY, {"DECOM": _shifted("birth", -20)}),
    "352": Cells(_EVERY, {"DOB": "01/02/1990"}, HEADER),
    "359": Cells("REC == 'E5'", {"DEC": _shifted("end", 9)}),
    "353": Cells("RNE == 'S'", {"DECOM": "01/04/1985"}),
    "354": Cells("DEC == ''", {"DECOM": "01/04/2039"}),
    "385": Cells("DEC == ''", {"DEC": "01/04/2039", "REC": "E8"}),
    "356": Cells("DEC != ''", {"DEC": _shifted("start", -5)}),
    "355": Cells("DEC != ''", {"DEC": _shifted("start", 0)}),
    "143": Cells(_EVERY, {"RNE": "Q"}),
    "144": Cells(_EVERY, {"LS": "Q1"}),
    "145": Cells(_EVERY, {"CIN": "N9"}),
    "146": Cells(_EVERY, {"PLACE": "Q1"}),
    "178": Cells(_EVERY, {"PLACE_PROVIDER": "PR9"}),
    "149": Cells("DEC != ''", {"REC": "E99"}),
    "1009": Cells("later", {"REASON_PLACE_CHANGE": "WHY"}),
    "526": Cells(_EVERY, {"PLACE_PROVIDER": ""}),
    "213": Cells("RNE == 'P'", {"PLACE": "T4", "PLACE_PROVIDER": "PR1"}),
    "550": Cells(_EVERY, {"PLACE_PROVIDER": "PR0"}),
    "527": Cells(_EVERY, {"PLACE": "P1", "PLACE_PROVIDER": "PR1"}),
    "528": Cells(_EVERY, {"PLACE": "R2", "PLACE_PROVIDER": "PR2"}),
    "529": Cells(_EVERY, {"PLACE": "R1", "PLACE_PROVIDER": "PR3"}),
    "530": Cells(_EVERY, {"PLACE": "P1", "PLACE_PROVIDER": "PR4"}),
    "531": Cells(_EVERY, {"PLACE": "P1", "PLACE_PROVIDER": "PR5"}),
    "378": Cells(_EVERY, {"PLACE": "P1", "PLACE_PROVIDER": "PR0", "LS": "V2"}),
    "358": Cells("age < 10", {"LS": "J1"}),
    "370": Cells("age < 15", {"PLACE": "P2"}),
    "371": Cells("age < 14", {"PLACE": "H5"}),
    "372": Cells("age < 10", {"PLACE": "R5"}),
    "373": Cells("age < 4", {"PLACE": "S1"}),
    "374": Cells("age < 14", {"PLACE": "P3"}),
    "386": Cells("REC == 'E5'", {"REC": "E11"}),
    "407": Cells("REC == 'E5'", {"REC": "E45"}),
    "387": Cells("left_age < 14", {"REC": "E5"}),
    "389": Cells("left_age < 14", {"REC": "E7"}),
    "460": Cells("left_age < 14", {"REC": "E17"}),
    "repeated-row": Cells("DEC == ''", rows="double"),
    "142": Cells("later", {"DEC": "", "REC": ""}),
    "501": Cells("later", {"DEC": _shifted("end", 12)}),
    "433": Cells("later and nights > 30", {"DEC": _shifted("end", -12)}),
    "431": Cells("RNE == 'P'", {"RNE": "S"}),
    "432": Cells("later", {"REC": "E4A"}),
    "388": Cells("RNE == 'P'", rows="drop"),
    "357": Cells("RNE == 'S'", {"RNE": "P"}),
    "437": Cells("later", {"REC": "E2"}),
    "434": Cells("RNE == 'P'", {"RNE": "L"}),
    "435": Cells("RNE == 'L'", {"RNE": "P"}),
    "436": Cells("RNE == 'P'", {"RNE": "B"}),
    "504": Cells("RNE == 'P'", {"CIN": "N5"}),
    "380": Cells("RNE == 'S'", {"PLACE": "T0", "PLACE_PROVIDER": ""}),
    "383": Cells("later and rank == 1 and before != after", {"PLACE": "T1", "PLACE_PROVIDER": ""}),
    "short-breaks": Cells("RNE == 'S'", {"LS": "V3"}),
    "short-breaks-within": Cells("RNE == 'P'", {"LS": "V4"}),
    "503": Cells("DEC == ''", {"CIN": "N6"}, one_year=True),
}


def add_dirt(
    tables: Tables, kind: str, generator: np.random.Generator, share: float = SHARE
) -> Tables:
    """Tables with one kind of fault more; the given ones stay as they are.

    Parameters
    ----------
    tables : clean tables by collection year, with the columns of `schema.COLUMNS`, dates day first
    kind : one of CELLS or WHOLE
    share : of the children of whom it can be, at least one
    """
    copied = {year: {n: t.copy() for n, t in by.items()} for year, by in tables.items()}
    if kind in WHOLE:
        return WHOLE[kind](copied, generator, share)
    dirt = CELLS[kind]
    facts = {year: _facts(by, dirt.table).query(dirt.where) for year, by in copied.items()}
    chosen = _children({child for each in facts.values() for child in each["CHILD"]},
                       generator, share)  # fmt: skip
    years = [year for year, each in facts.items() if each["CHILD"].isin(chosen).any()]
    for year in years[:1] if dirt.one_year else years:
        rows = facts[year][facts[year]["CHILD"].isin(chosen)]
        copied[year][dirt.table] = _changed(copied[year][dirt.table], rows, dirt)
    if kind == "231":
        for by in copied.values():
            by[UASC_TABLE] = by[HEADER].reindex(columns=by[UASC_TABLE].columns, fill_value="")
    return copied


def _facts(by: Mapping[str, pd.DataFrame], table: str) -> pd.DataFrame:
    """A table with what queries ask: start, end, birth, age, left_age and more."""
    rows = by[table].copy()
    if table != EPISODES:
        return rows
    births = by[HEADER].drop_duplicates("CHILD").set_index("CHILD")["DOB"]
    rows["start"] = pd.to_datetime(rows["DECOM"], format=FORM)
    rows["end"] = pd.to_datetime(rows["DEC"].where(rows["DEC"] != ""), format=FORM)
    rows["birth"] = pd.to_datetime(rows["CHILD"].map(births), format=FORM)
    rows["age"] = (rows["start"] - rows["birth"]).dt.days / 365.25
    rows["left_age"] = ((rows["end"] - rows["birth"]).dt.days / 365.25).where(rows["REC"] != "X1")
    rows["nights"] = (rows["end"] - rows["start"]).dt.days
    rows["later"] = rows["REC"] == "X1"
    rows["rank"] = rows.groupby("CHILD").cumcount()
    rows["before"] = rows.groupby("CHILD")["PLACE"].shift(1)
    rows["after"] = rows.groupby("CHILD")["PLACE"].shift(-1)
    return rows


def _children(able: set[str], generator: np.random.Generator, share: float) -> list[str]:
    """Some of the children of whom a fault can be."""
    if not able:
        raise ValueError("these tables have no row in which this fault can be")
    number = max(1, round(share * len(able)))
    return [str(child) for child in generator.choice(sorted(able), number, replace=False)]


def _changed(table: pd.DataFrame, rows: pd.DataFrame, dirt: Cells) -> pd.DataFrame:
    """A table in which the chosen rows are dropped, doubled or changed."""
    if dirt.rows == "drop":
        return table.drop(index=rows.index).reset_index(drop=True)
    if dirt.rows == "double":
        return pd.concat([table, table.loc[rows.index]], ignore_index=True)
    for column, cell in dirt.change.items():
        table.loc[rows.index, column] = cell if isinstance(cell, str) else cell(rows)
    return table


def _vanish(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """Children who are in care at the end of the first year and in no later file."""
    first, *later = sorted(tables)
    still = tables[first][EPISODES]
    chosen = _children(set(still.loc[still["DEC"] == "", "CHILD"]), generator, share)
    for year in later:
        for name, table in tables[year].items():
            tables[year][name] = table[~table["CHILD"].isin(chosen)].reset_index(drop=True)
    return tables


def _miss_a_year(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """Children who are missing from a year's files, and there before and after."""
    years = sorted(tables)
    year, after = years[-2], tables[years[-1]][EPISODES]
    there = set(tables[year][EPISODES]["CHILD"]) & set(after["CHILD"])
    chosen = _children(there, generator, share)
    for name, table in tables[year].items():
        tables[year][name] = table[~table["CHILD"].isin(chosen)].reset_index(drop=True)
    return tables


def _forget_an_episode(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """Episodes open at a year's end that the next file leaves out, though the child has others."""
    first, second = sorted(tables)[:2]
    still = tables[first][EPISODES]
    chosen = _children(set(still.loc[still["DEC"] == "", "CHILD"]), generator, share)
    for year in sorted(tables)[1:]:
        rows = tables[year][EPISODES]
        of_chosen = rows["CHILD"].isin(chosen)
        if year > second:
            tables[year][EPISODES] = rows[~of_chosen].reset_index(drop=True)
            continue
        again = {"DECOM": f"01/03/{second}", "DEC": "", "REC": "", "RNE": "S"}
        last = rows[of_chosen].drop_duplicates("CHILD", keep="last").assign(**again)
        tables[year][EPISODES] = pd.concat([rows[~of_chosen], last], ignore_index=True)
    return tables


def _recode(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """Foster children of PR4 who become PR1 in mid-year, by an episode at the same address."""
    year = max(tables)
    rows = tables[year][EPISODES]
    able = rows[(rows["DEC"] == "") & (rows["PLACE_PROVIDER"] == "PR4") & (rows["URN"] != "")]
    when = f"31/03/{year}"
    able = able[able["DECOM"] != when]
    chosen = able[able["CHILD"].isin(_children(set(able["CHILD"]), generator, share))]
    after = chosen.assign(DECOM=when, RNE="P", PLACE_PROVIDER="PR1")
    rows.loc[chosen.index, ["DEC", "REC", "REASON_PLACE_CHANGE"]] = [when, "X1", "PLACE"]
    tables[year][EPISODES] = pd.concat([rows, after], ignore_index=True)
    return tables


def _build_up(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """A first file without the children who were in care when its year began."""
    year = min(tables)
    rows = tables[year][EPISODES]
    begun = pd.to_datetime(rows["DECOM"], format=FORM) < pd.Timestamp(year - 1, 4, 1)
    tables[year][EPISODES] = rows[~begun].reset_index(drop=True)
    return tables


def _stop_early(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """A last file that was made in the autumn."""
    year = max(tables)
    rows, autumn = tables[year][EPISODES], pd.Timestamp(year - 1, 10, 1)
    start = pd.to_datetime(rows["DECOM"], format=FORM)
    end = pd.to_datetime(rows["DEC"].where(rows["DEC"] != ""), format=FORM)
    rows.loc[end >= autumn, ["DEC", "REC", "REASON_PLACE_CHANGE"]] = ""
    tables[year][EPISODES] = rows[start < autumn].reset_index(drop=True)
    return tables


def _lose_a_year(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """A year between the first and the last is missing."""
    del tables[sorted(tables)[1]]
    return tables


def _lose_a_column(tables: Tables, generator: np.random.Generator, share: float) -> Tables:
    """A column of Episodes that is blank throughout."""
    tables[max(tables)][EPISODES]["URN"] = ""
    return tables


WHOLE: Final[dict[str, Callable[[Tables, np.random.Generator, float], Tables]]] = {
    "1010": _vanish,
    "562": _miss_a_year,
    "502": _forget_an_episode,
    "code-change": _recode,
    "build-up": _build_up,
    "year-unfinished": _stop_early,
    "year-missing": _lose_a_year,
    "column-missing": _lose_a_column,
}


def _first_csv(folder: Path) -> Path:
    """The first Episodes file of a folder."""
    return next(path for path in sorted(folder.rglob("*.csv")) if EPISODES.lower() in path.name)


def _write(folder: Path, name: str, text: str) -> None:
    """Write one more file."""
    (folder / name).write_text(text, encoding="utf-8")


def _lengthen_a_row(folder: Path) -> None:
    """Give a row a comma too many, and cut the last row short."""
    path = _first_csv(folder)
    lines = path.read_text(encoding="utf-8").rstrip().split("\n")
    lines[1] += ",stray"
    lines[-1] = ",".join(lines[-1].split(",")[:-4])
    path.write_text("\n".join(lines), encoding="utf-8")


def _copy(folder: Path, name: str, more: str = "") -> None:
    """Copy the first Episodes file, under another name and with more text."""
    target = folder / name
    shutil.copy(_first_csv(folder), target)
    with target.open("a", encoding="utf-8") as file:
        file.write(more)


FILES: Final[dict[str, Callable[[Path], None]]] = {
    "empty-file": lambda folder: _write(folder, "empty.csv", ""),
    "kept-aside": lambda folder: _write(folder, "reviews.csv", "CHILD,DOB,REVIEW\n1,,\n"),
    "same-file": lambda folder: _copy(folder, "zz-copy-of-the-first.csv"),
    "same-year": lambda folder: _copy(folder, "zz-again.csv", "\n"),
    "year-of-file": lambda folder: _copy(folder, "zz-2009-10.csv", "\n\n"),
    "row-length": _lengthen_a_row,
}


def add_file_dirt(folder: Path, kind: str) -> None:
    """Add one kind of fault of files to a folder of returns; kinds are those of FILES."""
    FILES[kind](folder)
