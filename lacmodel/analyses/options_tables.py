"""The table of an options appraisal: every measure of every option, and what must be true."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.case_tables import payback_range
from lacmodel.analyses.distances import children_away
from lacmodel.analyses.forecast import Range, own_places, range_of, year_spend
from lacmodel.analyses.options import (
    Appraised,
    Option,
    capital_limit,
    cheapest_share,
    payback,
    price_windows,
    whole_life_costs,
)
from lacmodel.codes import KIND_OF, PLACEMENTS
from lacmodel.results import (
    TidyTable,
    children_in,
    flow_in,
    number,
    stability,
    user_text,
    year_ends,
)

WHOLE: Final = "whole run"
OUT_OF_AREA: Final = 1  # of the places of `children_away`
LIFE: Final = "20 years from the start"
NOT_FREE: Final = "placed_externally_none_free"
UNREGISTERED: Final = KIND_OF[PLACEMENTS.index("unregistered")][:1]


class Measure(NamedTuple):
    """One row of the appraisal: what is measured, and its range for every option."""

    name: str
    period: str
    unit: str
    ranges: tuple[Range | None, ...]  # by option; None: does not apply


Row = tuple[str, str, str, Range | None]


def measures(appraised: Appraised) -> list[Measure]:
    """Every row of the appraisal, in the order of the page."""
    by_option = [_rows(option) for option in appraised.options]
    rows = []
    for same in zip(*by_option, strict=True):
        name, period, unit, _ = same[0]
        rows.append(Measure(name, period, unit, tuple(row[3] for row in same)))
    return [*rows, _payback(appraised), *_whole_life(appraised), *_what_must_be_true(appraised)]


def known(value: float | None) -> Range | None:
    """A number without a range."""
    return None if value is None else Range(float(value), None, None)


def spread(values: NDArray[Any]) -> Range:
    """The range of a number across futures."""
    return range_of(values, single=False)


def _rows(option: Option) -> list[Row]:
    """What can be said of one option alone."""
    return [
        ("capital", WHOLE, "pounds", known(option.capital.sum())),
        *_places(option),
        *_money(option),
        *_children(option),
    ]


def _places(option: Option) -> list[Row]:
    plan, short = option.plan, flow_in(option.course.result.ensemble, NOT_FREE)
    return [
        *(
            ("own_places", when.isoformat(), "usable places", known(own_places(plan, when)))
            for when in year_ends(plan.period)
        ),
        *(
            (NOT_FREE, year.label, "placements", spread(short[:, year.months].sum(axis=1)))
            for year in option.course.result.money.years
        ),
    ]


def _money(option: Option) -> list[Row]:
    years = year_spend(option.course.result)
    return [
        *(("net_spend", year.financial_year, "pounds", year.net) for year in years),
        *(
            ("within_budget_and_contingency", year.financial_year, "share of futures",
             known(1 - year.chance_over))
            for year in years
            if year.chance_over is not None
        ),
    ]  # fmt: skip


def _children(option: Option) -> list[Row]:
    """Who is where at the last 31 March."""
    plan, ensemble = option.plan, option.course.result.ensemble
    when, index = list(year_ends(plan.period).items())[-1]
    date, counts = when.isoformat(), stability(plan, ensemble)[0]
    last = option.course.result.money.years[-1]
    away = children_away(option.course.result, last.months)[:, :, OUT_OF_AREA].sum(axis=1)
    return [
        ("children", date, "children", spread(children_in(ensemble)[:, index])),
        ("out_of_area", last.label, "children", spread(away)),
        ("unregistered", date, "children", spread(children_in(ensemble, UNREGISTERED)[:, index])),
        ("three_or_more_placements", date, "children", spread(counts[:, -1])),
    ]


# Between options ------------------------------------------------------------------------------


def _payback(appraised: Appraised) -> Measure:
    years = [payback(appraised, option) for option in appraised.options]
    ranges = tuple(None if some is None else Range(*payback_range(some)) for some in years)
    return Measure("payback", "from the first opening", "years", ranges)


def _whole_life(appraised: Appraised) -> list[Measure]:
    costs = whole_life_costs(appraised)
    return [
        Measure("worth", LIFE, "pounds", tuple(spread(costs[0] - cost) for cost in costs)),
        Measure("costs_least", LIFE, "share of futures", tuple(map(known, cheapest_share(costs)))),
    ]


def _what_must_be_true(appraised: Appraised) -> list[Measure]:
    """What external prices and capital must be for each option to cost least."""
    lows, highs = zip(*price_windows(appraised), strict=True)
    limits = (capital_limit(appraised, at) for at in range(len(appraised.options)))
    assumed = "times those assumed"
    return [
        Measure("least_from_external_prices", LIFE, assumed, tuple(map(known, lows))),
        Measure("least_to_external_prices", LIFE, assumed, tuple(map(known, highs))),
        Measure("least_to_capital", LIFE, "pounds", tuple(map(known, limits))),
    ]


def options_table(appraised: Appraised) -> TidyTable:
    """Every measure of every option; a row a number."""
    columns = ("option", "measure", "period", "unit", "central", "low", "high")
    rows = tuple(
        (user_text(option.plan.name), *row[:3], *map(_cell, row.ranges[at] or (None,) * 3))
        for at, option in enumerate(appraised.options)
        for row in measures(appraised)
    )
    return TidyTable("options", columns, rows)


def _cell(value: float | None) -> str:
    """A cell; blank where there is no number, ``never`` where payback never comes.

    >>> _cell(2.5), _cell(None), _cell(float("inf")), _cell(-float("inf"))
    ('2.50', '', 'never', 'never')
    """
    if value is None:
        return ""
    return number(value) if np.isfinite(value) else "never"
