"""Commands about places: `sufficiency`."""

from pathlib import Path
from typing import Any

import click

from lacmodel.cli.options import OUTPUTS, RUN_OPTIONS, SCENARIO_FILE, counting, say
from lacmodel.cli.running import warn_if_slow


@click.command()
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
def sufficiency(scenario: Path, out: Path | None, quiet: bool, **settings: Any) -> None:
    """Whether SCENARIO has enough of the right places, and what being short costs."""
    from lacmodel.analyses import sufficiency as asking
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.planning import make_plan
    from lacmodel.report.run_folder import check_place
    from lacmodel.report.sufficiency_page import sufficiency_headline, write_sufficiency
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    asking.check_engine(chosen)
    folder = out or OUTPUTS / f"{scenario.stem}-sufficiency"
    check_place(folder)
    read = read_scenario(scenario)
    with counting(chosen.runs, quiet) as progress:
        answer = asking.sufficiency(make_plan(read), chosen, progress)
    write_sufficiency(folder, read, answer)
    say(sufficiency_headline(answer, folder), quiet)
