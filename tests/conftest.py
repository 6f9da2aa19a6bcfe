"""Lets the tests share `worlds`, the small worlds that they run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
