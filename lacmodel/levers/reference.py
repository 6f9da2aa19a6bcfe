"""The table of levers in ``scenarios/README.md``, made from their models.

``python -m lacmodel.levers.reference scenarios/README.md`` writes it anew between its two marks.
"""

import sys
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from lacmodel.levers.changes import LEVERS, Change

BEGINS: Final = "<!-- levers: made by python -m lacmodel.levers.reference -->"
ENDS: Final = "<!-- end of levers -->"
SHOWN: Final = {"integer": "whole number", "string": "text", "boolean": "true or false"}


def lever_tables() -> str:
    """Every lever with its own fields, in Markdown."""
    parts = [_heading("every change", Change, ())]
    common = tuple(Change.model_fields)
    parts += [_heading(f"`{name}`", model, common) for name, model in LEVERS.items()]
    return "\n".join(parts)


def _heading(title: str, model: type[BaseModel], without: tuple[str, ...]) -> str:
    schema = model.model_json_schema()
    names = [
        field.alias or name for name, field in model.model_fields.items() if name not in without
    ]
    rows = [
        row for name in names if name != "lever" or not without for row in _rows(name, schema, "")
    ]
    lines = [f"### {title}", "", " ".join((model.__doc__ or "").split()), ""]
    head = ["| Field | What it is | Unit or words | If left out |", "|---|---|---|---|"]
    return "\n".join([*lines, *head, *rows, ""])


def _rows(name: str, schema: dict[str, Any], within: str) -> list[str]:
    """The row of a field, or the rows of the fields within it."""
    field = schema["properties"][name]
    if "$ref" in field:
        inner = schema["$defs"][field["$ref"].rsplit("/", 1)[1]]
        return [row for part in inner["properties"] for row in _rows(part, inner, f"{name}.")]
    required = name in schema.get("required", [])
    cells = (f"`{within}{name}`", field.get("description", ""), _values(field))
    return [f"| {' | '.join(cells)} | {'required' if required else _default(field)} |"]


def _values(field: dict[str, Any]) -> str:
    """Unit and limits, or the words that a field takes."""
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    kind = options[0]
    if "enum" in kind:
        return ", ".join(f"`{word}`" for word in kind["enum"])
    if "words" in field:
        listed = "list of " if kind.get("type") == "array" else ""
        return listed + ", ".join(f"`{word}`" for word in field["words"])
    if kind.get("format") == "date":
        return "date"
    if kind.get("type") in ("number", "integer"):
        return f"{field.get('unit', '')}{_limits(kind)}"
    return SHOWN.get(kind.get("type", ""), kind.get("type", ""))


def _limits(kind: dict[str, Any]) -> str:
    """The least and the most that a number can be.

    >>> _limits({"minimum": 0, "maximum": 1}), _limits({"exclusiveMinimum": 0, "maximum": 10.0})
    (', 0 to 1', ', above 0 to 10')
    """
    most = f" to {kind['maximum']:,.12g}" if "maximum" in kind else ""
    if "minimum" in kind:
        return f", {kind['minimum']:,.12g}{most}"
    return f", above {kind['exclusiveMinimum']:,.12g}{most}" if "exclusiveMinimum" in kind else ""


def _default(field: dict[str, Any]) -> str:
    """What holds where a field is left out."""
    default = field.get("default")
    if isinstance(default, list):
        everything = default == field.get("words")
        return "all of them" if everything else ", ".join(f"`{word}`" for word in default)
    if default is None or default == "":
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, int | float) else f"`{default}`"


def with_tables(text: str) -> str:
    """A page with the tables put anew between its two marks."""
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n{lever_tables()}\n{ENDS}{after}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
