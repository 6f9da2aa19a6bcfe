"""Forms of changes: a widget for every field of a lever, kept in step with the draft."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import streamlit as st

from lacmodel.app.draft import Draft, added_change, with_change, without_change
from lacmodel.app.fields import Field, changed, fields_of, get, lever_title
from lacmodel.app.screen import plain
from lacmodel.app.session import Session
from lacmodel.area.placements_now import date_read
from lacmodel.levers.changes import LEVERS
from lacmodel.levers.words import word_label
from lacmodel.report.words import long_date
from lacmodel.timeline import Period

RATIO_SHOWN: Final = 2.0  # how far a slider of a ratio goes, unless its value is higher
DAY_HINT: Final = "as 01/10/2018"
TO_THE_END: Final = "to the end"
Choices = Mapping[str, Sequence[str]]


def change_name(change: Mapping[str, Any], number: int) -> str:
    """What a change is called on a page, with its number as faults have it."""
    return f"{number + 1}. {change.get('name') or lever_title(change['lever'])}"


def add_change(session: Session, draft: Draft, start: date) -> None:
    """Choose a lever and add a change of it."""
    lever = st.selectbox("What is to change", list(LEVERS), format_func=lever_title, key="lever")
    if st.button("Add this change"):
        session.draft = added_change(draft, lever, start)
        st.rerun()


def change_form(
    session: Session, draft: Draft, number: int, period: Period, rows: Choices
) -> Draft:
    """The form of one change; the draft with what it holds.

    Parameters
    ----------
    rows : what may be chosen for a field of text, by the field's name
    """
    change = draft.changes[number]
    st.markdown(f"{lever_title(change['lever'])}.")
    for field in fields_of(change["lever"]):
        key = f"{session.serial}.{number}.{field.key}"
        value = widget(field, key, get(change, field), days_of(field, change, period), rows)
        if value != get(change, field):
            change = changed(change, field, value)
    return with_change(draft, number, change)


def remove_change(session: Session, draft: Draft, number: int) -> None:
    """A button that takes a change out."""
    if st.button("Remove this change", key=f"remove.{session.serial}.{number}"):
        session.begin(without_change(draft, number))
        st.rerun()


def sliders(session: Session, draft: Draft) -> Draft:
    """The numbers of every change, to be moved; the draft with what they show."""
    for number, change in enumerate(draft.changes):
        st.markdown(f"**{plain(change_name(change, number))}**")
        for field in numbers_of(change):
            key = f"{session.serial}.{number}.{field.key}.slider"
            value = slider(field, key, get(change, field))
            if value != get(change, field):
                change = changed(change, field, value)
        draft = with_change(draft, number, change)
    return draft


def numbers_of(change: Mapping[str, Any]) -> list[Field]:
    """The fields of a change that are its size: numbers that it holds, but for the ramp."""
    return [
        field
        for field in fields_of(change["lever"])
        if field.kind in ("number", "whole")
        and field.key != "ramp_months"
        and get(dict(change), field) not in (None, field.default)
    ]


# Widgets -----------------------------------------------------------------------------------------


def days_of(field: Field, change: Mapping[str, Any], period: Period) -> list[date]:
    """The days that may be chosen for a date: first days of months, or none where any may be."""
    if field.kind != "date" or LEVERS[change["lever"]].any_day:
        return []
    firsts = period.month_starts(period.months + 1)
    if change["lever"] == "uplift":
        firsts = [day for day in firsts if day.month == 4]
    return firsts[1:] if field.key == "to" else [day for day in firsts if day < period.end]


def widget(field: Field, key: str, value: Any, days: Sequence[date], rows: Choices) -> Any:
    """The widget of a field; what it holds now, as a scenario file would have it."""
    if field.kind in ("number", "whole"):
        return number_input(field, key, value)
    if field.kind == "yes":
        return st.checkbox(field.label, key=begun(key, bool(value)))
    if field.kind == "words":
        shown = begun(key, list(value))
        chosen = st.multiselect(
            field.label,
            field.words,
            format_func=lambda word: word_label(field.path[-1], word),
            key=shown,
        )
        same = set(chosen) == set(value)
        return value if same else [word for word in field.words if word in chosen]
    if field.kind == "word":
        shown = begun(key, value)
        return st.selectbox(
            field.label,
            field.words,
            format_func=lambda word: word_label(field.path[-1], word),
            key=shown,
        )
    if field.kind == "date":
        return day_input(field, key, value, days)
    if field.key in rows:
        options = list(dict.fromkeys([*([value] if value else []), *rows[field.key]]))
        return st.selectbox(field.label, options, key=begun(key, value or options[0]))
    return st.text_input(field.label, key=begun(key, value or ""), live=True)


def number_input(field: Field, key: str, value: Any) -> int | float | None:
    """A number typed or moved by arrow keys; what breaks a limit is told, not mended."""
    if field.kind == "whole":
        shown = begun(key, None if value is None else int(value))
        whole: int | None = st.number_input(field.label, value=None, step=1, key=shown)
        return whole
    shown = begun(key, None if value is None else float(value))
    number: float | None = st.number_input(
        field.label, value=None, step=field.step, format="%g", key=shown
    )
    return value if number == value else number


def slider(field: Field, key: str, value: Any) -> int | float | None:
    """A share or a ratio as a slider, any other number as it is in the form."""
    share = field.unit.startswith("share") and field.most == 1
    most = 1.0 if share else max(RATIO_SHOWN, float(value or 0))
    slides = share or field.unit == "ratio"
    if not slides or value is None or not 0.0 <= value <= most:
        return number_input(field, key, value)
    moved = st.slider(
        field.label, 0.0, float(most or 0.0), step=field.step, key=begun(key, float(value))
    )
    return value if moved == value else round(float(moved), 6)


def day_input(field: Field, key: str, value: Any, days: Sequence[date]) -> Any:
    """A month to choose; where any day may be, a day to type."""
    if not days:
        label = f"{field.label} ({DAY_HINT})"
        return day_typed(st.text_input(label, key=begun(key, str(value or "")), live=True))
    options: list[Any] = [*([] if field.required else [None]), *days]
    if value not in options:
        options.insert(0, value)
    return st.selectbox(
        field.label,
        options,
        format_func=lambda day: long_date(day) if isinstance(day, date) else str(day or TO_THE_END),
        key=begun(key, value),
    )


def day_typed(text: str) -> date | str | None:
    """A day as typed; text that is none stays as it is, for the fault that it is.

    >>> day_typed("01/10/2018") == day_typed("2018-10-01") == date(2018, 10, 1)
    True
    >>> day_typed("1 Oct"), day_typed(" ")
    ('1 Oct', None)
    """
    try:
        return date_read(text.strip())
    except ValueError:
        return text.strip() or None


def begun(key: str, value: Any) -> str:
    """A widget's key, whose state begins with a value."""
    if key not in st.session_state:
        st.session_state[key] = value
    return key
