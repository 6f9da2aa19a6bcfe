"""The waterfall between two scenarios: a section of the comparison's report, and lines in words."""

from collections.abc import Sequence

from lacmodel.analyses.waterfall import Waterfall
from lacmodel.money.spend import first_that_differs
from lacmodel.report.html import figure, paragraph, section, table
from lacmodel.report.waterfall import Step, waterfall_chart
from lacmodel.report.words import listed, pounds, signed


def waterfall_lines(found: Sequence[Waterfall]) -> list[str]:
    """What each change adds in one year, in a sentence for each scenario, and all in every year."""
    lines = []
    for each in found:
        at = first_that_differs(each.baseline, each.scenario)
        line = (
            f"{each.plan.title}: one change after the other, net spend in {each.years[at]} goes "
            f"from {pounds(float(each.baseline[:, at].mean()))} to "
            f"{pounds(float(each.scenario[:, at].mean()))} (averages): "
            f"{_steps(each, at)}."
        )
        lines.append(f"{line} {_interaction(each, at)} {_by_year(each)}".replace("  ", " "))
    return lines


def _steps(found: Waterfall, year: int) -> str:
    """What each change adds in a year; those that add nothing are counted."""
    said = [f"{added.label} {_change(float(added.step[:, year].mean()))}" for added in found.added]
    moved = [words for words in said if not words.endswith(" £0")]
    still = len(said) - len(moved)
    if not said:
        return "it has no change of its own"
    return listed([*moved, *([f"nothing from {_others(still, bool(moved))}"] if still else [])])


def _others(count: int, besides: bool) -> str:
    """Changes that add nothing.

    >>> _others(1, True), _others(8, True), _others(2, False)
    ('the other', 'the other 8', 'its changes')
    """
    if not besides:
        return "its changes"
    return "the other" if count == 1 else f"the other {count}"


def _by_year(found: Waterfall) -> str:
    """What all changes together come to in every year."""
    said = [
        f"{_change(float(value))} in {year}"
        for value, year in zip(found.difference.mean(axis=0), found.years, strict=True)
    ]
    return f"All together: {listed(said)}."


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
    """A chart of the first year that differs, a table of every year, for each scenario."""
    if not found:
        return ""
    note = (
        "The changes are added in their order, in the same futures, so each step is what a change "
        "adds once those before it hold; in another order the steps differ. Amounts are averages."
    )
    parts = [part for at, each in enumerate(found) for part in _one(each, at)]
    return section("One change after the other", "waterfall", paragraph(note), *parts)


def _one(found: Waterfall, number: int) -> list[str]:
    at = first_that_differs(found.baseline, found.scenario)
    steps = [Step(added.label, float(added.step[:, at].mean())) for added in found.added]
    begin = Step("baseline", float(found.baseline[:, at].mean()))
    title = f"Net spend in {found.years[at]}: from the baseline to {found.plan.title}"
    chart = figure(waterfall_chart(title, begin, steps, "scenario"), f"chart-waterfall-{number}")
    said = paragraph(words) if (words := _interaction(found, at)) else ""
    return [chart, said, _table(found)]


def _table(found: Waterfall) -> str:
    """What each change adds in every year, and alone in that of the chart."""
    at = first_that_differs(found.baseline, found.scenario)
    rows = [
        (
            added.label,
            *(_change(float(value)) for value in added.step.mean(axis=0)),
            "" if added.alone is None else _change(float(added.alone[:, at].mean())),
        )
        for added in found.added
    ]
    together = found.interaction
    whole = (_change(float(value)) for value in found.difference.mean(axis=0))
    alone = sum(
        float(added.alone[:, at].mean()) for added in found.added if added.alone is not None
    )
    rows.append(("all together", *whole, "" if together is None else _change(alone)))
    columns = ("Change", *found.years, f"Alone, {found.years[at]}")
    return table(columns, rows, f"{found.plan.title}: what each change adds to net spend")
