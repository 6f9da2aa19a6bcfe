"""Whatever a return holds, the answer is spells and a list of problems, or a refusal in words."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_returns import Tables, made_returns
from test_checking_returns import assert_all_accounted_for

from lacmodel.faults import InputFaults
from lacmodel.report.return_check import check_lines
from lacmodel.ssda903.check import check_returns
from lacmodel.ssda903.problems import report
from lacmodel.ssda903.read import Returns, read_returns
from lacmodel.ssda903.schema import COLUMNS, EPISODES, HEADER, UASC_TABLE

CLEAN = made_returns(12, (2018, 2019))
DATES = ("", "01/04/2018", "31/03/2018", "29/02/2016", "30/02/2018", "1/1/18", "2018-06-01",
         "01/01/2010", "01/01/1850", "31/12/2099", "2018", "x")  # fmt: skip
CODES = ("", "S", "L", "P", "T", "B", "U", "X1", "E4A", "E2", "E17", "C2", "V2", "V3", "V4", "N1",
         "N2", "U4", "U1", "K2", "K3", "H5", "P2", "T0", "T1", "Z1", "Z12", "PR0", "PR1", "PR5",
         "CARPL", "CLOSE", "1", "M", "é", '"', "a,b", "NULL", "1.0", "-1", "=1+1")  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(DATES),
    st.sampled_from(CODES),
    st.sampled_from([str(number) for number in range(1, 13)]),
    st.text(max_size=9),
)
TABLES = (EPISODES, EPISODES, EPISODES, HEADER, UASC_TABLE)


@st.composite
def changes(draw) -> list[tuple]:
    """Some cells to overwrite, by year, table, row and column."""
    found = []
    for _ in range(draw(st.integers(0, 12))):
        table = draw(st.sampled_from(TABLES))
        column = draw(st.sampled_from(COLUMNS[table]))
        dates = column in ("DECOM", "DEC", "DOB") and draw(st.booleans())
        cell = draw(st.sampled_from(DATES) if dates else CELLS)
        found.append(
            (draw(st.sampled_from((2018, 2019))), table, draw(st.integers(0, 40)), column, cell)
        )
    return found


def texts_of(tables: Tables, edits: list[tuple]) -> dict[str, str]:
    """Files of the tables with the cells overwritten."""
    found = {}
    for year, by_name in tables.items():
        for name, table in by_name.items():
            frame = table.copy()
            for of_year, of_table, row, column, cell in edits:
                if (of_year, of_table) == (year, name) and len(frame):
                    frame.loc[row % len(frame), column] = cell
            out = io.StringIO()
            frame.to_csv(out, index=False)
            found[f"{name}-{year - 1}-{year % 100}.csv"] = out.getvalue()
    return found


def read(files: dict[str, bytes]) -> Returns | str:
    """Returns, or why they are refused."""
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        try:
            return read_returns(Path(folder))
        except InputFaults as refused:
            return str(refused)


def assert_answered(files: dict[str, bytes], shown: bool) -> None:
    """Problems and spells, or faults in words; all accounted for, and what is printed prints."""
    returns = read(files)
    if isinstance(returns, str):
        assert returns
        return
    found = check_returns(returns)
    assert_all_accounted_for(found)
    spells = found.spelled.spells
    assert (spells.end_day > spells.start_day).all()
    same = (np.diff(spells.child) == 0) & (np.diff(spells.period) == 0)
    assert (spells.start_day[1:][same] == spells.end_day[:-1][same]).all()
    if shown:
        report(found.problems, found.returns.names, found.returns.identifiers)
        check_lines(found, (), Path("out"))


CLEAN_FILES = {name: text.encode() for name, text in texts_of(CLEAN, []).items()}


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(changes(), st.integers(0, 9), st.binary(max_size=12))
def test_any_dirt_is_a_listed_problem_and_no_exception(
    edits: list[tuple], cut: int, stray: bytes
) -> None:
    """Cells overwritten; in some examples the first Episodes broken off or with stray bytes."""
    files = {name: text.encode() for name, text in texts_of(CLEAN, edits).items()}
    first = f"{EPISODES}-2017-18.csv"
    if cut == 1:
        files[first] = files[first][: -len(stray) - 1]
    elif cut == 2:
        middle = len(files[first]) // 2
        files[first] = files[first][:middle] + stray + files[first][middle:]
    assert_answered(files, shown=cut == 3)


@settings(max_examples=500)
@given(st.binary(max_size=300), st.sampled_from(["csv", "xml", "zip", "txt"]), st.booleans())
def test_random_bytes_are_answered_in_words(content: bytes, kind: str, alone: bool) -> None:
    files = {f"file.{kind}": content}
    if not alone:
        files |= CLEAN_FILES
    assert read(files)
