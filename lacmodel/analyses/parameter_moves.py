"""Parameters one at a time at the low and the high end of their intervals, all else as expected.

What the layers of uncertainty draw is moved to the 10% and the 90% of its own draws, year by year
where it has a path. What has no stated interval is in `conventional_moves`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    CHILDRENS_HOME,
    FOSTER,
    KINDS,
    REASON_LABELS,
    ROUTES,
    kind_label,
)
from lacmodel.draws import (
    DRIFT,
    ESTIMATE,
    PRICE_AND_MIX,
    Spreads,
    draw_factors,
    empty_factors,
    keys_of,
)
from lacmodel.estimates import UNCERTAIN, Estimates
from lacmodel.factors import Factors, PlanFit, Rates, apply_factors, rates_of, with_rates
from lacmodel.own_fit import CELLS
from lacmodel.plan import Plan
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

ENDS: Final = (0.1, 0.9)
DEVIATIONS: Final = 1.2815515655446004  # from the middle of a normal to its 10% and 90%
DRAWS: Final = 4000  # of the factors, from which their 10% and 90% are taken
STATED: Final = "10% and 90% as drawn"
# The estimates of an own fit whose level is moved by the first axis, and those that are shares.
BY_FIRST_AXIS: Final = ("exits.base_per_day", "entries.start_rate_per_10000")
SHARES: Final = tuple(name for name in UNCERTAIN if name.endswith("_share"))


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A plan, and what its prices are multiplied by."""

    plan: Plan
    price_growth: FloatArray  # (year of the run,): on external prices
    unit_price: FloatArray  # (kind,)


class Parameter(NamedTuple):
    """What is moved, and where its number and its interval come from."""

    name: str  # in plain words
    table: str  # its full name, such as exits.base_per_day
    interval: str
    ends: str  # what the low and the high end are, in words
    confirmed: bool
    source: str


class Move(NamedTuple):
    """One parameter at its low and at its high end."""

    parameter: Parameter
    low: Case
    high: Case


class Moves(NamedTuple):
    """Everything that is moved, where from, and what is not."""

    centre: Case  # everything as expected
    moved: tuple[Move, ...]
    unmoved: tuple[Parameter, ...]


# As the layers draw ------------------------------------------------------------------------------


def without_spread(spreads: Spreads) -> Spreads:
    """Spreads of nought: whatever is drawn from them is as expected."""
    nothing = {name: getattr(spreads, name) * 0.0 for name in Spreads._fields if name != "own_fit"}
    mean = np.array([spreads.price_growth[0], 0.0, 0.0])
    return spreads._replace(**{**nothing, "price_growth": mean})


def drawn(plan: Plan, spreads: Spreads, seed: int, draws: int) -> list[Factors]:
    """The factors of some futures."""
    found = []
    for future in range(draws):
        factors, keys = empty_factors(plan.period.years, spreads), keys_of(plan, seed, future)
        draw_factors(spreads, keys.own, keys.shared, factors)
        found.append(factors)
    return found


def expected_factors(plan: Plan, spreads: Spreads) -> Factors:
    """The factors of a plan as expected; those of an area's own fit are 1."""
    factors = drawn(plan, without_spread(spreads), 0, 1)[0]
    factors.fitted[:] = 1.0
    return factors


def case_of(plan: Plan, own: PlanFit, factors: Factors) -> Case:
    """The plan whose expected tables and prices are multiplied by some factors."""
    base = rates_of(plan.world)
    rates = Rates(*(table.copy() for table in base))
    apply_factors(base, own, factors, rates)
    unchanged = all((a == b).all() for a, b in zip(base, rates, strict=True))
    moved = plan if unchanged else replace(plan, world=with_rates(plan.world, rates))
    return Case(moved, factors.price_growth, factors.unit_price)


class _Spot(NamedTuple):
    """Some of the factors that layers 2 to 4 draw; a spot without a place is a path by year."""

    field: str
    place: int | None
    name: str
    table: str
    layer: int


def spots() -> Iterator[_Spot]:
    """All that layers 2 to 4 draw, but for an area's own fit."""
    for band, name in enumerate(AGE_BANDS):
        words = f"children who start to be looked after, {name}"
        yield _Spot("bands", band, words, "entries.start_rate_per_10000", ESTIMATE)
    for route, reason in enumerate(ROUTES):
        words = f"children who leave care: {REASON_LABELS[reason]}"
        yield _Spot("routes", route, words, "exits.base_per_day", ESTIMATE)
    yield _Spot("others", 0, "placement breakdowns", "moves.breakdown_per_day", ESTIMATE)
    yield _Spot("others", 1, "planned moves", "moves.planned_per_day", ESTIMATE)
    yield _Spot("others", 2, "children who come back", "re_entries.hazard_per_day", ESTIMATE)
    yield _Spot("entries", None, "drift of entries, all years", "drift.log_rate", DRIFT)
    yield _Spot("exits", None, "drift of leaving care, all years", "drift.log_rate", DRIFT)
    words = "mix: children's homes rather than foster care"
    yield _Spot("home_odds", None, words, "drift.mix_step", PRICE_AND_MIX)
    words = "growth of external prices"
    yield _Spot("price_growth", None, words, "drift.price_growth", PRICE_AND_MIX)
    for kind in range(len(KINDS)):
        words = f"price of {kind_label(kind)}"
        yield _Spot("unit_price", kind, words, "drift.unit_price", ESTIMATE)


def stated_moves(plan: Plan, spreads: Spreads, expected: Factors, seed: int) -> Iterator[Move]:
    """Every factor that layers 2 to 4 draw, alone at its 10% and at its 90%."""
    futures = drawn(plan, spreads, seed, DRAWS)
    for spot in spots():
        if spot.field == "unit_price" and not plan.prices.gross_per_week[:, spot.place].any():
            continue
        at = slice(None) if spot.place is None else slice(spot.place, spot.place + 1)
        values = np.stack([getattr(factors, spot.field)[at] for factors in futures])
        ends = np.quantile(values, ENDS, axis=0)
        if (values == values[0]).all():
            continue
        cases = []
        for end in ends:
            moved = getattr(expected, spot.field).copy()
            moved[at] = end
            cases.append(case_of(plan, spreads.own_fit, expected._replace(**{spot.field: moved})))
        yield Move(_stated(plan, spot, ends / getattr(expected, spot.field)[at]), *cases)


def _stated(plan: Plan, spot: _Spot, ends: FloatArray) -> Parameter:
    """The words of a factor that a layer draws; a price's own row of the area says its source."""
    table = table_of(plan, spot.table)
    confirmed, source = table.confirmed, table.source
    if spot.field == "unit_price":
        rows = [row for row in plan.area.unit_costs if row.kind == spot.place]
        confirmed = all(row.confirmed for row in rows)
        source = "; ".join(dict.fromkeys(row.source for row in rows))
    return Parameter(spot.name, spot.table, STATED, ends_in_words(ends), confirmed, source)


def ends_in_words(ends: FloatArray) -> str:
    """The factors at the two ends; of a path, those of the first and of the last year.

    >>> ends_in_words(np.array([[0.9], [1.1]]))
    'x 0.90 to x 1.10'
    >>> ends_in_words(np.array([[0.9, 0.8], [1.1, 1.2]]))
    'x 0.90 to x 1.10 in the first year, x 0.80 to x 1.20 in the last'
    """
    first, last = (f"x {low:.2f} to x {high:.2f}" for low, high in (ends[:, 0], ends[:, -1]))
    return first if ends.shape[1] == 1 else f"{first} in the first year, {last} in the last"


def table_of(plan: Plan, name: str) -> Table:
    """A table of parameters by its full name."""
    stage, field = name.split(".")
    found: Table = getattr(getattr(plan.area.parameters, stage), field)
    return found


# An area's own fit -------------------------------------------------------------------------------


def fitted_moves(plan: Plan, spreads: Spreads, expected: Factors) -> Iterator[Move]:
    """The level of every table that the area's own fit is unsure of, at its 10% and its 90%.

    A level is the mean log factor of some cells, ``level @ z``; of shares it is the mean log-odds
    of a children's home against foster care. With the level at its end each cell of the table is
    at what is then expected of it::

        log factor = +-1.28 * loading @ u - (loading @ u) ** 2 / 2,   u = level / |level|
    """
    estimates = plan.area.estimates
    if estimates is None or not spreads.own_fit.acts:
        return
    fit = spreads.own_fit.fit
    loadings = _row_loadings(plan, spreads)
    for name, cells in zip(UNCERTAIN, CELLS, strict=True):
        rows = getattr(fit, cells)
        if not rows.any():
            continue
        for words, place in _levels(name):
            level = _level_of(name, loadings[rows[place]])
            size = float(np.sqrt(level @ level))
            if size == 0.0:
                continue
            along = loadings @ (level / size)
            touched = np.isin(np.arange(fit.rows), rows[place]) & (along != 0.0)
            cases = []
            for z in (-DEVIATIONS, DEVIATIONS):
                factors = np.where(touched, np.exp(z * along - along**2 / 2), 1.0)
                case = case_of(plan, spreads.own_fit, expected._replace(fitted=factors))
                cases.append(case)
            ends = np.exp(np.array([[-1.0], [1.0]]) * DEVIATIONS * size - size**2 / 2)
            table = table_of(plan, name)
            said = ends_in_words(ends), table.confirmed, table.source
            yield Move(Parameter(words, name, STATED, *said), *cases)


def _row_loadings(plan: Plan, spreads: Spreads) -> FloatArray:
    """The loadings of every row of a fit, those of nought among them: shape (row, draw)."""
    fit, estimates = spreads.own_fit.fit, plan.area.estimates
    assert isinstance(estimates, Estimates)
    found = np.zeros((fit.rows, estimates.draws))
    row_of = np.repeat(np.arange(fit.rows), np.diff(fit.first))
    found[row_of, fit.draw] = fit.loading
    return found


def _levels(name: str) -> Iterator[tuple[str, tuple[slice | int, ...]]]:
    """The parts of a fitted table that are moved apart: their words, and their place in it."""
    words = {spot.table: spot.name for spot in spots() if spot.field == "others"}
    if name == BY_FIRST_AXIS[0]:
        yield from ((s.name, (s.place or 0,)) for s in spots() if s.field == "routes")
    elif name == BY_FIRST_AXIS[1]:
        yield from ((s.name, (s.place or 0,)) for s in spots() if s.field == "bands")
    else:
        plain = name.replace("_share", "").replace(".", ": ").replace("_", " ")
        homes = ", children's homes rather than foster care" if name in SHARES else ""
        yield words.get(name, f"{plain}{homes}"), (slice(None),)


def _level_of(name: str, loadings: FloatArray) -> FloatArray:
    """The loadings of a level: the mean over cells, of shares that of homes against foster care."""
    if name in SHARES:
        loadings = loadings[..., CHILDRENS_HOME, :] - loadings[..., FOSTER, :]
    return np.asarray(loadings.reshape(-1, loadings.shape[-1]).mean(axis=0), dtype=np.float64)
