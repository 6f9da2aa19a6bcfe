"""How wrong? What the model would have said before, where somebody has worked it out."""

from typing import Final

import streamlit as st

from lacmodel.app import screen
from lacmodel.app.session import Session
from lacmodel.report.run_folder import is_run_folder

TITLE: Final = "How wrong?"
TABLES: Final = ("backtest", "scores", "coverage", "what_happened")
SECTIONS: Final = ("answer", "backtest", "scores", "coverage")


def show(session: Session) -> None:
    """The backtests that stand among the outputs of the folder."""
    screen.heading(TITLE, session)
    outputs = session.folders.chosen / "outputs"
    found = [
        path
        for path in (sorted(outputs.iterdir()) if outputs.is_dir() else [])
        if session.folders.allows(path)
        and is_run_folder(path)
        and any((path / "tables" / f"{name}.csv").is_file() for name in TABLES)
    ]
    if not found:
        st.info(
            "No backtest stands in outputs/ yet, so how wrong the model has been is not known here."
        )
        return
    folder = st.selectbox("Backtest", found, format_func=session.folders.shown)
    screen.report(folder, SECTIONS)
    screen.tables(folder, TABLES)
