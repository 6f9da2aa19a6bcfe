"""The first screen of a report: the question, the answer, the key numbers, and one chart."""

from collections.abc import Sequence

from lacmodel.plan import Plan
from lacmodel.report.drawing import NO_CHARTS, can_draw
from lacmodel.report.html import heading, navigation, paragraph


def screen(
    plan: Plan,
    answer: str,
    tiles: Sequence[str],
    chart: str,
    sections: str,
) -> str:
    """The first screen as HTML; where nothing can be drawn it says so above the chart's numbers.

    Parameters
    ----------
    sections : the HTML of what follows, to which the screen ends with links
    """
    note = "" if can_draw() else paragraph(NO_CHARTS, "note")
    return (
        f"<header>{heading(plan.title, plan.area.name)}{paragraph(plan.question, 'question')}"
        f'</header><main><section id="answer">{answer}<dl class="tiles">{"".join(tiles)}</dl>'
        f"{note}{chart}</section>{navigation(sections)}"
    )
