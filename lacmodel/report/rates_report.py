"""A council's own rates beside England's, in words and tables."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from lacmodel.codes import KIND_NAMES, PLACEMENT_LABELS, PLACEMENTS, kind_label
from lacmodel.fitting.from_return import FittedReturn, reference_table
from lacmodel.fitting.return_rates import Fitted
from lacmodel.parameters import declared_tables, places

SHOWN: Final = 15  # rates on the screen
RATES_REPORT: Final = "rates_report.md"
TITLES: Final = {
    "entries.start_rate_per_10000": "Starting to be looked after",
    "entries.season": "Starting, by month",
    "entries.family_size_share": "Brothers and sisters who come together",
    "exits.base_per_day": "Leaving care",
    "exits.time_factor": "Leaving care, by time in care",
    "exits.placement_factor": "Leaving care, by placement",
    "exits.group_factor": "Leaving care, by group",
    "moves.breakdown_per_day": "Placement breakdowns",
    "moves.planned_per_day": "Planned moves",
    "moves.breakdown_next_share": "Where children go after a breakdown",
    "moves.planned_next_share": "Where children go by a planned move",
    "re_entries.hazard_per_day": "Coming back into care",
    "placements.first_placement_share": "First placements",
    "placements.staying_on_share": "Staying on at 18",
}
HEAD: Final = (
    "| Rate | Of | Council | 90% interval | England | Times England's | Events |",
    "|---|---|---:|---|---:|---:|---:|",
)


class Beside(NamedTuple):
    """One fitted value beside England's."""

    table: str
    of: str
    value: float
    low: float
    high: float
    national: float
    events: float

    @property
    def ratio(self) -> float:
        """How many times England's the council's is."""
        return self.value / self.national

    @property
    def differs(self) -> bool:
        """Whether England's lies outside the 90% interval."""
        return not self.low <= self.national <= self.high

    def words(self) -> str:
        """A line for the screen."""
        return (
            f"{TITLES.get(self.table, self.table)}, {self.of}: {self.value:.3g} ({self.low:.3g} to "
            f"{self.high:.3g}), {self.ratio:.2f} times England's {self.national:.3g}; "
            f"{self.events:,.0f} events."
        )

    def row(self) -> str:
        """A row of a table."""
        return (
            f"| {TITLES.get(self.table, self.table)} | {self.of} | {self.value:.3g} "
            f"| {self.low:.3g} to {self.high:.3g} | {self.national:.3g} | {self.ratio:.2f} "
            f"| {self.events:,.0f} |"
        )


def beside_england(fitted: FittedReturn) -> list[Beside]:
    """Every fitted value that is not nought in England, in the order of the tables."""
    return [one for each in fitted.rates.fitted for one in _beside(each)]


def _beside(one: Fitted) -> Iterator[Beside]:
    found = one.evidence
    columns = (one.table.values, found.low, found.high, found.national, found.events)
    for at, place in enumerate(places(declared_tables()[one.name][1])):
        value, low, high, national, events = (float(np.ravel(column)[at]) for column in columns)
        if national > 0:
            yield Beside(one.name, _words(place), value, low, high, national, events)


def _words(place: tuple[str, ...]) -> str:
    """A place in a table as reports name it."""
    return ", ".join(_label(each) for each in place)


def _label(name: str) -> str:
    if name in PLACEMENTS:
        return PLACEMENT_LABELS[name]
    if name in KIND_NAMES:
        return kind_label(KIND_NAMES.index(name))
    return name.replace("_", " ")


def screen_lines(fitted: FittedReturn) -> list[str]:
    """What differs most from England's, for the screen."""
    words, different = differing(fitted)
    return [words, *(one.words() for one in different)]


def differing(fitted: FittedReturn) -> tuple[str, list[Beside]]:
    """How many rates differ from England's, and those that differ most."""
    every = beside_england(fitted)
    different = sorted(
        (one for one in every if one.differs and one.value > 0),
        key=lambda one: -abs(np.log(one.ratio)),
    )
    years = years_of(fitted)
    words = (
        f"Rates rest on {years}: {len(every):,} rates beside England's, of which "
        f"{len(different):,} differ from it by more than their 90% interval. Rates of few events "
        "are shrunk to England's, so fewer than one in ten differ by chance alone."
    )
    return words, different[:SHOWN]


def years_of(fitted: FittedReturn) -> str:
    """The years on which rates rest, and why those."""
    reference = fitted.reference
    return (
        f"{reference.words} ({'as stated' if reference.stated else 'chosen by the years held out'})"
    )


def rates_report(name: str, fitted: FittedReturn) -> str:
    """The whole report: the reference period, what was left out, every rate beside England's."""
    reference = fitted.reference
    words, different = differing(fitted)
    held = " and ".join(f"{year - 1}/{year % 100:02d}" for year in reference.held_out)
    lines = [
        f"# The rates of {name} beside England's",
        "",
        f"Rates rest on {years_of(fitted)}. Each is shrunk to England's: with few events it stays",
        "near it. Events are those of the row; numbers below 1 are a night's chance, or shares.",
        "",
        "## Which years",
        "",
        f"How much worse each choice foretold {held or 'the years held out'}, as log likelihood",
        "against the best (0 is best).",
        "",
        reference_table(fitted),
        "",
        "## What is in no rate",
        "",
        *(f"* {what}: {number:,}" for what, number in fitted.left_out),
        "",
        "## What differs from England's",
        "",
        words,
        *(["", *HEAD, *(one.row() for one in different)] if different else []),
    ]
    for one in fitted.rates.fitted:
        rows = [each.row() for each in _beside(one)]
        lines += ["", f"## {TITLES.get(one.name, one.name)}", "", *HEAD, *rows]
    return "\n".join(lines) + "\n"
