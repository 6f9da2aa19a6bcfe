"""A child while a future runs, as the readable engine keeps one."""

from dataclasses import dataclass

from lacmodel.codes import STANDARD, STARTED_ENTRY
from lacmodel.pathway.siblings import UNDECIDED
from lacmodel.timeline import NEVER


@dataclass(slots=True)
class Siblings:
    """A family whose children come into care on one day, and where they are placed together."""

    number: int  # the first child's
    size: int
    cell: int
    would_be_day: int
    kind: int = UNDECIDED
    row: int = -1


@dataclass(slots=True)
class Child:
    """One child's record while the process runs."""

    number: int
    family: int
    group: int
    birth_day: int
    level: int = STANDARD
    period: int = 0
    first_day: int = 0  # of the period of care
    exit_left: float = 0.0
    spell: int = 0
    kind: int = -1
    row: int = -1  # of supply
    needed: int = -1
    started: int = 0  # first day of the spell
    why_started: int = STARTED_ENTRY
    expected_day: int = NEVER  # the end of the opening placement, see `OpeningChildren`
    expected_reason: int = -1
    expected_need: int = -1
    alone: bool = False  # needs a home with nobody else in it
    siblings: Siblings | None = None

    @property
    def is_to_leave(self) -> bool:
        """Whether an expected leaving has taken the place of the exit clock."""
        return self.period == 0 and self.expected_day < NEVER and self.expected_need < 0

    @property
    def is_to_move(self) -> bool:
        """Whether a move out of the opening placement is expected."""
        return self.period == 0 and self.spell == 0 and self.expected_need >= 0
