"""Forecast: expected numbers at once while levers move, then a thousand futures."""

from functools import partial
from typing import Final

import streamlit as st

from lacmodel.analyses.compare import compare
from lacmodel.analyses.forecast import headline
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.app import form, screen
from lacmodel.app.draft import Draft, fault_words, key_of
from lacmodel.app.runs import futures_of, runs_of
from lacmodel.app.session import Session
from lacmodel.app.work import Work
from lacmodel.compiling import COMPILED
from lacmodel.faults import InputFaults
from lacmodel.report import charts
from lacmodel.report.comparison_words import comparison_lines
from lacmodel.report.first_screen import answer_sentences, tiles
from lacmodel.report.html import bullets, figure, paragraph

TITLE: Final = "Forecast"
RUN: Final = "forecast"


def show(session: Session) -> None:
    """Levers beside what they do."""
    screen.heading(TITLE, session)
    draft = session.draft
    if draft is None:
        st.info("Choose an area first, on the page Area.")
        return
    if draft.changes:
        left, right = st.columns([1, 2.4], gap="large")
        with left:
            st.header("Levers", anchor=False)
            draft = session.draft = form.sliders(session, draft)
    else:
        right = st.container()
    with right:
        _answer(session, draft)
    if not draft.changes:
        st.markdown("Nothing changes in this scenario. Add changes on the page **Scenario**.")


def _answer(session: Session, draft: Draft) -> None:
    """Futures where they are of this draft, expected numbers where they are not."""
    found = session.check(draft).faults
    if found:
        screen.faults(found)
        return
    ran = session.ran.get(RUN)
    if ran is not None and ran.draft == key_of(draft):
        screen.report(ran.folder, ["answer"])
        return
    if COMPILED and not draft.changes and not session.jobs and not session.ran:
        screen.start(session, RUN, screen.FUTURES, run_of(session, draft))
    label = f"Run {screen.FUTURES:,} futures"
    total = screen.FUTURES * runs_of(draft)
    screen.work(session, RUN, label, total, partial(run_of, session, draft))
    with st.spinner("Working out expected numbers", show_time=False):
        _expected(session, draft)


def run_of(session: Session, draft: Draft) -> Work:
    """The work of running a draft's futures."""
    settings, folder = chosen_settings(futures=screen.FUTURES), session.fresh(RUN)
    return partial(futures_of, draft, settings, folder)


def _expected(session: Session, draft: Draft) -> None:
    """Expected numbers; where there are changes, beside those without any."""
    try:
        result = session.expected(draft)
        answer = headline(result)
        key_numbers = f'<dl class="tiles">{"".join(tiles(result, answer))}</dl>'
        if draft.changes:
            beside = compare(session.expected(session.unchanged(draft)), (result,))
            said = bullets(comparison_lines(beside, result)[:2])
            chart = charts.scenarios_chart(beside)
        else:
            said = paragraph(" ".join(answer_sentences(answer)), "answer")
            chart = charts.children_chart(result)
        screen.pieces(said, key_numbers, figure(chart, "chart-expected"))
    except InputFaults as found:
        why = "; ".join(screen.plain(words) for words in fault_words(found.faults))
        st.info(f"There are no expected numbers of this scenario; run its futures. {why}")
