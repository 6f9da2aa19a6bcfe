"""What a forecast rests on: what nobody has confirmed, and where the numbers come from."""

from typing import NamedTuple

from lacmodel.area import Area
from lacmodel.codes import kind_label
from lacmodel.parameters import STAGE_CLASSES
from lacmodel.report.words import pounds, whole
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
