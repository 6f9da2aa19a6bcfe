"""Children one by one, as a return or a list of today's placements tells of them.

Nothing here names a child: a record holds the month or day of birth, dates, and what is paid. Such
records live in memory only; they are read anew for every run and written nowhere.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from lacmodel.codes import (
    KIND_OF,
    RE_ENTRY_DAYS,
    RETURNABLE,
    STANDARD,
    TURNED_18,
)
from lacmodel.ssda903.records import EPOCH, OPEN_DAY, ReturnSpells, day_number, in_care
from lacmodel.timeline import birthday


@dataclass(frozen=True, slots=True)
class ChildInCare:
    """One child in care on the night before the start."""

    born_from: date  # the day of birth lies from this day
    born_to: date  # to this one: the same day where it is known
    in_care_since: date  # first day of the period of care
    placement_since: date  # first day of the present placement
    kind: int
    group: int
    level: int = STANDARD
    gbp_per_week: float | None = None  # None: the price of the kind
    contribution_gbp_per_week: float | None = None  # None: the income of the kind
    expected_end: date | None = None  # of the placement
    expected_reason: int | None = None  # place in REASONS, if the child then leaves care
    expected_need: int | None = None  # place in PLACEMENTS, if the child then moves


@dataclass(frozen=True, slots=True)
class PastLeaver:
    """One child who left care before the start and may come back."""

    born: date
    left: date
    reason: int  # place in REASONS
    group: int


def month_of_birth(year: int, month: int) -> tuple[date, date]:
    """The first and the last day of a month.

    >>> month_of_birth(2012, 2)
    (datetime.date(2012, 2, 1), datetime.date(2012, 2, 29))
    """
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def children_of(
    spells: ReturnSpells, start: date
) -> tuple[tuple[ChildInCare, ...], tuple[PastLeaver, ...]]:
    """The children in care on the night before a start, and those who left and may come back.

    A period whose first day is not seen began on or before its first spell: that day is taken, so
    time in care is then the least that it can be. A child who has come back is no past leaver, and
    who is 18 is no child in care.

    Raises
    ------
    ValueError
        if the spells do not cover the night before the start
    """
    night = day_number(start) - 1
    if not spells.first_day <= night <= spells.last_day:
        covered = f"{_date(spells.first_day)} to {_date(spells.last_day)}"
        raise ValueError(f"the returns cover {covered}, not the night before {start}")
    begun = _first_day_of_period(spells)
    minor = [birthday(_date(born), 18) > _date(night) for born in spells.birth_day]
    here = in_care(spells, night) & np.array(minor, dtype=np.bool_)
    children = tuple(_child(spells, int(at), begun) for at in np.flatnonzero(here))
    return children, tuple(_past_leavers(spells, night, set(spells.child[here].tolist())))


def _child(spells: ReturnSpells, at: int, begun: dict[tuple[int, int], int]) -> ChildInCare:
    born = _date(spells.birth_day[at])
    kind = KIND_OF[int(spells.placement[at])][int(spells.provider[at])]
    first = begun[int(spells.child[at]), int(spells.period[at])]
    return ChildInCare(
        born_from=born,
        born_to=born,
        in_care_since=_date(first),
        placement_since=_date(spells.start_day[at]),
        kind=kind,
        group=int(spells.group[at]),
    )


def _first_day_of_period(spells: ReturnSpells) -> dict[tuple[int, int], int]:
    """The first day that is seen of every child's periods of care."""
    begun: dict[tuple[int, int], int] = {}
    for child, period, start in zip(
        spells.child.tolist(), spells.period.tolist(), spells.start_day.tolist(), strict=True
    ):
        begun[child, period] = min(start, begun.get((child, period), OPEN_DAY))
    return begun


def _past_leavers(spells: ReturnSpells, night: int, here: set[int]) -> list[PastLeaver]:
    """Each child's last leaving, if it may be followed by a re-entry after the start."""
    last: dict[int, int] = {}
    ended = (spells.end_day <= night) & (spells.why_ended >= 0) & (spells.why_ended <= TURNED_18)
    for at in np.flatnonzero(ended).tolist():
        before = last.get(int(spells.child[at]))
        if before is None or spells.end_day[at] > spells.end_day[before]:
            last[int(spells.child[at])] = at
    found = []
    for child, at in last.items():
        recent = spells.end_day[at] > night - RE_ENTRY_DAYS
        minor = birthday(_date(spells.birth_day[at]), 18) > _date(night + 1)
        if child not in here and recent and minor and spells.why_ended[at] < RETURNABLE:
            found.append(
                PastLeaver(
                    _date(spells.birth_day[at]),
                    _date(spells.end_day[at]),
                    int(spells.why_ended[at]),
                    int(spells.group[at]),
                )
            )
    return found


def _date(day: int) -> date:
    return EPOCH + timedelta(days=int(day))
