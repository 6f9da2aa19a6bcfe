"""Layer 2 from an area's own fit: the covariance that it states, and today's tables without it."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from test_area_workbook import shipped_content

from lacmodel.area import read_area
from lacmodel.area.workbook_write import workbook_bytes
from lacmodel.area.write import content_of
from lacmodel.compiling import COMPILED
from lacmodel.draws import (
    ALL_LAYERS,
    draw_factors,
    draw_future,
    empty_factors,
    keys_of,
    spreads_of,
)
from lacmodel.engines.ensemble import Desk, Draws
from lacmodel.estimates import COLUMNS, Estimates, LogFactor, estimate_rows, write_estimates
from lacmodel.factors import PlanFit, Rates, apply_factors, base_of, rates_of
from lacmodel.faults import InputFaults
from lacmodel.own_fit import own_fit_of
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

FOLDER = Path(__file__).parents[1]
SHIPPED = FOLDER / "data" / "worcestershire-2017"
SCENARIO = FOLDER / "scenarios" / "worcestershire-2017.toml"
LAYERS = frozenset({1, 2})
FUTURES = 4000
BASE, TIME, GROUP = "exits.base_per_day", "exits.time_factor", "exits.group_factor"
START, SEASON = "entries.start_rate_per_10000", "entries.season"
FIRST, PLANNED_NEXT = "placements.first_placement_share", "moves.planned_next_share"
# Factors with covariances within and between tables: every row has loadings on shared normals.
FACTORS = (
    LogFactor(BASE, ("home", "")), LogFactor(TIME, ("home", "8 weeks to 6 months")),
    LogFactor(GROUP, ("home", "general")), LogFactor(START, ("10 to 15", "")),
    LogFactor(SEASON, ("July",)), LogFactor("moves.breakdown_per_day", ("foster external", "", "")),
    LogFactor("re_entries.hazard_per_day", ("home", "")), LogFactor(FIRST, ("", "", "foster")),
    LogFactor(PLANNED_NEXT, ("", "", "childrens_home")),
)  # fmt: skip


def some_estimates(scale: float = 1.0) -> Estimates:
    """Dense loadings, so that every factor goes with every other."""
    rng = np.random.default_rng(5)
    return Estimates(FACTORS, scale * rng.normal(0, 0.12, (len(FACTORS), 6)))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(read_scenario(SCENARIO))


def with_estimates(plan: Plan, estimates: Estimates | None) -> Plan:
    return replace(plan, area=replace(plan.area, estimates=estimates))


def watched(rates: Rates) -> NDArray[np.float64]:
    """A product of three tables, one of two, and cells of single tables."""
    return np.array([
        rates.exit_per_day[0, 3, 1, 1, 0], rates.start_per_day[9, 3],
        rates.breakdown_per_day[2, 3, 1], rates.re_entry_per_day[0, 1],
    ])  # fmt: skip


def test_factors_have_mean_one_and_the_covariance_of_the_fit(plan: Plan) -> None:
    """All 4 means and 10 covariances within 4.5 standard errors: wrong once in 10,000 keys."""
    estimates = some_estimates()
    plan = with_estimates(plan, estimates)
    spreads = spreads_of(plan, LAYERS)
    base, factors = base_of(plan.world, spreads.own_fit), empty_factors(5, spreads)
    rates = Rates(*(table.copy() for table in base))
    drawn = []
    for future in range(FUTURES):
        keys = keys_of(plan, 1, future)
        draw_factors(spreads, keys.own, keys.shared, factors)
        apply_factors(base, spreads.own_fit, factors, rates)
        drawn.append(watched(rates) / watched(rates_of(plan.world)))
    rows = estimates.loading
    loading = np.array([rows[0] + rows[1] + rows[2], rows[3] + rows[4], rows[5], rows[6]])
    covariance = loading @ loading.T
    variance = np.diag(covariance)
    assert (variance > 0.02).all()
    wide = np.sqrt(np.expm1(variance) / FUTURES)
    assert (abs(np.mean(drawn, axis=0) - 1) < 4.5 * wide).all()
    wide = np.sqrt((np.outer(variance, variance) + covariance**2) / FUTURES)
    assert (abs(np.cov(np.log(drawn).T) - covariance) < 4.5 * wide).all()


def test_shares_have_the_factor_of_their_type_and_add_up_as_before(plan: Plan) -> None:
    plan = with_estimates(plan, some_estimates())
    drawn = draw_future(plan, 1, 7, LAYERS).world
    for mine, base, place in (
        (drawn.placements.first_placement, plan.world.placements.first_placement, 1),
        (drawn.moves.planned_next, plan.world.moves.planned_next, 2),
    ):
        np.testing.assert_allclose(mine.sum(axis=-1), base.sum(axis=-1), rtol=1e-12)
        ratio = np.divide(mine, base, out=np.full(base.shape, np.nan), where=base > 0)
        odds = ratio[..., place] / ratio[..., 3 - place]
        odds = odds[np.isfinite(odds)]
        assert odds.size
        assert odds == pytest.approx(odds[0])
        assert odds[0] != pytest.approx(1, abs=0.01)


def test_a_fit_without_covariance_is_layer_2_off_for_its_tables(plan: Plan) -> None:
    drawn = draw_future(with_estimates(plan, some_estimates(0.0)), 1, 3, LAYERS)
    mine, expected = rates_of(drawn.world), rates_of(plan.world)
    for name in (
        "start_per_day", "exit_per_day", "breakdown_per_day", "re_entry_per_day",
        "first_placement", "planned_next",
    ):  # fmt: skip
        np.testing.assert_allclose(
            getattr(mine, name), getattr(expected, name), rtol=1e-15, err_msg=name
        )
    assert not np.allclose(mine.planned_per_day, expected.planned_per_day)  # its table is not named


def test_tables_that_a_fit_does_not_name_are_drawn_as_without_it(plan: Plan) -> None:
    one = Estimates((LogFactor(BASE, ("home", "")),), np.array([[0.2]]))
    without = rates_of(draw_future(plan, 1, 3, ALL_LAYERS).world)
    drawn = rates_of(draw_future(with_estimates(plan, one), 1, 3, ALL_LAYERS).world)
    for name in Rates._fields:
        same = np.array_equal(getattr(drawn, name), getattr(without, name))
        assert same == (name != "exit_per_day"), name


def test_a_fit_of_nothing_changes_no_bit(plan: Plan) -> None:
    """What an area without estimates skips would multiply by exactly 1."""
    spreads, keys = spreads_of(plan, ALL_LAYERS), keys_of(plan, 1, 3)
    acting = spreads.own_fit._replace(
        acts=True,
        **{
            name: np.ones(len(getattr(rates_of(plan.world), name)), np.bool_)
            for name in PlanFit._fields[3:]
        },
    )
    found = []
    for own_fit in (spreads.own_fit, acting):
        base, factors = base_of(plan.world, own_fit), empty_factors(5, spreads)
        rates = Rates(*(table.copy() for table in base))
        draw_factors(spreads, keys.own, keys.shared, factors)
        apply_factors(base, own_fit, factors, rates)
        found.append(rates)
    for name, skipped, acted in zip(Rates._fields, *found, strict=True):
        assert np.array_equal(skipped, acted), name


@pytest.mark.skipif(not COMPILED, reason="numba is not installed")
def test_both_engines_get_the_same_tables(plan: Plan) -> None:
    plan = with_estimates(plan, some_estimates())
    desk = Desk(plan, "compiled")
    Draws(desk, 2017, ALL_LAYERS).history(4)
    expected = rates_of(draw_future(plan, 2017, 4, ALL_LAYERS).world)
    for name, mine, table in zip(Rates._fields, desk.rates, expected, strict=True):
        roomy = mine[tuple(slice(0, length) for length in table.shape)]
        assert np.array_equal(roomy, table), name


def test_cells_that_are_loaded_alike_share_a_row() -> None:
    fit = own_fit_of(some_estimates())
    assert fit.rows == 1 + len(FACTORS)
    assert len(fit.loading) == len(FACTORS) * 6


# Files -------------------------------------------------------------------------------------------


def area_with(folder: Path, text: str) -> Path:
    """The shipped area with a file of estimates."""
    area = folder / "area"
    shutil.copytree(SHIPPED, area)
    (area / "estimates.csv").write_text(text, encoding="utf-8")
    stated = (area / "area.toml").read_text(encoding="utf-8")
    named = stated.replace("[files]\n", '[files]\nestimates = "estimates.csv"\n')
    (area / "area.toml").write_text(named, encoding="utf-8")
    return area


def text_of(rows: list[tuple[str, ...]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


def test_an_area_that_names_its_estimates_has_them_in_folder_and_workbook(tmp_path: Path) -> None:
    estimates = some_estimates()
    from_folder = read_area(area_with(tmp_path, text_of(estimate_rows(estimates))))
    assert from_folder.estimates is not None
    assert from_folder.estimates.factors == FACTORS
    assert from_folder.estimates.loading == pytest.approx(estimates.loading, rel=1e-5)
    assert any(path.name == "estimates.csv" for path in from_folder.files)
    book = tmp_path / "area.xlsx"
    content = shipped_content()
    tables = {**content.tables, "estimates": estimate_rows(estimates)}
    book.write_bytes(workbook_bytes(replace(content, tables=tables)))
    from_book = read_area(book)
    assert from_book.estimates is not None
    assert from_book.estimates.factors == FACTORS
    assert np.array_equal(from_book.estimates.loading, from_folder.estimates.loading)
    assert content_of(from_book, {}).tables["estimates"] == estimate_rows(from_book.estimates)


def test_an_area_need_not_name_estimates() -> None:
    area = read_area(SHIPPED)
    assert area.estimates is None
    assert "estimates" not in content_of(area, {}).tables


BAD = (
    ("drift.mix_step", "", "", "", "0", "1"),
    (BASE, "home", "old", "", "0", "1"),
    (BASE, "home", "", "x", "0", "1"),
    (BASE, "home", "", "", "300", "1"),
    (BASE, "home", "", "", "0", "much"),
    (BASE, "home", "", "", "1", "nan"),
    (BASE, "home", "", "", "2", "-6"),
    (BASE, "sgo", "", "", "0", "1"),
    (BASE, "sgo", "", "", "0", "0.5"),
)


def test_every_fault_of_a_file_and_of_a_sheet_is_named(tmp_path: Path) -> None:
    rules = [
        "parameter = drift.mix_step: must be one of exits.base_per_day",
        "second = old: must be blank or one of under 1",
        "third = x: exits.base_per_day has no such axis",
        "draw = 300: must be a whole number below 300",
        "loading = much: must be a number from -5 to 5",
        "loading = nan: must be a number from -5 to 5",
        "loading = -6: must be a number from -5 to 5",
        "draw = 0: stands here twice",
    ]
    with pytest.raises(InputFaults) as found:
        read_area(area_with(tmp_path, text_of([COLUMNS, *BAD])))
    told = [str(fault) for fault in found.value.faults]
    assert len(told) == len(rules)
    for line, rule in zip((2, 3, 4, 5, 6, 7, 8, 10), rules, strict=True):
        assert any(f"line {line}: {rule}" in fault for fault in told), rule
    content, book = shipped_content(), tmp_path / "area.xlsx"
    tables = {**content.tables, "estimates": [COLUMNS, *BAD]}
    book.write_bytes(workbook_bytes(replace(content, tables=tables)))
    with pytest.raises(InputFaults) as found:
        read_area(book)
    assert len(found.value.faults) == len(rules)
    assert "estimates!C3 = old" in str(found.value)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("parameter,first,second,third,draw\n", "this column is missing"),
        (text_of([COLUMNS]) + "exits.base_per_day,home\n", "has 2 cells; the header has 6"),
        ("", "is empty"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(InputFaults, match=rule):
        read_area(area_with(tmp_path, text))


def test_a_file_that_is_named_and_missing_is_a_fault(tmp_path: Path) -> None:
    area = area_with(tmp_path, "")
    (area / "estimates.csv").unlink()
    with pytest.raises(InputFaults, match=r"estimates\.csv.*there is no such file"):
        read_area(area)


# Keys and bits -----------------------------------------------------------------------------------

TRACE = """
import sys
from pathlib import Path
from lacmodel import randomness
original, asked = randomness.uniform, {}
def traced(key, number, purpose, count, index):
    place = (int(key), int(number), int(purpose), int(count), int(index))
    asked[place] = asked.get(place, 0) + 1
    assert 0 <= index < randomness.WIDTHS[randomness.Purpose(purpose)], place
    return original(key, number, purpose, count, index)
randomness.uniform = traced
"""
DRAW = """
import hashlib, sys
from pathlib import Path
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.factors import rates_of
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario
plan, digest = make_plan(read_scenario(Path(sys.argv[1]))), hashlib.sha256()
for future in range(2):
    for table in rates_of(draw_future(plan, 2017, future, ALL_LAYERS).world):
        digest.update(table.tobytes())
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario of an area with estimates, with as many normals as there can be."""
    folder = tmp_path_factory.mktemp("fitted")
    area = area_with(folder, "")
    loading = np.zeros((len(FACTORS), 300))
    loading[:, :6] = some_estimates().loading
    loading[:, 299] = 0.1
    write_estimates(area / "estimates.csv", Estimates(FACTORS, loading))
    path = folder / "fitted.toml"
    text = SCENARIO.read_text(encoding="utf-8")
    path.write_text(text.replace("../data/worcestershire-2017", "area"), encoding="utf-8")
    return path


def said(script: str, scenario: Path, compiler: str) -> str:
    environment = os.environ | {"LACMODEL_COMPILE": compiler}
    call = [sys.executable, "-c", script, str(scenario)]
    done = subprocess.run(call, capture_output=True, text=True, cwd=FOLDER, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not COMPILED, reason="numba is not installed")
def test_draws_of_a_fit_are_the_same_to_the_last_bit_without_the_compiler(scenario: Path) -> None:
    show = "print(digest.hexdigest())"
    assert said(DRAW + show, scenario, "0") == said(DRAW + show, scenario, "1")


def test_no_key_is_used_twice_in_the_draws_of_a_fit(scenario: Path) -> None:
    show = "print(max(asked.values()), sum(place[2] == 29 for place in asked))"
    assert said(TRACE + DRAW + show, scenario, "0").split() == ["1", "600"]
