"""Starting values: what the national fit begins from, and all that it does not fit.

Rates are written here per child-year, as people think of them, and divided by 365.25 for the
tables. What no source gives is an assumption; its source says so and it is marked unconfirmed.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, CHILDRENS_HOME, DISABILITY, GROUPS, KINDS, PLACEMENTS
from lacmodel.parameters import DAYS_PER_YEAR, declared_tables
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

ASSUMED: Final = "assumption: no source found"
MATCHED: Final = (
    "assumption: 0.9; own foster care derived: 60 % of foster placements are the council's own "
    "(DfE 2024) with some 66 own places free a council (0.6 of the 16,875 vacant in 2017, "
    "Ofsted, over 152 councils), so 1 - (1 - 0.6) ** (1 / 66)"
)
# With it as many children with a disability move into homes as out of them in England's run-in
# (a year: 185 and 188 with odds of 2; 122 and 163 with odds of 1).
DISABILITY_HOME_ODDS: Final = 2.0
NEXT_ODDS: Final = (
    "derived, not confirmed: no published table tells moves apart by group, so children with a "
    "disability move into homes as often as out of them (MODEL.md, section 23)"
)
FITTED: Final = "assumption: starting value of the national fit (MODEL.md)"

# Leavers per child-year by route, for a child one to two years in care in an average placement.
# Columns: under 1, 1 to 4, 5 to 9, 10 to 15, 16 to 17.
BASE_PER_YEAR: Final = (
    (0.20, 0.24, 0.22, 0.24, 0.22),  # home
    (0.12, 0.16, 0.14, 0.08, 0.01),  # sgo
    (0.03, 0.04, 0.035, 0.03, 0.012),  # cao
    (1.30, 1.30, 1.20, 0.0, 0.0),  # adoption: of children placed for adoption
    (0.0, 0.0, 0.0, 0.0, 0.025),  # independence
    (0.002, 0.003, 0.003, 0.003, 0.02),  # other council
    (0.01, 0.008, 0.008, 0.015, 0.03),  # other
)
# Ratio to the second year in care. Columns: under 8 weeks, to 6 months, to a year, to two, to
# five, over five years.
TIME_FACTOR: Final = (
    (4.0, 2.2, 1.5, 1.0, 0.40, 0.15),
    (0.3, 1.2, 1.8, 1.0, 0.40, 0.15),
    (0.8, 1.2, 1.5, 1.0, 0.40, 0.15),
    (0.05, 0.1, 0.3, 1.0, 1.3, 1.3),
    (1.5, 1.2, 1.0, 1.0, 0.8, 0.5),
    (4.0, 2.0, 1.2, 1.0, 0.8, 0.5),
    (4.0, 2.0, 1.2, 1.0, 0.5, 0.3),
)
# Ratio to foster care. Columns: kinship foster, foster, children's home, secure, supported,
# with parents, adoption, other, unregistered.
PLACEMENT_FACTOR: Final = (
    (0.9, 1.0, 0.8, 0.5, 0.8, 3.0, 0.0, 1.3, 1.0),
    (4.0, 1.0, 0.05, 0.0, 0.05, 0.2, 0.0, 0.2, 0.1),
    (4.0, 1.0, 0.1, 0.0, 0.1, 2.0, 0.0, 0.3, 0.1),
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    (0.5, 0.7, 1.0, 0.5, 2.0, 0.5, 0.0, 1.5, 1.5),
    (0.5, 1.0, 0.5, 0.1, 1.5, 0.5, 0.0, 1.5, 1.0),
    (0.5, 1.0, 1.0, 2.0, 1.0, 1.0, 0.1, 3.0, 1.5),
)
# Ratio to children of the general group: general, disability, unaccompanied.
GROUP_FACTOR: Final = (
    (1.0, 0.5, 0.06),
    (1.0, 0.3, 0.0),
    (1.0, 0.3, 0.05),
    (1.0, 0.3, 0.0),
    (1.0, 0.3, 1.0),
    (1.0, 1.0, 12.0),
    (1.0, 1.0, 1.2),
)

# First placements, by age band. Columns as PLACEMENT_FACTOR.
FIRST_PLACEMENT: Final = (
    (
        (0.18, 0.62, 0.000, 0.000, 0.00, 0.08, 0.01, 0.110, 0.0),
        (0.24, 0.62, 0.002, 0.000, 0.00, 0.11, 0.00, 0.028, 0.0),
        (0.25, 0.61, 0.020, 0.000, 0.00, 0.10, 0.00, 0.020, 0.0),
        (0.18, 0.54, 0.110, 0.006, 0.024, 0.09, 0.00, 0.050, 0.0),
        (0.10, 0.28, 0.080, 0.006, 0.404, 0.05, 0.00, 0.080, 0.0),
    ),
    (
        (0.10, 0.70, 0.00, 0.0, 0.00, 0.05, 0.00, 0.15, 0.0),
        (0.10, 0.78, 0.03, 0.0, 0.00, 0.06, 0.00, 0.03, 0.0),
        (0.08, 0.65, 0.17, 0.0, 0.00, 0.05, 0.00, 0.05, 0.0),
        (0.05, 0.45, 0.35, 0.0, 0.00, 0.05, 0.00, 0.10, 0.0),
        (0.05, 0.35, 0.30, 0.0, 0.20, 0.03, 0.00, 0.07, 0.0),
    ),
    (
        (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (0.05, 0.95, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (0.03, 0.76, 0.03, 0.0, 0.14, 0.0, 0.0, 0.04, 0.0),
        (0.02, 0.31, 0.02, 0.0, 0.60, 0.0, 0.0, 0.05, 0.0),
    ),
)  # (group, age band, placement)

# Breakdowns per child-year by placement type: (age bands) under 26 weeks in care, and after.
BREAKDOWN_PER_YEAR: Final = (
    ((0.20, 0.20, 0.22, 0.40, 0.50), (0.06, 0.06, 0.08, 0.14, 0.20)),
    ((0.20, 0.22, 0.35, 0.70, 0.80), (0.10, 0.10, 0.14, 0.25, 0.32)),
    ((0.60, 0.60, 0.60, 0.90, 0.90), (0.40, 0.40, 0.40, 0.45, 0.50)),
    ((0.10, 0.10, 0.10, 0.10, 0.10), (0.10, 0.10, 0.10, 0.10, 0.10)),
    ((0.70, 0.70, 0.70, 0.80, 0.70), (0.50, 0.50, 0.50, 0.60, 0.50)),
    ((0.60, 0.50, 0.45, 0.50, 0.50), (0.20, 0.16, 0.16, 0.20, 0.25)),
    ((0.05, 0.05, 0.08, 0.10, 0.10), (0.05, 0.05, 0.08, 0.10, 0.10)),
    ((0.30, 0.40, 0.60, 0.90, 0.90), (0.20, 0.30, 0.30, 0.50, 0.60)),
    ((4.00, 4.00, 4.00, 4.00, 4.00), (4.00, 4.00, 4.00, 4.00, 4.00)),
)
PLANNED_PER_YEAR: Final = (
    (0.10, 0.08, 0.06, 0.06, 0.10),
    (0.90, 0.55, 0.16, 0.14, 0.25),
    (0.80, 0.80, 0.50, 0.30, 0.45),
    (2.50, 2.50, 2.50, 2.50, 2.50),
    (0.30, 0.30, 0.30, 0.30, 0.20),
    (0.10, 0.08, 0.08, 0.08, 0.10),
    (0.03, 0.03, 0.05, 0.05, 0.05),
    (4.00, 2.50, 1.50, 1.20, 1.50),
    (6.00, 6.00, 6.00, 6.00, 6.00),
)

# Where a child goes next, by age band, from the types that move much; others as foster care.
FOSTER_BREAKDOWN_NEXT: Final = (
    (0.10, 0.87, 0.000, 0.000, 0.00, 0.02, 0.00, 0.010, 0.0),
    (0.10, 0.86, 0.010, 0.000, 0.00, 0.02, 0.00, 0.010, 0.0),
    (0.08, 0.82, 0.060, 0.000, 0.00, 0.02, 0.00, 0.020, 0.0),
    (0.06, 0.65, 0.220, 0.004, 0.01, 0.03, 0.00, 0.026, 0.0),
    (0.04, 0.40, 0.180, 0.006, 0.30, 0.03, 0.00, 0.044, 0.0),
)
HOME_BREAKDOWN_NEXT: Final = (
    (0.05, 0.85, 0.100, 0.000, 0.00, 0.00, 0.00, 0.000, 0.0),
    (0.05, 0.75, 0.200, 0.000, 0.00, 0.00, 0.00, 0.000, 0.0),
    (0.04, 0.35, 0.570, 0.000, 0.00, 0.02, 0.00, 0.020, 0.0),
    (0.03, 0.16, 0.700, 0.025, 0.02, 0.02, 0.00, 0.045, 0.0),
    (0.02, 0.06, 0.460, 0.020, 0.36, 0.03, 0.00, 0.050, 0.0),
)
SUPPORTED_BREAKDOWN_NEXT: Final = (
    (0.05, 0.95, 0.000, 0.000, 0.00, 0.00, 0.00, 0.000, 0.0),
    (0.05, 0.95, 0.000, 0.000, 0.00, 0.00, 0.00, 0.000, 0.0),
    (0.05, 0.90, 0.050, 0.000, 0.00, 0.00, 0.00, 0.000, 0.0),
    (0.04, 0.20, 0.300, 0.020, 0.40, 0.00, 0.00, 0.040, 0.0),
    (0.02, 0.05, 0.070, 0.008, 0.80, 0.01, 0.00, 0.042, 0.0),
)
FOSTER_PLANNED_NEXT: Final = (
    (0.22, 0.28, 0.000, 0.000, 0.00, 0.10, 0.38, 0.020, 0.0),
    (0.16, 0.27, 0.005, 0.000, 0.00, 0.08, 0.48, 0.005, 0.0),
    (0.15, 0.60, 0.030, 0.000, 0.00, 0.08, 0.13, 0.010, 0.0),
    (0.12, 0.69, 0.090, 0.000, 0.01, 0.07, 0.00, 0.020, 0.0),
    (0.05, 0.37, 0.060, 0.000, 0.46, 0.04, 0.00, 0.020, 0.0),
)
HOME_PLANNED_NEXT: Final = (
    (0.05, 0.90, 0.050, 0.000, 0.00, 0.05, 0.00, 0.000, 0.0),
    (0.05, 0.85, 0.050, 0.000, 0.00, 0.05, 0.00, 0.000, 0.0),
    (0.06, 0.50, 0.380, 0.000, 0.00, 0.05, 0.00, 0.010, 0.0),
    (0.04, 0.28, 0.580, 0.000, 0.03, 0.05, 0.00, 0.020, 0.0),
    (0.02, 0.08, 0.240, 0.000, 0.60, 0.04, 0.00, 0.020, 0.0),
)
SUPPORTED_PLANNED_NEXT: Final = (
    (0.05, 0.95, 0.00, 0.0, 0.00, 0.00, 0.0, 0.00, 0.0),
    (0.05, 0.95, 0.00, 0.0, 0.00, 0.00, 0.0, 0.00, 0.0),
    (0.05, 0.95, 0.00, 0.0, 0.00, 0.00, 0.0, 0.00, 0.0),
    (0.05, 0.35, 0.20, 0.0, 0.35, 0.03, 0.0, 0.02, 0.0),
    (0.02, 0.05, 0.03, 0.0, 0.87, 0.02, 0.0, 0.01, 0.0),
)
OTHER_PLANNED_NEXT: Final = (
    (0.15, 0.70, 0.00, 0.000, 0.00, 0.14, 0.01, 0.000, 0.0),
    (0.15, 0.70, 0.01, 0.000, 0.00, 0.14, 0.00, 0.000, 0.0),
    (0.12, 0.65, 0.12, 0.000, 0.00, 0.08, 0.00, 0.030, 0.0),
    (0.08, 0.35, 0.40, 0.010, 0.03, 0.06, 0.00, 0.070, 0.0),
    (0.03, 0.12, 0.18, 0.010, 0.56, 0.04, 0.00, 0.060, 0.0),
)
BREAKDOWN_NEXT: Final = {"childrens_home": HOME_BREAKDOWN_NEXT, "secure": HOME_BREAKDOWN_NEXT,
                         "unregistered": HOME_BREAKDOWN_NEXT,
                         "supported": SUPPORTED_BREAKDOWN_NEXT}  # fmt: skip
PLANNED_NEXT: Final = {"childrens_home": HOME_PLANNED_NEXT, "secure": HOME_PLANNED_NEXT,
                       "supported": SUPPORTED_PLANNED_NEXT, "other": OTHER_PLANNED_NEXT,
                       "unregistered": OTHER_PLANNED_NEXT}  # fmt: skip

# England, year ending March 2022, per 10,000 residents of the band; see national.py.
START_RATE: Final = (
    (83.0, 1.2, 0.0),
    (18.7, 0.3, 0.0),
    (13.7, 0.3, 0.0),
    (17.1, 0.4, 1.9),
    (19.0, 0.5, 33.0),
)


def yearly_to_daily(per_year: object) -> FloatArray:
    """Hazards per child per day from hazards per child-year: divided by 365.25.

    >>> yearly_to_daily([365.25]).tolist()
    [1.0]
    """
    return np.array(per_year, dtype=np.float64) / DAYS_PER_YEAR


def hazard_between(survival_before: float, survival_after: float, days: float) -> float:
    """The constant hazard that takes one survival to a later one: log(before / after) / days.

    >>> round(hazard_between(1.0, 0.88, 91), 6)
    0.001405
    """
    return math.log(survival_before / survival_after) / days


def survival_at(years: float, early: tuple[float, float], late: tuple[float, float]) -> float:
    """Survival between two known points, -log survival being a power of time (Weibull).

    >>> round(survival_at(2.0, (1.0, 0.80), (6.0, 0.65)), 3)
    0.75
    """
    first, last = -math.log(early[1]), -math.log(late[1])
    power = math.log(last / first) / math.log(late[0] / early[0])
    return math.exp(-first * (years / early[0]) ** power)


def re_entry_hazards() -> FloatArray:
    """Re-entry hazards per day by reason (home, sgo, cao) and band of time since leaving.

    Home: 12 % are back at three months, 20 % at one year and 35 % at six (Goldacre et al. 2022);
    between one and six years by `survival_at`. Orders: the share disrupted within five years
    (Selwyn et al. 2014), spread evenly.
    """
    at_two = survival_at(2.0, (1.0, 0.80), (6.0, 0.65))
    home = (
        hazard_between(1.0, 0.88, 91),
        hazard_between(0.88, 0.80, 274),
        hazard_between(0.80, at_two, 365),
        hazard_between(at_two, 0.65, 1462),
    )
    sgo = hazard_between(1.0, 1 - 0.057, 1826)
    cao = hazard_between(1.0, 1 - 0.147, 1826)
    return np.array([home, [sgo] * 4, [cao] * 4])


def normalised(shares: object) -> FloatArray:
    """Shares scaled to add to 1 over the last axis.

    >>> normalised([1.0, 3.0]).tolist()
    [0.25, 0.75]
    """
    values = np.array(shares, dtype=np.float64)
    return values / values.sum(axis=-1, keepdims=True)


def next_shares(by_type: dict[str, object], default: object) -> FloatArray:
    """Mixes of the next placement type; shape (placement, age band, placement)."""
    return normalised([by_type.get(placement, default) for placement in PLACEMENTS])


def next_odds() -> FloatArray:
    """Odds of the next type of placement by group; shape (group, placement)."""
    odds = np.ones((len(GROUPS), len(PLACEMENTS)))
    odds[DISABILITY, CHILDRENS_HOME] = DISABILITY_HOME_ODDS
    return odds


def breakdowns_per_day() -> FloatArray:
    """Breakdown hazards per day, alike for both providers; shape (kind, age band, earliness)."""
    by_type = yearly_to_daily(BREAKDOWN_PER_YEAR)  # (placement, earliness, age band)
    return np.stack([by_type[placement].T for placement, _ in KINDS])


def _spread_by_kind(by_kind: dict[int, float]) -> FloatArray:
    return np.array([by_kind.get(kind, 0.0) for kind in range(len(KINDS))])


def _entry_tables() -> dict[str, Table]:
    sizes = [(0.72, 0.18, 0.07, 0.03), (1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)]
    powers = np.ones((len(AGE_BANDS), len(GROUPS)))
    powers[0, :] = 3.5
    powers[3, :] = (0.8, 1.0, 0.35)
    powers[4, :] = (1.5, 1.0, 1.0)
    return {
        "entries.start_rate_per_10000": _table(START_RATE, FITTED, 0.06),
        "entries.season": _table(np.ones(12), f"{ASSUMED}; every month alike"),
        "entries.family_size_share": _table(sizes, ASSUMED),
        "entries.age_position_power": _table(
            powers, f"{ASSUMED}; young babies and, among teenagers, 15-year-olds most"
        ),
    }


def _placement_tables() -> dict[str, Table]:
    match = np.full(len(KINDS), 0.9)
    match[1] = 0.014
    price_spread = _spread_by_kind({2: 0.2, 4: 0.35, 5: 0.35, 7: 0.3, 10: 0.35, 11: 0.35})
    shares = np.transpose(normalised(FIRST_PLACEMENT), (1, 0, 2))
    staying = np.zeros(len(PLACEMENTS))
    staying[[0, 1, 4]] = (0.7, 0.7, 0.25)
    staying_days = np.zeros(len(PLACEMENTS))
    staying_days[[0, 1, 4]] = (500.0, 500.0, 180.0)
    return {
        "placements.first_placement_share": _table(shares, FITTED),
        "placements.complex_share": _table(
            np.zeros(len(PLACEMENTS)), "by definition: all standard unless the area says otherwise"
        ),
        "placements.match_share": _table(match, MATCHED),
        "placements.price_spread": _table(price_spread, ASSUMED),
        "placements.staying_on_share": _table(
            staying,
            "derived: 6,000 of the 13,740 who left at 18 or over in 2024/25 stayed with their "
            "carers (DfE, children looked after 2025), taken as 0.7 of those in foster care; "
            "supported accommodation is an assumption",
        ),
        "placements.staying_on_mean_days": _table(staying_days, ASSUMED),
    }


def _move_tables() -> dict[str, Table]:
    return {
        "moves.breakdown_per_day": _table(breakdowns_per_day(), FITTED, 0.15),
        "moves.breakdown_next_share": _table(
            next_shares(dict(BREAKDOWN_NEXT), FOSTER_BREAKDOWN_NEXT), FITTED
        ),
        "moves.planned_per_day": _table(yearly_to_daily(PLANNED_PER_YEAR), FITTED, 0.15),
        "moves.planned_next_share": _table(
            next_shares(dict(PLANNED_NEXT), FOSTER_PLANNED_NEXT), FITTED
        ),
        "moves.next_odds": _table(next_odds(), NEXT_ODDS),
    }


def _exit_tables() -> dict[str, Table]:
    return {
        "exits.base_per_day": _table(yearly_to_daily(BASE_PER_YEAR), FITTED, 0.10),
        "exits.time_factor": _table(TIME_FACTOR, FITTED),
        "exits.placement_factor": _table(PLACEMENT_FACTOR, FITTED),
        "exits.group_factor": _table(GROUP_FACTOR, FITTED),
    }


def _other_tables() -> dict[str, Table]:
    trial = "trial on 70 councils (MODEL.md, section 3)"
    unknown = "nothing is known of today: the AR(1) at its standing spread (MODEL.md, section 3)"
    returns = (
        "derived: home from survival .88, .80, .65 at 0.25, 1 and 6 years (Goldacre et al., BJSW "
        "2022;52:4756; NSPCC); sgo and cao from 57 and 147 per 1,000 in 5 years (Selwyn et al. "
        "2014)"
    )
    return {
        "re_entries.hazard_per_day": _table(re_entry_hazards(), returns, 0.20, confirmed=True),
        "edge_of_care.lead_mean_days": _table(120.0, ASSUMED),
        "edge_of_care.lead_most_days": _table(365.0, ASSUMED),
        "edge_of_care.delay_mean_days": _table(180.0, ASSUMED),
        "drift.log_rate": _table([(0.18, 0.66, 0.055, 0.05), (0.12, 0.65, 0.02, 0.05)], trial),
        "drift.today": _table([(0, 0.18, 0, 0, 0), (0, 0.12, 0, 0, 0)], unknown),
        "drift.price_growth": _table([0.0, 0.03, 0.5], ASSUMED),
        "drift.mix_step": _table(0.05, ASSUMED),
        "drift.unit_price": _table([0.02, 0.1], ASSUMED),
    }


def _table(values: object, source: str, spread: float = 0.0, confirmed: bool = False) -> Table:
    """A table whose unit is still to be set from its declaration."""
    return Table(np.array(values, dtype=np.float64), "", source, confirmed, spread)


def starting_tables() -> dict[str, Table]:
    """Every table of parameters, with its declared unit, as the national fit begins.

    >>> sorted(starting_tables()) == sorted(declared_tables())
    True
    """
    tables = {
        **_entry_tables(),
        **_placement_tables(),
        **_move_tables(),
        **_exit_tables(),
        **_other_tables(),
    }
    declarations = declared_tables()
    return {
        name: Table(
            table.values, declarations[name][0], table.source, table.confirmed, table.spread
        )
        for name, table in tables.items()
    }
