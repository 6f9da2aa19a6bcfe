"""Charts: each a picture, what it shows in words, and its numbers beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lacmodel.analyses.compare import Comparison, children_difference
from lacmodel.analyses.forecast import Forecast, headline, known_counts, year_spend
from lacmodel.area.opening_return import RETURN
from lacmodel.codes import KINDS, REASON_LABELS, REASONS, kind_label
from lacmodel.money.variance import stated
from lacmodel.once import once
from lacmodel.report.drawing import (
    Row,
    bars,
    children_fan,
    draw,
    fan,
    lines,
    ranges_by_year,
    reason_bars,
    small_charts,
    spend_bars,
    svg_of,
)
from lacmodel.report.words import long_date, pounds, pounds_range, whole
from lacmodel.results import (
    Summary,
    children_in,
    flow_in,
    is_single,
    number,
    stock_dates,
    summarise,
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, what it shows in words, its key, and its numbers."""

    title: str
    description: str
    svg: str  # empty where no picture could be drawn
    key: tuple[tuple[str, str], ...]  # (swatch, label); swatches are those of lacmodel.report.html
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def opening_and_year_ends(dates: Sequence[date]) -> tuple[int, ...]:
    """The indices of the opening and of every 31 March after it."""
    return (0, *(index for index in range(1, len(dates)) if dates[index].month == 3))


def summary_rows(dates: Sequence[date], summary: Summary) -> list[Row]:
    """One row a date, with the range where there is one."""
    rows = []
    for index, when in enumerate(dates):
        low, middle, high = (float(part[index]) for part in summary[1:])
        row: Row = {"date": when.isoformat(), "mean": round(float(summary.mean[index]), 2)}
        if low == low:  # not blank
            row |= {"low": round(low, 2), "middle": round(middle, 2), "high": round(high, 2)}
        rows.append(row)
    return rows


def history_rows(result: Forecast) -> list[Row]:
    """Published children in care on each 31 March up to the start."""
    start = result.plan.period.start
    return [
        {"date": date(row.year, 3, 31).isoformat(), "children": row.children}
        for row in sorted(result.plan.area.history, key=lambda row: row.year)
        if date(row.year, 3, 31) < start
    ]


def happened_rows(result: Forecast) -> list[Row]:
    """Children in care after the start, where it is known."""
    period = result.plan.period
    return [
        {"date": when.isoformat(), "children": children}
        for when, children in sorted(known_counts(result.plan.area).items())
        if period.start <= when <= period.end
    ]


def whose_line(result: Forecast) -> str:
    """What a line or bar without a range is: the central forecast, or the only future."""
    alone = headline(result).future
    return "central forecast" if alone is None else f"course of future {alone}"


@once
def children_chart(result: Forecast) -> Chart:
    """Children in care: history, the forecast with its range, and what happened."""
    dates = stock_dates(result.plan.period)
    rows = summary_rows(dates, summarise(children_in(result.ensemble), is_single(result.ensemble)))
    history, happened = history_rows(result), happened_rows(result)
    svg = svg_of(children_fan(rows, history, happened))
    key = [("line", whose_line(result))]
    if not is_single(result.ensemble):
        key.insert(0, ("band", "forecast: eight futures in ten"))
    whose = history_label(result)
    key += [("dots", f"{whose}, 31 March")] if history else []
    key += [("diamond", "what happened")] if happened else []
    table = children_rows(rows, history, happened, whose)
    return Chart(
        f"Children in care, {result.plan.area.name}",
        f"The {whose_line(result)} goes from {table[len(history)][1]} to {table[-1][1]} children "
        f"by {long_date(dates[-1])}. The axis does not start at nought.",
        svg, tuple(key), ("Date", "Children", "Low", "High", "What is it"), tuple(table),
    )  # fmt: skip


def history_label(result: Forecast) -> str:
    """Where the history comes from: published figures, or the council's own return."""
    own = any(row.source == RETURN for row in result.plan.area.history)
    return "from the council's return" if own else "published"


def children_rows(
    forecast: Sequence[Row],
    history: Sequence[Row],
    happened: Sequence[Row],
    whose: str = "published",
) -> list[tuple[str, ...]]:
    """The numbers of the children's chart: history, then the forecast by quarter with outcomes."""
    known = {row["date"]: whole(row["children"]) for row in happened}
    table: list[tuple[str, ...]] = [
        (british(row["date"]), whole(row["children"]), "", "", whose) for row in history
    ]
    for index, row in enumerate(forecast):
        if index % 3 and row["date"] not in known:
            continue
        low, high = (number(row.get(end, float("nan")), 0) for end in ("low", "high"))
        what = "forecast" if index else "opening"
        if row["date"] in known:
            what += f"; what happened: {known[row['date']]}"
        middle = whole(row["middle"] if "middle" in row else row["mean"])
        table.append((british(row["date"]), middle, low, high, what))
    return table


def british(iso: str) -> str:
    """An ISO date as a British one.

    >>> british("2018-03-31")
    '31 March 2018'
    """
    return long_date(date.fromisoformat(iso))


@once
def placements_chart(result: Forecast) -> Chart:
    """One small chart for each kind of placement, each with an axis of its own."""
    dates, single = stock_dates(result.plan.period), is_single(result.ensemble)
    by_kind = {
        kind_label(kind): summary_rows(
            dates, summarise(children_in(result.ensemble, (kind,)), single)
        )
        for kind in range(len(KINDS))
    }
    shown = {name: rows for name, rows in by_kind.items() if any(row["mean"] for row in rows)}
    svg = draw(small_charts(shown)) if shown else ""
    ends = opening_and_year_ends(dates)
    columns = ("Placement", *(long_date(dates[index]) for index in ends))
    rows = tuple(
        (name, *(_range_cell(some[index]) for index in ends)) for name, some in shown.items()
    )
    key = (("band", "eight futures in ten"), ("line", whose_line(result)))
    description = "Each small chart has an axis of its own, which does not start at nought."
    return Chart("Children by placement", description, svg, key[single:], columns, rows)


def _range_cell(row: Row) -> str:
    if "low" not in row or row["low"] == row["high"]:
        return whole(row["mean"])
    return f"{whole(row['middle'])} ({whole(row['low'])} to {whole(row['high'])})"


@once
def spend_chart(result: Forecast) -> Chart:
    """Net spend by financial year with its range, and the budget where there is one."""
    rows = spend_rows(result)
    budgets = budget_rows(result)
    svg = svg_of(spend_bars(rows, budgets), height=260)
    key = [("bar", "net spend, average")]
    key += [] if is_single(result.ensemble) else [("rule", "eight futures in ten")]
    key += [("thick", "budget"), ("thin", "budget and contingency")] if budgets else []
    table = tuple(_spend_row(row, budgets) for row in rows)
    columns = ("Financial year", "Average", "Low", "High", "Budget", "Budget and contingency")
    description = f"Net spend by financial year, from {table[0][1]} to {table[-1][1]}."
    return Chart("Net spend by year", description, svg, tuple(key), columns, table)


def spend_rows(result: Forecast) -> list[Row]:
    """Net spend by financial year in millions, average and range."""
    rows = []
    for year in year_spend(result):
        ends = zip(("central", "low", "high"), year.net, strict=True)
        amounts = {name: round(end / 1e6, 3) for name, end in ends if end is not None}
        rows.append({"year": year.financial_year, **amounts})
    return rows


def budget_rows(result: Forecast) -> list[Row]:
    """Budget, and budget with contingency, of the years that have one, in millions."""
    rows = []
    for year in result.money.years:
        base = stated(result.plan.area, year.label, "base")
        extra = stated(result.plan.area, year.label, "contingency") or 0.0
        if base is not None:
            rows.append({"year": year.label, "budget": base / 1e6, "limit": (base + extra) / 1e6})
    return rows


def _spend_row(row: Row, budgets: Sequence[Row]) -> tuple[str, ...]:
    budget: Row = next((found for found in budgets if found["year"] == row["year"]), {})
    amounts = [row["central"], row.get("low"), row.get("high"), *_limits(budget)]
    return (row["year"], *("" if a is None else pounds(a * 1e6) for a in amounts))


def _limits(budget: Row) -> tuple[float | None, float | None]:
    return budget.get("budget"), budget.get("limit")


def entries_chart(result: Forecast) -> Chart:
    """Children who came into care in each financial year."""
    names = ("entries", "re_entries", "delayed_entries")
    return flow_chart(result, "Children coming into care by year", names)


def leavers_chart(result: Forecast) -> Chart:
    """Children who left care in each financial year."""
    names = tuple(f"exits_{reason}" for reason in REASONS)
    return flow_chart(result, "Children leaving care by year", names)


def flow_chart(result: Forecast, title: str, names: Sequence[str]) -> Chart:
    """A flow of children by financial year, with its range."""
    flows, years = flow_in(result.ensemble, *names), result.money.years
    rows: list[Row] = []
    for year in years:
        summary = summarise(flows[:, year.months].sum(axis=1), is_single(result.ensemble))
        central = summary.mean if is_single(result.ensemble) else summary.p50
        rows.append({"year": year.label, "central": round(float(central), 1)})
        if not is_single(result.ensemble):
            rows[-1] |= {"low": round(float(summary.p10), 1), "high": round(float(summary.p90), 1)}
    svg = svg_of(bars(rows, "children", ",.0f"), height=180)
    table = tuple(
        (
            row["year"],
            *(whole(row[end]) if end in row else "" for end in ("central", "low", "high")),
        )
        for row in rows
    )
    key = [("bar", whose_line(result))]
    key += [] if is_single(result.ensemble) else [("rule", "eight futures in ten")]
    description = f"From {table[0][1]} in {table[0][0]} to {table[-1][1]} in {table[-1][0]}."
    return Chart(title, description, svg, tuple(key), ("Year", "Central", "Low", "High"), table)


def reasons_chart(result: Forecast) -> Chart:
    """Why children leave, as an average a year over the run."""
    years = result.plan.period.years
    rows: list[Row] = [
        {
            "reason": REASON_LABELS[reason],
            "children": round(
                float(flow_in(result.ensemble, f"exits_{reason}").sum(axis=1).mean()) / years, 1
            ),
        }
        for reason in REASONS
    ]
    svg = svg_of(reason_bars(rows), width=500, height=220)
    most = max(rows, key=lambda row: row["children"])
    table = tuple((row["reason"], number(row["children"], 1)) for row in rows)
    description = f"The commonest reason is: {most['reason']}."
    return Chart(
        "Reasons for leaving, children a year", description, svg, (), ("Reason", "Children"), table
    )


def scenarios_chart(comparison: Comparison) -> Chart:
    """The central forecast of every scenario, one line each."""
    dates = stock_dates(comparison.baseline.plan.period)
    titles = [run.plan.title for run in comparison.all]
    series = [
        summary_rows(dates, summarise(children_in(run.ensemble), is_single(run.ensemble)))
        for run in comparison.all
    ]
    svg = svg_of(lines(series, "children in care"))
    ends = opening_and_year_ends(dates)
    table = tuple(
        (title, *(_range_cell(rows[i]) for i in ends))
        for title, rows in zip(titles, series, strict=True)
    )
    key = tuple((f"line-{index}", title) for index, title in enumerate(titles))
    columns = ("Scenario", *(long_date(dates[index]) for index in ends))
    description = "Central forecasts. The axis does not start at nought."
    return Chart("Children in care by scenario", description, svg, key, columns, table)


def scenarios_spend_chart(comparison: Comparison) -> Chart:
    """Net spend of every scenario by financial year with its range, and the budget if any."""
    runs = list(enumerate(comparison.all))
    rows = [row | {"series": at} for at, run in runs for row in spend_rows(run)]
    table = [(run.plan.title, *(pounds_range(y.net) for y in year_spend(run))) for _, run in runs]
    budgets = budget_rows(comparison.baseline)
    stated = {row["year"]: row for row in budgets}
    labels = [year.label for year in comparison.baseline.money.years]
    if budgets:
        cells = (pounds(stated[y]["budget"] * 1e6) if y in stated else "" for y in labels)
        table.append(("Budget", *cells))
    svg = svg_of(ranges_by_year(rows, budgets, "£ million"), height=220)
    key = [(f"line-{at}", run.plan.title) for at, run in runs]
    key += [("thick", "budget"), ("thin", "budget and contingency")] if budgets else []
    spread = "" if is_single(comparison.baseline.ensemble) else " and eight futures in ten"
    saved = (
        " after savings expected" if any(y.saved for y in year_spend(comparison.baseline)) else ""
    )
    return Chart(
        "Net spend by year and scenario",
        f"Averages{spread}{saved}, side by side for each year. The axis does not start at nought.",
        svg, tuple(key), ("Scenario", *labels), tuple(table),
    )  # fmt: skip


def difference_chart(comparison: Comparison, scenario: Forecast) -> Chart:
    """Children in care, scenario less baseline, within pairs of futures."""
    dates = stock_dates(comparison.baseline.plan.period)
    gap = children_difference(comparison.baseline, scenario)
    rows = summary_rows(dates, summarise(gap, is_single(scenario.ensemble)))
    svg = svg_of(fan(rows, "children more or fewer"), height=220)
    ends = opening_and_year_ends(dates)
    table = tuple((british(rows[i]["date"]), _range_cell(rows[i])) for i in ends)
    key = (("band", "eight futures in ten"), ("line", "central"))[is_single(scenario.ensemble) :]
    title = f"Difference in children: {scenario.plan.title}"
    description = f"Less {comparison.baseline.plan.title}, future by future."
    return Chart(title, description, svg, key, ("Date", "Difference"), table)
