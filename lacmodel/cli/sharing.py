"""The command that makes a run fit to be shared: `publish`."""

from pathlib import Path

import click

from lacmodel.cli.options import DEBUG, check_folder, say


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder to write; RUN-published unless given.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but faults.")
@DEBUG
def publish(run: Path, out: Path | None, quiet: bool) -> None:
    """Write the folder RUN again with small counts of children suppressed, to be shared."""
    from lacmodel.report.publish import publish as published

    folder = out or run.resolve().with_name(f"{run.resolve().name}-published")
    check_folder(folder, quiet, run)
    say(published(run, folder), quiet)
