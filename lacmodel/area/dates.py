"""Dates and years in the small files of an area: each the value, or ValueError with the rule."""

import re
from datetime import date
from typing import Final

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100


def iso_date(text: str) -> date:
    """A date written year first.

    >>> iso_date("2017-04-01")
    datetime.date(2017, 4, 1)
    """
    rule = f"must be a date written like 2017-04-01, between {FIRST_YEAR} and {LAST_YEAR}"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(rule)
    try:
        when = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(rule) from error
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise ValueError(rule)
    return when


def calendar_year(text: str) -> int:
    """A year, without commas.

    >>> calendar_year("2024")
    2024
    """
    if not re.fullmatch(r"[0-9]{4}", text) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise ValueError(f"must be a year from {FIRST_YEAR} to {LAST_YEAR}, written like 2025")
    return int(text)


def financial_year_text(text: str) -> str:
    """A financial year written as finance writes it.

    >>> financial_year_text("2017/18")
    '2017/18'
    """
    parts = re.fullmatch(r"([0-9]{4})/([0-9]{2})", text)
    if not parts or (int(parts[1]) + 1) % 100 != int(parts[2]):
        raise ValueError("must be a financial year written like 2017/18")
    return text
