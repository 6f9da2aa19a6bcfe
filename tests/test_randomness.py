"""Keyed draws: every key has one meaning, and the numbers are good."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacmodel.randomness import WIDTHS, Purpose, future_key, mix, uniform

TRACE = """
import sys
sys.path.insert(0, sys.argv[1])
from test_child_events import BUSY, with_service
from worlds import NO_PAST, NOBODY, small_world
import numpy as np
from lacmodel import randomness
from lacmodel.engines.child_events import run_future

original = randomness.uniform
asked = {}

def traced(key, number, purpose, count, index):
    place = (int(number), int(purpose), int(count), int(index))
    asked[place] = asked.get(place, 0) + 1
    assert 0 <= index < randomness.WIDTHS[randomness.Purpose(purpose)], place
    assert 0 <= count < 1 << 40 and 0 <= number < 1 << 62, place
    return original(key, number, purpose, count, index)

for module in list(sys.modules.values()):
    if getattr(module, "uniform", None) is original:
        module.uniform = traced
world = with_service(
    small_world(1, **BUSY, staying_on_share=np.full(9, 0.5), staying_on_mean_days=np.full(9, 90.0),
                price_spread=np.full(12, 0.3)),
    prevented_share=np.array([0.2]), delayed_share=np.array([0.3]),
)
run_future(world, NOBODY, NO_PAST, randomness.future_key(1, "trace", 0), 0)
again = [place for place, times in asked.items() if times > 1]
# what a child has for life is looked up again for each spell: a kind's price factor, the level
lasting = (randomness.Purpose.PRICE, randomness.Purpose.LEVEL)
assert all(place[1] in lasting for place in again), again[:5]
print(len(asked), sorted({randomness.Purpose(place[1]).name for place in asked}))
"""


def test_no_key_is_used_twice_in_a_run() -> None:
    environment = os.environ | {"LACMODEL_COMPILE": "0"}
    command = [sys.executable, "-c", TRACE, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 1000


def test_every_purpose_has_a_width_that_fits_its_index() -> None:
    assert set(WIDTHS) == set(Purpose)
    assert all(0 < width <= 1 << 16 for width in WIDTHS.values())
    assert len({purpose.value for purpose in Purpose}) == len(Purpose) <= 256


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=50, unique=True))
def test_the_hash_is_a_bijection(words: list[int]) -> None:
    mixed = [int(mix(np.uint64(word))) for word in words]
    assert len(set(mixed)) == len(words)


@pytest.mark.parametrize("vary", ["number", "count", "index", "purpose"])
def test_neighbouring_keys_give_independent_uniform_numbers(vary: str) -> None:
    # mean 1/2 and variance 1/12; lag-1 correlation 0: each within four standard errors
    key, n = future_key(3, "E10000034", 8), 20_000
    usual = {"number": 1, "purpose": 3, "count": 0, "index": 0}
    span = {"index": 1 << 16, "purpose": 256}.get(vary, n)
    draws = np.array(
        [uniform(key + i // span, *(usual | {vary: i % span}).values()) for i in range(n)]
    )
    assert abs(draws.mean() - 0.5) < 4 / np.sqrt(12 * n)
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 4 / np.sqrt(n)
    counts = np.histogram(draws, bins=64, range=(0, 1))[0]
    chi_squared = ((counts - n / 64) ** 2 / (n / 64)).sum()
    assert abs(chi_squared - 63) < 4 * np.sqrt(2 * 63)
