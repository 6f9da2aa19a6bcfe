"""A service's own log: one row a child, without names, and what can be said from it.

The log says when each child was referred, how old it was, whether the family took part, when it
came into care if it did, and until when somebody looked. A last column may tell the service's
children from those of a comparison group. Rows may be alike: nothing in the log names a child.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area.dates import iso_date
from lacmodel.area.files import (
    Column,
    RowFault,
    Sheet,
    Values,
    blank_or,
    read_sheet,
    read_text,
    whole,
    words,
    yes_or_no,
)
from lacmodel.faults import Fault, InputFaults

SERVICE: Final = "service"
COMPARISON: Final = "comparison"
LEAST_CHILDREN: Final = 10  # that have reached a time before anything is said of it
MOST_ROWS: Final = 100_000
DAYS_PER_WEEK: Final = 7
WEEKS_SHOWN: Final = (4, 12, 26, 52)
LEVEL: Final = 0.95


class Child(NamedTuple):
    """One row of a log."""

    referral_date: date
    age: int
    engaged: bool
    entered_date: date | None
    followed_until: date
    group: str = SERVICE

    @property
    def entered(self) -> bool:
        """Whether the child had come into care by the last day that anybody looked."""
        return self.entered_date is not None

    @property
    def follow_up_days(self) -> int:
        """Days from referral to the last day that anybody looked."""
        return (self.followed_until - self.referral_date).days

    @property
    def days_seen(self) -> int:
        """Days from referral to entry or, without one, to the end of follow-up."""
        return ((self.entered_date or self.followed_until) - self.referral_date).days


class Interval(NamedTuple):
    """An estimate, and the ends of its interval."""

    estimate: float
    low: float
    high: float


# Reading -----------------------------------------------------------------------------------------


def british_or_iso_date(text: str) -> date:
    """A date as Excel saves it here, day first, or year first.

    >>> british_or_iso_date("31/07/2017") == british_or_iso_date("2017-07-31")
    True
    """
    day_first = re.fullmatch(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", text)
    try:
        return iso_date(f"{day_first[3]}-{day_first[2]}-{day_first[1]}" if day_first else text)
    except ValueError as error:
        raise ValueError(f"{error}, or like 01/04/2017") from error


def _in_order(values: Values) -> Values:
    """A row whose dates follow each other: referral, entry, last day that anybody looked."""
    referred, entered = values["referral_date"], values["entered_date"]
    until = values["followed_until"]
    if until < referred:
        raise RowFault("followed_until", until, f"must not be before the referral, {referred}")
    if entered is not None and entered < referred:
        raise RowFault("entered_date", entered, f"must not be before the referral, {referred}")
    if entered is not None and entered > until:
        raise RowFault("entered_date", entered, f"must not be after followed_until, {until}")
    return values


COLUMNS: Final = (
    Column("referral_date", british_or_iso_date),
    Column("age", whole(0, 17)),
    Column("engaged", yes_or_no),
    Column("entered_date", blank_or(british_or_iso_date)),
    Column("followed_until", british_or_iso_date),
)
GROUP: Final = Column("group", words(SERVICE, COMPARISON))


def read_log(path: Path) -> list[Child]:
    """The rows of a log, in order of referral.

    Raises
    ------
    InputFaults
        with every fault in the file
    """
    faults: list[Fault] = []
    text = read_text(path, faults)
    header = next(csv.reader(io.StringIO(text or "")), [])
    grouped = "group" in [name.strip() for name in header]
    sheet = Sheet((*COLUMNS, GROUP) if grouped else COLUMNS, (), _in_order)
    rows = read_sheet((path,), sheet, faults) if text is not None else []
    children = sorted((Child(**row) for row in rows), key=lambda child: child.referral_date)
    if not faults and not any(_supported(child) for child in children):
        rule = "has no child of the service whose family took part (engaged: yes)"
        faults.append(Fault(path, "", None, rule))
    if len(children) > MOST_ROWS:
        faults.append(Fault(path, "rows", len(children), f"at most {MOST_ROWS:,} rows can be read"))
    if faults:
        raise InputFaults(faults)
    return children


def _supported(child: Child) -> bool:
    return child.engaged and child.group == SERVICE


# Counting ----------------------------------------------------------------------------------------


def wilson(count: int, of: int) -> Interval:
    """A share with its 95% Wilson interval, which is of the count and says nothing of an effect.

    >>> [round(part, 3) for part in wilson(23, 26)]
    [0.885, 0.71, 0.96]
    """
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, of, alpha=1 - LEVEL, method="wilson")
    return Interval(count / of, float(low), float(high))


@dataclass(frozen=True, slots=True)
class Log:
    """The children of a log, told apart by what they can be used for."""

    supported: tuple[Child, ...]  # of the service, whose families took part
    not_engaged: tuple[Child, ...]  # of the service, whose families did not
    comparison: tuple[Child, ...]

    @property
    def out(self) -> int:
        """Supported children who had not come into care when they were last looked at."""
        return sum(not child.entered for child in self.supported)

    @property
    def follow_up_days(self) -> NDArray[np.int64]:
        """Days of follow-up of the supported children, in order of referral."""
        return np.array([child.follow_up_days for child in self.supported], dtype=np.int64)


def sorted_log(children: list[Child]) -> Log:
    """A log's children by what they can be used for."""
    service = [child for child in children if child.group == SERVICE]
    return Log(
        tuple(child for child in service if child.engaged),
        tuple(child for child in service if not child.engaged),
        tuple(child for child in children if child.group == COMPARISON),
    )


def reached(children: tuple[Child, ...], days: int) -> list[Child]:
    """The children whose state so many days after referral is known.

    A child who came into care is known of as soon as that day has come for the log as a whole, so
    that entries do not count before the others had their time.
    """
    end = max((child.followed_until for child in children), default=date.min)
    return [
        child
        for child in children
        if child.follow_up_days >= days
        or (child.entered and child.referral_date + timedelta(days=days) <= end)
    ]


def out_after(children: list[Child], days: int) -> int:
    """How many had not come into care within so many days of referral."""
    return sum(not child.entered or child.days_seen >= days for child in children)


def reached_on(children: tuple[Child, ...], days: int) -> date | None:
    """The first date on which ten children can have reached a time; None where there are not ten.

    >>> from datetime import date
    >>> ten = [Child(date(2017, 5, day), 12, True, None, date(2017, 7, 31)) for day in range(1, 11)]
    >>> reached_on(tuple(ten), 84)
    datetime.date(2017, 8, 2)
    """
    referrals = sorted(child.referral_date for child in children)
    if len(referrals) < LEAST_CHILDREN:
        return None
    return referrals[LEAST_CHILDREN - 1] + timedelta(days=days)


# Time to entry -----------------------------------------------------------------------------------


class Survival(NamedTuple):
    """Kaplan-Meier: the share not yet in care, by days after referral on which somebody entered."""

    days: NDArray[np.float64]
    still_out: NDArray[np.float64]
    at_risk: NDArray[np.float64]

    def at(self, day: int) -> float:
        """The share not yet in care so many days after referral."""
        before = np.searchsorted(self.days, day, side="right")
        return float(self.still_out[before - 1]) if before else 1.0


def survival(children: tuple[Child, ...]) -> Survival:
    """Time from referral to coming into care, those not yet in care being censored."""
    entered = np.array([child.entered for child in children])
    if not entered.any():
        return Survival(*(np.zeros(0) for _ in Survival._fields))
    from statsmodels.duration.survfunc import SurvfuncRight

    # An entry on the day of referral counts as on the next: survival time has to be more than 0.
    days = np.maximum([child.days_seen for child in children], 0.5)
    curve = SurvfuncRight(days, entered.astype(int))
    return Survival(curve.surv_times, curve.surv_prob, np.asarray(curve.n_risk, dtype=float))


class AtTime(NamedTuple):
    """What a log says of one time after referral, or when it can."""

    weeks: int
    reached: int
    out: int | None  # None: too few have reached it
    share: Interval | None  # of the count
    kaplan_meier: float | None
    given_on: date | None  # where too few have reached it; None: never with these children


def at_times(children: tuple[Child, ...], weeks: int) -> list[AtTime]:
    """What can be said of the usual times, and of the service's own."""
    curve = survival(children)
    return [_at_time(children, curve, some) for some in sorted({*WEEKS_SHOWN, weeks})]


def _at_time(children: tuple[Child, ...], curve: Survival, weeks: int) -> AtTime:
    days = DAYS_PER_WEEK * weeks
    known = reached(children, days)
    if len(known) < LEAST_CHILDREN:
        return AtTime(weeks, len(known), None, None, None, reached_on(children, days))
    out = out_after(known, days)
    return AtTime(weeks, len(known), out, wilson(out, len(known)), curve.at(days - 1), None)


# Against a benchmark or a comparison group --------------------------------------------------------


class Benchmark(NamedTuple):
    """A log's count beside what no service would have shown."""

    children: int
    out: int
    without: Interval  # middle, and the range of eight groups of children in ten
    chance: float  # of a count at least as good with no service
    groups: int


def benchmark(log: Log, without: NDArray[np.int64]) -> Benchmark:
    """Set a log's count beside counts made with no service: shape (groups of children,)."""
    low, middle, high = np.quantile(without, (0.1, 0.5, 0.9))
    chance = float((without >= log.out).mean())
    between = Interval(float(middle), float(low), float(high))
    return Benchmark(len(log.supported), log.out, between, chance, len(without))


class Compared(NamedTuple):
    """The service's children beside a comparison group, so many days after referral."""

    days: int
    service: tuple[int, int]  # out, of
    comparison: tuple[int, int]
    difference: Interval  # of the shares out, service less comparison


def compared(log: Log, weeks: int) -> Compared | None:
    """The difference at the latest of the usual times that ten children of each group reached.

    Its 95% interval is Newcombe's, made from the Wilson intervals of both shares. All children of
    the service count, whether or not their families took part, as in a trial.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    service = (*log.supported, *log.not_engaged)
    for some in sorted({*WEEKS_SHOWN, weeks}, reverse=True):
        days = DAYS_PER_WEEK * some
        known = [reached(group, days) for group in (service, log.comparison)]
        if min(map(len, known)) >= LEAST_CHILDREN:
            first, second = ((out_after(group, days), len(group)) for group in known)
            low, high = confint_proportions_2indep(
                *first, *second, method="newcomb", compare="diff", alpha=1 - LEVEL
            )
            gap = first[0] / first[1] - second[0] / second[1]
            return Compared(days, first, second, Interval(gap, float(low), float(high)))
    return None


def follow_up(log: Log) -> dict[str, Any]:
    """How long the supported children were looked at, in days."""
    days = log.follow_up_days
    return {
        "shortest": int(days.min()),
        "middle": float(np.median(days)),
        "longest": int(days.max()),
    }
