"""An area's own rates and opening children, from its published figures.

The national factors give the shape of everything; the area's published starters, leavers and
children in care give its levels. See MODEL.md, "Rates for an area from published figures".
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lacmodel.area import HistoryYear

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PublishedFigures:
    """What is published about a council on its start date and in the year before it."""

    year: int  # the figures are for the year ending 31 March
    children_by_age: FloatArray  # (age band,), at the start
    children_by_kind: FloatArray  # (kind,), at the start
    children_by_group: FloatArray  # (group,), at the start
    started_by_age: FloatArray  # (age band,), in the year before
    ceased_by_age: FloatArray  # (six: the age bands, then 18 and over), in the year before
    ceased_by_reason: FloatArray  # (reason,), in the year before; turned_18 is 18 and over
    history: tuple[HistoryYear, ...]
    residents: float  # aged 0 to 17


def read_published(
    path: Path, history: tuple[HistoryYear, ...], residents: float
) -> PublishedFigures:
    """Read ``published.csv``: columns table,first,second,value,source,confirmed.

    Tables: ``children_by_age`` (first: age band), ``children_by_kind`` (first: placement type,
    second: provider, blank where the type has one), ``children_by_group`` (first: group),
    ``started_by_age``, ``ceased_by_age`` (first: age band or ``18 and over``), ``ceased_by_reason``
    (first: reason).
    """
    raise NotImplementedError


def build_area_files(folder: Path, figures: PublishedFigures) -> None:
    """Write opening.csv, past_leavers.csv and rates.csv of an area.

    opening.csv: age,time_band,placement,provider,group,level,children;
    past_leavers.csv: reason,age,since_band,children; rates.csv as factors.csv.
    """
    raise NotImplementedError
