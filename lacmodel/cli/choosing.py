"""The command about choosing: `options`."""

from pathlib import Path
from typing import Any

import click

from lacmodel.cli.options import (
    OUTPUTS,
    RUN_OPTIONS,
    SCENARIO_FILE,
    Share,
    check_folder,
    counting,
    say,
    several_name,
)
from lacmodel.cli.running import warn_if_slow


@click.command()
@click.argument("baseline", type=SCENARIO_FILE)
@click.argument("scenarios", type=SCENARIO_FILE, nargs=-1, required=True)
@RUN_OPTIONS
@click.option(
    "--inflation",
    type=Share(-0.1, 0.5),
    default=0.02,
    show_default=True,
    help="General inflation a year, taken out so that prices are real (assumed).",
)
def options(
    baseline: Path,
    scenarios: tuple[Path, ...],
    out: Path | None,
    quiet: bool,
    inflation: float,
    **settings: Any,
) -> None:
    """Which of SCENARIOS serves best beside BASELINE: an options appraisal on one page."""
    from lacmodel.analyses import options as appraising
    from lacmodel.analyses.side_by_side import read_all
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.report.options_page import options_headline, write_options

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    folder = out or OUTPUTS / several_name("options", baseline, scenarios)
    check_folder(folder, quiet)
    read, plans = read_all((baseline, *scenarios))
    appraising.check_options(read, plans, chosen)
    with counting(chosen.runs * len(plans), quiet) as progress:
        appraised = appraising.appraise_options(read, plans, chosen, progress, inflation)
    write_options(folder, read, appraised)
    say(options_headline(appraised, folder), quiet)
