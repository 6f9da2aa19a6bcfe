"""Made-up returns: they follow the rates that they are made from, and read like returns."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from recovery import FIRST_DAY, LAST_DAY, national_tables, usual_residents

from lacmodel.cli import commands
from lacmodel.codes import (
    AGE_BANDS,
    FOSTER,
    GROUPS,
    KINDS,
    OPEN,
    PLACEMENTS,
    RETURNABLE,
    ROUTES,
    SINCE_BANDS,
    STARTED_RE_ENTRY,
    TIME_BANDS,
)
from lacmodel.engines.stock_flow import expected_course, nobody
from lacmodel.parameters import expected_world, no_supply, read_parameters
from lacmodel.ssda903.calendar import band_birthdays
from lacmodel.ssda903.records import OPEN_DAY, ReturnSpells, day_number
from lacmodel.ssda903.synthesise import synthesise
from lacmodel.ssda903.true_rates import TrueRates, true_rates
from lacmodel.ssda903.write import tables_by_year
from lacmodel.timeline import Period, timeline

NATIONAL = national_tables()
RATES = true_rates(NATIONAL)
RESIDENTS = usual_residents(NATIONAL)


def made(seed: int, **changed: np.ndarray) -> ReturnSpells:
    rates = RATES._replace(**changed)
    return synthesise(rates, RESIDENTS, FIRST_DAY, LAST_DAY, np.random.default_rng(seed))


def simple_rates(**changed: np.ndarray) -> TrueRates:
    """Two newborns a day in foster care, and nothing else."""
    start = np.zeros((len(AGE_BANDS), len(GROUPS)))
    start[0, 0] = 2 * 365.25
    leaving = np.zeros((len(ROUTES), len(AGE_BANDS), len(TIME_BANDS), len(PLACEMENTS), len(GROUPS)))
    foster = np.eye(len(PLACEMENTS))[FOSTER]
    mix = np.broadcast_to(foster, (len(PLACEMENTS), len(AGE_BANDS), len(PLACEMENTS)))
    simple = TrueRates(
        start, np.ones(12), np.tile(np.eye(4)[0], (3, 1)), np.ones((5, 3)),
        np.broadcast_to(foster, (5, 3, 9)), np.zeros(9), leaving, np.zeros((len(KINDS), 5, 2)),
        mix, np.zeros((9, 5)), mix, np.zeros((RETURNABLE, len(SINCE_BANDS))), np.ones(9),
    )  # fmt: skip
    return simple._replace(**changed)


def simply_made(seed: int, **changed: np.ndarray) -> ReturnSpells:
    generator = np.random.default_rng(seed)
    residents = np.array([10_000.0, 0, 0, 0, 0])
    return synthesise(simple_rates(**changed), residents, FIRST_DAY, LAST_DAY, generator)


def constant(hazards: dict[int, float]) -> np.ndarray:
    leaving = simple_rates().leaving_per_day.copy()
    for route, hazard in hazards.items():
        leaving[route] = hazard
    return leaving


def test_the_number_in_care_is_the_theorys() -> None:
    """Poisson with mean a / (1 - exp(-h)); the mean of 60 numbers a month apart.

    Stays of 100 days on average make numbers 30 days apart correlated by exp(-0.3), so 60 of them
    are worth 60 (1 - c) / (1 + c) = 9. Four standard errors: error rate 1 in 16,000.
    """
    spells = simply_made(1, leaving_per_day=constant({0: 0.01}))
    days = np.arange(FIRST_DAY, LAST_DAY, 30)[:60]
    number = [(spells.start_day <= day) & (day < spells.end_day) for day in days]
    mean = 2 / -np.expm1(-0.01)
    assert abs(np.mean([n.sum() for n in number]) - mean) < 4 * np.sqrt(mean / 9)


def test_reasons_for_leaving_compete_in_proportion_to_their_hazards() -> None:
    """A third of the leavers by the hazard that is a third; four standard errors."""
    spells = simply_made(2, leaving_per_day=constant({0: 0.004, 3: 0.002}))
    left = spells.why_ended[spells.why_ended >= 0]
    error = np.sqrt(2 / 9 / len(left))
    assert len(left) > 3000
    assert abs((left == 3).mean() - 1 / 3) < 4 * error


def test_half_come_back_within_the_half_life() -> None:
    """Of those who left in the first year, half by 100 days; four standard errors."""
    spells = simply_made(
        3, leaving_per_day=constant({0: 0.02}),
        re_entry_per_day=np.full((RETURNABLE, len(SINCE_BANDS)), np.log(2) / 100),
    )  # fmt: skip
    left = np.flatnonzero((spells.why_ended == 0) & (spells.end_day < FIRST_DAY + 365))
    following = np.minimum(left + 1, len(spells.child) - 1)
    same = spells.child[following] == spells.child[left]
    back = same & (spells.start_day[following] - spells.end_day[left] <= 100)
    assert abs(back.mean() - 0.5) < 4 * np.sqrt(0.25 / len(left))
    assert set(spells.why_started[following[back]]) == {STARTED_RE_ENTRY}


def test_spells_are_those_of_a_return() -> None:
    spells = made(4)
    assert (spells.end_day >= FIRST_DAY).all()
    assert (spells.start_day <= LAST_DAY).all()
    assert (spells.end_day > spells.start_day).all()
    assert ((spells.end_day == OPEN_DAY) == (spells.why_ended == OPEN)).all()
    same = (np.diff(spells.child) == 0) & (np.diff(spells.period) == 0)
    assert (spells.start_day[1:][same] == spells.end_day[:-1][same]).all()
    assert not spells.period_start_seen.all()
    assert (spells.start_day[~spells.period_start_seen & ~np.append(False, same)] < FIRST_DAY).all()


def test_about_as_many_are_in_care_as_are_asked_for() -> None:
    """The mean of ten councils; 760 children spread by 28, and 4 standard errors of ten are 35."""
    stocks = [(made(seed).end_day > LAST_DAY).sum() for seed in range(10)]
    assert abs(np.mean(stocks) - 760) < 35


def test_the_same_seed_makes_the_same_return_and_a_surge_brings_more() -> None:
    one, two = made(5), made(5)
    assert all(
        (getattr(one, n) == getattr(two, n)).all() for n in ("child", "start_day", "placement")
    )
    usual = simply_made(6)
    surge = np.ones(60)
    surge[36:] = 2
    generator, residents = np.random.default_rng(6), np.array([10_000.0, 0, 0, 0, 0])
    more = synthesise(simple_rates(), residents, FIRST_DAY, LAST_DAY, generator, surge)
    late = FIRST_DAY + 3 * 365 + 1
    ratio = (more.start_day >= late).sum() / (usual.start_day >= late).sum()
    assert abs(ratio - 2) < 4 * np.sqrt(6 / 1460)  # of some 2,920 and 1,460


def last_shown(tables: dict[int, dict[str, pd.DataFrame]]) -> pd.DataFrame:
    """Every episode as the last file that has it shows it."""
    every = pd.concat([by_name["Episodes"] for by_name in tables.values()])
    return every.drop_duplicates(["CHILD", "DECOM"], keep="last")


def days_of(text: pd.Series, blank: int) -> np.ndarray:
    days = pd.to_datetime(text, format="%d/%m/%Y").to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), blank, days.astype(np.int64))


def test_episodes_hold_the_nights_of_the_spells() -> None:
    spells = made(7)
    shown = last_shown(tables_by_year(spells, np.random.default_rng(7)))
    start, end = days_of(shown["DECOM"], 0), days_of(shown["DEC"], LAST_DAY + 1)
    nights = np.maximum(end - np.maximum(start, FIRST_DAY), 0)
    began = np.maximum(spells.start_day, FIRST_DAY)
    assert nights.sum() == (np.minimum(spells.end_day, LAST_DAY + 1) - began).clip(0).sum()
    legal_only = shown["RNE"] == "L"
    assert legal_only.sum() > 100
    assert (shown["REC"] == "X1").sum() == (~shown["RNE"].isin(["S"])).sum() - sum(
        shown.groupby("CHILD")["RNE"].first() != "S"
    )


def test_an_episode_that_is_open_at_the_end_of_a_year_is_in_the_next_file_too() -> None:
    tables = tables_by_year(made(8), np.random.default_rng(8))
    first, second = tables[2019]["Episodes"], tables[2020]["Episodes"]
    still = first[first["DEC"] == ""][["CHILD", "DECOM"]]
    assert len(still) > 500
    assert len(still.merge(second[["CHILD", "DECOM"]])) == len(still)
    assert (first[first["DEC"] == ""]["REC"] == "").all()


def test_the_command_writes_files_that_say_that_they_are_made_up(tmp_path: Path) -> None:
    words = ["synthesise", "--out", str(tmp_path / "made"), "--children", "40", "--years", "2"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    assert "No child" in (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    names = sorted(path.name for path in (tmp_path / "made" / "2022-23").iterdir())
    assert names == ["made-up-episodes.csv", "made-up-header.csv", "made-up-uasc.csv"]
    episodes = pd.read_csv(tmp_path / "made" / "2022-23" / "made-up-episodes.csv", dtype=str)
    assert episodes["PL_POST"].str.startswith("ZZ").all()
    again = CliRunner().invoke(commands, words)
    assert again.exit_code == 2
    assert "is no empty folder" in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--surge", "2022-05-01", "2021-05-01", "2"], "ends before it begins"),
        (["--surge", "2019-05-01", "2019-09-01", "2"], "has no month between"),
        (["--until", "20223"], "must be the year of a 31 March"),
        (["--children", "0"], "0: must be a whole number from 1 to 50,000"),
    ],
)
def test_the_command_names_what_cannot_be(words: list[str], said: str, tmp_path: Path) -> None:
    call = ["synthesise", "--years", "2", "--out", str(tmp_path / "made"), *words]
    done = CliRunner().invoke(commands, call)
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "made").exists()


def test_the_made_up_council_is_the_one_that_the_model_expects() -> None:
    """Two implementations of the hazards: 18 years from nobody, here and by `stock_flow`.

    The mean of 60 councils is uncertain by its own standard error. Four of these and 1 % (what
    `stock_flow` loses by its months) for the total; for types and age bands, of which there are
    twelve, four and 2 % or half a child.
    """
    years, councils = 18, 60
    calendar = timeline(Period(date(2000, 4, 1), years))
    months = len(calendar.month_start) - 1
    world = expected_world(
        read_parameters(), calendar, np.tile(RESIDENTS, (months, 1)), 4, no_supply(calendar)
    )
    expected = expected_course(world, *nobody()).children[12 * years].sum(axis=2)
    first = day_number(date(2000 + years, 4, 1))
    found = np.zeros((councils, len(AGE_BANDS), len(PLACEMENTS)))
    for seed in range(councils):
        generator = np.random.default_rng(300 + seed)
        spells = synthesise(RATES, RESIDENTS, first, first, generator)
        here = (spells.start_day < first) & (spells.end_day >= first)
        band = (band_birthdays(spells.birth_day[here]) <= first - 1).sum(axis=0)
        np.add.at(found[seed], (band, spells.placement[here]), 1)
    by_type = np.zeros((len(AGE_BANDS), len(PLACEMENTS)))
    np.add.at(by_type.T, [placement for placement, _ in KINDS], expected.T)

    def agrees(ran: np.ndarray, mean: np.ndarray, share: float, children: float) -> bool:
        error = 4 * ran.std(axis=0, ddof=1) / np.sqrt(councils)
        return bool((np.abs(ran.mean(axis=0) - mean) <= error + share * mean + children).all())

    assert agrees(found.sum(axis=(1, 2)), by_type.sum(), 0.01, 0)
    assert agrees(found.sum(axis=2), by_type.sum(axis=1), 0.02, 0.5)
    assert agrees(found.sum(axis=1), by_type.sum(axis=0), 0.02, 0.5)
