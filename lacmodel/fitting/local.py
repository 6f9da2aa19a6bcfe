"""An area's own rates and opening children, from its published figures.

The national factors give the shape of everything; the area's published starters, leavers and
children in care give its levels. A run-in over the area's starters is fitted to the leavers by
reason and age and to the children in care by age and type; it then says how age, time in care, type
and group go together, and iterative proportional fitting gives that table the area's margins. See
MODEL.md.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BANDS,
    CHILDRENS_HOME,
    DISABILITY,
    EXTERNAL,
    GENERAL,
    GROUPS,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    PLACEMENTS,
    REASONS,
    RETURNABLE,
    ROUTES,
    TURNED_18,
    UASC,
)
from lacmodel.fitting import at_start, returns, run_in
from lacmodel.fitting.adjustments import Adjustment, adjusted_by
from lacmodel.fitting.first_year import EXITS, RATES
from lacmodel.fitting.match_shares import again_shares, match_shares
from lacmodel.fitting.national import (
    FIRST_YEAR,
    REPEATED_STARTS,
    STEP,
    UASC_AGE_SHARE,
    YEARS_OF_AGE,
    leavers_by_band,
    starters_of_england,
)
from lacmodel.fitting.published_figures import PublishedFigures, Scope
from lacmodel.parameters import collect, national_folder, read_tables
from lacmodel.tables import Table

FloatArray = NDArray[np.float64]

STARTER_YEARS: Final = 3  # entry rates rest on the mean of so many years
EARLIER_LOOSENESS: Final = 0.3  # of the log factor on starters before those published
DISABILITY_IN_HOMES: Final = (  # both take one factor
    Adjustment(
        "disability first in homes",
        "placements.first_placement_share",
        (slice(None), DISABILITY, CHILDRENS_HOME),
        2.0,
    ),
    Adjustment("disability next in homes", "moves.next_odds", (DISABILITY, CHILDRENS_HOME), 2.0),
)
MOST_HOMES_LOG: Final = 1.5  # at most 4.5 times the odds: beyond it most would begin in homes
HALVINGS: Final = 12
EVERY: Final = slice(None)
UASC_STARTS_A_CHILD: Final = 0.75  # at first; England 2017: 3,540 starters to 4,710 in care
TYPES_FITTED: Final = (
    "kinship_foster", "childrens_home", "supported", "with_parents", "adoption", "other",
)  # fmt: skip
WHERE_PLACED: Final = (
    "moves.breakdown_next_share",
    "moves.planned_next_share",
    "placements.first_placement_share",
)
WRITTEN: Final = (
    RATES,
    EXITS,
    *WHERE_PLACED,
    "moves.next_odds",
    "placements.match_share",
)


def _area_adjustments() -> tuple[Adjustment, ...]:
    """What is fitted for an area: exits by route and by age, and where children are placed."""
    routes = [
        Adjustment(route, "exits.base_per_day", (i, EVERY), 0.5) for i, route in enumerate(ROUTES)
    ]
    ages = [
        Adjustment(band, "exits.base_per_day", (slice(0, 3), i), 0.3)
        for i, band in enumerate(AGE_BANDS)
    ]
    types = [
        Adjustment(f"{placement} {table}", table, (EVERY, EVERY, PLACEMENTS.index(placement)), 0.4)
        for placement in TYPES_FITTED
        for table in WHERE_PLACED
        if placement != "adoption" or table == "moves.planned_next_share"
    ]
    return (*routes, *ages, *types)


AREA_ADJUSTMENTS: Final = _area_adjustments()


@dataclass(frozen=True, slots=True)
class AreaFit:
    """An area's rates, and who is in care or has left, as its run-in says."""

    tables: dict[str, Table]  # those of WRITTEN
    children: FloatArray  # (year of age, time band, placement, group), with England's odds
    past_leavers: FloatArray  # (reason, year of age, since band), at the start
    compared: tuple[tuple[str, float, float], ...]  # name, published, modelled


# Starters ----------------------------------------------------------------------------------------


def starters_by_year(figures: PublishedFigures, earlier_factor: float = 1.0) -> FloatArray:
    """Children starting by year and cell of entry, the last year being the one before the start.

    Years without a figure are interpolated; before the first they are England's times a factor that
    leads to the first, times ``earlier_factor``. Ages and groups are those of the last year.
    Published starters are counted once a year, so `REPEATED_STARTS` is added.
    """
    known = {h.year: float(h.started) for h in figures.history if h.started is not None}
    known[figures.year] = float(figures.started_by_age.sum())
    first = min(known)
    england = starters_of_england(np.arange(FIRST_YEAR, first + 1))
    scale = earlier_factor * known[first] / england[-1]
    known |= {FIRST_YEAR + i: scale * n for i, n in enumerate(england[:-1])}
    years = np.arange(FIRST_YEAR, figures.year + 1)
    started = np.interp(years, sorted(known), [known[year] for year in sorted(known)])
    return np.asarray(started[:, None] * REPEATED_STARTS * _cell_shares(figures).ravel())


def _cell_shares(figures: PublishedFigures) -> FloatArray:
    """Shares of starters by age band and group, before they are fitted to the groups in care."""
    uasc = UASC_STARTS_A_CHILD * figures.children_by_group[UASC] * np.array(UASC_AGE_SHARE)
    uasc = np.minimum(uasc, figures.started_by_age)
    others = figures.started_by_age - uasc
    in_groups = figures.children_by_group[[GENERAL, DISABILITY]]
    disability = others * in_groups[1] / in_groups.sum()
    cells = np.stack([others - disability, disability, uasc], axis=1)
    return np.asarray(cells / cells.sum())


# The fit -----------------------------------------------------------------------------------------


def _run_in(
    tables: dict[str, Table], figures: PublishedFigures, earlier_factor: float
) -> tuple[run_in.Setting, run_in.Cohort, run_in.Entrants, FloatArray]:
    """Setting, cohort, entrants and starters of the area's run-in."""
    setting = run_in.one_month(collect(tables, national_folder()))
    per_year = starters_by_year(figures, earlier_factor)
    flows = per_year[-1]
    cohort = run_in.follow(setting, flows)
    entrants = run_in.entrants_by_month(per_year, flows)
    stock = cohort.stock * run_in.weights_at(entrants, 0)[..., None]
    per_year = fit_groups(per_year, stock.sum(axis=(0, 2, 3)), figures)
    return setting, cohort, run_in.entrants_by_month(per_year, flows), per_year


def fit_groups(per_year: FloatArray, in_care: FloatArray, figures: PublishedFigures) -> FloatArray:
    """Starters with which the run-in ends with the children by group who are in care.

    Children of a group are in proportion to its starters. Starters by age band stay as they are.

    Parameters
    ----------
    per_year : starters by year and cell
    in_care : children in care by group, with these starters

    Raises
    ------
    ValueError
        if an age band has fewer starters than its groups need
    """
    by_group = per_year.reshape(len(per_year), len(AGE_BANDS), len(GROUPS))
    factor = np.divide(figures.children_by_group, in_care, out=np.zeros(3), where=in_care > 0)
    factor[GENERAL] = 1.0
    fitted = by_group * factor
    fitted[..., GENERAL] += (by_group - fitted).sum(axis=2)
    if fitted.min() < 0:
        raise ValueError("children_by_group: more starters of a group than of its age band")
    return np.asarray(fitted.reshape(per_year.shape))


def _figures_of(cohort: run_in.Cohort, entrants: run_in.Entrants) -> dict[str, FloatArray]:
    """What the run-in gives for every published table that the fit uses."""
    over_year = run_in.weights_over(entrants, 0, 11)[..., None]
    leavers, adults = cohort.leavers * over_year, (cohort.turned_18 * over_year).sum()
    stock = cohort.stock * run_in.weights_at(entrants, 0)[..., None]
    now = run_in.by_age_now(stock).sum(axis=0)  # (group, age index, placement)
    by_age = np.add.reduceat(now.sum(axis=(0, 2)), [0, 12, 60, 120, 192])
    return {
        "children_by_age": by_age,
        "children_by_type": now.sum(axis=(0, 1)),
        "ceased_by_age": np.append(leavers_by_band(leavers).sum(axis=1), adults),
        "ceased_by_reason": np.append(leavers.sum(axis=(0, 1, 2)), adults),
    }


def _published_by_type(figures: PublishedFigures) -> FloatArray:
    by_type = np.zeros(len(PLACEMENTS))
    np.add.at(by_type, [placement for placement, _ in KINDS], figures.children_by_kind)
    return by_type


def _residuals(
    logs: FloatArray, national: dict[str, Table], figures: PublishedFigures
) -> FloatArray:
    """Misfits in the scale of chance (the root of a count), and departures from England's rates.

    Parameters
    ----------
    logs : log factors of the adjustments, and last that of the starters before those published
    """
    tables = adjusted_by(AREA_ADJUSTMENTS, national, logs[:-1], "")
    _, cohort, entrants, _ = _run_in(tables, figures, float(np.exp(logs[-1])))
    modelled = _figures_of(cohort, entrants)
    misfits = [
        2 * (np.sqrt(modelled[name]) - np.sqrt(published))
        for name, published in _targets(figures).items()
    ]
    looseness = np.array([adjustment.looseness for adjustment in AREA_ADJUSTMENTS])
    return np.concatenate([*misfits, logs / np.append(looseness, EARLIER_LOOSENESS)])


def _targets(figures: PublishedFigures) -> dict[str, FloatArray]:
    return {
        "children_by_age": figures.children_by_age,
        "children_by_type": _published_by_type(figures),
        "ceased_by_age": figures.ceased_by_age,
        "ceased_by_reason": figures.ceased_by_reason[: TURNED_18 + 1],
    }


def fit_area(figures: PublishedFigures) -> AreaFit:
    """Scale the national factors to an area's published figures.

    How many disability children are in homes at the start is not published: the opening has those
    in homes of their own and, in bought homes, what proportional fitting gives of a run-in with
    England's odds of a home. Then the odds are those that keep so many, and the fit is made again,
    since they move the totals. Entries rest on the mean starters of the last `STARTER_YEARS` years,
    less the re-entries of the run-in, and exits on the last year.
    """
    national = read_tables(national_folder() / "factors.csv")
    logs = _fit_logs(np.zeros(len(AREA_ADJUSTMENTS) + 1), national, figures)
    children = _children(national, logs, 0.0, figures)
    expected, _, scopes = at_start.expected_opening(children, figures)
    in_homes = _disability_in_homes(expected, scopes)
    homes_log = _fit_homes(national, logs, figures, in_homes)
    logs = _fit_logs(logs, with_homes(national, homes_log), figures)
    homes_log = _fit_homes(national, logs, figures, in_homes)
    source = _source(figures, in_homes)
    tables = with_homes(national, homes_log, source)
    tables = adjusted_by(AREA_ADJUSTMENTS, tables, logs[:-1], source)
    setting, cohort, entrants, per_year = _run_in(tables, figures, float(np.exp(logs[-1])))
    leavers = cohort.leavers[..., :RETURNABLE]
    pool, returned = returns.waiting_to_return(setting.world.re_entries, leavers, entrants)
    tables[RATES] = _start_rates(figures, per_year, returned, tables[RATES])
    over_year = run_in.weights_over(entrants, 0, 11)[..., None]
    again = again_shares(setting, cohort.days * over_year, cohort.turned_18 * over_year)
    match = "placements.match_share"
    tables[match] = match_shares(figures, expected, scopes, again, tables[match])
    return AreaFit(
        tables={name: tables[name] for name in WRITTEN},
        children=children,
        past_leavers=at_start.past_leaver_table(pool),
        compared=_compared(figures, _figures_of(cohort, entrants)),
    )


def with_homes(tables: dict[str, Table], log_factor: float, source: str = "") -> dict[str, Table]:
    """Tables with the disability group's need of children's homes adjusted, first and next."""
    logs = np.full(len(DISABILITY_IN_HOMES), log_factor)
    return adjusted_by(DISABILITY_IN_HOMES, tables, logs, source)


def _children(
    national: dict[str, Table], logs: FloatArray, homes_log: float, figures: PublishedFigures
) -> FloatArray:
    """Children at the end of a run-in; shape (year of age, time band, placement, group)."""
    tables = adjusted_by(AREA_ADJUSTMENTS, with_homes(national, homes_log), logs[:-1], "")
    _, cohort, entrants, _ = _run_in(tables, figures, float(np.exp(logs[-1])))
    return at_start.joint_table(cohort, entrants)


def _disability_in_homes(expected: FloatArray, scopes: list[Scope]) -> float:
    """Disability children in homes in an opening; ``expected`` as `at_start.expected_opening`."""
    kinds = (KIND_OF[CHILDRENS_HOME][IN_HOUSE], KIND_OF[CHILDRENS_HOME][EXTERNAL])
    homes = [i for i, scope in enumerate(scopes) if scope.kind in kinds]
    return float(expected[DISABILITY, homes].sum())


def _fit_homes(
    national: dict[str, Table], logs: FloatArray, figures: PublishedFigures, in_homes: float
) -> float:
    """The log factor with which the run-in has so many disability children in homes.

    It acts on first placements and moves alike, so the number is kept at constant rates. Of numbers
    that no factor leads to it is `MOST_HOMES_LOG`.
    """
    low, high = -MOST_HOMES_LOG, MOST_HOMES_LOG
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        children = _children(national, logs, middle, figures)
        too_few = children[:, :, CHILDRENS_HOME, DISABILITY].sum() < in_homes
        low, high = (middle, high) if too_few else (low, middle)
    return (low + high) / 2


def _fit_logs(
    logs: FloatArray, national: dict[str, Table], figures: PublishedFigures
) -> FloatArray:
    """Log factors of the adjustments, and last that of the starters before those published."""
    from scipy.optimize import least_squares

    found = least_squares(
        _residuals,
        logs,
        args=(national, figures),
        max_nfev=12,
        diff_step=[STEP],
        xtol=1e-4,
        ftol=1e-5,
    )
    return np.asarray(found.x)


def _source(figures: PublishedFigures, in_homes: float) -> str:
    return (
        f"derived: England's factors fitted to the council's figures for {figures.year}; assumed: "
        "the disability group's odds of a children's home, on coming into care and by moves, are "
        f"those with which as many are there as in the opening ({in_homes:.1f})"
    )


def _start_rates(
    figures: PublishedFigures,
    per_year: FloatArray,
    returned: FloatArray,
    old: Table,
) -> Table:
    """Starters who are not re-entries, a year, per 10,000 residents of the band."""
    last = per_year[-1].reshape(len(AGE_BANDS), len(GROUPS))
    came = last.sum(axis=1)
    back = returned.sum(axis=1)
    new_share = 1 - np.divide(back, came, out=np.zeros_like(came), where=came > 0)
    years = min(STARTER_YEARS, len(per_year))
    usual = per_year[-years:].mean(axis=0).reshape(last.shape)
    residents = figures.residents * np.array(YEARS_OF_AGE) / 18
    rate = usual * new_share[:, None] / residents[:, None] * 10_000
    source = (
        f"derived: the council's starters (DfE), mean of the {years} years to March "
        f"{figures.year}, with the ages of the last, times {REPEATED_STARTS}, less re-entries; "
        "residents of every year of age alike"
    )
    return Table(rate, old.unit, source, False, old.spread)


def _compared(
    figures: PublishedFigures, modelled: dict[str, FloatArray]
) -> tuple[tuple[str, float, float], ...]:
    names = {
        "children_by_age": AGE_BANDS,
        "children_by_type": PLACEMENTS,
        "ceased_by_age": (*AGE_BANDS, "18 and over"),
        "ceased_by_reason": REASONS,
    }
    return tuple(
        (f"{table.replace('_', ' ')}: {name}", float(published[i]), float(modelled[table][i]))
        for table, published in _targets(figures).items()
        for i, name in enumerate(names[table])
    )
