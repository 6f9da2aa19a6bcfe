"""Histories: what a question needs of each future's own spells and referrals, beyond its counts.

Futures are simulated once more, since an ensemble keeps counts only; a future is the same whenever
it is run.
"""

import pickle
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from lacmodel.draws import draw_future
from lacmodel.engines.ensemble import BATCH, Desk, Ensemble, unpickled
from lacmodel.engines.pools import Pool
from lacmodel.engines.records import History
from lacmodel.plan import Plan

Seen = TypeVar("Seen")


def seen_in_futures(
    plan: Plan, ensemble: Ensemble, pool: Pool, look: Callable[[Plan, History], Seen],
    progress: Callable[[int], None] | None = None,
) -> list[Seen]:  # fmt: skip
    """What `look` finds in the history of each future of an ensemble of a plan, in their order.

    Parameters
    ----------
    look : keeps nothing of the history itself, whose memory the next future uses; where workers
        are processes it has to be a function of a module
    """
    from joblib import Parallel, delayed

    futures, engine = ensemble.futures, ensemble.engine
    size = BATCH[engine]
    parts = [futures[first : first + size] for first in range(0, len(futures), size)]
    given = plan if pool.in_threads(engine) else pickle.dumps(plan)
    settings = (ensemble.seed, ensemble.layers, engine)
    with pool.backend(engine) as jobs:
        calls = (delayed(seen_in)(given, part, *settings, look) for part in parts)
        batches = Parallel(n_jobs=jobs, batch_size=1, return_as="generator")(calls)
        return counted(batches, progress)


def counted(
    batches: Iterable[Sequence[Seen]], progress: Callable[[int], None] | None = None
) -> list[Seen]:
    """What all batches have found, each told of as it is done."""
    found: list[Seen] = []
    for batch in batches:
        found += batch
        if progress:
            progress(len(batch))
    return found


def seen_in(
    plan: Plan | bytes, futures: Sequence[int], seed: int, layers: frozenset[int], engine: str,
    look: Callable[[Plan, History], Seen],
) -> list[Seen]:  # fmt: skip
    """What `look` finds in some futures, one after the other."""
    if isinstance(plan, bytes):
        plan = unpickled(plan)
    desk = Desk(plan, engine)
    found = []
    for future in futures:
        drawn = draw_future(plan, seed, future, layers)
        found.append(look(plan, desk.history(drawn, future, seed)[1]))
    return found
