"""Where a new spell begins: moves told from changes of code, status or legal status alone."""

from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.codes import EXTERNAL, OTHER_PLACEMENT
from lacmodel.ssda903.chains import codes_are
from lacmodel.ssda903.days import year_ends
from lacmodel.ssda903.problems import Problems
from lacmodel.ssda903.records import day_number
from lacmodel.ssda903.schema import (
    SUPPORTED_FROM,
    TEMPORARY,
    ProviderMapping,
    kind_table,
)

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

PLACE_COLUMNS: Final = ("PLACE", "PLACE_PROVIDER", "PL_POST", "URN")
ALWAYS: Final = day_number(date(1970, 1, 1))


def temporary_folded(rows: pd.DataFrame) -> pd.DataFrame:
    """Give T0 to T4 the placement before them in the period of care, or else the one after.

    Adds: temporary. A period of nothing else keeps its codes.
    """
    temporary = codes_are(rows["PLACE"], *TEMPORARY)
    places = np.arange(len(rows))
    period = rows["period"].to_numpy()
    before = np.maximum.accumulate(np.where(temporary, -1, places)) if len(rows) else places
    after = np.minimum.accumulate(np.where(temporary, len(rows), places)[::-1])[::-1]
    has_before = (before >= 0) & (period[before] == period)
    after = np.minimum(after, len(rows) - 1)
    has_after = ~temporary[after] & (period[after] == period)
    source = np.where(has_before, before, np.where(has_after, after, places))
    folded = {name: rows[name].array[source] for name in PLACE_COLUMNS}
    return rows.assign(temporary=temporary, **folded)


def kinds_of(rows: pd.DataFrame, mapping: ProviderMapping, last: int) -> pd.DataFrame:
    """Give each row the model's placement type and provider.

    A provider rule counts from its date, for a row on its last night that the returns show: a row
    that its council recodes without ending it has the later meaning for all its nights.

    Adds: placement, provider. Codes that are not known count as other placements, external.
    """
    shown_until = np.minimum(rows["end"].to_numpy() - 1, last)
    shown_until = np.minimum(shown_until, year_ends(rows["year"].to_numpy()))
    starts = sorted({ALWAYS, *(day_number(rule.start) for rule in mapping)})
    when = np.maximum(np.searchsorted(starts, shown_until, side="right") - 1, 0)
    place, provider = rows["PLACE"].cat, rows["PLACE_PROVIDER"].cat
    places, providers = [*place.categories, ""], [*provider.categories, ""]
    tables = [kind_table(mapping, day) for day in starts]
    unknown = (OTHER_PLACEMENT, EXTERNAL)
    kinds = np.array(
        [
            [[_kind(table, p, code, unknown) for code in providers] for p in places]
            for table in tables
        ]
    )
    found = kinds[when, place.codes.to_numpy(), provider.codes.to_numpy()]
    return rows.assign(placement=found[:, 0], provider=found[:, 1])


def _kind(
    table: dict[tuple[str, str], tuple[int, int]], place: str, code: str, unknown: tuple[int, int]
) -> tuple[int, int]:
    """Placement type and provider of two codes, of which either may be unknown."""
    return table.get((place, code), table.get((place, ""), unknown))


def _alike(values: NDArray[Any]) -> tuple[BoolArray, BoolArray]:
    """Whether a row's number equals the one before, and differs from it; blanks do neither."""
    now, before = values[1:], values[:-1]
    known = (now >= 0) & (before >= 0)
    return known & (now == before), known & (now != before)


def moved(rows: pd.DataFrame, problems: Problems) -> BoolArray:
    """Which rows begin a spell: the first of a period of care, and those after a move.

    With the same carer (RNE T, U or L) a spell goes on while placement type and provider stay.
    With another (P or B, or S or none within care) it is a move unless all that is known of the
    place is the same. It is no move either where only codes changed: another PLACE or
    PLACE_PROVIDER for the same type at the same URN, or PL_POST if a URN is missing; and H5 or P2
    to K3 at the same PL_POST, or on 28 October 2023 wherever PL_POST does not say otherwise. Nor
    where a child comes back from a temporary placement to the codes before it.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    place, provider = (
        rows["PLACE"].cat.codes.to_numpy(),
        rows["PLACE_PROVIDER"].cat.codes.to_numpy(),
    )
    same_urn, other_urn = _alike(rows["URN"].to_numpy())
    same_post, other_post = _alike(rows["PL_POST"].to_numpy())
    codes_differ = (place[1:] != place[:-1]) | (provider[1:] != provider[:-1])
    placement, kind_provider = rows["placement"].to_numpy(), rows["provider"].to_numpy()
    same_type = placement[1:] == placement[:-1]
    same_kind = same_type & (kind_provider[1:] == kind_provider[:-1])

    no_urn = ~same_urn & ~other_urn
    at_place = (
        (same_urn & ~other_post)
        | (no_urn & same_post)
        | _became_supported(rows, same_post, other_post)
    )
    recoded = codes_differ & same_type & at_place
    temporary = rows["temporary"].to_numpy()
    back = (temporary[1:] | temporary[:-1]) & ~codes_differ & ~other_post
    same_carer = codes_are(rows["RNE"], "T", "U", "L")[1:]
    where_known = same_urn | same_post
    different = codes_differ | other_urn | other_post | ~where_known
    move = np.where(same_carer, ~same_kind, different) & ~recoded & ~back

    period = rows["period"].to_numpy()
    within = period[1:] == period[:-1]
    listed = np.append(False, within & recoded & ~same_carer | within & recoded & ~same_kind)
    problems.add("code-change", "PLACE", rows, listed, rows["PLACE"], "merged: not a move")
    unmoved = np.append(False, within & ~move & ~recoded & ~back & ~same_carer)
    problems.add("435", "RNE", rows, unmoved, done="merged: not a move")
    return np.append(True, ~within | move)


def _became_supported(rows: pd.DataFrame, same_post: BoolArray, other_post: BoolArray) -> BoolArray:
    """Where H5 or P2 became K3, and nothing says that the child moved."""
    was, became = codes_are(rows["PLACE"], "H5", "P2")[:-1], codes_are(rows["PLACE"], "K3")[1:]
    on_the_day = rows["DECOM"].to_numpy()[1:] == day_number(SUPPORTED_FROM)
    return was & became & (same_post | (on_the_day & ~other_post))
