"""The table of a sufficiency statement: one row a number, by month and by financial year."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.distances import children_away
from lacmodel.analyses.forecast import tables
from lacmodel.analyses.given import CAUSES, SOUGHT
from lacmodel.analyses.sufficiency import (
    CONFIDENCE,
    Sufficiency,
    cells_in_words,
    places_enough,
    shortage_days_share,
    turned_away_share,
)
from lacmodel.codes import KINDS, PLACEMENTS
from lacmodel.results import (
    ALL,
    QUANTILE_COLUMNS,
    Summary,
    TidyTable,
    kind_words,
    number,
    quantile_cells,
    stock_dates,
    summarise,
    user_text,
    year_ends,
)
from lacmodel.timeline import financial_year

COLUMNS: Final = (
    "scenario", "financial_year", "date", "placement", "provider", "ages", "groups", "levels",
    "measure", "unit", *QUANTILE_COLUMNS,
)  # fmt: skip
WHERE: Final = ("in_area", "out_of_area", "over_20_miles")
Cells = tuple[str, ...]


class Span(NamedTuple):
    """A month, or a financial year, of a run."""

    financial_year: str
    date: str  # the last day of a month; blank for a year
    months: slice
    days: slice


def spans(answer: Sufficiency) -> Iterator[Span]:
    """Every month of a run, then every financial year."""
    dates = stock_dates(answer.plan.period)[1:]
    for month, when in enumerate(dates):
        months = slice(month, month + 1)
        yield Span(financial_year(when), when.isoformat(), months, answer.days_of(months))
    for year in answer.years:
        yield Span(year.label, "", year.months, answer.days_of(year.months))


def sufficiency_tables(answer: Sufficiency) -> list[TidyTable]:
    """Every table of a run, and those of its places."""
    made = [
        stability_of(answer, table) if table.name == "stability" else table
        for table in tables(answer.result)
    ]
    return [*made, sufficiency_table(answer)]


def sufficiency_table(answer: Sufficiency) -> TidyTable:
    """Need, places, use, shortage and what it costs."""
    scenario = user_text(answer.plan.name)
    rows = []
    for span in spans(answer):
        head = (scenario, span.financial_year, span.date)
        rows += [head + row for row in _need_rows(answer, span)]
        for scope in range(len(answer.scopes)):
            rows += [head + row for row in scope_rows(answer, scope, span)]
        rows += [head + row for row in _lost_rows(answer, span)]
        if not span.date:
            rows += [head + row for row in _where_rows(answer, span)]
    return TidyTable("sufficiency", COLUMNS, tuple(rows))


def _row(where: Cells, measure: str, unit: str, values: NDArray[Any], decimals: int = 2) -> Cells:
    """A row of one measure; values that are the same in every future have no spread."""
    seen = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    summary = summarise(seen) if len(seen) else Summary(*np.full(4, np.nan))
    return (*where, measure, unit, *quantile_cells(summary, (), decimals))


def _single(where: Cells, measure: str, unit: str, value: float) -> Cells:
    """A row of a number that is the same in every future, or of all futures together."""
    return (*where, measure, unit, number(value, 1), "", "", "")


def _weights(answer: Sufficiency, span: Span) -> NDArray[np.float64]:
    """The share of a span's days that lie in each of its months."""
    starts = answer.plan.period.month_starts(span.months.stop + 1)[span.months.start :]
    days = np.diff([start.toordinal() for start in starts])
    return np.asarray(days / days.sum(), dtype=np.float64)


def _need_rows(answer: Sufficiency, span: Span) -> Iterator[Cells]:
    """Children in need of every type on an average day, and of each sort of them."""
    weights = _weights(answer, span)
    need = np.einsum("m,fmpc->fpc", weights, answer.need.cells[:, span.months])
    for placement, name in enumerate(PLACEMENTS):
        for cell, words in enumerate(cells_in_words()):
            where = (name, ALL, *words)
            yield _row(where, "need", "children", need[:, placement, cell])


def scope_rows(answer: Sufficiency, scope: int, span: Span) -> Iterator[Cells]:
    """Need against places of one scope."""
    words = answer.scopes[scope]
    where = (words.placement, ALL, words.ages, words.groups, words.levels)
    demand, usable = answer.need.by_day[:, scope, span.days], answer.usable[scope, span.days]
    weights, use = _weights(answer, span), answer.use
    for name, values in (
        ("need_and_staying_on", demand.mean(axis=1)),
        ("staying_on_in_need", answer.need.adults[:, scope, span.months] @ weights),
        ("used_by_children", use.children[:, scope, span.months] @ weights),
        ("used_by_adults", use.adults[:, scope, span.months] @ weights),
        ("empty", use.empty[:, scope, span.months] @ weights),
        ("gap", demand.mean(axis=1) - usable.mean()),
    ):
        yield _row(where, name, "places a day", values)
    yield _single(where, "approved", "places", answer.approved[scope, span.days].mean())
    yield _single(where, "usable", "places", usable.mean())
    share = shortage_days_share(demand, usable)
    yield _row(where, "shortage_days_share", "share of days", share, 4)
    for confidence in CONFIDENCE:
        enough = places_enough(demand, confidence)
        yield _single(where, f"enough_{confidence:.0%}".rstrip("%"), "places", enough)
    yield from _sought_rows(where, use.sought[:, span.months, scope].sum(axis=1))


def _sought_rows(where: Cells, sought: NDArray[np.int64]) -> Iterator[Cells]:
    """Placements sought in a scope, and what they did not find."""
    for at, name in enumerate(SOUGHT):
        yield _row(where, name, "placements", sought[:, at])
    share = turned_away_share(sought[:, 0], sought[:, -1])
    yield _row(where, "turned_away_share", "share of placements sought", share, 4)


def _lost_rows(answer: Sufficiency, span: Span) -> Iterator[Cells]:
    """Nights and money lost to want of places, and unregistered settings."""
    use, months = answer.use, span.months
    nights, pounds = use.nights_lost[:, months].sum(axis=1), use.pounds_lost[:, months].sum(axis=1)
    for cause, words in enumerate(CAUSES):
        name = words.replace(" ", "_")
        for placement, type_ in enumerate(PLACEMENTS):
            if nights[:, cause, placement].any():
                where = (type_, ALL, ALL, ALL, ALL)
                lost = nights[:, cause, placement]
                yield _row(where, f"nights_in_{name}_for_want_of_a_place", "nights", lost)
        where = (ALL,) * 5
        yield _row(where, f"lost_to_{name}_gbp", "pounds", pounds[:, cause])
    unregistered = use.unregistered_nights[:, months].sum(axis=1)
    for at, ages in enumerate((ALL, "0 to 15")):
        where = ("unregistered", ALL, ages, ALL, ALL)
        yield _row(where, "unregistered_nights", "nights", unregistered[:, at])
        if not span.date and (year := _march(answer, span)) is not None:
            children = use.unregistered_children[:, year, at]
            yield _row(where, "unregistered_children", "children", children)


def _march(answer: Sufficiency, span: Span) -> int | None:
    """Which 31 March of the run a financial year ends on, if it does within the run."""
    ends = [financial_year(when) for when in year_ends(answer.plan.period)]
    return ends.index(span.financial_year) if span.financial_year in ends else None


def _where_rows(answer: Sufficiency, span: Span) -> Iterator[Cells]:
    """Children in area, out of area and over 20 miles from home, by kind and in all."""
    away = children_away(answer.result, span.months)
    for at, name in enumerate(WHERE):
        for kind in range(len(KINDS)):
            yield _row((*kind_words(kind), ALL, ALL, ALL), name, "children", away[:, kind, at])
        yield _row((ALL,) * 5, name, "children", away[:, :, at].sum(axis=1))


def stability_of(answer: Sufficiency, table: TidyTable) -> TidyTable:
    """Placement stability, with the children who have had one placement for two years."""
    long, scenario = answer.use.long_in_care, user_text(answer.plan.name)
    rows = list(table.rows)
    for year, when in enumerate(year_ends(answer.plan.period)):
        of, same = long[:, year, 0], long[:, year, 1]
        if of.any():
            head = (scenario, when.isoformat())
            share = turned_away_share(of, same)
            cells = quantile_cells(summarise(same), ())
            rows.append((*head, "same_placement_two_years", "children", *cells))
            unit = "share of children under 16 in care for two and a half years"
            cells = quantile_cells(summarise(share[~np.isnan(share)]), (), 4)
            rows.append((*head, "same_placement_two_years_share", unit, *cells))
    return TidyTable(table.name, table.columns, tuple(rows))
