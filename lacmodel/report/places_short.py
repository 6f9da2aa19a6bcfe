"""Places short: own places against the children of each type at month ends, for a run's report."""

from typing import Final

import numpy as np

from lacmodel.analyses.forecast import Forecast, range_of
from lacmodel.analyses.need import scopes_of, usable_by_day
from lacmodel.analyses.sufficiency import is_limited
from lacmodel.codes import KINDS, PLACEMENT_LABELS, PLACEMENTS
from lacmodel.report.html import paragraph, table
from lacmodel.report.sufficiency_words import share_words
from lacmodel.report.words import children_range, whole
from lacmodel.results import is_single, stock_dates, year_ends

COLUMNS: Final = (
    "Placement", "Date", "Children and adults staying on", "Usable places", "Confidence",
)  # fmt: skip
NOTE: Final = (
    "Children placed in each type on 31 March, with any provider, and adults who stay on, against "
    "the usable places of the council's own. lacmodel sufficiency counts every day, each sort of "
    "place, who is turned away, and what it costs."
)
LIMITED: Final = (
    "Some placements that are bought are limited here, so children may be in another type than "
    "they need; lacmodel sufficiency says how many places are short."
)


def confidence_words(share: float) -> str:
    """How sure it is that places are enough, in words and as a share of futures.

    >>> confidence_words(0.95), confidence_words(0.5), confidence_words(0.0)
    ('very likely enough (95%)', 'as likely enough as not (50%)', 'not enough (0%)')
    """
    words = (
        (0.9, "very likely enough"), (0.66, "likely enough"), (0.33, "as likely enough as not"),
        (0.1, "likely short"), (1e-9, "very likely short"), (0.0, "not enough"),
    )  # fmt: skip
    said = next(said for least, said in words if share >= least)
    return f"{said} ({share_words(share)})"


def places_short(result: Forecast) -> str:
    """A table and its note; nothing without futures or places of the council's own."""
    plan = result.plan
    if is_single(result.ensemble) or not plan.supply:
        return ""
    if is_limited(plan):
        return paragraph(LIMITED, "note")
    rows = short_rows(result)
    caption = "Own places against children"
    return table(COLUMNS, rows, caption) + paragraph(NOTE, "note")


def short_rows(result: Forecast) -> list[tuple[str, ...]]:
    """Every type with own places, on every 31 March."""
    plan, tallies = result.plan, result.ensemble.tallies
    scopes = scopes_of(plan.world.placements)
    usable = usable_by_day(plan.world.placements, scopes, plan.period.days)
    dates = stock_dates(plan.period)
    rows: list[tuple[str, ...]] = []
    for scope in np.flatnonzero(scopes.takes.all(axis=(1, 2, 3))):
        placement = int(scopes.placement[scope])
        kinds = [kind for kind, pair in enumerate(KINDS) if pair[0] == placement]
        here = tallies.children[:, :, :, kinds].sum(axis=(2, 3), dtype=np.int64)
        here = here + tallies.staying_on[:, :, kinds].sum(axis=2, dtype=np.int64)
        for when, month in year_ends(plan.period).items():
            places = int(usable[scope, plan.period.day(dates[month])])
            need = here[:, month]
            rows.append((
                PLACEMENT_LABELS[PLACEMENTS[placement]], f"{when.day} {when:%B %Y}",
                children_range(range_of(need, False)), whole(places),
                confidence_words(float((need <= places).mean())),
            ))  # fmt: skip
    return rows
