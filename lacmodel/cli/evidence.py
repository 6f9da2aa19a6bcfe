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
    from lacmodel.fitting.targets import fit_table

    if rebuild:
        fitting.rebuild()
    click.echo(fit_table(fitting.fit_rows()))


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
    from lacmodel.fitting import area_folder

    if is_workbook(area):
        for line in workbook_again(area):
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
        click.echo(area_folder.fit(area))


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


def workbook_again(path: Path) -> list[str]:
    """Fit the area of a workbook again, and say what came of it."""
    from lacmodel.fitting.area_workbook import fit_workbook
    from lacmodel.report.rates_report import screen_lines

    found = fit_workbook(path)
    lines = screen_lines(found.of_return) if found.of_return else found.words.splitlines()
    return [*lines, "", f"Written to {path}: the sheets {', '.join(found.sheets)}."]
