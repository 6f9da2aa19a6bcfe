"""The rates that a return implies: every table beside what it rests on and how sure it is."""

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import PLACEMENTS, ROUTES
from lacmodel.estimates import Estimates, LogFactor, joined
from lacmodel.fitting.arrivals import DAYS_PER_YEAR, RATE, SEASON, fit_entries
from lacmodel.fitting.between_councils import prior_weight
from lacmodel.fitting.hazards import (
    EXIT_AXES,
    Posterior,
    Prior,
    breakdown_prior,
    exit_design,
    exit_hazard,
    exit_prior,
    fit_log_factors,
    planned_prior,
    re_entry_prior,
    table_design,
)
from lacmodel.fitting.mixes import share_interval, shares, shrunk
from lacmodel.fitting.seen import Seen
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]
AnyArray = NDArray[Any]

Z_90: Final = 1.6448536269514722  # half the width of a 90 % interval of a normal, in spreads
BREAKDOWN: Final = "moves.breakdown_per_day"
PLANNED: Final = "moves.planned_per_day"
RE_ENTRY: Final = "re_entries.hazard_per_day"
FIRST: Final = "placements.first_placement_share"
BREAKDOWN_NEXT: Final = "moves.breakdown_next_share"
PLANNED_NEXT: Final = "moves.planned_next_share"
STAYING_ON: Final = "placements.staying_on_share"
FAMILIES: Final = "entries.family_size_share"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the values of a table rest on; arrays of the table's shape."""

    national: FloatArray
    low: FloatArray  # 90 % interval
    high: FloatArray
    events: FloatArray
    exposure: FloatArray
    exposure_unit: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """One table as fitted."""

    name: str
    table: Table
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ReturnRates:
    """Rates fitted to some years of a return."""

    fitted: tuple[Fitted, ...]
    estimates: Estimates

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by name of parameter."""
        return {one.name: one.table for one in self.fitted}

    @property
    def evidence(self) -> dict[str, Evidence]:
        """What the tables rest on, by name of parameter."""
        return {one.name: one.evidence for one in self.fitted}


class Part(NamedTuple):
    """Some of the tables, with independent estimates."""

    fitted: list[Fitted]
    estimates: list[Estimates]


def fit_rates(seen: Seen, residents: FloatArray, national: dict[str, Table]) -> ReturnRates:
    """Fit every table that a return tells of; all others are left out.

    Parameters
    ----------
    residents : shape (year of what is seen, age band)
    """
    re_entries = fit_re_entries(seen, national)
    unseen = seen.unseen.expected(re_entries.fitted[0].table.values)
    parts = (
        fit_exits(seen, national),
        fit_moves(seen, national),
        re_entries,
        fit_starters(seen, residents, unseen, national),
        fit_shares(seen, unseen, national),
    )
    source = source_of(seen)
    fitted = [one for part in parts for one in part.fitted]
    return ReturnRates(
        tuple(replace(one, table=replace(one.table, source=source)) for one in fitted),
        joined([one for part in parts for one in part.estimates]),
    )


def source_of(seen: Seen) -> str:
    """What the source column of a fitted table says."""
    first, last = seen.year_ending[0], seen.year_ending[-1]
    years = f"year ending {seen.last_day} {last}"
    if first != last:
        years = f"years ending {seen.last_day} {first} to {last}"
    return f"fitted: the council's SSDA903 return, {years}, shrunk to the national factors"


# Hazards -----------------------------------------------------------------------------------------


def from_posteriors(
    name: str,
    national: Table,
    posteriors: list[Posterior],
    events: AnyArray,
    exposure: AnyArray,
    exposure_unit: str,
) -> Fitted:
    """A table of rates or factors with its intervals; each posterior has rows of its own."""
    log, wide = np.zeros(national.values.shape), np.zeros(national.values.shape)
    for posterior in posteriors:
        if any(factor.table == name for factor in posterior.factors):
            more, uncertain = posterior.logs(name)
            log, wide = log + more, wide + uncertain
    values = national.values * np.exp(log)
    level = float(np.sqrt(np.average(wide**2, weights=events + 1e-9)))
    evidence = Evidence(
        national.values, values * np.exp(-Z_90 * wide), values * np.exp(Z_90 * wide),
        events.astype(np.float64), exposure.astype(np.float64), exposure_unit,
    )  # fmt: skip
    return Fitted(name, Table(values, national.unit, "", False, level), evidence)


def fit_exits(seen: Seen, national: dict[str, Table]) -> Part:
    """Exits, one route after the other."""
    counts = seen.counts
    nights = counts.exit_nights - counts.all_exits / 2  # an exit takes half of its last night
    posteriors = []
    for route in range(len(ROUTES)):
        prior = exit_prior(route, national)
        expected = nights * exit_hazard(route, national)
        events = counts.exits[route].ravel().astype(np.float64)
        posteriors.append(fit_log_factors(prior, exit_design(prior), expected.ravel(), events))
    fitted = []
    for name, axis in EXIT_AXES.items():
        others = tuple(other for other in range(4) if other != axis)
        events = counts.exits.sum(axis=tuple(other + 1 for other in others))
        exposure = np.broadcast_to(counts.exit_nights.sum(axis=others), events.shape)
        fitted.append(
            from_posteriors(name, national[name], posteriors, events, exposure, "nights in care")
        )
    return Part(fitted, [posterior.estimates for posterior in posteriors])


def fit_moves(seen: Seen, national: dict[str, Table]) -> Part:
    """Breakdowns and planned moves."""
    counts = seen.counts
    broken = fit_table(BREAKDOWN, breakdown_prior(), national, counts.breakdowns,
                       counts.breakdown_nights, "nights in care")  # fmt: skip
    planned = fit_table(PLANNED, planned_prior(), national, counts.planned_moves,
                        counts.planned_nights, "nights in care")  # fmt: skip
    return Part(broken.fitted + planned.fitted, broken.estimates + planned.estimates)


def fit_re_entries(seen: Seen, national: dict[str, Table]) -> Part:
    """Re-entries by reason and time since leaving."""
    events, nights = seen.re_entries.sum(axis=0), seen.re_entry_nights.sum(axis=0)
    return fit_table(RE_ENTRY, re_entry_prior(), national, events, nights, "nights since leaving")


def fit_table(
    name: str,
    prior: Prior,
    national: dict[str, Table],
    events: AnyArray,
    nights: AnyArray,
    exposure_unit: str,
) -> Part:
    """Fit the log factors of one table of hazards; an event takes half of its last night."""
    expected = ((nights - events / 2) * national[name].values).ravel()
    posterior = fit_log_factors(
        prior, table_design(prior), expected, events.ravel().astype(np.float64)
    )
    fitted = from_posteriors(name, national[name], [posterior], events, nights, exposure_unit)
    return Part([fitted], [posterior.estimates])


def fit_starters(
    seen: Seen, residents: FloatArray, unseen: FloatArray, national: dict[str, Table]
) -> Part:
    """Entries by age band and group, and their season; for ``unseen`` see `fit_entries`."""
    arrivals = seen.arrivals
    posterior = fit_entries(arrivals, residents, unseen, national)
    in_year = np.bincount(arrivals.year, arrivals.days) / DAYS_PER_YEAR
    starters = arrivals.children.sum(axis=0)
    resident_years = np.broadcast_to((in_year @ residents)[:, None], starters.shape)
    by_month, days = np.zeros(12), np.zeros(12)
    np.add.at(by_month, arrivals.month_of_year, arrivals.children.sum(axis=(1, 2)))
    np.add.at(days, arrivals.month_of_year, arrivals.days)
    fitted = [
        from_posteriors(RATE, national[RATE], [posterior], starters, resident_years,
                        "resident years"),
        from_posteriors(SEASON, national[SEASON], [posterior], by_month, days, "days"),
    ]  # fmt: skip
    return Part(fitted, [posterior.estimates])


# Shares ------------------------------------------------------------------------------------------


def fit_shares(seen: Seen, unseen: FloatArray, national: dict[str, Table]) -> Part:
    """First placements, where moves lead, families and staying on.

    Unseen re-entries are taken off the families of one: who comes back comes alone.
    """
    mixes, families = seen.mixes, seen.arrivals.family_sizes.astype(np.float64)
    families[..., 0] = np.maximum(families[..., 0] - unseen.sum(axis=1), 0)
    fitted = [
        from_counts(name, national[name], counts.sum(axis=0), unit)
        for name, counts, unit in (
            (FIRST, mixes.first, "periods of care begun"),
            (BREAKDOWN_NEXT, mixes.breakdown_next, "breakdowns"),
            (PLANNED_NEXT, mixes.planned_next, "planned moves"),
            (FAMILIES, families, "families"),
        )
    ]
    uncertain = [tilts(one) for one in fitted[:3]]
    return Part([*fitted, fit_staying_on(seen, national[STAYING_ON])], uncertain)


def from_counts(name: str, national: Table, counts: AnyArray, unit: str) -> Fitted:
    """A table of mixes with its intervals."""
    alpha = shrunk(national.values, counts, prior_weight(name))
    exposure = np.broadcast_to(counts.sum(axis=-1, keepdims=True), counts.shape)
    evidence = Evidence(
        national.values, *share_interval(alpha), counts.astype(np.float64),
        exposure.astype(np.float64), unit,
    )  # fmt: skip
    return Fitted(name, Table(shares(alpha), national.unit, "", False), evidence)


def fit_staying_on(seen: Seen, national: Table) -> Fitted:
    """Which share of those who turn 18 stays, by placement type."""
    two = replace(national, values=np.stack([1 - national.values, national.values], axis=-1))
    both = from_counts(STAYING_ON, two, seen.mixes.staying_on.sum(axis=0), "18th birthdays")
    found = both.evidence
    stays = Evidence(
        found.national[..., 1],
        found.low[..., 1],
        found.high[..., 1],
        found.events[..., 1],
        found.exposure[..., 1],
        found.exposure_unit,
    )
    return Fitted(STAYING_ON, replace(both.table, values=both.table.values[..., 1]), stays)


def tilts(fitted: Fitted) -> Estimates:
    """How sure the mix of a whole table is: one factor a placement type, alike in all its rows.

    With share s of n events (the prior's among them) the log of s is uncertain by
    ``sqrt((1 - s) / (n s))``. How unsure single rows are is in their intervals alone.
    """
    rows = fitted.evidence.exposure[..., 0] + prior_weight(fitted.name)
    rows = rows * (fitted.table.values.sum(axis=-1) > 0)
    share = rows.ravel() @ fitted.table.values.reshape(-1, len(PLACEMENTS)) / rows.sum()
    known = np.flatnonzero((share > 0) & (share < 1))
    wide = np.sqrt((1 - share[known]) / (rows.sum() * share[known]))
    factors = tuple(LogFactor(fitted.name, ("", "", PLACEMENTS[place])) for place in known)
    return Estimates(factors, np.diag(wide))
