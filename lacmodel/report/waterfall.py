"""A waterfall: from one amount of money to another, one cause at a time."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from lacmodel.report.charts import Chart
from lacmodel.report.drawing import (
    BAND,
    BLACK,
    BLUE,
    ORANGE,
    Row,
    Spec,
    amount,
    layers,
    marks,
    svg_of,
    word,
)
from lacmodel.report.words import pounds, signed

MILLION: Final = 1e6
TOTAL: Final = "total"
MORE: Final = "more"
LESS: Final = "less"
BAR_HEIGHT: Final = 34


class Step(NamedTuple):
    """A cause, and by how much it changes the amount; pounds."""

    label: str
    amount: float


def waterfall_chart(title: str, begin: Step, steps: Sequence[Step], end: str) -> Chart:
    """From an amount, by what changes it, to what comes of it."""
    rows, at = [_bar(begin.label, 0.0, begin.amount, TOTAL)], begin.amount
    for step in steps:
        rows.append(_bar(step.label, at, at + step.amount, MORE if step.amount > 0 else LESS))
        at += step.amount
    rows.append(_bar(end, 0.0, at, TOTAL))
    svg = svg_of(_drawn(rows), width=640, height=BAR_HEIGHT * len(rows))
    shown = (
        (begin.label, pounds(begin.amount)),
        *((step.label, signed(step.amount, pounds(step.amount))) for step in steps),
        (end, pounds(at)),
    )
    said = "; ".join(f"{label} {amount}" for label, amount in shown)
    return Chart(title, f"{said}. The axis does not start at nought.", svg, (),
                 ("Step", "Amount"), shown)  # fmt: skip


def _bar(label: str, start: float, end: float, what: str) -> Row:
    change = end - start
    words = pounds(change) if what == TOTAL else signed(change, pounds(change))
    return {"step": label, "start": start / MILLION, "end": end / MILLION, "what": what,
            "words": words, "right": max(start, end) / MILLION}  # fmt: skip


def _drawn(rows: Sequence[Row]) -> Spec:
    """Floating bars from left to right, each with its amount; totals stand on the axis."""
    moving = [edge for row in rows for edge in (row["start"], row["end"]) if edge] or [0.0]
    low, high = min(moving), max(moving)
    margin = 0.6 * (high - low) or 0.05 * abs(high) or 1.0
    least = max(0.0, low - margin) if low > 0 else low - margin
    clipped = [row | {"start": max(row["start"], least)} if row["what"] == TOTAL else row
               for row in rows]  # fmt: skip
    scale = {"domain": [least, high + margin], "nice": False, "zero": False}
    shades = {"domain": [TOTAL, MORE, LESS], "range": [BLUE, ORANGE, BAND]}
    y = word("step", sort=None, axis={"title": None, "labelLimit": 260})
    bar = {
        "x": amount("start", scale=scale, title="£ million", axis={"tickCount": 6}),
        "x2": {"field": "end"}, "y": y,
        "color": word("what", scale=shades, legend=None),
    }  # fmt: skip
    number = {"x": amount("right", scale=scale), "y": y, "text": word("words")}
    return layers(
        marks("bar", clipped, bar, stroke=BLACK, strokeWidth=0.5),
        marks("text", clipped, number, align="left", dx=5, color=BLACK),
    )
