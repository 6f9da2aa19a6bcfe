"""Places and shortage: the council's own places, and how often they were not enough."""

from lacmodel.analyses.forecast import Forecast
from lacmodel.area import SupplyRow
from lacmodel.codes import kind_label
from lacmodel.report.charts import flow_chart
from lacmodel.report.html import figure, paragraph, section, table
from lacmodel.report.places_short import places_short
from lacmodel.report.words import long_date, whole

COLUMNS = ("Home, unit or service", "Placement", "Ages", "Places", "Usable", "From", "Confirmed")
SHORT = "placed_externally_none_free"
UNSUITED = "placed_externally_none_suited"
OTHER_TYPE = "placed_in_another_type_than_needed"
WORDS = (
    "A child goes to another provider where no place of the council's own is free, or where none "
    "that is free suits the child. Each counts once, on the day of the placement."
)


def places_section(result: Forecast) -> str:
    """The council's own places and what children had to do without."""
    rows = [_row(row) for row in result.plan.supply]
    charts = [
        flow_chart(result, "Placed with other providers because no own place was free", (SHORT,)),
        flow_chart(result, "Placed with other providers because no free place suited", (UNSUITED,)),
    ]
    other = flow_chart(result, "Placed in another type than the child needed", (OTHER_TYPE,))
    if any(row[1] not in ("0", "") for row in other.rows):
        charts.append(other)
    return section(
        "Places and shortage", "places",
        places_short(result),
        paragraph(WORDS),
        *(figure(chart, f"chart-places-{at}") for at, chart in enumerate(charts)),
        table(COLUMNS, rows, "The council's own places") if rows else "",
    )  # fmt: skip


def _row(row: SupplyRow) -> tuple[str, ...]:
    opens = "the start" if row.opens is None else long_date(row.opens)
    closes = "" if row.closes is None else f" to {long_date(row.closes)}"
    return (
        row.name,
        kind_label(row.kind),
        f"{row.youngest} to {row.oldest}",
        whole(row.places),
        f"{row.usable_share:.0%}",
        f"{opens}{closes}",
        "yes" if row.confirmed else "no",
    )
