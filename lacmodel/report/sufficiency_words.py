"""Whether there are enough of the right places: labels, and the rows of the report's tables."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.distances import children_away
from lacmodel.analyses.forecast import range_of
from lacmodel.analyses.given import CAUSES, SOUGHT
from lacmodel.analyses.sufficiency import (
    CONFIDENCE,
    Scope,
    Sufficiency,
    own_units,
    places_enough,
    pounds_lost,
    shortage_days_share,
)
from lacmodel.codes import (
    GROUP_LABELS,
    KINDS,
    kind_label,
    places_label,
)
from lacmodel.money.empty_places import UNITS, is_charged
from lacmodel.report.words import children_range, listed, long_date, pounds, pounds_range, whole
from lacmodel.results import FinancialYear, year_ends

NEED_COLUMNS: Final = (
    "For", "Financial year", "Need", "Usable places", "Gap", "Days short",
    *(f"Enough on {share:.0%} of days" for share in CONFIDENCE),
)  # fmt: skip
USE_COLUMNS: Final = (
    "For", "Financial year", "Approved", "Usable", "Used by children", "By adults staying on",
    "Empty", "Sought", "None free", "None that suits", "Another type", "Turned away",
)  # fmt: skip
COST_COLUMNS: Final = (
    "Financial year", "Nights with other providers", "Cost more than own places",
    "Nights in another type", "Cost more than the type needed",
)  # fmt: skip
WHERE_COLUMNS: Final = ("Kind", "Children", "In area", "Out of area", "Over 20 miles")
EMPTY_COLUMNS: Final = ("For", "Financial year", "Empty places a day", "At full price, a year")
IN_FIXED_COSTS: Final = "in fixed costs"
SETTLED_COLUMNS: Final = ("31 March", "Children", "In one placement for two years")
TWO_MEASURES: Final = (
    "Two measures that are not the same. Days short: the share of days on which the children who "
    "need the type, with adults who stay on, outnumber the usable places. Turned away: the share "
    "of placements sought that found no free and suitable place; it counts children who arrive at "
    "a full home or at one that does not suit, and so is not nought where places are enough."
)
COST_NOTE: Final = (
    "Child by child: what each such placement cost less what the council's own place (or an "
    "external place of the type needed) would have cost for the same nights. Where the price of "
    "own places is at full cost this is less than would be saved if they are there anyway."
)


def scope_label(scope: Scope) -> str:
    """What a scope is of, in words.

    >>> scope_label(Scope("supported", "16 to 17", "all", "complex"))
    'supported accommodation, aged 16 to 17, complex need'
    """
    parts = [places_label(scope.placement)]
    parts += [] if scope.ages == "all" else [f"aged {_ages(scope.ages)}"]
    groups = [] if scope.groups == "all" else scope.groups.split()
    parts += [listed([GROUP_LABELS[group] for group in groups])] if groups else []
    parts += [] if scope.levels == "all" else [f"{scope.levels} need"]
    return ", ".join(parts)


def _ages(ages: str) -> str:
    """One year of age as one number.

    >>> _ages("17 to 17"), _ages("16 to 17")
    ('17', '16 to 17')
    """
    youngest, oldest = ages.split(" to ")
    return youngest if youngest == oldest else ages


def cut(answer: Sufficiency, scope: int, year: FinancialYear) -> tuple[NDArray[np.uint16], float]:
    """Demand on each day of a year in every future, and usable places on an average day."""
    days = answer.days_of(year.months)
    return answer.need.by_day[:, scope, days], float(answer.usable[scope, days].mean())


def short_share(answer: Sufficiency, scope: int, year: FinancialYear) -> float:
    """The share of a year's days, over all futures, on which need exceeds places."""
    days = answer.days_of(year.months)
    demand = answer.need.by_day[:, scope, days]
    return float(shortage_days_share(demand, answer.usable[scope, days]).mean())


def share_words(share: float) -> str:
    """A share as a whole percentage that does not claim nought or all.

    >>> share_words(0.0), share_words(0.001), share_words(0.5), share_words(0.9999)
    ('0%', 'less than 1%', '50%', 'more than 99%')
    """
    if 0.0 < share < 0.01:
        return "less than 1%"
    return "more than 99%" if 0.99 < share < 1.0 else f"{share:.0%}"


def whole_years(answer: Sufficiency) -> Sequence[FinancialYear]:
    """The financial years that a run covers wholly, or all where it covers none."""
    return [year for year in answer.years if year.whole] or answer.years


# Rows --------------------------------------------------------------------------------------------


def need_rows(answer: Sufficiency) -> list[tuple[str, ...]]:
    """Need, places, gap and confidence, scope by scope and year by year."""
    rows = []
    for scope, words in enumerate(answer.scopes):
        for year in answer.years:
            demand, usable = cut(answer, scope, year)
            mean = demand.mean(axis=1)
            rows.append((
                scope_label(words), year.label, children_range(range_of(mean, False)),
                whole(usable), children_range(range_of(mean - usable, False)),
                share_words(short_share(answer, scope, year)),
                *(str(places_enough(demand, share)) for share in CONFIDENCE),
            ))  # fmt: skip
    return rows


def use_rows(answer: Sufficiency) -> list[tuple[str, ...]]:
    """How places are used, and what placements did not find."""
    use, rows = answer.use, []
    for scope, words in enumerate(answer.scopes):
        for year in answer.years:
            days, months = answer.days_of(year.months), year.months
            sought = use.sought[:, months, scope].sum(axis=1).mean(axis=0)
            away = sought[-1] / sought[0] if sought[0] else 0.0
            rows.append((
                scope_label(words), year.label, whole(answer.approved[scope, days].mean()),
                whole(answer.usable[scope, days].mean()),
                *(f"{part[:, scope, months].mean():.1f}"
                  for part in (use.children, use.adults, use.empty)),
                *(f"{count:.1f}" for count in sought[: len(SOUGHT) - 1]), share_words(away),
            ))  # fmt: skip
    return rows


def cost_rows(answer: Sufficiency) -> list[tuple[str, ...]]:
    """Nights and money lost to want of places by year."""
    rows: list[tuple[str, ...]] = []
    for year in answer.years:
        nights = answer.use.nights_lost[:, year.months].sum(axis=(1, 3)).mean(axis=0)
        lost = pounds_lost(answer, year.months)
        cells = [
            (whole(nights[cause]), pounds_range(range_of(lost[:, cause], False)))
            for cause in range(len(CAUSES))
        ]
        rows.append((year.label, *cells[0], *cells[1]))
    return rows


def empty_rows(answer: Sufficiency) -> list[tuple[str, ...]]:
    """Empty places in homes and units, which are staffed all the same, at the full price."""
    rows: list[tuple[str, ...]] = []
    for scope, words in enumerate(answer.scopes):
        own = own_units(words)
        if not own:
            continue
        for year in answer.years:
            empty = float(answer.use.empty[:, scope, year.months].mean())
            cost = answer.use.empty_pounds[:, year.months, UNITS.index(own[0])].sum(axis=1).mean()
            charged = pounds(float(cost)) if is_charged(answer.plan, own[0]) else IN_FIXED_COSTS
            rows.append((scope_label(words), year.label, f"{empty:.1f}", charged))
    return rows


def where_rows(answer: Sufficiency) -> list[tuple[str, ...]]:
    """Where children live in the first financial year, by kind."""
    away = children_away(answer.result, answer.years[0].months).mean(axis=0)
    rows = [("all", *_places(away.sum(axis=0)))]
    return rows + [(kind_label(kind), *_places(away[kind])) for kind in range(len(KINDS))]


def _places(away: NDArray[np.float64]) -> tuple[str, ...]:
    return (whole(away[0] + away[1]), *(whole(part) for part in away))


def settled_rows(answer: Sufficiency) -> list[tuple[str, ...]]:
    """Children under 16 in care for two and a half years who have had one placement for two."""
    long = answer.use.long_in_care
    rows: list[tuple[str, ...]] = []
    for year, when in enumerate(year_ends(answer.plan.period)):
        of, same = long[:, year].sum(axis=0)
        if of:
            share = share_words(same / of)
            rows.append((long_date(when), whole(of / len(long)), share))
    return rows
