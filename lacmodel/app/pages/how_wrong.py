"""How wrong? What forecasts have been wrong by, and what matters most in the scenario."""

from dataclasses import replace
from functools import partial
from typing import Final

import streamlit as st

from lacmodel.analyses.backtest_tables import SCORES
from lacmodel.analyses.conventional_moves import all_moves
from lacmodel.analyses.past_scores import MODEL, NO_CHANGE, scores_beside
from lacmodel.analyses.sensitivity import USUAL_FUTURES
from lacmodel.analyses.simulate import Settings, chosen_settings
from lacmodel.app import screen
from lacmodel.app.draft import Checked, Draft
from lacmodel.app.runs import sensitivity_of
from lacmodel.app.session import Session
from lacmodel.app.work import Work
from lacmodel.area import Area
from lacmodel.report.backtest_page import SCORE_HEADS, method_of, score_rows
from lacmodel.report.backtest_words import how_wrong
from lacmodel.report.run_folder import is_run_folder

TITLE: Final = "How wrong?"
RUN: Final = "sensitivity"
BACKTEST: Final = ("scores", "origins", "method")


def show(session: Session) -> None:
    """The sentence and the scores, then what matters most, then backtests among the outputs."""
    screen.heading(TITLE, session)
    draft = session.draft
    if draft is None:
        st.info("Choose an area first, on the page Area.")
        return
    _scores(session.area(draft))
    st.header("What matters most in this scenario", anchor=False)
    _sensitivity(session, draft)
    _backtests(session)


def _scores(area: Area) -> None:
    """How wrong forecasts have been: of this area if it has a backtest, else of many councils."""
    found, own = scores_beside(area.path.parent)
    if not found:
        st.info("How wrong forecasts have been is not known here.")
        return
    screen.answer([how_wrong(area)])
    whom, rows = "this area" if own else f"{found[0].areas} councils", score_rows(found)
    first = [row for row in rows if row[0] in (MODEL, NO_CHANGE)]
    screen.table(SCORE_HEADS, first, f"Scores of forecasts of children: {whom}")
    with st.expander("Beside every simple rule, and how it was tested"):
        screen.table(SCORE_HEADS, rows, "Scores beside every simple rule")
        st.markdown(screen.plain(method_of(found)))


# What matters most -------------------------------------------------------------------------------


def _sensitivity(session: Session, draft: Draft) -> None:
    """Every parameter moved alone, and what that changes."""
    made = session.check(draft)
    if made.plan is None:
        st.info("The scenario cannot be run yet: see the page Scenario.")
        return
    settings = replace(
        chosen_settings(futures=screen.FUTURES), futures=min(screen.FUTURES, USUAL_FUTURES)
    )
    st.markdown(
        "Every number that the forecast rests on is moved alone to the low and the high end of "
        "what it may be, and those that matter most come first."
    )
    label = f"Find what matters most ({settings.futures:,} futures at each end)"
    screen.work(
        session, RUN, label, partial(_total, made, settings),
        partial(_work, session, draft, settings),
    )  # fmt: skip
    ran = screen.ran_for(session, RUN)
    if ran is not None:
        spend = [name for name in screen.sections(ran.folder) if name.startswith("spend-")]
        screen.report(ran.folder, ["answer", *spend, "shares", "unstated"])


def _total(made: Checked, settings: Settings) -> int:
    """How many futures are counted: two runs, and one for each parameter."""
    assert made.scenario is not None
    assert made.plan is not None
    return settings.runs * (2 + len(all_moves(made.scenario, made.plan, settings).moved))


def _work(session: Session, draft: Draft, settings: Settings) -> Work:
    return partial(sensitivity_of, draft, settings, session.fresh(RUN))


# Backtests ---------------------------------------------------------------------------------------


def _backtests(session: Session) -> None:
    """The backtests that stand among the outputs of the folder."""
    outputs = session.folders.chosen / "outputs"
    found = [
        path
        for path in (sorted(outputs.iterdir()) if outputs.is_dir() else [])
        if session.folders.allows(path)
        and is_run_folder(path)
        and (path / "tables" / f"{SCORES}.csv").is_file()
    ]
    if found:
        st.header("Backtests in this folder", anchor=False)
        folder = st.selectbox("Backtest", found, format_func=session.folders.shown)
        screen.report(folder, BACKTEST)
