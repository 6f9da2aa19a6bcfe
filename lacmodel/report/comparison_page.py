"""The report of scenarios beside their baseline: the answer in money first."""

from collections.abc import Mapping
from typing import Any

from lacmodel.analyses.compare import Comparison, variances
from lacmodel.analyses.forecast import headline
from lacmodel.money.variance import VarianceTable
from lacmodel.report import charts
from lacmodel.report import comparison_words as say
from lacmodel.report.drawing import NO_CHARTS, can_draw
from lacmodel.report.grounds import what_it_rests_on
from lacmodel.report.html import (
    bullets,
    figure,
    heading,
    navigation,
    page,
    paragraph,
    section,
    subheading,
    table,
)
from lacmodel.report.words import children_range, long_date, pounds, signed


def comparison_page(
    comparison: Comparison, manifest: Mapping[str, Any], waterfall: str = ""
) -> str:
    """The report of scenarios beside their baseline, with the section of waterfalls if any."""
    baseline, title = comparison.baseline, "What would be different"
    sections = [
        _one_by_one(comparison),
        _differences(comparison),
        _variance(comparison),
        waterfall,
        _side_by_side(comparison),
        *what_it_rests_on(baseline, manifest),
    ]
    body = _first_screen(comparison, title, "".join(sections)) + "".join(sections)
    return page(f"{title} ({baseline.plan.area.name})", body)


def _first_screen(comparison: Comparison, title: str, sections: str) -> str:
    """What each scenario costs or saves and how surely, and one chart of money."""
    baseline = comparison.baseline.plan
    beside = f"Beside “{baseline.title}”, {say.period_words(comparison)}"
    caption = "What each scenario costs, and saves beside the baseline"
    rows, said = say.answer_rows(comparison), " ".join(say.first_sentences(comparison))
    return "".join([
        f"<header>{heading(title, baseline.area.name)}{paragraph(beside, 'question')}</header>",
        f'<main><section id="answer">{paragraph(said, "answer")}',
        f'<div class="side">{table(say.answer_columns(comparison), rows, caption)}</div>',
        "" if can_draw() else paragraph(NO_CHARTS, "note"),
        figure(charts.scenarios_spend_chart(comparison), "chart-spend"),
        f"</section>{navigation(sections)}",
    ])  # fmt: skip


def _one_by_one(comparison: Comparison) -> str:
    """What each scenario asks, what else it changes, and what to know of it."""
    parts = []
    for run in comparison.scenarios:
        parts += [subheading(run.plan.title), paragraph(run.plan.question)]
        parts.append(bullets(say.details(comparison, run)))
    return section("Each scenario", "scenarios", *parts)


def _differences(comparison: Comparison) -> str:
    figures = [
        figure(charts.difference_chart(comparison, run), f"chart-difference-{index}")
        for index, run in enumerate(comparison.scenarios)
    ]
    return section(
        "Children in care", "differences",
        figure(charts.scenarios_chart(comparison), "chart-scenarios"),
        paragraph(say.PAIRED_NOTE),
        *figures,
    )  # fmt: skip


def _variance(comparison: Comparison) -> str:
    parts = []
    for plan, variance in variances(comparison):
        parts.append(variance_html(plan.title, variance))
    said = (paragraph(line) for line in say.variance_lines(comparison))
    return section("Why spend differs, in the first year that does", "variance", *said, *parts)


def variance_html(name: str, variance: VarianceTable) -> str:
    """A variance by line; lines that do not differ are left out."""
    columns = ("Line", "Difference", "Volume", "Mix", "Price", "Fixed and other", "Income")
    rows = []
    for line in (*variance.lines, variance.total):
        pence = (line.difference, *line[3:])
        if any(pence) or line.line == "total":
            rows.append((line.line, *(signed(p, pounds(p / 100)) for p in pence)))
    return table(columns, rows, f"{name}: spend less the baseline's, {variance.financial_year}")


def _side_by_side(comparison: Comparison) -> str:
    answers = [(run.plan.title, headline(run)) for run in comparison.all]
    dates = [long_date(row.when) for row in answers[0][1].outlook]
    children = [
        (title, *(children_range(row.children) for row in answer.outlook))
        for title, answer in answers
    ]
    years = [year.financial_year for year in answers[0][1].spend]
    money = [
        (title, *(pounds(year.net.central) for year in answer.spend)) for title, answer in answers
    ]
    return section(
        "Side by side", "side-by-side",
        table(("Scenario", *dates), children, "Children in care"),
        table(("Scenario", *years), money, "Net spend, average"),
    )  # fmt: skip
