"""Tidy tables: one row a number, with its unit, its mean and its quantiles across futures.

Quantiles are taken of a total in each future, never added up from the quantiles of its parts. A
run of expected numbers, or of one future, has no quantiles, and their cells are blank.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import rate_population
from lacmodel.codes import AGE_BANDS, KINDS, PLACEMENTS, PROVIDERS
from lacmodel.engines.ensemble import Ensemble
from lacmodel.engines.tally import FLOWS
from lacmodel.plan import Plan
from lacmodel.timeline import Period, financial_year

ALL: Final = "all"
QUANTILE_COLUMNS: Final = ("mean", "p10", "p50", "p90")
QUANTILES: Final = (0.1, 0.5, 0.9)
RATE_UNIT: Final = "children per 10,000 residents aged 0 to 17"


@dataclass(frozen=True, slots=True)
class TidyTable:
    """A table as it is written: every cell is text already."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Summary(NamedTuple):
    """Mean and quantiles across futures; one future in ten lies below p10, one above p90."""

    mean: NDArray[np.float64]
    p10: NDArray[np.float64]
    p50: NDArray[np.float64]
    p90: NDArray[np.float64]


class FinancialYear(NamedTuple):
    """The months of a run that lie in one April-to-March year."""

    label: str  # such as 2017/18
    first_month: int
    end_month: int  # the month after the last
    days: int

    @property
    def months(self) -> slice:
        """The months, for indexing."""
        return slice(self.first_month, self.end_month)

    @property
    def whole(self) -> bool:
        """Whether the run covers all twelve months."""
        return self.end_month - self.first_month == 12


class Cell(NamedTuple):
    """A row of the children's table: words, and the bands and kinds that it adds up."""

    age_band: str
    placement: str
    provider: str
    bands: tuple[int, ...]
    kinds: tuple[int, ...]

    @property
    def is_leaf(self) -> bool:
        """Whether it is one band and one kind, not a total."""
        return ALL not in (self.age_band, self.placement, self.provider)


def is_single(ensemble: Ensemble) -> bool:
    """Whether a run is one course of events, which has no range and no chance.

    Expected numbers are, and so is one future alone.
    """
    return len(ensemble.futures) == 1


def summarise(values: NDArray[Any], single: bool = False) -> Summary:
    """Mean and quantiles over the first axis, which is futures.

    Quantiles interpolate linearly between futures in order. Of a single course of events
    (`is_single`) there are none.

    >>> summarise(np.array([[0], [10], [20], [30], [40]])).p10
    array([4.])
    """
    mean = values.mean(axis=0, dtype=np.float64)
    if single:
        nothing = np.full_like(mean, np.nan)
        return Summary(mean, nothing, nothing, nothing)
    low, middle, high = np.quantile(in_rows(values), QUANTILES, axis=-1, overwrite_input=True)
    return Summary(mean, low, middle, high)


def give_or_take(values: NDArray[Any]) -> float:
    """How far a mean over futures may be from that of endless futures: two standard errors.

    Nought of expected numbers, and of one future, which tells no spread.

    >>> round(give_or_take(np.array([0, 10, 20, 30, 40])), 2)
    14.14
    """
    if len(values) < 2:
        return 0.0
    return float(2 * values.std(ddof=1) / math.sqrt(len(values)))


def in_rows(values: NDArray[Any]) -> NDArray[Any]:
    """A copy in which each number's futures lie side by side, which are put in order far faster.

    Small counts are copied into two bytes each.
    """
    counts = values.dtype.kind in "iu" and values.size
    small = counts and values.min() >= 0 and values.max() <= np.iinfo(np.int16).max
    rows = np.empty((*values.shape[1:], len(values)), np.int16 if small else values.dtype)
    rows[...] = np.moveaxis(values, 0, -1)
    return rows


def number(value: float, decimals: int = 2) -> str:
    """A number with fixed decimals; blank where there is none; never minus nought.

    >>> number(12.345, 1), number(-0.001), number(float("nan")), number(1234.5, 0)
    ('12.3', '0.00', '', '1234')
    """
    if math.isnan(value):
        return ""
    text = f"{value:.{decimals}f}"
    return text[1:] if text[0] == "-" and float(text) == 0 else text


def quantile_cells(summary: Summary, at: Any, decimals: int = 2) -> tuple[str, ...]:
    """The four cells of a summary at one index."""
    return tuple(number(float(part[at]), decimals) for part in summary)


def user_text(text: str) -> str:
    """Text that a user wrote, so that no spreadsheet takes it for a formula.

    >>> user_text("=1+1"), user_text("in-house homes")
    ("'=1+1", 'in-house homes')
    """
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def csv_text(table: TidyTable) -> str:
    r"""The table as a CSV file.

    >>> csv_text(TidyTable("t", ("a", "b"), (("1", "x,y"),)))
    'a,b\n1,"x,y"\n'
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return out.getvalue()


def stacked(tables: Sequence[TidyTable]) -> TidyTable:
    """Tables of the same columns, one below the other."""
    rows = tuple(row for table in tables for row in table.rows)
    return TidyTable(tables[0].name, tables[0].columns, rows)


def stock_dates(period: Period) -> tuple[date, ...]:
    """The day before the start, then the last day of every month.

    >>> stock_dates(Period(date(2017, 4, 1), 1))[:2]
    (datetime.date(2017, 3, 31), datetime.date(2017, 4, 30))
    """
    firsts = period.month_starts(period.months + 1)
    return tuple(first - timedelta(days=1) for first in firsts)


def year_ends(period: Period) -> dict[date, int]:
    """Each 31 March within the run, with its index among the stock dates.

    >>> year_ends(Period(date(2017, 8, 1), 1))
    {datetime.date(2018, 3, 31): 8}
    """
    dates = enumerate(stock_dates(period))
    return {when: index for index, when in dates if index and when.month == 3}


def financial_years(period: Period) -> tuple[FinancialYear, ...]:
    """The financial years that a run touches; the first and the last may be cut short.

    >>> [(y.label, y.days) for y in financial_years(Period(date(2017, 8, 1), 1))]
    [('2017/18', 243), ('2018/19', 122)]
    """
    starts = period.month_starts(period.months + 1)
    labels = [financial_year(start) for start in starts[:-1]]
    years = []
    for label in dict.fromkeys(labels):
        first, end = labels.index(label), labels.index(label) + labels.count(label)
        years.append(FinancialYear(label, first, end, (starts[end] - starts[first]).days))
    return tuple(years)


@cache
def cells() -> tuple[Cell, ...]:
    """The total, each band, each placement type, each kind, and each band within each kind."""
    bands, kinds = tuple(range(len(AGE_BANDS))), tuple(range(len(KINDS)))
    total = [Cell(ALL, ALL, ALL, bands, kinds)]
    by_band = [Cell(name, ALL, ALL, (band,), kinds) for band, name in enumerate(AGE_BANDS)]
    by_placement = [
        Cell(ALL, name, ALL, bands, tuple(k for k in kinds if KINDS[k][0] == placement))
        for placement, name in enumerate(PLACEMENTS)
    ]
    by_kind = [Cell(ALL, *kind_words(kind), bands, (kind,)) for kind in kinds]
    leaves = [
        Cell(AGE_BANDS[band], *kind_words(kind), (band,), (kind,))
        for band, kind in product(bands, kinds)
    ]
    return (*total, *by_band, *by_placement, *by_kind, *leaves)


def kind_words(kind: int) -> tuple[str, str]:
    """Placement type and provider of a kind, as tables name them.

    >>> kind_words(4)
    ('childrens_home', 'external')
    """
    placement, provider = KINDS[kind]
    return PLACEMENTS[placement], PROVIDERS[provider]


def children_in(ensemble: Ensemble, kinds: Iterable[int] | None = None) -> NDArray[Any]:
    """Children in care in some kinds, or in all: shape (future, month + 1)."""
    counts = ensemble.tallies.children
    if kinds is not None:
        counts = counts[:, :, :, list(kinds)]
    return counts.sum(axis=(2, 3), dtype=np.result_type(counts, np.int64))


def flow_in(ensemble: Ensemble, *names: str) -> NDArray[Any]:
    """One flow, or the sum of some: shape (future, month)."""
    places = [FLOWS.index(name) for name in names]
    flows = ensemble.tallies.flows
    return flows[:, :, places].sum(axis=2, dtype=np.result_type(flows, np.int64))


def children_table(plan: Plan, ensemble: Ensemble) -> TidyTable:
    """Children in care at the opening and at every month end, and their rate per 10,000."""
    columns = ("scenario", "date", "age_band", "placement", "provider", "measure", "unit")
    dates = stock_dates(plan.period)
    residents = np.array([rate_population(plan.area, when) for when in dates])
    scenario, rows = user_text(plan.name), []
    for index, when in enumerate(dates):
        counts = summarise(cell_counts(ensemble.tallies.children[:, index]), is_single(ensemble))
        rates = Summary(*(part / residents[index] * 10_000 for part in counts))
        for at, cell in enumerate(cells()):
            head = (scenario, when.isoformat(), *cell[:3])
            rows.append((*head, "children", "children", *quantile_cells(counts, at)))
            if not cell.is_leaf:
                rate = quantile_cells(rates, at)
                rows.append((*head, "children_per_10000", RATE_UNIT, *rate))
    return TidyTable("children", (*columns, *QUANTILE_COLUMNS), tuple(rows))


def cell_counts(by_kind: NDArray[Any]) -> NDArray[Any]:
    """Children of each of `cells` on one date: shape (future, cell).

    ``by_kind`` has the shape (future, age band, kind). The futures of a cell lie side by side.
    """
    by_leaf = np.ascontiguousarray(np.moveaxis(by_kind, 0, -1))
    counts = np.zeros((len(cells()), len(by_kind)), np.result_type(by_kind, np.int32))
    for at, cell in enumerate(cells()):
        for band, kind in product(cell.bands, cell.kinds):
            counts[at] += by_leaf[band, kind]
    return counts.T


def flow_unit(flow: str) -> str:
    """What a flow counts.

    >>> flow_unit("families_engaged"), flow_unit("breakdowns"), flow_unit("entries")
    ('families', 'moves', 'children')
    """
    if flow.startswith(("families_", "sibling_groups_")):
        return "families"
    moves = ("breakdowns", "planned_moves", "closure_moves")
    if flow.startswith(("placed_", "needed_")):
        return "placements"
    return "moves" if flow in moves else "children"


def flows_table(plan: Plan, ensemble: Ensemble) -> TidyTable:
    """What happened in each month, by the month's last day."""
    summary = summarise(ensemble.tallies.flows, is_single(ensemble))
    scenario = user_text(plan.name)
    rows = tuple(
        (scenario, when.isoformat(), flow, flow_unit(flow), *quantile_cells(summary, (month, at)))
        for month, when in enumerate(stock_dates(plan.period)[1:])
        for at, flow in enumerate(FLOWS)
    )
    return TidyTable("flows", ("scenario", "date", "flow", "unit", *QUANTILE_COLUMNS), rows)


def stability(plan: Plan, ensemble: Ensemble) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Children with 3 or more placements in the year to each 31 March, and their share.

    The share is of the children in care on that day, in [0, 1], and nought where there are none.
    Both have the shape (future, year).
    """
    ends = list(year_ends(plan.period).values())
    in_care = children_in(ensemble)[:, ends]
    counts = ensemble.tallies.three_placements
    nothing = np.zeros(counts.shape)
    return counts, np.divide(counts, in_care, out=nothing, where=in_care > 0)


def stability_table(plan: Plan, ensemble: Ensemble) -> TidyTable:
    """Placement stability at each 31 March."""
    counts, shares = stability(plan, ensemble)
    count, share = (summarise(part, is_single(ensemble)) for part in (counts, shares))
    columns = ("scenario", "date", "measure", "unit", *QUANTILE_COLUMNS)
    three, scenario = "three_or_more_placements", user_text(plan.name)
    rows: list[tuple[str, ...]] = []
    for year, when in enumerate(year_ends(plan.period)):
        head = (scenario, when.isoformat())
        rows.append((*head, three, "children", *quantile_cells(count, year)))
        of = "share of children in care"
        rows.append((*head, f"{three}_share", of, *quantile_cells(share, year, 4)))
    return TidyTable("stability", columns, tuple(rows))
