"""Fixed costs, blocks and income: spend against a second computation, and refusals in words."""

import csv
import functools
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from lacmodel.analyses.simulate import expected_ensemble
from lacmodel.area import read_area, residents_on
from lacmodel.area.costs_write import cost_tables
from lacmodel.area.write import csv_bytes
from lacmodel.codes import CHILDRENS_HOME, EXTERNAL, FOSTER, IN_HOUSE, KIND_OF, KINDS
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.engines.ensemble import run_futures, run_history
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.faults import InputFaults
from lacmodel.money.income import GONE, by_source, income_table
from lacmodel.money.spend import FIXED, spend, spend_table
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

ROOT = Path(__file__).parents[1]
AREA = ROOT / "data" / "worcestershire-2017"
OWN_HOME, AGENCY_HOME = (KIND_OF[CHILDRENS_HOME][who] for who in (IN_HOUSE, EXTERNAL))
AGENCY_FOSTER = KIND_OF[FOSTER][EXTERNAL]
SEED, FUTURE = 5, 0
FILES = {
    "fixed_costs": """\
name,placement,provider,from,to,amount_gbp_per_year,step,price_base,source,confirmed
Vale Lodge,childrens_home,in_house,,,480000,,2017/18,test,no
homes service,childrens_home,in_house,,2018-10-01,120000,10,2017/18,test,no
""",
    "one_off_costs": """name,date,amount_gbp,source,confirmed
new minibus,2018-02-03,43210.99,test,no
sale,2018-05-01,-1000,test,no
""",
    "contracts": """name,placement,provider,places,gbp_per_week,from,to,price_base,source,confirmed
block of homes,childrens_home,external,30,2900,2017-07-01,,2017/18,test,no
agency carers,foster,external,200,700,,2018-12-16,2017/18,test,no
more carers,foster,external,100,710,2018-01-01,,2017/18,test,no
""",
    "income": """\
name,payer,placement,provider,group,ages,from,to,at_least_share,gbp_per_week,source,confirmed
Home Office,home_office,all,all,uasc,0 to 15,,,0,798,test,no
Home Office,home_office,all,all,uasc,16 to 17,,2018-08-16,0,637,test,no
Home Office,home_office,all,all,uasc,16 to 17,,2018-08-16,0.00006,1001,test,no
health,health,childrens_home,external,disability,0 to 17,2017-10-01,,0,350.5,test,no
""",
}  # fmt: skip


def area_file(folder: Path, unit_costs: str | None = None, **files: str) -> Path:
    """Worcestershire with files of costs of its own, own homes at a marginal price."""
    rows = (AREA / "unit_costs.csv").read_text(encoding="utf-8")
    marginal = rows.replace(
        "childrens_home,in_house,all,all,3100,0,full",
        "childrens_home,in_house,all,all,400,0,marginal",
    )
    (folder / "unit_costs.csv").write_text(unit_costs or marginal, encoding="utf-8")
    named = ['unit_costs = "unit_costs.csv"']
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        named.append(f'{name} = "{name}.csv"')
    text = f'extends = "{AREA / "area.toml"}"\n\n[files]\n' + "\n".join(named) + "\n"
    (folder / "costs.toml").write_text(text, encoding="utf-8")
    return folder / "costs.toml"


@functools.cache
def plan_of(name: str):
    folder = Path(tempfile.mkdtemp())
    made = area_file(folder, **FILES)
    text = (ROOT / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    lines = [
        line
        for line in text.splitlines()
        if not line.startswith(("area =", "years =", "extends ="))
    ]
    header = f'area = "{made}"\nyears = 3\n'
    (folder / "s.toml").write_text(header + "\n".join(lines), encoding="utf-8")
    return make_plan(read_scenario(folder / "s.toml"))


NAMES = ("worcestershire-2017", "more-unaccompanied-children", "fewer-breakdowns")


def born_on(plan, spell) -> date:
    return plan.period.date_of(0) + timedelta(days=int(spell["birth_day"]))


def age_on(born: date, when: date) -> int:
    return when.year - born.year - ((when.month, when.day) < (born.month, born.day))


def second_computation(plan):
    """Gross and income in pounds by year and kind, night by night, from spells and CSV rows."""
    drawn = draw_future(plan, SEED, FUTURE, ALL_LAYERS)
    spells = run_history(plan, drawn, FUTURE, SEED, "compiled").spells
    days, months = plan.period.days, plan.period.months
    day_month = [plan.period.month(plan.period.date_of(day)) for day in range(days)]
    gross, nights = np.zeros((months, len(KINDS))), np.zeros((months, len(KINDS)))
    income, there = np.zeros((months, len(KINDS))), np.zeros((days, len(KINDS)))
    groups, ages, where = [], [], []
    for spell in spells:
        if spell["why_started"] == 7:
            continue
        kind = KIND_OF[spell["placement"]][spell["provider"]]
        end = days if spell["end_day"] < 0 else int(spell["end_day"])
        relative = plan.prices.relative[kind, spell["group"], spell["level"]]
        cohort = 0 if spell["why_started"] == 0 else 2  # the price is the same in all three here
        for day in range(max(0, int(spell["start_day"])), end):
            month = day_month[day]
            price = plan.prices.gross_per_week[month, kind, cohort] / 7 * spell["price_factor"]
            if KINDS[kind][1] == EXTERNAL:
                price *= drawn.price_growth[month // 12]
            gross[month, kind] += price * relative * drawn.unit_price[kind]
            nights[month, kind] += 1
            there[day, kind] += 1
        if spell["group"]:
            groups.append(spell)
            ages.append(born_on(plan, spell))
            where.append((kind, max(0, int(spell["start_day"])), end))
    blocks = list(csv.DictReader(FILES["contracts"].splitlines()))
    covered, paid = np.zeros((months, len(KINDS))), np.zeros((months, len(KINDS)))
    for day in range(days):
        when, month = plan.period.date_of(day), day_month[day]
        bought = np.zeros(len(KINDS))
        for row in blocks:
            kind = AGENCY_FOSTER if row["placement"] == "foster" else AGENCY_HOME
            if row["from"] <= when.isoformat() < (row["to"] or "9"):
                uplift = (1.02 if kind == AGENCY_FOSTER else 1.061) ** (month // 12)
                bought[kind] += int(row["places"])
                paid[month, kind] += int(row["places"]) * float(row["gbp_per_week"]) / 7 * uplift
        covered[month] += np.minimum(there[day], bought)
    share = np.divide(nights - covered, nights, out=np.ones_like(nights), where=nights > 0)
    gross = gross * share + paid
    uasc = np.zeros(months)
    for spell, (_, start, end) in zip(groups, where, strict=True):
        if spell["group"] == 2:
            np.add.at(uasc, day_month[start:end], 1)
    for spell, born, (kind, start, end) in zip(groups, ages, where, strict=True):
        for day in range(start, end):
            when, month = plan.period.date_of(day), day_month[day]
            if spell["group"] == 2 and age_on(born, when) < 16:
                income[month, kind] += 798 / 7
            elif spell["group"] == 2 and when < date(2018, 8, 16):
                first = when.replace(day=1)
                length = day_month.count(month)
                reached = uasc[month] / length / residents_on(plan.area, first) >= 0.00006
                income[month, kind] += (1001 if reached else 637) / 7
            elif spell["group"] == 1 and kind == AGENCY_HOME and when >= date(2017, 10, 1):
                income[month, kind] += 350.5 / 7
    return tuple(part.reshape(3, 12, len(KINDS)).sum(axis=1) for part in (gross, income))


@pytest.mark.parametrize("name", NAMES)
def test_spend_equals_a_second_computation_from_the_spells(name):
    plan = plan_of(name)
    money = spend(plan, run_futures(plan, [FUTURE], SEED, ALL_LAYERS, "compiled"))
    gross, income = second_computation(plan)
    kinds = slice(0, len(KINDS))
    counted = money.by_year(money.gross)[0][:, kinds] / 100
    np.testing.assert_allclose(counted, gross, rtol=2e-5, atol=2)
    earned = money.by_year(money.income)[0][:, kinds] / 100
    np.testing.assert_allclose(earned, income, atol=0.1)
    assert income.sum() > 10_000
    cohorts = money.cohorts.income.sum(axis=(2, 3))
    np.testing.assert_array_equal(cohorts, money.by_year(money.income)[:, :, kinds].sum(axis=2))


@pytest.mark.parametrize("name", NAMES)
def test_income_by_source_adds_up_to_the_income_of_all_spend(name):
    plan = plan_of(name)
    ensemble = run_futures(plan, range(3), SEED, ALL_LAYERS, "compiled")
    money = spend(plan, ensemble)
    table = income_table(plan, money, ensemble, ())
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    for year, total in zip(money.years, money.by_year(money.income).sum(axis=2).T, strict=True):
        found = [r for r in rows if (r["financial_year"], r["unit"]) == (year.label, "pounds")]
        assert {r["source"] for r in found} == {"Home Office", "health"}
        assert sum(float(r["mean"]) for r in found) == pytest.approx(total.mean() / 100, abs=0.01)
    paid = {(r["source"], r["measure"]): float(r["mean"]) for r in rows if r["financial_year"] ==
            "2018/19"}  # fmt: skip
    weeks = 365 / 7
    assert paid["health", "income_gbp"] == pytest.approx(
        paid["health", "average_children"] * 350.5 * weeks, abs=100
    )


def test_months_gone_are_a_source_of_their_own():
    plan = plan_of(NAMES[0])
    ensemble = run_futures(plan, [FUTURE], SEED, ALL_LAYERS, "compiled")
    money = spend(plan, ensemble)
    gone = np.zeros(money.income.shape[1:], dtype=bool)
    gone[0] = True
    sources = by_source(plan, money, ensemble, gone)
    assert sources[GONE, ""][0][0, 0] == money.income[0, 0].sum() > 0
    assert sum(pence for pence, _ in sources.values()).sum() == money.income.sum()


def test_fixed_costs_run_by_days_steps_and_uplifts_and_one_off_costs_fall_once():
    plan = plan_of(NAMES[0])
    money = spend(plan, run_futures(plan, [FUTURE], SEED, ALL_LAYERS, "compiled"))
    by_month = money.gross[0, :, FIXED] / 100
    # 29 own beds: 3 steps of 10 places, £360,000 a year until October 2018, and Vale Lodge
    assert by_month[0] == pytest.approx((480_000 + 3 * 120_000) / 12, abs=0.02)
    assert by_month[10] == pytest.approx((480_000 + 360_000) / 12 + 43_210.99, abs=0.02)
    assert by_month[13] == pytest.approx((480_000 + 360_000) * 1.02 / 12 - 1_000, abs=0.02)
    assert by_month[18] == pytest.approx(480_000 * 1.02 / 12, abs=0.02)
    table = spend_table(plan, money, single=False)
    rows = {(r[1], r[3]): float(r[8]) for r in table.rows if r[6] == "fixed_gbp"}
    own = next(name for _, name in rows if "own" in name.lower() or "in-house" in name.lower())
    assert rows["2017/18", own] == pytest.approx(840_000, abs=0.2)
    assert rows["2017/18", "total"] == pytest.approx(840_000, abs=0.2)


def test_an_empty_home_costs_its_fixed_cost_all_the_same():
    from dataclasses import replace

    plan = plan_of(NAMES[0])
    ensemble = run_futures(plan, [FUTURE], SEED, ALL_LAYERS, "compiled")
    nobody = replace(ensemble.tallies, **{
        name: np.zeros_like(getattr(ensemble.tallies, name))
        for name in ("nights", "price_nights", "adult_nights", "adult_price_nights")
    })  # fmt: skip
    empty = spend(plan, replace(ensemble, tallies=nobody))
    assert empty.gross[0, 0, FIXED] == 7_000_000
    assert empty.gross[0, 3, AGENCY_HOME] == round(30 * 2900 / 7 * 31 * 100)  # July's block


def test_expected_numbers_claim_and_cover_nearly_what_futures_do():
    plan = plan_of(NAMES[1])
    futures = spend(plan, run_futures(plan, range(40), SEED, frozenset({1}), "compiled"))
    expected = spend(plan, expected_ensemble(plan, run_stock_flow(plan), SEED))
    income = [m.by_year(m.income).sum(axis=2).mean(axis=0)[1] for m in (futures, expected)]
    assert income[1] == pytest.approx(income[0], rel=0.1)
    block = [m.by_year(m.gross)[:, :, AGENCY_FOSTER].mean(axis=0)[1] for m in (futures, expected)]
    assert block[1] == pytest.approx(block[0], rel=0.05)


def test_a_fixed_cost_of_a_home_that_is_not_there_is_noted_until_a_scenario_opens_it(tmp_path):
    new = "New home,childrens_home,in_house,,,100000,,2017/18,test,no\n"
    made = area_file(tmp_path, fixed_costs=FILES["fixed_costs"] + new)
    header = f'title = "a"\nquestion = "b"\narea = "{made.as_posix()}"\n'
    opened = """
[[change]]
lever = "places"
name = "New home"
placement = "childrens_home"
provider = "in_house"
places = 4
from = 2018-01-01
source = "made up"
"""
    noted = []
    for text in (header, header + opened):
        (tmp_path / "s.toml").write_text(text, encoding="utf-8")
        plan = make_plan(read_scenario(tmp_path / "s.toml"))
        noted.append([note for note in plan.notes if note.startswith("Fixed costs")])
    assert noted == [
        ["Fixed costs that are paid although no home of their name is there or opens in this "
         "scenario: 1 (New home)."],
        [],
    ]  # fmt: skip


def faults_of(folder: Path, **files: str) -> str:
    with pytest.raises(InputFaults) as raised:
        read_area(area_file(folder, **files))
    return str(raised.value)


def test_a_full_price_beside_fixed_costs_is_refused(tmp_path):
    full = (AREA / "unit_costs.csv").read_text(encoding="utf-8")
    said = faults_of(tmp_path, unit_costs=full, fixed_costs=FILES["fixed_costs"])
    assert "unit_costs.csv: basis = full: holds the fixed costs" in said
    assert "childrens_home in_house" in said


def test_prices_of_one_kind_on_two_bases_are_refused(tmp_path):
    mixed = (
        (AREA / "unit_costs.csv")
        .read_text(encoding="utf-8")
        .replace(
            "supported,in_house,all,complex,1800,0,full",
            "supported,in_house,all,complex,1800,0,marginal",
        )
    )
    assert "must have one basis: supported in_house" in faults_of(tmp_path, unit_costs=mixed)


def test_every_fault_of_the_cost_files_is_shown_at_once(tmp_path):
    said = faults_of(
        tmp_path,
        fixed_costs=FILES["fixed_costs"].replace("2018-10-01", "2018-13-01").replace(",10,", ",0,"),
        contracts=FILES["contracts"].replace("foster,external,200", "foster,in_house,200"),
        income=FILES["income"].replace("home_office", "treasury").replace("350.5", "-1"),
    )
    for rule in ("to = 2018-13-01", "step = 0", "must be external", "payer = treasury", "= -1"):
        assert rule in said


def test_other_price_bases_and_double_counts_are_refused(tmp_path):
    said = faults_of(
        tmp_path,
        fixed_costs=FILES["fixed_costs"]
        .replace("2017/18", "2016/17")
        .replace("Vale Lodge,childrens_home", "Cheltenham Road,childrens_home"),
    )
    assert "must be that of the unit costs, 2017/18" in said
    assert "is a row of supply of another kind, supported in_house" in said


def test_what_is_written_is_what_was_read(tmp_path):
    area = read_area(area_file(tmp_path, **FILES))
    written = cost_tables(area)
    assert set(written) == set(FILES)
    again = tmp_path / "again"
    again.mkdir()
    texts = {name: csv_bytes(rows).decode() for name, rows in written.items()}
    second = read_area(area_file(again, **texts))
    for name in FILES:
        assert getattr(second, name) == getattr(area, name)


def test_englands_rates_of_the_home_office_can_be_copied_into_an_area(tmp_path):
    text = (ROOT / "data" / "national" / "income.csv").read_text(encoding="utf-8")
    area = read_area(area_file(tmp_path, income=text))
    assert [row.gbp_per_week for row in area.income] == [7 * 114, 7 * 143]
    assert not any(row.confirmed for row in area.income)
