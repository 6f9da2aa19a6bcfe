"""Edge of care: a service that supports families so that children need not come into care.

Each would-be entry has a lead: the family can be referred that many days before it. Referral,
engagement and effect are drawn once a family. Of the engaged a share is prevented, a share is
delayed, and the rest come into care on their day. Families whose child would not have come into
care anyway use places on the caseload too.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled
from lacmodel.randomness import Purpose, exponential, uniform
from lacmodel.tables import Table, table_field

PREVENTED: Final = 0
DELAYED: Final = 1
ENTERED: Final = 2
WOULD_NOT_HAVE_ENTERED: Final = 3
NOT_ENGAGED: Final = 4
CASELOAD_FULL: Final = 5
OUTCOMES: Final = (
    "prevented",
    "delayed",
    "entered",
    "would_not_have_entered",
    "not_engaged",
    "caseload_full",
)


@dataclass(frozen=True, slots=True)
class EdgeOfCareParameters:
    """What holds for any edge-of-care service; a service itself is a change in a scenario."""

    lead_mean_days: Table = table_field("days")
    lead_most_days: Table = table_field("days")
    delay_mean_days: Table = table_field("days")


class EdgeOfCareTables(NamedTuple):
    """Services as the engines read them."""

    lead_mean_days: float
    lead_most_days: float
    reach: NDArray[np.float64]  # (service, month): nil while the service is shut
    opens: NDArray[np.int64]  # (service,): first day of referrals
    closes: NDArray[np.int64]  # (service,): first day without
    scope: NDArray[np.bool_]  # (service, cell)
    caseload: NDArray[np.int64]  # (service, month): families at a time
    support_days: NDArray[np.int64]  # (service,)
    engaged_share: NDArray[np.float64]  # (service,)
    prevented_share: NDArray[np.float64]  # (service,): of those engaged who would have entered
    delayed_share: NDArray[np.float64]  # (service,)
    delay_mean_days: NDArray[np.float64]  # (service,)


@compiled
def lead_days(services: EdgeOfCareTables, key: int, family: int) -> int:
    """Days between a referral and the entry that would follow it.

    Exponential, cut at a most: -mean * log(1 - u * (1 - exp(-most / mean))), rounded down.
    """
    draw = uniform(key, family, Purpose.LEAD, 0, 0)
    reached = 1.0 - math.exp(-services.lead_most_days / services.lead_mean_days)
    return int(-services.lead_mean_days * math.log(1.0 - draw * reached))


@compiled
def is_open(services: EdgeOfCareTables, service: int, day: int) -> bool:
    """Whether a service takes referrals on a day."""
    return services.opens[service] <= day < services.closes[service]


@compiled
def referred_to(
    services: EdgeOfCareTables, key: int, family: int, cell: int, day: int, month: int
) -> int:
    """The first service open on a day that is offered to a would-be entrant's family, or -1."""
    for service in range(services.opens.shape[0]):
        if (
            services.scope[service, cell]
            and is_open(services, service, day)
            and uniform(key, family, Purpose.REACH, 0, service) < services.reach[service, month]
        ):
            return service
    return -1


@compiled
def engages(services: EdgeOfCareTables, key: int, family: int, service: int) -> bool:
    """Whether a referred family takes part."""
    return uniform(key, family, Purpose.ENGAGED, 0, service) < services.engaged_share[service]


@compiled
def effect_on(services: EdgeOfCareTables, key: int, family: int, service: int) -> int:
    """What support does for an engaged family whose children would have come into care."""
    draw = uniform(key, family, Purpose.EFFECT, 0, service)
    if draw < services.prevented_share[service]:
        return PREVENTED
    if draw < services.prevented_share[service] + services.delayed_share[service]:
        return DELAYED
    return ENTERED


@compiled
def delay_days(services: EdgeOfCareTables, key: int, family: int, service: int) -> int:
    """Days by which a delayed family's entry is put off, at least 1."""
    mean = services.delay_mean_days[service]
    return max(1, int(math.ceil(mean * exponential(key, family, Purpose.DELAY, 0, service))))
