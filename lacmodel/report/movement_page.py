"""The movement between two runs: lines for the screen, a report, and the folder that holds both."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lacmodel.analyses.movement import PART_NAMES, Movement, YearMovement, movement_tables
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.html import bullets, figure, heading, page, paragraph, section, table
from lacmodel.report.run_folder import MANIFEST, sha256, versions
from lacmodel.report.summary import as_text
from lacmodel.report.waterfall import Step, waterfall_chart
from lacmodel.report.words import listed, pounds, signed
from lacmodel.report.workbook import WORKBOOK
from lacmodel.report.write import write_folder

NOTES: Final = (
    "Only months that both runs have are compared; amounts are means over futures, net.",
    "Children at the start, who came and who left are their nights at the old run's average price; "
    "who moved is the rest of the mix of placements; prices are what the same nights cost more. "
    "The rest of the volume is when within a month children come and leave.",
    "Tables cannot part refitted rates from other assumptions: both show in who comes, leaves and "
    "moves. What differs between the runs is listed below; run the new scenario with one old input "
    "at a time to part them.",
)


def movement_lines(found: Movement) -> list[str]:
    """What changed in every financial year, and the inputs that differ."""
    differ = listed(list(found.differ[:6])) or "nothing that the folders know of"
    more = f" and {len(found.differ) - 6} more" if len(found.differ) > 6 else ""
    return [*map(year_line, found.years), f"What differs: {differ}{more}."]


def year_line(year: YearMovement) -> str:
    """One year's change and its causes, what is nothing left out."""
    causes = {name: part(year) for name, part in PART_NAMES.items()}
    said = [f"{name} {_change(amount)}" for name, amount in causes.items() if amount]
    part = "" if year.months == 12 else f" ({year.months} months)"
    return (
        f"{year.financial_year}{part}: {pounds(year.new / 100)} net instead of "
        f"{pounds(year.old / 100)}, {_change(year.change)}: {listed(said) or 'nothing moved'}."
    )


def _change(pence: int) -> str:
    return signed(pence, pounds(pence / 100))


def movement_page(found: Movement) -> str:
    """The report of a movement."""
    title = "Why the forecast has moved"
    lines = movement_lines(found)
    first = found.years[0]
    steps = [Step(name, part(first) / 100) for name, part in PART_NAMES.items() if part(first)]
    begin = Step(f"old run ({found.old.name})", first.old / 100)
    name = f"Net spend in {first.financial_year}, from the old run to the new one"
    chart = waterfall_chart(name, begin, steps, f"new run ({found.new.name})")
    body = [
        f"<header>{heading(title, found.area)}</header><main>",
        f'<section id="answer">{bullets(lines)}{figure(chart, "chart-movement")}</section>',
        section("By cause", "causes", _causes(found.years), bullets(NOTES)),
        section("By line", "lines", *map(_by_line, found.years)),
        section("What differs between the runs", "differ", bullets(found.differ)
                or paragraph("Nothing that the folders know of.")),
        "</main>",
    ]  # fmt: skip
    return page(f"{title} ({found.area})", "".join(body))


def _causes(years: Sequence[YearMovement]) -> str:
    rows = [(name, *(_change(part(year)) for year in years)) for name, part in PART_NAMES.items()]
    rows.append(("change", *(_change(year.change) for year in years)))
    return table(("Cause", *(year.financial_year for year in years)), rows, "Change in net spend")


def _by_line(year: YearMovement) -> str:
    rows = [
        (line, pounds(old / 100), pounds(new / 100), _change(new - old),
         *(_change(part) for part in parts[:5]))
        for line, old, new, parts in year.lines
    ]  # fmt: skip
    columns = (
        "Line",
        "Old",
        "New",
        "Change",
        "Volume",
        "Mix",
        "Price",
        "Fixed and other",
        "Income",
    )
    return table(columns, rows, f"Net spend by line, {year.financial_year}")


def write_movement(folder: Path, found: Movement) -> list[str]:
    """Write the folder of a movement; what to say on the screen."""
    made: dict[str, Any] = {
        "internal": found.internal,
        "runs_sha256": {run.name: sha256(run / MANIFEST) for run in (found.old, found.new)},
        "versions": versions(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    lines = movement_lines(found)
    words = f"# {found.area}: why the forecast has moved\n\n" + "\n".join(
        f"- {line}" for line in [*lines, *NOTES]
    )
    tables, book = movement_tables(found), movement_book(found, made)
    files = {WORKBOOK: book}
    write_folder(folder, tables, as_text(f"{words}\n"), movement_page(found), made, files)
    return [*lines, f"Written to {folder}: report.html, workbook.xlsx, summary.md, tables/."]


def movement_book(found: Movement, made: Mapping[str, Any]) -> bytes:
    """The workbook of a movement."""
    first = found.years[0]
    rows = [(name, part(first) / 100) for name, part in PART_NAMES.items() if part(first)]
    plot = Plot(f"Change in net spend, {first.financial_year}", "pounds", "cause", rows)
    title = f"Why the forecast has moved ({found.area})"
    question = f"From the run {found.old.name} to the run {found.new.name}"
    said = [("What differs between the runs", ("Input or setting",), [(d,) for d in found.differ])]
    tables = movement_tables(found)
    lines = movement_lines(found)
    return answer_book(
        Answer(title, question, lines, said, tables, made, None, NOTES, plot if rows else None)
    )
