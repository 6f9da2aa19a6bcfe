"""Whether fits of returns find the truth, and how long they take: ``tests.benchmarks recovery``."""

import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from lacmodel.fitting.from_return import FittedReturn, fit_return
from lacmodel.ssda903.synthesise import synthesise
from lacmodel.ssda903.true_rates import true_rates
from lacmodel.tables import Table
from tests.recovery import (
    FIRST_DAY,
    LAST_DAY,
    Tables,
    coverage,
    drawn_from_prior,
    national_tables,
    recovered,
    usual_residents,
)

COUNCILS = 50
LARGE = 22  # times the usual council: 54,000 children
RATES = (
    "exits.base_per_day", "moves.breakdown_per_day", "moves.planned_per_day",
    "re_entries.hazard_per_day", "entries.start_rate_per_10000",
)  # fmt: skip
BY_EVENTS = ((0, 0), (1, 5), (6, 20), (21, 50), (51, 150), (151, 10**9))
Cases = list[tuple[Tables, FittedReturn]]


def share(held: Iterable[tuple[int, int]]) -> str:
    """Intervals that hold the truth, in per cent of how many there are."""
    inside, total = np.sum([(0, 0), *held], axis=0)
    return f"{100 * inside / total:.1f} ({total:,})" if total else "none"


def at_random(national: Tables, residents: np.ndarray, chosen: bool) -> Cases:
    """Councils with true rates from the prior; the reference period chosen, or all years."""
    reference = None if chosen else (2019, 2023)
    truths = [drawn_from_prior(national, np.random.default_rng(5000 + k)) for k in range(COUNCILS)]
    return [(t, recovered(t, residents, k, national, reference)) for k, t in enumerate(truths)]


def shifted(national: Tables, of: Callable[[np.ndarray], np.ndarray]) -> Tables:
    """National tables with every rate multiplied by factors of its table's shape."""
    return {
        name: Table(t.values * of(t.values), t.unit, "test", True) if name in RATES else t
        for name, t in national.items()
    }


def by_age_in_turn(up: float) -> Callable[[np.ndarray], np.ndarray]:
    """Factors that go up and down from one age band to the next."""

    def factors(values: np.ndarray) -> np.ndarray:
        band = np.indices(values.shape)[1 if values.shape[1] == 5 else 0]
        return np.where(band % 2 == 0, up, 2 - up)

    return factors


def far_off(national: Tables, residents: np.ndarray) -> Iterator[tuple[str, Cases]]:
    """Councils whose rates are 30 % off the national ones."""
    for words, factors in (
        ("all 30 % above", lambda values: np.full(values.shape, 1.3)),
        ("all 30 % below", lambda values: np.full(values.shape, 0.7)),
        ("above and below by age band", by_age_in_turn(1.3)),
        ("below and above by age band", by_age_in_turn(0.7)),
    ):
        truth = shifted(national, factors)
        yield words, [(truth, recovered(truth, residents, k, national)) for k in range(20)]


def print_coverage(table: Callable[..., None]) -> None:
    """Coverage of 90 % intervals by table, and by events where rates are far off."""
    national = national_tables()
    residents = usual_residents(national)
    everything, chosen = (at_random(national, residents, which) for which in (False, True))
    kinds = (coverage(everything), coverage(everything, lambda events: events > 20),
             coverage(chosen))  # fmt: skip
    rows = [(name, *(share([held[name]]) for held in kinds)) for name in kinds[0]]
    rows.append(("all together", *(share(held.values()) for held in kinds)))
    each = [share(coverage([case]).values()).split()[0] for case in everything]
    print(f"90 % intervals that hold the truth, % (of), {COUNCILS} councils of 760 children\n")
    table(("table", "all five years", "more than 20 events", "reference period chosen"), rows)
    print(f"Between councils the share spreads by {np.std([float(e) for e in each]):.1f} points\n")
    rows = []
    for words, cases in far_off(national, residents):
        held = [coverage(cases, lambda e, lo=lo, hi=hi: (e >= lo) & (e <= hi))
                for lo, hi in BY_EVENTS]  # fmt: skip
        rows.append((words, *(share(one[name] for name in RATES) for one in held)))
    print("The same where rates are 30 % off the national ones, by events in the cell\n")
    names = [f"{lo} to {hi}" if hi < 10**9 else f"{lo} and over" for lo, hi in BY_EVENTS]
    table(("rates", *names), rows)


def print_speed(table: Callable[..., None]) -> None:
    """Core seconds of making up and of fitting a usual council and a very large one."""
    national = national_tables()
    rates, usual = true_rates(national), usual_residents(national_tables())
    rows = []
    for times in (1, LARGE):
        residents = usual * times
        start = time.process_time()
        spells = synthesise(rates, residents, FIRST_DAY, LAST_DAY, np.random.default_rng(1))
        made = time.process_time() - start
        fit_return(spells, residents, national, (2023, 2023))
        start = time.process_time()
        fit_return(spells, residents, national)
        fitted = time.process_time() - start
        children = int(spells.child.max()) + 1
        rows.append((f"{children:,}", f"{len(spells.child):,}", f"{made:.2f}", f"{fitted:.2f}"))
    print("Core seconds; the fit chooses its reference period\n")
    table(("children", "spells", "made up in", "fitted in"), rows)


def recovery(table: Callable[..., None]) -> None:
    """Contract 6 in full."""
    print_coverage(table)
    print_speed(table)
