"""The movement between two runs: lines for the screen, a report, and the folder that holds both."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lacmodel.analyses.movement import (
    PART_NAMES,
    Movement,
    YearMovement,
    movement_tables,
    shows,
)
from lacmodel.analyses.run_again import CHILDREN
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.html import bullets, figure, heading, page, paragraph, section, table
from lacmodel.report.run_folder import MANIFEST, sha256, versions
from lacmodel.report.summary import as_text
from lacmodel.report.waterfall import Step, waterfall_chart
from lacmodel.report.words import counted, listed, pounds, signed
from lacmodel.report.workbook import WORKBOOK
from lacmodel.report.write import write_folder

NOTES: Final = (
    "Only months that both runs have are compared. Amounts are averages over futures, net of "
    "income and before savings expected.",
    "How it shows: children in care at the start, who come and who leave are their nights at the "
    "earlier run's average price; what they cost more or less for the kind of placement that they "
    "are in, and for its price, stands apart.",
)
TOLD: Final = (
    "What it comes of: the old run is made again with the new run's settings, each change of its "
    "scenario, its residents, rates, own places, prices, actuals and children, one after the "
    "other, in the same futures; each amount is what its step adds once those before it are in. In "
    "another order the amounts would differ a little, their sum would not."
)
NOT_TOLD: Final = (
    "What it comes of cannot be told apart here: children, refitted rates and other assumptions "
    "all show in who comes, leaves and moves. Keep the area and the scenario of every run in a "
    "folder of their own, and movement makes the runs again to tell them apart."
)


def notes_of(found: Movement) -> tuple[str, ...]:
    """What a reader must know of the amounts."""
    is_told = any(year.of_inputs for year in found.years)
    return (*NOTES, TOLD) if is_told else NOTES


def movement_lines(found: Movement) -> list[str]:
    """What changed in every financial year, and the inputs that differ."""
    shows = [*map(year_line, found.years), *_children_line(found.years[0])]
    return [*shows, *_beside(found)]


def _beside(found: Movement) -> list[str]:
    """Who came and left since, why more is not told, and the inputs that differ."""
    differ = listed(list(found.differ[:6])) or "nothing that the folders know of"
    more = f" and {len(found.differ) - 6} more" if len(found.differ) > 6 else ""
    why = (
        [] if not found.why_not else [f"{NOT_TOLD} Not made again: {listed(list(found.why_not))}."]
    )
    return [*since_lines(found), *why, f"What differs: {differ}{more}."]


def since_lines(found: Movement) -> list[str]:
    """Who came, left and moved between the starts of both runs, beside what was expected."""
    if found.since is None:
        return []
    happened, expected = found.since.happened, found.since[1:]
    words = ("came and are still in care", "left", "moved to another placement")
    said = [
        f"{number:,} {word} ({float(ahead):,.0f} expected)"
        for number, word, ahead in zip(happened, words, expected, strict=True)
    ]
    return [f"Children since the start of the old run: {listed(said)}."]


def year_line(year: YearMovement) -> str:
    """One year's change and its causes, what is nothing left out."""
    said = [f"{name} {_change(amount)}" for name, amount in _causes_of(year)]
    part = "" if year.months == 12 else f" ({counted(year.months, 'month')})"
    return (
        f"{year.financial_year}{part}: {pounds(year.new / 100)} net instead of "
        f"{pounds(year.old / 100)}, {_change(year.change)}: {listed(said) or 'nothing moved'}."
    )


def _children_line(year: YearMovement) -> list[str]:
    """How the step of children shows, where it was taken."""
    return [
        f"{year.financial_year}, of {name}: {listed([f'{part} {_change(a)}' for part, a in some])}."
        for name, each in year.of_inputs
        if name.endswith(CHILDREN) and (some := [(p, a) for p, a in shows(each).items() if a])
    ]


def _change(pence: int) -> str:
    return signed(pence, pounds(pence / 100))


def movement_page(found: Movement) -> str:
    """The report of a movement."""
    title = "Why the forecast has moved"
    first, *later = found.years
    told = any(year.of_inputs for year in found.years)
    steps = [Step(name, amount / 100) for name, amount in _causes_of(first)]
    begin = Step(f"old run ({found.old.name})", first.old / 100)
    name = f"Net spend in {first.financial_year}, from the old run to the new one"
    chart = waterfall_chart(name, begin, steps, f"new run ({found.new.name})")
    body = [
        f"<header>{heading(title, found.area)}</header><main>",
        f'<section id="answer">{paragraph(year_line(first), "answer")}',
        figure(chart, "chart-movement"),
        bullets([*_children_line(first), *map(year_line, later), *_beside(found)]),
        "</section>",
        section("What it comes of", "inputs", *map(_by_input, found.years)) if told else "",
        section("How it shows", "causes", _causes(found.years), bullets(notes_of(found))),
        section("By line", "lines", *map(_by_line, found.years)),
        section("What differs between the runs", "differ", bullets(found.differ)
                or paragraph("Nothing that the folders know of.")),
        "</main>",
    ]  # fmt: skip
    return page(f"{title} ({found.area})", "".join(body))


def _causes(years: Sequence[YearMovement]) -> str:
    rows = [(name, *(_change(shows(year)[name]) for year in years)) for name in PART_NAMES]
    rows.append(("change", *(_change(year.change) for year in years)))
    return table(
        ("How it shows", *(year.financial_year for year in years)), rows, "Change in net spend"
    )


def _causes_of(year: YearMovement) -> list[tuple[str, int]]:
    """What a change comes of, or how it shows where that cannot be told; what is nothing left out.

    Amounts are pennies.
    """
    causes = [(name, each.change) for name, each in year.of_inputs] or list(shows(year).items())
    return [cause for cause in causes if cause[1]]


def _by_input(year: YearMovement) -> str:
    """Each group of inputs, and how what it changes shows."""
    used = [part for part in PART_NAMES.values() if any(part(each) for _, each in year.of_inputs)]
    names = [name for name, part in PART_NAMES.items() if part in used]
    rows = [
        (name, _change(each.change), *(_change(part(each)) for part in used))
        for name, each in year.of_inputs
    ]
    total = shows(year)
    rows.append(("change", _change(year.change), *(_change(total[name]) for name in names)))
    title = f"Change in net spend, {year.financial_year}: what it comes of, and how it shows"
    return table(("What changed", "Change", *(name.capitalize() for name in names)), rows, title)


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
        f"- {line}" for line in [*lines, *notes_of(found)]
    )
    tables, book = movement_tables(found), movement_book(found, made)
    files = {WORKBOOK: book}
    write_folder(folder, tables, as_text(f"{words}\n"), movement_page(found), made, files)
    return [*lines, f"Written to {folder}: report.html, workbook.xlsx, summary.md, tables/."]


def movement_book(found: Movement, made: Mapping[str, Any]) -> bytes:
    """The workbook of a movement."""
    first = found.years[0]
    rows = [(name, amount / 100) for name, amount in _causes_of(first)]
    plot = Plot(f"Change in net spend, {first.financial_year}", "pounds", "cause", rows)
    title = f"Why the forecast has moved ({found.area})"
    question = f"From the run {found.old.name} to the run {found.new.name}"
    said = [("What differs between the runs", ("Input or setting",), [(d,) for d in found.differ])]
    tables = movement_tables(found)
    lines = movement_lines(found)
    return answer_book(
        Answer(
            title,
            question,
            lines,
            said,
            tables,
            made,
            None,
            notes_of(found),
            plot if rows else None,
        )
    )
