"""A return in, rates out: `fit_return`, and the rows that say what they rest on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    ENDED_CLOSURE,
    OPEN,
    PLACEMENTS,
    ROUTES,
    SPLIT_BY_PROVIDER,
)
from lacmodel.estimates import Estimates
from lacmodel.fitting.arrivals import RATE
from lacmodel.fitting.exposure import BREAKDOWN, UNKNOWN_TIME
from lacmodel.fitting.hazards import exit_hazard
from lacmodel.fitting.reference_period import Reference, choose_reference
from lacmodel.fitting.return_rates import Evidence, ReturnRates, fit_rates
from lacmodel.fitting.seen import Seen, seen_in
from lacmodel.parameters import declared_tables, places
from lacmodel.ssda903.records import ReturnSpells
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

NO_CHOICE: Final = "The reference period was stated, or there are too few years to choose from."
EVIDENCE_COLUMNS: Final = (
    "parameter", "first", "second", "third", "value", "low", "high", "national", "events",
    "exposure", "exposure_unit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FittedReturn:
    """The rates that a return implies, and what they rest on."""

    rates: ReturnRates
    reference: Reference
    providers: NDArray[np.int64]  # (placement, provider): placements begun in the reference period
    left_out: tuple[tuple[str, int], ...]  # what was seen and is not in any rate, with its number

    @property
    def tables(self) -> dict[str, Table]:
        """The fitted tables by name of parameter; the others stay national."""
        return self.rates.tables

    @property
    def evidence(self) -> dict[str, Evidence]:
        """Interval, events and exposure of each table."""
        return self.rates.evidence

    @property
    def estimates(self) -> Estimates:
        """The covariance of the fit, as loadings on independent normals."""
        return self.rates.estimates

    def in_house_share(self) -> dict[str, float]:
        """Share of the placements begun that were the council's own, where there is a choice."""
        return {
            PLACEMENTS[place]: float(self.providers[place, 0] / self.providers[place].sum())
            for place in SPLIT_BY_PROVIDER
            if self.providers[place].sum()
        }


def fit_return(
    spells: ReturnSpells,
    residents: FloatArray,
    national: dict[str, Table],
    reference: tuple[int, int] | None = None,
) -> FittedReturn:
    """Fit the rates of a council to its return.

    Parameters
    ----------
    residents : residents by age band; shape (age band,), or (year of the return, age band)
    national : every table of ``factors.csv``, by name of parameter
    reference : first and last year, both as the year of its 31 March; chosen where it is not given

    Raises
    ------
    ValueError
        where the years stated are not in the return
    """
    seen = seen_in(spells)
    count = len(seen.year_ending)
    by_year = np.broadcast_to(np.asarray(residents, dtype=np.float64), (count, len(AGE_BANDS)))
    if reference is None:
        why, years = choose_reference(seen, by_year, national)
    else:
        why, years = stated_reference(seen, *reference)
    chosen = seen.of_years(years)
    rates = fit_rates(chosen, by_year[years], national)
    return FittedReturn(
        rates, why, chosen.mixes.providers.sum(axis=0), left_out(spells, chosen, rates.tables)
    )


def stated_reference(seen: Seen, first: int, last: int) -> tuple[Reference, slice]:
    """The years that somebody states."""
    if first > last or first not in seen.year_ending or last not in seen.year_ending:
        there = f"{seen.year_ending[0]} to {seen.year_ending[-1]}"
        raise ValueError(f"reference {first} to {last}: the return has the years {there}")
    begin, end = seen.year_ending.index(first), seen.year_ending.index(last)
    return Reference(first, last, True, (), (), seen.last_day), slice(begin, end + 1)


def left_out(
    spells: ReturnSpells, seen: Seen, tables: dict[str, Table]
) -> tuple[tuple[str, int], ...]:
    """What was seen and is not in any rate: nothing is left out in silence."""
    counts, starters = seen.counts, seen.arrivals.children.sum(axis=0)
    unknown = counts.nights[:, :, :, UNKNOWN_TIME:]
    exits = counts.events[:, :BREAKDOWN, :, :, UNKNOWN_TIME:]
    impossible = sum(
        int(counts.exits[route][exit_hazard(route, tables) == 0].sum())
        for route in range(len(ROUTES))
    )
    begins, ends = seen.unseen.years[0], seen.unseen.years[-1]
    ended = (spells.end_day > begins) & (spells.end_day <= min(ends, spells.last_day))
    return (
        ("nights in care for an unknown time", int(unknown.sum())),
        ("exits after an unknown time in care", int(exits.sum())),
        ("exits where the national factors have none", impossible),
        (
            "starters where the national factors have none",
            int(starters[tables[RATE].values == 0].sum()),
        ),
        ("moves because a home closed", int((ended & (spells.why_ended == ENDED_CLOSURE)).sum())),
        (
            "placements that ended, nobody knows why",
            int((ended & (spells.why_ended == OPEN)).sum()),
        ),
    )


# Rows --------------------------------------------------------------------------------------------


def evidence_rows(rates: ReturnRates) -> list[tuple[str, ...]]:
    """For every fitted value its 90 % interval, the national value, events and exposure."""
    declarations = declared_tables()
    rows: list[tuple[str, ...]] = [EVIDENCE_COLUMNS]
    for one in sorted(rates.fitted, key=lambda fitted: fitted.name):
        found = one.evidence
        columns = (one.table.values, found.low, found.high, found.national, found.events,
                   found.exposure)  # fmt: skip
        for at, place in enumerate(places(declarations[one.name][1])):
            spot = (*place, "", "", "")[:3]
            numbers = [f"{np.ravel(column)[at]:.6g}" for column in columns]
            rows.append((one.name, *spot, *numbers, found.exposure_unit))
    return rows


def reference_table(fitted: FittedReturn) -> str:
    """How well each number of years foretold the years held out, against the best."""
    reference = fitted.reference
    if not reference.candidates or not reference.held_out:
        return NO_CHOICE
    best = {part: max(c.log_likelihood[part] for c in reference.candidates)
            for part in reference.candidates[0].log_likelihood}  # fmt: skip
    top = max(candidate.total for candidate in reference.candidates)
    lines = [
        "| Years | " + " | ".join(best) + " | all together |",
        "|---|" + "---:|" * (len(best) + 1),
    ]
    for candidate in reference.candidates:
        words = f"last {candidate.years}" if candidate.years else "all"
        cells = [_gap(candidate.log_likelihood[part] - best[part]) for part in best]
        lines.append(f"| {words} | " + " | ".join(cells) + f" | {_gap(candidate.total - top)} |")
    return "\n".join(lines)


def reference_words(fitted: FittedReturn) -> str:
    """How well each number of years foretold the years held out, all rates together, in words."""
    candidates = fitted.reference.candidates
    if not candidates or not fitted.reference.held_out:
        return NO_CHOICE
    top = max(candidate.total for candidate in candidates)
    said = ", ".join(
        f"{f'last {each.years}' if each.years else 'all'} {_gap(each.total - top)}"
        for each in candidates
    )
    return (
        "How well each choice of years foretold those held out, as log likelihood (0 is best): "
        f"{said}."
    )


def _gap(value: float) -> str:
    """How much worse than the best, without a minus before nought.

    >>> _gap(-4.44), _gap(-0.01)
    ('-4.4', '0.0')
    """
    text = f"{value:.1f}"
    return text if float(text) else "0.0"
