"""Reading `area.toml`: what names a council, its start, and the files beside it.

An area file may extend another: ``extends = "area.toml"``. Then single values replace the first's,
tables are merged key by key, lists grow, and files named under ``[added_files]`` are read after the
first's own.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

import spanned_toml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from lacmodel.area.dates import FIRST_YEAR, LAST_YEAR
from lacmodel.area.files import read_text
from lacmodel.codes import EXTERNAL, KIND_NAMES, PLACEMENTS, PROVIDERS, UNREGISTERED
from lacmodel.faults import Fault, InputFaults
from lacmodel.toml_text import toml_of

REQUIRED: Final = ("code", "name", "start", "population_projection")
REQUIRED_FILES: Final = (
    "population", "history", "opening", "past_leavers", "rates", "unit_costs", "supply", "budget",
)  # fmt: skip


def _first_of_a_month(when: date) -> date:
    if when.day != 1:
        raise ValueError("must be the first of a month")
    return when


def _plausible(when: date) -> date:
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise ValueError(f"must be a date between {FIRST_YEAR} and {LAST_YEAR}")
    return when


def _kind(name: str) -> str:
    if name not in KIND_NAMES:
        raise ValueError(f"must be one of {', '.join(KIND_NAMES)}")
    return name


def _external_kind(name: str) -> str:
    external = [name for name in KIND_NAMES if name.endswith(PROVIDERS[EXTERNAL])]
    if name not in external:
        raise ValueError(f"must be one of {', '.join(external)}")
    return name


def _placement(name: str) -> str:
    if name not in PLACEMENTS:
        raise ValueError(f"must be one of {', '.join(PLACEMENTS)}")
    return name


def _provider_code(text: str) -> str:
    from lacmodel.ssda903.providers import provider_rule

    return str(provider_rule(text))


def _ends_unregistered(types: list[str]) -> list[str]:
    if not types or types[-1] != PLACEMENTS[UNREGISTERED] or len(set(types)) < len(types):
        raise ValueError("must name each type once and end in unregistered")
    return types


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Day = Annotated[date, AfterValidator(_plausible)]
Share = Annotated[float, Field(ge=-0.5, le=1)]
Kind = Annotated[str, AfterValidator(_kind)]
ExternalKind = Annotated[str, AfterValidator(_external_kind)]
Placement = Annotated[str, AfterValidator(_placement)]
ProviderCode = Annotated[str, AfterValidator(_provider_code)]
ShortageOrder = Annotated[list[Placement], AfterValidator(_ends_unregistered)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class FileNames(_Strict):
    """The files of an area, beside its area file unless a path says otherwise."""

    population: Text | None = None
    history: Text | None = None
    opening: Text | None = None
    past_leavers: Text | None = None
    rates: Text | None = None
    estimates: Text | None = None
    unit_costs: Text | None = None
    supply: Text | None = None
    budget: Text | None = None
    contingency: Text | None = None
    savings: Text | None = None
    actuals: Text | None = None
    fixed_costs: Text | None = None
    one_off_costs: Text | None = None
    contracts: Text | None = None
    income: Text | None = None
    afterwards: Text | None = None
    carers: Text | None = None
    benchmarks: Text | None = None
    published: Text | None = None


class GrowthText(_Strict):
    """A growth a year, as a share, with its source."""

    share_a_year: Share
    source: Text
    confirmed: bool


class BenchmarkText(_Strict):
    """A published rate to stand beside the area's own."""

    name: Text
    date: Day
    rate_per_10000: Annotated[float, Field(ge=0, le=10_000)]
    published: Day | None = None
    relation: Literal["england", "region", "neighbour"] = "england"
    source: Text


class KnownText(_Strict):
    """Children in care on a date, known when the area was written."""

    date: Day
    children: Annotated[int, Field(ge=0, le=100_000)]
    source: Text


class PlacementsNow(_Strict):
    """A list of today's placements, which takes the place of the opening children."""

    file: Text
    as_at: Day

    @property
    def start(self) -> date:
        """The first day of a run: that of the list, or the first of the next month.

        >>> [PlacementsNow(file="x", as_at=date(2026, 11, day)).start.month for day in (1, 2)]
        [11, 12]
        """
        if self.as_at.day == 1:
            return self.as_at
        return (self.as_at.replace(day=1) + timedelta(days=31)).replace(day=1)


class OpeningReturn(_Strict):
    """An SSDA903 return from which the children at the start are read whenever a run needs them."""

    folder: Text  # or a zip
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    years: dict[Text, int] = {}  # the collection year of a file by name, where it is stated
    first_year: int | None = None  # years on which the rates rest, where they are stated,
    last_year: int | None = None  # each named by its 31 March


class AreaText(_Strict):
    """An area file as written; every key is optional until files that extend are merged."""

    extends: Text | None = None
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{8}$")] | None = None
    name: Text | None = None
    start: Annotated[Day, AfterValidator(_first_of_a_month)] | None = None
    files: FileNames = FileNames()
    added_files: FileNames = FileNames()
    placements_now: PlacementsNow | None = None
    opening_return: OpeningReturn | None = None
    provider_codes: list[ProviderCode] = []
    population_projection: GrowthText | None = None
    capped: list[ExternalKind] = []
    shortage_order: dict[Placement, ShortageOrder] = {}
    uplifts: dict[Kind, GrowthText] = {}
    benchmarks: list[BenchmarkText] = []
    known: list[KnownText] = []
    assumptions: list[Text] = []


class _Written(NamedTuple):
    """What is sound in an area file, and the top keys whose values are not."""

    area: AreaText
    unsound: set[str]


def read_area_text(path: Path, faults: list[Fault]) -> tuple[AreaText, tuple[Path, ...]] | None:
    """An area file merged with the one that it extends, and both files' paths, its own last.

    The files that it names are given with their folder. What has a fault is left out, so that the
    other files can still be checked.
    """
    own = _parsed(path, faults)
    if own is None:
        return None
    area, unsound = own.area, own.unsound
    paths: tuple[Path, ...] = (path,)
    if area.extends is not None:
        first_path = path.parent / area.extends
        first = _parsed(first_path, faults)
        if first is None:
            return None
        if first.area.extends is not None:
            rule = "is extended by another file, so it may not extend one itself"
            faults.append(Fault(first_path, "extends", first.area.extends, rule))
            return None
        area, unsound = _merged(first.area, area), unsound | first.unsound
        paths = (first_path, path)
    _require(path, area, unsound, faults)
    return area, paths


def _require(path: Path, area: AreaText, unsound: set[str], faults: list[Fault]) -> None:
    """A fault for everything that an area cannot do without and that nobody tried to give."""
    for name in REQUIRED:
        if getattr(area, name) is None and name not in unsound:
            faults.append(Fault(path, name, None, "is missing"))
    for name in REQUIRED_FILES:
        if name in not_needed(area) or "files" in unsound:
            continue
        if getattr(area.files, name) is None:
            faults.append(Fault(path, f"files.{name}", None, "is missing"))


def not_needed(area: AreaText) -> tuple[str, ...]:
    """Files of counts in whose place an area has children one by one."""
    if area.opening_return is not None:
        return ("opening", "past_leavers")
    return ("opening",) if area.placements_now is not None else ()


def _merged(first: AreaText, second: AreaText) -> AreaText:
    """The first area with what the second says added to it or put in its place."""
    values = first.model_dump(exclude_unset=True)
    for name, value in second.model_dump(exclude_unset=True).items():
        held = values.get(name)
        if isinstance(held, dict):
            values[name] = {**held, **value}
        elif isinstance(held, list):
            values[name] = [*held, *value]
        else:
            values[name] = value
    return AreaText.model_validate(values)


def located(area: AreaText, folder: Path) -> AreaText:
    """An area whose files are named with their folder."""
    located = {
        which: {name: str(folder / file) for name, file in getattr(area, which) if file is not None}
        for which in ("files", "added_files")
    }
    update: dict[str, Any] = {
        which: FileNames(**names) for which, names in located.items() if names
    }
    if area.placements_now is not None:
        where = str(folder / area.placements_now.file)
        update["placements_now"] = area.placements_now.model_copy(update={"file": where})
    if area.opening_return is not None:
        where = str(folder / area.opening_return.folder)
        update["opening_return"] = area.opening_return.model_copy(update={"folder": where})
    return area.model_copy(update=update)


def _parsed(path: Path, faults: list[Fault]) -> _Written | None:
    """One area file and its faults; None if it is no TOML at all."""
    text = read_text(path, faults)
    if text is None:
        return None
    text = text.replace("\r\n", "\n")
    try:
        document = toml_of(path, text)
    except InputFaults as error:
        faults += error.faults
        return None
    if "question" in document:
        rule = "is a scenario, and an area is wanted: a folder with area.toml, or area.xlsx"
        faults.append(Fault(path, "", None, rule))
        return None
    unsound: set[str] = set()
    try:
        area = AreaText.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        faults += [_fault(path, text, problem) for problem in problems]
        unsound = {str(problem["loc"][0]) for problem in problems}
        sound = {name: value for name, value in document.items() if name not in unsound}
        area = AreaText.model_validate(sound)
    return _Written(located(area, path.parent), unsound)


def _fault(path: Path, text: str, problem: Any) -> Fault:
    """What pydantic found, with its line, in the user's words."""
    location, shown, rule = in_words(problem)
    place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)
    return Fault(path, f"line {_line(text, location)}: {place}", shown, rule)


def in_words(problem: Any) -> tuple[tuple[str | int, ...], Any, str]:
    """Where pydantic found a problem, the value to show, and the rule in the user's words."""
    location = tuple(part for part in problem["loc"] if part != "[key]")
    value = problem["input"]
    if problem["type"] == "missing":
        value, rule = None, "is missing"
    elif problem["type"] == "extra_forbidden":
        rule = "is not a key that belongs here"
    else:
        rule = problem["msg"].removeprefix("Value error, ").replace("Input should", "must")
        rule = rule.replace("String should", "must")
    return location, value if isinstance(value, str | int | float | date) else None, rule


def _line(text: str, location: tuple[str | int, ...]) -> int:
    """The line of a key, or of the nearest thing above it that has one."""
    node: Any = spanned_toml.loads(text)
    start = 0
    for part in location:
        inner = node.inner()
        if isinstance(inner, dict):
            key = next((key for key in inner if key.inner() == part), None)
            if key is None:
                break
            node, start = inner[key], key.span().start or start
        elif isinstance(inner, list) and isinstance(part, int) and part < len(inner):
            node = inner[part]
            start = node.span().start or _first_start(node) or start
        else:
            break
    return text.count("\n", 0, start) + 1


def _first_start(node: Any) -> int:
    """Where the first key of a table in a list of tables stands; 0 if it has none."""
    inner = node.inner()
    return min((key.span().start for key in inner), default=0) if isinstance(inner, dict) else 0
