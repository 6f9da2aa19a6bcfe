"""The rows of an area's budget, contingency, savings and actuals, as its files hold them."""

from collections.abc import Iterable, Sequence

from lacmodel.area import Area
from lacmodel.area.actuals import ACTUALS
from lacmodel.area.budget import BUDGET_LINES, CONTINGENCY, SAVINGS
from lacmodel.area.files import Sheet
from lacmodel.area.sheets import BUDGET

Rows = Sequence[tuple[str, ...]]


def budget_tables(area: Area) -> dict[str, Rows]:
    """The budget by line, or its sums where there are no lines, and what there is of the rest."""
    only_sums = area.budget and not area.budget_lines
    rest = {
        "contingency": _rows(CONTINGENCY, area.contingency),
        "savings": _rows(SAVINGS, area.savings),
        "actuals": _rows(ACTUALS, area.actuals),
    }
    return {
        "budget": _rows(BUDGET, area.budget)
        if only_sums
        else _rows(BUDGET_LINES, area.budget_lines),
        **{name: rows for name, rows in rest.items() if len(rows) > 1},
    }


def added_budget(area: Area) -> dict[str, Rows]:
    """The sums of an area that has a budget by line too."""
    both = area.budget and area.budget_lines
    return {"budget": _rows(BUDGET, area.budget)} if both else {}


def _rows(sheet: Sheet, records: Iterable[object]) -> Rows:
    """The header, and the rows of records whose fields are named as the columns are."""
    names = tuple(column.name for column in sheet.columns)
    return [names, *(tuple(_text(getattr(each, name)) for name in names) for each in records)]


def _text(value: object) -> str:
    """A value as a file has it.

    >>> _text(655.0), _text(True), _text("2024/25")
    ('655', 'yes', '2024/25')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
