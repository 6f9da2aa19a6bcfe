"""Charts of a published run, drawn from its suppressed tables: what is hidden is left out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lacmodel.codes import kind_words
from lacmodel.report.charts import Chart, british
from lacmodel.report.drawing import Row, bars, draw, fan, small_charts, svg_of
from lacmodel.report.words import pounds, whole
from lacmodel.results import ALL
from lacmodel.suppression import HIDDEN

Rows = Sequence[Mapping[str, str]]
FAN: Final = (("band", "eight futures in ten"), ("line", "central forecast"))
ENDS: Final = ("middle", "low", "high")
NAMES: Final = dict(zip(ENDS, ("p50", "p10", "p90"), strict=True))
LEFT_OUT: Final = f"Points that are suppressed ({HIDDEN}) are left out."


def published_charts(tables: Mapping[str, Rows]) -> Iterator[Chart]:
    """For each scenario: children in care, children by placement, and net spend by year."""
    children, spend = tables.get("children", ()), tables.get("spend", ())
    for scenario in dict.fromkeys(row["scenario"] for row in (*children, *spend)):
        own = [row for row in children if row["scenario"] == scenario]
        yield from _children(scenario, own)
        yield from _placements(scenario, own)
        yield from _spend(scenario, [row for row in spend if row["scenario"] == scenario])


def points(rows: Rows) -> list[Row]:
    """The rows of a measure that are shown, as charts take them."""
    made = []
    for row in rows:
        if row["mean"] != HIDDEN:
            point: Row = {"date": row["date"], "mean": float(row["mean"])}
            if row["p10"]:
                point |= {name: float(row[column]) for name, column in NAMES.items()}
            made.append(point)
    return made


def _of(rows: Rows, placement: str, provider: str) -> Rows:
    wanted = (ALL, placement, provider, "children")
    names = ("age_band", "placement", "provider", "measure")
    return [row for row in rows if tuple(row[name] for name in names) == wanted]


def _children(scenario: str, rows: Rows) -> Iterator[Chart]:
    shown = points(_of(rows, ALL, ALL))
    if len(shown) < 2:
        return
    svg = svg_of(fan(shown, "children in care"))
    cells = tuple((british(row["date"]), *_range(row)) for row in shown[::3])
    key = FAN if "low" in shown[0] else FAN[1:]
    words = f"From {cells[0][1]} to {whole(_central(shown[-1]))} children. {LEFT_OUT} "
    words += "The axis does not start at nought."
    columns = ("Date", "Central", "Low", "High")
    yield Chart(f"Children in care: {scenario}", words, svg, key, columns, cells)


def _placements(scenario: str, rows: Rows) -> Iterator[Chart]:
    kinds = dict.fromkeys((row["placement"], row["provider"]) for row in rows)
    by_kind = {
        kind_words(placement, provider): points(_of(rows, placement, provider))
        for placement, provider in kinds
        if ALL not in (placement, provider)
    }
    shown = {
        name: some
        for name, some in by_kind.items()
        if len(some) > 1 and any(r["mean"] for r in some)
    }
    if not shown:
        return
    svg = draw(small_charts(shown))
    cells = tuple(
        (name, *_range(some[-1]), british(some[-1]["date"])) for name, some in shown.items()
    )
    key = FAN if all("low" in some[0] for some in shown.values()) else FAN[1:]
    words = f"Each small chart has an axis of its own. {LEFT_OUT}"
    columns = ("Placement", "Central", "Low", "High", "On")
    yield Chart(f"Children by placement: {scenario}", words, svg, key, columns, cells)


def measure_shown(rows: Rows) -> str:
    """``net``, or ``gross`` where income must not be shown and so net must not."""
    means = {(*list(row.values())[:6], row["measure"]): row["mean"] for row in rows}
    kept_back = (
        mean != HIDDEN and means.get((*key[:-1], "net_gbp")) == HIDDEN
        for key, mean in means.items()
        if key[-1] == "gross_gbp"
    )
    return "gross" if any(kept_back) else "net"


def _spend(scenario: str, rows: Rows) -> Iterator[Chart]:
    name = measure_shown(rows)
    total = [row for row in rows if (row["line"], row["measure"]) == ("total", f"{name}_gbp")]
    shown: list[Row] = []
    for row in total:
        if row["mean"] == HIDDEN:
            continue
        bar: Row = {
            "year": row["financial_year"],
            "central": float(row["mean"]) / 1e6,
        }
        if row["p10"]:
            bar |= {"low": float(row["p10"]) / 1e6, "high": float(row["p90"]) / 1e6}
        shown.append(bar)
    if not shown:
        return
    svg = svg_of(bars(shown, "£ million", ",.0f"), height=240)
    cells = tuple(
        (row["year"], *(pounds(row[end] * 1e6) if end in row else "" for end in
                        ("central", "low", "high")))
        for row in shown
    )  # fmt: skip
    key = (("bar", f"{name} spend, average"), ("rule", "eight futures in ten"))
    words = f"From {cells[0][1]} to {cells[-1][1]}. {LEFT_OUT}"
    columns = ("Financial year", "Average", "Low", "High")
    yield Chart(f"{name.capitalize()} spend by year: {scenario}", words, svg, key, columns, cells)


def _central(row: Row) -> float:
    return float(row["middle"] if "middle" in row else row["mean"])


def _range(row: Row) -> tuple[str, str, str]:
    low, high = (whole(row[end]) if end in row else "" for end in ("low", "high"))
    return whole(_central(row)), low, high
