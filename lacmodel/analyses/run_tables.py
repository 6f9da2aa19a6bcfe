"""The tables of a run folder by which runs are compared: means over futures by month."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from lacmodel.area.actuals import next_month
from lacmodel.faults import Fault, InputFaults
from lacmodel.money.spend import LINES
from lacmodel.results import ALL
from lacmodel.run_files import AGAIN, RunManifest, manifest_of, of_both, table_path, table_rows

CAME: Final = ("entries", "re_entries", "delayed_entries")
LEFT: Final = "exits_"
MOVED: Final = ("breakdowns", "planned_moves", "closure_moves")
Rows = Sequence[Mapping[str, str]]
NEEDED: Final = {  # columns of words, of numbers and of dates
    "spend_by_month": (("line",), ("nights", "gross_gbp", "income_gbp"), ("month",)),
    "children": (("measure", "age_band", "placement", "provider"), ("mean",), ("date",)),
    "flows": (("flow",), ("mean",), ("date",)),
}


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
    runs, faults = of_both(old, new, read_run), []
    first, second = (run.manifest["area"] for run in runs)
    if first["code"] != second["code"]:
        rule = f"is a run of {second['name']}, and {old.name} is one of {first['name']}"
        faults.append(Fault(new, "", None, rule))
    if first["bases"] != second["bases"]:
        rule = "its prices hold other things (basis in unit_costs) than those of the old run"
        faults.append(Fault(new, "", ", ".join(second["bases"]), rule))
    if not faults and not set(runs[0].months) & set(runs[1].months):
        faults.append(Fault(new, "", None, f"has no month that {old.name} has"))
    if faults:
        raise InputFaults(faults)
    return runs


def read_run(folder: Path) -> Run:
    """The run of a folder, of one scenario, with every month that it needs.

    Raises
    ------
    InputFaults
        with every fault of its manifest, or else of its tables
    """
    manifest = manifest_of(folder, RunManifest)
    if len(manifest["scenarios"]) != 1:
        rule = "must be a run of one scenario, as lacmodel run writes it"
        raise InputFaults([Fault(folder, "", ", ".join(manifest["scenarios"]) or None, rule)])
    tables: dict[str, Rows] = {}
    faults: list[Fault] = []
    for name, columns in NEEDED.items():
        try:
            tables[name] = table_rows(folder, name, *columns)
        except InputFaults as error:
            faults += error.faults
        else:
            faults += _blanks(folder, name, tables[name])
    if faults:
        raise InputFaults(faults)
    run = run_of(folder, manifest, tables)
    if faults := list(_gaps(run)):
        raise InputFaults(faults)
    return run


def _blanks(folder: Path, name: str, rows: Rows) -> Iterator[Fault]:
    """Numbers that are compared and are blank, as only those may be that a run did not count."""
    _, numbers, _ = NEEDED[name]
    for line, row in enumerate(rows, start=2):
        for column in numbers:
            if not row[column] and _is_compared(name, row):
                rule = f"must not be blank; {AGAIN}"
                yield Fault(table_path(folder, name), f"line {line}: {column}", None, rule)


def _is_compared(name: str, row: Mapping[str, str]) -> bool:
    """Whether a row of a table is one by which runs are compared."""
    if name == "children":
        words = (row["age_band"], row["placement"], row["provider"])
        return row["measure"] == "children" and set(words) == {ALL}
    return name != "flows" or row["flow"] in (*CAME, *MOVED) or row["flow"].startswith(LEFT)


def _gaps(run: Run) -> Iterator[Fault]:
    """Lines of spend that nobody knows, and months of which a table says nothing."""
    known = {line.name for line in LINES}
    for name in sorted({line for _, line in run.money} - known):
        path, rule = table_path(run.folder, "spend_by_month"), f"is no line of spend; {AGAIN}"
        yield Fault(path, "line", name, rule)
    for name, found in (("children", run.children), ("flows", run.came), ("flows", run.left)):
        missing = [month for month in _throughout(run.months) if month not in found]
        if missing:
            rule = f"has no rows of {missing[0]:%B %Y}, of which spend_by_month has some; {AGAIN}"
            yield Fault(table_path(run.folder, name), "", None, rule)


def _throughout(months: Sequence[date]) -> Iterator[date]:
    """Every month from the first to the last of some."""
    month = months[0] if months else date.max
    while month <= max(months, default=date.min):
        yield month
        month = next_month(month)


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
        if _is_compared("children", row)
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
