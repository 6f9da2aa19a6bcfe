"""Hazards as products, by a Poisson model whose log factors are held to the national ones.

Events in a cell are Poisson with mean ``nights * national hazard * exp(sum of log factors)``. Each
log factor has a normal prior with mean 0 (the national value) and the spread between councils. The
fit is the mode of the posterior, by Newton's method; its covariance is that of Laplace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    EARLINESS,
    FOSTER,
    GENERAL,
    GROUPS,
    KIND_NAMES,
    PLACEMENTS,
    RETURNABLE,
    ROUTES,
    SINCE_BANDS,
    TIME_BANDS,
)
from lacmodel.estimates import Estimates, LogFactor
from lacmodel.fitting.between_councils import spread
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

EXIT_AXES: Final = {  # the axis of a cell (age band, time band, placement, group) that each has
    "exits.base_per_day": 0,
    "exits.time_factor": 1,
    "exits.placement_factor": 2,
    "exits.group_factor": 3,
}
USUAL_TIME: Final = TIME_BANDS.index("1 to 2 years")
ENOUGH: Final = 1e-10
MOST_STEPS: Final = 60
LONGEST_STEP: Final = 1.0  # of a log factor in one step of Newton's method


@dataclass(frozen=True, slots=True)
class Prior:
    """Log factors with the spreads of their normal priors."""

    factors: tuple[LogFactor, ...]
    spread: FloatArray  # (factor,)


@dataclass(frozen=True, slots=True)
class Posterior:
    """Log factors as fitted: the mode, and loadings whose square is the covariance."""

    factors: tuple[LogFactor, ...]
    mode: FloatArray  # (factor,)
    loading: FloatArray  # (factor, draw)

    @property
    def estimates(self) -> Estimates:
        """The loadings by factor."""
        return Estimates(self.factors, self.loading)

    def logs(self, table: str) -> tuple[FloatArray, FloatArray]:
        """Log factor of every cell of a table, and its standard deviation."""
        here = [i for i, factor in enumerate(self.factors) if factor.table == table]
        cells = np.stack([self.factors[i].acts_on() for i in here], axis=-1).astype(np.float64)
        return cells @ self.mode[here], np.linalg.norm(cells @ self.loading[here], axis=-1)


def prior_of(parts: Sequence[tuple[str, tuple[str, ...], float]]) -> Prior:
    """A prior of (table, places, spread) triples."""
    factors = tuple(LogFactor(table, places) for table, places, _ in parts)
    return Prior(factors, np.array([wide for *_, wide in parts]))


def fit_log_factors(
    prior: Prior,
    design: FloatArray,
    expected: FloatArray,
    events: FloatArray,
    dispersion: FloatArray | float = 1.0,
) -> Posterior:
    """Mode and covariance of log factors with normal priors and Poisson events.

    Maximises ``sum((events * eta - mu) / dispersion) - sum(factor ** 2 / (2 spread ** 2))`` with
    ``eta = design @ factor`` and ``mu = expected * exp(eta)``.

    Parameters
    ----------
    design : shape (cell, factor)
    expected : shape (cell,), events that the national hazards lead one to expect
    events : shape (cell,)
    dispersion : variance over mean of the events, where they come in clumps

    >>> one = prior_of([("re_entries.hazard_per_day", ("", ""), 1000.0)])
    >>> found = fit_log_factors(one, np.ones((1, 1)), np.array([50.0]), np.array([100.0]))
    >>> np.exp(found.mode).round(3), found.loading.round(4)
    (array([2.]), array([[0.1]]))
    """
    used = expected > 0
    design, expected, events = design[used], expected[used], events[used]
    weight = 1 / np.broadcast_to(np.asarray(dispersion, dtype=np.float64), used.shape)[used]
    precision = 1 / prior.spread**2
    mode = np.zeros(len(prior.factors))
    for _ in range(MOST_STEPS):
        mean = expected * np.exp(design @ mode)
        gradient = design.T @ (weight * (events - mean)) - precision * mode
        curvature = (design.T * (weight * mean)) @ design + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        mode = mode + step * min(1.0, LONGEST_STEP / max(np.abs(step).max(initial=0), ENOUGH))
        if float(gradient @ step) < ENOUGH:
            break
    return Posterior(prior.factors, mode, np.linalg.inv(np.linalg.cholesky(curvature)).T)


# What the factors are ----------------------------------------------------------------------------


def exit_prior(route: int, national: dict[str, Table]) -> Prior:
    """The factors of one route: its level and age bands, and, against the usual, the rest.

    The usual are the second year in care, the first placement of foster care or placement for
    adoption that the route has, and children without a group; their factors stay as they are.
    """
    name, base = ROUTES[route], "exits.base_per_day"
    parts: list[tuple[str, tuple[str, ...], float]] = [(base, (name, ""), spread(base, "level"))]
    for table, axis, part in (
        (base, AGE_BANDS, "age band"),
        ("exits.time_factor", TIME_BANDS, "time band"),
        ("exits.placement_factor", PLACEMENTS, "placement"),
        ("exits.group_factor", GROUPS, "group"),
    ):
        values = national[table].values[route]
        usual = -1 if table == base else usual_place(table, values)
        parts += [
            (table, (name, place), spread(table, part))
            for i, place in enumerate(axis)
            if values[i] > 0 and i != usual
        ]
    return prior_of(parts)


def usual_place(table: str, values: FloatArray) -> int:
    """The place of a table of factors against which the others are measured."""
    if table == "exits.placement_factor":
        return FOSTER if values[FOSTER] > 0 else int(np.flatnonzero(values)[0])
    return USUAL_TIME if table == "exits.time_factor" else GENERAL


def exit_design(prior: Prior) -> FloatArray:
    """Which factors act in which cell; shape (age band x time band x placement x group, factor)."""
    shape = (len(AGE_BANDS), len(TIME_BANDS), len(PLACEMENTS), len(GROUPS))
    columns = []
    for factor in prior.factors:
        named = factor.acts_on()[ROUTES.index(factor.places[0])]
        along = [1] * len(shape)
        along[EXIT_AXES[factor.table]] = -1
        columns.append(np.broadcast_to(named.reshape(along), shape).ravel())
    return np.array(columns, dtype=np.float64).T


def exit_hazard(route: int, tables: dict[str, Table]) -> FloatArray:
    """Hazard of a route per child per day; shape (age band, time band, placement, group)."""
    factors = [tables[name].values[route] for name in EXIT_AXES]
    return np.einsum("a,t,p,g->atpg", *factors)


def table_design(prior: Prior) -> FloatArray:
    """Which factors act in which cell of the one table that they are about; (cell, factor)."""
    return np.array([f.acts_on().ravel() for f in prior.factors], dtype=np.float64).T


def breakdown_prior() -> Prior:
    """Factors of breakdowns: level, kind, age band, and after 26 weeks."""
    table = "moves.breakdown_per_day"
    return prior_of([
        (table, ("", "", ""), spread(table, "level")),
        *((table, (kind, "", ""), spread(table, "kind")) for kind in KIND_NAMES),
        *((table, ("", band, ""), spread(table, "age band")) for band in AGE_BANDS),
        (table, ("", "", EARLINESS[1]), spread(table, "earliness")),
    ])  # fmt: skip


def planned_prior() -> Prior:
    """Factors of planned moves: level, placement type and age band."""
    table = "moves.planned_per_day"
    return prior_of([
        (table, ("", ""), spread(table, "level")),
        *((table, (type_, ""), spread(table, "placement")) for type_ in PLACEMENTS),
        *((table, ("", band), spread(table, "age band")) for band in AGE_BANDS),
    ])  # fmt: skip


def re_entry_prior() -> Prior:
    """Factors of re-entries: level, reason and time since leaving."""
    table = "re_entries.hazard_per_day"
    return prior_of([
        (table, ("", ""), spread(table, "level")),
        *((table, (reason, ""), spread(table, "reason")) for reason in ROUTES[:RETURNABLE]),
        *((table, ("", band), spread(table, "since")) for band in SINCE_BANDS),
    ])  # fmt: skip
