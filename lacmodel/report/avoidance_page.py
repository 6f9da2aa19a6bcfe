"""The report and the summary of cost avoidance: the answer first, then the evidence."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from lacmodel.analyses.avoidance_tables import avoidance_tables, log_tables
from lacmodel.analyses.avoided_cost import (
    account,
    avoided_by_line,
    break_even_effect,
    nights_avoided,
)
from lacmodel.analyses.cost_avoidance import FATES, Checked, CostAvoidance, count_early, fates
from lacmodel.codes import KINDS
from lacmodel.money.spend import LINES, SERVICES
from lacmodel.report import avoidance_words as say
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.avoidance_words import mean_range
from lacmodel.report.changes import CHANGE_COLUMNS, change_rows
from lacmodel.report.charts import Chart
from lacmodel.report.drawing import Row, bars, stacked_bars, svg_of
from lacmodel.report.grounds import METHOD, what_it_rests_on
from lacmodel.report.html import (
    bullets,
    figure,
    page,
    paragraph,
    section,
    table,
    tile,
)
from lacmodel.report.run_folder import manifest, sha256
from lacmodel.report.screen import screen
from lacmodel.report.summary import as_text, doubts, markdown_table
from lacmodel.report.words import (
    ROUNDED,
    between,
    children_range,
    long_date,
    pounds,
    pounds_range,
    whole,
)
from lacmodel.report.workbook import WORKBOOK
from lacmodel.report.write import write_folder
from lacmodel.results import TidyTable
from lacmodel.scenario import Scenario

FATE_COLUMNS: Final = ("Effect", *(name.capitalize() for name in FATES))
YEAR_COLUMNS: Final = (
    "Financial year", "Spend avoided", "Cashable", "Not cashable", "Service's cost", "Net",
)  # fmt: skip
KIND_COLUMNS: Final = ("Placement", "Nights avoided", "Spend avoided")
CASHABLE_NOTE: Final = (
    "Cashable is what is no longer bought: external placements, one by one. The council's own "
    "places cost much the same whether or not a child is in them, and a child who stays out may "
    "leave room for another."
)


def write_avoidance(
    folder: Path,
    scenario: Scenario,
    answer: CostAvoidance,
    checked: Checked | None = None,
    log: Path | None = None,
) -> None:
    """Write the folder of a cost-avoidance run."""
    made = manifest([(scenario, answer.plan)], answer.full.result.ensemble)
    made["question"] = {
        "command": "cost-avoidance",
        "weeks": answer.weeks,
        "until": answer.until.isoformat(),
        "claim_price_gbp_per_week": answer.claim_price,
    }
    if log is not None:
        made["inputs_sha256"][log.name] = sha256(log)
    tables = avoidance_tables(answer)
    if checked is not None:
        tables += log_tables(checked.log, answer.weeks)
    text = avoidance_summary(answer, checked)
    files = {WORKBOOK: avoidance_book(answer, checked, made, tables)}
    write_folder(folder, tables, text, avoidance_page(answer, checked, made), made, files)


def avoidance_book(
    answer: CostAvoidance,
    checked: Checked | None,
    made: Mapping[str, Any],
    tables: Sequence[TidyTable],
) -> bytes:
    """The workbook of a cost-avoidance run."""
    plan, lines = answer.plan, say.answer_lines(answer, checked)
    said = [
        ("Money", say.ACCOUNT_COLUMNS, say.account_rows(answer)),
        ("By year", YEAR_COLUMNS, say.year_rows(answer)),
        ("From the simple claim to the saving", say.CLAIM_COLUMNS, say.claim_rows(answer)),
        ("What becomes of the children supported", FATE_COLUMNS, say.fate_rows(answer)),
    ]
    method = (*METHOD, CASHABLE_NOTE, say.MEANS_NOTE)
    title = f"{plan.title}: what it prevents and saves"
    net = account(answer, answer.full).net.mean(axis=0)
    years = [year.label for year in answer.full.result.money.years]
    rows = list(zip(years, map(float, net), strict=True))
    plot = Plot("Net saving at the full effect, average", "pounds", "financial year", rows)
    return answer_book(Answer(title, plan.question, lines, said, tables, made, plan, method, plot))


def avoidance_headline(answer: CostAvoidance, checked: Checked | None, folder: Path) -> list[str]:
    """What is printed: the answer, with the log's verdict if there is one, and the folder."""
    where = f"Written to {folder}: report.html, workbook.xlsx, summary.md, tables/."
    return [*say.answer_lines(answer, checked), ROUNDED, where]


def avoidance_summary(answer: CostAvoidance, checked: Checked | None) -> str:
    """The answer on a page or two, in Markdown."""
    plan = answer.plan
    log = ""
    if checked is not None:
        log = markdown_table(say.TIME_COLUMNS, say.time_rows(checked.log, answer.weeks))
    parts = [
        f"# {plan.title}: what it prevents and saves",
        say.as_bullets(say.answer_lines(answer, checked)),
        *(["## The service's own log", log] if log else []),
        f"{plan.area.name}. {plan.question}",
        f"{say.period_words(answer)} {say.MEANS_NOTE}",
        doubts(answer.full.result),
        "## Money",
        markdown_table(say.ACCOUNT_COLUMNS, say.account_rows(answer)),
        CASHABLE_NOTE,
        markdown_table(YEAR_COLUMNS, say.year_rows(answer)),
        "## From the simple claim to the saving",
        markdown_table(say.CLAIM_COLUMNS, say.claim_rows(answer)),
        "" if answer.comparable else say.OTHER_BASIS,
        "## Counts beside no service",
        f"No entry within {answer.weeks} weeks of referral:",
        markdown_table(say.COUNT_COLUMNS, say.count_rows(answer, early=False)),
        f"Referred by {long_date(answer.until)} and not in care on that day:",
        markdown_table(say.COUNT_COLUMNS, say.count_rows(answer, early=True)),
        "## What becomes of the children supported",
        markdown_table(FATE_COLUMNS, say.fate_rows(answer)),
        "## What it rests on",
        say.as_bullets([*_sources(answer), *plan.notes]),
    ]
    return as_text("\n\n".join(part for part in parts if part) + "\n")


def _sources(answer: CostAvoidance) -> list[str]:
    """The sources of the scenario."""
    return [str(source) for source in answer.plan.resolved.get("sources", [])]


# The page ----------------------------------------------------------------------------------------


def avoidance_page(answer: CostAvoidance, checked: Checked | None, made: Mapping[str, Any]) -> str:
    """The report of cost avoidance."""
    plan = answer.plan
    parts = [
        *([_log(answer, checked)] if checked else []),
        _money(answer),
        _claim(answer),
        _counts(answer),
        _evidence(answer),
        *what_it_rests_on(answer.full.result, made),
    ]
    sections = "".join(parts)
    first = _first_screen(answer, checked, sections)
    return page(f"{plan.title} ({plan.area.name})", first + sections)


def _first_screen(answer: CostAvoidance, checked: Checked | None, sections: str) -> str:
    said = say.answer_lines(answer)
    log = "".join(map(paragraph, say.log_lines(checked))) if checked else ""
    words = "".join(map(paragraph, said[:2])) + log + paragraph(said[2])
    chart = figure(fates_chart(answer), "chart-fates")
    return screen(answer.plan, words, _tiles(answer), chart, sections)


def _tiles(answer: CostAvoidance) -> list[str]:
    """The key numbers."""
    full, half = (account(answer, run) for run in (answer.full, answer.runs[1]))
    prevented = fates(answer, answer.full)["truly prevented"]
    share, early = break_even_effect(answer), count_early(answer, answer.full)
    net = mean_range(full.net.sum(axis=1))
    return [
        tile(whole(float(prevented.mean())), "children truly prevented at the full effect",
             between(mean_range(prevented), whole)),
        tile(pounds(net.central), "net saving at the full effect",
             f"{between(net, pounds)}, the effect taken as certain"),
        tile(pounds(float(half.net.sum(axis=1).mean())), "net saving at half of the effect",
             f"{pounds(-float(full.service.sum(axis=1).mean()))} with no effect"),
        tile(pounds(float(full.cashable.sum(axis=1).mean())), "cashable, at the full effect",
             "external placements not bought"),
        tile("none" if share is None else f"{share:.0%}", "of the effect pays for the service"),
        tile(f"{whole(float(early.out.mean()))} and {whole(float(early.out_without.mean()))}",
             f"out of care on {long_date(answer.until)}, with and without the service",
             f"of {whole(float(early.followed.mean()))} children supported by then"),
    ]  # fmt: skip


def _log(answer: CostAvoidance, checked: Checked) -> str:
    rows = say.time_rows(checked.log, answer.weeks)
    return section(
        "The service's own log", "log",
        bullets(say.log_lines(checked)),
        table(say.TIME_COLUMNS, rows, "Children of the log not in care"),
    )  # fmt: skip


def _money(answer: CostAvoidance) -> str:
    return section(
        "Money", "money",
        paragraph(f"{say.period_words(answer)} {say.MEANS_NOTE}"),
        figure(avoided_chart(answer), "chart-avoided"),
        table(say.ACCOUNT_COLUMNS, say.account_rows(answer), "Avoided, cost and net"),
        paragraph(CASHABLE_NOTE),
        table(YEAR_COLUMNS, say.year_rows(answer), "At the full effect, by financial year"),
        table(KIND_COLUMNS, kind_rows(answer), "At the full effect, by placement"),
    )  # fmt: skip


def kind_rows(answer: CostAvoidance) -> list[list[str]]:
    """Nights and spend avoided by kind over the whole period at the full effect."""
    spend = avoided_by_line(answer, answer.full).sum(axis=1)
    nights = nights_avoided(answer, answer.full).sum(axis=1)
    rows = []
    for at, line in enumerate(LINES[:SERVICES]):
        if spend[:, at].any() or (at < len(KINDS) and nights[:, at].any()):
            count = children_range(mean_range(nights[:, at])) if at < len(KINDS) else ""
            rows.append([line.name, count, pounds_range(mean_range(spend[:, at]))])
    return rows


def _claim(answer: CostAvoidance) -> str:
    return section(
        "From the simple claim to the saving", "claim",
        paragraph(say.claim_line(answer)),
        table(say.CLAIM_COLUMNS, say.claim_rows(answer), "Why they differ"),
    )  # fmt: skip


def _counts(answer: CostAvoidance) -> str:
    within = f"No entry within {answer.weeks} weeks of referral"
    early = f"Referred by {long_date(answer.until)} and not in care on that day"
    return section(
        "Counts beside no service", "counts",
        *(paragraph(line) for line in (say.early_line(answer), say.within_line(answer))),
        table(say.COUNT_COLUMNS, say.count_rows(answer, early=False), within),
        table(say.COUNT_COLUMNS, say.count_rows(answer, early=True), early),
        table(FATE_COLUMNS, say.fate_rows(answer), "What becomes of the children supported"),
    )  # fmt: skip


def _evidence(answer: CostAvoidance) -> str:
    rows = change_rows(answer.plan)
    return section(
        "Evidence for the effect", "evidence",
        paragraph(say.evidence_line(answer)),
        bullets(_sources(answer)),
        table(CHANGE_COLUMNS, rows, "Changes to the area"),
    )  # fmt: skip


# Charts ------------------------------------------------------------------------------------------


def fates_chart(answer: CostAvoidance) -> Chart:
    """What becomes of the supported children, a bar an effect."""
    rows: list[Row] = []
    for run in answer.runs:
        for place, (name, values) in enumerate(fates(answer, run).items()):
            mean = round(float(values.mean()), 1)
            bar = say.EFFECT_WORDS[run.name]
            rows.append({"bar": bar, "part": name, "place": place, "children": mean})
    svg = svg_of(stacked_bars(rows, "children supported"), height=150)
    key = tuple((f"shade-{place}", name) for place, name in enumerate(FATES))
    table_rows = tuple(tuple(row) for row in say.fate_rows(answer))
    return Chart(
        "What becomes of the children whom the service supports",
        "Bars from the top: no effect, half of the effect, the effect that the evidence states. "
        "Most of those who are out of care would have been so without the service.",
        svg, key, FATE_COLUMNS, table_rows,
    )  # fmt: skip


def avoided_chart(answer: CostAvoidance) -> Chart:
    """Net saving by financial year at the full effect."""
    net = account(answer, answer.full).net / 1e6
    years = answer.full.result.money.years
    rows: list[Row] = []
    for at, year in enumerate(years):
        spread = mean_range(net[:, at])
        low, high = spread.low or 0.0, spread.high or 0.0
        middle = round(float(np.mean(net[:, at])), 3)
        rows.append(
            {"year": year.label, "central": middle, "low": round(low, 3), "high": round(high, 3)}
        )
    svg = svg_of(bars(rows, "£ million", ",.1f"), height=220)
    cells = tuple(
        (row["year"], *(pounds(row[end] * 1e6) for end in ("central", "low", "high")))
        for row in rows
    )
    return Chart(
        "Net saving by year, at the full effect",
        f"Spend avoided less the service's cost, from {cells[0][1]} to {cells[-1][1]}.",
        svg, (("bar", "mean"), ("rule", "eight futures in ten")),
        ("Financial year", "Mean", "Low", "High"), cells,
    )  # fmt: skip
