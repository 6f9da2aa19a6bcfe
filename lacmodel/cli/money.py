"""Commands about money: `cost-avoidance` and `business-case`."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from lacmodel.cli.options import (
    OUTPUTS,
    RUN_OPTIONS,
    SCENARIO_FILE,
    Day,
    Number,
    Pounds,
    Share,
    Whole,
    check_folder,
    counting,
    say,
)
from lacmodel.cli.running import warn_if_slow
from lacmodel.faults import InputFaults


@click.command("cost-avoidance")
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
@click.option(
    "--weeks",
    type=Whole(1, 260),
    default=12,
    show_default=True,
    help="The service counts who has not come into care so many weeks after referral.",
)
@click.option(
    "--until",
    type=Day(),
    default=None,
    metavar="DATE",
    help="The day of the early count, such as 2017-07-31; three months after the "
    "service opens unless given.",
)
@click.option(
    "--claim-price",
    type=Pounds(0, 1_000_000, "£1,250"),
    default=None,
    metavar="GBP",
    help="The weekly price of the service's own claim; the area's price of in-house "
    "foster care unless given.",
)
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="The service's own log: CSV with referral_date, age, engaged, entered_date, "
    "followed_until and, if there is a comparison group, group.",
)
def cost_avoidance(
    scenario: Path, out: Path | None, quiet: bool, weeks: int, until: date | None,
    claim_price: float | None, log: Path | None, **settings: Any,
) -> None:  # fmt: skip
    """What the edge-of-care service of SCENARIO truly prevents, and what that saves."""
    from lacmodel.analyses import cost_avoidance as avoiding
    from lacmodel.analyses.service_log import read_log
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.report.avoidance_page import avoidance_headline, write_avoidance
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    folder = out or OUTPUTS / f"{scenario.stem}-cost-avoidance"
    check_folder(folder, quiet)
    read, rows = all_read(lambda: read_scenario(scenario), lambda: read_log(log) if log else None)
    avoiding.check_scenario(read, chosen)
    plans = avoiding.plans_at_effects(read)
    day = until or avoiding.early_day(read, plans[-1])
    avoiding.check_day(day, plans[-1])
    with counting(3 * chosen.runs, quiet) as progress:
        answer = avoiding.cost_avoidance(read, plans, chosen, weeks, day, claim_price, progress)
    checked = avoiding.checked_log(answer, rows) if rows else None
    write_avoidance(folder, read, answer, checked, log)
    say(avoidance_headline(answer, checked, folder), quiet)


@click.command("business-case")
@click.argument("scenario", type=SCENARIO_FILE)
@RUN_OPTIONS
@click.option(
    "--within",
    type=Number(0, 20, above=True),
    default=3.0,
    show_default=True,
    metavar="YEARS",
    help="The probability of payback within so many years is given.",
)
@click.option(
    "--claimed-saving",
    type=Pounds(0, above=True),
    default=None,
    metavar="GBP",
    help="The yearly saving that a paper claims, to set its payback beside.",
)
@click.option(
    "--inflation",
    type=Share(-0.1, 0.5),
    default=0.02,
    show_default=True,
    help="General inflation a year, taken out so that prices are real (assumed).",
)
@click.option(
    "--borrowing-rate",
    type=Share(0, 0.5),
    default=None,
    help="Interest a year on the capital; 0.03 (assumed) unless given.",
)
def business_case(
    scenario: Path, out: Path | None, quiet: bool, within: float, claimed_saving: float | None,
    inflation: float, borrowing_rate: float | None, **settings: Any,
) -> None:  # fmt: skip
    """Whether the places that SCENARIO builds pay back their capital."""
    from lacmodel.analyses import business_case as casing
    from lacmodel.analyses import schemes
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.report.case_page import case_headline, write_case
    from lacmodel.scenario import read_scenario

    chosen = chosen_settings(**settings)
    warn_if_slow(settings["engine"], chosen.engine, chosen.runs)
    folder = out or OUTPUTS / f"{scenario.stem}-business-case"
    check_folder(folder, quiet)
    read = read_scenario(scenario)
    schemes.check_scenario(read, chosen)
    plans = casing.plans_of(read)
    schemes.check_dates(read, plans[0])
    schemes.check_bases(read, plans[0])
    stated = borrowing_rate is not None
    rate = borrowing_rate if borrowing_rate is not None else casing.BORROWING_RATE
    terms = casing.Terms(within, inflation, rate, stated, claimed_saving)
    with counting(chosen.runs * sum(plan is not None for plan in plans), quiet) as progress:
        case = casing.business_case(read, plans, chosen, terms, progress)
    write_case(folder, read, case)
    say(case_headline(case, folder), quiet)


def all_read(*readers: Any) -> list[Any]:
    """What several readers give, with the faults of all of them at once."""
    found, faults = [], []
    for reader in readers:
        try:
            found.append(reader())
        except InputFaults as error:
            faults += error.faults
    if faults:
        raise InputFaults(faults)
    return found
