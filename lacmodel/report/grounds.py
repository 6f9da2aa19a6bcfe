"""What the numbers rest on: uncertainty, assumptions, sources, method, and how to repeat them."""

from collections.abc import Mapping
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.pathway import STAGES
from lacmodel.report.assumptions import by_money, sources
from lacmodel.report.doubt import doubt_section, past_errors_section
from lacmodel.report.glossary import GLOSSARY
from lacmodel.report.html import bullets, definitions, paragraph, section, table

FIRST: Final = 10  # assumptions that are shown before the others
MATTERS: Final = (
    "First those on which most net spend of the first year rests, in proportion: the prices of "
    "placements and the council's own places. Rates of coming into care and leaving follow."
)
METHOD: Final = (
    "Every child in care is followed day by day from the opening, with those who come later. "
    f"Each day has its order: {', '.join(stage.replace('_', ' ') for stage in STAGES)}.",
    "Children leave at rates that depend on age, time in care, placement and group, and on the "
    "18th birthday. Placements end by breakdown or by plan. In-house places are limited as the "
    "area states; who finds none is placed elsewhere.",
    "Spend is nights times the weekly price divided by seven, in whole pennies, from 1 April to "
    "31 March.",
    "The forecast is run many times. Each run is a future; the central forecast of children is "
    "the middle one, net spend of a year is the average over all, and a range leaves out the "
    "lowest and the highest future in ten.",
)


def what_it_rests_on(result: Forecast, manifest: Mapping[str, Any]) -> list[str]:
    """Past errors, what is not known, and all that a number rests on: the end of every report."""
    past = past_errors_section(result.plan.area)
    return [past, doubt_section(result), *grounds(result, manifest)]


def grounds(result: Forecast, manifest: Mapping[str, Any]) -> list[str]:
    """Assumptions, method, notes, words, sources and how to make the report again."""
    plan = result.plan
    notes = [*plan.notes, *plan.area.assumptions]
    return [
        _assumptions(result),
        section("Method", "method", *(paragraph(text) for text in METHOD)),
        section("Notes on the data", "notes", bullets(notes)) if notes else "",
        section("Words", "glossary", definitions(GLOSSARY)),
        section("Sources", "sources", bullets(sources(plan.area))),
        section("How to make this again", "manifest", _manifest(manifest)),
        "</main>",
    ]


def _assumptions(result: Forecast) -> str:
    """What nobody has confirmed: the ten on which most money rests, then the rest."""
    assumed = by_money(result)
    if not assumed:
        said = paragraph("Every number has a confirmed source.")
        return section("Assumed and not confirmed", "assumptions", said)
    columns = ("What", "Value", "Spend that rests on it", "Basis")
    first, rest = assumed[:FIRST], assumed[FIRST:]
    title = f"All {len(assumed)} numbers without a confirmed source"
    more = f"<details><summary>{title}</summary>{table(columns, assumed, title)}</details>"
    return section(
        "Assumed and not confirmed", "assumptions",
        paragraph(MATTERS),
        table(columns, first, "Numbers without a confirmed source that matter first"),
        more if rest else "",
    )  # fmt: skip


def _manifest(manifest: Mapping[str, Any]) -> str:
    """Seed, engine, versions and the hash of every input."""
    rows = [(name, str(manifest[name])) for name in ("engine", "futures", "seed", "layers")] + [
        (f"version of {name}", version) for name, version in manifest["versions"].items()
    ]
    hashes = [(name, digest) for name, digest in manifest["inputs_sha256"].items()]
    return (
        table(("Setting", "Value"), rows, "Settings")
        + "<details><summary>Input files</summary>"
        + table(("File", "SHA-256"), hashes, "Input files")
        + "</details>"
    )
