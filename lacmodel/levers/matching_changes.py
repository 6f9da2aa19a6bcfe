"""Changes to which children can be placed together: siblings, and children who must live alone."""

from typing import Literal

from pydantic import Field

from lacmodel.codes import LEVELS
from lacmodel.levers.change import Change
from lacmodel.levers.fields import Levels, Share, number, some


class SiblingsTogether(Change):
    """Families whose children need foster care together: in one row of supply, or bought together.

    Where no row has room for all of them, and they cannot be bought, they are split.
    """

    lever: Literal["siblings_together"]
    together_share: Share = number(
        "of the families with two or more children who come into foster care on one day, "
        "those who need places together",
        "share of families",
    )


class Solo(Change):
    """Children who need a home with nobody else in it: its other beds stand empty meanwhile.

    Such a child is placed in a row of the council's own only while the row is empty, else
    externally. Each of the council's homes must be a row of supply of its own.
    """

    lever: Literal["solo"]
    share: Share = number("of the children placed, those who must live alone", "share of children")
    placement: Literal["childrens_home", "supported"] = Field(
        default="childrens_home", description="placement type needed"
    )
    levels: Levels = some(LEVELS, "levels of need that it touches", ("complex",))
