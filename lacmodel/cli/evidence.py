"""Commands that turn evidence into rates: `national` and `fit`."""

from pathlib import Path

import click

from lacmodel.cli.options import DEBUG


@click.command()
@click.option("--rebuild", is_flag=True, help="Fit the national factors again first.")
@DEBUG
def national(rebuild: bool) -> None:
    """How well the national factors give back England's published figures."""
    from lacmodel.fitting import national as fitting

    if rebuild:
        fitting.rebuild()
    click.echo(fitting.fit_table())


@click.command()
@click.argument("area", type=click.Path(path_type=Path))
@DEBUG
def fit(area: Path) -> None:
    """Scale the national factors to the published figures in the folder AREA."""
    from lacmodel.fitting import local

    click.echo(local.fit(area))
