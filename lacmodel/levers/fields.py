"""The fields of changes: words, numbers with their units, and the rules that they keep."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from lacmodel.codes import AGE_BANDS, GROUPS, KIND_NAMES, LEVELS, PLACEMENTS, PROVIDERS, ROUTES

MOST_MULTIPLY: Final = 10.0
MOST_RAMP_MONTHS: Final = 120


class Broken(NamedTuple):
    """A rule that a change breaks: the field, what it holds, and the rule in plain words."""

    field: str
    value: Any
    rule: str


def nearest_word(word: str, words: tuple[str, ...]) -> str:
    """The one of some words that a word is nearly, or nothing.

    >>> nearest_word("foser", ("foster", "secure"))
    'foster'
    """
    return next(iter(get_close_matches(word, words, n=1)), "")


def did_you_mean(word: str, words: tuple[str, ...]) -> str:
    """A hint for a word that is nearly one of some words.

    >>> did_you_mean("foser", ("foster", "secure"))
    ' (did you mean foster?)'
    """
    nearest = nearest_word(word, words)
    return f" (did you mean {nearest}?)" if nearest else ""


def known(words: tuple[str, ...]) -> Callable[[str], str]:
    """A check that a text is one of some words."""

    def check(word: str) -> str:
        if word not in words:
            rule = f"must be one of {', '.join(words)}{did_you_mean(word, words)}"
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return word

    return check


def number(description: str, unit: str, **limits: Any) -> Any:
    """A field that holds a number: what it is, its unit, and its limits."""
    return Field(description=description, json_schema_extra={"unit": unit}, **limits)


def some(words: tuple[str, ...], description: str, but: tuple[str, ...] | None = None) -> Any:
    """A field that lists some of a set of words; all of them unless the file says otherwise."""
    default = list(words if but is None else but)
    extra: dict[str, Any] = {"default": default, "words": list(words)}
    return Field(
        default_factory=lambda: list(default),
        min_length=1,
        description=description,
        json_schema_extra=extra,
    )


AgeBands = list[Annotated[str, AfterValidator(known(AGE_BANDS))]]
Groups = list[Annotated[str, AfterValidator(known(GROUPS))]]
Levels = list[Annotated[str, AfterValidator(known(LEVELS))]]
KindName = Annotated[str, AfterValidator(known(KIND_NAMES))]
KindNames = list[KindName]
Placement = Annotated[str, AfterValidator(known(PLACEMENTS))]
Placements = list[Placement]
Provider = Literal["in_house", "external"]
Providers = list[Annotated[str, AfterValidator(known(PROVIDERS))]]
Reasons = list[Annotated[str, AfterValidator(known(ROUTES))]]

Multiply = Annotated[float, Field(ge=0, le=MOST_MULTIPLY)]
Share = Annotated[float, Field(ge=0, le=1)]
Pounds = Annotated[float, Field(ge=0, le=1e9)]
Count = Annotated[int, Field(ge=0, le=10_000)]

MULTIPLY: Final = "what the rate is multiplied by: 1 changes nothing"
BY_AGE: Final = "age bands that it touches"
BY_GROUP: Final = "groups that it touches"
