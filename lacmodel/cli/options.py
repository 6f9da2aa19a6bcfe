"""What several commands share: their options, what they say, and the bar that counts."""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

ENGINES: Final = ("compiled", "child_events", "stock_flow")
LAYERS: Final = ("1", "2", "3", "4")
OUTPUTS: Final = Path("outputs")


MOST_FUTURES: Final = 1_000_000  # more are a slip of the keys
MOST_WORKERS: Final = 256


class Whole(click.IntRange):
    """A whole number within a range."""

    name = "whole number"


class Amount(click.FloatRange):
    """A number within a range; what is no plain number, such as nan, is refused."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number that was given."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a plain number.", param, ctx)
        return number


class Day(click.DateTime):
    """A day, written year first."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The midnight with which the day begins."""
        try:
            return datetime.strptime(value, *self.formats)
        except ValueError:
            self.fail(f"{value} is not a day written like 2026-11-01.", param, ctx)


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
FUTURES: Final = click.option(
    "--futures", type=Whole(1, MOST_FUTURES), default=None,
    help="How many futures to simulate; 1,000 unless given (200 without numba).",
)  # fmt: skip
SETTINGS: Final = with_options(
    click.option("--seed", type=Whole(min=0), default=2017, show_default=True,
                 help="The same seed gives the same tables."),
    click.option("--engine", type=click.Choice(ENGINES), default=None,
                 help="compiled unless given (child_events without numba; the futures are the "
                 "same). stock_flow gives expected numbers without a range, at once."),
    click.option("--layers", callback=read_layers, default=",".join(LAYERS), show_default=True,
                 help="Uncertainty: 1 chance, 2 estimates, 3 drift, 4 prices and mix."),
    click.option("--workers", type=Whole(1, MOST_WORKERS), default=None,
                 help="Workers to use; as many as there are cores unless given."),
    click.option("--cluster", default="", metavar="ADDRESS",
                 help="A running Dask scheduler, such as tcp://10.0.0.5:8786, to use its workers."),
    click.option("--out", type=click.Path(path_type=Path), default=None,
                 help="The folder to write; one in outputs/ unless given."),
    click.option("--quiet", is_flag=True, help="Print nothing but faults."),
    DEBUG,
)  # fmt: skip


RUN_OPTIONS: Final = with_options(FUTURES, SETTINGS)
LIST_OPTIONS: Final = with_options(
    click.option("--placements-now", "listed", type=click.Path(path_type=Path), default=None,
                 metavar="FILE", help="A list of today's placements (CSV or Excel, one row a "
                 "child, nothing that says who it is) in place of the area's opening children."),
    click.option("--as-at", type=Day(), default=None, metavar="DATE",
                 help="The day of which that list is, such as 2026-11-01."),
    click.option("--ignore-expected-ends", "ignore_ends", is_flag=True,
                 help="Leave the expected ends of the list out of account."),
)  # fmt: skip


def list_given(listed: Path | None, as_at: datetime | None) -> Any:
    """The list of today's placements that the options name, and its day; they go together."""
    if (listed is None) != (as_at is None):
        raise click.UsageError("--placements-now and --as-at go together")
    from pydantic import ValidationError

    from lacmodel.area.settings import PlacementsNow

    try:
        return PlacementsNow(file=str(listed), as_at=as_at.date()) if as_at else None
    except ValidationError as error:
        rule = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.BadParameter(rule, param_hint="--as-at") from error


def say(lines: Sequence[str], quiet: bool) -> None:
    """Print lines unless asked to be quiet."""
    if not quiet:
        click.echo("\n".join(lines))


@contextmanager
def counting(
    total: int, quiet: bool, what: str = "futures"
) -> Iterator[Callable[[int], None] | None]:
    """A bar on the terminal that counts what is done; nothing where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), what, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
