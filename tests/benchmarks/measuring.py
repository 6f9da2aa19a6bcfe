"""What the parts share: plans, tables, and core seconds."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEED = 2017
TICKS_PER_SECOND = 100


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


def best_of(times: int, work: Callable[[], object]) -> float:
    """Core seconds of the fastest of some runs, after one that is not counted."""
    work()
    seconds = []
    for _ in range(times):
        start = core_seconds()
        work()
        seconds.append(core_seconds() - start)
    return min(seconds)


def core_seconds() -> float:
    """Core seconds of this process so far."""
    return time.process_time()


def core_seconds_below() -> float:
    """Core seconds of every process that this one started, and of those that they started.

    Read from /proc, so nought where there is none.
    """
    parents, ticks = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        pid = int(file.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    return sum(ticks[pid] for pid in parents if _is_below(pid, parents)) / TICKS_PER_SECOND


def _is_below(pid: int, parents: dict[int, int]) -> bool:
    """Whether this process started another, directly or not."""
    while pid in parents:
        pid = parents[pid]
        if pid == os.getpid():
            return True
    return False
