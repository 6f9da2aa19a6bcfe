"""Ensembles: many futures of one plan, in batches, on one core or several."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KINDS
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS, Drawn, draw_future, keys_of
from lacmodel.engines import child_events, compiled
from lacmodel.engines.compiled import Workspace
from lacmodel.engines.identities import check, daily_of
from lacmodel.engines.packed import Tables, packed
from lacmodel.engines.records import History
from lacmodel.engines.tally import Tally, count, empty_tally, scratch_of
from lacmodel.plan import Plan

BATCH: Final = 50
DEFAULT_SEED: Final = 2017
DEFAULT_ENGINE: Final = "compiled" if COMPILED else "child_events"
DEFAULT_FUTURES: Final = 1000 if COMPILED else 200
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Every future of a plan: the arrays of `Tally`, futures first."""

    tallies: Tally
    price_growth: NDArray[np.float64]  # (future, year of the run): factor on external prices
    unit_price: NDArray[np.float64]  # (future, kind): factor on prices
    futures: tuple[int, ...]
    seed: int
    layers: frozenset[int]
    engine: str
    expected: bool = False  # expected numbers of one course, not futures


@dataclass(frozen=True, slots=True)
class Batch:
    """Some futures, counted."""

    futures: tuple[int, ...]
    tallies: Tally
    price_growth: NDArray[np.float64]  # (future, year of the run)
    unit_price: NDArray[np.float64]  # (future, kind)


class Desk:
    """Room for simulating and counting futures of a plan, one after the other."""

    def __init__(self, plan: Plan, engine: str) -> None:
        self.plan, self.engine = plan, engine
        self.scratch, self.daily = scratch_of(plan), daily_of(plan)
        self.workspace = None
        if engine == "compiled":
            self.workspace = Workspace(plan.world, plan.opening, plan.past_leavers)

    def history(self, drawn: Drawn, future: int, seed: int) -> tuple[Tables, History]:
        """One future's spells, and the tables that it was made from."""
        plan, key = self.plan, keys_of(self.plan, seed, future).own
        if self.workspace:
            history = compiled.run_future(
                drawn.world, plan.opening, plan.past_leavers, key, future, self.workspace
            )
            return self.workspace.packed.tables, history
        history = child_events.run_future(
            drawn.world, plan.opening, plan.past_leavers, key, future
        )
        return packed(drawn.world), history


def run_history(plan: Plan, drawn: Drawn, future: int, seed: int, engine: str) -> History:
    """One future's spells, by one of the event engines."""
    return Desk(plan, engine).history(drawn, future, seed)[1]


def run_batch(
    plan: Plan, futures: Sequence[int], seed: int, layers: frozenset[int], engine: str
) -> Batch:
    """Simulate, count and check some futures, one after the other."""
    desk, tallies = Desk(plan, engine), empty_tally(plan, len(futures))
    drawn = []
    for place, future in enumerate(futures):
        drawn.append(draw_future(plan, seed, future, layers))
        tables, history = desk.history(drawn[-1], future, seed)
        books = count(tables, history, tallies, place, desk.scratch)
        check(tables, history, books, desk.daily)
    return Batch(
        tuple(futures),
        tallies,
        np.stack([one.price_growth for one in drawn]),
        np.stack([one.unit_price for one in drawn]),
    )


def run_futures(
    plan: Plan,
    futures: Sequence[int],
    seed: int = DEFAULT_SEED,
    layers: frozenset[int] = ALL_LAYERS,
    engine: str = DEFAULT_ENGINE,
    workers: int = 1,
    progress: Progress | None = None,
) -> Ensemble:
    """Simulate futures, in any order on any number of workers; the result does not depend on it.

    Raises
    ------
    lacmodel.engines.identities.IdentityBreach
        if the books of a future do not balance
    """
    ensemble = _empty(plan, futures, seed, layers, engine)
    place_of = {future: place for place, future in enumerate(futures)}
    for batch in _batches(plan, futures, seed, layers, engine, workers):
        put(ensemble, batch, [place_of[future] for future in batch.futures])
        if progress:
            progress(len(batch.futures))
    return ensemble


def _empty(
    plan: Plan, futures: Sequence[int], seed: int, layers: frozenset[int], engine: str
) -> Ensemble:
    """An ensemble in which nothing has happened yet."""
    return Ensemble(
        tallies=empty_tally(plan, len(futures)),
        price_growth=np.ones((len(futures), plan.period.years)),
        unit_price=np.ones((len(futures), len(KINDS))),
        futures=tuple(futures),
        seed=seed,
        layers=layers,
        engine=engine,
    )


def put(ensemble: Ensemble, batch: Batch, places: list[int]) -> None:
    """Put a batch in its places."""
    for field in fields(Tally):
        getattr(ensemble.tallies, field.name)[places] = getattr(batch.tallies, field.name)
    ensemble.price_growth[places] = batch.price_growth
    ensemble.unit_price[places] = batch.unit_price


def _batches(
    plan: Plan,
    futures: Sequence[int],
    seed: int,
    layers: frozenset[int],
    engine: str,
    workers: int,
) -> Iterator[Batch]:
    """Batches as they are done: in threads where the engine is compiled, else in processes."""
    parts = [futures[i : i + BATCH] for i in range(0, len(futures), BATCH)]
    if workers == 1 or len(parts) == 1:
        yield from (run_batch(plan, part, seed, layers, engine) for part in parts)
        return
    from joblib import Parallel, delayed

    backend = "threading" if engine == "compiled" else "loky"
    parallel = Parallel(n_jobs=workers, backend=backend, return_as="generator_unordered")
    yield from parallel(delayed(run_batch)(plan, part, seed, layers, engine) for part in parts)


