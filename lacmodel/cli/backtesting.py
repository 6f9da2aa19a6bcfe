"""The command that says how wrong forecasts have been: `backtest`."""

from pathlib import Path

import click

from lacmodel.cli.options import DEBUG, OUTPUTS, counting, say, with_options

FILE = click.Path(path_type=Path)
OPTIONS = with_options(
    click.option("--published", "files", type=FILE, multiple=True, metavar="FILE",
                 help="Published counts of many councils, as new reads them; without AREA every "
                 "council with every count is forecast."),
    click.option("--population", type=FILE, multiple=True, metavar="FILE",
                 help="The ONS's mid-year residents aged 0 to 17 by council."),
    click.option("--code", "codes", multiple=True, metavar="CODE",
                 help="Forecast this council of the files alone; may be given again."),
    click.option("--origins", type=(int, int), metavar="FROM TO",
                 help="The last years known, each named by its 31 March; the last six unless "
                 "given."),
    click.option("--ahead", type=click.IntRange(1, 5), default=5, show_default=True,
                 help="The most years ahead."),
    click.option("--futures", type=click.IntRange(2), default=200, show_default=True,
                 help="Futures of each forecast, the first of those that run simulates."),
    click.option("--seed", type=click.IntRange(min=0), default=2017, show_default=True,
                 help="The same seed gives the same tables."),
    click.option("--workers", type=click.IntRange(min=1), default=None,
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
    population: tuple[Path, ...],
    codes: tuple[str, ...],
    origins: tuple[int, int] | None,
    ahead: int,
    futures: int,
    seed: int,
    workers: int | None,
    out: Path | None,
    quiet: bool,
) -> None:
    """How wrong this model has been: AREA, or every council of published files, from past years.

    Each forecast is what `new --published` and `run` would have given from files cut at its
    origin. The backtest of an AREA is kept in its folder, and its runs then quote it.
    """
    if area is None and not files:
        raise click.UsageError("give an AREA, or --published FILE with many councils")
    from joblib import cpu_count

    from lacmodel.analyses import backtest as testing
    from lacmodel.analyses.backtest_tables import SCORES
    from lacmodel.analyses.past_scores import OWN_FILE
    from lacmodel.area import read_area
    from lacmodel.published.files import read_published
    from lacmodel.report.backtest_page import write_backtest
    from lacmodel.report.run_folder import check_place, sha256

    name = area.resolve().name if area else "-".join([files[0].stem, *codes])
    folder = out or OUTPUTS / f"{name}-backtest"
    check_place(folder)
    own = read_area(area) if area else None
    if files:
        published = read_published((*files, *population))
    else:
        assert own is not None
        published = testing.published_of(own)
    codes = (own.code,) if own else codes
    chosen = range(origins[0], origins[1] + 1) if origins else None
    count = testing.how_many(published, chosen, codes)
    with counting(count, quiet, "forecasts") as progress:
        result = testing.backtest(
            published, chosen, codes, ahead, futures, seed,
            workers=workers or cpu_count(), progress=progress,
        )  # fmt: skip
    inputs = {path.name: sha256(path) for path in (*files, *population)}
    made = {"inputs_sha256": inputs, "seed": seed, "futures": futures}
    lines = write_backtest(folder, result, made)
    if area is not None and area.is_dir():
        scores = (folder / "tables" / f"{SCORES}.csv").read_bytes()
        (area / OWN_FILE).write_bytes(scores)
        lines.append(f"Kept in {area / OWN_FILE}; runs of the area quote it.")
    say(lines, quiet)
