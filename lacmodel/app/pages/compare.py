"""Compare: up to six scenarios, future by future."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from lacmodel.analyses.simulate import chosen_settings
from lacmodel.app import screen
from lacmodel.app.draft import Draft, draft_of, settled
from lacmodel.app.folders import scenarios_in
from lacmodel.app.runs import comparison_of
from lacmodel.app.session import Session
from lacmodel.app.work import Work

TITLE: Final = "Compare"
RUN: Final = "compare"
MOST: Final = 6  # scenarios, with the one that the others are compared with
THE_FORM: Final = "the scenario as it is in the form"


def show(session: Session) -> None:
    """Choose scenarios, run them, and what is different."""
    screen.heading(TITLE, session)
    chosen = several(session, "Compare with", "Scenarios", MOST)
    if chosen:
        label = f"Compare them in {screen.FUTURES:,} futures each"
        total = screen.FUTURES * len(chosen)
        screen.work(session, RUN, label, total, lambda: _work(session, chosen))
    ran = session.ran.get(RUN)
    if ran is not None:
        parts = ["answer", "scenarios", "differences", "variance", "side-by-side"]
        screen.report(ran.folder, parts)


def several(session: Session, first: str, others: str, most: int) -> list[Path | str]:
    """Scenarios that are chosen, the one that the others are held against first; else none."""
    files = scenarios_in(session.folders)
    options: list[Path | str] = [*([THE_FORM] if session.draft else []), *files]
    if len(options) < 2:
        st.info("There is nothing to compare yet: save a scenario on the page Scenario.")
        return []

    def named(option: Path | str) -> str:
        return option if isinstance(option, str) else session.folders.shown(option)

    baseline = st.selectbox(first, options, format_func=named, index=_unchanged(session, options))
    beside = st.multiselect(
        f"{others}, up to {most - 1}",
        [option for option in options if option != baseline],
        format_func=named,
        max_selections=most - 1,
    )
    return [baseline, *beside] if beside else []


def _unchanged(session: Session, options: Sequence[Path | str]) -> int:
    """The place of the scenario that is named after the area, if one is there."""
    name = session.draft.area.stem if session.draft else ""
    return next((at for at, option in enumerate(options) if Path(option).stem == name), 0)


def _work(session: Session, chosen: Sequence[Path | str]) -> Work:
    """The work of comparing scenarios with the first of them."""
    settings, folder = chosen_settings(futures=screen.FUTURES), session.fresh(RUN)
    files = files_of(session, chosen, folder)
    given = session.draft.given if session.draft else None
    return partial(comparison_of, files, given, settings, folder)


def files_of(session: Session, chosen: Sequence[Path | str], folder: Path) -> list[Path]:
    """The files of scenarios that are chosen."""
    return [_file(session, option, session.draft, folder) for option in chosen]


def _file(session: Session, option: Path | str, draft: Draft | None, folder: Path) -> Path:
    """The file of an option; that of the form is written first."""
    if isinstance(option, Path):
        session.area(draft_of(option, session.folders))  # refuses what lies outside
        return option
    assert draft is not None
    return settled(draft, folder, session.area(draft))[0].path
