"""The files of a run: the same however it was run, and what else it writes when asked."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from fake_runs import WORCESTERSHIRE
from loopback import dask_on_loopback

from lacmodel import cli
from lacmodel.codes import OPEN, PLACEMENTS, WHY_ENDED
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.engines.ensemble import DEFAULT_FUTURES, DEFAULT_SEED, Gathered, run_history
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

SCENARIO = (
    'title = "A"\nquestion = "Q?"\nyears = 1\nsources = ["test"]\n'
    f'area = "{WORCESTERSHIRE.as_posix()}"\n'
)
FUTURES = 230  # several batches of the compiled engine
compiled_only = pytest.mark.skipif(not COMPILED, reason="the compiled engine needs numba")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "one.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def run(scenario: Path, out: Path, *options: object) -> int:
    words = ["run", scenario, "--out", out, "--quiet", *options]
    return cli.exit_code([str(word) for word in words])


def tables_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


# However it is run -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of one worker."""
    out = tmp_path_factory.mktemp("alone") / "out"
    assert run(scenario, out, "--futures", FUTURES, "--workers", 1) == 0
    return tables_of(out)


@compiled_only
def test_two_threads_write_the_tables_of_one_worker(
    scenario: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    assert run(scenario, tmp_path / "out", "--futures", FUTURES, "--workers", 2) == 0
    assert len(alone) >= 4
    assert tables_of(tmp_path / "out") == alone


@compiled_only
def test_two_processes_of_the_readable_engine_write_the_tables_of_the_compiled_one(
    scenario: Path, tmp_path: Path
) -> None:
    # without numba this is how `run` uses two cores; twelve futures are three batches
    assert run(scenario, tmp_path / "one", "--futures", 12, "--workers", 1) == 0
    options = ("--futures", 12, "--workers", 2, "--engine", "child_events")
    assert run(scenario, tmp_path / "two", *options) == 0
    assert tables_of(tmp_path / "two") == tables_of(tmp_path / "one")


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    pytest.importorskip("distributed")
    with dask_on_loopback() as started:
        yield started


@compiled_only
def test_a_cluster_writes_the_tables_of_one_worker_even_if_it_loses_one(
    scenario: Path,
    alone: dict[str, bytes],
    tmp_path: Path,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, processes = cluster
    options = ("--futures", FUTURES, "--cluster", address)
    assert run(scenario, tmp_path / "whole", *options) == 0
    assert tables_of(tmp_path / "whole") == alone
    put, batches = Gathered.put, []

    def kill_one(gathered: Gathered, batch: object) -> None:
        batches.append(batch)
        if len(batches) == 1:
            processes[1].kill()
        put(gathered, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Gathered, "put", kill_one)
    assert run(scenario, tmp_path / "broken", *options) == 0
    assert processes[1].wait() != 0
    assert len(batches) > 1
    assert tables_of(tmp_path / "broken") == alone


# One future, and its spells ----------------------------------------------------------------------


def test_one_future_alone_is_what_it_was_among_many(scenario: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    assert run(scenario, tmp_path / "many", "--futures", 5, "--spells", "3") == 0
    assert run(scenario, tmp_path / "alone", "--future", 3, "--spells", "3") == 0
    assert run(scenario, tmp_path / "other", "--future", 2, "--spells", "2") == 0
    many, alone, other = (
        (tmp_path / name / "spells.parquet").read_bytes() for name in ("many", "alone", "other")
    )
    assert many == alone
    assert other != alone
    written = json.loads((tmp_path / "alone" / "manifest.json").read_text(encoding="utf-8"))
    assert written["futures"] == 1


def test_spells_are_those_of_child_events(scenario: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow.parquet import read_table

    assert run(scenario, tmp_path / "out", "--futures", 3, "--spells", "0,2") == 0
    written = read_table(tmp_path / "out" / "spells.parquet").to_pydict()
    plan = make_plan(read_scenario(scenario))
    spells = np.concatenate(
        [
            run_history(
                plan,
                draw_future(plan, DEFAULT_SEED, future, ALL_LAYERS),
                future,
                DEFAULT_SEED,
                "child_events",
            ).spells
            for future in (0, 2)
        ]
    )
    assert len(spells) > 1000
    for name in ("future", "child", "family", "period", "spell", "price_factor"):
        assert written[name] == spells[name].tolist(), name
    assert written["placement"] == [PLACEMENTS[code] for code in spells["placement"]]
    assert written["supply"] == [None if row < 0 else row for row in spells["supply"].tolist()]
    assert written["why_ended"] == [
        None if code == OPEN else WHY_ENDED[code] for code in spells["why_ended"].tolist()
    ]
    start = date(2017, 4, 1)
    assert written["birth_date"] == [start + timedelta(int(day)) for day in spells["birth_day"]]
    assert written["end_date"] == [
        None if day < 0 else start + timedelta(day) for day in spells["end_day"].tolist()
    ]


def test_without_pyarrow_spells_are_refused_before_anything_is_run(
    scenario: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert run(scenario, tmp_path / "out", "--futures", 2, "--spells", "0") == 2
    said = capsys.readouterr().err
    assert "--spells" in said
    assert "pip install pyarrow" in said
    assert not list(tmp_path.iterdir())


def test_spells_of_a_future_that_is_not_run_are_refused(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(scenario, tmp_path / "out", "--futures", 2, "--spells", "0,2") == 2
    assert "future = 2: must be one of the futures of the run" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# Without numba -----------------------------------------------------------------------------------


def test_without_numba_the_slower_engine_is_said_and_recorded(
    scenario: Path, tmp_path: Path
) -> None:
    words = ["run", scenario, "--out", tmp_path / "out", "--workers", 1, "--future", 0]
    done = subprocess.run(
        [sys.executable, "-m", "lacmodel", *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(cli.__file__).parents[2],
        env=os.environ | {"LACMODEL_COMPILE": "0"},
    )
    assert done.stderr.splitlines() == [
        "numba is switched off by LACMODEL_COMPILE=0: the slower engine child_events runs, "
        "with 1 future."
    ]
    written = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert (written["engine"], written["futures"]) == ("child_events", 1)
    assert written["compiler"] == "none: numba is switched off by LACMODEL_COMPILE=0"


@compiled_only
def test_the_compiler_is_recorded(scenario: Path, tmp_path: Path) -> None:
    assert DEFAULT_FUTURES == 1000
    assert run(scenario, tmp_path / "out", "--futures", 2) == 0
    written = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert written["engine"] == "compiled"
    assert written["compiler"].startswith("numba 0.")
