"""Benchmarks, side by side in one run: ``python -m tests.benchmarks [part ...]``.

The parts are speed, scaling, england, whole, pairing, precision, returns,
recovery, steady, shocks, lever and windows.

Nothing here is timed in CI. The latest tables stand in MODEL.md, sections 9 and 10.
"""

import os
import platform
import resource
import subprocess
import sys
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lacmodel.codes import ROUTES
from lacmodel.draws import ALL_LAYERS
from lacmodel.engines.ensemble import Ensemble, run_futures
from lacmodel.engines.pools import Pool
from lacmodel.money.spend import spend
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario
from tests.benchmarks.lever import lever
from tests.benchmarks.measuring import SCENARIOS, SEED, core_seconds, plan_of, table
from tests.benchmarks.precision import precision
from tests.benchmarks.recovery import recovery
from tests.benchmarks.returns import returns
from tests.benchmarks.shocks import shocks
from tests.benchmarks.speed import speed
from tests.benchmarks.steady import steady
from tests.benchmarks.windows import windows

PAIRED_FUTURES = 200
PAIRED = ("edge-of-care", "fewer-breakdowns", "in-house-fostering", "inspection-surge")


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
    by_children = [(800 * f, one_batch(grown(county, f), 5)) for f in (1, 3, 10, 30, 100)]
    by_futures = [(count, one_batch(county, count)) for count in (10, 100, 1000, 10_000)]
    by_years = [(years, one_batch(plan_of_years(years), 100)) for years in (1, 2, 5, 10, 20)]
    rows = []
    for name, points in (("children", by_children), ("years", by_years), ("futures", by_futures)):
        measured = ", ".join(f"{size:,}: {seconds:.2f}" for size, seconds in points)
        rows.append((name, measured, f"{exponent(points):.2f}"))
    print("Core seconds of 5 futures by children, 100 by years, and by futures; one worker\n")
    table(("what grows", "core seconds", "exponent"), rows)


def exponent(points: list[tuple[int, float]]) -> float:
    """The power of the size that the seconds grow with, by least squares of the logarithms."""
    sizes, seconds = zip(*points, strict=True)
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def one_batch(plan: Plan, futures: int) -> float:
    """Core seconds of some futures on one worker, compiled already."""
    run_futures(plan, range(1), SEED)
    start = core_seconds()
    run_futures(plan, range(futures), SEED)
    return core_seconds() - start


def england() -> None:
    """100 futures of five years of 80,000 children on two workers, and what 64 cores would take.

    Batches of futures do not talk to one another, so the core seconds are shared out evenly, in
    whole batches.
    """
    plan = grown(plan_of("worcestershire-2017"), 100)
    run_futures(plan, range(1), SEED)
    wall, core = time.perf_counter(), core_seconds()
    run_futures(plan, range(100), SEED, pool=Pool(2))
    wall, core = time.perf_counter() - wall, core_seconds() - core
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = (f"{len(plan.opening.number):,}", f"{wall:.0f}", f"{core:.0f}", f"{peak:.0f}")
    print("England: 100 futures of five years, two threads\n")
    columns = ("children at the start", "seconds", "core seconds", "peak memory, MB")
    table((*columns, "seconds on 64 cores"), [(*row, f"{core / 100 * -(-100 // 64):.0f}")])


def plan_of_years(years: int) -> Plan:
    """The baseline over another number of years."""
    text = (SCENARIOS / "worcestershire-2017.toml").read_text(encoding="utf-8")
    lines = [f"years = {years}" if line.startswith("years") else line for line in text.splitlines()]
    with TemporaryDirectory(dir=SCENARIOS) as folder:
        path = Path(folder) / "baseline.toml"
        path.write_text("\n".join(lines).replace('"../', '"../../'), encoding="utf-8")
        return make_plan(read_scenario(path))


def whole() -> None:
    """The whole command, with its report or its tables alone, and the peer's one path."""
    rows = []
    for futures, option in product((1000, 10_000), ("", "--tables-only")):
        with TemporaryDirectory() as folder:
            scenario = SCENARIOS / "worcestershire-2017.toml"
            words = ["run", str(scenario), "--futures", str(futures), "--quiet", "--out"]
            call = [sys.executable, "-m", "lacmodel", *words, str(Path(folder) / "out")]
            what = f"lacmodel run, {futures:,} futures of 5 years {option}".strip()
            rows.append((what, *measured([*call, *option.split()])))
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
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *call], capture_output=True, text=True, check=True
    )
    wall, core, peak = done.stdout.split()[-3:]
    return wall, core, peak


# A small process that starts another and measures it: the peak of a process counts from that of
# the one that started it.
MEASURE = """
import os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
wall, core = time.perf_counter() - start, used.ru_utime + used.ru_stime
print(f"{wall:.1f} {core:.1f} {used.ru_maxrss / 1024:.0f}")
sys.exit(bool(status))
"""
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
    "england": england,
    "whole": whole,
    "pairing": pairing,
    "precision": precision,
    "returns": returns,
    "recovery": lambda: recovery(table),
    "steady": steady,
    "shocks": shocks,
    "lever": lever,
    "windows": windows,
}


def main() -> None:
    """Run the parts that are named, or all."""
    print(f"{platform.machine()}, Python {platform.python_version()}, {len(ROUTES)} routes\n")
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
