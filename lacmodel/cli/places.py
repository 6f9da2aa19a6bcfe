"""Commands about places: `sufficiency`, `plan` and `goal`."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from lacmodel.cli.options import (
    OUTPUTS,
    RUN_OPTIONS,
    SCENARIO_FILE,
    Day,
    Pounds,
    Share,
    Whole,
    check_folder,
    counting,
    pounds_of,
    say,
)
from lacmodel.cli.running import warn_if_slow


@click.command()
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
def sufficiency(scenario: Path, out: Path | None, quiet: bool, **settings: Any) -> None:
    """Whether SCENARIO has enough of the right places, and what being short costs."""
    from lacmodel.analyses import sufficiency as asking
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.planning import make_plan
    from lacmodel.report.sufficiency_page import sufficiency_headline, write_sufficiency
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    asking.check_engine(chosen)
    folder = out or OUTPUTS / f"{scenario.stem}-sufficiency"
    check_folder(folder, quiet)
    read = read_scenario(scenario)
    plan = make_plan(read)
    with counting(chosen.runs * asking.passes(plan), quiet) as progress:
        answer = asking.sufficiency(plan, chosen, progress)
    write_sufficiency(folder, read, answer)
    say(sufficiency_headline(answer, folder), quiet)


def read_capital(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> list[tuple[str, float]]:
    """TYPE=GBP, several times."""
    from lacmodel.codes import PLACEMENTS, SPLIT_BY_PROVIDER

    types = [PLACEMENTS[placement] for placement in SPLIT_BY_PROVIDER]
    read: list[tuple[str, float]] = []
    for given in value:
        placement, _, amount = given.partition("=")
        pounds = pounds_of(amount)
        if placement not in types or pounds is None or pounds < 0:
            rule = f"{given}: must be a type and pounds, such as supported=£120,000; types are "
            raise click.BadParameter(rule + ", ".join(types))
        if placement in dict(read):
            raise click.BadParameter(f"{given}: {placement} is given twice")
        read.append((placement, float(pounds)))
    return read


@click.command("plan")
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
@click.option(
    "--capital",
    type=Pounds(0),
    required=True,
    metavar="GBP",
    help="The capital that may be spent.",
)
@click.option(
    "--shortage-share",
    "target",
    type=Share(0, 1),
    default=0.1,
    show_default=True,
    help="The share of days on which need may exceed places.",
)
@click.option(
    "--capital-per-place",
    "stated",
    multiple=True,
    callback=read_capital,
    metavar="TYPE=GBP",
    help="What a place costs to build, such as supported=120000; "
    "only types that are named are added to. Else those of the founding papers, for "
    "children's homes and supported accommodation (unconfirmed).",
)
@click.option(
    "--lead-months",
    type=Whole(0, 120),
    default=12,
    show_default=True,
    help="Months before the first places can open, always on a 1 April.",
)
def plan(
    scenario: Path, out: Path | None, quiet: bool, capital: float, target: float,
    stated: list[tuple[str, float]], lead_months: int, **settings: Any,
) -> None:  # fmt: skip
    """The least-cost places to add to SCENARIO that meet a target of shortage."""
    from lacmodel.analyses import places_plan as planning
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.analyses.sufficiency import check_engine
    from lacmodel.planning import make_plan
    from lacmodel.report.plan_page import plan_headline, write_plan
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    check_engine(chosen)
    folder = out or OUTPUTS / f"{scenario.stem}-plan"
    check_folder(folder, quiet)
    terms = planning.Terms(capital, target, lead_months)
    costs = planning.stated_buildings(stated)
    read = read_scenario(scenario)
    with counting(planning.runs_of(make_plan(read), chosen), quiet) as progress:
        answer = planning.places_plan(read, terms, costs, chosen, progress)
    write_plan(folder, answer)
    say(plan_headline(answer, folder), quiet)


@click.command("goal")
@click.argument("what", type=click.Choice(["spend", "shortage"]))
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
@click.option("--year", required=True, metavar="YEAR", help="The financial year, such as 2019/20.")
@click.option(
    "--under",
    type=Pounds(0),
    default=None,
    metavar="GBP",
    help="(spend, required) The net spend that is not to be exceeded.",
)
@click.option(
    "--chance",
    type=Share(0.01, 0.99),
    default=0.8,
    show_default=True,
    help="(spend) The probability with which it is kept.",
)
@click.option(
    "--shortage-share",
    "share",
    type=Share(0, 1),
    default=0.1,
    show_default=True,
    help="(shortage) The share of days that may be short.",
)
@click.option(
    "--by",
    type=click.Choice(["places", "households", "entries"]),
    default="places",
    show_default=True,
    help="More places, more foster households, or fewer entries.",
)
@click.option(
    "--placement",
    type=click.Choice(["foster", "childrens_home", "supported"]),
    default=None,
    help="The type of the places, and (shortage) the type that is short: childrens_home unless "
    "given; with --by households always foster.",
)
@click.option(
    "--from",
    "since",
    type=Day(),
    default=None,
    metavar="DATE",
    help="The first of the month from which it holds; the first day unless given.",
)
def goal(
    what: str, scenario: Path, out: Path | None, quiet: bool, year: str, under: float | None,
    chance: float, share: float, by: str, placement: str | None, since: date | None,
    **settings: Any,
) -> None:  # fmt: skip
    """How many places, or fewer entries, keep spend or shortage in SCENARIO within a limit."""
    from lacmodel.analyses import goals
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.analyses.sufficiency import check_engine
    from lacmodel.report.goal_words import goal_headline, write_goal
    from lacmodel.scenario import read_scenario

    if what == "spend" and under is None:
        raise click.UsageError("goal spend needs --under")
    if what == "shortage" and under is not None:
        raise click.UsageError("--under is of goal spend; goal shortage takes --shortage-share")
    folder = out or OUTPUTS / f"{scenario.stem}-goal-{what}"
    check_folder(folder, quiet)
    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    check_engine(chosen)
    sought = goals.Goal(
        what, year, share if under is None else under, chance, by,
        placement or ("foster" if by == "households" else "childrens_home"),
        since,
    )  # fmt: skip
    read = read_scenario(scenario)
    with counting(goals.most_runs(sought, chosen), quiet) as progress:
        answer = goals.find_goal(read, sought, chosen, progress)
    write_goal(folder, read, answer, chosen)
    say(goal_headline(answer, folder), quiet)
