"""The area beside others: medians by hand, what the median would mean, and no rate twice."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from fake_runs import fake_forecast

from lacmodel.analyses.beside_others import (
    at_neighbours_median,
    beside_others,
    latest_beside,
    neighbours_table,
)
from lacmodel.area import read_area
from lacmodel.faults import InputFaults
from lacmodel.money.spend import net_by_year
from lacmodel.money.variance import year_on_year
from lacmodel.report.neighbours_section import neighbours_section

WORCESTERSHIRE = Path(__file__).parents[1] / "data" / "worcestershire-2017"
OPENING = date(2017, 3, 31)


@pytest.fixture(scope="module")
def area():
    return read_area(WORCESTERSHIRE)


def test_the_median_is_that_of_the_nine_neighbours(area):
    year = latest_beside(area, OPENING)
    assert year is not None
    assert year.neighbour_rates == [33.3, 36.5, 38.9, 41.5, 43.4, 48.0, 48.7, 49.3, 61.4]
    assert year.median == 43.4
    assert (year.region.name, year.england.rate_per_10000) == ("West Midlands", 62.0)
    assert year.own == pytest.approx(767 / 11.6203, abs=0.05)


def test_at_the_median_rate_children_are_rate_times_residents(area):
    median = at_neighbours_median(area, OPENING)
    assert median is not None
    assert median.children == pytest.approx(43.4 * 11.6203)


def test_nothing_after_the_opening_is_shown(area):
    assert max(year.when for year in beside_others(area, date(2015, 3, 31))) == date(2015, 3, 31)
    assert len(beside_others(area, OPENING)) <= 10


def test_an_area_without_neighbours_has_no_median(area):
    from dataclasses import replace

    alone = replace(area, benchmarks=())
    assert at_neighbours_median(alone, OPENING) is None
    assert latest_beside(alone, OPENING) is None
    assert {row[1] for row in neighbours_table(alone, OPENING).rows} == {"own"}


def test_the_section_says_the_numbers_of_the_table():
    result = fake_forecast()
    section = neighbours_section(result)
    rows = neighbours_table(result.plan.area, OPENING).rows
    median = next(row for row in rows if row[:2] == ("2017-03-31", "neighbours"))
    assert f"median rate of {float(median[4]):.0f} per 10,000" in section
    assert re.search(r"look after 504 children on 31 March 2017; it looked after 767", section)


def test_a_rate_that_stands_twice_is_a_fault(tmp_path):
    folder = tmp_path / "area"
    shutil.copytree(WORCESTERSHIRE, folder)
    with (folder / "benchmarks.csv").open("a", encoding="utf-8") as file:
        file.write("England,england,2017-03-31,61,,again\n")
    with pytest.raises(InputFaults, match="stands in the area file already"):
        read_area(folder)


def test_the_parts_of_a_year_s_change_add_up_to_the_penny():
    money = fake_forecast().money
    total = year_on_year(money, 1).total
    assert sum(total[3:]) == total.difference
    means = net_by_year(money).mean(axis=0)
    assert total.difference / 100 == pytest.approx(means[1] - means[0], abs=0.2)
