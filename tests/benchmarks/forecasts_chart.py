"""A council's forecasts and what happened, in one picture, as README shows it.

``python -m tests.benchmarks.forecasts_chart RUN BACKTEST PICTURE.png``: RUN is the folder of the
founding case's `run`, BACKTEST that of `backtest --published FILE --code CODE`.
"""

import csv
import sys
from pathlib import Path

from lacmodel.area import read_area
from lacmodel.report.drawing import (
    BAND,
    BLACK,
    BLUE,
    ORANGE,
    OUTCOME,
    Row,
    Spec,
    amount,
    layers,
    marks,
)

FOUNDING = Path(__file__).parents[2] / "data" / "worcestershire-2017"


def rows_of(folder: Path, table: str) -> list[dict[str, str]]:
    """The rows of one table of a folder."""
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def founding(run: Path) -> list[Row]:
    """Children in all on each 31 March of the founding case's run."""
    return [
        {"origin": 2017, "year": int(row["date"][:4]),
         **{name: float(row[f"p{n}"]) for name, n in (("low", 10), ("middle", 50), ("high", 90))}}
        for row in rows_of(run, "children")
        if row["date"].endswith("-03-31") and row["unit"] == "children"
        and (row["age_band"], row["placement"], row["provider"]) == ("all", "all", "all")
    ]  # fmt: skip


def from_totals(backtest: Path) -> tuple[list[Row], dict[int, float]]:
    """Forecasts of every origin, and what happened by year."""
    rows = rows_of(backtest, "backtest_forecasts")
    forecasts: list[Row] = [
        {"origin": int(row["origin"][:4]),
         "year": int(row["origin"][:4]) + int(row["months_ahead"]) // 12,
         "low": float(row["low_80"]), "middle": float(row["median"]), "high": float(row["high_80"])}
        for row in rows
    ]  # fmt: skip
    outcomes = [float(row["outcome"]) for row in rows]
    happened = {one["year"]: was for one, was in zip(forecasts, outcomes, strict=True)}
    return forecasts, happened


def picture(run: Path, backtest: Path) -> Spec:
    """Small charts by origin: forecast, range of eight futures in ten, and what happened."""
    forecasts, happened = from_totals(backtest)
    first = founding(run)
    later = read_area(FOUNDING).afterwards
    at_start = {row.when.year: float(row.children) for row in later if row.when.month == 3}
    at_start |= {2017: first[0]["middle"]} | happened
    charts = []
    for origin in sorted({row["origin"] for row in forecasts} | {2017}):
        start = at_start[origin]
        point = {"origin": origin, "year": origin, "low": start, "middle": start, "high": start}
        ahead = [row for row in [*first[1:], *forecasts] if row["origin"] == origin]
        rows = [point, *[row for row in ahead if row["year"] <= max(happened)]]
        outcomes = [{"year": y, "children": n} for y, n in at_start.items() if y <= origin + 5]
        x = amount(
            "year", axis={"format": "d", "tickMinStep": 2, "title": None},
            scale={"domain": [2017, max(happened)]},
        )  # fmt: skip
        scale = {"domain": [600, 1250]}
        band = {"x": x, "y": amount("low", scale=scale), "y2": {"field": "high"}}
        line = {"x": x, "y": amount("middle", title="children in care", scale=scale)}
        dots = [row for row in outcomes if row["year"] >= origin]
        diamond = {"shape": "diamond", "fill": "white", "stroke": OUTCOME, "size": 60, "opacity": 1}
        chart = layers(
            marks("area", rows, band, color=BAND),
            marks("line", rows, line, color=ORANGE if origin == 2017 else BLUE, strokeWidth=2.5),
            marks("point", dots, {"x": x, "y": amount("children")}, **diamond),
        )
        title = f"known in March {origin}" + (", founding case" if origin == 2017 else "")
        charts.append(chart | {"width": 210, "height": 170, "title": title})
    heading = "Worcestershire: forecast, eight futures in ten (band), what happened (diamonds)"
    look = {"title": {"color": BLACK}}
    return {"concat": charts, "columns": 4, "title": heading, "config": look}


def main() -> None:
    """Write the picture."""
    import vl_convert

    run, backtest, place = map(Path, sys.argv[1:4])
    place.write_bytes(vl_convert.vegalite_to_png(picture(run, backtest), scale=1.5))


if __name__ == "__main__":
    main()
