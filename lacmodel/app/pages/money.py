"""Money: the budget monitor in words, then its lines, what is committed, and the years ahead."""

from functools import partial
from typing import Final

import streamlit as st

from lacmodel.app import screen
from lacmodel.app.pages.forecast import RUN, run_of
from lacmodel.app.session import Session

TITLE: Final = "Money"
PARTS: Final = {
    "Budget monitor": ("budget-monitor",),
    "Spend by line": ("spend", "variance"),
    "Committed": ("committed",),
    "Medium-term plan": ("medium-term-plan",),
    "Ready reckoner": ("ready-reckoner",),
    "High-cost placements": ("high-cost",),
}


def show(session: Session) -> None:
    """What a run says of money."""
    screen.heading(TITLE, session)
    draft = session.draft
    if draft is None or session.check(draft).plan is None:
        st.info("The scenario cannot be run yet: see the page Scenario.")
        return
    ran = screen.ran_for(session, RUN)
    if ran is None or not screen.is_current(session, ran):
        label = f"Run {screen.FUTURES:,} futures"
        screen.work(session, RUN, label, screen.FUTURES, partial(run_of, session, draft))
    if ran is not None:
        screen.answer(ran.said)
        there = screen.sections(ran.folder)
        parts = [part for part, names in PARTS.items() if names[0] in there]
        part = st.radio("Show", parts, horizontal=True, key="money")
        screen.report(ran.folder, PARTS[part])
