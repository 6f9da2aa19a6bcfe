"""What is asked of a run many times is worked out once, and forgotten with the run."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

Of = TypeVar("Of")
Found = TypeVar("Found")


def once(work_out: Callable[[Of], Found]) -> Callable[[Of], Found]:
    """Remember what a function finds of an object, for as long as the object lives.

    The object is known by its identity, so its class states ``eq=False, weakref_slot=True``, and
    what is found must not be changed.

    >>> class Run: pass
    >>> run, asked = Run(), []
    >>> answer = once(lambda run: asked.append(run) or "an answer")
    >>> answer(run), answer(run), len(asked)
    ('an answer', 'an answer', 1)
    """
    found: WeakKeyDictionary[Of, Found] = WeakKeyDictionary()

    @wraps(work_out)
    def remembered(of: Of) -> Found:
        if of not in found:
            found[of] = work_out(of)
        return found[of]

    return remembered
