"""Sheets of a workbook: titles, tables, charts and print set-up, alike on every sheet."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any, Final

from lacmodel.report.internal import NOT_FOR_PUBLICATION

Cells = tuple[Any, ...]

PAGE_CHARACTERS: Final = 230  # what fits across a landscape page and can be read
LINE_POINTS: Final = 15.0
INK: Final = "#1d3557"  # colours tell nothing that words and dashes do not
DASHES: Final = ("solid", "dash", "round_dot")


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in a width in characters, with room for words that do not divide.

    >>> lines_of("children", 10), lines_of("in care at the start, same placement", 20)
    (1, 3)
    """
    return 1 if len(text) < width else 1 + int(len(text) * 1.15 // width)


@dataclass(slots=True)
class Book:
    """A workbook being written, with the formats that its sheets share."""

    book: Any
    heading: Any
    heading_right: Any
    title_format: Any
    subtitle: Any
    text: Any
    link: Any
    day: Any
    count: Any
    whole: Any
    pounds: Any
    pence: Any
    share: Any
    open_pence: Any  # may be changed
    open_share: Any
    open_count: Any
    total: Any
    boxed: Any  # what must not be overlooked, on paper too
    mark: str = ""  # stands on every sheet, and at the head of its printed pages
    widths: dict[str, Sequence[float]] = field(default_factory=dict)  # of columns, by sheet

    def sheet(self, name: str, widths: Sequence[float], landscape: bool = False) -> Any:
        """A new sheet with column widths, set up to print on A4 with its name and page.

        A wide sheet prints on pages side by side, each with the first column.
        """
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        self.widths[name] = widths
        sheet.fit_to_pages(max(1, round(sum(widths) / PAGE_CHARACTERS)), 0)
        sheet.repeat_columns(0)
        if self.mark:
            sheet.set_header(f'&C&"Arial,Bold"&16{self.mark}')
        sheet.set_footer("&L&A&RPage &P of &N")
        if landscape:
            sheet.set_landscape()
        return sheet

    def title(self, sheet: Any, title: str, subtitle: str) -> None:
        """A title, after the workbook's mark if it has one, and a line below it."""
        sheet.write_string(0, 0, f"{self.mark}. {title}" if self.mark else title, self.title_format)
        sheet.write_string(1, 0, subtitle, self.subtitle)

    def lines(
        self, sheet: Any, first: int, lines: Sequence[str], columns: int = 2, look: Any = None
    ) -> int:
        """Sentences, one a row over some columns; the row after the last is returned."""
        look = look or self.text
        for number, line in enumerate(lines):
            sheet.merge_range(first + number, 0, first + number, columns - 1, "", look)
            sheet.write_string(first + number, 0, line, look)
            over = sum(self.widths[sheet.name][:columns])
            sheet.set_row(first + number, LINE_POINTS * lines_of(line, over))
        return first + len(lines)

    def fit(self, sheet: Any, row: int, cells: Sequence[Any]) -> None:
        """Make a row as high as its longest text needs in the width of its column."""
        pairs = zip(cells, self.widths[sheet.name], strict=False)
        high = max((lines_of(cell, width) for cell, width in pairs if isinstance(cell, str)),
                   default=1)  # fmt: skip
        if high > 1:
            sheet.set_row(row, LINE_POINTS * high)

    def line_chart(
        self, sheet: Any, name: str, first: int, rows: int, columns: Sequence[int], *,
        at: str, title: str, unit: str, description: str,
    ) -> None:  # fmt: skip
        """Columns of a table against its first, which holds dates, told apart by their dashes."""
        chart = self.book.add_chart({"type": "line"})
        for dash, column in zip(DASHES, columns, strict=False):
            chart.add_series({
                "name": [name, first - 1, column],
                "categories": [name, first, 0, first + rows - 1, 0],
                "values": [name, first, column, first + rows - 1, column],
                "line": {"color": INK, "width": 1.75, "dash_type": dash},
            })  # fmt: skip
        chart.set_x_axis({"name": "month", "date_axis": True, "num_format": "mmm yyyy",
                          "major_unit": 1, "major_unit_type": "years"})  # fmt: skip
        self._finish(sheet, chart, at, title, unit, description)

    def column_chart(
        self, sheet: Any, name: str, first: int, rows: int, column: int, *,
        at: str, title: str, unit: str, description: str, axis: str = "financial year",
        floor: bool = True,
    ) -> None:  # fmt: skip
        """One column for each of some rows, named by the row's first cell."""
        chart = self.book.add_chart({"type": "column"})
        chart.add_series({
            "name": title,
            "categories": [name, first, 0, first + rows - 1, 0],
            "values": [name, first, column, first + rows - 1, column],
            "fill": {"color": INK},
        })  # fmt: skip
        chart.set_x_axis({"name": axis, "label_position": "low"})  # below columns under nought
        chart.set_legend({"none": True})
        self._finish(sheet, chart, at, title, unit, description, floor)

    def _finish(
        self, sheet: Any, chart: Any, at: str, title: str, unit: str, description: str,
        floor: bool = True,
    ) -> None:  # fmt: skip
        chart.set_title({"name": title})
        chart.set_y_axis({"name": unit, "num_format": "#,##0"} | ({"min": 0} if floor else {}))
        chart.set_size({"width": 720, "height": 380})
        sheet.insert_chart(at, chart, {"description": description})


@contextmanager
def open_book(content: IO[bytes], title: str, created: datetime, internal: bool) -> Iterator[Book]:
    """A new workbook, written when the block ends; no text in it becomes a formula or a link.

    Parameters
    ----------
    internal : mark every sheet as not for publication
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": title, "created": created})
    form = book.add_format
    yellow = {"bg_color": "#fff3bf", "border": 1}
    yield Book(
        book=book,
        heading=form({"bold": True, "text_wrap": True, "bottom": 2, "valign": "top"}),
        heading_right=form(
            {"bold": True, "text_wrap": True, "bottom": 2, "valign": "top", "align": "right"}
        ),
        title_format=form({"bold": True, "font_size": 16}),
        subtitle=form({"italic": True}),
        text=form({"text_wrap": True, "valign": "top"}),
        link=form({"font_color": "#0b4f9e", "underline": 1}),
        day=form({"num_format": "d mmm yyyy", "align": "left"}),
        count=form({"num_format": "#,##0.0"}),
        whole=form({"num_format": "#,##0"}),
        pounds=form({"num_format": '"£"#,##0;-"£"#,##0'}),
        pence=form({"num_format": '"£"#,##0.00;-"£"#,##0.00'}),
        share=form({"num_format": "0.0%"}),
        open_pence=form({"num_format": '"£"#,##0.00', **yellow}),
        open_share=form({"num_format": "0.0%", **yellow}),
        open_count=form({"num_format": "#,##0.0", **yellow}),
        total=form({"num_format": '"£"#,##0;-"£"#,##0', "bold": True, "top": 1}),
        boxed=form({"bold": True, "border": 5, "text_wrap": True, "valign": "top"}),
        mark=NOT_FOR_PUBLICATION if internal else "",
    )
    book.close()


def write_rows(
    book: Book, sheet: Any, first: int, head: Sequence[str], rows: Sequence[Cells],
    filters: bool = False,
) -> None:  # fmt: skip
    """A table with its head, which stays in sight; large numbers show as pounds, dates as dates."""
    for column, name in enumerate(head):
        is_number = any(isinstance(row[column], int | float) for row in rows)
        sheet.write_string(first, column, name, book.heading_right if is_number else book.heading)
    book.fit(sheet, first, head)
    for number, row in enumerate(rows, start=first + 1):
        for column, cell in enumerate(row):
            write_cell(book, sheet, number, column, cell, head[column])
        book.fit(sheet, number, row)
    if filters and rows:
        sheet.autofilter(first, 0, first + len(rows), len(head) - 1)
        sheet.freeze_panes(first + 1, 1)
        sheet.repeat_rows(first)


POUND_COLUMNS: Final = ("Gross", "Income", "Net")


def write_cell(book: Book, sheet: Any, row: int, column: int, cell: Any, name: str) -> None:
    """One cell by what it holds: a date, a number, or text that is never a formula."""
    if cell is None:
        return
    if isinstance(cell, date):
        sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), book.day)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, _number_format(book, cell, name))
    else:
        sheet.write_string(row, column, str(cell), book.text)


def _number_format(book: Book, cell: float, name: str) -> Any:
    """Pounds, pence, whole numbers or one decimal, by the head of the column."""
    if name.startswith(POUND_COLUMNS):
        return book.pounds
    if "£" in name:
        return book.pence
    return book.whole if isinstance(cell, int) else book.count
