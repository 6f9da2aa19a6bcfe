"""The run folder: written whole or not at all; a report that stands alone and says what it is."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from fake_runs import fake_ensemble, fake_forecast, fake_plan, fake_scenario, read_table

from lacmodel.analyses.compare import compare
from lacmodel.analyses.forecast import forecast, headline
from lacmodel.faults import InputFaults
from lacmodel.report import drawing
from lacmodel.report.page import forecast_page
from lacmodel.report.possible import possible
from lacmodel.report.run_folder import check_place, is_run_folder, manifest, new_folder
from lacmodel.report.summary import headline_lines, summary
from lacmodel.report.write import write_comparison, write_forecast
from lacmodel.results import flow_in

SVG_NAMES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
HOSTILE = '<script>alert("x")</script> & =1+1'


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    write_forecast(place / "run", fake_scenario(place / "s.toml"), fake_forecast())
    return place / "run"


@pytest.fixture(scope="module")
def page(folder) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_folder_holds_tables_summary_report_and_manifest(folder):
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    named = (
        "children",
        "committed",
        "medium_term_plan",
        "ready_reckoner",
        "flows",
        "high_cost",
        "income",
        "neighbours",
        "spend",
        "spend_by_month",
        "stability",
        "budget_monitor",
        "budget_variance",
    )
    tables = {f"tables/{name}.csv" for name in named}
    always = {"summary.md", "report.html", "workbook.xlsx", "manifest.json"}
    assert names == tables | always | set(possible())
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".")]


def test_the_manifest_says_how_to_make_the_run_again(folder):
    made = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (made["seed"], made["futures"], made["layers"]) == (2017, 20, [1, 2, 3, 4])
    names = made["inputs_sha256"]
    assert "worcestershire-2017/area.toml" in names
    assert "national/factors.csv" in names
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in names.values())
    assert not any(name.startswith("/") or ":" in name for name in names)


def test_tables_are_the_same_bytes_for_the_same_run(folder, tmp_path):
    write_forecast(tmp_path / "again", fake_scenario(tmp_path / "s.toml"), fake_forecast())
    for path in (folder / "tables").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / "tables" / path.name).read_bytes()
        assert b"\r" not in path.read_bytes()


# The folder -------------------------------------------------------------------------------------


def test_a_run_folder_is_replaced_and_nothing_else_is(folder, tmp_path):
    assert is_run_folder(folder)
    with new_folder(tmp_path / "run") as building:
        (building / "manifest.json").write_text('{"versions": {"lacmodel": "0"}}')
        (building / "old.txt").touch()
    with new_folder(tmp_path / "run") as building:
        (building / "new.txt").touch()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["new.txt"]
    with pytest.raises(InputFaults, match="not a folder that lacmodel wrote"):
        check_place(tmp_path / "run")  # its manifest is gone


@pytest.mark.parametrize("content", ["{}", '{"name": "a web page"}', "[1]", "not JSON"])
def test_somebody_elses_manifest_does_not_make_a_run_folder(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputFaults):
        check_place(tmp_path)


def test_a_file_in_the_way_is_a_fault(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(InputFaults):
        check_place(tmp_path / "run")


def stop_half_way(place):
    with new_folder(place) as building:
        (building / "half.txt").touch()
        raise KeyboardInterrupt


def test_what_stops_half_way_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        stop_half_way(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_what_stops_half_way_leaves_the_old_folder(folder, tmp_path):
    write_forecast(tmp_path / "run", fake_scenario(tmp_path / "s.toml"), fake_forecast())
    before = (tmp_path / "run" / "manifest.json").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        stop_half_way(tmp_path / "run")
    assert (tmp_path / "run" / "manifest.json").read_bytes() == before


# The report -------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """Headings in order, ids, and what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.fetched: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        self.fetched += [v for k, v in attrs if k in ("src", "href") and not v.startswith("#")]


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    return parser


def test_the_report_asks_the_network_for_nothing(page):
    found = set(re.findall(r"https?://[^\s\"'<)]+", page))
    sources = {url for url in found if url not in SVG_NAMES}
    assert not sources
    assert not re.search(r"@import|url\((?!#)", page)
    assert outline(page).fetched == []
    assert not outline(page).tags & {"script", "link", "iframe", "img", "object", "embed"}


def test_the_report_is_accessible_in_its_bones(page):
    found = outline(page)
    assert '<html lang="en-GB">' in page
    assert found.headings.count(1) == 1
    steps = zip(found.headings, found.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(found.ids) == len(set(found.ids))
    assert 'class="skip" href="#answer"' in page
    assert "@media print" in page


@pytest.mark.skipif(not drawing.can_draw(), reason="charts are not installed")
def test_every_chart_has_a_title_a_description_and_its_numbers(page):
    charts = page.count('<svg role="img"')
    assert charts == page.count("<figure") == 13
    assert page.count("<desc ") == page.count("<details><summary>The numbers") == charts


def test_the_first_screen_has_no_jargon(page):
    first = page[page.index("<header>") : page.index("<nav")]
    words = re.sub(r"<svg.*?</svg>|<details>.*?</details>", "", first, flags=re.S)
    assert not re.search(r"percentile|quantile|interval|\bp\d0\b|median", words, re.I)
    assert "one chance in ten of more than" in words
    assert "England 62 (published 28 September 2017), West Midlands 75 and middle of 9" in words


def test_placements_elsewhere_are_counted_for_both_reasons_on_the_card_and_in_the_line(page):
    result = fake_forecast()
    months = result.money.years[0].months
    free, suited = (
        np.median(flow_in(result.ensemble, f"placed_externally_none_{why}")[:, months].sum(axis=1))
        for why in ("free", "suited")
    )
    card = page[page.index("placed with other providers in the first year") :]
    card = card[: card.index("</div>")]
    assert f"<b>{free:,.0f}</b>" in card
    assert f"and {suited:,.0f} more because no free place suited" in card
    assert "more because no free place suited the child" in summary(result)


def test_what_happened_is_shown_where_it_is_known(page):
    assert "what happened" in page
    assert "796" in page


def test_a_users_words_are_text(tmp_path):
    plan = fake_plan(title=HOSTILE, question=HOSTILE, notes=(HOSTILE,))
    result = forecast(plan, fake_ensemble(plan))
    made = manifest([(fake_scenario(tmp_path / "s.toml"), plan)], result.ensemble)
    page = forecast_page(result, made)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("years", range(1, 22))
def test_bars_of_as_many_years_as_a_run_may_have_stand_apart(years):
    """Twenty years from a month but April touch 21 financial years."""
    rows = [{"year": f"{2017 + year}/{18 + year}", "central": 1.0} for year in range(years)]
    (drawn,) = drawing.bars(rows, "children", ",.0f")["layer"]
    assert drawn["mark"]["size"] * years < drawing.WIDTH
    upright = drawn["encoding"]["x"]["axis"]["labelAngle"] == -90
    assert upright or len("2017/18") * 7.5 * years < drawing.WIDTH  # at 12 points


def test_without_chart_libraries_the_report_has_tables_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    monkeypatch.setattr("lacmodel.report.screen.can_draw", lambda: False)
    write_forecast(tmp_path / "run", fake_scenario(tmp_path / "s.toml"), fake_forecast())
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Charts are left out" in page
    assert '<svg role="img"' not in page
    assert page.count("<table>") >= 6


def test_tables_alone_are_those_of_a_whole_run(folder, tmp_path):
    alone = tmp_path / "run"
    write_forecast(alone, fake_scenario(tmp_path / "s.toml"), fake_forecast(), tables_only=True)
    assert sorted(each.name for each in alone.iterdir()) == [
        "manifest.json",
        "summary.md",
        "tables",
    ]
    for table in (folder / "tables").iterdir():
        assert (alone / "tables" / table.name).read_bytes() == table.read_bytes()
    assert "report.html" not in headline_lines(fake_forecast(), alone, tables_only=True)[-1]


def test_the_chance_of_overspending_is_not_given_without_layer_four(tmp_path):
    result = fake_forecast(layers=frozenset({1, 2, 3}))
    answer = headline(result)
    assert all(year.chance_over is None for year in answer.spend)
    lines = headline_lines(result, tmp_path)
    assert "Numbers only" in lines[2]
    assert "Chance" not in lines[2]
    made = manifest([(fake_scenario(tmp_path / "s.toml"), result.plan)], result.ensemble)
    assert "numbers only" in forecast_page(result, made)


def test_the_headline_is_five_plain_lines_with_the_tables_numbers(folder, tmp_path):
    result = fake_forecast()
    lines = headline_lines(result, folder)
    assert len(lines) == 5
    assert not any("\n" in line for line in lines)
    rows = read_table(folder, "children")
    total = next(
        row
        for row in rows
        if row["date"] == "2018-03-31" and row["age_band"] == row["placement"] == "all"
    )
    assert f"{float(total['p50']):.0f} ({float(total['p10']):.0f} to" in lines[0]
    assert lines[0] in summary(result)


def test_expected_numbers_make_a_report_without_ranges(tmp_path):
    plan = fake_plan()
    expected = fake_ensemble(plan, futures=1, expected=True, layers=frozenset())
    write_forecast(tmp_path / "run", fake_scenario(tmp_path / "s.toml"), forecast(plan, expected))
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "These are expected numbers, without a range." in page
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.S).lower().split()


# Comparison -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("compared")
    runs = [fake_forecast(), fake_forecast("more", seed=2), fake_forecast("same", seed=1)]
    files = [fake_scenario(place / f"{run.plan.name}.toml") for run in runs]
    write_comparison(place / "out", files, compare(runs[0], tuple(runs[1:])))
    return place / "out"


def test_a_comparison_has_differences_variance_and_every_runs_tables(compared):
    rows = read_table(compared, "differences")
    assert {row["scenario"] for row in rows} == {"more", "same"}
    assert {row["scenario"] for row in read_table(compared, "spend")} == {
        "baseline", "more", "same",
    }  # fmt: skip
    assert read_table(compared, "variance")[0]["line"] == "kinship foster care"
    assert outline((compared / "report.html").read_text(encoding="utf-8")).headings.count(1) == 1


def test_a_run_that_is_the_same_does_not_differ(compared):
    for row in read_table(compared, "differences"):
        if row["scenario"] == "same":
            assert {row[name] for name in ("mean", "p10", "p90")} == {"0.00"}
            assert row["share_of_futures_lower"] == "0.0000"


def test_differences_are_taken_within_pairs_of_futures(compared):
    from lacmodel.results import children_in

    before, after = fake_forecast(), fake_forecast("more", seed=2)
    gap = children_in(after.ensemble)[:, 12] - children_in(before.ensemble)[:, 12]
    row = next(
        row
        for row in read_table(compared, "differences")
        if row["period"] == "2018-03-31" and row["placement"] == "all"
    )
    assert float(row["mean"]) == pytest.approx(gap.mean(), abs=0.005)
    assert float(row["share_of_futures_lower"]) == (gap < 0).mean()


def test_runs_of_other_futures_are_not_compared():
    run = fake_forecast()
    for other in ({"seed": 1}, {"futures": tuple(range(1, 21))}):
        changed = replace(run, ensemble=replace(run.ensemble, **other))
        with pytest.raises(ValueError, match="same seed"):
            compare(run, (changed,))
