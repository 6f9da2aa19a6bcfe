"""Compare: up to six scenarios, future by future."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from lacmodel.analyses.simulate import chosen_settings
from lacmodel.app import screen
from lacmodel.app.draft import Draft, draft_of, settled
from lacmodel.app.folders import scenarios_in
from lacmodel.app.runs import comparison_of
from lacmodel.app.session import Ran, Session
from lacmodel.app.work import Work

TITLE: Final = "Compare"
RUN: Final = "compare"
MOST: Final = 6  # scenarios, with the one that the others are compared with
THE_FORM: Final = "the scenario as it is in the form"


def show(session: Session) -> None:
    """Choose scenarios, run them, and what is different."""
    screen.heading(TITLE, session)
    files = scenarios_in(session.folders)
    options: list[Path | str] = [*([THE_FORM] if session.draft else []), *files]
    if len(options) < 2:
        st.info("There is nothing to compare yet: save a scenario on the page Scenario.")
        return

    def named(option: Path | str) -> str:
        return option if isinstance(option, str) else session.folders.shown(option)

    baseline = st.selectbox("Compare with", options, format_func=named, index=_unchanged(options))
    others = st.multiselect(
        f"Scenarios, up to {MOST - 1}",
        [option for option in options if option != baseline],
        format_func=named,
        max_selections=MOST - 1,
    )
    if others:
        total = screen.FUTURES * (1 + len(others))
        label = f"Compare them in {screen.FUTURES:,} futures each"
        screen.work(session, RUN, label, total, lambda: _work(session, [baseline, *others]))
    ran = session.ran.get(RUN)
    if ran is not None:
        screen.report(ran.folder, ["answer", "differences", "variance", "side-by-side"])


def _unchanged(options: Sequence[Path | str]) -> int:
    """The place of the scenario after which an area is named, if one is there."""
    return next((at for at, option in enumerate(options) if "worcestershire" in str(option)), 0)


def _work(session: Session, chosen: Sequence[Path | str]) -> Work:
    """The work of comparing scenarios with the first of them."""
    settings, folder, draft = (
        chosen_settings(futures=screen.FUTURES),
        session.fresh(RUN),
        session.draft,
    )
    files = [_file(session, option, draft, folder) for option in chosen]
    given = draft.given if draft else None
    return lambda count: Ran(comparison_of(files, given, settings, folder, count), "")


def _file(session: Session, option: Path | str, draft: Draft | None, folder: Path) -> Path:
    """The file of an option; that of the form is written first."""
    if isinstance(option, Path):
        session.area(draft_of(option, session.folders))  # refuses what lies outside
        return option
    assert draft is not None
    return settled(draft, folder, session.area(draft))[0].path
