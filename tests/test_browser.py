"""The app in a browser: every page, by keyboard, with no request to anywhere else.

What the framework itself does against WCAG 2.2 AA is listed in `FRAMEWORKS_OWN`, and nowhere else.
"""

import shutil
import tomllib
from pathlib import Path

import pytest
from browser import CHROMIUM, REPOSITORY, TILE, ahead, app_on, browser_page, outside, violations

pytest.importorskip("streamlit")
pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

PAGES = (
    "Area", "Scenario", "Forecast", "Compare", "Options", "Places", "Money", "Prevented",
    "Business case", "How wrong?", "Download",
)  # fmt: skip
FRAMEWORKS_OWN: dict[str, str] = {}
FUTURES = "60"
SLOW = 300_000  # milliseconds: a first run may compile the model


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A folder as a user has it: an area, a return and scenarios."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copytree(REPOSITORY / "data", folder / "data")
    shutil.copytree(REPOSITORY / "scenarios", folder / "scenarios")
    return folder


@pytest.fixture(scope="module")
def app(work):
    """The app's first page, and what the browser has asked for."""
    log = work.parent / f"{work.name}.log"
    with app_on(work, log, "--futures", FUTURES) as address, browser_page() as (page, asked):
        page.set_default_timeout(SLOW)
        page.goto(address)
        page.get_by_role("heading", name="Forecast", level=1).wait_for()
        yield page, asked
    assert not list(Path(log.parent).glob("lacmodel-app-*"))


def open_page(page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    settled(page)


def settled(page) -> None:
    """Until the script has run and nothing moves; what is asked takes a while to arrive."""
    for _ in range(2):
        page.wait_for_timeout(200)
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def shows(field, value: str) -> None:
    """Until a field of a form holds a value."""
    from playwright.sync_api import expect

    expect(field).to_have_value(value, timeout=SLOW)


def unlisted(page) -> dict[str, list[str]]:
    """What breaks a rule on a page and is not the framework's own."""
    found = violations(page)
    return {rule: nodes for rule, nodes in found.items() if rule not in FRAMEWORKS_OWN}


def the_first_screen_has_number_rate_spend_and_one_fan(app):
    page, _ = app
    page.get_by_text("forecast: eight futures in ten").wait_for()
    settled(page)
    page.wait_for_function("() => document.querySelectorAll('.tiles').length === 1")
    tiles = page.locator(".tiles").inner_text()
    for words in ("767", "66", "net spend forecast for 2017/18", "£", "England 62"):
        assert words in tiles
    assert page.locator("figure > img").count() == 1
    assert "central forecast" in page.locator("figure > img").get_attribute("alt")


def every_page_opens_and_breaks_no_rule_of_its_own(app):
    page, asked = app
    found = {}
    for name in PAGES:
        open_page(page, name)
        assert page.get_by_role("alert").filter(has_text="could not finish").count() == 0, name
        found[name] = unlisted(page)
    assert {name: rules for name, rules in found.items() if rules} == {}
    assert outside(asked) == []


def whatever_has_the_focus_has_a_ring(app):
    page, _ = app
    open_page(page, "Area")
    page.get_by_role("link", name=PAGES[0], exact=True).focus()
    for name in PAGES[1:]:
        page.keyboard.press("Tab")
        page.wait_for_function("name => document.activeElement.innerText.trim() === name", arg=name)
        ring = page.evaluate("() => getComputedStyle(document.activeElement).outline")
        assert "rgb(179, 71, 0) solid 3px" in ring, name


def a_lever_moves_by_keyboard_and_futures_are_run_and_downloaded(app, tmp_path):
    from openpyxl import load_workbook

    page, asked = app
    open_page(page, "Scenario")
    page.get_by_role("button", name="Add this change").click()
    page.get_by_label("What the rate is multiplied by").wait_for()  # the change is there
    page.get_by_text("This scenario can be run.").wait_for()
    settled(page)
    open_page(page, "Forecast")
    before = page.locator(TILE).inner_text()
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(6):
        slider.press("ArrowRight")
    moved = f"before => document.querySelector('{TILE}').innerText !== before"
    page.wait_for_function(moved, arg=before)
    settled(page)
    shows(slider, "1.3")
    assert ahead(page.locator(TILE).inner_text()) > ahead(before)
    page.get_by_role("button", name=f"Run {FUTURES} futures").click()
    page.get_by_text("forecast: eight futures in ten").wait_for()
    shown = f"{ahead(page.locator(TILE).inner_text()):,}"
    open_page(page, "Download")
    with page.expect_download() as started:
        page.get_by_role("button", name="Workbook for Excel").click()
    started.value.save_as(tmp_path / "run.xlsx")
    book = load_workbook(tmp_path / "run.xlsx")
    cells = [str(cell.value) for row in book["Headline"].iter_rows() for cell in row]
    assert shown in cells
    assert unlisted(page) == {}
    assert outside(asked) == []


def a_scenario_is_saved_and_opened_again(app, work):
    page, asked = app
    open_page(page, "Scenario")
    name = page.get_by_label("Name of the file")
    name.fill("more-entries")
    name.press("Enter")
    settled(page)
    page.get_by_role("button", name="Save it among the scenarios").click()
    page.get_by_text("Saved as scenarios/more-entries.toml").wait_for()
    saved = tomllib.loads((work / "scenarios" / "more-entries.toml").read_text(encoding="utf-8"))
    assert [change["multiply"] for change in saved["change"]] == [1.3]
    page.get_by_role("button", name="Remove this change").click()
    page.get_by_text("no changes", exact=False).first.wait_for()
    page.get_by_text("Open a scenario").click()
    saved_file = work / "scenarios" / "more-entries.toml"
    page.locator('input[type="file"]').set_input_files(saved_file)
    page.get_by_role("button", name="Open the uploaded file").click()
    page.get_by_text("1 change", exact=False).first.wait_for()
    shows(page.get_by_label("What the rate is multiplied by"), "1.3")
    assert outside(asked) == []


def a_goal_is_found_and_saved_and_options_are_set_side_by_side(app, work):
    page, asked = app
    open_page(page, "Places")
    page.get_by_text("What would keep a goal?").click()
    settled(page)
    page.get_by_role("button", name="Find what it takes").click()
    page.get_by_text("To keep foster care short on no more than 10%").wait_for()
    page.get_by_role("button", name="Save it among the scenarios").click()
    page.get_by_text("Saved as scenarios/").wait_for()
    saved = list((work / "scenarios").glob("*-goal.toml"))
    assert len(saved) == 1
    assert unlisted(page) == {}
    open_page(page, "Options")
    others = page.get_by_label("Other options, up to 5")
    others.click()
    others.press_sequentially(saved[0].stem)
    page.get_by_role("option").first.click()
    others.press("Escape")
    settled(page)
    page.get_by_role("button", name="Appraise them").click()
    page.get_by_role("heading", name="Options side by side").wait_for()
    assert "costs least over 20 years" in page.locator(".stHtml").first.inner_text()
    assert unlisted(page) == {}
    assert outside(asked) == []


def money_is_read_part_by_part_with_the_keyboard(app):
    page, _ = app
    open_page(page, "Money")
    page.get_by_text("Spend 2017/18").first.wait_for()
    page.get_by_role("radio", name="Spend by line").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Committed, and not yet in care").wait_for()
    assert unlisted(page) == {}


def the_example_return_is_uploaded_and_becomes_an_area(app, work):
    page, asked = app
    returns = work / "data" / "exampleshire" / "returns"
    archive = shutil.make_archive(str(work / "exampleshire"), "zip", returns)
    open_page(page, "Area")
    page.get_by_text("Make one from a return (SSDA903)").click()
    settled(page)
    page.locator('input[type="file"]').set_input_files(archive)
    page.get_by_text("exampleshire.zip").first.wait_for()
    settled(page)  # or what the upload starts would take the number away again
    residents = page.get_by_label("Residents aged 0 to 17")
    residents.fill("28000")
    residents.press("Enter")
    settled(page)
    page.get_by_role("button", name="Read the return").click()
    page.get_by_text("138 children in care at the start").wait_for()
    page.get_by_text("415 of 415 in the return are used").wait_for()
    assert unlisted(page) == {}
    assert outside(asked) == []


def test_the_app_in_one_sitting(app, work, tmp_path):
    """One test, since each step goes on from what the steps before it left on the screen."""
    the_first_screen_has_number_rate_spend_and_one_fan(app)
    every_page_opens_and_breaks_no_rule_of_its_own(app)
    whatever_has_the_focus_has_a_ring(app)
    a_lever_moves_by_keyboard_and_futures_are_run_and_downloaded(app, tmp_path)
    a_scenario_is_saved_and_opened_again(app, work)
    a_goal_is_found_and_saved_and_options_are_set_side_by_side(app, work)
    money_is_read_part_by_part_with_the_keyboard(app)
    the_example_return_is_uploaded_and_becomes_an_area(app, work)
