"""What the pages show: reports and their pictures, tables, faults, and work as it goes on."""

import base64
import csv
import os
import re
from collections.abc import Callable, Iterable, Sequence
from html import escape, unescape
from importlib import resources
from pathlib import Path
from typing import Final

import streamlit as st

from lacmodel.app.draft import Draft, fault_words, key_of
from lacmodel.app.folders import MANY
from lacmodel.app.log import write_down
from lacmodel.app.runs import Ran
from lacmodel.app.session import Session
from lacmodel.app.work import Job, Work
from lacmodel.engines.ensemble import DEFAULT_FUTURES
from lacmodel.faults import Fault, InputFaults
from lacmodel.report import html as report_html
from lacmodel.report.words import whole

SVG: Final = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
MOST_ROWS: Final = 500  # of a table that is shown
FUTURES: Final = int(os.environ.get(MANY, DEFAULT_FUTURES))
NAMES: Final = ' xmlns="http://www.w3.org/2000/svg"'


# Text that is shown as it is ---------------------------------------------------------------------


def plain(words: str) -> str:
    r"""Words in which nothing is Markdown, a formula or HTML.

    >>> plain("a *b* <script> $x$")
    'a \\*b\\* \\<script\\> \\$x\\$'
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|<>$~:&-])", r"\\\1", " ".join(words.split()))


def heading(title: str, session: Session) -> None:
    """A page's title, and which scenario it is about."""
    st.title(title, anchor=False)
    draft = session.draft
    if draft is not None:
        count = len(draft.changes)
        many = "no changes" if not count else f"{count} change{'s' if count > 1 else ''}"
        st.markdown(
            f"**{plain(draft.title)}** · {plain(session.folders.shown(draft.area))} · {many}"
        )


def faults(found: Iterable[Fault]) -> None:
    """Everything that is wrong, one sentence each."""
    said = fault_words(list(found))
    if said:
        st.error("\n".join(f"* {plain(words)}" for words in said))


def trouble(error: Exception, session: Session) -> None:
    """What a user sees of an error: faults as sentences, anything else as one sentence."""
    if isinstance(error, InputFaults):
        faults(error.faults)
        return
    when = write_down(error, session.folders.chosen / "outputs")
    st.error(
        "lacmodel could not finish this, and nothing was written. What kind of error it was "
        f"stands in outputs/lacmodel-app.log at {plain(when)}; no data stands there."
    )


# Reports -----------------------------------------------------------------------------------------


def style() -> None:
    """How pieces of reports look within the app."""
    sheet = resources.files("lacmodel.app").joinpath("style.css").read_text(encoding="utf-8")
    st.html(f"<style>{sheet}</style>")


def as_image(svg: str) -> str:
    """A picture of a report as an image, whose words are its title and description."""
    words = [unescape(each) for each in re.findall(r"<(?:title|desc)[^>]*>(.*?)</", svg, re.DOTALL)]
    if NAMES not in svg:
        svg = svg.replace("<svg", f"<svg{NAMES}", 1)
    kind = "" if words else ' class="swatch"'
    content = base64.b64encode(svg.encode()).decode()
    alternative = escape(". ".join(words).replace("..", "."))
    return f'<img{kind} alt="{alternative}" src="data:image/svg+xml;base64,{content}">'


def pieces(*parts: str) -> None:
    """Pieces of a report, whose pictures become images."""
    st.html(SVG.sub(lambda found: as_image(found[0]), "".join(parts)))


def sections_of(page: str) -> dict[str, str]:
    """The sections of a report by their names; sections do not lie within one another.

    >>> sections_of('<main><section id="a"><h2>A</h2></section></main>')
    {'a': '<section id="a"><h2>A</h2></section>'}
    """
    found = re.finditer(r'<section id="([a-z0-9-]+)">.*?</section>', page, re.DOTALL)
    return {each[1]: each[0] for each in found}


def sections(folder: Path) -> dict[str, str]:
    """The sections of a run's report by their names."""
    return sections_of((folder / "report.html").read_text(encoding="utf-8"))


def report(folder: Path, names: Sequence[str] | None = None) -> None:
    """Sections of a run's report in the order of their names, or all of them."""
    found = sections(folder)
    shown = [found[name] for name in (found if names is None else names) if name in found]
    if shown:
        pieces(*shown)


def answer(lines: Sequence[str]) -> None:
    """An answer in words: its first sentences large, the rest as a list."""
    if lines:
        pieces(report_html.paragraph(lines[0], "answer"), report_html.bullets(lines[1:]))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
    """A table as reports have it."""
    st.html(report_html.table(columns, rows, caption))


def tables(folder: Path, names: Sequence[str]) -> list[str]:
    """Show the tables of a run folder that are there; the names of those that are."""
    found = [name for name in names if (folder / "tables" / f"{name}.csv").is_file()]
    for name in found:
        path = folder / "tables" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            columns, *rows = list(csv.reader(file))
        words = name.replace("_", " ").capitalize()
        table([column.replace("_", " ") for column in columns], rows[:MOST_ROWS], words)
        if len(rows) > MOST_ROWS:
            st.markdown(
                f"The first {MOST_ROWS} of {len(rows):,} rows; all are on the page Download."
            )
    return found


# Work --------------------------------------------------------------------------------------------


def work(
    session: Session,
    name: str,
    label: str,
    total: int | Callable[[], int],
    begin: Callable[[], Work],
) -> None:
    """A button that begins work, and while it goes on its progress and a button that stops it.

    Parameters
    ----------
    total : how much there is to count, or what finds that out once work begins
    begin : gives the work, with everything that it needs from the page in it
    """
    job = session.jobs.get(name)
    if job is None and st.button(label, type="primary", key=f"start-{name}"):
        start(session, name, total if isinstance(total, int) else total(), begin())
        st.rerun()
    if job is not None and job.running:
        _watch(job, name)
    elif job is not None:
        _ended(session, name, job)


def start(session: Session, name: str, total: int, made: Work) -> None:
    """Begin work of a name."""
    session.jobs[name] = Job(total, made).start()


@st.fragment(run_every=0.5)
def _watch(job: Job, name: str) -> None:
    """How far work has come."""
    if not job.running:
        st.rerun()
    said = "Setting up" if job.done == 0 else f"{whole(job.done)} of {whole(job.total)} done"
    st.progress(job.share, text=said)
    if st.button("Stop", key=f"stop-{name}"):
        job.stop()
        st.markdown("Stopping: what is under way is being finished.")


def _ended(session: Session, name: str, job: Job) -> None:
    """Take up what work has made, or say why it has made nothing."""
    del session.jobs[name]
    if job.stopped:
        st.info("Stopped. Nothing was kept of it.")
    elif job.error is not None:
        trouble(job.error, session)
    else:
        session.ran[name] = job.result
        st.rerun()
    if st.button("Go on", key=f"go-on-{name}"):
        st.rerun()


def list_left_out(draft: Draft) -> None:
    """Say so where a question does not take the list of today's placements."""
    if draft.given is not None:
        st.warning("The list of today's placements is left out here: this starts as the area does.")


def is_current(session: Session, ran: Ran) -> bool:
    """Whether a run is of the draft as it is now; one of several scenarios always is."""
    return not ran.draft or (session.draft is not None and ran.draft == key_of(session.draft))


def ran_for(session: Session, name: str) -> Ran | None:
    """The run of a name, with a word where it is not of the draft as it is now."""
    ran = session.ran.get(name)
    if ran is not None and not is_current(session, ran):
        st.warning("This was run before your last change. Run it again to bring it up to date.")
    return ran
