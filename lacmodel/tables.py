"""Every number is a record: value, unit, source, and whether anybody has confirmed it."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Axis = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of numbers with one unit and one source.

    ``spread`` is the standard deviation of the logarithm of the table's level, the second layer of
    uncertainty; 0 for what is known or is not a level.
    """

    values: NDArray[np.float64]
    unit: str
    source: str
    confirmed: bool
    spread: float = 0.0


def table_field(unit: str, *axes: Axis) -> Any:
    """Declare a parameter: its unit and its axes."""
    return field(metadata={"unit": unit, "axes": axes})


def declared(parameters: type) -> dict[str, tuple[str, tuple[Axis, ...]]]:
    """Unit and axes of every table that a class of parameters declares, by name."""
    return {f.name: (f.metadata["unit"], f.metadata["axes"]) for f in fields(parameters)}
