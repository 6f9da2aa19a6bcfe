"""Changes to the council's own foster carers: recruitment, retention, support."""

from typing import Literal

from lacmodel.levers.change import Change
from lacmodel.levers.fields import MULTIPLY, Multiply, Pounds, number

CARER_COST = "cost of the scheme, however many households there are"


class RecruitCarers(Change):
    """More or fewer people who ask to foster for the council; approvals follow months later."""

    lever: Literal["recruit_carers"]
    multiply: Multiply = number(MULTIPLY.replace("rate", "enquiries"), "ratio")
    fixed_cost_gbp_per_year: Pounds = number(CARER_COST, "£ a year", default=0.0)


class RetainCarers(Change):
    """More or fewer of the council's mainstream fostering households that leave."""

    lever: Literal["retain_carers"]
    multiply: Multiply = number(MULTIPLY.replace("rate", "deregistrations"), "ratio")
    fixed_cost_gbp_per_year: Pounds = number(CARER_COST, "£ a year", default=0.0)


class SupportCarers(Change):
    """Support of the council's own foster carers: fewer placements with them break down."""

    lever: Literal["support_carers"]
    multiply: Multiply = number(MULTIPLY.replace("rate", "breakdowns"), "ratio")
    fixed_cost_gbp_per_year: Pounds = number(CARER_COST, "£ a year", default=0.0)
