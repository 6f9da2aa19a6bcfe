"""Whether places pay back, in sentences and rows that a finance officer reads first."""

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.business_case import (
    Appraisal,
    BusinessCase,
    Course,
    appraise,
    break_even_occupancy,
    break_even_price,
    last_year,
    occupancy,
)
from lacmodel.analyses.case_tables import (
    CHARGED,
    FREE,
    HELD,
    SIMULATED,
    appraisals,
    borrowing_per_year,
    chance_within,
    displaced_last_year,
    filled_last_year,
    occupancy_by_year,
    payback_range,
    running_cost,
    saving_by_year,
)
from lacmodel.analyses.forecast import Range, money_range
from lacmodel.levers.schedule import months_after
from lacmodel.money.business_case import (
    APPRAISAL_YEARS,
    DISCOUNT_RATE,
    MONTHS,
    simple_payback_years,
)
from lacmodel.once import once
from lacmodel.report.words import (
    adding_up,
    counted,
    listed,
    long_date,
    per_cent,
    pounds,
    pounds_range,
    signed,
    whole,
)
from lacmodel.timeline import financial_year

SCHEME_COLUMNS: Final = (
    "Scheme", "Places", "Capital", "Opens", "Lead time", "Ramp", "Running cost, full year",
    "Occupancy, last simulated year",
)  # fmt: skip
WORTH_COLUMNS: Final = (
    "Course", "Empty places", "Payback (years)", "Discounted payback (years)",
    "Net present value", "Of the simulated years alone",
)  # fmt: skip
SAVING_COLUMNS: Final = ("Financial year", "Known how", "On time", "12 months late")
LOW_OCCUPANCY: Final = 0.5
LEAST_SHOWN: Final = 0.05  # placements: what is less is nought with one decimal
OTHERS: Final = (
    " On average {} people are in the new places; without these the others would be in other "
    "places of the council's own, those that close included, or are adults who stay on."
)
LATE_IS_BETTER: Final = (
    "because in the months that are missed the new places would cost more than they save"
)
ONE_STATISTIC: Final = (
    "Amounts of money are averages over futures, so that what two of them differ by is the average "
    "difference; ranges hold eight futures in ten. Years to pay back are the middle future's, as "
    "in some it never comes."
)
EMPTY_NOTE: Final = (
    "Prices of the council's own homes and units are at full cost, staff and building included. "
    "A home is staffed whether or not it is full, so an empty place is charged at the full price "
    "in both runs; the other view, that it costs nothing, is shown beside it. The truth lies "
    "between them."
)


def central(case: BusinessCase) -> Appraisal:
    """The cautious view: on time, with empty places at their full price."""
    return appraise(case, case.with_)


# The answer --------------------------------------------------------------------------------------


@once
def answer_lines(case: BusinessCase) -> list[str]:
    """The answer: payback, what the places are used for, the claim, value, and what decides."""
    claim = claim_line(case)
    return [
        payback_line(case),
        occupancy_line(case),
        *([claim] if claim else []),
        value_line(case),
        displaced_line(case),
        deciding_line(case),
        late_line(case),
        borrowing_line(case),
    ]


def claim_line(case: BusinessCase) -> str:
    """The payback that a paper claims."""
    saving = case.terms.claimed_saving
    if saving is None:
        return ""
    years = simple_payback_years(case.capital, saving)
    return (
        f"Claimed: {pounds(case.capital)} of capital over {pounds(saving)} a year is paid back in "
        f"{years:.1f} years, if every place is full and saves from the first day."
    )


def years_words(years: float) -> str:
    """When capital is paid back.

    >>> years_words(2.61), years_words(float("inf"))
    ('paid back in 2.6 years', 'not paid back within 20 years')
    """
    never = f"not paid back within {APPRAISAL_YEARS} years"
    return f"paid back in {years:.1f} years" if years < float("inf") else never


def payback_words(case: BusinessCase, result: Appraisal) -> str:
    """The middle payback with its date, and its range."""
    middle, low, high = payback_range(result.payback)
    if low == float("inf"):
        return f"{years_words(low)} in at least nine futures of ten"
    if middle == float("inf"):
        return f"{years_words(middle)} in the middle future, within {low:.1f} years in one of ten"
    worst = f"{high:.1f} years" if high < float("inf") else "never"
    when = f"{date_after(case, middle):%B %Y}"
    return f"{years_words(middle)} ({when}; {low:.1f} years to {worst} in eight futures of ten)"


def date_after(case: BusinessCase, years: float) -> date:
    """The first of the month some years after the first opening."""
    return months_after(case.opens.replace(day=1), int(years * MONTHS))


def payback_line(case: BusinessCase) -> str:
    """Payback on both views of an empty place, and its probability within the stated time."""
    charged, free = appraise(case, case.with_), appraise(case, case.with_, charge_empty=False)
    futures = len(charged.payback)
    limit = case.terms.within_years
    chances = [per_cent(chance_within(some, limit), futures) for some in (charged, free)]
    return (
        f"Payback: {pounds(case.capital)} of capital is {payback_words(case, charged)}, counted "
        f"from {long_date(case.opens)}; if an empty place cost nothing, it is "
        f"{payback_words(case, free)}. Probability of payback within "
        f"{limit:g} years: {chances[0]} ({chances[1]} if an empty place cost nothing)."
    )


def value_line(case: BusinessCase) -> str:
    """The net present value on both views."""
    charged, free = appraise(case, case.with_), appraise(case, case.with_, charge_empty=False)
    return (
        f"Net present value over {APPRAISAL_YEARS} years at {DISCOUNT_RATE:.1%} a year, real, on "
        f"average: "
        f"{pounds_range(average(charged.npv))}; if an empty place cost nothing, "
        f"{pounds_range(average(free.npv))}. The first "
        f"{case.simulated_months / MONTHS:.1f} years are simulated; the last of them is held to "
        "the end."
    )


def occupancy_line(case: BusinessCase) -> str:
    """How full the places are in the last simulated year, and which stand mostly empty."""
    months = last_year(case)
    full = float(occupancy(case, [scheme.row for scheme in case.schemes], months).mean())
    rows = [
        (case.plan.supply[scheme.row].name, float(occupancy(case, [scheme.row], months).mean()))
        for scheme in case.schemes
    ]
    low = [f"{name} ({share:.0%})" for name, share in rows if share < LOW_OCCUPANCY]
    empty = (
        f" Mostly empty: {listed(low)}; ask whether the model or the plan is wrong." if low else ""
    )
    return f"Occupancy: {full:.0%} of the new places in the last simulated year.{empty}"


def displaced_line(case: BusinessCase) -> str:
    """External placements that the schemes replace in the last simulated year."""
    rows = [(kind, count) for kind, count in displaced_last_year(case) if abs(count) >= LEAST_SHOWN]
    counts = adding_up([count for _, count in rows], decimals=1)
    parts = [f"{count:.1f} of {kind}" for (kind, _), count in zip(rows, counts, strict=True)]
    filled = filled_last_year(case)
    why = OTHERS.format(f"{filled:.1f}") if filled - sum(counts) >= LEAST_SHOWN else ""
    return (
        f"External placements displaced in the last simulated year: {sum(counts):.1f} on average"
        f"{f' ({listed(parts)})' if parts else ''}, of "
        f"{sum(scheme.change.places for scheme in case.schemes)} places built.{why}"
    )


def deciding_line(case: BusinessCase) -> str:
    """Break-even occupancy and price."""
    share, price = break_even_occupancy(case), break_even_price(case)
    full = f"{share:.0%} of the new places filled" if share <= 1 else "none, not even if full"
    if price.needed < float("inf"):
        needed = (
            f"£{price.needed:,.0f} a week on average for the external placements displaced, which "
            f"now cost £{price.now:,.0f} (prices of {base_year(case)})"
        )
    else:
        needed = "no price, since no external placement is displaced"
    return f"Break-even occupancy: {full}. Break-even price: {needed}."


def base_year(case: BusinessCase) -> str:
    """The financial year whose prices real prices are."""
    return financial_year(case.plan.period.start)


def late_line(case: BusinessCase) -> str:
    """What twelve months' slippage does."""
    if case.late is None:
        return "Twelve months late: not simulated, since the schemes would open after the run."
    words = [_late_words(case, case.late, charge) for charge in (True, False)]
    return (
        f"Twelve months late: {words[0]}; if an empty place cost nothing, {words[1]}. The capital "
        "is spent on the planned days all the same, and payback counts from them."
    )


def _late_words(case: BusinessCase, late: Course, charge_empty: bool) -> str:
    """Payback when late, and what that does to the value."""
    planned, slipped = (appraise(case, course, charge_empty) for course in (case.with_, late))
    change = average(slipped.npv - planned.npv)
    middle = payback_range(slipped.payback)[0]
    way = "higher" if change.central > 0 else "lower"
    low, high = (signed(end or 0.0, pounds(end or 0.0)) for end in (change.low, change.high))
    ends = f"eight futures in ten: {low} to {high}"
    gap = f"{pounds(abs(change.central))} {way} on average"
    why = f" {LATE_IS_BETTER}" if change.central > 0 else ""
    return f"{years_words(middle)}, net present value {gap} ({ends}){why}"


def borrowing_line(case: BusinessCase) -> str:
    """What borrowing the capital costs."""
    rate = case.terms.borrowing_rate
    basis = "as stated" if case.terms.borrowing_stated else "assumed, not confirmed"
    return (
        f"Borrowing: {pounds(case.capital)} over {APPRAISAL_YEARS} years at {rate:.1%} ({basis}) "
        f"costs {pounds(borrowing_per_year(case))} a year in equal repayments, in cash; it is not "
        "in the net saving."
    )


def terms_words(case: BusinessCase) -> str:
    """The terms that the case is worked out on."""
    return (
        f"Savings are paired differences: the scenario less the same scenario without its schemes, "
        f"at prices of {base_year(case)} with general inflation of {case.terms.inflation:.1%} a "
        f"year taken out (assumed). Discounting at {DISCOUNT_RATE:.1%} a year is that of HM "
        f"Treasury's Green Book. Capital is spent on the planned opening days."
    )


# Rows --------------------------------------------------------------------------------------------


def scheme_rows(case: BusinessCase) -> list[list[str]]:
    """The schemes, one row each, and their sum."""
    rows, months = [], last_year(case)
    for scheme in case.schemes:
        change, row = scheme.change, case.plan.supply[scheme.row]
        full = float(occupancy(case, [scheme.row], months).mean())
        rows.append(
            [
                row.name, whole(change.places), pounds(change.capital_gbp),
                long_date(change.from_), counted(case.plan.period.month(change.from_), "month"),
                counted(change.ramp_months, "month"), pounds(running_cost(case, scheme)),
                f"{full:.0%}",
            ]
        )  # fmt: skip
    every = float(occupancy(case, [scheme.row for scheme in case.schemes], months).mean())
    places = whole(sum(scheme.change.places for scheme in case.schemes))
    running = pounds(sum(running_cost(case, scheme) for scheme in case.schemes))
    return [*rows, ["all", places, pounds(case.capital), "", "", "", running, f"{every:.0%}"]]


def occupancy_rows(case: BusinessCase) -> tuple[list[str], list[list[str]]]:
    """Occupancy by scheme and financial year: the columns and the rows."""
    labels = [year.label for year in case.with_.result.money.years]
    rows = []
    for name, years in occupancy_by_year(case):
        known = dict(years)
        rows.append([name, *(f"{known[label]:.0%}" if label in known else "" for label in labels)])
    return ["Scheme", *labels], rows


def worth_rows(case: BusinessCase) -> list[list[str]]:
    """Payback and value, on time and late, on both views of an empty place."""
    rows = []
    for name, empty, result in appraisals(case):
        views = {CHARGED: "at full price", FREE: "at nothing"}
        rows.append(
            [
                name, views[empty],
                years_range(payback_range(result.payback)),
                years_range(payback_range(result.discounted_payback)),
                pounds_range(average(result.npv)),
                pounds_range(average(result.npv_simulated)),
            ]
        )  # fmt: skip
    return rows


def years_range(spread: tuple[float, float, float]) -> str:
    """A payback with its range.

    >>> years_range((3.04, 2.0, float("inf")))
    '3.0 (2.0 to never)'
    """
    middle, low, high = (f"{part:.1f}" if part < float("inf") else "never" for part in spread)
    return f"{middle} ({low} to {high})" if low != high else middle


def saving_rows(case: BusinessCase) -> list[list[str]]:
    """Net saving by financial year, on time and late; the held years, all alike, as one row."""
    results = [central(case), *([appraise(case, case.late)] if case.late else [])]
    none = [] if case.late else ["not simulated"]
    rows = []
    for at, (label, how, _) in enumerate(saving_by_year(case, results[0])):
        if how == SIMULATED:
            cells = [average(saving_by_year(case, result)[at][2]) for result in results]
            rows.append([label, how, *map(pounds_range, cells), *none])
    later = slice(case.simulated_months, case.simulated_months + MONTHS)
    cells = [average(result.saving[:, later].sum(axis=1)) for result in results]
    return [*rows, ["each later year", HELD, *map(pounds_range, cells), *none]]


def average(values: NDArray[np.float64]) -> Range:
    """The average over futures, so that differences agree, and the range of eight in ten."""
    return money_range(values, single=False)
