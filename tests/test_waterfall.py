"""The waterfall between two scenarios: steps that add up, and what changes do to each other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fake_runs import read_table

from lacmodel.analyses.forecast import run_forecast
from lacmodel.analyses.simulate import EXPECTED, chosen_settings
from lacmodel.analyses.waterfall import (
    START,
    Added,
    Waterfall,
    shared_changes,
    waterfall,
    waterfall_table,
)
from lacmodel.cli import commands
from lacmodel.planning import make_plan
from lacmodel.report.waterfall_page import waterfall_lines
from lacmodel.report.words import pounds
from lacmodel.scenario import read_scenario

AREA = Path(__file__).parents[1] / "data" / "worcestershire-2017"
MORE = """
[[change]]
lever = "entries"
name = "more come"
from = 2017-04-01
multiply = 1.2
source = "made up"
confirmed = false
"""
DEARER = """
[[change]]
lever = "unit_price"
name = "dearer homes"
kinds = ["childrens_home external"]
from = 2017-04-01
multiply = 1.5
applies_to = "all"
source = "made up"
confirmed = false
"""


def written(folder: Path, name: str, *changes: str) -> Path:
    path = folder / f"{name}.toml"
    head = f'title = "{name}"\nquestion = "?"\narea = "{AREA.as_posix()}"\nyears = 1\n'
    path.write_text(head + "".join(changes), encoding="utf-8")
    return path


def found(folder: Path, baseline: tuple[str, ...], scenario: tuple[str, ...]) -> Waterfall:
    reads = tuple(
        read_scenario(written(folder, name, *changes))
        for name, changes in (("base", baseline), ("both", scenario))
    )
    settings = chosen_settings(engine=EXPECTED)
    runs = tuple(run_forecast(make_plan(read), settings) for read in reads)
    return waterfall(reads, runs, settings)


def test_steps_add_up_and_the_interaction_is_the_rest(tmp_path):
    made = found(tmp_path, (), (MORE, DEARER))
    assert [added.label for added in made.added] == ["more come", "dearer homes"]
    steps = sum(added.step for added in made.added)
    np.testing.assert_allclose(steps, made.difference, atol=0.01)
    more, dearer = made.added
    assert (more.step == more.alone).all()
    assert (dearer.step > dearer.alone).all()  # more children pay the dearer price
    np.testing.assert_allclose(made.interaction, dearer.step - dearer.alone, atol=0.01)


def test_changes_that_the_baseline_has_are_not_added(tmp_path):
    made = found(tmp_path, (MORE,), (MORE, DEARER))
    assert [added.label for added in made.added] == ["dearer homes"]
    assert made.interaction == pytest.approx(np.zeros((1, 1)), abs=0.01)


def test_what_the_baseline_has_otherwise_is_the_first_step(tmp_path):
    made = found(tmp_path, (DEARER,), (MORE,))
    assert [added.label for added in made.added] == [START, "more come"]
    assert made.added[0].step < 0  # the dearer homes go
    np.testing.assert_allclose(made.added[0].step + made.added[1].step, made.difference, atol=0.01)


def test_shared_changes_end_at_the_first_that_differs(tmp_path):
    one, other = (
        read_scenario(written(tmp_path, name, *changes))
        for name, changes in (("a", (MORE, DEARER)), ("b", (MORE, MORE)))
    )
    assert shared_changes(one, other) == 1


def test_the_table_names_every_step_alone_and_the_interaction(tmp_path):
    table = waterfall_table(found(tmp_path, (), (MORE, DEARER)))
    steps = [(row[3], row[4]) for row in table.rows if row[1] == "2017/18"]
    assert steps[0] == ("baseline", "net_gbp")
    assert ("dearer homes", "change_alone_net_gbp") in steps
    assert steps[-1][0] == "interaction"


def test_the_words_are_of_the_first_year_that_differs_and_the_totals_of_every_year(tmp_path):
    made = found(tmp_path, (), (MORE, DEARER))
    nothing = np.zeros_like(made.baseline)
    later = replace(
        made,
        years=("2016/17", *made.years),
        baseline=np.hstack([made.baseline, made.baseline]),
        scenario=np.hstack([made.baseline, made.scenario]),
        added=tuple(
            Added(one.label, np.hstack([nothing, one.step]), np.hstack([nothing, one.alone]))
            for one in made.added
        ),
    )
    (first,), (second,) = waterfall_lines([made]), waterfall_lines([later])
    assert "net spend in 2017/18 goes from" in second
    assert second.split("All together: ")[0] == first.split("All together: ")[0]
    total = pounds(float(made.difference.mean()))
    assert second.endswith(f"All together: £0 in 2016/17 and +{total} in 2017/18.")


def test_compare_shows_the_waterfall_when_asked(tmp_path):
    base, both = written(tmp_path, "base"), written(tmp_path, "both", MORE, DEARER)
    arguments = ["compare", str(base), str(both), "--engine", EXPECTED, "--waterfall"]
    result = CliRunner().invoke(commands, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "one change after the other" in result.output
    assert "Interaction" in result.output
    assert read_table(tmp_path / "out", "waterfall")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "One change after the other" in page
