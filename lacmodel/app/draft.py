"""A scenario in the making: what the form holds is what the file says, and the other way round."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from lacmodel.app.fields import beginning
from lacmodel.app.folders import Folders, safe_name
from lacmodel.area import Area
from lacmodel.area.settings import PlacementsNow
from lacmodel.faults import Fault, InputFaults
from lacmodel.listed import area_today
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import DEFAULT_YEARS, MOST_FILES, Header, Scenario, read_scenario
from lacmodel.scenario.text import open_document
from lacmodel.toml_text import toml_text

QUESTION: Final = "How many children will be in care, where and at what cost, if nothing changes?"


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario as its form holds it; a change is a table of fields as in the file."""

    name: str  # of its file, without the ending
    area: Path
    title: str
    question: str = QUESTION
    years: int = DEFAULT_YEARS
    sources: tuple[str, ...] = ()
    changes: tuple[dict[str, Any], ...] = ()
    given: PlacementsNow | None = None  # a list of today's placements, which no file names
    borrowed: tuple[str, ...] = ()  # the files whose changes were copied in


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft with its plan, or with what is wrong in it."""

    scenario: Scenario | None = None
    plan: Plan | None = None
    faults: tuple[Fault, ...] = field(default=())


def new_draft(area: Path, name: str) -> Draft:
    """A scenario of an area in which nothing changes."""
    return Draft(safe_name(name), area, f"{name}: nothing changes")


def draft_of(path: Path, folders: Folders) -> Draft:
    """The draft of a scenario file, with the changes of the files that it extends.

    Raises
    ------
    InputFaults
        with every fault of the file, or if it names a file outside the folders
    """
    borrowed = check_files(path, folders)
    read = read_scenario(path)
    changes = (origin.document.content["change"][origin.number] for origin in read.origins)
    return Draft(
        name=safe_name(path.stem),
        area=read.area.resolve(),
        title=read.title,
        question=read.question,
        years=read.years,
        sources=read.sources,
        changes=tuple(dict(change) for change in changes),
        borrowed=tuple(file.name for file in borrowed),
    )


def found_draft(path: Path, base: Draft, what: str, folders: Folders) -> Draft:
    """The draft of what a question has found: a base with the changes of a run's scenario file.

    Parameters
    ----------
    what : names its file after that of the base
    """
    found = draft_of(path, folders)
    name = safe_name(f"{base.name}-{what}")
    return replace(found, name=name, given=base.given, borrowed=base.borrowed)


def adopt(path: Path, folders: Folders) -> None:
    """Make an uploaded scenario name its area as if it lay among the folder's scenarios.

    Its text stays as it is but for that one line.

    Raises
    ------
    InputFaults
        if it is no scenario file at all, or extends others
    """
    document = open_document(path)
    named = document.content.get("area")
    if "extends" in document.content:
        rule = "an uploaded file cannot extend others: put it beside them in the folder"
        raise InputFaults([Fault(path.name, "extends", None, rule)])
    found = None
    if isinstance(named, str):
        places = (folders.chosen / "scenarios" / named, folders.chosen / named)
        found = next((place for place in places if place.exists()), None)
    if found is not None:
        line = f"area = {json.dumps(found.resolve().as_posix(), ensure_ascii=False)}"
        text = re.sub(r"(?m)^area\s*=.*$", lambda _: line, document.text, count=1)
        path.write_bytes(text.encode())


def check_files(path: Path, folders: Folders) -> list[Path]:
    """The files that a scenario extends, once all that it names lies within the folders."""
    found: list[Path] = []
    ahead = [path]
    while ahead and len(found) <= MOST_FILES:
        file = ahead.pop()
        if not file.is_file():
            continue  # the reader says so
        content = open_document(folders.check(file)).content
        area, others = content.get("area"), content.get("extends", [])
        if isinstance(area, str):
            folders.check(file.parent / area, "area")
        others = [others] if isinstance(others, str) else others
        named = [other for other in others if isinstance(other, str)]
        ahead += [folders.check(file.parent / other, "extends") for other in named]
        found += [file] if file != path else []
    return found


def draft_text(draft: Draft, folder: Path | None = None) -> str:
    """The scenario file of a draft.

    Parameters
    ----------
    folder : where the file is to lie, from which its area is named; the area's own path if none
    """
    content: dict[str, Any] = {
        "title": draft.title,
        "question": draft.question,
        "area": area_named(draft.area, folder),
        "years": draft.years,
        "sources": list(draft.sources),
        "change": list(draft.changes),
    }
    return toml_text({key: value for key, value in content.items() if value not in ([], ())})


def key_of(draft: Draft) -> str:
    """What tells one draft from another: its file, and the list that goes with it."""
    return f"{draft.given}\n{draft_text(draft)}"


def area_named(area: Path, folder: Path | None) -> str:
    """An area as a file of a folder names it."""
    if folder is None:
        return area.as_posix()
    try:
        return Path(os.path.relpath(area.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return area.as_posix()


def settled(draft: Draft, folder: Path, area: Area | None = None) -> tuple[Scenario, Plan]:
    """A draft's scenario, from a file of its own in a folder, and its plan.

    Parameters
    ----------
    area : the draft's area with the children of its list, if it is at hand already

    Raises
    ------
    InputFaults
        with every fault
    """
    path = folder / f"{draft.name}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(draft_text(draft).encode())
    scenario = read_scenario(path, draft.given.start if draft.given else None)
    return scenario, make_plan(scenario, area or area_today(scenario.area, draft.given))


def checked(draft: Draft, folder: Path, area: Area | None = None) -> Checked:
    """A draft's scenario and plan, or every fault in it."""
    try:
        return Checked(*settled(draft, folder, area))
    except InputFaults as found:
        return Checked(faults=tuple(found.faults))


def save_draft(draft: Draft, folders: Folders, replace_it: bool) -> Path:
    """Write a draft among the scenarios of the chosen folder.

    Raises
    ------
    InputFaults
        if a file of its name is there and may not be replaced, or nothing can be written
    """
    folder = folders.chosen / "scenarios"
    path = folders.check(folder / f"{draft.name}.toml")
    if path.exists() and not replace_it:
        rule = "is there already: choose another name, or tick that it may be replaced"
        raise InputFaults([Fault(folders.shown(path), "", None, rule)])
    try:
        folder.mkdir(exist_ok=True)
        path.write_bytes(draft_text(draft, folder).encode())
    except OSError as error:
        rule = f"cannot be written ({error.strerror})"
        raise InputFaults([Fault(folders.shown(path), "", None, rule)]) from error
    return path


# Changes -----------------------------------------------------------------------------------------


def with_change(draft: Draft, number: int, change: dict[str, Any]) -> Draft:
    """The draft with one of its changes, counted from nought, as given."""
    changes = list(draft.changes)
    changes[number] = change
    return replace(draft, changes=tuple(changes))


def without_change(draft: Draft, number: int) -> Draft:
    """The draft without one of its changes."""
    return replace(draft, changes=draft.changes[:number] + draft.changes[number + 1 :])


def added_change(draft: Draft, lever: str, start: date) -> Draft:
    """The draft with a further change, whose required fields hold what a form begins with."""
    return replace(draft, changes=(*draft.changes, {"lever": lever, **beginning(lever, start)}))


def fault_words(faults: Sequence[Fault]) -> list[str]:
    """Faults without the file and the line, which a form does not have.

    >>> fault_words([Fault("a.toml", "line 3: change 1: places", -4, "must be 0 or more")])
    ['change 1: places = -4: must be 0 or more']
    """
    said = []
    for fault in faults:
        parts = [part for part in fault.place.split(": ") if not part.startswith("line ")]
        shown = str(replace(fault, file="", place=": ".join(parts)))
        said.append(shown.removeprefix(": "))
    return list(dict.fromkeys(said))


HEADER: Final = {name: info.description or "" for name, info in Header.model_fields.items()}
