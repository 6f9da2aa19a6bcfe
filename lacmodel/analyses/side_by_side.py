"""Scenarios that are to be compared: read together, and refused where they are unlike."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lacmodel.faults import Fault, InputFaults


def read_all(paths: Sequence[Path], given: Any = None) -> tuple[list[Any], list[Any]]:
    """Scenarios and their plans, with the faults of all files at once."""
    from lacmodel.listed import area_today
    from lacmodel.planning import make_plan
    from lacmodel.scenario import read_scenario

    read, plans, faults = [], [], []
    for path in paths:
        try:
            read.append(read_scenario(path, given.start if given else None))
            plans.append(make_plan(read[-1], area_today(read[-1].area, given)))
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
            rule = "two scenarios have this name: give each once, or rename one"
            faults.append(Fault(path, "", None, rule))
    return faults
