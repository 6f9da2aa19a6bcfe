"""An options appraisal in the words and rows that a committee reads."""

import math
from collections.abc import Callable
from datetime import date
from typing import Final

from lacmodel.analyses.forecast import Range
from lacmodel.analyses.options import Appraised, Window, capital_limit, price_windows
from lacmodel.analyses.options_tables import NOT_FREE, Measure, measures
from lacmodel.money.business_case import DISCOUNT_RATE
from lacmodel.report.words import children_range, listed, long_date, per_cent, pounds, pounds_range

WORDS: Final = {
    "capital": "Capital",
    "own_places": "Places of the council's own, {}",
    NOT_FREE: "Placed outside because no own place was free, {}",
    "net_spend": "Net spend {}",
    "within_budget_and_contingency": "Chance of spending within budget and contingency, {}",
    "children": "Children in care, {}",
    "out_of_area": "Children placed out of area on an average day, {} (England's shares)",
    "unregistered": "Children in unregistered settings, {}",
    "three_or_more_placements": "Children with three or more placements in the year to {}",
    "payback": "Years to pay back, from the first opening",
    "worth": "Worth over 20 years beside the first option, capital paid (present value)",
    "costs_least": "Share of futures in which it costs least over 20 years",
}
NEVER: Final = "never"
LETTERS: Final = "ABCDEF"


def names(appraised: Appraised) -> list[str]:
    """The options with their letters."""
    return [
        f"{letter}. {option.plan.title}"
        for letter, option in zip(LETTERS, appraised.options, strict=False)
    ]


def ends_of(rows: list[Measure]) -> list[Measure]:
    """The rows of a page: of what is given by year, the first and the last year."""
    kept = []
    for row in rows:
        periods = [other.period for other in rows if other.name == row.name]
        if row.period in (periods[0], periods[-1]):
            kept.append(row)
    return kept


def said_rows(appraised: Appraised) -> list[tuple[str, ...]]:
    """The appraisal as rows of words: a measure, then each option."""
    rows = [
        (_what(measure), *(_said(measure, spread, appraised) for spread in measure.ranges))
        for measure in ends_of(measures(appraised))
        if measure.name in WORDS
    ]
    windows = price_windows(appraised)
    true = (must_be_true(appraised, at, windows[at]) for at in range(len(windows)))
    return [*rows, ("It costs least if", *true)]


def _what(measure: Measure) -> str:
    period = measure.period
    if measure.period[4:5] == "-":
        period = long_date(date.fromisoformat(period))
    return WORDS[measure.name].format(period)


def _said(measure: Measure, spread: Range | None, appraised: Appraised) -> str:
    if spread is None:
        return "no capital"
    if measure.unit == "share of futures":
        return per_cent(spread.central, len(appraised.first.course.result.ensemble.futures))
    shows: dict[str, Callable[[Range], str]] = {"pounds": pounds_range, "years": years_words}
    return shows.get(measure.unit, children_range)(spread)


def years_words(spread: Range) -> str:
    """Years to pay back with their range.

    >>> years_words(Range(2.6, 2.1, math.inf))
    '2.6 (2.1 to never)'
    """
    middle, low, high = (
        f"{years:.1f}" if years is not None and math.isfinite(years) else NEVER for years in spread
    )
    return NEVER if low == NEVER else f"{middle} ({low} to {high})"


def must_be_true(appraised: Appraised, at: int, window: Window) -> str:
    """What external prices, or an option's capital, must be for it to cost least on average."""
    words = price_words(window)
    if not appraised.options[at].capital.any():
        return words
    return f"{words}; {capital_words(capital_limit(appraised, at))}"


def price_words(window: Window) -> str:
    """The multiples of external prices between which an option costs least.

    >>> price_words(Window(1.25, math.inf))
    'external prices are at least 1.25 times those assumed'
    >>> price_words(Window(0.0, math.inf)), price_words(Window(2.0, 1.0))
    ('whatever external prices are', 'at no external price, as it stands')
    """
    low, high = window
    if low > high:
        return "at no external price, as it stands"
    if low <= 0 and math.isinf(high):
        return "whatever external prices are"
    if low <= 0:
        return f"external prices are at most {high:.2f} times those assumed"
    if math.isinf(high):
        return f"external prices are at least {low:.2f} times those assumed"
    return f"external prices are {low:.2f} to {high:.2f} times those assumed"


def capital_words(limit: float) -> str:
    """The capital up to which an option costs least.

    >>> capital_words(4.7e6), capital_words(-1.0)
    ('or its capital is at most £4.7 million', 'no capital would be small enough')
    """
    if limit < 0:
        return "no capital would be small enough"
    return f"or its capital is at most {pounds(limit)}"


def answer_lines(appraised: Appraised) -> list[str]:
    """The answer: which option costs least, how surely, and how the years differ."""
    by_name = {measure.name: measure for measure in measures(appraised)}
    shares = [spread.central for spread in by_name["costs_least"].ranges if spread is not None]
    best = shares.index(max(shares))
    titles = names(appraised)
    futures = len(appraised.first.course.result.ensemble.futures)
    worth = by_name["worth"].ranges[best]
    lines = [
        f"“{titles[best]}” costs least over 20 years in {per_cent(shares[best], futures)} of "
        f"futures, its capital and empty places among the costs{taken_as_certain(appraised)}."
    ]
    if best and worth is not None:
        lines.append(
            f"Beside “{titles[0]}” it is worth {pounds_range(worth)} over that time, its capital "
            f"paid, in present value (discounted by {DISCOUNT_RATE:.1%} a year)."
        )
    others = [
        f"{title[0]} costs least in {per_cent(share, futures)}"
        for title, share in zip(titles, shares, strict=True)
        if title != titles[best]
    ]
    return [*lines, f"{'; '.join(others)}.", *other_areas(appraised), *assumed_words(appraised)]


def taken_as_certain(appraised: Appraised) -> str:
    """Whose effect of edge of care is in no share and in no range, if any option has one."""
    said = [title[0] for title, one in zip(names(appraised), appraised.options, strict=True)
            if one.plan.services]  # fmt: skip
    return f" and the effect of edge of care in {listed(said)} taken as certain" if said else ""


def other_areas(appraised: Appraised) -> list[str]:
    """Which options are of another area file than the first, so that more differs than changes."""
    first = appraised.first.plan.area.path.resolve()
    said = [
        f"“{title}” ({option.plan.area.path.name})"
        for title, option in zip(names(appraised), appraised.options, strict=True)
        if option.plan.area.path.resolve() != first
    ]
    if not said:
        return []
    return [
        f"Of another area file than the first option, whatever else that says being part of what "
        f"differs: {listed(said)}."
    ]


def assumed_words(appraised: Appraised) -> list[str]:
    """Which options rest on sizes or dates that nobody has confirmed, if any do."""
    said = []
    for title, option in zip(names(appraised), appraised.options, strict=True):
        changes = option.course.result.plan.resolved.get("changes", [])
        assumed = sum(not change["confirmed"] for change in changes)
        if assumed:
            said.append(f"{assumed} of {len(changes)} in “{title}”")
    if not said:
        return []
    return [
        "All this holds only if the options do what they are assumed to do: the size or date of a "
        f"change is not confirmed for {listed(said)}."
    ]
