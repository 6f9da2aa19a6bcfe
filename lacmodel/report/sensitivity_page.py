"""The report and the summary of sensitivity: what matters most, in words, bars and numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.analyses.sensitivity import (
    Bar,
    Sensitivity,
    YearShares,
    most,
    sensitivity_tables,
    swing,
    unstated,
)
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.charts import Chart
from lacmodel.report.drawing import BLACK, Row, Spec, amount, layers, marks, svg_of, word
from lacmodel.report.grounds import what_it_rests_on
from lacmodel.report.html import figure, page, paragraph, section, table, tile
from lacmodel.report.run_folder import manifest
from lacmodel.report.screen import screen
from lacmodel.report.summary import as_text, markdown_table
from lacmodel.report.words import adding_up, listed, long_date, pounds, signed, whole
from lacmodel.report.write import write_folder
from lacmodel.results import year_ends
from lacmodel.scenario import Scenario

LOW, HIGH = "#0b4f8a", "#d9dde3"  # dark and light: told apart in grey as well
COLUMNS: Final = ("Parameter", "Low end", "High end", "The two ends", "Interval", "Confirmed")
SORT_WORDS: Final = {
    "numbers": "number of children (rates and their drift)",
    "mix": "mix of placements",
    "price": "prices",
    "chance": "chance",
    "together": "what these do together",
}
QUESTION: Final = "Which numbers would change the answer most, and why is spend uncertain?"
METHOD: Final = (
    "One parameter at a time is moved to the low and to the high end of its interval; all others "
    "stay as expected, and every future keeps its luck, so that a bar is the parameter's doing. "
    "The ends are 10% and 90% of what the layers of uncertainty draw (chance is not moved)."
)
SHARES_NOTE: Final = (
    "One sort of uncertainty at a time is switched on over chance, in the same futures; its share "
    "is the variance of the difference (first-order effect, law of total variance). What is left "
    "is what they do together. The shares add up to 100%."
)
UNSTATED_NOTE: Final = (
    "Nobody has stated how far these may be off. Where 10% less and 10% more are a plain thing "
    "to try they are among the bars, which then says nothing of how uncertain they are; the rest "
    "are not moved. Try them in a scenario."
)


class Watched(NamedTuple):
    """An outcome that parameters move: where it is, and how it is written."""

    name: str  # in ids
    measure: str  # of `Effect`
    at: int
    title: str
    unit: str
    scale: float  # of the chart
    show: Callable[[float], str]


def watch(answer: Sensitivity) -> list[Watched]:
    """Children on the last 31 March, and net spend of the first and the last year."""
    plan, years = answer.whole.plan, answer.whole.money.years
    found = []
    ends = list(year_ends(plan.period))
    if ends:
        title = f"children in care on {long_date(ends[-1])}"
        at = len(ends) - 1
        found.append(Watched("children", "children", at, title, "children", 1.0, whole))
    for at in sorted({0, len(years) - 1}):
        title = f"net spend in {years[at].label}"
        found.append(Watched(f"spend-{at}", "net", at, title, "£ million", 1e6, pounds))
    return found


def write_sensitivity(folder: Path, scenario: Scenario, answer: Sensitivity) -> None:
    """Write the folder of a sensitivity run."""
    made = manifest([(scenario, answer.whole.plan)], answer.whole.ensemble)
    made["question"] = {"command": "sensitivity", "parameters_moved": len(answer.bars)}
    tables, words = sensitivity_tables(answer), sensitivity_summary(answer)
    write_folder(folder, tables, words, sensitivity_page(answer, made), made)


# Words -------------------------------------------------------------------------------------------


def sensitivity_headline(answer: Sensitivity, folder: Path) -> list[str]:
    """What is printed: what matters most, what the variance is made of, where the folder is."""
    return [*answer_lines(answer), f"Written to {folder}: report.html, summary.md, tables/."]


def answer_lines(answer: Sensitivity) -> list[str]:
    """A sentence an outcome, and one on the variance of spend."""
    lines = [_most_line(answer, watched) for watched in watch(answer)]
    return [*lines, *shares_lines(answer)]


def shares_lines(answer: Sensitivity) -> list[str]:
    """What the variance of each year's spend is made of, where there are futures enough to tell."""
    futures = len(answer.whole.ensemble.futures)
    if answer.shares and futures < FEWEST_FUTURES:
        return [
            f"What the variance of spend is made of cannot be told from {futures} futures, and "
            f"what each parameter changes only roughly: take {FEWEST_FUTURES} or more."
        ]
    return [shares_line(year) for year in answer.shares]


def _most_line(answer: Sensitivity, watched: Watched) -> str:
    """The three parameters that matter most for an outcome."""
    central = float(getattr(answer.base, watched.measure)[:, watched.at].mean())
    title = f"{watched.title[0].upper()}{watched.title[1:]}"
    head = f"{title}: {watched.show(central)} with every parameter at its central value"
    first = [_bar_words(bar, watched) for bar in most(answer, watched.measure, watched.at, 3)]
    if not first:
        return f"{head}; no parameter moves it."
    return f"{head}. It depends most on {listed(first)}."


def _bar_words(bar: Bar, watched: Watched) -> str:
    low, high = ends_of(bar, watched)
    return f"{bar.parameter.name} ({low} to {high})"


def ends_of(bar: Bar, watched: Watched) -> tuple[str, str]:
    """What the low and the high end change, in words."""
    changes = (getattr(end, watched.measure)[watched.at] for end in (bar.low, bar.high))
    low, high = (signed(float(change), watched.show(float(change))) for change in changes)
    return low, high


def shares_line(year: YearShares) -> str:
    """What the variance of a year's spend is made of."""
    parts = [
        f"{share:.0%} {SORT_WORDS[sort]}"
        for sort, share in zip(year.shares, whole_per_cents(year.shares), strict=True)
    ]
    return f"Why spend of {year.year} is uncertain (share of its variance): {', '.join(parts)}."


def whole_per_cents(shares: Mapping[str, float]) -> list[float]:
    """Shares in whole per cents that add up to 100, the largest remainders rounded up.

    >>> whole_per_cents({"a": 0.334, "b": 0.333, "c": 0.333})
    [0.34, 0.33, 0.33]
    """
    known = all(share == share for share in shares.values())
    return adding_up(list(shares.values()), decimals=2) if known else list(shares.values())


def bar_rows(answer: Sensitivity, watched: Watched, count: int | None = None) -> list[list[str]]:
    """The parameters that matter for an outcome, in order."""
    bars = most(answer, watched.measure, watched.at, count or len(answer.bars))
    return [
        [bar.parameter.name, *ends_of(bar, watched), bar.parameter.ends, bar.parameter.interval,
         "yes" if bar.parameter.confirmed else "no"]
        for bar in bars
    ]  # fmt: skip


def share_rows(answer: Sensitivity) -> list[list[str]]:
    """The shares of variance by year, with their standard errors in points."""
    rows = []
    for sort, words in SORT_WORDS.items():
        cells = [
            f"{whole_per_cents(year.shares)[list(year.shares).index(sort)]:.0%} "
            f"(s.e. {year.errors[sort] * 100:.0f})"
            for year in answer.shares
        ]
        rows.append([words, *cells])
    return [*rows, ["standard deviation of spend", *(pounds(y.spread) for y in answer.shares)]]


def share_columns(answer: Sensitivity) -> list[str]:
    """The head of the shares' table."""
    return ["Share of the variance of net spend", *(year.year for year in answer.shares)]


def unstated_rows(answer: Sensitivity) -> list[list[str]]:
    """Parameters whose interval nobody has stated."""
    return [
        [words.name, words.interval, "yes" if words.confirmed else "no", words.source]
        for words in unstated(answer)
    ]


FEWEST_FUTURES: Final = 50  # to say what a variance is made of
UNSTATED_COLUMNS: Final = ("Parameter", "Moved", "Confirmed", "Source of the number")


def sensitivity_summary(answer: Sensitivity) -> str:
    """The answer on a page or two, in Markdown."""
    plan = answer.whole.plan
    parts = [
        f"# {plan.title}: what matters most",
        "\n".join(f"- {line}" for line in answer_lines(answer)),
        f"{plan.area.name}. {QUESTION}",
        f"{METHOD} {futures_words(answer)}",
        how_wrong(plan.area),
    ]
    for watched in watch(answer):
        title = f"## {watched.title[0].upper()}{watched.title[1:]}: the ten that matter most"
        parts += [title, markdown_table(COLUMNS, bar_rows(answer, watched, 10))]
    if answer.shares:
        parts += ["## Why spend is uncertain", SHARES_NOTE]
        parts += [markdown_table(share_columns(answer), share_rows(answer))]
    parts += ["## No interval stated", UNSTATED_NOTE]
    parts += [markdown_table(UNSTATED_COLUMNS, unstated_rows(answer))]
    return as_text("\n\n".join(parts) + "\n")


def futures_words(answer: Sensitivity) -> str:
    """How many futures, and that they are paired."""
    ensemble = answer.whole.ensemble
    if ensemble.expected:
        return "Expected numbers from the engine stock_flow."
    return f"{whole(len(ensemble.futures))} paired futures, seed {ensemble.seed}."


# The page ----------------------------------------------------------------------------------------


def sensitivity_page(answer: Sensitivity, made: Mapping[str, Any]) -> str:
    """The report of sensitivity."""
    plan, outcomes = answer.whole.plan, watch(answer)
    lines = "".join(paragraph(line) for line in answer_lines(answer))
    charts = [figure(tornado(answer, w), f"chart-{w.name}") for w in outcomes]
    parts = [
        *(_all_of(answer, w, charts[at] if at else "") for at, w in enumerate(outcomes)),
        *([_shares(answer)] if answer.shares else []),
        section(
            "No interval stated", "unstated",
            paragraph(UNSTATED_NOTE),
            table(UNSTATED_COLUMNS, unstated_rows(answer), "Parameters without a stated interval"),
        ),
        *what_it_rests_on(answer.whole, made),
    ]  # fmt: skip
    sections = "".join(parts)
    asked = replace(plan, title=f"{plan.title}: what matters most", question=QUESTION)
    top = screen(asked, lines, _tiles(answer, outcomes), charts[0], sections)
    return page(f"{asked.title} ({plan.area.name})", top + sections)


def _tiles(answer: Sensitivity, outcomes: Sequence[Watched]) -> list[str]:
    """The parameter that matters most for each outcome, and the counts."""
    tiles = []
    for watched in outcomes:
        for bar in most(answer, watched.measure, watched.at, 1):
            size = watched.show(swing(bar, watched.measure, watched.at))
            words = f"from end to end of one parameter: {bar.parameter.name}"
            tiles.append(tile(size, f"in {watched.title}", words))
    confirmed = sum(bar.parameter.confirmed for bar in answer.bars)
    tiles.append(
        tile(whole(len(answer.bars)), "parameters moved one at a time",
             f"{confirmed} of them with a confirmed source")
    )  # fmt: skip
    tiles.append(tile(whole(len(unstated(answer))), "parameters without a stated interval"))
    for year in answer.shares[:1]:
        sort = max(year.shares, key=lambda name: year.shares[name])
        share = f"{year.shares[sort]:.0%}"
        tiles.append(tile(share, f"of the variance of spend in {year.year}", SORT_WORDS[sort]))
    return tiles


def _all_of(answer: Sensitivity, watched: Watched, chart: str) -> str:
    """One outcome: its chart unless it stands on the first screen, and every parameter."""
    title = f"{watched.title[0].upper()}{watched.title[1:]}"
    rows = bar_rows(answer, watched)
    return section(
        f"All parameters: {watched.title}", watched.name,
        paragraph(f"{METHOD} {futures_words(answer)}"),
        chart,
        table(COLUMNS, rows, f"{title}: what each parameter changes") if rows else "",
    )  # fmt: skip


def _shares(answer: Sensitivity) -> str:
    rows = share_rows(answer)
    return section(
        "Why spend is uncertain", "shares",
        *map(paragraph, shares_lines(answer)),
        paragraph(SHARES_NOTE),
        table(share_columns(answer), rows, "What the variance of net spend is made of"),
    )  # fmt: skip


def tornado(answer: Sensitivity, watched: Watched) -> Chart:
    """The ten parameters that matter most for an outcome, two bars each."""
    rows: list[Row] = []
    for bar in most(answer, watched.measure, watched.at):
        for end, moved in (("low end", bar.low), ("high end", bar.high)):
            change = float(getattr(moved, watched.measure)[watched.at]) / watched.scale
            rows.append({"parameter": bar.parameter.name, "end": end, "change": round(change, 3)})
    title = f"The ten parameters that matter most for {watched.title}"
    unit = f"change in {watched.title}, {watched.unit}"
    height = 70 + 32 * (len(rows) // 2)
    svg = svg_of(paired_bars(rows, unit), 560, height) if rows else ""
    table_rows = tuple(tuple(row) for row in bar_rows(answer, watched, 10))
    return Chart(
        title,
        "The parameter that matters most stands at the top. Dark: the parameter at the low end of "
        "its interval; light: at the high end; all others as expected.",
        svg, (("end-low", "low end"), ("end-high", "high end")), COLUMNS, table_rows,
    )  # fmt: skip


def paired_bars(rows: Sequence[Row], title: str) -> Spec:
    """Two bars from nought for each parameter, one below the other."""
    ends = ["low end", "high end"]
    places = {
        "x": amount("change", title=title),
        "y": word("parameter", sort=None, axis={"title": None, "labelLimit": 420}),
        "yOffset": word("end", sort=None, scale={"domain": ends}),
        "color": word("end", scale={"domain": ends, "range": [LOW, HIGH]}, legend=None),
    }
    nought = marks("rule", [{"x": 0}], {"x": amount("x")}, color=BLACK, strokeWidth=1.5)
    return layers(marks("bar", rows, places, stroke=BLACK, strokeWidth=0.8), nought)
