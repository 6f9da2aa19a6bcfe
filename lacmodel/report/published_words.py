"""The words of a published run: every number in them comes from its suppressed tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from lacmodel.codes import kind_words
from lacmodel.report.html import figure, heading, page, paragraph, section, table
from lacmodel.report.published_charts import measure_shown, published_charts
from lacmodel.report.summary import as_text, markdown_table
from lacmodel.results import ALL
from lacmodel.suppression import HIDDEN, SMALLEST_SHOWN, WIDTH

Tables = Mapping[str, Sequence[Mapping[str, str]]]
Made = Mapping[str, Any]

COLUMNS: Final = ("Scenario", "Date or year", "What", "Mean", "Low (p10)", "High (p90)")
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
    return [_cells(row, row["date"], _what(row)) for row in chosen]


def spend_rows(tables: Tables) -> list[list[str]]:
    """Spend by year and line: net where that is shown for the total, gross where not."""
    measure = measure_shown(tables.get("spend", []))
    chosen = [row for row in tables.get("spend", []) if row["measure"] == f"{measure}_gbp"]
    return [_cells(row, row["financial_year"], row["line"]) for row in chosen]


def spend_title(tables: Tables) -> str:
    """What `spend_rows` holds."""
    return f"{measure_shown(tables.get('spend', [])).capitalize()} spend, pounds"


def _what(row: Mapping[str, str]) -> str:
    if row["placement"] == ALL:
        return "children in care"
    return kind_words(row["placement"], row["provider"])


def _cells(row: Mapping[str, str], when: str, what: str) -> list[str]:
    numbers = (_whole(row[name]) for name in ("mean", "p10", "p90"))
    return [row["scenario"], when, what, *numbers]


def _whole(cell: str) -> str:
    """A number without decimals; what is hidden or blank stays so.

    >>> _whole("1234.5"), _whole("c"), _whole("")
    ('1,234', 'c', '')
    """
    return cell if cell in ("", HIDDEN) else f"{float(cell):z,.0f}"


def published_summary(made: Made, tables: Tables) -> str:
    """The published numbers on a page, in Markdown."""
    titles = [f"- {_title(scenario)}" for scenario in made["scenarios"].values()]
    parts = [
        "# A forecast of children in care",
        "\n".join(titles),
        *RULE,
        "## Children in care",
        markdown_table(COLUMNS, children_rows(tables)),
        f"## {spend_title(tables)}",
        markdown_table(COLUMNS, spend_rows(tables)),
    ]
    return as_text("\n\n".join(parts) + "\n")


def published_page(made: Made, tables: Tables) -> str:
    """The published numbers as a page that opens offline."""
    titles = [_title(scenario) for scenario in made["scenarios"].values()]
    body = (
        f"<header>{heading('A forecast of children in care', '; '.join(titles))}</header><main>",
        section("What is not shown", "rule", *(paragraph(words) for words in (*RULE, MADE_ANEW))),
        section(
            "Children in care", "children",
            table(COLUMNS, children_rows(tables), "Children at the opening and each 31 March"),
        ),
        section(
            "Charts", "charts",
            *(figure(c, f"chart-{at}") for at, c in enumerate(published_charts(tables))),
        ),
        section("Spend", "spend", table(COLUMNS, spend_rows(tables), spend_title(tables))),
        "</main>",
    )  # fmt: skip
    return page("A forecast of children in care", "".join(body))


def _title(scenario: Mapping[str, Any]) -> str:
    return str(scenario.get("title", ""))
