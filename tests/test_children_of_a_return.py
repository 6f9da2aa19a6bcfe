"""Spells of a return become opening children and past leavers."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from made_list import WORCESTERSHIRE, no_places

from lacmodel.area import read_area
from lacmodel.area.children import children_of
from lacmodel.codes import FOSTER, IN_HOUSE, KIND_OF, OPEN, SUPPORTED, TIME_BANDS
from lacmodel.listed import with_children
from lacmodel.opening import opening_children, past_leavers
from lacmodel.ssda903.records import OPEN_DAY, ReturnSpells, day_number
from lacmodel.timeline import Period, timeline

START = date(2020, 4, 1)
HOME, ADOPTED, BREAKDOWN = 0, 3, 8


def spell(
    child: int,
    starts: date,
    ends: date | None = None,
    why: int = OPEN,
    born: date = date(2010, 5, 6),
    period: int = 0,
    placement: int = FOSTER,
    seen: bool = True,
) -> dict:
    return {
        "child": child,
        "family": child,
        "period": period,
        "birth_day": day_number(born),
        "group": 0,
        "start_day": day_number(starts),
        "end_day": OPEN_DAY if ends is None else day_number(ends),
        "placement": placement,
        "provider": IN_HOUSE,
        "why_started": 1,
        "why_ended": why,
        "stayed_on": False,
        "period_start_seen": seen,
    }


def spells(*rows: dict, last: date = date(2020, 3, 31)) -> ReturnSpells:
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return ReturnSpells(day_number(date(2014, 4, 1)), day_number(last), **columns)


def test_a_child_in_care_on_the_night_before_keeps_the_dates_of_the_return() -> None:
    moved = date(2019, 6, 1)
    children, left = children_of(
        spells(
            spell(1, date(2018, 2, 3), moved, BREAKDOWN),
            spell(1, moved, placement=SUPPORTED),
        ),
        START,
    )
    (child,) = children
    assert (child.born_from, child.born_to) == (date(2010, 5, 6),) * 2
    assert (child.in_care_since, child.placement_since) == (date(2018, 2, 3), moved)
    assert child.kind == KIND_OF[SUPPORTED][IN_HOUSE]
    assert left == ()


def test_a_spell_holds_the_night_before_its_end_day() -> None:
    night = START - timedelta(days=1)
    children, left = children_of(
        spells(
            spell(1, date(2019, 5, 1), START, HOME),
            spell(2, date(2019, 5, 1), night, HOME),
            last=date(2020, 4, 30),
        ),
        START,
    )
    assert len(children) == 1
    assert [child.left for child in left] == [night]


def test_a_period_whose_start_is_not_seen_begins_with_its_first_spell() -> None:
    first = date(2014, 7, 9)
    (child,), _ = children_of(spells(spell(1, first, seen=False)), START)
    assert child.in_care_since == child.placement_since == first


def test_past_leavers_are_those_who_may_come_back() -> None:
    came, went = date(2018, 1, 1), date(2019, 1, 1)
    children, left = children_of(
        spells(
            spell(1, came, went, HOME),  # may come back
            spell(2, came, went, ADOPTED),  # no re-entry follows
            spell(3, came, went, HOME, born=date(2002, 4, 1)),  # turns 18 on the start
            spell(4, came, went, HOME),  # has come back
            spell(4, date(2019, 5, 1), period=1),
            spell(5, came, date(2018, 3, 1), HOME),  # came and left twice
            spell(5, date(2018, 6, 1), went, HOME, period=1),
        ),
        START,
    )
    assert len(children) == 1
    assert [child.left for child in left] == [went, went]
    assert {child.reason for child in left} == {HOME}


def test_leavers_of_more_than_six_years_ago_are_not_kept() -> None:
    returns = spells(spell(1, date(2014, 4, 2), date(2014, 4, 5), HOME), last=date(2021, 3, 31))
    assert len(children_of(returns, date(2020, 4, 1))[1]) == 1
    assert children_of(returns, date(2020, 4, 7))[1] == ()


def test_a_return_makes_the_start_of_a_run() -> None:
    area = replace(read_area(WORCESTERSHIRE), start=START)
    children, left = children_of(
        spells(
            spell(1, date(2018, 2, 3)),
            spell(2, date(2018, 1, 1), date(2019, 1, 1), HOME),
        ),
        START,
    )
    area = with_children(area, children, left)
    calendar = timeline(Period(START, 1))
    tables = no_places(calendar)
    opening, past = opening_children(area, calendar, tables), past_leavers(area, calendar)
    assert opening.birth_day.tolist() == [(date(2010, 5, 6) - START).days]
    assert opening.first_day.tolist() == [(date(2018, 2, 3) - START).days]
    assert past.left_day.tolist() == [(date(2019, 1, 1) - START).days]
    assert past.reason.tolist() == [HOME]
    (row,) = area.opening
    assert (row.age, row.kind, row.children) == (9, KIND_OF[FOSTER][IN_HOUSE], 1)
    assert row.time_band == TIME_BANDS.index("2 to 5 years")
    assert area.internal


def test_an_adult_in_a_return_is_no_child_in_care() -> None:
    night = START - timedelta(days=1)
    eighteen = (spell(at, date(2018, 1, 1), born=night.replace(year=2002)) for at in (1,))
    children, _ = children_of(
        spells(*eighteen, spell(2, date(2018, 1, 1), born=START.replace(year=2002))), START
    )
    assert [child.born_from for child in children] == [date(2002, 4, 1)]


def test_returns_that_do_not_cover_the_night_before_are_refused() -> None:
    with pytest.raises(ValueError, match="not the night before 2020-04-02"):
        children_of(spells(spell(1, date(2018, 1, 1))), date(2020, 4, 2))
