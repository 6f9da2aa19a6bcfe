"""Ages and times in care by month, and what can happen to children in one, per day.

Children who are alike in age, time in care and group share one *class*. Age and time in care are
counted in calendar months: a child of age index ``12 n`` has the n-th birthday in that month, so
spends half of it, on average, on either side.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BAND_OF_YEAR,
    AGE_BAND_YEARS,
    EARLY_TIME_BANDS,
    KINDS,
    TIME_BAND_DAYS,
)
from lacmodel.pathway.exits import ExitTables
from lacmodel.pathway.moves import MoveTables, next_by_group

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ADULT: Final = 216  # age index of the month with the 18th birthday
LAST_TIME: Final = 62  # from this month in care on, time in care no longer matters
DAYS_PER_MONTH: Final = 365.25 / 12


class Ages(NamedTuple):
    """Classes of age index: inside a segment of ages, or in the month that passes between two.

    A segment is a stretch of whole years within one age band and on one side of every age limit of
    the rows of supply. The last class is the month of the 18th birthday.
    """

    first_year: IntArray  # (segment,)
    band: IntArray  # (segment,)
    first_index: IntArray  # (class,): the class holds the age indices first..last
    last_index: IntArray  # (class,)
    segment_share: FloatArray  # (class, segment): of the time spent in a month

    def indices(self) -> list[slice]:
        """The age indices of each class."""
        stops = (self.last_index + 1).tolist()
        return [slice(*ends) for ends in zip(self.first_index.tolist(), stops, strict=True)]


class Times(NamedTuple):
    """Classes of months in care, and the share of each time band in such a month."""

    first_index: IntArray  # (class,)
    last_index: IntArray  # (class,)
    band_share: FloatArray  # (class, time band)


class Rates(NamedTuple):
    """What can happen to children in a month, wherever they are placed; per child per day."""

    exits: FloatArray  # (time class, group, age class, state, route)
    breakdowns: FloatArray  # (time class, age class, state)
    planned: FloatArray  # (time class, age class, state)
    leaving: FloatArray  # (time class, group, age class, state): care, or the placement
    needed: FloatArray  # (segment, earliness, group, state, need): needed next


def age_classes(limits: tuple[int, ...] = ()) -> Ages:
    """Segments between the ages at which something changes, and the classes of age index.

    >>> ages = age_classes()
    >>> ages.first_year.tolist()
    [0, 1, 5, 10, 16]
    >>> ages.first_index.tolist()
    [0, 12, 13, 60, 61, 120, 121, 192, 193, 216]
    >>> ages.segment_share[1].tolist()
    [0.5, 0.5, 0.0, 0.0, 0.0]
    """
    years = sorted({*AGE_BAND_YEARS, *(year for year in limits if 0 < year < 18)})
    segments = len(years) - 1
    first, last, shares = [], [], []
    for segment in range(segments):
        alone = np.eye(segments)[segment]
        if segment > 0:
            first.append(12 * years[segment])
            last.append(12 * years[segment])
            shares.append((alone + np.eye(segments)[segment - 1]) / 2)
        first.append(12 * years[segment] + (segment > 0))
        last.append(12 * years[segment + 1] - 1)
        shares.append(alone)
    return Ages(
        first_year=np.array(years[:-1]),
        band=np.array([AGE_BAND_OF_YEAR[year] for year in years[:-1]]),
        first_index=np.array([*first, ADULT]),
        last_index=np.array([*last, ADULT]),
        segment_share=np.array([*shares, shares[-1]]),
    )


def share_past(index: IntArray, boundary: float) -> FloatArray:
    """Share of the index-th calendar month after an event spent more than some months after it.

    The event falls evenly in its month, so the time since it within month ``index`` is spread as a
    triangle between index - 1 and index + 1; in month 0 only the time after the event counts.

    >>> share_past(np.array([5, 6, 7]), 6.0).tolist()
    [0.0, 0.5, 1.0]
    """
    above = np.clip(index + 1 - boundary, 0, 2)
    past = np.where(above <= 1, above**2 / 2, 1 - (2 - above) ** 2 / 2)
    return np.where(index == 0, np.clip(1 - boundary, 0, 1) ** 2, past)


def band_shares(index: IntArray, starts_days: tuple[int, ...]) -> FloatArray:
    """Share of each band of time since an event in the index-th calendar month after it.

    Returns
    -------
    shape (index, band), to two decimals so that months that hardly differ are alike
    """
    past = np.stack([share_past(index, days / DAYS_PER_MONTH) for days in starts_days], axis=1)
    past[:, 0] = 1.0
    past = past.round(2)
    return past - np.column_stack([past[:, 1:], np.zeros(len(index))])


def time_classes() -> Times:
    """Runs of months in care that spend the same share of time in each time band.

    >>> time_classes().first_index.tolist()
    [0, 1, 2, 3, 6, 7, 12, 13, 24, 25, 60, 61]
    """
    shares = band_shares(np.arange(LAST_TIME), TIME_BAND_DAYS)
    changes = np.any(np.diff(shares, axis=0) != 0, axis=1)
    first = np.concatenate([[0], np.flatnonzero(changes) + 1])
    if first[1] > 1:  # the month of entry is always a class of its own
        first = np.insert(first, 1, 1)
    last = np.concatenate([first[1:] - 1, [10**6]])
    return Times(first, last, shares[first])


def exit_rates(
    exits: ExitTables, month: int, ages: Ages, times: Times, placement: IntArray
) -> FloatArray:
    """Exit hazards per day; shape (time class, group, age class, state, route).

    The mean of the hazards of the bands that the class passes through, by time spent.
    """
    by_segment = (
        exits.hazard_per_day[:, ages.band]
        * (exits.multiplier[month][:, ages.band, None, None, None])
    )  # (route, segment, time band, placement, group)
    by_time = np.tensordot(times.band_share, by_segment, axes=(1, 2))
    by_age = np.tensordot(ages.segment_share, by_time, axes=(1, 2))
    # (age class, time class, route, placement, group)
    return np.ascontiguousarray(by_age.transpose(1, 4, 0, 3, 2)[..., placement, :])


class SegmentMoves(NamedTuple):
    """Moves per day by segment of age, under and over 26 weeks in care."""

    breakdown: FloatArray  # (segment, earliness, state)
    planned: FloatArray  # (segment, earliness, state)
    needed: FloatArray  # (segment, earliness, group, state, placement needed next)


def segment_moves(moves: MoveTables, month: int, ages: Ages, kind: IntArray) -> SegmentMoves:
    """Hazards of breakdown and planned moves, and of needing each type next."""
    placement = np.array([KINDS[k][0] for k in kind])
    band = ages.band[:, None]
    broken = (moves.breakdown_per_day * moves.breakdown_multiplier[month][:, :, None])[kind, band]
    planned = moves.planned_per_day[placement, band] * moves.planned_multiplier[month][kind, band]
    after_breakdown, after_planned = (
        next_by_group(mixes[month], moves.next_odds)[placement, band].swapaxes(1, 2)
        for mixes in (moves.breakdown_next, moves.planned_next)
    )  # (segment, group, state, placement)
    breakdown = broken.transpose(0, 2, 1)
    planned_twice = np.repeat(planned[:, None], 2, axis=1)
    needed = (
        breakdown[:, :, None, :, None] * after_breakdown[:, None]
        + planned_twice[:, :, None, :, None] * after_planned[:, None]
    )
    return SegmentMoves(breakdown, planned_twice, needed)


def move_weights(ages: Ages, times: Times) -> FloatArray:
    """Share of a month by segment and earliness; shape (time class, age class, segment x 2)."""
    early = times.band_share[:, :EARLY_TIME_BANDS].sum(axis=1)
    earliness = np.stack([early, 1 - early], axis=1)
    shares = earliness[:, None, None, :] * ages.segment_share[None, :, :, None]
    return shares.reshape(*shares.shape[:2], -1)


def month_rates(
    exits: ExitTables,
    moves: MoveTables,
    month: int,
    ages: Ages,
    times: Times,
    kind: IntArray,
    need_again: IntArray | None = None,
) -> Rates:
    """The rates of one month.

    Parameters
    ----------
    kind : shape (state,)
    need_again : shape (state,), the need of a child who leaves a state and needs its type again;
        where not given, the type itself
    """
    placement = np.array([KINDS[k][0] for k in kind])
    by_segment = segment_moves(moves, month, ages, kind)
    weights = move_weights(ages, times)
    exit_rate = exit_rates(exits, month, ages, times, placement)
    breakdown, planned = (
        weights @ rate.reshape(-1, len(kind)) for rate in (by_segment.breakdown, by_segment.planned)
    )
    return Rates(
        exits=exit_rate,
        breakdowns=breakdown,
        planned=planned,
        leaving=exit_rate.sum(axis=4) + (breakdown + planned)[:, None],
        needed=_with_again(by_segment.needed, placement, need_again),
    )


def _with_again(needed: FloatArray, placement: IntArray, need_again: IntArray | None) -> FloatArray:
    """Tell those who need a state's type again apart; the last axes are state and need."""
    if need_again is None:
        return needed
    types, states = needed.shape[-1], np.arange(len(placement))
    apart = np.zeros((*needed.shape[:-1], max(types, int(need_again.max()) + 1)))
    apart[..., :types] = needed
    again = needed[..., states, placement]
    apart[..., states, placement] -= again
    apart[..., states, need_again] += again
    return apart


def class_of(index: IntArray, first_index: IntArray) -> IntArray:
    """The class that an age or time index is in.

    >>> class_of(np.array([0, 12, 40]), np.array([0, 12, 13])).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(first_index, index, side="right") - 1


def entry_age_weights(band: int, power: float) -> FloatArray:
    """Share of a band's entrants by age index in their month of entry; shape (217,).

    Age on entry is ``youngest + width * u ** power``, u and the day of the month being even, so the
    share at index i is the second difference of the integral of the distribution of age.

    >>> weights = entry_age_weights(1, 1.0)
    >>> round(float(weights.sum()), 9), round(float(weights[13]) * 48, 9)
    (1.0, 1.0)
    """
    youngest = 12 * AGE_BAND_YEARS[band]
    width = 12 * AGE_BAND_YEARS[band + 1] - youngest
    inverse = 1 / power
    months = np.arange(-1, ADULT + 2) - youngest
    inside = width / (inverse + 1) * (np.clip(months, 0, width) / width) ** (inverse + 1)
    integral = inside + np.clip(months - width, 0, None)
    return np.asarray(np.diff(integral, n=2))
