"""A list of today's placements holds every child; a part of a year is not set against all of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from fake_runs import fake_ensemble
from made_list import HEADER, WORCESTERSHIRE, made_list

from lacmodel.analyses.forecast import Forecast, forecast, headline, year_spend
from lacmodel.area.actuals import Actual
from lacmodel.area.settings import PlacementsNow
from lacmodel.cli import BAD_INPUT, exit_code
from lacmodel.faults import InputFaults
from lacmodel.listed import area_today
from lacmodel.money.spend import net_by_year
from lacmodel.planning import make_plan
from lacmodel.report.cautions import cautions
from lacmodel.report.first_screen import answer_sentences, tiles
from lacmodel.report.monitor_words import monitors_of
from lacmodel.report.summary import spend_line, spend_rows, summary
from lacmodel.scenario import read_scenario

EXAMPLESHIRE = WORCESTERSHIRE.parents[1] / "data" / "exampleshire" / "exampleshire.toml"
BASELINE = WORCESTERSHIRE.parents[1] / "scenarios" / "worcestershire-2017.toml"


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    """A run from a list in the middle of a year that has a budget and savings."""
    path = tmp_path_factory.mktemp("list") / "now.csv"
    rows = ["2012-03,2020-06-22,2021-04-10,foster,in_house,general,637,,,"] * 100
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    chosen = PlacementsNow(file=str(path), as_at=date(2024, 7, 1))
    read = read_scenario(EXAMPLESHIRE, chosen.start)
    plan = make_plan(read, area_today(read.area, chosen))
    return forecast(plan, fake_ensemble(plan, 8, seed=1))


def test_a_list_of_some_of_the_children_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    listed = str(made_list(tmp_path / "now.csv", most=3))
    arguments = ["run", str(BASELINE), "--placements-now", listed, "--as-at", "2017-04-01"]
    assert exit_code(arguments) == BAD_INPUT
    assert (
        "now.csv: children = 3: the area's history says 767 on 31 March 2017: a list must hold "
        "every child in care" in capsys.readouterr().err
    )


def test_half_of_the_last_known_count_is_taken(tmp_path: Path) -> None:
    now = {"as_at": date(2017, 4, 1)}
    listed = made_list(tmp_path / "now.csv", most=384)
    assert len(area_today(WORCESTERSHIRE, PlacementsNow(file=str(listed), **now)).children) == 384
    made_list(listed, most=383)
    with pytest.raises(InputFaults, match="must hold every child"):
        area_today(WORCESTERSHIRE, PlacementsNow(file=str(listed), **now))


def test_a_list_that_differs_much_is_said_before_all_else(later: Forecast) -> None:
    answer = headline(later)
    said = "it has 100 children; the area's history says 138 on 31 March 2024"
    assert said in cautions(answer)[0]
    assert said in summary(later)
    assert said in answer_sentences(answer)[0]
    assert not cautions(replace(answer, counts=answer.counts._replace(children=130)))


def test_a_part_of_a_year_is_set_against_no_whole_budget(later: Forecast) -> None:
    year = year_spend(later)[0]
    assert (year.whole, year.budget, year.contingency, year.saved) == (False, None, None, 0.0)
    assert year.net.central == pytest.approx(net_by_year(later.money)[:, 0].mean())
    line = spend_line(headline(later), 8)
    assert "Spend 2024/25 (part of the year): " in line
    assert "actuals.csv with the months before the start would complete the year" in line
    assert "budget of £" not in " ".join(answer_sentences(headline(later)))
    assert spend_rows(headline(later))[0][2:] == ["", ""]
    assert any("part of the year only" in each for each in tiles(later, headline(later)))


def test_actuals_before_the_start_complete_the_year(later: Forecast) -> None:
    months = [date(2024, month, 1) for month in (4, 5, 6)]
    rows = tuple(Actual(month, "all", "all", 130.0, 9e5, 1e5) for month in months)
    area = replace(later.plan.area, actuals=rows)
    known = replace(later, plan=replace(later.plan, area=area))
    year, part = year_spend(known)[0], year_spend(later)[0]
    assert year.whole
    assert year.saved > 0
    assert np.isclose(year.net.central + year.saved - part.net.central, 3 * 8e5)
    (first, *_) = monitors_of(known)
    assert year.budget == pytest.approx(first.year.net / 100)
    assert year.net.central == pytest.approx(first.total.outlook.net / 100)
    assert "Spend 2024/25 (with 3 months of actuals before it): " in spend_line(headline(known), 8)
