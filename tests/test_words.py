"""One word for one thing, and one way to write it, in whatever a user reads."""

import ast
import re
from pathlib import Path

import pytest

import lacmodel
from lacmodel.money.monitor_table import COLUMNS
from lacmodel.report.monitor_words import PART_LABELS
from lacmodel.report.spend_section import PARTS

PACKAGE = Path(lacmodel.__file__).parent
SHOWN = ("report", "money", "cli", "app", "scenario", "levers")
SPACED = re.compile(r"(\d|^) %(?!\w)")  # 85 % for 85%
MEASURES = ("coverage of", "width of")  # names in files of scores, which stay as they are


def texts_of(path: Path) -> list[str]:
    """The pieces of text of a module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [
        node.value for node in constants if isinstance(node.value, str) and id(node) not in said
    ]


@pytest.mark.parametrize("folder", SHOWN)
def test_a_percentage_is_written_in_one_way(folder: str) -> None:
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        for text in texts_of(path):
            assert not SPACED.search(text) or text.startswith(MEASURES), (path, text)


@pytest.mark.parametrize("name", ["README.md", "data/README.md", "scenarios/README.md"])
def test_so_it_is_in_what_is_read_first(name: str) -> None:
    assert not re.search(r"\d %", (PACKAGE.parent / name).read_text(encoding="utf-8"))


def test_volume_is_one_word_and_the_full_year_effect_one_thing() -> None:
    """What the monitor, the year on year and the plan call the number of placements."""
    assert PART_LABELS["volume"] == PARTS[0] == "volume"
    for path in sorted((PACKAGE / "report").rglob("*.py")):
        for text in texts_of(path):
            assert text not in ("number of placements", "more or fewer placements"), path
    assert "full_year_cost_gbp" in COLUMNS
    assert not any("full_year_effect" in name for name in COLUMNS)
