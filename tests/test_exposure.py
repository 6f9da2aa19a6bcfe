"""Nights and events of a return, counted a second way: day by day and child by child."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from recovery import FIRST_DAY, LAST_DAY, national_tables, usual_residents

from lacmodel.codes import (
    AGE_BAND_YEARS,
    ENDED_BREAKDOWN,
    ENDED_PLANNED,
    KIND_OF,
    OPEN,
    RE_ENTRY_DAYS,
    RETURNABLE,
    SINCE_BAND_DAYS,
    TIME_BAND_DAYS,
    TURNED_18,
)
from lacmodel.fitting.exposure import BREAKDOWN, PLANNED, UNKNOWN_EARLY, UNKNOWN_TIME, count
from lacmodel.fitting.leavers import leavers_of, past_leavers, starters, unseen_re_entries
from lacmodel.fitting.mixes import mixes_of
from lacmodel.fitting.seen import seen_in
from lacmodel.ssda903.calendar import year_starts
from lacmodel.ssda903.records import EPOCH, ReturnSpells
from lacmodel.ssda903.synthesise import as_returned, care_histories, draw_entrants
from lacmodel.ssda903.true_rates import true_rates

RATES = true_rates(national_tables())
FEW = usual_residents(national_tables()) * 0.06


def history(seed: int, residents: np.ndarray = FEW) -> tuple[ReturnSpells, ReturnSpells]:
    """A small return, and the same children as files without a beginning would show them."""
    generator = np.random.default_rng(seed)
    came = draw_entrants(RATES, residents, FIRST_DAY, LAST_DAY, generator)
    spells = care_histories(RATES, came, LAST_DAY, generator)
    shown = [as_returned(spells, came, RATES, first, LAST_DAY, generator)
             for first in (FIRST_DAY, FIRST_DAY - 20 * 366)]  # fmt: skip
    return shown[0], shown[1]


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def band_of(value: int, begins: tuple[int, ...]) -> int:
    return max(band for band, begin in enumerate(begins) if value >= begin)


def time_place(spells: ReturnSpells, spell: int, began: int, night: int) -> int:
    """The place of a night on the axis of time in care, by reasoning about what is known."""
    least = band_of(night - began, TIME_BAND_DAYS)
    most = band_of(int(night - spells.birth_day[spell]), TIME_BAND_DAYS)
    if spells.period_start_seen[spell] or least == most:
        return least
    return UNKNOWN_TIME if night - began >= 182 else UNKNOWN_EARLY


def slow_count(spells: ReturnSpells) -> tuple[np.ndarray, np.ndarray]:
    counts = count(spells)
    nights, events = np.zeros_like(counts.nights), np.zeros_like(counts.events)
    began = 0
    for spell in range(len(spells.child)):
        same = spell > 0 and (
            spells.child[spell] == spells.child[spell - 1]
            and spells.period[spell] == spells.period[spell - 1]
        )
        began = began if same else int(spells.start_day[spell])
        kind = KIND_OF[spells.placement[spell]][spells.provider[spell]]
        born = EPOCH + timedelta(days=int(spells.birth_day[spell]))
        why, end = int(spells.why_ended[spell]), int(spells.end_day[spell])
        for night in range(max(int(spells.start_day[spell]), FIRST_DAY), min(end, LAST_DAY)):
            when = EPOCH + timedelta(days=night)
            year = when.year - (when.month < 4) - 2018
            age = band_of(age_on(born, when), AGE_BAND_YEARS[:-1])
            time = time_place(spells, spell, began, night)
            cell = (kind, age, time, int(spells.group[spell]))
            nights[(year, *cell)] += 1
            if night + 1 == end and why not in (OPEN, TURNED_18):
                cause = {ENDED_BREAKDOWN: BREAKDOWN, ENDED_PLANNED: PLANNED}.get(why, why)
                events[(year, cause, *cell)] += 1
    return nights, events


def test_nights_and_events_are_those_of_a_count_day_by_day() -> None:
    for seed in (1, 2):
        spells, _ = history(seed)
        counts = count(spells)
        nights, events = slow_count(spells)
        assert nights.sum() > 50_000
        assert (counts.nights == nights).all()
        assert (counts.events == events).all()
        assert (nights[..., UNKNOWN_TIME:, :].sum(axis=(0, 1, 2, 4)) > 0).all()


def test_the_sums_over_cells_are_what_they_say() -> None:
    counts = count(history(3)[0])
    assert counts.planned_nights.sum() == counts.nights.sum()
    assert counts.planned_moves.sum() == counts.events[:, PLANNED].sum()
    known = counts.nights[:, :, :, :UNKNOWN_TIME]
    assert counts.exit_nights.sum() == known.sum()
    at_least_26_weeks = counts.nights[:, :, :, UNKNOWN_TIME].sum()
    assert counts.breakdown_nights.sum() == known.sum() + at_least_26_weeks
    assert counts.exits.sum() == counts.events[:, :7, :, :, :UNKNOWN_TIME].sum()
    assert (counts.of_years(slice(1, 3)).nights == counts.nights[1:3]).all()


def test_nights_of_unknown_time_leave_the_hazards_as_they_are() -> None:
    """Exits over nights of known bands, 30 councils, against the true hazards.

    The z of each route is that of a Poisson count: seven of them within 3.5, error rate 1 in 300.
    """
    nights, exits = 0.0, 0.0
    for seed in range(30):
        counts = count(history(100 + seed, 17 * FEW)[0])
        nights = nights + counts.exit_nights
        exits = exits + counts.exits
    expected = (RATES.leaving_per_day * (nights - exits.sum(axis=0) / 2)).sum(axis=(1, 2, 3, 4))
    z = (exits.sum(axis=(1, 2, 3, 4)) - expected) / np.sqrt(expected)
    assert np.abs(z).max() < 3.5


def test_re_entries_and_nights_out_of_care_are_those_of_a_count_day_by_day() -> None:
    spells, _ = history(4, 4 * FEW)
    seen = seen_in(spells)
    nights, events = np.zeros_like(seen.re_entry_nights), np.zeros_like(seen.re_entries)
    for spell in range(len(spells.child)):
        left, reason = int(spells.end_day[spell]), int(spells.why_ended[spell])
        if not 0 <= reason < RETURNABLE:
            continue
        born = EPOCH + timedelta(days=int(spells.birth_day[spell]))
        again = spell + 1 < len(spells.child) and spells.child[spell + 1] == spells.child[spell]
        back = int(spells.start_day[spell + 1]) if again else LAST_DAY + 1
        for night in range(left, min(back, LAST_DAY, left + RE_ENTRY_DAYS)):
            when = EPOCH + timedelta(days=night)
            if age_on(born, when) >= 18:
                break
            at = (when.year - (when.month < 4) - 2018, reason,
                  band_of(night - left, SINCE_BAND_DAYS))  # fmt: skip
            nights[at] += 1
            events[at] += night + 1 == back
    assert events.sum() > 10
    assert (seen.re_entry_nights == nights).all()
    assert (seen.re_entries == events).all()


def test_unseen_re_entries_are_as_many_as_expected() -> None:
    """Children of 40 councils who had left before the first file, and who look like starters.

    A Poisson count of some hundreds, to which the leavers who stand for them add about as much
    noise again: within four standard errors of the difference, sqrt(2 x count).
    """
    expected, happened = np.zeros(5), np.zeros(5)
    years = year_starts(FIRST_DAY, LAST_DAY)
    for seed in range(40):
        shown, whole = history(200 + seed, 17 * FEW)
        found = unseen_re_entries(
            leavers_of(shown), RATES.re_entry_per_day, years, FIRST_DAY, LAST_DAY
        )
        expected += found.sum(axis=(1, 2))
        begins = np.flatnonzero(np.diff(whole.period, prepend=0) > 0)
        left_before = whole.end_day[begins - 1] < FIRST_DAY
        came = whole.start_day[begins[left_before]]
        happened += np.histogram(came, years)[0]
    assert happened[0] > 2 * happened[-1] > 0
    assert (np.abs(expected - happened) < 4 * np.sqrt(2 * happened)).all()
    assert abs(expected.sum() - happened.sum()) < 4 * np.sqrt(2 * happened.sum())


def test_starters_are_seen_to_begin_and_do_not_come_back() -> None:
    spells, _ = history(5, 4 * FEW)
    at = starters(spells)
    assert (spells.start_day[at] >= FIRST_DAY).all()
    assert (spells.period[at][spells.period[at] > 0]).sum() == 0  # all leavers here may come back
    began = (np.diff(spells.child, prepend=-1) != 0) & (spells.start_day >= FIRST_DAY)
    assert len(at) == began.sum()


def test_past_leavers_may_still_come_back() -> None:
    spells, _ = history(6, 4 * FEW)
    waiting = past_leavers(spells)
    assert len(waiting.reason)
    assert (waiting.reason < RETURNABLE).all()
    assert (waiting.left_day >= FIRST_DAY).all()
    in_care = set(spells.child[spells.end_day > LAST_DAY])
    left = (spells.why_ended >= 0) & (spells.why_ended < RETURNABLE)
    assert len(waiting.reason) < left.sum()
    assert len(waiting.reason) <= len(set(spells.child[left]) - in_care)


def test_mixes_count_every_move_and_start_once() -> None:
    spells, _ = history(7, 4 * FEW)
    mixes = mixes_of(spells, year_starts(FIRST_DAY, LAST_DAY))
    ends = (spells.end_day > FIRST_DAY) & (spells.end_day <= LAST_DAY)
    for cause, counted in (
        (ENDED_BREAKDOWN, mixes.breakdown_next),
        (ENDED_PLANNED, mixes.planned_next),
    ):
        assert counted.sum() == (ends & (spells.why_ended == cause)).sum()
    assert mixes.staying_on.sum() == (ends & (spells.why_ended == TURNED_18)).sum()
    assert mixes.staying_on[..., 1].sum() == (ends & spells.stayed_on).sum()
    begins = (spells.start_day >= FIRST_DAY) & (spells.start_day <= LAST_DAY)
    assert mixes.providers.sum() == begins.sum()


def test_a_spell_that_ended_before_the_return_has_no_nights() -> None:
    """Late corrections put such episodes into a year's file."""
    spells, _ = history(3)
    early = replace(
        spells,
        start_day=spells.start_day - 4000,
        end_day=np.minimum(spells.end_day, FIRST_DAY + 3000) - 4000,
        birth_day=spells.birth_day - 4000,
    )
    assert count(early).nights.sum() == 0
