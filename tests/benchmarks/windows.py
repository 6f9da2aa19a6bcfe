"""How far to trust the recent past of a return: ``python -m tests.benchmarks windows``.

Made-up councils of 760 children, five years of files, expected numbers two years on: in half of
the worlds rates of entry stay as they are, in the others they drift as those of real councils do.
"""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from lacmodel.analyses.backtest import unchanged
from lacmodel.area.children import children_of
from lacmodel.area.opening_return import ReturnRead, read_return
from lacmodel.area.settings import OpeningReturn
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.fitting import area_of_return as making
from lacmodel.fitting.area_of_return import Council
from lacmodel.fitting.rates_today import shipped_laws
from lacmodel.listed import with_children
from lacmodel.planning import make_plan
from lacmodel.published.records import Figure
from lacmodel.ssda903.records import day_number, in_care
from lacmodel.ssda903.synthesise import synthesise
from lacmodel.ssda903.write import tables_by_year, write_return
from tests.benchmarks.measuring import table
from tests.shocks import FIRST, LAST, START, rates_and_residents

WORLDS = int(os.environ.get("WINDOW_WORLDS", "24"))
YEARS, MONTHS = 7, (0, 12, 24)
NEVER = "as chosen, as it was"
# The years that rates rest on, and whether they are brought to today's by the filter.
STATED = {"all years": (2019, 2023), "last year": (2023, 2023)}
VARIANTS = ("as chosen, and today's", NEVER, *STATED)


def windows() -> None:
    """Errors of expected children by world and by what the rates rest on."""
    rows = []
    for world, course in (("steady", steady), ("drifting", drifting)):
        found = [forecasts_of(seed, course) for seed in range(WORLDS)]
        truth = np.array([one for _, one in found], dtype=float)
        for at in (1, 2):
            none = rmse(truth[:, 0] - truth[:, at])
            errors = [
                rmse(np.array([one[name][at] for one, _ in found]) - truth[:, at])
                for name in VARIANTS
            ]
            cells = (f"{error:.1f}" for error in (none, *errors))
            rows.append((world, str(MONTHS[at]), *cells))
    print(f"{WORLDS} made-up councils a world; root mean square error, children\n")
    table(("entries", "months", "no change", *VARIANTS), rows)


def rmse(errors: np.ndarray) -> float:
    """Root mean square of errors."""
    return float(np.sqrt(np.mean(errors**2)))


def steady(generator: np.random.Generator) -> np.ndarray:
    """Entries that stay as they are, by month."""
    return np.ones(12 * YEARS)


def drifting(generator: np.random.Generator) -> np.ndarray:
    """Entries that drift by the latest law of real councils, a step a year."""
    law = shipped_laws()[max(shipped_laws())].entries
    departure, level, logs = generator.normal(0, law.spread), 0.0, []
    for _ in range(YEARS):
        logs.append(departure + level)
        shock = law.spread * np.sqrt(1 - law.persistence**2)
        departure = law.persistence * departure + generator.normal(0, shock)
        level += generator.normal(0, np.hypot(law.walk, law.national))
    return np.repeat(np.exp(logs), 12)


def forecasts_of(
    seed: int, course: Callable[[np.random.Generator], np.ndarray]
) -> tuple[dict[str, np.ndarray], list[int]]:
    """Expected children of every variant, and those who were there."""
    rates, residents = rates_and_residents()
    generator = np.random.default_rng([seed, 77])
    spells = synthesise(
        rates, residents, day_number(FIRST), day_number(LAST), generator, course(generator)
    )
    figure = Figure(round(residents.sum()), None, "", "made up")
    council = Council("X00000000", "Made up", {2022: figure})
    with TemporaryDirectory() as folder:
        write_return(Path(folder), tables_by_year(spells, generator))
        read = read_return(Path(folder), start=START)
    found = {name: expected(read, council, name) for name in VARIANTS}
    nights = [day_number(date(2023 + year, 3, 31)) for year in range(3)]
    return found, [int(in_care(spells, night).sum()) for night in nights]


def expected(read: ReturnRead, council: Council, variant: str) -> np.ndarray:
    """Expected children at the start, and 12 and 24 months on."""
    first, last = STATED.get(variant, (None, None))
    pointer = OpeningReturn(folder="x", sha256="0" * 64, first_year=first, last_year=last)
    usual: Any = making.today_of
    if variant == NEVER:
        making.today_of = lambda *_: None
    try:
        made = making.area_of_return(read, council, pointer).area
    finally:
        making.today_of = usual
    area = with_children(made, *children_of(read.spelled.spells, START))
    course = run_stock_flow(make_plan(unchanged(area, 2), area))
    return np.asarray(course.children.sum(axis=(1, 2, 3))[list(MONTHS)])
