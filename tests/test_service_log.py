"""A service's own log: what is refused, what is counted, and what is not said too early."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from lacmodel.analyses import service_log
from lacmodel.analyses.service_log import (
    Child,
    at_times,
    benchmark,
    compared,
    reached_on,
    read_log,
    sorted_log,
    survival,
)
from lacmodel.faults import InputFaults

HEADER = "referral_date,age,engaged,entered_date,followed_until\n"
END = date(2017, 7, 31)
START = date(2017, 5, 1)


def write(folder: Path, rows: str, header: str = HEADER) -> Path:
    path = folder / "log.csv"
    path.write_text(header + rows, encoding="utf-8")
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(InputFaults) as found:
        read_log(path)
    return [str(fault).removeprefix(f"{path}: ") for fault in found.value.faults]


def child(referred: int, entered: int | None = None, until: int = 91, group: str = "service"):
    """A child by days since the service began."""
    came = None if entered is None else START + timedelta(days=entered)
    days = (START + timedelta(days=day) for day in (referred, until))
    first, last = days
    return Child(first, 12, True, came, last, group)


def test_every_fault_of_a_log_is_told_at_once(tmp_path):
    rows = (
        "2017-05-01,-3,maybe,=1+1,2017-07-31\n"
        "2017-08-01,12,yes,,2017-07-31\n"
        "2017-05-01,ten,yes,,31.7.2017\n"
        "2017-05-01,10,yes,2017-04-05,2017-07-31\n"
        "01/05/2017,10,yes,05/08/2017,31/07/2017\n"
        "2017-05-01,10,yes,,\n"
        "2017-05-01,10\n"
    )
    found = faults_of(write(tmp_path, rows))
    starts = [
        "line 2: age = -3",
        "line 2: engaged = maybe",
        "line 2: entered_date = =1+1",
        "line 3: followed_until = 2017-07-31: must not be before the referral, 2017-08-01",
        "line 4: age = ten",
        "line 4: followed_until = 31.7.2017",
        "line 5: entered_date = 2017-04-05: must not be before the referral, 2017-05-01",
        "line 6: entered_date = 2017-08-05: must not be after followed_until, 2017-07-31",
        "line 7: followed_until = ",
        "line 8: has 2 cells; the header has 5",
    ]
    assert len(found) == len(starts)
    assert [fault[: len(start)] for fault, start in zip(found, starts, strict=True)] == starts


def test_a_log_with_names_is_refused(tmp_path):
    path = write(tmp_path, "=cmd(),2017-05-01,12,yes,,2017-07-31\n", "name," + HEADER)
    assert "line 1 = name: is not a column of this file" in faults_of(path)[0]


def test_a_log_without_anybody_supported_is_refused(tmp_path):
    assert "has no child" in faults_of(write(tmp_path, "2017-05-01,12,no,,2017-07-31\n"))[0]


def test_an_empty_file_is_refused(tmp_path):
    assert faults_of(write(tmp_path, "", "")) == ["is empty"]


def test_two_rows_alike_are_two_children(tmp_path):
    rows = 2 * "2017-05-01,12,yes,,2017-07-31\n"
    assert len(read_log(write(tmp_path, rows))) == 2


def test_dates_as_excel_saves_them_are_day_first(tmp_path):
    row = read_log(write(tmp_path, "02/05/2017,12,yes,,31/07/2017\n"))[0]
    assert row.referral_date == date(2017, 5, 2)
    assert row.follow_up_days == 90


def test_kaplan_meier_is_the_product_of_the_shares_that_stay_out():
    # Of 4 children one enters on day 10, one is lost on day 20, one enters on day 30: the share
    # out is 1, then 3/4, then 3/4 x 1/2.
    some = (child(0, 10), child(0, None, 20), child(0, 30), child(0))
    curve = survival(some)
    assert [curve.at(day) for day in (9, 10, 29, 30, 80)] == [1, 0.75, 0.75, 0.375, 0.375]


def test_nobody_entering_is_a_share_of_one():
    assert survival((child(0), child(1))).at(50) == 1.0


def test_a_time_that_few_have_reached_is_refused_with_its_date():
    some = tuple(child(2 * day) for day in range(26))  # referred 1 May to 20 June
    times = {when.weeks: when for when in at_times(some, 12)}
    assert times[4].share is not None
    assert times[12].reached == 4  # 1 to 7 May: 84 days before 31 July is 8 May
    assert times[12].share is None
    assert times[12].given_on == START + timedelta(days=18 + 84)
    assert times[12].given_on == reached_on(some, 84)


def test_nine_children_never_reach_ten():
    assert reached_on(tuple(child(day) for day in range(9)), 28) is None


def test_a_child_who_entered_counts_only_when_its_time_has_come_for_all():
    early_entry = [child(80, 85, until=85)]
    others = [child(0) for _ in range(10)]
    times = {when.weeks: when for when in at_times((*others, *early_entry), 12)}
    assert times[12].reached == 10  # the eleventh was referred only 11 days before the end
    assert times[12].out == 10


def test_the_benchmark_is_the_share_of_groups_with_as_good_a_count():
    log = sorted_log([*(child(day) for day in range(8)), child(8, 20), child(9, 20)])
    mark = benchmark(log, np.array([7, 8, 9, 6]))
    assert (mark.out, mark.children, mark.chance) == (8, 10, 0.5)


def test_a_comparison_group_gives_a_difference_with_newcombes_interval():
    # 18 of 20 against 12 of 20, all followed for 84 days. Newcombe's interval by hand from the
    # Wilson intervals (0.699, 0.972) and (0.387, 0.781): 0.3 - sqrt(0.201**2 + 0.181**2) and
    # 0.3 + sqrt(0.072**2 + 0.213**2).
    service = [child(0) for _ in range(18)] + [child(0, 30) for _ in range(2)]
    others = [child(0, group="comparison") for _ in range(12)]
    others += [child(0, 30, group="comparison") for _ in range(8)]
    found = compared(sorted_log(service + others), 12)
    assert found is not None
    assert (found.days, found.service, found.comparison) == (84, (18, 20), (12, 20))
    assert list(found.difference) == pytest.approx([0.3, 0.0299, 0.5250], abs=1e-3)


def test_those_who_did_not_take_part_count_beside_a_comparison_group():
    service = [child(0)._replace(engaged=day > 2) for day in range(12)]
    others = [child(0, group="comparison") for _ in range(10)]
    log = sorted_log(service + others)
    assert len(log.supported) == 9
    found = compared(log, 12)
    assert found is not None
    assert found.service == (12, 12)


def test_a_small_comparison_group_gives_none():
    log = sorted_log([child(day) for day in range(12)] + [child(0, group="comparison")])
    assert compared(log, 12) is None


def test_too_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(service_log, "MOST_ROWS", 1)
    rows = 2 * "2017-05-01,12,yes,,2017-07-31\n"
    assert "at most 1 rows" in faults_of(write(tmp_path, rows))[0]
