"""Foster carers: the council's own fostering households as stocks and flows.

People enquire, some apply and are assessed, and some of those are approved a lead time after the
enquiry. Every household leaves by a hazard of its own. Mainstream households carry approved places
and so decide how many children the council's own foster care can take; kinship households are
approved for a child whom they know, and are counted apart.

A future's households are drawn before any engine starts, by keys of their own, and change the
usable places of its in-house foster rows: both event engines read the same places. `stock_flow`
reads the expected households.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled
from lacmodel.randomness import Purpose, exponential, uniform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DAYS_PER_YEAR: Final = 365.25
MEASURES: Final = {  # and their units; `households` alone has no default
    "households": "households",
    "places_per_household": "places",
    "enquiries_a_year": "enquiries a household",
    "applied_share": "share of enquiries",
    "approved_share": "share of applications",
    "lead_days": "days",
    "deregistered_a_year": "events a household",
    "kinship_households": "households",
    "kinship_approved_a_year": "events a household",
    "kinship_deregistered_a_year": "events a household",
}
SHARES: Final = ("applied_share", "approved_share")
MAINSTREAM, KINSHIP = range(2)
COURSE: Final = ("households", "enquiries", "in_assessment", "approvals", "deregistrations")
HOUSEHOLDS, ENQUIRIES, IN_ASSESSMENT, APPROVALS, DEREGISTRATIONS = range(len(COURSE))
OPENING_LAYER: Final = 255  # of the numbers of households that are there at the start


@dataclass(frozen=True, slots=True)
class CarerFigure:
    """One figure about foster carers, an area's own or England's."""

    measure: str
    value: float
    unit: str
    source: str
    confirmed: bool


class Stream(NamedTuple):
    """How households of one sort come and go."""

    households: int  # at the start
    enquiries_per_day: float
    applied_share: float
    approved_share: float
    lead_days: int  # from the enquiry to the approval
    leaves_per_day: float  # hazard a household


class Carers(NamedTuple):
    """A plan's foster carers, and the rows of supply that live by them."""

    mainstream: Stream
    kinship: Stream
    recruitment: FloatArray  # (month,): factor on mainstream enquiries
    retention: FloatArray  # (month,): factor on mainstream deregistrations
    month_of_day: IntArray  # (day,)
    rows: IntArray  # rows of supply, in the world's order
    approved: FloatArray  # (row, day): approved places as the other changes leave them
    places: FloatArray  # (row, day): approved with one more household; none while a row is closed
    usable_share: FloatArray  # (row, day)


@cache
def read_figures(path: Path) -> tuple[CarerFigure, ...]:
    """England's figures, which stand in for what an area does not state."""
    with path.open(encoding="utf-8") as file:
        return tuple(
            CarerFigure(
                row["measure"], float(row["value"]), row["unit"], row["source"],
                row["confirmed"] == "yes",
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def carer_rows(figures: Iterable[CarerFigure]) -> list[tuple[str, ...]]:
    """The rows of a file of figures, its header first."""
    header = ("measure", "value", "unit", "source", "confirmed")
    rows = [
        (row.measure, f"{row.value:.12g}", row.unit, row.source, "yes" if row.confirmed else "no")
        for row in figures
    ]
    return [header, *rows]


def in_full(own: Sequence[CarerFigure], defaults: Sequence[CarerFigure]) -> dict[str, CarerFigure]:
    """Every figure by its measure: the area's own, and England's in the place of the others."""
    return {figure.measure: figure for figure in (*defaults, *own)}


def streams_of(figures: dict[str, CarerFigure]) -> tuple[Stream, Stream]:
    """Mainstream and kinship households; kinship carers are assessed for a child whom they know.

    A kinship household has no enquiry that leads nowhere and no lead time here: the child is with
    them while they are assessed.
    """
    value = {name: figure.value for name, figure in figures.items()}
    households, kinship = round(value["households"]), round(value["kinship_households"])
    return (
        Stream(
            households,
            households * value["enquiries_a_year"] / DAYS_PER_YEAR,
            value["applied_share"],
            value["approved_share"],
            round(value["lead_days"]),
            value["deregistered_a_year"] / DAYS_PER_YEAR,
        ),
        Stream(
            kinship,
            kinship * value["kinship_approved_a_year"] / DAYS_PER_YEAR,
            1.0,
            1.0,
            0,
            value["kinship_deregistered_a_year"] / DAYS_PER_YEAR,
        ),
    )


def of_stream(carers: Carers, which: int) -> tuple[Stream, FloatArray, FloatArray]:
    """One of the streams, and the factors on its enquiries and deregistrations by month."""
    if which == MAINSTREAM:
        return carers.mainstream, carers.recruitment, carers.retention
    ones = np.ones_like(carers.recruitment)
    return carers.kinship, ones, ones


# In expectation ----------------------------------------------------------------------------------


def expected_course(carers: Carers, which: int = MAINSTREAM) -> FloatArray:
    """Expected numbers by day, in the order of `COURSE`; stocks are those of the night.

    ::

        approvals[d] = enquiries[d - lead] * applied_share * approved_share
        households[d] = households[d - 1] * exp(-leaves_per_day * factor[month of d - 1])
                        + approvals[d]

    Enquiries of before day 0 are as without any change.

    Returns
    -------
    shape (5, day)
    """
    stream, recruitment, retention = of_stream(carers, which)
    days, lead = len(carers.month_of_day), stream.lead_days
    course = np.zeros((len(COURSE), days))
    factor = np.concatenate([np.ones(lead), recruitment[carers.month_of_day]])
    asked = stream.enquiries_per_day * factor
    applied = asked * stream.applied_share
    stays = np.exp(-stream.leaves_per_day * retention[carers.month_of_day])
    course[ENQUIRIES] = asked[lead:]
    course[APPROVALS] = applied[:days] * stream.approved_share
    reached = np.concatenate([[0.0], np.cumsum(applied)])
    course[IN_ASSESSMENT] = reached[lead + 1 :] - reached[1 : days + 1]
    households = float(stream.households)
    for day in range(days):
        staying = households * (stays[day - 1] if day > 0 else 1.0)
        course[DEREGISTRATIONS, day] = households - staying
        households = staying + course[APPROVALS, day]
        course[HOUSEHOLDS, day] = households
    return course


# One future --------------------------------------------------------------------------------------


@compiled
def household_number(which: int, layer: int, count: int) -> int:
    """A household's number for life.

    >>> int(household_number(1, 0, 3))
    281474976710659
    """
    return (which << 48) | (layer << 40) | count


@compiled
def draw_stream(
    stream: Stream,
    recruitment: FloatArray,
    passed: FloatArray,
    month_of_day: IntArray,
    which: int,
    key: int,
    changes: IntArray,
) -> None:
    """Draw the comings and goings of one future by day; see `drawn_course`.

    Enquiries are a Poisson process in the time of their unchanged intensity. Layer k keeps the
    enquiries whose rank lies below the factor on recruitment less k, so that more recruitment adds
    households and changes no other.
    """
    days, lead = month_of_day.shape[0], stream.lead_days
    for count in range(stream.households):
        household = household_number(which, OPENING_LAYER, count)
        depart(stream, passed, key, household, 0, changes)
    most = 1.0
    for month in range(recruitment.shape[0]):
        most = max(most, recruitment[month])
    for layer in range(int(math.ceil(most))):
        reached, count = 0.0, 0
        while stream.enquiries_per_day > 0.0:
            household = household_number(which, layer, count)
            count += 1
            reached += exponential(key, household, Purpose.CARER_GAP, 0, 0)
            day = int(math.floor(reached / stream.enquiries_per_day)) - lead
            if day >= days:
                break
            factor = recruitment[month_of_day[day]] if day >= 0 else 1.0
            if uniform(key, household, Purpose.CARER_RANK, 0, 0) < factor - layer:
                assess(stream, passed, key, household, day, changes)


@compiled
def assess(
    stream: Stream,
    passed: FloatArray,
    key: int,
    household: int,
    day: int,
    changes: IntArray,
) -> None:
    """An enquiry, and what comes of it."""
    if day >= 0:
        changes[ENQUIRIES, day] += 1
    if uniform(key, household, Purpose.CARER_ASSESSED, 0, 0) >= stream.applied_share:
        return
    decided, days = day + stream.lead_days, passed.shape[0]
    changes[IN_ASSESSMENT, max(0, day)] += 1
    if decided >= days:
        return
    changes[IN_ASSESSMENT, decided] -= 1
    if uniform(key, household, Purpose.CARER_ASSESSED, 0, 1) < stream.approved_share:
        changes[APPROVALS, decided] += 1
        depart(stream, passed, key, household, decided, changes)


@compiled
def depart(
    stream: Stream,
    passed: FloatArray,
    key: int,
    household: int,
    day: int,
    changes: IntArray,
) -> None:
    """The day on which a household leaves, when its hazards reach a unit exponential.

    Parameters
    ----------
    passed : shape (day,), the sum of the factors on deregistrations of all days before
    """
    left = exponential(key, household, Purpose.CARER_LEAVES, 0, 0)
    before, reached = day, passed.shape[0]  # halved until they are neighbours
    while reached - before > 1:
        middle = (before + reached) // 2
        if stream.leaves_per_day * (passed[middle] - passed[day]) < left:
            before = middle
        else:
            reached = middle
    if reached < passed.shape[0]:
        changes[DEREGISTRATIONS, reached] += 1


def drawn_course(carers: Carers, key: int, which: int = MAINSTREAM) -> IntArray:
    """One future's numbers by day, as `expected_course`; ``key`` is the future's own."""
    stream, recruitment, retention = of_stream(carers, which)
    course = np.zeros((len(COURSE), len(carers.month_of_day)), dtype=np.int64)
    passed = np.concatenate([[0.0], np.cumsum(retention[carers.month_of_day[:-1]])])
    draw_stream(stream, recruitment, passed, carers.month_of_day, which, key, course)
    course[IN_ASSESSMENT] = np.cumsum(course[IN_ASSESSMENT])
    come = course[APPROVALS] - course[DEREGISTRATIONS]
    course[HOUSEHOLDS] = stream.households + np.cumsum(come)
    return course


# Places ------------------------------------------------------------------------------------------


def approved_places(carers: Carers, households: NDArray[np.float64] | IntArray) -> FloatArray:
    """Approved places by row and day: those of the start and what households have changed since.

    ::

        approved[row, d] = max(0, as stated[row, d] + places[row, d] * (households[d] - start))

    Parameters
    ----------
    households : shape (day,), mainstream
    """
    more = np.asarray(households, dtype=np.float64) - carers.mainstream.households
    return np.maximum(0.0, carers.approved + carers.places * more)


def usable_of(carers: Carers, households: NDArray[np.float64] | IntArray) -> IntArray:
    """Usable places by row and day, to the nearest whole place."""
    usable = approved_places(carers, households) * carers.usable_share
    return np.floor(usable + 0.5).astype(np.int64)


def put_places(
    carers: Carers, households: NDArray[np.float64] | IntArray, usable_places: IntArray
) -> None:
    """Write the usable places of the rows that carers decide on; there may be room to spare."""
    usable_places[carers.rows, : len(carers.month_of_day)] = usable_of(carers, households)


# Books -------------------------------------------------------------------------------------------


class PublishedYear(NamedTuple):
    """England's mainstream households on a 31 March, and the flows of the year to it."""

    year: int
    households: int | None
    approvals: int | None
    deregistrations: int | None
    source: str


class Reconciled(NamedTuple):
    """What the flows of a year lead to, beside what was published."""

    year: int
    from_flows: int
    published: int
    residual: int  # published less what the flows give


def reconciled(years: Iterable[PublishedYear]) -> list[Reconciled]:
    """Stock of the year before + approvals - deregistrations, beside the stock published.

    >>> reconciled([PublishedYear(2022, 10, 3, 2, ""), PublishedYear(2023, 12, 4, 1, "")])
    [Reconciled(year=2023, from_flows=13, published=12, residual=-1)]
    """
    rows, before = [], None
    for year in years:
        flows = (year.approvals, year.deregistrations)
        if before is not None and year.households is not None and None not in flows:
            given = before + (flows[0] or 0) - (flows[1] or 0)
            rows.append(Reconciled(year.year, given, year.households, year.households - given))
        before = year.households
    return rows


def read_published(path: Path) -> list[PublishedYear]:
    """England's published households and their flows."""

    def count(text: str) -> int | None:
        return int(text) if text else None

    with path.open(encoding="utf-8") as file:
        return [
            PublishedYear(
                int(row["year"]), count(row["households"]), count(row["approvals"]),
                count(row["deregistrations"]), row["source"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
