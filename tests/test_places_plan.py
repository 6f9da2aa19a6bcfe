"""Plans and goals: the newsvendor by hand, generated cases on fresh futures, and the commands."""

import html
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from lacmodel import cli
from lacmodel.analyses.additions import (
    MET,
    SHORT,
    Costs,
    excess_of,
    least_cost,
    places_for,
)
from lacmodel.analyses.goals import Goal, find_goal, least_amount
from lacmodel.analyses.need import scopes_of, usable_by_day
from lacmodel.analyses.places_plan import (
    ONE_SIDED_95,
    Terms,
    buildings,
    days_of,
    places_plan,
    years_ahead,
)
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.analyses.sufficiency import empty_pounds, need_of
from lacmodel.codes import CHILDRENS_HOME
from lacmodel.planning import make_plan
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.goal_words import goal_lines
from lacmodel.report.plan_page import (
    answer_lines,
    net_change,
    plan_page,
    plan_summary,
    spend_rows,
    write_plan,
)
from lacmodel.report.run_folder import manifest
from lacmodel.report.words import pounds
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
BASELINE = SCENARIOS / "worcestershire-2017.toml"
ALONE = np.eye(1, dtype=bool)


def one_type(own: float, external: float, capital: float = 0.0) -> Costs:
    return Costs(np.array([[own]]), np.array([[external]]), np.array([capital]))


# The newsvendor ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.9, 0.61, 0.3, 0.05])
def test_the_least_cost_number_of_beds_is_the_newsvendor_quantile(ratio: float) -> None:
    # A bed costs c a day, full or empty, and saves p on each day on which need N exceeds the beds
    # before it: cost(n) = c n + p E[(N - n)+]. The next bed changes it by c - p P(N > n), so beds
    # are added while P(N > n) > c / p: the least n with P(N <= n) >= 1 - c / p, the quantile.
    from scipy.stats import poisson

    need = np.random.default_rng(3).poisson(25.0, size=(400, 1, 365))
    excess = excess_of([need], [np.zeros((1, 365), dtype=np.int64)])
    found = least_cost(excess, one_type(100 * ratio, 100.0), ALONE, 1e9, None).places[0, 0]
    brute = [100 * ratio * n + 100.0 * np.maximum(need - n, 0).mean() for n in range(60)]
    assert found == int(np.argmin(brute))
    assert found == np.quantile(need, 1 - ratio, method="inverted_cdf")
    assert abs(found - poisson.ppf(1 - ratio, 25.0)) <= 1


def test_a_target_asks_for_its_quantile_and_capital_limits_it() -> None:
    need = np.random.default_rng(4).poisson(25.0, size=(200, 1, 365))
    excess = excess_of([need], [np.full((1, 365), 20)])
    costs = one_type(100.0, 90.0, capital=1_000.0)  # own places dearer: none but for the target
    assert least_cost(excess, costs, ALONE, 1e9, None).places.sum() == 0
    enough = least_cost(excess, costs, ALONE, 1e9, 0.1)
    assert enough.places[0, 0] == np.quantile(need, 0.9, method="inverted_cdf") - 20
    assert enough.places[0, 0] == places_for(excess.share[0][0], 0.1)
    assert enough.capital_gbp == 1_000.0 * enough.places[0, 0]
    less = least_cost(excess, costs, ALONE, 3_000.0, 0.1)
    assert (less.decided_by, less.places[0, 0], less.capital_gbp) == (SHORT, 3, 3_000.0)


def test_places_open_no_sooner_than_they_are_needed_and_stay_open() -> None:
    early, late = (np.full((10, 1, 365), need) for need in (5, 9))
    excess = excess_of([early, late, early], [np.full((1, 365), 5)] * 3)
    costs = Costs(np.full((1, 3), 1.0), np.full((1, 3), 0.5), np.array([10.0]))
    found = least_cost(excess, costs, ALONE, 1e9, 0.0)
    assert found.places.tolist() == [[0, 4, 4]]
    assert found.opened.tolist() == [[0, 4, 0]]


def test_places_that_serve_two_sorts_count_for_both() -> None:
    need = np.full((10, 2, 365), 4)
    excess = excess_of([need], [np.full((2, 365), 2)])
    costs = Costs(np.full((2, 1), 1.0), np.full((2, 1), 0.5), np.array([10.0, 10.0]))
    apart = least_cost(excess, costs, np.eye(2, dtype=bool), 1e9, 0.0)
    together = least_cost(excess, costs, np.ones((2, 2), dtype=bool), 1e9, 0.0)
    assert (apart.places.sum(), together.places.sum()) == (4, 2)


# Fresh futures -----------------------------------------------------------------------------------


def generated_need(rng: np.random.Generator, load: np.ndarray, futures: int) -> np.ndarray:
    """Need by day of one year: the day chain with a load that differs from future to future."""
    own = load * rng.gamma(50.0, 1 / 50.0, size=(futures, len(load)))
    stay = np.exp(-0.01)
    days = [rng.poisson(own)]
    for _ in range(364):
        days.append(rng.binomial(days[-1], stay) + rng.poisson(own * (1 - stay)))
    return np.stack(days, axis=2)


def test_a_plan_holds_on_fresh_futures_or_says_that_it_does_not() -> None:
    # 20 generated councils of two sorts of place: each target is met on the sample that was
    # searched; on fresh futures it has to be met within 1.645 standard errors of both samples, or
    # the plan has said that the capital does not reach. Met targets lie below the limit by up to
    # a place, so that a sort fails less often than one time in 20.
    rng, good, decided = np.random.default_rng(20), 0, set()
    for _ in range(20):
        load, target = rng.uniform(10, 60, size=2), rng.uniform(0.05, 0.3)
        usable = np.round(load * rng.uniform(0.7, 1.0, size=2)).astype(np.int64)
        places = np.repeat(usable[:, None], 365, axis=1)
        costs = Costs(np.full((2, 1), 100.0), np.full((2, 1), 120.0), np.full(2, 1e5))
        searched, fresh = (generated_need(rng, load, 300) for _ in range(2))
        capital = rng.uniform(0.5e6, 8e6)
        found = least_cost(excess_of([searched], [places]), costs, np.eye(2, dtype=bool),
                           capital, target)  # fmt: skip
        decided.add(found.decided_by)
        assert found.capital_gbp <= capital
        short = [(need > (usable + found.places[:, 0])[:, None]).mean(axis=2)
                 for need in (searched, fresh)]  # fmt: skip
        error = np.sqrt(sum(part.var(axis=0, ddof=1) / len(part) for part in short))
        holds = (short[1].mean(axis=0) <= target + ONE_SIDED_95 * error).all()
        good += bool(holds) or found.decided_by == SHORT
    assert good >= 19
    assert decided == {MET, SHORT}


# The founding council ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def settings():
    return chosen_settings(futures=20, workers=1)


def test_a_plan_is_a_scenario_that_can_be_run(tmp_path, settings) -> None:
    scenario = read_scenario(BASELINE)
    answer = places_plan(scenario, Terms(4.7e6, 0.1), buildings(), settings)
    assert answer.additions.decided_by == SHORT  # homes alone lack some 70 beds
    assert 4.0e6 < answer.additions.capital_gbp <= 4.7e6
    assert "The target is not met" in answer_lines(answer)[1]
    assert (answer.trial.share <= answer.without + 1e-12).all()
    write_plan(tmp_path / "plan", answer)
    again = read_scenario(tmp_path / "plan" / "plan.toml")
    assert again.changes == answer.changes
    usable = make_plan(again).world.placements.usable_places[:, -400].sum()
    before = make_plan(scenario).world.placements.usable_places[:, -400].sum()
    assert usable - before == answer.additions.places[:, -1].sum()
    (chart,) = openpyxl.load_workbook(tmp_path / "plan" / "workbook.xlsx")["Answer"]._charts
    assert chart.y_axis.title is not None
    year = answer.before.years[-1]
    more = (empty_pounds(answer.after, year) - empty_pounds(answer.before, year)).mean()
    assert more > 0  # some of what is added stands empty on some days
    charged = pounds(abs(net_change(answer)[:, -1].mean() + more))
    assert charged in spend_rows(answer)[-1][-1]


def test_a_plan_with_capital_enough_meets_its_target(settings) -> None:
    scenario = read_scenario(BASELINE)
    answer = places_plan(scenario, Terms(5e7, 0.2), buildings(), settings)
    assert answer.additions.decided_by == MET
    made = manifest([(scenario, answer.before.plan)], answer.after.result.ensemble)
    page = plan_page(answer, made)
    assert ("Confirmed" if answer.confirmed else "Not confirmed") in page
    assert f"<h1>{scenario.title}: which places to add <small>" in page
    assert "What would these places of the council's own change" in html.unescape(page)
    for said in (page, plan_summary(answer)):
        assert how_wrong(answer.before.plan.area) in said


def test_the_places_that_keep_a_shortage_are_the_quantile_of_need(settings) -> None:
    scenario = read_scenario(BASELINE)
    goal = Goal("shortage", "2018/19", 0.1, 0.8, "places", "childrens_home")
    answer = find_goal(scenario, goal, settings)
    plan = make_plan(scenario)
    year = years_ahead(plan, 0)[1]
    assert year.label == "2018/19"
    span = days_of(plan, year)
    need = need_of(plan, settings).by_day
    scopes = scopes_of(plan.world.placements)
    at = int(np.flatnonzero(scopes.placement == CHILDRENS_HOME)[0])
    usable = usable_by_day(plan.world.placements, scopes, plan.period.days)[at, span]
    excess = need[:, at, span].astype(np.int64) - usable
    # more own places make a few more spells, but whoever needs a home needs it all the same
    assert abs(answer.amount - np.quantile(excess, 0.9, method="inverted_cdf")) <= 1
    assert any("onfirmed" in line for line in goal_lines(answer))


def test_a_spend_goal_by_entries_is_confirmed_or_says_that_it_is_not(settings) -> None:
    goal = Goal("spend", "2018/19", 41e6, 0.7, "entries", "")
    answer = find_goal(read_scenario(BASELINE), goal, replace(settings, futures=30))
    assert answer.amount is not None
    assert 0 < answer.amount < 100
    assert answer.searched.reached >= 0.7 > answer.nothing.reached
    assert answer.fresh is not None


def test_a_goal_that_cannot_be_reached_says_so(settings) -> None:
    goal = Goal("spend", "2017/18", 1e6, 0.9, "places", "supported")
    answer = find_goal(read_scenario(BASELINE), goal, settings)
    assert answer.amount is None
    assert goal_lines(answer)[0].startswith("No amount of this keeps")


def test_the_least_amount_is_found_by_halving() -> None:
    asked = []

    def reached(amount: int) -> bool:
        asked.append(amount)
        return amount >= 61

    assert least_amount(reached, 400) == 61
    assert len(asked) <= 12


def test_bad_options_are_explained(capsys, tmp_path) -> None:
    baseline = str(BASELINE)
    out = ["--futures", "4", "--out", str(tmp_path / "x")]
    for arguments, words in (
        (["goal", "spend", baseline, "--year", "2018/19", *out], "needs --under"),
        (["goal", "shortage", baseline, "--year", "2030/31", *out], "must be a whole financial"),
        (["goal", "shortage", baseline, "--year", "2030/31", *out], "--year = 2030/31"),
        (["goal", "shortage", baseline, "--year", "2018/19", "--from", "2018-04-02"], "first of"),
        (
            ["goal", "shortage", baseline, "--year", "2018/19", "--from", "2019-04-01"],
            "--from = 2019-04-01: must be the first of a month, from 2017-04-01 to 2019-03-01",
        ),
        (
            [
                "goal",
                "spend",
                baseline,
                "--year",
                "2018/19",
                "--under",
                "1",
                "--by",
                "households",
                "--placement",
                "childrens_home",
            ],
            "--placement = childrens_home: households are foster",
        ),
        (["plan", baseline, "--capital", "1", "--capital-per-place", "hut=3", *out], "types are"),
        (["plan", baseline, "--capital", "1", "--lead-months", "60", *out], "no whole financial"),
    ):
        assert cli.exit_code(arguments) == 2
        assert words in capsys.readouterr().err


def test_the_commands_write_their_folders(tmp_path, capsys) -> None:
    few = ["--futures", "10", "--out"]
    assert cli.exit_code(["plan", str(BASELINE), "--capital", "2000000", *few,
                          str(tmp_path / "plan")]) == 0  # fmt: skip
    assert cli.exit_code(["goal", "shortage", str(BASELINE), "--year", "2018/19", "--placement",
                          "supported", *few, str(tmp_path / "goal")]) == 0  # fmt: skip
    said = capsys.readouterr().out
    assert "Plan: add" in said
    assert "To keep supported accommodation short" in said
    assert (tmp_path / "plan" / "tables" / "plan.csv").is_file()
    found = read_scenario(tmp_path / "goal" / "goal.toml")
    assert found.changes[0].lever == "places"
    assert "more in-house places of supported accommodation" in found.question
    assert "in 2018/19" in found.question
    planned = read_scenario(tmp_path / "plan" / "plan.toml")
    assert planned.question.startswith("What would these places of the council's own change: ")
