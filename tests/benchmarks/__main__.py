"""Benchmarks, side by side in one run: ``python -m tests.benchmarks [part ...]``.

The parts are speed, scaling, whole, pairing and recovery.

Nothing here is timed in CI. The latest tables stand in MODEL.md, sections 9 and 10.
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lacmodel.codes import ROUTES
from lacmodel.draws import ALL_LAYERS, draw_future, keys_of
from lacmodel.engines import child_events, compiled
from lacmodel.engines.ensemble import Ensemble, run_futures
from lacmodel.engines.pools import Pool
from lacmodel.engines.records import History
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.money.spend import spend
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario
from tests.benchmarks.recovery import recovery

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
        again = ()
        if engine is compiled:
            again = (compiled.Workspace(plan.world, plan.opening, plan.past_leavers),)

        def one(engine=engine, drawn=drawn, key=key, again=again) -> History:
            return engine.run_future(drawn.world, plan.opening, plan.past_leavers, key, 0, *again)

        events, seconds = events_of(one()), best_of(5, one)
        rows.append((name, events, f"{1000 * seconds:.1f}", f"{events / seconds:,.0f}"))
    seconds = best_of(3, lambda: run_stock_flow(plan))
    rows.append(("stock_flow", "", f"{1000 * seconds:.1f}", ""))
    print("One future of five years (stock_flow: one course), one core\n")
    table(("engine", "events", "milliseconds", "events a second"), rows)
    rows = []
    for name, futures, pool, words in (
        ("child_events", 20, Pool(1), "1"),
        ("compiled", 1000, Pool(1), "1"),
        ("compiled", 1000, Pool(2), "2 threads"),
        ("compiled", 1000, Pool(2, processes=True), "2 processes"),
    ):
        run_futures(plan, range(2), SEED, ALL_LAYERS, name, pool)
        wall, core = time.perf_counter(), core_seconds()
        run_futures(plan, range(futures), SEED, ALL_LAYERS, name, pool)
        wall, core = time.perf_counter() - wall, core_seconds() - core
        per_future = 1000 * core / futures
        rows.append((name, futures, words, f"{wall:.1f}", f"{core:.1f}", f"{per_future:.2f}"))
    print("Futures of five years, counted and checked, all four layers\n")
    columns = ("engine", "futures", "workers", "seconds", "core seconds", "core ms a future")
    table(columns, rows)


def core_seconds() -> float:
    """Core seconds of this process so far."""
    return time.process_time()


def grown(plan: Plan, factor: int) -> Plan:
    """The same plan with so many times the children in care, past leavers, entries and places."""
    world = plan.world
    tables = world.entries._replace(per_day=world.entries.per_day * factor)
    places = world.placements._replace(usable_places=world.placements.usable_places * factor)
    return replace(
        plan,
        world=world._replace(entries=tables, placements=places),
        opening=_repeated(plan.opening, factor),
        past_leavers=_repeated(plan.past_leavers, factor),
    )


def _repeated(children, factor: int):
    """Everybody so many times, under numbers of their own."""
    columns = {name: np.tile(column, factor) for name, column in children._asdict().items()}
    stream = children.number.min() >> 52 << 52 if len(children.number) else 0
    columns["number"] = stream + (np.arange(len(columns["number"])) << 4)
    return type(children)(**columns)


def scaling() -> None:
    """Core seconds against children, years and futures, with the exponent fitted to each."""
    county = plan_of("worcestershire-2017")
    by_children = [(800 * f, one_batch(grown(county, f), 10)) for f in (1, 3, 10, 30, 100)]
    by_futures = [(count, one_batch(county, count)) for count in (10, 100, 1000)]
    by_years = [(years, one_batch(plan_of_years(years), 30)) for years in (1, 2, 5, 10, 20)]
    rows = []
    for name, points in (("children", by_children), ("years", by_years), ("futures", by_futures)):
        sizes, seconds = zip(*points, strict=True)
        exponent = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        measured = ", ".join(f"{size:,}: {second:.2f}" for size, second in points)
        rows.append((name, measured, f"{exponent:.2f}"))
    print("Core seconds of 10 futures by children, 30 by years, and by futures; one worker\n")
    table(("what grows", "core seconds", "exponent"), rows)


def one_batch(plan: Plan, futures: int) -> float:
    """Core seconds of some futures, compiled already."""
    run_futures(plan, range(1), SEED)
    start = core_seconds()
    run_futures(plan, range(futures), SEED)
    return core_seconds() - start


def plan_of_years(years: int) -> Plan:
    """The baseline over another number of years."""
    text = (SCENARIOS / "worcestershire-2017.toml").read_text(encoding="utf-8")
    lines = [f"years = {years}" if line.startswith("years") else line for line in text.splitlines()]
    with TemporaryDirectory(dir=SCENARIOS) as folder:
        path = Path(folder) / "baseline.toml"
        path.write_text("\n".join(lines).replace('"../', '"../../'), encoding="utf-8")
        return make_plan(read_scenario(path))


def whole() -> None:
    """The whole command with its tables and report, and the peer's one path, as processes."""
    rows = []
    for futures in (1000, 10_000):
        with TemporaryDirectory() as folder:
            scenario = SCENARIOS / "worcestershire-2017.toml"
            words = ["run", str(scenario), "--futures", str(futures), "--quiet", "--out"]
            call = [sys.executable, "-m", "lacmodel", *words, str(Path(folder) / "out")]
            rows.append((f"lacmodel run, {futures:,} futures of 5 years", *measured(call)))
    python = peer()
    for days, words in ((365, "12 months"), (1826, "5 years")):
        if python:
            row = measured([python, "-c", PEER_PATH, str(days)])
            rows.append((f"cs-demand-model 0.5.1, one path of {words}", *row))
    print("Whole processes\n")
    table(("what", "seconds", "core seconds", "peak memory, MB"), rows)
    if not python:
        print("cs-demand-model 0.5.1 could not be installed; its part is skipped.\n")


def measured(call: list[str]) -> tuple[str, str, str]:
    """Seconds, core seconds and peak memory of a process that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{call[:4]} failed")
    seconds, core = time.perf_counter() - start, used.ru_utime + used.ru_stime
    return f"{seconds:.1f}", f"{core:.1f}", f"{used.ru_maxrss / 1024:.0f}"


PEER_PATH = """
import sys
from cs_demand_model import Config, DemandModellingDataContainer, ModelPredictor
from cs_demand_model import PopulationStats
from cs_demand_model.datastore import fs_datastore
from datetime import date, timedelta
config = Config()
container = DemandModellingDataContainer(fs_datastore("sample://v1.zip"), config)
stats = PopulationStats(container.enriched_view, config)
end = container.end_date
predictor = ModelPredictor.from_model(stats, end - timedelta(days=365), end)
predictor.predict(int(sys.argv[1]), progress=False)
"""


def peer() -> str:
    """A Python with cs-demand-model in it, in a virtual environment of its own; empty if none."""
    folder = Path(os.environ.get("LACMODEL_PEER", Path.home() / ".cache" / "lacmodel-peer"))
    python = folder / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            install = [str(python), "-m", "pip", "install", "-q", "cs-demand-model[cli]==0.5.1"]
            subprocess.run(install, check=True, timeout=600)
        subprocess.run([str(python), "-c", "import cs_demand_model"], check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return str(python)


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


PARTS = {
    "speed": speed,
    "scaling": scaling,
    "whole": whole,
    "pairing": pairing,
    "recovery": lambda: recovery(table),
}


def main() -> None:
    """Run the parts that are named, or all."""
    print(f"{platform.machine()}, Python {platform.python_version()}, {len(ROUTES)} routes\n")
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
