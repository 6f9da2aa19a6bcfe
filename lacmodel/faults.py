"""Faults in what a user wrote: every one at once, with file, place, value and rule."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, in the user's words.

    >>> print(Fault("homes.toml", "change 2: places", -4, "must be 0 or more"))
    homes.toml: change 2: places = -4: must be 0 or more
    >>> print(Fault("--year", "", "2030/31", "must be a year of the run"))
    --year = 2030/31: must be a year of the run
    """

    file: str | Path
    place: str
    value: Any
    rule: str

    def __str__(self) -> str:
        shown = "" if self.value is None else f" = {self.value!s:.80}"
        place = f": {self.place}" if self.place else ""
        return f"{self.file}{place}{shown}: {self.rule}"


class InputFaults(Exception):
    """Raised once for all the faults found in a user's files."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
