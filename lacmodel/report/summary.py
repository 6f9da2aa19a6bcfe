"""The answer in words: five lines for the screen, one page of plain English for a reader."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lacmodel.analyses.forecast import (
    Forecast,
    Headline,
    Outlook,
    YearSpend,
    headline,
)
from lacmodel.area import Benchmark
from lacmodel.engines.ensemble import Ensemble
from lacmodel.money.committed import committed_words
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.cautions import cautions
from lacmodel.report.changes import CHANGE_COLUMNS, change_rows, notes_on
from lacmodel.report.monitor_words import monitor_lines
from lacmodel.report.possible import left_out, possible
from lacmodel.report.words import (
    ROUNDED,
    children_range,
    counted,
    counted_range,
    layers_words,
    listed,
    long_date,
    per_cent,
    places_doubt,
    pounds,
    pounds_range,
    whole,
)
from lacmodel.results import is_single

RANGE_NOTE: Final = (
    "Ranges hold eight futures in ten. Numbers of children and placements are the middle future; "
    "net spend of a year is the average over futures, so that lines and years add up. "
    f"{ROUNDED}"
)
ONLY_WHOLE: Final = (
    "the budget is of the whole year, and is not set beside a part of it (actuals.csv with the "
    "months before the start would complete the year)"
)
OUTLOOK_COLUMNS: Final = ("Date", "Children forecast", "Rate per 10,000", "What happened")
SPEND_COLUMNS: Final = ("Financial year", "Net spend, average", "Budget", "Contingency")


def outlook_of_interest(outlook: Sequence[Outlook]) -> list[Outlook]:
    """The first, third and last 31 March: enough for a headline."""
    chosen = {0, 2, len(outlook) - 1}
    return [row for index, row in enumerate(outlook) if index in chosen]


def children_line(answer: Headline) -> str:
    """Children now and forecast."""
    ahead = [
        f"{children_range(row.children)} on {long_date(row.when)}"
        for row in outlook_of_interest(answer.outlook)
    ]
    return (
        f"Children: {whole(answer.children)} in care on {long_date(answer.opening)}; "
        f"{'forecast' if answer.future is None else 'in this future'} {listed(ahead)}."
    )


def rate_line(answer: Headline) -> str:
    """The rate per 10,000 beside England's, with its date."""
    rate = f"Rate: {answer.rate_per_10000:.0f} per 10,000 on {long_date(answer.opening)}"
    benchmark = answer.benchmark
    if benchmark is None:
        return f"{rate}; no rate for England is given."
    return (
        f"{rate}; {benchmark.name} {benchmark.rate_per_10000:.0f} on {long_date(benchmark.when)}"
        f"{published_words(benchmark, ' (published {})')}."
    )


def published_words(benchmark: Benchmark, pattern: str) -> str:
    """When a rate was published, if that is known."""
    return "" if benchmark.published is None else pattern.format(long_date(benchmark.published))


def budget_words(year: YearSpend) -> str:
    """What the budget is, with its contingency."""
    if year.only_whole:
        return ONLY_WHOLE
    if year.budget is None:
        return "no budget is given"
    if not year.contingency:
        return f"budget {pounds(year.budget)}"
    return f"budget {pounds(year.budget)} and contingency {pounds(year.contingency)}"


def year_words(year: YearSpend) -> str:
    """A financial year, and what of it is forecast if not all."""
    if not year.whole:
        return f"{year.financial_year} (part of the year)"
    with_actuals = f" (with {counted(year.gone, 'month')} of actuals before it)"
    return f"{year.financial_year}{with_actuals if year.gone else ''}"


def spend_line(answer: Headline, futures: int) -> str:
    """Spend this year against budget, and the chance of more where prices are uncertain too."""
    year = answer.spend[0]
    line = (
        f"Spend {year_words(year)}: {pounds_range(year.net)} net{after_savings(year)}; "
        f"{budget_words(year)}"
    )
    if answer.numbers_only:
        return f"{line}. Numbers only: prices are taken as certain, so no chance is given."
    if year.chance_over is None:
        return f"{line}."
    over = "budget and contingency" if year.contingency else "budget"
    chance = per_cent(year.chance_over, futures)
    return f"{line}. Chance of more than {over}: {chance} of {whole(futures)} futures."


def after_savings(year: YearSpend) -> str:
    """That savings are taken off, where the council expects any."""
    return f" after {pounds(year.saved)} of savings expected" if year.saved else ""


def before_savings(answer: Headline) -> str:
    """That spend by line is before savings, where the council expects any; else nothing.

    Net spend of a year is the total of its lines less these.
    """
    saved = [f"{pounds(y.saved)} in {y.financial_year}" for y in answer.spend if y.saved]
    if not saved:
        return ""
    return (
        f"Spend by line is before savings: {listed(saved)} of savings expected are taken off the "
        "net spend of the headline, the monitor and the medium-term plan."
    )


def places_line(answer: Headline) -> str:
    """Own places, and how often they were not enough."""
    placed = counted_range(answer.short, "placement")
    return (
        f"Places: {whole(answer.in_house_places)} usable in the council's own homes and supported "
        f"accommodation; {placed} with other providers in the "
        "first year because no place of the council's own was free, and "
        f"{children_range(answer.unsuited)} more because no free place suited the child"
        f"{places_doubt(answer.places_known)}."
    )


def headline_facts(result: Forecast) -> list[str]:
    """The answer in four plain lines."""
    answer = headline(result)
    return [
        children_line(answer),
        rate_line(answer),
        spend_line(answer, len(result.ensemble.futures)),
        places_line(answer),
    ]


def answer_lines(result: Forecast) -> list[str]:
    """What must be known first, the budget monitor where there is one, and the answer."""
    return [*cautions(headline(result)), *monitor_lines(result), *headline_facts(result)]


def headline_lines(result: Forecast, folder: Path, tables_only: bool = False) -> list[str]:
    """The answer, and where it was written."""
    shown = [] if tables_only else ["report.html", "workbook.xlsx", *possible()]
    names = [*shown, "summary.md", "tables/"]
    missing = "" if tables_only else left_out()
    written = f"Written to {folder}: {', '.join(names)}{f' ({missing})' if missing else ''}."
    return [*answer_lines(result), written]


def uncertainty_words(result: Forecast) -> str:
    """How the numbers were made and what their ranges hold."""
    return how_made(result.ensemble)


def doubts(result: Forecast) -> str:
    """What the ranges hold, and how wrong the model has been: paragraphs of every summary."""
    return "\n\n".join(filter(None, [uncertainty_words(result), how_wrong(result.plan.area)]))


def how_made(ensemble: Ensemble) -> str:
    """How futures were made and what their ranges hold."""
    if ensemble.expected:
        return "Expected numbers from the engine stock_flow; they have no range."
    if is_single(ensemble):
        return (
            f"One future alone, number {ensemble.futures[0]}, engine {ensemble.engine}, seed "
            f"{ensemble.seed}. What is called a forecast, an average or a mean is of this future. "
            f"{ROUNDED}"
        )
    return (
        f"{counted(len(ensemble.futures), 'future')}, engine {ensemble.engine}, "
        f"seed {ensemble.seed}. Uncertainty included: {layers_words(ensemble.layers)}. {RANGE_NOTE}"
    )


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""A table in Markdown; bars in cells are escaped.

    >>> print(markdown_table(["a", "b"], [["1", "x|y"]]))
    | a | b |
    |---|---|
    | 1 | x\|y |
    """
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join(
        f"|{'|'.join(line)}|" if line[0] == "---" else f"| {' | '.join(line)} |" for line in lines
    )


def outlook_rows(answer: Headline) -> list[list[str]]:
    """Children at each 31 March, and what happened where it is known."""
    return [
        [
            long_date(row.when),
            children_range(row.children),
            f"{row.rate_per_10000:.0f}",
            whole(row.happened) if row.happened is not None else "",
        ]
        for row in answer.outlook
    ]


def spend_rows(answer: Headline) -> list[list[str]]:
    """Net spend by year against the budget."""
    return [
        [
            year.financial_year if year.whole else f"{year.financial_year} (part)",
            pounds_range(year.net),
            pounds(year.budget) if year.budget is not None else "",
            pounds(year.contingency) if year.contingency is not None else "",
        ]
        for year in answer.spend
    ]


def summary(result: Forecast) -> str:
    """One page of plain English, in Markdown."""
    answer, plan = headline(result), result.plan
    notes = [f"- {note}" for note in (*plan.notes, *plan.area.assumptions)]
    parts = [
        f"# {plan.title}",
        f"{plan.area.name}. {plan.question}",
        "\n".join(f"- {line}" for line in answer_lines(result)),
        doubts(result),
        *_changes(result),
        "## Children in care",
        markdown_table(OUTLOOK_COLUMNS, outlook_rows(answer)),
        "## Spend",
        markdown_table(SPEND_COLUMNS, spend_rows(answer)),
        committed_words(result.money),
        "## Assumed, and not confirmed by any source",
        "\n".join(notes) or "Nothing.",
    ]
    return as_text("\n\n".join(parts) + "\n")


def _changes(result: Forecast) -> list[str]:
    """What the scenario changes, and what stands beside its numbers."""
    rows = change_rows(result.plan)
    if not rows:
        return []
    notes = "\n".join(f"- {note}" for note in notes_on(result))
    return ["## What this scenario changes", notes, markdown_table(CHANGE_COLUMNS, rows)]


def as_text(markdown: str) -> str:
    r"""Markdown in which what a user wrote cannot become HTML.

    >>> print(as_text("<b>"))
    \<b>
    """
    return markdown.replace("<", "\\<")
