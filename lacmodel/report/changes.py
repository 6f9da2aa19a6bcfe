"""What a scenario changes, and what a reader should know about it before the numbers."""

from datetime import date
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.levers.words import settings_in_words
from lacmodel.plan import Plan
from lacmodel.report.words import counted, long_date, pounds, whole
from lacmodel.results import flow_in

CHANGE_COLUMNS: Final = ("From", "To", "Lever", "What", "Source", "Confirmed")
TOLD_APART: Final = ("file", "lever", "name", "from", "to", "source", "confirmed")
PLACES: Final = ("places", "foster_places")


def change_rows(plan: Plan) -> list[tuple[str, ...]]:
    """Every change of a scenario, one row each: dates, lever, values and source."""
    return [
        (
            long_date(date.fromisoformat(change["from"])),
            long_date(date.fromisoformat(change["to"])) if change["to"] else "the end",
            str(change["lever"]).replace("_", " "),
            _what(change),
            str(change["source"]),
            "yes" if change["confirmed"] else "no: assumed",
        )
        for change in plan.resolved.get("changes", [])
    ]


def _what(change: dict[str, Any]) -> str:
    """A change's name and its own values in words.

    >>> _what({"lever": "entries", "name": "More", "multiply": 1.2, "ages": ["under 1"]})
    'More; ages under 1; multiplied by 1.2'
    """
    settings = {name: value for name, value in change.items() if name not in TOLD_APART}
    parts = [str(change["name"])] if change.get("name") else []
    return "; ".join([*parts, *settings_in_words(change["lever"], settings)])


def capital_of(plan: Plan) -> float:
    """The capital of a scenario's changes, pounds."""
    changes = plan.resolved.get("changes", [])
    return sum(float(change.get("capital_gbp") or 0) for change in changes)


def notes_on(result: Forecast) -> list[str]:
    """Sentences that must stand beside a scenario's numbers."""
    changes = result.plan.resolved.get("changes", [])
    capital = capital_of(result.plan)
    assumed = sum(not change["confirmed"] for change in changes)
    notes = _prevention(result)
    if capital:
        notes.append(f"Capital of {pounds(capital)} is not in the spend.")
    added = [change for change in changes if change["lever"] in PLACES]
    if added and not any(change.get("fixed_cost_gbp_per_year") for change in added):
        notes.append(
            "Places that are added cost nothing while they stand empty, because no fixed cost is "
            "stated apart from the price of a night; if they stand empty the true saving is less."
        )
    if assumed:
        notes.append(assumed_words(assumed, len(changes)))
    return notes


def assumed_words(assumed: int, changes: int) -> str:
    """How many of a scenario's changes are assumptions.

    >>> assumed_words(1, 1), assumed_words(2, 2)
    ('Its one change has an assumed size or date.', 'All 2 changes have an assumed size or date.')
    >>> assumed_words(1, 3)
    '1 of 3 changes has an assumed size or date.'
    """
    if changes == 1:
        return "Its one change has an assumed size or date."
    of = f"All {changes}" if assumed == changes else f"{assumed} of {changes}"
    return f"{of} changes {'has' if assumed == 1 else 'have'} an assumed size or date."


def _prevention(result: Forecast) -> list[str]:
    """What edge of care did over the whole period, on average."""
    if not result.plan.services:
        return []
    names = ("families_referred", "families_engaged", "prevented", "delayed")
    means = [float(flow_in(result.ensemble, name).sum(axis=1).mean()) for name in names]
    families, children = (
        counted(means[0], "family", "families"),
        counted(means[2], "child", "children"),
    )
    return [
        f"Edge of care over the whole period, on average: {families} referred, "
        f"{whole(means[1])} supported, {children} prevented from coming into care in that time "
        f"and {whole(means[3])} delayed (cost-avoidance also counts those who would have come "
        "later). The size of the effect is taken as certain."
    ]
