"""The rates that a made-up council is made from."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import IN_HOUSE, KINDS, PLACEMENTS, SPLIT_BY_PROVIDER
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

IN_HOUSE_SHARE: Final = (0.6, 0.11, 0.13)  # of SPLIT_BY_PROVIDER: England, 31 March 2024 (DfE)


class TrueRates(NamedTuple):
    """What a made-up council is made from; hazards are per child per day."""

    start_rate_per_10000: FloatArray  # (age band, group)
    season: FloatArray  # (month of the year,)
    family_size_share: FloatArray  # (group, size)
    age_position_power: FloatArray  # (age band, group)
    first_placement_share: FloatArray  # (age band, group, placement)
    staying_on_share: FloatArray  # (placement,)
    leaving_per_day: FloatArray  # (route, age band, time band, placement, group)
    breakdown_per_day: FloatArray  # (kind, age band, under or over 26 weeks)
    breakdown_next_share: FloatArray  # (placement, age band, placement)
    planned_per_day: FloatArray  # (placement, age band)
    planned_next_share: FloatArray  # (placement, age band, placement)
    re_entry_per_day: FloatArray  # (reason, band of time since leaving)
    in_house_share: FloatArray  # (placement,)


def true_rates(
    tables: Mapping[str, Table], in_house_share: tuple[float, ...] = IN_HOUSE_SHARE
) -> TrueRates:
    """Rates from tables by parameter name, such as those of ``factors.csv``.

    ``in_house_share`` is the share of placements with the council's own providers by type of
    `SPLIT_BY_PROVIDER`: places are unlimited here, so no free place decides it.
    """
    value = {name: table.values for name, table in tables.items()}
    leaving = np.einsum(
        "ra,rt,rp,rg->ratpg",
        *(value[f"exits.{name}"] for name in
          ("base_per_day", "time_factor", "placement_factor", "group_factor")),
    )  # fmt: skip
    shares = np.array([float((type_, IN_HOUSE) in KINDS) for type_ in range(len(PLACEMENTS))])
    shares[list(SPLIT_BY_PROVIDER)] = in_house_share
    return TrueRates(
        start_rate_per_10000=value["entries.start_rate_per_10000"],
        season=value["entries.season"],
        family_size_share=value["entries.family_size_share"],
        age_position_power=value["entries.age_position_power"],
        first_placement_share=value["placements.first_placement_share"],
        staying_on_share=value["placements.staying_on_share"],
        leaving_per_day=leaving,
        breakdown_per_day=value["moves.breakdown_per_day"],
        breakdown_next_share=value["moves.breakdown_next_share"],
        planned_per_day=value["moves.planned_per_day"],
        planned_next_share=value["moves.planned_next_share"],
        re_entry_per_day=value["re_entries.hazard_per_day"],
        in_house_share=shares,
    )
