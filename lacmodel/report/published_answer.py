"""The answer of a published run: forecasts of many children, from its suppressed tables alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from lacmodel.analyses.forecast import Range
from lacmodel.report.html import tile
from lacmodel.report.published_charts import measure_shown
from lacmodel.report.words import between, long_date, pounds, whole
from lacmodel.results import ALL
from lacmodel.suppression import HIDDEN

Rows = Sequence[Mapping[str, str]]

SPEND_ON_CHILDREN: Final = "children's placements"
TOTAL: Final = "total"
NOT_SHOWN: Final = "How many children are in care is not shown, as it would tell of few of them."
NO_TOTAL: Final = (
    "Spend in all is not shown: beside spend on children's placements it would tell what is spent "
    "on a few people, such as adults who stay on."
)
NO_SPEND: Final = "Spend is not shown, as it would tell what is spent on a few people."
BEFORE_SAVINGS: Final = "before any savings that the council expects"


def answer_lines(tables: Mapping[str, Rows], scenario: str) -> list[str]:
    """The answer of one scenario: children and spend, as far as they are shown."""
    children, spend = children_in_all(tables, scenario), spend_in_all(tables, scenario)
    return [_children_line(children) if children else NOT_SHOWN, *_spend_lines(spend)]


def _children_line(children: Mapping[str, Range]) -> str:
    (start, now), *_ = children.items()
    end, last = list(children.items())[-1]
    return (
        f"On {written(end)} about {whole(last.central)} children would be in care"
        f"{_in_brackets(between(last, whole))}, beside {whole(now.central)} on {written(start)}."
    )


def _spend_lines(spend: tuple[str, str, dict[str, Range]]) -> list[str]:
    line, measure, years = spend
    if not years:
        return [NO_SPEND]
    (year, first), *_ = years.items()
    of = f" on {line}" if line != TOTAL else ""
    said = (
        f"{measure.capitalize()} spend{of} in {year} would be {pounds(first.central)} on average"
        f"{_in_brackets(between(first, pounds))}, {BEFORE_SAVINGS}."
    )
    return [said] if line == TOTAL else [said, NO_TOTAL]


def _in_brackets(words: str) -> str:
    return f" ({words})" if words else ""


def answer_tiles(tables: Mapping[str, Rows], scenario: str) -> Iterator[str]:
    """The key numbers of one scenario that are shown."""
    children = list(children_in_all(tables, scenario).items())
    for place in sorted({0, 1, len(children) - 1} & set(range(len(children)))):
        when, spread = children[place]
        said = "in care" if not place else "forecast"
        note = between(spread, whole) if place else ""
        yield tile(whole(spread.central), f"children {said} on {written(when)}", note)
    line, measure, years = spend_in_all(tables, scenario)
    for year, spread in list(years.items())[:1]:
        label = f"{measure} spend{'' if line == TOTAL else f' on {line}'} in {year}, average"
        yield tile(pounds(spread.central), label, between(spread, pounds))


def children_in_all(tables: Mapping[str, Rows], scenario: str) -> dict[str, Range]:
    """Children in care at the opening and on each 31 March; nothing where they are hidden."""
    found = {
        row["date"]: row
        for row in tables.get("children", ())
        if row["scenario"] == scenario
        and row["measure"] == "children"
        and (row["age_band"], row["placement"], row["provider"]) == (ALL, ALL, ALL)
    }
    first = min(found, default="")
    kept = [when for when in found if when == first or when.endswith("03-31")]
    return {when: range_in(found[when], "p50") for when in kept if is_shown(found[when])}


def spend_in_all(tables: Mapping[str, Rows], scenario: str) -> tuple[str, str, dict[str, Range]]:
    """Which line of spend is shown, net or gross, and its average by year with its range."""
    rows = [row for row in tables.get("spend", ()) if row["scenario"] == scenario]
    measure = measure_shown(rows)
    for line in (TOTAL, SPEND_ON_CHILDREN):
        years = {
            row["financial_year"]: range_in(row, "mean")
            for row in rows
            if (row["line"], row["measure"]) == (line, f"{measure}_gbp") and is_shown(row)
        }
        if years:
            return line, measure, years
    return TOTAL, measure, {}


def is_shown(row: Mapping[str, str]) -> bool:
    """Whether a row's numbers are given."""
    return row["mean"] not in ("", HIDDEN)


def range_in(row: Mapping[str, str], middle: str) -> Range:
    """The central number of a row that is shown, and its range if it has one.

    >>> range_in({"mean": "8", "p10": "5", "p50": "7", "p90": "9"}, "p50")
    Range(central=7.0, low=5.0, high=9.0)
    >>> range_in({"mean": "8", "p10": "", "p50": "", "p90": ""}, "p50")
    Range(central=8.0, low=None, high=None)
    """
    low, high = (float(row[end]) if row[end] else None for end in ("p10", "p90"))
    return Range(float(row[middle] or row["mean"]), low, high)


def written(when: str) -> str:
    """A date of a table as it is written.

    >>> written("2024-03-31")
    '31 March 2024'
    """
    return long_date(date.fromisoformat(when))
