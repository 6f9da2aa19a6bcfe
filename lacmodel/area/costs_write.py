"""Writing the optional files of costs and income, which `lacmodel.area.costs` reads."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from lacmodel.area import Area
from lacmodel.area.costs import CONTRACTS, FIXED_COSTS, INCOME, ONE_OFF_COSTS
from lacmodel.area.files import Sheet
from lacmodel.codes import GROUPS, KINDS, PLACEMENTS, PROVIDERS

Rows = Sequence[tuple[str, ...]]  # the header first
SHEETS: Final[dict[str, Sheet]] = {
    "fixed_costs": FIXED_COSTS,
    "one_off_costs": ONE_OFF_COSTS,
    "contracts": CONTRACTS,
    "income": INCOME,
}
WHAT: Final = (
    ("fixed_costs", "homes, units and the fostering service, full or empty; may stay empty"),
    ("one_off_costs", "amounts that fall once; may stay empty"),
    ("contracts", "places bought as a block; may stay empty"),
    ("income", "grants and contributions, by who pays; may stay empty"),
)
CELLS: Final[dict[str, Callable[[Any], Any]]] = {  # of columns whose field has another name
    "placement": lambda row: "all" if row.kind is None else PLACEMENTS[KINDS[row.kind][0]],
    "provider": lambda row: "all" if row.kind is None else PROVIDERS[KINDS[row.kind][1]],
    "group": lambda row: "all" if row.group is None else GROUPS[row.group],
    "ages": lambda row: f"{row.youngest} to {row.oldest}",
    "from": lambda row: row.starts,
    "to": lambda row: row.ends,
    "date": lambda row: row.when,
}


def empty_tables() -> dict[str, Rows]:
    """The headers of the optional files."""
    return {name: [tuple(c.name for c in sheet.columns)] for name, sheet in SHEETS.items()}


def cost_tables(area: Area) -> dict[str, Rows]:
    """The optional files that an area has rows for."""
    return {
        name: [*header, *(tuple(_cell(row, column) for column in header[0]) for row in rows)]
        for name, header in empty_tables().items()
        if (rows := getattr(area, name))
    }


def _cell(row: Any, column: str) -> str:
    """One cell of a row, as a file has it."""
    value = CELLS[column](row) if column in CELLS else getattr(row, column)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
