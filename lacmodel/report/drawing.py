"""Drawing: charts in the words of Vega-Lite, turned into SVG.

Series differ in shape, dash and shade as well as in colour, so that a chart reads in grey. Where
vl-convert is not installed nothing is drawn, and tables of numbers stand alone.
"""

import re
from collections.abc import Sequence
from itertools import cycle
from typing import Any, Final

BLUE: Final = "#0b4f8a"
BAND: Final = "#a9c8e4"
BLACK: Final = "#1d1d1b"
ORANGE: Final = "#d55e00"
OUTCOME: Final = "#8f3300"
DASHES: Final = (
    [1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [1, 3], [12, 4], [6, 2, 1, 2, 1, 2], [3, 6],
)  # fmt: skip
COLOURS: Final = (
    BLUE, ORANGE, "#007a5a", "#7a3e9d", BLACK, "#6b6b00", "#b0005a", "#4d4d4d", "#8a5a00",
)  # fmt: skip
LIMIT_DASH: Final = [8, 4]
SHADES: Final = (BLUE, ORANGE, "#c9ccd1", "#eef3f8")  # from what matters most to least
WIDTH: Final = 880
HEIGHT: Final = 320
PICTURE_SCALE: Final = 2.0  # pixels of a PNG for each of the drawing's
MOST_LEVEL: Final = 12  # years whose bars and names stand side by side in full width

LOOK: Final = {  # Vega's roles and labels are left out: ours stand outside
    "aria": False,
    "font": "Arial, Helvetica, sans-serif",
    "background": "white",
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "labelLimit": 0, "labelFlush": False,
        "gridColor": "#e3e3e3", "labelColor": BLACK, "titleColor": BLACK,
    },
    "view": {"stroke": None},
}  # fmt: skip

Row = dict[str, Any]
Spec = dict[str, Any]  # a chart, or a part of one, as https://vega.github.io/vega-lite has it
NOTHING: Final[Spec] = {}  # what is drawn of no rows
NO_CHARTS: Final = (
    "Charts are left out because vl-convert-python is not installed; "
    "their numbers are in the tables."
)


def can_draw() -> bool:
    """Whether what draws the charts is installed and works."""
    try:
        import vl_convert  # noqa: F401
    except Exception:  # a blocked library raises more than ImportError
        return False
    return True


def draw(chart: Spec) -> str:
    """A chart as SVG, without Vega's own roles and labels: ours stand outside.

    Empty where charts cannot be drawn, and of `NOTHING`.
    """
    if not chart or not can_draw():
        return ""
    import vl_convert

    svg = str(vl_convert.vegalite_to_svg(chart | {"config": LOOK}))
    return re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)


def svg_of(chart: Spec, width: int = WIDTH, height: int = HEIGHT) -> str:
    """A chart of a size as SVG; empty where there is none or charts cannot be drawn."""
    return draw(chart | {"width": width, "height": height} if chart else NOTHING)


def png_of(svg: str) -> bytes:
    """A drawing as a picture that Word and PDF readers show alike; nothing of nothing."""
    if not svg:
        return b""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=PICTURE_SCALE))


def marks(kind: str, rows: Sequence[Row], places: Spec, **look: Any) -> Spec:
    """Rows drawn as marks of one kind; `places` says which field is which part of a mark."""
    return {"data": {"values": rows}, "mark": {"type": kind, **look}, "encoding": places}


def layers(*charts: Spec) -> Spec:
    """Charts one over the other, without those of which nothing is drawn."""
    drawn = [chart for chart in charts if chart]
    return {"layer": drawn} if drawn else NOTHING


def amount(field: str, **more: Any) -> Spec:
    """A field of numbers."""
    return {"field": field, "type": "quantitative", **more}


def word(field: str, **more: Any) -> Spec:
    """A field of words."""
    return {"field": field, "type": "nominal", **more}


def moment(field: str, **more: Any) -> Spec:
    """A field of dates."""
    return {"field": field, "type": "temporal", **more}


def dates_axis(rows: Sequence[Row]) -> Spec:
    """A time axis marked at each 31 March, whose dates do not move with the time zone."""
    ends = [row["date"] for row in rows if row["date"].endswith("-03-31")]
    axis = {"format": "%b %Y", "labelAngle": 0, "labelFlush": False, "values": ends,
            "grid": False, "title": None}  # fmt: skip
    return moment("date", scale={"type": "utc"}, axis=axis)


def fan(rows: Sequence[Row], title: str, before: Sequence[Row] = ()) -> Spec:
    """The range as a band and the central forecast as a line; `before` widens the axis."""
    if not rows:
        return NOTHING
    x, look = dates_axis([*before, *rows]), {"scale": {"zero": False, "nice": True}, "title": title}
    central = "middle" if "middle" in rows[0] else "mean"
    line = marks("line", rows, {"x": x, "y": amount(central, **look)}, color=BLUE, strokeWidth=2.5)
    if "low" not in rows[0]:
        return line
    places = {"x": x, "y": amount("low", **look), "y2": {"field": "high"}}
    return layers(marks("area", rows, places, color=BAND, opacity=0.9), line)


def fan_and_limit(rows: Sequence[Row], limits: Sequence[Row], title: str) -> Spec:
    """A range and its middle against what there is (`usable`), a dashed line."""
    if not rows:
        return NOTHING
    places = {"x": dates_axis(rows), "y": amount("usable", scale={"zero": False}, title=title)}
    line = marks("line", limits, places, color=BLACK, strokeDash=LIMIT_DASH, strokeWidth=2.5)
    return layers(fan(rows, title), line)


def published_points(rows: Sequence[Row]) -> Spec:
    """Published numbers: black dots joined by a dashed line."""
    places = {"x": moment("date"), "y": amount("children")}
    return layers(
        marks("line", rows, places, color=BLACK, strokeDash=[5, 3], strokeWidth=1.5),
        marks("point", rows, places, color=BLACK, filled=True, size=70, opacity=1),
    )


def outcome_points(rows: Sequence[Row]) -> Spec:
    """What happened: white diamonds with a dark edge, which stand out from the band."""
    places = {"x": moment("date"), "y": amount("children")}
    return marks(
        "point", rows, places,
        shape="diamond", fill="white", stroke=OUTCOME, strokeWidth=2.5, size=110, opacity=1,
    )  # fmt: skip


def small_charts(by_name: dict[str, list[Row]]) -> Spec:
    """Charts in three columns."""
    charts = []
    for name, rows in by_name.items():
        if not rows:
            continue
        title = {"text": name, "fontSize": 13, "anchor": "start", "color": BLACK}
        charts.append(layers(fan(rows, "")) | {"width": 252, "height": 110, "title": title})
    if not charts:
        return NOTHING
    apart = {"scale": {"y": "independent"}}
    return {"concat": charts, "columns": 3, "spacing": 24, "resolve": apart}


def bars(rows: Sequence[Row], title: str, axis_format: str) -> Spec:
    """Bars by year with the range as a rule; names of many years stand upright."""
    if not rows:
        return NOTHING
    many = len(rows) > MOST_LEVEL
    x = word("year", axis={"labelAngle": -90 if many else 0, "title": None})
    y = amount("central", title=title, axis={"format": axis_format})
    drawn = [marks("bar", rows, {"x": x, "y": y}, color=BAND, stroke=BLUE, size=30 if many else 60)]
    if "low" in rows[0]:
        ends = {"x": x, "y": amount("low"), "y2": {"field": "high"}}
        drawn.append(marks("rule", rows, ends, color=BLACK, strokeWidth=2))
    return layers(*drawn)


def spend_bars(rows: Sequence[Row], budgets: Sequence[Row]) -> Spec:
    """Bars of spend in millions, with the budget and the budget with contingency as ticks."""
    if not rows:
        return NOTHING
    return layers(
        bars(rows, "£ million", ",.0f"),
        *budget_ticks(budgets, 40 if len(rows) > MOST_LEVEL else 96),
    )


def budget_ticks(budgets: Sequence[Row], width: float) -> list[Spec]:
    """The budget of each year as a thick tick, and with its contingency as a thin one."""
    return [
        marks(
            "tick", budgets, {"x": word("year"), "y": amount(name)},
            color=ORANGE, opacity=1, thickness=thickness, size=width,
        )
        for name, thickness in (("budget", 5), ("limit", 2))
        if budgets
    ]  # fmt: skip


def ranges_by_year(rows: Sequence[Row], budgets: Sequence[Row], title: str) -> Spec:
    """For each year a point and its range for every series, side by side, and budgets as ticks.

    Parameters
    ----------
    rows : with the number of their `series`, which has the colour and dash of `lines`
    """
    every = sorted({row["series"] for row in rows})
    x, drawn = word("year", axis={"labelAngle": 0, "title": None}), []
    y = {"scale": {"zero": False}, "title": title, "axis": {"format": ",.0f"}}
    for at, dash, colour in zip(every, cycle(DASHES), cycle(COLOURS), strict=False):
        own = [row for row in rows if row["series"] == at]
        places = {"x": x, "xOffset": word("series", sort=None, scale={"domain": every})}
        if "low" in own[0]:
            ends = places | {"y": amount("low", **y), "y2": {"field": "high"}}
            drawn.append(marks("rule", own, ends, color=colour, strokeDash=dash, strokeWidth=3))
        point = places | {"y": amount("central", **y)}
        drawn.append(marks("point", own, point, color=colour, filled=True, size=90, opacity=1))
    width = 0.8 * WIDTH / len({row["year"] for row in rows}) if rows else 0
    return layers(*drawn, *budget_ticks(budgets, width) if rows else ())


def steps(rows: Sequence[Row], title: str) -> Spec:
    """A waterfall: totals at either end, and between them a bar for each part, up or down."""
    shades = {"domain": ["total", "more", "less"], "range": [BAND, SHADES[1], SHADES[2]]}
    places = {
        "x": word("step", sort=None, axis={"title": None, "labelAngle": 0, "labelLimit": 160}),
        "y": amount("from", title=title, scale={"zero": False, "nice": False}),
        "y2": {"field": "to"},
        "color": word("sort", scale=shades, legend=None),
    }
    return marks("bar", rows, places, stroke=BLACK, strokeWidth=0.5, size=70)


def reason_bars(rows: Sequence[Row]) -> Spec:
    """Bars from left to right, each with its number."""
    places = {
        "y": word("reason", sort=None, axis={"title": None, "labelLimit": 260}),
        "x": amount("children", title="children a year", axis={"tickCount": 6}),
    }
    numbers = places | {"text": amount("children", format=".0f")}
    return layers(
        marks("bar", rows, places, color=BAND, stroke=BLUE),
        marks("text", rows, numbers, align="left", dx=4, color=BLACK),
    )


def stacked_bars(rows: Sequence[Row], title: str) -> Spec:
    """One bar from left to right for each `bar`, made of parts in their places, with numbers."""
    parts = list(dict.fromkeys(row["part"] for row in rows))
    shades = {"domain": parts, "range": list(SHADES[: len(parts)])}
    places = {
        "x": amount("children", title=title, stack="zero"),
        "y": word("bar", sort=None, axis={"title": None, "labelLimit": 260}),
        "order": {"field": "place", "type": "ordinal"},
        "color": word("part", scale=shades, legend=None),
    }
    return marks("bar", rows, places, stroke=BLACK, strokeWidth=0.5)


def lines(series: Sequence[Sequence[Row]], title: str) -> Spec:
    """One line a series, each with its own dash and colour; none of a series without rows."""
    drawn = []
    for rows, dash, colour in zip(series, cycle(DASHES), cycle(COLOURS), strict=False):
        if not rows:
            continue
        field = "middle" if "middle" in rows[0] else "mean"
        y = amount(field, scale={"zero": False}, title=title)
        places = {"x": dates_axis(rows), "y": y}
        drawn.append(marks("line", rows, places, color=colour, strokeDash=dash, strokeWidth=2.5))
    return layers(*drawn)


def children_fan(forecast: Sequence[Row], history: Sequence[Row], happened: Sequence[Row]) -> Spec:
    """The forecast with its range, history before it, and what happened."""
    drawn = [fan(forecast, "children in care", history)]
    drawn += [published_points(history)] if history else []
    drawn += [outcome_points(happened)] if happened else []
    return layers(*drawn)
