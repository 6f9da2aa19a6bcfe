"""Writing a run's folder: tables, summary, report and manifest, all or nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from lacmodel.analyses.beside_others import neighbours_table
from lacmodel.analyses.compare import Comparison, comparison_tables
from lacmodel.analyses.forecast import Forecast, tables
from lacmodel.report.comparison_page import comparison_page
from lacmodel.report.documents import documents
from lacmodel.report.html import with_banner
from lacmodel.report.page import forecast_page
from lacmodel.report.run_folder import (
    INTERNAL,
    INTERNAL_NOTE,
    MANIFEST,
    manifest,
    manifest_text,
    new_folder,
    write_tables,
    write_text,
)
from lacmodel.report.summary import comparison_summary, summary
from lacmodel.report.workbook import WORKBOOK, workbook
from lacmodel.results import TidyTable, stock_dates
from lacmodel.scenario import Scenario

REPORT: Final = "report.html"
SUMMARY: Final = "summary.md"


def write_forecast(
    folder: Path,
    scenario: Scenario,
    result: Forecast,
    files: Mapping[str, bytes] = MappingProxyType({}),
    more: Sequence[TidyTable] = (),
) -> None:
    """Write the folder of one run, with further files by name and further tables."""
    made = manifest([(scenario, result.plan)], result.ensemble)
    files = {WORKBOOK: workbook(result, made), **documents(result), **files}
    beside = neighbours_table(result.plan.area, stock_dates(result.plan.period)[0])
    made_tables = [*tables(result), beside, *more]
    write_folder(folder, made_tables, summary(result), forecast_page(result, made), made, files)


def write_comparison(folder: Path, scenarios: Sequence[Scenario], comparison: Comparison) -> None:
    """Write the folder of a comparison; the scenarios are in the order of its runs."""
    plans = [run.plan for run in comparison.all]
    made = manifest(list(zip(scenarios, plans, strict=True)), comparison.baseline.ensemble)
    page = comparison_page(comparison, made)
    write_folder(folder, comparison_tables(comparison), comparison_summary(comparison), page, made)


def write_folder(
    folder: Path,
    made_tables: Sequence[TidyTable],
    words: str,
    page: str,
    made: dict[str, Any],
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Write tables, summary, report, manifest and further files, all or nothing."""
    internal = made["internal"]
    words = f"**{INTERNAL}**\n\n{words}" if internal else words
    page = with_banner(page, INTERNAL) if internal else page
    with new_folder(folder) as building:
        write_tables(building, made_tables)
        if internal:
            write_text(building / "tables" / INTERNAL_NOTE, f"{INTERNAL}\n")
        write_text(building / SUMMARY, words)
        for name, content in files.items():
            (building / name).write_bytes(content)
        write_text(building / REPORT, page)
        write_text(building / MANIFEST, manifest_text(made))
