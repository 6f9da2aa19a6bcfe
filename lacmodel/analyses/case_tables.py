"""The tables of a business case: schemes, savings, what is displaced, and what decides it."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.business_case import (
    Appraisal,
    BusinessCase,
    Course,
    appraise,
    break_even_occupancy,
    break_even_price,
    displaced,
    last_year,
    occupancy,
)
from lacmodel.analyses.schemes import Scheme
from lacmodel.codes import EXTERNAL_KINDS, kind_label
from lacmodel.levers.schedule import months_after
from lacmodel.money.business_case import (
    APPRAISAL_YEARS,
    DISCOUNT_RATE,
    MONTHS,
    simple_payback_years,
    yearly_repayment,
)
from lacmodel.money.empty_places import full_price, is_charged
from lacmodel.results import (
    QUANTILE_COLUMNS,
    TidyTable,
    kind_words,
    number,
    quantile_cells,
    summarise,
    user_text,
)
from lacmodel.timeline import financial_year

SIMULATED: Final = "simulated"
HELD: Final = "held at the last simulated year"
CHARGED: Final = "an empty place costs its full price"
FREE: Final = "an empty place costs nothing"


def payback_range(years: NDArray[np.float64]) -> tuple[float, float, float]:
    """Middle, low and high of payback years, some of which may be inf: never.

    >>> [float(part) for part in payback_range(np.array([2.0, 3.0, 4.0, np.inf]))]
    [3.0, 2.0, inf]
    """
    low, middle, high = np.quantile(years, (0.1, 0.5, 0.9), method="inverted_cdf")
    return float(middle), float(low), float(high)


def case_tables(case: BusinessCase) -> list[TidyTable]:
    """Every table of a business case."""
    return [schemes_table(case), savings_table(case), displaced_table(case), appraisal_table(case)]


def running_cost(case: BusinessCase, scheme: Scheme) -> float:
    """A full year of a scheme's places at full price, or its fixed cost, pounds at the start."""
    plan = case.plan
    row = plan.supply[scheme.row]
    if not is_charged(plan, row.kind):
        return row.fixed_cost_gbp_per_year
    return float(row.places * row.usable_share * full_price(plan, row)[0] * 365.25 / 7)


def schemes_table(case: BusinessCase) -> TidyTable:
    """What each scheme is, and how full it is in the last simulated year."""
    columns = (
        "scenario", "scheme", "placement", "provider", "places", "opens",
        "lead_months_from_the_start", "ramp_months", "capital_gbp",
        "running_cost_of_a_full_year_gbp", "measure", "unit", *QUANTILE_COLUMNS,
    )  # fmt: skip
    rows = []
    for scheme in case.schemes:
        change, row = scheme.change, case.plan.supply[scheme.row]
        full = occupancy(case, [scheme.row], last_year(case))
        rows.append(
            (
                user_text(case.plan.name), user_text(row.name), *kind_words(row.kind),
                str(change.places), change.from_.isoformat(),
                str(case.plan.period.month(change.from_)), str(change.ramp_months),
                number(change.capital_gbp, 0), number(running_cost(case, scheme), 0),
                "occupancy in the last simulated year", "share of usable nights",
                *quantile_cells(summarise(full), (), 4),
            )
        )  # fmt: skip
    return TidyTable("schemes", columns, tuple(rows))


def years_of(case: BusinessCase) -> list[tuple[str, str, slice]]:
    """Financial years from the first opening: label, how known, and months from then."""
    years: list[tuple[str, str, slice]] = []
    for month in range(case.months):
        label = financial_year(months_after(case.opens, month))
        how = SIMULATED if month < case.simulated_months else HELD
        if years and years[-1][:2] == (label, how):
            years[-1] = (label, how, slice(years[-1][2].start, month + 1))
        else:
            years.append((label, how, slice(month, month + 1)))
    return years


def saving_by_year(
    case: BusinessCase, result: Appraisal
) -> list[tuple[str, str, NDArray[np.float64]]]:
    """Net saving by financial year at base prices: label, how known, pounds of every future."""
    return [(label, how, result.saving[:, span].sum(axis=1)) for label, how, span in years_of(case)]


def savings_table(case: BusinessCase) -> TidyTable:
    """Net saving by financial year, on both views of an empty place, on time and late."""
    columns = (
        "scenario", "course", "empty_places", "financial_year", "how_known", "measure", "unit",
    )  # fmt: skip
    rows = []
    for name, empty, result in appraisals(case):
        for label, how, values in saving_by_year(case, result):
            head = (user_text(case.plan.name), name, empty, label, how, "net saving")
            rows.append((*head, "pounds", *quantile_cells(summarise(values), ())))
    return TidyTable("savings", (*columns, *QUANTILE_COLUMNS), tuple(rows))


def courses(case: BusinessCase) -> list[tuple[str, Course]]:
    """The runs that are appraised."""
    late = [("12 months late", case.late)] if case.late else []
    return [("on time", case.with_), *late]


def appraisals(case: BusinessCase) -> list[tuple[str, str, Appraisal]]:
    """Every appraisal: on time and late, with empty places at full price and at nothing."""
    return [
        (name, empty, appraise(case, course, charge))
        for name, course in courses(case)
        for empty, charge in ((CHARGED, True), (FREE, False))
    ]


def displaced_table(case: BusinessCase) -> TidyTable:
    """External placements that the schemes replace, by kind and financial year."""
    columns = ("scenario", "financial_year", "placement", "provider", "measure", "unit")
    nights, rows = displaced(case), []
    for year in case.with_.result.money.years:
        for at, kind in enumerate(EXTERNAL_KINDS):
            values = nights[:, year.months, at].sum(axis=1) / year.days
            head = (user_text(case.plan.name), year.label, *kind_words(kind))
            cells = quantile_cells(summarise(values), ())
            rows.append((*head, "average external placements displaced", "children", *cells))
    return TidyTable("displaced", (*columns, *QUANTILE_COLUMNS), tuple(rows))


def appraisal_table(case: BusinessCase) -> TidyTable:
    """Payback, net present value, and what decides them."""
    columns = ("scenario", "course", "empty_places", "measure", "unit", *QUANTILE_COLUMNS)
    scenario, rows = user_text(case.plan.name), []
    for name, empty, result in appraisals(case):
        rows += [(scenario, name, empty, *cells) for cells in _worth(case, result)]
    rows += [(scenario, "on time", CHARGED, *cells) for cells in _deciding(case)]
    return TidyTable("appraisal", columns, tuple(rows))


def _worth(case: BusinessCase, result: Appraisal) -> list[tuple[str, ...]]:
    """Payback and value; a payback that never comes is written as ``never``."""
    rows: list[tuple[str, ...]] = []
    for name, years in (
        ("payback", result.payback),
        ("discounted payback", result.discounted_payback),
    ):
        middle, low, high = (years_text(part) for part in payback_range(years))
        rows.append((name, "years from the first opening", "", low, middle, high))
    within = chance_within(result, case.terms.within_years)
    chance = f"payback within {case.terms.within_years:g} years"
    rows.append((chance, "probability", number(within, 4), "", "", ""))
    simulated = "net present value of the simulated years alone"
    for name, pounds in (("net present value", result.npv), (simulated, result.npv_simulated)):
        rows.append((name, "pounds", *quantile_cells(summarise(pounds), ())))
    return rows


def chance_within(result: Appraisal, years: float) -> float:
    """The share of futures in which the capital is paid back within some years."""
    return float((result.payback <= years).mean())


def years_text(years: float) -> str:
    """Years with two decimals, or never.

    >>> years_text(2.611), years_text(float("inf"))
    ('2.61', 'never')
    """
    return number(years, 2) if np.isfinite(years) else "never"


def _deciding(case: BusinessCase) -> list[tuple[str, ...]]:
    """Break-even points, borrowing, and the simple claim."""
    price = break_even_price(case)
    terms, borrowing = case.terms, borrowing_per_year(case)
    rows = [
        _one("break-even occupancy", "share of usable nights", break_even_occupancy(case), 4),
        _one("average price of the external placements displaced", "pounds a week", price.now),
        _one("break-even price of the external placements", "pounds a week", price.needed),
        _one("cost of borrowing the capital", "pounds a year", borrowing),
        _one("discount rate", "share a year", DISCOUNT_RATE, 4),
        _one("appraisal period", "years", APPRAISAL_YEARS, 0),
        _one("general inflation taken out", "share a year", terms.inflation, 4),
        _one("borrowing rate", "share a year", terms.borrowing_rate, 4),
    ]
    if terms.claimed_saving is not None:
        claimed = simple_payback_years(case.capital, terms.claimed_saving)
        rows.append(_one("payback as claimed: capital over a yearly saving", "years", claimed))
    return rows


def _one(name: str, unit: str, value: float, decimals: int = 2) -> tuple[str, ...]:
    text = number(value, decimals) if np.isfinite(value) else "none"
    return (name, unit, text, "", "", "")


def borrowing_per_year(case: BusinessCase) -> float:
    """Equal yearly repayments of the capital over the appraisal period, pounds."""
    return yearly_repayment(case.capital, case.terms.borrowing_rate, APPRAISAL_YEARS)


def occupancy_by_year(case: BusinessCase) -> list[tuple[str, list[tuple[str, float]]]]:
    """Mean occupancy of each scheme by financial year from its opening."""
    found = []
    for scheme in case.schemes:
        opened = case.plan.period.month(scheme.change.from_)
        years = [
            (year.label, _mean(case, scheme, slice(max(opened, year.first_month), year.end_month)))
            for year in case.with_.result.money.years
            if year.end_month > opened
        ]
        found.append((case.plan.supply[scheme.row].name, years))
    return found


def _mean(case: BusinessCase, scheme: Scheme, months: slice) -> float:
    return float(occupancy(case, [scheme.row], months).mean())


def displaced_last_year(case: BusinessCase) -> list[tuple[str, float]]:
    """Average external placements displaced in the last simulated year, by kind."""
    nights: NDArray[Any] = displaced(case)[:, last_year(case)].sum(axis=1).mean(axis=0)
    days, kinds = days_of_last_year(case), list(EXTERNAL_KINDS)
    return [(kind_label(kind), float(nights[at]) / days) for at, kind in enumerate(kinds)]


def filled_last_year(case: BusinessCase) -> float:
    """Average people in the new places in the last simulated year."""
    rows = [scheme.row for scheme in case.schemes]
    nights = case.with_.occupied[:, last_year(case)][:, :, rows].sum(axis=(1, 2))
    return float(nights.mean()) / days_of_last_year(case)


def days_of_last_year(case: BusinessCase) -> int:
    """Days of the last twelve months of the run."""
    return (case.plan.period.end - months_after(case.plan.period.end, -MONTHS)).days
