"""The compiler: numba where it works, the same functions in plain Python where it does not.

numba's file cache does not notice an edit in a called function of another file and would run the
old formula. So the cache folder is named by a hash of every source file of the package and of
numba's version, and is set before anything is compiled. Where it cannot be written, nothing is
cached and every process compiles afresh. A new version empties the caches of old ones but the last.
"""

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])
HASH_LENGTH: Final = 16
CACHES_KEPT: Final = 8  # the running version's among them
FORGOTTEN: Final = 7 * 24 * 3600.0  # seconds without a start
WRITTEN: Final = (".nbi", ".nbc")  # numba's index and machine code


def source_hash(package: Path, version: str) -> str:
    """Hash of every source file below a folder, and of the compiler's version."""
    digest = hashlib.sha256(version.encode())
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:HASH_LENGTH]


def user_cache_folder() -> Path:
    """Where compiled functions are kept between runs."""
    if chosen := os.environ.get("LACMODEL_CACHE"):
        return Path(chosen)
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "lacmodel"
    return Path.home() / ".cache" / "lacmodel"


def _usable(folder: Path) -> bool:
    """Whether a file can be written in the folder (made if need be)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def empty_old_caches(root: Path, kept: int = CACHES_KEPT) -> None:
    """Remove what older versions have compiled; the caches that were used last are kept.

    Only what numba wrote goes, from folders that are named as `source_hash` names them. A process
    of an older version that is still running compiles what it misses; it may write at any moment,
    so its folders go only when no process has started from them for long.
    """
    caches = sorted(_caches(root), reverse=True)
    for used, folder in caches[kept:]:
        for inner in _folders(folder):
            for file in inner.iterdir():
                if file.suffix in WRITTEN:
                    with suppress(OSError):  # in use, or gone already
                        file.unlink()
        if time.time() - used > FORGOTTEN:
            for empty in (*_folders(folder), folder):
                with suppress(OSError):  # what holds anything else stays
                    empty.rmdir()


def _caches(root: Path) -> Iterator[tuple[float, Path]]:
    """Caches of any version, with the time of the last start, at which a file is tried in them."""
    for folder in _folders(root):
        if len(folder.name) == HASH_LENGTH and set(folder.name) <= set("0123456789abcdef"):
            with suppress(OSError):
                yield folder.stat().st_mtime, folder


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, but none that lies elsewhere."""
    with suppress(OSError):
        return [each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()]
    return []


def _import_numba() -> tuple[Any, str]:
    """The numba module, or None where it cannot be used; and why not."""
    if os.environ.get("LACMODEL_COMPILE") == "0":
        return None, "numba is switched off by LACMODEL_COMPILE=0"
    try:
        import numba
    except ModuleNotFoundError:
        return None, "numba is not installed"
    except Exception as error:  # a blocked or broken library raises more than ImportError
        return None, f"numba does not load ({type(error).__name__})"
    if getattr(numba.config, "DISABLE_JIT", False):
        return None, "numba is switched off by NUMBA_DISABLE_JIT"
    return numba, ""


numba, WHY_NOT = _import_numba()
COMPILED = numba is not None
COMPILER = f"numba {numba.__version__}" if COMPILED else f"none: {WHY_NOT}"
CACHED = False

if numba is not None:
    _folder = user_cache_folder() / source_hash(Path(__file__).parent, numba.__version__)
    _is_new = not _folder.exists()
    CACHED = _usable(_folder)
    if CACHED:
        if _is_new:
            with suppress(OSError):
                empty_old_caches(_folder.parent)
        numba.config.CACHE_DIR = str(_folder)

    import numpy as np

    uint64: Any = np.uint64
else:
    uint64 = int


def compiled(function: Function) -> Function:
    """Compile a function with numba; without numba return it as it is.

    Python calls a compiled function that is kept in the cache. Compiled callers compile it into
    themselves, without the wrappers through which Python would call it: making those for every
    function of the pathway takes a third of all compiling.
    """
    if numba is None:
        return function
    alone = numba.njit(nogil=True, cache=CACHED, _nrt=False)(function)

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        return alone(*arguments, **named)

    return _within_callers(called, function)


def inlined(function: Function) -> Function:
    """Compile a function into its compiled callers; Python, which seldom calls it, runs it."""
    return function if numba is None else _within_callers(function, function)


def _within_callers(called: Any, function: Function) -> Function:
    """What Python calls, which compiled callers take for a function to be compiled into them.

    All have the same options, as numba compiles a function anew for callers with other ones.
    """
    options = {"_nrt": False, "no_cfunc_wrapper": True, "forceinline": True}
    numba.extending.overload(called, jit_options=options, strict=False)(lambda *_, **__: function)
    return cast(Function, called)
