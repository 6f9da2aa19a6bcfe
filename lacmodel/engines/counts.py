"""Counting expected numbers: stocks, nights and flows of a month."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BAND_YEARS, GROUPS, ROUTES
from lacmodel.engines.monthly import ADULT
from lacmodel.engines.stocks import Council, Month
from lacmodel.engines.tally import FLOWS

FloatArray = NDArray[np.float64]

FIRST_OF_BAND: Final = [12 * year for year in AGE_BAND_YEARS[:-1]]  # age index
MISSED_FLOWS: Final = (
    "placed_externally_none_free",
    "placed_externally_none_suited",
    "placed_in_another_type_than_needed",
)  # in the order of `lacmodel.engines.placing.Placing.missed`


def count_nights(council: Council, month: Month, nights: FloatArray, cohort: int) -> None:
    """Add nights by state to those of a cohort of `lacmodel.plan.COHORTS`."""
    council.expected.nights[month.number, :, cohort] += nights @ council.places.in_kind


def count_opening(council: Council) -> None:
    """Children in care on the opening night, and places taken then."""
    opening, places = council.opening, council.places
    age_class = places.age_class[-1 - opening.birth_month]
    classes, states = len(places.ages.first_index), len(places.states.kind)
    by_class = np.zeros((len(GROUPS), 1, classes, states))
    np.add.at(by_class, (opening.group, 0, age_class), opening.held[:, 0])
    count_children(council, -1, by_class)
    council.taken_before = council.taken


def count_flows(council: Council, month: Month) -> None:
    """Exits by reason, moves by cause, and what children had to do without."""
    rates, flows = month.rates, council.expected.flows[month.number]
    spent = month.spent.swapaxes(0, 1)  # (time class, group, age class, state)
    by_age = (spent[..., None, :] @ rates.exits).sum(axis=(0, 1))[:, 0]  # (age class, route)
    leavers = by_age.sum(axis=0)
    for route, name in enumerate(ROUTES):
        flows[FLOWS.index(f"exits_{name}")] = leavers[route]
    flows[FLOWS.index("exits_turned_18")] = month.turned_18.sum()
    everyone = spent.sum(axis=1)
    flows[FLOWS.index("breakdowns")] = (everyone * rates.breakdowns).sum()
    flows[FLOWS.index("planned_moves")] = (everyone * rates.planned).sum()
    month.needs += _needs_of_moves(council, month)
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
    council.expected.leavers[month.number] = by_age.T @ council.places.in_band


def _needs_of_moves(council: Council, month: Month) -> FloatArray:
    """Moves by segment of age, group and need."""
    weights, needed = council.places.move_weights, month.rates.needed
    spent = month.spent.reshape(len(GROUPS), -1, month.spent.shape[3])
    days = weights.reshape(-1, weights.shape[2]).T @ spent  # (group, segment x early, state)
    by_part = days.swapaxes(0, 1)[:, :, None] @ needed.reshape(-1, *needed.shape[2:])
    return by_part.reshape(*needed.shape[:3], -1).sum(axis=1)


def count_children(council: Council, number: int, by_class: FloatArray) -> None:
    """Who is there on the last night of a month (-1: the opening), and places taken then.

    Parameters
    ----------
    by_class : shape (group, time class, age class, state)
    """
    first_of_band = np.searchsorted(council.places.ages.first_index, FIRST_OF_BAND)
    by_band = np.add.reduceat(by_class.sum(axis=1), first_of_band, axis=1)  # (group, band, state)
    in_kind = by_band @ council.places.in_kind
    council.expected.children[number + 1] = in_kind.transpose(1, 2, 0)
    council.expected.staying_on[number + 1] = council.adults @ council.places.in_kind
    council.taken_before = council.taken
    council.taken = by_band.sum(axis=(0, 1)) + council.adults


def count_years(council: Council, number: int) -> None:
    """Children by single year of age on the last night of a month (-1: the opening), where asked.

    Who is of age index 12 n to 12 n + 11 in a month is n at its end.
    """
    if not len(council.expected.by_year):
        return
    opening = council.opening
    by_age = council.later.children(number, ended=True).sum(axis=0).swapaxes(1, 2)
    np.add.at(by_age, (opening.group, number - opening.birth_month), opening.held[:, 0])
    by_year = np.add.reduceat(by_age[:, :ADULT], np.arange(0, ADULT, 12), axis=1)
    council.expected.by_year[number + 1] = (by_year @ council.places.in_kind).transpose(1, 2, 0)
