"""Opening children: one row for those born and taken into care in the same months."""

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import GROUPS, RETURNABLE
from lacmodel.engines.kernel import Classes
from lacmodel.engines.monthly import ADULT, LAST_TIME, Ages, Times, class_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class OpeningRows:
    """Opening children by row and state, and of them those who have not moved since the start.

    In a month the rows of a class stand together, and those who turned 18 before it are gone.
    """

    def __init__(
        self, birth_month: IntArray, entry_month: IntArray, group: IntArray, children: FloatArray
    ) -> None:
        long_ago = np.maximum(entry_month, -LAST_TIME)  # time in care no longer matters
        rows = np.stack([birth_month, long_ago, group])
        (self.birth_month, self.entry_month, self.group), index = np.unique(
            rows, axis=1, return_inverse=True
        )
        self.held = np.zeros((len(self.group), 2, children.shape[1]))  # all, and the unmoved
        np.add.at(self.held, index.ravel(), children[:, None])

    def sort(self, month: int, ages: Ages, times: Times) -> None:
        """Put rows in the order of their classes in a month."""
        time = class_of(month - self.entry_month, times.first_index)
        age = class_of(month - self.birth_month, ages.first_index)
        shape = (len(GROUPS), len(times.first_index), len(ages.first_index))
        one_number = (self.group * shape[1] + time) * shape[2] + age
        alive = np.flatnonzero(self.birth_month >= month - ADULT)
        order = alive[np.argsort(one_number[alive], kind="stable")]
        self.birth_month, self.entry_month = self.birth_month[order], self.entry_month[order]
        self.group, self.held, one_number = self.group[order], self.held[order], one_number[order]
        self.begins = np.flatnonzero(np.diff(one_number, prepend=-1))
        # group, class of time in care, class of age
        self.at = np.unravel_index(one_number[self.begins], shape)

    def by_class(self) -> FloatArray:
        """Sums of those of a class, in the order of `at`: (class, all or unmoved, state)."""
        return np.add.reduceat(self.held, self.begins, axis=0) if len(self.begins) else self.held

    def advance(
        self, month: int, classes: Classes, follows: FloatArray, unmoved: FloatArray
    ) -> FloatArray:
        """Advance by a month; returns who left: (group, reason, age index).

        Parameters
        ----------
        follows : shape (class, state, place), shares of those who were in a state
        unmoved : shape (class in the order of `at`, state), share of the unmoved who stay
        """
        stops = [*self.begins.tolist(), len(self.group)][1:]
        moved = np.empty((len(self.group), follows.shape[2]))
        numbers = classes.number[self.at].tolist()
        for first, stop, number in zip(self.begins.tolist(), stops, numbers, strict=True):
            np.matmul(self.held[first:stop, 0], follows[number], out=moved[first:stop])
        self.held[:, 1] *= np.repeat(unmoved, np.diff(self.begins, append=len(moved)), axis=0)
        self.held[:, 0] = moved[:, RETURNABLE:]
        left = np.zeros((len(GROUPS), RETURNABLE, ADULT + 1))
        by_age = left.swapaxes(1, 2)
        np.add.at(by_age, (self.group, month - self.birth_month), moved[:, :RETURNABLE])
        return left
