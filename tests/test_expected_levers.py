"""Expected numbers where something changes within the run, against theory and against futures."""

from pathlib import Path

import numpy as np
import pytest
from test_child_events import BUSY, with_service
from test_stock_flow import FOSTER_IN_HOUSE, flow, opening_at
from worlds import calendar_of, rows_of_supply, small_world

from lacmodel.analyses.simulate import expected_ensemble
from lacmodel.codes import EXTERNAL, FOSTER, KIND_OF
from lacmodel.draws import CHANCE
from lacmodel.engines.ensemble import run_futures
from lacmodel.engines.inflows import families_per_day
from lacmodel.engines.noted import CLAIMED
from lacmodel.engines.stock_flow import expected_course, nobody, run_stock_flow
from lacmodel.engines.stocks import OpeningState
from lacmodel.money.spend import spend
from lacmodel.pathway import World
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario
from lacmodel.timeline import NEVER

SEED = 11
AREA = Path(__file__).parents[1] / "data" / "worcestershire-2017" / "area.toml"


def plan_of(change: str, folder: Path, area: Path = AREA, years: int = 1) -> Plan:
    """A plan of an area with one change."""
    head = f'title = "A"\nquestion = "What if?"\narea = "{area.as_posix()}"\nyears = {years}\n'
    (folder / "drawn.toml").write_text(f'{head}sources = ["a test"]\n{change}', encoding="utf-8")
    return make_plan(read_scenario(folder / "drawn.toml"))


# Closures ----------------------------------------------------------------------------------------

YEARS = 4
DAYS = calendar_of(YEARS).days
APART = 49  # days between the closures of one run, so that a month has one at most


def rows_that_close(days: range) -> tuple[World, OpeningState]:
    """A world of rows that close on some days, a child in each, in which nothing else happens."""
    rows = [(FOSTER_IN_HOUSE, 0, {"row_closes": [day, NEVER, NEVER, NEVER]}) for day in days]
    count = len(rows)
    world = small_world(YEARS, supply=rows_of_supply(calendar_of(YEARS), *rows))
    world.placements.capped[KIND_OF[FOSTER][EXTERNAL]] = False
    opening = OpeningState(
        birth_month=np.full(count, -60),
        entry_month=np.full(count, -4),
        group=np.zeros(count, dtype=np.int64),
        kind=np.full(count, FOSTER_IN_HOUSE),
        row=np.arange(count),
        children=np.ones(count),
        complex_children=np.zeros(count),
    )
    return world, opening


@pytest.mark.parametrize("first", range(1, APART + 1))
def test_whatever_the_day_a_closure_is_carried_out_once_in_its_month(first: int) -> None:
    # all of them together: every day of four years but the first
    days = range(first, DAYS, APART)
    world, opening = rows_that_close(days)
    course = expected_course(world, opening, nobody()[1])
    months = world.timeline.month_of_day[list(days)]
    expected = np.bincount(months, minlength=12 * YEARS)
    assert expected.max() == 1
    assert flow(course, "closure_moves") == pytest.approx(expected, abs=1e-12)
    left = len(days) - np.cumsum(expected)
    in_house, bought = (
        course.children[1:].sum(axis=(1, 3))[:, kind]
        for kind in (FOSTER_IN_HOUSE, KIND_OF[FOSTER][EXTERNAL])
    )
    assert in_house == pytest.approx(left, abs=1e-12)
    assert in_house + bought == pytest.approx(len(days))
    assert course.nights[:, FOSTER_IN_HOUSE].sum() == pytest.approx(sum(days))


def test_in_the_last_half_month_who_has_come_moves_and_who_turns_18_does_not() -> None:
    # one turns 18 in the last month, one stays, and three a year come; nobody leaves
    closing = calendar_of(1).days - 5
    closes = {"row_closes": [closing, NEVER, NEVER, NEVER]}
    rate = np.zeros((5, 3))
    rate[2, 0] = 3 * 365.25 / 365
    supply = rows_of_supply(calendar_of(1), (FOSTER_IN_HOUSE, 50, closes))
    world = small_world(1, supply=supply, start_rate_per_10000=rate)
    world.placements.usable_places[0, closing:] = 0
    one = opening_at(206, row=0)
    opening = OpeningState(
        *(np.append(a, b) for a, b in zip(one, opening_at(60, row=0), strict=True))
    )
    course = expected_course(world, opening, nobody()[1])
    by_kind = course.children[-1].sum(axis=(0, 2))
    assert by_kind[FOSTER_IN_HOUSE] == 0.0
    assert by_kind.sum() == pytest.approx(4.0)
    assert flow(course, "exits_turned_18").sum() == pytest.approx(1.0)
    assert flow(course, "closure_moves")[-1] == pytest.approx(4.0)


# Edge of care ------------------------------------------------------------------------------------


def test_a_service_is_referred_families_on_the_days_on_which_it_is_open() -> None:
    # families come at an even rate, so those of a day's referrals are as many as a day's arrivals:
    # as many again of whom no child would have come into care, who come years before and after too
    world = with_service(
        small_world(3, 10_000.0, None, **BUSY), opens=np.array([400]), closes=np.array([800])
    )  # in the second and the third year
    entries = world.entries
    entries = entries._replace(not_entering_multiplier=np.ones((1, *entries.per_day.shape)))
    course = expected_course(world._replace(entries=entries), *nobody())
    per_day = 2 * families_per_day(entries)[:, 0].sum()
    starts = world.timeline.month_start[: 3 * 12 + 1]
    open_days = np.diff(np.clip(starts, 400, 800))
    assert flow(course, "families_referred") == pytest.approx(per_day * open_days)
    assert flow(course, "families_engaged") == pytest.approx(per_day * open_days)


# Income ------------------------------------------------------------------------------------------

INCOME = (
    "name,payer,placement,provider,group,ages,from,to,at_least_share,gbp_per_week,source,confirmed"
)
AGES = ("17 to 17", "16 to 16", "16 to 17", "12 to 15", "3 to 6", "10 to 10")


def test_income_for_some_ages_is_claimed_for_the_children_of_those_ages(tmp_path: Path) -> None:
    # four standard errors of a mean: one of the six is outside by chance in 1 of 2,600 seeds
    rows = [f"{ages},health,all,all,general,{ages},2017-06-16,,0,1000,test,no" for ages in AGES]
    (tmp_path / "income.csv").write_text("\n".join([INCOME, *rows]), encoding="utf-8")
    area = f'extends = "{AREA.as_posix()}"\n[files]\nincome = "income.csv"\n'
    (tmp_path / "area.toml").write_text(area, encoding="utf-8")
    plan = plan_of("", tmp_path, area=tmp_path / "area.toml", years=2)
    ensemble = expected_ensemble(plan, run_stock_flow(plan), SEED)
    nights = ensemble.notes[CLAIMED][0, ..., :-1].sum(axis=(1, 2))
    by_claim = {claim.name: nights[place] for place, claim in enumerate(plan.claims)}
    assert by_claim["16 to 16"] + by_claim["17 to 17"] == pytest.approx(by_claim["16 to 17"])
    ran = run_futures(plan, range(60), SEED, frozenset({CHANCE}))
    futures = ran.notes[CLAIMED][..., :-1].sum(axis=(2, 3))
    error = futures.std(axis=0, ddof=1) / np.sqrt(len(futures))
    assert (np.abs(futures.mean(axis=0) - nights) <= 4 * error + 0.01 * nights).all()
    income = spend(plan, ensemble).income
    assert income.sum() / 100 == pytest.approx(nights.sum() / 7 * 1000, rel=1e-6)
