"""Ensembles: the same counts from any workers, and a clean end when something goes wrong."""

import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from fake_runs import WORCESTERSHIRE
from loopback import dask_on_loopback

from lacmodel import cli
from lacmodel.analyses.forecast import forecast, run_forecast
from lacmodel.analyses.simulate import Settings, simulate
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS
from lacmodel.engines import ensemble
from lacmodel.engines.ensemble import (
    BATCH,
    PRICED,
    Ensemble,
    FutureFailed,
    Gathered,
    run_batch,
    run_futures,
)
from lacmodel.engines.pools import Pool
from lacmodel.engines.tally import Tally
from lacmodel.faults import InputFaults
from lacmodel.plan import Plan
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

SCENARIO = (
    'title = "A"\nquestion = "Q?"\nyears = 1\nsources = ["test"]\n'
    f'area = "{WORCESTERSHIRE.as_posix()}"\n'
)
FUTURES = 2 * BATCH["compiled"] + 30
compiled_only = pytest.mark.skipif(not COMPILED, reason="the compiled engine needs numba")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "one.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def plan(scenario: Path) -> Plan:
    return make_plan(read_scenario(scenario))


@cache
def _alone(folder: Path) -> Ensemble:
    return run_futures(make_plan(read_scenario(folder)), range(FUTURES))


def assert_same(one: Ensemble, other: Ensemble) -> None:
    for field in fields(Tally):
        a, b = getattr(one.tallies, field.name), getattr(other.tallies, field.name)
        assert a.dtype == b.dtype
        assert np.array_equal(a, b), field.name
    assert np.array_equal(one.price_growth, other.price_growth)
    assert np.array_equal(one.unit_price, other.unit_price)


@compiled_only
@pytest.mark.parametrize("pool", [Pool(2), Pool(2, processes=True), Pool(1, processes=True)])
def test_threads_and_processes_give_the_counts_of_one_worker(
    plan: Plan, scenario: Path, pool: Pool
) -> None:
    assert_same(_alone(scenario), run_futures(plan, range(FUTURES), pool=pool))


@compiled_only
def test_a_future_is_the_same_alone(plan: Plan, scenario: Path) -> None:
    alone = run_futures(plan, [17])
    assert np.array_equal(alone.tallies.children[0], _alone(scenario).tallies.children[17])


def test_the_engines_count_the_same(plan: Plan, scenario: Path) -> None:
    readable = run_futures(plan, range(2), engine="child_events")
    assert np.array_equal(readable.tallies.nights, _alone(scenario).tallies.nights[:2])
    assert np.array_equal(readable.tallies.flows, _alone(scenario).tallies.flows[:2])


def test_counts_that_do_not_fit_are_kept_in_more_bytes(plan: Plan) -> None:
    gathered = Gathered(plan, range(2))
    for future in range(2):
        batch = run_batch(plan, [future], 1, ALL_LAYERS, ensemble.DEFAULT_ENGINE)
        if future:
            batch.tallies.nights[0, 0, 0, 0] = 40_000
            batch.tallies.children[0, 0, 0, 0] = 256
            batch.tallies.staying_on[0, 0, 0] = 40_000
        gathered.put(batch)
    assert gathered.counts["nights"].dtype == np.int32
    assert gathered.counts["nights"][1, 0, 0, 0] == 40_000
    assert gathered.counts["flows"].dtype == np.uint8
    assert gathered.counts["children"].dtype == np.int16
    assert gathered.counts["children"][1, 0, 0, 0] == 256
    assert gathered.counts["staying_on"].dtype == np.int32
    assert gathered.counts["staying_on"][1, 0, 0] == 40_000


def test_spend_of_batches_is_spend_of_the_whole(plan: Plan) -> None:
    settings = Settings(5, 1, ensemble.DEFAULT_ENGINE, ALL_LAYERS, Pool(1))
    folded, whole = run_forecast(plan, settings), forecast(plan, simulate(plan, settings))
    for name in ("gross", "income", "nights"):
        assert np.array_equal(getattr(folded.money, name), getattr(whole.money, name)), name
    assert folded.money.gross.any()
    for field in fields(Tally):
        kept = getattr(folded.ensemble.tallies, field.name)
        expected = getattr(whole.ensemble.tallies, field.name)
        assert np.array_equal(kept, expected[: len(kept)]), field.name
        assert len(kept) == (0 if field.name in PRICED else 5), field.name


# When something goes wrong -----------------------------------------------------------------------


def fail_at(monkeypatch: pytest.MonkeyPatch, future: int, times: int) -> list[int]:
    """Make a future fail some times; returns the list of failures."""
    failures: list[int] = []
    whole = ensemble.keys_of

    def stumble(plan: Plan, seed: int, number: int) -> object:
        if number == future and len(failures) < times:
            failures.append(number)
            raise OSError("the machine stumbled")
        return whole(plan, seed, number)

    monkeypatch.setattr(ensemble, "keys_of", stumble)
    return failures


def test_a_batch_that_fails_once_is_run_again(
    plan: Plan, scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = fail_at(monkeypatch, 3, times=1)
    again = run_futures(plan, range(5))
    assert failures == [3]
    assert np.array_equal(again.tallies.nights, _alone(scenario).tallies.nights[:5])


def test_a_future_that_fails_twice_is_named(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, 3, times=2)
    with pytest.raises(FutureFailed, match=r"future 3: OSError.*--future 3 --seed 2017"):
        run_futures(plan, range(5))


def test_the_command_names_it_and_writes_nothing(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    fail_at(monkeypatch, 3, times=2)
    out = tmp_path / "out"
    code = cli.exit_code(["run", str(scenario), "--futures", "5", "--out", str(out)])
    assert code == 1
    assert "could not simulate future 3" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def command(scenario: Path, out: Path, *options: object) -> subprocess.Popen[str]:
    words = ["run", scenario, "--futures", 20_000, "--out", out, *options]
    call = [sys.executable, "-m", "lacmodel", *map(str, words)]
    folder = Path(cli.__file__).parents[2]
    # what a shell starts in its background ignores Ctrl-C, and so would what it starts in turn
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(call, cwd=folder, stderr=subprocess.PIPE, text=True, preexec_fn=heed)


def test_an_interruption_between_batches_cancels_the_others_without_a_word(plan: Plan) -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    with warnings.catch_warnings(record=True) as said:
        with suppress(KeyboardInterrupt):
            run_futures(plan, range(1000), pool=Pool(workers=2), progress=interrupt)
        gc.collect()
    assert [str(warning.message) for warning in said] == []


def cpu_seconds(process: int) -> float:
    """What a process has computed so far, however slow the machine."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads seconds in /proc")
def test_control_c_stops_cleanly_and_writes_nothing(scenario: Path, tmp_path: Path) -> None:
    process = command(scenario, tmp_path / "out")
    while process.poll() is None and cpu_seconds(process.pid) < 5:  # well into its futures
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert said.strip() == "stopped; nothing was written"
    assert not list(tmp_path.iterdir())


def kill_a_worker() -> None:
    """Kill the first worker process that this one starts, as for want of memory."""
    for _ in range(300):
        time.sleep(0.1)
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == os.getpid() and b"popen_loky" in words:
                os.kill(int(folder.name), signal.SIGKILL)
                return


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds workers in /proc")
def test_a_killed_process_is_said_and_nothing_is_written(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)  # those of other tests
    killer = Thread(target=kill_a_worker)
    killer.start()
    options = ["--futures", "200", "--engine", "child_events", "--workers", "2"]
    code = cli.exit_code(["run", str(scenario), *options, "--out", str(tmp_path / "out")])
    killer.join()
    assert "a worker process was killed" in capsys.readouterr().err
    assert code == 1
    assert not list(tmp_path.iterdir())


# A cluster ---------------------------------------------------------------------------------------


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler with two workers, on loopback."""
    pytest.importorskip("distributed")
    with dask_on_loopback() as started:
        yield started


@compiled_only
def test_a_cluster_gives_the_same_counts(
    plan: Plan, scenario: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    assert_same(_alone(scenario), run_futures(plan, range(FUTURES), pool=Pool(cluster=cluster[0])))


@compiled_only
def test_a_cluster_that_loses_a_worker_gives_the_same_counts(
    plan: Plan, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, processes = cluster
    done: list[int] = []

    def kill_one(count: int) -> None:
        done.append(count)
        if len(done) == 2:
            processes[1].kill()

    futures = range(6 * BATCH["compiled"])
    broken = run_futures(plan, futures, pool=Pool(cluster=address), progress=kill_one)
    assert len(done) == 6
    assert_same(run_futures(plan, futures), broken)


def test_an_address_where_nobody_answers_is_refused(plan: Plan) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputFaults, match="nobody answers"):
        run_futures(plan, range(2), pool=Pool(cluster="tcp://127.0.0.1:1"))
