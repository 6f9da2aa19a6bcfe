"""Simulate: run a plan on the engine and with the settings that were asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KINDS
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS, CHANCE
from lacmodel.engines.ensemble import (
    DEFAULT_ENGINE,
    DEFAULT_FUTURES,
    DEFAULT_SEED,
    Batch,
    Ensemble,
    run_futures,
)
from lacmodel.engines.noted import expected_notes
from lacmodel.engines.pools import Pool
from lacmodel.engines.siblings import OF_SIBLINGS
from lacmodel.engines.stocks import ExpectedFlows
from lacmodel.engines.tally import FLOWS, PRICE_UNIT, Tally
from lacmodel.faults import Fault, InputFaults
from lacmodel.plan import Plan

EXPECTED: Final = "stock_flow"
SLOW_FUTURES: Final = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is made; none of it but seed, futures, engine and layers changes a number."""

    futures: int
    seed: int
    engine: str
    layers: frozenset[int]
    pool: Pool
    only: int | None = None  # the one future that is asked for

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of the futures that are simulated."""
        return range(self.futures) if self.only is None else (self.only,)

    @property
    def runs(self) -> int:
        """How many futures are simulated: expected numbers are one course of events."""
        return 1 if self.engine == EXPECTED else len(self.numbers)


def chosen_settings(
    futures: int | None = None,
    seed: int = DEFAULT_SEED,
    engine: str | None = None,
    layers: frozenset[int] = ALL_LAYERS,
    workers: int | None = None,
    cluster: str = "",
    only: int | None = None,
) -> Settings:
    """What was asked for, and for the rest the fast engine, its futures, and every core.

    Raises
    ------
    InputFaults
        if the compiled engine is asked for and numba does not work, or a future that is none
    """
    from joblib import cpu_count

    if engine == "compiled" and not COMPILED:
        rule = "needs numba, which is not installed or does not work; use child_events"
        raise InputFaults([Fault("--engine", "", None, rule)])
    engine = engine or DEFAULT_ENGINE
    if engine == EXPECTED and only is not None:
        rule = "expected numbers have no futures; use compiled or child_events"
        raise InputFaults([Fault("--future", "", only, rule)])
    usual = DEFAULT_FUTURES if engine == DEFAULT_ENGINE else SLOW_FUTURES
    futures = futures or usual
    if only is not None and not 0 <= only < futures:
        rule = (
            f"futures are numbered from 0 to {futures - 1}; a run of more of them has to be named "
            "by its --futures"
        )
        raise InputFaults([Fault("--future", "", only, rule)])
    layers = frozenset() if engine == EXPECTED else layers | {CHANCE}
    pool = Pool(workers or cpu_count(), cluster)
    return Settings(futures, seed, engine, layers, pool, only)


def engine_faults(settings: Settings, lacks: str) -> list[Fault]:
    """The fault of asking expected numbers for what they lack; none of another engine."""
    if settings.engine != EXPECTED:
        return []
    return [Fault("--engine", "", EXPECTED, f"{lacks}; use compiled or child_events")]


def simulate(
    plan: Plan,
    settings: Settings,
    progress: Callable[[int], None] | None = None,
    spend: Callable[[Batch], None] | None = None,
) -> Ensemble:
    """Run a plan; `progress` is told how many more futures are done.

    Where ``spend`` is given it is told of every batch, and priced nights are not kept
    (`run_futures`); expected numbers are kept whole and it is told of nothing.
    """
    if settings.engine == EXPECTED:
        from lacmodel.engines.stock_flow import run_stock_flow

        check_prices(plan)
        check_matching(plan)
        ensemble = expected_ensemble(plan, run_stock_flow(plan), settings.seed)
        if progress:
            progress(1)
        return ensemble
    return run_futures(
        plan,
        settings.numbers,
        settings.seed,
        settings.layers,
        settings.engine,
        settings.pool,
        progress,
        spend,
    )


def check_prices(plan: Plan) -> None:
    """Refuse expected numbers where a price holds for new placements only.

    Expected numbers do not say on which day a placement started.
    """
    if plan.prices.new_days:
        rule = 'the engine stock_flow cannot price applies_to = "new"; use child_events'
        raise InputFaults([Fault(plan.name, "change: unit_price", None, rule)])


def check_matching(plan: Plan) -> None:
    """Refuse expected numbers where children must be placed together, or alone.

    Expected numbers know no family and no single home.
    """
    placements, rule = plan.world.placements, "the engine stock_flow knows no {}; use child_events"
    faults = []
    if placements.together_share.any():
        faults.append(Fault(plan.name, "change: siblings_together", None, rule.format("siblings")))
    if placements.alone_share.any():
        faults.append(Fault(plan.name, "change: solo", None, rule.format("child alone in a home")))
    if faults:
        raise InputFaults(faults)


def expected_ensemble(plan: Plan, course: ExpectedFlows, seed: int) -> Ensemble:
    """Expected numbers in the shape of one future.

    How many children had three or more placements, and how many siblings were split, is not known
    from expected numbers.
    """
    weights = relative_price(plan, course)
    price_nights = course.nights * weights[:, :, None] * PRICE_UNIT
    adult_nights = course.adult_nights * weights * PRICE_UNIT
    by_age = course.by_year if len(course.by_year) else course.children
    flows = course.flows.copy()
    flows[:, [FLOWS.index(name) for name in OF_SIBLINGS]] = np.nan
    one_future = (
        course.children.sum(axis=3),
        course.staying_on,
        course.nights,
        price_nights,
        course.adult_nights,
        adult_nights,
        flows,
        np.full(plan.period.years, np.nan),
        course.engaged,
    )
    return Ensemble(
        tallies=Tally(*(array[None] for array in one_future)),  # type: ignore[arg-type]
        price_growth=np.ones((1, plan.period.years)),
        unit_price=np.ones((1, len(KINDS))),
        futures=(0,),
        seed=seed,
        layers=frozenset(),
        engine=EXPECTED,
        expected=True,
        notes=expected_notes(plan, by_age, course.nights.sum(axis=2)),
    )


def relative_price(plan: Plan, course: ExpectedFlows) -> NDArray[np.float64]:
    """The mean price of a kind's children relative to the kind's own: shape (month, kind).

    Groups are weighted by the children at the month's start and end, levels of need by the share
    that the area gives for new placements of the type.
    """
    complex_share = plan.world.placements.complex_share[[placement for placement, _ in KINDS]]
    standard, complex_ = plan.prices.relative[:, :, 0], plan.prices.relative[:, :, 1]
    by_group = standard * (1 - complex_share[:, None]) + complex_ * complex_share[:, None]
    stock = course.children.sum(axis=1)
    present = stock[:-1] + stock[1:]
    total = present.sum(axis=2)
    weighted = (present * by_group).sum(axis=2)
    return np.divide(
        weighted, total, out=by_group.mean(axis=1) * np.ones_like(total), where=total > 0
    )
