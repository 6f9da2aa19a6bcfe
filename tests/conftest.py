"""Lets the tests share `worlds`, the small worlds that they run; no test depends on the clock."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("lacmodel", deadline=None)
settings.load_profile("lacmodel")


@pytest.fixture(scope="module")
def lists_of_any_length() -> Iterator[None]:
    """Lists of today's placements may hold only the children that a test is about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lacmodel.listed.LEAST_SHARE", 0.0)
        yield
