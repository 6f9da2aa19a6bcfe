"""Drawing: Altair charts turned into SVG.

Series differ in shape, dash and shade as well as in colour, so that a chart reads in grey. Where
Altair or vl-convert is not installed nothing is drawn, and tables of numbers stand alone.
"""

import re
from collections.abc import Callable, Sequence
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
SHADES: Final = (BLUE, ORANGE, "#c9ccd1", "#eef3f8")  # from what matters most to least
WIDTH: Final = 880
HEIGHT: Final = 320

Row = dict[str, Any]
NO_CHARTS: Final = (
    "Charts are left out because altair or vl-convert-python is not installed; "
    "their numbers are in the tables."
)


def can_draw() -> bool:
    """Whether what draws the charts is installed and works."""
    try:
        import altair  # noqa: F401
        import vl_convert  # noqa: F401
    except Exception:  # a blocked library raises more than ImportError
        return False
    return True


def draw(chart: Any) -> str:
    """An Altair chart as SVG, without Vega's own roles and labels: ours stand outside."""
    import vl_convert

    styled = chart.configure(aria=False, font="Arial, Helvetica, sans-serif", background="white")
    styled = styled.configure_axis(
        labelFontSize=12, titleFontSize=12, gridColor="#e3e3e3", labelColor=BLACK, titleColor=BLACK
    ).configure_view(stroke=None)
    svg = str(vl_convert.vegalite_to_svg(styled.to_json(validate=False)))
    return re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)


def data(rows: Sequence[Row]) -> Any:
    """Rows as Altair takes them in, without pandas."""
    import altair as alt

    return alt.InlineData(values=tuple(rows))  # Altair copies lists time and again


def dates_axis(rows: Sequence[Row]) -> Any:
    """A time axis marked at each 31 March, whose dates do not move with the time zone."""
    import altair as alt

    ends = [row["date"] for row in rows if row["date"].endswith("-03-31")]
    axis = alt.Axis(
        format="%b %Y", labelAngle=0, labelFlush=False, values=ends, grid=False, title=None
    )
    return alt.X("date:T", scale=alt.Scale(type="utc"), axis=axis)


def svg_of(make: Callable[[], Any], width: int = WIDTH, height: int = HEIGHT) -> str:
    """A chart of a size as SVG; empty where charts cannot be drawn.

    Altair does not check its parts against Vega's schema, which takes a third of the time.
    """
    if not can_draw():
        return ""
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        return draw(make().properties(width=width, height=height))


def fan(rows: Sequence[Row], title: str, before: Sequence[Row] = ()) -> Any:
    """The range as a band and the central forecast as a line; `before` widens the axis."""
    import altair as alt

    x, y = dates_axis([*before, *rows]), alt.Scale(zero=False, nice=True)
    central = "middle" if "middle" in rows[0] else "mean"
    line = alt.Chart(data(rows)).mark_line(color=BLUE, strokeWidth=2.5)
    line = line.encode(x=x, y=alt.Y(f"{central}:Q", scale=y, title=title))
    if central == "mean":
        return line
    band = alt.Chart(data(rows)).mark_area(color=BAND, opacity=0.9)
    return band.encode(x=x, y=alt.Y("low:Q", scale=y, title=title), y2="high:Q") + line


def published_points(rows: Sequence[Row]) -> Any:
    """Published numbers: black dots joined by a dashed line."""
    import altair as alt

    base = alt.Chart(data(rows)).encode(x=alt.X("date:T"), y="children:Q")
    line = base.mark_line(color=BLACK, strokeDash=[5, 3], strokeWidth=1.5)
    return line + base.mark_point(color=BLACK, filled=True, size=70, opacity=1)


def outcome_points(rows: Sequence[Row]) -> Any:
    """What happened: white diamonds with a dark edge, which stand out from the band."""
    import altair as alt

    base = alt.Chart(data(rows)).encode(x=alt.X("date:T"), y="children:Q")
    return base.mark_point(
        shape="diamond", fill="white", stroke=OUTCOME, strokeWidth=2.5, size=110, opacity=1
    )


def small_charts(by_name: dict[str, list[Row]]) -> Any:
    """Charts in three columns."""
    import altair as alt

    charts = []
    for name, rows in by_name.items():
        title = alt.Title(name, fontSize=13, anchor="start", color=BLACK)
        small = alt.layer(fan(rows, "")).properties(width=252, height=110, title=title)
        charts.append(small)
    return alt.concat(*charts, columns=3, spacing=24).resolve_scale(y="independent")


def bars(rows: Sequence[Row], title: str, axis_format: str) -> Any:
    """Bars by year with the range as a rule."""
    import altair as alt

    x = alt.X("year:N", axis=alt.Axis(labelAngle=0, title=None))
    base = alt.Chart(data(rows)).encode(x=x)
    y = alt.Y("central:Q", title=title, axis=alt.Axis(format=axis_format))
    bar = base.mark_bar(color=BAND, stroke=BLUE, size=60).encode(y=y)
    if "low" not in rows[0]:
        return bar
    return bar + base.mark_rule(color=BLACK, strokeWidth=2).encode(y="low:Q", y2="high:Q")


def spend_bars(rows: Sequence[Row], budgets: Sequence[Row]) -> Any:
    """Bars of spend in millions, with the budget and the budget with contingency as ticks."""
    import altair as alt

    chart = bars(rows, "£ million", ",.0f")
    if budgets:
        base = alt.Chart(data(budgets)).encode(x="year:N")
        for name, thickness in (("budget", 5), ("limit", 2)):
            tick = base.mark_tick(color=ORANGE, opacity=1, thickness=thickness, size=96)
            chart += tick.encode(y=f"{name}:Q")
    return chart


def steps(rows: Sequence[Row], title: str) -> Any:
    """A waterfall: totals at either end, and between them a bar for each part, up or down."""
    import altair as alt

    shades = alt.Scale(domain=["total", "more", "less"], range=[BAND, SHADES[1], SHADES[2]])
    x = alt.X("step:N", sort=None, axis=alt.Axis(title=None, labelAngle=0, labelLimit=160))
    scale = alt.Scale(zero=False, nice=False)
    bar = alt.Chart(data(rows)).mark_bar(stroke=BLACK, strokeWidth=0.5, size=70)
    return bar.encode(
        x=x, y=alt.Y("from:Q", title=title, scale=scale), y2="to:Q",
        color=alt.Color("sort:N", scale=shades, legend=None),
    )  # fmt: skip


def reason_bars(rows: Sequence[Row]) -> Any:
    """Bars from left to right, each with its number."""
    import altair as alt

    y = alt.Y("reason:N", sort=None, axis=alt.Axis(title=None, labelLimit=260))
    base = alt.Chart(data(rows)).encode(
        y=y, x=alt.X("children:Q", title="children a year", axis=alt.Axis(tickCount=6))
    )
    bar = base.mark_bar(color=BAND, stroke=BLUE)
    return bar + base.mark_text(align="left", dx=4, color=BLACK).encode(
        text=alt.Text("children:Q", format=".0f")
    )


def stacked_bars(rows: Sequence[Row], title: str) -> Any:
    """One bar from left to right for each `bar`, made of parts in their places, with numbers."""
    import altair as alt

    parts = list(dict.fromkeys(row["part"] for row in rows))
    shades = alt.Scale(domain=parts, range=list(SHADES[: len(parts)]))
    y = alt.Y("bar:N", sort=None, axis=alt.Axis(title=None, labelLimit=260))
    x = alt.X("children:Q", title=title, stack="zero")
    bar = alt.Chart(data(rows)).mark_bar(stroke=BLACK, strokeWidth=0.5)
    return bar.encode(
        x=x, y=y, order="place:O", color=alt.Color("part:N", scale=shades, legend=None)
    )


def lines(series: Sequence[Sequence[Row]], title: str) -> Any:
    """One line a series, each with its own dash and colour."""
    import altair as alt

    layers = []
    for rows, dash, colour in zip(series, cycle(DASHES), cycle(COLOURS), strict=False):
        field = "middle" if "middle" in rows[0] else "mean"
        y = alt.Y(f"{field}:Q", scale=alt.Scale(zero=False), title=title)
        line = alt.Chart(data(rows)).mark_line(color=colour, strokeDash=dash, strokeWidth=2.5)
        layers.append(line.encode(x=dates_axis(rows), y=y))
    return alt.layer(*layers)


def children_fan(forecast: Sequence[Row], history: Sequence[Row], happened: Sequence[Row]) -> Any:
    """The forecast with its range, history before it, and what happened."""
    chart = fan(forecast, "children in care", history)
    if history:
        chart += published_points(history)
    if happened:
        chart += outcome_points(happened)
    return chart
