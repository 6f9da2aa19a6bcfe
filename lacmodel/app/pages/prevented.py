"""Prevented: what the scenario's edge-of-care service truly prevents, and what that saves."""

from functools import partial
from typing import Final

import streamlit as st

from lacmodel.analyses.cost_avoidance import COUNT_WEEKS, EFFECTS
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.app import screen
from lacmodel.app.draft import Draft
from lacmodel.app.runs import avoidance_of
from lacmodel.app.session import Session
from lacmodel.app.work import Work

TITLE: Final = "Prevented"
RUN: Final = "prevented"


def show(session: Session) -> None:
    """Run the service at no, half and full effect."""
    screen.heading(TITLE, session)
    draft = session.draft
    if draft is None or not any(change["lever"] == "edge_of_care" for change in draft.changes):
        st.info(
            "This scenario has no edge-of-care service. Add one on the page Scenario, or open "
            "scenarios/edge-of-care.toml there."
        )
        return
    screen.list_left_out(draft)
    weeks = st.number_input(
        "Weeks after referral at which the service counts who has not come into care",
        1, 260, COUNT_WEEKS,
    )  # fmt: skip
    label = f"Run {screen.FUTURES:,} futures at no, half and full effect"
    total = len(EFFECTS) * screen.FUTURES
    screen.work(session, RUN, label, total, lambda: _work(session, draft, int(weeks)))
    ran = screen.ran_for(session, RUN)
    if ran is not None:
        screen.report(ran.folder)


def _work(session: Session, draft: Draft, weeks: int) -> Work:
    settings, folder = chosen_settings(futures=screen.FUTURES), session.fresh(RUN)
    return partial(avoidance_of, draft, settings, weeks, folder)
