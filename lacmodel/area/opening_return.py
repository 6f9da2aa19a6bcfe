"""The children of an area that points at a return: read anew whenever they are needed.

The area holds the folder of the return and a hash of it, never a child. A return that has changed
is refused, so that rates and children belong together.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from lacmodel.area.children import ChildInCare, PastLeaver, children_of
from lacmodel.area.settings import OpeningReturn
from lacmodel.faults import Fault, InputFaults

if TYPE_CHECKING:
    from lacmodel.ssda903.read import Progress, Returns
    from lacmodel.ssda903.schema import ProviderMapping
    from lacmodel.ssda903.spells import Spelled

RETURN: Final = "derived: the council's SSDA903 return, without short breaks (V3, V4)"  # a source


class ReturnRead(NamedTuple):
    """A return up to a start, and its spells."""

    returns: "Returns"
    spelled: "Spelled"


def mapping_of(provider_codes: Sequence[str]) -> "ProviderMapping":
    """What the provider codes of a council mean, from the lines of an area."""
    if not provider_codes:
        return ()
    from lacmodel.ssda903.providers import provider_rule

    return tuple(map(provider_rule, provider_codes))


def read_return(
    folder: Path,
    provider_codes: Sequence[str] = (),
    start: date | None = None,
    years: Mapping[str, int] | None = None,
    progress: "Progress | None" = None,
) -> ReturnRead:
    """Read a return up to a start, without what was collected later.

    Parameters
    ----------
    start : the first of a month; the 1 April after the last year unless given
    years : the collection year of a file by its name, where its dates do not tell

    Raises
    ------
    InputFaults
        if it cannot be read, does not reach the start, or see `known_before`
    """
    from lacmodel.ssda903.read import read_returns

    returns = read_returns(folder, years, progress)
    first, last = (date(returns.years[at], 4, 1) for at in (0, -1))
    start = start or last
    if start.day != 1 or not first <= start <= last:
        rule = f"must be the first of a month from {first} to {last}, which the return covers"
        raise InputFaults([Fault(folder, "start", str(start), rule)])
    return known_before(returns, start, provider_codes)


def known_before(returns: "Returns", start: date, provider_codes: Sequence[str]) -> ReturnRead:
    """What a return said before a day.

    Raises
    ------
    InputFaults
        if it has a provider code whose meaning the council must confirm first
    """
    from lacmodel.ssda903.providers import provider_questions, unanswered
    from lacmodel.ssda903.read import up_to
    from lacmodel.ssda903.records import day_number
    from lacmodel.ssda903.spells import make_spells

    last = start - timedelta(days=1)
    if start < date(returns.years[-1], 4, 1):
        returns = up_to(returns, last)
    mapping = mapping_of(provider_codes)
    questions = unanswered(provider_questions(returns), mapping)
    if questions:
        way = "(lacmodel new takes such a line as --provider). Nothing is priced until then."
        faults = [
            Fault(returns.path, "PLACE_PROVIDER", None, f"{each} {way}") for each in questions
        ]
        raise InputFaults(faults)
    return ReturnRead(returns, make_spells(returns, mapping, day_number(last)))


def check_unchanged(pointer: OpeningReturn, area: Path) -> None:
    """Refuse a return that is gone, or is not the one from which an area was made."""
    from lacmodel.ssda903.sources import hash_of

    folder = Path(pointer.folder)
    if not folder.exists():
        rule = "is not there; put the return back, or write here where it is now"
        raise InputFaults([Fault(area, "opening_return.folder", pointer.folder, rule)])
    if hash_of(folder) != pointer.sha256:
        made = area if area.is_file() and area.suffix == ".xlsx" else area.parent
        rule = (
            "has changed since the area was made from it. Put the files back as they were, or, if "
            f"the change is meant, run lacmodel fit {made}: it fits the rates again and "
            "takes the return as it is now"
        )
        raise InputFaults([Fault(area, "opening_return.folder", pointer.folder, rule)])


def children_of_return(
    pointer: OpeningReturn, provider_codes: Sequence[str], start: date, area: Path
) -> tuple[tuple[ChildInCare, ...], tuple[PastLeaver, ...]]:
    """The children in care on the night before a start, and those who left and may come back.

    Raises
    ------
    InputFaults
        if the return is gone, has changed, or cannot be read
    """
    check_unchanged(pointer, area)
    read = read_return(Path(pointer.folder), provider_codes, start, pointer.years)
    return children_of(read.spelled.spells, start)
