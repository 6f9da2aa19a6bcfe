"""A second folder of a run, to be shared: small counts of children and their costs suppressed.

The tables are those of the run with hidden numbers written as ``c``; the summary and the report are
made from these tables alone. What there is no rule for is left out. The rule itself is
`lacmodel.suppression`'s; here is how the tables of a run add up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np

from lacmodel.codes import KIND_NAMES, KIND_OF, KINDS, PLACEMENTS
from lacmodel.engines.tally import FLOWS
from lacmodel.faults import Fault, InputFaults
from lacmodel.money.income import PRICE_LIST
from lacmodel.money.spend import ADULTS, KIND_LINES, LINES
from lacmodel.report.left_out import sentences
from lacmodel.report.published_answer import SPEND_ON_CHILDREN, TOTAL
from lacmodel.report.published_words import published_page, published_summary, readme
from lacmodel.report.run_folder import (
    CAVEATS,
    INTERNAL_NOTE,
    manifest_text,
    new_folder,
    write_text,
)
from lacmodel.results import ALL, QUANTILE_COLUMNS, TidyTable, csv_text
from lacmodel.run_files import MANIFEST, manifest_of, table_path, table_rows
from lacmodel.suppression import (
    HIDDEN,
    SMALLEST_SHOWN,
    FloatArray,
    Sums,
    hidden_labels,
    is_small,
)

Rows = list[dict[str, str]]

ALL_CHILDREN: Final = "all children"
ALL_SPEND: Final = "all spend"
IN_ALL: Final = frozenset((SPEND_ON_CHILDREN, TOTAL))
UNKNOWN: Final = "no rule"
DEAR: Final = 1e6  # the weight of a total, which is hidden last of all
MILLION: Final = 1e6
INCOME: Final = "income_gbp"
NET: Final = "net_gbp"
CAME: Final = ("entries", "re_entries", "delayed_entries")
LEFT: Final = tuple(flow for flow in FLOWS if flow.startswith("exits_"))
SUMS_OF_FLOWS: Final = {
    "started": CAME,
    "ceased": LEFT,
    "would_be_entries": ("entries", "prevented", "delayed"),
}
THREE: Final = "three_or_more_placements"


def publish(run: Path, folder: Path) -> list[str]:
    """Write the shareable folder of a run; returns what was written and left out, in words.

    Raises
    ------
    InputFaults
        if a folder is no run's, was published already, or has no table with a rule
    """
    made = manifest_of(run)
    tables = {
        name: table_rows(run, name, WORDS[name], QUANTILE_COLUMNS)
        for name in RULES
        if table_path(run, name).is_file()
    }
    if not tables:
        names = ", ".join(sorted(path.name for path in (run / "tables").glob("*.csv")))
        rule = f"has none of the tables that can be published: {', '.join(RULES)}"
        raise InputFaults([Fault(run, "tables", names, rule)])
    kept_back = _income_kept_back(tables.get("spend", []), _incomes(run))
    systems = [sums for name, rows in tables.items() for sums in _systems(name, rows, kept_back)]
    hidden = hidden_labels(systems)
    shown = {name: _suppressed(name, rows, hidden, kept_back) for name, rows in tables.items()}
    kept = {f"tables/{name}.csv" for name in tables}
    found = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    left_out = sorted(
        found - kept - {MANIFEST, "summary.md", "report.html", f"tables/{INTERNAL_NOTE}"}
    )
    with new_folder(folder) as building:
        (building / "tables").mkdir()
        for name, rows in shown.items():
            write_text(building / "tables" / f"{name}.csv", csv_text(_tidy(name, rows)))
        write_text(building / "README.md", readme(sentences(left_out)))
        write_text(building / "summary.md", published_summary(made, shown))
        write_text(building / "report.html", published_page(made, shown))
        write_text(building / MANIFEST, manifest_text(_published(made)))
    cells = sum(row["mean"] == HIDDEN for rows in shown.values() for row in rows)
    everything = sum(len(rows) for rows in shown.values())
    absent = [name for name in RULES if name not in tables]
    return [
        *([f"Not in this run, so not published: {', '.join(absent)}."] if absent else []),
        f"Written to {folder}: {cells:,} of {everything:,} rows are suppressed ({HIDDEN}).",
        f"Left out: {', '.join(left_out) or 'nothing'}; summary and report are made anew.",
    ]


def _published(made: Mapping[str, Any]) -> dict[str, Any]:
    """What may be said of how a run was made: no hash, which would confirm a guess of its list."""
    kept = ("seed", "futures", "engine", "layers", "versions", "written")
    said = {CAVEATS: made[CAVEATS]} if CAVEATS in made else {}
    titles = {name: _title(scenario) for name, scenario in made["scenarios"].items()}
    return (
        {"published": True, "internal": False, "scenarios": titles}
        | said
        | {key: made[key] for key in kept}
    )


def _title(scenario: Mapping[str, Any]) -> str:
    return str(scenario.get("title", ""))


def _suppressed(name: str, rows: Rows, hidden: frozenset[str], kept_back: frozenset[str]) -> Rows:
    """The rows of a table with hidden numbers in their place."""
    nothing = dict.fromkeys(QUANTILE_COLUMNS, HIDDEN)
    label_of = RULES[name]
    return [
        row | nothing
        if label_of(row) in hidden | {UNKNOWN} or _is_kept_back(row, kept_back)
        else row
        for row in rows
    ]


def _incomes(run: Path) -> Rows | None:
    """Income by source and year; None where the run does not tell, as runs once did not."""
    if not table_path(run, "income").is_file():
        return None
    return table_rows(run, "income", WORDS["income"], ("mean",))


def _income_kept_back(spend: Rows, incomes: Rows | None) -> frozenset[str]:
    """Lines whose income, and so net spend, would tell how many children somebody pays for.

    The price list's income is a sum a week for every child of a kind, as its price is. Any other
    is for some of them: by line it is not shown, and in all only where it is for six or more.
    """
    others = [row for row in incomes or () if row["source"] != PRICE_LIST]
    paid = any(float(row["mean"] or 0) for row in spend if row["measure"] == INCOME)
    if not paid or (incomes is not None and not others):
        return frozenset()
    shown = frozenset() if incomes is None or _for_few(others) else IN_ALL
    return frozenset(row["line"] for row in spend) - shown


def _is_kept_back(row: Mapping[str, str], lines: frozenset[str]) -> bool:
    """Whether a row is the income or the net spend of one of some lines."""
    return row.get("measure") in (INCOME, NET) and row.get("line") in lines


def _for_few(incomes: Rows) -> bool:
    """Whether any income is for few children in any year, or for nobody knows how many."""
    named: dict[tuple[str, ...], dict[str, float]] = {}
    for row in incomes:
        key = tuple(row[name] for name in ("scenario", "financial_year", "source", "payer"))
        named.setdefault(key, {})[row["measure"]] = float(row["mean"])
    counts = [measures.get("average_children", SMALLEST_SHOWN / 2) for measures in named.values()]
    return bool(is_small(np.array(counts)).any())


def _tidy(name: str, rows: Rows) -> TidyTable:
    columns = tuple(rows[0]) if rows else QUANTILE_COLUMNS
    return TidyTable(name, columns, tuple(tuple(row.values()) for row in rows))


# How tables add up -------------------------------------------------------------------------------


def _systems(name: str, rows: Rows, kept_back: frozenset[str]) -> Iterator[Sums]:
    """The sums of a table, one for every date or year of a scenario that has numbers."""
    rows = [row for row in rows if not (_is_kept_back(row, kept_back & IN_ALL))]
    period = "financial_year" if name == "spend" else "date"
    for _, some in groupby(rows, key=lambda row: (row["scenario"], row[period])):
        numbers = {_key(row): float(row["mean"]) for row in some if row["mean"]}
        if numbers:
            yield from SYSTEMS[name](numbers)


def _key(row: Mapping[str, str]) -> tuple[str, ...]:
    names = ("age_band", "line", "placement", "provider", "flow", "measure")
    return tuple(row[name] for name in names if name in row)


def _sums(rows: Sequence[tuple[str, Any, bool, float]], parts: Sequence[float]) -> Sums:
    """A system of (label, adds, whether it counts children, weight)."""
    labels, adds, counts, weights = zip(*rows, strict=True)
    return Sums(
        tuple(labels),
        np.array(adds, dtype=np.float64),
        np.array(parts, dtype=np.float64),
        np.array(counts),
        np.array(weights, dtype=np.float64),
    )


def children_label(row: Mapping[str, str]) -> str:
    """What a row of the children's table counts; its rate is shown or hidden with it."""
    band, placement, provider = row["age_band"], row["placement"], row["provider"]
    if placement == ALL:
        return ALL_CHILDREN if band == ALL else f"age {band}"
    if provider == ALL:
        kinds = set(KIND_OF[PLACEMENTS.index(placement)])
        return f"placement {placement}" if len(kinds) > 1 else f"kind {KIND_NAMES[min(kinds)]}"
    return f"kind {placement} {provider}" if band == ALL else f"{band} {placement} {provider}"


def children_sums(numbers: Mapping[tuple[str, ...], float]) -> Iterator[Sums]:
    """Children of a date: bands within kinds add up to bands, kinds, types and the total."""
    cells = [key for key in numbers if key[3] == "children"]
    leaves = [key for key in cells if ALL not in key[:3]]
    rows = []
    for key in cells:
        adds = [all(own in (ALL, part) for own, part in zip(key[:3], leaf, strict=False))
                for leaf in leaves]  # fmt: skip
        label = children_label(dict(zip(("age_band", "placement", "provider"), key, strict=False)))
        weight = DEAR if label == ALL_CHILDREN else (1 + numbers[key]) * sum(adds)
        rows.append((label, adds, True, weight))
    yield _sums(rows, [numbers[leaf] for leaf in leaves])


def flows_label(row: Mapping[str, str]) -> str:
    """A flow is shown in all months or in none."""
    return f"flow {row['flow']}" if row["flow"] in FLOWS else UNKNOWN


def flows_sums(numbers: Mapping[tuple[str, ...], float]) -> Iterator[Sums]:
    """Flows of a month: starts and leavers add up, and their difference is that of the stock."""
    parts = [flow for flow in FLOWS if flow not in SUMS_OF_FLOWS]
    values = [numbers.get((flow,), 0.0) for flow in parts]
    rows: list[tuple[str, Any, bool, float]] = [
        (f"flow {flow}", [flow == part for part in parts], True, 10 + value)
        for flow, value in zip(parts, values, strict=True)
    ]
    for flow, of in SUMS_OF_FLOWS.items():
        rows.append((f"flow {flow}", [part in of for part in parts], True, 5.0))
    change = [float(part in CAME) - float(part in LEFT) for part in parts]
    rows.append((ALL_CHILDREN, change, False, DEAR))
    yield _sums(rows, values)


def spend_label(row: Mapping[str, str]) -> str:
    """What a line of the spend table is for; all its measures are shown or hidden together."""
    if row["placement"] != ALL:
        return f"kind {row['placement']} {row['provider']}"
    known = {line.name for line in LINES} | {SPEND_ON_CHILDREN}
    return row["line"] if row["line"] in known else ALL_SPEND if row["line"] == TOTAL else UNKNOWN


def spend_sums(numbers: Mapping[tuple[str, ...], float]) -> Iterator[Sums]:
    """Spend of a year. Prices may be known, so sums of pounds tell of children as counts do.

    The children's table gives nearly the year's average of a placement type, and so has rows here.
    """
    lines, rows = [*(line.name for line in KIND_LINES), LINES[ADULTS].name], []
    of = {(key[0], key[-1]): value for key, value in numbers.items()}
    people = [
        of.get((line, "average_children"), of.get((line, "average_adults"), 0.0)) for line in lines
    ]
    others = [line.name for line in LINES[ADULTS + 1 :]]
    parts = [*people, *(of.get((line, "gross_gbp"), 0.0) / MILLION for line in others)]
    labels = [*(f"kind {name}" for name in KIND_NAMES), *lines[ADULTS:], *others]
    for one, label, value in zip(np.eye(len(parts)), labels, parts, strict=True):
        rows.append((label, one, label not in others, DEAR if label in others else 1 + value))
    for placement, name in enumerate(PLACEMENTS):
        of_type = [kind for kind, (type_, _) in enumerate(KINDS) if type_ == placement]
        if len(of_type) > 1:
            number = sum(people[kind] for kind in of_type)
            rows.append((f"placement {name}", _chosen(of_type, parts), True, 2 + 2 * number))
    children = _chosen(range(len(KINDS)), parts)
    rows.append((SPEND_ON_CHILDREN, children, True, DEAR))
    for measure in ("gross_gbp", NET):
        if (TOTAL, measure) not in of:
            continue  # it is kept back
        each = np.ones(len(parts))
        for place, (line, number) in enumerate(zip(lines, people, strict=True)):
            each[place] = of.get((line, measure), 0.0) / MILLION / number if number else 0.0
        rows.append((SPEND_ON_CHILDREN, each * children, False, DEAR))
        rows.append((ALL_SPEND, each, False, DEAR))
    yield _sums(rows, parts)


def _chosen(places: Iterable[int], parts: Sequence[float]) -> FloatArray:
    """A row that adds some of the parts."""
    adds = np.zeros(len(parts))
    adds[list(places)] = 1.0
    return adds


def stability_label(row: Mapping[str, str]) -> str:
    """The count of children who moved often, and its share."""
    return THREE if row["measure"].startswith(THREE) else UNKNOWN


def stability_sums(numbers: Mapping[tuple[str, ...], float]) -> Iterator[Sums]:
    """Children with three placements or more: a share tells as much as the count."""
    if (THREE,) in numbers:
        yield _sums([(THREE, [1.0], True, 1.0)], [numbers[(THREE,)]])


WORDS: Final = {
    "children": ("scenario", "date", "age_band", "placement", "provider", "measure"),
    "flows": ("scenario", "date", "flow"),
    "spend": ("scenario", "financial_year", "line", "measure"),
    "stability": ("scenario", "date", "measure"),
    "income": ("scenario", "financial_year", "source", "payer", "measure"),
}
RULES: Final = {
    "children": children_label,
    "flows": flows_label,
    "spend": spend_label,
    "stability": stability_label,
}
SYSTEMS: Final = {
    "children": children_sums,
    "flows": flows_sums,
    "spend": spend_sums,
    "stability": stability_sums,
}
