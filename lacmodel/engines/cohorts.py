"""Children who came into care since the start, in *cohorts*: those of one month of entry."""

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import GROUPS, RETURNABLE
from lacmodel.engines.kernel import Classes, Kernel
from lacmodel.engines.monthly import ADULT, Ages, Times, class_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Cohorts:
    """Cohorts, the first month of entry first.

    ``stock[cohort, group, place, slot]``: the places are the reasons to leave after which a child
    may come back, where those stand who left in the last month, and after them the states. ``slot``
    is the month of birth, the last first, so nothing is moved as children grow older: a month is
    read from one of two such arrays and written to the other.
    """

    def __init__(self, months: int, states: int, ages: Ages, times: Times) -> None:
        self.months, self.states, self.ages, self.times = months, states, ages, times
        self.oldest = 0  # the month of entry of the first
        shape = (months, len(GROUPS), RETURNABLE + states, ADULT + months)
        self.stock, self.room = np.zeros(shape), np.zeros(shape)

    def children(self, month: int, ended: bool = False) -> FloatArray:
        """A view of those who came before a month: (cohort, group, state, age index in it).

        Where the month has ended, of those who came in it too.
        """
        return self._by_age(self.stock[: month + ended - self.oldest], month)[:, :, RETURNABLE:]

    def by_class(self, month: int) -> FloatArray:
        """Children by class before the month: (group, time class, age class, state)."""
        shape = (len(self.times.first_index), len(GROUPS), self.states, len(self.ages.first_index))
        total = np.zeros(shape)
        since = self._time_class(month)
        if len(since):
            begins = np.flatnonzero(np.diff(since, prepend=-1))  # those of a class stand together
            by_age = np.add.reduceat(self.children(month), self.ages.first_index, axis=3)
            total[since[begins]] = np.add.reduceat(by_age, begins, axis=0)
        return total.transpose(1, 0, 3, 2)

    def advance(self, month: int, classes: Classes, kernel: Kernel) -> FloatArray:
        """Advance by a month; returns who left: (group, reason, age index)."""
        before, since = self.children(month), self._time_class(month)
        after = self._by_age(self.room[: len(before)], month)
        for age_class, here in enumerate(self.ages.indices()):
            states = int(kernel.reach[age_class])
            shares = kernel.follows[classes.number[:, since, age_class].T, :states]
            self._follow(shares, before[:, :, :states, here], after[..., here])
        self.stock, self.room = self.room, self.stock
        return np.asarray(after[:, :, :RETURNABLE].sum(axis=0))

    def enter(
        self, month: int, entrants: FloatArray, classes: Classes, kernel: Kernel
    ) -> FloatArray:
        """Begin a cohort; returns those of them who left, as `advance` does.

        Parameters
        ----------
        entrants : shape (group, age index, state)
        """
        after = self._by_age(self.stock[month - self.oldest], month)
        for age_class, here in enumerate(self.ages.indices()[:-1]):
            states = int(kernel.reach[age_class])
            shares = kernel.follows[classes.number[:, 0, age_class], :states]
            self._follow(shares, entrants[:, here, :states].swapaxes(1, 2), after[..., here])
        after[..., ADULT] = 0.0
        return after[:, :RETURNABLE]

    def _follow(self, shares: FloatArray, before: FloatArray, after: FloatArray) -> None:
        """Fill in where children of some ages, who can be in the first states, are after."""
        places = RETURNABLE + before.shape[-2]
        to = shares[..., :places].swapaxes(-1, -2)
        np.matmul(to, before, out=after[..., :places, :])
        after[..., places:, :] = 0.0

    def merge_oldest(self, month: int) -> None:
        """Add the oldest to the next where time in care will be the same to both to the end."""
        if self.oldest + 1 >= month:
            return
        since = np.array([month - self.oldest - 1, self.months - 1 - self.oldest])
        now_of_next, at_the_end = class_of(since, self.times.first_index)
        if now_of_next == at_the_end:
            self.stock[1] += self.stock[0]
            self.stock = self.stock[1:]
            self.oldest += 1

    def _by_age(self, stock: FloatArray, month: int) -> FloatArray:
        """A view by age index in a month instead of slots."""
        youngest = self.months - 1 - month
        return stock[..., youngest : youngest + ADULT + 1]

    def _time_class(self, month: int) -> IntArray:
        """The class of time in care of each cohort in a month."""
        return class_of(month - np.arange(self.oldest, month), self.times.first_index)
