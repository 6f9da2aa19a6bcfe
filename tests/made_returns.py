"""Clean made-up returns for tests and benchmarks: no rule finds fault with them."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from lacmodel.ssda903.schema import COLUMNS, EPISODES, HEADER, UASC_TABLE

Tables = dict[int, dict[str, pd.DataFrame]]
# PLACE and PLACE_PROVIDER that a child may be given, by whether 16 or over.
YOUNGER = (("U6", "PR1"), ("U6", "PR4"), ("K2", "PR4"), ("U3", "PR1"), ("U4", "PR1"))
OLDER = (*YOUNGER, ("H5", "PR4"))
REASONS = ("CREQB", "CARPL", "CLOSE", "LAREQ")
EXITS = ("E4A", "E4B", "E41", "E45", "E8")
LONGEST_BEFORE = 3 * 365  # days before the first year on which the first child may have come


def written(when: date | None) -> str:
    return when.strftime("%d/%m/%Y") if when else ""


def eighteenth(born: date) -> date:
    return date(born.year + 18, born.month, born.day)


def episodes_of(number: int, born: date, came: date, rng: np.random.Generator) -> list[list]:
    """Episodes of a child's one period of care, without end of time."""
    rows, start, rne, legal = [], came, "S", "V2"
    home, last = f"WR{number % 9 + 1} {number % 7 + 1}AB", ("", "", "")
    while True:
        older = start >= date(born.year + 16, born.month, born.day)
        place, provider = (OLDER if older else YOUNGER)[int(rng.integers(6 if older else 5))]
        if rne == "L":
            place, provider, where = last
        else:
            where = int(rng.integers(10**6))
        end = min(start + timedelta(days=1 + int(rng.exponential(250))), eighteenth(born))
        leaves = end == eighteenth(born) or rng.random() < 0.45
        rec = ("E5" if end == eighteenth(born) else EXITS[int(rng.integers(5))]) if leaves else "X1"
        after = "L" if rng.random() < 0.2 and legal == "V2" and last[:1] != ("K2",) else "P"
        moves = not leaves and after == "P"
        reason = REASONS[int(rng.integers(4))] if moves else ""
        rows.append(
            [number, start, rne, legal, "N1", place, provider, end, rec, reason, home,
             f"B{where % 90 + 1} {where % 9}{'ABDEFGHJLN'[where % 10]}Z", f"SC{where:06d}"[:8]]
        )  # fmt: skip
        if leaves:
            return rows
        last, start, rne = (place, provider, where), end, after
        legal = "C2" if after == "L" else legal


def made_returns(
    children: int, years: Iterable[int] = (2018, 2019, 2020), seed: int = 2017
) -> Tables:
    """Header, Episodes and UASC by year of children who came evenly over the years and before."""
    rng, years = np.random.default_rng(seed), list(years)
    first, last = date(years[0] - 1, 4, 1), date(years[-1], 3, 31)
    span = (last - first).days + LONGEST_BEFORE
    episodes, born_on = [], {}
    for number in range(1, children + 1):
        came = first + timedelta(days=int(rng.integers(span)) - LONGEST_BEFORE)
        born = came - timedelta(days=int(rng.integers(1, 17 * 365)))
        born = born if (born.month, born.day) != (2, 29) else born - timedelta(days=1)
        born_on[number] = born
        episodes += episodes_of(number, born, came, rng)
    whole = pd.DataFrame(episodes, columns=COLUMNS[EPISODES])
    return {year: tables_of(whole, born_on, year) for year in years}


def tables_of(whole: pd.DataFrame, born_on: dict[int, date], year: int) -> dict:
    """What a year's files show of all episodes."""
    first, last = date(year - 1, 4, 1), date(year, 3, 31)
    rows = whole[(whole["DECOM"] <= last) & (whole["DEC"] >= first)].copy()
    still = rows["DEC"] > last
    rows.loc[still, "DEC"] = None
    rows.loc[still, ["REC", "REASON_PLACE_CHANGE"]] = ""
    for column in ("DECOM", "DEC"):
        rows[column] = [written(when) for when in rows[column]]
    known = sorted(set(rows["CHILD"]))
    header = pd.DataFrame(
        {name: [""] * len(known) for name in COLUMNS[HEADER]},
        dtype=object,
    )
    header["CHILD"] = known
    sexes = ("1", "2") if year <= 2024 else ("M", "F")
    header["SEX"] = [sexes[number % 2] for number in known]
    header["DOB"] = [written(born_on[number]) for number in known]
    unaccompanied = header[header["CHILD"] % 50 == 0].assign(DUC="")[list(COLUMNS[UASC_TABLE])]
    grown = [date(year, 3, 31) > date(born_on[n].year + 11, born_on[n].month, born_on[n].day)
             for n in unaccompanied["CHILD"]]  # fmt: skip
    tables = {HEADER: header, EPISODES: rows, UASC_TABLE: unaccompanied[grown]}
    return {name: table.astype(str).reset_index(drop=True) for name, table in tables.items()}


def write_returns(tables: Tables, folder: Path) -> Path:
    """Write tables as a folder of CSV files, one a table and year."""
    folder.mkdir(parents=True, exist_ok=True)
    for year, by_name in tables.items():
        for name, table in by_name.items():
            table.to_csv(folder / f"{name.lower()}_{year - 1}-{year % 100}.csv", index=False)
    return folder


def episode(child: int, decom: str, dec: str = "", **cells: str) -> dict[str, str]:
    """A row of Episodes: foster care with the council's own carers unless cells say otherwise."""
    row = dict.fromkeys(COLUMNS[EPISODES], "") | {
        "CHILD": str(child), "DECOM": decom, "DEC": dec, "RNE": "S", "LS": "C2", "CIN": "N1",
        "PLACE": "U4", "PLACE_PROVIDER": "PR1", "REC": "E8" if dec else "",
    }  # fmt: skip
    return row | cells


def small_returns(
    folder: Path, years: dict[int, list[dict[str, str]]], births: dict[int, str] | None = None
) -> Path:
    """A folder of returns with these episodes; children are born on 1 May 2010 unless stated."""
    born = births or {}
    tables = {}
    for year, rows in years.items():
        frame = pd.DataFrame(rows, columns=COLUMNS[EPISODES])
        known = dict.fromkeys(frame["CHILD"])
        header = pd.DataFrame({name: [""] * len(known) for name in COLUMNS[HEADER]}, dtype=object)
        header["CHILD"] = list(known)
        header["SEX"] = "1" if year <= 2024 else "M"
        header["DOB"] = [born.get(int(child), "01/05/2010") for child in known]
        tables[year] = {EPISODES: frame, HEADER: header}
    return write_returns(tables, folder)
