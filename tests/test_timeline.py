"""Birthdays and ages of a run's calendar, beside Python's own dates."""

from datetime import date, timedelta

import numpy as np
import pytest

from lacmodel.timeline import Period, age_on, birthday, birthday_on, timeline

START = date(2016, 2, 1)
BORN = [date(1998, 3, 1) + timedelta(days=days) for days in range(0, 8000, 13)]
BORN += [date(2000, 2, 29), date(2004, 2, 28), date(2012, 2, 29), date(2016, 2, 1)]


@pytest.mark.parametrize("age", [0, 1, 5, 10, 16, 17, 18])
def test_a_birthday_is_the_calendars(age: int) -> None:
    """For one child and for many at once, with whole numbers of Python and of numpy."""
    period = Period(START, 5)
    calendar = timeline(period)
    days = [period.day(born) for born in BORN]
    expected = [period.day(birthday(born, age)) for born in BORN]
    assert [int(birthday_on(calendar, day, age)) for day in days] == expected
    assert birthday_on(calendar, np.array(days, dtype=np.int64), age).tolist() == expected


def test_an_age_changes_on_the_birthday() -> None:
    """The day before it a child is a year younger."""
    period = Period(START, 5)
    calendar = timeline(period)
    for born in BORN:
        for age in (1, 5, 17, 18):
            turns = period.day(birthday(born, age))
            found = [int(age_on(calendar, period.day(born), day)) for day in (turns - 1, turns)]
            assert found == [age - 1, age]
