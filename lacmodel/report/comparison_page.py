"""The report of scenarios beside their baseline."""

from collections.abc import Mapping
from typing import Any

from lacmodel.analyses.compare import Comparison, variances
from lacmodel.analyses.forecast import headline
from lacmodel.money.variance import VarianceTable
from lacmodel.report import charts
from lacmodel.report.cautions import odd_list
from lacmodel.report.drawing import NO_CHARTS, can_draw
from lacmodel.report.grounds import what_it_rests_on
from lacmodel.report.html import bullets, figure, heading, page, paragraph, section, table
from lacmodel.report.summary import PAIRED_NOTE, comparison_lines, variance_lines
from lacmodel.report.words import children_range, long_date, pounds, signed


def comparison_page(
    comparison: Comparison, manifest: Mapping[str, Any], waterfall: str = ""
) -> str:
    """The report of scenarios beside their baseline, with the section of waterfalls if any."""
    baseline = comparison.baseline
    title = "What would be different"
    changes = [line for run in comparison.scenarios for line in comparison_lines(comparison, run)]
    changes = [*odd_list(headline(baseline)), *changes]
    questions = dict.fromkeys(run.plan.question for run in comparison.scenarios)
    body = [
        f"<header>{heading(title, baseline.plan.area.name)}",
        *(paragraph(question, "question") for question in questions),
        f'</header><main><section id="answer">{bullets(changes)}',
        "" if can_draw() else paragraph(NO_CHARTS, "note"),
        figure(charts.scenarios_chart(comparison), "chart-scenarios"),
        "</section>",
        _differences(comparison),
        _variance(comparison),
        waterfall,
        _side_by_side(comparison),
        *what_it_rests_on(baseline, manifest),
    ]
    return page(f"{title} ({baseline.plan.area.name})", "".join(body))


def _differences(comparison: Comparison) -> str:
    figures = [
        figure(charts.difference_chart(comparison, run), f"chart-difference-{index}")
        for index, run in enumerate(comparison.scenarios)
    ]
    return section("Differences", "differences", paragraph(PAIRED_NOTE), *figures)


def _variance(comparison: Comparison) -> str:
    parts = []
    for plan, variance in variances(comparison):
        parts.append(variance_html(plan.title, variance))
    said = (paragraph(line) for line in variance_lines(comparison))
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
