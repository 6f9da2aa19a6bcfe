"""The commands: one a question. What is heavy is imported inside the command that needs it."""

import errno
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from lacmodel import __version__
from lacmodel.cli.app import app
from lacmodel.cli.backtesting import backtest
from lacmodel.cli.choosing import options
from lacmodel.cli.comparing_runs import movement
from lacmodel.cli.doctoring import doctor
from lacmodel.cli.evidence import fit, national
from lacmodel.cli.making import new
from lacmodel.cli.money import business_case, cost_avoidance
from lacmodel.cli.options import DEBUG
from lacmodel.cli.places import goal, plan, sufficiency
from lacmodel.cli.returns import check
from lacmodel.cli.running import compare, run
from lacmodel.cli.sensitivity import sensitivity
from lacmodel.cli.sharing import publish
from lacmodel.cli.synthesising import synthesise
from lacmodel.faults import Fault, InputFaults

BAD_INPUT: Final = 2
STOPPED: Final = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lacmodel")
@DEBUG
def commands() -> None:
    """Forecast children in care: numbers, placements and spend."""


for command in (
    run, compare, options, new, fit, national, check, cost_avoidance, business_case, publish,
    synthesise, sensitivity, sufficiency, plan, goal, movement, doctor, backtest, app,
):  # fmt: skip
    commands.add_command(command)


def words_for(error: Exception) -> str:
    """What is said of a run that broke off, or nothing where there are no special words."""
    name = type(error).__name__
    if name == "FutureFailed":
        return f"lacmodel could not simulate {error}; nothing was written."
    if isinstance(error, MemoryError):
        return "there is too little memory; nothing was written. Fewer --futures need less."
    if name in ("TerminatedWorkerError", "BrokenProcessPool", "KilledWorker"):
        return (
            "a worker process was killed, perhaps for want of memory; nothing was written. "
            "Fewer --workers need less."
        )
    return ""


def name_fault(error: Exception) -> Fault | None:
    """What is said of a name that no file can have; nothing of any other error."""
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return Fault("a name", "", error.filename, "is too long for a file of this system")
    if isinstance(error, ValueError) and "embedded null" in str(error):
        return Fault("a name", "", None, "holds a character (NUL) that no file's name can have")
    return None


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code: 2 for faults in files, 130 when stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(exit_code(given))


def exit_code(arguments: list[str]) -> int:
    """Run a command; whatever goes wrong becomes words on stderr and a code."""
    try:
        return int(commands.main(arguments, prog_name="lacmodel", standalone_mode=False) or 0)
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
        if unusable := name_fault(error):
            click.echo(str(unusable), err=True)
            return BAD_INPUT
        if words := words_for(error):
            click.echo(words, err=True)
            return 1
        click.echo(
            f"lacmodel could not finish: {type(error).__name__}: {error} "
            "(add --debug to see where).",
            err=True,
        )
        return 1
