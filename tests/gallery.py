"""Screenshots for README: ``python -m tests.gallery [FOLDER]``, scenarios/ unless given.

The app is started for a folder with the founding case, and looked at as an officer would.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))
from browser import REPOSITORY, app_on, browser_page

SIZE = (1280, 900)
PATIENCE = 600_000  # milliseconds: a first run may compile the model


def pictures(out: Path, work: Path) -> None:
    """Take the pictures of the app."""
    for name in ("data", "scenarios"):
        shutil.copytree(REPOSITORY / name, work / name)
    with app_on(work, work.parent / "log") as address, browser_page(*SIZE) as (page, _):
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.get_by_text("forecast: eight futures in ten").wait_for()
        take(page, out / "app-forecast.png")
        go(page, "Scenario")
        page.get_by_text("Open a scenario").click()
        choose(page, "A scenario of this folder", "scenarios/inspection-surge.toml")
        page.get_by_role("button", name="Open it").click()
        page.get_by_text("1 change", exact=False).first.wait_for()
        still(page)
        page.get_by_text("Open a scenario").click()
        take(page, out / "app-scenario.png")
        go(page, "Forecast")
        page.locator("figure > img").wait_for()
        take(page, out / "app-levers.png")


def choose(page, label: str, option: str) -> None:
    """Choose from a list by typing."""
    box = page.get_by_label(label)
    box.click()
    box.press_sequentially(option)
    page.get_by_role("option", name=option).click()
    still(page)


def go(page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    still(page)


def still(page) -> None:
    """Wait until the page's script has run."""
    page.wait_for_timeout(500)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def take(page, path: Path) -> None:
    still(page)
    page.mouse.move(1, 1)
    page.screenshot(path=path)
    smaller(path)
    print(path, f"{path.stat().st_size:,} bytes")


def smaller(path: Path) -> None:
    """Keep 128 colours, which is all that these pages have, where Pillow is installed."""
    try:
        from PIL import Image
    except ImportError:
        return
    few = Image.open(path).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        to = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "scenarios"
        (Path(place) / "work").mkdir()
        pictures(to, Path(place) / "work")
