"""Returns of made-up councils, from rates that are known.

The second implementation of the model's hazards, which shares no code with `lacmodel.pathway` or
the engines: whole cohorts step together from one change of hazard to the next. Within a step every
child draws how many nights pass until each clock rings; a clock that would ring later than the step
ends is drawn again in the next, which changes nothing, since a hazard has no memory.
"""

from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacmodel.codes import (
    AGE_BAND_YEARS,
    ENDED_BREAKDOWN,
    ENDED_PLANNED,
    EXTERNAL,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    OPEN,
    RE_ENTRY_DAYS,
    RETURNABLE,
    SINCE_BAND_DAYS,
    STARTED_BREAKDOWN,
    STARTED_ENTRY,
    STARTED_PLANNED,
    STARTED_RE_ENTRY,
    TIME_BAND_DAYS,
    TURNED_18,
)
from lacmodel.ssda903.calendar import Days, band_birthdays
from lacmodel.ssda903.records import OPEN_DAY, ReturnSpells
from lacmodel.ssda903.true_rates import TrueRates

FloatArray = NDArray[np.float64]
Generator = np.random.Generator

BURN_IN_YEARS: Final = 18  # then everyone in care, and every past leaver, came in it
DAYS_PER_YEAR: Final = 365.25
FAR: Final = 1 << 40  # nights until a clock rings whose hazard is nil
PILOT_RESIDENTS: Final = 1_000_000.0
YEARS_OF_AGE: Final = tuple(np.diff(AGE_BAND_YEARS).tolist())


class Entrants(NamedTuple):
    """Children who come into care for the first time; shape (children,)."""

    day: Days
    birth_day: Days
    group: Days
    family: Days


@dataclass(slots=True)
class Children:
    """Children in care at a moment of their own, in step but not on the same day."""

    child: Days
    period: Days
    day: Days
    began: Days  # of the period of care
    spell_start: Days
    kind: Days
    why_started: Days

    def where(self, chosen: NDArray[np.bool_]) -> "Children":
        """Some of the children."""
        return Children(*(getattr(self, f.name)[chosen] for f in fields(self)))


def residents_for(rates: TrueRates, children: float) -> FloatArray:
    """Residents by age band with whom so many children are in care in the long run.

    Found with a large pilot council: children in care are in proportion to residents.
    """
    everyone = PILOT_RESIDENTS * np.array(YEARS_OF_AGE) / AGE_BAND_YEARS[-1]
    pilot = synthesise(rates, everyone, 0, 0, np.random.default_rng(1))
    return everyone * (children / int((pilot.end_day > 0).sum()))


def synthesise(
    rates: TrueRates,
    residents: FloatArray,
    first_day: int,
    last_day: int,
    generator: Generator,
    entry_multiplier: FloatArray | None = None,
) -> ReturnSpells:
    """What the returns of a made-up council show from a first day to a last.

    Parameters
    ----------
    residents : shape (age band,), steady
    entry_multiplier : shape (months of the returns,), on entries; 1 where it is not given
    """
    came = draw_entrants(rates, residents, first_day, last_day, generator, entry_multiplier)
    spells = care_histories(rates, came, last_day, generator)
    return as_returned(spells, came, rates, first_day, last_day, generator)


# Entries -----------------------------------------------------------------------------------------


def draw_entrants(
    rates: TrueRates,
    residents: FloatArray,
    first_day: int,
    last_day: int,
    generator: Generator,
    entry_multiplier: FloatArray | None = None,
) -> Entrants:
    """Families by cell and month: a Poisson number, on even days, of children of one age band."""
    month = np.arange(
        np.datetime64(first_day - int(BURN_IN_YEARS * DAYS_PER_YEAR), "D").astype("datetime64[M]"),
        np.datetime64(last_day, "D").astype("datetime64[M]") + 1,
    )
    begins = month.astype("datetime64[D]").astype(np.int64)
    length = (month + 1).astype("datetime64[D]").astype(np.int64) - begins
    multiplier = np.ones(len(month))
    if entry_multiplier is not None:
        multiplier[len(month) - len(entry_multiplier) :] = entry_multiplier
    busy = rates.season[month.astype(np.int64) % 12] * multiplier * length
    sizes = np.arange(1, rates.family_size_share.shape[1] + 1)
    per_day = rates.start_rate_per_10000 * residents[:, None] / 10_000 / DAYS_PER_YEAR
    families_per_day = per_day / (rates.family_size_share @ sizes)
    count = generator.poisson(families_per_day[..., None] * busy)
    band, group, came_in = (np.repeat(axis, count.ravel()) for axis in
                            (indices.ravel() for indices in np.indices(count.shape)))  # fmt: skip
    size = sizes[chosen_from(rates.family_size_share[group], generator)]
    day = begins[came_in] + generator.integers(0, length[came_in])
    child_day, child_band, child_group, family = (
        np.repeat(column, size) for column in (day, band, group, np.arange(len(size)))
    )
    power = rates.age_position_power[child_band, child_group]
    born = birth_days(child_day, child_band, power, generator)
    keep = child_day <= last_day
    return Entrants(*(column[keep] for column in (child_day, born, child_group, family)))


def birth_days(day: Days, band: Days, power: FloatArray, generator: Generator) -> Days:
    """Birth days with which children are of their age band on the day on which they come."""
    youngest, oldest = np.array(AGE_BAND_YEARS)[band], np.array(AGE_BAND_YEARS)[band + 1]
    position = generator.random(len(day)) ** power
    born = day - ((youngest + (oldest - youngest) * position) * DAYS_PER_YEAR).astype(np.int64)
    for _ in range(3):
        turned = band_birthdays(born)
        lower = np.where(band == 0, born, turned[np.maximum(band - 1, 0), np.arange(len(band))])
        born -= lower > day
        born += turned[band, np.arange(len(band))] <= day
    return born


def chosen_from(shares: FloatArray, generator: Generator) -> Days:
    """One place a row, with the row's shares as probabilities."""
    below = np.cumsum(shares, axis=-1)
    draw = generator.random((len(shares), 1)) * below[:, -1:]
    return np.asarray((below <= draw).sum(axis=-1), dtype=np.int64)


# Care --------------------------------------------------------------------------------------------


def care_histories(
    rates: TrueRates, came: Entrants, last_day: int, generator: Generator
) -> dict[str, Days]:
    """Every spell of some children up to a last day; columns by name, in no order."""
    turned = band_birthdays(came.birth_day)
    total = rates.leaving_per_day.sum(axis=0)
    everyone = np.arange(len(came.day))
    here = begin(rates, came, turned, everyone, 0 * everyone, came.day, STARTED_ENTRY, generator)
    ended: list[dict[str, Days]] = []
    while len(here.child):
        here, left = step(rates, total, came, turned, here, last_day, generator, ended)
        back = came_back(rates, turned, left, last_day, generator)
        again = begin(rates, came, turned, back.child, back.period + 1, back.day,
                      STARTED_RE_ENTRY, generator)  # fmt: skip
        here = Children(*(np.concatenate([getattr(here, f.name), getattr(again, f.name)])
                          for f in fields(Children)))  # fmt: skip
    return {name: np.concatenate([part[name] for part in ended]) for name in ended[0]}


def begin(
    rates: TrueRates,
    came: Entrants,
    turned: Days,
    child: Days,
    period: Days,
    day: Days,
    why_started: int,
    generator: Generator,
) -> Children:
    """Children at the start of a period of care."""
    band = (turned[:, child] <= day).sum(axis=0)
    placement = chosen_from(rates.first_placement_share[band, came.group[child]], generator)
    kind = with_provider(rates, placement, generator)
    why = np.full(len(child), why_started)
    return Children(child, period, day, day, day.copy(), kind, why)


def with_provider(rates: TrueRates, placement: Days, generator: Generator) -> Days:
    """Kinds: each placement type with an own or an external provider."""
    own = generator.random(len(placement)) < rates.in_house_share[placement]
    return np.array(KIND_OF, dtype=np.int64)[placement, np.where(own, IN_HOUSE, EXTERNAL)]


def nights_until(hazard_per_day: FloatArray, generator: Generator) -> Days:
    """Nights until a clock rings: a unit exponential over the hazard, rounded up.

    >>> nights_until(np.array([0.0, 1e9]), np.random.default_rng(1)).tolist()
    [1099511627776, 1]
    """
    drawn = generator.exponential(size=len(hazard_per_day))
    nights = np.full(len(drawn), float(FAR))
    np.divide(drawn, hazard_per_day, out=nights, where=hazard_per_day > 0)
    return np.maximum(1, np.ceil(np.minimum(nights, FAR))).astype(np.int64)


def step(
    rates: TrueRates,
    total: FloatArray,
    came: Entrants,
    turned: Days,
    here: Children,
    last_day: int,
    generator: Generator,
    ended: list[dict[str, Days]],
) -> tuple[Children, dict[str, Days]]:
    """Take every child to the next event or change of hazard.

    Returns
    -------
    the children still in care, and those who left: child, period, reason and day
    """
    placement = np.array([p for p, _ in KINDS])[here.kind]
    group, every = came.group[here.child], np.arange(len(here.child))
    band = (turned[:, here.child] <= here.day).sum(axis=0)
    time = np.searchsorted(TIME_BAND_DAYS, here.day - here.began, side="right") - 1
    waits = np.array([
        nights_until(total[band, time, placement, group], generator),
        nights_until(rates.breakdown_per_day[here.kind, band, (time >= 2) * 1], generator),
        nights_until(rates.planned_per_day[placement, band], generator),
    ])  # fmt: skip
    cause, until = waits.argmin(axis=0), turned[band, here.child]
    time_ends = here.began + np.array([*TIME_BAND_DAYS[1:], FAR])[time]
    rings = here.day + waits[cause, every]
    day = np.minimum(rings, np.minimum(until, time_ends))
    adult = day == turned[-1, here.child]
    event = (rings == day) & ~adult
    route = chosen_from(rates.leaving_per_day[:, band, time, placement, group].T, generator)
    ends = np.where(adult, TURNED_18, np.array([0, ENDED_BREAKDOWN, ENDED_PLANNED])[cause])
    ends = np.where(event & (cause == 0), route, ends)
    open_ = day > last_day
    closes = open_ | event | adult
    ended.append(_ended(here, day, np.where(open_, OPEN, ends), closes))
    gone = closes & ~open_ & (ends <= TURNED_18)
    left = {"child": here.child[gone], "period": here.period[gone], "reason": ends[gone],
            "day": day[gone]}  # fmt: skip
    moving = event & ~open_ & (ends > TURNED_18)
    _move(rates, here, moving, ends, placement, (turned[:, here.child] <= day).sum(axis=0), day,
          generator)  # fmt: skip
    here.day = day
    return here.where(~open_ & ~gone), left


def _ended(here: Children, day: Days, ends: Days, closes: NDArray[np.bool_]) -> dict[str, Days]:
    """The spells that are over."""
    columns = {"child": here.child, "period": here.period, "start_day": here.spell_start,
               "kind": here.kind, "why_started": here.why_started, "began": here.began,
               "end_day": day, "why_ended": ends}  # fmt: skip
    return {name: column[closes] for name, column in columns.items()}


def _move(
    rates: TrueRates,
    here: Children,
    moving: NDArray[np.bool_],
    ends: Days,
    placement: Days,
    band: Days,
    day: Days,
    generator: Generator,
) -> None:
    """Begin the next spell of those who move, in place."""
    broke = ends[moving] == ENDED_BREAKDOWN
    mixes = np.array([rates.planned_next_share, rates.breakdown_next_share])
    to = chosen_from(mixes[broke * 1, placement[moving], band[moving]], generator)
    here.kind[moving] = with_provider(rates, to, generator)
    here.spell_start[moving] = day[moving]
    here.why_started[moving] = np.where(broke, STARTED_BREAKDOWN, STARTED_PLANNED)


class Back(NamedTuple):
    """Children who come back into care."""

    child: Days
    period: Days
    day: Days


def came_back(
    rates: TrueRates,
    turned: Days,
    left: dict[str, Days],
    last_day: int,
    generator: Generator,
) -> Back:
    """Who of the leavers comes back by a last day, under 18 and within six years, and when."""
    may = left["reason"] < RETURNABLE
    child, reason, left_day = left["child"][may], left["reason"][may], left["day"][may]
    stop = np.minimum(turned[-1, child], left_day + RE_ENTRY_DAYS)
    back = np.full(len(child), FAR)
    for band, begins in enumerate(SINCE_BAND_DAYS):
        ends = (*SINCE_BAND_DAYS, RE_ENTRY_DAYS)[band + 1]
        nights = nights_until(rates.re_entry_per_day[reason, band], generator)
        rings = (back == FAR) & (begins + nights <= ends)
        back[rings] = (left_day + begins + nights)[rings]
    comes = (back < stop) & (back <= last_day)
    return Back(child[comes], left["period"][may][comes], back[comes])


# What a return shows of it -----------------------------------------------------------------------


def as_returned(
    spells: dict[str, Days],
    came: Entrants,
    rates: TrueRates,
    first_day: int,
    last_day: int,
    generator: Generator,
) -> ReturnSpells:
    """The spells that returns show: all that are not over before the first day."""
    order = np.lexsort((spells["start_day"], spells["period"], spells["child"]))
    order = order[spells["end_day"][order] >= first_day]
    shown = {name: column[order] for name, column in spells.items()}
    new_child = np.diff(shown["child"], prepend=-1) != 0
    new_period = new_child | (np.diff(shown["period"], prepend=-1) != 0)
    child, of_period = np.cumsum(new_child) - 1, np.cumsum(new_period) - 1
    seen = (shown["start_day"] == shown["began"])[new_period][of_period]
    why = np.where(new_period & ~seen, OPEN, shown["why_started"])
    why = np.where(new_child & seen, STARTED_ENTRY, why)  # an earlier period is not seen
    kinds = np.array(KINDS)[shown["kind"]]
    adult = shown["why_ended"] == TURNED_18
    stays = generator.random(len(order)) < rates.staying_on_share[kinds[:, 0]]
    birth_day = came.birth_day[shown["child"]]
    return ReturnSpells(
        first_day=first_day,
        last_day=last_day,
        child=child,
        family=came.family[shown["child"]],
        period=of_period - of_period[new_child][child],
        birth_day=birth_day,
        group=came.group[shown["child"]],
        start_day=shown["start_day"],
        end_day=np.where(shown["why_ended"] == OPEN, OPEN_DAY, shown["end_day"]),
        placement=kinds[:, 0],
        provider=kinds[:, 1],
        why_started=why,
        why_ended=shown["why_ended"],
        stayed_on=adult & stays,
        period_start_seen=seen,
    )
