"""What `check` shows and writes: the problems of a return, by rule and one by one."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lacmodel.codes import PLACEMENT_LABELS, PLACEMENTS
from lacmodel.report.run_folder import MANIFEST, new_folder, versions, write_text
from lacmodel.ssda903.check import Checked
from lacmodel.ssda903.problems import report
from lacmodel.ssda903.providers import children_at_year_ends, provider_questions, unanswered
from lacmodel.ssda903.schema import UNCONFIRMED, ProviderMapping
from lacmodel.ssda903.sources import hashes

if TYPE_CHECKING:
    import pandas as pd

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take these for a formula


def write_check(folder: Path, checked: Checked, with_identifiers: bool = False) -> None:
    """Write problems.csv, summary.csv, children.csv, files.csv and a manifest, all or nothing."""
    returns = checked.returns
    identifiers = returns.identifiers if with_identifiers else None
    problems = report(checked.problems, returns.names, identifiers)
    with new_folder(folder) as building:
        for name, table in (
            ("problems", problems),
            ("summary", checked.problems.summary()),
            ("children", children_at_year_ends(returns)),
        ):
            write_text(building / f"{name}.csv", frame_text(table))
        columns = ("name", "table", "year", "rows", "encoding", "note")
        rows = [[getattr(file, column) for column in columns] for file in returns.files]
        write_text(building / "files.csv", rows_text(columns, rows))
        content = {
            "returns": str(returns.path),
            "inputs_sha256": hashes(returns.path),
            "internal": "counts are not suppressed; do not publish",
            "identifiers": with_identifiers,
            "versions": versions(),
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_text(building / MANIFEST, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def frame_text(table: "pd.DataFrame") -> str:
    """A frame as CSV."""
    columns = [table[name].tolist() for name in table.columns]
    return rows_text(list(table.columns), zip(*columns, strict=True))


def rows_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    r"""Rows as CSV in which no cell is a formula.

    >>> rows_text(("name", "rows"), [("=1+1", 2)])
    "name,rows\n'=1+1,2\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: Any) -> Any:
    """A cell that a spreadsheet takes as text or number."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def check_lines(checked: Checked, mapping: ProviderMapping, folder: Path) -> list[str]:
    """What the command prints."""
    account = checked.spelled.account
    return [
        *_file_lines(checked),
        "",
        f"Children: {account.children:,} in = {account.children_kept:,} kept + "
        f"{account.children_left_out:,} left out.",
        f"Rows of Episodes: {account.rows:,} in = {account.rows_used:,} used + "
        f"{account.rows_merged:,} merged + {account.rows_left_out:,} left out.",
        "",
        *_summary_lines(checked),
        "",
        *_children_lines(checked),
        "",
        *(f"Please answer: {each}" for each in unanswered(provider_questions(checked.returns),
                                                          mapping)),
        *(f"Not confirmed: {each}." for each in UNCONFIRMED),
        "",
        f"Every problem, with file and row: {folder / 'problems.csv'} (internal: not suppressed)",
    ]  # fmt: skip


def _file_lines(checked: Checked) -> list[str]:
    """The files, their tables and years."""
    lines = ["Files:"]
    for file in checked.returns.files:
        if not file.year:
            lines.append(f"  {file.name}: left out: {file.note}")
            continue
        what = f"{file.table}, {file.rows:,} rows, year to March {file.year} ({file.note})"
        lines.append(f"  {file.name}: {what}{'' if file.encoding == 'utf-8' else ', as cp1252'}")
    return lines


def _summary_lines(checked: Checked) -> list[str]:
    """Problems by rule."""
    found = checked.problems.summary()
    if not len(found):
        return ["No problem was found."]
    lines = [f"{'rule':<20} {'rows':>7} {'children':>8}  what, and what was done"]
    for row in found.itertuples():
        lines.append(f"{row.rule:<20} {row.rows:>7,} {row.children:>8,}  {row.what}: {row.done}")
    return lines


def _children_lines(checked: Checked) -> list[str]:
    """Children on each 31 March by placement type and provider code."""
    counted = children_at_year_ends(checked.returns)
    years = checked.returns.years
    lines = ["Children on 31 March, as each year's file has them (without V3 and V4):"]
    lines.append(" " * 34 + "".join(f"{year:>8}" for year in years))
    by = counted.groupby(["placement", "provider_code", "year"])["children"].sum()
    totals = counted.groupby("year")["children"].sum()
    for placement in PLACEMENTS:
        for code in sorted(set(counted.loc[counted["placement"] == placement, "provider_code"])):
            label = f"  {PLACEMENT_LABELS[placement]}, {code}"
            cells = (int(by.get((placement, code, year), 0)) for year in years)
            lines.append(f"{label:<34}" + "".join(f"{cell:>8,}" for cell in cells))
    lines.append(f"{'  all':<34}" + "".join(f"{int(totals.get(year, 0)):>8,}" for year in years))
    return lines
