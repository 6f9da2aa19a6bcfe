"""Benchmarks, side by side in one run: ``python -m tests.benchmarks [speed] [pairing]``.

Nothing here is timed in CI. The latest tables stand in MODEL.md, sections 9 and 10.
"""

import platform
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from lacmodel.codes import ROUTES
from lacmodel.draws import ALL_LAYERS, draw_future, keys_of
from lacmodel.engines import child_events, compiled
from lacmodel.engines.ensemble import Ensemble, run_futures
from lacmodel.engines.records import History
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.money.spend import spend
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEED = 2017
PAIRED_FUTURES = 200
PAIRED = ("edge-of-care", "fewer-breakdowns", "in-house-fostering", "inspection-surge")


def plan_of(name: str) -> Plan:
    """A shipped scenario, resolved."""
    return make_plan(read_scenario(SCENARIOS / f"{name}.toml"))


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table that MODEL.md can take as it is."""
    head = list(head)
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def events_of(history: History) -> int:
    """Events of a future: spells begun after the start, spells ended, referrals."""
    began = int((history.spells["start_day"] >= 0).sum())
    ended = int((history.spells["end_day"] >= 0).sum())
    return began + ended + len(history.referrals)


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs, after one that is not counted."""
    work()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def speed() -> None:
    """Events a second of each engine on one core, and futures a second with everything on."""
    plan = plan_of("worcestershire-2017")
    rows = []
    for name, engine in (("child_events", child_events), ("compiled", compiled)):
        drawn, key = draw_future(plan, SEED, 0, ALL_LAYERS), keys_of(plan, SEED, 0).own

        def one(engine=engine, drawn=drawn, key=key) -> History:
            return engine.run_future(drawn.world, plan.opening, plan.past_leavers, key, 0)

        events, seconds = events_of(one()), best_of(5, one)
        rows.append((name, events, f"{1000 * seconds:.1f}", f"{events / seconds:,.0f}"))
    seconds = best_of(3, lambda: run_stock_flow(plan))
    rows.append(("stock_flow", "", f"{1000 * seconds:.1f}", ""))
    print("One future of five years (stock_flow: one course), one core\n")
    table(("engine", "events", "milliseconds", "events a second"), rows)
    rows = []
    for name, futures, workers in (
        ("child_events", 200, 2),
        ("compiled", 200, 1),
        ("compiled", 200, 2),
    ):
        start = time.perf_counter()
        run_futures(plan, range(futures), SEED, ALL_LAYERS, name, workers)
        rows.append((name, futures, workers, f"{time.perf_counter() - start:.1f}"))
    print("Futures of five years, counted and checked, all four layers\n")
    table(("engine", "futures", "workers", "seconds"), rows)


def total_spend(plan: Plan, ensemble: Ensemble) -> np.ndarray:
    """Gross spend of each future over all years, pounds."""
    return spend(plan, ensemble).gross.sum(axis=(1, 2)) / 100


def fewer_futures(layers: frozenset[int]) -> dict[str, tuple[float, float, float]]:
    """Mean difference, its standard error, and the ratio of variances, by scenario."""
    baseline = plan_of("worcestershire-2017")
    base = total_spend(baseline, run_futures(baseline, range(PAIRED_FUTURES), SEED, layers))
    found = {}
    for name in PAIRED:
        plan = plan_of(name)
        other = total_spend(plan, run_futures(plan, range(PAIRED_FUTURES), SEED, layers))
        paired, independent = other - base, other - np.roll(base, 1)
        error = paired.std(ddof=1) / np.sqrt(PAIRED_FUTURES)
        found[name] = (paired.mean(), error, independent.var(ddof=1) / paired.var(ddof=1))
    return found


def pairing() -> None:
    """How many times fewer futures a paired difference needs than an independent one.

    The standard error of a mean difference goes with the variance over the number of futures. The
    independent difference pairs each future of the scenario with the next future of the baseline.
    """
    chance, everything = fewer_futures(frozenset({1})), fewer_futures(ALL_LAYERS)
    rows = [
        (name, f"{mean / 1e6:+.2f}", f"{error / 1e6:.3f}", f"{chance[name][2]:.0f}", f"{ratio:.0f}")
        for name, (mean, error, ratio) in everything.items()
    ]
    print(f"Gross spend over five years against the baseline, {PAIRED_FUTURES} paired futures\n")
    columns = ("scenario", "mean difference, £m", "its standard error, £m")
    table((*columns, "times fewer futures, chance alone", "all four layers"), rows)


PARTS = {"speed": speed, "pairing": pairing}


def main() -> None:
    """Run the parts that are named, or all."""
    print(f"{platform.machine()}, Python {platform.python_version()}, {len(ROUTES)} routes\n")
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
