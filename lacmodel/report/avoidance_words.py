"""What edge of care prevents, in sentences and rows that a finance officer reads first."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.analyses.avoidance_tables import account_items
from lacmodel.analyses.avoided_cost import account, break_even_effect, claim_steps
from lacmodel.analyses.cost_avoidance import (
    Checked,
    CostAvoidance,
    Count,
    count_early,
    count_within,
    fates,
    support,
)
from lacmodel.analyses.forecast import Range
from lacmodel.analyses.service_log import (
    AtTime,
    Benchmark,
    Compared,
    Log,
    at_times,
    follow_up,
    wilson,
)
from lacmodel.report.words import (
    children_range,
    long_date,
    per_cent,
    pounds,
    pounds_range,
    signed,
    whole,
)
from lacmodel.results import flow_in, summarise

RARE: Final = 0.05
BASIS_WORDS: Final = {
    "carer_payment": "what a carer is paid",
    "marginal": "marginal cost",
    "full": "full cost",
}
EFFECT_WORDS: Final = {
    "nil": "no effect",
    "half": "half of it",
    "full": "the effect of the evidence",
}
ACCOUNT_COLUMNS: Final = ("Pounds over the whole period", *EFFECT_WORDS.values())
CLAIM_COLUMNS: Final = ("Step", "Pounds at the full effect")
COUNT_COLUMNS: Final = (
    "Effect", "Children followed", "Counted as prevented", "With no service at all",
    "Counted because of the service", "Chance of as good a count with no service",
)  # fmt: skip
TIME_COLUMNS: Final = (
    "Time after referral", "Children who reached it", "Not in care",
    "Share (95% Wilson interval of the count, not of the effect)", "Kaplan-Meier share",
)  # fmt: skip
OTHER_BASIS: Final = (
    "The claim's price and the area's prices are not all known to be of one basis (what a carer is "
    "paid, the marginal cost, or full cost), so the claim is not compared with what is avoided."
)
MEANS_NOTE: Final = (
    "Amounts are means over all futures, so that they add up. The size of the effect is not in "
    "the ranges: it is nil, half or full."
)


def mean_range(values: NDArray[Any]) -> Range:
    """The mean, which adds up, and the range that eight futures in ten lie in.

    >>> mean_range(np.array([0, 10, 20, 30, 40]))
    Range(central=20.0, low=4.0, high=36.0)
    """
    summary = summarise(values)
    return Range(float(summary.mean), float(summary.p10), float(summary.p90))


# The answer --------------------------------------------------------------------------------------


def answer_lines(answer: CostAvoidance, checked: Checked | None = None) -> list[str]:
    """The answer: what is prevented, what it saves, what the counts say, and on what evidence.

    The counts are those of the service's own log, if there is one, and of the futures.
    """
    return [
        prevented_line(answer),
        money_line(answer),
        *(log_lines(checked) if checked else []),
        early_line(answer),
        within_line(answer),
        claim_line(answer),
        evidence_line(answer),
    ]


def _average(values: NDArray[Any]) -> str:
    return whole(float(values.mean()))


def prevented_line(answer: CostAvoidance) -> str:
    """Families and children supported, and what became of them."""
    helped = {name: _average(values) for name, values in support(answer).items()}
    parts = {name: _average(values) for name, values in fates(answer, answer.full).items()}
    half = _average(fates(answer, answer.runs[1])["truly prevented"])
    return (
        f"Prevented: of {helped['children supported']} children of {helped['families supported']} "
        f"families supported, {parts['truly prevented']} would truly be prevented from coming into "
        f"care and {parts['delayed']} delayed, if the service works as well as its evidence; "
        f"{half} prevented at half of that, none if it does not work. "
        f"{parts['came into care all the same']} came into care all the same and "
        f"{parts['stayed out anyway']} would have stayed out anyway.{_in_time(answer, parts)}"
    )


def _in_time(answer: CostAvoidance, parts: Mapping[str, str]) -> str:
    """How many of them would have come within the run, which `run` and `compare` count alone."""
    flows = answer.full.result.ensemble
    prevented, delayed = (
        whole(float(flow_in(flows, name).sum(axis=1).mean())) for name in ("prevented", "delayed")
    )
    if (prevented, delayed) == (parts["truly prevented"], parts["delayed"]):
        return ""
    return (
        f" {prevented} of the {parts['truly prevented']} and {delayed} of the {parts['delayed']} "
        "would have come into care before the run ends; run and compare count these alone."
    )


def money_line(answer: CostAvoidance) -> str:
    """Pounds avoided, cashable, the service's cost and net, at full, half and nil effect."""
    full, half = (account(answer, run) for run in (answer.full, answer.runs[1]))
    net = mean_range(full.net.sum(axis=1))
    return (
        f"Money: {pounds(_total(full.avoided))} of placement spend avoided over the whole period, "
        f"{pounds(_total(full.cashable))} of it cashable (external placements); less "
        f"{pounds(_total(full.service))} for the service, net {pounds_range(net)}, a range that "
        "takes the effect as certain. At half of the "
        f"effect net {pounds(_total(half.net))}; with no effect a loss of "
        f"{pounds(_total(full.service))}. {break_even_words(answer)}"
    )


def _total(by_year: NDArray[np.float64]) -> float:
    return float(by_year.sum(axis=1).mean())


def break_even_words(answer: CostAvoidance) -> str:
    """The effect at which the service pays for itself."""
    share = break_even_effect(answer)
    if share is None:
        return "It does not pay for itself even at the full effect."
    if len(answer.services) > 1:
        return f"They pay for themselves from {share:.0%} of their effects on."
    effect = answer.services[0].effect
    gap = share * (effect.in_care_without_service - effect.in_care_with_service) * 100
    return f"It pays for itself from {share:.0%} of the effect on ({gap:.1f} points fewer in care)."


def early_line(answer: CostAvoidance) -> str:
    """The one sentence for a councillor: the early count hardly depends on the effect."""
    nil, half, full = (count_early(answer, run) for run in answer.runs)
    kept = [float(fates(answer, run, early=True)["truly prevented"].mean()) for run in answer.runs]
    verdict = "next to nothing" if full.chance > RARE else "something"
    return (
        f"Early count: of the {_average(full.followed)} children supported by "
        f"{long_date(answer.until)}, {_average(full.out)} would be out of care on that day if the "
        f"service works as well as its evidence, {_average(half.out)} at half of that and "
        f"{_average(nil.out)} if it does nothing, although the entries that it truly prevents "
        f"among them are {kept[2]:.1f}, {kept[1]:.1f} and none: such a count says {verdict} of "
        "what was prevented."
    )


def within_line(answer: CostAvoidance) -> str:
    """The count the service reports, beside that of the same children with no service."""
    count = count_within(answer, answer.full)
    if not count.followed.any():
        return (
            f"Simulated count: no child is followed for {answer.weeks} weeks before the run ends."
        )
    without = mean_range(count.out_without)
    return (
        f"Simulated count: {_average(count.out)} of {_average(count.followed)} children "
        f"({_share(count.out, count)}) have no entry within {answer.weeks} weeks of referral"
        f"{_too_late(answer, count)}; of "
        f"the same children followed for the same days, {children_range(without)} "
        f"({_share(count.out_without, count)}) would have had none with no service at all. Chance "
        f"of as good a count with no service: {per_cent(count.chance, answer.futures)}."
    )


def _too_late(answer: CostAvoidance, count: Count) -> str:
    """How many children are referred too late to be followed for so long, if any are."""
    late = _average(support(answer)["children supported"] - count.followed)
    if late == "0":
        return ""
    return f" ({late} more are referred less than {answer.weeks} weeks before the run ends)"


def _share(values: NDArray[np.int64], count: Count) -> str:
    return f"{values.sum() / count.followed.sum():.0%}"


def claim_line(answer: CostAvoidance) -> str:
    """The simple claim, and why it differs from what is saved."""
    count, steps = count_within(answer, answer.full), claim_steps(answer, answer.full)
    claim, *_, net = (float(values.mean()) for values in steps.values())
    claimed = (
        f"Simple claim: {_average(count.out)} children x {answer.weeks} weeks x "
        f"£{answer.claim_price:,.0f}{_basis(answer)} = {pounds(claim)}"
    )
    if not answer.comparable:
        return f"{claimed}. {OTHER_BASIS}"
    anyway = pounds(float(steps["children who would have stayed out anyway"].mean() * -1))
    return (
        f"{claimed}, of which {anyway} is for children who would have stayed out anyway; it counts "
        f"{answer.weeks} weeks a child at one price, not the stays and placements that are really "
        f"avoided. Net saving by the model: {pounds(net)}."
    )


def evidence_line(answer: CostAvoidance) -> str:
    """What the effect rests on, for every service."""
    parts = []
    for service in answer.services:
        effect = service.effect
        parts.append(
            f"{service.name or 'edge of care'}: {effect.in_care_with_service:.1%} in care after "
            f"{effect.measured_after_days} days instead of {effect.in_care_without_service:.1%}, "
            f"of those {effect.measured_on}. Grade: {effect.grade}"
        )
    return f"Evidence: {'; '.join(parts)}."


def _basis(answer: CostAvoidance) -> str:
    """Whose price the claim has, where it is the area's."""
    if not answer.claim_basis:
        return ""
    return f" (in-house foster care, {BASIS_WORDS[answer.claim_basis]})"


# Tables ------------------------------------------------------------------------------------------


def account_rows(answer: CostAvoidance) -> list[list[str]]:
    """Pounds over the whole period at each effect, with their range."""
    items = [account_items(answer, run) for run in answer.runs]
    rows = []
    for name in items[0]:
        cells = [pounds_range(mean_range(some[name].sum(axis=1))) for some in items]
        rows.append([name, *cells])
    return rows


def year_rows(answer: CostAvoidance) -> list[list[str]]:
    """Pounds avoided and net by financial year at the full effect."""
    items = account_items(answer, answer.full)
    return [
        [year.label, *(pounds_range(mean_range(items[name][:, at])) for name in items)]
        for at, year in enumerate(answer.full.result.money.years)
    ]


def count_rows(answer: CostAvoidance, early: bool) -> list[list[str]]:
    """A count at each effect."""
    rows = []
    for run in answer.runs:
        count = count_early(answer, run) if early else count_within(answer, run)
        if count.followed.any():
            difference = mean_range(count.out - count.out_without)
            cells = [children_range(mean_range(part)) for part in count]
            chance = per_cent(count.chance, answer.futures)
            rows.append([EFFECT_WORDS[run.name], *cells, children_range(difference), chance])
    return rows


def fate_rows(answer: CostAvoidance) -> list[list[str]]:
    """What becomes of the supported children at each effect."""
    return [
        [
            EFFECT_WORDS[run.name],
            *(children_range(mean_range(v)) for v in fates(answer, run).values()),
        ]
        for run in answer.runs
    ]


def claim_rows(answer: CostAvoidance) -> list[list[str]]:
    """From the simple claim to the net saving; only the claim where prices are not of one basis."""
    steps = list(claim_steps(answer, answer.full).items())
    chosen = steps if answer.comparable else steps[:1]
    return [[name, pounds(float(values.mean()))] for name, values in chosen]


# A log -------------------------------------------------------------------------------------------


def log_lines(checked: Checked) -> list[str]:
    """What the service's own log says, and what it does not."""
    log, mark = checked.log, checked.benchmark
    share, seen = wilson(log.out, len(log.supported)), follow_up(log)
    count = (
        f"Log: {log.out} of {len(log.supported)} supported children ({share.estimate:.0%}; 95% "
        f"Wilson interval {share.low:.0%} to {share.high:.0%}, of the count, not of the effect) "
        f"had not come into care when last looked at, {seen['shortest']} to {seen['longest']} "
        f"days after referral (middle {seen['middle']:.0f})."
    )
    return [count, benchmark_line(mark), verdict_line(checked)]


def benchmark_line(mark: Benchmark) -> str:
    """What no service would have shown."""
    spread = mark.without
    return (
        f"No-service benchmark: of {mark.children} such children followed for the same days, "
        f"{children_range(Range(spread.estimate, spread.low, spread.high))} would not have come "
        f"into care with no service at all. Chance of a count of {mark.out} or more with no "
        f"service: {per_cent(mark.chance, mark.groups)}."
    )


def verdict_line(checked: Checked) -> str:
    """What the log shows of an effect: by its comparison group, or by the benchmark."""
    mark, beside = checked.benchmark, checked.compared
    if beside is not None:
        return f"Verdict: {compared_words(beside)}"
    if checked.log.comparison:
        return "Verdict: fewer than 10 children of a group have reached any of the times shown."
    if mark.chance > RARE:
        near = "nearly as many" if mark.out - mark.without.estimate >= 0.5 else "as many"
        return (
            f"Verdict: {near} would be out of care with no service at all. The count does not show "
            "that the service prevents anything, nor that it does not; a comparison group, or a "
            "year of follow-up, would."
        )
    return (
        "Verdict: so good a count is rare with no service, if these families are as close to care "
        "as those of the evidence. Fewer at risk from the start would explain it as well."
    )


def compared_words(beside: Compared) -> str:
    """A difference between the service and a comparison group."""
    gap = beside.difference
    points = [signed(part, whole(100 * part)) for part in (gap.estimate, gap.low, gap.high)]
    (out, of), (out_there, of_there) = beside.service, beside.comparison
    includes = "which includes nought" if gap.low <= 0 <= gap.high else "which excludes nought"
    return (
        f"{beside.days} days after referral {out} of {of} children of the service "
        f"({out / of:.0%}) and {out_there} of {of_there} of the comparison group "
        f"({out_there / of_there:.0%}) had not come into care: a difference of "
        f"{points[0]} points (95% interval {points[1]} to {points[2]}), {includes}. "
        "It is an effect only if the groups were alike."
    )


def time_rows(log: Log, weeks: int) -> list[list[str]]:
    """What can be said of each time after referral, or when it can."""
    return [_time_row(when) for when in at_times(log.supported, weeks)]


def _time_row(when: AtTime) -> list[str]:
    head = [f"{when.weeks} weeks", whole(when.reached)]
    if when.share is None or when.kaplan_meier is None:
        given = (
            f"from {long_date(when.given_on)}"
            if when.given_on
            else "not with fewer than 10 children"
        )
        return [*head, "not given", f"fewer than 10 have reached it; can be given {given}", ""]
    share = when.share
    interval = f"{share.estimate:.0%} ({share.low:.0%} to {share.high:.0%})"
    return [*head, whole(when.out or 0), interval, f"{when.kaplan_meier:.0%}"]


def period_words(answer: CostAvoidance) -> str:
    """The dates that the totals are of."""
    period = answer.plan.period
    last = period.end - timedelta(days=1)
    return f"The whole period is {long_date(period.start)} to {long_date(last)}."


def as_bullets(lines: Sequence[str]) -> str:
    """Lines as a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)
