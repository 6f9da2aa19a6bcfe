"""The shipped national factors against England's published tables, and an area's own fit."""

from pathlib import Path

import numpy as np
import pytest
from worlds import START

from lacmodel.codes import AGE_BANDS, GROUPS, KINDS
from lacmodel.engines.stock_flow import expected_course, nobody
from lacmodel.fitting import (
    at_start,
    local,
    match_shares,
    national,
    returns,
    rounding,
    run_in,
    stability,
    targets,
)
from lacmodel.fitting.published_figures import PublishedFigures, read_published
from lacmodel.parameters import expected_world, no_supply, read_parameters
from lacmodel.timeline import Period, timeline

WORCESTERSHIRE = Path(__file__).parents[1] / "data" / "worcestershire-2017"
FLOWS = np.array([5500, 60, 0, 4800, 60, 0, 4600, 60, 0, 6900, 100, 1080, 4300, 60, 4320.0])


@pytest.fixture(scope="module")
def rows() -> list[targets.FitRow]:
    return national.fit_rows()


def test_the_shipped_factors_give_back_the_published_tables(rows: list[targets.FitRow]) -> None:
    assert [f"{row.name}: {row.modelled:.4g}" for row in rows if not row.holds] == []


def test_the_tolerances_are_those_promised(rows: list[targets.FitRow]) -> None:
    allowed = {row.name.split(":")[0]: row.tolerance for row in rows}
    assert allowed["stock by age"] == allowed["stock by placement"] == "5 %"
    assert allowed["leavers by reason"] == allowed["leavers by age"] == "10 %"
    assert allowed["leavers within"] == "3 points"
    assert allowed["stability"] == "2 points"


def test_every_target_has_a_source() -> None:
    assert all(target.source for target in targets.read_targets())


def test_the_table_has_a_row_for_every_target(rows: list[targets.FitRow]) -> None:
    assert len(targets.fit_table(rows).splitlines()) == len(rows) + 2


def test_a_run_in_is_a_run_of_stock_flow_over_the_same_starters() -> None:
    parameters = read_parameters()
    setting = run_in.one_month(parameters)
    cohort = run_in.follow(setting, FLOWS)
    entrants = run_in.entrants_by_month(FLOWS[None], FLOWS)
    months_since_entry = np.arange(run_in.MONTHS) < 36  # those who came in the last three years
    stock = cohort.stock * run_in.weights_at(entrants, 0)[..., None]
    by_type = stock[months_since_entry].sum(axis=(0, 1, 2))
    calendar = timeline(Period(START, 3))
    months = len(calendar.month_start) - 1
    world = expected_world(
        parameters, calendar, np.ones((months, len(AGE_BANDS))), 4, no_supply(calendar)
    )
    sizes = parameters.entries.family_size_share.values @ np.arange(1, 5)
    per_day = FLOWS / 365.25 / np.tile(sizes, len(AGE_BANDS))
    world = world._replace(
        entries=world.entries._replace(per_day=np.repeat(per_day[:, None], months, axis=1)),
        re_entries=world.re_entries._replace(multiplier=np.zeros(months)),
    )
    course = expected_course(world, *nobody())
    now = np.zeros(len(by_type))
    np.add.at(now, [placement for placement, _ in KINDS], course.children[-1].sum(axis=(0, 2)))
    assert np.allclose(now, by_type, rtol=3e-3)


def test_without_moves_nobody_has_three_placements() -> None:
    setting = run_in.one_month(read_parameters())
    still = setting._replace(
        rates=setting.rates._replace(
            needed=np.zeros_like(setting.rates.needed),
            leaving=setting.rates.exits.sum(axis=4),
        )
    )
    cohort = run_in.follow(setting, FLOWS)
    entrants = run_in.entrants_by_month(FLOWS[None], FLOWS)
    assert stability.three_placements_share(still, cohort, entrants, FLOWS) == 0.0


def test_fewer_come_back_than_left() -> None:
    setting = run_in.one_month(read_parameters())
    cohort = run_in.follow(setting, FLOWS)
    entrants = run_in.entrants_by_month(FLOWS[None], FLOWS)
    leavers = cohort.leavers[..., :3]
    _, back = returns.waiting_to_return(setting.world.re_entries, leavers, entrants)
    left = (leavers * run_in.weights_over(entrants, 0, 11)[..., None]).sum()
    assert 0.1 * left < back.sum() < 0.45 * left


# An area -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures() -> PublishedFigures:
    return read_published(WORCESTERSHIRE)


@pytest.fixture(scope="module")
def fitted(figures: PublishedFigures) -> local.AreaFit:
    return local.fit_area(figures)


def test_the_area_fit_is_within_chance_of_the_published_figures(fitted: local.AreaFit) -> None:
    # counts are Poisson at best: 2 (sqrt a - sqrt b) has standard deviation 1
    off = [
        2 * (np.sqrt(modelled) - np.sqrt(published)) for _, published, modelled in fitted.compared
    ]
    assert np.abs(off).max() < 2.5


def test_the_opening_has_every_margin_exactly(
    figures: PublishedFigures, fitted: local.AreaFit
) -> None:
    rows = at_start.opening_rows(fitted.children, figures)
    by_kind, by_group = np.zeros(len(KINDS)), np.zeros(len(GROUPS))
    by_age = np.zeros(len(AGE_BANDS))
    for row in rows:
        by_kind[row.kind] += row.children
        by_group[row.group] += row.children
        by_age[np.searchsorted((1, 5, 10, 16), row.age, side="right")] += row.children
        assert row.age > 0 or row.time_band <= 2, "in care for longer than they have lived"
    assert np.array_equal(by_kind, figures.children_by_kind)
    assert np.array_equal(by_group, figures.children_by_group)
    assert np.array_equal(by_age, figures.children_by_age)
    complex_children = sum(row.children for row in rows if row.level == 1)
    assert complex_children == figures.complex_by_kind.sum()


def test_the_run_in_ends_with_the_groups_who_are_in_care(
    figures: PublishedFigures, fitted: local.AreaFit
) -> None:
    by_group = fitted.children.sum(axis=(0, 1, 2))
    assert np.allclose(by_group[1:], figures.children_by_group[1:], rtol=1e-6)


def test_a_match_share_holds_whom_places_held() -> None:
    # match 1, nobody coming back: Erlang's 8 places, load 8, hold 8 (1 - B) = 6.1
    assert match_shares.settled(8, 1.0, 8.0, 0.0) == pytest.approx(8 * (1 - 0.2356), abs=1e-2)
    match = match_shares._holding([(21, 70.0), (8, 10.0)], 26.0, 0.3, 0.9)
    held = match_shares.settled(21, match, 70.0, 0.3) + match_shares.settled(8, match, 10.0, 0.3)
    assert held == pytest.approx(26.0, abs=1e-3)


def test_past_leavers_are_rounded_without_drift(fitted: local.AreaFit) -> None:
    rows = at_start.past_leaver_rows(fitted.past_leavers)
    assert abs(sum(row.children for row in rows) - fitted.past_leavers.sum()) <= 0.5 + 1e-6


def test_rounding_keeps_margins_and_stays_near() -> None:
    rng = np.random.default_rng(4)
    expected = rng.gamma(0.4, 1.0, (6, 5, 7))
    margins = {
        axis: rounding.whole_margin(
            expected.sum(axis=tuple(a for a in range(3) if a != axis)), round(expected.sum())
        )
        for axis in range(3)
    }
    fitted = rounding.fit_to_margins(expected, {a: m.astype(float) for a, m in margins.items()})
    whole = rounding.round_to_margins(fitted, margins)
    for axis, margin in margins.items():
        others = tuple(a for a in range(3) if a != axis)
        assert np.array_equal(whole.sum(axis=others), margin)
    assert np.abs(whole - fitted).max() < 2


def test_a_margin_that_nobody_can_fill_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted of nobody"):
        rounding.fit_to_margins(np.array([[1.0], [0.0]]), {0: np.array([1.0, 1.0])})
