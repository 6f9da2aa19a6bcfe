"""Simulate: run a plan on the engine and with the settings that were asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from lacmodel.engines.ensemble import DEFAULT_FUTURES, DEFAULT_SEED, Ensemble, run_futures
from lacmodel.plan import Plan

CHANCE = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is made; none of it but seed, futures, engine and layers changes a number."""

    futures: int = DEFAULT_FUTURES
    seed: int = DEFAULT_SEED
    engine: str = "child_events"
    layers: frozenset[int] = frozenset({1, 2, 3, 4})
    workers: int | None = None  # None: as many as there are cores

    @property
    def runs(self) -> int:
        """How many futures are simulated: expected numbers are one course of events."""
        return 1 if self.engine == "stock_flow" else self.futures


def simulate(
    plan: Plan, settings: Settings, progress: Callable[[int], None] | None = None
) -> Ensemble:
    """Run a plan; `progress` is told how many more futures are done."""
    if settings.engine == "stock_flow":
        from lacmodel.engines.stock_flow import run_stock_flow

        ensemble = run_stock_flow(plan)
        if progress:
            progress(1)
        return ensemble
    from joblib import cpu_count

    return run_futures(
        plan,
        range(settings.futures),
        settings.seed,
        settings.layers | {CHANCE},
        settings.engine,
        settings.workers or cpu_count(),
        progress,
    )
