"""The command that makes up a return: `synthesise`."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lacmodel.cli.options import DEBUG, Day, Number, Whole, say

if TYPE_CHECKING:
    from lacmodel.ssda903.dirt import Tables

Surge = tuple[date, date, float]


def read_surges(
    context: click.Context, parameter: click.Parameter, value: tuple[Surge, ...]
) -> tuple[Surge, ...]:
    """Surges whose end is not before their beginning."""
    for begin, end, _ in value:
        if end < begin:
            raise click.BadParameter(f"{begin:%Y-%m-%d} to {end:%Y-%m-%d} ends before it begins")
    return value


def read_empty_folder(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    """A folder that is not there yet, or has nothing in it."""
    if value.exists() and not (value.is_dir() and not any(value.iterdir())):
        raise click.BadParameter(f"{value} is no empty folder; nothing was written")
    return value


def entry_multiplier(surges: tuple[Surge, ...], first: date, last: date) -> list[float]:
    """The factor on entries by month of the returns.

    >>> surge = (date(2021, 5, 1), date(2021, 6, 30), 1.5)
    >>> entry_multiplier((surge,), date(2021, 4, 1), date(2021, 7, 31))
    [1.0, 1.5, 1.5, 1.0]
    """
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    multiplier = [1.0] * months
    for begin, end, factor in surges:
        from_, to = ((day.year - first.year) * 12 + day.month - first.month for day in (begin, end))
        if to < 0 or from_ >= months:
            rule = f"{begin:%Y-%m-%d} to {end:%Y-%m-%d} has no month between {first} and {last}"
            raise click.BadParameter(rule, param_hint="--surge")
        for month in range(max(from_, 0), min(to + 1, months)):
            multiplier[month] *= factor
    return multiplier


def read_dirt(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Kinds of faults that can be added."""
    if not value:
        return ()
    from lacmodel.ssda903.dirt import CELLS, FILES, WHOLE

    known = (*CELLS, *WHOLE, *FILES)
    if unknown := [kind for kind in value if kind not in known]:
        rule = f"{', '.join(unknown)}: no such fault; known are {', '.join(known)}"
        raise click.BadParameter(rule)
    return value


def with_dirt(
    tables: "Tables", kinds: tuple[str, ...], seed: int
) -> "tuple[Tables, tuple[str, ...]]":
    """Tables with faults of some kinds, and the kinds that are of files and come later."""
    if not kinds:
        return tables, ()
    import numpy as np

    from lacmodel.ssda903.dirt import FILES, add_dirt

    generator = np.random.default_rng(seed)
    for kind in kinds:
        if kind not in FILES:
            try:
                tables = add_dirt(tables, kind, generator)
            except ValueError as error:
                rule = f"{kind} cannot be added to these files, or not on top of the others"
                raise click.BadParameter(rule, param_hint="--dirt") from error
    return tables, tuple(kind for kind in kinds if kind in FILES)


def add_to_files(folder: Path, kinds: tuple[str, ...]) -> None:
    """Add faults of files to a folder of returns."""
    if kinds:
        from lacmodel.ssda903.dirt import add_file_dirt

        for kind in kinds:
            add_file_dirt(folder, kind)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    callback=read_empty_folder,
    help="The folder to write, which must be empty.",
)
@click.option(
    "--children",
    type=Whole(1, 50_000, "760"),
    default=760,
    show_default=True,
    help="Children in care in the long run.",
)
@click.option("--years", type=Whole(1, 20), default=5, show_default=True, help="Years of returns.")
@click.option(
    "--until",
    type=Whole(such_as="2023"),
    default=2023,
    show_default=True,
    help="The last year, as the year of its 31 March.",
)
@click.option(
    "--seed",
    type=Whole(0, such_as="2017"),
    default=2017,
    show_default=True,
    help="The same seed makes the same files.",
)
@click.option(
    "--surge",
    type=(Day(), Day(), Number(0, 100)),
    multiple=True,
    callback=read_surges,
    metavar="FROM TO FACTOR",
    help="Multiply entries in the months from a date to a date, such as "
    "2021-06-01 2021-12-31 1.5. May be given again.",
)
@click.option(
    "--dirt",
    "kinds",
    multiple=True,
    callback=read_dirt,
    metavar="RULE",
    help="Add one kind of fault, by the rule of check that finds it, such as 434 or INT03. "
    "May be given again.",
)
@DEBUG
def synthesise(
    out: Path,
    children: int,
    years: int,
    until: int,
    seed: int,
    surge: tuple[Surge, ...],
    kinds: tuple[str, ...],
) -> None:
    """Make up SSDA903 files of a council with England's rates. No child in them exists."""
    import numpy as np

    from lacmodel.parameters import national_folder, read_tables
    from lacmodel.report.run_folder import check_place, new_folder
    from lacmodel.ssda903 import synthesise as making
    from lacmodel.ssda903.records import day_number
    from lacmodel.ssda903.true_rates import true_rates
    from lacmodel.ssda903.write import tables_by_year, write_return

    if not 1990 + years <= until <= 2099:
        rule = f"must be the year of a 31 March, from {1990 + years} to 2099"
        raise click.BadParameter(rule, param_hint="--until")
    check_place(out)
    first, last = date(until - years, 4, 1), date(until, 3, 31)
    multiplier = np.array(entry_multiplier(surge, first, last))
    rates = true_rates(read_tables(national_folder() / "factors.csv"))
    residents = making.residents_for(rates, children)
    generator = np.random.default_rng(seed)
    spells = making.synthesise(
        rates, residents, day_number(first), day_number(last), generator, multiplier
    )
    tables, in_files = with_dirt(tables_by_year(spells, generator), kinds, seed)
    with new_folder(out) as building:
        write_return(building, tables)
        add_to_files(building, in_files)
    said = f"{int(spells.child.max(initial=-1)) + 1:,} made-up children, {first} to {last}: {out}"
    say([said], quiet=False)
