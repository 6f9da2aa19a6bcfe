"""lacmodel forecasts children in care: numbers, placements and spend."""

__version__ = "0.1.0"
