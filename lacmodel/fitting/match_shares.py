"""Match shares: how often a free place suits a child, from places, children and bought places.

With the share meant, things go on as they are: in the long run the council's own places of a kind
hold as many children as at the start.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import EXTERNAL, FOSTER, IN_HOUSE, KIND_OF, KINDS, SPLIT_BY_PROVIDER
from lacmodel.engines import monthly
from lacmodel.engines.places_taken import log_weights, with_load
from lacmodel.fitting import run_in
from lacmodel.fitting.published_figures import PublishedFigures, Scope
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

HALVINGS: Final = 40
LEAST_MATCH: Final = 1e-4


def match_share(in_house_share: float, free: float) -> float:
    """The chance that a free place suits a child, if some are free and a share is placed in-house.

    From ``in_house_share = 1 - (1 - match) ** free``.

    >>> round(match_share(0.44, 65), 4)
    0.0089
    """
    return float(1 - (1 - in_house_share) ** (1 / free))


def settled(places: int, match: float, needing: float, again: float) -> float:
    """Children whom some places hold in the long run, of those who need the type.

    A share ``again`` of those who leave a place, own or bought, need the type again. Those who
    left an own place are in the law already, so its load is ``needing - again * own``.

    >>> round(settled(2, 1.0, 1.0, 0.0), 3)  # Erlang: 1 less 1/5
    0.8
    """
    weights = log_weights(places, match, again)
    low, high = 0.0, needing
    for _ in range(HALVINGS):
        own = (low + high) / 2
        law = with_load(weights, float(np.log(max(needing - again * own, 1e-9))))
        low, high = (own, high) if law @ np.arange(places + 1) > own else (low, own)
    return (low + high) / 2


def needing_by_scope(expected: FloatArray, scopes: list[Scope]) -> FloatArray:
    """Children at the start, own and bought places together, whom the places of a scope take.

    Parameters
    ----------
    expected : shape (group, scope, age band, year of age, time band)
    """
    types = [KINDS[scope.kind][0] for scope in scopes]
    by_year = expected.sum(axis=(2, 4))  # (group, scope, year)
    return np.array(
        [
            by_year[
                np.ix_(
                    scope.groups,
                    [i for i, t in enumerate(types) if t == KINDS[scope.kind][0]],
                    range(scope.youngest, scope.oldest + 1),
                )
            ].sum()
            for scope in scopes
        ]
    )


def again_shares(setting: run_in.Setting, days: FloatArray, turned_18: FloatArray) -> FloatArray:
    """Of those who leave a placement, the share who need the same type again; by type.

    Parameters
    ----------
    days : spent, shape (months since entry, group, age index on entry, placement)
    """
    by_class = run_in.days_by_class(setting, days)
    rates = setting.rates
    weights = monthly.move_weights(setting.ages, setting.times)
    by_part = np.einsum("taw,tgaz->wgz", weights, by_class)
    needed = rates.needed.reshape(-1, *rates.needed.shape[2:])
    moves = np.einsum("wgz,wgzn->zn", by_part, needed)
    exits = np.einsum("tgaz,tgazr->z", by_class, rates.exits)
    went = moves.sum(axis=1) + exits + turned_18.sum(axis=(0, 1, 2))
    return np.divide(np.diag(moves), went, out=np.zeros(len(went)), where=went > 0)


def match_shares(
    figures: PublishedFigures,
    expected: FloatArray,
    scopes: list[Scope],
    again: FloatArray,
    old: Table,
) -> Table:
    """Match shares with which things go on as they are, where some in-house places are free.

    Parameters
    ----------
    expected : children at the start, see `needing_by_scope`
    again : shape (placement type,), see `again_shares`
    old : England's; no share found is above these, and foster carers' are found from the free
        places of the start alone, as there are too many to tell one load from another
    """
    shares = old.values.copy()
    needing = needing_by_scope(expected, scopes)
    for placement in SPLIT_BY_PROVIDER:
        in_house, external = KIND_OF[placement][IN_HOUSE], KIND_OF[placement][EXTERNAL]
        taken, bought = figures.children_by_kind[[in_house, external]]
        free = float(figures.places[in_house] - taken)
        if free <= 0 or taken <= 0 or bought <= 0:
            continue
        if placement == FOSTER:
            shares[in_house] = match_share(float(taken / (taken + bought)), free)
            continue
        own = [
            (round(scope.places), float(needing[i]))
            for i, scope in enumerate(scopes)
            if scope.kind == in_house
        ]
        shares[in_house] = _holding(own, float(taken), float(again[placement]), shares[in_house])
    source = (
        "derived: homes and supported accommodation such that the own places hold in the long run "
        "as many children as at the start (law of places of MODEL.md, section 4), at most "
        "England's; foster care 1 - (1 - in-house share) ** (1 / free places)"
    )
    return Table(shares, old.unit, source, False, old.spread)


def _holding(own: list[tuple[int, float]], taken: float, again: float, most: float) -> float:
    """The match share with which some scopes hold a number of children, or the most allowed."""
    low, high = LEAST_MATCH, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        held = sum(settled(places, middle, needing, again) for places, needing in own)
        low, high = (middle, high) if held < taken else (low, middle)
    return (low + high) / 2
