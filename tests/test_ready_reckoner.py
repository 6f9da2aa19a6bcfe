"""The ready reckoner: prices times nights, and what an empty bed costs."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lacmodel.codes import CHILDRENS_HOME, EXTERNAL, FOSTER, IN_HOUSE, KIND_OF
from lacmodel.money.ready_reckoner import ELSEWHERE, ONE_CHILD, RUNS_ON, reckoned, reckoner_table
from lacmodel.plan import FixedCost
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

ROOT = Path(__file__).parents[1]
OWN, AGENCY = KIND_OF[CHILDRENS_HOME][IN_HOUSE], KIND_OF[CHILDRENS_HOME][EXTERNAL]
PLAN = make_plan(read_scenario(ROOT / "scenarios" / "worcestershire-2017.toml"))


def one(item, kind, when, plan=PLAN):
    return next(r for r in reckoned(plan) if (r.item, r.kind, r.from_) == (item, kind, when))


def test_one_more_child_in_an_agency_home_from_the_first_of_october():
    row = one(ONE_CHILD, AGENCY, date(2017, 10, 1))
    assert row.nights == 182  # October to March
    assert row.gbp_per_week == 3200
    assert row.this_year == pytest.approx(3200 / 7 * 182)
    assert row.full_year == pytest.approx(3200 / 7 * 365)


def test_a_level_with_a_price_of_its_own_has_a_line_of_its_own():
    lines = {row.line: row.gbp_per_week for row in reckoned(PLAN)}
    assert lines["supported accommodation, external, complex"] == 4200


def test_an_empty_bed_at_full_price_runs_on_and_its_child_costs_the_price_elsewhere():
    assert one(RUNS_ON, OWN, date(2017, 4, 1)).gbp_per_week == 3100
    assert one(ELSEWHERE, OWN, date(2017, 4, 1)).gbp_per_week == 3200


def test_an_empty_bed_at_a_marginal_price_saves_it_and_its_share_of_the_fixed_cost_runs_on():
    months = PLAN.period.months
    days = np.diff([PLAN.period.day(d) for d in PLAN.period.month_starts(months + 1)])
    a_week_and_bed = 29 * 1000.0 * days / 7  # £1,000 a week for each of 29 beds
    basis = tuple("marginal" if kind == OWN else b for kind, b in enumerate(PLAN.prices.basis))
    plan = replace(
        PLAN,
        prices=replace(PLAN.prices, basis=basis),
        fixed_costs=(FixedCost("homes", a_week_and_bed, "test", OWN),),
    )
    assert one(RUNS_ON, OWN, date(2017, 4, 1), plan).gbp_per_week == pytest.approx(1000, abs=0.01)
    assert one(ELSEWHERE, OWN, date(2017, 4, 1), plan).gbp_per_week == 100


def test_a_price_that_changes_in_the_year_is_the_mean_over_the_nights_that_are_left(tmp_path):
    text = (
        'title = "t"\nquestion = "?"\narea = "{area}"\nyears = 2\nsources = ["test"]\n'
        '[[change]]\nlever = "unit_price"\nname = "n"\nfrom = 2018-01-01\n'
        'applies_to = "all"\nmultiply = 2\n'
        'kinds = ["foster external"]\nsource = "test"\nconfirmed = false\n'
    )
    (tmp_path / "s.toml").write_text(text.format(area=ROOT / "data" / "worcestershire-2017"))
    plan = make_plan(read_scenario(tmp_path / "s.toml"))
    kind = KIND_OF[FOSTER][EXTERNAL]
    assert one(ONE_CHILD, kind, date(2018, 1, 1), plan).gbp_per_week == 2 * 773
    from_april = one(ONE_CHILD, kind, date(2017, 4, 1), plan).gbp_per_week
    assert from_april == pytest.approx(773 * (275 + 2 * 90) / 365, abs=0.01)


def test_the_table_has_twelve_months_of_every_line():
    rows = reckoner_table(PLAN).rows
    lines = [row[2:4] for row in rows]
    assert {lines.count(line) for line in lines} == {12}
