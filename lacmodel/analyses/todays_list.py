"""A forecast from a list of today's placements: what its prices and its expected ends say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.forecast import Forecast, range_of, run_forecast
from lacmodel.analyses.simulate import EXPECTED, Settings
from lacmodel.codes import kind_label
from lacmodel.listed import listed_prices
from lacmodel.money.spend import net_by_year
from lacmodel.opening import without_expected_ends
from lacmodel.plan import Plan
from lacmodel.results import (
    QUANTILE_COLUMNS,
    TidyTable,
    children_in,
    is_single,
    kind_words,
    number,
    quantile_cells,
    stock_dates,
    summarise,
    user_text,
)
from lacmodel.timeline import NEVER

NOT_IN_STOCK_FLOW: Final = (
    "Expected numbers (stock_flow) price the children of the list as their kinds are priced and "
    "leave expected ends and contributions out; the event engines hold to the list."
)
Progress = Callable[[int], None] | None


class ExpectedEnds(NamedTuple):
    """The same futures with the expected ends of the list, and without them."""

    honoured: Forecast
    ignored: Forecast
    placements: int  # with an expected end


def tries(plan: Plan, settings: Settings, ignore: bool) -> tuple[Plan, Plan | None]:
    """The plan to run, and beside it the one that treats expected ends the other way, if any."""
    if plan.area.children and settings.engine == EXPECTED:
        return replace(plan, notes=(*plan.notes, NOT_IN_STOCK_FLOW)), None
    if not expected_ends(plan):
        return plan, None
    without = replace(plan, opening=without_expected_ends(plan.opening))
    return (without, plan) if ignore else (plan, without)


def expected_ends(plan: Plan) -> int:
    """How many placements of the list have an expected end."""
    return int((plan.opening.expected_day < NEVER).sum())


def forecast_of_list(
    plan: Plan, other: Plan | None, settings: Settings, progress: Progress = None
) -> tuple[Forecast, ExpectedEnds | None]:
    """The forecast, and both ways of treating expected ends, said in a note of the plan."""
    result = run_forecast(plan, settings, progress)
    if other is None:
        return result, None
    beside = run_forecast(other, settings, progress)
    placements = max(expected_ends(plan), expected_ends(other))
    honoured, ignored = (result, beside) if expected_ends(plan) else (beside, result)
    ends = ExpectedEnds(honoured, ignored, placements)
    notes = (*plan.notes, words_for(ends, honoured is result))
    return replace(result, plan=replace(plan, notes=notes)), ends


def words_for(ends: ExpectedEnds, used: bool) -> str:
    """One sentence with both totals."""
    children = [
        range_of(children_in(run.ensemble)[:, -1], False).central
        for run in (ends.honoured, ends.ignored)
    ]
    spend = [
        float(net_by_year(run.money).sum(axis=1).mean()) / 1e6
        for run in (ends.honoured, ends.ignored)
    ]
    alone = ends.placements == 1
    listed = f"{ends.placements} placement{'' if alone else 's'}"
    has, verb = ("has", "is") if alone else ("have", "are")
    kept = f"{verb} honoured here" if used else f"{verb} not honoured here (--ignore-expected-ends)"
    last = stock_dates(ends.honoured.plan.period)[-1]
    return (
        f"{listed} of the list {has} an expected end, which {kept}: "
        f"{children[0]:,.0f} children on {last.day} {last:%B %Y} and £{spend[0]:,.2f} million net "
        f"over the whole period with them, {children[1]:,.0f} children and "
        f"£{spend[1]:,.2f} million without."
    )


def list_tables(result: Forecast, ends: ExpectedEnds | None) -> list[TidyTable]:
    """The tables that only a run from a list has."""
    made = [prices_table(result.plan)] if listed_prices(result.plan.area) else []
    return [*made, *([ends_table(ends)] if ends else [])]


def prices_table(plan: Plan) -> TidyTable:
    """The prices of the list by kind, offered as unit costs of the area."""
    columns = (
        "scenario", "line", "placement", "provider", "children_with_a_price",
        "mean_gbp_per_week", "log_spread", "area_gbp_per_week", "mean_to_area_ratio",
    )  # fmt: skip
    rows = tuple(
        (
            user_text(plan.name),
            kind_label(price.kind),
            *kind_words(price.kind),
            str(price.children),
            number(price.mean_gbp_per_week),
            number(price.log_spread, 4),
            number(price.area_gbp_per_week),
            number(price.mean_gbp_per_week / price.area_gbp_per_week, 4),
        )
        for price in listed_prices(plan.area)
    )
    return TidyTable("listed_prices", columns, rows)


def ends_table(ends: ExpectedEnds) -> TidyTable:
    """Children at each month end and spend by year, with expected ends, without, and between."""
    columns = ("scenario", "expected_ends", "measure", "period", "unit", *QUANTILE_COLUMNS)
    children = [children_in(run.ensemble).astype(np.int64) for run in ends[:2]]
    spend = [net_by_year(run.money) for run in ends[:2]]
    single = is_single(ends.honoured.ensemble)
    rows: list[tuple[str, ...]] = []
    dates = [when.isoformat() for when in stock_dates(ends.honoured.plan.period)]
    years = [year.label for year in ends.honoured.money.years]
    for word, count, pounds in zip(
        ("honoured", "ignored", "honoured less ignored"),
        (*children, children[0] - children[1]),
        (*spend, spend[0] - spend[1]),
        strict=True,
    ):
        head = (user_text(ends.honoured.plan.name), word)
        rows += _rows((*head, "children"), "children", dates, count, single)
        rows += _rows((*head, "net_gbp"), "pounds", years, pounds, single)
    return TidyTable("expected_ends", columns, tuple(rows))


def _rows(
    head: tuple[str, ...], unit: str, periods: list[str], values: NDArray[Any], single: bool
) -> list[tuple[str, ...]]:
    summary = summarise(values, single)
    return [
        (*head, period, unit, *quantile_cells(summary, at)) for at, period in enumerate(periods)
    ]
