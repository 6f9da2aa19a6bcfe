"""What one browser tab holds: its draft, what it has run, and what is running."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.analyses.forecast import Forecast
from lacmodel.app.draft import Checked, Draft, checked, draft_of, key_of, new_draft
from lacmodel.app.folders import Folders, areas_in, scenarios_in
from lacmodel.app.making import Made
from lacmodel.app.runs import expected
from lacmodel.app.work import Job
from lacmodel.area import Area, read_area
from lacmodel.faults import InputFaults
from lacmodel.listed import area_today

State = tuple[int, int] | None  # of a file: when it was changed, and its size

KEPT: Final = 12  # drafts whose expected numbers are kept


class Held(NamedTuple):
    """An area, and the states that its files were read in."""

    area: Area
    states: dict[Path, State]


@dataclass(slots=True)
class Session:
    """One tab's work; nothing of it outlives the app."""

    folders: Folders
    draft: Draft | None = None
    serial: int = 0  # of the draft, so that a form begins anew with each
    jobs: dict[str, Job] = field(default_factory=dict)
    ran: dict[str, Any] = field(default_factory=dict)
    made: Made | None = None  # the area that was last made here
    areas: dict[str, Held] = field(default_factory=dict)
    plans: dict[str, Checked] = field(default_factory=dict)
    numbers: dict[str, Forecast] = field(default_factory=dict)

    def begin(self, draft: Draft) -> None:
        """Take up another draft."""
        self.draft, self.serial = draft, self.serial + 1

    def fresh(self, what: str) -> Path:
        """A new private folder."""
        return Path(tempfile.mkdtemp(prefix=f"{what}-", dir=self.folders.private))

    def area(self, draft: Draft) -> Area:
        """The draft's area with the children of its list; read again once a file has changed.

        Raises
        ------
        InputFaults
            with every fault of its files
        """
        key = f"{draft.area} {draft.given}"
        held = self.areas.get(key)
        if held is not None and held.states != states_of(held.states):
            del self.areas[key]
            self.plans, self.numbers, held = {}, {}, None  # worked out before the change
        if held is None:
            self.folders.check(draft.area, "area")
            files = files_named(read_area(draft.area))
            for file in files:
                self.folders.check(file, "area")
            states = states_of(files)
            held = Held(area_today(draft.area, draft.given), states)
            self.areas = latest(self.areas, key, held)
        return held.area

    def check(self, draft: Draft) -> Checked:
        """A draft's plan, or its faults; worked out once for each text."""
        key = key_of(draft)
        try:
            area = self.area(draft)
        except InputFaults as found:
            return Checked(faults=tuple(found.faults))
        if key not in self.plans:
            made = checked(draft, self.folders.private / "draft", area)
            self.plans = latest(self.plans, key, made)
        return self.plans[key]

    def expected(self, draft: Draft) -> Forecast:
        """Expected numbers of a draft without faults; worked out once for each text.

        Raises
        ------
        InputFaults
            if expected numbers cannot answer it
        """
        key, made = key_of(draft), self.check(draft)
        if key not in self.numbers:
            if made.plan is None:
                raise InputFaults(list(made.faults))
            self.numbers = latest(self.numbers, key, expected(made.plan))
        return self.numbers[key]

    def unchanged(self, draft: Draft) -> Draft:
        """The draft's area with nothing changed."""
        return replace(draft, changes=(), title="If nothing changes")


def files_named(area: Area) -> list[Path]:
    """The files that an area names: its own, and where its children are read from."""
    listed, pointer = area.placements_now, area.opening_return
    return [
        *area.files,
        *([Path(listed.file)] if listed else []),
        *([Path(pointer.folder)] if pointer else []),
    ]


def states_of(files: Iterable[Path]) -> dict[Path, State]:
    """When each file was changed, and its size; nothing of one that is not there."""
    states: dict[Path, State] = {}
    for file in files:
        try:
            found = file.stat()
            states[file] = (found.st_mtime_ns, found.st_size)
        except OSError:
            states[file] = None
    return states


def latest(kept: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A few of the latest values, the new one last.

    >>> latest({"a": 1}, "b", 2)
    {'a': 1, 'b': 2}
    """
    few = list(kept.items())[-(KEPT - 1) :]
    return {**dict(few), key: value}


def first_draft(folders: Folders) -> Draft | None:
    """What the app begins with: a scenario in which nothing changes, or the first area."""
    for path in scenarios_in(folders):
        try:
            draft = draft_of(path, folders)
        except InputFaults:
            continue
        if not draft.changes and draft.area.is_dir():
            return draft
    areas = areas_in(folders)
    return new_draft(areas[0], areas[0].stem) if areas else None
