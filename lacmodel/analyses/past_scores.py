"""Scores of a backtest that was run before: those of an area, or those that ship."""

import csv
from pathlib import Path
from typing import Final, NamedTuple

from lacmodel.parameters import national_folder

MODEL: Final = "this model"
NO_CHANGE: Final = "no change"
ERROR: Final = "median absolute error"
ERROR_OF_TYPES: Final = "mean absolute error"
ALL_CHILDREN: Final = "all children"
EVERY_TYPE: Final = "every placement type"
OWN_FILE: Final = "backtest.csv"  # in an area's folder, or the national one


class Score(NamedTuple):
    """One measure of one forecast, with its 90% interval by resampling."""

    forecast: str
    children: str  # which of them
    months_ahead: int
    measure: str
    unit: str
    value: float
    low: float
    high: float
    areas: int
    first_origin: str  # the last day known, such as 2017-03-31
    last_origin: str
    origins: int  # how many there are; 0 where a file does not say


def read_scores(path: Path) -> list[Score]:
    """The scores of a file that `score_table` made; none if there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Score(
                row["forecast"], row["children"], int(row["months_ahead"]), row["measure"],
                row["unit"], float(row["value"]), float(row["low"] or "nan"),
                float(row["high"] or "nan"),
                int(row["areas"]), row["first_origin"], row["last_origin"],
                int(row.get("origins") or 0),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def scores_beside(folder: Path) -> tuple[list[Score], bool]:
    """The scores of an area's own backtest if there are any, else those that ship; which it is."""
    own = read_scores(folder / OWN_FILE)
    return (own, True) if own else (shipped_scores(), False)


def shipped_scores() -> list[Score]:
    """The scores of many councils that ship with the model."""
    return read_scores(national_folder() / OWN_FILE)
