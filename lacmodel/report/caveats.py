"""What may be said to anybody of how far a run can be trusted: no word of it tells of a child."""

from lacmodel.analyses.past_scores import EVERY_TYPE, scores_beside, shipped_scores
from lacmodel.area import Area
from lacmodel.engines.ensemble import Ensemble
from lacmodel.report.assumptions import unconfirmed_words
from lacmodel.report.backtest_words import how_wrong, sentence
from lacmodel.report.summary import how_made


def caveats(area: Area, ensemble: Ensemble) -> list[str]:
    """Past errors, what nobody has confirmed, and which uncertainty the ranges hold."""
    return [past_errors(area), unconfirmed_words(area), how_made(ensemble)]


def past_errors(area: Area) -> str:
    """How wrong the model has been; for many councils where an area's own scores are of a return.

    Those are made of counts of its children, by placement type too, which may be small.
    """
    found, own = scores_beside(area.path.parent)
    if not own or all(score.children != EVERY_TYPE for score in found):
        return how_wrong(area)
    return sentence(shipped_scores(), own=False, of_return=True)
