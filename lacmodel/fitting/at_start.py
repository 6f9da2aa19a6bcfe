"""Who is in care at the start, and who has left, in whole children.

The run-in says how age, time in care, type and group go together; iterative proportional fitting
gives that table the area's margins, and controlled rounding makes whole children of it.
"""

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import OpeningRow, PastLeaverRow
from lacmodel.codes import (
    ADOPTION,
    AGE_BAND_OF_YEAR,
    AGE_BANDS,
    COMPLEX,
    GROUPS,
    KINDS,
    SINCE_BAND_DAYS,
    STANDARD,
    TIME_BAND_DAYS,
    UASC,
    WITH_PARENTS,
)
from lacmodel.engines.inflows import Waiting
from lacmodel.engines.monthly import ADULT, DAYS_PER_MONTH
from lacmodel.fitting import returns, rounding, run_in
from lacmodel.fitting.published_figures import PublishedFigures, Scope

FloatArray = NDArray[np.float64]


def _band_weights(starts_days: tuple[int, ...], months: int) -> FloatArray:
    """Share of each band at a month's end, of events spread evenly over each month before it.

    Returns
    -------
    shape (months before, band)
    """
    edges = np.array([*(days / DAYS_PER_MONTH for days in starts_days), np.inf])
    before = np.arange(months)[:, None]
    past = np.clip(before + 1 - edges[None, :], 0, 1)
    return np.asarray(past[:, :-1] - past[:, 1:])


def joint_table(cohort: run_in.Cohort, entrants: run_in.Entrants) -> FloatArray:
    """Children in care at the start by year of age, time band, placement type and group."""
    stock = run_in.by_age_now(cohort.stock * run_in.weights_at(entrants, 0)[..., None])
    by_year = stock[:, :, :ADULT].reshape(*stock.shape[:2], 18, 12, -1).sum(axis=3)
    bands = _band_weights(TIME_BAND_DAYS, run_in.MONTHS)
    return within_life(np.einsum("tgyp,tb->ybpg", by_year, bands), TIME_BAND_DAYS)


def past_leaver_table(pool: Waiting) -> FloatArray:
    """Past leavers who have not come back, by reason, year of age and time since leaving."""
    children = pool.children()
    months = children.shape[1]
    # at the end of month ``months - 1``, age index a is slot months - 1 - a + 216
    ages = children.sum(axis=2)[:, :, months - 1 : months - 1 + ADULT + 1][:, :, ::-1]
    by_year = ages[:, :, :ADULT].reshape(*ages.shape[:2], 18, 12).sum(axis=3)
    bands = _band_weights(SINCE_BAND_DAYS, months)
    bands[returns.RETURN_MONTHS - 1 :] = 0.0
    by_age = np.einsum("rty,tb->ybr", by_year[:, ::-1], bands)
    return within_life(by_age, SINCE_BAND_DAYS).transpose(2, 0, 1)


def within_life(children: FloatArray, first_days: tuple[int, ...]) -> FloatArray:
    """Children of time bands that begin after they were born, in the last band that does not.

    Months are classed apart by age and by time, so a few children of a first year of age seem to
    have been there for a year.

    Parameters
    ----------
    children : shape (year of age, time band, ...)
    first_days : the day on which each band begins

    >>> within_life(np.ones((2, 3)), (0, 182, 365)).tolist()
    [[1.0, 2.0, 0.0], [1.0, 1.0, 1.0]]
    """
    kept = children.copy()
    for year in range(len(kept)):
        possible = sum(first < 365 * (year + 1) for first in first_days)
        kept[year, possible - 1] += kept[year, possible:].sum(axis=0)
        kept[year, possible:] = 0.0
    return kept


def scopes_of(figures: PublishedFigures) -> list[tuple[Scope, int]]:
    """Where opening children can be, and how many are there.

    A kind is one scope, unless its in-house places take different groups: then its children are
    divided between them in proportion to the places.
    """
    found = []
    for kind in range(len(KINDS)):
        children = round(float(figures.children_by_kind[kind]))
        everybody = Scope(kind, 0, 17, tuple(range(len(GROUPS))), 1.0)
        scopes = [scope for scope in figures.scopes if scope.kind == kind] or [everybody]
        places = np.array([scope.places for scope in scopes])
        found += list(zip(scopes, rounding.whole_margin(places, children).tolist(), strict=True))
    return found


def _seed(children: FloatArray, scopes: list[Scope]) -> FloatArray:
    """The run-in's children who can be in each scope.

    Nobody who came alone is placed with parents or for adoption.

    Returns
    -------
    shape (group, scope, age band, year of age, time band)
    """
    year = np.arange(18)
    by_group = children.transpose(3, 2, 0, 1).copy()  # (group, placement, year, time band)
    by_group[UASC, [WITH_PARENTS, ADOPTION]] = 0.0
    by_scope = by_group[:, [KINDS[scope.kind][0] for scope in scopes]]
    for number, scope in enumerate(scopes):
        by_scope[:, number, (year < scope.youngest) | (year > scope.oldest)] = 0.0
        others = [group for group in range(len(GROUPS)) if group not in scope.groups]
        by_scope[others, number] = 0.0
    in_band = np.array(AGE_BAND_OF_YEAR) == np.arange(len(AGE_BANDS))[:, None]
    return np.asarray(by_scope[:, :, None] * in_band[:, :, None])


def expected_opening(
    children: FloatArray, figures: PublishedFigures
) -> tuple[FloatArray, dict[int, FloatArray], list[Scope]]:
    """The run-in's children with the area's margins by age band, scope and group.

    Parameters
    ----------
    children : the run-in's, shape (year of age, time band, placement type, group)

    Returns
    -------
    the table, shape (group, scope, age band, year of age, time band), its margins, and the scopes
    """
    scopes, in_scope = zip(*scopes_of(figures), strict=True)
    margins = {
        0: figures.children_by_group,
        1: np.array(in_scope, dtype=np.float64),
        2: figures.children_by_age,
    }
    seed = _seed(children, list(scopes))
    return rounding.fit_to_margins(seed, margins), margins, list(scopes)


def opening_rows(children: FloatArray, figures: PublishedFigures) -> list[OpeningRow]:
    """Whole children with the area's margins by age band, kind and group, as alike as can be.

    Parameters
    ----------
    children : the run-in's, shape (year of age, time band, placement type, group)
    """
    expected, margins, scopes = expected_opening(children, figures)
    counts = rounding.round_to_margins(expected, _whole_margins(expected, margins))
    rows = [
        OpeningRow(year, time, scopes[scope].kind, group, STANDARD, int(number))
        for (group, scope, _, year, time), number in np.ndenumerate(counts)
        if number
    ]
    return _with_complex(rows, figures.complex_by_kind)


def _whole_margins(
    expected: FloatArray, margins: dict[int, FloatArray]
) -> dict[int, NDArray[np.int64]]:
    """All margins of the opening in whole children, time bands and years of age among them."""
    whole = {axis: np.rint(margin).astype(np.int64) for axis, margin in margins.items()}
    by_year = expected.sum(axis=(0, 1, 4))  # (age band, year)
    years = [
        rounding.whole_margin(row, int(children))
        for row, children in zip(by_year, whole[2], strict=True)
    ]
    times = rounding.whole_margin(expected.sum(axis=(0, 1, 2, 3)), int(whole[2].sum()))
    return {**whole, 3: np.sum(years, axis=0), 4: times}


def _with_complex(rows: list[OpeningRow], complex_by_kind: FloatArray) -> list[OpeningRow]:
    """Give some children of a kind a complex level of need, spread evenly over its rows."""
    levelled: list[OpeningRow] = []
    for kind in range(len(KINDS)):
        alike = [row for row in rows if row.kind == kind]
        wanted = float(complex_by_kind[kind])
        total = sum(row.children for row in alike)
        shares = np.array([row.children * wanted / max(1, total) for row in alike])
        for row, complex_children in zip(alike, rounding.round_in_order(shares), strict=True):
            for level, children in (
                (STANDARD, row.children - int(complex_children)),
                (COMPLEX, int(complex_children)),
            ):
                if children:
                    levelled.append(
                        OpeningRow(row.age, row.time_band, kind, row.group, level, children)
                    )
    return sorted(
        levelled, key=lambda row: (row.age, row.time_band, row.kind, row.group, row.level)
    )


def past_leaver_rows(past_leavers: FloatArray) -> list[PastLeaverRow]:
    """Whole past leavers, the running total by reason, time since and age being as expected."""
    in_order = past_leavers.transpose(0, 2, 1)  # (reason, since band, year of age)
    counts = rounding.round_in_order(in_order.ravel()).reshape(in_order.shape)
    return [
        PastLeaverRow(int(reason), int(age), int(since), int(counts[reason, since, age]))
        for reason, since, age in zip(*np.nonzero(counts), strict=True)
    ]
