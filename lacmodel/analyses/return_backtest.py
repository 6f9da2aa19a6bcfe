"""How wrong forecasts of a council's own return would have been, from months gone by.

At each origin the return is cut, an area is made of what is left, as `new --return --start` makes
it, and run with all layers of uncertainty, as `run` runs it; only the futures are fewer. What then
happened is what the whole return says. Unaccompanied children and placement types are apart.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.backtest import in_turn, unchanged
from lacmodel.analyses.monthly_rules import FEWEST, RULES, Months, Rule, sample_of
from lacmodel.analyses.past_scores import ALL_CHILDREN, EVERY_TYPE, MODEL, NO_CHANGE
from lacmodel.analyses.scores import Part, Scores, scored
from lacmodel.area.children import children_of
from lacmodel.area.opening_return import ReturnRead, known_before
from lacmodel.area.settings import OpeningReturn
from lacmodel.codes import PLACEMENT_LABELS, PLACEMENTS, STARTED_STAYING_ON, UASC
from lacmodel.draws import ALL_LAYERS
from lacmodel.engines.ensemble import DEFAULT_ENGINE, DEFAULT_SEED, Desk, Draws
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting.area_of_return import Council, area_of_return
from lacmodel.listed import with_children
from lacmodel.planning import make_plan
from lacmodel.ssda903.read import Returns
from lacmodel.ssda903.records import EPOCH, ReturnSpells, day_number, in_care

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Samples = dict[date, Any]  # by origin, then by horizon: shape (series, member)

AHEAD: Final = (3, 6, 12, 18, 24)  # months
FUTURES: Final = 200
FIRST_MONTHS: Final = 24  # known before the first origin
FIRST_RULES: Final = 6  # months known before simple rules make errors to learn from
EVERY: Final = 3  # months between origins
SERIES: Final = (ALL_CHILDREN, "unaccompanied children", "all but unaccompanied children",
                 *(PLACEMENT_LABELS[name] for name in PLACEMENTS))  # fmt: skip
TYPES: Final = slice(3, len(SERIES))


class Source(NamedTuple):
    """A return, and what it does not say of its council."""

    returns: Returns
    council: Council
    pointer: OpeningReturn
    provider_codes: tuple[str, ...] = ()

    def before(self, start: date) -> ReturnRead:
        """What it said before a day."""
        return known_before(self.returns, start, self.provider_codes)


class Settings(NamedTuple):
    """How forecasts are made."""

    ahead: tuple[int, ...] = AHEAD  # months
    futures: int = FUTURES
    seed: int = DEFAULT_SEED
    engine: str = DEFAULT_ENGINE
    layers: frozenset[int] = ALL_LAYERS


@dataclass(frozen=True, slots=True)
class ReturnBacktest:
    """Scores of the model and of simple rules, by horizon in months."""

    name: str
    code: str
    origins: tuple[date, ...]  # the first days of forecasts
    every: int  # months between them
    futures: int
    scores: dict[tuple[str, str, int], Scores]  # by forecast, series and months ahead

    @property
    def areas(self) -> list[tuple[str, str]]:
        """Code and name of the council."""
        return [(self.code, self.name)]

    def parts(self) -> Iterator[Part]:
        """Every forecast's scores beside those of no change."""
        for (forecast, series, months), scores in self.scores.items():
            against = self.scores[NO_CHANGE, series, months]
            yield Part(forecast, series, months, scores, against, -(-months // self.every),
                       series != ALL_CHILDREN)  # fmt: skip

    def apart(self, months: int) -> int:
        """How many of the forecasts of a horizon do not overlap."""
        origins = np.unique(self.scores[NO_CHANGE, ALL_CHILDREN, months].origin)
        return 1 + (len(origins) - 1) * self.every // months


# What a return shows ------------------------------------------------------------------------------


def month_after(start: date, months: int) -> date:
    """The first of the month some months after that of a day.

    >>> month_after(date(2019, 4, 1), 9), month_after(date(2019, 4, 1), -4)
    (datetime.date(2020, 1, 1), datetime.date(2018, 12, 1))
    """
    at = start.year * 12 + start.month - 1 + months
    return date(at // 12, at % 12 + 1, 1)


def counted_by(placement: IntArray, group: IntArray) -> IntArray:
    """Children of each series, given the placement and group of each; shape (series,)."""
    unaccompanied = int((group == UASC).sum())
    by_type = np.bincount(placement, minlength=len(PLACEMENTS))
    return np.array([len(group), unaccompanied, len(group) - unaccompanied, *by_type])


def months_of(spells: ReturnSpells) -> Months:
    """Every month end from the end of the first month to the last day, by series."""
    first = EPOCH + timedelta(days=spells.first_day)
    ends = [day_number(first) - 1]
    while ends[-1] < spells.last_day:
        ends.append(day_number(month_after(first, len(ends))) - 1)
    belongs = np.array([_members(spells, end) for end in ends[1:]])
    children = belongs.sum(axis=2)
    came = (belongs[1:] & ~belongs[:-1]).sum(axis=2)
    left = (belongs[:-1] & ~belongs[1:]).sum(axis=2)
    nobody = np.zeros((1, len(SERIES)))
    found = (children, np.concatenate([nobody, came]), np.concatenate([nobody, left]))
    return Months(*(part.T.astype(np.float64) for part in found))


def _members(spells: ReturnSpells, night: int) -> NDArray[np.bool_]:
    """Which children are in which series on a night; shape (series, child)."""
    here = in_care(spells, night)
    child, group = spells.child[here], spells.group[here]
    found = np.zeros((len(SERIES), int(spells.child.max()) + 1), dtype=np.bool_)
    found[0, child] = True
    found[np.where(group == UASC, 1, 2), child] = True
    found[TYPES.start + spells.placement[here], child] = True
    return found


# Forecasts ----------------------------------------------------------------------------------------


def forecast_children(source: Source, known: ReturnRead, settings: Settings) -> IntArray:
    """Children of each series, months after an origin; shape (series, horizon, future)."""
    spells = known.spelled.spells
    start = EPOCH + timedelta(days=spells.last_day + 1)
    council = residents_known(source.council, start)
    made = area_of_return(known, council, source.pointer, source.provider_codes).area
    area = with_children(made, *children_of(spells, start))
    plan = make_plan(unchanged(area, -(-settings.ahead[-1] // 12)), area)
    nights = [plan.period.day(month_after(start, months)) - 1 for months in settings.ahead]
    draws = Draws(Desk(plan, settings.engine), settings.seed, settings.layers)
    found = np.zeros((len(SERIES), len(nights), settings.futures), dtype=np.int64)
    for future in range(settings.futures):
        _, history = draws.history(future)
        of_children = history.spells[history.spells["why_started"] != STARTED_STAYING_ON]
        end = np.where(of_children["end_day"] < 0, plan.period.days, of_children["end_day"])
        for at, night in enumerate(nights):
            here = of_children[(of_children["start_day"] <= night) & (night < end)]
            found[:, at, future] = counted_by(here["placement"], here["group"])
    return found


def residents_known(council: Council, start: date) -> Council:
    """A council with the residents of mid-years before a start; the earliest if there are none."""
    known = {year: figure for year, figure in council.residents.items() if year < start.year}
    first = min(council.residents)
    return council._replace(residents=known or {first: council.residents[first]})


# The backtest -------------------------------------------------------------------------------------


def origins_of(
    returns: Returns, every: int, ahead: int, chosen: tuple[date, date] | None = None
) -> tuple[date, ...]:
    """The first days of forecasts, ``every`` so many months, with an outcome ``ahead`` months on.

    Raises
    ------
    InputFaults
        if the origins that are chosen are not known long enough, or have no outcome
    """
    begins, ends = date(returns.years[0] - 1, 4, 1), date(returns.years[-1], 4, 1)
    first, last = month_after(begins, FIRST_MONTHS), month_after(ends, -ahead)
    if last < first:
        rule = f"covers {begins} to {ends}: too little for two years of files and an outcome"
        raise InputFaults([Fault(returns.path, "", None, rule)])
    one, other = chosen or (first, last)
    if not first <= one <= other <= last:
        rule = f"must lie from {_month(first)} to {_month(last)}, the last months known"
        raise InputFaults([Fault("--origins", "", f"{_month(one)} to {_month(other)}", rule)])
    months = (other.year - one.year) * 12 + other.month - one.month
    # back from the last, so that as much as can be is known
    return tuple(month_after(other, -back) for back in reversed(range(0, months + 1, every)))


def _month(start: date) -> str:
    """The month before a start, as ``--origins`` has it."""
    return month_after(start, -1).strftime("%Y-%m")


def backtest(
    source: Source,
    origins: Sequence[date],
    every: int = EVERY,
    settings: Settings = Settings(),  # noqa: B008
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> ReturnBacktest:
    """Forecast a return from rolling origins and score every series."""
    begins = date(source.returns.years[0] - 1, 4, 1)
    truth = months_of(source.before(date(source.returns.years[-1], 4, 1)).spelled.spells)
    earlier = [month_after(origins[0], -back) for back in range(every, FIRST_MONTHS, every)]
    starts = sorted([start for start in earlier if _since(begins, start) >= FIRST_RULES])
    cuts = {start: source.before(start) for start in (*starts, *origins)}
    jobs = [partial(_one, source, start, cuts[start], settings) for start in origins]
    samples: dict[str, Samples] = {MODEL: {}}
    for start, found in in_turn(jobs, workers, settings.engine):
        samples[MODEL][start] = found.transpose(1, 0, 2)
        if progress:
            progress(1)
    known = {_since(begins, start): months_of(cut.spelled.spells) for start, cut in cuts.items()}
    for name, rule in RULES.items():
        by_months = _of_rule(rule, known, settings.ahead)
        samples[name] = {start: by_months[_since(begins, start)] for start in origins}
    scores = {
        (name, series, months): found
        for name, of_forecast in samples.items()
        for at, months in enumerate(settings.ahead)
        for series, found in _scored(
            truth,
            {
                _last_known(start): (_since(begins, start) + months, sample[at])
                for start, sample in of_forecast.items()
            },
        )
    }
    return ReturnBacktest(
        source.council.name, source.council.code, tuple(origins), every, settings.futures, scores
    )


def _of_rule(
    rule: Rule, known: dict[int, Months], ahead: Sequence[int]
) -> dict[int, list[FloatArray]]:
    """A rule's samples by how many months were known, then by horizon."""
    points: dict[int, FloatArray] = {}
    found = {}
    for months, series in known.items():
        points[months] = rule(series, ahead)
        found[months] = [sample_of(points, series, ahead, at) for at in range(len(ahead))]
    return found


def _one(
    source: Source, start: date, known: ReturnRead, settings: Settings
) -> tuple[date, IntArray]:
    """An origin with its forecast."""
    return start, forecast_children(source, known, settings)


def _since(begins: date, start: date) -> int:
    """Month ends that are known at a start."""
    return (start.year - begins.year) * 12 + start.month - begins.month


def _scored(
    truth: Months, samples: dict[int, tuple[int, FloatArray]]
) -> Iterator[tuple[str, Scores]]:
    """Scores of each series that is large enough, and of all placement types together.

    Parameters
    ----------
    samples : by origin, the months known when it can be judged, and shape (series, member)
    """
    rows = [
        scored(
            np.full(len(SERIES), origin),
            np.zeros(len(SERIES), dtype=np.int64),
            np.asarray(sample, dtype=np.float64),
            truth.children[:, months - 1],
        )
        for origin, (months, sample) in samples.items()
        if months <= truth.children.shape[1]
    ]
    if not rows:
        return
    stacked = [np.stack(part, axis=-1) for part in zip(*rows, strict=True)]
    for at, series in enumerate(SERIES):
        if truth.children[at].mean() >= FEWEST and (at != 2 or truth.children[1].any()):
            yield series, Scores._make(part[..., at, :] for part in stacked)
    together = [part[..., TYPES, :] for part in stacked]
    yield EVERY_TYPE, Scores._make(part.reshape(*part.shape[:-2], -1) for part in together)


def _last_known(start: date) -> int:
    """The month before a start as a number: 202303 for a forecast from 1 April 2023."""
    before = month_after(start, -1)
    return before.year * 100 + before.month
