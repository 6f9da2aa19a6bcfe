"""What a forecast rests on: what nobody has confirmed, and where the numbers come from."""

from typing import NamedTuple

from lacmodel.analyses.forecast import Forecast
from lacmodel.area import Area
from lacmodel.codes import kind_label
from lacmodel.parameters import STAGE_CLASSES
from lacmodel.report.words import listed, pounds, whole
from lacmodel.tables import declared


class Assumption(NamedTuple):
    """A number that no source confirms."""

    what: str
    value: str
    source: str


def unconfirmed(area: Area) -> list[Assumption]:
    """Every number of an area that is marked unconfirmed, the area's own first."""
    return [
        *_unconfirmed_costs(area),
        *_unconfirmed_places(area),
        *_unconfirmed_money_and_people(area),
        *_unconfirmed_parameters(area),
    ]


def by_money(result: Forecast) -> list[tuple[str, str, str, str]]:
    """Every unconfirmed number, value, spend of the first year that rests on it, and basis.

    Those on which most rests come first. Net spend on a kind rests on its price; what own places
    would cost full, on the places; what rests on the others cannot be said so simply.
    """
    area, months = result.plan.area, result.money.years[0].months
    on_kind = result.money.net_in(months).sum(axis=1).mean(axis=0) / 100
    prices = [cost for cost in area.unit_costs if not cost.confirmed]
    rests: dict[int, float] = {
        at: float(on_kind[cost.kind]) if (cost.group, cost.level) == (None, None) else 0.0
        for at, cost in enumerate(prices)
    }
    weekly = {c.kind: c.gbp_per_week for c in area.unit_costs if (c.group, c.level) == (None, None)}
    weeks = result.money.years[0].days / 7
    for row in (row for row in area.supply if not row.confirmed):
        rests[len(rests)] = row.places * row.usable_share * weekly[row.kind] * weeks
    rows = list(enumerate(unconfirmed(area)))
    rows.sort(key=lambda row: -rests.get(row[0], 0.0))
    money = {at: pounds(rests[at]) if rests.get(at) else "" for at, _ in rows}
    return [(row.what, row.value, money[at], row.source) for at, row in rows]


def count_confirmed(area: Area) -> tuple[int, int]:
    """How many prices, places, amounts, residents and tables are confirmed, and of how many."""
    rows = (*area.unit_costs, *area.supply, *area.budget, *area.population)
    tables = sum(len(declared(kind)) for kind in STAGE_CLASSES.values())
    everything = len(rows) + tables
    return everything - len(unconfirmed(area)), everything


def unconfirmed_words(area: Area) -> str:
    """How many numbers nobody has confirmed, by what they are; it names none of them."""
    tables = sum(len(declared(kind)) for kind in STAGE_CLASSES.values())
    every = {
        "prices": (_unconfirmed_costs(area), len(area.unit_costs)),
        "rows of the council's own places": (_unconfirmed_places(area), len(area.supply)),
        "budgets and numbers of residents": (
            _unconfirmed_money_and_people(area),
            len(area.budget) + len(area.population),
        ),
        "tables of rates": (_unconfirmed_parameters(area), tables),
    }
    said = [f"{len(some)} of {count} {name}" for name, (some, count) in every.items() if count]
    return f"Assumed or not confirmed by any source: {listed(said)}."


def _unconfirmed_costs(area: Area) -> list[Assumption]:
    return [
        Assumption(
            f"price of {kind_label(cost.kind)} ({cost.basis.replace('_', ' ')}, {cost.price_base})",
            f"{pounds(cost.gbp_per_week)} a week",
            cost.source,
        )
        for cost in area.unit_costs
        if not cost.confirmed
    ]


def _unconfirmed_places(area: Area) -> list[Assumption]:
    return [
        Assumption(f"places: {row.name}", f"{whole(row.places)} places", row.source)
        for row in area.supply
        if not row.confirmed
    ]


def _unconfirmed_money_and_people(area: Area) -> list[Assumption]:
    budget = [
        Assumption(
            f"{row.item.replace('_', ' ')}, {row.financial_year}",
            pounds(row.amount_gbp),
            row.source,
        )
        for row in area.budget
        if not row.confirmed
    ]
    residents = [
        Assumption(f"residents aged 0 to 17, mid-{row.year}", whole(row.residents), row.source)
        for row in area.population
        if not row.confirmed
    ]
    return [*budget, *residents]


def _unconfirmed_parameters(area: Area) -> list[Assumption]:
    """Tables of rates: named with their unit, since they hold many numbers."""
    found = []
    for stage, kind in STAGE_CLASSES.items():
        parameters = getattr(area.parameters, stage)
        for name in declared(kind):
            table = getattr(parameters, name)
            if not table.confirmed:
                size = table.values.size
                value = f"{float(table.values):g}" if size == 1 else f"{size} numbers"
                what = f"{stage.replace('_', ' ')}: {name.replace('_', ' ')}"
                found.append(Assumption(what, f"{value} ({table.unit})", table.source))
    return found


def sources(area: Area) -> list[str]:
    """Every source that the area names, once."""
    found = [
        *(row.source for row in area.history),
        *(row.source for row in area.population),
        *(row.source for row in (*area.known, *area.afterwards)),
        *(row.source for row in area.benchmarks),
        *(row.source for row in area.unit_costs),
        *(row.source for row in area.supply),
        *(row.source for row in area.budget),
    ]
    return list(dict.fromkeys(source for source in found if source))
