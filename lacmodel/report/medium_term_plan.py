"""The medium-term plan in the report and, with totals as formulas, in the workbook."""

from lacmodel.analyses.forecast import Forecast
from lacmodel.money.medium_term_plan import YearPlan, mean_growth, medium_term_plan
from lacmodel.report.html import paragraph, section, table
from lacmodel.report.sheets import Book
from lacmodel.report.words import pounds, signed
from lacmodel.results import is_single

NOTE = (
    "Averages over futures after the savings that the council expects, so that the steps add up to "
    "the penny; each year begins where the one before ended. Low and high are those of eight "
    "futures in ten. The contingency is what net spend may be above the plan in four futures of "
    "five."
)
STEPS = (
    "Full-year effect is what the placements of the last March cost over the whole of the next "
    "year, at the average prices of the year that ended, less what placements cost in that year; "
    "volume is more or fewer placements than in that March."
)
NEEDS = "A plan needs two whole financial years in the run."


def plans_of(result: Forecast) -> tuple[YearPlan, ...]:
    """The plan of a run."""
    growth = mean_growth(result.ensemble.price_growth)
    single = is_single(result.ensemble)
    return medium_term_plan(result.plan, result.money, growth, single, None, result.reasons)


def step_names(plans: tuple[YearPlan, ...]) -> list[tuple[str, str, str]]:
    """Every step of any year that is not nought throughout, in order."""
    found: dict[tuple[str, str, str], bool] = {}
    for year in plans:
        for step in year.steps:
            found[step[:3]] = found.get(step[:3], False) or step.pence != 0
    return [name for name, some in found.items() if some or name[0] in ("legislation", "savings")]


def amount_of(year: YearPlan, name: tuple[str, str, str]) -> int:
    """A step's pennies in a year."""
    return sum(step.pence for step in year.steps if step[:3] == name)


def words_of(name: tuple[str, str, str]) -> str:
    """A step in words.

    >>> words_of(("price", "secure home", "recurrent"))
    'price: secure home'
    >>> words_of(("savings", "savings", "one-off"))
    'savings (one-off)'
    """
    step, line, recurrence = name
    line = "" if line in ("placements", "income", step) else f": {line}"
    return f"{step}{line}{' (one-off)' if recurrence == 'one-off' else ''}"


def medium_term_section(result: Forecast) -> str:
    """The section of the report."""
    plans, title = plans_of(result), "Medium-term plan"
    if not plans:
        return section(title, "medium-term-plan", paragraph(NEEDS))
    rows = [("Base: net spend of the year before", *(pounds(y.base / 100) for y in plans))]
    rows += [
        (words_of(name), *(signed(a, pounds(a / 100)) for a in (amount_of(y, name) for y in plans)))
        for name in step_names(plans)
    ]
    rows.append(("Net spend, average", *(pounds(year.net / 100) for year in plans)))
    for label, name in (("low", "low"), ("high", "high")):
        rows.append((f"Net spend, {label}", *(_or_blank(getattr(y, name)) for y in plans)))
    rows.append(
        ("Contingency for four chances in five", *(_or_blank(y.contingency) for y in plans))
    )
    columns = ("Step", *(year.financial_year for year in plans))
    return section(title, "medium-term-plan", paragraph(f"{NOTE} {STEPS}", "note"),
                   table(columns, rows, "From each year's net spend to the next"))  # fmt: skip


def _or_blank(pence: int | None) -> str:
    return "" if pence is None else pounds(pence / 100)


def medium_term_sheet(book: Book, result: Forecast) -> None:
    """The sheet of the workbook: a step may be changed, and every later year follows."""
    plans = plans_of(result)
    sheet = book.sheet("Medium-term plan", widths=(58, *(18 for _ in plans)), landscape=True)
    book.title(sheet, "Medium-term plan", NOTE if plans else NEEDS)
    if not plans:
        return
    sheet.write_string(3, 0, "Pounds, net", book.heading)
    names = step_names(plans)
    labels = ("Base: net spend of the year before", *map(words_of, names))
    ends = {"Net spend, low": "low", "Net spend, high": "high",
            "Net spend not exceeded in four futures of five": "enough"}  # fmt: skip
    net = 5 + len(names)
    for row, label in enumerate((*labels, "Net spend, average", *ends), start=4):
        sheet.write_string(row, 0, label)
    sheet.write_string(net + 1 + len(ends), 0, "Contingency for four chances in five")
    for column, year in enumerate(plans, start=1):
        letter, before = chr(ord("A") + column), chr(ord("A") + column - 1)
        sheet.write_string(3, column, year.financial_year, book.heading_right)
        if column == 1:
            sheet.write_number(4, column, year.base / 100, book.open_pence)
        else:
            sheet.write_formula(4, column, f"={before}{net + 1}", book.pence, year.base / 100)
        for row, name in enumerate(names, start=5):
            sheet.write_number(row, column, amount_of(year, name) / 100, book.open_pence)
        total = f"=SUM({letter}5:{letter}{net})"
        sheet.write_formula(net, column, total, book.total, year.net / 100)
        for row, field in enumerate(ends.values(), start=net + 1):
            if (pence := getattr(year, field)) is not None:
                sheet.write_number(row, column, pence / 100, book.pounds)
        if year.contingency is not None:
            enough = f"{letter}{net + 1 + len(ends)}"
            formula = f"=MAX(0,{enough}-{letter}{net + 1})"
            sheet.write_formula(
                net + 1 + len(ends), column, formula, book.pounds, year.contingency / 100
            )
    book.lines(sheet, net + 3 + len(ends), [STEPS], columns=1 + len(plans))
    sheet.freeze_panes(4, 1)
