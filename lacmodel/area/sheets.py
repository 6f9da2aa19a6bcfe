"""The files of an area: what columns each has, what its cells may hold, what makes a row sound.

The records that these sheets make are named as the fields of `lacmodel.area`'s classes are.
"""

from typing import Any, Final

from lacmodel.area.dates import calendar_year, financial_year_text, iso_date
from lacmodel.area.files import (
    Column,
    RowFault,
    Sheet,
    Values,
    ages,
    all_or,
    blank_or,
    number,
    place_in,
    several,
    some_text,
    source_text,
    whole,
    words,
    yes_or_no,
)
from lacmodel.carers import MEASURES as CARER_MEASURES
from lacmodel.codes import (
    GROUPS,
    KIND_NAMES,
    LEVELS,
    PLACEMENTS,
    PROVIDERS,
    REASONS,
    RETURNABLE,
    SINCE_BAND_DAYS,
    SINCE_BANDS,
    TIME_BAND_DAYS,
    TIME_BANDS,
)
from lacmodel.estimates import COLUMNS as ESTIMATE_COLUMNS
from lacmodel.parameters import COLUMNS as PARAMETER_COLUMNS
from lacmodel.parameters import kind_named

BASES: Final = ("carer_payment", "marginal", "full")
BUDGET_ITEMS: Final = (
    "base",
    "contingency",
    "contingency_used",
    "action_plan",
    "pressure",
    "forecast_outturn",
)
RELATIONS: Final = ("england", "region", "neighbour")  # of a benchmark to the area
MOST_CHILDREN: Final = 100_000
MOST_RESIDENTS: Final = 100_000_000
MOST_GBP_PER_WEEK: Final = 1_000_000
MOST_GBP: Final = 1_000_000_000_000

SOURCE: Final = Column("source", source_text)
CONFIRMED: Final = Column("confirmed", yes_or_no)
CHILDREN: Final = Column("children", whole(0, MOST_CHILDREN))
KIND: Final = (
    Column("placement", words(*PLACEMENTS)),
    Column("provider", words(*PROVIDERS)),
)


def with_kind(values: Values) -> Values:
    """A row with the kind that its placement and provider name in their place."""
    rest = {name: value for name, value in values.items() if name not in ("placement", "provider")}
    try:
        kind = kind_named(values["placement"], values["provider"])
    except ValueError as error:
        rule = f"{values['placement']} has no such provider; the kinds are {', '.join(KIND_NAMES)}"
        raise RowFault("provider", values["provider"], rule) from error
    return {**rest, "kind": kind}


def _opening(values: Values) -> Values:
    """A row of opening children; none can have been in care for longer than they have lived."""
    _refuse_longer_than_life(values, "time_band", TIME_BANDS, TIME_BAND_DAYS)
    return with_kind(values)


def _past_leaver(values: Values) -> Values:
    """A row of past leavers; none can have left care before they were born."""
    _refuse_longer_than_life(values, "since_band", SINCE_BANDS, SINCE_BAND_DAYS)
    return values


def _refuse_longer_than_life(
    values: Values, column: str, names: tuple[str, ...], first_days: tuple[int, ...]
) -> None:
    """Refuse a band of time that begins after the oldest day of an age.

    A child aged ``age`` has lived fewer than 365 (age + 1) days, or a day or so more where there
    are leap years.
    """
    age, band = values["age"], values[column]
    if first_days[band] >= 365 * (age + 1):
        rule = f"is longer than a child aged {age} has lived"
        raise RowFault(column, names[band], rule)


def _supply(values: Values) -> Values:
    """A row of supply, which opens before it closes."""
    opens, closes = values["opens"], values["closes"]
    if opens and closes and closes <= opens:
        raise RowFault("closes", closes, f"must be later than the day it opens, {opens}")
    youngest, oldest = values["ages"]
    rest = {name: value for name, value in values.items() if name != "ages"}
    return with_kind({**rest, "youngest": youngest, "oldest": oldest})


def _as_it_is(values: Values) -> Values:
    return values


def _renamed(old: str, new: str) -> Any:
    """A builder that gives a column the name of the field that it fills."""
    return lambda row: {(new if name == old else name): value for name, value in row.items()}


POPULATION: Final = Sheet(
    (Column("mid_year", calendar_year), Column("residents", whole(1, MOST_RESIDENTS)),
     SOURCE, CONFIRMED),
    ("mid_year",),
    _renamed("mid_year", "year"),
)  # fmt: skip
HISTORY: Final = Sheet(
    (
        Column("year", calendar_year),
        CHILDREN,
        Column("started", blank_or(whole(0, MOST_CHILDREN))),
        Column("ceased", blank_or(whole(0, MOST_CHILDREN))),
        SOURCE,
    ),
    ("year",),
    _as_it_is,
)
OPENING: Final = Sheet(
    (
        Column("age", whole(0, 17)),
        Column("time_band", place_in(TIME_BANDS)),
        *KIND,
        Column("group", place_in(GROUPS)),
        Column("level", place_in(LEVELS)),
        CHILDREN,
    ),
    ("age", "time_band", "placement", "provider", "group", "level"),
    _opening,
)
PAST_LEAVERS: Final = Sheet(
    (
        Column("reason", place_in(REASONS[:RETURNABLE])),
        Column("age", whole(0, 17)),
        Column("since_band", place_in(SINCE_BANDS)),
        CHILDREN,
    ),
    ("reason", "age", "since_band"),
    _past_leaver,
)
UNIT_COSTS: Final = Sheet(
    (
        *KIND,
        Column("group", all_or(place_in(GROUPS))),
        Column("level", all_or(place_in(LEVELS))),
        Column("gbp_per_week", number(0, MOST_GBP_PER_WEEK)),
        Column("income_gbp_per_week", number(0, MOST_GBP_PER_WEEK)),
        Column("basis", words(*BASES)),
        Column("price_base", financial_year_text),
        SOURCE,
        CONFIRMED,
    ),
    ("placement", "provider", "group", "level"),
    with_kind,
)
SUPPLY: Final = Sheet(
    (
        Column("name", some_text),
        *KIND,
        Column("ages", ages),
        Column("groups", several(GROUPS)),
        Column("levels", several(LEVELS)),
        Column("opens", blank_or(iso_date)),
        Column("closes", blank_or(iso_date)),
        Column("places", whole(0, MOST_CHILDREN)),
        Column("usable_share", number(0, 1)),
        Column("fixed_cost_gbp_per_year", number(0, MOST_GBP)),
        SOURCE,
        CONFIRMED,
    ),
    ("name",),
    _supply,
)
BUDGET: Final = Sheet(
    (
        Column("financial_year", financial_year_text),
        Column("item", words(*BUDGET_ITEMS)),
        Column("amount_gbp", number(0, MOST_GBP)),
        SOURCE,
        CONFIRMED,
    ),
    ("financial_year", "item"),
    _as_it_is,
)
RATES: Final = Sheet(  # the shape only: `lacmodel.parameters` knows what the rows must hold
    tuple(Column(name, str) for name in PARAMETER_COLUMNS),
    ("parameter", "first", "second", "third"),
    _as_it_is,
)
ESTIMATES: Final = Sheet(  # the shape only, as of the rates: `lacmodel.estimates` knows the rest
    tuple(Column(name, str) for name in ESTIMATE_COLUMNS), (), _as_it_is
)
CARERS: Final = Sheet(
    (
        Column("measure", words(*CARER_MEASURES)),
        Column("value", number(0, MOST_CHILDREN)),
        Column("unit", some_text),
        SOURCE,
        CONFIRMED,
    ),
    ("measure",),
    _as_it_is,
)
BENCHMARKS: Final = Sheet(
    (
        Column("name", some_text),
        Column("relation", words(*RELATIONS)),
        Column("date", iso_date),
        Column("rate_per_10000", number(0, 10_000)),
        Column("published", blank_or(iso_date)),
        SOURCE,
    ),
    ("name", "date"),
    _renamed("date", "when"),
)
AFTERWARDS: Final = Sheet(
    (Column("date", iso_date), CHILDREN, SOURCE), ("date",), _renamed("date", "when")
)
