"""What is said before an answer: of small numbers, where a reader must know of them."""

from dataclasses import replace
from datetime import date

import pytest
from fake_runs import fake_forecast

from lacmodel.analyses.forecast import Forecast, headline
from lacmodel.report.cautions import cautions
from lacmodel.report.page import forecast_page
from lacmodel.report.run_folder import manifest
from lacmodel.report.summary import answer_lines, summary

SAID = "Small numbers: with 9 in care on 31 March 2017 one family of three would change it by 33%"


@pytest.fixture(scope="module")
def small() -> Forecast:
    """A made-up run that begins with nine children."""
    run = fake_forecast()
    children = run.ensemble.tallies.children
    children[:, 0] = 0
    children[:, 0, 0, 0] = 9
    return run


def test_few_children_are_spoken_of_where_a_reader_looks(small: Forecast) -> None:
    page = forecast_page(small, manifest([], small.ensemble))
    for words in (answer_lines(small)[0], summary(small), page):
        assert SAID in words
        assert "counts under 10, most of all under 5, can tell who a child is" in words


def test_a_start_long_after_the_last_count_is_said() -> None:
    """Worcestershire's last count is of 31 March 2017, and of July where the area knows it."""
    run, said = fake_forecast(), "are those of 31 March 2017, the last count that is given"
    for start, is_late in ((date(2017, 8, 1), False), (date(2018, 4, 1), False),
                           (date(2018, 5, 1), True), (date(2030, 4, 1), True)):  # fmt: skip
        area = replace(run.plan.area, start=start, known=())
        late = replace(run, plan=replace(run.plan, area=area))
        assert (said in " ".join(answer_lines(late))) == is_late


@pytest.mark.parametrize(
    ("children", "said"),
    [(0, "double it or more"), (3, "double it or more"), (4, "change it by 75%"),
     (49, "change it by 6%"), (50, None)],
)  # fmt: skip
def test_how_much_one_family_means_is_said_of_fewer_than_fifty(
    small: Forecast, children: int, said: str | None
) -> None:
    lines = cautions(replace(headline(small), children=children))
    assert len(lines) == (said is not None)
    assert said is None or f"of three would {said}" in lines[0]
