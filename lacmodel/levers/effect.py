"""What an evaluation found, turned into what a service does to one family.

An evaluation states the share of children in care some days T after the referral, without the
service and with it. The model needs two other numbers: the share w of referred children who would
come into care within the longest lead, and the shares of those whose entry is prevented or delayed.

Let a would-be entrant come into care ``lead`` days after the referral, and let S(u) be the
probability of being in care u days after coming into care: in the first period of care, or after a
re-entry. Then without the service::

    in_care_without = w * P,        P = sum over l of p(lead = l) * S(T - l)

so ``w = in_care_without / P``, which cannot be more than 1. Of the engaged would-be entrants a
share ``a`` is affected, and of these a share ``delta`` is only delayed, by a number of days with
distribution q. With the service, among those engaged::

    in_care_with = w * (P - a * (P - delta * D)),   D = sum over k of q(k) * P(T - k)
    a = (1 - in_care_with / in_care_without) * P / (P - delta * D)

Where the evaluation counted all who were referred, only the engaged share e was affected, so a is
divided by e. The prevented share is a * (1 - delta), the delayed share a * delta.

S is a daily forward calculation of one cohort for each of `POSITIONS` ages within each age band of
the scope: hazards of exit as the engines have them, moves between placement types, the 18th
birthday. Two things are simplified: in-house and external placements of a type have one breakdown
hazard, the mean weighted by the opening children, and a child who comes back has the S of the age
at which it first came in.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BAND_OF_YEAR,
    AGE_BAND_YEARS,
    EARLY_TIME_BANDS,
    GROUPS,
    KINDS,
    PLACEMENTS,
    RETURNABLE,
    SINCE_BAND_DAYS,
    TIME_BAND_DAYS,
)
from lacmodel.levers.schedule import FloatArray
from lacmodel.pathway import World
from lacmodel.pathway.moves import next_by_group

POSITIONS: Final = 12  # ages within a band at which a cohort is followed
DAYS_PER_YEAR: Final = 365.25


class Solved(NamedTuple):
    """The effect of a service as the model needs it."""

    would_enter_share: float
    prevented_share: float  # of engaged would-be entrants
    delayed_share: float


class Impossible(ValueError):
    """An effect that no service of the model can have; says which field, and its limit."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(rule)
        self.field = field
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Stated:
    """An effect as an evaluation states it."""

    in_care_without: float
    in_care_with: float
    after_days: int
    engaged_share: float  # of those counted: 1 where only the engaged were
    delayed_share_of_effect: float


def solve(stated: Stated, in_care: FloatArray, leads: FloatArray, delays: FloatArray) -> Solved:
    """The shares that give the stated share in care at the stated time.

    Parameters
    ----------
    in_care : S, shape (after_days + 1,)
    leads, delays : probability of each number of days, from 0

    >>> always = np.ones(366)
    >>> at_once = np.array([1.0])
    >>> solve(Stated(0.448, 0.362, 365, 1.0, 0.0), always, at_once, at_once)
    Solved(would_enter_share=0.448, prevented_share=0.191964285714, delayed_share=0.0)

    Raises
    ------
    Impossible
        where the shares would not lie between 0 and 1
    """
    entered = in_care_after(in_care, leads)
    would = float(entered[stated.after_days])
    delayed = float(in_care_after(entered, delays)[stated.after_days])
    if stated.in_care_without > would:
        rule = f"{would:.3f} is the largest possible: all who are referred come into care in time"
        raise Impossible("in_care_without_service", rule)
    if stated.in_care_without == 0.0:
        raise Impossible("in_care_without_service", "must be more than 0")
    gain = 1.0 - stated.in_care_with / stated.in_care_without
    share = stated.delayed_share_of_effect
    most = stated.engaged_share * (would - share * delayed) / would
    if gain > most:
        least = stated.in_care_without * (1.0 - most)
        rule = f"{least:.3f} is the smallest possible: every engaged family is then affected"
        raise Impossible("in_care_with_service", rule)
    affected = gain / most if most > 0.0 else 0.0
    return Solved(
        round(stated.in_care_without / would, 12),
        round(affected * (1.0 - share), 12),
        round(affected * share, 12),
    )


def in_care_after(in_care: FloatArray, wait: FloatArray) -> FloatArray:
    """Probability of being in care t days from now for those who come in after a random wait.

    ::

        result[t] = sum over l <= t of wait[l] * in_care[t - l]

    >>> in_care_after(np.array([1.0, 1.0, 0.5]), np.array([0.5, 0.5])).tolist()
    [0.5, 1.0, 0.75]
    """
    return np.convolve(wait, in_care)[: len(in_care)]


def lead_distribution(mean_days: float, most_days: float) -> FloatArray:
    """Probability of each lead in whole days: an exponential cut at a most, rounded down.

    >>> lead_distribution(120.0, 365.0).sum().round(12), len(lead_distribution(120.0, 365.0))
    (np.float64(1.0), 365)
    """
    edges = np.minimum(np.arange(np.ceil(most_days) + 1), most_days)
    reached = -np.expm1(-edges / mean_days)
    return np.diff(reached) / reached[-1]


def delay_distribution(mean_days: float, most_days: int) -> FloatArray:
    """Probability of each delay in whole days: an exponential rounded up, at least 1.

    >>> delay_distribution(1.0, 2).round(4).tolist()
    [0.0, 0.6321, 0.2325]
    """
    longer = np.exp(-np.arange(most_days + 1) / mean_days)
    return np.concatenate([[0.0], -np.diff(longer)])


# One cohort --------------------------------------------------------------------------------------


class Cohorts(NamedTuple):
    """Children followed from the day they come into care: one row an age and group."""

    weight: FloatArray  # (row,), adding to 1
    age_days: FloatArray  # (row,): age on the first day
    group: FloatArray  # (row,)
    first: FloatArray  # (row, placement): where they are placed first


def cohorts_of(world: World, cells: list[int]) -> Cohorts:
    """The children of some cells as they come in, weighted by the entries of the first year."""
    rows = [(cell, position) for cell in cells for position in range(POSITIONS)]
    sizes = world.entries.family_size_share @ np.arange(
        1, world.entries.family_size_share.shape[1] + 1
    )
    weight, age_days = np.empty(len(rows)), np.empty(len(rows))
    first = np.empty((len(rows), len(PLACEMENTS)))
    for row, (cell, position) in enumerate(rows):
        band, group = divmod(cell, len(GROUPS))
        weight[row] = world.entries.per_day[cell, :12].sum() * sizes[group]
        age_days[row] = age_at(world, band, group, (position + 0.5) / POSITIONS)
        mix = world.placements.first_placement[0, band, group]
        first[row] = mix / mix.sum() if mix.sum() > 0 else 0.0
    total = weight.sum()
    weight = weight / total if total > 0 else np.full(len(rows), 1.0 / len(rows))
    return Cohorts(weight, age_days, np.array([cell % len(GROUPS) for cell, _ in rows]), first)


def age_at(world: World, band: int, group: int, quantile: float) -> float:
    """Age in days on the first day in care, at a quantile of its band's distribution."""
    power = world.entries.age_position_power[band, group]
    width = AGE_BAND_YEARS[band + 1] - AGE_BAND_YEARS[band]
    return float((AGE_BAND_YEARS[band] + width * quantile**power) * DAYS_PER_YEAR)


def in_care_by_day(
    world: World, cells: list[int], in_house_share: FloatArray, days: int
) -> FloatArray:
    """S: probability of being in care on each day after coming into care.

    Parameters
    ----------
    cells : of the children
    in_house_share : shape (placement,), of breakdowns that follow the in-house hazard

    Returns
    -------
    shape (days + 1,)
    """
    cohorts = cohorts_of(world, cells)
    breakdowns = breakdown_by_placement(world, in_house_share)
    mixes = tuple(
        next_by_group(mixes[0], world.moves.next_odds)
        for mixes in (world.moves.breakdown_next, world.moves.planned_next)
    )
    staying, nights = cohorts.first, dict[tuple[int, bytes], Night]()
    stay = np.zeros((days + 1, len(cohorts.weight)))
    left = np.zeros((days + 1, len(cohorts.weight), RETURNABLE))
    stay[0] = staying.sum(axis=1)
    for day in range(days):
        band, time_band = bands_on(cohorts, day)
        at = time_band, band.tobytes()
        if at not in nights:
            nights[at] = night_of(world, cohorts, breakdowns, mixes, band, time_band)
        young = cohorts.age_days + day + 1 < 18 * DAYS_PER_YEAR
        staying, leaving = next_day(nights[at], staying, young)
        stay[day + 1], left[day + 1] = staying.sum(axis=1), leaving
    with_returns = add_returns(stay, returns_by_day(world, left))
    young = cohorts.age_days[None, :] + np.arange(days + 1)[:, None] < 18 * DAYS_PER_YEAR
    return np.asarray((with_returns * young) @ cohorts.weight, dtype=np.float64)


def breakdown_by_placement(world: World, in_house_share: FloatArray) -> FloatArray:
    """Breakdown hazard per day by placement type, age band, early or late."""
    hazard = np.zeros((len(PLACEMENTS), *world.moves.breakdown_per_day.shape[1:]))
    counts = np.bincount([placement for placement, _ in KINDS])
    for kind, (placement, provider) in enumerate(KINDS):
        own, other = in_house_share[placement], 1.0 - in_house_share[placement]
        share = 1.0 if counts[placement] == 1 else (own, other)[provider]
        hazard[placement] += share * world.moves.breakdown_per_day[kind]
    return hazard


class Night(NamedTuple):
    """What a night does to children of given bands of age and time, row by row."""

    leaves: FloatArray  # (row, placement): share of those there
    reason: FloatArray  # (row, route, placement): of those who leave
    breaks: FloatArray  # (row, placement): share of those who stay in care
    plans: FloatArray  # (row, placement): of the rest
    after_breakdown: FloatArray  # (row, placement, placement): where they go
    after_planned: FloatArray


def bands_on(cohorts: Cohorts, day: int) -> tuple[NDArray[np.int64], int]:
    """The age band of each row on a day in care, and the band of time in care."""
    years = ((cohorts.age_days + day) / DAYS_PER_YEAR).astype(np.int64)
    band = np.asarray(AGE_BAND_OF_YEAR)[np.minimum(years, 17)]
    return band, int(np.searchsorted(TIME_BAND_DAYS, day, side="right")) - 1


def night_of(
    world: World,
    cohorts: Cohorts,
    breakdowns: FloatArray,
    mixes: tuple[FloatArray, ...],
    band: NDArray[np.int64],
    time_band: int,
) -> Night:
    """What a night does at the hazards of some bands.

    Parameters
    ----------
    mixes : types needed after breakdowns and planned moves, as `next_by_group` gives them
    """
    hazards = world.exits.hazard_per_day[:, band, time_band, :, cohorts.group]  # row, route, type
    total = hazards.sum(axis=1)
    late = 0 if time_band < EARLY_TIME_BANDS else 1
    after_breakdown, after_planned = (
        mix[:, band, cohorts.group].swapaxes(0, 1) for mix in mixes
    )  # (row, placement, placement)
    return Night(
        leaves=-np.expm1(-total),
        reason=np.divide(
            hazards, total[:, None], out=np.zeros_like(hazards), where=total[:, None] > 0
        ),
        breaks=-np.expm1(-breakdowns[:, band, late].T),
        plans=-np.expm1(-world.moves.planned_per_day[:, band].T),
        after_breakdown=after_breakdown,
        after_planned=after_planned,
    )


def next_day(
    night: Night, staying: FloatArray, young: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Where children are a night later, and who left for a reason that allows a return.

    Exits come before moves, and a breakdown before a planned move, as in a day of the engines.
    """
    leaves = staying * night.leaves
    leaving = (leaves[:, None] * night.reason).sum(axis=2)[:, :RETURNABLE]
    kept = staying - leaves
    breaks = kept * night.breaks
    plans = (kept - breaks) * night.plans
    moved = np.einsum("rp,rpq->rq", breaks, night.after_breakdown)
    moved += np.einsum("rp,rpq->rq", plans, night.after_planned)
    return (kept - breaks - plans + moved) * young[:, None], leaving


def returns_by_day(world: World, left: FloatArray) -> FloatArray:
    """Children who come back on each day, by row, from those who left by day, row and reason."""
    days = left.shape[0]
    band = np.searchsorted(SINCE_BAND_DAYS, np.arange(days), side="right") - 1
    back = np.zeros(left.shape[:2])
    for reason in range(RETURNABLE):
        hazard = world.re_entries.hazard_per_day[reason, band]
        away = np.exp(-np.concatenate([[0.0], np.cumsum(hazard)]))[:days]
        comes = np.concatenate([[0.0], -np.diff(away)])
        for row in range(left.shape[1]):
            back[:, row] += np.convolve(left[:, row, reason], comes)[:days]
    return back


def add_returns(stay: FloatArray, back: FloatArray) -> FloatArray:
    """In care in the first period or a later one: the renewal equation, by day and row.

    ::

        in_care[t] = stay[t] + sum over v <= t of back[v] * in_care[t - v]

    >>> stay, back = np.array([[1.0], [0.0], [0.0]]), np.array([[0.0], [0.5], [0.0]])
    >>> add_returns(stay, back)[:, 0].tolist()
    [1.0, 0.5, 0.25]
    """
    in_care = stay.copy()
    for day in range(1, len(stay)):
        in_care[day] += (back[1 : day + 1] * in_care[day - 1 :: -1][:day]).sum(axis=0)
    return in_care
