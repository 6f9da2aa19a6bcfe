"""Business case: what capital pays back, in real prices, discounted from the first opening.

Month 0 is that in which the first scheme opens. Savings and capital are pounds by month from then
on, futures first. The simulated months are followed by a held part, which repeats the last twelve
of them to the end of the appraisal period.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MONTHS: Final = 12
DISCOUNT_RATE: Final = 0.035  # a year, real: HM Treasury, The Green Book
APPRAISAL_YEARS: Final = 20


def simple_payback_years(capital: float, saving_per_year: float) -> float:
    """Capital over a yearly saving: the years after which it is paid back, if all goes at once.

    >>> round(simple_payback_years(4.7e6, 0.7e6 + 0.5e6 + 0.4e6 + 0.2e6), 1)
    2.6
    """
    return capital / saving_per_year if saving_per_year > 0 else float("inf")


def discount_factors(months: int, rate: float = DISCOUNT_RATE) -> FloatArray:
    """What a pound in the middle of each month is worth in month 0: (1 + rate) ** -((m + .5) / 12).

    >>> discount_factors(13)[[0, 12]].round(4).tolist()
    [0.9986, 0.9648]
    """
    return np.asarray((1.0 + rate) ** -((np.arange(months) + 0.5) / MONTHS), dtype=np.float64)


def deflators(years_since_base: NDArray[np.int64], inflation: float) -> FloatArray:
    """What turns pounds of a year into pounds of the base year: (1 + inflation) ** -years.

    >>> deflators(np.array([0, 1]), 0.02).round(4).tolist()
    [1.0, 0.9804]
    """
    return np.asarray((1.0 + inflation) ** -years_since_base.astype(np.float64), dtype=np.float64)


def held(by_month: FloatArray, months: int) -> FloatArray:
    """Months followed by their last twelve, again and again, to a length.

    >>> held(np.arange(13.0)[None], 26)[0, [12, 13, 24, 25]].tolist()
    [12.0, 1.0, 12.0, 1.0]
    """
    known = by_month.shape[1]
    later = known - MONTHS + np.arange(max(0, months - known)) % MONTHS
    return by_month[:, [*range(min(known, months)), *later]]


def payback_years(saving: FloatArray, capital: FloatArray) -> FloatArray:
    """Years from month 0 until the savings so far first reach all of the capital; inf if never.

    Within the month the saving comes evenly.

    Parameters
    ----------
    saving : shape (future, month)
    capital : shape (month,)

    >>> payback_years(np.full((1, 36), 10.0), np.array([120.0] + 35 * [0.0])).tolist()
    [1.0]
    """
    goal = capital.sum()
    so_far = saving.cumsum(axis=1)
    enough = so_far >= goal
    month = enough.argmax(axis=1)
    futures = np.arange(len(saving))
    last = saving[futures, month]
    part = np.divide(
        goal - (so_far[futures, month] - last), last, out=np.zeros_like(last), where=last > 0
    )
    return np.where(enough.any(axis=1), (month + part) / MONTHS, np.inf)


def present_value(by_month: FloatArray, rate: float = DISCOUNT_RATE) -> FloatArray:
    """Pounds by month, over the last axis, in pounds of month 0.

    >>> float(present_value(np.array([100.0, 0.0]), 0.0))
    100.0
    """
    return np.asarray(by_month @ discount_factors(by_month.shape[-1], rate), dtype=np.float64)


def yearly_repayment(capital: float, rate: float, years: int) -> float:
    """What a loan costs a year in equal repayments: capital x rate / (1 - (1 + rate) ** -years).

    >>> round(yearly_repayment(4.7e6, 0.03, 20)), yearly_repayment(100.0, 0.0, 20)
    (315914, 5.0)
    """
    if rate == 0.0:
        return capital / years
    return float(capital * rate / (1.0 - (1.0 + rate) ** -years))


def break_even_ratio(cost: float, benefit: float) -> float:
    """The multiple of a benefit that just meets a cost; inf where there is no benefit.

    >>> break_even_ratio(50.0, 100.0)
    0.5
    """
    return cost / benefit if benefit > 0 else float("inf")
