"""Budget files: what they say, what is wrong with them all at once, and as sheets of a workbook."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_area_workbook import SHIPPED, shipped_content

from lacmodel.area import read_area
from lacmodel.area.budget_rows import budget_tables
from lacmodel.area.workbook_write import workbook_bytes
from lacmodel.area.write import content_of, folder_files, write_folder
from lacmodel.cli import commands
from lacmodel.faults import InputFaults
from lacmodel.money.variance import stated

HEADER = (
    "financial_year,line,placement,provider,budgeted_average_placements,"
    "budgeted_weekly_price_gbp,fixed_cost_gbp,gross_gbp,income_gbp,net_gbp\n"
)
SOUND = (
    "2017/18,Own carers,foster,in_house,200,650,10000,6788571.43,1000,6787571.43\n"
    "2017/18,Agencies,foster,external,250,800,0,10428571,0,10428571\n"
    "2017/18,Homes,childrens_home,all,80,3100,0,12931429,0,12931429\n"
    "2017/18,adults staying on,all,all,5,700,0,182500,0,182500\n"
)
SAVINGS = (
    "financial_year,name,line,amount_gbp,recurrence,delivery_share\n"
    "2017/18,fewer agency beds,Homes,250000,recurrent,0.6\n"
)
CONTINGENCY = "financial_year,amount_gbp,drawn_gbp\n2017/18,1200000,200000\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Worcestershire with a budget by line."""
    place = Path(shutil.copytree(SHIPPED, tmp_path / "area"))
    text = (place / "area.toml").read_text(encoding="utf-8")
    more = 'budget = "budget.csv"\ncontingency = "contingency.csv"\nsavings = "savings.csv"\n'
    assert 'budget = "budget.csv"\n' in text
    (place / "area.toml").write_text(
        text.replace('budget = "budget.csv"\n', more), encoding="utf-8"
    )
    (place / "budget.csv").write_text(HEADER + SOUND, encoding="utf-8")
    (place / "contingency.csv").write_text(CONTINGENCY, encoding="utf-8")
    (place / "savings.csv").write_text(SAVINGS, encoding="utf-8")
    return place


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(InputFaults) as found:
        read_area(folder)
    return [str(fault).replace(f"{folder}/", "") for fault in found.value.faults]


def test_a_budget_by_line_is_read(folder: Path) -> None:
    area = read_area(folder)
    assert [row.line for row in area.budget_lines] == [
        "Own carers", "Agencies", "Homes", "adults staying on",
    ]  # fmt: skip
    assert [row.kinds for row in area.budget_lines] == [(1,), (2,), (3, 4), ()]
    assert stated(area, "2017/18", "base") == pytest.approx(30_330_071.43)
    assert stated(area, "2017/18", "contingency") == 1_000_000
    assert area.savings[0].expected_gbp("2018/19") == 150_000
    assert {path.name for path in area.files} >= {"budget.csv", "contingency.csv", "savings.csv"}


def test_a_budget_known_only_as_sums_is_read_as_before() -> None:
    area = read_area(SHIPPED)
    assert area.budget_lines == ()
    assert stated(area, "2017/18", "base") == 35_000_000


BAD = {
    "a missing year, text, a negative price and a formula in a name": (
        ",Own carers,foster,in_house,200,650,0,6778571,0,6778571\n"
        "2017/18,Agencies,foster,external,many,800,0,10428571,0,10428571\n"
        "2017/18,Homes,childrens_home,all,80,-3100,0,12931429,0,12931429\n"
        "2017/18,=2+3,secure,external,1,7000,0,365000,0,365000\n",
        [
            "line 2: financial_year = : must be a financial year written like 2017/18",
            "line 3: budgeted_average_placements = many: must be a plain number from 0 to 100,000, "
            "without £ or commas",
            "line 4: budgeted_weekly_price_gbp = -3100: must be a plain number from 0 to "
            "1,000,000, without £ or commas",
            "line 5: line = =2+3: must be a name, and not begin with =, +, - or @",
        ],
    ),
    "pounds that do not follow, by more than a pound": (
        "2017/18,Agencies,foster,external,250,800,0,10528571,1000,10528571\n",
        [
            "line 2: gross_gbp = 10528571: is £99,999.57 more than placements x price x 365 / 7 + "
            "fixed cost, £10,428,571.43; rounding may be £1 at most",
            "line 2: net_gbp = 10528571: is £1,000.00 more than gross less income, £10,527,571.00",
        ],
    ),
    "one name twice, and a placement twice": (
        "2017/18,Agencies,foster,external,250,800,0,10428571,0,10428571\n"
        "2017/18,Agencies,secure,external,1,7000,0,365000,0,365000\n"
        "2017/18,All carers,foster,all,1,700,0,36500,0,36500\n",
        [
            "line 3 = 2017/18, Agencies: stands already on line 2 of budget.csv",
            "2017/18, All carers: placement = foster external: is covered by Agencies already",
        ],
    ),
    "placements and providers that nobody knows": (
        "2017/18,Boarding,school,external,1,700,0,36500,0,36500\n"
        "2017/18,Secure,secure,in_house,1,7000,0,365000,0,365000\n"
        "2017/18,Services,all,all,0,0,36500,36500,0,36500\n"
        "2017/18,Agencies,foster,agency,1,700,0,36500,0,36500\n",
        [
            "line 2: placement = school: must be one of kinship_foster, foster, childrens_home, "
            "secure, supported, with_parents, adoption, other, unregistered, all",
            "line 3: provider = in_house: secure has no such provider; the kinds are ",
            "line 4: line = Services: without a placement must be one of adults staying on, "
            "edge-of-care services, fixed costs",
            "line 5: provider = agency: must be one of in_house, external, all",
        ],
    ),
    "names that only capitals and spaces tell apart": (
        "2017/18,All agencies,foster,external,1,700,0,36500,0,36500\n"
        "2017/18,all  Agencies,secure,external,1,7000,0,365000,0,365000\n",
        [
            "2017/18: line = all  Agencies: is the name of another line, All agencies, but for "
            "capitals and spaces",
        ],
    ),
    "a year left out between two": (
        "2017/18,Agencies,foster,external,1,700,0,36500,0,36500\n"
        "2019/20,Agencies,foster,external,1,700,0,36600,0,36600\n",
        ["all rows: financial_year = 2018/19: is missing between other years"],
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_every_fault_of_a_budget_is_found_at_once(what: str, folder: Path) -> None:
    rows, rules = BAD[what]
    (folder / "budget.csv").write_text(HEADER + rows, encoding="utf-8")
    (folder / "savings.csv").write_text(SAVINGS.splitlines()[0] + "\n", encoding="utf-8")
    found = faults_of(folder)
    assert len(found) == len(rules)
    for fault, rule in zip(found, rules, strict=True):
        assert fault.startswith(f"budget.csv: {rule}")


def test_faults_of_contingency_and_savings_stand_beside_those_of_the_budget(folder: Path) -> None:
    (folder / "contingency.csv").write_text(
        "financial_year,amount_gbp,drawn_gbp\n2017/18,1000,2000\n2017/18,5,0\n", encoding="utf-8"
    )
    (folder / "savings.csv").write_text(
        SAVINGS + "2017/18,@risk,Homes,-5,often,1.5\n", encoding="utf-8"
    )
    found = faults_of(folder)
    assert [fault.split(":")[0] for fault in found] == ["contingency.csv"] * 2 + ["savings.csv"] * 4
    assert found[0].endswith("drawn_gbp = 2000: is more than there was, £1,000.00")


def test_contingency_and_savings_are_of_years_that_have_a_budget(folder: Path) -> None:
    later = (HEADER + SOUND).replace("2017/18", "2018/19")
    (folder / "budget.csv").write_text(later, encoding="utf-8")
    rule = "has no budget, although other years have: give its lines, or leave this row out"
    assert faults_of(folder) == [
        f"contingency.csv: financial_year = 2017/18: {rule}",
        f"savings.csv: fewer agency beds: financial_year = 2017/18: {rule}",
    ]


def test_faults_between_rows_do_not_wait_for_those_within_rows(folder: Path) -> None:
    """A line's pounds do not add up; a saving is of no line and a contingency of no year."""
    wrong = SOUND.replace("12931429,0,12931429", "12931529,0,12931529")
    again = "2017/18,All foster care,foster,all,1,x,0,1,0,1\n"
    (folder / "budget.csv").write_text(HEADER + wrong + again, encoding="utf-8")
    (folder / "savings.csv").write_text(
        SAVINGS.replace("Homes,250000,recurrent,0.6", "Hotels,250000,recurrent,6"), encoding="utf-8"
    )
    (folder / "contingency.csv").write_text(
        CONTINGENCY + "2030/31,5,6\n2016/17,7,0\n", encoding="utf-8"
    )
    found = [fault.split(": ", 1) for fault in faults_of(folder)]
    rules = [
        ("budget.csv", "line 4: gross_gbp = 12931529: is £100.43 more than placements x price"),
        ("budget.csv", "line 6: budgeted_weekly_price_gbp = x: must be a plain number"),
        ("contingency.csv", "line 3: drawn_gbp = 6: is more than there was"),
        ("savings.csv", "line 2: delivery_share = 6: must be a plain number"),
        ("budget.csv", "2017/18, All foster care: placement = foster in_house: is covered by"),
        ("budget.csv", "2017/18, All foster care: placement = foster external: is covered by"),
        ("contingency.csv", "financial_year = 2030/31: has no budget, although other years have"),
        ("contingency.csv", "financial_year = 2016/17: has no budget, although other years have"),
        ("savings.csv", "2017/18, fewer agency beds: line = Hotels: no line of the budget"),
    ]
    assert len(found) == len(rules)
    for (name, said), (file, rule) in zip(found, rules, strict=True):
        assert name == file
        assert said.startswith(rule)


@pytest.mark.parametrize(
    "rows",
    [
        HEADER + "2017-18,Homes,childrens_home,all,80,3100,0,12931429,0,12931429\n",
        HEADER + "2016/17,=Homes,childrens_home,all,80,3100,0,12931429,0,12931429\n",
        HEADER.replace("line", "lines") + SOUND,
        HEADER + '2016/17,Own carers,foster,"in_house,1,700,0,36500,0,36500\n' + SOUND,
    ],
)
def test_nothing_is_called_missing_that_may_stand_in_a_row_that_cannot_be_read(
    rows: str, folder: Path
) -> None:
    (folder / "budget.csv").write_text(rows, encoding="utf-8")
    assert not any("no line of the budget" in fault for fault in faults_of(folder))


ACTUALS = "month,placement,provider,children,gross_gbp,income_gbp\n"


def with_actuals(folder: Path, rows: str) -> Path:
    text = (folder / "area.toml").read_text(encoding="utf-8")
    more = 'contingency = "contingency.csv"\nactuals = "actuals.csv"\n'
    changed = text.replace('contingency = "contingency.csv"\n', more)
    (folder / "area.toml").write_text(changed, encoding="utf-8")
    (folder / "actuals.csv").write_text(ACTUALS + rows, encoding="utf-8")
    return folder


def test_actuals_are_read_and_written(folder: Path) -> None:
    area = read_area(with_actuals(folder, "2017-04-01,foster,external,251.5,870000,0\n"))
    (row,) = area.actuals
    assert (row.kind, row.children, row.gross_gbp) == (2, 251.5, 870_000)
    header, written = budget_tables(area)["actuals"]
    assert dict(zip(header, written, strict=True))["month"] == "2017-04-01"


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (
            "2017-05-01,all,all,1,1,0\n",
            "month = 2017-05-01: the first month must be from 2017-04-01",
        ),
        ("2017-04-02,all,all,1,1,0\n", "line 2: month = 2017-04-02: must be the first day"),
        (
            "2017-04-01,all,all,1,1,0\n2017-06-01,all,all,1,1,0\n",
            "month = 2017-05-01: is missing between other months",
        ),
        (
            "2017-04-01,all,all,1,1,0\n2017-04-01,secure,external,1,1,0\n",
            "2017-04-01: placement = all: is given by placement too",
        ),
        (
            "2017-04-01,secure,external,1,1,0\n2017-04-01,other,external,1,1,0\n"
            "2017-05-01,other,external,1,1,0\n",
            "2017-05-01: placement = secure external: is missing, and other months have it",
        ),
        ("2017-04-01,foster,all,1,1,0\n", "line 2: provider = all: must be one provider"),
    ],
)
def test_faults_of_actuals(rows: str, rule: str, folder: Path) -> None:
    (found,) = faults_of(with_actuals(folder, rows))
    assert found.startswith(f"actuals.csv: {rule}")


def test_a_month_that_is_missing_is_said_beside_faults_of_rows(folder: Path) -> None:
    rows = "2017-04-01,all,all,x,1,0\n2017-06-01,all,all,1,1,0\n"
    assert [fault.split(": ")[1] for fault in faults_of(with_actuals(folder, rows))] == [
        "line 2", "month = 2017-05-01",
    ]  # fmt: skip


def test_no_month_is_missing_where_a_row_is_of_no_kind(folder: Path) -> None:
    rows = "2017-04-01,secure,in_house,x,1,0\n2017-06-01,secure,in_house,1,1,0\n"
    assert all("line" in fault for fault in faults_of(with_actuals(folder, rows)))


def test_the_same_money_is_not_counted_twice_nor_saved_on_a_line_that_is_not(folder: Path) -> None:
    text = (folder / "area.toml").read_text(encoding="utf-8")
    text += '\n[added_files]\nbudget = "sums.csv"\n' if "[added_files]" not in text else ""
    shutil.copy(SHIPPED / "budget.csv", folder / "sums.csv")
    text = text.replace("[added_files]\n", '[added_files]\nbudget = "sums.csv"\n', 1)
    text = text.replace('budget = "sums.csv"\nbudget = "sums.csv"\n', 'budget = "sums.csv"\n')
    (folder / "area.toml").write_text(text, encoding="utf-8")
    (folder / "savings.csv").write_text(SAVINGS.replace("Homes", "Hotels"), encoding="utf-8")
    assert faults_of(folder) == [
        "sums.csv: 2017/18: item = base: this year has a budget by line too; leave one of them out",
        "contingency.csv: 2017/18 = 1200000: stands in budget as a sum too; leave one of them out",
        "savings.csv: 2017/18, fewer agency beds: line = Hotels: no line of the budget has this "
        "name",
    ]


def test_a_bad_budget_stops_a_run_and_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    (folder / "budget.csv").write_text(HEADER + BAD["a year left out between two"][0], "utf-8")
    scenario = tmp_path / "s.toml"
    scenario.write_text('title = "t"\nquestion = "q"\narea = "area"\nyears = 1\n', encoding="utf-8")
    arguments = ["run", str(scenario), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(commands, arguments)
    assert isinstance(result.exception, InputFaults)
    assert not (tmp_path / "out").exists()


def test_the_files_are_written_as_they_are_read(folder: Path, tmp_path: Path) -> None:
    area = read_area(folder)
    content = content_of(area, {})
    assert content.tables["budget"] == budget_tables(area)["budget"]
    published = shipped_content()
    tables = {**published.tables, **budget_tables(area)}
    del tables["benchmarks"]  # they stand in the settings
    whole = type(published)(content.settings, tables, published.added)
    write_folder(tmp_path / "again", folder_files(whole))
    (tmp_path / "area.xlsx").write_bytes(workbook_bytes(whole))
    for place in (tmp_path / "again", tmp_path / "area.xlsx"):
        again = read_area(place)
        for name in ("budget", "budget_lines", "contingency", "savings"):
            assert getattr(area, name) == getattr(again, name), name


def test_faults_of_a_workbook_name_cells(folder: Path, tmp_path: Path) -> None:
    published = shipped_content()
    tables = {**published.tables, **budget_tables(read_area(folder))}
    tables["budget"][2] = (*tables["budget"][2][:5], "-800", *tables["budget"][2][6:])
    path = tmp_path / "area.xlsx"
    path.write_bytes(workbook_bytes(type(published)(published.settings, tables, published.added)))
    with pytest.raises(InputFaults) as found:
        read_area(path)
    assert [fault.place for fault in found.value.faults] == ["budget!F3"]
