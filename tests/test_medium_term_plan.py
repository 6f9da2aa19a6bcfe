"""The medium-term plan adds up to the penny, and each step is what its name says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_runs import fake_ensemble, fake_forecast, fake_plan

from lacmodel.analyses.forecast import forecast
from lacmodel.area.budget import Saving
from lacmodel.codes import KIND_NAMES, KINDS
from lacmodel.money.medium_term_plan import mean_growth, medium_term_plan, plan_table
from lacmodel.money.spend import net_by_year
from lacmodel.plan import FixedCost


def plan_of(run, **savings):
    growth = mean_growth(run.ensemble.price_growth)
    expected = run.ensemble.expected
    return medium_term_plan(run.plan, run.money, growth, expected, **savings)


def steady_run(years=3, growth=1.0, nights=None, fixed=()):
    """A run in which every kind has 30 children, its own price, and nothing is uncertain."""
    plan = fake_plan(years=years, fixed_costs=fixed, services=())
    ensemble = fake_ensemble(plan, futures=4)
    months = plan.period.month_starts(plan.period.months + 1)
    days = np.diff([plan.period.day(first) for first in months])
    ensemble.unit_price[:] = 1
    ensemble.price_growth[:] = growth ** np.arange(years)
    tallies = ensemble.tallies
    tallies.adult_nights[:] = 0
    tallies.adult_price_nights[:] = 0
    tallies.nights[:] = 10 * days[None, :, None, None]
    if nights is not None:
        tallies.nights[:] = tallies.nights * nights[None, :, None, None]
    tallies.price_nights[:] = tallies.nights.astype(np.int64) * 10_000
    return forecast(plan, ensemble)


def pounds_of(year, name):
    return sum(step.pence for step in year.steps if step.name == name) / 100


@pytest.mark.parametrize("seed", range(20))
def test_every_year_begins_where_the_last_ended_and_ends_at_its_own_spend(seed):
    plan = fake_plan(years=5)
    run = forecast(plan, fake_ensemble(plan, futures=7, seed=seed))
    net = np.rint(net_by_year(run.money).mean(axis=0) * 100).astype(int)
    plans = plan_of(run)
    assert len(plans) == 4
    assert plans[0].base == net[0]
    for year, before in zip(plans[1:], plans, strict=False):
        assert year.base == before.net
    assert [year.net for year in plans] == net[1:].tolist()


def test_where_nothing_changes_only_the_days_of_the_year_do():
    years = plan_of(steady_run(years=3))  # 2017/18, 2018/19, and 2019/20 with its leap day
    assert years[0].net == pytest.approx(years[0].base, abs=100 * len(KINDS))
    for name in ("volume", "mix", "price", "complexity", "full-year effect"):
        assert pounds_of(years[0], name) == pytest.approx(0, abs=1)
    leap_day = years[1].base / 100 / 365
    assert pounds_of(years[1], "full-year effect") == pytest.approx(leap_day, rel=0.02)
    assert years[0].contingency == 0


def test_growth_of_external_prices_is_price_by_kind_and_nothing_else():
    run = steady_run(years=3, growth=1.1)
    year = plan_of(run)[0]
    external = [kind for kind, (_, provider) in enumerate(KINDS) if provider == 1]
    spent = run.money.gross[0, :12, external].sum() / 100
    assert pounds_of(year, "price") == pytest.approx(0.1 * spent, rel=1e-6)
    for name in ("volume", "mix", "complexity"):
        assert pounds_of(year, name) == pytest.approx(0, abs=2)


def test_children_who_came_in_the_year_are_full_year_effect_in_the_next():
    level = np.array([1] * 6 + [2] * 30)  # twice as many from October on
    run = steady_run(years=3, nights=level)
    year = plan_of(run)[0]
    gross = run.money.gross[0, :12].sum() / 100
    halves = run.money.gross[0, :6].sum() / 100
    assert pounds_of(year, "full-year effect") == pytest.approx(
        2 * halves * 365 / 183 - gross, rel=1e-3
    )
    assert pounds_of(year, "volume") == pytest.approx(0, abs=5)


def test_costs_that_fall_once_come_and_go_and_new_duties_are_told_by_name():
    once, duty = np.zeros(36), np.zeros(36)
    once[14], duty[12:] = 1000.0, 10.0
    costs = (
        FixedCost("move", once, "test", one_off=True),
        FixedCost("legislation: new standard", duty, "test"),
    )
    second, third = plan_of(steady_run(years=3, fixed=costs))
    assert [pounds_of(y, "costs that fall once") for y in (second, third)] == [1000, -1000]
    assert [pounds_of(y, "legislation") for y in (second, third)] == [120, 0]
    assert {s.recurrence for s in second.steps if s.name == "costs that fall once"} == {"one-off"}


DUTY = """
[[change]]
lever = "unit_price"
name = "new standard for foster care"
kinds = ["foster in_house"]
multiply = 1.1
applies_to = "all"
from = 2018-04-01
because = "legislation"
source = "made up"

[[change]]
lever = "packages"
multiply = 0.9
from = 2018-04-01
because = "savings"
source = "made up"

[[change]]
lever = "entries"
multiply = 1.2
from = 2017-10-01
source = "made up"
"""


def test_changes_that_say_why_have_steps_of_their_own(tmp_path):
    """With expected numbers: the duty adds a tenth of own foster care, and nothing else moves."""
    from lacmodel.analyses.forecast import run_forecast
    from lacmodel.analyses.reasons import plans_without, without_reasons
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.planning import make_plan
    from lacmodel.scenario import read_scenario

    area = Path(__file__).parents[1] / "data" / "worcestershire-2017"
    file, settings = tmp_path / "duty.toml", chosen_settings(engine="stock_flow")
    head = f'title = "t"\nquestion = "?"\narea = "{area.as_posix()}"\nyears = 3\n'
    file.write_text(head + DUTY, encoding="utf-8")
    scenario = read_scenario(file)
    result = run_forecast(make_plan(scenario), settings)
    plans = plans_without(scenario, result.plan.area)
    assert [len(plan.resolved["changes"]) for plan in plans] == [1, 2]
    reasons = without_reasons(scenario, result, plans, settings)
    growth = mean_growth(result.ensemble.price_growth)
    made = medium_term_plan(result.plan, result.money, growth, True, None, reasons)
    untagged = run_forecast(plans[0], settings)
    before = medium_term_plan(untagged.plan, untagged.money, growth, True)
    net = net_by_year(result.money)[0]
    assert [year.net / 100 for year in made] == pytest.approx(net[1:], abs=0.01)
    assert made[0].base == round(net[0] * 100)
    own = untagged.money.gross[0, 12:24, KIND_NAMES.index("foster in_house")].sum() / 100
    adults = (net_by_year(run_forecast(plans[1], settings).money) - net_by_year(untagged.money))[0]
    assert pounds_of(made[0], "legislation") == pytest.approx(adults[1], abs=0.01)
    assert 0.1 * own == pytest.approx(adults[1], rel=0.05)  # some of whom have turned 18
    assert pounds_of(made[0], "savings") < 0
    for name in ("full-year effect", "volume", "mix", "price", "complexity"):
        for year, other in zip(made, before, strict=True):
            assert pounds_of(year, name) == pytest.approx(pounds_of(other, name), abs=0.02)
    assert plans_without(replace(scenario, changes=(), origins=()), result.plan.area) == []


def test_savings_of_the_council_are_in_its_plan():
    run = steady_run(years=3)
    saving = Saving("2018/19", "fewer beds", "homes", 100.0, "recurrent", 0.6)
    area = replace(run.plan.area, savings=(saving,))
    without = plan_of(run)
    year, after = plan_of(replace(run, plan=replace(run.plan, area=area)))
    assert year.net == without[0].net - 60_00
    assert pounds_of(year, "savings") == -60
    assert pounds_of(after, "savings") == 0  # it recurs, and lowers no further year's step


def test_savings_lower_the_year_and_its_range_and_end_with_it():
    run = steady_run(years=3)
    without = plan_of(run)
    year, after = plan_of(run, savings={"2018/19": (5_000_00, 1_000_00)})
    assert year.net == without[0].net - 6_000_00
    assert year.high == without[0].high - 6_000_00
    assert after.net == without[1].net


def test_the_contingency_covers_four_chances_in_five():
    run = fake_forecast()
    year = plan_of(run)[0]
    net = np.sort(net_by_year(run.money)[:, 1])
    covered = (net * 100 <= year.net + year.contingency).mean()
    assert covered == pytest.approx(0.8, abs=0.05)


def test_expected_numbers_have_no_range():
    plan = fake_plan()
    ensemble = fake_ensemble(plan, futures=1, expected=True, layers=frozenset())
    table = plan_table(plan, forecast(plan, ensemble).money, np.ones(2), single=True)
    assert not [row for row in table.rows if "low" in row[2] or "contingency" in row[2]]
