"""Keyed draws: a random number is a pure function of what it is for.

Every draw is a hash of (seed, area, future, child number, purpose, count, index). So a child meets
the same luck in every scenario, engine and order of work. ``count`` is the period of care, or the
spell within it (`spell_count`), never a running number; ``index`` is below the purpose's width.
"""

import hashlib
import math
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lacmodel.compiling import compiled, uint64


class Purpose(IntEnum):
    """What a draw is for; `WIDTHS` says how many independent numbers each purpose has."""

    GAP = 0  # family: time to the next arrival in its cell, in expected arrivals
    RANK = 1  # family: rank in [0, 1) by which levers keep or drop it
    FAMILY_SIZE = 2  # family
    AGE = 3  # child: position within the age band on arrival
    LEAD = 4  # family: days between referral and the entry that would follow
    REACH = 5  # family: whether the service is offered; index = service
    ENGAGED = 6  # family; index = service
    EFFECT = 7  # family: prevented, delayed or neither; index = service
    DELAY = 8  # family: days by which a delayed entry is put off; index = service
    NEED = 9  # child and period: first placement
    LEVEL = 10  # child
    MATCH = 11  # child and spell: whether one of the free places suits; index = type tried
    PRICE = 12  # child: price factor; index = two a kind
    EXIT = 13  # child and period: exit threshold
    REASON = 14  # child and period: reason for leaving
    BREAKDOWN = 15  # child and spell: breakdown threshold
    PLANNED = 16  # child and spell: planned-move threshold
    NEXT = 17  # child and spell: the type needed next
    RE_ENTRY = 18  # child and period: re-entry threshold
    STAYING_ON = 19  # child
    STAYING_ON_DAYS = 20  # child
    ENTRY_DRIFT = 21  # future: the council's own entry rate; index = 2 * year, + 1 for the walk
    EXIT_DRIFT = 22  # future
    NATIONAL_DRIFT = 23  # future, shared by areas; index = 2 * year, + 1 for exits
    ESTIMATE = 24  # future: log factor of a table; index = the table's place
    PRICE_GROWTH = 25  # future; index = year
    MIX = 26  # future: log-odds of needing a children's home; index = year
    OPENING = 27  # area: where in its cell an opening child lies; index 0 age, 1 time in care
    UNIT_PRICE = 28  # future: log factor of a kind's price; index = kind
    OWN_FIT = 29  # future: the normals of an area's estimates; index = draw
    CARER_GAP = 40  # fostering household: time to the next enquiry, in expected enquiries
    CARER_RANK = 41  # household: rank by which levers keep or drop an enquiry
    CARER_ASSESSED = 42  # household: index 0 whether it applies, 1 whether it is approved
    CARER_LEAVES = 43  # household: threshold of its deregistration
    SIBLINGS = 44  # family: index 0 whether it needs places together, 1 + provider: they suit
    ALONE = 45  # child: whether the child needs a home with nobody else in it
    LEVEL_TODAY = 30  # future: how far the level is from what is known; index 0 entries, 1 exits
    YEAR_ALONE = 31  # future: what is of one year alone; index = 2 * year, + 1 for exits


WIDTHS: Final = {
    **dict.fromkeys(Purpose, 1),
    Purpose.REACH: 16,
    Purpose.ENGAGED: 16,
    Purpose.EFFECT: 16,
    Purpose.DELAY: 16,
    Purpose.MATCH: 32,
    Purpose.PRICE: 64,
    Purpose.ENTRY_DRIFT: 128,
    Purpose.EXIT_DRIFT: 128,
    Purpose.NATIONAL_DRIFT: 128,
    Purpose.ESTIMATE: 512,
    Purpose.PRICE_GROWTH: 64,
    Purpose.MIX: 64,
    Purpose.OPENING: 2,
    Purpose.UNIT_PRICE: 64,
    Purpose.OWN_FIT: 1024,
    Purpose.CARER_ASSESSED: 2,
    Purpose.SIBLINGS: 3,
    Purpose.LEVEL_TODAY: 2,
    Purpose.YEAR_ALONE: 128,
}

MASK = 0xFFFFFFFFFFFFFFFF
FIRST_ODD = 0xBF58476D1CE4E5B9
SECOND_ODD = 0x94D049BB133111EB
GOLDEN = 0x9E3779B97F4A7C15


@compiled
def mix(word: int) -> int:
    """Scramble 64 bits: a bijection after which every bit depends on every other.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi 10.1145/2714064.2660195).
    """
    word = ((word ^ (word >> 30)) * FIRST_ODD) & MASK
    word = ((word ^ (word >> 27)) * SECOND_ODD) & MASK
    return word ^ (word >> 31)


@compiled
def uniform(key: int, number: int, purpose: int, count: int, index: int) -> float:
    """A number in (0, 1), the same whenever it is asked for with the same arguments.

    Parameters
    ----------
    key : the future's key, from `future_key`
    number : child number (or that of the family's first child), 0 for the future itself
    purpose : a `Purpose`
    count : 0, the period of care, or `spell_count`
    index : below the width of the purpose

    >>> key = future_key(1, "E10000034", 0)
    >>> uniform(key, 7, 13, 0, 0) == uniform(key, 7, 13, 0, 0)
    True
    >>> 0 < uniform(key, 7, 13, 1, 0) < 1
    True
    """
    word = (uint64(purpose) << 56) | (uint64(count) << 16) | uint64(index)
    bits = mix(mix(uint64(key) ^ mix((uint64(number) + GOLDEN) & MASK)) ^ word)
    return ((bits >> 11) + 0.5) * 1.1102230246251565e-16  # 2 ** -53


@compiled
def exponential(key: int, number: int, purpose: int, count: int, index: int) -> float:
    """A unit exponential: -log of `uniform`."""
    return -math.log(uniform(key, number, purpose, count, index))


@compiled
def normal(key: int, number: int, purpose: int, count: int, index: int) -> float:
    """A standard normal by Box and Muller; it uses ``index`` and ``index + 1``."""
    radius = math.sqrt(-2.0 * math.log(uniform(key, number, purpose, count, index)))
    return radius * math.cos(2.0 * math.pi * uniform(key, number, purpose, count, index + 1))


@compiled
def choose(shares: NDArray[np.float64], draw: float) -> int:
    """Which of some shares a draw in (0, 1) falls in.

    Shares that add to less than 1 by rounding give the last that is not nil.

    >>> [int(choose(np.array([0.2, 0.0, 0.8]), draw)) for draw in (0.1, 0.2, 0.9)]
    [0, 2, 2]
    """
    total = 0.0
    last = 0
    for option in range(shares.shape[0]):
        if shares[option] > 0.0:
            total += shares[option]
            last = option
            if draw < total:
                break
    return last


@compiled
def spell_count(period: int, spell: int) -> int:
    """Period and spell packed in the ``count`` of a draw.

    >>> int(spell_count(2, 3))
    131075
    """
    return (period << 16) | spell


def future_key(seed: int, area_code: str, future: int) -> int:
    """The key of one future of one area; an empty area code gives what all areas share.

    >>> future_key(1, "E10000034", 0) == future_key(1, "E10000034", 1)
    False
    """
    text = f"{seed}|{area_code}|{future}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1  # fits an int64


# Wichura 1988, algorithm AS 241 (doi 10.2307/2347330): numerator and denominator, highest power
# first, in the middle of the distribution, in its tails, and far out.
MIDDLE = (
    (2.50908_09287_30122_6727e3, 3.34305_75583_58812_8105e4, 6.72657_70927_00870_0853e4,
     4.59219_53931_54987_1457e4, 1.37316_93765_50946_1125e4, 1.97159_09503_06551_4427e3,
     1.33141_66789_17843_7745e2, 3.38713_28727_96366_6080e0),
    (5.22649_52788_52854_5610e3, 2.87290_85735_72194_2674e4, 3.93078_95800_09271_0610e4,
     2.12137_94301_58659_5867e4, 5.39419_60214_24751_1077e3, 6.87187_00749_20579_0830e2,
     4.23133_30701_60091_1252e1, 1.0),
)  # fmt: skip
TAILS = (
    (7.74545_01427_83414_07640e-4, 2.27238_44989_26918_45833e-2, 2.41780_72517_74506_11770e-1,
     1.27045_82524_52368_38258e0, 3.64784_83247_63204_60504e0, 5.76949_72214_60691_40550e0,
     4.63033_78461_56545_29590e0, 1.42343_71107_49683_57734e0),
    (1.05075_00716_44416_84324e-9, 5.47593_80849_95344_94600e-4, 1.51986_66563_61645_71966e-2,
     1.48103_97642_74800_74590e-1, 6.89767_33498_51000_04550e-1, 1.67638_48301_83803_84940e0,
     2.05319_16266_37758_82187e0, 1.0),
)  # fmt: skip
FAR_OUT = (
    (2.01033_43992_92288_13265e-7, 2.71155_55687_43487_57815e-5, 1.24266_09473_88078_43860e-3,
     2.65321_89526_57612_30930e-2, 2.96560_57182_85048_91230e-1, 1.78482_65399_17291_33580e0,
     5.46378_49111_64114_36990e0, 6.65790_46435_01103_77720e0),
    (2.04426_31033_89939_78564e-15, 1.42151_17583_16445_88870e-7, 1.84631_83175_10054_68180e-5,
     7.86869_13114_56132_59100e-4, 1.48753_61290_85061_48525e-2, 1.36929_88092_27358_05310e-1,
     5.99832_20655_58879_37690e-1, 1.0),
)  # fmt: skip


@compiled
def polynomial(coefficients: tuple[float, ...], x: float) -> float:
    """A polynomial by Horner's rule, highest power first.

    >>> float(polynomial((2.0, 0.0, 1.0), 3.0))
    19.0
    """
    total = coefficients[0]
    for place in range(1, len(coefficients)):
        total = total * x + coefficients[place]
    return total


@compiled
def normal_quantile(probability: float) -> float:
    """The standard normal's quantile, to the last bit that of `statistics.NormalDist`.

    >>> from statistics import NormalDist
    >>> shares = (1e-15, 0.01, 0.3, 0.5, 0.975)
    >>> all(normal_quantile(p) == NormalDist().inv_cdf(p) for p in shares)
    True
    """
    q = probability - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return polynomial(MIDDLE[0], r) * q / polynomial(MIDDLE[1], r)
    r = math.sqrt(-math.log(probability if q <= 0.0 else 1.0 - probability))
    if r <= 5.0:
        size = polynomial(TAILS[0], r - 1.6) / polynomial(TAILS[1], r - 1.6)
    else:
        size = polynomial(FAR_OUT[0], r - 5.0) / polynomial(FAR_OUT[1], r - 5.0)
    return -size if q < 0.0 else size


@compiled
def standard_normal(key: int, purpose: int, index: int) -> float:
    """A standard normal of the future itself, by inversion.

    >>> key = future_key(1, "E10000034", 0)
    >>> -6 < standard_normal(key, Purpose.MIX, 0) < 6
    True
    """
    return normal_quantile(uniform(key, 0, purpose, 0, index))


# Child numbers: stream, cell, arrival and sibling packed in 62 bits. A family's number is its
# first child's.
STREAM_OPENING: Final = 0
STREAM_PAST_LEAVER: Final = 1
STREAM_LAYER: Final = 2  # layer k of would-be entrants has stream STREAM_LAYER + k
STREAM_ADDED: Final = 64  # additive change k
STREAM_NOT_ENTERING: Final = 128  # layer k of families who would not have entered
STREAM_ADDED_NOT_ENTERING: Final = 512  # of service k, such families beside additive changes


@compiled
def child_number(stream: int, cell: int, arrival: int, sibling: int) -> int:
    """A child's number for life.

    >>> int(child_number(0, 0, 5, 0))
    80
    >>> child_number(2, 3, 4, 1) - child_number(2, 3, 4, 0)
    1
    """
    return (stream << 52) | (cell << 44) | (arrival << 4) | sibling
