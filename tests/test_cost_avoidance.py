"""Cost avoidance: paired futures at nil, half and full effect of the founding service."""

import csv
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from lacmodel import cli
from lacmodel.analyses import cost_avoidance as avoiding
from lacmodel.analyses.avoidance_tables import account_items
from lacmodel.analyses.avoided_cost import account, avoided_by_line, break_even_effect, claim_steps
from lacmodel.analyses.compare import compare, differences
from lacmodel.analyses.cost_avoidance import (
    check_scenario,
    checked_log,
    count_early,
    count_within,
    fates,
    plans_at_effects,
    support,
)
from lacmodel.analyses.service_log import Child
from lacmodel.analyses.simulate import chosen_settings, simulate
from lacmodel.analyses.supported import counts_without, supported_in
from lacmodel.codes import KIND_OF
from lacmodel.draws import draw_future
from lacmodel.engines.ensemble import run_history
from lacmodel.faults import InputFaults
from lacmodel.levers.edge_of_care import in_house_shares, solved_effect
from lacmodel.levers.effect import lead_distribution
from lacmodel.money.spend import SERVICES
from lacmodel.planning import make_plan
from lacmodel.report.avoidance_page import avoidance_page, avoidance_summary, write_avoidance
from lacmodel.report.avoidance_words import answer_lines, claim_line, evidence_line, log_lines
from lacmodel.report.run_folder import manifest
from lacmodel.report.words import ROUNDED
from lacmodel.results import flow_in
from lacmodel.scenario import read_scenario
from lacmodel.timeline import NEVER

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FUTURES = 120


@pytest.fixture(scope="module")
def scenario():
    return read_scenario(SCENARIOS / "edge-of-care.toml")


@pytest.fixture(scope="module")
def settings():
    return chosen_settings(futures=FUTURES, workers=1)


@pytest.fixture(scope="module")
def answer(scenario, settings):
    return avoiding.cost_avoidance(scenario, plans_at_effects(scenario), settings)


@pytest.fixture
def founding_log():
    """26 children referred through a quarter, 3 of whom came into care, seen until 31 July 2017."""
    start, end = date(2017, 5, 1), date(2017, 7, 31)
    referrals = [start + timedelta(days=int(91 * place / 26)) for place in range(26)]
    entered = {4: 30, 11: 20, 17: 12}
    return [
        Child(day, 13, True, day + timedelta(days=entered[at]) if at in entered else None, end)
        for at, day in enumerate(referrals)
    ]


# The runs are paired -----------------------------------------------------------------------------


def test_with_no_effect_nothing_differs_from_having_no_service(scenario, settings, answer):
    bare = make_plan(replace(scenario, changes=(), origins=()))
    without, nil = simulate(bare, settings).tallies, answer.nil.result.ensemble.tallies
    for name in ("children", "nights", "price_nights", "adult_nights"):
        assert np.array_equal(getattr(without, name), getattr(nil, name)), name


def test_the_same_families_are_supported_on_the_same_days_at_every_effect(answer):
    for run in answer.runs[1:]:
        for column in ("place", "service", "referred", "would_enter"):
            assert np.array_equal(run.children[column], answer.nil.children[column]), column


def test_with_no_effect_children_come_in_on_the_day_on_which_they_would(answer):
    children = answer.nil.children
    within = children["would_enter"] < answer.plan.period.days
    assert np.array_equal(children["enters"][within], children["would_enter"][within])
    assert (children["enters"][~within] == NEVER).all()


def test_every_supported_child_has_one_fate(answer):
    for run in answer.runs:
        total = sum(fates(answer, run).values())
        assert np.array_equal(total, support(answer)["children supported"])


def test_what_is_prevented_within_the_run_is_what_the_engine_counts(answer):
    for run in answer.runs:
        children, ensemble = run.children, run.result.ensemble
        within = children["would_enter"] < answer.plan.period.days
        for name in ("truly prevented", "delayed"):
            flow = flow_in(ensemble, "prevented" if name == "truly prevented" else name)
            there = (children["outcome"] == avoiding.FATES[name]) & within
            assert there.sum() == flow.sum(), name


def test_the_lines_say_who_is_counted_where(answer):
    """What `compare` counts, and who is referred too late to be followed for twelve weeks."""
    ensemble = answer.full.result.ensemble
    within = [
        round(flow_in(ensemble, name).sum(axis=1).mean()) for name in ("prevented", "delayed")
    ]
    prevented, _, _, counted, *_ = answer_lines(answer)
    assert f"{within[0]} of the " in prevented
    assert f"and {within[1]} of the " in prevented
    late = support(answer)["children supported"] - count_within(answer, answer.full).followed
    assert f"({round(late.mean())} more are referred less than 12 weeks before" in counted
    long_run = replace(answer, weeks=0)
    assert "more are referred" not in answer_lines(long_run)[3]


def test_nobody_who_is_prevented_comes_in_and_who_is_delayed_comes_later(answer):
    children = answer.full.children
    prevented = children[children["outcome"] == avoiding.PREVENTED]
    delayed = children[children["outcome"] == avoiding.DELAYED]
    assert (prevented["enters"] == NEVER).all()
    assert len(prevented) > 0
    assert (delayed["enters"] > delayed["would_enter"]).all()


def test_both_engines_support_the_same_children(answer, settings):
    plan, seed = answer.plan, settings.seed
    drawn = draw_future(plan, seed, 0, settings.layers)
    slow = supported_in(plan, run_history(plan, drawn, 0, seed, "child_events"), 121)
    fast = answer.full.children[answer.full.children["place"] == 0]
    assert plan.period.day(answer.until) == 121
    assert np.array_equal(slow, fast)


# Counts ------------------------------------------------------------------------------------------


def test_the_founding_count_hardly_depends_on_the_effect(answer):
    """Out of care on 31 July 2017, for 26 children, within two of 23 at nil, half and full effect.

    With 120 futures of about 25 children the standard error of 26 times the share is at most 0.25
    (siblings share a fate: 1.5 x binomial), so that two and a half children hold the two with an
    error rate of about 2 % a run; the seed is fixed.
    """
    counts = [count_early(answer, run) for run in answer.runs]
    shares = [26 * count.out.sum() / count.followed.sum() for count in counts]
    assert answer.until == date(2017, 7, 31)
    assert shares == pytest.approx([23, 23, 23], abs=2.5)
    prevented = [fates(answer, run, early=True)["truly prevented"].mean() for run in answer.runs]
    assert prevented[0] == 0
    assert prevented[1] > 0.8
    assert prevented[2] > prevented[1] + 0.8


def test_the_report_says_so_in_one_sentence(answer):
    line = next(line for line in answer_lines(answer) if line.startswith("Early count"))
    assert line.count(". ") == 0
    assert "such a count says next to nothing of what was prevented" in line


def test_the_first_screen_says_that_its_range_takes_the_effect_as_certain(answer, scenario):
    made = manifest([(scenario, answer.plan)], answer.full.result.ensemble)
    page = avoidance_page(answer, None, made)
    first = page[: page.index("<nav")]
    assert "a range that takes the effect as certain" in first
    assert "in eight futures of ten, the effect taken as certain</small>" in first


def test_beside_the_count_stands_that_with_no_service(answer):
    for run in answer.runs:
        count = count_within(answer, run)
        assert (count.out >= count.out_without).all()
        assert np.array_equal(count.out_without, count_within(answer, answer.nil).out)
    chances = [count_within(answer, run).chance for run in answer.runs]
    assert chances[0] == pytest.approx(0.5, abs=0.01)  # a pair, and ties
    assert chances[0] > chances[1] > chances[2]


def test_the_benchmark_is_the_closed_form(answer, scenario):
    """Of n children followed for F days n (1 - w P(lead <= F)) have not come in, w solved.

    Families are independent; four standard errors, siblings and differing families allowed for by
    taking the error from the groups themselves: error rate 1 in 16,000.
    """
    plan, change = answer.plan, scenario.changes[0]
    world = make_plan(replace(scenario, changes=(), origins=())).world
    delay = float(plan.area.parameters.edge_of_care.delay_mean_days.values)
    solved = solved_effect(world, change, in_house_shares(plan.area.opening), delay)
    leads = lead_distribution(
        world.edge_of_care.lead_mean_days, world.edge_of_care.lead_most_days
    ).cumsum()
    follow_up = np.array([10, 40, 84, 200])
    counts = counts_without(answer.full.children, follow_up)
    expected = sum(1 - solved.would_enter_share * leads[days] for days in follow_up)
    error = counts.std() / np.sqrt(len(counts))
    assert counts.mean() == pytest.approx(expected, abs=4 * error)
    assert 4 * error < 0.06


# Money -------------------------------------------------------------------------------------------


def test_avoided_spend_is_the_paired_difference(answer):
    """A second way to the same pounds: the comparison of two runs, all lines together."""
    pair = compare(answer.nil.result, (answer.full.result,))
    gaps = differences(pair.baseline, pair.scenarios[0])
    total = next(g for g in gaps if g.measure == "net_gbp" and g.period == "whole period")
    books = account(answer, answer.full)
    service = account(answer, answer.nil).service.sum(axis=1)
    assert np.allclose(-total.values, books.avoided.sum(axis=1))
    assert np.array_equal(service, books.service.sum(axis=1))


def test_cashable_and_not_add_up_to_what_is_avoided(answer):
    books, lines = account(answer, answer.full), avoided_by_line(answer, answer.full)
    assert np.allclose(books.cashable + books.not_cashable, books.avoided)
    assert np.allclose(books.avoided - books.service, books.net)
    assert not lines[:, :, SERVICES].any()
    external_homes = lines[:, :, KIND_OF[2][1]].sum()
    assert 0 < external_homes < books.cashable.sum()


def test_the_steps_from_the_claim_add_up_to_the_net_saving(answer):
    for run in answer.runs:
        *steps, net = claim_steps(answer, run).values()
        assert np.allclose(sum(steps), net, atol=0.01)


def test_the_claim_is_children_times_weeks_times_price(answer):
    claim = next(iter(claim_steps(answer, answer.full).values()))
    assert np.allclose(claim, count_within(answer, answer.full).out * 12 * 657)


def test_a_claim_at_another_price_is_not_compared(answer):
    other = replace(answer, claim_price=477.0, claim_basis="")
    line = claim_line(other)
    assert "the claim is not compared" in line
    assert "Net saving" not in line


def test_prices_of_two_bases_are_not_compared(answer):
    prices = answer.plan.prices
    basis = ("carer_payment", *prices.basis[1:])
    plan = replace(answer.plan, prices=replace(prices, basis=basis))
    full = replace(answer.full, result=replace(answer.full.result, plan=plan))
    assert answer.comparable
    assert not replace(answer, runs=(*answer.runs[:2], full)).comparable


def test_the_break_even_effect_lies_where_the_net_is_nought(answer):
    share = break_even_effect(answer)
    nets = [float(account(answer, run).net.sum(axis=1).mean()) for run in answer.runs]
    assert nets[0] < 0 < nets[1] < nets[2]
    assert share is not None
    assert nets[0] + share / 0.5 * (nets[1] - nets[0]) == pytest.approx(0.0, abs=1.0)


# A log -------------------------------------------------------------------------------------------


def test_the_founding_log_proves_nothing(answer, founding_log):
    checked = checked_log(answer, founding_log)
    count, mark, verdict = log_lines(checked)
    assert "23 of 26 supported children (88%; 95% Wilson interval 71% to 96%" in count
    assert "of the count, not of the effect" in count
    assert re.search(r"Chance of a count of 23 or more with no service: \d+%", mark)
    assert checked.benchmark.chance > 0.1
    assert "nearly as many would be out of care with no service at all" in verdict


def test_a_year_of_follow_up_can_tell(answer, founding_log):
    """With 26 of 26 out after a year, half of whom would have come in, chance is ruled out."""
    long = [
        child._replace(followed_until=child.referral_date + timedelta(days=365), entered_date=None)
        for child in founding_log
    ]
    checked = checked_log(answer, long)
    assert checked.benchmark.chance < 0.001
    assert "rare with no service" in log_lines(checked)[2]


def test_a_log_larger_than_the_futures_is_refused(answer, founding_log):
    with pytest.raises(InputFaults, match="too few futures for a log of 26000"):
        checked_log(answer, founding_log * 1000)


# Files -------------------------------------------------------------------------------------------


def test_the_folder_says_the_same_numbers_everywhere(answer, scenario, founding_log, tmp_path):
    checked = checked_log(answer, founding_log)
    write_avoidance(tmp_path / "out", scenario, answer, checked)
    names = {path.stem for path in (tmp_path / "out" / "tables").glob("*.csv")}
    assert names >= {"outcomes", "avoided", "account", "claim", "effects", "log_times", "log_curve"}
    with (tmp_path / "out" / "tables" / "account.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    net = next(
        row
        for row in rows
        if (row["effect"], row["financial_year"], row["item"]) == ("full", "whole period", "net")
    )
    assert float(net["mean"]) == pytest.approx(
        account_items(answer, answer.full)["net"].sum(axis=1).mean(), abs=0.01
    )
    said = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert f"net £{float(net['mean']) / 1e6:.1f} million" in said
    parts = [row for row in rows if row["effect"] == "full" and row["item"] == "spend avoided"]
    *years, whole = (float(row["mean"]) for row in parts)
    assert sum(years) == pytest.approx(whole, abs=0.05)


def test_the_evidence_stands_beside_the_effect(answer):
    for text in (avoidance_summary(answer, None), evidence_line(answer)):
        assert "pre-proceedings" in text
        assert "11 to 17 found no effect" in text


def test_the_page_needs_nothing_from_elsewhere_and_escapes_names(answer, scenario):
    plan = replace(answer.plan, title="<script>alert(1)</script>")
    full = replace(answer.full, result=replace(answer.full.result, plan=plan))
    hostile = replace(answer, runs=(*answer.runs[:2], full))
    made = {
        "engine": "compiled", "futures": 1, "seed": 1, "layers": [1], "versions": {},
        "inputs_sha256": {},
    }  # fmt: skip
    text = avoidance_page(hostile, None, made)
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)


def test_a_scenario_without_a_service_is_refused():
    scenario = read_scenario(SCENARIOS / "worcestershire-2017.toml")
    with pytest.raises(InputFaults) as found:
        check_scenario(scenario, chosen_settings(engine="stock_flow"))
    assert "no change of the lever edge_of_care" in str(found.value)
    assert "counts no single children" in str(found.value)


def test_the_command_writes_nothing_for_a_bad_log(tmp_path, capsys):
    log = tmp_path / "log.csv"
    log.write_text("referral_date,age\n", encoding="utf-8")
    scenario, out = SCENARIOS / "nowhere.toml", tmp_path / "out"
    code = cli.exit_code(["cost-avoidance", str(scenario), "--log", str(log), "--out", str(out)])
    said = capsys.readouterr().err
    assert code == 2
    assert "nowhere.toml" in said
    assert "engaged: this column is missing" in said
    assert not out.exists()


def test_a_day_outside_the_run_is_refused(tmp_path, capsys):
    scenario = str(SCENARIOS / "edge-of-care.toml")
    out = ["--until", "2030-01-01", "--out", str(tmp_path / "out")]
    assert cli.exit_code(["cost-avoidance", scenario, *out]) == 2
    assert "must lie within the run, 2017-04-01 to 2022-03-31" in capsys.readouterr().err


def test_the_command_runs_from_end_to_end(tmp_path, capsys):
    scenario, out = str(SCENARIOS / "edge-of-care.toml"), tmp_path / "out"
    log = tmp_path / "log.csv"
    rows = "".join(f"2017-05-{day:02d},13,yes,,2017-07-31\n" for day in range(1, 13))
    log.write_text("referral_date,age,engaged,entered_date,followed_until\n" + rows, "utf-8")
    code = cli.exit_code(
        ["cost-avoidance", scenario, "--futures", "5", "--log", str(log), "--out", str(out)]
    )
    printed = capsys.readouterr().out.splitlines()
    assert code == 0
    assert [line.split(":")[0] for line in printed] == [
        "Prevented", "Money", "Log", "No-service benchmark", "Verdict", "Early count",
        "Simulated count", "Simple claim", "Evidence", ROUNDED, f"Written to {out}",
    ]  # fmt: skip
    assert '"log.csv"' in (out / "manifest.json").read_text(encoding="utf-8")
    (chart,) = openpyxl.load_workbook(out / "workbook.xlsx")["Answer"]._charts
    assert chart.y_axis.title is not None
