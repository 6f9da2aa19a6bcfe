"""The files of a return: from a folder, a zip or one file, within limits, as text.

Nothing in a file is executed or followed. What cannot be read safely is refused in words.
"""

import hashlib
import io
import itertools
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from lacmodel.faults import Fault, InputFaults
from lacmodel.text_files import PACKED, SAVE_AS_CSV, is_workbook_content, unread

FILE_MB: Final = 200  # a file of a return larger than this is refused
TOTAL_MB: Final = 500  # and all of them together
FILES: Final = 2_000  # files looked at in a folder, members of a zip
DEPTH: Final = 6  # folders below the one that is named
MB: Final = 1_000_000
KINDS: Final = (".csv", ".txt", ".xml")


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a return as text."""

    name: str  # the path below the folder, with forward slashes
    text: str = field(repr=False)
    encoding: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a return, and those that were kept aside with the reason."""

    files: tuple[Source, ...]
    aside: tuple[tuple[str, str], ...]  # name, why


def open_sources(path: Path) -> Sources:
    """Read every file of a return.

    Raises
    ------
    InputFaults
        if there is nothing to read, or something that must not or cannot be read
    """
    if path.suffix.lower() == ".zip" and path.is_file():
        found = _zip_members(path)
    elif path.is_file():
        found = iter([(path.name, _bytes_of(path))])
    elif path.is_dir():
        found = _folder_files(path)
    else:
        raise InputFaults([Fault(path, "", None, "no such folder, zip or file")])
    return _decoded(path, found)


def hashes(path: Path) -> dict[str, str]:
    """The hash of every file of a return, by its name."""
    if path.is_file():
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    contents = ((name, content) for name, content in _folder_files(path, inside_zips=False))
    return {n: hashlib.sha256(c).hexdigest() for n, c in contents if isinstance(c, bytes)}


def hash_of(path: Path) -> str:
    """One hash of a whole return: of the names and hashes of its files."""
    lines = [f"{name} {each}\n" for name, each in sorted(hashes(path).items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def how_many(path: Path) -> int:
    """How many files a return may have, to show how far reading has come."""
    if path.is_dir():
        return sum(1 for _ in itertools.islice(path.rglob("*"), FILES))
    return 1


def _decoded(path: Path, found: Iterator[tuple[str, bytes | Fault | str]]) -> Sources:
    """Text of every file; all faults at once."""
    files, aside, faults, total = [], [], [], 0
    for name, content in found:
        if isinstance(content, Fault):
            faults.append(content)
        elif isinstance(content, str):
            aside.append((name, content))
        elif not content.strip():
            aside.append((name, "empty"))
        else:
            total += len(content)
            if total > TOTAL_MB * MB:
                rule = f"the files are larger than {TOTAL_MB} MB together; give fewer"
                raise InputFaults([*faults, Fault(path, "", None, rule)])
            try:
                files.append(Source(name, *text_of(content)))
            except ValueError as error:
                faults.append(Fault(path, name if name != path.name else "", None, str(error)))
    if faults:
        raise InputFaults(faults)
    return Sources(tuple(files), tuple(aside))


def text_of(content: bytes) -> tuple[str, str]:
    """Text and encoding of a file: UTF-8 with or without a mark, or the Windows code page 1252.

    >>> text_of("CHILD,café".encode("cp1252"))
    ('CHILD,café', 'cp1252')

    Raises
    ------
    ValueError
        in words, if it is none of these
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[1:2] == b"\x00":
        raise ValueError("is in UTF-16 (Unicode text); save it as CSV UTF-8 and try again")
    if is_workbook_content(content):
        raise ValueError(SAVE_AS_CSV)
    if content[:2] == PACKED:
        raise ValueError("is an archive, not text; save each file in it as CSV UTF-8")
    if b"\x00" in content:
        raise ValueError("is not text; save it as CSV UTF-8")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise ValueError("is neither UTF-8 nor Windows text; save it as CSV UTF-8")


def _too_large(path: Path, name: str) -> Fault:
    """The fault of a file above the limit."""
    return Fault(path, name, None, f"is larger than {FILE_MB} MB, the most that is read of a file")


def _bytes_of(path: Path) -> bytes | Fault | str:
    """A file's content, or why there is none."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            return "not a file"
        if state.st_size > FILE_MB * MB:
            return _too_large(path, "")
        with path.open("rb") as file:
            content = file.read(FILE_MB * MB + 1)
    except OSError as error:
        return unread(path, error)
    return content if len(content) <= FILE_MB * MB else _too_large(path, "")


def _hidden(name: str) -> bool:
    """Whether a file is one of a system's or an editor's own."""
    parts = PurePosixPath(name).parts
    return any(part.startswith((".", "~$", "__MACOSX")) for part in parts)


def _folder_files(
    folder: Path, inside_zips: bool = True
) -> Iterator[tuple[str, bytes | Fault | str]]:
    """Name and content of every file below a folder, in the order of names."""
    paths: list[Path] = []
    for where, folders, names in os.walk(folder, onerror=_refuse):
        deep = len(Path(where).relative_to(folder).parts) >= DEPTH
        folders[:] = [] if deep else sorted(folders)
        paths += [Path(where) / name for name in names]
        if len(paths) > FILES:
            rule = f"more than {FILES:,} files are in it; name the folder of the return itself"
            raise InputFaults([Fault(folder, "", None, rule)])
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        if _hidden(name):
            continue
        if path.suffix.lower() == ".zip" and inside_zips:
            yield from _below(name, _zip_members(path))
        elif path.suffix.lower() in (*KINDS, ".zip"):
            yield name, _bytes_of(path)
        else:
            yield name, "not a CSV, XML or zip file"


def _refuse(error: OSError) -> None:
    """Refuse a folder that cannot be opened, rather than read the rest without it."""
    rule = f"cannot be opened ({error.strerror})"
    raise InputFaults([Fault(str(error.filename), "", None, rule)])


def _below(
    folder: str, members: Iterator[tuple[str, bytes | Fault | str]]
) -> Iterator[tuple[str, bytes | Fault | str]]:
    """Members of a zip that lies in a folder, with its name before theirs."""
    for name, content in members:
        yield f"{folder}/{name}", content


def _climbs_out(name: str) -> bool:
    r"""Whether a member's path leads out of the zip's own folder.

    >>> [_climbs_out(n) for n in ("2018/episodes.csv", "../x.csv", "/x.csv", "C:\\x.csv")]
    [False, True, True, True]
    """
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name


def _zip_members(path: Path) -> Iterator[tuple[str, bytes | Fault | str]]:
    """Name and content of every member of a zip; nothing is unpacked to the disk."""
    whole = _bytes_of(path)
    if not isinstance(whole, bytes):
        yield path.name, whole
        return
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            members = archive.infolist()
            if len(members) > FILES:
                yield path.name, Fault(path, "", None, f"has more than {FILES:,} members")
                return
            for member in sorted(members, key=lambda each: each.filename):
                name = member.filename
                if not member.is_dir() and (_climbs_out(name) or not _hidden(name)):
                    yield name, _member(path, archive, member)
    except zipfile.BadZipFile:
        yield path.name, Fault(path, "", None, "is not a zip file, or a damaged one")


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | Fault | str:
    """A member's content, or why there is none."""
    name = member.filename
    if _climbs_out(name):
        return Fault(path, f"{name!r:.80}", None, "its path leads out of the zip; nothing was read")
    if not name.lower().endswith(KINDS):
        return "not a CSV or XML file"
    if member.flag_bits & 1:
        return Fault(path, name, None, "is encrypted; save the zip without a password")
    try:
        with archive.open(member) as file:
            content = file.read(FILE_MB * MB + 1)
    except Exception as error:  # a damaged zip fails in many ways, in many modules
        return Fault(path, name, None, f"is damaged in the zip ({type(error).__name__})")
    return content if len(content) <= FILE_MB * MB else _too_large(path, name)
