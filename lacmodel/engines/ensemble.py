"""Ensembles: many futures of one plan, in batches, on one core or several."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import KINDS
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS, Drawn, draw_future, keys_of
from lacmodel.engines import child_events, compiled
from lacmodel.engines.agreed import contributions, has_contributions, put_own_prices
from lacmodel.engines.compiled import Workspace
from lacmodel.engines.identities import check, daily_of
from lacmodel.engines.packed import Tables, packed
from lacmodel.engines.pools import Pool
from lacmodel.engines.records import History
from lacmodel.engines.tally import NARROW, Tally, count, empty_tally, scratch_of
from lacmodel.plan import Plan

BATCH: Final = {"compiled": 100, "child_events": 5}
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
    # (future, month, kind): pennies a week times nights; None: no child brings its own income
    contributions: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some futures, counted."""

    futures: tuple[int, ...]
    tallies: Tally
    price_growth: NDArray[np.float64]  # (future, year of the run)
    unit_price: NDArray[np.float64]  # (future, kind)
    contributions: NDArray[np.int64] | None = None  # (future, month, kind)


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
        tables, history = self._run(drawn, future, seed)
        put_own_prices(history.spells, self.plan.opening)
        return tables, history

    def _run(self, drawn: Drawn, future: int, seed: int) -> tuple[Tables, History]:
        plan, key = self.plan, keys_of(self.plan, seed, future).own
        if self.workspace:
            history = compiled.run_future(
                drawn.world, plan.opening, plan.past_leavers, key, future, self.workspace
            )
            return self.workspace.packed.tables, history
        history = child_events.run_future(drawn.world, plan.opening, plan.past_leavers, key, future)
        return packed(drawn.world), history


def run_history(plan: Plan, drawn: Drawn, future: int, seed: int, engine: str) -> History:
    """One future's spells, by one of the event engines."""
    return Desk(plan, engine).history(drawn, future, seed)[1]


class FutureFailed(Exception):
    """A future that could not be simulated, twice; its number says how to replay it."""


def run_batch(
    plan: Plan, futures: Sequence[int], seed: int, layers: frozenset[int], engine: str
) -> Batch:
    """Simulate, count and check some futures, one after the other."""
    desk, tallies = Desk(plan, engine), empty_tally(plan, len(futures))
    drawn, brought = [], []
    for place, future in enumerate(futures):
        try:
            drawn.append(draw_future(plan, seed, future, layers))
            tables, history = desk.history(drawn[-1], future, seed)
            books = count(tables, history, tallies, place, desk.scratch)
            check(tables, history, books, desk.daily)
            if has_contributions(plan):
                brought.append(contributions(plan, history.spells))
        except Exception as error:
            raise FutureFailed(
                f"future {future}: {type(error).__name__}: {error} "
                f"(to replay it alone: --future {future} --seed {seed})"
            ) from error
    return Batch(
        tuple(futures),
        tallies,
        np.stack([one.price_growth for one in drawn]),
        np.stack([one.unit_price for one in drawn]),
        np.stack(brought) if brought else None,
    )


def try_twice(
    plan: Plan | bytes, futures: Sequence[int], seed: int, layers: frozenset[int], engine: str
) -> Batch:
    """Run a batch, and once more if it fails: a machine may stumble, a fault will show again.

    Parameters
    ----------
    plan : pickled where it goes to another process
    """
    if isinstance(plan, bytes):
        plan = unpickled(plan)
    try:
        return run_batch(plan, futures, seed, layers, engine)
    except FutureFailed:
        return run_batch(plan, futures, seed, layers, engine)


@lru_cache(maxsize=2)
def unpickled(plan: bytes) -> Plan:
    """A plan that came from another process, unpacked once for all its batches."""
    return cast(Plan, pickle.loads(plan))


def run_futures(
    plan: Plan,
    futures: Sequence[int],
    seed: int = DEFAULT_SEED,
    layers: frozenset[int] = ALL_LAYERS,
    engine: str = DEFAULT_ENGINE,
    pool: Pool = Pool(),  # noqa: B008
    progress: Progress | None = None,
) -> Ensemble:
    """Simulate futures, in any order on any number of workers; the result does not depend on it.

    Raises
    ------
    FutureFailed
        if a future cannot be simulated, or its books do not balance
    """
    gathered = Gathered(plan, futures)
    size = BATCH[engine]
    parts = [futures[i : i + size] for i in range(0, len(futures), size)]
    settings = (seed, layers, engine)
    for batch in run_parts(pool, engine, plan, parts, settings):
        gathered.put(batch)
        if progress:
            progress(len(batch.futures))
    return Ensemble(
        tallies=Tally(**gathered.counts),
        price_growth=gathered.price_growth,
        unit_price=gathered.unit_price,
        contributions=gathered.contributions,
        futures=tuple(futures),
        seed=seed,
        layers=layers,
        engine=engine,
    )


def run_parts(
    pool: Pool,
    engine: str,
    plan: Plan,
    parts: Sequence[Sequence[int]],
    settings: tuple[int, frozenset[int], str],
) -> Iterator[Batch]:
    """Batches as they are done."""
    threads = pool.in_threads(engine)
    if pool.workers == 1 and threads and not pool.cluster:
        yield from (try_twice(plan, part, *settings) for part in parts)
        return
    from joblib import Parallel, delayed

    given = plan if threads else pickle.dumps(plan)
    with pool.backend(engine) as jobs:
        parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
        yield from parallel(delayed(try_twice)(given, part, *settings) for part in parts)


class Gathered:
    """Counts of all futures, in two bytes where they fit."""

    def __init__(self, plan: Plan, futures: Sequence[int]) -> None:
        self.place_of = {future: place for place, future in enumerate(futures)}
        self.counts: dict[str, NDArray[Any]] = {}
        one = empty_tally(plan, 1)
        for field in fields(Tally):
            array = getattr(one, field.name)
            kept = NARROW if array.dtype == np.int32 else array.dtype
            self.counts[field.name] = np.zeros((len(futures), *array.shape[1:]), kept)
        self.price_growth = np.ones((len(futures), plan.period.years))
        self.unit_price = np.ones((len(futures), len(KINDS)))
        self.contributions: NDArray[np.int64] | None = None
        if has_contributions(plan):
            shape = (len(futures), plan.period.months, len(KINDS))
            self.contributions = np.zeros(shape, dtype=np.int64)

    def put(self, batch: Batch) -> None:
        """Put a batch in its places."""
        places = [self.place_of[future] for future in batch.futures]
        for name, kept in self.counts.items():
            counts = getattr(batch.tallies, name)
            if counts.dtype == np.int32 and counts.size and counts.max() > np.iinfo(kept.dtype).max:
                self.counts[name] = kept = kept.astype(np.int32)
            kept[places] = counts
        self.price_growth[places] = batch.price_growth
        self.unit_price[places] = batch.unit_price
        if self.contributions is not None and batch.contributions is not None:
            self.contributions[places] = batch.contributions
