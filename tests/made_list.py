"""A made-up list of today's placements: Worcestershire's counts, with drawn dates and prices."""

from datetime import timedelta
from pathlib import Path

import numpy as np

from lacmodel.area import read_area
from lacmodel.area.placements_now import COLUMNS
from lacmodel.codes import GROUPS
from lacmodel.levers.prices import own_price
from lacmodel.opening import opening_children
from lacmodel.parameters import no_supply
from lacmodel.pathway.placements import PlacementTables
from lacmodel.results import kind_words
from lacmodel.timeline import Period, Timeline, timeline

WORCESTERSHIRE = Path(__file__).parents[1] / "data" / "worcestershire-2017"
HEADER = ",".join(COLUMNS)


def no_places(calendar: Timeline) -> PlacementTables:
    """Tables of placements without a row of supply."""
    supply = no_supply(calendar)
    return PlacementTables(
        **{name: supply.get(name, np.zeros(0)) for name in PlacementTables._fields}
    )


def made_rows(most: int = 10_000, seed: int = 1) -> list[str]:
    """Rows of a list as at 1 April 2017, the last four columns filled in for some children."""
    area, rng = read_area(WORCESTERSHIRE), np.random.default_rng(seed)
    calendar = timeline(Period(area.start, 1))
    opening = opening_children(area, calendar, no_places(calendar))
    rows = []
    for place in rng.permutation(len(opening.number))[:most]:
        day = timedelta(days=1)
        born = area.start + int(opening.birth_day[place]) * day
        since = area.start + int(opening.first_day[place]) * day
        kind = int(opening.kind[place])
        price = own_price(area, kind)
        placed = since + (area.start - since) * float(rng.uniform(0, 0.9))
        own, given, ends, follows = "", "", "", ""
        if price.gbp_per_week and rng.random() < 0.6:
            own = f"{price.gbp_per_week * np.exp(rng.normal(0, 0.2)):.0f}"
            given = f"{rng.integers(50, 400)}" if rng.random() < 0.1 else ""
        if rng.random() < 0.15:
            ends = f"{area.start + int(rng.integers(60, 400)) * day}"
            follows = str(rng.choice(["home", "sgo", "foster", "supported", "", "turned_18"]))
        words = kind_words(kind)
        group = GROUPS[int(opening.group[place])]
        cells = (f"{born:%Y-%m}", since, placed, *words, group, own, given, ends, follows)
        rows.append(",".join(str(cell) for cell in cells))
    return rows


def made_list(path: Path, most: int = 10_000, seed: int = 1) -> Path:
    """Write such a list as CSV."""
    path.write_text("\n".join([HEADER, *made_rows(most, seed)]) + "\n", encoding="utf-8")
    return path
