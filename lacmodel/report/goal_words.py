"""The answer to a goal in plain sentences, and its folder."""

from pathlib import Path
from typing import Final

from lacmodel.analyses.goals import MOST, SEARCH_FUTURES, GoalAnswer, Tried, change_of
from lacmodel.analyses.simulate import Settings
from lacmodel.codes import places_label
from lacmodel.report.avoidance_words import as_bullets
from lacmodel.report.internal import INTERNAL
from lacmodel.report.run_folder import (
    MANIFEST,
    input_files,
    manifest_text,
    new_folder,
    sha256,
    versions,
    write_text,
)
from lacmodel.report.sufficiency_words import share_words
from lacmodel.report.summary import as_text
from lacmodel.report.words import counted, long_date, pounds
from lacmodel.scenario import Scenario
from lacmodel.scenario.amended import amendment_text

GOAL_FILE: Final = "goal.toml"


def write_goal(folder: Path, scenario: Scenario, answer: GoalAnswer, settings: Settings) -> None:
    """Write the answer, the scenario with the amount if there is one, and how it was made."""
    plan, internal = answer.plan, answer.plan.area.internal
    inputs = {name: sha256(path) for name, path in input_files(scenario, plan).items()}
    made = {
        "internal": internal,
        "question": {"command": "goal", **answer.goal._asdict()},
        "scenarios": {plan.name: plan.resolved},
        "inputs_sha256": inputs,
        "seed": settings.seed,
        "futures": settings.futures,
        "engine": settings.engine,
        "layers": sorted(settings.layers),
        "versions": versions(),
    }
    words = f"# {scenario.title}: a goal\n\n{as_bullets(goal_lines(answer))}\n"
    words = f"**{INTERNAL}**\n\n{words}" if internal else words
    with new_folder(folder) as building:
        write_text(building / "summary.md", as_text(words))
        if answer.amount:
            change, title = change_of(answer.goal, answer.amount, plan), f"Goal: {scenario.title}"
            question = question_of(answer)
            text = amendment_text(scenario.path, folder, title[:200], question, [change])
            write_text(building / GOAL_FILE, text)
        write_text(building / MANIFEST, manifest_text(made))


def goal_headline(answer: GoalAnswer, folder: Path) -> list[str]:
    """What is printed: the answer, and where it is."""
    scenario = f", {GOAL_FILE}" if answer.amount else ""
    return [*goal_lines(answer), f"Written to {folder}: summary.md{scenario}."]


def goal_lines(answer: GoalAnswer) -> list[str]:
    """The amount, what it reaches, and what fresh futures say."""
    lines = [answer_line(answer), nothing_line(answer)]
    if answer.fresh is not None and answer.amount:
        lines.append(fresh_line(answer))
    return [*lines, basis_line(answer)]


def goal_words(answer: GoalAnswer) -> str:
    """What is to be kept."""
    goal = answer.goal
    if goal.what == "spend":
        return f"net spend of {goal.year} at or under {pounds(goal.limit)}"
    label = places_label(goal.placement)
    return f"{label} short on no more than {goal.limit:.0%} of days in {goal.year}"


def amount_words(answer: GoalAnswer, amount: int) -> str:
    """An amount of what the goal is reached by."""
    goal = answer.goal
    since = long_date(goal.since or answer.plan.period.start)
    if goal.by == "entries":
        return f"{amount}% fewer entries from {since}"
    if goal.by == "households":
        return f"{counted(amount, 'more in-house foster household')} from {since}"
    places = counted(amount, "more in-house place")
    return f"{places} of {places_label(goal.placement)} from {since}"


def question_of(answer: GoalAnswer) -> str:
    """What the scenario with the amount asks."""
    assert answer.amount is not None
    return (
        f"What would {amount_words(answer, answer.amount)} change? Sought to keep "
        f"{goal_words(answer)}{chance_words(answer)}."
    )


def chance_words(answer: GoalAnswer) -> str:
    """With what probability spend is to be kept; nothing of a shortage."""
    goal = answer.goal
    return f" with probability {goal.chance:.0%}" if goal.what == "spend" else ""


def reached_words(answer: GoalAnswer, found: Tried) -> str:
    """What some futures reach."""
    goal = answer.goal
    if goal.what == "spend":
        return f"{share_words(found.reached)} of futures stay within it"
    return f"short on {share_words(found.reached)} of days"


def answer_line(answer: GoalAnswer) -> str:
    """The answer."""
    asked = f"{goal_words(answer)}{chance_words(answer)}"
    if answer.amount is None:
        most = amount_words(answer, MOST[answer.goal.by])
        said = reached_words(answer, answer.searched)
        return f"No amount of this keeps {asked}: even with {most}, {said}."
    if answer.amount == 0:
        return f"Nothing is needed to keep {asked}: {reached_words(answer, answer.nothing)}."
    return f"To keep {asked}: {amount_words(answer, answer.amount)}."


def nothing_line(answer: GoalAnswer) -> str:
    """What happens with none of it."""
    return f"With none of it: {reached_words(answer, answer.nothing)}."


def fresh_line(answer: GoalAnswer) -> str:
    """What fresh futures say of the amount."""
    assert answer.fresh is not None
    said = f"{reached_words(answer, answer.fresh)} (standard error {answer.fresh.error:.1%})"
    if answer.met:
        return f"Confirmed on {answer.futures:,} fresh futures: {said}."
    if answer.confirmed:
        return f"Just missed on {answer.futures:,} fresh futures, within their error: {said}."
    return f"Not confirmed on {answer.futures:,} fresh futures: {said}; more is needed."


def basis_line(answer: GoalAnswer) -> str:
    """How it was found."""
    futures = min(answer.futures, SEARCH_FUTURES)
    return (
        f"Found by halving on {futures} futures, taking it that more of it only helps; expected "
        "numbers (stock_flow) have no distribution to read a probability from. An empty place "
        "costs nothing here beyond a fixed cost that the area states, and capital is not counted."
    )
