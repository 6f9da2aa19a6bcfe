"""An options appraisal: one page, and the same on one sheet of a workbook."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lacmodel.analyses.forecast import Range
from lacmodel.analyses.options import Appraised
from lacmodel.analyses.options_tables import measures, options_table
from lacmodel.money.business_case import APPRAISAL_YEARS, DISCOUNT_RATE
from lacmodel.plan import Plan
from lacmodel.report import options_words as say
from lacmodel.report.avoidance_words import as_bullets
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.changes import CHANGE_COLUMNS, change_rows
from lacmodel.report.charts import Chart
from lacmodel.report.drawing import Row, bars, svg_of
from lacmodel.report.grounds import what_it_rests_on
from lacmodel.report.html import figure, page, paragraph, section, table, tile
from lacmodel.report.run_folder import manifest
from lacmodel.report.screen import screen
from lacmodel.report.sheets import open_book, write_rows
from lacmodel.report.summary import as_text, doubts, markdown_table
from lacmodel.report.words import between, listed, per_cent, pounds
from lacmodel.report.workbook import EPOCH, WORKBOOK
from lacmodel.report.write import write_folder
from lacmodel.scenario import Scenario


def write_options(folder: Path, scenarios: Sequence[Scenario], appraised: Appraised) -> None:
    """Write the folder of an options appraisal."""
    plans = [option.plan for option in appraised.options]
    ensemble = appraised.first.course.result.ensemble
    made = manifest(list(zip(scenarios, plans, strict=True)), ensemble)
    made["question"] = {"command": "options", "inflation": appraised.inflation}
    words, html = options_summary(appraised), options_page(appraised, made)
    files = {WORKBOOK: options_book(appraised)}
    write_folder(folder, [options_table(appraised)], words, html, made, files)


def options_headline(appraised: Appraised, folder: Path) -> list[str]:
    """What is printed: the answer, and where the folder is."""
    where = f"Written to {folder}: report.html, workbook.xlsx, summary.md, tables/."
    return [*say.answer_lines(appraised), where]


def options_summary(appraised: Appraised) -> str:
    """The appraisal on a page, in Markdown."""
    plan = appraised.first.plan
    parts = [
        f"# Options for {plan.area.name}",
        as_bullets(say.answer_lines(appraised)),
        doubts(appraised.first.course.result),
        "## Options side by side",
        markdown_table(_columns(appraised), say.said_rows(appraised)),
        *basis_words(appraised),
        "## Assumed, and not confirmed by any source",
        as_bullets([*plan.notes, *plan.area.assumptions]),
    ]
    return as_text("\n\n".join(parts) + "\n")


def basis_words(appraised: Appraised) -> list[str]:
    """On what the costs rest."""
    end = appraised.first.plan.period.end
    return [
        f"Costs over {APPRAISAL_YEARS} years are net spend and capital from the start, in real "
        f"prices (inflation of {appraised.inflation:.1%} a year taken out, assumed), discounted "
        f"by {DISCOUNT_RATE:.1%} a year. After {end.year} the last simulated year is held. An "
        "empty place of the council's own homes and units is charged at its full price; net spend "
        "of a single year is the average over futures and leaves empty places and capital out, as "
        "in a run. Other amounts are those of the middle future, with eight futures in ten.",
        "Every option meets the same futures: the same children would come, with the same luck.",
    ]


def _columns(appraised: Appraised) -> tuple[str, ...]:
    return ("", *say.names(appraised))


# The page and the sheet ---------------------------------------------------------------------


def options_page(appraised: Appraised, made: Mapping[str, Any]) -> str:
    """The report of an options appraisal."""
    first, answer = appraised.first, "".join(map(paragraph, say.answer_lines(appraised)))
    sections = "".join(
        [_side_by_side(appraised), _changes(appraised)]
        + what_it_rests_on(first.course.result, made)
    )
    top = screen(_asked(appraised), answer, _tiles(appraised), _worth_figure(appraised), sections)
    return page(f"Options for {first.plan.area.name}", top + sections)


def _side_by_side(appraised: Appraised) -> str:
    name = "Options side by side"
    said = table(_columns(appraised), say.said_rows(appraised), name)
    return section(name, "options", said, *map(paragraph, basis_words(appraised)))


def _changes(appraised: Appraised) -> str:
    parts = []
    for name, option in zip(say.names(appraised), appraised.options, strict=True):
        rows = change_rows(option.plan)
        nothing = paragraph(f"{name}: nothing is changed.")
        parts.append(table(CHANGE_COLUMNS, rows, name) if rows else nothing)
    return section("What each option changes", "changes", *parts)


def _asked(appraised: Appraised) -> Plan:
    """The first option's plan under the appraisal's title and question."""
    plan = appraised.first.plan
    question = f"Which serves best: {listed(say.names(appraised))}?"
    return replace(plan, title="Options", question=question)


def _tiles(appraised: Appraised) -> list[str]:
    """How often each option costs least, and what it is worth."""
    by_name = {measure.name: measure for measure in measures(appraised)}
    futures = len(appraised.first.course.result.ensemble.futures)
    both = zip(
        say.names(appraised), by_name["costs_least"].ranges, by_name["worth"].ranges, strict=True
    )
    return [
        tile(
            per_cent(share.central, futures) if share else "",
            f"of futures: {name} costs least",
            f"worth {pounds(worth.central)}; {between(worth, pounds)}"
            if worth and at
            else "what the others are measured against",
        )
        for at, (name, share, worth) in enumerate(both)
    ]


def _worth_figure(appraised: Appraised) -> str:
    """What each option is worth, as bars with their range."""
    worth = next(row for row in measures(appraised) if row.name == "worth")
    others = list(zip(say.names(appraised), worth.ranges, strict=True))[1:]
    ends = Range._fields
    rows: list[Row] = [
        {"year": name[0]} | {end: (getattr(spread, end) or 0.0) / 1e6 for end in ends}
        for name, spread in others
    ]
    cells = tuple(
        (name, *(pounds(getattr(spread, end) or 0.0) for end in ends)) for name, spread in others
    )
    title = "Worth over 20 years beside A, capital paid"
    description = "; ".join(f"{row[0]}: {row[1]} ({row[2]} to {row[3]})" for row in cells) + "."
    svg = svg_of(bars(rows, "£ million", ",.0f"))
    key = (("rule", "eight futures in ten"),)
    chart = Chart(title, description, svg, key, ("Option", "Central", "Low", "High"), cells)
    return figure(chart, "chart-worth")


def options_book(appraised: Appraised) -> bytes:
    """The appraisal on one sheet, the same bytes for the same run."""
    content = io.BytesIO()
    plan, columns = appraised.first.plan, _columns(appraised)
    title = f"Options for {plan.area.name}"
    with open_book(content, title, EPOCH, plan.area.internal) as book:
        sheet = book.sheet("Options", (46, *(30 for _ in columns[1:])), landscape=True)
        book.title(sheet, title, say.answer_lines(appraised)[0])
        rows = say.said_rows(appraised)
        write_rows(book, sheet, 3, columns, rows)
        notes = [*filter(None, [how_wrong(plan.area)]), *basis_words(appraised)]
        book.lines(sheet, 5 + len(rows), notes, columns=len(columns))
    return content.getvalue()
