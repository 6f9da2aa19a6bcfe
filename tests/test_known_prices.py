"""High-cost placements against a second count, and what a list's prices say of new ones."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from made_list import HEADER, WORCESTERSHIRE

from lacmodel.area import read_area
from lacmodel.area.settings import PlacementsNow
from lacmodel.codes import EXTERNAL, FOSTER, KIND_OF, KINDS, STARTED_OPENING
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.engines.ensemble import run_futures, run_history
from lacmodel.listed import area_today
from lacmodel.money.high_cost import high_cost_table
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

BASELINE = Path(__file__).parents[1] / "scenarios" / "worcestershire-2017.toml"
SCENARIO = replace(read_scenario(BASELINE), years=2)
AGENCY_FOSTER = KIND_OF[FOSTER][EXTERNAL]
ROW = "2009-03,2015-06-22,2016-04-10,foster,external,general,{price},,,"
pytestmark = pytest.mark.usefixtures("lists_of_any_length")


@pytest.mark.parametrize("threshold", [4_000.0, 6_000.0])
def test_placements_of_high_cost_are_those_of_a_second_count(threshold: float) -> None:
    plan = replace(make_plan(SCENARIO), high_cost_gbp_per_week=threshold)
    drawn = draw_future(plan, 3, 0, ALL_LAYERS)
    spells = run_history(plan, drawn, 0, 3, "compiled").spells
    starts = [plan.period.day(first) for first in plan.period.month_starts(25)]
    placed: list[set[tuple[int, int, int]]] = [set(), set()]
    nights, pounds = [0, 0], [0.0, 0.0]
    for spell in spells:
        if spell["why_started"] == 7:
            continue
        kind = KIND_OF[spell["placement"]][spell["provider"]]
        relative = plan.prices.relative[kind, spell["group"], spell["level"]]
        end = plan.period.days if spell["end_day"] < 0 else spell["end_day"]
        for month in range(24):
            there = min(end, starts[month + 1]) - max(spell["start_day"], starts[month], 0)
            price = plan.prices.gross_per_week[month, kind, 2] * spell["price_factor"] * relative
            price *= drawn.unit_price[kind]
            if KINDS[kind][1] == EXTERNAL:
                price *= drawn.price_growth[month // 12]
            if there > 0 and price >= threshold:
                key = (int(spell["child"]), int(spell["period"]), int(spell["spell"]))
                placed[month // 12].add(key)
                nights[month // 12] += there
                pounds[month // 12] += there * price / 7
    table = high_cost_table(plan, run_futures(plan, [0], 3, ALL_LAYERS, "compiled"))
    found = {(row[1], row[4]): float(row[6]) for row in table.rows}
    for at, year in enumerate(("2017/18", "2018/19")):
        assert found[year, "placements"] == len(placed[at])
        assert found[year, "nights"] == nights[at]
        assert found[year, "gross_gbp"] == pytest.approx(pounds[at], abs=1)
    assert nights[1] > 0


def listed_area(folder: Path, prices: list[float]):
    rows = [ROW.format(price=price) for price in prices]
    (folder / "now.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return area_today(
        WORCESTERSHIRE, PlacementsNow(file=str(folder / "now.csv"), as_at=date(2017, 4, 1))
    )


def test_enough_prices_of_a_list_say_what_new_placements_cost(tmp_path: Path) -> None:
    prices = [600.0, 1200.0] * 10
    area = listed_area(tmp_path, prices)
    plan = make_plan(SCENARIO, area)
    assert plan.prices.gross_per_week[0, AGENCY_FOSTER].tolist() == pytest.approx([900.0] * 3)
    spread = plan.world.placements.price_spread[AGENCY_FOSTER]
    assert spread == pytest.approx(np.std(np.log(prices), ddof=1))
    assert plan.opening.own_price == pytest.approx(np.array(prices) / 900)
    (note,) = [note for note in area.assumptions if "New placements" in note]
    assert "20 of the list" in note
    assert "£900 a week (£773 before)" in note


def test_too_few_prices_of_a_list_change_nothing(tmp_path: Path) -> None:
    area, was = listed_area(tmp_path, [600.0, 1200.0] * 9), read_area(WORCESTERSHIRE)
    assert area.unit_costs == was.unit_costs
    now, before = (a.parameters.placements.price_spread.values for a in (area, was))
    assert np.array_equal(now, before)


def test_a_known_price_is_not_drawn_and_only_its_growth_is_uncertain(tmp_path: Path) -> None:
    plan = make_plan(SCENARIO, listed_area(tmp_path, [600.0] * 15))
    known = 600.0 / plan.prices.gross_per_week[0, AGENCY_FOSTER, 0]
    for future in range(3):
        drawn = draw_future(plan, 1, future, frozenset({1, 2}))
        spells = run_history(plan, drawn, future, 1, "child_events").spells
        first = spells["price_factor"][spells["why_started"] == STARTED_OPENING]
        assert drawn.unit_price[AGENCY_FOSTER] != 1
        assert first * drawn.unit_price[AGENCY_FOSTER] == pytest.approx(known)
