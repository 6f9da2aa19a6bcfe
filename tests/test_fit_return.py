"""Rates from a return: recovery of the truth, agreement with other solvers, and the files."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from recovery import (
    FIRST_DAY,
    LAST_DAY,
    coverage,
    drawn_from_prior,
    every_prior,
    national_tables,
    recovered,
    usual_residents,
    with_values,
)
from scipy.stats import t as student
from statsmodels.discrete.discrete_model import NegativeBinomial

from lacmodel.area.write import csv_bytes
from lacmodel.codes import ENDED_CLOSURE, ENDED_PLANNED, FOSTER, OPEN, ROUTES
from lacmodel.estimates import MOST_DRAWS, read_estimates, write_estimates
from lacmodel.faults import InputFaults
from lacmodel.fitting.arrivals import centred, dispersion, entry_prior
from lacmodel.fitting.between_councils import between_councils
from lacmodel.fitting.from_return import (
    evidence_rows,
    fit_return,
    reference_table,
    reference_words,
)
from lacmodel.fitting.hazards import Posterior, exit_design, exit_prior, fit_log_factors, prior_of
from lacmodel.fitting.return_rates import Z_90
from lacmodel.parameters import national_folder, read_parameters, read_tables, write_tables
from lacmodel.ssda903.synthesise import synthesise
from lacmodel.ssda903.true_rates import true_rates

NATIONAL = national_tables()
RESIDENTS = usual_residents(NATIONAL)
FEW_CELLS = ("re_entries.hazard_per_day", ("", ""), 1000.0)


def fitted_national(seed: int = 1, **choices):
    generator = np.random.default_rng(seed)
    spells = synthesise(true_rates(NATIONAL), RESIDENTS, FIRST_DAY, LAST_DAY, generator)
    return fit_return(spells, RESIDENTS, NATIONAL, **choices)


def test_intervals_hold_true_rates_drawn_from_the_prior() -> None:
    """Contract 6 in small: 40 councils with 864 intervals each, of which nine in ten should hold.

    Intervals of one council go together, councils do not: so a table is held, however small, to the
    mean of its 40 shares, within Student's t of their standard error (at least that of intervals
    that do not go together) and 0.01, since the intervals are approximations. With t for a chance
    of 0.01 over all tables, a true fit fails one time in a hundred.
    """
    councils, wanted = 40, 0.9
    truths = [drawn_from_prior(NATIONAL, np.random.default_rng(900 + k)) for k in range(councils)]
    held = [coverage([(t, recovered(t, RESIDENTS, k, NATIONAL))]) for k, t in enumerate(truths)]
    assert sum(of for council in held for _, of in council.values()) == councils * 864
    wide = student.isf(0.01 / len(held[0]) / 2, councils - 1)
    for name in held[0]:
        within, of = np.array([council[name] for council in held]).T
        spread = max((within / of).std(ddof=1), np.sqrt(wanted * (1 - wanted) / of[0]))
        gap = abs((within / of).mean() - wanted)
        assert gap <= wide * spread / np.sqrt(councils) + 0.01, name


@pytest.mark.parametrize("off", [0.7, 1.3])
def test_intervals_hold_rates_that_are_far_from_the_national_ones(off: float) -> None:
    """All rates 30 % off: of the cells with more than 20 events at least 80 % hold, 5 councils."""
    names = ("exits__base_per_day", "moves__breakdown_per_day", "moves__planned_per_day",
             "re_entries__hazard_per_day", "entries__start_rate_per_10000")  # fmt: skip
    values = {name: NATIONAL[name.replace("__", ".")].values * off for name in names}
    truth = with_values(NATIONAL, **values)
    held = coverage(
        ((truth, recovered(truth, RESIDENTS, seed, NATIONAL)) for seed in range(5)),
        of=lambda events: events > 20,
    )
    inside, total = np.sum([held[name.replace("__", ".")] for name in names], axis=0)
    assert total > 150
    assert inside / total >= 0.8


def test_a_fit_without_a_prior_is_that_of_statsmodels() -> None:
    generator = np.random.default_rng(3)
    design = (generator.random((200, 3)) < 0.5) * 1.0
    design[:, 0] = 1
    expected = generator.uniform(1, 20, 200)
    events = generator.poisson(expected * np.exp(design @ np.array([0.1, -0.5, 0.7])))
    prior = prior_of([FEW_CELLS] * 3)
    found = fit_log_factors(prior, design, expected, events.astype(float))
    model = sm.GLM(events, design, family=sm.families.Poisson(), offset=np.log(expected)).fit()
    assert found.mode == pytest.approx(model.params, abs=1e-5)
    assert found.loading @ found.loading.T == pytest.approx(model.cov_params(), rel=1e-4)


def test_a_prior_weighs_like_events() -> None:
    """By hand: 10 events where 5 were expected, spread s: 10 - 5 exp(x) = x / s^2 at the mode."""
    prior = prior_of([(FEW_CELLS[0], FEW_CELLS[1], 0.3)])
    found = fit_log_factors(prior, np.ones((1, 1)), np.array([5.0]), np.array([10.0]))
    x = float(found.mode[0])
    assert 10 - 5 * np.exp(x) == pytest.approx(x / 0.09, abs=1e-6)
    assert found.loading[0, 0] == pytest.approx((5 * np.exp(x) + 1 / 0.09) ** -0.5)


def test_many_more_events_than_expected_are_found_all_the_same() -> None:
    prior = prior_of([FEW_CELLS])
    found = fit_log_factors(prior, np.ones((1, 1)), np.array([1e-3]), np.array([1e4]))
    assert np.exp(found.mode[0]) == pytest.approx(1e7, rel=1e-4)


def test_the_dispersion_is_that_of_statsmodels() -> None:
    generator = np.random.default_rng(4)
    mean = generator.uniform(5, 25, 120)
    counts = generator.negative_binomial(mean / 1.5, 1 / 2.5)  # variance 2.5 times the mean
    ours = dispersion(counts, mean * counts.sum() / mean.sum())
    model = NegativeBinomial(counts, np.ones((120, 1)), loglike_method="nb1", exposure=mean)
    assert ours == pytest.approx(1 + model.fit(disp=0).params[-1], rel=0.02)
    assert 1 <= dispersion(generator.poisson(mean), mean) < 1.5


def test_an_exit_factor_acts_on_its_cells_alone() -> None:
    prior = exit_prior(ROUTES.index("home"), NATIONAL)
    design = exit_design(prior).reshape(5, 6, 9, 3, -1)
    named = {factor.places: column for column, factor in enumerate(prior.factors)}
    assert design[..., named["home", ""]].all()
    assert design[..., named["home", "under 8 weeks"]].sum() == 5 * 9 * 3
    assert design[:, 0, ..., named["home", "under 8 weeks"]].all()
    assert ("home", "1 to 2 years") not in named  # the usual, against which the others are


def test_the_season_is_centred_and_the_rate_holds_what_is_taken_from_it() -> None:
    prior = entry_prior(NATIONAL)
    generator = np.random.default_rng(5)
    mode, count = generator.normal(size=len(prior.factors)), len(prior.factors)
    before = Posterior(prior.factors, mode, generator.normal(size=(count, count)))
    after = centred(before, np.ones(12))
    season = np.exp(after.logs("entries.season")[0])
    assert season.mean() == pytest.approx(1)
    rate, was = (p.logs("entries.start_rate_per_10000")[0][0, 0] for p in (after, before))
    first, earlier = (p.logs("entries.season")[0][0] for p in (after, before))
    assert rate + first == pytest.approx(was + earlier)


def test_the_files_say_what_was_fitted(tmp_path: Path) -> None:
    fitted = fitted_national()
    write_tables(tmp_path / "rates.csv", fitted.tables)
    tables = read_tables(tmp_path / "rates.csv")
    assert set(tables) == set(fitted.tables)
    for name, table in tables.items():
        assert table.values == pytest.approx(fitted.tables[name].values, rel=1e-9)
        assert "SSDA903 return, years ending 31 March" in table.source
    read_parameters(tmp_path / "rates.csv")
    rows = csv_bytes(evidence_rows(fitted.rates)).decode().splitlines()
    assert len(rows) == 1 + sum(table.values.size for table in tables.values())
    home = next(row for row in rows if row.startswith("exits.base_per_day,home,1 to 4,,"))
    value, low, high, national, events, exposure = map(float, home.split(",")[4:10])
    assert low < value < high
    assert events > 20
    assert exposure > 10_000
    assert national == pytest.approx(NATIONAL["exits.base_per_day"].values[0, 1], rel=1e-5)
    write_estimates(tmp_path / "estimates.csv", fitted.estimates)
    back = read_estimates(tmp_path / "estimates.csv")
    assert back.factors == fitted.estimates.factors
    assert back.loading == pytest.approx(fitted.estimates.loading, rel=1e-5)


def test_the_loadings_are_the_intervals() -> None:
    """The 90 % interval of a rate is its loadings' length, times 1.645, on either side."""
    fitted = fitted_national()
    assert fitted.estimates.draws <= MOST_DRAWS
    loadings = fitted.estimates.by_table()
    for name in ("exits.base_per_day", "moves.breakdown_per_day", "entries.start_rate_per_10000"):
        found, wide = fitted.evidence[name], np.linalg.norm(loadings[name], axis=-1)
        there = found.national > 0
        half = np.log(found.high[there] / found.low[there]) / 2
        assert half == pytest.approx(Z_90 * wide[there])


def test_faults_in_a_file_of_estimates_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "estimates.csv"
    rows = ("no.such,a,,,0,1", "exits.base_per_day,home,old,,0,1", "exits.base_per_day,home,,x,0,1",
            "exits.base_per_day,home,,,400,1", "exits.base_per_day,home,,,0,much",
            "exits.base_per_day,sgo,,,0,1", "exits.base_per_day,sgo,,,0,2")  # fmt: skip
    path.write_text("parameter,first,second,third,draw,loading\n" + "\n".join(rows), "utf-8")
    with pytest.raises(InputFaults) as found:
        read_estimates(path)
    assert len(found.value.faults) == 6
    assert "line 3: second = old: must be blank or one of under 1" in str(found.value)


def test_a_change_of_entries_shortens_the_reference_period() -> None:
    """Twice as many come in the last three years, and half as many at first: not all years."""
    multiplier = np.repeat([0.5, 0.5, 2, 2, 2], 12)
    spells = synthesise(
        true_rates(NATIONAL), RESIDENTS, FIRST_DAY, LAST_DAY, np.random.default_rng(6), multiplier
    )
    fitted = fit_return(spells, RESIDENTS, NATIONAL)
    assert fitted.reference.first_year_ending >= 2021
    assert fitted.reference.held_out == (2022, 2023)
    assert not fitted.reference.stated
    table, words = reference_table(fitted), reference_words(fitted)
    assert "| last 1 |" in table
    assert "(0 is best): last 1 " in words
    assert "|" not in words
    assert "-0.0" not in table + words
    ratio = fitted.tables["entries.start_rate_per_10000"].values[:, 0]
    assert (ratio / NATIONAL["entries.start_rate_per_10000"].values[:, 0]).mean() > 1.6


def test_a_reference_period_can_be_stated() -> None:
    fitted = fitted_national(reference=(2021, 2022))
    assert fitted.reference.stated
    assert "years ending 31 March 2021 to 2022" in fitted.tables["entries.season"].source
    with pytest.raises(ValueError, match="the return has the years 2019 to 2023"):
        fitted_national(reference=(2018, 2022))


def test_one_year_is_enough_to_fit_and_too_few_to_choose() -> None:
    generator = np.random.default_rng(7)
    spells = synthesise(true_rates(NATIONAL), RESIDENTS, LAST_DAY - 364, LAST_DAY, generator)
    fitted = fit_return(spells, RESIDENTS, NATIONAL)
    assert (fitted.reference.first_year_ending, fitted.reference.last_year_ending) == (2023, 2023)
    assert "too few years" in reference_table(fitted)


def test_what_is_left_out_is_said() -> None:
    generator = np.random.default_rng(8)
    spells = synthesise(true_rates(NATIONAL), RESIDENTS, FIRST_DAY, LAST_DAY, generator)
    why = spells.why_ended.copy()
    moves = np.flatnonzero(why == ENDED_PLANNED)[-4:]
    why[moves] = ENDED_CLOSURE
    exits = np.flatnonzero((why == 0) & spells.period_start_seen & (spells.placement == FOSTER))
    why[exits[-3:]] = ROUTES.index("adoption")  # from foster care, which the factors do not have
    why[exits[-5:-3]] = OPEN
    fitted = fit_return(replace(spells, why_ended=why), RESIDENTS, NATIONAL, (2019, 2023))
    left_out = dict(fitted.left_out)
    assert left_out["nights in care for an unknown time"] > 100_000
    assert left_out["exits after an unknown time in care"] > 10
    assert left_out["exits where the national factors have none"] == 3
    assert left_out["starters where the national factors have none"] == 0
    assert left_out["moves because a home closed"] == 4
    assert left_out["placements that ended, nobody knows why"] == 2


def test_own_provision_is_as_it_was_made() -> None:
    """60 % of foster placements are made in-house; four standard errors of some 2,000."""
    share = fitted_national(reference=(2019, 2023)).in_house_share()
    assert abs(share["foster"] - 0.6) < 4 * np.sqrt(0.24 / 2000)


def test_every_spread_between_councils_has_a_source_and_is_used() -> None:
    with (national_folder() / "between_councils.csv").open(encoding="utf-8", newline="") as file:
        assert all(row["source"] and row["unit"] for row in csv.DictReader(file))
    used = {factor.table for prior in every_prior(NATIONAL) for factor in prior.factors}
    spreads = {name for name, part in between_councils() if part != "row"}
    assert spreads == used
    assert all(value > 0 for value in between_councils().values())
