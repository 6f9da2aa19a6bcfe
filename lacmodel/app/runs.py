"""What the pages run: the same functions as the commands, each into a folder of its own.

Every function is given where to write and a function that counts, and gives back what was run.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lacmodel.analyses import business_case as casing
from lacmodel.analyses import cost_avoidance as avoiding
from lacmodel.analyses import goals, places_plan, schemes
from lacmodel.analyses import options as appraising
from lacmodel.analyses import sensitivity as moving
from lacmodel.analyses.compare import compare
from lacmodel.analyses.conventional_moves import all_moves
from lacmodel.analyses.forecast import Forecast, headline, run_forecast
from lacmodel.analyses.reasons import plans_without, without_reasons
from lacmodel.analyses.side_by_side import read_all
from lacmodel.analyses.simulate import EXPECTED, Settings, chosen_settings
from lacmodel.analyses.sufficiency import sufficiency
from lacmodel.analyses.todays_list import forecast_of_list, list_tables, tries
from lacmodel.app.draft import Draft, draft_of, draft_text, key_of, settled
from lacmodel.app.folders import Folders
from lacmodel.area import read_area
from lacmodel.area.settings import PlacementsNow
from lacmodel.area.write import write_folder
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.change import REASONS
from lacmodel.money.committed import committed_words
from lacmodel.plan import Plan
from lacmodel.report.avoidance_page import write_avoidance
from lacmodel.report.case_page import write_case
from lacmodel.report.goal_words import GOAL_FILE, goal_lines, write_goal
from lacmodel.report.monitor_words import monitor_lines
from lacmodel.report.options_page import write_options
from lacmodel.report.plan_page import PLAN_FILE, write_plan
from lacmodel.report.run_folder import new_folder
from lacmodel.report.sensitivity_page import write_sensitivity
from lacmodel.report.sufficiency_page import write_sufficiency
from lacmodel.report.summary import spend_line
from lacmodel.report.write import write_comparison, write_forecast
from lacmodel.scenario import Scenario

Count = Callable[[int], None]


class Ran(NamedTuple):
    """A run that is done: its folder, the draft that it was made of, and words of its answer."""

    folder: Path
    draft: str = ""  # nothing where it is of several scenarios
    said: tuple[str, ...] = ()  # what no section of the report begins with


def expected(plan: Plan) -> Forecast:
    """Expected numbers of a plan, at once."""
    settings = chosen_settings(engine=EXPECTED)
    return run_forecast(tries(plan, settings, False)[0], settings)


def futures_of(draft: Draft, settings: Settings, folder: Path, count: Count) -> Ran:
    """A forecast of a draft, as `lacmodel run` writes it."""
    scenario, plan = settled(draft, folder)
    plan, other = tries(plan, settings, False)
    result, ends = forecast_of_list(plan, other, settings, count)
    without = [tries(each, settings, False)[0] for each in plans_without(scenario, plan.area)]
    result = replace(result, reasons=without_reasons(scenario, result, without, settings, count))
    write_forecast(folder / "run", scenario, result, {}, list_tables(result, ends))
    return Ran(folder / "run", key_of(draft), money_words(result))


def runs_of(draft: Draft) -> int:
    """How many runs a forecast of a draft makes: one, and one for each reason of its changes."""
    return 1 + len({change.get("because") for change in draft.changes} & set(REASONS))


def money_words(result: Forecast) -> tuple[str, ...]:
    """What a run says of money: its monitor, spend against budget, and what is committed."""
    spent = spend_line(headline(result), len(result.ensemble.futures))
    return (*monitor_lines(result), spent, committed_words(result.money))


def _side_by_side(
    files: Sequence[Path], given: PlacementsNow | None, settings: Settings
) -> tuple[list[Scenario], list[Plan]]:
    """Scenarios and their plans, as their runs take expected ends of placements."""
    read, made = read_all(files, given)
    return read, [tries(plan, settings, False)[0] for plan in made]


def comparison_of(
    files: Sequence[Path],
    given: PlacementsNow | None,
    settings: Settings,
    folder: Path,
    count: Count,
) -> Ran:
    """Scenarios beside the first of them, as `lacmodel compare` writes it."""
    read, plans = _side_by_side(files, given, settings)
    runs = [run_forecast(plan, settings, count) for plan in plans]
    write_comparison(folder / "run", read, compare(runs[0], tuple(runs[1:])))
    return Ran(folder / "run")


def options_of(
    files: Sequence[Path],
    given: PlacementsNow | None,
    settings: Settings,
    folder: Path,
    count: Count,
) -> Ran:
    """Scenarios as options, the first to do nothing, as `lacmodel options` writes them."""
    read, plans = _side_by_side(files, given, settings)
    appraising.check_options(read, plans, settings)
    appraised = appraising.appraise_options(read, plans, settings, count)
    write_options(folder / "run", read, appraised)
    return Ran(folder / "run")


def sufficiency_of(draft: Draft, settings: Settings, folder: Path, count: Count) -> Ran:
    """Need against places, as `lacmodel sufficiency` writes it."""
    scenario, plan = settled(draft, folder)
    plan = tries(plan, settings, False)[0]
    write_sufficiency(folder / "run", scenario, sufficiency(plan, settings, count))
    return Ran(folder / "run", key_of(draft))


def make_whole(path: Path, within: Folders) -> None:
    """Copy the changes that a scenario file extends into it, since the draft's file is private."""
    if path.is_file():
        path.write_bytes(draft_text(draft_of(path, within)).encode())


def plan_of(
    draft: Draft,
    settings: Settings,
    terms: places_plan.Terms,
    costs: Mapping[str, places_plan.Building],
    folder: Path,
    count: Count,
) -> Ran:
    """Places to add to a draft, as `lacmodel plan` writes them."""
    scenario = scenario_of(draft, folder)
    answer = places_plan.places_plan(scenario, terms, dict(costs), settings, count)
    write_plan(folder / "run", answer)
    make_whole(folder / "run" / PLAN_FILE, Folders(draft.area, folder))
    return Ran(folder / "run", key_of(draft))


def goal_of(draft: Draft, settings: Settings, goal: goals.Goal, folder: Path, count: Count) -> Ran:
    """What keeps a goal, as `lacmodel goal` writes it."""
    scenario = scenario_of(draft, folder)
    answer = goals.find_goal(scenario, goal, settings, count)
    write_goal(folder / "run", scenario, answer, settings)
    make_whole(folder / "run" / GOAL_FILE, Folders(draft.area, folder))
    return Ran(folder / "run", key_of(draft), tuple(goal_lines(answer)))


def sensitivity_of(draft: Draft, settings: Settings, folder: Path, count: Count) -> Ran:
    """What matters most in a draft, as `lacmodel sensitivity` writes it."""
    scenario, plan = settled(draft, folder)
    plan = tries(plan, settings, False)[0]
    moves = all_moves(scenario, plan, settings)
    write_sensitivity(folder / "run", scenario, moving.sensitivity(plan, moves, settings, count))
    return Ran(folder / "run", key_of(draft))


def scenario_of(draft: Draft, folder: Path) -> Scenario:
    """A draft's scenario for a question that takes no list of today's placements."""
    return settled(replace(draft, given=None), folder)[0]


def avoidance_of(draft: Draft, settings: Settings, weeks: int, folder: Path, count: Count) -> Ran:
    """What a draft's service prevents, as `lacmodel cost-avoidance` writes it."""
    scenario = scenario_of(draft, folder)
    avoiding.check_scenario(scenario, settings)
    plans = avoiding.plans_at_effects(scenario)
    answer = avoiding.cost_avoidance(scenario, plans, settings, weeks, progress=count)
    write_avoidance(folder / "run", scenario, answer)
    return Ran(folder / "run", key_of(draft))


def case_of(
    draft: Draft, settings: Settings, terms: casing.Terms, folder: Path, count: Count
) -> Ran:
    """Whether a draft's places pay back, as `lacmodel business-case` writes it."""
    scenario = scenario_of(draft, folder)
    schemes.check_scenario(scenario, settings)
    plans = casing.plans_of(scenario)
    schemes.check_dates(scenario, plans[0])
    schemes.check_bases(scenario, plans[0])
    write_case(
        folder / "run", scenario, casing.business_case(scenario, plans, settings, terms, count)
    )
    return Ran(folder / "run", key_of(draft))


def keep_run(run: Path, folder: Path) -> None:
    """Copy the folder of a run to where it stays.

    Raises
    ------
    InputFaults
        if anything but a run of lacmodel stands there
    """
    with new_folder(folder) as building:
        shutil.copytree(run, building, dirs_exist_ok=True)


def keep_area(made: Path, folders: Folders) -> Path:
    """Copy an area among those of the chosen folder.

    Raises
    ------
    InputFaults
        if its children are read from a return that was uploaded, or something stands there
    """
    if read_area(made).opening_return is not None:
        rule = (
            "reads its children from the uploaded return, which is removed when the app ends: make "
            "it fit to be shared, or make it with lacmodel new --return FOLDER"
        )
        raise InputFaults([Fault(made.name, "", None, rule)])
    place = folders.chosen / "areas" / made.name
    files = {path.name: path.read_bytes() for path in sorted(made.iterdir()) if path.is_file()}
    write_folder(place, files)
    return place
