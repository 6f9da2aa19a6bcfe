"""The first screen: the question, the answer, the key numbers, and one chart."""

from typing import Final

from lacmodel.analyses.beside_others import latest_beside
from lacmodel.analyses.forecast import Forecast, Headline, YearSpend, headline
from lacmodel.report import charts
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.cautions import cautions
from lacmodel.report.html import figure, paragraph, tile
from lacmodel.report.neighbours_section import beside_words
from lacmodel.report.screen import screen
from lacmodel.report.summary import after_savings, budget_words, year_words
from lacmodel.report.words import children_range, long_date, per_cent, places_doubt, pounds, whole
from lacmodel.results import stability, stock_dates, year_ends

EXPECTED: Final = "These are expected numbers, without a range."


def first_screen(result: Forecast, sections: str) -> str:
    """The question, the answer in three sentences, the key numbers, one chart, and the contents."""
    answer = headline(result)
    words = paragraph(" ".join(answer_sentences(answer)), "answer")
    chart = figure(charts.children_chart(result), "chart-children")
    wrong = how_wrong(result.plan.area)
    chart += paragraph(wrong, "note") if wrong else ""
    return screen(result.plan, words, tiles(result, answer), chart, sections)


def answer_sentences(answer: Headline) -> list[str]:
    """The answer in three sentences: children, range, money."""
    last = answer.outlook[-1]
    change = round(last.children.central) - answer.children  # as the numbers beside it
    direction = "more" if change > 0 else "fewer"
    moved = f"{whole(abs(change))} {direction}" if change else "no more and no fewer"
    children = (
        f"On {long_date(last.when)} about {whole(last.children.central)} children would be in "
        f"care, {moved} than the {whole(answer.children)} of {long_date(answer.opening)}."
    )
    return [*cautions(answer), children, *_chance_sentence(answer), spend_sentence(answer)]


def _chance_sentence(answer: Headline) -> list[str]:
    last = answer.outlook[-1]
    if last.children.low is None or last.children.high is None:
        return [] if answer.future is not None else [EXPECTED]
    return [
        f"There is one chance in ten of more than {whole(last.children.high)}, and one in ten of "
        f"fewer than {whole(last.children.low)}."
    ]


def spend_sentence(answer: Headline) -> str:
    """Spend this year, the chance of much more, and the budget."""
    year = answer.spend[0]
    spend = f"Placements would cost {pounds(year.net.central)} net in {year_words(year)}"
    spend += after_savings(year)
    if year.budget is not None:
        gap = year.net.central - year.budget
        side = "above" if gap > 0 else "below"
        spend += (
            f", {pounds(abs(gap))} {side} the budget of {pounds(year.budget)}"
            if abs(gap) > year.error
            else f", on the budget of {pounds(year.budget)} within the error of the futures"
        )
    if year.net.high is not None:
        basis = ", if prices are as assumed (numbers only)" if answer.numbers_only else ""
        spend += f", with one chance in ten of more than {pounds(year.net.high)}{basis}"
    return f"{spend}."


def tiles(result: Forecast, answer: Headline) -> list[str]:
    """The six key numbers."""
    first, year = answer.outlook[0], answer.spend[0]
    return [
        tile(
            whole(answer.children), f"children in care on {long_date(answer.opening)}",
            f"forecast for {long_date(first.when)}: {children_range(first.children)}",
        ),
        tile(f"{answer.rate_per_10000:.0f}", "per 10,000 residents under 18", _beside(result)),
        tile(
            pounds(year.net.central),
            f"net spend forecast for {year_words(year)} (average){after_savings(year)}",
            f"{_dear_future(year)}{budget_words(year)}",
        ),
        _chance_tile(answer, len(result.ensemble.futures)),
        tile(
            whole(answer.short.central), "placed with other providers in the first year",
            f"because no place of the council's own was free, and {whole(answer.unsuited.central)} "
            f"more because no free place suited{places_doubt(answer.places_known)}",
        ),
        _moves_tile(result),
    ]  # fmt: skip


def _beside(result: Forecast) -> str:
    """The rates of England, the region and the neighbours."""
    year = latest_beside(result.plan.area, stock_dates(result.plan.period)[0])
    return "no rate of anybody else is given" if year is None else beside_words(year)


def _dear_future(year: YearSpend) -> str:
    """What is spent in the dearest future of ten, where there are futures."""
    high = year.net.high
    return "" if high is None else f"one chance in ten of more than {pounds(high)}; "


def _moves_tile(result: Forecast) -> str:
    """Children who are moved often, on the first 31 March of the run."""
    when = next(iter(year_ends(result.plan.period)), None)
    label = "children with three or more placements in a year"
    if when is None or result.ensemble.expected:
        return tile("not given", label, "expected numbers do not tell")
    counts, shares = stability(result.plan, result.ensemble)
    note = f"of those in care on {long_date(when)}: {shares[:, 0].mean():.0%}"
    return tile(whole(float(counts[:, 0].mean())), label, note)


def _chance_tile(answer: Headline, futures: int) -> str:
    year = answer.spend[0]
    over = "budget and contingency" if year.contingency else "budget"
    label = f"chance of spending more than {over}"
    if year.chance_over is not None:
        limit = (year.budget or 0.0) + (year.contingency or 0.0)
        chance = per_cent(year.chance_over, futures)
        return tile(chance, label, f"{pounds(limit)} in {year.financial_year}")
    why = "part of the year only" if year.only_whole else "no budget given"
    why = "numbers only: prices are taken as certain" if answer.numbers_only else why
    why = why if answer.future is None else "one future alone"
    return tile("not given", label, why)
