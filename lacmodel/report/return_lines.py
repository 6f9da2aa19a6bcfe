"""What `new` and `fit` say of an area that was made from a return."""

from datetime import timedelta

from lacmodel.area import rate_population
from lacmodel.area.residents import rate_per_10000
from lacmodel.codes import places_label
from lacmodel.fitting.area_of_return import ReturnArea
from lacmodel.fitting.from_return import reference_words
from lacmodel.report.rates_report import years_of


def lines_of_area(made: ReturnArea, shareable: bool) -> list[str]:
    """What was made, what it rests on, and what is left to do."""
    area, account = made.area, made.read.spelled.account
    night, children = area.start - timedelta(days=1), sum(row.children for row in area.opening)
    rate = rate_per_10000(children, rate_population(area, night))
    flows = "".join(
        f"; {last.started:,} started and {last.ceased:,} ceased in the year"
        + (f" to March {last.year}" if night.month != 3 else "")
        for last in area.history[-1:]
    )
    own = ", ".join(
        f"{share:.0%} of {places_label(placement)}"
        for placement, share in made.fitted.in_house_share().items()
    )
    kept = (
        f"Children: {account.children_kept:,} of {account.children:,} in the return are used, "
        f"{account.children_left_out:,} left out (lacmodel check says why); "
        f"{account.rows:,} episodes = {account.rows_used:,} placements begun + "
        f"{account.rows_merged:,} merged + {account.rows_left_out:,} left out."
    )
    where = (
        "Shareable: counts are in fives, rates that rest on 1 to 5 events are England's, and "
        "nothing points at the return."
        if shareable
        else "Children in care are read from the return whenever a run needs them; such runs are "
        "internal."
    )
    return [
        f"{area.name}: {children:,} children in care on {night:%d %B %Y} ({rate:.0f} per "
        f"10,000){flows}.",
        kept,
        f"Rates rest on {years_of(made.fitted)}. {reference_words(made.fitted)}",
        f"Own provision among the placements begun: {own or 'none seen'}.",
        where,
        "Own places and prices are England's until they are filled in: README.md in the folder "
        "says what to do first.",
    ]
