"""Commands that turn evidence into rates: `national` and `fit`."""

from pathlib import Path

import click

from lacmodel.cli.options import DEBUG


@click.command()
@click.option("--rebuild", is_flag=True, help="Fit the national factors again first.")
@click.option("--drift", type=click.Path(path_type=Path), default=None, metavar="FILE",
              help="Learn the laws of drift again from published years of many councils, and "
              "nothing else.")  # fmt: skip
@DEBUG
def national(rebuild: bool, drift: Path | None) -> None:
    """How well the national factors give back England's published figures."""
    if drift is not None:
        from lacmodel.fitting.rates_today import write_laws

        click.echo(write_laws(drift))
        return
    from lacmodel.fitting import national as fitting

    if rebuild:
        fitting.rebuild()
    click.echo(fitting.fit_table())


@click.command()
@click.argument("area", type=click.Path(path_type=Path))
@DEBUG
def fit(area: Path) -> None:
    """Fit the rates of AREA, a folder or a workbook, again, to its published figures or its return.

    An area of a return takes the return as it now is; its rates are shown beside England's.
    """
    from lacmodel.area.settings import read_area_text
    from lacmodel.area.workbook import is_workbook
    from lacmodel.area.write import AREA_FILE
    from lacmodel.faults import Fault, InputFaults
    from lacmodel.fitting import local

    if is_workbook(area):
        for line in fit_workbook(area):
            click.echo(line)
        return
    file = area / AREA_FILE
    if not file.is_file():
        rule = f"is neither a workbook nor the folder of an area (with {AREA_FILE})"
        raise InputFaults([Fault(area, "", None, rule)])
    faults: list[Fault] = []
    read = read_area_text(file, faults)
    if read is not None and read[0].opening_return is not None:
        for line in fit_again(area):
            click.echo(line)
    elif faults:
        raise InputFaults(faults)
    else:
        click.echo(local.fit(area))


def fit_again(folder: Path) -> list[str]:
    """Fit an area to its return as it now is, write what follows from it, and say what differs."""
    from lacmodel.area import read_area
    from lacmodel.area.guide import WORKBOOK
    from lacmodel.area.write import AREA_FILE, write_folder
    from lacmodel.fitting.area_of_return import refitted
    from lacmodel.report.rates_report import RATES_REPORT, rates_report, screen_lines

    made, files = refitted(read_area(folder))
    text = (folder / AREA_FILE).read_bytes()
    old, new = made.replaced
    files[AREA_FILE] = text.replace(old.encode(), new.encode())
    files[RATES_REPORT] = rates_report(made.name, made.fitted).encode()
    write_folder(folder, files, overwrite=True)
    return [
        *screen_lines(made.fitted),
        "",
        f"Written to {folder}: {', '.join(sorted(files))} ({WORKBOOK} stays as it is).",
    ]


def fit_workbook(path: Path) -> list[str]:
    """Fit the area of a workbook again, and put what follows into its sheets."""
    import csv
    import io
    from tempfile import TemporaryDirectory

    from lacmodel.area import read_area
    from lacmodel.area.workbook_update import with_rows
    from lacmodel.fitting import local
    from lacmodel.fitting.area_of_return import refitted
    from lacmodel.report.rates_report import screen_lines

    def rows(content: bytes) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(row) for row in csv.reader(io.StringIO(content.decode(), newline="")))

    area, words = read_area(path), {}
    if area.opening_return is not None:
        made, files = refitted(area)
        old, new = made.replaced
        words, lines = {old: new}, screen_lines(made.fitted)
    else:
        with TemporaryDirectory() as place:
            folder = Path(place) / "area"
            unpack(path, folder)
            lines = local.fit(folder).splitlines()
            names = ("opening.csv", "past_leavers.csv", "rates.csv")
            files = {name: (folder / name).read_bytes() for name in names}
    sheets = ("opening", "past_leavers", "history", "rates", "estimates")
    tables = {n: rows(files[f"{n}.csv"]) for n in sheets if f"{n}.csv" in files}
    put_in_place(path, with_rows(path, tables, words))
    return [*lines, "", f"Written to {path}: the sheets {', '.join(tables)}."]


def put_in_place(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there.

    Raises
    ------
    InputFaults
        where the file may not be replaced, as when a spreadsheet has it open
    """
    from lacmodel.faults import Fault, InputFaults

    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        rule = f"cannot be written ({error.strerror}); is it open in a spreadsheet?"
        raise InputFaults([Fault(path, "", None, rule)]) from error
    finally:
        beside.unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> None:
    """Write the sheets of an area's workbook as the files of a folder."""
    from lacmodel.area import read_area
    from lacmodel.area.source import open_source
    from lacmodel.area.write import content_of, folder_files, write_folder
    from lacmodel.faults import Fault, InputFaults

    faults: list[Fault] = []
    source = open_source(path, faults)
    if source is None or source.book is None:
        raise InputFaults(faults)
    sheets = {name: tuple(tuple(row.cells) for row in rows)
              for name, rows in source.book.sheets.items()}  # fmt: skip
    if "published" not in sheets:
        rule = "this sheet is missing, to whose figures fit fits"
        raise InputFaults([Fault(path, "published", None, rule)])
    area = read_area(path)
    files = folder_files(content_of(area, {}, {"published": sheets["published"]}))
    write_folder(folder, files)
