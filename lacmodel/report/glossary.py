"""The words of a report that a reader may not know."""

from typing import Final

GLOSSARY: Final = {
    "Central forecast": "of children, the middle of all futures: half have more, half have fewer.",
    "Average": "of net spend, the mean over all futures, so that lines, months and years add up.",
    "After savings": "less what the council expects of the savings that it has named; spend by "
    "line is before them.",
    "Change": "what a scenario does to an area from a date on, such as opening homes.",
    "Contingency": "money set aside in the budget beside its base.",
    "Drift": "rates of coming into care and leaving that move from year to year.",
    "Edge of care": "support for families whose child might otherwise come into care.",
    "Financial year": "1 April to 31 March.",
    "Future": "one simulated course of events; a forecast is many of them.",
    "In-house": "provided by the council itself, or by its own company.",
    "Kinship foster care": "foster care by relatives or friends.",
    "Low and high": "eight futures in ten lie between them; one in ten lies below, one above.",
    "Mix": "which kinds of placement children are in.",
    "Net": "after income from the NHS, education, grants and other councils.",
    "Period of care": "from the day a child comes into care to the day the child leaves.",
    "Place": "room for one child; approved places of foster carers are not all available.",
    "Placement": "one child with one provider, from a day to a day.",
    "Placement breakdown": "a placement that ends before it was planned to end.",
    "Rate per 10,000": "children in care per 10,000 residents aged 0 to 17, with the residents of "
    "the latest mid-year at least nine months before.",
    "SGO": "special guardianship order: a child leaves care to live with a guardian.",
    "Statistical neighbours": "councils that the DfE's model finds most like this one.",
    "Supported accommodation": "lodgings with support for young people aged 16 and 17.",
    "Unaccompanied child": "a child seeking asylum without a parent (UASC).",
    "Unregistered setting": "a home that should be registered with Ofsted and is not.",
    "Volume": "how many placements there are, whatever their kind.",
}
