"""The command that reads returns and says what is wrong in them: `check`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lacmodel.cli.options import DEBUG, OUTPUTS, check_folder, counting, say

if TYPE_CHECKING:
    from lacmodel.ssda903.schema import ProviderMapping


def read_years(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> dict[str, int]:
    """Collection years of files, as FILE=2018."""
    years = {}
    for each in value:
        name, _, year = each.rpartition("=")
        if not name or not year.isdecimal() or not 1992 <= int(year) <= 2099:
            raise click.BadParameter("must read like episodes.csv=2018, the year to March 2018")
        years[name] = int(year)
    return years


def read_mapping(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> "ProviderMapping":
    """What codes of PLACE_PROVIDER mean, as an area says it."""
    if not value:
        return ()
    from lacmodel.ssda903.providers import provider_rule

    try:
        return tuple(provider_rule(each) for each in value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--year",
    "years",
    multiple=True,
    callback=read_years,
    metavar="FILE=2018",
    help="The collection year of a file (here to 31 March 2018) where its dates do not tell.",
)
@click.option(
    "--provider",
    "mapping",
    multiple=True,
    callback=read_mapping,
    metavar="TEXT",
    help='What a provider code means here, such as "PR5 is in-house from 2019-10-01".',
)
@click.option("--with-identifiers", is_flag=True, help="Write CHILD beside each problem.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder to write; one in outputs/ unless given.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but faults.")
@DEBUG
def check(
    folder: Path,
    years: dict[str, int],
    mapping: "ProviderMapping",
    with_identifiers: bool,
    out: Path | None,
    quiet: bool,
) -> None:
    """What is wrong in the SSDA903 returns in FOLDER (or a zip), and what lacmodel makes of them.

    Nothing leaves this machine. What is written has no identifiers unless they are asked for, but
    its counts are not suppressed.
    """
    from lacmodel.report.return_check import check_lines, write_check
    from lacmodel.ssda903.check import STEPS, check_returns
    from lacmodel.ssda903.read import read_returns
    from lacmodel.ssda903.sources import how_many

    place = out or OUTPUTS / f"{folder.resolve().stem}-check"
    check_folder(place, quiet)
    with counting(how_many(folder) + STEPS, quiet, "steps") as progress:
        checked = check_returns(read_returns(folder, years, progress), mapping, progress)
    write_check(place, checked, with_identifiers)
    say(check_lines(checked, mapping, place), quiet)
