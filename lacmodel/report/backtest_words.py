"""How wrong the model has been, in one sentence that every summary quotes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lacmodel.analyses.past_scores import ERROR, MODEL, NO_CHANGE, Score, scores_beside
from lacmodel.report.words import listed

YEARS: Final = ("one year", "two years", "three years", "four years", "five years")
QUOTED: Final = 3  # horizons
RANGE: Final = "coverage of 80 % intervals"
NOT_SCORED: Final = (
    "Spend and placement types cannot be scored: the published files have no history of them."
)


def how_wrong(folder: Path) -> str:
    """The sentence for an area's folder: of its own backtest, or that of many councils."""
    found, own = scores_beside(folder)
    return sentence(found, own) if found else ""


def sentence(found: Sequence[Score], own: bool) -> str:
    """How wrong forecasts were, beside no change, and whether ranges held."""
    first = found[0]
    whom = "this area" if own else f"{first.areas} councils made from published totals"
    ahead = sorted({score.years_ahead for score in found})[:QUOTED]
    errors = [
        f"{_value(found, MODEL, ERROR, step):.1f} % after {YEARS[step - 1]}" for step in ahead
    ]
    simple = [f"{_value(found, NO_CHANGE, ERROR, step):.1f}" for step in ahead]
    held = [f"{_value(found, MODEL, RANGE, step):.0f}" for step in ahead]
    return (
        f"How wrong it has been: for {whom}, as known in March {first.first_origin} to "
        f"{first.last_origin}, half of the forecasts of children were wrong by more than "
        f"{listed(errors)} (no change: {listed(simple)} %), and ranges meant to hold 80 in 100 "
        f"outcomes held {listed(held)}. {NOT_SCORED}"
    )


def _value(found: Sequence[Score], forecast: str, measure: str, ahead: int) -> float:
    """One value of the scores."""
    return next(
        score.value
        for score in found
        if (score.forecast, score.measure, score.years_ahead) == (forecast, measure, ahead)
    )
