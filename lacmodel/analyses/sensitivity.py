"""Sensitivity: which parameters matter, one at a time, and what the variance of spend is made of.

Every parameter is moved alone to both ends of its interval (`parameter_moves`,
`conventional_moves`), in the same futures with the same luck: the other parameters are as expected
and chance is what it was. What touches prices alone is worked out from the futures that there are.

The variance of spend is split by switching on one sort of uncertainty at a time over chance. With
Y(c) the spend of a future with chance alone, Y(c, g) that of the same future with g as well, and
Y(all) that with everything::

    effect of g   D(g) = Y(c, g) - Y(c),   g = numbers, mix, price
    together      T = Y(all) - Y(c) - D(numbers) - D(mix) - D(price)
    share         variance of Y(c), of each D(g) and of T, over the sum of the five

Chance and the sorts are drawn independently of each other, so the variances add up to that of
Y(all) but for sampling (law of total variance); D(g) is the first-order effect of g with what it
does together with chance.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.conventional_moves import BY_CONVENTION
from lacmodel.analyses.forecast import Forecast, forecast
from lacmodel.analyses.parameter_moves import Case, Moves, Parameter
from lacmodel.analyses.simulate import EXPECTED, Settings, simulate
from lacmodel.draws import CHANCE, DRIFT, ESTIMATE, PRICE_AND_MIX
from lacmodel.engines.ensemble import Ensemble
from lacmodel.money.spend import net_by_year, spend
from lacmodel.plan import Plan
from lacmodel.results import TidyTable, children_in, number, user_text, year_ends

FloatArray = NDArray[np.float64]

SORTS: Final = ("numbers", "mix", "price", "chance", "together")
NUMBERS_LAYERS: Final = frozenset({CHANCE, ESTIMATE, DRIFT})
MIX_LAYERS: Final = frozenset({CHANCE, PRICE_AND_MIX})
RESAMPLES: Final = 400
USUAL_FUTURES: Final = 200  # paired futures need few


class Outcomes(NamedTuple):
    """What is watched in every future."""

    children: FloatArray  # (future, 31 March)
    net: FloatArray  # (future, financial year), pounds


class Effect(NamedTuple):
    """What an end of an interval changes: means over paired futures and their standard errors."""

    children: FloatArray  # (31 March,)
    children_error: FloatArray
    net: FloatArray  # (year,), pounds
    net_error: FloatArray


class Bar(NamedTuple):
    """One parameter and what its ends change."""

    parameter: Parameter
    low: Effect
    high: Effect


class YearShares(NamedTuple):
    """What the variance of a year's net spend is made of; the shares add up to 1."""

    year: str
    spread: float  # standard deviation with all layers on, pounds
    shares: dict[str, float]  # by sort
    errors: dict[str, float]  # standard errors of the shares, by resampling futures


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """The answer."""

    base: Outcomes  # everything as expected, chance alone
    bars: tuple[Bar, ...]
    unmoved: tuple[Parameter, ...]
    shares: tuple[YearShares, ...]  # of the first and the third year; none of expected numbers
    whole: Forecast  # with the layers that were asked for


# Running -----------------------------------------------------------------------------------------


def outcomes(case: Case, ensemble: Ensemble) -> Outcomes:
    """Children at each 31 March and net spend by year, at the prices of a case."""
    priced = replace(
        ensemble,
        price_growth=np.ones_like(ensemble.price_growth) * case.price_growth,
        unit_price=np.ones_like(ensemble.unit_price) * case.unit_price,
    )
    return watched(case.plan, priced)


def watched(plan: Plan, ensemble: Ensemble) -> Outcomes:
    """Children at each 31 March and net spend by year, at the prices of each future."""
    ends = list(year_ends(plan.period).values())
    children = np.asarray(children_in(ensemble)[:, ends], dtype=np.float64)
    return Outcomes(children, net_by_year(spend(plan, ensemble)))


def effect(moved: Outcomes, base: Outcomes) -> Effect:
    """The mean change over paired futures, and its standard error."""
    parts = []
    for after, before in zip(moved, base, strict=True):
        change = after - before
        futures = len(change)
        error = change.std(axis=0, ddof=1) / np.sqrt(futures) if futures > 1 else 0 * change[0]
        parts += [change.mean(axis=0), error]
    return Effect(*parts)


def sensitivity(
    plan: Plan, moves: Moves, settings: Settings, progress: Callable[[int], None] | None = None
) -> Sensitivity:
    """Move every parameter of a plan alone, and split the variance of its spend."""
    luck = replace(settings, layers=frozenset({CHANCE}) & settings.layers)
    centre, chance = moves.centre, simulate(moves.centre.plan, luck, progress)
    base = outcomes(centre, chance)

    def at(case: Case) -> Effect:
        same = case.plan.world is centre.plan.world
        return effect(outcomes(case, chance if same else simulate(case.plan, luck)), base)

    bars = []
    for move in moves.moved:
        bars.append(Bar(move.parameter, at(move.low), at(move.high)))
        if progress:
            progress(luck.runs)
    if settings.engine == EXPECTED:
        return Sensitivity(base, tuple(bars), moves.unmoved, (), forecast(plan, chance))
    whole = simulate(plan, settings, progress)
    shares = split(plan, centre, settings, chance, whole)
    return Sensitivity(base, tuple(bars), moves.unmoved, shares, forecast(plan, whole))


# The variance of spend ---------------------------------------------------------------------------


def split(
    plan: Plan, centre: Case, settings: Settings, chance: Ensemble, whole: Ensemble
) -> tuple[YearShares, ...]:
    """What the variance of net spend is made of in the first and the third year, or the last."""
    years = forecast(centre.plan, chance).money.years
    base = outcomes(centre, chance).net
    prices = Case(centre.plan, whole.price_growth, whole.unit_price)
    alone = {
        "numbers": _with(plan, centre, settings, NUMBERS_LAYERS, chance),
        "mix": _with(plan, centre, settings, MIX_LAYERS, chance),
        "price": outcomes(prices, chance).net,
    }
    everything = watched(plan, whole).net
    if len(base) < 2:
        return ()
    return tuple(
        year_shares(
            years[at].label,
            base[:, at],
            {sort: net[:, at] for sort, net in alone.items()},
            everything[:, at],
        )
        for at in sorted({0, min(2, len(years) - 1)})
    )


def _with(
    plan: Plan, centre: Case, settings: Settings, wanted: frozenset[int], chance: Ensemble
) -> FloatArray:
    """Net spend with some layers beside chance, at expected prices."""
    layers = wanted & settings.layers
    if layers == {CHANCE}:
        return outcomes(centre, chance).net
    ensemble = simulate(plan, replace(settings, layers=layers))
    return outcomes(replace(centre, plan=plan), ensemble).net


def year_shares(
    year: str, base: FloatArray, alone: dict[str, FloatArray], everything: FloatArray
) -> YearShares:
    """The shares of one year, and their standard errors; all arrays have the shape (future,)."""
    parts = {sort: net - base for sort, net in alone.items()}
    parts["chance"] = base
    parts["together"] = everything - sum(parts.values())
    futures, shares = len(base), variance_shares(parts)
    generator = np.random.default_rng(futures)
    again = []
    for _ in range(RESAMPLES):
        some = generator.integers(0, futures, futures)
        of_some = variance_shares({sort: part[some] for sort, part in parts.items()})
        again.append(list(of_some.values()))
    errors = dict(zip(shares, np.std(again, axis=0).tolist(), strict=True))
    return YearShares(year, float(everything.std(ddof=1)), shares, errors)


def variance_shares(parts: dict[str, FloatArray]) -> dict[str, float]:
    """The variance of each part over the sum of all; shape (future,) each.

    >>> variance_shares({"price": np.array([1.0, -1.0]), "chance": np.array([0.0, 6.0])})
    {'price': 0.1, 'chance': 0.9}
    """
    variances = {sort: float(part.var(ddof=1)) for sort, part in parts.items()}
    total = sum(variances.values())
    return {sort: own / total if total else float("nan") for sort, own in variances.items()}


# What matters most -------------------------------------------------------------------------------


def swing(bar: Bar, measure: str, at: int) -> float:
    """How far a parameter moves an outcome: the largest change at either end, or between them."""
    low, high = getattr(bar.low, measure)[at], getattr(bar.high, measure)[at]
    return float(max(abs(low), abs(high), abs(high - low)))


def most(answer: Sensitivity, measure: str, at: int, count: int = 10) -> list[Bar]:
    """The parameters that matter most for children on a date or spend of a year, in order."""
    moved = [bar for bar in answer.bars if swing(bar, measure, at) > 0.0]
    return sorted(moved, key=lambda bar: -swing(bar, measure, at))[:count]


# Tables ------------------------------------------------------------------------------------------


def sensitivity_tables(answer: Sensitivity) -> list[TidyTable]:
    """What every parameter changes, and the shares of variance."""
    tables = [_bars_table(answer)]
    return [*tables, _shares_table(answer)] if answer.shares else tables


def _bars_table(answer: Sensitivity) -> TidyTable:
    columns = (
        "scenario", "parameter", "table", "interval", "ends", "measure", "when", "unit",
        "expected", "low_change", "low_standard_error", "high_change", "high_standard_error",
        "confirmed", "source",
    )  # fmt: skip
    plan = answer.whole.plan
    dates = [when.isoformat() for when in year_ends(plan.period)]
    years = [year.label for year in answer.whole.money.years]
    watch = [("children", "children", at, when) for at, when in enumerate(dates)]
    watch += [("net", "pounds", at, years[at]) for at in sorted({0, len(years) - 1})]
    names = {"children": "children", "net": "net_gbp"}
    rows = []
    for bar in answer.bars:
        words = bar.parameter
        for measure, unit, at, when in watch:
            cells = [getattr(answer.base, measure)[:, at].mean()]
            for end in (bar.low, bar.high):
                cells += [getattr(end, part)[at] for part in (measure, f"{measure}_error")]
            rows.append(
                _head(plan, words) + (names[measure], when, unit)
                 + tuple(number(float(cell)) for cell in cells) + _tail(words)
            )  # fmt: skip
    blank = ("",) * 8
    rows += [_head(plan, words) + blank + _tail(words) for words in answer.unmoved]
    return TidyTable("sensitivity", columns, tuple(rows))


def _head(plan: Plan, words: Parameter) -> tuple[str, ...]:
    return (user_text(plan.name), user_text(words.name), words.table, words.interval, words.ends)


def _tail(words: Parameter) -> tuple[str, ...]:
    return ("yes" if words.confirmed else "no", user_text(words.source))


def _shares_table(answer: Sensitivity) -> TidyTable:
    columns = ("scenario", "financial_year", "part", "unit", "share", "standard_error")
    scenario, unit = user_text(answer.whole.plan.name), "share of the variance of net spend"
    rows = tuple(
        (scenario, year.year, sort, unit,
         number(year.shares[sort], 4), number(year.errors[sort], 4))
        for year in answer.shares
        for sort in SORTS
    )  # fmt: skip
    return TidyTable("variance_of_spend", columns, rows)


def unstated(answer: Sensitivity) -> list[Parameter]:
    """Parameters without a stated interval, that were moved by convention or not at all."""
    moved = [bar.parameter for bar in answer.bars if bar.parameter.interval == BY_CONVENTION]
    return [*moved, *answer.unmoved]
