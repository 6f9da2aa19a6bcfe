"""Counting expected numbers: stocks, nights and flows of a month."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BAND_OF_YEAR, AGE_BANDS, GROUPS, ROUTES
from lacmodel.engines.monthly import ADULT
from lacmodel.engines.stocks import Council, Month
from lacmodel.engines.tally import FLOWS

FloatArray = NDArray[np.float64]

BAND_OF_AGE: Final = np.array(
    [AGE_BAND_OF_YEAR[min(17, index // 12)] for index in range(ADULT + 1)]
)
FIRST_OF_BAND: Final = np.flatnonzero(np.diff(BAND_OF_AGE, prepend=-1))
MISSED_FLOWS: Final = (
    "placed_externally_none_free",
    "placed_externally_none_suited",
    "placed_in_another_type_than_needed",
)  # in the order of `lacmodel.engines.placing.Placing.missed`


def count_nights(council: Council, month: Month, nights: FloatArray, cohort: int) -> None:
    """Add nights by state to those of a cohort of `lacmodel.plan.COHORTS`."""
    by_kind = council.expected.nights[month.number, :, cohort]
    np.add.at(by_kind, council.places.states.kind, nights)


def count_opening(council: Council) -> None:
    """Children in care on the opening night, and places taken then."""
    count_children(council, -1)
    council.taken_before = council.taken


def count_flows(council: Council, month: Month) -> None:
    """Exits by reason, moves by cause, and what children had to do without."""
    rates, flows = month.rates, council.expected.flows[month.number]
    leavers = month.leavers.sum(axis=(1, 2))
    for route, name in enumerate(ROUTES):
        flows[FLOWS.index(f"exits_{name}")] = leavers[route]
    flows[FLOWS.index("exits_turned_18")] = month.turned_18.sum()
    # by time class, group, state and age class
    spent = np.add.reduceat(month.spent, council.places.ages.first_index, axis=3)
    breakdowns = np.einsum("tgza,taz->", spent, rates.breakdowns)
    flows[FLOWS.index("breakdowns")] = breakdowns
    flows[FLOWS.index("planned_moves")] = np.einsum("tgza,taz->", spent, rates.planned)
    month.needs += _needs_of_moves(council, month, spent)
    missed = np.einsum("sgn,sgnm->m", month.needs, month.placing.missed)
    for what, name in enumerate(MISSED_FLOWS):
        flows[FLOWS.index(name)] = missed[what]
    support = council.support
    flows[FLOWS.index("families_referred")] = support.referred[:, month.number].sum()
    flows[FLOWS.index("families_engaged")] = support.engaged[:, month.number].sum()
    flows[FLOWS.index("families_turned_away")] = support.turned_away[:, month.number].sum()
    starts = ("entries", "re_entries", "delayed_entries")
    flows[FLOWS.index("started")] = sum(flows[FLOWS.index(name)] for name in starts)
    flows[FLOWS.index("ceased")] = leavers.sum() + month.turned_18.sum()
    index = np.arange(ADULT + 1)
    band = council.places.segment_share[:, :, None] * (
        council.places.ages.band[:, None] == np.arange(len(AGE_BANDS))
    )
    by_band = month.leavers.sum(axis=1) @ band.sum(axis=1)[index]
    council.expected.leavers[month.number] = by_band


def _needs_of_moves(council: Council, month: Month, spent: FloatArray) -> FloatArray:
    """Moves by segment of age, group and need."""
    days = np.einsum("taw,tgza->wgz", council.places.move_weights, spent)
    needed = month.rates.needed
    by_part = np.einsum("wgz,wgzn->wgn", days, needed.reshape(-1, *needed.shape[2:]))
    return by_part.reshape(*needed.shape[:2], *by_part.shape[1:]).sum(axis=1)


def count_children(council: Council, number: int) -> None:
    """Children in care on the last night of a month (-1: the opening), and places taken then."""
    counts = council.expected.children[number + 1]
    kind, opening = council.places.states.kind, council.opening
    age = np.clip(number - opening.birth_month, 0, ADULT)
    by_band = np.zeros((len(AGE_BANDS), len(GROUPS), len(kind)))
    np.add.at(by_band, (BAND_OF_AGE[age], opening.group), opening.children)
    cohorts = council.later_by_age(max(0, number))[council.oldest : number + 1]
    by_age = cohorts.sum(axis=0)  # (group, state, age)
    by_band += np.add.reduceat(by_age, FIRST_OF_BAND, axis=2).transpose(2, 0, 1)
    np.add.at(counts.swapaxes(0, 1), kind, by_band.transpose(2, 0, 1))
    council.taken_before = council.taken
    council.taken = by_band.sum(axis=(0, 1)) + council.adults
