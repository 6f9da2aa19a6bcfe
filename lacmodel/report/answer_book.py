"""The workbook of an answer other than a run's: its words, its tables and one chart as sheets.

A sheet's table holds the numbers of the CSV file of that name, so that the two cannot differ.
Nothing in it is a formula.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from lacmodel.plan import Plan
from lacmodel.report.assumptions import unconfirmed
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.grounds import METHOD
from lacmodel.report.internal import INTERNAL
from lacmodel.report.sheets import Book, Cells, open_book, write_rows
from lacmodel.report.workbook import EPOCH
from lacmodel.results import TidyTable

MOST_ROWS: Final = 3_000  # of a sheet, 60 pages or so; a longer table stays in its CSV file
WIDEST: Final = 44.0
CHART_ROWS: Final = 21  # that a chart covers: above the tables, so that no page cuts it in two
SETTINGS: Final = ("engine", "futures", "seed", "layers")
Said = tuple[str, Sequence[str], Sequence[Sequence[str]]]  # name, head, rows of a page's table


@dataclass(frozen=True, slots=True)
class Plot:
    """The chart of a workbook: one column of numbers for each name of its axis."""

    title: str
    unit: str
    axis: str  # what the rows are
    rows: Sequence[tuple[str, float]]

    @property
    def description(self) -> str:
        """The chart in words, for those who cannot see it."""
        return "; ".join(f"{name}: {value:z,.0f}" for name, value in self.rows) + f" ({self.unit})."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a workbook is made of."""

    title: str
    question: str
    lines: Sequence[str]
    said: Sequence[Said]
    tables: Sequence[TidyTable]
    made: Mapping[str, Any]  # the manifest
    plan: Plan | None = None
    method: Sequence[str] = METHOD
    plot: Plot | None = None


def answer_book(answer: Answer) -> bytes:
    """The workbook, the same bytes for the same run."""
    content = io.BytesIO()
    shown = [table for table in answer.tables if table.rows and len(table.rows) <= MOST_ROWS]
    with open_book(content, answer.title, EPOCH, answer.made["internal"]) as book:
        _contents(book, answer, shown)
        _answer(book, answer)
        for table in shown:
            _table(book, table)
        if answer.plan is not None:
            _assumptions(book, answer.plan)
        _method(book, answer)
    return content.getvalue()


def sheet_name(table: TidyTable) -> str:
    """The name of a table's sheet, of 31 characters at most.

    >>> sheet_name(TidyTable("movement_by_line", (), ()))
    'Movement by line'
    """
    return table.name.replace("_", " ").capitalize()[:31]


def _contents(book: Book, answer: Answer, shown: Sequence[TidyTable]) -> None:
    sheet = book.sheet("Contents", widths=(24, 90))
    book.title(sheet, answer.title, answer.question)
    if answer.made["internal"]:
        book.lines(sheet, 2, [INTERNAL], look=book.boxed)
    rows = [("Answer", "the answer in words, the tables of the report, and its chart")]
    rows += [(sheet_name(t), f"the numbers of tables/{t.name}.csv") for t in shown]
    if answer.plan is not None:
        rows.append(("Assumptions", "every number that no source confirms, and what was assumed"))
    rows.append(("Method", "how it was worked out, and from what"))
    write_rows(book, sheet, 4, ("Sheet", "What is in it"), rows)
    for row, (name, _) in enumerate(rows, start=5):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", book.link, name)
    left = [t.name for t in answer.tables if t not in shown and t.rows]
    if left:
        names = ", ".join(f"tables/{name}.csv" for name in left)
        book.lines(sheet, 6 + len(rows), [f"Too long for a sheet: {names}."])


def _answer(book: Book, answer: Answer) -> None:
    most = max((len(head) for _, head, _ in answer.said), default=1)
    sheet = book.sheet("Answer", widths=(40, *(20 for _ in range(max(most, 4) - 1))),
                       landscape=True)  # fmt: skip
    book.title(sheet, answer.title, answer.question)
    wrong = [how_wrong(answer.plan.area)] if answer.plan is not None else []
    top = book.lines(sheet, 3, [*answer.lines, *filter(None, wrong)], columns=max(most, 4)) + 1
    row = top + (CHART_ROWS if answer.plot is not None else 0)
    for name, head, rows in answer.said:
        sheet.write_string(row, 0, name, book.heading)
        write_rows(book, sheet, row + 1, head, [tuple(cells) for cells in rows])
        row += len(rows) + 3
    if answer.plot is not None:
        plot = answer.plot
        write_rows(book, sheet, row, (plot.axis.capitalize(), plot.unit), plot.rows)
        book.column_chart(
            sheet, "Answer", row + 1, len(plot.rows), 1, at=f"A{top + 1}",
            title=plot.title, unit=plot.unit, description=plot.description, axis=plot.axis,
            floor=all(value >= 0 for _, value in plot.rows),
        )  # fmt: skip


def _table(book: Book, table: TidyTable) -> None:
    """A table's numbers as numbers, its dates as dates, everything else as text."""
    columns = [_cells(column) for column in zip(*table.rows, strict=True)]
    rows: list[Cells] = list(zip(*columns, strict=True))
    widths = [
        min(WIDEST, 2 + max(len(name), *(len(cell) for cell in column)))
        for name, column in zip(table.columns, zip(*table.rows, strict=True), strict=True)
    ]
    sheet = book.sheet(sheet_name(table), widths=widths, landscape=True)
    book.title(sheet, sheet_name(table), f"The numbers of tables/{table.name}.csv")
    head = [_heading(name) for name in table.columns]
    write_rows(book, sheet, 3, head, rows, filters=True)


def _heading(name: str) -> str:
    """A column's name in words.

    >>> _heading("forecast_net_gbp"), _heading("p10")
    ('Forecast net, £', 'Low (p10)')
    """
    ends = {"p10": "Low (p10)", "p50": "Central (p50)", "p90": "High (p90)"}
    words = name.removesuffix("_gbp").replace("_", " ").capitalize()
    return ends.get(name, f"{words}, £" if name.endswith("_gbp") else words)


def _cells(column: Sequence[str]) -> list[Any]:
    """The cells of a column: all numbers, all dates, or text; blank ones are None.

    >>> _cells(["1.50", ""]), _cells(["2017/18", "1"])
    ([1.5, None], ['2017/18', '1'])
    """
    for read in (float, date.fromisoformat):
        try:
            return [read(cell) if cell else None for cell in column]
        except ValueError:
            continue
    return [cell or None for cell in column]


def _assumptions(book: Book, plan: Plan) -> None:
    sheet = book.sheet("Assumptions", widths=(56, 26, 100), landscape=True)
    book.title(sheet, "Assumed, and not confirmed by any source", "Each with what it rests on")
    rows = [tuple(row) for row in unconfirmed(plan.area)]
    write_rows(book, sheet, 3, ("What", "Value", "Basis"), rows, filters=True)
    book.lines(sheet, 6 + len(rows), [*plan.notes, *plan.area.assumptions], columns=3)


def _method(book: Book, answer: Answer) -> None:
    sheet = book.sheet("Method", widths=(40, 100))
    book.title(sheet, "Method", "How it was worked out; MODEL.md has the mathematics")
    last = book.lines(sheet, 3, answer.method)
    write_rows(book, sheet, last + 1, ("Setting", "Value"), list(_settings(answer.made)))


def _settings(made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Settings of the run, and the hash of every input."""
    yield from ((name, str(made[name])) for name in SETTINGS if name in made)
    for kind in ("inputs_sha256", "runs_sha256"):
        yield from ((f"hash of {name}", digest) for name, digest in made.get(kind, {}).items())
