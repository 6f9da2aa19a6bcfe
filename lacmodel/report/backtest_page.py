"""The report of a backtest, which says how wrong this model has been."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from lacmodel.analyses.backtest_tables import (
    RATIO,
    AnyBacktest,
    by_origin,
    last_day,
    summaries,
    tables,
)
from lacmodel.analyses.past_scores import (
    ALL_CHILDREN,
    ERROR,
    ERROR_OF_TYPES,
    EVERY_TYPE,
    MODEL,
    Score,
)
from lacmodel.analyses.return_backtest import ReturnBacktest
from lacmodel.analyses.scores import bias_percent, coverage_percent, mean_crps, relative_crps
from lacmodel.report.backtest_words import sentence
from lacmodel.report.html import heading, page, paragraph, section, table
from lacmodel.report.run_folder import versions
from lacmodel.report.summary import as_text, markdown_table
from lacmodel.report.words import listed, long_date, signed, whole
from lacmodel.report.write import write_folder

TITLE: Final = "How wrong has this model been?"
METHOD: Final = (
    "At each origin every area was made from the published files cut there, as lacmodel new "
    "--published makes it, and run with all layers of uncertainty. The law of drift came from "
    "earlier years of other councils. Simple rules have for their range the errors that they made "
    "in all areas before. The national factors were calibrated to tables of 2022, so this is no "
    "blind test. Brackets: 90% intervals from resampling origins and areas together."
)
OF_RETURN: Final = (
    "At each origin the return was cut: files of later years, episodes that began later, and how "
    "and when episodes ended later are left out. An area was made of what is left, as lacmodel new "
    "--return --start makes it, and run with all layers of uncertainty; places and prices are "
    "England's. What then happened is what the whole return says. Corrections that a council put "
    "into the file of the origin's own year are in it. Simple rules have for their range the "
    "errors that they made before in the same return. The national factors were calibrated to "
    "tables of 2022. Of placement types and groups, errors, bias and widths are shares of the sum "
    "of outcomes. Brackets: 90% intervals from resampling origins in blocks as long as the "
    "forecast."
)
SCORE_HEADS: Final = (
    "Forecast", "Children", "Months ahead", "CRPS / no change's", "Error, %", "Bias, %",
    "50% hold, %", "80% hold, %", "90% hold, %", "Width of 80%, %",
)  # fmt: skip
SHOWN: Final = (
    RATIO, ERROR, "bias", "coverage of 50 % intervals",
    "coverage of 80 % intervals", "coverage of 90 % intervals", "width of 80 % intervals",
)  # fmt: skip
ORIGIN_HEADS: Final = ("Known to", "Months ahead", "CRPS / no change's", "80% hold, %", "Bias, %")


def method_of(found: Sequence[Score]) -> str:
    """How the scores came about: a return's have placement types."""
    return OF_RETURN if any(score.children == EVERY_TYPE for score in found) else METHOD


def score_rows(found: Sequence[Score]) -> list[tuple[str, ...]]:
    """Measures side by side, a row for each forecast and horizon."""
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for score in found:
        digits = 3 if score.measure == RATIO else 1
        low, high = (f"{end:.{max(1, digits - 1)}f}" for end in (score.low, score.high))
        text = f"{score.value:.{digits}f}"
        text += "" if np.isnan(score.low) else f" ({low} to {high})"
        key = (score.forecast, score.children, str(score.months_ahead))
        measure = ERROR if score.measure == ERROR_OF_TYPES else score.measure
        cells.setdefault(key, {})[measure] = text
    return [(*key, *(row[m] for m in SHOWN)) for key, row in cells.items()]


def origin_rows(result: AnyBacktest) -> list[tuple[str, ...]]:
    """How the model did from each origin."""
    rows: list[tuple[str, ...]] = []
    for part in result.parts():
        if part.forecast != MODEL or part.children != ALL_CHILDREN:
            continue
        for origin, one, against in by_origin(part):
            held, bias = coverage_percent(one, 0.8), bias_percent(one)
            ratio = "" if not mean_crps(against) else f"{relative_crps(one, against):.3f}"
            ends = (ratio, f"{held:.0f}", signed(bias, f"{bias:.1f}"))
            rows.append((last_day(origin), str(part.months_ahead), *ends))
    return rows


def headline(result: AnyBacktest, found: Sequence[Score]) -> list[str]:
    """The sentence, and what was scored."""
    first, last = (
        long_date(date.fromisoformat(end)) for end in (found[0].first_origin, found[0].last_origin)
    )
    areas = result.areas
    whom = areas[0][1] if len(areas) == 1 else f"{len(areas)} councils"
    lines = [
        sentence(found, len(areas) == 1),
        f"{whom}; known to {first}, and so on to {last}; {whole(result.futures)} futures of each "
        "forecast.",
    ]
    if isinstance(result, ReturnBacktest):
        lines.append(overlap(result))
    elif result.left_out:
        codes = ", ".join(result.left_out)
        lines.append(f"Left out, since a count of some year is missing: {codes}.")
    return lines


def overlap(result: ReturnBacktest) -> str:
    """How little the origins of one council tell."""
    longest = max(part.months_ahead for part in result.parts())
    apart = {months: result.apart(months) for months in (12, longest) if months <= longest}
    counts = listed([f"{count} at {months} months" for months, count in apart.items()])
    return (
        f"These are {len(result.origins)} origins of one council, and forecasts from them overlap: "
        f"those that do not are {counts}. Brackets come from resampling origins in blocks; with "
        "few of them they are too narrow, and no score here is proof."
    )


def write_backtest(folder: Path, result: AnyBacktest, made: dict[str, Any]) -> list[str]:
    """Write the folder of a backtest; the lines to print."""
    found = list(summaries(result))
    lines, scores, origins = headline(result, found), score_rows(found), origin_rows(result)
    method = method_of(found)
    summary = "\n\n".join(
        [
            f"# {TITLE}",
            *lines,
            method,
            markdown_table(SCORE_HEADS, scores),
            "## By origin",
            markdown_table(ORIGIN_HEADS, origins),
        ]
    )
    body = "".join(
        [
            heading(TITLE, lines[1]),
            paragraph(lines[0], "answer"),
            *(paragraph(line) for line in lines[2:]),
            section("Scores", "scores", table(SCORE_HEADS, scores, "By forecast and horizon")),
            section("By origin", "origins", table(ORIGIN_HEADS, origins, "This model")),
            section("Method", "method", paragraph(method)),
            "</main>",
        ]
    )
    made = {"internal": isinstance(result, ReturnBacktest), "versions": versions(), **made}
    write_folder(folder, tables(result, found), as_text(f"{summary}\n"), page(TITLE, body), made)
    return [*lines, f"Written to {folder}: report.html, summary.md, tables/."]
