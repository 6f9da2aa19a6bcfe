"""Charts of nothing: no rows are drawn as nothing, and said in words."""

import pytest

from lacmodel.report import drawing
from lacmodel.report.charts import Chart
from lacmodel.report.html import NOTHING_TO_SHOW, figure
from lacmodel.report.waterfall import Step, waterfall_chart

ROWS = [{"date": "2018-03-31", "year": "2017/18", "mean": 1.0, "central": 1.0}]
OF_NOTHING = {
    "fan": drawing.fan([], "children"),
    "bars": drawing.bars([], "£ million", ",.0f"),
    "bars with a budget": drawing.spend_bars([], [{"year": "2017/18", "budget": 1, "limit": 2}]),
    "lines": drawing.lines([], "children"),
    "lines of series without rows": drawing.lines([[], []], "children"),
    "small charts": drawing.small_charts({"foster care": []}),
    "children": drawing.children_fan([], [], []),
}
needs_charts = pytest.mark.skipif(not drawing.can_draw(), reason="charts are not installed")


@pytest.mark.parametrize("name", OF_NOTHING)
def test_no_rows_are_drawn_as_nothing(name):
    assert OF_NOTHING[name] == drawing.NOTHING
    assert drawing.svg_of(OF_NOTHING[name]) == drawing.draw(OF_NOTHING[name]) == ""


@needs_charts
def test_a_series_without_rows_leaves_the_others_their_own_dash_and_colour():
    chart = drawing.lines([[], ROWS], "children")
    (line,) = chart["layer"]
    assert line["mark"]["color"] == drawing.COLOURS[1]
    assert line["mark"]["strokeDash"] == drawing.DASHES[1]
    assert "<svg" in drawing.svg_of(chart)


@needs_charts
def test_history_is_drawn_where_there_is_no_forecast():
    history = [{"date": "2017-03-31", "children": 767}, {"date": "2016-03-31", "children": 706}]
    assert "<svg" in drawing.svg_of(drawing.children_fan([], history, []))


def test_a_chart_without_numbers_says_so():
    shown = figure(Chart("Net spend by year", "", "", (), ("Year", "Average"), ()), "chart")
    assert NOTHING_TO_SHOW in shown
    assert "<table" not in shown


def test_a_waterfall_of_nothing_is_drawn():
    chart = waterfall_chart("Net spend", Step("baseline", 0.0), [], "scenario")
    assert chart.rows == (("baseline", "£0"), ("scenario", "£0"))
