"""Pools: who runs the batches of an ensemble. One code path through joblib for all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lacmodel.faults import Fault, InputFaults


@dataclass(frozen=True, slots=True)
class Pool:
    """Workers on this machine, or those of a Dask cluster.

    The compiled engine lets go of Python's lock, so its workers are threads unless processes are
    asked for; those of the readable engine are processes.
    """

    workers: int = 1
    cluster: str = ""  # address of a running Dask scheduler
    processes: bool = False

    def in_threads(self, engine: str) -> bool:
        """Whether batches run in threads of this process."""
        alone = self.workers == 1 and not self.processes
        return not self.cluster and not self.processes and (engine == "compiled" or alone)

    @contextmanager
    def backend(self, engine: str) -> Iterator[int]:
        """Make joblib use this pool; gives the number of jobs."""
        from joblib import parallel_config

        if self.cluster:
            with connected(self.cluster) as client, parallel_config("dask", client=client):
                yield -1
            return
        with parallel_config("threading" if self.in_threads(engine) else "loky"):
            yield self.workers


@contextmanager
def connected(address: str) -> Iterator[object]:
    """A connection to a running Dask scheduler.

    Raises
    ------
    InputFaults
        if distributed is not installed, or nobody answers
    """
    try:
        from distributed import Client
    except ImportError:
        rule = "needs the library distributed: pip install 'lacmodel[cluster]'"
        raise InputFaults([Fault("--cluster", "", address, rule)]) from None
    try:
        client = Client(address, timeout="5s")
    except (OSError, ValueError):
        rule = "must be the address of a running Dask scheduler; nobody answers there"
        raise InputFaults([Fault("--cluster", "", address, rule)]) from None
    try:
        yield client
    finally:
        client.close()
