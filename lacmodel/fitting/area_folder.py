"""Fitting the folder of an area to its published.csv."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from lacmodel.area import read_area
from lacmodel.area.write import csv_bytes, opening_rows, past_leaver_rows
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting import at_start
from lacmodel.fitting.first_year import at_todays_rates, unchanged_plan
from lacmodel.fitting.from_published import MATCH, match_shares_of
from lacmodel.fitting.local import AreaFit, fit_area
from lacmodel.fitting.published_figures import PublishedFigures, any_confirmed, read_published
from lacmodel.fitting.rates_today import rates_of_history
from lacmodel.parameters import read_tables, write_tables
from lacmodel.tables import Table

RATES: Final = "rates.csv"
MONTHS: Final = 12
YEARS_SAID: Final = 3  # ahead, of what a fit does to the forecast
ENGLANDS_FIGURES: Final = (
    "No figure of published.csv is the council's own (none says yes under confirmed), so rates and "
    "children stay as they follow from its totals; only how often own places suit a child was "
    "worked out again, from supply.csv. For newer totals, make the area again with lacmodel new."
)


def fit(folder: Path) -> str:
    """Fit an area from its published.csv, write its files, and say how well it went.

    Raises
    ------
    InputFaults
        if it is no folder with an area file
    """
    if not (folder / "area.toml").is_file():
        rule = "is not the folder of an area (with area.toml and published.csv), which fit reads"
        raise InputFaults([Fault(folder, "", None, rule)])
    figures, rates = read_published(folder), own_rates(folder)
    if rates and not any_confirmed(folder):
        write_tables(folder / RATES, rates | {MATCH: match_shares_of(figures)})
        return ENGLANDS_FIGURES
    before = expected_children(folder) if rates else None
    fitted = write_fit(folder, figures)
    lines = [moved(before, expected_children(folder)), ""] if before else []
    lines += ["| Published figure | Published | Modelled |", "|---|---:|---:|"]
    lines += [f"| {name} | {a:,.0f} | {b:,.1f} |" for name, a, b in fitted.compared]
    return "\n".join(lines)


def expected_children(folder: Path) -> dict[date, float]:
    """Children in care a year from the start, and later, if nothing changes: expected numbers."""
    period = (plan := unchanged_plan(read_area(folder), YEARS_SAID)).period
    children = run_stock_flow(plan).children[MONTHS::MONTHS].sum(axis=(1, 2, 3)).tolist()
    days_after = period.month_starts(period.months + 1)[MONTHS::MONTHS]
    return {day - timedelta(days=1): n for day, n in zip(days_after, children, strict=True)}


def moved(before: dict[date, float], after: dict[date, float]) -> str:
    """How the fit has moved what is expected."""
    said = [
        f"{children:,.0f} on {when.day} {when:%B %Y} ({before[when]:,.0f} before this fit)"
        for when, children in after.items()
    ]
    return f"Children expected in care if nothing changes: {', '.join(said)}."


def own_rates(folder: Path) -> dict[str, Table]:
    """The rates that an area's folder has already; none before its first fit."""
    path = folder / RATES
    return read_tables(path) if path.exists() else {}


def write_fit(folder: Path, figures: PublishedFigures) -> AreaFit:
    """Write opening.csv, past_leavers.csv and rates.csv of an area.

    Entry and exit rates are then set to those of today, where the history is long enough to say.

    Raises
    ------
    InputFaults
        for what is wrong in the other files of the area
    """
    fitted = fit_area(figures)
    opening = at_start.opening_rows(fitted.children, figures)
    left = at_start.past_leaver_rows(fitted.past_leavers)
    (folder / "opening.csv").write_bytes(csv_bytes(opening_rows(opening)))
    (folder / "past_leavers.csv").write_bytes(csv_bytes(past_leaver_rows(left)))
    write_tables(folder / RATES, fitted.tables)
    today = rates_of_history(figures)
    if today is not None:
        fitted.tables.update(at_todays_rates(read_area(folder), today))
        write_tables(folder / RATES, fitted.tables)
    return fitted
