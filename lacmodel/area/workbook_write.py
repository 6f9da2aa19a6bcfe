"""Writing an area as a workbook that Excel users fill in, and `lacmodel.area.workbook` reads.

A contents sheet says what to fill in first; headers stay in sight and carry units as notes; words
have drop-downs; dates are dates and numbers are numbers. Text is never run as a formula.
"""

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final, NamedTuple

from lacmodel.area.budget import ALL, RECURRENCE
from lacmodel.area.costs import PAYERS
from lacmodel.area.costs_write import WHAT, empty_tables
from lacmodel.area.sheets import BASES, BUDGET_ITEMS
from lacmodel.area.source import ADDED
from lacmodel.area.workbook import AREA, AREA_COLUMNS, SETTINGS
from lacmodel.area.write import AreaContent, Rows, not_confirmed
from lacmodel.codes import (
    GROUPS,
    LEVELS,
    PLACEMENTS,
    PROVIDERS,
    REASONS,
    RETURNABLE,
    SINCE_BANDS,
    TIME_BANDS,
)

CONTENTS: Final = "start here"
YES_NO: Final = ("yes", "no")
WIDEST: Final = 60
SPARE_ROWS: Final = 500  # below the last, that have drop-downs too
NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Heading(NamedTuple):
    """What a column holds: its unit or form for a note, and its words for a drop-down."""

    note: str
    words: tuple[str, ...] = ()
    holds: str = "text"  # text, number or date


HEADINGS: Final = {
    "setting": Heading("what the row says of the area", SETTINGS),
    "item": Heading("what the row is about: a kind, a placement type, a name"),
    "mid_year": Heading("30 June of this year", holds="number"),
    "residents": Heading("people aged 0 to 17", holds="number"),
    "year": Heading("the year ending 31 March", holds="number"),
    "children": Heading("children in care", holds="number"),
    "started": Heading("children starting in the year; blank if not known", holds="number"),
    "ceased": Heading("children ceasing in the year; blank if not known", holds="number"),
    "age": Heading("whole years", holds="number"),
    "time_band": Heading("time in this period of care", TIME_BANDS),
    "since_band": Heading("time since leaving care", SINCE_BANDS),
    "reason": Heading("why the child left", REASONS[:RETURNABLE]),
    "placement": Heading("placement type", PLACEMENTS),
    "provider": Heading("own (in_house) or bought (external)", PROVIDERS),
    "group": Heading("group of children", GROUPS),
    "level": Heading("level of need", LEVELS),
    "gbp_per_week": Heading("£ a child a week, in prices of the price base", holds="number"),
    "income_gbp_per_week": Heading("£ a child a week from others", holds="number"),
    "basis": Heading("what the price holds", BASES),
    "price_base": Heading("financial year of the prices, such as 2024/25"),
    "name": Heading("the home, unit or service"),
    "ages": Heading("ages taken, such as 10 to 17"),
    "groups": Heading("groups taken, with spaces between, or all"),
    "levels": Heading("levels of need taken, with spaces between, or all"),
    "opens": Heading("the day it opens; blank if open at the start", holds="date"),
    "closes": Heading("the day it closes; blank if it stays", holds="date"),
    "places": Heading("beds, or approved places of carers", holds="number"),
    "usable_share": Heading("of the places, 0 to 1 (82% is 0.82)", holds="number"),
    "fixed_cost_gbp_per_year": Heading("£ a year, full or not", holds="number"),
    "financial_year": Heading("such as 2025/26"),
    "amount_gbp": Heading("£", holds="number"),
    "line": Heading("a line of the budget; one line a year covers a kind of placement"),
    "budgeted_average_placements": Heading("average over the year", holds="number"),
    "budgeted_weekly_price_gbp": Heading("£ a placement a week", holds="number"),
    "fixed_cost_gbp": Heading("£ in the year, full or not", holds="number"),
    "gross_gbp": Heading("£: placements x price x days / 7 + fixed cost", holds="number"),
    "income_gbp": Heading("£", holds="number"),
    "net_gbp": Heading("£: gross less income", holds="number"),
    "month": Heading("the first day of the month", holds="date"),
    "drawn_gbp": Heading("£ of it that is gone", holds="number"),
    "recurrence": Heading("recurrent: in later years too; one_off: not", RECURRENCE),
    "delivery_share": Heading("expected to be delivered, 0 to 1", holds="number"),
    "amount_gbp_per_year": Heading("£ a year, in prices of the price base", holds="number"),
    "step": Heading(
        "approved places for which the amount is paid again; blank: once in all", holds="number"
    ),
    "payer": Heading("who pays", PAYERS),
    "at_least_share": Heading(
        "of residents aged 0 to 17: paid where so many children of the group are in care; 0 always",
        holds="number",
    ),
    "from": Heading("first day; blank if before the run", holds="date"),
    "to": Heading("the first day without it; blank if it stays", holds="date"),
    "date": Heading("the date of the figure", holds="date"),
    "published": Heading("when it was published; blank if not known", holds="date"),
    "value": Heading("the figure or the words", holds="number"),
    "spread": Heading("standard deviation of the logarithm", holds="number"),
    "draw": Heading("which of the normals that a future draws", holds="number"),
    "loading": Heading("of the logarithm of the factor on that normal", holds="number"),
    "source": Heading("where the figure comes from; never blank"),
    "confirmed": Heading("yes if the council stands by the figure", YES_NO),
}
MORE_WORDS: Final = {  # beyond those of the heading, by sheet and column
    ("unit_costs", "group"): ("all",),
    ("unit_costs", "level"): ("all",),
    ("budget", "item"): BUDGET_ITEMS,
    ("budget", "placement"): (ALL,),
    ("budget", "provider"): (ALL,),
    ("actuals", "placement"): (ALL,),
    ("actuals", "provider"): (ALL,),
    **{("income", column): ("all",) for column in ("placement", "provider", "group")},
}
FILL_IN: Final = (
    (AREA, "name, start, growth of prices and residents, benchmarks, what is assumed"),
    ("unit_costs", "1. what a week of each kind of placement costs you"),
    ("supply", "2. your own homes, units and foster carers, a row each"),
    ("budget", "3. budget by financial year and line; may stay empty"),
    ("contingency", "contingency by financial year, and what is drawn of it"),
    ("savings", "savings that the budget counts on, and the share expected"),
    ("actuals", "children and spend of months gone, by placement or in all"),
    *WHAT,
    ("history", "children in care, starting and ceasing, by year"),
    ("population", "residents aged 0 to 17"),
    ("opening", "who is in care at the start, as counts"),
    ("past_leavers", "who left before the start and may come back, as counts"),
    ("rates", "the area's own rates"),
    ("carers", "your own fostering households, their approvals and deregistrations; optional"),
    ("estimates", "how sure the fit is of those rates; leave it as it is"),
    ("published", "ages, placements, groups and reasons, from which rates can be fitted"),
)
INTRODUCTION: Final = (
    "Fill in the sheets in the order of the numbers. Where 'confirmed' says no, the figure is "
    "England's share or an assumption: put the council's own in its place, name its source, and "
    "say yes. Units are in the notes of the headings. Sheets of other names are passed over."
)


def workbook_bytes(content: AreaContent) -> bytes:
    """The content of an area as a workbook."""
    import xlsxwriter

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheets = {
            AREA: area_rows(content.settings),
            **empty_tables(),
            **content.tables,
            **{f"{ADDED}{name}": rows for name, rows in content.added.items()},
        }
        book.set_properties(
            {"created": datetime.combine(content.settings["start"], time())}
        )  # the same bytes each time
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#E7EEF4", "bottom": 1}),
            "date": book.add_format({"num_format": "d mmm yyyy", "align": "left"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _write_contents(book.add_worksheet(CONTENTS), sheets, formats)
        order = [name for name, _ in FILL_IN if name in sheets]
        for name in [*order, *(name for name in sheets if name not in order)]:
            _write_sheet(book.add_worksheet(name), name, sheets[name], formats)
    return target.getvalue()


def _write_contents(sheet: Any, sheets: dict[str, Rows], formats: dict[str, Any]) -> None:
    """The first sheet: what to fill in, how many rows of each sheet nobody has confirmed."""
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 70, formats["wrap"])
    sheet.set_column(2, 2, 24)
    sheet.merge_range(0, 0, 0, 2, "", formats["wrap"])
    sheet.write_string(0, 0, INTRODUCTION, formats["wrap"])
    sheet.set_row(0, 64)
    for column, text in enumerate(("sheet", "what it holds", "rows not confirmed")):
        sheet.write_string(2, column, text, formats["head"])
    shown = [(name, what) for name, what in FILL_IN if name in sheets]
    for line, (name, what) in enumerate(shown, start=3):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, what, formats["wrap"])
        if (number := not_confirmed(sheets[name])) is not None:
            sheet.write_number(line, 2, number)
    sheet.freeze_panes(3, 0)


def _write_sheet(sheet: Any, name: str, rows: Rows, formats: dict[str, Any]) -> None:
    """One sheet of an area."""
    header = rows[0]
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(header):
        heading = HEADINGS.get(title, Heading(""))
        cells = [row[column] for row in rows[1:]]
        width = max(len(text) for text in (title, *cells))
        sheet.set_column(column, column, min(WIDEST, width + 2))
        sheet.write_string(0, column, title, formats["head"])
        if heading.note:
            sheet.write_comment(0, column, heading.note)
        words = heading.words + MORE_WORDS.get((name, title), ())
        if words:
            sheet.data_validation(
                1, column, len(cells) + SPARE_ROWS, column,
                {"validate": "list", "source": list(words), "error_title": title,
                 "error_message": "choose one of the list"},
            )  # fmt: skip
        for line, text in enumerate(cells, start=1):
            _write_cell(sheet, line, column, text, heading.holds, formats)


def _write_cell(
    sheet: Any, line: int, column: int, text: str, holds: str, formats: dict[str, Any]
) -> None:
    """One cell: a number or a date where the column holds those, text otherwise."""
    if not text:
        return
    if holds == "number" and NUMBER.fullmatch(text):
        sheet.write_number(line, column, float(text))
    elif holds == "date" and DATE.fullmatch(text):
        sheet.write_datetime(line, column, date.fromisoformat(text), formats["date"])
    else:
        sheet.write_string(line, column, text)


# What the area file says -------------------------------------------------------------------------


def area_rows(settings: dict[str, Any]) -> list[tuple[str, ...]]:
    """The rows of the sheet ``area`` from what the area file says."""
    rows = [
        _row("code", value=settings["code"]),
        _row("name", value=settings["name"]),
        _row("start", date=settings["start"]),
        _growth_row("population_projection", "", settings["population_projection"]),
        *(_growth_row("uplift", kind, each) for kind, each in settings.get("uplifts", {}).items()),
        *(
            _row("shortage_order", item=needed, value=" ".join(order))
            for needed, order in settings.get("shortage_order", {}).items()
        ),
        *(_row("capped", item=kind) for kind in settings.get("capped", [])),
        *(
            _row(
                each.get("relation", "england"), item=each["name"], date=each["date"],
                value=each["rate_per_10000"], published=each.get("published", ""),
                source=each["source"],
            )
            for each in settings.get("benchmarks", [])
        ),
        *(
            _row("known", date=each["date"], value=each["children"], source=each["source"])
            for each in settings.get("known", [])
        ),
        *(_row("provider_code", value=text) for text in settings.get("provider_codes", [])),
        *_return_rows(settings.get("opening_return", {})),
        *(_row("assumption", value=text) for text in settings.get("assumptions", [])),
    ]  # fmt: skip
    return [AREA_COLUMNS, *rows]


def _return_rows(pointer: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Where the return is from which the children at the start are read."""
    if pointer:
        yield _row("opening_return", value=pointer["folder"])
        yield _row("opening_return_sha256", value=pointer["sha256"])
        for name, year in pointer.get("years", {}).items():
            yield _row("opening_return_year", item=name, value=year)


def _row(setting: str, **cells: Any) -> tuple[str, ...]:
    filled = {"setting": setting, **cells}
    return tuple(_text(filled.get(name, "")) for name in AREA_COLUMNS)


def _growth_row(setting: str, item: str, growth: dict[str, Any]) -> tuple[str, ...]:
    confirmed = YES_NO[0] if growth["confirmed"] else YES_NO[1]
    return _row(
        setting, item=item, value=growth["share_a_year"], source=growth["source"],
        confirmed=confirmed,
    )  # fmt: skip


def _text(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
