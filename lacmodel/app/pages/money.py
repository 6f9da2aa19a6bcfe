"""Money: spend against budget, and what a monitor and a ready reckoner have made of it."""

from typing import Final

import streamlit as st

from lacmodel.app import screen
from lacmodel.app.pages.forecast import RUN
from lacmodel.app.session import Session

TITLE: Final = "Money"
SECTIONS: Final = ("spend", "budget", "budget-monitor", "monitor", "ready-reckoner", "committed")
TABLES: Final = ("budget_monitor", "ready_reckoner")


def show(session: Session) -> None:
    """What a run says of money."""
    screen.heading(TITLE, session)
    ran = screen.ran_for(session, RUN)
    if ran is None:
        st.info(f"Run {screen.FUTURES:,} futures on the page Forecast to see spend here.")
        return
    screen.report(ran.folder, SECTIONS)
    screen.tables(ran.folder, TABLES)
