"""What several commands share: their options, what they say, and the bar that counts."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from decimal import Decimal

Command = TypeVar("Command", bound=Callable[..., Any])

ENGINES: Final = ("compiled", "child_events", "stock_flow")
PLAIN: Final = re.compile(r"-?(([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?|\.[0-9]+)(e[0-9]{1,2})?")
TIMES: Final = {"": 1, "k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
LAYERS: Final = ("1", "2", "3", "4")
OUTPUTS: Final = Path("outputs")
MOST_FUTURES: Final = 1_000_000  # more are a slip of the keys
MOST_WORKERS: Final = 256
LONGEST_NAME: Final = 60  # characters of a folder, as Windows allows 260 of a path


class Number(click.FloatRange):
    """A number within a range, as people write it; what could be read in two ways is refused."""

    name = "number"
    what = "a number"

    def __init__(
        self, least: float | None = None, most: float | None = None, such_as: str = "",
        above: bool = False,
    ) -> None:  # fmt: skip
        """Limits as click has them, and an example for who writes what cannot be read."""
        super().__init__(least, most, above)
        self.such_as = such_as

    def read(self, text: str) -> "Decimal | None":
        """The number that a text is; None where it is none."""
        return plain_number(text)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number that was given."""
        return float(self.checked(value, param, ctx))

    def checked(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Decimal | float":
        """The number that was given, or a refusal with the value, the rule and an example."""
        number = self.read(value) if isinstance(value, str) else value
        if number is None or not self.is_within(float(number)):
            example = f", such as {self.such_as}" if self.such_as else ""
            self.fail(f"{value}: must be {self.what}{self.limits}{example}", param, ctx)
        return number

    def is_within(self, number: float) -> bool:
        """Whether a number is within the range."""
        above = self.min is None or (number > self.min if self.min_open else number >= self.min)
        return above and number <= (sys.float_info.max if self.max is None else self.max)

    @property
    def limits(self) -> str:
        """The range in words."""
        if self.min is None:
            return ""
        if self.max is None:
            return f" above {self.min:,}" if self.min_open else f" of {self.min:,} or more"
        if self.min_open:
            return f" above {self.min:,} and at most {self.max:,}"
        return f" from {self.min:,} to {self.max:,}"


class Share(Number):
    """A share, which may be written as a percentage."""

    what = "a share"

    def __init__(self, least: float, most: float) -> None:
        """The least and the most."""
        super().__init__(least, most, "0.1 or 10%")

    def read(self, text: str) -> "Decimal | None":
        """The share that a text is; None where it is none."""
        number = plain_number(text.rstrip().removesuffix("%"))
        return number / 100 if number is not None and text.rstrip().endswith("%") else number


class Pounds(Number):
    """Pounds, with or without their sign, thousands and millions as people write them."""

    name = "pounds"
    what = "pounds"

    def __init__(
        self, least: float, most: float | None = None, such_as: str = "£4,700,000 or £4.7m",
        above: bool = False,
    ) -> None:  # fmt: skip
        """Limits and examples as of any number."""
        super().__init__(least, most, such_as, above)

    def read(self, text: str) -> "Decimal | None":
        """The pounds that a text is; None where it is none."""
        return pounds_of(text)


class Whole(Number):
    """A whole number, which may have commas between its thousands."""

    what = "a whole number"

    def read(self, text: str) -> "Decimal | None":
        """The whole number that a text is; None where it is none."""
        return plain_number(text) if set(text.strip()) <= set("-0123456789,") else None

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The whole number that was given."""
        return int(self.checked(value, param, ctx))


class Day(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.5 on alone
    """A date, the year first or the day first."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that was given."""
        from lacmodel.area.placements_now import date_read

        try:
            return value if isinstance(value, date) else date_read(value.strip())
        except ValueError as error:
            self.fail(f"{value}: {error}", param, ctx)


def plain_number(text: str) -> "Decimal | None":
    """A number in figures, with or without commas between its thousands; None of anything else.

    >>> plain_number("28,000"), plain_number("2,80"), plain_number("nan")
    (Decimal('28000'), None, None)
    """
    from decimal import Decimal

    found = PLAIN.fullmatch(text.strip())
    return Decimal(found[0].replace(",", "")) if found else None


def pounds_of(text: str) -> "Decimal | None":
    """Pounds as people write them; None of anything else.

    >>> pounds_of("£4.7m") == pounds_of("4,700,000") == pounds_of("4.7 million") == 4_700_000
    True
    """
    found = re.fullmatch(r"£? *(.*?) *([a-z]*)", text.strip().lower())
    number = plain_number(found[1]) if found else None
    if found is None or number is None or found[2] not in TIMES:
        return None
    return number * TIMES[found[2]]


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
    "--futures", type=Whole(1, MOST_FUTURES, "1,000"), default=None,
    help="How many futures to simulate; 1,000 unless given (200 without numba).",
)  # fmt: skip
SETTINGS: Final = with_options(
    click.option("--seed", type=Whole(0, such_as="2017"), default=2017, show_default=True,
                 help="The same seed gives the same tables."),
    click.option("--engine", type=click.Choice(ENGINES), default=None,
                 help="compiled unless given (child_events without numba; the futures are the "
                 "same). stock_flow gives expected numbers without a range, at once."),
    click.option("--layers", callback=read_layers, default=",".join(LAYERS), show_default=True,
                 help="Uncertainty: 1 chance, 2 estimates, 3 drift, 4 prices and mix."),
    click.option("--workers", type=Whole(1, MOST_WORKERS, "2"), default=None,
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
                 help="The day of which that list is, such as 2026-11-01 or 01/11/2026."),
    click.option("--ignore-expected-ends", "ignore_ends", is_flag=True,
                 help="Leave the expected ends of the list out of account."),
)  # fmt: skip


def list_given(listed: Path | None, as_at: date | None) -> Any:
    """The list of today's placements that the options name, and its day; they go together."""
    if (listed is None) != (as_at is None):
        raise click.UsageError("--placements-now and --as-at go together")
    from pydantic import ValidationError

    from lacmodel.area.settings import PlacementsNow

    try:
        return PlacementsNow(file=str(listed), as_at=as_at) if as_at else None
    except ValidationError as error:
        rule = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.BadParameter(rule, param_hint="--as-at") from error


def check_folder(folder: Path, quiet: bool, *read: Path) -> None:
    """Refuse a place that is not to be written, and say which earlier run is replaced there."""
    from lacmodel.report.run_folder import check_place, earlier_run

    check_place(folder, *read)
    if earlier := earlier_run(folder):
        say([f"{folder}: replaces {earlier}."], quiet)


def several_name(kind: str, baseline: Path, scenarios: Sequence[Path]) -> str:
    """The name of a folder of several scenarios, which differs with each of them.

    >>> several_name("options", Path("a.toml"), [Path("b.toml"), Path("c.toml")])
    'options-a-b-c'
    """
    name = "-".join([kind, baseline.stem, *(scenario.stem for scenario in scenarios)])
    if len(name) <= LONGEST_NAME:
        return name
    from zlib import crc32

    mark = f"-{crc32(name.encode()):08x}"
    return name[: LONGEST_NAME - len(mark)] + mark


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
