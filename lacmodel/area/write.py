"""Writing an area: its folder of small files, from records, all of it or nothing.

`content_of` turns an `Area` and its tables of rates into what the files hold; `write_folder` puts
them in place. What is written reads back as an equal area.
"""

import csv
import io
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from lacmodel.area import Area, OpeningRow, PastLeaverRow, SupplyRow, read_area
from lacmodel.area.budget_rows import added_budget, budget_tables
from lacmodel.area.costs_write import cost_tables
from lacmodel.carers import carer_rows
from lacmodel.codes import (
    GROUPS,
    KIND_NAMES,
    KINDS,
    LEVELS,
    PLACEMENTS,
    PROVIDERS,
    REASONS,
    SINCE_BANDS,
    TIME_BANDS,
)
from lacmodel.estimates import estimate_rows
from lacmodel.faults import Fault, InputFaults
from lacmodel.parameters import table_rows
from lacmodel.tables import Table
from lacmodel.toml_text import toml_text

AREA_FILE: Final = "area.toml"
Rows = Sequence[tuple[str, ...]]  # the header first


@dataclass(frozen=True, slots=True)
class AreaContent:
    """What the files of an area hold, as text."""

    settings: dict[str, Any]  # what the area file says, files apart
    tables: dict[str, Rows]  # by the name of the file, without its ending
    added: dict[str, Rows] = field(default_factory=dict)  # read after the first of their name


def content_of(
    area: Area, rates: Mapping[str, Table], further: Mapping[str, Rows] | None = None
) -> AreaContent:
    """What the files of an area hold.

    Growth of residents and of prices is written as not confirmed.

    Parameters
    ----------
    rates : the tables that are the area's own; the others are England's
    further : files that no record of the area holds, such as ``published``
    """
    counts = {
        "opening": opening_rows(area.opening),
        "past_leavers": past_leaver_rows(area.past_leavers),
    }
    return AreaContent(
        settings=_settings(area),
        tables={
            "population": _population_rows(area),
            "history": _history_rows(area),
            **(counts if area.opening_return is None else {}),
            "rates": table_rows(rates),
            "unit_costs": _unit_cost_rows(area),
            "supply": _supply_rows(area.supply),
            **budget_tables(area),
            **({"afterwards": _outcome_rows(area)} if area.afterwards else {}),
            **({"estimates": estimate_rows(area.estimates)} if area.estimates else {}),
            **({"carers": carer_rows(area.carers)} if area.carers else {}),
            **cost_tables(area),
            **(further or {}),
        },
        added=added_budget(area),
    )


def not_confirmed(rows: Rows) -> int | None:
    """How many rows nobody has confirmed; None where a file does not say.

    >>> not_confirmed([("places", "confirmed"), ("5", "no"), ("4", "yes")])
    1
    """
    header, *body = rows
    if "confirmed" not in header:
        return None
    place = header.index("confirmed")
    return sum(row[place] == "no" for row in body)


# Rows --------------------------------------------------------------------------------------------


def _number(value: float) -> str:
    """A number as a file has it.

    >>> _number(655.0), _number(0.0032)
    ('655', '0.0032')
    """
    return f"{value:.12g}"


def _yes(confirmed: bool) -> str:
    return "yes" if confirmed else "no"


def _or_blank(value: object) -> str:
    return "" if value is None else str(value)


def _kind(kind: int) -> tuple[str, str]:
    placement, provider = KINDS[kind]
    return PLACEMENTS[placement], PROVIDERS[provider]


def _several(chosen: Sequence[int], names: tuple[str, ...]) -> str:
    return "all" if len(chosen) == len(names) else " ".join(names[place] for place in chosen)


def opening_rows(rows: Iterable[OpeningRow]) -> Rows:
    """The rows of opening.csv."""
    return [
        ("age", "time_band", "placement", "provider", "group", "level", "children"),
        *(
            (
                str(row.age), TIME_BANDS[row.time_band], *_kind(row.kind), GROUPS[row.group],
                LEVELS[row.level], str(row.children),
            )
            for row in rows
        ),
    ]  # fmt: skip


def past_leaver_rows(rows: Iterable[PastLeaverRow]) -> Rows:
    """The rows of past_leavers.csv."""
    return [
        ("reason", "age", "since_band", "children"),
        *(
            (REASONS[row.reason], str(row.age), SINCE_BANDS[row.since_band], str(row.children))
            for row in rows
        ),
    ]


def _population_rows(area: Area) -> Rows:
    return [
        ("mid_year", "residents", "source", "confirmed"),
        *((str(r.year), str(r.residents), r.source, _yes(r.confirmed)) for r in area.population),
    ]


def _history_rows(area: Area) -> Rows:
    return [
        ("year", "children", "started", "ceased", "source"),
        *(
            (str(r.year), str(r.children), _or_blank(r.started), _or_blank(r.ceased), r.source)
            for r in area.history
        ),
    ]


def _unit_cost_rows(area: Area) -> Rows:
    header = (
        "placement", "provider", "group", "level", "gbp_per_week", "income_gbp_per_week", "basis",
        "price_base", "source", "confirmed",
    )  # fmt: skip
    return [
        header,
        *(
            (
                *_kind(row.kind),
                "all" if row.group is None else GROUPS[row.group],
                "all" if row.level is None else LEVELS[row.level],
                _number(row.gbp_per_week),
                _number(row.income_gbp_per_week),
                row.basis,
                row.price_base,
                row.source,
                _yes(row.confirmed),
            )
            for row in area.unit_costs
        ),
    ]


def _supply_rows(rows: Iterable[SupplyRow]) -> Rows:
    header = (
        "name", "placement", "provider", "ages", "groups", "levels", "opens", "closes", "places",
        "usable_share", "fixed_cost_gbp_per_year", "source", "confirmed",
    )  # fmt: skip
    return [
        header,
        *(
            (
                row.name,
                *_kind(row.kind),
                f"{row.youngest} to {row.oldest}",
                _several(row.groups, GROUPS),
                _several(row.levels, LEVELS),
                _or_blank(row.opens),
                _or_blank(row.closes),
                str(row.places),
                _number(row.usable_share),
                _number(row.fixed_cost_gbp_per_year),
                row.source,
                _yes(row.confirmed),
            )
            for row in rows
        ),
    ]


def _outcome_rows(area: Area) -> Rows:
    return [
        ("date", "children", "source"),
        *((str(row.when), str(row.children), row.source) for row in area.afterwards),
    ]


# The area file -----------------------------------------------------------------------------------


def _growth(share: float, source: str) -> dict[str, Any]:
    return {"share_a_year": share, "source": source, "confirmed": False}


def _pointer(area: Area) -> dict[str, Any]:
    """Where the children at the start are read from; nothing of a child."""
    if area.opening_return is None:
        return {}
    return {"opening_return": area.opening_return.model_dump(exclude_defaults=True)}


def _settings(area: Area) -> dict[str, Any]:
    """What the area file says of a council, in the shape of `AreaText`."""
    benchmarks = [
        {
            "name": row.name,
            "date": row.when,
            "rate_per_10000": row.rate_per_10000,
            **({} if row.published is None else {"published": row.published}),
            "relation": row.relation,
            "source": row.source,
        }
        for row in area.benchmarks
    ]
    return {
        "code": area.code,
        "name": area.name,
        "start": area.start,
        "capped": [KIND_NAMES[kind] for kind in area.capped],
        **({"provider_codes": list(area.provider_codes)} if area.provider_codes else {}),
        **_pointer(area),
        "assumptions": list(area.assumptions),
        "population_projection": _growth(area.projected_growth_a_year, area.projection_source),
        "shortage_order": {
            PLACEMENTS[needed]: [PLACEMENTS[placement] for placement in order]
            for needed, order in area.shortage_order.items()
        },
        "uplifts": {
            KIND_NAMES[kind]: _growth(share, area.uplift_sources[kind])
            for kind, share in area.uplifts.items()
        },
        "benchmarks": benchmarks,
        "known": [
            {"date": row.when, "children": row.children, "source": row.source} for row in area.known
        ],
    }


# The folder --------------------------------------------------------------------------------------


def csv_bytes(rows: Rows) -> bytes:
    """Rows as a file of text."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def folder_files(content: AreaContent) -> dict[str, bytes]:
    """The files of an area's folder by name."""
    files = {name: f"{name}.csv" for name in content.tables}
    added = {name: f"added_{name}.csv" for name in content.added}
    settings = {**content.settings, "files": files}
    if added:
        settings["added_files"] = added
    return {
        AREA_FILE: toml_text(settings).encode(),
        **{files[name]: csv_bytes(rows) for name, rows in content.tables.items()},
        **{added[name]: csv_bytes(rows) for name, rows in content.added.items()},
    }


def check_folder(folder: Path, overwrite: bool) -> None:
    """Refuse a place where something stands, unless it is an area that is to be overwritten.

    Raises
    ------
    InputFaults
        with what stands there and what to do
    """
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if not (folder / AREA_FILE).is_file():
        rule = "is there already and is not an area; nothing was written"
    elif not overwrite:
        rule = "is an area already; nothing was written (--overwrite replaces what new writes)"
    else:
        return
    raise InputFaults([Fault(folder, "", None, rule)])


def write_folder(folder: Path, files: Mapping[str, bytes], overwrite: bool = False) -> None:
    """Write an area's folder, all of it or nothing; other files that are in it stay.

    Raises
    ------
    InputFaults
        if something stands there already, the folder cannot be written, or the area that it would
        be has faults that a run would refuse
    """
    folder = folder.resolve()
    check_folder(folder, overwrite)
    building = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    old = building.with_suffix(".old")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.copytree(folder, building)
        else:
            building.mkdir()
        for name, content in files.items():
            (building / name).write_bytes(content)
        _check_readable(building, folder)
        if folder.exists():
            folder.rename(old)
        building.rename(folder)
    except OSError as error:
        if old.exists() and not folder.exists():
            old.rename(folder)
        rule = f"cannot be written ({error.strerror}); nothing was changed"
        raise InputFaults([Fault(folder, "", None, rule)]) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _check_readable(building: Path, folder: Path) -> None:
    """Refuse an area that a run would refuse, by the run's own rules; faults name its place."""
    try:
        read_area(building)
    except InputFaults as error:
        rule = "would be an area that cannot be run, so nothing was written"
        faults = [
            replace(fault, file=folder / Path(fault.file).relative_to(building))
            if Path(fault.file).is_relative_to(building)
            else fault
            for fault in error.faults
        ]
        raise InputFaults([Fault(folder, "", None, rule), *faults]) from error
