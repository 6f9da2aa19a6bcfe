"""Lets the tests share `worlds`, the small worlds that they run; no test depends on the clock."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("lacmodel", deadline=None)
settings.load_profile("lacmodel")
