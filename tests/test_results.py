"""Tidy tables: totals add up, quantiles are those of totals, and text is safe in a spreadsheet."""

import csv
import io
from collections import defaultdict
from datetime import date

import numpy as np
import pytest
from fake_runs import fake_ensemble, fake_plan

from lacmodel.codes import AGE_BANDS, KINDS, PLACEMENTS
from lacmodel.engines.tally import FLOWS
from lacmodel.results import (
    TidyTable,
    cells,
    children_in,
    children_table,
    csv_text,
    financial_years,
    flows_table,
    stability_table,
    stock_dates,
    summarise,
    user_text,
    year_ends,
)
from lacmodel.timeline import Period


@pytest.fixture(scope="module")
def plan():
    return fake_plan()


@pytest.fixture(scope="module")
def ensemble(plan):
    return fake_ensemble(plan)


@pytest.fixture(scope="module")
def rows(plan, ensemble):
    text = csv_text(children_table(plan, ensemble))
    return list(csv.DictReader(io.StringIO(text)))


def test_every_date_has_every_cell_and_its_rate(rows, plan):
    dates = 12 * plan.period.years + 1
    leaves = len(AGE_BANDS) * len(KINDS)
    margins = 1 + len(AGE_BANDS) + len(PLACEMENTS) + len(KINDS)
    assert len(cells()) == margins + leaves
    assert len(rows) == dates * (2 * margins + leaves)
    assert rows[0]["date"] == "2017-03-31"
    assert rows[-1]["date"] == "2019-03-31"


def test_means_of_parts_add_up_to_the_mean_of_the_total(rows):
    counts = [row for row in rows if row["measure"] == "children"]
    totals = {row["date"]: float(row["mean"]) for row in counts if cell(row) == ("all",) * 3}
    for part in ("age_band", "placement", "leaf"):
        sums: dict[str, float] = defaultdict(float)
        for row in counts:
            if is_part(row, part):
                sums[row["date"]] += float(row["mean"])
        for when, total in totals.items():
            assert sums[when] == pytest.approx(total, abs=0.005 * 60), (part, when)


def cell(row):
    return row["age_band"], row["placement"], row["provider"]


def is_part(row, part):
    named = [value != "all" for value in cell(row)]
    wanted = {"age_band": [True, False, False], "placement": [False, True, False]}
    return named == wanted.get(part, [True, True, True])


def test_quantiles_of_a_total_are_not_sums_of_quantiles(rows, ensemble):
    last = [row for row in rows if row["date"] == "2019-03-31" and row["measure"] == "children"]
    total = next(row for row in last if cell(row) == ("all",) * 3)
    joint = np.quantile(children_in(ensemble)[:, -1], 0.9)
    assert float(total["p90"]) == pytest.approx(joint, abs=0.005)
    leaves = sum(float(row["p90"]) for row in last if "all" not in cell(row))
    assert leaves > float(total["p90"]) * 1.2


def test_rates_use_the_mid_year_that_the_dfe_would_use(rows):
    first = [row for row in rows if row["date"] == "2017-03-31" and cell(row) == ("all",) * 3]
    children, rate = (float(row["mean"]) for row in first)
    assert rate == pytest.approx(children / 116_203 * 10_000, abs=0.005)


def test_expected_numbers_have_no_quantiles(plan):
    expected = fake_ensemble(plan, futures=1, expected=True)
    table = children_table(plan, expected)
    assert {row[-3:] for row in table.rows} == {("", "", "")}


def test_flows_have_a_row_a_month_and_flow(plan, ensemble):
    table = flows_table(plan, ensemble)
    assert len(table.rows) == plan.period.months * len(FLOWS)
    april = next(row for row in table.rows if row[2] == "entries")
    entries = ensemble.tallies.flows[:, 0, FLOWS.index("entries")]
    assert april[1] == "2017-04-30"
    assert float(april[4]) == pytest.approx(entries.mean(), abs=0.005)


def test_stability_is_a_count_and_a_share_of_children_in_care(plan, ensemble):
    table = stability_table(plan, ensemble)
    assert [row[1] for row in table.rows] == ["2018-03-31"] * 2 + ["2019-03-31"] * 2
    shares = ensemble.tallies.three_placements[:, 0] / children_in(ensemble)[:, 12]
    assert float(table.rows[1][4]) == pytest.approx(shares.mean(), abs=0.00005)


def test_a_run_that_starts_in_summer_has_two_short_financial_years():
    period = Period(date(2017, 8, 1), 2)
    years = financial_years(period)
    assert [(year.label, year.whole) for year in years] == [
        ("2017/18", False), ("2018/19", True), ("2019/20", False),
    ]  # fmt: skip
    assert sum(year.days for year in years) == period.days
    assert list(year_ends(period)) == [date(2018, 3, 31), date(2019, 3, 31)]
    assert stock_dates(period)[0] == date(2017, 7, 31)


def test_summary_of_one_future_is_that_future():
    assert [float(part[0]) for part in summarise(np.array([[7]]))] == [7.0] * 4


@pytest.mark.parametrize("text", ["=1+1", "+44", "-5 beds", "@sum", "\t=1"])
def test_no_text_of_a_user_can_run_as_a_formula(text):
    plan = fake_plan(text)
    table = flows_table(plan, fake_ensemble(plan, futures=2))
    assert all(row[0] == f"'{text}" == user_text(text) for row in table.rows)


def test_tables_are_the_same_bytes_when_made_again(plan, ensemble):
    again = children_table(fake_plan(), fake_ensemble(fake_plan()))
    assert csv_text(again) == csv_text(children_table(plan, ensemble))


def test_numbers_never_show_minus_nought():
    table = TidyTable("t", ("a",), (("0.00",),))
    assert "-0" not in csv_text(table)
