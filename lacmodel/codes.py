"""The model's words: placement types, providers, groups, age bands, reasons.

Each tuple fixes the order of an axis wherever a table has that axis. A *kind* is a placement type
with its provider; only foster care, children's homes and supported accommodation have both.
"""

from typing import Final

PLACEMENTS: Final = (
    "kinship_foster",
    "foster",
    "childrens_home",
    "secure",
    "supported",
    "with_parents",
    "adoption",
    "other",
    "unregistered",
)
KINSHIP_FOSTER: Final = 0
FOSTER: Final = 1
CHILDRENS_HOME: Final = 2
SECURE: Final = 3
SUPPORTED: Final = 4
WITH_PARENTS: Final = 5
ADOPTION: Final = 6
OTHER_PLACEMENT: Final = 7
UNREGISTERED: Final = 8

PROVIDERS: Final = ("in_house", "external")
IN_HOUSE: Final = 0
EXTERNAL: Final = 1

KINDS: Final = (
    (KINSHIP_FOSTER, IN_HOUSE),
    (FOSTER, IN_HOUSE),
    (FOSTER, EXTERNAL),
    (CHILDRENS_HOME, IN_HOUSE),
    (CHILDRENS_HOME, EXTERNAL),
    (SECURE, EXTERNAL),
    (SUPPORTED, IN_HOUSE),
    (SUPPORTED, EXTERNAL),
    (WITH_PARENTS, IN_HOUSE),
    (ADOPTION, IN_HOUSE),
    (OTHER_PLACEMENT, EXTERNAL),
    (UNREGISTERED, EXTERNAL),
)
KIND_NAMES: Final = tuple(
    f"{PLACEMENTS[placement]} {PROVIDERS[provider]}" for placement, provider in KINDS
)
# KIND_OF[placement][provider] is the kind's index; where a type has one provider, both lead to it.
KIND_OF: Final = ((0, 0), (1, 2), (3, 4), (5, 5), (6, 7), (8, 8), (9, 9), (10, 10), (11, 11))
SPLIT_BY_PROVIDER: Final = (FOSTER, CHILDRENS_HOME, SUPPORTED)
EXTERNAL_KINDS: Final = tuple(  # bought placement by placement: what is not bought is not spent
    kind for kind, (_, provider) in enumerate(KINDS) if provider == EXTERNAL
)
IN_HOUSE_KINDS: Final = (1, 3, 6)  # those of the split types: a council has what its rows say

GROUPS: Final = ("general", "disability", "uasc")
GENERAL: Final = 0
DISABILITY: Final = 1
UASC: Final = 2

LEVELS: Final = ("standard", "complex")
STANDARD: Final = 0
COMPLEX: Final = 1

AGE_BANDS: Final = ("under 1", "1 to 4", "5 to 9", "10 to 15", "16 to 17")
AGE_BAND_YEARS: Final = (0, 1, 5, 10, 16, 18)  # band b holds ages AGE_BAND_YEARS[b] up to [b + 1]
AGE_BAND_OF_YEAR: Final = tuple(
    next(band for band in range(5) if year < AGE_BAND_YEARS[band + 1]) for year in range(18)
)

TIME_BAND_DAYS: Final = (0, 56, 182, 365, 730, 1826)  # band b starts on day TIME_BAND_DAYS[b]
TIME_BANDS: Final = (
    "under 8 weeks",
    "8 weeks to 6 months",
    "6 to 12 months",
    "1 to 2 years",
    "2 to 5 years",
    "5 years and over",
)
EARLY_TIME_BANDS: Final = 2  # the first two time bands are early
EARLINESS: Final = ("under 26 weeks", "26 weeks and over")

REASONS: Final = (
    "home",
    "sgo",
    "cao",
    "adoption",
    "independence",
    "other_council",
    "other",
    "turned_18",
)
ROUTES: Final = REASONS[:7]  # the reasons that have a hazard; everyone else leaves at 18
HOME: Final = 0
TURNED_18: Final = 7
RETURNABLE: Final = 3  # home, sgo and cao, the first three, may be followed by a re-entry

SINCE_BAND_DAYS: Final = (0, 91, 365, 730)  # time since leaving, for re-entries
SINCE_BANDS: Final = ("under 3 months", "3 to 12 months", "1 to 2 years", "2 to 6 years")
RE_ENTRY_DAYS: Final = 2192  # nobody re-enters later than six years after leaving

# Why a spell started and why it ended; a spell that ends with the period of care ends with the
# reason for leaving (0 to 7).
WHY_STARTED: Final = (
    "opening",
    "entry",
    "delayed_entry",
    "re_entry",
    "breakdown",
    "planned",
    "closure",
    "staying_on",
)
STARTED_OPENING: Final = 0
STARTED_ENTRY: Final = 1
STARTED_DELAYED: Final = 2
STARTED_RE_ENTRY: Final = 3
STARTED_BREAKDOWN: Final = 4
STARTED_PLANNED: Final = 5
STARTED_CLOSURE: Final = 6
STARTED_STAYING_ON: Final = 7
WHY_ENDED: Final = (*REASONS, "breakdown", "planned", "closure", "stay_over")
ENDED_BREAKDOWN: Final = 8
ENDED_PLANNED: Final = 9
ENDED_CLOSURE: Final = 10
ENDED_STAY_OVER: Final = 11
OPEN: Final = -1

PLACEMENT_LABELS: Final = {
    "kinship_foster": "kinship foster care",
    "foster": "foster care",
    "childrens_home": "children's home",
    "secure": "secure home",
    "supported": "supported accommodation",
    "with_parents": "placed with parents",
    "adoption": "placed for adoption",
    "other": "other placements",
    "unregistered": "unregistered setting",
}
PROVIDER_LABELS: Final = {"in_house": "in-house", "external": "external"}
GROUP_LABELS: Final = {
    "general": "general",
    "disability": "needs provision for a disability",
    "uasc": "unaccompanied asylum-seeking",
}
REASON_LABELS: Final = {
    "home": "returned home",
    "sgo": "special guardianship order",
    "cao": "child arrangements order",
    "adoption": "adopted",
    "independence": "independent living before 18",
    "other_council": "moved to another council's care",
    "other": "other reasons before 18",
    "turned_18": "turned 18",
}


def kind_label(kind: int) -> str:
    """What a user sees for a kind, such as in-house foster care.

    >>> kind_label(1), kind_label(4), kind_label(0)
    ('foster care, in-house', "children's home, external", 'kinship foster care')
    """
    placement, provider = KINDS[kind]
    label = PLACEMENT_LABELS[PLACEMENTS[placement]]
    if placement not in SPLIT_BY_PROVIDER:
        return label
    return f"{label}, {PROVIDER_LABELS[PROVIDERS[provider]]}"


def places_label(placement: str) -> str:
    """A type as a sentence speaks of its places.

    >>> places_label("childrens_home"), places_label("supported")
    ("children's homes", 'supported accommodation')
    """
    label = PLACEMENT_LABELS[placement]
    return f"{label}s" if label.endswith(("home", "setting")) else label


def kind_words(placement: str, provider: str) -> str:
    """What a user sees for a kind as tables name it.

    >>> kind_words("childrens_home", "in_house"), kind_words("foster", "all")
    ("children's home, in-house", 'foster care')
    """
    if provider not in PROVIDERS:
        return PLACEMENT_LABELS[placement]
    return kind_label(KIND_OF[PLACEMENTS.index(placement)][PROVIDERS.index(provider)])


def flow_words(flow: str) -> str:
    """What a user sees for a flow as tables name it.

    >>> flow_words("exits_sgo"), flow_words("re_entries")
    ('left care: special guardianship order', 're-entries')
    """
    reason = flow.removeprefix("exits_")
    return (
        f"left care: {REASON_LABELS[reason]}"
        if reason != flow
        else flow.replace("re_entries", "re-entries").replace("_", " ")
    )
