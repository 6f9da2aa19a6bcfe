"""Reading scenarios: what is accepted, and what the models promise."""

from datetime import date
from pathlib import Path

import pytest

from lacmodel.levers.changes import LEVERS
from lacmodel.levers.reference import lever_tables, with_tables
from lacmodel.scenario import Scenario, area_start, read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
HEAD = 'title = "A"\nquestion = "What if?"\narea = "here"\n'
CHANGE = (
    '[[change]]\nlever = "re_entries"\nfrom = 2017-06-01\nmultiply = 0.9\nsource = "a £ test"\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "area.toml").write_text("start = 2017-04-01\n")
    return tmp_path


def read(folder: Path, content: str | bytes, name: str = "a.toml") -> Scenario:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    return read_scenario(folder / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_scenario_reads_alike_in_every_usual_encoding(
    folder: Path, encoding: str, line_end: str
) -> None:
    content = (HEAD + CHANGE).replace("\n", line_end).encode(encoding)
    scenario = read(folder, content)
    assert scenario.changes[0].source == "a £ test"
    assert scenario.years == 5


def test_changes_of_extended_scenarios_come_first_in_order(folder: Path) -> None:
    read(folder, HEAD + "years = 3\n" + CHANGE.replace("0.9", "0.1"), "one.toml")
    read(folder, HEAD + CHANGE.replace("0.9", "0.2"), "two.toml")
    top = 'title = "T"\nquestion = "Q?"\nextends = ["one.toml", "two.toml"]\n' + CHANGE
    scenario = read(folder, top)
    assert [change.model_dump()["multiply"] for change in scenario.changes] == [0.1, 0.2, 0.9]
    assert [origin.document.path.name for origin in scenario.origins] == [
        "one.toml", "two.toml", "a.toml",
    ]  # fmt: skip
    assert scenario.years == 3
    assert scenario.name == "a"


def test_one_file_can_be_extended_by_its_name_alone(folder: Path) -> None:
    read(folder, HEAD + CHANGE, "one.toml")
    top = 'title = "T"\nquestion = "Q?"\nextends = "one.toml"\n'
    assert len(read(folder, top).changes) == 1


def test_the_start_is_found_in_the_area_that_an_area_file_extends(folder: Path) -> None:
    (folder / "here" / "later.toml").write_text('extends = "area.toml"\n')
    (folder / "here" / "round.toml").write_text('extends = "again.toml"\n')
    (folder / "here" / "again.toml").write_text('extends = "round.toml"\n')
    assert area_start(folder / "here" / "later.toml") == date(2017, 4, 1)
    assert area_start(folder / "here" / "round.toml") is None


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_scenario_reads_and_states_its_sources(path: Path) -> None:
    scenario = read_scenario(path)
    assert scenario.question.endswith("?")
    assert scenario.sources
    for change in scenario.changes:
        assert change.confirmed or "assumed" in change.source


def test_the_recovery_plan_has_the_changes_of_its_four_strands() -> None:
    strands = ("edge-of-care", "in-house-fostering", "fewer-breakdowns", "in-house-homes")
    apart = [c for strand in strands for c in read_scenario(SCENARIOS / f"{strand}.toml").changes]
    assert list(read_scenario(SCENARIOS / "recovery-plan.toml").changes) == apart


def test_readme_shows_every_lever_as_its_model_has_it() -> None:
    text = (SCENARIOS / "README.md").read_text(encoding="utf-8")
    assert with_tables(text) == text
    for path in SCENARIOS.glob("*.toml"):
        assert f"`{path.name}`" in text


def test_every_field_says_what_it_is_and_every_number_its_unit() -> None:
    tables = lever_tables()
    for lever, model in LEVERS.items():
        assert f"### `{lever}`" in tables
        for name, field in model.model_fields.items():
            assert field.description or name == "lever", (lever, name)
            options = str(field.annotation)
            if name != "confirmed" and ("float" in options or "int" in options):
                assert "unit" in (field.json_schema_extra or {}), (lever, name)
