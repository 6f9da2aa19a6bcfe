"""Commands that simulate: `run` and `compare`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from lacmodel.analyses.side_by_side import read_all
from lacmodel.cli.options import (
    ENGINES,
    LIST_OPTIONS,
    OUTPUTS,
    RUN_OPTIONS,
    SCENARIO_FILE,
    Pounds,
    Whole,
    check_folder,
    counting,
    list_given,
    read_numbers,
    say,
    several_name,
)


@click.command()
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
@LIST_OPTIONS
@click.option(
    "--future",
    "only",
    type=Whole(such_as="17"),
    default=None,
    metavar="K",
    help="Simulate this one future alone, as it was in a run of --futures: one course of events, "
    "without ranges, in a folder of its own.",
)
@click.option(
    "--spells",
    callback=read_numbers,
    default="",
    metavar="K,K",
    help="Write the spells of these futures as Parquet as well.",
)
@click.option(
    "--high-cost",
    type=Pounds(1, such_as="£10,000 or £10k"),
    default=10_000.0,
    show_default=True,
    metavar="£",
    help="Price a week at and above which a placement is of high cost.",
)
@click.option(
    "--tables-only",
    is_flag=True,
    help="Write tables and summary alone: no report, workbook or documents.",
)
def run(
    scenario: Path,
    out: Path | None,
    quiet: bool,
    spells: tuple[int, ...],
    listed: Path | None,
    as_at: date | None,
    ignore_ends: bool,
    high_cost: float,
    tables_only: bool,
    **settings: Any,
) -> None:
    """How many children, where and at what cost, as SCENARIO has it."""
    from lacmodel.analyses.reasons import plans_without, without_reasons
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.analyses.todays_list import forecast_of_list, list_tables, tries
    from lacmodel.listed import area_today
    from lacmodel.planning import make_plan
    from lacmodel.report.spells import SPELLS, check_spells, parquet, spells_of
    from lacmodel.report.summary import headline_lines
    from lacmodel.report.write import write_forecast
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    alone = "" if chosen.only is None else f"-future-{chosen.only}"
    folder = out or OUTPUTS / f"{scenario.stem}{alone}"
    check_folder(folder, quiet)
    if spells:
        check_spells(spells, chosen)
    given = list_given(listed, as_at)
    read = read_scenario(scenario, given.start if given else None)
    made = make_plan(read, area_today(read.area, given))
    made = replace(made, high_cost_gbp_per_week=high_cost)
    plan, other = tries(made, chosen, ignore_ends)
    without = [as_run(chosen, ignore_ends, each) for each in plans_without(read, made.area)]
    with counting(chosen.runs * ((2 if other else 1) + len(without)), quiet) as progress:
        result, ends = forecast_of_list(plan, other, chosen, progress)
        reasons = without_reasons(read, result, without, chosen, progress)
        result = replace(result, reasons=reasons)
    files = {SPELLS: parquet(plan, spells_of(plan, spells, chosen))} if spells else {}
    write_forecast(folder, read, result, files, list_tables(result, ends), tables_only)
    say(headline_lines(result, folder, tables_only), quiet)


@click.command()
@click.argument("baseline", type=SCENARIO_FILE)
@click.argument("scenarios", type=SCENARIO_FILE, nargs=-1, required=True)
@RUN_OPTIONS
@LIST_OPTIONS
@click.option(
    "--waterfall",
    "stepwise",
    is_flag=True,
    help="Add the changes one after the other, and each alone (two runs more a change).",
)
def compare(
    baseline: Path,
    scenarios: tuple[Path, ...],
    out: Path | None,
    quiet: bool,
    listed: Path | None,
    as_at: date | None,
    ignore_ends: bool,
    stepwise: bool,
    **settings: Any,
) -> None:
    """What SCENARIOS would change against BASELINE, future by future."""
    from lacmodel.analyses import compare as comparing
    from lacmodel.analyses.forecast import run_forecast
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.analyses.waterfall import extra_runs, waterfall
    from lacmodel.report.comparison_words import comparison_headline
    from lacmodel.report.waterfall_page import waterfall_lines
    from lacmodel.report.write import write_comparison

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    folder = out or OUTPUTS / comparison_name(baseline, scenarios)
    check_folder(folder, quiet)
    read, made = read_all((baseline, *scenarios), list_given(listed, as_at))
    plans = [as_run(chosen, ignore_ends, plan) for plan in made]
    pairs = [(read[0], other) for other in read[1:]] if stepwise else []
    more = sum(extra_runs(pair) for pair in pairs)
    with counting(chosen.runs * (len(plans) + more), quiet) as progress:
        runs = [run_forecast(plan, chosen, progress) for plan in plans]
        steps = [
            waterfall(pair, (runs[0], run), chosen, partial(as_run, chosen, ignore_ends), progress)
            for pair, run in zip(pairs, runs[1:], strict=False)
        ]
    comparison = comparing.compare(runs[0], tuple(runs[1:]))
    write_comparison(folder, read, comparison, steps)
    say(comparison_headline(comparison, folder, waterfall_lines(steps)), quiet)


def as_run(chosen: Any, ignore_ends: bool, plan: Any) -> Any:
    """A plan as its run takes expected ends of placements."""
    from lacmodel.analyses.todays_list import tries

    return tries(plan, chosen, ignore_ends)[0]


def comparison_name(baseline: Path, scenarios: Sequence[Path]) -> str:
    """The name of a comparison's folder.

    >>> comparison_name(Path("a.toml"), [Path("b.toml")])
    'b-against-a'
    >>> comparison_name(Path("a.toml"), [Path("b.toml"), Path("c.toml")])
    'compare-a-b-c'
    """
    if len(scenarios) == 1:
        return f"{scenarios[0].stem}-against-{baseline.stem}"
    return several_name("compare", baseline, scenarios)


def warn_if_slow(asked: str | None, engine: str, futures: int) -> None:
    """Say in a line that the fast engine does not work on this machine, and why."""
    if asked is None and engine != ENGINES[0]:
        from lacmodel.compiling import WHY_NOT

        many = f"{futures} future{'s' if futures > 1 else ''}"
        click.echo(f"{WHY_NOT}: the slower engine {engine} runs, with {many}.", err=True)
