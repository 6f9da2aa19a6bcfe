"""The table of the council's own foster carers: households, places, and how they are used."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.carers import (
    APPROVALS,
    DEREGISTRATIONS,
    ENQUIRIES,
    HOUSEHOLDS,
    IN_ASSESSMENT,
    KINSHIP,
    Carers,
    approved_places,
    drawn_course,
    expected_course,
    usable_of,
)
from lacmodel.codes import FOSTER, IN_HOUSE, KIND_OF
from lacmodel.draws import keys_of
from lacmodel.engines.ensemble import Ensemble
from lacmodel.plan import Plan
from lacmodel.results import (
    QUANTILE_COLUMNS,
    TidyTable,
    children_in,
    is_single,
    quantile_cells,
    stock_dates,
    summarise,
    user_text,
)

OWN_FOSTER: Final = KIND_OF[FOSTER][IN_HOUSE]
FloatArray = NDArray[np.float64]


class Measure(NamedTuple):
    """A column of numbers by month, in every future."""

    households: str  # mainstream or kinship
    measure: str
    unit: str
    values: FloatArray  # (future, month)


def carers_table(plan: Plan, ensemble: Ensemble) -> TidyTable | None:
    """Foster carers by the last day of each month; None where the area states none."""
    if plan.carers is None:
        return None
    columns = ("scenario", "date", "households", "measure", "unit", *QUANTILE_COLUMNS)
    dates, rows = stock_dates(plan.period)[1:], []
    for measure in measures(plan, plan.carers, ensemble):
        summary = summarise(measure.values, is_single(ensemble))
        head = (measure.households, measure.measure, measure.unit)
        for month, when in enumerate(dates):
            cells = quantile_cells(summary, month)
            rows.append((user_text(plan.name), when.isoformat(), *head, *cells))
    return TidyTable("carers", columns, tuple(rows))


def measures(plan: Plan, carers: Carers, ensemble: Ensemble) -> list[Measure]:
    """Every column of the table.

    Filled places are those of children in care and of adults who stay on. Of the approved places
    that are not filled, the usable ones are vacant; the others are not available. A place that is
    filled beyond the usable ones (supply that shrinks evicts nobody) is not missing from either.
    """
    mainstream, approved, usable = by_month(plan, carers, ensemble, 0)
    kinship, _, _ = by_month(plan, carers, ensemble, KINSHIP)
    filled = children_in(ensemble, [OWN_FOSTER])[:, 1:]
    filled = filled + ensemble.tallies.staying_on[:, 1:, OWN_FOSTER]
    vacant = np.maximum(0, usable - filled)
    found = [
        Measure("mainstream", name, unit, mainstream[:, place])
        for name, unit, place in (
            ("households", "households", HOUSEHOLDS),
            ("enquiries", "enquiries", ENQUIRIES),
            ("in_assessment", "applications", IN_ASSESSMENT),
            ("approvals", "households", APPROVALS),
            ("deregistrations", "households", DEREGISTRATIONS),
        )
    ]
    found += [
        Measure("mainstream", name, "places", values)
        for name, values in (
            ("approved_places", approved),
            ("filled_places", filled),
            ("vacant_places", vacant),
            ("not_available_places", approved - vacant - filled),
        )
    ]
    return found + [
        Measure("kinship", name, "households", kinship[:, place])
        for name, place in (
            ("households", HOUSEHOLDS),
            ("approvals", APPROVALS),
            ("deregistrations", DEREGISTRATIONS),
        )
    ]


def by_month(
    plan: Plan, carers: Carers, ensemble: Ensemble, which: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Households' course by month, and approved and usable places at each month's end.

    Returns
    -------
    course : shape (future, 5, month), flows summed over the month; places : shape (future, month)
    """
    starts = [plan.period.day(day) for day in plan.period.month_starts(plan.period.months + 1)]
    ends = np.array(starts[1:]) - 1
    courses, approved, usable = [], [], []
    for course in courses_of(plan, carers, ensemble, which):
        summed = np.add.reduceat(course[:, : starts[-1]], starts[:-1], axis=1).astype(float)
        for stock in (HOUSEHOLDS, IN_ASSESSMENT):
            summed[stock] = course[stock, ends]
        courses.append(summed)
        approved.append(approved_places(carers, course[HOUSEHOLDS])[:, ends].sum(axis=0))
        usable.append(usable_of(carers, course[HOUSEHOLDS])[:, ends].sum(axis=0))
    return np.array(courses), np.array(approved), np.array(usable)


def courses_of(plan: Plan, carers: Carers, ensemble: Ensemble, which: int) -> list[NDArray[Any]]:
    """Households by day in each future, drawn as the run has drawn them, or as expected."""
    if ensemble.expected:
        return [expected_course(carers, which)]
    return [
        drawn_course(carers, keys_of(plan, ensemble.seed, future).own, which)
        for future in ensemble.futures
    ]
