"""The first screen: the question, the answer, the key numbers, and one chart."""

from lacmodel.analyses.forecast import Forecast, Headline
from lacmodel.report import charts
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.html import figure, paragraph, tile
from lacmodel.report.screen import screen
from lacmodel.report.summary import budget_words, places_doubt, published_words
from lacmodel.report.words import long_date, per_cent, pounds, whole


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
    ]
    chart = figure(charts.children_chart(result), "chart-children")
    key_numbers = tiles(answer, len(result.ensemble.futures))
    wrong = how_wrong(plan.area.path.parent)
    answers = paragraph(sentences, "answer") + (paragraph(wrong, "note") if wrong else "")
    return screen(plan, answers, key_numbers, chart, contents)


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
    if year.budget is not None:
        gap = year.net.central - year.budget
        side = "above" if gap > 0 else "below"
        spend += f", {pounds(abs(gap))} {side} the budget of {pounds(year.budget)}"
    if year.net.high is not None:
        basis = ", if prices are as assumed (numbers only)" if answer.numbers_only else ""
        spend += f", with one chance in ten of more than {pounds(year.net.high)}{basis}"
    return f"{spend}."


def tiles(answer: Headline, futures: int) -> list[str]:
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
        _chance_tile(answer, futures),
        tile(
            whole(answer.short.central), "placed with other providers in the first year",
            f"because no place of the council's own was free{places_doubt(answer)}",
        ),
    ]  # fmt: skip


def _england(answer: Headline) -> str:
    benchmark = answer.benchmark
    if benchmark is None:
        return "no rate for England is given"
    return (
        f"{benchmark.name}: {benchmark.rate_per_10000:.0f} on {long_date(benchmark.when)}"
        f"{published_words(benchmark, ', published {}')}"
    )


def _chance_tile(answer: Headline, futures: int) -> str:
    year = answer.spend[0]
    over = "budget and contingency" if year.contingency else "budget"
    label = f"chance of spending more than {over}"
    if year.chance_over is not None:
        limit = (year.budget or 0.0) + (year.contingency or 0.0)
        chance = per_cent(year.chance_over, futures)
        return tile(chance, label, f"{pounds(limit)} in {year.financial_year}")
    why = "numbers only: prices are taken as certain" if answer.numbers_only else "no budget given"
    return tile("not given", label, why)
