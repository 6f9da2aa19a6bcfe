"""An offline kit for Windows: wheels with hashes, lacmodel's own, and an install.cmd.

    python tools/offline_kit.py build KIT    gathers it, on a machine with network access
    python tools/offline_kit.py check KIT    says what is missing or altered, without a network

What the chosen extras need is walked through what is installed here, with Windows' markers, and
pinned by constraints.txt. Nothing in the kit names a registry.
"""

import hashlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT: Final = Path(__file__).parents[1]
EXTRAS: Final = ("fast", "report", "pdf", "app")
PYTHON: Final = "3.12"
WINDOWS: Final = {
    **default_environment(), "sys_platform": "win32", "platform_system": "Windows",
    "os_name": "nt", "platform_machine": "AMD64", "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.0", "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}  # fmt: skip
PIP: Final = "-m pip install --no-index --find-links wheels --require-hashes -r requirements.txt"
INSTALL: Final = f"""@echo off
rem Installs lacmodel into the folder .venv beside this file. Needs Python {PYTHON}.
cd /d "%~dp0"
py -{PYTHON} -m venv .venv || exit /b 1
.venv\\Scripts\\python {PIP} || exit /b 1
.venv\\Scripts\\python -m lacmodel doctor
"""
README: Final = f"""# lacmodel, to be installed without a network

Needs Python {PYTHON} (64 bit) on Windows; no administrator, git or registry. Run install.cmd. It
makes the folder .venv here, installs the files of wheels\\ whose SHA-256 stands in
requirements.txt, and says with `lacmodel doctor` what works. Deleting this folder removes
everything but the compiled functions in %LOCALAPPDATA%\\lacmodel. Application control may block
libraries that nobody has signed: allow this folder.
"""


def pins() -> dict[str, str]:
    """The version of each library on Windows, from constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in wanted
        if one.marker is None or one.marker.evaluate(WINDOWS)
    }


def needed(extras: tuple[str, ...] = EXTRAS) -> set[str]:
    """Every library that lacmodel needs on Windows with some extras, itself left out."""
    found: set[tuple[str, str]] = set()
    waiting = [("lacmodel", extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) not in found:
            found.add((name, extra))
            waiting += _requirements(name, extra)
    return {name for name, _ in found} - {"lacmodel"}


def _requirements(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """What a library needs for an extra of its own, or for none."""
    lines: list[str] = []
    if name == "lacmodel":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        by_extra = {"": project["dependencies"], **project["optional-dependencies"]}
        lines = by_extra[extra]
    else:
        with suppress(metadata.PackageNotFoundError):  # Windows alone has it, such as colorama
            lines = metadata.requires(name) or []
    for one in map(Requirement, lines):
        if one.marker is None or one.marker.evaluate({**WINDOWS, "extra": extra}):
            yield from ((canonicalize_name(one.name), inner) for inner in ("", *one.extras))


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def requirement_lines(wheels: Path) -> list[str]:
    """A line for each wheel of a folder: name, version and hash."""
    lines = []
    for path in sorted(wheels.glob("*.whl")):
        name, version, *_ = parse_wheel_filename(path.name)
        lines.append(f"{name}=={version} --hash=sha256:{sha256(path)}")
    return lines


def problems(kit: Path, extras: tuple[str, ...] = EXTRAS) -> list[str]:
    """What a kit lacks, or has that is not as requirements.txt says."""
    listed = kit / "requirements.txt"
    lines = set(listed.read_text(encoding="utf-8").split("\n")) if listed.is_file() else set()
    present = requirement_lines(kit / "wheels")
    have = {line.split(" ")[0] for line in present}
    versions = pins()
    names = sorted(needed(extras))
    wrong = [f"{name} has no version in constraints.txt" for name in names if name not in versions]
    wanted = [f"{name}=={versions[name]}" for name in names if name in versions]
    wrong += [f"{pin} has no wheel in the kit" for pin in wanted if pin not in have]
    wrong += [f"{line.split(' ')[0]} is not as requirements.txt says" for line in present
              if line not in lines]  # fmt: skip
    if not any(line.startswith("lacmodel==") for line in present):
        wrong.append("lacmodel has no wheel in the kit")
    wrong += [f"{name} is missing" for name in ("install.cmd", "README.md")
              if not (kit / name).is_file()]  # fmt: skip
    return wrong


def build(kit: Path) -> None:
    """Gather a kit in a new folder."""
    wheels = kit / "wheels"
    wheels.mkdir(parents=True)
    versions = pins()
    wanted = [f"{name}=={versions[name]}" for name in sorted(needed())]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "download", "--only-binary=:all:", "--platform", "win_amd64",
         "--python-version", PYTHON, "--no-deps", "--dest", str(wheels), *wanted],
        check=True,
    )  # fmt: skip
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)], check=True)
    write_around(kit)


def write_around(kit: Path) -> None:
    """Write what stands beside the wheels: hashes, install.cmd, README, data and scenarios."""
    text = "\n".join(requirement_lines(kit / "wheels")) + "\n"
    (kit / "requirements.txt").write_text(text, encoding="utf-8", newline="\n")
    (kit / "install.cmd").write_text(INSTALL, encoding="ascii", newline="\r\n")
    (kit / "README.md").write_text(README, encoding="utf-8", newline="\n")
    for folder in ("data", "scenarios"):
        shutil.copytree(ROOT / folder, kit / folder)


def main(arguments: list[str]) -> int:
    """Build or check a kit; 0 when it is complete."""
    if len(arguments) != 2 or arguments[0] not in ("build", "check"):
        print(__doc__)
        return 2
    kit = Path(arguments[1])
    if arguments[0] == "build":
        if kit.exists():
            print(f"{kit} is there already; nothing was written")
            return 2
        build(kit)
    wrong = problems(kit)
    size = sum(path.stat().st_size for path in (kit / "wheels").glob("*.whl")) / 1e6
    print("\n".join(wrong) or f"{kit} is complete: {len(needed()) + 1} wheels, {size:,.0f} MB.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
