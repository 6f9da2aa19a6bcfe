"""Sufficiency: the two measures against theory, and need and use in miniature and in full.

Tolerances are four standard errors (a false alarm once in 16,000 runs of a test), unless said.
"""

import csv
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path

import numpy as np
import pytest
from test_theory import (
    arrivals_only_at_primary_age,
    constant_exit_hazard,
    day_chain_turned_away,
    foster_places,
)
from worlds import NO_PAST, NOBODY, calendar_of, rows_of_supply, small_world

from lacmodel import cli
from lacmodel.analyses.business_case import course_of, empty_cost
from lacmodel.analyses.distances import distances
from lacmodel.analyses.given import Rates, Years, given_in
from lacmodel.analyses.need import demand_of, scopes_of, usable_by_day
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.analyses.sufficiency import (
    Sufficiency,
    empty_pounds,
    places_enough,
    shortage_days_share,
    sufficiency,
    turned_away_share,
)
from lacmodel.analyses.sufficiency_tables import sufficiency_tables
from lacmodel.codes import (
    CHILDRENS_HOME,
    DISABILITY,
    FOSTER,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    STARTED_STAYING_ON,
    SUPPORTED,
    UNREGISTERED,
)
from lacmodel.engines.child_events import run_future
from lacmodel.money.empty_places import UNITS, cost_of_empty_places
from lacmodel.pathway import World
from lacmodel.planning import make_plan
from lacmodel.randomness import future_key
from lacmodel.report import sufficiency_answer, sufficiency_words
from lacmodel.report.places_short import confidence_words, short_rows
from lacmodel.report.sufficiency_page import sufficiency_page, sufficiency_summary
from lacmodel.report.words import places_doubt, pounds
from lacmodel.results import children_in, flow_in
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PER_DAY, HAZARD, PLACES, YEARS = 0.5, 0.02, 24, 3
FUTURES = 60


def council(places: int = PLACES) -> World:
    """Constant rates, one type, everyone alike, every free place suits, nobody grows up."""
    return small_world(
        YEARS,
        supply=foster_places(YEARS, places),
        **arrivals_only_at_primary_age(PER_DAY),
        **constant_exit_hazard(HAZARD),
    )


def unlimited(world: World) -> World:
    """The same council, with more places than there are children."""
    placements = world.placements
    plenty = np.full_like(placements.usable_places, 10_000)
    return world._replace(placements=placements._replace(usable_places=plenty))


def futures_of(world: World, futures: int):
    for future in range(futures):
        key = future_key(11, "sufficiency", future)
        yield run_future(world, NOBODY, NO_PAST, key, future)


def prices_of(world: World) -> Rates:
    months = len(world.timeline.month_start) - 1
    wanted = np.array([pair[0] for pair in KIND_OF], dtype=np.int64)
    shape = (months, len(KINDS), 2)
    return Rates(np.ones(shape), np.ones((len(KINDS), 3, 2)), np.zeros(0, np.int64), wanted)


def given_to(world: World, history):
    months = len(world.timeline.month_start) - 1
    years = Years(np.zeros(months + 1, np.int64), np.array([364], dtype=np.int64))
    return given_in(
        world.timeline, world.placements, scopes_of(world.placements), prices_of(world), years,
        NOBODY, history.spells, history.by_child,
    )  # fmt: skip


# Theory ------------------------------------------------------------------------------------------


def test_days_short_are_the_poisson_tail_and_those_turned_away_the_day_chain() -> None:
    # Need, places being unlimited, is Poisson with mean intensity / (1 - exp(-hazard)): see
    # test_theory. It is over n places with the probability of the Poisson tail, P(N > n). Of the
    # same council, with n places, the day chain says how many placements are turned away.
    from scipy.stats import poisson

    world, short, away = council(), [], []
    usable = usable_by_day(world.placements, scopes_of(world.placements), world.timeline.days)[0]
    for history in futures_of(unlimited(world), FUTURES):
        demand = demand_of(world.timeline, scopes_of(world.placements), history.spells)
        settled = slice(365, world.timeline.days)  # exp(-0.02 x 365) = 0.07 % from the start
        short.append(shortage_days_share(demand.by_day[:1, settled], usable[settled])[0])
    for history in futures_of(world, FUTURES):
        sought = given_to(world, history).sought[12:, 0].sum(axis=0)
        away.append(turned_away_share(sought[:1], sought[-1:])[0])
    tail = poisson.sf(PLACES, PER_DAY / (1 - np.exp(-HAZARD)))
    chain = day_chain_turned_away(PER_DAY, HAZARD, PLACES)
    for measured, theory in ((short, tail), (away, chain)):
        error = np.std(measured, ddof=1) / np.sqrt(FUTURES)
        assert abs(np.mean(measured) - theory) < 4 * error
    assert abs(tail - chain) > 0.1  # the two are not one measure


def test_the_places_that_are_enough_are_the_poisson_quantile() -> None:
    from scipy.stats import poisson

    world, demand = council(), []
    for history in futures_of(unlimited(world), FUTURES):
        days = demand_of(world.timeline, scopes_of(world.placements), history.spells)
        demand.append(days.by_day[0, 365 : world.timeline.days])
    load = PER_DAY / (1 - np.exp(-HAZARD))
    for share in (0.8, 0.9, 0.95):
        assert abs(places_enough(np.array(demand), share) - poisson.ppf(share, load)) <= 1


# In miniature ------------------------------------------------------------------------------------


def test_need_does_not_depend_on_the_places_there_are() -> None:
    world = council()
    few = council(places=3)
    for here, there in zip(futures_of(world, 3), futures_of(few, 3), strict=True):
        scopes = scopes_of(world.placements)
        one, other = (demand_of(world.timeline, scopes, h.spells) for h in (here, there))
        assert np.array_equal(one.by_day, other.by_day)


def test_adults_who_stay_on_need_their_place_and_are_not_children_in_need() -> None:
    timeline = calendar_of(1)
    supply = rows_of_supply(timeline, (KIND_OF[FOSTER][IN_HOUSE], 10, {}))
    world = small_world(1, supply=supply)
    history = next(futures_of(world, 1))
    spells = np.zeros(10, dtype=history.spells.dtype)
    spells["why_started"], spells["placement"], spells["needed"] = (
        STARTED_STAYING_ON,
        FOSTER,
        FOSTER,
    )
    spells["start_day"], spells["end_day"], spells["birth_day"] = 5, 100, -18 * 366
    demand = demand_of(timeline, scopes_of(world.placements), spells)
    assert demand.by_day[0, [4, 5, 99, 100]].tolist() == [0, 10, 10, 0]
    assert np.array_equal(demand.adults, demand.by_day)
    assert demand.nights.sum() == 0
    given = given_to(world, replace(history, spells=spells, by_child=np.arange(10)))
    assert given.adults[0, [4, 5, 99, 100]].tolist() == [0, 10, 10, 0]
    assert given.children.sum() == 0


def test_a_scope_holds_the_children_and_all_places_that_take_any_of_them() -> None:
    timeline = calendar_of(1)
    home = KIND_OF[CHILDRENS_HOME][IN_HOUSE]
    disabled = np.array([False, True, False])
    supply = rows_of_supply(timeline, (home, 4, {"row_groups": disabled}), (home, 6, {}))
    world = small_world(1, supply=supply)
    scopes = scopes_of(world.placements)
    usable = usable_by_day(world.placements, scopes, 1)[:, 0]
    assert scopes.placement.tolist() == [CHILDRENS_HOME, CHILDRENS_HOME]
    assert usable.tolist() == [10, 10]  # six places take everybody, disabled children too
    assert not scopes.takes[1, :, 0].any()
    assert scopes.takes[1, :, DISABILITY].all()


# The founding council ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answer() -> Sufficiency:
    plan = make_plan(read_scenario(SCENARIOS / "in-house-homes.toml"))
    return sufficiency(plan, chosen_settings(futures=20, workers=1))


def test_need_of_all_types_is_all_children_and_use_fits_into_usable_places(answer) -> None:
    children = children_in(answer.result.ensemble)
    for month in (11, 59):
        days = answer.days_of(slice(month, month + 1))
        by_type = answer.need.cells[:, month, :, 0].sum(axis=1)
        assert abs(by_type.mean() - children[:, month : month + 2].mean()) < 5
        used = answer.use.children + answer.use.adults
        places = answer.usable[:, days].mean(axis=1)
        full = used[:, :, month] + answer.use.empty[:, :, month]
        assert (full >= places - 1e-9).all()  # more where children are above the places at first


def test_need_by_age_group_and_level_each_adds_up_to_the_type(answer) -> None:
    cells = answer.need.cells
    for part in (slice(1, 6), slice(6, 9), slice(9, 11)):
        assert np.allclose(cells[..., part].sum(axis=3), cells[..., 0])


def test_empty_places_cost_what_they_do_in_a_business_case_and_by_hand(answer) -> None:
    """The first year in pounds of the price list; a unit for complex needs has its own price."""
    course = course_of(answer.plan, chosen_settings(futures=20, workers=1))
    charged = empty_cost(course)
    for year in answer.years:
        by_course = charged[:, year.months].sum(axis=1)
        np.testing.assert_allclose(empty_pounds(answer, year), by_course, rtol=1e-9)
    year, by_kind = answer.years[0], np.zeros((20, 2))
    for at, row in enumerate(answer.plan.supply):
        if row.kind in UNITS:
            standard = 3100 if row.kind == UNITS[0] else 700
            price = 1800 if row.name == "Cheltenham Road" else standard
            factor = answer.result.ensemble.unit_price[:, row.kind]
            nights = course.empty[:, year.months, at].sum(axis=1)
            by_kind[:, UNITS.index(row.kind)] += nights / 7 * price * factor
    np.testing.assert_allclose(empty_pounds(answer, year), by_kind.sum(axis=1))
    shown = [r[-1] for r in sufficiency_words.empty_rows(answer) if r[1] == year.label]
    assert shown == [pounds(float(cost)) for cost in by_kind.mean(axis=0)]


def test_empty_places_whose_price_leaves_the_fixed_cost_out_are_not_charged_again(answer) -> None:
    prices = answer.plan.prices
    basis = tuple("marginal" if k == UNITS[0] else word for k, word in enumerate(prices.basis))
    plan = replace(answer.plan, prices=replace(prices, basis=basis))
    empty = np.ones((20, plan.period.months, len(plan.supply)))
    cost = cost_of_empty_places(plan, answer.result.ensemble, empty)
    assert not cost[:, :, 0].any()
    assert (cost[:, :, 1] > 0).all()
    said = sufficiency_words.empty_rows(replace(answer, result=replace(answer.result, plan=plan)))
    words = {row[-1] for row in said if row[0] == said[0][0]}
    assert words == {sufficiency_words.IN_FIXED_COSTS}


def test_placements_sought_agree_with_the_flows_of_the_run(answer) -> None:
    types = [at for at, scope in enumerate(answer.scopes) if scope.is_type]
    sought = answer.use.sought[:, :, types].sum(axis=2)
    for at, flow in (
        (1, "placed_externally_none_free"),
        (2, "placed_externally_none_suited"),
        (3, "placed_in_another_type_than_needed"),
    ):
        assert np.array_equal(sought[:, :, at], flow_in(answer.result.ensemble, flow))


def test_limits_leave_need_alone_and_send_children_elsewhere(tmp_path) -> None:
    settings = chosen_settings(futures=10, workers=1)
    baseline = SCENARIOS / "worcestershire-2017.toml"
    path = tmp_path / "limit.toml"
    path.write_text(
        f"""title = "limit"
question = "?"
extends = ["{baseline.as_posix()}"]
[[change]]
lever = "external_places"
from = 2017-04-01
kind = "childrens_home external"
places = 30
source = "test"
"""
    )
    free = sufficiency(make_plan(read_scenario(baseline)), settings)
    short = sufficiency(make_plan(read_scenario(path)), settings)
    assert np.array_equal(free.need.cells, short.need.cells)
    assert short.use.sought[..., 3].sum() > 0
    assert short.use.nights_lost[:, :, 1, CHILDRENS_HOME].sum() > 0
    assert (short.use.unregistered_nights[..., 1] <= short.use.unregistered_nights[..., 0]).all()


def test_the_table_says_both_measures_and_the_page_says_them_apart(answer) -> None:
    table = sufficiency_tables(answer)[-1]
    measures = {row[table.columns.index("measure")] for row in table.rows}
    assert {"shortage_days_share", "turned_away_share", "need", "gap", "enough_90"} <= measures
    assert {"unregistered_nights", "unregistered_children", "out_of_area"} <= measures
    html = sufficiency_page(answer, manifest_of())
    assert "Days short" in html
    assert "Turned away" in html
    assert "More places than children" in sufficiency_summary(answer)  # disability beds


def test_the_answer_says_that_own_foster_places_stand_empty_and_counts_one_way(answer) -> None:
    said = sufficiency_answer.answer_lines(answer)
    foster = next(line for line in said if line.startswith("Foster care"))
    empty = next(line for line in said if "places of foster care a day" in line)
    assert empty.startswith("Empty all the same in 2017/18")
    assert "a free place seldom suits the child who needs one (about 1 in " in empty
    assert not any("match" in line for line in said)
    needed = foster.removeprefix("Foster care: ").partition(" needed")[0]
    assert f"{needed} needed a day" in sufficiency_page(answer, manifest_of())  # the tile
    assert not any("children's homes a day" in line for line in said)  # nearly always full


def test_the_answer_begins_with_yes_or_no_and_when_which_types_are_short(answer) -> None:
    first = sufficiency_answer.first_lines(answer)[0]
    assert first.startswith("Enough places? No. Short in every year: foster care")
    assert first.endswith("Enough means on at least 90% of the days of all futures.")
    at = next(i for i, scope in enumerate(answer.scopes) if scope.is_type)
    days = [answer.days_of(year.months) for year in answer.years]
    for places, words in (
        ((0, 10_000, 10_000, 10_000, 0), "No. Short in 2017/18 and 2021/22: foster care."),
        ((10_000, 10_000, 0, 0, 0), "No. Short from 2019/20 on: foster care."),
        ((10_000,) * 5, "Yes. Enough in every year: foster care."),
    ):
        usable = answer.usable.copy()
        for year, number in zip(days, places, strict=True):
            usable[at, year] = number
        said = sufficiency_answer.verdict_line(replace(answer, usable=usable), [at])
        assert said.startswith(f"Enough places? {words}")


def test_what_is_missing_and_what_would_be_enough_are_those_of_the_tables(answer) -> None:
    at = next(i for i, scope in enumerate(answer.scopes) if scope.is_type)
    rows = [row for row in sufficiency_words.need_rows(answer) if row[0] == "foster care"]
    columns = sufficiency_words.NEED_COLUMNS
    gap, enough = columns.index("Gap"), columns.index("Enough on 90% of days")
    first, last = rows[0], rows[-1]
    assert sufficiency_answer.missing_line(answer, [at]) == (
        f"Places missing on an average day of 2017/18: {first[gap]} of foster care; of 2021/22: "
        f"{last[gap]} (eight futures in ten in brackets)."
    )
    assert f": {last[enough]} of foster care (" in sufficiency_answer.enough_line(answer, [at])
    plenty = answer.usable + 10_000
    assert "2017/18: none of foster care; of 2021/22: none" in sufficiency_answer.missing_line(
        replace(answer, usable=plenty), [at]
    )


def test_the_heading_says_what_is_answered_and_cards_that_the_places_are_assumed(answer) -> None:
    html = sufficiency_page(answer, manifest_of())
    title = f"{answer.plan.title}: are there enough of the right places?"
    assert f"<h1>{escape(title)} <small>" in html
    assert f"<title>{escape(title)} (" in html
    first = html[: html.index("<nav")]
    assert answer.plan.question not in first
    cards = [card for card in first.split("<dt>") if card.startswith("places missing, ")]
    assert [" are assumed" in card for card in cards] == [True, False, False]  # foster care alone
    plan = answer.plan
    for confirmed, opens in ((False, None), (True, date(2018, 4, 1)), (True, date(2017, 4, 1))):
        supply = (replace(plan.supply[0], confirmed=confirmed, opens=opens),)
        result = replace(answer.result, plan=replace(plan, supply=supply))
        verdict = sufficiency_answer.first_lines(replace(answer, result=result))[0]
        is_known = confirmed and opens == date(2017, 4, 1)
        assert verdict.startswith(
            f"Enough places? No{'' if is_known else places_doubt(known=False)}."
        )


def test_no_more_than_four_bullets_stand_before_the_tiles(answer) -> None:
    html = sufficiency_page(answer, manifest_of())
    first = html[html.index('<section id="answer">') : html.index('<dl class="tiles">')]
    assert 2 <= first.count("<li>") <= 4
    assert "not that there is nowhere to go" in first
    more = html[html.index('<section id="more">') :]
    assert all(f"<li>{words}" in more for words in ("Turned away", "Want of places", "Out of area"))


def test_a_negative_cost_of_want_of_places_is_explained(answer) -> None:
    line = next(s for s in sufficiency_answer.answer_lines(answer) if s.startswith("Want of"))
    assert ("A minus means" in line) == ("-£" in line)
    dearer = answer.use._replace(pounds_lost=np.abs(answer.use.pounds_lost))
    assert "A minus" not in sufficiency_answer.cost_line(replace(answer, use=dearer))


def test_a_run_says_where_its_places_are_short_at_month_ends(answer) -> None:
    rows = short_rows(answer.result)
    assert len(rows) == 3 * 5  # foster care, homes, supported accommodation; five 31 Marches
    homes = [row for row in rows if row[0] == "children's home"]
    assert [row[3] for row in homes] == ["29", "41", "41", "41", "41"]
    last = answer.plan.period.days - 1
    at = next(i for i, scope in enumerate(answer.scopes) if scope.placement == "childrens_home")
    enough = (answer.need.by_day[:, at, last] <= answer.usable[at, last]).mean()
    assert homes[-1][4] == confidence_words(float(enough))


def manifest_of():
    return {
        "engine": "", "futures": 1, "seed": 1, "layers": [], "versions": {}, "inputs_sha256": {},
    }  # fmt: skip


def test_distances_are_shares_with_a_source_for_every_kind() -> None:
    assert len(distances()) == len(KINDS)
    for distance in distances():
        assert 0 <= distance.over_20_miles <= distance.out_of_area <= 1
        assert distance.source


def test_the_command_writes_its_folder(tmp_path, capsys) -> None:
    folder = tmp_path / "out"
    code = cli.exit_code([
        "sufficiency", str(SCENARIOS / "worcestershire-2017.toml"), "--futures", "4",
        "--out", str(folder),
    ])  # fmt: skip
    assert code == 0
    assert "Turned away" in capsys.readouterr().out
    with (folder / "tables" / "sufficiency.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    homes = [r for r in rows if r["measure"] == "usable" and r["placement"] == "childrens_home"]
    assert {row["mean"] for row in homes if row["ages"] == "all"} == {"29.0"}


def test_expected_numbers_are_refused(tmp_path, capsys) -> None:
    baseline = str(SCENARIOS / "worcestershire-2017.toml")
    assert cli.exit_code(["sufficiency", baseline, "--engine", "stock_flow"]) == 2
    assert "no days" in capsys.readouterr().err


def test_unregistered_nights_are_counted_with_those_under_sixteen_apart() -> None:
    world = small_world(1, supply=foster_places(1, 0))
    history = next(futures_of(world, 1))
    spells = np.zeros(2, dtype=history.spells.dtype)
    spells["child"] = [1, 2]
    spells["placement"], spells["provider"], spells["needed"] = UNREGISTERED, 1, SUPPORTED
    spells["why_started"], spells["supply"], spells["price_factor"] = 1, -1, 1.0
    spells["start_day"], spells["end_day"] = 10, 40
    # born on 1 April 2002 and 2000: the first turns 16 on day 365, the second is 17
    spells["birth_day"] = [-5479, -6210]
    given = given_to(world, replace(history, spells=spells, by_child=np.arange(2)))
    assert given.unregistered_nights.sum(axis=0).tolist() == [60, 30]
    assert given.unregistered_children[0].tolist() == [2, 1]
    assert given.nights_lost[:, 1, SUPPORTED].sum() == 60
