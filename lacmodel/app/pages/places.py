"""Places: what there is, what is short, and what other commands have written of it."""

from datetime import date
from typing import Final

import streamlit as st

from lacmodel.app import screen
from lacmodel.app.pages.forecast import RUN
from lacmodel.app.session import Session
from lacmodel.codes import kind_label
from lacmodel.report.words import long_date

TITLE: Final = "Places"
SECTIONS: Final = ("placements", "places", "sufficiency", "stability")
TABLES: Final = ("sufficiency", "goals", "plan")
COLUMNS: Final = ("Place", "Kind", "Approved", "Usable", "Opens", "Closes", "Confirmed")


def show(session: Session) -> None:
    """Own places, children by placement, and the tables that a run has of places."""
    screen.heading(TITLE, session)
    plan = session.check(session.draft).plan if session.draft else None
    if plan is None:
        st.info("The scenario cannot be run yet: see the page Scenario.")
        return
    ran = screen.ran_for(session, RUN)
    if ran is None:
        st.info(f"Run {screen.FUTURES:,} futures on the page Forecast to see placements here.")
    else:
        screen.report(ran.folder, SECTIONS)
        screen.tables(ran.folder, TABLES)
    rows = [
        (
            row.name,
            kind_label(row.kind),
            str(row.places),
            f"{row.usable_share:.0%}",
            day(row.opens),
            day(row.closes),
            "yes" if row.confirmed else "no",
        )
        for row in plan.supply
    ]
    if rows:
        screen.table(COLUMNS, rows, "Places that there are a limited number of")


def day(when: date | None) -> str:
    """A day, if there is one."""
    return "" if when is None else long_date(when)
