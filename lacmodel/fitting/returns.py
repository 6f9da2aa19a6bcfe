"""Re-entries that a run-in implies, and the pool of past leavers at its end."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import AGE_BANDS, GROUPS, RETURNABLE, SINCE_BAND_DAYS
from lacmodel.engines.inflows import Waiting
from lacmodel.engines.monthly import ADULT, DAYS_PER_MONTH, band_shares
from lacmodel.fitting.run_in import Entrants, by_age_now, cell_of_entry, weights_at
from lacmodel.pathway.re_entries import ReEntryTables

FloatArray = NDArray[np.float64]

RETURN_MONTHS: Final = 73
YEAR: Final = 12


def leavers_by_month(leavers: FloatArray, entrants: Entrants, months_before: int) -> FloatArray:
    """Leavers of one month who may come back; shape (reason, group, age index).

    Parameters
    ----------
    leavers : of the cohort, shape (months since entry, group, age index on entry, reason)
    """
    weighted = leavers * weights_at(entrants, months_before)[..., None]
    return np.asarray(by_age_now(weighted).sum(axis=0).transpose(2, 0, 1))


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
    for month in range(months):
        left = leavers_by_month(leavers, entrants, months - 1 - month)
        back = pool.step(month, left, hazard, DAYS_PER_MONTH)
        if month >= months - YEAR:
            came += back
    cells = np.zeros(len(AGE_BANDS) * len(GROUPS))
    np.add.at(cells, cell_of_entry(), came)
    return pool, cells.reshape(len(AGE_BANDS), len(GROUPS))
