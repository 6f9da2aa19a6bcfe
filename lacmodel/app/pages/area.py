"""Area: choose one, or make one from a return, a list of placements or published files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import streamlit as st
from pydantic import ValidationError

from lacmodel.app import screen
from lacmodel.app.draft import new_draft
from lacmodel.app.folders import areas_in, keep_uploads, safe_name
from lacmodel.app.making import PROBLEM_COLUMNS, Made, area_from_published, area_from_return
from lacmodel.app.runs import keep_area
from lacmodel.app.session import Session
from lacmodel.area.placements_now import DATE_RULE, date_read
from lacmodel.area.settings import PlacementsNow
from lacmodel.faults import Fault, InputFaults
from lacmodel.report.assumptions import unconfirmed
from lacmodel.report.words import long_date, whole

TITLE: Final = "Area"
RUN: Final = "area"
STEPS: Final = 3  # that making an area of a return counts
UNCONFIRMED_COLUMNS: Final = ("What", "Value", "Source")
PRIVATE_NOTE: Final = (
    "What you upload stays on this machine, in a private folder that is removed when the app ends."
)


def show(session: Session) -> None:
    """The area in use, where another can come from, and what is doubtful in it."""
    screen.heading(TITLE, session)
    _take_up_made(session)
    _in_use(session)
    ways: dict[str, Callable[[Session], None]] = {
        "Choose one of this folder": _choose,
        "Make one from a return (SSDA903)": _from_return,
        "Start from a list of today's placements": _from_list,
        "Make one from published files": _from_published,
    }
    way = st.radio("Use another area", list(ways), key="way")
    if way != next(iter(ways)):
        st.markdown(PRIVATE_NOTE)
    ways[way](session)
    _quality(session)


def _in_use(session: Session) -> None:
    """What the area in use is."""
    draft = session.draft
    if draft is None:
        st.info("No area is in use yet.")
        return
    area = session.area(draft)
    children = sum(row.children for row in area.opening)
    st.markdown(
        f"In use: **{screen.plain(area.name)}**, {whole(children)} children in care at the start "
        f"on {long_date(area.start)} ({screen.plain(session.folders.shown(draft.area))})."
    )
    if draft.given is not None:
        st.markdown(f"The children are those of a list as at {long_date(draft.given.as_at)}.")


def _begin(session: Session, folder: Path) -> None:
    """Take up an area with nothing changed."""
    draft = new_draft(folder, folder.stem)
    area = session.area(draft)
    session.begin(replace(draft, title=f"{area.name}: nothing changes"))


def _tried(act: Callable[[], Any]) -> None:
    """Do something; begin the page anew, or say what is wrong."""
    try:
        act()
    except InputFaults as found:
        screen.faults(found.faults)
        return
    st.rerun()


def _choose(session: Session) -> None:
    """One of the areas of the folder."""
    areas = areas_in(session.folders)
    if not areas:
        st.info("There is no area in this folder: make one.")
        return
    area = st.selectbox("Area", areas, format_func=session.folders.shown)
    if st.button("Use this area"):
        session.made = None
        _tried(lambda: _begin(session, area))


# Made here ---------------------------------------------------------------------------------------


def _from_return(session: Session) -> None:
    """A zip of a return, or its files."""
    uploads = st.file_uploader(
        "The return: a zip, or its CSV or XML files", ["zip", "csv", "xml"],
        accept_multiple_files=True,
    )  # fmt: skip
    name = st.text_input("Name of the council", "My council", max_chars=80)
    residents = st.number_input("Residents aged 0 to 17", 100, 1_000_000, None, 100)
    shared = st.checkbox(
        "Make it fit to be shared (counts in fives; it can then be kept after the app ends)"
    )
    if not uploads or not residents:
        st.markdown("Give the return and the number of residents to go on.")
        return
    files = [(upload.name, upload.getvalue()) for upload in uploads]

    def begin() -> Callable[[Callable[[int], None]], Made]:
        kept = keep_uploads(session.folders, "return", files, (".zip", ".csv", ".xml"))
        given = (name.strip() or "My council", int(residents), shared, session.folders)
        return lambda count: area_from_return(kept, *given, count)

    screen.work(session, RUN, "Read the return", STEPS, begin)


def _from_list(session: Session) -> None:
    """A list of today's placements, in the place of the opening children of the area in use."""
    draft = session.draft
    if draft is None:
        st.info("Choose an area first: its prices, places and rates go with the list.")
        return
    upload = st.file_uploader("The list: CSV or Excel, one row a child", ["csv", "xlsx"])
    day = st.text_input("The day of which the list is (as 01/11/2026)")
    if upload is not None and st.button("Use this list"):
        files = [(upload.name, upload.getvalue())]
        _tried(lambda: _use_list(session, files, day))
    if draft.given is not None and st.button("Leave the list out again"):
        session.begin(replace(draft, given=None))
        st.rerun()


def _use_list(session: Session, files: list[tuple[str, bytes]], day: str) -> None:
    """Put a list in the place of the opening children, once it is found sound."""
    assert session.draft is not None
    try:
        as_at = date_read(day.strip())
        kept = keep_uploads(session.folders, "list", files, (".csv", ".xlsx"))[0]
        given = PlacementsNow(file=str(kept), as_at=as_at)
    except (ValueError, ValidationError):
        raise InputFaults([Fault("the list", "as at", day, DATE_RULE)]) from None
    draft = replace(session.draft, given=given)
    session.area(draft)
    session.begin(draft)


def _from_published(session: Session) -> None:
    """Files of the DfE and the ONS."""
    uploads = st.file_uploader(
        "The DfE's and the ONS's files (CSV)", ["csv"], accept_multiple_files=True
    )
    code = st.text_input("ONS code of the council (as E10000034)", max_chars=9).strip().upper()
    if uploads and code and st.button("Make the area"):
        files = [(upload.name, upload.getvalue()) for upload in uploads]

        def make() -> None:
            kept = keep_uploads(session.folders, "published", files, (".csv",))
            session.made = area_from_published(kept, code, None, session.folders)
            _begin(session, session.made.folder)

        _tried(make)


def _take_up_made(session: Session) -> None:
    """Begin with an area as soon as its return has been read."""
    made = session.ran.pop(RUN, None)
    if isinstance(made, Made):
        session.made = made
        _begin(session, made.folder)


# What is doubtful --------------------------------------------------------------------------------


def _quality(session: Session) -> None:
    """What was found in the data, and what nobody has confirmed."""
    draft, made = session.draft, session.made
    if draft is None:
        return
    st.header("How good the data are", anchor=False)
    if made is not None and made.folder == draft.area:
        for line in made.lines:
            st.markdown(screen.plain(line))
        if made.problems:
            screen.table(PROBLEM_COLUMNS, made.problems, "Problems found in the return, by rule")
        if st.button(f"Keep this area in areas/{safe_name(made.folder.name)}"):
            _tried_keep(session, made)
    area = session.area(draft)
    for line in area.assumptions:
        st.markdown(f"* {screen.plain(line)}")
    rows = unconfirmed(area)
    if rows:
        screen.table(UNCONFIRMED_COLUMNS, rows, "Numbers that nobody has confirmed")


def _tried_keep(session: Session, made: Made) -> None:
    """Copy an area among those of the chosen folder, if it points at no private file."""
    try:
        kept = keep_area(made.folder, session.folders)
        st.success(f"Kept as {screen.plain(session.folders.shown(kept))}.")
    except InputFaults as found:
        screen.faults(found.faults)
