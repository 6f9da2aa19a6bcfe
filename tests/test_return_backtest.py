"""The backtest of a return: cut at a month, nothing later used, the forecast that runs write."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from lacmodel import cli
from lacmodel.analyses import monthly_rules as rules
from lacmodel.analyses import return_backtest as testing
from lacmodel.analyses.past_scores import ALL_CHILDREN, EVERY_TYPE, MODEL, OWN_FILE, read_scores
from lacmodel.analyses.return_backtest import Settings, Source
from lacmodel.analyses.scores import Scores, resampled
from lacmodel.area import read_area
from lacmodel.area.settings import OpeningReturn
from lacmodel.codes import PLACEMENTS
from lacmodel.faults import InputFaults
from lacmodel.fitting.area_of_return import Council
from lacmodel.fitting.totals import national_tables
from lacmodel.published.records import Figure
from lacmodel.report.backtest_words import NOT_TESTED, how_wrong
from lacmodel.ssda903.read import read_returns, up_to
from lacmodel.ssda903.records import OPEN_DAY, day_number, in_care
from lacmodel.ssda903.sources import hash_of
from lacmodel.ssda903.spells import make_spells
from lacmodel.ssda903.synthesise import residents_for, synthesise
from lacmodel.ssda903.true_rates import true_rates
from lacmodel.ssda903.write import tables_by_year, write_return

EXAMPLE = Path(__file__).parent.parent / "data" / "exampleshire" / "returns"
ORIGIN = date(2022, 10, 1)  # in the middle of a year of files
FEW = Settings(ahead=(3, 6, 12), futures=12)


def source_of(folder: Path, residents: float = 28_000) -> Source:
    """A return with residents of one mid-year."""
    returns = read_returns(folder)
    figure = Figure(round(residents), None, "", "made up")
    pointer = OpeningReturn(folder=folder.as_posix(), sha256=hash_of(folder))
    council = Council("X00000000", "Alpha", {returns.years[-1] - 1: figure}, False)
    return Source(returns, council, pointer)


@pytest.fixture(scope="module")
def example() -> Source:
    return source_of(EXAMPLE)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


# The cut ------------------------------------------------------------------------------------------


def test_a_cut_return_has_the_children_of_every_night_before_and_no_later_day(example):
    whole = make_spells(example.returns).spells
    cut = example.before(ORIGIN).spelled.spells
    last = day_number(ORIGIN) - 1
    assert cut.last_day == last
    assert cut.start_day.max() <= last
    assert ((cut.end_day <= last) | (cut.end_day == OPEN_DAY)).all()
    assert not (cut.why_ended[cut.end_day == OPEN_DAY] >= 0).any()
    for night in range(cut.first_day, last + 1, 61):
        assert in_care(cut, night).sum() == in_care(whole, night).sum()


def test_nothing_later_than_the_origin_is_used(example):
    """Episodes to come, and how those go on that had begun, may be anything."""
    day, episodes = day_number(ORIGIN), example.returns.episodes.copy()
    later = episodes["DECOM"] >= day
    episodes.loc[later, ["PLACE", "CIN", "LS"]] = ["K2", "N2", "C2"]
    goes_on = ~later & (episodes["DEC"] >= day)
    assert later.any()
    assert goes_on.any()
    episodes.loc[goes_on, "DEC"] += 40
    episodes.loc[goes_on, "REC"] = "E4A"
    other = example._replace(returns=replace(example.returns, episodes=episodes))
    forecasts = [
        testing.forecast_children(one, one.before(ORIGIN), FEW._replace(futures=3))
        for one in (example, other)
    ]
    np.testing.assert_array_equal(*forecasts)


def test_a_child_to_come_is_not_counted_among_those_who_are_known(example):
    cut = up_to(example.returns, ORIGIN - timedelta(days=1))
    known = set(cut.episodes["CHILD"])
    assert set(cut.header["CHILD"]) == known
    assert make_spells(cut).account.children == len(known) < len(example.returns.identifiers)


# Forecasts ----------------------------------------------------------------------------------------


def test_the_forecast_scored_is_that_which_run_writes(example, tmp_path):
    """`new --return --start` at a month within a year of files, then `run`."""
    folder, out = tmp_path / "alpha", tmp_path / "out"
    made = ("--return", EXAMPLE, "--residents", 28_000, "--start", ORIGIN, "--quiet")
    assert run("new", folder, *made) == 0
    assert run("run", folder / "alpha.toml", "--futures", 12, "--out", out, "--quiet") == 0
    with (out / "tables" / "children.csv").open(encoding="utf-8", newline="") as file:
        written = {
            (row["placement"], row["date"]): float(row["p50"])
            for row in csv.DictReader(file)
            if row["unit"] == "children" and (row["age_band"], row["provider"]) == ("all", "all")
        }
    sample = testing.forecast_children(example, example.before(ORIGIN), FEW)
    for at, months in enumerate(FEW.ahead):
        end = (testing.month_after(ORIGIN, months) - timedelta(days=1)).isoformat()
        for series, name in [(0, "all"), *enumerate(PLACEMENTS, start=testing.TYPES.start)]:
            assert np.median(sample[series, at]) == written[name, end], (name, months)
    assert (sample[0] == sample[1] + sample[2]).all()
    assert (sample[0] == sample[testing.TYPES].sum(axis=0)).all()


def test_intervals_hold_in_worlds_of_constant_rates(tmp_path):
    """Without drift, which these worlds have not, 80 % intervals hold 80 %.

    20 independent councils of 200 children, one forecast each: a binomial count of 20 at 80 % lies
    from 11 to 19 in 98 of 100 sets of seeds.
    """
    rates = true_rates(national_tables())
    residents = residents_for(rates, 200)
    settings = Settings(ahead=(12,), futures=60, layers=frozenset({1, 2}))
    first, last, start = date(2018, 4, 1), date(2022, 3, 31), date(2021, 4, 1)
    held = 0
    for seed in range(20):
        generator = np.random.default_rng((2017, seed))
        spells = synthesise(rates, residents, day_number(first), day_number(last), generator)
        folder = tmp_path / str(seed)
        write_return(folder, tables_by_year(spells, generator))
        source = source_of(folder, residents.sum())
        sample = testing.forecast_children(source, source.before(start), settings)
        low, high = np.quantile(sample[0, 0], (0.1, 0.9))
        held += int(low <= in_care(spells, day_number(last)).sum() <= high)
    assert 11 <= held <= 19


# Scores -------------------------------------------------------------------------------------------


def test_the_command_scores_totals_groups_and_types_and_the_area_quotes_it(tmp_path, capsys):
    folder, out = tmp_path / "alpha", tmp_path / "out"
    made = ("--return", EXAMPLE, "--residents", 28_000, "--quiet")
    assert run("new", folder, *made) == 0
    untested = how_wrong(read_area(folder))
    assert "for 74 councils made from published totals" in untested
    assert untested.endswith(NOT_TESTED)
    few = ("--futures", 4, "--origins", "2022-06", "2022-12", "--workers", 1, "--out", out)
    assert run("backtest", folder, *few) == 0
    said = capsys.readouterr().out
    whom = "for this area, as known at 3 origins (June 2022 to December 2022), half"
    assert said.startswith(f"How wrong it has been: {whom}")
    assert "By placement type the errors after one year come to" in said
    assert "Spend cannot be scored: a return has no history of it." in said
    assert "those that do not are 1 at 12 months" in said
    quoted = how_wrong(read_area(folder))
    assert quoted.index("for 74 councils") < quoted.index(whom)
    assert quoted.endswith("Spend cannot be scored: a return has no history of it.")
    scores = read_scores(folder / OWN_FILE)
    assert {score.months_ahead for score in scores} == {3, 6, 12, 18}
    assert {ALL_CHILDREN, EVERY_TYPE, "unaccompanied children"} < {s.children for s in scores}
    assert {score.forecast for score in scores} == {MODEL, *rules.RULES}
    assert all(np.isfinite(score.value) for score in scores)
    with (out / "tables" / "backtest_forecasts.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["children"] == ALL_CHILDREN]
    whole = make_spells(read_returns(EXAMPLE)).spells
    for row in rows:
        known = date.fromisoformat(row["origin"]) + timedelta(days=1)
        end = testing.month_after(known, int(row["months_ahead"])) - timedelta(days=1)
        assert float(row["outcome"]) == in_care(whole, day_number(end)).sum()
    assert '"internal": true' in (out / "manifest.json").read_text(encoding="utf-8")


def test_origins_need_two_years_before_and_an_outcome(example):
    found = testing.origins_of(example.returns, 3, 3)
    assert (found[0], found[-1], len(found)) == (date(2021, 4, 1), date(2024, 1, 1), 12)
    with pytest.raises(InputFaults, match="must lie from 2021-03 to 2023-12"):
        testing.origins_of(example.returns, 3, 3, (date(2020, 4, 1), date(2022, 4, 1)))
    assert run("backtest", "--return", EXAMPLE, "--quiet") == 2
    assert run("backtest", "--return", EXAMPLE, "--residents", 9, "--origins", "x", "y") == 2


def test_a_rule_errs_as_it_did_before():
    """A count that rises by 2 a month: no change was 2 a month too low, and will be."""
    children = 100.0 + 2 * np.arange(12)[None]
    series = rules.Months(children, np.full((1, 12), 2.0), np.zeros((1, 12)))
    known = {n: rules.Months(*(part[:, :n] for part in series)) for n in range(3, 13)}
    points = {n: rules.no_change(one, (3, 6)) for n, one in known.items()}
    at_3, at_6 = (rules.sample_of(points, known[12], (3, 6), at) for at in (0, 1))
    assert at_3.tolist() == [[122.0 + 6] * 7]  # from the months 3 to 9
    assert at_6.tolist() == [[122.0 + 12] * 4]
    few = {n: points[n] for n in (8, 9, 12)}
    assert rules.sample_of(few, known[12], (3, 6), 1).tolist() == [
        pytest.approx([122 + 6 * 2**0.5] * 2)
    ]
    assert rules.constant_rates(known[12], (3,)).tolist() == [[128.0]]
    assert rules.ets(known[12], (3,)).tolist() == [[122.0]]  # too short to smooth


def test_origins_that_overlap_are_drawn_in_blocks():
    origin = np.arange(6)
    nothing = np.zeros(6)
    scores = Scores(origin, np.zeros(6, int), nothing, nothing, nothing, nothing, nothing)
    for rows in resampled(scores, np.random.default_rng(1), block=3):
        counts = np.bincount(rows, minlength=6)
        assert counts.sum() == 6
        assert any(counts[[at, (at + 1) % 6, (at + 2) % 6]].min() > 0 for at in range(6))
