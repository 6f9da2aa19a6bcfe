"""What is published, as tidy records: places, figures by year, residents by mid-year."""

from dataclasses import dataclass
from typing import Final, NamedTuple

ENGLAND: Final = "England"
REGION: Final = "region"
COUNCIL: Final = "council"
LEVELS: Final = (ENGLAND, REGION, COUNCIL)
MEASURES: Final = ("children", "started", "ceased")

# Codes that changed while the council and its boundary did not (ONS Code History Database). Where
# a file gives the DfE's own number of a council, that says so too.
SAME_COUNCIL: Final = {
    "E06000048": "E06000057",  # Northumberland, 2013
    "E08000020": "E08000037",  # Gateshead, 2013
    "E10000002": "E06000060",  # Buckinghamshire, 2020
    "E10000023": "E06000065",  # North Yorkshire, 2023
    "E10000027": "E06000066",  # Somerset, 2023
}


@dataclass(frozen=True, slots=True)
class Place:
    """England, a region or a council, as a file names it."""

    code: str
    name: str
    level: str  # one of LEVELS
    region: str  # code of its region; blank where the file does not say
    number: str  # the DfE's own three digits for a council; blank where the file does not say


class Figure(NamedTuple):
    """One published count of a year ending 31 March; None where it is suppressed or not there."""

    value: int | None
    rate_per_10000: float | None
    mark: str  # what stands in the file in place of a number, such as c, or nothing
    source: str


@dataclass(frozen=True, slots=True)
class Published:
    """Everything that some files say, revised figures in the place of those they revise."""

    places: dict[str, Place]
    figures: dict[tuple[str, int, str], Figure]  # by code, year ending 31 March, and measure
    residents: dict[tuple[str, int], Figure]  # aged 0 to 17, by code and mid-year
    revised: int = 0  # figures that a later file changed
