"""A list of today's placements in an area: the start that follows from it, prices, income.

The run starts on the day of the list if that is the first of a month, else on the first of the next
month: the children of the list are then taken to be those in care on the night before.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from lacmodel.area import Area, OpeningRow, UnitCost, read_area
from lacmodel.area.children import ChildInCare, PastLeaver
from lacmodel.area.opening_return import children_of_return
from lacmodel.area.placements_now import Listed, read_placements_now
from lacmodel.area.settings import PlacementsNow
from lacmodel.codes import EXTERNAL, KINDS, TIME_BAND_DAYS, kind_label
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.prices import draft_prices
from lacmodel.opening import past_leavers
from lacmodel.plan import OpeningChildren
from lacmodel.timeline import Period, birthday, timeline

OPENING_COHORT: Final = 0
ENOUGH_PRICES: Final = 20  # of a kind in the list, for it to say what a new child will cost
FEW: Final = 50  # children in care, of whom chance alone may take half
LEAST_SHARE: Final = 0.5  # of the last known count: no council's has fallen so far in five years


class ListedPrice(NamedTuple):
    """What a council's own list says of a kind's price beside the price of the area."""

    kind: int
    children: int  # with a price in the list
    mean_gbp_per_week: float
    log_spread: float  # standard deviation of the log of the price, nought for fewer than two
    area_gbp_per_week: float


class ListCount(NamedTuple):
    """The children of a list, and how many the area's history had last."""

    children: int
    known: int
    known_on: date


def area_today(path: Path, given: PlacementsNow | None = None) -> Area:
    """An area with the children of its list of today's placements, or of the list given.

    Raises
    ------
    InputFaults
        with every fault of the area, and, if that is sound, of the list
    """
    area = with_return(read_area(path))
    chosen = given or area.placements_now
    if chosen is None:
        return area
    start = chosen.start
    if start < area.start:
        rule = f"must not be before the start of the area, {area.start}"
        raise InputFaults([Fault(chosen.file, "as at", chosen.as_at, rule)])
    listed = read_placements_now(Path(chosen.file), chosen.as_at, start)
    faults = [*_too_few(area, listed, chosen), *_unpriced(area, listed, chosen)]
    if faults:
        raise InputFaults(faults)
    files = (*area.files, Path(chosen.file))
    read = replace(_from(area, start), files=files, placements_now=chosen)
    return fitted_to_list(with_children(read, listed.children, None, _notes(chosen, start, listed)))


def with_return(area: Area) -> Area:
    """An area with the children of the return that it points at, if it does."""
    if area.opening_return is None:
        return area
    pointer, codes = area.opening_return, area.provider_codes
    return with_children(area, *children_of_return(pointer, codes, area.start, area.path))


def with_children(
    area: Area,
    children: tuple[ChildInCare, ...],
    left: tuple[PastLeaver, ...] | None = None,
    notes: Sequence[str] = (),
) -> Area:
    """An area that holds children one by one; its opening then counts them.

    Parameters
    ----------
    left : past leavers one by one; None keeps the area's own
    """
    if not children:
        raise InputFaults([Fault(area.path, "", None, "nobody is in care at the start")])
    return replace(
        area,
        children=children,
        opening=tuple(counted(children, area.start)),
        left=area.left if left is None else left,
        assumptions=(*area.assumptions, *notes),
    )


def counted(children: Sequence[ChildInCare], start: date) -> list[OpeningRow]:
    """Children one by one as counts; a month of birth counts as its middle."""
    counts: dict[tuple[int, int, int, int, int], int] = {}
    night = start - timedelta(days=1)
    for child in children:
        born = child.born_from + (child.born_to - child.born_from) / 2
        years = night.year - born.year
        age = years - (1 if birthday(born, years) > night else 0)
        days = (start - child.in_care_since).days - 1
        band = max(at for at, first in enumerate(TIME_BAND_DAYS) if first <= max(0, days))
        key = (min(17, max(0, age)), band, child.kind, child.group, child.level)
        counts[key] = counts.get(key, 0) + 1
    return [OpeningRow(*key, children=number) for key, number in sorted(counts.items())]


def _from(area: Area, start: date) -> Area:
    """The area from a later start, its past leavers that much longer gone."""
    past = past_leavers(area, timeline(Period(area.start, 1)))
    day = timedelta(days=1)
    left = tuple(
        PastLeaver(area.start + born * day, area.start + gone * day, reason, group)
        for born, gone, reason, group in zip(*(column.tolist() for column in past[1:]), strict=True)
        if birthday(area.start + born * day, 18) > start
    )
    return replace(area, start=start, left=left)


def list_count(area: Area, children: int) -> ListCount | None:
    """How many children a list has and how many were known last; None without either."""
    if area.placements_now is None:
        return None
    when = area.placements_now.as_at
    known = [row for row in area.history if date(row.year, 3, 31) <= when and row.children]
    if not known:
        return None
    last = max(known, key=lambda row: row.year)
    return ListCount(children, last.children, date(last.year, 3, 31))


def _too_few(area: Area, listed: Listed, chosen: PlacementsNow) -> list[Fault]:
    """A list of some of the children in care would forecast those of all others as gone."""
    children = len(listed.children) + listed.turned_18
    count = list_count(replace(area, placements_now=chosen), children)
    if count is None or count.known < FEW or children >= LEAST_SHARE * count.known:
        return []
    rule = (
        f"the area's history says {count.known:,} on {_day(count.known_on)}: a list must hold "
        "every child in care; if so few are, put their latest count in the history"
    )
    return [Fault(chosen.file, "children", children, rule)]


def _unpriced(area: Area, listed: Listed, chosen: PlacementsNow) -> list[Fault]:
    """A child's own price is a factor on the kind's, which must then be more than nothing."""
    start = chosen.start
    gross = draft_prices(replace(area, start=start), Period(start, 1), []).gross[0, :, 0]
    own = {child.kind for child in listed.children if child.gbp_per_week}
    rule = "has prices in the list, and must have a price above nothing in the unit costs"
    return [
        Fault(chosen.file, kind_label(kind), None, rule) for kind in sorted(own) if not gross[kind]
    ]


def _notes(chosen: PlacementsNow, start: date, listed: Listed) -> list[str]:
    """What the reader must know of the list."""
    notes = [
        f"The {len(listed.children):,} children in care at the start are those of the council's "
        f"list of placements as at {_day(chosen.as_at)}; days of birth are drawn within the "
        "month, and all are of the standard level of need until they move."
    ]
    if start != chosen.as_at:
        notes.append(
            f"The list is taken to hold on the night before {_day(start)}, when the run starts."
        )
    if listed.turned_18:
        notes.append(f"{listed.turned_18} of the list turn 18 before the start and are left out.")
    return notes


def _day(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


# Money -------------------------------------------------------------------------------------------


def with_own_prices(opening: OpeningChildren, area: Area, period: Period) -> OpeningChildren:
    """Opening children with the prices and contributions of the list.

    A child's own price holds for the present placement, and rises as its kind's does::

        own_price = gbp_per_week / (price of the kind, group and level at the start)

    A contribution takes the place of the kind's income: what counts is how much it differs from it.
    """
    if not area.children:
        return opening
    prices = draft_prices(area, period, [])
    gross = prices.gross[0, :, OPENING_COHORT][opening.kind]
    kinds_own = gross * prices.relative[opening.kind, opening.group, opening.level]
    income = prices.income[0, :, OPENING_COHORT][opening.kind]
    paid = _or_nan([child.gbp_per_week for child in area.children])
    given = _or_nan([child.contribution_gbp_per_week for child in area.children])
    factor = np.divide(paid, kinds_own, out=np.where(paid == 0, 1.0, paid), where=kinds_own > 0)
    return opening._replace(
        own_price=np.where(np.isnan(paid), -1.0, factor),
        own_income=np.where(np.isnan(given), 0, np.rint((given - income) * 100)).astype(np.int64),
    )


def _or_nan(values: Sequence[float | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def listed_prices(area: Area) -> list[ListedPrice]:
    """Mean and log-spread of the list's prices by kind, to set against the unit costs."""
    gross = draft_prices(area, Period(area.start, 1), []).gross[0, :, OPENING_COHORT]
    found = []
    for kind in range(len(KINDS)):
        paid = np.array(
            [c.gbp_per_week for c in area.children if c.kind == kind and c.gbp_per_week]
        )
        if len(paid):
            spread = float(np.std(np.log(paid), ddof=1)) if len(paid) > 1 else 0.0
            mean = float(paid.mean())
            found.append(ListedPrice(kind, len(paid), mean, spread, float(gross[kind])))
    return found


def fitted_to_list(area: Area) -> Area:
    """An area whose prices of new placements that are bought follow its list.

    An external kind with `ENOUGH_PRICES` takes the spread of the logs of its prices, each over the
    kind's price for that group and level, and their mean where nobody had confirmed the area's own;
    prices of groups and levels keep their ratios. What the council's own places cost is not in a
    list, which has what is paid for a child.
    """
    prices = draft_prices(area, Period(area.start, 1), [])
    spread, costs = area.parameters.placements.price_spread, list(area.unit_costs)
    spreads, notes = spread.values.copy(), []
    for kind, (_, provider) in enumerate(KINDS):
        mine = [child for child in area.children if child.kind == kind and child.gbp_per_week]
        if provider != EXTERNAL or len(mine) < ENOUGH_PRICES:
            continue
        paid = np.array([child.gbp_per_week for child in mine], dtype=np.float64)
        relative = prices.relative[kind, [c.group for c in mine], [c.level for c in mine]]
        ratio = paid / (prices.gross[0, kind, OPENING_COHORT] * relative)
        spreads[kind] = float(np.std(np.log(ratio), ddof=1))
        note = f"New placements, {kind_label(kind)}: prices spread as {len(mine)} of the list do"
        if not prices.confirmed[kind]:
            costs = [_at_listed_price(row, kind, float(ratio.mean()), len(mine)) for row in costs]
            was = prices.gross[0, kind, OPENING_COHORT]
            note += f", about their mean of £{was * ratio.mean():,.0f} a week (£{was:,.0f} before)"
        notes.append(f"{note}.")
    if not notes:
        return area
    placements = replace(area.parameters.placements, price_spread=replace(spread, values=spreads))
    return replace(
        area,
        parameters=replace(area.parameters, placements=placements),
        unit_costs=tuple(costs),
        assumptions=(*area.assumptions, *notes),
    )


def _at_listed_price(row: UnitCost, kind: int, ratio: float, prices: int) -> UnitCost:
    """A unit cost carried to the mean of the list, if it is of the kind."""
    if row.kind != kind:
        return row
    source = f"mean of {prices} prices of the council's list; before: {row.source}"
    return replace(row, gbp_per_week=row.gbp_per_week * ratio, source=source, confirmed=True)
