"""The conventions that keep the code readable, as tests."""

import ast
from pathlib import Path

import pytest

import lacmodel
from lacmodel import pathway
from lacmodel.parameters import declared_tables, national_folder, read_tables

PACKAGE = Path(lacmodel.__file__).parent
# A module imports only from names above its own. Folders stand for all that is in them.
ORDER = (
    "codes",
    "compiling",
    "once",
    "timeline",
    "randomness",
    "tables",
    "drift_parameters",
    "faults",
    "text_files",
    "toml_text",
    "suppression",
    "ssda903",
    "pathway",
    "parameters",
    "estimates",
    "carers",
    "area",
    "run_files",
    "published",
    "plan",
    "own_fit",
    "factors",
    "draws",
    "opening",
    "levers",
    "listed",
    "scenario",
    "planning",
    "engines",
    "fitting",
    "results",
    "money",
    "analyses",
    "report",
    "app",
    "cli",
)
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a module within the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def rank(module: str) -> int:
    return ORDER.index(module.split(".")[0])


def imports_of(path: Path) -> list[str]:
    """Names within the package that a module imports, wherever it does so."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("lacmodel."):
            found.append(node.module.removeprefix("lacmodel."))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            if node.module == "lacmodel":
                found += [alias.name for alias in node.names if not alias.name.startswith("__")]
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    name = name_of(path)
    if name in ("", "__main__"):
        return
    for other in imports_of(path):
        if other not in ORDER and other.split(".")[0] not in ORDER:
            continue  # a name that the package itself defines, such as its version
        same_folder = other.split(".")[0] == name.split(".")[0]
        assert same_folder or rank(other) < rank(name), f"{name} imports {other}"


def test_no_import_cycle_within_a_folder() -> None:
    graph = {name_of(path): imports_of(path) for path in MODULES}

    def reaches(start: str, goal: str, seen: set[str]) -> bool:
        for other in graph.get(start, []):
            if other == goal:
                return True
            if other not in seen:
                seen.add(other)
                if reaches(other, goal, seen):
                    return True
        return False

    assert [name for name in graph if reaches(name, name, set())] == []


def test_the_order_of_the_stages_is_the_folder() -> None:
    files = {path.stem for path in (PACKAGE / "pathway").glob("*.py")} - {"__init__"}
    assert files == {*pathway.STAGES, "placements", "siblings", "clocks"}


def test_the_steps_of_a_day_are_numbered_in_their_order() -> None:
    names = [step.upper() for step in pathway.STEPS]
    names[names.index("REFERRAL")] = "REFERRAL_STEP"
    assert [getattr(pathway, name) for name in names] == list(range(len(names)))


def public_definitions(tree: ast.Module):
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    inner
                    for inner in node.body
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
                )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_names_have_docstrings_and_types(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path.name} has no docstring"
    for node in public_definitions(tree):
        assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"
        if isinstance(node, ast.FunctionDef):
            assert node.returns is not None, f"{path.name}: {node.name} has no return type"
            for argument in [*node.args.args, *node.args.kwonlyargs]:
                named = argument.arg in ("self", "cls")
                assert named or argument.annotation, f"{path.name}: {node.name}({argument.arg})"


def test_every_parameter_has_a_unit_and_a_source() -> None:
    tables = read_tables(national_folder() / "factors.csv")
    assert set(tables) == set(declared_tables())
    for name, (unit, _) in declared_tables().items():
        assert unit, name
        assert tables[name].source, name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 420, path.name


def test_pathway_and_engines_know_nothing_of_pictures_or_commands() -> None:
    for folder in ("pathway", "engines"):
        for path in (PACKAGE / folder).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not any(word in text for word in ("altair", "click", "html")), path.name
