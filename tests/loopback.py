"""A Dask scheduler with two workers of one thread each, on this machine alone."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import lacmodel

SECONDS_TO_START = 300


@contextmanager
def dask_on_loopback() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Its address and its processes, the scheduler first; they end with the block."""
    environment = os.environ | {"PYTHONPATH": str(Path(lacmodel.__file__).parents[1])}
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file"]
    processes = []
    with TemporaryDirectory() as place:
        file = Path(place) / "scheduler.json"
        try:
            processes.append(subprocess.Popen([*start, *options, str(file)], env=environment))
            address = address_in(file)
            worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny"]
            worker += ["--nthreads", "1", "--no-dashboard", "--scheduler-file", str(file)]
            worker += ["--local-directory", place]
            processes += [subprocess.Popen(worker, env=environment) for _ in range(2)]
            yield address, processes
        finally:
            for process in reversed(processes):
                process.kill()
                process.wait()


def address_in(file: Path) -> str:
    """The scheduler's address, as soon as it has written it."""
    for _ in range(10 * SECONDS_TO_START):
        if file.exists() and (text := file.read_text(encoding="utf-8")):
            return str(json.loads(text)["address"])
        time.sleep(0.1)
    raise TimeoutError("the scheduler did not start")
