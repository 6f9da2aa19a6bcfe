"""Fitting the folder of an area to its published.csv."""

from pathlib import Path

from lacmodel.area import read_area
from lacmodel.area.write import csv_bytes, opening_rows, past_leaver_rows
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting import at_start
from lacmodel.fitting.first_year import at_todays_rates
from lacmodel.fitting.local import AreaFit, fit_area
from lacmodel.fitting.published_figures import PublishedFigures, read_published
from lacmodel.fitting.rates_today import rates_of_history
from lacmodel.parameters import write_tables


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
    fitted = write_fit(folder, read_published(folder))
    lines = ["| Published figure | Published | Modelled |", "|---|---:|---:|"]
    lines += [f"| {name} | {a:,.0f} | {b:,.1f} |" for name, a, b in fitted.compared]
    return "\n".join(lines)


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
    write_tables(folder / "rates.csv", fitted.tables)
    today = rates_of_history(figures)
    if today is not None:
        fitted.tables.update(at_todays_rates(read_area(folder), today))
        write_tables(folder / "rates.csv", fitted.tables)
    return fitted
