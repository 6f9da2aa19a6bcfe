"""A backtest as tables: scores with intervals, scores by origin, and every forecast."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from lacmodel.analyses.backtest import Backtest
from lacmodel.analyses.past_scores import ALL_CHILDREN, EVERY_TYPE, MODEL, Score
from lacmodel.analyses.return_backtest import ReturnBacktest
from lacmodel.analyses.scores import (
    LEVELS,
    Part,
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
    "forecast", "children", "months_ahead", "measure", "unit", "value", "low", "high", "areas",
    "first_origin", "last_origin", "origins",
)  # fmt: skip
SEED: Final = 2017  # of resampling

AnyBacktest = Backtest | ReturnBacktest


def last_day(origin: int) -> str:
    """The last day that was known, of an origin such as 201703.

    >>> last_day(202002)
    '2020-02-29'
    """
    year, month = divmod(int(origin), 100)
    return f"{year}-{month:02d}-{monthrange(year, month)[1]}"


def summaries(result: AnyBacktest) -> Iterator[Score]:
    """Every measure of every forecast by horizon."""
    for part in result.parts():
        scores, block = part.scores, part.block
        head = (part.forecast, part.children, part.months_ahead)
        origins = np.unique(scores.origin)
        ends = last_day(origins.min()), last_day(origins.max())
        rest = (len(np.unique(scores.area)), *ends)
        count = len(origins)
        generator = np.random.default_rng(SEED)
        ratio = relative_crps_interval(scores, part.against, generator, block)
        yield Score(*head, RATIO, "ratio", *ratio, *rest, origins=count)
        for what, measure in measures(part.small).items():
            found = with_interval(measure, scores, generator, block)
            unit = "children" if what == "CRPS" else "%"
            yield Score(*head, what, unit, *found, *rest, origins=count)


def tables(result: AnyBacktest, found: Sequence[Score]) -> list[TidyTable]:
    """Every table of a backtest."""
    return [score_table(found), origin_table(result), forecast_table(result)]


def score_table(found: Sequence[Score]) -> TidyTable:
    """Every measure with its interval."""
    rows = tuple(
        (
            s.forecast, s.children, str(s.months_ahead), s.measure, s.unit,
            *("" if np.isnan(v) else f"{v:.4g}" for v in (s.value, s.low, s.high)),
            str(s.areas), s.first_origin, s.last_origin, str(s.origins),
        )
        for s in found
    )  # fmt: skip
    return TidyTable(SCORES, SCORE_COLUMNS, rows)


def by_origin(part: Part) -> Iterator[tuple[int, Scores, Scores]]:
    """Each origin with its scores and those of no change."""
    for origin in map(int, np.unique(part.scores.origin)):
        here = part.scores.origin == origin
        yield origin, part.scores.rows(here), part.against.rows(here)


def origin_table(result: AnyBacktest) -> TidyTable:
    """Every measure by origin, without intervals: an origin is one draw of luck."""
    rows = []
    for part in result.parts():
        if part.children not in (ALL_CHILDREN, EVERY_TYPE):
            continue
        for origin, one, against in by_origin(part):
            head = (part.forecast, part.children, str(part.months_ahead), last_day(origin))
            rows.append((*head, RATIO, f"{relative_crps(one, against):.4g}"))
            rows += [
                (*head, what, f"{take(one):.4g}") for what, take in measures(part.small).items()
            ]
    columns = ("forecast", "children", "months_ahead", "origin", "measure", "value")
    return TidyTable("backtest_by_origin", columns, tuple(rows))


def forecast_table(result: AnyBacktest) -> TidyTable:
    """Every forecast of the model with its intervals, and what happened."""
    rows = []
    for part in result.parts():
        if part.forecast != MODEL or part.children == EVERY_TYPE:
            continue
        scores = part.scores
        for row in range(len(scores.origin)):
            code, name = result.areas[int(scores.area[row])]
            ends = [f"{cut[level][row]:g}" for level in range(len(LEVELS))
                    for cut in (scores.low, scores.high)]  # fmt: skip
            head = (code, user_text(name), part.children, last_day(int(scores.origin[row])))
            middle = (str(part.months_ahead), f"{scores.median[row]:g}", *ends)
            rows.append((*head, *middle, f"{scores.outcome[row]:g}", f"{scores.crps[row]:.4g}"))
    ends = [f"{end}_{100 * level:.0f}" for level in LEVELS for end in ("low", "high")]
    columns = ("code", "name", "children", "origin", "months_ahead", "median", *ends, "outcome",
               "crps")  # fmt: skip
    return TidyTable("backtest_forecasts", columns, tuple(rows))
