"""Whether there are enough of the right places, in sentences: the answer, and what is behind it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lacmodel.analyses.distances import children_away
from lacmodel.analyses.forecast import places_known, range_of
from lacmodel.analyses.sufficiency import (
    CONFIDENCE,
    Sufficiency,
    is_limited,
    places_enough,
    pounds_lost,
)
from lacmodel.codes import IN_HOUSE, KIND_OF, PLACEMENTS, places_label
from lacmodel.report.sufficiency_words import (
    cut,
    scope_label,
    share_words,
    short_share,
    whole_years,
)
from lacmodel.report.words import children_range, listed, places_doubt, pounds_range, whole
from lacmodel.results import FinancialYear

NEVER_SHORT: Final = "Enough in every year"
ENOUGH: Final = 0.9  # of days: places short on more are not enough, as `plan` and `goal` have it
OFTEN_EMPTY: Final = 0.1  # of usable places: from here on the answer says that they stand empty
ONE_STATISTIC: Final = (
    "Numbers of children, places and pounds are those of the middle future (the median); the range "
    "in brackets holds eight futures in ten."
)
LESS_THAN_NOUGHT: Final = (
    "A minus means that what was found cost less: in that future other providers' prices, or those "
    "of the type given, are below those of the council's own places or the type needed."
)


def answer_lines(answer: Sufficiency) -> list[str]:
    """The answer, then what is behind it."""
    return [*first_lines(answer), *further_lines(answer)]


# The answer --------------------------------------------------------------------------------------


def first_lines(answer: Sufficiency) -> list[str]:
    """Whether there are enough, of which type, when it gets short, and what is missing."""
    types = types_of(answer)
    if not types:
        return [turned_line(answer, types)]
    unregistered = unregistered_line(answer)
    return [
        verdict_line(answer, types),
        missing_line(answer, types),
        enough_line(answer, types),
        market_line(answer),
        *([unregistered] if unregistered else []),
    ]


def types_of(answer: Sufficiency) -> list[int]:
    """The scopes that are whole types of placement."""
    return [at for at, scope in enumerate(answer.scopes) if scope.is_type]


def verdict_line(answer: Sufficiency, types: Sequence[int]) -> str:
    """Yes or no, and which types are short in which years."""
    by_when: dict[str, list[str]] = {}
    for scope in types:
        by_when.setdefault(when_short(answer, scope), []).append(_name(answer, scope))
    yes_or_no = "Yes" if list(by_when) == [NEVER_SHORT] else "No"
    said = " ".join(f"{when}: {listed(names)}." for when, names in by_when.items())
    doubt = places_doubt(places_known(answer.plan))
    return (
        f"Enough places? {yes_or_no}{doubt}. {said} Enough means on at least {ENOUGH:.0%} of the "
        "days of all futures."
    )


def when_short(answer: Sufficiency, scope: int) -> str:
    """In which years places of a type are not enough on as many days as they should be."""
    years = whole_years(answer)
    short = [year.label for year in years if 1 - short_share(answer, scope, year) < ENOUGH]
    if not short:
        return NEVER_SHORT
    if len(short) == len(years):
        return "Short in every year" if len(years) > 1 else f"Short in {short[0]}"
    if short == [year.label for year in years[-len(short) :]]:
        return f"Short from {short[0]} on"
    return f"Short in {listed(short)}"


def _name(answer: Sufficiency, scope: int) -> str:
    return places_label(answer.scopes[scope].placement)


def missing_line(answer: Sufficiency, types: Sequence[int]) -> str:
    """How many more children need each type than there are places, in the first and last year."""
    first, last = answer.years[0], whole_years(answer)[-1]
    now = [f"{missing(answer, scope, first)} of {_name(answer, scope)}" for scope in types]
    line = f"Places missing on an average day of {first.label}: {listed(now)}"
    if last != first:
        later = [missing(answer, scope, last) for scope in types]
        line += f"; of {last.label}: {listed(later)}"
    spare = "; a minus is places to spare" if "-" in line else ""
    return f"{line} (eight futures in ten in brackets{spare})."


def missing(answer: Sufficiency, scope: int, year: FinancialYear) -> str:
    """The places of a type that are missing on an average day of a year, with their range."""
    demand, usable = cut(answer, scope, year)
    gap = range_of(demand.mean(axis=1) - usable, False)
    return children_range(gap) if round(gap.central) > 0 else "none"


def enough_line(answer: Sufficiency, types: Sequence[int]) -> str:
    """How many places would be enough in the last year, beside those that are usable."""
    last, said = whole_years(answer)[-1], []
    for scope in types:
        demand, usable = cut(answer, scope, last)
        places = whole(places_enough(demand, ENOUGH))
        said.append(f"{places} of {_name(answer, scope)} ({whole(usable)} usable)")
    return f"Places that would be enough on {ENOUGH:.0%} of days in {last.label}: {listed(said)}."


def market_line(answer: Sufficiency) -> str:
    """Whether what is bought has a limit here, so that shortage is of the council's own places."""
    limited = is_limited(answer.plan)
    if limited:
        return (
            "Some placements that are bought are limited here. Usable places are the council's own "
            "and those limits; need is that of a paired run without the limits."
        )
    return (
        "What is bought has no limit here: a shortage is of the council's own places, and means "
        "that children are placed with other providers, not that there is nowhere to go."
    )


def unregistered_line(answer: Sufficiency) -> str:
    """Children and nights in unregistered settings; nothing where there are none."""
    nights = answer.use.unregistered_nights.sum(axis=1).mean(axis=0)
    if nights[0] == 0:
        return ""
    children = answer.use.unregistered_children.mean(axis=0)
    ends = [financial.label for financial in whole_years(answer)]
    said = ", ".join(
        f"{all_:.1f} children in {label} ({young:.1f} under 16)"
        for (all_, young), label in zip(children, ends, strict=False)
    )
    return (
        f"Unregistered settings: {said}; {whole(nights[0])} nights in all, {whole(nights[1])} of "
        "them of children under 16, whom it is unlawful to place there."
    )


# What is behind it -------------------------------------------------------------------------------


def further_lines(answer: Sufficiency) -> list[str]:
    """Every type's need against places, who is turned away, its cost, and where children live."""
    types = types_of(answer)
    return [
        *(type_line(answer, scope) for scope in types),
        *empty_lines(answer, types),
        *([turned_line(answer, types)] if types else []),
        cost_line(answer),
        where_line(answer),
        *overbuilt_lines(answer),
        ONE_STATISTIC,
    ]


def type_line(answer: Sufficiency, scope: int) -> str:
    """One type's need against usable places, this year and in the last."""
    first, last = answer.years[0], whole_years(answer)[-1]
    name = places_label(answer.scopes[scope].placement)
    demand, usable = cut(answer, scope, first)
    line = (
        f"{name[0].upper()}{name[1:]}: {children_range(range_of(demand.mean(axis=1), False))} "
        f"needed a day in {first.label}, {whole(usable)} usable places; short on "
        f"{share_words(short_share(answer, scope, first))} of days"
    )
    later, places = cut(answer, scope, last)
    enough = ", ".join(str(places_enough(later, share)) for share in CONFIDENCE)
    return (
        f"{line}. In {last.label} {children_range(range_of(later.mean(axis=1), False))} for "
        f"{whole(places)}, short on {share_words(short_share(answer, scope, last))}; {enough} "
        f"places would be enough on {listed([f'{share:.0%}' for share in CONFIDENCE])} of days."
    )


def empty_lines(answer: Sufficiency, types: Sequence[int]) -> list[str]:
    """Own places that stand empty in the first year although more children need the type."""
    year, said = answer.years[0], []
    for scope in types:
        placement = PLACEMENTS.index(answer.scopes[scope].placement)
        demand, usable = cut(answer, scope, year)
        empty = range_of(answer.use.empty[:, scope, year.months].mean(axis=1), False)
        if np.median(demand.mean(axis=1)) > usable and empty.central >= OFTEN_EMPTY * usable:
            share = answer.plan.world.placements.match_share[KIND_OF[placement][IN_HOUSE]]
            said.append(
                f"Empty all the same in {year.label}: {children_range(empty)} of {whole(usable)} "
                f"usable places of {places_label(PLACEMENTS[placement])} a day, because a free "
                f"place seldom suits the child who needs one (about {one_in(share)} does), so more "
                "places alone fill slowly."
            )
    return said


def one_in(share: float) -> str:
    """A small share as one of a round number.

    >>> one_in(0.25), one_in(0.009), one_in(0.6)
    ('1 in 4', '1 in 110', '3 in 5')
    """
    if share > 0.4:
        return f"{share * 5:.0f} in 5"
    return f"1 in {float(f'{1 / share:.2g}'):,.0f}"


def turned_line(answer: Sufficiency, types: Sequence[int]) -> str:
    """Placements sought that found no free and suitable place, in the first year."""
    year = answer.years[0]
    parts = []
    for scope in types:
        counts = answer.use.sought[:, year.months, scope].sum(axis=(0, 1))
        if counts[0]:
            name = places_label(answer.scopes[scope].placement)
            parts.append(f"{share_words(counts[-1] / counts[0])} of those for {name}")
    if not types:
        return "The area states no places of its own and no limit on others, so none can be short."
    said = listed(parts) or "none was sought"
    return f"Turned away in {year.label} (no free and suitable place of these): {said}."


def cost_line(answer: Sufficiency) -> str:
    """What want of places cost, first and last year."""
    first, last = answer.years[0], whole_years(answer)[-1]
    lost = [
        range_of(pounds_lost(answer, year.months).sum(axis=1), False)
        for year in dict.fromkeys((first, last))
    ]
    said = [
        f"{pounds_range(spread)} in {year.label}"
        for spread, year in zip(lost, (first, last), strict=False)
    ]
    less = f" {LESS_THAN_NOUGHT}" if any((spread.low or 0.0) < 0 for spread in lost) else ""
    return (
        f"Want of places costs {' and '.join(said)}, child by child beside what was needed.{less}"
    )


def where_line(answer: Sufficiency) -> str:
    """How many children live out of area, by England's shares."""
    year = answer.years[0]
    away = np.median(children_away(answer.result, year.months).sum(axis=1), axis=0)
    return (
        f"Out of area: about {whole(away[1])} of {whole(away[0] + away[1])} children in "
        f"{year.label}, {whole(away[2])} over 20 miles from home, by England's shares of each kind "
        "of placement (not the council's own record)."
    )


def overbuilt_lines(answer: Sufficiency) -> list[str]:
    """Places for some children only that outnumber all the children whom they are for."""
    year, said = whole_years(answer)[-1], []
    for at, scope in enumerate(answer.scopes):
        demand, usable = cut(answer, at, year)
        if not scope.is_type and places_enough(demand, CONFIDENCE[-1]) < usable:
            most = children_range(range_of(demand.mean(axis=1), False))
            said.append(
                f"More places than children: {whole(usable)} for {scope_label(scope)} in "
                f"{year.label}, needed by {most}; {places_enough(demand, CONFIDENCE[-1])} would be "
                f"enough on {CONFIDENCE[-1]:.0%} of days."
            )
    return said
