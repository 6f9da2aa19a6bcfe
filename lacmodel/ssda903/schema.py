"""What an SSDA903 return holds: its tables, its codes by collection year, and what they mean here.

A collection year runs from 1 April to 31 March and is named by the year in which it ends: 2018 is
the year to 31 March 2018. Code lists are those of the DfE's validation rules, whose numbers stand
beside them. What nobody has confirmed is in UNCONFIRMED.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from lacmodel.codes import (
    ADOPTION,
    CHILDRENS_HOME,
    EXTERNAL,
    FOSTER,
    IN_HOUSE,
    KIND_OF,
    KINDS,
    KINSHIP_FOSTER,
    OTHER_PLACEMENT,
    PROVIDERS,
    REASONS,
    SECURE,
    SPLIT_BY_PROVIDER,
    SUPPORTED,
    UNREGISTERED,
    WHY_ENDED,
    WITH_PARENTS,
)
from lacmodel.ssda903.records import day_number

EPISODES: Final = "Episodes"
HEADER: Final = "Header"
UASC_TABLE: Final = "UASC"

COLUMNS: Final = {
    HEADER: ("CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB"),
    EPISODES: (
        "CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC",
        "REASON_PLACE_CHANGE", "HOME_POST", "PL_POST", "URN",
    ),
    UASC_TABLE: ("CHILD", "SEX", "DOB", "DUC"),
}  # fmt: skip
# Without these a table cannot be read; the other columns may be missing and are then blank.
NEEDED: Final = {
    HEADER: ("CHILD", "DOB"),
    EPISODES: ("CHILD", "DECOM", "RNE", "LS", "PLACE", "PLACE_PROVIDER", "DEC", "REC"),
    UASC_TABLE: ("CHILD",),
}
READ: Final = {  # the columns that the model uses; the rest are not kept
    HEADER: ("CHILD", "SEX", "DOB", "UASC_STATUS"),
    EPISODES: COLUMNS[EPISODES],
    UASC_TABLE: ("CHILD", "SEX", "DOB"),
}
OPTIONAL: Final = ("UASC_STATUS",)  # in Header from 2024/25
# Other tables of the return, told by a column that no other table has.
OTHER_TABLES: Final = {
    "REVIEW": "Reviews",
    "SDQ_SCORE": "OC2",
    "HEALTH_CHECK": "OC2",
    "IN_TOUCH": "OC3",
    "DATE_INT": "AD1",
    "DATE_PLACED": "PlacedAdoption",
    "PREV_PERM": "PrevPerm",
    "MIS_START": "Missing",
    "SW_DECOM": "SWEpisodes",
    "DOLO_START": "DoLo",
}

RNE: Final = ("S", "L", "P", "T", "B", "U")
LEGAL_STATUS: Final = (
    "C1", "C2", "D1", "E1", "V2", "V3", "V4", "L1", "L2", "L3", "J1", "J2", "J3",
)  # fmt: skip
SHORT_BREAKS: Final = ("V3", "V4")  # not counted as children in care
NEED: Final = tuple(f"N{n}" for n in range(1, 9))
DISABILITY_NEED: Final = "N2"
PROVIDER_CODES: Final = tuple(f"PR{n}" for n in range(6))
TEMPORARY: Final = ("T0", "T1", "T2", "T3", "T4")
NO_PROVIDER_NEEDED: Final = (*TEMPORARY, "Z1", "Z11", "Z12", "Z13", "Z14")
FOSTER_CODES: Final = tuple(f"U{n}" for n in range(1, 7))
SEXES: Final = ("1", "2", "M", "F", "U")
SUPPORTED_FROM: Final = date(2023, 10, 28)  # K3 takes the place of H5 and P2

_TO_2023 = (
    "A3", "A4", "A5", "A6", "H5", "K1", "K2", "P1", "P2", "P3", "R1", "R2", "R3", "R5", "S1",
    *TEMPORARY, *FOSTER_CODES, "Z1",
)  # fmt: skip
_Z_CODES = ("Z11", "Z12", "Z13", "Z14")
_FROM_2026 = (*(code for code in _TO_2023 if code not in ("H5", "P2", "Z1")), "K3", *_Z_CODES)

EXIT_REASONS: Final = {  # REC to the model's reason for leaving before 18
    "E11": "adoption",
    "E12": "adoption",
    "E2": "other",
    "E3": "other_council",
    "E4A": "home",
    "E4B": "home",
    "E13": "home",
    "E41": "cao",
    "E45": "sgo",
    "E46": "sgo",
    "E47": "sgo",
    "E48": "sgo",
    "E5": "independence",
    "E6": "independence",
    "E7": "other",
    "E8": "other",
    "E9": "other",
    "E14": "other",
    "E15": "other",
    "E16": "other",
    "E17": "other",  # before the 18th birthday; on or after it everyone has turned 18
}
GOES_ON: Final = "X1"
STAYED_WITH_CARERS: Final = "E17"
REC: Final = (GOES_ON, *EXIT_REASONS)

MOVE_CAUSES: Final = {  # REASON_PLACE_CHANGE to the model's cause of a move
    "CARPL": "planned",
    "CLOSE": "closure",
    "ALLEG": "breakdown",
    "STAND": "breakdown",
    "APPRR": "breakdown",
    "CREQB": "breakdown",
    "CREQO": "breakdown",
    "CHILD": "breakdown",
    "LAREQ": "planned",
    "PLACE": "planned",
    "CUSTOD": "planned",
    "OTHER": "planned",
}

PLACEMENT_OF: Final = {
    **dict.fromkeys(("U1", "U2", "U3"), KINSHIP_FOSTER),
    **dict.fromkeys(("U4", "U5", "U6"), FOSTER),
    **dict.fromkeys(("K2", "R1"), CHILDRENS_HOME),
    "K1": SECURE,
    **dict.fromkeys(("H5", "K3", "P2"), SUPPORTED),
    "P1": WITH_PARENTS,
    **dict.fromkeys(("A3", "A4", "A5", "A6"), ADOPTION),
    **dict.fromkeys(("P3", "R2", "R3", "R5", "S1", *TEMPORARY), OTHER_PLACEMENT),
    **dict.fromkeys(("Z1", *_Z_CODES), UNREGISTERED),
}
IN_HOUSE_CODES: Final = ("PR1",)  # PR2 to PR5, and none given, are external
UNCONFIRMED: Final = (
    "Z1 and Z11 to Z14 are taken to be unregistered settings; what each means is not confirmed",
    "R1 counts as a children's home, as other open models have it",
    "PR2 and PR3 (other councils and public bodies) count as external",
    "E13 counts as a return home, as in the national factors",
    "ALLEG, STAND, APPRR, CREQB, CREQO and CHILD count as breakdowns, the other reasons but CLOSE"
    " as planned",
    "need code N2 is a floor for children who need provision for a disability",
)


def place_codes(year: int) -> tuple[str, ...]:
    """The codes of PLACE that a collection year takes (rule 146).

    K3 came on 28 October 2023; H5, P2 and Z1 went with the year to March 2026.

    >>> [code in place_codes(2018) for code in ("H5", "K3", "Z12")]
    [True, False, False]
    >>> [code in place_codes(2026) for code in ("H5", "K3", "Z12")]
    [False, True, True]
    """
    if year >= 2026:
        return _FROM_2026
    return (*_TO_2023, "K3") if year >= 2024 else _TO_2023


def sex_codes(year: int) -> tuple[str, ...]:
    """The codes of SEX: 1 and 2 to the year to March 2024, then M, F and U (rule 101).

    >>> sex_codes(2024), sex_codes(2025)
    (('1', '2'), ('M', 'F', 'U'))
    """
    return SEXES[:2] if year <= 2024 else SEXES[2:]


def collection_year(when: date) -> int:
    """The year in which a date's collection year ends.

    >>> collection_year(date(2018, 3, 31)), collection_year(date(2018, 4, 1))
    (2018, 2019)
    """
    return when.year + (when.month >= 4)


def year_start(year: int) -> int:
    """Day number of a collection year's first day."""
    return day_number(date(year - 1, 4, 1))


def year_end(year: int) -> int:
    """Day number of a collection year's last day."""
    return day_number(date(year, 3, 31))


@dataclass(frozen=True, slots=True)
class ProviderRule:
    """From a date on, a code of PLACE_PROVIDER means a provider; for some codes of PLACE only."""

    code: str
    provider: str  # in_house or external
    start: date = date(1970, 1, 1)
    places: tuple[str, ...] = ()  # all, if none is named

    def __str__(self) -> str:
        """In a user's words."""
        places = f" for {', '.join(self.places)}" if self.places else ""
        since = f" from {self.start}" if self.start > date(1970, 1, 1) else ""
        return f"{self.code} is {self.provider.replace('_', '-')}{since}{places}"


ProviderMapping = tuple[ProviderRule, ...]


def kind_table(mapping: ProviderMapping, day: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Placement type and provider of every pair of codes, by the rules in force on a day.

    A later rule of the mapping goes before an earlier one. A placement type that has one provider
    has that one, whatever the code.

    >>> table = kind_table((), 0)
    >>> table["U4", "PR1"], table["U4", "PR5"], table["U1", "PR4"]
    ((1, 0), (1, 1), (0, 0))
    >>> own = (ProviderRule("PR5", "in_house", date(2019, 10, 1)),)
    >>> [kind_table(own, day_number(date(2019, *md)))["K2", "PR5"] for md in ((9, 30), (10, 1))]
    [(2, 1), (2, 0)]
    """
    found = {}
    for place, placement in PLACEMENT_OF.items():
        for code in ("", *PROVIDER_CODES):
            provider = IN_HOUSE if code in IN_HOUSE_CODES else EXTERNAL
            for rule in mapping:
                applies = rule.code == code and day >= day_number(rule.start)
                if applies and (not rule.places or place in rule.places):
                    provider = PROVIDERS.index(rule.provider)
            if placement not in SPLIT_BY_PROVIDER:
                provider = KINDS[KIND_OF[placement][0]][1]
            found[place, code] = (placement, provider)
    return found


def exit_reason(rec: str) -> int:
    """Place in codes.WHY_ENDED of a REC, or of `other` where it names no reason.

    >>> exit_reason("E45") == REASONS.index("sgo")
    True
    """
    return REASONS.index(EXIT_REASONS.get(rec, "other"))


def move_cause(reason: str) -> int:
    """Place in codes.WHY_ENDED of a REASON_PLACE_CHANGE; without one a move is taken as planned.

    >>> WHY_ENDED[move_cause("CREQB")], WHY_ENDED[move_cause("")]
    ('breakdown', 'planned')
    """
    return WHY_ENDED.index(MOVE_CAUSES.get(reason, "planned"))
