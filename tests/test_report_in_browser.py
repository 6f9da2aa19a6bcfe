"""The report in a browser: it opens at once, asks for nothing, and says what the tables say."""

import csv
from pathlib import Path

import pytest
from browser import CHROMIUM, REPOSITORY, TILE, ahead, browser_page, outside, violations

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def recovery(tmp_path_factory) -> Path:
    """The folder of the recovery plan, which has the longest report."""
    from lacmodel.analyses.forecast import run_forecast
    from lacmodel.analyses.simulate import chosen_settings
    from lacmodel.planning import make_plan
    from lacmodel.report.write import write_forecast
    from lacmodel.scenario import read_scenario

    folder = tmp_path_factory.mktemp("report") / "run"
    scenario = read_scenario(REPOSITORY / "scenarios" / "recovery-plan.toml")
    result = run_forecast(make_plan(scenario), chosen_settings(futures=20, workers=1))
    write_forecast(folder, scenario, result)
    return folder


def test_the_report_opens_at_once_asks_for_nothing_and_says_what_the_tables_say(recovery):
    report = recovery / "report.html"
    assert report.stat().st_size < 2_000_000
    with browser_page() as (page, asked):
        page.goto(report.as_uri())
        timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        assert page.evaluate(timing) < 2_000
        assert outside(asked) == []
        assert violations(page) == {}
        shown = ahead(page.locator(TILE).inner_text())
    with (recovery / "tables" / "children.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["date"] == "2018-03-31"]
    alls = ("age_band", "placement", "provider")
    total = next(row for row in rows if all(row[name] == "all" for name in alls))
    assert shown == round(float(total["p50"]))
