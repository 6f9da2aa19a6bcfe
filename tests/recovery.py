"""Returns of made-up councils whose true rates are known, and how often intervals hold them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date

import numpy as np

from lacmodel.codes import ROUTES
from lacmodel.fitting.arrivals import RATE, SEASON, entry_prior
from lacmodel.fitting.between_councils import prior_weight
from lacmodel.fitting.from_return import FittedReturn, fit_return
from lacmodel.fitting.hazards import (
    Prior,
    breakdown_prior,
    exit_prior,
    planned_prior,
    re_entry_prior,
)
from lacmodel.fitting.return_rates import (
    BREAKDOWN_NEXT,
    FAMILIES,
    FIRST,
    PLANNED_NEXT,
    STAYING_ON,
)
from lacmodel.parameters import national_folder, read_tables
from lacmodel.ssda903.records import day_number
from lacmodel.ssda903.synthesise import residents_for, synthesise
from lacmodel.ssda903.true_rates import true_rates
from lacmodel.tables import Table

Tables = dict[str, Table]
FIRST_DAY, LAST_DAY = day_number(date(2018, 4, 1)), day_number(date(2023, 3, 31))
CHILDREN = 760


def national_tables() -> Tables:
    return read_tables(national_folder() / "factors.csv")


def with_values(tables: Tables, **values: np.ndarray) -> Tables:
    """Tables with other values; names have two underscores for the dot."""
    changed = dict(tables)
    for name, value in values.items():
        full = name.replace("__", ".")
        changed[full] = Table(value, tables[full].unit, "test", True)
    return changed


def every_prior(national: Tables) -> list[Prior]:
    routes = [exit_prior(route, national) for route in range(len(ROUTES))]
    moves = [breakdown_prior(), planned_prior(), re_entry_prior()]
    return [*routes, *moves, entry_prior(national)]


def drawn_from_prior(national: Tables, generator: np.random.Generator) -> Tables:
    """True rates of a council, drawn from the prior that the fit states."""
    values = {name: table.values.copy() for name, table in national.items()}
    for prior in every_prior(national):
        for factor, spread in zip(prior.factors, prior.spread, strict=True):
            values[factor.table][factor.acts_on()] *= np.exp(spread * generator.normal())
    level = values[SEASON].mean()
    values[SEASON] /= level
    values[RATE] *= level
    for name in (FIRST, BREAKDOWN_NEXT, PLANNED_NEXT, FAMILIES):
        drawn = generator.gamma(prior_weight(name) * values[name] + 1e-300)
        total = drawn.sum(axis=-1, keepdims=True)
        values[name] = np.where(total > 0, drawn / np.maximum(total, 1e-300), 0)
    share, weight = values[STAYING_ON], prior_weight(STAYING_ON)
    values[STAYING_ON] = generator.beta(weight * share + 1e-12, weight * (1 - share) + 1e-12)
    values[STAYING_ON][share == 0] = 0
    return {name: Table(values[name], table.unit, "test", True) for name, table in national.items()}


def coverage(
    cases: Iterable[tuple[Tables, FittedReturn]],
    of: Callable[[np.ndarray], np.ndarray] = lambda events: events >= 0,
) -> dict[str, tuple[int, int]]:
    """By table, how many intervals hold the truth and how many there are.

    ``of`` says which cells count, from their events. Cells whose value cannot differ from the
    national one (factors of the usual place, structural zeros) have no interval and do not count.
    """
    held: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for truth, fitted in cases:
        for name, found in fitted.evidence.items():
            true = truth[name].values
            counts = (found.high > found.low) & of(found.events)
            inside = (found.low <= true) & (true <= found.high)
            held[name][0] += int((inside & counts).sum())
            held[name][1] += int(counts.sum())
    return {name: (inside, total) for name, (inside, total) in held.items()}


def recovered(
    truth: Tables,
    residents: np.ndarray,
    seed: int,
    national: Tables,
    reference: tuple[int, int] | None = (2019, 2023),
) -> FittedReturn:
    """Simulate a return of five years from true rates and fit it."""
    generator = np.random.default_rng(seed)
    spells = synthesise(true_rates(truth), residents, FIRST_DAY, LAST_DAY, generator)
    return fit_return(spells, residents, national, reference)


def usual_residents(national: Tables) -> np.ndarray:
    """Residents with whom national rates lead to the usual number of children."""
    return residents_for(true_rates(national), CHILDREN)
