"""What was found wrong in a return, where, and what was done; identifiers only when asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.ssda903.days import date_texts
from lacmodel.ssda903.rules import RULES

KEPT: Final = "kept as it is"
HIDDEN: Final = ("CHILD", "DOB", "UPN", "HOME_POST", "PL_POST", "SEX_DOB")
COLUMNS: Final = ("file", "row", "column", "rule", "what", "found", "done")

_CODE = re.compile(r"[A-Z][A-Z0-9]{0,3}|\d")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}( to \d{4}-\d{2}-\d{2})?")
_CODES = re.compile(r"[A-Z][A-Z0-9]{0,3}( to [A-Z][A-Z0-9]{0,3})?")


BoolArray = NDArray[np.bool_]
Found = Any  # a text, a Series of categories, or an array of day numbers


def _texts(found: Found, places: NDArray[np.integer[Any]]) -> Any:
    """What was found in chosen rows, as text."""
    if isinstance(found, str):
        return found
    if isinstance(found, pd.Series):
        return found.iloc[places].astype(object).fillna("").to_numpy(dtype=object)
    return date_texts(found[places]).astype(object)


@dataclass(slots=True)
class Problems:
    """A growing list of problems; each block has one rule, one column and one thing done."""

    blocks: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        rule: str,
        column: str,
        rows: pd.DataFrame,
        chosen: BoolArray,
        found: Found = "",
        done: str = KEPT,
    ) -> None:
        """List a problem of some rows of a table with columns file, row and CHILD.

        Parameters
        ----------
        chosen : which rows have it; shape (rows,)
        found : one text for all, or a column of codes, or day numbers, of every row
        """
        if rule not in RULES:
            raise KeyError(rule)
        if not np.any(chosen):
            return
        places = np.flatnonzero(chosen)
        block = {
            "file": rows["file"].to_numpy()[places],
            "row": rows["row"].to_numpy()[places],
            "child": rows["CHILD"].to_numpy()[places],
            "column": column,
            "rule": rule,
            "found": _texts(found, places),
            "done": done,
        }
        self.blocks.append(pd.DataFrame(block))

    def add_file(self, rule: str, file: int, found: str = "", done: str = KEPT) -> None:
        """List a problem of a whole file."""
        where = pd.DataFrame({"file": [file], "row": [0], "CHILD": [-1]})
        self.add(rule, "", where, np.array([True]), found, done)

    def name_children(self, frames: Sequence[pd.DataFrame]) -> None:
        """Say which child each row so far belongs to, now that children are numbered."""
        where = pd.concat([frame[["file", "row", "CHILD"]] for frame in frames])
        known = where.drop_duplicates(["file", "row"]).set_index(["file", "row"])["CHILD"]
        for block in self.blocks:
            places = pd.MultiIndex.from_frame(block[["file", "row"]])
            block["child"] = known.reindex(places, fill_value=-1).to_numpy()

    def joined(self) -> pd.DataFrame:
        """All problems: file, row, child, column, rule, found, done."""
        if not self.blocks:
            columns = ("file", "row", "child", "column", "rule", "found", "done")
            return pd.DataFrame({name: [] for name in columns})
        return pd.concat(self.blocks, ignore_index=True)

    def summary(self) -> pd.DataFrame:
        """By rule and what was done: rule, what, done, rows, children."""
        found = self.joined()
        known = found["child"].where(found["child"] >= 0)
        by = found.assign(known=known).groupby(["rule", "done"], sort=False)
        counted = by.agg(rows=("row", "size"), children=("known", "nunique")).reset_index()
        counted.insert(1, "what", [RULES[rule] for rule in counted["rule"]])
        order = {rule: place for place, rule in enumerate(RULES)}
        return counted.sort_values("rule", key=lambda rules: rules.map(order), kind="stable")


def joined(parts: Sequence[Problems]) -> Problems:
    """The problems of several lists as one."""
    return Problems([block for part in parts for block in part.blocks])


def shown(found: str, column: str) -> str:
    """A value as it may be shown: never an identifier, a date of birth or a postcode.

    Only what looks like a code or a date is shown: in a file with shifted columns anything may
    stand anywhere.

    >>> shown("K9", "PLACE"), shown("2018-02-30", "DEC"), shown("2004-01-01", "DOB")
    ('K9', '2018-02-30', '(not shown)')
    >>> shown("B12 2KE", "PLACE")
    '(7 characters, not shown)'
    """
    if not found or (column == "" and found):
        return found
    if column in HIDDEN:
        return "(not shown)"
    if _CODE.fullmatch(found) or _DATE.fullmatch(found) or _CODES.fullmatch(found):
        return found
    return f"({len(found)} characters, not shown)"


def report(
    problems: Problems, files: tuple[str, ...], identifiers: "np.ndarray[Any, Any] | None" = None
) -> pd.DataFrame:
    """Problems as written: file, row, column, rule, what, found, done; CHILD first if asked for.

    Parameters
    ----------
    files : name of each file, by number
    identifiers : CHILD as written, by child, where they are asked for
    """
    found = problems.joined()
    found = found.sort_values(["file", "row"], kind="stable")
    codes, pairs = pd.factorize(pd.MultiIndex.from_frame(found[["found", "column"]].astype(str)))
    values = pairs.get_level_values(0) if identifiers is not None else [shown(*p) for p in pairs]
    names = np.array([*files, ""], dtype=object)
    table = pd.DataFrame(
        {
            "file": names[found["file"].to_numpy(dtype=np.int64)],
            "row": found["row"].to_numpy(),
            "column": found["column"].to_numpy(),
            "rule": found["rule"].to_numpy(),
            "what": [RULES[rule] for rule in found["rule"]],
            "found": np.asarray(values, dtype=object)[codes],
            "done": found["done"].to_numpy(),
        }
    )
    if identifiers is not None:
        known = np.array([*identifiers, ""], dtype=object)
        table.insert(0, "child", known[found["child"].to_numpy(dtype=np.int64)])
    return table
