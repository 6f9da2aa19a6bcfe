"""What is published: an attacker with every shown number and price cannot find a small count."""

import csv
import html
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_list import made_list
from openpyxl import load_workbook
from scipy.optimize import linprog

import lacmodel
from lacmodel.analyses.past_scores import (
    ERROR,
    ERROR_OF_TYPES,
    EVERY_TYPE,
    OWN_FILE,
    Score,
    shipped_scores,
)
from lacmodel.area import read_area
from lacmodel.cli import BAD_INPUT, exit_code
from lacmodel.codes import AGE_BANDS, KIND_NAMES, KINDS, PLACEMENTS, REASONS
from lacmodel.money.spend import KIND_LINES
from lacmodel.report.assumptions import unconfirmed_words
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.caveats import past_errors
from lacmodel.report.internal import INTERNAL, NOT_FOR_PUBLICATION, WHY
from lacmodel.report.left_out import NO_RULE, TABLES_LEFT_OUT
from lacmodel.report.publish import RULES, _income_kept_back, _is_kept_back
from lacmodel.report.published_answer import NO_SPEND, NO_TOTAL, NOT_SHOWN, answer_lines
from lacmodel.report.published_words import NO_CAVEATS
from lacmodel.report.words import pounds
from lacmodel.suppression import HIDDEN, WIDTH, Sums, bounds, hidden_labels, is_small

SCENARIOS = Path(__file__).parents[1] / "scenarios"
EXAMPLESHIRE = Path(__file__).parents[1] / "data" / "exampleshire"
ROUNDING = 0.02  # tables have two decimals
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An internal run from a list of 400 children, and what is published of it beside it."""
    folder = tmp_path_factory.mktemp("run")
    listed = made_list(folder / "now.csv", most=400)
    command = ["run", str(SCENARIOS / "worcestershire-2017.toml"), "--futures", "10", "--quiet"]
    command += ["--placements-now", str(listed), "--as-at", "2017-04-01"]
    assert exit_code([*command, "--out", str(folder / "inside")]) == 0
    assert exit_code(["publish", str(folder / "inside"), "--out", str(folder / "outside")]) == 0
    return folder


def rows_of(folder: Path, name: str) -> Rows:
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Attacker:
    """Somebody who writes down an equation for every number that is shown, and solves them all."""

    def __init__(self, unknowns: int) -> None:
        self.unknowns = unknowns
        self.adds: list[np.ndarray] = []
        self.least: list[float] = []
        self.most: list[float] = []

    def learns(self, adds: np.ndarray, number: float, about: float) -> None:
        self.adds.append(adds)
        self.least.append(number - about)
        self.most.append(number + about)

    def width(self, adds: np.ndarray) -> float:
        """How far apart the least and the most are that a sum of unknowns can be."""
        known = np.array(self.adds)
        limits = [
            linprog(
                sign * adds,
                A_ub=np.vstack([known, -known]),
                b_ub=np.concatenate([self.most, -np.array(self.least)]),
                bounds=(0, None),
            )
            for sign in (1, -1)
        ]
        assert [found.status for found in limits if found.status not in (0, 3)] == []
        low, high = (found.fun if found.status == 0 else -np.inf for found in limits)
        return float(-high - low)

    def solves(self, adds: np.ndarray) -> bool:
        """Whether a sum of unknowns follows from what is shown by adding and subtracting alone."""
        known = np.array(self.adds)
        return bool(np.linalg.matrix_rank(np.vstack([known, adds])) == np.linalg.matrix_rank(known))


# The whole run


def leaves() -> list[tuple[str, str, str]]:
    return [(band, *name.split()) for band in AGE_BANDS for name in KIND_NAMES]


def adds_of(row: dict[str, str]) -> np.ndarray:
    wanted = (row["age_band"], row["placement"], row["provider"])
    return np.array(
        [all(w in ("all", own) for w, own in zip(wanted, leaf, strict=True)) for leaf in leaves()],
        dtype=float,
    )


@pytest.mark.parametrize("date", ["2017-03-31", "2017-04-30", "2018-03-31", "2022-03-31"])
def test_no_small_count_of_children_can_be_worked_out(run: Path, date: str) -> None:
    true = [r for r in rows_of(run / "inside", "children") if r["measure"] == "children"]
    shown = [r for r in rows_of(run / "outside", "children") if r["measure"] == "children"]
    attacker, small = Attacker(len(leaves())), []
    for inside, outside in zip(true, shown, strict=True):
        if inside["date"] == date and outside["mean"] != HIDDEN:
            attacker.learns(adds_of(outside), float(outside["mean"]), ROUNDING)
            assert not is_small(np.array([float(outside["mean"])]))[0]
        elif inside["date"] == date and is_small(np.array([float(inside["mean"])]))[0]:
            small.append(adds_of(inside))
    assert len(small) > 5
    for adds in small:
        assert not attacker.solves(adds)
        assert attacker.width(adds) >= WIDTH


def test_no_small_line_of_spend_can_be_worked_out_from_known_prices(run: Path) -> None:
    inside, outside = (rows_of(run / name, "spend") for name in ("inside", "outside"))
    stocks = rows_of(run / "outside", "children")
    lines = [*(line.name for line in KIND_LINES), "adults staying on"]
    for year in sorted({row["financial_year"] for row in inside}):
        true = {(r["line"], r["measure"]): r for r in inside if r["financial_year"] == year}
        shown = {(r["line"], r["measure"]): r for r in outside if r["financial_year"] == year}
        average = np.array(
            [
                float(true[line, f"average_{who}"]["mean"])
                for line in lines
                for who in ("children", "adults")
                if (line, f"average_{who}") in true
            ]
        )
        attacker = Attacker(len(lines))
        for at, line in enumerate(lines):
            if shown[line, "gross_gbp"]["mean"] != HIDDEN:
                attacker.learns(np.eye(len(lines))[at], average[at], ROUNDING)
        children = np.array([1.0] * len(KINDS) + [0.0])
        attacker.learns(children, average[:-1].sum(), ROUNDING)
        for measure in ("gross_gbp", "net_gbp"):
            price = [
                float(true[line, measure]["mean"]) / number if number else 0.0
                for line, number in zip(lines, average, strict=True)
            ]
            if shown["children's placements", measure]["mean"] == HIDDEN:
                assert measure == "net_gbp"  # single children of the list bring contributions
                continue
            total = float(shown["children's placements", measure]["mean"])
            attacker.learns(np.array(price) * children / 1e5, total / 1e5, ROUNDING)
            without = sum(
                float(true[line, measure]["mean"])
                for line in ("edge-of-care services", "fixed costs")
            )
            total = float(shown["total", measure]["mean"]) - without
            attacker.learns(np.array(price) / 1e5, total / 1e5, ROUNDING)
        for place, name in enumerate(PLACEMENTS):  # month ends, nearly the year's average
            first = int(year[:4])
            ends = [
                row["mean"]
                for row in stocks
                if (row["placement"], row["provider"], row["age_band"]) == (name, "all", "all")
                and row["measure"] == "children"
                and f"{first}-04" <= row["date"][:7] <= f"{first + 1}-03"
            ]
            if HIDDEN not in ends:
                adds = np.array([float(type_ == place) for type_, _ in KINDS] + [0.0])
                attacker.learns(adds, adds @ average, 0.1)
        for at in np.flatnonzero(is_small(average)):
            assert shown[lines[at], "gross_gbp"]["mean"] == HIDDEN
            assert attacker.width(np.eye(len(lines))[at]) >= WIDTH, (year, lines[at])


def test_no_small_flow_can_be_worked_out(run: Path) -> None:
    inside, outside = (rows_of(run / name, "flows") for name in ("inside", "outside"))
    totals = [
        float(row["mean"])
        for row in rows_of(run / "outside", "children")
        if (row["age_band"], row["placement"], row["measure"]) == ("all", "all", "children")
    ]
    came = ["entries", "re_entries", "delayed_entries"]
    left = [f"exits_{reason}" for reason in REASONS]
    parts = [*came, *left, "prevented", "delayed"]
    sums = {
        "started": came,
        "ceased": left,
        "would_be_entries": ["entries", "prevented", "delayed"],
    }

    def adds_of_flow(flow: str) -> np.ndarray:
        return np.array([float(part in sums.get(flow, [flow])) for part in parts])

    tried = 0
    for month, date in enumerate(sorted({row["date"] for row in inside})):
        true = {r["flow"]: float(r["mean"]) for r in inside if r["date"] == date}
        attacker = Attacker(len(parts))
        # the DfE counts a child once a year: its counts are not quite the sums of the flows
        for row in outside:
            if row["date"] == date and row["mean"] != HIDDEN and adds_of_flow(row["flow"]).any():
                exact = sum(true[p] for p in sums.get(row["flow"], [row["flow"]]))
                attacker.learns(adds_of_flow(row["flow"]), exact, ROUNDING)
        change = sum(adds_of_flow(flow) for flow in came) - adds_of_flow("ceased")
        attacker.learns(change, totals[month + 1] - totals[month], ROUNDING)
        for flow in parts:
            if is_small(np.array([true[flow]]))[0]:
                tried += 1
                assert attacker.width(adds_of_flow(flow)) >= WIDTH, (date, flow)
    assert tried > 100


def test_a_comparison_hides_the_same_in_all_its_scenarios(tmp_path: Path) -> None:
    listed = made_list(tmp_path / "now.csv", most=400)
    names = ("worcestershire-2017", "recovery-plan")
    command = ["compare", *(str(SCENARIOS / f"{name}.toml") for name in names), "--quiet"]
    command += ["--placements-now", str(listed), "--as-at", "2017-04-01", "--engine", "stock_flow"]
    assert exit_code([*command, "--out", str(tmp_path / "inside")]) == 0
    assert exit_code(["publish", str(tmp_path / "inside"), "--quiet"]) == 0
    rows = rows_of(tmp_path / "inside-published", "children")
    cells = ("age_band", "placement", "provider")
    hidden = [
        {
            tuple(row[c] for c in cells)
            for row in rows
            if row["scenario"] == n and row["mean"] == HIDDEN
        }
        for n in names
    ]
    assert hidden[0] == hidden[1]
    assert hidden[0]
    assert not (tmp_path / "inside-published" / "tables" / "differences.csv").exists()


def test_what_is_hidden_is_hidden_in_every_measure_and_on_every_date(run: Path) -> None:
    rows = rows_of(run / "outside", "children")
    hidden = {}
    for row in rows:
        key = (row["age_band"], row["placement"], row["provider"])
        cells = {row[name] == HIDDEN for name in ("mean", "p10", "p50", "p90")}
        assert hidden.setdefault(key, cells) == cells
    secure = [row for row in rows_of(run / "outside", "spend") if row["placement"] == "secure"]
    assert {row["mean"] for row in secure} == {HIDDEN}


def test_words_and_pages_hold_only_what_is_shown(run: Path) -> None:
    page = (run / "outside" / "report.html").read_text(encoding="utf-8")
    summary = (run / "outside" / "summary.md").read_text(encoding="utf-8")
    shown = {
        f"{float(row[name]):,.0f}"
        for table in ("children", "spend")
        for row in rows_of(run / "outside", table)
        for name in ("mean", "p10", "p50", "p90")
        if row[name] not in (HIDDEN, "")
    }
    cells = re.findall(r'<td class="number">([^<]*)</td>', page)
    assert len(cells) > 50
    millions = {
        html.escape(pounds(float(row[name]))).replace(" million", "&nbsp;million")
        for row in rows_of(run / "outside", "spend")
        for name in ("mean", "p10", "p50", "p90")
        if row[name] not in (HIDDEN, "")
    }
    assert set(cells) <= shown | millions
    tiles = re.findall(r"<dd><b>([^<]*)</b>(?:<small>([^<]*) in eight futures of ten)?", page)
    assert len(tiles) == 4
    told = {
        html.unescape(number) for tile in tiles for part in tile for number in part.split(" to ")
    }
    assert told - {""} <= shown | {
        html.unescape(amount).replace("\xa0", " ") for amount in millions
    }
    assert "| c | c | c |" in summary


def test_a_published_run_answers_first_and_says_how_far_to_trust_it(example: Path) -> None:
    outside, area = example / "outside", read_area(example / "exampleshire" / "area" / "area.xlsx")
    last = next(
        row
        for row in reversed(rows_of(outside, "children"))
        if (row["age_band"], row["placement"], row["measure"]) == ("all", "all", "children")
    )
    middle, low, high = (f"{float(last[name]):,.0f}" for name in ("p50", "p10", "p90"))
    assert middle != f"{float(last['mean']):,.0f}"
    for name in ("summary.md", "report.html"):
        said = html.unescape((outside / name).read_text(encoding="utf-8"))
        first = said[: said.index("How far to trust it")]
        assert f"about {middle} children" in first
        assert f"({low} to {high} in eight futures of ten)" in first
        assert "Gross spend in 2024/25 would be £" in first
        for caveat in (past_errors(area), unconfirmed_words(area), "8 futures, engine compiled"):
            assert caveat in said
        assert re.findall(r"\d{4}-\d{2}-\d{2}", re.sub("<svg.*?</svg>", "", said)) == []


def test_where_the_total_is_hidden_the_answer_is_spend_on_children_and_says_why() -> None:
    numbers = {"mean": "9039558", "p10": "7956183", "p50": "9000000", "p90": "10215263"}
    hidden = dict.fromkeys(numbers, HIDDEN)
    spend = [
        {"scenario": "s", "financial_year": "2024/25", "line": line, "measure": "net_gbp"} | shown
        for line, shown in (("children's placements", numbers), ("total", hidden))
    ]
    said = answer_lines({"spend": spend}, "s")
    assert said == [
        NOT_SHOWN,
        "Net spend on children's placements in 2024/25 would be £9.0 million on average (£8.0 "
        "million to £10.2 million in eight futures of ten), before any savings that the council "
        "expects.",
        NO_TOTAL,
    ]
    assert answer_lines({"spend": [row | hidden for row in spend]}, "s") == [NOT_SHOWN, NO_SPEND]


def test_past_errors_from_a_return_are_those_of_many_councils(example: Path) -> None:
    folder = example / "exampleshire" / "area"
    area = read_area(folder / "area.xlsx")
    rows = [row._replace(areas=1, origins=2) for row in shipped_scores()]
    rows += [
        row._replace(children=EVERY_TYPE, measure=ERROR_OF_TYPES)
        for row in rows
        if row.measure == ERROR
    ]
    lines = [",".join(Score._fields), *(",".join(map(str, row)) for row in rows)]
    before = past_errors(area)
    (folder / OWN_FILE).write_text("\n".join(lines), encoding="utf-8")
    try:
        assert "this area, as known at 2 origins" in how_wrong(area)
        assert past_errors(area) == before
    finally:
        (folder / OWN_FILE).unlink()


def test_a_run_of_an_earlier_version_is_published_and_says_that_caveats_are_missing(
    run: Path, tmp_path: Path
) -> None:
    shutil.copytree(run / "inside", tmp_path / "old")
    made = json.loads((tmp_path / "old" / "manifest.json").read_text(encoding="utf-8"))
    del made["caveats"]
    (tmp_path / "old" / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    assert exit_code(["publish", str(tmp_path / "old"), "--quiet"]) == 0
    said = (tmp_path / "old-published" / "summary.md").read_text(encoding="utf-8")
    assert NO_CAVEATS in said


def test_nothing_else_leaves_the_run(run: Path) -> None:
    outside = run / "outside"
    found = {p.relative_to(outside).as_posix() for p in outside.rglob("*") if p.is_file()}
    tables = {f"tables/{name}.csv" for name in ("children", "flows", "spend", "stability")}
    assert found == tables | {"README.md", "summary.md", "report.html", "manifest.json"}
    everything = "".join((outside / name).read_text(encoding="utf-8") for name in found)
    assert "now.csv" not in everything
    assert not re.search(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}\b", everything)
    assert "inputs_sha256" not in everything
    listed = {line.split(",")[1] for line in (run / "now.csv").read_text().splitlines()[1:]}
    stocks = {row["date"] for row in rows_of(outside, "children")}
    assert not {date for date in listed - stocks if date in everything}


def test_an_internal_run_says_so_in_every_place(run: Path) -> None:
    inside = run / "inside"
    assert json.loads((inside / "manifest.json").read_text())["internal"] is True
    assert (inside / "summary.md").read_text(encoding="utf-8").startswith(f"**{INTERNAL}**")
    assert (inside / "tables" / "README.txt").read_text().splitlines()[0] == INTERNAL
    book = load_workbook(inside / "workbook.xlsx")
    cells = {cell for row in book["Contents"].iter_rows(values_only=True) for cell in row}
    assert INTERNAL in cells
    for sheet in book.worksheets:
        assert sheet["A1"].value.startswith(NOT_FOR_PUBLICATION), sheet.title
        assert sheet.oddHeader.center.text == NOT_FOR_PUBLICATION
    assert json.loads((run / "outside" / "manifest.json").read_text())["internal"] is False
    hashes = json.loads((inside / "manifest.json").read_text())["inputs_sha256"]
    assert any(name.endswith("/now.csv") for name in hashes)
    assert not list(inside.rglob("now.csv"))


def test_the_mark_of_an_internal_report_stands_first_and_on_every_printed_page(run: Path) -> None:
    page = (run / "inside" / "report.html").read_text(encoding="utf-8")
    assert f"<title>{NOT_FOR_PUBLICATION}. " in page
    body = page[page.index("<body>") :]
    assert body.index(NOT_FOR_PUBLICATION) < body.index(html.escape(WHY)) < body.index("<h1>")
    style = page[page.index("@media print {", page.index(".mark")) : page.index("</head>")]
    assert f'@top-center {{ content: "{NOT_FOR_PUBLICATION}"' in style
    assert NOT_FOR_PUBLICATION not in (run / "outside" / "report.html").read_text(encoding="utf-8")


def test_the_committee_report_of_an_internal_run_has_the_mark_on_every_page(run: Path) -> None:
    import io

    docx = pytest.importorskip("docx")

    content = (run / "inside" / "summary.docx").read_bytes()
    book = docx.Document(io.BytesIO(content))
    assert [p.text for p in book.sections[0].header.paragraphs] == [NOT_FOR_PUBLICATION]
    assert book.paragraphs[1].text == INTERNAL
    assert "w:pBdr" in book.paragraphs[1]._p.xml


def test_only_the_folder_of_a_run_can_be_published(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert exit_code(["publish", str(tmp_path)]) == BAD_INPUT
    assert "is not the folder of a run" in capsys.readouterr().err
    again = ["publish", str(run / "outside"), "--out", str(tmp_path / "again")]
    assert exit_code(again) == BAD_INPUT
    assert "is published already" in capsys.readouterr().err


def test_a_run_whose_tables_have_no_rule_is_refused_by_their_names(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "case" / "tables").mkdir(parents=True)
    shutil.copy(run / "inside" / "manifest.json", tmp_path / "case")
    (tmp_path / "case" / "tables" / "savings.csv").write_text("scenario\n", encoding="utf-8")
    assert exit_code(["publish", str(tmp_path / "case")]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "savings.csv" in said
    assert "none of the tables that can be published: children, flows, spend, stability" in said


# The rule


@st.composite
def two_way_tables(draw: st.DrawFn) -> Sums:
    """Counts by row and column with every margin."""
    across, down = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    counts = st.integers(0, 12) | st.integers(0, 200)
    parts = np.array(draw(st.lists(counts, min_size=across * down, max_size=across * down)), float)
    at = np.arange(across * down)
    adds = [at == cell for cell in at]
    adds += [at // across == row for row in range(down)]
    adds += [at % across == column for column in range(across)] + [at >= 0]
    labels = tuple(f"row {number}" for number in range(len(adds)))
    matrix = np.array(adds, dtype=float)
    return Sums(labels, matrix, parts, np.ones(len(adds), bool), 1 + matrix @ parts)


@settings(max_examples=100)
@given(two_way_tables())
def test_no_small_number_of_any_two_way_table_is_pinned(table: Sums) -> None:
    hidden = hidden_labels([table])
    for row in np.flatnonzero(is_small(table.rows)):
        assert table.labels[row] in hidden
        low, high = bounds(table, int(row), hidden)
        assert low <= table.rows[row] + 1e-6
        assert high - low >= WIDTH - 1e-6


def test_a_table_without_small_numbers_is_shown_whole() -> None:
    adds = np.array([[1, 0], [0, 1], [1, 1]], dtype=float)
    table = Sums(("a", "b", "all"), adds, np.array([6.0, 0.0]), np.ones(3, bool), np.ones(3))
    assert hidden_labels([table]) == frozenset()


def test_the_attacker_finds_what_is_hidden_alone() -> None:
    attacker = Attacker(2)
    attacker.learns(np.array([1.0, 1.0]), 12.0, 0.0)
    attacker.learns(np.array([0.0, 1.0]), 9.0, 0.0)
    assert attacker.solves(np.array([1.0, 0.0]))
    assert attacker.width(np.array([1.0, 0.0])) == pytest.approx(0.0)


def test_charts_of_what_is_published_leave_suppressed_points_out(run):
    from lacmodel.report.drawing import can_draw
    from lacmodel.report.published_charts import points, published_charts

    tables = {name: rows_of(run / "outside", name) for name in ("children", "spend")}
    charts = list(published_charts(tables))
    assert [chart.title.split(":")[0] for chart in charts] == [
        "Children in care", "Children by placement", "Gross spend by year",
    ]  # fmt: skip
    assert HIDDEN not in {cell for chart in charts for row in chart.rows for cell in row}
    hidden = {
        (row["placement"], row["provider"])
        for row in tables["children"]
        if row["mean"] == HIDDEN and row["age_band"] == "all" and row["provider"] != "all"
    }
    assert hidden
    for placement, provider in hidden:
        own = [
            r
            for r in tables["children"]
            if (r["placement"], r["provider"]) == (placement, provider)
        ]
        shown = {row["date"] for row in points(own) if row["mean"]}
        name = f"{placement}, {provider}".replace("_", " ")
        assert shown or name not in {row[0] for row in charts[1].rows}
    page = (run / "outside" / "report.html").read_text(encoding="utf-8")
    assert page.count('<svg role="img"') == (3 if can_draw() else 0)


# Every table of a run

GRANT = {
    "name": "grant", "payer": "home_office", "placement": "all", "provider": "all",
    "group": "uasc", "ages": "0 to 15", "from": None, "to": None, "at_least_share": 0,
    "gbp_per_week": 1001, "source": "made up", "confirmed": "no",
}  # fmt: skip


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the example return with its budget and a grant; published."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(EXAMPLESHIRE, folder / "exampleshire")
    book = folder / "exampleshire" / "area" / "area.xlsx"
    assert exit_code(["fit", str(book)]) == 0
    grants(book)
    command = ["run", str(folder / "exampleshire" / "exampleshire.toml"), "--futures", "8"]
    assert exit_code([*command, "--out", str(folder / "inside"), "--quiet"]) == 0
    assert exit_code(["publish", str(folder / "inside"), "--out", str(folder / "outside")]) == 0
    return folder


def grants(book: Path) -> None:
    """Give an area's workbook a grant for its few unaccompanied children."""
    filled = load_workbook(book)
    sheet = filled["income"]  # empty but for its headings
    names = [cell.value for cell in sheet[1]]
    sheet.append([GRANT[name] for name in names])
    filled.save(book)


def test_every_table_of_a_run_is_published_by_a_rule_or_left_out_in_a_sentence(example: Path):
    written = {path.stem for path in (example / "inside" / "tables").glob("*.csv")}
    assert written >= {
        "children", "flows", "spend", "stability", "committed", "spend_by_month", "high_cost",
        "budget_monitor", "budget_variance", "ready_reckoner", "medium_term_plan", "neighbours",
        "income",
    }  # fmt: skip
    shown = {path.stem for path in (example / "outside" / "tables").glob("*.csv")}
    assert shown == written & RULES.keys()
    said = (example / "outside" / "README.md").read_text(encoding="utf-8")
    for name in written - shown:
        assert f"- tables/{name}.csv: left out, since {TABLES_LEFT_OUT[name]}." in said
    for name in ("workbook.xlsx", "summary.docx", "summary.pdf"):
        assert f"- {name}: left out, since it" in said
    assert NO_RULE not in said


def test_every_table_that_any_command_writes_has_a_rule_or_a_reason():
    source = Path(lacmodel.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    named = set(re.findall(r'TidyTable\(\s*"(\w{2,})"', code))
    assert len(named) > 25
    assert named - RULES.keys() <= TABLES_LEFT_OUT.keys()
    assert not RULES.keys() & TABLES_LEFT_OUT.keys()


def test_a_grant_for_few_children_is_not_shown_nor_given_back_by_net_spend(example: Path):
    paid = rows_of(example / "inside", "income")
    few = [float(row["mean"]) for row in paid if row["measure"] == "average_children"]
    assert few
    assert is_small(np.array(few)).any()
    for row in rows_of(example / "outside", "spend"):
        if row["measure"] in ("income_gbp", "net_gbp"):
            assert row["mean"] == HIDDEN, row
    inside, outside = (
        {
            (r["financial_year"], r["line"], r["measure"]): r["mean"]
            for r in rows_of(example / name, "spend")
        }
        for name in ("inside", "outside")
    )
    gross = ("2024/25", "total", "gross_gbp")
    assert outside[gross] == inside[gross]
    page = (example / "outside" / "report.html").read_text(encoding="utf-8")
    assert "Gross spend" in page


INCOMES = ("scenario", "financial_year", "source", "payer", "measure", "mean")


@pytest.mark.parametrize(
    ("incomes", "by_line", "in_all"),
    [
        ([("price list", "", "income_gbp", "900")], True, True),
        ([("grant", "home_office", "income_gbp", "900"),
          ("grant", "home_office", "average_children", "7.2")], False, True),
        ([("grant", "home_office", "income_gbp", "900"),
          ("grant", "home_office", "average_children", "4.2")], False, False),
        ([("contributions of single children", "", "income_gbp", "900")], False, False),
        (None, False, False),
    ],
)  # fmt: skip
def test_income_is_shown_as_far_as_it_tells_of_six_or_more(incomes, by_line, in_all):
    spend = [
        {"line": line, "measure": measure, "mean": "900", "p10": "", "p50": "", "p90": ""}
        for line in ("secure, external", "total")
        for measure in ("gross_gbp", "income_gbp", "net_gbp")
    ]
    rows = [dict(zip(INCOMES, ("s", "2024/25", *row), strict=True)) for row in incomes or ()]
    lines = _income_kept_back(spend, None if incomes is None else rows)
    seen = {(row["line"], row["measure"]): not _is_kept_back(row, lines) for row in spend}
    assert seen["secure, external", "gross_gbp"]
    assert seen["secure, external", "income_gbp"] == seen["secure, external", "net_gbp"] == by_line
    assert seen["total", "income_gbp"] == seen["total", "net_gbp"] == in_all
