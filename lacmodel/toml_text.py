"""TOML: what a text holds, with the faults of one that is none, and settings as text."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from lacmodel.faults import Fault, InputFaults

SLIPS: Final = (
    (r"^$", "nothing stands after ="),
    (
        r"\W*[\u2018-\u201d]|.*[\u2018-\u201d][\] ,]*$",
        'quotes must be straight, ", not curly as Word makes them',
    ),
    (r"\d{1,2}/\d{1,2}/\d{2,4}", "1 October 2018 is written 2018-10-01"),
    (r"-?[\d.]+ *%", "45% is written 0.45"),
    (r"(£|\d{1,3},\d{3})", "£5,724 is written 5724"),
    (r"[A-Za-z]", "words stand in quotes"),
)
LINE_ENDS: Final = "illegal character '\\n'"


# Reading ----------------------------------------------------------------------------------------


def toml_of(path: Path, text: str) -> dict[str, Any]:
    """What a text in TOML holds.

    Raises
    ------
    InputFaults
        with the line, what stands there, and what the TOML reader says
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFaults([_not_toml(path, text, str(error))]) from None


def _not_toml(path: Path, text: str, message: str) -> Fault:
    found = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", message, re.DOTALL)
    if found is None:
        words = message.removesuffix(" (at end of document)")
        return Fault(path, "its end", None, f"is not TOML: {words[:1].lower()}{words[1:]}")
    line = text.split("\n")[int(found[2]) - 1].strip()
    words = f"{found[1][:1].lower()}{found[1][1:]}"
    if words == LINE_ENDS:
        words = "the line ends within a text: a text ends with the quote it begins with"
    key, equals, value = line.partition("=")
    place, shown = (f": {key.strip()}", value.strip()) if equals else ("", line)
    rule = f"is not TOML: {words}{_hint(value) if equals else ''}"
    return Fault(path, f"line {found[2]}{place}", shown, rule)


def _hint(value: str) -> str:
    """How a value is written that people write otherwise elsewhere.

    >>> _hint(" 01/10/2018"), _hint(" 84%")
    (' (1 October 2018 is written 2018-10-01)', ' (45% is written 0.45)')
    """
    value = value.strip()
    return next((f" ({words})" for slip, words in SLIPS if re.match(slip, value)), "")


# Writing ----------------------------------------------------------------------------------------


def toml_text(settings: Mapping[str, Any]) -> str:
    """Settings as TOML: single values, then tables, then lists of tables.

    >>> print(toml_text({"name": "A", "uplifts": {"foster external": {"share_a_year": 0.02}}}))
    name = "A"
    <BLANKLINE>
    [uplifts."foster external"]
    share_a_year = 0.02
    <BLANKLINE>
    """
    return "\n".join(_lines(settings, "")).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], above: str) -> Iterator[str]:
    """The lines of a table, what is nested in it after its own values."""
    nested: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, dict) or (value and _is_tables(value)):
            nested.append((key, value))
        else:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in nested:
        name = f"{above}{_key(key)}"
        if isinstance(value, dict):
            own = any(not isinstance(inner, dict) for inner in value.values())
            yield from ["", f"[{name}]"] if own else []
            yield from _lines(value, f"{name}.")
        else:
            for row in value:
                yield from ["", f"[[{name}]]", *_lines(row, f"{name}.")]


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key)


def _value(value: Any) -> str:
    """One value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        if len(value) > 1:
            return "[\n" + "".join(f"    {_value(item)},\n" for item in value) + "]"
        return "[" + ", ".join(map(_value, value)) + "]"
    return value.isoformat() if isinstance(value, date) else repr(value)
