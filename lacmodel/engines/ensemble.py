"""Ensembles: many futures of one plan, in batches, on one core or several."""

import pickle
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from lacmodel.carers import HOUSEHOLDS, drawn_course, put_places
from lacmodel.codes import KINDS
from lacmodel.compiling import COMPILED
from lacmodel.draws import (
    ALL_LAYERS,
    Drawn,
    draw_factors,
    draw_future,
    empty_factors,
    keys_of,
    spreads_of,
)
from lacmodel.engines import child_events, compiled
from lacmodel.engines.agreed import contributions, no_contributions, put_own_prices
from lacmodel.engines.compiled import Workspace
from lacmodel.engines.identities import check, daily_of
from lacmodel.engines.noted import Notes, no_notes, note
from lacmodel.engines.packed import Tables, packed, places_in, rates_in, refill
from lacmodel.engines.pools import Pool
from lacmodel.engines.records import History
from lacmodel.engines.tally import WIDER, Tally, count, empty_tally, first_type, scratch_of
from lacmodel.factors import apply_factors, base_of, rates_of
from lacmodel.plan import Plan

BATCH: Final = {"compiled": 100, "child_events": 5}
DEFAULT_SEED: Final = 2017
DEFAULT_ENGINE: Final = "compiled" if COMPILED else "child_events"
DEFAULT_FUTURES: Final = 1000 if COMPILED else 200
Progress = Callable[[int], None]
# What spend is worked out from, and nothing else: half of all that is counted.
PRICED: Final = ("nights", "price_nights", "adult_nights", "adult_price_nights")


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Every future of a plan: the arrays of `Tally`, futures first.

    Those that are `PRICED` have no futures where spend was worked out as the futures were run.
    """

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
    notes: Notes = field(default_factory=dict)  # see `lacmodel.engines.noted`, futures first


@dataclass(frozen=True, slots=True)
class Batch:
    """Some futures, counted."""

    futures: tuple[int, ...]
    tallies: Tally
    price_growth: NDArray[np.float64]  # (future, year of the run)
    unit_price: NDArray[np.float64]  # (future, kind)
    contributions: NDArray[np.int64] | None = None  # (future, month, kind)
    notes: Notes = field(default_factory=dict)


def empty_batch(plan: Plan, futures: Sequence[int]) -> Batch:
    """Counts of nothing, for some futures."""
    count = len(futures)
    growth, unit_price = np.ones((count, plan.period.years)), np.ones((count, len(KINDS)))
    return Batch(
        tuple(futures), empty_tally(plan, count), growth, unit_price, no_contributions(plan, count),
        no_notes(plan, count),
    )  # fmt: skip


class Desk:
    """Room for simulating, counting and checking futures of a plan, one after the other."""

    def __init__(self, plan: Plan, engine: str) -> None:
        self.plan, self.engine = plan, engine
        self.scratch, self.daily = scratch_of(plan), daily_of(plan)
        if engine == "compiled":
            self.workspace = Workspace(plan.world, plan.opening, plan.past_leavers)
            self.rates = rates_in(self.workspace.tables)

    def history(self, drawn: Drawn, future: int, seed: int) -> tuple[Tables, History]:
        """One future's spells, and the tables that it was made from."""
        if self.engine != "compiled":
            history = run_history(self.plan, drawn, future, seed, self.engine)
            return packed(drawn.world), history
        for rates, table in zip(self.rates, rates_of(drawn.world), strict=True):
            rates[tuple(slice(0, length) for length in table.shape)] = table
        rows, days = drawn.world.placements.usable_places.shape
        places_in(self.workspace.tables)[:rows, :days] = drawn.world.placements.usable_places
        key = keys_of(self.plan, seed, future).own
        tables, history = self.simulated(key, future, drawn.unit_price)
        return tables, compiled.in_order(history, self.workspace.days)

    def simulated(
        self, key: int, future: int, unit_price: NDArray[np.float64]
    ) -> tuple[Tables, History]:
        """The compiled engine's future from the rates as they are, spells as they were written."""
        refill(self.workspace.tables)
        self.workspace.simulate(key, future)
        history = self.workspace.history()
        put_own_prices(history.spells, self.plan.opening, unit_price)
        return self.workspace.tables, history


class Draws:
    """Room for drawing layers 2 to 4, future by future, straight into the tables of a desk."""

    def __init__(self, desk: Desk, seed: int, layers: frozenset[int]) -> None:
        self.desk, self.seed, self.layers = desk, seed, layers
        self.spreads = spreads_of(desk.plan, layers)
        self.factors = empty_factors(desk.plan.period.years, self.spreads)
        self.base = base_of(desk.plan.world, self.spreads.own_fit)

    def history(self, future: int) -> tuple[Tables, History]:
        """Draw and simulate a future; `factors` are then its own."""
        desk, keys = self.desk, keys_of(self.desk.plan, self.seed, future)
        draw_factors(self.spreads, keys.own, keys.shared, self.factors)
        if desk.engine != "compiled":
            return desk.history(
                draw_future(desk.plan, self.seed, future, self.layers), future, self.seed
            )
        apply_factors(self.base, self.spreads.own_fit, self.factors, desk.rates)
        carers = desk.plan.carers
        if carers is not None:
            households = drawn_course(carers, keys.own)[HOUSEHOLDS]
            put_places(carers, households, places_in(desk.workspace.tables))
        return desk.simulated(keys.own, future, self.factors.unit_price)


def run_history(plan: Plan, drawn: Drawn, future: int, seed: int, engine: str) -> History:
    """One future's spells, by one of the event engines."""
    run_future = compiled.run_future if engine == "compiled" else child_events.run_future
    key = keys_of(plan, seed, future).own
    history = run_future(drawn.world, plan.opening, plan.past_leavers, key, future)
    put_own_prices(history.spells, plan.opening, drawn.unit_price)
    return history


class FutureFailed(Exception):
    """A future that could not be simulated, twice; its number says how to replay it."""


def run_batch(
    plan: Plan, futures: Sequence[int], seed: int, layers: frozenset[int], engine: str
) -> Batch:
    """Simulate, count and check some futures, one after the other."""
    desk, batch = Desk(plan, engine), empty_batch(plan, futures)
    draws = Draws(desk, seed, layers)
    for place, future in enumerate(futures):
        try:
            tables, history = draws.history(future)
            books = count(tables, history, batch.tallies, place, desk.scratch)
            check(tables, history, books, desk.daily)
            if batch.contributions is not None:
                batch.contributions[place] = contributions(plan, history.spells)
            note(plan, history, tables.timeline, draws.factors, batch.notes, place)
        except Exception as error:
            raise FutureFailed(
                f"future {future}: {type(error).__name__}: {error} "
                f"(to replay it alone: --future {future} --seed {seed})"
            ) from error
        batch.price_growth[place] = draws.factors.price_growth
        batch.unit_price[place] = draws.factors.unit_price
    return batch


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
    spend: Callable[[Batch], None] | None = None,
) -> Ensemble:
    """Simulate futures, in any order on any number of workers; the result does not depend on it.

    Parameters
    ----------
    spend : told of every batch, in any order; then what is `PRICED` is not kept

    Raises
    ------
    FutureFailed
        if a future cannot be simulated, or its books do not balance
    """
    gathered = Gathered(plan, futures, PRICED if spend else ())
    size = batch_size(engine, len(futures), pool.workers)
    parts = [futures[i : i + size] for i in range(0, len(futures), size)]
    settings = (seed, layers, engine)
    for batch in run_parts(pool, engine, plan, parts, settings):
        gathered.put(batch)
        if spend:
            spend(batch)
        if progress:
            progress(len(batch.futures))
    return Ensemble(
        tallies=Tally(**gathered.counts),
        price_growth=gathered.price_growth,
        unit_price=gathered.unit_price,
        contributions=gathered.contributions,
        notes=gathered.notes,
        futures=tuple(futures),
        seed=seed,
        layers=layers,
        engine=engine,
    )


def batch_size(engine: str, futures: int, workers: int) -> int:
    """How many futures a batch has: few enough that every worker gets several batches.

    >>> batch_size("compiled", 10_000, 2), batch_size("compiled", 100, 2)
    (100, 13)
    """
    return max(1, min(BATCH[engine], -(-futures // (4 * workers))))


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
        batches = parallel(delayed(try_twice)(given, part, *settings) for part in parts)
        try:
            for batch in batches:  # noqa: UP028 - `yield from` would close them, with a warning
                yield batch
        finally:
            with warnings.catch_warnings(action="ignore"):  # that tasks are cancelled
                batches.close()


class Gathered:
    """Counts of all futures, in as few bytes as they fit in."""

    def __init__(self, plan: Plan, futures: Sequence[int], dropped: Sequence[str] = ()) -> None:
        self.place_of = {future: place for place, future in enumerate(futures)}
        self.dropped = dropped
        self.counts: dict[str, NDArray[Any]] = {}
        one = empty_tally(plan, 1)
        for column in fields(Tally):
            array = getattr(one, column.name)
            shape = (0 if column.name in dropped else len(futures), *array.shape[1:])
            self.counts[column.name] = np.zeros(shape, first_type(column.name))
        self.price_growth = np.ones((len(futures), plan.period.years))
        self.unit_price = np.ones((len(futures), len(KINDS)))
        self.contributions = no_contributions(plan, len(futures))
        self.notes = no_notes(plan, len(futures))

    def put(self, batch: Batch) -> None:
        """Put a batch in its places."""
        places = [self.place_of[future] for future in batch.futures]
        for name, kept in self.counts.items():
            if name in self.dropped:
                continue
            counts = getattr(batch.tallies, name)
            while counts.size and counts.max() > np.iinfo(kept.dtype).max:
                self.counts[name] = kept = kept.astype(WIDER[kept.dtype.name])
            kept[places] = counts
        self.price_growth[places] = batch.price_growth
        self.unit_price[places] = batch.unit_price
        if self.contributions is not None and batch.contributions is not None:
            self.contributions[places] = batch.contributions
        for name, noted in self.notes.items():
            noted[places] = batch.notes[name]
