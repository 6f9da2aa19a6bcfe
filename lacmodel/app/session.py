"""What one browser tab holds: its draft, what it has run, and what is running."""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.app.draft import Checked, Draft, checked, draft_of, key_of, new_draft
from lacmodel.app.folders import Folders, areas_in, scenarios_in
from lacmodel.app.making import Made
from lacmodel.app.runs import expected
from lacmodel.app.work import Job
from lacmodel.area import Area, read_area
from lacmodel.faults import InputFaults
from lacmodel.listed import area_today

KEPT: Final = 12  # drafts whose expected numbers are kept


@dataclass(slots=True)
class Session:
    """One tab's work; nothing of it outlives the app."""

    folders: Folders
    draft: Draft | None = None
    serial: int = 0  # of the draft, so that a form begins anew with each
    jobs: dict[str, Job] = field(default_factory=dict)
    ran: dict[str, Any] = field(default_factory=dict)
    made: Made | None = None  # the area that was last made here
    areas: dict[str, Area] = field(default_factory=dict)
    plans: dict[str, Checked] = field(default_factory=dict)
    numbers: dict[str, Forecast] = field(default_factory=dict)

    def begin(self, draft: Draft) -> None:
        """Take up another draft."""
        self.draft, self.serial = draft, self.serial + 1

    def fresh(self, what: str) -> Path:
        """A new private folder."""
        return Path(tempfile.mkdtemp(prefix=f"{what}-", dir=self.folders.private))

    def area(self, draft: Draft) -> Area:
        """The draft's area with the children of its list.

        Raises
        ------
        InputFaults
            with every fault of its files
        """
        key = f"{draft.area} {draft.given}"
        if key not in self.areas:
            self.folders.check(draft.area, "area")
            for file in files_named(read_area(draft.area)):
                self.folders.check(file, "area")
            self.areas = {key: area_today(draft.area, draft.given)}
        return self.areas[key]

    def check(self, draft: Draft) -> Checked:
        """A draft's plan, or its faults; worked out once for each text."""
        key = key_of(draft)
        if key not in self.plans:
            try:
                made = checked(draft, self.folders.private / "draft", self.area(draft))
            except InputFaults as found:
                made = Checked(faults=tuple(found.faults))
            self.plans = latest(self.plans, key, made)
        return self.plans[key]

    def expected(self, draft: Draft) -> Forecast:
        """Expected numbers of a draft without faults; worked out once for each text.

        Raises
        ------
        InputFaults
            if expected numbers cannot answer it
        """
        key = key_of(draft)
        if key not in self.numbers:
            plan = self.check(draft).plan
            if plan is None:
                raise InputFaults(list(self.check(draft).faults))
            self.numbers = latest(self.numbers, key, expected(plan))
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
