"""The tables of cost avoidance: counts, nights and pounds at each effect, the claim, and a log."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.avoided_cost import account, avoided_by_line, claim_steps, nights_avoided
from lacmodel.analyses.compare import HORIZON
from lacmodel.analyses.cost_avoidance import (
    AtEffect,
    CostAvoidance,
    Count,
    count_early,
    count_within,
    fates,
    support,
)
from lacmodel.analyses.service_log import Log, at_times, survival
from lacmodel.codes import EXTERNAL_KINDS, KINDS
from lacmodel.money.spend import LINES, SERVICES
from lacmodel.results import (
    QUANTILE_COLUMNS,
    TidyTable,
    number,
    quantile_cells,
    summarise,
    user_text,
)

OF_COUNT: Final = "of the count, not of the effect"


def avoidance_tables(answer: CostAvoidance) -> list[TidyTable]:
    """Every table of a cost-avoidance run."""
    return [
        effects_table(answer),
        outcomes_table(answer),
        avoided_table(answer),
        account_table(answer),
        claim_table(answer),
    ]


def _cells(values: NDArray[Any], decimals: int = 2) -> tuple[str, ...]:
    """Mean and quantiles of one number of every future."""
    return quantile_cells(summarise(values), (), decimals)


def effects_table(answer: CostAvoidance) -> TidyTable:
    """What each service is taken to do at each effect, and on what evidence."""
    columns = (
        "scenario", "service", "effect", "in_care_without_service", "in_care_with_service",
        "measured_after_days", "measured_on", "delayed_share_of_effect", "grade_of_evidence",
        "source",
    )  # fmt: skip
    rows = []
    for number_of, service in enumerate(answer.services):
        stated = service.effect
        before, gain = stated.in_care_without_service, stated.in_care_with_service
        name = service.name or f"edge of care {number_of + 1}"
        for run in answer.runs:
            after = before - run.share * (before - gain)
            rows.append(
                (
                    user_text(answer.plan.name), user_text(name), run.name,
                    number(before, 4), number(after, 4), str(stated.measured_after_days),
                    stated.measured_on, number(stated.delayed_share_of_effect, 4),
                    user_text(stated.grade), user_text(service.source),
                )
            )  # fmt: skip
    return TidyTable("effects", columns, tuple(rows))


def outcomes_table(answer: CostAvoidance) -> TidyTable:
    """Children and families supported, both counts, and what became of the children."""
    columns = ("scenario", "effect", "count", "measure", "unit", *QUANTILE_COLUMNS)
    scenario = user_text(answer.plan.name)
    rows: list[tuple[str, ...]] = []
    for run in answer.runs:
        for name, values in support(answer).items():
            unit = name.split()[0]
            rows.append((scenario, run.name, HORIZON, name, unit, *_cells(values)))
        for name, values in fates(answer, run).items():
            rows.append((scenario, run.name, HORIZON, name, "children", *_cells(values)))
        within = f"no entry within {answer.weeks} weeks of referral"
        early = f"referred by {answer.until.isoformat()} and not in care on it"
        for name, count in ((within, count_within(answer, run)), (early, count_early(answer, run))):
            rows += [(scenario, run.name, name, *cells) for cells in _count_rows(count)]
        for name, values in fates(answer, run, early=True).items():
            rows.append((scenario, run.name, early, name, "children", *_cells(values)))
    return TidyTable("outcomes", columns, tuple(rows))


def _count_rows(count: Count) -> list[tuple[str, ...]]:
    """A count, its benchmark, what lies between them, and the chance of one as good without."""
    children = {
        "children followed": count.followed,
        "counted as prevented": count.out,
        "would have been counted with no service": count.out_without,
        "counted because of the service": count.out - count.out_without,
    }
    rows = [(name, "children", *_cells(values)) for name, values in children.items()]
    chance = (number(count.chance, 4), "", "", "")
    return [*rows, ("a count with no service is at least as good", "probability", *chance)]


def avoided_table(answer: CostAvoidance) -> TidyTable:
    """Nights and net spend avoided, by kind and financial year."""
    columns = (
        "scenario", "effect", "financial_year", "line", "placement", "provider", "cashable",
        "measure", "unit",
    )  # fmt: skip
    scenario, cashable = user_text(answer.plan.name), list(EXTERNAL_KINDS)
    rows: list[tuple[str, ...]] = []
    for run in answer.runs:
        pounds, nights = avoided_by_line(answer, run), nights_avoided(answer, run)
        for at, line in enumerate(LINES[:SERVICES]):
            words = "yes" if at in cashable else "no"
            for year, label in _years(answer):
                head = (scenario, run.name, label, *line, words)
                rows.append((*head, "spend avoided", "pounds", *_cells(_of(pounds[..., at], year))))
                if at < len(KINDS):
                    cells = _cells(_of(nights[..., at], year))
                    rows.append((*head, "nights avoided", "nights", *cells))
    return TidyTable("avoided", (*columns, *QUANTILE_COLUMNS), tuple(rows))


def _years(answer: CostAvoidance) -> list[tuple[int | None, str]]:
    """Every financial year by its place, and the whole period."""
    years = answer.full.result.money.years
    return [*((place, year.label) for place, year in enumerate(years)), (None, HORIZON)]


def _of(values: NDArray[Any], year: int | None) -> NDArray[Any]:
    """The values of one year, or of all of them together: shape (future,)."""
    return values.sum(axis=1) if year is None else values[:, year]


def account_table(answer: CostAvoidance) -> TidyTable:
    """Pounds avoided, cashable and not, the service's cost and what is left, by financial year."""
    columns = ("scenario", "effect", "financial_year", "item", "unit", *QUANTILE_COLUMNS)
    rows = [
        (user_text(answer.plan.name), run.name, label, item, "pounds", *_cells(_of(values, year)))
        for run in answer.runs
        for year, label in _years(answer)
        for item, values in account_items(answer, run).items()
    ]
    return TidyTable("account", columns, tuple(rows))


def account_items(answer: CostAvoidance, run: AtEffect) -> dict[str, NDArray[np.float64]]:
    """The items of an account by name: shape (future, year) each."""
    books = account(answer, run)
    return {
        "spend avoided": books.avoided,
        "of which cashable: external placements": books.cashable,
        "of which not cashable: the council's own places": books.not_cashable,
        "the service's own cost": books.service,
        "net": books.net,
    }


def claim_table(answer: CostAvoidance) -> TidyTable:
    """From the simple claim to the net saving; only the claim where prices are not of one basis."""
    columns = ("scenario", "effect", "step", "unit", *QUANTILE_COLUMNS)
    rows = []
    for run in answer.runs:
        steps = list(claim_steps(answer, run).items())
        for name, values in steps if answer.comparable else steps[:1]:
            rows.append((user_text(answer.plan.name), run.name, name, "pounds", *_cells(values)))
    return TidyTable("claim", columns, tuple(rows))


# A log -------------------------------------------------------------------------------------------


def log_tables(log: Log, weeks: int) -> list[TidyTable]:
    """What a log says at the usual times, and its curve."""
    return [log_times_table(log, weeks), log_curve_table(log)]


def log_times_table(log: Log, weeks: int) -> TidyTable:
    """Shares not in care so long after referral, or when they can be given."""
    columns = (
        "weeks_after_referral", "children_who_reached_it", "not_in_care", "share", "low", "high",
        "interval", "kaplan_meier_share", "can_be_given_on",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for when in at_times(log.supported, weeks):
        head = (str(when.weeks), str(when.reached))
        if when.out is None or when.share is None or when.kaplan_meier is None:
            given = when.given_on.isoformat() if when.given_on else "not with these children"
            rows.append((*head, "", "", "", "", "", "", given))
            continue
        shares = (number(part, 4) for part in when.share)
        curve = number(when.kaplan_meier, 4)
        rows.append((*head, str(when.out), *shares, f"95% Wilson, {OF_COUNT}", curve, ""))
    return TidyTable("log_times", columns, tuple(rows))


def log_curve_table(log: Log) -> TidyTable:
    """The Kaplan-Meier curve of the supported children."""
    curve = survival(log.supported)
    rows = zip(curve.days, curve.at_risk, curve.still_out, strict=True)
    columns = ("days_after_referral", "children_at_risk", "share_not_in_care")
    cells = ((number(day, 0), number(risk, 0), number(share, 4)) for day, risk, share in rows)
    return TidyTable("log_curve", columns, tuple(cells))
