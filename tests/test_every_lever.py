"""Contract 1 over every lever: scenarios drawn at random, the same spells from both engines.

``LACMODEL_EXAMPLES=2000 pytest tests/test_every_lever.py`` draws more of them.
"""

import os
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lacmodel.codes import (
    AGE_BANDS,
    GROUPS,
    KIND_NAMES,
    LEVELS,
    PLACEMENTS,
    PROVIDERS,
    ROUTES,
)
from lacmodel.compiling import COMPILED
from lacmodel.draws import ALL_LAYERS, draw_future
from lacmodel.engines.ensemble import run_history
from lacmodel.faults import InputFaults
from lacmodel.levers.changes import LEVERS
from lacmodel.planning import make_plan
from lacmodel.scenario import read_scenario

pytestmark = pytest.mark.skipif(not COMPILED, reason="the compiled engine needs numba")

EXAMPLES = int(os.environ.get("LACMODEL_EXAMPLES", "200")) // 2
AREA = (Path(__file__).parents[1] / "data" / "worcestershire-2017" / "carers.toml").as_posix()
HEAD = f'title = "A"\nquestion = "What if?"\narea = "{AREA}"\nyears = 1\nsources = ["a test"]\n'
ROWS = ("Old Hollow", "Downsell Road home", "In-house foster carers")

multiply = st.floats(0.0, 3.0).map(lambda x: round(x, 2))
share = st.floats(0.0, 1.0).map(lambda x: round(x, 2))
months = st.integers(1, 12).map(lambda month: date(2017 + (month < 4), month, 1))
days = st.dates(date(2017, 4, 1), date(2018, 3, 31))


def some(words: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Some of the words, in their order."""
    return st.sets(st.sampled_from(words), min_size=1).map(lambda s: [w for w in words if w in s])


SCOPE = {"ages": some(AGE_BANDS), "groups": some(GROUPS)}
EFFECT = st.builds(
    lambda without, ratio, days, on, delayed: (
        f"{{ in_care_without_service = {without}, in_care_with_service = {without * ratio:.4f}, "
        f'measured_after_days = {days}, measured_on = "{on}", grade = "a trial", '
        f"delayed_share_of_effect = {delayed} }}"
    ),
    st.sampled_from((0.1, 0.2, 0.3)),
    st.floats(0.7, 1.0),
    st.integers(200, 730),
    st.sampled_from(("referred", "engaged")),
    share,
)
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "entries": {**SCOPE, "multiply": multiply},
    "inspection_shock": {
        **SCOPE, "lift": st.floats(0, 1.5), "half_life_months": st.floats(1.0, 24.0),
    },
    "population": {"ages": some(AGE_BANDS), "multiply": multiply},
    "unaccompanied": {"ages": some(AGE_BANDS[3:]), "add_per_year": st.floats(0.0, 60.0)},
    "edge_of_care": {
        "ages": some(AGE_BANDS),
        "groups": some(GROUPS[:2]),
        "caseload_families": st.integers(0, 40),
        "support_weeks": st.integers(4, 40),
        "reach": share,
        "engaged_share": st.floats(0.6, 1.0),
        "effect": EFFECT,
    },
    "kinship_share": {**SCOPE, "set": share},
    "childrens_home_share": {**SCOPE, "multiply": multiply},
    "foster_places": {
        "households": st.integers(-20, 60), "places_per_household": st.sampled_from((1.0, 1.5)),
    },
    "places": {
        "placement": st.sampled_from(("childrens_home", "supported")),
        "youngest": st.integers(0, 11),
        "oldest": st.integers(12, 17),
        "groups": some(GROUPS),
        "levels": some(LEVELS),
        "places": st.integers(0, 12),
        "usable_share": share,
        "registration_weeks": st.integers(0, 30),
    },
    "recruit_carers": {"multiply": multiply, "fixed_cost_gbp_per_year": st.floats(0, 1000)},
    "retain_carers": {"multiply": multiply},
    "support_carers": {"multiply": multiply},
    "close": {"row": st.sampled_from(ROWS)},
    "staffing": {"row": st.sampled_from(ROWS), "staffed_share": share},
    "siblings_together": {"together_share": share},
    "solo": {
        "placement": st.sampled_from(("childrens_home", "supported")),
        "share": share,
        "levels": some(LEVELS),
    },
    "external_places": {
        "kind": st.sampled_from([name for name in KIND_NAMES if "external" in name]),
        "places": st.integers(0, 150),
    },
    "breakdowns": {
        "placements": some(PLACEMENTS), "providers": some(PROVIDERS), "ages": some(AGE_BANDS),
        "multiply": multiply,
    },
    "step_down": {"providers": some(PROVIDERS), "ages": some(AGE_BANDS), "multiply": multiply},
    "exits": {"reasons": some(ROUTES), "ages": some(AGE_BANDS), "multiply": multiply},
    "re_entries": {"multiply": multiply},
    "unit_price": {"kinds": some(KIND_NAMES), "multiply": multiply,
                   "applies_to": st.sampled_from(("new", "all"))},
    "uplift": {"kinds": some(KIND_NAMES), "per_year_share": st.floats(-0.1, 0.2)},
    "packages": {"kinds": some(KIND_NAMES), "multiply": multiply},
    "staying_on": {"placements": some(("foster", "supported")), "set": share},
}  # fmt: skip
NO_RAMP = {
    "inspection_shock", "places", "close", "edge_of_care", "unit_price", "uplift",
    "external_places",
}  # fmt: skip


def toml(name: str, value: Any) -> str:
    """A field as a scenario file has it."""
    if name == "effect":
        return f"{name} = {value}"
    if isinstance(value, str):
        return f'{name} = "{value}"'
    if isinstance(value, float):
        return f"{name} = {value:.3f}"
    return f"{name} = {value}"


@st.composite
def changes(draw: st.DrawFn, lever: str) -> str:
    """A change by one lever, as TOML."""
    lines = ["[[change]]", f'lever = "{lever}"', 'source = "a test"', "confirmed = false"]
    starts = days if LEVERS[lever].any_day else months
    start = date(2017, 4, 1) if lever == "uplift" else draw(starts)
    lines.append(f"from = {start.isoformat()}")
    if lever not in NO_RAMP and draw(st.booleans()):
        lines.append(f"ramp_months = {draw(st.integers(0, 9))}")
    lines += [toml(name, draw(strategy)) for name, strategy in FIELDS[lever].items()]
    return "\n".join(lines)


@st.composite
def scenarios(draw: st.DrawFn) -> str:
    """A scenario with one to five levers."""
    levers = draw(st.sets(st.sampled_from(sorted(LEVERS)), min_size=1, max_size=5))
    return HEAD + "\n\n".join(draw(changes(lever)) for lever in sorted(levers))


def test_every_lever_is_drawn() -> None:
    assert set(FIELDS) == set(LEVERS)


@pytest.mark.parametrize("part", ["one", "two"])  # for two cores
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(text=scenarios(), future=st.integers(0, 10_000))
def test_both_engines_give_the_same_spells(part: str, text: str, future: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.toml"
        path.write_text(text, encoding="utf-8")
        try:
            plan = make_plan(read_scenario(path))
        except InputFaults:
            assume(False)
    drawn = draw_future(plan, 2017, future, ALL_LAYERS)
    readable = run_history(plan, drawn, future, 2017, "child_events")
    fast = run_history(plan, drawn, future, 2017, "compiled")
    assert np.array_equal(readable.spells, fast.spells)
    assert np.array_equal(readable.referrals, fast.referrals)
    assert np.array_equal(readable.by_child, fast.by_child)
