"""Whether a council that was steady stays so: ``python -m tests.benchmarks.steadiness FILE``.

FILE is one that `read_published_years` reads: children, starters, leavers and residents by council
and year. For every council and origin the yearly changes of log starters per resident over five
years (less the median of all councils, squared, over their counting variance and a usual drift) say
how unsteady it was; the next years' change of children in care, scaled to 500 children, what came.
"""

import sys
from pathlib import Path

import numpy as np

from lacmodel.fitting.published_years import read_published_years
from tests.benchmarks.measuring import table

FAMILIES = 1.81  # E[S^2] / E[S]: counting variance of starters (MODEL.md, section 15)
USUAL = 0.03  # of a yearly change, beyond counting
YEARS = 5


def unsteadiness(years) -> np.ndarray:
    """Squared changes of log starters over what is usual; shape (council, year but the first)."""
    log_rate = np.log((years.started + 0.5) / years.residents)
    change = np.diff(log_rate, axis=1)
    counting = FAMILIES / (years.started + 0.5)
    usual = counting[:, 1:] + counting[:, :-1] + USUAL
    return (change - np.median(change, axis=0)) ** 2 / usual


def steadiness(path: Path) -> None:
    """How far children in care moved, by how unsteady the council had been."""
    from scipy.stats import spearmanr

    years = read_published_years(path)
    years = years.of(years.complete())
    unsteady, children = unsteadiness(years), years.children
    councils, count = children.shape
    rows = []
    for ahead in (1, 2):
        past, came = [], []
        for origin in range(YEARS, count - ahead):
            growth = np.log(children[:, origin + ahead] / children[:, origin])
            before = unsteady[:, origin - YEARS : origin].mean(axis=1)
            past.append(before.argsort().argsort() * 3 // councils)
            came.append(abs(growth - np.median(growth)) * np.sqrt(children[:, origin] / 500))
        third, moved = np.concatenate(past), np.concatenate(came)
        found = [f"{np.quantile(moved[third == part], 0.8):.1%}" for part in range(3)]
        rows.append((str(ahead), *found, f"{spearmanr(third, moved).statistic:+.2f}"))
    print(f"{councils} councils; change that eight in ten stay within, by steadiness before\n")
    table(("years ahead", "steadiest third", "middle", "least steady", "rank correlation"), rows)


if __name__ == "__main__":
    steadiness(Path(sys.argv[1]))
