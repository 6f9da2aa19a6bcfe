"""The budget monitor: lines that add up to the penny, and what report and workbook make of it."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from fake_runs import fake_ensemble, fake_plan, fake_scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from lacmodel.analyses.forecast import Forecast, forecast, headline
from lacmodel.area.actuals import Actual
from lacmodel.area.budget import OTHER_LINES, BudgetLine, Contingency, Saving
from lacmodel.codes import KINDS
from lacmodel.money.actuals import actuals_table, with_actuals
from lacmodel.money.budget import Budgeted, budget_of, pence
from lacmodel.money.monitor import Outlook, monitors, variance_parts
from lacmodel.money.monitor_table import monitor_tables
from lacmodel.money.spend import FIXED, LINES, net_by_year, spend
from lacmodel.report.first_screen import spend_sentence
from lacmodel.report.medium_term_plan import plans_of
from lacmodel.report.monitor_words import biggest_line, chance_words, monitor_lines, total_line
from lacmodel.report.write import write_forecast
from lacmodel.results import give_or_take, kind_words
from lacmodel.timeline import Period

DAYS = 365


def test_what_no_placement_explains_is_named_as_the_table_of_spend_names_it():
    assert tuple(line.name for line in LINES[len(KINDS) :]) == OTHER_LINES


# The variance ------------------------------------------------------------------------------------

NUMBERS = st.floats(0, 400).map(lambda value: round(value, 2))
PRICES = st.floats(0, 12_000).map(lambda value: round(value, 2))
POUNDS = st.integers(0, 2_000_000_00)


@st.composite
def budgets(draw):
    """Lines of a budget and of a forecast, each with placements, prices, fixed cost and income."""
    parts = draw(st.lists(st.sampled_from(range(len(LINES))), min_size=1, unique=True))
    lines, outlooks = [], []
    for part in parts:
        number, price, fixed = draw(NUMBERS), draw(PRICES), draw(POUNDS)
        gross = pence(number * price * DAYS / 7) + fixed
        left_out = draw(st.booleans())
        money = (0.0, 0.0, 0, 0, 0) if left_out else (number, price, gross, fixed, draw(POUNDS))
        lines.append(Budgeted(*LINES[part], (part,), *money))
        nights, fixed = Fraction(draw(NUMBERS)) * DAYS, draw(POUNDS)
        placed = round(nights * Fraction(str(draw(PRICES))) * 100 / 7)
        outlooks.append(Outlook(nights, placed + fixed, fixed, draw(POUNDS), draw(POUNDS)))
    return lines, outlooks


@settings(max_examples=1000)
@given(budgets())
def test_the_parts_of_a_thousand_budgets_add_up_to_the_penny(made):
    lines, outlooks = made
    parts = variance_parts(lines, outlooks, DAYS)
    for line, outlook, split in zip(lines, outlooks, parts, strict=True):
        assert sum(split) == outlook.net - line.net
    whole = sum(outlook.net for outlook in outlooks) - sum(line.net for line in lines)
    assert sum(sum(split) for split in parts) == whole


def test_a_line_splits_as_the_formula_says():
    """10 and 5 placements at £700 and £3,500 become 12 and 6 at £770 and £3,500."""
    foster = Budgeted("foster", "foster", "external", (2,), 10, 700, 36_500_000, 0, 0)
    homes = Budgeted("homes", "childrens_home", "external", (4,), 5, 3500, 91_250_000, 0, 0)
    now = [
        Outlook(Fraction(12 * DAYS), 12 * 770_00 * DAYS // 7, 0, 0),
        Outlook(Fraction(6 * DAYS), 109_500_000, 0, 0),
    ]
    first, second = variance_parts([foster, homes], now, DAYS)
    assert first[:3] == (7_300_000, 0, 4_380_000)  # both grow by a fifth: no mix
    assert second[:3] == (18_250_000, 0, 0)


def test_placements_at_no_cost_that_the_budget_leaves_out_are_no_volume():
    foster = Budgeted("foster", "foster", "external", (2,), 10, 700, 36_500_000, 0, 0)
    parents = Budgeted("parents", "with_parents", "in_house", (8,), 0, 0, 0, 0, 0)
    now = [Outlook(Fraction(10 * DAYS), 36_500_000, 0, 0), Outlook(Fraction(900), 0, 0, 0)]
    assert not any(map(any, variance_parts([foster, parents], now, DAYS)))


# The monitor -------------------------------------------------------------------------------------


def line(name, placement, provider, number, price, fixed=0.0, income=0.0, year="2017/18"):
    gross = round(number * price * DAYS / 7 + fixed, 2)
    return BudgetLine(
        year, name, placement, provider, number, price, fixed, gross, income, gross - income
    )


LINES_OF_2017 = (
    line("Own carers", "foster", "in_house", 25.5, 900.0, income=5_000.0),
    line("Agencies", "foster", "external", 30.0, 1_100.0),
    line("All homes", "childrens_home", "all", 40.0, 2_000.0, fixed=12_000.0),
    line("fixed costs", "all", "all", 0.0, 0.0, fixed=11_000.0),
)


def watched(**changes) -> Forecast:
    """A made-up run of an area with a budget by line."""
    plan = fake_plan()
    area = replace(
        plan.area,
        budget=(),
        budget_lines=LINES_OF_2017,
        contingency=(Contingency("2017/18", 500_000.0, 200_000.0),),
        savings=(Saving("2017/18", "fewer beds", "Agencies", 100_000.0, "recurrent", 0.6),),
    )
    plan = replace(plan, area=replace(area, **changes))
    return forecast(plan, fake_ensemble(plan))


@pytest.fixture(scope="module")
def run() -> Forecast:
    return watched()


@pytest.fixture(scope="module")
def monitor(run):
    (made,) = monitors(run.plan, run.ensemble, run.money)
    return made


def test_the_monitor_is_the_forecast_of_spend(run, monitor):
    net = net_by_year(run.money)[:, 0]
    saved = 60_000
    assert monitor.total.outlook.net / 100 == pytest.approx(net.mean() - saved, abs=0.2)
    assert sum(row.outlook.net for row in monitor.lines) == monitor.total.outlook.net
    assert monitor.total.low == pytest.approx(np.quantile(net, 0.1) - saved)
    assert sum(monitor.total.parts) == monitor.total.variance
    budget = sum(row.net_gbp for row in LINES_OF_2017)
    assert monitor.total.budget.net == pence(budget)
    over = (net - saved > budget).mean()
    assert monitor.chance_over_budget == over
    assert monitor.chance_over_contingency == (net - saved > budget + 300_000).mean()


def test_headline_monitor_and_plan_state_the_same_net_spend(run, monitor):
    """All are averages after the savings expected: £60,000 in each of two years."""
    first, second = headline(run).spend[:2]
    assert first.saved == second.saved == 60_000
    assert first.net.central == pytest.approx(monitor.total.outlook.net / 100, abs=0.02)
    assert (first.net.low, first.net.high) == pytest.approx((monitor.total.low, monitor.total.high))
    assert first.chance_over is None or first.chance_over == monitor.chance_over_contingency
    (plan,) = plans_of(run)
    assert plan.base / 100 == pytest.approx(first.net.central, abs=0.01)
    assert plan.net / 100 == pytest.approx(second.net.central, abs=0.01)
    assert plan.high / 100 == pytest.approx(second.net.high, abs=0.01)


def test_a_line_may_cover_both_providers(run, monitor):
    homes = next(row for row in monitor.lines if row.budget.line == "All homes")
    first = run.money.years[0].months
    assert homes.average == pytest.approx(run.money.nights[:, first, 3:5].sum() / 20 / DAYS)
    children = run.ensemble.tallies.children[:, 0, :, 3:5].sum(axis=(1, 2)).mean()
    assert homes.now == pytest.approx(children)


def test_the_full_year_cost_is_the_last_position_for_a_year(run, monitor):
    agencies = monitor.lines[1]
    at_end = run.ensemble.tallies.children[:, 12, :, 2].sum(axis=1).mean()
    march = run.money.gross[:, 11, 2].sum() / run.money.nights[:, 11, 2].sum() * 7
    assert agencies.full_year == pytest.approx(at_end * march * 365 / 7, abs=1)


def test_lines_that_the_budget_leaves_out_are_mix(monitor):
    left_out = [row for row in monitor.lines if not row.in_budget]
    assert {row.budget.line for row in left_out} >= {"kinship foster care", "secure home"}
    for row in left_out[:3]:
        assert row.parts.volume == row.parts.price == 0


def test_fixed_costs_of_places_belong_to_their_kind_unless_the_budget_has_them_apart():
    plan = watched().plan
    supply = tuple(row for row in plan.area.supply if row.kind == 3)[:1]
    cost = replace(plan.fixed_costs[0], line=supply[0].name)
    bare = replace(plan.area, budget_lines=LINES_OF_2017[:3])
    for area, homes, apart in ((plan.area, 0, 12 * 100_000), (bare, 12 * 100_000, 0)):
        one = replace(plan, area=area, supply=supply, fixed_costs=(cost,))
        made = forecast(one, fake_ensemble(one))
        (found,) = monitors(one, made.ensemble, made.money)
        assert found.lines[2].outlook.fixed == homes
        assert sum(r.outlook.gross for r in found.lines if r.budget.parts == (FIXED,)) == apart
        assert found.total.outlook.gross / 100 == pytest.approx(
            made.money.gross[:, :12].sum() / 2000, abs=0.2
        )


def test_no_chance_without_uncertain_prices():
    plan = watched().plan
    made = forecast(plan, fake_ensemble(plan, layers=frozenset({1, 2, 3})))
    (found,) = monitors(plan, made.ensemble, made.money)
    assert found.chance_over_budget is None
    assert "no chance" in monitor_lines(made)[0]


def test_a_sum_is_spread_over_the_children_of_the_start():
    plan = fake_plan()
    budget = budget_of(plan.area, "2017/18")
    assert budget is not None
    assert budget.net == 35_000_000_00
    assert sum(row.placements for row in budget.lines) == 767
    assert budget.scaled_by == pytest.approx(35 / 37.9, abs=0.001)
    run = forecast(plan, fake_ensemble(plan))
    assert monitor_lines(run) == []  # said first of all only where the council has lines


def test_the_table_has_a_row_a_line_and_a_total(run, monitor):
    table, parts = monitor_tables("s", [monitor])
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row["line"] for row in rows[:4]] == [row.line for row in LINES_OF_2017]
    assert rows[-1]["line"] == "total"
    assert rows[-1]["contingency_left_gbp"] == "300000.00"
    total = dict(zip(parts.columns, parts.rows[-1], strict=True))
    named = ("volume_gbp", "mix_gbp", "price_gbp", "fixed_gbp", "income_gbp", "savings_gbp")
    assert sum(float(total[name]) for name in named) == pytest.approx(float(total["variance_gbp"]))


def test_the_first_line_says_forecast_budget_causes_and_chances(run):
    first, second = monitor_lines(run)
    assert first.startswith("Budget monitor 2017/18: forecast £")
    for words in ("against a budget of", "volume", "Contingency: £300,000 is not drawn yet", "%"):
        assert words in first
    assert second.startswith("By line, furthest over:")


def test_a_variance_within_the_error_of_the_futures_is_on_budget(run, monitor):
    """Two standard errors of the mean: what is less could be over as well as under."""
    net = net_by_year(run.money)[:, 0]
    assert monitor.total.error == pytest.approx(2 * net.std(ddof=1) / np.sqrt(len(net)))
    near = budget_that_leaves(monitor, 0.9 * monitor.total.error)
    far = budget_that_leaves(monitor, 1.1 * monitor.total.error)
    words = total_line(near, 20)
    assert "on budget within the error of the futures (£" in words
    assert " over, give or take £" in words
    assert "within the error" not in total_line(far, 20)
    assert biggest_line(replace(near, lines=())).startswith("By line, none differs")
    first = headline(run).spend[0]
    assert first.error == pytest.approx(monitor.total.error)
    year = first._replace(budget=first.net.central + 0.9 * first.error)
    said = spend_sentence(replace(headline(run), spend=(year,)))
    assert "within the error of the futures" in said


def test_the_contingency_is_told_with_what_the_forecast_leaves_and_how_often_it_is_short(monitor):
    """The fake year has £300,000; a forecast £100,000 over the budget leaves £200,000."""
    short = replace(monitor, chance_over_budget=0.5, chance_over_contingency=0.4)
    words = [chance_words(budget_that_leaves(short, over), 1_000) for over in (-5, 1e5, 4e5)]
    for said, left in zip(words, ("all", "£200,000", "none"), strict=True):
        assert said == (
            f"Contingency: £300,000 is not drawn yet; at the forecast {left} of it is left at the "
            "end of the year, and 40% of 1,000 futures need more than all of it. Chance of "
            "spending more than the budget: 50%."
        )
    nothing = replace(short, year=short.year._replace(contingency=0))
    assert chance_words(nothing, 1_000) == (
        "No contingency is left. Chance of spending more than the budget: 50% of 1,000 futures."
    )
    certain = replace(short, chance_over_budget=None)
    assert chance_words(certain, 1_000).endswith("so no chance of more is given.")


def budget_that_leaves(monitor, over_gbp: float):
    """The monitor with a budget that its forecast is above by so much."""
    total = monitor.total
    gap = round(over_gbp * 100) - total.variance
    budget = total.budget._replace(gross=total.budget.gross - gap)
    return replace(monitor, total=replace(total, budget=budget))


def test_expected_numbers_have_no_error():
    assert give_or_take(np.array([3.0])) == 0


def test_a_recurrent_saving_goes_on_and_a_one_off_does_not():
    recurrent = Saving("2017/18", "a", "b", 10.0, "recurrent", 0.5)
    once = replace(recurrent, recurrence="one_off")
    assert [recurrent.expected_gbp(year) for year in ("2016/17", "2017/18", "2018/19")] == [0, 5, 5]
    assert [once.expected_gbp(year) for year in ("2017/18", "2018/19")] == [5, 0]


# Actuals -----------------------------------------------------------------------------------------


def known(months, *kinds, children=50.0, gross=100_000.0) -> tuple[Actual, ...]:
    words = [kind_words(kind) for kind in kinds] or [("all", "all")]
    return tuple(Actual(month, *w, children, gross, 1_000.0) for month in months for w in words)


APRIL, MAY = date(2017, 4, 1), date(2017, 5, 1)


def test_actuals_take_the_place_of_the_forecast_in_every_future(run):
    plan = replace(run.plan, area=replace(run.plan.area, actuals=known([APRIL, MAY], 2, 4)))
    money, replaced = with_actuals(plan, spend(plan, run.ensemble))
    assert (money.gross[:, :2, [2, 4]] == 10_000_000).all()
    assert (money.nights[:, 0, 2] == 50 * 30).all()
    np.testing.assert_array_equal(money.gross[:, 2:], run.money.gross[:, 2:])
    np.testing.assert_array_equal(money.gross[:, :, 1], run.money.gross[:, :, 1])
    first = replaced[0]
    assert first.gross_forecast == pytest.approx(run.money.gross[:, 0, 2].mean() / 100)
    table = actuals_table("s", replaced)
    assert len(table.rows) == 2 * 2 * 3
    forecast_, actual, difference = map(float, table.rows[1][-3:])
    assert (actual, difference) == (100_000, pytest.approx(100_000 - forecast_, abs=0.011))


def test_a_month_in_total_is_spread_to_the_penny(run):
    rows = known([APRIL], children=700.5, gross=3_000_000.01)
    plan = replace(run.plan, area=replace(run.plan.area, actuals=rows))
    money, _ = with_actuals(plan, spend(plan, run.ensemble))
    assert set(money.gross[:, 0].sum(axis=1).tolist()) == {300_000_001}
    assert set(money.income[:, 0].sum(axis=1).tolist()) == {100_000}
    assert set(money.nights[:, 0, : len(KINDS)].sum(axis=1).tolist()) == {round(700.5 * 30)}


def test_the_monitor_says_what_is_spent_to_date(run):
    plan = replace(run.plan, area=replace(run.plan.area, actuals=known([APRIL, MAY], 2)))
    money, _ = with_actuals(plan, spend(plan, run.ensemble))
    (found,) = monitors(plan, run.ensemble, money)
    agencies = found.lines[1]
    assert (agencies.now, agencies.to_date, agencies.spent) == (50, 50, 19_800_000)
    assert found.total.spent == sum(line.spent for line in found.lines)
    assert sum(found.total.parts) == found.total.variance


def test_months_gone_before_the_run_make_its_first_year_whole():
    """A run from August with a budget of the whole year: watched only with April to July."""
    late = Period(date(2017, 8, 1), 2)
    plan = replace(watched().plan, period=late)
    made = forecast(plan, fake_ensemble(plan))
    assert monitors(plan, made.ensemble, made.money) == []
    months = [date(2017, month, 1) for month in (4, 5, 6, 7)]
    plan = replace(plan, area=replace(plan.area, actuals=known(months, 2)))
    (found,) = monitors(plan, made.ensemble, made.money)
    agencies, run_months = found.lines[1], made.money.years[0].months
    nights = made.money.nights[:, run_months, 2].sum(axis=1).mean() + 50 * (30 + 31 + 30 + 31)
    assert agencies.average == pytest.approx(nights / 365)
    assert agencies.spent == 4 * 9_900_000


def test_the_months_gone_are_shown_with_what_they_replaced(run, tmp_path):
    plan = replace(run.plan, area=replace(run.plan.area, actuals=known([APRIL, MAY], 2)))
    result = Forecast(plan, run.ensemble, *with_actuals(plan, spend(plan, run.ensemble)))
    write_forecast(tmp_path / "out", fake_scenario(tmp_path / "s.toml"), result)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "April 2017 to May 2017 came to £198,000 net" in page
    assert (tmp_path / "out" / "tables" / "actuals.csv").is_file()
    summary = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert summary.index("Budget monitor 2017/18") < summary.index("Children:")
