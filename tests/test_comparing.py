"""Scenarios beside their baseline: the answer in money first, each scenario named once."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_runs import fake_ensemble, fake_forecast, fake_plan, fake_scenario

from lacmodel.analyses.compare import Comparison, compare
from lacmodel.analyses.forecast import Forecast, forecast
from lacmodel.money.spend import net_by_year
from lacmodel.report.charts import scenarios_spend_chart
from lacmodel.report.comparison_words import (
    answer_columns,
    answer_rows,
    comparison_headline,
    comparison_summary,
    first_sentences,
)
from lacmodel.report.drawing import can_draw
from lacmodel.report.words import pounds
from lacmodel.report.write import write_comparison


def dearer(name: str, gbp_a_month: float) -> Forecast:
    """The baseline with so much more gross spend in every month of every future."""
    plan = replace(fake_plan(name), title=f"Title of {name}")
    run = forecast(plan, fake_ensemble(plan))
    run.money.gross[:, :, 0] += round(100 * gbp_a_month)
    return run


@pytest.fixture
def compared() -> Comparison:
    return compare(fake_forecast(), (dearer("dear", 1e5), dearer("cheap", -1e5)))


def test_the_answer_is_the_scenario_that_saves_most_and_how_surely(compared):
    """24 months of £100,000 less, in every future alike; 20 futures show no more than 95 %."""
    assert first_sentences(compared) == [
        "“Title of cheap” saves most, £2.4 million net from April 2017 to March 2019 on average "
        "(£2.4 to £2.4 million saved in eight futures of ten). It costs less than the baseline in "
        "more than 95% of futures."
    ]


def test_where_none_saves_it_says_which_costs_least():
    found = compare(fake_forecast(), (dearer("dear", 2e5), dearer("dearer", 3e5)))
    (said,) = first_sentences(found)
    assert said.startswith("“Title of dear” costs least, £4.8 million more net from April 2017")
    assert "in less than 5% of futures" in said


def test_capital_is_said_not_to_be_in_what_is_saved(compared):
    run = compared.scenarios[1]
    change = {
        "lever": "places",
        "capital_gbp": 4.7e6,
        "confirmed": True,
        "fixed_cost_gbp_per_year": 1,
    }
    plan = replace(run.plan, resolved={"changes": [change]})
    found = replace(compared, scenarios=(replace(run, plan=plan),))
    assert first_sentences(found)[1] == (
        "Its capital of £4.7 million is not in that: lacmodel business-case says whether it pays "
        "back."
    )
    assert answer_rows(found)[1][-1] == "£4.7 million"


def test_the_table_has_what_each_costs_and_what_that_is_beside_the_baseline(compared):
    columns = zip(*answer_rows(compared), strict=True)
    names = dict(zip(answer_columns(compared), columns, strict=True))
    assert names["Scenario"] == ("Title of baseline (baseline)", "Title of dear", "Title of cheap")
    spent = [pounds(net_by_year(run.money).sum(axis=1).mean()) for run in compared.all]
    assert list(names["Net spend, whole period"]) == spent
    assert names["Saves or costs, average"] == ("", "costs £2.4 million more", "saves £2.4 million")
    assert names["Chance that it costs less"] == ("", "less than 5%", "more than 95%")


def test_expected_numbers_have_no_chance_and_no_range():
    plan = fake_plan()
    run = forecast(plan, fake_ensemble(plan, futures=1, engine="stock_flow", expected=True))
    found = Comparison(run, (run,))
    assert run.ensemble.expected
    assert first_sentences(found) == [
        "“Title of baseline” costs the same net from April 2017 to March 2019 "
        "(a single course, without a range)."
    ]
    assert answer_rows(found)[1][2:5] == ["costs the same", "", ""]


def test_each_scenario_is_named_once_in_what_is_printed_and_in_the_summary(compared, tmp_path):
    printed = comparison_headline(compared, tmp_path)
    of_answers = [line for line in printed if "net spend in" not in line]
    assert sum("Title of dear" in line for line in of_answers) == 1
    assert all(line.startswith("  ") for line in of_answers if "children in care" in line)
    bullets = [line for line in comparison_summary(compared).splitlines() if "- " in line[:4]]
    assert sum("Title of dear" in line for line in bullets) == 1


def test_the_first_screen_has_the_answer_a_table_and_a_chart_of_money(compared, tmp_path):
    files = [fake_scenario(tmp_path / f"{run.plan.name}.toml") for run in compared.all]
    write_comparison(tmp_path / "out", files, compared)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    first = page[page.index('<section id="answer">') : page.index("<nav")]
    assert re.findall(r'<figure id="([^"]+)"', first) == ["chart-spend"]
    assert first.index("saves most") < first.index("<table>") < first.index("<figure")
    assert "<li>Title of" not in page


def test_the_chart_of_money_has_every_year_scenario_range_and_the_budget(compared):
    chart = scenarios_spend_chart(compared)
    assert chart.columns == ("Scenario", "2017/18", "2018/19")
    assert [row[0] for row in chart.rows] == [*(r.plan.title for r in compared.all), "Budget"]
    net = net_by_year(compared.scenarios[0].money)[:, 0]
    low, high = np.quantile(net, [0.1, 0.9])
    assert chart.rows[1][1] == f"{pounds(net.mean())} ({pounds(low)} to {pounds(high)})"
    assert ("thick", "budget") in chart.key
    assert bool(chart.svg) == can_draw()


def test_two_scenarios_of_one_title_are_both_drawn(tmp_path: Path):
    found = compare(fake_forecast(), (dearer("a", 1.0), dearer("a", 2.0)))
    assert len(scenarios_spend_chart(found).key) == 3 + 2
