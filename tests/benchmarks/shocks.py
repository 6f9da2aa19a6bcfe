"""How forecasts hold when entries have just changed: ``tests.benchmarks shocks``."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.benchmarks.measuring import table
from tests.shocks import AHEAD, Forecast, shocked

SEEDS = int(os.environ.get("SHOCK_SEEDS", "100"))
FUTURES = 200
FACTORS = (1.0, 1.25, 0.8, 1.5, 0.5)
ENDS = (0.1, 0.9)


def shocks() -> None:
    """Coverage and width of 80 % intervals by change of entries, at 12 and 24 months."""
    rows = []
    for factor in FACTORS:
        found = []
        for seed in range(SEEDS):
            with TemporaryDirectory() as folder:
                found.append(shocked(Path(folder), seed, factor, FUTURES))
        rows += shock_rows(factor, found)
    header = ("entries of the last year", "months", "80 % held", "back to normal", "for good",
              "bias of the median", "mean width", "width that holds 80 %", "ratio")  # fmt: skip
    print(f"{SEEDS} made-up councils of about 760 children a row, {FUTURES} futures each\n")
    table(header, rows)


def shock_rows(factor: float, found: list[Forecast]) -> list[tuple[str, ...]]:
    """One row a horizon."""
    rows = []
    for at, months in enumerate(AHEAD):
        ends = np.array([np.quantile(one.futures[:, at], (*ENDS, 0.5)) for one in found])
        truth = np.array([one.truth[at] for one in found], dtype=float)
        low, high, middle = ends.T
        held = (low <= truth) & (truth <= high)
        stretch = needed_stretch(low, middle, high, truth)
        bias = (middle.sum() - truth.sum()) / truth.sum()
        width = float((high - low).mean())
        rows.append(
            (f"x {factor:g}", str(months), f"{held.mean():.0%}", f"{held[::2].mean():.0%}",
             f"{held[1::2].mean():.0%}", f"{bias:+.1%}", f"{width:.0f}",
             f"{width * stretch:.0f}", f"{1 / stretch:.2f}")
        )  # fmt: skip
    return rows


def needed_stretch(
    low: np.ndarray, middle: np.ndarray, high: np.ndarray, truth: np.ndarray
) -> float:
    """By how much every interval, stretched about its middle, just holds four truths in five."""
    side = np.where(truth >= middle, high - middle, middle - low)
    return float(np.quantile(np.abs(truth - middle) / side, 0.8))
