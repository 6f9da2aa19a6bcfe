"""Amended: a scenario with further changes that a question found, and the file that says so."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from lacmodel.levers.changes import Change
from lacmodel.scenario import Origin, Scenario
from lacmodel.scenario.text import Document


def amended(scenario: Scenario, name: str, changes: Sequence[Change]) -> Scenario:
    """The scenario with further changes after its own, under another name."""
    document = Document(scenario.path.with_name(f"{name}.toml"), "", {})
    origins = tuple(Origin(document, number) for number in range(len(changes)))
    return replace(
        scenario,
        changes=(*scenario.changes, *changes),
        origins=(*scenario.origins, *origins),
    )


def amendment_text(
    base: Path, folder: Path, title: str, question: str, changes: Sequence[Change]
) -> str:
    """A scenario file in a folder that extends another by some changes."""
    extends = Path(os.path.relpath(base.resolve(), folder.resolve())).as_posix()
    head = [
        f"title = {toml_value(title)}",
        f"question = {toml_value(question)}",
        f"extends = [{toml_value(extends)}]",
    ]
    return "\n\n".join(["\n".join(head), *map(change_text, changes)]) + "\n"


def change_text(change: Change) -> str:
    """A change as it stands in a scenario file, without what is left out."""
    fields = change.model_dump(by_alias=True, exclude_unset=True)
    lines = [f"{name} = {toml_value(value)}" for name, value in fields.items()]
    return "\n".join(["[[change]]", *lines])


def toml_value(value: Any) -> str:
    """A value as TOML writes it.

    >>> toml_value(date(2018, 4, 1)), toml_value(["a"]), toml_value(True), toml_value(2.5)
    ('2018-04-01', '["a"]', 'true', '2.5')
    """
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
