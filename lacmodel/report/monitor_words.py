"""The budget monitor in words: for the screen, the summary and the report."""

from collections.abc import Sequence
from typing import Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.monitor import MonitorLine, YearMonitor, monitors
from lacmodel.once import once
from lacmodel.report.words import listed, per_cent, pounds, signed, whole

PART_LABELS: Final = {
    "volume": "volume",
    "mix": "mix",
    "price": "price",
    "fixed": "fixed and other",
    "income": "income",
    "savings": "savings expected",
}
LEAST_SHARE: Final = 0.0005  # of the budget: what is less is no tenth of a per cent
ON_BUDGET: Final = "on budget within the error of the futures"
MONITOR_NOTES: Final = (
    "Forecasts are averages over futures, so that lines add up to the total, which is the net "
    "spend of the first screen; low and high leave out the lowest and the highest future in ten "
    "of each line, and do not add up.",
    "The variance is split by line: what the total number of placements explains at the budget's "
    "mix and prices (volume), what its own number explains beyond that (mix), and what its price "
    "explains (price). A line that the budget does not have is mix at the forecast's price.",
    "Full-year cost is what the position at the end of the year costs in 365 days: placements on "
    "31 March at the price of March, and the year's fixed cost. The full-year effect of the "
    "medium-term plan is another amount: it is at the prices of the year, as its price and "
    "complexity are steps of their own.",
    "A forecast price a week need not be that of the price list, and may lie a little below it: "
    "every future draws its prices about those listed (closer where they are confirmed), and a "
    "child's own about its future's, and the price shown is the average over futures and nights. "
    "A line of both providers or several levels of need has the average of those it is forecast "
    "to use.",
    "A variance within the error of the futures is no more than two standard errors of its "
    "average: as many other futures could as well come out on the other side of the budget.",
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
    less = total.outlook.savings
    after = f" after {pounds(less / 100)} of savings expected" if less else ""
    words = (
        f"Budget monitor {year.financial_year}: forecast {pounds(total.outlook.net / 100)} net"
        f"{after} against a budget of {pounds(year.net / 100)}: {variance_words(total)}, "
        f"of which {listed(parts_in_words(total))}."
    )
    return f"{words} {chance_words(monitor, futures)}"


def variance_words(line: MonitorLine) -> str:
    """How far a line is over or under its budget, or on it as far as can be told."""
    gap, share = line.variance / 100, line.variance_share
    amount = f"{pounds(abs(gap))} {'over' if gap > 0 else 'under'}"
    if line.is_on_budget and gap:
        return f"{ON_BUDGET} ({amount}, give or take {pounds(line.error)})"
    is_small = share is None or abs(share) < LEAST_SHARE
    by = "" if is_small else f" ({signed(share or 0.0, f'{share:.1%}')})"
    return f"{amount}{by}" if gap else "on budget"


def parts_in_words(line: MonitorLine) -> list[str]:
    """Why a line differs, what is nothing left out."""
    found = [
        f"{label} {signed(part, pounds(part / 100))}"
        for label, part in zip(PART_LABELS.values(), line.parts, strict=True)
        if part
    ]
    return found or ["nothing"]


def chance_words(monitor: YearMonitor, futures: int) -> str:
    """What the forecast leaves of the contingency, and in how many futures it is not enough."""
    has_some = monitor.year.contingency > 0
    held = contingency_words(monitor) if has_some else "No contingency is left"
    if futures == 1:
        return f"{held}; one course of events tells no chance of more."
    if monitor.chance_over_budget is None or monitor.chance_over_contingency is None:
        return f"{held}; prices are taken as certain, so no chance of more is given."
    over = per_cent(monitor.chance_over_budget, futures)
    beyond = per_cent(monitor.chance_over_contingency, futures)
    needed = f", and {beyond} of {whole(futures)} futures need more than all of it"
    return (
        f"{held}{needed if has_some else ''}. Chance of spending more than the budget: {over}"
        f"{'' if has_some else f' of {whole(futures)} futures'}."
    )


def contingency_words(monitor: YearMonitor) -> str:
    """How much of the contingency that is not drawn the forecast leaves: all, some or none.

    ::

        left = contingency - (forecast - budget), from nought to the contingency
    """
    held, over = monitor.year.contingency, monitor.total.variance
    left = "all" if over <= 0 else "none" if over >= held else pounds((held - over) / 100)
    return (
        f"Contingency: {pounds(held / 100)} is not drawn yet; at the forecast {left} of it is left "
        "at the end of the year"
    )


def biggest_line(monitor: YearMonitor) -> str:
    """The lines that are most over and most under their budget."""
    differ = [line for line in monitor.lines if not line.is_on_budget]
    by_size = sorted(differ, key=lambda line: line.variance)
    said = []
    if differ and by_size[-1].variance > 0:
        said.append(f"furthest over: {_named(by_size[-1])}")
    if differ and by_size[0].variance < 0:
        said.append(f"furthest under: {_named(by_size[0])}")
    nothing = "none differs from its budget by more than the error of the futures"
    return f"By line, {listed(said) or nothing}."


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
