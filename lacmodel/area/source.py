"""Where an area comes from: a folder of small files, or one workbook with a sheet for each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from lacmodel.area.files import csv_grid
from lacmodel.area.grids import Grid
from lacmodel.area.settings import AreaText, FileNames, read_area_text
from lacmodel.area.workbook import AREA, Book, is_workbook, open_book, text_of
from lacmodel.faults import Fault

ADDED: Final = "added_"  # before the name of a sheet that is read after the first of its kind
SHEETS: Final = frozenset(
    f"{added}{name}" for name in (AREA, *FileNames.model_fields) for added in ("", ADDED)
)


class Source(NamedTuple):
    """What the area file says, the files that say it, and the workbook if it is one."""

    text: AreaText
    area_files: tuple[Path, ...]
    book: Book | None

    def paths(self, name: str) -> tuple[Path, ...]:
        """The files that hold one thing: the area's own, then what was added to it."""
        given = (getattr(self.text.files, name), getattr(self.text.added_files, name))
        return tuple(Path(file) for file in given if file is not None)

    def grids(self, name: str, faults: list[Fault]) -> list[Grid]:
        """The rows of one thing; what cannot be opened is a fault."""
        if self.book is not None:
            sheets = [self.book.grid(sheet, faults) for sheet in (name, ADDED + name)]
            return [grid for grid in sheets if grid is not None]
        found = [csv_grid(path, faults) for path in self.paths(name)]
        return [grid for grid in found if grid is not None]

    def fault(self, name: str, place: str, value: Any, rule: str) -> Fault:
        """A fault in the whole of one thing."""
        if self.book is not None:
            return Fault(self.book.path, f"{name}: {place}", value, rule)
        return Fault(self.paths(name)[-1], place, value, rule)

    def files(self, names: Sequence[str]) -> tuple[Path, ...]:
        """Every file that was read."""
        if self.book is not None:
            return self.area_files
        return (*self.area_files, *(path for name in names for path in self.paths(name)))


def open_source(path: Path, faults: list[Fault]) -> Source | None:
    """Open a folder, an area file or a workbook; None if nothing of it can be read."""
    if is_workbook(path):
        book = open_book(path, faults, only=SHEETS)
        return None if book is None else Source(text_of(book, faults), (book.path,), book)
    read = read_area_text(path / "area.toml" if path.is_dir() else path, faults)
    return None if read is None else Source(*read, book=None)
