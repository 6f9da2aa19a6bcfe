"""The command that starts the local web application: `app`."""

from pathlib import Path

import click

from lacmodel.cli.options import DEBUG, MOST_FUTURES, Whole


@click.command()
@click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path()
)
@click.option("--port", type=Whole(1024, 65535, "8501"), default=None,
              help="The port to listen on; a free one unless given.")  # fmt: skip
@click.option("--futures", type=Whole(1, MOST_FUTURES, "1,000"), default=None,
              help="How many futures a run has; as for run unless given.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@DEBUG
def app(folder: Path, port: int | None, futures: int | None, no_browser: bool) -> None:
    """Open the app in the browser, for the areas and scenarios in FOLDER (here unless given).

    It listens on 127.0.0.1, this machine alone, and reads and writes nothing outside FOLDER but a
    private folder of its own, which is removed when it ends. Ctrl+C ends it.
    """
    try:
        from lacmodel.app.launch import ADDRESS, free_port, launch

        port = free_port(port)
        click.echo(f"lacmodel is open at http://{ADDRESS}:{port} (Ctrl+C ends it)")
        launch(folder, port, not no_browser, futures)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "streamlit":
            raise
        rule = "the app needs Streamlit: pip install 'lacmodel[app]'"
        raise click.ClickException(rule) from None
    except OSError as error:
        raise click.ClickException(f"the app could not start on this machine: {error}") from None
