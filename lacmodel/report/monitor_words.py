"""The budget monitor in words: for the screen, the summary and the report."""

from collections.abc import Sequence
from typing import Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.monitor import MonitorLine, YearMonitor, monitors
from lacmodel.once import once
from lacmodel.report.words import listed, per_cent, pounds, signed, whole

PART_LABELS: Final = {
    "volume": "number of placements",
    "mix": "mix",
    "price": "price",
    "fixed": "fixed and other",
    "income": "income",
    "savings": "savings expected",
}
MONITOR_NOTES: Final = (
    "Forecasts are averages over futures, so that lines add up to the total, which is the net "
    "spend of the first screen; low and high leave out the lowest and the highest future in ten "
    "of each line, and do not add up.",
    "The variance is split by line: what the total number of placements explains at the budget's "
    "mix and prices (number), what its own number explains beyond that (mix), and what its price "
    "explains (price). A line that the budget does not have is mix at the forecast's price.",
    "Full-year cost is what the position at the end of the year costs in 365 days: placements on "
    "31 March at the price of March, and the year's fixed cost.",
)


@once
def monitors_of(result: Forecast) -> list[YearMonitor]:
    """The monitor of every year of a run that has a budget."""
    return monitors(result.plan, result.ensemble, result.money)


def monitor_lines(result: Forecast) -> list[str]:
    """The first year's monitor in two sentences, where the council has a budget by line."""
    made = [monitor for monitor in monitors_of(result) if monitor.year.scaled_by is None]
    known = actuals_words(result)
    if not made:
        return known
    futures = len(result.ensemble.futures)
    return [total_line(made[0], futures), biggest_line(made[0]), *known]


def actuals_words(result: Forecast) -> list[str]:
    """What the months gone came to beside what was forecast for them, if any are known."""
    if not result.replaced:
        return []
    months = sorted({each.month for each in result.replaced})
    was, ahead = (
        sum(getattr(row, gross) - getattr(row, income) for row in result.replaced)
        for gross, income in (("gross", "income"), ("gross_forecast", "income_forecast"))
    )
    first, last = months[0], months[-1]
    named = f"{first:%B %Y}" if first == last else f"{first:%B %Y} to {last:%B %Y}"
    return [
        f"Actuals: {named} came to {pounds(was)} net, {pounds(ahead)} was forecast for the same; "
        "the months to come are as forecast, not moved to where the actuals end."
    ]


def total_line(monitor: YearMonitor, futures: int) -> str:
    """Forecast against budget, why it differs, and the chance of more."""
    total, year = monitor.total, monitor.year
    share = total.variance_share
    by = "" if share is None else f" ({signed(share, f'{share:.1%}')})"
    side = "over" if total.variance > 0 else "under"
    less = total.outlook.savings
    after = f" after {pounds(less / 100)} of savings expected" if less else ""
    words = (
        f"Budget monitor {year.financial_year}: forecast {pounds(total.outlook.net / 100)} net"
        f"{after} against a budget of {pounds(year.net / 100)}, "
        f"{pounds(abs(total.variance) / 100)} {side}{by}, of which {listed(parts_in_words(total))}."
    )
    return f"{words} {chance_words(monitor, futures)}"


def parts_in_words(line: MonitorLine) -> list[str]:
    """Why a line differs, what is nothing left out."""
    found = [
        f"{label} {signed(part, pounds(part / 100))}"
        for label, part in zip(PART_LABELS.values(), line.parts, strict=True)
        if part
    ]
    return found or ["nothing"]


def chance_words(monitor: YearMonitor, futures: int) -> str:
    """The chance of more than the budget, and of more than budget and contingency."""
    left = monitor.year.contingency
    held = f"{pounds(left / 100)} of contingency is left" if left else "No contingency is left"
    if monitor.chance_over_budget is None or monitor.chance_over_contingency is None:
        return f"{held}; prices are taken as certain, so no chance of more is given."
    over = per_cent(monitor.chance_over_budget, futures)
    beyond = f", than budget and contingency {per_cent(monitor.chance_over_contingency, futures)}"
    return (
        f"{held}. Chance of more than the budget: {over}{beyond if left else ''} "
        f"of {whole(futures)} futures."
    )


def biggest_line(monitor: YearMonitor) -> str:
    """The lines that are most over and most under their budget."""
    by_size = sorted(monitor.lines, key=lambda line: line.variance)
    most, least = by_size[-1], by_size[0]
    said = []
    if most.variance > 0:
        said.append(f"furthest over: {_named(most)}")
    if least.variance < 0:
        said.append(f"furthest under: {_named(least)}")
    return f"By line, {listed(said) if said else 'nothing differs'}."


def _named(line: MonitorLine) -> str:
    left_out = "" if line.in_budget else ", which the budget leaves out"
    return f"{line.budget.line} ({signed(line.variance, pounds(line.variance / 100))}{left_out})"


def scaling_words(result: Forecast, monitor: YearMonitor) -> str:
    """How a budget that is known only as a sum was spread, or nothing."""
    factor = monitor.year.scaled_by
    if factor is None:
        return ""
    children = sum(row.children for row in result.plan.area.opening)
    return (
        f"The budget of {monitor.year.financial_year} is known only as a sum. It is spread here "
        f"over the {whole(children)} children of the start and their placements at the area's own "
        f"prices, and prices and fixed costs are multiplied by {factor:.3f} to come to that sum."
    )


def savings_words(result: Forecast) -> list[str]:
    """What is expected of each saving, or nothing where there are none."""
    return [
        f"Saving of {pounds(row.amount_gbp)} a year from {row.financial_year} "
        f"({row.recurrence.replace('_', '-')}), {row.name}, on {row.line}: "
        f"{row.delivery_share:.0%} is expected, "
        f"{pounds(row.amount_gbp * (1 - row.delivery_share))} is not."
        for row in result.plan.area.savings
    ]


def by_line(lines: Sequence[MonitorLine]) -> list[MonitorLine]:
    """Lines that have a budget, a forecast or placements."""
    return [line for line in lines if line.in_budget or line.outlook.gross or line.outlook.nights]
