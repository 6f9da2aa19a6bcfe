"""Whether a council that was steady stays so: ``python -m tests.benchmarks.steadiness FILE``.

FILE is one that `years_in` reads: children, starters, leavers and residents by council
and year. For every council and origin the yearly changes of log starters per resident over five
years (less the median of all councils, squared, over their counting variance and a usual drift) say
how unsteady it was; the next years' change of children in care, scaled to 500 children, what came.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from lacmodel.fitting.drift import (
    FIRST_NATIONAL_MEAN,
    RateLaw,
    filter_series,
    fit_law,
    series_law,
)
from lacmodel.fitting.filtering import filtered
from lacmodel.fitting.published_years import Shown, shown, years_in
from lacmodel.fitting.years_in_care import national_leaving
from tests.benchmarks.measuring import table

FAMILIES = 1.81  # E[S^2] / E[S]: counting variance of starters (MODEL.md, section 15)
USUAL = 0.03  # of a yearly change, beyond counting
YEARS = 5
FACTORS = np.exp(np.linspace(np.log(0.2), np.log(3.2), 41))  # on a council's own spreads
SPREADS = (0.07, 0.1, 0.2, 0.3, 0.4, 0.5)  # of the logs of these factors
MEANS = np.linspace(-0.4, 0.2, 25)
CERTAIN = 1e-12


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

    years = years_in(path)
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


def by_factor(law: RateLaw, rates: Shown, one: int) -> np.ndarray:
    """Log likelihood of each council's years with its spreads times a factor; (council, factor).

    The national movement is that which all councils show.
    """
    national = filter_series(law, rates, one).shared[None, :, None] + FIRST_NATIONAL_MEAN[one]
    seen, counting = (values[:, :, one : one + 1] for values in (rates.seen, rates.counting))
    known = CERTAIN * np.eye(seen.shape[1])
    found = np.zeros((len(seen), len(FACTORS)))
    for at, factor in enumerate(FACTORS):
        own = replace(law, spread=law.spread * factor, walk=law.walk * factor)
        for council in range(len(seen)):
            part = slice(council, council + 1)
            said = filtered(series_law(own).council, seen[part] - national, counting[part], known)
            found[council, at] = said.log_likelihood
    return found


def likely(of_factor: np.ndarray, spread: float) -> float:
    """Log likelihood of all years if logs of factors have a spread, at their most likely mean."""
    top = of_factor.max(axis=1)
    found = []
    for mean in MEANS:
        weight = np.exp(-0.5 * ((np.log(FACTORS) - mean) / spread) ** 2)
        average = np.exp(of_factor - top[:, None]) @ (weight / weight.sum())
        found.append(float((np.log(average) + top).sum()))
    return max(found)


def spread_of_spreads(path: Path) -> None:
    """How likely the years are, by how far councils differ in how unsteady they are."""
    years = years_in(path)
    rates = shown(years.of(years.complete()), national_leaving())
    law = fit_law(rates)
    rows = []
    for one, (name, part) in enumerate({"entries": law.entries, "exits": law.exits}.items()):
        of_factor = by_factor(part, rates, one)
        alike = float(of_factor[:, np.abs(np.log(FACTORS)).argmin()].sum())
        rows.append((name, *(f"{likely(of_factor, spread) - alike:+.1f}" for spread in SPREADS)))
    print("log likelihood beyond that of one spread for all, by the spread of their logs\n")
    table(("rate", *map(str, SPREADS)), rows)


if __name__ == "__main__":
    steadiness(Path(sys.argv[1]))
    spread_of_spreads(Path(sys.argv[1]))
