"""When a change holds: how much of it is in effect in each month, or on each day."""

from calendar import monthrange
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lacmodel.levers.changes import Change
from lacmodel.timeline import Period

FloatArray = NDArray[np.float64]


def in_effect_by_month(change: Change, period: Period, months: int) -> FloatArray:
    """Share of a change in effect in each month: 0 before it and from its end, 1 in full.

    A ramp grows in a straight line from nothing on the first day; a month takes its mean, so that
    month k of a ramp of n months has (k + 0.5) / n.

    Returns
    -------
    shape (months,)

    >>> from lacmodel.levers.changes import ReEntries
    >>> change = ReEntries.model_validate({"lever": "re_entries", "from": date(2017, 6, 1),
    ...     "to": date(2017, 10, 1), "ramp_months": 2, "multiply": 2.0, "source": "a test"})
    >>> in_effect_by_month(change, Period(date(2017, 4, 1), 1), 8).tolist()
    [0.0, 0.0, 0.25, 0.75, 1.0, 1.0, 0.0, 0.0]
    """
    since = np.arange(months) - period.month(change.from_)
    ramp = np.minimum(1.0, (since + 0.5) / change.ramp_months) if change.ramp_months else 1.0
    ends = months if change.to is None else period.month(change.to)
    return np.where((since >= 0) & (np.arange(months) < ends), ramp, 0.0)


def in_effect_by_day(change: Change, period: Period, days: int, ramped: bool = True) -> FloatArray:
    """Share of a change in effect on each day; a ramp of n months is full n months after its start.

    Returns
    -------
    shape (days,)
    """
    first = period.day(change.from_)
    since = np.arange(days) - first
    full = np.float64(period.day(months_after(change.from_, change.ramp_months)) - first)
    ramp = np.minimum(1.0, since / full) if ramped and change.ramp_months else 1.0
    ends = days if change.to is None else period.day(change.to)
    return np.where((since >= 0) & (np.arange(days) < ends), ramp, 0.0)


def months_after(when: date, months: int) -> date:
    """The day some months after a date; the month's last where it has no such day.

    >>> months_after(date(2017, 11, 12), 3)
    datetime.date(2018, 2, 12)
    >>> months_after(date(2017, 10, 31), 12), months_after(date(2017, 10, 31), 4)
    (datetime.date(2018, 10, 31), datetime.date(2018, 2, 28))
    """
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    return date(year, month + 1, min(when.day, monthrange(year, month + 1)[1]))


def factor(multiply: float, in_effect: FloatArray) -> FloatArray:
    """What a rate is multiplied by: 1 + (multiply - 1) * in_effect; exactly 1 for multiply 1.

    >>> factor(1.2, np.array([0.0, 0.5, 1.0])).round(3).tolist()
    [1.0, 1.1, 1.2]
    """
    return 1.0 + (multiply - 1.0) * in_effect


def replaced(old: FloatArray, new: float | FloatArray, in_effect: FloatArray) -> FloatArray:
    """A value that gives way to another: old + (new - old) * in_effect; exactly old if equal."""
    return old + (new - old) * in_effect
