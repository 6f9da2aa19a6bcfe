"""Scores of a backtest that was run before: those of an area, or those that ship."""

import csv
from pathlib import Path
from typing import Final, NamedTuple

from lacmodel.parameters import national_folder

MODEL: Final = "this model"
NO_CHANGE: Final = "no change"
ERROR: Final = "median absolute error"
OWN_FILE: Final = "backtest.csv"  # in an area's folder, or the national one


class Score(NamedTuple):
    """One measure of one forecast, with its 90 % interval by resampling."""

    forecast: str
    years_ahead: int
    measure: str
    unit: str
    value: float
    low: float
    high: float
    areas: int
    first_origin: int
    last_origin: int


def read_scores(path: Path) -> list[Score]:
    """The scores of a file that `score_table` made; none if there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Score(
                row["forecast"], int(row["years_ahead"]), row["measure"], row["unit"],
                float(row["value"]), float(row["low"]), float(row["high"]),
                int(row["areas"]), int(row["first_origin"]), int(row["last_origin"]),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def scores_beside(folder: Path) -> tuple[list[Score], bool]:
    """The scores of an area's own backtest if there are any, else those that ship; which it is."""
    own = read_scores(folder / OWN_FILE)
    return (own, True) if own else (read_scores(national_folder() / OWN_FILE), False)
