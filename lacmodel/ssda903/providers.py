"""Who provides: children by provider code at each year's end, and codes that need an answer.

A council's services may be run by a company of its own that reports PR5 (voluntary). Then its own
foster carers look bought. Such a change is asked about before anything is priced.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from lacmodel.codes import PLACEMENTS, PROVIDERS
from lacmodel.ssda903.chains import codes_are
from lacmodel.ssda903.days import NO_DAY
from lacmodel.ssda903.read import Returns
from lacmodel.ssda903.schema import (
    PLACEMENT_OF,
    PROVIDER_CODES,
    SHORT_BREAKS,
    ProviderMapping,
    ProviderRule,
    year_end,
)

OWN: Final = "PR1"
BOUGHT: Final = ("PR4", "PR5")
FALLS_BY: Final = 0.5  # own provision, from one year's end to the next
VOLUNTARY_SHARE: Final = 0.20  # of children in foster care with carers who are no relatives
ENOUGH: Final = 10  # children; fewer tell nothing
NOT_GIVEN: Final = "none"
UNKNOWN: Final = "unknown"

_RULE = re.compile(
    r"(PR[0-5]) is (in-house|external)(?: from (\d{4}-\d{2}-\d{2}))?(?: for ([A-Z0-9, ]+))?"
)


@dataclass(frozen=True, slots=True)
class ProviderQuestion:
    """A code whose meaning the council must confirm before anything is priced."""

    code: str
    reason: str

    def __str__(self) -> str:
        """In a user's words, with the lines that answer it."""
        return (
            f"{self.reason} Is {self.code} the council's own service, such as a company it owns? "
            f'Say so in area.toml, from its date: provider_codes = ["{self.code} is in-house from '
            f'2019-10-01"]; or confirm that it is not: provider_codes = ["{self.code} is external"]'
        )


def children_at_year_ends(returns: Returns) -> pd.DataFrame:
    """Children in care on each 31 March as its year's file has them, without V3 and V4.

    Columns: year, place (PLACE), placement, provider_code, children.
    """
    rows = returns.episodes
    rows = rows[(rows["CHILD"] >= 0) & (rows["DECOM"] != NO_DAY) & rows["whole"]]
    ends = np.array([year_end(int(year)) for year in rows["year"].unique()])
    last = pd.Series(ends, index=rows["year"].unique()).reindex(rows["year"]).to_numpy()
    there = (rows["DECOM"] <= last) & ((rows["DEC"] == NO_DAY) | (rows["DEC"] > last))
    rows = rows[there.to_numpy() & ~codes_are(rows["LS"], *SHORT_BREAKS)]
    rows = rows.sort_values("DECOM", kind="stable").drop_duplicates(["year", "CHILD"], keep="last")
    place = rows["PLACE"].astype(object).fillna("")
    code = rows["PLACE_PROVIDER"].astype(object).fillna(NOT_GIVEN)
    other = PLACEMENTS.index("other")
    placement = [PLACEMENTS[PLACEMENT_OF.get(each, other)] for each in place]
    place = place.where(place.isin(list(PLACEMENT_OF)), UNKNOWN)
    table = pd.DataFrame(
        {
            "year": rows["year"],
            "place": place,
            "placement": placement,
            "provider_code": code.where(code.isin([*PROVIDER_CODES, NOT_GIVEN]), UNKNOWN),
        }
    )
    counted = table.groupby(["year", "placement", "place", "provider_code"], sort=True).size()
    return counted.rename("children").reset_index()


def provider_questions(returns: Returns) -> list[ProviderQuestion]:
    """What the council must answer about its provider codes; empty where nothing is odd."""
    counted = children_at_year_ends(returns)
    by_code = _by_year(counted, returns.years)
    foster = _by_year(counted[counted["placement"] == "foster"], returns.years)
    return [*_own_fell(by_code, returns.years), *_much_voluntary(foster, returns.years)][:1]


def unanswered(questions: Sequence[ProviderQuestion], mapping: ProviderMapping) -> list[str]:
    """The questions that no rule of an area answers; while there is one, nothing is priced."""
    named = {rule.code for rule in mapping}
    return [str(question) for question in questions if question.code not in named]


def provider_rule(text: str) -> ProviderRule:
    """A rule as an area states it.

    >>> rule = provider_rule("PR5 is in-house from 2019-10-01")
    >>> str(rule), rule.start.year
    ('PR5 is in-house from 2019-10-01', 2019)
    >>> provider_rule("PR5 is external for K2, U4").places
    ('K2', 'U4')

    Raises
    ------
    ValueError
        in words
    """
    found = _RULE.fullmatch(text.strip())
    if not found:
        raise ValueError('must read like "PR5 is in-house from 2019-10-01", or "... for K2, U4"')
    code, provider, start, places = found.groups()
    named = tuple(place.strip() for place in (places or "").split(",") if place.strip())
    if unknown := [place for place in named if place not in PLACEMENT_OF]:
        raise ValueError(f"names {', '.join(unknown)}, which is no code of PLACE")
    since = date.fromisoformat(start) if start else date(1970, 1, 1)
    return ProviderRule(code, PROVIDERS[provider == "external"], since, named)


def _by_year(counted: pd.DataFrame, years: Sequence[int]) -> dict[int, dict[str, int]]:
    """Children by year and provider code, nil where there are none."""
    found = {year: dict.fromkeys((*PROVIDER_CODES, NOT_GIVEN, UNKNOWN), 0) for year in years}
    columns = (counted[name].tolist() for name in ("year", "provider_code", "children"))
    for year, code, children in zip(*columns, strict=True):
        found[year][code] += children
    return found


def _own_fell(by_code: dict[int, dict[str, int]], years: Sequence[int]) -> list[ProviderQuestion]:
    """A question for each fall of own provision by half while bought provision rose."""
    questions = []
    for before, after in pairwise(years):
        was, now = by_code[before], by_code[after]
        rise, rose = max((now[code] - was[code], code) for code in BOUGHT)
        if was[OWN] >= ENOUGH and now[OWN] <= FALLS_BY * was[OWN] and rise > 0:
            reason = (
                f"Own provision (PR1) fell from {was[OWN]} children on 31 March {before} to "
                f"{now[OWN]} a year later, while {rose} rose from {was[rose]} to {now[rose]}."
            )
            questions.append(ProviderQuestion(rose, reason))
    return questions


def _much_voluntary(
    foster: dict[int, dict[str, int]], years: Sequence[int]
) -> list[ProviderQuestion]:
    """A question where many foster placements are said to be voluntary provision."""
    for year in reversed(years):
        total, voluntary = sum(foster[year].values()), foster[year]["PR5"]
        if voluntary >= ENOUGH and voluntary > VOLUNTARY_SHARE * total:
            reason = (
                f"Of {total} foster placements on 31 March {year}, {voluntary} are given as "
                "voluntary provision (PR5)."
            )
            return [ProviderQuestion("PR5", reason)]
    return []
