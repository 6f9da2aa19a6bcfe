"""The sheet on which prices, uplifts and numbers of placements can be changed.

For each financial year and line of placements::

    price[first year] = what is written there
    price[year]       = price[year before] * (1 + uplift[year])
    gross[year]       = placements[year] * price[year] * days[year] / 7

As written, placements are the means of the forecast and prices its spend over its nights, so that
the sheet gives the forecast's own mean spend until somebody changes a cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from lacmodel.report.sheets import Book
from lacmodel.results import FinancialYear, TidyTable

NOT_PLACEMENTS: Final = ("children's placements", "total")
FIRST_ROW: Final = 4


@dataclass(frozen=True, slots=True)
class LineOfYears:
    """One line of spend over the years, as the forecast has it; lists go by year."""

    name: str
    nights: list[float]  # none for money that no placement explains
    gross: list[float]
    income: list[float]

    @property
    def prices(self) -> list[float]:
        """The average price of a week in each year; a year without nights takes a neighbour's."""
        found = [7 * g / n if n else 0.0 for g, n in zip(self.gross, self.nights, strict=True)]
        known = [price for price in found if price] or [0.0]
        before = known[0]
        for year, price in enumerate(found):
            before = found[year] = price or before
        return found


def lines_of_years(spend: TidyTable, years: Sequence[FinancialYear]) -> list[LineOfYears]:
    """The mean of every line that has spend, in the order of the table."""
    means: dict[str, dict[tuple[str, str], float]] = {}
    for row in spend.rows:
        cells = dict(zip(spend.columns, row, strict=True))
        if cells["line"] not in NOT_PLACEMENTS and cells["mean"]:
            place = (cells["measure"], cells["financial_year"])
            means.setdefault(cells["line"], {})[place] = float(cells["mean"])
    made = [
        LineOfYears(
            name,
            *(
                [found.get((measure, year.label), 0.0) for year in years]
                for measure in ("nights", "gross_gbp", "income_gbp")
            ),
        )
        for name, found in means.items()
    ]
    return [line for line in made if any(line.gross) or any(line.income)]


def total_net(spend: TidyTable, financial_year: str) -> float:
    """The mean net spend on everything in a year, pounds."""
    rows = (dict(zip(spend.columns, row, strict=True)) for row in spend.rows)
    wanted = ("total", "net_gbp", financial_year)
    return next(
        float(row["mean"])
        for row in rows
        if (row["line"], row["measure"], row["financial_year"]) == wanted
    )


@dataclass(slots=True)
class _Block:
    """A block of the sheet: a heading, then one row a line and one column a year."""

    book: Book
    sheet: Any
    first: int
    years: Sequence[FinancialYear]

    def head(self, words: str) -> None:
        """The heading of the block and of its columns."""
        self.sheet.write_string(self.first, 0, words, self.book.heading)
        for column, year in enumerate(self.years, start=1):
            self.sheet.write_string(self.first, column, year.label, self.book.heading_right)

    def cell(self, line: int, year: int) -> str:
        """The address of a cell, such as C7."""
        return f"{chr(ord('B') + year)}{self.first + 2 + line}"


def write_prices(
    book: Book, name: str, spend: TidyTable, years: Sequence[FinancialYear], saved: Sequence[float]
) -> None:
    """Write the sheet: placements, prices, uplifts, gross, and the total beside the forecast's.

    Parameters
    ----------
    saved : savings expected by year, which the headline's net spend is after
    """
    lines = lines_of_years(spend, years)
    placed = [line for line in lines if any(line.nights)]
    other = [line for line in lines if not any(line.nights)]
    sheet = book.sheet(name, widths=(46, *(16 for _ in years)), landscape=True)
    book.title(sheet, "What if prices, uplifts or placements were others?",
               "Change a yellow cell; everything below it follows")  # fmt: skip
    rows = len(placed) + 2
    blocks = [_Block(book, sheet, FIRST_ROW + number * rows, years) for number in range(4)]
    numbers, uplifts, prices, gross = blocks
    _placements(numbers, placed)
    _uplifts(uplifts, placed)
    _prices(prices, uplifts, placed)
    totals = _gross(gross, numbers, prices, placed)
    forecast = [total_net(spend, year.label) for year in years]
    below = _Block(book, sheet, FIRST_ROW + 4 * rows, years)
    _totals(below, gross, (placed, other), totals, forecast)
    if any(saved):
        _savings(below, len(other) + 6, forecast, saved)
    sheet.freeze_panes(FIRST_ROW, 1)


def _placements(block: _Block, lines: Sequence[LineOfYears]) -> None:
    block.head("Average placements")
    for row, line in enumerate(lines):
        block.sheet.write_string(block.first + 1 + row, 0, line.name)
        for column, (nights, year) in enumerate(zip(line.nights, block.years, strict=True)):
            average = nights / year.days
            block.sheet.write_number(block.cell(row, column), average, block.book.open_count)


def _growth(line: LineOfYears, year: int) -> float:
    """The rise of a line's price against the year before, a share."""
    before = line.prices[year - 1]
    return line.prices[year] / before - 1 if before else 0.0


def _uplifts(block: _Block, lines: Sequence[LineOfYears]) -> None:
    block.head("Rise in the average price against the year before")
    for row, line in enumerate(lines):
        block.sheet.write_string(block.first + 1 + row, 0, line.name)
        for year in range(1, len(block.years)):
            growth = _growth(line, year)
            block.sheet.write_number(block.cell(row, year), growth, block.book.open_share)


def _prices(block: _Block, uplifts: _Block, lines: Sequence[LineOfYears]) -> None:
    block.head("Average price, £ a week")
    sheet, book = block.sheet, block.book
    for row, line in enumerate(lines):
        sheet.write_string(block.first + 1 + row, 0, line.name)
        sheet.write_number(block.cell(row, 0), line.prices[0], book.open_pence)
        for year in range(1, len(block.years)):
            formula = f"={block.cell(row, year - 1)}*(1+{uplifts.cell(row, year)})"
            sheet.write_formula(block.cell(row, year), formula, book.pence, line.prices[year])


def _gross(
    block: _Block, numbers: _Block, prices: _Block, lines: Sequence[LineOfYears]
) -> list[float]:
    """Gross spend by line; the total of each year is returned."""
    block.head("Gross spend, £")
    sheet, totals = block.sheet, [0.0 for _ in block.years]
    for row, line in enumerate(lines):
        sheet.write_string(block.first + 1 + row, 0, line.name)
        for year, (nights, days) in enumerate(
            zip(line.nights, (year.days for year in block.years), strict=True)
        ):
            value = nights * line.prices[year] / 7
            formula = f"={numbers.cell(row, year)}*{prices.cell(row, year)}*{days}/7"
            sheet.write_formula(block.cell(row, year), formula, block.book.pounds, value)
            totals[year] += value
    return totals


def _totals(
    block: _Block,
    gross: _Block,
    lines: tuple[Sequence[LineOfYears], Sequence[LineOfYears]],
    totals: Sequence[float],
    forecast: Sequence[float],
) -> None:
    """Gross, other money, income and net, beside the net that the forecast has."""
    placed, other = lines
    block.head("Total, £")
    income = [-sum(line.income[year] for line in (*placed, *other))
              for year in range(len(block.years))]  # fmt: skip
    records = [(line.name, line.gross) for line in other]
    records.append(("less income (as forecast)", income))
    names = ["gross spend on placements", *(name for name, _ in records),
             "net", "net, as forecast", "difference"]  # fmt: skip
    sheet, book = block.sheet, block.book
    for row, name in enumerate(names):
        sheet.write_string(block.first + 1 + row, 0, name)
    net_row, forecast_row = len(names) - 3, len(names) - 2
    for year in range(len(block.years)):
        first, last = gross.cell(0, year), gross.cell(len(placed) - 1, year)
        sheet.write_formula(block.cell(0, year), f"=SUM({first}:{last})", book.pounds, totals[year])
        net = totals[year]
        for row, (_, values) in enumerate(records, start=1):
            sheet.write_number(block.cell(row, year), values[year], book.pounds)
            net += values[year]
        above = f"{block.cell(0, year)}:{block.cell(net_row - 1, year)}"
        sheet.write_formula(block.cell(net_row, year), f"=SUM({above})", book.total, net)
        sheet.write_number(block.cell(forecast_row, year), forecast[year], book.pounds)
        difference = f"=ROUND({block.cell(net_row, year)}-{block.cell(forecast_row, year)},0)"
        gap = round(net - forecast[year]) + 0.0
        sheet.write_formula(block.cell(forecast_row + 1, year), difference, book.pounds, gap)


def _savings(block: _Block, first: int, forecast: Sequence[float], saved: Sequence[float]) -> None:
    """What the headline takes off the forecast of this sheet: savings expected of the council."""
    sheet, book = block.sheet, block.book
    for row, name in enumerate(("less savings expected", "net, as forecast, as on Headline")):
        sheet.write_string(block.first + 1 + first + row, 0, name)
    for year, (net, off) in enumerate(zip(forecast, saved, strict=True)):
        sheet.write_number(block.cell(first, year), -off, book.pounds)
        sheet.write_number(block.cell(first + 1, year), net - off, book.total)
