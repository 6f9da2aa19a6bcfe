"""How wrong the drift law's forecasts have been: ``python -m tests.benchmarks.drift_scores FILE``.

FILE is as that of ``lacmodel national --drift``. The forecasts are those of the surrogate of the
engines (`years_in_care`), which has the drift law that `run` has. The latest tables stand in
MODEL.md, "Drift, learnt from every council".
"""

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

from lacmodel.analyses.baselines import RULES, constant_rates
from lacmodel.analyses.scores import (
    Scores,
    coverage_percent,
    measures,
    relative_crps,
    relative_crps_interval,
    scores_of,
    with_interval,
)
from lacmodel.fitting.drift import (
    FIRST_NATIONAL_MEAN,
    DriftLaw,
    Known,
    RateLaw,
    ResidualLaw,
    course,
    fit_law,
    laws_of,
    series_law,
    today,
)
from lacmodel.fitting.published_years import PublishedYears, Shown, shown, years_in
from lacmodel.fitting.years_in_care import Leaving, national_leaving
from tests.benchmarks import rolling_origins
from tests.benchmarks.rolling_origins import FUTURES, Folds, Laws, folds_of

ORIGINS = range(2017, 2023)
AHEAD = 3
FOLDS = 5
SEED = 2017
# The law that runs have had so far, for the exits of those under 18: here 0.6 of it acts on all.
TRIAL = DriftLaw(
    RateLaw(between=0.25, spread=0.18, persistence=0.66, walk=0.055, national=0.05),
    RateLaw(between=0.15, spread=0.07, persistence=0.65, walk=0.012, national=0.03),
    ResidualLaw(between=0.005, noise=0.16, national=0.001),
)


def model_scores(years: PublishedYears, laws: Laws, folds: Folds, leaving: Leaving) -> list[Scores]:
    """Scores of the drift law by horizon, from 1 year."""
    samples = {
        origin: rolling_origins.forecasts(years, laws, origin, folds, leaving, AHEAD)
        for origin in ORIGINS
    }
    return [scores_of(years, samples, ahead) for ahead in range(1, AHEAD + 1)]


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table that MODEL.md can take as it is."""
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    print("".join("| " + " | ".join(row) + " |\n" for row in rows))


def by_horizon(found: dict[str, list[Scores]]) -> None:
    """Every measure of every forecast by horizon, CRPS over that of no change."""
    names = [name for name in measures() if name != "CRPS"]
    rows = []
    for name, scores in found.items():
        for ahead in range(AHEAD):
            generator = np.random.default_rng(SEED)
            against = found["no change"][ahead]
            ratio = relative_crps_interval(scores[ahead], against, generator)
            cells = [f"{ratio[0]:.3f} ({ratio[1]:.2f} to {ratio[2]:.2f})"]
            for measure in names:
                value, low, high = with_interval(measures()[measure], scores[ahead], generator)
                cells.append(f"{value:.1f} ({low:.1f} to {high:.1f})")
            rows.append([name, str(ahead + 1), *cells])
    table(["forecast", "years ahead", "CRPS / no change's", *names], rows)


def by_origin(found: dict[str, list[Scores]]) -> None:
    """CRPS over that of no change, and coverage of 80 % intervals, by origin and horizon."""
    rows = []
    for name, scores in found.items():
        for ahead in range(AHEAD):
            cells = []
            for origin in ORIGINS:
                at = scores[ahead].rows(scores[ahead].origin == origin)
                against = found["no change"][ahead]
                against = against.rows(against.origin == origin)
                held = coverage_percent(at, 0.8)
                cells.append(f"{relative_crps(at, against):.3f}, {held:.0f} %")
            rows.append([name, str(ahead + 1), *cells])
    table(["forecast", "years ahead", *map(str, ORIGINS)], rows)


Change = Callable[[DriftLaw], DriftLaw]


def changed(part: str, **numbers: float) -> Change:
    """The law with some numbers of its entries or exits replaced."""
    return lambda law: replace(law, **{part: replace(getattr(law, part), **numbers)})


ALTERNATIVES: dict[str, Change] = {
    "as fitted": lambda law: law,
    **{f"entries, persistence {p}": changed("entries", persistence=p) for p in (0.01, 0.5, 0.95)},
    **{f"entries, walk {w}": changed("entries", walk=w) for w in (0.001, 0.1)},
    **{f"exits, persistence {p}": changed("exits", persistence=p) for p in (0.01, 0.5, 0.95)},
    **{f"exits, walk {w}": changed("exits", walk=w) for w in (0.001, 0.06)},
}


def fixed_window(own: Shown, window: int) -> list[Known]:
    """Rates taken as they are: the mean of some years' entries and the last year's exits.

    The AR(1) of the years to come begins unseen, as drift that starts with a run does.
    """
    levels = (
        np.log(np.exp(own.seen[:, -window:, 0]).mean(axis=1)),
        own.seen[:, -1, 1],
        np.nanmean(own.seen[:, :, 2], axis=1),
    )
    councils, years, _ = own.seen.shape
    found = []
    for part, level, mean in zip(laws_of(TRIAL), levels, FIRST_NATIONAL_MEAN, strict=True):
        council = series_law(part).council
        states = np.zeros((councils, len(council.keeps)))
        states[:, 0] = level - mean
        variance = np.where(council.keeps < 1, council.first_variance, 1e-12)
        covariance = np.tile(np.diag(variance), (councils, 1, 1))
        nothing = np.zeros((*states.shape, years))
        nation = (np.zeros(years), 1e-12 * np.eye(years))
        found.append(Known(states, covariance, nothing, *nation))
    return found


def window_scores(years: PublishedYears, leaving: Leaving, window: int) -> list[Scores]:
    """Scores of the law of the trial about rates of a fixed window."""
    samples = {}
    for origin in ORIGINS:
        known = years.until(origin)
        own, generator = shown(known, leaving), np.random.default_rng(origin)
        now = fixed_window(own, window)
        samples[origin] = course(TRIAL, leaving, known, own, now, AHEAD, FUTURES, generator)
    return [scores_of(years, samples, ahead) for ahead in range(1, AHEAD + 1)]


def alternatives(
    years: PublishedYears, laws: Laws, folds: Folds, leaving: Leaving, no_change: list[Scores]
) -> None:
    """Other ways of trusting the recent past, by the score of earlier and later origins."""
    found = {
        name: model_scores(years, {k: change(law) for k, law in laws.items()}, folds, leaving)
        for name, change in ALTERNATIVES.items()
    }
    for window in (1, 2, 3, 5):
        name = f"law of the trial, entries of {window} years, exits of 1"
        found[name] = window_scores(years, leaving, window)
        rule = partial(constant_rates, window=window)
        name = f"constant rates of {window} years, past errors"
        found[name] = rolling_origins.baseline_scores(years, rule, ORIGINS, AHEAD)
    rows = []
    for name, scores in found.items():
        cells = []
        for ahead in range(AHEAD):
            for origins in (ORIGINS[:3], ORIGINS[3:]):
                inside = np.isin(scores[ahead].origin, origins)
                ratio = relative_crps(scores[ahead].rows(inside), no_change[ahead].rows(inside))
                cells.append(f"{ratio:.3f}")
            held = coverage_percent(scores[ahead], 0.8)
            cells.append(f"{held:.0f} %")
        rows.append([name, *cells])
    columns = ("2017-2019", "2020-2022", "80 % intervals")
    table(["law", *(f"{ahead}: {c}" for ahead in range(1, AHEAD + 1) for c in columns)], rows)


Start = Callable[[Shown, list[Known]], list[Known]]


def certain(own: Shown, now: list[Known]) -> list[Known]:
    """Today's rates without their spread."""
    return [
        known._replace(
            covariance=np.zeros_like(known.covariance) + 1e-12 * np.eye(known.states.shape[1]),
            national_covariance=1e-12 * np.eye(len(known.national)),
        )
        for known in now
    ]


STARTS: dict[str, Start] = {
    "both rates from the posterior": lambda own, now: now,
    "the same, without the covariance of today's rates": certain,
    "entries from the posterior, last year's exits": lambda own, now: [
        now[0], fixed_window(own, 3)[1], now[2],
    ],
    "mean of 3 years' entries, exits from the posterior": lambda own, now: [
        fixed_window(own, 3)[0], *now[1:],
    ],
    "mean of 3 years' entries, last year's exits": lambda own, now: [
        *fixed_window(own, 3)[:2], now[2],
    ],
}  # fmt: skip


def scores_from(
    years: PublishedYears, laws: Laws, folds: Folds, leaving: Leaving, start: Start
) -> list[Scores]:
    """Scores by horizon of forecasts that start otherwise."""
    samples = {}
    for origin in ORIGINS:
        found = np.zeros((AHEAD, len(years.codes), FUTURES))
        for fold in range(folds.number):
            others, law = folds.others(fold), laws[origin, fold]
            known = years.until(origin).of(~others)
            own = shown(known, leaving)
            now = start(own, today(law, own, shown(years.until(origin).of(others), leaving)))
            generator = np.random.default_rng((origin, fold))
            found[:, ~others] = course(law, leaving, known, own, now, AHEAD, FUTURES, generator)
        samples[origin] = found
    return [scores_of(years, samples, ahead) for ahead in range(1, AHEAD + 1)]


def scores_alone(years: PublishedYears, laws: Laws, folds: Folds, leaving: Leaving) -> list[Scores]:
    """Scores by horizon where a council has the law of others, and its own history alone."""
    samples = {}
    for origin in ORIGINS:
        found = np.zeros((AHEAD, len(years.codes), FUTURES))
        for council, fold in enumerate(folds.fold):
            known = years.until(origin).of(np.arange(len(years.codes)) == council)
            own, law = shown(known, leaving), laws[origin, int(fold)]
            now, generator = today(law, own, own), np.random.default_rng((origin, council))
            one = course(law, leaving, known, own, now, AHEAD, FUTURES, generator)
            found[:, council] = one[:, 0]
        samples[origin] = found
    return [scores_of(years, samples, ahead) for ahead in range(1, AHEAD + 1)]


def one_hazard(leaving: Leaving) -> Leaving:
    """As many leavers, whatever the time in care; entrants are there for half a year."""
    there = np.array([0.5, 1, 1, 1])
    return leaving._replace(
        under_18=there * (leaving.under_18[1:] @ leaving.settled),
        turning_18=there * (leaving.turning_18[1:] @ leaving.settled),
    )


def starts(
    years: PublishedYears, laws: Laws, folds: Folds, leaving: Leaving, no_change: list[Scores]
) -> None:
    """What each part of the start of a forecast is worth."""
    found = {
        name: scores_from(years, laws, folds, leaving, start) for name, start in STARTS.items()
    }
    trial = dict.fromkeys(laws, TRIAL)
    found["posterior, law of the trial"] = model_scores(years, trial, folds, leaving)
    found["posterior of a council's own history alone"] = scores_alone(years, laws, folds, leaving)
    flat = one_hazard(leaving)
    fitted = rolling_origins.fitted_laws(years, ORIGINS, folds, flat)
    found["posterior, one hazard for all classes"] = model_scores(years, fitted, folds, flat)
    rows = []
    for name, scores in found.items():
        pairs = zip(scores, no_change, strict=True)
        ratios = [f"{relative_crps(ours, theirs):.3f}" for ours, theirs in pairs]
        rows.append([name, *ratios, *(f"{coverage_percent(s, 0.8):.0f} %" for s in scores)])
    heads = [f"{what}, {ahead}" for what in ("CRPS", "80 % held") for ahead in (1, 2, 3)]
    table(["start", *heads], rows)


def laws_table(laws: dict[str, DriftLaw]) -> None:
    """The numbers of laws, one a row."""
    heads, rows = ["fitted on"], []
    for name, law in laws.items():
        numbers = {f"{part}: {k}": v for part, n in asdict(law).items() for k, v in n.items()}
        heads = ["fitted on", *numbers]
        rows.append([name, *(f"{value:.4f}" for value in numbers.values())])
    table(heads, rows)


def main() -> None:
    """Fit, forecast, score, print."""
    every = years_in(Path(sys.argv[1]))
    years, leaving = every.of(every.complete()), national_leaving()
    folds = folds_of(years, FOLDS)
    began = time.process_time()
    laws = rolling_origins.fitted_laws(years, ORIGINS, folds, leaving)
    model = model_scores(years, laws, folds, leaving)
    print(f"{len(years.codes)} councils; {time.process_time() - began:.1f} core seconds\n")
    found = {"drift law": model} | {
        name: rolling_origins.baseline_scores(years, rule, ORIGINS, AHEAD)
        for name, rule in RULES.items()
    }
    whole = fit_law(shown(years, leaving))
    fold_0 = {f"{origin}, others than fold 0": laws[origin, 0] for origin in ORIGINS}
    laws_table(fold_0 | {"all councils and years": whole})
    by_horizon(found)
    by_origin(found)
    alternatives(years, laws, folds, leaving, found["no change"])
    starts(years, laws, folds, leaving, found["no change"])


if __name__ == "__main__":
    main()
