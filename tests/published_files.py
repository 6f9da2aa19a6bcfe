"""Made-up published files in the form of the DfE and the ONS, for tests."""

import csv
from pathlib import Path
from typing import NamedTuple

PLACE = (
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
    "region_code", "region_name", "old_la_code", "la_name", "new_la_code",
)  # fmt: skip
TYPES = (
    "Children looked after on 31 March each year",
    "Children starting to be looked after each year",
    "Children ceasing to be looked after each year",
)
YEARS = range(2021, 2026)


class Made(NamedTuple):
    """A made-up place: children, starters and leavers of a year, and residents."""

    level: str
    code: str
    name: str
    number: str
    counts: tuple[int, int, int]
    residents: int


ENGLAND = Made("National", "E92000001", "England", "", (81770, 32270, 34450), 12183016)
MIDDLE = Made("Regional", "E12000005", "West Midlands", "", (10900, 3900, 4000), 1300000)
ALPHA = Made("Local authority", "E06000901", "Alphashire", "901", (500, 190, 188), 80000)
BETA = Made("Local authority", "E06000902", "Betaham", "902", (90, 40, 41), 30000)
PLACES = (ENGLAND, MIDDLE, ALPHA, BETA)


def cells(made: Made, year: int) -> list[str]:
    """The columns that both forms have."""
    own = ["E12000005", "West Midlands", made.number, made.name, made.code]
    beside = {
        "National": ["", "", "", "", ""],
        "Regional": [made.code, made.name, "", "", ""],
        "Local authority": own,
    }
    first = [str(year), "Reporting year", made.level, "E92000001", "England"]
    return [*first, *beside[made.level]]


def dfe_rows(places: tuple[Made, ...] = PLACES, years: range = YEARS) -> list[list[str]]:
    """Rows of the DfE's counts, the header first."""
    rows = [[*PLACE, "population_type", "population_estimate", "children_count", "rate_per_10000"]]
    for year in years:
        for made in places:
            for kind, count in zip(TYPES, made.counts, strict=True):
                number = count + (year - 2023) * (count // 100)
                rate = f"{10_000 * number / made.residents:.0f}"
                rows.append([*cells(made, year), kind, str(made.residents), str(number), rate])
    return rows


def ons_rows(places: tuple[Made, ...] = PLACES, years: range = YEARS) -> list[list[str]]:
    """Rows of the ONS's residents, the header first."""
    rows = [[*PLACE, "age_group", "population_estimate"]]
    for year in range(years.start - 1, years.stop - 1):
        for made in places:
            number = str(made.residents + 100 * (year - 2024))
            rows.append([*cells(made, year), "Children aged 0 to 17 years", number])
    return rows


def save(path: Path, rows: list[list[str]]) -> Path:
    """Write rows as the DfE does, with a byte order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def both(folder: Path, places: tuple[Made, ...] = PLACES, years: range = YEARS) -> list[Path]:
    """Both files in a folder."""
    return [
        save(folder / "dfe.csv", dfe_rows(places, years)),
        save(folder / "ons.csv", ons_rows(places, years)),
    ]
