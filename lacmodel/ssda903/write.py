"""Spells as SSDA903 files: Header, Episodes and UASC, one set a year ending 31 March.

For made-up returns. Child numbers, postcodes (ZZ) and URNs are made up as well. What spells do not
say (legal status, need, sex, which of several codes) is drawn so that the DfE's rules are kept.
"""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    ADOPTION,
    DISABILITY,
    ENDED_BREAKDOWN,
    ENDED_PLANNED,
    KIND_OF,
    OPEN,
    SUPPORTED,
    TURNED_18,
    UASC,
    WITH_PARENTS,
)
from lacmodel.ssda903.calendar import birthdays, year_ending, year_starts
from lacmodel.ssda903.records import OPEN_DAY, ReturnSpells, first_of_period

if TYPE_CHECKING:
    import pandas as pd

IntArray = NDArray[np.integer[Any]]
Text = NDArray[Any]
Generator = np.random.Generator

HEADER_COLUMNS: Final = ("CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB")
EPISODE_COLUMNS: Final = (
    "CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC",
    "REASON_PLACE_CHANGE", "HOME_POST", "PL_POST", "URN",
)  # fmt: skip
UASC_COLUMNS: Final = ("CHILD", "SEX", "DOB", "DUC")

PLACE_OF_KIND: Final = ("U1", "U4", "U6", "K2", "K2", "K1", "H5", "H5", "P1", "A6", "R3", "Z1")
PROVIDER_OF_KIND: Final = (
    "PR1", "PR1", "PR4", "PR1", "PR4", "PR2", "PR1", "PR4", "PR0", "PR1", "PR4", "",
)  # fmt: skip
REGISTERED_FROM: Final = int(np.datetime64("2023-10-28", "D").astype(np.int64))  # H5 becomes K3
LETTERS_FROM: Final = 2025  # SEX is M or F from the year to 31 March 2025
REC_OF: Final = (  # by reason for leaving; each of the codes is as likely
    ("E4A", "E4A", "E4B", "E13"),
    ("E45", "E46", "E47", "E48"),
    ("E41",),
    ("E11", "E12"),
    ("E5", "E6"),
    ("E3",),
    ("E8", "E9", "E16"),
    ("E5", "E6", "E8"),
)
STAYED: Final = "E17"
BREAKDOWN_REASONS: Final = ("CREQB", "CREQO", "STAND", "CHILD")
PLANNED_REASONS: Final = ("CARPL", "LAREQ", "OTHER")
NEEDS: Final = ("N1", "N1", "N1", "N4", "N5", "N5")
COMPULSORY_SHARE: Final = 0.6  # assumed; of the children who are not unaccompanied
INTERIM_DAYS: Final = 182  # from an interim to a full care order: 26 weeks, the statutory limit
POSTCODES: Final = 90 * 10 * 26 * 26
README: Final = """\
# A made-up return

No child, carer or home in these files exists. They were made by `lacmodel synthesise` from stated
rates: child numbers, dates, postcodes (all beginning ZZ) and URNs are drawn by a computer.
"""


def tables_by_year(
    spells: ReturnSpells, generator: Generator
) -> "dict[int, dict[str, pd.DataFrame]]":
    """Header, Episodes and UASC by the year in which 31 March ends it; every cell is text."""
    import pandas as pd

    episodes = _episodes(spells, generator)
    child, first = np.unique(spells.child, return_index=True)
    female = generator.random(len(child)) < 0.45
    starts = year_starts(spells.first_day, spells.last_day)
    tables = {}
    for begins, ends in pairwise(starts):
        year = year_ending(ends)
        shown = _in_year(episodes, begins, ends)
        here = np.isin(child, shown.pop("child"))
        children = _children(spells, child[here], first[here], female[here], year)
        unaccompanied = spells.group[first[here]] == UASC
        header = {name: children.get(name, np.full(here.sum(), "")) for name in HEADER_COLUMNS}
        tables[year] = {
            "Header": pd.DataFrame(header),
            "Episodes": pd.DataFrame({name: shown[name] for name in EPISODE_COLUMNS}),
            "UASC": pd.DataFrame({name: children[name] for name in UASC_COLUMNS})[unaccompanied],
        }
    return tables


def write_return(folder: Path, tables: "dict[int, dict[str, pd.DataFrame]]") -> list[Path]:
    """Write tables by year into year folders, with a note that they are made up.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write_return(Path(folder), {})]
    ['README.md']
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "README.md"]
    written[0].write_text(README, encoding="utf-8")
    for year, by_name in tables.items():
        inside = folder / f"{year - 1}-{year % 100:02d}"
        inside.mkdir(exist_ok=True)
        for name, table in by_name.items():
            written.append(inside / f"made-up-{name.lower()}.csv")
            table.to_csv(written[-1], index=False, lineterminator="\n")
    return written


def as_text(days: IntArray) -> Text:
    """Dates as returns write them.

    >>> as_text(np.array([0])).tolist()
    ['01/01/1970']
    """
    iso = np.datetime_as_string(np.asarray(days, dtype="datetime64[D]"))
    return np.array([f"{text[8:]}/{text[5:7]}/{text[:4]}" for text in iso.tolist()], dtype=object)


def postcodes(number: IntArray) -> Text:
    """Fictitious postcodes, one a number.

    >>> postcodes(np.array([0, 27])).tolist()
    ['ZZ10 0AA', 'ZZ10 0BB']
    """
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    digits = number // 676
    return np.array([
        f"ZZ{10 + digit // 10 % 90} {digit % 10}{a}{b}"
        for digit, a, b in zip(digits.tolist(), letters[number // 26 % 26], letters[number % 26],
                               strict=True)
    ], dtype=object)  # fmt: skip


def _children(
    spells: ReturnSpells, child: IntArray, first: IntArray, female: NDArray[np.bool_], year: int
) -> dict[str, Text]:
    """The columns of Header and UASC that are filled in."""
    sexes = np.array(["M", "F"] if year >= LETTERS_FROM else ["1", "2"], dtype=object)
    born = spells.birth_day[first]
    return {
        "CHILD": _identifiers(child),
        "SEX": sexes[female * 1],
        "DOB": as_text(born),
        "ETHNIC": np.full(len(child), "NOBT", dtype=object),
        "UPN": np.full(len(child), "UN1", dtype=object),
        "DUC": as_text(birthdays(born, 18)),
    }


def _identifiers(child: IntArray) -> Text:
    return np.array([f"MADEUP{number:06d}" for number in child.tolist()], dtype=object)


# Episodes ----------------------------------------------------------------------------------------


def _episodes(spells: ReturnSpells, generator: Generator) -> dict[str, NDArray[Any]]:
    """Every episode; days are numbers and everything else text."""
    new_period = first_of_period(spells)
    began = spells.start_day[new_period][np.cumsum(new_period) - 1]
    compulsory = _compulsory(spells, generator)
    spell, start, end = _pieces(spells, began, compulsory)
    first_piece = np.append(True, spell[1:] != spell[:-1])
    last_piece = np.append(spell[1:] != spell[:-1], True)
    legal = _legal_status(spells, began, compulsory, spell, start)
    same_legal = np.append(False, legal[1:] == legal[:-1])
    starts_period = first_piece & new_period[spell]
    moved = first_piece & ~starts_period
    unseen = starts_period & ~spells.period_start_seen[spell]
    recoded = ~first_piece & (start == REGISTERED_FROM) & same_legal
    began_by = np.select(
        [unseen, starts_period, moved & same_legal, moved, recoded], ["P", "S", "P", "B", "T"], "L"
    )
    kind = np.array(KIND_OF)[spells.placement[spell], spells.provider[spell]]
    place = np.array(PLACE_OF_KIND, dtype=object)[kind]
    place[(place == "H5") & (start >= REGISTERED_FROM)] = "K3"
    reason = np.where(last_piece, _reasons(spells, generator)[spell], "")
    reason = np.where(np.append(recoded[1:], False), "PLACE", reason)
    homes = generator.permutation(POSTCODES)
    address = generator.integers(0, POSTCODES, len(spells.child))
    return {
        "child": spells.child[spell],
        "start": start,
        "end": end,
        "CHILD": _identifiers(spells.child[spell]),
        "RNE": began_by,
        "LS": legal,
        "CIN": _needs(spells, generator)[spell],
        "PLACE": place,
        "PLACE_PROVIDER": np.array(PROVIDER_OF_KIND, dtype=object)[kind],
        "REC": np.where(last_piece, _codes_of_end(spells, generator)[spell], "X1"),
        "REASON_PLACE_CHANGE": reason,
        "HOME_POST": postcodes(homes[spells.family % len(homes)])[spell],
        "PL_POST": postcodes(address)[spell],
        "URN": np.array([f"ZZ{number:05d}" for number in address.tolist()], dtype=object)[spell],
    }


def _in_year(episodes: dict[str, NDArray[Any]], begins: int, ends: int) -> dict[str, NDArray[Any]]:
    """The episodes of a year as its files show them: what ends later is open."""
    here = (episodes["start"] < ends) & (episodes["end"] >= begins)
    shown = {name: column[here] for name, column in episodes.items()}
    ended = shown["end"] < ends
    shown["DECOM"] = as_text(shown.pop("start"))
    shown["DEC"] = np.where(ended, as_text(np.minimum(shown.pop("end"), ends)), "")
    for name in ("REC", "REASON_PLACE_CHANGE"):
        shown[name] = np.where(ended, shown[name], "")
    return shown


def _pieces(
    spells: ReturnSpells, began: IntArray, compulsory: NDArray[np.bool_]
) -> tuple[IntArray, IntArray, IntArray]:
    """Spells cut where legal status or code change; spell, first and last day of each piece."""
    start, end = spells.start_day.astype(np.int64), spells.end_day.astype(np.int64)
    ordered = np.where(
        compulsory & spells.period_start_seen & (spells.placement != ADOPTION),
        began + INTERIM_DAYS,
        start,
    )
    recoded = np.where(spells.placement == SUPPORTED, REGISTERED_FROM, start)
    cuts = np.sort(np.clip([start, ordered, recoded, end], start, end), axis=0)
    cuts[1:3] = np.where(cuts[1:3] > spells.last_day, start, cuts[1:3])  # not yet known
    cuts = np.sort(cuts, axis=0)
    spell, piece = np.nonzero(np.diff(cuts, axis=0).T)
    return spell, cuts[piece, spell], cuts[piece + 1, spell]


def _compulsory(spells: ReturnSpells, generator: Generator) -> NDArray[np.bool_]:
    """Whether each child is in care by an order: always with parents or placed for adoption."""
    children = int(spells.child.max(initial=-1)) + 1
    drawn = generator.random(children) < COMPULSORY_SHARE
    needs_order = np.isin(spells.placement, (WITH_PARENTS, ADOPTION))
    ever = np.bincount(spells.child, needs_order, children) > 0
    return (ever | (drawn & ~_is_uasc(spells, children)))[spells.child]


def _is_uasc(spells: ReturnSpells, children: int) -> NDArray[np.bool_]:
    return np.bincount(spells.child, spells.group == UASC, children) > 0


def _legal_status(
    spells: ReturnSpells,
    began: IntArray,
    compulsory: NDArray[np.bool_],
    spell: IntArray,
    start: IntArray,
) -> Text:
    """Legal status of each piece: voluntary, or an interim, a full or a placement order."""
    late = ~spells.period_start_seen[spell] | (start >= (began + INTERIM_DAYS)[spell])
    by_order = np.where(late, "C2", "C1")
    status = np.where(compulsory[spell], by_order, "V2")
    return np.where(spells.placement[spell] == ADOPTION, "E1", status).astype(object)


def _reasons(spells: ReturnSpells, generator: Generator) -> Text:
    """Why each spell's placement changed, where it did."""
    broke = generator.choice(BREAKDOWN_REASONS, len(spells.child))
    planned = generator.choice(PLANNED_REASONS, len(spells.child))
    causes = [spells.why_ended == ENDED_BREAKDOWN, spells.why_ended == ENDED_PLANNED]
    return np.select(causes, [broke, planned], "").astype(object)


def _codes_of_end(spells: ReturnSpells, generator: Generator) -> Text:
    """REC of each spell."""
    codes = np.full(len(spells.child), "X1", dtype=object)
    for reason, choices in enumerate(REC_OF):
        left = spells.why_ended == reason
        codes[left] = generator.choice(choices, int(left.sum()))
    codes[spells.stayed_on & (spells.why_ended == TURNED_18)] = STAYED
    codes[(spells.why_ended == OPEN) & (spells.end_day == OPEN_DAY)] = ""
    return codes


def _needs(spells: ReturnSpells, generator: Generator) -> Text:
    """Category of need, the same for all of a child's episodes."""
    drawn = generator.choice(NEEDS, int(spells.child.max(initial=-1)) + 1)[spells.child]
    groups = [spells.group == DISABILITY, spells.group == UASC]
    return np.select(groups, ["N2", "N8"], drawn).astype(object)
