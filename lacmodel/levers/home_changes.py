"""Changes to what the council's own places can be used for."""

from typing import ClassVar, Literal

from pydantic import Field

from lacmodel.levers.change import Change
from lacmodel.levers.fields import Share, number


class Staffing(Change):
    """Beds that a row of supply can staff: nobody has to move, nobody comes beyond them."""

    any_day: ClassVar[bool] = True

    lever: Literal["staffing"]
    row: str = Field(min_length=1, description="name of the row of supply that is short of staff")
    staffed_share: Share = number("of its usable places, those that there are staff for", "share")
