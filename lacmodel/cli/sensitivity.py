"""The command about what matters: `sensitivity`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lacmodel.cli.options import (
    MOST_FUTURES,
    OUTPUTS,
    SCENARIO_FILE,
    SETTINGS,
    Whole,
    check_folder,
    counting,
    say,
)
from lacmodel.cli.running import warn_if_slow


@click.command()
@click.argument("scenario", type=SCENARIO_FILE)
@click.option(
    "--futures",
    type=Whole(1, MOST_FUTURES, "200"),
    default=None,
    help="How many paired futures to simulate at each end; 200 unless given.",
)
@SETTINGS
def sensitivity(scenario: Path, out: Path | None, quiet: bool, **settings: Any) -> None:
    """Which parameters of SCENARIO matter most, moved one at a time."""
    from lacmodel.analyses import sensitivity as moving
    from lacmodel.analyses.conventional_moves import all_moves
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.planning import make_plan
    from lacmodel.report.sensitivity_page import sensitivity_headline, write_sensitivity
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    if settings["futures"] is None:
        chosen = replace(chosen, futures=min(chosen.futures, moving.USUAL_FUTURES))
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    folder = out or OUTPUTS / f"{scenario.stem}-sensitivity"
    check_folder(folder, quiet)
    read = read_scenario(scenario)
    plan = make_plan(read)
    moves = all_moves(read, plan, chosen)
    with counting(chosen.runs * (len(moves.moved) + 2), quiet) as progress:
        answer = moving.sensitivity(plan, moves, chosen, progress)
    write_sensitivity(folder, read, answer)
    say(sensitivity_headline(answer, folder), quiet)
