"""How wrong forecasts would have been: every area from rolling origins, by the engine itself.

At each origin an area is made from the published files cut there, as `new --published` makes it,
and run with all layers of uncertainty, as `run` runs it; only the futures are fewer. Nothing later
is used: the law of drift and the national movement come from earlier years of other councils.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.baselines import RULES, Rule, points_of, samples_from
from lacmodel.analyses.past_scores import ALL_CHILDREN, MODEL, NO_CHANGE
from lacmodel.analyses.scores import Part, Scores, scores_of
from lacmodel.area import Area
from lacmodel.draws import ALL_LAYERS
from lacmodel.engines.ensemble import DEFAULT_ENGINE, DEFAULT_SEED, run_futures
from lacmodel.faults import Fault, InputFaults
from lacmodel.fitting.from_published import new_area
from lacmodel.fitting.published_years import PublishedYears, years_of_councils
from lacmodel.fitting.rates_today import Learnt, learnt_from, others_than, shipped
from lacmodel.planning import make_plan
from lacmodel.published.records import COUNCIL, MEASURES, Figure, Place, Published
from lacmodel.results import children_in, year_ends
from lacmodel.scenario import Scenario

FloatArray = NDArray[np.float64]
Found = TypeVar("Found")

MOST_AHEAD: Final = 5  # years
FUTURES: Final = 200
FIRST_YEARS: Final = 5  # known before the first origin, unless origins are given
LAST_ORIGINS: Final = 6
MARCH: Final = 3


@dataclass(frozen=True, slots=True)
class Backtest:
    """Scores of the model and of simple rules, by horizon from 1 year."""

    years: PublishedYears  # of the areas that were forecast
    names: tuple[str, ...]
    left_out: tuple[str, ...]  # areas for which a count of some year is missing
    origins: range
    futures: int
    scores: dict[str, list[Scores]]  # by forecast; a horizon may have fewer origins

    @property
    def areas(self) -> list[tuple[str, str]]:
        """Code and name of each area."""
        return list(zip(self.years.codes, self.names, strict=True))

    def parts(self) -> Iterator[Part]:
        """Every forecast's scores beside those of no change; origins as 201703."""
        for name, by_horizon in self.scores.items():
            pairs = zip(by_horizon, self.scores[NO_CHANGE], strict=True)
            for years, (scores, against) in enumerate(pairs, start=1):
                origin = scores.origin * 100 + MARCH
                yield Part(
                    name, ALL_CHILDREN, 12 * years,
                    scores._replace(origin=origin), against._replace(origin=origin),
                )  # fmt: skip


class Task(NamedTuple):
    """One area at one origin."""

    code: str
    origin: int
    learnt: Learnt


def forecast_children(
    published: Published, task: Task, ahead: int, futures: int, seed: int, engine: str
) -> FloatArray:
    """Children in care on the 31 Marches after an origin; shape (year ahead, future)."""
    start = date(task.origin, 4, 1)
    area = new_area(published, task.code, start, learnt=task.learnt).area
    plan = make_plan(unchanged(area, ahead), area)
    ensemble = run_futures(plan, range(futures), seed, ALL_LAYERS, engine)
    at_ends = list(year_ends(plan.period).values())
    return np.asarray(children_in(ensemble)[:, at_ends].T, dtype=np.float64)


def unchanged(area: Area, years: int) -> Scenario:
    """The scenario in which nothing changes."""
    return Scenario(area.path / "baseline.toml", area.name, "", area.path, years, (), (), ())


def backtest(
    published: Published,
    origins: range | None = None,
    codes: Sequence[str] = (),
    ahead: int = MOST_AHEAD,
    futures: int = FUTURES,
    seed: int = DEFAULT_SEED,
    engine: str = DEFAULT_ENGINE,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Backtest:
    """Forecast areas from rolling origins and score them.

    Parameters
    ----------
    origins : years whose 31 March is the last that is known; the last `LAST_ORIGINS` that have
        an outcome unless given
    codes : the areas; every council with every count unless given
    progress : told of every forecast that is done

    Raises
    ------
    InputFaults
        if no area has every count, or no origin has an outcome
    """
    wanted = wanted_years(published, codes)
    years = wanted.of(wanted.complete())
    origins = usual_origins(years) if origins is None else origins
    check(years, origins)
    tasks = list(tasks_of(published, years, origins))
    ahead = max(step for step in range(1, ahead + 1) if with_outcome(years, origins, step))
    settings = (ahead, futures, seed, engine)
    samples = {origin: np.zeros((ahead, len(years.codes), futures)) for origin in origins}
    jobs = [partial(forecast_of, published, task, settings) for task in tasks]
    for task, sample in in_turn(jobs, workers, engine):
        samples[task.origin][:, years.codes.index(task.code)] = sample
        if progress:
            progress(1)
    scores = {MODEL: [scores_ahead(years, samples, step) for step in range(1, ahead + 1)]}
    for name, rule in RULES.items():
        simple = simple_samples(rule, published, years, origins, ahead)
        scores[name] = [scores_ahead(years, simple, step) for step in range(1, ahead + 1)]
    left_out = tuple(sorted(set(wanted.codes) - set(years.codes)))
    names = tuple(published.places[code].name for code in years.codes)
    return Backtest(years, names, left_out, origins, futures, scores)


def simple_samples(
    rule: Rule, published: Published, years: PublishedYears, origins: range, ahead: int
) -> dict[int, list[FloatArray]]:
    """A simple rule's forecasts of some councils, with the errors of all councils of the files."""
    every = wanted_years(published, ())
    every = every.of(every.complete())
    chosen = [every.codes.index(code) for code in years.codes]
    points = points_of(rule, every, ahead)
    return {
        origin: [of_step[chosen] for of_step in samples_from(points, every, origin, ahead)]
        for origin in origins
    }


def wanted_years(published: Published, codes: Sequence[str]) -> PublishedYears:
    """The years of some councils, or of all."""
    every = years_of_councils(published, max(year for _, year, _ in published.figures))
    return every.of(np.array([not codes or code in codes for code in every.codes], np.bool_))


def how_many(published: Published, origins: range | None, codes: Sequence[str]) -> int:
    """How many forecasts a backtest makes."""
    wanted = wanted_years(published, codes)
    years = wanted.of(wanted.complete())
    return len(years.codes) * len(usual_origins(years) if origins is None else origins)


def usual_origins(years: PublishedYears) -> range:
    """The last origins with an outcome; at the first `FIRST_YEARS` years are known, if possible."""
    first, last = years.first_year, years.last_year
    return range(max(min(first + FIRST_YEARS - 1, last - 1), last - LAST_ORIGINS), last)


def with_outcome(years: PublishedYears, origins: Iterable[int], ahead: int) -> list[int]:
    """Origins that can be scored so many years ahead.

    What happened is known, and so are errors of as many years ahead from an earlier origin.
    """
    first, last = years.first_year + ahead, years.last_year - ahead
    return [origin for origin in origins if first <= origin <= last]


def check(years: PublishedYears, origins: range) -> None:
    """Refuse what cannot be scored."""
    place = Path("--published")
    faults = []
    if not years.codes:
        rule = "no council has children in care, starters, leavers and residents of every year"
        faults.append(Fault(place, "", None, rule))
    elif not origins or origins[0] < years.first_year + 1 or origins[-1] >= years.last_year:
        rule = f"must lie from {years.first_year + 1} to {years.last_year - 1}"
        faults.append(Fault("--origins", "", f"{origins.start} to {origins.stop - 1}", rule))
    if faults:
        raise InputFaults(faults)


def published_of(area: Area) -> Published:
    """An area's own history and residents as published files."""
    figures = {
        (area.code, row.year, measure): Figure(getattr(row, measure), None, "", row.source)
        for row in area.history
        for measure in MEASURES
    }
    residents = {
        (area.code, row.year): Figure(round(row.residents), None, "", row.source)
        for row in area.population
    }
    place = Place(area.code, area.name, COUNCIL, "", "")
    return Published({area.code: place}, figures, residents)


def tasks_of(published: Published, years: PublishedYears, origins: range) -> Iterator[Task]:
    """Every area at every origin; what is learnt from the same councils is learnt once."""
    for origin in origins:
        known = years_of_councils(published, origin)
        learnt: dict[tuple[str, ...], Learnt] = {}
        for code in years.codes:
            others = others_than(known, code)
            key = others.codes if others is not None else ()
            if key not in learnt:
                learnt[key] = learnt_from(others) if others is not None else shipped(origin)
            yield Task(code, origin, learnt[key])


def forecast_of(
    published: Published, task: Task, settings: tuple[int, int, int, str]
) -> tuple[Task, FloatArray]:
    """A task with its forecast."""
    return task, forecast_children(published, task, *settings)


def in_turn(jobs: Sequence[Callable[[], Found]], workers: int, engine: str) -> Iterator[Found]:
    """What jobs find, as they are done; in threads where the engine lets go of Python's lock."""
    if workers == 1:
        yield from (job() for job in jobs)
        return
    from joblib import Parallel, delayed

    backend = "threading" if engine == "compiled" else "loky"
    parallel = Parallel(
        n_jobs=workers, backend=backend, return_as="generator_unordered", batch_size=1
    )
    yield from parallel(delayed(job)() for job in jobs)


def scores_ahead(
    years: PublishedYears, samples: Mapping[int, FloatArray | list[FloatArray]], ahead: int
) -> Scores:
    """Scores of a horizon, at the origins that can be scored."""
    scored = with_outcome(years, samples, ahead)
    return scores_of(years, {origin: list(samples[origin]) for origin in scored}, ahead)
