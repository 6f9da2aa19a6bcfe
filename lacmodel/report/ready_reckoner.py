"""The ready reckoner in the report and, with formulas, in the workbook."""

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.ready_reckoner import Reckoned, reckoned
from lacmodel.report.html import paragraph, section, table
from lacmodel.report.sheets import Book
from lacmodel.report.words import whole

SHOWN_MONTHS = 3  # the report shows every third month, the table and the workbook all
NOTE = (
    "Prices as stated and uplifted, for a placement that begins on the day; a full year is all "
    "days of the financial year at the same price. A week earlier or later adds or saves the price "
    "of a week. A full price leaves nothing saved by an empty bed; a marginal price is saved."
)
HEAD = (
    "What", "Line", "From", "Nights this year", "£ a week", "This year, £", "Full year, £",
    "A week earlier or later, £",
)  # fmt: skip


def by_line(rows: list[Reckoned]) -> list[list[Reckoned]]:
    """The rows of each line, month by month."""
    lines: dict[tuple[str, str], list[Reckoned]] = {}
    for row in rows:
        lines.setdefault((row.item, row.line), []).append(row)
    return list(lines.values())


def reckoner_section(result: Forecast) -> str:
    """The section of the report."""
    lines = by_line(reckoned(result.plan))
    if not lines:
        return ""
    months = sorted({row.from_ for line in lines for row in line})[::SHOWN_MONTHS]
    columns = (
        "What", "Line", "£ a week",
        *(f"From {when.day} {when:%B %Y}, to 31 March" for when in months), "Full year",
    )  # fmt: skip
    rows = []
    for line in lines:
        at = {row.from_: row for row in line}
        costs = [_pounds(at[when].this_year) if when in at else "" for when in months]
        first = line[0]
        rows.append(
            (first.item, first.line, _pounds(first.gbp_per_week), *costs, _pounds(first.full_year))
        )
    words = "What one child or one bed more or less costs"
    return section("Ready reckoner", "ready-reckoner", paragraph(NOTE, "note"),
                   table(columns, rows, words))  # fmt: skip


def _pounds(amount: float) -> str:
    """Whole pounds, unlike the millions of other sections.

    >>> _pounds(18200.4), _pounds(-5)
    ('£18,200', '-£5')
    """
    return f"{'-' if amount < 0 else ''}£{whole(abs(amount))}"


def reckoner_sheet(book: Book, result: Forecast) -> None:
    """The sheet of the workbook: change a yellow price and every amount of its line follows."""
    sheet = book.sheet("Ready reckoner", widths=(40, 44, 14, 16, 14, 16, 16, 24), landscape=True)
    book.title(sheet, "Ready reckoner", "Change a yellow price; its line follows")
    for column, name in enumerate(HEAD):
        sheet.write_string(3, column, name, book.heading if column < 3 else book.heading_right)
    at = 4
    for line in by_line(reckoned(result.plan)):
        first_cell, first = f"E{at + 1}", line[0]
        for row in line:
            cell = f"E{at + 1}"
            sheet.write_string(at, 0, row.item)
            sheet.write_string(at, 1, row.line)
            sheet.write_datetime(at, 2, row.from_, book.day)
            sheet.write_number(at, 3, row.nights, book.whole)
            if row is first:
                sheet.write_number(at, 4, row.gbp_per_week, book.open_pence)
            else:
                ratio = row.gbp_per_week / first.gbp_per_week
                formula = f"={first_cell}" if ratio == 1 else f"={first_cell}*{ratio!r}"
                sheet.write_formula(at, 4, formula, book.pence, row.gbp_per_week)
            sheet.write_formula(at, 5, f"={cell}*D{at + 1}/7", book.pounds, row.this_year)
            sheet.write_formula(at, 6, f"={cell}*{row.year_days}/7", book.pounds, row.full_year)
            sheet.write_formula(at, 7, f"={cell}", book.pounds, row.gbp_per_week)
            at += 1
    sheet.autofilter(3, 0, max(4, at - 1), len(HEAD) - 1)
    sheet.freeze_panes(4, 2)
    sheet.repeat_rows(3)
    book.lines(sheet, at + 1, [NOTE], columns=8)
