"""What must be known before an answer is read."""

from lacmodel.analyses.forecast import Headline


def cautions(answer: Headline) -> list[str]:
    """What to say before the answer; nothing of most runs."""
    return one_future(answer)


def one_future(answer: Headline) -> list[str]:
    """That one future was run alone, where it was."""
    if answer.future is None:
        return []
    return [
        f"This is one future alone, number {answer.future}: one course of events as chance had it, "
        "to be looked into. It is no forecast, and has no range and no chance."
    ]
