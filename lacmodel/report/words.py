"""Numbers, dates and ranges as an officer writes them."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from lacmodel.analyses.forecast import Range

ROUNDED: Final = (
    "Figures are rounded one by one, so parts may differ from their sums in the last digit."
)
LAYERS: Final = {
    1: "chance",
    2: "how well the rates are known",
    3: "rates that drift from year to year",
    4: "prices and the mix of placements",
}


def long_date(when: date) -> str:
    """A British date.

    >>> long_date(date(2018, 3, 31))
    '31 March 2018'
    """
    return f"{when.day} {when:%B %Y}"


def months_words(start: date, end: date) -> str:
    """Months from a first to the day after the last.

    >>> months_words(date(2017, 4, 1), date(2022, 4, 1))
    'from April 2017 to March 2022'
    """
    return f"from {start:%B %Y} to {end - timedelta(days=1):%B %Y}"


def whole(value: float) -> str:
    """A whole number with commas.

    >>> whole(1234.6), whole(-3.2), whole(-0.2)
    ('1,235', '-3', '0')
    """
    rounded = round(value)
    return f"{'-' if rounded < 0 else ''}{abs(rounded):,}"


def pounds(amount: float) -> str:
    """An amount of money: millions, then thousands, and whole pounds below £10,000.

    >>> pounds(41_234_567), pounds(5724), pounds(-1_260_000), pounds(131_652)
    ('£41.2 million', '£5,724', '-£1.3 million', '£132,000')
    """
    sign = "-" if round(amount) < 0 else ""
    if abs(amount) >= 999_500:
        return f"{sign}£{abs(amount) / 1e6:,.1f} million"
    rounded = round(abs(amount), -3 if abs(amount) >= 9_999.5 else 0)
    return f"{sign}£{rounded:,.0f}"


def per_cent(share: float, futures: int) -> str:
    """A share of futures as a whole percentage that claims no more than so many futures can show.

    >>> per_cent(0.254, 1000), per_cent(0.001, 1000), per_cent(1.0, 10)
    ('25%', 'less than 1%', 'more than 90%')
    """
    least = max(0.01, 1 / futures)
    if futures == 1:
        return f"{share:.0%}"
    if share < least:
        return f"less than {least:.0%}"
    if share > 1 - least:
        return f"more than {1 - least:.0%}"
    return f"{share:.0%}"


def children_range(spread: Range) -> str:
    """A forecast of children with its range, if it has one.

    >>> children_range(Range(801.4, 765.2, 840.0)), children_range(Range(801.4, None, None))
    ('801 (765 to 840)', '801')
    """
    if spread.low is None or spread.high is None:
        return whole(spread.central)
    return f"{whole(spread.central)} ({whole(spread.low)} to {whole(spread.high)})"


def counted_range(spread: Range, one: str, many: str = "") -> str:
    """A forecast of a number with its range and its noun.

    >>> counted_range(Range(1.0, 0.0, 3.0), "placement")
    '1 (0 to 3) placement'
    """
    return f"{children_range(spread)} {counted(spread.central, one, many).partition(' ')[2]}"


def pounds_range(spread: Range) -> str:
    """A forecast of money with its range, if it has one.

    >>> pounds_range(Range(41.2e6, 38e6, 45e6))
    '£41.2 million (£38.0 million to £45.0 million)'
    """
    if spread.low is None or spread.high is None:
        return pounds(spread.central)
    return f"{pounds(spread.central)} ({pounds(spread.low)} to {pounds(spread.high)})"


def pounds_between(low: float, high: float) -> str:
    """Two amounts of money, the millions said once.

    >>> pounds_between(1.3e6, 4.2e6), pounds_between(631_000, 3.9e6)
    ('£1.3 to £4.2 million', '£631,000 to £3.9 million')
    """
    first, last, unit = pounds(low), pounds(high), " million"
    return f"{first.removesuffix(unit) if last.endswith(unit) else first} to {last}"


def between(spread: Range, show: Callable[[float], str]) -> str:
    """The range alone, as it stands below its central number; nothing where there is none.

    >>> between(Range(801.4, 765.2, 840.0), whole)
    '765 to 840 in eight futures of ten'
    """
    if spread.low is None or spread.high is None:
        return ""
    return f"{show(spread.low)} to {show(spread.high)} in eight futures of ten"


def signed(value: float, text: str) -> str:
    """A difference with its sign, a plus before what is above nought; what is shown as 0 has none.

    >>> signed(3.0, "3"), signed(-3.0, "-3"), signed(0.0, "£0"), signed(-0.0002, "-0.0%")
    ('+3', '-3', '£0', '0.0%')
    """
    if not re.search("[1-9]", text):
        return text.removeprefix("-")
    return f"+{text}" if value > 0 else text


def counted(number: float, one: str, many: str = "") -> str:
    """A whole number with its noun, in the plural unless it is one.

    >>> counted(1.2, "placement"), counted(0, "child", "children")
    ('1 placement', '0 children')
    """
    shown = whole(number)
    return f"{shown} {one if shown == '1' else many or f'{one}s'}"


def more_or_fewer(value: float, one: str, many: str) -> str:
    """A difference from the baseline in words.

    >>> more_or_fewer(-12.3, "child", "children"), more_or_fewer(0.2, "child", "children")
    ('12 fewer children than in the baseline', 'As many children as in the baseline')
    """
    if round(value) == 0:
        return f"As many {many} as in the baseline"
    side = "more" if value > 0 else "fewer"
    return f"{counted(abs(value), f'{side} {one}', f'{side} {many}')} than in the baseline"


def places_doubt(known: bool) -> str:
    """What to say of the council's own places where nobody has confirmed any.

    >>> places_doubt(False), places_doubt(True)
    (' (the places are assumed: none of them is confirmed)', '')
    """
    return "" if known else " (the places are assumed: none of them is confirmed)"


def adding_up(values: Sequence[float], decimals: int = 0) -> list[float]:
    """Parts rounded so that they add up to their rounded total, the largest remainders upwards.

    >>> adding_up([33.4, 33.3, 33.3]), adding_up([6.27, 8.65], decimals=1)
    ([34.0, 33.0, 33.0], [6.3, 8.6])
    """
    unit = 10**decimals
    scaled = [value * unit for value in values]
    down = [math.floor(value) for value in scaled]
    order = sorted(range(len(down)), key=lambda at: down[at] - scaled[at])
    for at in order[: round(sum(scaled)) - sum(down)]:
        down[at] += 1
    return [value / unit for value in down]


def listed(items: list[str]) -> str:
    """Items as a sentence lists them.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def layers_words(layers: frozenset[int]) -> str:
    """Which layers of uncertainty a run has on.

    >>> layers_words(frozenset({1, 3}))
    'chance and rates that drift from year to year'
    """
    return listed([LAYERS[layer] for layer in sorted(layers)]) or "none: expected numbers only"
