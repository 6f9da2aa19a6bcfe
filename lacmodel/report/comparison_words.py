"""Scenarios beside their baseline in words: what each costs or saves, how surely, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lacmodel.analyses.compare import (
    Comparison,
    children_difference,
    last_year_end,
    share_lower,
    variances,
)
from lacmodel.analyses.forecast import (
    Forecast,
    Range,
    headline,
    money_range,
    range_of,
    year_spend,
)
from lacmodel.money.spend import net_by_year
from lacmodel.report.cautions import odd_list
from lacmodel.report.changes import capital_of, notes_on
from lacmodel.report.summary import as_text, doubts, markdown_table
from lacmodel.report.words import (
    between,
    listed,
    long_date,
    months_words,
    more_or_fewer,
    per_cent,
    pounds,
    pounds_between,
    signed,
    whole,
)
from lacmodel.results import is_single

PAIRED_NOTE: Final = (
    "Scenarios are compared future by future: the same children, the same luck. A difference in "
    "children is the middle of the paired differences, and need not equal that of two middle "
    "values; one in money is the average, and equals that of two averages."
)
VARIANCE_COLUMNS: Final = (
    "Scenario", "Year", "Difference", "Volume", "Mix", "Price", "Fixed and other", "Income",
)  # fmt: skip


class Answer(NamedTuple):
    """What one scenario differs by from its baseline."""

    title: str
    change: Range  # of net spend over the whole period, pounds: a minus is a saving
    is_lower: str  # in how many futures it costs less; blank of a single course
    children: Range  # in care on the last 31 March, scenario less baseline
    capital: float  # pounds, not in the spend


def answer_of(comparison: Comparison, scenario: Forecast) -> Answer:
    """The answer for one scenario: average of money, middle of children."""
    single = is_single(comparison.baseline.ensemble)
    gap = children_difference(comparison.baseline, scenario)[:, last_year_end(comparison)[1]]
    change = net_by_year(scenario.money) - net_by_year(comparison.baseline.money)
    total = change.sum(axis=1)
    lower = "" if single else per_cent(share_lower(total), len(total))
    money, children = money_range(total, single), range_of(gap, single)
    return Answer(scenario.plan.title, money, lower, children, capital_of(scenario.plan))


def period_words(comparison: Comparison) -> str:
    """The whole period, by its first and last month."""
    period = comparison.baseline.plan.period
    return months_words(period.start, period.end)


# Sentences ---------------------------------------------------------------------------------------


def first_sentences(comparison: Comparison) -> list[str]:
    """The answer: of one scenario what it saves, of several which saves most; and its capital."""
    answers = [answer_of(comparison, run) for run in comparison.scenarios]
    best = min(answers, key=lambda answer: answer.change.central)
    said = odd_list(headline(comparison.baseline))
    said.append(money_sentence(best, period_words(comparison), len(answers) > 1))
    if best.capital:
        said.append(
            f"Its capital of {pounds(best.capital)} is not in that: lacmodel business-case says "
            "whether it pays back."
        )
    return said


def money_sentence(answer: Answer, period: str, of_several: bool = False) -> str:
    r"""What a scenario saves or costs, and how surely.

    Parameters
    ----------
    of_several : it is the best of some

    >>> change = Range(-5e3, -9e3, -1e3)
    >>> said = money_sentence(Answer("A", change, "99%", Range(0, 0, 0), 0.0), "in 2017/18")
    >>> print(said.replace(". ", ".\n"))
    “A” saves £5,000 net in 2017/18 on average (£1,000 to £9,000 saved in eight futures of ten).
    It costs less than the baseline in 99% of futures.
    """
    saves = saves_words(answer.change.central, of_several)
    words, spread = f"“{answer.title}” {saves} net {period}", range_words(answer.change)
    if not spread:
        return f"{words} (a single course, without a range)."
    sure = f"It costs less than the baseline in {answer.is_lower} of futures."
    return f"{words} on average ({spread} in eight futures of ten). {sure}"


def saves_words(change: float, of_several: bool = False) -> str:
    """A change of spend in words, of the best of several if it is that.

    >>> saves_words(-2.7e6), saves_words(3.9e6), saves_words(0.2)
    ('saves £2.7 million', 'costs £3.9 million more', 'costs the same')
    >>> saves_words(-2.7e6, of_several=True), saves_words(3.9e6, of_several=True)
    ('saves most, £2.7 million', 'costs least, £3.9 million more')
    """
    shown = pounds(abs(change))
    if shown == "£0":
        return "costs least, the same" if of_several else "costs the same"
    if change < 0:
        return f"saves {'most, ' if of_several else ''}{shown}"
    return f"costs {'least, ' if of_several else ''}{shown} more"


def range_words(spread: Range) -> str:
    """Between what a saving or a cost lies; nothing where there is no range.

    >>> range_words(Range(0, -4.2e6, -1.3e6)), range_words(Range(0, -5000, 7000))
    ('£1.3 to £4.2 million saved', '£5,000 saved to £7,000 more')
    """
    amounts = amounts_words(spread)
    if not amounts or spread.low is None or spread.high is None:
        return amounts
    one_way = spread.low >= 0 or spread.high <= 0
    return f"{amounts} {'more' if spread.low >= 0 else 'saved'}" if one_way else amounts


def amounts_words(spread: Range) -> str:
    """The same as it stands beside what is saved or cost, which says the way where it is one.

    >>> amounts_words(Range(0, -4.2e6, -1.3e6)), amounts_words(Range(0, 0, 0))
    ('£1.3 to £4.2 million', '£0 to £0')
    """
    if spread.low is None or spread.high is None:
        return ""
    if spread.high <= 0:
        return pounds_between(-spread.high, -spread.low)
    if spread.low >= 0:
        return pounds_between(spread.low, spread.high)
    return f"{pounds(-spread.low)} saved to {pounds(spread.high)} more"


def details(comparison: Comparison, scenario: Forecast) -> list[str]:
    """What else one scenario changes, and what to know of it, without its name."""
    answer, (when, _) = answer_of(comparison, scenario), last_year_end(comparison)
    gap = answer.children
    spread = between(gap, lambda value: signed(value, whole(value))) if gap.low or gap.high else ""
    children = more_or_fewer(gap.central, "child in care", "children in care")
    return [
        f"{children} on {long_date(when)}{f' ({spread})' if spread else ''}.",
        *notes_on(scenario),
    ]


def comparison_lines(comparison: Comparison, scenario: Forecast) -> list[str]:
    """One scenario: its name and what it saves, then what else it changes."""
    answer = answer_of(comparison, scenario)
    return [
        money_sentence(answer, period_words(comparison)),
        *details(comparison, scenario),
    ]


def comparison_headline(
    comparison: Comparison, folder: Path, steps: Sequence[str] = ()
) -> list[str]:
    """What each scenario saves, why spend differs, and where the folder is."""
    said = odd_list(headline(comparison.baseline))
    for run in comparison.scenarios:
        first, *others = comparison_lines(comparison, run)
        said += [first, *(f"  {line}" for line in others)]
    where = f"Written to {folder}: report.html, workbook.xlsx, summary.md, tables/."
    return [*said, *variance_lines(comparison), *steps, where]


def variance_rows(comparison: Comparison) -> list[list[str]]:
    """The difference in spend of the first year that differs, split into its causes."""
    rows = []
    for plan, variance in variances(comparison):
        total, name = variance.total, plan.title
        parts = (total.difference, total.volume, total.mix, total.price, total.fixed, total.income)
        split = (signed(part, pounds(part / 100)) for part in parts)
        rows.append([name, variance.financial_year, *split])
        if variance.pressure is not None and variance.unexplained is not None:
            year, papers = variance.financial_year, (variance.pressure, variance.unexplained)
            for words, pence in zip(
                ("pressure in the papers", "not explained"), papers, strict=True
            ):
                rows.append([f"{name}: {words}", year, pounds(pence / 100)])
    return [row + [""] * (len(VARIANCE_COLUMNS) - len(row)) for row in rows]


def variance_lines(comparison: Comparison) -> list[str]:
    """The variance of the first year that differs, as plain sentences for the screen."""
    lines = []
    for plan, variance in variances(comparison):
        total = variance.total
        parts = {
            "volume": total.volume,
            "mix": total.mix,
            "price": total.price,
            "fixed and other": total.fixed,
            "income": total.income,
        }
        split = [f"{label} {signed(part, pounds(part / 100))}" for label, part in parts.items()]
        gap = signed(total.difference, pounds(total.difference / 100))
        same = not (total.difference or any(parts.values()))
        lines.append(
            f"{plan.title}: net spend in {variance.financial_year} "
            f"{'is that of the baseline' if same else f'{gap}, of which {listed(split)}'}."
        )
        if variance.pressure is not None and variance.unexplained is not None:
            lines.append(
                f"The council's papers state a pressure of {pounds(variance.pressure / 100)}; "
                f"{pounds(variance.unexplained / 100)} of it is not explained."
            )
        if variance.numbers_alone is not None:
            lines.append(
                "The most that the growth in children alone explains, a full year at the average "
                f"price, is {pounds(variance.numbers_alone / 100)}."
            )
    return lines


def comparison_summary(comparison: Comparison, steps: Sequence[str] = ()) -> str:
    """The comparison on one page, in Markdown."""
    baseline, said = comparison.baseline, []
    for run in comparison.scenarios:
        first, *others = comparison_lines(comparison, run)
        said += [f"- {first}", *(f"  - {line}" for line in others)]
    parts = [
        f"# {baseline.plan.area.name}: what would be different",
        "\n".join(said),
        markdown_table(answer_columns(comparison), answer_rows(comparison)),
        "\n".join(f"- {line}" for line in steps),
        doubts(baseline),
        PAIRED_NOTE,
        "## Why spend differs, in the first year that does",
        markdown_table(VARIANCE_COLUMNS, variance_rows(comparison)),
    ]
    return as_text("\n\n".join(filter(None, parts)) + "\n")


# Rows --------------------------------------------------------------------------------------------


def answer_columns(comparison: Comparison) -> list[str]:
    """The columns of `answer_rows`."""
    when = long_date(last_year_end(comparison)[0])
    return [
        "Scenario", "Net spend, whole period", "Saves or costs, average", "Eight futures in ten",
        "Chance that it costs less", f"More or fewer children, {when}", "Capital besides",
    ]  # fmt: skip


def answer_rows(comparison: Comparison) -> list[list[str]]:
    """What every scenario costs; beside the baseline, what it saves and how surely."""
    rows = []
    for at, run in enumerate(comparison.all):
        answer = answer_of(comparison, run)
        spent = pounds(sum(year.net.central for year in year_spend(run)))
        apart = [
            saves_words(answer.change.central), amounts_words(answer.change),
            answer.is_lower, signed_range(answer.children),
            pounds(answer.capital) if answer.capital else "",
        ]  # fmt: skip
        is_first = at == 0
        name = f"{run.plan.title} (baseline)" if is_first else run.plan.title
        rows.append([name, spent, *(["", "", "", "", ""] if is_first else apart)])
    return rows


def signed_range(spread: Range) -> str:
    """More or fewer, with its range unless that is no wider.

    >>> signed_range(Range(-31.0, -43.0, -19.0)), signed_range(Range(0.0, 0.0, 0.0))
    ('-31 (-43 to -19)', '0')
    """
    central, *ends = (signed(end or 0.0, whole(end or 0.0)) for end in spread)
    return (
        central
        if spread.low is None or {central} == {*ends}
        else f"{central} ({ends[0]} to {ends[1]})"
    )
