"""HTML by hand: every piece of text is escaped where it enters, and nothing needs a script."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Final

from lacmodel.report.charts import Chart
from lacmodel.report.drawing import BAND, BLACK, BLUE, COLOURS, DASHES, ORANGE, OUTCOME, SHADES

SWATCHES: Final = {
    "band": f'<rect x="1" y="3" width="30" height="10" fill="{BAND}"/>',
    "line": f'<path d="M1 8H31" stroke="{BLUE}" stroke-width="3"/>',
    "dots": f'<path d="M1 8H31" stroke="{BLACK}" stroke-dasharray="5 3"/>'
    f'<circle cx="16" cy="8" r="4" fill="{BLACK}"/>',
    "diamond": f'<path d="M16 2L22 8L16 14L10 8Z" fill="white" stroke="{OUTCOME}" '
    'stroke-width="2.5"/>',
    "limit": f'<path d="M1 8H31" stroke="{BLACK}" stroke-width="2.5" stroke-dasharray="8 4"/>',
    "bar": f'<rect x="8" y="2" width="16" height="12" fill="{BAND}" stroke="{BLUE}"/>',
    "rule": f'<path d="M16 1V15" stroke="{BLACK}" stroke-width="2"/>',
    "thick": f'<path d="M1 8H31" stroke="{ORANGE}" stroke-width="5"/>',
    "end-low": f'<rect x="4" y="3" width="24" height="10" fill="{BLUE}" stroke="{BLACK}"/>',
    "end-high": f'<rect x="4" y="3" width="24" height="10" fill="#d9dde3" stroke="{BLACK}"/>',
    "thin": f'<path d="M1 8H31" stroke="{ORANGE}" stroke-width="2"/>',
}

NOTHING_TO_SHOW: Final = "There are no numbers to show here."


def swatch(name: str) -> str:
    """A small picture of a series, for a chart's key."""
    if name.startswith("line-"):
        index = int(name.removeprefix("line-"))
        dash = " ".join(str(part) for part in DASHES[index % len(DASHES)])
        drawn = f'<path d="M1 8H31" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="3" '
        drawn += "/>" if index % len(DASHES) == 0 else f'stroke-dasharray="{dash}"/>'
    elif name.startswith("shade-"):
        shade = SHADES[int(name.removeprefix("shade-"))]
        drawn = f'<rect x="8" y="2" width="16" height="12" fill="{shade}" stroke="{BLACK}"/>'
    else:
        drawn = SWATCHES[name]
    return f'<svg class="swatch" width="32" height="16" aria-hidden="true">{drawn}</svg>'


def text(words: str) -> str:
    """Plain text, escaped, whose signs stay beside their pounds at the end of a line.

    >>> text("a < b"), text("+£5")
    ('a &lt; b', '+&#8288;£5')
    """
    return re.sub("([-+])£", r"\1&#8288;£", escape(words))


def paragraph(words: str, kind: str = "") -> str:
    """A paragraph of plain text.

    >>> paragraph("a < b")
    '<p>a &lt; b</p>'
    """
    marked = f' class="{kind}"' if kind else ""
    return f"<p{marked}>{text(words)}</p>"


def bullets(items: Sequence[str]) -> str:
    """A list of plain text; nothing where there are no items."""
    if not items:
        return ""
    return f"<ul>{''.join(f'<li>{text(item)}</li>' for item in items)}</ul>"


def definitions(words: Mapping[str, str]) -> str:
    """Words and what they mean.

    >>> definitions({"Net": "after income."})
    '<dl class="words"><dt>Net</dt><dd>after income.</dd></dl>'
    """
    rows = "".join(f"<dt>{text(word)}</dt><dd>{text(what)}</dd>" for word, what in words.items())
    return f'<dl class="words">{rows}</dl>'


def is_number(text: str) -> bool:
    """Whether a cell is to stand to the right.

    >>> is_number("1,234"), is_number("£41.2 million (£38 to £45)"), is_number("31 March 2018")
    (True, True, False)
    """
    return bool(re.match(r"^[-+]?£?\d[\d,.]*(%|$| million| \()", text))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """A table whose first column heads its rows, without the columns that are all blank.

    >>> "Contingency" in table(("Year", "Contingency"), [("2017/18", "")], "Budget")
    False
    """
    shown = [place for place in range(len(columns)) if not place or any(r[place] for r in rows)]
    if rows:
        columns = [columns[place] for place in shown]
        rows = [[row[place] for place in shown] for row in rows]
    first, *others = columns
    of_numbers = [any(is_number(row[place]) for row in rows) for place in range(1, len(columns))]
    marked = zip(map(_kind, of_numbers), others, strict=True)
    head = f'<th scope="col">{escape(first)}</th>'
    head += "".join(f'<th scope="col"{kind}>{escape(column)}</th>' for kind, column in marked)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[str]) -> str:
    first, *others = row
    cells = "".join(f"<td{_kind(is_number(cell))}>{_cell(cell)}</td>" for cell in others)
    return f'<th scope="row">{escape(first)}</th>{cells}'


def _kind(number: bool) -> str:
    return ' class="number"' if number else ""


def _cell(words: str) -> str:
    """A cell whose amounts of money are not broken at the end of a line."""
    return escape(words).replace(" million", "&nbsp;million")


def named_svg(chart: Chart, name: str) -> str:
    """The chart's SVG with a title and a description, and with ids of its own."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', chart.svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    words = (
        f'<title id="{name}-title">{escape(chart.title)}</title>'
        f'<desc id="{name}-desc">{escape(chart.description)}</desc>'
    )
    start = f'<svg role="img" aria-labelledby="{name}-title {name}-desc"'
    return re.sub(r"<svg\b([^>]*)>", rf"{start}\1>{words}", svg, count=1)


def figure(chart: Chart, name: str) -> str:
    """A chart with its title, key and description, and its numbers behind it."""
    caption = f"<figcaption>{escape(chart.title)}</figcaption>"
    if not (chart.svg or chart.rows):
        return f'<figure id="{name}">{caption}{paragraph(NOTHING_TO_SHOW, "note")}</figure>'
    numbers = table(chart.columns, chart.rows, chart.title)
    if not chart.svg:
        return f'<figure id="{name}">{caption}{numbers}</figure>'
    key = "".join(f"<li>{swatch(kind)} {escape(label)}</li>" for kind, label in chart.key)
    key = f'<ul class="key">{key}</ul>' if key else ""
    return (
        f'<figure id="{name}">{caption}{key}{named_svg(chart, name)}'
        f"{paragraph(chart.description, 'note')}"
        f"<details><summary>The numbers of this chart</summary>{numbers}</details></figure>"
    )


def section(title: str, name: str, *parts: str) -> str:
    """A section under a second-level heading."""
    return f'<section id="{name}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def subheading(words: str) -> str:
    """A heading within a section.

    >>> subheading("New homes")
    '<h3>New homes</h3>'
    """
    return f"<h3>{text(words)}</h3>"


def tile(value: str, label: str, note: str = "") -> str:
    """A number that is to be seen first."""
    small = f"<small>{escape(note)}</small>" if note else ""
    return f"<div><dt>{escape(label)}</dt><dd><b>{escape(value)}</b>{small}</dd></div>"


def heading(title: str, area: str) -> str:
    """The page's one first-level heading."""
    return f"<h1>{escape(title)} <small>{escape(area)}</small></h1>"


def navigation(sections: str) -> str:
    """Links to the sections of some HTML that `section` made.

    >>> navigation(section("Spend", "spend"))
    '<nav aria-label="In this report"><ul><li><a href="#spend">Spend</a></li></ul></nav>'
    """
    found = re.findall(r'<section id="([^"]+)"><h2>(.*?)</h2>', sections)
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in found)
    return f'<nav aria-label="In this report"><ul>{links}</ul></nav>'


def page(title: str, body: str) -> str:
    """A whole page in the template that ships with the package."""
    source = resources.files("lacmodel.report").joinpath("page.html").read_text(encoding="utf-8")
    return Template(source).substitute(title=escape(title), body=body)
