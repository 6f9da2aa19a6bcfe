"""Faulty scenario files: every fault at once, with file, line, value and rule."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lacmodel.faults import InputFaults
from lacmodel.levers import changes
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

HEAD = 'title = "A"\nquestion = "What if?"\narea = "here"\n'  # three lines
AREA = Path(__file__).parents[1] / "data" / "worcestershire-2017"
AGES = "must be one of under 1, 1 to 4, 5 to 9, 10 to 15, 16 to 17"
GROUPS = "must be one of general, disability, uasc"
PLACEMENTS = (
    "must be one of kinship_foster, foster, childrens_home, secure, supported, with_parents, "
    "adoption, other, unregistered"
)
LEVERS = f"must be one of {', '.join(changes.LEVERS)}"
FIELDS_OF_PLACES = ", ".join(
    field.alias or name for name, field in changes.Places.model_fields.items()
)
A_DATE = "must be a date such as 2017-05-01, without quotes"
A_SHARE = "must be 1 or less: it is a share, so 45% is 0.45"


def change(lever: str, fields: str, dates: str = "from = 2018-04-01") -> str:
    """A file whose change begins on line 4: lever on line 5, source on 6, dates from line 7."""
    start = f'[[change]]\nlever = "{lever}"\nsource = "a test"\n'
    return HEAD + start + f"{dates}\n{fields}\n"


def effect(without: float, with_it: float) -> str:
    return (
        "caseload_families = 9\nsupport_weeks = 12\nreach = 0.5\nengaged_share = 1\n"
        f"effect = {{ in_care_without_service = {without}, in_care_with_service = {with_it}, "
        'measured_after_days = 365, measured_on = "engaged", grade = "a trial" }'
    )


HOME = 'placement = "childrens_home"\n'

BAD = {
    "empty": ("", ["is empty"]),
    "blank": (" \n\n", ["is empty"]),
    "UTF-16": (
        HEAD.encode("utf-16"),
        ["is in UTF-16: save it as UTF-8"],
    ),
    "UTF-16 without a mark": (
        HEAD.encode("utf-16-le"),
        ["is in UTF-16: save it as UTF-8"],
    ),
    "no known encoding": (
        b"title = \"\x81\x8d\"\n",
        ["is in no encoding that is known: save it as UTF-8"],
    ),
    "too large": (
        b"#" * 1_000_001,
        ["must not be larger than 1,000,000 bytes"],
    ),
    "not TOML": (
        HEAD + "years 5\n",
        ["line 4 = years 5: is not TOML: expected '=' after a key in a key/value pair"],
    ),
    "a date that is not": (
        change("re_entries", "multiply = 1", "from = 2018-02-30"),
        ["line 7: from = 2018-02-30: is not TOML: invalid date or datetime"],
    ),
    "a key given twice": (
        HEAD + 'title = "B"\n',
        ['line 4: title = "B": is not TOML: cannot overwrite a value'],
    ),
    "nothing but a comment": (
        "# nothing\n",
        ["area: is required: the area's folder or file", "title: is required",
         "question: is required"],
    ),
    "wrong types at the top": (
        'title = 5\nquestion = ""\narea = "here"\nyears = "five"\nsources = "a paper"\n',
        ["line 1: title = 5: must be text in quotes",
         "line 2: question = : must not be empty",
         "line 4: years = five: must be a whole number",
         "line 5: sources = a paper: must be a list in square brackets"],
    ),
    "too many years": (
        HEAD + "years = 21\n",
        ["line 4: years = 21: must be 20 or less"],
    ),
    "no years": (
        HEAD + "years = 0\n",
        ["line 4: years = 0: must be 1 or more"],
    ),
    "unknown field at the top": (
        HEAD + 'quesion = "?"\n',
        ["line 4: quesion = ?: is not a field here (did you mean question?); the fields are title, "
         "question, area, years, sources, extends"],
    ),
    "missing area": (
        HEAD.replace("here", "there"),
        ["area = {folder}/there: there is no such folder or file (it is looked for from the "
         "scenario's folder)"],
    ),
    "one bracket": (
        HEAD + '[change]\nlever = "re_entries"\n',
        ["line 4: change: every change stands below a heading [[change]], with two brackets"],
    ),
    "changes that are numbers": (
        HEAD + "change = [1, 2]\n",
        ["line 4: change: every change stands below a heading [[change]], with two brackets"],
    ),
    "ten thousand changes": (
        HEAD + "[[change]]\n" * 10_000,
        ["line 4: change: a scenario has at most 200 changes, and this has 10,000"],
    ),
    "unknown lever": (
        change("re_entris", "multiply = -1"),
        [f"line 5: change 1: lever = re_entris: {LEVERS} (did you mean re_entries?)",
         "line 8: change 1: multiply = -1: must be 0 or more"],
    ),
    "British date and percentage": (
        change("re_entries", "multiply = 84%", "from = 01/10/2018"),
        ["line 7: from = 01/10/2018: is not TOML: expected newline or end of document "
         "after a statement "
         "(1 October 2018 is written 2018-10-01)"],
    ),
    "percentage": (
        change("re_entries", "multiply = 84%"),
        ["line 8: multiply = 84%: is not TOML: expected newline or end of document "
         "after a statement "
         "(45% is written 0.45)"],
    ),
    "no lever": (
        HEAD + '[[change]]\nsource = "a test"\n',
        [f"line 4: change 1: lever: {LEVERS}"],
    ),
    "no source and no date": (
        HEAD + '[[change]]\nlever = "re_entries"\nmultiply = 1\n',
        ["line 4: change 1: from: is required", "line 4: change 1: source: is required"],
    ),
    "blank source": (
        change("re_entries", "multiply = 1").replace("a test", ""),
        ["line 6: change 1: source = : must not be empty"],
    ),
    "a date in quotes": (
        change("re_entries", "multiply = 1", 'from = "2018-04-01"'),
        [f"line 7: change 1: from = 2018-04-01: {A_DATE}"],
    ),
    "a time of day": (
        change("re_entries", "multiply = 1", "from = 2018-04-01T00:00:00"),
        [f"line 7: change 1: from = 2018-04-01 00:00:00: {A_DATE}"],
    ),
    "not the first of a month": (
        change("re_entries", "multiply = 1", "from = 2018-04-02\nto = 2019-04-30"),
        ["line 7: change 1: from = 2018-04-02: must be the first of a month",
         "line 8: change 1: to = 2019-04-30: must be the first of a month"],
    ),
    "outside the run": (
        change("re_entries", "multiply = 1", "from = 2017-03-01\nto = 2022-05-01"),
        ["line 7: change 1: from = 2017-03-01: must be within the run, from 2017-04-01 to "
         "2022-03-31",
         "line 8: change 1: to = 2022-05-01: must not be after the end of the run (2022-04-01)"],
    ),
    "ends before it begins": (
        change("re_entries", "multiply = 1", "from = 2018-04-01\nto = 2018-04-01"),
        ["line 8: change 1: to = 2018-04-01: must be after from (2018-04-01)"],
    ),
    "ramp longer than the change": (
        change("re_entries", "multiply = 1\nramp_months = 7", "from = 2018-04-01\nto = 2018-10-01"),
        ["line 10: change 1: ramp_months = 7: must not be longer than the change, which lasts "
         "6 months"],
    ),
    "negative places": (
        change("places", HOME + "places = -4"),
        ["line 9: change 1: places = -4: must be 0 or more"],
    ),
    "half a place": (
        change("places", HOME + "places = 4.5"),
        ["line 9: change 1: places = 4.5: must be a whole number"],
    ),
    "share as a percentage": (
        change("places", HOME + "places = 4\nusable_share = 85"),
        [f"line 10: change 1: usable_share = 85: {A_SHARE}"],
    ),
    "negative share": (
        change("kinship_share", "set = -0.1"),
        ["line 8: change 1: set = -0.1: must be 0 or more"],
    ),
    "negative multiplier": (
        change("entries", "multiply = -1.2"),
        ["line 8: change 1: multiply = -1.2: must be 0 or more"],
    ),
    "enormous multiplier": (
        change("entries", "multiply = 1e9"),
        ["line 8: change 1: multiply = 1000000000.0: must be 10 or less"],
    ),
    "no number": (
        change("entries", "multiply = nan"),
        ["line 8: change 1: multiply = nan: must be a finite number"],
    ),
    "true for a number": (
        change("exits", "multiply = true"),
        ["line 8: change 1: multiply = True: must be a number"],
    ),
    "unknown words": (
        change("entries", 'multiply = 1\nages = ["10-15", "16 to 17"]\ngroups = ["usac"]'),
        [f"line 9: change 1: ages = 10-15: {AGES} (did you mean 10 to 15?)",
         f"line 10: change 1: groups = usac: {GROUPS} (did you mean uasc?)"],
    ),
    "unknown placement": (
        change("places", 'placement = "fostr"\nplaces = 1'),
        [f"line 8: change 1: placement = fostr: {PLACEMENTS} (did you mean foster?)"],
    ),
    "a kind that there is not": (
        change("places", 'placement = "secure"\nprovider = "in_house"\nplaces = 1'),
        ["line 9: change 1: provider = in_house: no secure is such"],
    ),
    "ages out of order": (
        change("places", HOME + "places = 1\nyoungest = 12\noldest = 9"),
        ["line 11: change 1: oldest = 9: must be 12 or more"],
    ),
    "no ages": (
        change("entries", "multiply = 1\nages = []"),
        ["line 9: change 1: ages = []: must name at least one"],
    ),
    "text for a list": (
        change("entries", 'multiply = 1\nages = "under 1"'),
        ["line 9: change 1: ages = under 1: must be a list in square brackets"],
    ),
    "both of two": (
        change("entries", "multiply = 1\nadd_per_year = 3"),
        ["line 4: change 1: give either multiply or add_per_year, and not both"],
    ),
    "neither of two": (
        change("unit_price", 'applies_to = "all"'),
        ["line 4: change 1: give either multiply or gbp_per_week, and not both"],
    ),
    "new prices that ramp": (
        change("unit_price", 'multiply = 1.1\napplies_to = "new"\nramp_months = 3'),
        ['line 10: change 1: ramp_months = 3: must be 0 where applies_to = "new"'],
    ),
    "neither new nor all": (
        change("unit_price", 'multiply = 1.1\napplies_to = "some"'),
        ["line 9: change 1: applies_to = some: must be one of new, new_children or all"],
    ),
    "uplift in May": (
        change("uplift", "per_year_share = 0.03", "from = 2018-05-01"),
        ["line 7: change 1: from = 2018-05-01: must be a 1 April"],
    ),
    "a limit on own places": (
        change("external_places", 'kind = "foster in_house"\nplaces = 3'),
        ["line 8: change 1: kind = foster in_house: must be a kind that is bought"],
    ),
    "effect that is missing": (
        change("edge_of_care", "caseload_families = 9\nsupport_weeks = 12\nreach = 0.5"),
        ["line 4: change 1: engaged_share: is required", "line 4: change 1: effect: is required"],
    ),
    "effect with a slip": (
        change("edge_of_care", effect(0.4, 0.3).replace('"engaged"', '"engaged", years = 1')),
        ["line 12: change 1: effect.years = 1: is not a field here; the fields are "
         "in_care_without_service, in_care_with_service, measured_after_days, measured_on, "
         "delayed_share_of_effect, grade"],
    ),
    "service that brings children in": (
        change("edge_of_care", effect(0.3, 0.4)),
        ["line 12: change 1: effect.in_care_with_service = 0.4: must not be more than "
         "in_care_without_service (0.3)"],
    ),
    "every fault of two changes at once": (
        change("places", HOME + "places = -1\nsize = 3", "from = 2018-04-01\nto = 2016-04-01")
        + "[[change]]\nlever = 'breakdowns'\nfrom = 1999-01-01\nmultiply = '1'\nsource = ''\n",
        ["line 8: change 1: to = 2016-04-01: must be after from (2018-04-01)",
         "line 10: change 1: places = -1: must be 0 or more",
         f"line 11: change 1: size = 3: is not a field here; the fields are {FIELDS_OF_PLACES}",
         "line 14: change 2: from = 1999-01-01: must be within the run, from 2017-04-01 to "
         "2022-03-31",
         "line 15: change 2: multiply = 1: must be a number",
         "line 16: change 2: source = : must not be empty"],
    ),
    "extends a file that is not there": (
        HEAD + 'extends = ["gone.toml"]\n',
        ["{folder}/gone.toml: there is no such file"],
    ),
    "extends itself": (
        HEAD + 'extends = "bad.toml"\n',
        ["line 4: extends = bad.toml: extends itself"],
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "area.toml").write_text("start = 2017-04-01\n")
    return tmp_path


def found(folder: Path, content: str | bytes) -> list[str]:
    """The faults of a file, without the file's name where it is the file itself."""
    path = folder / "bad.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputFaults) as caught:
        read_scenario(path)
    return [str(fault).removeprefix(f"{path}: ") for fault in caught.value.faults]


@pytest.mark.parametrize("name", BAD)
def test_a_faulty_file_is_refused_with_every_fault(folder: Path, name: str) -> None:
    content, expected = BAD[name]
    lines = [line.format(folder=folder) if "{folder}" in line else line for line in expected]
    assert sorted(found(folder, content)) == sorted(lines)


def test_a_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(InputFaults, match="there is no such file"):
        read_scenario(folder / "nowhere.toml")


def test_files_that_extend_one_another_without_end_are_refused_at_once(folder: Path) -> None:
    for number in range(8):
        others = ", ".join([f'"f{number + 1}.toml"'] * 10)
        (folder / f"f{number}.toml").write_text(HEAD + f"extends = [{others}]\n")
    (folder / "f8.toml").write_text(HEAD)
    with pytest.raises(InputFaults) as caught:
        read_scenario(folder / "f0.toml")
    assert [fault.rule for fault in caught.value.faults] == ["more than 50 files are extended"]


def test_twenty_thousand_faults_are_found_without_delay(folder: Path) -> None:
    fields = "".join(f"f{number} = 1\n" for number in range(100))
    lever = '[[change]]\nlever = "re_entries"\nfrom = 2018-04-01\nmultiply = 1\nsource = "a"\n'
    assert len(found(folder, HEAD + 200 * (lever + fields))) == 20_000


def test_a_folder_is_no_scenario(folder: Path) -> None:
    with pytest.raises(InputFaults, match="is a folder"):
        read_scenario(folder)


def test_faults_come_in_the_order_of_the_file(folder: Path) -> None:
    content, _ = BAD["every fault of two changes at once"]
    lines = [int(fault.split(":")[0].removeprefix("line ")) for fault in found(folder, content)]
    assert lines == sorted(lines)


def twice(lever: str) -> str:
    """A scenario in which two changes multiply the same rate."""
    return change(lever, "multiply = 9") + change(lever, "multiply = 9")[len(HEAD) :]


BAD_FOR_THE_AREA = {
    "closing what is not there": (
        change("close", 'row = "Old Holow"'),
        "line 8: change 1: row = Old Holow: is no row of supply (did you mean Old Hollow?)",
    ),
    "closing on the first day": (
        change("close", 'row = "Old Hollow"', "from = 2017-04-01"),
        "line 7: change 1: from = 2017-04-01: must be after the first day of the run",
    ),
    "a name that is taken": (
        change("places", HOME + 'places = 2\nname = "Old Hollow"'),
        "line 10: change 1: name = Old Hollow: there is a row of supply of this name already",
    ),
    "more of what can be bought without limit": (
        change("places", 'placement = "secure"\nprovider = "external"\nplaces = 2'),
        "line 9: change 1: provider = secure external: can be bought without limit here, so more "
        "places change nothing: cap the kind in the area, or by external_places before",
    ),
    "more carers lost than there are": (
        change("foster_places", "households = -500\nplaces_per_household = 2"),
        "line 8: change 1: households = -500: that is 1000 places, and there are only 324 in-house "
        "foster places to lose",
    ),
    "a share above 1": (
        change("kinship_share", "multiply = 10"),
        "line 8: change 1: multiply = 10.0: the share would be more than 1: multiply must be",
    ),
    "an effect that cannot be": (
        change("edge_of_care", effect(0.95, 0.9)),
        "line 12: change 1: effect.in_care_without_service = 0.95: 0.",
    ),
    "a service that sees too many others": (
        change("edge_of_care", effect(0.15, 0.1)) + change("entries", "multiply = 9")[len(HEAD) :],
        "line 12: change 1: effect.in_care_without_service = 0.15: is so small that, with what "
        "other changes do to entries, ",
    ),
    "entries multiplied beyond measure": (
        twice("entries"),
        "entries = 81: together the changes must not multiply entries by more than 20",
    ),
    "prices beyond measure": (
        change("unit_price", 'gbp_per_week = 1e6\napplies_to = "all"\nkinds = ["foster external"]')
        + change("packages", "multiply = 2")[len(HEAD) :],
        "price = £2,",
    ),
    "exits multiplied beyond measure": (
        twice("exits"),
        "exits = 81: together the changes must not multiply exits by more than 20",
    ),
    "breakdowns multiplied beyond measure": (
        twice("breakdowns"),
        "breakdowns = 81: together the changes must not multiply breakdowns by more than 20",
    ),
    "moves out of homes multiplied beyond measure": (
        twice("step_down"),
        "planned moves = 81: together the changes must not multiply planned moves by more than 20",
    ),
    "re-entries multiplied beyond measure": (
        twice("re_entries"),
        "re-entries = 81: together the changes must not multiply re-entries by more than 20",
    ),
}


@pytest.mark.parametrize("name", BAD_FOR_THE_AREA)
def test_what_the_area_does_not_allow_is_refused_in_the_same_form(
    tmp_path: Path, name: str
) -> None:
    content, expected = BAD_FOR_THE_AREA[name]
    path = tmp_path / "bad.toml"
    path.write_text(content.replace('"here"', f'"{AREA.as_posix()}"'))
    with pytest.raises(InputFaults) as caught:
        make_plan(read_scenario(path))
    assert len(caught.value.faults) == 1
    assert str(caught.value).startswith(f"{path}: {expected}")


WORDS = st.sampled_from(
    ["title", "area", "[[change]]", "lever", "=", '"places"', '"x"', "from", "2018-04-01", "-4",
     "\n", "\n", "[", "]", "{", "}", "1e999", "nan", "source", "years", "effect.", "#", "'",
     "12:30"]
)  # fmt: skip


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(WORDS, max_size=60).map(lambda words: (HEAD + " ".join(words)).encode()),
    )
)
def test_random_text_gives_faults_and_nothing_else(folder: Path, content: bytes) -> None:
    path = folder / "random.toml"
    path.write_bytes(content)
    with suppress(InputFaults):  # and no other exception
        read_scenario(path)
