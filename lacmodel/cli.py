"""The commands: one a question. What is heavy is imported inside the command that needs it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click

from lacmodel import __version__
from lacmodel.faults import Fault, InputFaults

Command = TypeVar("Command", bound=Callable[..., Any])

ENGINES: Final = ("compiled", "child_events", "stock_flow")
LAYERS: Final = ("1", "2", "3", "4")
OUTPUTS: Final = Path("outputs")
BAD_INPUT: Final = 2
STOPPED: Final = 130


def read_layers(context: click.Context, parameter: click.Parameter, value: str) -> frozenset[int]:
    """Layers of uncertainty as numbers with commas between them."""
    parts = [part.strip() for part in value.split(",")]
    if not set(parts) <= set(LAYERS):
        raise click.BadParameter("must be some of 1,2,3,4 with commas between them")
    return frozenset(int(part) for part in parts)


def read_numbers(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Numbers of futures with commas between them."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise click.BadParameter("must be numbers of futures with commas between them")
    return tuple(sorted({int(part) for part in parts}))


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options at once, in the order in which help shows them."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


SCENARIO_FILE: Final = click.Path(path_type=Path)
DEBUG: Final = click.option(
    "--debug", is_flag=True, expose_value=False, help="Show where an unexpected error arose."
)
RUN_OPTIONS: Final = with_options(
    click.option("--futures", type=click.IntRange(min=1), default=None,
                 help="How many futures to simulate; 1,000 unless given (200 without numba)."),
    click.option("--seed", type=click.IntRange(min=0), default=2017, show_default=True,
                 help="The same seed gives the same tables."),
    click.option("--engine", type=click.Choice(ENGINES), default=None,
                 help="compiled unless given (child_events without numba; the futures are the "
                 "same). stock_flow gives expected numbers without a range, at once."),
    click.option("--layers", callback=read_layers, default=",".join(LAYERS), show_default=True,
                 help="Uncertainty: 1 chance, 2 estimates, 3 drift, 4 prices and mix."),
    click.option("--workers", type=click.IntRange(min=1), default=None,
                 help="Workers to use; as many as there are cores unless given."),
    click.option("--cluster", default="", metavar="ADDRESS",
                 help="A running Dask scheduler, such as tcp://10.0.0.5:8786, to use its workers."),
    click.option("--out", type=click.Path(path_type=Path), default=None,
                 help="The folder to write; one in outputs/ unless given."),
    click.option("--quiet", is_flag=True, help="Print nothing but faults."),
    DEBUG,
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lacmodel")
@DEBUG
def commands() -> None:
    """Forecast children in care: numbers, placements and spend."""


@commands.command()
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
@click.option(
    "--future",
    "only",
    type=click.IntRange(min=0),
    default=None,
    metavar="K",
    help="Simulate this one future alone, as it was in a run of many.",
)
@click.option(
    "--spells",
    callback=read_numbers,
    default="",
    metavar="K,K",
    help="Write the spells of these futures as Parquet as well.",
)
def run(
    scenario: Path, out: Path | None, quiet: bool, spells: tuple[int, ...], **settings: Any
) -> None:
    """How many children, where and at what cost, as SCENARIO has it."""
    from lacmodel.analyses.forecast import forecast
    from lacmodel.analyses.simulate import chosen_settings, simulate
    from lacmodel.planning import make_plan
    from lacmodel.report.run_folder import check_place
    from lacmodel.report.spells import SPELLS, check_spells, parquet, spells_of
    from lacmodel.report.summary import headline_lines
    from lacmodel.report.write import write_forecast
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    folder = out or OUTPUTS / scenario.stem
    check_place(folder)
    if spells:
        check_spells(spells, chosen)
    read = read_scenario(scenario)
    plan = make_plan(read)
    with counting(chosen.runs, quiet) as progress:
        result = forecast(plan, simulate(plan, chosen, progress))
    files = {SPELLS: parquet(plan, spells_of(plan, spells, chosen))} if spells else {}
    write_forecast(folder, read, result, files)
    say(headline_lines(result, folder), quiet)


@commands.command()
@click.argument("baseline", type=SCENARIO_FILE)
@click.argument("scenarios", type=SCENARIO_FILE, nargs=-1, required=True)
@RUN_OPTIONS
def compare(
    baseline: Path, scenarios: tuple[Path, ...], out: Path | None, quiet: bool, **settings: Any
) -> None:
    """What SCENARIOS would change against BASELINE, future by future."""
    from lacmodel.analyses import compare as comparing
    from lacmodel.analyses.forecast import forecast
    from lacmodel.analyses.simulate import chosen_settings, simulate
    from lacmodel.report.run_folder import check_place
    from lacmodel.report.summary import comparison_headline
    from lacmodel.report.write import write_comparison

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    folder = out or OUTPUTS / comparison_name(baseline, scenarios)
    check_place(folder)
    read, plans = read_all((baseline, *scenarios))
    with counting(chosen.runs * len(plans), quiet) as progress:
        runs = [forecast(plan, simulate(plan, chosen, progress)) for plan in plans]
    comparison = comparing.compare(runs[0], tuple(runs[1:]))
    write_comparison(folder, read, comparison)
    say(comparison_headline(comparison, folder), quiet)


@commands.command()
@click.option("--rebuild", is_flag=True, help="Fit the national factors again first.")
@DEBUG
def national(rebuild: bool) -> None:
    """How well the national factors give back England's published figures."""
    from lacmodel.fitting import national as fitting

    if rebuild:
        fitting.rebuild()
    click.echo(fitting.fit_table())


@commands.command()
@click.argument("area", type=click.Path(path_type=Path))
@DEBUG
def fit(area: Path) -> None:
    """Scale the national factors to the published figures in the folder AREA."""
    from lacmodel.fitting import local

    click.echo(local.fit(area))


def comparison_name(baseline: Path, scenarios: Sequence[Path]) -> str:
    """The name of a comparison's folder.

    >>> comparison_name(Path("a.toml"), [Path("b.toml")])
    'b-against-a'
    >>> comparison_name(Path("a.toml"), [Path("b.toml"), Path("c.toml")])
    'compare-a'
    """
    if len(scenarios) == 1:
        return f"{scenarios[0].stem}-against-{baseline.stem}"
    return f"compare-{baseline.stem}"


def read_all(paths: Sequence[Path]) -> tuple[list[Any], list[Any]]:
    """Scenarios and their plans, with the faults of all files at once."""
    from lacmodel.planning import make_plan
    from lacmodel.scenario import read_scenario

    read, plans, faults = [], [], []
    for path in paths:
        try:
            read.append(read_scenario(path))
            plans.append(make_plan(read[-1]))
        except InputFaults as found:
            faults += found.faults
    faults = faults or unlike(paths, plans)
    if faults:
        raise InputFaults(faults)
    return read, plans


def unlike(paths: Sequence[Path], plans: Sequence[Any]) -> list[Fault]:
    """Why plans cannot be compared: other names, periods and areas than a comparison needs."""
    faults, names = [], [path.stem for path in paths]
    first, baseline = plans[0], paths[0].name
    for path, plan in zip(paths, plans, strict=True):
        if plan.period != first.period:
            rule = f"must cover the same period as {baseline} to be compared with it"
            faults.append(Fault(path, "years", plan.period.years, rule))
        if plan.area.code != first.area.code:
            rule = f"must be about the same council as {baseline} to be compared with it"
            faults.append(Fault(path, "area", plan.area.name, rule))
        if names.count(path.stem) > 1:
            faults.append(Fault(path, "", None, "two scenarios have this name"))
    return faults


def warn_if_slow(asked: str | None, engine: str, futures: int) -> None:
    """Say in a line that the fast engine does not work on this machine."""
    if asked is None and engine != ENGINES[0]:
        text = f"numba does not work here: the slower engine {engine} runs {futures} futures."
        click.echo(text, err=True)


def say(lines: Sequence[str], quiet: bool) -> None:
    """Print lines unless asked to be quiet."""
    if not quiet:
        click.echo("\n".join(lines))


@contextmanager
def counting(total: int, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar on the terminal that counts futures; nothing where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), "futures", TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("futures", total=total)
        yield lambda done: bar.advance(task, done)


def words_for(error: Exception) -> str:
    """What is said of a run that broke off, or nothing where there are no special words."""
    name = type(error).__name__
    if name == "FutureFailed":
        return f"lacmodel could not simulate {error}; nothing was written."
    if name in ("TerminatedWorkerError", "BrokenProcessPool", "KilledWorker"):
        return (
            "a worker process was killed, perhaps for want of memory; nothing was written. "
            "Fewer --workers need less."
        )
    return ""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code: 2 for faults in files, 130 when stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(exit_code(given))


def exit_code(arguments: list[str]) -> int:
    """Run a command; whatever goes wrong becomes words on stderr and a code."""
    try:
        commands.main(arguments, prog_name="lacmodel", standalone_mode=False)
    except InputFaults as found:
        for fault in found.faults:
            click.echo(str(fault), err=True)
        return BAD_INPUT
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; nothing was written", err=True)
        return STOPPED
    except Exception as error:
        if "--debug" in arguments:
            raise
        if words := words_for(error):
            click.echo(words, err=True)
            return 1
        click.echo(
            f"lacmodel could not finish: {type(error).__name__}: {error} "
            "(add --debug to see where).",
            err=True,
        )
        return 1
    return 0
