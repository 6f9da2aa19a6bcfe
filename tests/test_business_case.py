"""Business case: the mathematics by hand, and phase 3 of the founding papers in paired futures."""

import csv
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lacmodel import cli
from lacmodel.analyses import business_case as casing
from lacmodel.analyses.business_case import (
    BusinessCase,
    Terms,
    appraise,
    break_even_occupancy,
    break_even_price,
    capital_by_month,
    empty_cost,
    last_year,
    net_by_month,
    occupancy,
    own_places_cost,
    plans_of,
    saving_by_month,
)
from lacmodel.analyses.case_tables import (
    case_tables,
    displaced_last_year,
    filled_last_year,
    payback_range,
)
from lacmodel.analyses.schemes import (
    check_bases,
    check_dates,
    check_scenario,
    is_scheme,
    slipped,
    without_schemes,
)
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.codes import EXTERNAL_KINDS, IN_HOUSE_KINDS
from lacmodel.faults import InputFaults
from lacmodel.levers.changes import Places
from lacmodel.money.business_case import (
    discount_factors,
    held,
    payback_years,
    present_value,
)
from lacmodel.plan import Plan
from lacmodel.report.case_page import case_page, write_case
from lacmodel.report.case_words import (
    answer_lines,
    average,
    claim_line,
    displaced_line,
    late_line,
)
from lacmodel.report.words import pounds
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FUTURES = 40
END = date(2022, 4, 1)


@pytest.fixture(scope="module")
def scenario():
    return read_scenario(SCENARIOS / "in-house-homes.toml")


@pytest.fixture(scope="module")
def case(scenario) -> BusinessCase:
    settings = chosen_settings(futures=FUTURES, workers=1)
    terms = Terms(claimed_saving=1_800_000)
    return casing.business_case(scenario, plans_of(scenario), settings, terms)


# The mathematics ---------------------------------------------------------------------------------


def test_a_level_saving_is_worth_an_annuity():
    """A pound in the middle of each month of 20 years: (1 - d ** 240) / (1 - d) x d ** 0.5."""
    month = 1.035 ** (-1 / 12)
    annuity = (1 - month**240) / (1 - month) * month**0.5
    assert float(present_value(np.ones(240))) == pytest.approx(annuity)
    assert discount_factors(240)[120] == pytest.approx(1.035 ** -(10 + 0.5 / 12))


def test_payback_lies_within_the_month_that_reaches_the_capital():
    capital = np.zeros(24)
    capital[0] = 100.0
    saving = np.array([24 * [8.0], 24 * [-1.0], [0.0] * 12 + 12 * [50.0]])
    assert payback_years(saving, capital).tolist() == pytest.approx(
        [12.5 / 12, float("inf"), 14 / 12]
    )


def test_a_payback_that_never_comes_has_a_place_in_the_range():
    assert payback_range(np.array([1.0, 2.0, np.inf, np.inf])) == (2.0, 1.0, float("inf"))


def test_the_last_year_is_held_month_by_month():
    months = np.arange(30.0)[None]
    longer = held(months, 60)
    assert np.array_equal(longer[:, :30], months)
    assert np.array_equal(longer[0, 30:42], np.arange(18.0, 30.0))
    assert np.array_equal(longer[0, 42:54], np.arange(18.0, 30.0))
    assert np.array_equal(held(months, 10), months[:, :10])


# The runs ----------------------------------------------------------------------------------------


def test_without_the_schemes_the_rest_of_a_scenario_stays():
    plan = read_scenario(SCENARIOS / "recovery-plan.toml")
    rest = without_schemes(plan)
    assert [change.lever for change in rest.changes] == [
        "edge_of_care", "foster_places", "breakdowns",
    ]  # fmt: skip
    assert len(rest.origins) == len(rest.changes)


def test_slippage_moves_the_schemes_and_nothing_else():
    plan = read_scenario(SCENARIOS / "recovery-plan.toml")
    for before, after in zip(plan.changes, slipped(plan, END).changes, strict=True):
        years = after.from_.year - before.from_.year
        assert years == (1 if is_scheme(before) else 0)
        assert (after.from_.month, after.from_.day) == (before.from_.month, before.from_.day)


def test_what_would_end_after_the_run_does_not_end_when_late(scenario):
    changes = tuple(
        change.model_copy(update={"to": END}) if is_scheme(change) else change
        for change in scenario.changes
    )
    late = slipped(replace(scenario, changes=changes), END)
    assert {change.to for change in late.changes} == {None}


def test_schemes_have_to_be_in_full_use_for_the_last_year(case, scenario):
    check_dates(scenario, case.plan)
    late = scenario.changes[0].model_copy(update={"from_": date(2020, 11, 1), "ramp_months": 6})
    with pytest.raises(InputFaults, match="must be in full use by 2021-04-01; add years") as found:
        check_dates(replace(scenario, changes=(late, *scenario.changes[1:])), case.plan)
    assert len(found.value.faults) == 1


def test_nothing_is_saved_before_the_first_scheme_begins(case):
    assert case.opens == date(2018, 7, 1)
    before = saving_by_month(case, case.with_)[:, : case.first_month]
    assert np.allclose(before, 0.0, atol=1e-6)
    assert case.late is not None
    late = saving_by_month(case, case.late)[:, : case.first_month + 12]
    assert np.allclose(late, 0.0, atol=1e-6)


def test_nights_by_row_are_the_nights_of_the_spend(case):
    for course in (case.with_, case.without):
        plan, tallies = course.result.plan, course.result.ensemble.tallies
        for kind in IN_HOUSE_KINDS:
            rows = [at for at, row in enumerate(plan.supply) if row.kind == kind]
            nights = tallies.nights[:, :, kind].sum(axis=2) + tallies.adult_nights[:, :, kind]
            inside = course.occupied[:, :, rows].sum(axis=2)
            if all(plan.opening.row[plan.opening.kind == kind] >= 0):
                assert np.array_equal(inside, nights), kind


def test_occupied_and_empty_nights_fill_the_usable_places(case):
    plan, days = case.plan, case.plan.period.days
    usable = plan.world.placements.usable_places[:, :days]
    for scheme in case.schemes:
        both = case.with_.occupied + case.with_.empty
        assert (both[:, :, scheme.row].sum(axis=1) == usable[scheme.row].sum()).all()


def test_the_schemes_are_the_rows_that_the_changes_made(case):
    names = [case.plan.supply[scheme.row].name for scheme in case.schemes]
    assert names == [scheme.change.name for scheme in case.schemes]
    assert len(set(names)) == 6
    assert case.capital == 4_700_000
    assert capital_by_month(case)[[0, 3]].tolist() == [700_000, 4_000_000]


# Pounds ------------------------------------------------------------------------------------------


def test_an_empty_place_costs_its_full_price_in_both_runs(case):
    """A new home of four, by hand: 3,100 a week, 2 % more each 1 April, empty or not."""
    free = saving_by_month(case, case.with_, charge_empty=False)
    charged = saving_by_month(case, case.with_)
    gap = (empty_cost(case.with_) - empty_cost(case.without)) * case.real_terms
    assert np.allclose(free - charged, gap)
    scheme = next(s for s in case.schemes if s.change.name == "New home for children with disabi"
                  "lities")  # fmt: skip
    alone = np.zeros_like(case.with_.empty)
    alone[:, :, scheme.row] = case.with_.empty[:, :, scheme.row]
    cost = empty_cost(replace(case.with_, empty=alone))
    factor = case.with_.result.ensemble.unit_price[:, 3]
    last = cost[:, 48:60].sum(axis=1)
    nights = alone[:, 48:60, scheme.row].sum(axis=1)
    assert np.allclose(last, nights / 7 * 3_100 * 1.02**4 * factor)


def test_the_saving_is_what_is_saved_elsewhere_less_the_cost_of_own_places(case):
    """Two ways to the same pounds."""
    own = own_places_cost(case.with_) - own_places_cost(case.without)
    lines = case.with_.result.money.net.shape[2]
    units = {*casing.UNITS, casing.FIXED}
    others = [line for line in range(lines) if line not in units]
    elsewhere = net_by_month(case.without, others) - net_by_month(case.with_, others)
    assert np.allclose((elsewhere - own) * case.real_terms, saving_by_month(case, case.with_))


def test_real_prices_take_general_inflation_out_each_april(case):
    real = case.real_terms
    assert real[[0, 11, 12, 59]].tolist() == pytest.approx([1, 1, 1 / 1.02, 1.02**-4])


def test_at_the_break_even_price_the_schemes_are_worth_nothing(case):
    price = break_even_price(case)
    kinds = list(EXTERNAL_KINDS)
    avoided = net_by_month(case.without, kinds) - net_by_month(case.with_, kinds)
    saving = saving_by_month(case, case.with_) / case.real_terms
    dearer = saving + (price.needed / price.now - 1) * avoided
    real = held((dearer * case.real_terms)[:, case.first_month :], case.months)
    worth = present_value(real - capital_by_month(case)).mean()
    assert worth == pytest.approx(0.0, abs=1.0)
    assert price.needed > price.now > 1_000


def test_an_occupancy_that_would_have_to_be_more_than_full_is_no_break_even(case):
    share = break_even_occupancy(case)
    now = occupancy(case, [s.row for s in case.schemes], casing.last_year(case)).mean()
    npv = appraise(case, case.with_).npv.mean()
    assert (share > now) == (npv < 0)


def test_a_cheaper_view_of_empty_places_is_worth_more(case):
    charged, free = appraise(case, case.with_), appraise(case, case.with_, charge_empty=False)
    assert (free.npv > charged.npv).all()
    assert (free.payback <= charged.payback).all()


def test_a_year_late_changes_only_the_simulated_years(case):
    assert case.late is not None
    on_time, late = appraise(case, case.with_), appraise(case, case.late)
    known = case.simulated_months
    assert np.array_equal(on_time.saving[:, known:], late.saving[:, known:])
    gap = late.npv - on_time.npv
    assert np.allclose(gap, late.npv_simulated - on_time.npv_simulated)


# What cannot be compared -------------------------------------------------------------------------


def changed_plan(case: BusinessCase, basis: str, fixed: float) -> Plan:
    """The plan with another basis for in-house homes and a fixed cost for each of them."""
    area = case.plan.area
    costs = [replace(c, basis=basis) if c.kind == 3 else c for c in area.unit_costs]
    supply = tuple(
        replace(row, fixed_cost_gbp_per_year=fixed) if row.kind == 3 else row
        for row in case.plan.supply
    )
    bases = tuple(basis if kind == 3 else old for kind, old in enumerate(case.plan.prices.basis))
    prices = replace(case.plan.prices, basis=bases)
    area = replace(area, unit_costs=tuple(costs))
    return replace(case.plan, area=area, supply=supply, prices=prices)


def test_prices_at_full_cost_are_compared(case, scenario):
    check_bases(scenario, case.plan)


@pytest.mark.parametrize("basis", ["marginal", "carer_payment"])
def test_prices_of_other_bases_are_refused_in_words(case, scenario, basis):
    with pytest.raises(InputFaults, match="not compared with prices at full cost") as found:
        check_bases(scenario, changed_plan(case, basis, 0.0))
    assert "childrens_home in_house" in str(found.value)


def test_a_fixed_cost_beside_a_full_price_is_refused_as_counted_twice(case, scenario):
    with pytest.raises(InputFaults, match="would be counted twice") as found:
        check_bases(scenario, changed_plan(case, "full", 500_000.0))
    assert len(found.value.faults) == 10  # every row of in-house homes
    assert "leave this fixed cost out, or say marginal under basis" in str(found.value)


def test_a_marginal_price_with_its_fixed_cost_is_compared_and_empty_places_are_in_it(
    case, scenario
):
    plan = changed_plan(case, "marginal", 500_000.0)
    check_bases(scenario, plan)
    course = replace(case.with_, result=replace(case.with_.result, plan=plan))
    assert empty_cost(course).sum() < empty_cost(case.with_).sum()
    homes = [row for row in plan.supply if row.kind == 3]
    assert homes


def test_a_scenario_without_capital_is_refused():
    scenario = read_scenario(SCENARIOS / "edge-of-care.toml")
    with pytest.raises(InputFaults) as found:
        check_scenario(scenario, chosen_settings(engine="stock_flow"))
    assert "nothing to pay back" in str(found.value)
    assert "gives no range" in str(found.value)


def test_who_is_in_the_new_places_beyond_those_displaced_is_said(case):
    total = sum(count for _, count in displaced_last_year(case))
    filled = filled_last_year(case)
    rows = [scheme.row for scheme in case.schemes]
    share = occupancy(case, rows, last_year(case))
    usable = case.with_.occupied[:, -12:][..., rows] + case.with_.empty[:, -12:][..., rows]
    places = usable.sum(axis=(1, 2)) / 365
    assert filled == pytest.approx(float((share * places).mean()))
    words = displaced_line(case)
    assert (f"On average {filled:.1f} people" in words) == (filled - total >= 0.1)
    parts = [float(part) for part in re.findall(r"([\d.-]+) of [a-z]", words.split(")")[0])]
    assert f"{sum(parts):.1f} on average" in words


def test_a_worth_that_rises_with_a_delay_is_explained(case):
    words = late_line(case)
    for charge, said in zip((True, False), words.split("; if an empty"), strict=True):
        gap = appraise(case, case.late, charge).npv - appraise(case, case.with_, charge).npv
        assert ("would cost more than they save" in said) == (float(gap.mean()) > 0)


def test_what_a_delay_changes_is_what_the_two_values_differ_by(case):
    """Of medians it was not: £519,000 was said beside values that differed by another amount."""
    for charge in (True, False):
        on_time, late = (appraise(case, run, charge).npv for run in (case.with_, case.late))
        apart = average(late).central - average(on_time).central
        assert average(late - on_time).central == pytest.approx(apart)
        assert f"{pounds(abs(apart))} {'higher' if apart > 0 else 'lower'}" in late_line(case)


def test_schemes_that_would_open_after_the_run_are_not_simulated_late(case):
    assert "not simulated" in late_line(replace(case, late=None))


# What is said ------------------------------------------------------------------------------------


def test_the_claimed_payback_stands_beside_the_simulated_one(case):
    assert "£4.7 million of capital over £1.8 million a year is paid back in 2.6" in claim_line(
        case
    )
    heads = [line.split(":")[0] for line in answer_lines(case)]
    assert heads[:3] == ["Payback", "Occupancy", "Claimed"]


def test_the_tables_add_up(case):
    tables = {table.name: table for table in case_tables(case)}
    assert set(tables) == {"schemes", "savings", "displaced", "appraisal"}
    rows = [dict(zip(tables["savings"].columns, row, strict=True)) for row in
            tables["savings"].rows]  # fmt: skip
    first = [row for row in rows if row["course"] == "on time" and "full" in row["empty_places"]]
    total = sum(float(row["mean"]) for row in first)
    assert total == pytest.approx(appraise(case, case.with_).saving.sum(axis=1).mean(), abs=1.0)
    assert {row["how_known"] for row in first} == {
        "simulated", "held at the last simulated year",
    }  # fmt: skip


def test_the_folder_is_written_whole(case, scenario, tmp_path):
    write_case(tmp_path / "out", scenario, case)
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"tables", "summary.md", "report.html", "workbook.xlsx", "manifest.json"}
    summary = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert summary.splitlines()[2].startswith("- Payback: £4.7 million")
    with (tmp_path / "out" / "tables" / "schemes.csv").open(encoding="utf-8") as file:
        capital = sum(float(row["capital_gbp"]) for row in csv.DictReader(file))
    assert capital == 4_700_000
    assert "£4.7 million" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_page_escapes_what_a_user_wrote(case):
    plan = replace(case.plan, title="<script>alert(1)</script>")
    course = replace(case.with_, result=replace(case.with_.result, plan=plan))
    made = {
        "engine": "compiled", "futures": 1, "seed": 1, "layers": [1], "versions": {},
        "inputs_sha256": {},
    }  # fmt: skip
    assert "<script" not in case_page(replace(case, with_=course), made)


def test_the_command_runs_from_end_to_end(tmp_path, capsys):
    scenario, out = str(SCENARIOS / "in-house-homes.toml"), tmp_path / "out"
    options = ["--futures", "4", "--borrowing-rate", "0.05", "--within", "5", "--out", str(out)]
    assert cli.exit_code(["business-case", scenario, *options]) == 0
    printed = capsys.readouterr().out
    assert "Probability of payback within 5 years" in printed
    assert "at 5.0% (as stated)" in printed


def test_places_without_a_name_are_found(scenario):
    changes = tuple(
        change.model_copy(update={"name": ""}) if isinstance(change, Places) else change
        for change in scenario.changes
    )
    unnamed = replace(scenario, changes=changes)
    plan, _, _ = plans_of(unnamed)
    found = casing.schemes_of(unnamed, plan)
    assert len({scheme.row for scheme in found}) == 6
    for scheme in found:
        row = plan.supply[scheme.row]
        assert (row.places, row.opens) == (scheme.change.places, scheme.change.from_)


# Fixed costs of their own ------------------------------------------------------------------------

HOME = """title = "One home more"
question = "Does it pay back?"
area = "area"
years = 3

[[change]]
lever = "places"
name = "New home"
from = 2018-04-01
placement = "childrens_home"
provider = "in_house"
youngest = 5
groups = ["general", "uasc"]
places = 4
capital_gbp = 1_000_000
fixed_cost_gbp_per_year = 520_000
source = "made up"
"""
FIXED_COSTS = "name,placement,provider,from,to,amount_gbp_per_year,step,price_base,source,confirmed"


def home_costed_apart(folder: Path, left_out: tuple[str, ...] = (), more: tuple[str, ...] = ()):
    """Worcestershire with £500 a child and week in own homes, and £520,000 a year for each home."""
    import shutil

    area = folder / "area"
    shutil.copytree(SCENARIOS.parent / "data" / "worcestershire-2017", area)
    prices = (area / "unit_costs.csv").read_text(encoding="utf-8")
    was = "childrens_home,in_house,all,all,3100,0,full"
    assert was in prices
    marginal = prices.replace(was, was.replace("3100,0,full", "500,0,marginal"))
    (area / "unit_costs.csv").write_text(marginal, encoding="utf-8")
    with (area / "supply.csv").open(encoding="utf-8") as file:
        homes = [
            row["name"] for row in csv.DictReader(file) if row["placement"] == "childrens_home"
        ]
    costed = [name for name in (*homes, *more) if name not in left_out]
    rows = [f'"{name}",childrens_home,in_house,,,520000,,2017/18,made up,no' for name in costed]
    (area / "fixed_costs.csv").write_text("\n".join([FIXED_COSTS, *rows]) + "\n", encoding="utf-8")
    text = (area / "area.toml").read_text(encoding="utf-8")
    text = text.replace("[files]\n", '[files]\nfixed_costs = "fixed_costs.csv"\n')
    (area / "area.toml").write_text(text, encoding="utf-8")
    (folder / "home.toml").write_text(HOME, encoding="utf-8")
    return read_scenario(folder / "home.toml")


def test_a_home_whose_fixed_cost_is_not_stated_is_not_compared(tmp_path):
    scenario = home_costed_apart(tmp_path, left_out=("Old Hollow",))
    with pytest.raises(InputFaults, match="the fixed cost of every row of its supply beside it"):
        check_bases(scenario, plans_of(scenario)[0])


def test_a_fixed_cost_of_the_area_for_a_home_that_is_not_there_yet_is_refused(tmp_path):
    """It would be paid without the home too, and so be no cost of the scheme."""
    scenario = home_costed_apart(tmp_path, more=("New home",))
    with pytest.raises(InputFaults, match="would be paid without the scheme too") as found:
        check_bases(scenario, plans_of(scenario)[0])
    assert len(found.value.faults) == 1


def test_a_home_with_a_fixed_cost_of_its_own_pays_it_once_full_or_empty(tmp_path):
    """By hand: £520,000 a year from opening, 2 % more each April, £500 a week while filled."""
    scenario = home_costed_apart(tmp_path)
    plans = plans_of(scenario)
    check_bases(scenario, plans[0])
    settings = chosen_settings(futures=8, workers=1)
    case = casing.business_case(scenario, plans, settings, Terms())
    kind = case.plan.supply[case.schemes[0].row].kind
    fixed, homes, rest = [casing.FIXED], [kind], [
        line for line in range(case.with_.result.money.net.shape[2])
        if line not in (kind, casing.FIXED)
    ]  # fmt: skip

    def more(lines):
        return net_by_month(case.with_, lines) - net_by_month(case.without, lines)

    uplifts = np.repeat([0.0, 1.02, 1.02**2], 12)  # it opens in the second year
    assert np.allclose(more(fixed), 520_000 / 12 * uplifts, atol=0.02)
    rows = [at for at, row in enumerate(case.plan.supply) if row.kind == kind]
    empty = [case.with_, case.without]
    for course in empty:  # none of its cost is charged a second time as empty places
        alone = np.zeros_like(course.empty)
        own = [at for at, row in enumerate(course.result.plan.supply) if row.kind == kind]
        alone[:, :, own] = course.empty[:, :, own]
        assert alone.sum() > 0
        assert not empty_cost(replace(course, empty=alone)).any()
    held_nights = case.with_.result.ensemble.tallies.nights[:, :, kind].sum(axis=2)
    without = case.without.result.ensemble.tallies.nights[:, :, kind].sum(axis=2)
    assert (held_nights > without)[:, 24:].any()
    factor = case.with_.result.ensemble.unit_price[:, kind][:, None]
    nights = np.array(held_nights, dtype=float) - without
    weekly = 500 * np.repeat(1.02 ** np.arange(3), 12)
    assert np.allclose(more(homes), nights / 7 * weekly * factor, atol=0.05 * len(rows))
    empties = empty_cost(case.with_) - empty_cost(case.without)
    spent = nights / 7 * weekly * factor + 520_000 / 12 * uplifts + more(rest) + empties
    real = 1.02 ** -np.repeat(np.arange(3.0), 12)
    assert np.allclose(saving_by_month(case, case.with_), -spent * real, atol=1.0)
    capital = capital_by_month(case)
    assert capital.sum() == capital[0] == 1_000_000
    so_far = (-spent * real)[:, 12:].sum(axis=1)
    assert np.allclose(saving_by_month(case, case.with_)[:, case.first_month :].sum(axis=1), so_far)
