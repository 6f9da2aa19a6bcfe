"""An area of a return that may leave the building: counts in fives, nothing of a child.

The rule, which the area states itself:

* children in care at the start, and every count of history, are multiples of five. Only children by
  age band, by kind and by group are the council's; how these go together is England's;
* past leavers are those that England's rates imply for the council's numbers;
* a rate that rests on 1 to 5 events is England's, and so is a whole row of shares with such a cell;
  other rates have two digits, shares excepted, which must add up to one;
* nothing points at the return, and the events, exposure and covariance of the rates stay behind.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import HistoryYear, OpeningRow
from lacmodel.area.residents import mid_year, residents_between
from lacmodel.codes import AGE_BAND_OF_YEAR, AGE_BANDS, GROUPS, KINDS, REASONS
from lacmodel.fitting import at_start, totals
from lacmodel.fitting.area_of_return import ACCOUNT, MATCH, ReturnArea, by_kind, match_of
from lacmodel.fitting.england_shares import supply_for
from lacmodel.fitting.published_figures import PublishedFigures, Scope
from lacmodel.fitting.return_rates import Fitted
from lacmodel.fitting.rounding import whole_margin
from lacmodel.parameters import collect, national_folder
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

STEP: Final = 5  # children; every count is a multiple of it
FEW: Final = 5  # events; a rate that rests on so many or fewer is England's
DIGITS: Final = 2
SHARE: Final = "_share"  # the ending of tables whose last axis adds up to one, or is one chance
RULE: Final = (
    "To be shared, this area has counts of children in fives, the council's own only by "
    "age band, kind and group; how these go together, time in care and past leavers are England's. "
    "Rates that rest on 1 to 5 events are England's."
)


def shareable(made: ReturnArea) -> ReturnArea:
    """The area of a return without anything that could tell of one child."""
    area = made.area
    history = tuple(map(_in_fives, area.history))
    opening = area.opening
    kinds = rounded(by_kind(opening))
    figures = _figures(opening, kinds, area.start.year)
    fitted = totals.fit_totals(
        totals.Totals(
            area.start.year,
            {row.year: row.children for row in history},
            {row.year: row.started for row in history if row.started is not None},
            {row.year: row.ceased for row in history if row.ceased is not None},
            residents_between(area.population, 0.0, mid_year(area.start.year - 1)),
        )
    )
    supply = tuple(supply_for(kinds))
    rows = tuple(at_start.opening_rows(fitted.children, figures))
    rates = {one.name: coarse(one) for one in made.fitted.rates.fitted}
    rates |= {MATCH: match_of(fitted.again, rows, supply)}
    shown = replace(
        area,
        parameters=collect(totals.national_tables() | rates, national_folder()),
        history=history,
        opening=rows,
        past_leavers=tuple(at_start.past_leaver_rows(fitted.past_leavers)),
        supply=supply,
        assumptions=(RULE, *(text for text in area.assumptions if not text.startswith(ACCOUNT))),
        opening_return=None,
        estimates=None,
        provider_codes=(),
    )
    return made._replace(area=shown, rates=rates)


def rounded(counts: FloatArray) -> FloatArray:
    """Counts in fives that add up to their sum in fives.

    >>> rounded(np.array([3.0, 41.0, 1.0, 0.0])).tolist()
    [5.0, 40.0, 0.0, 0.0]
    """
    fives = whole_margin(counts / STEP, in_fives(float(counts.sum())) // STEP)
    return np.asarray(fives * STEP, dtype=np.float64)


def in_fives(count: float) -> int:
    """The nearest multiple of five.

    >>> in_fives(12), in_fives(13), in_fives(2)
    (10, 15, 0)
    """
    return STEP * int(count / STEP + 0.5)


def _in_fives(row: HistoryYear) -> HistoryYear:
    started, ceased = (None if n is None else in_fives(n) for n in (row.started, row.ceased))
    source = f"{row.source}; rounded to fives"
    return HistoryYear(row.year, in_fives(row.children), started, ceased, source)


def _figures(opening: tuple[OpeningRow, ...], kinds: FloatArray, year: int) -> PublishedFigures:
    """The margins of the opening children, in fives."""
    ages, groups = np.zeros(len(AGE_BANDS)), np.zeros(len(GROUPS))
    for row in opening:
        ages[AGE_BAND_OF_YEAR[row.age]] += row.children
        groups[row.group] += row.children
    nobody = np.zeros(len(AGE_BANDS))
    return PublishedFigures(
        year=year,
        children_by_age=rounded(ages),
        children_by_kind=kinds,
        children_by_group=rounded(groups),
        complex_by_kind=np.zeros(len(KINDS)),
        started_by_age=nobody,
        ceased_by_age=nobody,
        ceased_by_reason=np.zeros(len(REASONS)),
        history=(),
        residents=0.0,
        scopes=tuple(
            Scope(row.kind, row.youngest, row.oldest, row.groups, row.places * row.usable_share)
            for row in supply_for(kinds)
        ),
    )


def coarse(one: Fitted) -> Table:
    """A table in which what rests on few events is England's."""
    table, found = one.table, one.evidence
    few = (found.events > 0) & (found.events <= FEW)
    if one.name.endswith(SHARE):
        few = np.broadcast_to(few.any(axis=-1, keepdims=True), few.shape)
        values = table.values
    else:
        digits = [float(f"{value:.{DIGITS}g}") for value in table.values.ravel()]
        values = np.array(digits).reshape(table.values.shape)
    source = f"{table.source}; England's where it rests on 1 to {FEW} events"
    return replace(table, values=np.where(few, found.national, values), source=source)
