"""The offline kit: what Windows needs is pinned, and a kit that lacks or alters a wheel is told."""

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("packaging")
PATH = Path(__file__).parents[1] / "tools" / "offline_kit.py"
spec = importlib.util.spec_from_file_location("offline_kit", PATH)
assert spec
assert spec.loader
kit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kit)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A kit of made-up wheels, one for each library, beside no data."""
    wheels = tmp_path / "kit" / "wheels"
    wheels.mkdir(parents=True)
    versions = {**kit.pins(), "lacmodel": "0.1.0"}
    for name in kit.needed() | {"lacmodel"}:
        file = f"{name.replace('-', '_')}-{versions[name]}-py3-none-any.whl"
        (wheels / file).write_bytes(name.encode())
    monkeypatch.setattr(kit, "ROOT", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "scenarios").mkdir()
    kit.write_around(tmp_path / "kit")
    monkeypatch.setattr(kit, "ROOT", PATH.parents[1])
    return tmp_path / "kit"


def test_everything_that_windows_needs_is_pinned():
    needed = kit.needed()
    assert {"numpy", "numba", "llvmlite", "altair", "streamlit", "typst", "lxml"} <= needed
    assert "tzdata" in needed  # Windows alone
    assert "pytest" not in needed
    assert needed <= set(kit.pins())


def test_a_whole_kit_is_complete(made, capsys):
    assert kit.problems(made) == []
    assert kit.main(["check", str(made)]) == 0
    assert "is complete" in capsys.readouterr().out
    lines = (made / "requirements.txt").read_text(encoding="utf-8")
    assert "http" not in lines + (made / "install.cmd").read_text(encoding="utf-8")


def test_what_is_missing_or_altered_is_told(made):
    gone = next((made / "wheels").glob("numpy-*.whl"))
    altered = next((made / "wheels").glob("scipy-*.whl"))
    gone.unlink()
    altered.write_bytes(b"something else")
    (made / "install.cmd").unlink()
    assert kit.problems(made) == [
        f"numpy=={kit.pins()['numpy']} has no wheel in the kit",
        f"scipy=={kit.pins()['scipy']} is not as requirements.txt says",
        "install.cmd is missing",
    ]
