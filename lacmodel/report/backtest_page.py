"""The report of a backtest, which says how wrong this model has been."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from lacmodel.analyses.backtest import Backtest
from lacmodel.analyses.backtest_tables import RATIO, at_origin, summaries, tables
from lacmodel.analyses.past_scores import MODEL, NO_CHANGE, Score
from lacmodel.analyses.scores import bias_percent, coverage_percent, relative_crps
from lacmodel.report.backtest_words import sentence
from lacmodel.report.html import heading, page, paragraph, section, table
from lacmodel.report.run_folder import versions
from lacmodel.report.summary import as_text, markdown_table
from lacmodel.report.words import whole
from lacmodel.report.write import write_folder

TITLE: Final = "How wrong has this model been?"
METHOD: Final = (
    "At each origin every area was made from the published files cut there, as lacmodel new "
    "--published makes it, and run with all layers of uncertainty. The law of drift came from "
    "earlier years of other councils. Simple rules have for their range the errors that they made "
    "in all areas before. The national factors were calibrated to tables of 2022, so this is no "
    "blind test. Brackets: 90 % intervals from resampling origins and areas together."
)
SCORE_HEADS: Final = (
    "Forecast", "Years ahead", "CRPS / no change's", "Median error, %", "Bias, %", "50 % hold, %",
    "80 % hold, %", "90 % hold, %", "Width of 80 %, %",
)  # fmt: skip
SHOWN: Final = (
    RATIO, "median absolute error", "bias", "coverage of 50 % intervals",
    "coverage of 80 % intervals", "coverage of 90 % intervals", "width of 80 % intervals",
)  # fmt: skip
ORIGIN_HEADS: Final = ("Origin", "Years ahead", "CRPS / no change's", "80 % hold, %", "Bias, %")


def score_rows(found: Sequence[Score]) -> list[tuple[str, ...]]:
    """Measures side by side, a row for each forecast and horizon."""
    cells: dict[tuple[str, int], dict[str, str]] = {}
    for score in found:
        digits = 3 if score.measure == RATIO else 1
        low, high = (f"{end:.{max(1, digits - 1)}f}" for end in (score.low, score.high))
        text = f"{score.value:.{digits}f} ({low} to {high})"
        cells.setdefault((score.forecast, score.years_ahead), {})[score.measure] = text
    return [(name, str(ahead), *(row[m] for m in SHOWN)) for (name, ahead), row in cells.items()]


def origin_rows(result: Backtest) -> list[tuple[str, ...]]:
    """How the model did from each origin."""
    rows: list[tuple[str, ...]] = []
    for ahead, scores in enumerate(result.scores[MODEL], start=1):
        for origin in sorted({int(origin) for origin in scores.origin}):
            one = at_origin(scores, origin)
            against = at_origin(result.scores[NO_CHANGE][ahead - 1], origin)
            held, bias = coverage_percent(one, 0.8), bias_percent(one)
            ratio = relative_crps(one, against)
            rows.append((str(origin), str(ahead), f"{ratio:.3f}", f"{held:.0f}", f"{bias:+.1f}"))
    return rows


def headline(result: Backtest, found: Sequence[Score]) -> list[str]:
    """The sentence, and what was scored."""
    own = len(result.names) == 1
    origins = f"March {result.origins[0]} to {result.origins[-1]}"
    areas = result.names[0] if own else f"{len(result.names)} councils"
    lines = [
        sentence(found, own),
        f"{areas}; origins {origins}; {whole(result.futures)} futures of each forecast.",
    ]
    if result.left_out:
        codes = ", ".join(result.left_out)
        lines.append(f"Left out, since a count of some year is missing: {codes}.")
    return lines


def write_backtest(folder: Path, result: Backtest, made: dict[str, Any]) -> list[str]:
    """Write the folder of a backtest; the lines to print."""
    found = list(summaries(result))
    lines, scores, origins = headline(result, found), score_rows(found), origin_rows(result)
    summary = "\n\n".join(
        [
            f"# {TITLE}",
            *lines,
            METHOD,
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
            section("Method", "method", paragraph(METHOD)),
            "</main>",
        ]
    )
    made = {"internal": False, "versions": versions(), **made}
    write_folder(folder, tables(result, found), as_text(f"{summary}\n"), page(TITLE, body), made)
    return [*lines, f"Written to {folder}: report.html, summary.md, tables/."]
