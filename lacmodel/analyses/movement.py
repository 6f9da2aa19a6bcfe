"""Movement: why one run's spend differs from an earlier run's, from the tables of both folders.

Only months that both runs have are compared. By line, the old run stands for the budget and the new
one for the forecast (`lacmodel.money.monitor`); the volume is parted by where children come from::

    nights(month) = days * (children at the first month + came - left before the month
                            + half of those who came and left in it) + rest

so that volume = children at the start + came + left + rest, each at the old run's average price.
The parts add up to the penny. Tables cannot part refitted rates from other assumptions: both show
in who comes, leaves and moves, beside a list of the inputs that differ.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.area.actuals import next_month
from lacmodel.faults import Fault, InputFaults
from lacmodel.money.actuals import days_in
from lacmodel.money.budget import Budgeted
from lacmodel.money.monitor import Outlook, Parts, counts, nights_budgeted, variance_parts
from lacmodel.money.spend import LINES
from lacmodel.results import ALL, TidyTable
from lacmodel.timeline import financial_year

CAME: Final = ("entries", "re_entries", "delayed_entries")
LEFT: Final = "exits_"
NEEDED: Final = ("spend_by_month", "children", "flows")
SETTINGS: Final = ("seed", "futures", "engine", "layers")


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

    @property
    def change(self) -> int:
        """New less old."""
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Movement:
    """Two runs of one area, and why their spend differs."""

    area: str
    old: Path
    new: Path
    years: tuple[YearMovement, ...]
    differ: tuple[str, ...]  # inputs and settings that differ, in words
    internal: bool


@dataclass(frozen=True, slots=True)
class Run:
    """What a run's folder says, means over futures."""

    folder: Path
    manifest: dict[str, Any]
    money: dict[tuple[date, str], tuple[Fraction, Fraction, Fraction]]  # nights, gross, income
    children: dict[date, Fraction]  # in care on the first day of a month
    came: dict[date, Fraction]  # in a month
    left: dict[date, Fraction]

    @property
    def months(self) -> list[date]:
        """The months that it covers."""
        return sorted({month for month, _ in self.money})


# Reading -----------------------------------------------------------------------------------------


def read_runs(old: Path, new: Path) -> tuple[Run, Run]:
    """Two run folders that can be compared.

    Raises
    ------
    InputFaults
        with everything that keeps them from being compared
    """
    faults: list[Fault] = []
    manifests = [_manifest(folder, faults) for folder in (old, new)]
    if faults:
        raise InputFaults(faults)
    first, second = (made["area"] for made in manifests)
    if first["code"] != second["code"]:
        rule = f"is a run of {second['name']}, and {old.name} is one of {first['name']}"
        faults.append(Fault(new, "", None, rule))
    if first["bases"] != second["bases"]:
        rule = "its prices hold other things (basis in unit_costs) than those of the old run"
        faults.append(Fault(new, "", ", ".join(second["bases"]), rule))
    if faults:
        raise InputFaults(faults)
    runs = _run(old, manifests[0]), _run(new, manifests[1])
    if not set(runs[0].months) & set(runs[1].months):
        raise InputFaults([Fault(new, "", None, f"has no month that {old.name} has")])
    return runs


def _manifest(folder: Path, faults: list[Fault]) -> dict[str, Any]:
    """The manifest of a run of one scenario, whose tables are there."""
    try:
        made = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = {}
    rule = ""
    if not isinstance(made, dict) or "versions" not in made:
        rule = "is not the folder of a run"
    elif made.get("published"):
        rule = "is published, and its numbers are suppressed; use the run that it was made of"
    elif len(made["scenarios"]) != 1 or "area" not in made:
        rule = "must be a folder that lacmodel run of this version wrote, of one scenario"
    else:
        missing = [name for name in NEEDED if not (folder / "tables" / f"{name}.csv").is_file()]
        rule = f"has no table {' or '.join(missing)}" if missing else ""
    if rule:
        faults.append(Fault(folder, "", None, rule))
    return made if isinstance(made, dict) else {}


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _run(folder: Path, manifest: dict[str, Any]) -> Run:
    money = {
        (date.fromisoformat(row["month"]), row["line"]): (
            Fraction(row["nights"]), Fraction(row["gross_gbp"]), Fraction(row["income_gbp"])
        )
        for row in _rows(folder, "spend_by_month")
    }  # fmt: skip
    children = {
        next_month(_first(row["date"])): Fraction(row["mean"])
        for row in _rows(folder, "children")
        if row["measure"] == "children"
        and {row["age_band"], row["placement"], row["provider"]} == {ALL}
    }
    came: dict[date, Fraction] = {}
    left: dict[date, Fraction] = {}
    for row in _rows(folder, "flows"):
        month, number = _first(row["date"]), Fraction(row["mean"])
        if row["flow"] in CAME:
            came[month] = came.get(month, Fraction(0)) + number
        elif row["flow"].startswith(LEFT):
            left[month] = left.get(month, Fraction(0)) + number
    return Run(folder, manifest, money, children, came, left)


def _first(day: str) -> date:
    return date.fromisoformat(day).replace(day=1)


# The movement ------------------------------------------------------------------------------------


def movement(old: Run, new: Run) -> Movement:
    """Why the new run's spend differs from the old one's, in each financial year."""
    months = sorted(set(old.months) & set(new.months))
    labels = dict.fromkeys(financial_year(month) for month in months)
    years = [
        year_movement(old, new, [m for m in months if financial_year(m) == label], months[0])
        for label in labels
    ]
    about = new.manifest["area"]["name"]
    internal = bool(old.manifest["internal"] or new.manifest["internal"])
    differ = tuple(differences(old.manifest, new.manifest))
    return Movement(about, old.folder, new.folder, tuple(years), differ, internal)


def year_movement(old: Run, new: Run, months: Sequence[date], first: date) -> YearMovement:
    """One year's change; ``first`` is the first month that both runs have."""
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
        _volume(total.volume, gap, _sources(old, new, months, first)), total, shown,
    )  # fmt: skip


def _sum(run: Run, months: Sequence[date], line: str) -> tuple[Fraction, ...]:
    """Nights, gross and income of some months of a line."""
    nothing = (Fraction(0),) * 3
    found = [run.money.get((month, line), nothing) for month in months]
    return tuple(sum(part, Fraction(0)) for part in zip(*found, strict=True))


def _pence(pounds: Fraction) -> int:
    return round(pounds * 100)


def _sources(
    old: Run, new: Run, months: Sequence[date], first: date
) -> tuple[Fraction, Fraction, Fraction]:
    """More nights from children at the start, who came, and who left (a minus: more left)."""
    at_start = came = left = Fraction(0)
    gap_at_start = new.children[first] - old.children[first]
    for month in months:
        days = days_in(month)
        at_start += gap_at_start * days
        came += _gap(old.came, new.came, first, month) * days
        left -= _gap(old.left, new.left, first, month) * days
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
    found += [f"change taken out: {_named(c)}" for c in before if c not in after]
    found += [f"change put in: {_named(c)}" for c in after if c not in before]
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
    return str(change.get("name") or change.get("lever", "a change"))


PART_NAMES: Final[dict[str, Callable[[YearMovement], int]]] = {
    "children at the start": lambda year: year.volume.at_start,
    "children who came": lambda year: year.volume.came,
    "children who left": lambda year: year.volume.left,
    "when in a month (rest)": lambda year: year.volume.rest,
    "children who moved (mix)": lambda year: year.parts.mix,
    "prices": lambda year: year.parts.price,
    "fixed and other": lambda year: year.parts.fixed,
    "income": lambda year: year.parts.income,
}


def movement_tables(found: Movement) -> list[TidyTable]:
    """The movement by cause and by line; each adds up to the change."""
    causes, lines = [], []
    for year in found.years:
        head = (year.financial_year, str(year.months))
        named = [("old run", year.old)]
        named += [(name, part(year)) for name, part in PART_NAMES.items()]
        named += [("new run", year.new), ("change", year.change)]
        causes += [(*head, name, f"{amount / 100:.2f}") for name, amount in named]
        for name, old, new, parts in year.lines:
            amounts = (old, new, new - old, *parts[:5])
            lines.append((*head, name, *(f"{amount / 100:.2f}" for amount in amounts)))
    columns = ("financial_year", "months")
    money = ("old_gbp", "new_gbp", "change_gbp", *(f"{name}_gbp" for name in Parts._fields[:5]))
    return [
        TidyTable("movement", (*columns, "cause", "net_gbp"), tuple(causes)),
        TidyTable("movement_by_line", (*columns, "line", *money), tuple(lines)),
    ]
