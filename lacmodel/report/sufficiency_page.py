"""The report of a sufficiency statement, in the order of a sufficiency strategy."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lacmodel.analyses.distances import NOTE
from lacmodel.analyses.forecast import places_known, range_of
from lacmodel.analyses.sufficiency import Sufficiency, pounds_lost
from lacmodel.analyses.sufficiency_tables import sufficiency_tables
from lacmodel.plan import Plan
from lacmodel.report import sufficiency_words as say
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.avoidance_words import as_bullets
from lacmodel.report.changes import CHANGE_COLUMNS, change_rows
from lacmodel.report.charts import Chart, british
from lacmodel.report.drawing import Row, fan_and_limit, svg_of
from lacmodel.report.grounds import METHOD, what_it_rests_on
from lacmodel.report.html import bullets, figure, page, paragraph, section, table, tile
from lacmodel.report.run_folder import manifest
from lacmodel.report.screen import screen
from lacmodel.report.sufficiency_answer import (
    answer_lines,
    first_lines,
    further_lines,
    missing,
    types_of,
)
from lacmodel.report.summary import as_text, doubts, markdown_table
from lacmodel.report.words import between, children_range, long_date, places_doubt, pounds, whole
from lacmodel.report.workbook import WORKBOOK
from lacmodel.report.write import write_folder
from lacmodel.results import stability, stock_dates, summarise, year_ends
from lacmodel.scenario import Scenario

QUESTION: Final = "Which places are missing, when, and what does that cost?"
UNSETTLED: Final = (
    "The model gives every child of an age and type the same chance of moving, so it knows no "
    "settled placements: England's published share is about 69%, and the model's is lower."
)


def write_sufficiency(folder: Path, scenario: Scenario, answer: Sufficiency) -> None:
    """Write the folder of a sufficiency statement."""
    made = manifest([(scenario, answer.plan)], answer.result.ensemble)
    made["question"] = {"command": "sufficiency"}
    html = sufficiency_page(answer, made)
    made_tables, plan = sufficiency_tables(answer), answer.plan
    said = [
        ("Need, places and the gap", say.NEED_COLUMNS, say.need_rows(answer)),
        ("How places are used", say.USE_COLUMNS, say.use_rows(answer)),
        ("What shortage costs", say.COST_COLUMNS, say.cost_rows(answer)),
    ]
    lost = [(y.label, float(pounds_lost(answer, y.months).sum(axis=1).mean())) for y in
            answer.years]  # fmt: skip
    plot = Plot("Lost to want of places, means over futures", "pounds", "financial year", lost)
    lines = answer_lines(answer)
    method = (*METHOD, say.TWO_MEASURES, say.COST_NOTE)
    heading = asked_of(answer).title
    kept = [table for table in made_tables if table.name in ("spend", "stability", "sufficiency")]
    book = answer_book(Answer(heading, QUESTION, lines, said, kept, made, plan, method, plot))
    words, files = sufficiency_summary(answer), {WORKBOOK: book}
    write_folder(folder, made_tables, words, html, made, files)


def sufficiency_headline(answer: Sufficiency, folder: Path) -> list[str]:
    """What is printed: the answer, and where the folder is."""
    written = f"Written to {folder}: report.html, workbook.xlsx, summary.md, tables/."
    return [*answer_lines(answer), written]


def sufficiency_summary(answer: Sufficiency) -> str:
    """The answer on a page or two, in Markdown."""
    plan = answer.plan
    parts = [
        f"# {asked_of(answer).title}",
        as_bullets(answer_lines(answer)),
        f"{plan.area.name}. {QUESTION}",
        doubts(answer.result),
        "## Need, places and the gap",
        markdown_table(say.NEED_COLUMNS, say.need_rows(answer)),
        say.TWO_MEASURES,
        "## How places are used",
        markdown_table(say.USE_COLUMNS, say.use_rows(answer)),
        "## What shortage costs",
        markdown_table(say.COST_COLUMNS, say.cost_rows(answer)),
        say.COST_NOTE,
        "## Assumed, and not confirmed by any source",
        as_bullets([*plan.notes, *plan.area.assumptions]),
    ]
    return as_text("\n\n".join(parts) + "\n")


def asked_of(answer: Sufficiency) -> Plan:
    """The plan under the title and the question that the report answers."""
    title = f"{answer.plan.title}: are there enough of the right places?"
    return replace(answer.plan, title=title, question=QUESTION)


def sufficiency_page(answer: Sufficiency, made: Mapping[str, Any]) -> str:
    """The report."""
    plan, asked = answer.plan, asked_of(answer)
    parts = [
        section("More of the answer", "more", bullets(further_lines(answer))),
        _need(answer),
        _supply(answer),
        _cost(answer),
        _where(answer),
        _stability(answer),
        *what_it_rests_on(answer.result, made),
    ]
    sections = "".join(parts)
    return page(f"{asked.title} ({plan.area.name})", _first_screen(answer, sections) + sections)


def _first_screen(answer: Sufficiency, sections: str) -> str:
    verdict, *others = first_lines(answer)
    chart = figure(need_chart(answer, hardest(answer)), "chart-need") if answer.scopes else ""
    words = paragraph(verdict, "answer") + bullets(others)
    return screen(asked_of(answer), words, _tiles(answer), chart, sections)


def _tiles(answer: Sufficiency) -> list[str]:
    """The places of every type that are missing in the first year, and what that costs."""
    year = answer.years[0]
    tiles = []
    for at in types_of(answer):
        demand, usable = say.cut(answer, at, year)
        needed = children_range(range_of(demand.mean(axis=1), False))
        short = say.share_words(say.short_share(answer, at, year))
        doubt = places_doubt(places_known(answer.plan, answer.scopes[at].placement))
        tiles.append(
            tile(
                missing(answer, at, year),
                f"places missing, {say.scope_label(answer.scopes[at])}, {year.label}",
                f"{needed} needed a day, {whole(usable)} usable{doubt}; short on {short} of days",
            )
        )
    lost = range_of(pounds_lost(answer, year.months).sum(axis=1), False)
    label = f"lost to want of places, {year.label}"
    return [*tiles, tile(pounds(lost.central), label, between(lost, pounds))]


def hardest(answer: Sufficiency) -> int:
    """The type that is short by most places in the last year."""
    year = say.whole_years(answer)[-1]
    gaps = []
    for at, scope in enumerate(answer.scopes):
        demand, usable = say.cut(answer, at, year)
        gaps.append(float(demand.mean()) - usable if scope.is_type else -float("inf"))
    return gaps.index(max(gaps))


def _need(answer: Sufficiency) -> str:
    return section(
        "Need, places and the gap", "need",
        table(say.NEED_COLUMNS, say.need_rows(answer), "Need and usable places on an average day"),
        paragraph(say.TWO_MEASURES, "note"),
    )  # fmt: skip


def _supply(answer: Sufficiency) -> str:
    changes = change_rows(answer.plan)
    return section(
        "How places are used", "supply",
        table(say.USE_COLUMNS, say.use_rows(answer), "Places, their use, and who is turned away"),
        table(CHANGE_COLUMNS, changes, "Changes to the area") if changes else "",
    )  # fmt: skip


def _cost(answer: Sufficiency) -> str:
    return section(
        "What shortage and emptiness cost", "cost",
        table(say.COST_COLUMNS, say.cost_rows(answer), "What want of places costs"),
        paragraph(say.COST_NOTE, "note"),
        table(say.EMPTY_COLUMNS, say.empty_rows(answer), "What empty places cost"),
    )  # fmt: skip


def _where(answer: Sufficiency) -> str:
    caption = f"Children on an average day of {answer.years[0].label}"
    return section(
        "Where children live", "where",
        paragraph(NOTE, "note"),
        table(say.WHERE_COLUMNS, say.where_rows(answer), caption),
    )  # fmt: skip


def _stability(answer: Sufficiency) -> str:
    counts, shares = stability(answer.plan, answer.result.ensemble)
    moved = [
        (long_date(when), whole(counts[:, year].mean()), f"{shares[:, year].mean():.1%}")
        for year, when in enumerate(year_ends(answer.plan.period))
    ]
    columns = ("Year to", "Children", "Share of children in care")
    settled = say.settled_rows(answer)
    of = "Children under 16 who have been in care for two and a half years"
    return section(
        "Stability", "stability",
        table(columns, moved, "Children with three or more placements in the year"),
        table(say.SETTLED_COLUMNS, settled, of) if settled else "",
        paragraph(UNSETTLED, "note"),
    )  # fmt: skip


def need_chart(answer: Sufficiency, scope: int) -> Chart:
    """Need of one type at every month end with its range."""
    dates = stock_dates(answer.plan.period)[1:]
    last = [answer.plan.period.day(when) for when in dates]
    summary = summarise(answer.need.by_day[:, scope][:, last])
    rows: list[Row] = [
        {"date": when.isoformat(), **{
            name: float(part[at])
            for name, part in zip(("low", "middle", "high"), summary[1:], strict=True)
        }}
        for at, when in enumerate(dates)
    ]  # fmt: skip
    places: list[Row] = [
        {"date": when.isoformat(), "usable": float(answer.usable[scope, day])}
        for when, day in zip(dates, last, strict=True)
    ]
    label = say.scope_label(answer.scopes[scope])
    svg = svg_of(fan_and_limit(rows, places, "children and adults"), height=200)
    ends = [at for at, when in enumerate(dates) if when.month == 3]
    cells = tuple(
        (british(rows[at]["date"]), *(whole(rows[at][end]) for end in ("middle", "low", "high")),
         whole(answer.usable[scope, last[at]]))
        for at in ends
    )  # fmt: skip
    words = f"From {cells[0][1]} on {cells[0][0]} to {cells[-1][1]} on {cells[-1][0]}; "
    words += f"usable places {cells[0][4]} and {cells[-1][4]}." if cells else ""
    return Chart(
        f"Need: {label}", words, svg,
        (("band", "need: eight futures in ten"), ("line", "need, middle future"),
         ("limit", "usable places")),
        ("Date", "Central", "Low", "High", "Usable places"), cells,
    )  # fmt: skip
