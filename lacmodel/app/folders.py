"""The folders of the app: the one that was chosen, and a private one that ends with the app.

Nothing outside these two is read or written through the app. A file that is uploaded goes into the
private folder under a name of our own making, and only if its kind and size are allowed.
"""

import io
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lacmodel.area.write import AREA_FILE
from lacmodel.faults import Fault, InputFaults

MB: Final = 1_000_000
UPLOAD_MB: Final = 100  # a file that is uploaded
UNPACKED_MB: Final = 300  # what a zip or a workbook may hold when it is unpacked
MEMBERS: Final = 2_000  # files in a zip
DEPTH: Final = 4  # folders below the chosen one that are looked into
MOST_SHOWN: Final = 200  # areas or scenarios that can be chosen from
AREA_BOOK: Final = "area.xlsx"
SKIPPED: Final = ("outputs", "build", "dist", "node_modules")
PACKED: Final = b"PK"
CHOSEN: Final = "LACMODEL_APP_FOLDER"  # how `launch` tells the script of its folders
PRIVATE: Final = "LACMODEL_APP_PRIVATE"
MANY: Final = "LACMODEL_APP_FUTURES"  # and of how many futures a run has


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the app may read and write."""

    chosen: Path
    private: Path

    def allows(self, path: Path) -> bool:
        """Whether a path lies within one of the two folders, links followed."""
        real = path.resolve()
        return any(real.is_relative_to(folder.resolve()) for folder in (self.chosen, self.private))

    def check(self, path: Path, place: str = "") -> Path:
        """The path, if it may be read or written.

        Raises
        ------
        InputFaults
            if it lies anywhere else
        """
        if not self.allows(path):
            rule = "lies outside the folder that the app was started with, and is not read"
            raise InputFaults([Fault(path.name, place, None, rule)])
        return path

    def shown(self, path: Path) -> str:
        """A path as a user sees it: from the chosen folder, or by its name alone."""
        try:
            return path.resolve().relative_to(self.chosen.resolve()).as_posix()
        except ValueError:
            return path.name


def folders() -> Folders:
    """The folders that the app was started with."""
    return Folders(Path(os.environ[CHOSEN]), Path(os.environ[PRIVATE]))


# What can be chosen ------------------------------------------------------------------------------


def areas_in(folders: Folders) -> list[Path]:
    """Areas below the two folders: folders with an area file, and workbooks of areas."""
    found = []
    for path in _files(folders, (AREA_FILE, AREA_BOOK)):
        inside_an_area = path.name == AREA_BOOK and path.with_name(AREA_FILE).exists()
        if not inside_an_area:
            found.append(path.parent if path.name == AREA_FILE else path)
    return found[:MOST_SHOWN]


def scenarios_in(folders: Folders) -> list[Path]:
    """Scenario files below the chosen folder: TOML with a question at the start of a line."""
    return [path for path in _files(folders, (), ".toml") if _asks(path)][:MOST_SHOWN]


def _asks(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return bool(re.search(rb"^question\s*=", file.read(20_000), re.MULTILINE))
    except OSError:
        return False


def _files(folders: Folders, names: Sequence[str], ending: str = "\0") -> Iterator[Path]:
    """Files of some names or an ending, private ones last, in the order of their paths."""
    for top in (folders.chosen, folders.private):
        for where, below, files in os.walk(top):
            deep = len(Path(where).relative_to(top).parts) >= DEPTH
            hidden = (name for name in sorted(below) if not name.startswith((".", "_")))
            below[:] = [] if deep else [name for name in hidden if name not in SKIPPED]
            for name in sorted(files):
                path = Path(where) / name
                if (name in names or name.endswith(ending)) and folders.allows(path):
                    yield path


def safe_name(text: str, otherwise: str = "unnamed") -> str:
    r"""A file's name made of letters, digits, dots, hyphens and underlines; never a path.

    >>> safe_name("Phase 3: homes"), safe_name("../../etc/passwd"), safe_name("C:\\x\\CON.csv")
    ('phase-3-homes', 'passwd', 'con.csv')
    """
    last = re.split(r"[/\\]", text)[-1].lower()
    plain = re.sub(r"[^a-z0-9._-]+", "-", last).strip("-._")[:60]
    return plain or otherwise


# Uploads -----------------------------------------------------------------------------------------


def keep_uploads(
    folders: Folders, what: str, files: Sequence[tuple[str, bytes]], kinds: Sequence[str]
) -> list[Path]:
    """Put uploaded files into a fresh private folder, once all of them are found harmless.

    Parameters
    ----------
    what : what they are, which names the folder
    files : the name and the content of each
    kinds : the endings that are allowed, such as ``.csv``

    Raises
    ------
    InputFaults
        with every file that is refused
    """
    faults = [
        Fault(safe_name(name), "", None, rule)
        for name, content in files
        for rule in [refused(name, content, kinds)]
        if rule
    ]
    if faults:
        raise InputFaults(faults)
    folder = unused(folders.private / what)
    folder.mkdir(parents=True)
    kept = []
    for name, content in files:
        kept.append(unused(folder / safe_name(name)))
        kept[-1].write_bytes(content)
    return kept


def unused(path: Path) -> Path:
    """A path where nothing is: the wanted one, or that with a number before it."""
    number, free = 2, path
    while free.exists():
        free, number = path.with_name(f"{number}-{path.name}"), number + 1
    return free


def refused(name: str, content: bytes, kinds: Sequence[str]) -> str:
    """Why an uploaded file is not kept; nothing where it may be.

    >>> refused("placements.exe", b"", (".csv",))
    'must be a file of the kind .csv'
    """
    if not name.lower().endswith(tuple(kinds)):
        return f"must be a file of the kind {' or '.join(kinds)}"
    if len(content) > UPLOAD_MB * MB:
        return f"is larger than {UPLOAD_MB} MB"
    if not content.startswith(PACKED):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return "is a damaged zip or workbook"
    if len(members) > MEMBERS:
        return f"holds more than {MEMBERS:,} files"
    if sum(member.file_size for member in members) > UNPACKED_MB * MB:
        return f"is larger than {UNPACKED_MB} MB when it is unpacked"
    return ""
