"""How rates, prices and mix wander from year to year: parameters, and the course that is expected.

A log rate is a level that walks slowly and an AR(1) about it. What is known of today's rate says
how far the AR(1) is from nought today (`departure`), and how sure that is; the departure fades.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.tables import Table, table_field

FloatArray = NDArray[np.float64]

DRIFTS: Final = ("entries", "exits")
DRIFT_PARTS: Final = ("spread", "persistence", "walk", "national")
TODAY_PARTS: Final = (
    "departure", "departure_spread", "level_with_departure", "level_spread", "year_spread",
)  # fmt: skip
PRICE_GROWTH_PARTS: Final = ("mean", "spread", "persistence")
YEAR: Final = 12  # months


@dataclass(frozen=True, slots=True)
class DriftParameters:
    """How the rates of a council, its prices and its mix wander from year to year.

    ``log_rate`` has, for entries and exits, the spread and persistence of the council's own AR(1),
    the yearly step of its slow walk, and that of the national movement. ``today`` says what is
    known of the rates at the start: the AR(1) of the rates stated is at ``departure``, give or take
    ``departure_spread``; the level is off by ``level_with_departure`` for each such spread of the
    departure, give or take ``level_spread``; a year alone by ``year_spread``. ``price_growth`` is
    the yearly growth of external prices beyond the stated uplift; ``mix_step`` the yearly step of
    the log-odds of needing a children's home rather than foster care. ``unit_price`` is how far a
    stated price may be off, by whether anybody has confirmed it.
    """

    log_rate: Table = table_field("log rate", DRIFTS, DRIFT_PARTS)
    today: Table = table_field("log rate", DRIFTS, TODAY_PARTS)
    price_growth: Table = table_field("log price a year", PRICE_GROWTH_PARTS)
    mix_step: Table = table_field("log-odds a year")
    unit_price: Table = table_field("log price", ("confirmed", "assumed"))


def expected_factors(departure: float, persistence: float, months: int) -> FloatArray:
    """Factors on the rates stated, by month of the run, as the departure fades.

    In year t of the run, from 1: exp(departure (persistence ^ t - 1)).

    >>> expected_factors(0.2, 0.5, 13)[[0, 11, 12]].round(4)
    array([0.9048, 0.9048, 0.8607])
    """
    year = np.arange(months) // YEAR + 1
    return np.exp(departure * (persistence**year - 1.0))


class FirstYear(NamedTuple):
    """The AR(1) in the first year of a run, and the level, as two normals draw them."""

    spread: float  # of the AR(1) about what is expected
    level_with: float  # what a spread of it adds to the level
    level_alone: float  # spread of the level besides


def first_year(
    spread: float, persistence: float, today_spread: float, with_today: float, level: float
) -> FirstYear:
    """What today's uncertainty has become in the first year of a run.

    The AR(1) is then persistence x today's + a fresh shock, so its variance is
    persistence^2 today_spread^2 + (1 - persistence^2) spread^2, and its covariance with the level
    persistence x today_spread x with_today.

    >>> [round(number, 4) for number in first_year(0.2, 0.5, 0.2, -0.1, 0.1)]
    [0.2, -0.05, 0.1323]
    """
    variance = persistence**2 * today_spread**2 + (1.0 - persistence**2) * spread**2
    now = math.sqrt(variance)
    together = persistence * today_spread * with_today / now if now else 0.0
    return FirstYear(now, together, math.sqrt(with_today**2 + level**2 - together**2))
