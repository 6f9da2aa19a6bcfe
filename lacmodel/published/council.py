"""One council's series out of published files, as they were known on a date."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from lacmodel.faults import Fault, InputFaults
from lacmodel.published.records import (
    COUNCIL,
    ENGLAND,
    SAME_COUNCIL,
    Figure,
    Place,
    Published,
)

SHOWN: Final = 5  # places named in a fault


@dataclass(frozen=True, slots=True)
class Series:
    """What was published about a place up to a start: nothing later is in it."""

    place: Place
    joined: tuple[str, ...]  # codes that it had before
    start: date
    figures: dict[tuple[int, str], Figure]  # by year ending 31 March and measure
    residents: dict[int, Figure]  # by mid-year

    def values(self, measure: str) -> dict[int, int]:
        """The years for which a number is given."""
        return {
            year: figure.value
            for (year, name), figure in self.figures.items()
            if name == measure and figure.value is not None
        }

    def missing(self) -> list[tuple[int, str, Figure]]:
        """The counts that a mark stands for."""
        return [
            (year, name, figure)
            for (year, name), figure in sorted(self.figures.items())
            if figure.value is None
        ]


def series_of(published: Published, code: str, start: date | None = None) -> Series:
    """The series of a place, cut at a start; 1 April after its latest year unless given.

    Mid-years at least nine months before the start are known by then.

    Raises
    ------
    InputFaults
        if the files do not have the place, or no children in care on the night before the start,
        or no residents
    """
    place = published.places.get(code)
    if place is None:
        rule = f"is not in the files; {_like(published, code)}"
        raise InputFaults([Fault("--code", code, None, rule)])
    codes = (*_earlier(published, place), code)
    whole = Series(place, codes[:-1], start or date.max, *_joined(published, codes))
    stock = whole.values("children")
    if not stock:
        raise InputFaults([Fault("--code", code, None, _nothing(published, place))])
    start = start or date(max(stock), 4, 1)
    cut = replace(
        whole,
        start=start,
        figures={key: f for key, f in whole.figures.items() if date(key[0], 3, 31) < start},
        residents={year: f for year, f in whole.residents.items() if year < start.year},
    )
    faults = list(_unusable(cut))
    if faults:
        raise InputFaults(faults)
    return cut


def residents_of(published: Published, code: str) -> tuple[Place, dict[int, Figure]]:
    """A place and its residents by mid-year.

    Raises
    ------
    InputFaults
        if the files do not have the place, or no residents of it
    """
    place = published.places.get(code)
    if place is None:
        rule = f"is not in the files; {_like(published, code)}"
        raise InputFaults([Fault("--code", code, None, rule)])
    residents = with_earlier_codes(published, place)[1]
    if not any(figure.value for figure in residents.values()):
        rule = "the files have no residents aged 0 to 17; give --population"
        raise InputFaults([Fault("--code", code, None, rule)])
    return place, residents


def _unusable(series: Series) -> Iterator[Fault]:
    """What an area cannot be made without."""
    start, code = series.start, series.place.code
    if (start.month, start.day) != (4, 1):
        yield Fault("--start", str(start), None, "must be a 1 April, as the files give 31 March")
        return
    if start.year not in series.values("children"):
        mark = series.figures.get((start.year, "children"))
        why = f"is {mark.mark or 'blank'} in the files" if mark else "is not in the files"
        years = ", ".join(map(str, sorted(series.values("children")))) or "none"
        rule = f"children in care on 31 March {start.year} {why}; earlier years known: {years}"
        yield Fault("--start", str(start), None, rule)
        return
    if not series.values("started"):
        yield Fault("--code", code, None, f"no year up to {start.year} says how many started")
    if not any(figure.value for figure in series.residents.values()):
        rule = f"no residents aged 0 to 17 at a mid-year before {start.year}; give --population"
        yield Fault("--code", code, None, rule)


def _earlier(published: Published, place: Place) -> tuple[str, ...]:
    """Codes that the same council had before, in the order of the codes."""
    return tuple(
        other.code
        for other in sorted(published.places.values(), key=lambda other: other.code)
        if other.code != place.code
        and (
            SAME_COUNCIL.get(other.code) == place.code
            or (place.number and place.number == other.number)
        )
    )


def latest_codes(published: Published) -> dict[str, str]:
    """The last code of every place, by each code that it has had."""
    last: dict[str, int] = {}
    for code, year, _ in published.figures:
        last[code] = max(year, last.get(code, year))
    found = {}
    for place in published.places.values():
        alike = [place.code, *_earlier(published, place)]
        successor = SAME_COUNCIL.get(place.code)
        alike += [successor] if successor in published.places else []
        found[place.code] = max(alike, key=lambda code: (last.get(code, 0), code))
    return found


def _joined(
    published: Published, codes: tuple[str, ...]
) -> tuple[dict[tuple[int, str], Figure], dict[int, Figure]]:
    """The counts and residents of some codes, a number before a mark, and the last code first."""
    figures: dict[tuple[int, str], Figure] = {}
    residents: dict[int, Figure] = {}
    for code in codes:
        for (of, year, measure), figure in published.figures.items():
            known = figures.get((year, measure))
            if of == code and (known is None or figure.value is not None):
                figures[year, measure] = figure
        for (of, year), figure in published.residents.items():
            before = residents.get(year)
            if of == code and (before is None or figure.value is not None):
                residents[year] = figure
    return figures, residents


def with_earlier_codes(
    published: Published, place: Place
) -> tuple[dict[tuple[int, str], Figure], dict[int, Figure]]:
    """A place's counts and residents, those under its earlier codes joined on."""
    return _joined(published, (*_earlier(published, place), place.code))


def _nothing(published: Published, place: Place) -> str:
    """Why a place without a number cannot be used, and which to ask for instead."""
    others = [
        other.code
        for other in published.places.values()
        if other.name == place.name and other.code != place.code
    ]
    instead = f"; {place.name} also has the code {', '.join(others)}" if others else ""
    return f"{place.name} has no number of children in care in the files{instead}"


def _like(published: Published, code: str) -> str:
    """Codes that are in the files: those whose name was typed, or the first few."""
    councils = [place for place in published.places.values() if place.level == COUNCIL]
    named = [place for place in councils if code.lower() in place.name.lower()]
    shown = sorted(named or councils, key=lambda place: place.name)[:SHOWN]
    words = ", ".join(f"{place.code} ({place.name})" for place in shown)
    return f"they have {len(councils)} councils, such as {words}"


def places_beside(published: Published, place: Place) -> list[tuple[str, Place]]:
    """England and the place's region, where the files have them, with what each is."""
    beside = [("england", other) for other in published.places.values() if other.level == ENGLAND]
    region = published.places.get(place.region)
    return beside + ([("region", region)] if region is not None else [])
