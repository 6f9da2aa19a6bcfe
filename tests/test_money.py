"""Money: spend to the penny against a second computation, and variance that adds up."""

import datetime as dt
import math
from types import SimpleNamespace

import numpy as np
import pytest
from fake_runs import WORCESTERSHIRE, fake_ensemble, fake_forecast, fake_plan, fake_prices
from hypothesis import given
from hypothesis import strategies as st

from lacmodel.area import read_area
from lacmodel.area.residents import rate_per_10000
from lacmodel.codes import EXTERNAL, KIND_OF, KINDS
from lacmodel.engines.counting import WEIGHT_UNIT
from lacmodel.engines.records import SPELL
from lacmodel.engines.tally import PRICE_UNIT
from lacmodel.money.spend import (
    ADULTS,
    FIXED,
    LINES,
    SERVICES,
    gross_by_cohort,
    net_by_year,
    spend,
    spend_table,
)
from lacmodel.money.variance import (
    most_from_numbers,
    placements,
    split_pressure,
    split_spend,
    split_variance,
    variance_table,
)


def test_a_hundred_nights_at_seven_hundred_a_week_cost_ten_thousand():
    plan = fake_plan(prices=fake_prices(24))
    ensemble = fake_ensemble(plan, futures=1)
    ensemble.tallies.price_nights[:] = 0
    ensemble.tallies.price_nights[0, 0, 0, 0] = 100 * PRICE_UNIT
    ensemble.unit_price[:] = 1
    gross = gross_by_cohort(plan, ensemble)
    assert gross[0, 0, 0, 0] == 1_000_000  # pennies
    assert gross.sum() == 1_000_000


def random_spells(plan, count, seed):
    """Spells of children and adults with price factors of their own, in and out of the run."""
    rng = np.random.default_rng(seed)
    spells = np.zeros(count, dtype=SPELL)
    kinds = rng.integers(0, len(KINDS), count)
    spells["child"] = np.arange(count)
    spells["placement"], spells["provider"] = np.array(KINDS)[kinds].T
    spells["start_day"] = rng.integers(-400, plan.period.days - 1, count)
    spells["end_day"] = spells["start_day"] + rng.integers(1, 500, count)
    spells["end_day"][rng.random(count) < 0.2] = -1
    spells["end_day"][spells["end_day"] > plan.period.days] = -1
    spells["group"] = rng.integers(0, 3, count)
    spells["level"] = rng.integers(0, 2, count)
    spells["price_factor"] = rng.lognormal(0, 0.4, count)
    spells["why_started"] = np.where(spells["start_day"] < 0, 0, rng.choice([1, 3, 7], count))
    return spells


def spend_night_by_night(plan, ensemble, spells):
    """Gross spend in pennies by month and line: a second computation, spell by spell and night."""
    nights: dict[tuple[int, int, int], int] = {}
    opening = {int(s["child"]) for s in spells if s["why_started"] == 0}
    for spell in spells:
        kind = KIND_OF[spell["placement"]][spell["provider"]]
        adult = spell["why_started"] == 7
        seen = 0 if spell["why_started"] == 0 else 1  # still where it was, or moved since
        seen = seen if int(spell["child"]) in opening and spell["period"] == 0 else 2
        passed = sum(day <= spell["start_day"] for day in plan.prices.new_days)
        cohort = -1 if adult else 3 * passed + seen
        relative = plan.prices.relative[kind, spell["group"], spell["level"]]
        weight = round(float(spell["price_factor"] * relative) * WEIGHT_UNIT)
        end = plan.period.days if spell["end_day"] < 0 else int(spell["end_day"])
        for day in range(max(0, int(spell["start_day"])), end):
            month = plan.period.month(plan.period.date_of(day))
            key = (month, kind, cohort)
            nights[key] = nights.get(key, 0) + weight
    pence = np.zeros((plan.period.months, len(LINES)), dtype=np.int64)
    for (month, kind, cohort), weighted in nights.items():
        kept = math.floor(weighted * PRICE_UNIT / WEIGHT_UNIT + 0.5)
        price = plan.prices.gross_per_week[month, kind, 2 if cohort < 0 else cohort]
        if KINDS[kind][1] == EXTERNAL:
            price *= ensemble.price_growth[0, month // 12]
        pounds = price * ensemble.unit_price[0, kind] * kept / PRICE_UNIT / 7
        pence[month, ADULTS if cohort < 0 else kind] += round(pounds * 100)
    return pence


def tally_of(plan, spells, ensemble):
    """The engine's own count of the spells, put in the place of made-up numbers."""
    from lacmodel.engines import counting
    from lacmodel.engines.tally import empty_tally, scratch_of
    from lacmodel.timeline import timeline

    calendar, scratch, counted = timeline(plan.period), scratch_of(plan), empty_tally(plan, 1)
    by_child = np.lexsort((spells["start_day"], spells["child"]))
    books = counting.Books(*(getattr(counted, name)[0] for name in counting.Books._fields))
    opening = set(spells["child"][spells["why_started"] == 0].tolist())
    for spell in spells[by_child]:
        came_later = int(spell["child"]) not in opening or spell["period"] > 0
        counting.count_nights(calendar, spell, came_later, scratch)
    counting.sum_up_nights(calendar, scratch, books)
    for name in ("nights", "price_nights", "adult_nights", "adult_price_nights"):
        getattr(ensemble.tallies, name)[0] = getattr(counted, name)[0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spend_equals_a_second_computation_night_by_night(seed):
    plan = fake_plan(prices=fake_prices(24, cohorts=6))
    rng = np.random.default_rng(seed)
    plan.prices.gross_per_week[:] = rng.uniform(50, 5000, plan.prices.gross_per_week.shape)
    plan.prices.relative[:] = rng.uniform(0.5, 3, plan.prices.relative.shape)
    ensemble = fake_ensemble(plan, futures=1, seed=seed)
    spells = random_spells(plan, 300, seed)
    tally_of(plan, spells, ensemble)
    gross = spend(plan, ensemble).gross[0]
    second = spend_night_by_night(plan, ensemble, spells)
    np.testing.assert_array_equal(gross[:, : ADULTS + 1], second[:, : ADULTS + 1])


def test_external_prices_grow_and_in_house_prices_do_not():
    plan = fake_plan()
    ensemble = fake_ensemble(plan, futures=1)
    ensemble.unit_price[:], ensemble.price_growth[:] = 1, 1
    before = gross_by_cohort(plan, ensemble).sum(axis=(0, 1, 3))
    ensemble.price_growth[:] = 2
    after = gross_by_cohort(plan, ensemble).sum(axis=(0, 1, 3))
    external = np.array([provider == EXTERNAL for _, provider in KINDS])
    np.testing.assert_allclose(after[external], 2 * before[external], rtol=1e-6)
    np.testing.assert_array_equal(after[~external], before[~external])


def test_services_and_fixed_costs_are_rounded_to_the_penny_each_month():
    plan = fake_plan()
    ensemble = fake_ensemble(plan)
    money = spend(plan, ensemble)
    assert set(money.gross[:, :, FIXED].ravel().tolist()) == {100_000}
    began = ensemble.tallies.engaged[:, :, 0]
    np.testing.assert_array_equal(money.gross[:, :, SERVICES], 50_000 + 9_999 * began)


def test_income_is_a_sum_a_night_and_does_not_grow_with_prices():
    plan = fake_plan()
    ensemble = fake_ensemble(plan, futures=1)
    money = spend(plan, ensemble)
    pounds = 33.33 / 7 * ensemble.tallies.nights[0]
    expected = np.rint(pounds * 100).sum(axis=2)
    np.testing.assert_array_equal(money.income[0, :, : len(KINDS)], expected)


def test_lines_and_years_of_the_spend_table_add_up():
    run = fake_forecast()
    table = spend_table(run.plan, run.money, single=False)
    net = {(row[1], row[3]): float(row[8]) for row in table.rows if row[6] == "net_gbp"}
    for year in run.money.years:
        parts = sum(net[year.label, line.name] for line in LINES)
        assert parts == pytest.approx(net[year.label, "total"], abs=0.01 * len(LINES))
    total = net_by_year(run.money).mean(axis=0)
    assert total[0] == pytest.approx(net["2017/18", "total"], abs=0.005)


def test_average_children_and_price_follow_from_nights():
    run = fake_forecast()
    table = spend_table(run.plan, run.money, single=False)
    row = {r[6]: float(r[8]) for r in table.rows if r[1] == "2017/18" and r[3] == LINES[1].name}
    assert row["average_children"] == pytest.approx(row["nights"] / 365, abs=0.01)
    price = row["gross_gbp"] / row["nights"] * 7
    assert row["average_weekly_price_gbp"] == pytest.approx(price, abs=0.01)


# Variance ----------------------------------------------------------------------------------------

NUMBERS = st.floats(0.01, 500, allow_nan=False).map(lambda value: round(value, 2))
PRICES = st.floats(0, 12_000, allow_nan=False).map(lambda value: round(value, 2))
BUDGETS = st.dictionaries(
    st.sampled_from([line.name for line in LINES]), st.tuples(NUMBERS, PRICES), min_size=1
)


@given(BUDGETS, BUDGETS)
def test_volume_mix_and_price_add_up_to_the_penny(budget, forecast):
    before, after = (
        [placements(name, number, price, 365) for name, (number, price) in lines.items()]
        for lines in (budget, forecast)
    )
    lines = split_variance(before, after)
    for line in lines:
        assert line.volume + line.mix + line.price == line.difference
    spent = sum(line.gross_pence for line in after) - sum(line.gross_pence for line in before)
    assert sum(line.difference for line in lines) == spent


@given(BUDGETS, BUDGETS)
def test_each_part_is_within_a_penny_of_its_formula(budget, forecast):
    before, after = (
        [placements(name, number, price, 365) for name, (number, price) in lines.items()]
        for lines in (budget, forecast)
    )
    was, now = ({line.line: line for line in lines} for lines in (before, after))
    growth = sum(line.nights for line in after) / sum(line.nights for line in before)
    for line in split_variance(before, after):
        if line.line not in was:
            assert (line.volume, line.price) == (0, 0)
            continue
        spent = was[line.line].gross_pence  # q0 * p0 * days / 7
        paid = now[line.line].gross_pence if line.line in now else 0  # q1 * p1 * days / 7
        nights = now[line.line].nights if line.line in now else 0
        ratio = nights / was[line.line].nights  # q1 / q0
        assert abs(line.volume - (growth - 1) * spent) <= 1
        assert abs(line.mix - (ratio - growth) * spent) <= 1
        assert abs(line.price - (paid - ratio * spent)) <= 1


def test_a_line_that_the_budget_does_not_have_is_mix_at_the_forecasts_price():
    before = [placements("foster care", 10, 700, 365)]
    after = [*before, placements("secure home", 1, 7000, 365)]
    secure = split_variance(before, after)[1]
    assert (secure.volume, secure.mix, secure.price) == (0, 36_500_000, 0)


def test_a_budget_without_placements_is_refused():
    with pytest.raises(ValueError, match="no volume"):
        split_variance([], [placements("foster care", 1, 700, 365)])


def test_a_run_against_itself_has_no_variance():
    run = fake_forecast()
    variance = split_spend(run.money, run.money, run.plan.area)
    assert not any(any(line.pence[2:]) for line in variance.lines)


def test_the_variance_of_two_runs_adds_up_and_holds_the_stated_pressure():
    before, after = fake_forecast(), fake_forecast("scenario", seed=2)
    area = read_area(WORCESTERSHIRE / "month-4.toml")
    variance = split_spend(before.money, after.money, area)
    for line in (*variance.lines, variance.total):
        parts = line.volume + line.mix + line.price + line.fixed + line.income
        assert parts == line.difference
    change = net_by_year(after.money)[:, 0].mean() - net_by_year(before.money)[:, 0].mean()
    assert variance.total.difference / 100 == pytest.approx(change, abs=0.2)
    assert variance.pressure == 600_000_000
    assert variance.unexplained == 600_000_000 - variance.total.difference
    assert variance_table("s", variance).rows[-1][5] == "2610619.47"


def test_split_pressure_takes_runs():
    before, after = fake_forecast(), fake_forecast("scenario", seed=2)
    split = split_pressure((before.plan, before.ensemble), (after.plan, after.ensemble))
    assert split.lines == split_spend(before.money, after.money, after.plan.area).lines


def test_the_founding_papers_arithmetic():
    """Cabinet, 28 September 2017: £35 million, 732 children in January, 791 on 31 July."""
    base, pressure = 35.0e6, 6.0e6
    assert base + pressure == 41.0e6
    more_children = 791 - 732
    assert more_children == 59
    for children in (767, 791):
        alone = most_from_numbers(more_children, base, children)
        assert 2.6e6 <= alone <= 2.7e6
        assert alone < pressure / 2
    assert round(rate_per_10000(791, 116_203), 1) == 68.1  # the papers say 67
    assert round(rate_per_10000(767, 116_203)) == 66


def test_papers_without_two_counts_say_nothing_of_numbers_alone():
    from lacmodel.money.variance import numbers_alone

    one = SimpleNamespace(when=dt.date(2017, 7, 31), children=791)
    assert numbers_alone(SimpleNamespace(known=(one,)), 35e6) is None
    assert numbers_alone(SimpleNamespace(known=(one, one)), None) is None
