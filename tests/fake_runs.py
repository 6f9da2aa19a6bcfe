"""Made-up runs: the right shapes with random whole numbers, so that no engine is needed."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from lacmodel.analyses.forecast import Forecast, forecast
from lacmodel.area import read_area
from lacmodel.codes import AGE_BANDS, GROUPS, KINDS, LEVELS
from lacmodel.engines.ensemble import Ensemble
from lacmodel.engines.tally import FLOWS, PRICE_UNIT, Tally
from lacmodel.plan import FixedCost, Plan, Prices, ServiceCost
from lacmodel.scenario import Scenario
from lacmodel.timeline import Period

WORCESTERSHIRE = Path(__file__).parents[1] / "data" / "worcestershire-2017"
NOTHING: Any = None  # what reports do not look at


def fake_prices(months: int, per_week: float = 700.0, cohorts: int = 3) -> Prices:
    kinds = len(KINDS)
    by_kind = np.linspace(per_week, 5 * per_week, kinds)[None, :, None]
    return Prices(
        gross_per_week=np.broadcast_to(by_kind, (months, kinds, cohorts)).copy(),
        income_per_week=np.full((months, kinds, cohorts), 33.33),
        relative=np.ones((kinds, len(GROUPS), len(LEVELS))),
        new_days=tuple(range(30, 30 * (cohorts // 3), 30)),
        basis=("full",) * kinds,
        confirmed=(True,) * kinds,
    )


def fake_plan(name: str = "baseline", years: int = 2, **changes: Any) -> Plan:
    period = Period(date(2017, 4, 1), years)
    months = period.months
    values: dict[str, Any] = {
        "title": f"Title of {name}",
        "name": name,
        "question": "How many children, and at what cost?",
        "area": read_area(WORCESTERSHIRE),
        "period": period,
        "world": NOTHING,
        "opening": NOTHING,
        "past_leavers": NOTHING,
        "supply": (),
        "prices": fake_prices(months),
        "fixed_costs": (FixedCost("a home", np.full(months, 1000.005), "test"),),
        "services": (ServiceCost("support", np.full(months, 500.0), 99.99),),
        "resolved": {"title": name},
        "notes": ("a note",),
    }
    return Plan(**(values | changes))


def fake_ensemble(plan: Plan, futures: int = 20, seed: int = 1, **changes: Any) -> Ensemble:
    """Random whole numbers, about 800 children."""
    rng = np.random.default_rng(seed)
    months, kinds = plan.period.months, len(KINDS)
    cohorts = plan.prices.gross_per_week.shape[2]
    nights = rng.integers(0, 900, (futures, months, kinds, cohorts), dtype=np.int32)
    shape = (futures, months + 1, len(AGE_BANDS), kinds)
    adults = rng.integers(0, 60, (futures, months, kinds), dtype=np.int32)
    tallies = Tally(
        children=rng.integers(0, 30, shape, dtype=np.int32),
        staying_on=rng.integers(0, 3, (futures, months + 1, kinds), dtype=np.int32),
        nights=nights,
        price_nights=nights * np.int64(PRICE_UNIT) + rng.integers(-999, 999, nights.shape),
        adult_nights=adults,
        adult_price_nights=adults * np.int64(PRICE_UNIT),
        flows=rng.integers(0, 30, (futures, months, len(FLOWS)), dtype=np.int32),
        three_placements=rng.integers(50, 90, (futures, plan.period.years), dtype=np.int32),
        engaged=rng.integers(0, 5, (futures, months, len(plan.services)), dtype=np.int32),
    )
    values: dict[str, Any] = {
        "tallies": tallies,
        "price_growth": rng.uniform(0.9, 1.2, (futures, plan.period.years)),
        "unit_price": rng.uniform(0.9, 1.1, (futures, kinds)),
        "futures": tuple(range(futures)),
        "seed": 2017,
        "layers": frozenset({1, 2, 3, 4}),
        "engine": "child_events",
    }
    return Ensemble(**(values | changes))


def fake_forecast(name: str = "baseline", seed: int = 1, **changes: Any) -> Forecast:
    plan = fake_plan(name)
    return forecast(plan, fake_ensemble(plan, seed=seed, **changes))


def fake_scenario(path: Path) -> Scenario:
    path.write_text('title = "made up"\n', encoding="utf-8")
    return Scenario(
        path=path,
        title="made up",
        question="?",
        area=WORCESTERSHIRE,
        years=2,
        sources=(),
        changes=(),
        origins=(),
    )


def read_table(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of one table of a run folder, as they stand."""
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
