"""The first screen of a report: the question, the answer, the key numbers, and one chart."""

from collections.abc import Sequence
from typing import Final

from lacmodel.plan import Plan
from lacmodel.report.drawing import NO_CHARTS, can_draw
from lacmodel.report.html import heading, navigation, paragraph

GROUNDS: Final = (  # the sections of `lacmodel.report.grounds`, with which every report ends
    ("uncertainty", "What the ranges hold"),
    ("assumptions", "Assumed and not confirmed"),
    ("sources", "Sources"),
    ("method", "Method"),
    ("manifest", "How to make this again"),
)


def screen(
    plan: Plan,
    answer: str,
    tiles: Sequence[str],
    chart: str,
    contents: Sequence[tuple[str, str]],
) -> str:
    """The first screen as HTML; where nothing can be drawn it says so above the chart's numbers.

    Parameters
    ----------
    contents : name and title of the report's own sections, which come before its grounds
    """
    note = "" if can_draw() else paragraph(NO_CHARTS, "note")
    return (
        f"<header>{heading(plan.title, plan.area.name)}{paragraph(plan.question, 'question')}"
        f'</header><main><section id="answer">{answer}<dl class="tiles">{"".join(tiles)}</dl>'
        f"{note}{chart}</section>{navigation([*contents, *GROUNDS])}"
    )
