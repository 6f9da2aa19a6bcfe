"""The engine against theory: results derived by hand in each test, never pinned from a run.

Tolerances are four standard errors (a false alarm once in 16,000 runs of a test), unless said.
"""

from itertools import pairwise

import numpy as np
import pytest
from worlds import NO_PAST, NOBODY, calendar_of, rows_of_supply, small_world

from lacmodel.codes import EXTERNAL, FOSTER, IN_HOUSE, KIND_OF
from lacmodel.engines.child_events import run_future
from lacmodel.randomness import future_key

PRIMARY = 2  # the age band 5 to 9: nobody who comes at that age turns 18 within the runs here


def arrivals_only_at_primary_age(per_day: float) -> dict[str, np.ndarray]:
    """Entry rates that bring ``per_day`` children a day, all of primary age, general group."""
    rate = np.zeros((5, 3))
    rate[PRIMARY, 0] = per_day * 365.25
    return {"start_rate_per_10000": rate}


def constant_exit_hazard(per_day: float) -> dict[str, np.ndarray]:
    return {"base_per_day": np.full((7, 5), per_day / 7)}


def histories(world, futures: int):
    return [
        run_future(world, NOBODY, NO_PAST, future_key(11, "theory", f), f).spells
        for f in range(futures)
    ]


def in_care_on(spells: np.ndarray, night: int) -> int:
    ends = np.where(spells["end_day"] < 0, 10**6, spells["end_day"])
    return int(((spells["start_day"] <= night) & (ends > night)).sum())


def test_with_constant_rates_the_number_in_care_is_poisson_with_the_mean_of_theory() -> None:
    # A child who came k nights ago is still here with probability exp(-h k). Independent thinning
    # of Poisson arrivals is Poisson; its mean is the sum over k = 0, 1, ... = intensity / (1 - q),
    # q = exp(-h), less what has not yet come: q ** nights.
    per_day, hazard, night, futures = 0.6, 0.02, 364, 300
    world = small_world(1, **arrivals_only_at_primary_age(per_day), **constant_exit_hazard(hazard))
    counts = np.array([in_care_on(spells, night) for spells in histories(world, futures)])
    stays = np.exp(-hazard)
    mean = per_day * (1 - stays ** (night + 1)) / (1 - stays)
    assert abs(counts.mean() - mean) < 4 * np.sqrt(mean / futures)
    # the index of dispersion of a Poisson sample has variance 2 / (n - 1)
    assert abs(counts.var(ddof=1) / mean - 1) < 4 * np.sqrt(2 / (futures - 1))


def day_chain_turned_away(per_day: float, hazard: float, places: int) -> float:
    """Share turned away in the long run by the chain of days.

    Each day the n who are here leave independently with probability 1 - exp(-hazard); then
    Poisson(per_day) arrive and take what is free.
    """
    from scipy.stats import binom, poisson

    stay = np.exp(-hazard)
    arriving = poisson.pmf(np.arange(60), per_day)
    step = np.zeros((places + 1, places + 1))
    turned = np.zeros(places + 1)
    for n in range(places + 1):
        for left, p in enumerate(binom.pmf(np.arange(n + 1), n, stay)):
            for came, q in enumerate(arriving):
                step[n, min(places, left + came)] += p * q
                turned[n] += p * q * max(0, left + came - places)
    values, vectors = np.linalg.eig(step.T)
    steady = np.real(vectors[:, np.argmax(np.real(values))])
    steady /= steady.sum()
    return float(steady @ turned / per_day)


def erlang_b(load: float, places: int) -> float:
    """Erlang's loss formula by its recursion B(c) = a B(c-1) / (c + a B(c-1))."""
    blocked = 1.0
    for c in range(1, places + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


def share_external(world, futures: int, from_day: int) -> tuple[float, float]:
    """Share of first placements that were external, and its standard error across futures."""
    shares, weights = [], []
    for spells in histories(world, futures):
        late = spells[spells["start_day"] >= from_day]
        shares.append(float((late["provider"] == EXTERNAL).mean()))
        weights.append(len(late))
    mean = float(np.average(shares, weights=weights))
    return mean, float(np.std(shares, ddof=1) / np.sqrt(futures))


def foster_places(years: int, places: int) -> dict:
    return rows_of_supply(calendar_of(years), (KIND_OF[FOSTER][IN_HOUSE], places, {}))


def test_the_share_turned_away_is_that_of_the_day_chain() -> None:
    per_day, hazard, places, years = 0.5, 0.02, 24, 3
    world = small_world(
        years,
        supply=foster_places(years, places),
        **arrivals_only_at_primary_age(per_day),
        **constant_exit_hazard(hazard),
    )
    measured, error = share_external(world, futures=60, from_day=365)
    assert abs(measured - day_chain_turned_away(per_day, hazard, places)) < 4 * error


def test_the_day_chain_tends_to_erlang_b_as_stays_lengthen() -> None:
    load, places = 20.0, 22
    gaps = [
        abs(day_chain_turned_away(load * hazard, hazard, places) - erlang_b(load, places))
        for hazard in (0.04, 0.02, 0.01, 0.005)
    ]
    assert all(later < sooner for sooner, later in pairwise(gaps))
    assert gaps[-1] < 0.002


def test_erlang_b_holds_for_another_law_of_stay() -> None:
    # Erlang's formula depends on the mean stay alone. Hazard h1 for 56 days, h2 afterwards:
    # mean stay = (1 - e) / h1 + e / h2 with e = exp(-56 h1), half a day more by whole days.
    per_day, years, first, later = 0.25, 4, 0.02, 0.008
    survive = np.exp(-56 * first)
    mean_stay = (1 - survive) / first + survive / later + 0.5
    load = per_day * mean_stay
    places = round(load)
    factor = np.full((7, 6), later / first)
    factor[:, 0] = 1.0
    world = small_world(
        years,
        supply=foster_places(years, places),
        time_factor=factor,
        **arrivals_only_at_primary_age(per_day),
        **constant_exit_hazard(first),
    )
    measured, error = share_external(world, futures=60, from_day=500)
    assert abs(measured - erlang_b(load, places)) < 4 * error + 0.01  # 0.01: days, not moments


def test_littles_law() -> None:
    # mean number = arrivals a day x mean nights; nights counted for those who came in year 2,
    # whose stays end within the run but for exp(-0.02 x 365) = 0.07 %
    world = small_world(3, **arrivals_only_at_primary_age(0.8), **constant_exit_hazard(0.02))
    stocks, products = [], []
    for spells in histories(world, 40):
        came = spells[(spells["start_day"] >= 365) & (spells["start_day"] < 730)]
        ends = np.where(came["end_day"] < 0, world.timeline.days, came["end_day"])
        stocks.append(np.mean([in_care_on(spells, night) for night in range(365, 730)]))
        products.append((ends - came["start_day"]).sum() / 365)
    gap = np.array(stocks) - np.array(products)
    assert abs(gap.mean()) < 4 * gap.std(ddof=1) / np.sqrt(len(gap))


@pytest.mark.parametrize("size", [1, 3])
def test_families_leave_the_yearly_mean_alone_and_raise_its_variance(size: int) -> None:
    # Families of exactly s: the count is s x Poisson(rate / s): mean rate, variance s x rate.
    sizes = np.eye(4)[size - 1]
    world = small_world(1, family_size_share=sizes, **arrivals_only_at_primary_age(0.5))
    counts = np.array([len(spells) for spells in histories(world, 400)])
    mean = 0.5 * 365
    assert abs(counts.mean() - mean) < 4 * np.sqrt(size * mean / 400)
    assert abs(counts.var(ddof=1) / (size * mean) - 1) < 4 * np.sqrt(2 / 399)
