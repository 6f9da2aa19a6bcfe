"""Draws of a future: the same with and without the compiler, and nothing where layers are off."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lacmodel
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.factors import rates_of
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

FOLDER = Path(lacmodel.__file__).parents[1]
SCENARIO = FOLDER / "scenarios" / "worcestershire-2017.toml"
SCRIPT = """
import hashlib, sys
from pathlib import Path
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.factors import rates_of
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario
plan, digest = make_plan(read_scenario(Path(sys.argv[1]))), hashlib.sha256()
for future in range(3):
    drawn = draw_future(plan, 2017, future, ALL_LAYERS)
    for table in (*rates_of(drawn.world), drawn.price_growth, drawn.unit_price):
        digest.update(table.tobytes())
print(digest.hexdigest())
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(read_scenario(SCENARIO))


def hash_of_draws(compiler: str) -> str:
    call = [sys.executable, "-c", SCRIPT, str(SCENARIO)]
    environment = os.environ | {"LACMODEL_COMPILE": compiler}
    return subprocess.run(
        call, capture_output=True, text=True, check=True, cwd=FOLDER, env=environment
    ).stdout


@pytest.mark.skipif(not COMPILED, reason="numba is not installed")
def test_draws_are_the_same_to_the_last_bit_without_the_compiler() -> None:
    assert hash_of_draws("0") == hash_of_draws("1")


def test_layers_that_are_off_change_nothing(plan: Plan) -> None:
    drawn = draw_future(plan, 2017, 5, frozenset({1}))
    for name, mine, expected in zip(
        rates_of(plan.world)._fields, rates_of(drawn.world), rates_of(plan.world), strict=True
    ):
        np.testing.assert_allclose(mine, expected, rtol=1e-15, err_msg=name)
    assert (drawn.price_growth == 1).all()
    assert (drawn.unit_price == 1).all()


def test_factors_have_mean_one(plan: Plan) -> None:
    # the mean of 400 log-normal factors of spread s lies within 4 s / 20 of 1 but once in 16,000
    spread = plan.area.parameters.exits.base_per_day.spread
    base = rates_of(plan.world).exit_per_day[0, 3, 1, 1, 0]
    factors = [
        rates_of(draw_future(plan, 1, future, ALL_LAYERS).world).exit_per_day[0, 3, 1, 1, 0] / base
        for future in range(400)
    ]
    assert abs(np.mean(factors) - 1) < 4 * spread / 20
    assert np.std(factors) == pytest.approx(spread, rel=0.2)
