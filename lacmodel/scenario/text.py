"""Scenario files as text: decoding, TOML, line numbers, and faults in plain words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from lacmodel.faults import Fault, InputFaults
from lacmodel.levers.fields import did_you_mean, nearest_word
from lacmodel.text_files import is_workbook_content, unread
from lacmodel.toml_text import toml_of

MOST_BYTES: Final = 1_000_000
UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
NO_SCENARIO: Final = (
    "is an Excel workbook, and a scenario is wanted: give the text file ending in .toml"
)
Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A scenario file as it was read."""

    path: Path
    text: str
    content: dict[str, Any]


def decode(raw: bytes) -> str:
    r"""The text of a file in UTF-8 (with or without a mark) or Windows-1252.

    >>> decode(b"\xef\xbb\xbftitle\r\n"), decode(b"\xa35")
    ('title\n', '£5')

    Raises
    ------
    ValueError
        with the rule that the file breaks
    """
    if is_workbook_content(raw):
        raise ValueError(NO_SCENARIO)
    if raw.startswith(UTF16_MARKS) or b"\x00" in raw:
        raise ValueError("is in UTF-16: save it as UTF-8")
    if len(raw) > MOST_BYTES:
        raise ValueError(f"must not be larger than {MOST_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            raise ValueError("is in no encoding that is known: save it as UTF-8") from None
    return text.replace("\r\n", "\n")


def open_document(path: Path) -> Document:
    """Read a file and parse it.

    Raises
    ------
    InputFaults
        where it is missing, empty, in UTF-16 or not TOML
    """
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise InputFaults([_unread(path, error)]) from None
    except ValueError as error:
        raise InputFaults([Fault(path, "", None, str(error))]) from None
    if not text.strip():
        raise InputFaults([Fault(path, "", None, "is empty")])
    return Document(path, text, toml_of(path, text))


def _unread(path: Path, error: OSError) -> Fault:
    """What is said of a file that cannot be read; of a folder, which scenarios are in it."""
    if isinstance(error, FileNotFoundError) and (meant := _meant(path)):
        return Fault(path, "", None, f"there is no such file (did you mean {meant.as_posix()}?)")
    if (path / "area.toml").is_file():
        return Fault(path, "", None, "is an area, and a scenario is wanted: a file that names it")
    inside = sorted(path.glob("*.toml"))[:3] if path.is_dir() else []
    if not inside:
        return unread(path, error)
    names = ", ".join(found.name for found in inside)
    return Fault(path, "", None, f"is a folder: name a scenario in it, such as {names}")


def _meant(path: Path) -> Path | None:
    """The scenario beside a path, or in a folder ``scenarios`` there, of nearly its name."""
    folder = path.parent
    there = {found.stem: found for where in ("scenarios/*.toml", "*.toml")
             for found in folder.glob(where)}  # fmt: skip
    return there.get(nearest_word(path.stem, tuple(sorted(there))))


def line_of(text: str, location: Location) -> int:
    r"""The line on which a key stands, or the nearest table above it; 0 where it is not known.

    >>> line_of('title = "a"\n[[change]]\nplaces = -4\n', ("change", 0, "places"))
    3
    >>> line_of('title = "a"\n[[change]]\nplaces = -4\n', ("change", 0, "to"))
    2
    """
    node = _spanned(text)
    if node is None:
        return 0
    line = 0
    for part in location:
        inner = node.inner()
        if isinstance(inner, dict) and part in inner:
            key: Any = next(key for key in inner if key == part)
            line = _line_at(text, key.span().start) if key.span().stop else line
            node = inner[key]
        elif isinstance(inner, list) and isinstance(part, int) and part < len(inner):
            node = inner[part]
            if location[0] == "change" and node is not inner and isinstance(node.inner(), dict):
                line = _table_line(text, part, len(inner)) or line
        else:
            break
    return line


@lru_cache(maxsize=16)
def _spanned(text: str) -> Any:
    """The file parsed with the place of every key; None where that reader fails."""
    import spanned_toml

    try:
        return spanned_toml.loads(text)
    except (ValueError, RecursionError):
        return None


def _line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _table_line(text: str, number: int, tables: int) -> int:
    """The line of the heading of one of the changes, or 0 if they have no headings."""
    lines = _heading_lines(text)
    return lines[number] if len(lines) == tables else 0


@lru_cache(maxsize=16)
def _heading_lines(text: str) -> tuple[int, ...]:
    """The lines on which ``[[change]]`` stands."""
    headings = re.finditer(r"^[ \t]*\[\[[ \t]*change[ \t]*\]\]", text, re.MULTILINE)
    return tuple(_line_at(text, heading.start()) for heading in headings)


def fault_at(document: Document, location: Location, value: Any, rule: str) -> Fault:
    """A fault with its line and place, such as ``line 3: change 1: places``."""
    line = line_of(document.text, location)
    parts = [f"line {line}"] if line else []
    rest = location
    if len(location) > 1 and location[0] == "change" and isinstance(location[1], int):
        parts.append(f"change {location[1] + 1}")
        rest = location[2:]
    field = ".".join(part for part in rest if isinstance(part, str))
    shown = " ".join(value.split()) if isinstance(value, str) else value
    return Fault(document.path, ": ".join([*parts, field] if field else parts), shown, rule)


PLAIN: Final[Mapping[str, str]] = {
    "missing": "is required",
    "date_type": "must be a date such as 2017-05-01, without quotes",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "list_type": "must be a list in square brackets",
    "string_too_short": "must not be empty",
    "too_short": "must name at least one",
    "too_long": "must not name more than {max_length}",
    "model_type": "must be a table of fields",
    "dict_type": "must be a table of fields",
    "greater_than_equal": "must be {ge:,g} or more",
    "greater_than": "must be more than {gt:,g}",
    "less_than_equal": "must be {le:,g} or less",
    "less_than": "must be less than {lt:,g}",
    "string_too_long": "must not be longer than {max_length} characters",
    "literal_error": "must be one of {expected}",
    "rule": "{rule}",
}


def in_plain_words(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    """The rule that a value broke, in plain words."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_field(model, error["loc"])
    if kind == "less_than_equal" and context["le"] == 1:
        return "must be 1 or less: it is a share, so 45% is 0.45"
    if kind in PLAIN:
        return PLAIN[kind].format(**context).replace("'", "").replace(" or more or", " or")
    message = str(error["msg"])
    return f"{message[:1].lower()}{message[1:]}"


def _unknown_field(model: type[BaseModel], location: Location) -> str:
    """The rule for a field that its table does not have."""
    for part in location[:-1]:
        inner = model.model_fields[str(part)].annotation if isinstance(part, str) else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    fields = tuple(field.alias or name for name, field in model.model_fields.items())
    hint = did_you_mean(str(location[-1]), fields)
    return f"is not a field here{hint}; the fields are {', '.join(fields)}"


def faults_of(
    document: Document, model: type[BaseModel], place: Location, error: ValidationError
) -> list[Fault]:
    """Every fault that a model found in a table of a file."""
    faults = []
    for found in error.errors(include_url=False):
        value = None if found["type"] == "missing" else found["input"]
        rule = in_plain_words(model, found)
        faults.append(fault_at(document, (*place, *found["loc"]), value, rule))
    return faults


def in_file_order(faults: list[Fault]) -> list[Fault]:
    """Faults by line within each file; what has no line comes first, files in the order met.

    >>> [str(fault) for fault in in_file_order([Fault("a", "line 10", None, "is late"),
    ...     Fault("a", "line 9", None, "is early")])]
    ['a: line 9: is early', 'a: line 10: is late']
    """
    files = list(dict.fromkeys(fault.file for fault in faults))

    def place(fault: Fault) -> tuple[int, int]:
        found = re.match(r"line (\d+)", fault.place)
        return files.index(fault.file), int(found[1]) if found else 0

    return sorted(faults, key=place)
