"""The words of a published run: every number in them comes from its suppressed tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from lacmodel.codes import kind_words
from lacmodel.report.doubt import NEVER_KNOWN
from lacmodel.report.html import (
    bullets,
    figure,
    heading,
    navigation,
    page,
    paragraph,
    section,
    table,
)
from lacmodel.report.published_answer import (
    BEFORE_SAVINGS,
    answer_lines,
    answer_tiles,
    is_shown,
    range_in,
    written,
)
from lacmodel.report.published_charts import measure_shown, published_charts
from lacmodel.report.run_folder import CAVEATS
from lacmodel.report.summary import as_text, markdown_table
from lacmodel.report.words import pounds, whole
from lacmodel.results import ALL
from lacmodel.suppression import HIDDEN, SMALLEST_SHOWN, WIDTH

Tables = Mapping[str, Sequence[Mapping[str, str]]]
Made = Mapping[str, Any]

CHILDREN_COLUMNS: Final = ("Date", "What", "Central", "Low", "High")
SPEND_COLUMNS: Final = ("Financial year", "Line", "Average", "Low", "High")
TITLE: Final = "A forecast of children in care"
NO_CAVEATS: Final = (
    "This run was made by an earlier version: how wrong the model has been, what is not confirmed "
    "and what the ranges hold stand in the council's own report."
)
RULE: Final = (
    f"{HIDDEN} stands for a number that is not shown. A number of children is not shown where its "
    f"mean is above nought and below {SMALLEST_SHOWN:g}, that is 1 to 5; what is small on one date "
    "is not shown on any, and its rates, shares, nights, pounds and prices are not shown either. "
    "Forecasts are treated as counts are, since those of the first months nearly are counts.",
    "More is not shown so that nothing small can be worked out from sums: by age, kind and type of "
    "placement, by lines of spend (even by those who know every price), by flows and the change "
    f"from month to month. All that is shown fits with a small number being {WIDTH:g} higher than "
    "it is. Nought is shown.",
    "Income for some children only (a grant, a contribution) tells how many they are: by line it "
    "is not shown, nor is net spend, and in all only where it is for 6 children or more.",
)
MADE_ANEW: Final = (
    "Summary and report are made from these tables alone. The manifest names no input file and no "
    "hash of one. Workbook, documents, notes on the area and placements one by one are left out. "
    "Publish one run of a list: two could be subtracted from each other."
)


def readme(left_out: Iterable[str]) -> str:
    """What a reader of the published folder must know; a sentence on each file left out."""
    names = "\n".join(f"- {name}" for name in left_out) or "Nothing."
    return (
        "\n\n".join(["# A published run of lacmodel", *RULE, MADE_ANEW, "## Files left out", names])
        + "\n"
    )


def children_rows(tables: Tables) -> list[list[str]]:
    """Children at the opening and on each 31 March: in all, and by kind at the opening."""
    rows = tables.get("children", [])
    first = min((row["date"] for row in rows), default="")
    chosen = [
        row
        for row in rows
        if row["measure"] == "children"
        and row["age_band"] == ALL
        and (row["placement"] == ALL or row["provider"] != ALL)
        and (row["date"] == first or (row["date"].endswith("03-31") and row["placement"] == ALL))
    ]
    several = _are_several(rows)
    return [
        [written(row["date"]), _of(row, several, _what(row)), *_numbers(row, "p50", whole)]
        for row in chosen
    ]


def spend_rows(tables: Tables) -> list[list[str]]:
    """Spend by year and line: net where that is shown for the total, gross where not."""
    rows = tables.get("spend", [])
    measure, several = measure_shown(rows), _are_several(rows)
    return [
        [row["financial_year"], _of(row, several, row["line"]),
         *_numbers(row, "mean", pounds)]
        for row in rows
        if row["measure"] == f"{measure}_gbp"
    ]  # fmt: skip


def spend_title(tables: Tables) -> str:
    """What `spend_rows` holds."""
    measure = measure_shown(tables.get("spend", [])).capitalize()
    return f"{measure} spend, averages over futures, {BEFORE_SAVINGS}"


def _are_several(rows: Sequence[Mapping[str, str]]) -> bool:
    """Whether rows are of more than one scenario; of one alone its name is not repeated."""
    return len({row["scenario"] for row in rows}) > 1


def _of(row: Mapping[str, str], several: bool, what: str) -> str:
    return f"{row['scenario']}: {what}" if several else what


def _what(row: Mapping[str, str]) -> str:
    if row["placement"] == ALL:
        return "children in care"
    return kind_words(row["placement"], row["provider"])


def _numbers(row: Mapping[str, str], middle: str, show: Callable[[float], str]) -> list[str]:
    """Central number, low and high of a row; what is hidden or blank stays so."""
    if not is_shown(row):
        return [row["mean"]] * 3
    return ["" if number is None else show(number) for number in range_in(row, middle)]


def titled(made: Made, tables: Tables) -> Tables:
    """The tables with the title of a scenario for its name, and the name too where titles agree."""
    titles = {name: _title(scenario) or name for name, scenario in made["scenarios"].items()}
    shared = [title for title, count in Counter(titles.values()).items() if count > 1]
    said = {name: f"{t} ({name})" if t in shared else t for name, t in titles.items()}
    return {
        table: [{**row, "scenario": said.get(row["scenario"], row["scenario"])} for row in rows]
        for table, rows in tables.items()
    }


def scenarios_of(tables: Tables) -> list[str]:
    """The scenarios of the tables, in their order."""
    rows = (row for name in ("children", "spend") for row in tables.get(name, ()))
    return list(dict.fromkeys(row["scenario"] for row in rows))


def caveats_of(made: Made) -> list[str]:
    """How far the run can be trusted, in sentences for anybody."""
    return list(made.get(CAVEATS, [NO_CAVEATS]))


def published_summary(made: Made, tables: Tables) -> str:
    """The published numbers on a page, in Markdown."""
    tables = titled(made, tables)
    parts = [f"# {TITLE}: {_area(made)}" if _area(made) else f"# {TITLE}"]
    for scenario in scenarios_of(tables):
        parts += [f"## {scenario}", "\n".join(f"- {s}" for s in answer_lines(tables, scenario))]
    parts += [
        "## How far to trust it",
        *caveats_of(made),
        "\n".join(f"- {words}" for words in NEVER_KNOWN),
        "## What is not shown",
        *RULE,
        "## Children in care",
        markdown_table(CHILDREN_COLUMNS, children_rows(tables)),
        f"## {spend_title(tables)}",
        markdown_table(SPEND_COLUMNS, spend_rows(tables)),
    ]
    return as_text("\n\n".join(parts) + "\n")


def published_page(made: Made, tables: Tables) -> str:
    """The published numbers as a page that opens offline: the answer, then what it rests on."""
    tables = titled(made, tables)
    charts = [figure(c, f"chart-{at}") for at, c in enumerate(published_charts(tables))]
    sections = (
        section("How far to trust it", "trust", *map(paragraph, caveats_of(made)),
                bullets(NEVER_KNOWN)),
        section("Charts", "charts", *charts[1:]),
        section(
            "Children in care", "children",
            table(CHILDREN_COLUMNS, children_rows(tables),
                  "Children at the opening and each 31 March"),
        ),
        section("Spend", "spend", table(SPEND_COLUMNS, spend_rows(tables), spend_title(tables))),
        section("What is not shown", "rule", *(paragraph(words) for words in (*RULE, MADE_ANEW))),
    )  # fmt: skip
    body = "".join(sections)
    scenarios = scenarios_of(tables)
    first = "".join(_answer(tables, scenario) for scenario in scenarios)
    first += "".join(paragraph(words, "note") for words in caveats_of(made)[:2]) + "".join(
        charts[:1]
    )
    head = f"<header>{heading(TITLE, _area(made) or '; '.join(scenarios))}</header><main>"
    return page(
        TITLE, f'{head}<section id="answer">{first}</section>{navigation(body)}{body}</main>'
    )


def _answer(tables: Tables, scenario: str) -> str:
    """The answer of one scenario with its key numbers."""
    tiles = "".join(answer_tiles(tables, scenario))
    return (
        f"{paragraph(scenario, 'question')}"
        f"{paragraph(' '.join(answer_lines(tables, scenario)), 'answer')}"
        f'<dl class="tiles">{tiles}</dl>'
    )


def _area(made: Made) -> str:
    return str(made.get("area", {}).get("name", ""))


def _title(scenario: Mapping[str, Any]) -> str:
    return str(scenario.get("title", ""))
