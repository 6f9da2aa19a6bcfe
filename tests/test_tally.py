"""Counting a future: the year to 31 March, once a child."""

from datetime import date

import pytest

from lacmodel.engines.tally import april_before
from lacmodel.timeline import Period


@pytest.mark.parametrize("year", [2019, 2020])
def test_a_year_to_31_march_has_all_its_nights_leap_years_too(year: int) -> None:
    period, last = Period(date(2017, 4, 1), 5), date(year, 3, 31)
    assert period.day(last) - period.day(april_before(last)) == 365 + (year == 2020) - 1
