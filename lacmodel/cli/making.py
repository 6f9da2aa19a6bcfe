"""The command that makes an area: `new`."""

from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from lacmodel.cli.options import DEBUG, say, with_options

FILE: Final = click.Path(path_type=Path)
DAY: Final = click.DateTime(formats=["%Y-%m-%d"])
NEW_OPTIONS: Final = with_options(
    click.option("--published", "files", type=FILE, multiple=True, metavar="FILE",
                 help="The DfE's counts by council (or a table by place and year); a later file "
                 "revises an earlier one."),
    click.option("--population", type=FILE, multiple=True, metavar="FILE",
                 help="The ONS's mid-year residents aged 0 to 17 by council."),
    click.option("--code", metavar="CODE", help="The council's ONS code, such as E10000034."),
    click.option("--name", help="The council's name; that of the files unless given."),
    click.option("--start", type=DAY, metavar="YYYY-04-01",
                 help="The first day; 1 April after the latest year of the files unless given. "
                 "What came later is not used."),
    click.option("--neighbours", type=FILE, metavar="FILE",
                 help="Statistical neighbours, with the columns code, neighbour, neighbour_name, "
                 "model_year and source; Worcestershire's are known."),
    click.option("--released", type=DAY, metavar="YYYY-MM-DD",
                 help="The day on which the counts were published, to stand beside their rates."),
    click.option("--overwrite", is_flag=True, help="Replace the files of an area that is there."),
    click.option("--quiet", is_flag=True, help="Print nothing but faults."),
    DEBUG,
)  # fmt: skip


@click.command()
@click.argument("area", type=FILE)
@NEW_OPTIONS
def new(
    area: Path,
    files: tuple[Path, ...],
    population: tuple[Path, ...],
    code: str | None,
    name: str | None,
    start: datetime | None,
    neighbours: Path | None,
    released: datetime | None,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Make an area in the folder AREA from published files, ready to run."""
    if not files or code is None:
        raise click.UsageError("--published and --code are needed to make an area")
    if name is not None and not name[:1].isalpha():
        raise click.BadParameter("must begin with a letter", param_hint="--name")
    from lacmodel.area.guide import new_area_files
    from lacmodel.area.write import check_folder, write_folder
    from lacmodel.fitting.from_published import named, new_area
    from lacmodel.published.files import read_published
    from lacmodel.published.neighbours import read_neighbours

    check_folder(area, overwrite)
    published = read_published((*files, *population))
    beside = read_neighbours(code, neighbours)
    made = named(new_area(published, code, day(start), beside, day(released)), name)
    folder = area.resolve().name
    write_folder(area, new_area_files(made.content(), folder), overwrite)
    say([*made.lines(published.revised), f"Next: lacmodel run {area / folder}.toml"], quiet)


def day(when: datetime | None) -> date | None:
    """The day of a moment that click has read."""
    return None if when is None else when.date()
