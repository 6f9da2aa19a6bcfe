"""Supported: the children whose families an edge-of-care service supported, and who came into care.

A service counts as prevented those who stay out of care. Two counts are in use: children who have
not come into care within so many weeks of their referral, and children who are not in care on a
date. Beside either stands that of the same children, followed for the same days, with no service.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import STARTED_DELAYED, STARTED_ENTRY, STARTED_STAYING_ON
from lacmodel.engines.records import History
from lacmodel.pathway.edge_of_care import WOULD_NOT_HAVE_ENTERED
from lacmodel.plan import Plan
from lacmodel.timeline import NEVER

DAYS_PER_WEEK: Final = 7
SUPPORTED: Final = np.dtype(
    [
        ("place", np.int32),  # of the future in its ensemble
        ("service", np.int8),
        ("referred", np.int32),  # day
        ("outcome", np.int8),  # lacmodel.pathway.edge_of_care.OUTCOMES
        ("would_enter", np.int32),  # day of entry without any service, NEVER: none
        ("enters", np.int32),  # day of entry in this run, NEVER: none before its end
        ("in_care", np.bool_),  # on the day of the early count
    ]
)
Children = NDArray[np.void]


def supported_in(plan: Plan, history: History, early_day: int) -> Children:
    """The children of the families supported in one future, by referral: dtype `SUPPORTED`."""
    referrals = history.referrals
    families = referrals[referrals["outcome"] <= WOULD_NOT_HAVE_ENTERED]
    sizes = families["children"].astype(np.int64)
    first = np.cumsum(sizes) - sizes
    sibling = np.arange(sizes.sum()) - np.repeat(first, sizes)
    children = np.zeros(len(sibling), dtype=SUPPORTED)
    for name, column in (("service", "service"), ("referred", "day"), ("outcome", "outcome")):
        children[name] = np.repeat(families[column], sizes)
    would = np.where(families["would_enter_day"] < 0, NEVER, families["would_enter_day"])
    children["would_enter"] = np.repeat(would, sizes)
    numbers = np.repeat(families["family"], sizes) + sibling
    children["enters"] = entry_days(history, numbers)
    children["in_care"] = np.isin(numbers, in_care_on(history, early_day))
    return children


def in_care_on(history: History, day: int) -> NDArray[np.int64]:
    """The numbers of the children in care on the night of a day."""
    spells = history.spells
    there = (spells["start_day"] <= day) & ((spells["end_day"] < 0) | (spells["end_day"] > day))
    return spells["child"][there & (spells["why_started"] != STARTED_STAYING_ON)]


def entry_days(history: History, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The day on which each child first came into care in a future; NEVER if it did not."""
    why = history.spells["why_started"]
    entries = history.spells[(why == STARTED_ENTRY) | (why == STARTED_DELAYED)]
    order = np.argsort(entries["child"])
    known, days = entries["child"][order], entries["start_day"][order]
    if len(known) == 0:
        return np.full(len(numbers), NEVER)
    at = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[at] == numbers, days[at], NEVER)


def gathered(by_future: list[Children]) -> Children:
    """The children of all futures in one array, each with the place of its future."""
    children = np.concatenate(by_future)
    children["place"] = np.repeat(np.arange(len(by_future)), [len(some) for some in by_future])
    return children


def followed_for(children: Children, weeks: int, last_day: int) -> NDArray[np.bool_]:
    """Who is followed for so many weeks from referral; nobody sees `last_day` any more."""
    return children["referred"] + DAYS_PER_WEEK * weeks <= last_day


def not_in_within(children: Children, weeks: int) -> NDArray[np.bool_]:
    """Who does not come into care within so many weeks of referral."""
    return children["enters"] - children["referred"] >= DAYS_PER_WEEK * weeks


def by_future(children: Children, which: NDArray[np.bool_], futures: int) -> NDArray[np.int64]:
    """How many of some children there are in each future: shape (future,)."""
    return np.bincount(children["place"][which], minlength=futures)


def chance_as_good(
    out: NDArray[np.int64], out_without: NDArray[np.int64], followed: NDArray[np.int64]
) -> float:
    """Probability that a count made with no service is at least as good as one made with it.

    The share counted as out in one future without the service is set beside the share in each
    future with it; every pair of futures counts the same. All have the shape (future,).

    >>> chance_as_good(np.array([9, 8]), np.array([8, 7]), np.array([10, 10]))
    0.25
    """
    seen = followed > 0
    shares, without = out[seen] / followed[seen], np.sort(out_without[seen] / followed[seen])
    if len(shares) == 0:
        return float("nan")
    as_good = len(without) - np.searchsorted(without, shares, side="left")
    return float(as_good.mean() / len(without))


def counts_without(
    children: Children, follow_up_days: NDArray[np.int64], most: int = 20_000
) -> NDArray[np.int64]:
    """How many of a log's children would not have come into care with no service, many times over.

    The supported children of all futures are taken in order, as many at a time as the log has, so
    that siblings stay together. Each is followed for as long as the log's child in its place; who
    would come into care on a day after the follow-up, or never, is out.

    Parameters
    ----------
    follow_up_days : from referral to the last day seen, by the log's children in order of referral

    Returns
    -------
    shape (groups of children,), at most `most` of them
    """
    size = len(follow_up_days)
    groups = min(most, len(children) // size)
    some = children[: groups * size].reshape(groups, size)
    lead = some["would_enter"].astype(np.int64) - some["referred"]
    return (lead > follow_up_days[None, :]).sum(axis=1)
