"""What would change the answer, how wrong the model has been, and what is not known."""

from typing import Final

import numpy as np

from lacmodel.analyses.forecast import PRICE_LAYER, Forecast, Headline, headline
from lacmodel.area import Area
from lacmodel.codes import KINDS
from lacmodel.money.spend import net_by_year
from lacmodel.report.assumptions import count_confirmed
from lacmodel.report.backtest_words import SHORT_HEADS, how_wrong, short_rows
from lacmodel.report.changes import CHANGE_COLUMNS, change_rows, notes_on
from lacmodel.report.html import bullets, paragraph, section, table
from lacmodel.report.summary import uncertainty_words
from lacmodel.report.words import LAYERS, listed, long_date, pounds, whole

WRONG: Final = "How wrong has this model been?"
ENOUGH: Final = 30  # futures from which a share of their spread is worked out
NEVER_KNOWN: Final = (
    "What nobody has decided yet: new policy, new duties, a change of practice or of the law.",
    "A shock from outside, unless the scenario states one.",
    "Whether the drift of past years goes on as it did.",
)


def changes_section(result: Forecast) -> str:
    """What would change the answer: what the spread goes with, and what the scenario changes."""
    rows = change_rows(result.plan)
    listed_changes = table(CHANGE_COLUMNS, rows, "Changes to the area") if rows else ""
    said = "" if rows else paragraph("This scenario changes nothing in the area.")
    return section(
        "What would change this", "changes",
        *map(paragraph, what_moves_spend(result)),
        said, bullets(notes_on(result)), listed_changes,
    )  # fmt: skip


def what_moves_spend(result: Forecast) -> list[str]:
    """What one child more costs, and how much of the spread of spend goes with numbers alone."""
    year, kinds = result.money.years[0], slice(len(KINDS))
    days = year.days
    nights = result.money.nights[:, year.months, kinds].sum(axis=(1, 2))
    pence = result.money.net_in(year.months, kinds).sum(axis=(1, 2))
    if not nights.any():
        return []
    one = float(pence.sum() / 100 / nights.sum() * days)
    words = [
        f"One child more or fewer throughout {year.label} is {pounds(one)} of net spend on "
        "placements at the average price."
    ]
    if len(nights) >= ENOUGH and PRICE_LAYER in result.ensemble.layers:
        share = share_explained(nights, net_by_year(result.money)[:, 0])
        words.append(
            f"Of the spread of net spend in {year.label} between futures, {share:.0%} goes with "
            "how many children are in care; the rest goes with which placements they need and "
            "what those cost."
        )
    return words


def share_explained(cause: np.ndarray, effect: np.ndarray) -> float:
    """The share of the variance of an effect that goes with a cause: the correlation squared.

    >>> round(share_explained(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])), 6)
    1.0
    >>> share_explained(np.array([1.0, 1.0]), np.array([1.0, 2.0]))
    0.0
    """
    if not np.ptp(cause) or not np.ptp(effect):
        return 0.0
    return float(np.corrcoef(cause, effect)[0, 1] ** 2)


def wrong_section(result: Forecast) -> str:
    """How wrong the model has been, in numbers, and on this area where it is known.

    The sentence stands on the first screen.
    """
    happened = map(paragraph, what_happened(headline(result)))
    return section(WRONG, "wrong", _past_scores(result.plan.area), *happened)


def past_errors_section(area: Area) -> str:
    """The same with its sentence, for a report whose first screen has none."""
    return section(WRONG, "wrong", paragraph(how_wrong(area)), _past_scores(area))


def _past_scores(area: Area) -> str:
    rows = short_rows(area.path.parent)
    return table(SHORT_HEADS, rows, "Forecasts of children in care from past years") if rows else ""


def what_happened(answer: Headline) -> list[str]:
    """Of the forecast dates whose outcome is known, how many lay in the range."""
    known = [row for row in answer.outlook if row.happened is not None]
    if not known:
        return []
    first = known[0]
    words = (
        f"Here, {whole(first.happened or 0)} children were in care on {long_date(first.when)}; "
        f"the central forecast is {whole(first.children.central)}."
    )
    held = [
        row.children.low <= row.happened <= row.children.high
        for row in known
        if row.happened is not None
        and row.children.low is not None
        and row.children.high is not None
    ]
    if held:
        words += f" Of {len(held)} dates whose outcome is known, {sum(held)} lie in the range."
    return [words]


def doubt_section(result: Forecast) -> str:
    """What is not known: what the ranges leave out, and how much nobody has confirmed."""
    layers = result.ensemble.layers
    left_out = [words for layer, words in LAYERS.items() if layer not in layers]
    confirmed, everything = count_confirmed(result.plan.area)
    items = [
        f"{everything - confirmed} of {everything} prices, places, amounts and tables of rates "
        "are assumed or not confirmed (see below).",
        *NEVER_KNOWN,
    ]
    if left_out:
        items.insert(0, f"Not in the ranges: {listed(left_out)}.")
    return section(
        "What we do not know", "doubt",
        paragraph(uncertainty_words(result)),
        bullets(items),
    )  # fmt: skip
