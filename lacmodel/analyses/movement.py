"""Movement: why one run's spend differs from an earlier run's, to the penny.

Only months that both runs have are compared, and spend is before savings. By line, the old run
stands for the budget and the new one for the forecast (`lacmodel.money.monitor`); the volume is
parted by where children come from::

    nights(month) = days * (children at the first month + came - left before the month
                            + half of those who came and left in it) + rest

so that volume = children at the start + came + left + rest, each at the old run's average price.

That says how the change shows. What it comes of is told by `lacmodel.analyses.run_again`, where the
inputs of both runs are still what they were: the old run, then with the new run's scenario, then
with its rates too, and so on to the new run, in the same futures. Each step is parted as above, and
the steps add up to the change. Where inputs are gone or changed the tables alone are compared,
which cannot part refitted rates from other assumptions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.analyses.run_again import (
    CHILDREN,
    Inputs,
    Progress,
    Since,
    since,
    substitute,
)
from lacmodel.analyses.run_tables import Run, run_of
from lacmodel.area.actuals import next_month
from lacmodel.money.actuals import days_in
from lacmodel.money.budget import Budgeted
from lacmodel.money.monitor import Outlook, Parts, counts, nights_budgeted, variance_parts
from lacmodel.money.spend import LINES
from lacmodel.results import TidyTable
from lacmodel.timeline import financial_year

SETTINGS: Final = ("seed", "futures", "engine", "layers")


OLD_AGAIN: Final = "old run made again by this version"
NEW_AGAIN: Final = "new run made again by this version"
AGAIN: Final = (OLD_AGAIN, NEW_AGAIN)


class Volume(NamedTuple):
    """The volume by what it comes from, whole pennies."""

    at_start: int  # more or fewer children when the months compared begin
    came: int
    left: int
    rest: int  # when within a month children come and leave


@dataclass(frozen=True, slots=True)
class YearMovement:
    """A financial year's change in forecast net spend, whole pennies."""

    financial_year: str
    months: int
    old: int
    new: int
    volume: Volume
    parts: Parts  # of which the volume is that above
    lines: tuple[tuple[str, int, int, Parts], ...]  # line, old, new, parts
    of_inputs: tuple[tuple[str, "YearMovement"], ...] = ()  # what each group of inputs changes

    @property
    def change(self) -> int:
        """New less old."""
        return self.new - self.old


class SinceOldRun(NamedTuple):
    """What happened between the starts of both runs, and what the old run expected."""

    happened: Since
    came: Fraction
    left: Fraction
    moved: Fraction


@dataclass(frozen=True, slots=True)
class Movement:
    """Two runs of one area, and why their spend differs."""

    area: str
    old: Path
    new: Path
    years: tuple[YearMovement, ...]
    differ: tuple[str, ...]  # inputs and settings that differ, in words
    internal: bool
    why_not: tuple[str, ...] = ()  # why it cannot be told what the change comes of
    since: SinceOldRun | None = None


# The movement ------------------------------------------------------------------------------------


def movement(
    old: Run, new: Run, inputs: tuple[Inputs, Inputs] | None = None, progress: Progress = None
) -> Movement:
    """Why the new run's spend differs from the old one's, in each financial year.

    Parameters
    ----------
    inputs : those of both runs, to tell what the change comes of; without them the tables alone
        are compared
    """
    months = sorted(set(old.months) & set(new.months))
    years = [year_movement(old, new, some, months[0]) for some in by_year(months)]
    about = new.manifest["area"]["name"]
    internal = bool(old.manifest["internal"] or new.manifest["internal"])
    differ = tuple(differences(old.manifest, new.manifest))
    found = Movement(about, old.folder, new.folder, tuple(years), differ, internal)
    return told(found, old, new, inputs, progress) if inputs else found


def by_year(months: Sequence[date]) -> list[list[date]]:
    """Months by financial year."""
    labels = dict.fromkeys(financial_year(month) for month in months)
    return [[month for month in months if financial_year(month) == label] for label in labels]


def told(
    found: Movement, old: Run, new: Run, inputs: tuple[Inputs, Inputs], progress: Progress
) -> Movement:
    """The movement with what it comes of: runs with more and more of the new run's inputs."""
    steps = substitute(*inputs, progress)
    runs = [(OLD_AGAIN, old)]  # each with the name of what leads from it to the next
    for step, name in zip(steps, [*(step.name for step in steps[1:]), NEW_AGAIN], strict=True):
        tables = {table.name: rows_of(table) for table in step.tables.values()}
        runs.append((name, run_of(old.folder, old.manifest, tables)))
    runs.append(("", new))
    months = sorted(set(old.months) & set(new.months))
    expected = since(*inputs)
    here = None if expected is None else SinceOldRun(expected, *_expected(old, months[0]))
    years = []
    for year, some in zip(found.years, by_year(months), strict=True):
        parts = []
        for (name, before), (_, after) in pairwise(runs):
            gap = (here.happened.came - here.came, here.happened.left - here.left) if here else None
            known = gap if name.endswith(CHILDREN) else None
            parts.append((name, year_movement(before, after, some, months[0], known)))
        of_inputs = tuple(p for p in reversed(parts) if p[0] not in AGAIN or p[1].change)
        years.append(replace(year, of_inputs=of_inputs))
    return replace(found, years=tuple(years), since=here)


def rows_of(table: TidyTable) -> list[dict[str, str]]:
    """The rows of a table as they would be read from its file."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _expected(old: Run, first: date) -> tuple[Fraction, Fraction, Fraction]:
    """Who was expected to come, to leave and to move before a month."""
    return tuple(
        sum((number for month, number in flow.items() if month < first), Fraction(0))
        for flow in (old.came, old.left, old.moved)
    )  # type: ignore[return-value]


def year_movement(
    old: Run, new: Run, months: Sequence[date], first: date,
    known: tuple[Fraction, Fraction] | None = None,
) -> YearMovement:  # fmt: skip
    """One year's change.

    Parameters
    ----------
    first : the first month that both runs have
    known : how many more came and left before it than expected, if that is known
    """
    days = sum(map(days_in, months))
    lines, after = [], []
    for place, line in enumerate(LINES):
        was, now = _sum(old, months, line.name), _sum(new, months, line.name)
        average, price = float(was[0] / days), float(7 * was[1] / was[0]) if was[0] else 0.0
        lines.append(Budgeted(*line, (place,), average, price, _pence(was[1]), 0, _pence(was[2])))
        after.append(Outlook(now[0], _pence(now[1]), 0, _pence(now[2])))
    parts = variance_parts(lines, after, days)
    total = Parts(*(sum(part) for part in zip(*parts, strict=True)))
    gap = sum(
        (now.nights - nights_budgeted(line, days)
         for line, now in zip(lines, after, strict=True) if counts(line, now)),
        Fraction(0),
    )  # fmt: skip
    shown = tuple(
        (line.line, line.net, now.net, split)
        for line, now, split in zip(lines, after, parts, strict=True)
        if line.gross or now.gross or line.income or now.income
    )
    return YearMovement(
        financial_year(months[0]), len(months),
        sum(line.net for line in lines), sum(now.net for now in after),
        _volume(total.volume, gap, _sources(old, new, months, first, known)), total, shown,
    )  # fmt: skip


def _sum(run: Run, months: Sequence[date], line: str) -> tuple[Fraction, ...]:
    """Nights, gross and income of some months of a line."""
    nothing = (Fraction(0),) * 3
    found = [run.money.get((month, line), nothing) for month in months]
    return tuple(sum(part, Fraction(0)) for part in zip(*found, strict=True))


def _pence(pounds: Fraction) -> int:
    return round(pounds * 100)


def _sources(
    old: Run, new: Run, months: Sequence[date], first: date,
    known: tuple[Fraction, Fraction] | None,
) -> tuple[Fraction, Fraction, Fraction]:  # fmt: skip
    """More nights from children at the start, who came, and who left (a minus: more left)."""
    at_start = came = left = Fraction(0)
    came_before, left_before = known or (Fraction(0), Fraction(0))
    gap_at_start = new.children[first] - old.children[first] - came_before + left_before
    for month in months:
        days = days_in(month)
        at_start += gap_at_start * days
        came += (came_before + _gap(old.came, new.came, first, month)) * days
        left -= (left_before + _gap(old.left, new.left, first, month)) * days
    return at_start, came, left


def _gap(
    old: Mapping[date, Fraction], new: Mapping[date, Fraction], first: date, month: date
) -> Fraction:
    """More or fewer since the first month, with half of those in the month itself."""
    gap, at = (new[month] - old[month]) / 2, first
    while at < month:
        gap += new[at] - old[at]
        at = next_month(at)
    return gap


def _volume(pence: int, gap: Fraction, sources: Sequence[Fraction]) -> Volume:
    """The volume in proportion to nights; running totals are rounded, so that it adds up."""
    if not gap:
        return Volume(0, 0, 0, pence)
    so_far, given, made = Fraction(0), 0, []
    for nights in sources:
        so_far += nights
        amount = round(pence * so_far / gap) - given
        given += amount
        made.append(amount)
    at_start, came, left = made
    return Volume(at_start, came, left, pence - given)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Inputs, changes of the scenario and settings in which two runs differ."""
    found = []
    first, second = old["inputs_sha256"], new["inputs_sha256"]
    for name in sorted({*first, *second}):
        if first.get(name) != second.get(name):
            how = "is new" if name not in first else "is gone" if name not in second else "differs"
            found.append(f"input {name} {how}")
    (was,), (now,) = old["scenarios"].values(), new["scenarios"].values()
    before, after = ([dict(c) for c in each.get("changes", [])] for each in (was, now))
    gone = [_named(change) for change in before if change not in after]
    come = [_named(change) for change in after if change not in before]
    found += [f"change altered: {name}" for name in gone if name in come]
    found += [f"change taken out: {name}" for name in gone if name not in come]
    found += [f"change put in: {name}" for name in come if name not in gone]
    starts = old["area"]["start"], new["area"]["start"]
    if starts[0] != starts[1]:
        found.append(f"the old run begins on {starts[0]}, the new one on {starts[1]}")
    for name in SETTINGS:
        if old[name] != new[name]:
            found.append(f"{name}: {old[name]} in the old run, {new[name]} in the new one")
    versions = old["versions"]["lacmodel"], new["versions"]["lacmodel"]
    if versions[0] != versions[1]:
        found.append(f"lacmodel {versions[0]} in the old run, {versions[1]} in the new one")
    return found


def _named(change: Mapping[str, Any]) -> str:
    return str(change.get("name") or change.get("lever", "a change").replace("_", " "))


PART_NAMES: Final[dict[str, Callable[[YearMovement], int]]] = {
    "more or fewer children in care at the start": lambda year: year.volume.at_start,
    "more or fewer children coming into care": lambda year: year.volume.came,
    "more or fewer children leaving care": lambda year: year.volume.left,
    "coming and leaving earlier or later in a month": lambda year: year.volume.rest,
    "children moved to dearer or cheaper kinds of placement": lambda year: year.parts.mix,
    "price of the same kinds of placement": lambda year: year.parts.price,
    "adults staying on, services and fixed costs": lambda year: year.parts.fixed,
    "income": lambda year: year.parts.income,
}


def shows(year: YearMovement) -> dict[str, int]:
    """How a year's change shows, pennies: the sum over its steps, or at once where none is told."""
    steps = [each for _, each in year.of_inputs] or [year]
    return {name: sum(part(step) for step in steps) for name, part in PART_NAMES.items()}


def movement_tables(found: Movement) -> list[TidyTable]:
    """The movement by cause and by line; each adds up to the change."""
    causes, lines = [], []
    for year in found.years:
        head = (year.financial_year, str(year.months))
        named = [("old run", year.old)]
        named += shows(year).items()
        named += [("new run", year.new), ("change", year.change)]
        causes += [(*head, name, f"{amount / 100:.2f}") for name, amount in named]
        for name, old, new, parts in year.lines:
            amounts = (old, new, new - old, *parts[:5])
            lines.append((*head, name, *(f"{amount / 100:.2f}" for amount in amounts)))
    columns = ("financial_year", "months")
    inputs = [
        (year.financial_year, str(year.months), name, f"{each.change / 100:.2f}",
         *(f"{part(each) / 100:.2f}" for part in PART_NAMES.values()))
        for year in found.years
        for name, each in year.of_inputs
    ]  # fmt: skip
    by_input = (*columns, "what_changed", "change_gbp", *map(_column, PART_NAMES))
    money = ("old_gbp", "new_gbp", "change_gbp", *(f"{name}_gbp" for name in Parts._fields[:5]))
    return [
        TidyTable("movement", (*columns, "cause", "net_gbp"), tuple(causes)),
        TidyTable("movement_by_line", (*columns, "line", *money), tuple(lines)),
        *([TidyTable("movement_by_input", by_input, tuple(inputs))] if inputs else []),
    ]


def _column(name: str) -> str:
    return f"{name.replace(',', '').replace(' ', '_')}_gbp"
