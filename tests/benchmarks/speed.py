"""Speed: the engines beside each other, kinds of workers beside each other, and the peer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from lacmodel.draws import ALL_LAYERS, draw_future, keys_of
from lacmodel.engines import child_events, compiled
from lacmodel.engines.ensemble import run_futures
from lacmodel.engines.pools import Pool
from lacmodel.engines.records import History
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.plan import Plan
from tests.benchmarks.measuring import (
    SEED,
    best_of,
    core_seconds,
    core_seconds_below,
    plan_of,
    table,
)
from tests.loopback import dask_on_loopback

FUTURES = 1000
PLAN = "worcestershire-2017"


def speed() -> None:
    """Events a second of each engine on one core, and futures a second with everything on."""
    plan = plan_of(PLAN)
    one_future(plan)
    many_futures(plan)
    beside_the_peer(plan)


def one_future(plan: Plan) -> None:
    """Events a core second of each engine."""
    rows: list[tuple[object, ...]] = []
    for name, engine in (("child_events", child_events), ("compiled", compiled)):
        drawn, key = draw_future(plan, SEED, 0, ALL_LAYERS), keys_of(plan, SEED, 0).own
        again = ()
        if engine is compiled:
            again = (compiled.Workspace(plan.world, plan.opening, plan.past_leavers),)

        def one(engine=engine, drawn=drawn, key=key, again=again) -> History:
            return engine.run_future(drawn.world, plan.opening, plan.past_leavers, key, 0, *again)

        events, seconds = events_of(one()), best_of(5, one)
        rows.append((name, events, f"{1000 * seconds:.1f}", f"{events / seconds:,.0f}"))
    seconds = best_of(9, lambda: run_stock_flow(plan))
    rows.append(("stock_flow", "", f"{1000 * seconds:.1f}", ""))
    print("One future of five years (stock_flow: one course), one core\n")
    table(("engine", "events", "core milliseconds", "events a core second"), rows)


def events_of(history: History) -> int:
    """Events of a future: spells begun after the start, spells ended, referrals."""
    began = int((history.spells["start_day"] >= 0).sum())
    ended = int((history.spells["end_day"] >= 0).sum())
    return began + ended + len(history.referrals)


def many_futures(plan: Plan) -> None:
    """Seconds and core seconds of futures by engine and by who does the work."""
    rows = [
        timed(plan, "child_events", 20, Pool(1), "1"),
        timed(plan, "compiled", FUTURES, Pool(1), "1"),
        timed(plan, "compiled", FUTURES, Pool(2), "2 threads"),
        timed(plan, "compiled", FUTURES, Pool(2, processes=True), "2 processes"),
    ]
    with cluster() as address:
        if address:
            pool = Pool(cluster=address)
            rows.append(timed(plan, "compiled", FUTURES, pool, "2 workers of a Dask scheduler"))
    print("Futures of five years, counted and checked, all four layers\n")
    columns = ("engine", "futures", "workers", "seconds", "core seconds", "core ms a future")
    table(columns, rows)
    if not address:
        print("distributed is not installed; the row of Dask is skipped.\n")


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a scheduler with two workers on loopback; empty without distributed."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        yield ""
        return
    with dask_on_loopback() as (address, _):
        yield address


def timed(plan: Plan, engine: str, futures: int, pool: Pool, workers: str) -> tuple[object, ...]:
    """A row: seconds, and core seconds of all processes; workers have started and compiled."""
    run_futures(plan, range(200 if engine == "compiled" else 10), SEED, ALL_LAYERS, engine, pool)
    wall, core = time.perf_counter(), core_seconds() + core_seconds_below()
    run_futures(plan, range(futures), SEED, ALL_LAYERS, engine, pool)
    wall = time.perf_counter() - wall
    core = core_seconds() + core_seconds_below() - core
    per_future = 1000 * core / futures
    return engine, f"{futures:,}", workers, f"{wall:.1f}", f"{core:.1f}", f"{per_future:.2f}"


def beside_the_peer(plan: Plan) -> None:
    """Expected numbers of five years against the peer's one path of five years."""
    from tests.benchmarks.__main__ import PEER_PATH, measured, peer

    python = peer()
    if not python:
        print("cs-demand-model 0.5.1 could not be installed; its part is skipped.\n")
        return
    _, core, _ = measured([python, "-c", PEER_PATH, "1826"])
    start = core_seconds()
    for _ in range(9):
        run_stock_flow(plan)
    course = (core_seconds() - start) / 9
    ratio = f"{float(core) / course:.0f}"
    print("One path of five years, core seconds\n")
    columns = ("cs-demand-model 0.5.1, the process", "stock_flow, limits on", "ratio")
    table(columns, [(core, f"{course:.3f}", ratio)])
