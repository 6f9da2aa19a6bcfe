"""Re-entries that a run-in implies, and the pool of past leavers at its end."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, RETURNABLE, SINCE_BAND_DAYS
from lacmodel.engines.inflows import Waiting
from lacmodel.engines.monthly import ADULT, DAYS_PER_MONTH, band_shares
from lacmodel.fitting.run_in import Entrants, by_age_now, cell_of_entry
from lacmodel.pathway.re_entries import ReEntryTables

FloatArray = NDArray[np.float64]

RETURN_MONTHS: Final = 73
YEAR: Final = 12


def leavers_by_month(leavers: FloatArray, entrants: Entrants, months: int) -> FloatArray:
    """Leavers of the last months who may come back, the earliest month first.

    A month's leavers are those of the cohort by months since entry, times how many entered then::

        left[month, age] = sum over since of ratio[before + since] * leavers[since, age - since]

    Parameters
    ----------
    leavers : of the cohort, shape (months since entry, group, age index on entry, reason)

    Returns
    -------
    shape (month, reason, group, age index)
    """
    since = np.arange(len(leavers))
    ratio = entrants.ratio[(months - 1 - np.arange(months))[:, None] + since]
    ratio = ratio.reshape(months, len(since), len(AGE_BANDS), len(GROUPS)).transpose(2, 3, 0, 1)
    ratio = np.ascontiguousarray(ratio)  # (band, group, month, since), as products are quick with
    by_band = cell_of_entry() // len(GROUPS) == np.arange(len(AGE_BANDS))[:, None, None]
    left = np.zeros((months, leavers.shape[3], *leavers.shape[1:3]))
    for band, here in enumerate(by_band):
        now = by_age_now(leavers * here[..., None])  # (since, group, age index, reason)
        for group in range(len(GROUPS)):
            of_group = ratio[band, group] @ now[:, group].reshape(len(since), -1)
            shape = (months, *leavers.shape[2:])
            left[:, :, group] += of_group.reshape(shape).transpose(0, 2, 1)
    return left


def waiting_to_return(
    re_entries: ReEntryTables, leavers: FloatArray, entrants: Entrants
) -> tuple[Waiting, FloatArray]:
    """Past leavers at the end of month 0, and the re-entries of the year that it ends.

    Returns
    -------
    the pool after seven years of leavers, and re-entries by age band and group
    """
    months = RETURN_MONTHS + YEAR
    pool = Waiting(RETURNABLE, 0, months)
    shares = band_shares(np.arange(RETURN_MONTHS), SINCE_BAND_DAYS)
    hazard = re_entries.hazard_per_day @ shares.T
    came = np.zeros((len(GROUPS), ADULT + 1))
    for month, left in enumerate(leavers_by_month(leavers, entrants, months)):
        back = pool.step(month, left, hazard, DAYS_PER_MONTH)
        if month >= months - YEAR:
            came += back
    cells = np.zeros(len(AGE_BANDS) * len(GROUPS))
    np.add.at(cells, cell_of_entry(), came)
    return pool, cells.reshape(len(AGE_BANDS), len(GROUPS))
