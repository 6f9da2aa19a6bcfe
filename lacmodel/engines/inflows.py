"""Who comes into care in expectation: entries, what edge of care does to them, and past leavers.

Intensities are constant within a month. Children are counted by group and by age index in their
month of entry (`lacmodel.engines.monthly`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS
from lacmodel.engines.monthly import ADULT, entry_age_weights
from lacmodel.pathway.edge_of_care import EdgeOfCareTables
from lacmodel.pathway.entries import CELLS, EntryTables
from lacmodel.timeline import Timeline

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Support(NamedTuple):
    """What services do in expectation."""

    referred: FloatArray  # (service, month): families referred, by month of referral
    engaged: FloatArray  # (service, month): families who begin support
    turned_away: FloatArray  # (service, month): families who find the caseload full
    supported_share: FloatArray  # (service, cell, month): of would-be entries, by month of entry


def mean_sizes(entries: EntryTables) -> FloatArray:
    """Mean number of children of a family, by group."""
    sizes = np.arange(1, entries.family_size_share.shape[1] + 1)
    return np.asarray(entries.family_size_share @ sizes, dtype=np.float64)


def families_per_day(entries: EntryTables) -> FloatArray:
    """Would-be families per day, shape (cell, month): intensity x levers + what changes add."""
    return np.asarray(entries.per_day * entries.multiplier + entries.added_per_day.sum(axis=0))


def children_per_day(entries: EntryTables) -> FloatArray:
    """Would-be entrants per day, shape (cell, month): families x their mean size."""
    group = np.arange(CELLS) % len(GROUPS)
    return np.asarray(families_per_day(entries) * mean_sizes(entries)[group][:, None])


def age_weights(entries: EntryTables) -> FloatArray:
    """Share of a cell's entrants by age index; shape (cell, age index)."""
    return np.stack(
        [
            entry_age_weights(band, float(entries.age_position_power[band, group]))
            for band in range(len(AGE_BANDS))
            for group in range(len(GROUPS))
        ]
    )


def lead_shares(services: EdgeOfCareTables) -> FloatArray:
    """Share of leads by whole days: an exponential cut at a most, rounded down."""
    days = np.arange(int(services.lead_most_days) + 1)
    ends = np.minimum(days + 1, services.lead_most_days)
    reached = 1 - np.exp(-services.lead_most_days / services.lead_mean_days)
    cumulated = (1 - np.exp(-ends / services.lead_mean_days)) / reached
    return np.asarray(np.diff(cumulated, prepend=0.0))


def open_on(services: EdgeOfCareTables, timeline: Timeline) -> NDArray[np.bool_]:
    """Whether a service takes referrals on a day; shape (service, day)."""
    days = np.arange(timeline.days)
    return (services.opens[:, None] <= days) & (days < services.closes[:, None])


def loss_share(load: float, places: int) -> float:
    """Erlang's B: share turned away from some places by a load, by his recursion.

    >>> loss_share(1.0, 2)
    0.2
    """
    lost = 1.0
    for place in range(1, places + 1):
        lost = load * lost / (place + load * lost)
    return lost


def support(entries: EntryTables, services: EdgeOfCareTables, timeline: Timeline) -> Support:
    """Referrals and support by service, limited by the caseloads.

    A family in scope is referred to the first service that is offered to it; of those who engage,
    the share that finds the caseload full is Erlang's B of (engaging families a day x days of
    support) and the caseload of the month, once the first support has ended.
    """
    months = int(np.searchsorted(timeline.month_start, timeline.days))
    count = len(services.opens)
    referred_by_month, engaged_by_month, away = np.zeros((3, count, months))
    share = np.zeros((count, CELLS, months))
    if count == 0:
        return Support(referred_by_month, engaged_by_month, away, share)
    leads, is_open = lead_shares(services), open_on(services, timeline)
    month = timeline.month_of_day[: timeline.days]
    offered = np.where(is_open, services.reach[:, month], 0.0)  # to families in scope
    daily = families_per_day(entries)[:, timeline.month_of_day]  # (cell, day), look-ahead included
    passed = np.ones((CELLS, timeline.days))  # share not referred to an earlier service
    for service in range(count):
        referred = np.where(services.scope[service][:, None], offered[service] * passed, 0.0)
        passed = passed - referred
        families = (referred * _referable(daily, leads, timeline.days)).sum(axis=0)
        families += is_open[service] * _not_entering(entries, timeline, leads, service)
        engaged = families * services.engaged_share[service]
        lost = _lost_by_day(services, service, engaged, month)
        share_begun = 1 - lost
        referred_by_month[service] = np.bincount(month, families, minlength=months)
        engaged_by_month[service] = np.bincount(month, engaged * share_begun, minlength=months)
        away[service] = np.bincount(month, engaged * lost, minlength=months)
        begun = referred * services.engaged_share[service] * share_begun
        share[service] = _by_month_of_entry(begun, leads, month, months)
    return Support(referred_by_month, engaged_by_month, away, share)


def _referable(daily: FloatArray, leads: FloatArray, days: int) -> FloatArray:
    """Would-be families by the day on which they can be referred; shape (cell, day)."""
    padded = np.pad(daily, ((0, 0), (0, max(0, days + len(leads) - daily.shape[1]))))
    return np.stack([np.correlate(row, leads, mode="valid")[:days] for row in padded])


def _not_entering(
    entries: EntryTables, timeline: Timeline, leads: FloatArray, service: int
) -> FloatArray:
    """Families per day whose child would not have entered, referred if the service is open."""
    per_day = entries.per_day * entries.not_entering_multiplier[service]
    per_day = per_day + entries.added_not_entering_per_day[service]
    daily = per_day.sum(axis=0)[None, timeline.month_of_day]
    return _referable(daily, leads, timeline.days)[0]


def _lost_by_day(
    services: EdgeOfCareTables, service: int, engaged: FloatArray, month: IntArray
) -> FloatArray:
    """Share of engaging families who find the caseload full, by day of referral.

    Until the first support ends, those who have engaged so far have it, a Poisson number.
    """
    from scipy.special import gammainc

    per_day = np.bincount(month, engaged) / np.bincount(month)
    load = per_day * services.support_days[service]
    caseload = services.caseload[service]
    lost = np.array([loss_share(float(a), int(c)) for a, c in zip(load, caseload, strict=False)])
    by_day, places = lost[month], caseload[month]
    opens = max(0, int(services.opens[service]))
    filling = slice(opens, opens + int(services.support_days[service]))
    so_far = np.cumsum(engaged) - engaged / 2
    some = np.maximum(places, 1)[filling]
    by_day[filling] = np.where(places[filling] > 0, gammainc(some, so_far[filling]), 1.0)
    return by_day


def _by_month_of_entry(
    begun: FloatArray, leads: FloatArray, month: IntArray, months: int
) -> FloatArray:
    """Share of would-be entries that were supported, by month of entry; shape (cell, month)."""
    days = begun.shape[1]
    daily = np.stack([np.convolve(row, leads)[:days] for row in begun])
    return np.stack([np.bincount(month, row, minlength=months) for row in daily]) / np.bincount(
        month, minlength=months
    )


def share_alive(hazard_per_day: FloatArray | float, days: float) -> FloatArray:
    """Share to whom something has not happened after some days: exp(-hazard x days)."""
    return np.asarray(np.exp(-np.asarray(hazard_per_day) * days))


def mean_share_alive(hazard_per_day: FloatArray | float, days: float) -> FloatArray:
    """The mean of `share_alive` over the days up to some day: (1 - exp(-h d)) / (h d).

    >>> round(float(mean_share_alive(0.01, 30)), 4), float(mean_share_alive(0.0, 30))
    (0.8639, 1.0)
    """
    x = np.asarray(hazard_per_day, dtype=np.float64) * days
    return np.where(x > 0, -np.expm1(-x) / np.where(x > 0, x, 1.0), 1.0)


class Waiting:
    """Children who may come (back) into care, by kind of waiting, month it began, and birth.

    Used for those who left care and for delayed entrants. ``began[kind, began, group, slot]`` began
    to wait in a month: ``began`` is counted from ``earliest`` months before the run, and ``slot``
    is the month of birth counted from 216 months before the run, so nothing is moved as time
    passes. Of them the share ``still[kind, began]`` still waits, until they turn 18.
    """

    def __init__(self, kinds: int, earliest: int, months: int) -> None:
        self.earliest = earliest
        self.began = np.zeros((kinds, earliest + months, len(GROUPS), ADULT + months))
        self.still = np.ones((kinds, earliest + months))
        self.grown_up = 0  # slots of those who have turned 18

    def children(self) -> FloatArray:
        """Those who wait now; shape (kind, month it began, group, slot)."""
        children = self.began * self.still[..., None, None]
        children[..., : self.grown_up] = 0.0
        return children

    def step(
        self, month: int, arrivals: FloatArray, hazard_per_day: FloatArray, days: float
    ) -> FloatArray:
        """Advance a month; returns those who come in, shape (group, age index).

        Parameters
        ----------
        arrivals : shape (kind, group, age index), at even times in the month
        hazard_per_day : shape (kind, months since it began, from 0)
        """
        since = hazard_per_day.shape[1]
        first = max(0, self.earliest + month - since + 1)
        now = self.earliest + month
        began, still = self.began[:, first:now], self.still[:, first:now]
        hazard = hazard_per_day[:, now - first : 0 : -1]  # (kind, month it began)
        stays = share_alive(hazard, days)
        until_18 = share_alive(hazard, days / 2)  # until the 18th birthday
        held = began[..., month : month + ADULT + 1].swapaxes(1, 2)
        comes = still * np.stack([1 - stays, 1 - until_18])  # (all month or until 18, kind, began)
        came, turning = (comes.swapaxes(0, 1)[:, None] @ held).sum(axis=0).swapaxes(0, 1)
        came[:, 0] = turning[:, 0]
        still *= stays
        self.grown_up = month + 1
        new_stays = mean_share_alive(hazard_per_day[:, :1], days)[..., None]
        self.add(month, arrivals * new_stays)
        return np.asarray(came[:, ::-1] + (arrivals * (1 - new_stays)).sum(axis=0))

    def add(self, month: int, arrivals: FloatArray) -> None:
        """Add children who begin to wait in a month and cannot come in before the next.

        Parameters
        ----------
        arrivals : shape (kind, group, age index)
        """
        now = self.began[:, self.earliest + month, :, month : month + ADULT + 1]
        now += arrivals[:, :, ::-1]
        now[..., 0] = 0.0
