"""Committed and not yet in care, in the report and in the workbook."""

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.committed import (
    NOT_BY_CHILD,
    WHOSE,
    committed_net,
    committed_words,
    sharing_words,
)
from lacmodel.report.charts import Chart
from lacmodel.report.drawing import Row, stacked_bars, svg_of
from lacmodel.report.html import figure, paragraph, section
from lacmodel.report.sheets import Book
from lacmodel.report.words import pounds

PARTS = (*WHOSE, NOT_BY_CHILD)
BASIS = "Averages over futures, net; a child who left and came back is not yet in care."


def committed_section(result: Forecast) -> str:
    """The section of the report."""
    return section(
        "Committed, and not yet in care", "committed",
        paragraph(committed_words(result.money)),
        paragraph(" ".join([BASIS, *sharing_words(result.plan)]), "note"),
        figure(committed_chart(result), "chart-committed"),
    )  # fmt: skip


def committed_chart(result: Forecast) -> Chart:
    """Mean net spend by year, stacked by whom it is spent on."""
    mean = committed_net(result.money).mean(axis=0) / 100
    years = [year.label for year in result.money.years]
    rows: list[Row] = [
        {"bar": year, "part": PARTS[part], "place": part, "children": round(float(amount) / 1e6, 3)}
        for year, amounts in zip(years, mean, strict=True)
        for part, amount in enumerate(amounts)
    ]

    svg = svg_of(stacked_bars(rows, "net spend, £ million"), height=40 * len(years))
    table = tuple(
        (year, *(pounds(float(amount)) for amount in (*amounts, amounts.sum())))
        for year, amounts in zip(years, mean, strict=True)
    )
    key = tuple((f"shade-{part}", name) for part, name in enumerate(PARTS))
    columns = ("Financial year", *PARTS, "Total")
    first, last = (
        ", ".join(map(" ".join, zip(PARTS, row[1:], strict=False))) for row in (table[0], table[-1])
    )
    words = f"In {years[0]}: {first}. In {years[-1]}: {last}."
    return Chart("Net spend by whom it is spent on", words, svg, key, columns, table)


def committed_sheet(book: Book, result: Forecast) -> None:
    """The sheet of the workbook: mean net spend by year and part, which add up to the total."""
    mean = committed_net(result.money).mean(axis=0) / 100
    sheet = book.sheet("Committed", widths=(16, 26, 26, 26, 26, 20), landscape=True)
    book.title(sheet, "Committed, and not yet in care", committed_words(result.money))
    head = ("Financial year", *(f"Net, {part}" for part in PARTS), "Net, total")
    for column, name in enumerate(head):
        sheet.write_string(3, column, name, book.heading_right if column else book.heading)
    book.fit(sheet, 3, head)
    for row, (year, parts) in enumerate(zip(result.money.years, mean, strict=True), start=4):
        sheet.write_string(row, 0, year.label)
        for column, amount in enumerate(parts, start=1):
            sheet.write_number(row, column, float(amount), book.pounds)
        formula = f"=SUM(B{row + 1}:E{row + 1})"
        sheet.write_formula(row, len(head) - 1, formula, book.total, float(parts.sum()))
    book.lines(sheet, 5 + len(mean), sharing_words(result.plan), len(head))
    sheet.freeze_panes(4, 1)
