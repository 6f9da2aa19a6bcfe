"""Records: what an engine writes down, one row a spell and one a referral."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.pathway.entries import Families

SPELL: Final = np.dtype(
    [
        ("future", np.int32),
        ("child", np.int64),
        ("family", np.int64),
        ("period", np.int16),
        ("spell", np.int16),
        ("group", np.int8),
        ("level", np.int8),
        ("birth_day", np.int32),
        ("start_day", np.int32),
        ("end_day", np.int32),  # -1: still open at the horizon
        ("needed", np.int8),
        ("placement", np.int8),
        ("provider", np.int8),
        ("supply", np.int16),  # row of supply; -1: none was free, -2: none suited
        ("why_started", np.int8),
        ("why_ended", np.int8),  # -1: open
        ("alone", np.int8),  # 1: needs a home with nobody else in it
        ("price_factor", np.float64),
    ]
)

REFERRAL: Final = np.dtype(
    [
        ("future", np.int32),
        ("family", np.int64),
        ("service", np.int8),
        ("day", np.int32),
        ("children", np.int8),
        ("cell", np.int8),
        ("outcome", np.int8),  # lacmodel.pathway.edge_of_care.OUTCOMES
        ("would_enter_day", np.int32),  # the day of entry without the service, -1: none
    ]
)


@dataclass(frozen=True, slots=True)
class History:
    """One future as an engine ran it: spells sorted by start day, then child; referrals; families.

    A spell that started as `staying_on` is an adult who keeps a place, not a child in care.
    """

    future: int
    spells: NDArray[np.void]  # SPELL
    referrals: NDArray[np.void]  # REFERRAL
    families: Families
    by_child: NDArray[np.int64]  # puts the spells in order by child, then time


def history(
    future: int, spells: NDArray[np.void], referrals: NDArray[np.void], families: Families
) -> History:
    """The books of a future in their order: spells by start day and child, referrals by day."""
    by_start = np.lexsort((spells["spell"], spells["child"], spells["start_day"]))
    spells = spells[by_start]
    by_child = np.lexsort((spells["start_day"], spells["child"]))
    by_day = np.lexsort((referrals["family"], referrals["day"]))
    return History(future, spells, referrals[by_day], families, by_child)
