"""An area is read whole or refused with every fault; the shipped one is what was published."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lacmodel.area import (
    Area,
    rate_population,
    read_area,
    residents_on,
)
from lacmodel.area.residents import rate_per_10000
from lacmodel.codes import (
    AGE_BAND_OF_YEAR,
    CHILDRENS_HOME,
    FOSTER,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    SUPPORTED,
    UASC,
)
from lacmodel.faults import InputFaults

SHIPPED = Path(__file__).parents[1] / "data" / "worcestershire-2017"
OPENING = "age,time_band,placement,provider,group,level,children\n"
PAST_LEAVERS = "reason,age,since_band,children\n"


@pytest.fixture(scope="module")
def worcestershire() -> Area:
    return read_area(SHIPPED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped area with three opening children, for spoiling."""
    copy = tmp_path / "area"
    shutil.copytree(SHIPPED, copy)
    history = (copy / "history.csv").read_text(encoding="utf-8")
    assert "\n2017,767," in history
    (copy / "history.csv").write_text(history.replace("\n2017,767,", "\n2017,3,"), encoding="utf-8")
    (copy / "opening.csv").write_text(
        OPENING + "3,1 to 2 years,foster,in_house,general,standard,3\n"
    )
    (copy / "past_leavers.csv").write_text(PAST_LEAVERS + "home,3,under 3 months,2\n")
    return copy


# What was published


def test_the_opening_children_are_those_published(worcestershire: Area) -> None:
    by_age_band, by_placement = [0] * 5, [0] * 9
    for row in worcestershire.opening:
        by_age_band[AGE_BAND_OF_YEAR[row.age]] += row.children
        by_placement[KINDS[row.kind][0]] += row.children
    assert by_age_band == [53, 117, 148, 296, 153]
    assert by_placement[0] + by_placement[FOSTER] == 569
    assert by_placement[5] == 45
    assert sum(by_placement) == 767
    assert 1 <= sum(row.children for row in worcestershire.opening if row.group == UASC) <= 5


def test_published_starters_and_leavers_add_up(worcestershire: Area) -> None:
    last = worcestershire.history[-1]
    assert (last.year, last.children, last.started, last.ceased) == (2017, 767, 329, 262)
    lines = (SHIPPED / "published.csv").read_text().splitlines()[1:]
    totals: dict[str, int] = {}
    for line in lines:
        table, _, _, value = line.split(",")[:4]
        totals[table] = totals.get(table, 0) + int(value)
    assert totals == {
        "children_by_age": 767,
        "children_by_kind": 767,
        "children_by_group": 767,
        "complex_by_kind": 4,
        "started_by_age": 329,
        "ceased_by_age": 262,
        "ceased_by_reason": 262,
    }


def test_the_rate_at_the_start_is_the_published_66(worcestershire: Area) -> None:
    residents = rate_population(worcestershire, date(2017, 3, 31))
    assert residents == 116_203
    assert round(rate_per_10000(767, residents)) == 66


def test_a_year_of_the_opening_children_costs_about_the_budget(worcestershire: Area) -> None:
    """Gross spend = sum of children x price x 365 / 7, within a tenth of £35 million."""
    price = {
        (cost.kind, cost.level): cost.gbp_per_week
        for cost in worcestershire.unit_costs
        if cost.group is None
    }
    weekly = sum(
        row.children * price.get((row.kind, row.level), price[row.kind, None])
        for row in worcestershire.opening
    )
    (base,) = (item.amount_gbp for item in worcestershire.budget if item.item == "base")
    assert base == 35e6
    assert weekly * 365 / 7 == pytest.approx(base, rel=0.10)


def test_supply_adds_up_to_the_papers(worcestershire: Area) -> None:
    def places(placement: int, groups: set[int] | None = None) -> int:
        return sum(
            row.places
            for row in worcestershire.supply
            if row.kind == KIND_OF[placement][IN_HOUSE]
            and (groups is None or groups & set(row.groups))
        )

    assert places(CHILDRENS_HOME) == 29
    assert places(CHILDRENS_HOME, {0}) == 21
    assert places(CHILDRENS_HOME, {1}) == 8
    assert places(SUPPORTED) == 34
    assert sum(row.places for row in worcestershire.supply if row.levels == (1,)) == 4


def test_residents_follow_the_mid_years_and_then_the_stated_growth(worcestershire: Area) -> None:
    assert residents_on(worcestershire, date(2016, 6, 30)) == 116_203
    assert residents_on(worcestershire, date(2015, 12, 30)) == pytest.approx(115_816.5)
    grown = residents_on(worcestershire, date(2020, 6, 30))
    assert grown == pytest.approx(116_203 * 1.0032**4)
    with pytest.raises(ValueError, match="no residents are given"):
        residents_on(worcestershire, date(2009, 6, 30))


def test_month_4_adds_what_was_known_on_31_july(worcestershire: Area) -> None:
    month_4 = read_area(SHIPPED / "month-4.toml")
    assert worcestershire.known == ()
    assert [(row.when, row.children) for row in month_4.known][-1] == (date(2017, 7, 31), 791)
    amounts = {item.item: item.amount_gbp for item in month_4.budget}
    assert amounts["base"] + amounts["pressure"] == amounts["forecast_outturn"] == 41e6
    assert amounts["contingency_used"] == amounts["contingency"] == 1.2e6
    assert month_4.opening == worcestershire.opening
    assert len(month_4.assumptions) > len(worcestershire.assumptions)


def test_what_came_later_is_kept_apart(worcestershire: Area) -> None:
    assert [row.children for row in worcestershire.afterwards] == [791, 796, 833, 819, 859, 891]
    assert max(row.year for row in worcestershire.history) == 2017
    assert max(row.year for row in worcestershire.population) == 2016


# Faulty areas: each is refused with all its faults, in the user's words

Edit = Callable[[Path], object]


def change(file: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def put(file: str, content: str | bytes) -> Edit:
    as_bytes = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / file).write_bytes(as_bytes)


def remove(file: str) -> Edit:
    return lambda folder: (folder / file).unlink()


WHOLE = "must be a whole number from 0 to 100,000"
KINDS_OF_ITEM = "base, contingency, contingency_used, action_plan, pressure, forecast_outturn"
PRICES = "placement,provider,group,level,gbp_per_week,income_gbp_per_week,basis,price_base,source"
FAULTY: dict[str, tuple[Edit, list[str]]] = {
    "a missing file": (remove("supply.csv"), ["supply.csv: there is no such file"]),
    "a folder for a file": (
        lambda folder: ((folder / "budget.csv").unlink(), (folder / "budget.csv").mkdir()),
        ["budget.csv: is a folder, and must be a file"],
    ),
    "an empty file": (put("history.csv", b""), ["history.csv: is empty"]),
    "only a byte order mark and blank lines": (
        put("history.csv", b"\xef\xbb\xbf\r\n\r\n"),
        [
            f"history.csv: line 1: {name}: this column is missing"
            for name in ("year", "children", "started", "ceased", "source")
        ],
    ),
    "UTF-16": (
        put("afterwards.csv", "date,children,source\n".encode("utf-16")),
        ["afterwards.csv: is UTF-16 or no text at all; save it as UTF-8 (in Excel: CSV UTF-8)"],
    ),
    "wrong, missing and repeated columns": (
        put("afterwards.csv", "when,children,children\n2018-03-31,796,796\n"),
        [
            "afterwards.csv: line 1: date: this column is missing",
            "afterwards.csv: line 1: children: stands here twice",
            "afterwards.csv: line 1: source: this column is missing",
            "afterwards.csv: line 1 = when: is not a column of this file; "
            "they are date, children, source",
        ],
    ),
    "a truncated last line": (
        put("afterwards.csv", "date,children,source\n2018-03-31,796,DfE\n2019-03"),
        ["afterwards.csv: line 3: has 1 cells; the header has 3"],
    ),
    "a quotation that never closes": (
        put("afterwards.csv", 'date,children,source\n2018-03-31,796,"DfE\n'),
        ["afterwards.csv: line 2: is not comma-separated text (unexpected end of data)"],
    ),
    "impossible dates, and three faults in one row": (
        put("afterwards.csv", "date,children,source\n2018-02-30,-5,\n30/03/2018,1.5,x\n"),
        [
            "afterwards.csv: line 2: date = 2018-02-30: must be a date written like 2017-04-01, "
            "between 1990 and 2100",
            f"afterwards.csv: line 2: children = -5: {WHOLE}",
            "afterwards.csv: line 2: source = : every number needs a source",
            "afterwards.csv: line 3: date = 30/03/2018: must be a date written like 2017-04-01, "
            "between 1990 and 2100",
            f"afterwards.csv: line 3: children = 1.5: {WHOLE}",
        ],
    ),
    "afterwards before the start": (
        put("afterwards.csv", "date,children,source\n2016-03-31,694,DfE\n"),
        [
            "afterwards.csv: date = 2016-03-31: is before the start, 2017-04-01; "
            "what came earlier belongs in history"
        ],
    ),
    "history after the start": (
        put("history.csv", "year,children,started,ceased,source\n2018,796,,,DfE\n"),
        [
            "history.csv: year = 2018: is not before the start, 2017-04-01; "
            "what came later belongs in afterwards"
        ],
    ),
    "a year of history twice": (
        put(
            "history.csv", "year,children,started,ceased,source\n2016,694,1,1,DfE\n2016,694,1,1,x\n"
        ),
        ["history.csv: line 3 = 2016: stands already on line 2 of history.csv"],
    ),
    "an opening child of 18, unknown words, a kind that is none": (
        put(
            "opening.csv",
            OPENING
            + "18,1 to 2 years,foster,in_house,general,standard,3\n"
            + "12,a while,fostering,ours,boys,hard,2\n"
            + "12,1 to 2 years,secure,in_house,general,standard,2\n",
        ),
        [
            "opening.csv: line 2: age = 18: must be a whole number from 0 to 17",
            "opening.csv: line 3: time_band = a while: must be one of under 8 weeks, "
            "8 weeks to 6 months, 6 to 12 months, 1 to 2 years, 2 to 5 years, 5 years and over",
            "opening.csv: line 3: placement = fostering: must be one of kinship_foster, foster, "
            "childrens_home, secure, supported, with_parents, adoption, other, unregistered",
            "opening.csv: line 3: provider = ours: must be one of in_house, external",
            "opening.csv: line 3: group = boys: must be one of general, disability, uasc",
            "opening.csv: line 3: level = hard: must be one of standard, complex",
            "opening.csv: line 4: provider = in_house: secure has no such provider; the kinds are "
            "kinship_foster in_house, foster in_house, foster external, childrens_home in_house, "
            "childrens_home external, secure external, supported in_house, supported external, "
            "with_parents in_house, adoption in_house, other external, unregistered external",
        ],
    ),
    "in care for longer than alive": (
        put("opening.csv", OPENING + "1,2 to 5 years,foster,in_house,general,standard,3\n"),
        ["opening.csv: line 2: time_band = 2 to 5 years: is longer than a child aged 1 has lived"],
    ),
    "nobody in care": (
        put("opening.csv", OPENING),
        ["opening.csv: children = 0: there must be at least one child in care at the start"],
    ),
    "a past leaver who cannot come back": (
        put(
            "past_leavers.csv",
            PAST_LEAVERS + "adoption,3,under 3 months,2\nhome,0,1 to 2 years,1\n",
        ),
        [
            "past_leavers.csv: line 2: reason = adoption: must be one of home, sgo, cao",
            "past_leavers.csv: line 3: since_band = 1 to 2 years: "
            "is longer than a child aged 0 has lived",
        ],
    ),
    "negative places, a share above 1, ages the wrong way round": (
        change(
            "supply.csv",
            "5 to 17,general uasc,all,,,5,1,0,",
            "17 to 5,boys,,,,-5,1.2,nan,",
        ),
        [
            "supply.csv: line 2: ages = 17 to 5: must be ages from 0 to 17 written like 10 to 17",
            "supply.csv: line 2: groups = boys: "
            "must be all, or some of general, disability, uasc with spaces between",
            "supply.csv: line 2: levels = : "
            "must be all, or some of standard, complex with spaces between",
            f"supply.csv: line 2: places = -5: {WHOLE}",
            "supply.csv: line 2: usable_share = 1.2: "
            "must be a plain number from 0 to 1, without £ or commas",
            "supply.csv: line 2: fixed_cost_gbp_per_year = nan: "
            "must be a plain number from 0 to 1,000,000,000,000, without £ or commas",
        ],
    ),
    "closes before it opens": (
        change("supply.csv", ",2017-04-01,,11,", ",2017-04-01,2017-03-01,11,"),
        [
            "supply.csv: line 9: closes = 2017-03-01: "
            "must be later than the day it opens, 2017-04-01"
        ],
    ),
    "closed before the start": (
        change("supply.csv", "all,,,8,", "all,,2017-01-01,8,"),
        [
            "supply.csv: Other children's homes: closes = 2017-01-01: "
            "is not after the start, 2017-04-01"
        ],
    ),
    "a pound sign, an unknown basis, no source": (
        change(
            "unit_costs.csv",
            "other,external,all,all,1500,0,full,2017/18",
            'other,external,all,all,"£1,500",-1,cheap,2017/19',
        ),
        [
            "unit_costs.csv: line 12: gbp_per_week = £1,500: "
            "must be a plain number from 0 to 1,000,000, without £ or commas",
            "unit_costs.csv: line 12: income_gbp_per_week = -1: "
            "must be a plain number from 0 to 1,000,000, without £ or commas",
            "unit_costs.csv: line 12: basis = cheap: must be one of carer_payment, marginal, full",
            "unit_costs.csv: line 12: price_base = 2017/19: "
            "must be a financial year written like 2017/18",
        ],
    ),
    "a unit cost missing": (
        change("unit_costs.csv", "secure,external,all,all", "secure,external,uasc,all"),
        [
            "unit_costs.csv: placement = secure external: "
            "has no unit cost for all groups and all levels"
        ],
    ),
    "a unit cost given twice": (
        change("unit_costs.csv", "secure,external", "other,external"),
        [
            "unit_costs.csv: line 12 = other, external, all, all: "
            "stands already on line 7 of unit_costs.csv"
        ],
    ),
    "two price bases": (
        change("unit_costs.csv", "7000,0,full,2017/18", "7000,0,full,2016/17"),
        [
            "unit_costs.csv: price_base = 2016/17, 2017/18: "
            "all unit costs must be in the prices of one year"
        ],
    ),
    "an unknown item of budget, not confirmed either way": (
        put(
            "budget.csv",
            "financial_year,item,amount_gbp,source,confirmed\n2017/18,bas,35m,paper,perhaps\n",
        ),
        [
            f"budget.csv: line 2: item = bas: must be one of {KINDS_OF_ITEM}",
            "budget.csv: line 2: amount_gbp = 35m: "
            "must be a plain number from 0 to 1,000,000,000,000, without £ or commas",
            "budget.csv: line 2: confirmed = perhaps: must be one of yes, no",
        ],
    ),
    "no residents for the start": (
        put("population.csv", "mid_year,residents,source,confirmed\n2017,116697,ONS,yes\n"),
        ["population.csv: mid_year: no mid-year is 2016 or earlier, nine months before the start"],
    ),
    "rates that are no rates": (
        put("rates.csv", "parameter,value\nexits,1\n"),
        [
            f"rates.csv: line 1: {name}: this column is missing"
            for name in ("first", "second", "third", "unit", "spread", "confirmed", "source")
        ],
    ),
    "a rate in another unit, and one that is no number": (
        lambda folder: (
            change("need.csv", "supported,,,0.105", "supported,,,many")(folder),
            change("need.csv", "secure,,,0,share", "secure,,,0,per cent")(folder),
        ),
        [
            "need.csv: line 5: unit = per cent: must be 'share'",
            "need.csv: line 6: value = many: must be a number of 0 or more",
        ],
    ),
    "a start in mid-month, a wrong code, a key that is none": (
        lambda folder: (
            change("area.toml", "2017-04-01", "2017-04-02\nend = 2020-04-01")(folder),
            change("area.toml", "E10000034", "Worcs")(folder),
        ),
        [
            "area.toml: line 6: code = Worcs: must match pattern '^[A-Z][0-9]{8}$'",
            "area.toml: line 8: start = 2017-04-02: must be the first of a month",
            "area.toml: line 9: end = 2020-04-01: is not a key that belongs here",
        ],
    ),
    "no TOML": (
        put("area.toml", "code = \n"),
        ["area.toml: line 1: code = : is not TOML: invalid value (nothing stands after =)"],
    ),
    "an empty area file": (put("area.toml", b"\n"), ["area.toml: is empty"]),
    "an area file with nothing in it that counts": (
        put("area.toml", "# Worcestershire\n"),
        [
            f"area.toml: {name}: is missing"
            for name in (
                *("code", "name", "start", "population_projection"),
                *("files.population", "files.history", "files.opening", "files.past_leavers"),
                *("files.rates", "files.unit_costs", "files.supply", "files.budget"),
            )
        ],
    ),
    "a shortage order that loses children": (
        change("area.toml", 'foster = ["childrens_home", "unregistered"]', 'foster = ["secure"]'),
        [
            "area.toml: line 59: shortage_order.foster: "
            "must name each type once and end in unregistered"
        ],
    ),
    "a capped kind without places": (
        change("area.toml", "capped = []", 'capped = ["foster external"]'),
        [
            "supply.csv: placement = foster external: "
            "is capped in the area file but has no row of supply"
        ],
    ),
    "an uplift that is no number, of a kind that is none": (
        change(
            "area.toml", '"foster external"]\nshare_a_year = 0.02', '"ifa"]\nshare_a_year = inf'
        ),
        [
            "area.toml: line 75: uplifts.ifa = ifa: must be one of "
            "kinship_foster in_house, foster in_house, foster external, childrens_home in_house, "
            "childrens_home external, secure external, supported in_house, supported external, "
            "with_parents in_house, adoption in_house, other external, unregistered external",
            "area.toml: line 76: uplifts.ifa.share_a_year = inf: must be a finite number",
        ],
    ),
    "years that are none": (
        lambda folder: (
            put("population.csv", "mid_year,residents,source,confirmed\n1989,1,ONS,yes\n")(folder),
            put("history.csv", "year,children,started,ceased,source\n2101,3,,,DfE\n")(folder),
        ),
        [
            "history.csv: line 2: year = 2101: must be a year from 1990 to 2100, written like 2025",
            "population.csv: line 2: mid_year = 1989: must be a year from 1990 to 2100, written "
            "like 2025",
        ],
    ),
    "faults in four files at once": (
        lambda folder: (
            remove("supply.csv")(folder),
            put("history.csv", b"")(folder),
            put("opening.csv", OPENING)(folder),
            change("area.toml", "start = 2017-04-01", "start = 'April'")(folder),
        ),
        [
            "area.toml: line 8: start = April: must be a valid date",
            "history.csv: is empty",
            "opening.csv: children = 0: there must be at least one child in care at the start",
            "supply.csv: there is no such file",
        ],
    ),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_area_is_refused_with_all_its_faults(folder: Path, fault: str) -> None:
    edit, expected = FAULTY[fault]
    edit(folder)
    with pytest.raises(InputFaults) as refused:
        read_area(folder)
    found = [str(fault).replace(f"{folder}/", "") for fault in refused.value.faults]
    assert sorted(found) == sorted(expected)


def test_an_area_that_extends_nothing_is_refused(folder: Path) -> None:
    for extends in ("nowhere.toml", "month-4.toml"):
        (folder / "month-4.toml").write_text(f'extends = "{extends}"\n')
        with pytest.raises(InputFaults):
            read_area(folder / "month-4.toml")


def test_a_row_added_must_not_stand_in_the_first_file(folder: Path) -> None:
    shutil.copy(folder / "budget.csv", folder / "budget-month-4.csv")
    with pytest.raises(InputFaults, match=r"budget-month-4.csv: line 2 = 2017/18, base: stands"):
        read_area(folder / "month-4.toml")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFaults, match="there is no such file"):
        read_area(tmp_path / "nowhere")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_files_of_windows_are_read_as_any_other(folder: Path, encoding: str, ending: str) -> None:
    expected = read_area(folder).unit_costs
    for file in ("area.toml", "unit_costs.csv"):
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_bytes(text.replace("\n", ending).encode(encoding))
    read = read_area(folder)
    assert read.unit_costs == expected
    assert any("£" in cost.source for cost in read.unit_costs)


def faulty_files(area_file: Path) -> set[str]:
    """The names of the files in which faults are found; any other exception is let through."""
    try:
        read_area(area_file)
    except InputFaults as refused:
        return {Path(fault.file).name for fault in refused.faults}
    return set()


CSV_FILES = sorted(path.name for path in SHIPPED.glob("*.csv") if path.name != "published.csv")


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    file=st.sampled_from(CSV_FILES),
    keep=st.floats(0, 1),
    dirt=st.binary(max_size=60)
    | st.text('0123456789,"\n-\u00e9 \u2028e', max_size=60).map(str.encode),
)
def test_no_dirt_raises_anything_but_faults(
    folder: Path, file: str, keep: float, dirt: bytes
) -> None:
    """A file cut off anywhere, with any bytes in place of the next ones."""
    clean = (folder / file).read_bytes()
    cut = int(keep * len(clean))
    (folder / file).write_bytes(clean[:cut] + dirt + clean[cut + len(dirt) :] * (len(dirt) % 2))
    try:
        # a count of children that history does not have is told of the opening
        assert faulty_files(folder / "month-4.toml") <= {file, "opening.csv"}
    finally:
        (folder / file).write_bytes(clean)


def test_the_opening_must_be_what_the_history_has(folder: Path) -> None:
    rows = OPENING + "4,1 to 2 years,foster,in_house,general,standard,5\n"
    put("opening.csv", rows)(folder)
    with pytest.raises(InputFaults) as refused:
        read_area(folder)
    assert [fault.rule for fault in refused.value.faults] == [
        "must be 3, as history has it on 31 March 2017"
    ]
