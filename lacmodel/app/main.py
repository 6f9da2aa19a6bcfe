"""The script that Streamlit runs: which pages there are, and how one is shown.

A further page is a module in `lacmodel.app.pages` with ``TITLE`` and ``show``, and a line here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import streamlit as st

from lacmodel.app import screen
from lacmodel.app.folders import folders
from lacmodel.app.pages import (
    area,
    business_case,
    compare,
    download,
    forecast,
    how_wrong,
    money,
    options,
    places,
    prevented,
    scenario,
)
from lacmodel.app.session import Session, first_draft

PAGES: Final[tuple[tuple[str, Any], ...]] = (
    ("area", area),
    ("scenario", scenario),
    ("forecast", forecast),
    ("compare", compare),
    ("options", options),
    ("places", places),
    ("money", money),
    ("prevented", prevented),
    ("business-case", business_case),
    ("how-wrong", how_wrong),
    ("download", download),
)
FIRST: Final = forecast


def session_of_tab() -> Session:
    """The session of this browser tab, begun with the folder's first scenario."""
    if "session" not in st.session_state:
        made = Session(folders())
        draft = first_draft(made.folders)
        if draft is not None:
            made.begin(draft)
        st.session_state["session"] = made
    session: Session = st.session_state["session"]
    return session


def shown(show: Callable[[Session], None], session: Session) -> None:
    """Show a page; whatever goes wrong becomes sentences."""
    screen.style()
    try:
        show(session)
    except Exception as error:
        screen.trouble(error, session)


def main() -> None:
    """Every page, and the one that is being looked at."""
    st.set_page_config(page_title="lacmodel", layout="wide")
    session = session_of_tab()
    pages = {
        path: st.Page(partial(shown, page.show, session), title=page.TITLE, url_path=path,
                      default=page is FIRST)
        for path, page in PAGES
    }  # fmt: skip
    page = st.navigation(list(pages.values()))
    page.run()
    in_use(session, page.title, pages["area"], pages["scenario"])


def in_use(session: Session, title: str, areas: Any, scenarios: Any) -> None:
    """Below the menu, the area and the scenario that are open, and where to open others."""
    with st.sidebar:
        if session.draft is not None:
            st.markdown(f"Area: **{screen.plain(session.folders.shown(session.draft.area))}**")
            st.markdown(f"Scenario: **{screen.plain(session.draft.title)}**")
        if title != area.TITLE:
            st.page_link(areas, label="Another area")
        if title != scenario.TITLE:
            st.page_link(scenarios, label="Another scenario")


if __name__ == "__main__":
    main()
