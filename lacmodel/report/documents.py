"""The committee report as a Word file and as an accessible PDF (PDF/UA-1), from one content.

Both are the same bytes for the same run. Without python-docx (extra ``report``) there is no Word
file, without typst (extra ``pdf``) no PDF; the run says so in a line and is whole otherwise.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.report.committee import Grid, Paper, Picture, Words, committee_paper
from lacmodel.report.internal import NOT_FOR_PUBLICATION
from lacmodel.report.possible import DOCX, PDF, possible

EPOCH: Final = datetime(2000, 1, 1)  # so that the same run gives the same bytes
WIDTH_CM: Final = 16.0
CELL_MARGIN: Final = 4  # characters' width that a cell leaves empty


def documents(result: Forecast) -> dict[str, bytes]:
    """The documents that can be made on this machine, by name."""
    made: dict[str, Callable[[Paper], bytes]] = {DOCX: word_file, PDF: pdf_file}
    names = possible()
    paper = committee_paper(result) if names else None
    return {name: made[name](paper) for name in names if paper is not None}


# Word --------------------------------------------------------------------------------------------


def word_file(paper: Paper) -> bytes:
    """The report as a Word file."""
    import docx

    book = docx.Document()
    _styled(book)
    properties = book.core_properties
    properties.title, properties.author, properties.language = paper.title, "lacmodel", "en-GB"
    properties.created = properties.modified = EPOCH
    book.add_heading(paper.title, level=0)
    if paper.banner:
        _mark(book, paper.banner)
    for words in (paper.area, paper.question):
        book.add_paragraph(words)
    for part in paper.parts:
        book.add_heading(part.title, level=1)
        for block in part.blocks:
            _add(book, block)
    content = io.BytesIO()
    book.save(content)
    return _without_times(content.getvalue())


def _styled(book: Any) -> None:
    """A4, a plain type, British English."""
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    page = book.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.5)
    page.top_margin = page.bottom_margin = Cm(2)
    normal = book.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(11)
    language = normal.element.get_or_add_rPr().makeelement(qn("w:lang"), {qn("w:val"): "en-GB"})
    normal.element.get_or_add_rPr().append(language)


def _mark(book: Any, banner: str) -> None:
    """The banner in a frame below the title, and its first words at the head of every page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    head = book.sections[0].header.paragraphs[0]
    framed = book.add_paragraph()
    for paragraph, words, size in ((head, NOT_FOR_PUBLICATION, 16), (framed, banner, 14)):
        run = paragraph.add_run(words)
        run.bold, run.font.size = True, Pt(size)
        paragraph.alignment = 1  # centred
    frame = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        line = OxmlElement(f"w:{side}")
        for name, value in {"val": "single", "sz": "36", "space": "6", "color": "000000"}.items():
            line.set(qn(f"w:{name}"), value)
        frame.append(line)
    properties = framed._p.get_or_add_pPr()  # python-docx has no words for frames
    properties.insert_element_before(
        frame, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _add(book: Any, block: Words | Picture | Grid) -> None:
    if isinstance(block, Words):
        _add_words(book, block)
    elif isinstance(block, Grid):
        _add_grid(book, block)
    elif block.png:
        _add_picture(book, block)


def _add_words(book: Any, block: Words) -> None:
    """A numbered paragraph whose number hangs to its left."""
    from docx.shared import Cm

    paragraph = book.add_paragraph(f"{block.number}\t{block.text}")
    form = paragraph.paragraph_format
    form.left_indent, form.first_line_indent = Cm(1.2), Cm(-1.2)
    form.tab_stops.add_tab_stop(Cm(1.2))


def _add_picture(book: Any, block: Picture) -> None:
    """A chart with its title above it and its alternative text."""
    from docx.shared import Cm

    book.add_paragraph(block.title, style="Caption").paragraph_format.keep_with_next = True
    shape = book.add_picture(io.BytesIO(block.png), width=Cm(WIDTH_CM))
    about = shape._inline.docPr  # python-docx has no name of its own for alternative text
    about.set("title", block.title)
    about.set("descr", f"{block.title}. {block.description}")
    book.paragraphs[-1].paragraph_format.keep_with_next = True
    book.add_paragraph(block.description)


def _add_grid(book: Any, block: Grid) -> None:
    """A table on one page where it fits, else with its first row repeated on every page."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    book.add_paragraph(block.title, style="Caption").paragraph_format.keep_with_next = True
    grid = book.add_table(rows=0, cols=len(block.columns), style="Light Grid Accent 1")
    for row in (block.columns, *block.rows):
        for place, (cell, text) in enumerate(zip(grid.add_row().cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(text).font.size = Pt(9)
            paragraph.alignment = 2 if place else 0  # names to the left, numbers to the right
            paragraph.paragraph_format.keep_with_next = row is not block.rows[-1]
    for column, width in zip(grid.columns, widths_cm(block), strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in grid.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    book.add_paragraph()


def widths_cm(block: Grid) -> list[float]:
    """The columns' widths, as long as their longest words ask for, and `WIDTH_CM` in all.

    >>> widths_cm(Grid("Spend", ("Year", "Net spend"), (("2017/18", "about £39 million"),)))
    [5.5, 10.5]
    """
    every = zip(block.columns, *block.rows, strict=True)
    longest = [max(map(len, column)) + CELL_MARGIN for column in every]
    return [WIDTH_CM * length / sum(longest) for length in longest]


def _without_times(content: bytes) -> bytes:
    """A zip whose files have no time of their own."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as made,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as plain,
    ):
        for name in made.namelist():
            info = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            plain.writestr(info, made.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


# PDF ---------------------------------------------------------------------------------------------

TEMPLATE: Final = """#set document(title: {title}, date: none)
#set text(lang: "en", region: "gb", size: 10.5pt)
#set page(paper: "a4", margin: 2.2cm, numbering: "1")
#set par(leading: 0.6em)
#show heading: set block(above: 1.4em, below: 0.8em)
#show figure.where(kind: table): set figure.caption(position: top)
#show figure: set block(breakable: false)
#show table.cell.where(y: 0): strong
#title()
"""


def pdf_file(paper: Paper) -> bytes:
    """The report as a PDF that keeps PDF/UA-1."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        source = typst_source(paper, Path(folder))
        place = Path(folder) / "paper.typ"
        place.write_text(source, encoding="utf-8")
        made = typst.compile(
            str(place), format="pdf", pdf_standards=["ua-1"], ignore_system_fonts=True,
            timestamp=EPOCH.replace(tzinfo=UTC),
        )  # fmt: skip
    return bytes(made)


def typst_source(paper: Paper, folder: Path) -> str:
    """The report in Typst's words; its pictures are written to a folder."""
    lines = [TEMPLATE.format(title=typst_text(paper.title))]
    if paper.banner:
        mark = f'align(center, text(size: 14pt, weight: "bold", {typst_text(NOT_FOR_PUBLICATION)}))'
        lines.insert(0, f"#set page(header: {mark})")
        framed = f'align(center, text(size: 13pt, weight: "bold", {typst_text(paper.banner)}))'
        lines.append(f"#block(stroke: 4pt, inset: 8pt, width: 100%, {framed})")
    lines += [f"#par({typst_text(t)})" for t in (paper.area, paper.question)]
    pictures = 0
    for part in paper.parts:
        lines.append(f"#heading(level: 1, {typst_text(part.title)})")
        for block in part.blocks:
            if isinstance(block, Words):
                words = f"{typst_text(block.number)}, {typst_text(block.text)}"
                lines.append(f"#grid(columns: (1.2cm, 1fr), {words})")
            elif isinstance(block, Grid):
                lines.append(_typst_grid(block))
            elif block.png:
                pictures += 1
                name = f"picture-{pictures}.png"
                (folder / name).write_bytes(block.png)
                lines.append(_typst_picture(block, name))
    return "\n\n".join(lines) + "\n"


def typst_text(words: str) -> str:
    r"""Words as a string of Typst, in which nothing is code.

    >>> print(typst_text('a "b" #c'))
    "a \"b\" #c"
    """
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _typst_grid(block: Grid) -> str:
    """A table with a header row."""
    head = ", ".join(map(typst_text, block.columns))
    cells = ", ".join(typst_text(cell) for row in block.rows for cell in row)
    sides = ", ".join("left" if not at else "right" for at in range(len(block.columns)))
    inside = (
        f"columns: {len(block.columns)}, align: ({sides}), stroke: 0.5pt + gray, "
        f"table.header({head}), {cells}"
    )
    return f"#figure(table({inside}), kind: table, caption: {typst_text(block.title)})"


def _typst_picture(block: Picture, name: str) -> str:
    """A chart with its alternative text."""
    alt = typst_text(f"{block.title}. {block.description}")
    caption = typst_text(f"{block.title}. {block.description}")
    return f'#figure(image("{name}", width: 100%, alt: {alt}), alt: {alt}, caption: {caption})'
