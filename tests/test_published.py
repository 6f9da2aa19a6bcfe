"""Published files are read whole or refused with every fault; any council becomes an area."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_files import ALPHA, BETA, PLACES, both, dfe_rows, ons_rows, save

from lacmodel.area import Area, read_area, residents_on
from lacmodel.area.write import folder_files, write_folder
from lacmodel.codes import AGE_BAND_OF_YEAR, KINDS, TURNED_18
from lacmodel.engines.stock_flow import run_stock_flow
from lacmodel.faults import InputFaults
from lacmodel.fitting import totals
from lacmodel.fitting.from_published import NewArea, new_area
from lacmodel.parameters import STAGE_CLASSES
from lacmodel.planning import make_plan
from lacmodel.published.council import series_of
from lacmodel.published.files import read_published
from lacmodel.published.neighbours import Neighbour, read_neighbours
from lacmodel.published.records import Published
from lacmodel.scenario import Scenario

SHARED = Path(__file__).parents[2] / "shared" / "data"
DFE = SHARED / "dfe_published" / "cla_number_and_rate_per_10k_children.csv"
ONS = SHARED / "dfe_published" / "ons_mid-year_population_estimates_2012_to_2024.csv"
PLAIN = SHARED / "children_looked_after_by_area.csv"
needs_shared = pytest.mark.skipif(not DFE.exists(), reason="the published files are not here")
COUNT, RATE = -2, -1


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return read_published(both(tmp_path_factory.mktemp("published")))


@pytest.fixture(scope="module")
def alpha(published: Published) -> NewArea:
    return new_area(published, ALPHA.code)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The made-up files by name."""
    return {path.name: path.read_bytes() for path in both(tmp_path_factory.mktemp("clean"))}


def faults_of(*paths: Path) -> list[str]:
    with pytest.raises(InputFaults) as found:
        read_published(paths)
    return [str(fault).replace(f"{paths[0].parent}/", "") for fault in found.value.faults]


def same(a: Area, b: Area) -> bool:
    """Equal but for where they were read from."""
    for stage in STAGE_CLASSES:
        one, other = getattr(a.parameters, stage), getattr(b.parameters, stage)
        for name in one.__dataclass_fields__:
            x, y = getattr(one, name), getattr(other, name)
            assert np.array_equal(x.values, y.values), f"{stage}.{name}"
            assert (x.unit, x.source, x.confirmed, x.spread) == (
                y.unit, y.source, y.confirmed, y.spread,
            )  # fmt: skip
    plain = {"path": Path(), "files": (), "parameters": a.parameters}
    assert replace(a, **plain) == replace(b, **plain)
    return True


def expected_totals(area: Area, years: int) -> list[float]:
    """Children at the start and after each year, by stock_flow."""
    scenario = Scenario(Path("x.toml"), "t", "q", Path(), years, (), (), ())
    children = run_stock_flow(make_plan(scenario, area)).children
    totals_by_month = children.reshape(len(children), -1).sum(axis=1)
    return [float(number) for number in totals_by_month[::12]]


# Reading


def test_counts_rates_and_residents_are_read_by_place_and_year(published: Published) -> None:
    assert published.figures[ALPHA.code, 2023, "children"].value == 500
    assert published.figures[ALPHA.code, 2025, "started"].value == 192
    assert published.figures["E92000001", 2023, "children"].rate_per_10000 == 67
    assert published.residents["E12000005", 2024].value == 1_300_000
    assert published.places[BETA.code].region == "E12000005"
    assert {place.level for place in published.places.values()} == {"England", "region", "council"}


@pytest.mark.parametrize("mark", ["c", "z", "x", "k", "u", ":", "low", ""])
def test_a_suppressed_count_stays_unknown(tmp_path: Path, mark: str) -> None:
    rows = dfe_rows()
    rows[-1][COUNT], rows[-1][RATE] = mark, "z"
    path = save(tmp_path / "dfe.csv", rows)
    figure = read_published([path]).figures[BETA.code, 2025, "ceased"]
    assert (figure.value, figure.rate_per_10000, figure.mark) == (None, None, mark)


def test_a_later_file_revises_an_earlier_one_and_the_changes_are_counted(tmp_path: Path) -> None:
    rows = dfe_rows()
    rows[-1][COUNT] = "47"
    first, second = save(tmp_path / "a.csv", dfe_rows()), save(tmp_path / "b.csv", rows)
    read = read_published([first, second])
    assert read.figures[BETA.code, 2025, "ceased"].value == 47
    assert read.revised == 1


def test_every_fault_of_a_file_is_found_at_once(tmp_path: Path) -> None:
    rows = dfe_rows()
    rows[1][0] = "202425"
    rows[2][2] = "Ward"
    rows[3][-4] = "Children on a child protection plan"
    rows[7][COUNT] = "1,036"
    rows[8][RATE] = "many"
    rows[9][9] = "W06000001"
    rows[10][8] = "=1+1"
    rows.append(list(rows[12]))
    rows.append(["2025", "too short"])
    types = (
        "Children looked after on 31 March each year, "
        "Children starting to be looked after each year, "
        "Children ceasing to be looked after each year"
    )
    marks = "c, k, low, u, x, z, :, .., *"
    assert faults_of(save(tmp_path / "dfe.csv", rows)) == [
        "dfe.csv: line 2: time_period = 202425: must be a year from 1990 to 2100, written like "
        "2025",
        "dfe.csv: line 3: geographic_level = Ward: must be one of National, Regional, Local "
        "authority",
        "dfe.csv: line 4: population_type = Children on a child protection plan: must be one of "
        f"{types}",
        "dfe.csv: line 8: children_count = 1,036: must be a whole number without commas, or one "
        f"of the marks {marks}",
        "dfe.csv: line 9: rate_per_10000 = many: must be a number from 0 to 9,999, or a mark such "
        "as c or z",
        "dfe.csv: line 10: new_la_code = W06000001: is not an ONS code of a council",
        "dfe.csv: line 11: la_name = =1+1: must be a name that begins with a letter",
        "dfe.csv: line 62 = E06000902, 2021, ceased: stands already on line 13",
        "dfe.csv: line 63: has 2 cells; the header has 14",
    ]


def test_a_file_of_another_kind_is_refused_with_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("la,children\nX,1\n")
    assert faults_of(path) == [
        "other.csv: line 1 = la,children: is none of the files that can be read here: the DfE's "
        "counts (with a column children_count), the ONS's residents (age_group), or a table by "
        "place and year (children_looked_after)"
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is empty"),
        (b"\xff\xfea\x00", "is UTF-16 or no text at all; save it as UTF-8 (in Excel: CSV UTF-8)"),
        (b'children_count,"a', "is not comma-separated text (unexpected end of data)"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert faults_of(path)[0].endswith(rule)
    assert faults_of(tmp_path / "none.csv") == ["none.csv: there is no such file"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    rows = [row[:-1] for row in ons_rows()]
    assert faults_of(save(tmp_path / "ons.csv", rows)) == [
        "ons.csv: line 1: population_estimate: this column is missing"
    ]


@settings(max_examples=100)
@given(
    file=st.sampled_from(["dfe.csv", "ons.csv"]),
    keep=st.floats(0, 1),
    dirt=st.binary(max_size=40) | st.text('0123456789,"\n-cxzE\u00e9', max_size=40).map(str.encode),
)
def test_no_dirt_raises_anything_but_faults(
    clean: dict[str, bytes], file: str, keep: float, dirt: bytes
) -> None:
    """A file cut off anywhere, with any bytes in place of the next ones."""
    cut = int(keep * len(clean[file]))
    with TemporaryDirectory() as folder:
        for name, content in clean.items():
            spoilt = content[:cut] + dirt + content[cut + len(dirt) :] * (len(dirt) % 2)
            (Path(folder) / name).write_bytes(spoilt if name == file else content)
        with suppress(InputFaults):
            series_of(read_published([Path(folder) / name for name in clean]), ALPHA.code)


# A council's series


def refused(published: Published, code: str, start: date | None = None) -> list[str]:
    with pytest.raises(InputFaults) as found:
        series_of(published, code, start)
    return [str(fault) for fault in found.value.faults]


def test_a_code_that_is_not_there_is_named_with_some_that_are(published: Published) -> None:
    assert refused(published, "E10000034") == [
        "--code: E10000034: is not in the files; they have 2 councils, such as E06000901 "
        "(Alphashire), E06000902 (Betaham)"
    ]


def test_a_start_must_be_a_1_april_whose_children_are_known(published: Published) -> None:
    assert refused(published, ALPHA.code, date(2024, 5, 1)) == [
        "--start: 2024-05-01: must be a 1 April, as the files give 31 March"
    ]
    assert refused(published, ALPHA.code, date(2026, 4, 1)) == [
        "--start: 2026-04-01: children in care on 31 March 2026 is not in the files; earlier "
        "years known: 2021, 2022, 2023, 2024, 2025"
    ]


def test_a_suppressed_last_year_moves_the_start_back(tmp_path: Path) -> None:
    rows = dfe_rows()
    rows[-3][COUNT] = "c"
    save(tmp_path / "dfe.csv", rows)
    paths = [tmp_path / "dfe.csv", save(tmp_path / "ons.csv", ons_rows())]
    series = series_of(read_published(paths), BETA.code)
    assert series.start == date(2024, 4, 1)
    assert "is c in the files" in refused(read_published(paths), BETA.code, date(2025, 4, 1))[0]


def test_without_residents_an_area_is_refused(tmp_path: Path) -> None:
    published = read_published([save(tmp_path / "dfe.csv", dfe_rows())])
    assert refused(published, ALPHA.code) == [
        "--code: E06000901: no residents aged 0 to 17 at a mid-year before 2025; give --population"
    ]


def test_figures_under_an_earlier_code_of_the_same_council_are_joined(tmp_path: Path) -> None:
    old = ALPHA._replace(code="E10000901")
    before = both(tmp_path, (old, BETA), range(2021, 2023))
    (tmp_path / "new").mkdir()
    after = both(tmp_path / "new", PLACES, range(2023, 2026))
    series = series_of(read_published([*before, *after]), ALPHA.code)
    assert series.joined == ("E10000901",)
    assert sorted(series.values("children")) == [2021, 2022, 2023, 2024, 2025]
    assert sorted(series.residents) == [2020, 2021, 2022, 2023, 2024]


# The area


def test_the_area_has_what_was_published(alpha: NewArea) -> None:
    area = alpha.area
    assert (area.name, area.start) == ("Alphashire", date(2025, 4, 1))
    assert sum(row.children for row in area.opening) == 510
    last = area.history[-1]
    assert (last.year, last.children, last.started, last.ceased) == (2025, 510, 192, 190)
    assert residents_on(area, date(2024, 6, 30)) == 80_000
    assert area.projected_growth_a_year == pytest.approx(0.0013, abs=1e-4)


def test_nothing_that_is_england_s_is_confirmed(alpha: NewArea) -> None:
    area = alpha.area
    assert not any(row.confirmed for row in (*area.supply, *area.unit_costs))
    assert all(row.confirmed for row in area.population)
    assert not any(table.confirmed for table in alpha.rates.values())
    assert all(row.source for row in (*area.supply, *area.unit_costs, *area.population))
    assert "No statistical neighbours are given for Alphashire." in area.assumptions


def test_the_opening_children_have_the_margins_of_the_figures(alpha: NewArea) -> None:
    ages, kinds = np.zeros(5), np.zeros(len(KINDS))
    for row in alpha.area.opening:
        ages[AGE_BAND_OF_YEAR[row.age]] += row.children
        kinds[row.kind] += row.children
    np.testing.assert_array_equal(ages, alpha.figures.children_by_age)
    np.testing.assert_array_equal(kinds, alpha.figures.children_by_kind)
    assert alpha.figures.started_by_age.sum() == 192
    assert alpha.figures.ceased_by_reason[: TURNED_18 + 1].sum() == 190


def test_the_fit_gives_back_children_and_leavers_in_the_published_numbers() -> None:
    """Totals that England's own factors lead to are fitted by factors of 1."""
    years = range(2020, 2026)
    plain = totals.Totals(2025, {}, dict.fromkeys(years, 200), {}, 80_000.0)
    sums, children, ceased = totals.by_entry(0), {}, {}
    per_year = totals.starters(plain, 1.0)
    for before in range(4):
        came = per_year[::-1][before : before + totals.YEARS]
        children[2025 - before] = round(float((came * sums.stock).sum()))
        ceased[2025 - before] = round(float((came * sums.left).sum()))
    found = totals.fit_totals(plain._replace(children=children, ceased=ceased))
    assert found.exit_factor == pytest.approx(1.0, abs=0.01)
    assert found.earlier_factor == pytest.approx(1.0, abs=0.01)
    assert found.children.sum() == pytest.approx(children[2025], rel=0.005)
    assert found.ceased_by_age.sum() == pytest.approx(ceased[2025], rel=0.005)


def test_twice_the_leavers_in_care_half_as_long_mean_higher_exits() -> None:
    years = range(2020, 2026)
    started = dict.fromkeys(years, 200)
    short, long = (
        totals.fit_totals(
            totals.Totals(
                2025, dict.fromkeys(years, stock), started, dict.fromkeys(years, 200), 8e4
            )
        )
        for stock in (350, 700)
    )
    assert short.exit_factor > 1.15 > 0.85 > long.exit_factor


def test_files_cut_at_the_origin_give_the_same_area(tmp_path: Path, published: Published) -> None:
    cut = read_published(both(tmp_path, years=range(2021, 2024)))
    origin = date(2023, 4, 1)
    assert same(new_area(published, ALPHA.code, origin).area, new_area(cut, ALPHA.code).area)


def test_the_folder_reads_back_as_the_area_in_memory(alpha: NewArea, tmp_path: Path) -> None:
    write_folder(tmp_path / "alpha", folder_files(alpha.content()))
    assert same(read_area(tmp_path / "alpha"), alpha.area)


def test_a_council_whose_numbers_stand_still_goes_on_nearly_so(alpha: NewArea) -> None:
    """Starters and leavers are within 2 of each other."""
    start, *after = expected_totals(alpha.area, 3)
    assert start == pytest.approx(510)
    assert after == pytest.approx([510] * 3, rel=0.02)


def test_every_kind_has_a_price_in_the_pounds_of_one_year(alpha: NewArea) -> None:
    assert {row.kind for row in alpha.area.unit_costs} == set(range(len(KINDS)))
    assert {row.price_base for row in alpha.area.unit_costs} == {"2024/25"}


def test_a_small_council_becomes_an_area_too(published: Published) -> None:
    area = new_area(published, BETA.code).area
    assert sum(row.children for row in area.opening) == 90
    assert all(row.places >= 1 for row in area.supply)
    assert expected_totals(area, 1)[1] > 0


def test_an_area_without_own_places_and_budget_runs(alpha: NewArea) -> None:
    area = replace(alpha.area, supply=(), budget=())
    assert expected_totals(area, 1) == pytest.approx(expected_totals(alpha.area, 1), rel=0.02)


# Beside the council


def test_england_region_and_neighbours_stand_beside_the_council(published: Published) -> None:
    neighbours = (
        Neighbour(ALPHA.code, BETA.code, "Betaham", 2025, "test"),
        Neighbour(ALPHA.code, "E06000999", "Gammaton", 2025, "test"),
    )
    area = new_area(published, ALPHA.code, date(2024, 4, 1), neighbours, date(2025, 11, 20)).area
    latest = {row.name: row for row in area.benchmarks}
    assert [(row.name, row.relation) for row in latest.values()] == [
        ("England", "england"), ("West Midlands", "region"), ("Betaham", "neighbour"),
    ]  # fmt: skip
    assert latest["Betaham"].when == date(2024, 3, 31)
    assert latest["Betaham"].rate_per_10000 == 30
    assert latest["Betaham"].published == date(2025, 11, 20)
    assert "Statistical neighbours that are not in the files: Gammaton." in area.assumptions
    assert any("model of 2025, which came after" in text for text in area.assumptions)


def test_worcestershire_has_ten_neighbours_and_others_none() -> None:
    names = {row.neighbour_name for row in read_neighbours("E10000034")}
    assert names == {
        "Somerset", "Gloucestershire", "Dorset", "Warwickshire", "Shropshire", "West Sussex",
        "Devon", "Derbyshire", "Essex", "North Yorkshire",
    }  # fmt: skip
    assert read_neighbours("E06000901") == ()


def test_a_bad_list_of_neighbours_is_refused_with_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text(
        "code,neighbour,neighbour_name,model_year,source\nE1,E2,B,20x5,s\nE1,E3,C,2025,\n"
    )
    with pytest.raises(InputFaults) as found:
        read_neighbours("E1", path)
    assert [str(fault).split(": ", 1)[1] for fault in found.value.faults] == [
        "line 2: model_year = 20x5: must be a year from 1990 to 2100, written like 2025",
        "line 3: source = : every number needs a source",
    ]


# What was published


@needs_shared
@pytest.mark.parametrize("code", ["E10000034", "E06000065", "E08000016", "E06000047", "E92000001"])
def test_councils_of_the_published_files_become_areas_that_run(code: str) -> None:
    published = read_published([DFE, ONS])
    area = new_area(published, code, neighbours=read_neighbours(code)).area
    start, after = expected_totals(area, 1)
    assert start == area.history[-1].children
    assert after == pytest.approx(start, rel=0.15)


@needs_shared
def test_worcestershire_of_2025_is_as_published() -> None:
    published = read_published([DFE, ONS])
    area = new_area(published, "E10000034", neighbours=read_neighbours("E10000034")).area
    last = area.history[-1]
    assert (last.children, last.started, last.ceased) == (1036, 290, 301)
    latest = {row.name: row.rate_per_10000 for row in area.benchmarks}
    assert latest["England"] == 67
    assert latest["West Midlands"] == 86
    assert latest["Shropshire"] == 119
    assert sum(row.relation == "neighbour" for row in area.benchmarks) == 10 * 5


@needs_shared
def test_the_plain_table_gives_areas_too_and_north_yorkshire_keeps_its_past() -> None:
    series = series_of(read_published([PLAIN]), "E06000065")
    assert series.joined == ("E10000023",)
    assert min(series.values("children")) == 2013
    assert max(series.values("children")) == 2025


# Figures that are odd ----------------------------------------------------------------------------


def read_with(folder: Path, counts: tuple[int, int, int], no_starts_in: str = "") -> Published:
    """The files with other counts of Alpha, and a year in which nobody starts there."""
    odd = ALPHA._replace(counts=counts)
    places = tuple(odd if place == ALPHA else place for place in PLACES)
    rows = dfe_rows(places)
    for row in rows[1:]:
        if row[0] == no_starts_in and ALPHA.code in row and "starting" in row[10]:
            row[-2:] = "0", "0"
    return read_published([save(folder / "dfe.csv", rows), save(folder / "ons.csv", ons_rows())])


def test_a_last_year_without_starters_is_followed(tmp_path: Path) -> None:
    made = new_area(read_with(tmp_path, ALPHA.counts, no_starts_in="2025"), ALPHA.code)
    assert made.area.history[-1].started == 0
    assert np.isfinite(made.rates[totals.RATES].values).all()
    assert any("0 started and 190 ceased" in line for line in made.lines())


@pytest.mark.parametrize("counts", [(0, 0, 0), (100, 0, 0), (500, 0, 188)])
def test_where_nobody_is_or_nobody_ever_comes_there_is_nothing_to_go_on(
    tmp_path: Path, counts: tuple[int, int, int]
) -> None:
    with pytest.raises(InputFaults, match="nothing to go on"):
        new_area(read_with(tmp_path, counts), ALPHA.code)


def test_flows_that_do_not_fit_are_said(tmp_path: Path) -> None:
    made = new_area(read_with(tmp_path, (500, 190, 0)), ALPHA.code)
    assert any("do not fit together" in line for line in made.lines())
    assert "do not fit" in made.rates[totals.EXITS].source
    sound = new_area(read_with(tmp_path, ALPHA.counts), ALPHA.code)
    assert not any("do not fit" in line for line in sound.lines())
