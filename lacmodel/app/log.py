"""What went wrong, for whoever mends it: kinds of error and lines of code, and no data.

An error's own words can hold what a user's file says, so they are not written down.
"""

import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

LOG: Final = "lacmodel-app.log"
MOST_BYTES: Final = 1_000_000  # then the log begins anew


def write_down(error: BaseException, folder: Path) -> str:
    """Add an error to the log of a folder; the time by which it is found there.

    Nothing is raised where the log cannot be written.
    """
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [
        f"    {Path(frame.filename).name}, line {frame.lineno}, {frame.name}" for frame in frames
    ]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / LOG
        kept = log.exists() and log.stat().st_size < MOST_BYTES
        with log.open("a" if kept else "w", encoding="utf-8") as file:
            file.write("\n".join([f"{when} {type(error).__name__}", *lines]) + "\n")
    except OSError:
        pass
    return when
