"""What is known of today's rates: how futures draw it, and what it does to a fit."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from published_files import ALPHA, BETA, both

from lacmodel.area import Area
from lacmodel.drift_parameters import first_year
from lacmodel.fitting.first_year import (
    EXITS,
    MOST_LOG,
    RATES,
    Logs,
    answer,
    at_todays_rates,
    expected_year,
    logs_for,
    unchanged_plan,
)
from lacmodel.fitting.from_published import new_area
from lacmodel.fitting.published_years import one_council, years_of_councils
from lacmodel.fitting.rates_today import (
    LOG_RATE,
    TODAY,
    RatesToday,
    others_than,
    rates_today,
    shipped,
)
from lacmodel.fitting.totals import national_tables
from lacmodel.planning import residents_by_month
from lacmodel.published.files import read_published
from lacmodel.tables import Table


def test_the_first_year_has_the_covariance_of_today_s_rates() -> None:
    """Against the same drawn in two steps; six standard errors of 100,000 draws."""
    spread, persistence, off, with_off, level = 0.2, 0.7, 0.15, -0.1, 0.08
    z = np.random.default_rng(1).standard_normal((3, 100_000))
    state = persistence * off * z[0] + np.sqrt(1 - persistence**2) * spread * z[1]
    levels = with_off * z[0] + level * z[2]
    found = first_year(spread, persistence, off, with_off, level)
    expected = [
        [found.spread**2, found.spread * found.level_with],
        [found.spread * found.level_with, found.level_with**2 + found.level_alone**2],
    ]
    np.testing.assert_allclose(np.cov(state, levels), expected, atol=6 * 0.04 / np.sqrt(50_000))


def with_tables(area: Area, tables: Mapping[str, Table]) -> Area:
    """An area with some of its tables replaced."""
    parameters = area.parameters
    for name, table in tables.items():
        part, field = name.split(".")
        changed = replace(getattr(parameters, part), **{field: table})
        parameters = replace(parameters, **{part: changed})
    return replace(area, parameters=parameters)


def known_today() -> RatesToday:
    """Of a council of Alpha's size, in which as many come as go."""
    years = dict.fromkeys(range(2019, 2026), 600.0)
    flows, residents = dict.fromkeys(years, 240.0), {year - 1: 80_000.0 for year in years}
    own = one_council("", 2025, years, flows, flows, residents)
    today = rates_today(shipped(2025), own, 80_000.0)
    assert today is not None
    return today


def test_where_as_many_come_as_go_so_they_do_today() -> None:
    today = known_today()
    assert today.starters == pytest.approx(240, rel=0.05)
    assert today.unexplained == pytest.approx(0, abs=5)
    assert today.left == pytest.approx(240, rel=0.05)


@pytest.mark.parametrize(("starters", "left"), [(240.0, 240.0), (190.0, 260.0), (280.0, 215.0)])
def test_the_first_year_of_a_run_has_today_s_starters_and_leavers(tmp_path, starters, left) -> None:
    """What `stock_flow` expects of an area's rates, before what is known of today fades."""
    area = new_area(read_published(both(tmp_path)), ALPHA.code).area
    usual = with_tables(area, {TODAY: national_tables()[TODAY]})
    today = known_today()._replace(starters=starters, left=left)
    tables = at_todays_rates(usual, today)
    rates = {name: tables[name] for name in (RATES, EXITS)}
    plan = unchanged_plan(with_tables(usual, rates))
    year = expected_year(plan)
    living = residents_by_month(area, plan.period, 12).sum(axis=1).mean()
    came = (starters + today.more_entrants) * living / today.residents
    assert year.entered + year.re_entered == pytest.approx(came, rel=1e-3)
    assert year.left_under_18 + year.turned_18 == pytest.approx(left, rel=2e-3)


def test_rates_on_which_less_depends_move_by_more(tmp_path) -> None:
    """All who come and all who leave then answer as the law says."""
    plan = unchanged_plan(new_area(read_published(both(tmp_path)), ALPHA.code).area)
    answers, today = answer(plan), known_today()
    more, less = expected_year(plan, Logs(exits=0.2)), expected_year(plan, Logs(exits=-0.2))
    left = more.left_under_18 + more.turned_18 - less.left_under_18 - less.turned_18
    assert answers.leavers == pytest.approx(left / 0.4, rel=0.01)
    assert 0.8 < answers.new_share < 0.95
    shares = today.shares(answers.new_share, answers.leavers)
    tables = today.tables(shares)
    entries, exits = (tables[LOG_RATE].values[row, 0] for row in (0, 1))
    assert entries * answers.new_share == pytest.approx(today.log_rate[0, 0], rel=1e-3)
    assert exits * answers.leavers == pytest.approx(today.log_rate[1, 0] * today.answer, rel=1e-3)
    assert tables[LOG_RATE].values[:, 1] == pytest.approx(today.log_rate[:, 1], rel=1e-3)
    assert tables[TODAY].values[1, -1] * answers.leavers == pytest.approx(
        today.turning_18, rel=1e-3
    )
    assert today.tables(shares, ages_known=True)[TODAY].values[1, -1] == 0


def test_of_numbers_that_no_rates_lead_to_the_nearest_is_taken(tmp_path) -> None:
    plan = unchanged_plan(new_area(read_published(both(tmp_path)), ALPHA.code).area)
    assert logs_for(plan, 1.0, 10.0) == (-MOST_LOG, -MOST_LOG)  # more come back, or turn 18
    assert logs_for(plan, 10_000.0, 10_000.0) == (MOST_LOG, MOST_LOG)


def test_too_short_a_history_starts_as_before(tmp_path) -> None:
    short = read_published(both(tmp_path, years=range(2024, 2026)))
    made = new_area(short, ALPHA.code)
    assert {LOG_RATE, TODAY}.isdisjoint(made.rates)
    assert made.area.parameters.drift.today is national_tables()[TODAY]
    assert "mean of the 3 years" in made.rates[RATES].source


def test_too_few_councils_teach_nothing(tmp_path) -> None:
    published = read_published(both(tmp_path))
    assert others_than(years_of_councils(published, 2025), BETA.code) is None
    made = new_area(published, BETA.code)
    assert "data/national/drift.csv, years to March 2025" in made.rates[TODAY].source
