"""What a future keeps: counts by month, in integers, from which every table is made."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import REASONS

FLOWS: Final = (
    "entries",
    "re_entries",
    "delayed_entries",
    "would_be_entries",
    "prevented",
    "delayed",
    *(f"exits_{reason}" for reason in REASONS),
    "breakdowns",
    "planned_moves",
    "closure_moves",
    "placed_externally_for_want_of_in_house",
    "placed_in_another_type_than_needed",
    "families_referred",
    "families_engaged",
    "families_turned_away",
    "started",  # as the DfE counts: a child once a year, by its first start
    "ceased",  # a child once a year, by its last leaving
)
PRICE_UNIT: Final = 1_000_000  # price-weighted nights are kept in millionths of a night


@dataclass(frozen=True, slots=True)
class Tally:
    """One future in integers. Months run from the start; index 0 of stocks is the opening."""

    children: NDArray[np.int32]  # (month + 1, age band, kind, group): in care on the night
    staying_on: NDArray[np.int32]  # (month + 1, kind): adults who keep a place
    nights: NDArray[np.int32]  # (month, kind, cohort)
    price_nights: NDArray[np.int64]  # (month, kind, cohort), millionths, price and relative in
    adult_nights: NDArray[np.int32]  # (month, kind)
    adult_price_nights: NDArray[np.int64]  # (month, kind)
    flows: NDArray[np.int32]  # (month, flow)
    three_placements: NDArray[np.int32]  # (year,): in care on 31 March with 3 or more in the year
    engaged: NDArray[np.int32]  # (month, service): families who began support
