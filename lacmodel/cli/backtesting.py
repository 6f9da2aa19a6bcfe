"""The command that says how wrong forecasts have been: `backtest`."""

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lacmodel.cli.making import Beside, check_given, council
from lacmodel.cli.options import (
    DEBUG,
    MOST_FUTURES,
    MOST_WORKERS,
    OUTPUTS,
    Whole,
    check_folder,
    counting,
    say,
    with_options,
)

if TYPE_CHECKING:
    from lacmodel.analyses.backtest import Backtest
    from lacmodel.analyses.backtest_tables import AnyBacktest
    from lacmodel.analyses.return_backtest import ReturnBacktest, Settings, Source
    from lacmodel.area import Area

FILE = click.Path(path_type=Path)


def read_origins(
    context: click.Context, parameter: click.Parameter, value: tuple[str, str] | None
) -> tuple[date, date] | None:
    """The first days after two months; a year alone means its March."""
    if value is None:
        return None
    found = []
    for text in value:
        parts = re.fullmatch(r"((?:19|20)\d\d)(?:-(0[1-9]|1[0-2]))?", text)
        if parts is None:
            raise click.BadParameter("must be years like 2019, or months like 2019-06")
        year, month = int(parts[1]), int(parts[2] or 3)
        found.append(date(year + month // 12, month % 12 + 1, 1))
    return found[0], found[1]


OPTIONS = with_options(
    click.option("--published", "files", type=FILE, multiple=True, metavar="FILE",
                 help="Published counts of many councils, as new reads them; without AREA every "
                 "council with every count is forecast."),
    click.option("--return", "folder", type=FILE, metavar="FOLDER",
                 help="SSDA903 returns, as new reads them, of an area that is not made yet."),
    click.option("--residents", type=Whole(1, 10_000_000, "28,000"), metavar="N",
                 help="With --return: residents aged 0 to 17, where no --population is given."),
    click.option("--population", type=FILE, multiple=True, metavar="FILE",
                 help="The ONS's mid-year residents aged 0 to 17 by council."),
    click.option("--code", "codes", multiple=True, metavar="CODE",
                 help="Forecast this council of the files alone; may be given again."),
    click.option("--origins", type=(str, str), callback=read_origins, metavar="FROM TO",
                 help="The first and the last origin, up to which all is known: years such as 2017 "
                 "(31 March), or months of a return such as 2021-06. The last six years, or every "
                 "month of a return with two years before it, unless given."),
    click.option("--every", type=Whole(1, 12), default=3, show_default=True,
                 help="Months between the origins of a return."),
    click.option("--ahead", type=Whole(1, 5), default=None,
                 help="The most years ahead; 5 unless given, of a return 2 and no more."),
    click.option("--futures", type=Whole(2, MOST_FUTURES, "200"), default=200, show_default=True,
                 help="Futures of each forecast, the first of those that run simulates."),
    click.option("--seed", type=Whole(0, such_as="2017"), default=2017, show_default=True,
                 help="The same seed gives the same tables."),
    click.option("--workers", type=Whole(1, MOST_WORKERS, "2"), default=None,
                 help="Workers to use; as many as there are cores unless given."),
    click.option("--out", type=FILE, default=None,
                 help="The folder to write; one in outputs/ unless given."),
    click.option("--quiet", is_flag=True, help="Print nothing but faults."),
    DEBUG,
)  # fmt: skip


@click.command()
@click.argument("area", type=FILE, required=False)
@OPTIONS
def backtest(
    area: Path | None,
    files: tuple[Path, ...],
    folder: Path | None,
    residents: int | None,
    population: tuple[Path, ...],
    codes: tuple[str, ...],
    origins: tuple[date, date] | None,
    every: int,
    ahead: int | None,
    futures: int,
    seed: int,
    workers: int | None,
    out: Path | None,
    quiet: bool,
) -> None:
    """How wrong this model has been, from past years: AREA, a return, or many councils.

    Each forecast is what `new` and `run` would have given from files cut at its origin. An AREA
    made from a return is forecast from it, 3 to 24 months ahead and by placement type, unless
    --published is given. The backtest of an AREA is kept in its folder, and its runs quote it.
    """
    if area is None and not files and folder is None:
        raise click.UsageError(
            "give an AREA, --return FOLDER, or --published FILE with many councils"
        )
    if folder is not None and (area is not None or files):
        raise click.UsageError("--return goes without AREA and --published")
    from joblib import cpu_count

    from lacmodel.analyses.return_backtest import AHEAD, Settings
    from lacmodel.area import read_area
    from lacmodel.report.backtest_page import write_backtest
    from lacmodel.report.run_folder import sha256
    from lacmodel.ssda903.sources import hash_of

    own = read_area(area) if area else None
    given = folder or area or files[0]
    place = out or OUTPUTS / f"{'-'.join([given.resolve().stem, *codes])}-backtest"
    check_folder(place, quiet)
    workers = workers or cpu_count()
    inputs = {}
    if folder is not None or (own and own.opening_return and not files):
        if ahead is not None and ahead > AHEAD[-1] // 12:
            raise click.UsageError("--ahead of a return is at most 2 years")
        months = tuple(month for month in AHEAD if month <= 12 * (ahead or 2))
        settings = Settings(months, futures, seed)
        if own is not None:
            source = source_of_area(own)
        else:
            assert folder is not None
            about = Beside((), population, (*codes, None)[0], None, None, None, residents)
            source = source_given(folder, about)
        result: AnyBacktest = of_return(source, origins, every, settings, workers, quiet)
        inputs["return"] = hash_of(source.returns.path)
    else:
        result = of_published(own, (*files, *population), codes, origins, ahead or 5, futures,
                              seed, workers, quiet)  # fmt: skip
    inputs |= {path.name: sha256(path) for path in (*files, *population)}
    made = {"inputs_sha256": inputs, "seed": seed, "futures": futures}
    lines = write_backtest(place, result, made)
    if area is not None and area.is_dir():
        lines.append(keep(place, area))
    say(lines, quiet)


def keep(place: Path, area: Path) -> str:
    """Keep the scores beside an area, and say so."""
    from lacmodel.analyses.backtest_tables import SCORES
    from lacmodel.analyses.past_scores import OWN_FILE

    (area / OWN_FILE).write_bytes((place / "tables" / f"{SCORES}.csv").read_bytes())
    return f"Kept in {area / OWN_FILE}; runs of the area quote it."


def of_published(
    own: "Area | None",
    files: tuple[Path, ...],
    codes: tuple[str, ...],
    origins: tuple[date, date] | None,
    ahead: int,
    futures: int,
    seed: int,
    workers: int,
    quiet: bool,
) -> "Backtest":
    """The backtest of published files, or of an area's own history."""
    from lacmodel.analyses import backtest as testing
    from lacmodel.published.files import read_published

    if files:
        published = read_published(files)
    else:
        assert own is not None
        published = testing.published_of(own)
    codes = (own.code,) if own else codes
    chosen = None
    if origins is not None:
        if any(origin.month != 4 for origin in origins):
            raise click.BadParameter("of published files must be years", param_hint="--origins")
        chosen = range(origins[0].year, origins[1].year + 1)
    with counting(testing.how_many(published, chosen, codes), quiet, "forecasts") as progress:
        return testing.backtest(
            published, chosen, codes, ahead, futures, seed, workers=workers, progress=progress
        )


def of_return(
    source: "Source",
    origins: tuple[date, date] | None,
    every: int,
    settings: "Settings",
    workers: int,
    quiet: bool,
) -> "ReturnBacktest":
    """The backtest of a return."""
    from lacmodel.analyses.return_backtest import backtest, origins_of

    starts = origins_of(source.returns, every, settings.ahead[0], origins)
    with counting(len(starts), quiet, "forecasts") as progress:
        return backtest(source, starts, every, settings, workers, progress)


def source_of_area(own: "Area") -> "Source":
    """The return that an area points at, with the area's residents."""
    from lacmodel.analyses.return_backtest import Source
    from lacmodel.area.opening_return import check_unchanged
    from lacmodel.fitting.area_of_return import Council
    from lacmodel.published.records import Figure
    from lacmodel.ssda903.read import read_returns

    pointer = own.opening_return
    assert pointer is not None
    check_unchanged(pointer, own.path)
    residents = {
        row.year: Figure(round(row.residents), None, "", row.source) for row in own.population
    }
    confirmed = any(row.confirmed for row in own.population)
    about = Council(own.code, own.name, residents, confirmed, own.benchmarks)
    returns = read_returns(Path(pointer.folder), pointer.years)
    free = pointer.model_copy(update={"first_year": None, "last_year": None})
    return Source(returns, about, free, own.provider_codes)


def source_given(folder: Path, about: Beside) -> "Source":
    """A return of which no area has been made."""
    check_given(folder.resolve().parent / "area", folder, about)
    from lacmodel.analyses.return_backtest import Source
    from lacmodel.area.settings import OpeningReturn
    from lacmodel.ssda903.read import read_returns
    from lacmodel.ssda903.sources import hash_of

    returns = read_returns(folder)
    pointer = OpeningReturn(folder=folder.as_posix(), sha256=hash_of(folder))
    return Source(returns, council(about, folder, returns.years[-1]), pointer)
