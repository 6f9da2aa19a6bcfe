"""What is known of today's rates: how futures draw it, and what it does to a fit."""

import numpy as np
import pytest
from published_files import ALPHA, BETA, both

from lacmodel.drift_parameters import first_year
from lacmodel.fitting.from_published import new_area
from lacmodel.fitting.published_years import one_council, years_of_councils
from lacmodel.fitting.rates_today import LOG_RATE, TODAY, others_than, rates_today, shipped
from lacmodel.fitting.totals import RATES, national_tables
from lacmodel.published.files import read_published


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


def test_a_fit_at_today_s_rate_is_left_as_it_is_and_others_are_moved_to_it() -> None:
    years = dict.fromkeys(range(2011, 2018), 600.0)
    flows, residents = dict.fromkeys(years, 240.0), {year - 1: 100_000.0 for year in years}
    own = one_council("", 2017, years, flows, flows, residents)
    today = rates_today(shipped(2017), own, 100_000.0)
    assert today is not None
    assert today.starters == pytest.approx(240, rel=0.05)
    assert today.unexplained == pytest.approx(0, abs=5)
    there = float(today.last_year.sum())
    usual = [today.exit_correction(there - left, left) for left in (200, 240, 280)]
    assert usual[0] > 1.1 > usual[1] > 0.9 > usual[2]


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
