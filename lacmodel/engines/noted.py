"""What is noted of a future's spells beside its tally, for money that asks more of them.

Nights for which somebody pays, and nights in places bought as a block. Nothing is noted, and
nothing takes time, where an area states neither. Whoever runs a future knows nothing of it.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BAND_YEARS, AGE_BANDS, KIND_OF, KINDS, STARTED_STAYING_ON
from lacmodel.engines.high_cost import high_cost
from lacmodel.engines.records import History
from lacmodel.factors import Factors
from lacmodel.plan import Claim, Plan
from lacmodel.timeline import Timeline, birthday_on

IntArray = NDArray[np.int64]
Spells = NDArray[np.void]
Notes = dict[str, NDArray[Any]]
CLAIMED: Final = "claimed_nights"  # (claim, month, kind + 1): the last is all of the claim's groups
COVERED: Final = "covered_nights"  # (month, kind): in places bought as a block
HIGH_COST: Final = "high_cost"  # (financial year, 3): placements, nights, pennies


def no_notes(plan: Plan, futures: int) -> Notes:
    """Room for what is noted of some futures."""
    months, kinds = plan.period.months, len(KINDS)
    years = plan.period.months // 12 + 1
    notes: Notes = {HIGH_COST: np.zeros((futures, years, 3), np.int64)}
    if plan.claims:
        notes[CLAIMED] = np.zeros((futures, len(plan.claims), months, kinds + 1), np.int32)
    if plan.blocks:
        notes[COVERED] = np.zeros((futures, months, kinds), np.int32)
    return notes


def note(
    plan: Plan, history: History, timeline: Timeline, factors: Factors, notes: Notes, place: int
) -> None:
    """Note one future in its place."""
    for name, noted in notes.items():
        if name == HIGH_COST:
            noted[place] = high_cost(plan, history, timeline, factors)
            continue
        children = history.spells["why_started"] != STARTED_STAYING_ON
        noted[place] = NOTED[name](plan, history.spells[children])


def month_starts(plan: Plan) -> IntArray:
    """The first day of each month of the run, and the day after its last."""
    firsts = plan.period.month_starts(plan.period.months + 1)
    return np.array([plan.period.day(first) for first in firsts], dtype=np.int64)


def kinds_of(spells: Spells) -> IntArray:
    """The kind of each spell."""
    return np.asarray(np.array(KIND_OF)[spells["placement"], spells["provider"]])


def ends_of(plan: Plan, spells: Spells) -> IntArray:
    """The day after each spell's last night within the run."""
    return np.where(spells["end_day"] < 0, plan.period.days, spells["end_day"].astype(np.int64))


def claimed_nights(plan: Plan, spells: Spells) -> IntArray:
    """Nights for which each claim pays by month and kind, and all nights of its groups."""
    return np.stack([_claimed(plan, claim, spells) for claim in plan.claims])


def _claimed(plan: Plan, claim: Claim, spells: Spells) -> IntArray:
    """One claim's nights; a child is of an age from its birthday on."""
    starts = month_starts(plan)
    meant = spells[np.isin(spells["group"], claim.groups)]
    kind, first, end = kinds_of(meant), np.maximum(meant["start_day"], 0), ends_of(plan, meant)
    nights = np.zeros((len(KINDS) + 1, plan.period.months), dtype=np.int64)
    nights[-1] = _within(starts, first, end).sum(axis=0)
    born = meant["birth_day"].astype(np.int64)
    calendar = plan.world.timeline
    of_age = (
        birthday_on(calendar, born, claim.youngest),
        birthday_on(calendar, born, claim.oldest + 1),
    )
    first, end = np.maximum(first, claim.first_day), np.minimum(end, claim.end_day)
    by_spell = _within(starts, np.maximum(first, of_age[0]), np.minimum(end, of_age[1]))
    paid = np.isin(kind, claim.kinds)
    np.add.at(nights, kind[paid], by_spell[paid])
    return nights.T


def _within(starts: IntArray, first: IntArray, end: IntArray) -> IntArray:
    """Nights from a first day to an end that lie in each month: shape (spell, month)."""
    last = np.minimum(end[:, None], starts[None, 1:])
    return np.clip(last - np.maximum(first[:, None], starts[None, :-1]), 0, None)


def covered_nights(plan: Plan, spells: Spells) -> IntArray:
    """Nights in places bought as a block by month and kind: each night as many as there are."""
    days, starts = plan.period.days, month_starts(plan)
    covered = np.zeros((plan.period.months, len(KINDS)), dtype=np.int64)
    kind, first, end = kinds_of(spells), np.maximum(spells["start_day"], 0), ends_of(plan, spells)
    for bought in sorted({block.kind for block in plan.blocks}):
        mine = kind == bought
        changes = np.zeros(days + 1, dtype=np.int64)
        np.add.at(changes, first[mine], 1)
        np.add.at(changes, end[mine], -1)
        places = np.sum([b.places for b in plan.blocks if b.kind == bought], axis=0)
        used = np.minimum(changes.cumsum()[:days], places)
        covered[:, bought] = np.add.reduceat(used, starts[:-1])
    return covered


NOTED: Final[dict[str, Callable[[Plan, Spells], IntArray]]] = {
    CLAIMED: claimed_nights,
    COVERED: covered_nights,
}


def claims_cut_bands(plan: Plan) -> bool:
    """Whether some claim is for ages that are not whole age bands."""
    ends = {end for claim in plan.claims for end in (claim.youngest, claim.oldest + 1)}
    return not ends <= set(AGE_BAND_YEARS)


def expected_notes(plan: Plan, children: NDArray[np.float64], nights: NDArray[Any]) -> Notes:
    """The same of expected numbers: of each kind's nights, the share of its stock that is meant.

    Blocks are taken to be used by the expected number, which is a little more than is so.

    Parameters
    ----------
    children : shape (month + 1, age, kind, group), at month ends; by age band or year of age
    nights : shape (month, kind)
    """
    stock = (children[:-1] + children[1:]) / 2
    total = stock.sum(axis=(1, 3))
    notes: Notes = {}
    if plan.claims:
        starts = month_starts(plan)
        made = [
            _expected_claim(claim, stock, total, nights, _within_months(claim, starts))
            for claim in plan.claims
        ]
        notes[CLAIMED] = np.stack(made)[None]
    if plan.blocks:
        covered = np.zeros_like(nights, dtype=np.float64)
        places = np.zeros((len(KINDS), plan.period.days))
        for block in plan.blocks:
            places[block.kind] += block.places
        bought = np.add.reduceat(places, month_starts(plan)[:-1], axis=1).T
        covered[:] = np.minimum(nights, bought)
        notes[COVERED] = covered[None]
    return notes


def _within_months(claim: Claim, starts: IntArray) -> NDArray[np.float64]:
    """The share of each month's days on which a claim is in effect."""
    first, end = np.array([claim.first_day]), np.array([claim.end_day])
    return np.asarray(_within(starts, first, end)[0] / np.diff(starts))


def _expected_claim(
    claim: Claim,
    stock: NDArray[Any],
    total: NDArray[Any],
    nights: NDArray[Any],
    in_effect: NDArray[np.float64],
) -> NDArray[np.float64]:
    """One claim's nights; its ages are whole ones of the stock's."""
    years = AGE_BAND_YEARS if stock.shape[1] == len(AGE_BANDS) else range(19)
    ages = slice(years.index(claim.youngest), years.index(claim.oldest + 1))
    meant = stock[..., list(claim.groups)].sum(axis=3)
    per_child = np.divide(nights, total, out=np.zeros_like(total), where=total > 0)
    paid = meant[:, ages].sum(axis=1) * per_child * in_effect[:, None]
    paid[:, [kind for kind in range(len(KINDS)) if kind not in claim.kinds]] = 0.0
    everybody = (meant.sum(axis=1) * per_child).sum(axis=1, keepdims=True)
    return np.concatenate([paid, everybody], axis=1)
