"""Running again: a run's inputs read from where they were, and parts of them put into another's.

A run folder says where its inputs lay and what their hashes were. Where they are still the same
files the run can be made again, and so can a run that has some parts of an older one and the others
of a newer one. The parts are put in one after the other, in the order of `GROUPS`; those of the
newer run's scenario come first, change by change, since its dates may lie after the start of the
older one.
"""

import hashlib
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.analyses.forecast import run_forecast
from lacmodel.analyses.simulate import EXPECTED, Settings, chosen_settings
from lacmodel.analyses.todays_list import tries
from lacmodel.area import Area
from lacmodel.area.settings import PlacementsNow
from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.changes import Change
from lacmodel.listed import area_today
from lacmodel.money.by_month import by_month_table
from lacmodel.planning import make_plan
from lacmodel.results import TidyTable, children_table, flows_table
from lacmodel.run_files import ReadFrom, RunManifest, manifest_of, of_both
from lacmodel.scenario import Scenario, read_scenario

Progress = Callable[[int], None] | None
CHILDREN: Final = "children who came, left or moved since"


class Group(NamedTuple):
    """Inputs that are put in together."""

    name: str
    area: tuple[str, ...] = ()  # fields of `Area`
    inputs: tuple[str, ...] = ()  # fields of `Inputs`


GROUPS: Final = (
    Group("how the runs are made", inputs=("settings", "ignore_ends")),
    Group("scenario", inputs=("scenario",)),  # change by change
    Group("residents", ("population", "projected_growth_a_year", "projection_source")),
    Group("refitted rates", ("parameters", "estimates")),
    Group("the council's own places", ("supply", "carers", "shortage_order", "capped")),
    Group(
        "prices, fixed costs and income",
        ("unit_costs", "uplifts", "uplift_sources", "fixed_costs", "one_off_costs", "contracts",
         "income"),
    ),
    Group("actuals of months gone", ("actuals",)),
    Group(
        CHILDREN,
        ("start", "opening", "past_leavers", "children", "left", "opening_return",
         "placements_now", "provider_codes", "history", "known"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a run's spend follows from."""

    scenario: Scenario
    area: Area
    settings: Settings
    ignore_ends: bool


class Put(NamedTuple):
    """What is put in of the newer run, and how."""

    name: str
    into: Callable[[Inputs], Inputs]


class Step(NamedTuple):
    """A run with one more of the newer run's inputs, by its tables."""

    name: str
    tables: dict[str, TidyTable]


# Reading -----------------------------------------------------------------------------------------


def inputs_of(folder: Path) -> Inputs:
    """The inputs of a run folder, if they are still those that it was made from.

    Raises
    ------
    InputFaults
        with everything that is not there any more, or not as it was
    """
    made = manifest_of(folder, RunManifest)
    if made.get("read_from") is None:
        rule = "does not say where its inputs lay (an earlier version of lacmodel wrote it)"
        raise InputFaults([Fault(folder, "", None, rule)])
    lay = ReadFrom.model_validate(made["read_from"])
    paths = {name: (folder / path).resolve() for name, path in lay.files.items()}
    if faults := list(_changed(folder, paths, made["inputs_sha256"])):
        raise InputFaults(faults)
    listed = None
    if given := lay.placements_now:
        listed = PlacementsNow(file=str(paths[given.file]), as_at=given.as_at)
    scenario = read_scenario(paths[lay.scenario], listed.start if listed else None)
    area = area_today(scenario.area, listed)
    return Inputs(scenario, area, _settings(made), lay.ignore_expected_ends)


def both_inputs(old: Path, new: Path) -> tuple[Inputs, Inputs]:
    """The inputs of two run folders, with the faults of both at once."""
    return of_both(old, new, inputs_of)


def _changed(folder: Path, paths: Mapping[str, Path], hashes: Mapping[str, str]) -> Iterator[Fault]:
    """Files that are gone, or are not what they were."""
    for name, path in paths.items():
        if not path.is_file():
            yield Fault(path, "", None, f"of {folder.name} is not there any more")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != hashes[name]:
            yield Fault(path, "", None, f"has changed since {folder.name} was made")


def _settings(made: Mapping[str, Any]) -> Settings:
    """The settings of a run; its futures are the same whichever event engine runs them."""
    engine = EXPECTED if made["engine"] == EXPECTED else None
    return chosen_settings(made["futures"], made["seed"], engine, frozenset(made["layers"]))


# Running -----------------------------------------------------------------------------------------


def run_again(inputs: Inputs, progress: Progress = None) -> dict[str, TidyTable]:
    """The tables of a run by which it is compared with others."""
    made = make_plan(inputs.scenario, inputs.area)
    plan = tries(made, inputs.settings, inputs.ignore_ends)[0]
    result = run_forecast(plan, inputs.settings, progress)
    tables = (
        by_month_table(plan, result.money),
        children_table(plan, result.ensemble),
        flows_table(plan, result.ensemble),
    )
    return {table.name: table for table in tables}


def put_in(inputs: Inputs, other: Inputs, group: Group) -> Inputs:
    """Inputs with a group of another run's in the place of their own."""
    fields = {name: getattr(other.area, name) for name in group.area}
    own = {name: getattr(other, name) for name in group.inputs}
    return replace(inputs, area=replace(inputs.area, **fields), **own)


def differing(old: Inputs, new: Inputs) -> list[Put]:
    """What two runs differ in: group by group, and the scenario change by change."""
    found: list[Put] = []
    for group in GROUPS:
        if _content(old, group) == _content(new, group):
            continue
        if "scenario" in group.inputs:
            steps = scenario_steps(old.scenario, new.scenario)
            found += [Put(name, partial(replace, scenario=made)) for name, made in steps]
        else:
            found.append(Put(group.name, partial(put_in, other=new, group=group)))
    return found


def scenario_steps(old: Scenario, new: Scenario) -> list[tuple[str, Scenario]]:
    """From one scenario to another, one change at a time, each step with what it does.

    Changes of the same name (of the same lever, where they have none) are one change that is
    altered. The last step is the new scenario itself; its years go in with the first.
    """
    now = list(zip(old.changes, old.origins, strict=True))
    to_come = [pair for pair in zip(new.changes, new.origins, strict=True)
               if pair[0] not in old.changes]  # fmt: skip
    steps: list[tuple[str, Scenario]] = []

    def step(name: str) -> None:
        changes, origins = zip(*now, strict=True) if now else ((), ())
        steps.append((name, replace(new, changes=changes, origins=origins)))

    for pair in [pair for pair in now if pair[0] not in new.changes]:
        at, title = now.index(pair), title_of(pair[0])
        altered = next((other for other in to_come if title_of(other[0]) == title), None)
        now[at : at + 1] = [altered] if altered else []
        if altered:
            to_come.remove(altered)
        step(f"change {'altered' if altered else 'taken out'}: {title}")
    for pair in to_come:
        now.append(pair)
        step(f"change put in: {title_of(pair[0])}")
    if not steps:
        return [("years or order of the scenario", new)]
    return [*steps[:-1], (steps[-1][0], new)]


def title_of(change: Change) -> str:
    """What a change is called: its name, or that of its lever in words."""
    return change.name or change.lever.replace("_", " ")


def _content(inputs: Inputs, group: Group) -> bytes:
    """What a group holds, to tell whether two are the same; names of files are left out."""
    values: list[Any] = [getattr(inputs.area, name) for name in group.area]
    if "settings" in group.inputs:
        values += [inputs.settings, inputs.ignore_ends]
    if "scenario" in group.inputs:
        values.append([change.model_dump() for change in inputs.scenario.changes])
        values.append(inputs.scenario.years)
    return pickle.dumps(values)


def substitute(old: Inputs, new: Inputs, progress: Progress = None) -> list[Step]:
    """The old run again, and after it every input of the new run that differs put in in turn.

    The last step is the new run. An input with which no run can be made (a home that closes and is
    not yet there) is put in together with the next.
    """
    puts, mixed = differing(old, new), old
    steps = [Step("", run_again(old, progress))]
    waiting: list[str] = []
    for put in puts:
        mixed, waiting = put.into(mixed), [*waiting, put.name]
        try:
            steps.append(Step(" and ".join(waiting), run_again(mixed, progress)))
        except InputFaults:
            if put is puts[-1]:
                raise
            continue
        waiting = []
    return steps


def futures_to_run(old: Inputs, new: Inputs) -> int:
    """How many futures a substitution simulates at most."""
    return max(old.settings.runs, new.settings.runs) * (1 + len(differing(old, new)))


class Since(NamedTuple):
    """Children who came, left and moved between the starts of two runs."""

    came: int  # and are still in care
    left: int
    moved: int


def since(old: Inputs, new: Inputs) -> Since | None:
    """What happened between the starts, where the new run has children one by one.

    ::

        left = children at the old start + came - children at the new start

    Who came and left again in between is in neither.
    """
    begun, children = old.area.start, new.area.children
    if not children or new.area.start <= begun:
        return None
    came = sum(child.in_care_since >= begun for child in children)
    moved = sum(child.in_care_since < begun <= child.placement_since for child in children)
    return Since(came, _in_care(old.area) + came - len(children), moved)


def _in_care(area: Area) -> int:
    return sum(row.children for row in area.opening)
