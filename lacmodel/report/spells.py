"""Spells of chosen futures as Parquet: one row a spell, in words and dates."""

import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.simulate import EXPECTED, Settings
from lacmodel.codes import GROUPS, LEVELS, PLACEMENTS, PROVIDERS, WHY_ENDED, WHY_STARTED
from lacmodel.draws import draw_future
from lacmodel.engines.ensemble import run_history
from lacmodel.faults import Fault, InputFaults
from lacmodel.plan import Plan

SPELLS: Final = "spells.parquet"
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "group": GROUPS,
    "level": LEVELS,
    "needed": PLACEMENTS,
    "placement": PLACEMENTS,
    "provider": PROVIDERS,
    "why_started": WHY_STARTED,
    "why_ended": WHY_ENDED,
}
DAYS: Final = ("birth_day", "start_day", "end_day")


def check_spells(chosen: Sequence[int], settings: Settings) -> None:
    """Refuse what cannot be written, before anything is simulated.

    Raises
    ------
    InputFaults
        if pyarrow is missing, the engine has no spells, or a future is not one of the run
    """
    faults = []
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        rule = "needs the library pyarrow, which writes Parquet: pip install pyarrow"
        faults.append(Fault("--spells", "", None, rule))
    if settings.engine == EXPECTED:
        faults.append(Fault("--spells", "", None, "expected numbers have no spells"))
    for future in chosen:
        if future not in settings.numbers:
            first, last = min(settings.numbers), max(settings.numbers)
            rule = f"must be one of the futures of the run, {first} to {last}"
            faults.append(Fault("--spells", "future", future, rule))
    if faults:
        raise InputFaults(faults)


def spells_of(plan: Plan, chosen: Sequence[int], settings: Settings) -> NDArray[np.void]:
    """The spells of some futures, simulated again: a future is the same whenever it is run."""
    parts = []
    for future in chosen:
        drawn = draw_future(plan, settings.seed, future, settings.layers)
        parts.append(run_history(plan, drawn, future, settings.seed, settings.engine).spells)
    return np.concatenate(parts)


def parquet(plan: Plan, spells: NDArray[np.void]) -> bytes:
    """Spells as a Parquet file, with words for codes and dates for days."""
    import pyarrow
    from pyarrow.parquet import write_table

    names = spells.dtype.names or ()
    columns = {column_name(name): _column(pyarrow, plan, spells, name) for name in names}
    file = io.BytesIO()
    write_table(pyarrow.table(columns), file)
    return file.getvalue()


def column_name(field: str) -> str:
    """The column of a field of a spell.

    >>> column_name("start_day"), column_name("child")
    ('start_date', 'child')
    """
    return field.replace("_day", "_date") if field in DAYS else field


def _column(pyarrow: Any, plan: Plan, spells: NDArray[np.void], name: str) -> Any:
    """One column; what is open, unknown or none is null."""
    values = spells[name]
    if name in WORDS:
        places = pyarrow.array(values.astype(np.int8), mask=values < 0)
        return pyarrow.DictionaryArray.from_arrays(places, list(WORDS[name]))
    if name in DAYS:
        dates = np.datetime64(plan.period.start, "D") + values.astype("timedelta64[D]")
        return pyarrow.array(dates, mask=(values < 0) & (name == "end_day"))
    return pyarrow.array(values, mask=(values < 0) & (name == "supply"))
