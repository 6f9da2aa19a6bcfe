"""Targets: England's published figures that the national factors are held against."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lacmodel.parameters import national_folder


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure."""

    table: str
    place: str
    value: float
    unit: str
    tolerance: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class FitRow:
    """A published figure beside what the national factors give."""

    name: str
    published: float
    modelled: float
    unit: str
    tolerance: str
    source: str

    @property
    def difference(self) -> float:
        """Modelled less published: in per cent of it, or in points for a percentage.

        >>> round(FitRow("stock", 200.0, 210.0, "children", "5 %", "").difference, 6)
        5.0
        """
        if self.unit.startswith("%"):
            return self.modelled - self.published
        return 100 * (self.modelled / self.published - 1)

    @property
    def difference_words(self) -> str:
        """The difference with its sign and its unit; nought has no sign.

        >>> FitRow("stock", 200.0, 210.0, "children", "5 %", "").difference_words
        '+5.0 %'
        >>> FitRow("leavers", 13.0, 12.99, "% of leavers", "3 points", "").difference_words
        '0.0 points'
        """
        rounded = round(self.difference, 1)
        unit = "points" if self.unit.startswith("%") else "%"
        return f"{rounded:+.1f} {unit}" if rounded else f"0.0 {unit}"

    @property
    def holds(self) -> bool:
        """Whether the difference is within the tolerance, if one is set."""
        if self.tolerance == "not set":
            return True
        return abs(self.difference) <= float(self.tolerance.split()[0])


def read_targets(path: Path | None = None) -> tuple[Target, ...]:
    """The published tables that the fit is held against."""
    with (path or national_folder() / "targets.csv").open(encoding="utf-8") as file:
        return tuple(
            Target(
                row["table"], row["place"], float(row["value"]), row["unit"], row["tolerance"],
                row["source"], row["confirmed"] == "yes",
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def scale_of(target: Target) -> float:
    """What counts as one residual: a third of the tolerance; an unset tolerance is loose."""
    if target.tolerance == "not set":
        return 5.0 if target.unit.startswith("%") else 0.10
    amount = float(target.tolerance.split()[0]) / 3
    return amount if target.unit.startswith("%") else amount / 100


def fit_table(rows: Sequence[FitRow]) -> str:
    """Published against modelled, as a table in Markdown."""
    lines = [
        "| England, year ending 31 March 2022 | Published | Modelled | Difference | Allowed |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        points = row.unit.startswith("%")
        digits = 0 if row.published >= 50 and not points else 2 if row.published < 5 else 1
        lines.append(
            f"| {row.name} ({row.unit}) | {row.published:,.{digits}f} "
            f"| {row.modelled:,.{digits}f} | {row.difference_words} | {row.tolerance} |"
        )
    return "\n".join(lines)
