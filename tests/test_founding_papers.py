"""The sums of the founding papers: Worcestershire's Cabinet of 28 September 2017.

Children's Social Care update paras 30, 36 and 37; Resources Report paras 12 to 14 and 46 to 58.
"""

from pathlib import Path

import pytest

from lacmodel.analyses.avoided_cost import simple_claim
from lacmodel.analyses.service_log import wilson
from lacmodel.area.residents import rate_per_10000
from lacmodel.levers.changes import Places
from lacmodel.money.business_case import simple_payback_years
from lacmodel.scenario import read_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"


def test_a_child_kept_out_for_twelve_weeks_is_claimed_at_477_pounds_a_week():
    assert 5_724 / 12 == 477
    assert simple_claim(1, 12, 477) == 5_724


def test_twenty_three_children_are_claimed_at_131_652_pounds():
    assert simple_claim(23, 12, 477) == 131_652


def test_twenty_three_of_twenty_six_is_88_per_cent_somewhere_from_71_to_96():
    share = wilson(23, 26)
    assert [f"{part:.0%}" for part in share] == ["88%", "71%", "96%"]


def test_phase_3_pays_back_in_less_than_three_years_if_the_papers_are_right():
    saving = 0.7e6 + 0.5e6 + 0.4e6 + 0.2e6
    assert saving == pytest.approx(1.8e6)
    assert round(simple_payback_years(4.7e6, saving), 1) == 2.6


def test_the_shipped_scenario_spends_the_capital_of_the_papers():
    changes = read_scenario(SCENARIOS / "in-house-homes.toml").changes
    capital = [change.capital_gbp for change in changes if isinstance(change, Places)]
    assert sum(capital) == 4_700_000
    assert sum(capital[:2]) == 1_900_000  # supported living, of which complex needs 0.6


def test_sixteen_thousand_pounds_for_five_children_is_3_200_each():
    assert simple_claim(5, 1, 3_200) == 16_000


def test_791_children_are_68_per_10000_residents_and_not_67():
    assert round(rate_per_10000(791, 116_203), 1) == 68.1
    assert round(rate_per_10000(767, 116_203), 1) == 66.0


def test_budget_and_pressure_are_41_million():
    assert 35.0 + 6.0 == 41.0
