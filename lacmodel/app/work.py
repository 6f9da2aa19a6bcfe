"""Work that takes a while: done beside the page, counted, and stopped when asked."""

import threading
from collections.abc import Callable
from typing import Any

Count = Callable[[int], None]  # told how much more is done
Work = Callable[[Count], Any]


class Stopped(Exception):
    """Raised within work that a user has stopped."""


class Job:
    """One piece of work on a thread of its own.

    ``work`` is given a function to call with how much more is done; that is also where it stops.
    """

    def __init__(self, total: int, work: Work) -> None:
        self.total, self.done = total, 0
        self.result: Any = None
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)

    def start(self) -> "Job":
        """Begin, and come back at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask for an end; work ends when it next counts."""
        self._stop.set()

    @property
    def running(self) -> bool:
        """Whether it has begun and not ended."""
        return self._thread.is_alive()

    @property
    def stopped(self) -> bool:
        """Whether it was ended before its time."""
        return isinstance(self.error, Stopped)

    @property
    def share(self) -> float:
        """How much is done, in [0, 1]."""
        return min(1.0, self.done / self.total)

    def wait(self, seconds: float) -> None:
        """Wait for the end, but not for longer than some seconds."""
        self._thread.join(seconds)

    def _run(self, work: Work) -> None:
        try:
            self.result = work(self._count)
        except Exception as error:
            self.error = error

    def _count(self, more: int) -> None:
        self.done += more
        if self._stop.is_set():
            raise Stopped
