"""What every change has: its lever, its dates, how it grows, and where its numbers come from."""

from datetime import date
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from lacmodel.levers.fields import MOST_RAMP_MONTHS, Broken, number

REASONS: Final = ("legislation", "policy", "savings")  # steps of their own in the plan, in order


class Change(BaseModel):
    """What every change has."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    any_day: ClassVar[bool] = False  # whether the dates need not be the first of a month

    lever: str = Field(description="the lever's name")
    name: str = Field(default="", max_length=100, description="a name to show")
    from_: date = Field(alias="from", description="the first day on which it holds")
    to: date | None = Field(
        default=None, description="the first day on which it no longer holds; none: to the end"
    )
    ramp_months: int = number(
        "months over which it grows in a straight line", "months",
        default=0, ge=0, le=MOST_RAMP_MONTHS,
    )  # fmt: skip
    because: Literal["not_stated", "legislation", "policy", "savings"] = Field(
        default="not_stated",
        description="why it happens: legislation (a new duty), policy (the council's choice) or "
        "savings, each a step of its own in the medium-term plan",
    )
    source: str = Field(min_length=1, description="where the numbers come from")
    confirmed: bool = Field(
        default=True, description="false where no source gives a number, the source says why"
    )

    def broken(self) -> list[Broken]:
        """Rules between fields that this change breaks."""
        return []

    def exactly_one(self, first: str, second: str) -> list[Broken]:
        """Broken unless just one of two fields is given."""
        given = [name for name in (first, second) if getattr(self, name) is not None]
        if len(given) == 1:
            return []
        return [Broken("", None, f"give either {first} or {second}, and not both")]
