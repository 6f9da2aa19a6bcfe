"""The app's own logic: drafts and files, uploads, folders, work that is stopped, what is shown."""

import io
import re
import shutil
import time
import zipfile
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from lacmodel.app.draft import (
    added_change,
    adopt,
    checked,
    draft_of,
    draft_text,
    fault_words,
    new_draft,
    save_draft,
    with_change,
)
from lacmodel.app.fields import changed, fields_of, get, lever_title
from lacmodel.app.folders import (
    MEMBERS,
    Folders,
    areas_in,
    keep_uploads,
    refused,
    safe_name,
    scenarios_in,
)
from lacmodel.app.launch import ADDRESS, SETTINGS, arguments
from lacmodel.app.log import LOG, write_down
from lacmodel.app.work import Job
from lacmodel.area import read_area
from lacmodel.faults import InputFaults
from lacmodel.levers.changes import LEVERS
from lacmodel.scenario import read_scenario

REPOSITORY = Path(__file__).parents[1]
SHIPPED = sorted((REPOSITORY / "scenarios").glob("*.toml"))
EXAMPLESHIRE = REPOSITORY / "data" / "exampleshire" / "exampleshire.toml"
ONLY_FUTURES = "month-4-2017"  # prices for new placements alone, which children one by one have
WORCESTERSHIRE = REPOSITORY / "data" / "worcestershire-2017"
HOSTILE = (
    '<script>alert("x")</script> & =1+1 [a](http://example.com) ![b](http://example.com/b.png)'
)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    private = tmp_path / "private"
    private.mkdir()
    return Folders(REPOSITORY, private)


# The draft and the file --------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_scenario_that_is_opened_and_saved_is_the_same(path, folders, tmp_path):
    before = read_scenario(path)
    saved = tmp_path / path.name
    saved.write_text(draft_text(draft_of(path, folders), tmp_path), encoding="utf-8")
    after = read_scenario(saved)
    for field in ("title", "question", "years", "sources", "changes"):
        assert getattr(after, field) == getattr(before, field), field
    assert after.area.resolve() == before.area.resolve()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_form_that_nobody_touches_changes_nothing(path, folders):
    for change in draft_of(path, folders).changes:
        for field in fields_of(change["lever"]):
            assert changed(change, field, get(change, field)) == change or field.default is not None


UNFINISHED = (  # a form cannot know a home's name, a service's size, or an area's carers
    "close", "edge_of_care", "external_places", "places", "recruit_carers", "retain_carers",
    "staffing",
)  # fmt: skip


@pytest.mark.parametrize("lever", LEVERS)
def test_a_new_change_is_whole_or_says_what_is_missing(lever, folders):
    area = WORCESTERSHIRE
    draft = added_change(new_draft(area, "test"), lever, date(2017, 4, 1))
    said = fault_words(checked(draft, folders.private / "draft").faults)
    assert all(words.startswith("change 1: ") for words in said)
    assert not said or lever in UNFINISHED, said


def test_every_field_of_every_lever_is_in_its_form():
    for lever, model in LEVERS.items():
        keys = {field.path[0] for field in fields_of(lever)}
        named = {info.alias or name for name, info in model.model_fields.items()} - {"lever"}
        assert keys == named
        assert lever_title(lever)


def test_the_form_says_what_the_reader_of_files_says(folders):
    draft = added_change(new_draft(WORCESTERSHIRE, "test"), "population", date(2017, 4, 1))
    field = next(field for field in fields_of("population") if field.key == "multiply")
    draft = with_change(draft, 0, changed(draft.changes[0], field, -1.0))
    said = fault_words(checked(draft, folders.private / "draft").faults)
    assert said == ["change 1: multiply = -1.0: must be 0 or more"]


def test_a_draft_is_saved_only_among_the_scenarios_and_never_over_another(tmp_path):
    folders = Folders(tmp_path, tmp_path / "private")
    draft = new_draft(WORCESTERSHIRE, "../../evil")
    path = save_draft(draft, folders, replace_it=False)
    assert path == tmp_path / "scenarios" / "evil.toml"
    with pytest.raises(InputFaults, match="is there already"):
        save_draft(draft, folders, replace_it=False)
    assert save_draft(draft, folders, replace_it=True) == path


# Folders -----------------------------------------------------------------------------------------


def test_areas_and_scenarios_of_the_folder_can_be_chosen(folders):
    assert WORCESTERSHIRE in areas_in(folders)
    assert set(SHIPPED) <= set(scenarios_in(folders))


@pytest.mark.parametrize("line", ['area = "../outside"', 'area = "in"\nextends = "../other.toml"'])
def test_a_scenario_that_names_a_file_outside_the_folder_is_not_read(line, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "area.toml").write_text("secret")
    (tmp_path / "other.toml").write_text('title = "secret"')
    chosen, private = tmp_path / "chosen", tmp_path / "private"
    for folder in (chosen, private, chosen / "in"):
        folder.mkdir()
    path = chosen / "a.toml"
    path.write_text(f'title = "A"\nquestion = "?"\n{line}\n')
    with pytest.raises(InputFaults, match="outside the folder"):
        draft_of(path, Folders(chosen, private))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    chosen, private, outside = (tmp_path / name for name in ("chosen", "private", "outside"))
    for folder in (chosen, private, outside):
        folder.mkdir()
    (outside / "area.toml").write_text("")
    (chosen / "link").symlink_to(outside)
    folders = Folders(chosen, private)
    assert areas_in(folders) == []
    assert not folders.allows(chosen / "link" / "area.toml")


def test_an_area_whose_children_lie_outside_the_folder_is_not_read(tmp_path):
    import shutil

    from lacmodel.app.session import Session

    chosen, private = tmp_path / "chosen", tmp_path / "private"
    private.mkdir()
    shutil.copytree(WORCESTERSHIRE, chosen / "area")
    (tmp_path / "list.csv").write_text("secret")
    with (chosen / "area" / "area.toml").open("r+", encoding="utf-8") as file:
        text = file.read()
        file.seek(0)
        file.write(f'placements_now = {{ file = "../../list.csv", as_at = 2017-04-01 }}\n{text}')
    session = Session(Folders(chosen, private))
    with pytest.raises(InputFaults, match="outside the folder"):
        session.area(new_draft(chosen / "area", "area"))


# Uploads -----------------------------------------------------------------------------------------


def zip_of(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_an_upload_keeps_to_its_kinds_and_lies_under_a_name_of_ours(folders):
    files = [("../../episodes.csv", b"CHILD\n"), ("C:\\x\\episodes.csv", b"CHILD\n")]
    kept = keep_uploads(folders, "return", files, (".csv",))
    assert [path.name for path in kept] == ["episodes.csv", "2-episodes.csv"]
    assert all(path.is_relative_to(folders.private) for path in kept)
    with pytest.raises(InputFaults, match="must be a file of the kind"):
        keep_uploads(folders, "return", [("run.exe", b"")], (".csv",))
    assert safe_name("..") == "unnamed"


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = zip_of({f"{number}.csv": bytes(40_000_000) for number in range(8)})
    assert len(bomb) < 1_000_000
    assert "when it is unpacked" in refused("return.zip", bomb, (".zip",))
    many = zip_of({f"{number}.csv": b"" for number in range(MEMBERS + 1)})
    assert "more than" in refused("return.zip", many, (".zip",))
    assert "damaged" in refused("return.zip", many[:200], (".zip",))
    assert "when it is unpacked" in refused("list.xlsx", bomb, (".xlsx",))


def test_paths_in_a_zip_lead_nowhere(folders):
    from lacmodel.app.making import area_from_return

    upload = [("return.zip", zip_of({"../../evil.csv": b"CHILD,DECOM\n1,2\n"}))]
    kept = keep_uploads(folders, "return", upload, (".zip",))
    with pytest.raises(InputFaults, match="leads out of the zip"):
        area_from_return(kept, "Evil", 1000, False, folders, lambda _: None)
    assert not list(folders.private.parent.glob("**/evil.csv"))


def test_a_table_of_eighty_columns_is_refused_in_words(folders):
    from lacmodel.app.making import area_from_published, area_from_return
    from lacmodel.area.placements_now import read_placements_now

    header = ",".join(f"column {number}" for number in range(80))
    content = f"{header}\n{','.join(['1'] * 80)}\n".encode()
    kept = keep_uploads(folders, "wide", [("wide.csv", content)], (".csv",))
    with pytest.raises(InputFaults):
        area_from_return(kept, "Wide", 1000, False, folders, lambda _: None)
    with pytest.raises(InputFaults):
        area_from_published(kept, "E10000034", None, folders)
    with pytest.raises(InputFaults):
        read_placements_now(kept[0], date(2017, 4, 1), date(2017, 4, 1))


def test_ten_thousand_changes_are_refused(folders):
    text = 'title = "A"\nquestion = "?"\narea = "data/worcestershire-2017"\n'
    upload = [("many.toml", (text + "[[change]]\n" * 10_000).encode())]
    kept = keep_uploads(folders, "scenario", upload, (".toml",))[0]
    adopt(kept, folders)
    with pytest.raises(InputFaults, match="at most 200 changes, and this has 10,000"):
        draft_of(kept, folders)


def test_an_uploaded_scenario_finds_its_area_in_the_folder(folders):
    text = (REPOSITORY / "scenarios" / "edge-of-care.toml").read_bytes()
    kept = keep_uploads(folders, "scenario", [("mine.toml", text)], (".toml",))[0]
    adopt(kept, folders)
    assert draft_of(kept, folders).area == WORCESTERSHIRE.resolve()


def taken_up(path: Path, folders: Folders) -> object:
    adopt(path, folders)
    return draft_of(path, folders)


def test_an_uploaded_scenario_cannot_extend_or_reach_out(folders):
    head = 'title = "A"\nquestion = "?"\n'
    for line, rule in (
        ('extends = "../../../../etc/passwd"', "cannot extend"),
        ('area = "../../../../../../../../etc"', "outside the folder"),
    ):
        kept = keep_uploads(folders, "scenario", [("a.toml", (head + line).encode())], (".toml",))
        with pytest.raises(InputFaults, match=rule):
            taken_up(kept[0], folders)


# Work --------------------------------------------------------------------------------------------


def test_work_counts_ends_and_gives_its_result():
    job = Job(3, lambda count: [count(1) for _ in range(3)] and "done").start()
    job.wait(60)
    assert (job.running, job.result, job.share, job.error) == (False, "done", 1.0, None)


def test_work_that_is_stopped_ends_when_it_next_counts():
    def endless(count):
        while True:
            time.sleep(0.001)
            count(1)

    job = Job(1, endless).start()
    job.stop()
    job.wait(60)
    assert (job.running, job.stopped, job.result) == (False, True, None)


# What is shown, and what is written down ---------------------------------------------------------


def test_text_cannot_become_markdown_or_html():
    screen = pytest.importorskip("lacmodel.app.screen")
    shown = screen.plain(HOSTILE)
    assert not re.search(r"(?<!\\)[<>\[\]!$*_`]", shown)


def test_pictures_become_images_with_their_words():
    screen = pytest.importorskip("lacmodel.app.screen")
    svg = '<svg role="img"><title>A &lt; B</title><desc>"It".</desc><path d="M1 1"/></svg>'
    assert 'alt="A &lt; B. &quot;It&quot;."' in screen.as_image(svg)
    assert 'alt=""' in screen.as_image('<svg class="swatch"></svg>')


def test_the_log_holds_no_data(tmp_path):
    try:
        int("SMITH, John")
    except ValueError as error:
        when = write_down(error, tmp_path)
    text = (tmp_path / LOG).read_text(encoding="utf-8")
    assert "ValueError" in text
    assert when in text
    assert "SMITH" not in text


def test_the_app_listens_on_this_machine_alone_and_tells_nobody():
    assert ADDRESS == SETTINGS["server.address"] == "127.0.0.1"
    assert SETTINGS["browser.gatherUsageStats"] == "false"
    started = arguments(8000)
    assert "--server.address=127.0.0.1" in started
    assert not any("0.0.0.0" in each for each in started)


def test_the_command_has_no_option_for_the_address():
    from lacmodel.cli.app import app

    assert {option.name for option in app.params} == {
        "folder",
        "port",
        "futures",
        "no_browser",
        "debug",
    }


# The pages, without a browser --------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch, tmp_path):
    """A session whose runs have three futures, with nothing run by itself."""
    pytest.importorskip("streamlit")
    from lacmodel.app import screen
    from lacmodel.app.session import Session

    monkeypatch.setattr(screen, "FUTURES", 3)
    return Session(Folders(REPOSITORY, tmp_path))


def page_of(module, session):
    """A page as Streamlit's own tests run it."""
    from streamlit.testing.v1 import AppTest

    def script(module, session):
        module.show(session)

    return AppTest.from_function(script, default_timeout=900, args=(module, session)).run()


def click(page, label: str):
    return next(button for button in page.button if button.label.startswith(label)).click().run()


def ended(page, session, name: str):
    session.jobs[name].wait(240)
    page.run()
    assert not page.exception
    assert [error.value for error in page.error] == []
    return page


def opened(session, name: str) -> None:
    session.begin(draft_of(REPOSITORY / "scenarios" / f"{name}.toml", session.folders))


@pytest.mark.parametrize("path", [*SHIPPED, EXAMPLESHIRE], ids=lambda path: path.stem)
def test_every_shipped_scenario_shows_its_levers_and_its_forecast(path, few, monkeypatch):
    from lacmodel.app.form import numbers_of
    from lacmodel.app.pages import forecast

    monkeypatch.setattr(forecast, "COMPILED", False)  # so that no futures are run by themselves
    few.begin(draft_of(path, few.folders))
    page = page_of(forecast, few)
    assert not page.exception
    assert [error.value for error in page.error] == []
    levers = sum(len(numbers_of(change)) for change in few.draft.changes)
    assert len(page.slider) + len(page.number_input) == levers
    said = "\n".join([*(info.value for info in page.info), shown_in(page)])
    assert ("no expected numbers" if path.stem == ONLY_FUTURES else "net spend") in said


@pytest.mark.parametrize(
    ("page", "scenario", "run"),
    [
        ("forecast", "fewer-breakdowns", "forecast"),
        ("prevented", "edge-of-care", "prevented"),
        ("business_case", "in-house-homes", "business-case"),
    ],
)
def test_a_page_runs_its_question_and_leaves_what_the_command_leaves(few, page, scenario, run):
    from importlib import import_module

    opened(few, scenario)
    shown = page_of(import_module(f"lacmodel.app.pages.{page}"), few)
    ended(click(shown, "Run 3 futures"), few, run)
    folder = few.ran[run].folder
    assert (folder / "report.html").is_file()
    assert (folder / "manifest.json").is_file()
    assert any((folder / "tables").iterdir())


def test_scenarios_are_compared_and_there_is_no_seventh(few):
    from lacmodel.app.pages import compare

    opened(few, "worcestershire-2017")
    page = page_of(compare, few)
    assert page.multiselect[0].proto.max_selections == compare.MOST - 1
    other = next(path for path in SHIPPED if path.stem == "fewer-breakdowns")
    page.multiselect[0].select(few.folders.shown(other)).run()
    ended(click(page, "Compare them"), few, "compare")
    assert (few.ran["compare"].folder / "tables" / "differences.csv").is_file()


def test_faults_are_sentences_on_the_page_and_the_file_follows_the_form(few):
    from lacmodel.app.pages import scenario

    opened(few, "fewer-breakdowns")
    page = page_of(scenario, few)
    number = next(one for one in page.number_input if "multiplied" in one.label)
    number.set_value(-1.0).run()
    assert "change 1\\: multiply \\= \\-1.0" in page.error[0].value.replace("=", "\\=")
    assert "multiply = -1.0" in page.code[0].value
    number = next(one for one in page.number_input if "multiplied" in one.label)
    number.set_value(0.5).run()
    assert [error.value for error in page.error] == []
    assert few.draft.changes[0]["multiply"] == 0.5


def test_a_hostile_scenario_is_shown_as_text(few):
    from dataclasses import replace

    from lacmodel.app.pages import forecast, scenario

    opened(few, "fewer-breakdowns")
    few.draft = replace(few.draft, title=HOSTILE, question=HOSTILE)
    few.draft = with_change(few.draft, 0, {**few.draft.changes[0], "name": HOSTILE})
    for module in (forecast, scenario):
        page = page_of(module, few)
        assert not page.exception
        for shown in page.markdown:
            assert not re.search(r"(?<!\\)<script|(?<!\\)\[a\]", str(shown.value))


def test_an_unexpected_error_is_a_sentence_and_its_words_stay_out(few, monkeypatch):
    from lacmodel.app import screen

    folders = Folders(few.folders.private, few.folders.private)
    few.folders = folders
    said = []
    monkeypatch.setattr(screen.st, "error", said.append)
    screen.trouble(RuntimeError("SMITH, John"), few)
    assert "could not finish" in said[0]
    assert "SMITH" not in said[0] + (folders.chosen / "outputs" / LOG).read_text(encoding="utf-8")


# Places, money, options and doubt ----------------------------------------------------------------


def chosen(page, label: str, value):
    """Choose from a list by its label."""
    return next(one for one in page.selectbox if one.label == label).set_value(value).run()


def shown_in(page) -> str:
    """Everything that a page says."""
    pieces = [*page.markdown, *page.get("html")]
    return unescape(
        "\n".join(str(getattr(each, "value", None) or each.proto.body) for each in pieces)
    )


def test_options_are_appraised_beside_the_first(few):
    from lacmodel.app.pages import options

    opened(few, "worcestershire-2017")
    page = page_of(options, few)
    assert page.multiselect[0].proto.max_selections == options.MOST - 1
    other = next(path for path in SHIPPED if path.stem == "in-house-homes")
    page.multiselect[0].select(few.folders.shown(other)).run()
    page = ended(click(page, "Appraise them"), few, "options")
    assert "costs least over 20 years" in shown_in(page)
    assert (few.ran["options"].folder / "tables" / "options.csv").is_file()


def test_need_is_set_against_places(few):
    from lacmodel.app.pages import places

    opened(few, "worcestershire-2017")
    page = page_of(places, few)
    page = click(page, "Set need against places")
    job = few.jobs["sufficiency"]
    page = ended(page, few, "sufficiency")
    assert (job.done, job.share) == (job.total, 1.0)
    said = shown_in(page)
    assert said.index("places missing") < said.index("Need and usable places on an average day")


def test_a_plan_of_places_becomes_the_scenario_in_use(few):
    from lacmodel.app.pages import places

    opened(few, "worcestershire-2017")
    page = page_of(places, few)
    page.radio[0].set_value("Which places should be added?").run()
    assert not [button for button in page.button if button.label.startswith("Find")]
    next(one for one in page.number_input if one.label.startswith("Capital")).set_value(5e6).run()
    page = click(page, "Find the places")
    job = few.jobs["plan"]
    page = ended(page, few, "plan")
    assert job.done == job.total
    planned = read_scenario(few.ran["plan"].folder / "plan.toml").changes
    assert planned
    assert "extends" not in (few.ran["plan"].folder / "plan.toml").read_text(encoding="utf-8")
    click(page, "Go on with it")
    assert few.draft.name == "worcestershire-2017-plan"
    assert few.check(few.draft).scenario.changes == planned
    assert few.check(few.draft).faults == ()


def test_a_goal_is_answered_and_saved_as_a_scenario(few, tmp_path):
    import shutil

    from lacmodel.app.pages import places

    chosen_folder = tmp_path / "chosen"
    shutil.copytree(WORCESTERSHIRE, chosen_folder / "data" / "worcestershire-2017")
    (chosen_folder / "scenarios").mkdir()
    few.folders = Folders(chosen_folder, few.folders.private)
    few.begin(new_draft(chosen_folder / "data" / "worcestershire-2017", "mine"))
    page = page_of(places, few)
    page.radio[0].set_value("What would keep a goal?").run()
    chosen(page, "Type of placement", "childrens_home")
    page = ended(click(page, "Find what it takes"), few, "goal")
    assert "To keep children's homes short on no more than 10% of days in 2018/19" in shown_in(page)
    click(page, "Save it among")
    saved = read_scenario(chosen_folder / "scenarios" / "mine-goal.toml")
    assert [change.lever for change in saved.changes] == ["places"]


def test_the_money_page_says_the_answer_before_the_tables(few):
    from lacmodel.app.pages import money

    opened(few, "month-4-2017")
    page = ended(click(page_of(money, few), "Run 3 futures"), few, "forecast")
    said = shown_in(page)
    assert said.index("Spend 2017/18: ") < said.index("Budget monitor, 2017/18")
    heads = {
        "Committed": "Committed, and not yet in care",
        "Medium-term plan": "From each year's net spend to the next",
        "Ready reckoner": "What one child or one bed more or less costs",
        "High-cost placements": "Placements at £10,000 a week or more",
        "Spend by line": "Net spend by line and year, mean",
    }
    for part, words in heads.items():
        page.radio[0].set_value(part).run()
        assert words in shown_in(page), part


def test_how_wrong_quotes_the_backtest_and_finds_what_matters(few):
    from lacmodel.app.pages import how_wrong
    from lacmodel.report.backtest_words import how_wrong as sentence

    opened(few, "worcestershire-2017")
    page = page_of(how_wrong, few)
    assert sentence(read_area(WORCESTERSHIRE)).split(": ", 1)[1][4:60] in shown_in(page)
    assert "no change" in shown_in(page)
    page = click(page, "Find what matters most")
    job = few.jobs["sensitivity"]
    page = ended(page, few, "sensitivity")
    assert job.done == job.total
    assert "It depends most on" in shown_in(page)


def test_a_run_is_downloaded_whole_and_by_its_parts(few):
    from lacmodel.app.pages import download, forecast

    opened(few, "fewer-breakdowns")
    ended(click(page_of(forecast, few), "Run 3 futures"), few, "forecast")
    page = page_of(download, few)
    names = {each.proto.label for each in page.get("download_button")}
    assert {"Workbook for Excel", "Report for a browser", "All tables as a zip (CSV)"} <= names
    folder = few.ran["forecast"].folder
    with zipfile.ZipFile(io.BytesIO(download.zipped(folder / "tables"))) as archive:
        assert set(archive.namelist()) == {path.name for path in (folder / "tables").iterdir()}


@pytest.mark.parametrize("source", ["return", "published"])
def test_an_area_that_is_made_shows_its_doubts_and_can_be_run(source, few, tmp_path):
    from published_files import ALPHA, both

    from lacmodel.app.making import area_from_published, area_from_return
    from lacmodel.app.pages import area

    few.folders.private.mkdir(exist_ok=True)
    if source == "return":
        returns = REPOSITORY / "data" / "exampleshire" / "returns"
        content = {
            path.relative_to(returns).as_posix(): path.read_bytes()
            for path in returns.rglob("*.csv")
        }
        kept = keep_uploads(few.folders, "return", [("all.zip", zip_of(content))], (".zip",))
        few.made = area_from_return(kept, "Example", 28_000, False, few.folders, lambda _: None)
    else:
        files = [(path.name, path.read_bytes()) for path in both(tmp_path)]
        kept = keep_uploads(few.folders, "published", files, (".csv",))
        few.made = area_from_published(kept, ALPHA.code, None, few.folders)
    few.begin(new_draft(few.made.folder, "made"))
    page = page_of(area, few)
    assert not page.exception
    assert [error.value for error in page.error] == []
    assert "Numbers that nobody has confirmed" in shown_in(page)
    assert ("Problems found in the return" in shown_in(page)) == bool(few.made.problems)
    assert few.expected(few.draft).ensemble.expected


@pytest.mark.parametrize("day", ["2017-04-01", "01/04/2017", " 1/4/2017 "])
def test_a_day_is_typed_the_british_way_or_year_first(day, few, monkeypatch):
    from lacmodel.app.form import day_typed
    from lacmodel.app.pages import area

    assert day_typed(day) == date(2017, 4, 1)
    few.folders.private.mkdir(exist_ok=True)
    opened(few, "worcestershire-2017")
    monkeypatch.setattr(few.__class__, "area", lambda *_: None)  # the list itself is empty here
    area._use_list(few, [("list.csv", b"")], day)
    assert few.draft.given.as_at == date(2017, 4, 1)
    with pytest.raises(InputFaults, match="01/11/2026"):
        area._use_list(few, [("list.csv", b"")], "31/02/2017")


def test_below_the_menu_stands_what_is_open_and_where_to_open_another(few, monkeypatch):
    from streamlit.testing.v1 import AppTest

    from lacmodel.app import folders as places

    monkeypatch.setenv(places.CHOSEN, str(REPOSITORY))
    monkeypatch.setenv(places.PRIVATE, str(few.folders.private))
    opened(few, "edge-of-care")
    app = AppTest.from_file(str(REPOSITORY / "lacmodel" / "app" / "main.py"), default_timeout=900)
    app.session_state["session"] = few
    page = app.run()
    assert not page.exception
    said = "\n".join(each.value for each in page.sidebar.markdown).replace("\\", "")
    assert "Area: **data/worcestershire-2017**" in said
    assert f"Scenario: **{few.draft.title}**" in said
    links = [each.proto.label for each in page.sidebar.get("page_link")]
    assert links == ["Another area", "Another scenario"]


def test_an_area_whose_file_has_changed_is_read_again(few, tmp_path):
    folder = tmp_path / "area"
    shutil.copytree(REPOSITORY / "data" / "worcestershire-2017", folder)
    draft = new_draft(folder, "a trial")
    few.folders = Folders(tmp_path, tmp_path / "private")
    assert few.area(draft) is few.area(draft)
    before = few.expected(draft)
    assert few.expected(draft) is before
    opening = folder / "opening.csv"
    text = opening.read_text(encoding="utf-8")
    opening.write_text(text[: text.rindex("17,")], encoding="utf-8")
    assert "must be 767" in few.check(draft).faults[0].rule
    with pytest.raises(InputFaults, match="must be 767"):
        few.expected(draft)
    opening.write_text(text, encoding="utf-8")
    assert few.expected(draft) is not before
