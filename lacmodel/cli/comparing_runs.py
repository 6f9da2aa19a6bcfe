"""The command that says why a forecast has moved: `movement`."""

from pathlib import Path

import click

from lacmodel.cli.options import DEBUG, OUTPUTS, say


@click.command()
@click.argument("old", metavar="OLD_RUN", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW_RUN", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder to write; one in outputs/ unless given.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but faults.")
@DEBUG
def movement(old: Path, new: Path, out: Path | None, quiet: bool) -> None:
    """Why the spend of the run folder NEW_RUN differs from that of OLD_RUN, to the penny."""
    from lacmodel.analyses import movement as moving
    from lacmodel.report.movement_page import write_movement
    from lacmodel.report.run_folder import check_place

    folder = out or OUTPUTS / f"movement-{old.resolve().name}-to-{new.resolve().name}"
    check_place(folder, old, new)
    found = moving.movement(*moving.read_runs(old.resolve(), new.resolve()))
    say(write_movement(folder, found), quiet)
