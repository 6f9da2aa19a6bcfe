"""The budget monitor and its waterfall as sheets of the workbook, with live formulas.

Totals, net amounts and variances are formulas, written with the values that they have.
"""

from collections.abc import Sequence
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.monitor import MonitorLine, YearMonitor
from lacmodel.report.monitor_words import PART_LABELS, scaling_words
from lacmodel.report.sheets import INK, Book, Cells
from lacmodel.report.words import pounds, signed

MONITOR: Final = "Budget monitor"
WATERFALL: Final = "Variance waterfall"
HEAD: Final = (
    "Line", "Placements budgeted", "Placements now", "Placements to date", "Placements forecast",
    "£ a week budgeted", "£ a week forecast", "Gross, budget", "Income, budget", "Net, budget",
    "Net, spent to date", "Gross, forecast", "Income, forecast", "Savings expected",
    "Net, forecast", "Variance", "Variance %", "Net, low", "Net, high", "Full-year cost",
    *(label.capitalize() for label in PART_LABELS.values()),
)  # fmt: skip
WIDTHS: Final = (34, *(15 for _ in HEAD[1:]))
GROSS_BUDGET, NET_BUDGET, GROSS, NET, VARIANCE, SHARE = 7, 9, 11, 14, 15, 16
FIRST_PART: Final = 20
ADDED_UP: Final = (7, 8, 10, 11, 12, 13, 19, *range(FIRST_PART, len(HEAD)))
SHADES: Final = {"Total": INK, "More": "#d55e00", "Less": "#a9c8e4"}


def monitor_sheets(book: Book, result: Forecast, made: Sequence[YearMonitor]) -> None:
    """Write both sheets; nothing where no year has a budget."""
    if not made:
        return
    sheet = book.sheet(MONITOR, WIDTHS, landscape=True)
    title = "Averages over futures; net is gross less income and savings expected"
    book.title(sheet, MONITOR, title)
    sheet.freeze_panes(0, 1)
    row, totals = 3, []
    for monitor in made:
        row = _year(book, sheet, row, result, monitor)
        totals.append((monitor, row - 3))
    _waterfall(book, *totals[0])


def letter(column: int) -> str:
    """The letter of a column of the monitor.

    >>> letter(0), letter(25)
    ('A', 'Z')
    """
    return chr(ord("A") + column)


def _year(book: Book, sheet: Any, row: int, result: Forecast, monitor: YearMonitor) -> int:
    """A year's block; the row after it."""
    sheet.write_string(row, 0, f"Financial year {monitor.year.financial_year}", book.heading)
    if words := scaling_words(result, monitor):
        row = book.lines(sheet, row + 1, [words], columns=10)
    for column, name in enumerate(HEAD):
        sheet.write_string(row + 1, column, name, book.heading_right if column else book.heading)
    book.fit(sheet, row + 1, HEAD)
    first = row + 2
    for at, line in enumerate(monitor.lines):
        _write(book, sheet, first + at, line)
    last = first + len(monitor.lines)
    _write(book, sheet, last, monitor.total, of=(first, last - 1))
    left = monitor.year.contingency / 100
    over = monitor.total.variance / 100 - left
    sheet.write_string(last + 1, 0, "forecast less budget and contingency", book.text)
    sheet.write_number(last + 1, VARIANCE - 1, left, book.pounds)
    formula = f"={letter(VARIANCE)}{last + 1}-{letter(VARIANCE - 1)}{last + 2}"
    sheet.write_formula(last + 1, VARIANCE, formula, book.pounds, over)
    return last + 3


def _values(line: MonitorLine) -> Cells:
    """The cells of a line, money in pounds."""
    budget, outlook = line.budget, line.outlook
    name = budget.line if line.in_budget else f"{budget.line} (not in the budget)"
    money = (budget.gross, budget.income, budget.net)
    ahead = (outlook.gross, outlook.income, outlook.savings, outlook.net, line.variance)
    return (
        name, budget.placements, line.now, line.to_date, line.average, budget.price, line.price,
        *(amount / 100 for amount in money), None if line.spent is None else line.spent / 100,
        *(amount / 100 for amount in ahead), line.variance_share, line.low, line.high,
        line.full_year / 100, *(part / 100 for part in line.parts),
    )  # fmt: skip


def _write(
    book: Book, sheet: Any, row: int, line: MonitorLine, of: tuple[int, int] | None = None
) -> None:
    """One line; of the total the rows that it adds up are given."""
    for column, value in enumerate(_values(line)):
        if value is None:
            continue
        formula = _formula(column, row + 1, of, budgeted=bool(line.budget.net))
        form = _format(book, column, total=of is not None)
        if isinstance(value, str):
            sheet.write_string(row, column, value, book.text)
        elif formula:
            sheet.write_formula(row, column, formula, form, value)
        else:
            sheet.write_number(row, column, value, form)


def _formula(column: int, row: int, of: tuple[int, int] | None, budgeted: bool) -> str:
    """What a cell is worked out from, if it is."""
    if column == SHARE and budgeted:
        return f"={letter(VARIANCE)}{row}/{letter(NET_BUDGET)}{row}"
    if column == VARIANCE:
        return f"={letter(NET)}{row}-{letter(NET_BUDGET)}{row}"
    if column == NET_BUDGET:
        return f"={letter(GROSS_BUDGET)}{row}-{letter(GROSS_BUDGET + 1)}{row}"
    if column == NET:
        return f"={letter(GROSS)}{row}-{letter(GROSS + 1)}{row}-{letter(GROSS + 2)}{row}"
    if of and column in ADDED_UP:
        return f"=SUM({letter(column)}{of[0] + 1}:{letter(column)}{of[1] + 1})"
    return ""


def _format(book: Book, column: int, total: bool) -> Any:
    if column == SHARE:
        return book.share
    if column in (5, 6):
        return book.pence
    if column < GROSS_BUDGET:
        return book.count
    return book.total if total else book.pounds


def _waterfall(book: Book, monitor: YearMonitor, total_row: int) -> None:
    """From the first year's budget to its forecast, with a chart of floating columns."""
    year, total = monitor.year.financial_year, monitor.total
    sheet = book.sheet(WATERFALL, (28, 18, 18, 18, 18, 18), landscape=True)
    book.title(sheet, WATERFALL, f"From budget to forecast, {year}; net, averages over futures")
    for column, name in enumerate(("Step", "Amount", "Below", "Total", "More", "Less")):
        sheet.write_string(3, column, name, book.heading_right if column else book.heading)
    source = f"'{MONITOR}'!"
    steps = [("Budget", total.budget.net, f"{source}{letter(NET_BUDGET)}{total_row + 1}")]
    for at, (label, part) in enumerate(zip(PART_LABELS.values(), total.parts, strict=True)):
        cell = f"{source}{letter(FIRST_PART + at)}{total_row + 1}"
        steps.append((label.capitalize(), part, cell))
    so_far = 0.0
    for at, (label, amount_pence, formula) in enumerate(steps):
        amount = amount_pence / 100
        _step(book, sheet, 4 + at, label, formula, so_far, amount, total=at == 0)
        so_far += amount
    end, last = 4 + len(steps), 3 + len(steps)
    _step(book, sheet, end, "Forecast", f"SUM(B5:B{last + 1})", 0.0, so_far, total=True)
    _chart(book, sheet, end, f"From budget to forecast, {year}", steps, so_far)


def _step(
    book: Book, sheet: Any, row: int, label: str, cell: str, so_far: float, amount: float, *,
    total: bool,
) -> None:  # fmt: skip
    """One step: its amount, and the pieces of its column in the chart."""
    here, above = row + 1, row
    sheet.write_string(row, 0, label, book.text)
    sheet.write_formula(row, 1, f"={cell}", book.pounds, amount)
    below = 0.0 if total else min(so_far, so_far + amount)
    pieces = (amount, 0.0, 0.0) if total else (0.0, max(amount, 0.0), max(-amount, 0.0))
    before = f"SUM(B$5:B{above})"
    formulas = (
        ("0", f"B{here}", "0", "0") if total
        else (f"MIN({before},{before}+B{here})", "0", f"MAX(B{here},0)", f"MAX(-B{here},0)")
    )  # fmt: skip
    for column, (formula, value) in enumerate(
        zip(formulas, (below, *pieces), strict=True), start=2
    ):
        sheet.write_formula(row, column, f"={formula}", book.pounds, value)


def _chart(
    book: Book, sheet: Any, last: int, title: str, steps: Sequence[tuple[str, int, str]], end: float
) -> None:  # fmt: skip
    """Columns that stand on what is below them, which is not drawn."""
    chart = book.book.add_chart({"type": "column", "subtype": "stacked"})
    names = {2: None, 3: SHADES["Total"], 4: SHADES["More"], 5: SHADES["Less"]}
    for column, colour in names.items():
        chart.add_series({
            "name": [WATERFALL, 3, column],
            "categories": [WATERFALL, 4, 0, last, 0],
            "values": [WATERFALL, 4, column, last, column],
            "fill": {"none": True} if colour is None else {"color": colour},
            "gap": 40,
        })  # fmt: skip
    edges, at = [end], 0.0
    for _, amount, _ in steps:
        at += amount / 100
        edges.append(at)
    spread = max(edges) - min(edges)
    low = max(0.0, min(edges) - spread)
    chart.set_title({"name": title})
    chart.set_x_axis({"name": "step"})
    chart.set_y_axis({"name": "pounds", "num_format": '"£"#,##0', "min": round(low, -5)})
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    chart.set_size({"width": 860, "height": 400})
    shown = [f"budget {pounds(steps[0][1] / 100)}"]
    shown += [f"{label} {signed(a, pounds(a / 100))}" for label, a, _ in steps[1:] if a]
    said = "; ".join([*shown, f"forecast {pounds(end)}"])
    sheet.insert_chart(f"A{last + 3}", chart, {"description": f"{title}: {said}."})
