"""Options: do nothing, do the minimum, and more, side by side over twenty years."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from lacmodel.analyses.options import MOST
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.app import screen
from lacmodel.app.pages.compare import files_of, several
from lacmodel.app.runs import options_of
from lacmodel.app.session import Session
from lacmodel.app.work import Work

TITLE: Final = "Options"
RUN: Final = "options"
SECTIONS: Final = ("answer", "options", "changes")


def show(session: Session) -> None:
    """Choose options, run them on the same futures, and which costs least."""
    screen.heading(TITLE, session)
    st.markdown(
        "Which option costs least over 20 years, its capital and empty places among the costs, and "
        "what must be true for that."
    )
    chosen = several(session, "To do nothing, or the minimum", "Other options", MOST)
    if chosen:
        label = f"Appraise them in {screen.FUTURES:,} futures each"
        total = screen.FUTURES * len(chosen)
        screen.work(session, RUN, label, total, lambda: _work(session, chosen))
    ran = session.ran.get(RUN)
    if ran is not None:
        screen.report(ran.folder, SECTIONS)


def _work(session: Session, chosen: Sequence[Path | str]) -> Work:
    """The work of appraising options, the first of which is held against the others."""
    settings, folder = chosen_settings(futures=screen.FUTURES), session.fresh(RUN)
    files = files_of(session, chosen, folder)
    given = session.draft.given if session.draft else None
    return partial(options_of, files, given, settings, folder)
