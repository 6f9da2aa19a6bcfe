"""Precision: how far chance moves the quantiles of yearly spend at the usual number of futures."""

import numpy as np
from numpy.typing import NDArray

from lacmodel.engines.ensemble import DEFAULT_FUTURES, run_futures
from lacmodel.money.spend import spend
from lacmodel.plan import Plan
from tests.benchmarks.measuring import SEED, plan_of, table

RUNS = 20
QUANTILES = (0.1, 0.5, 0.9)


def precision() -> None:
    """Standard errors of quantiles of yearly gross spend, from runs of futures of their own."""
    plan = plan_of("worcestershire-2017")
    by_run = np.stack([quantiles_of_run(plan, run) for run in range(RUNS)])
    mean, error = by_run.mean(axis=0), by_run.std(axis=0, ddof=1)
    rows = []
    for year in range(plan.period.years):
        cells = (
            f"{mean[q, year] / 1e6:.2f} ({100 * error[q, year] / mean[q, year]:.2f} %)"
            for q in range(len(QUANTILES))
        )
        rows.append((plan.period.start.year + year, *cells))
    print(f"Gross spend, £m: mean of {RUNS} runs of {DEFAULT_FUTURES:,} futures, and in brackets")
    print("the standard deviation of one run's quantile as a share of it\n")
    table(("year from April", *(f"P{100 * q:.0f}" for q in QUANTILES)), rows)


def quantiles_of_run(plan: Plan, run: int) -> NDArray[np.float64]:
    """Quantiles of yearly gross spend of a run with futures of its own; shape (quantile, year)."""
    futures = range(run * DEFAULT_FUTURES, (run + 1) * DEFAULT_FUTURES)
    gross = spend(plan, run_futures(plan, futures, SEED)).gross.sum(axis=2) / 100
    return np.quantile(gross, QUANTILES, axis=0)
