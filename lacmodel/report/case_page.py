"""The report and the summary of a business case: the answer first, then the evidence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lacmodel.analyses.business_case import (
    BusinessCase,
    appraise,
    break_even_occupancy,
    capital_by_month,
)
from lacmodel.analyses.case_tables import case_tables, chance_within, payback_range
from lacmodel.levers.schedule import months_after
from lacmodel.report import case_words as say
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.avoidance_words import as_bullets
from lacmodel.report.changes import CHANGE_COLUMNS, change_rows
from lacmodel.report.charts import Chart, british
from lacmodel.report.drawing import Row, fan, svg_of
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
from lacmodel.report.run_folder import manifest
from lacmodel.report.screen import screen
from lacmodel.report.summary import as_text, doubts, markdown_table
from lacmodel.report.words import ROUNDED, between, counted, per_cent, pounds
from lacmodel.report.workbook import WORKBOOK
from lacmodel.report.write import write_folder
from lacmodel.results import Summary, summarise
from lacmodel.scenario import Scenario


def write_case(folder: Path, scenario: Scenario, case: BusinessCase) -> None:
    """Write the folder of a business case."""
    made = manifest([(scenario, case.plan)], case.with_.result.ensemble)
    made["question"] = {"command": "business-case", **case.terms._asdict()}
    tables, files = case_tables(case), {WORKBOOK: case_book(case, made)}
    write_folder(folder, tables, case_summary(case), case_page(case, made), made, files)


def case_book(case: BusinessCase, made: Mapping[str, Any]) -> bytes:
    """The workbook of a business case."""
    balance, ends = case_balance(case)
    rows = [(british(when), float(mean) * 1e6) for when, mean in zip(ends, balance.mean,
            strict=True)]  # fmt: skip
    title = "Savings so far less capital, empty places at full price, averages over futures"
    said = [
        ("Schemes", say.SCHEME_COLUMNS, say.scheme_rows(case)),
        ("Payback and value", say.WORTH_COLUMNS, say.worth_rows(case)),
        ("Net saving by year", say.SAVING_COLUMNS, say.saving_rows(case)),
    ]
    method = (*METHOD, say.ONE_STATISTIC, say.EMPTY_NOTE, say.terms_words(case))
    return answer_book(
        Answer(
            f"{case.plan.title}: does it pay back?", case.plan.question, say.answer_lines(case),
            said, case_tables(case), made, case.plan, method, Plot(title, "pounds", "date", rows),
        )
    )  # fmt: skip


def case_headline(case: BusinessCase, folder: Path) -> list[str]:
    """What is printed: the answer, and where the folder is."""
    return [
        *say.answer_lines(case),
        f"{say.ONE_STATISTIC} {ROUNDED}",
        f"Written to {folder}: report.html, workbook.xlsx, summary.md, tables/.",
    ]


def case_summary(case: BusinessCase) -> str:
    """The answer on a page or two, in Markdown."""
    plan = case.plan
    columns, rows = say.occupancy_rows(case)
    parts = [
        f"# {plan.title}: does it pay back?",
        as_bullets(say.answer_lines(case)),
        f"{plan.area.name}. {plan.question}",
        doubts(case.with_.result),
        "## Schemes",
        markdown_table(say.SCHEME_COLUMNS, say.scheme_rows(case)),
        markdown_table(columns, rows),
        "## Payback and value",
        markdown_table(say.WORTH_COLUMNS, say.worth_rows(case)),
        say.ONE_STATISTIC,
        say.EMPTY_NOTE,
        "## Net saving by year, empty places at full price",
        markdown_table(say.SAVING_COLUMNS, say.saving_rows(case)),
        say.terms_words(case),
        "## Assumed, and not confirmed by any source",
        as_bullets([*plan.notes, *plan.area.assumptions]),
    ]
    return as_text("\n\n".join(parts) + "\n")


# The page ----------------------------------------------------------------------------------------


def case_page(case: BusinessCase, made: Mapping[str, Any]) -> str:
    """The report of a business case."""
    plan = case.plan
    sections = "".join(
        [_schemes(case), _worth(case), _savings(case), *what_it_rests_on(case.with_.result, made)]
    )
    return page(f"{plan.title} ({plan.area.name})", _first_screen(case, sections) + sections)


def _first_screen(case: BusinessCase, sections: str) -> str:
    plan, said = case.plan, say.answer_lines(case)
    chart = figure(balance_chart(case), "chart-balance") + bullets(said[3:])
    return screen(plan, "".join(map(paragraph, said[:3])), _tiles(case), chart, sections)


def _tiles(case: BusinessCase) -> list[str]:
    """The key numbers."""
    charged, free = appraise(case, case.with_), appraise(case, case.with_, charge_empty=False)
    within = case.terms.within_years
    worth, other = (say.average(some.npv) for some in (charged, free))
    needed = break_even_occupancy(case)
    _, rows = say.occupancy_rows(case)
    return [
        tile(pounds(case.capital), "capital", counted(len(rows), "scheme")),
        tile(say.years_range(payback_range(charged.payback)), "years to pay back, middle future",
             f"if an empty place cost nothing: {say.years_range(payback_range(free.payback))}"),
        tile(per_cent(chance_within(charged, within), len(charged.payback)),
             f"chance of payback within {within:g} years"),
        tile(pounds(worth.central), "net present value over 20 years, average",
             between(worth, pounds)),
        tile(pounds(other.central), "the same, if an empty place cost nothing",
             between(other, pounds)),
        tile(f"{needed:.0%}" if needed <= 1 else "none", "occupancy that would pay",
             f"simulated: {say.scheme_rows(case)[-1][-1]}"),
    ]  # fmt: skip


def _schemes(case: BusinessCase) -> str:
    columns, rows = say.occupancy_rows(case)
    return section(
        "Schemes", "schemes",
        table(say.SCHEME_COLUMNS, say.scheme_rows(case), "What is built"),
        table(columns, rows, "Occupancy as simulated, by financial year"),
        paragraph(say.displaced_line(case)),
        table(CHANGE_COLUMNS, change_rows(case.plan), "Changes to the area"),
    )  # fmt: skip


def _worth(case: BusinessCase) -> str:
    return section(
        "Payback and value", "worth",
        table(say.WORTH_COLUMNS, say.worth_rows(case), "From the planned first opening"),
        paragraph(say.ONE_STATISTIC),
        paragraph(say.EMPTY_NOTE),
        *(paragraph(line) for line in (say.deciding_line(case), say.late_line(case))),
        paragraph(say.borrowing_line(case)),
    )  # fmt: skip


def _savings(case: BusinessCase) -> str:
    return section(
        "Net saving by year", "savings",
        table(say.SAVING_COLUMNS, say.saving_rows(case), "Empty places at full price"),
        paragraph(say.terms_words(case)),
    )  # fmt: skip


def case_balance(case: BusinessCase) -> tuple[Summary, list[str]]:
    """Savings so far less capital so far, £ million, and the dates: year by year from opening."""
    result, capital = say.central(case), capital_by_month(case)
    balance = (result.saving - capital).cumsum(axis=1) / 1e6
    opens = case.opens.replace(day=1)
    months = [month for month in range(case.months) if months_after(opens, month).month == 3]
    ends = [months_after(opens, month).replace(day=31).isoformat() for month in months]
    return summarise(balance[:, months]), ends


def balance_chart(case: BusinessCase) -> Chart:
    """Savings so far less capital so far, as a chart of the page."""
    summary, ends = case_balance(case)
    rows: list[Row] = []
    for at, when in enumerate(ends):
        mean, low, _, high = (round(float(part[at]), 3) for part in summary)
        rows.append({"date": when, "low": low, "mean": mean, "high": high})
    svg = svg_of(fan(rows, "£ million"), height=260)
    cells = tuple(
        (british(row["date"]), *(pounds(row[end] * 1e6) for end in ("mean", "low", "high")))
        for row in rows
    )
    return Chart(
        "Savings so far less capital, empty places at full price",
        f"From {cells[0][1]} on {cells[0][0]} to {cells[-1][1]} on {cells[-1][0]}, real and not "
        f"discounted. After {british(case.plan.period.end.isoformat())} the last simulated year "
        "is held.",
        svg, (("band", "eight futures in ten"), ("line", "average")),
        ("Date", "Average", "Low", "High"), cells,
    )  # fmt: skip
