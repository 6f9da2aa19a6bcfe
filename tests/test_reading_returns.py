"""Reading returns: formats that are taken, and answers to files that cannot be."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from made_returns import episode, made_returns, small_returns, write_returns

from lacmodel.faults import InputFaults
from lacmodel.ssda903.check import check_returns
from lacmodel.ssda903.read import Returns, read_returns
from lacmodel.ssda903.sources import FILE_MB, MB
from lacmodel.ssda903.spells import make_spells

HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n1,1,01/05/2010,,,,\n"
EPISODES = (
    "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
    "1,01/06/2017,S,C2,N1,U4,PR1,01/02/2018,E8,,WR1 1AA,WR2 2BB,SC1\n"
)


def folder_of(folder: Path, **files: str | bytes) -> Path:
    """A folder with a good Header and Episodes, and what is given besides or instead."""
    contents = {"header": HEADER, "episodes": EPISODES} | files
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (folder / (name if "." in name else f"{name}.csv")).write_bytes(raw)
    return folder


def refusal(path: Path, **years: int) -> str:
    with pytest.raises(InputFaults) as found:
        read_returns(path, years)
    return str(found.value)


def listed(returns: Returns) -> set[str]:
    return set(check_returns(returns).problems.joined()["rule"]) - {"build-up", "column-missing"}


def test_a_clean_return_has_no_problem(tmp_path: Path) -> None:
    found = check_returns(read_returns(write_returns(made_returns(300), tmp_path)))
    assert found.problems.summary().empty
    assert found.spelled.account.children_left_out == 0


@pytest.mark.parametrize(
    "encode",
    [str.encode, lambda text: text.encode("utf-8-sig"), lambda text: text.encode("cp1252"),
     lambda text: text.replace("\n", "\r\n").encode(), lambda text: text.replace(",", ";").encode(),
     lambda text: text.replace(",", '","').replace("\n", '"\n"').join('""').encode()],
    ids=["utf-8", "utf-8 with a mark", "cp1252", "crlf", "semicolons", "quoted"],
)  # fmt: skip
def test_text_is_read_however_it_was_saved(tmp_path: Path, encode) -> None:
    text = EPISODES.replace("WR1 1AA", "Café")
    found = read_returns(folder_of(tmp_path, episodes=encode(text)))
    assert len(found.episodes) == 1
    assert found.years == (2018,)
    assert listed(found) == set()


def test_utf_16_is_refused_in_words(tmp_path: Path) -> None:
    path = folder_of(tmp_path, episodes=EPISODES.encode("utf-16"))
    assert "episodes.csv: is in UTF-16" in refusal(path)


@pytest.mark.parametrize(
    "written", ["2017-06-01", "2017-06-01 00:00:00", "1/6/2017", "01-Jun-2017"]
)
def test_dates_are_day_first_or_iso(tmp_path: Path, written: str) -> None:
    path = folder_of(tmp_path, episodes=EPISODES.replace("01/06/2017", written))
    found = read_returns(path)
    assert found.episodes["DECOM"].tolist() == [int(np.datetime64("2017-06-01").astype(int))]
    assert listed(found) == set()


def test_years_of_two_digits_are_taken_and_listed(tmp_path: Path) -> None:
    found = read_returns(folder_of(tmp_path, episodes=EPISODES.replace("01/02/2018", "01/02/18")))
    assert found.episodes["DEC"].tolist() == [int(np.datetime64("2018-02-01").astype(int))]
    assert listed(found) == {"two-digit-year"}


@pytest.mark.parametrize(("sex", "fine"), [("1", True), ("M", False)])
def test_sex_is_coded_as_its_year_has_it(tmp_path: Path, sex: str, fine: bool) -> None:
    found = read_returns(folder_of(tmp_path, header=HEADER.replace("1,1,", f"1,{sex},")))
    assert listed(found) == (set() if fine else {"101"})


def test_new_codes_are_good_in_their_years_only(tmp_path: Path) -> None:
    births = {1: "01/05/2008"}
    rows = [episode(1, "01/06/2025", "01/02/2026", PLACE="Z12", PLACE_PROVIDER="")]
    assert listed(read_returns(small_returns(tmp_path / "now", {2026: rows}, births))) == set()
    rows = [episode(1, "01/06/2017", "01/02/2018", PLACE="Z12", PLACE_PROVIDER="")]
    assert listed(read_returns(small_returns(tmp_path / "then", {2018: rows}, births))) == {"146"}


@pytest.mark.parametrize(
    ("label", "year"),
    [("2017", 2018), ("2018", 2018), ("2017-18", 2018), ("201718", 2018), ("any", 2018)],
)
def test_the_year_of_a_file_is_told_by_its_dates(tmp_path: Path, label: str, year: int) -> None:
    (tmp_path / f"903 {label} eps.csv").write_text(EPISODES)
    (tmp_path / f"903 {label} hdr.csv").write_text(HEADER)
    found = read_returns(tmp_path)
    assert {file.year for file in found.files} == {year}
    assert "year-of-file" not in listed(found)


def test_a_year_that_a_name_gets_wrong_is_listed_and_can_be_stated(tmp_path: Path) -> None:
    (tmp_path / "episodes 2012.csv").write_text(EPISODES)
    (tmp_path / "header 2012.csv").write_text(HEADER)
    assert "year-of-file" in listed(read_returns(tmp_path))
    found = read_returns(tmp_path, {"episodes 2012.csv": 2019, "header 2012.csv": 2019})
    assert {(file.year, file.note) for file in found.files} == {(2019, "as stated")}


def test_a_stated_year_of_no_file_is_refused(tmp_path: Path) -> None:
    text = refusal(folder_of(tmp_path), **{"eps.csv": 2018})
    assert "--year eps.csv = 2018" in text


def test_folders_of_years_and_a_zip_read_alike(tmp_path: Path) -> None:
    tables = made_returns(60)
    for year, by_name in tables.items():
        for name, table in by_name.items():
            (tmp_path / "in" / str(year)).mkdir(parents=True, exist_ok=True)
            table.to_csv(tmp_path / "in" / str(year) / f"{name}.csv", index=False)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in (tmp_path / "in").rglob("*.csv"):
            archive.write(path, path.relative_to(tmp_path).as_posix())
    one, other = read_returns(tmp_path / "in"), read_returns(tmp_path / "all.zip")
    assert one.years == other.years == (2018, 2019, 2020)
    assert len(one.episodes) == len(other.episodes) > 60
    spells = [make_spells(each).spells for each in (one, other)]
    assert np.array_equal(spells[0].start_day, spells[1].start_day)


def test_a_pooled_export_keeps_councils_and_years_apart(tmp_path: Path) -> None:
    """Columns LA and YEAR, ISO dates, all years in one file; a CHILD of two councils is two."""
    episodes = (
        "CHILD,LA,YEAR,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC\n"
        "1,North,2017,2017-06-01,S,C2,N1,U4,PR1,2018-02-01,E8\n"
        "1,South,2017,2017-06-01,S,C2,N1,K2,PR4,,\n"
        "1,South,2018,2017-06-01,S,C2,N1,K2,PR4,2018-06-01,E8\n"
    )
    header = (
        "CHILD,LA,YEAR,SEX,DOB\n1,North,2017,1,2010-05-01\n"
        "1,South,2017,2,2009-05-01\n1,South,2018,2,2009-05-01\n"
    )
    found = read_returns(folder_of(tmp_path, episodes=episodes, header=header))
    assert found.councils == ("NORTH", "SOUTH")
    assert found.episodes["year"].tolist() == [2018, 2018, 2019]
    assert make_spells(found).account.children_kept == 2


def test_other_tables_are_kept_aside_and_named(tmp_path: Path) -> None:
    found = read_returns(
        folder_of(tmp_path, oc2="CHILD,DOB,SDQ_SCORE\n1,01/05/2010,9\n", notes="a,b\n1,2\n")
    )
    aside = {file.name: file.note for file in found.files if not file.year}
    assert aside == {"oc2.csv": "table OC2", "notes.csv": "its columns are of no known table"}
    assert listed(found) == {"kept-aside"}


XML = """<?xml version="1.0"?><SSDA903><CHILD><HEADER><CHILDID>1</CHILDID><SEX>1</SEX>
<DOB>2010-05-01</DOB><UASC>1</UASC></HEADER><EPISODE><DECOM>2017-06-01</DECOM><RNE>S</RNE>
<LS>C2</LS><CIN>N1</CIN><PL>K2</PL><PLACE_PROVIDER>PR4</PLACE_PROVIDER><DEC>2018-02-01</DEC>
<REC>E8</REC></EPISODE></CHILD></SSDA903>"""


def test_the_xml_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "return.xml"
    path.write_text(XML)
    spells = make_spells(read_returns(path)).spells
    assert (spells.placement.tolist(), spells.provider.tolist(), spells.group.tolist()) == (
        [2],
        [1],
        [2],
    )


def test_an_external_entity_is_refused_and_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("1042")
    path = tmp_path / "return.xml"
    entity = f'<!DOCTYPE SSDA903 [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    path.write_text(XML.replace("<SSDA903>", f"{entity}<SSDA903>").replace(">1<", ">&x;<", 1))
    text = refusal(path)
    assert "has a DOCTYPE or an entity" in text
    assert "1042" not in text


def test_xml_that_breaks_off_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "return.xml"
    path.write_text(XML[:200])
    assert "is no well-formed XML" in refusal(path)


@pytest.mark.parametrize(
    "name", ["../episodes.csv", "/tmp/episodes.csv", "a/../../e.csv", "C:\\e.csv"]
)
def test_a_zip_whose_path_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "in" / "return.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, EPISODES)
        archive.writestr("header.csv", HEADER)
    assert "its path leads out of the zip" in refusal(path)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["in", "return.zip"]


def test_a_damaged_zip_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "return.zip"
    path.write_bytes(b"PK\x03\x04 and nothing more")
    assert "is not a zip file, or a damaged one" in refusal(path)


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    """A sparse file: it takes no room on the disk, and is not read."""
    path = folder_of(tmp_path)
    with (path / "more.csv").open("wb") as file:
        file.truncate(FILE_MB * MB + 1)
    assert f"is larger than {FILE_MB} MB" in refusal(path)


def test_a_member_that_unpacks_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "return.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("episodes.csv", "w", force_zip64=True) as member:
            for _ in range(FILE_MB + 1):
                member.write(b" " * MB)
        archive.writestr("header.csv", HEADER)
    assert f"is larger than {FILE_MB} MB" in refusal(path)


def test_an_empty_file_is_listed(tmp_path: Path) -> None:
    assert listed(read_returns(folder_of(tmp_path, uasc=""))) == {"empty-file"}


def test_nothing_but_empty_files_is_refused(tmp_path: Path) -> None:
    text = refusal(folder_of(tmp_path, header="", episodes=""))
    assert "no Episodes found" in text
    assert "no Header found" in text


def test_a_missing_column_is_refused_by_name(tmp_path: Path) -> None:
    text = refusal(folder_of(tmp_path, episodes=EPISODES.replace("PLACE_PROVIDER", "SUPPLIER")))
    assert "episodes.csv: Episodes needs a column PLACE_PROVIDER" in text


def test_a_blank_column_is_listed_once(tmp_path: Path) -> None:
    found = check_returns(
        read_returns(folder_of(tmp_path, episodes=EPISODES.replace(",N1,", ",,")))
    )
    problems = found.problems.joined()
    problems = problems[problems["rule"] != "build-up"]
    assert set(problems["rule"]) == {"column-missing"}
    assert problems["found"].tolist() == ["Episodes: CIN", "Episodes: REASON_PLACE_CHANGE"]


def test_a_last_line_that_breaks_off_is_kept_without_its_cut_cell(tmp_path: Path) -> None:
    """Cut within DEC, 01/02/2018 would be read as another day."""
    cut = EPISODES + "1,01/02/2018,P,C2,N1,K2,PR4,01/03/20"
    found = read_returns(folder_of(tmp_path, episodes=cut))
    assert found.episodes["DEC"].tolist()[1] < 0
    account = make_spells(found).account
    assert (account.rows, account.rows_left_out) == (2, 0)
    assert "row-length" in listed(found)


def test_a_stray_quotation_mark_swallows_no_row(tmp_path: Path) -> None:
    rows = EPISODES + '2,"01/06/2017,S,C2,N1,U4,PR1,,,,,,\n3,01/06/2017,S,C2,N1,U4,PR1,,,,,,\n'
    header = HEADER + "2,1,01/05/2010,,,,\n3,1,01/05/2010,,,,\n"
    found = read_returns(folder_of(tmp_path, episodes=rows, header=header))
    assert make_spells(found).account.children_kept == 3


def test_a_row_with_a_cell_too_many_is_left_out_and_listed(tmp_path: Path) -> None:
    rows = EPISODES + "2,01/06/2017,S,C2,N1,U4,PR1,,,,stray, comma,B1,SC1\n"
    found = check_returns(read_returns(folder_of(tmp_path, episodes=rows)))
    assert (found.spelled.account.rows, found.spelled.account.rows_left_out) == (2, 1)
    assert {"row-length", "left-out"} <= set(found.problems.joined()["rule"])


def test_a_child_in_episodes_but_not_in_header_is_listed(tmp_path: Path) -> None:
    found = check_returns(read_returns(folder_of(tmp_path, header=HEADER + "9,1,01/05/2010,,,,\n",
                          episodes=EPISODES + "2,01/06/2017,S,C2,N1,U4,PR1,,,,,,\n")))  # fmt: skip
    account, rules = found.spelled.account, set(found.problems.joined()["rule"])
    assert (account.children, account.children_kept, account.children_left_out) == (3, 1, 2)
    assert {"INT03", "left-out", "no-episodes"} <= rules


def test_a_csv_that_is_a_workbook_is_refused_in_words(tmp_path: Path) -> None:
    assert "is an Excel workbook" in refusal(folder_of(tmp_path, episodes=b"PK\x03\x04xl/rest"))


def test_no_such_folder_is_said(tmp_path: Path) -> None:
    assert "no such folder, zip or file" in refusal(tmp_path / "nothing")


def test_no_value_of_a_return_shows_in_a_repr_or_fault(tmp_path: Path) -> None:
    child = "SECRET77"
    found = read_returns(folder_of(tmp_path, episodes=EPISODES.replace("\n1,", f"\n{child},")))
    checked = check_returns(found)
    assert child not in repr(found) + repr(checked) + repr(found.problems)
