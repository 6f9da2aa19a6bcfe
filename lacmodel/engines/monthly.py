"""A month of the pathway in expectation: what becomes of a child of given age and time in care.

Children who are alike in age, time in care and group share one *class*. During a month the child
moves between *states* (a kind of placement, or a pool of in-house places of one kind) and leaves,
as a Markov chain in continuous time with generator Q (per month). With

    phi1(Q) = sum of Q**i / (i + 1)!      phi2(Q) = sum of Q**i / (i + 2)!

a child there all month ends it in exp(Q) and spends phi1(Q) months in each state; one who comes at
an even time in the month ends it in phi1(Q) and spends phi2(Q) months in each state. Age and time
in care are counted in calendar months: a child of age index ``12 n`` has the n-th birthday in that
month, so spends half of it, on average, on either side.
"""

import math
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
SERIES_TOLERANCE: Final = 1e-10


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


class Times(NamedTuple):
    """Classes of months in care, and the share of each time band in such a month."""

    first_index: IntArray  # (class,)
    last_index: IntArray  # (class,)
    band_share: FloatArray  # (class, time band)


class Rates(NamedTuple):
    """What can happen to children in a month, wherever they are placed; per child per day."""

    exits: FloatArray  # (time class, group, age class, route, state)
    breakdowns: FloatArray  # (time class, age class, state)
    planned: FloatArray  # (time class, age class, state)
    leaving: FloatArray  # (time class, group, age class, state): care, or the placement
    needed: FloatArray  # (segment, earliness, group, state, need): needed next


class Kernel(NamedTuple):
    """What a month does to children, by class; states are rows, next states columns.

    Whoever is there all month ends it in exp(Q) and spends L phi1 of its L days in each state.
    Those of the first class of time in care come in the month, and those of the last of age turn
    18 in it: they are there from or until an even time, end their part in phi1 (1 - Q / 2L) and
    spend L phi2 - phi1 / 2 days.
    """

    end: FloatArray  # (time class, group, age class, state, state): at the month's end, or at 18
    spent: FloatArray  # likewise: days spent in each state


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
    """Exit hazards per day; shape (time class, group, age class, route, state).

    The mean of the hazards of the bands that the class passes through, by time spent.
    """
    by_segment = (
        exits.hazard_per_day[:, ages.band]
        * (exits.multiplier[month][:, ages.band, None, None, None])
    )  # (route, segment, time band, placement, group)
    by_time = np.tensordot(times.band_share, by_segment, axes=(1, 2))
    by_age = np.tensordot(ages.segment_share, by_time, axes=(1, 2))
    # (age class, time class, route, placement, group)
    return np.ascontiguousarray(by_age.transpose(1, 4, 0, 2, 3)[..., placement])


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


def series(generator: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """exp(Q), phi1(Q) and phi2(Q) of a stack of generators, by the power series of phi2.

    Three powers at a time, since products of matrices are what takes time::

        phi2 = B0 + Q**3 (B1 + Q**3 (B2 + ...)),  Bk = c[3k] I + c[3k+1] Q + c[3k+2] Q**2

    with ``c[i] = 1 / (i + 2)!``; then ``phi1 = I + Q phi2`` and ``exp(Q) = I + Q phi1``.

    >>> q = np.array([[-0.1]])
    >>> [round(float(m[0, 0]), 5) for m in series(q)]
    [0.90484, 0.95163, 0.48374]
    """
    square = generator @ generator
    cube = square @ generator
    blocks = series_blocks(float(np.abs(cube).sum(axis=-1).max()))
    phi2 = np.zeros_like(generator)
    for block in reversed(range(blocks)):
        constant, linear, quadratic = (1 / math.factorial(3 * block + i + 2) for i in range(3))
        if block < blocks - 1:
            phi2 = phi2 @ cube
        phi2 += linear * generator
        phi2 += quadratic * square
        add_identity(phi2, constant)
    phi1 = generator @ phi2
    add_identity(phi1)
    end = generator @ phi1
    add_identity(end)
    return end, phi1, phi2


def add_identity(matrices: FloatArray, times: float | FloatArray = 1.0) -> None:
    """Add to the diagonal of each of a stack of matrices."""
    diagonal = np.einsum("...ii->...i", matrices)  # a view
    diagonal += times


def series_blocks(norm: float) -> int:
    """Blocks of three powers after which the terms of phi2 are too small to matter.

    Parameters
    ----------
    norm : of Q**3, the largest sum of absolute values of a row

    >>> series_blocks(0.01), series_blocks(2.0)
    (3, 5)
    """
    blocks = 1
    while norm**blocks / math.factorial(3 * blocks + 2) > SERIES_TOLERANCE:
        blocks += 1
    return blocks


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
        leaving=exit_rate.sum(axis=3) + (breakdown + planned)[:, None],
        needed=_with_again(by_segment.needed, placement, need_again),
    )


def month_kernel(rates: Rates, weights: FloatArray, days: float, place: FloatArray) -> Kernel:
    """The kernel of one month.

    Parameters
    ----------
    weights : those of `move_weights`
    days : length of the month
    place : shape (segment, group, need, state), where children with a need go
    """
    targets = rates.needed @ place[:, None]  # (segment, early, group, state, state)
    moves = (days * weights) @ targets.reshape(weights.shape[-1], -1)
    # matmul, not tensordot: products so small are slower in several threads
    generator = moves.reshape(*weights.shape[:2], *targets.shape[2:]).swapaxes(1, 2).copy()
    add_identity(generator, -days * rates.leaving)
    end, phi1, phi2 = series(generator)
    spent = days * phi1
    half = np.zeros(generator.shape[:3], dtype=np.bool_)
    half[0] = half[:, :, -1] = True
    spent[half] = days * phi2[half] - phi1[half] / 2
    end[half] = phi1[half] - (end[half] - np.eye(end.shape[-1])) / (2 * days)
    return Kernel(end, spent)


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
