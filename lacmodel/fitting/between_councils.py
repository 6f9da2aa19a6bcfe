"""How far councils differ from the national factors: the prior of a fit, with its sources."""

import csv
from functools import cache
from typing import Final

from lacmodel.parameters import national_folder

FILE: Final = "between_councils.csv"


@cache
def between_councils() -> dict[tuple[str, str], float]:
    """Spreads of logs, and weights of national mixes, by parameter and part."""
    with (national_folder() / FILE).open(encoding="utf-8", newline="") as file:
        return {
            (row["parameter"], row["part"]): float(row["value"]) for row in csv.DictReader(file)
        }


def spread(parameter: str, part: str) -> float:
    """The spread between councils of the log of a factor.

    >>> spread("exits.time_factor", "time band")
    0.2
    """
    return between_councils()[parameter, part]


def prior_weight(parameter: str) -> float:
    """How many events of a row a national mix counts for."""
    return between_councils()[parameter, "row"]
