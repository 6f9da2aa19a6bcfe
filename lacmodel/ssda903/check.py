"""Holding returns against the rules that matter to a forecast of children in care.

What reading and making spells mended or left out they list themselves; here is listed what is
kept as it is, and what only years side by side show.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacmodel.ssda903.chains import codes_are
from lacmodel.ssda903.days import NO_DAY, birthday_days, date_texts, year_ends
from lacmodel.ssda903.problems import Problems, joined
from lacmodel.ssda903.read import Progress, Returns
from lacmodel.ssda903.records import in_care
from lacmodel.ssda903.schema import (
    FOSTER_CODES,
    GOES_ON,
    LEGAL_STATUS,
    MOVE_CAUSES,
    NEED,
    NO_PROVIDER_NEEDED,
    PLACEMENT_OF,
    PROVIDER_CODES,
    REC,
    RNE,
    TEMPORARY,
    ProviderMapping,
    place_codes,
    sex_codes,
    year_end,
    year_start,
)
from lacmodel.ssda903.spells import Spelled, births, make_spells

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.integer[Any]]

BUILD_UP: Final = 0.5  # of the first year-end's children who were in care when the year began
STEPS: Final = 9  # of a check, as its progress counts them
UNFINISHED_DAYS: Final = 60  # between the last date of a year's file and its end
ENOUGH_ROWS: Final = 100  # a file with fewer may have no date near its end
FIRST_DECOM: Final = "1991-10-14"

OTHER: Final = ("A3", "A4", "A5", "A6")
# Rule, column, who has the code, and the age from which it may be given.
YOUNGEST: Final[tuple[tuple[str, str, tuple[str, ...], int], ...]] = (
    ("358", "LS", ("J1", "J2", "J3"), 10),
    ("372", "PLACE", ("R5",), 10),
    ("373", "PLACE", ("S1",), 4),
    ("374", "PLACE", ("P3",), 14),
)
# Rule, codes of PLACE, youngest age before the year to March 2024; 16 since.
SUPPORTED_AGES: Final[tuple[tuple[str, tuple[str, ...], int], ...]] = (
    ("370", ("P2",), 15),
    ("371", ("H5", "K3"), 14),
)
# Rule, codes of REC, youngest and oldest age in years on the day of leaving.
LEAVING_AGES: Final[tuple[tuple[str, tuple[str, ...], int, int], ...]] = (
    ("386", ("E11", "E12"), 0, 18),
    ("407", ("E45", "E46", "E47", "E48"), 0, 18),
    ("387", ("E5", "E6"), 14, 99),
    ("389", ("E7",), 16, 99),
    ("460", ("E17",), 18, 99),
)
# Rule, code of PLACE_PROVIDER, codes of PLACE, whether it must be one of them or must not.
PROVIDER_PLACES: Final = (
    ("550", "PR0", ("P1",), True),
    ("527", "PR1", ("P1", "R2", "R5"), False),
    ("528", "PR2", ("P1", "R2", "R5"), False),
    ("529", "PR3", ("P1", *OTHER, "K1", "K2", *FOSTER_CODES), True),
    ("530", "PR4", ("P1",), False),
    ("531", "PR5", ("P1",), False),
)
LISTS: Final = {  # codes that are the same in every year
    "RNE": RNE,
    "LS": LEGAL_STATUS,
    "CIN": NEED,
    "PLACE_PROVIDER": PROVIDER_CODES,
    "REC": REC,
    "REASON_PLACE_CHANGE": tuple(MOVE_CAUSES),
}
UNKNOWN_CODE: Final = {  # what is done with a code that no list has
    "RNE": ("143", "a move if anything of the place changed"),
    "LS": ("144", "counts as care"),
    "CIN": ("145", "not used"),
    "PLACE": ("146", "counts as other placements"),
    "PLACE_PROVIDER": ("178", "counts as external"),
    "REC": ("149", "counts as other reasons"),
    "REASON_PLACE_CHANGE": ("1009", "counts as a planned move"),
}
COMPARED: Final = ("RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "URN")


@dataclass(frozen=True, slots=True)
class Checked:
    """Returns, their spells, and every problem of both."""

    returns: Returns
    spelled: Spelled
    problems: Problems = field(repr=False)


def check_returns(
    returns: Returns, mapping: ProviderMapping = (), progress: Progress | None = None
) -> Checked:
    """Hold returns against every rule and make their spells."""
    problems, told = Problems(), progress or (lambda done: None)
    rows = with_ages(returns)
    steps = (_codes, _dates, _providers, _ages, _sequences, _headers, _years, _repeats)
    for step in steps:
        step(returns, rows, problems)
        told(1)
    spelled = make_spells(returns, mapping)
    told(1)
    _build_up(returns, spelled, problems)
    return Checked(returns, spelled, joined((returns.problems, problems, spelled.problems)))


def with_ages(returns: Returns) -> pd.DataFrame:
    """Episodes with a child and a start, in the order of year, child and start; adds birth."""
    rows = returns.episodes
    rows = rows[rows["whole"] & (rows["CHILD"] >= 0) & (rows["DECOM"] != NO_DAY)]
    order = np.lexsort(
        (rows["DEC"] == NO_DAY, rows["DEC"], rows["DECOM"], rows["CHILD"], rows["year"])
    )
    rows = rows.iloc[order]
    return rows.assign(birth=births(returns)[rows["CHILD"].to_numpy()])


def _codes(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """Codes that are blank, or in no list of their year."""
    for column, bad in _misfits(rows, LISTS):
        rule, done = UNKNOWN_CODE[column]
        problems.add(rule, column, rows, bad, rows[column], done)
    known = codes_are(rows["PLACE"], *PLACEMENT_OF)
    for own in _alike_years(rows, place_codes):
        lists = {"PLACE": place_codes(int(rows["year"].to_numpy()[own][0]))}
        for column, bad in _misfits(rows, lists, own):
            rule, unknown = UNKNOWN_CODE[column]
            problems.add(rule, column, rows, bad & known, rows[column], "kept; it has one meaning")
            problems.add(rule, column, rows, bad & ~known, rows[column], unknown)
    header = returns.header
    for own in _alike_years(header, sex_codes):
        lists = {"SEX": sex_codes(int(header["year"].to_numpy()[own][0]))}
        for column, bad in _misfits(header, lists, own):
            problems.add("101", column, header, bad, header[column], "not used")
    for column in ("RNE", "LS", "CIN", "PLACE"):
        blank = (rows[column].cat.codes < 0).to_numpy()
        rule, done = UNKNOWN_CODE[column]
        given = np.isin(rows["file"], np.unique(rows["file"].to_numpy()[~blank]))
        problems.add(rule, column, rows, blank & given, done=done)


def _alike_years(
    rows: pd.DataFrame, codes: Callable[[int], tuple[str, ...]]
) -> Iterator[BoolArray]:
    """Rows of the years that share a list of codes, for each list."""
    years = rows["year"].to_numpy()
    by_list: dict[tuple[str, ...], list[int]] = {}
    for year in np.unique(years):
        by_list.setdefault(codes(int(year)), []).append(int(year))
    for own in by_list.values():
        yield np.isin(years, own)


@cache
def _schema(lists: tuple[tuple[str, tuple[str, ...]], ...]) -> Any:
    """The pandera schema of columns that take a list of codes, or are blank."""
    import pandera.pandas as pa

    columns = {name: pa.Column(None, pa.Check.isin(codes), nullable=True) for name, codes in lists}
    return pa.DataFrameSchema(columns)


def _misfits(
    rows: pd.DataFrame, lists: Mapping[str, tuple[str, ...]], own: BoolArray | None = None
) -> Iterator[tuple[str, BoolArray]]:
    """Columns with codes that are in no list, and which rows have them."""
    import pandera.pandas as pa

    table = rows[list(lists)].reset_index(drop=True)
    try:
        _schema(tuple(lists.items())).validate(table if own is None else table[own], lazy=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases
    else:
        return
    for name, of_column in cases.groupby("column", sort=False):
        bad = np.zeros(len(rows), dtype=np.bool_)
        bad[of_column["index"].to_numpy(dtype=np.int64)] = True
        yield str(name), bad


def _dates(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """Dates that cannot be, and REC on episodes without an end."""
    start, end = rows["DECOM"].to_numpy(), rows["DEC"].to_numpy()
    last = year_ends(rows["year"].to_numpy())
    open_ = end == NO_DAY
    stated = rows["REC"].cat.codes.to_numpy() >= 0
    problems.add("148", "REC", rows, open_ & stated, rows["REC"],
                 "taken as open, REC is not used")  # fmt: skip
    early = start < np.datetime64(FIRST_DECOM).astype(int)
    problems.add("353", "DECOM", rows, early, start)
    after = ~open_ & (end > last)
    problems.add("385", "DEC", rows, after, end,
                 "kept; open on the last day of the returns if later")  # fmt: skip
    grown = birthday_days(rows["birth"].to_numpy(), 25) < year_ends(rows["year"].to_numpy()) - 365
    old = grown & (rows["birth"].to_numpy() != NO_DAY)
    problems.add("351", "DOB", rows, old, done="care counts to the 18th birthday")


def _providers(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """PLACE_PROVIDER where it may not be, is missing, or does not go with PLACE."""
    given = rows["PLACE_PROVIDER"].cat.codes.to_numpy() >= 0
    exempt = codes_are(rows["PLACE"], *NO_PROVIDER_NEEDED)
    texts = rows["PLACE_PROVIDER"]
    placed = rows["PLACE"].cat.codes.to_numpy() >= 0
    problems.add(
        "526", "PLACE_PROVIDER", rows, ~given & ~exempt & placed, done="counts as external"
    )
    problems.add("213", "PLACE_PROVIDER", rows, given & exempt, texts,
                 "not used")  # fmt: skip
    for rule, code, places, must in PROVIDER_PLACES:
        among = codes_are(rows["PLACE"], *places)
        bad = codes_are(texts, code) & (~among if must else among) & ~exempt & placed
        problems.add(rule, "PLACE_PROVIDER", rows, bad, rows["PLACE"])
    parents = codes_are(rows["PLACE"], "P1") & codes_are(rows["LS"], "V2")
    problems.add("378", "PLACE", rows, parents, "P1")


def _ages(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """Codes that a child of the age cannot have."""
    birth, start = rows["birth"].to_numpy(), rows["DECOM"].to_numpy()
    known = birth != NO_DAY
    before_2023 = rows["year"].to_numpy() < 2024
    for rule, column, codes, age in YOUNGEST:
        young = known & codes_are(rows[column], *codes) & (start < birthday_days(birth, age))
        problems.add(rule, column, rows, young, rows[column])
    for rule, codes, then in SUPPORTED_AGES:
        limit = np.where(before_2023, birthday_days(birth, then), birthday_days(birth, 16))
        young = known & codes_are(rows["PLACE"], *codes) & (start < limit)
        problems.add(rule, "PLACE", rows, young, rows["PLACE"])
    end = rows["DEC"].to_numpy()
    left = known & (end != NO_DAY)
    for rule, codes, youngest, oldest in LEAVING_AGES:
        fits = (end >= birthday_days(birth, youngest)) & (end < birthday_days(birth, oldest))
        bad = left & codes_are(rows["REC"], *codes) & ~fits
        problems.add(rule, "REC", rows, bad, rows["REC"])


def _sequences(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """What an episode says against the one before it in the same file."""
    if not len(rows):
        return
    now, before = rows.iloc[1:], rows.iloc[:-1]
    same = np.asarray(
        (now["CHILD"].to_numpy() == before["CHILD"].to_numpy())
        & (now["file"].to_numpy() == before["file"].to_numpy())
    )
    joins = same & (now["DECOM"].to_numpy() == before["DEC"].to_numpy())
    joins &= codes_are(before["REC"], GOES_ON)

    def differs(column: str) -> BoolArray:
        codes = rows[column] if column in ("URN", "PL_POST") else rows[column].cat.codes
        values = codes.to_numpy()
        return np.asarray(values[1:] != values[:-1])

    place = differs("PLACE") | differs("PLACE_PROVIDER") | differs("URN") | differs("PL_POST")
    legal = differs("LS")
    done = "the place and its codes count"
    only_legal = joins & codes_are(now["RNE"], "L") & (place | ~legal)
    both = joins & codes_are(now["RNE"], "B", "U") & ~(place & legal)
    problems.add("434", "RNE", now, only_legal, "L", done)
    problems.add("436", "RNE", now, both, now["RNE"], done)
    need = joins & differs("CIN")
    problems.add("504", "CIN", now, need, now["CIN"], "the first of the period counts")
    final = same & codes_are(before["REC"], "E2", "E15")
    problems.add("437", "REC", now, final, before["REC"])
    first = np.append(True, ~joins)
    temporary = codes_are(rows["PLACE"], *TEMPORARY)
    starts = first & temporary & codes_are(rows["RNE"], "S")
    problems.add("380", "PLACE", rows, starts, rows["PLACE"],
                 "counts as the placement after it")  # fmt: skip
    _list_returns_elsewhere(rows, temporary, np.append(False, joins), problems)


def _list_returns_elsewhere(
    rows: pd.DataFrame, temporary: BoolArray, joins: BoolArray, problems: Problems
) -> None:
    """Temporary placements after which the child did not come back to the one before."""
    place = rows["PLACE"].cat.codes.to_numpy()
    middle = temporary[1:-1] & joins[1:-1] & joins[2:] & ~temporary[2:] & ~temporary[:-2]
    elsewhere = np.append([False, False], middle & (place[2:] != place[:-2]))[: len(rows)]
    problems.add("383", "PLACE", rows, elsewhere, done="a move on the day of coming back")


def _headers(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """Children whose Header is missing, given twice, or says other things than other tables."""
    header, uasc = returns.header, returns.uasc
    problems.add(
        "102", "DOB", header, _blank_births(returns), done="another table's counts, if any"
    )
    known = (header["CHILD"] >= 0).to_numpy()
    twice = known & header.duplicated(["CHILD", "file", "year"]).to_numpy()
    problems.add("header-twice", "CHILD", header, twice, done="the last counts")
    listed = np.unique(_child_years(header))
    seen = births(returns)
    for table in (rows, uasc):
        chosen = table[table["CHILD"] >= 0].drop_duplicates(["CHILD", "year"])
        absent = ~np.isin(_child_years(chosen), listed)
        absent &= seen[chosen["CHILD"].to_numpy()] != NO_DAY
        problems.add("INT03", "CHILD", chosen, absent, done="another year's or table's DOB counts")
    for table in (header, uasc):
        chosen = table[(table["CHILD"] >= 0) & (table["DOB"] != NO_DAY)]
        other = seen[chosen["CHILD"].to_numpy()] != chosen["DOB"].to_numpy()
        problems.add("203", "DOB", chosen, other, done="the latest Header counts")
    chosen = uasc[(uasc["CHILD"] >= 0)]
    birth = seen[chosen["CHILD"].to_numpy()]
    young = (birth != NO_DAY) & (birthday_days(birth, 11) > year_ends(chosen["year"].to_numpy()))
    problems.add("231", "DOB", chosen, young)


def _blank_births(returns: Returns) -> BoolArray:
    """Rows of Header without a DOB that no list of unreadable ones has."""
    header = returns.header
    found = returns.problems.joined()
    unreadable = found[(found["rule"] == "102")]
    listed = pd.MultiIndex.from_frame(unreadable[["file", "row"]])
    blank = (header["DOB"] == NO_DAY).to_numpy()
    return blank & ~pd.MultiIndex.from_frame(header[["file", "row"]]).isin(listed)


def _child_years(table: pd.DataFrame) -> IntArray:
    """One number for each child and year."""
    return table["CHILD"].to_numpy().astype(np.int64) * 10_000 + table["year"].to_numpy()


def _years(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """Years without a file, and files whose dates stop long before the year's end."""
    years = returns.years
    for year in sorted(set(range(years[0], years[-1] + 1)) - set(years)):
        problems.add_file("year-missing", -1, f"the year to March {year}")
    for year in years:
        own = rows[rows["year"] == year]
        latest = max(own["DECOM"].max(), own["DEC"].max()) if len(own) else NO_DAY
        if len(own) >= ENOUGH_ROWS and latest < year_end(year) - UNFINISHED_DAYS:
            text = str(date_texts(np.array([latest]))[0])
            problems.add_file("year-unfinished", int(own["file"].iloc[-1]), text)


def _repeats(returns: Returns, rows: pd.DataFrame, problems: Problems) -> None:
    """Episodes that differ from the year before, or that it should have had."""
    years = rows["year"].to_numpy()
    order = np.lexsort((years, rows["DECOM"], rows["CHILD"]))
    sorted_ = rows.iloc[order]
    key = sorted_["CHILD"].to_numpy().astype(np.int64) * 2**32 + sorted_["DECOM"].to_numpy()
    year = sorted_["year"].to_numpy()
    again = np.append(False, (key[1:] == key[:-1]) & (year[1:] == year[:-1] + 1))[: len(key)]
    for column in COMPARED:
        codes = sorted_[column] if column == "URN" else sorted_[column].cat.codes
        values = codes.to_numpy()
        other = again & np.append(False, values[1:] != values[:-1])[: len(key)]
        found = "" if column == "URN" else sorted_[column]
        problems.add("503", column, sorted_, other, found, "the later year counts")
    before = np.append(False, key[1:] == key[:-1])[: len(key)] & ~again
    first = np.append(True, key[1:] != key[:-1])[: len(key)]
    had_file = np.isin(year - 1, returns.years)
    begun = sorted_["DECOM"].to_numpy() < year_ends(year) - 365
    missing = (first | before) & had_file & begun
    problems.add("562", "DECOM", sorted_, missing)


def _build_up(returns: Returns, spelled: Spelled, problems: Problems) -> None:
    """A first file that shows few of the children who were in care when its year began."""
    first = returns.years[0]
    at_start = int(in_care(spelled.spells, year_start(first) - 1).sum())
    at_end = int(in_care(spelled.spells, year_end(first)).sum())
    if at_start < BUILD_UP * at_end:
        file = int(returns.episodes.loc[returns.episodes["year"] == first, "file"].iloc[0])
        found = f"{at_start} children when the year began, {at_end} when it ended"
        problems.add_file("build-up", file, found, "kept; do not use the year as it is")
