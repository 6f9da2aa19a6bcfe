"""The report of a plan of places: what to add, and what it does on fresh futures."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.additions import MET
from lacmodel.analyses.forecast import Range, money_range
from lacmodel.analyses.places_plan import PlacesPlan
from lacmodel.analyses.sufficiency import Sufficiency, empty_pounds
from lacmodel.money.spend import net_by_year
from lacmodel.report.answer_book import Answer, Plot, answer_book
from lacmodel.report.avoidance_words import as_bullets
from lacmodel.report.grounds import METHOD, what_it_rests_on
from lacmodel.report.html import bullets, page, paragraph, section, table, tile
from lacmodel.report.run_folder import manifest
from lacmodel.report.screen import screen
from lacmodel.report.sufficiency_words import NEED_COLUMNS, need_rows, scope_label, share_words
from lacmodel.report.summary import as_text, doubts, markdown_table
from lacmodel.report.words import long_date, pounds, signed
from lacmodel.report.workbook import WORKBOOK
from lacmodel.report.write import write_folder
from lacmodel.results import QUANTILE_COLUMNS, TidyTable, number, user_text
from lacmodel.scenario.amended import amendment_text

PLAN_FILE: Final = "plan.toml"
LOT_COLUMNS: Final = ("Places for", "Opens", "Places", "Capital")
TRIAL_COLUMNS: Final = (
    "Places for", "Financial year", "Places added so far", "Days short without",
    "Days short with", "Standard error", "Target",
)  # fmt: skip
SPEND_COLUMNS: Final = (
    "Financial year", "Net spend without", "With", "Difference", "Difference, empty places charged",
)  # fmt: skip
EMPTY: Final = (
    "Net spend leaves capital and the council's own empty places out, but for a fixed cost that "
    "the area states; the last column charges every empty place of its homes and units at the full "
    "price, as options and business-case do. With and without the plan are run on the same fresh "
    "futures, not those of the search; amounts are averages, and ranges hold eight of ten paired "
    "differences."
)
BASIS: Final = (
    "The search weighs the price of an own place, full or empty, and its capital as an annuity "
    "over 20 years at 3.5%, against the price of external placements on the days on which the "
    "place is needed. It takes every place to suit the next child; the runs below do not."
)


def write_plan(folder: Path, answer: PlacesPlan) -> None:
    """Write the folder of a plan, with its scenario file."""
    base = answer.base
    made = manifest([(base, answer.before.plan)], answer.after.result.ensemble)
    made["question"] = {"command": "plan", **answer.terms._asdict()}
    title, question = f"Planned places: {base.title}"[:200], question_of(answer)
    text = amendment_text(base.path, folder, title, question, answer.changes)
    words, html = plan_summary(answer), plan_page(answer, made)
    plan = answer.before.plan
    heading = f"{plan.title}: which places to add"
    said = [
        ("Days short", TRIAL_COLUMNS, trial_rows(answer)),
        ("Net spend", SPEND_COLUMNS, spend_rows(answer)),
    ]
    table, lines, method = plan_table(answer), answer_lines(answer), (BASIS, EMPTY, *METHOD)
    changes = net_change(answer).mean(axis=0)
    years = [year.label for year in answer.before.years]
    rows = list(zip(years, map(float, changes), strict=True))
    plot = Plot("Change in net spend, average", "pounds", "financial year", rows)
    book = answer_book(Answer(heading, question, lines, said, [table], made, plan, method, plot))
    files = {PLAN_FILE: text.encode(), WORKBOOK: book}
    write_folder(folder, [table], words, html, made, files)


def plan_headline(answer: PlacesPlan, folder: Path) -> list[str]:
    """What is printed."""
    written = f"Written to {folder}: {PLAN_FILE}, report.html, workbook.xlsx, summary.md, tables/."
    return [*answer_lines(answer), written]


def answer_lines(answer: PlacesPlan) -> list[str]:
    """What to add, whether it meets the target on fresh futures, and what it does to spend."""
    return [added_line(answer), met_line(answer), spend_line(answer), turned_line(answer)]


def places_added(answer: PlacesPlan) -> list[str]:
    """How many places are added, sort by sort."""
    last = answer.additions.places[:, -1]
    return [
        f"{places} {'place' if places == 1 else 'places'} of {scope_label(scope)}"
        for scope, places in zip(answer.sorts, last, strict=True)
        if places
    ]


def question_of(answer: PlacesPlan) -> str:
    """What the scenario with the places asks."""
    terms, parts = answer.terms, "; ".join(places_added(answer)) or "no more places"
    return (
        f"What would these places of the council's own change: {parts}? Found as the least cost "
        f"within capital of {pounds(terms.capital)}, short on no more than {terms.target:.0%} of "
        "days where the capital reaches."
    )


def added_line(answer: PlacesPlan) -> str:
    """What to add."""
    parts = places_added(answer)
    limit = f"of {pounds(answer.terms.capital)}"
    if not parts:
        return f"Plan: add no places; none is needed, or none within capital {limit}."
    return f"Plan: add {'; '.join(parts)}, for {pounds(answer.additions.capital_gbp)} {limit}."


def met_line(answer: PlacesPlan) -> str:
    """Whether the target is met."""
    target = f"{answer.terms.target:.0%} of days"
    worst = float(answer.trial.share.max())
    futures = len(answer.before.result.ensemble.futures)
    if answer.terms.target >= 1.0:
        return "No target of shortage was set: cost alone decided, within the capital."
    if answer.additions.decided_by != MET:
        return (
            f"The target is not met: the capital does not pay for enough places to be short on no "
            f"more than {target}. With the places that it does pay for, chosen for the fewest days "
            f"and children without one, the worst sort is still short on {share_words(worst)} of "
            f"days ({futures:,} fresh futures)."
        )
    sort, year = np.unravel_index(answer.trial.share.argmax(), answer.trial.share.shape)
    where = f"{scope_label(answer.sorts[sort])} in {answer.years[year].label}"
    if answer.confirmed:
        return (
            f"Confirmed on {futures:,} fresh futures: short on no more than {target}, within the "
            f"error of the futures; most in {where}, {share_words(worst)}."
        )
    return (
        f"Not confirmed: on {futures:,} fresh futures the target of {target} is not met for "
        f"{where}, which is short on {share_words(worst)}; search with more --futures."
    )


def spend_line(answer: PlacesPlan) -> str:
    """What the additions do to spend in the last year."""
    year, without, with_, gap, charged = spend_rows(answer)[-1]
    return (
        f"Net spend in {year}: {gap} with the plan (averages: {with_} instead of {without}), "
        f"capital and empty places apart; {charged} once every empty place of the council's own "
        "homes and units is charged at its full price. Both on the same fresh futures."
    )


def turned_line(answer: PlacesPlan) -> str:
    """Who finds no free and suitable place, before and after."""
    year = answer.years[-1]
    parts = []
    for at, scope in enumerate(answer.before.scopes):
        if scope in answer.sorts:
            shares = [away(run, at, year.months) for run in (answer.before, answer.after)]
            said = f"{share_words(shares[0])} to {share_words(shares[1])}"
            parts.append(f"from {said} for {scope_label(scope)}")
    return f"Turned away in {year.label} (none free, or none that suits): {'; '.join(parts)}."


def away(run: Sufficiency, scope: int, months: slice) -> float:
    """The share of placements sought that found no free and suitable place, over all futures."""
    sought = run.use.sought[:, months, scope].sum(axis=(0, 1))
    return float(sought[-1] / sought[0]) if sought[0] else 0.0


def lot_rows(answer: PlacesPlan) -> list[tuple[str, ...]]:
    """Every lot of places that opens."""
    rows: list[tuple[str, ...]] = []
    for at, scope in enumerate(answer.sorts):
        for when, places in zip(answer.opens, answer.additions.opened[at], strict=True):
            if places:
                capital = pounds(float(places) * answer.buildings[at].gbp_per_place)
                rows.append((scope_label(scope), long_date(when), str(places), capital))
    return rows


def trial_rows(answer: PlacesPlan) -> list[tuple[str, ...]]:
    """Days short with and without, on fresh futures."""
    return [
        (
            scope_label(scope), year.label, str(answer.additions.places[at, number]),
            share_words(answer.without[at, number]), share_words(answer.trial.share[at, number]),
            f"{answer.trial.error[at, number]:.1%}", f"{answer.terms.target:.0%}",
        )
        for at, scope in enumerate(answer.sorts)
        for number, year in enumerate(answer.years)
    ]  # fmt: skip


def spend_rows(answer: PlacesPlan) -> list[tuple[str, ...]]:
    """Net spend with and without, paired, and what empty places add to the difference."""
    before, after = (net_by_year(run.result.money) for run in (answer.before, answer.after))
    rows: list[tuple[str, ...]] = []
    for at, year in enumerate(answer.before.years):
        without, with_ = (pounds(float(part[:, at].mean())) for part in (before, after))
        empty = empty_pounds(answer.after, year) - empty_pounds(answer.before, year)
        gaps = (after[:, at] - before[:, at], after[:, at] - before[:, at] + empty)
        shown = (signed_range(money_range(gap, False)) for gap in gaps)
        rows.append((year.label, without, with_, *shown))
    return rows


def net_change(answer: PlacesPlan) -> NDArray[np.float64]:
    """Net spend with the plan less that without: shape (future, year), pounds."""
    return net_by_year(answer.after.result.money) - net_by_year(answer.before.result.money)


def signed_range(spread: Range) -> str:
    """A change and its range, each with its sign.

    >>> signed_range(Range(-1e6, -2e6, 5e5))
    '-£1.0 million (-£2.0 million to +£500,000)'
    """
    low, central, high = (
        signed(end, pounds(end)) if end is not None else ""
        for end in (spread.low, spread.central, spread.high)
    )
    return f"{central} ({low} to {high})" if low else central


def plan_table(answer: PlacesPlan) -> TidyTable:
    """Places and shortage by sort and year."""
    columns = (
        "scenario", "financial_year", "placement", "ages", "groups", "levels", "measure", "unit",
        *QUANTILE_COLUMNS[:1],
    )  # fmt: skip
    rows = []
    for at, scope in enumerate(answer.sorts):
        for number_, year in enumerate(answer.years):
            head = (user_text(answer.base.name), year.label, *scope)
            shares = (answer.without, answer.trial.share, answer.trial.error)
            names = ("without", "with", "standard_error")
            rows.append(
                (*head, "places_added", "places", str(answer.additions.places[at, number_]))
            )
            for name, values in zip(names, shares, strict=True):
                share = number(float(values[at, number_]), 4)
                rows.append((*head, f"shortage_days_share_{name}", "share of days", share))
    return TidyTable("plan", columns, tuple(rows))


def plan_summary(answer: PlacesPlan) -> str:
    """The answer on a page, in Markdown."""
    parts = [
        f"# {answer.base.title}: which places to add",
        as_bullets(answer_lines(answer)),
        doubts(answer.after.result),
        markdown_table(LOT_COLUMNS, lot_rows(answer)),
        BASIS,
        EMPTY,
        "## Tried on fresh futures",
        markdown_table(TRIAL_COLUMNS, trial_rows(answer)),
        markdown_table(SPEND_COLUMNS, spend_rows(answer)),
        "## Assumed, and not confirmed by any source",
        as_bullets([*sorted({each.source for each in answer.buildings}),
                    *answer.after.plan.notes, *answer.after.plan.area.assumptions]),
    ]  # fmt: skip
    return as_text("\n\n".join(parts) + "\n")


def plan_page(answer: PlacesPlan, made: Mapping[str, Any]) -> str:
    """The report."""
    said, plan = answer_lines(answer), answer.before.plan
    tiles = [
        tile(str(int(places)), f"places for {scope_label(scope)}")
        for scope, places in zip(answer.sorts, answer.additions.places[:, -1], strict=True)
    ]
    lots = table(LOT_COLUMNS, lot_rows(answer), "Places that open")
    basis = paragraph(f"{BASIS} {EMPTY}", "note")
    sources = sorted({each.source for each in answer.buildings})
    body = [
        section("What to add", "lots", lots, basis, bullets(sources)),
        section(
            "Tried on fresh futures", "trial",
            table(TRIAL_COLUMNS, trial_rows(answer), "Days short, on futures not searched"),
            table(SPEND_COLUMNS, spend_rows(answer), "Net spend, future by future"),
        ),
        section("Need", "need", table(NEED_COLUMNS, need_rows(answer.after), "With the plan")),
        *what_it_rests_on(answer.after.result, made),
    ]  # fmt: skip
    sections = "".join(body)
    asked = replace(plan, title=f"{plan.title}: which places to add", question=question_of(answer))
    first = screen(asked, "".join(map(paragraph, said[:2])), tiles, bullets(said[2:]), sections)
    return page(f"{asked.title} ({plan.area.name})", first + sections)
