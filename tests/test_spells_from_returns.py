"""From a return to spells: which rows are placements, and what is no move, no exit and no entry."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from made_returns import episode, made_returns, small_returns, write_returns

from lacmodel.codes import GROUPS, OPEN, PLACEMENTS, PROVIDERS, WHY_ENDED, WHY_STARTED
from lacmodel.ssda903.check import check_returns
from lacmodel.ssda903.read import read_returns
from lacmodel.ssda903.records import OPEN_DAY, day_number, in_care
from lacmodel.ssda903.schema import ProviderRule
from lacmodel.ssda903.spells import Spelled, make_spells


def made(folder: Path, years: dict, births: dict | None = None, mapping: tuple = ()) -> Spelled:
    return make_spells(read_returns(small_returns(folder, years, births)), mapping)


def shown(spelled: Spelled) -> list[tuple[str, ...]]:
    """Spells in words: start, end, placement, provider, why started, why ended."""
    s = spelled.spells
    rows = zip(
        s.start_day, s.end_day, s.placement, s.provider, s.why_started, s.why_ended, strict=True
    )
    return [
        (str(np.datetime64(int(start), "D")),
         "" if end == OPEN_DAY else str(np.datetime64(int(end), "D")),
         PLACEMENTS[placement], PROVIDERS[provider],
         "" if why == OPEN else WHY_STARTED[why], "" if because == OPEN else WHY_ENDED[because])
        for start, end, placement, provider, why, because in rows
    ]  # fmt: skip


def rules(spelled: Spelled) -> set[str]:
    return set(spelled.problems.joined()["rule"])


def test_an_episode_of_three_years_is_one_spell(tmp_path: Path) -> None:
    rows = {
        2018: [episode(1, "01/06/2017")],
        2019: [episode(1, "01/06/2017")],
        2020: [episode(1, "01/06/2017", "02/06/2019", REC="E4A")],
    }
    found = made(tmp_path, rows)
    assert shown(found) == [("2017-06-01", "2019-06-02", "foster", "in_house", "entry", "home")]
    assert (found.account.rows, found.account.rows_used, found.account.rows_merged) == (3, 1, 2)
    assert rules(found) == set()


def test_the_latest_file_counts_where_years_differ(tmp_path: Path) -> None:
    rows = {
        2018: [episode(1, "01/06/2017", PLACE="K2", PLACE_PROVIDER="PR4")],
        2019: [episode(1, "01/06/2017", "01/07/2018", REC="E45")],
    }
    assert shown(made(tmp_path, rows))[0][2:] == ("foster", "in_house", "entry", "sgo")


def test_a_move_has_its_cause(tmp_path: Path) -> None:
    causes = {"CREQB": "breakdown", "CARPL": "planned", "CLOSE": "closure", "": "planned"}
    for number, (reason, cause) in enumerate(causes.items()):
        rows = [
            episode(1, "01/06/2017", "01/07/2017", REC="X1", REASON_PLACE_CHANGE=reason),
            episode(1, "01/07/2017", RNE="P", PLACE="K2", PLACE_PROVIDER="PR4"),
        ]
        first, second = shown(made(tmp_path / str(number), {2018: rows}))
        assert (first[5], second[4]) == (cause, cause)


def test_a_change_of_legal_status_alone_is_no_spell(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "01/07/2017", REC="X1", LS="V2"),
        episode(1, "01/07/2017", RNE="L"),
    ]
    assert shown(made(tmp_path, {2018: rows})) == [
        ("2017-06-01", "", "foster", "in_house", "entry", "")
    ]


def test_the_same_carer_in_another_status_is_no_move(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "01/07/2017", REC="X1", PLACE="U6"),
        episode(1, "01/07/2017", RNE="T", PLACE="U4"),
    ]
    assert len(shown(made(tmp_path, {2018: rows}))) == 1


def test_a_move_between_two_foster_homes_is_a_move(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "01/07/2017", REC="X1", URN="SC1", PL_POST="B1 1AA"),
        episode(1, "01/07/2017", RNE="P", URN="SC1", PL_POST="B2 2BB"),
    ]
    assert len(shown(made(tmp_path, {2018: rows}))) == 2


def supported_recoded(folder: Path, **after: str) -> Path:
    """Forty young people whose H5 became K3 on 28 October 2023."""
    before, then = [], []
    for child in range(1, 41):
        place = {"PL_POST": f"WR{child} 1AA", "PLACE_PROVIDER": "PR4"}
        before.append(episode(child, "01/05/2022", PLACE="H5", **place))
        then.append(episode(child, "01/05/2022", "28/10/2023", PLACE="H5", REC="X1", **place))
        then.append(episode(child, "28/10/2023", RNE="P", PLACE="K3", **place | after))
    births = dict.fromkeys(range(1, 41), "01/02/2007")
    return small_returns(folder, {2023: before, 2024: then}, births)


@pytest.mark.parametrize("after", [{}, {"URN": "SC12345"}, {"PL_POST": ""}], ids=str)
def test_h5_that_becomes_k3_is_no_move(tmp_path: Path, after: dict) -> None:
    found = make_spells(read_returns(supported_recoded(tmp_path, **after)))
    spells = found.spells
    assert len(spells.child) == 40
    for day in (date(2023, 10, 27), date(2023, 10, 28), date(2023, 10, 29)):
        assert in_care(spells, day_number(day)).sum() == 40
    assert set(spells.placement) == {PLACEMENTS.index("supported")}
    assert rules(found) == {"code-change"}


def test_a_young_person_who_moves_on_that_day_has_moved(tmp_path: Path) -> None:
    found = make_spells(read_returns(supported_recoded(tmp_path, PL_POST="EH1 1AA")))
    assert len(found.spells.child) == 80


@pytest.mark.parametrize("new_episode", [True, False])
@pytest.mark.parametrize("known_by", ["URN", "PL_POST"])
def test_foster_children_recoded_from_pr5_to_pr1_do_not_move(
    tmp_path: Path, new_episode: bool, known_by: str
) -> None:
    """400 children, by a new episode at the same place or within the episode that they had."""
    before, then = [], []
    for child in range(1, 401):
        known = {known_by: f"SC{child}"}
        before.append(episode(child, "01/05/2023", PLACE_PROVIDER="PR5", **known))
        if new_episode:
            then.append(
                episode(child, "01/05/2023", "01/10/2024", PLACE_PROVIDER="PR5", REC="X1", **known)
            )
            then.append(episode(child, "01/10/2024", RNE="P", **known))
        else:
            then.append(episode(child, "01/05/2023", **known))
    folder = small_returns(tmp_path, {2024: before, 2025: then})
    found = make_spells(read_returns(folder))
    spells = found.spells
    assert len(spells.child) == 400
    assert (spells.why_ended == OPEN).all()
    stock = [in_care(spells, day_number(date(2024, 10, 1)) + day).sum() for day in (-1, 0, 1)]
    assert stock == [400, 400, 400]


def test_a_company_that_reports_pr5_is_in_house_from_its_date(tmp_path: Path) -> None:
    rows = {
        2019: [episode(1, "01/05/2018", "01/06/2018", PLACE_PROVIDER="PR5"),
               episode(2, "01/05/2018", PLACE_PROVIDER="PR5")],
        2020: [episode(2, "01/05/2018", PLACE_PROVIDER="PR5")],
    }  # fmt: skip
    own = (ProviderRule("PR5", "in_house", date(2019, 10, 1)),)
    assert [row[3] for row in shown(made(tmp_path, rows, mapping=own))] == ["external", "in_house"]


def test_an_overlap_ends_where_the_next_begins(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "20/07/2017", REC="X1"),
        episode(1, "01/07/2017", RNE="P", PLACE="K2"),
    ]
    found = made(tmp_path, {2018: rows})
    assert [row[:2] for row in shown(found)] == [("2017-06-01", "2017-07-01"), ("2017-07-01", "")]
    assert "501" in rules(found)


def test_a_gap_before_a_move_belongs_to_the_placement_before_it(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "01/07/2017", REC="X1"),
        episode(1, "09/07/2017", RNE="P", PLACE="K2"),
    ]
    found = made(tmp_path, {2018: rows})
    assert [row[1] for row in shown(found)] == ["2017-07-09", ""]
    assert rules(found) == {"433"}


def test_a_child_who_comes_back_later_re_enters(tmp_path: Path) -> None:
    rows = [episode(1, "01/06/2017", "01/07/2017", REC="E4A"), episode(1, "09/07/2017")]
    found = made(tmp_path, {2018: rows})
    assert [row[4:] for row in shown(found)] == [("entry", "home"), ("re_entry", "")]
    assert found.spells.period.tolist() == [0, 1]
    assert rules(found) == set()


def test_a_child_who_is_back_on_the_day_of_leaving_never_left(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "01/07/2017", REC="E4A", URN="SC1"),
        episode(1, "01/07/2017", URN="SC1"),
    ]
    found = made(tmp_path, {2018: rows})
    assert len(shown(found)) == 1
    assert "431" in rules(found)


def test_an_exit_without_continuation_of_x1_is_not_known(tmp_path: Path) -> None:
    found = made(tmp_path, {2018: [episode(1, "01/06/2017", "01/07/2017", REC="X1")]})
    assert shown(found)[0][1:] == ("2017-07-01", "foster", "in_house", "entry", "")
    assert rules(found) == {"388"}


def test_a_temporary_placement_belongs_to_the_one_around_it(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "01/07/2017", REC="X1", PL_POST="B1 1AA"),
        episode(1, "01/07/2017", "09/07/2017", RNE="T", REC="X1", PLACE="T1", PLACE_PROVIDER=""),
        episode(1, "09/07/2017", RNE="P", PL_POST="B1 1AA"),
    ]
    found = made(tmp_path, {2018: rows})
    assert shown(found) == [("2017-06-01", "", "foster", "in_house", "entry", "")]
    assert found.account.rows_merged == 2


def test_short_breaks_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "08/06/2017", LS="V3"),
        episode(2, "01/06/2017", "08/06/2017", REC="X1", LS="V4"),
        episode(2, "08/06/2017", "08/07/2017", REC="X1", RNE="B", LS="C2"),
        episode(2, "08/07/2017", RNE="L", LS="V4"),
    ]
    found = made(tmp_path, {2018: rows})
    assert shown(found) == [("2017-06-08", "", "foster", "in_house", "entry", "")]
    assert (found.account.children_kept, found.account.children_left_out) == (1, 1)
    assert rules(found) == {"short-breaks", "short-breaks-within", "left-out"}


def test_care_begins_at_birth_and_ends_on_the_18th_birthday(tmp_path: Path) -> None:
    """A child born on 29 February turns 18 on 1 March."""
    rows = [
        episode(1, "01/05/2017", RNE="S"),
        episode(2, "01/05/2017", "09/03/2018", REC="E17"),
    ]
    births = {1: "10/05/2017", 2: "29/02/2000"}
    found = made(tmp_path, {2018: rows}, births)
    assert shown(found) == [
        ("2017-05-10", "", "foster", "in_house", "entry", ""),
        ("2017-05-01", "2018-03-01", "foster", "in_house", "entry", "turned_18"),
    ]
    assert found.spells.stayed_on.tolist() == [False, True]
    assert rules(found) == {"302", "359"}


def test_an_adult_is_left_out_and_listed(tmp_path: Path) -> None:
    found = made(tmp_path, {2018: [episode(1, "01/05/2017")]}, {1: "01/04/1999"})
    assert found.account.children_left_out == 1
    assert rules(found) == {"352", "left-out"}


def test_an_episode_of_no_night_passes_its_exit_on(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", "01/07/2017", REC="X1"),
        episode(1, "01/07/2017", "01/07/2017", RNE="P", REC="E4A", PLACE="K2"),
    ]
    found = made(tmp_path, {2018: rows})
    assert shown(found) == [("2017-06-01", "2017-07-01", "foster", "in_house", "entry", "home")]
    assert rules(found) == {"355"}


def test_a_ghost_is_closed_at_the_years_end_after_which_it_vanishes(tmp_path: Path) -> None:
    """The night of 31 March is the last that the files show; how care ended is not known."""
    rows = {
        2018: [episode(1, "01/06/2017"), episode(2, "01/06/2017")],
        2019: [episode(2, "01/06/2017")],
    }
    found = made(tmp_path, rows)
    assert [row[1] for row in shown(found)] == ["2018-04-01", ""]
    assert found.spells.why_ended.tolist() == [OPEN, OPEN]
    assert in_care(found.spells, day_number(date(2018, 3, 31))).sum() == 2
    assert rules(found) == {"1010"}


def test_a_child_missing_from_one_years_file_stays_in_care(tmp_path: Path) -> None:
    rows = {
        2018: [episode(1, "01/06/2017")],
        2019: [episode(2, "01/06/2018")],
        2020: [episode(1, "01/06/2017"), episode(2, "01/06/2018")],
    }
    found = check_returns(read_returns(small_returns(tmp_path, rows)))
    assert len(found.spelled.spells.child) == 2
    assert set(found.problems.joined()["rule"]) - {"column-missing"} == {"562", "build-up"}


def test_siblings_come_from_one_home_on_one_day(tmp_path: Path) -> None:
    rows = [
        episode(1, "01/06/2017", HOME_POST="WR1 1AA"),
        episode(2, "01/06/2017", HOME_POST="wr11aa "),
        episode(3, "02/06/2017", HOME_POST="WR1 1AA"),
        episode(4, "01/06/2017"),
        episode(5, "01/06/2017"),
    ]
    family = made(tmp_path, {2018: rows}).spells.family
    assert family[0] == family[1]
    assert len(set(family.tolist())) == 4


def test_groups_come_from_the_uasc_table_and_the_need_code(tmp_path: Path) -> None:
    rows = [episode(1, "01/06/2017"), episode(2, "01/06/2017", CIN="N2"), episode(3, "01/06/2017")]
    folder = small_returns(tmp_path, {2018: rows})
    (folder / "uasc_2017-18.csv").write_text("CHILD,SEX,DOB,DUC\n3,1,01/05/2010,\n")
    spells = make_spells(read_returns(folder)).spells
    assert [GROUPS[group] for group in spells.group] == ["general", "disability", "uasc"]


def test_a_period_that_began_before_the_first_file_is_truncated(tmp_path: Path) -> None:
    rows = {2018: [episode(1, "01/06/2015", RNE="P"), episode(2, "01/06/2015")]}
    spells = made(tmp_path, rows).spells
    assert spells.period_start_seen.tolist() == [False, True]
    assert [WHY_STARTED[why] if why >= 0 else "" for why in spells.why_started] == ["", "entry"]
    assert (spells.first_day, spells.last_day) == (
        day_number(date(2017, 4, 1)), day_number(date(2018, 3, 31))
    )  # fmt: skip


def test_spells_of_a_period_join_and_no_child_is_in_two_places(tmp_path: Path) -> None:
    found = make_spells(read_returns(write_returns(made_returns(300), tmp_path)))
    s = found.spells
    assert (s.end_day > s.start_day).all()
    same = (s.child[1:] == s.child[:-1]) & (s.period[1:] == s.period[:-1])
    assert (s.start_day[1:][same] == s.end_day[:-1][same]).all()
    later = (s.child[1:] == s.child[:-1]) & ~same
    assert (s.start_day[1:][later] > s.end_day[:-1][later]).all()
    assert found.account.rows == sum(
        (found.account.rows_used, found.account.rows_merged, found.account.rows_left_out)
    )
    assert found.account.rows_used == len(s.child)
