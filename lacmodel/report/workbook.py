"""The workbook of a run: the answer, the tables as sheets, and prices that can be changed.

Every sheet is made of the run's own tables, so that the workbook says what they say. Formulas are
written with the values that they have, and text that a user wrote is never a formula.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast, headline, tables
from lacmodel.codes import flow_words, kind_words
from lacmodel.money.monitor import YearMonitor
from lacmodel.report.assumptions import unconfirmed
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.cautions import cautions
from lacmodel.report.committed import committed_sheet
from lacmodel.report.grounds import METHOD
from lacmodel.report.high_cost import high_cost_sheet
from lacmodel.report.internal import INTERNAL
from lacmodel.report.medium_term_plan import medium_term_sheet
from lacmodel.report.monitor_sheet import MONITOR, WATERFALL, monitor_sheets
from lacmodel.report.monitor_words import monitors_of
from lacmodel.report.price_sheet import write_prices
from lacmodel.report.ready_reckoner import reckoner_sheet
from lacmodel.report.sheets import Book, Cells, open_book, write_rows
from lacmodel.report.summary import before_savings, headline_facts, uncertainty_words
from lacmodel.results import ALL, TidyTable

WORKBOOK: Final = "workbook.xlsx"
EPOCH: Final = datetime(2000, 1, 1)  # so that the same run gives the same bytes
CENTRAL: Final = "p50"
TOTAL: Final = (ALL, ALL, ALL)
CHILDREN_ROW: Final = 3  # of the head of the sheet Children


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the contents page."""

    name: str
    what: str


SHEETS: Final = (
    Sheet("Headline", "the answer: children and spend by year with their ranges, and a chart"),
    Sheet("What if", "change a price, an uplift or a number of placements and see the total move"),
    Sheet("Spend", "gross, income and net spend by financial year and line, with ranges"),
    Sheet("Committed", "net spend on children in care at the start and on those not yet in care"),
    Sheet("High cost", "placements at or above a price a week: number, nights and spend"),
    Sheet("Medium-term plan", "why net spend differs from year to year, and a contingency"),
    Sheet("Ready reckoner", "what one child or one bed more or less costs, month by month"),
    Sheet("Children", "children in care at each month end, with range and rate per 10,000"),
    Sheet("Placements", "children at each month end by placement type and provider"),
    Sheet("Flows", "entries, exits by reason, moves and placements made elsewhere, by month"),
    Sheet("Assumptions", "every number that no source confirms, and what was assumed"),
    Sheet("Method", "how the forecast is made, and from what"),
)


MONITOR_SHEETS: Final = (
    Sheet(MONITOR, "budget and forecast by line, with the variance and its causes"),
    Sheet(WATERFALL, "from the budget to the forecast of the first year, with a chart"),
)


def sheets_of(made: Sequence[YearMonitor]) -> tuple[Sheet, ...]:
    """The sheets of a workbook; those of the monitor where a year has a budget."""
    return (*SHEETS[:2], *MONITOR_SHEETS, *SHEETS[2:]) if made else SHEETS


def workbook(result: Forecast, manifest: dict[str, Any]) -> bytes:
    """The workbook of a run, the same bytes for the same run."""
    content = io.BytesIO()
    made = {table.name: table for table in tables(result)}
    with open_book(content, result.plan.title, EPOCH, manifest["internal"]) as book:
        watched = monitors_of(result)
        _contents(book, result, manifest, sheets_of(watched))
        _headline(book, result, made["children"])
        saved = [year.saved for year in headline(result).spend]
        write_prices(book, "What if", made["spend"], result.money.years, saved)
        monitor_sheets(book, result, watched)
        _spend(book, made["spend"], before_savings(headline(result)))
        committed_sheet(book, result)
        high_cost_sheet(book, result)
        medium_term_sheet(book, result)
        reckoner_sheet(book, result)
        _children(book, made["children"])
        _placements(book, made["children"])
        _flows(book, made["flows"])
        _assumptions(book, result)
        _method(book, manifest)
    return content.getvalue()


def rows_of(table: TidyTable, **wanted: str) -> list[dict[str, str]]:
    """The rows of a table that hold some words.

    >>> rows_of(TidyTable("t", ("a", "b"), (("1", "x"), ("2", "y"))), b="y")
    [{'a': '2', 'b': 'y'}]
    """
    places = [(table.columns.index(name), word) for name, word in wanted.items()]
    rows = (row for row in table.rows if all(row[place] == word for place, word in places))
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def number(text: str) -> float | None:
    """A cell of a table as a number; None where it is blank.

    >>> number("12.50"), number("")
    (12.5, None)
    """
    return float(text) if text else None


def quantiles(row: dict[str, str]) -> list[float | None]:
    """Central, low and high of a row; expected numbers have a mean only."""
    return [number(row[CENTRAL] or row["mean"]), number(row["p10"]), number(row["p90"])]


def rounded(children: float | None) -> int | None:
    """Children as a whole number, if there is one.

    >>> rounded(791.5), rounded(None)
    (792, None)
    """
    return None if children is None else round(children)


def _contents(
    book: Book, result: Forecast, manifest: dict[str, Any], sheets: Sequence[Sheet]
) -> None:
    sheet = book.sheet("Contents", widths=(18, 90))
    book.title(sheet, result.plan.title, result.plan.question)
    if manifest["internal"]:
        book.lines(sheet, 2, [INTERNAL], look=book.boxed)
    write_rows(book, sheet, 4, ("Sheet", "What is in it"), [(s.name, s.what) for s in sheets])
    for number_of, page in enumerate(sheets):
        sheet.write_url(5 + number_of, 0, f"internal:'{page.name}'!A1", book.link, page.name)
    notes = [
        uncertainty_words(result),
        "Cells on a yellow ground (sheets What if, Medium-term plan and Ready reckoner) may be "
        "changed, and their sheet follows; everything else is a record.",
    ]
    book.lines(sheet, 6 + len(sheets), notes)


def _headline(book: Book, result: Forecast, children: TidyTable) -> None:
    sheet = book.sheet("Headline", widths=(24, 16, 16, 16, 16, 16))
    book.title(sheet, "Headline", result.plan.question)
    answer = headline(result)
    lines = [*cautions(answer), *headline_facts(result), how_wrong(result.plan.area)]
    row = book.lines(sheet, 3, list(filter(None, lines)), columns=6) + 1
    head = ("Children in care on", "Central", "Low", "High", "Rate per 10,000", "What happened")
    years = [
        (year.when, *map(rounded, year.children), year.rate_per_10000, year.happened)
        for year in answer.outlook
    ]
    write_rows(book, sheet, row, head, years)
    row += len(years) + 2
    head = (
        "Net spend in",
        "Net, average",
        "Net, low",
        "Net, high",
        "Net budget",
        "Net contingency",
    )
    spent = [(y.financial_year, *y.net, y.budget, y.contingency) for y in answer.spend]
    write_rows(book, sheet, row, head, spent)
    spend_row = row + 1
    row += len(spent) + 2
    rows = _by_date(children, "children")
    book.line_chart(
        sheet, "Children", CHILDREN_ROW + 1, len(rows), (1, 2, 3), at=f"A{row + 1}",
        title="Children in care", unit="children",
        description=f"Children in care by month: {_in_words(rows)}",
    )  # fmt: skip
    book.column_chart(
        sheet, "Headline", spend_row, len(spent), 1, at=f"A{row + 21}",
        title="Net spend", unit="pounds",
        description="Net spend by financial year, average: "
        + "; ".join(f"{year} £{central:,.0f}" for year, central, *_ in spent),
    )  # fmt: skip


def _in_words(rows: Sequence[Cells]) -> str:
    """The first and last row of a chart, for those who cannot see it."""
    (start, now, *_), (end, central, low, high) = rows[0], rows[-1]
    spread = "" if low is None else f", between {low:.0f} and {high:.0f} in eight futures of ten"
    return f"{now:.0f} on {start:%d %B %Y}, {central:.0f} on {end:%d %B %Y}{spread}."


def _by_date(table: TidyTable, measure: str) -> list[Cells]:
    """Date, central, low and high of a measure of all children."""
    wanted = dict(zip(("age_band", "placement", "provider"), TOTAL, strict=True))
    return [
        (date.fromisoformat(row["date"]), *quantiles(row))
        for row in rows_of(table, measure=measure, **wanted)
    ]


def _spend(book: Book, spend: TidyTable, savings: str) -> None:
    sheet = book.sheet("Spend", widths=(16, 34, 18, 18, 18, 18, 18, 16, 16), landscape=True)
    said = f"Pounds; averages over futures add up, lows and highs do not. {savings}".rstrip()
    book.title(sheet, "Spend by financial year", said)
    head = ("Financial year", "Line", "Gross, average", "Income, average", "Net, average",
            "Net, low", "Net, high", "Average placements", "Average £ a week")  # fmt: skip
    lines: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for row in rows_of(spend):
        lines.setdefault((row["financial_year"], row["line"]), {})[row["measure"]] = row
    rows = []
    for place, found in lines.items():
        mean = {name: number(row["mean"]) for name, row in found.items()}
        net, average = found["net_gbp"], mean.get("average_children")
        rows.append((
            *place, mean["gross_gbp"], mean["income_gbp"], mean["net_gbp"],
            number(net["p10"]), number(net["p90"]),
            mean.get("average_adults") if average is None else average,
            mean.get("average_weekly_price_gbp"),
        ))  # fmt: skip
    write_rows(book, sheet, 3, head, rows, filters=True)


def _children(book: Book, children: TidyTable) -> None:
    sheet = book.sheet("Children", widths=(14, 18, 18, 18, 20), landscape=True)
    book.title(sheet, "Children in care", "At the opening and at each month end")
    head = ("Date", "Central", "Low", "High", "Rate per 10,000")
    rates = [row[1] for row in _by_date(children, "children_per_10000")]
    rows = [(*row, rate) for row, rate in zip(_by_date(children, "children"), rates, strict=True)]
    write_rows(book, sheet, CHILDREN_ROW, head, rows, filters=True)


def _placements(book: Book, children: TidyTable) -> None:
    kinds = [
        row
        for row in rows_of(children, measure="children", age_band=ALL)
        if ALL not in (row["placement"], row["provider"])
    ]
    names = list(dict.fromkeys((row["placement"], row["provider"]) for row in kinds))
    counts: dict[str, list[float | None]] = {}
    for row in kinds:
        counts.setdefault(row["date"], []).append(number(row["mean"]))
    head = ("Date", *(kind_words(*name) for name in names))
    rows = [(date.fromisoformat(when), *row) for when, row in counts.items()]
    sheet = book.sheet("Placements", widths=(14, *(16 for _ in names)), landscape=True)
    book.title(sheet, "Children by placement", "Averages over futures, at each month end")
    write_rows(book, sheet, 3, head, rows, filters=True)


def _flows(book: Book, flows: TidyTable) -> None:
    names = list(dict.fromkeys(row["flow"] for row in rows_of(flows)))
    counts: dict[str, list[float | None]] = {}
    for row in rows_of(flows):
        counts.setdefault(row["date"], []).append(number(row["mean"]))
    sheet = book.sheet("Flows", widths=(14, *(14 for _ in names)), landscape=True)
    book.title(sheet, "What happened in each month", "Averages over futures, month by month")
    head = ("Month to", *map(flow_words, names))
    rows = [(date.fromisoformat(when), *row) for when, row in counts.items()]
    write_rows(book, sheet, 3, head, rows, filters=True)


def _assumptions(book: Book, result: Forecast) -> None:
    sheet = book.sheet("Assumptions", widths=(56, 26, 100), landscape=True)
    book.title(sheet, "Assumed, and not confirmed by any source", "Each with what it rests on")
    rows = [tuple(row) for row in unconfirmed(result.plan.area)]
    write_rows(book, sheet, 3, ("What", "Value", "Basis"), rows, filters=True)
    book.lines(sheet, 6 + len(rows), [*result.plan.notes, *result.plan.area.assumptions], columns=3)


def _method(book: Book, manifest: dict[str, Any]) -> None:
    sheet = book.sheet("Method", widths=(40, 100))
    book.title(sheet, "Method", "How the forecast is made; MODEL.md has the mathematics")
    last = book.lines(sheet, 3, METHOD)
    settings = [(name, str(manifest[name])) for name in ("engine", "futures", "seed", "layers")]
    inputs = [(f"input {name}", digest) for name, digest in manifest["inputs_sha256"].items()]
    write_rows(book, sheet, last + 1, ("Setting", "Value"), [*settings, *inputs])
