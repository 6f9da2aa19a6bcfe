"""Committed and not yet in care: the split against a second count of the spells, night by night."""

import functools
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lacmodel.analyses.simulate import expected_ensemble
from lacmodel.area import read_area
from lacmodel.area.actuals import Actual
from lacmodel.area.costs import ContractRow
from lacmodel.codes import CHILDRENS_HOME, EXTERNAL, FOSTER, KIND_OF, KINDS
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.engines.ensemble import Ensemble, run_futures, run_history
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.money.actuals import with_actuals
from lacmodel.money.committed import (
    BLOCKS_SHARED,
    GONE_SHARED,
    committed_net,
    committed_share,
    committed_table,
    sharing_words,
)
from lacmodel.money.spend import Spend, spend
from lacmodel.plan import LATER, MOVED, PRESENT, Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario
from lacmodel.timeline import Period

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SEED, FUTURES = 11, 3
NAMES = ("worcestershire-2017", "in-house-homes", "edge-of-care")


@functools.cache
def plan_of(name: str) -> Plan:
    return make_plan(read_scenario(SCENARIOS / f"{name}.toml"))


@functools.cache
def ensemble_of(name: str, engine: str) -> Ensemble:
    return run_futures(plan_of(name), range(FUTURES), SEED, ALL_LAYERS, engine)


def who_is_meant(spells: np.ndarray) -> np.ndarray:
    """The cohort of each spell, told from each child's own history and not from the codes."""
    order = np.lexsort((spells["start_day"], spells["child"]))
    meant = np.empty(len(spells), dtype=int)
    in_care_at_start: dict[int, bool] = {}
    ended: dict[int, int] = {}
    for place in order:
        spell = spells[place]
        child = int(spell["child"])
        if child not in in_care_at_start:
            in_care_at_start[child] = bool(spell["start_day"] < 0)
            first = True
        else:
            first = False
            if spell["start_day"] != ended[child]:  # came back
                in_care_at_start[child] = False
        meant[place] = LATER
        if in_care_at_start[child]:
            meant[place] = PRESENT if first else MOVED
        ended[child] = int(spell["end_day"])
    return meant


def gross_by_year(plan: Plan, future: int, engine: str) -> np.ndarray:
    """Gross pounds by (year, kind, cohort): each child's nights, day by day, at its own price."""
    drawn = draw_future(plan, SEED, future, ALL_LAYERS)
    spells = run_history(plan, drawn, future, SEED, engine).spells
    meant = who_is_meant(spells)
    month_of_day = np.array(
        [plan.period.month(plan.period.date_of(d)) for d in range(plan.period.days)]
    )
    pounds = np.zeros((plan.period.months // 12, len(KINDS), 3))
    for spell, cohort in zip(spells, meant, strict=True):
        if spell["why_started"] == 7:  # an adult who stays on
            continue
        kind = KIND_OF[spell["placement"]][spell["provider"]]
        end = plan.period.days if spell["end_day"] < 0 else int(spell["end_day"])
        nights = np.bincount(
            month_of_day[max(0, int(spell["start_day"])) : end], minlength=plan.period.months
        )
        relative = plan.prices.relative[kind, spell["group"], spell["level"]]
        price = plan.prices.gross_per_week[: plan.period.months, kind, cohort] / 7
        if KINDS[kind][1] == EXTERNAL:
            price = price * np.repeat(drawn.price_growth, 12)
        cost = nights * price * spell["price_factor"] * relative * drawn.unit_price[kind]
        pounds[:, kind, cohort] += cost.reshape(-1, 12).sum(axis=1)
    return pounds


@pytest.mark.parametrize("engine", ["compiled", "child_events"])
@pytest.mark.parametrize("name", NAMES)
def test_each_childs_own_history_gives_the_same_split_to_the_pound(name: str, engine: str) -> None:
    plan, future = plan_of(name), 1
    counted = spend(plan, ensemble_of(name, engine)).cohorts.gross[future] / 100
    second = gross_by_year(plan, future, engine)
    # a night's price is kept to a ten-thousandth of the kind's, a month's spend to the penny
    np.testing.assert_allclose(counted, second, rtol=2e-5, atol=1.0)
    assert (counted.sum(axis=(0, 1)) > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_add_up_to_all_spend_to_the_penny(name: str) -> None:
    money = spend(plan_of(name), ensemble_of(name, "compiled"))
    everything = money.by_year(money.net).sum(axis=2)
    np.testing.assert_array_equal(committed_net(money).sum(axis=2), everything)


BOUGHT = KIND_OF[FOSTER][EXTERNAL]
BLOCKS = tuple(
    ContractRow("a block", kind, places, 900.0, date(2017, 7, 1), None, "2017/18", "test", False)
    for kind, places in ((BOUGHT, 150), (KIND_OF[CHILDRENS_HOME][EXTERNAL], 500))
)
GONE = tuple(
    Actual(month, "foster", "external", children, 600_000.01, 1_000.5)
    for month, children in ((date(2017, 4, 1), 200.0), (date(2017, 5, 1), 190.5))
)
IN_TOTAL = (Actual(date(2017, 6, 1), "all", "all", 790.0, 3_300_000.07, 20_000.03),)
NOWHERE = (Actual(date(2017, 4, 1), "unregistered", "external", 2.0, 80_000.0, 0.0),)


@functools.cache
def plan_with(actuals: tuple[Actual, ...], blocks: tuple[ContractRow, ...]) -> Plan:
    area = read_area(SCENARIOS.parent / "data" / "worcestershire-2017")
    scenario = replace(read_scenario(SCENARIOS / f"{NAMES[0]}.toml"), years=2)
    return make_plan(scenario, replace(area, actuals=actuals, contracts=blocks))


def money_of(plan: Plan) -> Spend:
    return with_actuals(plan, spend(plan, run_futures(plan, range(FUTURES), SEED, ALL_LAYERS)))[0]


@pytest.mark.parametrize("blocks", [(), BLOCKS], ids=["no block", "blocks"])
@pytest.mark.parametrize("actuals", [(), GONE, IN_TOTAL, NOWHERE])
def test_blocks_and_months_gone_are_in_the_parts_to_the_penny(
    actuals: tuple[Actual, ...], blocks: tuple[ContractRow, ...]
) -> None:
    plan = plan_with(actuals, blocks)
    money = money_of(plan)
    assert money.cohorts is not None
    np.testing.assert_array_equal(
        committed_net(money).sum(axis=2), money.by_year(money.net).sum(axis=2)
    )
    for cohorts, lines in zip(
        money.cohorts, (money.gross, money.income, money.nights), strict=True
    ):
        by_kind = money.by_year(lines)[:, :, : len(KINDS)]
        np.testing.assert_array_equal(cohorts.sum(axis=3, dtype=np.int64), by_kind)
        assert (cohorts >= 0).all()


def test_a_block_is_shared_over_those_in_its_kind_and_an_empty_one_is_committed() -> None:
    """Blocks of more places than children: every night of the kind is covered, at one price."""
    many = replace(BLOCKS[0], places=400, starts=None)
    plan = plan_with((), (many,))
    ensemble = run_futures(plan, range(FUTURES), SEED, ALL_LAYERS)
    cohorts = spend(plan, ensemble).cohorts
    assert cohorts is not None
    nights = ensemble.tallies.nights[:, :, BOUGHT].astype(float)
    paid = plan.blocks[0].gross
    share = nights / nights.sum(axis=2, keepdims=True)
    meant = (share * paid[None, :, None]).reshape(FUTURES, 2, 12, 3).sum(axis=2)
    np.testing.assert_allclose(cohorts.gross[:, :, BOUGHT] / 100, meant, atol=0.12)
    nobody = replace(ensemble.tallies, nights=ensemble.tallies.nights * 0,
                     price_nights=ensemble.tallies.price_nights * 0)  # fmt: skip
    empty = spend(plan, replace(ensemble, tallies=nobody)).cohorts
    assert empty is not None
    yearly = paid.reshape(2, 12).sum(axis=1)
    np.testing.assert_allclose(empty.gross[:, :, BOUGHT, PRESENT] / 100, [yearly] * 3, atol=0.12)
    assert not empty.gross[:, :, BOUGHT, MOVED:].any()


def test_months_gone_are_split_as_their_forecast_and_months_to_come_stay() -> None:
    forecast, known = money_of(plan_with((), ())), money_of(plan_with(GONE, ()))
    assert forecast.cohorts is not None
    assert known.cohorts is not None
    tallies = run_futures(plan_with((), ()), range(FUTURES), SEED, ALL_LAYERS).tallies
    gone = tallies.nights[:, :2, BOUGHT].sum(axis=1)
    was = known.cohorts.nights[:, 0, BOUGHT] - (forecast.cohorts.nights[:, 0, BOUGHT] - gone)
    assert was.sum(axis=1).tolist() == [200 * 30 + round(190.5 * 31)] * FUTURES
    np.testing.assert_allclose(was / was.sum(axis=1)[:, None],
                               gone / gone.sum(axis=1)[:, None], atol=1e-3)  # fmt: skip
    for before, after in zip(forecast.cohorts, known.cohorts, strict=True):
        np.testing.assert_array_equal(before[:, 1], after[:, 1])
        others = np.arange(len(KINDS)) != BOUGHT
        np.testing.assert_array_equal(before[:, 0, others], after[:, 0, others])


@pytest.mark.parametrize(
    ("actuals", "blocks"), [((), ()), (GONE, ()), ((), BLOCKS), (GONE, BLOCKS)]
)
def test_how_it_is_split_is_said_where_no_child_is_known(
    actuals: tuple[Actual, ...], blocks: tuple[ContractRow, ...]
) -> None:
    said = sharing_words(plan_with(actuals, blocks))
    assert said == [BLOCKS_SHARED] * bool(blocks) + [GONE_SHARED] * bool(actuals)


def test_expected_numbers_keep_their_nights_beside_months_gone() -> None:
    plan = plan_with(GONE, BLOCKS)
    money, _ = with_actuals(plan, spend(plan, expected_ensemble(plan, run_stock_flow(plan), SEED)))
    assert money.cohorts is not None
    by_kind = money.by_year(money.nights)[:, :, : len(KINDS)]
    np.testing.assert_allclose(money.cohorts.nights.sum(axis=3), by_kind, atol=1)


def test_those_in_care_at_the_start_become_fewer_and_nobody_is_new_at_first() -> None:
    share = committed_share(spend(plan_of(NAMES[0]), ensemble_of(NAMES[0], "compiled")))
    assert share[0] > 0.75
    assert (np.diff(share) < 0).all()


def test_expected_numbers_tell_who_has_moved() -> None:
    """Nights by cohort of 60 futures against expected numbers, places unlimited, layer 1 alone.

    Three standard errors and 0.5 % of each year's nights; nine figures, so a true model fails
    about one time in forty.
    """
    plan = plan_of(NAMES[0])
    area = replace(read_area(SCENARIOS.parent / "data" / "worcestershire-2017"), supply=())
    from lacmodel.scenario import Scenario

    scenario: Scenario = replace(read_scenario(SCENARIOS / f"{NAMES[0]}.toml"), years=3)
    plan = make_plan(scenario, area)
    assert plan.period == Period(area.start, 3)
    nights = run_futures(plan, range(60), SEED, frozenset({1})).tallies.nights
    by_year = nights.sum(axis=2, dtype=float).reshape(60, 3, 12, 3).sum(axis=2)
    expected = run_stock_flow(plan).nights.sum(axis=1).reshape(3, 12, 3).sum(axis=1)
    error = by_year.std(axis=0, ddof=1) / np.sqrt(60)
    gap = np.abs(by_year.mean(axis=0) - expected)
    allowed = 3 * error + 0.005 * expected.sum(axis=1, keepdims=True)
    assert (gap <= allowed).all(), (gap, allowed)


def test_the_table_has_every_line_year_and_cohort() -> None:
    plan = plan_of(NAMES[0])
    table = committed_table(plan, spend(plan, ensemble_of(NAMES[0], "compiled")), single=False)
    assert len(table.rows) == plan.period.years * ((len(KINDS) + 1) * 3 * 4 + 1)
