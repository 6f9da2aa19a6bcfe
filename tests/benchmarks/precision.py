"""Precision: how far chance moves the quantiles of yearly spend at the usual number of futures."""

import numpy as np
from numpy.typing import NDArray

from lacmodel.engines.ensemble import DEFAULT_FUTURES, run_futures
from lacmodel.money.spend import spend
from tests.benchmarks.measuring import SEED, plan_of, table

RESAMPLES = 1000
QUANTILES = (0.1, 0.5, 0.9)


def precision() -> None:
    """Standard errors of quantiles of yearly gross spend, by the bootstrap over futures."""
    plan = plan_of("worcestershire-2017")
    monthly = spend(plan, run_futures(plan, range(DEFAULT_FUTURES), SEED)).gross.sum(axis=2) / 100
    gross = monthly.reshape(len(monthly), plan.period.years, 12).sum(axis=2)
    found, errors = np.quantile(gross, QUANTILES, axis=0), standard_errors(gross)
    rows = []
    for year in range(plan.period.years):
        cells = (
            f"{value / 1e6:.2f} ({100 * error / value:.2f} %)"
            for value, error in zip(found[:, year], errors[:, year], strict=True)
        )
        rows.append((plan.period.start.year + year, *cells))
    print(f"Gross spend of {DEFAULT_FUTURES:,} futures, £m, and its standard error in brackets")
    print(f"({RESAMPLES:,} resamples of the futures)\n")
    table(("year from April", *(f"P{100 * q:.0f}" for q in QUANTILES)), rows)


def standard_errors(gross: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard errors of the quantiles of each year; shape (quantile, year).

    Parameters
    ----------
    gross : shape (future, year)
    """
    random = np.random.default_rng(SEED)
    drawn = random.integers(0, len(gross), (RESAMPLES, len(gross)))
    again = [np.quantile(gross[futures], QUANTILES, axis=0) for futures in drawn]
    return np.asarray(np.std(again, axis=0, ddof=1))
