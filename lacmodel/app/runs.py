"""What the pages run: the same functions as the commands, each into a folder of its own.

Every function is given where to write and a function that counts, and gives back the folder.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from lacmodel.analyses import business_case as casing
from lacmodel.analyses import cost_avoidance as avoiding
from lacmodel.analyses import schemes
from lacmodel.analyses.compare import compare
from lacmodel.analyses.forecast import Forecast, run_forecast
from lacmodel.analyses.side_by_side import read_all
from lacmodel.analyses.simulate import EXPECTED, Settings, chosen_settings
from lacmodel.analyses.todays_list import forecast_of_list, list_tables, tries
from lacmodel.app.draft import Draft, settled
from lacmodel.app.folders import Folders
from lacmodel.area import read_area
from lacmodel.area.settings import PlacementsNow
from lacmodel.area.write import write_folder
from lacmodel.faults import Fault, InputFaults
from lacmodel.plan import Plan
from lacmodel.report.avoidance_page import write_avoidance
from lacmodel.report.case_page import write_case
from lacmodel.report.run_folder import new_folder
from lacmodel.report.write import write_comparison, write_forecast

Count = Callable[[int], None]


def expected(plan: Plan) -> Forecast:
    """Expected numbers of a plan, at once."""
    settings = chosen_settings(engine=EXPECTED)
    return run_forecast(tries(plan, settings, False)[0], settings)


def futures_of(draft: Draft, settings: Settings, folder: Path, count: Count) -> Path:
    """A forecast of a draft, as `lacmodel run` writes it."""
    scenario, plan = settled(draft, folder)
    plan, other = tries(plan, settings, False)
    result, ends = forecast_of_list(plan, other, settings, count)
    write_forecast(folder / "run", scenario, result, {}, list_tables(result, ends))
    return folder / "run"


def comparison_of(
    files: Sequence[Path],
    given: PlacementsNow | None,
    settings: Settings,
    folder: Path,
    count: Count,
) -> Path:
    """Scenarios beside the first of them, as `lacmodel compare` writes it."""
    read, made = read_all(files, given)
    plans = [tries(plan, settings, False)[0] for plan in made]
    runs = [run_forecast(plan, settings, count) for plan in plans]
    write_comparison(folder / "run", read, compare(runs[0], tuple(runs[1:])))
    return folder / "run"


def avoidance_of(draft: Draft, settings: Settings, weeks: int, folder: Path, count: Count) -> Path:
    """What a draft's service prevents, as `lacmodel cost-avoidance` writes it."""
    scenario = settled(draft, folder)[0]
    avoiding.check_scenario(scenario, settings)
    plans = avoiding.plans_at_effects(scenario)
    answer = avoiding.cost_avoidance(scenario, plans, settings, weeks, progress=count)
    write_avoidance(folder / "run", scenario, answer)
    return folder / "run"


def case_of(
    draft: Draft, settings: Settings, terms: casing.Terms, folder: Path, count: Count
) -> Path:
    """Whether a draft's places pay back, as `lacmodel business-case` writes it."""
    scenario = settled(draft, folder)[0]
    schemes.check_scenario(scenario, settings)
    plans = casing.plans_of(scenario)
    schemes.check_dates(scenario, plans[0])
    schemes.check_bases(scenario, plans[0])
    write_case(
        folder / "run", scenario, casing.business_case(scenario, plans, settings, terms, count)
    )
    return folder / "run"


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
