"""Scenario: the changes as forms, the file that they are, loading and saving it."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from lacmodel.app import form, screen
from lacmodel.app.draft import HEADER, Draft, adopt, draft_of, draft_text, save_draft
from lacmodel.app.folders import keep_uploads, safe_name, scenarios_in
from lacmodel.app.session import Session
from lacmodel.faults import InputFaults
from lacmodel.timeline import Period

TITLE: Final = "Scenario"


def show(session: Session) -> None:
    """The draft's form and its file."""
    screen.heading(TITLE, session)
    _load(session)
    if session.draft is None:
        st.info("Choose an area first, on the page Area.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _form(session, session.draft)
    with right:
        _file(session, session.draft)


# Loading -----------------------------------------------------------------------------------------


def _load(session: Session) -> None:
    """Take up a scenario file of the folder, or one that is uploaded."""
    with st.expander("Open a scenario"):
        files = scenarios_in(session.folders)
        if files:
            path = st.selectbox(
                "A scenario of this folder", files, format_func=session.folders.shown
            )
            if st.button("Open it"):
                _take_up(session, path)
        upload = st.file_uploader("Or a scenario file from elsewhere (.toml)", ["toml"])
        if upload is not None and st.button("Open the uploaded file"):
            _take_up_upload(session, upload.name, upload.getvalue())


def _take_up(session: Session, path: Path) -> None:
    try:
        session.begin(draft_of(path, session.folders))
    except InputFaults as found:
        screen.faults(found.faults)
        return
    st.rerun()


def _take_up_upload(session: Session, name: str, content: bytes) -> None:
    """Read an uploaded file as if it lay among the scenarios of the folder."""
    try:
        kept = keep_uploads(session.folders, "scenario", [(name, content)], (".toml",))[0]
        adopt(kept, session.folders)
        session.begin(draft_of(kept, session.folders))
    except InputFaults as found:
        screen.faults(found.faults)
        return
    st.rerun()


# The form ----------------------------------------------------------------------------------------


def _form(session: Session, draft: Draft) -> None:
    """The question, and one change at a time."""
    title = _text(session, "title", draft.title)
    question = _text(session, "question", draft.question)
    key = form.begun(f"{session.serial}.years", draft.years)
    years = int(st.number_input(_label("years"), step=1, key=key))
    draft = session.draft = replace(draft, title=title, question=question, years=years)
    try:
        area = session.area(draft)
    except InputFaults as found:
        screen.faults(found.faults)
        return
    period = Period(area.start, min(20, max(1, draft.years)))
    st.header("Changes", anchor=False)
    if draft.changes:
        numbers = range(len(draft.changes))
        number = st.selectbox(
            "Change to look at",
            numbers,
            index=len(numbers) - 1,
            format_func=lambda at: form.change_name(draft.changes[at], at),
            key=f"{session.serial}.{len(numbers)}.at",
        )
        rows = {"row": [row.name for row in area.supply]}
        draft = session.draft = form.change_form(session, draft, number, period, rows)
        form.remove_change(session, draft, number)
    form.add_change(session, draft, period.start)


def _text(session: Session, name: str, value: str) -> str:
    """A line of text at the file's head."""
    return st.text_input(_label(name), key=form.begun(f"{session.serial}.{name}", value))


def _label(name: str) -> str:
    """A field of the file's head in words."""
    words = HEADER[name]
    return f"{name.capitalize()}: {words}"


# The file ----------------------------------------------------------------------------------------


def _file(session: Session, draft: Draft) -> None:
    """What is wrong, the file as it is, and where it can go."""
    found = session.check(draft).faults
    if found:
        screen.faults(found)
    else:
        st.success("This scenario can be run.")
    if draft.borrowed:
        files = ", ".join(screen.plain(name) for name in draft.borrowed)
        st.markdown(f"Its changes were copied from {files}.")
    text = draft_text(draft, session.folders.chosen / "scenarios")
    st.header("The file", anchor=False)
    st.code(text, language=None, wrap_lines=True)
    key = form.begun(f"{session.serial}.name", draft.name)
    name = st.text_input("Name of the file", key=key)
    draft = session.draft = replace(draft, name=safe_name(name))
    again = st.checkbox("A file of this name may be replaced")
    if st.button("Save it among the scenarios of this folder"):
        try:
            path = save_draft(draft, session.folders, again)
            st.success(f"Saved as {screen.plain(session.folders.shown(path))}.")
        except InputFaults as faults:
            screen.faults(faults.faults)
    st.download_button("Download it", text, f"{draft.name}.toml", "application/toml")
