"""Writing a run's folder: tables, summary, report and manifest, all or nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from lacmodel.analyses.beside_others import neighbours_table
from lacmodel.analyses.compare import Comparison, comparison_tables
from lacmodel.analyses.forecast import Forecast, tables
from lacmodel.analyses.waterfall import Waterfall, waterfall_table
from lacmodel.money.actuals import actuals_table
from lacmodel.money.by_month import by_month_table
from lacmodel.money.monitor_table import monitor_tables
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.comparison_page import comparison_page
from lacmodel.report.comparison_words import PAIRED_NOTE, comparison_lines, comparison_summary
from lacmodel.report.documents import documents
from lacmodel.report.grounds import METHOD
from lacmodel.report.internal import INTERNAL, marked
from lacmodel.report.monitor_words import monitors_of
from lacmodel.report.page import forecast_page
from lacmodel.report.run_folder import (
    INTERNAL_NOTE,
    MANIFEST,
    manifest,
    manifest_text,
    new_folder,
    read_from,
    write_tables,
    write_text,
)
from lacmodel.report.summary import summary
from lacmodel.report.waterfall_page import waterfall_lines, waterfall_section
from lacmodel.report.workbook import WORKBOOK, workbook
from lacmodel.results import TidyTable, stacked, stock_dates
from lacmodel.scenario import Scenario

REPORT: Final = "report.html"
SUMMARY: Final = "summary.md"
COMPARED: Final = ("differences", "spend", "variance", "waterfall")  # sheets of a comparison


def write_forecast(
    folder: Path,
    scenario: Scenario,
    result: Forecast,
    files: Mapping[str, bytes] = MappingProxyType({}),
    more: Sequence[TidyTable] = (),
    tables_only: bool = False,
) -> None:
    """Write the folder of one run, with further files by name and further tables.

    Parameters
    ----------
    tables_only : leave out the report, the workbook and the documents
    """
    made = manifest([(scenario, result.plan)], result.ensemble)
    made["read_from"] = read_from(folder, scenario, result.plan)
    beside = neighbours_table(result.plan.area, stock_dates(result.plan.period)[0])
    monitor = monitor_tables(result.plan.name, monitors_of(result))
    known = [actuals_table(result.plan.name, result.replaced)] if result.replaced else []
    by_month = by_month_table(result.plan, result.money)
    made_tables = [*tables(result), by_month, beside, *monitor, *known, *more]
    page = "" if tables_only else forecast_page(result, made)
    if not tables_only:
        files = {WORKBOOK: workbook(result, made), **documents(result), **files}
    write_folder(folder, made_tables, summary(result), page, made, files)


def write_comparison(
    folder: Path,
    scenarios: Sequence[Scenario],
    comparison: Comparison,
    waterfalls: Sequence[Waterfall] = (),
) -> None:
    """Write the folder of a comparison; the scenarios are in the order of its runs."""
    plans = [run.plan for run in comparison.all]
    made = manifest(list(zip(scenarios, plans, strict=True)), comparison.baseline.ensemble)
    page = comparison_page(comparison, made, waterfall_section(waterfalls))
    steps = [stacked([waterfall_table(each) for each in waterfalls])] if waterfalls else []
    words = comparison_summary(comparison, waterfall_lines(waterfalls))
    made_tables = [*comparison_tables(comparison), *steps]
    files = {WORKBOOK: comparison_book(comparison, made_tables, made, waterfall_lines(waterfalls))}
    write_folder(folder, made_tables, words, page, made, files)


def comparison_book(
    comparison: Comparison,
    made_tables: Sequence[TidyTable],
    made: Mapping[str, Any],
    more: Sequence[str],
) -> bytes:
    """The workbook of a comparison: differences, spend and variance, with a chart of the gap."""
    plan, last = comparison.baseline.plan, comparison.scenarios[-1]
    gap = last.money.by_year(last.money.net).sum(axis=2)
    gap = (gap - comparison.baseline.money.by_year(comparison.baseline.money.net).sum(axis=2)) / 100
    rows = [(y.label, float(gap[:, at].mean())) for at, y in enumerate(last.money.years)]
    title = f"Net spend less the baseline's: {last.plan.title}, averages over futures"
    plot = Plot(title[:200], "pounds", "financial year", rows)
    kept = [table for table in made_tables if table.name in COMPARED]
    lines = [line for run in comparison.scenarios for line in comparison_lines(comparison, run)]
    return answer_book(
        Answer(
            f"What would be different ({plan.area.name})", last.plan.question, [*lines, *more],
            (), kept, made, plan, (*METHOD, PAIRED_NOTE), plot,
        )
    )  # fmt: skip


def write_folder(
    folder: Path,
    made_tables: Sequence[TidyTable],
    words: str,
    page: str,
    made: dict[str, Any],
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Write tables, summary, report (unless blank), manifest and further files, all or nothing."""
    internal = made["internal"]
    words = f"**{INTERNAL}**\n\n{words}" if internal else words
    page = marked(page) if internal and page else page
    with new_folder(folder) as building:
        write_tables(building, made_tables)
        if internal:
            write_text(building / "tables" / INTERNAL_NOTE, f"{INTERNAL}\n")
        write_text(building / SUMMARY, words)
        for name, content in files.items():
            (building / name).write_bytes(content)
        if page:
            write_text(building / REPORT, page)
        write_text(building / MANIFEST, manifest_text(made))
