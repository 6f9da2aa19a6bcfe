"""Reading, checking and making spells of the returns of 20 councils, in core seconds."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pandera

from lacmodel.ssda903.check import check_returns
from lacmodel.ssda903.dirt import add_dirt
from lacmodel.ssda903.read import read_returns
from tests.made_returns import made_returns, write_returns

COUNCILS = 20
CHILDREN = 3_900  # a council's over eight years, some of whom leave before the first file
YEARS = (2018, 2019, 2020, 2021, 2022)
DIRT = ("148", "501", "433", "1010", "562", "503", "short-breaks", "INT03")
RUNS = 3


def returns() -> None:
    """Core seconds of the returns of 20 councils, clean and dirty, libraries already imported."""
    print(f"pandas {pd.__version__}, pandera {pandera.__version__}, best of {RUNS}\n")
    print("| returns | rows | children | read, s | check and spells, s | all, s |")
    print("|---|---|---|---|---|---|")
    clean = made_returns(COUNCILS * CHILDREN, YEARS)
    dirty = clean
    for kind in DIRT:
        dirty = add_dirt(dirty, kind, np.random.default_rng(903), 0.05)
    for name, tables in (("clean", clean), ("dirty", dirty)):
        with TemporaryDirectory() as folder:
            print(row(name, write_returns(tables, Path(folder))))


def row(name: str, folder: Path) -> str:
    """One line of the table."""
    best = (np.inf, np.inf)
    for _ in range(RUNS):
        started = time.process_time()
        read = read_returns(folder)
        between = time.process_time()
        check_returns(read)
        best = min(best, (between - started, time.process_time() - between), key=sum)
    rows, children = len(read.episodes), len(read.identifiers)
    return f"| {name} | {rows:,} | {children:,} | {best[0]:.2f} | {best[1]:.2f} | {sum(best):.2f} |"
