"""A scenario: a question, an area, and dated changes to it, in a TOML file.

Every fault in the file, and in the files that it extends, is found at once. What can only be
checked against the area's own tables (a row of supply that is to close, a share that cannot be
reached) is checked when the scenario is made into a plan.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.changes import LEVERS, Change
from lacmodel.levers.fields import Broken, nearest_word
from lacmodel.scenario.text import Document, fault_at, faults_of, in_file_order, open_document
from lacmodel.timeline import Period

MOST_CHANGES: Final = 200
MOST_FILES: Final = 50
DEFAULT_YEARS: Final = 5


class Header(BaseModel):
    """The top of a scenario file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(min_length=1, max_length=200, description="a line to head the report with")
    question: str = Field(min_length=1, max_length=2_000, description="what is asked")
    area: str | None = Field(
        default=None, min_length=1, description="the area's folder or file, from this file"
    )
    years: int | None = Field(default=None, ge=1, le=20, description="years to simulate; 5 if none")
    sources: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list, description="what the question rests on"
    )
    extends: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list,
        max_length=20,
        description="scenario files whose changes come first, in order",
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change stands: its file, and its number there from 0."""

    document: Document
    number: int

    def fault(self, broken: Broken) -> Fault:
        """A fault in the change, with file, line, value and rule."""
        field = tuple(broken.field.split(".")) if broken.field else ()
        return fault_at(self.document, ("change", self.number, *field), broken.value, broken.rule)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A question and its dated changes, checked."""

    path: Path
    title: str
    question: str
    area: Path
    years: int
    sources: tuple[str, ...]
    changes: tuple[Change, ...]
    origins: tuple[Origin, ...]  # where each change stands

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


@dataclass(slots=True)
class _Reading:
    """What is being gathered while a scenario and those it extends are read."""

    faults: list[Fault]
    entries: list[tuple[Origin, dict[str, Any], Change | None]]
    sources: list[str]
    area: Path | None = None
    years: int | None = None
    files: int = 0  # asked for
    opened: int = 0


def read_scenario(path: Path, start: date | None = None) -> Scenario:
    """Read and check a scenario file.

    Parameters
    ----------
    start : the first day of the run, where it is not the area's own

    Raises
    ------
    InputFaults
        with every fault in it and in the files that it extends
    """
    reading = _Reading([], [], [])
    header = _read_file(path, (), reading)
    _check_area(path, reading)
    if len(reading.entries) > MOST_CHANGES and len(reading.faults) == 0:
        rule = (
            f"with the files it extends it has {len(reading.entries)}; {MOST_CHANGES} are allowed"
        )
        reading.faults.append(Fault(path, "changes", None, rule))
    start = start or (area_start(reading.area) if reading.area is not None else None)
    if start is not None:
        period = Period(start, reading.years or DEFAULT_YEARS)
        for origin, raw, _ in reading.entries:
            broken = outside_run(_date(raw, "from"), _date(raw, "to"), period)
            reading.faults.extend(origin.fault(rule) for rule in broken)
    changes = [(change, origin) for origin, _, change in reading.entries if change is not None]
    if reading.faults or header is None or reading.area is None:
        raise InputFaults(in_file_order(reading.faults))
    return Scenario(
        path=path,
        title=header.title,
        question=header.question,
        area=reading.area,
        years=reading.years or DEFAULT_YEARS,
        sources=tuple(dict.fromkeys(reading.sources)),
        changes=tuple(change for change, _ in changes),
        origins=tuple(origin for _, origin in changes),
    )


def _check_area(path: Path, reading: _Reading) -> None:
    """The area must be named, here or in a file that is extended, and be there."""
    if reading.opened == reading.files and reading.area is None:
        reading.faults.append(Fault(path, "area", None, "is required: the area's folder or file"))
    if reading.area is not None and not reading.area.exists():
        rule = "there is no such folder or file (it is looked for from the scenario's folder)"
        reading.faults.append(Fault(path, "area", reading.area.as_posix(), rule))
        reading.area = None


def _read_file(path: Path, above: tuple[Path, ...], reading: _Reading) -> Header | None:
    """Read a file, after those that it extends; the files above it are being read already."""
    reading.files += 1
    if reading.files > MOST_FILES:
        rule = f"more than {MOST_FILES} files are extended"
        reading.faults.extend([Fault(path, "", None, rule)] * (reading.files == MOST_FILES + 1))
        return None
    try:
        document = open_document(path)
    except InputFaults as faults:
        reading.faults.extend(faults.faults)
        return None
    if {"code", "start"} <= document.content.keys() and "question" not in document.content:
        rule = "is an area, and a scenario is wanted: a file with title, question and area"
        reading.faults.append(Fault(path, "", None, rule))
        return None
    reading.opened += 1
    header = _read_header(document, reading.faults)
    if header is not None:
        for number, other in enumerate(header.extends):
            extended = (path.parent / other).resolve()
            if extended in (path.resolve(), *above):
                place = ("extends", number)
                reading.faults.append(fault_at(document, place, other, "extends itself"))
            else:
                _read_file(path.parent / other, (*above, path.resolve()), reading)
        reading.years = header.years or reading.years
        reading.sources.extend(header.sources)
    area = document.content.get("area")
    reading.area = path.parent / area if isinstance(area, str) and area else reading.area
    _read_changes(document, reading)
    return header


def _read_header(document: Document, faults: list[Fault]) -> Header | None:
    """Check the fields at the top of a file."""
    content = {key: value for key, value in document.content.items() if key != "change"}
    if isinstance(content.get("extends"), str):
        content["extends"] = [content["extends"]]
    try:
        return Header.model_validate(content)
    except ValidationError as error:
        faults.extend(faults_of(document, Header, (), error))
        return None


def _read_changes(document: Document, reading: _Reading) -> None:
    """Check every change of a file."""
    tables = document.content.get("change", [])
    rule = None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        rule = "every change stands below a heading [[change]], with two brackets"
    elif len(tables) > MOST_CHANGES:
        rule = f"a scenario has at most {MOST_CHANGES} changes, and this has {len(tables):,}"
    if rule is not None:
        reading.faults.append(fault_at(document, ("change",), None, rule))
        return
    for number, raw in enumerate(tables):
        origin = Origin(document, number)
        reading.entries.append((origin, raw, _read_change(origin, raw, reading.faults)))


def _read_change(origin: Origin, raw: dict[str, Any], faults: list[Fault]) -> Change | None:
    """Check one change, and the rules between its fields."""
    lever = raw.get("lever")
    model = LEVERS.get(lever) if isinstance(lever, str) else None
    if model is None:
        nearest = nearest_word(str(lever), tuple(LEVERS))
        hint = f" (did you mean {nearest}?)" if nearest else ""
        every = f"must be one of {', '.join(LEVERS)}"
        told = any(fault.rule.startswith(every) for fault in faults)
        rule = f"{'is no lever' if told else every}{hint}"
        faults.append(origin.fault(Broken("lever", lever, rule)))
        if nearest:  # so that the faults of its other fields are found at once
            _read_change(origin, {**raw, "lever": nearest}, faults)
        return None
    faults.extend(origin.fault(broken) for broken in _broken_dates(model, raw))
    try:
        change = model.model_validate(raw)
    except ValidationError as error:
        faults.extend(faults_of(origin.document, model, ("change", origin.number), error))
        return None
    faults.extend(origin.fault(broken) for broken in change.broken())
    return change


def _date(raw: dict[str, Any], field: str) -> date | None:
    """A field that holds a date, and nothing else."""
    value = raw.get(field)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _broken_dates(model: type[Change], raw: dict[str, Any]) -> Iterator[Broken]:
    """Rules that the dates of a change break among themselves."""
    begins, ends = _date(raw, "from"), _date(raw, "to")
    if not model.any_day:
        for field, day in (("from", begins), ("to", ends)):
            if day is not None and day.day != 1:
                yield Broken(field, day, "must be the first of a month")
    if begins is None or ends is None:
        return
    if ends <= begins:
        yield Broken("to", ends, f"must be after from ({begins})")
        return
    ramp = raw.get("ramp_months", 0)
    months = (ends.year - begins.year) * 12 + ends.month - begins.month
    if isinstance(ramp, int) and ramp > months:
        rule = f"must not be longer than the change, which lasts {months} months"
        yield Broken("ramp_months", ramp, rule)


def outside_run(begins: date | None, ends: date | None, period: Period) -> Iterator[Broken]:
    """Rules that the dates of a change break against the days of the run.

    >>> run = Period(date(2017, 4, 1), 5)
    >>> [broken.field for broken in outside_run(date(2017, 3, 1), date(2022, 5, 1), run)]
    ['from', 'to']
    """
    if begins is not None and not period.start <= begins < period.end:
        rule = f"must be within the run, from {period.start} to {period.date_of(period.days - 1)}"
        yield Broken("from", begins, rule)
    if ends is not None and ends > period.end:
        yield Broken("to", ends, f"must not be after the end of the run ({period.end})")


def area_start(area: Path, links: int = 3) -> date | None:
    """The first day of an area's folder or file; None where the area's own reader has to say.

    An area file may leave it to the one that it extends, over at most some links.
    """
    path = area / "area.toml" if area.is_dir() else area
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    start, other = content.get("start"), content.get("extends")
    if "placements_now" in content:
        return None  # the run starts with the list
    if start is None and isinstance(other, str) and links > 0:
        return area_start(path.parent / other, links - 1)
    return start if isinstance(start, date) and not isinstance(start, datetime) else None
