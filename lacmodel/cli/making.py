"""The command that makes an area, from published files or from a return: `new`."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from lacmodel.cli.options import DEBUG, Day, Whole, counting, say, with_options
from lacmodel.cli.returns import read_mapping, read_years

if TYPE_CHECKING:
    from lacmodel.fitting.area_of_return import Council
    from lacmodel.ssda903.schema import ProviderMapping

LONGEST_NAME: Final = 100  # characters
NO_CODE: Final = "X00000000"  # a council that has given no ONS code
FILE: Final = click.Path(path_type=Path)
YEAR: Final = Whole(such_as="2018")
NEW_OPTIONS: Final = with_options(
    click.option("--published", "files", type=FILE, multiple=True, metavar="FILE",
                 help="The DfE's counts by council (or a table by place and year); a later file "
                 "revises an earlier one."),
    click.option("--return", "folder", type=FILE, metavar="FOLDER",
                 help="The council's SSDA903 returns, as check reads them: rates, history and the "
                 "children in care come from them."),
    click.option("--year", "years", multiple=True, callback=read_years, metavar="FILE=2018",
                 help="The collection year of a file of the return where its dates do not tell."),
    click.option("--reference", type=(YEAR, YEAR), metavar="FROM TO",
                 help="The years of the return on which rates rest, each named by its 31 March; "
                 "chosen by how well they foretell the next unless given."),
    click.option("--provider", "codes", multiple=True, callback=read_mapping, metavar="TEXT",
                 help='What a provider code means here, such as "PR5 is in-house from '
                 '2019-10-01".'),
    click.option("--residents", type=Whole(1, 10_000_000, "28,000"), metavar="N",
                 help="Residents aged 0 to 17, where no --population is given."),
    click.option("--shareable", is_flag=True,
                 help="Write counts in fives and nothing that points at the return."),
    click.option("--population", type=FILE, multiple=True, metavar="FILE",
                 help="The ONS's mid-year residents aged 0 to 17 by council."),
    click.option("--code", metavar="CODE", help="The council's ONS code, such as E10000034."),
    click.option("--name", help="The council's name; that of the files unless given."),
    click.option("--start", type=Day(), metavar="YYYY-04-01",
                 help="The first day; 1 April after the latest year of the files unless given. "
                 "What came later is not used."),
    click.option("--neighbours", type=FILE, metavar="FILE",
                 help="Statistical neighbours, with the columns code, neighbour, neighbour_name, "
                 "model_year and source; Worcestershire's are known."),
    click.option("--released", type=Day(), metavar="YYYY-MM-DD",
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
    folder: Path | None,
    code: str | None,
    overwrite: bool,
    quiet: bool,
    files: tuple[Path, ...],
    population: tuple[Path, ...],
    start: date | None,
    name: str | None,
    neighbours: Path | None,
    released: date | None,
    years: dict[str, int],
    reference: tuple[int, int] | None,
    codes: "ProviderMapping",
    residents: int | None,
    shareable: bool,
) -> None:
    """Make an area in the folder AREA, ready to run: from published files, or from a return.

    An area made from a return holds no child: the children in care are read from the return
    whenever a run needs them, and such runs are internal.
    """
    if name is not None and not is_name(name):
        rule = f"must begin with a letter, in one line of at most {LONGEST_NAME} characters"
        raise click.BadParameter(rule, param_hint="--name")
    from lacmodel.area.write import check_folder

    check_folder(area, overwrite)
    if folder is None:
        of_return = (years, reference, codes, residents, shareable)
        if any(of_return):
            raise click.UsageError(
                "--year, --reference, --provider, --residents and --shareable go with --return"
            )
        lines = from_published(area, files, population, code, name, start, neighbours,
                               released, overwrite)  # fmt: skip
    else:
        about = Beside(files, population, code, name, neighbours, released, residents)
        choices = Choices(years, reference, codes, start, shareable)
        lines = from_return(area, folder, about, choices, overwrite, quiet)
    say(lines, quiet)


def is_name(text: str) -> bool:
    r"""Whether a council can be called so.

    >>> is_name("Bath and North East Somerset"), is_name("7"), is_name("a\nb")
    (True, False, False)
    """
    return text[:1].isalpha() and text.isprintable() and len(text) <= LONGEST_NAME


def from_published(
    area: Path,
    files: tuple[Path, ...],
    population: tuple[Path, ...],
    code: str | None,
    name: str | None,
    start: date | None,
    neighbours: Path | None,
    released: date | None,
    overwrite: bool,
) -> list[str]:
    """Make an area from published files, and say so."""
    if not files or code is None:
        raise click.UsageError(
            "--published and --code are needed to make an area from published files, "
            "or --return to make one from a return"
        )
    from lacmodel.area.guide import new_area_files, scenario_file
    from lacmodel.area.write import write_folder
    from lacmodel.fitting.from_published import named, new_area
    from lacmodel.published.files import read_published
    from lacmodel.published.neighbours import read_neighbours

    published = read_published((*files, *population))
    beside = read_neighbours(code, neighbours)
    made = named(new_area(published, code, start, beside, released), name)
    folder = area.resolve().name
    write_folder(area, new_area_files(made.content(), folder), overwrite)
    return [*made.lines(published.revised), f"Next: lacmodel run {area / scenario_file(folder)}"]


class Beside(NamedTuple):
    """What is given beside a return."""

    files: tuple[Path, ...]
    population: tuple[Path, ...]
    code: str | None
    name: str | None
    neighbours: Path | None
    released: date | None
    residents: int | None


class Choices(NamedTuple):
    """How a return is to be read and used."""

    years: dict[str, int]
    reference: tuple[int, int] | None
    codes: "ProviderMapping"
    start: date | None
    shareable: bool


def from_return(
    area: Path, folder: Path, about: Beside, choices: Choices, overwrite: bool, quiet: bool
) -> list[str]:
    """Make an area from a return, and say what it rests on."""
    check_given(area, folder, about)
    from lacmodel.area.guide import new_area_files, scenario_file
    from lacmodel.area.opening_return import read_return
    from lacmodel.area.settings import OpeningReturn
    from lacmodel.area.write import csv_bytes, write_folder
    from lacmodel.fitting.area_of_return import area_of_return
    from lacmodel.fitting.shareable import shareable
    from lacmodel.report.rates_report import RATES_REPORT, rates_report
    from lacmodel.report.return_lines import lines_of_area
    from lacmodel.ssda903.sources import hash_of, how_many

    codes = tuple(map(str, choices.codes))
    with counting(how_many(folder), quiet, "files") as progress:
        read = read_return(folder, codes, choices.start, choices.years, progress)
    first, last = choices.reference or (None, None)
    pointer = OpeningReturn(
        folder=pointed(folder, area), sha256=hash_of(folder), years=choices.years,
        first_year=first, last_year=last,
    )  # fmt: skip
    made = area_of_return(read, council(about, area, read.returns.years[-1]), pointer, codes)
    where = area.resolve().name
    if choices.shareable:
        files = new_area_files(shareable(made).content(), where)
    else:
        more = {f"{name}.csv": csv_bytes(rows) for name, rows in made.evidence().items()}
        more[RATES_REPORT] = rates_report(made.area.name, made.fitted).encode()
        files = new_area_files(made.content(), where, more)
    write_folder(area, files, overwrite)
    return [
        *lines_of_area(made, choices.shareable),
        f"Next: lacmodel run {area / scenario_file(where)}",
    ]


def check_given(area: Path, folder: Path, about: Beside) -> None:
    """Refuse what cannot be made, before anything is read."""
    if area.resolve().is_relative_to(folder.resolve()):
        raise click.UsageError(
            f"{area} is in the folder of the return, which must stay as it is; choose another"
        )
    if about.residents is None and not about.population:
        raise click.UsageError(
            "a return does not say how many children live in the area: give --population FILE "
            "and --code (the ONS's mid-year estimates), or --residents N (aged 0 to 17)"
        )
    if about.code is None and (about.population or about.files or about.neighbours):
        raise click.UsageError("--population, --published and --neighbours need --code")


def pointed(folder: Path, area: Path) -> str:
    """The folder of a return as the area's file names it: from there, where that is possible."""
    try:
        return Path(os.path.relpath(folder.resolve(), area.resolve())).as_posix()
    except ValueError:  # another drive
        return folder.resolve().as_posix()


def council(about: Beside, area: Path, year: int) -> "Council":
    """What is given of a council beside its return, which ends in a year."""
    from lacmodel.fitting.area_of_return import Council
    from lacmodel.published.records import Figure

    own = area.resolve().name.replace("-", " ").replace("_", " ").title()
    if about.code is None or not about.population:
        figure = Figure(about.residents, None, "", "stated when the area was made")
        code = about.code or NO_CODE
        return Council(code, about.name or own, {year - 1: figure}, confirmed=False)
    from lacmodel.fitting.area_of_return import published_council
    from lacmodel.published.files import read_published
    from lacmodel.published.neighbours import read_neighbours

    published = read_published((*about.files, *about.population))
    neighbours = read_neighbours(about.code, about.neighbours)
    found = published_council(published, about.code, date(year, 4, 1), neighbours, about.released)
    return found._replace(name=about.name or found.name)
