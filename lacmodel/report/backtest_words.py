"""How wrong the model has been, in one sentence that every summary quotes."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from lacmodel.analyses.past_scores import (
    ALL_CHILDREN,
    ERROR,
    ERROR_OF_TYPES,
    EVERY_TYPE,
    MODEL,
    NO_CHANGE,
    Score,
    scores_beside,
)
from lacmodel.area import Area
from lacmodel.report.words import listed

TIMES: Final = {
    3: "three months", 6: "six months", 12: "one year", 18: "a year and a half", 24: "two years",
    36: "three years", 48: "four years", 60: "five years",
}  # fmt: skip
QUOTED: Final = 3  # horizons
RANGE: Final = "coverage of 80 % intervals"
HELD: Final = ("coverage of 50 % intervals", RANGE, "coverage of 90 % intervals")
SHORT_HEADS: Final = (
    "After", "Half were wrong by more than", "No change",
    *(f"Ranges of {level} in 100 held" for level in (50, 80, 90)),
)  # fmt: skip
NOT_SCORED: Final = (
    "Spend and placement types cannot be scored: the published files have no history of them."
)
NO_SPEND: Final = "Spend cannot be scored: a return has no history of it."
NOT_TESTED: Final = (
    "This area is made from a return of its own: lacmodel backtest says how wrong forecasts from "
    f"it would have been, by placement type too. {NO_SPEND}"
)


def how_wrong(area: Area) -> str:
    """The sentence for an area: of its own backtest, or that of many councils."""
    found, own = scores_beside(area.path.parent)
    return sentence(found, own, area.opening_return is not None) if found else ""


def short_rows(folder: Path) -> list[tuple[str, ...]]:
    """The same in numbers, a row for each horizon; all children."""
    every, _ = scores_beside(folder)
    found = [score for score in every if score.children == ALL_CHILDREN]
    return [
        (
            TIMES[months],
            *(f"{_value(found, name, ERROR, months):.1f}%" for name in (MODEL, NO_CHANGE)),
            *(f"{_value(found, MODEL, held, months):.0f}" for held in HELD),
        )
        for months in sorted({score.months_ahead for score in found})
    ]


def sentence(found: Sequence[Score], own: bool, of_return: bool = False) -> str:
    """How wrong forecasts were, beside no change, and whether ranges held.

    Parameters
    ----------
    own : whether the scores are the area's, not those of many councils made from published totals
    of_return : whether the area is made from a return
    """
    types = [score for score in found if score.children == EVERY_TYPE]
    total = [score for score in found if score.children == ALL_CHILDREN]
    first = total[0]
    whom = "this area" if own else f"{first.areas} councils made from published totals"
    known = origins_words(first.first_origin, first.last_origin)
    every = sorted({score.months_ahead for score in total})
    ahead = [months for months in every if months % 12 == 0][:QUOTED] or every[-1:]
    errors = [f"{_value(total, MODEL, ERROR, m):.1f}% after {TIMES[m]}" for m in ahead]
    simple = [f"{_value(total, NO_CHANGE, ERROR, m):.1f}" for m in ahead]
    held = [f"{_value(total, MODEL, RANGE, m):.0f}" for m in ahead]
    return (
        f"How wrong it has been: for {whom}, as known in {known}, half of the forecasts of "
        f"children were wrong by more than {listed(errors)} (no change: {listed(simple)}%), and "
        f"ranges meant to hold 80 in 100 outcomes held {listed(held)}. "
        f"{_of_types(types, ahead[0]) if types else _unscored(own, of_return)}"
    )


def _unscored(own: bool, of_return: bool) -> str:
    """What the scores do not tell."""
    return NOT_TESTED if of_return and not own else NOT_SCORED


def origins_words(first_origin: str, last_origin: str) -> str:
    """The months of the first and the last origin; March once where both are of it.

    >>> origins_words("2017-03-31", "2022-03-31"), origins_words("2024-03-31", "2024-03-31")
    ('March 2017 to 2022', 'March 2024')
    """
    first, last = date.fromisoformat(first_origin), date.fromisoformat(last_origin)
    if first == last:
        return f"{first:%B} {first.year}"
    if first.month == last.month:
        return f"{first:%B} {first.year} to {last.year}"
    return f"{first:%B} {first.year} to {last:%B} {last.year}"


def _of_types(found: Sequence[Score], months: int) -> str:
    """How wrong the numbers by placement type were, and that money is not scored."""
    own, simple = (_value(found, name, ERROR_OF_TYPES, months) for name in (MODEL, NO_CHANGE))
    return (
        f"By placement type the errors after {TIMES[months]} come to {own:.0f}% of the children "
        f"(no change: {simple:.0f}%). {NO_SPEND}"
    )


def _value(found: Sequence[Score], forecast: str, measure: str, ahead: int) -> float:
    """One value of the scores."""
    return next(
        score.value
        for score in found
        if (score.forecast, score.measure, score.months_ahead) == (forecast, measure, ahead)
    )
