"""Business case: whether the places that the scenario builds pay back."""

from functools import partial
from typing import Final

import streamlit as st

from lacmodel.analyses.business_case import INFLATION, WITHIN_YEARS, Terms
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.app import screen
from lacmodel.app.draft import Draft
from lacmodel.app.runs import case_of
from lacmodel.app.session import Session
from lacmodel.app.work import Work

TITLE: Final = "Business case"
RUN: Final = "business-case"
AT_MOST: Final = 3  # plans: without the schemes, with them, and with them late


def show(session: Session) -> None:
    """Run the scenario with its schemes, without them, and with them late."""
    screen.heading(TITLE, session)
    draft = session.draft
    if draft is None or not any(change.get("capital_gbp") for change in draft.changes):
        st.info(
            "This scenario builds nothing that has a capital cost. Add new places with what they "
            "cost to build on the page Scenario, or open scenarios/in-house-homes.toml there."
        )
        return
    screen.list_left_out(draft)
    within = st.number_input(
        "Years within which payback is hoped for", 0.5, 20.0, WITHIN_YEARS, 0.5
    )
    claimed = st.number_input(
        "Yearly saving that a paper claims, if any (£)", 0.0, None, None, 1000.0
    )
    terms = Terms(within, INFLATION, claimed_saving=claimed or None)
    label = f"Run {screen.FUTURES:,} futures with and without"
    total = AT_MOST * screen.FUTURES
    screen.work(session, RUN, label, total, lambda: _work(session, draft, terms))
    ran = screen.ran_for(session, RUN)
    if ran is not None:
        screen.report(ran.folder)


def _work(session: Session, draft: Draft, terms: Terms) -> Work:
    settings, folder = chosen_settings(futures=screen.FUTURES), session.fresh(RUN)
    return partial(case_of, draft, settings, terms, folder)
