"""The command that says why a forecast has moved: `movement`."""

from pathlib import Path

import click

from lacmodel.cli.options import DEBUG, OUTPUTS, check_folder, counting, say
from lacmodel.faults import InputFaults


@click.command()
@click.argument("old", metavar="OLD_RUN", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW_RUN", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder to write; one in outputs/ unless given.",
)
@click.option(
    "--tables-only",
    is_flag=True,
    help="Compare the tables of both folders and run nothing again.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but faults.")
@DEBUG
def movement(old: Path, new: Path, out: Path | None, tables_only: bool, quiet: bool) -> None:
    """Why the spend of the run folder NEW_RUN differs from that of OLD_RUN, to the penny.

    Where the files that both were made from are unchanged, the old run is made again with each
    change of the new run's scenario, its residents, rates, places, prices, actuals and children,
    one after the other.
    """
    from dataclasses import replace

    from lacmodel.analyses.movement import movement as why_moved
    from lacmodel.analyses.run_again import both_inputs, futures_to_run
    from lacmodel.analyses.run_tables import read_runs
    from lacmodel.report.movement_page import write_movement

    folder = out or OUTPUTS / f"movement-{old.resolve().name}-to-{new.resolve().name}"
    check_folder(folder, quiet, old, new)
    runs = read_runs(old.resolve(), new.resolve())
    why_not: tuple[str, ...] = ("--tables-only was given",) if tables_only else ()
    inputs = None
    try:
        inputs = None if tables_only else both_inputs(old.resolve(), new.resolve())
    except InputFaults as error:
        why_not = tuple(str(fault) for fault in error.faults)
    with counting(futures_to_run(*inputs) if inputs else 0, quiet) as progress:
        found = replace(why_moved(*runs, inputs, progress), why_not=why_not)
    say(write_movement(folder, found), quiet)
