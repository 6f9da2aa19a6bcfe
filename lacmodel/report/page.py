"""The report: the answer on the first screen, then what it rests on. One file, no network."""

from collections.abc import Mapping
from typing import Any, Final

from lacmodel.analyses.compare import Comparison, variances
from lacmodel.analyses.forecast import Forecast, Headline, headline
from lacmodel.money.variance import VarianceTable
from lacmodel.pathway import STAGES
from lacmodel.report import charts
from lacmodel.report.assumptions import sources, unconfirmed
from lacmodel.report.drawing import can_draw
from lacmodel.report.html import (
    bullets,
    figure,
    navigation,
    page,
    paragraph,
    section,
    table,
    tile,
)
from lacmodel.report.summary import (
    OUTLOOK_COLUMNS,
    SPEND_COLUMNS,
    budget_words,
    comparison_lines,
    outlook_rows,
    spend_rows,
    uncertainty_words,
    variance_lines,
)
from lacmodel.report.words import (
    LAYERS,
    children_range,
    long_date,
    per_cent,
    pounds,
    signed,
    whole,
)
from lacmodel.results import stability, summarise, year_ends

NO_CHARTS: Final = (
    "Charts are left out because altair or vl-convert-python is not installed; "
    "their numbers are in the tables."
)
METHOD: Final = (
    "Every child in care is followed day by day from the opening, with those who come later. "
    f"Each day has its order: {', '.join(stage.replace('_', ' ') for stage in STAGES)}.",
    "Children leave at rates that depend on age, time in care, placement and group, and on the "
    "18th birthday. Placements end by breakdown or by plan. In-house places are limited as the "
    "area states; who finds none is placed elsewhere.",
    "Spend is nights times the weekly price divided by seven, in whole pennies, from 1 April to "
    "31 March.",
    "The forecast is run many times. Each run is a future; the central forecast is the middle "
    "one, and the range leaves out the lowest and the highest future in ten.",
)


def forecast_page(result: Forecast, manifest: Mapping[str, Any]) -> str:
    """The report of one scenario."""
    plan, answer = result.plan, headline(result)
    parts = [
        first_screen(result, answer),
        _children(answer),
        _placements(result),
        _flows(result),
        _spend(result, answer),
        _stability(result),
        *_what_it_rests_on(result, manifest),
    ]
    return page(f"{plan.title}: {plan.area.name}", "".join(parts))


def first_screen(result: Forecast, answer: Headline) -> str:
    """The question, the answer in three sentences, the key numbers, and one chart."""
    plan = result.plan
    sentences = " ".join(answer_sentences(answer))
    contents = [
        ("children", "Children in care"),
        ("placements", "Placements"),
        ("flows", "Coming into care and leaving"),
        ("spend", "Spend"),
        ("stability", "Stability"),
        ("uncertainty", "What the ranges hold"),
        ("assumptions", "Assumed and not confirmed"),
        ("sources", "Sources"),
        ("method", "Method"),
        ("manifest", "How to make this again"),
    ]
    note = "" if can_draw() else paragraph(NO_CHARTS, "note")
    return (
        f"<header>{heading(plan.title, plan.area.name)}{paragraph(plan.question, 'question')}"
        f'</header><main><section id="answer">{paragraph(sentences, "answer")}'
        f'<dl class="tiles">{"".join(tiles(answer))}</dl>'
        f"{note}{figure(charts.children_chart(result), 'chart-children')}</section>"
        f"{navigation(contents)}"
    )


def heading(title: str, area: str) -> str:
    """The page's one first-level heading."""
    from html import escape

    return f"<h1>{escape(title)} <small>{escape(area)}</small></h1>"


def answer_sentences(answer: Headline) -> list[str]:
    """The answer in three sentences: children, range, money."""
    last = answer.outlook[-1]
    change = last.children.central - answer.children
    direction = "more" if change > 0 else "fewer"
    moved = f"{whole(abs(change))} {direction}" if round(change) else "no more and no fewer"
    children = (
        f"On {long_date(last.when)} about {whole(last.children.central)} children would be in "
        f"care, {moved} than the {whole(answer.children)} of {long_date(answer.opening)}."
    )
    return [children, *_chance_sentence(answer), spend_sentence(answer)]


def _chance_sentence(answer: Headline) -> list[str]:
    last = answer.outlook[-1]
    if last.children.low is None or last.children.high is None:
        return ["These are expected numbers, without a range."]
    return [
        f"There is one chance in ten of more than {whole(last.children.high)}, and one in ten of "
        f"fewer than {whole(last.children.low)}."
    ]


def spend_sentence(answer: Headline) -> str:
    """Spend this year, the chance of much more, and the budget."""
    year = answer.spend[0]
    spend = f"Placements would cost {pounds(year.net.central)} net in {year.financial_year}"
    if year.net.high is not None:
        basis = " if prices are as assumed (numbers only)" if answer.numbers_only else ""
        spend += f", with one chance in ten of more than {pounds(year.net.high)}{basis}"
    if year.budget is None:
        return f"{spend}."
    gap = year.net.central - year.budget
    side = "above" if gap > 0 else "below"
    return f"{spend}; that is {pounds(abs(gap))} {side} the budget of {pounds(year.budget)}."


def tiles(answer: Headline) -> list[str]:
    """The key numbers."""
    first, year = answer.outlook[0], answer.spend[0]
    ahead = first.children
    near = [] if ahead.low is None or ahead.high is None else [
        f"{whole(ahead.low)} to {whole(ahead.high)} in eight futures of ten"
    ]  # fmt: skip
    return [
        tile(whole(answer.children), f"children in care, {long_date(answer.opening)}"),
        tile(
            whole(ahead.central), f"children forecast for {long_date(first.when)}", "".join(near)
        ),
        tile(f"{answer.rate_per_10000:.0f}", "per 10,000 residents under 18", _england(answer)),
        tile(
            pounds(year.net.central), f"net spend forecast for {year.financial_year}",
            budget_words(year),
        ),
        _chance_tile(answer),
        tile(
            whole(answer.short.central), "placed outside in the first year",
            "for want of an in-house place",
        ),
    ]  # fmt: skip


def _england(answer: Headline) -> str:
    benchmark = answer.benchmark
    if benchmark is None:
        return "no rate for England is given"
    return (
        f"{benchmark.name}: {benchmark.rate_per_10000:.0f} on {long_date(benchmark.when)}, "
        f"published {long_date(benchmark.published)}"
    )


def _chance_tile(answer: Headline) -> str:
    year = answer.spend[0]
    over = "budget and contingency" if year.contingency else "budget"
    label = f"chance of spending more than {over}"
    if year.chance_over is not None:
        limit = (year.budget or 0.0) + (year.contingency or 0.0)
        return tile(per_cent(year.chance_over), label, f"{pounds(limit)} in {year.financial_year}")
    why = "numbers only: prices are taken as certain" if answer.numbers_only else "no budget given"
    return tile("not given", label, why)


def _children(answer: Headline) -> str:
    rows = outlook_rows(answer)
    return section(
        "Children in care", "children", table(OUTLOOK_COLUMNS, rows, "Children on each 31 March")
    )


def _placements(result: Forecast) -> str:
    chart = charts.placements_chart(result)
    return section(
        "Placements", "placements",
        paragraph("Children in care by type of placement and who provides it."),
        figure(chart, "chart-placements"),
    )  # fmt: skip


def _flows(result: Forecast) -> str:
    made = (
        ("entries", charts.entries_chart(result)),
        ("leavers", charts.leavers_chart(result)),
        ("reasons", charts.reasons_chart(result)),
    )
    figures = (figure(chart, f"chart-{name}") for name, chart in made)
    return section("Coming into care and leaving", "flows", *figures)


def _spend(result: Forecast, answer: Headline) -> str:
    numbers = "Numbers only: prices are taken as certain, so real ranges are wider."
    return section(
        "Spend", "spend",
        paragraph(numbers, "note") if answer.numbers_only else "",
        figure(charts.spend_chart(result), "chart-spend"),
        table(SPEND_COLUMNS, spend_rows(answer), "Net spend against budget"),
        _papers(result),
    )  # fmt: skip


def _papers(result: Forecast) -> str:
    """What the council's own papers say about the money."""
    rows = [
        (row.item.replace("_", " "), row.financial_year, pounds(row.amount_gbp), row.source)
        for row in result.plan.area.budget
    ]
    columns = ("Item", "Financial year", "Amount", "Source")
    return table(columns, rows, "In the council's budget papers") if rows else ""


def _stability(result: Forecast) -> str:
    counts, shares = stability(result.plan, result.ensemble)
    share = summarise(shares, result.ensemble.expected)
    rows = [
        (
            long_date(when),
            f"{counts[:, year].mean():.0f}",
            f"{share.mean[year]:.1%}",
        )
        for year, when in enumerate(year_ends(result.plan.period))
    ]
    columns = ("Year to", "Children", "Share of children in care")
    caption = "Children with three or more placements in the year"
    return section("Stability", "stability", table(columns, rows, caption))


def _what_it_rests_on(result: Forecast, manifest: Mapping[str, Any]) -> list[str]:
    """Uncertainty, assumptions, sources, method and how to make the report again."""
    plan = result.plan
    assumed = [tuple(row) for row in unconfirmed(plan.area)]
    return [
        _uncertainty(result),
        section(
            "Assumed and not confirmed", "assumptions",
            bullets([*plan.notes, *plan.area.assumptions]),
            table(("What", "Value", "Basis"), assumed, "Numbers without a confirmed source")
            if assumed
            else paragraph("Every number has a confirmed source."),
        ),
        section("Sources", "sources", bullets(sources(plan.area))),
        section("Method", "method", *(paragraph(text) for text in METHOD)),
        section("How to make this again", "manifest", _manifest(manifest)),
        "</main>",
    ]  # fmt: skip


def _uncertainty(result: Forecast) -> str:
    layers = result.ensemble.layers
    items = [
        f"{words}: {'included' if layer in layers else 'not included'}"
        for layer, words in LAYERS.items()
    ]
    return section(
        "What the ranges hold", "uncertainty",
        paragraph(uncertainty_words(result)),
        bullets(items),
    )  # fmt: skip


def _manifest(manifest: Mapping[str, Any]) -> str:
    """Seed, engine, versions and the hash of every input."""
    rows = [(name, str(manifest[name])) for name in ("engine", "futures", "seed", "layers")] + [
        (f"version of {name}", version) for name, version in manifest["versions"].items()
    ]
    hashes = [(name, digest) for name, digest in manifest["inputs_sha256"].items()]
    return (
        table(("Setting", "Value"), rows, "Settings")
        + f"<details><summary>Input files</summary>"
        + table(("File", "SHA-256"), hashes, "Input files")
        + "</details>"
    )


def comparison_page(comparison: Comparison, manifest: Mapping[str, Any]) -> str:
    """The report of scenarios beside their baseline."""
    baseline = comparison.baseline
    title = f"{baseline.plan.title}: what would be different"
    changes = [line for run in comparison.scenarios for line in comparison_lines(comparison, run)]
    body = [
        f"<header>{heading(title, baseline.plan.area.name)}",
        *(paragraph(run.plan.question, "question") for run in comparison.scenarios),
        f'</header><main><section id="answer">{bullets(changes)}',
        "" if can_draw() else paragraph(NO_CHARTS, "note"),
        figure(charts.scenarios_chart(comparison), "chart-scenarios"),
        "</section>",
        _differences(comparison),
        _variance(comparison),
        _side_by_side(comparison),
        *_what_it_rests_on(baseline, manifest),
    ]
    return page(title, "".join(body))


def _differences(comparison: Comparison) -> str:
    figures = [
        figure(charts.difference_chart(comparison, run), f"chart-difference-{index}")
        for index, run in enumerate(comparison.scenarios)
    ]
    text = "Scenarios are compared future by future: the same children and the same luck."
    return section("Differences", "differences", paragraph(text), *figures)


def _variance(comparison: Comparison) -> str:
    parts = []
    for name, variance in variances(comparison):
        parts.append(variance_html(name, variance))
    said = (paragraph(line) for line in variance_lines(comparison))
    label = comparison.baseline.money.years[0].label
    return section(f"Why spend differs in {label}", "variance", *said, *parts)


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
        table(("Scenario", *years), money, "Net spend, central forecast"),
    )  # fmt: skip
