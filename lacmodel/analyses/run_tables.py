"""The tables of a run folder by which runs are compared: means over futures by month."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from lacmodel.area.actuals import next_month
from lacmodel.faults import Fault, InputFaults
from lacmodel.results import ALL

CAME: Final = ("entries", "re_entries", "delayed_entries")
LEFT: Final = "exits_"
MOVED: Final = ("breakdowns", "planned_moves", "closure_moves")
Rows = Sequence[Mapping[str, str]]
NEEDED: Final = ("spend_by_month", "children", "flows")


@dataclass(frozen=True, slots=True)
class Run:
    """What a run's folder says, means over futures."""

    folder: Path
    manifest: dict[str, Any]
    money: dict[tuple[date, str], tuple[Fraction, Fraction, Fraction]]  # nights, gross, income
    children: dict[date, Fraction]  # in care on the first day of a month
    came: dict[date, Fraction]  # in a month
    left: dict[date, Fraction]
    moved: dict[date, Fraction]

    @property
    def months(self) -> list[date]:
        """The months that it covers."""
        return sorted({month for month, _ in self.money})


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
    return run_of(folder, manifest, {name: _rows(folder, name) for name in NEEDED})


def run_of(folder: Path, manifest: dict[str, Any], tables: Mapping[str, Rows]) -> Run:
    """A run by the rows of its tables."""
    money = {
        (date.fromisoformat(row["month"]), row["line"]): (
            Fraction(row["nights"]), Fraction(row["gross_gbp"]), Fraction(row["income_gbp"])
        )
        for row in tables["spend_by_month"]
    }  # fmt: skip
    children = {
        next_month(_first(row["date"])): Fraction(row["mean"])
        for row in tables["children"]
        if row["measure"] == "children"
        and {row["age_band"], row["placement"], row["provider"]} == {ALL}
    }
    came, left, moved = (
        _flow(tables["flows"], lambda name: name in CAME),
        _flow(tables["flows"], lambda name: name.startswith(LEFT)),
        _flow(tables["flows"], lambda name: name in MOVED),
    )
    return Run(folder, manifest, money, children, came, left, moved)


def _flow(rows: Rows, meant: Callable[[str], bool]) -> dict[date, Fraction]:
    """Children a month of some flows together."""
    found: dict[date, Fraction] = {}
    for row in rows:
        if meant(row["flow"]):
            month = _first(row["date"])
            found[month] = found.get(month, Fraction(0)) + Fraction(row["mean"])
    return found


def _first(day: str) -> date:
    return date.fromisoformat(day).replace(day=1)
