"""A change in words: its settings with their units, as a reader of a report meets them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lacmodel.codes import (
    GROUP_LABELS,
    KIND_NAMES,
    PLACEMENT_LABELS,
    PROVIDER_LABELS,
    REASON_LABELS,
    kind_label,
)
from lacmodel.levers.changes import LEVERS

KIND_LABELS: Final = {name: kind_label(kind) for kind, name in enumerate(KIND_NAMES)}
LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "groups": GROUP_LABELS,
    "placement": PLACEMENT_LABELS,
    "placements": PLACEMENT_LABELS,
    "provider": PROVIDER_LABELS,
    "providers": PROVIDER_LABELS,
    "reasons": REASON_LABELS,
    "kind": KIND_LABELS,
    "kinds": KIND_LABELS,
}
NAMES: Final = {"multiply": "multiplied by", "gbp_per_week": "price", "add_per_year": "add",
                "per_year_share": "rise on each 1 April", "lift": "further entries at first",
                "half_life_months": "fading by half in", "ramp_months": "growing over",
                "places": "", "households": "", "share": "", "set": "set to"}  # fmt: skip
UNIT_IN_NAME: Final = r"_(gbp_per_year|gbp_per_family|gbp|share|families|weeks|days|months)$"


def word_label(field: str, word: str) -> str:
    """A word of a field as a reader knows it.

    >>> word_label("reasons", "sgo"), word_label("applies_to", "new_children")
    ('special guardianship order', 'new children')
    """
    return LABELS.get(field, {}).get(word, word.replace("_", " "))


def settings_in_words(lever: str, change: Mapping[str, Any]) -> list[str]:
    """What a change sets, with units; what it leaves as it is by default is left out.

    >>> settings_in_words("places", {"placement": "supported", "youngest": 16, "oldest": 17,
    ...     "places": 4, "usable_share": 1.0, "capital_gbp": 7000.0})
    ['placement supported accommodation', 'youngest 16 years of age', '4 places', 'capital £7,000']
    """
    return list(_settings(LEVERS[lever], change))


def _settings(model: type[BaseModel], table: Mapping[str, Any]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        value, kind = table.get(field.alias or name), field.annotation
        if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _settings(kind, value)
        elif name in table and not _says_nothing(name, field, value):
            label = NAMES.get(name, re.sub(UNIT_IN_NAME, "", name).replace("_", " "))
            yield f"{label} {_value(name, field, value)}".strip()


def _says_nothing(name: str, field: FieldInfo, value: Any) -> bool:
    """Whether a field holds nothing, its default (but who provides), or all of its words."""
    if isinstance(value, list):
        return bool(value == _told(field).get("words"))
    return value is None or (value == field.default and name != "provider")


def _told(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _value(name: str, field: FieldInfo, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return amount(value, str(_told(field).get("unit", "")))
    if field.annotation is str and "words" not in _told(field):
        return str(value)  # as its author wrote it
    labels = [word_label(name, word) for word in ([value] if isinstance(value, str) else value)]
    return (" and " if any("," in label for label in labels) else ", ").join(labels)


def amount(value: float, unit: str) -> str:
    """A number with its unit.

    >>> amount(7000.0, "£"), amount(52.5, "£ a week"), amount(0.448, "share"), amount(1.2, "ratio")
    ('£7,000', '£52.5 a week', '44.8%', '1.2')
    >>> amount(0.2, "share of families"), amount(12, "months")
    ('20% of families', '12 months')
    """
    if unit.startswith("£"):
        return f"£{value:,.10g}{unit[1:]}"
    if unit.startswith("share"):
        return f"{100 * value:.6g}%{unit.removeprefix('share')}"
    return f"{value:,.10g} {'' if unit == 'ratio' else unit}".strip()
