"""A backtest as tables: scores with intervals, scores by origin, and every forecast."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from lacmodel.analyses.backtest import Backtest
from lacmodel.analyses.past_scores import MODEL, NO_CHANGE, Score
from lacmodel.analyses.scores import (
    LEVELS,
    Scores,
    measures,
    relative_crps,
    relative_crps_interval,
    with_interval,
)
from lacmodel.results import TidyTable, user_text

RATIO: Final = "CRPS over that of no change"
SCORES: Final = "backtest_scores"
SCORE_COLUMNS: Final = (
    "forecast", "years_ahead", "measure", "unit", "value", "low", "high", "areas", "first_origin",
    "last_origin",
)  # fmt: skip
SEED: Final = 2017  # of resampling


def summaries(result: Backtest) -> Iterator[Score]:
    """Every measure of every forecast by horizon."""
    for name, by_horizon in result.scores.items():
        for ahead, scores in enumerate(by_horizon, start=1):
            against = result.scores[NO_CHANGE][ahead - 1]
            first, last = int(scores.origin.min()), int(scores.origin.max())
            rest = (len(result.names), first, last)
            generator = np.random.default_rng(SEED)
            ratio = relative_crps_interval(scores, against, generator)
            yield Score(name, ahead, RATIO, "ratio", *ratio, *rest)
            for what, measure in measures().items():
                found = with_interval(measure, scores, generator)
                unit = "children" if what == "CRPS" else "%"
                yield Score(name, ahead, what, unit, *found, *rest)


def tables(result: Backtest, found: Sequence[Score]) -> list[TidyTable]:
    """Every table of a backtest."""
    return [score_table(found), origin_table(result), forecast_table(result)]


def score_table(found: Sequence[Score]) -> TidyTable:
    """Every measure with its interval."""
    rows = tuple(
        (
            s.forecast, str(s.years_ahead), s.measure, s.unit,
            *(f"{value:.4g}" for value in (s.value, s.low, s.high)),
            str(s.areas), str(s.first_origin), str(s.last_origin),
        )
        for s in found
    )  # fmt: skip
    return TidyTable(SCORES, SCORE_COLUMNS, rows)


def at_origin(scores: Scores, origin: int) -> Scores:
    """The scores of one origin."""
    return scores.rows(scores.origin == origin)


def origin_table(result: Backtest) -> TidyTable:
    """Every measure by origin, without intervals: an origin is one draw of a year's luck."""
    rows = []
    for name, by_horizon in result.scores.items():
        for ahead, scores in enumerate(by_horizon, start=1):
            for origin in map(int, np.unique(scores.origin)):
                one = at_origin(scores, origin)
                against = at_origin(result.scores[NO_CHANGE][ahead - 1], origin)
                head = (name, str(ahead), str(origin))
                rows.append((*head, RATIO, f"{relative_crps(one, against):.4g}"))
                rows += [(*head, what, f"{take(one):.4g}") for what, take in measures().items()]
    columns = ("forecast", "years_ahead", "origin", "measure", "value")
    return TidyTable("backtest_by_origin", columns, tuple(rows))


def forecast_table(result: Backtest) -> TidyTable:
    """Every forecast of the model with its intervals, and what happened."""
    rows = []
    for ahead, scores in enumerate(result.scores[MODEL], start=1):
        for row in range(len(scores.origin)):
            area, origin = int(scores.area[row]), int(scores.origin[row])
            ends = [f"{cut[level][row]:g}" for level in range(len(LEVELS))
                    for cut in (scores.low, scores.high)]  # fmt: skip
            head = (result.years.codes[area], user_text(result.names[area]), str(origin))
            middle = (str(ahead), f"{scores.median[row]:g}", *ends)
            rows.append((*head, *middle, f"{scores.outcome[row]:g}", f"{scores.crps[row]:.4g}"))
    ends = [f"{end}_{100 * level:.0f}" for level in LEVELS for end in ("low", "high")]
    columns = ("code", "name", "origin", "years_ahead", "median", *ends, "outcome", "crps")
    return TidyTable("backtest_forecasts", columns, tuple(rows))
