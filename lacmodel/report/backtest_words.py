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
    shipped_scores,
)
from lacmodel.area import Area
from lacmodel.report.words import counted, listed

TIMES: Final = {
    3: "three months", 6: "six months", 12: "one year", 18: "a year and a half", 24: "two years",
    36: "three years", 48: "four years", 60: "five years",
}  # fmt: skip
HOW_WRONG: Final = "How wrong it has been: "
QUOTED: Final = 3  # horizons
ENOUGH_ORIGINS: Final = 10  # a judgement: of ten ranges of 80 in 100, 6 to 10 hold by chance
RANGE: Final = "coverage of 80 % intervals"
HELD: Final = ("coverage of 50 % intervals", RANGE, "coverage of 90 % intervals")
SHORT_HEADS: Final = (
    "Forecasts for", "After", "Half were wrong by more than", "No change",
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
    """The sentence for an area: of many councils, and of its own backtest if it has one.

    Where its own origins are enough to judge by, they are quoted alone.
    """
    found, own = scores_beside(area.path.parent)
    if not found:
        return ""
    if not own or found[0].origins >= ENOUGH_ORIGINS:
        return sentence(found, own, area.opening_return is not None)
    return (
        f"{HOW_WRONG}{_tested(shipped_scores(), False)}. And {_tested(found, True)}: too few to "
        f"judge by. {_rest(found, True)}"
    )


def short_rows(folder: Path) -> list[tuple[str, ...]]:
    """The same in numbers, a row for each horizon; all children."""
    found, own = scores_beside(folder)
    rows = _rows_of(found, own)
    few = own and found[0].origins < ENOUGH_ORIGINS
    return [*_rows_of(shipped_scores(), False), *rows] if few else rows


def _rows_of(every: Sequence[Score], own: bool) -> list[tuple[str, ...]]:
    """A row for each horizon."""
    found = [score for score in every if score.children == ALL_CHILDREN]
    return [
        (
            _whom(found[0], own),
            TIMES[months],
            *(f"{_value(found, name, ERROR, months):.1f}%" for name in (MODEL, NO_CHANGE)),
            *(f"{_value(found, MODEL, held, months):.0f}" for held in HELD),
        )
        for months in sorted({score.months_ahead for score in found})
    ]


def _whom(score: Score, own: bool) -> str:
    """Whose forecasts were tested: of one area, from how many origins."""
    if not own:
        return f"{score.areas} councils"
    return f"this area, {counted(score.origins, 'origin')}" if score.origins else "this area"


def sentence(found: Sequence[Score], own: bool, of_return: bool = False) -> str:
    """How wrong forecasts were, beside no change, and whether ranges held.

    Parameters
    ----------
    own : whether the scores are the area's, not those of many councils made from published totals
    of_return : whether the area is made from a return
    """
    return f"{HOW_WRONG}{_tested(found, own)}. {_rest(found, own, of_return)}"


def _tested(found: Sequence[Score], own: bool) -> str:
    """The sentence without its beginning and its end."""
    total = [score for score in found if score.children == ALL_CHILDREN]
    first = total[0]
    origins = origins_words(first.first_origin, first.last_origin)
    is_counted = own and first.origins
    known = f"at {counted(first.origins, 'origin')} ({origins})" if is_counted else f"in {origins}"
    whom = "this area" if own else f"{first.areas} councils made from published totals"
    ahead = _quoted(total)
    errors = [f"{_value(total, MODEL, ERROR, m):.1f}% after {TIMES[m]}" for m in ahead]
    simple = [f"{_value(total, NO_CHANGE, ERROR, m):.1f}" for m in ahead]
    held = [f"{_value(total, MODEL, RANGE, m):.0f}" for m in ahead]
    return (
        f"for {whom}, as known {known}, half of the forecasts of "
        f"children were wrong by more than {listed(errors)} (no change: {listed(simple)}%), and "
        f"ranges meant to hold 80 in 100 outcomes held {listed(held)}"
    )


def _quoted(found: Sequence[Score]) -> list[int]:
    """The horizons that the sentence quotes: whole years if there are any."""
    every = sorted({score.months_ahead for score in found})
    return [months for months in every if months % 12 == 0][:QUOTED] or every[-1:]


def _rest(found: Sequence[Score], own: bool, of_return: bool = False) -> str:
    """By placement type, or what the scores do not tell."""
    types = [score for score in found if score.children == EVERY_TYPE]
    if types:
        return _of_types(types, _quoted(found)[0])
    return _unscored(own, of_return)


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
