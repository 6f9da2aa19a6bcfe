"""What the numbers rest on: uncertainty, assumptions, sources, method, and how to repeat them."""

from collections.abc import Mapping
from typing import Any, Final

from lacmodel.analyses.forecast import Forecast
from lacmodel.pathway import STAGES
from lacmodel.report.assumptions import sources, unconfirmed
from lacmodel.report.html import bullets, paragraph, section, table
from lacmodel.report.summary import uncertainty_words
from lacmodel.report.words import LAYERS

METHOD: Final = (
    "Every child in care is followed day by day from the opening, with those who come later. "
    f"Each day has its order: {', '.join(stage.replace('_', ' ') for stage in STAGES)}.",
    "Children leave at rates that depend on age, time in care, placement and group, and on the "
    "18th birthday. Placements end by breakdown or by plan. In-house places are limited as the "
    "area states; who finds none is placed elsewhere.",
    "Spend is nights times the weekly price divided by seven, in whole pennies, from 1 April to "
    "31 March.",
    "The forecast is run many times. Each run is a future; the central forecast is the middle "
    "one, and the range leaves out the lowest and the highest future in ten.",
)


def what_it_rests_on(result: Forecast, manifest: Mapping[str, Any]) -> list[str]:
    """Uncertainty, assumptions, sources, method and how to make the report again."""
    plan = result.plan
    assumed = [tuple(row) for row in unconfirmed(plan.area)]
    return [
        _uncertainty(result),
        section(
            "Assumed and not confirmed", "assumptions",
            bullets([*plan.notes, *plan.area.assumptions]),
            table(("What", "Value", "Basis"), assumed, "Numbers without a confirmed source")
            if assumed
            else paragraph("Every number has a confirmed source."),
        ),
        section("Sources", "sources", bullets(sources(plan.area))),
        section("Method", "method", *(paragraph(text) for text in METHOD)),
        section("How to make this again", "manifest", _manifest(manifest)),
        "</main>",
    ]  # fmt: skip


def _uncertainty(result: Forecast) -> str:
    layers = result.ensemble.layers
    items = [
        f"{words}: {'included' if layer in layers else 'not included'}"
        for layer, words in LAYERS.items()
    ]
    return section(
        "What the ranges hold", "uncertainty",
        paragraph(uncertainty_words(result)),
        bullets(items),
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
