"""From a lever that is moved in the app to the chart that answers: core seconds of computing."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lacmodel.analyses.compare import compare
from lacmodel.analyses.forecast import headline
from lacmodel.app.draft import Draft, draft_of
from lacmodel.app.fields import changed, fields_of
from lacmodel.app.folders import Folders
from lacmodel.app.screen import as_image
from lacmodel.app.session import Session
from lacmodel.report import charts
from lacmodel.report.first_screen import tiles
from lacmodel.report.html import figure
from tests.benchmarks.measuring import SCENARIOS, core_seconds, table

MOVES = 10


def lever() -> None:
    """Move one lever by ten steps; the first answer, which may compile, is not counted."""
    rows = []
    for name, key in (("fewer-breakdowns", "multiply"), ("edge-of-care", "reach")):
        with TemporaryDirectory() as private:
            session = Session(Folders(SCENARIOS.parent, Path(private)))
            draft = draft_of(SCENARIOS / f"{name}.toml", session.folders)
            field = next(f for f in fields_of(draft.changes[0]["lever"]) if f.key == key)
            seconds = []
            for step in range(MOVES + 1):
                change = changed(draft.changes[0], field, round(0.5 + step / 100, 2))
                moved = replace(draft, changes=(change,))
                start = core_seconds()
                picture(session, moved)
                seconds.append(core_seconds() - start)
        rows.append((name, f"{min(seconds[1:]):.2f}", f"{max(seconds[1:]):.2f}"))
    print("Core seconds from a lever to its chart, everything but the browser\n")
    table(("scenario", "fastest", "slowest"), rows)


def picture(session: Session, draft: Draft) -> str:
    """What the page Forecast shows of a draft: its numbers, and its chart as an image."""
    result = session.expected(draft)
    beside = compare(session.expected(session.unchanged(draft)), (result,))
    shown = "".join(tiles(result, headline(result))) + figure(
        charts.scenarios_chart(beside), "chart"
    )
    return as_image(shown)
