"""An area of any council from published files: in memory, in a quarter of a second.

What the files give is taken as it is: children in care, starters, leavers, residents. The rest
(ages, placement types, groups, time in care, reasons, own places, prices) is England's, marked as
not confirmed and said in words, until somebody fills it in. Nothing after the start is used, and
the files cut at the start give the same area.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import Area, Benchmark, HistoryYear
from lacmodel.area.residents import Residents, mid_year, rate_per_10000, residents_between
from lacmodel.area.write import AreaContent, Rows, content_of
from lacmodel.codes import KIND_NAMES, KINDS
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting import at_start, totals
from lacmodel.fitting.england_shares import (
    ENGLANDS,
    by_kind_of,
    shortage_order,
    supply_for,
    unit_costs,
    uplifts,
)
from lacmodel.fitting.first_year import EXITS, RATES, at_todays_rates
from lacmodel.fitting.match_shares import match_shares
from lacmodel.fitting.published_figures import AXES, BY_KIND, PublishedFigures, Scope
from lacmodel.fitting.published_years import own_years, years_of_councils
from lacmodel.fitting.rates_today import Learnt, RatesToday, learn, rates_today
from lacmodel.fitting.rounding import whole_margin
from lacmodel.parameters import collect, national_folder
from lacmodel.published.council import Series, places_beside, series_of, with_earlier_codes
from lacmodel.published.neighbours import Neighbour
from lacmodel.published.records import MEASURES, Figure, Place, Published
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

ONE_DAY: Final = timedelta(days=1)
MATCH: Final = "placements.match_share"
WRITTEN: Final = (RATES, EXITS, MATCH)
UNLIKE: Final = 0.2  # of the children in care: between how they changed and what flows explain
TREND_YEARS: Final = 4  # over which the growth of residents is taken


class NewArea(NamedTuple):
    """An area made from published files, and what its folder needs besides."""

    area: Area
    residents: float  # aged 0 to 17, by which rates at the start are divided
    rates: dict[str, Table]  # the tables that are the area's own
    figures: PublishedFigures  # as `fit` would read them, England's shares where none is known
    fitted: totals.TotalsFit

    def content(self) -> AreaContent:
        """What the files of its folder hold."""
        published = figure_rows(self.figures)
        return content_of(self.area, self.rates, {"published": published})

    def lines(self, revised: int = 0) -> list[str]:
        """What was made, for the command to say; and how many figures a later file revised."""
        area, last = self.area, self.area.history[-1]
        rate = rate_per_10000(last.children, self.residents)
        exits = self.rates[EXITS].values.sum() / totals.national_tables()[EXITS].values.sum()
        words = [f"Figures that a later file revised: {revised:,}."] if revised else []
        return [
            *words,
            f"{area.name}: {last.children:,} children in care on {area.start - ONE_DAY:%d %B %Y} "
            f"({rate:.0f} per 10,000).",
            f"Exits are {exits:.2f} times England's; starters "
            f"{_or_unknown(last.started)} and leavers {_or_unknown(last.ceased)} in the last year.",
            *(text for text in area.assumptions if "do not fit together" in text),
            "Ages, placements, own places and prices are England's until they are filled in: "
            "README.md in the folder says what to do first.",
        ]


def new_area(
    published: Published,
    code: str,
    start: date | None = None,
    neighbours: Sequence[Neighbour] = (),
    released: date | None = None,
    learnt: Learnt | None = None,
) -> NewArea:
    """Make an area of one place from published files.

    Parameters
    ----------
    start : a 1 April; the one after the place's latest year unless given
    released : when the figures of the files were published, for the benchmarks
    learnt : what the other councils of the files, cut at the start, teach about drift; if it is
        not at hand it is learnt now

    Raises
    ------
    InputFaults
        if the place is not in the files, or not with what an area needs
    """
    series = series_of(published, code, start)
    population = population_rows(series.residents, min(series.values("children")) - 1)
    growth, projection = growth_of(population)
    last = series.start.year
    residents = residents_between(population, growth, mid_year(last - 1))
    children, started, ceased = (series.values(measure) for measure in MEASURES)
    if not children[last] or not sum(started.values()):
        rule = f"nobody is in care in March {last}, or nobody started in any year: nothing to go on"
        raise InputFaults([Fault("--code", code, None, rule)])
    today = _today(published, series, residents, learnt)
    fitted = totals.fit_totals(totals.Totals(last, children, started, ceased, residents))
    figures = _figures(series, fitted)
    rates = _rates_of(figures, fitted)
    growths, growth_sources = uplifts()
    area = Area(
        path=Path(code),
        code=code,
        name=series.place.name,
        start=series.start,
        parameters=collect(totals.national_tables() | rates, national_folder()),
        population=population,
        history=figures.history,
        known=(),
        afterwards=(),
        benchmarks=tuple(benchmarks_beside(published, series, neighbours, released)),
        opening=tuple(at_start.opening_rows(fitted.children, figures)),
        past_leavers=tuple(at_start.past_leaver_rows(fitted.past_leavers)),
        supply=tuple(supply_for(figures.children_by_kind)),
        shortage_order=shortage_order(),
        capped=(),
        unit_costs=unit_costs(),
        uplifts=growths,
        budget=(),
        assumptions=tuple(_assumptions(published, series, neighbours, today is not None)),
        projected_growth_a_year=growth,
        projection_source=projection,
        uplift_sources=growth_sources,
        files=(),
    )
    if today is not None:
        rates |= _as_written(at_todays_rates(area, today))
        area = totals.with_rates(area, rates)
    return NewArea(area, residents, rates, figures, fitted)


def named(made: NewArea, name: str | None) -> NewArea:
    """An area with another name, if one is given."""
    return made if name is None else made._replace(area=replace(made.area, name=name))


def _today(
    published: Published, series: Series, residents: float, learnt: Learnt | None
) -> RatesToday | None:
    """The council's rates at the start, where its history is long enough."""
    last = series.start.year
    learnt = learnt or learn(years_of_councils(published, last), series.place.code)
    return rates_today(learnt, own_years(series), residents)


def _or_unknown(count: int | None) -> str:
    return "not known" if count is None else f"{count:,}"


def _rates_of(figures: PublishedFigures, fitted: totals.TotalsFit) -> dict[str, Table]:
    """The tables that are the area's own: entries, exits, and how often own places suit."""
    expected, _, scopes = at_start.expected_opening(fitted.children, figures)
    shares = match_shares(figures, expected, scopes, fitted.again, fitted.tables[MATCH])
    tables = fitted.tables | {MATCH: shares}
    return _as_written({name: tables[name] for name in WRITTEN})


def match_shares_of(figures: PublishedFigures) -> Table:
    """How often own places suit, in an area that has England's ages and placements.

    All else that such an area has of its own follows from its totals, which own places do not
    change.
    """
    children, started, ceased = (
        {row.year: n for row in figures.history if (n := getattr(row, measure)) is not None}
        for measure in MEASURES
    )
    known = totals.Totals(figures.year, children, started, ceased, figures.residents)
    return _rates_of(figures, totals.fit_totals(known))[MATCH]


def _as_written(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Tables with the digits that a file keeps, so that memory and folder are equal."""
    found = {}
    for name, table in tables.items():
        values = np.array([float(f"{value:.10g}") for value in table.values.ravel()])
        values = values.reshape(table.values.shape)
        found[name] = replace(table, values=values, spread=float(f"{table.spread:.6g}"))
    return found


# Residents ---------------------------------------------------------------------------------------


def population_rows(residents: Mapping[int, Figure], first: int) -> tuple[Residents, ...]:
    """Residents by mid-year; before the first that is known, back to a first year, held."""
    known = [
        Residents(year, figure.value, figure.source, True)
        for year, figure in sorted(residents.items())
        if figure.value
    ]
    held = [
        Residents(year, known[0].residents, f"assumed: equal to mid-{known[0].year}", False)
        for year in range(first, known[0].year)
    ]
    return (*held, *known)


def growth_of(population: Sequence[Residents]) -> tuple[float, str]:
    """Growth of residents a year, as a share, and where it comes from."""
    last = population[-1]
    before = [row for row in population if row.confirmed and row.year >= last.year - TREND_YEARS]
    first = before[0]
    if first.year == last.year:
        return 0.0, "assumed: no growth, as one mid-year alone is known"
    years = last.year - first.year
    share = round((last.residents / first.residents) ** (1 / years) - 1, 4)
    source = (
        f"derived: growth a year from mid-{first.year} ({first.residents:,}) to mid-{last.year} "
        f"({last.residents:,}), ONS mid-year estimates; assumed to go on"
    )
    return share, source


# England's shares ---------------------------------------------------------------------------------


def _figures(series: Series, fitted: totals.TotalsFit) -> PublishedFigures:
    """The council's totals divided as its run-in has them, and as England divides providers."""
    last = series.start.year
    children, started, ceased = (series.values(measure) for measure in MEASURES)
    total, in_care = children[last], fitted.children  # (year of age, time band, placement, group)
    by_year = in_care.sum(axis=(1, 2, 3))
    by_kind = by_kind_of(whole_margin(in_care.sum(axis=(0, 1, 3)), total))
    came = started.get(last, round(float(fitted.started.sum())))
    left = ceased.get(last, round(float(fitted.ceased_by_age.sum())))
    return PublishedFigures(
        year=last,
        children_by_age=_whole(np.add.reduceat(by_year, [0, 1, 5, 10, 16]), total),
        children_by_kind=by_kind,
        children_by_group=_whole(in_care.sum(axis=(0, 1, 2)), total),
        complex_by_kind=np.zeros(len(KINDS)),
        started_by_age=_whole(fitted.started, came),
        ceased_by_age=_whole(fitted.ceased_by_age, left),
        ceased_by_reason=_whole(fitted.ceased_by_reason, left),
        history=tuple(
            HistoryYear(
                year, count, started.get(year), ceased.get(year),
                series.figures[year, "children"].source,
            )
            for year, count in sorted(children.items())
        ),
        residents=0.0,  # the fit has them already
        scopes=tuple(
            Scope(row.kind, row.youngest, row.oldest, row.groups, row.places * row.usable_share)
            for row in supply_for(by_kind)
        ),
    )  # fmt: skip


def _whole(expected: FloatArray, total: int) -> FloatArray:
    return whole_margin(expected, total).astype(np.float64)


# Benchmarks --------------------------------------------------------------------------------------


def benchmarks_beside(
    published: Published,
    series: Series,
    neighbours: Sequence[Neighbour],
    released: date | None,
) -> Iterator[Benchmark]:
    """Rates of England, the region and the neighbours on every 31 March before the start."""
    beside = [pair for pair in places_beside(published, series.place) if pair[1] != series.place]
    for neighbour in neighbours:
        place = published.places.get(neighbour.neighbour)
        if place is not None:
            beside.append(("neighbour", place))
    for relation, place in beside:
        for year, rate, source in _rates(published, place, series.start):
            when = date(year, 3, 31)
            yield Benchmark(place.name, when, rate, released, source, relation)


def _rates(published: Published, place: Place, start: date) -> Iterator[tuple[int, float, str]]:
    """The rates of a place by year: as published, or worked out from residents."""
    figures, mid_years = with_earlier_codes(published, place)
    for (year, measure), figure in sorted(figures.items(), key=lambda row: row[0]):
        if measure != "children" or date(year, 3, 31) >= start:
            continue
        residents = mid_years.get(year - 1)
        if figure.rate_per_10000 is not None:
            yield year, figure.rate_per_10000, figure.source
        elif figure.value is not None and residents is not None and residents.value:
            rate = round(rate_per_10000(figure.value, residents.value), 1)
            yield year, rate, f"derived: {figure.source}, over residents of mid-{year - 1}"


# Words -------------------------------------------------------------------------------------------


def _assumptions(
    published: Published, series: Series, neighbours: Sequence[Neighbour], from_today: bool
) -> Iterator[str]:
    """What the files do not give, and what was put in its place."""
    name, last = series.place.name, series.start.year
    yield (
        "Ages, placement types, groups, reasons for leaving and time in care are not in the "
        f"published files. Those of {name} come from England's rates and England's ages of "
        "starters, with one factor on all exits, followed to its own numbers of children, "
        "starters and leavers."
    )
    yield (
        "How much foster care, homes and supported accommodation is the council's own is "
        "England's share, and so are the own places: none of the places in supply.csv is known "
        "to exist. Places short therefore say nothing about this council until they are "
        "replaced."
    )
    yield ("Unaccompanied children are England's share of starters; councils differ much in this.")
    yield (
        "Prices are England's at 2024/25, no income is netted off, and fixed costs are inside "
        "the prices. Prices of the council's own homes, secure homes, supported accommodation, "
        "other placements and unregistered settings are assumed."
    )
    entries = "Entries and exits start from the rates of" if from_today else (
        "Entries go on as on average over the three years to"
    )  # fmt: skip
    yield (
        f"{entries} March {last}; the factors are England's, calibrated to tables of 2022, "
        "whatever the start."
    )
    yield from _unlike(series)
    if series.joined:
        yield f"Figures published under the earlier code {', '.join(series.joined)} are joined on."
    for year, measure, figure in series.missing():
        words = {"children": "in care", "started": "starting", "ceased": "ceasing"}[measure]
        yield f"Children {words} in the year to March {year} are not known ({figure.mark})."
    yield from _words_on_neighbours(published, series, neighbours)


def _unlike(series: Series) -> Iterator[str]:
    """Says where the flows of the last year are far from how children in care changed."""
    last = series.start.year
    children, started, ceased = (series.values(measure) for measure in MEASURES)
    if {last - 1, last} <= children.keys() and last in started.keys() & ceased.keys():
        change, flows = children[last] - children[last - 1], started[last] - ceased[last]
        if abs(change - flows) > UNLIKE * max(children[last], children[last - 1]):
            yield (
                f"Children in care changed by {change:+,} in the year to March {last}, but "
                f"{started[last]:,} started and {ceased[last]:,} ceased: these do not fit together,"
                " so the forecast is not to be trusted until the figures have been checked."
            )


def _words_on_neighbours(
    published: Published, series: Series, neighbours: Sequence[Neighbour]
) -> Iterator[str]:
    """Which neighbours stand beside the council, and which could not."""
    if not neighbours:
        yield f"No statistical neighbours are given for {series.place.name}."
        return
    absent = [row.neighbour_name for row in neighbours if row.neighbour not in published.places]
    if absent:
        yield f"Statistical neighbours that are not in the files: {', '.join(absent)}."
    if neighbours[0].model_year > series.start.year:
        yield (
            f"The statistical neighbours are those of the model of {neighbours[0].model_year}, "
            "which came after the start."
        )


def figure_rows(figures: PublishedFigures) -> Rows:
    """The rows of published.csv, none of them confirmed but by the totals that they add to."""
    rows: list[tuple[str, ...]] = [("table", "first", "second", "value", "source", "confirmed")]
    for table, axis in AXES.items():
        for place, value in zip(axis, getattr(figures, table), strict=True):
            first, second = place, ""
            if table in BY_KIND:
                first, second = KIND_NAMES[axis.index(place)].split(" ")
            rows.append((table, first, second, f"{value:.0f}", ENGLANDS, "no"))
    return rows
