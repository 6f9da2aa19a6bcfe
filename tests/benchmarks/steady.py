"""How forecasts of made-up councils that go on as they were err: ``tests.benchmarks steady``."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lacmodel.codes import PLACEMENTS, SUPPORTED
from tests.benchmarks.measuring import table
from tests.steady import Course, steady_course

COUNCILS = int(os.environ.get("STEADY_COUNCILS", "100"))


def steady() -> None:
    """Bias of supported placements and root mean square error of totals, against no change."""
    courses = []
    for seed in range(COUNCILS):
        with TemporaryDirectory() as folder:
            courses.append(steady_course(Path(folder), seed))
    steady_table(courses)


def steady_table(courses: list[Course]) -> None:
    """By horizon: bias by type in per cent, and errors of totals."""
    forecast = np.stack([course.forecast for course in courses])
    actual = np.stack([course.actual for course in courses])
    rows = []
    for at, months in ((1, 12), (2, 24)):
        total = forecast[:, at].sum(axis=1), actual[:, at].sum(axis=1), actual[:, 0].sum(axis=1)
        error, no_change = (np.sqrt(np.mean((f - total[1]) ** 2)) for f in (total[0], total[2]))
        of_type = forecast[:, at, SUPPORTED], actual[:, at, SUPPORTED]
        bias = of_type[0].mean() / of_type[1].mean() - 1
        spread = (of_type[0] - of_type[1]).std() / len(courses) ** 0.5 / of_type[1].mean()
        every = total[0].mean() / total[1].mean() - 1
        rows.append(
            (f"{months} months", f"{bias:+.1%} (s.e. {spread:.1%})", f"{every:+.1%}",
             f"{error:.1f}", f"{no_change:.1f}", f"{error / no_change:.2f}")
        )  # fmt: skip
    header = (f"{len(courses)} councils", f"bias, {PLACEMENTS[SUPPORTED]}", "bias, total",
              "RMSE", "RMSE, no change", "ratio")  # fmt: skip
    table(header, rows)
