"""Checking returns: every kind of dirt is found, every child and row accounted for."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_returns import Tables, episode, made_returns, small_returns, write_returns

from lacmodel.cli import exit_code
from lacmodel.ssda903.check import Checked, check_returns
from lacmodel.ssda903.dirt import CELLS, FILES, WHOLE, add_dirt, add_file_dirt
from lacmodel.ssda903.problems import report
from lacmodel.ssda903.providers import provider_questions, provider_rule, unanswered
from lacmodel.ssda903.read import read_returns
from lacmodel.ssda903.rules import RULES

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "ssda903_sample"
SHARE = 0.1  # of the children of whom a fault can be


@pytest.fixture(scope="module")
def clean() -> Tables:
    return made_returns(400)


def checked(folder: Path) -> Checked:
    found = check_returns(read_returns(folder))
    assert_all_accounted_for(found)
    return found


def assert_all_accounted_for(found: Checked) -> None:
    """Children and rows in are those kept and those left out; each of the latter is listed."""
    account, spelled = found.spelled.account, found.spelled
    assert account.children == account.children_kept + account.children_left_out
    assert account.rows == account.rows_used + account.rows_merged + account.rows_left_out
    assert account.rows_used == len(spelled.spells.child)
    listed = found.problems.joined()
    named = listed[listed["rule"].isin(("left-out", "no-episodes"))]["child"]
    everyone = np.arange(account.children)
    assert sorted(named) == sorted(set(everyone) - set(spelled.kept.tolist()))
    out = found.returns.episodes.iloc[np.flatnonzero(spelled.fate == 0)]
    reasons = listed[listed["done"].astype(str).str.startswith("left out")]
    assert set(zip(out["file"], out["row"], strict=True)) <= set(
        zip(reasons["file"], reasons["row"], strict=True)
    )


def test_there_is_dirt_for_every_rule() -> None:
    assert {*CELLS, *WHOLE, *FILES} == set(RULES)


@pytest.mark.parametrize("kind", [*CELLS, *WHOLE])
def test_dirt_of_every_kind_is_found(tmp_path: Path, clean: Tables, kind: str) -> None:
    dirty = add_dirt(clean, kind, np.random.default_rng(903), SHARE)
    found = checked(write_returns(dirty, tmp_path))
    assert kind in set(found.problems.joined()["rule"])


@pytest.mark.parametrize("kind", FILES)
def test_dirt_of_files_is_found(tmp_path: Path, clean: Tables, kind: str) -> None:
    folder = write_returns(clean, tmp_path)
    add_file_dirt(folder, kind)
    assert kind in set(checked(folder).problems.joined()["rule"])


def test_dirt_leaves_the_clean_tables_as_they_are(clean: Tables) -> None:
    before = {year: {n: t.copy() for n, t in by.items()} for year, by in clean.items()}
    for kind in (*CELLS, *WHOLE):
        add_dirt(clean, kind, np.random.default_rng(1), SHARE)
    assert all(clean[y][n].equals(before[y][n]) for y in clean for n in clean[y])


@pytest.mark.skipif(not SAMPLE.exists(), reason="the public sample is not on this machine")
def test_all_820_children_of_the_dirty_sample_are_accounted_for() -> None:
    """A run-off cohort whose 996 open rows all have a REC; 165 of 431 V3 and V4 lie within care."""
    found = checked(SAMPLE)
    account = found.spelled.account
    assert (account.children, account.children_kept, account.children_left_out) == (820, 743, 77)
    assert (account.rows, account.rows_used) == (3737, 1901)
    assert (account.rows_merged, account.rows_left_out) == (1570, 266)
    assert found.returns.years == (2018, 2019, 2020, 2021, 2022)
    rows = found.problems.summary().groupby("rule")["rows"].sum().to_dict()
    assert rows == {
        "left-out": 77, "231": 11, "148": 996, "385": 3, "529": 59, "378": 25, "358": 168,
        "387": 30, "389": 29, "460": 37, "501": 40, "431": 20, "432": 15, "357": 5, "437": 3,
        "434": 40, "436": 16, "short-breaks": 266, "short-breaks-within": 165, "1010": 24,
        "562": 269,
    }  # fmt: skip


def company(folder: Path, mapping: bool = False) -> Path:
    """Thirty foster children whose council's own service becomes a company that reports PR5."""
    years = {}
    for year, code in ((2019, "PR1"), (2020, "PR5")):
        years[year] = [
            episode(child, "01/05/2018", PLACE_PROVIDER=code, URN="SC1") for child in range(1, 31)
        ]
    return small_returns(folder, years)


def test_own_provision_that_turns_into_pr5_is_asked_about(tmp_path: Path) -> None:
    questions = provider_questions(read_returns(company(tmp_path)))
    assert [question.code for question in questions] == ["PR5"]
    assert "fell from 30 children on 31 March 2019 to 0 a year later" in str(questions[0])


def test_much_voluntary_foster_care_is_asked_about(tmp_path: Path) -> None:
    rows = [
        episode(n, "01/05/2018", PLACE_PROVIDER="PR5" if n <= 11 else "PR1") for n in range(1, 51)
    ]
    (question,) = provider_questions(read_returns(small_returns(tmp_path, {2019: rows})))
    assert "Of 50 foster placements on 31 March 2019, 11" in str(question)


@pytest.mark.parametrize("line", ["PR5 is in-house from 2019-10-01", "PR5 is external"])
def test_one_line_answers_the_question(tmp_path: Path, line: str) -> None:
    questions = provider_questions(read_returns(company(tmp_path)))
    assert len(unanswered(questions, ())) == 1
    assert unanswered(questions, (provider_rule("PR4 is external"),)) != []
    assert unanswered(questions, (provider_rule(line),)) == []
    assert str(provider_rule(line)) == line


@pytest.mark.parametrize("line", ["PR5", "PR9 is external", "PR5 is external for X9"])
def test_a_provider_rule_that_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"must read like|no code of PLACE"):
        provider_rule(line)


def test_steady_codes_raise_no_question(tmp_path: Path, clean: Tables) -> None:
    assert provider_questions(read_returns(write_returns(clean, tmp_path))) == []


def written(folder: Path) -> list[dict[str, str]]:
    with (folder / "problems.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dirty_folder(folder: Path) -> Path:
    rows = [
        episode(700123, "01/05/2018", HOME_POST="WR1 1AA", PLACE="WR1 1AA"),
        episode(700456, "not a date", PL_POST="B9 9ZZ"),
    ]
    births = {700123: "03/04/2007"}
    return small_returns(folder, {2019: rows}, births)


def test_check_writes_every_problem_without_identifiers(tmp_path: Path, capsys) -> None:
    out = tmp_path / "out"
    folder = dirty_folder(tmp_path / "in")
    assert exit_code(["check", str(folder), "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "Children: 2 in = 1 kept + 1 left out." in shown.out
    assert "foster care" in shown.out or "other placements" in shown.out
    problems = written(out)
    assert list(problems[0]) == ["file", "row", "column", "rule", "what", "found", "done"]
    assert {"141", "146", "left-out"} <= {row["rule"] for row in problems}
    text = shown.out + shown.err + "".join(path.read_text() for path in out.iterdir())
    for secret in ("700123", "700456", "03/04/2007", "2007-04-03", "WR1", "B9 9ZZ"):
        assert secret not in text
    assert {path.name for path in out.iterdir()} == {
        "problems.csv", "summary.csv", "children.csv", "files.csv", "manifest.json"
    }  # fmt: skip


def test_identifiers_are_written_when_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = dirty_folder(tmp_path / "in")
    assert (
        exit_code(["check", str(folder), "--out", str(out), "--with-identifiers", "--quiet"]) == 0
    )
    assert "700456" in {row["child"] for row in written(out)}


def test_no_cell_of_problems_is_a_formula(tmp_path: Path) -> None:
    rows = [episode(1, "01/05/2018", LS="=1+1")]
    folder = small_returns(tmp_path / "in", {2019: rows})
    out = tmp_path / "out"
    exit_code(["check", str(folder), "--out", str(out), "--with-identifiers", "--quiet"])
    found = [row["found"] for row in written(out) if row["rule"] == "144"]
    assert found == ["'=1+1"]


def test_check_asks_and_takes_the_answer(tmp_path: Path, capsys) -> None:
    folder = company(tmp_path / "in")
    assert exit_code(["check", str(folder), "--out", str(tmp_path / "a")]) == 0
    assert "Please answer: Own provision (PR1) fell" in capsys.readouterr().out
    answer = ["--provider", "PR5 is in-house from 2019-10-01"]
    assert exit_code(["check", str(folder), "--out", str(tmp_path / "b"), *answer]) == 0
    assert "Please answer" not in capsys.readouterr().out


def test_bad_returns_leave_nothing_behind(tmp_path: Path, capsys) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "episodes.csv").write_bytes("CHILD,DECOM\n".encode("utf-16"))
    assert exit_code(["check", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 2
    assert "UTF-16" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_check_runs_as_a_command(tmp_path: Path, clean: Tables) -> None:
    folder = write_returns(clean, tmp_path / "in")
    command = [
        sys.executable,
        "-m",
        "lacmodel",
        "check",
        str(folder),
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No problem was found." in done.stdout


def test_a_report_names_the_row_of_the_file(tmp_path: Path) -> None:
    rows = [episode(1, "01/05/2018"), episode(2, "01/05/2018", PLACE="Q1")]
    found = check_returns(read_returns(small_returns(tmp_path, {2019: rows})))
    table = report(found.problems, found.returns.names)
    row = table[table["rule"] == "146"].iloc[0]
    assert (row["file"], row["row"], row["column"]) == ("episodes_2018-19.csv", 3, "PLACE")
    assert (row["found"], row["done"]) == ("Q1", "counts as other placements")
