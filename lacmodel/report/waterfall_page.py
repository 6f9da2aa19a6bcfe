"""The waterfall between two scenarios: a section of the comparison's report, and lines in words."""

from collections.abc import Sequence

from lacmodel.analyses.waterfall import Waterfall
from lacmodel.report.html import figure, paragraph, section, table
from lacmodel.report.waterfall import Step, waterfall_chart
from lacmodel.report.words import listed, pounds, signed


def waterfall_lines(found: Sequence[Waterfall]) -> list[str]:
    """What each change adds in the first year, in a sentence for each scenario."""
    lines = []
    for each in found:
        steps = [f"{added.label} {_change(float(added.step[:, 0].mean()))}" for added in each.added]
        line = (
            f"{each.plan.title}: one change after the other, net spend in {each.years[0]} goes "
            f"from {pounds(float(each.baseline[:, 0].mean()))} to "
            f"{pounds(float(each.scenario[:, 0].mean()))} (means): "
            f"{listed(steps) if steps else 'it has no change of its own'}."
        )
        lines.append(f"{line} {_interaction(each, 0)}".strip())
    return lines


def _change(amount: float) -> str:
    return signed(amount, pounds(amount))


def _interaction(found: Waterfall, year: int) -> str:
    """What the changes do to each other, where that can be said."""
    together = found.interaction
    if len(found.added) < 2:
        return ""
    if together is None:
        return "The interaction is not known: a change cannot be run without those before it."
    amount = float(together[:, year].mean())
    return f"Interaction (all together less the sum of each alone): {_change(amount)}."


def waterfall_section(found: Sequence[Waterfall]) -> str:
    """A chart of the first year and a table of every year, for each scenario."""
    if not found:
        return ""
    note = (
        "The changes are added in their order, in the same futures, so each step is what a change "
        "adds once those before it hold; in another order the steps differ. Amounts are means."
    )
    parts = [part for at, each in enumerate(found) for part in _one(each, at)]
    return section("One change after the other", "waterfall", paragraph(note), *parts)


def _one(found: Waterfall, number: int) -> list[str]:
    steps = [Step(added.label, float(added.step[:, 0].mean())) for added in found.added]
    begin = Step("baseline", float(found.baseline[:, 0].mean()))
    title = f"Net spend in {found.years[0]}: from the baseline to {found.plan.title}"
    chart = figure(waterfall_chart(title, begin, steps, "scenario"), f"chart-waterfall-{number}")
    said = paragraph(words) if (words := _interaction(found, 0)) else ""
    return [chart, said, _table(found)]


def _table(found: Waterfall) -> str:
    """What each change adds in every year, and alone in the first."""
    rows = [
        (
            added.label,
            *(_change(float(value)) for value in added.step.mean(axis=0)),
            "" if added.alone is None else _change(float(added.alone[:, 0].mean())),
        )
        for added in found.added
    ]
    together = found.interaction
    whole = (_change(float(value)) for value in found.difference.mean(axis=0))
    alone = sum(float(added.alone[:, 0].mean()) for added in found.added if added.alone is not None)
    rows.append(("all together", *whole, "" if together is None else _change(alone)))
    columns = ("Change", *found.years, f"Alone, {found.years[0]}")
    return table(columns, rows, f"{found.plan.title}: what each change adds to net spend")
