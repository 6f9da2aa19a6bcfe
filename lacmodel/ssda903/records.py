"""What returns tell of a council's children, in the model's words and without identifiers."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EPOCH: Final = date(1970, 1, 1)
IntArray = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class ReturnSpells:
    """Spells from returns: one element a spell, sorted by child, period and start.

    Days count from 1 January 1970, as ``numpy.datetime64`` does, and a spell ends on the day on
    which the child leaves it: nights = end day - start day. Within a period of care each spell
    begins where the one before it ends.

    Shapes are (spells,) throughout.
    """

    first_day: int  # the first day that the returns cover, a 1 April
    last_day: int  # the last day that they cover, usually a 31 March
    child: IntArray  # a running number, no identifier
    family: IntArray  # children of a family who came together share it
    period: IntArray  # of the child's periods of care that are seen, from 0
    birth_day: IntArray
    group: IntArray  # place in codes.GROUPS
    start_day: IntArray
    end_day: IntArray  # OPEN_DAY where the spell had not ended on last_day
    placement: IntArray  # place in codes.PLACEMENTS
    provider: IntArray  # place in codes.PROVIDERS
    why_started: IntArray  # place in codes.WHY_STARTED; the first seen of a truncated period: OPEN
    # Place in codes.WHY_ENDED, or OPEN: not ended on last_day, or nobody knows how. A spell with an
    # end_day and OPEN (a ghost, an X1 that nothing follows) is seen up to that day and no further.
    why_ended: IntArray
    stayed_on: NDArray[np.bool_]  # turned 18 and stayed with the carers (REC E17)
    # Whether the first day of the period is seen. Where it is not (the first episode that any
    # file shows begins with a move), the period began on or before its first spell's start_day.
    period_start_seen: NDArray[np.bool_]


OPEN_DAY: Final = np.iinfo(np.int32).max


def day_number(when: date) -> int:
    """Days from 1 January 1970 to a date.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return (when - EPOCH).days


def first_of_period(spells: ReturnSpells) -> NDArray[np.bool_]:
    """Which spells are the first that is seen of a period of care; shape (spells,)."""
    changes = (np.diff(spells.child) != 0) | (np.diff(spells.period) != 0)
    return np.append(True, changes)[: len(spells.child)]


def in_care(spells: ReturnSpells, day: int) -> NDArray[np.bool_]:
    """Which spells hold a child on the night of a day; shape (spells,)."""
    return (spells.start_day <= day) & (day < spells.end_day)
