"""Forecasts for a made-up council that goes on as it was, by the product's whole way.

Five years of made-up files are written, an area is made of them, and stock_flow forecasts two years
that the same made-up council then has.
"""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lacmodel.area.guide import new_area_files
from lacmodel.area.opening_return import read_return
from lacmodel.area.settings import OpeningReturn
from lacmodel.area.write import write_folder
from lacmodel.codes import KINDS, PLACEMENTS
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.fitting.area_of_return import Council, area_of_return
from lacmodel.fitting.totals import national_tables
from lacmodel.planning import make_plan
from lacmodel.published.records import Figure
from lacmodel.scenario import read_scenario
from lacmodel.ssda903.records import day_number, in_care
from lacmodel.ssda903.sources import hash_of
from lacmodel.ssda903.synthesise import residents_for, synthesise
from lacmodel.ssda903.true_rates import true_rates
from lacmodel.ssda903.write import tables_by_year, write_return

FIRST, START, LAST = date(2018, 4, 1), date(2023, 4, 1), date(2025, 3, 31)
MONTHS = (0, 12, 24)


class Course(NamedTuple):
    """Children by placement type at the start and after 12 and 24 months; shape (3, placement)."""

    forecast: np.ndarray
    actual: np.ndarray


def steady_course(folder: Path, seed: int, children: int = 760) -> Course:
    """What is forecast for one made-up council, and what then happens."""
    rates = true_rates(national_tables())
    residents = residents_for(rates, children)
    generator = np.random.default_rng(seed)
    spells = synthesise(rates, residents, day_number(FIRST), day_number(LAST), generator)
    write_return(folder / "return", tables_by_year(spells, generator))
    read = read_return(folder / "return", start=START)
    pointer = OpeningReturn(folder="../return", sha256=hash_of(folder / "return"))
    figure = Figure(round(residents.sum()), None, "", "made up")
    made = area_of_return(read, Council("X00000000", "Steady", {2022: figure}), pointer)
    write_folder(folder / "steady", new_area_files(made.content(), "steady"))
    course = run_stock_flow(make_plan(read_scenario(folder / "steady" / "steady.toml")))
    type_of_kind = np.array([placement for placement, _ in KINDS])
    by_kind = course.children.sum(axis=(1, 3))[list(MONTHS)]
    forecast = np.stack([np.bincount(type_of_kind, row, len(PLACEMENTS)) for row in by_kind])
    nights = [day_number(date(2023 + years, 3, 31)) for years in range(3)]
    actual = [
        np.bincount(spells.placement[in_care(spells, night)], minlength=len(PLACEMENTS))
        for night in nights
    ]
    return Course(forecast, np.stack(actual).astype(np.float64))
