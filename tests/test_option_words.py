"""Options as people write them: pounds, thousands, percentages and British dates."""

from datetime import date

import click
import pytest

from lacmodel.cli import BAD_INPUT, exit_code
from lacmodel.cli.options import Day, Number, Pounds, Share, Whole

SCENARIO = "scenarios/worcestershire-2017.toml"
POUNDS, WHOLE = Pounds(0), Whole(1)


@pytest.mark.parametrize("text", ["42000000", "£42m", "42,000,000", "£42,000,000.00", "42 million",
                                  "£ 42 M", "42e6", "42000k"])  # fmt: skip
def test_pounds_are_read_as_people_write_them(text: str) -> None:
    assert POUNDS.convert(text, None, None) == 42_000_000


def test_pounds_and_shares_are_read_to_the_penny() -> None:
    assert POUNDS.convert("4.35m", None, None) == 4_350_000
    assert Share(0, 1).convert("8.1%", None, None) == 0.081
    assert Share(0, 1).convert(".8", None, None) == 0.8
    assert Number(0, 10).convert("1.5", None, None) == 1.5


@pytest.mark.parametrize(("text", "number"), [("1,000", 1000), ("28,000", 28000), (" 7 ", 7)])
def test_whole_numbers_may_have_commas_between_thousands(text: str, number: int) -> None:
    assert WHOLE.convert(text, None, None) == number


def test_no_digit_of_a_long_number_is_lost() -> None:
    assert WHOLE.convert("9,007,199,254,740,993", None, None) == 9_007_199_254_740_993
    with pytest.raises(click.BadParameter):
        WHOLE.convert("9" * 400, None, None)


@pytest.mark.parametrize("text", ["2024-04-01", "01/04/2024", "1/4/2024"])
def test_dates_are_british(text: str) -> None:
    assert Day().convert(text, None, None) == date(2024, 4, 1)


@pytest.mark.parametrize("text", ["4,2", "42,00", "1,0000", "1.000", "1e3", "", "£5", "٣"])
def test_what_could_be_two_numbers_is_no_whole_number(text: str) -> None:
    with pytest.raises(click.BadParameter):
        WHOLE.convert(text, None, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["goal", "spend", SCENARIO, "--year", "2018/19", "--under", "£42q"],
         "'--under': £42q: must be pounds of 0 or more, such as £4,700,000 or £4.7m"),
        (["plan", SCENARIO, "--capital", "-1"],
         "'--capital': -1: must be pounds of 0 or more, such as £4,700,000 or £4.7m"),
        (["plan", SCENARIO, "--capital", "inf"], "'--capital': inf: must be pounds of 0 or more"),
        (["run", SCENARIO, "--futures", "many"],
         "'--futures': many: must be a whole number from 1 to 1,000,000, such as 1,000"),
        (["run", SCENARIO, "--futures", "0"], "'--futures': 0: must be a whole number from 1"),
        (["run", SCENARIO, "--future", "x"], "'--future': x: must be a whole number, such as 17"),
        (["goal", "spend", SCENARIO, "--year", "2018/19", "--under", "1", "--chance", "80"],
         "'--chance': 80: must be a share from 0.01 to 0.99, such as 0.1 or 10%"),
        (["run", SCENARIO, "--placements-now", "x.csv", "--as-at", "04/31/2024"],
         "'--as-at': 04/31/2024: must be a date written like 2026-11-01 or 01/11/2026, between "
         "1990 and 2100"),
        (["business-case", SCENARIO, "--within", "0"],
         "'--within': 0: must be a number above 0 and at most 20"),
        (["plan", SCENARIO, "--capital", "1m", "--capital-per-place", "supported=£1x"],
         "supported=£1x: must be a type and pounds, such as supported=£120,000"),
        (["new", "x", "--return", "y", "--residents", "0.5m"],
         "'--residents': 0.5m: must be a whole number from 1 to 10,000,000, such as 28,000"),
    ],
)  # fmt: skip
def test_a_refusal_names_option_value_rule_and_an_example(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture
) -> None:
    assert exit_code(arguments) == BAD_INPUT
    assert said in " ".join(capsys.readouterr().err.split())


def test_every_number_and_day_of_every_command_is_read_by_these_types() -> None:
    from lacmodel.cli import commands

    kinds = (click.IntRange, click.FloatRange, click.DateTime, type(click.INT), type(click.FLOAT))
    ours = (Whole, Number, Day)
    for command in commands.commands.values():
        for option in command.params:
            for kind in getattr(option.type, "types", [option.type]):
                assert isinstance(kind, ours) or not isinstance(kind, kinds), option.name
