"""Changes: the levers of a scenario, one model a lever.

Every field has a description and, where it is a number, a unit; the reader of scenario files, the
table in ``scenarios/README.md`` and forms are made from these models. A change holds from the day
``from`` and ends on ``to``, the first day on which it no longer holds.
"""

from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from lacmodel.codes import (
    AGE_BANDS,
    GROUPS,
    KIND_NAMES,
    KINDS,
    LEVELS,
    PLACEMENTS,
    PROVIDERS,
    ROUTES,
)
from lacmodel.levers.carer_changes import RecruitCarers, RetainCarers, SupportCarers
from lacmodel.levers.change import Change as Change
from lacmodel.levers.fields import (
    BY_AGE,
    BY_GROUP,
    MULTIPLY,
    AgeBands,
    Broken,
    Count,
    Groups,
    KindName,
    KindNames,
    Levels,
    Multiply,
    Placement,
    Placements,
    Pounds,
    Provider,
    Providers,
    Reasons,
    Share,
    number,
    some,
)
from lacmodel.levers.home_changes import Staffing
from lacmodel.levers.matching_changes import SiblingsTogether, Solo


class Entries(Change):
    """More or fewer children coming into care; a number a year is a stream of its own."""

    lever: Literal["entries"]
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    groups: Groups = some(GROUPS, BY_GROUP)
    multiply: Multiply | None = number(MULTIPLY, "ratio", default=None)
    add_per_year: float | None = number(
        "further children coming into care", "children a year", default=None, ge=0, le=5_000
    )

    def broken(self) -> list[Broken]:
        """Either a ratio or a number."""
        return self.exactly_one("multiply", "add_per_year")


class InspectionShock(Change):
    """A jump in entries after an inspection that fades by half in every half-life."""

    lever: Literal["inspection_shock"]
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    groups: Groups = some(GROUPS, BY_GROUP)
    lift: float = number("further entries on the first day", "share", ge=0, le=5)
    half_life_months: float = number("time in which it fades by half", "months", gt=0, le=240)


class Effect(BaseModel):
    """What an evaluation found, in its own terms: share of children in care at one time."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    in_care_without_service: Share = number("in care at that time without the service", "share")
    in_care_with_service: Share = number("in care at that time with the service", "share")
    measured_after_days: int = number("time from referral", "days", ge=1, le=1_826)
    measured_on: Literal["referred", "engaged"] = Field(
        description="whether all who were referred were counted, or only those who took part"
    )
    delayed_share_of_effect: Share = number(
        "of the entries put off, those that come later", "share", default=0.0
    )
    grade: str = Field(min_length=1, description="grade of the evidence, in words")


class EdgeOfCare(Change):
    """A service that supports families so that children need not come into care."""

    lever: Literal["edge_of_care"]
    ages: AgeBands = some(AGE_BANDS, "age bands of the children it is for")
    groups: Groups = some(GROUPS, "groups it is for", ("general", "disability"))
    caseload_families: Count = number("families supported at a time", "families")
    support_weeks: int = number("length of the support", "weeks", ge=1, le=104)
    reach: Share = number("of the would-be entrants' families, those offered it", "share")
    engaged_share: Share = number("of the families offered it, those who take part", "share")
    effect: Effect = Field(description="the effect, as an evaluation states it")
    fixed_cost_gbp_per_year: Pounds = number("cost, however many families", "£ a year", default=0.0)
    cost_gbp_per_family: Pounds = number(
        "cost of a family who takes part", "£ a family", default=0.0
    )

    def broken(self) -> list[Broken]:
        """The service must not raise the share in care."""
        effect = self.effect
        if effect.in_care_with_service <= effect.in_care_without_service:
            return []
        rule = f"must not be more than in_care_without_service ({effect.in_care_without_service})"
        return [Broken("effect.in_care_with_service", effect.in_care_with_service, rule)]


class KinshipShare(Change):
    """The share of new placements with kinship foster carers; foster care gives or takes first."""

    lever: Literal["kinship_share"]
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    groups: Groups = some(GROUPS, BY_GROUP)
    multiply: Multiply | None = number(MULTIPLY, "ratio", default=None)
    set: Share | None = number("the share itself", "share of first placements", default=None)

    def broken(self) -> list[Broken]:
        """Either a ratio or a share."""
        return self.exactly_one("multiply", "set")


class ChildrensHomeShare(Change):
    """The share of new placements in children's homes; foster care gives or takes first."""

    lever: Literal["childrens_home_share"]
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    groups: Groups = some(GROUPS, BY_GROUP)
    multiply: Multiply | None = number(MULTIPLY, "ratio", default=None)
    set: Share | None = number("the share itself", "share of first placements", default=None)

    def broken(self) -> list[Broken]:
        """Either a ratio or a share."""
        return self.exactly_one("multiply", "set")


class FosterPlaces(Change):
    """In-house foster carers recruited, or lost (a number below 0)."""

    lever: Literal["foster_places"]
    households: int = number(
        "households more, or fewer if below 0", "households", ge=-5_000, le=5_000
    )
    places_per_household: float = number("approved places a household", "places", gt=0, le=10)
    usable_share: Share | None = number(
        "of approved places, those in use or free; none: as the places there are",
        "share", default=None,
    )  # fmt: skip
    fixed_cost_gbp_per_year: Pounds = number(
        "cost of recruiting and supporting them", "£ a year", default=0.0
    )


class Places(Change):
    """New places: a home, a unit, flats. On ``to`` they close and everyone there moves."""

    any_day: ClassVar[bool] = True

    lever: Literal["places"]
    placement: Placement = Field(
        description="placement type", json_schema_extra={"words": list(PLACEMENTS)}
    )
    provider: Provider = Field(default="in_house", description="who runs them")
    youngest: int = number("youngest child taken", "years of age", default=0, ge=0, le=17)
    oldest: int = number("oldest child taken", "years of age", default=17, ge=0, le=17)
    groups: Groups = some(GROUPS, "groups taken")
    levels: Levels = some(LEVELS, "levels of need taken")
    places: Count = number("approved places", "places")
    usable_share: Share = number("of approved places, those in use or free", "share", default=1.0)
    fixed_cost_gbp_per_year: Pounds = number(
        "cost, full or empty, in the area's price base", "£ a year", default=0.0
    )
    registration_weeks: int = number(
        "from the first day, on which its fixed cost begins, to the day it is registered and opens",
        "weeks", default=0, ge=0, le=156,
    )  # fmt: skip
    capital_gbp: Pounds = number("what it costs to build or buy", "£", default=0.0)

    def broken(self) -> list[Broken]:
        """Ages in order, and a kind of placement that exists."""
        faults = []
        if self.oldest < self.youngest:
            faults.append(Broken("oldest", self.oldest, f"must be {self.youngest} or more"))
        kind = (PLACEMENTS.index(self.placement), PROVIDERS.index(self.provider))
        if kind not in KINDS:
            faults.append(Broken("provider", self.provider, f"no {self.placement} is such"))
        return faults


class Close(Change):
    """A row of supply that closes: everyone there moves that day; on ``to`` it opens again."""

    any_day: ClassVar[bool] = True

    lever: Literal["close"]
    row: str = Field(min_length=1, description="name of the row of supply that closes")
    fixed_cost_stops: bool = Field(
        default=False, description="whether its fixed cost stops while it is closed"
    )

    def broken(self) -> list[Broken]:
        """A home closes on one day."""
        if self.ramp_months == 0:
            return []
        return [Broken("ramp_months", self.ramp_months, "a row of supply closes on one day")]


class Breakdowns(Change):
    """More or fewer placement breakdowns."""

    lever: Literal["breakdowns"]
    placements: Placements = some(PLACEMENTS, "placement types that it touches")
    providers: Providers = some(PROVIDERS, "providers that it touches")
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    multiply: Multiply = number(MULTIPLY, "ratio")


class StepDown(Change):
    """More or fewer planned moves out of children's homes."""

    lever: Literal["step_down"]
    providers: Providers = some(PROVIDERS, "providers that it touches")
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    multiply: Multiply = number(MULTIPLY, "ratio")


class Exits(Change):
    """More or fewer children leaving care before 18, by reason."""

    lever: Literal["exits"]
    reasons: Reasons = some(ROUTES, "reasons for leaving that it touches")
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    multiply: Multiply = number(MULTIPLY, "ratio")


class ReEntries(Change):
    """More or fewer children coming back into care."""

    lever: Literal["re_entries"]
    multiply: Multiply = number(MULTIPLY, "ratio")


class UnitPrice(Change):
    """A price that changes, for every placement or for those that start from then on."""

    lever: Literal["unit_price"]
    kinds: KindNames = some(KIND_NAMES, "kinds of placement that it touches")
    multiply: Multiply | None = number(MULTIPLY, "ratio", default=None)
    gbp_per_week: Pounds | None = number(
        "the price itself, on the first day; where groups or levels have prices of their own, they "
        "keep their ratio to it",
        "£ a week", default=None,
    )  # fmt: skip
    applies_to: Literal["new", "new_children", "all"] = Field(
        description="new: placements that start from then on; new_children: those of them whose "
        "child was not in care at the start; all: every placement"
    )

    def broken(self) -> list[Broken]:
        """Either a ratio or a price; a price of new placements does not ramp."""
        faults = self.exactly_one("multiply", "gbp_per_week")
        if self.applies_to != "all" and self.ramp_months > 0:
            rule = f'must be 0 where applies_to = "{self.applies_to}"'
            faults.append(Broken("ramp_months", self.ramp_months, rule))
        return faults


class Uplift(Change):
    """The yearly uplift of prices, from a 1 April."""

    lever: Literal["uplift"]
    kinds: KindNames = some(KIND_NAMES, "kinds of placement that it touches")
    per_year_share: float = number("rise on each 1 April", "share", ge=-0.5, le=1)

    def broken(self) -> list[Broken]:
        """Uplifts happen on 1 April and do not ramp."""
        dates = (("from", self.from_), ("to", self.to))
        faults = [
            Broken(field, day, "must be a 1 April")
            for field, day in dates
            if day is not None and (day.month, day.day) != (4, 1)
        ]
        if self.ramp_months > 0:
            faults.append(Broken("ramp_months", self.ramp_months, "an uplift does not ramp"))
        return faults


class Packages(Change):
    """The price of children who were already in care at the start."""

    lever: Literal["packages"]
    kinds: KindNames = some(KIND_NAMES, "kinds of placement that it touches")
    multiply: Multiply = number("what the price is multiplied by: 1 changes nothing", "ratio")


class Unaccompanied(Change):
    """More unaccompanied asylum-seeking children, a stream of its own."""

    lever: Literal["unaccompanied"]
    ages: AgeBands = some(AGE_BANDS, BY_AGE, ("10 to 15", "16 to 17"))
    add_per_year: float = number("further children", "children a year", ge=0, le=5_000)


class Population(Change):
    """Entries as with more or fewer residents; rates per 10,000 keep the area's own residents."""

    lever: Literal["population"]
    ages: AgeBands = some(AGE_BANDS, BY_AGE)
    multiply: Multiply = number(MULTIPLY, "ratio")


class StayingOn(Change):
    """The share of those who turn 18 who keep their place."""

    lever: Literal["staying_on"]
    placements: Placements = some(PLACEMENTS, "types that it touches", ("foster", "supported"))
    multiply: Multiply | None = number(MULTIPLY, "ratio", default=None)
    set: Share | None = number("the share itself", "share of those who turn 18", default=None)

    def broken(self) -> list[Broken]:
        """Either a ratio or a share."""
        return self.exactly_one("multiply", "set")


class ExternalPlaces(Change):
    """A limit on how many external places of a kind can be bought.

    Each day the rows of the kind that are open share it in proportion to their usable places; one
    that holds while none is open is refused.
    """

    lever: Literal["external_places"]
    kind: KindName = Field(
        description="kind of placement", json_schema_extra={"words": list(KIND_NAMES)}
    )
    places: Count = number("usable places that can be bought at a time", "places")

    def broken(self) -> list[Broken]:
        """Only what is bought can be limited, and a child can always be placed somewhere."""
        faults = []
        if self.ramp_months > 0:
            faults.append(Broken("ramp_months", self.ramp_months, "a limit does not ramp"))
        if not self.kind.endswith(" external") or self.kind.startswith("unregistered"):
            faults.append(Broken("kind", self.kind, "must be a kind that is bought"))
        return faults


LEVERS: Final[dict[str, type[Change]]] = {
    "entries": Entries,
    "inspection_shock": InspectionShock,
    "population": Population,
    "unaccompanied": Unaccompanied,
    "edge_of_care": EdgeOfCare,
    "kinship_share": KinshipShare,
    "childrens_home_share": ChildrensHomeShare,
    "foster_places": FosterPlaces,
    "recruit_carers": RecruitCarers,
    "retain_carers": RetainCarers,
    "support_carers": SupportCarers,
    "places": Places,
    "close": Close,
    "staffing": Staffing,
    "siblings_together": SiblingsTogether,
    "solo": Solo,
    "external_places": ExternalPlaces,
    "breakdowns": Breakdowns,
    "step_down": StepDown,
    "exits": Exits,
    "re_entries": ReEntries,
    "staying_on": StayingOn,
    "unit_price": UnitPrice,
    "uplift": Uplift,
    "packages": Packages,
}
