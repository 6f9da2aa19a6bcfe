"""Places: whether there are enough, which to add, and what a goal takes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from lacmodel.analyses import goals, places_plan
from lacmodel.analyses.simulate import chosen_settings
from lacmodel.analyses.sufficiency import passes
from lacmodel.app import screen
from lacmodel.app.draft import Draft, found_draft, save_draft
from lacmodel.app.folders import safe_name
from lacmodel.app.pages.forecast import RUN as FORECAST
from lacmodel.app.runs import goal_of, plan_of, sufficiency_of
from lacmodel.app.session import Session
from lacmodel.app.work import Work
from lacmodel.codes import KINDS, PLACEMENT_LABELS, PLACEMENTS, SPLIT_BY_PROVIDER, kind_label
from lacmodel.faults import InputFaults
from lacmodel.plan import Plan
from lacmodel.report.goal_words import GOAL_FILE
from lacmodel.report.plan_page import PLAN_FILE
from lacmodel.report.words import long_date
from lacmodel.results import financial_years

TITLE: Final = "Places"
SUFFICIENCY, PLAN, GOAL = "sufficiency", "plan", "goal"  # names of the runs
COLUMNS: Final = ("Place", "Kind", "Approved", "Usable", "Opens", "Closes", "Confirmed")
KEPT: Final = {"shortage": "Days short of places", "spend": "Net spend"}
BY: Final = {
    "places": "more places of the council's own",
    "households": "more in-house foster households",
    "entries": "fewer children entering care",
}
LIMITED: Final = {
    PLACEMENTS[placement]: PLACEMENT_LABELS[PLACEMENTS[placement]]
    for placement in SPLIT_BY_PROVIDER
}
STATED: Final = "stated in the app"
FORM: Final = 640  # pixels that a form is wide


def show(session: Session) -> None:
    """One question about places, and the places that there are."""
    screen.heading(TITLE, session)
    draft = session.draft
    plan = session.check(draft).plan if draft else None
    if draft is None or plan is None:
        st.info("The scenario cannot be run yet: see the page Scenario.")
        return
    ways: dict[str, Callable[[Session, Draft, Plan], None]] = {
        "Are there enough of the right places?": _enough,
        "Which places should be added?": _plan,
        "What would keep a goal?": _goal,
    }
    ways[st.radio("The question", list(ways), key="places")](session, draft, plan)


def _supply(plan: Plan) -> None:
    """Places that there are a limited number of."""
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
        st.header("The places that there are", anchor=False)
        screen.table(COLUMNS, rows, "Places that there are a limited number of")


def day(when: date | None) -> str:
    """A day, if there is one."""
    return "" if when is None else long_date(when)


# Are there enough? -------------------------------------------------------------------------------


def _enough(session: Session, draft: Draft, plan: Plan) -> None:
    """Need against places, year by year."""
    settings = chosen_settings(futures=screen.FUTURES)
    label, total = f"Set need against places in {settings.futures:,} futures", settings.runs

    def begin() -> Work:
        return partial(sufficiency_of, draft, settings, session.fresh(SUFFICIENCY))

    screen.work(session, SUFFICIENCY, label, total * passes(plan), begin)
    ran = screen.ran_for(session, SUFFICIENCY)
    if ran is not None:
        screen.report(
            ran.folder, ("answer", "more", "need", "supply", "cost", "where", "stability")
        )
    elif FORECAST in session.ran:
        screen.report(session.ran[FORECAST].folder, ("placements", "places"))
    else:
        _supply(plan)


# Which places should be added? -------------------------------------------------------------------


def _plan(session: Session, draft: Draft, plan: Plan) -> None:
    """The least-cost places within some capital, tried on fresh futures."""
    screen.list_left_out(draft)
    with st.container(width=FORM):
        terms = _terms()
        known = places_plan.buildings().items()
        costs = {placement: _building(placement, building) for placement, building in known}
    settings = chosen_settings(futures=screen.FUTURES)
    if terms is None:
        st.markdown("Give the capital to go on.")
    else:

        def begin() -> Work:
            return partial(plan_of, draft, settings, terms, costs, session.fresh(PLAN))

        total = places_plan.runs_of(plan, settings)
        screen.work(session, PLAN, "Find the places to add", total, begin)
    ran = screen.ran_for(session, PLAN)
    if ran is not None:
        screen.report(ran.folder, ("answer", "lots"))
        _offer(session, ran.folder / PLAN_FILE, "plan")
        screen.report(ran.folder, ("trial", "need"))
    _supply(plan)


def _terms() -> places_plan.Terms | None:
    """What a plan may spend and has to reach; none while no capital is given."""
    capital = st.number_input("Capital (£)", 0.0, None, None, 1e5, format="%.0f")
    short = st.number_input("Days that may be short (%)", 0.0, 100.0, 10.0, 1.0, format="%g")
    lead = st.number_input("Months before the first places can open", 0, 120, 12)
    return places_plan.Terms(capital, short / 100, int(lead)) if capital else None


def _building(placement: str, known: places_plan.Building) -> places_plan.Building:
    """What a place of a type costs to build, with its source."""
    label = f"What a place costs to build: {LIMITED[placement]} (£)"
    usual = known.gbp_per_place
    gbp = st.number_input(label, 0.0, None, usual, 1e4, format="%.0f", help=known.source)
    return known if gbp == usual else places_plan.Building(gbp, STATED)


# What would keep a goal? -------------------------------------------------------------------------


def _goal(session: Session, draft: Draft, plan: Plan) -> None:
    """How much of one thing keeps shortage or spend within a limit."""
    screen.list_left_out(draft)
    with st.container(width=FORM):
        goal, settings = _goal_asked(plan), chosen_settings(futures=screen.FUTURES)
    if goal is None:
        st.markdown("Give the limit to go on.")
    else:

        def begin() -> Work:
            return partial(goal_of, draft, settings, goal, session.fresh(GOAL))

        total = goals.most_runs(goal, settings)
        screen.work(session, GOAL, "Find what it takes", total, begin)
    ran = screen.ran_for(session, GOAL)
    if ran is not None:
        screen.answer(ran.said)
        _offer(session, ran.folder / GOAL_FILE, "goal")
    _supply(plan)


def _goal_asked(plan: Plan) -> goals.Goal | None:
    """The goal of the form; none while it has no limit."""
    here = {PLACEMENTS[KINDS[row.kind][0]] for row in plan.supply}
    short_of = {name: label for name, label in LIMITED.items() if name in here}
    what = _one("To be kept within a limit", KEPT if short_of else {"spend": KEPT["spend"]})
    years = [year.label for year in financial_years(plan.period) if year.whole]
    year = st.selectbox("In the financial year", years, index=min(1, len(years) - 1))
    chance, types = 0.8, short_of
    if what == "spend":
        limit = st.number_input("Net spend at most (£)", 0.0, None, None, 1e5, format="%.0f")
        chance = st.number_input("With a probability of (%)", 1, 99, 80) / 100
        types = LIMITED
    else:
        limit = st.number_input("Days that may be short (%)", 0.0, 100.0, 10.0, format="%g") / 100
    by = _one("By means of", BY)
    if by == "households":
        placement = "foster"
    elif what == "spend" and by == "entries":
        placement = ""
    else:
        placement = _one("Type of placement", types)
    months = plan.period.month_starts(plan.period.months)
    since = st.selectbox("From", months, format_func=long_date)
    return None if limit is None else goals.Goal(what, year, limit, chance, by, placement, since)


def _one(label: str, words: Mapping[str, str]) -> str:
    """One of some keys, chosen by its words."""
    return str(st.selectbox(label, list(words), format_func=lambda key: words[key]))


# Keeping what was found --------------------------------------------------------------------------


def _offer(session: Session, path: Path, what: str) -> None:
    """Save what was found as a scenario, or go on with it in the form."""
    draft = session.draft
    if draft is None or not path.is_file():
        return
    found = found_draft(path, draft, what, session.folders)
    st.header("Keep it as a scenario", anchor=False)
    name = st.text_input("Name of its file", found.name, key=f"{what}.name.{path.parent.parent}")
    found = replace(found, name=safe_name(name))
    if st.button("Save it among the scenarios of this folder", key=f"{what}.save"):
        try:
            saved = save_draft(found, session.folders, replace_it=False)
            st.success(f"Saved as {screen.plain(session.folders.shown(saved))}.")
        except InputFaults as faults:
            screen.faults(faults.faults)
    if st.button("Go on with it as the scenario in use", key=f"{what}.use"):
        session.begin(found)
        st.rerun()
