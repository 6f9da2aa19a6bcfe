"""Options side by side: the same futures, whole-life cost, and what must be true."""

import csv
from dataclasses import replace
from html import escape
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lacmodel import cli
from lacmodel.analyses.forecast import own_places, run_forecast
from lacmodel.analyses.options import (
    LIFE_MONTHS,
    appraise_options,
    capital_limit,
    cheapest_share,
    check_options,
    cost_by_month,
    payback,
    price_window,
    price_windows,
    whole_life_costs,
)
from lacmodel.analyses.options_tables import measures, options_table
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.faults import InputFaults
from lacmodel.money.business_case import discount_factors
from lacmodel.planning import make_plan
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.options_page import options_page, options_summary
from lacmodel.report.options_words import answer_lines, said_rows, taken_as_certain
from lacmodel.report.run_folder import manifest
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NAMES = ("worcestershire-2017", "in-house-homes", "recovery-plan")
FUTURES = 20


@pytest.fixture(scope="module")
def read():
    return [read_scenario(SCENARIOS / f"{name}.toml") for name in NAMES]


@pytest.fixture(scope="module")
def plans(read):
    return [make_plan(scenario) for scenario in read]


@pytest.fixture(scope="module")
def settings():
    return chosen_settings(futures=FUTURES, workers=1)


@pytest.fixture(scope="module")
def appraised(read, plans, settings):
    return appraise_options(read, plans, settings)


def by_name(appraised):
    return {(row.name, row.period): row.ranges for row in measures(appraised)}


def test_an_option_spends_what_its_own_run_spends(appraised, plans, settings):
    alone = run_forecast(plans[2], settings)
    both = alone.money.net, appraised.options[2].course.result.money.net
    assert np.array_equal(*both)


def test_the_same_option_twice_is_worth_nothing_and_shares_first_place(read, plans, settings):
    twice = appraise_options(read[:1] * 2, plans[:1] * 2, settings)
    costs = whole_life_costs(twice)
    assert np.array_equal(costs[0], costs[1])
    assert cheapest_share(costs).tolist() == [0.5, 0.5]


def test_whole_life_cost_is_spend_held_and_discounted_plus_capital(appraised):
    """Month by month in a loop: the run, then its last year again and again."""
    option = appraised.options[1]
    by_month = cost_by_month(option, appraised.inflation)[0]
    factors, total = discount_factors(LIFE_MONTHS), 0.0
    for month in range(LIFE_MONTHS):
        known = month if month < 60 else 48 + (month - 60) % 12
        total += (by_month[known] + option.capital[month]) * factors[month]
    assert whole_life_costs(appraised)[1, 0] == pytest.approx(total, rel=1e-12)


def test_capital_falls_in_the_month_of_opening(appraised, read):
    stated = sum(getattr(change, "capital_gbp", 0) for change in read[1].changes)
    assert appraised.options[1].capital.sum() == stated == 4_700_000
    assert appraised.options[0].capital.sum() == 0
    assert payback(appraised, appraised.options[0]) is None
    assert payback(appraised, appraised.options[1]).shape == (FUTURES,)


def test_a_new_home_shows_among_the_places(appraised):
    end = appraised.first.plan.period.end.replace(month=3, day=31)
    built = [own_places(option.plan, end) for option in appraised.options[:2]]
    assert built[1] - built[0] == 28


def test_external_prices_at_the_edge_of_a_window_make_two_options_cost_the_same():
    costs, external = np.array([100.0, 104.0, 120.0]), np.array([60.0, 50.0, 10.0])
    windows = [price_window(costs, external, at) for at in range(3)]
    for low, high in windows:
        for ratio in (low, high):
            if 0 < ratio < np.inf:
                at = np.sort(costs + (ratio - 1) * external)
                assert at[0] == pytest.approx(at[1])
    ratios = np.linspace(0, 3, 301)
    best = (costs[:, None] + (ratios - 1) * external[:, None]).argmin(axis=0)
    for option, (low, high) in enumerate(windows):
        inside = (ratios > low - 1e-9) & (ratios < high + 1e-9)
        assert np.array_equal(inside[best == option], np.ones((best == option).sum(), bool))


def test_at_its_limit_of_capital_an_option_costs_what_the_best_other_costs(appraised):
    limit, spent = capital_limit(appraised, 2), appraised.options[2].capital
    costs = whole_life_costs(appraised).mean(axis=1)
    more = float((spent * (limit / spent.sum() - 1)) @ discount_factors(LIFE_MONTHS))
    assert costs[2] + more == pytest.approx(min(costs[:2]))


def test_the_windows_of_options_do_not_overlap(appraised):
    windows = sorted(window for window in price_windows(appraised) if window.low < window.high)
    assert windows
    for one, other in pairwise(windows):
        assert one.high == pytest.approx(other.low)


def test_the_shares_of_futures_add_up_to_one(appraised):
    shares = by_name(appraised)["costs_least", "20 years from the start"]
    assert sum(share.central for share in shares) == pytest.approx(1)


def test_the_page_and_the_table_say_the_same(appraised, read):
    rows = {row[0]: row for row in said_rows(appraised)}
    assert rows["Capital"][1:] == ("£0", "£4.7 million", "£4.7 million")
    table = options_table(appraised)
    assert len(table.rows) == 3 * len(measures(appraised))
    made = manifest(
        [(one, option.plan) for one, option in zip(read, appraised.options, strict=True)],
        appraised.first.course.result.ensemble,
    )
    assert escape(answer_lines(appraised)[0], quote=False) in options_page(appraised, made)
    assert how_wrong(appraised.first.plan.area) in options_page(appraised, made)
    assert how_wrong(appraised.first.plan.area) in options_summary(appraised)


def test_an_effect_of_edge_of_care_that_is_taken_as_certain_is_named_in_the_answer(appraised):
    assert [bool(option.plan.services) for option in appraised.options] == [False, False, True]
    said = "and the effect of edge of care in C taken as certain."
    assert answer_lines(appraised)[0].endswith(said)
    without = replace(appraised, options=appraised.options[:2])
    assert taken_as_certain(without) == ""


def test_an_option_of_another_area_file_is_named(appraised):
    assert not any("another area file" in line for line in answer_lines(appraised))
    first, second, *rest = appraised.options
    result = second.course.result
    area = replace(result.plan.area, path=result.plan.area.path.with_name("carers.toml"))
    plan = replace(result.plan, area=area)
    course = replace(second.course, result=replace(result, plan=plan))
    other = replace(appraised, options=(first, second._replace(course=course), *rest))
    (line,) = (line for line in answer_lines(other) if "another area file" in line)
    assert f"“B. {plan.title}” (carers.toml)." in line


def test_too_many_options_and_an_engine_without_futures_are_refused(read, plans):
    wrong = chosen_settings(engine="stock_flow")
    with pytest.raises(InputFaults) as found:
        check_options(read * 3, plans * 3, wrong)
    said = [str(fault) for fault in found.value.faults]
    assert any("at most 6 options" in line for line in said)
    assert any("use compiled or child_events" in line for line in said)


def test_the_command_writes_a_folder(tmp_path, capsys):
    from openpyxl import load_workbook

    out = tmp_path / "options"
    files = [str(SCENARIOS / f"{name}.toml") for name in NAMES[:2]]
    asked = ["options", *files, "--futures", "5", "--workers", "1", "--quiet", "--out", str(out)]
    assert cli.exit_code(asked) in (0, None)
    with (out / "tables" / "options.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["option"] for row in rows} == set(NAMES[:2])
    sheet = load_workbook(out / "workbook.xlsx")["Options"]
    assert sheet["B5"].value == "£0"
    assert sheet["C5"].value == "£4.7 million"
    assert (out / "report.html").stat().st_size > 10_000
