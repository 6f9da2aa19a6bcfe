"""What a published folder leaves out, file by file, and why.

A table is published where `lacmodel.report.publish` has a rule that hides small counts with all
that would give them back. Every other table is left out, one that nobody has thought of as well.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

BY_LINE: Final = (
    "by line, its pounds and nights are those of a few children where a line has few, and its sums "
    "and prices would give them back"
)
DIFFERENCE: Final = "a difference between runs gives back what either of them hides"
EACH: Final = "it is of single children or single placements"
COUNTS: Final = "it counts few children, families or placements by its nature"
AGAINST: Final = "it weighs numbers of few children against each other, from runs not shown"
PRICES: Final = "the price of a kind with few children is what one of them costs"
NO_CHILDREN: Final = "it is made of what councils have published, which stands there already"

TABLES_LEFT_OUT: Final = {
    "account": AGAINST,
    "actuals": BY_LINE,
    "appraisal": AGAINST,
    "avoided": AGAINST,
    "backtest_by_origin": COUNTS,
    "backtest_forecasts": COUNTS,
    "backtest_scores": COUNTS,
    "budget_monitor": BY_LINE,
    "budget_variance": BY_LINE,
    "carers": "places filled in kinship and other foster care are counts of children",
    "claim": AGAINST,
    "committed": BY_LINE,
    "differences": DIFFERENCE,
    "displaced": AGAINST,
    "effects": AGAINST,
    "expected_ends": EACH,
    "high_cost": COUNTS,
    "income": "income for few children tells how many they are",
    "listed_prices": EACH,
    "log_curve": EACH,
    "log_times": EACH,
    "medium_term_plan": BY_LINE,
    "movement": DIFFERENCE,
    "movement_by_input": DIFFERENCE,
    "movement_by_line": DIFFERENCE,
    "neighbours": NO_CHILDREN,
    "options": AGAINST,
    "outcomes": COUNTS,
    "plan": AGAINST,
    "ready_reckoner": PRICES,
    "savings": AGAINST,
    "schemes": AGAINST,
    "sensitivity": DIFFERENCE,
    "spend_by_month": BY_LINE,
    "sufficiency": COUNTS,
    "variance": DIFFERENCE,
    "variance_of_spend": DIFFERENCE,
    "waterfall": DIFFERENCE,
}
FILES_LEFT_OUT: Final = {
    ".xlsx": "it holds the tables before anything was hidden",
    ".docx": "its words hold numbers before anything was hidden",
    ".pdf": "its words hold numbers before anything was hidden",
    ".md": "its words hold numbers before anything was hidden",
    ".parquet": EACH,
    ".toml": "it holds a scenario, which may tell of single places",
}
NO_RULE: Final = "there is no rule that would hide small counts in it"


def why_left_out(file: str) -> str:
    """Why a file of a run, by its path in the folder, is not published.

    >>> why_left_out("tables/listed_prices.csv")
    'it is of single children or single placements'
    >>> why_left_out("tables/new.csv")
    'there is no rule that would hide small counts in it'
    """
    path = PurePosixPath(file)
    if path.parent.name == "tables" and path.suffix == ".csv":
        return TABLES_LEFT_OUT.get(path.stem, NO_RULE)
    return FILES_LEFT_OUT.get(path.suffix, NO_RULE)


def sentences(files: Iterable[str]) -> Iterator[str]:
    """A sentence for each file that is left out."""
    for file in files:
        yield f"{file}: left out, since {why_left_out(file)}."
