"""Areas that are made in the app, as `lacmodel new` makes them, and lists of today's placements."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.app.folders import Folders, safe_name, unused
from lacmodel.area.guide import new_area_files
from lacmodel.area.opening_return import read_return
from lacmodel.area.settings import OpeningReturn
from lacmodel.area.write import write_folder
from lacmodel.fitting.area_of_return import Council, area_of_return
from lacmodel.fitting.from_published import named, new_area
from lacmodel.fitting.shareable import shareable
from lacmodel.published.files import read_published
from lacmodel.published.neighbours import read_neighbours
from lacmodel.published.records import Figure
from lacmodel.report.return_lines import lines_of_area
from lacmodel.ssda903.check import check_returns
from lacmodel.ssda903.read import read_returns
from lacmodel.ssda903.sources import hash_of

NO_CODE: Final = "X00000000"  # a council that has given no ONS code
PROBLEM_COLUMNS: Final = ("Rule", "Rows", "Children", "What, and what was done")
STATED: Final = "stated when the area was made"


class Made(NamedTuple):
    """An area that was made: where it lies, what there is to say of it, and its problems."""

    folder: Path
    lines: list[str]
    problems: list[tuple[str, ...]]  # a row a rule, as `PROBLEM_COLUMNS` has it


def area_from_return(
    files: Sequence[Path], name: str, residents: int, shared: bool, folders: Folders,
    count: Callable[[int], None],
) -> Made:  # fmt: skip
    """An area of the return in some uploaded files, in the private folder beside them.

    Parameters
    ----------
    shared : make it fit to be shared: counts in fives, and nothing that points at the return
    """
    source = files[0] if len(files) == 1 else files[0].parent
    checked = check_returns(read_returns(source))
    count(1)
    read = read_return(source)
    count(1)
    last = read.returns.years[-1]
    council = Council(NO_CODE, name, {last - 1: Figure(residents, None, "", STATED)}, False)
    pointer = OpeningReturn(folder=source.resolve().as_posix(), sha256=hash_of(source))
    made = area_of_return(read, council, pointer)
    count(1)
    place = unused(folders.private / "areas" / safe_name(name))
    content = shareable(made).content() if shared else made.content()
    write_folder(place, new_area_files(content, place.name))
    lines = [line for line in lines_of_area(made, shared) if not line.startswith("Own places")]
    return Made(place, lines, problem_rows(checked))


def problem_rows(checked: Any) -> list[tuple[str, ...]]:
    """What is wrong in a return, a row a rule: how many rows and children, and no child."""
    return [
        (str(row.rule), f"{row.rows:,}", f"{row.children:,}", f"{row.what}: {row.done}")
        for row in checked.problems.summary().itertuples()
    ]


def area_from_published(
    files: Sequence[Path], code: str, start: date | None, folders: Folders
) -> Made:
    """An area of a council from files that the DfE and the ONS publish."""
    published = read_published(tuple(files))
    made = named(new_area(published, code, start, read_neighbours(code, None)), None)
    content = made.content()
    place = unused(folders.private / "areas" / safe_name(str(content.settings["name"])))
    write_folder(place, new_area_files(content, place.name))
    return Made(place, made.lines(published.revised), [])
