"""The rates of a return are brought to today's, as far as its own years tell."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from lacmodel.area.opening_return import read_return
from lacmodel.area.settings import OpeningReturn
from lacmodel.fitting.area_of_return import Council, area_of_return
from lacmodel.fitting.arrivals import RATE
from lacmodel.fitting.published_years import one_council
from lacmodel.fitting.rates_today import TODAY, rates_today, shipped
from lacmodel.fitting.return_today import (
    EXITS,
    beyond_law,
    halfway,
    mean_exit_level,
    mean_starters,
    years_of,
)
from lacmodel.published.records import Figure
from lacmodel.ssda903.records import in_care

EXAMPLE = Path(__file__).parent.parent / "data" / "exampleshire" / "returns"
COUNCIL = Council("X00000000", "Alpha", {2023: Figure(28_000, None, "", "made up")}, False)


@pytest.fixture(scope="module")
def read():
    return read_return(EXAMPLE)


def made_of(read, **stated):
    return area_of_return(read, COUNCIL, OpeningReturn(folder="x", sha256="0" * 64, **stated))


def test_the_years_of_a_return_close(read):
    """Children before + started - ceased = children after; the first row is before the files."""
    spells = read.spelled.spells
    own = years_of(spells, np.full(5, 28_000.0))
    assert (own.first_year, own.last_year) == (2019, 2024)
    assert own.children[0, -1] == in_care(spells, spells.last_day).sum()
    assert np.isnan(own.started[0, 0])
    change = np.diff(own.children[0])
    assert change.tolist() == (own.started - own.ceased)[0, 1:].tolist()


def test_entries_and_exits_are_multiplied_by_what_the_filter_finds(read):
    """Today's rate lies between the years that were seen, and the fit is brought to it."""
    made, stated = made_of(read), made_of(read, first_year=2024, last_year=2024)
    assert made.fitted.reference.first_year_ending == 2024  # so that the fits are the same
    own = years_of(read.spelled.spells, np.full(5, 28_000.0))
    before, after = (one.area.parameters.entries.start_rate_per_10000 for one in (stated, made))
    ratio = after.values[before.values > 0] / before.values[before.values > 0]
    assert np.ptp(ratio) < 1e-12
    seen = own.started[0, 1:]
    assert seen.min() < mean_starters(own, 5, 28_000.0) * ratio[0] < seen.max()
    before, after = (one.area.parameters.exits.base_per_day for one in (stated, made))
    ratio = after.values[before.values > 0] / before.values[before.values > 0]
    assert np.ptp(ratio) < 1e-12
    levels = [mean_exit_level(own, year) for year in range(1, 6)]
    assert min(levels) - 0.1 < levels[-1] + np.log(ratio[0]) < max(levels) + 0.1
    assert {RATE, EXITS, TODAY} <= set(made.rates)
    assert "the council's own years, of its return, to March 2024" in made.rates[TODAY].source


def test_years_that_are_stated_are_taken_as_they_are(read):
    stated = made_of(read, first_year=2020, last_year=2024)
    assert TODAY not in stated.rates
    assert any("goes on as it was" in words for words in stated.area.assumptions)
    assert any("brought to today's" in words for words in made_of(read).area.assumptions)


@pytest.mark.parametrize(("factor", "beyond"), [(1.0, False), (0.8, False), (0.4, True), (2, True)])
def test_a_change_that_no_council_has_had_is_beyond_the_law(factor, beyond):
    """280 starters a year, then times 0.4: log 0.4 is -0.92, 5 spreads of about 0.19."""
    steady = dict.fromkeys(range(2019, 2023), 280.0)
    children = dict.fromkeys(range(2018, 2024), 760.0)
    started = steady | {2023: 280.0 * factor}
    residents = dict.fromkeys(range(2017, 2023), 100000.0)
    own = one_council("", 2023, children, started, steady | {2023: 280.0}, residents)
    law = shipped(2023).law
    assert beyond_law(own, law) == (beyond, False)
    learnt = rates_today(shipped(2023), own, 100_000.0)
    assert learnt is not None
    found = halfway(learnt, own, beyond_law(own, law))
    assert np.array_equal(found.today[1], learnt.today[1])
    if not beyond:
        assert found.starters == learnt.starters
        assert np.array_equal(found.today, learnt.today)
        return
    assert found.starters == pytest.approx(280 * factor**0.5, rel=0.005)
    low, high = (np.log(280 * factor**0.5) + sign * found.today[0, 3] for sign in (-1, 1))
    assert np.exp([low, high]) == pytest.approx(sorted([280, 280 * factor]), rel=0.008)


@pytest.mark.parametrize(("column", "marks"), [("REC", "E"), ("RNE", "S")])
def test_where_nobody_leaves_or_nobody_comes_the_rates_of_the_years_stay(tmp_path, column, marks):
    """Episodes that end care, or that begin it, are taken out of the return."""
    folder = tmp_path / "returns"
    shutil.copytree(EXAMPLE, folder)
    for path in folder.rglob("*pisodes*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        kept = [row for row in rows if not row[column].startswith(marks)]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(kept)
    made = made_of(read_return(folder))
    assert TODAY not in made.rates
