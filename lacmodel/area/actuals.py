"""Actuals: children and spend of the months gone, by kind of placement or in total.

`actuals.csv` has one row a month and kind, or one row a month for everything (placement and
provider ``all``). Months follow each other from the start of the area, or from the 1 April before
it, to the last that is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from lacmodel.area.budget import (
    ALL,
    ANY_KIND,
    POUNDS,
    Problem,
    kinds_covered,
    no_such_kind,
    sound,
)
from lacmodel.area.dates import iso_date
from lacmodel.area.files import Column, RowFault, Sheet, Values, number, read_grids
from lacmodel.area.sheets import MOST_CHILDREN
from lacmodel.area.source import Source
from lacmodel.codes import KIND_NAMES
from lacmodel.faults import Fault

APRIL: Final = 4


@dataclass(frozen=True, slots=True)
class Actual:
    """What a month came to."""

    month: date  # its first day
    placement: str  # all: everything together
    provider: str
    children: float  # average over the month
    gross_gbp: float
    income_gbp: float

    @property
    def kind(self) -> int | None:
        """The kind of placement; None where it is everything together."""
        return next(iter(kinds_covered(self.placement, self.provider)), None)


def first_of_month(text: str) -> date:
    """A month, as its first day.

    >>> first_of_month("2024-04-01")
    datetime.date(2024, 4, 1)
    """
    when = iso_date(text)
    if when.day != 1:
        raise ValueError("must be the first day of the month, such as 2024-04-01")
    return when


def actual_row(values: Values) -> Values:
    """A row of one kind, or of everything."""
    faults = list(no_such_kind(values))
    if values["placement"] != ALL and values["provider"] == ALL:
        rule = "must be one provider, unless the placement is all too"
        faults.append(RowFault("provider", ALL, rule))
    return sound(values, faults)


ACTUALS: Final = Sheet(
    (
        Column("month", first_of_month),
        *ANY_KIND,
        Column("children", number(0, MOST_CHILDREN)),
        Column("gross_gbp", POUNDS),
        Column("income_gbp", POUNDS),
    ),
    ("month", "placement", "provider"),
    actual_row,
)


def read_actuals(source: Source, faults: list[Fault]) -> tuple[Actual, ...]:
    """The actuals of an area, with every fault of them."""
    before, read = len(faults), list[Values]()
    grids = source.grids("actuals", faults)
    opened = len(faults) == before
    found = tuple(Actual(**row) for row in read_grids(grids, ACTUALS, faults, read))
    if opened and read and all(map(_is_known, read)):
        said = [Actual(r["month"], r["placement"], r["provider"], 0, 0, 0) for r in read]
        faults += [source.fault(*each) for each in _problems(said, source.text.start)]
    return found


def _is_known(row: Values) -> bool:
    """Whether a row's month and kind could be read, whatever else is wrong with it."""
    return row.keys() >= set(ACTUALS.key) and not any(no_such_kind(row))


def next_month(month: date) -> date:
    """The first day of the month after one.

    >>> next_month(date(2024, 12, 1))
    datetime.date(2025, 1, 1)
    """
    years, month_of_year = divmod(month.month, 12)
    return date(month.year + years, month_of_year + 1, 1)


def _problems(found: Sequence[Actual], start: date | None) -> Iterator[Problem]:
    """What is wrong between rows that are each sound."""
    months = sorted({row.month for row in found})
    if start is not None:
        april = date(start.year - (start.month < APRIL), APRIL, 1)
        if not april <= months[0] <= start:
            rule = f"the first month must be from {april} to the start, {start}"
            yield "actuals", "month", months[0], rule
    for month, after in pairwise(months):
        if after != next_month(month):
            yield "actuals", "month", next_month(month), "is missing between other months"
    kinds = {row.kind for row in found}
    for month in months:
        given = {row.kind for row in found if row.month == month}
        if None in given and len(given) > 1:
            rule = "is given by placement too; give a month by placement or as all, not both"
            yield "actuals", f"{month}: placement", ALL, rule
        elif None not in kinds:
            for kind in sorted(k for k in kinds - given if k is not None):
                rule = "is missing, and other months have it (write 0 where there was nothing)"
                yield "actuals", f"{month}: placement", KIND_NAMES[kind], rule
