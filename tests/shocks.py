"""Forecasts for made-up councils whose entries change in the year before the forecast.

Five years of made-up files, an area made of them, and futures of two years. In the last year of the
files entries are multiplied; in half of the councils (odd seeds) they stay so for good, in the
others they are as before from the first day of the forecast. Nothing in the files tells which.
"""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lacmodel.area.guide import new_area_files
from lacmodel.area.opening_return import read_return
from lacmodel.area.settings import OpeningReturn
from lacmodel.area.write import write_folder
from lacmodel.engines.ensemble import run_futures
from lacmodel.engines.pools import Pool
from lacmodel.fitting.area_of_return import Council, area_of_return
from lacmodel.fitting.totals import national_tables
from lacmodel.planning import make_plan
from lacmodel.published.records import Figure
from lacmodel.results import children_in
from lacmodel.scenario import read_scenario
from lacmodel.ssda903.records import day_number, in_care
from lacmodel.ssda903.sources import hash_of
from lacmodel.ssda903.synthesise import residents_for, synthesise
from lacmodel.ssda903.true_rates import true_rates
from lacmodel.ssda903.write import tables_by_year, write_return

FIRST, START, LAST = date(2018, 4, 1), date(2023, 4, 1), date(2025, 3, 31)
MONTHS_OF_FILES, MONTHS_AHEAD = 60, 24
AHEAD = (12, 24)


class Forecast(NamedTuple):
    """Children at the start, in every future, and in truth; 12 and 24 months ahead."""

    opening: int
    futures: np.ndarray  # (future, horizon)
    truth: np.ndarray  # (horizon,)


def multiplier(factor: float, for_good: bool) -> np.ndarray:
    """On entries by month of the files and of the two years after them."""
    months = np.ones(MONTHS_OF_FILES + MONTHS_AHEAD)
    months[MONTHS_OF_FILES - 12 : None if for_good else MONTHS_OF_FILES] = factor
    return months


@cache
def rates_and_residents(children: int = 760):
    """England's rates as the truth, and residents with whom so many children are in care."""
    rates = true_rates(national_tables())
    return rates, residents_for(rates, children)


def shocked(folder: Path, seed: int, factor: float, futures: int = 200) -> Forecast:
    """What is forecast for one made-up council, and what then happens."""
    rates, residents = rates_and_residents()
    generator = np.random.default_rng(seed)
    spells = synthesise(
        rates, residents, day_number(FIRST), day_number(LAST), generator,
        multiplier(factor, seed % 2 == 1),
    )  # fmt: skip
    write_return(folder / "return", tables_by_year(spells, generator))
    read = read_return(folder / "return", start=START)
    pointer = OpeningReturn(folder="../return", sha256=hash_of(folder / "return"))
    figure = Figure(round(residents.sum()), None, "", "made up")
    made = area_of_return(read, Council("X00000000", "Shocked", {2022: figure}), pointer)
    write_folder(folder / "shocked", new_area_files(made.content(), "shocked"))
    plan = make_plan(over_two_years(folder))
    ensemble = run_futures(plan, range(futures), seed, pool=Pool(1))
    nights = [day_number(date(2023 + years, 3, 31)) for years in range(3)]
    truth = [int(in_care(spells, night).sum()) for night in nights]
    return Forecast(truth[0], children_in(ensemble)[:, list(AHEAD)], np.array(truth[1:]))


def over_two_years(folder: Path):
    """The scenario that comes with the area, over two years."""
    return replace(read_scenario(folder / "shocked" / "shocked.toml"), years=2)
