"""Whether there are enough of the right places, in sentences and rows that a commissioner reads."""

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
    is_limited,
    own_units,
    places_enough,
    pounds_lost,
    shortage_days_share,
)
from lacmodel.codes import (
    GROUP_LABELS,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    PLACEMENTS,
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
ONE_STATISTIC: Final = (
    "Numbers of children, places and pounds are those of the middle future (the median); the range "
    "in brackets holds eight futures in ten."
)
OFTEN_EMPTY: Final = 0.1  # of usable places: from here on the answer says that they stand empty
TWO_MEASURES: Final = (
    "Two measures that are not the same. Days short: the share of days on which the children who "
    "need the type, with adults who stay on, outnumber the usable places. Turned away: the share "
    "of placements sought that found no free and suitable place; it counts children who arrive at "
    "a full home or at one that does not suit, and so is not nought where places are enough."
)
ENOUGH: Final = 0.9  # of days: places short on more are not enough, as `plan` and `goal` have it
LESS_THAN_NOUGHT: Final = (
    "A minus means that what was found cost less: in that future other providers' prices, or those "
    "of the type given, are below those of the council's own places or the type needed."
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


# Sentences ---------------------------------------------------------------------------------------


def answer_lines(answer: Sufficiency) -> list[str]:
    """The answer: every type's need against places, then what want of places costs."""
    types = [at for at, scope in enumerate(answer.scopes) if scope.is_type]
    unregistered = unregistered_line(answer)
    return [
        *([verdict_line(answer, types)] if types else []),
        *([unregistered] if unregistered else []),
        *(type_line(answer, scope) for scope in types),
        *empty_lines(answer, types),
        turned_line(answer, types),
        cost_line(answer),
        where_line(answer),
        ONE_STATISTIC,
    ]


def verdict_line(answer: Sufficiency, types: Sequence[int]) -> str:
    """Whether there are enough places, of which types, in which years, and how surely."""
    said = "; ".join(_verdict(answer, scope) for scope in types)
    return (
        f"Enough places? {said[0].upper()}{said[1:]}. Enough means on at least {ENOUGH:.0%} of "
        f"the days of all futures. {market_line(answer)}"
    )


def _verdict(answer: Sufficiency, scope: int) -> str:
    """Yes or no for one type, and the share of days on which places are enough."""
    years = whole_years(answer)
    shares = [1 - short_share(answer, scope, year) for year in years]
    short = [year.label for year, share in zip(years, shares, strict=True) if share < ENOUGH]
    yes_or_no = "no" if len(short) == len(years) else f"not in {listed(short)}" if short else "yes"
    name = places_label(answer.scopes[scope].placement)
    said = f"enough on {share_words(shares[0])} of days in {years[0].label}"
    last = f" and {share_words(shares[-1])} in {years[-1].label}" if len(years) > 1 else ""
    return f"{yes_or_no} for {name} ({said}{last})"


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


def whole_years(answer: Sufficiency) -> Sequence[FinancialYear]:
    """The financial years that a run covers wholly, or all where it covers none."""
    return [year for year in answer.years if year.whole] or answer.years


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
                f"usable places of {places_label(PLACEMENTS[placement])} a day, because few "
                f"free places suit the child who needs one: each does with probability "
                f"{share:.2g} (the match share), so more places alone fill slowly."
            )
    return said


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
