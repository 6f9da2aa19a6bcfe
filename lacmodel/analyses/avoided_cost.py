"""What an edge-of-care service saves, and how the simple claim gets there, in every future."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.cost_avoidance import AtEffect, CostAvoidance, count_within
from lacmodel.codes import EXTERNAL_KINDS, KINDS
from lacmodel.money.spend import SERVICES

FloatArray = NDArray[np.float64]


class Account(NamedTuple):
    """Pounds of every future, by financial year: shape (future, year) each."""

    avoided: FloatArray
    cashable: FloatArray  # of the avoided: external placements, which are bought one by one
    service: FloatArray  # what the service costs

    @property
    def not_cashable(self) -> FloatArray:
        """Of the avoided: the council's own places, and adults staying on."""
        return self.avoided - self.cashable

    @property
    def net(self) -> FloatArray:
        """Avoided less the service's own cost."""
        return self.avoided - self.service


def avoided_by_line(answer: CostAvoidance, run: AtEffect) -> FloatArray:
    """Net spend at nil effect less that of a run, pounds: shape (future, year, line)."""
    before, after = answer.nil.result.money, run.result.money
    avoided = before.by_year(before.net) - after.by_year(after.net)
    avoided[:, :, SERVICES] = 0
    return np.asarray(avoided / 100, dtype=np.float64)


def nights_avoided(answer: CostAvoidance, run: AtEffect) -> NDArray[np.int64]:
    """Nights at nil effect less those of a run: shape (future, year, kind)."""
    before, after = answer.nil.result.money, run.result.money
    nights = before.by_year(before.nights).astype(np.int64) - after.by_year(after.nights)
    return np.asarray(nights[:, :, : len(KINDS)], dtype=np.int64)


def account(answer: CostAvoidance, run: AtEffect) -> Account:
    """Spend avoided, how much of it is cashable, and the service's cost."""
    avoided, money = avoided_by_line(answer, run), run.result.money
    service = money.by_year(money.net_in(lines=SERVICES)) / 100
    return Account(avoided.sum(axis=2), avoided[:, :, list(EXTERNAL_KINDS)].sum(axis=2), service)


def break_even(shares: list[float], net: list[float]) -> float | None:
    """The share of the stated effect at which the service pays for itself, None if none does.

    Net pounds are joined by straight lines between the effects that were simulated.

    >>> break_even([0.0, 0.5, 1.0], [-10.0, 10.0, 40.0])
    0.25
    >>> break_even([0.0, 0.5, 1.0], [-10.0, -8.0, -6.0])
    """
    if net[0] >= 0.0:
        return shares[0]
    for left in range(len(shares) - 1):
        if net[left] < 0.0 <= net[left + 1]:
            part = -net[left] / (net[left + 1] - net[left])
            return shares[left] + part * (shares[left + 1] - shares[left])
    return None


def break_even_effect(answer: CostAvoidance) -> float | None:
    """The share of the stated effect at which mean net pounds over the whole run are nought."""
    net = [float(account(answer, run).net.sum(axis=1).mean()) for run in answer.runs]
    return break_even([run.share for run in answer.runs], net)


# The simple claim --------------------------------------------------------------------------------


def simple_claim(children: float, weeks: float, gbp_per_week: float) -> float:
    """What a service's own count claims, pounds: children x weeks x price.

    >>> simple_claim(23, 12, 477)
    131652
    """
    return children * weeks * gbp_per_week


def claim_steps(answer: CostAvoidance, run: AtEffect) -> dict[str, FloatArray]:
    """From the simple claim to what the service saves, pounds: shape (future,) each.

    The first step is the claim; each later one is added to it; the last is their sum::

        claim               out x weeks x price
        stayed out anyway   - out_without x weeks x price
        nights              avoided nights / 7 x price - (out - out_without) x weeks x price
        kind and price      avoided spend - avoided nights / 7 x price
        the service's cost  - cost
    """
    count, books = count_within(answer, run), account(answer, run)
    price = answer.claim_price
    out = simple_claim(count.out, answer.weeks, price)  # type: ignore[arg-type]
    anyway = simple_claim(count.out_without, answer.weeks, price)  # type: ignore[arg-type]
    nights = nights_avoided(answer, run).sum(axis=(1, 2)) / 7 * price
    avoided = books.avoided.sum(axis=1)
    return {
        f"the simple claim: children counted as out x {answer.weeks} weeks x price": out,
        "children who would have stayed out anyway": -anyway,
        "nights in care really avoided, instead of so many weeks": nights - (out - anyway),
        "the placements and prices avoided, instead of the one price": avoided - nights,
        "the service's own cost": -books.service.sum(axis=1),
        "net": books.net.sum(axis=1),
    }
