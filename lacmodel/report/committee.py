"""The content of a committee report: numbered paragraphs, two charts and three tables.

It is written once, here; `lacmodel.report.documents` makes a Word file and a PDF of it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from lacmodel.analyses.beside_others import at_neighbours_median, latest_beside
from lacmodel.analyses.forecast import Forecast, headline
from lacmodel.report import charts
from lacmodel.report.assumptions import by_money
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.doubt import NEVER_KNOWN, what_happened, what_moves_spend
from lacmodel.report.drawing import png_of
from lacmodel.report.first_screen import answer_sentences
from lacmodel.report.internal import INTERNAL
from lacmodel.report.neighbours_section import beside_words, median_words
from lacmodel.report.summary import (
    OUTLOOK_COLUMNS,
    SPEND_COLUMNS,
    outlook_rows,
    places_line,
    spend_line,
    spend_rows,
    uncertainty_words,
)
from lacmodel.report.words import long_date
from lacmodel.results import stock_dates

MARKS: Final = {  # the marks of a chart's key in words
    "band": "Band",
    "line": "line",
    "dots": "black dots",
    "diamond": "diamonds",
    "bar": "Bars",
    "rule": "black rules",
    "thick": "thick orange line",
    "thin": "thin orange line",
}
MOST: Final = 8  # assumptions that are written out


class Words(NamedTuple):
    """A numbered paragraph."""

    number: str  # such as 2.1
    text: str


class Picture(NamedTuple):
    """A chart with what it shows in words."""

    title: str
    description: str
    png: bytes  # nothing where no picture could be drawn


class Grid(NamedTuple):
    """A table whose first row heads its columns and whose first column heads its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Words | Picture | Grid


class Part(NamedTuple):
    """A section of the report under its heading."""

    title: str
    blocks: tuple[Block, ...]


class Paper(NamedTuple):
    """A committee report."""

    title: str
    area: str
    question: str
    banner: str  # who may not have it, or nothing
    parts: tuple[Part, ...]


def committee_paper(result: Forecast) -> Paper:
    """The report of a run in the form of a committee report."""
    plan = result.plan
    sections: tuple[tuple[str, Sequence[Any]], ...] = (
        ("Summary", answer_sentences(headline(result))),
        ("Background", list(_background(result))),
        ("Sufficiency", list(_sufficiency(result))),
        ("Financial implications", list(_money(result))),
        ("Risk", list(_risk(result))),
        ("Assumptions", list(_assumptions(result))),
    )
    parts = tuple(
        Part(f"{number}. {title}", tuple(_numbered(number, blocks)))
        for number, (title, blocks) in enumerate(sections, start=1)
    )
    banner = INTERNAL if plan.area.internal else ""
    return Paper(plan.title, plan.area.name, plan.question, banner, parts)


def _numbered(section: int, blocks: Sequence[Any]) -> Iterator[Block]:
    """The blocks of a section, its plain sentences numbered."""
    at = 0
    for block in blocks:
        if isinstance(block, str):
            at += 1
            yield Words(f"{section}.{at}", block)
        else:
            yield block


def _background(result: Forecast) -> Iterator[str | Block]:
    """Children in care so far, beside others, and those forecast."""
    area, answer = result.plan.area, headline(result)
    yield (
        f"{area.name} looked after {answer.children:,} children on {long_date(answer.opening)}, "
        f"{answer.rate_per_10000:.0f} per 10,000 residents aged 0 to 17."
    )
    opening = stock_dates(result.plan.period)[0]
    beside, median = latest_beside(area, opening), at_neighbours_median(area, opening)
    if beside is not None:
        yield f"Rates per 10,000 elsewhere: {beside_words(beside)}."
    if median is not None:
        yield median_words(area, median)
    yield _picture(charts.children_chart(result))
    rows = tuple(map(tuple, outlook_rows(answer)))
    yield Grid("Children in care on each 31 March", OUTLOOK_COLUMNS, rows)


def _sufficiency(result: Forecast) -> Iterator[str | Block]:
    """The council's own places, what they leave short, and children by placement."""
    yield places_line(headline(result))
    chart = charts.placements_chart(result)
    ends = (0, 1, 2, len(chart.columns) - 1)
    kept = sorted({at for at in ends if at < len(chart.columns)})
    columns = tuple(chart.columns[at] for at in kept)
    rows = tuple(tuple(row[at] for at in kept) for row in chart.rows)
    yield Grid("Children by placement", columns, rows)


def _money(result: Forecast) -> Iterator[str | Block]:
    """Spend against the budget, year by year."""
    answer = headline(result)
    yield spend_line(answer, len(result.ensemble.futures))
    yield from what_moves_spend(result)
    yield _picture(charts.spend_chart(result))
    yield Grid("Net spend against budget", SPEND_COLUMNS, tuple(map(tuple, spend_rows(answer))))


def _risk(result: Forecast) -> Iterator[str]:
    """How wrong it may be, and what nobody knows."""
    yield uncertainty_words(result)
    yield how_wrong(result.plan.area)
    yield from what_happened(headline(result))
    yield f"What no range holds: {' '.join(NEVER_KNOWN)}"


def _assumptions(result: Forecast) -> Iterator[str]:
    """The numbers without a confirmed source on which most spend rests, and what was assumed."""
    assumed = by_money(result)
    yield f"{len(assumed)} numbers or tables have no confirmed source; most rests on these."
    for what, value, money, source in assumed[:MOST]:
        rests = f", on which {money} of the first year's spend rests" if money else ""
        yield f"{what[:1].upper()}{what[1:]}: {value}{rests}. {source[:1].upper()}{source[1:]}."
    yield from result.plan.notes
    yield "The report (report.html) and the workbook have every assumption with its source."


def _picture(chart: charts.Chart) -> Picture:
    marks = [f"{MARKS[kind]}: {label}" for kind, label in chart.key]
    key = f" {'; '.join(marks)}." if marks else ""
    return Picture(chart.title, f"{chart.description}{key}", png_of(chart.svg))
