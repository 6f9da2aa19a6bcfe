"""Download: the workbook, the report, the tables and the whole folder of what was run."""

import io
import zipfile
from pathlib import Path
from typing import Final

import streamlit as st

from lacmodel.app import screen
from lacmodel.app.folders import safe_name
from lacmodel.app.runs import keep_run
from lacmodel.app.session import Session
from lacmodel.faults import InputFaults
from lacmodel.report.internal import INTERNAL
from lacmodel.report.possible import DOCX, PDF
from lacmodel.report.run_folder import INTERNAL_NOTE
from lacmodel.report.workbook import WORKBOOK
from lacmodel.report.write import REPORT, SUMMARY

TITLE: Final = "Download"
RUNS: Final = {
    "forecast": "Forecast",
    "compare": "Comparison",
    "options": "Options",
    "sufficiency": "Enough places",
    "plan": "Plan of places",
    "goal": "Goal",
    "sensitivity": "What matters most",
    "prevented": "What was prevented",
    "business-case": "Business case",
}
OFFICE: Final = "application/vnd.openxmlformats-officedocument."
KINDS: Final = {
    WORKBOOK: ("Workbook for Excel", f"{OFFICE}spreadsheetml.sheet"),
    REPORT: ("Report for a browser", "text/html"),
    SUMMARY: ("Summary as plain text", "text/markdown"),
    DOCX: ("Committee report for Word", f"{OFFICE}wordprocessingml.document"),
    PDF: ("Committee report as PDF", "application/pdf"),
}


def show(session: Session) -> None:
    """Everything that has been run in this tab."""
    screen.heading(TITLE, session)
    runs = [name for name in RUNS if name in session.ran]
    if not runs:
        st.info(f"Nothing has been run yet: run {screen.FUTURES:,} futures on the page Forecast.")
        return
    for name in runs:
        st.header(RUNS[name], anchor=False)
        _files(session, name)


def _files(session: Session, name: str) -> None:
    """The files of one run, and a button that keeps them."""
    ran = screen.ran_for(session, name)
    assert ran is not None
    folder = ran.folder
    if (folder / "tables" / INTERNAL_NOTE).exists():
        st.warning(INTERNAL)
    stem = f"{session.draft.name if session.draft else 'lacmodel'}-{name}"
    with st.container(horizontal=True):
        for file, (label, kind) in KINDS.items():
            if (folder / file).is_file():
                content = (folder / file).read_bytes()
                st.download_button(label, content, f"{stem}-{file}", kind, key=f"{name}.{file}")
        if (folder / "tables").is_dir():
            tables = zipped(folder / "tables")
            st.download_button("All tables as a zip (CSV)", tables, f"{stem}-tables.zip",
                               "application/zip", key=f"{name}.tables")  # fmt: skip
        st.download_button("Everything as a zip", zipped(folder), f"{stem}.zip",
                           "application/zip", key=f"{name}.zip")  # fmt: skip
    if st.button(f"Keep it in outputs/{safe_name(stem)}", key=f"{name}.keep"):
        try:
            keep_run(folder, session.folders.chosen / "outputs" / safe_name(stem))
            st.success(f"Written to outputs/{screen.plain(safe_name(stem))}.")
        except InputFaults as found:
            screen.faults(found.faults)


def zipped(folder: Path) -> bytes:
    """A folder as a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return content.getvalue()
