"""The folder of a new area: its files, the workbook, a scenario to run, and what to do first."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from lacmodel.area.workbook import AREA
from lacmodel.area.workbook_write import FILL_IN, workbook_bytes
from lacmodel.area.write import AREA_FILE, AreaContent, folder_files, not_confirmed
from lacmodel.toml_text import toml_text

WORKBOOK: Final = "area.xlsx"
README: Final = "README.md"
DEFAULT_YEARS: Final = 5


def new_area_files(
    content: AreaContent, folder: str, more: Mapping[str, bytes] = MappingProxyType({})
) -> dict[str, bytes]:
    """Every file of a new area's folder, whose name is that of its scenario too.

    Parameters
    ----------
    more : further files by name
    """
    return {
        **folder_files(content),
        **more,
        WORKBOOK: workbook_bytes(content),
        scenario_file(folder): scenario_text(content).encode(),
        README: guide(content, folder).encode(),
    }


def scenario_file(folder: str) -> str:
    """The name of the scenario in the folder of a new area.

    >>> scenario_file("my-council"), scenario_file("area")
    ('my-council.toml', 'baseline.toml')
    """
    name = f"{folder}.toml"
    return "baseline.toml" if name.lower() == AREA_FILE else name


def scenario_text(content: AreaContent) -> str:
    """A scenario in which nothing changes, in the folder of its area."""
    name, start = content.settings["name"], content.settings["start"]
    question = "How many children will be in care, where and at what cost, if nothing changes?"
    return toml_text(
        {
            "title": f"{name} from {start:%B %Y}: nothing changes",
            "question": question,
            "area": ".",
            "years": DEFAULT_YEARS,
            "sources": ["the files of the area beside this one"],
        }
    )


def guide(content: AreaContent, folder: str) -> str:
    """What to fill in first, what is not the council's own, and how to go on."""
    settings = content.settings
    lines = [
        f"# {settings['name']} on 1 {settings['start']:%B %Y}",
        "",
        "Run it as it is, from the folder above this one:",
        "",
        f"    lacmodel run {folder}/{scenario_file(folder)}",
        "",
        "Then put the council's own figures in the place of what is not confirmed, name their",
        "source, and say `yes` under `confirmed`. Each file is a table; `area.xlsx` has the same",
        'as sheets (to use it, write `area = "area.xlsx"` in the scenario).',
        "",
        "| File | What to fill in | Rows not confirmed |",
        "|---|---|---:|",
        *(_file_row(content, name, what) for name, what in FILL_IN if _is_there(content, name)),
        "",
        *_how_to_fit(content, folder),
        "",
        "## What is not the council's own",
        "",
        "Delete a sentence from `assumptions` in `area.toml` when it no longer holds.",
        "",
        *(f"* {text}" for text in settings["assumptions"]),
        "",
    ]
    return "\n".join(lines)


def _is_there(content: AreaContent, name: str) -> bool:
    """Whether a line of what to fill in is about this area."""
    return name in content.tables or name == AREA


def _how_to_fit(content: AreaContent, folder: str) -> list[str]:
    """What can be fitted again, and when."""
    if "opening_return" in content.settings:
        return [
            "The children in care are read from the return that `area.toml` names, whenever a run",
            "needs them; nothing about a child is in this folder, and runs made from it are",
            "internal. `rates_report.md` shows the rates beside England's. After a change of the",
            f"return or of `population.csv`, `lacmodel fit {folder}` fits the rates anew and takes",
            "the return as it then is (the workbook stays as it is).",
        ]
    if "published" not in content.tables:
        return ["The counts of children are rounded to fives and the rates cannot be fitted again."]
    return [
        f"After a change of `supply.csv`, `lacmodel fit {folder}` works out anew in these files",
        "how often own places suit a child. Once figures of `published.csv` are your own (with",
        "`yes` under `confirmed`), it fits the rates and the opening children to them, to",
        "`history.csv` and to `population.csv` as well (the workbook stays as it is).",
    ]


def _file_row(content: AreaContent, name: str, what: str) -> str:
    """A file's line in the guide."""
    if name not in content.tables:
        return f"| `{name}.toml` | {what} | {_growth_not_confirmed(content.settings)} |"
    rows = content.tables[name]
    number = not_confirmed(rows)
    return f"| `{name}.csv` | {what} | {'' if number is None else f'{number} of {len(rows) - 1}'} |"


def _growth_not_confirmed(settings: dict[str, Any]) -> str:
    growths: Sequence[dict[str, Any]] = (
        settings["population_projection"],
        *settings["uplifts"].values(),
    )
    return f"{sum(not growth['confirmed'] for growth in growths)} of {len(growths)}"
