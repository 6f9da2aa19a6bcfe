"""The committee report as Word and PDF: the tables' numbers, alternative text, the same bytes."""

import io
import re

import pytest
from fake_runs import fake_forecast, fake_plan

from lacmodel.analyses.forecast import forecast, headline, tables
from lacmodel.report import possible
from lacmodel.report.committee import Grid, Picture, Words, committee_paper
from lacmodel.report.documents import documents, typst_source
from lacmodel.report.possible import DOCX, PDF, left_out
from lacmodel.report.summary import headline_lines
from lacmodel.report.words import pounds

HOSTILE = '<b>bold</b> #panic("x") $1$ \\ "quoted" & =1+1'


@pytest.fixture(scope="module")
def result():
    return fake_forecast()


@pytest.fixture(scope="module")
def made(result):
    pytest.importorskip("docx")
    pytest.importorskip("typst")
    return documents(result)


def test_the_report_has_the_sections_of_a_committee_report(result):
    paper = committee_paper(result)
    assert [part.title for part in paper.parts] == [
        "1. Summary", "2. Background", "3. Sufficiency", "4. Financial implications", "5. Risk",
        "6. Assumptions",
    ]  # fmt: skip
    blocks = [block for part in paper.parts for block in part.blocks]
    assert sum(isinstance(block, Picture) for block in blocks) == 2
    assert sum(isinstance(block, Grid) for block in blocks) == 3
    numbers = [block.number for block in blocks if isinstance(block, Words)]
    assert numbers[:4] == ["1.1", "1.2", "1.3", "2.1"]
    assert len(numbers) == len(set(numbers))


def test_its_numbers_are_those_of_the_tables(result):
    """Children and net spend of every year, as the tables of the run have them."""
    by_name = {table.name: table for table in tables(result)}
    grids = {
        block.title: block.rows
        for part in committee_paper(result).parts
        for block in part.blocks
        if isinstance(block, Grid)
    }
    children = {
        row[1]: row[-4:]
        for row in by_name["children"].rows
        if row[2:5] == ("all", "all", "all") and row[5] == "children"
    }
    for when, (_, low, middle, high) in children.items():
        if when.endswith("03-31") and when > "2017-03-31":
            said = next(
                r for r in grids["Children in care on each 31 March"] if r[0][-4:] == when[:4]
            )
            numbers = [int(n.replace(",", "")) for n in re.findall(r"[\d,]+", said[1])]
            assert numbers == [round(float(n)) for n in (middle, low, high)]
    for year, shown, *_ in grids["Net spend against budget"]:
        row = next(
            row for row in by_name["spend"].rows
            if (row[1], row[3], row[6]) == (year, "total", "net_gbp")
        )  # fmt: skip
        assert shown.startswith(pounds(float(row[-4])))  # the average


def test_the_word_file_has_headings_alternative_text_and_header_rows(made, result):
    docx = pytest.importorskip("docx")
    book = docx.Document(io.BytesIO(made[DOCX]))
    headings = [p.text for p in book.paragraphs if p.style.name.startswith("Heading")]
    assert headings[0] == "1. Summary"
    assert len(headings) == 6
    assert len(book.tables) == 3
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in book.tables)
    described = [shape._inline.docPr.get("descr") for shape in book.inline_shapes]
    blocks = [block for part in committee_paper(result).parts for block in part.blocks]
    pictures = [block for block in blocks if isinstance(block, Picture)]
    assert described == [f"{picture.title}. {picture.description}" for picture in pictures]
    children, spent = described
    ahead = headline(result)
    assert f"to {ahead.outlook[-1].children.central:.0f} children by 31 March 2019" in children
    assert "The axis does not start at nought." in children
    assert "Band: forecast: eight futures in ten" in children
    first, last = (pounds(year.net.central) for year in (ahead.spend[0], ahead.spend[-1]))
    assert f"from {first} to {last}. Bars: net spend, average" in spent
    assert book.core_properties.language == "en-GB"
    assert book.core_properties.title == "Title of baseline"


def test_the_pdf_says_that_it_is_accessible(made):
    assert made[PDF].startswith(b"%PDF")
    assert b"pdfuaid" in made[PDF]
    assert b"/StructTreeRoot" in made[PDF] or b"/MarkInfo" in made[PDF]


def test_documents_are_the_same_bytes_for_the_same_run(made, result):
    assert documents(result) == made


def test_a_users_words_are_text(tmp_path):
    plan = fake_plan(title=HOSTILE, question=HOSTILE, notes=(HOSTILE,))
    hostile = forecast(plan, fake_forecast().ensemble)
    source = typst_source(committee_paper(hostile), tmp_path)
    assert '#panic(\\"x\\")' in source
    docx = pytest.importorskip("docx")
    pytest.importorskip("typst")
    book = docx.Document(io.BytesIO(documents(hostile)[DOCX]))
    assert HOSTILE in [paragraph.text for paragraph in book.paragraphs]


def test_without_the_libraries_the_run_says_so_in_a_line(result, monkeypatch, tmp_path):
    monkeypatch.setitem(possible.NEEDED, DOCX, ("no_such_docx", "python-docx", "report"))
    monkeypatch.setitem(possible.NEEDED, PDF, ("no_such_typst", "typst", "pdf"))
    assert documents(result) == {}
    assert left_out() == (
        "no summary.docx: python-docx is not installed (extra report); "
        "no summary.pdf: typst is not installed (extra pdf)"
    )
    assert left_out() in headline_lines(result, tmp_path)[-1]
