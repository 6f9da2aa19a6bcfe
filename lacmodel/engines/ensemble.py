"""Ensembles: many futures of one plan, in batches, on one core or several."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS, Drawn, draw_future, keys_of
from lacmodel.engines import child_events, compiled
from lacmodel.engines.identities import check
from lacmodel.engines.records import History
from lacmodel.engines.tally import Tally, tally
from lacmodel.plan import Plan

BATCH: Final = 5
DEFAULT_SEED: Final = 2017
ENGINES: Final = {"child_events": child_events.run_future, "compiled": compiled.run_future}
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
class Ran:
    """One future, counted."""

    future: int
    tally: Tally
    price_growth: NDArray[np.float64]
    unit_price: NDArray[np.float64]


def run_history(plan: Plan, drawn: Drawn, future: int, seed: int, engine: str) -> History:
    """One future's spells, by one of the event engines."""
    key = keys_of(plan, seed, future).own
    return ENGINES[engine](drawn.world, plan.opening, plan.past_leavers, key, future)


def run_one(plan: Plan, future: int, seed: int, layers: frozenset[int], engine: str) -> Ran:
    """Simulate, count and check one future."""
    drawn = draw_future(plan, seed, future, layers)
    history = run_history(plan, drawn, future, seed, engine)
    counted = tally(plan, drawn.world, history)
    check(drawn.world, history, counted)
    return Ran(future, counted, drawn.price_growth, drawn.unit_price)


def run_batch(
    plan: Plan, futures: Sequence[int], seed: int, layers: frozenset[int], engine: str
) -> list[Ran]:
    """Some futures, one after the other."""
    return [run_one(plan, future, seed, layers, engine) for future in futures]


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
    ran: dict[int, Ran] = {}
    for batch in _batches(plan, futures, seed, layers, engine, workers):
        ran.update({one.future: one for one in batch})
        if progress:
            progress(len(batch))
    ordered = [ran[future] for future in futures]
    return Ensemble(
        tallies=stack([one.tally for one in ordered]),
        price_growth=np.stack([one.price_growth for one in ordered]),
        unit_price=np.stack([one.unit_price for one in ordered]),
        futures=tuple(futures),
        seed=seed,
        layers=layers,
        engine=engine,
    )


def _batches(
    plan: Plan,
    futures: Sequence[int],
    seed: int,
    layers: frozenset[int],
    engine: str,
    workers: int,
) -> Iterator[list[Ran]]:
    """Batches as they are done: in threads where the engine is compiled, else in processes."""
    parts = [futures[i : i + BATCH] for i in range(0, len(futures), BATCH)]
    if workers == 1 or len(parts) == 1:
        yield from (run_batch(plan, part, seed, layers, engine) for part in parts)
        return
    from joblib import Parallel, delayed

    backend = "threading" if engine == "compiled" else "loky"
    parallel = Parallel(n_jobs=workers, backend=backend, return_as="generator_unordered")
    yield from parallel(delayed(run_batch)(plan, part, seed, layers, engine) for part in parts)


def stack(tallies: Sequence[Tally]) -> Tally:
    """Many futures' counts as one record of arrays, futures first."""
    return Tally(
        **{f.name: np.stack([getattr(one, f.name) for one in tallies]) for f in fields(Tally)}
    )
