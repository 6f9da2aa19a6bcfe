"""Scores against second computations, and baselines in miniature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacmodel.analyses import baselines, scores
from lacmodel.fitting.published_years import PublishedYears

NUMBERS = st.floats(-1e3, 1e3, allow_subnormal=False)


@given(st.lists(NUMBERS, min_size=2, max_size=30), NUMBERS)
def test_the_crps_is_the_mean_distance_less_half_the_distance_of_pairs(sample, outcome) -> None:
    x = np.array(sample)
    pairs = np.abs(x[:, None] - x).sum() / (len(x) * (len(x) - 1))
    by_hand = np.abs(x - outcome).mean() - pairs / 2
    assert scores.crps(x, np.array(outcome)) == pytest.approx(by_hand, abs=1e-9)


def test_the_crps_is_that_of_scoringrules() -> None:
    sr = pytest.importorskip("scoringrules")
    generator = np.random.default_rng(1)
    sample, outcome = generator.normal(size=(7, 50)), generator.normal(size=7)
    theirs = sr.crps_ensemble(outcome, sample, estimator="pwm")
    np.testing.assert_allclose(scores.crps(sample, outcome), theirs, atol=1e-12)


def test_the_crps_of_a_large_normal_sample_is_the_formula() -> None:
    """CRPS of N(0, 1) at 0 is (sqrt(2) - 1) / sqrt(pi); 40,000 draws, five standard errors."""
    sample = np.random.default_rng(2).normal(size=40_000)
    expected = (np.sqrt(2) - 1) / np.sqrt(np.pi)
    assert scores.crps(sample, np.array(0.0)) == pytest.approx(expected, abs=5 * 0.6 / 200)


def two_by_two() -> scores.Scores:
    """Two origins and two areas; the sample is 100..200, so the 80 % interval is 110 to 190."""
    sample = np.tile(np.arange(100.0, 201.0), (4, 1))
    outcome = np.array([105.0, 110, 150, 190])
    return scores.scored(np.array([1, 1, 2, 2]), np.array([0, 1, 0, 1]), sample, outcome)


def test_measures_are_what_their_names_say() -> None:
    found = {name: measure(two_by_two()) for name, measure in scores.measures().items()}
    assert found["coverage of 80 % intervals"] == 75
    assert found["coverage of 50 % intervals"] == 25
    assert found["coverage of 90 % intervals"] == 100
    errors = 100 * (150 / np.array([105.0, 110, 150, 190]) - 1)
    assert found["bias"] == pytest.approx(np.median(errors))
    assert found["median absolute error"] == pytest.approx(np.median(np.abs(errors)))
    width = np.mean(8000 / np.array([105.0, 110, 150, 190]))
    assert found["width of 80 % intervals"] == pytest.approx(width)


def test_resampling_takes_whole_origins_and_whole_areas() -> None:
    found = two_by_two()
    draws = scores.resampled(found, np.random.default_rng(3))
    assert all(len(rows) == 4 for rows in draws)  # two draws of two origins times two areas
    for rows in draws[:50]:
        origins, areas = found.origin[rows], found.area[rows]
        times = np.array([[((origins == o) & (areas == a)).sum() for a in (0, 1)] for o in (1, 2)])
        outer = np.outer(times.sum(axis=1), times.sum(axis=0)) / 4
        np.testing.assert_array_equal(times, outer)


def test_the_interval_of_a_mean_is_about_that_of_theory() -> None:
    """400 areas, one origin: the mean of the CRPS has a standard error of spread / 20.

    The 90 % interval from 400 draws is 3.29 standard errors wide, give or take 10 % (about three of
    the standard errors of such a width).
    """
    outcome = np.random.default_rng(4).normal(100, 10, size=400)
    sample = np.tile(np.array([99.0, 101.0]), (400, 1))
    found = scores.scored(np.zeros(400, int), np.arange(400), sample, outcome)
    _, low, high = scores.with_interval(scores.mean_crps, found, np.random.default_rng(5))
    assert high - low == pytest.approx(3.29 * found.crps.std() / 20, rel=0.15)


def test_a_forecast_is_as_good_as_itself() -> None:
    found = scores.relative_crps_interval(two_by_two(), two_by_two(), np.random.default_rng(6))
    assert found == (1.0, 1.0, 1.0)


def three_years() -> PublishedYears:
    children = np.array([[100.0, 110, 121], [200, 200, 200]])
    started = np.array([[50.0, 60, 62], [70, 70, 70]])
    ceased = np.array([[50.0, 50, 51], [70, 70, 70]])
    return PublishedYears(("E06000001", "E06000002"), 2015, children, started, ceased, children)


def test_the_rules_by_hand() -> None:
    years = three_years()
    assert baselines.no_change(years, 2).tolist() == [[121, 200], [121, 200]]
    np.testing.assert_allclose(baselines.trend(years, 2), [[133.1, 200], [146.41, 200]])
    left = 101 / 210  # of two years, over the children at the start of each
    np.testing.assert_allclose(
        baselines.constant_rates(years, 1), [[121 + 61 - left * 121, 200 + 70 - 0.35 * 200]]
    )


def test_a_baseline_has_the_errors_of_all_areas_at_earlier_origins() -> None:
    one, two = baselines.baseline_samples(baselines.no_change, three_years(), 2)
    np.testing.assert_allclose(np.sort(one[0]), 121 * np.array([1, 1, 1.1, 1.1]))
    np.testing.assert_allclose(np.sort(two[1]), 200 * np.array([1, 1.21]))
