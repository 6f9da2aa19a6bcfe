"""Amended: a scenario with further changes that a question found, and the file that says so."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lacmodel.levers.changes import Change
from lacmodel.scenario import Origin, Scenario
from lacmodel.scenario.text import Document
from lacmodel.toml_text import toml_text


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
    head = {"title": title, "question": question, "extends": [extends]}
    told = [change.model_dump(by_alias=True, exclude_unset=True) for change in changes]
    return toml_text({**head, "change": told})
