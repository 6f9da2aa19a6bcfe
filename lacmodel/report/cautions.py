"""What must be known before an answer is read."""

from typing import Final

from lacmodel.analyses.forecast import Headline
from lacmodel.report.words import long_date, whole

FEW: Final = 50  # children in care, a judgement: a family is more than one in twenty of fewer
USUAL: Final = (0.8, 1.25)  # of the last known count; under 1 in 100 yearly changes is outside
FAMILY: Final = 3  # siblings who come or leave together


def cautions(answer: Headline) -> list[str]:
    """What to say before the answer; nothing of most runs."""
    return [
        *one_future(answer),
        *old_count(answer),
        *odd_list(answer),
        *small_numbers(answer),
    ]


def one_future(answer: Headline) -> list[str]:
    """That one future was run alone, where it was."""
    if answer.future is None:
        return []
    return [
        f"This is one future alone, number {answer.future}: one course of events as chance had it, "
        "to be looked into. It is no forecast, and has no range and no chance."
    ]


def old_count(answer: Headline) -> list[str]:
    """That the children of the start were counted long before it, where they were."""
    if answer.counted is None:
        return []
    return [
        f"The children said to be in care on {long_date(answer.opening)} are those of "
        f"{long_date(answer.counted)}, the last count that is given: what has happened since is "
        "not in this forecast."
    ]


def odd_list(answer: Headline) -> list[str]:
    """That a list of today's placements has far fewer or more children than were known last."""
    counts = answer.counts
    if counts is None or USUAL[0] <= counts.children / counts.known <= USUAL[1]:
        return []
    return [
        f"CHECK THE LIST: it has {whole(counts.children)} children; the area's history says "
        f"{whole(counts.known)} on {long_date(counts.known_on)}. A list must hold every child in "
        "care and nobody else, or every number here is wrong."
    ]


def small_numbers(answer: Headline) -> list[str]:
    """What small numbers mean, where there are few children."""
    if answer.children >= FEW:
        return []
    doubled, share = "double it or more", f"change it by {FAMILY / max(answer.children, 1):.0%}"
    change = doubled if answer.children <= FAMILY else share
    return [
        f"Small numbers: with {answer.children} in care on {long_date(answer.opening)} one family "
        f"of three would {change}, so a range says more than its middle; and counts under 10, most "
        "of all under 5, can tell who a child is, so share only what lacmodel publish writes."
    ]
