"""The fields of a lever as a form shows them, made from the lever's own model."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from lacmodel.levers.changes import LEVERS, Change

ASSUMED: Final = "assumed"
CONFIRMED: Final = "A source gives these numbers (not ticked: they are assumed)"
STEPS: Final = {"ratio": 0.05, "share": 0.01, "£": 10.0}  # by how the unit begins


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a change."""

    path: tuple[str, ...]  # its key in the file, below those of the tables around it
    label: str
    kind: str  # number, whole, text, date, yes, word or words
    unit: str = ""
    words: tuple[str, ...] = ()
    default: Any = None
    required: bool = False
    least: float = 0.0  # 1 where it must be above nought
    most: float | None = None

    @property
    def key(self) -> str:
        """The field's place in the file, with dots."""
        return ".".join(self.path)

    @property
    def step(self) -> float:
        """How far one press of an arrow key moves a number."""
        return next((step for unit, step in STEPS.items() if self.unit.startswith(unit)), 1.0)


def lever_title(lever: str) -> str:
    """What a lever does, in its own words.

    >>> lever_title("re_entries")
    'More or fewer children coming back into care'
    """
    first = " ".join((LEVERS[lever].__doc__ or "").split())
    return first.split(". ")[0].split("; ")[0].rstrip(".")


@cache
def fields_of(lever: str) -> tuple[Field, ...]:
    """Every field of a lever, what is its own first."""
    schema = LEVERS[lever].model_json_schema()
    common = {info.alias or name for name, info in Change.model_fields.items()}
    names = [name for name in schema["properties"] if name != "lever"]
    own = [name for name in names if name not in common]
    ordered = [*own, *(name for name in names if name in common)]
    return tuple(found for name in ordered for found in _fields(name, schema, schema, ()))


def _fields(
    name: str, within: dict[str, Any], schema: dict[str, Any], above: tuple[str, ...]
) -> list[Field]:
    """The field of a name, or the fields of the table of that name."""
    told, path = within["properties"][name], (*above, name)
    if "$ref" in told:
        inner = schema["$defs"][told["$ref"].rsplit("/", 1)[1]]
        return [
            found for part in inner["properties"] for found in _fields(part, inner, schema, path)
        ]
    options = [each for each in told.get("anyOf", [told]) if each.get("type") != "null"]
    one = options[0]
    words = tuple(one.get("enum", told.get("words", ())))
    unit = told.get("unit", "")
    label = CONFIRMED if name == "confirmed" else told.get("description", name)
    return [
        Field(
            path, f"{label[:1].upper()}{label[1:]}{f' ({unit})' if unit else ''}",
            _kind(one, words), unit, words, told.get("default"),
            name in within.get("required", []),
            one.get("minimum", 1.0 if "exclusiveMinimum" in one else 0.0), one.get("maximum"),
        )
    ]  # fmt: skip


def _kind(told: dict[str, Any], words: tuple[str, ...]) -> str:
    """What sort of field a schema tells of."""
    if told.get("type") == "array":
        return "words"
    if words:
        return "word"
    if told.get("format") == "date":
        return "date"
    return {"number": "number", "integer": "whole", "boolean": "yes"}.get(told["type"], "text")


def beginning(lever: str, start: date) -> dict[str, Any]:
    """What a new change holds before anybody has touched its form: as little as it can.

    A ratio begins at 1 and a number that is required at its least, nought at the least. The source
    says that all of it is assumed, and nothing is confirmed until somebody says so.

    >>> beginning("re_entries", date(2017, 4, 1))
    {'multiply': 1.0, 'from': datetime.date(2017, 4, 1), 'source': 'assumed', 'confirmed': False}
    """
    change: dict[str, Any] = {}
    for field in fields_of(lever):
        if field.path == ("from",):
            put(change, field, next_april(start) if lever == "uplift" else start)
        elif field.unit == "ratio":
            put(change, field, 1.0)
        elif field.path == ("confirmed",):
            put(change, field, False)
        elif field.required:
            put(change, field, _first_value(field))
    return change


def next_april(day: date) -> date:
    """The first 1 April on a day or after it.

    >>> next_april(date(2017, 4, 1)), next_april(date(2017, 4, 2))
    (datetime.date(2017, 4, 1), datetime.date(2018, 4, 1))
    """
    april = day.replace(month=4, day=1)
    return april if april >= day else april.replace(year=day.year + 1)


def _first_value(field: Field) -> Any:
    """What a required field begins with."""
    if field.kind in ("number", "whole"):
        first = max(0.0, field.least)
        return int(first) if field.kind == "whole" else first
    if field.kind == "word":
        return field.words[0]
    return "" if field.path == ("row",) else ASSUMED


def get(change: dict[str, Any], field: Field) -> Any:
    """What a change holds of a field; its default where it says nothing."""
    value: Any = change
    for key in field.path:
        if not isinstance(value, dict) or key not in value:
            return field.default
        value = value[key]
    return value


def put(change: dict[str, Any], field: Field, value: Any) -> None:
    """Write a field into a change; what is blank or as by default is left out."""
    table = change
    for key in field.path[:-1]:
        table = table.setdefault(key, {})
    left_out = value is None or (not field.required and value in (field.default, ""))
    if left_out:
        table.pop(field.path[-1], None)
    else:
        table[field.path[-1]] = value


def changed(change: dict[str, Any], field: Field, value: Any) -> dict[str, Any]:
    """A copy of a change with one field as given."""
    copy = deepcopy(change)
    put(copy, field, value)
    return copy
